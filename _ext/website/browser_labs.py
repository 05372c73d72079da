"""The labs as an application inside the site (JupyterLite), built beside the pages while Sphinx writes them.

Every build starts in an empty folder, because JupyterLite's memory of an earlier one brings back old settings. JUPYTERLITE=0
leaves it out, for a quick look at the pages. PYODIDE_DIR=folder copies a Pyodide runtime into the site and has the labs load it
from there; otherwise they load it from its public CDN.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distribution, version
from pathlib import Path
from time import perf_counter, time

from sphinx.errors import ExtensionError
from sphinx.util import logging

from website import launch
from website.theme import ROOT

sys.path.append(str(ROOT / "tools"))
import copies
import solutions
import students

logger = logging.getLogger(__name__)
FROM_HERE = (
    "comm",
    "ipywidgets",
    "jupyterlab_widgets",
)  # taken along as they are installed: they have no compiled part
SCRIPT = Path(__file__).with_name("lab.js")
TOOLS = ("jupyterlite-core", "jupyterlite-pyodide-kernel", "jupyterlab", *FROM_HERE)


def configure(app, config):
    """Decide whether there will be labs in the browser."""
    built = Path(app.outdir, "lite", "index.html").exists()
    config.book_browser_labs = bool(notebooks(app.srcdir)) and (os.environ.get("JUPYTERLITE") != "0" or built)


def notebooks(srcdir):
    """Return the labs."""
    return sorted(Path(srcdir, "labs").glob("*.ipynb"))


def start(app):
    """Begin to build in the background, if anything changed."""
    app.browser_labs, app.lab_names = None, names_at(app)
    if app.builder.name != "html" or not app.config.book_browser_labs or os.environ.get("JUPYTERLITE") == "0":
        return
    target, note = Path(app.outdir, "lite"), Path(app.outdir, "lite", "built-from.txt")
    made_from = fingerprint(app.srcdir)
    if note.exists() and note.read_text("utf-8") == made_from:
        return
    logger.info("labs in the browser: building, beside the pages (JUPYTERLITE=0 leaves them out)")
    work = Path(app.outdir).parent / ".cache" / "lite"
    app.browser_labs = ThreadPoolExecutor(1).submit(build, Path(app.srcdir), work, target, made_from)


def names_at(app):
    """Return the name in the application of each lab: of those to be built, or of those that stand there."""
    if not app.config.book_browser_labs:
        return {}
    if os.environ.get("JUPYTERLITE") != "0":
        return {name: new for name, new, _ in versioned(app.srcdir)}
    there = Path(app.outdir, "lite", "files", "labs").glob("*.*.ipynb")
    return {f"labs/{path.name.partition('.')[0]}.ipynb": f"labs/{path.name}" for path in there}


def renamed(app, env):
    """Return the labs whose page has a button that leads to an earlier version: they are written again."""
    pages = {name.removesuffix(".ipynb"): new for name, new in app.lab_names.items()}
    written = {page: Path(app.outdir, f"{page}.html") for page in pages}
    return [page for page, path in written.items() if path.exists() and pages[page] not in path.read_text("utf-8")]


def finish(app, exception):
    """Wait for the application and say what was built."""
    if app.browser_labs is None or exception:
        return
    seconds = app.browser_labs.result()
    size = sum(path.stat().st_size for path in Path(app.outdir, "lite").rglob("*") if path.is_file())
    logger.info("labs in the browser: %d labs, %.1f MB, %.0f s", len(notebooks(app.srcdir)), size / 1e6, seconds)


def fingerprint(srcdir):
    """Return a text that changes when anything changes that the application is made of."""
    lock = Path(os.environ["PYODIDE_DIR"], "pyodide-lock.json") if os.environ.get("PYODIDE_DIR") else None
    files = [*sorted((ROOT / "lite").iterdir()), ROOT / "pyproject.toml", Path(__file__), SCRIPT]
    files = [path for path in files if path.is_file()]
    files += [path for path in sorted((ROOT / "src").rglob("*")) if path.is_file() and path.suffix not in (".pyc", "")]
    digest = hashlib.sha256(" ".join(f"{name} {version(name)}" for name in TOOLS).encode())
    for _, name, text in versioned(srcdir):
        digest.update(f"{name} {text}".encode())
    for path in [*files, *([lock] if lock else [])]:
        digest.update(f"{path.name}{path.stat().st_size}".encode() + path.read_bytes())
    return digest.hexdigest() + (f" with {lock.parent}" if lock else "")


def copies_of(srcdir, place, only=""):
    """Yield the name and the text of each notebook as Jupyter is given it."""
    copies.course.cache_clear()  # a served book is built more than once
    prepare = None if solutions.shown() else solutions.without_solutions
    words = {"install": launch.install_words(), "site": launch.site_address(), "prepare": prepare}
    for name, text in copies.copies(place, only, Path(srcdir), **words):
        yield name, text.replace(students.SAID, ".") if prepare else text


def versioned(srcdir):
    """Yield each lab's name, its name in the application (labs/1-log-paper.3f2a91.ipynb) and its text.

    A browser keeps a notebook that was changed under its name, and opens that one. So a lab that is corrected has a new name.
    """
    texts = dict(copies_of(srcdir, "browser", "labs"))
    names = {name: f"{name.removesuffix('.ipynb')}.{copies.digest(text)[:6]}.ipynb" for name, text in texts.items()}
    for name, text in texts.items():
        for old, new in names.items():
            text = text.replace(f"../{old}", f"../{new}")
        yield name, names[name], text


def downloads(app, exception):
    """Have the download button of a notebook's page give the copy for Jupyter."""
    if exception or app.builder.name != "html":
        return
    for name, text in copies_of(app.srcdir, "download"):
        target = Path(app.outdir, "_sources", name)
        if target.exists():
            target.write_text(text, encoding="utf-8")


