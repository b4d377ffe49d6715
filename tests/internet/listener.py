"""Listening on many addresses at once; every connection gets a thread.

Threads and blocking sockets, since a fault such as "sends a byte now and then"
is then a loop of two lines.
"""

import contextlib
import selectors
import socket
import threading

TIMEOUT = 60  # no peer of ours is quiet for longer, unless the test is lost


def _listen(address, port, backlog):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, port))
    server.listen(backlog)
    return server


class Listener:
    """Calls handler(connection, address) for each connection to an address.

    The connection is closed when the handler returns; a peer that goes away is
    the handler's normal end.
    """

    def __init__(self, port, handler):
        self.port = port
        self._handler = handler
        self._servers = {}
        self._connections = set()
        self._selector = selectors.DefaultSelector()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._accept_all, daemon=True)
        self._thread.start()

    def add(self, address):
        server = _listen(address, self.port, 512)
        self._servers[address] = server
        self._selector.register(server, selectors.EVENT_READ, address)

    def remove(self, address):
        server = self._servers.pop(address)
        self._selector.unregister(server)
        server.close()

    def addresses(self):
        return set(self._servers)

    def close(self):
        self._ended.set()
        self._thread.join()
        for address in list(self._servers):
            self.remove(address)
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept_all(self):
        while not self._ended.is_set():
            for key, _ in self._selector.select(timeout=0.1):
                with contextlib.suppress(OSError):  # removed in between
                    connection, _ = key.fileobj.accept()
                    threading.Thread(
                        target=self._serve, args=(connection, key.data), daemon=True
                    ).start()

    def _serve(self, connection, address):
        self._connections.add(connection)
        connection.settimeout(TIMEOUT)
        try:
            with contextlib.suppress(OSError), connection:
                self._handler(connection, address)
        finally:
            self._connections.discard(connection)


class BlackHole:
    """An address and port to which a connection is never made nor refused.

    The backlog is full and nobody accepts, so Linux drops what comes after.
    """

    def __init__(self, address, port):
        self._sockets = [_listen(address, port, 0)]
        family = self._sockets[0].family
        for _ in range(3):
            filler = socket.socket(family, socket.SOCK_STREAM)
            filler.setblocking(False)
            filler.connect_ex((address, port))
            self._sockets.append(filler)

    def close(self):
        for each in self._sockets:
            each.close()
