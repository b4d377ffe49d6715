"""mta-sts-milter and mta-sts as the tests run them.

The environment is hostile on purpose: a proxy that is not there, which both
have to ignore. Deadlines are short; all else is the default unless a test says
otherwise.
"""

import dataclasses
import json
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from .process import Process
from .waiting import wait_for

REPOSITORY = Path(__file__).resolve().parents[2]
USER = "mta-sts-milter"
SERVER = os.environ.get("MTA_STS_MILTER_SERVER", "loop")  # what speaks with MTAs
PROXY = "http://192.0.2.1:3128"
HOSTILE = {
    name: PROXY
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
}
NETWORKS = ("198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24", "198.18.0.0/16")
NETWORKS += ("2001:db8::/64",)


def program(name, variable):
    """The path of a program: from the environment, or a build in the tree."""
    candidates = [REPOSITORY, REPOSITORY / "build", REPOSITORY / "build-quickstart"]
    paths = [os.environ.get(variable), *[folder / name for folder in candidates]]
    for path in paths:
        if path and Path(path).is_file():
            return str(path)
    raise RuntimeError(f"no {name}: build it, or name it in {variable}")


def option(value):
    """A value as the configuration file spells it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "{" + ", ".join(option(each) for each in value) + "}"
    return str(value) if isinstance(value, int) else f'"{value}"'


@dataclasses.dataclass
class Answer:
    """What `mta-sts --json` said."""

    status: int
    data: dict
    errors: str


class Command:
    """mta-sts with one configuration file."""

    def __init__(self, configuration):
        self.argv = [program("mta-sts", "MTA_STS"), "-c", configuration]

    def run(self, *arguments, timeout=60):
        return subprocess.run(
            [*self.argv, *arguments],
            capture_output=True,
            text=True,
            timeout=timeout,
            env={**os.environ, **HOSTILE},
            check=False,
        )

    def json(self, *arguments):
        done = self.run(*arguments, "--json")
        try:
            data = json.loads(done.stdout) if done.stdout else None
        except ValueError:
            raise AssertionError(f"not JSON: {done.stdout}{done.stderr}") from None
        return Answer(done.returncode, data, done.stderr)


class Configuration:
    """A folder with mta-sts-milter.conf and all that it names."""

    def __init__(self, folder, pki, milter, **options):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        shutil.chown(self.folder, USER, USER)
        self.path = self.folder / "mta-sts-milter.conf"
        self.control = self.folder / "control"
        self.store = self.folder / "cache.db"
        self.audit = self.folder / "audit.json"
        self.exceptions = {}
        self.options = {
            "milter_socket": milter,
            "milter_server": SERVER,
            "socketmap_socket": "",
            "control_socket": f"unix:{self.control}",
            "store": self.store,
            "audit_file": self.audit,
            "ca_file": pki.ca_file,
            "allow_networks": NETWORKS,
            "user": USER,
            "fetch_timeout": 3,
            "probe_timeout": 3,
            "dns_timeout": 2,
        }
        self.write(**options)

    def write(self, exceptions=None, **options):
        """Changes options and writes the file; exceptions are by domain."""
        self.options.update(options)
        self.exceptions.update(exceptions or {})
        lines = [f"{name} = {option(value)}" for name, value in self.options.items()]
        for domain, words in self.exceptions.items():
            inner = " ".join(f"{name}={option(value)}" for name, value in words.items())
            lines.append(f'domain "{domain}" {{ {inner} }}')
        # Whole or not at all: a program may be reading it just now.
        new = self.path.with_suffix(".new")
        new.write_text("\n".join(lines) + "\n")
        new.replace(self.path)


class Daemon:
    """One mta-sts-milter.

    MILTER is a port of 127.0.0.1, or the path of a unix socket. What Postfix
    calls it is in .milter, what milterclient.Client takes is in .address.
    """

    def __init__(self, folder, pki, milter, **options):
        if isinstance(milter, int):
            self.address = ("127.0.0.1", milter)
            self.milter = f"inet:127.0.0.1:{milter}"
            ours = f"inet:{milter}@127.0.0.1"
        else:
            self.address = str(milter)
            self.milter = ours = f"unix:{milter}"
        self.configuration = Configuration(folder, pki, ours, **options)
        self.command = Command(self.configuration.path)
        self.process = Process(
            [
                program("mta-sts-milter", "MTA_STS_MILTER"),
                "-f",
                "-c",
                self.configuration.path,
            ],
            self.configuration.folder / "stderr",
            env=HOSTILE,
        )

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    # --- life ---

    def start(self):
        self.process.start(self._answers)

    def stop(self):
        """The end that an admin asks for; its exit status is 0 if all is well."""
        return self.process.stop()

    def kill(self):
        """The end without a warning."""
        self.process.stop(signal.SIGKILL)

    def restart(self):
        self.stop()
        self.start()

    def reload(self, exceptions=None, **options):
        """Changes the configuration of the running daemon."""
        self.configuration.write(exceptions, **options)
        answer = self.command.json("reload")
        assert answer.status == 0, answer

    # --- what it says ---

    def decisions(self, **expected):
        """The audit file's lines that have all these values."""
        path = self.configuration.audit
        lines = path.read_text().splitlines() if path.exists() else []
        return [
            decision
            for decision in map(json.loads, lines)
            if all(decision.get(key) == value for key, value in expected.items())
        ]

    def wait_decision(self, **expected):
        """The last decision that has all these values, once there is one."""
        what = f"a decision {expected}"
        return wait_for(lambda: self.decisions(**expected), what)[-1]

    def log(self):
        """What it wrote to stderr, where it logs when in the foreground."""
        return self.process.text()

    # --- inside ---

    def _answers(self):
        """It listens before it becomes its user, and answers only after."""
        family = socket.AF_UNIX if isinstance(self.address, str) else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as peer:
            listens = peer.connect_ex(self.address) == 0
        return listens and self.command.run("status").returncode == 0
