"""A random walk with drift: every value starts from the last one, takes a steady step and a shock.

The standard null for trends of technology (Farmer and Lafond 2016, on costs): with z = ln(value), a step over dt years is
normal with mean ``drift dt`` and variance ``variance dt``. A forecast tau years after the last value, from steps that cover
`span` years, misses by a normal error of variance ``variance (tau + tau^2 / span)``: shocks still to come, and a drift that
is known from few steps. The variance is estimated, so the interval takes Student's t with one degree fewer than steps.
"""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import columns, finite, one_of, positive
from scalinglaws.fit.engine.intervals import LEVEL, Interval, Prediction, t_quantile
from scalinglaws.laws.growth.curves import LN2


@dataclass(frozen=True)
class DriftFit:
    """A fitted random walk with drift: `fit_drift` makes it.

    Attributes
    ----------
    year, value : float
        The last observation, from which the forecast starts.
    drift, variance : float
        Mean step and variance of steps, of natural logarithms per year.
    span : float
        Years that the steps cover.
    freedom : int
        Steps minus one.
    """

    year: float
    value: float
    drift: float
    variance: float
    span: float
    freedom: int

    @property
    def growth(self):
        """Float: factor per year of the drift."""
        return float(np.exp(self.drift))

    @property
    def doubling_time(self):
        """Float: years in which the drift doubles the value."""
        return float(LN2 / self.drift)

    def interval(self, name, level=LEVEL):
        """Return the `Interval` of growth or doubling_time; the latter has no upper end if growth may be nothing."""
        one_of("name", name, ("growth", "doubling_time"))
        half = t_quantile(level, self.freedom) * np.sqrt(self.variance / self.span)
        ends = self.drift - half, self.drift + half
        if name == "growth":
            return Interval(*map(float, np.exp(ends)), level, "walk")
        return Interval(LN2 / ends[1], LN2 / ends[0] if ends[0] > 0 else np.inf, level, "walk")

    def predict(self, year, level=LEVEL):
        """Return the `Prediction` of one observation at each of some later years (n_years,)."""
        ahead = finite("year", np.atleast_1d(year)) - self.year
        if (ahead < 0).any():
            raise ValueError(f"year must not be before the last one known, {self.year:g}, got {np.min(year):g}")
        half = t_quantile(level, self.freedom) * np.sqrt(self.variance * (ahead + ahead**2 / self.span))
        middle = np.log(self.value) + self.drift * ahead
        return Prediction(*np.exp([middle, middle - half, middle + half]), level)


def fit_drift(year, value):
    """Fit a random walk with drift to three years or more; values of one year count as their geometric mean.

    >>> walk = fit_drift([2000, 2001, 2003, 2004], [1, 2, 8, 16])
    >>> walk.growth, walk.predict([2005]).value.round(9)
    (2.0, array([32.]))
    """
    year, value = columns(finite, year=year, value=value)
    years, place = np.unique(year, return_inverse=True)
    if years.size < 3:
        raise ValueError(f"year must hold at least 3 different years, got {years.size}")
    z = np.bincount(place, np.log(positive("value", value))) / np.bincount(place)
    steps, dt = np.diff(z), np.diff(years)
    span, freedom = float(dt.sum()), steps.size - 1
    drift = float(steps.sum() / span)
    variance = float(((steps - drift * dt) ** 2 / dt).sum() / freedom)
    return DriftFit(float(years[-1]), float(np.exp(z[-1])), drift, variance, span, freedom)
