"""What a fit of a growth curve knows: its parameters, their intervals, the profile over the ceiling, forecasts."""

from typing import NamedTuple

import numpy as np

from scalinglaws.check import finite, one_of
from scalinglaws.fit.ceiling import cloud, crossing, forecast, threshold
from scalinglaws.fit.scurve import MOST
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
        """Refit to resampled residuals; see `scalinglaws.fit.growth_draws`. Returns GrowthDraws."""
        from scalinglaws.fit.growth_draws import draw

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
