"""What systemd is told, and what it waits for: sd_notify(3)."""

import os
import signal
import socket
import subprocess

import pytest

from internet import threads
from internet.internet import folder
from internet.milterclient import message
from internet.waiting import wait_for

EXPIRED = "mx-expired.test"


class Manager:
    """The service manager's end: a datagram socket, and what came to it."""

    def __init__(self, path):
        self.path = path
        self.told = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        path.chmod(0o777)

    def close(self):
        self._socket.close()

    def next(self, seconds=30):
        """The next message, as a dictionary; None where none comes in time."""
        self._socket.settimeout(seconds)
        try:
            text = self._socket.recv(4096).decode()
        except TimeoutError:
            return None
        self.told.append(dict(line.split("=", 1) for line in text.splitlines()))
        return self.told[-1]

    def wait(self, key):
        """The next message that has this key, whatever else comes before."""
        while True:
            told = self.next()
            assert told is not None, f"waited in vain for {key}"
            if key in told:
                return told


def speaks(daemon):
    """Whether it was built with libsystemd."""
    argv = ["ldd", daemon.process.argv[0]]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return "libsystemd" in done.stdout


@pytest.fixture
def start_managed(start_daemon, request):
    """A function that starts a daemon with a service manager: both."""
    managers = []

    def start(options=None, **environment):
        own = start_daemon(**(options or {}))
        if not speaks(own):
            pytest.skip("built without libsystemd")
        own.stop()
        manager = Manager(folder() / f"notify-{request.node.name}")
        managers.append(manager)
        own.process.env = {
            **own.process.env,
            "NOTIFY_SOCKET": str(manager.path),
            **environment,
        }
        return own, manager

    yield start
    for manager in managers:
        manager.close()


def told(daemon, domain):
    outcome = message(daemon.address, [f"user@{domain}"])
    return outcome.recipients[f"user@{domain}"].code


def test_ready_means_ready(start_managed):
    """Once it says so, whoever connects is served: nobody waits on a guess."""
    own, manager = start_managed()
    own.process.start(lambda: manager.wait("READY"))
    assert own.command.run("status").returncode == 0
    assert told(own, EXPIRED) == 451
    assert manager.told[-1]["READY"] == "1"
    assert manager.told[-1]["STATUS"]


def test_a_daemon_that_cannot_start_is_never_ready(start_managed):
    own, manager = start_managed()
    own.configuration.write(user="no-such-user-here")
    with pytest.raises(RuntimeError, match="67"):
        own.process.start(lambda: False)
    assert manager.next(seconds=0.1) is None


def test_a_reload_is_announced(start_managed):
    own, manager = start_managed()
    own.process.start(lambda: manager.wait("READY"))

    def announced(reload):
        reload()
        reloading = manager.wait("RELOADING")
        assert int(reloading["MONOTONIC_USEC"]) > 0
        assert "READY" not in reloading
        return manager.wait("READY")["STATUS"]

    by_command = announced(lambda: own.reload(on_fail="tag"))
    by_signal = announced(lambda: own.process.send(signal.SIGUSR1))
    assert by_command == by_signal
    own.configuration.write(on_fail="bounce")
    assert "failed" in announced(lambda: own.process.send(signal.SIGUSR1))
    assert told(own, EXPIRED) == 250


def test_the_end_is_announced(start_managed):
    own, manager = start_managed()
    own.process.start(lambda: manager.wait("READY"))
    assert own.stop() == 0
    assert manager.wait("STOPPING")["STOPPING"] == "1"


# --- the watchdog ---

EVERY_MS = 50  # a sign of life; the manager would wait for three times that
MANY = 100  # signs of life; that many take seconds


def test_signs_of_life(start_managed):
    own, manager = start_managed(WATCHDOG_USEC=str(3 * EVERY_MS * 1000))
    own.process.start(lambda: manager.wait("READY"))
    for _ in range(5):
        manager.wait("WATCHDOG")


def test_no_watchdog_no_signs(start_managed):
    own, manager = start_managed()
    own.process.start(lambda: manager.wait("READY"))
    own.reload()
    own.stop()
    while manager.next(seconds=0.1):
        pass
    assert not [each for each in manager.told if "WATCHDOG" in each]


def test_the_watchdog_of_another_process(start_managed):
    """WATCHDOG_PID says whom the manager means."""
    pid = str(os.getpid())
    own, manager = start_managed(WATCHDOG_USEC="150000", WATCHDOG_PID=pid)
    own.process.start(lambda: manager.wait("READY"))
    assert manager.next(seconds=0.5) is None


@pytest.mark.parametrize("name", ["engine", "milter"])
def test_a_loop_that_hangs_is_dead(start_managed, name):
    """Nothing but one thread is held: the sign of life is its own, too."""
    usec = str(3 * EVERY_MS * 1000)
    own, manager = start_managed({"milter_server": "loop"}, WATCHDOG_USEC=usec)
    own.process.start(lambda: manager.wait("READY"))
    found = wait_for(lambda: threads.in_event_loop(own.process.pid, name), name)
    with threads.held(found[0]):
        assert own.process.running()
        signs = 0
        while signs < MANY and manager.next(seconds=20 * EVERY_MS / 1000):
            signs += 1
        assert signs < MANY, "but for those that were on their way"
    manager.wait("WATCHDOG")
    assert own.stop() == 0


# --- the log ---


def test_the_journal_gets_levels(start_daemon):
    """Where standard error is the journal's, the log goes to it by syslog."""
    own = start_daemon()
    own.stop()
    errors = own.configuration.folder / "journal"
    errors.touch()
    where = errors.stat()
    own.process.log = errors
    own.process.env = {
        **own.process.env,
        "JOURNAL_STREAM": f"{where.st_dev}:{where.st_ino}",
    }
    own.start()
    told(own, EXPIRED)
    mark = f"mta-sts-milter[{own.process.pid}]: "
    syslog = folder() / "syslog"

    def line():
        lines = syslog.read_text().splitlines()
        ours = [each for each in lines if mark in each and "verdict" in each]
        return ours[0] if ours else ""

    assert wait_for(line, "the line").startswith("<22>"), "mail.info"
    assert errors.read_text() == ""


def test_another_standard_error_is_no_journal(start_daemon):
    own = start_daemon()
    own.stop()
    own.process.env = {**own.process.env, "JOURNAL_STREAM": "1:2"}
    own.start()
    assert own.log().count(" started ") == 2
