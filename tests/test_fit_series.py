"""The series that slowed down, and the table of how forecasts of them would have fared."""

import numpy as np
import pytest

from scalinglaws.fit.series import score_series, score_table, series, series_names


@pytest.mark.parametrize("name", series_names())
def test_series_are_in_order_positive_and_whole(name):
    one = series(name)
    assert np.all(np.diff(one.year) >= 0) and np.all(one.value > 0) and np.isfinite(one.value).all()
    assert one.year.size == one.value.size >= 14
    assert one.turn is None or one.year[4] < one.turn < one.year[-1]


def test_a_series_can_be_cut():
    oil = series("oil").until(2008)
    assert oil.year[-1] == 2008 and oil.year.size < series("oil").year.size and "to 2008" in oil.label


@pytest.fixture(scope="module")
def rows():
    return {(row["series"], row["kind"]): row for row in score_table(0.9)}


def test_the_table_has_an_exponential_an_s_curve_and_a_walk_for_each_series(rows):
    assert len(rows) == 21
    assert {kind for _, kind in rows} == {"exponential", "logistic", "peak", "drift"}
    assert sum(kind == "exponential" for _, kind in rows) == sum(kind == "drift" for _, kind in rows) == 7


def test_exponentials_held_the_end_of_no_series_that_stopped(rows):
    for name in ("Processor clock", "Airliner speed", "US crude oil, to 2008", "Mobile phones, US", "Smartphones, US"):
        assert rows[name, "exponential"]["end"] < 0.35


def test_before_clocks_stopped_the_logistic_held_the_end_by_holding_nearly_everything(rows):
    exponential, logistic = (rows["Processor clock", kind]["before_turn"] for kind in ("exponential", "logistic"))
    assert exponential["end"] < 0.5 and exponential["error"] > 1
    assert logistic["end"] == 1 and logistic["width"] > 500 and logistic["error"] > 0.7


def test_transistors_alone_stayed_with_their_exponential(rows):
    assert rows["Transistors per processor", "exponential"]["end"] > 0.7
    assert (
        rows["Transistors per processor", "exponential"]["width"]
        < rows["Transistors per processor", "logistic"]["width"] / 5
    )


def test_one_peak_describes_oil_until_a_second_technology_came(rows):
    assert rows["US crude oil, to 2008", "peak"]["end"] > 0.5
    assert rows["US crude oil", "peak"]["end"] < 0.15


@pytest.mark.parametrize(
    "name, end, next_one",
    [
        ("Processor clock", 0.85, 0.96),
        ("Airliner speed", 0.88, 0.88),
        ("US crude oil", 0.46, 0.97),
        ("Mobile phones, US", 0.61, 1.00),
        ("Smartphones, US", 0.67, 1.00),
        ("Transistors per processor", 1.00, 0.81),
    ],
)
def test_a_walk_with_drift_holds_the_ends_as_an_independent_program_found(rows, name, end, next_one):
    walk = rows[name, "drift"]
    assert (round(walk["end"], 2), round(walk["next"], 2)) == (end, next_one)
    assert walk["width"] > rows[name, "exponential"]["width"]


def test_only_series_with_a_turn_have_a_row_before_it(rows):
    turned = {name for (name, _), row in rows.items() if row["before_turn"]}
    assert turned == {"Processor clock", "Airliner speed", "US crude oil", "US crude oil, to 2008"}
    assert all(row["before_turn"]["cuts"] < row["cuts"] for row in rows.values() if row["before_turn"])


def test_options_reach_the_fit():
    free, capped = (score_series(series("smartphone"), "logistic", **limit) for limit in ({}, {"max_ceiling": 100}))
    assert capped["width"] < free["width"]


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="name must be one of clock"):
        series("steam")
    with pytest.raises(ValueError, match="kind must be one of"):
        score_series(series("clock"), "straight")
