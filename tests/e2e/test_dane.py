"""DANE: what TLSA records change, and where they change nothing (63 to 68).

Each case is a domain with an enforce policy and, unless it says otherwise, in a
signed zone with one MX host, mx1. The command under test believes the resolver
(dns_trust_ad); its twin does not.
"""

import dataclasses
import re

import ports
import pytest
from cryptography import x509

from internet.daemon import Command, Configuration
from internet.dnssec import FORGED, SIGNED, UNSIGNED, tlsa
from internet.internet import folder
from internet.parallel import by_name
from internet.world import Domain, Mx, policy

EXIT = {"pass": 0, "fail": 1, "temperror": 3}
PLAIN = "dane-plain.test."  # in the root zone, of which nobody has a key
SHARED = "mx.shared-dane.signed.test"
WRONG = "3 1 1 " + "00" * 32
PKIX = ("1 1 1 " + "00" * 32, "0 0 1 " + "00" * 32)
BROKEN = ("3 1 1 00", "3 1 9 " + "00" * 32, "9 1 1 " + "00" * 32)
OTHERS = policy("mx.somewhere-else.test")  # allows none of the hosts here
PASS = ("pass", None)
MISMATCH = ("fail", "mx-mismatch")


def fails(reason):
    return ("fail", reason)


@dataclasses.dataclass(frozen=True)
class Case:
    label: str
    rule: int
    expected: tuple = PASS  # result and reason, of the domain
    sts: tuple = PASS  # the same without DANE
    tlsa: tuple = ()  # of mx1; "3 1 1 leaf" is that of its certificate
    dane: bool = False  # of mx1
    asked: bool = True  # whether mx1's TLSA records are
    probed: bool = True  # whether mx1 is
    mx: tuple = (Mx(),)
    text: str = None  # of the policy
    zone: str = SIGNED
    tlsa_cname: str = ""
    tlsa_failure: str = ""

    @property
    def name(self):
        return f"{self.label}.{self.zone}".rstrip(".")

    @property
    def host(self):
        return self.mx[0].host(self.name)

    @property
    def tlsa_name(self):
        return f"_25._tcp.{self.host}"


def dane(label, rule, expected=PASS, tlsa=("3 1 1 leaf",), **case):
    """A host that DANE decides."""
    return Case(label, rule, expected, tlsa=tlsa, dane=True, **case)


def unaware(label, rule, expected=PASS, **case):
    """A host that STS decides alone, TLSA records or not."""
    return Case(label, rule, expected, sts=expected, **case)


def unasked(label, **case):
    """There is a TLSA record, which would say no, and nobody asks for it."""
    return unaware(label, 67, tlsa=(WRONG,), asked=False, **case)


UNTRUSTED = fails("certificate-not-trusted")
OTHER_NAME = fails("certificate-host-mismatch")
EXPIRED = fails("certificate-expired")
TLSA = fails("tlsa-invalid")
DNSSEC = fails("dnssec-invalid")
STARTTLS = fails("starttls-not-supported")

