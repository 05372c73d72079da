"""Fit L(N, D) = E + A / N^alpha + B / D^beta to runs (approach 3 of Hoffmann et al. 2022), and the power law of one term.

The power law is y = floor + scale * x^-exponent: with or without the floor, by least squares or Huber losses, of log y or
of y. `FORMS` are the functional forms of L(N, D) that can be fitted to the same runs and compared.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from scalinglaws.check import columns, number, one_of, positive, whole
from scalinglaws.fit.engine.columns import takes_table
from scalinglaws.fit.engine.intervals import LEVEL
from scalinglaws.fit.engine.problem import LOW, hold, make_problem
from scalinglaws.fit.engine.refits import TermsFit
from scalinglaws.fit.engine.rows import enough_runs, row_groups
from scalinglaws.fit.engine.starts import STARTS, search
from scalinglaws.fit.engine.warnings import FitWarning
from scalinglaws.fit.kaplan import fit_kaplan
from scalinglaws.laws.training.chinchilla import Chinchilla, chinchilla_loss, optimal_params, optimal_tokens
from scalinglaws.laws.training.flops import TRAIN, training_flop
from scalinglaws.laws.training.power import PowerLaw

NAMES = ("A", "alpha", "B", "beta", "E")
FEW = 10  # runs below which more starts are tried


@dataclass(frozen=True, eq=False, repr=False)
class ChinchillaFit(TermsFit):
    """A fitted Chinchilla law and what has to be known to judge it; made by `fit_chinchilla`. See `TermsFit`, `Refittable`.

    law: the fitted law, with E, A, B, alpha, beta.
    exponent_n, exponent_d: allocation: the best size grows as C^exponent_n, the best number of tokens as C^exponent_d.
    """

    @cached_property
    def law(self):
        return Chinchilla(**{name: float(value) for name, value in self.problem.named(self.found.theta).items()})

    @property
    def exponent_n(self):
        return self.law.a

    @property
    def exponent_d(self):
        return self.law.b

    def optimum(self, compute_flop, flop_per_param_token=TRAIN):
        """Return the law's `Optimum` at a budget in FLOP, C = 6 N D or another multiple of N D.

        Its interval is `bootstrap().optimum(compute_flop)`.
        """
        per = number("flop_per_param_token", flop_per_param_token)
        return self.law.optimum(positive("compute_flop", compute_flop) * (TRAIN / per))

    def n_params_at(self, compute_flop):
        """Return the best size at a budget in FLOP (C = 6 N D), any shape."""
        return self.law.optimum(compute_flop).n_params

    def loss(self, n_params, n_tokens):
        """Return the law's loss at (N, D), in the unit of the runs."""
        return self.law.loss(n_params, n_tokens)

    def predict(self, n_params, n_tokens, level=LEVEL, n_resamples=4000, groups=None):
        """Return the `Prediction` of a new run at (N, D): uncertainty of the law and scatter of runs together."""
        return self.bootstrap(n_resamples, groups).predict(n_params, n_tokens, level=level)

    def named(self, theta):
        """Return E, A, B, alpha, beta, and the exponents of the allocation a = beta / (alpha + beta) and b = 1 - a."""
        named = super().named(theta)
        alpha, beta = (np.maximum(named[name], LOW) for name in ("alpha", "beta"))
        return named | {"a": beta / (alpha + beta), "b": alpha / (alpha + beta)}

    def best_use(self, theta, compute_flop, flop_per_param_token=None):
        """Return size, tokens and loss at the optimum of a budget, of each column of theta."""
        compute_flop = compute_flop * (TRAIN / (flop_per_param_token or TRAIN))
        named = super().named(theta)
        shape = named["A"], named["B"], *(np.maximum(named[name], LOW) for name in ("alpha", "beta"))
        with np.errstate(all="ignore"):
            n_params, n_tokens = (best(compute_flop, *shape) for best in (optimal_params, optimal_tokens))
            return n_params, n_tokens, chinchilla_loss(n_params, n_tokens, named["E"], *shape)

    @property
    def _profiled(self):
        return *self.problem.names, "a"

    def _holding(self, name, value):
        if name != "a":
            return super()._holding(name, value)
        if {"alpha", "beta"} - set(self.problem.free):
            return self.problem
        return replace(self.problem, tied={"beta": ("alpha", value / (1 - value))})

    def _limits(self, name):
        return (LOW, 1 - LOW) if name == "a" else super()._limits(name)

    def __repr__(self):
        return checklist(self)


