#!/usr/bin/env python3
"""mta-sts and the daemon: over a scripted control socket, and over a real one."""

import grp
import os
import socket
import stat
import subprocess
import unittest

from cli import DAEMON, MTA_STS, PATIENCE, Case, FakeDaemon, run, wait_for

CLIENTS = 16  # at once, STS_CONTROL_CLIENTS
RECORD = {
    "domain": "a.example",
    "id": "1",
    "mode": "enforce",
    "max_age": 86400,
    "fetched": "2026-01-01T00:00:00Z",
    "confirmed": "2026-01-01T00:00:00Z",
    "used": "2026-01-01T00:00:00Z",
    "expires": "2026-01-02T00:00:00Z",
    "in_force": True,
    "failed": None,
    "failed_id": None,
    "failed_reason": None,
}
ANSWER = {
    "domain": "a.example",
    "result": "fail",
    "reason": "certificate-expired",
    "policy": {
        "status": "NOT_CHANGED",
        "source": "cache",
        "id": "1",
        "mode": "enforce",
        "mx": ["mx.a.example"],
        "max_age": 86400,
        "expires": "2026-01-02T00:00:00Z",
        "reason": None,
        "detail": None,
        "txt": "found",
    },
    "mx": [
        {
            "host": "mx.a.example",
            "preference": 10,
            "address": "192.0.2.1",
            "match": True,
            "dane": False,
            "result": "fail",
            "reason": "certificate-expired",
            "detail": "certificate expired on 2026-01-01",
            "tls": "TLSv1.3",
            "cipher": "TLS_AES_256_GCM_SHA384",
            "subject": "CN=mx.a.example",
            "issuer": "CN=Issuer",
            "not_after": "2026-01-01T00:00:00Z",
        }
    ],
    "mx_state": "known",
    "mx_detail": None,
    "complete": True,
}
NOT_FOUND = {"ok": False, "error": "not-found", "message": "nothing is remembered"}
TALKING = [
    ["status"],
    ["reload"],
    ["cache", "list"],
    ["cache", "show", "a.example"],
    ["cache", "refresh", "a.example"],
    ["cache", "flush", "a.example"],
    ["cache", "flush"],
    ["query", "--cached", "a.example"],
    ["check", "--cached", "a.example"],
]


def run_as_nobody(*arguments):
    """mta-sts as somebody who may little; root takes the place of nobody."""
    if os.geteuid() != 0:
        return run(*arguments)
    try:
        return subprocess.run(
            [MTA_STS, *arguments],
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            user=65534,
            group=65534,
            extra_groups=[],
        )
    except PermissionError as error:
        raise unittest.SkipTest("nobody may not run the build") from error


class Fake(Case):
    def fake(self, **replies):
        named = {name.replace("_", "-"): lines for name, lines in replies.items()}
        return FakeDaemon(self.folder / "control", named)

    def command(self, *arguments):
        return run("-c", self.configuration(), *arguments)


class NoDaemon(Fake):
    def test_not_there(self):
        for arguments in TALKING:
            with self.subTest(arguments):
                done = self.command(*arguments)
                self.check(done, 69, errors="is mta-sts-milter running?")
                self.assertIn(b"No such file", done.stderr)
                self.assertEqual(done.stdout, b"")
                data = self.json(self.command(*arguments, "--json"), 69)
                self.assertEqual(data["error"], "no-daemon")

    def test_not_allowed(self):
        path = self.configuration()
        os.chmod(self.folder, 0o711)
        os.chmod(path, 0o644)
        with self.fake():
            os.chmod(self.folder / "control", 0)
            done = run_as_nobody("-c", path, "status")
            group = grp.getgrgid(os.stat(self.folder / "control").st_gid).gr_name
            self.check(done, 69, errors="permission denied")
            self.assertIn(f"members of the group {group}", done.stderr.decode())

    def test_hangs_up(self):
        for line in [], [b"garbage"], [b'{"ok":tr'], [b"[]"], [b"\xff\x00"]:
            with self.subTest(line), self.fake(status=line, cache_list=line):
                self.check(self.command("status"), 69, errors="hung up")
                self.check(self.command("cache", "list"), 69, errors="hung up")
            os.unlink(self.folder / "control")

    def test_refusals(self):
        for word, status in [
            ("not-found", 1),
            ("usage", 64),
            ("busy", 69),
            ("closed", 69),
            ("configuration", 78),
            ("failed", 70),
        ]:
            reply = {"ok": False, "error": word, "message": "a \033[31mreason"}
            with self.subTest(word), self.fake(reload=[reply]):
                self.check(self.command("reload"), status, errors="a \\x1b[31mreason")
                data = self.json(self.command("reload", "--json"), status)
                self.assertEqual(data["error"], word)
            os.unlink(self.folder / "control")


