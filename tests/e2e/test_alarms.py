"""The alarms that an auditor greps the log for, each by what raises it."""

import datetime
import re

import pytest

from internet.milterclient import message
from internet.waiting import wait_for
from internet.world import PROVIDER, Mx, policy

NEW_TXT = ("v=STSv1; id=20260102;",)


@pytest.fixture
def daemon_of_its_own(start_daemon):
    return start_daemon(probe_ttl=1, probe_failure_ttl=1)


def send(daemon, domain):
    message(daemon.address, [f"user@{domain}"])


def alarms(daemon, domain):
    """The events that name the domain, in their order."""
    pattern = rf"(alarm-\S+) .*\b{re.escape(domain)}\b"
    return re.findall(pattern, daemon.log())


@pytest.mark.parametrize(
    "change, event",
    [
        ({"txt": ()}, "alarm-txt-gone"),
        ({"txt_failure": "servfail"}, "alarm-dns-failed"),
        ({"txt": NEW_TXT, "https": "404"}, "alarm-policy-fetch-failed"),
        (
            {"txt": NEW_TXT, "text": policy(PROVIDER, mode="testing")},
            "alarm-policy-weakened",
        ),
        ({"txt": NEW_TXT, "text": policy(mode="none")}, "alarm-policy-weakened"),
    ],
    ids=["txt-gone", "dns-failed", "fetch-failed", "testing", "none"],
)
def test_a_policy_in_force(internet, daemon_of_its_own, fresh, change, event):
    domain = fresh()
    send(daemon_of_its_own, domain)
    assert alarms(daemon_of_its_own, domain) == []
    internet.change(domain, **change)
    daemon_of_its_own.command.run("cache", "refresh", domain)
    assert alarms(daemon_of_its_own, domain) == [event]


def test_a_policy_that_expired_and_cannot_be_had(internet, daemon_of_its_own, fresh):
    domain = fresh(text=policy(PROVIDER, max_age=2))
    send(daemon_of_its_own, domain)
    internet.change(domain, txt=())

    def expired():
        daemon_of_its_own.command.run("cache", "refresh", domain)
        return "alarm-policy-expired" in alarms(daemon_of_its_own, domain)

    wait_for(expired, "an alarm when two seconds are over")


def test_another_issuer_of_an_mx_hosts_certificate(internet, daemon_of_its_own, fresh):
    domain = fresh(mx=(Mx(),))
    send(daemon_of_its_own, domain)
    internet.change(domain, mx=(Mx(certificate="untrusted"),))

    def changed():
        daemon_of_its_own.command.run("cache", "refresh", domain)
        return "alarm-mx-issuer-changed" in alarms(daemon_of_its_own, domain)

    wait_for(changed, "a new probe, once a second is over")


def test_an_exception_that_is_used_and_one_that_ends_soon(start_daemon, fresh):
    bad = {"mx": (Mx(certificate="expired"),)}
    long, soon = fresh(**bad), fresh(**bad)
    tomorrow = datetime.date.today() + datetime.timedelta(days=1)
    words = {"on_fail": "log", "reason": "agreed"}
    own = start_daemon(
        exceptions={
            long: {**words, "until": "2099-12-31"},
            soon: {**words, "until": tomorrow.isoformat()},
        }
    )
    send(own, long)
    send(own, soon)
    own.wait_decision(domain=soon)
    assert alarms(own, long) == ["alarm-exception-used"]
    wait_for(
        lambda: alarms(own, soon)
        == ["alarm-exception-used", "alarm-exception-ends-soon"],
        "both alarms",
    )
