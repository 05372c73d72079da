"""A fit of floor plus power terms as a numerical problem: checked input, centred, some parameters held or tied.

theta is that of `terms`, (2 J + 1,) or (2 J + 1, k).
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from scalinglaws.check import columns, not_negative, number, one_of, positive
from scalinglaws.fit.engine.minimise import Minimum, Restricted, minimise
from scalinglaws.fit.engine.rows import row_weights
from scalinglaws.fit.engine.terms import OFF, Terms

LOW, HIGH = 1e-3, 10.0  # bounds of the exponents
NEGLIGIBLE = 1e-16  # of the lowest value: a floor as small as that is none
SNAP = np.log(1e5)  # a floor up to that many times larger and still falling is on its way there
OBJECTIVES = ("huber_log", "squares_log", "huber_raw", "squares_raw")


@dataclass(frozen=True)
class Problem:
    """Runs, objective, and which parameters are held or tied.

    objective: terms
    weights: ndarray, shape (n,)
    centre: mean of each log x.
    names: in the order of theta, for example (A, alpha, B, beta, E): coefficient and exponent of each term, and the
        floor.
    about: what each term falls with, for messages.
    held: fixed parameters; a coefficient or floor of zero turns its term off.
    tied: exponents that are a multiple of another one: {"beta": ("alpha", 1.0)}.
    """

    objective: Terms
    weights: np.ndarray
    centre: tuple
    names: tuple
    about: tuple
    held: dict = field(default_factory=dict)
    tied: dict = field(default_factory=dict)

    def __post_init__(self):
        matrix, offset = self._map()
        object.__setattr__(self, "matrix", matrix)  # theta = offset + matrix @ phi
        object.__setattr__(self, "offset", offset)

    def _map(self):
        place = {name: i for i, name in enumerate(self.names)}
        matrix, offset = np.zeros((len(place), self.n_free)), np.zeros(len(place))
        for column, name in enumerate(self.free):
            matrix[place[name], column] = 1.0
        for name in self.exponents:
            offset[place[name]] = self.held.get(name, 0.0)
        for name, (other, ratio) in self.tied.items():
            matrix[place[name]], offset[place[name]] = ratio * matrix[place[other]], ratio * offset[place[other]]
        for name, value in self.held.items():
            row = place[name]
            if name in self.exponents:
                continue
            offset[row] = np.log(value) if value > 0 else OFF
            if name != self.floor and value > 0:  # log A = a + alpha mean(log x)
                matrix[row] = -self.centre[row // 2] * matrix[row + 1]
                offset[row] -= self.centre[row // 2] * offset[row + 1]
        return matrix, offset

    @cached_property
    def exponents(self):
        """Names of the exponents."""
        return self.names[1::2]

    @cached_property
    def coefficients(self):
        """Names of the coefficients."""
        return self.names[:-1:2]

    @property
    def floor(self):
        """Name of the floor."""
        return self.names[-1]

    @cached_property
    def free(self):
        """Names of the parameters that are free, tied ones left out."""
        return [name for name in self.names if name not in self.held and name not in self.tied]

    @property
    def n_free(self):
        """Number of free parameters."""
        return len(self.free)

    @property
    def free_rows(self):
        """Which entries of theta can move, shape (p,)."""
        return self.matrix.any(axis=1)

    def holding(self, **values):
        """The same problem with more parameters fixed, by name and value."""
        return replace(self, held={**self.held, **values})

    def at_bounds(self, values, bounds):
        """The same problem with the parameters named in `bounds` held at their `values`, a floor at zero."""
        return self.holding(**{name: 0.0 if name == self.floor else float(values[name]) for name in bounds})

    def minimise(self, weights, theta, objective=None, least=NEGLIGIBLE, bounded=False, **settings):
        """Minimise from `theta`, (p,) or (p, k), for each row of weights (k, n); a `Minimum` with theta (p, k).

        A floor falls no lower than the share `least` of the lowest value. With `bounded`, the exponents stay within their
        bounds on the way; else they may leave them.
        """
        objective = objective or self.objective
        theta = np.asarray(theta, dtype=np.float64).reshape(len(self.names), -1)
        settings |= {"logs": self._logs, "bounds": self._bounds(least, bounded)}
        snap = max(SNAP + np.log(NEGLIGIBLE / least), 0.0)  # the same floor for every `least`
        settings["snap"] = [snap if name == self.floor else 0.0 for name in self.free]
        if self.n_free == len(self.names):
            return minimise(objective, weights, theta, **settings)
        if not self.n_free:
            return _evaluated(objective, np.repeat(self.offset[:, None], len(weights), axis=1), weights)
        phi = np.linalg.pinv(self.matrix) @ (theta - self.offset[:, None])
        restricted = Restricted(objective, self.matrix, self.offset)
        reached = minimise(restricted, weights, phi, **settings)
        return reached._replace(theta=self.offset[:, None] + self.matrix @ reached.theta)

    @property
    def _logs(self):
        return [column for column, name in enumerate(self.free) if name not in self.exponents]

    def _bounds(self, least, bounded=False):
        """Bounds of the free parameters: a floor that goes to zero stops at a share of the lowest value."""
        if self.floor not in self.free and not bounded:
            return None
        bounds = np.repeat([[-np.inf], [np.inf]], self.n_free, axis=1)
        if self.floor in self.free:
            lowest = self.objective.target.min()
            bounds[0, -1] = np.log(least) + (lowest if self.objective.log else np.log(lowest))
        if bounded:
            bounds[:, [name in self.exponents for name in self.free]] = [[LOW], [HIGH]]
        return bounds

    def left(self, theta):
        """Which columns of theta (p, k) have a free exponent at a bound or beyond, shape (k,)."""
        exponents = theta[1::2][[name in self.free for name in self.exponents]]
        return ~((exponents > LOW) & (exponents < HIGH)).all(axis=0)

    def condition(self, theta):
        """Condition number of the Hessian in the free parameters at theta (p,)."""
        if not self.n_free:
            return 1.0
        hessian = self.matrix.T @ self.objective(theta[:, None], self.weights[None])[2][..., 0] @ self.matrix
        return float(np.linalg.cond(hessian)) if np.isfinite(hessian).all() else np.inf

    def information(self, theta):
        """J' W J of the free parameters at theta (p, k), shape (k, q, q): J has the derivatives of what is fitted."""
        terms = self.terms(theta[..., None])  # (J + 1, k, n)
        slopes = self.slopes(terms, self.objective.x) / (terms.sum(axis=0) if self.objective.log else 1.0)
        return np.einsum("pkn,n,qkn->kpq", slopes, self.weights, slopes)

    def slopes(self, terms, logs):
        """Derivatives of the law in the free parameters, (q, k, ...), from its terms (J + 1, k, ...) at centred logs (J, ...)."""
        slopes = np.empty((len(self.names), *terms.shape[1:]))
        slopes[::2], slopes[1::2] = terms, -terms[:-1] * np.asarray(logs)[:, None]
        return np.tensordot(self.matrix.T, slopes, 1)

    def named(self, theta):
        """Parameters by name, from theta (p,) or (p, k)."""
        values = dict(zip(self.names, theta, strict=True))
        with np.errstate(over="ignore"):
            for name, exponent, centre in zip(self.coefficients, self.exponents, self.centre, strict=True):
                values[name] = np.exp(values[name] + values[exponent] * centre)
            values[self.floor] = np.exp(values[self.floor])
        return values

    def terms(self, theta, x=None):
        """The terms of the law, floor last, (J + 1, ...): theta (p, ...) at centred logs x (J, ...), the runs' by default."""
        x = self.objective.x if x is None else x
        parts = [np.exp(a - alpha * each) for a, alpha, each in zip(theta[:-1:2], theta[1::2], x, strict=True)]
        return np.stack([*parts, np.broadcast_to(np.exp(theta[-1]), parts[0].shape)])

    def logs_of(self, *x):
        """Centred logarithms of what the terms fall with, numbers or arrays of one shape."""
        logs = np.broadcast_arrays(*(np.log(positive(name, part)) for name, part in zip(self.about, x, strict=True)))
        return [part - centre for part, centre in zip(logs, self.centre, strict=True)]

    def curve(self, theta, *x):
        """The law of theta (p, k) at a point: (k, ...)."""
        logs = self.logs_of(*x)
        return self.terms(theta.reshape(*theta.shape, *[1] * np.ndim(logs[0])), logs).sum(axis=0)

    def residuals(self, theta):
        """Residuals of the runs, shape (n,), in the unit of the objective."""
        predicted = self.terms(theta).sum(axis=0)
        return self.objective.target - (np.log(predicted) if self.objective.log else predicted)

    def refit_start(self, theta):
        """Where refits to resamples start: at theta, but a floor that is zero has no gradient, so that it gets some."""
        if self.floor not in self.free:
            return theta
        lowest = self.objective.target.min()
        least = np.log(0.05) + (lowest if self.objective.log else np.log(lowest))
        return np.append(theta[:-1], max(theta[-1], least))


