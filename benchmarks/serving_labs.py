"""A class opens a lab at once: how fast one machine hands it out, by tools/serve.py and by nginx, on loopback.

First Chromium opens the lab, from a copy of the site with a Python of its own, and runs it to its last cell; what it asked
for is the list. Then N clients ask for that whole list at the same moment, each over six connections, as browsers do, with
nothing in a cache. Printed are the megabytes of a client, the traffic, and the seconds to a client's last file: the median
and the 95th percentile. Three ways: `tools/serve.py`, which keeps what it has compressed; nginx with files compressed
beforehand (gzip_static); nginx that compresses anew for each.

Traffic is limited (--gigabytes, all ways together). If the whole would be more, files of more than 16 kB are cut to a share
of their length: every request is made, fewer bytes come, and the traffic printed is if anything too low, for a request costs
the same. Clients and server share this machine's processors, so compare within one run only.

Usage: PYODIDE_DIR=folder python benchmarks/serving_labs.py [--site _build/html] [--lab 1-log-paper] [--clients 50 200]
"""

import argparse
import asyncio
import gzip
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tools"))
from browser import chromium, launched  # noqa: E402
from lab_check import KERNEL_READY, STATE, in_application, prepare  # noqa: E402
from serve import TEXT, Handler, Server  # noqa: E402

CONNECTIONS = 6  # of one browser to one host
PATIENCE = 90  # seconds for all of them
WHOLE = 16_000  # bytes of a file that is never cut
NGINX = """pid {place}/nginx.pid;
error_log {place}/error.log;
worker_processes auto;
events {{ worker_connections 4096; }}
http {{
    include /etc/nginx/mime.types;
    types {{ application/json ipynb; text/javascript mjs; application/zip whl; }}
    access_log off;
    sendfile on;
    client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
    gzip_types text/css text/javascript application/javascript application/json application/wasm image/svg+xml;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        root {folder};
        {gzip}
    }}
}}
"""


def recorded(site, lab):
    """Return the paths that Chromium asks for to run a lab, in their order."""
    paths = []

    class Noting(Handler):
        def log_request(self, code="-", size="-"):
            if self.command == "GET" and code == 200:
                paths.append(unquote(urlsplit(self.path).path))

    with (
        Server(("127.0.0.1", 0), partial(Noting, directory=str(site))) as noting,
        launched() as browser,
    ):
        threading.Thread(target=noting.serve_forever, daemon=True).start()
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"http://127.0.0.1:{noting.server_port}/lite/notebooks/index.html?path=labs/{lab}")
        page.wait_for_function(KERNEL_READY, timeout=180_000)
        page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
        deadline, state = time.monotonic() + 300, {"cells": 0, "done": 0}
        while not state["cells"] or state["done"] < state["cells"]:
            if time.monotonic() > deadline:
                sys.exit(f"{lab} has not run to its end within 5 minutes: {state}")
            page.wait_for_timeout(500)
            state = page.evaluate(STATE)
        noting.shutdown()
    return [path for path in paths if Path(site, path.lstrip("/")).is_file()]


def written(site, paths, share, folder):
    """Copy what is on the list, large files cut to a share."""
    for path in set(paths):
        body = Path(site, path.lstrip("/")).read_bytes()
        target = Path(folder, path.lstrip("/"))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body[: max(WHOLE, round(share * len(body)))])
        os.chmod(target, 0o644)


def sent_bytes(folder, path):
    """Return what one request for a file brings, compressed where a server compresses."""
    body = Path(folder, path.lstrip("/")).read_bytes()
    return len(gzip.compress(body, 6)) if path.endswith(TEXT) else len(body)


async def fetch(address, waiting):
    """Take paths from the list until it is empty, over one connection; return the bytes that came."""
    reader, writer = await asyncio.open_connection(*address, limit=1 << 20)
    n_bytes = 0
    while waiting:
        path = waiting.pop()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {address[0]}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise RuntimeError(f"{path}: {head[:60]}")
        if b"content-length:" in head:
            left = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            n_bytes += left
            while left:
                piece = await reader.read(min(left, 1 << 18))
                if not piece:
                    raise RuntimeError(f"{path}: ended {left} bytes early")
                left -= len(piece)
            continue
        while size := int(await reader.readuntil(b"\r\n"), 16):  # in pieces
            await reader.readexactly(size + 2)
            n_bytes += size
        await reader.readexactly(2)
    writer.close()
    return n_bytes


async def client(address, paths):
    """Load a lab; return the bytes and the seconds."""
    began, waiting = time.perf_counter(), paths[::-1]
    n_bytes = sum(await asyncio.gather(*(fetch(address, waiting) for _ in range(CONNECTIONS))))
    return n_bytes, time.perf_counter() - began


