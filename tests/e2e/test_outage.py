"""The outage breaker: many unrelated places fail at once, so the fault is ours."""

import pytest

from internet.milterclient import message
from internet.parallel import for_all
from internet.waiting import wait_for
from internet.world import Mx

PLACES = 12  # more than STS_OUTAGE_FAILED


@pytest.fixture
def cut_off(fresh):
    """Domains of as many operators, none of which can be reached."""
    return [fresh(mx=(Mx(fault="refused"),)) for _ in range(PLACES)]


def send_to(daemon, domains):
    """The codes of the replies to one recipient of each."""
    outcomes = for_all(
        lambda domain: message(daemon.address, [f"user@{domain}"]), domains
    )
    return [reply.code for each in outcomes for reply in each.recipients.values()]


def outage(daemon):
    return daemon.command.json("status").data["outage"]


def test_an_outage_is_told_loudly_and_ends_by_itself(internet, start_daemon, cut_off):
    own = start_daemon(probe_failure_ttl=1)
    assert outage(own) is None
    assert set(send_to(own, cut_off)) == {451}  # hold, the default
    assert outage(own)["reason"] == "unreachable"
    assert own.log().count("alarm-outage-begins") == 1
    for domain in cut_off:
        internet.change(domain, mx=(Mx(),))
    wait_for(lambda: set(send_to(own, cut_off)) == {250}, "reachable hosts")
    assert outage(own) is None
    assert own.log().count("outage-ends") == 1


def test_mail_goes_on_meanwhile_where_the_admin_says_so(start_daemon, cut_off):
    own = start_daemon(on_outage="log")
    first, rest = cut_off[:1], cut_off[1:]
    assert send_to(own, first) == [451]  # that one alone is their fault
    send_to(own, rest)
    assert set(send_to(own, cut_off)) == {250}
    decision = own.wait_decision(domain=first[0], stage="eom")
    assert (decision["action"], decision["relief"]) == ("log", "outage")
    assert decision["result"] == "temperror"


def test_one_owner_of_domains_makes_no_outage(start_daemon, fresh):
    """Its MX records and its policy name hosts of many others."""
    mx = tuple(Mx(f"mx.op{n}.test", fault="refused") for n in range(PLACES))
    owner, victim = fresh(mx=mx), fresh(mx=(Mx(fault="no-starttls"),))
    own = start_daemon(on_outage="log")
    assert send_to(own, [owner]) == [451]
    assert outage(own) is None
    assert send_to(own, [victim]) == [451]


def test_what_only_the_other_side_can_have_is_no_outage(start_daemon, fresh):
    domains = [fresh(mx=(Mx(certificate="expired"),)) for _ in range(PLACES)]
    own = start_daemon()
    assert set(send_to(own, domains)) == {451}
    assert outage(own) is None
