"""Chapter 15: chances of long tasks, the S-curve of training by reward, scores that err, facts not yet met."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.stats import rankdata, spearmanr

from scalinglaws import constant, load
from scalinglaws.book import ch15
from scalinglaws.laws.growth import agents
from scalinglaws.laws.training.toys import octave_share, unseen_share

ROWS = {
    row["name"]: (float(row["value"]), float(row["tolerance"]))
    for row in csv.DictReader((Path(__file__).parent / "data" / "checks_15.csv").open(encoding="utf-8"))
}
RUNS = load("task_runs")
MODELS = {"gpt54": "GPT-5.4", "mythos": "Mythos Preview"}
positive = st.floats(0.1, 1e4)


def counts(model):
    rows = RUNS.where(RUNS["model"] == MODELS[model])
    return [rows[name] for name in ("minutes", "n_runs", "n_right", "n_tasks", "weight")]


def half_life(minutes, n, k, weight):
    def misfit(log):
        p = np.clip(agents.task_success(minutes, np.exp(log)), 1e-9, 1 - 1e-9)
        return -np.sum(weight * (k * np.log(p) + (n - k) * np.log(1 - p)))

    return np.exp(minimize_scalar(misfit, (4, 8)).x)


def odds_half(minutes, share, weight):
    """Minutes at which half succeed if odds fall with the logarithm of time."""

    def misfit(v):
        z = v[0] + v[1] * np.log2(minutes)
        return np.sum(weight * (share * np.logaddexp(0, -z) + (1 - share) * np.logaddexp(0, z)))

    v = minimize(misfit, [4, -0.5], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9}).x
    return 2 ** (-v[0] / v[1])


def runs(model, what):
    minutes, n, k, tasks, weight = counts(model)
    if what == "all_or_nothing":
        return tasks[(k == 0) | (k == n)].sum()
    if what == "t50_logistic":
        return odds_half(minutes, k / n, weight)
    if what == "t50_exponential":
        return half_life(minutes, n, k, tasks)
    if what == "aon_exponential":
        p = agents.task_success(minutes, half_life(minutes, n, k, tasks))
        return np.sum(tasks * (p**n + (1 - p) ** n))
    return np.log2(odds_half(minutes, k > 0, weight) / odds_half(minutes, k / n, weight))


def zipf(exponent):
    weights = np.arange(1.0, 2e6 + 1) ** -exponent
    return weights / weights.sum()


def computed(name):
    group, rest = name.split(".", 1)
    if group in MODELS:
        return runs(group, rest)
    if group == "halflife":
        return brentq(lambda t: agents.task_success(t, 1) - float(rest), 0, 2)
    if group == "steps":
        steps, share = rest.split(".", 1)
        return float(share) ** (1 / int(steps))
    if group == "gao":
        what, ratio = rest.rsplit(".", 1)
        ratio = float(ratio)
        if what == "rl_kl_at_peak":
            d = np.geomspace(0.1, 1000, 400_001)
            return d[np.argmax(agents.trained_reward(d, ratio, 1))] ** 2
        d = np.linspace(0.1, 10, 400_001)
        top = d[np.argmax(agents.chosen_reward(d, ratio, 1))]
        return np.exp(brentq(lambda log: agents.choice_divergence(np.exp(log)) - top**2, 0.1, 15))
    if group == "unmet":
        exponent, read = rest.rsplit(".", 1)
        return unseen_share(zipf(float(exponent)), np.array([float(read)]))[0]
    if group == "halve":
        return 2 ** (float(rest) / (float(rest) - 1))
    if group == "exams":
        exams = load("exam_ranks")
        return len(exams) if rest == "pairs" else spearmanr(exams["old_rank"], exams["new_rank"])[0]
    return np.log2(constant("metr2026sol.passed") / constant("metr2026sol.failed"))


@pytest.mark.parametrize("name", ROWS)
def test_numbers_agree_with_an_independent_computation(name):
    value, tolerance = ROWS[name]
    assert computed(name) == pytest.approx(value, abs=tolerance + 1e-12)


@given(positive, positive, positive)
def test_two_tasks_in_a_row_succeed_as_one_of_their_length(first, second, half):
    both = agents.task_success(first, half) * agents.task_success(second, half)
    assert both == pytest.approx(agents.task_success(first + second, half), rel=1e-9)


@given(st.floats(0, 0.5), st.floats(0.5, 1), positive, st.floats(0.3, 3))
def test_half_of_the_gain_is_made_at_half_hours_and_the_curve_is_symmetric_in_log_hours(
    start, ceiling, half, steepness
):
    def at(hours):
        return agents.reward_curve(hours, start, ceiling, half, steepness)

    assert at(half) == pytest.approx((start + ceiling) / 2)
    assert at(half * 7) - start == pytest.approx(ceiling - at(half / 7), abs=1e-9)


def test_divergence_of_the_best_of_n_is_that_of_the_largest_of_n_uniform_numbers():
    n, u = 8, (np.arange(200_000) + 0.5) / 200_000
    density = n * u ** (n - 1)
    assert agents.choice_divergence(n) == pytest.approx(np.mean(density * np.log(density)), abs=1e-4)
    assert agents.choice_divergence(1) == 0


@given(st.floats(2, 6))
def test_both_rewards_have_their_top_where_the_chapter_says(ratio):
    for law, top in ((agents.chosen_reward, ratio / 2), (agents.trained_reward, np.exp(ratio - 1))):
        at = law(np.array([0.99, 1, 1.01]) * top, ratio, 1)
        assert at[1] > at[0] and at[1] > at[2]


def test_own_half_lives_are_recovered_from_simulated_runs():
    rng, (minutes, _, _, tasks, _) = np.random.default_rng(5), counts("gpt54")
    t = np.repeat(minutes, 8 * tasks.astype(int))
    p = agents.task_success(t, 900 * np.exp(3 * rng.standard_normal(t.size)))
    k = rng.binomial(6, p)
    z = np.linspace(-5, 5, 201)
    normal = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()

    def misfit(v):
        q = np.clip(agents.task_success(minutes[:, None], np.exp(v[0] + v[1] * z)), 1e-12, 1 - 1e-12)
        like = np.stack([(q**j * (1 - q) ** (6 - j)) @ normal for j in range(7)], axis=1)
        place = {m: i for i, m in enumerate(minutes)}
        return -np.sum(np.log(like[[place[x] for x in t], k]))

    log_half, spread = minimize(misfit, [6, 2], method="Nelder-Mead", options={"maxiter": 120}).x
    assert spread == pytest.approx(3, abs=0.35)
    assert log_half == pytest.approx(np.log(900), abs=0.5)


def test_counts_hold_every_task_of_both_models_once():
    for model, n_runs in (("gpt54", 1371), ("mythos", 1149)):
        _, n, k, tasks, _ = counts(model)
        assert tasks.sum() == 228 and np.sum(tasks * n) == n_runs and np.all(k <= n)


def test_long_tasks_in_doubt_are_103_and_79_of_them_all_or_nothing():
    rows = RUNS.where((RUNS["model"] == "GPT-5.4") & (RUNS["low_minutes"] > 17))
    same = (rows["n_right"] == 0) | (rows["n_right"] == rows["n_runs"])
    assert rows["n_tasks"].sum() == 103 and rows["n_tasks"][same].sum() == 79


def test_ranks_of_exams_are_ranks():
    for column in ("old_rank", "new_rank"):
        ranks = load("exam_ranks")[column]
        assert np.array_equal(rankdata(ranks), ranks)


@pytest.mark.parametrize("exponent", [1.2, 1.5, 2.0])
def test_facts_in_octaves_fall_with_the_exponent_of_the_formula(exponent):
    read = np.array([1e3, 1e5])
    left = [sum(octave_share(n, j, exponent - 1, 120) for j in range(120)) for n in read]
    slope = np.diff(np.log(left)) / np.diff(np.log(read))
    assert slope[0] == pytest.approx(-(1 - 1 / exponent), abs=0.02)


def test_the_unmet_of_the_live_figure_are_finite_at_both_ends_of_its_controls():
    for rows in ch15.unmet().rows:
        for zipf_exponent in (1.1, 2.0):
            for octaves in (8, 30):
                values = rows.values(zipf=zipf_exponent, octaves=octaves, read=12, stopped=0.9)
                assert all(np.isfinite(column).all() for column in values.values())


def test_twice_the_data_remove_a_ninth_of_the_gaps_in_an_endless_list_of_exponent_1_2():
    left = [sum(octave_share(n, j, 0.2, 200) for j in range(200)) for n in (1e4, 2e4)]
    assert 1 - left[1] / left[0] == pytest.approx(0.11, abs=0.01)
