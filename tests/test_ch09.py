"""Chapter 9: how long a stop must last to be seen, the walk's errors, hindcasts of many technologies."""

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from scalinglaws import constant, load
from scalinglaws.fit.growth import fit_exponential
from scalinglaws.fit.hindcast import group_share, hindcast, longest_run
from scalinglaws.fit.stops import scan_delays
from scalinglaws.laws.growth.stops import ERRORS, stop_signal, stop_years, walk_variance

CHECKS = {row["name"]: row for row in csv.DictReader((Path(__file__).parent / "data/checks_09.csv").open())}


def close(name, value):
    row = CHECKS[name]
    return value == pytest.approx(float(row["value"]), abs=float(row["tolerance"]))


# ---- how long a wall must stand


def test_standard_errors_are_those_of_a_level_and_a_power():
    assert close("stop.z", ERRORS) and close("stop.z", stats.norm.ppf(0.95) + stats.norm.ppf(0.8))


def test_wait_has_the_published_coefficient_and_values():
    assert close("stop.coefficient", stop_years(1, 1, 1))
    assert close("stop.years.frontier_2018", stop_years(0.680, 0.359, 6.0))
    assert close("stop.years.metr_2023", stop_years(0.880, 0.206, 7.1))
    assert close("stop.years.specint", stop_years(0.155, 0.130, 2.9))


@given(st.floats(0.01, 2), st.floats(0.01, 2), st.floats(0.1, 50))
def test_after_the_wait_a_stop_is_worth_the_standard_errors(slope, scatter, per_year):
    assert stop_signal(stop_years(slope, scatter, per_year), slope, scatter, per_year) == pytest.approx(ERRORS)


def test_signal_is_the_limit_of_a_sum_over_many_points():
    slope, scatter, per_year, years = 0.5, 0.3, 1000, 2
    t = (np.arange(years * per_year) + 0.5) / per_year
    exact = slope / scatter * np.sqrt((t**2).sum())
    assert stop_signal(years, slope, scatter, per_year) == pytest.approx(exact, rel=1e-5)


def test_a_simulated_stop_is_seen_with_the_power_that_the_signal_says():
    rng, slope, scatter, per_year, years = np.random.default_rng(0), 0.68, 0.359, 60, 0.5
    t = (np.arange(int(years * per_year)) + 0.5) / per_year
    behind = slope * t + scatter * rng.normal(size=(20_000, t.size))
    seen = behind @ t / (scatter * np.sqrt((t**2).sum())) > stats.norm.ppf(0.95)
    power = stats.norm.cdf(stop_signal(years, slope, scatter, per_year) - stats.norm.ppf(0.95))
    assert seen.mean() == pytest.approx(power, abs=0.015)


def test_a_watch_for_an_unknown_date_waits_longer_and_less_so_with_more_points():
    known_date = stop_years(0.68, 0.359, 6)
    waits = [np.median(scan_delays(0.68, 0.359, rate, n_draws=600)) for rate in (6, 24)]
    assert waits[0] > known_date and waits[1] < waits[0]


def test_a_watch_raises_few_alarms_at_a_stop_that_cannot_be_seen():
    assert np.isfinite(scan_delays(1e-6, 1, 6, n_draws=2000)).mean() == pytest.approx(0.05, abs=0.01)


def test_a_watch_names_what_is_wrong():
    with pytest.raises(ValueError, match="scatter"):
        scan_delays(0.5, 0, 6)


# ---- the walk and its hindcast


def test_variance_of_the_walk_has_the_published_values():
    assert close("fl.var_iid.m5.tau10", walk_variance(10, 5))
    for ahead, theta in ((1, 0.63), (10, 0.63), (20, 0.63)):
        name = f"fl.Astar.m5.tau{ahead}.theta0.63"
        assert close(name, walk_variance(ahead, 5, theta) * (1 + theta**2))
    assert close("fl.Astar.m10.tau10.theta0.3", walk_variance(10, 10, 0.3) * (1 + 0.3**2))


def walks(n_walks, n_years, theta=0.0, seed=0):
    shocks = np.random.default_rng(seed).normal(size=(n_walks, n_years + 1))
    steps = -0.1 + 0.2 * (shocks[:, 1:] + theta * shocks[:, :-1])
    return np.exp(np.cumsum(steps, axis=1))


@pytest.mark.parametrize("theta", [0.0, 0.63])
def test_variance_of_simulated_walks_is_the_formula(theta):
    z, ahead = np.log(walks(40_000, 17, theta)), 10
    error = z[:, 6 + ahead] - z[:, 6] - ahead * (z[:, 6] - z[:, 1]) / 5
    assert error.var() == pytest.approx(0.04 * (1 + theta**2) * walk_variance(ahead, 5, theta), rel=0.03)


