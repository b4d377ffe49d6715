"""The socketmap, and that a real Postfix delivers as it says."""

import re
import socket
import subprocess
import time

import ports
import pytest
from cryptography import x509

from internet.daemon import Daemon
from internet.dnssec import SIGNED, tlsa
from internet.internet import folder
from internet.parallel import by_name, for_all
from internet.postfix import Postfix, Smtpd
from internet.socketmapclient import SocketmapClient, ask, netstring
from internet.waiting import wait_for
from internet.world import DOMAINS, PROVIDER, Domain, Mx, policy

MAP = ("127.0.0.1", 8461)
OTHER_MAP = ("127.0.0.1", 8462)
DANE = ("127.0.0.1", 8459)
OTHER_SOCKET = "inet:8462@127.0.0.1"
TABLE = "socketmap:inet:127.0.0.1:8461:postfix"
HOLD = {"smtpd_recipient_restrictions": "static:HOLD"}
SENDER = "sender@example.org"
MESSAGE = "Subject: a test\n\nBody.\n"
NOTFOUND = "NOTFOUND "
TEMP = "TEMP MTA-STS: "
NO_HOST = TEMP + "the policy allows none of the domain's MX hosts"
UNKNOWN = TEMP + "the policy cannot be looked up"
PERM = "PERM there is no such map"


@pytest.fixture(scope="module")
def mapper(internet):
    """A daemon that Postfix asks for the policy of each delivery."""
    own = Daemon(
        folder() / "mapper",
        internet.pki,
        ports.MAPPED_MILTER,
        socketmap_socket="inet:8461@127.0.0.1",
    )
    with own as running:
        yield running


@pytest.fixture(scope="module")
def mapped(internet, mapper):
    """A Postfix that asks it, with the milter before the queue and without."""
    smtpds = [
        Smtpd(ports.MAPPED, mapper.milter),
        Smtpd(ports.MAPPED_HOLDING, mapper.milter, HOLD),
        Smtpd(ports.MAPPED_UNASKED),
    ]
    with Postfix(
        folder() / "mapped",
        smtpds,
        smtp_tls_CAfile=internet.pki.ca_file,
        smtp_tls_policy_maps=TABLE,
    ) as server:
        yield server


@pytest.fixture
def client(mapper):
    with SocketmapClient(MAP) as connection:
        yield connection


def secure(*hosts):
    return f"OK secure match={':'.join(hosts)} servername=hostname"


def attributes(domain, *patterns, max_age=604800, others=()):
    lines = ["version: STSv1", "mode: enforce"]
    lines += [f"mx: {each}" for each in patterns] + [f"max_age: {max_age}", *others]
    words = ["", "policy_type=sts", f"policy_domain={domain}"]
    words += [f"mx_host_pattern={each}" for each in patterns]
    words += [f"{{ policy_string = {line} }}" for line in lines]
    return " ".join(words)


def send(postfix, port, recipient):
    """Sends a message, and returns its queue ID."""
    with postfix.smtp(port) as connection:
        connection.ehlo()
        connection.mail(SENDER)
        assert connection.rcpt(recipient)[0] == 250
        code, text = connection.data(MESSAGE)
    assert code == 250, text
    return re.search(r"queued as (\w+)", text.decode()).group(1)


def delivery(internet, host, recipient):
    """The delivery to that recipient, once it was made."""

    def find():
        taken = internet.mx_hosts[host].deliveries
        return next((each for each in taken if recipient in each.recipients), None)

    return wait_for(find, f"the delivery to {recipient}")


def status(postfix, queue_id):
    """The line of the mail log that says what became of a message."""
    return postfix.wait_log(f"{queue_id}: to=<")


# --- every domain of the table ---


def patterns_of(row):
    lines = row.policy_text().decode().splitlines()
    return [line[3:].strip().lower() for line in lines if line.startswith("mx:")]


def allows(pattern, host):
    if pattern.startswith("*."):
        return host.partition(".")[2] == pattern[2:]
    return host == pattern


