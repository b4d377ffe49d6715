"""Start, reload, restart and sudden death, with and without traffic."""

import json
import os
import re
import signal
import smtplib
import socket
import stat
import subprocess
import threading
import time
from pathlib import Path

import ports
import pytest

from internet import samples
from internet.internet import folder
from internet.milterclient import Client, message
from internet.parallel import for_all
from internet.waiting import wait_for
from internet.world import Mx

EXPIRED = "mx-expired.test"
GOOD = "mx-own.test"
SILENT = "https-silent.test"  # its policy host


def told(daemon, domain):
    outcome = message(daemon.address, [f"user@{domain}"])
    return outcome.recipients[f"user@{domain}"].code


# --- what is remembered ---


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_policies_survive(internet, start_daemon, end):
    """With the network unplugged: what was known still protects."""
    own = start_daemon()
    assert told(own, GOOD) == 250
    assert told(own, EXPIRED) == 451
    getattr(own, end)()
    with internet.unplugged():
        own.start()
        assert own.command.json("query", "--cached", GOOD).data["mode"] == "enforce"
        assert told(own, EXPIRED) == 451
        decision = own.wait_decision(domain=EXPIRED, policy="enforce", id="20260101")
        assert decision["result"] in ("fail", "temperror")


def test_memory_only_forgets(internet, start_daemon):
    own = start_daemon(store="")
    assert told(own, GOOD) == 250
    own.restart()
    assert own.command.json("query", "--cached", GOOD).status == 1


def test_it_ends_cleanly(start_daemon):
    own = start_daemon()
    told(own, GOOD)
    assert own.stop() == 0
    assert not own.configuration.control.exists()


def test_it_starts_where_it_died(start_daemon):
    """What kill -9 leaves behind is in nobody's way."""
    own = start_daemon()
    own.kill()
    assert own.configuration.control.exists()
    own.start()
    assert told(own, GOOD) == 250


def test_it_runs_as_whom_it_is_told(start_daemon):
    own = start_daemon()
    with open(f"/proc/{own.process.pid}/status", encoding="ascii") as status:
        uids = re.search(r"^Uid:\s+(.*)$", status.read(), re.MULTILINE).group(1)
    assert set(uids.split()) == {"59003"}
    assert (own.configuration.control.stat().st_mode & 0o777) == 0o660


def test_in_the_background_it_logs_to_syslog(start_daemon, fresh):
    own = start_daemon()
    own.stop()
    argv = [word for word in own.process.argv if word != "-f"]
    subprocess.run(argv, check=True, timeout=30)
    pid = wait_for(lambda: own.command.json("status").data.get("pid"), "the daemon")
    domain = fresh(mx=(Mx(certificate="expired"),))
    assert told(own, domain) == 451
    syslog = folder() / "syslog"

    def line():
        lines = syslog.read_text().splitlines()
        return next((e for e in lines if domain in e and "verdict" in e), "")

    assert wait_for(line, "the line in syslog").startswith("<22>"), "mail.info"
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: own.command.run("status").returncode == 69, "its end")


# --- configuration ---


def test_an_empty_file_runs(start_daemon, tmp_path):
    """Checked only, since its sockets are the machine's."""
    own = start_daemon()
    empty = tmp_path / "empty.conf"
    empty.write_text("")
    assert check(own, empty).returncode == 0


def check(own, path):
    argv = [own.process.argv[0], "-t", "-c", str(path)]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "line, told_instead",
    [
        ('on_fail = "bounce"', "quarantine"),
        ("on_fial = defer", "on_fail"),
        ("rcpt_wait = -1", "rcpt_wait"),
        ('allow_networks = {"300.0.0.0/8"}', "allow_networks"),
        ("fetch_timeout = 61", "60"),
    ],
)
def test_a_bad_configuration_is_told_and_not_run(
    start_daemon, tmp_path, line, told_instead
):
    own = start_daemon()
    path = tmp_path / "bad.conf"
    path.write_text(f"# one\n{line}\n")
    done = check(own, path)
    assert done.returncode == 78
    assert f"{path}:2" in done.stderr
    assert told_instead in done.stderr


