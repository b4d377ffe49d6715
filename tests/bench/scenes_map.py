"""What the socketmap costs a delivery, and what a lookup of the unknown costs."""

import contextlib
import itertools

from programs import measure, wait_for
from servers import Ours, Peer, cpu_seconds, map_floor
from table import Goal, Row, Sample
from world import NEAR

SECONDS = 1
CACHED = 100  # domains
COLD = 300
_numbers = itertools.count()


def ask(server, suffix, *arguments, want="ok"):
    """Requests, each of which has to be answered as wanted."""
    result = measure("mapload", "-s", server.map, *arguments, suffix)
    if want and result[want] != result["requests"]:
        raise RuntimeError(f"mapload {arguments} {suffix}: {result}")
    return result


def warm(server, suffix, want="ok"):
    ask(server, suffix, "-m", 2 * CACHED, "-n", CACHED, want=want)


def rate(server, suffix, *arguments, want="ok"):
    before = cpu_seconds(server.pid)
    steady = ("-t", SECONDS, "-n", CACHED, *arguments)
    result = ask(server, suffix, *steady, want=want)
    used = cpu_seconds(server.pid) - before
    requests = result["requests"]
    return Sample(requests / result["seconds"], used * 1e6 / requests)


@contextlib.contextmanager
def cached(world, folder):
    """Requests of which all is known."""
    with contextlib.ExitStack() as stack:
        store = folder / "disk/conf/cache.db"
        ours = stack.enter_context(Ours(folder / "memory", world))
        disk = stack.enter_context(Ours(folder / "disk", world, 18466, store=store))
        floor = stack.enter_context(map_floor(folder))
        peer = stack.enter_context(Peer(folder / "internal", world, "internal"))
        sqlite = stack.enter_context(Peer(folder / "sqlite", world, "sqlite"))
        for server in (ours, disk, peer, sqlite):
            warm(server, "near.test")
        for server in (ours, peer):
            warm(server, "none.test", want="notfound")
        yield _cached_rows(ours, disk, floor, peer, sqlite)


def _cached_rows(ours, disk, floor, peer, sqlite):
    twenty, deep = ("-c", 20), ("-c", 4, "-p", 16)
    single = dict(ours=lambda: rate(ours, "near.test", *twenty))
    return [
        Row(
            "socketmap, cached, 20 connections",
            "requests/s",
            Goal("floor", at_least=0.8),
            Goal("peer", at_least=3),
            **single,
            floor=lambda: rate(floor, "near.test", *twenty),
            peer=lambda: rate(peer, "near.test", *twenty),
        ),
        Row(
            "the same; peer: with sqlite",
            "requests/s",
            Goal("peer", at_least=20),
            **single,
            peer=lambda: rate(sqlite, "near.test", *twenty),
        ),
        Row(
            "socketmap, cached, 4 connections, 16 pipelined",
            "requests/s",
            Goal("floor", at_least=0.5),
            Goal("peer", at_least=8),
            ours=lambda: rate(ours, "near.test", *deep),
            floor=lambda: rate(floor, "near.test", *deep),
            peer=lambda: rate(peer, "near.test", *deep),
        ),
        Row(
            "socketmap, no policy, 20 connections",
            "requests/s",
            Goal("peer", at_least=4),
            ours=lambda: rate(ours, "none.test", *twenty, want="notfound"),
            peer=lambda: rate(peer, "none.test", *twenty, want="notfound"),
        ),
        Row(
            "socketmap, cached, store on disk; floor: in memory",
            "requests/s",
            Goal("floor", at_least=0.95),
            ours=lambda: rate(disk, "near.test", *twenty),
            floor=lambda: rate(ours, "near.test", *twenty),
        ),
    ]


class Cold:
    """Lookups of one kind of domain: per second of CPU, and per second."""

    def __init__(self, world, folder, suffix):
        self._world = world
        self._folder = folder
        self._suffix = suffix
        self._seconds = {}

    def _ask(self, name, server):
        """Of a server that knows nothing, but has all libraries at hand."""
        other = "d0.rsa.test" if self._suffix == "near.test" else "d0.near.test"
        ask(server, other, "-x", "-m", 1)
        before = cpu_seconds(server.pid)
        result = ask(server, self._suffix, "-c", 20, "-m", COLD, "-n", COLD)
        used = cpu_seconds(server.pid) - before
        self._seconds[name] = result["seconds"]
        return Sample(COLD / used, used * 1e6 / COLD)

    def ours(self):
        with Ours(self._folder / f"cold{next(_numbers)}", self._world) as server:
            return self._ask("ours", server)

    def peer(self):
        place = self._folder / f"cold{next(_numbers)}"
        with Peer(place, self._world, "internal") as server:
            return self._ask("peer", server)

    def _fetch(self, processes):
        how = ("-d", NEAR, "-a", self._world.ca_file, "-j", processes, "-n", COLD)
        return measure("coldfetch", *how, self._suffix)

    def floor(self):
        cpu = self._fetch(1)["cpu"]
        self._seconds["floor"] = self._fetch(2)["seconds"]
        return Sample(COLD / cpu, cpu * 1e6 / COLD)

    def per_second(self, name):
        """Of the run before, in which all cores could be used."""
        return lambda: Sample(COLD / self._seconds[name])


@contextlib.contextmanager
def cold(world, folder):
    """Domains of which nothing is known."""
    rows = []
    for suffix, chain in {
        "near.test": "P-256",
        "p384.test": "P-384",
        "rsa.test": "RSA",
    }.items():
        case = Cold(world, folder, suffix)
        rows += [
            Row(
                f"cold lookups, {chain} chain",
                "a core and second",
                Goal("floor", at_least=0.9),
                Goal("peer", at_least=1),
                ours=case.ours,
                floor=case.floor,
                peer=case.peer,
            ),
            Row(
                "the same, with the servers on the same cores; "
                "floor: two processes",
                "lookups/s",
                **{name: case.per_second(name) for name in ("ours", "floor", "peer")},
            ),
        ]
    yield rows


@contextlib.contextmanager
def coalesced(world, folder):
    """One cold domain, asked for by many at once."""
    name = "d0.near.test"

    def fetches():
        with Ours(folder / f"once{next(_numbers)}", world) as server:
            world.fetches(name)
            ask(server, name, "-x", "-c", 100, "-m", 100)
            return Sample(wait_for(lambda: world.fetches(name), "a fetch"))

    yield [
        Row(
            "100 simultaneous lookups of one cold domain",
            "fetches",
            Goal(at_most=1),
            ours=fetches,
        )
    ]
