"""Lab 10: the bench on which a table is laid, the tables that ship, and panels that fit what lies there."""

from datetime import datetime

import numpy as np
import pytest

from scalinglaws.book.lab10 import (
    Bench,
    _log,
    last_budget,
    law,
    next_one,
    shipped_tables,
)
from scalinglaws.data import load
from scalinglaws.fit import fit_chinchilla
from scalinglaws.fit.engine.columns import chosen_columns, read_csv
from scalinglaws.laws.training.chinchilla import Chinchilla

NAMES = list(shipped_tables())
TARGET = 100 * 6 * 1e9 * 9e10  # FLOP: a hundred times the largest run of the log
TRUTH = Chinchilla.published("besiroglu2024").optimum(TARGET).loss
SMALL = "model,tok,err\n" + "".join(
    f"{n},{d},{1.8 + 480 / n**0.35 + 2085 / d**0.37}\n" for n in (1e7, 3e7, 1e8) for d in (1e9, 3e9, 1e10)
)


def upload(bench, text, name="mine.csv"):
    content = memoryview(text.encode())
    bench.upload.value = (
        {
            "name": name,
            "type": "text/csv",
            "size": len(content),
            "content": content,
            "last_modified": datetime(2026, 1, 1),
        },
    )


@pytest.mark.parametrize("panel", [law, last_budget, next_one])
def test_every_panel_is_sound_on_a_table_with_its_own_compute(walk, panel):  # the notebook has the other two tables
    walk(panel(Bench("a sweep made up")), n_random=5)


@pytest.mark.parametrize("panel", [last_budget, next_one])
def test_what_the_notebook_does_not_show_of_the_log_is_sound(walk, panel):
    bench = Bench("a log")
    bench.names["runs"].value = ("run", panel is next_one)
    walk(panel(bench), n_random=5)


def test_the_bench_guesses_the_columns_of_tables_that_ship():
    for name in NAMES:
        bench = Bench(name)
        runs = bench.runs
        assert runs["n_params"].max() < runs["n_tokens"].max() and 1 < runs["loss"].min() < 5
        assert bench.names["n_params"].value in ("n_params", "N")
        assert np.median(runs["compute_flop"] / (6 * runs["n_params"] * runs["n_tokens"])) == pytest.approx(
            1.1 if name == "a sweep made up" else 1, rel=1e-3
        )


def test_the_course_s_table_is_the_course_s_sweep():
    runs, bench = load("runs"), Bench()
    chosen = (runs["kind"] == "isoflop") & (runs["corpus"] == "stdlib") & (runs["variant"] == "")
    own = runs.where(chosen & (runs["status"] == "ok"))
    np.testing.assert_allclose(bench.runs["loss"], own["loss"], atol=1e-5)


def test_an_uploaded_file_lies_on_the_bench_and_is_fitted():
    bench = Bench()
    upload(bench, "\ufeff" + SMALL)
    assert bench.runs["n_params"].tolist() == np.repeat([1e7, 3e7, 1e8], 3).tolist()
    assert "9 rows" in bench.readout
    assert [bench.names[role].value for role in ("n_params", "n_tokens", "loss")] == ["model", "tok", "err"]
    assert "9 rows: best size grows as C^" in law(bench).render(law(bench).state).readout


def test_a_pasted_table_lies_on_the_bench():
    bench = Bench()
    bench.text.value = SMALL.replace(",", "\t")
    assert len(bench.runs["loss"]) == 9


def test_columns_that_are_named_otherwise_are_named_by_hand():
    bench = Bench()
    upload(bench, SMALL)
    bench.names["n_params"].value, bench.names["n_tokens"].value = "tok", "model"
    assert bench.runs["n_params"][0] == 1e9 and bench.runs["n_tokens"][0] == 1e7


def test_a_column_with_one_bad_cell_can_still_be_named():
    bench = Bench()
    upload(bench, SMALL.replace("1000000000.0", "n/a", 1))
    bench.names["n_tokens"].value = "tok"
    assert "line 2, column tok: 'n/a'" in bench.readout


