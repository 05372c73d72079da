"""Stacked S-curves: the envelope, its doubling time, and when there is none."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scalinglaws.laws.growth.curves import exponential, logistic
from scalinglaws.laws.growth.waves import StackedWaves, sum_of_logistics

WAVES = StackedWaves(ceiling=2.0, midpoint=2000.0, width=10.0, spacing=8.0, ratio=3.0)


def possible(width, spacing, ratio):
    return 1.02 < ratio < 0.8 * 81 ** (spacing / width)


def test_sum_of_logistics_adds_its_curves():
    t = np.linspace(1980, 2020, 7).reshape(7, 1)
    expected = logistic(t, 1.0, 1990, 5) + logistic(t, 4.0, 2010, 9)
    assert np.array_equal(sum_of_logistics(t, [1.0, 4.0], [1990, 2010], [5, 9]), expected)


def test_sum_of_logistics_refuses_lists_of_different_length():
    with pytest.raises(ValueError):
        sum_of_logistics(2000.0, [1, 2], [1990], [5, 9])


@given(width=st.floats(2, 40), spacing=st.floats(2, 40), ratio=st.floats(1.1, 20))
@settings(deadline=None, max_examples=60)
def test_the_sum_repeats_itself_times_the_ratio_after_every_spacing(width, spacing, ratio):
    assume(possible(width, spacing, ratio))
    waves = StackedWaves(1.0, 0.0, width, spacing, ratio)
    t = np.linspace(-spacing, spacing, 9)
    assert np.allclose(waves.total(t + spacing), ratio * waves.total(t), rtol=1e-9)


@given(width=st.floats(2, 40), spacing=st.floats(2, 40), ratio=st.floats(1.1, 20))
@settings(deadline=None, max_examples=60)
def test_the_envelope_is_the_mean_of_the_sum_and_the_ripple_its_departure(width, spacing, ratio):
    assume(possible(width, spacing, ratio))
    waves = StackedWaves(1.0, 0.0, width, spacing, ratio)
    t = np.linspace(0, spacing, 200, endpoint=False)
    departure = waves.total(t) / waves.envelope(t) - 1
    assert abs(departure.mean()) < 1e-9
    harmonic = 2 * abs((departure * np.exp(-2j * np.pi * t / spacing)).mean())
    assert harmonic == pytest.approx(waves.ripple, rel=1e-5, abs=1e-9)
    if waves.ripple < 0.01:  # below that no second harmonic shows
        assert abs(departure).max() == pytest.approx(waves.ripple, rel=0.1, abs=1e-9)


def test_the_doubling_time_belongs_to_the_succession_and_not_to_the_wave():
    assert WAVES.doubling_time == pytest.approx(8 * np.log(2) / np.log(3))
    slower = StackedWaves(2.0, 2000.0, 12.0, 8.0, 3.0)
    assert slower.doubling_time == WAVES.doubling_time
    later = WAVES.envelope(2000.0 + WAVES.doubling_time)
    assert later == pytest.approx(2 * WAVES.envelope(2000.0))


def test_short_waves_far_apart_are_a_staircase():
    assert StackedWaves(1, 0, 2.0, 10.0, 2.0).ripple > 0.15
    assert StackedWaves(1, 0, 12.0, 10.0, 2.0).ripple < 0.011
    assert StackedWaves(1, 0, 13.0, 10.0, 10.0).ripple < 0.011


def test_a_stack_that_ends_flattens():
    t = np.array([2100.0, 2150.0])
    ended = WAVES.total(t, last=3)
    assert ended[1] / ended[0] < 1.0001
    assert ended[1] == pytest.approx(2.0 * 27 * 1.5, rel=1e-6)  # geometric series of ceilings
    endless = exponential(50.0, 1.0, WAVES.doubling_time)
    assert WAVES.total(t)[1] / WAVES.total(t)[0] == pytest.approx(endless, rel=0.02)


@pytest.mark.parametrize("ratio", [1.0, 0.5, 81 ** (8 / 10), 100.0])
def test_a_ratio_without_a_sum_is_refused(ratio):
    with pytest.raises(ValueError, match="ratio must be above 1 and below"):
        StackedWaves(1.0, 0.0, 10.0, 8.0, ratio)


@pytest.mark.parametrize("name", ["ceiling", "width", "spacing", "ratio"])
@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_bad_waves_are_refused_by_name(name, bad):
    given_ = {"ceiling": 1.0, "midpoint": 0.0, "width": 10.0, "spacing": 8.0, "ratio": 3.0}
    with pytest.raises(ValueError, match=name):
        StackedWaves(**given_ | {name: bad})
