"""Marginal returns: what one more unit, one more dollar or one more observation is worth.

The law is that of `scalinglaws.laws.training.power`: value = floor + scale * x**-exponent, falling as x grows. The functions
are bare arithmetic and take NumPy arrays and expressions of a plotting library alike.
"""

import numpy as np

_ONE = np.float64(1)  # turns Python's numbers into NumPy's, whose roots of negative numbers are NaN and not complex


def marginal_gain(x, scale, exponent):
    """Return how much the value falls per further unit of x: ``exponent * scale * x**-(exponent + 1)``.

    Parameters
    ----------
    x : float, ndarray or expression
        What has been spent already: parameters, tokens, FLOP.
    scale : float
        The part above the floor at x = 1. The floor itself has no part in it.
    exponent : float
        Exponent of the law.

    Returns
    -------
    same as x
        Gain per unit, positive, unit of `scale` per unit of x.

    Examples
    --------
    >>> float(marginal_gain(100.0, scale=2.0, exponent=0.5))
    0.001
    """
    return exponent * scale * x ** -(exponent + 1)


def gain_per_dollar(dollars, scale, exponent, units_per_dollar):
    """Return how much the value falls per further dollar, after `dollars` have been spent.

    Parameters
    ----------
    dollars : float, ndarray or expression
        Money spent so far.
    scale, exponent : float
        The law in units of x, as in `marginal_gain`.
    units_per_dollar : float
        What a dollar buys, for example FLOP per dollar.

    Returns
    -------
    same as dollars
        Gain per dollar, positive.

    Notes
    -----
    With x = units_per_dollar * dollars the chain rule gives ``units_per_dollar * marginal_gain(x)``. For money already
    spent, a better price means that x is further along: the gain of the next dollar changes by the price factor to the
    power ``-exponent``, so it is smaller.

    Examples
    --------
    >>> float(gain_per_dollar(50.0, scale=2.0, exponent=0.5, units_per_dollar=2.0))
    0.002
    """
    return units_per_dollar * marginal_gain(units_per_dollar * dollars, scale, exponent)


def next_share(x, share, scale, exponent, floor=0):
    """Return how much further x it takes to lower the whole value, floor included, by `share` of itself.

    Parameters
    ----------
    x : float, ndarray or expression
        What has been spent already.
    share : float
        0.01 for the next one per cent.
    scale, exponent, floor : float
        The law.

    Returns
    -------
    same as x
        Further units. Not a number where the target lies below the floor: no x reaches it.

    Examples
    --------
    >>> [round(float(next_share(x, 0.01, 1.0, 0.05)), 3) for x in (1.0, 10.0)]  # always 22 % more
    [0.223, 2.226]
    """
    target = (1 - share) * (floor + scale * x**-exponent)
    root = (
        _ONE * scale / (target - floor)
    ) ** 0.5  # not a number below the floor, where an even power would hide the sign
    return root ** (2 / exponent) - x


def step_ratio(share, exponent):
    """Return the factor on x that takes `share` off the part above the floor: ``(1 - share)**(-1 / exponent)``.

    Parameters
    ----------
    share : float, ndarray or expression
        0.5 to halve it.
    exponent : float
        Exponent of the law.

    Returns
    -------
    same as share
        How many times more.

    Examples
    --------
    >>> f"{step_ratio(0.5, 0.05):.3g}"  # to halve a loss that falls with compute**-0.05
    '1.05e+06'
    """
    return (1 - share) ** (-1 / exponent)


def variance_of_mean(variance, n, correlation=0):
    """Return the variance of a mean of n observations: ``variance * (correlation + (1 - correlation) / n)``.

    Parameters
    ----------
    variance : float
        Of one observation.
    n : float, ndarray or expression
        Number of observations.
    correlation : float
        Between any two of them. Above 0 it leaves a floor which no n removes: reviewers who share a prejudice.

    Returns
    -------
    same as n
        Unit of `variance`.

    Examples
    --------
    >>> variance_of_mean(4.0, 100), round(variance_of_mean(4.0, 1e12, correlation=0.25), 6)
    (0.04, 1.0)
    """
    return variance * (correlation + (1 - correlation) / n)


def next_observation(deviation, n):
    """Return by how much observation n + 1 lowers the standard error of a mean, if observations are independent.

    Parameters
    ----------
    deviation : float
        Standard deviation of one observation.
    n : float, ndarray or expression
        Observations so far.

    Returns
    -------
    same as n
        ``deviation * (n**-0.5 - (n + 1)**-0.5)``, arranged so that it keeps its digits for n in the millions.

    Examples
    --------
    >>> f"{next_observation(1.3, 1):.2g} {next_observation(1.3, 999_999):.2g}"  # stars, on a site of reviews
    '0.38 6.5e-10'
    """
    root, next_root = n**0.5, (n + 1) ** 0.5
    return deviation / (root * next_root * (root + next_root))
