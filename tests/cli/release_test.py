#!/usr/bin/env python3
"""`mta-sts release` with a mail server that does as it is told to.

On real ones: tests/e2e/test_release.py.
"""

import json
import time
import unittest

import cli

STATUS = (
    "MTA-STS-Status: fail; host=relay.example.org; domain={};\n"
    " policy=enforce; reason=certificate-expired; action=quarantine\n"
)
RECEIVED = "Received: from x\n\tby relay.example.org (Postfix) with ESMTP id {};\n\tday\n"
POSTQUEUE = "#!/bin/sh\necho postqueue $* >>{0}/log\ncat {0}/queue/* 2>/dev/null || true\n"
POSTCAT = """#!/bin/sh
echo postcat $* >>{0}/log
cat {0}/headers/$2 2>/dev/null && exit
echo "postcat: fatal: open queue file $2: No such file or directory" >&2
exit 1
"""
POSTSUPER = "#!/bin/sh\necho postsuper $* >>{0}/log\nrm {0}/queue/$2\n"


def answer(result, mode="enforce", reason=""):
    """As the daemon says it after it has looked again."""
    return {
        "ok": True,
        "record": None,
        "answer": {
            "domain": "a.example",
            "result": result,
            "reason": reason or None,
            "policy": {"status": "VALID", "mode": mode},
            "mx": [],
            "complete": True,
        },
    }


PASS = answer("pass")
FAIL = answer("fail", reason="certificate-expired")