def expected(row):
    """What RFC 8461 makes of a row, in the words of Postfix."""
    if row.query != "VALID" or row.mode != "enforce":
        return NOTFOUND
    patterns = patterns_of(row)
    hosts = [mx.host(row.name) for mx in row.mx]
    if row.cname:
        hosts = ["mx1.mx-own.test"]
    if row.mx_failure or hosts == [f".{row.name}"] or hosts == ["."]:
        return secure(*[each.removeprefix("*") for each in patterns])
    hosts = [host for host in hosts if any(allows(each, host) for each in patterns)]
    if not hosts:
        return NO_HOST
    return secure(*hosts)


@pytest.fixture(scope="module")
def told(internet, mapper):
    """What each map says of each domain, before any of them was probed."""
    names = ("postfix", "sts", "postfix310")

    def ask_all(row):
        with SocketmapClient(MAP) as connection:
            return connection.ask(*[f"{each} {row.name}" for each in names])

    return by_name(ask_all, DOMAINS)


@pytest.mark.parametrize("row", DOMAINS, ids=lambda row: row.name)
def test_what_postfix_is_told(told, row):
    assert told[row.name][0] == expected(row)


@pytest.mark.parametrize("row", DOMAINS, ids=lambda row: row.name)
def test_what_sendmail_is_told(told, row):
    """The same; it may be late, for Sendmail does not wait as long."""
    late = TEMP + "no answer in time"
    assert told[row.name][1] in (expected(row), late)


@pytest.mark.parametrize("row", DOMAINS, ids=lambda row: row.name)
def test_what_postfix_310_is_told(told, row):
    plain, extended = expected(row), told[row.name][2]
    if plain == NOTFOUND:
        assert extended == plain
        return
    others = ["new: a:b: ü"] if row.name == "text-unknown.test" else []
    its = attributes(
        row.name, *patterns_of(row), max_age=row.max_age, others=others
    )
    if plain == NO_HOST:
        plain = secure("mx-mismatch.invalid")
        its += " policy_failure=validation-failure"
    assert extended == plain + its


# --- keys and maps ---

GOOD_310 = secure(PROVIDER) + attributes("good.test", PROVIDER)


@pytest.mark.parametrize(
    "request_, reply",
    [
        ("QUERY good.test", secure(PROVIDER)),
        ("QUERYwithTLSRPT good.test", GOOD_310),
        ("postfix GOOD.Test.", secure(PROVIDER)),
        ("postfix good.test:587", secure(PROVIDER)),
        ("sts good.test.", secure(PROVIDER)),
        ("postfix bücher.test", secure(PROVIDER)),
        ("postfix [good.test]", NOTFOUND),
        ("postfix [good.test]:587", NOTFOUND),
        ("postfix [198.51.100.20]", NOTFOUND),
        ("postfix 198.51.100.20", NOTFOUND),
        ("postfix .good.test", NOTFOUND),
        ("postfix .test", NOTFOUND),
        ("sts .good.test", NOTFOUND),
        ("sts", NOTFOUND),
        ("unknown good.test", PERM),
        ("", PERM),
    ],
)
def test_keys_and_maps(client, request_, reply):
    assert client.ask(request_) == [reply]


def test_fields_with_braces(internet, fresh, client):
    """Those that would end what stands around them are left out."""
    domain = fresh()
    text = policy(PROVIDER) + "a: {b {c}}\r\nd: }{\r\ne: {\r\nf: g = h, i\r\n"
    internet.change(domain, text=text)
    its = attributes(domain, PROVIDER, others=["a: {b {c}}", "f: g = h, i"])
    assert client.ask(f"postfix310 {domain}") == [secure(PROVIDER) + its]


def test_nothing_is_looked_up_for_what_has_no_policy(internet, client):
    client.ask("postfix .quiet.test", "postfix [quiet.test]", "sts .quiet.test")
    assert internet.dns.queries("_mta-sts.quiet.test", "TXT") == 0


def test_no_host_is_probed(internet, fresh, client):
    """The MTA proves the path itself; one lookup serves all that ask."""
    domain = fresh(mx=(Mx(),))
    replies = client.ask(*[f"postfix {domain}"] * 50)
    assert set(replies) == {secure(f"mx1.{domain}")}
    assert internet.mx_hosts[f"mx1.{domain}"].sessions == []
    assert internet.dns.queries(f"_mta-sts.{domain}", "TXT") == 1
    assert internet.policy_hosts.requests(domain) == 1


