"""A trend with a break: exact recovery, coverage, and the year in which clocks stopped."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.data import load
from scalinglaws.fit.breaks import fit_segmented
from scalinglaws.fit.series import series

YEARS = np.arange(1971.0, 2021.0, 1.5)


def broken(years, break_year, before, after):
    since = years - break_year
    return 5 + before * np.minimum(since, 0) + after * np.maximum(since, 0)


@given(break_year=st.floats(1980, 2010), before=st.floats(-1, 1), after=st.floats(-1, 1))
@settings(deadline=None, max_examples=40)
def test_a_break_without_noise_is_found(break_year, before, after):
    if abs(before - after) < 0.05:
        return
    for scale in ("linear", "log"):
        value = broken(YEARS, break_year, before, after)
        fit = fit_segmented(YEARS, np.exp(value) if scale == "log" else value, scale)
        assert fit.break_year == pytest.approx(break_year, abs=0.13)  # the grid's step
        assert (fit.slope_before, fit.slope_after) == pytest.approx((before, after), abs=0.02)


@pytest.mark.weekly
def test_90_percent_intervals_hold_the_truth_about_90_times_in_100():
    rng = np.random.default_rng(0)
    truth = {"break_year": 2004.0, "slope_before": 0.25, "slope_after": 0.0}
    hits = dict.fromkeys([*truth, "forecast"], 0)
    for _ in range(250):
        noise = 0.3 * rng.normal(size=YEARS.size + 1)
        value = np.exp(broken(np.append(YEARS, 2030.0), 2004, 0.25, 0.0) + noise)
        fit = fit_segmented(YEARS, value[:-1])
        for name, true in truth.items():
            low, high = fit.interval(name, 0.9)
            hits[name] += low <= true <= high
        later = fit.predict(2030, 0.9)
        hits["forecast"] += later.low[0] <= value[-1] <= later.high[0]
    assert all(0.82 <= hit / 250 <= 0.96 for hit in hits.values()), hits


def test_clock_speed_broke_between_2004_and_2007_and_is_flat_since():
    chips = load("microprocessors")
    chips = chips.where(np.isfinite(chips["clock_mhz"]))
    fit = fit_segmented(chips["year"], chips["clock_mhz"])
    assert fit.break_year == pytest.approx(2005.4, abs=0.1)
    low, high = fit.interval("break_year", 0.9)
    assert 2004 < low < high < 2007
    assert fit.doubling_before == pytest.approx(2.7, abs=0.05)
    low, high = fit.interval("slope_after", 0.9)
    assert low < 0 < high < 0.05
    assert fit.evidence > 50


def test_airliners_broke_about_1960_and_transistors_not_at_all():
    speed = series("airliners")
    fit = fit_segmented(speed.year, speed.value)
    low, high = fit.interval("break_year", 0.9)
    assert low < 1958 < high < 1970
    chips = series("transistors")
    assert fit_segmented(chips.year, chips.value).evidence < 0


def test_the_lines_meet_in_the_break():
    fit = fit_segmented(YEARS, np.exp(broken(YEARS, 1995, 0.3, -0.1)))
    either_side = np.log(fit.curve(fit.break_year + np.array([-1.0, 0.0, 1.0])))
    assert either_side[1] - either_side[0] == pytest.approx(fit.slope_before)
    assert either_side[2] - either_side[1] == pytest.approx(fit.slope_after)
    assert fit.profile.objective.argmin() == np.flatnonzero(fit.profile.values == fit.break_year)[0]


@pytest.mark.parametrize("place", [YEARS[1] + 0.7, YEARS[-2] - 0.7])
def test_a_break_in_the_first_or_the_last_gap_that_is_searched_is_found(place):
    fit = fit_segmented(YEARS, np.exp(broken(YEARS, place, 0.3, -0.1)))
    assert fit.break_year == pytest.approx(place, abs=0.1)


def test_doubling_times_belong_to_logarithms():
    value = broken(YEARS, 1995, 0.3, 0.1)
    assert fit_segmented(YEARS, np.exp(value)).doubling_before == pytest.approx(np.log(2) / 0.3, rel=0.01)
    assert np.isnan(fit_segmented(YEARS, value, "linear").doubling_before)


def test_bad_series_are_refused_by_name():
    with pytest.raises(ValueError, match="value must be positive"):
        fit_segmented(YEARS, YEARS - 1980)
    with pytest.raises(ValueError, match="at least 6 points in 5 years"):
        fit_segmented(YEARS[:5], YEARS[:5])
    with pytest.raises(ValueError, match="at least 6 points in 5 years"):
        fit_segmented([2000, 2000, 2001, 2001, 2002, 2002], [1, 2, 3, 4, 5, 6])
    with pytest.raises(ValueError, match="one length"):
        fit_segmented(YEARS, YEARS[:-1])
    with pytest.raises(ValueError, match="name must be one of"):
        fit_segmented(YEARS, YEARS).interval("slope")
