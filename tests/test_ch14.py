"""Chapter 14 and the laws of many tries: coverage, checkers that err, votes, and how hard problems are."""

import csv
from math import comb, lgamma
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws import load
from scalinglaws.book import ch14
from scalinglaws.fit.tries import fit_beta
from scalinglaws.laws.money import thinking

ROWS = {
    row["name"]: (float(row["value"]), float(row["tolerance"]))
    for row in csv.DictReader((Path(__file__).parent / "data" / "checks_14.csv").open(encoding="utf-8"))
}
MODELS, TRIES = load("math_models"), load("math_tries")
SIZE = dict(zip(MODELS["model"], MODELS["n_params"], strict=True))
RIGHT = {row["model"]: TRIES[row["column"]] for row in MODELS}
SHARE = {m: c / 10_000 for m, c in RIGHT.items()}
K = np.unique(np.geomspace(1, 10_000, 41).round())
COVERAGE = {m: thinking.solved_within(c, 10_000, K).mean(axis=0) for m, c in RIGHT.items()}
MANY = np.unique(np.geomspace(1, 10_000, 400).round())
ARC = load("arc_cost")
chances = st.floats(1e-4, 0.9)


def monkeys(model, what):
    if what == "never":
        return np.sum(RIGHT[model] == 0)
    if what == "k50":
        return thinking.tries_for(0.5, K, COVERAGE[model])
    if what in ("a", "b"):  # least squares on coverage itself, from the line on log-log paper
        from scipy.optimize import curve_fit

        fit = curve_fit(thinking.coverage_law, K, COVERAGE[model], p0=(-5, -0.3))[0]
        return fit[int(what == "b")]
    return COVERAGE[model][0 if what == "pass1" else -1]


def tie(model):
    ratio = SIZE[model] / SIZE["12B"]
    small, big = (thinking.tries_for(0.5, K, COVERAGE[m]) for m in (model, "12B"))
    return (big - small * ratio) / (small - big)


def verifier(what, passed):
    p = SHARE["12B"][:, None]
    if what == "limit":
        return np.mean(p / (p + (1 - p) * passed))
    right, wrong = thinking.first_passed(p, passed, MANY)
    return MANY[np.argmax((right - wrong).mean(axis=0))]


def o3(what):
    tokens, left = ARC["n_tokens"][:2] / 100, 1 - ARC["score_pct"][:2] / 100
    price = ARC["usd_per_task"][0] / tokens[0]
    return {
        "usd_per_mtok": 1e6 * price, "high_per_task": price * tokens[1], "token_ratio": tokens[1] / tokens[0],
        "miss_exponent": np.log(left[1] / left[0]) / np.log(tokens[1] / tokens[0]),
        "low_score": ARC["score_pct"][0], "high_score": ARC["score_pct"][1],
        "low_cost_task_leaderboard": ARC["usd_per_task"][2],
    }[what]  # fmt: skip


def computed(name):
    group, rest = name.split(".", 1)
    if group == "monkeys":
        model, what = rest.rsplit(".", 1)
        return monkeys(model.upper(), what)
    if group == "checkprice":
        return tie(rest.removeprefix("tie_12b.").upper())
    if group == "verifier":
        what, passed = rest.removeprefix("12b.").split(".", 1)
        return verifier(what, float(passed))
    if group == "majority":
        p, n = rest.removeprefix("p").rsplit(".n", 1)
        return thinking.majority(float(p), int(n))
    return o3(rest)


@pytest.mark.parametrize("name", ROWS)
def test_numbers_agree_with_an_independent_computation(name):
    value, tolerance = ROWS[name]
    assert computed(name) == pytest.approx(value, abs=tolerance + 1e-9)


# ---- many tries


@given(c=st.integers(0, 20), k=st.integers(1, 20))
def test_the_count_without_bias_is_that_of_combinations(c, k):
    expected = 1 - comb(20 - c, k) / comb(20, k)
    assert thinking.solved_within([c], 20, k)[0, 0] == pytest.approx(expected, abs=1e-12)


@given(p=chances, k=st.integers(1, 12))
def test_the_count_is_right_on_average_whatever_the_number_of_tries(p, k):
    weights = [comb(12, c) * p**c * (1 - p) ** (12 - c) for c in range(13)]
    assert weights @ thinking.solved_within(np.arange(13), 12, k)[:, 0] == pytest.approx(1 - (1 - p) ** k, abs=1e-10)


@pytest.mark.parametrize(("right", "k"), [([1], 0), ([1], 11), ([-1], 1), ([11], 1)])
def test_counts_that_cannot_be_are_refused(right, k):
    with pytest.raises(ValueError, match="k must be 1 to n_tries 10"):
        thinking.solved_within(right, 10, k)


