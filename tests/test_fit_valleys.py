"""Valleys of measured runs: windows, exponents and intervals are what the records say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.data import load
from scalinglaws.fit import frontier, valleys
from scalinglaws.show import marks
from scalinglaws.show.figures import axes


@pytest.fixture(scope="module")
def ours():
    runs = load("runs")
    mine = (runs["kind"] == "isoflop") & (runs["corpus"] == "stdlib") & (runs["variant"] == "")
    return runs.where(mine & (runs["budget_flop"] <= 3e11))


def rows_of(a=0.5, curvature=0.07, budgets=(1e9, 1e10, 1e11), n_sizes=7, seeds=(0,), noise=0.0):
    """Runs on exact valleys whose best size is 3000 (C / 1e9)^a."""
    rng = np.random.default_rng(0)
    for budget in budgets:
        best = 3000 * (budget / 1e9) ** a
        for k in range(n_sizes):
            size = best * 2 ** ((k - n_sizes // 2) / 2)
            loss = 2 * (budget / 1e9) ** -0.06 + curvature * np.log(size / best) ** 2
            for seed in seeds:
                yield {
                    "budget_flop": budget, "hidden": k, "n_params": size, "n_params_total": size + 1649, "seed": seed,
                    "loss": loss + noise * rng.normal(), "status": "ok",
                }  # fmt: skip


@settings(deadline=None, max_examples=25)
@given(a=st.floats(0.2, 0.8), curvature=st.floats(0.01, 0.2), reach=st.integers(1, 3))
def test_exact_valleys_are_recovered(a, curvature, reach):
    found = valleys.fit_valleys(list(rows_of(a, curvature)), reach=reach)
    assert valleys.allocation_exponent(found) == pytest.approx(a, abs=1e-6)
    assert [v.curvature for v in found] == pytest.approx([2 * curvature] * 3)
    assert valleys.log_slope(*valleys.bottoms(found)) == pytest.approx(-0.06, abs=1e-9)
    assert valleys.extrapolate(found, 1e12) == pytest.approx(2 * 1e3**-0.06)
    assert valleys.extrapolate(found, 1e12, "n_params") == pytest.approx(3000 * 1e3**a)
    assert all(v.inside and v.r_squared > 1 - 1e-9 for v in found)
    assert all(v.curve(v.sizes) == pytest.approx(v.losses) for v in found)


def test_a_run_that_is_not_ok_takes_its_size_out_of_its_budget():
    rows = [dict(row, seed=seed) for seed in (0, 1) for row in rows_of()]
    rows[0] |= {"status": "diverged", "loss": float("nan")}
    assert [len(v.sizes) for v in valleys.fit_valleys(rows)] == [6, 7, 7]


def test_a_minimum_at_the_end_is_not_inside_and_a_budget_of_two_sizes_is_left_out():
    rows = [row for row in rows_of() if row["hidden"] >= (3 if row["budget_flop"] == 1e9 else 0)]
    rows = [row for row in rows if row["budget_flop"] < 1e11 or row["hidden"] < 2]
    found = valleys.fit_valleys(rows)
    assert [v.budget_flop for v in found] == [1e9, 1e10] and [v.inside for v in found] == [False, True]


def test_seed_averages_have_their_standard_error_and_a_single_seed_has_none():
    found = valleys.fit_valleys(list(rows_of(seeds=(0, 1, 2), noise=0.01)))
    assert 0.002 < np.mean([v.errors.mean() for v in found]) < 0.012
    assert np.isnan(valleys.fit_valleys(list(rows_of()))[0].errors).all()


def test_redrawn_exponents_scatter_around_the_exponent_and_not_at_all_without_noise():
    draws = valleys.redraw(list(rows_of(seeds=(0, 1, 2), noise=0.01)), 60).draws["a"]
    assert abs(draws.mean() - 0.5) < 0.1 and draws.std() > 0.003
    np.testing.assert_allclose(valleys.redraw(list(rows_of(seeds=(0, 1))), 20).draws["a"], 0.5, atol=1e-9)


def redrawn_by_hand(rows, n_resamples, seed):
    """Seeds within each size, widened by sqrt(n / (n - 1)); then the budgets' scatter, by sqrt(m / (m - 2))."""
    rng, found, draws = np.random.default_rng(seed), valleys.fit_valleys(rows), []
    cells = valleys.seed_losses(rows)
    compute = np.log([valley.budget_flop for valley in found])
    for _ in range(n_resamples):
        best = []
        for valley in found:
            shift = []
            for key in sorted(key for key in cells if key[0] == valley.budget_flop):
                off = cells[key][1] - cells[key][1].mean()
                n = len(off)
                shift.append(rng.choice(off * np.sqrt(n / max(n - 1, 1)), n).mean())
            losses = valley.losses + shift
            lowest = int(np.argmin(losses))
            near = slice(max(0, lowest - 3), lowest + 4)
            c, b, _ = np.polyfit(np.log(valley.sizes[near]), losses[near], 2)
            assert c > 0
            best.append(-b / (2 * c))
        line = np.polyfit(compute, best, 1)
        m = len(compute)
        off = (best - np.polyval(line, compute)) * np.sqrt(m / (m - 2))
        draws.append(np.polyfit(compute, np.polyval(line, compute) + rng.choice(off, m), 1)[0])
    return np.array(draws)


