"""What `next_run` wins: simulated sweeps of which the truth is known, and the same budget spent in several ways.

Each sweep has five budgets of seven sizes, and a scatter of 1 % in the loss. The new runs are made, scatter included, and
all runs are fitted again. The target has a thousand times the compute of the largest budget. Worlds:

right
    Chinchilla's law as recomputed by Besiroglu et al. 2024.
bent
    That law, and a loss that is higher by 0.2 % times the square of log(tokens per parameter / 20): an extreme ratio is
    worse than the form says.

Printed, by world and budget (in units of all the runs so far): the width of the 95 % interval of the loss at the target
over its width before (the geometric mean over sweeps), what `next_run` expected of its choice, the root mean square error
of the loss at the target in per cent, how often the interval held the truth, and the number of runs (the median).

Usage: python benchmarks/next_run.py --datasets 200 [--resamples 300]
"""

import argparse

import numpy as np

from scalinglaws import Chinchilla, fit_chinchilla
from scalinglaws.fit import next_run

TRUTH = Chinchilla.published("besiroglu2024")
SCATTER, TARGET = 0.01, 1e23
BUDGETS = (0.1, 1.0, 10.0)
RATIOS = {"next_run": None, "next_run, 1 to 1,000": (1, 1000), "next_run, no bound": (1e-3, 1e6)}
WORLDS = {"right": 0.0, "bent": 0.002}


def sweep():
    """Sizes and tokens of the runs so far."""
    budget = np.repeat(np.geomspace(1e18, 1e20, 5), 7)
    n_params = TRUTH.optimum(budget).n_params * np.tile(np.geomspace(0.25, 4, 7), 5)
    return n_params, budget / (6 * n_params)


def observed(n_params, n_tokens, bend, rng):
    """Losses of runs in a world."""
    loss = TRUTH.loss(n_params, n_tokens) * np.exp(bend * np.log(n_tokens / n_params / 20) ** 2)
    return loss * np.exp(rng.normal(0, SCATTER, len(loss)))


def fitted(n_params, n_tokens, loss, n_resamples):
    """Log-width of the interval of the loss at the target, the error, and whether the interval held the truth."""
    fit = fit_chinchilla(n_params, n_tokens, loss, objective="squares_log")
    low, high = fit.bootstrap(n_resamples).optimum(TARGET).loss
    truth = TRUTH.optimum(TARGET).loss
    return fit, (np.log(high - low), np.log(fit.optimum(TARGET).loss / truth), low <= truth <= high)


def spent(fit, budget):
    """The same budget in each way: sizes, tokens, and the width that is expected."""
    for name, ratios in RATIOS.items():
        plan = next_run(fit, budget, TARGET, tokens_per_param=ratios)
        yield name, plan.n_params, plan.n_tokens, plan.width
    plan = next_run(fit, budget, TARGET, n_runs=1)
    yield "next_run, one run", plan.n_params, plan.n_tokens, plan.width
    best = fit.optimum(budget)
    sizes = {"largest run": best.n_params, "20 tokens per parameter": np.sqrt(budget / 120)}
    for name, size in sizes.items():
        yield name, np.array([size]), np.array([budget / (6 * size)]), plan.others[name]


def simulate(world, share, n_datasets, n_resamples):
    """Rows of a world and a budget, by way of spending it."""
    found = {}
    for seed in range(n_datasets):
        rng = np.random.default_rng(seed)
        n_params, n_tokens = sweep()
        loss = observed(n_params, n_tokens, WORLDS[world], rng)
        fit, (before, *_) = fitted(n_params, n_tokens, loss, n_resamples)
        budget = share * (6 * n_params * n_tokens).sum()
        for name, n_new, d_new, width in spent(fit, budget):
            new = observed(n_new, d_new, WORLDS[world], rng)
            columns = (np.append(*pair) for pair in ((n_params, n_new), (n_tokens, d_new), (loss, new)))
            _, (after, error, held) = fitted(*columns, n_resamples)
            found.setdefault(name, []).append((after - before, np.log(width), error, held, len(n_new)))
    for name, rows in found.items():
        after, expected, error, held, n_new = np.array(rows, float).T
        yield name, np.exp(after.mean()), np.exp(expected.mean()), 100 * np.sqrt(np.mean(error**2)), held.mean(), n_new


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--datasets", type=int, default=200)
    parser.add_argument("--resamples", type=int, default=300)
    chosen = parser.parse_args()
    print(
        f"{'world':6} {'budget':>6}  {'spent on':24} {'width':>6} {'expected':>8} {'error':>7} {'held':>5} {'runs':>4}"
    )
    for world in WORLDS:
        for share in BUDGETS:
            for name, width, expected, error, held, n_new in simulate(world, share, chosen.datasets, chosen.resamples):
                row = f"{width:6.3f} {expected:8.3f} {error:5.2f} % {held:5.2f} {np.median(n_new):4.0f}"
                print(f"{world:6} {share:6g}  {name:24} {row}", flush=True)


if __name__ == "__main__":
    main()
