"""A real Postfix with folders of its own, under our control.

It has as many smtpd services as asked for, each on a port of 127.0.0.1 and
with milters of its own, so that one instance serves tests of several daemons.
"""

import dataclasses
import grp
import json
import os
import pwd
import re
import subprocess
from pathlib import Path

from . import samples
from .mta import HELO, HOSTNAME, Entry, Mta
from .process import Process

DAEMONS = "/usr/lib/postfix/sbin"
QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold")
QUEUES += ("incoming", "private", "saved", "trace")  # all of user postfix alone

MAIN = {
    "compatibility_level": "3.6",
    "myhostname": HOSTNAME,
    "mydestination": HOSTNAME,
    "mynetworks": "127.0.0.0/8",
    "inet_interfaces": "loopback-only",
    "inet_protocols": "all",
    "alias_maps": "",
    "alias_database": "",
    "local_recipient_maps": "",
    "mailbox_size_limit": "0",
    "smtpd_relay_restrictions": "permit_mynetworks, reject",
    "smtpd_peername_lookup": "no",
    "smtp_helo_name": HELO,
    "smtp_tls_security_level": "may",
    "smtp_tls_loglevel": "1",
    "smtp_connect_timeout": "3",
    "smtp_helo_timeout": "3",
    "smtp_helo_name": "delivery.example.org",  # so that probes are told apart
    "in_flow_delay": "0",
    "smtputf8_enable": "yes",
    "milter_protocol": "6",
}

MASTER = """\
pickup    unix  n - n 60  1 pickup
cleanup   unix  n - n -   0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n -   - trivial-rewrite
bounce    unix  - - n -   0 bounce
defer     unix  - - n -   0 bounce
trace     unix  - - n -   0 bounce
verify    unix  - - n -   1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n -   - proxymap
smtp      unix  - - n -   - smtp
relay     unix  - - n -   - smtp
showq     unix  n - n -   - showq
error     unix  - - n -   - error
retry     unix  - - n -   - error
discard   unix  - - n -   - discard
local     unix  - n n -   - local
virtual   unix  - n n -   - virtual
anvil     unix  - - n -   1 anvil
scache    unix  - - n -   1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


@dataclasses.dataclass
class Smtpd:
    """One smtpd service: PORT of our address, and what is not as in main.cf."""

    port: int
    milter: str = None
    options: dict = dataclasses.field(default_factory=dict)


class Postfix(Mta):
    """One instance; its parameters are main.cf's, over those above."""

    name = "postfix"
    address = "127.0.0.1"
    queued = r"queued as (\w+)"
    deferred = "status=deferred"

    def __init__(self, folder, smtpds, **parameters):
        self.folder = Path(folder)
        self.etc = self.folder / "etc"
        self.queue = self.folder / "queue"
        self.data = self.folder / "data"
        self.log = self.folder / "maillog"
        self._make_folders()
        self._write_main(parameters)
        self._write_master(smtpds)
        argv = [f"{DAEMONS}/master", "-c", self.etc, "-d"]
        self._master = Process(argv, self.folder / "master.out")
        self._ports = [smtpd.port for smtpd in smtpds]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self._master.start(lambda: self.greets(self._ports))

    def stop(self):
        self._master.stop()

    # --- mail in ---

    def sendmail(self, sender, recipients, message):
        """Submits as `sendmail -i -f SENDER RECIPIENT...` does."""
        subprocess.run(
            ["/usr/sbin/sendmail", "-C", self.etc, "-i", "-f", sender, *recipients],
            input=message,
            check=True,
            capture_output=True,
        )

    # --- what became of it ---

    def entries(self):
        """The queue, as `postqueue -j` tells it."""
        listing = self._run("postqueue", "-c", self.etc, "-j")
        return [json.loads(line) for line in listing.splitlines()]

    def contents(self):
        return list(map(_entry, self.entries()))

    def maildrop(self):
        """What the sendmail command gave, and cleanup has not yet taken."""
        return list((self.queue / "maildrop").iterdir())

    def message(self, queue_id):
        """A queued message as it is now, headers and body."""
        return self._run("postcat", "-c", self.etc, "-hbq", queue_id)

    def listing_of_held(self):
        """What the sample tells an admin to type, of what is held."""
        (mailq,) = samples.command(samples.POSTFIX, "mailq")
        listing = self._run(mailq, "-C", self.etc)
        return "".join(re.findall(r"(?m)^\w+!(?:.+\n)+", listing))

    def release(self, queue_id):
        """Lets a held message go, as the sample tells an admin."""
        program, *words = samples.command(samples.POSTFIX, "postsuper", queue_id)
        self._run(program, "-c", self.etc, *words)
        self.deliver(queue_id)

    def options_of_release(self):
        """How `mta-sts release` is told where it is."""
        return ["--postfix-config", str(self.etc)]

    def hold(self, queue_id):
        """As an admin may, for reasons of his own."""
        self._run("postsuper", "-c", self.etc, "-h", queue_id)

    def deliver(self, queue_id):
        self._run("postqueue", "-c", self.etc, "-i", queue_id)

    def delete_all(self):
        self._run("postsuper", "-c", self.etc, "-d", "ALL")

    def flush(self):
        self._run("postqueue", "-c", self.etc, "-f")

    def text(self):
        return self.log.read_text() if self.log.exists() else ""

    # --- inside ---

    def _run(self, *argv):
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout

    def _make_folders(self):
        self.etc.mkdir(parents=True)
        owner = pwd.getpwnam("postfix").pw_uid
        postdrop = grp.getgrnam("postdrop").gr_gid
        for folder in (self.queue, self.queue / "pid"):
            folder.mkdir(mode=0o755)
        for folder in (self.data, *[self.queue / name for name in QUEUES]):
            folder.mkdir(mode=0o700)
            os.chown(folder, owner, -1)
        for name, mode in (("maildrop", 0o730), ("public", 0o710)):
            (self.queue / name).mkdir()
            os.chown(self.queue / name, owner, postdrop)
            (self.queue / name).chmod(mode)

    def _write_main(self, parameters):
        values = {
            **MAIN,
            "queue_directory": self.queue,
            "data_directory": self.data,
            "maillog_file": self.log,
            "maillog_file_prefixes": self.folder,
            **parameters,
        }
        text = "".join(f"{name} = {value}\n" for name, value in values.items())
        main = self.etc / "main.cf"
        main.write_text(text)
        os.utime(main, (0, 0))  # of a file just written Postfix waits for more

    def _write_master(self, smtpds):
        text = MASTER
        for smtpd in smtpds:
            options = dict(smtpd.options)
            if smtpd.milter is not None:
                options["smtpd_milters"] = smtpd.milter
            text += f"{self.address}:{smtpd.port} inet n - n - - smtpd\n"
            for name, value in options.items():
                text += f"    -o {{ {name} = {value} }}\n"
        (self.etc / "master.cf").write_text(text)


def _entry(listed):
    recipients = frozenset(each["address"] for each in listed["recipients"])
    return Entry(listed["queue_id"], recipients, listed["queue_name"] == "hold")

