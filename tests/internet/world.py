"""The table of domains: one for each thing that can be so or otherwise.

A row says what its domain publishes, which rows of the table of outcomes
(rules.md) it shows, and what a sender has to make of it. What a row does not
say is as it should be, so a row reads as its one difference from good.test.
"""

import dataclasses
import typing

PROVIDER = "mx.provider.test"  # the MX host of every row that is not about MX
TXT = "v=STSv1; id=20260101;"
LIFE = 604800
MAX_LIFE = 31557600


def policy(*mx, mode="enforce", max_age=LIFE, end="\r\n"):
    """The text of a policy, by RFC 8461 3.2."""
    lines = ["version: STSv1", f"mode: {mode}"]
    lines += [f"mx: {each}" for each in mx]
    return "".join(line + end for line in [*lines, f"max_age: {max_age}"])


@dataclasses.dataclass(frozen=True)
class Mx:
    """An MX record and its host; a name without a dot is below the domain."""

    name: str = "mx1"
    fault: str = ""  # of faultysmtp.py, or refused, black-hole, no-route
    certificate: str = ""  # a fault of pki.py
    preference: int = 10
    families: tuple = ("4",)
    address: str = None

    def host(self, domain):
        return self.name if "." in self.name else f"{self.name}.{domain}"


Word = typing.Union[str, tuple, None]  # a tuple is any of these


@dataclasses.dataclass(frozen=True)
class Domain:
    name: str
    rules: str

    # What it publishes.
    txt: tuple = (TXT,)  # records; one that is a tuple is of several strings
    txt_records: dict = dataclasses.field(default_factory=dict)
    txt_failure: str = ""  # servfail or timeout
    https: str = ""  # a fault of policyhost.py
    https_certificate: str = ""  # a fault of pki.py
    https_address: str = None  # instead of the one that DNS would have
    https_cname: bool = False
    text: typing.Union[str, bytes, None] = None  # of the policy, if not usual
    mx: tuple = (Mx(PROVIDER),)
    mx_failure: str = ""  # servfail
    cname: str = ""  # of the domain itself: then it has no MX of its own

    # What a sender makes of it.
    query: str = "VALID"
    mode: str = "enforce"
    max_age: int = LIFE
    policy_id: str = "20260101"
    check: Word = "pass"
    reason: Word = None
    rcpt: int = 250

    def policy_text(self):
        if self.text is None:
            return policy(*[mx.host(self.name) for mx in self.mx]).encode()
        return self.text if isinstance(self.text, bytes) else self.text.encode()


def agrees(actual, expected):
    """Whether a word is the expected one, or one of them."""
    return actual in expected if isinstance(expected, tuple) else actual == expected


def no_policy(name, rules, **row):
    """As if the domain had no policy at all."""
    return Domain(name, rules, query="NONE", check="none", **row)


def unfetched(name, rules, reason="sts-policy-fetch-error", **row):
    """A TXT record, but no policy: mail goes as without one."""
    return Domain(
        name, rules, query="FETCH_ERROR", check="none", reason=reason, **row
    )


def invalid(name, rules, text):
    return unfetched(name, rules, reason="sts-policy-invalid", text=text)


def failing(name, rules, reason, *mx, **row):
    """Proven: there is no validated path."""
    return Domain(name, rules, mx=mx, check="fail", reason=reason, rcpt=451, **row)


def unreachable(name, rules, *mx, **row):
    """No proof either way."""
    row = {"check": "temperror", "reason": "unreachable", **row}
    return Domain(name, rules, mx=mx, rcpt=451, **row)


GOOD_POLICY = policy(PROVIDER)

