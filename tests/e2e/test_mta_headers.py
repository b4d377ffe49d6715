"""What real mail servers make of the header that is put in, and of forged ones."""

import email

import ports
import pytest

from internet.waiting import wait_for

NAME = "MTA-STS-Status"
SENDER = "sender@example.org"
FORGED = f"{NAME}: pass; host=relay.example.org;\n domain=forged.test;\n id=1"
OTHERS = ["X-First: 1", "X-Status: stays", "Subject: a test"]


def with_headers(*headers):
    return "\n".join([*headers, "", "Body.", ""])


@pytest.fixture
def tagged(mta):
    """A function that sends a message, and returns it as it is in the queue."""

    def send(text, *recipients):
        with mta.smtp(ports.TAGGING) as client:
            client.ehlo()
            client.mail(SENDER)
            for recipient in recipients:
                assert client.rcpt(recipient)[0] == 250
            code, reply = client.data(text)
            assert code == 250, reply
        queue_id = mta.queue_id(reply.decode())
        return email.message_from_string(mta.message(queue_id))

    return send


@pytest.fixture
def delivered(internet, mta):
    """A function that sends a message, and returns it as its MX host took it."""

    def send(text, recipient):
        with mta.smtp(ports.DEFAULT) as client:
            client.sendmail(SENDER, [recipient], text)
        host = internet.mx_hosts[f"mx1.{recipient.partition('@')[2]}"]

        def taken():
            each = (d.message for d in host.deliveries if recipient in d.recipients)
            return next(each, None)

        return wait_for(taken, f"the delivery to {recipient}")

    return send


def test_forged_ones_are_removed(tagged):
    """Wherever they are and however they are spelled, and nothing else is."""
    forged = [FORGED, FORGED.lower(), FORGED.upper()]
    headers = [line for pair in zip(forged, OTHERS) for line in pair]
    message = tagged(with_headers(*headers), "user@mx-expired.test")
    (status,) = message.get_all(NAME)
    assert status.startswith("fail;")
    kept = [f"{name}: {value}" for name, value in message.items()]
    assert [line for line in kept if line in OTHERS] == OTHERS
    assert "forged" not in str(message).lower()


def test_a_hundred_forged_ones_are_removed(tagged):
    message = tagged(with_headers(*[FORGED] * 100, *OTHERS), "user@good.test")
    (status,) = message.get_all(NAME)
    assert "domain=good.test" in status
    assert "forged" not in str(message)


def test_forged_ones_are_removed_where_nothing_is_told(mta, delivered):
    text = with_headers(FORGED, *OTHERS)
    message = delivered(text, f"forged-by-{mta.name}@mx-own.test")
    assert b"mta-sts-status" not in message.lower()
    assert b"forged.test" not in message


def test_a_message_without_a_header_has_this_one(tagged):
    message = tagged("\nBody.\n", "user@good.test")
    (status,) = message.get_all(NAME)
    assert status.startswith("pass;")


def test_it_is_the_topmost_and_folded(mta, delivered):
    """Above the server's own Received, so that it is that server who says so."""
    text = with_headers(*OTHERS)
    message = delivered(text, f"folded-by-{mta.name}@testing-expired.test")
    first, _, rest = message.partition(b"\r\nReceived: ")
    assert rest
    lines = first.decode().split("\r\n")
    assert lines[0].startswith(f"{NAME}: fail; host=relay.example.org;")
    assert len(lines) > 1
    assert all(line.startswith(" ") for line in lines[1:])
    assert all(len(line) <= 78 for line in lines)
    assert lines[-1].endswith("action=log")


def test_a_bcc_is_not_told_to_the_others(tagged):
    recipients = ["to@mx-expired.test", "bcc@mx-mismatch.test"]
    message = tagged(with_headers(*OTHERS), *recipients)
    told = message.get_all(NAME)
    assert {status.partition(";")[0] for status in told} == {"fail"}
    assert not any(".test" in status for status in told)
