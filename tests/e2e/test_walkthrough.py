"""etc/from-none-to-enforce.md: every command of it, in its order, says what
stands below it.

mta-sts, nginx and curl are the real ones. certbot, systemctl and rndc are
stand-ins: what they do to the world here is what they would do there.
"""

import os
import socketserver
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from internet.internet import folder
from internet.webserver import ADDRESS, WebServer, publish_records
from internet.world import Domain, Mx

WALK = Path(__file__).resolve().parents[2] / "etc/from-none-to-enforce.md"
TREE = Path("/var/lib/mta-sts")
DOMAIN = "example.com"
STAND_IN = """#!/usr/bin/python3
import socket, sys
with socket.socket(socket.AF_UNIX) as peer:
    peer.connect("{socket}")
    peer.sendall(" ".join(["{name}", *sys.argv[1:]]).encode())
    peer.shutdown(socket.SHUT_WR)
    sys.exit(int(peer.recv(9)))
"""
NGINX = '#!/bin/sh\nexec /usr/sbin/nginx "$@" -c {conf}\n'
MTA_STS = '#!/bin/sh\nexec {argv} "$@"\n'
MAILDIR = Path("/var/lib/tls-reports/Maildir")
REPORT = """From: a@sender.test
Subject: Report Domain: example.com
MIME-Version: 1.0
Content-Type: application/tlsrpt+json

{"organization-name": "Sender", "date-range": {
 "start-datetime": "2026-01-01T00:00:00Z", "end-datetime": "2026-01-01T23:59:59Z"},
 "contact-info": "a@sender.test", "report-id": "1", "policies": [{
 "policy": {"policy-type": "sts", "policy-domain": "example.com"},
 "summary": {"total-successful-session-count": 7, "total-failure-session-count": 0}}]}
"""


def steps():
    """(command, lines that it is to say) for each command of the text."""
    found = []
    for line in WALK.read_text().splitlines():
        if line.startswith(("    $ ", "    # ")):
            found.append((line[6:], []))
        elif line.startswith("    "):
            found[-1][1].append(line.strip())
    return found


class Machine:
    """The owner's machine: a PATH of its own in front of the system's."""

    def __init__(self, internet, command):
        self.folder = folder() / "walk"
        self.folder.mkdir()
        self._internet = internet
        self.web = WebServer(self.folder / "nginx", TREE, internet.pki)
        self._socket = self.folder / "socket"
        self._server = socketserver.ThreadingUnixStreamServer(
            str(self._socket), self._handler()
        )
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        for name in "certbot", "systemctl", "rndc":
            self._program(name, STAND_IN.format(socket=self._socket, name=name))
        self._program("nginx", NGINX.format(conf=self.web.theirs))
        self._program("mta-sts", MTA_STS.format(argv=" ".join(map(str, command.argv))))

    def run(self, line):
        environment = {
            **os.environ,
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "CURL_CA_BUNDLE": str(self._internet.pki.ca_file),
        }
        return subprocess.run(
            ["sh", "-c", line],
            capture_output=True,
            text=True,
            timeout=60,
            env=environment,
            check=False,
        )

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self.web.stop()

    def _program(self, name, text):
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def _handler(self):
        machine = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                words = self.rfile.read().decode().split()
                try:
                    machine.stand_in(*words)
                except Exception as error:  # pylint: disable=broad-except
                    print(words, error)
                    self.wfile.write(b"1")
                    return
                self.wfile.write(b"0")

        return Handler

    def stand_in(self, name, *arguments):
        if name == "certbot":
            host = arguments[-1]
            assert arguments[:-1] == ("certonly", "--nginx", "-d"), arguments
            self.web.certify(host.removeprefix("mta-sts."))
        elif name == "systemctl":
            assert arguments == ("reload", "nginx"), arguments
            self.web.reload()
        else:
            assert (name, *arguments) == ("rndc", "reload", DOMAIN), arguments
            publish_records(self._internet.dns, TREE)


@pytest.fixture(scope="module")
def machine(internet, command):
    hosts = (Mx("mx1"), Mx("mx2", preference=20))
    for name in (DOMAIN, "a.example", "b.example", "c.example"):
        internet.publish(Domain(name, "", txt=(), https_address="", mx=hosts))
    internet.dns.set(f"mta-sts.{DOMAIN}", "A", ADDRESS)  # as the text says
    Path("/etc/mta-sts-domains").write_text("a.example\nb.example\nc.example\n")
    one = Machine(internet, command)
    for name in "cur", "new", "tmp":
        (MAILDIR / name).mkdir(parents=True)
    (MAILDIR / "new" / "1.sender").write_text(REPORT)
    yield one
    one.stop()


def says(output, expected):
    """Whether those lines, or the beginnings of such, come in that order."""
    lines = iter(output.splitlines())
    return all(any(words in line for line in lines) for words in expected)


def test_every_command_says_what_stands_below_it(machine):
    assert len(steps()) > 20
    for line, expected in steps():
        done = machine.run(line)
        assert says(done.stdout, expected), (line, expected, done)
        assert done.returncode == 0 or expected == ["STSFetchResult.NONE"], (line, done)