TXT_ROWS = [
    Domain("good.test", "1 8 12 14 25 51"),
    no_policy("sub.good.test", "4 15", txt=()),
    no_policy("no-txt.test", "15", txt=()),
    no_policy("nodata-txt.test", "15", txt=(), txt_records={"A": "198.51.100.9"}),
    no_policy("two-sts.test", "9", txt=(TXT, "v=STSv1; id=20260102;")),
    no_policy("stsv10.test", "11", txt=("v=STSv10; id=20260101;",)),
    no_policy("lower-case-v.test", "11", txt=("v=stsv1; id=20260101;",)),
    no_policy("spaced-v.test", "11", txt=("v = STSv1; id=20260101;",)),
    no_policy("leading-space.test", "11", txt=(" v=STSv1; id=20260101;",)),
    no_policy("id-first.test", "11", txt=("id=20260101; v=STSv1;",)),
    no_policy("no-id.test", "13", txt=("v=STSv1;",)),
    no_policy("empty-id.test", "13", txt=("v=STSv1; id=;",)),
    no_policy("long-id.test", "13", txt=(f"v=STSv1; id={'x' * 33};",)),
    no_policy("odd-id.test", "13", txt=("v=STSv1; id=2026-01-01;",)),
    no_policy("double-semicolon.test", "12", txt=("v=STSv1;; id=20260101;",)),
    Domain("id-32.test", "13", txt=(f"v=STSv1; id={'x' * 32};",), policy_id="x" * 32),
    Domain("no-semicolon.test", "12", txt=("v=STSv1 ;\t id=20260101",)),
    Domain("split-txt.test", "10", txt=(("v=STSv1; id=20", "260101;"),)),
    Domain("spf-beside.test", "8", txt=("v=spf1 -all", TXT, "something else")),
    Domain("stsv10-beside.test", "8 11", txt=("v=STSv10; id=9;", TXT)),
    Domain("unknown-txt-field.test", "14", txt=("v=STSv1; id=20260101; new=1;",)),
    Domain(
        "huge-txt.test",
        "8",
        txt=(*[f"{n:03} {'x' * 240}" for n in range(40)], TXT),
    ),
    Domain(
        "cname-txt.test",
        "17",
        txt=(),
        txt_records={"CNAME": "_mta-sts.good.test."},
    ),
    Domain(
        "txt-servfail.test",
        "16",
        txt_failure="servfail",
        query="FETCH_ERROR",
        check="temperror",
        reason="dns-failure",
    ),
    Domain(
        "txt-timeout.test",
        "16",
        txt_failure="timeout",
        query="FETCH_ERROR",
        check="temperror",
        reason="dns-failure",
    ),
]

WEBPKI = "sts-webpki-invalid"

HTTPS_ROWS = [
    unfetched("https-301.test", "18 26a", https="301"),
    unfetched("https-404.test", "19 26a", https="404"),
    unfetched("https-204.test", "19", https="204"),
    unfetched("https-206.test", "19", https="206"),
    unfetched("https-500.test", "19", https="500"),
    unfetched("https-html.test", "20", https="html"),
    unfetched("https-no-media-type.test", "20", https="no-media-type"),
    Domain("https-media-parameter.test", "20", https="media-parameter"),
    Domain("https-64k.test", "21", https="64k"),
    unfetched("https-big-announced.test", "21", https="big-announced"),
    unfetched("https-big-chunked.test", "21", https="big-chunked"),
    unfetched("https-gzip-bomb.test", "21", https="gzip-bomb"),
    unfetched("https-truncated.test", "19", https="truncated"),
    unfetched("https-garbage.test", "19 37", https="garbage"),
    unfetched("https-drip.test", "22", https="drip"),
    unfetched("https-silent.test", "22", https="silent"),
    unfetched("https-endless-headers.test", "21 22", https="endless-headers"),
    unfetched("https-refused.test", "26a", https="refused"),
    unfetched("https-black-hole.test", "22 26a", https="black-hole"),
    unfetched("https-tls11.test", "24", https="tls1.1"),
    unfetched("https-expired.test", "23", WEBPKI, https_certificate="expired"),
    unfetched("https-future.test", "23", WEBPKI, https_certificate="not-yet-valid"),
    unfetched("https-self-signed.test", "23", WEBPKI, https_certificate="self-signed"),
    unfetched("https-untrusted.test", "23", WEBPKI, https_certificate="untrusted"),
    unfetched("https-other-name.test", "23", WEBPKI, https_certificate="other-name"),
    unfetched("https-markup-name.test", "23", WEBPKI, https_certificate="markup"),
    unfetched("https-cn-only.test", "23", WEBPKI, https_certificate="cn-only"),
    unfetched(
        "https-half-chain.test", "23", WEBPKI, https_certificate="no-intermediate"
    ),
    unfetched(
        "https-wide-wildcard.test", "23", WEBPKI, https_certificate="wildcard-parent"
    ),
    Domain("https-wildcard.test", "23", https_certificate="wildcard"),
    Domain("https-intermediate.test", "23", https_certificate="intermediate"),
    Domain("https-cname.test", "17", https_cname=True),
    unfetched(
        "https-cname-provider.test",
        "17",
        WEBPKI,
        https_cname=True,
        https_certificate="other-name",
    ),
    unfetched(
        "https-no-address.test",
        "26a",
        ("sts-policy-fetch-error", "dns-failure"),
        https_address="",
    ),
    unfetched(
        "https-loopback.test", "27", "address-refused", https_address="127.0.0.99"
    ),
    unfetched(
        "https-private.test", "27", "address-refused", https_address="10.99.0.99"
    ),
    unfetched(
        "https-mapped.test", "27", "address-refused", https_address="::ffff:127.0.0.97"
    ),
    unfetched("https-loopback6.test", "27", "address-refused", https_address="::1"),
]

