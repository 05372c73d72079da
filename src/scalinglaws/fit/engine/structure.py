"""Whether residuals have a shape. What a fit of the right form leaves is scatter, in whatever order one looks at the runs.

Residuals are held against waves along each column (and, for sizes and tokens, along compute and tokens per parameter),
against surfaces of low degree, and, where runs repeat, against the scatter of runs at one place. How much of their variance
each explains is compared with draws of pure scatter to which the same law was fitted: normal ones with a spread that may
grow along the columns, or, for groups, the residuals themselves with the sign of each group drawn.
`benchmarks/structure.py` counts false alarms and what is missed.
"""

from itertools import combinations_with_replacement

import numpy as np

from scalinglaws.fit.engine.warnings import FitWarning

_ALARM = 0.04  # share of right forms that the draws allow to be objected to, over all orders together
_FEWEST = 12  # runs, or groups of them, below which nothing can be said
_N_DRAWS, _CELLS = 499, 4_000_000  # draws, and their size in all
_WAVES, _DEGREE = 8, 3  # waves along an order, shared by the columns of a law; degree of the surface
_OUTLYING = 3.0  # robust standard deviations at which residuals are cut off
_EXACT = 1e-7  # residuals as small as this, relative to what is fitted, are rounding
_SAME = 1e-2  # of a wave or surface: what is left of it beside the law, below which it says nothing


def of_structure(problem, theta, groups=None):
    """Return a warning, () or one, if the residuals of a fit have a shape."""
    used = problem.weights > 0
    root, o = np.sqrt(problem.weights[used]), problem.objective
    residuals, x, n = problem.residuals(theta)[used] * root, o.x[:, used], np.count_nonzero(used)
    member = np.arange(n) if groups is None else np.unique(groups[used], return_inverse=True)[1]
    level = 1.0 if o.log else np.median(o.target)
    if member.max() < _FEWEST - 1 or np.sqrt(np.mean(residuals**2)) <= _EXACT * level:
        return ()
    inside = _basis(_slopes(problem, theta)[used] * root[:, None])

    def outside(rows):
        return rows - (rows @ inside) @ inside.T

    parts = _shapes(x, problem.about)
    parts = {name: _basis(outside(shape.T).T, np.linalg.norm(shape, axis=0), _SAME) for name, shape in parts.items()}
    observed = outside(residuals)
    rows = outside(np.vstack([observed, _draws(observed, x, None if groups is None else member)]))
    limit = _OUTLYING * 1.4826 * np.median(np.abs(rows), axis=1, keepdims=True)
    rows = outside(np.clip(rows, -limit, limit))
    explained = {name: ((rows @ part) ** 2).sum(axis=1) for name, part in parts.items()}
    _, place, count = np.unique(x.round(9), axis=1, return_inverse=True, return_counts=True)
    if groups is None and len(count) < n:
        sums = np.add.reduceat(rows[:, np.argsort(place.ravel(), kind="stable")], np.cumsum(count) - count, axis=1)
        explained["runs at one place"] = (sums**2 / count).sum(axis=1)
    score = np.array(list(explained.values())) / (rows**2).sum(axis=1)
    rank = np.array([np.searchsorted(np.sort(row), row) for row in score])
    top = rank.max(axis=0)
    if np.mean(top >= top[0]) > _ALARM:
        return ()
    most = int(np.argmax(rank[:, 0] + score[:, 0]))
    reason = (
        f"a shape along {list(explained)[most]} explains {score[most, 0]:.0%} of their variance; intervals and predictions"
        " assume the form of the law, and may be far too narrow where it does not hold"
    )
    return (FitWarning("structure", "residuals", reason),)


def _slopes(problem, theta, step=1e-6):
    """Derivatives of the fitted values in the free parameters, shape (n, q)."""
    ways = step * problem.matrix.T
    return np.stack([problem.residuals(theta - way) - problem.residuals(theta + way) for way in ways], axis=1)


def _basis(columns, size=None, least=1e-9):
    """Orthonormal columns that span those given; `size`: of each column, against which to tell what is nothing."""
    size = np.linalg.norm(columns, axis=0) if size is None else size
    vectors, values, _ = np.linalg.svd(columns / np.maximum(size, 1e-300), full_matrices=False)
    return vectors[:, values > least]


def _shapes(x, about):
    """What residuals may look like, by name, each (n, m): waves in the order of a column, and surfaces."""
    orders = dict(zip(about, x, strict=True))
    if len(x) == 2:
        orders |= {"compute": x[0] + x[1], "tokens per parameter": x[1] - x[0]}
    shapes = {name: _waves(log, _WAVES // len(x)) for name, log in orders.items()}
    u = x / np.maximum(np.abs(x).max(axis=1, keepdims=True), 1e-300)
    powers = [
        np.prod(u[list(which)], axis=0)
        for degree in range(2, _DEGREE + 1)
        for which in combinations_with_replacement(range(len(u)), degree)
    ]
    return shapes | {" and ".join(about) + " as a whole": np.stack(powers, axis=1)}


def _waves(log, most):
    _, place, count = np.unique(log.round(9), return_inverse=True, return_counts=True)
    middle = (np.cumsum(count) - count / 2)[place] / len(log)
    return np.cos(np.pi * np.outer(middle, np.arange(1, min(most, len(count) - 1) + 1)))


def _draws(residuals, x, member):
    rng, n = np.random.default_rng(0), len(residuals)
    n_draws = int(np.clip(_CELLS / n, 99, _N_DRAWS))
    if member is not None:
        return rng.choice([-1.0, 1.0], (n_draws, member.max() + 1))[:, member] * residuals
    size, lines = np.abs(residuals), _basis(np.vstack([np.ones(n), x]).T)
    spread = np.exp(lines @ (lines.T @ np.log(size + 0.1 * np.median(size))))
    return rng.normal(size=(n_draws, n)) * spread
