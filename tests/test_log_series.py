"""The measured series of lab 1."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.book.lab1 import our_runs, two_labs
from scalinglaws.data import load


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_one_lab_has_a_floor_and_the_two_laws_look_the_same_over_the_data_and_part_beyond(seed):
    north, south = two_labs(seed)
    assert sorted(bool(lab.truth.floor) for lab in (north, south)) == [False, True]
    assert np.allclose(north.truth(north.x), south.truth(south.x), rtol=0.025)
    assert abs(np.log(north.truth(1e23) / south.truth(1e23))) > 0.2


def test_the_same_seed_gives_the_same_series_and_another_one_another():
    assert (two_labs(1)[0].y == two_labs(1)[0].y).all()
    assert (two_labs(1)[0].y != two_labs(2)[0].y).any()


def test_which_lab_has_the_floor_is_a_matter_of_the_seed():
    share = np.mean([two_labs(seed)[0].truth.floor > 0 for seed in range(200)])
    assert 0.4 < share < 0.6


def test_the_scatter_is_as_large_as_stated():
    misses = [np.log(lab.y / lab.truth(lab.x)) for seed in range(100) for lab in two_labs(seed, noise=0.03)]
    assert np.std(misses) == pytest.approx(0.03, rel=0.05)


def test_a_series_does_not_print_its_truth():
    assert "PowerLaw" not in repr(two_labs(1)[0])


def test_a_pilot_run_adds_one_measurement_near_the_truth_and_leaves_the_series_alone():
    lab = two_labs(7)[0]
    more = lab.with_run(1e21, seed=3)
    assert len(more.x) == len(lab.x) + 1 and more.x[-1] == 1e21
    assert abs(np.log(more.y[-1] / lab.truth(1e21))) < 5 * lab.noise
    assert more.y[-1] != lab.with_run(1e21, seed=4).y[-1]


def test_our_runs_are_the_lowest_loss_of_each_budget_and_seed():
    runs, series = load("runs"), our_runs(1e9, 1e10)
    assert set(series.x) == {1e9, 3e9, 1e10}
    wanted = (runs["kind"] == "isoflop") & (runs["corpus"] == "stdlib") & (runs["budget_flop"] == 3e9)
    losses = [runs["loss"][wanted & (runs["seed"] == seed)].min() for seed in np.unique(runs["seed"][wanted])]
    assert sorted(series.y[series.x == 3e9]) == sorted(losses)
    assert series.truth is None


def test_budgets_without_runs_are_refused():
    with pytest.raises(ValueError, match="most_flop"):
        our_runs(2e9, 2.5e9)