TEXT_ROWS = [
    Domain("text-lf.test", "28", text=policy(PROVIDER, end="\n")),
    Domain("text-mixed-ends.test", "28", text=GOOD_POLICY.replace("\r\n", "\n", 2)),
    Domain("text-no-final-end.test", "28", text=GOOD_POLICY.rstrip()),
    Domain("text-repeated.test", "29", text=GOOD_POLICY + "mode: none\r\nmax_age: 1"),
    Domain("text-unknown.test", "30", text=GOOD_POLICY + "new: a:b: ü\r\n"),
    Domain("text-upper-case-mx.test", "47", text=policy(PROVIDER.upper())),
    invalid("text-empty.test", "31", ""),
    invalid("text-no-version.test", "31", GOOD_POLICY.partition("\n")[2]),
    invalid("text-version-2.test", "31", GOOD_POLICY.replace("STSv1", "STSv2")),
    invalid("text-no-mode.test", "31", GOOD_POLICY.replace("mode: enforce\r\n", "")),
    invalid("text-odd-mode.test", "31", policy(PROVIDER, mode="report")),
    invalid(
        "text-no-max-age.test", "31", GOOD_POLICY.replace(f"max_age: {LIFE}\r\n", "")
    ),
    invalid("text-no-mx.test", "32", policy()),
    invalid("text-testing-no-mx.test", "32", policy(mode="testing")),
    invalid("text-max-age-sign.test", "33", policy(PROVIDER, max_age="+604800")),
    invalid("text-max-age-unit.test", "33", policy(PROVIDER, max_age="7d")),
    invalid("text-max-age-point.test", "33", policy(PROVIDER, max_age="604800.0")),
    invalid("text-max-age-11.test", "33", policy(PROVIDER, max_age="00000604800")),
    Domain(
        "text-max-age-huge.test",
        "34",
        text=policy(PROVIDER, max_age=9999999999),
        max_age=MAX_LIFE,
    ),
    Domain("text-max-age-0.test", "35", text=policy(PROVIDER, max_age=0), max_age=0),
    invalid("text-mx-address.test", "36", policy(PROVIDER, "198.51.100.9")),
    invalid("text-mx-star.test", "36", policy(PROVIDER, "*")),
    invalid("text-mx-two-stars.test", "36", policy(PROVIDER, "*.*.test")),
    invalid("text-mx-inner-star.test", "36", policy(PROVIDER, "mx.*.test")),
    invalid("text-mx-part-star.test", "36", policy(PROVIDER, "mx*.provider.test")),
    invalid("text-mx-empty-label.test", "36", policy(PROVIDER, "mx..test")),
    invalid("text-mx-u-label.test", "36", policy(PROVIDER, "mx.bücher.test")),
    invalid("text-nul.test", "37", policy(PROVIDER, "a\0b.test")),
    invalid("text-control.test", "37", GOOD_POLICY + "note: \x1b[31mred\r\n"),
    Domain("mode-none.test", "32", text=policy(mode="none"), mode="none", check="none"),
]

