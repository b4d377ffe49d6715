"""A real Postfix with folders of its own, under our control.

It has as many smtpd services as asked for, each on a port of 127.0.0.1 and
with milters of its own, so that one instance serves tests of several daemons.
"""

import dataclasses
import grp
import json
import os
import pwd
import smtplib
import socket
import subprocess
from pathlib import Path

from .process import Process
from .waiting import wait_for

DAEMONS = "/usr/lib/postfix/sbin"
HOSTNAME = "relay.example.org"
QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold")
QUEUES += ("incoming", "private", "saved", "trace")  # all of user postfix alone

MAIN = {
    "compatibility_level": "3.6",
    "myhostname": HOSTNAME,
    "mydestination": HOSTNAME,
    "mynetworks": "127.0.0.0/8",
    "inet_interfaces": "loopback-only",
    "inet_protocols": "all",
    "alias_maps": "",
    "alias_database": "",
    "local_recipient_maps": "",
    "mailbox_size_limit": "0",
    "smtpd_relay_restrictions": "permit_mynetworks, reject",
    "smtpd_peername_lookup": "no",
    "smtp_tls_security_level": "may",
    "smtp_tls_loglevel": "1",
    "smtp_connect_timeout": "3",
    "smtp_helo_timeout": "3",
    "in_flow_delay": "0",
    "smtputf8_enable": "yes",
    "milter_protocol": "6",
}

MASTER = """\
pickup    unix  n - n 60  1 pickup
cleanup   unix  n - n -   0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n -   - trivial-rewrite
bounce    unix  - - n -   0 bounce
defer     unix  - - n -   0 bounce
trace     unix  - - n -   0 bounce
verify    unix  - - n -   1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n -   - proxymap
smtp      unix  - - n -   - smtp
relay     unix  - - n -   - smtp
showq     unix  n - n -   - showq
error     unix  - - n -   - error
retry     unix  - - n -   - error
discard   unix  - - n -   - discard
local     unix  - n n -   - local
virtual   unix  - n n -   - virtual
anvil     unix  - - n -   1 anvil
scache    unix  - - n -   1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


@dataclasses.dataclass
class Smtpd:
    """One smtpd service: PORT of 127.0.0.1, and the milter that it asks."""

    port: int
    milter: str = ""
    options: dict = dataclasses.field(default_factory=dict)


class Postfix:
    """One instance; its parameters are main.cf's, over those above."""

    def __init__(self, folder, smtpds, non_smtpd_milter="", **parameters):
        self.folder = Path(folder)
        self.etc = self.folder / "etc"
        self.queue = self.folder / "queue"
        self.data = self.folder / "data"
        self.log = self.folder / "maillog"
        self._make_folders()
        self._write_main(non_smtpd_milter, parameters)
        self._write_master(smtpds)
        argv = [f"{DAEMONS}/master", "-c", self.etc, "-d"]
        self._master = Process(argv, self.folder / "master.out")
        self._ports = [smtpd.port for smtpd in smtpds]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self._master.start(lambda: all(map(_greets, self._ports)))

    def stop(self):
        self._master.stop()

    # --- mail in ---

    def smtp(self, port):
        """A connection of smtplib's to one of the services."""
        return smtplib.SMTP("127.0.0.1", port, local_hostname="client.example.org")

    def sendmail(self, sender, recipients, message):
        """Submits as `sendmail -i -f SENDER RECIPIENT...` does."""
        subprocess.run(
            ["/usr/sbin/sendmail", "-C", self.etc, "-i", "-f", sender, *recipients],
            input=message,
            check=True,
            capture_output=True,
        )

    # --- what became of it ---

    def entries(self):
        """The queue, as `postqueue -j` tells it."""
        listing = self._run("postqueue", "-c", self.etc, "-j")
        return [json.loads(line) for line in listing.splitlines()]

    def entry(self, recipient):
        """The queue's entry with that recipient, or None."""
        for entry in self.entries():
            if any(each["address"] == recipient for each in entry["recipients"]):
                return entry
        return None

    def message(self, queue_id):
        """A queued message as it is now, headers and body."""
        return self._run("postcat", "-c", self.etc, "-hbq", queue_id)

    def release(self, queue_id):
        """Lets a held message go, as an admin does."""
        self._run("postsuper", "-c", self.etc, "-H", queue_id)
        self.flush()

    def delete_all(self):
        self._run("postsuper", "-c", self.etc, "-d", "ALL")

    def flush(self):
        self._run("postqueue", "-c", self.etc, "-f")

    def text(self):
        """The mail log so far."""
        return self.log.read_text() if self.log.exists() else ""

    def wait_log(self, pattern):
        """Waits for a line of the log that has PATTERN in it: returns that."""

        def line():
            lines = self.text().splitlines()
            return next((each for each in lines if pattern in each), "")

        return wait_for(line, f"{pattern!r} in the mail log")

    # --- inside ---

    def _run(self, *argv):
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout

    def _make_folders(self):
        self.etc.mkdir(parents=True)
        owner = pwd.getpwnam("postfix").pw_uid
        postdrop = grp.getgrnam("postdrop").gr_gid
        for folder in (self.queue, self.queue / "pid"):
            folder.mkdir(mode=0o755)
        for folder in (self.data, *[self.queue / name for name in QUEUES]):
            folder.mkdir(mode=0o700)
            os.chown(folder, owner, -1)
        for name, mode in (("maildrop", 0o730), ("public", 0o710)):
            (self.queue / name).mkdir()
            os.chown(self.queue / name, owner, postdrop)
            (self.queue / name).chmod(mode)

    def _write_main(self, non_smtpd_milter, parameters):
        values = {
            **MAIN,
            "queue_directory": self.queue,
            "data_directory": self.data,
            "maillog_file": self.log,
            "maillog_file_prefixes": self.folder,
            "non_smtpd_milters": non_smtpd_milter,
            **parameters,
        }
        text = "".join(f"{name} = {value}\n" for name, value in values.items())
        main = self.etc / "main.cf"
        main.write_text(text)
        os.utime(main, (0, 0))  # of a file just written Postfix waits for more

    def _write_master(self, smtpds):
        text = MASTER
        for smtpd in smtpds:
            options = {"smtpd_milters": smtpd.milter, **smtpd.options}
            text += f"127.0.0.1:{smtpd.port} inet n - n - - smtpd\n"
            for name, value in options.items():
                text += f"    -o {{ {name} = {value} }}\n"
        (self.etc / "master.cf").write_text(text)


def _greets(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as peer:
            return peer.recv(4) == b"220 "
    except OSError:
        return False
