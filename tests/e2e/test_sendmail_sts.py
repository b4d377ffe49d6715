"""That Sendmail delivers as the socketmap says: FEATURE(sts) of the sample.

Here no milter stands before the queue.
"""

import ports
import pytest

from internet.internet import folder
from internet.sendmail import Sendmail, Service

SENDER = "sender@example.org"
MESSAGE = "Subject: a test\n\nBody.\n"
NO_MAP = 8456  # where nobody answers


@pytest.fixture(scope="module")
def pinned(system_roots, sendmail_daemon):
    """A Sendmail that asks the daemon for the policy of each delivery."""
    services = [Service(ports.PINNED, "")]
    with Sendmail(
        folder() / "pinned", services, socketmap_port=ports.SENDMAIL_MAP
    ) as server:
        yield server


@pytest.fixture(scope="module")
def forlorn(system_roots):
    """One that gets no answer."""
    services = [Service(ports.FORLORN, "")]
    with Sendmail(folder() / "forlorn", services, socketmap_port=NO_MAP) as server:
        yield server


def send(server, port, recipient):
    """Returns the queue ID."""
    with server.smtp(port) as client:
        client.ehlo()
        client.mail(SENDER)
        assert client.rcpt(recipient)[0] == 250
        code, text = client.data(MESSAGE)
        assert code == 250, text
    return server.queue_id(text.decode())


def deliveries_to(internet, recipient):
    return [d for d in internet.mx_hosts.deliveries() if recipient in d.recipients]


@pytest.mark.parametrize(
    "domain",
    [
        "mx-own.test",
        "mx-wildcard-certificate.test",
        "mx-expired-then-good.test",
        "cname-domain.test",
        "testing-expired.test",
        "none-expired.test",
    ],
)
def test_delivered(internet, pinned, domain):
    recipient = f"pinned@{domain}"
    queue_id = send(pinned, ports.PINNED, recipient)
    pinned.wait_log(f"{queue_id}: to=<{recipient}>", "stat=Sent")
    (delivery,) = deliveries_to(internet, recipient)
    assert delivery.tls


@pytest.mark.parametrize(
    "domain",
    [
        "mx-expired.test",
        "mx-untrusted.test",
        "mx-self-signed.test",
        "mx-other-name.test",
        "mx-cn-only.test",
        "mx-wide-wildcard.test",
        "mx-tls11.test",
        "mx-no-starttls.test",
        "mx-mismatch.test",
    ],
)
def test_not_delivered(internet, pinned, domain):
    recipient = f"pinned@{domain}"
    queue_id = send(pinned, ports.PINNED, recipient)
    pinned.wait_log(f"{queue_id}: to=<{recipient}>", pinned.deferred)
    assert pinned.entry(recipient)
    assert not deliveries_to(internet, recipient)


def test_nothing_leaves_while_nobody_answers(internet, forlorn):
    recipient = "forlorn@mx-own.test"
    queue_id = send(forlorn, ports.FORLORN, recipient)
    forlorn.wait_log(f"{queue_id}: to=<{recipient}>", forlorn.deferred)
    assert not deliveries_to(internet, recipient)
