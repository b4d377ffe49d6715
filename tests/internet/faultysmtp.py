"""SMTP sessions that go wrong, each in one step."""

import itertools
import random
import time

from .pki import MARKUP
from .smtpsession import Session


class NoStarttls(Session):
    starttls_offered = False


class Starttls454(Session):
    def starttls(self):
        self.reply("454 4.7.0 TLS not available due to temporary reason")


class Starttls502(Session):
    def starttls(self):
        self.reply("502 5.5.1 Command not implemented")


class Injection(Session):
    """What an attacker puts behind the 220 comes in the same packet."""

    def starttls(self):
        self.send(b"220 2.0.0 Ready\r\n250 2.0.0 injected\r\n")
        self.handshake()


class Tls11(Session):
    def handshake(self, old=True):
        super().handshake(old)


class HandshakeAlert(Session):
    """The server answers the client's hello with a fatal alert."""

    def handshake(self, old=False):
        self.transcript.append("handshake")
        self.peer.recv(65536)
        self.send(bytes.fromhex("15 0303 0002 0228"))  # handshake_failure
        self.quit = True


class HandshakeGarbage(Session):
    def handshake(self, old=False):
        self.transcript.append("handshake")
        self.send(b"not TLS at all\r\n" * 8)
        self.quit = True


class DropAfter220(Session):
    def handshake(self, old=False):
        self.quit = True


class Greeting554(Session):
    def greet(self):
        self.reply("554 5.7.1 No mail from you")


class Greeting421(Session):
    def greet(self):
        self.reply("421 4.3.2 Too many connections")
        self.quit = True


class Drop(Session):
    def greet(self):
        self.quit = True


class Ehlo421(Session):
    def ehlo(self):
        self.reply("421 4.7.0 Try again later")
        self.quit = True


class EhloRefused(Session):
    """A server of before 1995: it knows HELO only."""

    def ehlo(self):
        known = self.transcript[-1] == "HELO"
        self.reply(f"250 {self.host.name}" if known else "502 5.5.1 What?")


class Silent(Session):
    def greet(self):
        pass


class Tarpit(Session):
    """A greeting that takes a day, each byte well before any idle timer."""

    def greet(self):
        for byte in itertools.chain(b"220-", itertools.repeat(ord("x"))):
            self.send(bytes([byte]))
            time.sleep(0.2)


class Endless(Session):
    """A reply whose last line never comes."""

    def ehlo(self):
        while True:
            self.send(b"250-AND-ANOTHER-ONE\r\n" * 100)


class LongLine(Session):
    def ehlo(self):
        self.reply("250-" + "x" * 5120, "250-STARTTLS", "250 OK")


class Garbage(Session):
    def greet(self):
        self.send(random.Random(8461).randbytes(2000) + b"\r\n" * 3)


class Hostile(Session):
    """Tries to write lines and colours of its own into logs and replies."""

    def greet(self):
        self.send(b"554 5.7.1 \x1b[31mred\x1b[0m\0 \r fake\xff: yes\r\n")


class Markup(Session):
    """Tries to write a page of its own into a page."""

    def greet(self):
        self.reply(f"554 5.7.1 {MARKUP}")


FAULTS = {
    "": Session,
    "no-starttls": NoStarttls,
    "starttls-454": Starttls454,
    "starttls-502": Starttls502,
    "injection": Injection,
    "tls1.1": Tls11,
    "handshake-alert": HandshakeAlert,
    "handshake-garbage": HandshakeGarbage,
    "drop-after-220": DropAfter220,
    "greeting-554": Greeting554,
    "greeting-421": Greeting421,
    "drop": Drop,
    "ehlo-421": Ehlo421,
    "ehlo-refused": EhloRefused,
    "silent": Silent,
    "tarpit": Tarpit,
    "endless": Endless,
    "long-line": LongLine,
    "garbage": Garbage,
    "hostile": Hostile,
    "markup": Markup,
}
