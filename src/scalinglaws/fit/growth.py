"""Fits of growth curves to a series of years and values, with what the series says about the ceiling.

>>> import numpy as np
>>> from scalinglaws.data import load
>>> chips = load("microprocessors")
>>> chips = chips.where(np.isfinite(chips["transistors_count"]))
>>> round(fit_exponential(chips["year"], chips["transistors_count"]).doubling_time, 2)
2.05

What a fit of a growth curve knows: its parameters, their intervals, the profile over the ceiling, forecasts.

Bootstrap of growth curves: refits to resampled residuals.

Exponential or S-curve: what a series says about the kind of its growth.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scalinglaws.check import finite, one_of, positive
from scalinglaws.fit.ceilings import MOST, Problem, cloud, crossing, forecast, profile, threshold
from scalinglaws.fit.engine.minimise import least_squares
from scalinglaws.laws.growth.curves import LN2, LN81


class Profile(NamedTuple):
    """The best fit at each ceiling; infinity stands for the exponential. Arrays of shape (n_ceilings,), sorted."""

    ceiling: np.ndarray
    sse: np.ndarray
    midpoint: np.ndarray
    width: np.ndarray


class Forecast(NamedTuple):
    """Value and interval at future years, arrays of shape (n_years,)."""

    year: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


class GrowthFit:
    """A fitted growth curve. It is made by `fit_exponential`, `fit_logistic`, `fit_gompertz` and `fit_peak`.

    Attributes
    ----------
    kind : str
        "exponential", "logistic", "gompertz" or "peak".
    ceiling, midpoint, width : float
        Of the best curve, as in `scalinglaws.laws.growth.curves`; infinity where it is an exponential. For a peak the
        ceiling is the area under it.
    growth, doubling_time : float
        Factor per year and doubling time of the exponential, or of the beginning of a logistic or a peak; NaN for a
        Gompertz curve, which has no such beginning.
    deviation : float
        Residual standard deviation: a natural logarithm (0.1 is about 10 %), or in the unit of the values.
    r2 : float
        Share of the variance explained, on the scale of the residuals.
    lag1 : float
        Correlation of neighbouring residuals. Far above 0 the intervals, which take them for independent, are too
        narrow.
    profile : Profile
        Sum of squares for every ceiling.
    """

    def __init__(self, kind, problem, rows, best, n_free):
        self.kind, self.n_free, self.n_points = kind, n_free, len(problem.t)
        self._problem, self._rows, self._best = problem, rows, best
        for name, values in self._named(best[None]).items():
            setattr(self, name, float(values[0]))
        self.residuals = problem.observed - problem.values(best[None], problem.t)[0]
        self.sse = float((self.residuals**2).sum())
        self.deviation = float(np.sqrt(self.sse / (self.n_points - n_free)))
        total = ((problem.observed - problem.observed.mean()) ** 2).sum()
        self.r2 = 1 - self.sse / total if total else np.nan
        before, after = self.residuals[:-1], self.residuals[1:]
        self.lag1 = float(before @ after / self.sse) if self.sse else 0.0

    @property
    def scale(self):
        """Str: "log" or "linear", the scale of the residuals."""
        return "log" if self._problem.log else "linear"

    @property
    def profile(self):
        """Profile: the best fit at each ceiling."""
        named = self._named(self._rows.theta)
        return Profile(named["ceiling"], self._rows.sse, named["midpoint"], named["width"])

    @property
    def aicc(self):
        """Float: Akaike's criterion, corrected for few points; infinite where there are too few."""
        n, k = self.n_points, self.n_free + 1
        sse = max(self.sse, 1e-300)
        return n * np.log(sse / n) + 2 * k + (2 * k * (k + 1) / (n - k - 1) if n > k + 1 else np.inf)

    @property
    def standard_errors(self):
        """Dict of str to float: textbook errors from the curvature at the best curve; trust `interval` before these."""
        if np.isinf(self._best[2]):
            raise ValueError("standard_errors need a finite ceiling, got the exponential")
        slopes = self._problem.model(self._problem.t)(self._best[None])[1][0, :, : self.n_free]
        errors = self.deviation * np.sqrt(np.diag(np.linalg.inv(slopes.T @ slopes)))
        named = {"midpoint": errors[0] * self._problem.span, "width": errors[1] * self.width}
        return named | ({"ceiling": errors[2] * self.ceiling} if self.n_free == 3 else {})

    def curve(self, year):
        """Return the fitted curve at `year`, any shape."""
        year = finite("year", year)
        values = self._problem.values(self._best[None], self._problem.scaled(year).ravel())[0]
        return self._back(values).reshape(year.shape)

    def interval(self, name, level=0.9):
        """Return the profile likelihood interval of one parameter.

        Parameters
        ----------
        name : {"ceiling", "midpoint", "width", "growth", "doubling_time"}
            Which.
        level : float
            Between 0 and 1.

        Returns
        -------
        low, high : float
            All values that some curve has which the series does not reject. `high` is infinite where the exponential
            is not rejected: then the data put no upper bound on the ceiling.

        Raises
        ------
        ValueError
            If there is no such parameter or the level is not between 0 and 1.

        Notes
        -----
        A curve is kept if its sum of squares is at most SSE (1 + t**2 / (n - k)), t from Student's distribution:
        exact for straight lines through independent normal errors, close otherwise.
        """
        one_of("name", name, ("ceiling", "midpoint", "width", "growth", "doubling_time"))
        limit = threshold(self._rows.sse, self.n_points, self.n_free, level)
        if name == "ceiling":
            low, high = np.exp(crossing(self._rows, limit)) * self._area
            return float(low), float(high)
        values = self._named(cloud(self._problem, self._rows, limit)[0])
        if name == "doubling_time" and values["growth"].min() < 1 < values["growth"].max():
            return float(LN2 / np.log(values["growth"].max())), np.inf
        return float(values[name].min()), float(values[name].max())

    def predict(self, year, level=0.9, noise=True):
        """Forecast, with an interval from all curves that the series does not reject.

        Parameters
        ----------
        year : float or array_like, shape (n_years,)
            When.
        level : float
            Between 0 and 1.
        noise : bool
            Whether the interval is for one more observation (default) or for the curve alone.

        Returns
        -------
        Forecast
            Arrays of shape (n_years,).
        """
        year = np.atleast_1d(finite("year", year))
        limit = threshold(self._rows.sse, self.n_points, self.n_free, level)
        low, high = forecast(self._problem, self._rows, self._problem.scaled(year), limit, noise)
        with np.errstate(over="ignore"):
            return Forecast(year, self.curve(year), self._back(low), self._back(high))

    def bootstrap(self, n_draws=400, seed=0):
        """Refit to resampled residuals; see `scalinglaws.fit.growth`. Returns GrowthDraws."""
        return draw(self, n_draws, seed)

    def summary(self, level=0.9):
        """Return the fit in words, intervals included."""
        names = {"exponential": ("doubling_time", "growth")}.get(self.kind, ("ceiling", "midpoint", "width"))
        parts = [self._in_words(name, level) for name in names]
        head = f"{self.kind}, {self.scale} residuals, {self.n_points} points, deviation {self.deviation:.3g}"
        return "; ".join([head, *parts])

    def __repr__(self):
        return f"<GrowthFit: {self.summary()}>"

    def _in_words(self, name, level):
        if self.n_free == 2 and name == "ceiling":
            return f"ceiling {self.ceiling:.5g} (given)"
        low, high = self.interval(name, level)
        if np.isinf(low):
            return f"{name} without bound"
        span = f"{low:.5g} or more, no upper bound" if np.isinf(high) else f"{low:.5g} to {high:.5g}"
        return f"{name} {getattr(self, name):.5g} ({level:.0%} {span})"

    @property
    def _area(self):
        return self._problem.span if self.kind == "peak" else 1.0

    def _back(self, values):
        with np.errstate(over="ignore"):
            return np.exp(values) if self._problem.log else values

    def _named(self, theta):
        """Translate rows of internal parameters to those of the reader."""
        problem = self._problem
        endless = ~(theta[:, 2] < np.log(0.99 * MOST * problem.unit))
        straight = np.isinf(theta[:, 2])
        width = np.exp(np.where(straight, 0.0, theta[:, 1]))
        with np.errstate(divide="ignore", over="ignore"):
            rate = np.where(straight, theta[:, 1], np.nan if self.kind == "gompertz" else LN81 / width) / problem.span
            named = {
                "ceiling": np.where(endless, np.inf, np.exp(np.where(endless, 0.0, theta[:, 2])) * self._area),
                "midpoint": np.where(endless, np.inf, problem.origin + problem.span * theta[:, 0]),
                "width": np.where(straight, LN81 / rate, width * problem.span),
                "growth": np.exp(rate),
                "doubling_time": LN2 / rate,
            }
        return named


