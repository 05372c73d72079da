"""The interval score: width and misses, the best interval is the honest one, what is no interval is refused."""

import numpy as np
import pytest

from scalinglaws.fit.score import interval_score


def test_a_hit_costs_the_width_and_a_miss_more_the_higher_the_level():
    assert interval_score(1, 4, 2, 0.9) == interval_score(1, 4, 4, 0.5) == 3
    assert interval_score(1, 4, 5, 0.9) == interval_score(1, 4, 0, 0.9) == pytest.approx(3 + 20)
    assert interval_score(1, 4, 5, 0.5) == pytest.approx(3 + 4)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_the_interval_between_the_quantiles_of_ones_belief_has_the_best_expected_score(level):
    draws = np.random.default_rng(0).normal(2, 3, 4001)
    ends = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])

    def expected(shift, stretch):
        low, high = ends.mean() + shift + stretch * (ends - ends.mean())
        return np.mean([interval_score(low, high, draw, level) for draw in draws])

    honest = expected(0, 1)
    assert all(expected(shift, stretch) > honest for shift, stretch in [(0, 0.6), (0, 1.5), (1.5, 1), (-1.5, 1)])


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("low", (np.nan, 1, 1, 0.9)),
        ("high", (1, np.inf, 1, 0.9)),
        ("truth", (1, 2, np.nan, 0.9)),
        ("high", (2, 1, 1, 0.9)),
        ("level", (1, 2, 1, 1)),
    ],
)
def test_what_is_no_interval_is_named(name, given):
    with pytest.raises(ValueError, match=name):
        interval_score(*given)
