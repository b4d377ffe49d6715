"""`mta-sts generate`: a real nginx serves what it writes, a real DNS server has
its records, and our own sender accepts both; what would lock mail out is
refused."""

import http.client
import itertools
import re
import socket
import ssl

import pytest

from internet.internet import folder
from internet import webserver
from internet.webserver import ADDRESS, WebServer, publish_records
from internet.world import PROVIDER, Mx

UNPUBLISHED = {"txt": (), "https_address": ""}
POLICY = "mta-sts.{}/.well-known/mta-sts.txt"
_numbers = itertools.count()


class Owner:
    """Who runs `mta-sts generate` over one folder, and serves and loads it."""

    def __init__(self, internet, command):
        place = folder() / f"generated{next(_numbers)}"
        self.out = place / "out"
        place.mkdir()
        self.web = WebServer(place / "nginx", self.out, internet.pki)
        self._internet = internet
        self._command = command

    def generate(self, *arguments, status=0):
        done = self._command.json("generate", *arguments, "--out", str(self.out))
        assert done.status == status, done
        return done.data

    def one(self, *arguments, status=0):
        (found,) = self.generate(*arguments, status=status)["domains"]
        return found

    def serve(self, *domains, address=True):
        for domain in domains:
            self.web.certify(domain)
            if address:
                self._internet.dns.set(f"mta-sts.{domain}", "A", ADDRESS)
        self.web.test()
        self.web.reload()

    def load(self):
        publish_records(self._internet.dns, self.out)


@pytest.fixture
def owner(internet, command):
    one = Owner(internet, command)
    yield one
    one.web.stop()


def messages(found):
    return " / ".join(each["message"] for each in found["findings"])


def test_what_is_served_is_accepted(owner, command, fresh):
    domain = fresh(mx=(Mx("mx2"), Mx(preference=20)), **UNPUBLISHED)
    assert command.json("query", domain).data["status"] == "NONE"
    arguments = ("--from-dns", "--mode", "enforce", "--rua", f"mailto:tls@{domain}")
    found = owner.one(domain, *arguments)
    assert (found["change"], found["checked"], found["findings"]) == ("new", True, [])
    assert found["mx"] == [f"mx1.{domain}", f"mx2.{domain}"], "by name"
    owner.serve(domain)
    owner.load()
    query = command.run("query", domain)
    assert query.stdout.splitlines()[0] == "STSFetchResult.VALID"
    check = command.json("check", domain)
    assert (check.status, check.data["result"]) == (0, "pass"), check
    assert check.data["policy"]["id"] == found["id"]
    assert check.data["policy"]["mx"] == found["mx"]
    assert check.data["policy"]["max_age"] == 604800


def test_update_in_the_safe_order(owner, command, fresh):
    """The policy first: until the id is published, the old one is found; with
    it, the new one is; and again changes nothing."""
    domain = fresh(mx=(Mx(),), **UNPUBLISHED)
    first = owner.one(domain, "--from-dns")
    owner.serve(domain)
    owner.load()
    assert command.json("check", domain).data["policy"]["mode"] == "testing"
    found = owner.one(domain, "--update", "--mode", "enforce")
    assert (found["checked"], found["mx"]) == (True, [f"mx1.{domain}"])
    before_the_id = command.json("query", domain).data
    assert (before_the_id["mode"], before_the_id["id"]) == ("enforce", first["id"])
    owner.load()
    data = command.json("query", domain).data
    assert (data["mode"], data["id"]) == ("enforce", found["id"])
    for _ in range(2):
        again = owner.generate(domain, "--update")
        assert again["domains"][0]["id"] == found["id"]
        assert (again["domains"][0]["change"], again["written"]) == ("none", [])


def test_away_again(owner, command, fresh):
    domain = fresh(mx=(Mx(),), **UNPUBLISHED)
    owner.one(domain, "--from-dns", "--mode", "enforce")
    owner.serve(domain)
    owner.load()
    owner.one(domain, "--remove")
    owner.load()
    data = command.json("query", domain).data
    assert (data["status"], data["mode"], data["max_age"]) == ("VALID", "none", 86400)
    zone = owner.out / "records.zone"
    zone.write_text(re.sub(r" earlier=\d+", "", zone.read_text()))  # time passes
    assert owner.one(domain, "--remove")["change"] == "removed"
    assert not (owner.out / POLICY.format(domain)).exists()


