"""The lines of etc/ that an admin copies: what the tests run is these.

Only the port of the socketmap is another for each server, since several run at
once.
"""

import re

from .daemon import REPOSITORY

POSTFIX = REPOSITORY / "etc" / "postfix-main.cf"
SENDMAIL = REPOSITORY / "etc" / "sendmail.mc"
LOGROTATE = REPOSITORY / "etc" / "mta-sts-milter.logrotate"
CA_FILE = "/etc/ssl/certs/ca-certificates.crt"  # in both
SOCKETMAP_PORT = 8461
_PARAMETER = re.compile(r"^(#?)(\w+) = (.*)$", re.MULTILINE)
_FILTER = re.compile(r"^INPUT_MAIL_FILTER\(`(\S+)', `(.*)'\)dnl$", re.MULTILINE)


def postfix(socketmap_port=SOCKETMAP_PORT):
    """The parameters of main.cf."""
    return _parameters(POSTFIX, "", socketmap_port)


def postfix_over_unix():
    """Those of the parameters for which the sample has an alternative."""
    others = _parameters(POSTFIX, "#", SOCKETMAP_PORT)
    return {name: value for name, value in others.items() if name in postfix()}


def sendmail(socketmap_port=SOCKETMAP_PORT):
    """The lines for sendmail.mc."""
    return _with_port(SENDMAIL.read_text(), socketmap_port)


def sendmail_filter(milter="", **equates):
    """What INPUT_MAIL_FILTER says of the milter; None takes an equate out.

    MILTER is a socket to have instead.
    """
    _, text = _FILTER.search(sendmail()).groups()
    values = dict(each.split("=", 1) for each in text.split(", "))
    values.update(equates, S=milter or values["S"])
    return ", ".join(f"{name}={value}" for name, value in values.items() if value)


def command(sample, program, queue_id=""):
    """The words that the sample tells an admin to type, with that for "ID"."""
    commands = re.findall(r"`([a-z]+)([^`']*)['`]", sample.read_text())
    words = next(rest for name, rest in commands if name == program)
    return [program, *words.replace("ID", queue_id).split()]


def logrotate(audit_file, user, reload):
    """The sample for that file and USER, with the words RELOAD as command."""
    text = re.sub(r"^/\S+ {", f"{audit_file} {{", LOGROTATE.read_text(), flags=re.M)
    text = re.sub(r"^\tsu .*", f"\tsu {user} {user}", text, flags=re.M)
    return re.sub(r"/\S+ reload", " ".join(map(str, reload)), text)


def _parameters(sample, mark, socketmap_port):
    found = _PARAMETER.findall(_with_port(sample.read_text(), socketmap_port))
    return {name: value for each, name, value in found if each == mark}


def _with_port(text, socketmap_port):
    return text.replace(f":{SOCKETMAP_PORT}", f":{socketmap_port}")
