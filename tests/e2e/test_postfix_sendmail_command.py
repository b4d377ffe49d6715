"""Mail by the sendmail command, where Postfix would never bounce a deferral.

A milter's 451 leaves such a message in maildrop for ever, so what smtpd would
be told to defer is held instead.
"""

import email

import pytest

from internet.waiting import wait_for

SENDER = "sender@example.org"
MESSAGE = b"From: sender@example.org\nSubject: a test\n\nBody.\n"


def held(postfix, recipient):
    """The message to that recipient in the hold queue."""

    def in_hold():
        entry = postfix.entry(recipient)
        return entry if entry and entry["queue_name"] == "hold" else None

    return wait_for(in_hold, f"{recipient} in the hold queue")


def arrived(internet, host, recipient):
    deliveries = internet.mx_hosts[host].deliveries
    return next((d for d in deliveries if recipient in d.recipients), None)


@pytest.mark.parametrize(
    "domain, reason",
    [
        ("mx-expired.test", "certificate-expired"),
        ("mx-refused.test", "unreachable"),
        ("mx-mismatch.test", "mx-mismatch"),
    ],
)
def test_held_instead_of_deferred(postfix, daemon, domain, reason):
    recipient = f"held@{domain}"
    postfix.sendmail(SENDER, [recipient], MESSAGE)
    entry = held(postfix, recipient)
    message = email.message_from_string(postfix.message(entry["queue_id"]))
    status = " ".join(message["MTA-STS-Status"].split())
    assert f"domain={domain}; policy=enforce;" in status
    assert f"reason={reason};" in status
    assert status.endswith("action=quarantine")
    decision = daemon.wait_decision(domain=domain, queue_id=entry["queue_id"])
    assert (decision["action"], decision["stage"]) == ("quarantine", "eom")


def test_released_by_the_admin(internet, postfix):
    recipient = "released@mx-expired.test"
    postfix.sendmail(SENDER, [recipient], MESSAGE)
    postfix.release(held(postfix, recipient)["queue_id"])
    host = "mx1.mx-expired.test"
    wait_for(lambda: arrived(internet, host, recipient), "the delivery")


@pytest.mark.parametrize("domain", ["mx-own.test", "testing-expired.test"])
def test_delivered(internet, postfix, domain):
    recipient = f"by-command@{domain}"
    postfix.sendmail(SENDER, [recipient], MESSAGE)
    delivery = wait_for(
        lambda: arrived(internet, f"mx1.{domain}", recipient), "the delivery"
    )
    tagged = b"MTA-STS-Status: fail" in delivery.message
    assert tagged == (domain == "testing-expired.test")


def test_one_bad_recipient_holds_the_message(internet, postfix):
    """There is one message and nobody to tell: all of it waits for the admin."""
    good, bad = "with-bad@mx-own.test", "with-good@mx-expired.test"
    postfix.sendmail(SENDER, [good, bad], MESSAGE)
    entry = held(postfix, bad)
    assert {each["address"] for each in entry["recipients"]} == {good, bad}
    assert arrived(internet, "mx1.mx-own.test", good) is None


def test_maildrop_is_empty_in_the_end(postfix):
    assert not [e for e in postfix.entries() if e["queue_name"] == "maildrop"]