@dataclass(frozen=True, repr=False)
class GrowthDraws:
    """Curves refitted to resampled residuals.

    Attributes
    ----------
    ceiling, midpoint, width, growth, doubling_time : ndarray, shape (n_draws,)
        As in GrowthFit; a ceiling of infinity where the draw shows no bend.
    """

    fit: object
    theta: np.ndarray
    seed: int

    def __getattr__(self, name):
        if name in ("ceiling", "midpoint", "width", "growth", "doubling_time"):
            return self.fit._named(self.theta)[name]
        raise AttributeError(name)

    def interval(self, name, level=0.9):
        """Return the percentile interval of a parameter; its upper end may be infinite."""
        values = np.sort(getattr(self, name))
        tail = (1 - level) / 2
        ranks = np.clip(np.round(np.array([tail, 1 - tail]) * (values.size - 1)).astype(int), 0, values.size - 1)
        return tuple(float(v) for v in values[ranks])

    def predict(self, year, level=0.9, noise=True):
        """Return a Forecast whose interval holds the middle share `level` of the draws, residual noise added by
        default.
        """
        year = np.atleast_1d(finite("year", year))
        fit = self.fit
        values = fit._problem.values(self.theta, fit._problem.scaled(year))
        if noise:
            residuals = _inflated(fit)
            values = values + np.random.default_rng([self.seed, 1]).choice(residuals, size=values.shape)
        tail = (1 - level) / 2
        low, high = np.quantile(values, [tail, 1 - tail], axis=0)
        return Forecast(year, fit.curve(year), fit._back(low), fit._back(high))


