"""Execute every stored notebook once, compare its outputs (nbval), its live figures and its panels; two at a time.

Usage: python tools/check_notebooks.py [NOTEBOOK ...]     (default: every chapter, lab and teaching notebook)

nbval is given a copy with two cells more: `tests/notebook_check.py` has what they do. Without these, on the stored files:
pytest --nbval chapters labs
"""

import io
import json
import os
import re
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
FIRST = "import notebook_check as _check; _watch = _check.Watch({path!r})"
COLOUR = re.compile(r"\x1b\[[\d;]*m")
LAST = "import json as _json; open({report!r}, 'w').write(_json.dumps(_watch.finish())); None"


def with_checks(notebook, path, report):
    """Return a notebook with a cell before the first and one after the last. nbval counts from 0: numbers stay true."""
    cells = [
        {"cell_type": "code", "id": name, "execution_count": 1, "metadata": {}, "outputs": [], "source": source}
        for name, source in (("watch", FIRST.format(path=str(path))), ("finish", LAST.format(report=str(report))))
    ]
    return notebook | {"cells": [cells[0], *notebook["cells"], cells[1]]}


def check(path):
    """Return the notebook, what was checked in it (None: it differs), the seconds, and what pytest said.

    In a process of its own: pytest is loaded once for many notebooks, and its kernels find what the tests know.
    """
    import pytest

    began, said = perf_counter(), io.StringIO()
    os.environ.update(ONE_THREAD, PYTHONPATH=str(ROOT / "tests"))
    with tempfile.TemporaryDirectory() as folder:
        copy, report = Path(folder, path.name), Path(folder, "report.json")
        copy.write_text(json.dumps(with_checks(json.loads(path.read_text("utf-8")), path, report)), "utf-8")
        options = [
            "-c",
            str(ROOT / "pyproject.toml"),
            "--rootdir",
            folder,
            "--nbval",
            "-q",
            "--no-header",
            "--color=no",
        ]
        options += ["--maxfail=3", "-p", "no:xdist", "-p", "no:hypothesispytest"]
        with redirect_stdout(said), redirect_stderr(said):
            status = pytest.main([*options, str(copy)])
        checked = json.loads(report.read_text()) if status == 0 and report.exists() else None
    return path, checked, perf_counter() - began, COLOUR.sub("", said.getvalue())


def check_all(paths, at_once=None):
    """Yield what `check` returns for each notebook, as many at a time as there are processors."""
    processes = min(len(paths), at_once or os.cpu_count() or 1)
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        yield from pool.map(check, paths)


def main():
    """Check all: labs first, which take longest, and the largest first."""
    given = [Path(name).resolve() for name in sys.argv[1:]]
    paths = given or [path for folder in ("chapters", "labs", "teaching") for path in (ROOT / folder).glob("*.ipynb")]
    paths.sort(key=lambda path: (path.parent.name != "labs", -path.stat().st_size))
    failed, began = [], perf_counter()
    for path, checked, seconds, said in check_all(paths):
        name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        if checked:
            parts = f"{checked['figures']} live figures, {checked['panels']} panels in {checked['seconds']:.0f} s"
            print(f"{name}: agrees, {seconds:.0f} s ({parts})", flush=True)
        else:
            failed.append(path)
            print(f"{name}: DIFFERS, {seconds:.0f} s\n{said}", flush=True)
    print(f"notebooks: {len(paths) - len(failed)} agree, {len(failed)} differ, {perf_counter() - began:.0f} s")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
