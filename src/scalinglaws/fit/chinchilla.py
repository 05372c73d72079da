"""Fit L(N, D) = E + A / N^alpha + B / D^beta to runs (approach 3 of Hoffmann et al. 2022).

Fit y = floor + scale * x^-exponent: with or without the floor, by least squares or Huber losses, of log y or of y.

Functional forms of L(N, D) that can be fitted to the same runs and compared.

What a fit should state about itself, after the checklist of Li et al. 2025, "(Mis)Fitting".
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from scalinglaws.check import columns, not_negative, number, one_of, positive, whole
from scalinglaws.fit.engine.intervals import Bootstrap, percentile_interval, predicted, profile, resample, robust_scale
from scalinglaws.fit.engine.starts import STARTS, Found, search
from scalinglaws.fit.engine.terms import NAMES, Problem, hold, make_problem
from scalinglaws.fit.engine.warnings import of_fit, of_range
from scalinglaws.fit.kaplan import fit_kaplan
from scalinglaws.laws.training.chinchilla import Chinchilla
from scalinglaws.laws.training.flops import training_flop
from scalinglaws.laws.training.power import PowerLaw

FEW = 10  # runs below which more starts are tried


@dataclass(frozen=True, eq=False)
class ChinchillaFit:
    """A fitted Chinchilla law and what has to be known to judge it; made by `fit_chinchilla`.

    Attributes
    ----------
    law : Chinchilla
        The fitted law, with E, A, B, alpha, beta.
    objective : float
        The sum that was minimised, so that fits to the same runs can be compared.
    objective_name, delta : str, float
        Which sum.
    exponent_n, exponent_d : float
        Allocation: the best size grows as C^exponent_n, the best number of tokens as C^exponent_d.
    residuals : ndarray, shape (n,)
        Observed minus fitted, of log L or of L as the objective has it.
    residual_scale : float
        Robust standard deviation of the residuals, 1.4826 times the median of their size.
    starts, agree : int, float
        Starts of the search, and the share that ended at the optimum.
    condition : float
        Condition number of the Hessian in centred coordinates.
    warnings : tuple of FitWarning
        Empty if there is nothing to object to.
    """

    problem: Problem = field(repr=False)
    found: Found = field(repr=False)
    objective_name: str
    seen: dict
    seed: int

    @cached_property
    def law(self):
        return Chinchilla(**{name: float(value) for name, value in self.problem.named(self.found.theta).items()})

    @property
    def objective(self):
        return self.found.value

    @property
    def delta(self):
        return self.problem.objective.delta

    @property
    def exponent_n(self):
        return self.law.a

    @property
    def exponent_d(self):
        return self.law.b

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
        values = self.problem.named(self.found.theta)
        return self.problem.at_bounds(values, self.found.bounds).condition(self.found.theta)

    @cached_property
    def warnings(self):
        return of_fit(self.problem, self.found, self.condition, self.residual_scale)

    def n_params_at(self, compute_flop):
        """Return the best size at a budget in FLOP (C = 6 N D), any shape."""
        return self.law.optimum(compute_flop).n_params

    def n_tokens_at(self, compute_flop):
        """Return the best number of tokens at a budget in FLOP, any shape."""
        return self.law.optimum(compute_flop).n_tokens

    def optimum(self, compute_flop):
        """Return the law's `Optimum` at a budget in FLOP; its interval is `bootstrap().optimum(compute_flop)`."""
        return self.law.optimum(compute_flop)

    def loss(self, n_params, n_tokens):
        """Return the law's loss in nats per token at (N, D)."""
        return self.law.loss(n_params, n_tokens)

    def warnings_at(self, n_params, n_tokens):
        """Return warnings if (N, D), numbers or arrays, lies outside the range of the runs."""
        n_params, n_tokens = positive("n_params", n_params), positive("n_tokens", n_tokens)
        return of_range("n_params", n_params, self.seen["n_params"]) + of_range(
            "n_tokens", n_tokens, self.seen["n_tokens"]
        )

    def warnings_at_budget(self, compute_flop):
        """Return warnings if a budget in FLOP, a number or an array, lies outside the range of the runs."""
        return of_range("compute_flop", positive("compute_flop", compute_flop), self.seen["compute_flop"])

    def bootstrap(self, n_resamples=4000, groups=None, seed=None):
        """Refit resamples of the runs; see `Bootstrap` for the intervals and how often they cover.

        Parameters
        ----------
        n_resamples : int
            Number of refits.
        groups : array_like, shape (n,), optional
            Labels of the runs; what shares a label is drawn together. Several checkpoints of a run need this.
        seed : int, optional
            Of the resamples; the seed of the fit by default.

        Returns
        -------
        Bootstrap
        """
        seed = self.seed if seed is None else seed
        return Bootstrap(self.problem, *resample(self.problem, self.found.theta, n_resamples, groups, seed), self.seen)

    def interval(self, name, level=0.95, n_resamples=4000, groups=None):
        """Return the bootstrap interval (low, high) of E, A, B, alpha, beta, a or b."""
        return self.bootstrap(n_resamples, groups).interval(name, level)

    def predict(self, n_params, n_tokens, level=0.95, n_resamples=4000, groups=None):
        """Return the `Prediction` of a new run at (N, D): uncertainty of the law and scatter of runs together."""
        draws = self.bootstrap(n_resamples, groups).loss_draws(n_params, n_tokens)
        return predicted(self, draws, self.loss(n_params, n_tokens), level, self.warnings_at(n_params, n_tokens))

    def profile(self, name, values=None, n_values=41):
        """Return the `Profile` of alpha, beta, E or a: the objective with it held at each of `values`.

        Parameters
        ----------
        name : str
            alpha, beta, E or a.
        values : array_like, optional
            Where to hold it; by default `n_values` around the fit, wide enough for a 99 % interval.
        n_values : int

        Returns
        -------
        Profile
        """
        return profile(self.problem, self.found, name, values, n_values)

    def __repr__(self):
        return checklist(self)


