"""What the tests share: one small Internet, and the servers at its edge.

To be run as
    tests/internet/private-network /usr/bin/python3 -m pytest tests/e2e
"""

import itertools
import shutil
import sys
from pathlib import Path

import ports
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

# pylint: disable=wrong-import-position
from internet import world
from internet.daemon import USER, Command, Configuration, Daemon
from internet.internet import Internet, folder
from internet.postfix import Postfix, Smtpd
from internet.sanitizers import Findings

UNIX_MILTER = folder() / "unix-milter" / "socket"
HOLD = {"smtpd_recipient_restrictions": "static:HOLD"}
TAG = {"on_fail": "tag", "on_unreachable": "tag", "on_temperror": "tag"}


@pytest.fixture(scope="session", autouse=True)
def findings():
    """Of sanitizers; looked at after each test, and when all daemons ended."""
    reports = Findings(folder() / "findings")
    yield reports
    assert reports.new() == ""


@pytest.fixture(autouse=True)
def no_findings(findings):
    yield
    assert findings.new() == ""


@pytest.fixture(scope="session")
def internet():
    """Every domain of the table. A test that changes one publishes its own."""
    with Internet(world.DOMAINS) as net:
        yield net


@pytest.fixture(scope="session")
def relay(internet):
    """A Postfix without a milter."""
    own = {"smtp_tls_CAfile": internet.pki.ca_file}
    with Postfix(folder() / "relay", [Smtpd(ports.RELAY)], **own) as server:
        yield server


@pytest.fixture(scope="session")
def daemon(internet):
    """The daemon with the default configuration."""
    with Daemon(folder() / "default", internet.pki, ports.DEFAULT_MILTER) as running:
        yield running


@pytest.fixture(scope="session")
def tagger(internet):
    """A daemon that lets everything pass, and tells all in the header."""
    with Daemon(
        folder() / "tagger", internet.pki, ports.TAGGING_MILTER, header="all", **TAG
    ) as running:
        yield running


@pytest.fixture(scope="session")
def postfix(internet, daemon, tagger):
    """A Postfix that asks the daemons above, each at a port of its own.

    What passes the tagging one is held, so that its headers can be read.
    """
    smtpds = [
        Smtpd(ports.DEFAULT, daemon.milter),
        Smtpd(ports.TAGGING, tagger.milter, HOLD),
        Smtpd(ports.OWN, f"inet:127.0.0.1:{ports.OWN_MILTER}"),
        Smtpd(ports.OWN_BY_UNIX, f"unix:{UNIX_MILTER}"),
    ]
    with Postfix(
        folder() / "postfix",
        smtpds,
        non_smtpd_milter=daemon.milter,
        smtp_tls_CAfile=internet.pki.ca_file,
    ) as server:
        yield server


@pytest.fixture(scope="session")
def command(internet):
    """mta-sts with a configuration of its own, and no daemon behind it."""
    own = Configuration(folder() / "command", internet.pki, "inet:1@127.0.0.1")
    return Command(own.path)


_numbers = itertools.count()


@pytest.fixture
def start_daemon(internet):
    """A function that starts a daemon for one test, with options of its own."""
    running = []

    def start(milter=None, **options):
        number = next(_numbers)
        milter = milter or ports.OTHER_MILTERS + number
        own = Daemon(folder() / f"own{number}", internet.pki, milter, **options)
        running.append(own)
        own.start()
        return own

    yield start
    for own in running:
        own.stop()


@pytest.fixture
def unix_milter():
    """Where the daemon of OWN_BY_UNIX has its socket: Postfix is in its group."""
    UNIX_MILTER.parent.mkdir(mode=0o750)
    shutil.chown(UNIX_MILTER.parent, USER, USER)
    return UNIX_MILTER


@pytest.fixture
def fresh(internet, request):
    """A function that publishes a domain that no other test knows."""
    numbers = itertools.count(1)
    label = "".join(c if c.isalnum() else "-" for c in request.node.name.lower())

    def publish(**row):
        name = f"d{next(numbers)}-{label[:50].strip('-')}.test"
        internet.publish(world.Domain(name, "", **row))
        return name

    return publish
