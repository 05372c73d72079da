"""Fits of a growth curve at every possible ceiling: the profile that shows what the data say about it.

Far below its ceiling an S-curve is an exponential. A fit with the ceiling held fixed is well posed, whatever the
ceiling; a fit with a free one is as good as the bend in the data. So the curve is fitted on a grid of ceilings, the
last of which is infinite: the exponential.

The profile over the ceiling, the curves that the data do not reject, and the forecasts these curves allow.
"""

from dataclasses import dataclass

import numpy as np

from scalinglaws.fit.engine.intervals import t_quantile
from scalinglaws.fit.engine.minimise import least_squares
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


DIRECTIONS, RADII = 20, (0.0, 0.25, 0.5, 0.75, 0.9, 0.999, 1.2, 1.6)


def profile(problem, ceiling=None, max_ceiling=None):
    """Fit a series at every ceiling and at the best of them.

    Parameters
    ----------
    problem : Problem
        Series, shape and scale of residuals.
    ceiling : float, optional
        The only ceiling to use.
    max_ceiling : float, optional
        The largest ceiling to consider; default: no limit, the exponential included.

    Returns
    -------
    rows : Rows
        Sorted by ceiling, fine where the profile is within its 99 % interval.
    best : ndarray, shape (3,)
        Parameters of the best row. An infinite ceiling means that no bend improves on the exponential.
    """
    if problem.shape is None or (ceiling is not None and np.isinf(ceiling)):
        theta, sse = problem.fit_exponential()
        return Rows(theta, sse), theta[0]
    if ceiling is not None:
        rows = problem.fit_ceilings(np.array([ceiling]))
        return rows, rows.theta[0]
    most = np.inf if max_ceiling is None else max_ceiling
    rows = problem.fit_ceilings(_coarse(problem.unit, most))
    rows = _with_optimum(problem, rows, most)
    rows = _joined(rows, problem.fit_ceilings(*_fine(problem, rows)))
    rows = _with_optimum(problem, rows, most)
    return rows, rows.theta[np.argmin(rows.sse)]


def threshold(sse, n_points, n_free, level):
    """Return the sum of squares up to which a curve is within the interval of this `level` (an F test of one
    degree).
    """
    return np.min(sse) * (1 + t_quantile(level, n_points - n_free) ** 2 / (n_points - n_free))


def crossing(rows, limit):
    """Return the ends of the range of ln ceiling where the profile stays below `limit`: at least the grid's ends.

    The upper end is infinite if the exponential is within the limit.
    """
    inside = np.flatnonzero(rows.sse <= limit)
    place, height = rows.theta[:, 2], np.sqrt(np.maximum(rows.sse - rows.sse.min(), 0))
    edge = np.sqrt(limit - rows.sse.min())

    def between(inner, outer):
        if not 0 <= outer < len(place):
            return place[inner]
        if np.isinf(place[outer]):
            return np.inf
        if np.isinf(place[inner]):  # only the exponential is inside
            return place[outer]
        share = (edge - height[inner]) / (height[outer] - height[inner])
        return place[inner] + share * (place[outer] - place[inner])

    return between(inside[0], inside[0] - 1), between(inside[-1], inside[-1] + 1)


def cloud(problem, rows, limit):
    """Return curves whose exact sum of squares is within `limit`, spread over all that are.

    Around each row of the profile: points on ellipses of the two other parameters.

    Returns
    -------
    theta : ndarray, shape (n_curves, 3)
    sse : ndarray, shape (n_curves,)
    """
    inside = rows.sse <= limit
    theta, sse = rows.theta[inside], rows.sse[inside]
    n_directions = DIRECTIONS if len(theta) > 1 else 6 * DIRECTIONS
    angles = 2 * np.pi * np.arange(n_directions) / n_directions
    circle = np.stack([np.cos(angles), np.sin(angles)])
    offsets = np.concatenate([radius * circle for radius in RADII], axis=1)  # (2, n_offsets)
    spread = np.linalg.cholesky(np.linalg.inv(_information(problem, theta)))
    moves = np.sqrt(limit - sse)[:, None, None] * (spread @ offsets)
    curves = np.repeat(theta[:, None, :], offsets.shape[1], axis=1)
    curves[..., :2] += moves.transpose(0, 2, 1)
    curves = curves.reshape(-1, 3)
    sse = problem.sse(curves)
    return curves[sse <= limit], sse[sse <= limit]


