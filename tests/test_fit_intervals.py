"""Intervals: quantiles without SciPy, one widening of residuals, percentiles, profiles and what families make of them."""

import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from fit_cases import runs
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from scalinglaws.fit import fit_chinchilla, fit_kaplan, fit_power_law
from scalinglaws.fit.engine.intervals import Draws, Interval, Profile, percentiles, t_quantile, widening
from scalinglaws.fit.growth import fit_exponential, fit_logistic


@given(level=st.floats(0.01, 0.999), freedom=st.integers(1, 400))
@settings(deadline=None)
def test_quantiles_agree_with_scipy(level, freedom):
    assert t_quantile(level, freedom) == pytest.approx(stats.t.ppf((1 + level) / 2, freedom), rel=1e-10)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, 2.0, float("nan")])
def test_levels_outside_0_to_1_are_refused(level):
    with pytest.raises(ValueError, match="level must be"):
        t_quantile(level, 5)


@pytest.mark.parametrize("freedom", [0, -1, 2.5])
def test_freedom_must_be_a_whole_number_from_1(freedom):
    with pytest.raises(ValueError, match="freedom must be a whole number"):
        t_quantile(0.9, freedom)


def test_an_interval_is_its_two_ends_and_knows_its_level_and_origin():
    interval = Interval(1.0, 2.0, 0.9, "profile")
    low, high = interval
    assert (low, high) == interval == (1.0, 2.0) and interval.low == 1 and interval.high == 2
    assert interval.level == 0.9 and interval.how == "profile"
    again = pickle.loads(pickle.dumps(interval))
    assert again == interval and again.level == 0.9 and "90%" in repr(again)
    assert np.ptp(interval) == 1 and len(interval) == 2


def test_percentiles_among_infinite_draws_are_finite_or_infinite_and_never_undefined():
    draws = np.array([1.0, 2.0, 3.0, np.inf, np.inf])
    low, high = percentiles(draws, 0.8)
    assert 1 <= low < 2 and high == np.inf
    assert percentiles(np.full(5, np.inf), 0.5) == (np.inf, np.inf)
    wide = percentiles(np.stack([draws, np.arange(5.0)], axis=1), 0.5)
    assert wide.low.tolist() == [2, 1] and wide.high.tolist() == [np.inf, 3]


def test_residuals_of_p_parameters_are_widened_to_the_scatter():
    rng, n, p = np.random.default_rng(0), 8, 3
    design = rng.normal(size=(n, p))
    hat = design @ np.linalg.pinv(design)
    off = rng.normal(size=(20_000, n)) @ (np.eye(n) - hat)
    assert np.mean((off * widening(n, p)) ** 2) == pytest.approx(1, rel=0.02)
    assert widening(3, 5) == pytest.approx(3**0.5)


X = np.geomspace(1, 1e4, 8)
SEEN = (1.7 + 2 * X**-0.3) * np.exp(np.random.default_rng(1).normal(0, 0.02, 8))
YEARS = np.arange(2000.0, 2009.0)
RISING = 3 * 1.4 ** (YEARS - 2000) * np.exp(np.random.default_rng(2).normal(0, 0.2, 9))
FITS = {
    "power": (fit_power_law(X, SEEN), 3),
    "power without floor": (fit_power_law(X, SEEN, floor=False), 2),
    "chinchilla": (fit_chinchilla(*runs(12), objective="squares_log"), 5),
    "kaplan": (fit_kaplan(*runs(12), objective="squares_log"), 4),
    "exponential": (fit_exponential(YEARS, RISING), 2),
    "logistic": (fit_logistic(YEARS, RISING, residuals="log"), 3),
}


@pytest.mark.parametrize("name", FITS)
def test_every_family_lays_residuals_as_wide_as_the_scatter_on_its_predictions(name):
    fit, n_free = FITS[name]
    n = len(fit.residuals)
    assert np.sum(fit.scatter() ** 2) / n == pytest.approx(np.sum(fit.residuals**2) / (n - n_free))
    np.testing.assert_allclose(fit.scattered(np.array([2.0, 3.0]), np.array([0.0, 0.1])), [2.0, 3 * np.exp(0.1)])


