"""A headless Chromium without any network, spoken to in its DevTools protocol over two pipes."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
PROGRAM = next(filter(None, map(shutil.which, _PROGRAMS)), None)

_READS_FROM, _WRITES_TO = 3, 4  # the files that Chromium expects its pipes to be
_FREE_FILE = 10
_OPTIONS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",  # root has none; the pages are ours
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--hide-scrollbars",
    "--mute-audio",
    "--no-first-run",
)


class PageError(Exception):
    """A script that was run in the page failed, or the browser refused a command."""


@dataclass
class Browser:
    """One tab. What the page says and asks for is kept.

    Attributes:
        console: Errors and warnings: of scripts, of the content security policy and others.
        requests: The addresses that were asked for, by the number of the request; without those
            that the page's own policy did not let out.
    """

    _reads: int
    _writes: int
    _session: str = ""
    _last: int = 0
    _rest: bytes = b""
    _loaded: bool = False
    console: list[str] = field(default_factory=list)
    requests: dict[str, str] = field(default_factory=dict)

    def attach(self) -> None:
        """Open the tab and listen to it."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            self.send(f"{domain}.enable")
        self.send(
            "Network.emulateNetworkConditions",
            offline=True,
            latency=0,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )

    def send(self, method: str, **settings: object) -> dict[str, Any]:
        """Give a command of the protocol and wait for its answer."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": settings}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writes, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._last:
                if "error" in answer:
                    raise PageError(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result

    def show(self, page: Path, *, width: int, dark: bool, script: bool = True) -> None:
        """Open a file as a window of this width and scheme of colours does."""
        self.console.clear()
        self.requests.clear()
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])
        self.send("Emulation.setScriptExecutionDisabled", value=not script)
        self._loaded = False
        if fault := self.send("Page.navigate", url=page.as_uri()).get("errorText"):
            raise PageError(f"{page}: {fault}")
        while not self._loaded:
            self._receive()

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise PageError(json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def picture(self, *, whole: bool = True) -> bytes:
        """The page as PNG."""
        answer = self.send("Page.captureScreenshot", captureBeyondViewport=whole)
        return b64decode(answer["data"])

    def pdf(self) -> bytes:
        """The page as it prints."""
        return b64decode(self.send("Page.printToPDF", preferCSSPageSize=True)["data"])

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._reads, 1 << 20)
            if not part:
                raise PageError("the browser is gone")
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        self._keep(message.get("method", ""), message.get("params", {}))
        return message

    def _keep(self, event: str, about: dict[str, Any]) -> None:
        if event == "Page.loadEventFired":
            self._loaded = True
        elif event == "Log.entryAdded":
            self.console.append(about["entry"]["text"])
        elif event == "Runtime.exceptionThrown":
            self.console.append(about["exceptionDetails"]["text"])
        elif event == "Runtime.consoleAPICalled":
            self.console.append(str(about["args"]))
        elif event == "Network.requestWillBeSent":
            self.requests[about["requestId"]] = about["request"]["url"]
        elif event == "Network.loadingFailed" and "blockedReason" in about:
            del self.requests[about["requestId"]]


@contextmanager
def headless_browser() -> Iterator[Browser]:
    """A browser with a profile of its own; both are gone at the end."""
    assert PROGRAM is not None
    theirs_in, ours_out = _free(*os.pipe())
    ours_in, theirs_out = _free(*os.pipe())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = os.posix_spawn(
            PROGRAM,
            (PROGRAM, *_OPTIONS, f"--user-data-dir={profile}"),
            {**os.environ, "HOME": profile},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, theirs_in, _READS_FROM),
                (os.POSIX_SPAWN_DUP2, theirs_out, _WRITES_TO),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0o600),
            ],
        )
        os.close(theirs_in)
        os.close(theirs_out)
        browser = Browser(ours_in, ours_out)
        try:
            browser.attach()
            yield browser
        finally:
            os.close(ours_out)  # with nobody left to listen to, it ends
            os.waitpid(process, 0)
            os.close(ours_in)


def _free(*files: int) -> tuple[int, ...]:
    """The same files under numbers that are not those which the browser expects."""
    moved = tuple(fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, _FREE_FILE) for file in files)
    for file in files:
        os.close(file)
    return moved
