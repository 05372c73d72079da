import numpy as np
import pytest

from scalinglaws.book import ch11
from scalinglaws.laws.text.repetition import DataLimited
from scalinglaws.laws.text.stocks import exhaustion, years_bought

LAW = DataLimited.published()


def test_lines_of_stock_and_demand_meet_at_the_marked_date():
    figure = ch11.stock_meets_demand(exhaustion(20_000))
    for found, growth in ((0, 2.37), (1.5, 2.0), (-1, 3.5)):
        lines, mark = (rows.values(found=found, growth=growth) for rows in figure.rows)
        gap = np.log(lines["need"] / lines["stock"])
        assert np.interp(0, gap, lines["year"]) == pytest.approx(mark["year"][0], abs=1e-6)


def test_curve_of_the_guess_is_straight_and_passes_three_years_at_ten_times():
    grid, yours = ch11.years_for_more_text(1.08, 2.37).rows
    values = grid.values(guess=10, reveal=1)
    assert np.ptp(np.diff(values["years"])) < 1e-9
    assert yours.values(guess=10, reveal=1)["years"][0] == pytest.approx(years_bought(10, 1.08, 2.37))


def test_epochs_of_the_figure_are_those_of_the_law():
    _, here = ch11.epochs(LAW).rows
    values = here.values(passes=4, unique=np.log10(44e9), params=np.log10(8.7e9))
    assert values["again"][0] == pytest.approx(LAW.loss(8.7e9, 4 * 44e9, 44e9))
    assert values["worth"][0] == pytest.approx(3.7257, abs=1e-4)


def test_remedies_are_in_order_and_their_years_follow_the_growth():
    figure = ch11.remedies({"small": 1.1, "large": 10, "costs": 0.1}, 1.08)
    (rows,) = figure.rows
    for growth in (1.5, 4.0):
        np.testing.assert_allclose(
            rows.values(growth=growth)["years"], years_bought(np.array([10, 1.1, 0.1]), 1.08, growth)
        )
    assert "['large', 'small', 'costs']" in str(figure.spec)