def fit_chinchilla(
    n_params, n_tokens, loss, *, objective="huber_log", delta=1e-3, weights=None, fixed=None, tied=None, seed=0
):
    """Fit L = E + A / N^alpha + B / D^beta.

    Parameters
    ----------
    n_params, n_tokens, loss : array_like, shape (n,)
        Size, training tokens and final loss in nats per token of each run. State which parameters you count.
    objective : str
        huber_log: sum of Huber losses of the residuals of log L, the published choice; squares_log: half their sum of
        squares; huber_raw, squares_raw: the same for the residuals of L.
    delta : float
        Huber threshold in the unit of the residual. Far below the scatter it makes least absolute deviations, far above
        it least squares. Ignored by the least squares.
    weights : array_like, shape (n,), optional
        Zero or positive, one per run.
    fixed : dict of str to float, optional
        Parameters held at a value, for example {"E": 0} for no floor.
    tied : ("alpha", "beta"), optional
        Use one exponent for both terms.
    seed : int
        Of the resamples behind intervals. The fit itself has nothing random.

    Returns
    -------
    ChinchillaFit
        With `.law`, `.objective`, `.warnings`; its repr lists what a report of the fit should state.

    Raises
    ------
    ValueError
        If the columns differ in length, or something is zero, negative, NaN, infinite, empty or unknown. The message
        names the argument, the value and its position.

    Notes
    -----
    Hoffmann et al. 2022, approach 3, minimise (their Eq. 3) the sum over runs of
    Huber_delta(log L_i - LSE(a - alpha log N_i, b - beta log D_i, e)) with delta = 1e-3, A = exp(a), B = exp(b),
    E = exp(e), LSE the log of the sum of exponentials. The sum matters: with the mean, as first published, the default
    stopping rule of the optimiser is met too soon, and the intervals were wrong (Besiroglu et al. 2024). Here the
    coordinates are centred, the exponents start from a grid with the linear parameters solved for, and Newton steps
    with exact derivatives run until nothing is left to gain. Bounds: exponents in [0.001, 10], E at least 0.

    A and B belong to N = 1 and D = 1, far outside any data: report exponents and predictions, not A and B.

    Examples
    --------
    >>> n, d = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e8, 1e10, 6), np.geomspace(1e9, 1e11, 6)))
    >>> fit = fit_chinchilla(n, d, 1.8 + 480 / n**0.35 + 2085 / d**0.37)
    >>> fit.law
    Chinchilla(E=1.8, A=480, B=2085, alpha=0.35, beta=0.37)
    >>> fit.warnings
    ()
    """
    problem = hold(make_problem(n_params, n_tokens, loss, objective, delta, weights), fixed, tied)
    n_params, n_tokens = np.asarray(n_params, dtype=np.float64), np.asarray(n_tokens, dtype=np.float64)
    columns = {"n_params": n_params, "n_tokens": n_tokens, "compute_flop": training_flop(n_params, n_tokens)}
    seen = {name: (float(column.min()), float(column.max())) for name, column in columns.items()}
    found = search(problem, STARTS if len(n_params) >= FEW else 4 * STARTS)
    return ChinchillaFit(problem, found, objective, seen, whole("seed", seed, least=0))


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


