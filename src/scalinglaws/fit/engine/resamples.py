"""Refits of a problem to resamples of its runs, from the optimum of all runs and within the same bounds."""

import numpy as np

from scalinglaws.fit.engine.problem import HIGH, LOW, Problem
from scalinglaws.fit.engine.starts import EXACT, GONE, SAME, easing
from scalinglaws.fit.engine.terms import OFF

NEAR = 0.003  # damping of the first step: the optimum of all runs is near those of its resamples
HARD = 40  # evaluations after which a refit is repeated from wider Huber thresholds


def refit(problem, theta, weights):
    """Refit a problem to each row of weights, from the optimum `theta` (p,) of all runs; a `Minimum`."""
    start = problem.refit_start(theta)
    if not isinstance(problem, Problem):
        return _refit(problem, start, weights)
    if problem.left(start[:, None])[0]:
        reached = problem.minimise(weights, start, bounded=True)
    else:
        reached = _refit(problem, start, weights)
        left = np.flatnonzero(problem.left(reached.theta))
        if len(left):
            inside, ended = start[:, None].repeat(len(left), 1), np.nan_to_num(reached.theta[:, left])
            reached.value[left] = np.inf
            _keep(reached, left, problem.minimise(weights[left], inside, bounded=True))
            ended[1::2] = np.where(reached.theta[1::2, left] < HIGH, np.clip(ended[1::2], LOW, HIGH), HIGH)
            _keep(reached, left, problem.minimise(weights[left], ended, bounded=True))
    if problem.floor in problem.free:  # a floor that costs nothing to leave out is none, as in the search
        lowest = problem.objective.target.min()
        small = np.flatnonzero(reached.theta[-1] < np.log(GONE) + (lowest if problem.objective.log else np.log(lowest)))
        if len(small):
            bare = np.append(reached.theta[:-1, small], np.full((1, len(small)), OFF), axis=0)
            other = problem.holding(**{problem.floor: 0.0}).minimise(weights[small], bare, bounded=True)
            _keep(reached, small, other, SAME, EXACT * weights[small].sum(axis=1))
    return reached


def _keep(reached, at, other, slack=0.0, nothing=0.0):
    """Put what is lower, or higher by no more than the slack, in place of the columns `at` of a `Minimum`."""
    better = ~(reached.value[at] * (1 + slack) + nothing < other.value)
    for kept, new in zip(reached, other, strict=True):
        kept[..., at[better]] = new[..., better]


def _refit(problem, start, weights):
    reached = problem.minimise(weights, start, damping=NEAR, tolerance=1e-13)
    hard = np.flatnonzero(~reached.converged | (reached.evaluations > HARD))
    if len(hard):
        again = np.repeat(start[:, None], len(hard), axis=1)
        for delta in easing(problem.objective, factor=3.0):
            eased = problem.objective.at(delta)
            again = problem.minimise(weights[hard], again, eased, tolerance=1e-2, most=40).theta
        _keep(reached, hard, problem.minimise(weights[hard], again))
    return reached
