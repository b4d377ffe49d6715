"""Real mail servers with libmilter as what speaks with them.

All other tests of real servers run so with MTA_STS_MILTER_SERVER=libmilter.
"""

import ports

SENDER = "sender@example.org"
GOOD = "good.test"
EXPIRED = "mx-expired.test"


def test_a_good_and_a_bad_recipient(mta, start_own):
    own = start_own(milter_server="libmilter", header="all")
    with mta.smtp(ports.OWN) as client:
        client.ehlo()
        client.mail(SENDER)
        assert client.rcpt(f"user@{EXPIRED}")[0] == 451
        assert client.rcpt(f"user@{GOOD}")[0] == 250
        assert client.data("Subject: x\n\nx\n")[0] == 250
    assert own.wait_decision(domain=EXPIRED)["action"] == "defer"
    assert own.wait_decision(domain=GOOD)["result"] == "pass"
