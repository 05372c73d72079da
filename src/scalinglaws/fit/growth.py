"""Fits of growth curves to a series of years and values, with what the series says about the ceiling.

year, value
    The series, in any order: four points or more, three where two parameters are fitted. For a peak, production per year.
residuals
    "log": errors are factors; "linear": they have the unit of the values.
ceiling, total
    The ceiling (for a peak the area under it, unit of `value` times years), if it is known or assumed; `numpy.inf` is the
    exponential.
max_ceiling, max_total
    What it cannot exceed, such as 100 for a percentage.

For each of about 70 ceilings the two other parameters are fitted by damped Newton steps, started from the exponential which
the curve leaves and from the best of a grid of midpoints and widths. A curve is kept within an interval if its sum of
squares is at most SSE (1 + t^2 / (n - k)), t from Student's distribution: exact for straight lines through independent
normal errors, close otherwise.

>>> import numpy as np
>>> from scalinglaws.data import load
>>> chips = load("microprocessors")
>>> chips = chips.where(np.isfinite(chips["transistors_count"]))
>>> round(fit_exponential(chips["year"], chips["transistors_count"]).doubling_time, 2)
2.05
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from scalinglaws.check import columns, finite, one_of, positive
from scalinglaws.fit.ceilings import MOST, CeilingFits, CurveProblem, curves_within, fit_every_ceiling, value_range
from scalinglaws.fit.engine.intervals import LEVEL, Draws, Interval, Prediction, Profile, widening
from scalinglaws.laws.growth.curves import LN2, LN81


@dataclass(frozen=True, eq=False, repr=False)
class GrowthFit:
    """A fitted growth curve. It is made by `fit_exponential`, `fit_logistic`, `fit_gompertz` and `fit_peak`.

    kind: "exponential", "logistic", "gompertz" or "peak".
    n_free: fitted parameters: two, or three with the ceiling.
    ceiling, midpoint, width: of the best curve, as in `scalinglaws.laws.growth.curves`; infinity where it is an
        exponential. For a peak the ceiling is the area under it.
    growth, doubling_time: factor per year and doubling time of the exponential, or of the beginning of a logistic or a
        peak; NaN for a Gompertz curve, which has no such beginning.
    residuals (n_points,): observed minus fitted, as natural logarithms or in the unit of the values.
    deviation: their standard deviation (of logarithms, 0.1 is about 10 %).
    sse, r2: their sum of squares; share of the variance explained, on the scale of the residuals.
    lag1: correlation of neighbouring residuals. Far above 0 the intervals, which take them for independent, are too
        narrow.
    """

    kind: str
    n_free: int
    ceiling: float
    midpoint: float
    width: float
    growth: float
    doubling_time: float
    problem: CurveProblem = field(repr=False)
    fits: CeilingFits = field(repr=False)
    theta: np.ndarray = field(repr=False)

    @cached_property
    def residuals(self):
        return self.problem.observed - self.problem.values(self.theta[:, None], self.problem.t)[0]

    @property
    def n_points(self):
        return len(self.problem.t)

    @property
    def sse(self):
        return float((self.residuals**2).sum())

    @property
    def deviation(self):
        return float(np.sqrt(self.sse / (self.n_points - self.n_free)))

    @property
    def r2(self):
        total = ((self.problem.observed - self.problem.observed.mean()) ** 2).sum()
        return 1 - self.sse / total if total else np.nan

    @property
    def lag1(self):
        return float(self.residuals[:-1] @ self.residuals[1:] / self.sse) if self.sse else 0.0

    @property
    def aicc(self):
        """Float: Akaike's criterion, corrected for few points; infinite where there are too few."""
        return aicc(self.sse, self.n_points, self.n_free + 1)

    def curve(self, year):
        """Return the fitted curve at `year`, any shape."""
        return self.values(self.theta[:, None], year)[0]

    def profile(self):
        """Return the `Profile` of the ceiling: the best fit at each, the last one infinite for the exponential."""
        with np.errstate(over="ignore"):
            ceiling = np.exp(self.fits.theta[2]) * self._area
        drop = (self.fits.sse / self.fits.sse.min() - 1) * self._freedom
        ends = (ceiling[0], ceiling[-1])  # what is beyond the grid was ruled out by whoever asked
        return Profile("ceiling", ceiling, self.fits.sse, drop, self._freedom, self.fits.theta, ends, log=True)

    def interval(self, name, level=LEVEL):
        """Return the profile likelihood `Interval` of ceiling, midpoint, width, growth or doubling_time.

        It has all values that some curve has which the series does not reject. The upper end of a ceiling is infinite where
        the exponential is not rejected: then the data put no bound on it.
        """
        one_of("name", name, ("ceiling", "midpoint", "width", "growth", "doubling_time"))
        if name == "ceiling":
            return self.profile().interval(level)
        values = self.named(curves_within(self.problem, self.fits, self._limit(level))[0])
        low, high = values[name].min(), values[name].max()
        if name == "doubling_time" and values["growth"].min() < 1 < values["growth"].max():
            low, high = LN2 / np.log(values["growth"].max()), np.inf
        return Interval(float(low), float(high), level, "profile")

    def predict(self, year, level=LEVEL, noise=True):
        """Return the `Prediction` at years (n_years,): an interval from all curves that the series does not reject.

        It is for one more observation; without `noise`, for the curve alone.
        """
        year = np.atleast_1d(finite("year", year))
        ends = value_range(self.problem, self.fits, self.problem.scaled(year), self._limit(level), noise)
        return Prediction(self.curve(year), *map(self._back, ends), level)

    def bootstrap(self, n_draws=400, seed=0):
        """Return `Draws`: the fitted values plus residuals drawn with replacement, refitted."""
        problem, theta = self.problem, self.theta[:, None]
        scatter = np.random.default_rng(seed).choice(self.scatter(), size=(n_draws, self.n_points))
        observed = problem.values(theta, problem.t)[0] + scatter
        if self.n_free == 2 and np.isinf(self.theta[2]):
            starts, problem, most = theta, problem.straight, np.inf
        elif self.n_free == 2:
            starts, most = theta, np.inf
        else:  # a handful of fits of the profile, from the lowest ceilings to the exponential's edge
            places = np.flatnonzero(self.fits.theta[2] <= np.log(MOST * problem.unit) + 1e-9)
            near = places[self.fits.sse[places] <= 6 * self.fits.sse.min()]
            places = near if near.size else places
            starts = self.fits.theta[:, places[np.linspace(0, len(places) - 1, 6).astype(int)]]
            most = np.exp(self.fits.theta[2].max())
        n_starts = starts.shape[1]
        theta, sse = problem.solve(np.tile(starts, n_draws), self.n_free, most, np.repeat(observed, n_starts, axis=0))
        theta, sse = theta.reshape(3, n_draws, n_starts), sse.reshape(n_draws, n_starts)
        best = np.arange(n_draws), np.argmin(sse, axis=1)
        return Draws(self, theta[:, *best], sse[best], float(np.isfinite(sse[best]).mean()), seed)

    def named(self, theta):
        """Return the parameters of the reader by name, from theta (3, k)."""
        problem = self.problem
        endless = ~(theta[2] < np.log(0.99 * MOST * problem.unit))
        straight = np.isinf(theta[2])
        width = np.exp(np.where(straight, 0.0, theta[1]))
        with np.errstate(divide="ignore", over="ignore"):
            rate = np.where(straight, theta[1], np.nan if self.kind == "gompertz" else LN81 / width) / problem.span
            return {
                "ceiling": np.where(endless, np.inf, np.exp(np.where(endless, 0.0, theta[2])) * self._area),
                "midpoint": np.where(endless, np.inf, problem.origin + problem.span * theta[0]),
                "width": np.where(straight, LN81 / rate, width * problem.span),
                "growth": np.exp(rate),
                "doubling_time": LN2 / rate,
            }

    def values(self, theta, year):
        """Return the curve of each column of theta at `year`, shape (k, ...)."""
        year = finite("year", year)
        return self._back(self.problem.values(theta, self.problem.scaled(year).ravel())).reshape(-1, *year.shape)

    def scatter(self):
        """Return the residuals, widened for the parameters that were fitted to them."""
        return self.residuals * widening(self.n_points, self.n_free)

    def scattered(self, values, residuals):
        """Return values with residuals laid upon them."""
        return values * np.exp(residuals) if self.problem.log else values + residuals

    def warnings_at(self, year):
        """Return nothing: that a year lies ahead is the point."""
        return ()

    def __repr__(self):
        names = {"exponential": ("doubling_time", "growth")}.get(self.kind, ("ceiling", "midpoint", "width"))
        scale = "log" if self.problem.log else "linear"
        head = f"{self.kind}, {scale} residuals, {self.n_points} points, deviation {self.deviation:.3g}"
        return f"<GrowthFit: {'; '.join([head, *map(self._in_words, names)])}>"

    def _in_words(self, name):
        if self.n_free == 2 and name == "ceiling":
            return f"ceiling {self.ceiling:.5g} (given)"
        low, high = self.interval(name)
        if np.isinf(low):
            return f"{name} without bound"
        span = f"{low:.5g} or more, no upper bound" if np.isinf(high) else f"{low:.5g} to {high:.5g}"
        return f"{name} {getattr(self, name):.5g} ({LEVEL:.0%} {span})"

    @property
    def _area(self):
        return self.problem.span if self.kind == "peak" else 1.0

    @property
    def _freedom(self):
        return self.n_points - self.n_free

    def _limit(self, level):
        return self.fits.sse.min() * (1 + self.profile().limit(level) / self._freedom)

    def _back(self, values):
        with np.errstate(over="ignore"):
            return np.exp(values) if self.problem.log else values


