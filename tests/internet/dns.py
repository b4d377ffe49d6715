"""The domain name system of the small Internet.

knot is the one authoritative server, with nearly everything in its root zone
(dnssec.py has the others); unbound on 127.0.0.1:53 resolves through it and
validates, and is who the programs under test ask.
Records can be changed and removed at any time; single names can be made to
fail, and the resolver itself can fall silent, be gone, and come back.
"""

import collections
import contextlib
import re
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path

from dns import exception, message, query, rdatatype

from . import dnssec
from .process import Process
from .waiting import wait_for

RESOLVER = "127.0.0.1"
AUTHORITY = ("127.0.0.1", 5300)
FAILING_SERVER = ("127.0.0.9", 1)  # answers everything with SERVFAIL
SILENT_SERVER = ("127.0.0.9", 2)  # takes everything and never answers

KNOT = """
server:
    rundir: "{folder}"
    listen: {address}@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: "{folder}/knot.log"
    any: info
database:
    storage: "{folder}/knot"
control:
    listen: "{folder}/knot.sock"
"""

# "test." is special to unbound, and must be told not to be.
UNBOUND = """
server:
    interface: {resolver}
    port: 53
    directory: "{folder}"
    pidfile: "{folder}/unbound.pid"
    logfile: "{folder}/unbound.log"
    use-syslog: no
    log-queries: yes
    username: ""
    chroot: ""
    do-daemonize: no
    num-threads: 1
    module-config: "validator iterator"
    trust-anchor-file: "{folder}/anchors"
    trust-anchor-signaling: no
    aggressive-nsec: no
    do-not-query-localhost: no
    unblock-lan-zones: yes
    local-zone: "test." nodefault
    harden-referral-path: no
    qname-minimisation: no
    infra-host-ttl: 1
remote-control:
    control-enable: yes
    control-interface: "{folder}/unbound.sock"
    control-use-cert: no
"""

STUB = """
stub-zone:
    name: "{zone}"
    stub-addr: {address}@{port}
"""


def txt(*strings):
    """The presentation form of one TXT record of these character-strings."""
    escaped = (s.replace("\\", "\\\\").replace('"', '\\"') for s in strings)
    return " ".join(f'"{s}"' for s in escaped)


