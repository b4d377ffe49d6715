"""Puts the parts together: a small Internet in which some domains exist."""

import contextlib
import dataclasses
import os
import subprocess
from pathlib import Path

from .dns import Dns, txt
from .mxhost import MxHosts
from .pki import Pki
from .policyhost import PolicyHosts

# What private-network made, as arguments of ip(8).
ROUTES = (
    ("-4", "address", "198.51.100.1/24"),
    ("-4", "address", "203.0.113.1/24"),
    ("-4", "address", "198.18.0.1/16"),
    ("-6", "route", "local 2001:db8::/64"),
)


def folder():
    """Where private-network wants everything to lie."""
    try:
        return Path(os.environ["MTA_STS_INTERNET"])
    except KeyError:
        raise SystemExit("to be run by tests/internet/private-network") from None


class Internet:
    """DNS, policy hosts and MX hosts for the rows of world.py given."""

    def __init__(self, rows):
        self.pki = Pki(folder() / "pki")
        self.dns = Dns(folder() / "dns")
        self.policy_hosts = PolicyHosts(folder() / "policy", self.pki)
        self.mx_hosts = MxHosts(self.pki)
        self.rows = {}
        self.dns.set("relay.example.org", "A", "198.51.100.1")
        for row in rows:
            self.publish(row)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.policy_hosts.start()
        self.dns.start()

    def stop(self):
        self.dns.stop()
        self.policy_hosts.stop()
        self.mx_hosts.stop()

    def publish(self, row):
        """The domain is from now on as that row says; it may be a new one."""
        with self.dns.changes():
            self._publish_txt(row)
            self._publish_policy(row)
            self._publish_mx(row)
        self.rows[row.name] = row

    def change(self, name, **differences):
        """Publishes a domain anew, with differences from what it was."""
        self.publish(dataclasses.replace(self.rows[name], **differences))

    @contextlib.contextmanager
    def unplugged(self):
        """No name, policy or MX can be reached; loopback stays."""
        self.dns.resolver_gone()
        _routes("del")
        try:
            yield
        finally:
            _routes("add")
            self.dns.resolver_up()

    # --- the three things that a domain publishes ---

    def _publish_txt(self, row):
        name = f"_mta-sts.{row.name}"
        self.dns.remove(name)
        records = [(each,) if isinstance(each, str) else each for each in row.txt]
        self.dns.set(name, "TXT", *[txt(*strings) for strings in records])
        for rtype, rdata in row.txt_records.items():
            self.dns.set(name, rtype, rdata)
        self._fail(name, row.txt_failure)

    def _publish_policy(self, row):
        name = f"mta-sts.{row.name}"
        addresses = ()
        if row.https_address != "":
            addresses = self.policy_hosts.publish(
                row.name,
                row.policy_text(),
                row.https,
                row.https_certificate,
                _bindable(row.https_address),
            )
        self.dns.remove(name)
        if row.https_cname:
            self.dns.set(name, "CNAME", f"web.{row.name}.")
            name = f"web.{row.name}"
        self._addresses(name, [row.https_address] if row.https_address else addresses)

    def _publish_mx(self, row):
        if row.cname:
            self.dns.set(row.name, "CNAME", row.cname)
            return
        records = []
        for mx in row.mx:
            host = mx.host(row.name)
            if mx.preference is not None:
                records.append(f"{mx.preference} {host.rstrip('.')}.")
            if mx.name != ".":
                addresses = self.mx_hosts.publish(
                    host, mx.fault, mx.certificate, mx.families, mx.address
                )
                self._addresses(host, addresses)
        self.dns.set(row.name, "MX", *records)
        policy_names = (f"_mta-sts.{row.name}", f"mta-sts.{row.name}")
        self._fail(row.name, row.mx_failure, policy_names)

    def _addresses(self, name, addresses):
        self.dns.set(name, "A", *[each for each in addresses if ":" not in each])
        self.dns.set(name, "AAAA", *[each for each in addresses if ":" in each])

    def _fail(self, name, failure, sound=()):
        if failure:
            self.dns.fail(name, failure == "timeout", sound)
        elif self.dns.failing(name):
            self.dns.heal(name)


def _bindable(address):
    """The address at which a connection to ADDRESS arrives."""
    return address and address.removeprefix("::ffff:")


def _routes(verb):
    for family, kind, what in ROUTES:
        subprocess.run(
            ["ip", family, kind, verb, *what.split(), "dev", "lo"], check=True
        )
