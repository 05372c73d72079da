"""What the shipped measurements show, recomputed in the windows of decisions/measured-runs.md."""

from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pytest

from scalinglaws.data import load
from scalinglaws.runs import corpus, jobs, store
from scalinglaws.runs.jobs import LADDER

BUDGETS = np.array(jobs.BUDGETS[:6])


@pytest.fixture(scope="module")
def runs():
    return load("runs")


def cells(runs, **wanted):
    """Seed averages and standard errors of the loss by budget and size."""
    keep = np.all([runs[column] == value for column, value in wanted.items()], axis=0)
    runs = runs.where(keep)
    found = {}
    for c, h in sorted(set(zip(runs["budget_flop"], runs["hidden"], strict=True))):
        losses = runs["loss"][(runs["budget_flop"] == c) & (runs["hidden"] == h)]
        if np.isnan(losses).any():  # a run that is not ok takes its size out of its budget
            continue
        found[c, h] = losses.mean(), losses.std(ddof=1) / len(losses) ** 0.5 if len(losses) > 1 else np.nan
    return found


def parabola(means, budget, n_params_of):
    """Vertex, lowest loss, curvature, R2, and whether the lowest size has neighbours on both sides."""
    sizes = [h for c, h in means if c == budget]
    losses = np.array([means[budget, h][0] for h in sizes])
    best = int(losses.argmin())
    near = slice(max(0, best - 3), best + 4)
    x, y = np.log([n_params_of(h) for h in sizes])[near], losses[near]
    p = np.polyfit(x - x.mean(), y, 2)
    r2 = 1 - np.var(y - np.polyval(p, x - x.mean())) / np.var(y)
    vertex = -p[1] / 2 / p[0]
    return np.exp(vertex + x.mean()), np.polyval(p, vertex), p[0], r2, 0 < best < len(sizes) - 1


@pytest.fixture(scope="module")
def valleys(runs):
    means = cells(runs, kind="isoflop", corpus="stdlib", variant="")
    return {c: parabola(means, c, lambda h: 225 * h) for c in BUDGETS}


def test_the_tables_are_those_of_the_plan_part_by_part(runs):
    parts = {name: {job.run_id for job in part} for name, part in jobs.shipped_sweep().items()}
    shipped = set(runs["run_id"])
    assert shipped <= set.union(*parts.values())
    assert len(shipped) == len(runs)
    assert parts["isoflop"] | parts["hash"] <= shipped
    for name in parts.keys() - {"heldout"}:
        assert not parts[name] & shipped or parts[name] <= shipped, name
    assert runs.columns == [*store.COLUMNS, "source"]


def test_the_settings_of_every_row_are_those_of_its_job(runs):
    planned = {job.run_id: job for part in jobs.shipped_sweep().values() for job in part}
    for row in runs:
        job = planned[row["run_id"]]
        recipe = asdict(job.recipe.filled(job.hidden, job.n_tokens))
        unique = recipe.pop("unique_tokens") or row["n_tokens"]
        assert row["schedule"] == recipe.pop("schedule")
        assert {name: row[name] for name in recipe} == pytest.approx(recipe, rel=1e-9)
        assert (row["hidden"], row["seed"]) == (job.hidden, job.seed)
        assert row["unique_tokens"] == min(unique, row["n_tokens"])
        assert row["compute_flop"] == pytest.approx(job.flop, rel=0.01)


@pytest.mark.skipif(
    corpus.stdlib().sha256 not in load("runs")["corpus_sha256"], reason="another library than that of the shipped runs"
)
def test_a_shipped_run_done_again_has_its_loss_and_its_curve(runs):
    job = next(job for job in jobs.shipped_sweep()["isoflop"] if job.hidden == 16 and job.curve)
    row, points = job.run()
    shipped, curves = runs.where(runs["run_id"] == job.run_id), load("curves")
    curve = curves.where(curves["run_id"] == job.run_id)
    # On the machine of the shipped runs all six digits agree; another one's matrix products round otherwise.
    assert row["loss"] == pytest.approx(shipped["loss"][0], abs=2e-3)
    assert [point[:2] for point in points] == list(zip(curve["step"], curve["n_tokens_seen"], strict=True))
    assert [point[2] for point in points] == pytest.approx(curve["loss"], abs=2e-2)


def test_every_row_is_consistent_with_itself(runs):
    np.testing.assert_allclose(runs["compute_flop"], 6 * runs["n_params"] * runs["n_tokens"], rtol=1e-9)
    np.testing.assert_array_equal(runs["n_tokens"], runs["steps"] * runs["batch"])
    np.testing.assert_allclose(runs["epochs"], runs["n_tokens"] / runs["unique_tokens"], rtol=1e-6)
    symbols = np.where(runs["corpus"] == "hash", 64, 97)
    np.testing.assert_array_equal(runs["n_params"], runs["hidden"] * (runs["context"] * runs["d_embed"] + symbols))
    np.testing.assert_array_equal(np.isfinite(runs["loss"]), runs["status"] == "ok")
    budgeted = np.isfinite(runs["budget_flop"])
    off = runs["compute_flop"][budgeted] / runs["budget_flop"][budgeted] - 1
    assert np.abs(off).max() < 0.01
    assert len({(c, s) for c, s in zip(runs["corpus"], runs["corpus_sha256"], strict=True)}) == 2


