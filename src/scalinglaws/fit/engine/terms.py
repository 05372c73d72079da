"""The objective of a Chinchilla fit, with exact derivatives, for many fits at once.

A bootstrap resample is a row of weights over the same runs, so thousands of fits share one set of coordinates and
advance together as (fits, runs) arrays. Parameters are `theta = (a, alpha, b, beta, e)` in centred coordinates:
A = exp(a + alpha mean(log N)), B = exp(b + beta mean(log D)), E = exp(e).

A fit of L = E + A / N^alpha + B / D^beta as a numerical problem: checked input, centred, some parameters fixed.

`fit_chinchilla` and `fit_power_law` (which has no second term) share it.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from scalinglaws.check import columns, not_negative, number, one_of, positive
from scalinglaws.fit.engine.minimise import Minimum, Restricted, minimise

OFF = -1e3  # a log coefficient so low that its term is exactly zero
CELLS = 14_000  # fits times runs evaluated at once: few enough to stay in the processor's cache


@dataclass(frozen=True)
class Objective:
    """Weighted sum of Huber losses of the residuals, over runs that all fits share.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Centred log N and log D.
    target : ndarray, shape (n,)
        log L for log residuals, L for raw residuals.
    delta : float
        Huber threshold in the unit of the residual; `inf` gives least squares (half the sum of squares).
    log : bool
        Residuals of log L (True) or of L.

    Notes
    -----
    With s = w psi(r), c = w psi'(r) and terms p = (A/N^alpha, B/D^beta, E) (divided by their sum for log residuals),
    the gradient in the log terms is -sum s p, the Hessian sum q p p' - s diag(p), where q = c + s for log residuals
    and q = c for raw ones. Both are products of seven (fits, runs) arrays with the columns 1, x, y, x^2, y^2, xy.
    """

    x: np.ndarray
    y: np.ndarray
    target: np.ndarray
    delta: float
    log: bool = True

    def __post_init__(self):
        one = np.ones_like(self.x)
        lines = np.stack([np.stack([one, -self.x]), np.stack([one, -self.y])])
        moments = np.stack([one, self.x, self.y, self.x**2, self.y**2, self.x * self.y], axis=1)
        object.__setattr__(self, "_lines", lines)
        object.__setattr__(self, "_moments", np.ascontiguousarray(moments))

    def at(self, delta):
        """Return the same objective with another Huber threshold."""
        return replace(self, delta=delta)

    def __call__(self, theta, weights):
        """Value, gradient and Hessian for each fit.

        Parameters
        ----------
        theta : ndarray, shape (5, k)
            Parameters of k fits.
        weights : ndarray, shape (k, n)
            One row of weights over the runs per fit.

        Returns
        -------
        value, gradient, hessian : ndarray
            Shapes (k,), (5, k), (5, 5, k).
        """
        size = max(4, CELLS // weights.shape[1])
        parts = [self._block(theta[:, i : i + size], weights[i : i + size]) for i in range(0, theta.shape[1], size)]
        value, g3, sum_q, sums = (np.concatenate(part, axis=-1) for part in zip(*parts, strict=True))
        return value, *self._assemble(sums, g3, sum_q, np.exp(theta[4]))

    def _block(self, theta, w):
        k, n = w.shape
        out = np.empty((7, k, n))
        g, t, pp, cross = out[0:2], out[2:4], out[4:6], out[6]
        e = np.exp(theta[4])[:, None]
        p = np.empty((2, k, n))
        line = theta[:4].reshape(2, 2, k).transpose(0, 2, 1)  # (a, alpha) and (b, beta)
        np.exp(np.matmul(line, self._lines, out=p), out=p)
        m = np.add(p[0], p[1], out=cross)
        m += e
        r = np.log(m, out=t[0]) if self.log else m
        r = np.subtract(self.target, r, out=t[0])
        psi = np.clip(r, -self.delta, self.delta, out=t[1])
        s = np.multiply(w, psi, out=pp[0])
        value = np.vecdot(s, r) - 0.5 * np.vecdot(s, psi)
        q = s.copy() if self.log else np.zeros_like(s)
        np.add(q, w, out=q, where=psi == r)
        if self.log:
            inverse = np.divide(1.0, m, out=cross)
            p *= inverse
            g3 = e[:, 0] * np.vecdot(s, inverse)
        else:
            g3 = e[:, 0] * s.sum(axis=1)
        np.multiply(p, s, out=g)
        np.multiply(p, q, out=t)
        np.multiply(p, t, out=pp)
        np.multiply(p[0], t[1], out=cross)
        sums = np.matmul(out.reshape(7 * k, n), self._moments)
        return value, g3, q.sum(axis=1), sums.reshape(7, k, 6).transpose(0, 2, 1)

    def _assemble(self, sums, g3, sum_q, e):
        g1, g2, t1, t2, p11, p22, p12 = sums  # each: 1, x, y, x^2, y^2, xy
        u1, u2 = p11 - g1, p22 - g2
        if self.log:  # shares sum to one
            v1, v2 = t1 - p11 - p12, t2 - p22 - p12
            u3 = sum_q - t1[0] - t2[0] - v1[0] - v2[0] - g3
        else:
            v1, v2, u3 = e * t1, e * t2, e * e * sum_q - g3
        gradient = np.stack([-g1[0], g1[1], -g2[0], g2[2], -g3])
        hessian = np.empty((5, 5, len(e)))
        for i, j, entry in [
            (0, 0, u1[0]), (0, 1, -u1[1]), (1, 1, u1[3]), (2, 2, u2[0]), (2, 3, -u2[2]), (3, 3, u2[4]),
            (0, 2, p12[0]), (0, 3, -p12[2]), (1, 2, -p12[1]), (1, 3, p12[5]),
            (0, 4, v1[0]), (1, 4, -v1[1]), (2, 4, v2[0]), (3, 4, -v2[2]), (4, 4, u3),
        ]:  # fmt: skip
            hessian[i, j] = hessian[j, i] = entry
        return gradient, hessian


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


def row_weights(weights, n):
    """Check weights, one per run; ones for None."""
    weights = np.ones(n) if weights is None else np.asarray(not_negative("weights", weights))
    if weights.shape != (n,):
        raise ValueError(f"weights must have shape ({n},), one per run, got {weights.shape}")
    if not weights.any():
        raise ValueError("weights must not all be zero, got only zeros")
    return weights
