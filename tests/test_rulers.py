"""The two rulers of lab 1: what they recover, what their intervals hold, and how a forecast is scored."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.book.lab1 import BET_LEVEL, LossSeries, bent_ruler, points_in_percent, straight_ruler, two_labs
from scalinglaws.laws.training.power import PowerLaw

X = np.geomspace(1e18, 1e21, 15)


def exact(law, x=X):
    return LossSeries("exact", x, law(x), 0.01, truth=law)


@settings(deadline=None, max_examples=30)
@given(st.floats(0.02, 0.5), st.floats(1, 10))
def test_a_straight_ruler_recovers_a_law_without_a_floor(exponent, first):
    law = PowerLaw.through(1e18, first, 1e21, first * 10 ** (-3 * exponent))
    fitted = straight_ruler(exact(law)).law
    assert fitted.exponent == pytest.approx(exponent, rel=1e-9)
    assert fitted(1e24) == pytest.approx(law(1e24), rel=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.floats(0.05, 0.5), st.floats(0.1, 2.5))
def test_a_bent_ruler_recovers_a_law_and_its_floor(exponent, floor):
    law = PowerLaw(scale=3 * 1e18**exponent, exponent=exponent, floor=floor)
    fitted = bent_ruler(exact(law), floor).law
    assert fitted.floor == pytest.approx(floor, rel=1e-12)
    assert fitted.exponent == pytest.approx(exponent, rel=1e-6)
    assert fitted(1e24) == pytest.approx(law(1e24), rel=1e-6)
    best = bent_ruler(exact(law)).law
    assert best.floor == pytest.approx(floor, rel=1e-4)
    assert best.exponent == pytest.approx(exponent, rel=1e-4)


def test_a_straight_ruler_and_its_interval_are_those_of_linear_regression():
    scipy = pytest.importorskip("scipy.stats")
    series = two_labs(3)[0]
    u, v = np.log(series.x), np.log(series.y)
    line = scipy.linregress(u, v)
    ruler = straight_ruler(series)
    assert ruler.law.exponent == pytest.approx(-line.slope, rel=1e-9)
    freedom = len(u) - 2
    at = np.log(1e23) - u.mean()
    miss = np.sqrt(np.sum((v - line.intercept - line.slope * u) ** 2) / freedom)
    half = scipy.t.ppf((1 + BET_LEVEL) / 2, freedom) * miss * np.sqrt(1 / len(u) + at**2 / np.sum((u - u.mean()) ** 2))
    low, high = ruler.interval(1e23)
    middle = line.intercept + line.slope * np.log(1e23)
    assert np.log([low, high]) == pytest.approx([middle - half, middle + half], abs=1e-9 * half)


def test_a_bent_ruler_with_floor_zero_is_the_straight_one():
    series = two_labs(4)[1]
    assert bent_ruler(series, 0).law.exponent == pytest.approx(straight_ruler(series).law.exponent, rel=1e-9)


def test_no_other_scale_and_exponent_fit_better_above_the_best_floor():
    series = two_labs(5)[0]
    law = bent_ruler(series).law

    def misses(scale, exponent):
        return np.sum((np.log(series.y) - np.log(law.floor + scale * series.x**-exponent)) ** 2)

    best = misses(law.scale, law.exponent)
    for turn in (0.99, 1.01):
        assert misses(law.scale * turn, law.exponent) > best
        assert misses(law.scale * series.x[6] ** (law.exponent * (turn - 1)), law.exponent * turn) > best


@pytest.mark.parametrize(
    ("fit", "floor"),
    [(straight_ruler, False), pytest.param(bent_ruler, False, marks=pytest.mark.weekly), (bent_ruler, True)],
)
def test_intervals_hold_the_truth_about_four_times_in_five_where_the_form_is_right(fit, floor):
    labs = [lab for seed in range(80) for lab in two_labs(seed) if bool(lab.truth.floor) == floor]
    held = [low <= lab.truth(1e23) <= high for lab in labs for low, high in [fit(lab).interval(1e23)]]
    assert 0.68 <= np.mean(held) <= 0.92


def test_a_straight_ruler_on_a_floor_never_holds_the_truth_three_decades_on():
    labs = [lab for seed in range(40) for lab in two_labs(seed) if lab.truth.floor]
    assert not any(low <= lab.truth(1e23) <= high for lab in labs for low, high in [straight_ruler(lab).interval(1e23)])


def test_intervals_take_arrays_and_widen_away_from_the_data():
    low, high = bent_ruler(two_labs(6)[0]).interval(np.array([1e19, 1e21, 1e23]))
    assert (np.diff(high / low) > 0).all()


@pytest.mark.parametrize("floor", [-0.1, 9.0, float("nan"), []])
def test_a_floor_that_is_negative_or_above_the_data_is_refused(floor):
    with pytest.raises(ValueError, match="floor"):
        bent_ruler(two_labs(1)[0], floor)


def test_the_floors_that_the_data_allow_hold_the_fitted_one_and_those_given_are_one():
    for series in two_labs(231):
        low, high = bent_ruler(series).floors
        assert 0 <= low <= bent_ruler(series).law.floor < high < series.y.min()
        assert bent_ruler(series, 0.5).floors == (0.5, 0.5) and straight_ruler(series).floors == (0.0, 0.0)


def test_the_score_is_the_width_and_ten_times_the_miss_in_per_cent_of_the_truth():
    assert points_in_percent(1.8, 2.2, 2.0) == pytest.approx(20)
    assert points_in_percent(2.2, 2.4, 2.0) == pytest.approx(10 + 100)
    assert points_in_percent(1.6, 1.8, 2.0) == pytest.approx(10 + 100)


def test_an_honest_80_per_cent_interval_scores_best_on_average():
    rng = np.random.default_rng(0)
    truths = 2 + 0.1 * rng.standard_normal(4000)
    # times the truth: in the unit of the loss, so that large truths do not count less
    means = {
        z: np.mean([points_in_percent(2 - z / 10, 2 + z / 10, truth) * truth for truth in truths])
        for z in (0.6, 1.2816, 2.2)
    }
    assert means[1.2816] == min(means.values())


@pytest.mark.parametrize("ends", [(2, 1, 1.5), (0, 1, 1), (1, float("nan"), 1)])
def test_an_interval_that_is_none_is_refused(ends):
    with pytest.raises(ValueError):
        points_in_percent(*ends)
