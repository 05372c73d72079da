"""Profile of the objective in one parameter: what the runs say about it when all the others adapt."""

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from scalinglaws.check import number, one_of, positive
from scalinglaws.fit.objective import OFF
from scalinglaws.fit.starts import LOW

NAMES = ("alpha", "beta", "E", "a")
WIDE = 9.0  # default values reach at least this drop, past the 99 % interval


@dataclass(frozen=True, eq=False)
class Profile:
    """Objective with one parameter held at each of several values, all others refitted.

    Attributes
    ----------
    name : str
        alpha, beta, E, or a, the exponent of the best size.
    values, objective : ndarray, shape (k,)
        Where it was held, and the objective reached there.
    drop : ndarray, shape (k,)
        Twice the fall of the log-likelihood from its top, on the scale of chi-squared with one degree of freedom.

    Notes
    -----
    drop = 2 (F - F_min) sum(w psi') / sum(w psi^2), with sum(w psi') reduced by the share of parameters per run. For
    least squares, n runs and p parameters it is (n - p) (F / F_min - 1). For Huber losses it has approximately the same
    distribution whatever the shape of the scatter.
    """

    name: str
    values: np.ndarray
    objective: np.ndarray
    drop: np.ndarray

    def interval(self, level=0.95):
        """Return (low, high) where the drop crosses the quantile of chi-squared, linear between values.

        An end that the values do not reach is infinite: the runs do not bound the parameter on that side, or the values
        are too narrow.
        """
        level = number("level", level)
        if not level < 1:
            raise ValueError(f"level must be between 0 and 1, got {level}")
        limit = NormalDist().inv_cdf((1 + level) / 2) ** 2
        inside = np.flatnonzero(self.drop <= limit)
        if not len(inside):
            raise ValueError(f"no value of {self.name} has a drop within {limit:.3g}; give values near the fit")
        return self._end(inside[0], inside[0] - 1, limit, -np.inf), self._end(inside[-1], inside[-1] + 1, limit, np.inf)

    def _end(self, inner, outer, limit, beyond):
        if not 0 <= outer < len(self.values):
            return 0.0 if self.name == "E" and beyond < 0 and self.values[0] == 0 else beyond
        share = (limit - self.drop[inner]) / (self.drop[outer] - self.drop[inner])
        return float(self.values[inner] + share * (self.values[outer] - self.values[inner]))


def profile(problem, found, name, values=None, n_values=41):
    """Return the `Profile` of a fit; see `ChinchillaFit.profile`."""
    one_of("name", name, NAMES)
    if (name != "a" and name not in problem.free) or (name == "a" and {"alpha", "beta"} - set(problem.free)):
        raise ValueError(f"name must be a free parameter, got {name}, which is held or tied")
    best = _value(problem, found.theta, name)
    if values is None:
        values = _around(problem, found, name, best, n_values)
    else:
        values = np.unique(np.atleast_1d(positive("values", values)))
    objective = np.empty(len(values))
    for order in (np.flatnonzero(values >= best), np.flatnonzero(values < best)[::-1]):
        theta = found.theta
        for i in order:  # outwards from the optimum, each from its neighbour
            theta, objective[i] = _held(problem, theta, name, values[i])
    return Profile(name, values, objective, _drop(problem, found, objective))


def _value(problem, theta, name):
    named = problem.named(theta)
    return float(named["beta"] / (named["alpha"] + named["beta"]) if name == "a" else named[name])


def _held(problem, theta, name, value):
    if name == "a":
        problem, theta = replace(problem, ratio=value / (1 - value)), theta.copy()
        theta[1] = (1 - value) * (theta[1] + theta[3])
    else:
        problem = problem.holding(**{name: value})
        if name == "E":
            theta = np.where(np.arange(5) == 4, np.log(value) if value > 0 else OFF, theta)
    found = problem.minimise(problem.weights[None], theta)
    return found.theta[:, 0], float(found.value[0])


def _drop(problem, found, objective):
    residuals, w, delta = problem.residuals(found.theta), problem.weights, problem.objective.delta
    used = np.count_nonzero(w)
    inside = w @ (np.abs(residuals) < delta) * (used - problem.n_free) / used
    squares = w @ np.clip(residuals, -delta, delta) ** 2
    return 2 * (objective - found.value) * max(inside, 1.0) / max(squares, 1e-300)


def _around(problem, found, name, best, n_values):
    """Values on both sides of the fit, as far as the drop needs, nearer together where it is small."""
    top = {
        "a": 1 - LOW,
        "E": np.exp(problem.objective.target.min()) if problem.objective.log else problem.objective.target.min(),
    }
    limits = (0.0 if name == "E" else LOW, top.get(name, 10.0) * (1 - 1e-9))
    ends = []
    for limit in limits:
        reach = 0.05 * max(best, 0.02)
        for _ in range(12):
            end = best + np.sign(limit - best) * min(reach, abs(limit - best))
            theta = found.theta
            for value in np.linspace(best, end, 6)[1:]:
                theta, objective = _held(problem, theta, name, value)
            if end == limit or _drop(problem, found, np.array([objective]))[0] > WIDE:
                break
            reach *= 1.6
        ends.append(end)
    half = n_values // 2
    return np.unique(
        np.concatenate([np.linspace(ends[0], best, half + 1), np.linspace(best, ends[1], n_values - half)])
    )
