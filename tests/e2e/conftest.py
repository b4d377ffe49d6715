"""What the tests share: one small Internet, and one Postfix in it.

To be run as
    tests/internet/private-network /usr/bin/python3 -m pytest tests/e2e
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

# pylint: disable=wrong-import-position
from internet import world
from internet.internet import Internet, folder
from internet.postfix import Postfix, Smtpd

PLAIN_PORT = 2525


@pytest.fixture(scope="session")
def internet():
    """Every domain of the table. A test that changes one publishes its own."""
    with Internet(world.DOMAINS) as net:
        yield net


@pytest.fixture(scope="session")
def postfix(internet):
    """One Postfix for all tests."""
    smtpds = [Smtpd(PLAIN_PORT)]
    with Postfix(
        folder() / "postfix", smtpds, smtp_tls_CAfile=internet.pki.ca_file
    ) as server:
        yield server
