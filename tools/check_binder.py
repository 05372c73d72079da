"""Build the environment of `binder/` as Binder would, start its server, and run every lab through it.

Usage: python tools/check_binder.py [--python PYTHON] [--keep FOLDER] [--full]

Prints time and size of the environment (with --full also those of the book's own, for comparison) and the time of each
lab. What it cannot check: the image that Binder builds around it, and Binder's own network.
"""

import argparse
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path

import websocket

ROOT = Path(__file__).resolve().parent.parent
HERE = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}


def install(folder, requirements, python):
    """Make a virtual environment with these requirements; return seconds and megabytes."""
    start = time.monotonic()
    subprocess.run([python, "-m", "venv", folder], check=True)
    pip = [folder / "bin/python", "-m", "pip", "install", "-q", "--no-cache-dir", "-r", requirements]
    subprocess.run(pip, check=True, cwd=ROOT)
    seconds = time.monotonic() - start
    size = sum(path.lstat().st_size for path in Path(folder).rglob("*") if path.is_file())
    return seconds, size / 1e6


class Server:
    """A Jupyter server of an environment, on loopback."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.token = secrets.token_hex(16)
        command = [
            folder / "bin/jupyter",
            "lab",
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            f"--port={self.port}",
        ]
        command += [f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={ROOT}"]
        path = f"{folder / 'bin'}:{os.environ['PATH']}"
        self.process = subprocess.Popen(command, cwd=ROOT, env=HERE | {"PATH": path}, stderr=subprocess.DEVNULL)
        for _ in range(120):
            try:
                self.get("api")
                return
            except OSError:
                time.sleep(0.5)
        raise SystemExit("the server did not start")

    def get(self, page, **body):
        """Ask the server; with a body, post it. Return the address it led to, and what came."""
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{page}", data)
        request.add_header("Authorization", f"token {self.token}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.geturl(), answer.read()

    def run(self, notebook):
        """Run a notebook's cells in a session of the server; return seconds and the number of pictures shown."""
        path, start, pictures = notebook.relative_to(ROOT).as_posix(), time.monotonic(), 0
        session = json.loads(
            self.get("api/sessions", path=path, name=path, type="notebook", kernel={"name": "python3"})[1]
        )
        address = f"ws://127.0.0.1:{self.port}/api/kernels/{session['kernel']['id']}/channels?token={self.token}"
        channel = websocket.create_connection(address, timeout=300)
        for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                pictures += run_cell(channel, "".join(cell["source"]))
        channel.close()
        return time.monotonic() - start, pictures

    def stop(self):
        """End the server and its kernels."""
        self.process.terminate()
        self.process.wait(30)


def run_cell(channel, code):
    """Run one cell; return how many pictures it showed; raise on an error."""
    number, pictures = uuid.uuid4().hex, 0
    header = {"msg_id": number, "msg_type": "execute_request", "session": number, "username": "", "version": "5.3"}
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    channel.send(json.dumps(message))
    while True:
        answer = read(channel.recv())
        if answer["parent_header"].get("msg_id") != number:
            continue
        kind, content = answer["msg_type"], answer["content"]
        if kind == "error":
            raise SystemExit(re.sub(r"\x1b\[[\d;]*m", "", "\n".join(content["traceback"])))
        pictures += "image/png" in content.get("data", {})
        if kind == "status" and content["execution_state"] == "idle":
            return pictures


def read(message):
    """Return a message of the kernel; one that carries pictures is binary: a count, offsets, then JSON and the rest."""
    if isinstance(message, bytes):
        start, end = (int.from_bytes(message[place : place + 4], "big") for place in (4, 8))
        message = message[start:end]
    return json.loads(message)


def main():
    """Build, start, run, report."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--python", default=shutil.which("python3.12") or sys.executable)
    arguments.add_argument("--keep", type=Path, help="keep the environment here")
    arguments.add_argument("--full", action="store_true", help="also time the environment of the book")
    options = arguments.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp()) / "lean"
    seconds, megabytes = install(folder, "binder/requirements.txt", options.python)
    print(f"lean environment: {seconds:.0f} s, {megabytes:.0f} MB", flush=True)
    if options.full:
        whole = install(folder.parent / "full", "requirements.txt", options.python)
        print(f"full environment: {whole[0]:.0f} s, {whole[1]:.0f} MB; ", end="")
        print(f"lean / full: {seconds / whole[0]:.2f} of the time, {megabytes / whole[1]:.2f} of the disk", flush=True)
    subprocess.run(
        ["bash", "binder/postBuild"], cwd=ROOT, check=True, env=HERE | {"PATH": f"{folder / 'bin'}:{HERE['PATH']}"}
    )
    server = Server(folder)
    labs, passed = sorted(ROOT.glob("workbook/labs/*.ipynb")), 0
    try:
        first = server.get(f"?token={server.token}")[0].split("?")[0]
        assert first.endswith("/lab/tree/workbook/labs"), f"the first page is {first}, not the labs"
        for lab in labs:
            taken, pictures = server.run(lab)
            print(f"{lab.name}: {taken:.1f} s, {pictures} pictures", flush=True)
            passed += pictures > 0
    finally:
        server.stop()
    print(f"{passed} passed, {len(labs) - passed} failed")
    return passed < len(labs)


if __name__ == "__main__":
    sys.exit(main())
