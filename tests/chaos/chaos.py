"""A fault run on a real Postfix: is every message accounted for?

    make chaos
    tests/internet/private-network /usr/bin/python3 tests/chaos/chaos.py

See README.md, and rule.py for what counts as a breach.
"""

import os
import random
import sys
from pathlib import Path

if __package__ in (None, ""):  # run as a file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

# pylint: disable=wrong-import-position
from chaos import report
from chaos.run import Run
from chaos.stage import Stage
from internet.internet import Internet, folder
from internet.sanitizers import Findings

PORT, MILTER_PORT = 2525, 8463
PER_SECOND = 66  # messages, on two cores
SHORTEST = 20  # s


def number(name, default):
    """A number from the environment."""
    value = os.environ.get(name) or default
    try:
        return int(value)
    except ValueError:
        raise SystemExit(f"{name}={value} is no whole number") from None


def main():
    count = number("CHAOS_MESSAGES", 10000)
    seed = number("CHAOS_SEED", random.SystemRandom().randrange(1000000))
    seconds = number("CHAOS_SECONDS", max(SHORTEST, count // PER_SECOND))
    print(f"CHAOS_SEED={seed} CHAOS_MESSAGES={count} CHAOS_SECONDS={seconds}")
    sanitizers = Findings(folder() / "sanitizers")
    progress = report.Progress()
    with Internet([]) as net:
        with Stage(net, folder() / "chaos", PORT, MILTER_PORT) as stage:
            run = Run(stage, count, seed, seconds)
            run.execute(progress)
    progress.end()
    found = sanitizers.new()
    if found:
        run.findings.append(found)
    print(report.text(run))
    return 1 if run.findings else 0


if __name__ == "__main__":
    sys.exit(main())
