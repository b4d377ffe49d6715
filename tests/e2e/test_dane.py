"""DANE: what TLSA records change, and where they change nothing (63 to 68)."""

import dataclasses
import typing

import ports
import pytest

from internet import world
from internet.daemon import Command, Configuration
from internet.dnssec import FORGED, SIGNED, UNSIGNED, tlsa
from internet.internet import folder
from internet.parallel import by_name
from internet.waiting import wait_for
from internet.world import Mx, policy

EXIT = {"pass": 0, "fail": 1, "temperror": 3}
PLAIN = "dane-plain.test."
ELSEWHERE = "mx.somewhere-else.test"
SHARED = "mx.shared.signed.test"
NOBODYS = "0" * 64
MISMATCH = ("3 1 1 " + NOBODYS,)
PKIX = ("1 1 1 " + NOBODYS, "0 0 1 " + NOBODYS)
BROKEN = ("3 1 1 00", "3 1 9 " + NOBODYS, "9 1 1 " + NOBODYS)


def ee(pki):
    """All leaves of the tests have the same key."""
    return (tlsa(3, 1, 1, pki.trusted.certify(pki.key)),)