def draw(fit, n_draws, seed):
    """Return GrowthDraws: the fitted values plus residuals drawn with replacement, refitted."""
    problem, best = fit._problem, fit._best
    rng = np.random.default_rng(seed)
    noise = rng.choice(_inflated(fit), size=(n_draws, fit.n_points))
    observed = problem.values(best[None], problem.t)[0] + noise
    if np.isinf(best[2]) and fit.n_free == 2:
        start = np.repeat(best[None], n_draws, axis=0)
        bounds = [-700.0, -700.0, 0], [700.0, 700.0, np.inf]
        theta, _ = least_squares(problem.exponential(problem.t), observed, start, *bounds, n_free=2)
        return GrowthDraws(fit, theta, seed)
    starts = _starts(fit)
    theta = np.tile(starts, (n_draws, 1))
    most = np.exp(fit._rows.theta[:, 2].max())
    theta, sse = problem.solve(theta, fit.n_free, most, np.repeat(observed, len(starts), axis=0))
    theta, sse = theta.reshape(n_draws, len(starts), 3), sse.reshape(n_draws, len(starts))
    return GrowthDraws(fit, theta[np.arange(n_draws), np.argmin(sse, axis=1)], seed)


def _starts(fit):
    """A handful of rows of the profile, from the lowest ceilings to the exponential's edge."""
    if fit.n_free == 2:
        return fit._best[None]
    places = np.flatnonzero(fit._rows.theta[:, 2] <= np.log(MOST * fit._problem.unit) + 1e-9)
    near = fit._rows.sse[places] <= 6 * fit._rows.sse.min()
    places = places[near] if near.any() else places
    return fit._rows.theta[places[np.linspace(0, len(places) - 1, 6).astype(int)]]