def test_redrawn_lines_are_those_of_the_two_resamplings_written_out():
    rows = list(rows_of(seeds=(0, 1, 2), noise=0.003, budgets=(1e9, 1e10, 1e11, 1e12)))
    np.testing.assert_allclose(valleys.redraw(rows, 30, seed=4).draws["a"], redrawn_by_hand(rows, 30, 4), rtol=1e-7)


def test_the_shipped_valleys_give_the_recorded_exponent(ours):
    found = valleys.fit_valleys(ours)
    assert len(found) == 6 and all(v.inside for v in found)
    assert valleys.allocation_exponent(found) == pytest.approx(0.524, abs=0.002)
    low, high = valleys.redraw(ours, 100).interval("a")
    assert low < 0.524 < high and 0.02 < high - low < 0.12


def test_counting_embeddings_flattens_the_allocation(ours):
    assert (
        valleys.allocation_exponent(valleys.fit_valleys(ours, "n_params_total"))
        < valleys.allocation_exponent(valleys.fit_valleys(ours)) - 0.05
    )


def test_near_keeps_the_runs_of_the_parabolas_with_all_their_seeds(ours):
    used = valleys.runs_near(ours)
    assert len(used) == 3 * sum(len(v.sizes[v.near]) for v in valleys.fit_valleys(ours))


def test_checkpoints_belong_to_their_runs_and_end_with_them(ours):
    points = frontier.checkpoints(ours, load("curves"))
    assert set(points["run"]) <= set(ours["run_id"])
    assert points["done"].max() == pytest.approx(1, abs=1e-6) and points["done"].min() > 0
    assert {len(column) for column in points.values()} == {len(points["loss"])}


def test_unknown_names_are_named(ours):
    with pytest.raises(ValueError, match="size must be one of"):
        valleys.fit_valleys(ours, "hidden")
    with pytest.raises(ValueError, match="what must be one of"):
        valleys.extrapolate(valleys.fit_valleys(ours), 1e12, "curvature")


def test_a_picture_has_a_diamond_at_each_bottom(ours):
    found = valleys.fit_valleys(ours)
    picture = axes("n_params", "loss", log="x")
    marks.draw_valleys(picture, found)
    diamonds = [line.get_xdata()[0] for line in picture.lines if line.get_marker() == "D"]
    assert diamonds == pytest.approx([v.n_params for v in found])
    assert picture.texts[0].get_text().strip() == "1e9"
