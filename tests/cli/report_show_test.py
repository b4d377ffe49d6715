#!/usr/bin/env python3
"""mta-sts report show: what real senders' reports look like, in every wrapping
that they come in, and what nobody should have sent."""

import base64
import gzip
import json
import os
import unittest
import zlib
from email.message import EmailMessage
from pathlib import Path

from cli import Case, run

REPORTS = Path(os.environ.get("srcdir", ".")) / "tests" / "reports"
KEYS = ["reports", "total", "errors"]


def fixture(name):
    return (REPORTS / f"{name}.json").read_bytes()


def report(**changes):
    """A report as the RFC has it; changes of its top."""
    policy = {
        "policy": {"policy-type": "sts", "policy-domain": "example.com"},
        "summary": {
            "total-successful-session-count": 5,
            "total-failure-session-count": 0,
        },
    }
    whole = {
        "organization-name": "Sender",
        "date-range": {
            "start-datetime": "2026-11-20T00:00:00Z",
            "end-datetime": "2026-11-20T23:59:59Z",
        },
        "contact-info": "tls@sender.example",
        "report-id": "1",
        "policies": [policy],
    }
    whole.update(changes)
    return {key: value for key, value in whole.items() if value is not None}


def failing(**details):
    """Policies of one that failed."""
    detail = {"result-type": "validation-failure", "failed-session-count": 1}
    detail.update(details)
    return [
        {
            "policy": {"policy-type": "sts", "policy-domain": "example.com"},
            "summary": {
                "total-successful-session-count": 0,
                "total-failure-session-count": 1,
            },
            "failure-details": [detail],
        }
    ]


def mail(content, kind="tlsrpt+gzip", name="a!b!1!2.json.gz", main="application"):
    """A mail as RFC 8460 section 5.3 has it."""
    message = EmailMessage()
    message["From"] = "tls@sender.example"
    message["To"] = "tls-reports@example.com"
    message["Subject"] = "Report Domain: example.com Submitter: sender.example Report-ID: <1>"
    message["TLS-Report-Domain"] = "example.com"
    message["TLS-Report-Submitter"] = "sender.example"
    message.set_content("This is an aggregate TLS report from sender.example\n")
    message.make_mixed()
    message.replace_header("Content-Type", 'multipart/report; report-type="tlsrpt"')
    message.add_attachment(content, maintype=main, subtype=kind, filename=name)
    return message.as_bytes()


# What a build without GMime says of a mail.
WITHOUT_GMIME = b"built without GMime" in run("report", "show", "-", stdin=b"a: b\n\n").stderr
needs_gmime = unittest.skipIf(WITHOUT_GMIME, "this build reads no mails")


class Shown(Case):
    def show(self, *arguments, status=0, stdin=b""):
        return self.json(run("report", "show", "--json", *arguments, stdin=stdin), status)

    def show_one(self, content, status=0):
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        return self.show("-", stdin=content, status=status)

    def error(self, content):
        """What is said of something that is no report."""
        data = self.show_one(content, 1)
        self.assertEqual((data["reports"], len(data["errors"])), ([], 1), data)
        self.assertEqual(data["errors"][0]["file"], "standard input")
        return data["errors"][0]["message"]


