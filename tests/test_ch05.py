"""Numbers that chapter 5, lab 3, their claim and their questions state in words."""

from functools import cache

import numpy as np
import pytest

from scalinglaws import constant, fit, load
from scalinglaws.course.claims import claims
from scalinglaws.fit import valleys

RUNS = load("runs")
LIBRARY = RUNS.where((RUNS["corpus"] == "stdlib") & (RUNS["variant"] == ""))
ISOFLOP = LIBRARY.where(LIBRARY["kind"] == "isoflop")
OURS = ISOFLOP.where(ISOFLOP["budget_flop"] <= 3e11)
SIX = valleys.fit_valleys(OURS)
EVERY = valleys.fit_valleys(ISOFLOP)
MADE = RUNS.where((RUNS["corpus"] == "hash") & (RUNS["kind"] == "isoflop"))
TRIED = LIBRARY.where(np.isfinite(LIBRARY["budget_flop"]) & (LIBRARY["status"] == "ok"))
FORMS = "chinchilla", "no_floor", "kaplan"
CUTS = 1e10, 3e10, 1e11, 3e11, 1e12, 3e12


def columns(some):
    return some["n_params"], some["n_tokens"], some["loss"]


def lowest(budget):
    return TRIED["loss"][TRIED["budget_flop"] == budget].min()


@cache
def scored(cut, target):
    use = (TRIED["budget_flop"] <= cut) | (TRIED["loss"] == lowest(target))
    return fit.compare_forms(*columns(TRIED.where(use)), 1.1 * cut, forms=FORMS)


def errors(cut, target):
    return [100 * scored(cut, target).errors[form][0] for form in FORMS]


def variant(tag, budgets=3e10):
    return RUNS.where((RUNS["kind"] == "variant") & (RUNS["variant"] == tag) & (RUNS["budget_flop"] <= budgets))


def inner(some):
    return [valley for valley in valleys.fit_valleys(some) if valley.inside]


# ---- the laws


def test_kaplans_form_leaves_less_than_chinchillas_from_3e10_on_and_more_at_1e10():
    sums = {cut: [1e5 * scored(cut, 1e13).fits[form].objective for form in FORMS] for cut in CUTS}
    assert np.round([sums[cut][0] for cut in CUTS]).tolist() == [43, 78, 141, 200, 223, 233]
    assert np.round([sums[cut][2] for cut in CUTS]).tolist() == [51, 75, 105, 134, 148, 166]
    assert [sums[cut][2] < sums[cut][0] for cut in CUTS] == [False, True, True, True, True, True]


def test_kaplans_form_misses_the_main_runs_by_less_with_a_parameter_fewer():
    rms = [100 * np.sqrt(np.mean(scored(3e11, 1e13).fits[form].residuals ** 2)) for form in FORMS]
    assert rms == pytest.approx([1.70, 1.82, 1.13], abs=0.005)


@pytest.mark.parametrize("target", [1e12, 3e12])
def test_of_the_laws_kaplans_forecasts_best_from_every_cut_where_the_minimum_is_inside(target):
    assert next(valley for valley in EVERY if valley.budget_flop == target).inside
    for cut in [cut for cut in CUTS if cut < target]:
        assert np.argmin(np.abs(errors(cut, target))) == 2
    assert errors(1e10, 3e12) == pytest.approx([24, 14, 6], abs=0.5)


def test_at_1e13_each_of_the_three_laws_wins_from_some_cut():
    best = [int(np.argmin(np.abs(errors(cut, 1e13)))) for cut in CUTS]
    assert best == [2, 2, 2, 1, 0, 0]


def test_on_the_source_with_a_floor_chinchillas_form_leaves_less():
    assert fit.fit_chinchilla(*columns(MADE)).objective < fit.fit_kaplan(*columns(MADE)).objective


def test_a_frontier_above_a_floor_only_flattens_while_ours_steepens():
    budget, loss = valleys.bottoms(EVERY)
    pace = -np.diff(np.log(loss)) / np.diff(np.log(budget))
    assert pace == pytest.approx([0.058, 0.056, 0.062, 0.067, 0.067, 0.062, 0.054], abs=6e-4)
    law = fit.fit_chinchilla(*columns(OURS)).law
    slopes = np.diff(np.log(law.frontier(budget))) / np.diff(np.log(budget))
    assert law.E > 0 and (np.diff(slopes) > 0).all()


def test_the_true_floor_costs_a_quarter_more_scatter_where_a_parameter_should_cost_half_a_per_cent():
    free = fit.fit_chinchilla(*columns(MADE))
    held = fit.fit_chinchilla(*columns(MADE), fixed={"E": constant("hash_source.entropy")})
    assert held.residuals.std() / free.residuals.std() - 1 == pytest.approx(0.23, abs=0.01)
    n = len(MADE)
    assert np.sqrt((n - 4) / (n - 5)) - 1 == pytest.approx(0.006, abs=1e-3)


