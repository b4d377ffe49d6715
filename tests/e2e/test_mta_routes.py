"""Where a mail server says that it would send a recipient's mail (rows 5 and 6).

The routes are in transport_maps and mailertable; what has none of its own goes
to a smart host. Every message is tagged, and stays in the queue.
"""

import dataclasses
import email
import re

import ports
import pytest

from internet import samples
from internet.internet import folder
from internet.postfix import Postfix, Smtpd
from internet.sendmail import Sendmail, Service

SENDER = "sender@example.org"
MESSAGE = "Subject: a test\n\nBody.\n"
EXPIRED = "mx-expired.test"
HOST = f"mx1.{EXPIRED}"
SMART_HOST = "mx-untrusted.test"
HOLD = {"smtpd_recipient_restrictions": "static:HOLD"}


@dataclasses.dataclass(frozen=True)
class Route:
    """What both servers are told of LABEL.test, and what has to come of it."""

    label: str
    postfix: str
    sendmail: str
    result: str
    domain: str = None

    @property
    def name(self):
        return f"{self.label}.test"


ROUTES = [
    Route("name", f"smtp:{EXPIRED}", f"esmtp:{EXPIRED}", "fail", EXPIRED),
    Route("relay", f"relay:{EXPIRED}", f"relay:{EXPIRED}", "fail", EXPIRED),
    Route("case", "smtp:MX-Expired.Test", "smtp:MX-Expired.Test", "fail", EXPIRED),
    Route("port", f"smtp:{EXPIRED}:25", f"esmtp:{EXPIRED}", "fail", EXPIRED),
    Route(
        "list",
        f"smtp:{EXPIRED}, mx-own.test",
        f"esmtp:{EXPIRED}:mx-own.test",
        "fail",
        EXPIRED,
    ),
    Route(
        "other-list",
        f"smtp:mx-own.test, {EXPIRED}",
        f"esmtp:mx-own.test:{EXPIRED}",
        "pass",
        "mx-own.test",
    ),
    Route("host", f"smtp:[{HOST}]", f"esmtp:[{HOST}]", "none", HOST),
    Route("host-port", f"smtp:[{HOST}]:25", f"esmtp:[{HOST}]", "none", HOST),
    Route("address", "smtp:[198.51.100.20]", "esmtp:[198.51.100.20]", "none"),
    Route("local", "local:", "local:root", "exempt"),
]


def make_postfix(milter):
    routes = " ".join(f"{{ {each.name} = {each.postfix} }}" for each in ROUTES)
    return Postfix(
        folder() / "routed-postfix",
        [Smtpd(ports.ROUTED, milter, HOLD)],
        transport_maps=f"inline:{{ {routes} }}",
        relayhost=SMART_HOST,
        virtual_mailbox_domains="virtual.test",
        virtual_mailbox_base="/var/mail",
        virtual_alias_domains="aliased.test",
        virtual_alias_maps="inline:{ { far@aliased.test = user@name.test } }",
    )


def make_sendmail(milter):
    far = "far@virtual.test\tuser@name.test"
    tables = {
        "mailertable": [f"{each.name}\t{each.sendmail}" for each in ROUTES],
        "virtusertable": ["user@virtual.test\troot", far],
    }
    return Sendmail(
        folder() / "routed-sendmail",
        [Service(ports.ROUTED, samples.sendmail_filter(milter), hold=True)],
        tables=tables,
        mc=f"define(`SMART_HOST', `{SMART_HOST}')dnl\n"
        "VIRTUSER_DOMAIN(`virtual.test')dnl\n",
    )


@pytest.fixture(scope="module")
def routed(mta, mta_tagger):
    make = make_postfix if mta.name == "postfix" else make_sendmail
    with make(mta_tagger.milter) as server:
        yield server


def status_of(routed, recipient):
    """The header's result and domain, of a message to that recipient."""
    with routed.smtp(ports.ROUTED) as client:
        client.ehlo()
        client.mail(SENDER)
        code, text = client.rcpt(recipient)
        assert code == 250, text
        code, text = client.data(MESSAGE)
    message = email.message_from_string(routed.message(routed.queue_id(text.decode())))
    (header,) = message.get_all("MTA-STS-Status")
    result, *pairs = re.split(r";\s+", header)
    return result, dict(pair.split("=", 1) for pair in pairs).get("domain")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.label)
def test_the_next_hop_counts(routed, route):
    result, domain = status_of(routed, f"user@{route.name}")
    assert result == route.result
    assert domain == route.domain or result == "exempt"


def test_a_smart_host_counts(routed):
    assert status_of(routed, "user@mx-own.test") == ("fail", SMART_HOST)


def test_a_smart_host_is_no_way_out_for_a_literal(routed):
    """Both servers send that to the smart host, too, brackets or not."""
    result, _ = status_of(routed, "user@[198.51.100.20]")
    assert result in ("none", "fail")


@pytest.mark.parametrize("recipient", ["root@relay.example.org", "user@virtual.test"])
def test_what_stays_here_is_exempt(internet, routed, recipient):
    result, _ = status_of(routed, recipient)
    assert result == "exempt"
    domain = recipient.partition("@")[2]
    assert internet.dns.queries(f"_mta-sts.{domain}", "TXT") == 0


def test_a_virtual_user_far_away(routed):
    """Sendmail has rewritten the address by then; Postfix does so later, and what
    it delivers is only seen where it asks for its TLS policy."""
    if routed.name == "sendmail":
        assert status_of(routed, "far@virtual.test") == ("fail", EXPIRED)
    else:
        assert status_of(routed, "far@aliased.test")[0] == "exempt"
