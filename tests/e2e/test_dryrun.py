"""`mta-sts report dry-run` foretells what the daemon then does."""

from internet.milterclient import Client, message

WORDS = {"on_fail": "defer", "on_unreachable": "reject", "on_temperror": "tag"}
DOMAINS = [
    "good.test",
    "no-txt.test",
    "mx-expired.test",
    "mx-mismatch.test",
    "mx-refused.test",
    "testing-expired.test",
    "txt-servfail.test",
]


def judge(daemon):
    """The action for each domain, in a message of its own; a refused recipient
    is no part of it."""
    for domain in DOMAINS:
        message(daemon.address, [f"user@{domain}"])
    return {
        domain: daemon.wait_decision(domain=domain)["action"] for domain in DOMAINS
    }


def would(daemon):
    options = [
        part for key, word in WORDS.items() for part in (f"--{key.replace('_', '-')}", word)
    ]
    return daemon.command.json("report", "dry-run", *options)


def test_it_comes_true(start_daemon):
    watching = start_daemon(**dict.fromkeys(WORDS, "log"), header="none")
    assert set(judge(watching).values()) == {"accept", "log"}
    answer = would(watching)
    assert (answer.status, answer.data["answer"]) == (1, "no")
    assert answer.data["messages"] == len(DOMAINS)
    foretold = {
        row["domain"]: next(iter(row["would"])) for row in answer.data["domains"]
    }
    enforcing = start_daemon(**WORDS)
    assert {**dict.fromkeys(DOMAINS, "accept"), **foretold} == judge(enforcing)
    # And of what was enforced, it is as it was.
    changes = would(enforcing).data["changes"]
    assert all(change["was"] == change["would"] for change in changes)


def test_recipients_of_one_message(start_daemon):
    """The MTA has no queue id yet when the first is refused."""
    own = start_daemon()
    with Client(own.address) as client:
        client.hello()
        client.mail()
        assert client.rcpt("user@mx-expired.test").code == 451
        assert client.rcpt("user@mx-refused.test").code == 451
    answer = own.command.json("report", "dry-run")
    assert answer.status == 1
    assert (answer.data["messages"], answer.data["decisions"]) == (1, 2)
