"""Intervals of every fit: quantiles, percentiles of refits, profiles, and one widening of residuals.

A refit of a resample is a column of theta. A fit that is refitted has `named(theta)`, its parameters by name, and
`values(theta, *x)`, its curve at a point; if what it predicts scatters, `scatter()`, its widened residuals, and
`scattered(values, residuals)`; and if it can say how to use a budget, `best_use(theta, compute_flop, flop_per_param_token)`.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np

from scalinglaws.check import number, one_of, share, whole
from scalinglaws.fit.engine.record import plain
from scalinglaws.fit.engine.rows import row_groups
from scalinglaws.fit.engine.warnings import FitWarning, of_range
from scalinglaws.laws.training.flops import TRAIN

LEVEL = 0.95  # of every interval, where no other is asked for
TAILS = 0.025, 0.975
USABLE = 0.95  # share of usable refits below which to warn,
SPREAD = 1e-3  # if 95 % of them differ by this in some parameter
ALIASES = {"exponent_n": "a", "exponent_d": "b"}


class Ends(NamedTuple):
    """Two ends of an interval."""

    low: float
    high: float


class Interval(Ends):
    """An interval that unpacks as (low, high), with the `level` at which it should hold the truth and `how` it was found.

    `warnings` are those of the fit and of its refits.

    >>> low, high = Interval(1.0, 2.0, 0.95, "bootstrap")
    """

    def __new__(cls, low, high, level, how, warnings=()):
        """Make the pair of ends."""
        pair = super().__new__(cls, low, high)
        pair.level, pair.how, pair.warnings = level, how, warnings
        return pair

    def __getnewargs__(self):
        """What a copy is made of."""
        return self.low, self.high, self.level, self.how, self.warnings

    def __repr__(self):
        return f"Interval({_short(self.low)} to {_short(self.high)}, {self.level:.0%}, {self.how})"

    to_dict = plain


class Prediction(NamedTuple):
    """Value of a curve, the interval of a new observation at `level`, and warnings: outside the data, and of the fit."""

    value: float
    low: float
    high: float
    level: float
    warnings: tuple = ()

    to_dict = plain

    def __repr__(self):
        noted = f"; {'; '.join(map(str, self.warnings))}" if self.warnings else ""
        return f"{_short(self.value)}, {self.level:.0%} of new runs in {_short(self.low)} to {_short(self.high)}{noted}"


class OptimumInterval(NamedTuple):
    """An `Interval` for each part of the best use of a budget, and warnings: beyond the runs, and of the fit."""

    n_params: Interval
    n_tokens: Interval
    loss: Interval
    tokens_per_param: Interval
    warnings: tuple

    to_dict = plain

    def __repr__(self):
        parts = [
            f"{name} {_short(low)} to {_short(high)}" for name, (low, high) in zip(self._fields, self[:4], strict=False)
        ]
        return ", ".join(parts) + f" ({self.loss.level:.0%})" + "".join(f"; {warning}" for warning in self.warnings)


def _short(value):
    return f"{value:.5g}" if np.ndim(value) == 0 else np.array2string(np.asarray(value), precision=5, threshold=6)


def t_quantile(level, freedom):
    """Return the t for which a share `level` of Student's distribution lies between -t and t.

    `freedom` is a whole number of 1 or more. The central probability is a finite sum in the angle atan(t / sqrt(freedom))
    (Abramowitz and Stegun 26.7.3 and 26.7.4); the angle is found by bisection. SciPy would cost a browser 20 MB.

    >>> [round(t_quantile(0.9, freedom), 3) for freedom in (1, 10, 100)]
    [6.314, 1.812, 1.66]
    """
    return _t_quantile(share("level", level), whole("freedom", freedom))


@cache
def _t_quantile(level, freedom):
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


def widening(n, n_free):
    """Return sqrt(n / (n - p)): residuals of n points around p fitted parameters are smaller than the scatter by this.

    >>> widening(8, 2) == (4 / 3) ** 0.5
    True
    """
    return float(np.sqrt(n / max(n - n_free, 1)))


def percentiles(draws, level=LEVEL, how="percentiles", warnings=()):
    """Return the `Interval` of the central `level` of draws along the first axis; an end among infinite ones is infinite.

    >>> tuple(map(float, percentiles([1, 2, 3, 4, 5], 0.5)))
    (2.0, 4.0)
    """
    tails = np.array([1 - share("level", level), 1 + level]) / 2
    with np.errstate(invalid="ignore"):  # between two infinite draws
        ends = np.quantile(draws, tails, axis=0)
    if not np.isfinite(ends).all():
        ends = np.where(np.isfinite(ends), ends, np.quantile(draws, tails, axis=0, method="nearest"))
    low, high = ends
    return Interval(*((float(low), float(high)) if np.ndim(low) == 0 else (low, high)), level, how, warnings)


def resample_weights(n, n_resamples, groups=None, seed=0):
    """Return how often each of n runs was drawn, shape (n_resamples, n): as many as there are, with replacement.

    Runs that share one of the labels `groups` are drawn together; by default each run is drawn by itself.

    >>> resample_weights(4, 2, groups=["a", "a", "b", "b"])
    array([[0, 0, 2, 2],
           [1, 1, 1, 1]])
    """
    n_resamples = whole("n_resamples", n_resamples)
    member = np.arange(n)
    if groups is not None:
        member = np.unique(row_groups(groups, n), return_inverse=True)[1]
    size = member.max() + 1
    if size < 2:
        raise ValueError(f"groups must have at least two distinct labels to resample, got {size}")
    drawn = np.random.default_rng(seed).integers(0, size, (n_resamples, size))
    drawn += size * np.arange(n_resamples)[:, None]
    drawn = drawn.ravel().astype(np.intp)  # a browser counts in 32 bits
    counts = np.bincount(drawn, minlength=n_resamples * size).reshape(n_resamples, size)
    return counts if groups is None else counts[:, member]


@dataclass(frozen=True, eq=False)
class Draws:
    """Refits of a fit to resamples, by weights or by residuals; percentile intervals of whatever follows from them.

    How often intervals of 95 % of `fit_chinchilla` hold the truth, and how wide they are, was simulated for runs of the design
    of Hoffmann et al. (``benchmarks/coverage.py``): it is the table `coverage`, kept as data. They hold it a little more often
    than they say, most of all with few runs. All of it takes the form of the law to be right.

    >>> from scalinglaws.data import load
    >>> table = load("coverage")
    >>> bool(0.93 <= table["coverage"].min()), table.columns[:6]
    (True, ['noise', 'n_runs', 'quantity', 'level', 'coverage', 'median_width'])

    fit: what was refitted.
    theta (p, n_resamples): parameters of each refit, as the fit keeps them.
    value (n_resamples,): objective that each refit reached.
    usable: share of the resamples whose refit converged, or determined what was fitted.
    seed: of the resamples.
    """

    fit: object
    theta: np.ndarray
    value: np.ndarray | None
    usable: float
    seed: int

    def __repr__(self):
        return f"{self.theta.shape[1]} refits of a {type(self.fit).__name__}, {self.usable:.0%} of them usable"

    def to_dict(self, level=LEVEL):
        """Return shares and an interval of each parameter as a dict ready for JSON."""
        intervals = {name: self.interval(name, level) for name in self.draws}
        facts = {"n_resamples": self.theta.shape[1], "usable": self.usable, "seed": self.seed}
        return plain(facts | {"intervals": intervals, "warnings": self.warnings})

    @property
    def how(self):
        """Str: how intervals come about."""
        return f"percentiles of {self.theta.shape[1]} refits"

    @cached_property
    def warnings(self):
        """Tuple of FitWarning: those of the fit, and one if many refits did not end, or determined nothing.

        If they all agree nevertheless, as for an exact fit, the share does no harm.
        """
        given = getattr(self.fit, "warnings", ())
        if self.usable >= USABLE or (self.theta.size and np.ptp(np.quantile(self.theta, TAILS, 1), 0).max() < SPREAD):
            return given
        reason = f"only {self.usable:.0%} of the refits can be used; intervals from them may be too narrow"
        return *given, FitWarning("bootstrap", "refits", reason)

    @cached_property
    def draws(self):
        """Dict of str to ndarray, shape (n_resamples,): the parameters of the fit, by name."""
        return self.fit.named(self.theta)

    def interval(self, name, level=LEVEL):
        """Return the `Interval` of a parameter."""
        name = ALIASES.get(name, name)
        one_of("name", name, self.draws)
        level, given, n = share("level", level), self.warnings, self.theta.shape[1]
        if n * (1 - level) < 2 * (1 - 1e-9):
            reason = (
                f"{n} refits; an interval of {level:.0%} needs {np.ceil(2 / (1 - level)):.0f} for one beyond each end"
            )
            given = *given, FitWarning("few_refits", "n_resamples", reason)
        return percentiles(self.draws[name], level, self.how, given)

    def curve(self, *x, level=LEVEL):
        """Return the `Interval` of the fitted law at a point; a new observation scatters around it (`predict`)."""
        return percentiles(self.fit.values(self.theta, *x), level, self.how, self.warnings)

    def predict(self, *x, level=LEVEL):
        """Return the `Prediction` of a new observation: uncertainty of the law and scatter of residuals together."""
        values = self.fit.values(self.theta, *x)
        scatter = np.random.default_rng([self.seed, 1]).choice(self.fit.scatter(), values.shape)
        low, high = percentiles(self.fit.scattered(values, scatter), level)
        return Prediction(self.fit.curve(*x), low, high, level, self.fit.warnings_at(*x) + self.warnings)

    def optimum(self, compute_flop, level=LEVEL, flop_per_param_token=None):
        """Return the `OptimumInterval` of a budget in FLOP; its loss is NaN where none was fitted.

        Compute is `flop_per_param_token` N D: 6, or what the fit was told. A line through best sizes keeps them.

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
        seen, per = np.array(self.fit.seen["compute_flop"]), flop_per_param_token
        if per is not None:
            per = number("flop_per_param_token", per)
            seen = seen if hasattr(self.fit, "flop_per_param_token") else seen * per / TRAIN
        n_params, n_tokens, loss = self.fit.best_use(self.theta, compute_flop, per)
        parts = (n_params, n_tokens, loss, n_tokens / n_params)
        intervals = (percentiles(part, level, self.how, self.warnings) for part in parts)
        beyond = of_range("compute_flop", compute_flop, seen)
        return OptimumInterval(*intervals, beyond + self.warnings)


