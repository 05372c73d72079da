"""Make the students' notebooks: without solutions, each exercise with a place to work; and the teacher's, with them.

Usage: python tools/students.py FOLDER [--site ADDRESS] [--install WORDS]     (make students)

Writes FOLDER/students, FOLDER/with-solutions and a zip of each. Both are copies for Jupyter, made by `tools/copies.py`. An
exercise that has numbers of each student's own (`scalinglaws.course.tasks`) gets a cell that shows them and one that checks
the answer. The task is named in the call, so that a cell can be moved, copied or typed again.
"""

import argparse
import json
import re
import sys
import zipfile
from pathlib import Path

import copies

from scalinglaws.course import tasks

KINDS = ("students", "with-solutions")
USES = (tasks.check, tasks.show_task, tasks.student_seed)
STUDENT = """from scalinglaws.course.tasks import {names}

STUDENT = ""  # your name as it stands in the list of the class; empty: the numbers of the book
SEED = student_seed(STUDENT)"""
WORK = """# {title}

answer = {answer}
check("{task}", answer, seed=SEED)"""
SAID = ", the answers too."  # in the first words of a copy, wrong where there are none


def exercises_by_label():
    """Return the seeded exercises by the label of the notebook's exercise."""
    found = {}
    for exercise in tasks.exercises().values():
        found.setdefault(exercise.label, []).append(exercise)
    return found


def work_cells(title, exercises, solved):
    """Return the cells in which an exercise is worked on; `solved`: with the key in the place of the answer."""
    cells = []
    for exercise in exercises:
        answer = f'exercise_of("{exercise.id}").solve(SEED)' if solved else "..."
        cells.append(copies.code(f'show_task("{exercise.id}", SEED)', {}))
        cells.append(copies.code(WORK.format(title=title, task=exercise.id, answer=answer), {}))
    if not solved:
        cells += [] if exercises else [copies.code(f"# {title}\n", {})]
        cells.append(copies.text("*Your answer in words (a double click opens this cell):*"))
    return cells


def prepared(stored, seeded, solved):
    """Return a stored notebook whose solutions are taken out, unless `solved`, with cells to work in after each."""
    cells, titles, inside, used = [], {}, None, False
    for cell in stored["cells"]:
        if cell["cell_type"] != "markdown":
            if solved or not inside:
                cells.append(cell)
            continue
        lines, waiting = [], copies.joined(cell["source"]).split("\n")
        while waiting:
            line = waiting.pop(0)
            fence = copies.FENCE.match(line)
            block = [line]
            if fence and fence[2] in ("exercise-start", "solution-start", "solution-end"):
                while not re.fullmatch(f"{fence[1]}[{fence[1][0]}]* *", waiting[0]):
                    block.append(waiting.pop(0))
                block.append(waiting.pop(0))
                if fence[2] == "exercise-start":
                    titles[re.search(r"^:label: *(\S+)", "\n".join(block), re.M)[1]] = fence[3].strip()
            if fence and fence[2] == "solution-start":
                inside = fence[3].strip()
            if solved or not inside:
                lines += block
            if fence and fence[2] == "solution-end":
                exercises = seeded.get(inside, [])
                cells.append({**cell, "source": "\n".join(lines)})
                cells += work_cells(titles[inside], exercises, solved)
                lines, inside, used = [], None, used or bool(exercises)
        cells.append({**cell, "source": "\n".join(lines)})
    cells = [cell for cell in cells if cell["cell_type"] != "markdown" or copies.joined(cell["source"]).strip()]
    if used:
        first = next(place for place, cell in enumerate(cells) if cell["cell_type"] == "code")
        uses = sorted(use.__name__ for use in (*USES, *([tasks.exercise_of] if solved else [])))
        cells.insert(first + 1, copies.code(STUDENT.format(names=", ".join(uses)), {"tags": ["student"]}))
    return {**stored, "cells": cells}


def notebooks(kinds=KINDS, root=copies.ROOT, only="", **words):
    """Yield the name, students/chapters/04-chinchilla.ipynb, and the text of each notebook. `words`: of copies.Writer."""
    seeded = exercises_by_label()
    for path in [path for folder in ("chapters", "labs") for path in sorted((root / folder).glob("*.ipynb"))]:
        page, stored = path.relative_to(root).with_suffix("").as_posix(), json.loads(path.read_text("utf-8"))
        if not page.startswith(only):
            continue
        for kind in kinds:
            solved = kind == "with-solutions"
            notebook = copies.Writer(page, "download", root=root, **words).notebook(prepared(stored, seeded, solved))
            if not solved:
                first = notebook["cells"][0]
                if SAID not in first["source"]:
                    raise ValueError(
                        f"tools/copies.py no longer says {SAID!r} under the title: change tools/students.py too"
                    )
                first["source"] = first["source"].replace(SAID, ".")
            yield f"{kind}/{page}.ipynb", json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def write(folder, kinds=KINDS, root=copies.ROOT, **words):
    """Write the notebooks of each kind into a folder, with a zip of them beside it; return how many were written."""
    made = dict(notebooks(kinds, root, **words))
    for name, text in made.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for kind in kinds:
        with zipfile.ZipFile(Path(folder, f"{kind}.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in made.items():
                if name.startswith(kind + "/"):
                    entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))  # the same notebooks give the same file
                    entry.external_attr = 0o644 << 16
                    archive.writestr(entry, text.encode(), zipfile.ZIP_DEFLATED)
    return len(made)


def main():
    """Write both kinds and say where."""
    sys.path.append(str(copies.ROOT / "_ext"))
    from website import launch  # here, because the website uses this file

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--install", default=launch.install_words(), help="what to type where the package is missing")
    parser.add_argument("--site", default=launch.site_address(), help="the address of the course's site")
    parser.add_argument("--only", default="", help="the start of the pages' names: chapters/04")
    options = parser.parse_args()
    number = write(options.folder, only=options.only, install=options.install, site=options.site)
    print(f"{number} notebooks: {options.folder}/students and {options.folder}/with-solutions, and a zip of each")


if __name__ == "__main__":
    main()
