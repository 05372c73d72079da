"""What an expert would object to in a fit: each objection with its reason."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

COLLINEAR = 0.95  # correlation of two logarithms from which their exponents cannot be told apart
CONDITION = 1e9  # condition number of the Hessian from which directions are lost to rounding
AGREE = 0.2  # share of the starts that should reach the optimum
RUNS_PER_PARAMETER = 2
REPEATS = 2  # rows at one place, on average, above which to warn
ROUGH = 50  # the scatter in Huber thresholds from which a sum is one of absolute deviations, with many corners


@dataclass(frozen=True)
class FitWarning:
    """One objection.

    kind: bound, above, vanishing, collinear, few_values, few_runs, repeated, structure, starts, condition, extrapolation,
        bootstrap, few_refits, delta, and for other fits outside, wide, diverged, one_sided, off_centre, not_convex, edge.
    about: the parameter or column concerned.
    reason: what is wrong, with the numbers.
    """

    kind: str
    about: str
    reason: str

    def __str__(self):
        return f"{self.kind} ({self.about}): {self.reason}"


def of_fit(problem, found, condition, scale, grouped=False):
    """Return the warnings of a `Problem` and what a search `Found`; `scale` is the robust one of the residuals.

    Rows that repeat are no objection if they were `grouped`.
    """
    used = problem.weights > 0
    x = problem.objective.x[:, used]
    terms = [i for i, name in enumerate(problem.coefficients) if problem.held.get(name) != 0]
    given = [
        *_bounds(problem, found),
        *_above(problem, used),
        *_vanishing(problem, found, scale, used),
        *_few(problem, x, terms),
        *_collinear(problem, x, terms),
        *(() if grouped else _repeated(problem, x, used)),
    ]
    given += of_search(found)
    rough = roughness(problem, found.theta)
    if rough > ROUGH:
        reason = (
            f"the scatter {scale:.2g} is {rough:.0f} times delta; near it, or by least squares, the optimum is surer"
        )
        given.append(FitWarning("delta", "objective", reason))
    if condition > CONDITION:
        reason = f"the Hessian has condition number {condition:.1e}: some combination of parameters is not determined"
        given.append(FitWarning("condition", "parameters", reason))
    return tuple(given)


def roughness(problem, theta):
    """Return the robust scale of the residuals over the Huber threshold; 0 for least squares."""
    return 1.4826 * float(np.median(np.abs(problem.residuals(theta)[problem.weights > 0]))) / problem.objective.delta


def of_search(found):
    """Return a warning, () or one, if few starts of a search ended where it ended."""
    if found.agree >= AGREE:
        return ()
    count = f"{found.agree:.0%} of {found.starts}" if found.agree else f"none of {found.starts}"
    return (FitWarning("starts", "objective", f"{count} starts ended at the optimum; there may be a better one"),)


def of_runs(n_runs, n_free):
    """Return a warning, () or one, if there are few runs for the free parameters."""
    if n_runs >= RUNS_PER_PARAMETER * n_free:
        return ()
    return (FitWarning("few_runs", "runs", f"{n_runs} runs for {n_free} free parameters"),)


def _bounds(problem, found):
    values = problem.named(found.theta)
    for name in found.bounds:
        if name == problem.floor:
            reason = "the best fit has no floor; these runs do not show one"
        else:
            reason = f"the best value within the bounds is {values[name]:.3g}, at the bound"
        yield FitWarning("bound", name, reason)


def _above(problem, used):
    target = problem.objective.target[used]
    below = int(np.sum((np.exp(target) if problem.objective.log else target) < problem.held.get(problem.floor, 0)))
    if below:
        reason = f"held at {problem.held[problem.floor]:.4g}, above {below} of {len(target)} points"
        yield FitWarning("above", problem.floor, reason)


def _vanishing(problem, found, scale, used):
    terms = problem.terms(found.theta)[:, used]
    unit = np.median(terms.sum(axis=0)) if problem.objective.log else 1.0
    for name, term in zip(problem.coefficients, terms, strict=False):
        spread = np.ptp(term) / unit
        if name in problem.free and spread <= max(scale, 1e-6):
            reason = f"its term varies by {spread:.1e} over the runs, no more than the scatter {scale:.1e}"
            yield FitWarning("vanishing", name, reason)


def _few(problem, x, terms):
    for i in terms:
        distinct = len(np.unique(x[i].round(9)))
        if distinct < 3 and problem.exponents[i] in problem.free:
            reason = f"{distinct} distinct value{'s' * (distinct != 1)}; an exponent and a floor need three"
            yield FitWarning("few_values", problem.about[i], reason)
    yield from of_runs(x.shape[1], problem.n_free)


def _repeated(problem, x, used):
    n_rows, where = x.shape[1], f"({', '.join(problem.about)})"
    n_places = len(np.unique(x.round(9), axis=1).T)
    n_exact = n_rows - len(np.unique(np.vstack([x, problem.objective.target[used]]).round(12), axis=1).T)
    if n_exact or n_rows > REPEATS * n_places:
        exact = f", {n_exact} of them copies of others" if n_exact else ""
        reason = f"{n_rows} rows{exact}, {n_places} distinct {where}; what belongs together needs groups="
        yield FitWarning("repeated", "runs", reason)


def _collinear(problem, x, terms):
    for i, j in combinations(terms, 2):
        free = {problem.exponents[i], problem.exponents[j]} <= set(problem.free)
        if free and min(np.ptp(x[i]), np.ptp(x[j])) > 0:
            r = float(np.corrcoef(x[i], x[j])[0, 1])
            if abs(r) > COLLINEAR:
                one, other = problem.about[i], problem.about[j]
                reason = f"log {one} and log {other} have correlation {r:.3f}; either term can stand in for the other"
                yield FitWarning("collinear", f"{one}, {other}", reason)


def of_range(name, value, seen):
    """Return a warning, () or one, if a value (scalar or array) lies outside the range `seen` of the runs: the farthest."""
    low, high = seen
    most, least = float(np.max(value)), float(np.min(value))
    if most > high * (1 + 1e-9):
        reason = f"{name} {most:.3g} is {most / high:.3g} times the largest of the runs, {high:.3g}"
    elif least < low * (1 - 1e-9):
        reason = f"{name} {least:.3g} is {low / least:.3g} times below the smallest of the runs, {low:.3g}"
    else:
        return ()
    return (FitWarning("extrapolation", name, reason),)
