"""Fit y = floor + scale * x^-exponent: with or without the floor, by least squares or Huber losses, of log y or of y."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from scalinglaws.check import not_negative, number, one_of, positive, whole
from scalinglaws.fit.bootstrap import percentile_interval, resample
from scalinglaws.fit.prediction import predicted, robust_scale
from scalinglaws.fit.problem import NAMES, Problem, columns, make_problem
from scalinglaws.fit.starts import Found, search
from scalinglaws.fit.warnings import of_fit, of_range
from scalinglaws.laws.training.power import PowerLaw

INNER = {"scale": "A", "exponent": "alpha", "floor": "E"}  # the power law is a Chinchilla law without its second term
OUTER = {inner: name for name, inner in INNER.items()} | {"n_params": "x"}


@dataclass(frozen=True, eq=False)
class PowerLawFit:
    """A fitted power law; made by `fit_power_law`.

    Attributes
    ----------
    law : PowerLaw
        With scale, exponent and floor, which the fit has too.
    objective : float
        The sum that was minimised.
    residuals : ndarray, shape (n,)
        Observed minus fitted, of log y or of y as the objective has it.
    residual_scale : float
        Robust standard deviation of the residuals.
    starts, agree : int, float
        Starts of the search, and the share that ended at the optimum.
    warnings : tuple of FitWarning
        Empty if there is nothing to object to.
    """

    problem: Problem = field(repr=False)
    found: Found = field(repr=False)
    objective_name: str
    seen: tuple
    seed: int

    @cached_property
    def law(self):
        values = self.problem.named(self.found.theta)
        return PowerLaw(**{name: float(values[inner]) for name, inner in INNER.items()})

    @property
    def scale(self):
        return self.law.scale

    @property
    def exponent(self):
        return self.law.exponent

    @property
    def floor(self):
        return self.law.floor

    @property
    def objective(self):
        return self.found.value

    @cached_property
    def residuals(self):
        return self.problem.residuals(self.found.theta)

    @property
    def residual_scale(self):
        return robust_scale(self.residuals, self.problem.weights)

    @property
    def starts(self):
        return self.found.starts

    @property
    def agree(self):
        return self.found.agree

    @cached_property
    def condition(self):
        """Condition number of the Hessian in centred coordinates."""
        values = self.problem.named(self.found.theta)
        return self.problem.at_bounds(values, self.found.bounds).condition(self.found.theta)

    @cached_property
    def warnings(self):
        return of_fit(self.problem, self.found, self.condition, self.residual_scale, OUTER)

    def __call__(self, x):
        """Return the fitted law at x, any shape."""
        return self.law(x)

    def warnings_at(self, x):
        """Return warnings if x, a number or an array, lies outside the range of the fit."""
        return of_range("x", positive("x", x), self.seen)

    def bootstrap(self, n_resamples=4000, groups=None, seed=None):
        """Refit resamples of the points; returns a `PowerLawBootstrap`. Arguments as in `ChinchillaFit.bootstrap`."""
        seed = self.seed if seed is None else seed
        return PowerLawBootstrap(self.problem, *resample(self.problem, self.found.theta, n_resamples, groups, seed))

    def interval(self, name, level=0.95, n_resamples=4000, groups=None):
        """Return the bootstrap interval (low, high) of scale, exponent or floor."""
        return self.bootstrap(n_resamples, groups).interval(name, level)

    def predict(self, x, level=0.95, n_resamples=4000, groups=None):
        """Return the `Prediction` of a new point at x: uncertainty of the law and scatter of points together."""
        draws = self.bootstrap(n_resamples, groups).value_draws(x)
        return predicted(self, draws, self(x), level, self.warnings_at(x))

    def __repr__(self):
        held = [name for name, inner in INNER.items() if inner in self.problem.held]
        return "\n".join([
            f"Power law fit to {len(self.residuals)} points: y = floor + scale * x^-exponent",
            f"  law        scale = {self.scale:.6g}, exponent = {self.exponent:.6g}, floor = {self.floor:.6g}",
            f"  objective  {self.objective_name}, sum = {self.objective:.8g}; held: {', '.join(held) or 'nothing'}",
            f"  residuals  of {'log y' if self.problem.objective.log else 'y'}, scale {self.residual_scale:.3g}",
            f"  search     {self.starts} starts, {self.agree:.0%} agree",
            f"  warnings   {'; '.join(map(str, self.warnings)) or 'none'}",
        ])  # fmt: skip


@dataclass(frozen=True, eq=False)
class PowerLawBootstrap:
    """Refits of a power law to resamples of its points; percentile intervals."""

    problem: Problem
    theta: np.ndarray
    value: np.ndarray
    converged: float

    @cached_property
    def draws(self):
        """Dict of str to ndarray, shape (n_resamples,): scale, exponent, floor."""
        values = self.problem.named(self.theta)
        return {name: values[inner] for name, inner in INNER.items()}

    def interval(self, name, level=0.95):
        """Return the percentile interval (low, high) of scale, exponent or floor."""
        one_of("name", name, self.draws)
        return percentile_interval(self.draws[name], level)

    def value_draws(self, x):
        """Return the law of every draw at x, shape (n_resamples, ...)."""
        x = np.log(positive("x", x)) - self.problem.centre[0]
        a, alpha, _, _, e = (part.reshape(-1, *[1] * np.ndim(x)) for part in self.theta)
        return np.exp(a - alpha * x) + np.exp(e)

    def value_interval(self, x, level=0.95):
        """Return the interval (low, high) of the law at x; a new point scatters around it (`PowerLawFit.predict`)."""
        return percentile_interval(self.value_draws(x), level)


def fit_power_law(x, y, *, floor=True, objective="squares_log", delta=1e-3, weights=None, fixed=None, seed=0):
    """Fit y = floor + scale * x^-exponent.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Positive, in any unit.
    floor : bool
        Whether to fit a floor, of zero or more; without one it is 0.
    objective : str
        squares_log, squares_raw: half the sum of squares of the residuals of log y or of y; huber_log, huber_raw: the sum
        of their Huber losses.
    delta : float
        Huber threshold in the unit of the residual; ignored by the least squares.
    weights : array_like, shape (n,), optional
        Zero or positive, one per point.
    fixed : dict of str to float, optional
        scale, exponent or floor held at a value.
    seed : int
        Of the resamples behind intervals.

    Returns
    -------
    PowerLawFit
        With `.law`, `.predict(x)`, `.interval(name)`, `.warnings`.

    Raises
    ------
    ValueError
        If the columns differ in length, or something is zero, negative, NaN, infinite, empty or unknown.

    Notes
    -----
    A line on log-log paper is the case floor=False, objective="squares_log". Where the floor matters, the slope of that
    line is less than the exponent. The exponent is bounded to [0.001, 10]: for rising data it ends there, with a warning.

    Examples
    --------
    >>> x = np.geomspace(1, 1e4, 9)
    >>> fit = fit_power_law(x, 1.7 + 2 * x**-0.3)
    >>> round(fit.exponent, 6), round(fit.floor, 6)
    (0.3, 1.7)
    >>> fit_power_law(x, 1.7 + 2 * x**-0.3, floor=False).exponent < 0.1
    True
    """
    x, y = columns(x=x, y=y)
    problem = make_problem(x, np.ones_like(x), y, objective, delta, weights)
    held = {"B": 0.0, "beta": 1.0} | ({} if floor else {"E": 0.0})
    for name, value in (fixed or {}).items():
        one_of("fixed", name, INNER)
        held[INNER[name]] = number(f"fixed[{name!r}]", value, not_negative if name == "floor" else positive)
    problem = problem.holding(**{name: held[name] for name in NAMES if name in held})
    return PowerLawFit(problem, search(problem), objective, (x.min(), x.max()), whole("seed", seed, least=0))
