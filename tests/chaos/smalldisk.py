"""A file system with room for little, that can be full."""

import contextlib
import subprocess
from pathlib import Path

BLOCK = b"\0" * (64 << 10)


class SmallDisk:
    """A tmpfs of its own at FOLDER, as long as it is entered."""

    def __init__(self, folder, size):
        self.folder = Path(folder)
        self._size = size
        self._ballast = self.folder / "ballast"

    def __enter__(self):
        self.folder.mkdir()
        options = f"size={self._size},mode=777"
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.folder], check=True
        )
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.folder], check=True)
        self.folder.rmdir()

    def fill(self):
        """No byte has room any more: what is full stays full."""
        with open(self._ballast, "ab", buffering=0) as ballast:
            with contextlib.suppress(OSError):
                while True:
                    ballast.write(BLOCK)

    def clear(self):
        self._ballast.unlink(missing_ok=True)
