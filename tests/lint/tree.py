"""What the lints share: where the tree is, C code without its comments and
strings, and how faults are told."""
import os
import re
import sys
from pathlib import Path

TOP = Path(os.environ.get("srcdir", Path(__file__).resolve().parents[2]))
LAYERS = ["base", "core", "conf", "store", "engine", "report", "front", "prog"]
SKIPPED = 77  # automake's word for a test that could not run


class Faults:
    """Gathers faults, prints them as `file:line: text`, and ends the lint."""

    def __init__(self):
        self.count = 0

    def add(self, where, text):
        print(f"{where}: {text}")
        self.count += 1

    def end(self, checked):
        print(f"{checked}: {self.count} fault(s)")
        sys.exit(1 if self.count else 0)


def name(path):
    """The path as people know it, relative to the top."""
    return str(Path(path).relative_to(TOP))


def files(*folders, suffixes=(".c", ".h")):
    """The files below the folders, in order."""
    found = []
    for folder in folders:
        found += [p for p in (TOP / folder).rglob("*")
                  if p.suffix in suffixes and p.is_file()]
    return sorted(found)


_TOKENS = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)


def _blank(match):
    text = match.group()
    if text[0] == "/":
        return re.sub(r"[^\n]", " ", text)
    return text[0] + " " * (len(text) - 2) + text[-1]


def code(text):
    """The C text with comments and the insides of literals blanked; all else
    stays where it was."""
    return _TOKENS.sub(_blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1
