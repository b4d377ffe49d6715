"""A server program under our control: started, watched, ended by its PID."""

import os
import signal
import subprocess
from pathlib import Path

from .waiting import wait_for


class Process:
    """Runs ARGV with its output in LOG; to be used as a base or as it is."""

    def __init__(self, argv, log, env=None):
        self.argv = [str(argument) for argument in argv]
        self.log = Path(log)
        self.env = env
        self.child = None

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child is not None and self.child.poll() is None

    def start(self, ready):
        """Returns when ready() is true; an early death is an error at once."""
        with open(self.log, "ab") as output:
            self.child = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **(self.env or {})},
                start_new_session=True,  # an interrupt is for us to pass on
            )

        def ready_or_dead():
            if not self.running():
                raise RuntimeError(
                    f"{self.argv[0]} ended with {self.child.returncode}:\n{self.text()}"
                )
            return ready()

        wait_for(ready_or_dead, f"{self.argv[0]} to answer\n{self.text()}")

    def text(self):
        """What it has written so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def children(self):
        """The PIDs of its child processes."""
        path = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return set(map(int, path.read_text().split()))

    def send(self, number):
        self.child.send_signal(number)

    def stop(self, number=signal.SIGTERM, timeout=30):
        """Ends it and returns its exit status; harmless when it has ended."""
        if self.child is None:
            return None
        if self.running():
            self.send(number)
        try:
            return self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise
