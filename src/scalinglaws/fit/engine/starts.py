"""Where to start a fit: for given exponents the rest is linear (variable projection), so a small grid covers everything.

Hoffmann et al. 2022 start from 4,500 points of a five-dimensional grid, most of which end on plateaus where a term has
vanished. Here the floor and the coefficients are solved for at each point of a grid of the exponents.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from scalinglaws.fit.engine.problem import HIGH, LOW
from scalinglaws.fit.engine.terms import OFF
from scalinglaws.fit.engine.warnings import ROUGH, roughness

GRID = tuple(np.geomspace(0.04, 2.0, 16))  # exponents at which the linear problem is solved
STARTS = 16  # of these points, the best, from which Newton starts
MANY = len(GRID) ** 2  # all of them, for two exponents
SHARE = 0.02  # of the median loss: what a term starts with if the linear solution leaves it out
WIDE = 0.1  # of the largest loss: the Huber threshold that every start passes first
FINE = 5e-4  # Huber thresholds below this are approached in smaller steps
SAME = 1e-6  # objectives this close, relatively, are one optimum
EXACT = 1e-18  # of the weights: an objective this small is an exact fit
LEAST = 1e-5  # of the smallest value: a floor falls no lower while the optimum is searched
GONE = 1e-3  # a floor below this share of the smallest loss is compared with no floor at all


class Found(NamedTuple):
    """Result of a search: theta (p,), value, number of starts, share that agree, parameters at a bound."""

    theta: np.ndarray
    value: float
    starts: int
    agree: float
    bounds: tuple


def search(problem, n_starts=STARTS):
    """Return the best optimum of a `Problem` within the bounds, as `Found`.

    Two cases need more: a scatter so far above the Huber threshold that the sum is full of corners, and an exponent that
    ends steeper than any start, where a step, the highest exponent, may fit better still.
    """
    best = _search(problem, n_starts)
    if roughness(problem, best.theta) > ROUGH and best.starts == n_starts:
        best = min(best, _search(problem, MANY), key=lambda found: found.value)
    for name, exponent in zip(problem.exponents, best.theta[1::2], strict=True):
        if name in problem.free and GRID[-1] < exponent < HIGH:
            step = _search(problem.holding(**{name: HIGH}), n_starts)
            best = min(best, step._replace(bounds=(name, *step.bounds)), key=lambda found: found.value)
    return best


def _search(problem, n_starts):
    theta = grid_starts(problem, n_starts)
    every = np.broadcast_to(problem.weights, (theta.shape[1], len(problem.weights)))
    for delta in easing(problem.objective, factor=10.0 if problem.objective.delta > FINE else 10.0**0.5):
        theta = problem.minimise(every, theta, problem.objective.at(delta), LEAST, tolerance=1e-2, most=40).theta
    found = problem.minimise(every, theta, least=LEAST, most=100)
    value = np.where(np.isfinite(found.value), found.value, np.inf)
    inside = ((found.theta[1::2] >= LOW) & (found.theta[1::2] <= HIGH)).all(axis=0)
    best = np.argmin(np.where(inside, value, np.inf))
    lowest = np.argmin(value)
    options = [(found.theta[:, best], value[best], ())] if inside[best] else []
    if not inside[lowest] and not (options and value[lowest] >= value[best] * (1 - SAME)):
        options.append(_bounded(problem, found.theta[:, lowest]))
    chosen, reached, bounds = min(options, key=lambda option: option[1])
    chosen, reached, bounds = _without_floor(problem, chosen, reached, bounds)
    if problem.floor not in bounds:
        chosen, reached, bounds = _without_floor(problem, *_polished(problem, chosen, bounds), bounds, slack=SAME)
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
    """Return theta (p, k): exponents from a grid, coefficients from the weighted least squares of y; the k best."""
    o, names = problem.objective, problem.exponents
    y = np.exp(o.target) if o.log else o.target
    grids = [[problem.held[name]] if name in problem.held else GRID for name in names if name not in problem.tied]
    exponents = dict(
        zip((name for name in names if name not in problem.tied), map(np.ravel, np.meshgrid(*grids)), strict=True)
    )
    exponents |= {name: ratio * exponents[other] for name, (other, ratio) in problem.tied.items()}
    root = np.sqrt(problem.weights)
    one = root / y
    parts = [np.exp(-np.outer(exponents[name], x)) * one for name, x in zip(names, o.x, strict=True)]
    basis = np.stack([*parts, np.broadcast_to(one, parts[0].shape)], axis=1)
    off = np.array([problem.held.get(name) == 0 for name in (*problem.coefficients, problem.floor)])
    coefficients, gained = _not_negative(basis @ basis.transpose(0, 2, 1), basis @ root, np.flatnonzero(~off))
    logs = np.log(np.maximum(coefficients, SHARE * np.median(y)))
    logs[:, off] = OFF
    best = np.argsort(-gained, kind="stable")[:n_starts]
    theta = np.empty((len(problem.names), len(gained)))
    theta[::2], theta[1::2] = logs.T, [exponents[name] for name in names]
    return theta[:, best]


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
            best[better] = 0.0
            best[np.ix_(better, subset)] = solved[better]
            gained[better] = gain[better]
    return best, gained


def _bounded(problem, theta):
    """The optimum with the exponents that left the bounds held there: theta, value, their names."""
    names = {}
    for _ in problem.exponents:
        for name, value in zip(problem.exponents, theta[1::2], strict=True):
            if name in problem.free and not LOW <= value <= HIGH:
                names[name] = LOW if value < LOW else HIGH
        theta = np.where(np.isfinite(theta), theta, 0.0)
        start = theta.copy()
        start[1::2] = np.clip(theta[1::2], LOW, HIGH)
        found = problem.holding(**names).minimise(problem.weights[None], start)
        theta = found.theta[:, 0]
    return theta, found.value[0], tuple(names)


def _polished(problem, theta, bounds):
    """Newton steps until nothing is left to gain."""
    held = problem.at_bounds(problem.named(theta), bounds)
    found = held.minimise(problem.weights[None], theta, tolerance=1e-24, most=500, damping=0.0)
    return found.theta[:, 0], float(found.value[0])


def _without_floor(problem, theta, value, bounds, slack=1e-12):
    """Put the floor at its bound, zero, if that costs nothing: no more than the slack, relatively."""
    floor = problem.floor
    if floor not in problem.free or np.exp(theta[-1]) > GONE * problem.terms(theta).sum(axis=0).min():
        return theta, value, bounds
    bare, without = _polished(problem.holding(**{floor: 0.0}), np.append(theta[:-1], OFF), bounds)
    if without > value * (1 + slack) + EXACT * problem.weights.sum():
        return theta, value, bounds
    return bare, without, (*bounds, floor)
