"""Growth curves: exponential, logistic, Gompertz and Richards, in units that can be read off a plot.

Every S-curve is given by its ceiling, its midpoint (where it is half the ceiling) and its width (the time from 10 %
to 90 % of the ceiling), an exponential by its value at an origin and its doubling time. All functions are bare
arithmetic: they take NumPy arrays of any shape and expressions of a plotting library alike. Time may be in any unit,
here years.
"""

import numpy as np

# NumPy's floats, because they overflow to infinity where Python's raise an error.
LOGISTIC_BASE = np.float64(81)  # from odds 1:9 to odds 9:1 within one width
GOMPERTZ_BASE = np.log(10) / np.log(10 / 9)
LN2, LN81, LN_GOMPERTZ = np.log(2), np.log(81), np.log(GOMPERTZ_BASE)
_TWO = np.float64(2)


def exponential(t, start, doubling_time, origin=0.0):
    """Return ``start * 2**((t - origin) / doubling_time)``.

    Parameters
    ----------
    t : float or array_like
        Time, any shape.
    start : float
        Value at `origin`.
    doubling_time : float
        In the unit of `t`; negative for decay (then its size is the half-life).
    origin : float
        Time at which the value is `start`.

    Returns
    -------
    float or ndarray
        Same shape as `t`, unit of `start`.

    Examples
    --------
    >>> float(exponential(1973.9, 2300, 2, origin=1971.9))
    4600.0
    """
    return start * _TWO ** ((t - origin) / doubling_time)


def exponential_rate(t, start, doubling_time, origin=0.0):
    """Return the slope of `exponential` per unit of time: ln 2 / doubling time of its own value.

    Parameters are those of `exponential`.

    Examples
    --------
    >>> round(float(exponential_rate(0, 100, 1)), 2)
    69.31
    """
    return LN2 / doubling_time * exponential(t, start, doubling_time, origin)


def logistic(t, ceiling, midpoint, width):
    """Return the logistic S-curve ``ceiling / (1 + 81**((midpoint - t) / width))``.

    Parameters
    ----------
    t : float or array_like
        Time, any shape.
    ceiling : float
        What the curve approaches.
    midpoint : float
        Time at which it is half of that.
    width : float
        Time it takes from 10 % to 90 % of the ceiling; negative for a falling curve.

    Returns
    -------
    float or ndarray
        Same shape as `t`, unit of `ceiling`.

    Notes
    -----
    The usual form (Verhulst 1838) is ``K / (1 + exp(-r (t - m)))``; the width is ``2 ln 9 / r``. Long before the
    midpoint it is an exponential which doubles every 0.158 widths.

    Examples
    --------
    >>> [round(float(logistic(year, 100, 2012, 14)), 6) for year in (2005, 2012, 2019)]
    [10.0, 50.0, 90.0]
    """
    return ceiling / (1 + LOGISTIC_BASE ** ((midpoint - t) / width))


def logistic_rate(t, ceiling, midpoint, width):
    """Return the slope of `logistic`: a symmetric peak, Hubbert's curve of yearly production.

    Parameters are those of `logistic`; `ceiling` is the area under the peak, all that is ever produced.

    Returns
    -------
    float or ndarray
        Same shape as `t`; unit of `ceiling` per unit of time.

    Notes
    -----
    Growth is proportional to what is there and to the share that is left (Hubbert 1956 drew such a curve by hand; the
    formula is in Hubbert 1982). At the peak it is ``ceiling * ln 3 / width``.

    Examples
    --------
    >>> round(float(logistic_rate(1970, 200, 1970, 60)), 3)  # billion barrels a year
    3.662
    """
    value = logistic(t, ceiling, midpoint, width)
    return LN81 / width * value * (1 - value / ceiling)


def peak_rate(ceiling, width):
    """Return the largest slope of a logistic, reached at its midpoint: ``ceiling * ln 3 / width``.

    Examples
    --------
    >>> round(float(peak_rate(200, 60)), 3)
    3.662
    """
    return ceiling * (LN81 / 4) / width