def test_many_domains_in_one_place(internet, owner, command, fresh, tmp_path):
    """By CNAME, each with a policy of its own; the MX host that they share is
    looked at once."""
    domains = [fresh(mx=(Mx(PROVIDER),), **UNPUBLISHED) for _ in range(12)]
    place = f"policies.{domains[0]}"
    internet.dns.set(place, "A", ADDRESS)
    path = tmp_path / "domains"
    path.write_text("".join(f"{domain}\n" for domain in domains))
    before = len(internet.mx_hosts[PROVIDER].sessions)
    data = owner.generate(
        "--domains", str(path), "--from-dns", "--mode", "enforce", "--host-at", place
    )
    assert {each["change"] for each in data["domains"]} == {"new"}
    assert len(internet.mx_hosts[PROVIDER].sessions) - before == 1
    owner.serve(*domains, address=False)
    owner.load()
    assert internet.dns.get(f"mta-sts.{domains[3]}", "CNAME") == [f"{place}."]
    for domain in domains[0], domains[11]:
        answer = command.json("check", domain)
        assert answer.data["result"] == "pass", answer


def request(internet, host, address, path):
    """Status and headers of what stands there."""
    context = ssl.create_default_context(cafile=internet.pki.ca_file)
    raw = socket.create_connection((address, 443), timeout=30)
    connection = http.client.HTTPSConnection(host, timeout=30)
    with context.wrap_socket(raw, server_hostname=host) as connection.sock:
        connection.request("GET", path)
        reply = connection.getresponse()
        reply.read()
        return reply.status, reply.getheader("Content-Type"), reply.getheader("Location")


@pytest.mark.parametrize("server", ["apache", "caddy"])
def test_other_servers(internet, owner, command, fresh, server):
    domain = fresh(mx=(Mx(),), **UNPUBLISHED)
    certs = ("--certs", str(webserver.CERTIFICATES))
    owner.one(domain, "--from-dns", "--server", server, *certs)
    owner.web.certify(domain)
    address = getattr(webserver, f"{server.upper()}_ADDRESS")
    host = f"mta-sts.{domain}"
    internet.dns.set(host, "A", address)
    running = getattr(webserver, server)(owner.out.parent / server, owner.out)
    try:
        owner.load()
        data = command.json("check", domain).data
        assert (data["policy"]["status"], data["result"]) == ("VALID", "pass"), data
        found = request(internet, host, address, "/.well-known/mta-sts.txt")
        assert found == (200, "text/plain", None)
        for path in "/", "/.well-known/", "/records.zone", "/.well-known":
            status, _, location = request(internet, host, address, path)
            assert (status, location) == (404, None), path
    finally:
        running.stop()


def test_hosts_that_nginx_must_be_told_of(owner, tmp_path):
    """Hundreds of names, and one as long as can be."""
    long = ".".join(["x" * 60] * 3 + ["y" * 50, "test"])
    path = tmp_path / "domains"
    names = [f"d{i}.test" for i in range(800)] + [long]
    path.write_text("".join(f"{name} mx.test\n" for name in names))
    owner.generate("--domains", str(path), "--certs", "/etc/one")
    conf = owner.out / "nginx.conf"
    # One certificate for all is enough to see whether the names are taken.
    owner.web.certify("d0.test")
    pem = "/etc/letsencrypt/live/mta-sts.d0.test"
    conf.write_text(re.sub(r"/etc/one/[^/]+", pem, conf.read_text()))
    owner.web.test()


REFUSED = [
    ((Mx(certificate="expired"),), "certificate-expired"),
    ((Mx(certificate="other-name"),), "certificate-host-mismatch"),
    ((Mx(certificate="self-signed"),), "certificate-not-trusted"),
    ((Mx(fault="no-starttls"),), "starttls-not-supported"),
    ((Mx(), Mx("mx2", certificate="expired", preference=20)), "certificate-expired"),
    ((Mx(fault="refused"),), "no MX host was proven"),
]


