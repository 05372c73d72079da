"""One budget in a world that grows: what trained now, trained in parts, or spent on thinking brings, year by year.

Everything is in decades, factors of ten of effective compute over the best of today, `year` in years from today.

growth, methods, price
    Factors a year from today on: compute of the largest run, what better methods save, operations for a dollar.
lag
    Years by which models that anybody can use are behind the best.
before
    Factor a year by which the effective compute of the best grew until today. A model of a year ago is behind by this much,
    whatever the future brings.
"""

import numpy as np


def larger(a, b):
    """Return the larger of two numbers, in arithmetic alone.

    >>> larger(2.0, 3.0)
    3.0
    """
    return (a + b + abs(a - b)) / 2


def open_models(year, growth, methods, lag, before):
    """Return the decades of the best model that anybody can use: the best of `lag` years ago.

    >>> float(open_models(2, growth=5, methods=2, lag=1, before=10)), float(open_models(0, 1, 1, lag=1, before=10))
    (1.0, -1.0)
    """
    return larger(0.0, year - lag) * np.log10(growth * methods) - larger(0.0, lag - year) * np.log10(before)


def train_now(year, growth, methods, lag, before):
    """Return the decades of who spends all on one run as large as today's largest, and takes an open model once it is better.

    >>> float(train_now(2, growth=5, methods=2, lag=1, before=10))
    1.0
    """
    return larger(0.0, open_models(year, growth, methods, lag, before))


def train_in_parts(year, growth, methods, lag, before, price, n_years=4):
    """Return the decades of who trains anew each year, with an equal part of the budget and the methods of that year.

    >>> float(train_in_parts(2, growth=1, methods=2, lag=1, before=10, price=5, n_years=10))
    1.0
    """
    alone = year * np.log10(price * methods) - np.log10(n_years)
    return larger(alone, open_models(year, growth, methods, lag, before))


def think_longer(year, growth, methods, lag, before, worth):
    """Return the decades of who trains nothing, and makes the best open model think: as good as `worth` decades.

    >>> float(think_longer(2, growth=5, methods=2, lag=1, before=10, worth=0.5))
    1.5
    """
    return open_models(year, growth, methods, lag, before) + worth
