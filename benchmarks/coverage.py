"""How often the 95 % bootstrap intervals of `fit_chinchilla` cover the truth, under three models of the scatter.

Each data set has the sizes and budgets of `published_design`, the losses of a known law, and scatter with a standard
deviation of 0.006 in log loss, about that of the published runs. Models of the scatter:

gaussian
    Normal.
student3
    Student's t with 3 degrees of freedom, scaled to the same standard deviation: now and then a run is far off.
growing
    Normal, with a spread that falls as compute^(-1/6) from small runs to the 0.006 of the largest.

Usage: python benchmarks/coverage.py --datasets 200 [--resamples 500] [--csv FILE]
"""

import argparse
import csv
import sys
import time

import numpy as np

from scalinglaws import Chinchilla, fit_chinchilla

TRUTH = Chinchilla.published("besiroglu2024")
SCATTER = 0.006
LEVEL = 0.95
SIZES = (24, 48, 96, 240)
HELD_OUT = (70e9, 1.4e12)  # Chinchilla itself, four times the largest size and beyond the most tokens of any run
BUDGET = 5.76e23  # Gopher's
COLUMNS = "noise n_runs quantity level coverage median_width datasets resamples source status".split()


def published_design(n_runs, seed=0):
    """Sizes and tokens like those of Hoffmann et al. 2022: budgets of 6e18 to 3e21 FLOP, sizes around the optimum."""
    rng = np.random.default_rng(seed)
    compute = np.exp(rng.uniform(np.log(6e18), np.log(3e21), n_runs))
    n_params = np.clip(0.0857 * np.sqrt(compute) * np.exp(rng.uniform(-1.8, 1.8, n_runs)), 57e6, 16e9)
    return n_params, compute / (6 * n_params)


NOISES = {
    "gaussian": lambda rng, compute: rng.normal(0, SCATTER, len(compute)),
    "student3": lambda rng, compute: rng.standard_t(3, len(compute)) * SCATTER / np.sqrt(3),
    "growing": lambda rng, compute: rng.normal(0, SCATTER, len(compute)) * (compute / compute.max()) ** (-1 / 6),
}


def truths():
    """Each quantity and its true value."""
    return {
        "a": TRUTH.a, "alpha": TRUTH.alpha, "beta": TRUTH.beta, "E": TRUTH.E,
        "loss at 70e9, 1.4e12": TRUTH.loss(*HELD_OUT), "n_params at 5.76e23": TRUTH.optimum(BUDGET).n_params,
    }  # fmt: skip


def intervals(fit, n_resamples, seed):
    """The interval of each quantity."""
    refits = fit.bootstrap(n_resamples, seed=seed)
    given = [refits.interval(name, LEVEL) for name in ("a", "alpha", "beta", "E")]
    return [*given, refits.curve(*HELD_OUT, level=LEVEL), refits.optimum(BUDGET, LEVEL).n_params]


def study(noise, n_runs, datasets, resamples):
    """Rows of the table for one noise model and one number of runs."""
    true = truths()
    found = np.empty((datasets, len(true), 2))
    for i in range(datasets):
        rng = np.random.default_rng([i, n_runs, sorted(NOISES).index(noise)])
        n_params, n_tokens = published_design(n_runs, seed=i)
        loss = TRUTH.loss(n_params, n_tokens) * np.exp(NOISES[noise](rng, 6 * n_params * n_tokens))
        found[i] = intervals(fit_chinchilla(n_params, n_tokens, loss), resamples, seed=i)
    value = np.array(list(true.values()))
    covered = ((found[..., 0] <= value) & (value <= found[..., 1])).mean(axis=0)
    width = np.median(found[..., 1] - found[..., 0], axis=0)
    for name, share, wide in zip(true, covered, width, strict=True):
        rest = (datasets, resamples, "simulated_here", "measured")
        yield dict(
            zip(COLUMNS, (noise, n_runs, name, LEVEL, round(share, 4), float(f"{wide:.3g}"), *rest), strict=True)
        )


def markdown(rows):
    """The coverage in per cent: one line per noise model and number of runs, one column per quantity."""
    names = list(truths())
    lines = ["| scatter | runs | " + " | ".join(names) + " |", "|---" * (2 + len(names)) + "|"]
    for noise in NOISES:
        for n_runs in SIZES:
            cells = {row["quantity"]: row for row in rows if (row["noise"], row["n_runs"]) == (noise, n_runs)}
            if cells:
                values = " | ".join(f"{100 * cells[name]['coverage']:.1f}" for name in names)
                lines.append(f"| {noise} | {n_runs} | {values} |")
    return "\n".join(lines)


def main():
    """Run the study and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--datasets", type=int, default=200, help="data sets per line of the table")
    parser.add_argument("--resamples", type=int, default=500)
    parser.add_argument("--noise", nargs="*", choices=NOISES, default=list(NOISES))
    parser.add_argument("--runs", nargs="*", type=int, default=SIZES)
    parser.add_argument("--csv", help="write the table here too")
    args = parser.parse_args()
    rows = []
    for noise in args.noise:
        for n_runs in args.runs:
            began = time.process_time()
            rows += study(noise, n_runs, args.datasets, args.resamples)
            print(f"{noise}, {n_runs} runs: {time.process_time() - began:.0f} s CPU", file=sys.stderr, flush=True)
    print(
        f"Coverage of {LEVEL:.0%} intervals in per cent, {args.datasets} data sets, {args.resamples} resamples each\n"
    )
    print(markdown(rows))
    if args.csv:
        with open(args.csv, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
