"""Scoring a forecaster on the past: cut a series at every year, forecast the rest, see what the interval holds."""

from dataclasses import dataclass, replace

import numpy as np

from scalinglaws.check import finite


@dataclass(frozen=True)
class Truncations:
    """Forecasts made at every cut of one series, beside what followed.

    Attributes
    ----------
    year, value : ndarray, shape (n_points,)
        The series, in order of time.
    cut : ndarray, shape (n_cuts,)
        Last year that each forecast knew.
    forecast, low, high : ndarray, shape (n_cuts, n_points)
        Forecast and interval; NaN for what was known at the cut.
    level : float
        What share the intervals ought to hold.
    """

    year: np.ndarray
    value: np.ndarray
    cut: np.ndarray
    forecast: np.ndarray
    low: np.ndarray
    high: np.ndarray
    level: float

    @property
    def ahead(self):
        """Ndarray, shape (n_cuts, n_points): years from cut to observation, 0 or less if it was known."""
        return self.year - self.cut[:, None]

    @property
    def inside(self):
        """Ndarray of bool, shape (n_cuts, n_points): later observations that lie in the interval."""
        with np.errstate(invalid="ignore"):
            return (self.low <= self.value) & (self.value <= self.high) & (self.ahead > 0)

    @property
    def share_next(self):
        """Float: share of cuts whose interval holds the observation that came next; ought to be `level`."""
        following = np.argmax(self.ahead > 0, axis=1)
        return float(self.inside[np.arange(self.cut.size), following].mean())

    @property
    def share_later(self):
        """Float: share of all later observations inside, averaged over cuts; ought to be `level`."""
        return float((self.inside.sum(axis=1) / (self.ahead > 0).sum(axis=1)).mean())

    @property
    def share_end(self):
        """Float: share of cuts whose interval holds the end of the series; ought to be `level`."""
        return float(self.inside[:, -1].mean())

    @property
    def share_all(self):
        """Float: share of cuts whose interval holds everything that followed; below `level` even for a good forecaster."""
        return float((self.inside | (self.ahead <= 0)).all(axis=1).mean())

    @property
    def end_error(self):
        """Ndarray, shape (n_cuts,): log10 of forecast over value at the end; 1 is ten times too high."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.log10(self.forecast[:, -1] / self.value[-1])

    @property
    def end_width(self):
        """Ndarray, shape (n_cuts,): upper over lower end of the interval at the end; infinite if the lower is not above 0."""
        low, high = self.low[:, -1], self.high[:, -1]
        with np.errstate(divide="ignore", over="ignore"):
            return np.where(low > 0, high / np.where(low > 0, low, 1.0), np.inf)

    def before(self, year):
        """Return the forecasts whose last known year is before `year`.

        Raises ValueError if there is none.
        """
        chosen = self.cut < year
        if not chosen.any():
            raise ValueError(f"year must be after the first cut, {self.cut[0]:g}, got {year}")
        rows = {name: getattr(self, name)[chosen] for name in ("cut", "forecast", "low", "high")}
        return replace(self, **rows)

    def by_horizon(self, edges):
        """Return the share inside by years ahead.

        Parameters
        ----------
        edges : array_like, shape (n_bins + 1,)
            Ends of the bins in years, rising; a bin holds its upper end and not its lower one.

        Returns
        -------
        share : ndarray, shape (n_bins,)
            NaN where there is no forecast.
        number : ndarray of int, shape (n_bins,)
            Forecasts in each bin.
        """
        place = np.digitize(self.ahead, edges, right=True)
        bins = [(place == i) & (self.ahead > 0) for i in range(1, len(edges))]
        number = np.array([chosen.sum() for chosen in bins])
        held = np.array([(self.inside & chosen).sum() for chosen in bins])
        return np.where(number > 0, held / np.maximum(number, 1), np.nan), number


def truncate(year, value, fit, level=0.9, n_first=5):
    """Cut a series after each of its years, fit what is left, and forecast all that followed.

    Parameters
    ----------
    year, value : array_like, shape (n_points,)
        The series, in any order.
    fit : callable
        Takes year and value, returns something with ``predict(year, level)``, such as
        `scalinglaws.fit.growth.fit_logistic`.
    level : float
        Of the intervals.
    n_first : int
        Points that the earliest forecast may use.

    Returns
    -------
    Truncations
        With shares covered, errors and widths.

    Raises
    ------
    ValueError
        If no cut is left, or as the fit.

    Notes
    -----
    Forecasts from neighbouring cuts share most of their data and all of their future, so the shares of one series are
    one piece of evidence, not as many as there are cuts.

    Examples
    --------
    >>> from scalinglaws.data import load
    >>> from scalinglaws.fit.growth import fit_exponential
    >>> speed = load("airliners")
    >>> speed = speed.where(~speed["supersonic"])
    >>> score = truncate(speed["year"], speed["cruise_mph"], fit_exponential)
    >>> score.cut.size, round(score.share_end, 2), score.before(1958).share_end
    (17, 0.29, 0.0)
    """
    year, value = finite("year", year), finite("value", value)
    if np.ndim(year) != 1 or year.shape != value.shape:
        raise ValueError(f"year and value must be two lists of one length, got shapes {year.shape} and {value.shape}")
    order = np.argsort(year, kind="stable")
    year, value = year[order], value[order]
    cuts = np.unique(year)[:-1]
    known = np.searchsorted(year, cuts, side="right")
    chosen = known >= n_first
    if not chosen.any():
        raise ValueError(f"n_first must leave a year to forecast, got {n_first} for {year.size} points")
    forecast, low, high = (np.full((chosen.sum(), year.size), np.nan) for _ in range(3))
    for row, n in enumerate(known[chosen]):
        made = fit(year[:n], value[:n]).predict(year[n:], level)
        forecast[row, n:], low[row, n:], high[row, n:] = made.value, made.low, made.high
    return Truncations(year, value, cuts[chosen], forecast, low, high, level)
