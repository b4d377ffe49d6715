"""TLS reports as a sender (RFC 8460): tallied by a real daemon, delivered by a
real Postfix and by HTTPS, once, and despite the failures that they tell."""

import email
import email.policy
import gzip
import itertools
import json
import re
import shutil
import sqlite3
import time
from pathlib import Path

import jsonschema
import ports
import pytest

from internet import samples
from internet.daemon import USER
from internet.dns import txt
from internet.internet import folder
from internet.milterclient import message
from internet.postfix import Postfix, Smtpd
from internet.reportsink import ADDRESS, ReportSink
from internet.waiting import wait_for
from internet.world import Mx

FROM = "tlsrpt@sender.example"
SCHEMA = json.loads((Path(__file__).parent / "tlsrpt-schema.json").read_text())
DAY_S = 86400

_numbers = itertools.count()


@pytest.fixture(scope="module")
def sink(internet):
    """Its certificate is nobody's: reports are needed where those are broken."""
    host = "reports.tlsrpt.test"
    internet.dns.set(host, "A", ADDRESS)
    with ReportSink(internet.pki.certificate(host, fault="self-signed")) as running:
        yield running


@pytest.fixture
def posts(sink):
    """The sink, as good as new."""
    sink.posts.clear()
    sink.asked.clear()
    sink.held.clear()
    sink.status = 201
    return sink


class Reporter:
    """A daemon that tallies, and its file."""

    def __init__(self, start_daemon, milter=None, smtp=ports.RELAY, **options):
        place = folder() / f"tlsrpt{next(_numbers)}"
        place.mkdir()
        shutil.chown(place, USER, USER)
        self.path = place / "tlsrpt.db"
        self.daemon = start_daemon(
            milter,
            tlsrpt=True,
            tlsrpt_from=FROM,
            tlsrpt_contact="postmaster@sender.example",
            tlsrpt_organization="Sender Inc.",
            tlsrpt_smtp=f"inet:{smtp}@127.0.0.1",
            tlsrpt_store=self.path,
            **options,
        )

    def sql(self, statement, *values):
        with sqlite3.connect(self.path, timeout=10) as connection:
            return connection.execute(statement, values).fetchall()

    def sessions(self, domain):
        return self.sql("SELECT sum(sessions) FROM tally WHERE domain = ?", domain)[0][0]

    def tally(self, domain, times=1, sessions=None):
        """Messages to that domain, of which so many sessions are tallied."""
        for _ in range(times):
            message(self.daemon.address, [f"user@{domain}"])
        wanted = times if sessions is None else sessions
        wait_for(lambda: self.sessions(domain) == wanted, f"the tally of {domain}")

    def days_go_by(self, days=1):
        """As if what was tallied had been so long ago."""
        self.sql("UPDATE tally SET day = day - ?", days)

    def send(self, *arguments):
        return self.daemon.command.json("report", "send", *arguments)

    def states(self, column="state"):
        return [row[0] for row in self.sql(f"SELECT {column} FROM delivery")]


@pytest.fixture
def reporter(start_daemon, relay):  # pylint: disable=unused-argument
    return Reporter(start_daemon)


def wants(internet, domain, *targets):
    record = f"v=TLSRPTv1; rua={','.join(targets)}"
    internet.dns.set(f"_smtp._tls.{domain}", "TXT", txt(record))


def delivered(internet, host, recipient):
    """The report mail, as the MX host of a mailbox got it."""

    def arrived():
        deliveries = internet.mx_hosts[host].deliveries
        return next((d for d in deliveries if recipient in d.recipients), None)

    raw = wait_for(arrived, f"mail to {recipient}").message
    return email.message_from_bytes(raw, policy=email.policy.default)


def range_of(day):
    day = time.strftime("%Y-%m-%d", time.gmtime(day * DAY_S))
    return {"start-datetime": f"{day}T00:00:00Z", "end-datetime": f"{day}T23:59:59Z"}