class Cache(Fake):
    def test_list(self):
        other = {**RECORD, "domain": "b\033.example", "mode": None, "in_force": False}
        end = {"ok": True, "records": 2}
        with self.fake(cache_list=[RECORD, other, end]) as daemon:
            done = self.command("cache", "list")
            self.check(done, 0, out="DOMAIN", errors="")
            lines = done.stdout.decode().splitlines()
            self.assertEqual(len(lines), 4)
            self.assertIn("b\\x1b.example", lines[2])
            self.assertEqual(lines[3], "2 domains")
            self.assertEqual(lines[0].index("MODE"), lines[1].index("enforce"))
            self.assertEqual(daemon.requests, [{"command": "cache-list"}])
            self.assertEqual(self.json(self.command("cache", "list", "--json"), 0), [RECORD, other])

    def test_long_list(self):
        records = [{**RECORD, "domain": f"d{n}.example"} for n in range(20000)]
        with self.fake(cache_list=[*records, {"ok": True, "records": len(records)}]):
            data = self.json(self.command("cache", "list", "--json"), 0)
            self.assertEqual(data, records)

    def test_list_cut_short(self):
        with self.fake(cache_list=[RECORD]):
            self.check(self.command("cache", "list"), 69, errors="hung up")
        os.unlink(self.folder / "control")
        failed = {"ok": False, "error": "failed", "message": "the disk"}
        with self.fake(cache_list=[RECORD, failed]):
            self.check(self.command("cache", "list"), 70, errors="the disk")

    def test_show(self):
        entry = {"ok": True, "record": RECORD, "answer": ANSWER}
        with self.fake(cache_show=[entry], cache_refresh=[entry]) as daemon:
            for verb in "show", "refresh":
                done = self.command("cache", verb, "A.Example")
                self.check(done, 0, out="a.example: fail (certificate-expired)", errors="")
                self.assertIn("confirmed", done.stdout.decode())
                data = self.json(self.command("cache", verb, "a.example", "--json"), 0)
                self.assertEqual(data, {"record": RECORD, "answer": ANSWER})
            self.assertEqual(
                daemon.requests[0], {"command": "cache-show", "domain": "a.example"}
            )

    def test_not_found(self):
        with self.fake(cache_show=[NOT_FOUND], cache_flush=[NOT_FOUND]):
            for verb in "show", "flush":
                self.check(self.command("cache", verb, "a.example"), 1, errors="nothing is")
            self.check(self.command("query", "--cached", "a.example"), 1)
            self.check(self.command("check", "--cached", "a.example"), 3)

    def test_flush(self):
        with self.fake(cache_flush=[{"ok": True, "removed": 1}]) as daemon:
            self.check(self.command("cache", "flush", "a.example"), 0, out="1 entry removed")
            self.check(self.command("cache", "flush"), 0)
            self.assertEqual(
                daemon.requests,
                [{"command": "cache-flush", "domain": "a.example"}, {"command": "cache-flush"}],
            )


