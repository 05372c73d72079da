"""Watch a trend for a stop whose date nobody tells: how long does it take to be seen?"""

import numpy as np

from scalinglaws.check import number


def scan_delays(slope, scatter, per_year, known=7.5, alarm=0.05, years=5.0, n_draws=2000, seed=0):
    """Simulate a watch for a stop at an unknown date, and return after how many years each watcher saw it.

    Each has points of `known` years before the stop (slope, scatter and per_year as in `scalinglaws.laws.growth.stops`), looks
    once a quarter, and at each look tries every quarter of the last two years and since as the date of a bend, with a line
    fitted before and after. The limit is set so that a trend that does not stop raises an `alarm` in that share of watches of
    so many `years`.

    Returns
    -------
    delays : ndarray, shape (n_draws,)
        Years from the stop to the first alarm; infinity if there is none within `years`.

    Examples
    --------
    >>> delays = scan_delays(slope=0.68, scatter=0.359, per_year=6)
    >>> bool(1.2 < np.median(delays) < 1.8)
    True
    """
    for name, value in (("slope", slope), ("scatter", scatter), ("per_year", per_year), ("known", known)):
        number(name, value)
    time = (np.arange(int((known + years) * per_year)) + 0.5) / per_year - known
    noise = np.random.default_rng(seed).normal(size=(n_draws, time.size))
    looks = np.arange(0.25, years + 0.1, 0.25)
    quiet, stopped = (
        np.stack([_bend(time, points, look) for look in looks], axis=1)
        for points in (noise, noise - slope / scatter * np.maximum(time, 0))
    )
    limit = np.quantile(quiet.max(axis=1), 1 - alarm)
    seen = stopped > limit
    return np.where(seen.any(axis=1), looks[np.argmax(seen, axis=1)], np.inf)


def _bend(time, points, look):
    """The largest slowing at any date before a look, in standard errors that are estimated too, for every row of points."""
    past = time < look
    line = np.linalg.qr(np.stack([np.ones(past.sum()), time[past]], axis=1))[0]
    rest = points[:, past] - points[:, past] @ line @ line.T
    hinges = np.maximum(time[past] - np.arange(-2, look - 0.1, 0.25)[:, None], 0)
    hinges -= hinges @ line @ line.T
    size = np.sqrt((hinges**2).sum(axis=1, keepdims=True))
    bends = rest @ (hinges / size)[size[:, 0] > 1e-9].T
    variance = ((rest**2).sum(axis=1, keepdims=True) - bends**2) / (past.sum() - 3)
    return -(bends / np.sqrt(variance)).min(axis=1)