def build(srcdir, work, target, made_from):
    """Build the application in `work`, from nothing, and put it at `target`. Return the seconds it took."""
    began = perf_counter()
    shutil.rmtree(work, ignore_errors=True)
    (work / "contents" / "labs").mkdir(parents=True)
    (work / "pypi").mkdir()
    for _, name, text in versioned(srcdir):
        (work / "contents" / name).write_text(text, encoding="utf-8")
    for name in ("jupyter_lite_config.json", "overrides.json"):
        shutil.copy(ROOT / "lite" / name, work)
    runtime = os.environ.get("PYODIDE_DIR")
    (work / "jupyter-lite.json").write_text(json.dumps(settings(bool(runtime))), encoding="utf-8")
    own_wheel(work)
    for name in FROM_HERE:
        repacked(name, work / "pypi")
    run([sys.executable, "-m", "jupyterlite_core", "build", "--contents", "contents", "--output-dir", "site"], work)
    add_script(work / "site")
    if runtime:
        shutil.copytree(runtime, work / "site" / "static" / "pyodide")
    (work / "site" / "built-from.txt").write_text(made_from, encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    shutil.move(work / "site", target)
    return perf_counter() - began


def add_script(site):
    """Have the two applications that show notebooks run a lab's set-up cell."""
    for app in ("notebooks", "lab"):
        page = site / app / "index.html"
        if page.exists():
            shutil.copy(SCRIPT, site / app)
            html = page.read_text("utf-8")
            page.write_text(html.replace("</body>", f'<script src="{SCRIPT.name}"></script></body>'), "utf-8")


def settings(own_runtime):
    """Return the settings of the application; with a runtime of its own, its address."""
    values = json.loads((ROOT / "lite" / "jupyter-lite.json").read_text("utf-8"))
    kernel = values["jupyter-config-data"]["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]
    if own_runtime:
        kernel["pyodideUrl"] = "./static/pyodide/pyodide.js"
    return values


def own_wheel(work):
    """Build the wheel of the course's package, from a copy: a build leaves files that would get into the next one."""
    copy = work / "package"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-CONTENT"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(work / "pypi"), "."], copy)


def repacked(name, folder):
    """Make a wheel of an installed pure-Python package again, without what only a server needs."""
    package = distribution(name)
    info = next(path.parent for path in package.files if path.name == "METADATA")
    path = folder / f"{name}-{package.version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        names = []
        for file in sorted(package.files, key=str):
            kept = file.parts[0] != ".." and not {"__pycache__", "tests"} & set(file.parts) and file.suffix != ".pyc"
            if kept and file.name not in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json"):
                entry = zipfile.ZipInfo(str(file), (2020, 1, 1, 0, 0, 0))
                wheel.writestr(entry, file.locate().read_bytes(), zipfile.ZIP_DEFLATED)
                names.append(str(file))
        record = f"{info}/RECORD"
        wheel.writestr(record, "".join(f"{item},,\n" for item in [*names, record]))


def run(command, folder):
    """Run a tool, and show what it said only if it failed."""
    changed = launch.git("log", "-1", "--format=%ct") or str(int(time()))  # what a lab calls its last checkpoint
    environment = os.environ | {"SOURCE_DATE_EPOCH": changed, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ExtensionError(
            f"{' '.join(command[1:4])} failed in {folder}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        )


def setup(app):
    """Connect to the build."""
    app.add_config_value("book_browser_labs", None, "html", (bool,))
    app.connect("config-inited", configure)
    app.connect("builder-inited", start)
    app.connect("env-updated", renamed)
    app.connect("build-finished", finish, priority=100)
    app.connect("build-finished", downloads, priority=200)
