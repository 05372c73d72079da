"""Count the words of Python's standard library, and how often new ones come when it is read file by file.

Usage: python tools/count_names.py [FOLDER]     (default: the package's tables; the stored ones are of Python 3.11.7)

A word is a token of type NAME: a name or a keyword. The small pile is the 168 files at the top of the library, the large
one all that the course's models read: no tests, no generated tables. Writes counts alone, no text.
"""

import csv
import sys
import sysconfig
import tokenize
from collections import Counter
from pathlib import Path

import numpy as np

from scalinglaws.runs.corpus import _wanted

TABLES = Path(__file__).resolve().parents[1] / "src/scalinglaws/data/tables"
READ, NEXT, ORDERS = (1_000, 3_000, 10_000, 30_000, 100_000), 10_000, 20


def words(path):
    """Return the names and keywords of a file, in order."""
    with tokenize.open(path) as file:
        return [token.string for token in tokenize.generate_tokens(file.readline) if token.type == tokenize.NAME]


def main(folder=TABLES):
    """Count, and write the tables `name_counts` and `names_by_file`."""
    library = Path(sysconfig.get_paths()["stdlib"])
    every = [path for path in sorted(library.rglob("*.py")) if _wanted(path.relative_to(library).as_posix())]
    piles = {"top": [words(path) for path in sorted(library.glob("*.py"))], "all": [words(path) for path in every]}
    counts = []
    for pile, files in piles.items():
        times = Counter(Counter(word for file in files for word in file).values())
        counts += [(pile, len(files), n, times[n]) for n in sorted(times)]
    orders = []
    for order in range(ORDERS):
        shuffled = np.random.default_rng(order).permutation(len(piles["top"]))
        stream = [word for i in shuffled for word in piles["top"][i]]
        for n in READ:
            seen = Counter(stream[:n])
            once = sum(times == 1 for times in seen.values())
            new = len(set(stream[n : n + NEXT]) - set(seen))
            orders.append((order, n, len(seen), once, new))
    heads = {"name_counts": ("pile", "files", "times", "names")}
    heads["names_by_file"] = ("order", "n_read", "distinct", "once", "new_in_next")
    for name, rows in (("name_counts", counts), ("names_by_file", orders)):
        with open(Path(folder) / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow((*heads[name], "source", "status"))
            writer.writerows((*row, "names_here", "measured") for row in rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
