#!/usr/bin/env python3
"""The advice table looks for words in details that other files write: those
words must still stand there."""

import os
import re
import unittest
from pathlib import Path

TREE = Path(os.environ.get("srcdir", Path(__file__).parents[2]))

# What libraries write: strerror(), libcurl, OpenSSL.
OF_LIBRARIES = {"connection refused", "expired", "not yet valid", "self-signed"}


def literals(path):
    """The text literals of a C file, pieces that follow each other joined."""
    text = path.read_text()
    pieces = re.findall(r'"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*', text)
    return [re.sub(r'"\s*"', "", piece).strip('"') for piece in pieces]


class Advice(unittest.TestCase):
    def test_details_are_written_somewhere(self):
        table = (TREE / "milter/prog/advicetable.c").read_text()
        entry = r'\{ STS_ABOUT_\w+,\s*"[^"]*",\s*"([^"]*)"'
        details = set(re.findall(entry, table))
        self.assertGreater(len(details), 10)
        sources = [*TREE.glob("milter/engine/*.c"), *TREE.glob("milter/core/*.c")]
        written = [text for path in sources for text in literals(path)]
        for detail in details - OF_LIBRARIES:
            # "HTTP status 404" is written as "HTTP status %ld".
            words = re.sub(r" \d+$", "", detail)
            with self.subTest(detail):
                self.assertTrue(any(words in text for text in written))


if __name__ == "__main__":
    unittest.main()
