"""Chromium over the built site, for the checks: nothing leaves this machine, and what goes wrong is written down."""

import json
import os
import queue
import shutil
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

from serve import server


def chromium():
    """Return the path of a Chromium, or None."""
    names = [os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "chrome"]
    return next((path for path in map(shutil.which, filter(None, names)) if path), None)


@contextmanager
def serving(folder):
    """Serve `folder` on the loopback interface; yield the address."""
    site = server(folder)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{site.server_port}"
    finally:
        site.shutdown()


@contextmanager
def launched():
    """Start a Chromium that finds no other host than this one; yield it."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        try:
            yield browser
        finally:
            browser.close()


def for_each(items, do, tally, at_once=None):
    """Call ``do(browser, item)`` for every item, in as many browsers at once as there are processors (at most four).

    Each browser belongs to one thread. What `do` raises is a failure of that item, and the others go on.
    """
    left = queue.SimpleQueue()
    for item in items:
        left.put(item)

    def work(_):
        with launched() as browser:
            while not left.empty():
                try:
                    item = left.get_nowait()
                except queue.Empty:
                    return
                try:
                    do(browser, item)
                except Exception as error:
                    tally.check(f"{item}: the check itself", str(error).partition("\n")[0])

    at_once = min(len(items), at_once or max(1, min(4, os.cpu_count() or 1)))
    with ThreadPoolExecutor(max(1, at_once)) as pool:
        list(pool.map(work, range(at_once)))


class Watch:
    """What a page asked for and complained of.

    Attributes
    ----------
    foreign, failed, errors : list of str
        Requests to other hosts, requests that failed, errors in the console and uncaught.
    n_bytes : int
        What came over the network, as it was sent (compressed).
    """

    def __init__(self, page, home):
        self.home, self.foreign, self.failed, self.errors, self.n_bytes = urlsplit(home).netloc, [], [], [], 0
        page.on("request", self._request)
        page.on("requestfailed", self._failed)
        page.on("response", self._response)
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)

    def _request(self, request):
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.home:
            self.foreign.append(request.url)

    def _failed(self, request):
        if request.failure != "net::ERR_ABORTED":  # given up by the page itself, which went to the next one
            self.failed.append(f"{request.url} {request.failure}")

    def _response(self, response):
        if response.status >= 400:
            self.failed.append(f"{response.url} {response.status}")
        if response.url.startswith("http"):
            self.n_bytes += int(response.headers.get("content-length") or 0)


class Tally:
    """Counts what passed, prints what did not, and adds up where the time went; for several threads at once."""

    def __init__(self):
        self.passed, self.failures, self.seconds, self.lock = 0, [], Counter(), threading.Lock()
        self.kinds = Counter()  # of checks: (what was looked at, whether it passed)

    def check(self, what, problems):
        """Count one check: passed if there is no problem."""
        problems = [problems] if isinstance(problems, str) else list(problems)
        with self.lock:
            self.kinds[what.rpartition(": ")[2], not problems] += 1
            if not problems:
                self.passed += 1
                return
            self.failures.append(what)
            print(f"FAILED {what}")
            for problem in dict.fromkeys(problems):
                print(f"       {problem}", flush=True)

    def quick(self, what, milliseconds, goal):
        """Report a time beside its goal. A time is no reason to fail: it says as much of the machine as of the page."""
        load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
        print(f"{what}: {milliseconds:.0f} ms, goal {goal} ms{load}")

    @contextmanager
    def timed(self, part):
        """Add the time inside to a part of the table."""
        began = perf_counter()
        try:
            yield
        finally:
            with self.lock:
                self.seconds[part] += perf_counter() - began

    def record(self, path, n_pages):
        """Write how many checks of each kind passed and failed, for the page on accessibility."""
        kinds = sorted({kind for kind, _ in self.kinds})
        checks = {kind: [self.kinds[kind, True], self.kinds[kind, False]] for kind in kinds}
        text = json.dumps({"pages": n_pages, "checks": checks}, indent=1, sort_keys=True)
        Path(path).write_text(text + "\n", encoding="utf-8")

    def close(self):
        """Print the minutes of each part and the last line, and return the exit status."""
        print(f"{'minutes':>30}")
        for part, seconds in self.seconds.items():
            print(f"{part:22} {seconds / 60:7.1f}")
        print(f"{self.passed} passed, {len(self.failures)} failed")
        return 1 if self.failures else 0
