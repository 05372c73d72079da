"""How often the warning `structure` objects to a right form, and how often it notices a wrong one.

Scatter is normal, Student's t with 3 degrees of freedom (both with a standard deviation of 0.006 in log loss), or normal and
wider for small runs as in `coverage.py`. Designs:

budgets
    Those of `coverage.published_design`.
grid
    Sizes times tokens, three decades each.
seeds
    Three runs at each place of `budgets`.
curves
    Eight checkpoints of each run of a size of its own, grouped; half the variance is shared by a run.
line
    A power law of one variable, over three decades.

A wrong form adds a bend to the log loss, less what the law can take up, with an rms of 1 or 1.5 times the scatter. By default
residuals are those of the true law, which the warning itself projects; with --refit each data set is fitted by
`fit_chinchilla` or `fit_power_law`.

Usage: python benchmarks/structure.py --fits 10000 [--bends 200] [--refit] [--runs 24 48]
"""

import argparse
import sys
import time
from dataclasses import replace

import numpy as np
from coverage import NOISES, SCATTER, TRUTH, published_design

from scalinglaws.fit import fit_chinchilla, fit_power_law
from scalinglaws.fit.engine.structure import _slopes, of_structure

SIZES = (12, 16, 24, 48, 96, 240)
KINDS = ("budgets", "grid", "seeds", "curves", "line")
FEWEST = {"curves": 96, "seeds": 36}  # twelve places or groups


