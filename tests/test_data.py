"""The tables are a valid Frictionless Data package, and the loader reads them with NumPy alone."""

import datetime
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from frictionless import Package
from pybtex.database import parse_file

from scalinglaws import data
from scalinglaws.data.table import Table

ROOT = Path(__file__).parents[1]
HOME = Path(data.__file__).parent
PACKAGE = json.loads((HOME / "datapackage.json").read_text(encoding="utf-8"))
RESOURCES = {resource["name"]: resource for resource in PACKAGE["resources"]}
STATUSES = {"published", "estimate", "recomputed", "measured"}
# Tables of words, without a number that needs a source.
ABOUT = {"articles", "notation", "sources"}
# The key of the course's own experiments: their tables are measured from end to end, so need no status row by row.
MEASURED = "measured_here"
# Columns whose numbers may be negative: exponents and slopes among the constants.
SIGNED = {("constants", "value"), ("implied_use", "low_tokens"), ("implied_use", "high_tokens")}


def fields(name):
    return {field["name"]: field for field in RESOURCES[name]["schema"]["fields"]}


every_table = pytest.mark.parametrize("name", sorted(RESOURCES))
every_table_of_numbers = pytest.mark.parametrize("name", sorted(set(RESOURCES) - ABOUT))
every_dated_table = pytest.mark.parametrize(
    "name", [n for n in sorted(RESOURCES) if {"date", "year"} <= set(fields(n))]
)


def errors(folder):
    report = Package(str(folder / "datapackage.json")).validate()
    return [*report.errors, *(error for task in report.tasks for error in task.errors)]


# ---- the package of data


def test_frictionless_finds_no_error():
    assert not errors(HOME)


def test_descriptor_lists_the_files_on_disk_and_no_others():
    assert {f"tables/{path.name}" for path in (HOME / "tables").glob("*.csv")} == {
        r["path"] for r in RESOURCES.values()
    }


def test_version_is_that_of_the_project():
    assert PACKAGE["version"] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@every_table
def test_table_says_what_it_is_and_under_which_licence(name):
    resource = RESOURCES[name]
    assert resource["title"] and resource["description"].endswith(".")
    assert resource["licenses"] and all(licence["path"].startswith("https://") for licence in resource["licenses"])
    if name not in ABOUT:
        assert resource["sources"] and all(source["title"] and source["path"] for source in resource["sources"])


@every_table
def test_every_column_is_described_and_every_number_has_a_unit(name):
    for field in fields(name).values():
        assert field["description"], field
        assert field["type"] in {"number", "integer", "string", "date", "boolean"}, field
        if field["type"] in {"number", "integer"}:
            assert field["unit"], field


@every_table_of_numbers
def test_every_row_has_a_source_and_a_status(name):
    assert fields(name)["source"]["constraints"]["required"]
    table = data.load(name)
    assert all(table["source"])
    assert set(table.sources) <= set(data.load("sources")["key"])
    if table.sources != [MEASURED]:
        assert set(table["status"]) <= STATUSES


def test_every_source_is_used_and_opens_somewhere_safe():
    sources = data.load("sources")
    assert set(sources["key"]) == {key for name in RESOURCES for key in data.load(name).sources}
    for row in sources:
        assert re.fullmatch(r"|https?://[^\s?]+(\?[a-z_]+=\d+)?", row["url"]), row
        assert "utm_" not in row["url"]
    assert np.mean(sources["url"] == "") < 0.05


def test_bibliography_has_every_entry_that_a_table_names():
    entries = parse_file(str(ROOT / "references.bib")).entries
    for name in ("articles", "sources"):
        assert {key for key in data.load(name)["bib"] if key} <= set(entries)


def test_licences_that_ask_for_credit_are_credited():
    ask = {row["key"] for row in data.load("sources") if row["licence"]}
    for name in RESOURCES:
        if ask & set(data.load(name).sources):
            assert data.load(name).credit, f"{name}: datapackage.json must name whom its licence asks to credit"


# ---- the numbers


@every_table
def test_numbers_are_finite_and_not_negative(name):
    table = data.load(name)
    for column in table.units:
        values = table[column][~np.isnan(table[column])]
        assert np.isfinite(values).all()
        if (name, column) not in SIGNED:
            assert (values >= 0).all(), column


@pytest.mark.parametrize("name", [n for n in sorted(RESOURCES) if RESOURCES[n]["schema"].get("sortedBy")])
def test_sorted_tables_are_sorted(name):
    by = RESOURCES[name]["schema"]["sortedBy"]
    columns = [data.load(name)[column].tolist() for column in ([by] if isinstance(by, str) else by)]
    rows = list(zip(*columns, strict=True))
    assert rows == sorted(rows)


