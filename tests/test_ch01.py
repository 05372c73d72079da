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


def test_counting_without_embeddings_straightens_the_curve_sixfold():
    n, budgets = np.geomspace(1e2, 1e11, 3000), np.geomspace(1e11, 1e21, 200)
    total = n + constant("pearce2024.embedding_scale") * n ** (1 / 3)
    losses = HOFFMANN.loss(total, budgets[:, None] / 6 / n)
    sizes = n[losses.argmin(axis=1)]
    kept = (sizes > 768) & (sizes < 1.5e9)
    slopes, misses = [], []
    for best in (losses.min(axis=1), HOFFMANN.frontier(budgets)):
        x, y = np.log(budgets[kept]), np.log(best[kept])
        line = np.polyfit(x, y, 1)
        slopes.append(-line[0])
        misses.append(np.abs(np.polyval(line, x) - y).max())
    assert slopes == pytest.approx([0.065, 0.100], abs=1e-3)
    assert misses == pytest.approx([0.03, 0.18], abs=6e-3)


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
