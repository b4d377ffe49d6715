"""Where each copy of each message is in the end, and what must not have been."""

import collections
import datetime
import json
import re

from . import clients
from .rule import Rule

# Where a copy is. The names are those of the table that people read.
PROVEN = "delivered over a validated path"
SPOILED = "delivered, its path spoiled after it was accepted"
UNBOUND = "delivered, with no policy or none that enforces"
HELD = "held in the hold queue"
QUEUED = "still in the queue"
BOUNCED = "returned to its sender"
DEFERRED = "deferred, the client gave up"
UNTOLD = "nowhere, its client was never told"
REJECTED = "rejected"
UNSENT = "never tried, time was up"
LOST = "LOST: accepted, and nowhere"
PLACES = (
    PROVEN,
    SPOILED,
    UNBOUND,
    HELD,
    QUEUED,
    BOUNCED,
    DEFERRED,
    REJECTED,
    UNTOLD,
    UNSENT,
    LOST,
)
BOUNCE = re.compile(r" ([0-9A-Za-z]+): to=<([^>]*)>.*status=bounced")


def decisions(text):
    """The lines of an audit file, by queue id and domain; parts of lines, which
    a full disk leaves, are skipped."""
    found = collections.defaultdict(list)
    for line in text.splitlines():
        try:
            line = json.loads(line)
        except ValueError:
            continue
        found[line["queue_id"], line["domain"]].append(line)
    return found


class Evidence:
    """What all but the clients say."""

    def __init__(self, stage):
        # The queue first: what leaves it meanwhile is an arrival then.
        self.queue = {
            each["address"]: entry["queue_name"]
            for entry in stage.postfix.entries()
            for each in entry["recipients"]
        }
        self.arrivals = collections.defaultdict(list)
        for arrival in stage.arrivals():
            for recipient in arrival.recipients:
                self.arrivals[recipient].append(arrival)
        self.bounced = {found[2] for found in BOUNCE.finditer(stage.postfix.text())}
        self.decisions = decisions(stage.audit_text())
        self.history = stage.history


class Accounts:
    """Each copy at its place, and the findings: texts, of what must not be."""

    def __init__(self, copies, evidence, lags):
        self.counts = collections.Counter()
        self.twice = []
        self.lost = []
        self.breaches = []
        self.unaudited = []
        self.contradictions = []
        self.checked = collections.Counter()  # accepted copies, by excuse
        self.refused_rightly = 0  # copies that might not have been accepted
        self.calm = 0  # copies that nothing was wrong for
        self.needless = []  # those of them that were refused
        self.audit_lost = 0  # lines, while its disk was full
        self._evidence = evidence
        self._rule = Rule(evidence.history, lags)
        for copy in copies:
            self._account(copy)

    def findings(self):
        return [
            *self.lost,
            *self.twice,
            *self.breaches,
            *self.unaudited,
            *self.contradictions,
            *self.needless,
        ]

    # --- inside ---

    def _account(self, copy):
        place = self._place(copy)
        self.counts[place] += 1
        arrivals = self._evidence.arrivals[copy.recipient]
        held = self._evidence.queue.get(copy.recipient) == "hold"
        if len(arrivals) + held > 1:
            self.twice.append(f"delivered twice: {copy}")
        if arrivals and copy.state in (clients.DEFERRED, clients.REJECTED):
            self.contradictions.append(f"refused, and delivered: {copy}")
        if place == LOST:
            self.lost.append(f"lost: {copy}")
        if copy.tries:
            taken = copy.state == clients.ACCEPTED or bool(arrivals)
            self._judge(copy, taken and place != HELD)
        if copy.state == clients.ACCEPTED:
            self._audit(copy, place)

    def _place(self, copy):
        arrivals = self._evidence.arrivals[copy.recipient]
        queue = self._evidence.queue.get(copy.recipient)
        if arrivals:
            return self._delivered(copy, arrivals[0])
        if queue:
            return HELD if queue == "hold" else QUEUED
        if copy.recipient in self._evidence.bounced:
            return BOUNCED
        return {
            clients.ACCEPTED: LOST,
            clients.DEFERRED: DEFERRED,
            clients.IN_DOUBT: UNTOLD,
            clients.REJECTED: REJECTED,
            clients.UNSENT: UNSENT,
        }[copy.state]

    def _delivered(self, copy, arrival):
        if arrival.proven:
            return PROVEN
        track = self._evidence.history.domains[copy.domain]
        states = track.during(copy.asked, copy.told)
        enforced = all(state.mode == "enforce" for state in states)
        return SPOILED if enforced else UNBOUND

    def _judge(self, copy, let_pass):
        """By its last try, which is the one that counts."""
        when = copy.domain, copy.asked, copy.told
        excuse = self._rule.excuse(*when)
        # Another domain's fault may hold or defer a whole message.
        calm = copy.alone and self._rule.is_calm(*when)
        self.calm += calm
        if let_pass and excuse:
            self.checked[excuse] += 1
        elif let_pass:
            lines = self._evidence.decisions[copy.queue_id, copy.domain]
            self.breaches.append(f"accepted while failing: {copy}: {lines}")
        else:
            self.refused_rightly += not excuse
            if calm:
                self.needless.append(f"refused, though nothing was wrong: {copy}")

    def _audit(self, copy, place):
        lines = [
            line
            for line in self._evidence.decisions[copy.queue_id, copy.domain]
            if line["stage"] == "eom"
        ]
        if not lines:
            self._unaudited(copy)
            return
        line = lines[-1]
        let_pass = line["action"] in ("accept", "log")
        proven = line["policy"] != "enforce" or line["result"] == "pass"
        if place != HELD and not (let_pass and proven):
            self.contradictions.append(f"accepted against its audit line: {line}")
        when = datetime.datetime.fromisoformat(line["time"]).timestamp()
        if not copy.asked - 1 <= when <= copy.told + 1:
            self.contradictions.append(f"decided at another time: {copy}: {line}")

    def _unaudited(self, copy):
        room = self._evidence.history.audit.during(copy.asked - 1, copy.told + 1)
        if all(room):
            self.unaudited.append(f"accepted without an audit line: {copy}")
        else:
            self.audit_lost += 1
