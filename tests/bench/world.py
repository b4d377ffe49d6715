"""A small Internet that is fast: what is measured are the programs that look
things up in it.

Of each kind there are domains d0, d1 and so on:

    near.test   on this machine, with the certificates of today: P-256
    p384.test   the same, below an authority with P-384
    rsa.test    the same, RSA-2048 throughout
    far.test    policy hosts, MX hosts and DNS behind delayproxy; 200 MX hosts
    none.test   without a policy
    hang.test   whose policy hosts take connections and say nothing

knot answers every question itself, at the address of the resolver; nginx has
all policies.
"""

import contextlib
import datetime
import signal
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from programs import Process, Server, numbers, wait_for

NEAR, FAR = "127.0.0.1:53", "127.0.0.2:53"  # DNS
WEB, FAR_WEB, HANGING_WEB = "198.51.100.10", "198.51.100.11", "198.51.100.12"
NEAR_MX = "198.18.0.1"
FAR_MX = "198.18.1"  # and a number
MX_HOSTS = 200
DOMAINS = {"near.test": 300, "p384.test": 300, "rsa.test": 300, "far.test": 1000}
NONE_DOMAINS = 300
HANGING = 1000
TTL = 86400
DAY = datetime.timedelta(days=1)

KNOT = """
server:
    rundir: "{folder}"
    listen: 127.0.0.1@53
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: "{folder}/knot.log"
    any: warning
database:
    storage: "{folder}/knot"
control:
    listen: "{folder}/knot.sock"
zone:
  - domain: .
    file: "{folder}/root.zone"
    zonefile-sync: -1
    journal-content: none
"""

NGINX = """
daemon off;
user root;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    log_format hosts '$ssl_server_name';
    access_log {folder}/access.log hosts;
    server_names_hash_max_size 16384;
    server_names_hash_bucket_size 128;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache off;
    ssl_session_tickets off;
    default_type text/plain;
"""

NGINX_HOST = """
    server {{
        listen {address}:443 ssl backlog=4096;
        server_name {name};
        ssl_certificate {certificate};
        ssl_certificate_key {certificate};
        return 200 "{policy}";
    }}
"""


def mx_of(suffix, number):
    """The MX host of a domain, and what its policy allows."""
    if suffix == "far.test":
        return f"mx{number % MX_HOSTS}.hosts.test", "*.hosts.test"
    return "mx.near.test", "mx.near.test"


