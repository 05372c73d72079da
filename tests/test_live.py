"""Live figures: the browser computes what NumPy computes, and the known traps are errors."""

import json

import altair as alt
import live_check
import numpy as np
import pytest

from scalinglaws.laws.training.power import power_law
from scalinglaws.show.live import Live, Rows, checkbox, dropdown, range_slider
from scalinglaws.show.mime import MIME

TEXT = "A line that falls from left to right on log-log axes."


def line(rows, controls=()):
    return Live(rows.chart().mark_line().encode(x="x:Q", y="y:Q"), TEXT, controls, [rows])


def test_a_formula_that_differs_from_numpy_is_caught():
    rows = Rows(steps=5).compute(x=lambda row, p: row.i + 1, y=lambda row, p: power_law(row.x, 2, p.alpha))
    rows.values = lambda **state: {"i": np.arange(5.0), "x": np.arange(5.0) + 1, "y": (np.arange(5.0) + 1) ** -0.1}
    with pytest.raises(AssertionError):
        live_check.compare(line(rows, [range_slider("alpha", 0.3, 0.1, 0.5, 0.1)]))


def test_given_columns_and_all_kinds_of_controls_reach_the_formula():
    rows = Rows({"x": [1.0, 2.0, 4.0]}).compute(y=lambda row, p: p.on * row.x**-p.alpha + p.order)
    controls = [
        range_slider("alpha", 0.3, 0.1, 0.5, 0.1),
        checkbox("on", "show"),
        dropdown("order", "order", {"a": 1, "b": 2}),
    ]
    figure = line(rows, controls)
    live_check.compare(figure)
    assert [param["name"] for param in figure.spec["params"]] == ["alpha", "on", "order"]


@pytest.mark.parametrize("name", ["E", "PI", "LN2", "width", "two words"])
def test_a_control_may_not_have_a_name_that_vega_keeps_for_itself(name):
    with pytest.raises(ValueError, match="name of a control"):
        range_slider(name, 1, 0, 2, 1)


@pytest.mark.parametrize(
    "formula",
    [
        lambda row, p: max(row.i, 3),
        lambda row, p: np.minimum(row.i, 3),
        lambda row, p: np.where(row.i > 3, 1, 2),
        lambda row, p: 1 if row.i > 3 else 2,
        lambda row, p: row.i * np.arange(3),
        lambda row, p: np.arange(3) * row.i,
        lambda row, p: "3",
    ],
)
def test_what_would_go_wrong_silently_in_the_browser_is_an_error(formula):
    with pytest.raises((TypeError, ValueError)):
        Rows(steps=3).compute(y=formula).chart()


def test_numpy_functions_of_expressions_work_inside_a_figure_and_leave_altair_as_it_was():
    rows = Rows(steps=4).compute(
        x=lambda row, p: np.exp(-row.i), y=lambda row, p: np.log10(1 + np.sqrt(row.i)) + np.log(row.x)
    )
    live_check.compare(line(rows))
    assert not hasattr(alt.datum.x, "log10") or repr(alt.datum.x.log10) == "datum.x['log10']"


def test_an_expression_may_start_with_a_control():
    rows = Rows(steps=2).compute(x=lambda row, p: p.alpha * row.i, y=lambda row, p: p.alpha)
    live_check.compare(line(rows, [range_slider("alpha", 1, 0, 2, 1)]))


def test_numbers_in_a_stored_figure_have_at_most_nine_digits():
    rows = Rows({"x": [1 / 3]}).compute(y=lambda row, p: row.x * (2 / 3) + 1e-7 / 3)
    text = json.dumps(line(rows).spec)
    assert "0.333333333" in text and "0.3333333333" not in text
    assert "0.666666667" in text and "0.6666666666" not in text
    assert "3.33333333e-08" in text


def test_a_figure_needs_a_text_that_says_what_is_seen():
    with pytest.raises(ValueError, match="text must say what is seen"):
        Live(alt.Chart(alt.sequence(3)).mark_point(), "a plot")


def test_a_figure_is_stored_as_a_chart_that_jupyterlab_knows_and_as_its_text():
    bundle = line(Rows(steps=2).compute(x=lambda row, p: row.i, y=lambda row, p: row.i))._repr_mimebundle_()
    assert set(bundle) == {MIME, "text/plain"} and bundle["text/plain"] == TEXT
    assert bundle[MIME]["description"] == TEXT and bundle[MIME]["width"] == "container"


def test_rows_need_either_data_or_a_number_of_steps():
    with pytest.raises(ValueError, match="either data or steps"):
        Rows()


def test_a_slider_must_start_inside_its_range():
    with pytest.raises(ValueError, match="between 0 and 1"):
        range_slider("alpha", 2, 0, 1, 0.1)
