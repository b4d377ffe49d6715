"""What a sender may ask for, by RFC 8689: REQUIRETLS, and TLS-Required: No."""

import pytest

from internet.milterclient import Client, Outcome, message

EXPIRED = "mx-expired.test"
NO = [("TLS-Required", "No")]


def requiring(address, domain, headers=()):
    """The replies to RCPT and, where that was taken, to a whole message."""
    with Client(address) as client:
        client.hello()
        client.mail("sender@relay.example.org", "REQUIRETLS")
        told = client.rcpt(f"user@{domain}")
        if told.code != 250:
            return told, None
        client.data()
        outcome = Outcome({})
        client.rest(outcome, headers)
        return told, outcome.end


@pytest.mark.parametrize(
    "domain", ["no-txt.test", "testing-expired.test", "none-expired.test", EXPIRED]
)
def test_requiretls_fails_without_a_validated_path(start_daemon, domain):
    """Whatever the mode of the policy, and where there is none."""
    own = start_daemon()
    told, _ = requiring(own.address, domain)
    assert told.text.startswith("451 4.7.30 ")
    assert "REQUIRETLS" in told.text
    decision = own.wait_decision(domain=domain)
    assert (decision["result"], decision["action"]) == ("fail", "defer")
    assert decision["requiretls"] is True


@pytest.mark.parametrize("domain", ["good.test", "testing-good.test"])
def test_requiretls_passes_over_a_validated_path(daemon, domain):
    told, end = requiring(daemon.address, domain)
    assert (told.code, end.code) == (250, 250)


def test_requiretls_cannot_be_unasked(start_daemon):
    """RFC 8689 4.1: the header field is ignored beside it."""
    own = start_daemon(honor_tls_required_no=True)
    told, _ = requiring(own.address, EXPIRED, NO)
    assert told.code == 451


def test_tls_required_no_is_honored_where_allowed(start_daemon):
    own = start_daemon(honor_tls_required_no=True)
    outcome = message(own.address, [f"user@{EXPIRED}"], headers=NO)
    assert outcome.end.code == 250
    decision = own.wait_decision(domain=EXPIRED)
    assert decision["result"] == "fail"
    assert (decision["action"], decision["relief"]) == ("log", "tls-required-no")


def test_without_the_header_the_answer_comes_at_the_end(start_daemon):
    own = start_daemon(honor_tls_required_no=True)
    outcome = message(own.address, [f"user@{EXPIRED}"])
    (told,) = outcome.recipients.values()
    assert (told.code, outcome.end.code) == (250, 451)


def test_tls_required_no_is_nothing_by_default(daemon):
    outcome = message(daemon.address, [f"user@{EXPIRED}"], headers=NO)
    (told,) = outcome.recipients.values()
    assert told.code == 451
