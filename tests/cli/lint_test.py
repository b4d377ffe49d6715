#!/usr/bin/env python3
"""mta-sts lint: offline checks, in text and in JSON."""

import os
import unittest

from cli import GOOD, Case, run

BAD = "version: STSv1\nmode: enforc\nmx: 192.0.2.1\nmax_age: 1w\n"
KEYS = ["valid", "mode", "mx", "max_age", "errors", "warnings"]


class Policy(Case):
    def test_valid(self):
        path = self.write("policy", GOOD)
        done = run("lint", path)
        self.check(done, 0, out=f"{path}: valid: mode enforce, max_age 604800 (7 days)", errors="")

    def test_valid_json(self):
        path = self.write("policy", GOOD)
        for arguments in ["lint", "--json", path], ["lint", path, "--json"], ["--json", "lint", path]:
            data = self.json(run(*arguments), 0)
            self.assertEqual(
                data,
                {
                    "valid": True,
                    "mode": "enforce",
                    "mx": ["a.example", "*.b.example"],
                    "max_age": 604800,
                    "errors": [],
                    "warnings": [],
                },
            )

    def test_every_error_has_its_line(self):
        path = self.write("policy", BAD)
        done = run("lint", path)
        self.check(done, 1, errors="")
        for line in 2, 3, 4:
            self.assertIn(f"{path}:{line}: error: ", done.stdout.decode())
        self.assertIn("not valid: 3 errors", done.stdout.decode())

    def test_errors_json(self):
        data = self.json(run("lint", "--json", self.write("policy", BAD)), 1)
        self.assertEqual(list(data), KEYS)
        self.assertIs(data["valid"], False)
        self.assertEqual((data["mode"], data["mx"], data["max_age"]), (None, [], None))
        self.assertEqual([error["line"] for error in data["errors"]], [2, 3, 4])
        self.assertTrue(all(error["message"] for error in data["errors"]))

    def test_warnings_leave_it_valid(self):
        text = GOOD.replace("604800", "99999999")
        path = self.write("policy", text)
        self.check(run("lint", path), 0, out=f"{path}:5: warning: ")
        data = self.json(run("lint", path, "--json"), 0)
        self.assertEqual(data["max_age"], 31557600)
        self.assertEqual([warning["line"] for warning in data["warnings"]], [5])

    def test_standard_input(self):
        self.check(run("lint", "-", stdin=GOOD), 0, out="standard input: valid")
        self.check(run("lint", "-", stdin=BAD), 1, out="standard input:2: error: ")
        self.assertTrue(self.json(run("lint", "--json", "-", stdin=GOOD), 0)["valid"])

    def test_nothing_at_all(self):
        data = self.json(run("lint", "--json", "-", stdin=""), 1)
        self.assertTrue(data["errors"])

    def test_hostile_bytes(self):
        for text in b"\0" * 100, b"\x1b[31m: \xff\n" * 50, os.urandom(2000), b"\n" * 5000:
            done = run("lint", "-", stdin=text)
            self.check(done, 1)
            self.json(run("lint", "--json", "-", stdin=text), 1)

    def test_size(self):
        filler = "x: " + "y" * 76 + "\n"  # 80 bytes
        fits = GOOD + filler * ((65536 - len(GOOD)) // 80)
        self.assertTrue(self.json(run("lint", "--json", "-", stdin=fits), 0)["valid"])
        data = self.json(run("lint", "--json", "-", stdin=fits + filler), 1)
        self.assertEqual(len(data["errors"]), 1)
        # What is far too long is not read to its end.
        self.check(run("lint", "/dev/zero"), 1)

    def test_unreadable(self):
        for path in str(self.folder / "none"), str(self.folder):
            done = run("lint", path)
            self.check(done, 66, errors=path)
            self.assertEqual(done.stdout, b"")
            data = self.json(run("lint", "--json", path), 66)
            self.assertEqual(list(data), KEYS)
            self.assertIn("cannot be read", data["errors"][0]["message"])


class Mx(Case):
    ROWS = [
        ("a.example", True),
        ("A.Example.", True),
        ("x.b.example", True),
        ("b.example", False),
        ("y.x.b.example", False),
        ("notb.example", False),
    ]

    def test_match(self):
        path = self.write("policy", GOOD)
        for host, match in self.ROWS:
            with self.subTest(host):
                status = 0 if match else 1
                word = "matches mx:" if match else "does not match"
                self.check(run("lint", "--mx", host, path), status, out=word)
                data = self.json(run("lint", "--mx", host, path, "--json"), status)
                self.assertIs(data["mx_match"], match)
                self.assertIs(data["valid"], True)

    def test_the_line_to_add_is_told(self):
        path = self.write("policy", GOOD)
        self.check(run("lint", "--mx", "new.example", path), 1, out="mx: new.example")

    def test_an_invalid_policy_matches_nothing(self):
        data = self.json(run("lint", "--json", "--mx", "a.example", "-", stdin=BAD), 1)
        self.assertIs(data["mx_match"], False)
        self.assertIs(data["valid"], False)


class Txt(Case):
    # The records of one name; whether they are valid, and the id.
    ROWS = [
        (["v=STSv1; id=20260101"], "20260101"),
        (["v=STSv1; id=20260101;"], "20260101"),
        (["v=spf1 -all", "v=STSv1; id=1;"], "1"),
        (["v=STSv1; id=1;", "v=STSv1; id=2;"], None),
        (["v=STSv1;"], None),
        (["v=STSv1; id=;"], None),
        (["v=STSv1; id=a-b;"], None),
        (["v=stsv1; id=1;"], None),
        ([" v=STSv1; id=1;"], None),
        (["v=spf1 -all"], None),
        ([""], None),
        (['"v=STSv1; id=1;"'], None),
        (["v=STSv1; id=\x1b[31m"], None),
    ]

    def test_rows(self):
        for records, policy_id in self.ROWS:
            options = [part for record in records for part in ("--txt", record)]
            status = 1 if policy_id is None else 0
            with self.subTest(records):
                word = "not valid" if policy_id is None else f"valid: id {policy_id}"
                self.check(run("lint", *options), status, out=word, errors="")
                data = self.json(run("lint", *options, "--json"), status)
                self.assertIs(data["valid"], policy_id is not None)
                self.assertEqual(data["id"], policy_id)
                self.assertEqual(bool(data["errors"]), policy_id is None)

    def test_the_contract(self):
        data = self.json(run("lint", "--json", "--txt", "v=STSv1; id=20260101"), 0)
        self.assertEqual(
            data, {"valid": True, "id": "20260101", "errors": [], "warnings": []}
        )

    def test_operands_are_records_too(self):
        done = run("lint", "--txt", "v=STSv1; id=1;", "v=STSv1; id=2;", "--json")
        self.assertIs(self.json(done, 1)["valid"], False)

    def test_each_record_is_judged(self):
        done = run("lint", "--txt", "v=STSv1; id=1;", "--txt", "v=spf1", "--txt", "v=stsv1; id=2")
        self.check(done, 0, out="record 2: warning: ")
        self.assertIn("record 3: warning: ", done.stdout.decode())


if __name__ == "__main__":
    unittest.main()
