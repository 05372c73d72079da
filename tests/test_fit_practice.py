"""What came up when the fits were used on other people's tables: wrong columns, few runs, poor designs."""

import re
from copy import copy
from dataclasses import replace

import numpy as np
import pytest

from scalinglaws.fit import (
    best_runs,
    compare_forms,
    fit_chinchilla,
    fit_form,
    fit_frontier,
    fit_isoflop,
    fit_power_law,
    held_out,
)
from scalinglaws.fit.engine import progress
from scalinglaws.fit.engine.intervals import resample_weights
from scalinglaws.laws.training.chinchilla import Chinchilla

N, D = np.repeat(np.geomspace(1e7, 1e9, 5), 5), np.tile(np.geomspace(1e9, 1e11, 5), 5)
LOSS = 1.8 + 480 / N**0.35 + 2085 / D**0.37


def kinds(warnings):
    return {warning.kind for warning in warnings}


def test_masked_value_is_not_fitted():
    masked = np.ma.masked_greater(np.where(np.arange(25) == 3, 99.0, LOSS), 50)
    with pytest.raises(ValueError, match="loss must be positive and finite, got nan at position 3$"):
        fit_chinchilla(N, D, masked)
    unmasked = fit_chinchilla(N, D, np.ma.masked_greater(LOSS, 50))
    assert unmasked.law.alpha == pytest.approx(0.35)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (np.where(np.arange(25) < 3, np.nan, LOSS), "got nan at position 0, the first of 3$"),
        ([*LOSS[:-1], "n/a"], "got 'n/a' at position 24$"),
        ([*LOSS[:-1], None], "got nan at position 24$"),
        ((part for part in LOSS), "got a generator; make it a list$"),
        (LOSS + 0j, "got values of type complex128$"),
        (np.datetime64("2020-01-01") + np.arange(25), r"got values of type datetime64\[D\]$"),
    ],
)
def test_column_of_no_numbers_is_named_with_its_position(column, message):
    with pytest.raises(ValueError, match=f"loss must be positive and finite, {message}"):
        fit_chinchilla(N, D, column)


def test_column_of_truth_values_is_named():
    with pytest.raises(ValueError, match="n_params must be numbers, got values of type bool"):
        fit_chinchilla(N > 1e8, D, LOSS)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tied": True}, r'tied must be None or \("alpha", "beta"\), got True'),
        ({"tied": ("alpha", "alpha")}, "tied must be None or"),
        ({"seed": None}, "seed must be a whole number of at least 0, got None"),
        ({"fixed": {"A": 0}}, "fixed\\['A'\\] must be positive, got 0; fit_power_law fits a law of one term"),
        ({"fixed": {"E": 100}}, "fixed\\['E'\\] must be below the largest of the points, .*, got 100"),
    ],
)
def test_setting_of_a_wrong_type_is_named(settings, message):
    with pytest.raises(ValueError, match=message):
        fit_chinchilla(N, D, LOSS, **settings)


def test_floor_is_fitted_or_not_and_held_by_fixed():
    x = np.geomspace(1, 1e3, 12)
    with pytest.raises(ValueError, match="floor must be True or False, got 1.7; fixed="):
        fit_power_law(x, 1.7 + x**-0.3, floor=1.7)
    with pytest.raises(ValueError, match="below the largest of the points, 2.7, got 3"):
        fit_power_law(x, 1.7 + x**-0.3, fixed={"floor": 3})


def test_floor_held_above_some_points_is_an_objection():
    fit = fit_chinchilla(N, D, LOSS, fixed={"E": 2.5})
    assert f"above (E): held at 2.5, above {(LOSS < 2.5).sum()} of 25 points" in map(str, fit.warnings)
    assert "above" not in kinds(fit_chinchilla(N, D, LOSS, fixed={"E": 1.8}).warnings)


def test_one_form_may_be_given_by_its_name():
    assert set(held_out(N, D, LOSS, 1e19, forms="chinchilla").errors) == {"chinchilla"}
    assert set(compare_forms(N, D, LOSS, 1e19, forms="tied").errors) == {"tied"}


@pytest.mark.filterwarnings("error")
def test_sizes_near_the_largest_number_are_fitted_in_silence():
    assert fit_chinchilla(N * 1e291, D, LOSS).law.alpha == pytest.approx(0.35, rel=1e-6)


