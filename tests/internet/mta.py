"""What tests ask of a mail server, whichever it is."""

import dataclasses
import re
import smtplib
import socket

from .waiting import wait_for

HOSTNAME = "relay.example.org"
HELO = "out.example.org"  # not as our probes say, so that they can be told apart


@dataclasses.dataclass(frozen=True)
class Entry:
    """A message in a queue."""

    queue_id: str
    recipients: frozenset
    held: bool  # until an admin releases it


class Mta:
    """The part that Postfix and Sendmail have in common.

    Each has its services at ports of an address of its own, so a port means
    the same on both.
    """

    name = ""
    address = ""
    queued = ""  # how it tells the queue ID, as a pattern
    deferred = ""  # how its log tells that a delivery is to be tried again

    def greets(self, ports):
        """Whether each of the services does."""
        return all(map(self._greets, ports))

    # --- mail in ---

    def smtp(self, port):
        """A connection of smtplib's to one of the services."""
        return smtplib.SMTP(self.address, port, local_hostname="client.example.org")

    def queue_id(self, text):
        """The queue ID in the reply to a message that was taken."""
        return re.search(self.queued, text).group(1)

    # --- what became of it ---

    def contents(self):
        """Entries of all that is in the queue."""
        raise NotImplementedError

    def deliver(self, queue_id):
        """Has the delivery of one message tried now."""
        raise NotImplementedError

    def text(self):
        """The mail log so far."""
        raise NotImplementedError

    def entry(self, recipient):
        """The queue's entry with that recipient, or None."""
        each = (entry for entry in self.contents() if recipient in entry.recipients)
        return next(each, None)

    def wait_held(self, recipient):
        """The queue's entry with that recipient, once it is held."""

        def held():
            entry = self.entry(recipient)
            return entry if entry and entry.held else None

        return wait_for(held, f"the message to {recipient} to be held")

    def wait_log(self, *words):
        """Waits for a line of the log that has all WORDS in it: returns that."""

        def line():
            lines = self.text().splitlines()
            return next((line for line in lines if all(w in line for w in words)), "")

        return wait_for(line, f"{words} in the mail log")

    def _greets(self, port):
        try:
            with socket.create_connection((self.address, port), 5) as peer:
                return peer.recv(4) == b"220 "
        except OSError:
            return False
