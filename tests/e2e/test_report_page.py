"""`mta-sts report show --html`, in a real browser: charts that say what the
reports say, on a phone, on a screen, in the dark and on paper, and that nothing
of what senders wrote does anything."""

import copy
import itertools
import json
from pathlib import Path

import pytest
from pages import CONTRAST, PHONE, SCREEN, assert_fits, assert_self_contained

from internet.daemon import Command
from internet.internet import folder

REPORTS = Path(__file__).parent.parent / "reports"
MARKUP = "<script>hacked=1</script><img src=x onerror=hacked=1>\x1b[31m\u202e\"'"


@pytest.fixture(scope="module")
def show(browser):
    """A function that shows files of reports, and opens the page about them."""
    numbers = itertools.count()

    def run(*files, status=0, options=()):
        path = folder() / "report-pages" / f"{next(numbers)}.html"
        path.parent.mkdir(exist_ok=True)
        command = Command("/dev/null")
        done = command.run("report", "show", "--html", path, *options, *files)
        assert done.returncode == status, done.stderr
        browser.open(path, SCREEN)
        browser.screenshot(path.with_suffix(".png"))  # for MTA_STS_TEST_KEEP
        return browser

    return run


@pytest.fixture(scope="module")
def all_senders(show):
    """What every fixture together makes; tests look only."""
    return lambda: show(*sorted(REPORTS.glob("*.json")))


def google():
    return json.loads((REPORTS / "google.json").read_text())


def write(tmp_path, reports):
    path = tmp_path / "reports.json"
    path.write_text(json.dumps(reports))
    return path


def heights(shown, tone):
    """Of the columns of days, in units of the drawing; 0 where there is none."""
    return shown.value(
        "[...document.querySelectorAll('.columns g')].map(g => "
        f"+(g.querySelector('.{tone}')?.getAttribute('height') ?? 0))"
    )


def test_says_in_plain_words(all_senders):
    shown = all_senders()
    text = shown.text()
    for words in (
        "Connections failed that should have been protected.",
        "2026-11-14 to 2026-11-20",
        "Google Inc.",
        "1 212 connections, 12 failed",
        "1 connection, 1 failed",
        "Certificate expired",
        "10 (40.0 %)",
        "What to do: example.com",
        "renew it, and have the mail server load it",
        "The mail server's certificate was past its end.",
        "https answered 404",
    ):
        assert words in text
    assert "google.json" not in text, "all could be read"
    assert_self_contained(shown)
    assert_fits(shown)


def test_columns_are_the_days(all_senders):
    shown = all_senders()
    titles = shown.value(
        "[...document.querySelectorAll('.columns title')].map(t => t.textContent)"
    )
    assert len(titles) == 7
    assert titles[0] == "2026-11-14: 3 connections, 3 failed"
    assert titles[1] == "2026-11-15: 1 301 connections, 16 failed"
    good, bad = heights(shown, "good"), heights(shown, "bad")
    assert good[0] == 0 and bad[0] > 0, "what is there can be seen"
    assert max(good) == good[1] and good[1] + bad[1] <= 200
    assert good[1] > 3 * good[2] > 3 * good[4] > 0
    assert bad[4] == 0


def test_bars_are_the_shares(all_senders):
    shown = all_senders()
    widths = shown.value(
        "[...document.querySelectorAll('#kinds .bar rect')]"
        ".map(r => +r.getAttribute('width'))"
    )
    assert widths == [400, 280, 160, 80, 40, 40]
    senders = shown.value(
        "[...document.querySelectorAll('#senders .row')].map(r => "
        "[r.querySelector('.name').textContent, [...r.querySelectorAll('rect')]"
        ".reduce((n, rect) => n + +rect.getAttribute('width'), 0)])"
    )
    assert senders[0] == ["Google Inc.", 1000]
    assert [width for _, width in senders] == sorted(
        (width for _, width in senders), reverse=True
    )


