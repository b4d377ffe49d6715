"""What the tests share: one small Internet, and the servers at its edge.

To be run as
    tests/internet/private-network /usr/bin/python3 -m pytest tests/e2e
"""

import functools
import itertools
import shutil
import sys
from pathlib import Path

import ports
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

# pylint: disable=wrong-import-position
from internet import samples, world
from internet.browser import Browser
from internet.daemon import USER, Command, Configuration, Daemon
from internet.internet import Internet, folder
from internet.postfix import Postfix, Smtpd
from internet.sanitizers import Findings
from internet.sendmail import Sendmail, Service

RUN = Path("/run/mta-sts-milter")  # where the sample has its socket
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
def system_roots(internet):
    """What the samples have mail servers trust: here that is ours alone."""
    shutil.copy(internet.pki.ca_file, samples.CA_FILE)


@pytest.fixture(scope="session")
def relay(internet):
    """A Postfix without a milter."""
    own = {"smtp_tls_CAfile": internet.pki.ca_file}
    with Postfix(folder() / "relay", [Smtpd(ports.RELAY)], **own) as server:
        yield server


@pytest.fixture(scope="session")
def daemon(internet):
    """The daemon with the default configuration."""
    with Daemon(
        folder() / "default",
        internet.pki,
        ports.DEFAULT_MILTER,
        socketmap_socket=f"inet:{ports.DEFAULT_MAP}@127.0.0.1",
    ) as running:
        yield running


@pytest.fixture(scope="session")
def tagger(internet):
    """A daemon that lets everything pass, and tells all in the header."""
    with Daemon(
        folder() / "tagger", internet.pki, ports.TAGGING_MILTER, header="all", **TAG
    ) as running:
        yield running


@pytest.fixture(scope="session")
def postfix(system_roots, daemon, tagger):
    """A Postfix that asks the daemons above, each at a port of its own.

    What passes the tagging one is held, so that its headers can be read.
    """
    smtpds = [
        Smtpd(ports.DEFAULT),
        Smtpd(ports.TAGGING, tagger.milter, HOLD),
        Smtpd(ports.OWN, f"inet:127.0.0.1:{ports.OWN_MILTER}"),
        Smtpd(ports.OTHERWISE, options=samples.postfix_over_unix()),
        Smtpd(ports.PLAIN_HOLDING, "", HOLD),
    ]
    sample = samples.postfix(ports.DEFAULT_MAP)
    with Postfix(folder() / "postfix", smtpds, **sample) as server:
        yield server


# --- the same with Sendmail, by unix sockets ---


@pytest.fixture(scope="session")
def run_folder():
    """Where the sample has the socket, made as systemd makes it."""
    RUN.mkdir(mode=0o755)
    shutil.chown(RUN, USER, USER)
    return RUN


@pytest.fixture(scope="session")
def sendmail_daemon(internet, run_folder):
    with Daemon(
        folder() / "default-of-sendmail",
        internet.pki,
        run_folder / "milter",
        socketmap_socket=f"inet:{ports.SENDMAIL_MAP}@127.0.0.1",
    ) as running:
        yield running


@pytest.fixture(scope="session")
def sendmail_tagger(internet, run_folder):
    place = folder() / "tagger-of-sendmail"
    with Daemon(
        place, internet.pki, run_folder / "tagger", header="all", **TAG
    ) as running:
        yield running


@pytest.fixture(scope="session")
def sendmail(system_roots, sendmail_daemon, sendmail_tagger):
    """A Sendmail with the services of the Postfix above."""
    otherwise = f"inet:{ports.OTHERWISE_MILTER}@127.0.0.1"
    services = [
        Service(ports.DEFAULT),
        Service(ports.TAGGING, samples.sendmail_filter(sendmail_tagger.milter), True),
        Service(ports.OWN, samples.sendmail_filter(f"unix:{RUN / 'own'}")),
        Service(ports.OTHERWISE, samples.sendmail_filter(otherwise)),
    ]
    with Sendmail(
        folder() / "sendmail",
        services,
        submission_port=ports.DEFAULT,
        socketmap_port=ports.SENDMAIL_MAP,
    ) as server:
        yield server


# --- either ---


@pytest.fixture(scope="module", params=["postfix", "sendmail"])
def mta(request):
    """A mail server: each test is of the one and of the other."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def mta_daemon(mta, request):
    """The daemon that its port DEFAULT asks."""
    name = "daemon" if mta.name == "postfix" else "sendmail_daemon"
    return request.getfixturevalue(name)


@pytest.fixture(scope="module")
def mta_tagger(mta, request):
    """The daemon that its port TAGGING asks."""
    name = "tagger" if mta.name == "postfix" else "sendmail_tagger"
    return request.getfixturevalue(name)


@pytest.fixture
def start_own(mta, start_daemon):
    """A function that starts the daemon that its port OWN asks."""
    milter = ports.OWN_MILTER if mta.name == "postfix" else RUN / "own"
    return functools.partial(start_daemon, milter)


@pytest.fixture
def start_otherwise(mta, start_daemon):
    """A function that starts the daemon that its port OTHERWISE asks."""
    milter = ports.OTHERWISE_MILTER
    if mta.name == "postfix":
        milter = mta.queue / "mta-sts-milter" / "milter"
        milter.parent.mkdir()  # as the sample tells an admin
        shutil.chown(milter.parent, USER, "postfix")
        milter.parent.chmod(0o2750)
    return functools.partial(start_daemon, milter)


# --- what a test has for itself ---


@pytest.fixture(scope="session")
def command(internet):
    """mta-sts with a configuration of its own, and no daemon behind it."""
    own = Configuration(folder() / "command", internet.pki, "inet:1@127.0.0.1")
    return Command(own.path)


@pytest.fixture(scope="session")
def browser():
    with Browser(folder() / "browser") as running:
        yield running


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
    """A place for a daemon's socket."""
    place = folder() / f"unix{next(_numbers)}"
    place.mkdir(mode=0o750)
    shutil.chown(place, USER, USER)
    return place / "milter"


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
