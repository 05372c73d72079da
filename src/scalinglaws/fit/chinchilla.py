"""Fit L(N, D) = E + A / N^alpha + B / D^beta to runs (approach 3 of Hoffmann et al. 2022)."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from scalinglaws.check import positive, whole
from scalinglaws.fit.bootstrap import Bootstrap, resample
from scalinglaws.fit.prediction import predicted, robust_scale
from scalinglaws.fit.problem import Problem, hold, make_problem
from scalinglaws.fit.profile import profile
from scalinglaws.fit.report import checklist
from scalinglaws.fit.starts import STARTS, Found, search
from scalinglaws.fit.warnings import of_fit, of_range
from scalinglaws.laws.training.chinchilla import Chinchilla
from scalinglaws.laws.training.flops import training_flop

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
