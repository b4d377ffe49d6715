"""What `mta-sts check` finds in domains of the small Internet: the right thing,
with what belongs to it; of many domains at once too."""

import json

import pytest

from internet.dns import txt
from internet.internet import folder
from internet.world import BY_NAME, DOMAINS, PROVIDER, Mx, agrees, policy

EXIT = {"pass": 0, "fail": 1, "none": 2, "temperror": 3}
KEYS = {"area", "code", "severity", "rfc", "result_type", "hosts"}
KEYS |= {"message", "owner", "sender", "lines", "run"}
AREAS = {"txt", "policy-host", "policy", "mx", "dane", "tlsrpt", "result"}
RESULT_TYPES = {
    "starttls-not-supported",
    "certificate-host-mismatch",
    "certificate-expired",
    "certificate-not-trusted",
    "validation-failure",
    "sts-policy-fetch-error",
    "sts-policy-invalid",
    "sts-webpki-invalid",
}

# Area, code, severity, and what stands somewhere in the finding.
FOUND = {
    "no-txt.test": ("txt", "none", "warning", "_mta-sts.no-txt.test. IN TXT"),
    "stsv10.test": ("txt", "none", "error", "exactly v=STSv1"),
    "two-sts.test": ("txt", "multiple", "error", "dig +short TXT _mta-sts.two"),
    "odd-id.test": ("txt", "invalid", "error", "RFC 8461 section 3.1"),
    "txt-servfail.test": ("txt", "dns-failure", "warning", "not the same as none"),
    "https-404.test": ("policy-host", "sts-policy-fetch-error", "error", "404"),
    "https-expired.test": ("policy-host", "sts-webpki-invalid", "error", "renew"),
    "https-loopback.test": ("policy-host", "address-refused", "error", "public"),
    "text-no-mode.test": ("policy", "sts-policy-invalid", "error", "section 3.2"),
    "text-max-age-0.test": ("policy", "zero", "error", "max_age: 1209600"),
    "mode-none.test": ("policy", "none", "note", "withdraws"),
    "testing-good.test": ("policy", "testing", "note", "enforce"),
    "mx-null.test": ("mx", "null", "note", "RFC 7505"),
    "mx-servfail.test": ("mx", "unknown", "warning", "dig MX mx-servfail.test"),
    "mx-mismatch.test": ("mx", "mx-mismatch", "error", "section 4.1"),
    "mx-no-starttls.test": ("mx", "starttls-not-supported", "error", "Postfix"),
    "mx-other-name.test": ("mx", "certificate-host-mismatch", "error", "openssl"),
    "mx-refused.test": ("mx", "unreachable", "warning", "nc -v -w 10 mx1.mx-ref"),
}
# Each of those that end at once; the deadlines of the others are other tests'.
SLOW = ("timeout", "black-hole", "silent", "drip", "tarpit", "endless", "no-route")
QUICK = [row for row in DOMAINS if not any(word in row.name for word in SLOW)]


def codes(answer, area):
    return [each["code"] for each in answer.data["findings"] if each["area"] == area]


def publish_tlsrpt(internet, name, *records):
    internet.dns.set(f"_smtp._tls.{name}", "TXT", *[txt(each) for each in records])


@pytest.mark.parametrize("name", FOUND)
def test_finding(internet, command, name):
    area, code, severity, words = FOUND[name]
    answer = command.json("check", name)
    found = next(
        each
        for each in answer.data["findings"]
        if (each["area"], each["code"]) == (area, code)
    )
    assert found["severity"] == severity
    assert words in json.dumps(found)
    assert found["result_type"] == (code if code in RESULT_TYPES else None)


def test_hosts_are_looked_at_before_there_is_a_policy(internet, command):
    """Who is about to publish one wants to know whether they would pass."""
    mx = command.json("check", "no-txt.test").data["mx"]
    assert [(each["host"], each["match"], each["result"]) for each in mx] == [
        (PROVIDER, None, "pass")
    ]
    assert mx[0]["days_left"] in (88, 89, 90)


def test_patterns_that_no_mx_has(internet, command, fresh):
    name = fresh(text=policy(PROVIDER, "old.provider.test", "*.elsewhere.test"))
    answer = command.json("check", name)
    assert answer.data["result"] == "pass"
    found = next(e for e in answer.data["findings"] if e["code"] == "unused-mx")
    assert "mx: old.provider.test\n    mx: *.elsewhere.test" in found["message"]
    assert PROVIDER not in found["message"]


def test_a_host_that_the_policy_forgot(internet, command, fresh):
    hosts = (Mx(PROVIDER), Mx("mx2", preference=20))
    name = fresh(mx=hosts, text=policy(PROVIDER))
    answer = command.json("check", name)
    assert answer.data["result"] == "pass"
    found = next(e for e in answer.data["findings"] if e["code"] == "mx-mismatch")
    assert found["hosts"] == [f"mx2.{name}"]
    assert f"mx: mx2.{name}" in found["lines"]


