"""What was so, and when.

A change takes a moment. While it lasts, both what was and what will be count
as being so: nobody can be blamed for having seen either.
"""

import contextlib
import math
import time


class Track:
    """The values that one thing had, over time."""

    def __init__(self, value, now=None):
        self._spans = [[time.time() if now is None else now, math.inf, value]]

    @property
    def value(self):
        return self._spans[-1][2]

    @contextlib.contextmanager
    def change(self, value):
        """The change to VALUE is what is done in this context."""
        self._spans.append([time.time(), math.inf, value])
        yield
        self._spans[-2][1] = time.time()

    def during(self, begin, end):
        """All values that it had at some moment between, in their order.

        Before its first moment it was as it was then.
        """
        first = self._spans[0]
        return [
            span[2]
            for span in self._spans
            if span[1] >= begin and (span[0] <= end or span is first)
        ]


class History:
    """Of all domains, and of what stands near the daemon."""

    def __init__(self, states):
        self.domains = {name: Track(state) for name, state in states.items()}
        self.resolver = Track(True)  # whether it answers
        self.daemon = Track(True)  # whether it runs
        self.store = Track(True)  # whether its disk has room
        self.audit = Track(True)
