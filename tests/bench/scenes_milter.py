"""What the milter costs a message, and what others have to suffer."""

import contextlib
import itertools

from programs import measure
from servers import Ours, cpu_seconds, milter_floor
from table import Goal, Row, Sample
from world import FAR

from internet.postfix import Postfix, Smtpd

SECONDS = 1
CACHED = 100  # domains
HOLD = {"smtpd_recipient_restrictions": "static:HOLD"}
POSTFIX_PORTS = itertools.count(2501)
INET_PORTS = itertools.count(8463)
_numbers = itertools.count()


def fresh(folder, world, front, **options):
    """A daemon that knows nothing."""
    place = folder / f"ours{next(_numbers)}"
    return Ours(place, world, milter_server=front, **options)


def load(server, suffix, *arguments):
    """Messages, all of which have to be accepted."""
    result = measure("milterload", "-s", server.socket, *arguments, suffix)
    if result["refused"]:
        raise RuntimeError(f"milterload {arguments}: refused: {result}")
    return result


def warm(server):
    load(server, "near.test", "-m", 2 * CACHED, "-n", CACHED)


def rate(server, *arguments):
    before = cpu_seconds(server.pid)
    result = load(server, "near.test", "-t", SECONDS, "-n", CACHED, *arguments)
    used = cpu_seconds(server.pid) - before
    messages = result["messages"]
    return Sample(messages / result["seconds"], used * 1e6 / messages)


class Latency:
    """What RCPT takes of a server at a rate that leaves it idle at times."""

    def __init__(self, server):
        self._server = server
        self._result = None

    def p99(self):
        before = cpu_seconds(self._server.pid)
        steady = ("-c", 16, "-R", 1000, "-t", 2 * SECONDS, "-n", CACHED)
        self._result = load(self._server, "near.test", *steady)
        used = cpu_seconds(self._server.pid) - before
        cpu = used * 1e6 / self._result["messages"]
        return Sample(self._result["rcpt_p99_us"], cpu)

    def p50(self):
        """Of the run of p99()."""
        return Sample(self._result["rcpt_p50_us"])


@contextlib.contextmanager
def cached(world, folder, front):
    """Messages of which all is known."""
    as_fast = Goal("floor", at_least=0.9)
    with world.mx_hosts_running(), milter_floor(folder) as floor:
        with fresh(folder, world, front) as ours:
            warm(ours)

            def row(what, *goals, arguments):
                return Row(
                    f"milter ({front}), {what}",
                    "messages/s",
                    *goals,
                    ours=lambda: rate(ours, *arguments),
                    floor=lambda: rate(floor, *arguments),
                )

            steady = {"ours": Latency(ours), "floor": Latency(floor)}
            at_rate = f"milter ({front}), at 1,000 messages/s"
            yield [
                row(
                    "cached, 16 connections",
                    Goal("floor", at_least=0.9, cpu_at_most=1.15),
                    arguments=("-c", 16),
                ),
                row(
                    "the same, 5 recipients",
                    as_fast,
                    arguments=("-c", 16, "-r", 5),
                ),
                row(
                    "the same, a connection for each message",
                    as_fast,
                    arguments=("-c", 16, "-f"),
                ),
                Row(
                    f"{at_rate}: RCPT p99",
                    "µs",
                    Goal("floor", at_most=1.3),
                    **{name: each.p99 for name, each in steady.items()},
                ),
                Row(
                    f"{at_rate}: RCPT p50",
                    "µs",
                    **{name: each.p50 for name, each in steady.items()},
                ),
            ]


class Waiting:
    """A daemon of its own for each round, with so many sessions that wait."""

    def __init__(self, world, folder, front, count):
        self._start = lambda: fresh(folder, world, front)
        self._count = count
        self._unloaded = self._loaded = None

    def _run(self, ours, count):
        steady = ("-c", 16, "-f", "-R", 1000, "-t", SECONDS, "-n", CACHED)
        return load(ours, "near.test", *steady, "-w", count)

    def loaded(self):
        with self._start() as ours:
            warm(ours)
            self._unloaded = self._run(ours, 0)
            self._loaded = self._run(ours, self._count)
            ours.kill()
        return Sample(self._loaded["rcpt_p99_us"])

    def unloaded(self):
        """Of the same daemon as loaded(), before which it was measured."""
        return Sample(self._unloaded["rcpt_p99_us"])

    def latest_start(self):
        return Sample(self._loaded["start_max_us"] / 1000)

    def given_up(self):
        """Those that were not let wait."""
        return Sample(self._loaded["given_up"])