@every_dated_table
def test_a_table_of_dates_says_how_it_is_sorted(name):
    assert RESOURCES[name]["schema"].get("sortedBy")


@every_dated_table
def test_decimal_year_agrees_with_the_date(name):
    assert len(data.load(name))
    for row in data.load(name):
        day = datetime.date.fromisoformat(row["date"])
        length = (datetime.date(day.year + 1, 1, 1) - datetime.date(day.year, 1, 1)).days
        assert row["year"] == pytest.approx(day.year + (day.timetuple().tm_yday - 1) / length, abs=6e-4)


@pytest.mark.parametrize(
    ("name", "low", "centre", "high"),
    [
        ("algorithmic_progress", "low_months", "halving_months", "high_months"),
        ("corpora", "low_tokens", "tokens", "high_tokens"),
        ("growth_rates", "low_per_year", "growth_per_year", "high_per_year"),
        ("horizon_doubling", "low_days", "doubling_days", "high_days"),
        ("limits_2030", "low", "central", "high"),
        ("text_stocks", "low_tokens", "tokens", "high_tokens"),
        ("time_horizons", "low_minutes", "p50_minutes", "high_minutes"),
        ("youtube", "low", "central", "high"),
    ],
)
def test_intervals_hold_their_centre(name, low, centre, high):
    table = data.load(name)
    assert not (table[low] > table[centre]).any() and not (table[centre] > table[high]).any()
    assert (table[low] < table[high]).any()


def test_tables_of_chinchilla_are_as_printed():
    optimum = data.load("chinchilla_optimum")
    ratio = optimum["training_flop"] / (6 * optimum["n_params"] * optimum["n_tokens"])
    misprint = (optimum["approach"] == 3) & (optimum["n_params"] == 1.75e11)
    assert ratio[misprint] == pytest.approx(0.1)
    assert np.abs(ratio[~misprint] - 1).max() < 0.05
    models = data.load("chinchilla_models")
    assert len(models) == 50
    attention = 5 * models["d_model"] * models["d_head"] * models["n_heads"]
    shape = models["n_layers"] * (attention + 2 * models["d_model"] * models["d_ff"]) + 32000 * models["d_model"]
    assert models["n_params_recomputed"] == pytest.approx(shape)
    assert models["n_params_printed"] == pytest.approx(shape, rel=0.0081)


def test_tokens_per_parameter_is_the_ratio_of_its_columns():
    table = data.load("tokens_per_parameter")
    assert table["tokens_per_param"] == pytest.approx(table["n_tokens"] / table["n_params"], rel=1e-3)


def test_repetition_follows_its_formula():
    table, scale = data.load("repetition"), data.constant("muennighoff2023.R_D_star")
    effective = 1 + scale * (1 - np.exp(-(table["epochs"] - 1) / scale))
    assert table["effective_over_unique"] == pytest.approx(effective, rel=1e-5)
    assert table["effective_over_seen"] == pytest.approx(effective / table["epochs"], rel=1e-5)
    assert table["next_token_value"] == pytest.approx(np.exp(-(table["epochs"] - 1) / scale), rel=1e-5)


def test_waves_lie_in_their_decade_as_flagged():
    table = data.load("waves")
    inside = (table["stated_decade"] <= table["key_year"]) & (table["key_year"] < table["stated_decade"] + 10)
    assert (inside == table["in_stated_decade"]).all()


# ---- the bibliography


def test_bibliography_formats_in_every_style_without_a_missing_field():
    from pybtex.backends.plaintext import Backend
    from pybtex.plugin import find_plugin

    entries = parse_file(str(ROOT / "references.bib")).entries  # raises on a repeated key
    for name in ("alpha", "plain", "unsrt"):
        style = find_plugin("pybtex.style.formatting", name)()
        for entry in style.format_entries(entries.values()):
            assert "\\" not in entry.text.render(Backend()), entry.key


def test_bibliography_has_no_doubtful_remark_in_a_comment():
    text = (ROOT / "references.bib").read_text(encoding="utf-8")
    but_titles = re.sub(r"^  title = .*$", "", text, flags=re.MULTILINE)
    assert not re.search(r"unsure|memory|todo", but_titles, re.IGNORECASE)


# ---- the loader


@every_table
def test_columns_come_back_as_described_and_as_in_the_file(name):
    table = data.load(name)
    lines = (HOME / RESOURCES[name]["path"]).read_text(encoding="utf-8").splitlines()
    assert table.columns == lines[0].split(",") == list(fields(name))
    assert len(table) == len(lines) - 1 > 0
    for column, field in fields(name).items():
        kind = {"number": "f", "integer": "f", "boolean": "b"}.get(field["type"], "U")
        assert table[column].dtype.kind == kind and table[column].shape == (len(table),)
    assert set(table.units) == {c for c, field in fields(name).items() if field["type"] in ("number", "integer")}
    assert all(list(row) == table.columns for row in table)


