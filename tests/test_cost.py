import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_chinchilla import budgets, laws

from scalinglaws.laws.money.cost import best_for_budget, cheapest_for_loss, linear_cost
from scalinglaws.laws.training.chinchilla import Chinchilla

exactly = settings(deadline=None, max_examples=150)
prices = st.one_of(st.just(0.0), st.floats(np.log(1e-6), np.log(1e6)).map(np.exp))


def relative_slope(law, best, per_param_token, per_param, per_token):
    both = per_param_token * best.n_params * best.n_tokens
    cost = np.log((both + per_param * best.n_params) / (both + per_token * best.n_tokens))
    worth = np.log(law.alpha * law.A) - law.alpha * np.log(best.n_params)
    return cost - worth + np.log(law.beta * law.B) - law.beta * np.log(best.n_tokens)


@exactly
@given(laws, budgets)
def test_without_other_prices_the_solver_is_the_closed_form(law, compute_flop):
    best, solved = law.optimum(compute_flop), best_for_budget(law, compute_flop)
    assert solved.n_params == pytest.approx(best.n_params, rel=1e-11)
    assert solved.n_tokens == pytest.approx(best.n_tokens, rel=1e-11)
    assert solved.cost == pytest.approx(compute_flop, rel=1e-11)


@exactly
@given(laws, budgets, prices, prices)
def test_best_for_a_budget_spends_it_and_balances_worth_and_cost(law, budget, serving, buying):
    paid = (6.0, serving * budget / 1e9, buying * budget / 1e10)
    best = best_for_budget(law, budget, *paid)
    assert linear_cost(best.n_params, best.n_tokens, *paid) == pytest.approx(budget, rel=1e-9)
    assert best.cost == pytest.approx(budget, rel=1e-9)
    assert relative_slope(law, best, *paid) == pytest.approx(0, abs=1e-9)


@exactly
@given(laws, budgets, prices, prices, st.floats(-3, 3))
def test_no_plan_of_the_same_price_beats_the_best(law, budget, serving, buying, move):
    paid = (6.0, serving * budget / 1e9, buying * budget / 1e10)
    best = best_for_budget(law, budget, *paid)
    n_params = best.n_params * np.exp(move)
    n_tokens = (budget - paid[1] * n_params) / (paid[0] * n_params + paid[2])
    assume(n_tokens > 0)
    assert law.loss(n_params, n_tokens) >= best.loss * (1 - 1e-12)


@exactly
@given(laws, budgets, prices, prices)
def test_cheapest_for_a_loss_is_the_best_for_its_cost(law, budget, serving, buying):
    paid = (6.0, serving * budget / 1e9, buying * budget / 1e10)
    best = best_for_budget(law, budget, *paid)
    assume(best.loss - law.E > 1e-3 * best.loss)
    cheapest = cheapest_for_loss(law, best.loss, *paid)
    assert cheapest.loss == pytest.approx(best.loss, rel=1e-12)
    slack = 1e-8 / min(law.alpha, law.beta)
    assert cheapest.cost == pytest.approx(budget, rel=slack)
    assert cheapest.n_params == pytest.approx(best.n_params, rel=slack)


def test_parameters_and_tokens_bought_apart_follow_their_own_closed_form():
    """With alpha = beta and no joint price, N / D = (A q / (B p))**(1 / (1 + alpha)) for prices p of N and q of D."""
    law = Chinchilla(E=1.0, A=300.0, B=700.0, alpha=0.4, beta=0.4)
    best = best_for_budget(law, 1e6, per_param_token=0, per_param=2e-4, per_token=3e-6)
    expected = (300.0 / 700.0 * 3e-6 / 2e-4) ** (1 / 1.4)
    assert best.n_params / best.n_tokens == pytest.approx(expected, rel=1e-12)
    assert best.cost == pytest.approx(1e6, rel=1e-12)


def test_prices_of_any_shape_broadcast_with_budgets():
    law = Chinchilla.published("besiroglu2024")
    best = best_for_budget(law, np.array([[1e20], [1e22]]), per_param=2 * np.array([0.0, 1e11, 1e13]))
    assert best.n_params.shape == best.cost.shape == (2, 3)
    assert (np.diff(best.n_params, axis=1) < 0).all()
    assert best.n_params[1, 1] == best_for_budget(law, 1e22, per_param=2e11).n_params


@pytest.mark.parametrize("bad", [-1, np.nan, np.inf, [0.0, -1.0]])
@pytest.mark.parametrize("price", ["per_param_token", "per_param", "per_token"])
def test_bad_price_is_named(price, bad):
    law = Chinchilla.published("besiroglu2024")
    for solve in (best_for_budget, cheapest_for_loss):
        with pytest.raises(ValueError, match=f"^{price} must be"):
            solve(law, 3.0, **{price: bad})


@pytest.mark.parametrize(("solve", "argument"), [(best_for_budget, "budget"), (cheapest_for_loss, "loss")])
@pytest.mark.parametrize("bad", [0, -2.5, np.nan, np.inf, [3.0, -2.5], [], "many"])
def test_bad_budget_or_loss_is_named_with_its_value(solve, argument, bad):
    with pytest.raises(ValueError, match=f"^{argument} must be positive and finite, got"):
        solve(Chinchilla.published("besiroglu2024"), bad)


def test_loss_at_or_below_the_floor_is_refused():
    with pytest.raises(ValueError, match=r"^loss must be above the irreducible loss E = 1.8172, got 1.8"):
        cheapest_for_loss(Chinchilla.published("besiroglu2024"), [2.0, 1.8])


@pytest.mark.parametrize("shape", [(), (4,), (2, 3), (2, 1, 3)])
def test_losses_of_any_shape_come_back(shape):
    law = Chinchilla.published("hoffmann2022_tex")
    compute_flop = 10 ** np.linspace(18, 26, int(np.prod(shape))).reshape(shape)
    assert np.shape(cheapest_for_loss(law, law.frontier(compute_flop)).n_params) == shape


@pytest.mark.parametrize(("given", "free"), [("per_param", "per_token"), ("per_token", "per_param")])
def test_free_parameters_or_tokens_are_refused(given, free):
    with pytest.raises(ValueError, match=f"^{free} must be positive where per_param_token is zero"):
        best_for_budget(Chinchilla.published("besiroglu2024"), 1e6, per_param_token=0, **{given: 1.0})


def test_a_plan_costs_6nd_where_nothing_else_has_a_price():
    assert linear_cost(1e9, 2e10) == pytest.approx(1.2e20, rel=1e-12)
    assert linear_cost(1e9, 2e10, per_param=3.0) - linear_cost(1e9, 2e10) == pytest.approx(3e9, rel=1e-4)
