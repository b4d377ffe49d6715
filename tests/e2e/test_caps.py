"""Caps of the whole daemon, each pushed: past one there is a defined answer and
a line in the log, and whoever was there before is served on.
"""

import contextlib
import itertools
import os
import select
from concurrent.futures import ThreadPoolExecutor

import pytest

from internet.daemon import SERVER
from internet.milterclient import Client, message
from internet.waiting import wait_for

GOOD = "good.test"
EXPIRED = "mx-expired.test"
HANGING = ("mx-silent.test", "mx-black-hole.test", "mx-tarpit.test")
PATIENT = {"rcpt_wait": 60, "probe_timeout": 60}
WAITERS = 200  # callbacks of libmilter that wait at once (prog/service.h)
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
    """Sessions that wait for domains that hang."""

    def __init__(self, own, number):
        self._own = own
        self._clients = [self._ask(domain) for domain in self._domains(number)]
        self._told = []

    def answered(self):
        """What those were told who do not wait any more."""
        waiting = select.poll()
        for client in self._clients:
            waiting.register(client, select.POLLIN)
        ready = {number for number, _ in waiting.poll(0)}
        for client in [each for each in self._clients if each.fileno() in ready]:
            self._clients.remove(client)
            self._told.append(client.end_rcpt().code)
            client.close()
        return self._told

    def end(self):
        """The daemon's end is theirs, too."""
        assert self._own.stop() == 0
        for client in self._clients:
            client.close()

    @staticmethod
    def _domains(number):
        return itertools.islice(itertools.cycle(HANGING), number)

    def _ask(self, domain):
        client = Client(self._own.address)
        client.hello()
        client.mail()
        client.begin_rcpt(f"user@{domain}")
        return client


@pytest.mark.parametrize("server, number", [("loop", 500), ("libmilter", WAITERS - 50)])
def test_who_hangs_holds_nobody_up(start_daemon, server, number):
    """Sessions start, and a good domain that nobody knows yet has its answer,
    before they have."""
    own = start_daemon(milter_server=server, **PATIENT)
    waiting = Waiting(own, number)
    for _ in range(20):
        assert codes(message(own.address, [f"user@{GOOD}"])) == [250]
    assert own.command.json("query", "--cached", GOOD).data["mode"] == "enforce"
    assert waiting.answered() == []
    assert "too-many-waiting" not in own.log()
    waiting.end()
    assert f" stopping waiting={number}" in own.log()


def test_more_than_may_wait(start_daemon):
    """Who comes late has an answer at once: the policy is known, or it is not;
    and who asks of what is known has the same one as ever."""
    own = start_daemon(milter_server="libmilter", **PATIENT)
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
    """Those past the cap come with another message, and are not looked up."""
    own = start_daemon(on_temperror="log")
    recipients = [f"user@d{n}.no-txt.test" for n in range(DOMAINS + 20)]
    outcome = message(own.address, recipients)
    told = codes(outcome)
    assert told[:DOMAINS] == [250] * DOMAINS
    assert told[DOMAINS:] == [452] * 20
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
    """Idle sessions took them all: who is in is answered, who comes waits and is
    served when they leave; then all is as before."""
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

    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(message, own.address, [f"user@{GOOD}"])
        if SERVER == "loop":  # libmilter gives up
            wait_for(lambda: "accept-failed" in own.log(), "an accept() that fails")
        for client in idle:
            client.close()
        assert codes(late.result()) == [250]
    wait_for(lambda: descriptors(own) < FILES - 10, "the sessions to end")
    assert codes(message(own.address, [f"user@mx-own.test"])) == [250]
    assert own.wait_decision(domain="mx-own.test")["result"] == "pass"
    assert own.stop() == 0
