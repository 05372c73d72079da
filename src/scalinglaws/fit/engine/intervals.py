"""Student's t distribution for whole degrees of freedom, without SciPy, which costs a browser 20 MB.

What a new run is expected to give: the uncertainty of the law and the scatter of runs around it together.

Bootstrap over runs or groups of runs: thousands of refits at once, percentile intervals.

One resample draws as many runs (or groups) as there are, with replacement: a row of weights.

Profile of the objective in one parameter: what the runs say about it when all the others adapt.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from scalinglaws.check import number, one_of, positive, whole
from scalinglaws.fit.engine.starts import LOW, easing
from scalinglaws.fit.engine.terms import OFF, Problem
from scalinglaws.fit.engine.warnings import of_range
from scalinglaws.laws.training.chinchilla import chinchilla_loss, optimal_params, optimal_tokens


def t_quantile(level, freedom):
    """Return the t for which a share `level` of Student's distribution lies between -t and t.

    Parameters
    ----------
    level : float
        Between 0 and 1, for example 0.9.
    freedom : int
        Degrees of freedom, 1 or more.

    Returns
    -------
    float
        Half-width of the central interval, in standard errors.

    Raises
    ------
    ValueError
        If `level` is not between 0 and 1 or `freedom` is not a whole number from 1.

    Notes
    -----
    Abramowitz and Stegun 26.7.3 and 26.7.4 give the central probability as a finite sum in the angle atan(t /
    sqrt(freedom)); the angle is found by bisection.

    Examples
    --------
    >>> [round(t_quantile(0.9, freedom), 3) for freedom in (1, 10, 100)]
    [6.314, 1.812, 1.66]
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level}")
    if int(freedom) != freedom or freedom < 1:
        raise ValueError(f"freedom must be a whole number of 1 or more, got {freedom}")
    low, high = 0.0, np.pi / 2
    for _ in range(60):
        angle = (low + high) / 2
        low, high = (angle, high) if _central(angle, freedom) < level else (low, angle)
    return float(np.sqrt(freedom) * np.tan(low))


