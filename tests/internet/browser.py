"""A real browser, Chromium without a window, which a test asks what a page looks
like: what it says, how wide it is, what it wanted from the network.

It is spoken to by the DevTools protocol, over a pipe. The page's own
Content-Security-Policy does not bind what a test asks.
"""

import base64
import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

ARGV = (
    "chromium",
    "--headless",
    "--no-sandbox",  # it is root who tests
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-extensions",
    "--hide-scrollbars",
    "--no-first-run",
    "--remote-debugging-pipe",
)
READ, WRITE = 3, 4  # the descriptors that it speaks through
DEADLINE_S = 60  # of one answer; then it is ended, and reading fails
HEIGHT = 900


class BrowserError(Exception):
    pass


class Browser:
    """One browser with one page; to be used with `with`."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.child = None
        self.session = None
        self.requests = []  # URLs, since the page was opened
        self.complaints = []  # what the console says
        self._numbers = 0
        self._pending = b""

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        # High numbers, so that none is in the way of READ and WRITE.
        ends = [fcntl.fcntl(fd, fcntl.F_DUPFD, 20) for fd in _pipes()]
        theirs_in, self._out, self._in, theirs_out = ends

        def place():
            os.dup2(theirs_in, READ)
            os.dup2(theirs_out, WRITE)

        with open(self.folder / "log", "wb") as log:
            self.child = subprocess.Popen(
                [*ARGV, f"--user-data-dir={self.folder / 'profile'}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(READ, WRITE),
                preexec_fn=place,
                start_new_session=True,
                env={**os.environ, "HOME": str(self.folder)},
            )
        os.close(theirs_in)
        os.close(theirs_out)
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask(
            "Target.attachToTarget", targetId=target, flatten=True
        )["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
        os.close(self._in)
        os.close(self._out)

    # --- the protocol: JSON texts with a NUL behind each ---

    def ask(self, method, **params):
        self._numbers += 1
        message = {"id": self._numbers, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        text = json.dumps(message).encode() + b"\0"
        while text:
            text = text[os.write(self._out, text) :]
        while True:
            answer = self._next()
            if answer.get("id") == self._numbers:
                break
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']}")
        return answer["result"]

    def _wait_event(self, method):
        while self._next().get("method") != method:
            pass

    def _next(self):
        while b"\0" not in self._pending:
            with _deadline(self.child):
                data = os.read(self._in, 1 << 16)
            if not data:
                log = (self.folder / "log").read_text(errors="replace")
                raise BrowserError(f"the browser ended:\n{log[-2000:]}")
            self._pending += data
        text, _, self._pending = self._pending.partition(b"\0")
        message = json.loads(text)
        self._note(message.get("method"), message.get("params", {}))
        return message

    def _note(self, event, params):
        if event == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif event == "Log.entryAdded":
            self.complaints.append(params["entry"]["text"])
        elif event in ("Runtime.exceptionThrown", "Page.javascriptDialogOpening"):
            self.complaints.append(json.dumps(params))

    # --- what a test does ---

    def open(self, path, width=1280, dark=False, media="screen"):
        """Shows a file, at a width in CSS pixels."""
        self.requests.clear()
        self.complaints.clear()
        self.look(width, dark, media)
        self.ask("Page.navigate", url=Path(path).resolve().as_uri())
        self._wait_event("Page.loadEventFired")

    def look(self, width=1280, dark=False, media="screen"):
        """Looks at the same page otherwise."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=HEIGHT,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = "dark" if dark else "light"
        self.ask(
            "Emulation.setEmulatedMedia",
            media=media,
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )

    def value(self, expression):
        """Of an expression in JavaScript, over the page."""
        answer = self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise BrowserError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def text(self):
        """What a reader sees; a <details> that is shut hides its text."""
        return self.value("document.body.innerText")

    def overflow(self):
        """By how many pixels the page is wider than the window."""
        return self.value(
            "document.documentElement.scrollWidth - "
            "document.documentElement.clientWidth"
        )

    def too_wide(self):
        """Elements that stick out at the right, for whoever mends that."""
        return self.value(
            "[...document.querySelectorAll('body *')].filter(e => "
            "e.getBoundingClientRect().right > innerWidth + 1)"
            ".map(e => e.tagName + '.' + e.getAttribute('class'))"
        )

    def open_details(self):
        self.value("document.querySelectorAll('details').forEach(d => d.open = true)")

    def screenshot(self, path):
        """The whole page, as a PNG."""
        data = self.ask("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(base64.b64decode(data))

    def pdf(self):
        """What a printer would get, bytes."""
        return base64.b64decode(self.ask("Page.printToPDF")["data"])


def _pipes():
    """Both ends of two pipes: read, write, read, write."""
    return [*os.pipe(), *os.pipe()]


@contextlib.contextmanager
def _deadline(child):
    """Ends the browser if what is done inside takes too long."""

    def end(*_):
        os.killpg(child.pid, signal.SIGKILL)

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(DEADLINE_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
