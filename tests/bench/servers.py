"""What is measured: the daemon, the floors and the peer, as servers of which the
CPU time and the memory can be read."""

import os
import shutil
from pathlib import Path

from programs import Process, Server, answers

from internet.daemon import USER, Daemon

TICK = os.sysconf("SC_CLK_TCK")
PEER = Path(os.environ.get("MTA_STS_TEST_MTAS", "/var/cache/mta-sts-milter-tests"))
PEER /= "peer/usr"
PEER_PORTS = {"internal": 18461, "sqlite": 18462}
OUR_MAP, FLOOR_MAP = 18463, 18464

PEER_CONF = """
host: 127.0.0.1
port: {port}
cache:
  type: {kind}
  options: {options}
default_zone:
  strict_testing: false
  timeout: 4
"""


def cpu_seconds(pid):
    """What all threads of a process have used, those that ended included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident_kib(pid, what="VmRSS"):
    """Its memory, of which what it shares with others counts in full; with
    RssAnon without what is of files: programs and libraries."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1])
    raise RuntimeError(f"process {pid} has no memory")


class Ours(Daemon):
    """The daemon, in the front end asked; .socket is its milter's, .map its
    socketmap's, as load generators take them."""

    def __init__(self, folder, world, port=OUR_MAP, **options):
        place = Path(folder)
        place.mkdir()
        shutil.chown(place, USER, "postfix")
        place.chmod(0o2755)
        own = {
            "socketmap_socket": f"inet:{port}@127.0.0.1",
            "dns_servers": ("127.0.0.1:53",),
            "store": "",
            "audit_file": "",
            "fetch_timeout": 60,
            "probe_timeout": 30,
            "dns_timeout": 5,
            **options,
        }
        milter = own.pop("milter", place / "milter")
        super().__init__(place / "conf", world, milter, **own)
        self.socket = f"unix:{milter}"
        self.map = own["socketmap_socket"]

    @property
    def pid(self):
        return self.process.pid


class Floor(Server):
    """A server that does nothing, at a unix socket or at a port."""

    def __init__(self, folder, name, socket_name, ready):
        super().__init__(folder / f"{name}.out", name, socket_name)
        self.socket = self.map = socket_name
        self._ready = ready

    def __enter__(self):
        self.start(self._ready)
        return self

    def __exit__(self, *_):
        self.stop()


def milter_floor(folder):
    place = folder / "noop"
    return Floor(folder, "noopmilter", f"unix:{place}", lambda: answers(place))


def map_floor(folder):
    return Floor(
        folder,
        "noopmap",
        f"inet:{FLOOR_MAP}@127.0.0.1",
        lambda: answers(FLOOR_MAP),
    )


class Peer(Process):
    """postfix-mta-sts-resolver, as Debian has it; its cache is internal (in
    memory) or sqlite."""

    def __init__(self, folder, world, kind):
        port = PEER_PORTS[kind]
        place = Path(folder)
        place.mkdir()
        options = f"{{filename: {place}/cache.db}}" if kind == "sqlite" else "{}"
        conf = place / "conf.yml"
        conf.write_text(PEER_CONF.format(port=port, kind=kind, options=options))
        run = "from postfix_mta_sts_resolver.daemon import main; main()"
        env = {
            "PYTHONPATH": str(PEER / "lib/python3/dist-packages"),
            "LD_LIBRARY_PATH": str(PEER / "lib/x86_64-linux-gnu"),
            "SSL_CERT_FILE": str(world.ca_file),
        }
        argv = ["/usr/bin/python3", "-c", run, "-c", conf]
        super().__init__(argv, place / "log", env)
        self.map = f"inet:{port}@127.0.0.1"
        self._port = port

    def __enter__(self):
        self.start(lambda: answers(self._port))
        return self

    def __exit__(self, *_):
        self.stop()
