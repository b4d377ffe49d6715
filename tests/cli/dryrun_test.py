#!/usr/bin/env python3
"""`mta-sts report dry-run`: may it be switched on?"""

import bz2
import gzip
import json
import os
import subprocess
import time
import unittest

import cli

DAY = 86400
EXPIRED = {"result": "fail", "reason": "certificate-expired", "action": "log"}
LATE = {"result": "temperror", "reason": "unreachable", "action": "log"}
UNKNOWN = {**LATE, "reason": "dns-failure", "policy": "none", "mx": None}
HOLD = ["--on-fail", "defer", "--on-unreachable", "quarantine"]


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds))


def line(domain="good.example", age=3600, message="m", **keys):
    """A decision as the daemon writes it."""
    return json.dumps(
        {
            "time": stamp(age),
            "queue_id": None,
            "domain": domain,
            "result": "pass",
            "policy": "enforce",
            "id": "20260101",
            "reason": None,
            "mx": f"mx1.{domain}",
            "action": "accept",
            "stage": "eom",
            "cached": False,
            "ms": 41,
            "mxs": [],
            "exception": None,
            "requiretls": False,
            "relief": None,
            "message": message,
            "outage": False,
            "tls_required_no": False,
            "by_command": False,
            **keys,
        }
    )


def text(*lines):
    return "".join(each + "\n" for each in lines)