@contextlib.contextmanager
def waiting(world, folder, front):
    """Cached verdicts beside sessions whose domains hang."""
    rows = []
    for count in (16, 100, 500):
        case = Waiting(world, folder, front, count)
        beside = f"milter ({front}), beside {count} that wait"
        rows += [
            Row(
                f"{beside}: cached RCPT p99; floor: before",
                "µs",
                Goal("floor", at_most=2),
                ours=case.loaded,
                floor=case.unloaded,
            ),
            Row(
                f"{beside}: latest session start",
                "ms",
                Goal(at_most=50),
                ours=case.latest_start,
            ),
            Row(f"{beside}: of these not let wait", "sessions", ours=case.given_up),
        ]
    with world.mx_hosts_running(), world.hanging_running():
        yield rows


def _burst(world, folder, front, count):
    with fresh(folder, world, front, dns_servers=(FAR,)) as ours:
        many = ("-c", count, "-m", count, "-n", count)
        return Sample(load(ours, "far.test", *many)["seconds"])


@contextlib.contextmanager
def burst(world, folder, front):
    """Many sessions at once with many domains that nobody knows."""
    with world.mx_hosts_running(), world.far_away_running(100):
        yield [
            Row(
                f"milter ({front}), 64 sessions to 64 cold domains, "
                "100 ms round trips; floor: one",
                "s",
                Goal("floor", at_most=1.5),
                ours=lambda: _burst(world, folder, front, 64),
                floor=lambda: _burst(world, folder, front, 1),
            )
        ]


class Many:
    """All domains at once, each by a session of its own."""

    def __init__(self, world, folder, front):
        self._world = world
        self._start = lambda: fresh(folder, world, front, dns_servers=(FAR,))
        self._probes = None
        self._refused = None

    def seconds(self):
        everything = ("-c", 1000, "-m", 1000, "-n", 1000, "far.test")
        mx_hosts = self._world.mx_hosts()
        mx_hosts.start(lambda: True)
        try:
            with self._start() as ours:
                before = cpu_seconds(ours.pid)
                result = measure("milterload", "-s", ours.socket, *everything)
                used = cpu_seconds(ours.pid) - before
                ours.kill()
        finally:
            self._probes = self._world.connections(mx_hosts)
        self._refused = result["refused"]
        return Sample(result["seconds"], used * 1e6 / 1000)

    def probes(self):
        return Sample(self._probes)

    def refused(self):
        return Sample(self._refused)


@contextlib.contextmanager
def many(world, folder, front):
    """1,000 domains that nobody knows, on 200 MX hosts."""
    case = Many(world, folder, front)
    what = f"milter ({front}), 1,000 cold domains, 50 ms round trips"
    with world.far_away_running(50):
        yield [
            Row(what, "s", Goal(at_most=3), ours=case.seconds),
            Row(
                f"{what}: probes", "probes", Goal(at_most=200), ours=case.probes
            ),
            Row(f"{what}: not proven in time", "messages", ours=case.refused),
        ]


@contextlib.contextmanager
def postfix(world, folder, front):
    """A real Postfix, one session, messages that are then held."""
    inet, base = next(INET_PORTS), next(POSTFIX_PORTS)
    ports = [base] + [next(POSTFIX_PORTS) for _ in range(2)]

    def rate_at(server, port):
        load_of = ("-p", port, "-t", SECONDS, "-n", CACHED, "near.test")
        result = measure("smtpload", *load_of)
        server.delete_all()
        return Sample(result["messages"] / result["seconds"])

    with contextlib.ExitStack() as stack:
        stack.enter_context(world.mx_hosts_running())
        over_unix = stack.enter_context(fresh(folder, world, front))
        over_inet = stack.enter_context(
            fresh(folder, world, front, milter=inet, port=18465)
        )
        over_inet.socket = f"inet:{inet}@127.0.0.1"
        for server in (over_unix, over_inet):
            warm(server)
        smtpds = [
            Smtpd(ports[0], options=HOLD),
            Smtpd(ports[1], over_unix.milter, HOLD),
            Smtpd(ports[2], over_inet.milter, HOLD),
        ]
        mta = Postfix(folder / f"postfix-{front}", smtpds)
        stack.enter_context(mta)
        what = f"Postfix and milter ({front}), one session"
        yield [
            Row(
                f"{what}, unix socket; floor: no milter",
                "messages/s",
                Goal("floor", at_least=0.85),
                ours=lambda: rate_at(mta, ports[1]),
                floor=lambda: rate_at(mta, ports[0]),
            ),
            Row(
                f"{what}, inet socket; floor: unix",
                "messages/s",
                Goal("floor", at_least=0.8),
                ours=lambda: rate_at(mta, ports[2]),
                floor=lambda: rate_at(mta, ports[1]),
            ),
        ]
