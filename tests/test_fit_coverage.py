"""The simulation study runs, and what it found is what the documentation and the course say."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from scalinglaws.data import load
from scalinglaws.fit.engine.intervals import Draws

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "coverage.py"


@pytest.fixture(scope="module")
def study():
    spec = importlib.util.spec_from_file_location("coverage_study", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "noise", ["gaussian", *(pytest.param(n, marks=pytest.mark.weekly) for n in ("student3", "growing"))]
)
def test_small_study_gives_a_row_for_each_quantity(study, noise):
    rows = list(study.study(noise, 48, datasets=3, resamples=60))
    assert [row["quantity"] for row in rows] == list(study.truths())
    assert all(0 <= row["coverage"] <= 1 and row["median_width"] > 0 for row in rows)
    assert list(rows[0]) == study.COLUMNS == load("coverage").columns
    assert study.markdown(rows).count("\n") == 2


@pytest.mark.parametrize("noise", ["gaussian", "student3"])
def test_scatter_has_the_stated_spread(study, noise):
    drawn = study.NOISES[noise](np.random.default_rng(0), np.ones(200_000))
    assert drawn.std() == pytest.approx(study.SCATTER, rel=0.05)


def test_growing_scatter_is_larger_for_small_runs(study):
    compute = np.repeat([1e18, 1e21], 20_000)
    drawn = study.NOISES["growing"](np.random.default_rng(0), compute)
    assert drawn[:20_000].std() / drawn[20_000:].std() == pytest.approx(1000 ** (1 / 6), rel=0.05)


def test_intervals_cover_as_they_claim_under_normal_scatter():
    table = load("coverage")
    enough = table.where((table["noise"] == "gaussian") & (table["n_runs"] >= 96) & (table["level"] == 0.95))
    assert set(enough["n_runs"]) == {96, 240}
    assert (enough["datasets"] >= 2000).all()
    assert ((enough["coverage"] >= 0.93) & (enough["coverage"] <= 0.98)).all()


def test_intervals_never_hold_the_truth_too_seldom():
    table = load("coverage")
    assert len(table) == 3 * 4 * 6
    assert table["coverage"].min() >= 0.93
    assert (table["median_width"] > 0).all()


def test_documentation_names_the_table_and_keeps_no_copy_of_it():
    assert "`coverage`" in Draws.__doc__
    assert "gaussian" not in Draws.__doc__