def test_days_without_reports_are_there(show, tmp_path):
    first, last = google(), google()
    last["report-id"] = "other"
    last["date-range"] = {"start-datetime": "2027-11-15", "end-datetime": "2027-11-15"}
    shown = show(write(tmp_path, [first, last]))
    columns = heights(shown, "good")
    assert len(columns) <= 120
    assert [column > 0 for column in columns] == [
        True,
        *[False] * (len(columns) - 2),
        True,
    ]
    assert "in 4 days" in shown.text(), "a column is several days"
    assert_fits(shown)


def test_all_is_well(show):
    shown = show(REPORTS / "stalwart.json")
    text = shown.text()
    assert "All mail that was reported travelled protected." in text
    assert "What to do" not in text and "Why connections failed" not in text
    assert shown.value("document.querySelectorAll('.light.good').length") == 1


def test_nothing_at_all(show, tmp_path):
    shown = show(REPORTS / "google.json", options=("--days", "1", "--domain", "x.test"))
    assert "There is nothing to tell" in shown.text()
    assert_fits(shown)


def test_what_could_not_be_read(show, tmp_path):
    bad = tmp_path / "broken.json.gz"
    bad.write_bytes(b"\x1f\x8b")
    shown = show(bad, REPORTS / "google.json", REPORTS / "google.json", status=1)
    text = shown.text()
    assert str(bad) in text and "too early" in text
    assert "1 came more than once and counted once" in text


def test_dark_and_light_can_be_read(all_senders):
    shown = all_senders()
    for dark in (False, True):
        shown.look(SCREEN, dark)
        assert shown.value(CONTRAST) >= 4.5


def test_prints(all_senders):
    shown = all_senders()
    shown.look(SCREEN, dark=True, media="print")
    assert shown.pdf().startswith(b"%PDF")


def test_strangers_cannot_write_on_it(show, tmp_path):
    """Every text of a report, and its file's name."""
    report = google()
    report["organization-name"] = report["report-id"] = report["contact-info"] = MARKUP
    policy = report["policies"][0]
    policy["policy"]["policy-domain"] = policy["policy"]["policy-type"] = MARKUP
    for failure, kind in zip(
        policy["failure-details"], [MARKUP, "certificate-expired", "sts-policy-invalid"]
    ):
        failure["result-type"] = kind
        failure["receiving-mx-hostname"] = failure["failure-reason-code"] = MARKUP
        failure["sending-mta-ip"] = failure["receiving-mx-helo"] = MARKUP
    broken = tmp_path / "<script>hacked=1<∕script>.json"
    broken.write_text('{"<script>hacked=1</script>')
    shown = show(write(tmp_path, report), broken, status=1)
    shown.open_details()
    assert shown.text().count("<script>hacked=1</script>") >= 5, "it is told, as it is"
    assert_self_contained(shown)
    assert shown.value("typeof hacked") == "undefined"
    assert shown.value("document.querySelectorAll('img, script, iframe').length") == 0
    assert_fits(shown)


def test_many_of_all(show, tmp_path):
    """Long names and great numbers fit, too."""
    reports = []
    for i in range(60):
        report = copy.deepcopy(google())
        report["organization-name"] = f"{'long-name-' * 20}{i}"
        policy = report["policies"][0]
        policy["policy"]["policy-domain"] = f"{'a' * 60}.{'b' * 60}.d{i}.example"
        policy["summary"]["total-successful-session-count"] = 10**12
        reports.append(report)
    shown = show(write(tmp_path, reports))
    assert "and 35 more" in shown.text()
    assert_fits(shown)
    shown.look(PHONE)
    assert shown.overflow() == 0


def test_is_there_whole_or_not_at_all(tmp_path):
    command = Command("/dev/null")
    nowhere = tmp_path / "nowhere" / "page.html"
    done = command.run("report", "show", "--html", nowhere, REPORTS / "google.json")
    assert done.returncode == 74
    assert str(nowhere) in done.stderr