def test_a_reload_counts(start_daemon):
    own = start_daemon()
    assert told(own, EXPIRED) == 451
    own.reload(on_fail="tag")
    assert told(own, EXPIRED) == 250
    own.configuration.write(on_fail="reject")
    own.process.send(signal.SIGUSR1)
    wait_for(lambda: told(own, EXPIRED) == 550, "the reload by SIGUSR1")


def test_a_bad_reload_changes_nothing(start_daemon):
    """And is told with its line, to whoever asked and in the log."""
    own = start_daemon()
    own.configuration.write(on_fail="bounce")
    text = own.configuration.path.read_text().splitlines()
    number = 1 + next(n for n, line in enumerate(text) if "bounce" in line)
    where = f"{own.configuration.path}:{number}: on_fail"
    done = own.command.run("reload")
    assert done.returncode != 0
    assert where in done.stdout + done.stderr
    own.process.send(signal.SIGUSR1)
    wait_for(lambda: "old-configuration-stays" in own.log(), "the refusal")
    assert f'reload-failed why="{where}' in own.log()
    assert told(own, EXPIRED) == 451


def test_the_audit_file_is_opened_anew(start_daemon):
    own = start_daemon()
    told(own, EXPIRED)
    own.wait_decision(domain=EXPIRED)
    audit = own.configuration.audit
    audit.rename(audit.with_suffix(".old"))
    own.reload()
    told(own, EXPIRED)
    assert own.wait_decision(domain=EXPIRED)


def test_the_sample_rotates_the_audit_file(start_daemon, tmp_path):
    own = start_daemon()
    audit = own.configuration.audit
    told(own, EXPIRED)
    own.wait_decision(domain=EXPIRED)
    first = audit.read_text()
    sample = tmp_path / "logrotate.conf"
    reload = [*own.command.argv, "reload"]
    sample.write_text(samples.logrotate(audit, audit.owner(), reload))
    argv = ["logrotate", "--force", "--state", tmp_path / "state", sample]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert Path(f"{audit}.1").read_text() == first
    told(own, EXPIRED)
    own.wait_decision(domain=EXPIRED)
    assert stat.S_IMODE(audit.stat().st_mode) == 0o640


def test_status_is_told(start_daemon):
    own = start_daemon()
    answer = own.command.json("status")
    assert answer.status == 0
    own.stop()
    assert own.command.run("status").returncode == 69


