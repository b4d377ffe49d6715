"""Makes a plan come true, and writes the history of it."""

import collections
import dataclasses
import threading
import time
import traceback

from . import domains


class Conductor:
    """Carries out a plan's steps, one after the other, on a thread of its own.

    A step is one method. Should one fail, no further ones are done: `findings`
    then say so. They say too where the daemon ended by itself, or badly.
    """

    def __init__(self, stage, steps):
        self._stage = stage
        self._steps = steps
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ended = threading.Event()
        self.counts = collections.Counter()  # of steps done, by what
        self.findings = []
        self.failed = False

    def start(self):
        self._thread.start()

    def end(self):
        """No more faults: everything is made as it should be."""
        self._ended.set()
        self._thread.join()
        self._guarded(self._heal)

    # --- inside ---

    def _guarded(self, function):
        try:
            function()
        except Exception:  # pylint: disable=broad-except
            self.failed = True
            self.findings.append(traceback.format_exc())
            self._note_death()

    def _run(self):
        self._guarded(self._play)

    def _play(self):
        began = time.monotonic()
        for step in self._steps:
            if self._ended.wait(max(0, began + step.at - time.monotonic())):
                return
            self._watch()
            self._do(step.what, *([step.about] if step.about else []), **step.values)

    def _do(self, what, *about, **values):
        getattr(self, what)(*about, **values)
        self.counts[what] += 1

    def _runs(self):
        """Whether the daemon should."""
        return self._stage.history.daemon.value

    def _note_death(self):
        """Whether the daemon ended by itself."""
        daemon = self._stage.daemon
        if not self._runs() or daemon.process.running():
            return False
        status = daemon.process.child.returncode
        log = "\n".join(daemon.log().splitlines()[-20:])
        self.findings.append(f"the daemon ended by itself, status {status}:\n{log}")
        return True

    def _watch(self):
        if self._note_death():
            self._stage.daemon.start()

    def _heal(self):
        history = self._stage.history
        if not history.resolver.value:
            self.resolver_up()
        self.store_empty()
        self.audit_empty()
        with self._stage.net.dns.changes():
            for name, track in history.domains.items():
                state = track.value
                self._publish(domains.State(name, state.mode, state.number))
        self._watch()
        if not self._runs():
            self.daemon_start()

    def _publish(self, state):
        with self._stage.history.domains[state.name].change(state):
            self._stage.net.publish(state.row())

    # --- steps ---

    def domain(self, name, **values):
        now = self._stage.history.domains[name].value
        self._publish(dataclasses.replace(now, **values))

    def resolver_silent(self):
        with self._stage.history.resolver.change(False):
            self._stage.net.dns.resolver_silent()

    def resolver_gone(self):
        with self._stage.history.resolver.change(False):
            self._stage.net.dns.resolver_gone()

    def resolver_up(self):
        with self._stage.history.resolver.change(True):
            self._stage.net.dns.resolver_up()

    def store_full(self):
        with self._stage.history.store.change(False):
            self._stage.store.fill()

    def store_empty(self):
        with self._stage.history.store.change(True):
            self._stage.store.clear()

    def audit_full(self):
        with self._stage.history.audit.change(False):
            self._stage.audit.fill()

    def audit_empty(self):
        with self._stage.history.audit.change(True):
            self._stage.audit.clear()

    def daemon_kill(self):
        self._watch()
        with self._stage.history.daemon.change(False):
            self._stage.daemon.kill()

    def daemon_stop(self):
        self._watch()
        with self._stage.history.daemon.change(False):
            status = self._stage.daemon.stop()
        if status != 0:
            self.findings.append(f"SIGTERM ended the daemon with status {status}")

    def daemon_start(self):
        with self._stage.history.daemon.change(True):
            self._stage.daemon.start()

    def reload(self, **values):
        if self._runs():
            self._stage.daemon.reload(**values)
        else:
            self._stage.daemon.configuration.write(**values)

    def reload_badly(self):
        """A bad file must leave the old configuration in force."""
        daemon = self._stage.daemon
        before = daemon.configuration.options["on_fail"]
        daemon.configuration.write(on_fail="bounce")
        if self._runs() and daemon.command.run("reload").returncode == 0:
            self.findings.append("a bad configuration was taken")
        daemon.configuration.write(on_fail=before)