class Senders(Shown):
    """Each fixture: what it says, and what was mended."""

    # Success, failure, policies, failures, and a note, or none.
    ROWS = {
        "google": (1200, 12, 1, 3, None),
        "microsoft": (350, 1, 2, 1, None),
        "microsoft-no-zone": (0, 3, 1, 1, None),
        "yahoo": (85, 4, 1, 1, "policy-string or mx-host is a text, not an array"),
        "mailru": (0, 1, 1, 2, "the details have more failures than the summary"),
        "mox": (4, 1, 2, 1, None),
        "stalwart": (1, 0, 1, 0, None),
        "postfix": (10, 2, 2, 1, "a policy has no policy-domain"),
        "minimal": (1, 0, 1, 0, "a policy has no policy-domain"),
    }

    def test_rows(self):
        self.assertEqual({path.stem for path in REPORTS.glob("*.json")}, set(self.ROWS))
        for name, (success, failure, policies, failures, note) in self.ROWS.items():
            with self.subTest(name):
                data = self.show_one(fixture(name))
                self.assertEqual(data["errors"], [])
                self.assertEqual(
                    data["total"], {"reports": 1, "success": success, "failure": failure}
                )
                (one,) = data["reports"]
                self.assertEqual(len(one["policies"]), policies)
                self.assertEqual(sum(len(p["failures"]) for p in one["policies"]), failures)
                if note is None:
                    self.assertEqual(one["notes"], [])
                else:
                    self.assertIn(note, one["notes"])

    def test_the_contract(self):
        data = self.show_one(fixture("google"))
        self.assertLessEqual(set(KEYS), set(data))
        (one,) = data["reports"]
        self.assertEqual(one["organization"], "Google Inc.")
        self.assertEqual(one["report_id"], "2026-11-15T00:00:00Z_example.com")
        self.assertEqual(one["contact"], "smtp-tls-reporting@google.example")
        self.assertEqual(one["begin"], "2026-11-15T00:00:00Z")
        self.assertEqual(one["end"], "2026-11-15T23:59:59Z")
        (policy,) = one["policies"]
        self.assertEqual((policy["type"], policy["domain"]), ("sts", "example.com"))
        self.assertEqual((policy["success"], policy["failure"]), (1200, 12))
        first = policy["failures"][0]
        self.assertEqual(first["result_type"], "certificate-expired")
        self.assertEqual(first["receiving_mx"], "mx1.example.com")
        self.assertEqual(first["sending_ip"], "192.0.2.41")
        self.assertIsNone(first["reason_code"])
        self.assertEqual(first["count"], 7)

    def test_names_are_canonical(self):
        (one,) = self.show_one(fixture("yahoo"))["reports"]
        (policy,) = one["policies"]
        self.assertEqual(policy["domain"], "example.com")
        self.assertEqual(policy["failures"][0]["receiving_mx"], "mx1.example.com")
        self.assertEqual(policy["failures"][0]["result_type"], "starttls-not-supported")
        self.assertEqual(policy["policy_string"][1], "mode: enforce")
        self.assertEqual(policy["mx_host"], ["mx1.example.com"])

    def test_times(self):
        (one,) = self.show_one(fixture("stalwart"))["reports"]
        self.assertEqual((one["begin"], one["end"]), ("2026-11-18T00:00:00Z", "2026-11-19T00:00:00Z"))
        (one,) = self.show_one(fixture("microsoft-no-zone"))["reports"]
        self.assertEqual(one["begin"], "2026-11-14T00:00:00Z")

    def test_all_together(self):
        data = self.show(*map(str, sorted(REPORTS.glob("*.json"))))
        self.assertEqual(data["total"], {"reports": 9, "success": 1651, "failure": 24})
        self.assertEqual(len(data["senders"]), 8)
        self.assertEqual(data["senders"][0]["name"], "Google Inc.")
        kinds = {kind["name"]: kind["failure"] for kind in data["kinds"]}
        self.assertEqual(kinds["certificate-expired"], 10)
        self.assertEqual(kinds["sts-policy-fetch-error"], 7)
        self.assertEqual([day["name"] for day in data["days"]], [f"2026-11-{d}" for d in range(14, 21)])
        fault = data["faults"][0]
        self.assertEqual((fault["domain"], fault["count"]), ("example.com", 10))
        self.assertEqual(fault["sending_ips"], ["192.0.2.41", "192.0.2.42"])
        advice = {row["domain"]: "\n".join(row["texts"]) for row in data["advice"]}
        self.assertIn("mx1.example.com: 10 sessions of Google Inc.", advice["example.com"])
        self.assertIn("curl -v https://mta-sts.example.com", advice["example.com"])
        self.assertIn("TLSA", advice["mx1.example.com"])
        self.assertNotIn("The sender", advice["example.com"])

    def test_text(self):
        done = run("report", "show", *map(str, sorted(REPORTS.glob("*.json"))))
        self.check(done, 0, out="9 TLS reports of 8 senders, 2026-11-14 to 2026-11-20", errors="")
        text = done.stdout.decode()
        for part in (
            "1 675 sessions, 24 failed (1.4 %)",
            "Google Inc.",
            "certificate-expired",
            "mx2.mail.example.com",
            "https answered 404, https answered 500",
            "The owner of example.com: renew it",
        ):
            self.assertIn(part, text)

    def test_nothing_failed(self):
        done = run("report", "show", "-", stdin=fixture("stalwart"))
        self.check(done, 0, out="All mail that was reported travelled protected.", errors="")


