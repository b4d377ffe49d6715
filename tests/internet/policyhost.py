"""The hosts that serve policies over HTTPS.

Well-behaved ones are virtual hosts of one real nginx. Each faulty one has an
address of its own, where a server of a few lines does the wrong thing. What a
host serves, and how wrongly, can be changed at any time.
"""

import dataclasses
import functools
import gzip
import http.client
import itertools
import signal
import time
from pathlib import Path

from . import tls
from .listener import BlackHole, Listener
from .process import Process
from .waiting import wait_for

PATH = "/.well-known/mta-sts.txt"
NGINX_ADDRESSES = ("198.51.100.10", "2001:db8::10")
NGINX_MARKS = ("127.0.0.1", 8080)  # for us, not for senders
GOOD_CERTIFICATES = ("", "wildcard", "intermediate")
KIB = 1024

# The headers forbid any keeping: RFC 8461 3.3 has senders ignore them.
NGINX = """
daemon off;
user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    log_format hosts '$ssl_server_name $request_uri $status';
    access_log {folder}/access.log hosts;
    server_names_hash_max_size 8192;
    server_names_hash_bucket_size 128;
    default_type text/plain;
    add_header Cache-Control no-store;
    add_header Expires 0;
    server {{
        listen {addresses[0]}:443 ssl default_server;
        listen [{addresses[1]}]:443 ssl default_server;
        ssl_reject_handshake on;
    }}
    server {{
        listen {marks[0]}:{marks[1]};
        return 204;
    }}
    include {folder}/hosts/*.conf;
}}
"""

NGINX_HOST = """
server {{
    listen {addresses[0]}:443 ssl;
    listen [{addresses[1]}]:443 ssl;
    server_name {name};
    ssl_certificate {certificate};
    ssl_certificate_key {certificate};
    root {root};
}}
"""


def _reply(body, status="200 OK", media="text/plain", headers=(), length=None):
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers]
    if media is not None:
        lines.append(f"Content-Type: {media}")
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _padded(body, size):
    """A valid policy still: the rest is one unknown field."""
    return body + b"padding: " + b"x" * (size - len(body) - 11) + b"\r\n"