def test_what_was_tallied_is_reported(internet, fresh, reporter, posts):
    """By mail and by POST, to every target, in the forms of the RFC."""
    good, bad = fresh(mx=(Mx(),)), fresh(mx=(Mx(certificate="expired"),))
    mailbox = fresh(mx=(Mx(),))
    recipient = f"reports@{mailbox}"
    url = "https://reports.tlsrpt.test/v1"
    other_port = "https://reports.tlsrpt.test:8443/v1"
    wants(internet, good, f"mailto:{recipient}", url, other_port)
    wants(internet, bad, url)
    reporter.tally(good, 3)
    reporter.tally(bad, 2)
    reporter.tally(mailbox)  # which wants none
    reporter.daemon.stop()
    reporter.days_go_by()
    day = int(time.time()) // DAY_S - 1
    preview = reporter.send("--dry-run")
    assert preview.status == 0
    plan = next(p for p in preview.data["deliveries"] if p["domain"] == good)
    assert plan["to"] == [recipient, url]
    assert [each["target"] for each in plan["skipped"]] == [other_port]
    assert "443" in plan["skipped"][0]["why"]
    assert not reporter.states()
    answer = reporter.send()
    assert (answer.status, answer.data["made"], answer.data["unwanted"]) == (0, 2, 1)
    assert answer.data["delivered"] == 3
    assert set(reporter.states()) == {"done"}

    # The POSTs.
    assert {post.path for post in posts.posts} == {"/v1"}
    assert {post.media for post in posts.posts} == {"application/tlsrpt+gzip"}
    reports = {
        post.report["policies"][0]["policy"]["policy-domain"]: post.report
        for post in posts.posts
    }
    for report in reports.values():
        jsonschema.validate(report, SCHEMA)
        assert report["date-range"] == range_of(day)
        assert report["organization-name"] == "Sender Inc."
        assert report["contact-info"] == "postmaster@sender.example"
    (policy,) = reports[good]["policies"]
    assert policy["summary"] == {
        "total-successful-session-count": 3,
        "total-failure-session-count": 0,
    }
    assert policy["policy"]["policy-type"] == "sts"
    assert policy["policy"]["mx-host"] == [f"mx1.{good}"]
    assert "mode: enforce" in policy["policy"]["policy-string"]
    (policy,) = reports[bad]["policies"]
    assert policy["summary"]["total-failure-session-count"] == 2
    (failure,) = policy["failure-details"]
    assert failure["result-type"] == "certificate-expired"
    assert failure["receiving-mx-hostname"] == f"mx1.{bad}"
    assert failure["receiving-ip"] in internet.mx_hosts[f"mx1.{bad}"].addresses
    assert failure["failed-session-count"] == 2

    # The mail has the same report.
    mail = delivered(internet, f"mx1.{mailbox}", recipient)
    assert mail.get_content_type() == "multipart/report"
    assert mail.get_param("report-type") == "tlsrpt"
    assert mail["From"].addresses[0].addr_spec == FROM
    assert mail["TLS-Report-Domain"] == good
    assert mail["TLS-Report-Submitter"] == "sender.example"
    assert mail["TLS-Required"] == "No"
    report_id = reports[good]["report-id"]
    subject = f"Report Domain: {good} Submitter: sender.example Report-ID: <{report_id}>"
    assert " ".join(mail["Subject"].split()) == subject
    text, part = mail.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert part.get_content_type() == "application/tlsrpt+gzip"
    begin = day * DAY_S
    name = f"sender.example!{good}!{begin}!{begin + DAY_S - 1}.json.gz"
    assert part.get_filename() == name
    assert json.loads(gzip.decompress(part.get_content())) == reports[good]

    # What was announced is what was sent, and it is not sent again.
    by_id = {each["report-id"]: each for each in preview.data["reports"]}
    announced = {each["domain"]: each for each in preview.data["deliveries"]}
    assert {
        domain: by_id[each["report_id"]] for domain, each in announced.items()
    } == reports
    assert announced[good]["to"] == [recipient, url]
    assert announced[good]["filename"] == name
    assert [each["domain"] for each in preview.data["skipped"]] == [mailbox]
    assert reporter.send().data["delivered"] == 0
    assert len(posts.posts) == 2

    # The other half reads what this one writes.
    path = reporter.path.parent / "preview.json"
    path.write_text(json.dumps(preview.data))
    seen = reporter.daemon.command.json("report", "show", str(path))
    assert (seen.status, seen.data["errors"]) == (0, [])
    total = seen.data["total"]
    assert (total["reports"], total["success"], total["failure"]) == (2, 3, 2)


