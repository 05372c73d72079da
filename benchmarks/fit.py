"""What a bootstrap and a fit of the Chinchilla law cost here and elsewhere, in CPU seconds of one thread, in one run.

Compared, on the same resamples of the same runs and from the same objective (sum of Huber(1e-3) of log L):

(a) SciPy's BFGS with numerical gradients, one refit at a time, from the published constants;
(b) the same with an exact gradient;
(c) the package `chinchilla` from PyPI with the grid of Hoffmann et al. 2022, if it is installed: one fit;
(d) with --grid K: all 4,500 starts of that grid by SciPy's L-BFGS-B with an exact gradient, on K data sets;
(e) with --against FOLDER: another version of this package, whose `scalinglaws` lies in that folder, in a process of its own
    that takes turns with this one: refits, point fits, profiles, S-curves.

On every refit it checks that our objective is no worse, to 1e-12 relative, and says so.

Usage: OPENBLAS_NUM_THREADS=1 python benchmarks/fit.py [--refits 200] [--grid 1] [--against ../other/src]
"""

import argparse
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from coverage import SCATTER, TRUTH, published_design
from scipy import optimize

from scalinglaws.data import load
from scalinglaws.fit import fit_chinchilla, fit_power_law
from scalinglaws.fit.growth import fit_gompertz, fit_logistic, fit_peak

DELTA = 1e-3
SLACK = 1e-12
RESAMPLES = 4000
PUBLISHED = np.array([np.log(TRUTH.A), np.log(TRUTH.B), np.log(TRUTH.E), TRUTH.alpha, TRUTH.beta])


def cpu(call, repeats=1):
    """Least CPU seconds of `call` in `repeats` tries, and its result."""
    best = np.inf
    for _ in range(repeats):
        began = time.process_time()
        result = call()
        best = min(best, time.process_time() - began)
    return best, result


def synthetic(seed=0, n_runs=240):
    """Runs of the published design with normal scatter."""
    n_params, n_tokens = published_design(n_runs, seed)
    scatter = np.random.default_rng([seed, 7]).normal(0, SCATTER, n_runs)
    return n_params, n_tokens, TRUTH.loss(n_params, n_tokens) * np.exp(scatter)


def course():
    """The course's own runs of the IsoFLOP sweep."""
    table = load("runs")
    table = table.where((table["kind"] == "isoflop") & (table["status"] == "ok") & (table["corpus"] == "stdlib"))
    return table["n_params"], table["n_tokens"], table["loss"]


def plain_objective(columns, weights):
    """The objective of (a, b, e, alpha, beta) as one would write it down, alone and with its gradient."""
    x, y, z = (np.log(column) for column in columns)

    def terms(theta):
        a, b, e, alpha, beta = theta
        parts = np.exp(a - alpha * x), np.exp(b - beta * y), np.exp(e)
        total = parts[0] + parts[1] + parts[2]
        return parts, total, z - np.log(total)

    def value(theta):
        r = np.abs(terms(theta)[2])
        return weights @ np.where(r <= DELTA, 0.5 * r * r, DELTA * (r - 0.5 * DELTA))

    def both(theta):
        (first, second, floor), total, r = terms(theta)
        psi = np.clip(r, -DELTA, DELTA)
        pull = weights * psi / total
        slopes = [pull @ first, pull @ second, floor * pull.sum(), -(pull * first) @ x, -(pull * second) @ y]
        return weights @ (psi * (r - 0.5 * psi)), -np.array(slopes)

    return value, both


