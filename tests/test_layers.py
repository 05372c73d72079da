"""Layers of a live figure: every layer says where it is drawn, on axes that all of them share."""

import altair as alt
import live_check
import pytest
import vl_convert

from scalinglaws.show.figures import COLORS
from scalinglaws.show.layers import Layers, hue, linear_axis, log_axis, names_axis
from scalinglaws.show.live import Rows, checkbox, range_slider

TEXT = "Something that is drawn on two axes."
X, Y = linear_axis("year", "year", 0, 10), log_axis("value", "value", 1, 1000)
ROWS = Rows({"year": [0.0, 10.0], "value": [1.0, 1000.0], "who": ["first", "second"]})


def only(layers, *controls):
    """The one layer of a figure, as Vega-Lite has it."""
    (layer,) = layers.live(TEXT, *controls).spec["layer"]
    return layer


def drawn(layers, *controls):
    """The figure as Vega draws it, in SVG."""
    figure = layers.live(TEXT, *controls)
    return vl_convert.vegalite_to_svg(figure.spec | {"width": 400})


def test_a_layer_draws_the_columns_of_the_axes_unless_it_names_others():
    rows = Rows({"year": [0.0], "value": [1.0], "later": [5.0], "most": [100.0]})
    plain = only(Layers(X, Y).dot(rows))["encoding"]
    assert (plain["x"]["field"], plain["y"]["field"]) == ("year", "value")
    moved = only(Layers(X, Y).dot(rows, x="later", y="most"))["encoding"]
    assert (moved["x"]["field"], moved["y"]["field"]) == ("later", "most")
    assert moved["x"]["scale"] == plain["x"]["scale"] and moved["y"]["axis"] == plain["y"]["axis"]


def test_words_stand_at_their_row_and_a_band_between_two_columns():
    words = only(Layers(X, Y).words(ROWS, "here"))["encoding"]
    assert (words["x"]["field"], words["y"]["field"]) == ("year", "value")
    band = only(Layers(X, Y).band(ROWS, "year", "value"))["encoding"]
    assert (band["x"]["field"], band["y"]["field"], band["y2"]["field"]) == ("year", "year", "value")


def test_a_line_is_split_by_detail_and_follows_the_order():
    rows = Rows({"year": [3.0, 1.0, 2.0], "value": [1.0, 10.0, 100.0], "n": [1, 2, 3]})
    plain, split, ordered = (
        drawn(Layers(X, Y).line(rows, **options)) for options in ({}, {"detail": "n"}, {"order": "n"})
    )
    assert split.count('stroke-width="3"') == plain.count('stroke-width="3"') + 2
    assert ordered != plain


def test_a_plot_keeps_its_size_when_a_line_leaves_it():
    def size(most):
        rows = Rows({"year": [0.0, 10.0], "value": [1.0, most]})
        return drawn(Layers(X, Y).line(rows)).split("viewBox")[1][:40]

    assert size(100.0) == size(1e9)


@pytest.mark.parametrize(
    ("places", "sides"), [({"x": "year"}, {"x"}), ({"y": "value"}, {"y"}), ({"x": "year", "y": "value", "y2": "value"}, {"x", "y", "y2"})]
)  # fmt: skip
def test_a_rule_runs_across_the_whole_figure_where_no_place_is_named(places, sides):
    assert set(only(Layers(X, Y).rule(ROWS, **places))["encoding"]) == sides


@pytest.mark.parametrize(
    ("pixels", "x", "y"),
    [(12, {"value": 12}, {"value": 12}), (-8, {"value": {"expr": "width - 8"}}, {"value": {"expr": "height - 8"}})],
)
def test_numbers_are_pixels_from_the_left_and_the_top_and_negative_ones_from_the_other_end(pixels, x, y):
    encoding = only(Layers(X, Y).words(ROWS, "here", x=pixels, y=pixels))["encoding"]
    assert encoding["x"] == x and encoding["y"] == y


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("loss {loss:.2f} at {size:.2s}", "loss 2.35 at 40B"),
        ("{size:.1e}", "4.0e+10"),
        ("{who}: it's {off:+.1f} %", "us: it's −1.5 %"),  # Vega writes a true minus
        ("{cost:money}, {price:money}, {dozen:money}", "$2.5M, $0.03, $12"),
        ('a "quoted" word', 'a "quoted" word'),
        ("braces {{ }}", "braces { }"),
    ],
)
def test_words_are_written_by_vega_as_the_template_says(template, text):
    rows = Rows(steps=1).compute(loss=lambda row, p: 2.345678, size=lambda row, p: 4e10, off=lambda row, p: -1.5)
    rows.given = {"i": [0], "who": ["us"], "cost": [2.5e6], "price": [0.033], "dozen": [12]}
    svg = drawn(Layers(X, Y).words(rows, template, x=0, y=0))
    assert f">{text}<" in svg.replace("&quot;", '"').replace("&#39;", "'")


