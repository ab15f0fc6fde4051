"""A few lines of the WebDriver protocol: a headless browser for the report page, without a client library."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--force-device-scale-factor=1",
]


def missing() -> str | None:
    """Why no browser can be driven here, or None."""
    if not shutil.which("chromedriver"):
        return "needs chromedriver (on Debian: apt-get install chromium chromium-driver)"
    return None if any(map(shutil.which, BROWSERS)) else "needs a Chromium browser"


class Browser:
    """One window, ``width`` by ``height`` CSS pixels; a phone where ``mobile``."""

    def __init__(self, address: str, profile: str, width: int, height: int, mobile: bool) -> None:
        binary = next(filter(None, map(shutil.which, BROWSERS)))
        options = {
            "binary": binary,
            "args": [*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"],
        }
        if mobile:
            metrics = {"width": width, "height": height, "pixelRatio": 2, "touch": True}
            options["mobileEmulation"] = {"deviceMetrics": metrics}
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        self._address = address
        made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._address = f"{address}/session/{made['sessionId']}"

    def _call(self, method: str, path: str, body: dict | None = None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._address + path, data, method=method)
        request.add_header("Content-Type", "application/json")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            with error:
                raise RuntimeError(json.load(error)["value"]["message"].splitlines()[0]) from None

    def open(self, page: Path) -> None:
        self._call("POST", "/url", {"url": page.as_uri()})

    def run(self, script: str):
        """Value of a JavaScript function body."""
        return self._call("POST", "/execute/sync", {"script": script, "args": []})

    def click(self, selector: str) -> None:
        """A real click, refused where something else covers the element."""
        found = self._call("POST", "/element", {"using": "css selector", "value": selector})
        self._call("POST", f"/element/{next(iter(found.values()))}/click", {})

    def log(self) -> list[str]:
        """Everything the console said since the last call."""
        return [entry["message"] for entry in self._call("POST", "/se/log", {"type": "browser"})]

    def screenshot(self, to: Path, *, whole: bool = False) -> None:
        """Write the view, or the whole page, as PNG."""
        options = {"format": "png", "captureBeyondViewport": whole}
        if whole:
            size = self.run("const e = document.documentElement; return [e.scrollWidth, e.scrollHeight]")
            options["clip"] = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}
        got = self._call("POST", "/goog/cdp/execute", {"cmd": "Page.captureScreenshot", "params": options})
        to.write_bytes(base64.b64decode(got["data"]))

    def quit(self) -> None:
        self._call("DELETE", "")


@contextlib.contextmanager
def browser(width: int = 1280, height: int = 900, *, mobile: bool = False) -> Iterator[Browser]:
    """Start a driver and a window with a fresh profile, and end both."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [shutil.which("chromedriver"), "--port=0"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as driver:
            try:
                for line in driver.stdout:
                    if port := re.search(r"started successfully on port (\d+)", line):
                        break
                else:
                    raise RuntimeError("chromedriver did not start")
                window = Browser(f"http://127.0.0.1:{port[1]}", profile, width, height, mobile)
                try:
                    yield window
                finally:
                    window.quit()
            finally:
                driver.terminate()