def aicc(sse, n, k):
    """Return Akaike's criterion of n points and k parameters, corrected for few points; infinite where there are too few."""
    return n * np.log(max(sse, 1e-300) / n) + 2 * k + (2 * k * (k + 1) / (n - k - 1) if n > k + 1 else np.inf)


def fit_exponential(year, value, residuals="log"):
    """Fit exponential growth or decay to three points or more, by default a straight line through the logarithms.

    >>> fit = fit_exponential([2000, 2002, 2004, 2006], [1.0, 2.1, 3.9, 8.0])
    >>> round(fit.doubling_time, 2), [round(end, 2) for end in fit.interval("doubling_time", level=0.9)]
    (2.02, [1.89, 2.17])
    """
    return _fit(None, year, value, residuals)


def fit_logistic(year, value, residuals="linear", ceiling=None, max_ceiling=None):
    """Fit a logistic S-curve. A ceiling of infinity means that no logistic fits the series better than an exponential.

    >>> from scalinglaws.data import load
    >>> phones = load("phones").where(load("phones")["technology"] == "smartphone")
    >>> fit = fit_logistic(phones["year"], phones["per_hundred"], max_ceiling=100)
    >>> round(fit.midpoint, 1), [round(end) for end in fit.interval("ceiling", level=0.9)]
    (2012.4, [88, 96])
    """
    return _fit("logistic", year, value, residuals, ceiling, max_ceiling)


