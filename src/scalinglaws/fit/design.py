"""Which run to make next: the one, or the few, that narrow the interval of the loss at a target most, at a given cost."""

from typing import NamedTuple

import numpy as np

from scalinglaws.check import columns, number
from scalinglaws.fit.chinchilla import ChinchillaFit
from scalinglaws.laws.training.flops import TRAIN

_N_RUNS = (1, 2, 4, 8, 16)  # runs that a budget may be shared by, in equal parts
_USUAL = 20  # tokens per parameter of the rule of thumb


class NextRun(NamedTuple):
    """Runs to make, and what they are expected to do to the width of the interval of the loss at the target.

    n_params, n_tokens (k,): the runs, equal in cost.
    width: the expected width over the width now.
    others: the same for whole budgets spent otherwise: "largest run", of the size that is best by the fit, and "20 tokens
        per parameter".
    tokens_per_param: the ratios that were allowed.
    """

    n_params: np.ndarray
    n_tokens: np.ndarray
    width: float
    others: dict
    tokens_per_param: tuple


def next_run(fit, budget, target, *, tokens_per_param=None, n_runs=_N_RUNS, flop_per_param_token=TRAIN):
    """Return which runs to add to a `fit_chinchilla`, to know the loss at a target better.

    Parameters
    ----------
    fit : ChinchillaFit
        Of the runs so far, each of which counts as an independent one.
    budget : float
        Compute of all the new runs together, in FLOP.
    target : float
        Budget in FLOP, of which the loss at the best use, by the fit, is to be known.
    tokens_per_param : (float, float), optional
        The least and the most that a new run may have; by default, of the runs so far.
    n_runs : int or sequence of int
        How many runs of equal cost the budget may be shared by.
    flop_per_param_token : float
        Compute over N D, where it is not 6.

    Returns
    -------
    NextRun

    Raises
    ------
    ValueError
        If it is no fit of a Chinchilla law, or an argument is not positive or has its ends in the wrong order.

    Notes
    -----
    The width is proportional to sqrt(g' V g): g has the slopes of log L at the target in the parameters, V is the inverse
    of the information in the runs. A run with slopes s takes (g' V s)^2 / (1 + s' V s) from g' V g; the runs are chosen one
    after the other. All of it takes the form for granted: an extreme ratio, where one term alone counts, looks
    informative because the form says how that term goes on. So the ratios are bounded by what has been measured.

    What it wins was simulated (``benchmarks/next_run.py``): 200 sweeps of five budgets of seven sizes, a scatter of 1 %, a
    target of a thousand times the largest budget, all runs fitted again. The width of the bootstrap interval over its width
    before, and the root mean square error of the loss at the target, for a new budget in units of all runs so far. In a
    world where the law is right, and in one where extreme ratios are worse than it says:

    =======================  =====  =====  =====  ======  ======  ======  ======  ======  ======
    .                        width                error                   error, law not right
    -----------------------  -------------------  ----------------------  ----------------------
    budget spent on          0.1    1      10     0.1     1       10      0.1     1       10
    =======================  =====  =====  =====  ======  ======  ======  ======  ======  ======
    next_run                 0.78   0.76   0.40   1.77 %  1.63 %  0.92 %  5.21 %  3.53 %  1.31 %
    ratios 1 to 1,000        0.73   0.71   0.41   1.71 %  1.66 %  0.95 %  6.30 %  6.54 %  1.27 %
    no bound                 0.41   0.42   0.28   0.98 %  0.85 %  0.61 %  7.03 %  9.87 %  9.01 %
    next_run, one run        0.96   0.82   0.77   2.20 %  1.84 %  1.21 %  5.67 %  3.63 %  2.10 %
    largest run              0.99   0.84   0.77   2.26 %  1.81 %  1.29 %  5.10 %  3.46 %  2.16 %
    20 tokens per parameter  0.99   0.82   0.78   2.21 %  1.79 %  1.30 %  5.09 %  3.53 %  2.05 %
    =======================  =====  =====  =====  ======  ======  ======  ======  ======  ======

    Several runs win over one, most of all with a large budget; which single run it is matters little. A bootstrap narrows
    less than is expected of one run, because a third of the resamples leave it out.

    Examples
    --------
    >>> from scalinglaws.fit import fit_chinchilla
    >>> n, d = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e8, 1e10, 6), np.geomspace(1e9, 1e11, 6)))
    >>> noise = np.random.default_rng(0).normal(0, 0.01, 36)
    >>> fit = fit_chinchilla(n, d, (1.8 + 480 / n**0.35 + 2085 / d**0.37) * np.exp(noise), objective="squares_log")
    >>> plan = next_run(fit, 1e22, target=1e24)
    >>> bool(plan.width <= plan.others["largest run"] < 1)
    True
    """
    if not isinstance(fit, ChinchillaFit):
        raise ValueError(f"fit must be made by fit_chinchilla, got {type(fit).__name__}")
    budget = number("budget", budget) / number("flop_per_param_token", flop_per_param_token)  # N D
    best = fit.optimum(number("target", target), flop_per_param_token)
    problem = fit.problem.at_bounds(fit.problem.named(fit.found.theta), fit.found.bounds)
    theta, measured = fit.found.theta, np.diff(problem.objective.x[:, problem.weights > 0], axis=0)
    seen = np.exp(np.array([measured.min(), measured.max()]) - np.subtract(*problem.centre))
    (ratios,) = columns(tokens_per_param=seen if tokens_per_param is None else tokens_per_param)
    if len(ratios) != 2 or ratios[0] > ratios[1]:
        raise ValueError(f"tokens_per_param must be the least and the most, got {tokens_per_param}")

    def slopes(n_params, n_tokens):
        terms = problem.terms(theta[:, None, None], logs := problem.logs_of(n_params, n_tokens))
        return (problem.slopes(terms, logs) / (terms.sum(axis=0) if problem.objective.log else 1.0))[:, 0]

    def narrowed(n_params, k=1):
        """Choose k of the sizes, each at a k-th of the budget: which, and the width."""
        s, v, chosen = np.sqrt(fit._inside) * slopes(n_params, budget / k / n_params), variance, []
        for _ in range(k):
            left = (aim @ v @ s) ** 2 / (1 + np.einsum("pk,pq,qk->k", s, v, s))
            chosen.append(int(left.argmax()))
            step = v @ s[:, chosen[-1]]
            v = v - np.outer(step, step) / (1 + s[:, chosen[-1]] @ step)
        return n_params[chosen], float(np.sqrt((aim @ v @ aim) / (aim @ variance @ aim)))

    variance = np.linalg.pinv(fit._inside * problem.information(theta[:, None])[0], hermitian=True)
    aim = slopes(*np.reshape([best.n_params, best.n_tokens], (2, 1)))[:, 0]
    plans = [(*narrowed(np.sqrt(budget / k / np.geomspace(*ratios, 61)), k), k) for k in np.atleast_1d(n_runs).tolist()]
    sizes, width, k = min(plans, key=lambda plan: plan[1])
    alone = {
        "largest run": fit.optimum(budget * flop_per_param_token, flop_per_param_token).n_params,
        f"{_USUAL} tokens per parameter": np.sqrt(budget / _USUAL),
    }
    others = {name: narrowed(np.array([size]))[1] for name, size in alone.items()}
    return NextRun(sizes, budget / k / sizes, width, others, tuple(ratios.tolist()))