def minimise_each(problems, theta, **settings):
    """Minimise problems that differ in what they hold, all at once, from theta (p, k); a `Minimum`."""
    first, k = problems[0], len(problems)
    matrix, offset = np.stack([each.matrix for each in problems]), np.stack([each.offset for each in problems])
    weights = np.broadcast_to(first.weights, (k, len(first.weights)))
    if not first.n_free:
        return _evaluated(first.objective, offset.T, weights)
    phi = np.einsum("kpi,ik->pk", np.linalg.pinv(matrix), theta - offset.T)
    settings |= {"logs": first._logs, "bounds": first._bounds(NEGLIGIBLE), "snap": SNAP, "unit": weights.sum(axis=1)}
    rows = np.column_stack([weights, np.arange(k)])
    reached = minimise(Restricted(first.objective, matrix, offset), rows, phi, **settings)
    return reached._replace(theta=offset.T + np.einsum("kip,pk->ik", matrix, reached.theta))


def _evaluated(objective, theta, weights):
    nothing = np.zeros(len(weights), int)
    return Minimum(theta, objective(theta, weights)[0], nothing == 0, nothing)


def make_problem(x, y, names, objective, delta, weights):
    """Check the columns of a fit and return its `Problem`, all parameters free.

    `x` has what each term falls with by name, `y` what is fitted, {name: column}; `names` are those of the parameters.
    """
    *checked, target = columns(**x, **y)
    one_of("objective", objective, OBJECTIVES)
    delta = number("delta", delta) if objective.startswith("huber") else np.inf
    weights = row_weights(weights, len(target))
    logs = np.log(checked)
    centre = tuple(float(np.average(part, weights=weights)) for part in logs)
    log = objective.endswith("log")
    core = Terms(logs - np.array(centre)[:, None], np.log(target) if log else target, delta, log)
    return Problem(core, weights, centre, names, tuple(x))


