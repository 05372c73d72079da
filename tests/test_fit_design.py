"""Which run to make next."""

import numpy as np
import pytest

from scalinglaws.fit import fit_chinchilla, fit_kaplan, next_run
from scalinglaws.laws.training.chinchilla import Chinchilla

LAW = Chinchilla.published("besiroglu2024")
BUDGETS = np.repeat(np.geomspace(1e18, 1e20, 5), 7)
N = LAW.optimum(BUDGETS).n_params * np.tile(np.geomspace(0.25, 4, 7), 5)
D = BUDGETS / (6 * N)
TARGET = 1e23


def sweep(seed=0, **settings):
    noise = np.random.default_rng(seed).normal(0, 0.01, N.size)
    return fit_chinchilla(N, D, LAW.loss(N, D) * np.exp(noise), **{"objective": "squares_log"} | settings)


FIT = sweep()


def linear_width(n_params, n_tokens):
    """Standard error of log loss at FIT's optimum of the target, by least squares with finite differences."""
    law, best, h = FIT.law, FIT.optimum(TARGET), 1e-5
    names = ("E", "A", "B", "alpha", "beta")

    def log_loss(n, d, values):
        return np.log(Chinchilla(**dict(zip(names, values, strict=True))).loss(n, d))

    values = np.array([getattr(law, name) for name in names])
    n, d = np.append(n_params, best.n_params), np.append(n_tokens, best.n_tokens)
    steps = np.diag(h * values)
    slopes = np.array([(log_loss(n, d, values + s) - log_loss(n, d, values - s)) / (2 * h) for s in steps])
    variance = np.linalg.inv(slopes[:, :-1] @ slopes[:, :-1].T)
    return np.sqrt(slopes[:, -1] @ variance @ slopes[:, -1])


@pytest.mark.parametrize("budget", [1e20, 1e21, 1e22])
def test_the_expected_width_is_that_of_the_textbook(budget):
    plan = next_run(FIT, budget, TARGET)
    after = linear_width(np.append(N, plan.n_params), np.append(D, plan.n_tokens))
    assert plan.width == pytest.approx(after / linear_width(N, D), rel=1e-4)


@pytest.mark.parametrize(
    "settings", [{}, {"objective": "huber_log"}, {"fixed": {"E": 1.8}}, {"tied": ("alpha", "beta")}]
)
def test_no_other_use_of_the_budget_is_expected_to_do_better(settings):
    for budget in (1e20, 1e21, 1e22):
        plan = next_run(sweep(**settings), budget, TARGET)
        assert 0 < plan.width <= min(plan.others.values()) + 1e-3
        assert max(plan.others.values()) < 1


def test_the_runs_cost_the_budget_and_have_ratios_that_were_measured():
    plan = next_run(FIT, 3e21, TARGET)
    assert np.sum(6 * plan.n_params * plan.n_tokens) == pytest.approx(3e21)
    low, high = plan.tokens_per_param
    assert (low, high) == pytest.approx(((D / N).min(), (D / N).max()))
    ratio = plan.n_tokens / plan.n_params
    assert np.all((ratio >= low * (1 - 1e-9)) & (ratio <= high * (1 + 1e-9)))


def test_without_a_bound_the_form_asks_for_absurd_ratios():
    plan = next_run(FIT, 1e21, TARGET, tokens_per_param=(1e-3, 1e6))
    ratio = plan.n_tokens / plan.n_params
    assert ratio.max() > 1e5 and ratio.min() < 0.1
    assert plan.width < 0.7 * next_run(FIT, 1e21, TARGET).width


def test_compute_that_is_not_6nd_changes_sizes_but_not_the_split():
    usual, other = next_run(FIT, 6e21, TARGET), next_run(FIT, 8e21, TARGET * 8 / 6, flop_per_param_token=8)
    assert other.n_params == pytest.approx(usual.n_params)
    assert other.width == pytest.approx(usual.width)


def test_one_run_may_be_asked_for():
    plan = next_run(FIT, 1e21, TARGET, n_runs=1)
    assert len(plan.n_params) == 1
    assert plan.width <= min(plan.others.values()) + 1e-3


def test_runs_of_no_weight_are_not_counted():
    loss = LAW.loss(N, D) * np.exp(np.random.default_rng(0).normal(0, 0.01, N.size))
    more = [np.append(*pair) for pair in ((N, 1e3), (D, 1e13), (loss, 9.0))]
    fit = fit_chinchilla(*more, objective="squares_log", weights=np.append(np.ones(N.size), 0))
    assert next_run(fit, 1e21, TARGET).width == pytest.approx(next_run(FIT, 1e21, TARGET).width, rel=1e-6)


@pytest.mark.parametrize("ratios", [(20, 10), (1,), (0, 20)])
def test_a_bound_that_is_none_is_refused(ratios):
    with pytest.raises(ValueError, match="tokens_per_param must be"):
        next_run(FIT, 1e21, TARGET, tokens_per_param=ratios)


def test_only_a_chinchilla_law_is_planned_for():
    with pytest.raises(ValueError, match="fit must be made by fit_chinchilla, got KaplanFit"):
        next_run(fit_kaplan(N, D, LAW.loss(N, D)), 1e21, TARGET)