@pytest.mark.parametrize("call", ["dot", "line", "words", "rule"])
def test_a_column_that_the_rows_do_not_have_is_an_error_that_lists_those_they_have(call):
    options = {"text": "{valeu}"} if call == "words" else {"y": "valeu"}
    with pytest.raises(ValueError, match="rows have the columns year, value, who, got 'valeu'"):
        getattr(Layers(X, Y), call)(ROWS, **options)


def test_a_layer_that_waits_for_a_checkbox_is_invisible_until_it_is_ticked():
    figure = Layers(X, Y).dot(ROWS, when="reveal", opacity=0.5)
    for ticked, opacity in ((False, "0"), (True, "0.5")):
        svg = drawn(figure, checkbox("reveal", "show", ticked))
        assert svg.count(f'opacity="{opacity}"') == 2


def test_colours_are_names_of_the_palette_or_any_other_or_stand_for_names_in_a_column():
    assert only(Layers(X, Y).dot(ROWS, color="orange"))["mark"]["color"] == COLORS["orange"]
    assert only(Layers(X, Y).dot(ROWS, color="#123456"))["mark"]["color"] == "#123456"
    color = only(Layers(X, Y).dot(ROWS, color=hue("who", ["first", "second"], ["blue", "#abc"])))["encoding"]["color"]
    assert color["scale"] == {"domain": ["first", "second"], "range": [COLORS["blue"], "#abc"]}


def test_names_stand_in_the_order_given():
    svg = drawn(Layers(X, names_axis("who", ["second", "first"])).dot(ROWS))
    assert svg.index(">second<") < svg.index(">first<")


def test_rows_that_compute_are_kept_once_in_the_order_of_the_layers_for_the_comparison_with_numpy():
    first, second = (Rows(steps=3).compute(year=lambda row, p: row.i, value=lambda row, p: p.base**row.i) for _ in "ab")
    layers = Layers(X, Y).line(first).dot(ROWS).dot(second).band(first, "year", "value")
    figure = layers.live(TEXT, range_slider("base", 2, 1, 3, 0.5))
    assert figure.rows == [first, second]
    live_check.compare(figure)


def test_a_text_column_beside_numbers_does_not_disturb_the_comparison():
    rows = Rows({"who": ["a|b", "12"], "year": [1.0, 2.0]}).compute(value=lambda row, p: p.base**row.year)
    live_check.compare(Layers(X, Y).dot(rows).live(TEXT, range_slider("base", 2, 1, 3, 0.5)))


def test_a_log_axis_has_a_tick_at_every_power_of_ten_between_its_ends_or_at_every_so_many():
    assert log_axis("x", "x", 0.3, 2e3)["axis"].values == [1, 10, 100, 1000]
    assert log_axis("x", "x", 1, 1e6, every=3)["axis"].values == [1, 1e3, 1e6]
    assert log_axis("x", "x", 1, 4, values=[1, 2, 4])["axis"].values == [1, 2, 4]


@pytest.mark.parametrize(
    ("labels", "value", "text"),
    [("number", 12, "12"), ("short", 3e9, "3B"), ("power", 1e21, "1e21"), ("money", 0.02, "$0.02"), ("money", 2e6, "$2M")],
)  # fmt: skip
def test_ticks_are_written_as_people_say_them(labels, value, text):
    x = linear_axis("x", "x", 0, value, labels, values=[value])
    assert f">{text}<" in drawn(Layers(x, Y).dot(Rows({"x": [value], "value": [1.0]})))


def test_ends_of_an_axis_are_exact_and_an_axis_without_ends_follows_its_rows():
    assert X["scale"].to_dict() == {"domain": [0, 10], "nice": False}
    assert Y["scale"].to_dict() == {"type": "log", "domain": [1, 1000], "nice": False}
    assert linear_axis("x", "x")["scale"].to_dict() == {"zero": False, "nice": False}


def test_what_a_mark_calculates_for_its_look_is_vega_alone():
    layers = Layers(X, Y).mark(
        "bar", ROWS, x="year", y="value", calculate={"twice": "2 * datum.value"}, color=alt.Color("twice:Q")
    )
    layer = only(layers)
    assert layer["transform"] == [{"calculate": "2 * datum.value", "as": "twice"}] and layers.rows == []