def test_luck_explains_the_lead_of_either_form_up_to_1e11_and_not_kaplans_from_3e11_on():
    rng, bounds = np.random.default_rng(0), []
    for cut in CUTS:
        some = TRIED.where(TRIED["budget_flop"] <= cut)
        fits = [scored(cut, 1e13).fits[form] for form in ("kaplan", "chinchilla")]
        misses = [np.abs(np.log(some["loss"] / one.loss(some["n_params"], some["n_tokens"]))) for one in fits]
        assert [m.mean() for m in misses] == pytest.approx([np.abs(one.residuals).mean() for one in fits], rel=1e-6)
        cell = np.unique(some["n_tokens"], return_inverse=True)[1]
        sums = [np.bincount(cell, np.where(m < 1e-3, m**2 / 2, 1e-3 * (m - 5e-4))) for m in misses]
        drawn = rng.integers(0, len(sums[0]), (4000, len(sums[0])))
        bounds.append(np.percentile(sums[0][drawn].sum(1) / sums[1][drawn].sum(1), [2.5, 97.5]))
    assert [low < 1 < high for low, high in bounds] == [True, True, True, False, False, False]
    assert bounds[3] == pytest.approx([0.49, 0.91], abs=0.015)


# ---- the ruler


def test_a_ruler_forecasts_the_loss_at_ten_times_the_compute_within_3_per_cent():
    for k in range(3, len(EVERY)):
        for valley in EVERY[k:]:
            if valley.budget_flop < 11 * EVERY[k - 1].budget_flop:
                assert abs(valleys.extrapolate(EVERY[:k], valley.budget_flop) / valley.loss - 1) < 0.03


def test_a_ruler_from_1e10_is_3_per_cent_off_in_loss_and_67_in_size_at_3e12():
    last = EVERY[-1]
    assert valleys.extrapolate(EVERY[:3], 3e12) / last.loss - 1 == pytest.approx(0.030, abs=5e-4)
    assert valleys.extrapolate(EVERY[:3], 3e12, "n_params") / last.n_params - 1 == pytest.approx(0.67, abs=0.005)


@pytest.mark.parametrize("target", [1e12, 3e12])
def test_the_ruler_is_closer_than_any_law_from_the_cuts_up_to_3e11(target):
    for cut in CUTS[:4]:
        below = [valley for valley in EVERY if valley.budget_flop <= 1.1 * cut]
        ruler = 100 * (valleys.extrapolate(below, target) / lowest(target) - 1)
        assert abs(ruler) < np.abs(errors(cut, target)).min()


# ---- the scatter of seeds


def test_less_than_half_of_the_scatter_between_seeds_moves_all_sizes_together():
    for valley in SIX:
        of_budget = OURS.where(OURS["budget_flop"] == valley.budget_flop)
        sizes = valley.sizes[valley.near]
        table = np.array([[of_budget["loss"][(of_budget["n_params"] == n) & (of_budget["seed"] == k)][0] for k in range(3)] for n in sizes])  # fmt: skip
        off = table - table.mean(axis=1, keepdims=True)
        assert np.mean(off.mean(axis=0) ** 2) / np.mean(off**2) < 0.5


def test_a_hundredth_of_a_nat_moves_the_lowest_run_by_a_step_in_four_cases_of_ten():
    rng, steps = np.random.default_rng(0), np.arange(-3, 4)
    valley = 0.5 * SIX[4].curvature * (steps * np.log(2) / 2) ** 2
    moved = np.abs((valley + rng.normal(0, 0.01, (100_000, 7))).argmin(axis=1) - 3)
    assert np.mean(moved == 1) == pytest.approx(0.43, abs=0.01) and np.mean(moved > 1) < 0.01


# ---- text, recipe, count


def test_the_base_at_the_variants_budgets_is_055_and_two_variants_leave_it_there():
    base = OURS.where(OURS["budget_flop"] <= 3e10)
    for some, a in (
        (base, 0.55),
        (variant("context4"), 0.55),
        (variant("short-memory"), 0.55),
        (variant("low-lr"), 0.67),
    ):
        assert valleys.allocation_exponent(inner(some)) == pytest.approx(a, abs=0.005)
    low, high = valleys.redraw(base, 300).interval("a")
    assert not low < 0.67 < high
    assert valleys.allocation_exponent(inner(variant("context16"))) == pytest.approx(0.506, abs=0.005)
    assert valleys.redraw(variant("context16"), 300).interval("a").high > low


