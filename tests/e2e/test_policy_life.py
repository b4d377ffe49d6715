"""A policy from its first fetch to its end: rows 35 and 38 to 42.

`mta-sts cache refresh` has the daemon look now, as it otherwise would later.
"""

import pytest

from internet.milterclient import message
from internet.world import PROVIDER, TXT, policy

NEW_TXT = ("v=STSv1; id=20260102;",)


@pytest.fixture
def known(internet, daemon, fresh):
    """A domain whose policy the daemon knows."""
    domain = fresh()
    message(daemon.address, [f"user@{domain}"])
    assert cached(daemon, domain).data["id"] == "20260101"
    return domain


def cached(daemon, domain):
    return daemon.command.json("query", "--cached", domain)


def refresh(daemon, domain):
    return daemon.command.run("cache", "refresh", domain)


def test_the_same_id_is_not_fetched_again(internet, start_daemon, fresh):
    """A restart has it look at the TXT record again, and that is enough."""
    own = start_daemon()
    domain = fresh()
    message(own.address, [f"user@{domain}"])
    own.restart()
    internet.change(domain, text=policy(PROVIDER, mode="testing"))
    message(own.address, [f"user@{domain}"])
    assert cached(own, domain).data["mode"] == "enforce"
    assert internet.dns.queries(f"_mta-sts.{domain}", "TXT") == 2
    assert internet.policy_hosts.requests(domain) == 1


def test_a_new_id_is_fetched(internet, daemon, known):
    internet.change(known, txt=NEW_TXT, text=policy(PROVIDER, mode="testing"))
    refresh(daemon, known)
    data = cached(daemon, known).data
    assert (data["id"], data["mode"]) == ("20260102", "testing")


@pytest.mark.parametrize("https", ["404", "refused", "html"])
def test_a_new_id_that_cannot_be_fetched(internet, daemon, known, https):
    internet.change(known, txt=NEW_TXT, https=https)
    refresh(daemon, known)
    assert cached(daemon, known).data["mode"] == "enforce"


@pytest.mark.parametrize(
    "change",
    [
        {"txt": ()},
        {"txt": (TXT, "v=STSv1; id=20260102;")},
        {"txt": ("v=STSv1; id=not-valid;",)},
        {"txt_failure": "servfail"},
    ],
    ids=["gone", "two", "invalid", "servfail"],
)
def test_a_record_that_is_lost_does_not_end_the_policy(internet, daemon, known, change):
    internet.change(known, **change)
    refresh(daemon, known)
    data = cached(daemon, known).data
    assert (data["id"], data["mode"]) == ("20260101", "enforce")
    assert known in daemon.log(), "an alarm in the log"


def test_none_replaces_it_at_once(internet, daemon, known):
    internet.change(known, txt=NEW_TXT, text=policy(mode="none"))
    refresh(daemon, known)
    assert cached(daemon, known).data["mode"] == "none"


def test_max_age_0_is_not_kept(internet, daemon, fresh):
    domain = fresh(text=policy(PROVIDER, max_age=0))
    message(daemon.address, [f"user@{domain}"])
    message(daemon.address, [f"user@{domain}"])
    assert cached(daemon, domain).status == 1


def test_flushed_by_the_admin(internet, daemon, known):
    assert daemon.command.run("cache", "flush", known).returncode == 0
    assert cached(daemon, known).status == 1
    assert daemon.command.run("cache", "show", known).returncode == 1


def test_listed_and_shown(daemon, known):
    assert known in daemon.command.run("cache", "list").stdout
    shown = daemon.command.run("cache", "show", known)
    assert shown.returncode == 0
    assert "enforce" in shown.stdout


def test_a_violation_is_looked_at_once_more(internet, start_daemon, fresh):
    """A policy that the domain has corrected since must not hold its mail."""
    own = start_daemon()
    domain = fresh(text=policy("mx.elsewhere.test"))
    assert refused(own, domain)
    own.restart()
    internet.change(domain, txt=NEW_TXT, text=policy(PROVIDER))
    assert not refused(own, domain)


def refused(daemon, domain):
    outcome = message(daemon.address, [f"user@{domain}"])
    return outcome.recipients[f"user@{domain}"].code == 451
