"""Marginal returns: what one more unit or one more observation is worth.

The functions are bare arithmetic, for numbers, NumPy arrays and Vega expressions.
"""


def marginal_gain(x, scale, exponent):
    """Return how much floor + scale * x**-exponent falls per further unit of x: minus its derivative."""
    return exponent * scale * x ** -(exponent + 1)


def variance_of_mean(variance, n, correlation=0):
    """Return the variance of a mean of n observations, variance * (correlation + (1 - correlation) / n).

    A correlation between any two leaves a floor which no n removes: reviewers who share a prejudice.

    >>> variance_of_mean(4.0, 100), round(variance_of_mean(4.0, 1e12, correlation=0.25), 6)
    (0.04, 1.0)
    """
    return variance * (correlation + (1 - correlation) / n)


def next_observation(deviation, n):
    """Return by how much observation n + 1 lowers the standard error of a mean of independent observations.

    deviation * (n**-0.5 - (n + 1)**-0.5), arranged so that it keeps its digits for n in the millions.

    >>> f"{next_observation(1.3, 1):.2g} {next_observation(1.3, 999_999):.2g}"  # stars, on a site of reviews
    '0.38 6.5e-10'
    """
    root, next_root = n**0.5, (n + 1) ** 0.5
    return deviation / (root * next_root * (root + next_root))