def _central(angle, freedom):
    odd = freedom % 2
    steps = np.arange(1, (freedom - 1 - odd) // 2 + 1)
    ratios = (2 * steps - 1 + odd) / (2 * steps + odd)
    powers = np.cumprod(np.concatenate([[1.0], ratios * np.cos(angle) ** 2]))
    if not odd:
        return np.sin(angle) * powers.sum()
    series = np.sin(angle) * np.cos(angle) * powers.sum() if freedom > 1 else 0.0
    return 2 / np.pi * (angle + series)


class Prediction(NamedTuple):
    """Value of the law, interval (low, high) of a new run at `level`, and warnings if it lies outside the data."""

    value: float
    low: float
    high: float
    level: float
    warnings: tuple


def predicted(fit, draws, value, level, warnings):
    """Return the `Prediction` of a new run from the law's draws, shape (n_resamples, ...), and the fit's residuals.

    The scatter is drawn from the residuals, widened by sqrt(n / (n - p)) for the p parameters that they were fitted with.
    """
    residuals = fit.residuals[fit.problem.weights > 0]
    widen = np.sqrt(len(residuals) / max(len(residuals) - fit.problem.n_free, 1))
    scatter = widen * np.random.default_rng([fit.seed, 1]).choice(residuals, draws.shape)
    draws = draws * np.exp(scatter) if fit.problem.objective.log else draws + scatter
    return Prediction(value, *percentile_interval(draws, level), level, warnings)


def robust_scale(residuals, weights):
    """Return a robust standard deviation: 1.4826 times the median size of the residuals with any weight."""
    return 1.4826 * float(np.median(np.abs(residuals[weights > 0])))


ALIASES = {"exponent_n": "a", "exponent_d": "b"}
NEAR = 0.003  # damping of the first step: the optimum of all runs is near those of its resamples
HARD = 40  # evaluations after which a refit is repeated from wider Huber thresholds


@dataclass(frozen=True)
class OptimumInterval:
    """Intervals (low, high) for the best use of a budget, and warnings if the budget lies beyond the runs."""

    n_params: tuple
    n_tokens: tuple
    loss: tuple
    tokens_per_param: tuple
    level: float
    warnings: tuple


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Refits of a Chinchilla law to resamples of its runs.

    Percentile intervals. How often those of 95 % hold the truth was simulated, with 500 refits of each data set, for runs
    of the design of Hoffmann et al. with a scatter of 0.006 in log loss: normal, Student's t with 3 degrees of freedom,
    or normal and wider for small runs. In per cent (``benchmarks/coverage.py``; with the widths, the table `coverage`):

    ========  ====  =========  =====  =====  =====  =====  =========  ==============
    scatter   runs  data sets  a      alpha  beta   E      held-out   best size at
                                                           loss       5.76e23 FLOP
    ========  ====  =========  =====  =====  =====  =====  =========  ==============
    gaussian  24    1000       99.4   98.6   98.8   98.2   98.6       99.3
    gaussian  48    1000       98.6   98.2   97.7   98.6   98.4       98.2
    gaussian  96    2000       97.7   97.2   97.3   97.4   97.2       97.5
    gaussian  240   2000       97.0   96.0   96.7   96.7   96.5       96.5
    student3  24    1000       98.6   98.7   98.4   98.5   98.2       98.7
    student3  48    1000       97.9   98.2   97.3   98.4   98.0       98.0
    student3  96    1000       97.9   96.8   97.3   96.7   97.1       97.8
    student3  240   1000       96.2   96.0   96.4   96.0   95.8       96.4
    growing   24    1000       99.4   98.4   98.4   98.3   98.2       99.2
    growing   48    1000       99.0   97.6   97.7   98.6   98.8       98.9
    growing   96    1000       97.9   96.7   96.9   97.5   97.6       98.1
    growing   240   1000       96.5   96.1   97.0   96.6   96.1       96.8
    ========  ====  =========  =====  =====  =====  =====  =========  ==============

    They hold it a little more often than they say, most of all with few runs.

    Parameters
    ----------
    problem : Problem
        The fit that is resampled.
    theta : ndarray, shape (5, n_resamples)
        Parameters of each refit.
    value : ndarray, shape (n_resamples,)
        Objective that each refit reached.
    converged : float
        Share of the refits that converged.
    seen : dict of str to tuple
        Range of the runs in n_params, n_tokens, compute_flop.
    """

    problem: Problem
    theta: np.ndarray
    value: np.ndarray
    converged: float
    seen: dict

    @cached_property
    def draws(self):
        """Dict of str to ndarray, shape (n_resamples,): E, A, B, alpha, beta, a, b.

        The exponents of the allocation are a = beta / (alpha + beta) for the size and b = 1 - a for the data.
        """
        draws = self.problem.named(self.theta)
        alpha, beta = (np.maximum(draws[name], LOW) for name in ("alpha", "beta"))
        return draws | {"a": beta / (alpha + beta), "b": alpha / (alpha + beta)}

    def interval(self, name, level=0.95):
        """Return the percentile interval of a parameter.

        Parameters
        ----------
        name : str
            E, A, B, alpha, beta, a (or exponent_n), b (or exponent_d).
        level : float
            Between 0 and 1.

        Returns
        -------
        low, high : float

        Raises
        ------
        ValueError
            If the name is unknown or the level not between 0 and 1.
        """
        name = ALIASES.get(name, name)
        one_of("name", name, self.draws)
        return percentile_interval(self.draws[name], level)

    def standard_error(self, name):
        """Return the standard deviation of the draws of a parameter, named as in `interval`."""
        name = ALIASES.get(name, name)
        one_of("name", name, self.draws)
        return float(np.std(self.draws[name], ddof=1))

    def loss(self, n_params, n_tokens, level=0.95):
        """Return the interval of the law's loss in nats per token at one or more (N, D).

        It is the interval of the law; a new run scatters around it (`ChinchillaFit.predict`).

        Parameters
        ----------
        n_params, n_tokens : float or array_like, one shape
        level : float

        Returns
        -------
        low, high : float or ndarray
        """
        return percentile_interval(self.loss_draws(n_params, n_tokens), level)

    def loss_draws(self, n_params, n_tokens):
        """Return the loss of every draw at (N, D), shape (n_resamples, ...)."""
        x = np.log(positive("n_params", n_params)) - self.problem.centre[0]
        y = np.log(positive("n_tokens", n_tokens)) - self.problem.centre[1]
        a, alpha, b, beta, e = (part.reshape(-1, *[1] * np.ndim(x + y)) for part in self.theta)
        return np.exp(a - alpha * x) + np.exp(b - beta * y) + np.exp(e)

    def optimum(self, compute_flop, level=0.95):
        """Return the `OptimumInterval` of a budget in FLOP, with C = 6 N D.

        Examples
        --------
        >>> import numpy as np
        >>> from scalinglaws.fit import fit_chinchilla
        >>> n, d = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e8, 1e10, 6), np.geomspace(1e9, 1e11, 6)))
        >>> noise = np.random.default_rng(0).normal(0, 0.003, 36)
        >>> fit = fit_chinchilla(n, d, (1.8 + 480 / n**0.35 + 2085 / d**0.37) * np.exp(noise))
        >>> low, high = fit.bootstrap(500).optimum(1e21).n_params
        >>> bool(low < fit.optimum(1e21).n_params < high)
        True
        """
        compute_flop = number("compute_flop", compute_flop)
        shape = (self.draws["A"], self.draws["B"], *(np.maximum(self.draws[name], LOW) for name in ("alpha", "beta")))
        with np.errstate(all="ignore"):
            n_params, n_tokens = (best(compute_flop, *shape) for best in (optimal_params, optimal_tokens))
            loss = chinchilla_loss(n_params, n_tokens, self.draws["E"], *shape)
            parts = (n_params, n_tokens, loss, n_tokens / n_params)
        intervals = (percentile_interval(part, level) for part in parts)
        return OptimumInterval(*intervals, level, of_range("compute_flop", compute_flop, self.seen["compute_flop"]))


def resample(problem, theta, n_resamples, groups, seed):
    """Refit `n_resamples` resamples from the optimum `theta` of all runs: theta (5, k), value (k,), share converged."""
    weights = resample_weights(len(problem.weights), n_resamples, groups, seed) * problem.weights
    start = theta.copy()
    if "E" in problem.free:  # a floor that is zero has no gradient; give it one
        lowest = problem.objective.target.min()
        start[4] = max(start[4], np.log(0.05) + (lowest if problem.objective.log else np.log(lowest)))
    found = problem.minimise(weights, start, damping=NEAR)
    hard = np.flatnonzero(~found.converged | (found.evaluations > HARD))
    if len(hard):
        again = np.repeat(start[:, None], len(hard), axis=1)
        for delta in easing(problem.objective, factor=3.0):
            eased = problem.objective.at(delta)
            again = problem.minimise(weights[hard], again, eased, tolerance=1e-2, most=40).theta
        other = problem.minimise(weights[hard], again)
        better = ~(found.value[hard] <= other.value)
        for kept, new in zip(found, other, strict=True):
            kept[..., hard[better]] = new[..., better]
    return found.theta, found.value, float(np.mean(found.converged))


def resample_weights(n, n_resamples, groups=None, seed=0):
    """Return how often each run was drawn, shape (n_resamples, n).

    Parameters
    ----------
    n : int
        Number of runs.
    n_resamples : int
        Number of resamples.
    groups : array_like, shape (n,), optional
        Labels; runs of one label are drawn together. Default: each run by itself.
    seed : int
        Of the random numbers.

    Returns
    -------
    ndarray of int

    Examples
    --------
    >>> resample_weights(4, 2, groups=["a", "a", "b", "b"])
    array([[0, 0, 2, 2],
           [1, 1, 1, 1]])
    """
    n_resamples = whole("n_resamples", n_resamples)
    member = np.arange(n)
    if groups is not None:
        if np.shape(groups) != (n,):
            raise ValueError(f"groups must have shape ({n},), one label per run, got {np.shape(groups)}")
        member = np.unique(np.asarray(groups), return_inverse=True)[1]
    size = member.max() + 1
    if size < 2:
        raise ValueError(f"groups must have at least two distinct labels to resample, got {size}")
    drawn = np.random.default_rng(seed).integers(0, size, (n_resamples, size))
    drawn += size * np.arange(n_resamples)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=n_resamples * size).reshape(n_resamples, size)
    return counts if groups is None else counts[:, member]


def percentile_interval(draws, level):
    """Return (low, high): the central `level` of the draws along the first axis."""
    level = number("level", level)
    if not level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level}")
    with np.errstate(invalid="ignore"):  # between two infinite draws
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return (float(low), float(high)) if np.ndim(low) == 0 else (low, high)


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