def curves(sizes, n_points=40):
    """Sizes, tokens, losses and labels of one training curve for each size."""
    size, tokens = np.repeat(sizes, n_points), np.tile(np.geomspace(1e8, 1e12, n_points), len(sizes))
    return size, tokens, 2 + 480 / size**0.35 + 2085 / tokens**0.37, size


def test_one_winning_size_has_no_line():
    with pytest.raises(ValueError, match="won by two sizes between others, got 1 from 3 runs"):
        fit_frontier(*curves([1e7, 1e8, 1e9]))


def test_few_winning_sizes_are_an_objection_and_resamples_with_one_are_not_used():
    fit = fit_frontier(*curves(np.geomspace(1e7, 1e10, 5)))
    assert "few_values" in kinds(fit.warnings)
    refits = fit.bootstrap(200)
    assert refits.usable < 0.9
    assert refits.draws["a"].min() > 0.1
    assert fit_frontier(*curves(np.geomspace(1e7, 1e10, 30))).warnings == ()


def test_run_of_one_checkpoint_is_left_out_with_a_warning():
    columns = curves(np.geomspace(1e7, 1e10, 30))
    longer = [np.append(column, value) for column, value in zip(columns, (331776.0, 1e9, 5.0, 331776.0), strict=True)]
    fit = fit_frontier(*longer)
    assert fit.exponent_n == fit_frontier(*columns).exponent_n
    assert list(map(str, fit.warnings)) == [
        "few_values (run): 1 of 31 runs have one checkpoint and are left out, 331776.0 for one"
    ]


@pytest.mark.filterwarnings("error")
def test_budgets_without_a_bottom_are_refused_with_their_reasons():
    sizes, budgets = np.tile(np.geomspace(1e8, 1e10, 7), 2), np.repeat([1e18, 1e19], 7)
    with pytest.raises(ValueError, match="got 0 of 2 budgets; [12] (outside|not_convex), such as budget 1e\\+1[89]: "):
        fit_isoflop(sizes, budgets, np.tile(np.linspace(3, 2, 7), 2))
    best = 1e9 * np.sqrt(budgets / 1e18)
    loss = 2 + 0.1 * np.log(sizes / best) ** 2
    with pytest.raises(
        ValueError, match="got 0 of 10 budgets; 10 few_values, such as .*: 1 sizes; a parabola needs three"
    ):
        fit_isoflop(sizes, budgets / sizes, loss)


def steps_in_size(scatter=0.003):
    """Three sizes that are nearly one, each a little better than the one before: no exponent fits them but the largest."""
    n_params, n_tokens = np.repeat([1e9, 1.001e9, 1.002e9], 5), np.tile(np.geomspace(1e9, 1e11, 5), 3)
    noise = np.random.default_rng(0).normal(0, scatter, 15)
    return n_params, n_tokens, (2085 / n_tokens**0.37 + 1.8) * np.repeat([1, 0.97, 0.95], 5) * np.exp(noise)


def test_refits_keep_the_bounds_of_the_fit():
    fit = fit_chinchilla(*steps_in_size())
    assert fit.law.alpha == 10
    refits = fit.bootstrap(300)
    assert refits.usable > 0.95
    assert refits.interval("alpha") == pytest.approx((10, 10))
    low, high = refits.interval("a")
    assert low < fit.exponent_n < high
    weights = resample_weights(15, 300)
    for i in range(4):
        alone = fit_chinchilla(*steps_in_size(), weights=weights[i])
        assert refits.value[i] <= alone.objective * (1 + 2e-6)


@pytest.mark.parametrize("seed", range(3))
def test_interval_of_a_floor_at_zero_holds_zero(seed):
    x = np.geomspace(1, 1e3, 12)
    refits = fit_power_law(x, 3 * x**-0.3 * np.exp(np.random.default_rng(seed).normal(0, 0.02, 12))).bootstrap(500)
    assert refits.interval("floor").low == 0
    assert refits.usable > 0.95


def test_share_of_refits_that_did_not_end_is_carried_by_every_interval():
    fit = fit_chinchilla(N, D, LOSS * np.exp(np.random.default_rng(0).normal(0, 0.01, 25)))
    assert fit.warnings == ()
    refits = fit.bootstrap(100)
    assert refits.warnings == refits.interval("a").warnings == refits.predict(1e8, 1e10).warnings == ()
    poor = replace(refits, usable=0.7)
    assert "bootstrap (refits): only 70% of the refits can be used" in str(poor.warnings[0])
    for carrier in (poor.interval("a"), poor.curve(1e8, 1e10), poor.predict(1e8, 1e10), poor.optimum(1e19)):
        assert carrier.warnings == poor.warnings
    assert copy(poor.interval("a")).warnings == poor.warnings
    exact = fit_chinchilla(N, D, LOSS)
    assert replace(exact.bootstrap(20), usable=0.7).warnings == ()


