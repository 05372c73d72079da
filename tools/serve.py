"""Serve the built site on this machine and open it.

Usage: python tools/serve.py [FOLDER] [--port PORT] [--no-browser]     (default: _build/html, port 8000 or the next free one)
"""

import argparse
import gzip
import os
import sys
import webbrowser
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = (".html", ".css", ".js", ".mjs", ".json", ".svg", ".ipynb", ".wasm", ".txt", ".xml")


class Handler(SimpleHTTPRequestHandler):
    """Files, compressed as a web host sends them."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or a file waits 40 ms for the browser to say that it has the head
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".ipynb": "application/json",
        ".woff2": "font/woff2",
        ".whl": "application/zip",
    }
    packed: dict = {}  # noqa: RUF012  path and time of change -> compressed

    def send_head(self):
        """Send a compressed copy of text to those who take it."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() and self.path.partition("?")[0].endswith("/") else path
        if path.suffix not in TEXT or not path.is_file() or "gzip" not in self.headers.get("Accept-Encoding", ""):
            return super().send_head()
        key = (str(path), path.stat().st_mtime_ns)
        body = self.packed.get(key) or self.packed.setdefault(key, gzip.compress(path.read_bytes(), 6))
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return BytesIO(body)

    def copyfile(self, source, outputfile):
        """Send a file, unless its reader has gone."""
        with suppress(ConnectionError):
            super().copyfile(source, outputfile)

    def send_error(self, code, message=None, explain=None):
        """Send the site's own page for an address that leads nowhere."""
        page = Path(self.directory, "404.html")
        if code != 404 or not page.is_file() or self.command != "GET":
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self):
        """Have a browser ask again each time: the site changes while it is worked on."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *arguments):
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A server that many browsers may call at the same moment."""

    request_queue_size = 4096  # of those who wait to be let in; the library's 5 leaves a class standing


def server(folder, port=0):
    """Return a server of `folder` on the loopback interface, at a free port if `port` is taken or 0."""
    handler = partial(Handler, directory=str(folder))
    for number in [*range(port, port + 20), 0] if port else [0]:
        try:
            return Server(("127.0.0.1", number), handler)
        except OSError:
            continue
    raise OSError(f"no free port from {port}")


def main():
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", default=ROOT / "_build/html", type=Path)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--no-browser", action="store_true")
    options = parser.parse_args()
    if not (options.folder / "index.html").exists():
        sys.exit(f"{options.folder} has no index.html: build the book first (make html)")
    site = server(options.folder, options.port)
    address = f"http://127.0.0.1:{site.server_port}/"
    print(f"The book is at {address}   (Ctrl+C ends)", flush=True)
    has_screen = sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if has_screen and not options.no_browser:
        webbrowser.open(address)
    try:
        site.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