def bootstrap_ratios(name, columns, start, refits):
    """Print our bootstrap beside SciPy's BFGS with numerical and with exact gradients."""
    from scalinglaws.fit.engine.intervals import resample_weights  # older versions have it elsewhere

    fit = fit_chinchilla(*columns, delta=DELTA)
    spent, ours = cpu(lambda: replace(fit).bootstrap(RESAMPLES), repeats=5)  # of a copy: a fit keeps its refits
    weights = resample_weights(len(columns[0]), RESAMPLES)
    print(f"\n{name}: {len(columns[0])} runs, {RESAMPLES} resamples, {refits} of them refitted by SciPy")
    print(f"  ours                        {1e6 * spent / RESAMPLES:9.1f} us a refit, {spent:.3f} s for all")
    found = fit.problem.named(ours.theta)
    ours_again = np.stack([np.log(found["A"]), np.log(found["B"]), np.log(found["E"]), found["alpha"], found["beta"]])
    for label, exact in (("(a) BFGS, numerical gradient", False), ("(b) BFGS, exact gradient", True)):
        total, worse, missed = 0.0, 0, 0
        for i in range(refits):
            value, both = plain_objective(columns, weights[i].astype(float))
            call, settings = (both, {"jac": True}) if exact else (value, {})
            taken, there = cpu(lambda c=call, s=settings: optimize.minimize(c, start, method="BFGS", **s))
            total += taken
            here = value(ours_again[:, i])
            worse += here > there.fun * (1 + SLACK)
            missed += there.fun > here * (1 + 1e-3)
        each = total / refits
        verdict = "ours no worse on every resample" if not worse else f"OURS WORSE ON {worse} RESAMPLES"
        print(f"  {label:27s} {1e6 * each:9.0f} us a refit, {each * RESAMPLES / spent:5.0f} times ours; {verdict}; "
              f"{missed} of {refits} ended over 0.1 % above ours")  # fmt: skip


def point_fits(sets=20):
    """Print what a fit costs."""
    spent = [cpu(lambda seed=seed: fit_chinchilla(*synthetic(seed)).warnings, repeats=3)[0] for seed in range(sets)]
    print(
        f"\nPoint fit with warnings, {sets} data sets of 240 runs: {1e3 * np.median(spent):.1f} ms, at most {1e3 * max(spent):.1f} ms"
    )


def hoffmann_starts():
    """The 4,500 starts of Hoffmann et al. 2022 as (a, b, e, alpha, beta)."""
    logs, exponents = np.arange(0, 26, 5.0), np.arange(0, 2.1, 0.5)
    return np.array(list(itertools.product(logs, logs, np.arange(-1, 1.1, 0.5), exponents, exponents)))


def grid_ratio(sets):
    """Print the best of the 4,500 starts beside our fit."""
    for seed in range(sets):
        columns = synthetic(seed)
        _, both = plain_objective(columns, np.ones(len(columns[0])))

        def best(both=both):
            with np.errstate(all="ignore"):
                found = [optimize.minimize(both, start, jac=True, method="L-BFGS-B").fun for start in hoffmann_starts()]
            return np.array(found)

        taken, values = cpu(best)
        spent, fit = cpu(lambda columns=columns: fit_chinchilla(*columns), repeats=3)
        verdict = "ours no worse" if fit.objective <= np.nanmin(values) * (1 + SLACK) else "OURS WORSE"
        near = np.mean(values <= fit.objective * 1.01)
        print(f"(d) grid, data set {seed}: {taken:.0f} s, {taken / spent:.0f} times ours; best {np.nanmin(values):.10g}, "
              f"ours {fit.objective:.10g}, {verdict}; {near:.1%} of the starts within 1 %", flush=True)  # fmt: skip


def peer(columns):
    """Print the package `chinchilla` beside our fit."""
    try:
        from chinchilla import Chinchilla
        from chinchilla._metrics import log_huber
    except ImportError:
        print("\n(c) chinchilla is not installed")
        return
    names = ("E", "A", "B", "alpha", "beta")
    axes = (
        np.arange(-1, 1.1, 0.5),
        np.arange(0, 26, 5.0),
        np.arange(0, 26, 5.0),
        np.arange(0, 2.1, 0.5),
        np.arange(0, 2.1, 0.5),
    )
    grid = {name if name in ("alpha", "beta") else name.lower(): axis for name, axis in zip(names, axes, strict=True)}
    with tempfile.TemporaryDirectory() as folder:
        other = Chinchilla(
            folder, param_grid=grid, loss_fn=lambda seen, said: log_huber(seen, said, DELTA), log_level=50
        )
        for n_params, n_tokens, loss in zip(*columns, strict=True):
            other.database.append(C=6 * n_params * n_tokens, N=n_params, D=n_tokens, loss=loss)
        before = sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        other.fit()
        taken = (
            sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) - before
        )
    spent, fit = cpu(lambda: fit_chinchilla(*columns), repeats=3)
    theta = [
        np.log(float(other.A)),
        np.log(float(other.B)),
        np.log(float(other.E)),
        float(other.alpha),
        float(other.beta),
    ]
    there = plain_objective(columns, np.ones(len(columns[0])))[0](np.array(theta))
    verdict = "ours no worse" if fit.objective <= there * (1 + SLACK) else "OURS WORSE"
    print(f"\n(c) chinchilla, Hoffmann grid: {taken:.0f} s of CPU, {taken / spent:.0f} times ours; "
          f"objective {there:.10g}, ours {fit.objective:.10g}, {verdict}")  # fmt: skip


