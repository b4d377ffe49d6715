"""`mta-sts release`: held mail is found, checked again, and let go.

On real queues; what others hold, and what outsiders write, changes nothing.
"""

import json
import os
import subprocess

import ports
import pytest

from internet.waiting import wait_for
from internet.world import Mx

SENDER = "sender@example.org"
QUARANTINE = {"on_fail": "quarantine", "on_unreachable": "quarantine"}
FORGED = (
    "MTA-STS-Status: fail; host=relay.example.org; domain=mx-own.test;\n"
    " policy=enforce; id=1; reason=certificate-expired; action=quarantine\n"
)


def send(mta, port, *recipients, headers=""):
    """Returns the queue id."""
    with mta.smtp(port) as client:
        assert client.mail(SENDER)[0] == 250
        for recipient in recipients:
            assert client.rcpt(recipient)[0] == 250
        code, text = client.data(f"{headers}Subject: a test\n\nBody.\n")
        assert code == 250
    return mta.queue_id(text.decode())


@pytest.fixture
def own(mta, start_own):
    """The daemon, and a queue of nobody else's."""
    daemon = start_own(**QUARANTINE, probe_failure_ttl=86400)
    clean(mta)
    yield daemon
    clean(mta)


def clean(mta):
    if mta.name == "postfix":
        mta.delete_all()
    else:
        for path in mta.queue.iterdir():
            path.unlink()


def release(own, mta, *arguments):
    return own.command.json("release", *mta.options_of_release(), *arguments)


def held(mta):
    return {entry.queue_id for entry in mta.contents() if entry.held}


def by_id(answer):
    return {message["queue_id"]: message for message in answer.data["messages"]}


def arrived(internet, domain, recipient):
    deliveries = internet.mx_hosts[f"mx1.{domain}"].deliveries
    return next((d for d in deliveries if recipient in d.recipients), None)


def test_nothing_is_held(own, mta):
    answer = release(own, mta, "--now")
    assert (answer.status, answer.data["messages"]) == (0, [])
    assert answer.data["others"] == 0
    shown = own.command.run("release", *mta.options_of_release())
    assert shown.stdout == "0 messages held by mta-sts-milter\n"


def test_mended_domains_are_let_go(internet, own, mta, fresh):
    """And only those; without --now nothing moves."""
    bad, mended = fresh(mx=(Mx(certificate="expired"),)), fresh(mx=(Mx(fault="refused"),))
    stays = send(mta, ports.OWN, f"a@{bad}")
    goes = send(mta, ports.OWN, f"b@{mended}")
    answer = release(own, mta)
    assert answer.status == 1
    messages = by_id(answer)
    assert set(messages) == {stays, goes}
    assert messages[stays]["domains"] == [bad]
    assert messages[stays]["reason"] == "certificate-expired"
    assert messages[goes]["reason"] == "unreachable"
    assert not any(message["passes"] for message in messages.values())
    internet.change(mended, mx=(Mx(),))
    answer = release(own, mta)
    assert answer.data["checked_by"] == "daemon"
    messages = by_id(answer)
    assert (messages[goes]["passes"], messages[stays]["passes"]) == (True, False)
    assert messages[goes]["checks"][0]["result"] == "pass"
    assert held(mta) == {stays, goes}
    answer = release(own, mta, "--now")
    assert answer.status == 1
    messages = by_id(answer)
    assert messages[goes]["released"] is True
    assert "released" not in messages[stays]
    assert held(mta) == {stays}

    def delivered():
        if any(entry.queue_id == goes for entry in mta.contents()):
            mta.deliver(goes)
        return arrived(internet, mended, f"b@{mended}")

    wait_for(delivered, "the delivery")
    internet.change(bad, mx=(Mx(),))
    shown = own.command.run("release", "--now", *mta.options_of_release())
    assert (shown.returncode, held(mta)) == (0, set())
    assert f"{stays}" in shown.stdout
    assert "pass, released" in shown.stdout
    assert "1 message held by mta-sts-milter, 1 released\n" in shown.stdout


def test_several_domains(internet, own, mta, fresh):
    """The header does not name them: the queue's recipients do, and all have to
    pass."""
    one, other = fresh(mx=(Mx(certificate="expired"),)), fresh(mx=(Mx(fault="refused"),))
    recipients = (f"a@{one}", f"b@{other}", "c@mx-own.test", f"d@{one.upper()}")
    queue_id = send(mta, ports.OWN, *recipients)
    message = by_id(release(own, mta))[queue_id]
    assert set(message["domains"]) == {one, other, "mx-own.test"}
    internet.change(one, mx=(Mx(),))
    answer = release(own, mta, "--now")
    results = {c["domain"]: c["passes"] for c in by_id(answer)[queue_id]["checks"]}
    assert results == {one: True, other: False, "mx-own.test": True}
    assert held(mta) == {queue_id}
    internet.change(other, mx=(Mx(),))
    assert release(own, mta, "--now").status == 0
    assert held(mta) == set()


