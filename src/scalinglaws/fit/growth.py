"""Fits of growth curves to a series of years and values, with what the series says about the ceiling.

>>> import numpy as np
>>> from scalinglaws.data import load
>>> chips = load("microprocessors")
>>> chips = chips.where(np.isfinite(chips["transistors_count"]))
>>> round(fit_exponential(chips["year"], chips["transistors_count"]).doubling_time, 2)
2.05
"""

import numpy as np

from scalinglaws.check import finite, one_of, positive
from scalinglaws.fit.ceiling import profile
from scalinglaws.fit.growth_fit import GrowthFit
from scalinglaws.fit.scurve import Problem


def fit_exponential(year, value, residuals="log"):
    """Fit exponential growth or decay.

    Parameters
    ----------
    year, value : array_like, shape (n_points,)
        The series, in any order; three points or more.
    residuals : {"log", "linear"}
        Whether the errors are factors (a straight line through the logarithms) or have the unit of the values.

    Returns
    -------
    GrowthFit
        With `doubling_time`, `growth` (factor per year), `interval`, `predict`, `bootstrap`.

    Raises
    ------
    ValueError
        If the series is too short, not finite, all in one year, or not positive where logarithms are needed.

    Examples
    --------
    >>> fit = fit_exponential([2000, 2002, 2004, 2006], [1.0, 2.1, 3.9, 8.0])
    >>> round(fit.doubling_time, 2), [round(end, 2) for end in fit.interval("doubling_time", level=0.9)]
    (2.02, [1.89, 2.17])
    """
    return _fit(None, year, value, residuals)


def fit_logistic(year, value, residuals="linear", ceiling=None, max_ceiling=None):
    """Fit a logistic S-curve, its ceiling free, limited or given.

    Parameters
    ----------
    year, value : array_like, shape (n_points,)
        The series, in any order; four points or more (three if the ceiling is given).
    residuals : {"linear", "log"}
        Whether the errors have the unit of the values or are factors.
    ceiling : float, optional
        The ceiling, if it is known or assumed; `numpy.inf` is the exponential.
    max_ceiling : float, optional
        What the ceiling cannot exceed, such as 100 for a percentage.

    Returns
    -------
    GrowthFit
        With `ceiling`, `midpoint`, `width`, `profile`, `interval`, `predict`, `bootstrap`. A ceiling of infinity
        means that the series shows no bend: no logistic fits it better than an exponential.

    Raises
    ------
    ValueError
        As `fit_exponential`.

    Notes
    -----
    For each of about 70 ceilings the two other parameters are fitted by damped Gauss-Newton, started from the
    exponential which the curve leaves and from the best of a grid of midpoints and widths.

    Examples
    --------
    >>> from scalinglaws.data import load
    >>> phones = load("phones")
    >>> phones = phones.where(phones["technology"] == "smartphone")
    >>> fit = fit_logistic(phones["year"], phones["per_hundred"], max_ceiling=100)
    >>> round(fit.midpoint, 1), [round(end) for end in fit.interval("ceiling", level=0.9)]
    (2012.4, [88, 96])
    """
    return _fit("logistic", year, value, residuals, ceiling, max_ceiling)


def fit_gompertz(year, value, residuals="linear", ceiling=None, max_ceiling=None):
    """Fit a Gompertz S-curve: a quick start, a slow approach to the ceiling.

    Parameters, result and errors are those of `fit_logistic`.

    Examples
    --------
    >>> from scalinglaws.laws.growth.curves import gompertz
    >>> years = range(2000, 2021, 2)
    >>> round(fit_gompertz(years, [gompertz(year, 80, 2008, 10) for year in years]).ceiling, 3)
    80.0
    """
    return _fit("gompertz", year, value, residuals, ceiling, max_ceiling)


def fit_peak(year, value, residuals="linear", total=None, max_total=None):
    """Fit a symmetric peak, the slope of a logistic: Hubbert's curve for yearly production.

    Parameters
    ----------
    year, value : array_like, shape (n_points,)
        Production per year.
    residuals : {"linear", "log"}
        Whether the errors have the unit of the values or are factors.
    total : float, optional
        All that will ever be produced, if it is assumed: the area under the curve, unit of `value` times years.
    max_total : float, optional
        What the total cannot exceed.

    Returns
    -------
    GrowthFit
        Its `ceiling` is the total, its `midpoint` the year of the peak.

    Raises
    ------
    ValueError
        As `fit_exponential`.

    Examples
    --------
    >>> from scalinglaws.laws.growth.curves import logistic_rate
    >>> years = range(1900, 1961, 5)
    >>> fit = fit_peak(years, [logistic_rate(year, 200, 1970, 70) for year in years])
    >>> round(fit.ceiling), round(fit.midpoint)
    (200, 1970)
    """
    return _fit("peak", year, value, residuals, total, max_total)


def record_setters(year, value):
    """Return which points are higher than all earlier ones.

    Parameters
    ----------
    year, value : array_like, shape (n_points,)
        The series, in any order; of points of one year only the highest can be a record.

    Returns
    -------
    ndarray of bool, shape (n_points,)
        A mask in the given order.

    Examples
    --------
    >>> record_setters([2001, 2000, 2002, 2003], [5, 3, 4, 6])
    array([ True,  True, False,  True])
    """
    year, value = _series(year, value)
    order = np.lexsort((-value, year))
    highest = np.maximum.accumulate(np.concatenate([[-np.inf], value[order][:-1]]))
    mask = np.empty(year.size, dtype=bool)
    mask[order] = value[order] > highest
    return mask


FITS = {"exponential": fit_exponential, "logistic": fit_logistic, "gompertz": fit_gompertz, "peak": fit_peak}


def _fit(shape, year, value, residuals, ceiling=None, most=None):
    one_of("residuals", residuals, ("log", "linear"))
    year, value = _series(year, value)
    n_free = 2 if shape is None or ceiling is not None else 3
    kind = shape or "exponential"
    if year.size <= n_free:
        raise ValueError(f"year must have at least {n_free + 1} points for {n_free} free parameters, got {year.size}")
    if np.ptp(year) == 0:
        raise ValueError(f"year must hold more than one year, got only {year[0]:g}")
    if residuals == "log":
        positive("value", value)
    elif value.max() <= 0:
        raise ValueError(f"value must have something above zero, got at most {value.max()}")
    for name, given in (("ceiling", ceiling), ("max_ceiling", most)):
        if given is not None and not given > 0:
            raise ValueError(f"{name} must be positive, got {given}")
    order = np.argsort(year, kind="stable")
    problem = Problem(shape, year[order], value[order], residuals == "log")
    scale = problem.span if shape == "peak" else 1.0
    limits = {"ceiling": ceiling and ceiling / scale, "max_ceiling": most and most / scale}
    rows, best = profile(problem, **limits)
    return GrowthFit(kind, problem, rows, best, n_free)


def _series(year, value):
    year, value = np.atleast_1d(finite("year", year)), np.atleast_1d(finite("value", value))
    if year.ndim != 1 or year.shape != value.shape:
        raise ValueError(f"year and value must be two lists of one length, got shapes {year.shape} and {value.shape}")
    return year, value