def _inflated(fit):
    return fit.residuals * np.sqrt(fit.n_points / (fit.n_points - fit.n_free))


def fit_exponential(year, value, residuals="log"):
    """Fit exponential growth or decay.

    Parameters
    ----------
    year, value : array_like, shape (n_points,)
        The series, in any order; three points or more.
    residuals : {"log", "linear"}
        Whether the errors are factors (a straight line through the logarithms) or have the unit of the values.

    Returns
    -------
    GrowthFit
        With `doubling_time`, `growth` (factor per year), `interval`, `predict`, `bootstrap`.

    Raises
    ------
    ValueError
        If the series is too short, not finite, all in one year, or not positive where logarithms are needed.

    Examples
    --------
    >>> fit = fit_exponential([2000, 2002, 2004, 2006], [1.0, 2.1, 3.9, 8.0])
    >>> round(fit.doubling_time, 2), [round(end, 2) for end in fit.interval("doubling_time", level=0.9)]
    (2.02, [1.89, 2.17])
    """
    return _fit(None, year, value, residuals)


def fit_logistic(year, value, residuals="linear", ceiling=None, max_ceiling=None):
    """Fit a logistic S-curve, its ceiling free, limited or given.

    Parameters
    ----------
    year, value : array_like, shape (n_points,)
        The series, in any order; four points or more (three if the ceiling is given).
    residuals : {"linear", "log"}
        Whether the errors have the unit of the values or are factors.
    ceiling : float, optional
        The ceiling, if it is known or assumed; `numpy.inf` is the exponential.
    max_ceiling : float, optional
        What the ceiling cannot exceed, such as 100 for a percentage.

    Returns
    -------
    GrowthFit
        With `ceiling`, `midpoint`, `width`, `profile`, `interval`, `predict`, `bootstrap`. A ceiling of infinity
        means that the series shows no bend: no logistic fits it better than an exponential.

    Raises
    ------
    ValueError
        As `fit_exponential`.

    Notes
    -----
    For each of about 70 ceilings the two other parameters are fitted by damped Gauss-Newton, started from the
    exponential which the curve leaves and from the best of a grid of midpoints and widths.

    Examples
    --------
    >>> from scalinglaws.data import load
    >>> phones = load("phones")
    >>> phones = phones.where(phones["technology"] == "smartphone")
    >>> fit = fit_logistic(phones["year"], phones["per_hundred"], max_ceiling=100)
    >>> round(fit.midpoint, 1), [round(end) for end in fit.interval("ceiling", level=0.9)]
    (2012.4, [88, 96])
    """
    return _fit("logistic", year, value, residuals, ceiling, max_ceiling)


def fit_gompertz(year, value, residuals="linear", ceiling=None, max_ceiling=None):
    """Fit a Gompertz S-curve: a quick start, a slow approach to the ceiling.

    Parameters, result and errors are those of `fit_logistic`.

    Examples
    --------
    >>> from scalinglaws.laws.growth.curves import gompertz
    >>> years = range(2000, 2021, 2)
    >>> round(fit_gompertz(years, [gompertz(year, 80, 2008, 10) for year in years]).ceiling, 3)
    80.0
    """
    return _fit("gompertz", year, value, residuals, ceiling, max_ceiling)


def fit_peak(year, value, residuals="linear", total=None, max_total=None):
    """Fit a symmetric peak, the slope of a logistic: Hubbert's curve for yearly production.

    Parameters
    ----------
    year, value : array_like, shape (n_points,)
        Production per year.
    residuals : {"linear", "log"}
        Whether the errors have the unit of the values or are factors.
    total : float, optional
        All that will ever be produced, if it is assumed: the area under the curve, unit of `value` times years.
    max_total : float, optional
        What the total cannot exceed.

    Returns
    -------
    GrowthFit
        Its `ceiling` is the total, its `midpoint` the year of the peak.

    Raises
    ------
    ValueError
        As `fit_exponential`.

    Examples
    --------
    >>> from scalinglaws.laws.growth.curves import logistic_rate
    >>> years = range(1900, 1961, 5)
    >>> fit = fit_peak(years, [logistic_rate(year, 200, 1970, 70) for year in years])
    >>> round(fit.ceiling), round(fit.midpoint)
    (200, 1970)
    """
    return _fit("peak", year, value, residuals, total, max_total)