def power_points(n=16, seed=0):
    """Points of a power law with a floor and normal scatter."""
    x = np.geomspace(1, 1e5, n)
    return x, (1.7 + 2 * x**-0.3) * np.exp(np.random.default_rng(seed).normal(0, 0.01, n))


def growth_series():
    """Three series of the course with the S-curve that is fitted to each."""
    chips, oil, phones = (load(name) for name in ("microprocessors", "us_oil", "phones"))
    chips, phones = chips.where(np.isfinite(chips["clock_mhz"])), phones.where(phones["technology"] == "smartphone")
    yield fit_logistic, chips["year"], chips["clock_mhz"], "log"
    yield fit_peak, oil["year"], oil["production_mbd"], "linear"
    yield fit_gompertz, phones["year"], phones["per_hundred"], "linear"


def timings():
    """CPU seconds of what two versions of the package are compared by; public names alone."""
    chinchilla, power = fit_chinchilla(*synthetic(), delta=DELTA), fit_power_law(*power_points())
    few = [fit_chinchilla(*synthetic(seed, 17), objective=o) for seed in range(3) for o in ("huber_log", "squares_log")]
    calls = {
        f"{RESAMPLES} Chinchilla refits of 240 runs": (lambda: replace(chinchilla).bootstrap(RESAMPLES), 5),
        f"{RESAMPLES} power-law refits of 16 points": (lambda: replace(power).bootstrap(RESAMPLES), 5),
        "a Chinchilla fit of 240 runs with warnings": (lambda: fit_chinchilla(*synthetic()).warnings, 5),
        "a power-law fit of 16 points with warnings": (lambda: fit_power_law(*power_points()).warnings, 5),
        "18 profiles of 17 runs": (lambda: [fit.profile(name) for fit in few for name in ("alpha", "E", "a")], 2),
        "3 S-curves at every ceiling": (lambda: [fit(*data) for fit, *data in growth_series()], 3),
    }
    return {name: cpu(call, repeats)[0] for name, (call, repeats) in calls.items()}


def against(folder, rounds=3):
    """Print this version beside another, in turns, and the ratio of the least seconds of each."""

    def other():
        script = f"import sys; sys.path[:0] = {[folder, str(Path(__file__).parent)]!r}; "
        script += "import json, fit, scalinglaws; print(json.dumps([scalinglaws.__file__, fit.timings()]))"
        told = subprocess.run(
            [sys.executable, "-c", script], env=os.environ, capture_output=True, text=True, check=True
        )
        where, seconds = json.loads(told.stdout.splitlines()[-1])
        assert Path(where).is_relative_to(Path(folder).resolve()), f"{folder} was not used, but {where}"
        return seconds

    pairs = [(timings(), other()) for _ in range(rounds)]
    print(f"\n(e) {folder} in turns with this version, least CPU of {rounds} rounds")
    for name in pairs[0][0]:
        ours, theirs = (min(seconds[name] for seconds in column) for column in zip(*pairs, strict=True))
        print(f"  {name:43s} {1e3 * theirs:8.1f} ms, now {1e3 * ours:8.1f} ms: {theirs / ours:5.2f} times as fast")


def main():
    """Run all comparisons that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--refits", type=int, default=100, help="resamples refitted by SciPy, at most 4000")
    parser.add_argument(
        "--grid", type=int, default=0, help="data sets on which all 4,500 starts are run (a minute each)"
    )
    parser.add_argument(
        "--against", metavar="FOLDER", help="compare with the scalinglaws in this folder, and with it alone"
    )
    args = parser.parse_args()
    if args.against:
        against(args.against)
        return
    bootstrap_ratios("Synthetic runs of the published design", synthetic(), PUBLISHED, min(args.refits, RESAMPLES))
    own = course()
    law = fit_chinchilla(*own).law
    start = np.array([np.log(law.A), np.log(law.B), np.log(law.E), law.alpha, law.beta])
    bootstrap_ratios("The course's own runs", own, start, min(args.refits, RESAMPLES))
    point_fits()
    grid_ratio(args.grid)
    peer(synthetic())


if __name__ == "__main__":
    main()
