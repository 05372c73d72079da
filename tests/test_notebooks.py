"""House rules of the notebooks: figures that everybody can read, labels of one scheme, solutions to all exercises."""

import json
import re
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted([*ROOT.glob("chapters/*.ipynb"), *ROOT.glob("labs/*.ipynb")])
PAGES = [*NOTEBOOKS, *sorted(ROOT.glob("teaching/*.md")), *sorted(ROOT.glob("reference/*.md"))]
PAGES += [ROOT / "index.md", ROOT / "argument.md"]
PICTURES = {"image/png", "image/svg+xml", "application/vnd.vegalite.v5+json"}
HIDDEN = {"remove-cell", "remove-input", "hide-input", "hide-cell"}
SCHEME = re.compile(r"^(eq|fig|tab|ex|sec)-[a-z0-9-]+$")

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])


def cells(path, kind=None):
    return [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if kind in (None, cell["cell_type"])]


def source(cell):
    return "".join(cell["source"])


def prose(path):
    if path.suffix == ".md":
        return path.read_text("utf-8")
    return "\n\n".join(source(cell) for cell in cells(path, "markdown"))


def visible_lines(cell):
    lines = [line for line in source(cell).splitlines() if line.strip() and not line.strip().startswith("#")]
    return 0 if HIDDEN & set(cell["metadata"].get("tags", [])) else len(lines)


def figure_problems(cell):
    """What is wrong with the figures of a cell, in words."""
    meta = cell["metadata"].get("mystnb", {})
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if not PICTURES & set(data):
            continue
        spec = data.get("application/vnd.vegalite.v5+json")
        alt = spec["description"] if spec else meta.get("image", {}).get("alt", "")
        figure = meta.get("figure", {})
        if len(alt) < 25:
            yield "no alt text that says what is seen"
        if not figure.get("caption"):
            yield "no caption"
        if not str(figure.get("name", "")).startswith("fig-"):
            yield "no name that starts with fig-"


@each
def test_every_figure_has_a_caption_a_name_and_alt_text(path):
    for cell in cells(path, "code"):
        assert not list(figure_problems(cell)), source(cell)[:200]


def test_a_figure_without_alt_text_is_caught():
    cell = {
        "metadata": {"mystnb": {"figure": {"caption": "c", "name": "fig-x"}}},
        "outputs": [{"data": {"image/png": ""}}],
    }
    assert list(figure_problems(cell)) == ["no alt text that says what is seen"]


@each
def test_a_notebook_is_stored_executed_in_order_and_without_errors(path):
    code = cells(path, "code")
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    for cell in code:
        for output in cell["outputs"]:
            assert output["output_type"] != "error"
            assert output.get("name") != "stderr"
            assert not any("widget-view" in kind for kind in output.get("data", {}))


@each
def test_cells_are_short_and_prose_outweighs_code(path):
    shown = [lines for cell in cells(path, "code") if (lines := visible_lines(cell))]
    assert statistics.median(shown) <= 6 and sorted(shown)[int(0.9 * (len(shown) - 1))] <= 12 and max(shown) <= 20
    assert shown[0] <= 8
    long = [
        line
        for cell in cells(path, "code")
        if visible_lines(cell)
        for line in source(cell).splitlines()
        if len(line) > 80
    ]
    assert not long, "lines of more than 80 characters do not fit the page"
    assert len(re.findall(r"[A-Za-z][A-Za-z'-]+", prose(path))) >= 12 * sum(shown)


@each
def test_every_exercise_has_its_solution_and_every_solution_asserts(path):
    text = prose(path)
    exercises = re.findall(r"\{exercise(?:-start)?\}[^\n]*\n:label: (\S+)", text)
    solutions = re.findall(r"\{solution(?:-start)?\} (\S+)", text)
    assert sorted(exercises) == sorted(solutions)
    inside, asserted = None, {}
    for cell in cells(path):
        if cell["cell_type"] == "markdown":
            for start, end in re.findall(r"\{solution-start\} (\S+)|(\{solution-end\})", source(cell)):
                inside = start or (None if end else inside)
        elif inside:
            asserted[inside] = asserted.get(inside, False) or "assert" in source(cell)
    assert all(asserted.get(name) for name in solutions), asserted


@pytest.mark.parametrize("path", PAGES, ids=[path.stem for path in PAGES])
def test_labels_follow_one_scheme_and_are_referred_to_by_label(path):
    text = prose(path)
    labels = re.findall(r"^\(([^)\s]+)\)=$", text, re.M) + re.findall(r"^:(?:label|name): (\S+)$", text, re.M)
    labels += re.findall(r"^\$\$ \(([^)]+)\)", text, re.M)
    assert all(SCHEME.match(name) for name in labels), [name for name in labels if not SCHEME.match(name)]
    typed = re.findall(
        r"(?<![Tt]heir )(?<!its )\b(?:[Ff]igure|[Ee]quation|[Ee]xercise|[Tt]able|[Ss]ection) \d+\b", text
    )
    assert not typed, "a place of a paper is 'their Table 2', a place of the course is referred to by its label"


def test_labels_are_unique_across_the_book():
    text = "\n".join(map(prose, PAGES))
    labels = re.findall(r"^\(([^)\s]+)\)=$", text, re.M) + re.findall(r"^:(?:label|name): (\S+)$", text, re.M)
    assert len(labels) == len(set(labels))