class Dns:
    """Both servers and the records that they serve.

    TTL is that of every record, negative answers included.
    """

    def __init__(self, folder, ttl=1):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ttl = ttl
        self._records = collections.defaultdict(list)  # (name, type) -> [rdata]
        self._serial = 0
        self._failing = {}
        self._lock = threading.RLock()
        self._batch = False
        self._servers = [_udp(SILENT_SERVER), _udp(FAILING_SERVER)]
        threading.Thread(
            target=_servfail, args=self._servers[1:], daemon=True
        ).start()
        values = {
            "folder": self.folder,
            "resolver": RESOLVER,
            "address": AUTHORITY[0],
            "port": AUTHORITY[1],
        }
        (self.folder / "knot").mkdir()
        zones = dnssec.knot_zones(self.folder)
        knot_conf = self._write("knot.conf", KNOT.format(**values) + zones)
        stubs = (STUB.format(zone=zone, **values) for zone in dnssec.ZONES)
        text = UNBOUND.format(**values) + "".join(stubs)
        unbound_conf = self._write("unbound.conf", text)
        self._knot = Process(["knotd", "-c", knot_conf], self.folder / "knot.out")
        # AppArmor confines the program at its usual path, and at no other.
        unbound = shutil.copy("/usr/sbin/unbound", self.folder / "unbound")
        self._unbound = Process(
            [unbound, "-c", unbound_conf], self.folder / "unbound.out"
        )

    # --- servers ---

    def start(self):
        self._write_zones()
        self._knot.start(lambda: _answers(*AUTHORITY))
        self._write("anchors", dnssec.trust_anchors(AUTHORITY))
        self._start_resolver()

    def stop(self):
        self.resolver_up()
        self._unbound.stop()
        self._knot.stop()
        for server in self._servers:
            server.close()

    def resolver_silent(self):
        """The resolver takes questions, and answers none."""
        self._unbound.send(signal.SIGSTOP)

    def resolver_gone(self):
        """Nothing listens at the resolver's port any more."""
        self._unbound.stop()

    def resolver_up(self):
        """Whatever was wrong with the resolver is over."""
        if self._unbound.running():
            self._unbound.send(signal.SIGCONT)
        else:
            self._start_resolver()

    def _start_resolver(self):
        self._unbound.start(lambda: _answers(RESOLVER, 53))
        for stubs in self._failing.values():
            self._add_stubs(stubs)

    # --- records ---

    @contextlib.contextmanager
    def changes(self):
        """Many changes, seen by the world all at once at the end."""
        with self._lock:
            outer, self._batch = self._batch, True
            try:
                yield self
            finally:
                self._batch = outer
            self._publish()

    def set(self, name, rtype, *rdatas):
        """These are the records of that type; with none, there are none."""
        with self._lock:
            self._records[_key(name), rtype] = list(rdatas)
            self._publish()

    def get(self, name, rtype):
        return list(self._records.get((_key(name), rtype), ()))

    def remove(self, name):
        """Nothing of that name is left."""
        with self._lock:
            for key in [key for key in self._records if key[0] == _key(name)]:
                del self._records[key]
            self._publish()

    def fail(self, name, silent=False, sound=()):
        """NAME and all below it is SERVFAIL, or is never answered at all.

        SOUND are names below it that are to be answered as ever.
        """
        server = SILENT_SERVER if silent else FAILING_SERVER
        stubs = {_key(name): server, **{_key(each): AUTHORITY for each in sound}}
        self._failing[_key(name)] = stubs
        if self._unbound.running():
            self._add_stubs(stubs)
            self.flush()

    def failing(self, name):
        return _key(name) in self._failing

    def heal(self, name):
        for stub in self._failing.pop(_key(name)):
            self._control(f"stub_remove {stub}")
        self.flush()

    def _add_stubs(self, stubs):
        for name, (address, port) in stubs.items():
            self._control(f"stub_add {name} {address}@{port}")

    def flush(self):
        """The resolver forgets what it knows."""
        self._control("flush_zone .")
        self._control("flush_infra all")

    def queries(self, name, rtype):
        """How often the resolver was asked for this."""
        asked = re.escape(f" {_key(name)} {rtype} IN")
        return len(re.findall(asked + "$", self._log_text(), re.MULTILINE))

    # --- inside ---

    def _log_text(self):
        return (self.folder / "unbound.log").read_text(errors="replace")

    def _write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def _write_zones(self):
        self._serial += 1
        numbers = f"{self._serial} 3600 600 86400 {self.ttl}"
        lines = {
            zone: [
                f"$TTL {self.ttl}",
                f"{zone} SOA ns.test. admin.test. {numbers}",
                f"{zone} NS ns.test.",
                *dnssec.delegations(zone),
            ]
            for zone in dnssec.ZONES
        }
        lines[dnssec.ROOT].append(f"ns.test. A {AUTHORITY[0]}")
        for (name, rtype), rdatas in self._records.items():
            lines[dnssec.zone_of(name)] += [f"{name} {rtype} {each}" for each in rdatas]
        for zone in dnssec.ZONES:
            path = dnssec.zone_file(self.folder, zone)
            path.write_text("\n".join(lines[zone]) + "\n")

    def _publish(self):
        if self._batch or not self._knot.running():
            return
        self._write_zones()
        subprocess.run(
            ["knotc", "-s", self.folder / "knot.sock", "-b", "zone-reload"],
            check=True,
            capture_output=True,
        )
        wait_for(self._serial_is_served, f"the zones with serial {self._serial}")
        if self._unbound.running():
            self.flush()

    def _serial_is_served(self):
        return all(self._serial == _served_serial(zone) for zone in dnssec.ZONES)

    def _control(self, command):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
            control.settimeout(30)
            control.connect(str(self.folder / "unbound.sock"))
            control.sendall(f"UBCT1 {command}\n".encode())
            answer = b"".join(iter(lambda: control.recv(4096), b"")).decode()
        if not answer.startswith("ok"):
            raise RuntimeError(f"unbound: {command}: {answer}")


def _key(name):
    return name.lower().rstrip(".") + "."


def _served_serial(zone):
    answer = query.udp(message.make_query(zone, "SOA"), AUTHORITY[0], 5, AUTHORITY[1])
    for rrset in answer.answer:
        if rrset.rdtype == rdatatype.SOA:
            return rrset[0].serial
    return None


def _udp(address):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(address)
    return server


def _servfail(server):
    """Sends every question back with the bits "answer" and "SERVFAIL"."""
    with contextlib.suppress(OSError):  # the end of this thread: it is closed
        while True:
            question, peer = server.recvfrom(4096)
            flags = bytes([question[2] | 0x80, 0x02])
            server.sendto(question[:2] + flags + question[4:], peer)


def _answers(address, port):
    try:
        query.udp(message.make_query("ns.test.", "A"), address, 0.2, port)
        return True
    except (OSError, exception.DNSException):
        return False
