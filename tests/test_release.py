"""The one file that is handed on: what it holds, and what it says of itself."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tools"))

import release  # noqa: E402

SITE = ("index.html", "reference/notices.html", "labs/1-log-paper.html", "lite/index.html", "_static/a.png")


@pytest.fixture
def course(tmp_path):
    """A course's folder with a small site."""
    for name in ("LICENSE", "LICENSE-CONTENT", "tools/serve.py"):
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    put(tmp_path / "site", *SITE)
    return tmp_path


def put(folder, *names):
    """Write small files."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")


def packed(course):
    """Pack, unpack; return the folder, the names in it and its first page."""
    target = course / "out" / "course.zip"
    names = release.pack(course / "site", target, "1.2.3", course)
    with zipfile.ZipFile(target) as archive:
        assert sorted(archive.namelist()) == sorted(f"orders-of-magnitude-1.2.3/{name}" for name in names)
        archive.extractall(course / "unpacked")
    folder = course / "unpacked" / "orders-of-magnitude-1.2.3"
    return folder, set(names), (folder / "READ-ME.txt").read_text("utf-8")


def test_the_plain_site_comes_whole_with_its_server_and_licences_and_says_what_the_labs_need(course):
    folder, names, note = packed(course)
    assert names == {"READ-ME.txt", "serve.py", "LICENSE", "LICENSE-CONTENT", *(f"site/{name}" for name in SITE)}
    assert all((folder / "site" / name).read_text("utf-8") == name for name in SITE)
    assert release.WITHOUT in note and release.WITH not in note
    assert "python serve.py site" in note and "site/index.html" in note
    assert "Also here" not in note and "large-classes" not in note


def test_whatever_was_built_is_taken_along_and_named(course):
    put(
        course / "site",
        "slides/index.html",
        "students.zip",
        "lite/static/pyodide/pyodide.js",
        "teaching/large-classes.html",
    )
    put(course / "dist", "orders-of-magnitude-1.2.3.pdf", "orders-of-magnitude-0.9.pdf", "printables/a4/slips.html")
    _, names, note = packed(course)
    assert {"site/slides/index.html", "site/students.zip", "site/lite/static/pyodide/pyodide.js"} < names
    assert {"orders-of-magnitude.pdf", "printables/a4/slips.html"} < names and not any("0.9" in name for name in names)
    assert release.WITH in note and release.WITHOUT not in note
    for named in (
        "site/slides/index.html",
        "site/students.zip",
        "orders-of-magnitude.pdf",
        "printables",
        release.LARGE,
    ):
        assert note.count(named) == 1


def test_the_server_in_it_runs_where_the_course_is_not(course):
    folder, _, _ = packed(course)
    run = [sys.executable, "-I", "-S", "serve.py", "nothing"]
    said = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False)
    assert said.stderr.startswith("nothing has no index.html")


@pytest.mark.parametrize("missing", ["index.html", "reference/notices.html"])
def test_half_a_site_is_refused(course, missing):
    (course / "site" / missing).unlink()
    with pytest.raises(FileNotFoundError, match="build the whole book first"):
        packed(course)


def test_sizes_tell_the_labs_and_their_python_apart(course):
    put(course / "site", "lite/static/pyodide/pyodide.js")
    target = course / "out" / "course.zip"
    release.pack(course / "site", target, "1.2.3", course)
    parts = release.sizes(target)
    assert {"site", "site/lite", "the labs' Python", "serve.py"} < set(parts)
    total = sum(entry.compress_size for entry in zipfile.ZipFile(target).infolist())
    assert sum(parts.values()) * 1e6 == pytest.approx(total)
