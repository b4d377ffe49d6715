"""Every domain of the table through a real Postfix with the milter attached."""

import email
import re
import smtplib

import ports
import pytest

from internet.parallel import by_name
from internet.waiting import wait_for
from internet.world import DOMAINS, agrees

SENDER = "sender@example.org"
MESSAGE = "Subject: a test\n\nBody.\n"


@pytest.fixture(scope="module")
def told(postfix):
    """What each domain's RCPT was told: (code, text)."""

    def ask(row):
        with postfix.smtp(ports.DEFAULT) as client:
            client.ehlo_or_helo_if_needed()
            client.mail(SENDER)
            code, text = client.rcpt(f"user@{row.name}")
            client.rset()
            return code, text.decode()

    return by_name(ask, DOMAINS)


@pytest.fixture(scope="module")
def tagged(postfix):
    """A message to each domain, as it is in the hold queue."""

    def send(row):
        with postfix.smtp(ports.TAGGING) as client:
            client.ehlo_or_helo_if_needed()
            client.mail(SENDER)
            assert client.rcpt(f"user@{row.name}")[0] == 250
            code, text = client.data(MESSAGE)
            assert code == 250, text
        queue_id = re.search(r"queued as (\w+)", text.decode()).group(1)
        return email.message_from_string(postfix.message(queue_id))

    return by_name(send, DOMAINS)


def status_of(message):
    """The header's result, and its pairs."""
    headers = message.get_all("MTA-STS-Status")
    assert headers and len(headers) == 1
    result, *pairs = re.split(r";\s+", headers[0])
    return result, dict(pair.split("=", 1) for pair in pairs)


@pytest.mark.parametrize("row", DOMAINS, ids=lambda row: row.name)
def test_what_the_client_is_told(told, row):
    code, text = told[row.name]
    assert code == row.rcpt, text
    if code == 451:
        assert text.startswith("4.")
        assert f"{row.name}: " in text
        reasons = row.reason if isinstance(row.reason, tuple) else (row.reason,)
        assert any(reason in text for reason in reasons)


@pytest.mark.parametrize("row", DOMAINS, ids=lambda row: row.name)
def test_what_the_header_says(tagged, row):
    result, pairs = status_of(tagged[row.name])
    assert agrees(result, row.check)
    assert agrees(pairs.get("reason"), row.reason)
    assert pairs["domain"] == row.name
    assert pairs["host"] == "relay.example.org"
    if row.query == "VALID":
        assert (pairs["policy"], pairs["id"]) == (row.mode, row.policy_id)


@pytest.mark.parametrize(
    "row", [row for row in DOMAINS if row.rcpt == 451], ids=lambda row: row.name
)
def test_every_deferral_is_in_the_audit_file(daemon, told, row):
    decision = daemon.wait_decision(domain=row.name)
    assert agrees(decision["result"], row.check)
    assert agrees(decision["reason"], row.reason)
    assert (decision["policy"], decision["id"]) == (row.mode, row.policy_id)
    assert (decision["action"], decision["stage"]) == ("defer", "rcpt")
    assert "user@" not in str(decision), "no addresses of people"


@pytest.mark.parametrize("row", DOMAINS, ids=lambda row: row.name)
def test_every_message_is_in_the_audit_file(tagger, tagged, row):
    decision = tagger.wait_decision(domain=row.name)
    assert agrees(decision["result"], row.check)
    assert decision["stage"] == "eom"


def test_one_bad_recipient_never_holds_the_others(internet, postfix):
    good, bad = "one-of-two@mx-own.test", "other@mx-expired.test"
    with postfix.smtp(ports.DEFAULT) as client:
        refused = client.sendmail(SENDER, [bad, good], MESSAGE)
    assert set(refused) == {bad}
    assert refused[bad][0] == 451
    host = internet.mx_hosts["mx1.mx-own.test"]
    wait_for(
        lambda: any(good in each.recipients for each in host.deliveries), "the delivery"
    )


def test_testing_is_delivered_and_tagged(internet, postfix):
    with postfix.smtp(ports.DEFAULT) as client:
        client.sendmail(SENDER, ["u@testing-expired.test"], MESSAGE)
    host = internet.mx_hosts["mx1.testing-expired.test"]
    delivery = wait_for(lambda: host.deliveries, "the delivery")[0]
    result, pairs = status_of(email.message_from_bytes(delivery.message))
    assert (result, pairs["policy"]) == ("fail", "testing")


def test_a_pass_has_no_header_by_default(internet, postfix):
    recipient = "headers@mx-own.test"
    with postfix.smtp(ports.DEFAULT) as client:
        client.sendmail(SENDER, [recipient], MESSAGE)
    host = internet.mx_hosts["mx1.mx-own.test"]
    delivery = wait_for(
        lambda: next((d for d in host.deliveries if recipient in d.recipients), None),
        "the delivery",
    )
    assert b"MTA-STS-Status" not in delivery.message


def test_an_internationalized_recipient(postfix, tagger):
    with postfix.smtp(ports.TAGGING) as client:
        client.ehlo()
        client.mail(SENDER, ["SMTPUTF8"])
        client.command_encoding = "utf-8"
        assert client.rcpt("user@bücher.test")[0] == 250
        assert client.data(MESSAGE)[0] == 250
    assert tagger.wait_decision(domain="xn--bcher-kva.test")["result"] == "pass"


def test_by_a_unix_socket(postfix, start_daemon, unix_milter):
    """As the samples have it, with Postfix in the daemon's group."""
    start_daemon(unix_milter)
    good, bad = "by-unix@mx-own.test", "by-unix@mx-expired.test"
    with postfix.smtp(ports.OWN_BY_UNIX) as client:
        refused = client.sendmail(SENDER, [good, bad], MESSAGE)
    assert set(refused) == {bad}
    assert "certificate-expired" in str(refused[bad])


def test_local_recipients_are_exempt(internet, postfix, daemon):
    """Postfix says {rcpt_mailer} is local: no lookup is made (row 6)."""
    name = "_mta-sts.relay.example.org"
    with postfix.smtp(ports.DEFAULT) as client:
        client.ehlo()
        client.mail(SENDER)
        assert client.rcpt("root@relay.example.org")[0] == 250
        assert client.data(MESSAGE)[0] == 250
    assert internet.dns.queries(name, "TXT") == 0


def test_an_address_literal_goes_out_unasked(internet, postfix):
    """It can have no policy (row 3)."""
    with postfix.smtp(ports.DEFAULT) as client:
        client.ehlo()
        client.mail(SENDER)
        assert client.rcpt("user@[198.51.100.20]")[0] == 250


def test_a_milter_that_is_down_defers(postfix):
    """Nothing is at that port: Postfix itself says 451 by default."""
    with pytest.raises(smtplib.SMTPException) as refused:
        with postfix.smtp(ports.OWN) as client:
            client.sendmail(SENDER, ["u@good.test"], MESSAGE)
    assert "451" in str(refused.value)