NONE = policy("mx1.none-expired.test", mode="none")
STARTTLS = "starttls-not-supported"
EXPIRED = "certificate-expired"
MISMATCH = "certificate-host-mismatch"
UNTRUSTED = "certificate-not-trusted"

MX_ROWS = [
    Domain("mx-own.test", "51 56", mx=(Mx(),)),
    Domain("mx-v6.test", "59", mx=(Mx(families=("6",)),)),
    Domain("mx-v6-dead.test", "59", mx=(Mx(families=("dead6", "4")),)),
    Domain("mx-v4-dead.test", "59", mx=(Mx(families=("dead4", "6")),)),
    Domain("mx-implicit.test", "48", mx=(Mx("mx-implicit.test", preference=None),)),
    failing(
        "mx-implicit-mismatch.test",
        "48 52",
        "mx-mismatch",
        Mx("mx-implicit-mismatch.test", preference=None),
        text=policy("mx.mx-implicit-mismatch.test"),
    ),
    Domain(
        "mx-null.test",
        "49",
        mx=(Mx(".", preference=0),),
        text=policy(PROVIDER),
        check="none",
        reason="null-mx",
    ),
    failing("mx-mismatch.test", "50 52", "mx-mismatch", Mx(), text=GOOD_POLICY),
    Domain(
        "mx-mismatch-then-good.test",
        "50 51",
        mx=(Mx("mx1", preference=10), Mx("mx2", preference=20)),
        text=policy("mx2.mx-mismatch-then-good.test"),
    ),
    Domain(
        "mx-expired-then-good.test",
        "51 55",
        mx=(Mx("mx1", certificate="expired"), Mx("mx2", preference=20)),
    ),
    Domain(
        "mx-refused-then-good.test",
        "51 58",
        mx=(Mx("mx1", "refused"), Mx("mx2", preference=20)),
    ),
    unreachable(
        "mx-expired-and-refused.test",
        "58",
        Mx("mx1", certificate="expired"),
        Mx("mx2", "refused", preference=20),
    ),
    unreachable(
        "mx-mismatch-and-refused.test",
        "50 58",
        Mx("mx1"),
        Mx("mx2", "refused", preference=20),
        text=policy("mx2.mx-mismatch-and-refused.test"),
    ),
    Domain("mx-wildcard.test", "47", mx=(Mx(),), text=policy("*.mx-wildcard.test")),
    failing(
        "mx-wildcard-deep.test",
        "47 52",
        "mx-mismatch",
        Mx("a.b.mx-wildcard-deep.test"),
        text=policy("*.mx-wildcard-deep.test"),
    ),
    failing(
        "mx-wildcard-apex.test",
        "47 52",
        "mx-mismatch",
        Mx("mx-wildcard-apex.test"),
        text=policy("*.mx-wildcard-apex.test"),
    ),
    failing("mx-no-starttls.test", "53", STARTTLS, Mx(fault="no-starttls")),
    failing("mx-starttls-454.test", "53", STARTTLS, Mx(fault="starttls-454")),
    failing("mx-starttls-502.test", "53", STARTTLS, Mx(fault="starttls-502")),
    failing("mx-helo-only.test", "53", STARTTLS, Mx(fault="ehlo-refused")),
    failing("mx-injection.test", "54", "validation-failure", Mx(fault="injection")),
    failing("mx-expired.test", "52 55", EXPIRED, Mx(certificate="expired")),
    failing(
        "mx-future.test",
        "55",
        (EXPIRED, UNTRUSTED, "validation-failure"),
        Mx(certificate="not-yet-valid"),
    ),
    failing("mx-self-signed.test", "55", UNTRUSTED, Mx(certificate="self-signed")),
    failing("mx-untrusted.test", "55", UNTRUSTED, Mx(certificate="untrusted")),
    failing("mx-half-chain.test", "55", UNTRUSTED, Mx(certificate="no-intermediate")),
    failing("mx-other-name.test", "55 56", MISMATCH, Mx(certificate="other-name")),
    failing("mx-markup-name.test", "55", MISMATCH, Mx(certificate="markup")),
    failing("mx-cn-only.test", "56", MISMATCH, Mx(certificate="cn-only")),
    failing(
        "mx-wide-wildcard.test", "56", MISMATCH, Mx(certificate="wildcard-parent")
    ),
    Domain("mx-wildcard-certificate.test", "56", mx=(Mx(certificate="wildcard"),)),
    Domain("mx-intermediate.test", "56", mx=(Mx(certificate="intermediate"),)),
    failing("mx-tls11.test", "57", "validation-failure", Mx(fault="tls1.1")),
    failing("mx-alert.test", "57", "validation-failure", Mx(fault="handshake-alert")),
    failing(
        "mx-not-tls.test", "57", "validation-failure", Mx(fault="handshake-garbage")
    ),
    failing(
        "mx-drop-after-220.test", "57", "validation-failure", Mx(fault="drop-after-220")
    ),
    unreachable("mx-refused.test", "58", Mx(fault="refused")),
    unreachable("mx-black-hole.test", "58", Mx(fault="black-hole")),
    unreachable("mx-no-route.test", "58", Mx(fault="no-route")),
    unreachable("mx-greeting-554.test", "58", Mx(fault="greeting-554")),
    unreachable("mx-greeting-421.test", "58", Mx(fault="greeting-421")),
    unreachable("mx-drop.test", "58", Mx(fault="drop")),
    unreachable("mx-ehlo-421.test", "58", Mx(fault="ehlo-421")),
    unreachable("mx-silent.test", "58 60", Mx(fault="silent")),
    unreachable("mx-tarpit.test", "60", Mx(fault="tarpit")),
    unreachable("mx-endless.test", "60", Mx(fault="endless")),
    unreachable("mx-long-line.test", "60", Mx(fault="long-line")),
    unreachable("mx-garbage.test", "60", Mx(fault="garbage")),
    unreachable("mx-hostile.test", "37 58", Mx(fault="hostile")),
    unreachable("mx-markup.test", "37 58", Mx(fault="markup")),
    unreachable(
        "mx-loopback.test",
        "27",
        Mx(address="127.0.0.98"),
        check=("fail", "temperror"),
        reason="address-refused",
    ),
    unreachable(
        "mx-servfail.test",
        "52 58",
        Mx(PROVIDER),
        mx_failure="servfail",
        reason="dns-failure",
    ),
    Domain(
        "testing-good.test",
        "61",
        mx=(Mx(),),
        text=policy("mx1.testing-good.test", mode="testing"),
        mode="testing",
    ),
    Domain(
        "testing-expired.test",
        "61",
        mx=(Mx(certificate="expired"),),
        text=policy("mx1.testing-expired.test", mode="testing"),
        mode="testing",
        check="fail",
        reason=EXPIRED,
    ),
    Domain(
        "testing-refused.test",
        "61",
        mx=(Mx(fault="refused"),),
        text=policy("mx1.testing-refused.test", mode="testing"),
        mode="testing",
        check="temperror",
        reason="unreachable",
    ),
    Domain(
        "none-expired.test",
        "42",
        mx=(Mx(certificate="expired"),),
        text=NONE,
        mode="none",
        check="none",
    ),
    Domain("shared-a.test", "62", mx=(Mx("mx.shared.test"),)),
    failing(
        "shared-b.test",
        "50 62",
        "mx-mismatch",
        Mx("mx.shared.test"),
        text=policy("mx.somewhere-else.test"),
    ),
    Domain("xn--bcher-kva.test", "2"),
    Domain(
        "cname-domain.test",
        "7",
        cname="mx-own.test.",
        text=policy("mx1.mx-own.test"),
    ),
]

DOMAINS = TXT_ROWS + HTTPS_ROWS + TEXT_ROWS + MX_ROWS
BY_NAME = {row.name: row for row in DOMAINS}
