"""Chapter 10: what its figures and its words rest on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws.book import ch10
from scalinglaws.data import load
from scalinglaws.laws.growth.capability import exact_match, none_right, right_token
from scalinglaws.laws.growth.curves import gompertz
from scalinglaws.laws.training.power import power_law


def score(compute, length, exponent):
    return exact_match(right_token(power_law(compute / ch10.ONE_NAT, 1, exponent)), length)


def compute_at(share, length, exponent):
    return ch10.ONE_NAT * (length / -np.log(share)) ** (1 / exponent)


@given(length=st.integers(1, 40), exponent=st.floats(0.15, 2))
def test_a_longer_answer_comes_later_and_is_no_steeper(length, exponent):
    low, high = (compute_at(share, length, exponent) for share in (0.1, 0.9))
    assert score(low, length, exponent) == pytest.approx(0.1)
    assert score(high, length, exponent) == pytest.approx(0.9)
    assert np.log10(high / low) == pytest.approx(1.34 / exponent, rel=2e-3)


@given(length=st.integers(1, 40), exponent=st.floats(0.15, 2))
def test_exact_match_of_a_smooth_skill_is_a_gompertz_curve_in_log_compute(length, exponent):
    low, middle, high = (np.log10(compute_at(share, length, exponent)) for share in (0.1, 0.5, 0.9))
    t = np.linspace(low, high, 7)
    assert gompertz(t, 1, middle, high - low) == pytest.approx(score(10**t, length, exponent))


def test_live_ruler_says_where_half_is_right_and_how_wide_the_rise_is():
    figure = ch10.ruler()
    ends = next(rows for rows in figure.rows if "width" in rows.columns)
    values = ends.values(length=7, exponent=0.4, items=50)
    assert values["power"][0] == pytest.approx(np.log10(compute_at(0.5, 7, 0.4)))
    assert values["width"][0] == pytest.approx(1.339 / 0.4, rel=1e-3)


def test_half_of_the_tests_of_that_many_items_show_zero_at_the_orange_line():
    grid = ch10.ruler().rows[0]
    for items in (20, 50, 2000):
        share = grid.values(length=5, exponent=0.3, items=items)["finest"][0] / 100
        assert none_right(share, items) == pytest.approx(0.5)


def test_a_zero_of_fifty_excludes_more_than_six_per_cent():
    assert none_right(0.058, 50) > 0.05 > none_right(0.06, 50)


def test_scores_on_sums_are_counts_of_two_thousand_but_for_one_misprint():
    table = load("gpt3_scores")
    sums = np.array(["digit" in task for task in table["task"]])
    scores = np.concatenate([table[f"{n}_shot_pct"][sums] for n in ("zero", "one", "few")])
    assert (abs(20 * scores - np.round(20 * scores)) > 1e-6).sum() == 1


def test_steps_of_loss_are_worth_what_the_wrong_belief_is_answered_with():
    runs = load("downstream_runs")
    curve = np.exp(-0.79 * runs["loss_c4"])
    error = np.poly1d(np.polyfit(curve, runs["error_17_tasks"], 1))
    early, late = (1 - error(np.exp(-0.79 * 0.9 * loss)) / error(np.exp(-0.79 * loss)) for loss in (5.0, 2.7))
    assert early == pytest.approx(0.03, abs=0.005) and late == pytest.approx(0.13, abs=0.005)


def test_the_dial_counts_what_it_is_given_at_a_hundred_and_one_cuts():
    counts = [46 - k // 3 for k in range(101)]
    figure = ch10.dial({("all", "blue"): (counts, [*counts], [*counts]), ("other", "orange"): counts}, 46)
    tables = [layer["data"]["values"] for layer in figure.spec["layer"] if "values" in layer.get("data", {})]
    assert len(tables) == 7 and all([row["count"] for row in table] == counts for table in tables)
    assert sum(layer["mark"]["type"] == "area" for layer in figure.spec["layer"]) == 1


def test_eight_sizes_have_three_settings_of_every_task():
    figure = ch10.eight_sizes(load("gpt3_scores"), ["COPA", "2-digit addition"])
    lines = [layer for layer in figure.spec["layer"] if layer["mark"]["type"] == "line"]
    assert len(lines) == 1 and len(lines[0]["data"]["values"]) == 2 * 3 * 8


def test_guess_of_the_third_digit_shows_only_the_second_before_the_box_is_ticked():
    figure = ch10.third_digit([0.555, 0.084, 0.004, 0.0005], [0.555, 0.44, 0.35, 0.27])
    hidden = [layer for layer in figure.spec["layer"] if "opacity" in layer["encoding"]]
    assert len(hidden) == 4
    assert all("reveal" in str(layer["encoding"]["opacity"]) for layer in hidden)


@given(
    weights=st.lists(st.floats(0.01, 1), min_size=2, max_size=5),
    lengths=st.lists(st.floats(0.1, 200), min_size=5, max_size=5),
    loss=st.floats(1e-3, 1),
)
def test_a_mixture_of_items_is_nowhere_steeper_than_they_are(weights, lengths, loss):
    shares, lengths = np.array(weights) / sum(weights), np.array(lengths[: len(weights)])
    log_score, lower = (-np.log(shares @ np.exp(-lengths * x)) for x in (loss, 0.99 * loss))
    assert np.log(log_score / lower) <= np.log(1 / 0.99) * (1 + 1e-6)


@pytest.mark.parametrize("digits, mean", [(2, 2.314), (3, 3.291)])
def test_differences_of_two_numbers_have_so_many_digits_and_signs(digits, mean):
    numbers = np.arange(10**digits)
    assert np.mean([len(str(d)) for d in np.subtract.outer(numbers, numbers).ravel()]) == pytest.approx(mean, abs=1e-3)


@pytest.mark.parametrize("exponent", [0.15, 0.1, 0.05])
def test_counting_the_likeliest_answer_makes_a_leap_of_any_slow_loss_on_items_that_are_alike(exponent):
    flop = np.array(load("gpt3_scores")["training_flop"][5:7])  # 6.7 and 13 billion parameters
    right = np.exp(-0.9 * (flop / 2e22) ** -exponent)
    rival = np.random.default_rng(0).normal(0.69, 0.08 * exponent / 0.15, 2000)
    share = np.array([np.mean(p > rival * (1 - p)) for p in right])
    assert -np.diff(np.log(-np.log(share)))[0] / np.log(flop[1] / flop[0]) > 10 * exponent
