"""The fault run in small, and that it would find what it looks for.

`make chaos` is the real one: tests/chaos/README.md.
"""

import types
from collections import defaultdict

import ports
import pytest

from chaos import accounting, report
from chaos.accounting import Accounts
from chaos.clients import ACCEPTED, DEFERRED, IN_DOUBT, REJECTED, Copy
from chaos.domains import State
from chaos.history import History, Track
from chaos.rule import PATH, POLICY, UNSEEN, Lags, Rule
from chaos.run import Run
from chaos.stage import OPTIONS, Stage
from internet.internet import folder
from internet.world import Mx

NAME = "a.test"
GOOD = State(NAME)
EXPIRED = State(NAME, mx=(Mx("mx1", certificate="expired"),))
STRAY = State(NAME, mx=(Mx("stray"),))
ONE_OF_TWO = State(NAME, mx=(*EXPIRED.mx, Mx("mx2", preference=20)))
NO_MX = State(NAME, mx_failure="servfail")
TESTING = State(NAME, mode="testing", mx=EXPIRED.mx)
RENEWED = State(NAME, number=2, mx=EXPIRED.mx)
RENEWED_UNSEEN = State(NAME, number=2, mx=EXPIRED.mx, https="404")
LAGS = Lags(path=10, policy=70)
ASKED, TOLD = 1000, 1001


def track(*spans):
    """(until, value) of each, and at last a value alone."""
    made = Track(None, 0)
    made._spans = []  # pylint: disable=protected-access
    since = 0
    for until, value in [*spans[:-1], (float("inf"), spans[-1])]:
        made._spans.append([since, until, value])
        since = until
    return made


def history(*spans, resolver=(True,), daemon=(True,)):
    made = History({NAME: GOOD})
    made.domains[NAME] = track(*spans)
    made.resolver = track(*resolver)
    made.daemon = track(*daemon)
    made.audit = track(True)
    return made


@pytest.mark.parametrize(
    "spans, excuse",
    [
        ([GOOD], PATH),
        ([EXPIRED], ""),
        ([STRAY], ""),
        ([NO_MX], ""),
        ([ONE_OF_TWO], PATH),
        ([(985, GOOD), EXPIRED], ""),
        ([(991, GOOD), EXPIRED], PATH),
        ([(985, GOOD), (995, EXPIRED), STRAY], ""),
        ([(1000.5, EXPIRED), GOOD], PATH),
        ([(1002, EXPIRED), GOOD], ""),
        ([TESTING], POLICY),
        ([(935, TESTING), RENEWED], POLICY),
        ([(900, TESTING), RENEWED], ""),
        ([(900, TESTING), RENEWED_UNSEEN], UNSEEN),
        ([(900, TESTING), (910, RENEWED_UNSEEN), RENEWED], UNSEEN),
        ([(900, EXPIRED), RENEWED_UNSEEN], ""),
    ],
)
def test_the_rule(spans, excuse):
    rule = Rule(history(*spans), LAGS)
    assert rule.excuse(NAME, ASKED, TOLD) == excuse


def test_no_resolver_excuses_a_policy_that_is_not_known_yet():
    down = ((950, True), (960, False), True)
    changed = history((900, TESTING), RENEWED, resolver=down)
    assert Rule(changed, LAGS).excuse(NAME, ASKED, TOLD) == UNSEEN
    always = history(EXPIRED, resolver=down)
    assert Rule(always, LAGS).excuse(NAME, ASKED, TOLD) == ""


@pytest.mark.parametrize(
    "spans, others, calm",
    [
        ([GOOD], {}, True),
        ([ONE_OF_TWO], {}, True),
        ([EXPIRED], {}, False),
        ([(985, EXPIRED), GOOD], {}, True),
        ([(995, EXPIRED), GOOD], {}, False),
        ([(985, STRAY), GOOD], {}, False),
        ([(985, NO_MX), GOOD], {}, False),
        ([GOOD], {"resolver": ((950, True), (960, False), True)}, False),
        ([GOOD], {"daemon": ((990, True), (995, False), True)}, True),
        ([GOOD], {"daemon": ((1000.5, True), False)}, False),
    ],
)
def test_when_nothing_is_wrong(spans, others, calm):
    rule = Rule(history(*spans, **others), LAGS)
    assert rule.is_calm(NAME, ASKED, TOLD) is calm


