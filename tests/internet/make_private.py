"""Cuts every mount of our own mount namespace off from its peers outside.

unshare(1) does so by itself, except in a chroot, where / is no mount point:
the mount to be cut lies above our root and has no name there. Entering the
namespace anew by setns(2) puts this process, and only it, at its top.
"""

import ctypes
import os

CLONE_NEWNS = 0x00020000
MS_REC = 0x4000
MS_PRIVATE = 1 << 18


def call(function, *arguments):
    if function(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{function.__name__}: {os.strerror(error)}")


def main():
    libc = ctypes.CDLL(None, use_errno=True)
    ourselves = os.pidfd_open(os.getpid())
    call(libc.setns, ourselves, CLONE_NEWNS)
    call(libc.mount, None, b"/", None, ctypes.c_ulong(MS_REC | MS_PRIVATE), None)


main()
