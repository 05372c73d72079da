"""What an expert would object to in a fit: each objection with its reason."""

from dataclasses import dataclass

import numpy as np

COLLINEAR = 0.95  # correlation of log N and log D from which their exponents cannot be told apart
CONDITION = 1e9  # condition number of the Hessian from which directions are lost to rounding
AGREE = 0.2  # share of the starts that should reach the optimum
RUNS_PER_PARAMETER = 2


@dataclass(frozen=True)
class FitWarning:
    """One objection.

    Parameters
    ----------
    kind : str
        bound, vanishing, collinear, few_values, few_runs, starts, condition, extrapolation, and for other fits
        outside, one_sided, off_centre, not_convex, edge.
    about : str
        The parameter or column concerned.
    reason : str
        What is wrong, with the numbers.
    """

    kind: str
    about: str
    reason: str

    def __str__(self):
        return f"{self.kind} ({self.about}): {self.reason}"


def of_fit(problem, found, condition, scale, names=None):
    """Return the warnings of a fit.

    Parameters
    ----------
    problem : Problem
        What was minimised.
    found : Found
        What the search returned.
    condition : float
        Condition number of the Hessian.
    scale : float
        Robust scale of the residuals.
    names : dict of str to str, optional
        What to call the parameters and columns, where not as in the Chinchilla law.

    Returns
    -------
    tuple of FitWarning
    """
    used = problem.weights > 0
    x, y = problem.objective.x[used], problem.objective.y[used]
    both = not {"A", "B"} & {name for name, value in problem.held.items() if value == 0}
    given = [
        *_bounds(problem, found),
        *_vanishing(problem, found, scale, used),
        *_few(problem, x, y, both),
        *(_collinear(x, y) if both and {"alpha", "beta"} <= set(problem.free) else ()),
    ]
    if found.agree < AGREE:
        reason = f"only {found.agree:.0%} of {found.starts} starts reached the best optimum; there may be a better one"
        given.append(FitWarning("starts", "objective", reason))
    if condition > CONDITION:
        reason = f"the Hessian has condition number {condition:.1e}: some combination of parameters is not determined"
        given.append(FitWarning("condition", "parameters", reason))
    names = names or {}
    return tuple(FitWarning(each.kind, names.get(each.about, each.about), each.reason) for each in given)


def _bounds(problem, found):
    values = problem.named(found.theta)
    for name in found.bounds:
        if name == "E":
            reason = "the best fit has no floor; these runs do not show one"
        else:
            reason = f"the best value within the bounds is {values[name]:.3g}, at the bound"
        yield FitWarning("bound", name, reason)


def _vanishing(problem, found, scale, used):
    terms = problem.terms(found.theta)[:, used]
    unit = np.median(terms.sum(axis=0)) if problem.objective.log else 1.0
    for name, term in (("A", terms[0]), ("B", terms[1])):
        spread = np.ptp(term) / unit
        if name in problem.free and spread <= max(scale, 1e-6):
            reason = f"its term varies by {spread:.1e} over the runs, no more than the scatter {scale:.1e}"
            yield FitWarning("vanishing", name, reason)


def _few(problem, x, y, both):
    for name, values, exponent in (
        (("n_params", x, "alpha"), ("n_tokens", y, "beta")) if both else (("n_params", x, "alpha"),)
    ):
        distinct = len(np.unique(values.round(9)))
        if distinct < 3 and exponent in problem.free:
            reason = f"{distinct} distinct value{'s' * (distinct != 1)}; an exponent and a floor need three"
            yield FitWarning("few_values", name, reason)
    if len(x) < RUNS_PER_PARAMETER * problem.n_free:
        reason = f"{len(x)} runs for {problem.n_free} free parameters"
        yield FitWarning("few_runs", "runs", reason)


def _collinear(x, y):
    if min(np.ptp(x), np.ptp(y)) > 0:
        r = float(np.corrcoef(x, y)[0, 1])
        if abs(r) > COLLINEAR:
            reason = (
                f"log n_params and log n_tokens have correlation {r:.3f}; the data term can stand in for the size term"
            )
            yield FitWarning("collinear", "n_params, n_tokens", reason)


def of_range(name, value, seen):
    """Return a warning for each of the values (scalar or array) that lies outside the range of the runs.

    Parameters
    ----------
    name : str
        Name of the quantity.
    value : float or ndarray
        Where the law is asked for.
    seen : tuple of float
        Smallest and largest value of the runs.

    Returns
    -------
    tuple of FitWarning
        Empty or one, about the farthest value.
    """
    low, high = seen
    most, least = float(np.max(value)), float(np.min(value))
    if most > high * (1 + 1e-9):
        reason = f"{name} {most:.3g} is {most / high:.3g} times the largest of the runs, {high:.3g}"
    elif least < low * (1 - 1e-9):
        reason = f"{name} {least:.3g} is {low / least:.3g} times below the smallest of the runs, {low:.3g}"
    else:
        return ()
    return (FitWarning("extrapolation", name, reason),)