def fit_gompertz(year, value, residuals="linear", ceiling=None, max_ceiling=None):
    """Fit a Gompertz S-curve: a quick start, a slow approach to the ceiling.

    >>> from scalinglaws.laws.growth.curves import gompertz
    >>> years = range(2000, 2021, 2)
    >>> round(fit_gompertz(years, [gompertz(year, 80, 2008, 10) for year in years]).ceiling, 3)
    80.0
    """
    return _fit("gompertz", year, value, residuals, ceiling, max_ceiling)


def fit_peak(year, value, residuals="linear", total=None, max_total=None):
    """Fit a symmetric peak, Hubbert's curve for yearly production. Its `ceiling` is the total, its `midpoint` the peak.

    >>> from scalinglaws.laws.growth.curves import logistic_rate
    >>> fit = fit_peak(range(1900, 1961, 5), [logistic_rate(year, 200, 1970, 70) for year in range(1900, 1961, 5)])
    >>> round(fit.ceiling), round(fit.midpoint)
    (200, 1970)
    """
    return _fit("peak", year, value, residuals, total, max_total)


def record_setters(year, value):
    """Return which points of a series, in any order, are higher than all earlier ones: a mask in the given order.

    Of points of one year only the highest can be a record.

    >>> record_setters([2001, 2000, 2002, 2003], [5, 3, 4, 6])
    array([ True,  True, False,  True])
    """
    year, value = columns(finite, year=year, value=value)
    order = np.lexsort((-value, year))
    highest = np.maximum.accumulate(np.concatenate([[-np.inf], value[order][:-1]]))
    mask = np.empty(year.size, dtype=bool)
    mask[order] = value[order] > highest
    return mask