@pytest.mark.parametrize("mx, why", REFUSED, ids=lambda value: str(value)[-25:])
def test_enforce_over_broken_hosts_is_refused(owner, command, fresh, mx, why):
    domain = fresh(mx=mx, **UNPUBLISHED)
    found = owner.one(domain, "--from-dns", "--mode", "enforce", status=1)
    assert found["change"] == "refused"
    assert why in messages(found)
    assert not owner.out.exists()
    # Testing is not, and neither is what is asked for in so many words.
    assert owner.one(domain, "--from-dns", "--mode", "testing")["change"] == "new"
    before = (owner.out / "records.zone").read_text()
    owner.one(domain, "--update", "--mode", "enforce", status=1)
    assert (owner.out / "records.zone").read_text() == before
    assert owner.one(domain, "--update", "--mode", "enforce", "--force")["id"]


def test_text_of_a_refusal(command, fresh):
    domain = fresh(mx=(Mx(certificate="expired"),), **UNPUBLISHED)
    done = command.run("generate", domain, "--from-dns", "--mode", "enforce")
    assert done.returncode == 1
    assert done.stdout.startswith(f"{domain}: refused\n")
    assert f"error: MX host mx1.{domain}: certificate-expired" in done.stdout
    assert "version: STSv1" not in done.stdout
    assert "--force" in done.stderr


def test_a_backup_that_is_down_is_told(owner, fresh):
    domain = fresh(mx=(Mx(), Mx("mx2", "refused", preference=20)), **UNPUBLISHED)
    found = owner.one(domain, "--from-dns", "--mode", "enforce")
    assert found["change"] == "new"
    assert f"mx2.{domain} could not be reached" in messages(found)


def test_policy_and_dns_that_differ(owner, fresh):
    domain = fresh(mx=(Mx(), Mx("mx2", preference=20)), **UNPUBLISHED)
    hosts = ("--mx", f"mx1.{domain}", "--mx", "spare.example")
    found = owner.one(domain, *hosts, "--mode", "enforce", status=1)
    assert f"mx2.{domain} is in DNS and not in the policy" in messages(found)
    assert "mx spare.example matches no MX host" in messages(found)
    found = owner.one(domain, "--mx", f"*.{domain}", "--mode", "enforce")
    assert (found["mx"], found["findings"]) == ([f"*.{domain}"], [])


def test_domains_without_mx(owner, fresh, internet):
    nobody = fresh(mx=(Mx(".", preference=0),), **UNPUBLISHED)
    found = owner.one(nobody, "--from-dns", status=1)
    assert "null MX" in messages(found)
    failing = fresh(mx_failure="servfail", **UNPUBLISHED)
    found = owner.one(failing, "--from-dns", "--force", status=1)
    assert "cannot be told" in messages(found)
    found = owner.one(failing, "--mx", PROVIDER, "--mode", "enforce", status=1)
    assert "cannot be told" in messages(found)
    implicit = fresh(mx=(), **UNPUBLISHED)
    internet.dns.set(implicit, "A", ADDRESS)
    found = owner.one(implicit, "--from-dns")
    assert found["mx"] == [implicit]
    assert "there is no MX record" in messages(found)


def test_one_that_is_refused_leaves_the_others(owner, fresh, tmp_path):
    good = fresh(mx=(Mx(),), **UNPUBLISHED)
    bad = fresh(mx=(Mx(certificate="expired"),), **UNPUBLISHED)
    path = tmp_path / "domains"
    path.write_text(f"{bad}\n{good}\n")
    arguments = ("--domains", str(path), "--from-dns", "--mode", "enforce")
    data = owner.generate(*arguments, status=1)
    assert [each["change"] for each in data["domains"]] == ["refused", "new"]
    assert (owner.out / POLICY.format(good)).exists()
    assert not (owner.out / f"mta-sts.{bad}").exists()
    assert bad not in (owner.out / "records.zone").read_text()
    assert bad not in (owner.out / "nginx.conf").read_text()
