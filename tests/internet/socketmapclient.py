"""A client of the socketmap that does as it is told, right or wrong."""

import socket

TIMEOUT = 60


def netstring(text):
    body = text.encode()
    return b"%d:%s," % (len(body), body)


class SocketmapClient:
    """A connection; ADDRESS is (host, port), or the path of a unix socket."""

    def __init__(self, address):
        family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(TIMEOUT)
        self.socket.connect(address)
        self._buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, *requests):
        self.socket.sendall(b"".join(map(netstring, requests)))

    def receive(self):
        """The next reply, or None at the end."""
        while True:
            head, colon, rest = self._buffer.partition(b":")
            if colon and len(rest) > int(head):
                body, self._buffer = rest[: int(head)], rest[int(head) + 1 :]
                assert rest[len(body)] == ord(","), rest
                return body.decode()
            chunk = self.socket.recv(65536)
            if not chunk:
                assert self._buffer == b""
                return None
            self._buffer += chunk

    def ask(self, *requests):
        """The replies to these, sent at once."""
        self.send(*requests)
        return [self.receive() for _ in requests]


def ask(address, request):
    """The reply to one, on a connection of its own."""
    with SocketmapClient(address) as client:
        return client.ask(request)[0]