def test_what_was_sent_can_be_shown(internet, fresh, reporter, tmp_path):
    """By `report show`: the dry run, and the mail as it arrived."""
    bad, mailbox = fresh(mx=(Mx(certificate="expired"),)), fresh(mx=(Mx(),))
    recipient = f"reports@{mailbox}"
    wants(internet, bad, f"mailto:{recipient}")
    reporter.tally(bad, 2)
    reporter.daemon.stop()
    reporter.days_go_by()
    announced, arrived = tmp_path / "dry-run.json", tmp_path / "mail"
    announced.write_text(json.dumps(reporter.send("--dry-run").data))
    assert reporter.send().data["delivered"] == 1
    arrived.write_bytes(bytes(delivered(internet, f"mx1.{mailbox}", recipient)))
    for path in announced, arrived:
        shown = reporter.daemon.command.json("report", "show", path)
        assert shown.status == 0, shown.data
        assert shown.data["total"] == {"reports": 1, "success": 0, "failure": 2}
        (report,) = shown.data["reports"]
        assert report["organization"] == "Sender Inc."
        assert report["notes"] == []
        (failure,) = report["policies"][0]["failures"]
        assert failure["result_type"] == "certificate-expired"
        assert failure["receiving_mx"] == f"mx1.{bad}"
    both = reporter.daemon.command.json("report", "show", announced, arrived)
    assert both.data["total"]["reports"] == 1
    assert both.data["duplicates"][0]["same"]


def test_policy_that_cannot_be_had(internet, fresh, reporter, posts):
    domain = fresh(https="404")
    wants(internet, domain, "https://reports.tlsrpt.test/x")
    reporter.tally(domain)
    reporter.daemon.stop()
    reporter.days_go_by()
    assert reporter.send().data["delivered"] == 1
    report = posts.posts[0].report
    jsonschema.validate(report, SCHEMA)
    (policy,) = report["policies"]
    assert policy["policy"] == {"policy-type": "sts", "policy-domain": domain}
    (failure,) = policy["failure-details"]
    assert failure["result-type"] == "sts-policy-fetch-error"
    assert "404" in failure["failure-reason-code"]


def test_today_waits(internet, fresh, reporter, posts):
    domain = fresh()
    wants(internet, domain, "https://reports.tlsrpt.test/x")
    reporter.tally(domain)
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert reporter.send().data["made"] == 0
    assert reporter.send("--day", today).status == 64
    preview = reporter.send("--day", today, "--dry-run")
    assert [each["domain"] for each in preview.data["deliveries"]] == [domain]
    assert not posts.posts


@pytest.mark.parametrize("status", [503, 307])
def test_refused_post_is_tried_again(internet, fresh, reporter, posts, status):
    """Later, with the same report; a redirect is a refusal."""
    domain = fresh()
    wants(internet, domain, "https://reports.tlsrpt.test/x")
    reporter.tally(domain)
    reporter.daemon.stop()
    reporter.days_go_by()
    posts.status = status
    answer = reporter.send()
    assert (answer.status, answer.data["later"]) == (1, 1)
    assert reporter.states() == ["due"]
    assert str(status) in reporter.states("detail")[0]
    assert reporter.states("at")[0] > time.time() + 200
    posts.status = 200
    assert reporter.send().data["delivered"] == 0  # not yet
    reporter.sql("UPDATE delivery SET at = 0")
    assert reporter.send().data["delivered"] == 1
    first, second = posts.posts
    assert first == second
    assert reporter.states("tries") == [2]


def test_daemon_sends_by_itself(internet, fresh, reporter, posts):
    """Of a day whose hour has come; and its sandbox lets it."""
    domain = fresh()
    wants(internet, domain, "https://reports.tlsrpt.test/x", f"mailto:a@{domain}")
    reporter.tally(domain)
    reporter.daemon.stop()
    reporter.days_go_by(2)
    reporter.daemon.start()
    wait_for(lambda: reporter.states() == ["done", "done"], "both deliveries")
    assert len(posts.posts) == 1
    assert "tlsrpt-delivered" in reporter.daemon.log()


def test_never_twice_after_a_kill(internet, fresh, reporter, posts):
    """Killed while the host has the report, and has not yet said so."""
    domain = fresh()
    wants(internet, domain, "https://reports.tlsrpt.test/x")
    reporter.tally(domain)
    reporter.daemon.stop()
    reporter.days_go_by(2)
    posts.held.set()
    reporter.daemon.start()
    assert posts.asked.wait(30)
    reporter.daemon.kill()
    posts.held.clear()
    reporter.daemon.start()
    assert reporter.send().data["delivered"] == 0
    assert reporter.states() == ["claimed"]
    reporter.sql("UPDATE delivery SET at = at - 2000")
    answer = reporter.send()
    assert (answer.status, answer.data["uncertain"]) == (1, 1)
    assert reporter.states() == ["uncertain"]
    assert len(posts.posts) == 1


