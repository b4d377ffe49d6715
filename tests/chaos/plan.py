"""What will go wrong and when, drawn from a seed before the run begins.

Each domain has three lines of its own (its path, its policy host and record,
its policy), each of which goes wrong and right again in its turn; resolver,
disks and daemon have theirs. The same seed and length give the same plan; what
a plan does to a run still depends on how fast the machine is.
"""

import dataclasses
import random

from internet.world import Mx

from . import domains

# What can be wrong with an MX host. With some it takes mail, with some it
# cannot be reached.
HOST_FAULTS = (
    {"certificate": "expired"},
    {"certificate": "expired"},
    {"certificate": "untrusted"},
    {"certificate": "self-signed"},
    {"certificate": "other-name"},
    {"certificate": "not-yet-valid"},
    {"fault": "no-starttls"},
    {"fault": "no-starttls"},
    {"fault": "starttls-454"},
    {"fault": "drop-after-220"},
    {"fault": "handshake-garbage"},
    {"fault": "injection"},
    {"fault": "tls1.1"},
    {"fault": "refused"},
    {"fault": "greeting-421"},
    {"fault": "silent"},
)
OFFER_FAULTS = (
    {"https": "404"},
    {"https": "500"},
    {"https": "silent"},
    {"https": "refused"},
    {"https": "drip"},
    {"https": "truncated"},
    {"https_certificate": "expired"},
    {"https_certificate": "self-signed"},
    {"txt": "gone"},
    {"txt": "servfail"},
    {"txt": "timeout"},
)
NO_OFFER_FAULT = {"txt": "", "https": "", "https_certificate": ""}
GOOD_MX = ((Mx("mx1"),), (Mx("mx2"),), (Mx("mx1"), Mx("mx2", preference=20)))
DEFAULTS = {
    "on_fail": "defer",
    "on_unreachable": "defer",
    "decide_at": "auto",
    "header": "failures",
}


@dataclasses.dataclass(frozen=True, order=True)
class Step:
    """At so many seconds of the run, this is done by conductor.py."""

    at: float
    what: str  # a method of the conductor
    about: str = ""  # a domain
    values: dict = dataclasses.field(default_factory=dict, compare=False)


class _Dice:
    """The draws of one line: independent of how many the other lines make."""

    def __init__(self, seed, line, seconds):
        self._random = random.Random(f"{seed} {line}")
        self.choice = self._random.choice
        self._seconds = seconds

    def chance(self, probability):
        return self._random.random() < probability

    def spells(self, good, bad):
        """(beginning, end) of each time that something is wrong; GOOD and BAD
        are the shortest and the longest time of either."""
        at = self._random.uniform(0, good[1])
        while at < self._seconds:
            end = at + self._random.uniform(*bad)
            yield round(at, 2), round(end, 2)
            at = end + self._random.uniform(*good)

    def moments(self, apart):
        return [begin for begin, _ in self.spells(apart, (0, 0))]


def make(seed, seconds):
    """The steps of a run of that length, in their order."""

    def dice(line):
        return _Dice(seed, line, seconds)

    steps = [*_daemon(dice("daemon")), *_reloads(dice("reloads"))]
    steps += _spells(dice("store"), "store_full", "store_empty", (8, 20), (4, 12))
    steps += _spells(dice("audit"), "audit_full", "audit_empty", (15, 40), (2, 6))
    resolver = list(_resolver(dice("resolver")))
    for name in domains.all_domains():
        kind = domains.kind_of(name)
        steps += _path(dice(f"path {name}"), name)
        if kind != "plain":
            steps += _offer(dice(f"offer {name}"), name)
        if kind == "steady":
            steps += _renewals(dice(f"policy {name}"), name)
        if kind == "changing":
            steps += _weakenings(dice(f"policy {name}"), name)
    return sorted([*_not_without(resolver, steps), *resolver])


def _spells(dice, begin, end, good, bad):
    for since, until in dice.spells(good, bad):
        yield Step(since, begin)
        yield Step(until, end)


def _daemon(dice):
    for since, until in dice.spells((2, 12), (0, 2)):
        yield Step(since, "daemon_stop" if dice.chance(0.2) else "daemon_kill")
        yield Step(until, "daemon_start")


def _reloads(dice):
    for at in dice.moments((1, 6)):
        if dice.chance(0.2):
            yield Step(at, "reload_badly")
            continue
        values = dict(DEFAULTS)
        if dice.chance(0.5):
            key = dice.choice(("on_fail", "on_unreachable"))
            values[key] = dice.choice(("quarantine", "reject"))
        if dice.chance(0.3):
            points = ("eom",) if "quarantine" in values.values() else ("rcpt", "eom")
            values["decide_at"] = dice.choice(points)
        if dice.chance(0.3):
            values["header"] = dice.choice(("all", "none"))
        yield Step(at, "reload", values=values)


def _resolver(dice):
    for since, until in dice.spells((20, 45), (2, 6)):
        yield Step(since, dice.choice(("resolver_silent", "resolver_gone")))
        yield Step(until, "resolver_up")


def _path(dice, name):
    """A good time, and one in which no host proves itself or, now and then,
    only one of two."""
    for since, until in dice.spells((4, 25), (9, 30)):
        yield Step(since, "domain", name, _bad_path(dice))
        good = {"mx": dice.choice(GOOD_MX), "mx_failure": ""}
        yield Step(until, "domain", name, good)


def _bad_path(dice):
    if dice.chance(0.1):
        return {"mx_failure": "servfail"}
    if dice.chance(0.2):
        return {"mx": (Mx(domains.STRAY),)}
    first = Mx("mx1", **dice.choice(HOST_FAULTS))
    if dice.chance(0.5):
        return {"mx": (first,)}
    second = {} if dice.chance(0.3) else dice.choice(HOST_FAULTS)
    return {"mx": (first, Mx("mx2", preference=20, **second))}


def _offer(dice, name):
    for since, until in dice.spells((10, 40), (4, 15)):
        yield Step(since, "domain", name, dice.choice(OFFER_FAULTS))
        yield Step(until, "domain", name, NO_OFFER_FAULT)


def _renewals(dice, name):
    """The same policy under another id, now and then."""
    for number, at in enumerate(dice.moments((20, 60)), 2):
        yield Step(at, "domain", name, {"number": number})


def _weakenings(dice, name):
    """For a while it enforces nothing, then again; long enough for the rule to
    expect that everybody knows."""
    spells = dice.spells((50, 110), (5, 25))
    for number, (begin, end) in enumerate(spells, 1):
        mode = dice.choice(("testing", "none"))
        weak = {"mode": mode, "number": 2 * number}
        yield Step(begin, "domain", name, weak)
        yield Step(end, "domain", name, {"mode": "enforce", "number": 2 * number + 1})


def _not_without(resolver, steps):
    """A resolver that is down takes no changes: they come when it is back."""
    outages = [(down.at, up.at) for down, up in zip(resolver[::2], resolver[1::2])]
    for step in steps:
        for since, until in outages:
            if step.what == "domain" and since <= step.at <= until:
                step = dataclasses.replace(step, at=until + 0.01)
        yield step
