"""Print a sheet of exercises for each student, with numbers of their own, and the key.

Usage: python tools/sheets.py [TASK ...] [--seed 7 ...] [--roster FILE] [--out FOLDER] [--paper a4|letter]
       python tools/sheets.py --publish KEYS     (keys.json, hashes of a teacher's own tasks, beside KEYS)

Prints a sheet for each seed, or for each name of a roster, and after them the key; with --out they are pages to print from
a browser, sheets.html and key.html. No TASK: all that there are.
"""

import argparse
import json
import textwrap
from html import escape
from pathlib import Path

from scalinglaws.course.tasks import checked_seed, exercise_of, exercises, read_keys, read_roster, short_powers

STYLE = """@page {{ size: {paper}; margin: 20mm }} body {{ font: 11pt/1.45 Georgia, serif; max-width: 42em; margin: auto }}
section {{ break-after: page }} section:last-child {{ break-after: auto }} h1 {{ font-size: 15pt }}
.task {{ break-inside: avoid }} .room {{ height: 32mm }} p, td, th {{ overflow-wrap: anywhere }}
table {{ border-collapse: collapse }} td, th {{ border: 1px solid; padding: 2px 6px; text-align: left }} tr {{ break-inside: avoid }}"""
START = '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title><style>{style}</style>'


def sheets(tasks, names):
    """Yield name and seed of each student, and for each task its id, its text and its key, in words."""
    for seed, student in names.items():
        yield student, seed, [(one.id, one.words(seed), key_words(one, seed)) for one in tasks]


def key_words(exercise, seed):
    """Return the key of a seed with the digits that are asked for: 155, 1.01e3."""
    return short_powers(f"{exercise.solve(seed):#.{exercise.digits}g}").rstrip(".")


def pages(written, tasks, paper="a4"):
    """Return two HTML pages: the sheets, each student's on paper of its own, and the key."""
    style = STYLE.format(paper=paper)
    sheet, key = [START.format(title="Sheets", style=style)], [START.format(title="Key", style=style)]
    heads = "".join(f"<th>{one.id}<br>{escape(one.unit)}</th>" for one in tasks)
    key.append(f"<h1>Key: not for the class</h1>\n<table><tr><th>name</th><th>seed</th>{heads}</tr>")
    for student, seed, asked in written:
        parts = "".join(
            f'<div class="task"><p><b>{task}</b> {escape(words)}</p><div class="room"></div></div>\n'
            for task, words, _ in asked
        )
        sheet.append(f"<section><h1>{escape(student)}</h1><p>Seed {seed}</p>\n{parts}</section>")
        keys = "".join(f"<td>{value}</td>" for *_, value in asked)
        key.append(f"<tr><td>{escape(student)}</td><td>{seed}</td>{keys}</tr>")
    return "\n".join(sheet) + "\n", "\n".join([*key, "</table>"]) + "\n"


def text(written):
    """Return sheets and key as text, a form feed after each sheet."""
    parts = []
    for student, seed, asked in written:
        tasks = "\n\n".join(textwrap.fill(f"{task}  {words}", 79) for task, words, _ in asked)
        parts.append(f"{student} (seed {seed})\n\n{tasks}\n\f")
    for student, seed, asked in written:
        parts.append(f"Key, {student} (seed {seed}): " + ", ".join(f"{task} {key}" for task, _, key in asked))
    return "\n".join(parts)


def publish(path):
    """Write keys.json beside a keys file: the hashes of the tasks that are a teacher's own; return path and number."""
    own = {task: one.hashes() for task, one in read_keys(path)[1].items() if not one.label}
    target = path.with_name("keys.json")
    target.write_text(json.dumps(own, indent=1) + "\n", "utf-8")
    return target, len(own)


def main(arguments=None):
    """Print or write what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tasks", nargs="*", metavar="TASK")
    parser.add_argument("--seed", type=int, nargs="+", default=[0])
    parser.add_argument("--roster", type=Path, help="one name a line, or a CSV file with a column 'name'")
    parser.add_argument("--out", type=Path, help="the folder of the pages")
    parser.add_argument("--paper", choices=["a4", "letter"], default="a4")
    parser.add_argument(
        "--publish", type=Path, metavar="KEYS", help="write keys.json, for students, beside a keys file"
    )
    chosen = parser.parse_args(arguments)
    try:
        if chosen.publish:
            target, number = publish(chosen.publish)
            print(f"{target}: {number} tasks. It lies beside the students' notebooks.")
            return
        tasks = [exercise_of(task) for task in chosen.tasks] or list(exercises().values())
        names = read_roster(chosen.roster) if chosen.roster else {checked_seed(n): f"Seed {n}" for n in chosen.seed}
    except (ValueError, OSError) as problem:
        parser.error(str(problem))
    written = list(sheets(tasks, names))
    if not chosen.out:
        print(text(written))
        return
    chosen.out.mkdir(parents=True, exist_ok=True)
    for name, page in zip(("sheets", "key"), pages(written, tasks, chosen.paper), strict=True):
        (chosen.out / f"{name}.html").write_text(page, "utf-8")
    print(f"{chosen.out / 'sheets.html'}: {len(written)} sheets. The key, not for the class: {chosen.out / 'key.html'}")


if __name__ == "__main__":
    main()
