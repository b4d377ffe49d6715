"""`mta-sts check` on every domain of the table, and what the MX hosts saw."""

import pytest

from internet.parallel import by_name
from internet.world import BY_NAME, DOMAINS, MX_ROWS, Mx, agrees, policy

EXIT = {"pass": 0, "fail": 1, "none": 2, "temperror": 3}
POLICY_KEYS = {"status", "source", "mode", "id", "mx", "max_age", "expires"}
MX_KEYS = {"host", "preference", "address", "match", "dane", "result", "reason"}
WITHOUT_OWN_MX = {"mx-null.test", "mx-servfail.test", "none-expired.test"}
WITHOUT_OWN_MX |= {"cname-domain.test"}
MX_KEYS |= {"detail", "tls", "cipher", "not_after"}


@pytest.fixture(scope="module")
def answers(internet, command):
    return by_name(lambda row: command.json("check", row.name), DOMAINS)


@pytest.mark.parametrize("row", DOMAINS, ids=lambda row: row.name)
def test_result(answers, row):
    answer = answers[row.name]
    assert agrees(answer.data["result"], row.check), answer.data
    assert agrees(answer.data["reason"], row.reason), answer.data
    assert answer.status == EXIT[answer.data["result"]]


@pytest.mark.parametrize("row", DOMAINS, ids=lambda row: row.name)
def test_policy(answers, row):
    policy = answers[row.name].data["policy"]
    assert POLICY_KEYS <= set(policy)
    assert policy["status"] == row.query
    if row.query == "VALID":
        assert (policy["mode"], policy["source"]) == (row.mode, "network")


@pytest.mark.parametrize("row", DOMAINS, ids=lambda row: row.name)
def test_advice_where_something_is_wrong(answers, row):
    data = answers[row.name].data
    assert data["advice"] or data["result"] in ("pass", "none")


@pytest.mark.parametrize(
    "row",
    [row for row in MX_ROWS if row.name not in WITHOUT_OWN_MX],
    ids=lambda row: row.name,
)
def test_every_mx_is_told(answers, row):
    hosts = answers[row.name].data["mx"]
    assert {mx["host"] for mx in hosts} == {mx.host(row.name) for mx in row.mx}
    assert all(MX_KEYS <= set(mx) for mx in hosts)


@pytest.mark.parametrize("row", DOMAINS, ids=lambda row: row.name)
def test_nothing_of_a_stranger_reaches_the_terminal(answers, row):
    """No control character, wherever a text of the domain's is shown (37)."""
    data = answers[row.name].data
    shown = [mx["detail"] or "" for mx in data["mx"] or []]
    shown += [*data["advice"], answers[row.name].errors]
    assert all(c.isprintable() or c == "\n" for text in shown for c in text)


def host_of(answers, domain, name):
    hosts = answers[domain].data["mx"]
    return next(mx for mx in hosts if mx["host"] == f"{name}.{domain}")


def test_a_host_that_passes_is_told_in_full(internet, answers):
    mx = host_of(answers, "mx-own.test", "mx1")
    assert (mx["match"], mx["result"], mx["reason"]) == (True, "pass", None)
    assert mx["address"] in internet.mx_hosts["mx1.mx-own.test"].addresses
    assert (mx["tls"], mx["preference"], mx["dane"]) == ("TLSv1.3", 10, False)
    assert mx["cipher"] and mx["not_after"].endswith("Z")


def test_each_host_has_its_own_reason(answers):
    domain = "mx-expired-then-good.test"
    assert host_of(answers, domain, "mx1")["reason"] == "certificate-expired"
    assert host_of(answers, domain, "mx2")["result"] == "pass"
    domain = "mx-mismatch-then-good.test"
    assert host_of(answers, domain, "mx1")["reason"] == "mx-mismatch"
    assert host_of(answers, domain, "mx1")["match"] is False


def test_the_address_that_worked_is_named(internet, answers):
    for domain in ("mx-v6-dead.test", "mx-v4-dead.test"):
        live = internet.mx_hosts[f"mx1.{domain}"].live
        assert host_of(answers, domain, "mx1")["address"] in live


# --- what the MX hosts saw ---


@pytest.mark.parametrize(
    "row", [row for row in MX_ROWS if row.check == "pass"], ids=lambda row: row.name
)
def test_a_probe_is_no_more_than_it_has_to_be(internet, answers, row):
    sound = [mx.host(row.name) for mx in row.mx if not (mx.fault or mx.certificate)]
    for name in sound:
        for session in internet.mx_hosts[name].probes():
            assert " ".join(session.transcript) == "EHLO STARTTLS handshake EHLO QUIT"


def test_no_probe_offers_mail(internet, answers):
    verbs = {
        verb
        for row in MX_ROWS
        for mx in row.mx
        if mx.name != "."
        for session in internet.mx_hosts[mx.host(row.name)].probes()
        for verb in session.transcript
    }
    assert verbs <= {"EHLO", "HELO", "STARTTLS", "handshake", "QUIT", "RSET"}


def test_who_is_asked_for_and_who_asks(internet, command, fresh):
    """SNI is the MX host, neither pattern nor recipient's domain (row 56)."""
    domain = fresh(mx=(Mx(),))
    internet.change(domain, text=policy(f"*.{domain}"))
    assert command.json("check", domain).data["result"] == "pass"
    (session,) = internet.mx_hosts[f"mx1.{domain}"].sessions
    assert session.server_name == f"mx1.{domain}"
    assert session.helo == "relay.example.org"


def test_nothing_is_believed_that_came_before_tls(internet, answers):
    sessions = internet.mx_hosts["mx1.mx-injection.test"].probes()
    assert sessions
    assert all(session.tls is None for session in sessions)


def test_no_packet_to_private_addresses(internet, answers):
    assert internet.mx_hosts["mx1.mx-loopback.test"].sessions == []


def test_a_host_that_does_not_match_is_not_bothered(internet, answers):
    """What it could prove would not count."""
    assert internet.mx_hosts["mx1.mx-mismatch-then-good.test"].sessions == []


def test_text_for_people_has_the_verdict_and_the_advice(internet, command):
    done = command.run("check", "mx-expired.test")
    assert done.returncode == 1
    for word in ("mx1.mx-expired.test", "certificate-expired", "enforce"):
        assert word in done.stdout
    assert "\x1b" not in done.stdout, "colours are for terminals"
    assert BY_NAME["mx-expired.test"].check in done.stdout
