"""Tables of results: how numbers are written, what a notebook and a page show, and that stored ones have captions."""

import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from docutils import nodes
from docutils.utils import new_document
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws import load
from scalinglaws.show.tables import table

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "_ext")]

from website import tables as site  # noqa: E402

NOTEBOOKS = sorted([*ROOT.glob("chapters/*.ipynb"), *ROOT.glob("labs/*.ipynb")])
INF, NAN = float("inf"), float("nan")


def written(value, digits=None):
    """How one cell is written."""
    return table([("row", value)], columns=["name", "cell"], digits={"cell": digits}).rows[0][1]


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.05, 3, "0.050"),
        (5.76e23, ".2e", "5.76e23"),
        (1e21, ".0e", "1e21"),
        (3e-5, ".0e", "3e-5"),
        (1e100, ".0e", "1e100"),
        (70e9, "short", "70B"),
        (5.76e23, "short", "5.8e23"),
        (0.587, ".0%", "59"),
        (0.587, ".1%", "58.7"),
        (-2.04, "+.1f", "-2.0"),
        (-0.001, 1, "0.0"),
        (9999, None, "9999"),
        (12345, None, "12,345"),
        (12345.6, 1, "12,345.6"),
        (2023, None, "2023"),
        (2 / 3, None, "0.667"),
        (1e23, None, "1e23"),
        (INF, 2, "∞"),
        (NAN, 2, "–"),
        (None, 2, "–"),
        (True, 2, "yes"),
        (np.False_, None, "no"),
        (np.int64(3), 1, "3.0"),
        (np.float64(0.25), 2, "0.25"),
        (np.array(0.25), 2, "0.25"),
        ("a text", 2, "a text"),
        (np.str_("a text"), 2, "a text"),
    ],
)
def test_a_cell_is_written_as_people_write_it(value, digits, text):
    assert written(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((0.46, 0.57), "0.46 to 0.57"),
        ([0.46, 0.57], "0.46 to 0.57"),
        (np.array([0.51, 0.46, 0.57]), "0.51 (0.46 to 0.57)"),
        ((1.07, INF), "1.07 or more"),
        ((-INF, 3), "up to 3.00"),
        ((-INF, INF), "any"),
        ((1.2, 1.07, INF), "1.20 (1.07 or more)"),
        ((0.5, None, None), "0.50"),
        ((NAN, NAN), "–"),
        (SimpleNamespace(low=0.46, high=0.57, level=0.9), "0.46 to 0.57"),
        (SimpleNamespace(value=0.51, low=0.46, high=0.57), "0.51 (0.46 to 0.57)"),
    ],
)
def test_a_pair_is_an_interval_and_a_triple_a_value_with_its_interval(value, text):
    assert written(value, 2) == text


def test_thousands_are_parted_in_all_numbers_of_a_column_or_in_none():
    assert [row[0] for row in table([(1113,), (83,), (26400,)], ["tokens"]).rows] == ["1,113", "83", "26,400"]
    assert [row[0] for row in table([(1113,), (83,)], ["tokens"]).rows] == ["1113", "83"]


def test_columns_of_numbers_stand_at_the_right_and_those_of_texts_at_the_left():
    shown = table([("a", 1, None, "x"), ("b", None, True, "y")], ["name", "number", "is", "said"])
    assert shown.right == [False, True, False, False]


def test_per_cent_stands_in_the_heading_once():
    assert table([("a", 0.5)], ["name", "held"], ".0%").heads == [("", "name"), ("", "held (%)")]
    assert table([("a", 0.5)], ["name", "held"], [None, ".0%"]).heads[1] == ("", "held (%)")
    assert (
        table([("a", 0.5)], ["name", "held"], [None, ".0%"], {"held": "% of years"}).heads[1][1] == "held (% of years)"
    )


def test_dicts_tuples_and_a_table_of_the_data_give_the_same():
    clock = load("desktop_clock")
    few = clock.where(np.arange(len(clock)) < 3)
    wanted = {"year": "year", "clock_mhz": "clock"}
    rows = list(few)
    pairs = [(row["year"], row["clock_mhz"]) for row in rows]
    known = table(few, wanted, 1)
    by_name = table(rows, wanted, 1, units={"clock_mhz": "MHz"})
    in_order = table(pairs, ["year", "clock"], 1, [None, "MHz"])
    assert known.rows == by_name.rows == in_order.rows
    assert known.heads[0] == ("", "year")
    assert known.heads[1] == by_name.heads[1] == in_order.heads[1] == ("", "clock (MHz)")


def test_a_name_that_a_row_lacks_is_missing():
    assert table([{"a": 1, "b": 2}, {"a": 3}]).rows == [["1", "2"], ["3", "–"]]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rows": []}, "rows must hold at least one row"),
        ({"rows": [(1, 2)]}, "columns must be given"),
        ({"rows": [(1, 2)], "columns": "ab"}, "columns must be a list or a dict, got the text 'ab'"),
        ({"rows": [(1, 2)], "columns": ["a"]}, r"row 0 must have 1 cells.*got 2"),
        ({"rows": [(1,), "x"], "columns": ["a"]}, "rows must all be tuples, got 'x' as row 1"),
        ({"rows": [{"a": 1}, (1,)]}, r"rows must all be dicts, got \(1,\) as row 1"),
        ({"rows": [{"speed": 1}], "columns": ["sped"]}, "column 'sped' is unknown; known: speed"),
        ({"rows": [(1,)], "columns": ["a"], "digits": {"b": 1}}, "column in digits 'b' is unknown; known: a"),
        ({"rows": [(1,)], "columns": ["a"], "units": ["m", "s"]}, "units must have one entry for each of 1 columns"),
        ({"rows": [(1,)], "columns": ["a"], "digits": -1}, "digits of column 'a' must be .* got -1"),
        ({"rows": [(1,)], "columns": ["a"], "digits": True}, "digits of column 'a' must be .* got True"),
        ({"rows": [(1,)], "columns": ["a"], "digits": "much"}, "digits of column 'a' must be .* got 'much'"),
        ({"rows": [(object,)], "columns": ["a"]}, "column 'a' must hold numbers"),
        ({"rows": [((1, 2, 3, 4),)], "columns": ["a"]}, "column 'a' must hold numbers"),
    ],
)
def test_a_mistake_is_named_with_what_was_given_and_what_is_allowed(given, message):
    with pytest.raises(ValueError, match=message):
        table(**given)


