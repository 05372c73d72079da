"""Checks of the rows of a fit: how many there are, which belong together, what each weighs."""

import numpy as np

from scalinglaws.check import not_negative


def enough_runs(problem):
    """Return the problem if it has as many runs with any weight as free parameters."""
    n_runs = np.count_nonzero(problem.weights)
    if n_runs < problem.n_free:
        raise ValueError(f"there must be at least {problem.n_free} runs, one for each free parameter, got {n_runs}")
    return problem


def row_groups(groups, n):
    """Check labels, one per run; None for None."""
    if groups is None:
        return None
    groups = np.asarray(groups)
    if groups.shape != (n,):
        raise ValueError(f"groups must have shape ({n},), one label per run, got {groups.shape}")
    missing = np.flatnonzero(groups != groups)  # NaN
    if len(missing):
        raise ValueError(f"groups must label every run, got {groups[missing[0]]} at position {missing[0]}")
    return groups


def row_weights(weights, n):
    """Check weights, one per run; ones for None."""
    weights = np.ones(n) if weights is None else np.asarray(not_negative("weights", weights))
    if weights.shape != (n,):
        raise ValueError(f"weights must have shape ({n},), one per run, got {weights.shape}")
    if not weights.any():
        raise ValueError("weights must not all be zero, got only zeros")
    return weights
