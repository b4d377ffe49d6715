"""Many SMTP clients at once, each of which writes down what it was told.

A message is tried at its time, and what was deferred a few times more; then
its client gives up, as one with a queue would after days.
"""

import dataclasses
import heapq
import itertools
import random
import smtplib
import threading
import time

SENDER = "sender@example.org"
TRIES = 3
PAUSES = 30  # after an answer of 4xx, as many of them as the run has time for
SHORTEST_PAUSE = 0.5  # s
MESSAGES_PER_SESSION = 20
PATIENCE = 90  # s, for one answer of Postfix

# What became of a copy, as far as its client knows.
UNSENT = "unsent"
ACCEPTED = "accepted"
DEFERRED = "deferred"
REJECTED = "rejected"
IN_DOUBT = "in doubt"  # the message was sent whole, and no answer came


@dataclasses.dataclass(eq=False)
class Copy:
    """One recipient of one message."""

    recipient: str
    alone: bool = True  # the message has no other recipient
    state: str = UNSENT
    tries: int = 0
    asked: float = 0  # when its RCPT was sent, at the last try
    told: float = 0  # when its fate was told, at the last try
    queue_id: str = ""
    text: str = ""

    @property
    def domain(self):
        return self.recipient.partition("@")[2]

    @property
    def open(self):
        return self.state in (UNSENT, DEFERRED) and self.tries < TRIES

    def settle(self, code, text):
        self.told = time.time()
        self.text = f"{code} {text.decode(errors='replace')}"
        self.state = {2: ACCEPTED, 4: DEFERRED}.get(code // 100, REJECTED)
        if self.state == ACCEPTED:
            self.queue_id = self.text.rpartition(" ")[2]

    def give_up(self, error):
        """The session broke; whoever was not told by then is to try again."""
        if self.state in (UNSENT, DEFERRED):
            self.settle(400, repr(error).encode())
        elif self.state == IN_DOUBT:
            self.told = time.time()


@dataclasses.dataclass(eq=False)
class Message:
    number: int
    copies: list

    def open(self):
        return [copy for copy in self.copies if copy.open]


def write(dice, count, names):
    """COUNT messages to domains drawn from NAMES; some go to several."""
    for number in range(count):
        several = dice.randint(2, 3) if dice.random() < 0.1 else 1
        chosen = dice.sample(names, several)
        alone = several == 1
        yield Message(number, [Copy(f"m{number}@{name}", alone) for name in chosen])


class Schedule:
    """Which message is to be tried when; ends with what is tried too late."""

    def __init__(self, messages, seconds):
        self._lock = threading.Condition()
        self._order = itertools.count()
        self._open = len(messages)
        self._dice = random.Random(0)
        self._longest_pause = max(SHORTEST_PAUSE, seconds / PAUSES)
        self._ended = False
        apart = seconds / max(1, len(messages))
        began = time.monotonic()
        self._due = [
            (began + apart * place, next(self._order), message)
            for place, message in enumerate(messages)
        ]

    def next(self):
        """The next message when its time has come, or None at the end."""
        with self._lock:
            while self._open and not self._ended:
                now = time.monotonic()
                if self._due and self._due[0][0] <= now:
                    return heapq.heappop(self._due)[2]
                self._lock.wait(self._due[0][0] - now if self._due else None)
            return None

    def tried(self, message):
        """To be called once for each message that next() gave."""
        with self._lock:
            if message.open():
                pause = self._dice.uniform(SHORTEST_PAUSE, self._longest_pause)
                due = time.monotonic() + pause
                heapq.heappush(self._due, (due, next(self._order), message))
            else:
                self._open -= 1
            self._lock.notify_all()

    def end(self):
        """Nothing is tried any more."""
        with self._lock:
            self._ended = True
            self._lock.notify_all()


class _Client:
    """A session of SMTP, begun anew whenever it did not go well."""

    def __init__(self, port):
        self._port = port
        self._session = None
        self._left = 0

    def close(self):
        if self._session:
            self._session.close()
        self._session = None

    def deliver(self, message):
        copies = message.open()
        for copy in copies:
            copy.tries += 1
            copy.asked = time.time()
        try:
            self._connect()
            self._send(message, copies)
        except (smtplib.SMTPException, OSError) as error:
            for copy in copies:
                copy.give_up(error)
            self.close()
        self._left -= 1
        if self._left <= 0 or any(copy.state != ACCEPTED for copy in copies):
            self.close()

    def _connect(self):
        if self._session is None:
            self._session = smtplib.SMTP("127.0.0.1", self._port, "client", PATIENCE)
            self._session.ehlo_or_helo_if_needed()
            self._left = MESSAGES_PER_SESSION

    def _send(self, message, copies):
        smtp = self._session
        code, text = smtp.mail(SENDER)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, text, SENDER)
        taken = []
        for copy in copies:
            copy.asked = time.time()
            code, text = smtp.rcpt(copy.recipient)
            if code == 250:
                taken.append(copy)
            else:
                copy.settle(code, text)
        if taken:
            self._data(message, taken)

    def _data(self, message, taken):
        body = f"Subject: {message.number}\r\n\r\nNumber {message.number}.\r\n"
        code, text = self._session.docmd("DATA")
        if code == 354:
            for copy in taken:
                copy.state = IN_DOUBT
            self._session.send(f"{body}.\r\n")
            code, text = self._session.getreply()
        for copy in taken:
            copy.settle(code, text)


class Crowd:
    """COUNT clients that work off a schedule."""

    def __init__(self, schedule, port, count):
        self._schedule = schedule
        self._port = port
        self._threads = [
            threading.Thread(target=self._work, daemon=True) for _ in range(count)
        ]

    def start(self):
        for thread in self._threads:
            thread.start()

    def wait(self, seconds):
        """Whether all have ended within so many seconds."""
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self):
        client = _Client(self._port)
        while message := self._schedule.next():
            client.deliver(message)
            self._schedule.tried(message)
        client.close()
