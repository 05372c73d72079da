"""Fits of a growth curve at every possible ceiling: the profile that shows what the data say about it.

Far below its ceiling an S-curve is an exponential. A fit with the ceiling held fixed is well posed, whatever the
ceiling; a fit with a free one is as good as the bend in the data. So the curve is fitted on a grid of ceilings, the
last of which is infinite: the exponential. theta is (midpoint, ln width, ln ceiling), shape (3, k), in scaled time; in an
exponential column (ln value at scaled time 0, growth rate, infinity).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from scalinglaws.fit.engine.intervals import t_quantile
from scalinglaws.fit.engine.minimise import minimise
from scalinglaws.fit.shapes import SHAPES
from scalinglaws.laws.growth import curves

MOST = 1e4  # ceilings beyond this many times the largest value cannot be told from infinity
TIME, WIDTH = (-60.0, 60.0), (np.log(1e-3), np.log(1e3))  # bounds, in units of the span of the data
DIRECTIONS, RADII = 20, (0.0, 0.25, 0.5, 0.75, 0.9, 0.999, 1.2, 1.6)


class CeilingFits(NamedTuple):
    """Fits of one shape to one series, one for each ceiling, rising: theta (3, k) and sums of squares (k,)."""

    theta: np.ndarray
    sse: np.ndarray

    def joined(self, other):
        """These fits and others, sorted by ceiling."""
        theta, sse = np.column_stack([self.theta, other.theta]), np.concatenate([self.sse, other.sse])
        order = np.argsort(theta[2], kind="stable")
        return CeilingFits(theta[:, order], sse[order])


@dataclass(frozen=True, eq=False)
class CurveProblem:
    """One series, one shape, one scale of residuals.

    shape: a name in `SHAPES`; None for an exponential.
    year, y (n_points,): times and values, checked.
    log: whether residuals are differences of logarithms.
    """

    shape: str | None
    year: np.ndarray
    y: np.ndarray
    log: bool

    @cached_property
    def origin(self):
        return self.year.mean()

    @cached_property
    def span(self):
        return np.ptp(self.year)

    @cached_property
    def t(self):
        return self.scaled(self.year)

    @cached_property
    def observed(self):
        return np.log(self.y) if self.log else self.y

    @cached_property
    def unit(self):
        """Largest value, or the area under a peak."""
        return np.abs(np.trapezoid(self.y, self.t)) if self.shape == "peak" else np.abs(self.y).max()

    def scaled(self, year):
        """Time in spans of the data from their mean."""
        return (np.asarray(year, dtype=np.float64) - self.origin) / self.span

    def derivatives(self, theta, t):
        """Values (k, n) of S-curves (or, where theta has two rows, exponentials) with first and second derivatives.

        On the scale of the residuals; first (p, k, n), second (p, p, k, n).
        """
        if len(theta) == 2:
            value = np.exp(theta[0, :, None] + theta[1, :, None] * t)
            first = np.stack([value, t * value])
            second = np.array([first, t * first])
        else:
            midpoint, width, ceiling = theta[0, :, None], np.exp(theta[1, :, None]), np.exp(theta[2, :, None])
            value, slope, bend = SHAPES[self.shape](t, ceiling, midpoint, width)
            since, area = t - midpoint, float(self.shape == "peak")  # the height of a peak falls with its width
            first = np.stack([-slope, -since * slope - area * value, value])
            mixed = since * bend + (1 + area) * slope
            wide = since**2 * bend + (1 + 2 * area) * since * slope + area * value
            second = np.array([[bend, mixed, first[0]], [mixed, wide, first[1]], first])
        if not self.log:
            return value, first, second
        first = first / value
        return np.log(value), first, second / value - first[:, None] * first

    def values(self, theta, t):
        """Values of all columns of theta at scaled times, on the scale of the residuals, shape (k, n_times)."""
        endless = np.isinf(theta[2])
        out = np.empty((theta.shape[1], len(t)))
        with np.errstate(all="ignore"):
            out[endless] = theta[0, endless, None] + theta[1, endless, None] * t
            out[endless] = out[endless] if self.log else np.exp(out[endless])
            if not endless.all():
                midpoint, width, ceiling = theta[0, ~endless, None], *np.exp(theta[1:, ~endless, None])
                value = SHAPES[self.shape](t, ceiling, midpoint, width)[0]
                out[~endless] = np.log(value) if self.log else value
        return out

    def sse(self, theta):
        """Exact sum of squares of each column of theta."""
        total = ((self.observed - self.values(theta, self.t)) ** 2).sum(axis=1)
        return np.where(np.isfinite(total), total, np.inf)

    def squares(self, theta, rows):
        """Half the sum of squares of k curves with gradient and Hessian: a row has ln ceiling and the observations."""
        n_free = len(theta)
        full = theta if self.shape is None or n_free == 3 else np.stack([*theta, rows[:, 0]])
        values, first, second = self.derivatives(full, self.t)
        first, second, off = first[:n_free], second[:n_free, :n_free], rows[:, 1:] - values
        value = 0.5 * np.vecdot(off, off)
        hessian = np.vecdot(first[:, None], first) - np.vecdot(off, second)
        return np.where(np.isfinite(value), value, np.inf), -np.vecdot(off, first), hessian

    def solve(self, theta, n_free, most=np.inf, observed=None):
        """Minimise from each column of theta; the ceiling moves, up to `most`, if `n_free` is 3. Theta and sums of squares."""
        observed = np.broadcast_to(self.observed if observed is None else observed, (theta.shape[1], len(self.t)))
        top = np.log(min(most, MOST * self.unit))
        bounds = [(-700, 700)] * 2 if self.shape is None else [TIME, WIDTH, (-700, top)][:n_free]
        rows = np.column_stack([theta[2], observed])
        reached = minimise(
            self.squares, rows, theta[:n_free], bounds=np.transpose(bounds), unit=np.vecdot(observed, observed),
            damping=1e-3, tolerance=1e-11, most=60,
        )  # fmt: skip
        sse = np.where(np.isfinite(reached.value), 2 * reached.value, np.inf)
        return np.concatenate([reached.theta, theta[n_free:]]), sse

    @cached_property
    def straight(self):
        """The same series and residuals, for exponentials."""
        return CurveProblem(None, self.year, self.y, self.log)

    def fit_exponential(self):
        """Return the least-squares exponential as `CeilingFits`."""
        largest = np.abs(self.y).max()
        logs = np.log(np.maximum(self.y, 1e-300 * largest))
        weight = np.ones_like(logs) if self.log else np.maximum(self.y, 1e-9 * largest) / largest
        logs[self.y <= 0] = np.log(1e-9 * largest)
        rate, level = np.polyfit(self.t, logs, 1, w=weight)
        return CeilingFits(*self.straight.solve(np.array([[level], [rate], [np.inf]]), n_free=2))

    def fit_ceilings(self, ceilings, starts=()):
        """Return fits for these ceilings (those that are infinite get the exponential), from more starts (3, k)."""
        finite, exponential = np.sort(ceilings[np.isfinite(ceilings)]), self.fit_exponential()
        guesses = [self._near_exponential(finite, exponential.theta[:, 0]), self._from_grid(finite), *starts]
        theta, sse = self.solve(np.concatenate(guesses, axis=1), n_free=2)
        theta, sse = theta.reshape(3, len(guesses), -1), sse.reshape(len(guesses), -1)
        best = np.argmin(sse, axis=0), np.arange(finite.size)
        fits = CeilingFits(theta[:, *best], sse[best])
        return fits.joined(exponential) if np.isinf(ceilings).any() else fits

    def _near_exponential(self, ceilings, exponential):
        """Curves that leave the exponential only where they near their ceiling."""
        level, rate = np.exp(exponential[0]), max(exponential[1], 0.05)
        if self.shape == "gompertz":
            depth = np.maximum(np.log(ceilings / level), 0.05)
            width = curves.LN_GOMPERTZ * depth / rate
            midpoint = width / curves.LN_GOMPERTZ * np.log(depth / curves.LN2)
        else:
            width = np.full(ceilings.size, curves.LN81 / rate)
            midpoint = np.log(ceilings / level * (rate if self.shape == "peak" else 1.0)) / rate
        return np.stack([midpoint, np.log(width), np.log(ceilings)])

    def _from_grid(self, ceilings):
        """The best of 384 midpoints and widths, for each ceiling."""
        grids = np.meshgrid(np.linspace(-1, 3, 24), np.geomspace(0.1, 10, 16))
        midpoint, width = (grid.ravel()[:, None] for grid in grids)
        with np.errstate(all="ignore"):
            values = SHAPES[self.shape](self.t, 1.0, midpoint, width)[0]
            if self.log:
                rest = self.observed - np.log(np.maximum(values, 1e-280))
                sse = rest.var(axis=1) + (rest.mean(axis=1) - np.log(ceilings)[:, None]) ** 2
            else:
                cross, square = values @ self.y, (values**2).sum(axis=1)
                sse = square * ceilings[:, None] ** 2 - 2 * cross * ceilings[:, None]
        best = np.argmin(sse, axis=1)
        return np.stack([midpoint[best, 0], np.log(width[best, 0]), np.log(ceilings)])


def fit_every_ceiling(problem, ceiling=None, max_ceiling=None):
    """Fit a series at every ceiling, or the one given, and at the best: `CeilingFits`, and theta (3,) of the best.

    The grid is fine where the profile is within its 99 % interval. An infinite best ceiling means that no bend improves on
    the exponential.
    """
    if problem.shape is None or (ceiling is not None and np.isinf(ceiling)):
        fits = problem.fit_exponential()
    elif ceiling is not None:
        fits = problem.fit_ceilings(np.array([ceiling]))
    else:
        most = np.inf if max_ceiling is None else max_ceiling
        fits = _with_optimum(problem, problem.fit_ceilings(_coarse(problem.unit, most)), most)
        fits = fits.joined(problem.fit_ceilings(*_fine(problem, fits)))
        fits = _with_optimum(problem, fits, most)
    return fits, fits.theta[:, np.argmin(fits.sse)]


def curves_within(problem, fits, limit):
    """Return curves whose exact sum of squares is within `limit`, spread over all that are: theta (3, m) and sums (m,).

    Around each fit of the profile: points on ellipses of the two other parameters.
    """
    inside = fits.sse <= limit
    theta, sse = fits.theta[:, inside], fits.sse[inside]
    n_directions = DIRECTIONS if len(sse) > 1 else 6 * DIRECTIONS
    angles = 2 * np.pi * np.arange(n_directions) / n_directions
    offsets = np.concatenate([radius * np.stack([np.cos(angles), np.sin(angles)]) for radius in RADII], axis=1)
    spread = np.linalg.cholesky(np.linalg.inv(_information(problem, theta)))
    moves = np.sqrt(limit - sse)[:, None, None] * (spread @ offsets)
    around = np.repeat(theta[:, :, None], offsets.shape[1], axis=2)
    around[:2] += moves.transpose(1, 0, 2)
    around = around.reshape(3, -1)
    sse = problem.sse(around)
    return around[:, sse <= limit], sse[sse <= limit]


def value_range(problem, fits, t, limit, noise):
    """Return lowest and highest value at scaled times among all curves within `limit`, on the scale of residuals.

    With `noise`, of one more observation: a value v is inside if some curve explains the data and v together, that is
    if its sum of squares grows to no more than `limit`. For a straight line this is the textbook prediction interval.
    """
    theta, sse = curves_within(problem, fits, limit)
    values = problem.values(theta, t)
    slack = np.sqrt(np.maximum(limit - sse, 0))[:, None] if noise else 0.0
    return (values - slack).min(axis=0), (values + slack).max(axis=0)


def _coarse(unit, most):
    """The first grid of ceilings: dense near the largest value, and out to where a ceiling no longer matters."""
    multiples = np.concatenate([[0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98], 1 + np.geomspace(0.01, MOST, 28)])
    ceilings = unit * multiples
    return np.append(ceilings[ceilings < most], most)


def _information(problem, theta):
    """J'J for the first two parameters of each column, made safely invertible."""
    endless = np.isinf(theta[2])
    slopes = np.empty((2, len(endless), len(problem.t)))
    with np.errstate(all="ignore"):
        slopes[:, endless] = problem.straight.derivatives(theta[:2, endless], problem.t)[1]
        if not endless.all():
            slopes[:, ~endless] = problem.derivatives(theta[:, ~endless], problem.t)[1][:2]
    information = np.vecdot(slopes[:, None], slopes).transpose(2, 0, 1)
    trace = np.trace(information, axis1=1, axis2=2)
    return information + (1e-9 * trace + 1e-300)[:, None, None] * np.eye(2)


