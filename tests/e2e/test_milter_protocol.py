"""What an MTA sees, to the letter: replies, changes to a message, patience."""

import re

import pytest

from internet.milterclient import (
    POSTFIX,
    POSTFIX_COMMAND,
    SENDMAIL,
    Client,
    Outcome,
    message,
)
from internet.parallel import by_name, for_all
from internet.waiting import wait_for
from internet.world import DOMAINS, PROVIDER

HEADER = "MTA-STS-Status"
MTAS = {"postfix": POSTFIX, "sendmail": SENDMAIL, "command": POSTFIX_COMMAND}
EXPIRED = "mx-expired.test"


def rcpt_of(outcome):
    """The reply to the one recipient."""
    (reply,) = outcome.recipients.values()
    return reply


# --- every domain, as each MTA shows it ---


@pytest.fixture(scope="module", params=list(MTAS), ids=str)
def outcomes(request, daemon):
    """A message to each domain by way of one kind of MTA."""
    mta = MTAS[request.param]
    return mta, by_name(
        lambda row: message(daemon.address, [f"user@{row.name}"], mta), DOMAINS
    )


def test_every_domain(outcomes):
    """In one test, since it is the same table as in test_mta_rcpt.py."""
    mta, by_domain = outcomes
    wrong = {}
    for row in DOMAINS:
        outcome = by_domain[row.name]
        told = rcpt_of(outcome)
        held = outcome.quarantine() is not None
        expected = (row.rcpt, False)
        if mta is POSTFIX_COMMAND:
            expected = (250, row.rcpt == 451)
        if (told.code, held) != expected:
            wrong[row.name] = outcome
    assert not wrong


def test_nothing_is_ever_discarded(outcomes):
    """At RCPT that would drop the whole message; nowhere would anybody know."""
    kinds = set()
    for outcome in outcomes[1].values():
        kinds.add(rcpt_of(outcome).kind)
        kinds.add(outcome.end and outcome.end.kind)
    assert kinds <= {"continue", "reply", None}


def test_a_message_without_a_header(daemon):
    """Whose next word after DATA is the end of its header, or of itself."""
    with Client(daemon.address) as client:
        client.hello()
        client.mail()
        assert client.rcpt("user@good.test").code == 250
        client.data()
        client.end_of_headers()
        client.body(b"x")
        assert client.end_of_message()[0].code == 250


def test_only_headers_and_quarantine_are_asked_for(daemon):
    """Whoever may do less can do less harm."""
    with Client(daemon.address) as client:
        assert client.allowed & ~0x100 == 0x01 | 0x10 | 0x20


# --- replies ---


def test_the_text_of_a_deferral(daemon):
    reply = rcpt_of(message(daemon.address, [f"user@{EXPIRED}"]))
    assert re.fullmatch(
        r"451 4\.7\.\d mx-expired\.test: .*MTA-STS.*enforce.*certificate-expired"
        r".*mx1\.mx-expired\.test.*",
        reply.text,
    )
    assert reply.text.isprintable()


@pytest.mark.parametrize(
    "word, told, held, action",
    [
        ("tag", 250, False, "tag"),
        ("log", 250, False, "log"),
        ("quarantine", 250, True, "quarantine"),
        ("defer", 451, False, "defer"),
        ("reject", 550, False, "reject"),
    ],
)
def test_on_fail(start_daemon, word, told, held, action):
    own = start_daemon(on_fail=word)
    outcome = message(own.address, [f"user@{EXPIRED}"])
    reply = rcpt_of(outcome)
    assert reply.code == told
    if told == 550:
        assert reply.text.startswith("550 5.7.")
    assert (outcome.quarantine() is not None) == held
    assert own.wait_decision(domain=EXPIRED)["action"] == action


@pytest.mark.parametrize(
    "option, domain",
    [
        ("on_fail", EXPIRED),
        ("on_unreachable", "mx-refused.test"),
        ("on_temperror", "txt-servfail.test"),
    ],
)
def test_each_kind_of_trouble_has_its_word(start_daemon, option, domain):
    words = {"on_fail": "log", "on_unreachable": "log", "on_temperror": "log"}
    own = start_daemon(**{**words, option: "reject"})
    assert rcpt_of(message(own.address, [f"user@{domain}"])).code == 550