@given(x=st.floats(1e-3, 1e6))
def test_stirling_is_the_logarithm_of_gamma(x):
    assert thinking.log_gamma(x) == pytest.approx(lgamma(x), rel=1e-9, abs=1e-9)


@given(a=st.floats(0.05, 3), b=st.floats(0.5, 200), k=st.integers(1, 50))
def test_beta_misses_are_a_product_of_fractions(a, b, k):
    steps = np.arange(k)
    assert thinking.beta_missed(k, a, b) == pytest.approx(np.prod((b + steps) / (a + b + steps)), rel=1e-7)


@given(a=st.floats(0.1, 1), b=st.floats(1, 50))
def test_beta_misses_end_as_a_power_law(a, b):
    assert thinking.beta_missed(2e7, a, b) / thinking.beta_missed(1e7, a, b) == pytest.approx(2**-a, rel=1e-4)


def test_a_level_between_two_points_is_found_in_log_k_and_one_above_is_never_reached():
    assert thinking.tries_for([0.5, 0.9], [1, 100], [0, 0.8]).tolist() == [pytest.approx(10**1.25), np.inf]


# ---- choosing


@given(p=chances, f=chances, k=st.integers(1, 300))
def test_first_to_pass_is_a_sum_over_tries(p, f, k):
    steps = (1 - p - (1 - p) * f) ** np.arange(k)
    right, wrong = thinking.first_passed(p, f, k)
    assert right == pytest.approx(p * steps.sum(), rel=1e-9) and wrong == pytest.approx(
        (1 - p) * f * steps.sum(), rel=1e-9
    )


def test_first_to_pass_agrees_with_tries_drawn_at_random():
    rng, p, f, k = np.random.default_rng(3), 0.02, 0.01, 40
    good = rng.random((20_000, k)) < p
    passes = good | (rng.random(good.shape) < f)
    first = passes.argmax(axis=1)
    right = (passes.any(axis=1) & good[np.arange(len(good)), first]).mean()
    wrong = passes.any(axis=1).mean() - right
    assert (right, wrong) == pytest.approx(thinking.first_passed(p, f, k), abs=4 * 0.5 / np.sqrt(20_000))


@given(p=chances, n=st.integers(0, 30).map(lambda i: 2 * i + 1))
def test_a_vote_favours_whatever_leads(p, n):
    chance = thinking.majority(p, n)
    assert chance + thinking.majority(1 - p, n) == pytest.approx(1)
    assert (chance - p) * (p - 0.5) >= -1e-12


# ---- how hard problems are


@pytest.mark.parametrize(("a", "b"), [(0.3, 12.0), (0.8, 3.0), (2.0, 40.0)])
def test_a_fit_finds_the_distribution_that_the_counts_were_drawn_from(a, b):
    rng = np.random.default_rng(5)
    assert fit_beta(rng.binomial(500, rng.beta(a, b, 4000)), 500) == pytest.approx((a, b), rel=0.1)


def test_no_other_pair_near_the_fit_is_likelier():
    from scipy.stats import betabinom

    right = RIGHT["12B"].astype(int)
    a, b = fit_beta(right, 10_000)
    best = betabinom.logpmf(right, 10_000, a, b).sum()
    for fa, fb in ((1.02, 1), (0.98, 1), (1, 1.02), (1, 0.98), (1.02, 1.02)):
        assert betabinom.logpmf(right, 10_000, a * fa, b * fb).sum() < best


@pytest.mark.parametrize("right", [[0, 0], [10, 10], [-1, 3], [3, 11]])
def test_counts_without_a_likeliest_distribution_are_refused(right):
    with pytest.raises(ValueError, match="right must be 0 to n_tries 10"):
        fit_beta(right, 10)


# ---- the chapter


def test_the_figure_of_the_checker_agrees_with_all_problems_to_half_a_per_cent():
    figure = ch14.checker(SHARE["12B"])
    for power, allowed in ((-3, 2.4), (-2, 1.2), (-4, 3.5), (-3, 4)):
        drawn = figure.rows[1].values(passed=power, allowed=allowed)
        exact = [part.mean() for part in thinking.first_passed(SHARE["12B"], 10**power, 10**allowed)]
        assert (drawn["right"][0], drawn["wrong"][0]) == pytest.approx(exact, abs=0.005)


def test_more_tries_never_solve_less_and_sizes_are_in_order():
    assert all((np.diff(curve) >= 0).all() for curve in COVERAGE.values())
    assert list(SIZE.values()) == sorted(SIZE.values()) and set(MODELS["n_tokens"]) == {299892736000}
