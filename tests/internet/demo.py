"""Shows the milter at work on a real Postfix, in a table for people.

    tests/internet/private-network /usr/bin/python3 tests/internet/demo.py

Four messages go in by SMTP: to a domain that passes, to one whose MX has an
expired certificate, to one in testing with the same fault, and to one without
a policy. For each: what the client was told, what the header says, where the
message is now, and the line in the audit file.
"""

import dataclasses
import email
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
LABEL = 18
PORT, MILTER_PORT = 2525, 8463
SENDER = "you@example.org"
COLOURS = {"good": "32", "bad": "31", "quiet": "2", "strong": "1"}

# Domains of the demonstration: a row of the table each, and what it is about.
DOMAINS = {
    "passes.test": ("mx-own.test", "enforce", "valid certificate at the MX"),
    "expired.test": ("mx-expired.test", "enforce", "expired certificate at the MX"),
    "testing.test": (
        "testing-expired.test",
        "testing",
        "expired certificate at the MX",
    ),
    "no-policy.test": ("no-txt.test", "-", "no MTA-STS policy at all"),
}


def rows():
    """The rows of the table, under the names that they have here."""
    for domain, (name, _, _) in DOMAINS.items():
        row = world.BY_NAME[name]
        text = row.text and row.text.replace(name, domain)
        yield dataclasses.replace(row, name=domain, text=text)


# --- what happens ---


class Case:
    """One message, and what became of it."""

    def __init__(self, domain, net, postfix, daemon):
        self.domain = domain
        self.recipient = f"someone@{domain}"
        self._net = net
        self._postfix = postfix
        self._daemon = daemon
        self.code, self.text = None, ""
        self.delivery, self.held, self.audit = None, False, ""

    def send(self):
        message = f"From: {SENDER}\nTo: {self.recipient}\nSubject: hello\n\nHello.\n"
        with self._postfix.smtp(PORT) as client:
            try:
                client.sendmail(SENDER, [self.recipient], message)
                self.code, self.text = 250, "accepted"
            except smtplib.SMTPRecipientsRefused as refused:
                self.code, text = refused.recipients[self.recipient]
                self.text = text.decode()

    def follow(self):
        """Until nothing more will happen to it."""
        self._daemon.wait_decision(domain=self.domain)
        lines = self._daemon.configuration.audit.read_text().splitlines()
        self.audit = next(line for line in lines if f'"{self.domain}"' in line)
        if self.code == 250:
            wait_for(self._settled, f"the message to {self.recipient} to arrive")

    def _settled(self):
        for delivery in self._net.mx_hosts.deliveries():
            if self.recipient in delivery.recipients:
                self.delivery = delivery
        entry = self._postfix.entry(self.recipient)
        self.held = entry is not None and entry.held
        return self.delivery or self.held

    def where(self):
        if self.delivery:
            how = f"over {self.delivery.tls}" if self.delivery.tls else "in plain text"
            return f"delivered to {self.delivery.host} {how}"
        if self.held:
            return "in Postfix's hold queue"
        return "never queued; the client tries again later"

    def header(self):
        """The header as the receiver has it, or ""."""
        if self.delivery is None:
            return ""
        value = email.message_from_bytes(self.delivery.message)["MTA-STS-Status"]
        return " ".join(value.split()) if value else ""


# --- how it looks ---


def coloured(text, colour):
    if not sys.stdout.isatty():
        return text
    return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m"


def colour_of(case):
    return "good" if case.code == 250 else "bad"


def show_table(cases):
    form = "{:<16}{:<10}{:<15}{:<9}{}"
    heads = ("MAIL TO", "POLICY", "CLIENT TOLD", "HEADER", "WHERE THE MESSAGE IS NOW")
    print("\n" + coloured(form.format(*heads), "strong"))
    for case in cases:
        policy = DOMAINS[case.domain][1]
        told = f"{case.code} {'accepted' if case.code == 250 else 'try later'}"
        header = case.header().partition(";")[0] or "-"
        line = form.format(case.domain, policy, told, header, case.where())
        print(coloured(line, colour_of(case)))


def show_line(label, text, colour=None):
    lines = textwrap.wrap(text, WIDTH - LABEL, break_on_hyphens=False)
    for number, line in enumerate(lines):
        head = f"  {label}" if number == 0 else ""
        print(f"{head:<{LABEL}}" + (coloured(line, colour) if colour else line))


def show_case(case):
    _, policy, about = DOMAINS[case.domain]
    mode = "" if policy == "-" else f"mode {policy}, "
    title = f"\nTo {case.recipient}: {mode}{about}"
    print(coloured(title, "strong"))
    absent = "(none: nothing failed)" if case.code == 250 else "(no message)"
    show_line("client told", f"{case.code} {case.text}", colour_of(case))
    show_line("MTA-STS-Status", case.header() or absent)
    show_line("message now", case.where())
    show_line("audit line", case.audit.replace(',"', ', "'), "quiet")


def main():
    print("Starting DNS, policy hosts, MX hosts, Postfix and mta-sts-milter ...")
    with Internet(rows()) as net, Daemon(
        folder() / "daemon", net.pki, MILTER_PORT
    ) as daemon, Postfix(
        folder() / "postfix",
        [Smtpd(PORT, daemon.milter)],
        smtp_tls_CAfile=net.pki.ca_file,
    ) as postfix:
        cases = [Case(domain, net, postfix, daemon) for domain in DOMAINS]
        for case in cases:
            case.send()
        for case in cases:
            case.follow()
        show_table(cases)
        for case in cases:
            show_case(case)


if __name__ == "__main__":
    main()