@pytest.mark.parametrize(
    "records, status, rua, severity",
    [
        ((), "none", 0, "warning"),
        (("v=TLSRPTv1; rua=mailto:a@x.test,https://x.test/r",), "found", 2, None),
        (("v=TLSRPTv1; rua=mailto:a@x.test", "v=TLSRPTv1; rua=mailto:b@x.test"),
         "multiple", 0, "error"),
        (("v=TLSRPTv1; rua=",), "invalid", 0, "error"),
        (("v=TLSRPTv1; rua=mailto:a@x.test,ftp://x.test/r",), "found", 1, "warning"),
        (("v=spf1 -all",), "none", 0, "warning"),
    ],
)  # fmt: skip
def test_the_record_for_reports(
    internet, command, fresh, records, status, rua, severity
):
    name = fresh()
    publish_tlsrpt(internet, name, *records)
    answer = command.json("check", name)
    assert answer.data["tlsrpt"]["status"] == status
    assert len(answer.data["tlsrpt"]["rua"]) == rua
    found = [e["severity"] for e in answer.data["findings"] if e["area"] == "tlsrpt"]
    assert found == ([severity] if severity else [])


def test_nothing_to_find(internet, command, fresh):
    name = fresh()
    publish_tlsrpt(internet, name, f"v=TLSRPTv1; rua=mailto:tls@{name}")
    answer = command.json("check", name)
    assert (answer.data["findings"], answer.data["advice"]) == ([], [])
    assert f"reports to    mailto:tls@{name}\n" in command.run("check", name).stdout


def test_a_policy_that_changed_under_its_id(internet, start_daemon, fresh):
    """A daemon knows what it fetched before; without one, nobody can tell."""
    daemon = start_daemon()
    name = fresh()
    assert daemon.command.json("cache", "refresh", name).status == 0
    assert "same-id" not in codes(daemon.command.json("check", name), "policy")
    internet.change(name, text=policy(PROVIDER, "mx9.provider.test"))
    answer = daemon.command.json("check", name)
    assert "same-id" in codes(answer, "policy")
    internet.change(name, txt=("v=STSv1; id=20260102;",))
    assert "same-id" not in codes(daemon.command.json("check", name), "policy")


def test_text_for_people(internet, command):
    text = command.run("check", "mx-expired.test").stdout
    assert "error: mx, certificate-expired, RFC 8461 section 4.2\n" in text
    assert "$ openssl s_client -starttls smtp -connect mx1.mx-expired.test:25" in text
    assert "reports to    nobody\n" in text


# --- many at once ---


@pytest.fixture(scope="module")
def many(internet, command):
    names = folder() / "domains"
    lines = ["# a comment", "", *[f" {row.name.upper()}. # x" for row in QUICK]]
    names.write_text("\n".join(lines))
    return command.json("check", "--domains", names)


def test_each_is_as_if_asked_alone(many):
    assert [each["domain"] for each in many.data] == [row.name for row in QUICK]
    for answer in many.data:
        row = BY_NAME[answer["domain"]]
        assert agrees(answer["result"], row.check), answer
        assert agrees(answer["reason"], row.reason), answer
    assert many.status == 1, "the worst counts"


def test_every_finding_is_whole(many):
    for answer in many.data:
        for found in answer["findings"]:
            assert set(found) == KEYS
            assert found["area"] in AREAS
            assert found["severity"] in ("error", "warning", "note")
            assert found["rfc"].startswith("RFC ")
            assert found["run"] and found["message"]
            assert found["result_type"] in (None, *RESULT_TYPES)


def test_every_failure_is_found(many):
    """What the verdict rests on stands among the findings, as an error."""
    for answer in many.data:
        errors = [e for e in answer["findings"] if e["severity"] == "error"]
        assert errors or answer["result"] != "fail", answer["domain"]
        if BY_NAME[answer["domain"]].query == "FETCH_ERROR":
            assert answer["findings"][0]["severity"] in ("error", "warning")


@pytest.mark.parametrize(
    "names, status",
    [
        (("good.test",), 0),
        (("good.test", "no-txt.test"), 2),
        (("good.test", "mx-refused.test", "no-txt.test"), 3),
        (("mx-refused.test", "mx-expired.test", "no-txt.test"), 1),
    ],
)
def test_the_worst_result_is_the_status(internet, command, tmp_path, names, status):
    path = tmp_path / "domains"
    path.write_text("\n".join(names))
    done = command.run("check", "--domains", path)
    assert done.returncode == status
    lines = done.stdout.splitlines()
    assert lines[0].split()[:3] == ["DOMAIN", "RESULT", "MODE"]
    assert [line.split()[0] for line in lines[1 : 1 + len(names)]] == list(names)
    assert f"{len(names)} domain" in done.stdout
    assert done.stderr == "", "the bar is for terminals"
