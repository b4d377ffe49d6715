#!/usr/bin/env python3
"""Options, help and exit statuses of mta-sts."""

import socket
import subprocess
import unittest

from cli import GOOD, MTA_STS, PATIENCE, Case, run, run_on_terminal

COMMANDS = ["query", "check", "generate", "lint", "status", "reload", "cache"]


class Usage(Case):
    def test_wrong_usage(self):
        policy = self.write("policy", GOOD)
        for arguments in [
            [],
            ["no-such-command"],
            ["--no-such-option"],
            ["-c"],
            ["-Z"],
            ["--color=blue", "status"],
            ["query"],
            ["query", "a.example", "b.example"],
            ["query", "--txt", "x", "a.example"],
            ["query", "192.0.2.1"],
            ["query", "[192.0.2.1]"],
            ["query", "a..example"],
            ["query", "a b"],
            ["check", "--mx", "mx.example", "a.example"],
            ["check", ""],
            ["lint"],
            ["lint", policy, policy],
            ["lint", "--mx", "mx.example"],
            ["lint", "--mx", "not a host", policy],
            ["lint", "--mx", "mx.example", "--txt", "v=STSv1; id=1;"],
            ["lint", "--txt"],
            ["lint", "--cached", policy],
            ["lint", "-x", policy],
            ["status", "a.example"],
            ["reload", "a.example"],
            ["cache"],
            ["cache", "no-such-verb"],
            ["cache", "list", "a.example"],
            ["cache", "show"],
            ["cache", "refresh"],
            ["cache", "show", "a.example", "b.example"],
            ["cache", "flush", "not a domain"],
        ]:
            with self.subTest(arguments):
                done = run(*arguments)
                self.check(done, 64, errors="mta-sts")
                self.assertEqual(done.stdout, b"")
                self.assertIn(b"usage: mta-sts", done.stderr)

    def test_the_fault_is_named(self):
        self.check(run("query", "--bogus", "a.example"), 64, errors="--bogus")
        self.check(run("query", "-Z", "a.example"), 64, errors="-Z")
        self.check(run("bogus"), 64, errors="bogus")
        self.check(run("query", "a\033[31m"), 64, errors="\\x1b[31m")

    def test_help(self):
        done = run("--help")
        self.check(done, 0, out="usage: mta-sts", errors="")
        for command in COMMANDS:
            self.assertIn(f"\n  {command} ", done.stdout.decode())
        for command in COMMANDS:
            with self.subTest(command):
                self.check(run(command, "--help"), 0, errors="")
                self.check(run(command, "-h"), 0, out=f"usage: mta-sts [-c FILE] {command}")

    def test_version(self):
        for option in "-V", "--version":
            self.check(run(option), 0, out="mta-sts ", errors="")

    def test_a_full_disk_is_told(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [MTA_STS, "--help"],
                stdout=full,
                stderr=subprocess.PIPE,
                timeout=PATIENCE,
                check=False,
            )
        self.assertEqual(done.returncode, 74)
        self.assertIn(b"No space left", done.stderr)


class Configuration(Case):
    def test_faults(self):
        bad = self.write("bad.conf", 'on_fail = "explode"\nno_such_key = 1\n')
        for command in ["query", "a.example"], ["check", "a.example"], ["status"]:
            with self.subTest(command):
                self.check(run("-c", bad, *command), 78, errors=f"{bad}:1:")
                self.check(run("-c", bad, *command), 78, errors=f"{bad}:2:")

    def test_none_there(self):
        done = run("-c", str(self.folder / "none"), "query", "a.example", "--json")
        self.assertEqual(self.json(done, 78)["error"], "configuration")
        self.assertIn(b"No such file", done.stderr)

    def test_bad_authorities(self):
        path = self.configuration(ca_file=str(self.folder / "none.pem"))
        self.check(run("-c", path, "query", "a.example"), 78, errors="none.pem")

    def test_lint_needs_none(self):
        policy = self.write("policy", GOOD)
        self.check(run("-c", str(self.folder / "none"), "lint", policy), 0, errors="")


class Color(Case):
    def setUp(self):
        super().setUp()
        self.policy = self.write("policy", GOOD)

    def test_on_a_terminal(self):
        self.assertIn(b"\033[32mvalid", run_on_terminal("lint", self.policy))

    def test_not_elsewhere(self):
        self.assertNotIn(b"\033", run("lint", self.policy).stdout)

    def test_asked_for(self):
        for where in ["--color=always", "lint"], ["lint", "--color", "always"]:
            self.assertIn(b"\033[32m", run(*where, self.policy).stdout)

    def test_not_wanted(self):
        for arguments, env in [
            (["--color=never"], {}),
            ([], {"NO_COLOR": "1"}),
            ([], {"TERM": "dumb"}),
        ]:
            with self.subTest(arguments=arguments, env=env):
                shown = run_on_terminal(*arguments, "lint", self.policy, env=env)
                self.assertNotIn(b"\033", shown)


class Progress(Case):
    def test_a_terminal_shows_it_and_is_left_clean(self):
        with socket.socket(type=socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            path = self.configuration(dns_port=silent.getsockname()[1])
            shown = run_on_terminal("-c", path, "query", "a.example")
        lines = shown.replace(b"\r\033[K", b"\n").split(b"\n")
        waits = [n for n, line in enumerate(lines) if b"looking for the policy" in line]
        self.assertTrue(waits, shown)
        result = [n for n, line in enumerate(lines) if b"STSFetchResult" in line]
        self.assertEqual(len(result), 1, shown)
        self.assertTrue(all(n < result[0] for n in waits))

    def test_nobody_else_sees_it(self):
        path = self.configuration()
        self.check(run("-c", path, "query", "a.example"), 2, errors="")


if __name__ == "__main__":
    unittest.main()
