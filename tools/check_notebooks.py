"""Execute every stored notebook once, compare its outputs (nbval), its live figures and its panels; two at a time.

Usage: python tools/check_notebooks.py [NOTEBOOK ...]     (default: every chapter, lab and teaching notebook)

nbval is given a copy with two cells more: `tests/notebook_check.py` has what they do. Without these, on the stored files:
pytest --nbval chapters labs
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
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
    """Return the notebook, what was checked in it (None: it differs), the seconds, and what pytest said."""
    began = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        copy, report = Path(folder, path.name), Path(folder, "report.json")
        copy.write_text(json.dumps(with_checks(json.loads(path.read_text("utf-8")), path, report)), "utf-8")
        command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", folder]
        command += [
            "--nbval",
            "-q",
            "--no-header",
            "--color=no",
            "--maxfail=3",
            "-p",
            "no:xdist",
            "-p",
            "no:hypothesispytest",
            str(copy),
        ]
        search = os.pathsep.join([str(ROOT / "tests"), *filter(None, [os.environ.get("PYTHONPATH")])])
        env = os.environ | ONE_THREAD | {"PYTHONPATH": search}
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
        agrees = done.returncode == 0 and report.exists()
        checked = json.loads(report.read_text()) if agrees else None
    return path, checked, perf_counter() - began, COLOUR.sub("", done.stdout + done.stderr)


def main():
    """Check all, largest first."""
    given = [Path(name).resolve() for name in sys.argv[1:]]
    paths = given or [path for folder in ("chapters", "labs", "teaching") for path in (ROOT / folder).glob("*.ipynb")]
    paths.sort(key=lambda path: -path.stat().st_size)
    failed, began = [], perf_counter()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for path, checked, seconds, said in pool.map(check, paths):
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
