import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_chinchilla import budgets, laws

from scalinglaws.laws.money.cost import linear_cost
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
    best, solved = law.optimum(compute_flop), law.best_for(compute_flop)
    assert solved.n_params == pytest.approx(best.n_params, rel=1e-11)
    assert solved.n_tokens == pytest.approx(best.n_tokens, rel=1e-11)
    assert solved.cost == pytest.approx(compute_flop, rel=1e-11)


@exactly
@given(laws, budgets, prices, prices)
def test_best_for_a_budget_spends_it_and_balances_worth_and_cost(law, budget, serving, buying):
    paid = (6.0, serving * budget / 1e9, buying * budget / 1e10)
    best = law.best_for(budget, *paid)
    assert linear_cost(best.n_params, best.n_tokens, *paid) == pytest.approx(budget, rel=1e-9)
    assert best.cost == pytest.approx(budget, rel=1e-9)
    assert relative_slope(law, best, *paid) == pytest.approx(0, abs=1e-9)


@exactly
@given(laws, budgets, prices, prices, st.floats(-3, 3))
def test_no_plan_of_the_same_price_beats_the_best(law, budget, serving, buying, move):
    paid = (6.0, serving * budget / 1e9, buying * budget / 1e10)
    best = law.best_for(budget, *paid)
    n_params = best.n_params * np.exp(move)
    n_tokens = (budget - paid[1] * n_params) / (paid[0] * n_params + paid[2])
    assume(n_tokens > 0)
    assert law.loss(n_params, n_tokens) >= best.loss * (1 - 1e-12)


@exactly
@given(laws, budgets, prices, prices)
def test_cheapest_for_a_loss_is_the_best_for_its_cost(law, budget, serving, buying):
    paid = (6.0, serving * budget / 1e9, buying * budget / 1e10)
    best = law.best_for(budget, *paid)
    assume(best.loss - law.E > 1e-3 * best.loss)
    cheapest = law.cheapest(best.loss, *paid)
    assert cheapest.loss == pytest.approx(best.loss, rel=1e-12)
    slack = 1e-8 / min(law.alpha, law.beta)
    assert cheapest.cost == pytest.approx(budget, rel=slack)
    assert cheapest.n_params == pytest.approx(best.n_params, rel=slack)


def test_parameters_and_tokens_bought_apart_follow_their_own_closed_form():
    """With alpha = beta and no joint price, N / D = (A q / (B p))**(1 / (1 + alpha)) for prices p of N and q of D."""
    law = Chinchilla(E=1.0, A=300.0, B=700.0, alpha=0.4, beta=0.4)
    best = law.best_for(1e6, per_param_token=0, per_param=2e-4, per_token=3e-6)
    expected = (300.0 / 700.0 * 3e-6 / 2e-4) ** (1 / 1.4)
    assert best.n_params / best.n_tokens == pytest.approx(expected, rel=1e-12)
    assert best.cost == pytest.approx(1e6, rel=1e-12)


def test_prices_of_any_shape_broadcast_with_budgets():
    law = Chinchilla.published("besiroglu2024")
    best = law.best_for(np.array([[1e20], [1e22]]), per_param=2 * np.array([0.0, 1e11, 1e13]))
    assert best.n_params.shape == best.cost.shape == (2, 3)
    assert (np.diff(best.n_params, axis=1) < 0).all()
    assert best.n_params[1, 1] == law.best_for(1e22, per_param=2e11).n_params


@pytest.mark.parametrize("bad", [-1, np.nan, np.inf, [0.0, -1.0]])
@pytest.mark.parametrize("price", ["per_param_token", "per_param", "per_token"])
def test_bad_price_is_named(price, bad):
    law = Chinchilla.published("besiroglu2024")
    for solve in (law.best_for, law.cheapest):
        with pytest.raises(ValueError, match=f"^{price} must be"):
            solve(3.0, **{price: bad})


@pytest.mark.parametrize(("given", "free"), [("per_param", "per_token"), ("per_token", "per_param")])
def test_free_parameters_or_tokens_are_refused(given, free):
    with pytest.raises(ValueError, match=f"^{free} must be positive where per_param_token is zero"):
        Chinchilla.published("besiroglu2024").best_for(1e6, per_param_token=0, **{given: 1.0})
