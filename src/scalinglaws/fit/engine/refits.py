"""What every fit of floor plus power terms can be asked for: residuals, warnings, refits to resamples, profiles."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from scalinglaws.check import one_of, positive
from scalinglaws.fit.engine.intervals import LEVEL, Draws, Interval, Profile, resample_weights, t_quantile, widening
from scalinglaws.fit.engine.problem import HIGH, LOW, Problem, minimise_each
from scalinglaws.fit.engine.record import Recorded
from scalinglaws.fit.engine.resamples import refit
from scalinglaws.fit.engine.starts import EXACT, Found
from scalinglaws.fit.engine.structure import of_structure
from scalinglaws.fit.engine.warnings import of_fit, of_range

WIDER = 1.2  # times the drop at the end of a 99 % interval: how far it goes
FAR = 10.0  # times that: from there parameters are no start for others
SETTLED = 1e-9  # a profile is smooth when no neighbour's start lowers it by more, relatively


@dataclass(frozen=True, eq=False, repr=False)
class Refittable(Recorded):
    """A fit of a problem that can be refitted to resamples.

    objective: the sum that was minimised, so that fits to the same data can be compared.
    objective_name, delta: which sum.
    residuals (n,): observed minus fitted, of the logarithm or of the value itself as the objective has it.
    residual_scale: robust standard deviation of the residuals, 1.4826 times the median of their size.
    starts, agree: starts of the search, and the share that ended at the optimum.
    seen: range of each column.
    groups (n,): labels of runs that are drawn together, unless refits are asked for with others.
    """

    problem: Problem = field(repr=False)
    found: Found = field(repr=False)
    objective_name: str
    seen: dict
    seed: int
    groups: object = None

    def facts(self):
        """Return what is known of the fit, as a dict."""
        problem = self.problem
        return {
            "n_runs": np.count_nonzero(problem.weights),
            "constants": self.named(self.found.theta),
            "held": getattr(problem, "held", {}),
            "tied": getattr(problem, "tied", {}),
            "at_bounds": self.found.bounds,
            "objective": {"name": self.objective_name, "delta": self.delta, "value": self.objective},
            "residual_scale": self.residual_scale,
            "search": {"starts": self.starts, "agree": self.agree},
            "seen": {name: {"low": low, "high": high} for name, (low, high) in self.seen.items()},
            "compute": "C = 6 N D" if "compute_flop" in self.seen else None,
            "n_groups": None if self.groups is None else len(set(np.asarray(self.groups).tolist())),
            "warnings": self.warnings,
        }

    @property
    def objective(self):
        return self.found.value

    @property
    def delta(self):
        return self.problem.objective.delta

    @property
    def starts(self):
        return self.found.starts

    @property
    def agree(self):
        return self.found.agree

    @cached_property
    def residuals(self):
        return self.problem.residuals(self.found.theta)

    @property
    def residual_scale(self):
        return 1.4826 * float(np.median(np.abs(self.residuals[self.problem.weights > 0])))

    def named(self, theta):
        """Return the parameters by name, of theta (p,) or (p, k)."""
        return self.problem.named(theta)

    def values(self, theta, *x):
        """Return the law of each column of theta at a point."""
        return self.problem.curve(theta, *x)

    def curve(self, *x):
        """Return the fitted law at a point, numbers or arrays."""
        return self.values(self.found.theta[:, None], *x)[0]

    def scatter(self):
        """Return the residuals of the points with any weight, widened for the parameters that were fitted to them."""
        used = self.residuals[self.problem.weights > 0]
        return used * widening(len(used), self.problem.n_free)

    def scattered(self, values, residuals):
        """Return values with residuals laid upon them."""
        return values * np.exp(residuals) if self.problem.objective.log else values + residuals

    def warnings_at(self, *x):
        """Return warnings if a point, numbers or arrays, lies outside the range of the fit."""
        pairs = zip(self.problem.about, x, strict=True)
        return sum((of_range(name, positive(name, part), self.seen[name]) for name, part in pairs), ())

    def bootstrap(self, n_resamples=4000, groups=None, seed=None):
        """Refit resamples of the runs; see `Draws` for the intervals and how often they cover.

        n_resamples: number of refits. Time grows with it and with the runs; a few hundred show how wide an interval is.
        groups (n,): labels of the runs; what shares a label is drawn together. Several checkpoints of a run need this. Those
            of the fit by default.
        seed: of the resamples; the seed of the fit by default.

        Returns Draws. They are kept: asked for again, they cost nothing.
        """
        seed, groups = self.seed if seed is None else seed, self.groups if groups is None else groups
        key = n_resamples, seed, None if groups is None else tuple(np.asarray(groups).ravel().tolist())
        if key not in self._refits:
            self._refits[key] = self._resampled(n_resamples, groups, seed)
        return self._refits[key]

    @cached_property
    def _refits(self):
        return {}

    def _resampled(self, n_resamples, groups, seed):
        weights = resample_weights(len(self.problem.weights), n_resamples, groups, seed) * self.problem.weights
        reached = refit(self.problem, self.found.theta, weights)
        return Draws(self, reached.theta, reached.value, float(np.mean(reached.converged)), seed)

    def interval(self, name, level=LEVEL, n_resamples=4000, groups=None):
        """Return the bootstrap `Interval` of a parameter."""
        return self.bootstrap(n_resamples, groups).interval(name, level)


@dataclass(frozen=True, eq=False, repr=False)
class TermsFit(Refittable):
    """A fit of floor plus power terms.

    condition: condition number of the Hessian in centred coordinates.
    warnings: empty if there is nothing to object to.
    """

    @cached_property
    def condition(self):
        values = self.problem.named(self.found.theta)
        return self.problem.at_bounds(values, self.found.bounds).condition(self.found.theta)

    @cached_property
    def warnings(self):
        given = of_fit(self.problem, self.found, self.condition, self.residual_scale, self.groups is not None)
        return given + of_structure(self.problem, self.found.theta, self.groups)

    def profile(self, name, values=None, n_values=41):
        """Hold a parameter at each of `values` and refit all the others.

        name: a free parameter; for a Chinchilla law also a, the exponent of the best size.
        values: where to hold it; by default `n_values` around the fit, wide enough for a 99 % interval.
        n_values: int

        Returns Profile.
        """
        one_of("name", name, self._profiled)
        if self._holding(name, 0.5).n_free >= self.problem.n_free:
            raise ValueError(f"name must be a free parameter, got {name}, which is held or tied")
        log, wide = name in self.problem.coefficients, WIDER * t_quantile(0.99, self._freedom) ** 2
        to, back = (np.log, np.exp) if log else (np.asarray, np.asarray)
        best, bounds = to(float(self.named(self.found.theta)[name])), self._limits(name)
        spread, along = self._linear(name, log)
        reach = np.full(2, max(spread * np.sqrt(wide), 0.01 if log else 0.01 * max(best, 0.02)))
        at, theta = np.array([best]), self.found.theta[:, None]
        for _ in range(10):
            ends = np.clip(best + reach * [-1, 1], *bounds)
            if values is None:
                half = n_values // 2
                grid = np.unique([*np.linspace(ends[0], best, half + 1), *np.linspace(best, ends[1], n_values - half)])
            else:
                grid = to(np.unique(np.atleast_1d(positive("values", values))))
            start = np.stack(
                [np.interp(grid, at, row) for row in theta]
            )  # beyond what is known, along the fit's own slope
            start += along[:, None] * (grid - np.clip(grid, at[0], at[-1]))
            new, objective = self._held(name, back(grid), start)
            new[:, grid == best], objective[grid == best] = self.found.theta[:, None], self.objective
            drop = self._drop(objective)
            ratio = np.sqrt(wide / np.clip(drop[[0, -1]], wide / 9, 9 * wide))
            done = ((drop[[0, -1]] >= wide / WIDER) & (ratio > 0.5)) | ((ends == bounds) & (ratio >= 1 / WIDER))
            if values is not None or done.all():
                break
            near = (drop < FAR * wide) | (grid == best)
            at, theta = grid[near], new[:, near]
            reach = np.where(done, reach, reach * ratio * np.where(ratio > 1, WIDER, 1.0))
        for _ in grid:  # each from its inner neighbour, until none finds anything lower
            inner = np.clip(np.arange(len(grid)) - np.sign(grid - best).astype(int), 0, len(grid) - 1)
            other, lower = self._held(name, back(grid), new[:, inner])
            gained = np.maximum(objective - lower, 0)
            new, objective = np.where(gained > 0, other, new), objective - gained
            if (gained <= SETTLED * self.objective + EXACT * self.problem.weights.sum()).all():
                break
        beyond = (0.0 if name == self.problem.floor and grid[0] == 0 else -np.inf), np.inf
        return Profile(name, back(grid), objective, self._drop(objective), self._freedom, new, beyond, log)

    def curve_interval(self, *x, level=LEVEL):
        """Return the `Interval` of the law at a point from all laws that the data do not reject, by profile of the floor.

        Above each floor the other parameters lie in the ellipsoid of the Hessian. The logarithm of what one term adds is
        linear in them: without a floor this is the textbook interval of a line.
        """
        floor, logs = self.problem.floor, self.problem.logs_of(*x)
        limit, problem = t_quantile(level, self._freedom) ** 2, self.problem
        theta, drop = self.found.theta[:, None], np.zeros(1)
        if floor in problem.free:  # whatever the value of the floor, the others move alike
            problem, theta, drop = problem.holding(**{floor: 0.0}), self.floor_profile.theta, self.floor_profile.drop
        theta, slack = theta[:, drop <= limit], (limit - drop)[drop <= limit]
        terms = problem.terms(theta.reshape(*theta.shape, *[1] * logs[0].ndim), logs)
        excess = np.maximum(terms[:-1].sum(axis=0), 1e-300)
        slopes = problem.slopes(terms, logs) / excess
        inverse = np.linalg.pinv(self._inside * problem.information(theta), hermitian=True)
        spread = np.einsum("pk...,kpq,qk...->k...", slopes, inverse, slopes)
        half = np.sqrt(np.maximum((slack / self._unit * spread.T).T, 0))
        low, high = (terms[-1] + excess * np.exp(-half)).min(axis=0), (terms[-1] + excess * np.exp(half)).max(axis=0)
        return Interval(*((low, high) if logs[0].ndim else (float(low), float(high))), level, "profile")

    @cached_property
    def floor_profile(self):
        """Profile: of the floor."""
        return self.profile(self.problem.floor)

    @property
    def _freedom(self):
        return max(np.count_nonzero(self.problem.weights) - self.problem.n_free, 1)

    @property
    def _inside(self):
        """Share of the weight whose residuals lie within the Huber threshold."""
        return max(self.problem.weights @ (np.abs(self.residuals) < self.delta), 1.0) / self.problem.weights.sum()

    @cached_property
    def _unit(self):
        """Weight of the objective in the log-likelihood: sum(w psi') / sum(w psi^2), reduced by the parameters per run.

        For Huber losses, twice the fall of the objective times this has about the distribution that it has for least
        squares, whatever the shape of the scatter.
        """
        w, used = self.problem.weights, np.count_nonzero(self.problem.weights)
        inside = w @ (np.abs(self.residuals) < self.delta) * (used - self.problem.n_free) / used
        return max(inside, 1.0) / max(w @ np.clip(self.residuals, -self.delta, self.delta) ** 2, 1e-300)

    def _drop(self, objective):
        return 2 * (objective - self.objective) * self._unit

    @property
    def _profiled(self):
        return self.problem.names

    def _holding(self, name, value):
        return self.problem.holding(**{name: value})

    def _held(self, name, values, theta):
        """Best parameters (p, k) and objective with a parameter held at each of the values, from theta (p, k)."""
        reached = minimise_each([self._holding(name, value) for value in values], theta, most=60)
        return reached.theta, np.where(np.isfinite(reached.value), reached.value, np.inf)

    def _limits(self, name):
        """Bounds of a parameter, or of the logarithm of a coefficient."""
        if name in self.problem.coefficients:
            return -np.inf, np.inf
        if name in self.problem.exponents:
            return LOW, HIGH
        lowest = self.problem.objective.target.min()
        return 0.0, (np.exp(lowest) if self.problem.objective.log else lowest) * (1 - 1e-9)

    def _linear(self, name, log):
        """Standard error of a parameter by least squares, and how theta moves with it along the profile."""
        theta, h = self.found.theta, 1e-6
        named = self.named(theta[:, None] + h * np.concatenate([np.eye(len(theta)), -np.eye(len(theta))], 1))[name]
        slope = np.subtract(*(np.log(named) if log else named).reshape(2, -1)) / (2 * h)
        inverse = np.linalg.pinv(self.problem.information(theta[:, None])[0], hermitian=True)
        move = inverse @ self.problem.matrix.T @ slope
        variance = max(float(slope @ self.problem.matrix @ move), 0.0)
        return self.residual_scale * np.sqrt(variance), self.problem.matrix @ move / max(variance, 1e-300)
