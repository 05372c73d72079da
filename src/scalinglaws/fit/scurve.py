"""Fits of a growth curve at every possible ceiling: the profile that shows what the data say about it.

Far below its ceiling an S-curve is an exponential. A fit with the ceiling held fixed is well posed, whatever the
ceiling; a fit with a free one is as good as the bend in the data. So the curve is fitted on a grid of ceilings, the
last of which is infinite: the exponential.
"""

from dataclasses import dataclass

import numpy as np

from scalinglaws.fit.least_squares import least_squares
from scalinglaws.laws.growth import curves

MOST = 1e4  # ceilings beyond this many times the largest value cannot be told from infinity
TIME, WIDTH = (-60.0, 60.0), (np.log(1e-3), np.log(1e3))  # bounds, in units of the span of the data


@dataclass(frozen=True)
class Shape:
    """A family of curves, its slope in time, and the constants of its exponential beginning."""

    name: str
    curve: callable
    slope: callable

    @property
    def is_peak(self):
        """Bool: whether `ceiling` is an area under the curve and not a height."""
        return self.name == "peak"


def _peak_slope(t, ceiling, midpoint, width):
    fallen = curves.logistic(t, 2.0, midpoint, width) - 1
    return -curves.LN81 / width * fallen * curves.logistic_rate(t, ceiling, midpoint, width)


SHAPES = {
    "logistic": Shape("logistic", curves.logistic, curves.logistic_rate),
    "gompertz": Shape("gompertz", curves.gompertz, curves.gompertz_rate),
    "peak": Shape("peak", curves.logistic_rate, _peak_slope),
}


@dataclass(frozen=True)
class Rows:
    """Fits of one shape to one series, one for each ceiling, in scaled time: the last row may be the exponential.

    Parameters
    ----------
    theta : ndarray, shape (n_rows, 3)
        Midpoint, ln width and ln ceiling. In the exponential row: ln value at scaled time 0, growth rate, infinity.
    sse : ndarray, shape (n_rows,)
        Sums of squares, sorted by ceiling.
    """

    theta: np.ndarray
    sse: np.ndarray


