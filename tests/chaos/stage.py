"""What a fault run needs: a daemon on small disks, and a Postfix that asks it.

Everything here is quick to forget and quick to try again, so that minutes show
what would take days.
"""

import contextlib
import time

from internet.daemon import Daemon
from internet.postfix import Postfix, Smtpd

from . import domains
from .history import History
from .smalldisk import SmallDisk

OPTIONS = {
    "on_fail": "defer",
    "on_unreachable": "defer",
    "probe_ttl": 2,
    "probe_failure_ttl": 1,
    "probe_timeout": 2,
    "fetch_timeout": 2,
    "dns_timeout": 1,
    "rcpt_wait": 5,
    "eom_wait": 10,
    "on_temperror": "defer",  # what cannot be told must not be accepted
}
POSTFIX = {
    "enable_long_queue_ids": "yes",  # the others are used again
    "smtp_tls_security_level": "may",
    "default_process_limit": "50",
    "smtpd_soft_error_limit": "1000",
    "smtpd_hard_error_limit": "1000",
    "queue_run_delay": "3",
    "minimal_backoff_time": "3",
    "maximal_backoff_time": "6",
}
STORE_SIZE = "8m"
AUDIT_SIZE = "48m"


class Arrivals(list):
    """The messages that one MX host took; each gets the time, and whether it
    came by a path that proved itself."""

    def __init__(self, host):
        super().__init__()
        self._host = host

    def append(self, delivery):
        fault = self._host.certificate.stem.rpartition("+")[2]
        good = fault in domains.GOOD_CERTIFICATES
        matches = delivery.host.partition(".")[0] in domains.MATCHING
        delivery.at = time.time()
        delivery.proven = bool(delivery.tls) and good and matches
        super().append(delivery)


class Stage:
    """All of it, inside NET, as long as it is entered; at PORT Postfix takes
    mail. FOLDER is new. OPTIONS are of the daemon, over those above."""

    def __init__(self, net, folder, port, milter_port, **options):
        self.net = net
        self.port = port
        self.store = SmallDisk(folder / "store", STORE_SIZE)
        self.audit = SmallDisk(folder / "audit", AUDIT_SIZE)
        self.options = {
            "store": self.store.folder / "cache.db",
            "audit_file": self.audit.folder / "audit.json",
            **OPTIONS,
            **options,
        }
        self._folder = folder
        self._milter_port = milter_port
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with self._stack:
            self._set_up(self._stack.enter_context)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_):
        # The disks go; what is worth keeping is kept.
        (self._folder / "audit.json").write_text(self.audit_text())
        self._stack.close()

    def _set_up(self, enter):
        self._folder.mkdir(mode=0o755)
        enter(self.store)
        enter(self.audit)
        states = domains.all_domains()
        self._publish(states)
        self.daemon = Daemon(
            self._folder / "daemon", self.net.pki, self._milter_port, **self.options
        )
        enter(self.daemon)
        self.postfix = Postfix(
            self._folder / "postfix",
            [Smtpd(self.port, self.daemon.milter)],
            smtp_tls_CAfile=self.net.pki.ca_file,
            **POSTFIX,
        )
        enter(self.postfix)
        self.history = History(states)

    def arrivals(self):
        """Every message that a host of these domains took."""
        return [each for host in self._hosts for each in host.deliveries]

    def audit_text(self):
        """All that the audit file has."""
        path = self.options["audit_file"]
        return path.read_text(errors="replace") if path.exists() else ""

    def _publish(self, states):
        """Every host that a domain may ever name is there from the beginning."""
        self._hosts = []
        with self.net.dns.changes():
            for name, state in states.items():
                for label in (*domains.MATCHING, domains.STRAY):
                    self.net.mx_hosts.publish(f"{label}.{name}")
                    host = self.net.mx_hosts[f"{label}.{name}"]
                    host.deliveries = Arrivals(host)
                    self._hosts.append(host)
                self.net.publish(state.row())