def test_tally_survives_a_kill(fresh, reporter):
    domain = fresh()
    reporter.tally(domain, 5)
    reporter.daemon.kill()
    assert reporter.sessions(domain) == 5
    reporter.daemon.start()
    reporter.tally(domain, 1, sessions=6)


def test_address_is_vetted(internet, fresh, reporter):
    """An outsider names these hosts, too."""
    domain = fresh()
    internet.dns.set("inside.tlsrpt.test", "A", "127.0.0.1")
    wants(internet, domain, "https://inside.tlsrpt.test/x")
    reporter.tally(domain)
    reporter.daemon.stop()
    reporter.days_go_by()
    assert reporter.send().data["later"] == 1
    (detail,) = reporter.states("detail")
    assert "not a public address" in detail


def test_report_is_not_held_by_what_it_reports(
    internet, fresh, start_daemon, postfix
):
    """Nor tallied; a forged one, to anybody else or at another time, is."""
    reporter = Reporter(start_daemon, ports.OWN_MILTER, ports.OWN)
    domain = fresh(mx=(Mx(certificate="expired"),))
    recipient = f"tlsrpt@{domain}"
    wants(internet, domain, f"mailto:{recipient}")

    def code(address):
        seen = message(reporter.daemon.address, [address], sender=FROM)
        return seen.recipients[address].code

    assert code(recipient) == 451
    wait_for(lambda: reporter.sessions(domain) == 1, "the tally")
    reporter.daemon.stop()
    reporter.days_go_by(2)
    reporter.daemon.start()
    wait_for(lambda: reporter.states() == ["done"], "the report")
    wait_for(lambda: postfix.entry(recipient), "its delivery, which is Postfix's")
    reporter.daemon.stop()
    assert reporter.sessions(domain) == 1  # that of before
    reporter.daemon.start()
    assert code(recipient) == 451  # nothing is under way any more
    reporter.sql("UPDATE delivery SET state = 'claimed', at = ?", int(time.time()))
    assert code(recipient) == 250
    assert code(f"somebody.else@{domain}") == 451


def test_transport_of_the_sample(internet, fresh, daemon):
    """Postfix delivers reports, and nothing else, despite the policy."""
    text = samples.POSTFIX.read_text()
    lines = re.search(r"#   tlsrpt unix .*\n(#       -o .*\n)+", text).group(0)
    service = re.sub(r"(?m)^#   ", "", lines).replace(" y ", " n ")  # no chroot here
    name, routes = re.search(r"#(sender_dep\w+) = (.*)", text).groups()
    place = folder() / "postfix-of-reports"
    maps = samples.postfix(ports.DEFAULT_MAP)
    own = {**maps, name: routes.replace("tlsrpt@example.com", FROM)}
    unasked = {"smtpd_milters": ""}
    postfix = Postfix(place, [Smtpd(ports.REPORTS, options=unasked)], **own)
    with (place / "etc" / "master.cf").open("a") as master:
        master.write(service)
    domain = fresh(mx=(Mx(certificate="expired"),))
    assert daemon.command.json("query", domain).data["mode"] == "enforce"
    with postfix:
        for sender in ("somebody@sender.example", FROM):
            with postfix.smtp(ports.REPORTS) as client:
                client.sendmail(sender, [f"{sender[:3]}@{domain}"], "Subject: x\n\n")
        delivered(internet, f"mx1.{domain}", f"{FROM[:3]}@{domain}")
        wait_for(lambda: postfix.deferred in postfix.text(), "the other's delay")


def test_thousands_of_domains(internet, fresh, reporter, posts):
    """Of which few want a report."""
    domain = fresh()
    wants(internet, domain, "https://reports.tlsrpt.test/x")
    reporter.tally(domain)
    reporter.daemon.stop()
    reporter.days_go_by()
    with sqlite3.connect(reporter.path) as connection:
        connection.executemany(
            "INSERT INTO tally SELECT day, ?, type, policy, result_type, mx, ip,"
            " reason_code, sessions FROM tally WHERE domain = ?",
            [(f"d{n}.many.test", domain) for n in range(2000)],
        )
    answer = reporter.send()
    assert (answer.data["made"], answer.data["unwanted"]) == (1, 2000)
    assert answer.data["delivered"] == len(posts.posts) == 1


def test_without_a_tally(internet, command):
    """What is missing is said."""
    answer = command.json("report", "send")
    assert (answer.status, answer.data["error"]) == (78, "configuration")
    assert "tlsrpt_from" in answer.data["message"]
