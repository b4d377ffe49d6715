"""What is quarantined: found by the admin with its reason, and let go.

The commands are those that the samples tell.
"""

import email

import ports
import pytest

from internet.waiting import wait_for
from internet.world import Mx

SENDER = "sender@example.org"
MESSAGE = "Subject: a test\n\nBody.\n"
QUARANTINE = {"on_fail": "quarantine", "on_unreachable": "quarantine"}


def send(mta, *recipients):
    with mta.smtp(ports.OWN) as client:
        assert client.sendmail(SENDER, recipients, MESSAGE) == {}


def arrived(internet, domain, recipient):
    deliveries = internet.mx_hosts[f"mx1.{domain}"].deliveries
    return next((d for d in deliveries if recipient in d.recipients), None)


def status_of(message):
    return " ".join(message["MTA-STS-Status"].split())


@pytest.mark.parametrize(
    "domain, reason",
    [
        ("mx-expired.test", "certificate-expired"),
        ("mx-refused.test", "unreachable"),
    ],
)
def test_held_with_its_reason(mta, start_own, domain, reason):
    """Sendmail's listing shows it; Postfix has no place for it but the header."""
    own = start_own(**QUARANTINE)
    recipient = f"held-by-{mta.name}@{domain}"
    send(mta, recipient)
    queue_id = mta.wait_held(recipient).queue_id
    listing = mta.listing_of_held()
    assert queue_id in listing
    if mta.name == "sendmail":
        assert f"QUARANTINE: mta-sts: {domain}: {reason}\n" in listing
    status = status_of(email.message_from_string(mta.message(queue_id)))
    assert f"reason={reason};" in status
    assert status.endswith("action=quarantine")
    decision = own.wait_decision(queue_id=queue_id)
    assert (decision["action"], decision["stage"]) == ("quarantine", "eom")


def test_all_of_the_message_is_held(internet, mta, start_own):
    start_own(**QUARANTINE)
    good, bad = f"both-{mta.name}@mx-own.test", f"both-{mta.name}@mx-expired.test"
    send(mta, good, bad)
    entry = mta.wait_held(bad)
    assert entry.recipients == {good, bad}
    assert arrived(internet, "mx-own.test", good) is None
    mta.release(entry.queue_id)
    wait_for(lambda: arrived(internet, "mx-own.test", good), "the delivery")


def test_released_and_not_judged_again(internet, mta, start_own, fresh):
    """Not by the milter; the policy of the delivery has still to be obeyed."""
    own = start_own(**QUARANTINE)
    domain = fresh(mx=(Mx(certificate="expired"),))
    recipient = f"user@{domain}"
    send(mta, recipient)
    queue_id = mta.wait_held(recipient).queue_id
    mta.release(queue_id)
    mta.wait_log(f"{queue_id}: to=<{recipient}>", mta.deferred)
    assert not mta.entry(recipient).held
    internet.change(domain, mx=(Mx(),))

    def delivered():
        mta.deliver(queue_id)
        return arrived(internet, domain, recipient)

    delivery = wait_for(delivered, "the delivery")
    status = status_of(email.message_from_bytes(delivery.message))
    assert status.startswith("fail;")
    assert len(own.decisions(queue_id=queue_id)) == 1
