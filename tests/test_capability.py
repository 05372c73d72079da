"""From loss to a score: closed forms, inverses, simulation, and the published fits rerun on the course's tables."""

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import curve_fit

from scalinglaws.data import constant, load
from scalinglaws.laws.growth.capability import (
    above_guessing,
    brier_score,
    exact_match,
    none_right,
    overtrained_loss,
    per_token_of,
    right_token,
    task_error,
    with_guessing,
)

SHORT = {"rpj": "RedPajama", "c4": "C4", "rw": "RefinedWeb"}
TARGETS = {"6.9B": (6.9, 20), "1.4B_M640": (1.4, 640), "1.4B_M80": (1.4, 80), "1.4B_M320": (1.4, 320)}


@cache
def checks():
    with open(Path(__file__).parent / "data" / "checks_10.csv", newline="", encoding="utf-8") as file:
        return {row["name"]: (float(row["value"]), float(row["tolerance"])) for row in csv.DictReader(file)}


def names(prefix):
    return [name for name in checks() if name.startswith(prefix)]


def agrees(name, value):
    expected, tolerance = checks()[name]
    return abs(value - expected) <= tolerance


shares = st.floats(0.01, 0.99)


# ---- closed forms and inverses


@given(p=shares, length=st.floats(1, 20))
def test_probability_per_token_undoes_exact_match(p, length):
    assert per_token_of(exact_match(p, length), length) == pytest.approx(p)


@given(known=shares, chance=st.floats(0, 0.9))
def test_guessing_is_undone_and_never_lowers_a_score(known, chance):
    assert above_guessing(with_guessing(known, chance), chance) == pytest.approx(known)
    assert with_guessing(known, chance) >= known


def test_a_loss_over_an_answer_and_its_exact_match_are_one_number():
    assert right_token(5 * 0.3) == pytest.approx(exact_match(right_token(0.3), 5))


def test_brier_score_of_an_even_guess_is_that_of_the_definition():
    for n in (2, 4, 5):
        outcome = np.eye(n)[0]
        spread = np.full(n, 0.3 / (n - 1))
        spread[0] = 0.7
        assert brier_score(0.7, n) == pytest.approx(((spread - outcome) ** 2).sum())
        assert brier_score(1 / n, n) == pytest.approx(1 - 1 / n)
    assert brier_score(1.0, 4) == 0


def test_simulated_tests_show_zero_as_often_as_computed():
    tests = np.random.default_rng(0).binomial(50, 0.009, 20_000)
    assert np.mean(tests == 0) == pytest.approx(none_right(0.009, 50), abs=0.01)


def test_overtrained_loss_is_hoffmanns_law_with_equal_exponents():
    n, d, e, (a, b) = 1e9, 8e10, 0.13, (300.0, 500.0)
    six = 6**e
    law = 1.7 + a * n ** (-2 * e) + b * d ** (-2 * e)
    assert overtrained_loss(6 * n * d, d / n, 1.7, six * a, six * b, e) == pytest.approx(law)


# ---- Gadre et al.: their fits rerun


@cache
def runs(train_set):
    table = load("downstream_runs")
    return table.where(table["train_set"] == train_set)


def chosen(rows, *pairs):
    size, ratio = rows["n_params"] / 1e9, rows["n_tokens"] / rows["n_params"]
    return np.any([(abs(size / n - 1) < 0.1) & (abs(ratio / m - 1) < 0.1) for n, m in pairs], axis=0)


@cache
def fits(train_set):
    rows = runs(train_set)
    small = [(0.0106, 20), (0.0106, 320), (0.079, 20), (0.154, 20), (0.411, 20)]
    five, six = chosen(rows, *small), chosen(rows, *small, (1.4, 20))
    assert five.sum() == 5 and six.sum() == 6
    compute, ratio = 6 * rows["n_params"] * rows["n_tokens"], rows["n_tokens"] / rows["n_params"]
    loss = curve_fit(
        lambda x, *law: overtrained_loss(*x, *law),
        (compute[five], ratio[five]), rows["loss_c4"][five], p0=(1.6, 150, 200, 0.12), maxfev=10**5,
    )[0]  # fmt: skip
    error = curve_fit(task_error, rows["loss_c4"][six], rows["error_17_tasks"][six], p0=(0.85, 2, 0.75), maxfev=10**5)
    return dict(zip(("E", "a", "b", "eta"), loss, strict=True)), dict(zip(("eps", "k", "gamma"), error[0], strict=True))


@pytest.mark.parametrize("name", [*names("gadre.err."), *names("gadre.loss.")])
def test_constants_of_the_two_step_forecast_come_out_again(name):
    _, which, train_set, letter = name.split(".")
    assert agrees(name, fits(train_set)[which == "err"][letter])