async def crowd(address, paths, number):
    """Have so many clients load a lab at once; return None if they are not done in time."""
    try:
        return await asyncio.wait_for(asyncio.gather(*(client(address, paths) for _ in range(number))), PATIENCE)
    except TimeoutError:
        return None


def free_port():
    """Return a port that nothing listens to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Served:
    """A server of a folder in a process of its own."""

    def __init__(self, way, folder, place):
        self.address = ("127.0.0.1", free_port())
        command = [sys.executable, ROOT / "tools/serve.py", folder, "--port", str(self.address[1]), "--no-browser"]
        if way != "serve.py":
            place = Path(place, way.replace(" ", "-"))
            place.mkdir()
            how = "gzip_static on;" if way == "nginx, gzip_static" else "gzip on;"
            text = NGINX.format(place=place, port=self.address[1], folder=folder, gzip=how)
            (place / "nginx.conf").write_text(text, "utf-8")
            command = ["nginx", "-e", place / "error.log", "-c", place / "nginx.conf", "-g", "daemon off;"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def __enter__(self):
        for _ in range(200):
            try:
                socket.create_connection(self.address, timeout=1).close()
                return self.address
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{self.process.args[0]} does not answer")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--site", type=Path, default=ROOT / "_build/html")
    parser.add_argument("--lab", default="1-log-paper")
    parser.add_argument("--clients", type=int, nargs="+", default=[50, 200])
    parser.add_argument("--gigabytes", type=float, default=1.9, help="of traffic, all ways together")
    parser.add_argument("--only", default="", help="a part of the name of the ways to be tried: gzip_static")
    chosen = parser.parse_args()
    runtime = os.environ.get("PYODIDE_DIR")
    if not chromium() or not runtime or not (chosen.site / "lite").is_dir():
        sys.exit("skipped: this needs Chromium, PYODIDE_DIR (a folder with a Pyodide runtime) and a site with labs")
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    ways = {"serve.py": chosen.clients}
    if shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"):
        os.environ["PATH"] += ":/usr/sbin"
        ways |= {"nginx, gzip_static": chosen.clients, "nginx, gzip": chosen.clients[:1]}
    else:
        print("nginx is left out: it is not on this machine (on Debian: apt-get install nginx-light)")
    ways = {way: numbers for way, numbers in ways.items() if chosen.only in way}
    if not ways:
        sys.exit(f"there is no way with {chosen.only!r} in its name")
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)  # nginx's workers belong to nobody
        site, folder = Path(place, "site"), Path(place, "folder")
        shutil.copytree(chosen.site, site, ignore=lambda path, names: {"pyodide"} & set(names))
        prepare(site / "lite", Path(runtime).resolve())
        page = Path(site, f"labs/{chosen.lab}.html")
        paths = recorded(site, in_application(site, page))
        sizes = [sent_bytes(site, path) for path in paths]
        loads = sum(map(sum, ways.values()))
        share = min(1, 1e9 * chosen.gigabytes / (loads * sum(sizes)))
        fixed = sum(min(size, WHOLE) for size in sizes)  # a cut file keeps so much at least
        share = share if share == 1 else max(0, (1e9 * chosen.gigabytes / loads - fixed) / sum(sizes))
        written(site, paths, share, folder)
        (folder / "index.html").touch()  # without it serve.py does not start
        cut = "whole" if share == 1 else f"large files cut to {share:.0%}, to stay under {chosen.gigabytes:g} GB"
        print(f"{chosen.lab}: {len(paths)} requests, {sum(sizes) / 1e6:.1f} MB to the last cell; here {cut}")
        print(f"| {'way':18} | clients | MB each | Mbit/s | requests/s | p50 s | p95 s | load |")
        print("|---|--:|--:|--:|--:|--:|--:|--:|")
        for way, numbers in ways.items():
            for path in folder.rglob("*.gz"):
                path.unlink()
            if way == "nginx, gzip_static":
                for path in [path for path in folder.rglob("*") if path.suffix in TEXT]:
                    Path(f"{path}.gz").write_bytes(gzip.compress(path.read_bytes(), 6))
            with Served(way, folder, place) as address:
                asyncio.run(crowd(address, paths, 1))  # what a server keeps, it has
                for number in numbers:
                    began = time.perf_counter()
                    done = asyncio.run(crowd(address, paths, number))
                    if done is None:
                        print(f"| {way:18} | {number} | not done in {PATIENCE} s | | | | | {os.getloadavg()[0]:.1f} |")
                        break
                    seconds, times = time.perf_counter() - began, sorted(took for _, took in done)
                    n_bytes = sum(size for size, _ in done)
                    print(
                        f"| {way:18} | {number} | {n_bytes / number / 1e6:.2f} | {8e-6 * n_bytes / seconds:,.0f} "
                        f"| {number * len(paths) / seconds:,.0f} | {times[number // 2]:.1f} "
                        f"| {times[int(0.95 * number)]:.1f} | {os.getloadavg()[0]:.1f} |",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