def forecast(problem, rows, t, limit, noise):
    """Return lowest and highest value at scaled times `t` among all curves within `limit`, on the scale of residuals.

    With `noise`, of one more observation: a value v is inside if some curve explains the data and v together, that is
    if its sum of squares grows to no more than `limit`. For a straight line this is the textbook prediction interval.
    """
    curves, sse = cloud(problem, rows, limit)
    values = problem.values(curves, t)
    slack = np.sqrt(np.maximum(limit - sse, 0))[:, None] if noise else 0.0
    return (values - slack).min(axis=0), (values + slack).max(axis=0)


def _coarse(unit, most):
    """The first grid of ceilings: dense near the largest value, and out to where a ceiling no longer matters."""
    multiples = np.concatenate([[0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98], 1 + np.geomspace(0.01, MOST, 28)])
    ceilings = unit * multiples
    return np.append(ceilings[ceilings < most], most)


def _information(problem, theta):
    """J'J for the first two parameters of each row, made safely invertible."""
    endless = np.isinf(theta[:, 2])
    slopes = np.empty((len(theta), len(problem.t), 2))
    with np.errstate(all="ignore"):
        slopes[endless] = problem.exponential(problem.t)(theta[endless])[1][..., :2]
        if not endless.all():
            slopes[~endless] = problem.model(problem.t)(theta[~endless])[1][..., :2]
    information = slopes.transpose(0, 2, 1) @ slopes
    diagonal = np.einsum("pii->pi", information)
    diagonal += 1e-9 * diagonal.sum(axis=1, keepdims=True) + 1e-300
    return information


def _with_optimum(problem, rows, most):
    """Let the ceiling go from the three best finite rows, and add what is found."""
    finite = np.flatnonzero(np.isfinite(rows.theta[:, 2]))
    starts = finite[np.argsort(rows.sse[finite])[:3]]
    theta, sse = problem.solve(rows.theta[starts], n_free=3, most=most)
    best = np.argmin(sse)
    if sse[best] >= rows.sse.min():
        return rows
    return _joined(rows, Rows(theta[[best]], sse[[best]]))


def _fine(problem, rows):
    """Ceilings between the ends of the 99 % interval, with starts for them from the nearest rows."""
    limit = threshold(rows.sse, len(problem.t), 3, 0.99)
    inside = np.flatnonzero(rows.sse <= limit)
    place = rows.theta[:, 2]
    low = place[max(inside[0] - 1, 0)]
    high = place[min(inside[-1] + 1, len(place) - 1)]
    best = min(place[np.argmin(rows.sse)], np.log(MOST * problem.unit))
    if np.isinf(high):
        middle = low if np.isinf(place[np.argmin(rows.sse)]) else best
        upper = middle + np.log1p(np.geomspace(0.01, MOST, 28))
    else:
        middle, upper = best, np.linspace(best, high, 18)
    places = np.unique(np.concatenate([np.linspace(low, middle, 18), upper]))
    places = places[~np.isin(places, place)]
    finite = np.flatnonzero(np.isfinite(place))
    above = np.clip(np.searchsorted(place[finite], places), 0, len(finite) - 1)
    starts = []
    for side in (np.maximum(above - 1, 0), above):
        start = rows.theta[finite[side]].copy()
        start[:, 2] = places
        starts.append(start)
    return np.exp(places), starts


def _joined(rows, more):
    theta, sse = np.concatenate([rows.theta, more.theta]), np.concatenate([rows.sse, more.sse])
    order = np.argsort(theta[:, 2], kind="stable")
    return Rows(theta[order], sse[order])