def test_loss_falls_with_data_at_fixed_size(runs):
    means = cells(runs, kind="isoflop", corpus="stdlib", variant="")
    compared = 0
    for h in LADDER:
        budgets = sorted(c for c, hidden in means if hidden == h)
        for less, more in pairwise(budgets):
            (before, e1), (after, e2) = means[less, h], means[more, h]
            assert after < before + 2 * np.hypot(e1, e2)
            compared += 1
    assert compared > 30


def test_every_valley_has_its_minimum_inside(valleys):
    assert all(inside for *_, inside in valleys.values())
    assert all(0.03 < curvature < 0.12 for _, _, curvature, _, _ in valleys.values())


def test_parabolas_describe_the_valleys(valleys):
    # At 1e9 FLOP batch and learning rate change with the length of the run inside the valley: one point stands off.
    assert all(r2 > (0.96 if c == 1e9 else 0.97) - 0.001 for c, (*_, r2, _) in valleys.items())


def test_the_best_size_grows_like_the_square_root_of_compute(valleys):
    a = np.polyfit(np.log(BUDGETS), np.log([valleys[c][0] for c in BUDGETS]), 1)[0]
    assert 0.48 < a < 0.57


def test_the_frontier_is_a_power_law(valleys):
    losses = np.log([valleys[c][1] for c in BUDGETS])
    p = np.polyfit(np.log(BUDGETS), losses, 1)
    assert -0.067 < p[0] < -0.057
    assert np.abs(losses - np.polyval(p, np.log(BUDGETS))).max() < 0.02


def test_curves_end_at_the_loss_of_their_run_and_run_down_to_it(runs):
    curves = load("curves")
    last = dict(zip(runs["run_id"], runs["loss"], strict=True))
    for name in set(curves["run_id"]):
        losses = curves["loss"][curves["run_id"] == name]
        assert losses[-1] == pytest.approx(last[name], abs=0.05)
        assert losses[0] > losses[-1] + 0.1
    assert len(set(curves["run_id"])) >= 52


def test_the_source_of_known_entropy_is_never_beaten(runs):
    # The exact value for the held-out part of `corpus.hash_source()`; test_runs_corpus checks how it is computed.
    losses = runs["loss"][runs["corpus"] == "hash"]
    assert losses.min() > 2.040361
    means = cells(runs, kind="isoflop", corpus="hash", variant="")
    budgets = np.array(jobs.BUDGETS[1:6])
    above = [parabola(means, c, lambda h: 192 * h)[1] - 2.040361 for c in budgets]
    p, residuals = np.polyfit(np.log(budgets), np.log(above), 1, full=True)[:2]
    assert -0.13 < p[0] < -0.11
    assert residuals[0] < 1e-3


@pytest.mark.skipif(not (load("runs")["kind"] == "repeat").any(), reason="the table has no repeated runs yet")
def test_repeating_helps_little_where_unique_data_are_few(runs):
    def mean(tag, epochs, unique, hidden):
        steps = runs["n_tokens"] // (unique * 0.98) == epochs
        here = (runs["kind"] == "repeat") & (runs["variant"] == f"{tag}-u{unique}") & (runs["hidden"] == hidden)
        return runs["loss"][here & steps].mean()

    small_gap = mean("again", 4, 220_000, 16) - mean("fresh", 4, 220_000, 16)
    large_gap = mean("again", 4, 60_000, 256) - mean("fresh", 4, 60_000, 256)
    assert -0.01 < small_gap < 0.03 < large_gap
    assert mean("again", 40, 60_000, 256) > mean("again", 4, 60_000, 256) + 0.3


@pytest.mark.skipif(not (load("runs")["kind"] == "heldout").any(), reason="the table has no held-out runs yet")
def test_the_frontier_foretells_the_held_out_budget(runs):
    means = cells(runs, kind="isoflop", corpus="stdlib", variant="")
    budgets = np.array(sorted({c for c, _ in means}))
    lowest = np.array([parabola(means, c, lambda h: 225 * h)[1] for c in budgets])
    measured = np.nanmin(runs["loss"][runs["kind"] == "heldout"])
    errors = []
    for limit in (3e11, 1e12):
        p = np.polyfit(np.log(budgets[budgets <= limit]), np.log(lowest[budgets <= limit]), 1)
        errors.append(np.exp(np.polyval(p, np.log(1e13))) / measured - 1)
    # Written down before the run: a straight line would promise too much loss, by less than 6 %, and by less from the
    # nearer cut. It promised too little, by 2 %, from either. decisions/measured-runs.md says so.
    assert -0.03 < min(errors) <= max(errors) < -0.015