@takes_table("n_params", "n_tokens", "loss", "weights", "groups")
def fit_chinchilla(
    n_params,
    n_tokens,
    loss,
    *,
    objective="huber_log",
    delta=1e-3,
    weights=None,
    fixed=None,
    tied=None,
    groups=None,
    seed=0,
):
    """Fit L = E + A / N^alpha + B / D^beta.

    Parameters
    ----------
    n_params, n_tokens, loss : array_like, shape (n,)
        Size, training tokens and final loss of each run, in any unit: nats per token, bits per byte, an error. State
        which parameters you count.
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
    groups : array_like, shape (n,), optional
        Labels of what belongs together, such as checkpoints of a run: resamples draw it together.
    seed : int
        Of the resamples behind intervals. The fit itself has nothing random.
    data : table, optional
        A mapping of columns, a pandas or polars frame, a `Table`, or the path of a CSV file. Then the columns are given by
        name, each its own by default; a list of names for what is fitted gives a dict of fits.

    Returns
    -------
    ChinchillaFit
        With `.law`, `.objective`, `.warnings`; its repr lists what a report of the fit should state.

    Raises
    ------
    ValueError
        If the columns differ in length, or something is zero, negative, NaN, infinite, empty or unknown, or if there are fewer
        runs than free parameters. The message names the argument, the value and its position.

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
    >>> table = {"N": n, "D": d, "nats": 1.8 + 480 / n**0.35 + 2085 / d**0.37}
    >>> fit_chinchilla(data=table, n_params="N", n_tokens="D", loss="nats").law == fit.law
    True
    """
    given = {"n_params": n_params, "n_tokens": n_tokens}
    problem = make_problem(given, {"loss": loss}, NAMES, objective, delta, weights)
    problem = enough_runs(hold(problem, fixed, tied))
    given = {name: np.asarray(column, dtype=np.float64) for name, column in given.items()}
    with np.errstate(over="ignore"):
        given["compute_flop"] = training_flop(*given.values())
    seen = {name: (float(column.min()), float(column.max())) for name, column in given.items()}
    found = search(problem, STARTS if len(problem.weights) >= FEW else 4 * STARTS)
    groups = row_groups(groups, len(problem.weights))
    return ChinchillaFit(problem, found, objective, seen, whole("seed", seed, least=0), groups)


@dataclass(frozen=True, eq=False, repr=False)
class PowerLawFit(TermsFit):
    """A fitted power law; made by `fit_power_law`. See `TermsFit`, `Refittable`.

    law: with scale, exponent and floor, which the fit has too; a law of 1 / x where `rising`.
    """

    rising: bool = False

    @cached_property
    def warnings(self):
        given, x = super().warnings, self.problem.objective.x[0]
        if "exponent" in self.found.bounds and np.cov(x, self.problem.objective.target)[0, 1] > 0:
            reason = f"y {'falls' if self.rising else 'rises'} with x; rising={not self.rising} fits such a law"
            given = FitWarning("bound", "rising", reason), *given
        return given

    @cached_property
    def law(self):
        return PowerLaw(**{name: float(value) for name, value in self.named(self.found.theta).items()})

    @property
    def scale(self):
        return self.law.scale

    @property
    def exponent(self):
        return self.law.exponent

    @property
    def floor(self):
        return self.law.floor

    def __call__(self, x):
        """Return the fitted law at x, any shape."""
        return self.law(self._falling(x))

    def values(self, theta, x):
        """Return the law of each column of theta at x."""
        return super().values(theta, self._falling(x))

    def curve_interval(self, x, level=LEVEL):
        """Return the `Interval` of the law at x; see `TermsFit.curve_interval`."""
        return super().curve_interval(self._falling(x), level=level)

    def _falling(self, x):
        return 1 / positive("x", x) if self.rising else x

    def predict(self, x, level=LEVEL, n_resamples=4000, groups=None):
        """Return the `Prediction` of a new point at x: uncertainty of the law and scatter of points together."""
        return self.bootstrap(n_resamples, groups).predict(x, level=level)

    def __repr__(self):
        return "\n".join([
            f"Power law fit to {len(self.residuals)} points: y = floor + scale * x^{'' if self.rising else '-'}exponent",
            f"  law        scale = {self.scale:.6g}, exponent = {self.exponent:.6g}, floor = {self.floor:.6g}",
            f"  objective  {self.objective_name}, sum = {self.objective:.8g}; held: {', '.join(self.problem.held) or 'nothing'}",
            f"  residuals  of {'log y' if self.problem.objective.log else 'y'}, scale {self.residual_scale:.3g}",
            f"  search     {self.starts} starts, {self.agree:.0%} agree",
            f"  warnings   {'; '.join(map(str, self.warnings)) or 'none'}",
        ])  # fmt: skip