def test_what_others_hold_is_left_alone(internet, own, mta, fresh):
    """A forged header changes nothing, whether the milter saw the message or
    not; nor does our own of another action."""
    domain = fresh(mx=(Mx(certificate="expired"),))
    ours = send(mta, ports.OWN, f"a@{domain}", headers=FORGED)
    unseen = send(mta, ports.TAGGING, "b@mx-own.test", headers=FORGED)
    tagged = send(mta, ports.TAGGING, f"c@{domain}")
    for queue_id in (unseen, tagged):
        if queue_id not in held(mta):
            mta.hold(queue_id)
    assert held(mta) == {ours, unseen, tagged}
    internet.change(domain, mx=(Mx(),))
    answer = release(own, mta, "--now")
    assert set(by_id(answer)) == {ours}
    assert answer.data["others"] == 2
    assert held(mta) == {unseen, tagged}


def test_mail_that_did_not_pass_the_milter(own, postfix):
    """Its forged header is nobody's word."""
    clean(postfix)
    queue_id = send(postfix, ports.PLAIN_HOLDING, "b@mx-own.test", headers=FORGED)
    assert FORGED.split(";")[0] in postfix.message(queue_id)
    answer = own.command.json(
        "release", "--now", *postfix.options_of_release()
    )
    assert (answer.status, answer.data["messages"]) == (0, [])
    assert answer.data["others"] == 1
    assert held(postfix) == {queue_id}


def test_one_domain_of_many(internet, own, mta, fresh):
    one, other = (fresh(mx=(Mx(certificate="expired"),)) for _ in range(2))
    wanted = send(mta, ports.OWN, f"a@{one}")
    stays = send(mta, ports.OWN, f"b@{other}")
    for domain in (one, other):
        internet.change(domain, mx=(Mx(),))
    answer = release(own, mta, "--now", "--domain", one.upper())
    assert (answer.status, set(by_id(answer))) == (0, {wanted})
    assert held(mta) == {stays}


def test_an_exception_lets_it_go(own, mta, fresh):
    domain = fresh(mx=(Mx(certificate="expired"),))
    queue_id = send(mta, ports.OWN, f"a@{domain}")
    assert release(own, mta, "--now").status == 1
    own.configuration.write({domain: {"on_fail": "log", "until": "2099-12-31"}})
    answer = release(own, mta, "--now")
    check = by_id(answer)[queue_id]["checks"][0]
    assert (check["result"], check["action"]) == ("fail", "log")
    assert (answer.status, held(mta)) == (0, set())


def test_without_the_daemon(internet, own, mta, fresh):
    """An engine of the command's own proves a path; that there is no policy it
    cannot, since it remembers none."""
    domain, gone = (fresh(mx=(Mx(certificate="expired"),)) for _ in range(2))
    goes = send(mta, ports.OWN, f"a@{domain}")
    stays = send(mta, ports.OWN, f"b@{gone}")
    internet.change(domain, mx=(Mx(),))
    internet.change(gone, txt=())
    own.stop()
    answer = release(own, mta, "--now")
    assert (answer.status, answer.data["checked_by"]) == (1, "engine")
    messages = by_id(answer)
    assert messages[goes]["released"] is True
    assert messages[stays]["checks"][0]["result"] == "none"
    assert "no policy is found" in messages[stays]["why"]
    assert held(mta) == {stays}


def test_commands_that_cannot_be_used(own, mta, tmp_path):
    config, program = tmp_path / "none", tmp_path / "fails"
    program.write_text("#!/bin/sh\necho 'it \x1b[31mfails' >&2\nexit 3\n")
    program.chmod(0o755)
    if mta.name == "postfix":
        (tmp_path / "postqueue").symlink_to(program)
        arguments = ["--postfix-config", str(config), "--postfix-commands", str(tmp_path)]
    else:
        arguments = ["--sendmail-config", str(config), "--sendmail-program", str(program)]
    answer = own.command.json("release", *arguments)
    assert answer.status == 69
    assert answer.data["error"] == "mta"
    assert "ended with 3: it \\x1b[31mfails" in answer.data["message"]
    assert "\x1b" not in answer.errors


def test_a_hostile_queue_is_no_option(own, tmp_path):
    """Queue ids go into arguments: what is none is passed over."""
    ids = ["ALL", "-d", "../../x", "ABC;ls", "4Y1xyz\n", "", "A" * 40]
    lines = [
        {"queue_name": "hold", "queue_id": each, "arrival_time": 1, "recipients": []}
        for each in ids
    ]
    listing = "\n".join(map(json.dumps, lines)) + "\n"
    (tmp_path / "listing").write_text(listing)
    log = tmp_path / "log"
    for name, does in (("postqueue", f"cat {tmp_path}/listing"), ("postcat", "true")):
        script = tmp_path / name
        script.write_text(f'#!/bin/sh\necho "{name} $*" >>{log}\n{does}\n')
        script.chmod(0o755)
    os.symlink(tmp_path / "postcat", tmp_path / "postsuper")
    answer = own.command.json(
        "release", "--now", "--mta", "postfix", "--postfix-commands", str(tmp_path)
    )
    assert (answer.status, answer.data["messages"]) == (0, [])
    assert set(log.read_text().splitlines()) == {"postqueue -j"}


def test_only_root_can_look(own, mta):
    """Whoever cannot is told what to do."""
    done = subprocess.run(
        ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]
        + [*own.command.argv, "release", *mta.options_of_release()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (69, "")
    assert "run it with sudo" in done.stderr
