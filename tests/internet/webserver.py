"""A domain owner's own web servers, with what `mta-sts generate` wrote: a real
nginx, Apache and Caddy, at an address each; and its records in the DNS.
"""

import os
import re
import signal
import socket
import subprocess
from pathlib import Path

from dns import rdatatype, zonefile

from .process import Process
from .waiting import wait_for

ADDRESS = "198.51.100.80"
APACHE_ADDRESS = "198.51.100.81"
CADDY_ADDRESS = "198.51.100.82"
CACHE = os.environ.get("MTA_STS_TEST_MTAS", "/var/cache/mta-sts-milter-tests")
UNPACKED = Path(CACHE) / "webservers"
CERTIFICATES = Path("/etc/letsencrypt/live")  # where certbot has them

NGINX = """
daemon off;
user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    access_log off;
    include {file};
}}
"""


class WebServer:
    """Serves TREE. All other addresses are those of others here: the generated
    file is used as it is, but for the address at which it listens."""

    def __init__(self, folder, tree, pki):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self.tree = Path(tree)
        self._pki = pki
        self.theirs = self._conf("theirs", self.tree / "nginx.conf")
        ours = self._conf("ours", self.folder / "ours.conf")
        self._process = Process(["nginx", "-c", ours], self.folder / "nginx.out")

    def certify(self, domain):
        """What certbot does."""
        name = f"mta-sts.{domain}"
        place = CERTIFICATES / name
        place.mkdir(parents=True, exist_ok=True)
        for file in "fullchain.pem", "privkey.pem":
            (place / file).write_bytes(self._pki.certificate(name).read_bytes())

    def test(self):
        """nginx's own word for the file as it is."""
        subprocess.run(["nginx", "-t", "-c", self.theirs], check=True)

    def reload(self):
        text = (self.tree / "nginx.conf").read_text()
        text = text.replace("\tlisten [::]:443 ssl;\n", "")
        text = text.replace("listen 443 ", f"listen {ADDRESS}:443 ")
        (self.folder / "ours.conf").write_text(text)
        if not self._process.running():
            self._process.start(lambda: (self.folder / "nginx.pid").exists())
            return
        before = self._process.children()
        self._process.send(signal.SIGHUP)
        wait_for(
            lambda: self._process.children() and not before & self._process.children(),
            "nginx to change its workers",
        )

    def stop(self):
        if self._process.running():
            self._process.stop()

    def _conf(self, name, file):
        path = self.folder / f"{name}.nginx.conf"
        path.write_text(NGINX.format(folder=self.folder, file=file))
        return path


APACHE = """
ServerRoot {unpacked}/usr/lib/apache2
ServerName web.test
User www-data
PidFile {folder}/pid
ErrorLog {folder}/error.log
DefaultRuntimeDir {folder}
Mutex pthread
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule mime_module modules/mod_mime.so
LoadModule socache_shmcb_module modules/mod_socache_shmcb.so
LoadModule ssl_module modules/mod_ssl.so
TypesConfig /etc/mime.types
Listen {address}:443
Include {tree}/apache.conf
"""

CADDY = """
{{
    admin off
    auto_https disable_redirects
    default_bind {address}
}}
import {tree}/Caddyfile
"""


def apache(folder, tree):
    """An Apache; the generated file is used as it is."""
    Path("/etc/mime.types").touch()
    argv = [UNPACKED / "usr/sbin/apache2", "-D", "FOREGROUND", "-f"]
    return _server(folder, tree, APACHE, APACHE_ADDRESS, argv)


def caddy(folder, tree):
    """A Caddy; the generated file is used as it is."""
    argv = [UNPACKED / "usr/bin/caddy", "run", "--adapter", "caddyfile", "--config"]
    return _server(folder, tree, CADDY, CADDY_ADDRESS, argv)


def _server(folder, tree, text, address, argv):
    folder = Path(folder)
    folder.mkdir(parents=True)
    conf = folder / "conf"
    conf.write_text(
        text.format(folder=folder, tree=tree, address=address, unpacked=UNPACKED)
    )
    libraries = next((UNPACKED / "usr/lib").glob("*-linux-gnu"))
    environment = {"HOME": str(folder), "LD_LIBRARY_PATH": str(libraries)}
    server = Process([*argv, conf], folder / "out", env=environment)

    def answers():
        with socket.socket() as peer:
            return peer.connect_ex((address, 443)) == 0

    server.start(answers)
    return server


def publish_records(dns, tree):
    """Loads records.zone as a DNS server does; what is not in it is gone."""
    text = (Path(tree) / "records.zone").read_text()
    domains = set(re.findall(r"^; mta-sts (\S+) ", text, re.MULTILINE))
    with dns.changes():
        for domain in domains:
            for label in "_mta-sts", "_smtp._tls":
                dns.remove(f"{label}.{domain}")
        for rrset in zonefile.read_rrsets(text, rdclass=None, relativize=False):
            kind = rdatatype.to_text(rrset.rdtype)
            dns.set(rrset.name.to_text(), kind, *[each.to_text() for each in rrset])
