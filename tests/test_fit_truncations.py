"""Forecasts from truncated series: what is counted, and that a true model is covered as often as it says."""

from functools import partial
from typing import NamedTuple

import numpy as np
import pytest

from scalinglaws.fit.growth import fit_exponential
from scalinglaws.fit.score import truncate


class Fixed(NamedTuple):
    """A forecaster that says 10, between 8 and 12, whatever it was shown."""

    year: np.ndarray
    known: int

    def predict(self, year, level):
        full = np.full(len(year), 10.0)
        return Forecast(full, full - 2, full + 2)


class Forecast(NamedTuple):
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def says_ten(year, value):
    return Fixed(year, len(year))


YEARS = np.arange(2000.0, 2008.0)
VALUES = np.array([1, 1, 1, 10, 10, 20, 10, 100.0])


def test_shares_count_what_they_say():
    made = truncate(YEARS, VALUES, says_ten, n_first=3)
    assert made.cut.tolist() == [2002, 2003, 2004, 2005, 2006]
    assert made.inside.astype(int).tolist() == [
        [0, 0, 0, 1, 1, 0, 1, 0],
        [0, 0, 0, 0, 1, 0, 1, 0],
        [0, 0, 0, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ]
    assert made.share_next == pytest.approx(3 / 5)
    assert made.share_later == pytest.approx(np.mean([3 / 5, 2 / 4, 1 / 3, 1 / 2, 0]))
    assert made.share_end == 0 and made.share_all == 0
    assert np.allclose(made.end_error, -1)
    assert np.allclose(made.end_width, 1.5)


def test_everything_inside_is_a_share_of_one():
    made = truncate(YEARS, np.full(8, 9.0), says_ten, n_first=3)
    assert made.share_next == made.share_later == made.share_end == made.share_all == 1


def test_known_years_have_no_forecast_and_later_ones_all_do():
    made = truncate(YEARS, VALUES, says_ten, n_first=4)
    assert np.array_equal(np.isnan(made.forecast), made.ahead <= 0)
    assert not made.inside[made.ahead <= 0].any()


def test_forecasts_know_only_what_lies_before_the_cut():
    seen = []

    def spy(year, value):
        seen.append((year.max(), tuple(value)))
        return says_ten(year, value)

    mixed = np.random.default_rng(0).permutation(8)
    made = truncate(YEARS[mixed], VALUES[mixed], spy, n_first=3)
    assert [last for last, _ in seen] == made.cut.tolist()
    assert seen[0][1] == (1, 1, 1)


def test_points_of_one_year_are_known_together():
    made = truncate([2000, 2001, 2001, 2002, 2003], [1.0, 2, 3, 4, 5], says_ten, n_first=2)
    assert made.cut.tolist() == [2001, 2002]
    assert np.isnan(made.forecast[0]).tolist() == [True, True, True, False, False]


def test_before_keeps_the_early_cuts():
    made = truncate(YEARS, VALUES, says_ten, n_first=3)
    early = made.before(2004)
    assert early.cut.tolist() == [2002, 2003] and early.inside.shape == (2, 8)
    with pytest.raises(ValueError, match="year must be after the first cut"):
        made.before(2002)


def test_a_lower_end_at_zero_makes_an_interval_without_bound_as_a_factor():
    class Wide(Fixed):
        def predict(self, year, level):
            full = np.full(len(year), 10.0)
            return Forecast(full, full - 10, full + 2)

    assert np.isinf(truncate(YEARS, VALUES, lambda year, value: Wide(year, 0), n_first=7).end_width).all()


@pytest.mark.weekly
def test_a_true_model_is_covered_as_often_as_it_says_one_step_ahead_and_at_the_end():
    rng = np.random.default_rng(4)
    shares = []
    for _ in range(30):
        value = np.exp(0.3 * np.arange(25) + 0.4 * rng.normal(size=25))
        made = truncate(1990.0 + np.arange(25), value, partial(fit_exponential, residuals="log"), level=0.9)
        shares.append([made.share_next, made.share_later, made.share_end])
    assert np.mean(shares, axis=0) == pytest.approx([0.9] * 3, abs=0.07)


@pytest.mark.parametrize("bad", [0.5, 0.0])
def test_a_series_too_short_is_refused(bad):
    with pytest.raises(ValueError, match="n_first must leave a year to forecast"):
        truncate(YEARS, VALUES + bad, says_ten, n_first=8)
    with pytest.raises(ValueError, match="one length"):
        truncate(YEARS, VALUES[:-1], says_ten)
    with pytest.raises(ValueError, match="value must be finite"):
        truncate(YEARS, np.where(YEARS > 2003, np.nan, VALUES), says_ten)


@pytest.mark.parametrize("end", [8.0, 12.0])
def test_an_observation_at_the_very_end_of_an_interval_is_inside(end):
    score = truncate(np.arange(2000, 2008), np.append(np.full(7, 10.0), end), says_ten, n_first=5)
    assert score.share_end == 1