@pytest.mark.parametrize("word", ["defer", "reject", "quarantine"])
@pytest.mark.parametrize("domain", ["testing-expired.test", "testing-refused.test"])
def test_testing_never_touches_delivery(start_daemon, word, domain):
    own = start_daemon(on_fail=word, on_unreachable=word)
    outcome = message(own.address, [f"user@{domain}"])
    assert (rcpt_of(outcome).code, outcome.end.code) == (250, 250)
    assert outcome.quarantine() is None
    (header,) = outcome.inserted(HEADER)
    assert "policy=testing" in header


def test_decided_at_the_end_of_the_message(start_daemon):
    own = start_daemon(decide_at="eom")
    outcome = message(own.address, [f"user@{EXPIRED}"])
    assert rcpt_of(outcome).code == 250
    assert outcome.end.text.startswith("451 4.7.")
    assert own.wait_decision(domain=EXPIRED)["stage"] == "eom"


def test_probes_off(start_daemon):
    """The names of the MX hosts count, and nothing is connected to."""
    own = start_daemon(probe=False)
    outcome = message(own.address, [f"user@{EXPIRED}", "user@mx-mismatch.test"])
    codes = {address: reply.code for address, reply in outcome.recipients.items()}
    assert codes == {f"user@{EXPIRED}": 250, "user@mx-mismatch.test": 451}


# --- several recipients ---


def test_one_bad_recipient_never_holds_the_others(daemon):
    recipients = ["a@good.test", f"b@{EXPIRED}", "c@no-txt.test", "d@mx-own.test"]
    outcome = message(daemon.address, recipients)
    codes = [outcome.recipients[each].code for each in recipients]
    assert codes == [250, 451, 250, 250]
    assert outcome.end.code == 250


def test_recipients_of_one_domain_are_told_the_same(daemon):
    outcome = message(daemon.address, [f"{n}@{EXPIRED}" for n in range(20)])
    assert len({reply.text for reply in outcome.recipients.values()}) == 1
    assert len(daemon.decisions(domain=EXPIRED, stage="rcpt")) >= 1


def test_a_session_of_many_messages(tagger):
    """What was said of one message is not said of the next."""
    with Client(tagger.address) as client:
        client.hello()
        first = client.send([f"user@{EXPIRED}"])
        second = client.send(["user@good.test"])
    assert first.inserted(HEADER)[0].startswith("fail;")
    assert [h.split(";")[0] for h in second.inserted(HEADER)] == ["pass"]


def test_a_message_given_up(tagger):
    with Client(tagger.address) as client:
        client.hello()
        client.mail()
        client.rcpt(f"user@{EXPIRED}")
        client.abort()
        outcome = client.send(["user@good.test"])
    assert [h.split(";")[0] for h in outcome.inserted(HEADER)] == ["pass"]


def test_a_client_that_vanishes(daemon):
    client = Client(daemon.address)
    client.hello()
    client.mail()
    client.rcpt("user@good.test")
    client.drop()
    assert rcpt_of(message(daemon.address, ["user@good.test"])).code == 250


# --- the header ---


def test_the_header_to_the_letter(tagger):
    (header,) = message(tagger.address, [f"user@{EXPIRED}"]).inserted(HEADER)
    assert header == (
        f"fail; host=relay.example.org; domain={EXPIRED}; policy=enforce; id=20260101;"
        f" reason=certificate-expired; mx=mx1.{EXPIRED}; action=tag"
    )


def test_pairs_without_a_value_are_left_out(tagger):
    (header,) = message(tagger.address, ["user@no-txt.test"]).inserted(HEADER)
    assert header.startswith("none; host=relay.example.org; domain=no-txt.test")
    assert not {"policy", "id", "reason", "mx"} & {
        pair.split("=")[0] for pair in header.split("; ")
    }


