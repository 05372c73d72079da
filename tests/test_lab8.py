"""Lab 8: tries, checks and a second checker, halves that are not for sale, the bill of a fleet, and its panels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws.book import lab8
from scalinglaws.book.lab8 import FAMILY, SIZE, TRIES, deal, earned, training_usd

PASSES = [0.0, 1e-4, 1e-3, 1e-2, 0.1]
models = st.sampled_from(FAMILY)


def best_worth(model, budget, passed, price=0.01):
    bought = deal(model, passed)
    gain = (bought.right - bought.wrong * (passed > 0)).mean(axis=0)
    paid = bought.spent(model, price).mean(axis=0) <= budget
    return max(gain[paid].max(initial=0), 0)


@pytest.mark.parametrize("model", FAMILY)
def test_a_checker_that_is_never_wrong_leaves_one_minus_all_misses(model):
    p = lab8.counts(model) / 10_000
    solved = 1 - (1 - p[:, None]) ** TRIES
    assert deal(model, 0.0).right == pytest.approx(solved, abs=2e-5)


@pytest.mark.parametrize("model", FAMILY)
@pytest.mark.parametrize("passed", PASSES)
@pytest.mark.parametrize("shared", [0.0, 0.3, 1.0])
def test_more_tries_pass_more_and_cost_more_and_shares_stay_below_one(model, passed, shared):
    bought = deal(model, passed, shared)
    for part in bought:
        assert np.all(np.diff(part, axis=1) >= -1e-12)
    assert np.all(bought.right + bought.wrong <= 1 + 1e-9)
    assert np.all(bought.tries <= TRIES + 1e-9) and np.all(bought.checks >= bought.tries - 1e-9)


def test_two_checkers_agree_with_tries_drawn_at_random():
    """Without sharing a wrong answer passes both with 0.1 times 0.01, and the second sees only what passed the first."""
    rng, problem, k = np.random.default_rng(5), int(np.argmax(lab8.counts("12B"))), int(TRIES[20])
    p, n = lab8.counts("12B")[problem] / 10_000, 20_000
    good = rng.random((n, k)) < p
    first = good | (rng.random((n, k)) < 0.1)
    both = good | (first & (rng.random((n, k)) < 0.01))
    ends = np.where(both.any(axis=1), both.argmax(axis=1), k - 1)
    used = np.arange(k) <= ends[:, None]
    right = (both & good)[np.arange(n), ends].mean()
    bought = deal("12B", 0.1, 0.0)
    assert right == pytest.approx(bought.right[problem, 20], abs=0.015)
    assert used.sum(axis=1).mean() == pytest.approx(bought.tries[problem, 20], rel=0.03)
    assert (used.sum() + (used & first).sum()) / n == pytest.approx(bought.checks[problem, 20], rel=0.03)


def test_a_second_checker_that_shares_everything_only_costs():
    alone, both = deal("2.8B", 1e-3), deal("2.8B", 1e-3, 1 - 1e-12)
    assert both.right == pytest.approx(alone.right, rel=1e-6)
    assert np.all(both.spent("2.8B", 0.1) > alone.spent("2.8B", 0.1))


@pytest.mark.parametrize("model", FAMILY)
@pytest.mark.parametrize("shared", [0.0, 0.3, 0.6, 0.9])
def test_the_less_two_checkers_share_the_less_is_wrong(shared, model):
    assert deal(model, 1e-2, shared).wrong.mean() < deal(model, 1e-2, shared + 0.1).wrong.mean()


@pytest.mark.parametrize(("passed", "ahead", "behind"), [(1e-4, 150, 350), (1e-3, 39, 66), (1e-2, 1, 9)])
def test_the_worse_the_checker_the_sooner_the_2_8b_hands_over(passed, ahead, behind):
    """The ends are those of the lab's intervals."""
    assert best_worth("2.8B", ahead, passed) >= best_worth("12B", ahead, passed)
    assert best_worth("2.8B", behind, passed) < best_worth("12B", behind, passed)