class Problem:
    """One series, one shape, one scale of residuals.

    Parameters
    ----------
    shape : str or None
        A name in `SHAPES`; None for an exponential.
    t, y : ndarray, shape (n_points,)
        Times and values, checked.
    log : bool
        Whether residuals are differences of logarithms.
    """

    def __init__(self, shape, t, y, log):
        self.shape, self.log = SHAPES.get(shape), log
        self.origin, self.span = t.mean(), np.ptp(t)
        self.t, self.y = self.scaled(t), y
        self.observed = np.log(y) if log else y
        area = self.shape is not None and self.shape.is_peak
        self.unit = np.abs(np.trapezoid(y, self.t)) if area else np.abs(y).max()

    def scaled(self, t):
        """Return time in spans of the data from their mean."""
        return (np.asarray(t, dtype=np.float64) - self.origin) / self.span

    def model(self, t):
        """Return the function of parameters (n, 3) that gives values and derivatives at scaled times `t`."""

        def s_curve(theta):
            midpoint, width, ceiling = theta[:, 0, None], np.exp(theta[:, 1, None]), np.exp(theta[:, 2, None])
            value = self.shape.curve(t, ceiling, midpoint, width)
            slope = self.shape.slope(t, ceiling, midpoint, width)
            by_width = -(t - midpoint) * slope - (value if self.shape.is_peak else 0)
            return self._transformed(value, np.stack([-slope, by_width, value], axis=-1))

        return s_curve

    def exponential(self, t):
        """Return the like function for exponentials: ln value at 0, growth rate (and an infinite ceiling)."""

        def straight(theta):
            value = np.exp(theta[:, 0, None] + theta[:, 1, None] * t)
            return self._transformed(value, np.stack([value, value * t, 0 * value], axis=-1))

        return straight

    def values(self, theta, t):
        """Return the residual-scale values of all rows of `theta` at scaled times `t`, shape (n_rows, n_times)."""
        endless = np.isinf(theta[:, 2])
        out = np.empty((len(theta), len(t)))
        with np.errstate(all="ignore"):
            out[endless] = self.exponential(t)(theta[endless])[0]
            if not endless.all():
                out[~endless] = self.model(t)(theta[~endless])[0]
        return out

    def sse(self, theta):
        """Return the exact sum of squares of each row of `theta`."""
        total = ((self.observed - self.values(theta, self.t)) ** 2).sum(axis=1)
        return np.where(np.isfinite(total), total, np.inf)

    def fit_exponential(self):
        """Return the least-squares exponential, shape (1, 3)."""
        largest = np.abs(self.y).max()
        logs = np.log(np.maximum(self.y, 1e-300 * largest))
        weight = np.ones_like(logs) if self.log else np.maximum(self.y, 1e-9 * largest) / largest
        logs[self.y <= 0] = np.log(1e-9 * largest)
        rate, level = np.polyfit(self.t, logs, 1, w=weight)
        start = np.array([[level, rate, np.inf]])
        bounds = np.array([[-700.0, -700.0, 0], [700.0, 700.0, np.inf]])
        return least_squares(self.exponential(self.t), self.observed, start, *bounds, n_free=2)

    def fit_ceilings(self, ceilings, starts=()):
        """Return rows for these ceilings (those that are infinite get the exponential)."""
        finite = np.sort(ceilings[np.isfinite(ceilings)])
        exponential, endless_sse = self.fit_exponential()
        theta, sse = np.empty((0, 3)), np.empty(0)
        if finite.size:
            guesses = [self._near_exponential(finite, exponential[0]), self._from_grid(finite), *starts]
            theta, sse = self.solve(np.concatenate(guesses), n_free=2)
            theta, sse = theta.reshape(len(guesses), -1, 3), sse.reshape(len(guesses), -1)
            best = np.argmin(sse, axis=0), np.arange(finite.size)
            theta, sse = theta[best], sse[best]
        if np.isinf(ceilings).any():
            theta, sse = np.concatenate([theta, exponential]), np.concatenate([sse, endless_sse])
        return Rows(theta, sse)

    def solve(self, theta, n_free, most=np.inf, observed=None):
        """Minimise from each row of `theta`; the ceiling moves, up to `most`, if `n_free` is 3."""
        top = np.log(min(most, MOST * self.unit)) if n_free == 3 else np.inf
        bounds = np.transpose([TIME, WIDTH, (-np.inf, top)])
        observed = self.observed if observed is None else observed
        return least_squares(self.model(self.t), observed, theta, *bounds, n_free=n_free)

    def _transformed(self, value, derivatives):
        return (np.log(value), derivatives / value[..., None]) if self.log else (value, derivatives)

    def _near_exponential(self, ceilings, exponential):
        """Curves that leave the exponential `exponential` only where they near their ceiling."""
        level, rate = np.exp(exponential[0]), max(exponential[1], 0.05)
        if self.shape.name == "gompertz":
            depth = np.maximum(np.log(ceilings / level), 0.05)
            width = curves.LN_GOMPERTZ * depth / rate
            midpoint = width / curves.LN_GOMPERTZ * np.log(depth / curves.LN2)
        else:
            width = np.full(ceilings.size, curves.LN81 / rate)
            midpoint = np.log(ceilings / level * (rate if self.shape.is_peak else 1.0)) / rate
        return np.column_stack([midpoint, np.log(width), np.log(ceilings)])

    def _from_grid(self, ceilings):
        """The best of 384 midpoints and widths, for each ceiling."""
        grids = np.meshgrid(np.linspace(-1, 3, 24), np.geomspace(0.1, 10, 16))
        midpoint, width = (grid.ravel()[:, None] for grid in grids)
        with np.errstate(all="ignore"):
            values = self.shape.curve(self.t, 1.0, midpoint, width)
            if self.log:
                rest = self.observed - np.log(np.maximum(values, 1e-280))
                sse = rest.var(axis=1) + (rest.mean(axis=1) - np.log(ceilings)[:, None]) ** 2
            else:
                cross, square = values @ self.y, (values**2).sum(axis=1)
                sse = square * ceilings[:, None] ** 2 - 2 * cross * ceilings[:, None]
        best = np.argmin(sse, axis=1)
        return np.column_stack([midpoint[best, 0], np.log(width[best, 0]), np.log(ceilings)])
