"""Chapter 16: the score of a distribution, a walk as draws, three plans, and the numbers of the forecasts."""

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws import constant, load
from scalinglaws.book import ch16
from scalinglaws.fit.drift import fit_drift
from scalinglaws.fit.hindcast import walk_draws
from scalinglaws.fit.score import crps, crps_normal
from scalinglaws.laws.growth import plans

ROWS = {
    row["name"]: (float(row["value"]), float(row["tolerance"]))
    for row in csv.DictReader((Path(__file__).parent / "data" / "checks_16.csv").open(encoding="utf-8"))
}
HORIZONS = load("time_horizons")
YEAR, DOUBLINGS = HORIZONS["year"], np.log2(HORIZONS["p50_minutes"])
RECORD = np.append(-np.inf, np.maximum.accumulate(DOUBLINGS)[:-1]) < DOUBLINGS
OPUS = list(HORIZONS["model"]).index("Claude Opus 4.6")
KNOWN = YEAR < 2024.915
INDEX = load("capability_records")
FINITE = st.floats(-50, 50)


def line():
    t, y = YEAR[RECORD & KNOWN], DOUBLINGS[RECORD & KNOWN]
    slope, start = np.polyfit(t, y, 1)
    scatter = np.sqrt(np.sum((y - start - slope * t) ** 2) / (t.size - 2))
    off = 1 + 1 / t.size + (YEAR[OPUS] - t.mean()) ** 2 / np.sum((t - t.mean()) ** 2)
    return slope, start + slope * YEAR[OPUS], scatter * np.sqrt(off)


def eci(model):
    return INDEX["eci"][list(INDEX["model"]).index(model)]


def log_score(group):
    scores = load("forecast_scores")
    return np.log(scores["given_pct"][scores["forecaster"] == group] / 100).sum()


def walk_2030(what):
    runs = load("compute_records")
    largest = [np.log10(runs["training_flop"][runs["year"] < y + 1].max()) for y in range(2010, 2026)]
    draws = walk_draws(largest, 5, theta=0.63)
    return np.median(draws) if what == "median_log10" else np.mean(draws >= np.log10(2e29))


