"""Marks for a folder of notebooks: each is run in a process of its own, and what it gave to `check` is scored anew.

Usage: python -m scalinglaws.course.grade FOLDER --keys FILE [--seconds 60] [--jobs 1] [--out FOLDER]

A notebook is a program: it can read your files, send them away and delete them. Grade where there is nothing to lose, in a
container without a network, with this package in it and the folder as the only one that it sees:

    docker run --rm --network none --memory 4g --volume "$PWD:/class" --workdir /class IMAGE
        python -m scalinglaws.course.grade submissions --keys private.toml

(one line)

FOLDER is searched for notebooks, in folders within it too. The keys file is TOML: tasks with their points, an answer where
the task is your own, and, if you like, a roster (one name a line, or a CSV file with a column `name`):

    roster = "roster.csv"
    [tasks]
    "ch4.ex1" = {points = 2}
    "my.1" = {points = 1, answer = 12.5, digits = 3, unit = "years"}

Of one task the last call of `check` counts. With a roster, only numbers of its names count. A notebook that cannot be read
or run gets a line that says why, and the next one is taken up. grades.csv has a line for each notebook, items.csv one for
each task; they are written here, or into --out. Who did what is not proved by this: the answers follow from names, and a program can note what it likes.
"""

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from scalinglaws.course.tasks import RECORD, checked_seed, judge, read_keys, read_roster

WARNING = "Notebooks are programs. Run them where there is nothing to lose: in a container without a network."
LARGEST = 50e6  # bytes of a notebook
LATE = "TimeLimit"
WHOLE, START = 10, 30  # all cells together may take ten times the limit of one, and the start half a minute


