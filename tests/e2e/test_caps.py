"""Caps of the whole daemon, each pushed: past one there is a defined answer and
a line in the log, and whoever was there before is served on.
"""

import contextlib
import itertools
import os
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from internet.milterclient import Client, message
from internet.waiting import wait_for

GOOD = "good.test"
EXPIRED = "mx-expired.test"
HANGING = ("mx-silent.test", "mx-black-hole.test", "mx-tarpit.test")
PATIENT = {"rcpt_wait": 60, "probe_timeout": 60}
WAITERS = 200  # callbacks that wait at once (front/service)
DOMAINS = 1000  # policy domains of one message (front/session.h)


def codes(outcome):
    return [reply.code for reply in outcome.recipients.values()]


# --- the disk ---


def test_an_audit_file_on_a_full_disk(start_daemon, tmp_path):
    """Mail goes on; it is told once, and once more when there is room."""
    own = start_daemon(audit_file="/dev/full")
    for _ in range(5):
        outcome = message(own.address, [f"user@{GOOD}", f"user@{EXPIRED}"])
        assert codes(outcome) == [250, 451]
    assert own.log().count("audit-failed") == 1
    assert "file=/dev/full" in own.log()
    own.reload(audit_file=own.configuration.folder / "audit.json")
    assert codes(message(own.address, [f"user@{EXPIRED}"])) == [451]
    assert own.wait_decision(domain=EXPIRED)["action"] == "defer"
    assert own.log().count("audit-failed") == 1


# --- waiting ---


class Waiting:
    """Sessions that wait for domains that hang, each in a thread."""

    def __init__(self, own, number):
        self._own = own
        self._pool = ThreadPoolExecutor(number)
        clients = [self._open() for _ in range(number)]
        self._answers = [
            self._pool.submit(self._wait, *each)
            for each in zip(clients, itertools.cycle(HANGING))
        ]

    def answered(self):
        """What those were told who do not wait any more.

        libmilter may leave an event to a thread that blocks just then, and
        notices with the next event only: here is one.
        """
        socket.create_connection(self._own.address).close()
        return [each.result() for each in self._answers if each.done()]

    def end(self):
        """The daemon's end is theirs, too."""
        assert self._own.stop() == 0
        self._pool.shutdown()

    def _open(self):
        client = Client(self._own.address)
        client.hello()
        client.mail()
        return client

    @staticmethod
    def _wait(client, domain):
        with client, contextlib.suppress(OSError):
            return client.rcpt(f"user@{domain}").code
        return None


def test_who_hangs_holds_nobody_up(start_daemon):
    """A good domain that nobody knows yet has its answer before they have."""
    own = start_daemon(**PATIENT)
    waiting = Waiting(own, WAITERS - 50)
    assert own.command.run("cache", "refresh", GOOD).returncode == 0
    assert own.command.json("query", "--cached", GOOD).data["mode"] == "enforce"
    assert waiting.answered() == []
    assert "too-many-waiting" not in own.log()
    waiting.end()


def test_more_than_may_wait(start_daemon):
    """Who comes late has an answer at once: the policy is known, or it is not;
    and who asks of what is known has the same one as ever."""
    own = start_daemon(**PATIENT)
    assert codes(message(own.address, [f"user@{GOOD}"])) == [250]
    waiting = Waiting(own, WAITERS + 100)
    late = wait_for(
        lambda: len(waiting.answered()) >= 100 and waiting.answered(),
        "the answers of those who may not wait",
    )
    assert set(late) <= {250, 451}
    assert len(late) == 100
    assert own.log().count("too-many-waiting") == 1
    assert f"cap={WAITERS}" in own.log()
    assert codes(message(own.address, [f"user@{GOOD}"])) == [250]
    assert own.wait_decision(domain=GOOD)["result"] == "pass"
    assert len(waiting.answered()) == 100
    waiting.end()


# --- one message ---


def test_a_message_to_more_domains_than_are_looked_up(start_daemon):
    """Those past the cap count as could not be told, and are not looked up."""
    own = start_daemon(on_temperror="defer")
    recipients = [f"user@d{n}.no-txt.test" for n in range(DOMAINS + 20)]
    outcome = message(own.address, recipients)
    told = codes(outcome)
    assert told[:DOMAINS] == [250] * DOMAINS
    assert told[DOMAINS:] == [451] * 20
    assert outcome.end.code == 250
    assert own.log().count(f"too-many-domains cap={DOMAINS}") == 1
    assert codes(message(own.address, [f"user@{GOOD}"])) == [250]


# --- descriptors ---

FILES = 64


def descriptors(own):
    return len(os.listdir(f"/proc/{own.process.pid}/fd"))


@pytest.fixture
def crowd():
    """Idle connections, closed at the end."""
    with contextlib.ExitStack() as connections:
        yield connections


def test_no_descriptor_left(start_daemon, crowd):
    """Idle sessions took them all: who is in is answered, who comes waits; when
    they leave all is as before."""
    own = start_daemon()
    own.stop()
    own.process.argv[:0] = ["/usr/bin/prlimit", f"--nofile={FILES}:{FILES}"]
    own.start()
    first = crowd.enter_context(Client(own.address))
    first.hello()
    assert codes(first.send([f"user@{GOOD}"])) == [250]
    idle = []
    while descriptors(own) < FILES:
        idle.append(crowd.enter_context(Client(own.address)))

    # What is known is answered as ever, what is not in words that are defined.
    assert codes(first.send([f"user@{GOOD}"])) == [250]
    (code,) = codes(first.send([f"user@{EXPIRED}"]))
    assert code in (250, 451)
    assert own.wait_decision(domain=EXPIRED)["result"] in ("temperror", "none")

    for client in idle:
        client.close()
    wait_for(lambda: descriptors(own) < FILES - 10, "the sessions to end")
    assert codes(message(own.address, [f"user@mx-own.test"])) == [250]
    assert own.wait_decision(domain="mx-own.test")["result"] == "pass"
    assert own.stop() == 0
