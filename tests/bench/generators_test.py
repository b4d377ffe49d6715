#!/usr/bin/python3
"""Each program of the benchmark does what it says; how fast is not asked."""

import http.server
import os
import shutil
import signal
import smtplib
import socket
import socketserver
import ssl
import tempfile
import threading
import unittest
from pathlib import Path

import bench
import programs
from dns import flags, message, rrset
from table import Goal, Row, Sample

from internet.pki import Pki
from internet.waiting import wait_for

POLICY = b"version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n"


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(type=kind) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Dns(socketserver.DatagramRequestHandler):
    """Every host is here, and every domain has a policy."""

    data = {"A": "127.0.0.1", "TXT": '"v=STSv1; id=1"'}

    def handle(self):
        query = message.from_wire(self.rfile.read())
        (question,) = query.question
        reply = message.make_response(query)
        reply.flags |= flags.RA
        kind = question.to_text().split()[-1]
        reply.answer = [rrset.from_text(question.name, 60, "IN", kind, self.data[kind])]
        self.wfile.write(reply.to_wire())


class Web(http.server.BaseHTTPRequestHandler):
    """Every host has the same policy."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.paths.append(self.headers["Host"] + self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(POLICY)))
        self.end_headers()
        self.wfile.write(POLICY)

    def log_message(self, *_):
        pass


class Smtp(socketserver.StreamRequestHandler):
    """Takes all mail."""

    def handle(self):
        self.wfile.write(b"220 here\r\n")
        within = False
        for line in self.rfile:
            if within and line != b".\r\n":
                continue
            self.server.lines.append(line)
            within = line == b"DATA\r\n"
            self.wfile.write(b"354 go on\r\n" if within else b"250-so\r\n250 ok\r\n")


class Generators(unittest.TestCase):
    """A server that does nothing, and the load that is put on it."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mta-sts-bench."))
        self.addCleanup(shutil.rmtree, self.folder)
        self.socket = self.folder / "socket"

    def serve(self, name, *arguments):
        server = programs.Server(self.folder / "log", name, *arguments)
        self.addCleanup(server.stop)
        server.start(lambda: programs.answers(self.socket))

    def check(self, result, **expected):
        for name, value in expected.items():
            self.assertEqual(result[name], value, f"{name} of {result}")

    def milter(self, *arguments):
        self.serve("noopmilter", f"unix:{self.socket}")
        name = f"unix:{self.socket}"
        return programs.measure("milterload", "-s", name, *arguments, "x.test")

    def socketmap(self, *arguments):
        self.serve("noopmap", f"unix:{self.socket}")
        name = f"unix:{self.socket}"
        return programs.measure("mapload", "-s", name, *arguments, "x.test")

    def test_messages_in_sessions(self):
        result = self.milter("-c", 3, "-m", 20, "-r", 5)
        self.check(result, messages=20, message_n=20, rcpt_n=100, start_n=3)
        self.check(result, refused=0)

    def test_messages_with_a_session_each(self):
        result = self.milter("-c", 3, "-m", 20, "-f")
        self.check(result, messages=20, rcpt_n=20, start_n=20)

    def test_messages_at_a_rate(self):
        result = self.milter("-c", 3, "-m", 20, "-R", 1000)
        self.check(result, messages=20, rcpt_n=20)

    def test_sessions_that_wait(self):
        """This milter answers these too: one that waits is asked no more."""
        result = self.milter("-c", 2, "-m", 20, "-w", 5, "-o")
        self.check(result, messages=20, rcpt_n=20, start_n=7, refused=0)

    def test_requests_one_by_one(self):
        result = self.socketmap("-c", 3, "-m", 50)
        self.check(result, requests=50, ok=50, reply_n=50)

    def test_requests_pipelined(self):
        result = self.socketmap("-c", 3, "-p", 16, "-m", 500)
        self.check(result, requests=500, ok=500, reply_n=500)

    # --- what is behind them here ---

    def run_server(self, server):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_address[1]

    def proxy(self, *routes):
        log = self.folder / "proxy"
        server = programs.Server(log, "delayproxy", "2", *routes)
        self.addCleanup(server.stop)
        server.start(lambda: "ready" in log.read_text())

    def test_requests_from_far_away(self):
        port, far = free_port(), free_port()
        floor = programs.Server(
            self.folder / "log", "noopmap", f"inet:{port}@127.0.0.1"
        )
        self.addCleanup(floor.stop)
        floor.start(lambda: programs.answers(port))
        self.proxy("tcp", f"127.0.0.1:{far}", f"127.0.0.1:{port}")
        name = f"inet:{far}@127.0.0.1"
        result = programs.measure("mapload", "-s", name, "-c", 2, "-m", 10, "x.test")
        self.check(result, requests=10, ok=10)
        self.assertGreaterEqual(result["reply_p50_us"], 2000)

    def test_cold_fetch(self):
        pki = Pki(self.folder / "pki")
        names = [f"mta-sts.d{number}.x.test" for number in range(4)]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pki.certificate(*names))
        web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
        web.socket = context.wrap_socket(web.socket, server_side=True)
        web.paths = []
        port = self.run_server(web)
        dns = self.run_server(socketserver.UDPServer(("127.0.0.1", 0), Dns))
        far = free_port(socket.SOCK_DGRAM)
        self.proxy("udp", f"127.0.0.1:{far}", f"127.0.0.1:{dns}")
        how = ("-d", f"127.0.0.1:{far}", "-a", pki.ca_file, "-p", port, "-j", 2)
        result = programs.measure("coldfetch", *how, "-n", 4, "x.test")
        self.check(result, fetched=4)
        wanted = {f"{name}/.well-known/mta-sts.txt" for name in names}
        self.assertEqual(set(web.paths), wanted)

    def test_mx_host(self):
        pki = Pki(self.folder / "pki")
        port = free_port()
        log = self.folder / "log"
        own = (f"inet:{port}@127.0.0.1", pki.certificate("localhost"))
        server = programs.Server(log, "mxserver", *own)
        self.addCleanup(server.stop)
        server.start(lambda: True)
        trust = ssl.create_default_context(cafile=pki.ca_file)

        def session():
            try:
                client = smtplib.SMTP("localhost", port, timeout=10)
            except ConnectionRefusedError:
                return False
            client.starttls(context=trust)
            client.ehlo()
            client.quit()
            return True

        wait_for(session, "mxserver")
        server.stop(signal.SIGTERM)
        result = programs.numbers(log.read_text())
        self.check(result, connections=1, handshakes=1, mails=0)

    def test_messages_to_a_mail_server(self):
        server = socketserver.TCPServer(("127.0.0.1", 0), Smtp)
        server.lines = []
        port = self.run_server(server)
        load = ("-p", port, "-m", 5, "-n", 3, "x.test")
        self.check(programs.measure("smtpload", *load), messages=5)
        recipients = [line for line in server.lines if line.startswith(b"RCPT")]
        wanted = [f"RCPT TO:<u@d{n}.x.test>\r\n".encode() for n in (0, 1, 2, 0, 1)]
        self.assertEqual(recipients, wanted)


