"""Where to start a fit: for given exponents the rest is linear (variable projection), so a small grid covers everything.

Hoffmann et al. 2022 start from 4,500 points of a five-dimensional grid, most of which end on plateaus where a term has
vanished. Here E, A and B are solved for at each point of a grid of the two exponents.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from scalinglaws.fit.engine.terms import OFF

LOW, HIGH = 1e-3, 10.0  # bounds of the exponents
GRID = tuple(np.geomspace(0.04, 2.0, 16))  # exponents at which the linear problem is solved
STARTS = 16  # of these points, the best, from which Newton starts
SHARE = 0.02  # of the median loss: what a term starts with if the linear solution leaves it out
WIDE = 0.1  # of the largest loss: the Huber threshold that every start passes first
FINE = 5e-4  # Huber thresholds below this are approached in smaller steps
SAME = 1e-6  # objectives this close, relatively, are one optimum
EXACT = 1e-18  # of the weights: an objective this small is an exact fit
GONE = 1e-3  # a floor below this share of the smallest loss is compared with no floor at all


class Found(NamedTuple):
    """Result of a search: theta (5,), value, number of starts, share that agree, parameters at a bound."""

    theta: np.ndarray
    value: float
    starts: int
    agree: float
    bounds: tuple


def search(problem, n_starts=STARTS):
    """Return the best optimum of a `Problem` within the bounds, as `Found`."""
    theta = grid_starts(problem, n_starts)
    every = np.broadcast_to(problem.weights, (theta.shape[1], len(problem.weights)))
    for delta in easing(problem.objective, factor=10.0 if problem.objective.delta > FINE else 10.0**0.5):
        theta = problem.minimise(every, theta, problem.objective.at(delta), tolerance=1e-2, most=40).theta
    found = problem.minimise(every, theta, most=100)
    value = np.where(np.isfinite(found.value), found.value, np.inf)
    inside = ((found.theta[[1, 3]] >= LOW) & (found.theta[[1, 3]] <= HIGH)).all(axis=0)
    best = np.argmin(np.where(inside, value, np.inf))
    lowest = np.argmin(value)
    options = [(found.theta[:, best], value[best], ())] if inside[best] else []
    if not inside[lowest] and not (options and value[lowest] >= value[best] * (1 - SAME)):
        options.append(_bounded(problem, found.theta[:, lowest]))
    chosen, reached, bounds = min(options, key=lambda option: option[1])
    chosen, reached, bounds = _without_floor(problem, *_polished(problem, chosen, bounds), bounds)
    if bounds:  # many starts are still on their way to a bound; hold it for all of them
        held = problem.at_bounds(problem.named(chosen), bounds)
        value = held.minimise(every, np.where(held.free_rows[:, None], found.theta, chosen[:, None]), most=100).value
    agree = np.mean(value <= reached * (1 + SAME) + EXACT * problem.weights.sum())
    return Found(chosen, reached, theta.shape[1], float(agree), bounds)


def easing(objective, factor=10.0):
    """Return the Huber thresholds, falling by `factor`, that lead to the one of `objective`."""
    wide = WIDE * (1.0 if objective.log else float(np.max(objective.target)))
    steps = int(np.log(wide / objective.delta) / np.log(factor) + 1e-9) if objective.delta < wide else 0
    return [objective.delta * factor**k for k in range(steps, 0, -1)]


def grid_starts(problem, n_starts=STARTS):
    """Return theta (5, k): exponents from a grid, coefficients from the weighted least squares of L; the k best."""
    o = problem.objective
    loss = np.exp(o.target) if o.log else o.target
    alphas, betas = (np.array([problem.held[name]] if name in problem.held else GRID) for name in ("alpha", "beta"))
    if problem.ratio is not None:
        alpha, beta = alphas, problem.ratio * alphas
    else:
        alpha, beta = (each.ravel() for each in np.meshgrid(alphas, betas))
    root = np.sqrt(problem.weights)
    one = root / loss
    first, second = np.exp(-np.outer(alpha, o.x)) * one, np.exp(-np.outer(beta, o.y)) * one
    basis = np.stack([first, second, np.broadcast_to(one, first.shape)], axis=1)
    off = np.array([problem.held.get(name) == 0 for name in ("A", "B", "E")])
    coefficients, gained = _not_negative(basis @ basis.transpose(0, 2, 1), basis @ root, np.flatnonzero(~off))
    logs = np.log(np.maximum(coefficients, SHARE * np.median(loss)))
    logs[:, off] = OFF
    best = np.argsort(-gained, kind="stable")[:n_starts]
    return np.stack([logs[:, 0], alpha, logs[:, 1], beta, logs[:, 2]])[:, best]


def _not_negative(gram, right, usable):
    """Least squares with coefficients of zero or more: the best of all subsets of terms; and what each explains."""
    best, gained = np.zeros(right.shape), np.zeros(len(right))
    for size in range(1, len(usable) + 1):
        for subset in map(list, combinations(usable, size)):
            inner = gram[:, subset][:, :, subset]
            inner = inner + 1e-12 * np.trace(inner, axis1=1, axis2=2)[:, None, None] * np.eye(size)
            solved = np.linalg.solve(inner, right[:, subset, None])[..., 0]
            gain = np.vecdot(solved, right[:, subset])
            better = (gain > gained) & (solved > 0).all(axis=1)
            best[np.ix_(better, range(3))] = 0.0
            best[np.ix_(better, subset)] = solved[better]
            gained[better] = gain[better]
    return best, gained


def _bounded(problem, theta):
    """The optimum with the exponents that left the bounds held there: theta, value, their names."""
    names = {}
    for _ in range(2):
        for name, place in (("alpha", 1), ("beta", 3)):
            if name in problem.free and not LOW <= theta[place] <= HIGH:
                names[name] = LOW if theta[place] < LOW else HIGH
        theta = np.where(np.isfinite(theta), theta, 0.0)
        start = theta.copy()
        start[[1, 3]] = np.clip(theta[[1, 3]], LOW, HIGH)
        found = problem.holding(**names).minimise(problem.weights[None], start)
        theta = found.theta[:, 0]
    return theta, found.value[0], tuple(names)


def _polished(problem, theta, bounds):
    """Newton steps until nothing is left to gain."""
    held = problem.at_bounds(problem.named(theta), bounds)
    found = held.minimise(problem.weights[None], theta, tolerance=1e-24, most=500, damping=0.0)
    return found.theta[:, 0], float(found.value[0])


def _without_floor(problem, theta, value, bounds):
    """Put E at its bound, zero, if that costs nothing."""
    if "E" not in problem.free or np.exp(theta[4]) > GONE * problem.terms(theta).sum(axis=0).min():
        return theta, value, bounds
    bare = np.where(np.arange(5) == 4, OFF, theta)
    bare, without = _polished(problem.holding(E=0.0), bare, bounds)
    if without > value * (1 + SAME) + EXACT * problem.weights.sum():
        return theta, value, bounds
    return bare, without, (*bounds, "E")
