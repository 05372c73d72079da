"""Fit the joint form of Kaplan et al. 2020, L = [(N_c / N)^(alpha_N / alpha_D) + D_c / D]^alpha_D (Eq. 1.5), with no floor."""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from scalinglaws.check import positive
from scalinglaws.fit.engine.minimise import minimise
from scalinglaws.fit.engine.starts import easing
from scalinglaws.fit.engine.terms import make_problem
from scalinglaws.laws.training.kaplan import Joint, joint_loss

POWERS = (0.05, 0.1, 0.2, 0.4)  # alpha_D to start from
RATIOS = (0.4, 0.7, 1.0, 1.5)  # alpha_N / alpha_D


@dataclass(frozen=True)
class KaplanFit:
    """A fitted joint form of Kaplan et al.; made by `fit_kaplan`.

    Attributes
    ----------
    joint : Joint
        alpha_N, alpha_D, N_c, D_c.
    objective : float
        The sum that was minimised, comparable with that of `fit_chinchilla` for the same runs.
    """

    joint: Joint
    objective: float

    def loss(self, n_params, n_tokens):
        """Return the loss in nats per token at (N, D)."""
        return joint_loss(positive("n_params", n_params), positive("n_tokens", n_tokens), *self.joint)


@dataclass(frozen=True)
class _Objective:
    """Huber losses of log L = g log(exp(a - k x) + exp(b - y)), with theta = (a, k, b, log g); centred x, y."""

    x: np.ndarray
    y: np.ndarray
    target: np.ndarray
    delta: float
    log: bool

    def __call__(self, theta, weights):
        a, k, b, power = (part[:, None] for part in theta)
        power = np.exp(power)
        first, second = a - k * self.x, b - self.y
        both = np.logaddexp(first, second)
        share = np.exp(first - both)
        value, mixed = power * both, power * share * (1 - share)
        one = np.ones_like(share)
        columns = np.stack([one, -self.x * one, 0 * one])
        slope = np.concatenate([power * share * columns[:2], [power * (1 - share)], [value]])
        signed = np.concatenate([columns[:2], [-one]])
        curve = np.empty((4, 4, *share.shape))
        curve[:3, :3] = mixed * signed[:, None] * signed
        curve[3], curve[:, 3] = slope, slope
        if not self.log:
            value = np.exp(value)
            curve = value * (curve + slope[:, None] * slope)
            slope = value * slope
        r = self.target - value
        psi = np.clip(r, -self.delta, self.delta)
        pull, held = weights * psi, weights * (psi == r)
        hessian = np.einsum("kn,ikn,jkn->ijk", held, slope, slope) - np.einsum("kn,ijkn->ijk", pull, curve)
        return np.vecdot(pull, r - psi / 2), -np.einsum("kn,ikn->ik", pull, slope), hessian


def fit_kaplan(n_params, n_tokens, loss, *, objective="huber_log", delta=1e-3, weights=None):
    """Fit the joint form of Kaplan et al. 2020 to runs.

    Parameters
    ----------
    n_params, n_tokens, loss, objective, delta, weights
        As in `fit_chinchilla`. Kaplan et al. count parameters without embeddings.

    Returns
    -------
    KaplanFit

    Raises
    ------
    ValueError
        As `fit_chinchilla`.

    Examples
    --------
    >>> n, d = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e6, 1e9, 5), np.geomspace(1e8, 1e10, 5)))
    >>> fit = fit_kaplan(n, d, joint_loss(n, d, 0.076, 0.103, 6.4e13, 1.8e13))
    >>> round(fit.joint.alpha_N, 6), round(fit.joint.alpha_D, 6)
    (0.076, 0.103)
    """
    problem = make_problem(n_params, n_tokens, loss, objective, delta, weights)
    o = problem.objective
    core = _Objective(o.x, o.y, o.target, o.delta, o.log)
    level = np.median(o.target) if o.log else np.log(np.median(o.target))
    starts = [(level / g - np.log(2), k, level / g - np.log(2), np.log(g)) for g, k in product(POWERS, RATIOS)]
    theta, every = np.array(starts).T, np.repeat(problem.weights[None], len(starts), axis=0)
    for wide in easing(o):
        theta = minimise(replace(core, delta=wide), every, theta, tolerance=1e-3, most=60).theta
    found = minimise(core, every, theta, most=100)
    best = np.nanargmin(found.value)
    a, k, b, power = found.theta[:, best]
    alpha_d = np.exp(power)
    n_c, d_c = np.exp(a / k + problem.centre[0]), np.exp(b + problem.centre[1])
    return KaplanFit(Joint(float(k * alpha_d), float(alpha_d), float(n_c), float(d_c)), float(found.value[best]))
