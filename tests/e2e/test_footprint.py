"""What the daemon takes of the machine while nothing happens."""

import re
from pathlib import Path

import pytest

IDLE_MAX = 12 << 20  # bytes resident


def of_process(pid, name):
    return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8")


def test_idle(start_daemon):
    pid = start_daemon().process.pid
    if re.search(r"lib[at]san", of_process(pid, "maps")):
        pytest.skip("sanitizers have shadows of all memory")
    resident = re.search(r"VmRSS:\s+(\d+) kB", of_process(pid, "status"))
    assert 1024 * int(resident[1]) <= IDLE_MAX
