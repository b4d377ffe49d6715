"""A host that takes TLS reports by HTTPS POST (RFC 8460 5.4), and can refuse or
keep whoever posts waiting."""

import dataclasses
import gzip
import http.server
import json
import ssl
import threading

ADDRESS = "203.0.113.250"  # no policy host's


@dataclasses.dataclass
class Posted:
    """One request."""

    path: str
    media: str
    body: bytes

    @property
    def report(self):
        return json.loads(gzip.decompress(self.body))


class ReportSink:
    """STATUS is what it says; while `held` is set, it says nothing at all."""

    def __init__(self, certificate, address=ADDRESS):
        self.posts = []
        self.status = 201
        self.held = threading.Event()
        self.asked = threading.Event()
        self._server = http.server.ThreadingHTTPServer((address, 443), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.held.clear()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self):
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Of one request."""

            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.posts.append(Posted(self.path, self.headers["Content-Type"], body))
                sink.asked.set()
                if sink.held.is_set():
                    self.rfile.read(1)  # until the client is gone
                    return
                self.send_response(sink.status)
                if sink.status == 307:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        return Handler