def test_interval_from_a_handful_of_refits_is_an_objection():
    x = np.geomspace(1, 1e3, 12)
    fit = fit_power_law(x, 1 + 3 * x**-0.3 * np.exp(np.random.default_rng(1).normal(0, 0.01, 12)))
    assert "few_refits" in kinds(fit.interval("exponent", n_resamples=1).warnings)
    assert "few_refits" in kinds(fit.interval("exponent", n_resamples=39).warnings)
    assert "few_refits" not in kinds(fit.interval("exponent", n_resamples=40).warnings)


@pytest.mark.parametrize("n_runs", [1, 2, 4])
def test_fewer_runs_than_parameters_are_refused(n_runs):
    columns = N[:n_runs], D[:n_runs], LOSS[:n_runs]
    with pytest.raises(ValueError, match=f"at least 5 runs, one for each free parameter, got {n_runs}"):
        fit_chinchilla(*columns)
    with pytest.raises(ValueError, match="at least 5 runs"):
        fit_chinchilla(N, D, LOSS, weights=np.arange(25) < n_runs)
    with pytest.raises(ValueError, match="at least 5 runs"):
        held_out(N, D, LOSS, np.unique(6 * N * D)[1] * 1.01)  # three runs
    if n_runs < 4:
        with pytest.raises(ValueError, match=f"at least 4 runs, one for each free parameter, got {n_runs}"):
            fit_form("kaplan", *columns)
        with pytest.raises(ValueError, match=f"at least 3 runs, one for each free parameter, got {n_runs}"):
            fit_power_law(*columns[1:])


def test_few_runs_are_told_by_intervals_predictions_and_scores():
    noise = np.exp(np.random.default_rng(0).normal(0, 0.01, 25))
    some = np.random.default_rng(1).permutation(25)[:6]
    fit = fit_chinchilla(N[some], D[some], (LOSS * noise)[some])
    for carrier in (fit.interval("a", n_resamples=50), fit.predict(1e8, 1e10, n_resamples=50)):
        assert "few_runs" in kinds(carrier.warnings)
    scored = compare_forms(N, D, LOSS * noise, np.sort(6 * N * D)[5])
    abouts = {warning.about for warning in scored.warnings if warning.kind == "few_runs"}
    assert abouts == {f"{form}: runs" for form in ("chinchilla", "no_floor", "tied", "kaplan")}


@pytest.mark.parametrize(("place", "known"), [(1, 0.002502930886), (3, 0.003768640966), (4, 0.003245197037)])
def test_no_optimum_is_missed_where_the_scatter_is_far_above_the_threshold(place, known):
    rng = np.random.default_rng(0)
    noise = [rng.normal(0, 0.2, 25) for _ in range(place + 1)][-1]
    fit = fit_chinchilla(N, D, LOSS * np.exp(noise))
    assert fit.objective <= known * (1 + 1e-6)  # of 400 random starts, and of exponents held at their bounds
    assert "delta" in kinds(fit.warnings)
    if place != 3:
        assert fit.law.alpha == 10
        assert "alpha" in fit.found.bounds


def test_share_of_starts_is_told_as_it_was():
    rng = np.random.default_rng(0)
    for _ in range(2):
        noise = rng.normal(0, 0.2, 25)
    warning = next(w for w in fit_chinchilla(N, D, LOSS * np.exp(noise)).warnings if w.kind == "starts")
    assert "starts ended at the optimum" in warning.reason


UNEVEN = Chinchilla(E=1.7, A=400, B=400, alpha=0.5, beta=0.25)  # a = 1/3
BUDGETS = np.repeat([1e19, 1e20, 1e21, 1e22], 13)


def wide_valleys(reach=30.0, low=8.0):
    """Sizes of 1/low to `reach` times the best at each budget, and losses without scatter; lopsided on purpose."""
    sizes = UNEVEN.optimum(BUDGETS).n_params * np.tile(np.geomspace(1 / low, reach, 13), 4)
    return sizes, BUDGETS, UNEVEN.isoflop(BUDGETS, sizes)


