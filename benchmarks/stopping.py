"""What stopping early costs in lab 4: the lab's own player that does not think, in many worlds of each kind.

Runs the cells of the notebook that define `play` and `wasted`, and has them play each world with nothing bought, and with
a hundredth, a tenth and all of the exploring budget. Printed per kind: the median of the target's compute wasted, in
brackets the value that nine in ten do not pass, and the mean; then what the last factor of ten saves, and how many times
what nothing wastes a hundredth does, with intervals of 80 % from worlds drawn again. With 60 seeds:

==========  =================  =================  =================  =================
world       nothing bought     a hundredth        a tenth            all
==========  =================  =================  =================  =================
chinchilla  6.4 (25.7), 10.2   2.0 (17.2), 5.9    0.3 (1.5), 0.7     0.0 (0.3), 0.1
kaplan      16.0 (54.8), 20.6  50.2 (99.6), 51.3  1.2 (17.8), 6.4    0.8 (4.0), 1.5
kink        8.4 (25.5), 11.6   42.5 (87.1), 43.5  11.7 (70.4), 25.8  1.7 (39.4), 11.8
tuning      72.5 (83.2), 72.8  72.3 (84.9), 72.2  71.4 (83.4), 70.9  70.9 (82.6), 70.3
==========  =================  =================  =================  =================

The last factor of ten saves, by the median and the mean: chinchilla 0.3 (0.2 to 0.4) and 0.6 (0.4 to 0.8), kaplan 0.4 (-0.2 to
1.2) and 4.9 (2.7 to 7.2), kink 10.1 (1.4 to 18.6) and 14.0 (11.7 to 16.4), tuning 0.5 (-0.2 to 1.1) and 0.7 (0.5 to 0.9). A
hundredth wastes, by the median, 3.1 (1.8 to 5.4) times what nothing does in kaplan and 5.0 (2.3 to 8.3) in kink.

The six seeds of the lab are 0 to 5, which are few: by them the medians for a hundredth in the second and the third kind
are 3 and 17 %.

Usage: python benchmarks/stopping.py --seeds 60
"""

import argparse
import json
import warnings
from pathlib import Path

import numpy as np

from scalinglaws.course.budget import Service
from scalinglaws.course.worlds import FAMILIES, world

NOTEBOOK = Path(__file__).resolve().parent.parent / "labs" / "4-spend-a-budget.ipynb"
PARTS = (0.01, 0.1, 1)  # of the exploring budget


def player():
    """The names of the notebook's cells of the player: its imports, `play` and `wasted`."""
    names = {}
    for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and (source.startswith("import numpy") or source.startswith("def play(")):
            exec(source, names)
        if source.startswith("def wasted("):
            exec(source.partition("\n\n\n")[0], names)
    return names


def main():
    """Print a row per kind of world."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=60)
    seeds, names = range(parser.parse_args().seeds), player()
    warnings.simplefilter("ignore")
    for family in FAMILIES:
        table = []
        for seed in seeds:
            hidden = world(family, seed)
            sizes = [np.sqrt(1e20 / 120), *(names["play"](Service(family, seed), part)[0] for part in PARTS)]
            table.append([names["wasted"](hidden, size) for size in sizes])
        columns = zip(*np.percentile(table, [50, 90], axis=0), np.mean(table, axis=0), strict=True)
        again = np.random.default_rng(0).integers(len(table), size=(2000, len(table)))
        savings = {
            "saves, median": lambda rows: np.subtract(*np.median(rows, axis=0)[2:]),
            "saves, mean": lambda rows: np.subtract(*np.mean(rows, axis=0)[2:]),
            "hundredth over nothing": lambda rows: np.divide(*np.median(rows, axis=0)[1::-1]),
        }
        print(f"{family:12}" + "".join(f"{f'{m:.1f} ({p:.1f}), {mean:.1f}':19}" for m, p, mean in columns).rstrip())
        for name, saving in savings.items():
            low, high = np.quantile([saving(np.array(table)[rows]) for rows in again], [0.1, 0.9])
            print(f"    {name} {saving(np.array(table)):.1f} ({low:.1f} to {high:.1f})")


if __name__ == "__main__":
    main()
