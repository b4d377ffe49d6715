"""The MTA's side of the milter protocol: sees every word of a reply.

A client negotiates and names macros as one of three MTAs does (mta-facts: what
is there at RCPT differs between them), drives a session step by step, and
keeps replies, changes to the message, and how long each answer took.
"""

import contextlib
import dataclasses
import re
import socket
import struct
import time

from . import milterwire as wire

TIMEOUT = 60
SENDER = "sender@example.org"
BODY = b"Hi.\r\n"


@dataclasses.dataclass(frozen=True)
class Mta:
    """How an MTA shows a recipient to milters."""

    name: str
    brackets: bool
    routes: bool  # whether {rcpt_mailer} and {rcpt_host} are there
    mailer: str = ""
    final_dot: str = ""
    early_id: bool = True  # whether the queue ID is known at MAIL

    def argument(self, address):
        return f"<{address}>" if self.brackets else address


POSTFIX = Mta("postfix", brackets=True, routes=True, mailer="smtp", early_id=False)
POSTFIX_COMMAND = Mta("postfix", brackets=False, routes=False)
SENDMAIL = Mta("sendmail", brackets=True, routes=True, mailer="esmtp", final_dot=".")


@dataclasses.dataclass(frozen=True)
class Reply:
    """A milter's final answer to one step."""

    kind: str  # one of milterwire.FINAL
    text: str = ""  # of a "reply": the whole line for the client
    seconds: float = 0.0

    @property
    def code(self):
        """What an MTA tells its client, if the text is left to it as well."""
        kinds = {"tempfail": 451, "reject": 550, "shutdown": 421}
        return int(self.text[:3]) if self.text else kinds.get(self.kind, 250)


@dataclasses.dataclass
class Outcome:
    """What became of a message."""

    recipients: dict  # address -> Reply
    end: Reply = None  # None: no recipient was left, so there was no end
    actions: list = dataclasses.field(default_factory=list)
    progress: int = 0  # how often the milter asked for patience

    def inserted(self, name):
        """Values of the headers of that name that the milter put in, unfolded."""
        return [
            re.sub(r"\r?\n(?=[ \t])", "", action[-1]).strip()
            for action in self.actions
            if action[0] in ("insert-header", "add-header")
            and action[-2].lower() == name.lower()
        ]

    def deleted(self, name):
        """Numbers of the headers of that name that the milter took out."""
        return [
            action[1]
            for action in self.actions
            if action[0] == "change-header"
            and action[2].lower() == name.lower()
            and action[3] == ""
        ]

    def quarantine(self):
        """The reason for which the message is held, or None."""
        reasons = [each[1] for each in self.actions if each[0] == "quarantine"]
        return reasons[0] if reasons else None


def message(milter_address, recipients, mta=POSTFIX, **details):
    """One message in a session of its own; details are those of send()."""
    with Client(milter_address, mta) as client:
        client.hello()
        return client.send(recipients, **details)