class DryRun(cli.Case):
    def setUp(self):
        super().setUp()
        self.audit = self.folder / "audit.jsonl"
        self.conf = self.configuration(
            on_fail="log", on_unreachable="log", audit_file=self.audit
        )

    def ask(self, *arguments, stdin=""):
        return cli.run("-c", self.conf, "report", "dry-run", *arguments, stdin=stdin)

    def answer(self, *arguments, status=0, stdin=""):
        return self.json(self.ask("--json", *arguments, stdin=stdin), status)

    def with_exceptions(self, blocks):
        with open(self.conf, "a", encoding="ascii") as conf:
            conf.write(blocks)

    # --- the answer ---

    def test_yes(self):
        self.audit.write_text(text(line(age=8 * DAY), line(message="n")))
        done = self.ask(*HOLD)
        self.check(done, 0, out="Yes: of 1 message in the last 7 days, none", errors="")
        self.assertEqual(self.answer(*HOLD)["answer"], "yes")

    def test_no_and_what_to_do(self):
        self.audit.write_text(
            text(
                line(message="1"),
                line("bad.example", message="1", **EXPIRED),
                line("bad.example", message="2", age=2 * DAY, **EXPIRED),
                line("late.example", message="3", **LATE),
                line("testing.example", message="4", **{**EXPIRED, "policy": "testing"}),
            )
        )
        done = self.ask(*HOLD)
        self.check(done, 1, out="Not yet: of 4 messages in the last 7 days, 3 (75.00 %)")
        shown = done.stdout.decode()
        self.assertIn("to 2 domains would have been held", shown)
        self.assertIn("2 defer, 1 quarantine", shown)
        self.assertIn("The owner of bad.example: renew it", shown)
        self.assertIn("nc -v -w 10 mx1.late.example 25", shown)
        self.assertIn("log -> defer", shown)
        outcome = self.answer(*HOLD, status=1)
        self.assertEqual(
            [(r["domain"], r["held"], r["would"], r["was"]) for r in outcome["domains"]],
            [
                ("bad.example", 2, {"defer": 2}, {"log": 2}),
                ("late.example", 1, {"quarantine": 1}, {"log": 1}),
                ("testing.example", 0, {"log": 1}, {"log": 1}),
            ],
        )
        self.assertEqual(outcome["held"], 3)
        self.assertIn(
            {"was": "log", "would": "defer", "decisions": 2}, outcome["changes"]
        )

    def test_words_that_hold_nothing(self):
        """As the README tells to begin: then "yes" would mislead."""
        self.audit.write_text(text(line("bad.example", **EXPIRED)))
        done = self.ask()
        self.check(done, 0, out="Nothing is ever held")
        self.assertIn("--on-fail defer", done.stdout.decode())
        self.assertIn("certificate-expired", done.stdout.decode())

    def test_nothing_to_tell_by(self):
        self.audit.write_text(text(line(age=8 * DAY)))
        self.check(self.ask(*HOLD), 3, out="That cannot be told")
        self.assertEqual(self.answer(*HOLD, "--days", "9")["answer"], "yes")

    def test_discovery_that_fails_has_a_word_of_its_own(self):
        self.audit.write_text(text(line("dns.example", **UNKNOWN)))
        self.assertEqual(self.answer(*HOLD)["answer"], "yes")
        outcome = self.answer("--on-temperror", "defer", status=1)
        self.assertEqual(outcome["held"], 1)
        # There is no exception from that.
        self.assertEqual(outcome["exceptions"], "")

    def test_where_it_is_decided(self):
        self.audit.write_text(text(line(), line("bad.example", **EXPIRED)))
        self.assertEqual(self.answer(*HOLD, status=1)["held_along"], 0)
        at_end = self.answer(*HOLD, "--decide-at", "eom", status=1)
        self.assertEqual(at_end["held_along"], 1)

    # --- exceptions ---

    def test_the_block_that_it_prints_helps(self):
        lines = text(
            line("bad.example", message="1", **EXPIRED),
            line("bad.example", message="2", **LATE),
            line("late.example", message="3", **LATE),
        )
        self.audit.write_text(lines)
        blocks = self.answer(*HOLD, status=1)["exceptions"]
        self.assertEqual(blocks.count('domain "'), 2)
        shown = self.ask(*HOLD).stdout.decode()
        for each in blocks.splitlines():
            self.assertIn("    " + each, shown)
        self.with_exceptions(blocks)
        checked = subprocess.run(
            [cli.DAEMON, "-t", "-c", self.conf],
            capture_output=True,
            timeout=cli.PATIENCE,
            check=False,
        )
        self.assertEqual(checked.returncode, 0, checked.stderr)
        outcome = self.answer(*HOLD)
        self.assertEqual(outcome["answer"], "yes")
        names = {row["domain"]: row["exception"]["name"] for row in outcome["domains"]}
        self.assertEqual(names["late.example"], "late.example")

    def test_one_that_has_ended_is_not_repeated(self):
        """A second block for the same name would be an error."""
        self.audit.write_text(text(line("bad.example", **EXPIRED)))
        self.with_exceptions(
            'domain "bad.example" { on_fail = "log" until = "2020-01-01" }\n'
        )
        blocks = self.answer(*HOLD, status=1)["exceptions"]
        self.assertRegex(blocks, r'^# "bad\.example" has a block in line \d+ already')
        self.assertNotIn("{", blocks)

    # --- the files ---

    def test_rotated_files(self):
        self.audit.write_text(text(line("bad.example", message="1", **EXPIRED)))
        yesterday = text(line("bad.example", message="2", age=DAY, **EXPIRED))
        (self.folder / "audit.jsonl-20260101.gz").write_bytes(
            gzip.compress(yesterday.encode())
        )
        (self.folder / "audit.jsonl.1").write_text(yesterday.replace('"2"', '"3"'))
        (self.folder / "audit.jsonl.2.bz2").write_bytes(bz2.compress(b"x"))
        (self.folder / "audit.jsonl.bak").write_text(yesterday.replace('"2"', '"4"'))
        old = self.folder / "audit.jsonl.9"
        old.write_text("not looked at\n")
        os.utime(old, (0, 0))
        outcome = self.answer(*HOLD, status=1)
        self.assertEqual(outcome["messages"], 3)
        self.assertEqual(outcome["files"], 3)
        self.assertEqual(outcome["skipped_files"], 1)
        self.assertEqual(outcome["packed_files"], 1)
        self.check(self.ask(*HOLD), 1, out="1 rotated file is left out")

    def test_files_that_are_named(self):
        one = self.write("one", text(line("bad.example", message="1", **EXPIRED)))
        two = text(line("bad.example", message="2", **EXPIRED))
        outcome = self.answer(*HOLD, one, "-", status=1, stdin=two)
        self.assertEqual(outcome["held"], 2)

    def test_broken_lines(self):
        lines = [line(message="1"), "{broken", line(message="2"), "", "[]"]
        lines += ['{"time":"\x1b[31m"}'] * 10
        path = self.write("audit.log", text(*lines))
        done = self.ask(*HOLD, path)
        self.check(done, 0, out="Of 14 lines, 12 could not be read")
        self.assertIn(f"{path}:2: not JSON, or cut off", done.stdout.decode())
        outcome = self.answer(*HOLD, path)
        self.assertEqual(outcome["broken_lines"], 12)
        self.assertEqual([fault["line"] for fault in outcome["broken"]], [2, 5, 6, 7, 8])

    def test_files_that_cannot_be_read(self):
        good = self.write("good", text(line()))
        cut = self.write("cut.gz", gzip.compress(text(line()).encode() * 99)[:-20])
        for path, why in (
            (str(self.folder / "none"), "No such file"),
            (str(self.folder), "Is a directory"),
            (cut, "cut off"),
        ):
            with self.subTest(why):
                done = self.ask(*HOLD, path, good)
                self.check(done, 66, out=why)
                unread = self.answer(*HOLD, path, good, status=66)["unread"]
                self.assertEqual([each["file"] for each in unread], [path])

    def test_no_audit_file(self):
        self.check(self.ask(*HOLD), 66, out="No such file")
        self.conf = self.configuration()
        self.check(self.ask(*HOLD), 66, errors="audit_file is not set in")

    # --- usage ---

    def test_usage(self):
        for arguments, told in (
            (["--days", "0"], "--days 0: 1 to 3660"),
            (["--days", "7x"], "--days 7x"),
            (["--on-fail", "accept"], "--on-fail accept: tag, defer"),
            (["--on-temperror", "no"], "--on-temperror no"),
            (["--decide-at", "now"], "--decide-at now: auto, rcpt"),
        ):
            with self.subTest(arguments):
                self.check(self.ask(*arguments), 64, errors=told)

    def test_an_audit_file_may_be_hostile(self):
        """Nothing of it reaches a terminal or the block for the configuration."""
        path = self.write(
            "audit.log",
            text(
                line('x" { } store = "/etc/passwd" #', **EXPIRED),
                line("bad.example", **{**EXPIRED, "mx": "\x1b[31m"}),
            ),
        )
        outcome = self.answer(*HOLD, path, status=3)
        self.assertEqual(outcome["broken_lines"], 2)
        self.assertEqual(outcome["exceptions"], "")


if __name__ == "__main__":
    unittest.main()