@pytest.mark.parametrize("text", ["", "N", "N,D\n1,2,3", "a,b\nx,y", "N,D,loss\n1e6,1e7,-3\n1e6,1e8,2"])
def test_a_table_that_is_none_says_why_and_breaks_nothing(text):
    bench = Bench()
    bench.text.value = text
    assert bench.readout.startswith("Not yet: ")
    with pytest.raises((ValueError, TypeError)):
        bench.runs  # noqa: B018
    bench.table.value = NAMES[1]
    assert "35 rows" in bench.readout


def test_a_bad_cell_is_named_by_its_line():
    bench = Bench("a sweep made up")
    lines = bench.text.value.splitlines()
    lines[3] = lines[3].rsplit(",", 1)[0] + ",-1"
    bench.text.value = "\n".join(lines)
    assert "line 4, column val_loss: '-1'" in bench.readout


def test_the_last_row_of_a_run_is_the_last_in_the_table():
    bench = Bench("a log")
    bench.names["runs"].value = ("run", True)
    every = chosen_columns(read_csv(_log().splitlines()), {"n_tokens": "D", "loss": "val_loss"})
    assert bench.runs["loss"].tolist() == every["loss"][24::25].tolist()
    assert bench.runs["groups"] is None


def test_rows_that_belong_together_are_groups():
    bench = Bench("a log")
    bench.names["runs"].value = ("run", False)
    assert len(set(bench.runs["groups"])) == 12 and len(bench.runs["loss"]) == 300


def fits_of(log):
    names = {"n_params": "N", "n_tokens": "D", "loss": "val_loss", "groups": "run"}
    columns = chosen_columns(read_csv(log.splitlines()), names)
    runs, last = np.array(columns.pop("groups")), slice(24, None, 25)
    rows = [columns[name] for name in ("n_params", "n_tokens", "loss")]
    return fit_chinchilla(*rows), fit_chinchilla(*rows, groups=runs), fit_chinchilla(*(part[last] for part in rows))


def test_the_log_has_an_interval_that_is_narrow_and_wrong_until_it_is_mended():
    rows, groups, last = (fit.bootstrap(500).optimum(TARGET).loss for fit in fits_of(_log()))
    assert not rows.low <= TRUTH <= rows.high
    assert groups.low <= TRUTH <= groups.high and last.low <= TRUTH <= last.high
    assert rows.high - rows.low < 0.5 * (groups.high - groups.low)


def test_such_logs_are_wrong_as_often_as_right():
    held = []
    for seed in range(8):
        held.append(
            [
                low <= TRUTH <= high
                for low, high in (fit.bootstrap(100).optimum(TARGET).loss for fit in fits_of(_log(seed)))
            ]
        )
    rows, groups, last = np.mean(held, axis=0)
    assert rows < 0.75 and groups > 0.9 and last > 0.8


def test_what_the_text_says_of_the_log_and_of_what_is_held_out():
    log, sweep = Bench("a log"), Bench()
    said = law(log)
    assert "Scatter 1.4 %" in said.render(said.state).readout
    held = last_budget(log)
    assert "Of 45 above, 44 lie in their" in held.render(held.state).readout
    held = last_budget(sweep)
    assert "Of 26 above, 14 lie in their" in held.render(held.state).readout


def test_twins_that_belong_together_are_held_out_and_drawn_together():
    sweep = Bench()
    sweep.names["runs"].value = ("place", False)
    held = last_budget(sweep)
    assert "Of 26 above, 24 lie in their" in held.render(held.state).readout


@pytest.mark.parametrize(("share", "n_out"), [(5, 13), (10, 26), (15, 26), (20, 47), (60, 128)])
def test_no_budget_is_held_out_in_part(share, n_out):
    held = last_budget(Bench())
    assert f"Of {n_out} above" in held.render(held.state | {"share": share}).readout
