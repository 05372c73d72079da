"""Lab 5's bets: the score is proper, the cases do not give themselves away, the machines are cut to the paper."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.book import lab5
from scalinglaws.book.lab5 import (
    LETTERS,
    PAPER_ENDS,
    CutSeries,
    cut_series,
    on_paper,
    points_in_doublings,
    score_bet,
    your_curve,
)
from scalinglaws.fit.growth import fit_exponential
from scalinglaws.fit.series import series
from scalinglaws.laws.growth.curves import logistic

sizes = st.floats(0.01, 1e4)


def test_a_hit_costs_its_width_in_doublings_and_a_miss_twenty_for_each_doubling_outside():
    assert points_in_doublings(1, 8, 2) == pytest.approx(3)
    assert points_in_doublings(1, 8, 16) == points_in_doublings(1, 8, 0.5) == pytest.approx(23)
    assert points_in_doublings(1, 8, 32) == pytest.approx(43)


@given(sizes, st.floats(1, 100), sizes, sizes)
@settings(deadline=None)
def test_points_do_not_depend_on_the_unit(low, ratio, truth, unit):
    assert points_in_doublings(low * unit, low * ratio * unit, truth * unit) == pytest.approx(
        points_in_doublings(low, low * ratio, truth), abs=1e-8
    )


def test_the_interval_that_one_believes_in_has_the_best_expected_points():
    draws = np.exp2(np.random.default_rng(0).normal(0, 3, 4001))
    ends = np.quantile(np.log2(draws), [0.05, 0.95])

    def expected(shift, stretch):
        low, high = np.exp2(ends.mean() + shift + stretch * (ends - ends.mean()))
        return np.mean([points_in_doublings(low, high, draw) for draw in draws])

    honest = expected(0, 1)
    assert all(expected(shift, stretch) > honest for shift, stretch in [(0, 0.6), (0, 1.5), (1.5, 1), (-1.5, 1)])


@pytest.mark.parametrize(
    ("name", "given"),
    [("low", (0, 1, 1)), ("high", (1, np.inf, 1)), ("truth", (1, 2, -1)), ("high", (2, 1, 1))],
)
def test_ends_that_are_no_interval_are_named(name, given):
    with pytest.raises(ValueError, match=name):
        points_in_doublings(*given)


def test_paper_gives_every_interval_an_end():
    assert list(on_paper([-np.inf, 1, np.inf])) == [PAPER_ENDS[0], 1, PAPER_ENDS[1]]


@pytest.mark.parametrize("letter", LETTERS)
def test_a_case_ends_its_known_part_at_one_in_year_zero_and_hides_the_rest(letter):
    hidden = cut_series(letter)
    size = hidden.known.year.size
    assert hidden.ahead[size - 1] == 0 and hidden.times[size - 1] == 1
    assert (hidden.ahead[size:] > 0).all() and hidden.horizon > 15 and size >= 5


def test_the_cases_are_five_and_only_one_went_on_a_thousandfold():
    assert len(LETTERS) == 5
    assert [cut_series(letter).truth > 1000 for letter in LETTERS].count(True) == 1
    with pytest.raises(ValueError, match="letter"):
        cut_series("F")


def test_a_machine_forecasts_from_what_is_known_alone():
    whole = series("clock")
    hidden = CutSeries("D", whole, 1997.4)
    known = whole.until(1997.4)
    made = fit_exponential(known.year, known.value).predict([2024], 0.9)
    value, low, high = hidden.forecast("exponential", [hidden.horizon])
    assert np.allclose(
        [value[0], low[0], high[0]], np.array([made.value[0], made.low[0], made.high[0]]) / known.value[-1]
    )
    with pytest.raises(ValueError, match="kind"):
        hidden.forecast("straight", [1])


def test_half_to_double_is_right_four_times_in_five_and_dear_once():
    scored = {letter: score_bet(letter, 0.5, 2) for letter in LETTERS}
    assert sorted(round(score["you"]) for score in scored.values())[:4] == [2, 2, 2, 2]
    totals = {who: sum(score[who] for score in scored.values()) for who in ("you", "exponential", "S-curve")}
    assert totals["S-curve"] < totals["you"] < totals["exponential"]


def test_a_curve_by_hand_is_a_logistic_or_a_hill_of_the_given_height():
    ahead = np.linspace(-30, 60, 91)
    assert np.allclose(your_curve(ahead, "plateau", 4, 10, 20), np.clip(logistic(ahead, 4, 10, 20), 1e-6, None))
    hill = your_curve(ahead, "hill", 4, 10, 20)
    assert hill.max() == pytest.approx(4) and ahead[hill.argmax()] == 10
    assert (your_curve([-1e6, 1e6], "hill", 4, 10, 4) == 1e-6).all()
    with pytest.raises(ValueError, match="shape"):
        your_curve(ahead, "flat", 4, 10, 20)


def test_a_bet_keeps_the_name_of_a_series_until_it_is_revealed():
    panel = lab5.bet_on_end()
    hidden = panel.render(panel.state | {"letter": "D"}).readout
    other = panel.render(panel.state | {"letter": "D", "reveal": "A"}).readout
    shown = panel.render(panel.state | {"letter": "D", "reveal": "D"}).readout
    assert hidden == other and "clock" not in hidden and "Points" not in hidden
    assert "Processor clock" in shown and "Points" in shown


def test_before_the_turn_no_ceiling_is_ruled_out_for_the_clock_and_later_one_is():
    panel = lab5.ceilings()
    state = panel.state | {"name": "clock", "ceiling": 100.0}
    assert "without end" in panel.render(state | {"share": 40}).readout
    assert "ruled out" in panel.render(state | {"share": 90}).readout


def test_waves_on_time_meet_the_line_and_a_late_one_does_not():
    panel = lab5.stack_waves()
    state = panel.state | {"ratio": 4.0, "spacing": 4.0, "width": 6.0, "last": 12}
    assert "factor of 1.01 off" in panel.render(state).readout
    assert "factor of 1.8 off" in panel.render(state | {"late": 2.0}).readout
    assert "factor of 1.01 off" not in panel.render(state | {"last": 5}).readout
