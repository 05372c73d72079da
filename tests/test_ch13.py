"""Chapter 13: the cheapest size over a life, what a size implies about use, drafts, and the tables of prices and volumes."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from test_chinchilla import budgets, laws

from scalinglaws import Chinchilla, load
from scalinglaws.laws.money import serving

ROWS = {
    row["name"]: (float(row["value"]), float(row["tolerance"]))
    for row in csv.DictReader((Path(__file__).parent / "data" / "checks_13.csv").open(encoding="utf-8"))
}
MODELS = {row["model"]: row for row in load("tokens_per_parameter")}
LAWS = {name: Chinchilla.published(name) for name in ("besiroglu2024", "devries2023")}
shares = st.floats(0.01, 0.99)


def use_of(law, n_params, n_tokens):
    return serving.implied_use(n_params, n_tokens, law.A, law.B, law.alpha, law.beta)


def computed(name):
    kind, *rest = name.split(".", 1)
    if kind == "revealed":
        law, model = rest[0].split(".", 1)
        return use_of(LAWS[law], MODELS[model]["n_params"], MODELS[model]["n_tokens"])
    if kind == "floor":
        return serving.size_for_share(0.0, LAWS[rest[0]].alpha, LAWS[rest[0]].beta)
    if kind == "serve":
        law, served, what = rest[0].split(".")
        plan = serving.cheapest_to_serve(LAWS[law], LAWS[law].optimum_of(70e9).loss, float(served))
        return plan.chosen.n_params if what == "size" else plan.cost_ratio
    if kind == "draft":
        what, _, hit, length = rest[0].split(".")
        hit = float(f"0.{hit}")
        return (
            serving.tokens_per_pass(hit, int(length))
            if what == "tokens"
            else serving.draft_speedup(hit, int(length), 0.05)
        )
    if kind == "google":
        month = {row["month"]: row["tokens_per_month"] for row in load("token_volume") if row["who"] == "Google"}
        growth = month["2026-05"] / month["2025-05"]
        return 12 / np.log2(growth) if rest == ["doubling"] else 2 * 100e9 * 12 * month["2026-05"]
    return {"min": np.min, "max": np.max, "median": np.median}[rest[0]](load("price_falls")["fall_per_year"])


@pytest.mark.parametrize("name", ROWS)
def test_value_is_recomputed(name):
    value, tolerance = ROWS[name]
    assert computed(name) == pytest.approx(value, rel=tolerance)


@given(laws, budgets, st.floats(1e9, 1e15))
def test_implied_use_gives_back_the_use_for_which_a_plan_was_made(law, compute_flop, served):
    loss = law.frontier(compute_flop)
    assume(loss - law.E > 1e-3 * loss)
    chosen = serving.cheapest_to_serve(law, loss, served).chosen
    assert use_of(law, chosen.n_params, chosen.n_tokens) == pytest.approx(served, rel=1e-6, abs=1e-6 * chosen.n_tokens)


@given(laws, budgets, st.floats(1e9, 1e15))
def test_training_share_alone_gives_the_size_and_the_use(law, compute_flop, served):
    loss = law.frontier(compute_flop)
    assume(loss - law.E > 1e-3 * loss)
    plan = serving.cheapest_to_serve(law, loss, served)
    share = plan.chosen.compute_flop / plan.chosen.cost
    assume(share > 1e-3)
    assert 1 / share == pytest.approx(serving.balance_ratio(plan.chosen.n_tokens, served), rel=1e-9)
    ratio = serving.size_for_share(share, law.alpha, law.beta)
    assert plan.size_ratio == pytest.approx(ratio, rel=1e-7 / min(law.alpha, law.beta))
    use = serving.use_for_size(ratio, law.alpha, law.beta) * plan.reference.n_tokens
    assert use == pytest.approx(served, rel=1e-5 / min(law.alpha, law.beta), abs=1e-6 * plan.chosen.n_tokens)


@given(laws, shares)
def test_size_falls_with_the_training_share_from_one_to_the_hard_limit(law, share):
    sizes = serving.size_for_share(np.array([1.0, share, 0.0]), law.alpha, law.beta)
    assert sizes[0] == pytest.approx(1)
    assert (np.diff(sizes) < 0).all()
    assert sizes[-1] == pytest.approx(law.smallest_ratio)


@given(laws, st.floats(1e8, 1e12), st.floats(-2, 100))
def test_line_of_equal_use_turns_implied_use_round(law, n_params, ratio):
    factor = (1 + ratio / 3) * law.beta * law.B * n_params**law.alpha / (law.alpha * law.A)
    assume(abs(np.log(factor)) / law.beta < 500)  # within the range of float64
    n_tokens = serving.tokens_for_use(n_params, ratio, law.A, law.B, law.alpha, law.beta)
    assert use_of(law, n_params, n_tokens) / n_tokens == pytest.approx(ratio, abs=1e-8 * (3 + ratio))


def test_a_draft_is_what_a_simulation_of_guesses_gives():
    rng = np.random.default_rng(0)
    right = rng.random((200_000, 8)) < 0.8
    tokens = 1 + np.cumprod(right, axis=1).sum(axis=1)
    assert tokens.mean() == pytest.approx(serving.tokens_per_pass(0.8, 8), abs=4 * tokens.std() / 200_000**0.5)


def test_the_best_draft_is_flat_as_the_chapter_says():
    speed = serving.draft_speedup(0.8, np.arange(1, 21), 0.05)
    assert speed.argmax() + 1 == 8
    assert (speed[5:10] > 0.98 * speed.max()).all()
    assert speed.max() == pytest.approx(3.09, abs=0.005)


def test_intervals_of_implied_use_hold_the_estimates():
    for row in load("implied_use"):
        model = MODELS[row["model"]]
        assert (
            row["low_tokens"] < use_of(LAWS["besiroglu2024"], model["n_params"], model["n_tokens"]) < row["high_tokens"]
        )


def test_prices_fall_inside_their_intervals_and_eight_begin_below_five():
    falls = load("price_falls")
    assert len(falls["benchmark"]) == 21
    assert (falls["low_per_year"] < falls["fall_per_year"]).all()
    assert (falls["fall_per_year"] < falls["high_per_year"]).all()
    assert (falls["low_per_year"] < 5).sum() == 8
    assert (falls["low_per_year"] < 1).sum() == 2


def test_two_columns_of_the_lesson_plan():
    """Sums in 1e23 FLOP at no use, 1e12 and 1e13 tokens, for a 70B and for the cheapest at 1e13."""
    law = LAWS["besiroglu2024"]
    plan = serving.cheapest_to_serve(law, law.optimum_of(70e9).loss, 1e13)
    for one, sums in ((plan.reference, (5.4, 6.8, 19.4)), (plan.chosen, (7.2, 7.9, 13.8))):
        bill = [serving.lifetime_flop(one.n_params, one.n_tokens, served) / 1e23 for served in (0, 1e12, 1e13)]
        assert bill == pytest.approx(sums, abs=0.06)
    assert sum(0.5**k for k in range(5)) == pytest.approx(1.94, abs=0.005)