def gompertz(t, ceiling, midpoint, width):
    """Return the Gompertz S-curve: a quick start and a slow approach to the ceiling.

    Parameters, with the same meaning, are those of `logistic`: half the ceiling at `midpoint`, 10 % to 90 % in `width`.

    Returns
    -------
    float or ndarray
        Same shape as `t`, unit of `ceiling`.

    Notes
    -----
    The usual form (Gompertz 1825) is ``K exp(-exp(-r (t - i)))``, steepest at K/e = 37 % of the ceiling. Here
    ``K 2**-(b**((midpoint - t) / width))`` with b = ln 10 / ln(10/9) = 21.85.

    Examples
    --------
    >>> round(float(gompertz(2012, 100, 2012, 14)), 6)
    50.0
    """
    return ceiling * _TWO ** (-(GOMPERTZ_BASE ** ((midpoint - t) / width)))


def gompertz_rate(t, ceiling, midpoint, width):
    """Return the slope of `gompertz` per unit of time.

    Parameters are those of `gompertz`.

    Examples
    --------
    >>> round(float(gompertz_rate(2012, 100, 2012, 14)), 3)
    7.636
    """
    share = GOMPERTZ_BASE ** ((midpoint - t) / width)
    return ceiling * (LN2 * LN_GOMPERTZ) / width * share * _TWO ** (-share)


def richards(t, ceiling, midpoint, width, asymmetry):
    """Return the generalised logistic (Richards) curve: logistic at `asymmetry` 1, Gompertz towards 0.

    Parameters
    ----------
    t, ceiling, midpoint, width
        As for `logistic`: half the ceiling at `midpoint`, 10 % to 90 % in `width`, whatever the asymmetry.
    asymmetry : float
        Above 0. Below 1: slow approach to the ceiling; above 1: slow start and a hard stop.

    Returns
    -------
    float or ndarray
        Same shape as `t`, unit of `ceiling`.

    Notes
    -----
    Richards 1959: ``K / (1 + q exp(-r (t - m)))**(1 / asymmetry)``, with q and r chosen so that midpoint and width
    keep their meaning.

    Examples
    --------
    >>> [round(float(richards(2012, 100, 2012, 14, shape)), 6) for shape in (0.2, 1, 3)]
    [50.0, 50.0, 50.0]
    """
    return ceiling / (1 + _richards_share(t, midpoint, width, asymmetry)) ** (1 / asymmetry)


def richards_rate(t, ceiling, midpoint, width, asymmetry):
    """Return the slope of `richards` per unit of time.

    Parameters are those of `richards`.

    Examples
    --------
    >>> round(float(richards_rate(2012, 100, 2012, 14, 1) / logistic_rate(2012, 100, 2012, 14)), 9)
    1.0
    """
    share = _richards_share(t, midpoint, width, asymmetry)
    pace = np.log(_richards_base(asymmetry)) / (width * asymmetry)
    return pace * share / (1 + share) * richards(t, ceiling, midpoint, width, asymmetry)


def growth_per_year(doubling_time):
    """Return the factor by which a quantity grows in one year (one unit of time) if it doubles every `doubling_time`.

    Examples
    --------
    >>> round(float(growth_per_year(2.05)), 2)
    1.4
    """
    return _TWO ** (1 / doubling_time)


def doubling_time(growth):
    """Return the time in which a quantity doubles if it grows by the factor `growth` each year; negative below 1.

    Examples
    --------
    >>> round(12 * float(doubling_time(4.59)), 1)  # months
    5.5
    """
    return LN2 / np.log(growth)


def _richards_base(asymmetry):
    return (np.float64(10) ** asymmetry - 1) / (np.float64(10 / 9) ** asymmetry - 1)


def _richards_share(t, midpoint, width, asymmetry):
    return (_TWO**asymmetry - 1) * _richards_base(asymmetry) ** ((midpoint - t) / width)