def hold(problem, fixed, tied=None):
    """Fix and tie parameters as the caller of a fit asks for."""
    fixed = dict(fixed or {})
    for name, value in fixed.items():
        one_of("fixed", name, problem.names)
        if name in problem.coefficients and np.ndim(value) == 0 and value == 0:
            raise ValueError(f"fixed[{name!r}] must be positive, got 0; fit_power_law fits a law of one term")
        fixed[name] = number(f"fixed[{name!r}]", value, not_negative if name == problem.floor else positive)
    highest = problem.objective.target.max()
    highest = np.exp(highest) if problem.objective.log else highest
    if fixed.get(problem.floor, 0) >= highest:
        allowed = f"below the largest of the points, {highest:.4g}"
        raise ValueError(f"fixed[{problem.floor!r}] must be {allowed}, got {fixed[problem.floor]:g}")
    if tied is None:
        return problem.holding(**fixed)
    first, *others = problem.exponents
    if not isinstance(tied, (tuple, list, set)) or set(tied) != set(problem.exponents):
        allowed = ", ".join(f'"{name}"' for name in problem.exponents)
        raise ValueError(f"tied must be None or ({allowed}), got {tied!r}")
    given = {fixed.pop(name) for name in problem.exponents if name in fixed}
    if len(given) > 1:
        raise ValueError(f"fixed must not give tied exponents different values, got {sorted(given)}")
    if given:
        fixed[first] = given.pop()
    return replace(problem.holding(**fixed), tied={name: (first, 1.0) for name in others})