def test_runs_without_decay_give_020_and_048_from_two_seeds():
    some = variant("no-decay")
    exponents = [valleys.allocation_exponent(inner(some.where(some["seed"] == k))) for k in (0, 1)]
    assert exponents == pytest.approx([0.20, 0.48], abs=0.005)


def test_tokens_per_parameter_are_16_to_22_or_12_to_16_with_the_embeddings_counted():
    without = [valley.n_tokens / valley.n_params for valley in SIX]
    counted = [
        v.n_tokens / total.n_params for v, total in zip(SIX, valleys.fit_valleys(OURS, "n_params_total"), strict=True)
    ]
    assert [round(min(without)), round(max(without)), round(min(counted)), round(max(counted))] == [16, 22, 12, 16]


def test_one_public_sweep_has_three_exponents_by_what_is_counted():
    sweep = load("nanochat_isoflop")
    for counted, a, ratios in (
        ("with the last layer, without embeddings", 0.52, (10, 11)),
        ("everything", 0.37, (3, 4)),
        ("inside the transformer only", 0.68, (8, 16)),
    ):
        one = sweep.where(sweep["counted"] == counted)
        assert valleys.log_slope(one["budget_flop"], one["n_params"]) == pytest.approx(a, abs=0.005)
        assert abs(one["a_printed"][0] - a) <= 0.021
        each = one["n_tokens"] / one["n_params"]
        assert (round(each.min()), round(each.max())) == ratios


def test_the_verdict_of_claim_130_has_the_intervals_of_its_exponents():
    for some, words in ((OURS, "0.52 (0.50 to 0.55)"), (MADE, "0.45 (0.41 to 0.49)")):
        low, high = valleys.redraw(some, 300).interval("a")
        a = valleys.allocation_exponent(valleys.fit_valleys(some))
        assert f"{a:.2f} ({low:.2f} to {high:.2f})" == words and words in claims()[130].verdict


# ---- what belongs together


def test_drawn_with_their_size_the_runs_leave_the_exponent_of_the_law_half_as_sure_again():
    fits = [fit.fit_chinchilla(*columns(OURS), groups=groups) for groups in (None, OURS["n_tokens"])]
    together = np.unique(np.stack([OURS["n_params"], OURS["n_tokens"]]), axis=1).shape[1]
    assert len(OURS) == 156 and together == len(np.unique(OURS["n_tokens"])) == 52
    alone, cells = (np.ptp(one.bootstrap(500).interval("a")) for one in fits)
    assert cells > 1.5 * alone


def test_the_exponent_does_not_drift_with_a_context_of_16_characters():
    text = RUNS.where(RUNS["corpus"] == "stdlib")
    for tag, low, high in (("", 0.55, 0.45), ("context16", 0.51, 0.50)):
        mine = text.where(text["variant"] == tag)
        upper = mine.where(np.isin(mine["budget_flop"], [1e11, 3e11, 1e12]))
        for some, a in ((mine.where(mine["budget_flop"] <= 3e10), low), (upper, high)):
            assert valleys.allocation_exponent(valleys.fit_valleys(some)) == pytest.approx(a, abs=0.005)


# ---- lab 3


def test_one_run_scatters_by_a_quarter_to_half_a_per_cent():
    scatter = [100 * np.sqrt(3) * np.nanmean(valley.errors[valley.near]) / valley.loss for valley in SIX]
    assert min(scatter) > 0.18 and max(scatter) < 0.52


def test_the_shipped_seeds_cut_to_three_and_four_budgets_give_what_the_lab_says():
    for top, low, high in ((1e10, 0.56, 0.58), (3e10, 0.55, 0.56)):
        some = OURS.where(OURS["budget_flop"] <= top)
        exponents = [valleys.allocation_exponent(valleys.fit_valleys(some.where(some["seed"] == k))) for k in range(3)]
        assert (round(min(exponents), 2), round(max(exponents), 2)) == (low, high)


def test_a_rate_four_times_too_low_costs_26_and_21_thousandths_of_the_loss():
    cost = [
        slow.loss / tuned.loss for slow, tuned in zip(valleys.fit_valleys(variant("low-lr", 3e9)), SIX, strict=False)
    ]
    assert cost == pytest.approx([1.026, 1.021], abs=5e-4)
    assert [100 * (c ** (1 / 0.06) - 1) for c in cost] == pytest.approx([54, 42], abs=0.5)


def test_a_hidden_unit_costs_225_parameters_or_161_with_half_the_context():
    for some, each in ((OURS, 225), (variant("context4"), 161)):
        assert (some["n_params"] == each * some["hidden"]).all()