def test_an_unprobed_answer_is_no_proof(internet, fresh, mapped, client):
    """What the socketmap was told is never told to the milter."""
    domain = fresh(mx=(Mx(certificate="expired"),))
    assert client.ask(f"postfix {domain}") == [secure(f"mx1.{domain}")]
    with mapped.smtp(ports.MAPPED) as connection:
        connection.ehlo()
        connection.mail(SENDER)
        assert connection.rcpt(f"user@{domain}")[0] == 451
    assert client.ask(f"postfix {domain}") == [secure(f"mx1.{domain}")]


# --- a real Postfix ---


def test_postfix_asks_as_we_answer(mapper, mapped):
    """By its own client of the protocol."""

    def postmap(key):
        argv = ["postmap", "-c", mapped.etc, "-q", key, TABLE]
        return subprocess.run(argv, capture_output=True, text=True, check=False)

    assert postmap("good.test").stdout.strip() == secure(PROVIDER)[3:]
    assert postmap("no-txt.test").returncode == 1
    broken = postmap("mx-wildcard-deep.test")
    assert broken.returncode == 1
    assert "the policy allows none of the domain's MX hosts" in broken.stderr


def test_delivered_on_a_validated_path(internet, mapped):
    queue_id = send(mapped, ports.MAPPED, "pinned@mx-own.test")
    assert "status=sent" in status(mapped, queue_id)
    taken = delivery(internet, "mx1.mx-own.test", "pinned@mx-own.test")
    assert taken.tls and taken.server_name == "mx1.mx-own.test"
    mapped.wait_log("Verified TLS connection established to mx1.mx-own.test")


def test_deferred_when_the_certificate_expires_after_acceptance(
    internet, fresh, mapped
):
    """Proven at RCPT, accepted, and then another certificate at delivery."""
    domain = fresh(mx=(Mx(),))
    host = internet.mx_hosts[f"mx1.{domain}"]
    queue_id = send(mapped, ports.MAPPED_HOLDING, f"user@{domain}")
    assert host.probes(), "proven before it was accepted"
    internet.change(domain, mx=(Mx(certificate="expired"),))
    mapped.release(queue_id)
    line = status(mapped, queue_id)
    assert "status=deferred" in line and "dsn=4.7.5" in line
    assert "Server certificate not" in line
    assert host.deliveries == []
    internet.change(domain, mx=(Mx(),))
    mapped.flush()
    assert delivery(internet, f"mx1.{domain}", f"user@{domain}").tls


def test_deferred_when_starttls_is_stripped_after_acceptance(internet, fresh, mapped):
    domain = fresh(mx=(Mx(),))
    queue_id = send(mapped, ports.MAPPED_HOLDING, f"user@{domain}")
    internet.change(domain, mx=(Mx(fault="no-starttls"),))
    mapped.release(queue_id)
    line = status(mapped, queue_id)
    assert "status=deferred" in line and "dsn=4.7.4" in line
    assert internet.mx_hosts[f"mx1.{domain}"].deliveries == []


def test_deferred_when_the_mx_is_forged_after_acceptance(internet, fresh, mapped):
    """To a host with a valid certificate, for another name."""
    domain = fresh(mx=(Mx(),))
    queue_id = send(mapped, ports.MAPPED_HOLDING, f"user@{domain}")
    internet.change(domain, mx=(Mx("mx.shared.test"),), text=policy(f"mx1.{domain}"))
    mapped.release(queue_id)
    line = status(mapped, queue_id)
    assert "status=deferred" in line and "dsn=4.7.5" in line
    wait_for(lambda: mapped.entry(f"user@{domain}"), "the message in the queue")
    taken = internet.mx_hosts["mx.shared.test"].deliveries
    assert not any(f"user@{domain}" in each.recipients for each in taken)