def test_money_beyond_the_best_number_of_tries_is_worth_less_and_can_turn_gain_into_loss():
    bought = deal("12B", 1e-2)
    gain, spent = (bought.right - bought.wrong).mean(axis=0), bought.spent("12B", 0.01).mean(axis=0)
    best = np.argmax(gain)
    tenfold = np.interp(10 * spent[best], spent, gain)
    assert gain[best] > 0.05 and tenfold < 0


@pytest.mark.parametrize("letter", list("XYZ"))
def test_halves_share_no_problem_and_together_are_the_counts_of_one_model(letter):
    sold, kept = lab8.halves(letter)
    together = np.sort(np.concatenate([sold, kept])).tolist()
    assert len(sold) == len(kept) == 64
    assert sum(together == np.sort(lab8.counts(model)).astype(int).tolist() for model in FAMILY) == 1


@given(letter=st.sampled_from("XYZ"), n_problems=st.integers(1, 64), n_tries=st.integers(1, 800))
def test_bought_tries_are_no_more_than_were_paid_for_and_come_from_the_half_for_sale(letter, n_problems, n_tries):
    right = lab8.sample(letter, n_problems, n_tries)
    sold = lab8.halves(letter)[0][:n_problems]
    assert len(right) == n_problems and np.all((right >= 0) & (right <= np.minimum(sold, n_tries)))


def test_the_bet_names_neither_model_nor_truth():
    panel = lab8.sealed_bet()
    for letter in "XYZ":
        readout = panel.render(panel.state | {"letter": letter, "n_problems": 64, "n_tries": 800}).readout
        truth = 100 * np.mean(lab8.halves(letter)[1] > 0)
        assert not any(model in readout for model in FAMILY) and f"{truth:.0f} %" not in readout


@given(model=models, passed=st.sampled_from(PASSES), harm=st.floats(0, 10))
def test_without_questions_a_fleet_loses_its_training(model, passed, harm):
    assert earned(model, 0, 1.0, harm, passed, 0.01) == pytest.approx(-training_usd(model))


@given(model=models, questions=st.floats(1e3, 1e10), check=st.floats(0, 1))
def test_a_fleet_earns_its_worth_less_training_answers_and_checks(model, questions, check):
    bought = deal(model, 1e-3)
    right, wrong, tries, checks = (part.mean(axis=0) for part in bought)
    answer = 2 * SIZE[model] * 500 / lab8.flop_per_dollar()
    expected = questions * (0.5 * right - 1.0 * wrong - tries * answer - checks * check) - training_usd(model)
    assert earned(model, questions, 0.5, 2, 1e-3, check) == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_training_is_six_operations_for_a_parameter_and_a_token():
    assert training_usd("12B") * lab8.flop_per_dollar() == pytest.approx(6 * 12e9 * 299_892_736_000)


def test_the_axis_in_other_units_shows_the_same_purchase():
    panel = lab8.counter()
    x = {}
    for unit in ("answers of the 12B", "FLOP", "dollars"):
        panel.render(panel.state | {"unit": unit})
        x[unit] = panel.moving[0].get_xdata()
    flop = 2 * 12e9 * 500
    assert x["FLOP"] == pytest.approx(flop * x["answers of the 12B"])
    assert x["dollars"] == pytest.approx(1000 / lab8.flop_per_dollar() * x["FLOP"])


def test_a_budget_below_one_try_buys_nothing_and_says_so():
    panel = lab8.counter()
    frame = panel.render(panel.state | {"model": "12B", "budget": 0.5})
    assert "does not pay for one try" in frame.readout and len(panel.moving[0].get_xdata()) == 0


def test_nothing_is_drawn_beyond_what_was_bought():
    panel = lab8.counter()
    state = panel.state | {"budget": 3.0, "beside": "160M"}
    panel.render(state)
    assert all(np.max(line.get_xdata()) <= 3.01 for line in panel.moving)


@pytest.mark.parametrize("wrong", ["13B", "", "small"])
def test_an_unknown_model_and_an_unknown_seal_are_named(wrong):
    with pytest.raises(ValueError, match="model"):
        lab8.counts(wrong)
    with pytest.raises(ValueError, match="letter"):
        lab8.halves(wrong)


@pytest.mark.parametrize("make", [lab8.counter, lab8.sealed_bet, lab8.fleet])
def test_every_control_works_in_all_states(make, walk):
    walk(make())
