"""A fit of L = E + A / N^alpha + B / D^beta as a numerical problem: checked input, centred, some parameters fixed.

`fit_chinchilla` and `fit_power_law` (which has no second term) share it.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from scalinglaws.check import not_negative, number, one_of, positive
from scalinglaws.fit.levenberg import Minimum, Restricted, minimise
from scalinglaws.fit.objective import OFF, Objective

OBJECTIVES = ("huber_log", "squares_log", "huber_raw", "squares_raw")
NAMES = ("A", "alpha", "B", "beta", "E")  # in the order of theta


@dataclass(frozen=True)
class Problem:
    """Runs, objective, and the parameters that are held; theta is (log A, alpha, log B, beta, log E), A and B centred.

    `held` has fixed parameters by name; `ratio`, if not None, ties beta = ratio * alpha.
    """

    objective: Objective
    weights: np.ndarray  # (n,)
    centre: tuple  # mean log N, mean log D
    held: dict = field(default_factory=dict)
    ratio: float | None = None

    def __post_init__(self):
        matrix, offset = self._map()
        object.__setattr__(self, "matrix", matrix)  # theta = offset + matrix @ phi
        object.__setattr__(self, "offset", offset)

    def _map(self):
        free = [name for name in NAMES if name not in self.held and not (name == "beta" and self.ratio is not None)]
        matrix, offset = np.zeros((5, len(free))), np.zeros(5)
        for column, name in enumerate(free):
            matrix[NAMES.index(name), column] = 1.0
        for name in ("alpha", "beta"):
            if name in self.held:
                offset[NAMES.index(name)] = self.held[name]
        if self.ratio is not None:
            matrix[3], offset[3] = self.ratio * matrix[1], self.ratio * offset[1]
        for place, name in enumerate(NAMES):
            if name in self.held and name in ("A", "B", "E"):
                value = self.held[name]
                offset[place] = np.log(value) if value > 0 else OFF
                if name != "E" and value > 0:  # log A = a + alpha mean(log N)
                    centre = self.centre[place // 2]
                    matrix[place] = -centre * matrix[place + 1]
                    offset[place] -= centre * offset[place + 1]
        return matrix, offset

    @property
    def n_free(self):
        """Number of free parameters."""
        return self.matrix.shape[1]

    @property
    def free(self):
        """Names of the parameters that are free, the tied one left out."""
        return [name for name in NAMES if name not in self.held and not (name == "beta" and self.ratio is not None)]

    def holding(self, **values):
        """The same problem with more parameters fixed, by name and value."""
        return replace(self, held={**self.held, **values})

    def at_bounds(self, values, bounds):
        """The same problem with the parameters named in `bounds` held at their `values`, a floor at zero."""
        return self.holding(**{name: 0.0 if name == "E" else float(values[name]) for name in bounds})

    @property
    def free_rows(self):
        """Which entries of theta can move, shape (5,)."""
        return self.matrix.any(axis=1)

    def minimise(self, weights, theta, objective=None, **settings):
        """Minimise from `theta`, (5,) or (5, k), for each row of weights (k, n); a `Minimum` with theta (5, k)."""
        objective = objective or self.objective
        theta = np.asarray(theta, dtype=np.float64).reshape(5, -1)
        settings["logs"] = [column for column, name in enumerate(self.free) if name in ("A", "B", "E")]
        if self.n_free == 5:
            return minimise(objective, weights, theta, **settings)
        if not self.n_free:
            theta = np.repeat(self.offset[:, None], len(weights), axis=1)
            nothing = np.zeros(len(weights), int)
            return Minimum(theta, objective(theta, weights)[0], nothing == 0, nothing)
        phi = np.linalg.pinv(self.matrix) @ (theta - self.offset[:, None])
        found = minimise(Restricted(objective, self.matrix, self.offset), weights, phi, **settings)
        return found._replace(theta=self.offset[:, None] + self.matrix @ found.theta)

    def condition(self, theta):
        """Condition number of the Hessian in the free parameters at theta (5,)."""
        if not self.n_free:
            return 1.0
        hessian = self.objective(theta[:, None], self.weights[None])[2][..., 0]
        hessian = self.matrix.T @ hessian @ self.matrix
        return float(np.linalg.cond(hessian)) if np.isfinite(hessian).all() else np.inf

    def named(self, theta):
        """Parameters by name, from theta (5,) or (5, k)."""
        a, alpha, b, beta, e = theta
        with np.errstate(over="ignore"):
            scale = np.exp(a + alpha * self.centre[0]), np.exp(b + beta * self.centre[1]), np.exp(e)
        return {"A": scale[0], "alpha": alpha, "B": scale[1], "beta": beta, "E": scale[2]}

    def terms(self, theta, x=None, y=None):
        """The three terms of the loss, shape (3, n), of theta (5,) at centred log N and log D, by default the runs'."""
        x, y = (self.objective.x, self.objective.y) if x is None else (x, y)
        a, alpha, b, beta, e = theta
        return np.stack([np.exp(a - alpha * x), np.exp(b - beta * y), np.full(np.shape(x), np.exp(e))])

    def residuals(self, theta):
        """Residuals of the runs, shape (n,), in the unit of the objective."""
        predicted = self.terms(theta).sum(axis=0)
        return self.objective.target - (np.log(predicted) if self.objective.log else predicted)