def test_intervals_of_true_walks_hold_what_they_promise():
    misses = [hindcast(range(12), cost)[1][[4, -1]] for cost in walks(6000, 12)]
    inside = np.abs(np.array(misses)) < stats.t.ppf(0.95, 4)
    assert inside.mean(axis=0) == pytest.approx(0.9, abs=0.012)


def test_hindcast_is_the_same_forecast_by_hand():
    cost = np.array([9.0, 8, 6, 5.5, 5, 3, 2.5, 2.6])
    ahead, miss = hindcast(range(8), cost, n_steps=5)
    steps = np.diff(np.log(cost[:6]))
    error = np.log(cost[7] / cost[5]) - 2 * steps.mean()
    assert ahead.tolist() == [1, 2, 1]
    assert miss[1] == pytest.approx(error / steps.std(ddof=1) / np.sqrt(2 + 4 / 5))


def test_a_change_of_unit_changes_no_miss():
    (cost,) = walks(1, 15)
    np.testing.assert_allclose(hindcast(range(15), 7 * cost)[1], hindcast(range(15), cost)[1])


def test_hindcast_refuses_gaps():
    with pytest.raises(ValueError, match="consecutive"):
        hindcast([1, 2, 3, 5, 6, 7, 8], [7, 6, 5, 4, 3, 2, 1])


@given(st.sets(st.integers(1900, 1940), min_size=1))
def test_longest_run_is_consecutive_and_no_other_is_longer(years):
    years = sorted(years)
    run = years[longest_run(years)]
    assert all(b - a == 1 for a, b in pairwise(run))
    longest = max(len(list(take)) for take in _runs(years))
    assert len(run) == longest


def _runs(years):
    start = 0
    for i in range(1, len(years) + 1):
        if i == len(years) or years[i] != years[i - 1] + 1:
            yield years[start:i]
            start = i


def test_whole_groups_make_wider_intervals_than_single_hits():
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(20), 30)
    hits = (rng.random(20) < 0.7)[group]
    share, wide = group_share(hits, group)
    narrow = group_share(hits, np.arange(hits.size))[1]
    assert share == hits.mean() and wide.high - wide.low > 3 * (narrow.high - narrow.low)


@pytest.fixture(scope="module")
def technologies():
    costs, kept = load("technologies"), {}
    for name in dict.fromkeys(costs["technology"]):
        one = costs.where(costs["technology"] == name)
        run = longest_run(one["year"])
        if run.stop - run.start >= 8:
            kept[name] = one["year"][run], one["unit_cost"][run]
    return kept


def test_hindcast_of_the_steady_technologies_is_the_replicated_one(technologies):
    found = []
    for year, cost in technologies.values():
        if stats.ttest_1samp(np.diff(np.log(cost)), 0, alternative="less").pvalue < 0.05:
            found.append(hindcast(year, cost))
    ahead, miss = (np.concatenate(part) for part in zip(*found, strict=True))
    assert len(technologies) == 80 and len(found) == 60 and miss.size == 7739
    for years in (1, 5, 10, 20):
        now = miss[ahead == years]
        assert close(f"replication.coverage.tau{years}", (np.abs(now) < stats.t.ppf(0.95, 4)).mean())
        assert close(f"replication.square.tau{years}", (now**2).mean() * walk_variance(years, 5))


# ---- series that stopped


def test_records_of_compute_and_their_gaps():
    when = load("compute_records")["year"][1:]
    assert close("records.count_2010_2025", when.size)
    flop = load("compute_records")["training_flop"]
    assert (np.diff(flop) > 0).all()
    assert constant("epoch2026.last_day") - when[-1] == pytest.approx(1.02, abs=0.005)


@pytest.mark.parametrize(("first", "last"), [(1976, 2019), (1987, 2004)])
def test_solar_modules_fell_at_the_published_pace(first, last):
    price = load("solar_price")
    part = price.where((price["year"] >= first) & (price["year"] <= last))
    growth = fit_exponential(part["year"], part["usd2019_per_watt"]).growth
    assert close(f"pv.factor.{first}_{last}", growth)


def test_roadmaps_and_memory_prices():
    assert close("itrs.2005_growth_15y", constant("itrs2005.clock_growth") ** 15)
    assert close("itrs.2007_growth_15y", constant("itrs2007.clock_growth") ** 15)
    for end in ("low", "high"):
        both = constant(f"trendforce.dram_q4_2025_{end}") * constant(f"trendforce.dram_q1_2026_{end}")
        assert close(f"dram.two_quarters_{end}", both)
    assert close("pue.2025", constant("uptime.pue_2025")) and close("pue.2007", constant("uptime.pue_2007"))
