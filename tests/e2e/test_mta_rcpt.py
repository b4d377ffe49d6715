"""Every domain of the table through real mail servers with the milter attached."""

import email
import re
import smtplib

import ports
import pytest

from internet.milterclient import message
from internet.parallel import by_name
from internet.waiting import wait_for
from internet.world import DOMAINS, Mx, agrees

SENDER = "sender@example.org"
MESSAGE = "Subject: a test\n\nBody.\n"


@pytest.fixture(scope="module")
def told(mta):
    """What each domain's RCPT was told: (code, text)."""

    def ask(row):
        with mta.smtp(ports.DEFAULT) as client:
            client.ehlo_or_helo_if_needed()
            client.mail(SENDER)
            code, text = client.rcpt(f"user@{row.name}")
            client.rset()
            return code, text.decode()

    return by_name(ask, DOMAINS)


@pytest.fixture(scope="module")
def tagged(mta):
    """A message to each domain, as it waits in the queue."""

    def send(row):
        with mta.smtp(ports.TAGGING) as client:
            client.ehlo_or_helo_if_needed()
            client.mail(SENDER)
            assert client.rcpt(f"user@{row.name}")[0] == 250
            code, text = client.data(MESSAGE)
            assert code == 250, text
        queue_id = mta.queue_id(text.decode())
        return email.message_from_string(mta.message(queue_id))

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
def test_every_deferral_is_in_the_audit_file(mta_daemon, told, row):
    decision = mta_daemon.wait_decision(domain=row.name)
    assert agrees(decision["result"], row.check)
    assert agrees(decision["reason"], row.reason)
    assert (decision["policy"], decision["id"]) == (row.mode, row.policy_id)
    assert (decision["action"], decision["stage"]) == ("defer", "rcpt")
    assert "user@" not in str(decision), "no addresses of people"


@pytest.mark.parametrize("row", DOMAINS, ids=lambda row: row.name)
def test_every_message_is_in_the_audit_file(mta_tagger, tagged, row):
    decision = mta_tagger.wait_decision(domain=row.name)
    assert agrees(decision["result"], row.check)
    assert decision["stage"] == "eom"


def test_what_the_client_is_told_is_what_the_milter_says(mta_daemon, told):
    """To the letter (mta-facts: any part of a text could get lost)."""
    domain = "mx-expired.test"
    outcome = message(mta_daemon.address, [f"user@{domain}"])
    code, text = told[domain]
    assert outcome.recipients[f"user@{domain}"].text == f"{code} {text}"


def arrived(internet, host, recipient):
    """The delivery to that recipient, once it is made."""
    deliveries = internet.mx_hosts[host].deliveries
    return wait_for(
        lambda: next((d for d in deliveries if recipient in d.recipients), None),
        f"the delivery to {recipient}",
    )


def test_one_bad_recipient_never_holds_the_others(internet, mta):
    good, bad = f"one-of-two-by-{mta.name}@mx-own.test", "other@mx-expired.test"
    with mta.smtp(ports.DEFAULT) as client:
        refused = client.sendmail(SENDER, [bad, good], MESSAGE)
    assert set(refused) == {bad}
    assert refused[bad][0] == 451
    assert arrived(internet, "mx1.mx-own.test", good).recipients == [good]


@pytest.mark.parametrize(
    "options, stage",
    [
        ({"on_fail": "reject"}, "rcpt"),
        ({"on_fail": "defer", "decide_at": "eom"}, "eom"),
        ({"on_fail": "reject", "decide_at": "eom"}, "eom"),
    ],
    ids=["reject", "defer-eom", "reject-eom"],
)
def test_every_refusal_is_told_to_the_letter(mta, start_own, options, stage):
    own = start_own(**options)
    recipient = "user@mx-expired.test"
    outcome = message(own.address, [recipient])
    with mta.smtp(ports.OWN) as client:
        client.ehlo()
        client.mail(SENDER)
        code, text = client.rcpt(recipient)
        if stage == "eom":
            assert code == 250
            code, text = client.data(MESSAGE)
    reply = outcome.end if stage == "eom" else outcome.recipients[recipient]
    told = f"{code} {text.decode()}"
    if mta.name == "sendmail" and stage == "rcpt":
        told = told.replace(f"<{recipient}>... ", "")  # it says so first, of a 5xx
    assert told == reply.text
    assert code == (550 if options["on_fail"] == "reject" else 451)


