"""Take the solutions out of a class's copy of the course, and look whether any are left in a built site.

Usage: python tools/solutions.py SITE     (after a build with BOOK_SOLUTIONS=0: make class)

Taken out of a notebook are the worked solutions, with their cells and outputs, and what is said about each answer of the
questions. Looked for, in every text of the site and of the zips in it, are runs of words that stand in solutions, answers and
teachers' pages of the source and nowhere else in it.
"""

import argparse
import json
import os
import re
import sys
import zipfile
from html import unescape
from pathlib import Path

import copies

MARK = re.compile(r"^(`{3,}|:{3,})\{solution-(start|end)\}")
QUIZ = re.compile(r'<div class="quiz">.*?</ol></div>', re.S)
OPTION = re.compile(r"<details[^>]*><summary>(.*?)</summary><p>.*?</p></details>", re.S)
TEXTS = (".html", ".js", ".json", ".ipynb", ".md", ".txt", ".xml", ".gift", ".csv")
APPLICATION = (
    "lite/build",
    "lite/extensions",
    "lite/static",
    "_static/licences",
)  # the work of others, and none of our words
OPENS = "; each answer opens its own explanation"  # not in a class
RUN = 9  # words in a row


def shown(environment=os.environ):
    """Return whether the site shows solutions: everywhere but where BOOK_SOLUTIONS is 0."""
    value = environment.get("BOOK_SOLUTIONS", "1")
    if value not in ("0", "1"):
        raise ValueError(f"BOOK_SOLUTIONS must be 0 or 1, got {value!r}")
    return value == "1"


def open_questions(html):
    """Return a quiz with its options as plain lines: which one is right, and why, is not in it."""
    return QUIZ.sub(lambda quiz: OPTION.sub(r'<p class="option">\1</p>', quiz[0]), html)


def split(stored):
    """Return a stored notebook without what answers its exercises and questions, and what was taken out, as texts."""
    cells, taken, inside = [], [], False
    for cell in stored["cells"]:
        source = copies.joined(cell["source"])
        if cell["cell_type"] != "markdown":
            if inside:
                taken += [source, *map(json.dumps, cell.get("outputs", []))]
            else:
                cells.append({**cell, "outputs": [opened(output, taken) for output in cell.get("outputs", [])]})
            continue
        lines, waiting = [], source.split("\n")
        while waiting:
            line = waiting.pop(0)
            mark = MARK.match(line)
            if mark:
                fence = mark[1]
                while waiting and not re.fullmatch(f"{fence[0]}{{{len(fence)},}} *", waiting[0]):
                    waiting.pop(0)
                waiting[:1], inside = [], mark[2] == "start"
            elif inside:
                taken.append(line)
            else:
                lines.append(line)
        if "\n".join(lines).strip():
            cells.append({**cell, "source": "\n".join(lines).replace(OPENS, "")})
    if inside:
        raise ValueError("a solution has no end")
    return {**stored, "cells": cells}, taken


def opened(output, taken):
    """Return an output whose questions are open; what they said is added to `taken`."""
    html = copies.joined(output.get("data", {}).get("text/html", ""))
    if 'class="quiz"' not in html:
        return output
    taken += re.findall(r"</summary><p>(.*?)</p>", html, re.S)
    return {**output, "data": {**output["data"], "text/html": open_questions(html)}}


def without_solutions(stored):
    """Return a stored notebook without what answers its exercises and questions."""
    return split(stored)[0]


def words_of(text):
    """Return the words of a text, without tags, signs and escapes."""
    text = re.sub(r"<[^<>]*>", " ", unescape(text.replace("\\n", "\n").replace('\\"', '"')))
    return re.findall(r"\w+", text.lower())


def runs(text):
    """Yield every run of words of a text."""
    words = words_of(text)
    return (" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def all_runs(several):
    """Return every run of words of several texts."""
    return {run for text in several for run in runs(text)}


def texts_of(notebook):
    """Yield the texts of a notebook: sources, captions, outputs."""
    for cell in notebook["cells"]:
        yield copies.joined(cell["source"])
        yield json.dumps(cell["metadata"], ensure_ascii=False)
        yield from (json.dumps(output, ensure_ascii=False) for output in cell.get("outputs", []))


def secrets(root=copies.ROOT):
    """Return the runs of words that only solutions, answers and teachers' pages have."""
    taken, kept = set(), set()
    for path in sorted([*root.glob("chapters/*.ipynb"), *root.glob("labs/*.ipynb")]):
        left, out = split(json.loads(path.read_text("utf-8")))
        taken |= all_runs(out)
        kept |= all_runs(texts_of(left))
    for path in sorted(root.glob("teaching/*.md")):
        taken.update(runs(path.read_text("utf-8")))
    for path in [*root.glob("*.md"), *root.glob("reference/*.md"), *root.glob("src/scalinglaws/course/claims.toml")]:
        kept.update(runs(path.read_text("utf-8")))
    return taken - kept


def texts(site):
    """Yield the name and the text of every file of ours in a site, of those in its zips too. The package is none."""
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        if not path.is_file() or name.startswith(APPLICATION):
            continue
        if path.suffix in TEXTS:
            yield name, path.read_text("utf-8", "replace")
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for inner in archive.namelist():
                    if inner.endswith(TEXTS):
                        yield f"{name}/{inner}", archive.read(inner).decode("utf-8", "replace")


def left_over(site, secret):
    """Return what of the secrets each file of a site holds: the name, how many runs, and one of them."""
    found = []
    for name, text in texts(site):
        hits = secret.intersection(runs(text))
        found += [(name, len(hits), min(hits))] if hits else []
    for folder in ("teaching", "slides", "with-solutions"):
        if (site / folder).exists():
            found.append((folder, 1, "is for teachers: build into an empty folder"))
    return found


def main():
    """Look, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("site", type=Path)
    site = parser.parse_args().site
    if not (site / "index.html").exists():
        sys.exit(f"there is no site in {site}: make class")
    secret = secrets()
    found = left_over(site, secret)
    for name, number, words in found:
        print(f"{name}: {number} runs of words of solutions, such as: {words}")
    if found:
        sys.exit(1)
    print(f"{site}: none of {len(secret):,} runs of words that only solutions, answers and teachers' pages have")


if __name__ == "__main__":
    main()
