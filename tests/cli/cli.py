"""What the tests of the command share: running it, and a control socket that
answers from a script."""

import json
import os
import pty
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

MTA_STS = os.environ.get("MTA_STS", "./mta-sts")
DAEMON = os.environ.get("MTA_STS_MILTER", "./mta-sts-milter")
PATIENCE = 60  # seconds, past which a test fails instead of hanging

GOOD = "version: STSv1\nmode: enforce\nmx: a.example\nmx: *.b.example\nmax_age: 604800\n"


def run(*arguments, stdin="", env=None):
    """mta-sts as a person runs it."""
    return subprocess.run(
        [MTA_STS, *arguments],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, **(env or {})},
    )


def run_on_terminal(*arguments, env=None):
    """What comes to a terminal."""
    try:
        ours, theirs = pty.openpty()
    except OSError as error:  # a chroot without /dev/pts
        raise unittest.SkipTest(f"no terminal to be had: {error}") from error
    with subprocess.Popen(
        [MTA_STS, *arguments],
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", **(env or {})},
    ) as child:
        os.close(theirs)
        data = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:
                break
            if not piece:
                break
            data += piece
        child.wait(PATIENCE)
    os.close(ours)
    return data


class Case(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mta-sts-cli."))
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def configuration(self, dns_port=1, **options):
        """A configuration whose control socket is in the folder."""
        own = {
            "control_socket": f"unix:{self.folder}/control",
            "milter_socket": f"unix:{self.folder}/milter",
            "socketmap_socket": "",
            "store": "",
            **options,
        }
        lines = [f'{key} = "{value}"\n' for key, value in own.items()]
        # Nobody answers DNS there: no test leaves this machine.
        lines += [f'dns_servers = {{"127.0.0.1:{dns_port}"}}\n', "dns_timeout = 1\n"]
        return self.write("mta-sts-milter.conf", "".join(lines))

    def check(self, done, status, *, out=None, errors=None):
        """The exit status, and what stands in the output and the errors."""
        told = f"{done.stdout.decode()}\n{done.stderr.decode()}"
        self.assertEqual(done.returncode, status, told)
        if out is not None:
            self.assertIn(out, done.stdout.decode())
        if errors is not None:
            self.assertIn(errors, done.stderr.decode())
        if errors == "":
            self.assertEqual(done.stderr, b"")
        self.assert_printable(done.stdout + done.stderr)

    def json(self, done, status):
        self.check(done, status)
        return json.loads(done.stdout)

    def assert_printable(self, data):
        odd = [byte for byte in data if not 32 <= byte < 127 and byte != 10]
        self.assertEqual(odd, [])


class FakeDaemon:
    """A control socket: each request gets the lines that `replies` has for it."""

    def __init__(self, path, replies):
        self.requests = []
        self._replies = replies
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(PATIENCE)

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, client.makefile("rwb") as stream:
                line = stream.readline()
                if not line:
                    continue  # only looked whether anybody is here
                request = json.loads(line)
                self.requests.append(request)
                try:
                    for line in self._replies.get(request["command"], []):
                        text = line if isinstance(line, bytes) else json.dumps(line).encode()
                        stream.write(text + b"\n")
                    stream.flush()
                except OSError:
                    pass


def wait_for(condition):
    """Until the condition holds; what it says."""
    done = threading.Event()
    for _ in range(PATIENCE * 20):
        value = condition()
        if value:
            return value
        done.wait(0.05)
    raise AssertionError("waited in vain")