def test_testing_is_delivered_and_tagged(internet, mta):
    recipient = f"by-{mta.name}@testing-expired.test"
    with mta.smtp(ports.DEFAULT) as client:
        client.sendmail(SENDER, [recipient], MESSAGE)
    delivery = arrived(internet, "mx1.testing-expired.test", recipient)
    result, pairs = status_of(email.message_from_bytes(delivery.message))
    assert (result, pairs["policy"]) == ("fail", "testing")


def test_a_pass_has_no_header_by_default(internet, mta):
    recipient = f"headers-by-{mta.name}@mx-own.test"
    with mta.smtp(ports.DEFAULT) as client:
        client.sendmail(SENDER, [recipient], MESSAGE)
    delivery = arrived(internet, "mx1.mx-own.test", recipient)
    assert b"MTA-STS-Status" not in delivery.message


def test_an_internationalized_recipient(postfix, tagger):
    """Debian's Sendmail takes A-labels only: SMTPUTF8 is not compiled in."""
    with postfix.smtp(ports.TAGGING) as client:
        client.ehlo()
        client.mail(SENDER, ["SMTPUTF8"])
        client.command_encoding = "utf-8"
        assert client.rcpt("user@bücher.test")[0] == 250
        assert client.data(MESSAGE)[0] == 250
    assert tagger.wait_decision(domain="xn--bcher-kva.test")["result"] == "pass"


def test_by_the_other_kind_of_socket(mta, start_otherwise):
    """Postfix by a unix socket as its sample has it, Sendmail by TCP."""
    start_otherwise()
    good, bad = "otherwise@mx-own.test", "otherwise@mx-expired.test"
    with mta.smtp(ports.OTHERWISE) as client:
        refused = client.sendmail(SENDER, [good, bad], MESSAGE)
    assert set(refused) == {bad}
    assert "certificate-expired" in str(refused[bad])


def test_a_forged_cname_changes_no_domain(internet, mta, fresh):
    """Whose answers an attacker forges is still who has the policy (row 7)."""
    domain = fresh(mx=(Mx(certificate="expired"),))

    def told():
        with mta.smtp(ports.DEFAULT) as client:
            client.ehlo()
            client.mail(SENDER)
            return client.rcpt(f"user@{domain}")[0]

    assert told() == 451
    with internet.dns.changes():
        internet.dns.remove(domain)
        internet.dns.set(domain, "CNAME", "no-txt.test.")
    assert told() == 451


def test_an_address_literal_goes_out_unasked(mta):
    """It can have no policy (row 3)."""
    with mta.smtp(ports.DEFAULT) as client:
        client.ehlo()
        client.mail(SENDER)
        assert client.rcpt("user@[198.51.100.20]")[0] == 250


def test_a_milter_that_is_down_defers(mta):
    """Nothing is at that socket: the server itself says 451, as the samples ask."""
    with pytest.raises(smtplib.SMTPException) as refused:
        with mta.smtp(ports.OWN) as client:
            client.sendmail(SENDER, ["u@good.test"], MESSAGE)
    assert "451" in str(refused.value)


def test_a_milter_that_dies_in_mid_message_defers(mta, start_own):
    own = start_own()
    with mta.smtp(ports.OWN) as client:
        client.ehlo()
        client.mail(SENDER)
        assert client.rcpt("user@good.test")[0] == 250
        own.kill()
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.data(MESSAGE)
    assert refused.value.smtp_code == 451
