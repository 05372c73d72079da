"""Forecast the past of many technologies with a random walk with drift, and count what its intervals held.

year, cost (n,)
    One technology: consecutive years, and what one unit cost in each.
n_steps
    Yearly steps that a forecast knows. Their mean is the drift, their standard deviation K the size of a shock.
"""

import numpy as np

from scalinglaws.check import columns, finite, positive, whole
from scalinglaws.fit.engine.intervals import LEVEL, Interval
from scalinglaws.laws.growth.stops import walk_variance


def longest_run(year):
    """Return the slice of rising years that is the longest run without a gap, the first of equals.

    >>> longest_run([1990, 1992, 1993, 1994, 1997])
    slice(1, 4, None)
    """
    year = finite("year", year)
    ends = np.concatenate([[0], np.flatnonzero(np.diff(year) != 1) + 1, [year.size]])
    longest = np.argmax(np.diff(ends))
    return slice(int(ends[longest]), int(ends[longest + 1]))


def hindcast(year, cost, n_steps=5, farthest=20):
    """Forecast every later cost of one technology from every n_steps consecutive steps, up to `farthest` years ahead.

    Returns
    -------
    ahead, miss : ndarray, shape (n_forecasts,)
        Years ahead; the error of ln cost over K sqrt(walk_variance(ahead, n_steps)), positive where the cost came out above
        the forecast. For a true walk it has Student's distribution with n_steps - 1 degrees of freedom.

    Raises
    ------
    ValueError
        If years are not consecutive, or fewer than n_steps + 2.

    Examples
    --------
    >>> ahead, miss = hindcast(range(2000, 2008), [64, 40, 32, 20, 16, 10, 8, 8])
    >>> ahead, miss.round(2)
    (array([1, 2, 1]), array([1.  , 2.3 , 2.17]))
    """
    year, cost = columns(finite, year=year, cost=cost)
    n_steps = whole("n_steps", n_steps, least=2)
    if year.size < n_steps + 2 or (np.diff(year) != 1).any():
        raise ValueError(
            f"year must hold at least {n_steps + 2} consecutive years, got {year.size} from {year[0]:g} on"
        )
    z = np.log(positive("cost", cost))
    steps = np.lib.stride_tricks.sliding_window_view(np.diff(z), n_steps)[:-1]
    last = np.arange(n_steps, z.size - 1)
    start, ahead = np.nonzero(np.arange(1, farthest + 1) < z.size - last[:, None])
    ahead += 1
    error = z[last[start] + ahead] - z[last[start]] - steps.mean(axis=1)[start] * ahead
    return ahead, error / (steps.std(axis=1, ddof=1)[start] * np.sqrt(walk_variance(ahead, n_steps)))


def walk_draws(value, ahead, theta=0, n_draws=100_000, seed=0):
    """Return draws (n_draws,) of a random walk with drift `ahead` steps after the last of evenly spaced values.

    `value` is on the scale on which steps add up, such as a logarithm. Shocks have Student's distribution, since their size
    is estimated from the steps; with `theta` a share of each comes again (`walk_variance`).

    >>> float(np.median(walk_draws([0, 1, 2, 4, 5], ahead=2)).round(1))
    7.5
    """
    steps = np.diff(finite("value", value))
    rng = np.random.default_rng(seed)
    scale = steps.std(ddof=1) * np.sqrt(walk_variance(ahead, steps.size, theta))
    return value[-1] + ahead * steps.mean() + scale * rng.standard_t(steps.size - 1, whole("n_draws", n_draws))


def group_share(hits, group, level=LEVEL, n_draws=2000, seed=0):
    """Return the share of hits, and the `Interval` that comes from drawing whole groups (technologies) again.

    Forecasts of one technology share its fate; to take them for independent would make the interval far too narrow.

    >>> group_share([True, True, False, False], ["a", "a", "b", "b"])
    (0.5, Interval(0 to 1, 95%, groups))
    """
    names, place = np.unique(group, return_inverse=True)
    held, size = np.bincount(place, np.asarray(hits, float)), np.bincount(place)
    drawn = np.random.default_rng(seed).integers(0, names.size, (n_draws, names.size))
    shares = held[drawn].sum(axis=1) / size[drawn].sum(axis=1)
    low, high = np.quantile(shares, [(1 - level) / 2, (1 + level) / 2])
    return float(held.sum() / size.sum()), Interval(float(low), float(high), level, "groups")