class Wrapped(Shown):
    """Every wrapping shows what the bare JSON shows."""

    def assert_google(self, content):
        data = self.show_one(content)
        self.assertEqual(data["errors"], [])
        self.assertEqual(data["total"]["success"], 1200)

    def test_gzip(self):
        self.assert_google(gzip.compress(fixture("google")))

    def test_gzip_members(self):
        whole = fixture("google")
        self.assert_google(gzip.compress(whole[:100]) + gzip.compress(whole[100:]))

    def test_padded(self):
        self.assert_google(gzip.compress(fixture("google")) + b"\0\0\n")
        self.assert_google(b"\n \xef\xbb\xbf".strip() + fixture("google"))
        self.assert_google(b" \r\n" + fixture("google") + b"\n\n")

    @needs_gmime
    def test_mail(self):
        self.assert_google(mail(gzip.compress(fixture("google"))))

    @needs_gmime
    def test_mails_as_they_arrive(self):
        for name in "google", "microsoft":
            with self.subTest(name):
                bare = self.show(str(REPORTS / f"{name}.json"))
                arrived = self.show(str(REPORTS / f"{name}.eml"))
                for key in "total", "faults", "kinds", "days", "errors":
                    self.assertEqual(arrived[key], bare[key])

    @needs_gmime
    def test_mail_line_ends(self):
        self.assert_google(mail(gzip.compress(fixture("google"))).replace(b"\n", b"\r\n"))

    @needs_gmime
    def test_mail_json(self):
        self.assert_google(mail(fixture("google"), "tlsrpt+json", "report.json"))

    @needs_gmime
    def test_mail_odd_types(self):
        packed = gzip.compress(fixture("google"))
        for kind in "gzip", "x-gzip", "octet-stream", "json":
            with self.subTest(kind):
                content = fixture("google") if kind == "json" else packed
                self.assert_google(mail(content, kind))
        # A type that says nothing, and a name that does.
        self.assert_google(mail(packed, "data", "a!b!1!2.JSON.GZ", "binary"))

    @needs_gmime
    def test_mail_that_is_the_report(self):
        packed = base64.encodebytes(gzip.compress(fixture("google")))
        self.assert_google(
            b"Subject: Report\r\nMIME-Version: 1.0\r\nContent-Type: application/tlsrpt+gzip\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n" + packed
        )

    @needs_gmime
    def test_forwarded(self):
        inner = mail(gzip.compress(fixture("google")))
        outer = (
            b"Subject: Fwd\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
            b"--x\nContent-Type: text/plain\n\nsee below\n"
            b"--x\nContent-Type: message/rfc822\n\n" + inner + b"\n--x--\n"
        )
        self.assert_google(outer)
        self.assert_google(mail(inner, "octet-stream", "forwarded.eml"))

    @unittest.skipUnless(WITHOUT_GMIME, "this build reads mails")
    def test_mail_without_gmime(self):
        for content in b"Subject: x\n\n", mail(gzip.compress(fixture("google"))):
            told = self.error(content)
            self.assertIn("built without GMime", told)
            self.assertIn("save the attachment", told)
        self.assertIn("header fields", self.error(b"a:\n" * 30000))

    @needs_gmime
    def test_what_the_mail_names(self):
        data = self.show_one(mail(gzip.compress(fixture("postfix"))))
        domains = [policy["domain"] for policy in data["reports"][0]["policies"]]
        self.assertEqual(domains, ["example.com", "example.com"])
        self.assertIn("names are taken from the mail", data["reports"][0]["notes"])
        nameless = json.dumps(report(**{"organization-name": None})).encode()
        content = mail(gzip.compress(nameless))
        self.assertEqual(self.show_one(content)["senders"][0]["name"], "sender.example")
        field = b"TLS-Report-Submitter: "
        for other in b"192.0.2.1", b"a b", b"", b"\x1b[31m", b"a" * 64:
            odd = content.replace(field + b"sender.example", field + other)
            self.assertIsNone(self.show_one(odd)["senders"][0]["name"])
        # What the report names itself counts.
        data = self.show_one(mail(gzip.compress(fixture("stalwart"))))
        self.assertEqual([row["name"] for row in data["domains"]], ["example.net"])

    @needs_gmime
    def test_packed_mail(self):
        self.assert_google(gzip.compress(mail(gzip.compress(fixture("google")))))

    @needs_gmime
    def test_two_in_a_mail(self):
        message = EmailMessage()
        message["Subject"] = "two"
        for name in "google", "yahoo":
            message.add_attachment(
                gzip.compress(fixture(name)),
                maintype="application",
                subtype="tlsrpt+gzip",
                filename=f"{name}.json.gz",
            )
        data = self.show_one(message.as_bytes())
        self.assertEqual(data["total"]["reports"], 2)

    @needs_gmime
    def test_mbox(self):
        mails = [mail(gzip.compress(fixture(name))) for name in ("google", "yahoo", "mox")]
        box = b"".join(b"From tls@sender.example Fri Nov 20 00:00:00 2026\n" + m + b"\n" for m in mails)
        data = self.show_one(box)
        self.assertEqual((data["total"]["reports"], data["errors"]), (3, []))
        data = self.show_one(box + b"From x Fri Nov 20 00:00:00 2026\nSubject: hello\n\nhi\n", 1)
        self.assertEqual(data["total"]["reports"], 3)
        self.assertIn("message 4: it is a mail without a TLS report", data["errors"][0]["message"])

    def test_array(self):
        both = [report(), report(**{"report-id": "2"})]
        self.assertEqual(self.show_one(both)["total"]["reports"], 2)
        self.assertEqual(self.show_one({"reports": both})["total"]["reports"], 2)
        sent = {"day": "2026-11-20", "reports": [{"to": [], "report": one} for one in both]}
        self.assertEqual(self.show_one(sent)["total"]["reports"], 2)

    @needs_gmime
    def test_maildir(self):
        for folder in "cur", "new", "tmp":
            (self.folder / "Maildir" / folder).mkdir(parents=True)
        self.write("Maildir/cur/1.a:2,S", mail(gzip.compress(fixture("google"))))
        self.write("Maildir/new/2.b", mail(gzip.compress(fixture("yahoo"))))
        self.write("Maildir/tmp/3.c", b"half a ma")
        self.write("Maildir/dovecot-uidlist", "3 V1\n")
        data = self.show(str(self.folder / "Maildir"))
        self.assertEqual((data["total"]["reports"], data["errors"]), (2, []))
        self.assertTrue(data["reports"][0]["file"].endswith("/Maildir/cur/1.a:2,S"))

    def test_folder(self):
        (self.folder / "a" / "b").mkdir(parents=True)
        self.write("a/one.json", fixture("google"))
        self.write("a/b/two.json.gz", gzip.compress(fixture("yahoo")))
        self.write("a/.hidden", "no report")
        os.mkfifo(self.folder / "a" / "pipe")
        os.symlink(self.folder / "a", self.folder / "a" / "b" / "loop")
        data = self.show(str(self.folder / "a"))
        self.assertEqual((data["total"]["reports"], data["errors"]), (2, []))