def test_one_label_stays_one_label(internet, fresh, mapped):
    """Postfix reads .example at any depth: it is told the hosts' exact names.

    Two levels below has the better preference and a certificate of its own;
    the policy allows one level.
    """
    domain = fresh()
    deep, flat = f"a.b.{domain}", f"mx1.{domain}"
    both = (Mx(deep, preference=5), Mx(preference=10))
    internet.change(domain, mx=both, text=policy(f"*.{domain}"))
    assert ask(MAP, f"postfix {domain}") == secure(flat)
    queue_id = send(mapped, ports.MAPPED_UNASKED, f"user@{domain}")
    assert "status=sent" in status(mapped, queue_id)
    assert delivery(internet, flat, f"user@{domain}").tls
    assert internet.mx_hosts[deep].deliveries == []


def test_no_host_that_is_allowed(internet, fresh, mapped):
    """The same without the one that is allowed."""
    domain = fresh()
    deep = f"a.b.{domain}"
    internet.change(domain, mx=(Mx(deep),), text=policy(f"*.{domain}"))
    queue_id = send(mapped, ports.MAPPED_UNASKED, f"user@{domain}")
    line = status(mapped, queue_id)
    assert "status=deferred" in line and "dsn=4.7.5" in line
    assert "the policy allows none of the domain's MX hosts" in mapped.text()
    assert internet.mx_hosts[deep].deliveries == []


@pytest.mark.parametrize("mode", ["testing", "none"])
def test_what_does_not_enforce_does_not_hold(internet, fresh, mapped, mode):
    mx = (Mx(certificate="expired"),)
    domain = fresh()
    text = policy(f"mx1.{domain}", mode=mode)
    internet.change(domain, mx=mx, text=text)
    queue_id = send(mapped, ports.MAPPED, f"user@{domain}")
    assert "status=sent" in status(mapped, queue_id)
    delivery(internet, f"mx1.{domain}", f"user@{domain}")


def test_an_exception_lets_it_go(internet, fresh, mapper, mapped):
    """What the admin excepted is accepted, and not held at delivery either."""
    domain = fresh(mx=(Mx(certificate="expired"),))
    mapper.reload({domain: {"on_fail": "log", "reason": "they know"}})
    assert ask(MAP, f"postfix {domain}") == NOTFOUND
    line = f"alarm-exception-used exception={domain} domain={domain} by=socketmap"
    assert line in mapper.log()
    queue_id = send(mapped, ports.MAPPED, f"user@{domain}")
    assert "status=sent" in status(mapped, queue_id)
    mapper.reload({domain: {"on_fail": "quarantine"}})
    assert ask(MAP, f"postfix {domain}") == secure(f"mx1.{domain}")


def test_a_daemon_that_is_down_defers(internet, fresh, mapper, mapped):
    domain = fresh(mx=(Mx(),))
    mapper.stop()
    queue_id = send(mapped, ports.MAPPED_UNASKED, f"user@{domain}")
    line = status(mapped, queue_id)
    mapper.start()
    assert "status=deferred" in line and "dsn=4." in line
    mapped.flush()
    delivery(internet, f"mx1.{domain}", f"user@{domain}")


# --- the network fails ---


def test_a_remembered_policy_protects_without_the_network(
    internet, fresh, start_daemon
):
    """By its patterns, for nobody knows the MX hosts."""
    domain = fresh()
    internet.change(domain, mx=(Mx(),), text=policy(f"*.{domain}", "mx.else.test"))
    own = start_daemon(socketmap_socket=OTHER_SOCKET)
    assert ask(OTHER_MAP, f"postfix {domain}") == secure(f"mx1.{domain}")
    own.stop()
    with internet.unplugged():
        own.start()
        by_patterns = secure(f".{domain}", "mx.else.test")
        assert ask(OTHER_MAP, f"postfix {domain}") == by_patterns
        assert ask(OTHER_MAP, f"sts {domain}") == by_patterns


@pytest.mark.parametrize("failure", ["servfail", "timeout"])
def test_what_cannot_be_told_waits_where_it_shall(fresh, start_daemon, failure):
    own = start_daemon(socketmap_socket=OTHER_SOCKET, on_temperror="defer")
    domain = fresh(txt_failure=failure)
    assert ask(OTHER_MAP, f"postfix {domain}") == UNKNOWN
    own.reload(on_temperror="log")
    assert ask(OTHER_MAP, f"postfix {domain}") == NOTFOUND


