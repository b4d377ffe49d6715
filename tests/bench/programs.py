"""The benchmark's own programs: load generators, and servers that do nothing."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# pylint: disable=wrong-import-position
from internet.process import Process
from internet.waiting import wait_for

__all__ = ["Process", "Server", "answers", "measure", "numbers", "path", "wait_for"]

FOLDER = Path(os.environ.get("BENCH_PROGRAMS", "tests/bench"))
PATIENCE = 120  # seconds, past which a run fails instead of hanging


def path(name):
    return str(FOLDER.resolve() / name)


def numbers(line):
    """A program's result: a line of name=number."""
    return {name: float(value) for name, value in (p.split("=") for p in line.split())}


def measure(name, *arguments):
    """Runs a load generator to its end, and returns its numbers."""
    done = subprocess.run(
        [path(name), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{name} {arguments}: {done.stderr}")
    return numbers(done.stdout)


def answers(place):
    """Whether somebody takes connections at a port, or at a unix socket."""
    if isinstance(place, int):
        family, address = socket.AF_INET, ("127.0.0.1", place)
    else:
        family, address = socket.AF_UNIX, str(place)
    with socket.socket(family) as peer:
        return peer.connect_ex(address) == 0


class Server(Process):
    """One of our servers."""

    def __init__(self, log, name, *arguments):
        super().__init__([path(name), *arguments], log)

    def stop(self, number=signal.SIGKILL, timeout=30):
        """At once: libmilter takes seconds for another end."""
        return super().stop(number, timeout)
