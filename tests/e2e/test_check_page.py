"""`mta-sts check --html`, in a real browser: what a person reads, on a phone, on
a screen, in the dark and on paper, and that nothing of what strangers wrote
does anything."""

import itertools

import pytest
from pages import CONTRAST, SCREEN, assert_fits, assert_self_contained

from internet.dns import txt
from internet.internet import folder
from internet.pki import MARKUP
from internet.world import Mx, policy

# Of each colour of the light, and what has to stand on the page about it.
SAYS = {
    "good.test": ("Mail to good.test is protected", "asks for no TLS reports"),
    "mx-expired.test": ("is being held up", "expired", "0 of 1", "Renew it"),
    "testing-good.test": ("is only being tested", "change the mode to enforce"),
    "testing-expired.test": ("does not work yet", "has expired"),
    "https-404.test": ("is broken, so senders pass over it", "HTTP status 404"),
    "two-sts.test": ("is broken", "more than one TXT record"),
    "no-txt.test": ("is not protected yet", "mx: mx.provider.test"),
    "mode-none.test": ("is switched off",),
    "mx-null.test": ("takes no mail",),
    "mx-refused.test": ("could not be told", "Not reached"),
    "mx-mismatch-then-good.test": ("but something needs attention", "1 of 2"),
}

@pytest.fixture(scope="module")
def page(internet, command, browser):
    """A function that checks domains, and opens the page about them."""
    numbers = itertools.count()

    def check(*domains, width=SCREEN):
        path = folder() / "pages" / f"{next(numbers)}-{domains[0]}.html"
        path.parent.mkdir(exist_ok=True)
        if len(domains) == 1:
            done = command.run("check", "--html", path, domains[0])
        else:
            names = path.with_suffix(".txt")
            names.write_text("\n".join(domains))
            done = command.run("check", "--html", path, "--domains", names)
        assert done.returncode in (0, 1, 2, 3), done.stderr
        browser.open(path, width)
        browser.screenshot(path.with_suffix(".png"))  # for MTA_STS_TEST_KEEP
        return browser

    return check


@pytest.mark.parametrize("domain", SAYS)
def test_says_in_plain_words(page, domain):
    shown = page(domain)
    text = shown.text()
    for words in (domain, *SAYS[domain]):
        assert words in text
    assert_self_contained(shown)
    assert_fits(shown)


def test_good_domain_is_green(page, internet, fresh):
    name = fresh()
    records = [txt(f"v=TLSRPTv1; rua=mailto:tls@{name}")]
    internet.dns.set(f"_smtp._tls.{name}", "TXT", *records)
    shown = page(name)
    text = shown.text()
    assert f"Mail to {name} is protected." in text
    assert f"mailto:tls@{name}" in text
    assert "What to do" not in text
    assert shown.value("document.querySelectorAll('.light.good').length") == 1
    assert shown.value("document.querySelector('.lamp.lit.good') !== null")


def test_lines_are_copied_by_a_click(page):
    shown = page("no-txt.test")
    lines = shown.value(
        "[...document.querySelectorAll('pre.copy')].map(e => e.textContent)"
    )
    record = '_smtp._tls.no-txt.test. IN TXT "v=TLSRPTv1; rua=mailto:'
    assert any(line.startswith(record) for line in lines)
    assert shown.value("getComputedStyle(document.querySelector('.who ~ pre')).userSelect") == "all"


def test_technicians_find_theirs(page):
    shown = page("mx-expired.test")
    assert "openssl s_client" not in shown.text(), "it is out of the way"
    shown.open_details()
    for words in ("openssl s_client", "RFC 8461 section 4.2", "certificate-expired"):
        assert words in shown.text()


def test_dark_and_light_can_be_read(page):
    shown = page("mx-mismatch-then-good.test", "mx-expired.test", "mx-null.test")
    behind = "getComputedStyle(document.body).backgroundColor"
    colours = set()
    for dark in (False, True):
        shown.look(SCREEN, dark)
        colours.add(shown.value(behind))
        assert shown.value(CONTRAST) >= 4.5
    assert len(colours) == 2


def test_prints(page):
    shown = page("mx-expired.test")
    shown.look(SCREEN, dark=True, media="print")
    assert shown.value("getComputedStyle(document.body).backgroundColor") == (
        "rgb(255, 255, 255)"
    )
    assert shown.pdf().startswith(b"%PDF")


def test_many_domains_on_one_page(page):
    shown = page(*SAYS)
    text = shown.text()
    assert f"Mail security of {len(SAYS)} domains" in text
    assert all(domain in text for domain in SAYS)
    assert_self_contained(shown)
    assert_fits(shown)
    broken = shown.value(
        "[...document.querySelectorAll('td a')].filter("
        "a => !document.querySelector(a.getAttribute('href'))).length"
    )
    assert broken == 0, "each link leads somewhere on the page"
    assert shown.value("document.querySelectorAll('td a').length") > 5


def test_strangers_cannot_write_on_it(page, internet, fresh):
    """SMTP replies, certificates, policy texts, records (row 37)."""
    smtp = fresh(mx=(Mx("mx1", "markup"), Mx("mx2", certificate="markup")))
    https = fresh(https_certificate="markup")
    text = fresh(text=policy(MARKUP))
    mode = fresh(text=policy("mx.provider.test", mode=MARKUP))
    named = fresh()
    rua = f"v=TLSRPTv1; rua=https://x.test/{MARKUP},mailto:{MARKUP}"
    internet.dns.set(f"_smtp._tls.{named}", "TXT", txt(rua))
    shown = page(smtp, https, text, mode, named)
    shown.open_details()
    assert shown.text().count("<script>hacked=1</script>") >= 3, "it is told, as it is"
    assert_self_contained(shown)
    assert shown.value("typeof hacked") == "undefined"
    assert shown.value("document.querySelectorAll('img, script, iframe').length") == 0
    assert_fits(shown)


def test_is_there_whole_or_not_at_all(command, tmp_path):
    path = tmp_path / "page.html"
    path.write_text("old")
    assert command.run("check", "--html", path, "mode-none.test").returncode == 2
    assert path.read_text().endswith("</html>\n")
    assert [each.name for each in tmp_path.iterdir()] == ["page.html"]
    nowhere = tmp_path / "nowhere" / "page.html"
    done = command.run("check", "--html", nowhere, "mode-none.test")
    assert done.returncode == 74
    assert str(nowhere) in done.stderr