def test_logged_for_people_too(start_daemon):
    own = start_daemon()
    told(own, EXPIRED)
    decision = own.wait_decision(domain=EXPIRED)
    (line,) = [each for each in own.log().splitlines() if "verdict" in each]
    assert re.search(
        rf"verdict domain={EXPIRED} result=fail policy=enforce id=20260101 "
        rf"reason=certificate-expired mx=mx1\.{EXPIRED} action=defer stage=rcpt "
        r"cached=(yes|no) ms=\d+",
        line,
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", decision["time"])
    assert {mx["host"] for mx in decision["mxs"]} == {f"mx1.{EXPIRED}"}


def test_the_audit_file_has_a_line_a_decision(start_daemon):
    own = start_daemon()
    message(own.address, ["a@good.test", f"b@{EXPIRED}", "c@good.test"])
    own.wait_decision(domain="good.test")
    lines = own.configuration.audit.read_text().splitlines()
    domains = [json.loads(line)["domain"] for line in lines]
    assert sorted(domains) == ["good.test", EXPIRED]


# --- in mid-traffic ---


def test_reload_drops_no_session(start_daemon):
    """Every session goes on; each word counts once it was reloaded, and no other."""
    own = start_daemon(on_fail="defer")
    told(own, EXPIRED)
    words = {"tag": 250, "defer": 451, "reject": 550}
    seen = []
    ended = threading.Event()

    def traffic(_):
        while not ended.is_set():
            with Client(own.address) as client:
                client.hello()
                for _ in range(5):
                    outcome = client.send([f"user@{EXPIRED}", f"user@{GOOD}"])
                    seen.append(outcome.recipients[f"user@{EXPIRED}"].code)
                    assert outcome.recipients[f"user@{GOOD}"].code == 250
                    assert outcome.end.code == 250

    def reloads(_):
        try:
            for word, code in [*words.items()] * 5:
                own.reload(on_fail=word)
                reloaded = len(seen)
                wait_for(lambda: code in seen[reloaded:], f"{word} to count")
        finally:
            ended.set()

    for_all(lambda work: work(None), [traffic] * 4 + [reloads])
    assert set(seen) == set(words.values())


END_S = 15  # those who wait, 5 s at most, the disk, 2 s, and a busy machine


def test_the_end_has_a_bound(internet, start_daemon):
    """Whatever is under way at the time: all who wait are told, none is let in."""
    fetches = internet.policy_hosts.host(SILENT).requests
    before = len(fetches)
    own = start_daemon(fetch_timeout=60, rcpt_wait=30)
    idle = Client(own.address)
    idle.hello()
    control = socket.socket(socket.AF_UNIX)
    control.connect(str(own.configuration.control))
    control.sendall(b'{"command":')
    began = []

    def deliver(number):
        with Client(own.address) as client:
            client.hello()
            client.mail()
            try:
                return client.rcpt(f"user{number}@{SILENT}").code
            except ConnectionError:
                return "closed"

    def refresh(_):
        return own.command.run("cache", "refresh", SILENT).returncode

    def stop(_):
        wait_for(lambda: len(fetches) > before, "the fetch that all wait for")
        began.append(time.monotonic())
        return own.stop()

    work = [(refresh, 0), (stop, 0), *((deliver, n) for n in range(20))]
    refreshed, status, *codes = for_all(lambda each: each[0](each[1]), work)
    assert time.monotonic() - began[0] < END_S
    assert status == 0
    assert set(codes) <= {451, "closed"}
    assert refreshed != 0
    assert " stopped " in own.log()
    control.close()
    idle.drop()


@pytest.mark.parametrize("end", ["restart", "kill"])
def test_no_message_is_lost_twice_or_let_through(internet, mta, start_own, end):
    """Real mail servers, many clients, and the daemon goes and comes back."""
    own = start_own()
    numbers = range(60)
    prefix = f"{end}-{mta.name}-"

    def deliver(number):
        """As a client with a queue does: again until it is taken."""
        good, bad = f"{prefix}{number}@{GOOD}", f"{prefix}{number}@{EXPIRED}"
        while True:
            try:
                with mta.smtp(ports.OWN) as client:
                    refused = client.sendmail(
                        "sender@example.org", [good, bad], "Subject: x\n\nx\n"
                    )
            except (smtplib.SMTPException, OSError):
                continue
            assert set(refused) == {bad}
            return refused[bad][0]

    def disturb():
        host = internet.mx_hosts[f"mx1.{GOOD}"]
        before = len(host.deliveries)
        wait_for(lambda: len(host.deliveries) > before + 5, "some traffic")
        if end == "kill":
            own.kill()
            own.start()
        else:
            own.restart()

    disturber = threading.Thread(target=disturb)
    disturber.start()
    codes = for_all(deliver, numbers)
    disturber.join()
    assert set(codes) <= {450, 451}

    def arrived():
        return sorted(
            recipient
            for delivery in internet.mx_hosts[f"mx1.{GOOD}"].deliveries
            for recipient in delivery.recipients
            if recipient.startswith(prefix)
        )

    wait_for(lambda: len(arrived()) >= len(numbers), "all deliveries")
    assert arrived() == sorted(f"{prefix}{number}@{GOOD}" for number in numbers)
    assert not [
        delivery
        for delivery in internet.mx_hosts[f"mx1.{EXPIRED}"].deliveries
        if delivery.recipients[0].startswith(prefix)
    ]
