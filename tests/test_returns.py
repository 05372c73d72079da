"""Marginal returns: derivatives, and what the millionth observation is worth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.laws.growth import returns
from scalinglaws.laws.training.power import power_law

scales, exponents = st.floats(0.1, 100), st.floats(0.02, 1.0)
xs = st.floats(1, 1e6)


@given(x=xs, scale=scales, exponent=exponents)
@settings(deadline=None)
def test_marginal_gain_is_minus_the_derivative(x, scale, exponent):
    step = 1e-4 * x
    slope = (power_law(x - step, scale, exponent) - power_law(x + step, scale, exponent)) / (2 * step)
    assert returns.marginal_gain(x, scale, exponent) == pytest.approx(slope, rel=1e-5)


@given(n=st.integers(1, 10**7), deviation=st.floats(0.01, 100))
@settings(deadline=None)
def test_the_next_observation_lowers_the_standard_error_by_the_difference_of_two(n, deviation):
    # With decimal arithmetic, as the plain difference loses its digits.
    from decimal import Decimal, localcontext

    with localcontext() as context:
        context.prec = 50
        gain = 1 / Decimal(n).sqrt() - 1 / Decimal(n + 1).sqrt()
    assert returns.next_observation(deviation, n) == pytest.approx(deviation * float(gain), rel=1e-12)


def test_the_millionth_review_is_worth_a_billionth_of_the_first_ones():
    first, millionth = (returns.next_observation(1.0, n) for n in (1, 999_999))
    assert millionth == pytest.approx(5e-10, rel=1e-3)
    assert millionth / first == pytest.approx(1.71e-9, rel=0.01)


def test_variance_of_a_mean_agrees_with_simulation_with_and_without_correlation():
    rng = np.random.default_rng(3)
    for correlation in (0.0, 0.3):
        shared = rng.normal(size=(40_000, 1)) * np.sqrt(correlation)
        own = rng.normal(size=(40_000, 25)) * np.sqrt(1 - correlation)
        simulated = (2.0 * (shared + own)).mean(axis=1).var()
        assert returns.variance_of_mean(4.0, 25, correlation) == pytest.approx(simulated, rel=0.03)


def test_correlated_observers_leave_a_floor():
    assert returns.variance_of_mean(4.0, 1e15, 0.25) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("function", "given_"),
    [
        (returns.marginal_gain, (2.0, 0.3)),
        (lambda n: returns.variance_of_mean(4.0, n, 0.2), ()),
        (lambda n: returns.next_observation(2.0, n), ()),
    ],
)
def test_the_same_line_serves_arrays_and_figures(function, given_):
    alt = pytest.importorskip("altair")
    x = np.array([[3.0, 70.0]])
    assert function(x, *given_).shape == (1, 2)
    expression = repr(function(alt.datum.x, *given_))
    evaluated = eval(expression, {"datum": type("Row", (), {"x": 70.0}), "pow": pow})
    assert evaluated == pytest.approx(function(70.0, *given_), rel=1e-12)


def test_independent_observations_share_nothing_unless_said_otherwise():
    assert returns.variance_of_mean(1.69, 100) == pytest.approx(0.0169, rel=1e-12)
