"""How small the daemon is, and how soon it is there."""

import contextlib
import itertools
import socket
import subprocess
import time

from programs import measure, path
from servers import OUR_MAP, Ours, resident_kib
from table import Goal, Row, Sample
from world import FAR

from internet.milterclient import Client

SESSIONS = 200
QUESTION = b"10:postfix .x,"  # is answered without a lookup
_numbers = itertools.count()


def _answers():
    """Whether the socketmap does, by which the engine is at work."""
    with socket.socket() as peer:
        if peer.connect_ex(("127.0.0.1", OUR_MAP)) != 0:
            return False
        peer.sendall(QUESTION)
        return peer.recv(64) != b""


def _start_ms(ours):
    """From the start of the program to its first answer."""
    began = time.monotonic()
    child = subprocess.Popen(ours.process.argv, stderr=subprocess.DEVNULL)
    try:
        while not _answers():
            time.sleep(0.0005)
        return (time.monotonic() - began) * 1000
    finally:
        child.kill()
        child.wait()


class Sizes:
    """What comes out of one daemon after the other."""

    def __init__(self, world, folder, front):
        self._world = world
        self._new = lambda **more: Ours(
            folder / f"size{next(_numbers)}", world, milter_server=front, **more
        )

    def start(self):
        ours = self._new()
        ours.configuration.write(store=ours.configuration.store)
        return Sample(_start_ms(ours))

    def idle(self):
        with self._new() as ours:
            return Sample(resident_kib(ours.pid) / 1024)

    def private(self):
        with self._new() as ours:
            return Sample(resident_kib(ours.pid, "RssAnon") / 1024)

    def cached_domain(self):
        """After as many that the libraries have what they keep."""
        with self._world.far_away_running(0), self._new(dns_servers=(FAR,)) as ours:

            def after(count):
                many = ("-c", 10, "-m", count, "-n", count)
                measure("mapload", "-s", ours.map, *many, "far.test")
                return resident_kib(ours.pid) * 1024

            few = after(300)
            return Sample((after(1000) - few) / 700)

    def idle_session(self):
        with self._new() as ours, contextlib.ExitStack() as stack:
            with Client(ours.address) as client:
                client.hello()
            before = resident_kib(ours.pid)
            for _ in range(SESSIONS):
                stack.enter_context(Client(ours.address)).hello()
            time.sleep(0.2)  # for what the last one makes it do
            return Sample((resident_kib(ours.pid) - before) / SESSIONS)

    def waiting_session(self, *arguments):
        with self._world.hanging_running(), self._new() as ours:
            before = resident_kib(ours.pid)
            argv = [path("milterload"), "-s", ours.socket, "-c", "1", "-R", "1"]
            argv += ["-t", "3", "-w", str(SESSIONS), *arguments, "none.test"]
            with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as load:
                time.sleep(2)
                size = resident_kib(ours.pid) - before
                load.kill()
            ours.kill()
            return Sample(size / SESSIONS)


@contextlib.contextmanager
def footprint(world, folder, front):
    """Start, and memory."""
    sizes = Sizes(world, folder, front)
    rows = [
        Row(
            f"a session without a message ({front})",
            "KiB",
            Goal(at_most=6),
            ours=sizes.idle_session,
        ),
        Row(
            f"a session that waits, all for one domain ({front})",
            "KiB",
            Goal(at_most=20),
            ours=lambda: sizes.waiting_session("-o"),
        ),
        Row(
            f"the same, each for a domain whose policy host is silent ({front})",
            "KiB",
            ours=sizes.waiting_session,
        ),
        Row(f"start ({front})", "ms", Goal(at_most=30), ours=sizes.start),
        Row(f"resident, idle ({front})", "MB", Goal(at_most=12), ours=sizes.idle),
        Row(
            f"of these not shared with files ({front})", "MB", ours=sizes.private
        ),
        Row("a cached domain", "bytes", Goal(at_most=600), ours=sizes.cached_domain),
    ]
    yield rows