def test_window_of_sizes_brings_the_bottoms_near_the_truth_and_wide_sizes_say_so():
    every, near = fit_isoflop(*wide_valleys()), fit_isoflop(*wide_valleys(), within=6)
    warning = next(warning for warning in every.warnings if warning.kind == "wide")
    assert "span up to 240 times" in warning.reason
    assert f"a = {every.exponent_n:.3f}, with within=6 {near.exponent_n:.3f}" in warning.reason
    assert "wide" not in kinds(near.warnings)
    truth = UNEVEN.optimum(np.unique(BUDGETS)).n_params
    off = [np.abs(np.log(fit.n_params_at(np.unique(BUDGETS)) / truth)).max() for fit in (every, near)]
    assert off[1] < 0.5 * off[0]
    np.testing.assert_allclose(near.bias(UNEVEN), [v.n_params for v in near.valleys] / truth - 1, rtol=1e-6)
    low, high = near.bootstrap(200).interval("a")
    assert low <= near.exponent_n <= high


def test_one_diverged_run_does_not_cost_its_budget():
    sizes, budgets, loss = wide_valleys(4.0, 4.0)
    plain = fit_isoflop(sizes, budgets, loss)
    assert "not_convex" in kinds(
        fit_isoflop(sizes[::-1], budgets[::-1], np.where(np.arange(52) == 6, 11.0, loss)[::-1]).warnings
    )
    for place in (0, 6, 12):
        worse = np.where(np.arange(52) == place, 11.0, loss)
        fit = fit_isoflop(sizes, budgets, worse, robust=True)
        assert fit.exponent_n == pytest.approx(plain.exponent_n, abs=0.01)
        assert [str(warning) for warning in fit.warnings if warning.kind == "diverged"] == [
            "diverged (budget 1e+19): 1 of 13 runs are far from the parabola of most, and left out"
        ]
    assert fit_isoflop(sizes, budgets, loss, robust=True).exponent_n == plain.exponent_n


@pytest.mark.parametrize("within", [1, 0.5, -2])
def test_window_of_no_width_is_refused(within):
    with pytest.raises(ValueError, match="within must be"):
        fit_isoflop(*wide_valleys(), within=within)


@pytest.mark.parametrize("floor", [0.0, 3e8])
def test_rising_law_of_the_best_size_comes_back(floor):
    compute = np.geomspace(1e18, 1e22, 12)
    size = floor + 0.1 * compute**0.5
    fit = fit_power_law(compute, size, floor=bool(floor), rising=True)
    assert (fit.scale, fit.exponent) == (pytest.approx(0.1, rel=1e-5), pytest.approx(0.5, rel=1e-7))
    assert fit.floor == pytest.approx(floor, rel=1e-5)
    np.testing.assert_allclose(fit(compute), size, rtol=1e-8)
    assert "x^exponent" in repr(fit)
    noisy = fit_power_law(
        compute, size * np.exp(np.random.default_rng(0).normal(0, 0.05, 12)), floor=False, rising=True
    )
    ahead = noisy.predict(1e24, n_resamples=200)
    slope, height = np.polyfit(np.log(compute), noisy.problem.objective.target, 1)
    assert ahead.value == pytest.approx(np.exp(height + slope * np.log(1e24)))
    assert ahead.low < ahead.value < ahead.high
    assert "100 times the largest" in ahead.warnings[0].reason
    low, high = noisy.curve_interval(1e20)
    assert low < noisy(1e20) < high


def test_points_that_rise_are_told_how_to_fit_them():
    compute = np.geomspace(1e18, 1e22, 12)
    first = fit_power_law(compute, 0.1 * compute**0.5).warnings[0]
    assert str(first) == "bound (rising): y rises with x; rising=True fits such a law"
    first = fit_power_law(compute, 1e5 * compute**-0.1, rising=True).warnings[0]
    assert str(first) == "bound (rising): y falls with x; rising=False fits such a law"
    assert fit_power_law(compute, 2 + 1e5 * compute**-0.3).warnings == ()


def repeated(jitter=1e-5):
    """Twenty rows at each of 25 places that share most of their error, as checkpoints or seeds of one recipe do."""
    rng = np.random.default_rng(0)
    shared = np.tile(rng.normal(0, 0.01, 25), 20) + rng.normal(0, jitter, 500)
    return np.tile(N, 20), np.tile(D, 20), np.tile(LOSS, 20) * np.exp(shared)


