"""The milter protocol's packets, version 6, as an MTA writes and reads them.

Described by libmilter's include/libmilter/mfdef.h: a length of four bytes, a
letter, and what belongs to that letter.
"""

import struct

VERSION = 6

# What a milter may do to a message (SMFIF_*).
ADD_HEADERS = 0x01
CHANGE_BODY = 0x02
ADD_RECIPIENTS = 0x04
DELETE_RECIPIENTS = 0x08
CHANGE_HEADERS = 0x10
QUARANTINE = 0x20
CHANGE_SENDER = 0x40
ADD_RECIPIENTS_WITH_ARGUMENTS = 0x80
SET_MACRO_LISTS = 0x100
ALL_ACTIONS = 0x1FF

# Commands that a milter may spare the MTA (SMFIP_NO*), by letter.
SPARED = {
    "C": 0x01,
    "H": 0x02,
    "M": 0x04,
    "R": 0x08,
    "B": 0x10,
    "L": 0x20,
    "N": 0x40,
    "U": 0x100,
    "T": 0x200,
}

# Commands to which a milter may not reply (SMFIP_NR_*), by letter.
UNANSWERED = {
    "L": 0x80,
    "C": 0x1000,
    "H": 0x2000,
    "M": 0x4000,
    "R": 0x8000,
    "T": 0x10000,
    "U": 0x20000,
    "N": 0x40000,
    "B": 0x80000,
}
REJECTED_RECIPIENTS = 0x800
ALL_STEPS = 0x1FFFFF

# The stages for which a milter may name the macros that it wants.
STAGES = {"C": 0, "H": 1, "M": 2, "R": 3, "T": 4, "E": 5, "N": 6}

FINAL = {
    "c": "continue",
    "a": "accept",
    "t": "tempfail",
    "r": "reject",
    "d": "discard",
    "y": "reply",
    "s": "skip",
    "4": "shutdown",
    "f": "connection-fail",
}


def packet(letter, *parts):
    """Parts are bytes as they are, or text, which gets its final NUL."""
    payload = b"".join(
        part if isinstance(part, bytes) else part.encode() + b"\0" for part in parts
    )
    return struct.pack("!I", len(payload) + 1) + letter.encode() + payload


def number(value):
    return struct.pack("!I", value)


def numbers(payload, count):
    """The first COUNT numbers, and the rest."""
    size = 4 * count
    return struct.unpack(f"!{count}I", payload[:size]), payload[size:]


def strings(payload):
    return [part.decode("latin-1") for part in payload.split(b"\0")[:-1]]


def macro_lists(payload):
    """What follows the numbers of an option reply: stage -> set of names."""
    lists = {}
    while payload:
        (stage,), rest = numbers(payload, 1)
        names, _, payload = rest.partition(b"\0")
        lists[stage] = {_bare(name) for name in names.decode().split()}
    return lists


def _bare(name):
    """{rcpt_host} is called rcpt_host in lists of macros' values here."""
    return name.strip("{}")


def action(letter, payload):
    """A change to a message, as a tuple that begins with what it is."""
    if letter in "im":
        (index,), rest = numbers(payload, 1)
        name = "insert-header" if letter == "i" else "change-header"
        return (name, index, *strings(rest))
    names = {
        "h": "add-header",
        "q": "quarantine",
        "+": "add-recipient",
        "-": "delete-recipient",
        "2": "add-recipient",
        "e": "change-sender",
        "b": "change-body",
    }
    return (names[letter], *strings(payload))
