"""What sanitizers find in the programs under test, if they are built so.

The daemon works on after some findings, and nobody reads the output of every
process: so each report goes into a folder that has to stay empty.
"""

import os

VARIABLES = ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")


class Findings:
    """The folder for the reports of all programs that are started from now on."""

    def __init__(self, folder):
        self.folder = folder
        self.seen = {}  # bytes of each report that were told
        folder.mkdir()
        folder.chmod(0o1777)  # the daemon changes its user
        for name in VARIABLES:
            options = [os.environ.get(name), f"log_path={folder}/report"]
            os.environ[name] = ":".join(filter(None, options))

    def new(self):
        """What came since this was last asked; "" is what one hopes for."""
        texts = []
        for report in sorted(self.folder.iterdir()):
            data = report.read_bytes()
            texts.append(data[self.seen.get(report, 0) :].decode(errors="replace"))
            self.seen[report] = len(data)
        return "\n".join(filter(None, texts))
