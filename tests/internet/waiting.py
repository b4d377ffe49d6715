"""Waiting for a condition: no test sleeps a guess."""

import time

PATIENCE = 30


def wait_for(condition, what, timeout=PATIENCE):
    """The first true value of condition(), or TimeoutError naming what."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout} s in vain for {what}")
        time.sleep(0.01)
