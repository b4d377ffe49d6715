"""The small Internet itself: it is what it claims to be, or tests on it lie."""

import contextlib
import re
import smtplib
import socket
import ssl
import warnings

import ports
import pytest
from dns import resolver

from internet import faultysmtp, mxhost, pki, policyhost, world
from internet.waiting import wait_for

PATIENT = 20  # seconds, for what will be answered
BRIEF = 0.5  # for what never will


def ask(name, rtype, lifetime=PATIENT):
    """The answers' presentation form, by way of /etc/resolv.conf."""
    own = resolver.Resolver()
    own.lifetime = lifetime
    return sorted(rdata.to_text() for rdata in own.resolve(name, rtype))


def client_context(internet):
    context = ssl.create_default_context(cafile=internet.pki.ca_file)
    context.hostname_checks_common_name = False
    return context


def old_client_context():
    """A client of 2006, who trusts everybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1_1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def fetch(domain, context, timeout=PATIENT):
    """The whole reply of a policy host, as it came."""
    name = f"mta-sts.{domain}"
    try:
        address = ask(name, "A")[0]
    except resolver.NoAnswer:
        address = ask(name, "AAAA")[0]
    with socket.create_connection((address, 443), timeout) as plain:
        with context.wrap_socket(plain, server_hostname=name) as peer:
            request = f"GET {policyhost.PATH} HTTP/1.1\r\nHost: {name}\r\n"
            peer.sendall(f"{request}Connection: close\r\n\r\n".encode())
            return b"".join(iter(lambda: peer.recv(65536), b""))


def smtp(host, timeout=PATIENT):
    client = smtplib.SMTP(timeout=timeout, local_hostname="client.example.org")
    code, text = client.connect(ask(host, "A")[0], 25)
    if code != 220:
        raise smtplib.SMTPConnectError(code, text)
    client._host = host  # what smtplib sends as SNI and checks
    return client


# --- the table ---

# Rows of rules.md that need more than a domain: see the other tests.
NOT_A_DOMAINS = {3, 5, 6, 38, 39, 40, 41, 43, 44, 45, 46}


def test_names_are_unique():
    assert len(world.BY_NAME) == len(world.DOMAINS) >= 45


def test_every_rule_has_a_domain():
    rules = " ".join(row.rules for row in world.DOMAINS)
    shown = {int(re.sub("a$", "", rule)) for rule in rules.split()}
    assert shown == set(range(1, 63)) - NOT_A_DOMAINS


def test_every_fault_has_a_domain():
    rows = world.DOMAINS
    hosts = [mx for row in rows for mx in row.mx]
    assert {mx.fault for mx in hosts} == {*faultysmtp.FAULTS, *mxhost.UNREACHABLE}
    assert {mx.certificate for mx in hosts} == set(pki.FAULTS)
    assert {row.https for row in rows} == {*policyhost.REPLIES, *policyhost.UNREACHABLE}
    assert {row.https_certificate for row in rows} == set(pki.FAULTS)


# --- DNS ---


@pytest.mark.parametrize("domain", ["good.test", "mx-own.test", "xn--bcher-kva.test"])
def test_records_come_through_the_resolver(internet, domain):
    row = internet.rows[domain]
    assert ask(f"_mta-sts.{domain}", "TXT") == [f'"{row.txt[0]}"']
    assert ask(domain, "MX") == [f"10 {row.mx[0].host(domain)}."]


def test_strings_of_one_record_stay_apart(internet):
    assert ask("_mta-sts.split-txt.test", "TXT") == ['"v=STSv1; id=20" "260101;"']


def test_an_answer_too_big_for_udp(internet):
    assert len(ask("_mta-sts.huge-txt.test", "TXT")) == 41


def test_names_that_do_not_exist(internet):
    with pytest.raises(resolver.NXDOMAIN):
        ask("_mta-sts.no-txt.test", "TXT")
    with pytest.raises(resolver.NoAnswer):
        ask("_mta-sts.nodata-txt.test", "TXT")


def test_servfail_is_for_the_name_alone(internet):
    with pytest.raises(resolver.NoNameservers):
        ask("_mta-sts.txt-servfail.test", "TXT")
    with pytest.raises(resolver.NoNameservers):
        ask("mx-servfail.test", "MX")
    assert ask("txt-servfail.test", "MX")
    assert ask("_mta-sts.mx-servfail.test", "TXT")


def test_a_name_that_is_never_answered(internet):
    with pytest.raises(resolver.LifetimeTimeout):
        ask("_mta-sts.txt-timeout.test", "TXT", lifetime=BRIEF)


def test_changes_are_seen_at_once_and_queries_counted(internet):
    internet.dns.set("changing.test", "TXT", '"one"')
    assert ask("changing.test", "TXT") == ['"one"']
    internet.dns.set("changing.test", "TXT", '"two"')
    assert ask("changing.test", "TXT") == ['"two"']
    assert internet.dns.queries("changing.test", "TXT") == 2
    internet.dns.remove("changing.test")
    with pytest.raises(resolver.NXDOMAIN):
        ask("changing.test", "TXT")


def test_failures_come_and_go(internet):
    internet.dns.set("ill.test", "TXT", '"well"')
    internet.dns.fail("ill.test")
    with pytest.raises(resolver.NoNameservers):
        ask("ill.test", "TXT")
    internet.dns.heal("ill.test")
    assert ask("ill.test", "TXT") == ['"well"']


@pytest.mark.parametrize("how", ["resolver_silent", "resolver_gone"])
def test_the_resolver_goes_and_returns(internet, how):
    getattr(internet.dns, how)()
    with pytest.raises(resolver.LifetimeTimeout):
        ask("good.test", "MX", lifetime=BRIEF)
    internet.dns.resolver_up()
    assert ask("good.test", "MX")


def test_unplugged(internet):
    address = ask("mta-sts.good.test", "A")[0]
    with internet.unplugged(), pytest.raises(OSError):
        socket.create_connection((address, 443), PATIENT)
    assert fetch("good.test", client_context(internet))


# --- policy hosts ---


def test_nginx_serves_the_policy(internet):
    before = internet.policy_hosts.requests("good.test")
    head, body = fetch("good.test", client_context(internet)).split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 200 OK\r\nServer: nginx")
    assert b"\r\nContent-Type: text/plain\r\n" in head
    assert body == world.BY_NAME["good.test"].policy_text()
    wait_for(
        lambda: internet.policy_hosts.requests("good.test") == before + 1,
        "the request to be counted",
    )


@pytest.mark.parametrize(
    "row",
    [row for row in world.HTTPS_ROWS if row.https_certificate],
    ids=lambda row: row.name,
)
def test_certificates_are_as_bad_as_said(internet, row):
    if agrees := row.check == "pass":
        assert fetch(row.name, client_context(internet))
    else:
        with pytest.raises(ssl.SSLCertVerificationError):
            fetch(row.name, client_context(internet))
    assert agrees == (row.https_certificate in policyhost.GOOD_CERTIFICATES)


@pytest.mark.parametrize(
    "fault, said",
    [
        ("301", b"HTTP/1.1 301 "),
        ("404", b"HTTP/1.1 404 "),
        ("204", b"HTTP/1.1 204 "),
        ("206", b"HTTP/1.1 206 "),
        ("500", b"HTTP/1.1 500 "),
        ("html", b"Content-Type: text/html\r\n"),
        ("media-parameter", b"Content-Type: Text/Plain; charset=utf-8\r\n"),
        ("64k", b"Content-Length: 65536\r\n"),
        ("big-announced", b"Content-Length: 65537\r\n"),
        ("big-chunked", b"Transfer-Encoding: chunked\r\n"),
        ("gzip-bomb", b"Content-Encoding: gzip\r\n"),
        ("garbage", b"\x1b[2J"),
    ],
)
def test_replies_are_as_wrong_as_said(internet, fault, said):
    row = next(row for row in world.HTTPS_ROWS if row.https == fault)
    assert said in fetch(row.name, client_context(internet))
    assert internet.policy_hosts.host(row.name).requests[-1] == (
        f"mta-sts.{row.name}",
        f"GET {policyhost.PATH} HTTP/1.1",
    )


def test_no_media_type(internet):
    reply = fetch("https-no-media-type.test", client_context(internet))
    assert b"content-type" not in reply.lower()


def test_a_body_shorter_than_announced(internet):
    reply = fetch("https-truncated.test", client_context(internet))
    head, body = reply.split(b"\r\n\r\n", 1)
    assert f"Content-Length: {len(body) + 1}".encode() in head


@pytest.mark.parametrize("domain", ["https-drip.test", "https-silent.test"])
def test_hosts_that_let_one_wait(internet, domain):
    context = client_context(internet)
    name = f"mta-sts.{domain}"
    with socket.create_connection((ask(name, "A")[0], 443), PATIENT) as plain:
        with context.wrap_socket(plain, server_hostname=name) as peer:
            peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
            if domain == "https-drip.test":
                assert [len(peer.recv(100)) for _ in range(3)] == [1, 1, 1]
            else:
                peer.settimeout(BRIEF)
                with pytest.raises(TimeoutError):
                    peer.recv(100)


def test_tls_1_1_only(internet):
    with pytest.raises(ssl.SSLError):
        fetch("https-tls11.test", client_context(internet))
    assert fetch("https-tls11.test", old_client_context())


def test_policy_hosts_that_do_not_answer(internet):
    context = client_context(internet)
    with pytest.raises(ConnectionRefusedError):
        fetch("https-refused.test", context)
    with pytest.raises(TimeoutError):
        fetch("https-black-hole.test", context, BRIEF)


@pytest.mark.parametrize(
    "row",
    [row for row in world.HTTPS_ROWS if row.reason == "address-refused"],
    ids=lambda row: row.name,
)
def test_private_addresses_would_have_answered(internet, row):
    """Else that the programs do not connect would show nothing."""
    assert row.policy_text() in fetch(row.name, client_context(internet))


def test_a_policy_changes(internet):
    internet.publish(world.Domain("policy-changes.test", ""))
    context = client_context(internet)
    assert b"mode: enforce" in fetch("policy-changes.test", context)
    internet.change(
        "policy-changes.test", text=world.policy(world.PROVIDER, mode="testing")
    )
    assert b"mode: testing" in fetch("policy-changes.test", context)
    internet.change("policy-changes.test", https="404")
    assert b"404 Not Found" in fetch("policy-changes.test", context)
    internet.change("policy-changes.test", https="refused")
    with pytest.raises(ConnectionRefusedError):
        fetch("policy-changes.test", context)
    internet.change("policy-changes.test", https="")
    assert b"200 OK" in fetch("policy-changes.test", context)


# --- MX hosts ---


def test_an_mx_takes_mail_and_writes_it_down(internet):
    with smtp("mx1.mx-own.test") as client:
        client.starttls(context=client_context(internet))
        client.sendmail("a@example.org", ["b@mx-own.test"], "Subject: x\n\n.dot\n")
    host = internet.mx_hosts["mx1.mx-own.test"]
    session = host.sessions[-1]
    assert " ".join(session.transcript) == (
        "EHLO STARTTLS handshake EHLO MAIL RCPT DATA QUIT"
    )
    delivery = host.deliveries[-1]
    assert delivery.sender == "a@example.org"
    assert delivery.recipients == ["b@mx-own.test"]
    assert delivery.message == b"Subject: x\r\n\r\n.dot\r\n"
    assert (delivery.tls, delivery.server_name) == ("TLSv1.3", "mx1.mx-own.test")


@pytest.mark.parametrize(
    "row",
    [row for row in world.MX_ROWS if row.mx and row.mx[0].certificate],
    ids=lambda row: row.name,
)
def test_mx_certificates_are_as_bad_as_said(internet, row):
    mx = row.mx[0]
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(smtp(mx.host(row.name)))
        if mx.certificate not in policyhost.GOOD_CERTIFICATES:
            stack.enter_context(pytest.raises(ssl.SSLCertVerificationError))
        client.starttls(context=client_context(internet))
        assert client.ehlo()[0] == 250


@pytest.mark.parametrize(
    "fault, error, said",
    [
        ("no-starttls", smtplib.SMTPNotSupportedError, ""),
        ("starttls-454", smtplib.SMTPResponseException, "454"),
        ("starttls-502", smtplib.SMTPResponseException, "502"),
        ("handshake-alert", ssl.SSLError, "HANDSHAKE_FAILURE"),
        ("handshake-garbage", ssl.SSLError, ""),
        ("tls1.1", ssl.SSLError, ""),
        ("drop-after-220", OSError, ""),
        ("greeting-554", smtplib.SMTPConnectError, "554"),
        ("greeting-421", smtplib.SMTPConnectError, "421"),
        ("drop", smtplib.SMTPServerDisconnected, ""),
        ("ehlo-refused", smtplib.SMTPNotSupportedError, ""),
        ("silent", smtplib.SMTPServerDisconnected, "timed out"),
        ("garbage", smtplib.SMTPConnectError, ""),
        ("hostile", smtplib.SMTPConnectError, "554"),
        ("refused", ConnectionRefusedError, ""),
        ("black-hole", TimeoutError, ""),
        ("no-route", OSError, "unreachable"),
    ],
)
def test_mx_hosts_are_as_faulty_as_said(internet, fault, error, said):
    name = next(
        mx.host(row.name) for row in world.MX_ROWS for mx in row.mx if mx.fault == fault
    )
    timeout = BRIEF if fault in ("silent", "black-hole") else PATIENT
    with pytest.raises(error, match=said):
        client = smtp(name, timeout)
        code, text = client.starttls(context=client_context(internet))
        if code != 220:
            raise smtplib.SMTPResponseException(code, text)


def bytes_until(host, enough, said=b""):
    """What the host sends in plain text until enough(received)."""
    with socket.create_connection((ask(host, "A")[0], 25), PATIENT) as peer:
        received = b""
        peer.sendall(said)
        while not enough(received):
            received += peer.recv(65536)
    return received


def test_injection_comes_with_the_220(internet):
    received = bytes_until(
        "mx1.mx-injection.test",
        lambda received: b"injected\r\n" in received,
        b"EHLO x\r\nSTARTTLS\r\n",
    )
    assert received.endswith(b"220 2.0.0 Ready\r\n250 2.0.0 injected\r\n")


def test_an_ehlo_that_ends_the_session(internet):
    received = bytes_until(
        "mx1.mx-ehlo-421.test", lambda received: b"\r\n421 " in received, b"EHLO x\r\n"
    )
    assert received.endswith(b"\r\n")


def test_a_line_over_4_kib(internet):
    received = bytes_until(
        "mx1.mx-long-line.test",
        lambda received: received.endswith(b"250 OK\r\n"),
        b"EHLO x\r\n",
    )
    assert max(map(len, received.split(b"\r\n"))) > 4096


def test_a_reply_without_end(internet):
    received = bytes_until(
        "mx1.mx-endless.test", lambda received: len(received) > 1 << 20, b"EHLO x\r\n"
    )
    assert b"\n250 " not in received


def test_a_greeting_without_end(internet):
    received = bytes_until("mx1.mx-tarpit.test", lambda received: len(received) > 5)
    assert b"\n" not in received


def test_an_mx_with_one_dead_address(internet):
    dead, alive = ask("mx1.mx-v6-dead.test", "AAAA"), ask("mx1.mx-v6-dead.test", "A")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((dead[0], 25), PATIENT)
    socket.create_connection((alive[0], 25), PATIENT).close()


def test_an_mx_changes(internet):
    mx = world.Mx(certificate="expired")
    internet.publish(world.Domain("mx-changes.test", "", mx=(mx,)))
    with smtp("mx1.mx-changes.test") as client:
        with pytest.raises(ssl.SSLCertVerificationError):
            client.starttls(context=client_context(internet))
    internet.change("mx-changes.test", mx=(world.Mx(),))
    with smtp("mx1.mx-changes.test") as client:
        client.starttls(context=client_context(internet))


# --- Postfix ---


def test_postfix_delivers_over_tls(internet, relay):
    with relay.smtp(ports.RELAY) as client:
        client.sendmail("a@example.org", ["smtpd@mx-v6.test"], "Subject: x\n\nbody\n")
    relay.sendmail("a@example.org", ["command@mx-v6.test"], b"Subject: x\n\nbody\n")
    host = internet.mx_hosts["mx1.mx-v6.test"]
    deliveries = wait_for(
        lambda: len(host.deliveries) == 2 and host.deliveries, "both deliveries"
    )
    arrived = {(each.recipients[0], each.tls) for each in deliveries}
    assert arrived == {
        ("smtpd@mx-v6.test", "TLSv1.3"),
        ("command@mx-v6.test", "TLSv1.3"),
    }


def test_postfix_defers_what_it_cannot_deliver(internet, relay):
    with relay.smtp(ports.RELAY) as client:
        client.sendmail("a@example.org", ["u@mx-refused.test"], "Subject: x\n\nbody\n")

    assert "status=deferred" in relay.wait_log("to=<u@mx-refused.test>")
    assert not relay.entry("u@mx-refused.test").held
    relay.delete_all()
    assert relay.entries() == []
