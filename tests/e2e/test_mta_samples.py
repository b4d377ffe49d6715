"""The lines of etc/, as the servers themselves read them."""

import re
import subprocess

import ports

from internet import samples
from internet.daemon import REPOSITORY


def test_postfix_knows_every_parameter(postfix):
    """An unknown name, or one that nothing uses, is a warning."""
    argv = ["postconf", "-c", postfix.etc, "-n"]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    sample = samples.postfix(ports.DEFAULT_MAP).items()
    lines = {f"{name} = {value}" for name, value in sample}
    assert lines <= set(done.stdout.splitlines())


def test_postfix_complains_of_nothing(postfix):
    assert not re.search(r"warning: .*(unknown|unused|unsupported)", postfix.text())


def test_sendmail_has_the_filter(sendmail):
    """m4 passes over what it does not know without a word."""
    text = (sendmail.etc / "sendmail.cf").read_text()
    assert f"\nXmta-sts, {samples.sendmail_filter()}\n" in text
    assert "\nO InputMailFilters=mta-sts\n" in text
    assert "\nO DontExpandCnames=True\n" in text
    assert re.search(r"\nKsts socket .*-T<TMPF> inet:\d+@127\.0\.0\.1\n", text)


def test_the_readme_has_lines_of_the_samples():
    """Every line that it shows of a server's configuration."""
    readme = (REPOSITORY / "README.md").read_text()
    section = readme.partition("## Attach it")[2].partition("\n## ")[0]
    shown = re.findall(r"^    ([^\s#].*)$", section, re.MULTILINE)
    lines = samples.POSTFIX.read_text() + samples.SENDMAIL.read_text()
    assert shown
    assert [line for line in shown if line not in lines.splitlines()] == []
