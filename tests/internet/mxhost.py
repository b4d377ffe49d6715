"""The hosts that take mail, on port 25 of an address each.

What a host does wrong is its fault (faultysmtp.py, or that nothing answers at
its address) and the fault of its certificate (pki.py); both can be changed at
any time. Every session and every message taken is written down.
"""

import dataclasses
from pathlib import Path

from . import faultysmtp
from .listener import BlackHole, Listener

NO_ROUTE = "192.0.2.25"  # in no network of private-network
OUR_NAME = "relay.example.org"
UNREACHABLE = ("refused", "black-hole", "no-route")


@dataclasses.dataclass
class Host:
    """One MX host and its history."""

    name: str
    addresses: list = dataclasses.field(default_factory=list)  # as DNS has them
    live: list = dataclasses.field(default_factory=list)  # where it may listen
    fault: str = ""
    certificate: Path = None
    sessions: list = dataclasses.field(default_factory=list)
    deliveries: list = dataclasses.field(default_factory=list)

    def probes(self):
        """Sessions of the programs under test; no mail was offered in them."""
        ours = (each for each in self.sessions if each.helo == OUR_NAME)
        return [each for each in ours if "MAIL" not in each.transcript]


class MxHosts:
    """Every MX host of the small Internet, by name."""

    def __init__(self, pki):
        self._pki = pki
        self._hosts = {}
        self._by_address = {}
        self._holes = {}
        self._free = _free_addresses()
        self._listener = Listener(25, self._serve)

    def stop(self):
        self._listener.close()
        for hole in self._holes.values():
            hole.close()

    def __getitem__(self, name):
        return self._hosts[name]

    def publish(self, name, fault="", certificate="", families=("4",), address=None):
        """Makes or changes a host, and returns its addresses.

        FAMILIES are the protocols that a new host has an address of; at one of
        "dead4" and "dead6" nobody ever listens. ADDRESS is one to have instead.
        """
        if fault not in faultysmtp.FAULTS and fault not in UNREACHABLE:
            raise ValueError(f"no such fault of an MX host: {fault}")
        host = self._hosts.get(name)
        if host is None:
            host = self._hosts[name] = Host(name)
            self._give_addresses(host, fault, families, address)
        host.fault = fault
        host.certificate = self._pki.certificate(name, fault=certificate)
        self._listen(host)
        return host.addresses

    def deliveries(self):
        """All messages that any host took."""
        return [each for host in self._hosts.values() for each in host.deliveries]

    # --- inside ---

    def _give_addresses(self, host, fault, families, address):
        if fault == "no-route":
            address = NO_ROUTE
        if address:
            families, host.addresses, host.live = (), [address], [address]
        for family in families:
            v4, v6 = next(self._free)
            chosen = v6 if family.endswith("6") else v4
            host.addresses.append(chosen)
            if not family.startswith("dead"):
                host.live.append(chosen)
        for each in host.live:
            self._by_address[each] = host

    def _listen(self, host):
        for address in host.live:
            hole = self._holes.pop(address, None)
            if hole:
                hole.close()
            listens = address in self._listener.addresses()
            if listens and host.fault in UNREACHABLE:
                self._listener.remove(address)
            if not listens and host.fault not in UNREACHABLE:
                self._listener.add(address)
            if host.fault == "black-hole":
                self._holes[address] = BlackHole(address, 25)

    def _serve(self, connection, address):
        host = self._by_address[address]
        session = faultysmtp.FAULTS[host.fault](host, connection)
        host.sessions.append(session)
        session.run()


def _free_addresses():
    """Pairs of IPv4 and IPv6, of the networks of private-network."""
    networks = [("198.51.100", 20), *((f"198.18.{n}", 1) for n in range(1, 100))]
    for number, (network, first) in enumerate(networks):
        for last in range(first, 250):
            yield f"{network}.{last}", f"2001:db8::25:{number:x}:{last}"