class Chosen(Shown):
    def setUp(self):
        super().setUp()
        self.all = [str(path) for path in sorted(REPORTS.glob("*.json"))]

    def days(self, *options):
        return [day["name"][-2:] for day in self.show(*options, *self.all)["days"]]

    def test_days(self):
        self.assertEqual(self.days("--since", "2026-11-19"), ["19", "20"])
        self.assertEqual(self.days("--until", "2026-11-15"), ["14", "15"])
        self.assertEqual(self.days("--since", "2026-11-16", "--until", "2026-11-17"), ["16", "17"])
        data = self.show("--since", "2026-11-19", *self.all)
        self.assertEqual(data["left_out"], 7)

    def test_last_days(self):
        data = self.show("--days", "1", "-", stdin=json.dumps(report()).encode())
        self.assertIn(data["total"]["reports"], (0, 1))
        old = report(**{"date-range": {"start-datetime": "2001-01-01", "end-datetime": "2001-01-01"}})
        data = self.show("--days", "30", "-", stdin=json.dumps(old).encode())
        self.assertEqual((data["total"]["reports"], data["left_out"]), (0, 1))

    def test_domain(self):
        data = self.show("--domain", "MX1.example.com.", *self.all)
        self.assertEqual([row["name"] for row in data["domains"]], ["mx1.example.com"])
        self.assertEqual(data["total"], {"reports": 2, "success": 42, "failure": 1})

    def test_sort(self):
        def first(word):
            return self.show("--sort", word, *self.all)["senders"][0]["name"]

        self.assertEqual(first("name"), "Google Inc.")
        names = [row["name"] for row in self.show("--sort", "name", *self.all)["senders"]]
        self.assertEqual(names, sorted(names))
        sessions = [
            row["success"] + row["failure"]
            for row in self.show("--sort", "sessions", *self.all)["senders"]
        ]
        self.assertEqual(sessions, sorted(sessions, reverse=True))

    def test_usage(self):
        for options in (
            ["--days", "0"],
            ["--days", "x"],
            ["--days", "99999"],
            ["--days", "3", "--since", "2026-01-01"],
            ["--since", "yesterday"],
            ["--until", "2026-02-30"],
            ["--sort", "colour"],
            ["--domain", "192.0.2.1"],
        ):
            with self.subTest(options):
                self.check(run("report", "show", *options, *self.all), 64, errors="mta-sts report show: ")
        self.check(run("report", "show"), 64, errors="an operand is missing")

    def test_duplicates(self):
        copy = self.write("copy.json.gz", gzip.compress(fixture("google")))
        data = self.show(self.all[0], copy)
        self.assertEqual(data["total"]["reports"], 1)
        (twice,) = data["duplicates"]
        self.assertEqual((twice["file"], twice["first"]), (copy, self.all[0]))
        self.assertIs(twice["same"], True)
        self.check(run("report", "show", self.all[0], copy), 0, out="1 report came more than once, and counted once")

    def test_duplicates_that_differ(self):
        both = [report(), report(policies=failing())]
        data = self.show_one(both)
        (forged,) = data["duplicates"]
        self.assertIs(forged["same"], False)
        self.assertEqual(data["total"]["reports"], 2, "the true one does not disappear")
        self.assertGreater(data["total"]["failure"], 0)
        twice = self.show_one(both + both)
        self.assertEqual(twice["total"], data["total"])
        self.assertEqual([each["same"] for each in twice["duplicates"]], [False, True, True])
        shown = run("report", "show", self.write("both.json", json.dumps(both).encode()))
        self.check(shown, 0, out="Caution: 1 with the id of another report")
        others = [report(), report(**{"organization-name": "Other"})]
        self.assertEqual(self.show_one(others)["total"]["reports"], 2)

    def test_duplicates_without_an_id(self):
        nameless = report(**{"report-id": None})
        other = report(**{"report-id": None, "policies": failing()})
        self.assertEqual(self.show_one([nameless, nameless, other])["total"]["reports"], 2)