def test_it_is_folded(tagger):
    outcome = message(tagger.address, [f"user@{EXPIRED}"])
    (raw,) = [each[-1] for each in outcome.actions if each[-2] == HEADER]
    lines = f"{HEADER}: {raw}".split("\n")
    assert len(lines) > 1
    assert all(len(line) <= 78 for line in lines)
    assert all(line[0] in " \t" for line in lines[1:])


def test_it_is_the_topmost(tagger):
    outcome = message(tagger.address, [f"user@{EXPIRED}"])
    assert [each[:3] for each in outcome.actions] == [("insert-header", 0, HEADER)]


def test_forged_ones_are_removed(tagger):
    forged = [(HEADER, "pass; host=relay.example.org"), ("X-Other", "stays")]
    forged += [(HEADER.lower(), "pass"), (HEADER.upper(), "pass")]
    outcome = message(tagger.address, [f"user@{EXPIRED}"], headers=forged)
    assert sorted(outcome.deleted(HEADER)) == [1, 2, 3]
    assert len(outcome.inserted(HEADER)) == 1
    assert not outcome.deleted("X-Other")


def test_forged_ones_are_removed_where_nothing_is_told(daemon):
    forged = [(HEADER, "pass; host=relay.example.org")]
    outcome = message(daemon.address, ["user@good.test"], headers=forged)
    assert outcome.deleted(HEADER) == [1]
    assert outcome.inserted(HEADER) == []


def test_the_last_of_several_forged_goes_first(tagger):
    """An MTA numbers them anew after each removal."""
    forged = [(HEADER, str(number)) for number in range(3)]
    outcome = message(tagger.address, ["user@good.test"], headers=forged)
    assert outcome.deleted(HEADER) == [3, 2, 1]


def test_a_bcc_is_not_told_to_the_others(tagger):
    recipients = [f"to@{EXPIRED}", "bcc@mx-mismatch.test"]
    outcome = message(tagger.address, recipients)
    told = outcome.inserted(HEADER)
    assert {header.split(";")[0] for header in told} == {"fail"}
    for header in told:
        assert "domain=" not in header
        assert "id=" not in header
        assert "mx=" not in header
        assert ".test" not in header
    assert {d["domain"] for d in tagger.decisions()} >= {EXPIRED, "mx-mismatch.test"}


def test_a_refused_bcc_does_not_count_as_another(daemon):
    """It gets its own copy later; this message goes to one domain."""
    recipients = ["to@testing-expired.test", f"bcc@{EXPIRED}"]
    outcome = message(daemon.address, recipients)
    (header,) = outcome.inserted(HEADER)
    assert "domain=testing-expired.test" in header


def test_a_quarantine_tells_no_bcc_either(start_daemon):
    own = start_daemon(on_fail="quarantine")
    recipients = [f"to@{EXPIRED}", "bcc@mx-mismatch.test"]
    assert ".test" not in message(own.address, recipients).quarantine()
    alone = message(own.address, [f"to@{EXPIRED}"])
    assert EXPIRED in alone.quarantine()
    assert "certificate-expired" in alone.quarantine()


@pytest.mark.parametrize(
    "header, count", [("all", 2), ("failures", 1), ("none", 0)], ids=str
)
def test_which_results_are_told(start_daemon, header, count):
    own = start_daemon(header=header, on_fail="log")
    results = [
        message(own.address, [f"user@{domain}"]).inserted(HEADER)
        for domain in ("good.test", EXPIRED)
    ]
    assert sum(map(len, results)) == count


def test_name_and_host_are_as_configured(start_daemon):
    own = start_daemon(header_name="X-TLS", hostname="mail.example.net", header="all")
    (header,) = message(own.address, ["user@good.test"]).inserted("X-TLS")
    assert "host=mail.example.net;" in header


# --- which domain ---


@pytest.mark.parametrize(
    "address, domain",
    [
        ("user@GOOD.Test", "good.test"),
        ("user@good.test.", "good.test"),
        ("user@bücher.test", "xn--bcher-kva.test"),
        ("user@sub.good.test", "sub.good.test"),
        ('"a@b"@good.test', "good.test"),
    ],
)
def test_the_policy_domain(tagger, address, domain):
    (header,) = message(tagger.address, [address]).inserted(HEADER)
    assert f"domain={domain};" in header