class Cached(Fake):
    def test_query(self):
        with self.fake(cache_show=[{"ok": True, "record": RECORD, "answer": ANSWER}]):
            done = self.command("query", "--cached", "a.example")
            self.check(done, 0, errors="")
            self.assertEqual(done.stdout.decode().splitlines()[0], "STSFetchResult.NOT_CHANGED")
            data = self.json(self.command("query", "--cached", "a.example", "--json"), 0)
            self.assertEqual(data["status"], "NOT_CHANGED")
            self.assertEqual(data["mx"], ["mx.a.example"])

    def test_check(self):
        with self.fake(cache_show=[{"ok": True, "record": RECORD, "answer": ANSWER}]):
            done = self.command("check", "--cached", "a.example")
            self.check(done, 1, out="fail: certificate-expired", errors="")
            data = self.json(self.command("check", "--cached", "a.example", "--json"), 1)
            advice, findings = data.pop("advice"), data.pop("findings")
            self.assertLess(data["mx"][0].pop("days_left"), 0)
            self.assertEqual(data, ANSWER)
            self.assertTrue(any("expired" in text for text in advice))
            self.assertIn("error", [each["severity"] for each in findings])

    def test_results(self):
        for result, status in ("pass", 0), ("fail", 1), ("none", 2), ("temperror", 3):
            answer = {**ANSWER, "result": result}
            with self.fake(cache_show=[{"ok": True, "record": None, "answer": answer}]):
                self.check(self.command("check", "--cached", "a.example"), status)
            os.unlink(self.folder / "control")


class Network(Fake):
    """No DNS server answers: what cannot be told is not "none"."""

    def test_query(self):
        data = self.json(self.command("query", "A.Example", "--json"), 2)
        self.assertEqual((data["domain"], data["status"]), ("a.example", "FETCH_ERROR"))
        self.assertEqual(data["reason"], "dns-failure")
        self.assertEqual((data["id"], data["mode"], data["mx"]), (None, None, []))
        self.assertIn("not the same as none", data["advice"][0])

    def test_check(self):
        data = self.json(self.command("check", "a.example", "--json"), 3)
        self.assertEqual((data["result"], data["reason"]), ("temperror", "dns-failure"))
        self.assertEqual(data["mx"], [])

    def test_u_label(self):
        data = self.json(self.command("query", "b\u00fccher.example", "--json"), 2)
        self.assertEqual(data["domain"], "xn--bcher-kva.example")


class Real(Case):
    """The real daemon, as an ordinary user runs it in a folder."""

    def setUp(self):
        super().setUp()
        self.path = self.configuration(store=str(self.folder / "cache.db"))
        # pylint: disable=consider-using-with
        self.daemon = subprocess.Popen(
            [DAEMON, "-f", "-c", self.path],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(self.stop)
        wait_for(lambda: run("-c", self.path, "status").returncode == 0)

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait(PATIENCE)

    def command(self, *arguments):
        return run("-c", self.path, *arguments)

    def test_status(self):
        mode = os.stat(self.folder / "control").st_mode
        self.assertEqual(stat.S_IMODE(mode), 0o660)
        self.check(self.command("status"), 0, out=f"process {self.daemon.pid}", errors="")
        data = self.json(self.command("status", "--json"), 0)
        self.assertEqual(data["pid"], self.daemon.pid)
        self.assertEqual(data["configuration"]["path"], self.path)
        self.assertIs(data["store"]["on_disk"], True)
        self.assertEqual(data["decisions"]["results"]["fail"], 0)

    def test_reload(self):
        self.check(self.command("reload"), 0, errors="")
        os.replace(self.path, self.folder / "kept")
        self.write("mta-sts-milter.conf", 'on_fail = "explode"\n')
        done = run("-c", str(self.folder / "kept"), "reload")
        self.check(done, 78, errors=f"{self.path}:1:")
        self.check(run("-c", str(self.folder / "kept"), "status"), 0)

    def test_one_client_too_many(self):
        for _ in range(CLIENTS):
            idle = socket.socket(socket.AF_UNIX)
            self.addCleanup(idle.close)
            idle.connect(str(self.folder / "control"))
        for _ in range(5):
            self.check(self.command("status"), 69, errors="too many clients")

    def test_cache(self):
        self.check(self.command("cache", "list"), 0, out="0 domains", errors="")
        self.assertEqual(self.json(self.command("cache", "list", "--json"), 0), [])
        self.check(self.command("cache", "show", "a.example"), 1)
        data = self.json(self.command("cache", "refresh", "a.example", "--json"), 0)
        self.assertEqual(data["answer"]["result"], "temperror")
        self.check(self.command("check", "--cached", "a.example"), 3)
        self.check(self.command("cache", "flush"), 0, errors="")


if __name__ == "__main__":
    unittest.main()
