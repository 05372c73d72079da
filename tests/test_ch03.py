"""Numbers that chapter 3, its claims, its questions and its teaching page state in words, and the formulas that it adds."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws import Chinchilla, Kaplan, constant, load
from scalinglaws.laws.training.flops import (
    Transformer,
    kaplan_params,
    kaplan_training_flop,
    total_params,
    training_flop,
    width_of,
)
from scalinglaws.laws.training.kaplan import crossing_days, joint_loss, least_compute
from scalinglaws.laws.training.power import best_ruler, power_law

KAPLAN = Kaplan.published()
LAWS = {"hoffmann_tex": Chinchilla.published("hoffmann2022_tex"), "besiroglu": Chinchilla.published("besiroglu2024")}
LOW, HIGH = constant("kaplan2020.smallest_params"), constant("kaplan2020.largest_params")
ASPECT, VOCABULARY = constant("pearce2024.aspect"), constant("kaplan2020.vocabulary")
with open(Path(__file__).parent / "data" / "checks_03.csv", newline="", encoding="utf-8") as file:
    CHECKS = {row["name"]: (float(row["value"]), float(row["tolerance"])) for row in csv.DictReader(file)}


def size_law(key, n_params, aspect=ASPECT, vocabulary=VOCABULARY):
    law = LAWS[key]
    return power_law(total_params(n_params, aspect, vocabulary), law.A, law.alpha, law.E)


def by_points(curve, low=LOW, high=HIGH):
    """Exponent of the best line through 400 points, spread evenly on log paper."""
    x = np.geomspace(low, high, 400)
    return -np.polyfit(np.log(x), np.log(curve(x)), 1)[0]


def best_sizes(key, vocabulary, n_params):
    """Return the budgets without embeddings at which sizes are best, by minimising over sizes instead of by slopes."""
    law, grid = LAWS[key], np.geomspace(n_params.min() / 30, n_params.max() * 30, 40_001)
    budgets = np.geomspace(1e11, 1e22, 221)
    total = total_params(grid, ASPECT, vocabulary)
    best = [grid[np.argmin(law.loss(total, flop / 6 / grid))] for flop in budgets]
    return np.exp(np.interp(np.log(n_params), np.log(best), np.log(budgets)))


def exponents():
    """What the laws give for the rows of checks_03.csv."""
    there = KAPLAN.crossing()
    found = {
        "kaplan.crossing.log10C": np.log10(KAPLAN.pf_days(there.compute_flop)),
        "kaplan.crossing.N": there.n_params,
        "kaplan.crossing.L": there.loss,
        "kaplan.crossing.D": there.n_tokens,
        "kaplan.Bcrit_exponent_in_D": KAPLAN.separate.alpha_D / KAPLAN.batch.alpha_B,
        "kaplan.Bcrit_factor_per_13pct_loss": KAPLAN.critical_batch(0.87) / KAPLAN.critical_batch(1.0),
        "kaplan.warmup_tokens": constant("kaplan2020.warmup_steps") * constant("kaplan2020.batch_tokens"),
        "pearce.gamma_formula": total_params(1.0, ASPECT, constant("pearce2024.vocabulary")) - 1,
    }
    found["kaplan.warmup_equals_20to1_D_at_C"] = 6 / 20 * found["kaplan.warmup_tokens"] ** 2
    for key in LAWS:
        for vocabulary in (32_000, 50_257):
            slope = by_points(lambda n, key=key, v=vocabulary: size_law(key, n, vocabulary=v))
            found[f"pearce.apparent_alpha_N.{key}.V{vocabulary}"] = slope
    return found


FOUND = exponents()


@pytest.mark.parametrize("name", CHECKS)
def test_a_formula_gives_its_checked_value(name):
    value, tolerance = CHECKS[name]
    assert FOUND[name] == pytest.approx(value, abs=tolerance)


@given(st.floats(1e-3, 1e3), st.floats(0.01, 1.0), st.floats(1.0, 1e6), st.floats(1.5, 1e8))
def test_the_ruler_reads_a_pure_power_law(scale, exponent, low, ratio):
    found = best_ruler(lambda x: power_law(x, scale, exponent), low, low * ratio)
    assert found == pytest.approx((scale, exponent), rel=1e-6)


@pytest.mark.parametrize("key", LAWS)
@pytest.mark.parametrize("aspect", [8, 39.2, 128])
@pytest.mark.parametrize("low", [768, 1e5, 1e8])
def test_eight_places_read_as_many_points_do(key, aspect, low):
    curve = lambda n: size_law(key, n, aspect)  # noqa: E731
    assert best_ruler(curve, low, HIGH)[1] == pytest.approx(by_points(curve, low), abs=2e-4)


@given(st.floats(768, 1e13), st.floats(3, 500))
def test_width_and_depth_give_back_the_size(n_params, aspect):
    width = width_of(n_params, aspect)
    assert kaplan_params(width / aspect, width) == pytest.approx(n_params, rel=1e-12)


def test_pearce_and_songs_total_is_that_of_a_vocabulary_of_32000():
    n = np.geomspace(1e3, 1e12, 20)
    theirs = n + constant("pearce2024.embedding_scale") * n ** (1 / 3)
    assert total_params(n, ASPECT, constant("pearce2024.vocabulary")) == pytest.approx(theirs, rel=3e-4)


@given(st.floats(0.03, 0.06), st.floats(0.2, 0.3), st.floats(5e9, 5e10))
def test_at_the_crossing_both_laws_give_one_loss(alpha_C, exponent, scale):
    one = KAPLAN.separate
    days = crossing_days(one.C_c_min, alpha_C, one.D_c, 0.095, scale, exponent)
    promised, allowed = (one.C_c_min / days) ** alpha_C, (one.D_c / (scale * days**exponent)) ** 0.095
    assert promised == pytest.approx(allowed, rel=1e-9)


def test_one_digit_of_one_constant_makes_most_of_the_cloud():
    one, best = KAPLAN.separate, KAPLAN.allocation
    ends = [
        np.log10(crossing_days(one.C_c_min, one.alpha_C_min, one.D_c, one.alpha_D, scale, best.p_D))
        for scale in (1.5e10, 2.5e10)
    ]
    assert ends == pytest.approx([3.57, 4.42], abs=0.01)


def test_exponents_of_one_table_with_scales_of_the_other_cost_up_to_half_of_the_size():
    one, joint, text = KAPLAN.separate, KAPLAN.joint, constant("kaplan2020.webtext2_tokens")
    right = KAPLAN.loss(HIGH, text)
    low = joint_loss(HIGH, text, one.alpha_N, one.alpha_D, joint.N_c, joint.D_c)
    high = joint_loss(HIGH, text, joint.alpha_N, joint.alpha_D, one.N_c, one.D_c)
    assert (low, right, high) == pytest.approx((2.28, 2.31, 2.44), abs=0.005)
    assert (high / right) ** (1 / one.alpha_N) == pytest.approx(2.0, abs=0.05)


def test_the_rule_of_over_fitting_follows_from_the_joint_law():
    joint, n = KAPLAN.joint, np.geomspace(1e6, 1e10, 5)
    enough = 5519 * n ** (joint.alpha_N / joint.alpha_D)
    extra = joint_loss(n, enough, *joint) / (joint.N_c / n) ** joint.alpha_N - 1
    assert extra == pytest.approx(0.02, abs=2e-5)


@pytest.mark.parametrize("layers, width, counted, last", [(1, 8, 0.2, 96), (2, 128, 5.3, 87), (48, 1600, 86.1, 5)])
def test_what_6nd_counts_of_three_shapes(layers, width, counted, last):
    terms = Transformer(layers, width, 4 * width, width, 1, VOCABULARY).forward_terms(1024)
    total = sum(terms.values()) - terms["embeddings"]
    share = 100 * 2 * kaplan_params(layers, width) * 1024 / total
    assert (share, 100 * terms["logits"] / total) == pytest.approx((counted, last), abs=0.5)


@given(st.integers(1, 200), st.integers(8, 20_000), st.floats(128, 1e6))
def test_the_share_of_attention_does_not_depend_on_the_depth(layers, width, context):
    n = kaplan_params(layers, width)
    extra = kaplan_training_flop(n, 1.0, layers, width, context) / training_flop(n, 1.0) - 1
    assert extra == pytest.approx(context / (12 * width), rel=1e-6)


@pytest.mark.parametrize("key, exponent", [("hoffmann_tex", 0.78), ("besiroglu", 0.81)])
def test_slopes_and_a_search_agree_on_the_best_size_in_the_counting_of_2020(key, exponent):
    law, n = LAWS[key], np.geomspace(LOW, HIGH, 60)
    wide = VOCABULARY * width_of(n, ASPECT)
    part = (n + wide / 3) / (n + wide)
    tokens = (law.beta * law.B / (law.alpha * law.A / (n + wide) ** law.alpha * part)) ** (1 / law.beta)
    by_slopes, by_search = 6 * n * tokens, best_sizes(key, VOCABULARY, n)
    assert np.log(by_search) == pytest.approx(np.log(by_slopes), abs=0.05)
    assert np.polyfit(np.log(by_search), np.log(n), 1)[0] == pytest.approx(exponent, abs=0.01)


@pytest.mark.parametrize("loss, size, compute", [(5, 0.72, 0.046), (3.5, 0.77, 0.050), (2.5, 0.84, 0.054)])
def test_the_batch_law_takes_raw_exponents_to_the_corrected_ones(loss, size, compute):
    """By walking along the raw line instead of by the derivative."""
    raw, batch = constant("kaplan2020.alpha_C"), constant("kaplan2020.batch_tokens")
    c = np.array([0.999, 1.001])
    corrected = least_compute(c, batch, KAPLAN.critical_batch(loss * c**-raw))
    stretch = np.diff(np.log(corrected))[0] / np.diff(np.log(c))[0]
    assert constant("kaplan2020.optimum_p_N_fixed") / stretch == pytest.approx(size, abs=0.005)
    assert raw / stretch == pytest.approx(compute, abs=0.0006)


@pytest.mark.parametrize("corpus", ["RefinedWeb", "OpenWebText2"])
def test_a_line_through_the_best_sizes_gives_the_authors_exponents(corpus):
    optima, table = load("porian_optima"), load("allocation_exponents")
    rows = [setting for setting in table["setting"] if setting.startswith(f"{corpus}: ")][:5]
    steps = ["reproduced", "last layer counted", "warm-up scaled", "cosine matched", "tuned"]
    for step, setting in zip(steps, rows, strict=True):
        one = optima.where((optima["corpus"] == corpus) & (optima["step"] == step))
        x, y = np.log(one["budget_flop"]), np.log(one["n_params"])
        found = np.polyfit(x, y, 1, w=1 / one["log_n_sd"])[0]
        assert found == pytest.approx(table["a"][table["setting"] == setting][0], abs=0.0011)


def test_the_line_of_tuned_runs_is_a_fortieth_of_the_reproduced_one_at_gophers_budget():
    optima, size = load("porian_optima"), {}
    for step in ("reproduced", "tuned"):
        one = optima.where((optima["corpus"] == "RefinedWeb") & (optima["step"] == step))
        line = np.polyfit(np.log(one["budget_flop"]), np.log(one["n_params"]), 1, w=1 / one["log_n_sd"])
        size[step] = np.exp(np.polyval(line, np.log(constant("hoffmann2022.gopher.compute_flop"))))
    assert size["reproduced"] == pytest.approx(2.98e12, rel=0.01)
    assert size["tuned"] == pytest.approx(7.6e10, rel=0.01)


def test_numbers_of_the_teaching_page():
    assert VOCABULARY * 128 / kaplan_params(2, 128) == pytest.approx(16, abs=0.5)
    one = KAPLAN.separate
    assert one.C_c_min**one.alpha_C_min == pytest.approx(2.66, abs=0.005)
    by_smallest = [
        by_points(lambda n, k=key: size_law(k, n), low=low) for key in LAWS for low in np.geomspace(LOW, 1e8, 40)
    ]
    assert (min(by_smallest), max(by_smallest)) == pytest.approx((0.066, 0.081), abs=0.0006)
    for law in LAWS.values():
        assert by_points(lambda n, law=law: power_law(n, law.A, law.alpha, law.E)) == pytest.approx(0.22, abs=0.005)


def test_most_of_the_window_is_below_the_smallest_model_of_the_law_when_both_count_everything():
    n, smallest = np.geomspace(LOW, HIGH, 2000), load("chinchilla_models")["n_params_printed"].min()
    assert np.mean(total_params(n, ASPECT, VOCABULARY) < smallest) == pytest.approx(0.71, abs=0.005)
    assert total_params(LOW, ASPECT, VOCABULARY) == pytest.approx(6.84e5, rel=1e-3)


@pytest.mark.parametrize("key", LAWS)
def test_the_curve_in_the_counting_of_2020_is_bent_where_it_is_extrapolated(key):
    n = np.array([768, 1e5, 2e7, HIGH])
    slopes = -np.log(size_law(key, n * 1.01) / size_law(key, n / 1.01)) / np.log(1.01**2)
    assert slopes[1] < slopes[0] < slopes[2] and slopes[3] < slopes[1] - 0.015


@pytest.mark.parametrize(
    "corpus, drop, whole, share", [("RefinedWeb", 0.13, 0.34, 0.38), ("OpenWebText2", 0.17, 0.35, 0.48)]
)
def test_counting_first_does_less_of_the_way_on_one_text_than_on_the_other(corpus, drop, whole, share):
    table = load("allocation_exponents")
    a = [table["a"][i] for i, setting in enumerate(table["setting"]) if setting.startswith(f"{corpus}: ")]
    assert (a[0] - a[1], a[0] - a[4]) == pytest.approx((drop, whole), abs=0.0051)
    assert (a[0] - a[1]) / (a[0] - a[4]) == pytest.approx(share, abs=0.005)
