"""`mta-sts query` on every domain of the table."""

import pytest

from internet import policyhost
from internet.parallel import by_name
from internet.waiting import wait_for
from internet.world import BY_NAME, DOMAINS, agrees

EXIT = {"VALID": 0, "NOT_CHANGED": 0, "NONE": 1, "FETCH_ERROR": 2}
KEYS = {"domain", "status", "id", "mode", "mx", "max_age", "reason", "detail", "advice"}


PRIVATE = [row for row in DOMAINS if row.reason == "address-refused"]
PRIVATE = [row for row in PRIVATE if row.https_address]


@pytest.fixture(scope="module")
def connections_before(internet):
    """How often each private policy host was connected to by others."""
    hosts = (internet.policy_hosts.host(row.name) for row in PRIVATE)
    return {host.domain: host.connections for host in hosts}


@pytest.fixture(scope="module")
def answers(internet, command, connections_before):
    return by_name(lambda row: command.json("query", row.name), DOMAINS)


def lines_of(text, field):
    """The values of a field in a policy text, as the programs show names."""
    lines = text.decode("utf-8", "replace").splitlines()
    pairs = (line.partition(":") for line in lines)
    return [value.strip().lower() for name, _, value in pairs if name == field]


@pytest.mark.parametrize("row", DOMAINS, ids=lambda row: row.name)
def test_status(answers, row):
    answer = answers[row.name]
    assert answer.data["status"] == row.query, answer.data
    assert answer.status == EXIT[row.query]
    assert answer.data["domain"] == row.name
    assert KEYS <= set(answer.data)


@pytest.mark.parametrize(
    "row", [row for row in DOMAINS if row.query == "VALID"], ids=lambda row: row.name
)
def test_policy(answers, row):
    data = answers[row.name].data
    assert data["reason"] is None
    assert (data["id"], data["mode"]) == (row.policy_id, row.mode)
    assert data["max_age"] == row.max_age
    assert [mx.lower() for mx in data["mx"]] == lines_of(row.policy_text(), "mx")


@pytest.mark.parametrize(
    "row", [row for row in DOMAINS if row.query != "VALID"], ids=lambda row: row.name
)
def test_why_not(answers, row):
    data = answers[row.name].data
    expected = row.reason if row.query == "FETCH_ERROR" else None
    assert agrees(data["reason"], expected), data
    assert data["detail"]
    assert data["advice"], "what to do about it is told too"


@pytest.mark.parametrize("row", DOMAINS, ids=lambda row: row.name)
def test_nothing_of_a_stranger_reaches_the_terminal(answers, row):
    """No control character, wherever a text of the domain's is shown (37)."""
    data = answers[row.name].data
    shown = [data["detail"] or "", *data["advice"], answers[row.name].errors]
    assert all(c.isprintable() or c == "\n" for text in shown for c in text)


@pytest.mark.parametrize(
    "domain", ["good.test", "no-txt.test", "two-sts.test", "https-404.test"]
)
def test_first_line_for_people(internet, command, domain):
    done = command.run("query", domain)
    status = BY_NAME[domain].query
    assert done.stdout.splitlines()[0].startswith(f"STSFetchResult.{status}")
    assert done.returncode == EXIT[status]


def test_the_missing_record_is_printed(internet, command):
    text = command.run("query", "no-txt.test").stdout
    assert "_mta-sts.no-txt.test" in text
    assert "v=STSv1;" in text


def test_a_u_label_is_asked_for_as_an_a_label(internet, command):
    answer = command.json("query", "Bücher.TEST.")
    assert (answer.status, answer.data["domain"]) == (0, "xn--bcher-kva.test")


# --- what the hosts saw ---


def test_a_redirect_is_never_followed(internet, answers):
    requests = internet.policy_hosts.host("https-301.test").requests
    assert requests
    assert {line for _, line in requests} == {f"GET {policyhost.PATH} HTTP/1.1"}


def test_the_name_asked_for_is_the_policy_hosts(internet, answers):
    """SNI too, and behind a CNAME just as well (row 17)."""
    names = {name for name, _ in internet.policy_hosts.host("https-404.test").requests}
    assert names == {"mta-sts.https-404.test"}
    wait_for(lambda: internet.policy_hosts.requests("https-cname.test"), "a request")


@pytest.mark.parametrize("row", PRIVATE, ids=lambda row: row.name)
def test_no_packet_to_private_addresses(internet, connections_before, answers, row):
    host = internet.policy_hosts.host(row.name)
    assert host.connections == connections_before[row.name]


@pytest.mark.parametrize(
    "row", [row for row in DOMAINS if row.query == "NONE"], ids=lambda row: row.name
)
def test_no_fetch_without_a_record(internet, answers, row):
    assert internet.policy_hosts.requests(row.name) == 0
