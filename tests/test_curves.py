"""Growth curves: closed forms, what their parameters mean, and use in expressions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from scalinglaws.laws.growth import curves

TIMES = np.linspace(1990, 2030, 41)
midpoints = st.floats(1950, 2050)
widths = st.floats(0.5, 100)
ceilings = st.floats(1e-3, 1e6)
S_CURVES = {"logistic": curves.logistic, "gompertz": curves.gompertz}


def test_exponential_doubles_after_one_doubling_time():
    value = curves.exponential(TIMES, 3.0, 2.5, origin=2000)
    assert np.allclose(curves.exponential(TIMES + 2.5, 3.0, 2.5, origin=2000), 2 * value, rtol=1e-12)
    assert curves.exponential(2000.0, 3.0, 2.5, origin=2000) == 3.0


def test_negative_doubling_time_is_a_half_life():
    assert curves.exponential(5.0, 8.0, -5.0) == pytest.approx(4.0)


@pytest.mark.parametrize("name", S_CURVES)
@given(ceiling=ceilings, midpoint=midpoints, width=widths)
@settings(deadline=None, max_examples=40)
def test_s_curve_is_half_its_ceiling_at_the_midpoint_and_10_to_90_percent_apart_by_the_width(
    name, ceiling, midpoint, width
):
    curve = S_CURVES[name]
    assert curve(midpoint, ceiling, midpoint, width) == pytest.approx(ceiling / 2)
    low, high = midpoint - 3 * width, midpoint + 3 * width
    fine = np.linspace(low, high, 60_001)
    shares = curve(fine, 1.0, midpoint, width)
    t10, t90 = np.interp([0.1, 0.9], shares, fine)
    assert t90 - t10 == pytest.approx(width, rel=1e-6)


@pytest.mark.parametrize("name", S_CURVES)
@given(midpoint=midpoints, width=widths)
@settings(deadline=None, max_examples=25)
def test_s_curve_rises_and_stays_below_its_ceiling(name, midpoint, width):
    values = S_CURVES[name](midpoint + width * np.linspace(-2, 2, 200), 7.0, midpoint, width)
    assert np.all(np.diff(values) > 0)
    assert values[0] > 0 and values[-1] < 7.0


def test_rate_is_the_derivative():
    curve, rate = curves.logistic, curves.logistic_rate
    given_ = (50.0, 2010.0, 14.0)
    step = 1e-4
    slope = (curve(TIMES + step, *given_) - curve(TIMES - step, *given_)) / (2 * step)
    assert np.allclose(rate(TIMES, *given_), slope, rtol=1e-6)


def test_logistic_equals_the_textbook_form():
    rate = 2 * np.log(9) / 14
    textbook = 80 / (1 + np.exp(-rate * (TIMES - 2010)))
    assert np.allclose(curves.logistic(TIMES, 80, 2010, 14), textbook, rtol=1e-12)


def test_logistic_is_point_symmetric_and_gompertz_is_not():
    away = np.linspace(0, 20, 30)
    pairs = [
        curve(2010 + away, 1.0, 2010, 14) + curve(2010 - away, 1.0, 2010, 14)
        for curve in (curves.logistic, curves.gompertz)
    ]
    assert np.allclose(pairs[0], 1, rtol=1e-12)
    assert abs(pairs[1] - 1).max() > 0.02


def test_gompertz_is_steepest_at_a_share_of_1_over_e():
    fine = np.linspace(1995, 2025, 300_001)
    steepest = fine[np.argmax(np.gradient(curves.gompertz(fine, 1.0, 2010, 14)))]
    assert curves.gompertz(steepest, 1.0, 2010, 14) == pytest.approx(1 / np.e, abs=1e-4)


def test_long_before_its_midpoint_a_logistic_is_an_exponential():
    t = np.array([1900.0, 1905.0])
    low, high = curves.logistic(t, 100, 2010, 20)
    expected = curves.growth_per_year(20 * np.log(2) / np.log(81)) ** 5
    assert high / low == pytest.approx(expected, rel=1e-8)


def test_area_under_the_peak_is_what_is_ever_produced():
    area, _ = quad(lambda t: curves.logistic_rate(t, 200.0, 1970.0, 70.0), 1500, 2500, epsabs=1e-9, limit=200)
    assert area == pytest.approx(200, rel=1e-9)
    assert curves.logistic_rate(1970.0, 200.0, 1970.0, 70.0) == pytest.approx(curves.peak_rate(200.0, 70.0))
    assert curves.peak_rate(200.0, 70.0) == pytest.approx(200 * np.log(3) / 70)


@given(growth_=st.floats(1.001, 1000))
@settings(deadline=None)
def test_doubling_time_and_growth_are_inverse(growth_):
    assert curves.growth_per_year(curves.doubling_time(growth_)) == pytest.approx(growth_, rel=1e-9)


def test_18_and_24_months_are_factors_of_10_and_5_7_in_five_years():
    assert curves.growth_per_year(1.5) ** 5 == pytest.approx(10.08, abs=0.01)
    assert curves.growth_per_year(2.0) ** 5 == pytest.approx(5.66, abs=0.01)


def test_far_tails_are_zero_and_ceiling_without_an_error():
    with np.errstate(over="ignore"):
        assert curves.logistic(0.0, 5.0, 2000.0, 0.5) == 0
        assert curves.gompertz(0.0, 5.0, 2000.0, 0.5) == 0
    assert curves.logistic(4000.0, 5.0, 2000.0, 0.5) == 5.0


@pytest.mark.parametrize(
    ("function", "given_"),
    [
        (curves.exponential, (3.0, 2.5, 2000.0)),
        (curves.logistic, (9.0, 2010.0, 14.0)),
        (curves.logistic_rate, (9.0, 2010.0, 14.0)),
        (curves.gompertz, (9.0, 2010.0, 14.0)),
    ],
    ids=lambda item: getattr(item, "__name__", ""),
)
def test_the_same_line_serves_arrays_of_any_shape_and_figures(function, given_):
    alt = pytest.importorskip("altair")
    square = TIMES[:40].reshape(5, 8)
    assert function(square, *given_).shape == (5, 8)
    expression = repr(function(alt.datum.year, *given_))
    evaluated = eval(expression, {"datum": type("Row", (), {"year": 2007.5}), "pow": pow})
    assert evaluated == pytest.approx(function(2007.5, *given_), rel=1e-12)
