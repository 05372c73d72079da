"""What is checked inside a notebook while it runs would be noticed if it were wrong."""

import gc
import json
import sys
import weakref
from pathlib import Path

import nbformat
import numpy as np
import pytest
from notebook_check import MIME, Watch

from scalinglaws.show.live import Live, Rows
from scalinglaws.show.panel import Panel

sys.path.append(str(Path(__file__).resolve().parent.parent / "tools"))

from check_notebooks import check_all, with_checks

FIRST = 'import sys\n\nif sys.platform == "emscripten":\n    import {names}  # noqa: E401, F401\n'
LAB = """from scalinglaws.show.controls import slider
from scalinglaws.show.panel import Panel, paper
figure = paper(3, 2, 50)
(line,) = figure.add_subplot(xlim=(0, 1), ylim=(0, 1)).plot([0, 1], [0, 0])
_ = Panel(figure, lambda x: line.set_ydata([0, x]), [line], "A line from zero.", x=slider("x", 0.5, 0, 1, 0.1))"""


@pytest.fixture
def restored(monkeypatch):
    """Put back what a watch changes: it was made for a process of its own."""
    monkeypatch.setattr(Live, "__init__", Live.__init__)
    monkeypatch.setattr(Panel, "__init__", Panel.__init__)
    monkeypatch.setattr(Panel, "made", weakref.WeakSet())  # those of other tests may be alive
    monkeypatch.setitem(sys.modules, "scipy", sys.modules.get("scipy"))


def stored(folder, *sources, figures=0):
    """Write a notebook that shows live figures; return its path."""
    outputs = [nbformat.v4.new_output("display_data", {MIME: {}})] * figures
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells.append(nbformat.v4.new_code_cell("pass", outputs=outputs))
    for count, cell in enumerate(cells, 1):
        cell.execution_count = count  # nbval compares the outputs of a cell that was run
    folder.mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "9-small.ipynb")
    return folder / "9-small.ipynb"


def a_figure(wrong=False):
    rows = Rows(steps=5).compute(x=lambda row, p: row.i + 1, y=lambda row, p: 2 * row.i)
    if wrong:
        rows.values = lambda **state: {"i": np.arange(5.0), "x": np.arange(5.0) + 1, "y": 2.1 * np.arange(5.0)}
    return Live(rows.chart().mark_line().encode(x="x:Q", y="y:Q"), "A line that rises from left to right.", [], [rows])


def test_figures_are_compared_and_counted(tmp_path, restored):
    watch = Watch(stored(tmp_path / "chapters", figures=2))
    a_figure(), a_figure()
    report = watch.finish()
    assert (report["figures"], report["panels"]) == (2, 0)


def test_a_figure_that_the_notebook_dropped_is_compared_all_the_same(tmp_path, restored):
    watch = Watch(stored(tmp_path / "chapters", figures=1))
    a_figure(wrong=True)
    gc.collect()
    with pytest.raises(AssertionError, match="y at"):
        watch.finish()


@pytest.mark.parametrize("made", [0, 2])
def test_a_figure_too_few_or_too_many_is_noticed(made, tmp_path, restored):
    watch = Watch(stored(tmp_path / "chapters", figures=1))
    for _ in range(made):
        a_figure()
    with pytest.raises(AssertionError, match=f"made {made} live figures, 1 are stored"):
        watch.finish()


def test_a_lab_without_a_panel_and_a_package_that_is_named_for_nothing_are_noticed(tmp_path, restored):
    watch = Watch(stored(tmp_path / "labs", FIRST.format(names="numpy, scipy")))
    with pytest.raises(AssertionError, match="a lab has a panel"):
        watch.finish()
    exec(LAB, {})
    with pytest.raises(AssertionError, match="the first cell names"):
        watch.finish()


def test_a_panel_in_a_chapter_is_noticed(tmp_path, restored):
    watch, names = Watch(stored(tmp_path / "chapters")), {}
    exec(LAB, names)
    with pytest.raises(AssertionError, match="a panel stands in a lab"):
        watch.finish()


def test_a_lab_that_loads_what_no_browser_has_is_noticed(tmp_path, restored, monkeypatch):
    watch = Watch(stored(tmp_path / "labs", FIRST.format(names="numpy")))
    exec(LAB, {})
    watch.before.discard("altair")
    with pytest.raises(AssertionError, match="altair"):
        watch.finish()


def test_one_run_compares_the_stored_outputs_and_walks_the_panels(tmp_path):
    ((path, checked, _, said),) = check_all([stored(tmp_path / "labs", FIRST.format(names="numpy"), LAB)])
    assert checked and checked["panels"] == 1, said
    assert path.name == "9-small.ipynb"


def test_an_error_and_a_package_that_is_not_named_and_another_output_are_noticed(tmp_path):
    faults = "1 / 0", "import scipy", "print(1)"
    ((_, checked, _, said),) = check_all([stored(tmp_path / "labs", FIRST.format(names="numpy"), LAB, *faults)])
    assert checked is None
    for words in ("ZeroDivisionError", "import of scipy halted", "Unexpected output fields"):
        assert words in said


def test_the_copy_is_the_notebook_between_two_cells(tmp_path):
    notebook = json.loads(stored(tmp_path / "labs", "1").read_text())
    assert with_checks(notebook, "p", "r")["cells"][1:-1] == notebook["cells"]
