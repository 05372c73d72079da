"""Numbers that chapter 4, its claims, its questions and its teaching page state in words."""

from itertools import combinations

import numpy as np
import pytest

from scalinglaws import Chinchilla, Kaplan, constant, load
from scalinglaws.laws.training.chinchilla import compute_factor

GOPHER = constant("hoffmann2022.gopher.compute_flop")
LAWS = {
    "printed": Chinchilla.published("hoffmann2022"),
    "unrounded": Chinchilla.published("hoffmann2022_tex"),
    "refit": Chinchilla.published("besiroglu2024"),
    "C4": Chinchilla.published("muennighoff2023"),
    "all points": Chinchilla.published("besiroglu2024_all"),
}
FOUR = "printed", "unrounded", "refit", "C4"


def extra(n_params, compute_flop, truth):
    """Extra compute in per cent, by inverting the loss instead of by the closed form."""
    law = LAWS[truth]
    return 100 * (compute_flop / law.compute_for(law.isoflop(compute_flop, n_params)) - 1)


@pytest.mark.parametrize(
    "plan, truth, power, expected",
    [
        ("printed", "refit", None, 26),
        ("refit", "printed", None, 22),
        ("unrounded", "refit", None, 13),
        ("refit", "unrounded", None, 11),
        ("printed", "refit", 1e27, 73),
        ("refit", "printed", 1e27, 60),
    ],
)
def test_the_price_of_following_one_fit_if_another_is_true(plan, truth, power, expected):
    budget = power or GOPHER
    assert extra(LAWS[plan].optimum(budget).n_params, budget, truth) == pytest.approx(expected, abs=0.5)


def test_no_pair_of_the_four_fits_costs_more_than_26_per_cent_at_gophers_budget():
    pairs = [extra(LAWS[plan].optimum(GOPHER).n_params, GOPHER, truth) for plan in FOUR for truth in FOUR]
    assert max(pairs) == pytest.approx(25.7, abs=0.1)


def test_the_rule_of_twenty_costs_next_to_nothing_by_the_refit_and_nine_per_cent_by_the_unrounded_fit():
    size = np.sqrt(GOPHER / 120)
    assert extra(size, GOPHER, "refit") < 0.2 and extra(size, GOPHER, "unrounded") == pytest.approx(9.4, abs=0.1)


def test_kaplans_plan_costs_at_least_238_per_cent_extra_whichever_of_the_four_is_right():
    size = Kaplan.published().optimum(GOPHER / 2).n_params
    assert min(extra(size, GOPHER, truth) for truth in FOUR) == pytest.approx(238, abs=0.5)


def test_the_fit_to_all_points_is_further_from_the_others_than_they_are_from_each_other():
    size = LAWS["all points"].optimum(GOPHER).n_params
    to_hoffmann = [
        extra(LAWS[name].optimum(GOPHER).n_params, GOPHER, "all points") for name in ("printed", "unrounded")
    ]
    from_hoffmann = [extra(size, GOPHER, name) for name in ("printed", "unrounded")]
    assert to_hoffmann == pytest.approx([92, 59], abs=0.5)
    assert from_hoffmann == pytest.approx([69, 45], abs=0.5)
    assert extra(Kaplan.published().optimum(GOPHER / 2).n_params, GOPHER, "all points") == pytest.approx(112, abs=0.5)


def test_tokens_were_worth_28_to_40_times_as_much_to_gopher_and_14_or_as_much_to_chinchilla():
    n_params = np.array([constant(f"hoffmann2022.{name}.n_params") for name in ("gopher", "chinchilla")])
    n_tokens = np.array([constant(f"hoffmann2022.{name}.n_tokens") for name in ("gopher", "chinchilla")])
    worth, gap = {}, {}
    for name in FOUR:
        law = LAWS[name]
        size, data = law.alpha * law.A / n_params**law.alpha, law.beta * law.B / n_tokens**law.beta
        worth[name], gap[name] = data / size, -np.diff(law.loss(n_params, n_tokens))[0]
    assert (min(w[0] for w in worth.values()), max(w[0] for w in worth.values())) == pytest.approx((2.8, 4.0), abs=0.05)
    assert (min(gap.values()), max(gap.values())) == pytest.approx((0.026, 0.057), abs=1e-3)
    assert [worth[name][1] for name in ("unrounded", "refit")] == pytest.approx([1.40, 0.97], abs=0.01)


def test_two_seeds_of_one_of_our_recipes_differ_by_02_per_cent_in_the_median():
    runs = load("runs")
    runs = runs.where(runs["kind"] == "isoflop")
    recipes = {}
    for *recipe, loss in zip(runs["budget_flop"], runs["n_params"], runs["loss"], strict=True):
        recipes.setdefault(tuple(recipe), []).append(loss)
    pairs = np.array([pair for losses in recipes.values() for pair in combinations(losses, 2)])
    pairs = pairs[np.isfinite(pairs).all(axis=1)]
    assert len(pairs) > 200 and np.median(np.ptp(pairs, axis=1) / pairs.mean(axis=1)) == pytest.approx(0.002, abs=5e-4)


def test_half_the_size_costs_a_sixth_extra_and_a_seventh_of_the_budget():
    for law in (LAWS["unrounded"], LAWS["refit"]):
        factor = compute_factor(0.5, law.alpha, law.beta)
        assert 1.16 < factor < 1.19 and 0.13 < 1 - 1 / factor < 0.16


def test_the_frontier_in_closed_form_is_the_loss_of_the_optimum():
    for law in LAWS.values():
        G = (law.alpha * law.A / (law.beta * law.B)) ** (1 / (law.alpha + law.beta))
        exponent = law.alpha * law.beta / (law.alpha + law.beta)
        height = law.A / G**law.alpha * (1 + law.alpha / law.beta)
        for budget in (1e18, GOPHER, 1e27):
            assert law.E + height * (budget / 6) ** -exponent == pytest.approx(law.optimum(budget).loss, rel=1e-12)


def test_other_laboratories_found_exponents_from_045_to_058_and_llama_41_tokens():
    table = load("allocation_exponents")
    others = np.isin(
        table["study"], ["Hoffmann et al. 2022", "Besiroglu et al. 2024", "DeepSeek LLM 2024", "Llama 3 2024"]
    )
    a = table["a"][others]
    assert len(a) == 8 and a.min() == pytest.approx(0.45) and a.max() == pytest.approx(0.578)
    assert [10 ** a.min(), 10 ** a.max()] == pytest.approx([2.8, 3.8], abs=0.05)
    ratio = constant("grattafiori2024.n_tokens_planned") / constant("grattafiori2024.n_params_planned")
    assert ratio == pytest.approx(41, abs=0.5)
    budget = constant("grattafiori2024.compute_flop")
    assert [LAWS[name].tokens_per_param(budget) for name in ("unrounded", "refit")] == pytest.approx([85, 17], abs=0.6)


def test_ten_valleys_runs_at_each_of_two_budgets_cost_19_gophers():
    gophers = 10 * (1e23 + 1e24) / GOPHER
    assert gophers == pytest.approx(19, abs=0.5)
