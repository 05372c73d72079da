import numpy as np
import pytest
from check_values import computed, matching, value
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_chinchilla import budgets, laws

from scalinglaws.laws.money.serving import balance_ratio, cheapest_to_run, cheapest_to_serve, lifetime_flop
from scalinglaws.laws.training.chinchilla import Chinchilla

SARDANA = Chinchilla.published("sardana2024")
exactly = settings(deadline=None, max_examples=100)
served = st.floats(np.log(1e6), np.log(1e18)).map(np.exp)


@pytest.mark.parametrize("name", matching(r"sardana\..*"))
def test_published_figure_is_recomputed(name):
    """The list has these from a minimisation, whose place is known to the square root of its precision: 2e-8."""
    rel = 1e-9 if name.endswith("cost_ratio") else 2e-8
    assert computed(name) == pytest.approx(value(name), rel=rel)


def test_printed_examples_come_out():
    plan = cheapest_to_serve(SARDANA, SARDANA.optimum_of([7e9, 30e9, 70e9]).loss, [1e11, 1e13, 1e13])
    assert plan.chosen.n_params == pytest.approx([6.0e9, 13.6e9, 41.6e9], rel=2e-3)
    assert plan.token_ratio[:2] == pytest.approx([1.18, 2.84], abs=0.005)
    assert plan.chosen.n_tokens[2] == pytest.approx(7.92e12, rel=1e-3)
    assert plan.saving[1:] == pytest.approx([0.28, 0.12], abs=0.005)


def test_seven_billion_for_thirteen_at_two_trillion_tokens_saves_what_is_printed():
    best = SARDANA.optimum_of(13e9)
    small = lifetime_flop(7e9, SARDANA.tokens_for(best.loss, 7e9), 2e12)
    large = lifetime_flop(best.n_params, best.n_tokens, 2e12)
    assert large - small == pytest.approx(1.7e22, rel=0.01)
    assert 1 - small / large == pytest.approx(0.17, abs=0.005)


@exactly
@given(laws, budgets, served)
def test_first_order_condition_holds_at_the_wanted_loss(law, compute_flop, served_tokens):
    loss = law.frontier(compute_flop)
    assume(loss - law.E > 1e-3 * loss)
    chosen = cheapest_to_serve(law, loss, served_tokens).chosen
    assert chosen.loss == pytest.approx(loss, rel=1e-12)
    size_term = law.alpha * law.A * chosen.n_params**-law.alpha
    data_term = law.beta * law.B * chosen.n_tokens**-law.beta
    assert size_term / data_term == pytest.approx(balance_ratio(chosen.n_tokens, served_tokens), rel=1e-9)
    assert chosen.cost == pytest.approx(lifetime_flop(chosen.n_params, chosen.n_tokens, served_tokens), rel=1e-12)


@exactly
@given(laws, budgets, served, st.floats(0.5, 2.0))
def test_no_other_size_serves_the_same_loss_for_less(law, compute_flop, served_tokens, ratio):
    loss = law.frontier(compute_flop)
    assume(loss - law.E > 1e-3 * loss)
    plan = cheapest_to_serve(law, loss, served_tokens)
    other = plan.chosen.n_params * ratio
    gap = loss - law.E - law.A * other**-law.alpha
    assume(gap > 1e-6 * loss)
    assert lifetime_flop(other, law.tokens_for(loss, other), served_tokens) >= plan.chosen.cost * (1 - 1e-9)
    assert plan.cost_ratio <= 1 + 1e-10


@exactly
@given(laws, budgets, served)
def test_more_use_means_a_smaller_model_and_more_data(law, compute_flop, served_tokens):
    loss = law.frontier(compute_flop)
    assume(loss - law.E > 1e-3 * loss)
    plan = cheapest_to_serve(law, loss, np.array([0.0, served_tokens, 10 * served_tokens]))
    assert (np.diff(plan.chosen.n_params) <= 0).all()
    assert (np.diff(plan.chosen.n_tokens) >= 0).all()
    assert plan.size_ratio[0] == pytest.approx(1, rel=1e-9 / min(law.alpha, law.beta))
    assert plan.saving[0] == pytest.approx(0, abs=1e-9)


def test_utilisation_of_one_everywhere_is_the_count_of_flop():
    loss = SARDANA.optimum_of(30e9).loss
    count, run = cheapest_to_serve(SARDANA, loss, 1e13), cheapest_to_run(SARDANA, loss, 4e12, 6e12, 1, 1, 1)
    assert run.chosen.n_params == pytest.approx(count.chosen.n_params, rel=1e-12)
    assert run.chosen.cost == pytest.approx(count.chosen.cost, rel=1e-12)


def test_equal_utilisation_scales_the_bill_and_moves_nothing():
    loss = SARDANA.optimum_of(30e9).loss
    full, half = (cheapest_to_run(SARDANA, loss, 4e12, 6e12, u, u, u) for u in (1.0, 0.5))
    assert half.chosen.n_params == pytest.approx(full.chosen.n_params, rel=1e-12)
    assert half.chosen.cost == pytest.approx(2 * full.chosen.cost, rel=1e-12)


def test_slow_generation_makes_the_model_smaller():
    loss = SARDANA.optimum_of(30e9).loss
    sizes = [cheapest_to_run(SARDANA, loss, 1e11, 3e11, 0.5, 0.5, u).chosen.n_params for u in (0.5, 0.1, 0.01)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < 0.6 * sizes[0]


@pytest.mark.parametrize("bad", [-1, np.nan, np.inf, "many"])
def test_bad_demand_is_named(bad):
    with pytest.raises(ValueError, match=r"^served_tokens must be zero or positive"):
        cheapest_to_serve(SARDANA, 2.0, bad)
    with pytest.raises(ValueError, match=r"^tokens_out must be zero or positive"):
        cheapest_to_run(SARDANA, 2.0, 1e9, bad, 0.5, 0.5, 0.01)


@pytest.mark.parametrize("bad", [0, -1, 1.5, np.nan, np.inf])
@pytest.mark.parametrize("name", ["mfu_training", "mfu_prompt", "mfu_generation"])
def test_bad_utilisation_is_named(name, bad):
    good = {"mfu_training": 0.5, "mfu_prompt": 0.5, "mfu_generation": 0.01}
    with pytest.raises(ValueError, match=f"^{name} must be"):
        cheapest_to_run(SARDANA, 2.0, 1e9, 1e9, **(good | {name: bad}))


@pytest.mark.parametrize("loss", [0, 1.69, 1.0, np.nan])
def test_loss_that_nothing_reaches_is_refused(loss):
    with pytest.raises(ValueError, match=r"^loss must be"):
        cheapest_to_serve(SARDANA, loss, 1e12)
