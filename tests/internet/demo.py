"""Shows the milter at work on a real Postfix, in a table for people.

    tests/internet/private-network /usr/bin/python3 tests/internet/demo.py

Four messages go in by SMTP: to a domain that passes, to one whose MX has an
expired certificate, to one in testing with the same fault, and to one without
a policy. For each: what the client was told, what the header says, where the
message is now, and the line in the audit file.
"""

import email
import json
import smtplib
import sys
import textwrap
from pathlib import Path

if __package__ in (None, ""):  # run as a file: dns.py must not hide dnspython
    sys.path[0] = str(Path(__file__).resolve().parents[1])

# pylint: disable=wrong-import-position
from internet import world
from internet.daemon import Daemon
from internet.internet import Internet, folder
from internet.postfix import Postfix, Smtpd
from internet.waiting import wait_for

WIDTH = 96
PORT, MILTER_PORT = 2525, 8463
SENDER = "you@example.org"

CASES = [
    ("mx-own.test", "enforce; its MX has a valid certificate"),
    ("mx-expired.test", "enforce; the certificate of its MX has expired"),
    ("testing-expired.test", "testing; the same fault"),
    ("no-txt.test", "no MTA-STS policy"),
]

COLOURS = {"good": "32", "bad": "31", "quiet": "2", "strong": "1"}


def coloured(text, colour):
    if not sys.stdout.isatty():
        return text
    return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m"


def row(label, text, colour=None):
    """One line of a case, wrapped under its label."""
    lines = textwrap.wrap(text, WIDTH - 18, break_on_hyphens=False) or [""]
    for number, line in enumerate(lines):
        head = f"   {label if number == 0 else '':<15}"
        print(head + (coloured(line, colour) if colour else line))


class Case:
    """One message, and what became of it."""

    def __init__(self, net, postfix, daemon, domain):
        self.net = net
        self.postfix = postfix
        self.daemon = daemon
        self.domain = domain
        self.recipient = f"someone@{domain}"
        self.code = None
        self.told = ""

    def send(self):
        message = f"From: {SENDER}\nTo: {self.recipient}\nSubject: hello\n\nHello.\n"
        with self.postfix.smtp(PORT) as client:
            try:
                client.sendmail(SENDER, [self.recipient], message)
                self.code, self.told = 250, "2.1.5 Ok"
            except smtplib.SMTPRecipientsRefused as refused:
                self.code, text = refused.recipients[self.recipient]
                self.told = text.decode()

    def delivery(self):
        """As the MX has it, or None."""
        for delivery in self.net.mx_hosts.deliveries():
            if self.recipient in delivery.recipients:
                return delivery
        return None

    def wait(self):
        """Until nothing more will happen to it."""
        self.daemon.wait_decision(domain=self.domain)
        if self.code == 250:
            wait_for(
                lambda: self.delivery() or self.held(), f"{self.recipient} to arrive"
            )

    def held(self):
        entry = self.postfix.entry(self.recipient)
        return entry is not None and entry["queue_name"] == "hold"

    def where(self):
        """Where it is now, and whether that is good."""
        delivery = self.delivery()
        if delivery:
            how = f"over {delivery.tls}" if delivery.tls else "in plain text"
            return f"delivered to {delivery.host} {how}", "good"
        if self.held():
            return "in Postfix's hold queue", "bad"
        return "never queued: the client has it still, and tries again later", "bad"

    def header(self):
        delivery = self.delivery()
        if delivery is None:
            return "(no message, no header)"
        value = email.message_from_bytes(delivery.message)["MTA-STS-Status"]
        return " ".join(value.split()) if value else "(none: nothing failed)"

    def audit(self):
        return json.dumps(self.daemon.wait_decision(domain=self.domain))


def show(number, case, title):
    print()
    print(
        coloured(f"{number}. {case.recipient}", "strong")
        + coloured(f"  ({title})", "quiet")
    )
    row("client told", f"{case.code} {case.told}", "good" if case.code == 250 else "bad")
    where, colour = case.where()
    row("message now", where, colour)
    row("MTA-STS-Status", case.header())
    row("audit line", case.audit(), "quiet")


def main():
    print("Setting up: DNS, policy hosts, MX hosts, Postfix, mta-sts-milter ...")
    rows = [world.BY_NAME[domain] for domain, _ in CASES]
    with Internet(rows) as net:
        with Daemon(folder() / "daemon", net.pki, MILTER_PORT) as daemon, Postfix(
            folder() / "postfix",
            [Smtpd(PORT, daemon.milter)],
            smtp_tls_CAfile=net.pki.ca_file,
        ) as postfix:
            run(net, postfix, daemon)


def run(net, postfix, daemon):
    cases = [Case(net, postfix, daemon, domain) for domain, _ in CASES]
    for case in cases:
        case.send()
    print(coloured("=" * WIDTH, "quiet"))
    for number, (case, (_, title)) in enumerate(zip(cases, CASES), 1):
        case.wait()
        show(number, case, title)
    print()
    print(coloured("=" * WIDTH, "quiet"))


if __name__ == "__main__":
    main()