class Chain:
    """A root and an intermediate, which has certificates made."""

    def __init__(self, name, authority_key, leaf_key):
        self._root_key, self._key = authority_key(), authority_key()
        self.leaf_key = leaf_key()
        self._name = f"{name} intermediate"
        root = f"{name} root"
        self.root = _certificate(root, self._root_key, root, self._root_key)
        self._own = _certificate(self._name, self._key, root, self._root_key)
        self._key_pem = self.leaf_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def write(self, path, *names):
        """A file with key, certificate and intermediate for these names."""
        leaf = _certificate("leaf", self.leaf_key, self._name, self._key, names)
        path.write_bytes(self._key_pem + pem(leaf) + pem(self._own))
        return path


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def _certificate(name, key, issuer, issuer_key, names=()):
    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = datetime.datetime.utcnow()
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + 90 * DAY)
    )
    if names:
        san = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
        builder = builder.add_extension(san, critical=False)
    else:
        basic = x509.BasicConstraints(ca=True, path_length=None)
        builder = builder.add_extension(basic, critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


def _p256():
    return ec.generate_private_key(ec.SECP256R1())


def _p384():
    return ec.generate_private_key(ec.SECP384R1())


def _rsa():
    return rsa.generate_private_key(65537, 2048)


class World:
    """All of it, while it is entered."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir()
        self.ca_file = self.folder / "ca.pem"  # as of a Pki
        self._chains = {
            "near.test": Chain("P-256", _p256, _p256),
            "p384.test": Chain("P-384", _p384, _p256),
            "rsa.test": Chain("RSA", _rsa, _rsa),
        }
        self._chains["far.test"] = self._chains["near.test"]
        roots = {chain.root: chain for chain in self._chains.values()}
        self.ca_file.write_bytes(b"".join(map(pem, roots)))
        self._servers = [
            Process(["knotd", "-c", self._write_knot()], self.folder / "knot.out"),
            Process(["nginx", "-c", self._write_nginx()], self.folder / "nginx.out"),
        ]

    def __enter__(self):
        for server in self._servers:
            server.start(lambda: True)
        wait_for((self.folder / "nginx.pid").exists, "nginx")
        wait_for((self.folder / "knot.sock").exists, "knot")
        return self

    def __exit__(self, *_):
        for server in self._servers:
            server.stop()

    def mx_hosts(self):
        """The server behind every MX host, for a while."""
        names = ("mx.near.test", "*.hosts.test")
        pem_file = self._chains["near.test"].write(self.folder / "mx.pem", *names)
        log = self.folder / "mxserver.out"
        log.unlink(missing_ok=True)
        return Server(log, "mxserver", f"inet:25@{NEAR_MX}", pem_file)

    def far_away(self, milliseconds):
        """The way to what is far, which takes so long there and back."""
        routes = ["udp", FAR, NEAR, "tcp", f"{FAR_WEB}:443", f"{WEB}:443"]
        routes += ["tcp", f"{FAR_MX}.1-{MX_HOSTS}:25", f"{NEAR_MX}:25"]
        return self._proxy(milliseconds, routes)

    def hanging(self):
        """The policy hosts that say nothing."""
        return self._proxy(0, ["tcp", f"{HANGING_WEB}:443", "hang"])

    def fetches(self, name):
        """How often the policy of that domain was fetched since it was asked."""
        log = self.folder / "access.log"
        count = log.read_text().splitlines().count(f"mta-sts.{name}")
        log.write_text("")
        return count

    def connections(self, mx_hosts):
        """Ends the server behind the MX hosts: how many there were."""
        mx_hosts.stop(signal.SIGTERM)
        return numbers(mx_hosts.text())["connections"]

    # The same, as contexts.

    def mx_hosts_running(self):
        return running(self.mx_hosts(), lambda: True)

    def far_away_running(self, milliseconds):
        return _ready(self.far_away(milliseconds))

    def hanging_running(self):
        return _ready(self.hanging())

    # --- inside ---

    def _proxy(self, milliseconds, routes):
        log = self.folder / "delayproxy.out"
        log.unlink(missing_ok=True)
        return Server(log, "delayproxy", str(milliseconds), *routes)

    def _write_knot(self):
        (self.folder / "knot").mkdir()
        (self.folder / "root.zone").write_text("\n".join(self._zone()) + "\n")
        path = self.folder / "knot.conf"
        path.write_text(KNOT.format(folder=self.folder))
        return path

    def _zone(self):
        yield f"$TTL {TTL}"
        yield f". SOA ns.test. admin.test. 1 3600 600 86400 {TTL}"
        yield ". NS ns.test."
        yield "ns.test. A 127.0.0.1"
        yield f"mx.near.test. A {NEAR_MX}"
        for number in range(MX_HOSTS):
            yield f"mx{number}.hosts.test. A {FAR_MX}.{number + 1}"
        for number in range(NONE_DOMAINS):
            yield f"d{number}.none.test. MX 10 mx.near.test."
        for number in range(HANGING):
            yield from _records(f"w{number}.hang.test", HANGING_WEB, "mx.near.test")
        for suffix, count in DOMAINS.items():
            web = FAR_WEB if suffix == "far.test" else WEB
            for number in range(count):
                mx, _ = mx_of(suffix, number)
                yield from _records(f"d{number}.{suffix}", web, mx)

    def _write_nginx(self):
        hosts = self.folder / "hosts"
        hosts.mkdir()
        path = self.folder / "nginx.conf"
        with open(path, "w", encoding="ascii") as conf:
            conf.write(NGINX.format(folder=self.folder))
            for suffix, count in DOMAINS.items():
                for number in range(count):
                    conf.write(self._nginx_host(suffix, number, hosts))
            conf.write("}\n")
        return path

    def _nginx_host(self, suffix, number, hosts):
        name = f"mta-sts.d{number}.{suffix}"
        certificate = self._chains[suffix].write(hosts / name, name)
        _, mx = mx_of(suffix, number)
        lines = ["version: STSv1", "mode: enforce", f"mx: {mx}", "max_age: 604800"]
        policy = "".join(line + "\\r\\n" for line in lines)
        host = NGINX_HOST.format(
            address=WEB, name=name, certificate=certificate, policy=policy
        )
        first = suffix == "near.test" and number == 0
        return host if first else host.replace(" backlog=4096", "")


@contextlib.contextmanager
def running(server, ready):
    server.start(ready)
    try:
        yield server
    finally:
        server.stop()


def _ready(proxy):
    return running(proxy, lambda: "ready" in proxy.text())


def _records(domain, web, mx):
    yield f'_mta-sts.{domain}. TXT "v=STSv1; id=20260101;"'
    yield f"mta-sts.{domain}. A {web}"
    yield f"{domain}. MX 10 {mx}."
