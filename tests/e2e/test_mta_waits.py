"""Answers that take long, and servers of little patience.

The policy hosts are silent, so that each daemon takes all the time that it is
given. Every message of both servers waits at the same time.
"""

import contextlib
import dataclasses
import email

import ports
import pytest

from internet import samples
from internet.daemon import Daemon
from internet.internet import folder
from internet.parallel import for_all
from internet.postfix import Postfix, Smtpd
from internet.sendmail import Sendmail, Service
from internet.world import Domain

SENDER = "sender@example.org"
MESSAGE = "Subject: a test\n\nBody.\n"
HOLD = {"smtpd_recipient_restrictions": "static:HOLD"}
MTAS = ("postfix", "sendmail")


@dataclasses.dataclass(frozen=True, eq=False)
class Case:
    """For how long a server waits for a word, and what the daemon does."""

    label: str
    port: int
    patience: int  # seconds
    options: dict

    @property
    def name(self):
        return f"waits-{self.label}.test"


# The first needs 9 s at the end of the message, of which it says so every 5 s.
# The others answer at the recipient after the 8 s of rcpt_wait; Sendmail's own
# limit, without the sample's T=R:, is 10.
PROGRESS = Case("progress", ports.PROGRESS, 7, {"decide_at": "eom", "header": "all"})
LATE = Case("late", ports.LATE, 10, {"decide_at": "rcpt", "on_temperror": "defer"})
TOO_LATE = Case("too-late", ports.TOO_LATE, 2, {"decide_at": "rcpt"})
CASES = (PROGRESS, LATE, TOO_LATE)


def make_postfix(milters):
    def smtpd(case):
        limit = f"{case.patience}s"
        limits = {"milter_command_timeout": limit, "milter_content_timeout": limit}
        return Smtpd(case.port, milters[case], {**limits, **HOLD})

    smtpds = list(map(smtpd, CASES))
    return Postfix(folder() / "waiting-postfix", smtpds, **samples.postfix())


def make_sendmail(milters):
    def service(case):
        limits = f"S:30s;R:{case.patience}s;E:5m"
        equates = samples.sendmail_filter(milters[case], T=limits)
        return Service(case.port, equates, hold=True)

    services = list(map(service, CASES))
    return Sendmail(folder() / "waiting-sendmail", services)


def deliver(server, case):
    """The replies to RCPT and to the message, and its status in the queue."""
    with server.smtp(case.port) as client:
        client.ehlo()
        client.mail(SENDER)
        rcpt = client.rcpt(f"user@{case.name}")
        if rcpt[0] != 250:
            return rcpt, None, None
        client.putcmd("data")
        client.getreply()
        client.send(MESSAGE.replace("\n", "\r\n") + ".\r\n")
        end = client.getreply()
    if end[0] != 250:
        return rcpt, end, None
    text = server.message(server.queue_id(end[1].decode()))
    return rcpt, end, email.message_from_string(text)["MTA-STS-Status"]


@pytest.fixture(scope="module")
def outcomes(internet, run_folder):
    """What deliver() returns, by server and case."""
    with contextlib.ExitStack() as stack:
        running = []
        for mta, make in zip(MTAS, (make_postfix, make_sendmail)):
            milters = {}
            for case in CASES:
                socket = case.port + 1000
                if mta == "sendmail":
                    socket = run_folder / case.label
                place = folder() / f"{case.label}-of-{mta}"
                options = {"fetch_timeout": 9, **case.options}
                daemon = Daemon(place, internet.pki, socket, **options)
                milters[case] = stack.enter_context(daemon).milter
            running.append(stack.enter_context(make(milters)))
        for case in CASES:
            internet.publish(Domain(case.name, "", https="silent"))
        pairs = [(server, case) for server in running for case in CASES]
        told = for_all(lambda pair: deliver(*pair), pairs)
        return {(s.name, case): each for (s, case), each in zip(pairs, told)}


@pytest.mark.parametrize("mta", MTAS)
def test_progress_keeps_the_server_waiting(outcomes, mta):
    """Longer than it would wait for an answer: it has the milter's own in the
    end."""
    _, (code, _), status = outcomes[mta, PROGRESS]
    assert code == 250
    assert "reason=sts-policy-fetch-error" in status


@pytest.mark.parametrize("mta", MTAS)
def test_a_late_answer_to_a_recipient_counts(outcomes, mta):
    (code, text), _, _ = outcomes[mta, LATE]
    assert code == 451
    assert f"{LATE.name}: " in text.decode(), "the milter's own words"


@pytest.mark.parametrize("mta", MTAS)
def test_an_answer_that_is_too_late_is_none(outcomes, mta):
    """Then the samples' tempfail and F=T defer, in the server's own words."""
    (code, text), _, _ = outcomes[mta, TOO_LATE]
    assert code == 451
    assert TOO_LATE.name not in text.decode()
