"""One fault run, from the first message to the last finding."""

import random
import time

from internet.waiting import wait_for

from . import clients, plan
from .accounting import Accounts, Evidence
from .clients import Crowd, Message, Schedule
from .conductor import Conductor
from .rule import Lags

CLIENTS = 24
OVERTIME = 60  # s, for clients that are behind
DRAIN = 60  # s, for the queue to become empty when all is well again


class Run:
    """COUNT messages and the faults of SECONDS, both drawn from SEED.

    After execute(), `accounts` and `findings` tell what came of it; there must
    be no findings.
    """

    def __init__(self, stage, count, seed, seconds):
        self.seed = seed
        self.began = time.monotonic()
        self.took = 0
        self.phase = ""
        self.accounts = None
        self.findings = []
        self._stage = stage
        self._seconds = seconds
        self._sure = []  # copies that nothing was in the way of
        self._domains = sorted(stage.history.domains)
        dice = random.Random(f"{seed} messages")
        self.messages = list(clients.write(dice, count, self._domains))
        self.copies = [copy for each in self.messages for copy in each.copies]
        self._conductor = Conductor(stage, plan.make(seed, seconds))
        self.steps = self._conductor.counts

    def execute(self, progress=lambda run: None):
        """Progress is called now and then, with this object."""
        self._learn()
        self._disturb(progress)
        self.phase = "healing"
        self._conductor.end()
        self.findings += self._conductor.findings
        self._end_well()
        self._drain(progress)
        evidence = Evidence(self._stage)
        self._all_arrived(evidence)
        lags = Lags.of(self._stage.options)
        self.accounts = Accounts(self.copies, evidence, lags)
        self.findings += self.accounts.findings()
        self.took = time.monotonic() - self.began

    # --- phases ---

    def _learn(self):
        """The daemon hears of every domain, and has it on its disk."""
        self.phase = "learning"
        self._all_accepted("learn")
        wait_for(self._is_stored, "the policies to be on the disk")

    def _is_stored(self):
        return self._stage.daemon.command.json("status").data["store"]["waiting"] == 0

    def _disturb(self, progress):
        """Mail and faults."""
        self.phase = "faults"
        schedule = Schedule(self.messages, self._seconds)
        crowd = Crowd(schedule, self._stage.port, CLIENTS)
        self._conductor.start()
        crowd.start()
        deadline = time.monotonic() + self._seconds + OVERTIME
        while not crowd.wait(0.2) and time.monotonic() < deadline:
            progress(self)
            if self._conductor.failed:
                break
        schedule.end()
        if not crowd.wait(clients.PATIENCE):
            self.findings.append("a client waits for an answer that never comes")

    def _end_well(self):
        """It ends cleanly, begins anew, and lets mail to every domain pass."""
        daemon = self._stage.daemon
        status = daemon.stop()
        if status != 0:
            self.findings.append(f"SIGTERM ended the daemon with status {status}")
        daemon.configuration.write(**plan.DEFAULTS)
        daemon.start()
        self._all_accepted("well")

    def _all_accepted(self, word):
        copies = [clients.Copy(f"{word}@{domain}") for domain in self._domains]
        messages = [Message(word, [copy]) for copy in copies]
        schedule = Schedule(messages, 1)
        crowd = Crowd(schedule, self._stage.port, CLIENTS)
        crowd.start()
        if not crowd.wait(clients.PATIENCE):
            schedule.end()
        self.findings += [
            f"refused, though all is well: {copy}"
            for copy in copies
            if copy.state != clients.ACCEPTED
        ]
        self._sure += copies

    def _all_arrived(self, evidence):
        self.findings += [
            f"did not arrive, though all is well: {copy}"
            for copy in self._sure
            if len(evidence.arrivals[copy.recipient]) != 1
        ]

    def _drain(self, progress):
        """Postfix delivers what it has; what is left the table will say."""
        self.phase = "draining"
        deadline = time.monotonic() + DRAIN
        while self._waits() and time.monotonic() < deadline:
            progress(self)
            self._stage.postfix.flush()
            time.sleep(0.5)

    def _waits(self):
        """Whether there is mail in the queue that is not held."""
        entries = self._stage.postfix.entries()
        return any(entry["queue_name"] != "hold" for entry in entries)