CASES = [
    # The records match, and that is all that counts.
    dane("spki", 64),
    dane("certificate", 64, tlsa=("3 0 1 leaf",)),
    dane("sha512", 64, tlsa=("3 1 2 leaf",)),
    dane("one-of-two", 64, tlsa=(WRONG, "3 1 1 leaf")),
    dane("beside-unusable", 64, tlsa=(*PKIX, "3 1 1 leaf")),
    dane("expired", 64, sts=EXPIRED, mx=(Mx(certificate="expired"),)),
    dane("other-name", 64, sts=OTHER_NAME, mx=(Mx(certificate="other-name"),)),
    dane("self-signed", 64, sts=UNTRUSTED, mx=(Mx(certificate="self-signed"),)),
    dane("not-allowed", 64, sts=MISMATCH, text=OTHERS),
    dane(
        "issuer",
        64,
        tlsa=("2 0 1 intermediate",),
        mx=(Mx(certificate="intermediate"),),
    ),
    dane(
        "private-issuer",
        64,
        sts=UNTRUSTED,
        tlsa=("2 0 0 untrusted",),
        mx=(Mx(certificate="untrusted"),),
    ),
    dane("implicit", 64, mx=(Mx("implicit.signed.test", preference=None),)),
    dane("cname", 64, tlsa_cname=f"_dane.{SIGNED}"),
    # They do not: STS is no help.
    dane("mismatch", 65, TLSA, tlsa=(WRONG,)),
    dane("two-mismatches", 65, TLSA, tlsa=(WRONG, "2 0 1 untrusted")),
    dane("not-allowed-mismatch", 65, TLSA, sts=MISMATCH, tlsa=(WRONG,), text=OTHERS),
    dane(
        "issuer-other-name",
        65,
        OTHER_NAME,
        sts=OTHER_NAME,
        tlsa=("2 0 0 trusted",),
        mx=(Mx(certificate="other-name"),),
    ),
    dane(
        "issuer-expired",
        65,
        EXPIRED,
        sts=EXPIRED,
        tlsa=("2 0 0 trusted",),
        mx=(Mx(certificate="expired"),),
    ),
    dane("no-starttls", 65, STARTTLS, sts=STARTTLS, mx=(Mx(fault="no-starttls"),)),
    dane(
        "refused",
        65,
        ("temperror", "unreachable"),
        sts=("temperror", "unreachable"),
        mx=(Mx(fault="refused"),),
    ),
    dane("mismatch-then-good", 65, tlsa=(WRONG,), mx=(Mx(), Mx("mx2", preference=20))),
    # Nobody can say what they are.
    dane("servfail", 66, DNSSEC, tlsa_failure="servfail", probed=False),
    dane("timeout", 66, DNSSEC, tlsa_failure="timeout", probed=False),
    dane("forged", 66, DNSSEC, tlsa_cname=f"_dane.{FORGED}", probed=False),
    dane(
        "not-allowed-servfail",
        66,
        DNSSEC,
        sts=MISMATCH,
        tlsa_failure="servfail",
        probed=False,
        text=OTHERS,
    ),
    # The answers on the way there are not secure.
    unasked("plain", zone=PLAIN),
    unasked("unsigned", zone=UNSIGNED),
    unasked("mx-insecure", zone=PLAIN, mx=(Mx("mx.mx-insecure.signed.test"),)),
    unasked("address-insecure", mx=(Mx("mx.address-insecure.dane-plain.test"),)),
    unasked("address-unsigned", mx=(Mx(f"mx.a.{UNSIGNED}".rstrip(".")),)),
    # No record that counts.
    unaware("none", 67),
    unaware("none-expired", 67, EXPIRED, mx=(Mx(certificate="expired"),)),
    unaware("none-not-allowed", 67, MISMATCH, text=OTHERS, probed=False),
    unaware("cname-insecure", 67, tlsa=(WRONG,), tlsa_cname=f"_dane.{PLAIN}"),
    unaware("pkix", 68, tlsa=PKIX),
    unaware("pkix-expired", 68, EXPIRED, tlsa=PKIX, mx=(Mx(certificate="expired"),)),
    unaware("pkix-plain", 68, STARTTLS, tlsa=PKIX, mx=(Mx(fault="no-starttls"),)),
    unaware("pkix-not-allowed", 68, MISMATCH, tlsa=PKIX, text=OTHERS, probed=False),
    unaware("broken", 68, tlsa=BROKEN),
]
EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)


# --- the domains, and what is said of them ---


def record_of(internet, host, text):
    """A TLSA record in which a word may stand for a certificate."""
    *numbers, word = text.split()
    if word == "leaf":
        pem = internet.mx_hosts[host].certificate.read_bytes()
        certificate = x509.load_pem_x509_certificate(pem)
    elif word in ("trusted", "untrusted", "intermediate"):
        certificate = getattr(internet.pki, word).certificate
    else:
        return text
    return tlsa(*map(int, numbers), certificate)


