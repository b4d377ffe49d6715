"""What people see of a run: a line while it goes on, a table at its end."""

import sys
import time

from . import clients
from .accounting import PLACES
from .rule import PATH, POLICY, UNSEEN

TOLD = 20  # findings that are written out
EVERY = 10  # s, between lines where there is no terminal

EXCUSED = {
    PATH: "accepted, a path proved itself lately",
    POLICY: "accepted, the domain did not enforce lately",
    UNSEEN: "accepted, its new policy could not be seen",
}


class Progress:
    """A line that is written over each second on a terminal; else one now and
    then."""

    def __init__(self, out=sys.stdout):
        self._out = out
        self._terminal = out.isatty()
        self._next = 0

    def __call__(self, run):
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + (1 if self._terminal else EVERY)
        states = [copy.state for copy in run.copies]
        line = (
            f"{now - run.began:4.0f} s  {run.phase:<8}"
            f"{states.count(clients.ACCEPTED):6} accepted"
            f"{states.count(clients.DEFERRED):6} deferred"
            f"{states.count(clients.UNSENT):6} to be sent"
            f"{sum(run.steps.values()):5} faults"
        )
        end = "\r" if self._terminal else "\n"
        self._out.write(f"{line:<79}{end}" if self._terminal else line + end)
        self._out.flush()

    def end(self):
        if self._terminal:
            self._out.write(" " * 79 + "\r")


def _row(what, number):
    return f"  {what:<50}{number:>8}"


def _faults(steps):
    kinds = {
        "domain": "changes of domains",
        "daemon_kill": "kill -9",
        "daemon_stop": "restarts",
        "reload": "reloads",
        "reload_badly": "bad reloads",
        "store_full": "times the store's disk full",
        "audit_full": "times the audit file's",
    }
    told = [f"{steps[what]} {word}" for what, word in kinds.items()]
    resolver = steps["resolver_silent"] + steps["resolver_gone"]
    return ", ".join([*told, f"{resolver} times no resolver"])


def text(run):
    """The table, and below it what must not have been."""
    accounts = run.accounts
    attempts = sum(copy.tries for copy in run.copies)
    lines = [
        f"seed {run.seed}: {len(run.messages)} messages, {len(run.copies)} "
        f"recipients, {attempts} attempts, {run.took:.0f} s",
        _faults(run.steps),
        "",
        *[_row(place, accounts.counts[place]) for place in PLACES],
        _row("recipients", sum(accounts.counts.values())),
        "",
        *[_row(word, accounts.checked[key]) for key, word in EXCUSED.items()],
        _row("refused or held, and no excuse to accept it", accounts.refused_rightly),
        _row("asked when nothing was wrong", accounts.calm),
        _row("audit lines lost to a full disk", accounts.audit_lost),
        "",
        _row("ACCEPTED WHILE FAILING, without an excuse", len(accounts.breaches)),
        _row("LOST", len(accounts.lost)),
        _row("TWICE", len(accounts.twice)),
        _row("REFUSED, though nothing was wrong", len(accounts.needless)),
        "",
    ]
    found = run.findings
    lines += [f"FOUND: {each}" for each in found[:TOLD]]
    if len(found) > TOLD:
        lines.append(f"FOUND: {len(found) - TOLD} more")
    lines.append("FAILED" if found else "passed: every message is accounted for")
    return "\n".join(lines)