def _chunked(body, size):
    yield (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    body = _padded(body, size)
    for start in range(0, len(body), 4096):
        part = body[start : start + 4096]
        yield b"%x\r\n%s\r\n" % (len(part), part)
    yield b"0\r\n\r\n"


@functools.lru_cache
def _gzip_bomb(body):
    packed = gzip.compress(_padded(body, 16 * KIB * KIB), 1)
    return [_reply(packed, headers=["Content-Encoding: gzip"])]


def _drip(body):
    for byte in _reply(_padded(body, 60 * KIB)):  # which takes three hours
        yield bytes([byte])
        time.sleep(0.2)


def _endless_headers(_):
    yield b"HTTP/1.1 200 OK\r\n"
    for number in itertools.count():
        yield b"X-Header-%d: %s\r\n" % (number, b"x" * 200)


def _redirect(_):
    """To the same host: whoever follows it shows in the host's requests."""
    return [_reply(b"", "301 Moved Permanently", headers=["Location: /followed"])]


# fault -> function from the policy's bytes to the pieces of the reply
REPLIES = {
    "": lambda body: [_reply(body)],
    "301": _redirect,
    "404": lambda body: [_reply(body, "404 Not Found")],
    "204": lambda body: [_reply(b"", "204 No Content")],
    "206": lambda body: [_reply(body, "206 Partial Content")],
    "500": lambda body: [_reply(body, "500 Internal Server Error")],
    "html": lambda body: [_reply(body, media="text/html")],
    "no-media-type": lambda body: [_reply(body, media=None)],
    "media-parameter": lambda body: [_reply(body, media="Text/Plain; charset=utf-8")],
    "64k": lambda body: [_reply(_padded(body, 64 * KIB))],
    "big-announced": lambda body: [_reply(_padded(body, 64 * KIB + 1))],
    "big-chunked": lambda body: _chunked(body, 64 * KIB + 1),
    "gzip-bomb": _gzip_bomb,
    "truncated": lambda body: [_reply(body, length=len(body) + 1)],
    "drip": _drip,
    "endless-headers": _endless_headers,
    "garbage": lambda body: [b"\0\xff\x1b[2J\r\n" * 100],
    "silent": lambda body: [],
    "tls1.1": lambda body: [_reply(body)],
}
UNREACHABLE = ("refused", "black-hole")


@dataclasses.dataclass
class Host:
    """One faulty policy host, and what came to it."""

    domain: str
    address: str
    text: bytes
    fault: str
    certificate: Path
    connections: int = 0
    requests: list = dataclasses.field(default_factory=list)  # (SNI, request line)


class PolicyHosts:
    """Every policy host of the small Internet, by policy domain."""

    def __init__(self, folder, pki):
        self.folder = Path(folder)
        (self.folder / "hosts").mkdir(parents=True)
        self._pki = pki
        conf = self.folder / "nginx.conf"
        conf.write_text(
            NGINX.format(
                folder=self.folder, addresses=NGINX_ADDRESSES, marks=NGINX_MARKS
            )
        )
        self._nginx = Process(["nginx", "-c", conf], self.folder / "nginx.out")
        self._listener = Listener(443, self._serve)
        networks = ("203.0.113", "198.18.200", "198.18.201")  # of private-network
        self._free = (f"{net}.{n}" for net in networks for n in range(10, 250))
        self._marks = itertools.count()
        self._hosts = {}  # by policy domain
        self._by_address = {}
        self._holes = {}

    def start(self):
        self._nginx.start(lambda: (self.folder / "nginx.pid").exists())

    def stop(self):
        self._listener.close()
        for hole in self._holes.values():
            hole.close()
        self._nginx.stop()

    def publish(self, domain, text, fault="", certificate="", address=None):
        """Serves a policy, or no longer so: returns where, as addresses."""
        if address is None and not fault and certificate in GOOD_CERTIFICATES:
            self._publish_nginx(domain, text, certificate)
            return NGINX_ADDRESSES
        return (self._publish_faulty(domain, text, fault, certificate, address),)

    def requests(self, domain):
        """How many requests came for that domain's policy, to either server."""
        lines = self._nginx_requests()
        faulty = self._hosts.get(domain)
        return sum(line.startswith(f"mta-sts.{domain} ") for line in lines) + (
            len(faulty.requests) if faulty else 0
        )

    def host(self, domain):
        """The faulty host of that domain."""
        return self._hosts[domain]

    # --- nginx ---

    def _nginx_requests(self):
        """The lines of its log. It writes a line after its answer, but one after
        the other: where a request of ours is, those before it are."""
        log = self.folder / "access.log"
        mark = f" /mark{next(self._marks)} "
        connection = http.client.HTTPConnection(*NGINX_MARKS, timeout=30)
        connection.request("GET", mark.strip())
        connection.getresponse()
        connection.close()
        wait_for(lambda: mark in log.read_text(), "nginx to write its log")
        return log.read_text().splitlines()

    def _publish_nginx(self, domain, text, certificate):
        name = f"mta-sts.{domain}"
        root = self.folder / "www" / name
        file = root / PATH[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        fresh.write_bytes(text)
        fresh.rename(file)
        pem = self._pki.certificate(name, fault=certificate)
        block = NGINX_HOST.format(
            addresses=NGINX_ADDRESSES, name=name, root=root, certificate=pem
        )
        conf = self.folder / "hosts" / f"{name}.conf"
        if not conf.exists() or conf.read_text() != block:
            conf.write_text(block)
            if self._nginx.running():
                self._reload_nginx()

    def _reload_nginx(self):
        """Returns when no worker with the old configuration is left to accept."""
        before = self._nginx.children()
        self._nginx.send(signal.SIGHUP)
        wait_for(
            lambda: self._nginx.children() and not before & self._nginx.children(),
            "nginx to change its workers",
        )

    # --- the faulty ones ---

    def _publish_faulty(self, domain, text, fault, certificate, address):
        if fault not in REPLIES and fault not in UNREACHABLE:
            raise ValueError(f"no such fault of a policy host: {fault}")
        host = self._hosts.get(domain)
        if host is None:
            pem = self._pki.certificate(f"mta-sts.{domain}", fault=certificate)
            host = Host(domain, address or next(self._free), text, fault, pem)
            self._hosts[domain] = self._by_address[host.address] = host
        host.text, host.fault = text, fault
        host.certificate = self._pki.certificate(f"mta-sts.{domain}", fault=certificate)
        self._listen(host)
        return host.address

    def _listen(self, host):
        hole = self._holes.pop(host.address, None)
        if hole:
            hole.close()
        listens = host.address in self._listener.addresses()
        if listens and host.fault in UNREACHABLE:
            self._listener.remove(host.address)
        if not listens and host.fault not in UNREACHABLE:
            self._listener.add(host.address)
        if host.fault == "black-hole":
            self._holes[host.address] = BlackHole(host.address, 443)

    def _serve(self, connection, address):
        host = self._by_address[address]
        host.connections += 1
        with tls.accept(connection, host.certificate, host.fault == "tls1.1") as peer:
            request = b""
            while b"\r\n\r\n" not in request:
                data = peer.recv(4096)
                if not data:
                    return
                request += data
            line = request.split(b"\r\n", 1)[0].decode("latin-1")
            host.requests.append((peer.server_name, line))
            for piece in REPLIES[host.fault](host.text):
                peer.sendall(piece)
            if host.fault == "silent":
                peer.recv(1)  # until the client has had enough
