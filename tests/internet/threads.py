"""One thread of a process, held as a debugger holds it.

Only who may look into every process can do that; the process knows nothing.
"""

import contextlib
import ctypes
import os
import platform

PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17
WALL = 0x40000000  # of waitpid: threads of others, too

# The numbers of epoll_wait and its like, in which an event loop waits.
WAITS = {"x86_64": {232, 281, 441}, "aarch64": {22, 441}}

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long] + 3 * [ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def _ptrace(request, thread):
    if _libc.ptrace(request, thread, None, None) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"ptrace: {os.strerror(error)}")


def _name(pid, thread):
    with open(f"/proc/{pid}/task/{thread}/comm", encoding="ascii") as file:
        return file.read().strip()


def in_event_loop(pid, name):
    """The threads of that name in the process that wait for events."""
    numbers = WAITS.get(platform.machine(), set())
    found = []
    for thread in map(int, os.listdir(f"/proc/{pid}/task")):
        with open(f"/proc/{pid}/task/{thread}/syscall", encoding="ascii") as file:
            word = file.read().split()[0]
        waits = word.isdigit() and int(word) in numbers
        if waits and _name(pid, thread) == name:
            found.append(thread)
    return found


@contextlib.contextmanager
def held(thread):
    """Within it, the thread does nothing; the others of its process go on."""
    _ptrace(PTRACE_SEIZE, thread)
    _ptrace(PTRACE_INTERRUPT, thread)
    os.waitpid(thread, WALL)
    try:
        yield
    finally:
        _ptrace(PTRACE_DETACH, thread)