def design(kind, n_runs, seed):
    """Columns of what the law falls with, and groups or None."""
    if kind == "line":
        return (np.geomspace(1e7, 1e10, n_runs),), None
    if kind == "grid":
        n_sizes = max(k for k in range(2, int(n_runs**0.5) + 1) if n_runs % k == 0)
        grid = np.meshgrid(np.geomspace(1e7, 1e10, n_sizes), np.geomspace(1e9, 1e12, n_runs // n_sizes))
        return tuple(part.ravel() for part in grid), None
    if kind == "curves":
        n_curves = n_runs // 8
        sizes = np.exp(np.random.default_rng(seed).uniform(*np.log([1e7, 1e10]), n_curves))
        return (np.repeat(sizes, 8), np.tile(np.geomspace(1e9, 1e12, 8), n_curves)), np.repeat(np.arange(n_curves), 8)
    columns = published_design(n_runs // 3 if kind == "seeds" else n_runs, seed)
    return tuple(np.tile(part, 3) if kind == "seeds" else part for part in columns), None


def scatter(noise, rng, columns, groups):
    """Scatter of each run; half its variance is shared within a group."""
    compute = np.prod(columns, axis=0)
    drawn = NOISES[noise](rng, compute)
    if groups is None:
        return drawn
    return (drawn + NOISES[noise](rng, np.ones(groups.max() + 1))[groups]) / np.sqrt(2)


def bends(columns):
    """Ways in which a law can be wrong, by name."""
    x = [np.log(part) for part in columns]
    if len(x) == 1:
        u = 2 * (x[0] - x[0].mean()) / np.ptp(x[0])
        bump = np.exp(-((u / 0.3) ** 2))
        return {"kink": np.maximum(u, 0), "bump": bump, "wave": np.sin(np.pi * u), "two waves": np.sin(2 * np.pi * u)}
    n, d, c, ratio = (2 * (z - z.mean()) / np.ptp(z) for z in (*x, x[0] + x[1], x[1] - x[0]))
    return {
        "interplay": n * d,
        "kink in N": np.maximum(n, 0),
        "bump in D": np.exp(-((d / 0.3) ** 2)),
        "arc in C": c**2,
        "arc in D/N": ratio**2,
        "lopsided D/N": ratio**3,
        "wave in C": np.sin(np.pi * c),
        "two waves in C": np.sin(2 * np.pi * c),
    }


def truth(kind, columns):
    """The law of a design at its runs, and its fit to them."""
    if kind == "line":
        exact = 1.8 + 480 / columns[0] ** 0.35
        return exact, fit_power_law(*columns, exact, fixed={"floor": 1.8, "scale": 480, "exponent": 0.35})
    exact, held = TRUTH.loss(*columns), {name: getattr(TRUTH, name) for name in ("A", "alpha", "B", "beta", "E")}
    return exact, fit_chinchilla(*columns, exact, fixed=held)


def warned(kind, columns, groups, exact, law, off, refit):
    """Whether residuals `off` of the log of the true loss bring the warning."""
    if refit:
        fit = (fit_power_law if kind == "line" else fit_chinchilla)(*columns, exact * np.exp(off), groups=groups)
        return any(warning.kind == "structure" for warning in fit.warnings)
    problem = replace(law.problem, held={}, objective=replace(law.problem.objective, target=np.log(exact) + off))
    return bool(of_structure(problem, law.found.theta, groups))


def right(kind, noise, n_runs, fits, refit):
    """Share of right forms that are objected to."""
    alarms = 0
    for i in range(fits):
        if i % 10 == 0:
            columns, groups = design(kind, n_runs, i)
            exact, law = truth(kind, columns)
        rng = np.random.default_rng([i, n_runs, sorted(NOISES).index(noise)])
        alarms += warned(kind, columns, groups, exact, law, scatter(noise, rng, columns, groups), refit)
    return alarms / fits


def wrong(kind, noise, n_runs, ratio, fits, refit):
    """Share of wrong forms that are noticed, by bend."""
    noticed = {}
    for i in range(fits):
        columns, groups = design(kind, n_runs, i % 20)
        exact, law = truth(kind, columns)
        rng = np.random.default_rng([i, n_runs, sorted(NOISES).index(noise), 1])
        off = scatter(noise, rng, columns, groups)
        inside = np.linalg.qr(_slopes(replace(law.problem, held={}), law.found.theta))[0]
        for name, bend in bends(columns).items():
            bend = bend - inside @ (inside.T @ bend)
            bend *= ratio * SCATTER / np.sqrt(np.mean(bend**2))
            noticed.setdefault(name, []).append(warned(kind, columns, groups, exact, law, off + bend, refit))
    return {name: np.mean(every) for name, every in noticed.items()}


def main():
    """Run the study and print both tables, in per cent."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--fits", type=int, default=10_000, help="right forms, over all designs")
    parser.add_argument("--bends", type=int, default=100, help="data sets for each bend, design and scatter")
    parser.add_argument("--runs", nargs="*", type=int, default=SIZES)
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=KINDS)
    parser.add_argument("--refit", action="store_true")
    args = parser.parse_args()
    cells = [(kind, n) for kind in args.kinds for n in args.runs if n >= FEWEST.get(kind, 0)]
    each = max(args.fits // (len(cells) * len(NOISES)), 1) if args.fits else 0
    if each:
        print(f"Right forms objected to, per cent of {each} each\n| design | runs | {' | '.join(NOISES)} |")
    total = {noise: [] for noise in NOISES}
    for kind, n in cells if each else ():
        began = time.process_time()
        shares = [right(kind, noise, n, each, args.refit) for noise in NOISES]
        for noise, share in zip(NOISES, shares, strict=True):
            total[noise].append(share)
        print(f"| {kind} | {n} | {' | '.join(f'{100 * share:.1f}' for share in shares)} |", flush=True)
        print(f"{kind} {n}: {time.process_time() - began:.0f} s CPU", file=sys.stderr)
    if each:
        print("| all | | " + " | ".join(f"{100 * np.mean(every):.2f}" for every in total.values()) + " |")
    for ratio in (1.0, 1.5) if args.bends else ():
        print(f"\nWrong forms noticed, rms {ratio} times the scatter, per cent of {args.bends} each")
        for kind, n in cells:
            for noise in ("gaussian", "student3") if n >= 24 else ():
                shares = wrong(kind, noise, n, ratio, args.bends, args.refit)
                mean, each_bend = np.mean(list(shares.values())), ", ".join(f"{k} {v:.0%}" for k, v in shares.items())
                print(f"| {kind} | {n} | {noise} | mean {mean:.0%} | {each_bend} |", flush=True)


if __name__ == "__main__":
    main()