def _with_optimum(problem, fits, most):
    """Let the ceiling go from the three best finite ones, and add what is found."""
    finite = np.flatnonzero(np.isfinite(fits.theta[2]))
    starts = finite[np.argsort(fits.sse[finite])[:3]]
    theta, sse = problem.solve(fits.theta[:, starts], n_free=3, most=most)
    best = np.argmin(sse)
    return fits.joined(CeilingFits(theta[:, [best]], sse[[best]])) if sse[best] < fits.sse.min() else fits


def _fine(problem, fits):
    """Ceilings between the ends of the 99 % interval, with starts for them from the nearest fits."""
    freedom, place = len(problem.t) - 3, fits.theta[2]
    inside = np.flatnonzero(fits.sse <= fits.sse.min() * (1 + t_quantile(0.99, freedom) ** 2 / freedom))
    low, high = place[max(inside[0] - 1, 0)], place[min(inside[-1] + 1, len(place) - 1)]
    best = min(place[np.argmin(fits.sse)], np.log(MOST * problem.unit))
    if np.isinf(high):
        middle = low if np.isinf(place[np.argmin(fits.sse)]) else best
        upper = middle + np.log1p(np.geomspace(0.01, MOST, 28))
    else:
        middle, upper = best, np.linspace(best, high, 18)
    places = np.unique(np.concatenate([np.linspace(low, middle, 18), upper]))
    places = places[~np.isin(places, place)]
    finite = np.flatnonzero(np.isfinite(place))
    above = np.clip(np.searchsorted(place[finite], places), 0, len(finite) - 1)
    starts = [np.stack([*fits.theta[:2, finite[side]], places]) for side in (np.maximum(above - 1, 0), above)]
    return np.exp(places), starts