@takes_table("x", "y", "weights", "groups")
def fit_power_law(
    x,
    y,
    *,
    floor=True,
    rising=False,
    objective="squares_log",
    delta=1e-3,
    weights=None,
    fixed=None,
    groups=None,
    seed=0,
):
    """Fit y = floor + scale * x^-exponent.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Positive, in any unit.
    floor : bool
        Whether to fit a floor, of zero or more; without one it is 0.
    rising : bool
        Fit y = floor + scale * x^exponent, as for a best size or batch against compute.
    objective : str
        squares_log, squares_raw: half the sum of squares of the residuals of log y or of y; huber_log, huber_raw: the sum
        of their Huber losses.
    delta : float
        Huber threshold in the unit of the residual; ignored by the least squares.
    weights : array_like, shape (n,), optional
        Zero or positive, one per point.
    fixed : dict of str to float, optional
        scale, exponent or floor held at a value.
    groups : array_like, shape (n,), optional
        Labels of what belongs together, such as checkpoints of a run: resamples draw it together.
    seed : int
        Of the resamples behind intervals.
    data : table, optional
        Has the columns by name, as in `fit_chinchilla`.

    Returns
    -------
    PowerLawFit
        With `.law`, `.predict(x)`, `.interval(name)`, `.warnings`.

    Raises
    ------
    ValueError
        If the columns differ in length, or something is zero, negative, NaN, infinite, empty or unknown, or if there are fewer
        points than free parameters.

    Notes
    -----
    A line on log-log paper is the case floor=False, objective="squares_log". Where the floor matters, the slope of that
    line is less than the exponent. The exponent is bounded to [0.001, 10]: for data that rise
    where it should fall it ends there, with a warning.

    Examples
    --------
    >>> x = np.geomspace(1, 1e4, 9)
    >>> fit = fit_power_law(x, 1.7 + 2 * x**-0.3)
    >>> round(fit.exponent, 6), round(fit.floor, 6)
    (0.3, 1.7)
    >>> fit_power_law(x, 1.7 + 2 * x**-0.3, floor=False).exponent < 0.1
    True
    >>> fit = fit_power_law(x, 0.1 * x**0.5, floor=False, rising=True)
    >>> round(fit.scale, 6), round(fit.exponent, 6)
    (0.1, 0.5)
    """
    if not isinstance(floor, (bool, np.bool_)):
        raise ValueError(f'floor must be True or False, got {floor!r}; fixed={{"floor": ...}} holds it at a value')
    (x,) = columns(x=x)
    problem = make_problem(
        {"x": 1 / x if rising else x}, {"y": y}, ("scale", "exponent", "floor"), objective, delta, weights
    )
    problem = enough_runs(hold(problem, ({} if floor else {"floor": 0.0}) | dict(fixed or {})))
    seen = {"x": (float(x.min()), float(x.max()))}
    groups = row_groups(groups, len(problem.weights))
    return PowerLawFit(problem, search(problem), objective, seen, whole("seed", seed, least=0), groups, bool(rising))


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
        As in `fit_chinchilla`: objective, delta, weights, groups, data.

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
    held += ["alpha = beta"] if problem.tied else []
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
        f"  runs        {spans}; {len(set(o.x[0]))} distinct N, {len(set(o.x[1]))} distinct D",
        f"  warnings    {'; '.join(map(str, fit.warnings)) or 'none'}",
        "  to add      how N is counted, final losses or checkpoints, which runs were left out and why, the tokeniser",
    ]
    return "\n".join(lines)
