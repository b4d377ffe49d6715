"""Appends what arrives at a syslog socket to a file, a line a datagram.

    syslog_reader.py SOCKET FILE

Lines stay as they came, priority included, so that a test can assert on it.
"""

import os
import socket
import sys


def main(path, log):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    server.bind(path)
    os.chmod(path, 0o666)
    with open(log, "ab", buffering=0) as output:
        while True:
            output.write(server.recv(65536).rstrip(b"\n\0") + b"\n")


main(*sys.argv[1:])