def _with(**held):
    def fit(*columns, **settings):
        return fit_chinchilla(*columns, **held, **settings)

    return fit


FORMS = {
    "chinchilla": fit_chinchilla,  # E + A / N^alpha + B / D^beta
    "no_floor": _with(fixed={"E": 0.0}),
    "tied": _with(tied=("alpha", "beta")),
    "kaplan": fit_kaplan,  # [(N_c / N)^(alpha_N / alpha_D) + D_c / D]^alpha_D
}


def fit_form(name, n_params, n_tokens, loss, **settings):
    """Fit one of the `FORMS` by name.

    Parameters
    ----------
    name : str
        chinchilla: E + A / N^alpha + B / D^beta; no_floor: the same with E = 0; tied: with alpha = beta; kaplan: the
        joint form of Kaplan et al. 2020.
    n_params, n_tokens, loss, settings
        As in `fit_chinchilla`: objective, delta, weights.

    Returns
    -------
    ChinchillaFit or KaplanFit
        With `.loss(n_params, n_tokens)` and `.objective`.

    Raises
    ------
    ValueError
        If the form is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> n, d = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e6, 1e9, 5), np.geomspace(1e8, 1e10, 5)))
    >>> loss = 1.8 + 480 / n**0.35 + 2085 / d**0.37
    >>> fit_form("no_floor", n, d, loss).objective > fit_form("chinchilla", n, d, loss).objective
    True
    """
    one_of("form", name, FORMS)
    return FORMS[name](n_params, n_tokens, loss, **settings)


def checklist(fit):
    """Return the report of a `ChinchillaFit` as text: what the fit knows, and what only its author can add."""
    problem, law = fit.problem, fit.law
    n = len(problem.weights)
    o = problem.objective
    equal = "equal weights" if (problem.weights == problem.weights[0]).all() else "weights given"
    threshold = f", delta = {fit.delta:g}" if fit.objective_name.startswith("huber") else ""
    held = [f"{name} = {value:g}" for name, value in problem.held.items()]
    held += ["alpha = beta"] if problem.ratio is not None else []
    inside = int((abs(fit.residuals) <= fit.delta).sum())
    within = f", {inside} of {n} within delta" if threshold else ""
    spans = ", ".join(
        f"{what} {low:.3g} to {high:.3g}" for what, (low, high) in zip("NDC", fit.seen.values(), strict=True)
    )
    lines = [
        f"Chinchilla fit to {n} runs: L = E + A / N^alpha + B / D^beta",
        f"  law         E = {law.E:.6g}, A = {law.A:.6g}, B = {law.B:.6g}, alpha = {law.alpha:.6g}, beta = {law.beta:.6g}",
        f"  allocation  N ~ C^{fit.exponent_n:.4f}, D ~ C^{fit.exponent_d:.4f}",
        f"  objective   {fit.objective_name}{threshold}, {equal}, sum = {fit.objective:.8g}",
        f"  residuals   of {'log L' if o.log else 'L'}, scale {fit.residual_scale:.3g}{within}",
        f"  search      {fit.starts} starts, {fit.agree:.0%} agree; condition of the Hessian {fit.condition:.1e}",
        f"  held        {', '.join(held) or 'nothing'}",
        f"  runs        {spans}; {len(set(o.x))} distinct N, {len(set(o.y))} distinct D",
        f"  warnings    {'; '.join(map(str, fit.warnings)) or 'none'}",
        "  to add      how N is counted, final losses or checkpoints, which runs were left out and why, the tokeniser",
    ]
    return "\n".join(lines)
