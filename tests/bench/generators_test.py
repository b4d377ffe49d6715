#!/usr/bin/env python3
"""Each program of the benchmark does what it says; how fast is not asked."""

import os
import shutil
import tempfile
import unittest
from pathlib import Path

import programs


class Generators(unittest.TestCase):
    """A server that does nothing, and the load that is put on it."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mta-sts-bench."))
        self.addCleanup(shutil.rmtree, self.folder)
        self.socket = self.folder / "socket"

    def serve(self, name, *arguments):
        server = programs.Server(self.folder / "log", name, *arguments)
        self.addCleanup(server.stop)
        server.start(self.socket.exists)

    def check(self, result, **expected):
        for name, value in expected.items():
            self.assertEqual(result[name], value, f"{name} of {result}")

    def milter(self, *arguments):
        self.serve("noopmilter", f"unix:{self.socket}")
        name = f"unix:{self.socket}"
        return programs.measure("milterload", "-s", name, *arguments, "x.test")

    def socketmap(self, *arguments):
        self.serve("noopmap", f"unix:{self.socket}")
        name = f"unix:{self.socket}"
        return programs.measure("mapload", "-s", name, *arguments, "x.test")

    def test_messages_in_sessions(self):
        result = self.milter("-c", 3, "-m", 20, "-r", 5)
        self.check(result, messages=20, message_n=20, rcpt_n=100, start_n=3)
        self.check(result, refused=0)

    def test_messages_with_a_session_each(self):
        result = self.milter("-c", 3, "-m", 20, "-f")
        self.check(result, messages=20, rcpt_n=20, start_n=20)

    def test_messages_at_a_rate(self):
        result = self.milter("-c", 3, "-m", 20, "-R", 1000)
        self.check(result, messages=20, rcpt_n=20)

    def test_sessions_that_wait(self):
        """This milter answers these too: one that waits is asked no more."""
        result = self.milter("-c", 2, "-m", 20, "-w", 5)
        self.check(result, messages=20, rcpt_n=20, start_n=7, refused=0)

    def test_requests_one_by_one(self):
        result = self.socketmap("-c", 3, "-m", 50)
        self.check(result, requests=50, ok=50, reply_n=50)

    def test_requests_pipelined(self):
        result = self.socketmap("-c", 3, "-p", 16, "-m", 500)
        self.check(result, requests=500, ok=500, reply_n=500)


if __name__ == "__main__":
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    unittest.main()