class Table(unittest.TestCase):
    """What is made of the numbers."""

    def row(self, *goals, **values):
        left = {name: iter(samples) for name, samples in values.items()}
        contestants = {
            name: lambda samples=samples: Sample(*next(samples))
            for name, samples in left.items()
        }
        row = Row("x", "x/s", *goals, **contestants)
        for _ in values["ours"]:
            row.measure()
        return row

    def test_medians_and_ratios(self):
        ours = [(30, 2.0), (10, 4.0), (2000, 3.0)]
        row = self.row(ours=ours, floor=[(60, 1.0), (40, 1.0), (1000, 1.0)])
        cells = ["x (x/s)", "30 (10–2,000), 3 µs", "60 (40–1,000), 1 µs", ""]
        self.assertEqual(row.cells(), [*cells, "0.50, CPU 3.00", "", ""])

    def test_goals(self):
        goals = [
            Goal("floor", at_least=0.9),
            Goal("floor", at_most=0.9),
            Goal("floor", cpu_at_most=1.5),
            Goal(at_most=9),
        ]
        row = self.row(*goals, ours=[(9, 2.0)], floor=[(10, 1.0)])
        reached = [goal.reached(row) for goal in goals]
        self.assertEqual(reached, [True, True, False, True])
        self.assertIn("CPU ≤ 1.5 of floor **no**", row.cells()[-1])

    def test_scenes(self):
        """That there are those that BENCHMARKS.md tells of."""
        text = (Path(__file__).parents[2] / "BENCHMARKS.md").read_text()
        for name in bench.SCENES:
            self.assertIn(f"`{name}`", text)


if __name__ == "__main__":
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    unittest.main()