@dataclass(frozen=True, eq=False)
class Profile:
    """The objective with one parameter held at each of several values, all others refitted.

    name: which parameter.
    values, objective (k,): where it was held, rising, the last one perhaps infinite; and the objective reached there.
    drop (k,): twice the fall of the log-likelihood from its top: for least squares, n points and p parameters (n - p)
        times the relative rise of the objective. Where it reaches the square of Student's t, an interval ends.
    freedom: n - p.
    theta (p, k): all parameters there, as the fit keeps them.
    beyond: the ends of an interval that the values do not close. Infinite where the parameter has no bounds: the data
        do not bound it on that side, or the values are too narrow.
    """

    name: str
    values: np.ndarray
    objective: np.ndarray
    drop: np.ndarray
    freedom: int
    theta: np.ndarray
    beyond: tuple = (-np.inf, np.inf)
    log: bool = False

    def __repr__(self):
        return f"Profile of {self.name} at {len(self.values)} values, {self.values[0]:.5g} to {self.values[-1]:.5g}"

    def limit(self, level=LEVEL):
        """Return the drop up to which a value is within the interval of a level."""
        return t_quantile(level, self.freedom) ** 2

    def interval(self, level=LEVEL):
        """Return the `Interval` whose ends have a drop equal to the limit: its root is linear between values."""
        limit = self.limit(level)
        inside = np.flatnonzero(self.drop <= limit)
        if not len(inside):
            raise ValueError(f"no value of {self.name} has a drop within {limit:.3g}; give values near the fit")
        first, last = inside[0], inside[-1]
        ends = self._end(first, first - 1, limit, self.beyond[0]), self._end(last, last + 1, limit, self.beyond[1])
        return Interval(*map(float, ends), level, "profile")

    def _end(self, inner, outer, limit, beyond):
        if not 0 <= outer < len(self.values):
            return beyond
        if np.isinf(self.values[[inner, outer]]).any():  # between the last value and infinity nothing was tried
            return self.values[outer]
        place = np.log(self.values[[inner, outer]]) if self.log else self.values[[inner, outer]]
        height = np.sqrt(np.maximum(self.drop[[inner, outer]], 0))
        at = place[0] + (np.sqrt(limit) - height[0]) / (height[1] - height[0]) * (place[1] - place[0])
        return np.exp(at) if self.log else at
