"""How hard the problems of a test are, from right answers counted in many tries: a Beta distribution, by likelihood."""

import numpy as np

from scalinglaws.laws.money.thinking import log_gamma

_START, _REACH, _ROUNDS = (-1.0, 2.5), 4.0, 24


def fit_beta(right, n_tries):
    """Return (alpha, beta) of the Beta distribution under which the counts are likeliest.

    Parameters
    ----------
    right : array_like of int, shape (n_problems,)
        Right answers to each problem, 0 to n_tries; not all 0 and not all n_tries.
    n_tries : int
        Tries at each problem.

    Returns
    -------
    alpha, beta : float
        Near 0 the density of p goes as p^(alpha - 1); its mean is alpha / (alpha + beta).

    Raises
    ------
    ValueError
        If all problems are never or always solved: then no distribution is likeliest.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> alpha, beta = fit_beta(rng.binomial(1000, rng.beta(0.3, 12, 2000)), 1000)
    >>> round(alpha, 2), round(beta)
    (0.3, 12)
    """
    counts, problems = np.unique(right, return_counts=True)
    if counts[0] < 0 or counts[-1] > n_tries or counts[0] == n_tries or counts[-1] == 0:
        raise ValueError(f"right must be 0 to n_tries {n_tries}, not all one of the two, got {right}")
    centre, steps = np.array(_START), np.linspace(-1, 1, 9)
    for step in _REACH * 0.6 ** np.arange(_ROUNDS):
        log_a, log_b = (grid.ravel() for grid in np.meshgrid(centre[0] + step * steps, centre[1] + step * steps))
        a, b = np.exp(log_a)[:, None], np.exp(log_b)[:, None]
        likely = log_gamma(a + counts) + log_gamma(b + n_tries - counts) - log_gamma(a + b + n_tries)
        best = np.argmax((likely + log_gamma(a + b) - log_gamma(a) - log_gamma(b)) @ problems)
        centre = np.array([log_a[best], log_b[best]])
    return float(np.exp(centre[0])), float(np.exp(centre[1]))
