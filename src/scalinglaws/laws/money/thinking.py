"""Thinking longer: what many tries at a problem solve, what votes and checkers make of them, and how many are needed.

Problems differ: p is the share of a model's answers to one problem that are right, and what a test reports is a mean over
problems. Tries are independent. Coverage, or pass@k, is the share of the problems with at least one right answer in k.

    p, k        share of right answers to one problem; number of tries
    alpha, beta of a Beta distribution of p over the problems, whose density goes as p^(alpha - 1) near 0
    passed      share of the wrong answers that a checker lets pass; it passes all right ones
    right       right answers counted to each problem, shape (n_problems,), in n_tries tries

Sources: Chen et al. 2021 (the count), Brown et al. 2024 (coverage), Schaeffer et al. 2025 (why it is a power law).
"""

from math import comb

import numpy as np

_SHIFT = 7


def solved_within(right, n_tries, k):
    """Return the chance that k of the counted tries hold a right answer, shape (n_problems, n_k), without bias.

    1 - C(n - c, k) / C(n, k) (Chen et al. 2021, Eq. 1); its mean over the problems is pass@k.

    >>> solved_within([0, 1, 5], n_tries=10, k=[1, 5]).round(3).tolist()
    [[0.0, 0.0], [0.1, 0.5], [0.5, 0.996]]
    """
    k, wrong = np.atleast_1d(k).astype(int), n_tries - np.asarray(right).astype(int)[:, None]
    if np.min(k) < 1 or np.max(k) > n_tries or np.min(wrong) < 0 or np.max(wrong) > n_tries:
        raise ValueError(f"k must be 1 to n_tries {n_tries} and right 0 to n_tries, got k {k} and right {right}")
    log_factorial = np.concatenate([[0], np.cumsum(np.log(np.arange(1, n_tries + 1)))])
    left = np.maximum(wrong - k, 0)
    none = log_factorial[wrong] + log_factorial[n_tries - k] - log_factorial[left] - log_factorial[n_tries]
    return np.where(wrong >= k, 1 - np.exp(none), 1)


def tries_for(level, k, coverage):
    """Return how many tries reach a coverage, between the points of a rising curve in log k; inf if none does.

    >>> round(float(tries_for(0.5, [1, 100], [0, 1])), 1)
    10.0
    """
    reached = np.exp(np.interp(level, coverage, np.log(k)))
    return np.where(np.asarray(level) <= coverage[-1], reached, np.inf)


def log_gamma(x):
    """Return the logarithm of the gamma function for x > 0, by Stirling's series after seven steps up.

    >>> round(float(log_gamma(5.0)), 6), round(float(np.log(24)), 6)
    (3.178054, 3.178054)
    """
    y, steps = x + _SHIFT, 1
    for i in range(_SHIFT):
        steps = steps * (x + i)
    return (y - 0.5) * np.log(y) - y + 0.5 * np.log(2 * np.pi) + _series(y) - np.log(steps)


def beta_missed(k, alpha, beta):
    """Return the share of problems unsolved in k tries if p is Beta distributed; for large k it falls as k^-alpha.

    >>> round(float(beta_missed(1, 0.3, 12.0)), 4)  # 1 - alpha / (alpha + beta)
    0.9756
    """
    return np.exp(_log_ratio(beta + k, alpha) - _log_ratio(beta, alpha))


def _log_ratio(x, a):
    """Logarithm of gamma(x) over gamma(x + a), not as a difference of two large numbers."""
    y, steps = x + _SHIFT, 1
    for i in range(_SHIFT):
        steps = steps * (x + a + i) / (x + i)
    return (y - 0.5) * np.log(y / (y + a)) - a * np.log(y + a) + a + _series(y) - _series(y + a) + np.log(steps)


def _series(y):
    return (1 / 12 - (1 / 360 - 1 / 1260 / y**2) / y**2) / y


def coverage_law(k, a, b):
    """Return exp(a k^b), the law that Brown et al. fit to coverage; a and b are negative (their Eq. 2)."""
    return np.exp(a * k**b)


def first_passed(p, passed, k):
    """Return the chances that the first answer to pass the checker in k tries is right, and that it is wrong.

    What is left passes nothing. Without end of tries the first is p / (p + (1 - p) passed).

    >>> right, wrong = first_passed(0.02, 0.001, 1e4)
    >>> round(right, 3), round(wrong, 3)
    (0.953, 0.047)
    """
    some = p + (1 - p) * passed
    done = (1 - (1 - some) ** k) / some
    return p * done, (1 - p) * passed * done


def majority(p, n):
    """Return the chance that most of n votes (odd) are right, if each is right with chance p and there are two answers.

    >>> round(majority(0.6, 11), 3)
    0.753
    """
    return sum(comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(n // 2 + 1, n + 1))