def publish_tlsa(internet, name, host, *records):
    records = [record_of(internet, host, each) for each in records]
    internet.dns.set(name, "TLSA", *records)


def publish_domain(internet, name, mx, text=None):
    """With a policy host that is sound, and needs no nginx to be reloaded."""
    row = Domain(name, "", mx=mx, text=text, https="media-parameter")
    internet.publish(row)


def publish(internet, case):
    publish_domain(internet, case.name, case.mx, case.text)
    name = case.tlsa_name
    if case.tlsa_cname:
        target = f"{case.label}.{case.tlsa_cname}"
        internet.dns.set(name, "CNAME", target)
        name = target
    publish_tlsa(internet, name, case.host, *case.tlsa)
    if case.tlsa_failure:
        internet.dns.fail(name, case.tlsa_failure == "timeout")


@pytest.fixture(scope="module")
def cases(internet):
    """All domains, and the names that fail as long as the tests run."""
    with internet.dns.changes():
        for case in CASES:
            publish(internet, case)
    yield internet
    for case in CASES:
        if case.tlsa_failure:
            internet.dns.heal(case.tlsa_name)


@dataclasses.dataclass
class Seen:
    """What the command said, and what was to be seen of it meanwhile."""

    status: int
    data: dict
    asked: bool
    probed: bool

    @property
    def verdict(self):
        return self.data["result"], self.data["reason"]

    @property
    def mx(self):
        return self.data["mx"][0]


def check_all(internet, name, **options):
    own = Configuration(folder() / name, internet.pki, "inet:1@127.0.0.1", **options)
    command = Command(own.path)

    def check(case):
        host = internet.mx_hosts[case.host]
        queries = internet.dns.queries(case.tlsa_name, "TLSA")
        sessions = len(host.sessions)
        answer = command.json("check", case.name)
        return Seen(
            answer.status,
            answer.data,
            internet.dns.queries(case.tlsa_name, "TLSA") > queries,
            len(host.sessions) > sessions,
        )

    return by_name(check, CASES)


@pytest.fixture(scope="module")
def believing(cases):
    return check_all(cases, "dane", dns_trust_ad=True)


@pytest.fixture(scope="module")
def doubting(cases, believing):
    """After the other, so that what each did can be told apart."""
    return check_all(cases, "no-dane", dns_trust_ad=False)


# --- with dns_trust_ad ---


@EACH
def test_verdict(believing, case):
    seen = believing[case.name]
    assert seen.verdict == case.expected, seen.data
    assert seen.status == EXIT[case.expected[0]]


@EACH
def test_who_decided_the_host(believing, case):
    seen = believing[case.name]
    assert seen.mx["dane"] is case.dane, seen.mx
    assert seen.mx["match"] is (case.text is None)


@EACH
def test_when_the_records_are_asked_for(believing, case):
    assert believing[case.name].asked is case.asked


@EACH
def test_when_the_host_is_bothered(believing, case):
    """Not where it can prove nothing that would count."""
    refused = case.mx[0].fault == "refused"
    assert believing[case.name].probed is (case.probed and not refused)


def test_a_policy_to_be_published_cannot_count_on_it(internet, believing):
    """Not all senders look at TLSA records."""
    own = folder() / "generate-dane"
    conf = Configuration(own, internet.pki, "inet:1@127.0.0.1", dns_trust_ad=True)
    command = Command(conf.path)
    for label, status, word in (
        ("self-signed", 1, "certificate-not-trusted"),
        ("mismatch", 0, ""),
    ):
        name = f"{label}.{SIGNED}".rstrip(".")
        arguments = ("--from-dns", "--mode", "enforce")
        answer = command.json("generate", name, *arguments)
        (found,) = answer.data["domains"]
        assert (answer.status, found["checked"]) == (status, True), answer
        assert word in str(found["findings"])


def test_a_mismatch_is_told_with_the_records(believing):
    mx = believing["two-mismatches.signed.test"].mx
    assert "no TLSA record of 2 matches the certificate: " in mx["detail"]
    assert re.search(r"\b3 1 1 0{16}\b", mx["detail"])
    assert re.search(r"\b2 0 1 [0-9a-f]{16}\b", mx["detail"])
    assert (mx["result"], mx["reason"]) == ("fail", "tlsa-invalid")


