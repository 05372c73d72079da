"""Every lab as a file, and the walk of its panels on small ones. The labs run in `tools/check_notebooks.py`."""

import ast
import sys
from pathlib import Path

import lab_walk
import pytest

from scalinglaws.show.controls import slider, switch
from scalinglaws.show.panel import Panel, paper

ROOT = Path(__file__).resolve().parent.parent
LABS = sorted(ROOT.glob("labs/*.ipynb"))
ALLOWED = {"numpy", "scipy", "matplotlib", "ipywidgets", "PIL", "scalinglaws", *sys.stdlib_module_names}

each_lab = pytest.mark.parametrize("path", LABS, ids=[path.stem for path in LABS])


def test_there_are_labs():
    assert LABS


@each_lab
def test_a_lab_imports_only_what_the_browser_has(path):
    for source in lab_walk.code_cells(path):
        lines = [line for line in source.splitlines() if not line.lstrip().startswith("%")]
        for node in ast.walk(ast.parse("\n".join(lines))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= ALLOWED


def test_the_first_cell_of_all_labs_is_one_apart_from_the_imports_it_spells():
    assert len({lab_walk.SPELLED.sub("    import ...", lab_walk.code_cells(path)[0]) for path in LABS}) == 1


@each_lab
def test_a_first_cell_spells_numpy_matplotlib_and_pillow(path):
    assert {"numpy", "matplotlib", "PIL"} <= lab_walk.spelled(path)


def test_a_panel_that_raises_only_at_the_end_of_a_slider_is_caught(walk):
    def move(line, x):
        if x == 1:
            raise ZeroDivisionError("end of the slider")
        line.set_ydata([0, x])

    with pytest.raises(AssertionError, match="end of the slider"):
        walk(one_line(move, x=slider("x", 0.5, 0, 1, 0.1)))


def test_a_panel_that_draws_what_is_not_finite_is_caught(walk):
    def move(line, x):
        line.set_ydata([0, x if x > 0 else float("nan")])

    with pytest.raises(AssertionError, match="not finite"):
        walk(one_line(move, x=slider("x", 0.5, 0, 1, 0.1)))


def test_a_readout_that_is_not_a_number_is_caught(walk):
    def move(line, x):
        line.set_ydata([0, x])
        return "loss nan" if x == 0 else "loss 1"

    with pytest.raises(AssertionError, match="says"):
        walk(one_line(move, x=slider("x", 0.5, 0, 1, 0.1)))


def test_a_dead_control_is_caught(walk):
    def move(line, x, dead):
        line.set_ydata([0, x])

    with pytest.raises(AssertionError, match=r"\['dead'\]"):
        walk(one_line(move, x=slider("x", 0.5, 0, 1, 0.1), dead=slider("dead", 0.5, 0, 1, 0.1)))


def test_a_control_that_waits_for_another_is_not_called_dead(walk):
    def move(line, shown, x):
        line.set_visible(shown)
        line.set_ydata([0, x])

    walk(one_line(move, shown=switch("shown"), x=slider("x", 0.5, 0, 1, 0.1)))


def one_line(move, **controls):
    figure = paper(3, 2, 50)
    (line,) = figure.add_subplot(xlim=(0, 1), ylim=(-1, 2)).plot([0, 1], [0, 0])
    return Panel(figure, lambda **state: move(line, **state), [line], "A line from zero.", **controls)