def parsed(shown):
    return ElementTree.fromstring(shown.html())


def test_headings_know_what_they_head():
    heads = [("", "test"), ("points", "2023"), ("points", "2024"), ("logits", "2023")]
    shown = parsed(table([("MMLU", 16.4, 5.9, 1.0), ("GSM8K", 35.5, 2.5, 2.2)], heads, 1))
    top, second = shown.findall(".//thead/tr")
    assert [(cell.text, cell.get("scope"), cell.get("colspan")) for cell in top.iter("th")] == [
        ("points", "colgroup", "2"),
        ("logits", "colgroup", "1"),
    ]
    assert sum(int(cell.get("colspan", 1)) for cell in top) == len(second) == 4
    assert [cell.get("scope") for cell in second] == ["col"] * 4
    for row in shown.findall(".//tbody/tr"):
        assert [cell.get("scope") for cell in row] == ["row", None, None, None]


@given(
    st.lists(
        st.tuples(st.text(), st.floats(), st.one_of(st.none(), st.booleans(), st.integers())), min_size=1, max_size=5
    )
)
def test_html_is_well_formed_the_same_each_time_and_says_what_the_text_says(rows):
    rows = [("".join(filter(str.isprintable, name)), *rest) for name, *rest in rows]
    shown = table(rows, ["<a & b>", "b", "c"])
    assert shown.html() == table(rows, ["<a & b>", "b", "c"]).html()
    cells = [[cell.text or "" for cell in row] for row in parsed(shown).findall(".//tbody/tr")]
    assert [[cell.replace("−", "-") for cell in row] for row in cells] == [
        [cell.replace("−", "-") for cell in row] for row in shown.rows
    ]


def test_a_minus_of_a_number_is_a_minus_and_a_hyphen_of_a_word_stays():
    assert [cell.text for cell in parsed(table([("low-lr", -2.5), ("-x", 1e-5)], ["a-b", "b"], ".1e")).iter("td")] == [
        "−2.5e0",
        "1.0e−5",
    ]
    assert "low-lr" in table([("low-lr", 1), (3, 2)], ["a", "b"]).html()


def test_columns_of_the_text_line_up():
    lines = repr(table([("a", 1.5), ("long name", 22.25)], ["name", "value"], 2)).splitlines()
    assert lines == ["name       value", "a           1.50", "long name  22.25"]


def test_a_notebook_gets_both_forms():
    shown = table([("a", 1)], ["name", "value"])
    assert shown._repr_mimebundle_() == {"text/html": shown.html(), "text/plain": repr(shown)}


def test_on_the_page_it_is_a_table_of_the_book_with_caption_and_label():
    document = new_document("x")
    figure = nodes.figure(ids=["tab-x"], names=["tab-x"])
    bundle = nodes.container(
        "", nodes.raw("", table([("a", 1)], ["name", "value"]).html(), format="html", classes=["o"])
    )
    figure += [bundle, nodes.caption("", "", nodes.Text("What it "), nodes.emphasis("", "shows"))]
    document += figure
    document.note_explicit_target(figure, figure)
    site.CellTables(document).apply()
    (found,) = document.children
    assert isinstance(found, nodes.table) and found["ids"] == ["tab-x"] and document.ids["tab-x"] is found
    assert found[0].astext() == "What it shows" and isinstance(found[0], nodes.title)
    html = found[1].astext()
    assert html.startswith("<thead>") and html.endswith("</tbody>") and "style" not in html
    assert '<td class="text-end">1</td>' in html and not found[1]["classes"]


def table_problems(cell):
    """What is wrong with the table of a cell, in words."""
    figure = cell["metadata"].get("mystnb", {}).get("figure", {})
    for output in cell.get("outputs", []):
        if site.CELL_TABLE in "".join(output.get("data", {}).get("text/html", "")):
            if len(figure.get("caption", "")) < 20:
                yield "no caption that says what is shown"
            if not re.fullmatch(r"tab-[a-z0-9-]+", figure.get("name", "")):
                yield "no name that starts with tab-"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_every_stored_table_has_a_caption_and_a_name_of_its_own(path):
    cells = [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    for cell in cells:
        assert not list(table_problems(cell)), "".join(cell["source"])
    names = [cell["metadata"].get("mystnb", {}).get("figure", {}).get("name") for cell in cells]
    assert len([name for name in names if name]) == len({name for name in names if name})


def test_a_table_without_caption_is_caught():
    html = table([("a", 1)], ["name", "value"]).html()
    cell = {"metadata": {}, "outputs": [{"data": {"text/html": [html]}}]}
    assert list(table_problems(cell)) == ["no caption that says what is shown", "no name that starts with tab-"]