def run_cells(path, seconds):
    """Run a notebook's code cells in a kernel, each with a limit; yield what goes wrong.

    After an error the next cell is run all the same; after two limits in a row, or if the kernel dies, none.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    class Client(NotebookClient):
        def output(self, *_):
            """Keep nothing of what is printed or drawn."""

    stored, replies, late = nbformat.read(path, as_version=4), [], 0
    language = stored.metadata.get("kernelspec", {}).get("language") or stored.metadata.get("language_info", {}).get(
        "name"
    )
    if language and "python" not in str(language).lower():
        yield f"is a notebook for {language}, not for Python"
        return
    cells = [nbformat.v4.new_code_cell(str(cell.source)) for cell in stored.cells if cell.cell_type == "code"]
    client = Client(nbformat.v4.new_notebook(cells=cells), timeout=seconds, kernel_name="python3", allow_errors=True)
    client.interrupt_on_timeout, client.error_on_timeout = True, {"ename": LATE, "evalue": f"{seconds} s are over"}
    client.shutdown_kernel = "immediate"
    client.on_cell_executed = lambda cell, cell_index, execute_reply: replies.append(execute_reply["content"])
    try:
        with client.setup_kernel():
            Path("kernel").write_text(str(client.km.provisioner.pid))  # for whoever has to stop it
            for place, cell in enumerate(cells):
                replies[:] = [{"status": "ok"}]
                client.execute_cell(cell, place)
                said = replies[-1]
                if said["status"] == "error":
                    yield f"code cell {place + 1}: {said['ename']}: {said['evalue']}"
                late = late + 1 if said.get("ename") == LATE else 0
                if late == 2:
                    break
    except DeadKernelError:
        yield f"code cell {place + 1}: the kernel died"


def _report(path, seconds):
    """Write what `run_cells` says into a file, a line each, whatever happens: the process of one notebook."""
    with open("report", "w", encoding="utf-8", buffering=1) as report:
        try:
            for said in run_cells(path, seconds):
                print(" ".join(said.split())[:200], file=report)
        except Exception as error:  # whatever is wrong with a notebook, it must not stop the batch
            said = f"cannot be read as a notebook or not be run: {type(error).__name__}: {error}"
            print(" ".join(said.split())[:200], file=report)


def run_notebook(path, seconds, own=()):
    """Run a notebook in a process and a folder of its own; return what it gave to `check`, and the first error, or nothing.

    `own`: the teacher's own tasks, whose hashes it finds beside it.
    """
    path, quiet = (
        path.resolve(),
        {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL},
    )
    if path.suffix.lower() != ".ipynb" or path.stat().st_size > LARGEST:
        return [], f"is not a notebook, or one of more than {LARGEST / 1e6:.0f} MB"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        record, report, kernel = (Path(folder, name) for name in ("record", "report", "kernel"))
        Path(folder, "keys.json").write_text(json.dumps({exercise.id: exercise.hashes() for exercise in own}), "utf-8")
        environment = os.environ | {RECORD: str(record), "IPYTHONDIR": folder, "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "scalinglaws.course.grade", path, "--one", f"--seconds={seconds}"]
        process = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True, **quiet)
        try:
            process.wait(START + WHOLE * seconds)
            errors = [] if report.exists() else ["could not be run"]
        except subprocess.TimeoutExpired:
            errors = [f"took longer than {START + WHOLE * seconds} s in all"]
        finally:
            _stop(process, kernel)
        errors = [*(report.read_text("utf-8").splitlines() if report.exists() else []), *errors, ""]
        return list(_calls(record)), errors[0]


def _stop(process, kernel):
    """End a run and its kernel, with what they have started."""
    with suppress(OSError, ValueError):
        getattr(os, "killpg", os.kill)(int(kernel.read_text()), getattr(signal, "SIGKILL", signal.SIGTERM))
    process.kill()
    process.communicate()


def _calls(record):
    """Yield the calls of `check` that are noted; a line that a program has spoiled is left out."""
    for line in record.read_text("utf-8", errors="replace").splitlines() if record.exists() else []:
        with suppress(ValueError, KeyError, TypeError):
            call = json.loads(line)
            yield str(call["task"]), float(call["value"]), checked_seed(call["seed"])


def mark(calls, known, roster):
    """Return whose numbers were used, which tasks are right, wrong or missing (True, False, None), and notes."""
    own = {task for task, exercise in known.items() if not exercise.label}
    calls = [(task, value, 0 if task in own else seed) for task, value, seed in calls if task in known]
    seeds = [seed for task, _, seed in calls if task not in own and (not roster or seed in roster)]
    seed, marks = seeds[-1] if seeds else "", dict.fromkeys(known)
    last = {task: (value, used) for task, value, used in calls if task in own or used == seed}
    for task, (value, used) in last.items():
        marks[task] = judge(task, value, used, known[task].hashes(used))[0]
    notes = [f"{n} tries of {task}" for task, n in Counter(task for task, *_ in calls).items() if n > 10]
    if others := sorted({used for task, _, used in calls if task not in own} - {seed}):
        notes.append(f"numbers that do not count: seed {', '.join(map(str, others[:5]))}")
    return seed, marks, notes


def grade(folder, keys, seconds=60, jobs=1, show=print):
    """Run and mark what is in a folder; return the rows of grades.csv and of items.csv."""
    said, known = read_keys(keys)
    points = {task.lower(): float(entry.get("points", 1)) for task, entry in said["tasks"].items()}
    roster = read_roster(Path(keys).parent / said["roster"]) if "roster" in said else {}
    own = [exercise for exercise in known.values() if not exercise.label]
    paths = [path for path in sorted(Path(folder).rglob("[!.]*")) if path.is_file() and not path.is_symlink()]
    paths = [path for path in paths if ".ipynb_checkpoints" not in path.parts and "__MACOSX" not in path.parts]
    rows, tries = [], Counter()
    with ThreadPoolExecutor(jobs) as pool:
        runs = pool.map(lambda path: run_notebook(path, seconds, own), paths)
        for path, (calls, error) in zip(paths, runs, strict=True):
            seed, marks, notes = mark(calls, known, roster)
            tries.update(task for task, *_ in calls)
            row = {"file": path.relative_to(folder).as_posix(), "name": roster.get(seed, ""), "seed": seed}
            row |= {"points": sum(points[task] for task, right in marks.items() if right), "of": sum(points.values())}
            row |= {task: "" if right is None else points[task] * right for task, right in marks.items()}
            rows.append(row | {"first error": error, "note": "; ".join(notes)})
            show(f"{row['file']}: {row['points']:g} of {row['of']:g} points  {row['name']}  {error}")
    times = Counter(row["seed"] for row in rows)
    for row in rows:
        if row["seed"] and times[row["seed"]] > 1:
            row["note"] = "; ".join(filter(None, [row["note"], "another notebook has the same numbers"]))
    blank = dict.fromkeys(rows[0], "") if rows else {"file": ""}
    there = {row["name"] for row in rows}
    rows += [
        blank | {"name": name, "note": "no notebook has the numbers of this name"}
        for name in roster.values()
        if name not in there
    ]
    return rows, [item(task, rows, tries[task]) for task in known]


def item(task, rows, tries):
    """Return the line of a task in the item table: how many answered it, how many were right, what share that is."""
    answered = [row[task] for row in rows if row.get(task, "") != ""]
    right = sum(value > 0 for value in answered)
    share = round(right / len(answered), 3) if answered else ""
    return {"task": task, "answered": len(answered), "right": right, "share right": share, "tries": tries}


def write_table(path, rows):
    """Write rows as CSV. A cell that a spreadsheet would take for a formula gets an apostrophe."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows({name: _no_formula(value) for name, value in row.items()} for row in rows)


def _no_formula(value):
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r") else value


def grade_folder(arguments=None):
    """Grade a folder and write both tables."""
    whole = argparse.RawDescriptionHelpFormatter  # the text above says how to do it safely
    parser = argparse.ArgumentParser(description=__doc__, epilog=WARNING, formatter_class=whole)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keys", type=Path, help="the TOML file of tasks and points")
    parser.add_argument("--seconds", type=int, default=60, help="limit of a cell; all together may take ten times that")
    parser.add_argument("--jobs", type=int, default=1, help="notebooks at a time")
    parser.add_argument("--out", type=Path, default=Path(), help="where the tables go")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.one:  # the process of one notebook
        return _report(chosen.folder, chosen.seconds)
    if not chosen.folder.is_dir() or not chosen.keys or chosen.seconds < 1 or chosen.jobs < 1:
        parser.error("a FOLDER and --keys FILE are needed, and at least one second and one job")
    print(WARNING, file=sys.stderr)
    try:
        chosen.out.mkdir(parents=True, exist_ok=True)  # now, for the notebooks take minutes
        rows, items = grade(chosen.folder, chosen.keys, chosen.seconds, chosen.jobs)
    except (ValueError, OSError, KeyError) as problem:
        parser.error(f"{chosen.keys}: {problem}")
    for row in items:
        print("{task}: {right} of {answered} right, {tries} tries".format(**row))
    for name, table in (("grades.csv", rows), ("items.csv", items)):
        write_table(chosen.out / name, table)
        print(f"{chosen.out / name}: {len(table)} lines")


if __name__ == "__main__":
    grade_folder()
