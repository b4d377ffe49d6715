"""One SMTP session as a well-behaved MX host holds it, written down.

Each fault of faultysmtp.py is this class with one step done otherwise.
"""

import dataclasses
import ssl

from . import tls


@dataclasses.dataclass
class Delivery:
    """A message that an MX host took, and how it came."""

    host: str
    sender: str
    recipients: list
    message: bytes
    tls: str  # version, or None for plain text
    server_name: str  # the SNI


class Session:
    """Steps of a session, in the order in which they are called."""

    starttls_offered = True

    def __init__(self, host, connection):
        self.host = host
        self.peer = connection
        self.transcript = []  # verbs, and "handshake" where TLS begins
        self.helo = None
        self.tls = None
        self.server_name = None
        self.quit = False
        self.ended = False
        self._buffer = b""
        self._sender = None
        self._recipients = []

    def run(self):
        try:
            self.greet()
            while not self.quit:
                line = self.read_line()
                if line is None:
                    break
                self.command(line)
        finally:
            self.ended = True
            if isinstance(self.peer, ssl.SSLSocket):
                self.peer.close()

    # --- steps, for a fault to override ---

    def greet(self):
        self.reply(f"220 {self.host.name} ESMTP")

    def ehlo(self):
        lines = [self.host.name, "PIPELINING", "8BITMIME", "SMTPUTF8"]
        if self.starttls_offered and self.tls is None:
            lines.append("STARTTLS")
        self.reply(*[f"250-{line}" for line in lines], "250 SIZE 10000000")

    def starttls(self):
        self.reply("220 2.0.0 Ready to start TLS")
        self.handshake()

    def handshake(self, old=False):
        # Bytes sent after STARTTLS in plain text are dropped, as RFC 3207 says.
        self._buffer = b""
        self.transcript.append("handshake")
        self.peer = tls.accept(self.peer, self.host.certificate, old)
        self.tls = self.peer.version()
        self.server_name = self.peer.server_name

    def mail(self, argument):
        self._sender, self._recipients = _address(argument), []
        self.reply("250 2.1.0 Ok")

    def rcpt(self, argument):
        self._recipients.append(_address(argument))
        self.reply("250 2.1.5 Ok")

    def data(self):
        self.reply("354 End data with <CR><LF>.<CR><LF>")
        message = self._read_message()
        if message is None:
            return
        self.host.deliveries.append(
            Delivery(
                self.host.name,
                self._sender,
                self._recipients,
                message,
                self.tls,
                self.server_name,
            )
        )
        self.reply("250 2.0.0 Ok: taken")

    # --- what they are made of ---

    def command(self, line):
        verb, _, argument = line.partition(" ")
        verb = verb.upper()
        self.transcript.append(verb)
        if verb in ("EHLO", "HELO"):
            self.helo = argument
            self.ehlo()
        elif verb == "STARTTLS":
            self.starttls()
        elif verb == "MAIL":
            self.mail(argument)
        elif verb == "RCPT":
            self.rcpt(argument)
        elif verb == "DATA":
            self.data()
        elif verb == "QUIT":
            self.quit = True
            self.reply("221 2.0.0 Bye")
        elif verb in ("RSET", "NOOP"):
            self.reply("250 2.0.0 Ok")
        else:
            self.reply("502 5.5.1 No such command")

    def send(self, data):
        self.peer.sendall(data)

    def reply(self, *lines):
        self.send("".join(line + "\r\n" for line in lines).encode("latin-1"))

    def read_line(self):
        """The next line without its end, or None when the peer has gone."""
        while b"\n" not in self._buffer:
            data = self.peer.recv(65536)
            if not data or len(self._buffer) > (16 << 20):
                return None
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line.rstrip(b"\r").decode("latin-1")

    def _read_message(self):
        lines = []
        while True:
            line = self.read_line()
            if line is None:
                return None
            if line == ".":
                return "".join(each + "\r\n" for each in lines).encode("latin-1")
            lines.append(line[1:] if line.startswith("..") else line)


def _address(argument):
    """What stands in the angle brackets of a MAIL or RCPT argument."""
    return argument.partition("<")[2].partition(">")[0]
