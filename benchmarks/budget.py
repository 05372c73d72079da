"""Regret of three players of the budget game, over many seeds of each world. A game is fair if who measures well wins.

naive
    Explores nothing. 20 tokens per parameter, the given recipe, and the loss that the law of Besiroglu et al. 2024
    promises, 5 % either way.
isoflop
    Half of the budget on seven sizes at each of five budgets, with the given recipe, the rest on a larger valley; the best
    size is the line through the bottoms of the three largest budgets, the loss that of a fitted form (Chinchilla or
    Kaplan, whichever describes the larger budgets better), the interval from the scatter of the fit and the distance
    between the forms.
tuner
    Tunes first: at three small sizes, rate and batch around the recipe, a parabola in their logarithms, a line through
    its bottoms; then as isoflop, each run with its own recipe.

Printed per world: the median and the 90th percentile of the compute wasted, the median of the points, how often the
interval held the expected loss, how many answers diverged, and the median number of runs bought. With 100 seeds:

==========  =================  =================  =================
.           naive              isoflop            tuner
----------  -----------------  -----------------  -----------------
world       wasted   p90       wasted   p90       wasted   p90
==========  =================  =================  =================
chinchilla   6.4 %   25.9 %     0.2 %    1.3 %     0.2 %    1.7 %
kaplan      14.6 %   44.5 %     0.8 %    9.5 %     1.4 %    9.7 %
kink         7.6 %   23.3 %     0.6 %   10.0 %     2.1 %   22.8 %
tuning      72.8 %   83.4 %    70.2 %   82.2 %     0.8 %    3.2 %
==========  =================  =================  =================

Tuning first costs budget, and pays in one world of four; nothing but a run says which world it is.

Usage: python benchmarks/budget.py --seeds 100 [--worlds kink tuning]
"""

import argparse
import warnings

import numpy as np

from scalinglaws import Chinchilla
from scalinglaws.course.budget import Answer, Service, check_answer, score
from scalinglaws.course.worlds import FAMILIES, Refused, world
from scalinglaws.fit.chinchilla import fit_form
from scalinglaws.fit.valleys import parabolas

SHARES = np.array([0.0004, 0.002, 0.01, 0.03, 0.08])  # of the exploring budget, for a run at each budget
SPREAD = np.geomspace(1 / 5, 5, 7)  # sizes around the middle
LAW = Chinchilla.published("besiroglu2024")


def given(service):
    """The recipe as it is given, at any size."""
    return lambda n_params, n_tokens: service.recipe


def tuned(service):
    """Tune at three sizes and return the recipe as power laws: the rate in the size, the batch in the tokens."""
    rows = []
    for n_params in (2e6, 1e7, 3e7):
        n_tokens, (rate, batch) = 5 * n_params, service.recipe
        tried = []
        for up in (-2.0, -1.0, 0.0, 1.0):
            for wide in (-1.0, 0.5, 2.0):
                run = service.run(n_params, n_tokens, rate * 2**up, batch * 2**wide)
                if np.isfinite(run.loss):
                    tried.append((up, wide, run.loss))
        x, y, loss = np.array(tried).T
        design = np.stack([np.ones_like(x), x, y, x**2, y**2], axis=1)
        _, b, c, b2, c2 = np.linalg.lstsq(design, np.log(loss), rcond=None)[0]
        best = np.clip([-b / 2 / b2 if b2 > 0 else 0.0, -c / 2 / c2 if c2 > 0 else 0.0], -4, 4)
        rows.append((np.log(n_params), np.log(n_tokens), *best))
    size, tokens, up, wide = np.array(rows).T
    rate_line, batch_line = drift(size, up), drift(tokens, wide)

    def recipe(n_params, n_tokens):
        rate, batch = service.recipe
        return (
            rate * 2 ** np.polyval(rate_line, np.log(n_params)),
            min(batch * 2 ** np.polyval(batch_line, np.log(n_tokens)), n_tokens / 10),
        )

    return recipe


def drift(x, best):
    """A line through the best values, or their mean where they differ by less than a factor 1.5."""
    return np.polyfit(x, best, 1) if np.ptp(best) > np.log2(1.5) else np.array([0.0, best.mean()])


