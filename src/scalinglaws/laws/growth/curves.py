"""Growth curves: exponential, logistic and Gompertz, in units that can be read off a plot.

All functions are bare arithmetic: they take NumPy arrays of any shape and expressions of a plotting library alike, and
return the same shape.

    t              time in any unit, here years
    start, origin  value of an exponential at the time `origin`
    doubling_time  in which it doubles (negative: halves)
    ceiling        what an S-curve approaches
    midpoint       time at which it is half of that
    width          time it takes from 10 % to 90 % of the ceiling; negative for a falling curve
"""

import numpy as np

# NumPy's floats, because they overflow to infinity where Python's raise an error.
_LOGISTIC_BASE = np.float64(81)  # from odds 1:9 to odds 9:1 within one width
_GOMPERTZ_BASE = np.log(10) / np.log(10 / 9)  # from ln of ceiling over value ln 10 to ln(10/9) within one width
LN2, LN81, LN_GOMPERTZ = np.log(2), np.log(81), np.log(_GOMPERTZ_BASE)
_TWO = np.float64(2)


def exponential(t, start, doubling_time, origin=0.0):
    """Return ``start * 2**((t - origin) / doubling_time)``.

    >>> float(exponential(1973.9, 2300, 2, origin=1971.9))
    4600.0
    """
    return start * _TWO ** ((t - origin) / doubling_time)


def logistic(t, ceiling, midpoint, width):
    """Return the logistic S-curve ``ceiling / (1 + 81**((midpoint - t) / width))``.

    The usual form (Verhulst 1838) is ``K / (1 + exp(-r (t - m)))``; the width is ``2 ln 9 / r``. Long before the
    midpoint it is an exponential which doubles every 0.158 widths.

    >>> [round(float(logistic(year, 100, 2012, 14)), 6) for year in (2005, 2012, 2019)]
    [10.0, 50.0, 90.0]
    """
    return ceiling / (1 + _LOGISTIC_BASE ** ((midpoint - t) / width))


def logistic_rate(t, ceiling, midpoint, width):
    """Return the slope of `logistic` per unit of time: a symmetric peak of the area `ceiling`, Hubbert's curve.

    Yearly production grows with what is there and with the share that is left (Hubbert 1956, formula in Hubbert 1982).

    >>> round(float(logistic_rate(1970, 200, 1970, 60)), 3)  # billion barrels a year
    3.662
    """
    value = logistic(t, ceiling, midpoint, width)
    return LN81 / width * value * (1 - value / ceiling)


def peak_rate(ceiling, width):
    """Return the largest slope of a logistic, reached at its midpoint: ``ceiling * ln 3 / width``."""
    return ceiling * (LN81 / 4) / width


def gompertz(t, ceiling, midpoint, width):
    """Return the Gompertz S-curve, quick start and slow approach: ``ceiling * 2**-(b**((midpoint - t) / width))``.

    b is ln 10 / ln(10/9) = 21.85. The usual form (Gompertz 1825) is ``K exp(-exp(-r (t - i)))``, steepest at K/e, 37 %
    of the ceiling.
    """
    return ceiling * _TWO ** (-(_GOMPERTZ_BASE ** ((midpoint - t) / width)))


def growth_per_year(doubling_time):
    """Return the factor by which a quantity grows in a year (one unit of time) if it doubles every `doubling_time`."""
    return _TWO ** (1 / doubling_time)


def doubling_time(growth):
    """Return the time in which a quantity doubles if it grows by the factor `growth` each year; negative below 1.

    >>> round(12 * float(doubling_time(4.59)), 1)  # months
    5.5
    """
    return LN2 / np.log(growth)
