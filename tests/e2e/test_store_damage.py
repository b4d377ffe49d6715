"""A store that is broken, gone, full or not ours: told, set aside, worked on."""

import shutil
import sqlite3
import subprocess

import pytest

from internet.milterclient import message
from internet.waiting import wait_for
from internet.world import Mx

EXPIRED = "mx-expired.test"
GOOD = "good.test"


def works(daemon):
    """It still proves paths, and still remembers, if only in memory."""
    outcome = message(daemon.address, [f"user@{GOOD}", f"user@{EXPIRED}"])
    codes = [reply.code for reply in outcome.recipients.values()]
    cached = daemon.command.json("query", "--cached", GOOD).data
    return codes == [250, 451] and cached["mode"] == "enforce"


def truncate(path):
    with open(path, "r+b") as file:
        file.truncate(path.stat().st_size // 2)


def overwrite(path):
    """The first page stays, so it looks like a database."""
    size = path.stat().st_size
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


def another_database(path):
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE something (else_ TEXT)")
    shutil.chown(path, "mta-sts-milter", "mta-sts-milter")


BROKEN = {"truncated": truncate, "overwritten": overwrite}
STRANGE = {
    "text": lambda path: path.write_text("this is no database\n" * 500),
    "another-database": another_database,
}
DAMAGES = {
    "empty": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
    **BROKEN,
    **STRANGE,
}


def forget_journal(store):
    for suffix in ("-wal", "-shm"):
        store.with_name(store.name + suffix).unlink(missing_ok=True)


def damaged_while_off(start_daemon, damage):
    """A daemon that found its store so, and the bytes that it found."""
    own = start_daemon()
    assert works(own)
    own.stop()
    store = own.configuration.store
    forget_journal(store)
    DAMAGES[damage](store)
    found = store.read_bytes() if store.exists() else None
    own.start()
    assert works(own)
    return own, found


def told(daemon, domain):
    """The code that its only recipient gets."""
    (reply,) = message(daemon.address, [f"user@{domain}"]).recipients.values()
    return reply.code


def give(store, owner):
    for path in store.parent.glob(f"{store.name}*"):
        shutil.chown(path, owner, owner)


@pytest.mark.parametrize("damage", [d for d in DAMAGES if d not in STRANGE])
def test_a_good_store_takes_its_place(start_daemon, damage):
    own, _ = damaged_while_off(start_daemon, damage)
    own.restart()
    assert own.command.json("query", "--cached", GOOD).data["mode"] == "enforce"


@pytest.mark.parametrize("damage", list(BROKEN))
def test_what_is_broken_is_told_and_set_aside(start_daemon, damage):
    own, found = damaged_while_off(start_daemon, damage)
    store = own.configuration.store
    aside = [
        path
        for path in store.parent.iterdir()
        if path.name.startswith(store.name) and path != store and path.is_file()
    ]
    assert found in [path.read_bytes() for path in aside]
    assert f"store-damaged path={store}" in own.log()


@pytest.mark.parametrize("damage", list(STRANGE))
def test_what_is_not_ours_is_told_and_left_alone(start_daemon, damage):
    """A wrong path in the configuration must cost nobody a file."""
    own, found = damaged_while_off(start_daemon, damage)
    own.stop()
    assert own.configuration.store.read_bytes() == found
    assert f"store-failing path={own.configuration.store}" in own.log()


@pytest.mark.parametrize("damage", list(DAMAGES))
def test_damaged_while_it_runs(start_daemon, damage):
    own = start_daemon()
    assert works(own)
    forget_journal(own.configuration.store)
    DAMAGES[damage](own.configuration.store)
    assert works(own)
    message(own.address, ["user@mx-own.test", "user@testing-good.test"])
    assert works(own)
    assert own.stop() == 0


def test_a_journal_of_garbage(start_daemon):
    own = start_daemon()
    assert works(own)
    own.kill()
    store = own.configuration.store
    store.with_name(store.name + "-wal").write_bytes(b"\xa5" * 8192)
    own.start()
    assert works(own)


def test_a_folder_in_its_place(start_daemon):
    own = start_daemon(store="/var/lib")
    assert works(own)
    assert "/var/lib" in own.log()


def test_a_file_that_may_not_be_written(start_daemon):
    own = start_daemon()
    assert works(own)
    own.stop()
    for path in (own.configuration.store, own.configuration.folder):
        shutil.chown(path, "root", "root")
    own.configuration.store.chmod(0o444)
    own.start()
    assert works(own)
    assert str(own.configuration.store) in own.log()


@pytest.fixture
def small_disk(tmp_path):
    """A file system with room for next to nothing, and what fills it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k,mode=777", "tmpfs", disk], check=True
    )
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def fill(disk):
    with open(disk / "ballast", "ab", buffering=0) as ballast:
        try:
            while True:
                ballast.write(b"\0" * 4096)
        except OSError:
            pass


def test_a_disk_that_is_full(start_daemon, small_disk):
    fill(small_disk)
    own = start_daemon(store=small_disk / "cache.db")
    assert works(own)
    assert str(small_disk) in own.log()


def test_a_disk_that_fills_up_and_empties(start_daemon, small_disk):
    own = start_daemon(store=small_disk / "cache.db")
    assert works(own)
    fill(small_disk)
    message(own.address, ["user@mx-own.test", "user@testing-good.test"])
    assert own.command.json("query", "--cached", "mx-own.test").status == 0
    (small_disk / "ballast").unlink()
    assert works(own)
    assert own.stop() == 0


def test_an_audit_file_that_cannot_be_written(start_daemon, small_disk):
    fill(small_disk)
    own = start_daemon(audit_file=small_disk / "audit.json")
    assert works(own)
    wait_for(lambda: "audit" in own.log(), "a word in the log")


def test_a_store_that_is_back_has_its_policies(internet, start_daemon, fresh):
    """A fetch that failed meanwhile took no policy's place."""
    domain = fresh(mx=(Mx(fault="no-starttls"),))
    own = start_daemon()
    assert told(own, domain) == 451
    own.stop()
    store = own.configuration.store
    give(store, "root")
    internet.change(domain, https="refused")
    own.start()
    assert told(own, domain) == 250  # there is nothing to go by
    give(store, "mta-sts-milter")
    wait_for(lambda: "store-recovered" in own.log(), "a store that works")
    own.reload()
    assert told(own, domain) == 451
    own.restart()
    assert told(own, domain) == 451
