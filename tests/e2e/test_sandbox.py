"""What the daemon may still do once it runs, as seen from outside."""

import os
import re
import shutil
import signal
import subprocess

import pytest

from internet.daemon import USER
from internet.internet import folder
from internet.milterclient import message
from internet.waiting import wait_for

EXPIRED = "mx-expired.test"


def told(daemon, domain):
    outcome = message(daemon.address, [f"user@{domain}"])
    return outcome.recipients[f"user@{domain}"].code


def in_force(daemon):
    """What the daemon says of its sandbox: {"landlock": "yes", …}."""
    line = re.search(r" sandbox (.*)$", daemon.log(), re.MULTILINE).group(1)
    return dict(pair.split("=") for pair in line.split())


def need(daemon, part):
    if in_force(daemon)[part] != "yes":
        pytest.skip(f"{part} is not in this build or this kernel")


def threads(daemon):
    """/proc's status of each thread, as dictionaries."""
    tasks = f"/proc/{daemon.process.pid}/task"
    for thread in os.listdir(tasks):
        with open(f"{tasks}/{thread}/status", encoding="ascii") as status:
            pairs = (line.split(":", 1) for line in status)
            yield {key: value.strip() for key, value in pairs}


def test_no_thread_has_privileges(start_daemon):
    own = start_daemon()
    told(own, EXPIRED)  # threads of libmilter, too
    seen = list(threads(own))
    assert len(seen) > 3
    for each in seen:
        assert set(each["Uid"].split()) == set(each["Gid"].split()) == {"59003"}
        assert each["Groups"] == "59003"
        assert each["NoNewPrivs"] == "1"
        for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb"):
            assert int(each[f"Cap{kind}"], 16) == 0, kind


def test_every_thread_is_filtered(start_daemon):
    own = start_daemon()
    need(own, "seccomp")
    told(own, EXPIRED)
    assert {each["Seccomp"] for each in threads(own)} == {"2"}


# --- reloads ---


@pytest.fixture
def elsewhere(request):
    """A folder that no configuration has named before."""
    path = folder() / f"elsewhere-{request.node.name}"
    path.mkdir()
    shutil.chown(path, USER, USER)
    return path


def test_a_reload_stays_inside(start_daemon, elsewhere):
    """It is refused by name, the old one stays, and a restart helps."""
    own = start_daemon()
    need(own, "landlock")
    audit = elsewhere / "audit.json"
    own.configuration.write(on_fail="tag", audit_file=audit)
    done = own.command.run("reload")
    assert done.returncode != 0
    assert str(audit) in done.stdout + done.stderr
    assert "restart" in done.stdout + done.stderr
    own.process.send(signal.SIGUSR1)
    wait_for(lambda: "old-configuration-stays" in own.log(), "the refusal")
    assert told(own, EXPIRED) == 451
    assert own.wait_decision(domain=EXPIRED)
    assert not audit.exists()

    own.restart()
    assert told(own, EXPIRED) == 250
    wait_for(audit.exists, "the audit file elsewhere")


def test_a_certificate_store_elsewhere(start_daemon, elsewhere, internet):
    own = start_daemon()
    need(own, "landlock")
    new = elsewhere / "ca.pem"
    shutil.copy(internet.pki.ca_file, new)
    own.configuration.write(ca_file=new)
    done = own.command.run("reload")
    assert done.returncode != 0
    assert f'ca_file = "{new}"' in done.stdout + done.stderr
    assert told(own, "good.test") == 250


def test_a_certificate_store_that_is_not_there(start_daemon, elsewhere):
    """No restart would help, and so none is asked for."""
    own = start_daemon()
    need(own, "landlock")
    own.configuration.write(ca_file=elsewhere / "ca.pem")
    done = own.command.run("reload")
    assert done.returncode != 0
    assert "No such file" in done.stderr
    assert "restart" not in done.stderr
    assert told(own, "good.test") == 250


def test_what_is_inside_may_change(start_daemon, internet):
    """New names in the same folders, and files that took another's place."""
    own = start_daemon()
    here = own.configuration.folder
    own.reload(audit_file=here / "other.json")
    told(own, EXPIRED)
    wait_for((here / "other.json").exists, "the other audit file")

    ca_file = here / "ca.pem"
    shutil.copy(internet.pki.ca_file, ca_file)
    own.reload(ca_file=ca_file)
    assert told(own, "good.test") == 250
    copy = here / "ca.pem.new"
    shutil.copy(internet.pki.ca_file, copy)
    copy.rename(ca_file)
    own.reload()
    own.command.run("cache", "flush")
    assert told(own, "good.test") == 250


def test_a_resolver_configuration_that_is_replaced(start_daemon):
    """As resolvconf and editors do it: a new file of the old name."""
    own = start_daemon()
    shutil.copy("/etc/resolv.conf", "/etc/resolv.conf.new")
    os.replace("/etc/resolv.conf.new", "/etc/resolv.conf")
    own.reload()
    own.command.run("cache", "flush")
    assert told(own, "mx-own.test") == 250


# --- modes ---


def mode(path):
    return oct(path.stat().st_mode & 0o7777)


def test_modes_are_tight_whatever_the_umask(start_daemon):
    own = start_daemon()
    own.stop()
    here = own.configuration.folder
    own.configuration.audit.unlink(missing_ok=True)
    own.configuration.write(
        milter_socket=f"unix:{here}/made/milter",
        socketmap_socket=f"unix:{here}/made/socketmap",
        control_socket=f"unix:{here}/made/control",
        store=here / "kept" / "cache.db",
    )
    own.address = f"{here}/made/milter"
    before = os.umask(0)
    try:
        own.start()
    finally:
        os.umask(before)
    told(own, EXPIRED)
    wait_for(own.configuration.audit.exists, "the audit file")
    assert mode(here / "made") == mode(here / "kept") == "0o750"
    for socket in ("milter", "socketmap", "control"):
        assert mode(here / "made" / socket) == "0o660", socket
    for file in (here / "kept").iterdir():
        assert mode(file) == "0o600", file
    assert mode(own.configuration.audit) == "0o640"
    for path in [here / "made", here / "kept", *(here / "made").iterdir()]:
        assert (path.owner(), path.group()) == (USER, USER), path


def test_a_user_that_is_root_is_refused(start_daemon):
    own = start_daemon()
    own.stop()
    own.configuration.write(user="root")
    argv = own.process.argv
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 78
    assert "is root" in done.stderr