def make_problem(n_params, n_tokens, loss, objective, delta, weights):
    """Check the columns of a fit and return its `Problem`, all parameters free."""
    n_params, n_tokens, loss = columns(n_params=n_params, n_tokens=n_tokens, loss=loss)
    one_of("objective", objective, OBJECTIVES)
    delta = number("delta", delta) if objective.startswith("huber") else np.inf
    weights = row_weights(weights, len(loss))
    log_n, log_d = np.log(n_params), np.log(n_tokens)
    centre = (float(np.average(log_n, weights=weights)), float(np.average(log_d, weights=weights)))
    log = objective.endswith("log")
    core = Objective(log_n - centre[0], log_d - centre[1], np.log(loss) if log else loss, delta, log)
    return Problem(core, weights, centre)


def hold(problem, fixed, tied):
    """Fix and tie parameters as `fit_chinchilla` is asked to."""
    fixed = dict(fixed or {})
    for name, value in fixed.items():
        one_of("fixed", name, NAMES)
        fixed[name] = number(f"fixed[{name!r}]", value, not_negative if name == "E" else positive)
    if tied is None:
        return replace(problem, held=fixed)
    if isinstance(tied, str) or sorted(tied) != ["alpha", "beta"]:
        raise ValueError(f'tied must be None or ("alpha", "beta"), got {tied!r}')
    exponents = {fixed.pop(name) for name in ("alpha", "beta") if name in fixed}
    if len(exponents) > 1:
        raise ValueError(f"fixed must not give tied exponents different values, got {sorted(exponents)}")
    if exponents:
        fixed["alpha"] = exponents.pop()
    return replace(problem, held=fixed, ratio=1.0)


def columns(**given):
    """Check columns of positive numbers of one length; returns 1-d float64 arrays in the order given."""
    checked = {name: positive(name, value) for name, value in given.items()}
    for name, value in checked.items():
        if np.ndim(value) != 1:
            raise ValueError(f"{name} must have one dimension, got shape {np.shape(value)}")
    if len({len(value) for value in checked.values()}) > 1:
        lengths = ", ".join(f"{len(value)} {name}" for name, value in checked.items())
        raise ValueError(f"{' and '.join(checked)} must have one length, got {lengths}")
    return list(checked.values())


def row_weights(weights, n):
    """Check weights, one per run; ones for None."""
    weights = np.ones(n) if weights is None else np.asarray(not_negative("weights", weights))
    if weights.shape != (n,):
        raise ValueError(f"weights must have shape ({n},), one per run, got {weights.shape}")
    if not weights.any():
        raise ValueError("weights must not all be zero, got only zeros")
    return weights
