"""Recipients written as no mail program writes them, to a domain that fails.

Whatever a server makes of such an address, mail that would go to the domain is
not taken: it is told so, or it refuses the address itself, or it reads another
domain in it.
"""

import ports
import pytest

from internet.world import Mx

# Of each server those that it would send to the domain.
BOTH = (
    '"a@b"@{}',
    "@x.test,@y.test:u@{}",
    "u@{}.",
    "u@{} ",
    "u@{}\t",
    "u@ {}",
    "u@(c){}",
    "u@{}(c)",
    'u@"{}"',
    '"u"@"{}"',
    "u@\\{}",
    "u%{}",
    "{}!u",
    '"u@{}"',
    "u@{};",
    "|u@{}",
    ":include:/u@{}",
)
ONLY = {
    "postfix": ("a@b@{}", "u@{},"),
    "sendmail": ("u@{}..", "u%{}@localhost", "{}!u@localhost", '"u@{}"@localhost'),
}


@pytest.fixture
def failing(fresh):
    return fresh(mx=(Mx(fault="no-starttls"),))


def told(client, address):
    """The reply to RCPT, in a transaction of its own."""
    client.mail("sender@example.org")
    code, text = client.docmd(f"RCPT TO:<{address}>")
    client.rset()
    return code, text.decode()


def test_odd_addresses_lead_around_no_policy(mta, failing):
    odd = [each.format(failing) for each in BOTH + ONLY[mta.name]]
    with mta.smtp(ports.DEFAULT) as client:
        client.ehlo_or_helo_if_needed()
        replies = {address: told(client, address) for address in odd}
    for address, (code, text) in replies.items():
        assert code == 451, address
        assert "starttls-not-supported" in text, address