def test_rows_that_repeat_are_an_objection_unless_grouped():
    warning = next(w for w in fit_chinchilla(*repeated()).warnings if w.kind == "repeated")
    assert "500 rows, 25 distinct (n_params, n_tokens); what belongs together needs groups=" in warning.reason
    assert "475 of them copies" in str(fit_chinchilla(*repeated(0)).warnings)
    groups = np.tile(np.arange(25), 20)
    assert "repeated" not in kinds(fit_chinchilla(*repeated(), groups=groups).warnings)
    assert "repeated" not in kinds(fit_chinchilla(N, D, LOSS).warnings)


def test_fit_remembers_its_groups():
    groups = np.tile(np.arange(25), 20)
    plain, grouped = fit_chinchilla(*repeated()), fit_chinchilla(*repeated(), groups=groups)
    assert grouped.interval("a", n_resamples=200) == plain.interval("a", n_resamples=200, groups=groups)
    width = [np.ptp(fit.interval("a", n_resamples=200)) for fit in (plain, grouped)]
    assert width[1] > 2 * width[0]
    assert np.ptp(grouped.predict(1e8, 1e10, n_resamples=200)[1:3]) > 0
    assert fit_form("kaplan", *repeated(), groups=groups).groups is not None


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([1, 2], r"groups must have shape \(25,\)"),
        ([np.nan] * 25, "groups must label every run, got nan at position 0"),
    ],
)
def test_labels_of_groups_are_checked_when_the_fit_is_made(groups, message):
    with pytest.raises(ValueError, match=message):
        fit_chinchilla(N, D, LOSS, groups=groups)
    with pytest.raises(ValueError, match=message):
        fit_chinchilla(N, D, LOSS).bootstrap(10, groups=groups)


