"""A real Sendmail with folders of its own, under our control.

Like Postfix here, it has as many services as asked for, each at a port of an
address of its own and with a milter of its own. The first lines of its
sendmail.mc are what a folder of its own takes; then come those of etc/.

Its log is /dev/log: private-network writes that down.
"""

import contextlib
import dataclasses
import re
import shutil
import subprocess
from pathlib import Path

from . import samples
from .internet import folder as internet_folder
from .mta import HELO, HOSTNAME, Entry, Mta
from .process import Process

PROGRAMS = Path("/usr/libexec/sendmail")
CF = "/usr/share/sendmail/cf/m4/cf.m4"
_RECIPIENT = re.compile(r"^R[A-Z]*:<?([^>\n]+)>?$", re.MULTILINE)

# Of all that Sendmail has by default, what ties it to the machine or lets a
# busy one slow it down is otherwise.
BASIS = """\
define(`_USE_ETC_MAIL_')dnl
define(`MAIL_SETTINGS_DIR', `{etc}/')dnl
include(`{cf}')dnl
OSTYPE(`debian')dnl
define(`confDOMAIN_NAME', `{hostname}')dnl
define(`confHELO_NAME', `{helo}')dnl
define(`confPID_FILE', `{folder}/pid')dnl
define(`confQUEUE_LA', `1000')dnl
define(`confREFUSE_LA', `1000')dnl
define(`confDELAY_LA', `0')dnl
define(`confTO_IDENT', `0s')dnl
define(`confTO_ICONNECT', `3s')dnl
define(`confTO_CONNECT', `3s')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
undefine(`confHOST_STATUS_DIRECTORY')dnl
"""

SERVER = """\
define(`QUEUE_DIR', `{queue}')dnl
define(`STATUS_FILE', `{etc}/statistics')dnl
define(`ALIAS_FILE', `{etc}/aliases')dnl
define(`LOCAL_MAILER_PATH', `/bin/true')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`mailertable', `hash -o {etc}/mailertable')dnl
FEATURE(`virtusertable', `hash -o {etc}/virtusertable')dnl
"""

MAILERS = """\
MAILER(`local')dnl
MAILER(`smtp')dnl
"""

# What a program hands to the command waits here until the server takes it.
SUBMISSION = """\
define(`MSP_QUEUE_DIR', `{client_queue}')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {port}')dnl
FEATURE(`msp', `[{address}]')dnl
"""


@dataclasses.dataclass
class Service:
    """PORT of our address, and what is not as the sample has it.

    FILTER is what INPUT_MAIL_FILTER would say, or "" for no milter at all; with
    HOLD, what comes in stays in the queue.
    """

    port: int
    filter: str = None
    hold: bool = False

    def lines(self, address):
        """What sendmail.mc says of it."""
        name = f"at{self.port}"
        options = [f"Name={name}", f"Addr={address}", f"Port={self.port}"]
        lines = ""
        if self.hold:
            options.append("DeliveryMode=q")
        if self.filter:
            lines = f"MAIL_FILTER(`{name}', `{self.filter}')dnl\n"
        if self.filter is not None:
            options.append(f"InputMailFilters={name if self.filter else ''}")
        return lines + f"DAEMON_OPTIONS(`{', '.join(options)}')dnl\n"


