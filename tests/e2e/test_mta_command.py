"""Mail by the sendmail command, which has no client that could be told.

Sendmail's command queues and submits by SMTP, so a recipient can be deferred.
Postfix's command would leave a message with a milter's 451 in maildrop for ever:
what smtpd would be told to defer is held instead.
"""

import email

import pytest

from internet.waiting import wait_for
from internet.world import Domain, Mx

SENDER = "sender@example.org"
MESSAGE = b"From: sender@example.org\nSubject: a test\n\nBody.\n"


def arrived(internet, host, recipient):
    deliveries = internet.mx_hosts[host].deliveries
    return next((d for d in deliveries if recipient in d.recipients), None)


@pytest.mark.parametrize("domain", ["mx-own.test", "testing-expired.test"])
def test_delivered(internet, mta, domain):
    recipient = f"by-command-of-{mta.name}@{domain}"
    mta.sendmail(SENDER, [recipient], MESSAGE)
    delivery = wait_for(
        lambda: arrived(internet, f"mx1.{domain}", recipient), "the delivery"
    )
    tagged = b"MTA-STS-Status: fail" in delivery.message
    assert tagged == (domain == "testing-expired.test")


# --- Sendmail ---


def test_sendmail_keeps_the_deferred_recipient_alone(
    internet, sendmail, sendmail_daemon
):
    """In the command's own queue, with the milter's text, until an exception of
    the admin's lets it go."""
    domain = "queued.test"
    internet.publish(Domain(domain, "", mx=(Mx(certificate="expired"),)))
    good, bad = "beside-a-bad-one@mx-own.test", f"user@{domain}"
    sendmail.sendmail(SENDER, [good, bad], MESSAGE)
    wait_for(lambda: arrived(internet, "mx1.mx-own.test", good), "the delivery")

    def listing():
        text = sendmail.submissions()
        return text if f"451 4.7.5 {domain}: MTA-STS policy" in text else ""

    waiting = wait_for(listing, "the milter's text in the command's queue")
    assert bad in waiting
    assert good not in waiting
    words = {"on_fail": "log", "until": "2099-12-31", "reason": "they promised"}
    sendmail_daemon.reload({domain: words})
    sendmail.resubmit()
    wait_for(lambda: arrived(internet, f"mx1.{domain}", bad), "the delivery")
    assert bad not in sendmail.submissions()


# --- Postfix ---


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
    queue_id = postfix.wait_held(recipient).queue_id
    message = email.message_from_string(postfix.message(queue_id))
    status = " ".join(message["MTA-STS-Status"].split())
    assert f"domain={domain}; policy=enforce;" in status
    assert f"reason={reason};" in status
    assert status.endswith("action=quarantine")
    decision = daemon.wait_decision(domain=domain, queue_id=queue_id)
    assert (decision["action"], decision["stage"]) == ("quarantine", "eom")


def test_one_bad_recipient_holds_the_message(internet, postfix):
    """There is one message and nobody to tell: all of it waits for the admin."""
    good, bad = "with-bad@mx-own.test", "with-good@mx-expired.test"
    postfix.sendmail(SENDER, [good, bad], MESSAGE)
    assert postfix.wait_held(bad).recipients == {good, bad}
    assert arrived(internet, "mx1.mx-own.test", good) is None


def test_nothing_is_left_in_maildrop(postfix):
    """Its pickup would try that again and again."""
    wait_for(lambda: not postfix.maildrop(), "an empty maildrop")
