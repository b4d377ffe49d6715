"""Everything that the daemon can be asked for, all at the same time.

What shares memory meets here, for builds with sanitizers to see (conftest.py);
any build shows that nobody is told something wrong in the throng.
"""

import itertools
import random
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

from internet.milterclient import Client

GOOD = ("good.test", "mx-own.test")
BAD = (
    "mx-expired.test",
    "mx-no-starttls.test",
    "mx-refused.test",
    "mx-self-signed.test",
    "no-txt.test",
    "testing-expired.test",
    "txt-servfail.test",
)
CLIENTS = 16
SESSIONS = 8  # of each client; each ends as a crash of the MTA ends it
MESSAGES = 5  # of each session
SEED = 8461


def test_all_at_once(start_daemon, tmp_path):
    own = start_daemon()
    ended = threading.Event()
    turns = itertools.cycle(["tag", "defer"])

    def traffic(number):
        """What was told of each domain."""
        choice = random.Random(SEED + number)
        told = {}
        for _ in range(SESSIONS):
            with Client(own.address) as client:
                client.hello()
                for _ in range(MESSAGES):
                    domains = choice.sample(GOOD + BAD, 4)
                    outcome = client.send([f"user@{domain}" for domain in domains])
                    for domain, reply in zip(domains, outcome.recipients.values()):
                        told.setdefault(domain, set()).add(reply.code)
                client.mail()
                client.rcpt(f"user@{choice.choice(GOOD + BAD)}")
                client.drop()
        return told

    def reload():
        own.configuration.write(on_unreachable=next(turns))
        own.process.send(signal.SIGUSR1)
        assert own.command.run("reload").returncode == 0

    def rotate():
        if own.configuration.audit.exists():
            own.configuration.audit.replace(tmp_path / "audit.old")

    def look():
        for words in (["status"], ["cache", "list"], ["cache", "show", GOOD[0]]):
            assert own.command.run(*words).returncode in (0, 1)

    def forget():
        for words in (["cache", "flush"], ["cache", "refresh", GOOD[1]]):
            assert own.command.run(*words).returncode in (0, 1)

    def over_and_over(work):
        while not ended.is_set():
            work()

    works = (reload, rotate, look, forget)
    with ThreadPoolExecutor(CLIENTS + len(works)) as pool:
        disturbing = [pool.submit(over_and_over, work) for work in works]
        try:
            told = list(pool.map(traffic, range(CLIENTS)))
        finally:
            ended.set()
        for each in disturbing:
            each.result()
    for domain in GOOD:
        assert set().union(*(codes.get(domain, ()) for codes in told)) == {250}
    for domain in BAD:
        assert set().union(*(codes.get(domain, ()) for codes in told)) <= {250, 451}
    assert own.stop() == 0
