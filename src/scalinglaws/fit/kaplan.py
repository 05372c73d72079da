"""Fit the joint form of Kaplan et al. 2020, L = [(N_c / N)^(alpha_N / alpha_D) + D_c / D]^alpha_D (Eq. 1.5), with no floor."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np

from scalinglaws.check import positive, whole
from scalinglaws.fit.engine.columns import takes_table
from scalinglaws.fit.engine.intervals import LEVEL
from scalinglaws.fit.engine.minimise import minimise
from scalinglaws.fit.engine.problem import make_problem
from scalinglaws.fit.engine.refits import Refittable
from scalinglaws.fit.engine.rows import enough_runs, row_groups
from scalinglaws.fit.engine.starts import EXACT, SAME, Found, easing
from scalinglaws.fit.engine.structure import of_structure
from scalinglaws.fit.engine.warnings import of_runs, of_search
from scalinglaws.laws.training.kaplan import Joint, joint_loss

POWERS = (0.05, 0.1, 0.2, 0.4)  # alpha_D to start from
RATIOS = (0.4, 0.7, 1.0, 1.5)  # alpha_N / alpha_D


@dataclass(frozen=True, eq=False, repr=False)
class KaplanFit(Refittable):
    """A fitted joint form of Kaplan et al.; made by `fit_kaplan`. See `Refittable`.

    joint: alpha_N, alpha_D, N_c, D_c.
    """

    @cached_property
    def joint(self):
        return Joint(**{name: float(value) for name, value in self.named(self.found.theta).items()})

    @cached_property
    def warnings(self):
        """Tuple of FitWarning: few runs, starts that disagree, or residuals with a shape."""
        given = of_runs(np.count_nonzero(self.problem.weights), self.problem.n_free) + of_search(self.found)
        return given + of_structure(self.problem, self.found.theta, self.groups)

    def loss(self, n_params, n_tokens):
        """Return the loss at (N, D), in the unit of the runs."""
        return joint_loss(positive("n_params", n_params), positive("n_tokens", n_tokens), *self.joint)

    def predict(self, n_params, n_tokens, level=LEVEL, n_resamples=4000, groups=None):
        """Return the `Prediction` of a new run at (N, D): uncertainty of the law and scatter of runs together."""
        return self.bootstrap(n_resamples, groups).predict(n_params, n_tokens, level=level)

    def __repr__(self):
        joint = ", ".join(f"{name} = {value:.6g}" for name, value in self.joint._asdict().items())
        noted = "; ".join(map(str, self.warnings)) or "none"
        return f"Kaplan fit to {len(self.residuals)} runs: {joint}, sum = {self.objective:.8g}\n  warnings    {noted}"


@dataclass(frozen=True)
class _Objective:
    """Huber losses of log L = g log(exp(a - k x) + exp(b - y)), with theta = (a, k, b, log g); centred x, y."""

    x: np.ndarray
    target: np.ndarray
    delta: float
    log: bool

    def at(self, delta):
        return replace(self, delta=delta)

    def log_loss(self, theta, x):
        """Both terms' logarithms, their sum's, and g: theta (4, k, 1)."""
        a, k, b, power = theta
        first, second = a - k * x[0], b - x[1]
        return first, np.logaddexp(first, second), np.exp(power)

    def __call__(self, theta, weights):
        first, both, power = self.log_loss(theta[..., None], self.x)
        share = np.exp(first - both)
        value, mixed = power * both, power * share * (1 - share)
        one = np.ones_like(share)
        columns = np.stack([one, -self.x[0] * one, 0 * one])
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


@dataclass(frozen=True)
class KaplanProblem:
    """Runs and objective of a fit of the joint form: what `Refittable` asks of a problem."""

    objective: _Objective
    weights: np.ndarray
    centre: tuple
    about: tuple
    n_free, matrix = 4, np.eye(4)

    def minimise(self, weights, theta, objective=None, **settings):
        """Minimise from `theta`, (4,) or (4, k), for each row of weights."""
        return minimise(objective or self.objective, weights, theta, batch=256, **settings)

    def refit_start(self, theta):
        """Where refits start."""
        return theta

    def named(self, theta):
        """Parameters by name, from theta (4,) or (4, k)."""
        a, k, b, power = theta
        with np.errstate(over="ignore"):
            n_c, d_c = np.exp(a / k + self.centre[0]), np.exp(b + self.centre[1])
        return {"alpha_N": k * np.exp(power), "alpha_D": np.exp(power), "N_c": n_c, "D_c": d_c}

    def curve(self, theta, n_params, n_tokens):
        """The loss of theta (4, k) at (N, D), shape (k, ...)."""
        joint = self.named(theta.reshape(4, -1, *[1] * np.ndim(n_params)))
        return joint_loss(positive("n_params", n_params), positive("n_tokens", n_tokens), **joint)

    def residuals(self, theta):
        """Residuals of the runs, shape (n,), in the unit of the objective."""
        _, both, power = self.objective.log_loss(theta, self.objective.x)
        return self.objective.target - (power * both if self.objective.log else np.exp(power * both))


@takes_table("n_params", "n_tokens", "loss", "weights", "groups")
def fit_kaplan(n_params, n_tokens, loss, *, objective="huber_log", delta=1e-3, weights=None, groups=None, seed=0):
    """Fit the joint form of Kaplan et al. 2020 to runs.

    Parameters
    ----------
    n_params, n_tokens, loss, objective, delta, weights, groups, seed, data
        As in `fit_chinchilla`. Kaplan et al. count parameters without embeddings.

    Returns
    -------
    KaplanFit
        With `.joint`, `.loss(n_params, n_tokens)`, `.interval(name)`, `.predict(n_params, n_tokens)`.

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
    columns = {"n_params": n_params, "n_tokens": n_tokens}
    checked = make_problem(columns, {"loss": loss}, Joint._fields, objective, delta, weights)
    o = checked.objective
    core = _Objective(o.x, o.target, o.delta, o.log)
    problem = enough_runs(KaplanProblem(core, checked.weights, checked.centre, checked.about))
    level = np.median(o.target) if o.log else np.log(np.median(o.target))
    starts = [(level / g - np.log(2), k, level / g - np.log(2), np.log(g)) for g, k in product(POWERS, RATIOS)]
    theta, every = np.array(starts).T, np.repeat(checked.weights[None], len(starts), axis=0)
    for wide in easing(o):
        theta = minimise(core.at(wide), every, theta, tolerance=1e-3, most=60).theta
    reached = minimise(core, every, theta, most=100)
    best = np.nanargmin(reached.value)
    value = float(reached.value[best])
    agree = np.mean(reached.value <= value * (1 + SAME) + EXACT * checked.weights.sum())
    found = Found(reached.theta[:, best], value, len(starts), float(agree), ())
    seen = {name: (float(np.min(column)), float(np.max(column))) for name, column in columns.items()}
    groups = row_groups(groups, len(problem.weights))
    return KaplanFit(problem, found, objective, seen, whole("seed", seed, least=0), groups)