@pytest.mark.parametrize("mta", [POSTFIX, SENDMAIL], ids=lambda mta: mta.name)
@pytest.mark.parametrize(
    "host, result",
    [
        (EXPIRED, "fail"),
        (f"{EXPIRED}:587", "fail"),
        (EXPIRED.upper(), "fail"),
        ("[198.51.100.20]:2626", "none"),
        (f"[{EXPIRED}]", "none"),
        (f"[{EXPIRED}]:587", "none"),
    ],
)
def test_the_next_hop_counts(tagger, mta, host, result):
    recipient = ("user@good.test", mta.mailer, host)
    (header,) = message(tagger.address, [recipient], mta).inserted(HEADER)
    assert header.split(";")[0] == result


@pytest.mark.parametrize("mailer", ["local", "virtual", "discard", "error", "pipe"])
def test_what_is_not_outbound_is_exempt(internet, tagger, fresh, mailer):
    domain = fresh()
    recipient = (f"user@{domain}", mailer, domain)
    (header,) = message(tagger.address, [recipient]).inserted(HEADER)
    assert header.startswith("exempt;")
    assert internet.dns.queries(f"_mta-sts.{domain}", "TXT") == 0


def test_own_transports_can_be_outbound(start_daemon):
    own = start_daemon(mailers=["slow"])
    recipients = [(f"a@{EXPIRED}", "slow", EXPIRED), (f"b@{EXPIRED}", "smtp", EXPIRED)]
    outcome = message(own.address, recipients)
    assert [reply.code for reply in outcome.recipients.values()] == [451, 250]


@pytest.mark.parametrize("address", ["user@[192.0.2.1]", "user@[IPv6:2001:db8::1]"])
def test_address_literals(tagger, address):
    recipient = (address, "smtp", address.partition("@")[2])
    (header,) = message(tagger.address, [recipient]).inserted(HEADER)
    assert header.startswith("none;")


# --- what it costs others ---


def test_one_lookup_and_one_fetch_for_all_that_ask(internet, daemon, fresh):
    domain = fresh()
    outcomes = for_all(
        lambda n: message(daemon.address, [f"{n}@{domain}"]), range(30), workers=30
    )
    assert {rcpt_of(outcome).code for outcome in outcomes} == {250}
    assert internet.dns.queries(f"_mta-sts.{domain}", "TXT") == 1
    assert internet.policy_hosts.requests(domain) == 1


def test_two_domains_share_the_probe_of_their_mx(internet, start_daemon):
    """And not the match (row 62)."""
    host = internet.mx_hosts["mx.shared.test"]
    own = start_daemon()
    before = len(host.sessions)
    outcome = message(own.address, ["a@shared-a.test", "b@shared-b.test"])
    assert [reply.code for reply in outcome.recipients.values()] == [250, 451]
    assert len(host.sessions) == before + 1


def test_a_cached_answer_asks_nobody(internet, daemon, fresh):
    domain = fresh()
    message(daemon.address, [f"user@{domain}"])
    probes = len(internet.mx_hosts[PROVIDER].sessions)
    message(daemon.address, [f"user@{domain}"])
    assert daemon.wait_decision(domain=domain, cached=True)
    assert internet.policy_hosts.requests(domain) == 1
    assert len(internet.mx_hosts[PROVIDER].sessions) == probes


# --- exceptions ---


def test_an_exception_is_used_and_told(start_daemon):
    words = {"on_fail": "log", "until": "2099-12-31", "reason": "they promised"}
    own = start_daemon(exceptions={EXPIRED: words})
    assert rcpt_of(message(own.address, [f"user@{EXPIRED}"])).code == 250
    decision = own.wait_decision(domain=EXPIRED)
    assert decision["action"] == "log"
    assert decision["exception"]
    assert rcpt_of(message(own.address, ["user@mx-untrusted.test"])).code == 451