class Sendmail(Mta):
    """One instance.

    TABLES has the lines of mailertable and virtusertable by their names, MC
    more lines of sendmail.mc. The command submits to SUBMISSION_PORT.
    """

    name = "sendmail"
    address = "127.0.0.2"
    queued = r"2\.0\.0 (\w+) Message accepted"
    deferred = "stat=Deferred"

    def __init__(
        self,
        folder,
        services,
        submission_port=0,
        socketmap_port=samples.SOCKETMAP_PORT,
        tables=None,
        mc="",
    ):
        self.folder = Path(folder)
        self.etc = self.folder / "etc"
        self.queue = self.folder / "queue"
        self.client_queue = self.folder / "client-queue"
        self._submission_port = submission_port
        self._ports = [service.port for service in services]
        self._make_folders()
        ours = "".join(service.lines(self.address) for service in services)
        lines = mc + ours + samples.sendmail(socketmap_port) + MAILERS
        self._cf = self._make_cf("sendmail", BASIS + SERVER, lines)
        self._run(["newaliases"])
        for name, lines in (tables or {}).items():
            table = "".join(f"{line}\n" for line in lines)
            self._run(["makemap", "hash", self.etc / name], data=table.encode())
        self._submit_cf = self._make_cf("submit", BASIS + SUBMISSION)
        argv = [PROGRAMS / "sendmail", "-C", self._cf, "-bD"]
        self._process = Process(argv, self.folder / "stderr")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self._process.start(lambda: self.greets(self._ports))

    def stop(self):
        self._process.stop()

    # --- mail in ---

    def sendmail(self, sender, recipients, message):
        """Submits as `sendmail -i -f SENDER RECIPIENT...` does."""
        argv = ["sendmail", "-Ac", "-i", "-f", sender, *recipients]
        self._run(argv, self._submit_cf, message)

    def resubmit(self):
        """What the command has in its own queue is tried once more."""
        self._run(["sendmail", "-Ac", "-q"], self._submit_cf)

    # --- what became of it ---

    def contents(self):
        """From the files: mailq shows of an address what fits into the line."""
        found = []
        for path in self.queue.glob("[hq]f*"):
            with contextlib.suppress(FileNotFoundError):  # sent by now
                recipients = frozenset(_RECIPIENT.findall(path.read_text("latin-1")))
                found.append(Entry(path.name[2:], recipients, path.name[0] == "h"))
        return found

    def listing_of_held(self):
        """What the sample tells an admin to type, of what is held."""
        return self._run(samples.command(samples.SENDMAIL, "mailq"))

    def submissions(self):
        """The listing of what the command has in its own queue."""
        return self._run(["mailq", "-Ac"], self._submit_cf)

    def message(self, queue_id):
        """A queued message as it is now, headers and body."""
        headers = "".join(_headers(self._queue_file(queue_id).read_text("latin-1")))
        return headers + "\n" + (self.queue / f"df{queue_id}").read_text("latin-1")

    def release(self, queue_id):
        """Lets a held message go, as the sample tells an admin."""
        self._run(samples.command(samples.SENDMAIL, "sendmail", queue_id))
        self.deliver(queue_id)

    def options_of_release(self):
        """How `mta-sts release` is told where it is."""
        program = str(PROGRAMS / "sendmail")
        return ["--sendmail-config", str(self._cf), "--sendmail-program", program]

    def hold(self, queue_id):
        """As an admin may, for reasons of his own."""
        self._run(["sendmail", f"-qI{queue_id}", "-Qfor the auditors"])

    def deliver(self, queue_id):
        self._run(["sendmail", f"-qI{queue_id}"])

    def text(self):
        return (internet_folder() / "syslog").read_text(errors="replace")

    # --- inside ---

    def _run(self, words, cf=None, data=b""):
        program, *arguments = words
        argv = [PROGRAMS / program, "-C", cf or self._cf, *arguments]
        done = subprocess.run(argv, input=data, check=True, capture_output=True)
        return done.stdout.decode()

    def _queue_file(self, queue_id):
        """hf has what is held, qf all else."""
        paths = (self.queue / (kind + queue_id) for kind in ("qf", "hf"))
        return next(path for path in paths if path.exists())

    def _make_folders(self):
        for path in (self.folder, self.etc):
            path.mkdir(mode=0o755)
        self.queue.mkdir(mode=0o700)
        self.client_queue.mkdir()
        shutil.chown(self.client_queue, "smmsp", "smmsp")
        self.client_queue.chmod(0o770)
        for name in ("aliases", "statistics"):
            (self.etc / name).touch(0o644)

    def _make_cf(self, name, basis, lines=""):
        values = {
            "cf": CF,
            "folder": self.folder,
            "etc": self.etc,
            "queue": self.queue,
            "client_queue": self.client_queue,
            "hostname": HOSTNAME,
            "helo": HELO,
            "address": self.address,
            "port": self._submission_port,
        }
        mc, cf = self.etc / f"{name}.mc", self.etc / f"{name}.cf"
        mc.write_text(basis.format(**values) + lines)
        done = subprocess.run(["m4", mc], check=True, capture_output=True, text=True)
        cf.write_text(done.stdout)
        return cf


def _headers(control):
    """The headers in a queue's control file: "H?FLAGS?Name: value", folded."""
    header = False
    for line in control.splitlines(keepends=True):
        if line[0] not in " \t":
            header = line.startswith("H?")
        if header:
            yield line.split("?", 2)[2] if line.startswith("H?") else line

