"""A trend with one break: two straight lines that meet, and the year in which they do."""

from typing import NamedTuple

import numpy as np

from scalinglaws.check import finite, one_of, positive
from scalinglaws.fit.engine.intervals import t_quantile
from scalinglaws.fit.growth import Forecast
from scalinglaws.laws.growth.curves import LN2


class BreakProfile(NamedTuple):
    """The best fit for each year of the break, arrays of shape (n_years,)."""

    break_year: np.ndarray
    sse: np.ndarray


class SegmentedFit:
    """Two straight lines that meet in one year, made by `fit_segmented`.

    Attributes
    ----------
    break_year : float
        Where they meet.
    slope_before, slope_after : float
        Per year: of ln value for log residuals, of the value for linear ones.
    doubling_before, doubling_after : float
        Doubling times in years, negative where the series falls; NaN for linear residuals.
    deviation : float
        Residual standard deviation, four parameters counted.
    evidence : float
        By how much AICc prefers the broken line to a single one; below 0 the break explains nothing.
    profile : BreakProfile
        Sum of squares for every year of the break.
    """

    def __init__(self, year, value, log):
        self._log, self.n_points = log, year.size
        observed = np.log(value) if log else value
        self._origin = year.mean()
        places = np.unique(year)
        self._grid = np.unique(np.concatenate([np.linspace(places[1], places[-2], 400), places[1:-1]]))
        design = _design(year, self._grid)
        self._theta, self._inverse, sse = _solve(design, observed)
        self.profile = BreakProfile(self._grid, sse)
        best = np.argmin(sse)
        self._best = best
        self.break_year = float(self._grid[best])
        self.slope_before, self.slope_after = (float(slope) for slope in self._theta[best, 1:])
        with np.errstate(divide="ignore"):
            doubling = LN2 / self._theta[best, 1:] if log else np.full(2, np.nan)
        self.doubling_before, self.doubling_after = (float(years) for years in doubling)
        self.deviation = float(np.sqrt(sse[best] / (year.size - 4)))
        line = np.polynomial.Polynomial.fit(year, observed, 1)
        straight = ((observed - line(year)) ** 2).sum()
        self.evidence = float(_aicc(straight, year.size, 3) - _aicc(sse[best], year.size, 5))

    def curve(self, year):
        """Return the broken line at `year`, any shape, in the unit of the values."""
        year = finite("year", year)
        values = _design(np.ravel(year), self._grid[[self._best]])[0] @ self._theta[self._best]
        return self._back(values).reshape(year.shape)

    def interval(self, name, level=0.9):
        """Return the profile likelihood interval of one parameter.

        Parameters
        ----------
        name : {"break_year", "slope_before", "slope_after"}
            Which.
        level : float
            Between 0 and 1.

        Returns
        -------
        low, high : float
            The ends. For the year they stay within the second and the last but one year of the series.
        """
        one_of("name", name, ("break_year", "slope_before", "slope_after"))
        inside, slack = self._inside(level)
        if name == "break_year":
            return float(self._grid[inside].min()), float(self._grid[inside].max())
        which = 1 if name == "slope_before" else 2
        half = slack * np.sqrt(self._inverse[inside, which, which])
        values = self._theta[inside, which]
        return float((values - half).min()), float((values + half).max())

    def predict(self, year, level=0.9, noise=True):
        """Return a Forecast: the line and the interval from all breaks and slopes that the series does not reject."""
        year = np.atleast_1d(finite("year", year))
        inside, slack = self._inside(level)
        design = _design(year, self._grid[inside])
        centre = np.einsum("bti,bi->bt", design, self._theta[inside])
        leverage = np.einsum("bti,bij,btj->bt", design, self._inverse[inside], design)
        half = slack[:, None] * np.sqrt(leverage + bool(noise))
        low, high = (centre - half).min(axis=0), (centre + half).max(axis=0)
        return Forecast(year, self.curve(year), self._back(low), self._back(high))

    def _inside(self, level):
        freedom = self.n_points - 4
        sse = self.profile.sse
        limit = sse.min() * (1 + t_quantile(level, freedom) ** 2 / freedom)
        inside = np.flatnonzero(sse <= limit)
        return inside, np.sqrt(limit - sse[inside])

    def _back(self, values):
        return np.exp(values) if self._log else values


def fit_segmented(year, value, residuals="log"):
    """Fit two straight lines that meet in a year which is fitted too.

    Parameters
    ----------
    year, value : array_like, shape (n_points,)
        The series, in any order; six points in five years or more.
    residuals : {"log", "linear"}
        Lines through the logarithms (two exponentials) or through the values.

    Returns
    -------
    SegmentedFit
        With `break_year`, both slopes, `interval`, `predict`.

    Raises
    ------
    ValueError
        If the series is too short, not finite, or not positive where logarithms are needed.

    Notes
    -----
    For a given break the problem is linear; it is solved for 400 breaks from the second year to the last but one.
    With so free a break, `evidence` of a few units is no evidence: a search always finds something.

    Examples
    --------
    >>> years = np.arange(1990, 2011)
    >>> fit = fit_segmented(years, 100 * 2.0 ** np.minimum((years - 1990) / 2, 7))
    >>> round(fit.break_year), round(fit.doubling_before, 2), round(abs(fit.slope_after), 6)
    (2004, 2.0, 0.0)
    """
    one_of("residuals", residuals, ("log", "linear"))
    year = finite("year", year)
    value = (positive if residuals == "log" else finite)("value", value)
    if np.ndim(year) != 1 or year.shape != value.shape:
        raise ValueError(f"year and value must be two lists of one length, got shapes {year.shape} and {value.shape}")
    if year.size < 6 or np.unique(year).size < 5:
        raise ValueError(f"year must have at least 6 points in 5 years, got {year.size} in {np.unique(year).size}")
    order = np.argsort(year, kind="stable")
    return SegmentedFit(year[order], value[order], residuals == "log")


def _design(year, breaks):
    since = year[None, :] - breaks[:, None]
    return np.stack([np.ones_like(since), np.minimum(since, 0), np.maximum(since, 0)], axis=-1)


def _solve(design, observed):
    inverse = np.linalg.inv(design.transpose(0, 2, 1) @ design)
    theta = np.einsum("bij,btj,t->bi", inverse, design, observed)
    sse = ((observed - np.einsum("bti,bi->bt", design, theta)) ** 2).sum(axis=1)
    return theta, inverse, sse


def _aicc(sse, n, k):
    correction = 2 * k * (k + 1) / (n - k - 1) if n > k + 1 else np.inf
    return n * np.log(max(sse, 1e-300) / n) + 2 * k + correction
