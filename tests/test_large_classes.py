"""The page for large classes: its sums, and that the web server's lines and the hub's file are what a server takes."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "_ext"), str(ROOT / "tools")]

import serve  # noqa: E402
from website import launch  # noqa: E402

PAGE = (ROOT / "teaching/large-classes.md").read_text("utf-8")


def table(name):
    """The rows of a table of the page, as lists of texts."""
    body = re.search(rf":name: {name}\n\n(.*?)```", PAGE, re.S)[1]
    return [[cell.strip() for cell in re.split(r"^ *- ", row, flags=re.M)[1:]] for row in body.split("* ")[1:]]


def test_what_a_class_draws_is_students_times_bytes_over_time():
    head, *rows = table("tab-large-bandwidth")
    cases = [tuple(map(int, re.findall(r"\d+", words))) for words in head[1:]]
    assert {megabytes for megabytes, _ in cases} == set(launch.NOTEBOOK_SIZE.values())
    for number, *said in rows:
        for (megabytes, minutes), words in zip(cases, said, strict=True):
            assert float(words) == float(
                f"{int(number) * megabytes * 8 / (60 * minutes):.{1 if float(words) < 10 else 0}f}"
            )
    assert len(rows) == 3 and all(len(row) == 4 for row in rows)


def test_the_memory_of_a_hub_is_half_the_class_times_the_share_of_each():
    low, high = map(float, re.search(r"count ([\d.]+) GB for a student .* and ([\d.]+) GB for one", PAGE).groups())
    said = re.search(r"half of 500 work at the same time, that is ([\d.]+) to ([\d.]+) GB", PAGE).groups()
    assert tuple(map(float, said)) == pytest.approx((250 * low, 250 * high))


def test_nginx_takes_the_lines_of_the_page(tmp_path):
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if not nginx or not shutil.which("openssl"):
        pytest.skip("no nginx or no openssl on this machine")
    key, certificate = tmp_path / "course.key", tmp_path / "course.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=course.test", "-days", "2"]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    lines = re.search(r"```nginx\n(.*?)```", PAGE, re.S)[1]
    lines = lines.replace("/etc/ssl/course.pem", str(certificate)).replace("/etc/ssl/course.key", str(key))
    lines = lines.replace("listen 443", "listen 127.0.0.1:8443")
    setting = tmp_path / "nginx.conf"
    setting.write_text(f"pid {tmp_path}/pid;\nerror_log {tmp_path}/log;\nevents {{}}\nhttp {{\n{lines}\n}}\n", "utf-8")
    said = subprocess.run(
        [nginx, "-t", "-e", tmp_path / "log", "-c", setting], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr


def test_a_class_that_calls_at_the_same_moment_is_not_left_standing(tmp_path):
    """Fifty browsers with six connections each get into line while the server lets nobody in yet, and are answered."""
    (tmp_path / "index.html").write_text("a")
    with serve.server(tmp_path) as server, contextlib.ExitStack() as stack:
        lines = [stack.enter_context(socket.create_connection(server.server_address, 10)) for _ in range(300)]
        for line in lines:
            line.sendall(b"GET /index.html HTTP/1.0\r\n\r\n")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert all(line.recv(12) == b"HTTP/1.1 200" for line in lines)
        server.shutdown()


def test_the_hub_has_a_roster_a_limit_of_memory_and_no_open_door(tmp_path, monkeypatch):
    class Section(dict):
        def __getattr__(self, name):
            return self.setdefault(name, Section())

        __setattr__ = dict.__setitem__

    settings = Section()
    (tmp_path / "roster.txt").write_text("anna\nben\n")
    monkeypatch.setenv("CLASS_PASSWORD", "a long one")
    monkeypatch.setenv("CLASS_ROSTER", str(tmp_path / "roster.txt"))
    monkeypatch.delenv("HUB_SPAWNER", raising=False)
    exec((ROOT / "teaching/server/jupyterhub_config.py").read_text("utf-8"), {"get_config": lambda: settings})
    assert (
        settings["Authenticator"]["allowed_users"] == {"anna", "ben"} and "allow_all" not in settings["Authenticator"]
    )
    assert settings["JupyterHub"]["bind_url"].startswith("http://127.0.0.1:")
    assert settings["SystemdSpawner"]["mem_limit"] == "1G" and settings["JupyterHub"]["spawner_class"] == "systemd"