@pytest.mark.parametrize("name", names("gadre.relative_error."))
def test_errors_of_the_two_step_forecast_come_out_again(name):
    _, _, short, *model, what = name.split(".")
    rows = runs(SHORT[short])
    row = chosen(rows, TARGETS[".".join(model)])
    assert row.sum() == 1
    compute, ratio = 6 * rows["n_params"] * rows["n_tokens"], rows["n_tokens"] / rows["n_params"]
    loss_law, error_law = fits(SHORT[short])
    loss = overtrained_loss(compute[row], ratio[row], *loss_law.values())[0]
    error = task_error(loss, *error_law.values())
    measured = rows["loss_c4" if what == "loss" else "error_17_tasks"][row][0]
    assert agrees(name, (loss if what == "loss" else error) / measured - 1)


def best_r2(loss, errors):
    curves = np.exp(-np.outer(np.geomspace(0.02, 8, 180), loss))
    x, y = curves - curves.mean(1, keepdims=True), errors - errors.mean(0)
    norms = np.sqrt((x**2).sum(1))[:, None] * np.maximum(np.sqrt((y**2).sum(0)), 1e-12)
    return ((x @ y / norms) ** 2).max(0)


@pytest.mark.parametrize("name", names("gadre.tasks_r2"))
def test_tasks_that_follow_one_exponential_are_as_many_as_before(name):
    table = load("downstream_runs")
    errors = np.stack([table[task] for task in load("downstream_tasks")["task"]], axis=1)
    assert errors.shape == (104, 46)
    assert agrees(name, (best_r2(table["loss_c4"], errors) > float(name.removeprefix("gadre.tasks_r2_above_"))).sum())


def test_tasks_no_better_than_the_listed_chance_are_17():
    table, tasks = load("downstream_runs"), load("downstream_tasks")
    best = 1 - np.array([table[task][table["n_params"] > 5e9].min() for task in tasks["task"]])
    chance = tasks["chance_pct"] / 100
    error = np.sqrt(chance * (1 - chance) / tasks["n_items"])
    assert agrees("gadre.tasks_at_chance_7B", ((best - chance <= 2 * error) & (chance > 0)).sum())


# ---- tables retyped from elsewhere


@pytest.mark.parametrize("digits", [2, 3, 4])
def test_gpt3_scores_are_those_of_the_paper(digits):
    table = load("gpt3_scores")
    row = (table["task"] == f"{digits}-digit addition") & (abs(table["n_params"] / 12.85e9 - 1) < 0.01)
    assert agrees(f"gpt3.13B.few_shot.{digits}D+", table["few_shot_pct"][row][0] / 100)


def test_constant_accuracy_per_digit_promises_what_the_check_says():
    accuracy = checks()["gpt3.13B.few_shot.2D+"][0]
    per_digit = per_token_of(accuracy, 2.489)
    assert agrees("gpt3.13B.per_digit_from_2D", per_digit)
    for digits, length in ((3, 3.494), (4, 4.495)):
        assert agrees(f"gpt3.13B.predicted_{digits}D", exact_match(per_digit, length))


def test_log_compute_explains_just_over_half_of_mmlu():
    table = load("open_models")
    assert len(table) == 123
    r = np.corrcoef(np.log(table["training_flop"]), table["mmlu_pct"])[0, 1]
    assert agrees("ruan.MMLU_logC_R2", r**2)


def test_six_vignettes_are_worth_thirteen_points_either_way():
    half = 1.96 * constant("goh2024.deviation_pct") / constant("goh2024.n_vignettes") ** 0.5
    assert agrees("goh.llm_alone_ci_halfwidth_6cases", half)


PLANS = {
    "bw.o1preview": ("plain", "o1-preview"), "bw.r1": ("plain", "DeepSeek-R1"), "bw.gpt4": ("plain", "GPT-4"),
    "bw.gpt4o": ("plain", "GPT-4o"), "random.o1preview": ("random strings", "o1-preview"),
    "random.r1": ("random strings", "DeepSeek-R1"),
}  # fmt: skip


@pytest.mark.parametrize("short", PLANS)
def test_planning_scores_are_those_of_the_repository(short):
    table = load("planning")
    row = table.where((table["test"] == "Blocksworld") & (table["names"] == PLANS[short][0]))
    assert agrees(f"planbench.{short}", row["solved_pct"][row["system"] == PLANS[short][1]][0])


def test_capability_index_is_that_of_the_copy():
    table = load("capability_index")
    index = dict(zip(table["model"], table["eci"], strict=True))
    for short, model in (
        ("gpt4", "gpt-4-0314"),
        ("sonnet35", "claude-3-5-sonnet-20240620"),
        ("gpt5", "gpt-5-2025-08-07_high"),
    ):
        assert agrees(f"eci.{short}", index[model])
