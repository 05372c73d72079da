"""Firefox and WebKit, driven by what they bring along: open a page, run a script in it, hear what its console says.

Firefox is spoken to by WebDriver BiDi over its own debugging port, WebKit (Debian's webkit2gtk-driver and xvfb) by WebDriver.
Neither finds another host than this one.
"""

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import websocket

PATIENCE = 60  # seconds until a browser has started, a page is open, a script has come to its end
ROOM = (1280, 900)  # what a page sees of the window
NOBODY = ("127.0.0.1", 9)  # the proxy for every other host

# To be put at the start of every page: WebKit's driver does not tell what the console says.
LISTEN = """<script>{
  const said = window.said = [], say = console.error;
  console.error = (...words) => { said.push(words.map(String).join(" ")); say(...words); };
  addEventListener("error", e => {  // Firefox fetches the next page ahead, and gives that up when it goes on
    if (!e.target.matches?.("link:not([rel~=stylesheet])")) said.push(e.message || "did not load: " + (e.target.src || e.target.href));
  }, true);
  addEventListener("unhandledrejection", e => said.push("not handled: " + e.reason));
}</script>"""
HEARD = "() => window.said ?? ['nothing listens on this page']"


class Program:
    """A program in a process group of its own, and the lines that it has said."""

    def __init__(self, command, **environment):
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
        self.popen = subprocess.Popen(command, env=os.environ | environment, start_new_session=True, **how)
        self.lines = []
        threading.Thread(target=lambda: self.lines.extend(iter(self.popen.stdout.readline, "")), daemon=True).start()

    def wait_for(self, pattern):
        """Return the first group of a pattern once a line has it."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.popen.poll() is None:
            if found := re.search(pattern, "".join(list(self.lines)), re.M):
                return found[1]
            time.sleep(0.05)
        raise RuntimeError(f"{self.popen.args[0]} did not start: {''.join(self.lines)[-300:]}")

    def end(self):
        """End the program and what it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()


class Firefox:
    """A Firefox without a window, over WebDriver BiDi."""

    needs, packages = (os.environ.get("FIREFOX") or "firefox-esr",), "firefox-esr"

    def __init__(self, place):
        host, port = NOBODY
        preferences = {"network.proxy.type": 1, "network.proxy.ssl": host, "network.proxy.ssl_port": port}
        preferences |= {"network.proxy.http": host, "network.proxy.http_port": port}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items()]
        Path(place, "user.js").write_text("".join(lines), encoding="utf-8")
        command = [*self.needs, "--headless", "--no-remote", "--profile", place, "--remote-debugging-port=0"]
        self.program, self.count, self.said = Program(command), 0, []
        try:
            address = self.program.wait_for(r"WebDriver BiDi listening on (ws://\S+)")
            self.socket = websocket.create_connection(f"{address}/session", PATIENCE, suppress_origin=True)
            self.call("session.new", capabilities={})
            self.call("session.subscribe", events=["log.entryAdded"])
            self.tab = self.call("browsingContext.getTree")["contexts"][0]["context"]
            room = dict(zip(("width", "height"), ROOM, strict=True))
            self.call("browsingContext.setViewport", context=self.tab, viewport=room)
        except Exception:
            self.program.end()
            raise

    def call(self, method, **params):
        """Send a command and return its result; what the console says meanwhile is kept."""
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": params}))
        answer = {}
        while answer.get("id") != self.count:
            answer = json.loads(self.socket.recv())
            if answer.get("method") == "log.entryAdded" and answer["params"]["level"] == "error":
                self.said.append(answer["params"]["text"] or "an error without words")
        if answer["type"] == "error":
            raise RuntimeError(f"{method}: {answer['message']}")
        return answer["result"]

    def goto(self, address):
        """Open an address and wait for its load event."""
        self.call("browsingContext.navigate", context=self.tab, url=address, wait="complete")

    def evaluate(self, function, *arguments):
        """Return what a JavaScript function returns, or resolves to."""
        call = f"async () => JSON.stringify(await ({function})(...{json.dumps(arguments)}) ?? null)"
        where = {"target": {"context": self.tab}, "awaitPromise": True}
        answer = self.call("script.callFunction", functionDeclaration=call, **where)
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def errors(self):
        """Return what the console has said since the last call, and what the page has heard."""
        heard = self.evaluate(HEARD)  # what the console said before this has come before its answer
        said, self.said = self.said, []
        return said + [line for line in heard if line not in said]

    def close(self):
        """End the browser."""
        self.program.end()


class WebKit:
    """A window of WebKitGTK on a screen of its own, over WebDriver."""

    needs, packages = ("WebKitWebDriver", "Xvfb"), "webkit2gtk-driver xvfb"

    def __init__(self, place):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.address, self.programs = f"http://127.0.0.1:{port}/session", []
        try:
            screen = Program(["Xvfb", "-displayfd", "1", "-screen", "0", "1400x1100x24", "-nolisten", "tcp"])
            self.programs.append(screen)
            own = {"DISPLAY": ":" + screen.wait_for(r"^(\d+)$"), "GDK_BACKEND": "x11", "HOME": place}
            own |= {"LIBGL_ALWAYS_SOFTWARE": "1", "WEBKIT_DISABLE_DMABUF_RENDERER": "1"}
            self.programs.append(Program(["WebKitWebDriver", f"--port={port}"], **own))
            nobody = "{}:{}".format(*NOBODY)
            proxy = {"proxyType": "manual", "httpProxy": nobody, "sslProxy": nobody, "noProxy": ["127.0.0.1"]}
            until = time.monotonic() + PATIENCE
            while socket.socket().connect_ex(("127.0.0.1", port)) and time.monotonic() < until:
                time.sleep(0.05)
            session = self.call("", capabilities={"alwaysMatch": {"proxy": proxy}})["sessionId"]
            self.address += f"/{session}"
            self.call("/timeouts", script=1000 * PATIENCE, pageLoad=1000 * PATIENCE)
            frame = self.evaluate("() => [outerWidth - innerWidth, outerHeight - innerHeight]")
            self.call("/window/rect", width=ROOM[0] + frame[0], height=ROOM[1] + frame[1])
        except Exception:
            self.close()
            raise

    def call(self, path, **body):
        """Send a command and return its value."""
        request = urllib.request.Request(self.address + path, json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=2 * PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {json.load(error)['value']['message']}") from None

    def goto(self, address):
        """Open an address and wait for its load event."""
        self.call("/url", url=address)

    def evaluate(self, function, *arguments):
        """Return what a JavaScript function returns, or resolves to."""
        call = f"""const done = arguments[0];
          (async () => ({function})(...{json.dumps(arguments)}))().then(
            value => done(JSON.stringify([value ?? null])), error => done(JSON.stringify([null, String(error)])));"""
        value, *error = json.loads(self.call("/execute/async", script=call, args=[]))
        if error:
            raise RuntimeError(error[0])
        return value

    def errors(self):
        """Return what the page has heard its console say."""
        return self.evaluate(HEARD)

    def close(self):
        """End the browser and its screen."""
        for program in self.programs:
            program.end()
