"""Two rulers for log-log paper, straight and bent by a floor, with honest intervals, and the score of a forecast."""

from typing import NamedTuple

import numpy as np

from scalinglaws.check import not_negative, number, positive
from scalinglaws.fit.engine.intervals import t_quantile
from scalinglaws.laws.training.power import PowerLaw, power_law

LEVEL = 0.8
"""Chance that an interval should hold the truth."""


class Ruler(NamedTuple):
    """A fitted law, its typical miss, and the laws at the edge of what the data allow about as well."""

    law: PowerLaw
    miss: float
    scales: np.ndarray
    exponents: np.ndarray
    floors: np.ndarray

    def interval(self, x):
        """Return the lowest and the highest value at each x among the laws that the data allow."""
        values = power_law(positive("x", x)[..., None], self.scales, self.exponents, self.floors)
        return values.min(axis=-1), values.max(axis=-1)


def straight_ruler(series):
    """Fit a power law without a floor: a straight line on log-log paper, by least squares of the logarithms.

    Parameters
    ----------
    series : Series
        Three measurements or more.

    Returns
    -------
    Ruler
        Its interval is the 80 % interval of the line.

    Examples
    --------
    >>> from scalinglaws.show.log_series import two_labs
    >>> north, south = two_labs(seed=1)
    >>> straight_ruler(north).law.floor
    0.0
    """
    return _fit(series, np.zeros(1), len(series.x) - 2)


def bent_ruler(series, floors=None):
    """Fit a power law with a floor: the best scale and exponent for each floor, and the best floor.

    Parameters
    ----------
    series : Series
        Four measurements or more.
    floors : array_like, optional
        Floors tried, below the lowest loss. If absent: 200 of them, from zero to 98 % of it.

    Returns
    -------
    Ruler
        Its interval is the 80 % interval by profile likelihood: all laws whose squared misses stay under one bound.

    Raises
    ------
    ValueError
        If a floor is negative or not below the lowest loss.

    Examples
    --------
    >>> from scalinglaws.show.log_series import two_labs
    >>> north, south = two_labs(seed=1)
    >>> low, high = bent_ruler(north).interval(1e23)
    >>> bool(low < north.truth(1e23) < high)
    True
    """
    if floors is None:
        floors = np.linspace(0, 0.98 * series.y.min(), 200)
    floors = np.atleast_1d(not_negative("floors", floors))
    if floors.max() >= series.y.min():
        raise ValueError(f"floors must be below the lowest loss {series.y.min():.4g}, got {floors.max():.4g}")
    return _fit(series, floors, len(series.x) - 3)


def score(low, high, truth):
    """Return the points of an interval, in per cent of the truth: its width, plus ten times what it misses by.

    Parameters
    ----------
    low, high : float
        Ends of an interval that should hold the truth four times in five.
    truth : float
        What came out.

    Returns
    -------
    float
        Fewer points are better.

    Notes
    -----
    The interval score of Gneiting and Raftery (2007) at the level 80 %: nobody gains by a narrower or wider interval
    than he believes in.

    Examples
    --------
    >>> round(score(1.9, 2.1, 2.0), 1), round(score(1.9, 2.1, 2.2), 1)
    (10.0, 54.5)
    """
    low, high, truth = number("low", low), number("high", high), number("truth", truth)
    if low > high:
        raise ValueError(f"low must be at most high, got {low} and {high}")
    return float(100 * (high - low + 10 * max(low - truth, truth - high, 0)) / truth)


def _fit(series, floors, freedom, n_angles=16):
    """Profile the floor: the best line above each, then the edge of all that miss little more than the best."""
    middle = np.log(series.x).mean()
    height, slope, rss, spread = _best_lines(np.log(series.x) - middle, np.log(series.y), floors)
    best = rss.argmin()
    slack = rss[best] * (1 + t_quantile(LEVEL, freedom) ** 2 / freedom) - rss
    kept = slack >= 0
    angle = np.linspace(0, 2 * np.pi, n_angles, endpoint=False)
    circle = np.sqrt(slack[kept])[:, None, None] * np.stack([np.cos(angle), np.sin(angle)])
    edge = np.linalg.solve(np.swapaxes(np.linalg.cholesky(spread[kept]), 1, 2), circle)
    slopes = (slope[kept, None] + edge[:, 1]).ravel()
    scales = np.exp((height[kept, None] + edge[:, 0]).ravel() - slopes * middle)
    law = PowerLaw(scale=np.exp(height[best] - slope[best] * middle), exponent=-slope[best], floor=floors[best])
    return Ruler(law, float(np.sqrt(rss[best] / freedom)), scales, -slopes, np.repeat(floors[kept], n_angles))


def _best_lines(u, v, floors, steps=12):
    """Gauss-Newton for log(y - floor) = height + slope u at each floor, with the misses of log y as what is squared."""
    floors = floors[:, None]
    weight, wanted = 1 - floors / np.exp(v), np.log(np.exp(v) - floors)
    height = slope = np.zeros_like(floors)
    for _ in range(steps):
        columns = np.stack([weight, weight * u], axis=-1)
        spread = np.swapaxes(columns, 1, 2) @ columns
        step = np.linalg.solve(spread, np.swapaxes(columns, 1, 2) @ (weight * wanted)[..., None])
        height, slope = height + step[:, 0], slope + step[:, 1]
        above = np.exp(height + slope * u)
        misses = v - np.log(floors + above)
        weight = above / (floors + above)
        wanted = misses / weight
    return height[:, 0], slope[:, 0], (misses**2).sum(axis=1), spread