def measured_valleys(service, recipe):
    """Buy seven sizes at each of the budgets, each budget around the bottom that the last ones promise."""
    runs, bottoms, left = [], [], service.left
    for part in SHARES:
        budget = part * left
        middle = np.sqrt(budget / 120)
        if len(bottoms) == 1:
            middle = bottoms[0][1] * np.sqrt(budget / bottoms[0][0])
        elif bottoms:
            (at, size), (at0, size0) = bottoms[-1], bottoms[-2]
            slope = np.clip(np.log(size / size0) / np.log(at / at0), 0.3, 0.8)
            middle = size * (budget / at) ** slope
        for size in middle * SPREAD:
            n_tokens = budget / 6 / size
            try:
                loss = service.run(size, n_tokens, *recipe(size, n_tokens)).loss
            except Refused:
                continue
            if np.isfinite(loss):
                runs.append((budget, size, n_tokens, loss))
        here = np.array([row for row in runs if row[0] == budget])
        centre, _, curvature = (float(value[0]) for value in parabolas(np.log(here[:, 1]), here[:, 3]))
        best = np.exp(centre) if len(here) > 3 and curvature > 0 else here[here[:, 3].argmin(), 1]
        bottoms.append((budget, np.clip(best, here[0, 1] / 3, here[-1, 1] * 3)))
    return np.array(runs), np.array(bottoms)


def played(service, recipe):
    """Fit the larger budgets in two forms, and answer with the one that is nearer to the runs."""
    runs, bottoms = measured_valleys(service, recipe)
    large = runs[runs[:, 0] >= bottoms[-3, 0]]
    _, n_params, n_tokens, loss = large.T
    target = service.target_flop
    grid = np.geomspace(bottoms[-1, 1], 1e4 * bottoms[-1, 1], 2001)
    forms = {}
    for name in ("chinchilla", "kaplan"):
        fit = fit_form(name, n_params, n_tokens, loss, objective="squares_log")
        curve = fit.loss(grid, target / 6 / grid)
        forms[name] = (fit.objective, float(grid[curve.argmin()]), float(curve.min()))
    (first, size, promise), (second, _, other) = sorted(forms.values())
    line = np.polyfit(*np.log(bottoms[-3:]).T, 1)
    size = float(np.sqrt(size * np.exp(np.polyval(line, np.log(target)))))
    wide = max(abs(np.log(promise / other)) * first / second / 2, 0.025)  # the worse form counts less
    n_tokens = target / 6 / size
    return Answer(size, n_tokens, *recipe(size, n_tokens), promise, promise * np.exp(-wide), promise * np.exp(wide))


def naive(service):
    """No run bought."""
    size = np.sqrt(service.target_flop / 120)
    loss = float(LAW.optimum(service.target_flop).loss)
    return Answer(size, 20 * size, *service.recipe, loss, 0.95 * loss, 1.05 * loss)


PLAYERS = {
    "naive": naive,
    "isoflop": lambda service: played(service, given(service)),
    "tuner": lambda service: played(service, tuned(service)),
}


def table(family, n_seeds):
    """Yield a row per player: name, then the numbers that are printed."""
    for name, player in PLAYERS.items():
        rows = []
        for seed in range(n_seeds):
            service, hidden = Service(family, seed), world(family, seed)
            answer = player(service)
            points = score(hidden, answer)
            truth = hidden.loss(check_answer(hidden, answer))
            rows.append((points.wasted, points.points, answer.low <= truth <= answer.high, len(service.log)))
        wasted, points, held, bought = np.array(rows, float).T
        yield (
            name,
            np.median(wasted),
            np.quantile(wasted, 0.9),
            np.median(points),
            held.mean(),
            int((wasted == 100).sum()),
            np.median(bought),
        )


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--worlds", nargs="*", default=list(FAMILIES))
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{'world':10} {'player':8} {'wasted':>7} {'p90':>7} {'points':>7} {'held':>5} {'diverged':>8} {'runs':>5}")
    for family in chosen.worlds:
        for name, median, high, points, held, diverged, bought in table(family, chosen.seeds):
            print(
                f"{family:10} {name:8} {median:5.1f} % {high:5.1f} % {points:7.2f} {held:5.2f} {diverged:8d} {bought:5.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