def test_refits_are_made_once():
    fit = fit_chinchilla(N, D, LOSS * np.exp(np.random.default_rng(0).normal(0, 0.01, 25)))
    refits = fit.bootstrap(50)
    assert fit.bootstrap(50) is refits
    others = (fit.bootstrap(51), fit.bootstrap(50, seed=1), fit.bootstrap(50, groups=np.arange(25) // 2))
    assert refits not in others
    assert len({id(other) for other in others}) == 3


def test_tokens_at_the_bottom_follow_the_compute_of_a_run():
    sizes, budgets, loss = wide_valleys(4.0, 4.0)
    plain = fit_isoflop(sizes, budgets, loss)
    dear = fit_isoflop(sizes, budgets, loss, flop_per_param_token=7.5)
    for valley, other in zip(plain.valleys, dear.valleys, strict=True):
        assert other.n_tokens == pytest.approx(valley.n_tokens * 6 / 7.5)
    assert np.mean(dear.bootstrap(50).optimum(1e20).n_tokens) == pytest.approx(
        np.mean(plain.bootstrap(50).optimum(1e20).n_tokens) * 6 / 7.5
    )
    assert "C = 7.5 N D" in repr(dear)
    assert "C = 6 N D" in repr(plain)
    fit = fit_chinchilla(N, D, LOSS)
    best = fit.optimum(1e20, flop_per_param_token=7.5)
    assert 7.5 * best.n_params * best.n_tokens == pytest.approx(1e20)
    assert fit.optimum(1e20).n_params == fit.law.optimum(1e20).n_params
    for wrong in (0, -6, np.nan):
        with pytest.raises(ValueError, match="flop_per_param_token must be positive"):
            fit_isoflop(sizes, budgets, loss, flop_per_param_token=wrong)


def test_interval_of_the_optimum_follows_the_compute_of_a_run():
    refits = fit_chinchilla(N, D, LOSS * np.exp(np.random.default_rng(0).normal(0, 0.003, 25))).bootstrap(200)
    plain, dear = refits.optimum(1e20), refits.optimum(1.25e20, flop_per_param_token=7.5)
    for one, other in zip(plain[:4], dear[:4], strict=True):
        assert other == pytest.approx(one)
    assert kinds(refits.optimum(7e20).warnings) == {"extrapolation"}  # the largest run has 6e20, or 7.5e20
    assert refits.optimum(7e20, flop_per_param_token=7.5).warnings == ()
    line = fit_isoflop(*wide_valleys(4.0, 4.0)).bootstrap(50)
    assert line.optimum(1e20, flop_per_param_token=12).n_params == line.optimum(1e20).n_params
    assert line.optimum(1e20, flop_per_param_token=12).n_tokens == pytest.approx(
        np.divide(line.optimum(1e20).n_tokens, 2)
    )
    for wrong in (0, -6, np.nan):
        with pytest.raises(ValueError, match="flop_per_param_token must be positive"):
            refits.optimum(1e20, flop_per_param_token=wrong)


def sweep():
    """Five learning rates and three batches at each of 25 places, the best in the middle; losses, and what was varied."""
    rate, batch = np.meshgrid(np.geomspace(1e-4, 1e-2, 5), [32.0, 64.0, 128.0])
    rate, batch = np.tile(rate.ravel(), 25), np.tile(batch.ravel(), 25)
    penalty = 0.01 * np.log(rate / 1e-3) ** 2 + 0.02 * np.log2(batch / 64) ** 2
    return np.repeat(N, 15), np.repeat(D, 15), np.repeat(LOSS, 15) + penalty, rate, batch


def test_best_run_of_each_place_is_found_among_rates_and_batches():
    n_params, n_tokens, loss, rate, batch = sweep()
    shuffled = np.random.default_rng(0).permutation(len(loss))
    columns = [part[shuffled] for part in (n_params, n_tokens, loss, rate, batch)]
    best = best_runs(*columns[:3], lr=columns[3], batch=columns[4])
    assert best.warnings == ()
    assert (np.diff(best.rows) > 0).all()
    n_params, n_tokens, loss, rate, batch = (part[best.rows] for part in columns)
    assert set(zip(n_params, n_tokens, strict=True)) == set(zip(N, D, strict=True))
    np.testing.assert_allclose(rate, 1e-3)
    assert fit_chinchilla(n_params, n_tokens, loss).law.alpha == pytest.approx(0.35)
    assert "repeated" in kinds(fit_chinchilla(*columns[:3]).warnings)


def test_best_run_at_the_edge_of_a_sweep_is_an_objection_and_diverged_runs_are_none():
    n_params, n_tokens, loss, rate, batch = sweep()
    loss = np.where((rate >= 1e-3) & (n_params == N.max()), np.nan, loss)  # five places
    best = best_runs(n_params, n_tokens, np.ma.masked_invalid(loss), lr=rate, batch=batch)
    assert list(map(str, best.warnings)) == []
    small = rate <= 1e-3
    best = best_runs(n_params[small], n_tokens[small], loss[small], lr=rate[small], batch=batch[small])
    assert [str(warning).partition(";")[0] for warning in best.warnings] == [
        "edge (lr): its best value is the lowest or highest tried at 20 of 25 places"
    ]
    gone = np.where(n_params == N.max(), np.inf, loss)
    assert len(best_runs(n_params, n_tokens, gone).rows) == 20
    with pytest.raises(ValueError, match="loss must be finite for some runs, got none of 375"):
        best_runs(n_params, n_tokens, np.full(375, np.nan))
    with pytest.raises(ValueError, match="lr must be positive"):
        best_runs(n_params, n_tokens, loss, lr=rate - 1e-3)


def test_long_work_says_how_long_it_takes_and_short_work_nothing(monkeypatch, capsys):
    fit = fit_chinchilla(N, D, LOSS * np.exp(np.random.default_rng(0).normal(0, 0.003, 25)))
    fit.bootstrap(60)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "STEP", 0.0)
    fit.bootstrap(61)
    said = capsys.readouterr().err
    assert re.search(r"\r\d+ of 61 fits, \d+ s left", said)
    assert re.search(r"\r61 fits, \d+ s +\n$", said)


def test_what_fits_give_is_readable():
    fit = fit_chinchilla(N, D, LOSS * np.exp(np.random.default_rng(0).normal(0, 0.003, 25)))
    refits = fit.bootstrap(40)
    low, high = refits.interval("a")
    assert repr(refits.interval("a")) == f"Interval({low:.5g} to {high:.5g}, 95%, percentiles of 40 refits)"
    profile = fit.profile("a", n_values=9)
    low, high = profile.values[[0, -1]]
    assert repr(profile) == f"Profile of a at 9 values, {low:.5g} to {high:.5g}"
    scored = held_out(N, D, LOSS, 1e19)
    given = (
        refits,
        refits.interval("a"),
        refits.curve(N[:2], D[:2]),
        refits.predict(1e8, 1e10),
        refits.optimum(1e20),
        profile,
    )
    for text in map(repr, (*given, scored, fit_form("kaplan", N, D, LOSS))):
        assert "float64" not in text
        assert "array(" not in text
        assert max(map(len, text.splitlines())) < 300
    assert "nats" not in repr(fit)
    assert "warnings    structure" in repr(fit_form("kaplan", N, D, LOSS))