def test_sendmail_is_answered_in_its_time(internet, fresh, start_daemon):
    """It waits for 5 s, the policy host hangs for longer: the first time it is
    to come again, the second time it is known that there is nothing."""
    start_daemon(socketmap_socket=OTHER_SOCKET, fetch_timeout=6, store="")
    domain = fresh(https="silent")
    began = time.monotonic()
    assert ask(OTHER_MAP, f"sts {domain}") == TEMP + "no answer in time"
    assert time.monotonic() - began < 5
    wait_for(lambda: ask(OTHER_MAP, f"sts {domain}") == NOTFOUND, "the outcome")


# --- DANE ---


@pytest.fixture(scope="module")
def dane(internet):
    """A daemon and a Postfix that both believe the resolver."""
    options = {"socketmap_socket": f"inet:{DANE[1]}@127.0.0.1", "dns_trust_ad": True}
    own = Daemon(folder() / "dane-mapper", internet.pki, ports.DANE_MILTER, **options)
    table = TABLE.replace("8461", str(DANE[1]))
    parameters = {
        "smtp_tls_CAfile": internet.pki.ca_file,
        "smtp_tls_policy_maps": table,
        "smtp_dns_support_level": "dnssec",
    }
    smtpds = [Smtpd(ports.DANE)]
    with own, Postfix(folder() / "dane-mapped", smtpds, **parameters) as server:
        yield server


def publish_signed(internet, label, certificate, record, text=None):
    """A domain with MX host and TLSA record; LEAF is that of its certificate."""
    name = f"{label}.{SIGNED}".rstrip(".")
    mx = (Mx(certificate=certificate),)
    internet.publish(Domain(name, "", mx=mx, text=text, https="media-parameter"))
    host = f"mx1.{name}"
    if record == LEAF:
        pem = internet.mx_hosts[host].certificate.read_bytes()
        record = tlsa(3, 1, 1, x509.load_pem_x509_certificate(pem))
    internet.dns.set(f"_25._tcp.{host}", "TLSA", *[record] if record else [])
    return name


LEAF = "leaf"
WRONG = "3 1 1 " + "00" * 32
DANE_ONLY = "OK dane-only"


@pytest.mark.parametrize(
    "label, certificate, record, postfix, sendmail",
    [
        ("map-dane", "", LEAF, DANE_ONLY, "secure"),
        ("map-dane-private", "self-signed", LEAF, DANE_ONLY, "secure"),
        ("map-dane-wrong", "", WRONG, DANE_ONLY, NO_HOST),
        ("map-dane-none", "", "", "secure", "secure"),
    ],
)
def test_dane(internet, dane, label, certificate, record, postfix, sendmail):
    """Sendmail has none: it is named no host that DANE refuses."""
    name = publish_signed(internet, label, certificate, record)
    words = {"secure": secure(f"mx1.{name}")}
    assert ask(DANE, f"postfix {name}") == words.get(postfix, postfix)
    assert ask(DANE, f"sts {name}") == words.get(sendmail, sendmail)
    extended = ask(DANE, f"postfix310 {name}")
    assert (extended == DANE_ONLY) is (postfix == DANE_ONLY)


@pytest.mark.parametrize(
    "label, certificate, record, sent",
    [
        ("deliver-dane", "self-signed", LEAF, True),
        ("deliver-dane-wrong", "", WRONG, False),
    ],
)
def test_postfix_delivers_by_dane(internet, dane, label, certificate, record, sent):
    """To a host that no authority knows, and not to one that all know."""
    name = publish_signed(internet, label, certificate, record)
    queue_id = send(dane, ports.DANE, f"user@{name}")
    line = status(dane, queue_id)
    assert ("status=sent" if sent else "status=deferred") in line
    assert bool(internet.mx_hosts[f"mx1.{name}"].deliveries) is sent


# --- unix sockets ---