def test_lags_follow_the_configuration():
    lags = Lags.of(OPTIONS)
    assert OPTIONS["probe_ttl"] < lags.path < 10
    assert 60 < lags.policy < 75


# --- the accounts ---


def decision(**values):
    line = {"time": "1970-01-01T00:16:40Z", "stage": "eom", "action": "accept"}
    return {**line, "policy": "enforce", "result": "pass", **values}


def account(
    state=ACCEPTED,
    spans=(GOOD,),
    arrivals=1,
    queue=None,
    line=decision(),
    room=True,
    alone=True,
):
    """The accounts of one copy."""
    copy = Copy(f"m1@{NAME}", alone, state, 1, ASKED, TOLD, "Q")
    arrival = types.SimpleNamespace(proven=True)
    evidence = types.SimpleNamespace(
        arrivals=defaultdict(list, {copy.recipient: [arrival] * arrivals}),
        queue={copy.recipient: queue} if queue else {},
        bounced=(),
        decisions=defaultdict(list, {("Q", NAME): [line] if line else []}),
        history=history(*spans),
    )
    evidence.history.audit = track(room)
    return Accounts([copy], evidence, LAGS)


@pytest.mark.parametrize(
    "case, place",
    [
        ({}, accounting.PROVEN),
        ({"arrivals": 0, "queue": "hold", "spans": [EXPIRED]}, accounting.HELD),
        ({"arrivals": 0, "queue": "hold", "alone": False}, accounting.HELD),
        ({"arrivals": 0, "queue": "deferred"}, accounting.QUEUED),
        ({"state": DEFERRED, "spans": [EXPIRED], "arrivals": 0}, accounting.DEFERRED),
        ({"state": REJECTED, "spans": [EXPIRED], "arrivals": 0}, accounting.REJECTED),
        ({"line": None, "room": False}, accounting.PROVEN),
        ({"state": IN_DOUBT, "arrivals": 0, "spans": [EXPIRED]}, accounting.UNTOLD),
        ({"state": IN_DOUBT}, accounting.PROVEN),
    ],
)
def test_accounted_for(case, place):
    accounts = account(**case)
    assert accounts.counts == {place: 1}
    assert accounts.findings() == []


@pytest.mark.parametrize(
    "case, word",
    [
        ({"arrivals": 0}, "lost"),
        ({"arrivals": 2}, "twice"),
        ({"arrivals": 1, "queue": "hold"}, "twice"),
        ({"spans": [EXPIRED]}, "while failing"),
        ({"state": IN_DOUBT, "spans": [EXPIRED]}, "while failing"),
        ({"state": DEFERRED, "spans": [TESTING]}, "refused, and delivered"),
        ({"state": DEFERRED, "arrivals": 0}, "nothing was wrong"),
        ({"arrivals": 0, "queue": "hold"}, "nothing was wrong"),
        ({"line": None}, "without an audit line"),
        ({"line": decision(result="fail")}, "against its audit line"),
        ({"line": decision(action="defer")}, "against its audit line"),
        ({"line": decision(time="1970-01-01T00:16:30Z")}, "at another time"),
    ],
)
def test_found(case, word):
    (finding,) = account(**case).findings()
    assert word in finding


# --- a run ---


def test_a_small_run(internet):
    with Stage(internet, folder() / "chaos", ports.CHAOS, ports.CHAOS_MILTER) as stage:
        run = Run(stage, count=300, seed=37, seconds=9)
        run.execute()
    table = report.text(run)
    assert not run.findings, table
    assert sum(run.accounts.counts.values()) == len(run.copies)
    assert run.accounts.counts[accounting.PROVEN] > 100, table
    assert run.steps["daemon_kill"] and run.steps["domain"], table