def test_an_empty_cell_is_nan():
    table = data.load("training_costs")
    assert np.isnan(table.where(table["model"] == "GNMT")["cloud_usd"]).all()


def test_no_caller_can_change_a_cached_table():
    table = data.load("airliners")
    with pytest.raises(ValueError, match="read-only"):
        table["cruise_mph"][0] = 1
    table.units["cruise_mph"] = "furlong"
    table.columns.clear()
    assert data.load("airliners").units["cruise_mph"] == "mile/h"
    assert "cruise_mph" in data.load("airliners").columns


def test_where_keeps_rows_units_and_credit():
    table = data.load("benchmarks")
    people = table.where(table["human"])
    assert len(people) == table["human"].sum() > 0
    assert people.units == table.units and people.credit == table.credit and set(people.sources) <= set(table.sources)
    assert len(table.where(np.zeros(len(table), bool))) == 0
    for mask in ([True], np.ones(len(table)), table["system"]):
        with pytest.raises(ValueError, match="mask must be boolean with shape"):
            table.where(mask)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: data.load("benchmark"), r"table 'benchmark' is unknown; known: benchmarks, .*airliners"),
        (lambda: data.load(7), "table 7 is unknown"),
        (lambda: data.load(["benchmarks"]), "is unknown; known"),
        (lambda: data.load("airliners")["cruise_mpg"], r"column of airliners 'cruise_mpg' .*known: cruise_mph, .*year"),
        (lambda: data.constant("kaplan2020.alpha"), r"known: kaplan2020\.alpha_\w, .* more"),
        (lambda: data.constant(None), "constant None is unknown"),
    ],
)
def test_unknown_names_list_the_known_ones_close_ones_first(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_constants_are_found_by_name_in_their_unit():
    table = data.constants()
    assert len(set(table["name"])) == len(table)
    for row in table:
        assert data.constant(row["name"]) == row["value"]
        assert row["unit"] and row["meaning"] and row["name"].count(".") >= 1


def test_notebook_table_names_its_columns_rows_and_remainder():
    table = Table("a<b", {"x": np.arange(30.0), "text": ["<i>"] * 30}, {"x": {"unit": "m"}}, "Title & more")
    html = table._repr_html_()
    assert "<caption>Title &amp; more (30 rows; the first 12 are shown)</caption>" in html
    assert '<th scope="col">x<br>[m]</th>' in html and html.count('<th scope="row">') == 12
    assert "<i>" not in html and 'aria-label="a&lt;b"' in html
    assert repr(table) == "a<b: 30 rows; x [m], text"


def test_columns_must_have_equal_length():
    with pytest.raises(ValueError, match="equal length"):
        Table("t", {"x": [1, 2], "y": [1]})


def test_loading_needs_numpy_alone():
    code = (
        "import sys; before = set(sys.modules); from scalinglaws import data;"
        "[data.load(name)._repr_html_() for name in data.names()]; data.constant('kaplan2020.alpha_N');"
        "print(sorted({m.split('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    found = {word for word in re.findall(r"'([^']+)'", done.stdout) if not word.startswith(("_", "__"))}
    assert found == {"numpy", "scalinglaws"}


# ---- the checks above can fail


@pytest.mark.parametrize(
    ("old", "new", "kind", "message"),
    [
        ("cruise_mph", "cruise_kmh", "incorrect-label", "header must be"),
        (",590,", ",fast,", "type-error", "cruise_mph must hold values of type number"),
        (",590,", ",-590,", "constraint-error", None),
        (",590,", ",,", "constraint-error", None),
        ("published", "remembered", "constraint-error", None),
        ("1958,Boeing 707,590,", "1958,Boeing 707,", "missing-cell", "cells, got"),
    ],
)
def test_a_spoiled_table_is_reported(tmp_path, monkeypatch, old, new, kind, message):
    shutil.copytree(HOME, tmp_path / "data")
    path = tmp_path / "data/tables/airliners.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    package = json.loads((tmp_path / "data/datapackage.json").read_text(encoding="utf-8"))
    package["resources"] = [r for r in package["resources"] if r["name"] == "airliners"]
    (tmp_path / "data/datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    assert kind in {error.type for error in errors(tmp_path / "data")}
    if message:
        data._read.cache_clear()
        monkeypatch.setattr(data, "files", lambda _: tmp_path / "data")
        with pytest.raises(ValueError, match=f"tables/airliners.csv: .*{message}"):
            data.load("airliners")
        data._read.cache_clear()
