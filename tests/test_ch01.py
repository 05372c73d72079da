"""Numbers that chapter 1, its claims and its questions state in words."""

import numpy as np
import pytest

from scalinglaws import Chinchilla, PowerLaw, constant
from scalinglaws.book import lab1

HOFFMANN = Chinchilla.published("hoffmann2022_tex")
LAW = HOFFMANN.frontier_law


@pytest.fixture
def kaplan():
    exponent = constant("kaplan2020.alpha_C_min")
    one_nat = constant("kaplan2020.C_c_min") * constant("kaplan2020.pf_day")
    return PowerLaw(scale=one_nat**exponent, exponent=exponent)


def test_a_step_removes_the_reducible_share_times_what_it_takes_of_that():
    for compute in 10.0 ** np.arange(16, 28):
        share = 1 - LAW.floor / LAW(compute)
        assert 1 - LAW.per_decade(compute) == pytest.approx(share * (1 - 10**-LAW.exponent), rel=1e-12)
        assert abs(LAW.elasticity(compute)) == pytest.approx(LAW.exponent * share, rel=1e-12)


def test_a_line_over_two_decades_misses_by_one_per_cent_inside_and_ten_two_decades_on():
    logs = np.linspace(19, 21, 200)
    line = np.polyfit(logs, np.log10(LAW(10**logs)), 1)
    assert np.abs(10 ** np.polyval(line, logs) / LAW(10**logs) - 1).max() == pytest.approx(0.010, abs=5e-4)
    assert 10 ** np.polyval(line, 23) / LAW(1e23) - 1 == pytest.approx(-0.10, abs=5e-3)


def test_kaplans_line_and_the_floored_law_agree_in_four_decades_and_nowhere_below(kaplan):
    middle = np.logspace(18, 22, 200)
    assert np.abs(kaplan(middle) / LAW(middle) - 1).max() < 0.04
    assert kaplan(1e16) / LAW(1e16) - 1 == pytest.approx(-0.21, abs=5e-3)
    assert np.all(np.diff(kaplan(np.logspace(14, 18)) / LAW(np.logspace(14, 18))) > 0)


def test_counting_without_embeddings_straightens_the_curve_fivefold():
    n, budgets = np.geomspace(1e2, 1e11, 3000), np.geomspace(1e11, 1e21, 200)
    total = n + constant("pearce2024.embedding_scale") * n ** (1 / 3)
    losses = HOFFMANN.loss(total, budgets[:, None] / 6 / n)
    best = losses.argmin(axis=1)
    kept = (n[best] > 768) & (n[best] < 1.5e9)
    ends = total[best[kept]][[0, -1]]
    counted = HOFFMANN.optimum_of(np.geomspace(*ends, 200))
    slopes, misses = [], []
    for flop, loss in ((budgets[kept], losses.min(axis=1)[kept]), (counted.compute_flop, counted.loss)):
        x, y = np.log(flop), np.log(loss)
        line = np.polyfit(x, y, 1)
        slopes.append(-line[0])
        misses.append(np.abs(np.polyval(line, x) - y).max())
    assert slopes == pytest.approx([0.065, 0.094], abs=1e-3)
    assert misses == pytest.approx([0.03, 0.146], abs=1e-3)


def test_where_kaplans_line_meets_a_floor_hangs_on_the_floor(kaplan):
    gpt3 = 3.14e23
    refit, error = constant("besiroglu2024.E"), constant("besiroglu2024.E_se")
    assert kaplan.x_for(LAW.floor) == pytest.approx(7.1e23, rel=0.01)
    assert kaplan.x_for(refit) == pytest.approx(1.7e23, rel=0.03)
    by_error = kaplan.x_for(refit + error) / gpt3, 2 * kaplan.x_for(refit - error) / gpt3
    assert by_error == pytest.approx((0.4, 1.5), abs=0.05)


def test_three_fits_of_the_same_runs_say_13_to_24_per_cent_at_1e25():
    keys = "hoffmann2022_tex", "besiroglu2024", "besiroglu2024_all"
    removed = [100 * (1 - Chinchilla.published(key).frontier_law.per_decade(1e25)) for key in keys]
    assert removed == pytest.approx([2.4, 1.7, 1.3], abs=0.05)


@pytest.mark.parametrize("start", [11, 13, 16])
def test_a_line_over_seven_decades_misses_the_floored_law_by_about_ten_per_cent(start):
    logs = np.linspace(start, start + 7, 200)
    line = np.polyfit(logs, np.log10(LAW(10**logs)), 1)
    assert 0.085 < np.abs(10 ** np.polyval(line, logs) / LAW(10**logs) - 1).max() < 0.12


def test_a_trial_at_the_dots_is_close_with_015_and_not_with_014():
    budgets = 10.0 ** np.arange(18, 26)
    for exponent, floor, miss in ((0.15, 1.67, 0.005), (0.14, 1.60, 0.024)):
        trial = PowerLaw((LAW(1e18) - floor) * 1e18**exponent, exponent, floor)
        assert np.abs(trial(budgets) / LAW(budgets) - 1).max() == pytest.approx(miss, abs=5e-4)


@pytest.mark.parametrize(
    "shape, decades, off",
    [("power law with a floor", 2.5, -22), ("lognormal", 5.2, 85), ("the same drop each decade", 2.8, None)],
)
def test_the_key_of_break_the_ruler_is_the_widest_window(shape, decades, off):
    kept = [
        width
        for width in np.arange(5, 61) / 10
        if (laid := lab1.lay_ruler(shape, width)).r_squared > 0.99 and abs(laid.off) > 20
    ]
    assert max(kept) == pytest.approx(decades)
    if off:
        assert lab1.lay_ruler(shape, decades).off == pytest.approx(off, abs=0.5)


def test_an_exponential_to_a_floor_cannot_hide():
    assert all(lab1.lay_ruler("exponential to a floor", width).r_squared < 0.99 for width in np.arange(5, 61) / 10)