class Client:
    """One connection of an MTA to a milter.

    ADDRESS is ("127.0.0.1", port), or the path of a unix socket.
    """

    def __init__(self, address, mta=POSTFIX):
        self.mta = mta
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.settimeout(TIMEOUT)
        self._socket.connect(address)
        if family == socket.AF_INET:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._queue_ids = (f"4R{number:08X}" for number in range(1, 1 << 30))
        self.queue_id = None
        self._id_known = False
        self._negotiate()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the session as an MTA does."""
        with contextlib.suppress(OSError):
            self._socket.sendall(wire.packet("Q"))
        self._socket.close()

    def drop(self):
        """Ends the connection as a crash of the MTA does."""
        linger = struct.pack("ii", 1, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._socket.close()

    # --- steps ---

    def hello(self):
        macros = {"j": "relay.example.org", "daemon_name": "smtpd"}
        port = b"4" + struct.pack("!H", 40000)
        self._step("C", macros, "client.example.org", port, "127.0.0.1")
        self._step("H", {}, "client.example.org")

    def mail(self, sender=SENDER, *arguments):
        self.queue_id = next(self._queue_ids)
        self._id_known = self.mta.early_id
        macros = {"mail_addr": sender, "mail_mailer": self.mta.mailer}
        return self._step("M", macros, self.mta.argument(sender), *arguments)

    def rcpt(self, address, mailer=None, host=None, *arguments):
        """MAILER and HOST are as the MTA routes it, by default to the domain."""
        macros = self._rcpt_macros(address, mailer, host)
        reply = self._step("R", macros, self.mta.argument(address), *arguments)
        self._id_known = self._id_known or reply.code == 250
        return reply

    def begin_rcpt(self, address):
        """The same, without waiting: readable once there is a reply."""
        macros = self._rcpt_macros(address)
        self._send("R", macros, self.mta.argument(address))

    def end_rcpt(self):
        """The reply to begin_rcpt()."""
        return self._final(*self._receive(), time.monotonic())

    def fileno(self):
        return self._socket.fileno()

    def _rcpt_macros(self, address, mailer=None, host=None):
        macros = {"rcpt_addr": address}
        if self.mta.routes:
            domain = address.rpartition("@")[2]
            macros["rcpt_mailer"] = self.mta.mailer if mailer is None else mailer
            macros["rcpt_host"] = domain + self.mta.final_dot if host is None else host
        return macros

    def data(self):
        return self._step("T", {})

    def header(self, name, value):
        return self._step("L", {}, name, value)

    def end_of_headers(self):
        return self._step("N", {})

    def body(self, data):
        return self._step("B", {}, data)

    def end_of_message(self):
        """Returns the reply, the changes, and how often we were put off."""
        began = time.monotonic()
        self._send("E", {})
        actions, progress = [], 0
        while True:
            letter, payload = self._receive()
            if letter in wire.FINAL:
                return self._final(letter, payload, began), actions, progress
            if letter == "p":
                progress += 1
            else:
                actions.append(wire.action(letter, payload))

    def abort(self):
        """The message is given up; the session goes on."""
        self._socket.sendall(wire.packet("A"))

    def send(self, recipients, sender=SENDER, headers=(), body=BODY):
        """A whole message. A recipient is an address, or arguments of rcpt()."""
        self.mail(sender)
        replies = {}
        for each in recipients:
            arguments = (each,) if isinstance(each, str) else each
            replies[arguments[0]] = self.rcpt(*arguments)
        outcome = Outcome(replies)
        if not any(reply.code == 250 for reply in replies.values()):
            self.abort()
            return outcome
        self.data()
        self.rest(outcome, headers, body)
        return outcome

    def rest(self, outcome, headers=(), body=BODY):
        """What follows DATA."""
        for name, value in [("From", SENDER), *headers, ("Subject", "x")]:
            self.header(name, value)
        self.end_of_headers()
        self.body(body)
        outcome.end, outcome.actions, outcome.progress = self.end_of_message()

    # --- inside ---

    def _negotiate(self):
        options = map(wire.number, (wire.VERSION, wire.ALL_ACTIONS, wire.ALL_STEPS))
        self._socket.sendall(wire.packet("O", *options))
        letter, payload = self._receive()
        if letter != "O":
            raise ConnectionError(f"the milter answers options with {letter!r}")
        (self.version, self.allowed, self._steps), rest = wire.numbers(payload, 3)
        self._wanted = wire.macro_lists(rest)

    def _step(self, letter, macros, *parts):
        if self._steps & wire.SPARED.get(letter, 0):
            return Reply("continue")
        began = time.monotonic()
        self._send(letter, macros, *parts)
        if self._steps & wire.UNANSWERED.get(letter, 0):
            return Reply("continue")
        return self._final(*self._receive(), began)

    def _send(self, letter, macros, *parts):
        known = dict(macros)
        if letter in "MRTNE" and self._id_known:
            known["i"] = self.queue_id
        wanted = self._wanted.get(wire.STAGES.get(letter))
        pairs = []
        for name, value in known.items():
            if wanted is None or name in wanted:
                pairs += [name if len(name) == 1 else "{%s}" % name, value]
        data = wire.packet("D", letter.encode(), *pairs) if pairs else b""
        self._socket.sendall(data + wire.packet(letter, *parts))

    def _receive(self):
        (length,) = struct.unpack("!I", self._read(4))
        data = self._read(length)
        return chr(data[0]), data[1:]

    def _read(self, length):
        data = b""
        while len(data) < length:
            part = self._socket.recv(length - len(data))
            if not part:
                raise ConnectionError("the milter has closed the connection")
            data += part
        return data

    def _final(self, letter, payload, began):
        text = "".join(wire.strings(payload)[:1])
        return Reply(wire.FINAL[letter], text, time.monotonic() - began)