def test_a_prediction_has_the_law_and_the_scatter_of_its_fit():
    law = SimpleNamespace(
        values=lambda theta, x: theta[0] * x,
        curve=lambda x: 2.0 * x,
        scatter=lambda: np.array([-0.5, 0.5]),
        scattered=lambda values, residuals: values + residuals,
        warnings_at=lambda x: (),
    )
    sure = Draws(law, np.full((1, 500), 2.0), None, 1.0, seed=0)
    assert sure.curve(3.0) == (6.0, 6.0)
    assert sure.predict(3.0)[:4] == (6.0, 5.5, 6.5, 0.95)
    unsure = Draws(law, np.linspace(1, 3, 501)[None], None, 1.0, seed=0)
    assert unsure.curve(3.0, level=0.5) == pytest.approx((4.5, 7.5))
    assert np.ptp(unsure.predict(3.0, level=0.999)[1:3]) > 6.5


def test_a_refitted_trend_scatters_as_regression_says():
    fit = FITS["exponential"][0]
    rates = np.log(fit.bootstrap(4000).draws["growth"])
    error = fit.deviation / np.sqrt(np.sum((YEARS - YEARS.mean()) ** 2))
    assert np.std(rates) == pytest.approx(error, rel=0.05)


def bowl(values, best=1.0, freedom=10, **settings):
    values = np.asarray(values, dtype=float)
    drop = 4 * np.where(np.isinf(values), 0.1, values - best) ** 2
    return Profile("x", values, drop, drop, freedom, np.zeros((1, len(values))), **settings)


def test_a_profile_ends_where_students_t_says():
    half = t_quantile(0.9, 10) / 2
    assert bowl(np.linspace(-1, 3, 9)).interval(0.9) == pytest.approx((1 - half, 1 + half))
    assert bowl(np.linspace(-1, 3, 9)).interval(0.9).how == "profile"


def test_a_profile_that_does_not_close_ends_at_its_bounds():
    assert bowl([0.9, 1.0, 1.1]).interval() == (-np.inf, np.inf)
    assert bowl([0.9, 1.0, 1.1], beyond=(0.0, 7.0)).interval() == (0.0, 7.0)
    with pytest.raises(ValueError, match="no value of x"):
        bowl([5.0, 6.0]).interval()


def test_a_ceiling_is_endless_where_infinity_is_not_rejected():
    profile = Profile(
        "c", np.array([1.0, 2.0, np.inf]), *2 * [np.array([9.0, 0.0, 1.0])], 10, np.zeros((1, 3)), log=True
    )
    low, high = profile.interval(0.9)
    assert 1 < low < 2 and high == np.inf
    only = Profile("c", np.array([1.0, 2.0, np.inf]), *2 * [np.array([99.0, 9.0, 0.0])], 10, np.zeros((1, 3)), log=True)
    assert only.interval(0.9)[0] == 2.0


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_the_interval_of_a_law_without_floor_is_that_of_linear_regression(level):
    fit, at = FITS["power without floor"][0], np.array([1e2, 1e7])
    u = np.log(X)
    line = stats.linregress(u, np.log(SEEN))
    miss = np.sqrt(np.sum(fit.residuals**2) / 6)
    half = stats.t.ppf((1 + level) / 2, 6) * miss
    half = half * np.sqrt(1 / 8 + (np.log(at) - u.mean()) ** 2 / np.sum((u - u.mean()) ** 2))
    low, high = fit.curve_interval(at, level=level)
    middle = line.intercept + line.slope * np.log(at)
    np.testing.assert_allclose(np.log([low, high]), [middle - half, middle + half], rtol=1e-8)


def test_the_interval_of_a_law_with_floor_holds_all_laws_as_good_and_little_more():
    fit = FITS["power"][0]
    low, high = fit.curve_interval(1e7, level=0.8)
    limit = fit.objective * (1 + t_quantile(0.8, 5) ** 2 / 5)
    rng, problem = np.random.default_rng(0), fit.problem
    spread = np.linalg.cholesky(np.linalg.inv(problem.information(fit.found.theta[:, None])[0])) * np.sqrt(
        fit.objective
    )
    tried = fit.found.theta[:, None] + 2 * spread @ rng.normal(size=(3, 40_000))
    good = problem.objective(tried, np.ones((40_000, 8)))[0] <= limit
    values = problem.curve(tried[:, good], 1e7)
    assert good.sum() > 1000
    assert low - 0.01 <= values.min() < values.max() <= high + 0.01
    assert np.ptp(values) > 0.8 * (high - low)