def test_an_exception_ends(start_daemon):
    words = {"on_fail": "log", "until": "2020-12-31", "reason": "long ago"}
    own = start_daemon(exceptions={EXPIRED: words})
    assert rcpt_of(message(own.address, [f"user@{EXPIRED}"])).code == 451


def test_an_exception_for_all_below(start_daemon):
    own = start_daemon(exceptions={"*.test": {"on_fail": "reject", "reason": "all"}})
    assert rcpt_of(message(own.address, [f"user@{EXPIRED}"])).code == 550


# --- answers that come late ---


SLOW = {"https": "silent"}


def test_a_recipient_does_not_wait_longer_than_told(start_daemon, fresh):
    own = start_daemon(
        rcpt_wait=1, fetch_timeout=30, decide_at="rcpt", on_temperror="defer"
    )
    domain = fresh(**SLOW)
    reply = rcpt_of(message(own.address, [f"user@{domain}"]))
    assert reply.text.startswith("451 4.")
    assert reply.seconds < 15, "the fetch itself may take 30"
    assert own.wait_decision(domain=domain)["result"] == "temperror"


def test_the_end_of_a_message_does_not_wait_longer_than_told(start_daemon, fresh):
    own = start_daemon(
        rcpt_wait=0, eom_wait=1, fetch_timeout=30, on_temperror="tag", decide_at="eom"
    )
    outcome = message(own.address, [f"user@{fresh(**SLOW)}"])
    assert rcpt_of(outcome).code == 250
    assert outcome.end.code == 250
    assert outcome.end.seconds < 15, "the fetch itself may take 30"
    assert outcome.inserted(HEADER)[0].startswith("temperror;")


def test_a_late_answer_still_counts_at_the_end(start_daemon, fresh):
    """What RCPT could not wait for, the end of the message may."""
    own = start_daemon(rcpt_wait=0, header="all")
    domain = fresh(**SLOW)
    outcome = message(own.address, [f"user@{domain}"])
    assert rcpt_of(outcome).code == 250
    assert outcome.inserted(HEADER)[0].startswith("none;")
    assert own.wait_decision(domain=domain)["reason"] == "sts-policy-fetch-error"


def test_the_mta_is_told_to_be_patient(start_daemon, fresh):
    """Each wait is limited there: at R=10 s in Sendmail."""
    own = start_daemon(decide_at="eom", fetch_timeout=8)
    outcome = message(own.address, [f"user@{fresh(**SLOW)}"], SENDMAIL)
    assert outcome.progress >= 1
    assert outcome.end.code == 250


def test_a_slow_domain_holds_no_other(start_daemon, fresh):
    own = start_daemon(fetch_timeout=30, rcpt_wait=3, eom_wait=0)
    recipients = [*[f"{n}@{fresh(**SLOW)}" for n in range(10)], "user@good.test"]
    replies = for_all(
        lambda recipient: rcpt_of(message(own.address, [recipient])), recipients
    )
    *slow, good = [reply.seconds for reply in replies]
    assert good < 3 <= min(slow) + 0.1


# --- the end of the daemon in the middle of a message ---


def test_shutdown_while_a_recipient_waits(internet, start_daemon, fresh):
    """451, 421 or a closed connection: the MTA keeps or defers the message."""
    own = start_daemon(fetch_timeout=30, rcpt_wait=30)
    domain = fresh(**SLOW)

    def deliver():
        try:
            return rcpt_of(message(own.address, [f"user@{domain}"])).code
        except ConnectionError:
            return "closed"

    def stop():
        fetches = internet.policy_hosts.host(domain).requests
        wait_for(lambda: fetches, "the fetch that the recipient waits for")
        return own.stop()

    told, status = for_all(lambda work: work(), [deliver, stop])
    assert told in (451, 421, "closed")
    assert status == 0


def test_shutdown_between_the_steps(start_daemon):
    own = start_daemon(decide_at="eom", on_fail="defer")
    client = Client(own.address)
    client.hello()
    client.mail()
    client.rcpt(f"user@{EXPIRED}")
    client.data()
    assert own.stop() == 0
    outcome = Outcome({})
    try:
        client.rest(outcome)
    except ConnectionError:
        return
    assert outcome.end.code >= 400