def record_setters(year, value):
    """Return which points are higher than all earlier ones.

    Parameters
    ----------
    year, value : array_like, shape (n_points,)
        The series, in any order; of points of one year only the highest can be a record.

    Returns
    -------
    ndarray of bool, shape (n_points,)
        A mask in the given order.

    Examples
    --------
    >>> record_setters([2001, 2000, 2002, 2003], [5, 3, 4, 6])
    array([ True,  True, False,  True])
    """
    year, value = _series(year, value)
    order = np.lexsort((-value, year))
    highest = np.maximum.accumulate(np.concatenate([[-np.inf], value[order][:-1]]))
    mask = np.empty(year.size, dtype=bool)
    mask[order] = value[order] > highest
    return mask


FITS = {"exponential": fit_exponential, "logistic": fit_logistic, "gompertz": fit_gompertz, "peak": fit_peak}


def _fit(shape, year, value, residuals, ceiling=None, most=None):
    one_of("residuals", residuals, ("log", "linear"))
    year, value = _series(year, value)
    n_free = 2 if shape is None or ceiling is not None else 3
    kind = shape or "exponential"
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
    problem = Problem(shape, year[order], value[order], residuals == "log")
    scale = problem.span if shape == "peak" else 1.0
    limits = {"ceiling": ceiling and ceiling / scale, "max_ceiling": most and most / scale}
    rows, best = profile(problem, **limits)
    return GrowthFit(kind, problem, rows, best, n_free)


def _series(year, value):
    year, value = np.atleast_1d(finite("year", year)), np.atleast_1d(finite("value", value))
    if year.ndim != 1 or year.shape != value.shape:
        raise ValueError(f"year and value must be two lists of one length, got shapes {year.shape} and {value.shape}")
    return year, value


@dataclass(frozen=True)
class Comparison:
    """How one kind of curve fares against others on one series.

    Attributes
    ----------
    kind : str
        Which curve.
    fit : GrowthFit
        The fit.
    aicc : float
        Akaike's criterion with the correction for few points; only differences matter.
    delta : float
        Above the best of those compared. Below 2, or below what the parameters alone cost: the data do not decide.
    weight : float
        Its share of exp(-delta / 2) among those compared. It is not a probability that the curve is true.
    """

    kind: str
    fit: GrowthFit
    aicc: float
    delta: float
    weight: float


def compare_growth(year, value, residuals="log", kinds=("exponential", "logistic", "gompertz"), max_ceiling=None):
    """Compare kinds of growth on one series by Akaike's criterion, all with the same residuals.

    Parameters
    ----------
    year, value : array_like, shape (n_points,)
        The series; six points or more.
    residuals : {"log", "linear"}
        Scale of the errors, the same for all; criteria from different scales cannot be compared.
    kinds : sequence of {"exponential", "logistic", "gompertz", "peak"}
        What to compare.
    max_ceiling : float, optional
        As in `fit_logistic`.

    Returns
    -------
    list of Comparison
        The best first.

    Raises
    ------
    ValueError
        As `scalinglaws.fit.growth.fit_exponential`, and for an unknown kind or fewer than six points.

    Notes
    -----
    AICc = n ln(SSE / n) + 2 k + 2 k (k + 1) / (n - k - 1), with k counting the residual deviation too. Three
    cautions. A logistic contains the exponential; with no bend in sight it loses by the cost of its ceiling alone,
    7.2 at nine points and 2.7 at thirty. That the exponential wins a short series says that it is simpler, not that
    there is no ceiling: ask ``fit.interval("ceiling")``. Residuals are taken for independent; where `fit.lag1` is far
    above 0 there is less information than points, and the differences are too large. And it says which curve
    describes what has been seen; `scalinglaws.fit.score` says which one forecasts.

    Examples
    --------
    >>> from scalinglaws.data import load
    >>> phones = load("phones")
    >>> phones = phones.where(phones["technology"] == "cellphone")
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