FITS = {"exponential": fit_exponential, "logistic": fit_logistic, "gompertz": fit_gompertz, "peak": fit_peak}


def _fit(shape, year, value, residuals, ceiling=None, most=None):
    one_of("residuals", residuals, ("log", "linear"))
    year, value = columns(finite, year=year, value=value)
    n_free = 2 if shape is None or ceiling is not None else 3
    if year.size <= n_free:
        raise ValueError(f"year must have at least {n_free + 1} points for {n_free} free parameters, got {year.size}")
    if np.ptp(year) == 0:
        raise ValueError(f"year must hold more than one year, got only {year[0]:g}")
    if residuals == "log":
        positive("value", value)
    elif value.max() <= 0:
        raise ValueError(f"value must have something above zero, got at most {value.max()}")
    for name, given in (("ceiling", ceiling), ("max_ceiling", most)):
        if given is not None and not given > 0:
            raise ValueError(f"{name} must be positive, got {given}")
    order = np.argsort(year, kind="stable")
    problem = CurveProblem(shape, year[order], value[order], residuals == "log")
    scale = problem.span if shape == "peak" else 1.0
    fits, best = fit_every_ceiling(problem, ceiling and ceiling / scale, most and most / scale)
    unnamed = GrowthFit(shape or "exponential", n_free, *[np.nan] * 5, problem, fits, best)
    named = {name: float(values[0]) for name, values in unnamed.named(best[:, None]).items()}
    return replace(unnamed, **named)


@dataclass(frozen=True)
class Comparison:
    """How one kind of curve fares against others on one series.

    kind: which curve.
    fit: the fit.
    aicc: akaike's criterion with the correction for few points; only differences matter.
    delta: above the best of those compared. Below 2, or below what the parameters alone cost: the data do not decide.
    weight: its share of exp(-delta / 2) among those compared. It is not a probability that the curve is true.
    """

    kind: str
    fit: GrowthFit
    aicc: float
    delta: float
    weight: float


def compare_growth(year, value, residuals="log", kinds=("exponential", "logistic", "gompertz"), max_ceiling=None):
    """Compare kinds of growth on one series of six points or more by Akaike's criterion: `Comparison`s, the best first.

    Criteria from different scales of residuals cannot be compared. Three cautions. A logistic contains the exponential; with
    no bend in sight it loses by the cost of its ceiling alone, 7.2 at nine points and 2.7 at thirty. That the exponential
    wins a short series says that it is simpler, not that there is no ceiling: ask ``fit.interval("ceiling")``. Residuals are
    taken for independent; where `fit.lag1` is far above 0 there is less information than points, and the differences are
    too large. And it says which curve describes what has been seen; `scalinglaws.fit.score` says which one forecasts.

    >>> from scalinglaws.data import load
    >>> phones = load("phones").where(load("phones")["technology"] == "cellphone")
    >>> [row.kind for row in compare_growth(phones["year"], phones["per_hundred"], residuals="linear")]
    ['gompertz', 'logistic', 'exponential']
    """
    if np.size(year) < 6:
        raise ValueError(f"year must have at least 6 points to compare kinds of growth, got {np.size(year)}")
    fits = []
    for kind in kinds:
        one_of("kinds", kind, FITS)
        limited = {} if kind in ("exponential", "peak") else {"max_ceiling": max_ceiling}
        fits.append(FITS[kind](year, value, residuals, **limited))
    scores = np.array([fit.aicc for fit in fits])
    delta = scores - scores.min()
    weight = np.exp(-delta / 2) / np.exp(-delta / 2).sum()
    return [
        Comparison(kinds[i], fits[i], float(scores[i]), float(delta[i]), float(weight[i])) for i in np.argsort(scores)
    ]
