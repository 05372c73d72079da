"""The random walk with drift: its closed form, its coverage on true walks, and what it refuses."""

import numpy as np
import pytest

from scalinglaws.fit.drift import fit_drift


def test_the_interval_is_that_of_the_closed_form():
    year, z = np.arange(2000, 2006), np.array([0.0, 0.4, 0.5, 1.1, 1.2, 2.0])
    walk = fit_drift(year, np.exp(z))
    variance = np.var(np.diff(z), ddof=1)
    assert np.isclose(walk.drift, 0.4) and np.isclose(walk.variance, variance)
    ahead = np.array([0.0, 1.0, 10.0])
    told = walk.predict(2005 + ahead, level=0.9)
    half = 2.1318 * np.sqrt(variance * (ahead + ahead**2 / 5))  # t of 4 degrees of freedom
    assert np.allclose(np.log(told.value), 2 + 0.4 * ahead)
    assert np.allclose(np.log(told.high / told.value), half, rtol=1e-4)
    assert np.allclose(told.value**2, told.low * told.high)


def test_growth_has_the_interval_of_a_mean_step():
    walk = fit_drift(np.arange(6), np.exp([0.0, 0.4, 0.5, 1.1, 1.2, 2.0]))
    half = 2.1318 * np.sqrt(walk.variance / 5)
    assert np.allclose(np.log(list(walk.interval("growth", 0.9))[:2]), [0.4 - half, 0.4 + half], rtol=1e-4)
    low, high = list(walk.interval("doubling_time", 0.9))[:2]
    assert np.allclose([np.log(2) / high, np.log(2) / low], [0.4 - half, 0.4 + half], rtol=1e-4)
    assert fit_drift([0, 1, 2, 3], [1, 3, 2, 4]).interval("doubling_time", 0.9).high == np.inf
    with pytest.raises(ValueError, match="name must be one of growth, doubling_time"):
        walk.interval("ceiling")


def test_uneven_years_weigh_by_their_length():
    even = fit_drift([0, 1, 2, 4], np.exp([0.0, 1.0, 2.0, 4.0]))
    assert np.isclose(even.drift, 1) and even.variance < 1e-20
    uneven = fit_drift([0, 1, 4], np.exp([0.0, 3.0, 3.0]))
    assert uneven.drift == pytest.approx(0.75) and uneven.variance == pytest.approx(2.25**2 / 1 + 2.25**2 / 3)


def test_values_of_one_year_count_once_and_order_does_not_matter():
    once = fit_drift([2000, 2001, 2002], [1.0, 2.0, 8.0])
    twice = fit_drift([2002, 2001, 2000, 2001], [8.0, 1.0, 1.0, 4.0])
    assert np.allclose([once.drift, once.variance, once.value], [twice.drift, twice.variance, twice.value])


@pytest.mark.parametrize("ahead", [1, 5, 20])
def test_nine_walks_in_ten_end_within_the_90_percent_interval(ahead):
    rng, held, n_walks = np.random.default_rng(1), 0, 2000
    gaps = rng.choice([0.5, 1, 2], size=12)
    year = np.concatenate([[0], np.cumsum(gaps)])
    for _ in range(n_walks):
        z = np.concatenate([[0], np.cumsum(0.3 * gaps + 0.2 * np.sqrt(gaps) * rng.normal(size=12))])
        end = z[-1] + 0.3 * ahead + 0.2 * np.sqrt(ahead) * rng.normal()
        told = fit_drift(year, np.exp(z)).predict([year[-1] + ahead], level=0.9)
        held += told.low[0] <= np.exp(end) <= told.high[0]
    assert abs(held / n_walks - 0.9) < 4 * np.sqrt(0.09 / n_walks)


@pytest.mark.parametrize(
    "year, value, words",
    [([2000, 2000, 2001], [1, 2, 3], "at least 3 different years"), ([2000, 2001, 2002], [1, 0, 2], "value must be")],
)
def test_what_cannot_be_a_walk_is_refused(year, value, words):
    with pytest.raises(ValueError, match=words):
        fit_drift(year, value)


def test_the_past_is_not_forecast():
    with pytest.raises(ValueError, match="year must not be before"):
        fit_drift([2000, 2001, 2002], [1, 2, 3]).predict([2001])