class Broken(Shown):
    """What is no report is said with its file and its cause; the others are
    shown."""

    def test_others_are_shown(self):
        good = self.write("good.json", fixture("google"))
        bad = self.write("bad.json", "{")
        none = str(self.folder / "none")
        data = self.show(bad, good, none, status=1)
        self.assertEqual(data["total"]["reports"], 1)
        self.assertEqual([error["file"] for error in data["errors"]], [bad, none])
        self.assertIn("not JSON: line 1", data["errors"][0]["message"])
        self.assertIn("No such file", data["errors"][1]["message"])
        done = run("report", "show", bad, good, none)
        self.check(done, 1, out="1 TLS report of 1 sender", errors=f"mta-sts report show: {bad}: ")

    def test_other_files(self):
        for content, word in (
            (b"", "empty"),
            (b" \n", "empty"),
            (b"PK\x03\x04rest", "zip archive"),
            (b"%PDF-1.7", "neither"),
            (b"<?xml version='1.0'?><feedback/>", "neither"),
            (b"\0" * 100, "neither"),
            (b'{"a": 1}', "no TLS report"),
            (b"[]", "no report in it"),
            (b"[1]", "report 1: it is JSON, but no TLS report"),
            (b'{"policies": [], "policies": []}', "duplicate"),
            (b"\x1f\x8b", "too early"),
            (b"\x1f\x8b\x08garbage of some length", "damaged"),
            (gzip.compress(fixture("google"))[:-20], "too early"),
            (gzip.compress(fixture("google"))[:-8] + b"\0" * 8, "damaged"),
            (gzip.compress(b"{"), "not JSON"),
            (zlib.compress(fixture("google")), "neither"),
        ):
            with self.subTest(content[:40]):
                self.assertIn(word, self.error(content))

    @needs_gmime
    def test_mails_without_a_report(self):
        self.assertIn("without a TLS report", self.error(b"Subject: hello\n\nhi\n"))
        told = self.error(mail(gzip.compress(b"<feedback/>"), "gzip", "dmarc.xml.gz"))
        self.assertIn("without a TLS report; attachment dmarc.xml.gz: ", told)
        told = self.error(mail(b"no gzip", name="x\x1b.json.gz"))
        self.assertIn("attachment ", told)
        self.assertIn("neither a TLS report", told)

    def test_types(self):
        for changes, place in (
            ({"date-range": None}, "date-range"),
            ({"date-range": {"start-datetime": "2026-11-20T00:00:00Z"}}, "end-datetime"),
            ({"date-range": {"start-datetime": "soon", "end-datetime": "later"}}, 'start-datetime: "soon"'),
            ({"date-range": {"start-datetime": "2026-11-20", "end-datetime": "2026-11-19"}}, "ends before"),
            ({"date-range": {"start-datetime": -1, "end-datetime": 1}}, "start-datetime: -1"),
            ({"organization-name": {"a": 1}}, "organization-name"),
            ({"report-id": 7}, "report-id: 7"),
            ({"policies": "none"}, 'policies: "none"'),
            ({"policies": [1]}, "policies[0]: is not an object"),
            ({"policies": [{"summary": []}]}, "policies[0].summary"),
            ({"policies": [{"policy": []}]}, "policies[0].policy"),
            ({"policies": [{"failure-details": 1}]}, "policies[0].failure-details"),
            ({"policies": [{"failure-details": [None]}]}, "policies[0].failure-details[0]"),
            ({"policies": [{"policy": {"policy-string": {"a": 1}}}]}, "policy-string"),
            ({"policies": [{"policy": {"mx-host": [1]}}]}, "mx-host"),
            ({"policies": failing(**{"result-type": 5})}, "policies[0].failure-details[0].result-type: 5"),
        ):
            with self.subTest(changes):
                self.assertIn(place, self.error(report(**changes)))

    def test_counts(self):
        for count in -1, -(10**18), 10**12 + 1, 2**63 - 1, 1.5, "-1", "many", "", True, [], "9" * 40:
            with self.subTest(count):
                told = self.error(report(policies=failing(**{"failed-session-count": count})))
                self.assertIn("failed-session-count: ", told)
                self.assertIn("is not a count of sessions", told)
        text = json.dumps(report(policies=failing(**{"failed-session-count": 77})))
        for number in "1e400", "1" + "0" * 50, "NaN", "-0.5", "1e99":
            with self.subTest(number):
                self.error(text.replace("77", number).encode())

    def test_sums(self):
        """Counts that are each within the cap, and together are not."""
        many = failing(**{"failed-session-count": 10**12}) * 1000
        reports = [report(policies=many, **{"report-id": str(i)}) for i in range(12)]
        data = self.show_one(reports, 1)
        self.assertLess(sum(kind["failure"] for kind in data["kinds"]), 2**53)
        self.assertEqual(data["total"]["reports"], 9)
        self.assertIn("too great to be added", data["errors"][0]["message"])

    def test_control_bytes(self):
        evil = "\x1b]0;owned\x07\r\n\u202egnp.exe<script>"
        data = self.show_one(
            report(
                **{"organization-name": evil, "report-id": evil},
                policies=failing(
                    **{"result-type": evil, "receiving-mx-hostname": evil, "failure-reason-code": evil}
                ),
            )
        )
        self.assertEqual(data["reports"][0]["organization"], evil)
        self.check(run("report", "show", "-", stdin=json.dumps(report(**{"organization-name": evil}))), 0)
        self.error(report(**{"organization-name": "a\0b"}))

    def test_long_texts_are_cut(self):
        data = self.show_one(report(**{"organization-name": "\u00e9" * 5000}))
        self.assertEqual(data["reports"][0]["organization"], "\u00e9" * 256)

    def test_unnamed(self):
        data = self.show_one(report(**{"organization-name": None, "contact-info": None}))
        self.assertIsNone(data["reports"][0]["organization"])
        self.assertIsNone(data["senders"][0]["name"])

    def test_failures_without_details(self):
        data = self.show_one(
            report(policies=[{"policy": {"policy-domain": "example.com"}, "summary": {"total-failure-session-count": 3}}])
        )
        self.assertEqual(data["kinds"], [{"name": None, "failure": 3}])
        self.assertIn("no reason for", data["advice"][0]["texts"][0])

    def test_unknown_type(self):
        data = self.show_one(report(policies=failing(**{"result-type": "cosmic-rays"})))
        self.assertIn("cosmic-rays is no failure that RFC 8460 knows (", data["advice"][0]["texts"][0])