def test_over_a_unix_socket(start_daemon, mapped, unix_milter):
    path = unix_milter.with_name("socketmap")
    own = start_daemon(socketmap_socket=f"unix:{path}")
    assert ask(str(path), "postfix good.test") == secure(PROVIDER)
    argv = ["postmap", "-c", mapped.etc, "-q", "good.test"]
    table = f"socketmap:unix:{path}:postfix"
    done = subprocess.run([*argv, table], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == secure(PROVIDER)[3:]
    assert path.stat().st_mode & 0o777 == 0o660
    own.stop()
    assert not path.exists()


def test_off(start_daemon):
    start_daemon(socketmap_socket="")
    with socket.socket() as peer:
        assert peer.connect_ex(OTHER_MAP) != 0


# --- clients of every kind ---

KNOWN = "mx-own.test"
REPLY = secure("mx1.mx-own.test")


@pytest.fixture
def warm(client):
    assert client.ask(f"postfix {KNOWN}") == [REPLY]


def test_thousands_pipelined(warm, client):
    """Known and unknown domains, in their order."""
    unknown = [row for row in DOMAINS if row.query == "NONE"][:20]
    requests, replies = [], []
    for number in range(5000):
        if number % 250 == 0:
            requests.append(f"postfix x{number}.{unknown[number % 20].name}")
            replies.append(NOTFOUND)
        elif number % 7 == 0:
            requests.append("postfix .test")
            replies.append(NOTFOUND)
        else:
            requests.append(f"postfix {KNOWN}")
            replies.append(REPLY)
    assert client.ask(*requests) == replies


def test_a_byte_at_a_time(warm, client):
    for byte in netstring(f"postfix {KNOWN}"):
        client.socket.sendall(bytes([byte]))
        time.sleep(0)  # lets the daemon read, if it likes
    assert client.receive() == REPLY


def test_half_open(warm, client):
    client.send(f"postfix {KNOWN}", "postfix half-open.test", "sts .test")
    client.socket.shutdown(socket.SHUT_WR)
    replies = [client.receive() for _ in range(4)]
    assert replies == [REPLY, NOTFOUND, NOTFOUND, None]


@pytest.mark.parametrize(
    "garbage", [b"GET / HTTP/1.0\r\n\r\n", b"1025:", b"5:abcdef", b"-1:", b"\0" * 100]
)
def test_garbage_ends_that_connection_alone(warm, client, garbage):
    with SocketmapClient(MAP) as other:
        other.send(f"postfix {KNOWN}")
        assert other.receive() == REPLY
        other.socket.sendall(garbage)
        try:
            assert other.socket.recv(100) == b""
        except ConnectionResetError:
            pass
    assert client.ask(f"postfix {KNOWN}") == [REPLY]


def resident(daemon):
    """What the daemon has in memory, in KiB."""
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as lines:
        line = next(each for each in lines if each.startswith("VmRSS:"))
    return int(line.split()[1])


def test_clients_that_never_read(mapper, warm, client):
    """They are read no further than they read, and nobody else waits."""
    before = resident(mapper)
    wire = netstring(f"postfix310 {KNOWN}") * 2000
    flooders = [SocketmapClient(MAP) for _ in range(20)]
    for flooder in flooders:
        flooder.socket.setblocking(False)
        try:
            while True:
                flooder.socket.send(wire)
        except BlockingIOError:
            pass
    assert client.ask(*[f"postfix {KNOWN}"] * 100) == [REPLY] * 100
    assert resident(mapper) - before < 20 * 300
    for flooder in flooders:
        flooder.socket.close()
    assert client.ask(f"postfix {KNOWN}") == [REPLY]


def test_many_at_once(mapper, warm):
    def talk(_):
        with SocketmapClient(MAP) as connection:
            return connection.ask(*[f"postfix {KNOWN}"] * 200)

    assert all(each == [REPLY] * 200 for each in for_all(talk, range(200)))


def test_more_clients_than_there_is_room_for(mapper, warm):
    """The idlest makes room for one more."""
    idle = [SocketmapClient(MAP) for _ in range(1000)]
    assert ask(MAP, f"postfix {KNOWN}") == REPLY
    assert idle[-1].ask(f"postfix {KNOWN}") == [REPLY]
    for each in idle:
        each.socket.close()
    assert "socketmap-full" in mapper.log()
