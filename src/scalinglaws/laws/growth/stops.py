"""When data can show that a trend has stopped, and how far a random walk with drift strays from its forecast.

slope
    Of the old trend, in orders of magnitude a year; after a full stop the points fall behind the line by slope times years.
scatter
    Standard deviation of the points about the line, in orders of magnitude.
per_year
    Points a year, evenly spaced, independent.

The functions are bare arithmetic, for numbers, NumPy arrays and Vega expressions.
"""

ERRORS = 2.4865  # standard errors: one-sided 5 % (1.6449) and a power of 80 % (0.8416)


def stop_signal(years, slope, scatter, per_year):
    """Return how many standard errors a full stop is worth after some years, line, scatter and date being known.

    The matched filter of points that fall behind by slope t, whose squares add up to per_year slope^2 years^3 / 3.

    >>> round(stop_signal(0.4, slope=0.68, scatter=0.359, per_year=6), 2)
    0.68
    """
    return slope * (per_year * years**3 / 3) ** 0.5 / scatter


def stop_years(slope, scatter, per_year, errors=ERRORS):
    """Return the years until a full stop is worth so many standard errors: `stop_signal` solved for the years.

    >>> round(stop_years(slope=0.68, scatter=0.359, per_year=6), 2)
    0.95
    """
    return (3 * (errors * scatter / slope) ** 2 / per_year) ** (1 / 3)


def walk_variance(ahead, n_steps, theta=0):
    """Return the variance of a walk's forecast error, in variances of one step: ahead + ahead^2 / n_steps if theta is 0.

    The first term is shocks to come, the second a drift known from n_steps steps only. With theta, shocks are moving averages,
    e_t + theta e_(t-1): A* / (1 + theta^2) of Farmer and Lafond (2016).

    >>> walk_variance(10, n_steps=5)
    30.0
    """
    steps = (1 + 2 * (n_steps - 1) * theta / n_steps + theta**2) * (ahead + ahead**2 / n_steps)
    return (steps - 2 * theta) / (1 + theta**2)