class Hostile(Shown):
    @needs_gmime
    def test_bombs(self):
        bomb = gzip.compress(b" " * (17 << 20))
        self.assertIn("more than 16 MiB", self.error(bomb))
        self.assertIn("more than 16 MiB", self.error(mail(bomb)))
        packed = fixture("google")
        for _ in range(10):
            packed = gzip.compress(packed)
        self.assertIn("more than 6 deep", self.error(packed))

    def test_depth(self):
        self.assertIn("not JSON", self.error(b"[" * 100000))
        self.assertIn("not JSON", self.error(b'{"policies":' * 100000))

    def test_values(self):
        self.assertIn("more than 500000 values", self.error(b'{"policies":[' + b"{}," * 500000 + b"{}]}"))

    def test_many(self):
        self.assertIn("more than 1000", self.error(report(policies=failing() * 1001)))
        whole = report(policies=failing())
        whole["policies"][0]["failure-details"] *= 50001
        self.assertIn("more than 50000", self.error(whole))

    @needs_gmime
    def test_endless_mime(self):
        nested = b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(100)
        )
        self.assertIn("more than 16 deep", self.error(nested))
        self.assertIn("more than 16 deep", self.error(b"Content-Type: message/rfc822\n\n" * 1000))
        self.assertIn("begin with --", self.error(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 3000))
        self.assertIn("header fields", self.error(b"a:\n" * 30000))
        self.assertIn("semicolons", self.error(b"Content-Type: a/b" + b";a=b" * 200000 + b"\n\nx"))
        self.assertIn("parts", self.error(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 1500))

    @needs_gmime
    def test_endless_mbox(self):
        data = self.show_one(b"From \n\n" * 50002, 1)
        self.assertEqual(data["errors"][-1]["message"], "and 40001 errors more")

    def test_endless_file(self):
        self.assertIn("64 MiB", self.show("/dev/zero", status=1)["errors"][0]["message"])

    def test_names(self):
        path = self.write("evil\x1b[31m\xff.json", "{")
        self.check(run("report", "show", path), 1, errors="evil")
        self.show(path, status=1)


if __name__ == "__main__":
    unittest.main()