class Release(cli.Case):
    def setUp(self):
        super().setUp()
        self.conf = self.configuration(hostname="relay.example.org")
        for name in ("queue", "headers"):
            (self.folder / name).mkdir()
        self.script("postqueue", POSTQUEUE)
        self.script("postcat", POSTCAT)
        self.script("postsuper", POSTSUPER)

    def script(self, name, text):
        path = self.folder / name
        path.write_text(text.format(self.folder))
        path.chmod(0o755)

    def hold(self, queue_id, domain="a.example", header=None, **keys):
        listed = {
            "queue_name": "hold",
            "queue_id": queue_id,
            "arrival_time": int(time.time()) - 90000,
            "recipients": [{"address": f"user@{domain}"}],
            **keys,
        }
        (self.folder / "queue" / queue_id).write_text(json.dumps(listed) + "\n")
        if header is None:
            header = STATUS.format(domain) + RECEIVED.format(queue_id)
        (self.folder / "headers" / queue_id).write_text(header)

    def held(self):
        return {path.name for path in (self.folder / "queue").iterdir()}

    def log(self):
        return (self.folder / "log").read_text().splitlines()

    def release(self, *arguments, reply=PASS):
        with cli.FakeDaemon(self.folder / "control", {"cache-refresh": [reply]}) as daemon:
            done = cli.run(
                "-c", self.conf, "release", "--mta", "postfix",
                "--postfix-commands", self.folder, *arguments,
            )  # fmt: skip
        (self.folder / "control").unlink()
        self.asked = [r["domain"] for r in daemon.requests if "domain" in r]
        return done

    def outcome(self, *arguments, status=0, reply=PASS):
        return self.json(self.release(*arguments, "--json", reply=reply), status)

    def test_dry_by_default(self):
        self.hold("4Y1ABC")
        done = self.release()
        self.check(done, 0, errors="")
        self.assertRegex(
            done.stdout.decode(),
            r"4Y1ABC +1 day 1 hour +a\.example +certificate-expired +pass, may go\n",
        )
        self.assertIn("1 message held by mta-sts-milter, 1 may go", done.stdout.decode())
        self.assertEqual(self.held(), {"4Y1ABC"})
        self.assertEqual(self.log(), ["postqueue -j", "postcat -hq 4Y1ABC"])

    def test_other_domains_are_counted(self):
        self.hold("4Y1ABC")
        self.hold("4Y1ABD", "b.example")
        done = self.release("--domain", "b.example")
        self.check(done, 0, out="1 message held by mta-sts-milter, 1 may go; 1 more, to other domains\n")
        done = self.release("--domain", "c.example")
        self.check(done, 0, out="0 messages held by mta-sts-milter; 2 more, to other domains\n")
        self.assertEqual(self.outcome("--domain", "b.example")["left_out"], 1)

    def test_now(self):
        self.hold("4Y1ABC")
        self.hold("4Y1ABD")
        done = self.release("--now")
        self.check(done, 0, out="2 messages held by mta-sts-milter, 2 released")
        self.assertEqual(self.held(), set())
        self.assertEqual(self.asked, ["a.example"])  # once for both

    def test_what_fails_stays(self):
        self.hold("4Y1ABC")
        outcome = self.outcome("--now", status=1, reply=FAIL)
        (message,) = outcome["messages"]
        self.assertEqual(message["passes"], False)
        self.assertEqual(message["checks"][0]["action"], "defer")
        self.assertEqual(self.held(), {"4Y1ABC"})

    def test_what_cannot_be_told_stays(self):
        self.hold("4Y1ABC")
        for reply, why in (
            (answer("temperror", None, "dns-failure"), "cannot be told"),
            (answer("temperror", reason="unreachable"), "held again"),
            ({"ok": True, "answer": {"result": "new"}}, "could not be checked"),
        ):
            with self.subTest(why):
                outcome = self.outcome("--now", status=1, reply=reply)
                self.assertIn(why, outcome["messages"][0]["why"])
                self.assertEqual(self.held(), {"4Y1ABC"})

    def test_a_policy_that_is_gone(self):
        """Of which the daemon knows: so it remembers none in force."""
        self.hold("4Y1ABC")
        self.outcome("--now", reply=answer("none", None))
        self.assertEqual(self.held(), set())

    def test_requiretls(self):
        """Without a policy the sender had asked: that there is none is no path."""
        status = STATUS.format("a.example").replace("policy=enforce; ", "")
        self.hold("4Y1ABC", header=status + RECEIVED.format("4Y1ABC"))
        outcome = self.outcome("--now", status=1, reply=answer("none", None))
        self.assertEqual(outcome["messages"][0]["requiretls"], True)
        self.outcome("--now", reply=answer("pass", None))
        self.assertEqual(self.held(), set())

    def test_changed_between(self):
        """Others hold it by the time when it would be let go."""
        self.hold("4Y1ABC")
        self.script(
            "postcat",
            POSTCAT.replace("cat {0}", "cat {0}/headers/$2 && rm {0}/headers/$2;exit;cat {0}"),
        )
        outcome = self.outcome("--now", status=69)
        self.assertEqual(outcome["messages"][0]["released"], False)
        self.assertIn("held no more", outcome["messages"][0]["failure"])
        self.assertEqual(self.held(), {"4Y1ABC"})
        self.assertNotIn("postsuper -H 4Y1ABC", self.log())

    def test_a_server_that_fails_in_the_middle(self):
        """What was let go stays so; the next are tried."""
        for queue_id in ("4Y1ABC", "4Y1ABD", "4Y1ABE"):
            self.hold(queue_id)
        self.script(
            "postsuper",
            POSTSUPER.replace("rm", "test $2 = 4Y1ABD && echo no >&2 && exit 9\nrm"),
        )
        outcome = self.outcome("--now", status=69)
        released = {m["queue_id"]: m["released"] for m in outcome["messages"]}
        self.assertEqual(released, {"4Y1ABC": True, "4Y1ABD": False, "4Y1ABE": True})
        self.assertIn("ended with 9: no", outcome["messages"][1]["failure"])
        self.assertEqual(self.held(), {"4Y1ABD"})

    def test_one_that_cannot_be_read(self):
        """Its queue file is damaged, or postcat dies of it: the others go."""
        for told, fault in (
            ("fatal: bad record", "echo postcat: fatal: bad record >&2; exit 1"),
            ("ended by a signal", "kill -9 $$"),
        ):
            with self.subTest(told):
                for queue_id in ("4Y1ABC", "4Y1ABD", "4Y1ABE"):
                    self.hold(queue_id)
                damaged = f'#!/bin/sh\nif [ $2 = 4Y1ABD ]; then {fault}; fi\n'
                self.script("postcat", POSTCAT.replace("#!/bin/sh\n", damaged))
                outcome = self.outcome("--now", status=1)
                released = {m["queue_id"]: m.get("released") for m in outcome["messages"]}
                self.assertEqual(released, {"4Y1ABC": True, "4Y1ABD": None, "4Y1ABE": True})
                self.assertIn(told, outcome["messages"][1]["problem"])
                self.assertFalse(outcome["messages"][1]["passes"])
                self.assertEqual(self.held(), {"4Y1ABD"})

    def test_without_the_right_to_look(self):
        self.hold("4Y1ABC")
        self.script("postcat", "#!/bin/sh\necho postcat: fatal: Permission denied >&2\nexit 1\n")
        self.check(self.release(), 69, errors="Permission denied")
        (self.folder / "postcat").unlink()
        self.check(self.release(), 69, errors="postcat: No such file")

    def test_the_queue_is_not_listed_for_each(self):
        """But each header is read again just before it is let go."""
        ids = [f"4Y1A{i:02}" for i in range(20)]
        for queue_id in ids:
            self.hold(queue_id)
        self.outcome("--now")
        self.assertEqual(self.held(), set())
        log = self.log()
        self.assertEqual(log.count("postqueue -j"), 3)  # to list, before, and after
        for queue_id in ids:
            at = log.index(f"postsuper -H {queue_id}")
            self.assertEqual(log[at - 1], f"postcat -hq {queue_id}")

    def test_another_with_the_same_id(self):
        """By the time when it would be let go: it came later."""
        self.hold("4Y1ABC")
        self.script(
            "postqueue",
            POSTQUEUE + "sed -i 's/\"arrival_time\": 1/\"arrival_time\": 2/' {0}/queue/*\n",
        )
        outcome = self.outcome("--now", status=69)
        self.assertIn("not what it was", outcome["messages"][0]["failure"])
        self.assertEqual(self.held(), {"4Y1ABC"})

    def test_a_server_that_only_says_so(self):
        self.hold("4Y1ABC")
        self.script("postsuper", "#!/bin/sh\n")
        outcome = self.outcome("--now", status=69)
        self.assertEqual(outcome["messages"][0]["failure"], "it is held as before")

    def test_other_queues_and_ids(self):
        self.hold("4Y1ABC", queue_name="deferred")
        self.hold("ALL")
        self.hold("4Y1AB_")
        outcome = self.outcome("--now")
        self.assertEqual(outcome["messages"], [])
        self.assertEqual(set(self.log()), {"postqueue -j"})

    def test_recipients_that_cannot_be_read(self):
        several = STATUS.format("x").replace(" domain=x;", "")
        self.hold(
            "4Y1ABC",
            header=several + RECEIVED.format("4Y1ABC"),
            recipients=[{"address": "a@b..c"}, {"address": "u@a.example"}],
        )
        outcome = self.outcome("--now", status=1)
        self.assertIn("cannot be read", outcome["messages"][0]["why"])
        self.assertEqual(self.held(), {"4Y1ABC"})

    def test_a_listing_that_is_none(self):
        self.script("postqueue", "#!/bin/sh\necho Mail queue is empty\n")
        self.check(self.release(), 69, errors="postfix: postqueue -j: a line that is not")

    def test_usage(self):
        for arguments, told in (
            (["--mta", "exim"], "--mta exim: postfix, sendmail and auto"),
            (["--domain", "a b"], "a b is not a domain name"),
            (["--postfix-commands", "/x" * 3000], "a path is too long"),
            (["4Y1ABC"], "an operand too many"),
        ):
            with self.subTest(told):
                done = cli.run("-c", self.conf, "release", "--mta", "postfix", *arguments)
                self.check(done, 64, errors=told)
        done = cli.run("-c", self.conf, "release", "--mta", "sendmail",
                       "--sendmail-program", "/none/such")  # fmt: skip
        self.check(done, 69, errors="/none/such: No such file")


if __name__ == "__main__":
    unittest.main()