def test_a_failed_lookup_is_told_with_its_name(believing):
    mx = believing["forged.signed.test"].mx
    assert "_25._tcp.mx1.forged.signed.test" in mx["detail"]
    assert (mx["result"], mx["reason"]) == ("fail", "dnssec-invalid")


def test_a_host_that_nobody_asks_is_told_as_such(believing):
    mx = believing["none-not-allowed.signed.test"].mx
    assert (mx["match"], mx["address"], mx["reason"]) == (False, None, "mx-mismatch")
    assert "not probed" in mx["detail"]


def test_each_host_has_its_own_authority(believing):
    hosts = believing["mismatch-then-good.signed.test"].data["mx"]
    assert [mx["dane"] for mx in hosts] == [True, False]
    assert [mx["result"] for mx in hosts] == ["fail", "pass"]


def test_advice_for_what_dane_found(believing):
    for label, word in (("mismatch", "TLSA"), ("forged", "DNSSEC")):
        assert word in " ".join(believing[f"{label}.signed.test"].data["advice"])


def test_records_that_did_not_decide_are_told(internet, cases, command):
    """Where somebody asks for that, and it changes no verdict."""
    answer = command.json("check", "--dane", "spki.signed.test")
    assert (answer.status, answer.data["mx"][0]["dane"]) == (0, False)
    tlsa_found = {"status": "found", "records": 1, "secure": True}
    assert answer.data["mx"][0]["tlsa"] == tlsa_found
    found = next(each for each in answer.data["findings"] if each["area"] == "dane")
    assert "dns_trust_ad = true" in found["sender"]


# --- without it no AD counts, though the resolver sets it ---


@EACH
def test_without_trust_sts_alone_decides(doubting, case):
    seen = doubting[case.name]
    assert seen.verdict == case.sts, seen.data
    assert not any(mx["dane"] for mx in seen.data["mx"])


@EACH
def test_without_trust_no_record_is_asked_for(doubting, case):
    assert doubting[case.name].asked is False


# --- through real mail servers ---


@pytest.fixture(scope="module")
def shared(cases):
    """Two domains with one MX host, whose TLSA record does not match: only one
    has an MX record that can be believed."""
    for name in ("shared-dane.signed.test", "shared-dane.dane-plain.test"):
        publish_domain(cases, name, (Mx(SHARED),))
    publish_tlsa(cases, f"_25._tcp.{SHARED}", SHARED, WRONG)


def told(client, recipient):
    client.ehlo_or_helo_if_needed()
    client.rset()
    client.mail("sender@example.org")
    code, text = client.rcpt(recipient)
    return code, text.decode()


def test_through_a_mail_server(shared, mta, start_own):
    """Up to the answer: test_socketmap.py has what becomes of the delivery."""
    daemon = start_own(dns_trust_ad=True)
    with mta.smtp(ports.OWN) as client:
        for label, reason in ("mismatch", "tlsa-invalid"), ("forged", "dnssec-invalid"):
            code, text = told(client, f"u@{label}.signed.test")
            assert code == 451 and reason in text, text
        # A host is known for what it is to each, whoever asked first.
        for _ in range(2):
            code, text = told(client, "u@shared-dane.signed.test")
            assert code == 451 and "tlsa-invalid" in text, text
            assert told(client, "u@shared-dane.dane-plain.test")[0] == 250
        for label in ("expired", "not-allowed"):
            assert told(client, f"u@{label}.signed.test")[0] == 250
        assert client.data("Subject: a test\n\n")[0] == 250
    decision = daemon.wait_decision(domain="mismatch.signed.test")
    assert (decision["action"], decision["reason"]) == ("defer", "tlsa-invalid")
    decision = daemon.wait_decision(domain="not-allowed.signed.test")
    assert decision["result"] == "pass"