VALUES = {
    "trend2024.doubling_days": lambda: 365.25 / line()[0],
    "trend2024.pred_2026-02-05": lambda: 2 ** line()[1],
    "trend2024.measured_2026-02-05": lambda: 2 ** DOUBLINGS[OPUS],
    "trend2024.miss": lambda: DOUBLINGS[OPUS] - line()[1],
    "wall2024.miss": lambda: DOUBLINGS[OPUS] - DOUBLINGS[KNOWN].max(),
    "trend2024.crps": lambda: crps_normal(*line()[1:], DOUBLINGS[OPUS]),
    "wall2024.crps": lambda: crps_normal(DOUBLINGS[KNOWN].max(), 0.7, DOUBLINGS[OPUS]),
    "eci.gpt4": lambda: eci("gpt-4-0314"),
    "eci.sonnet35": lambda: eci("claude-3-5-sonnet-20240620"),
    "eci.o1": lambda: eci("o1-2024-12-17_high"),
    "eci.gpt5": lambda: eci("gpt-5-2025-08-07_high"),
    "eci.gpt54pro": lambda: eci("gpt-5.4-pro-2026-03-05-web-app"),
    "eci.o1mini": lambda: eci("o1-mini-2024-09-12_high"),
    "xpt.logscore.experts": lambda: log_score("domain experts"),
    "xpt.logscore.supers": lambda: log_score("superforecasters"),
    "xpt.likelihood_ratio": lambda: np.exp(log_score("domain experts") - log_score("superforecasters")),
    "forecastbench.supers.tournament": lambda: constant("forecastbench.superforecasters"),
    "forecastbench.best.tournament": lambda: constant("forecastbench.best"),
    "ai2027.pace.low": lambda: constant("ai2027.pace_low"),
    "ai2027.pace.high": lambda: constant("ai2027.pace_high"),
    "fl2030.median_log10": lambda: walk_2030("median_log10"),
    "fl2030.p_ge_2e29": lambda: walk_2030("chance"),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_published_or_recomputed_number_comes_out(name):
    value, tolerance = ROWS[name]
    assert VALUES[name]() == pytest.approx(value, abs=tolerance)


def test_every_number_has_a_computation_and_every_computation_a_number():
    assert set(ROWS) == set(VALUES)


@settings(deadline=None)
@given(FINITE, st.floats(0.1, 20), FINITE)
def test_closed_form_of_the_score_agrees_with_numerical_integration(mean, deviation, truth):
    from statistics import NormalDist

    bell = NormalDist(mean, deviation)
    ends = np.unique([mean - 9 * deviation, mean, mean + 9 * deviation, truth])
    area = 0.0
    for low, high in pairwise(ends):
        x = np.linspace(low, high, 1001)
        below = np.array([bell.cdf(each) for each in x])
        area += np.trapezoid((below - (low >= truth)) ** 2, x)
    assert crps_normal(mean, deviation, truth) == pytest.approx(area, rel=1e-3)


@given(st.lists(FINITE, min_size=1, max_size=20), FINITE)
def test_score_of_draws_is_the_definition_and_never_below_zero(draws, truth):
    x = np.array(draws)
    definition = np.abs(x - truth).mean() - np.abs(x[:, None] - x).mean() / 2
    assert crps(draws, truth) == pytest.approx(definition, abs=1e-9)
    assert crps(draws, truth) >= -1e-9


@given(FINITE, FINITE)
def test_a_single_draw_scores_its_distance(draw, truth):
    assert crps([draw], truth) == pytest.approx(abs(draw - truth))


def test_many_draws_score_like_the_closed_form():
    draws = np.random.default_rng(0).normal(1, 2, 200_000)
    assert crps(draws, 4.0) == pytest.approx(crps_normal(1, 2, 4.0), abs=0.01)


def test_the_score_is_proper_for_the_middle_and_the_spread():
    truths = np.random.default_rng(1).normal(0, 1, 4000)

    def expected(mean, deviation):
        return np.mean([crps_normal(mean, deviation, y) for y in truths])

    honest = expected(0, 1)
    assert all(honest < expected(*other) for other in ((0.4, 1), (-0.4, 1), (0, 0.6), (0, 1.6)))


@pytest.mark.parametrize("bad", [0, -1, np.nan])
def test_score_refuses_a_spread_that_is_not_positive(bad):
    with pytest.raises(ValueError, match="deviation"):
        crps_normal(0, bad, 1)


def test_draws_of_a_walk_have_the_quantiles_of_the_closed_form():
    value = np.array([0.0, 1.0, 1.5, 3.0, 3.2, 4.1])
    walk = fit_drift(np.arange(value.size) + 2000.0, np.exp(value))
    told = walk.predict([2008.0], level=0.9)
    low, high = np.quantile(walk_draws(value, 3), [0.05, 0.95])
    assert low == pytest.approx(np.log(told.low[0]), abs=0.03)
    assert high == pytest.approx(np.log(told.high[0]), abs=0.03)


def test_shocks_that_come_again_widen_a_walk():
    value = [0, 1, 1.5, 3, 3.2, 4.1]
    assert np.std(walk_draws(value, 5, theta=0.6)) > np.std(walk_draws(value, 5))


@given(FINITE, FINITE)
def test_larger_is_the_maximum(a, b):
    assert plans.larger(a, b) == pytest.approx(max(a, b), abs=1e-9)


@given(st.tuples(st.floats(0, 4), st.floats(1, 6), st.floats(1, 6), st.floats(0, 3), st.floats(1, 30)))
def test_no_plan_is_worse_than_the_open_model_that_it_may_take(world):
    free = plans.open_models(*world) - 1e-9
    assert plans.train_now(*world) >= free
    assert plans.train_in_parts(*world, 1.4) >= free
    assert plans.think_longer(*world, 0.0) >= free


def test_training_now_wins_while_open_models_are_behind_and_nothing_else_counts():
    assert plans.train_now(0.0, 4, 3, 1, 12) > plans.think_longer(0.0, 4, 3, 1, 12, 0.5)
    assert plans.train_now(3.0, 4, 3, 1, 12) < plans.think_longer(3.0, 4, 3, 1, 12, 0.5)


@given(st.floats(0, 3), st.floats(1, 6), st.floats(1, 6), st.floats(1, 30))
def test_today_open_models_are_behind_by_past_growth_whatever_the_future_brings(lag, growth, methods, before):
    assert plans.open_models(0.0, growth, methods, lag, before) == pytest.approx(-lag * np.log10(before))
    assert plans.open_models(lag, growth, methods, lag, before) == pytest.approx(0)


def test_the_score_in_the_reader_figure_is_that_of_its_twenty_dots():
    from statistics import NormalDist

    bell = [NormalDist().inv_cdf((i + 0.5) / 20) for i in range(20)]
    figure = ch16.twenty_dots(bell, 719.0, {"rival": 1.0})
    dots = np.log2(60) + np.log2(3) / 1.645 * np.array(bell)
    scores = [r.values(middle=1, factor=3)["score"] for r in figure.rows if "score" in r.names and "hours" in r.names]
    assert np.ravel(scores)[0] == pytest.approx(crps(dots, np.log2(719)))


def test_the_coin_contest_of_the_lesson_is_won_by_the_bold_who_score_worse():
    rng, n = np.random.default_rng(0), 20_000
    heads = rng.random((n, 1, 5)) < 0.5

    def scores(told):
        return ((np.where(rng.random((n, 15, 5)) < 0.5, told, 1 - told) - heads) ** 2).mean(axis=2)

    timid, bold = scores(0.6), scores(0.8)
    ahead = timid.min(axis=1) - bold.min(axis=1)
    assert np.mean(ahead > 1e-9) == pytest.approx(0.74, abs=0.01)
    assert np.mean(np.abs(ahead) < 1e-9) == pytest.approx(0.22, abs=0.01)
    assert (timid.mean(), bold.mean()) == (pytest.approx(0.26, abs=0.002), pytest.approx(0.34, abs=0.002))
