"""The book's own Sphinx extension and its tools: formulas, styles, live figures, buttons, labs in the browser, links."""

import contextlib
import json
import re
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "_ext"), str(ROOT / "tools")]

import browser  # noqa: E402
import links  # noqa: E402
from website import assets, browser_labs, figures, launch, mathml, tables, theme  # noqa: E402


def shape(latex, display=False):
    """The tags and texts of a typeset formula, without attributes and without what only groups."""
    bare = re.sub(r"(<\w+)[^>]*?(/?>)", r"\1\2", mathml.to_mathml(latex, display))
    return re.sub("</?mrow>|<mspace/>|\N{VARIATION SELECTOR-1}", "", bare)


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\mathrm{opt}", "<mi>opt</mi>"),
        (r"\mathbb{R}", "<mi>ℝ</mi>"),
        (r"\mathcal{L}", "<mi>ℒ</mi>"),
        (r"\mathbf{w}", "<mi>𝐰</mi>"),
        (r"1{,}000{,}000", "<mn>1,000,000</mn>"),
        (r"f'", "<mi>f</mi><mo>′</mo>"),
        (r"x_i'", "<msub><mi>x</mi><mo>′</mo><mi>i</mi></msub>"),
        (r"a \sim b", "<mi>a</mi><mo>∼</mo><mi>b</mi>"),
    ],
)
def test_letters_and_marks_are_what_browsers_draw(latex, expected):
    assert shape(latex) == f"<math>{expected}</math>"


@pytest.mark.parametrize("latex", [r"\foo{x}", r"a & b", r"\frac{1}"])
def test_a_formula_that_cannot_be_typeset_is_refused(latex):
    with pytest.raises(Exception):  # noqa: B017  its parser has many kinds
        mathml.to_mathml(latex)


def test_every_formula_is_well_formed_and_keeps_its_source():
    latex = r"\begin{aligned} N &= G\left(\frac{C}{6}\right)^{a} \\ D &< G^{-1} \end{aligned}"
    element = ElementTree.fromstring(mathml.to_mathml(latex, display=True))
    assert element.get("alttext") == latex
    assert element.get("display") == "block"
    assert [cell.get("style").partition(";")[0] for cell in element.iter("mtd")] == [
        "text-align: right",
        "text-align: left",
    ] * 2


def test_limits_stand_below_in_a_display():
    assert "<munder><mi>min</mi>" in shape(r"\min_{x} f", display=True)
    assert "<munder><mi>arg\u2009min</mi>" in shape(r"\arg\min_{x} f", display=True)


def test_a_minus_after_a_relation_is_a_sign_and_not_a_difference():
    signs = [
        sign.get("rspace")
        for sign in ElementTree.fromstring(mathml.to_mathml("a = -b - c")).iter("mo")
        if sign.text == "−"
    ]
    assert signs == ["0", None]


def test_a_function_keeps_its_distance_except_before_a_bracket():
    spaces = [
        element.get("lspace")
        for latex in (r"\log x", r"\log(x)", r"\log_{10} x")
        for element in ElementTree.fromstring(mathml.to_mathml(latex)).iter("mo")
        if element.text == "\N{FUNCTION APPLICATION}"
    ]
    assert spaces == ["0.1667em", None, "0.1667em"]


def test_a_long_formula_in_a_line_may_break_after_a_relation():
    pieces = mathml.to_mathml(r"L(N, D) = E + A N^{-\alpha} + B D^{-\beta} = 1.69 + 0.1 + 0.2").split("<wbr>")
    assert len(pieces) == 3
    assert all(ElementTree.fromstring(piece).tag == "math" for piece in pieces)
    assert "<wbr>" not in mathml.to_mathml("y = a x")


def test_styles_that_no_page_uses_are_dropped_and_all_others_kept():
    sheet = """:root{--used:1px;--lost:2px} .seen{margin:var(--used)} .unseen, .seen .unseen{margin:0} /* note */
    @media (max-width:9px){.unseen{top:0} a:not(.unseen):hover{top:1px}} #there>p{left:0} @font-face{font-family:x}"""
    css = assets.without_unused_variables(assets.purged(sheet, {"seen", "there"}), "")
    assert ".unseen{" not in css and "note" not in css and "--lost" not in css
    for kept in ("--used:1px", ".seen{", "a:not(.unseen):hover", "#there>p", "@font-face"):
        assert kept in css


def test_addresses_in_styles_hold_from_where_the_sheet_lies():
    moved = assets.moved_urls("a{src:url(../vendor/x.woff2)} b{src:url('data:y')}", "styles/theme.css")
    assert 'url("../vendor/x.woff2")' in moved and "url('data:y')" in moved
    assert assets.moved_urls("a{src:url(copy.svg)}", "copybutton.css") == 'a{src:url("../copy.svg")}'


@pytest.mark.parametrize(
    ("remote", "url"),
    [
        ("https://github.com/org/book.git", "https://github.com/org/book"),
        ("https://token@github.com/org/book", "https://github.com/org/book"),
        ("git@github.com:org/book.git", "https://github.com/org/book"),
        ("ssh://git@gitlab.com/group/sub/book.git", "https://gitlab.com/group/sub/book"),
        ("/srv/mirror/book.git", None),
        ("https://git.example.org/org/book", None),
        ("", None),
    ],
)
def test_the_repository_is_what_the_remote_says_or_unknown(remote, url):
    found = launch.repository({"BOOK_REPOSITORY": remote})
    assert (found and found.url) == url


def test_binder_opens_the_notebook_of_the_fork_at_its_branch():
    fork = launch.repository({"BOOK_REPOSITORY": "https://github.com/someone/fork", "BOOK_BRANCH": "autumn/26"})
    address = fork.binder("https://mybinder.org", "labs/1-log-paper.ipynb")
    assert address == "https://mybinder.org/v2/gh/someone/fork/autumn%2F26?urlpath=lab/tree/labs/1-log-paper.ipynb"


def app(tmp_path):
    return SimpleNamespace(outdir=str(tmp_path / "html"))


def test_a_live_figure_has_a_picture_controls_with_names_and_no_vega_lite(tmp_path):
    from scalinglaws.book.front import next_factor

    spec = next_factor().spec
    html = figures.figure_html(app(tmp_path), spec, "live-1", "chapters/x")
    assert len(list((tmp_path / "html/_images").glob("live-*.svg"))) == 2
    assert f'alt="{spec["description"][:40]}' in html
    assert all(f'for="{name}"' in html for name in re.findall(r'<input[^>]* id="([^"]+)"', html))
    compiled = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert {"power", "bare"} <= {signal["name"] for signal in compiled["signals"]}
    assert not any("bind" in signal for signal in compiled["signals"])
    assert int(re.search(r"--height: (\d+)px", html)[1]) > 250


def test_a_slider_says_its_value_with_the_digits_of_its_step():
    bind = {"input": "range", "min": 0, "max": 2, "step": 0.05, "name": "floor "}
    html = figures._control_html({"name": "floor", "value": 1.7, "bind": bind}, "live-1-floor")
    assert 'aria-valuetext="1.70"' in html and ">floor</label>" in html
    assert [figures.decimals(step) for step in (1, 0.5, 0.05, 10)] == [0, 1, 2, 0]


def test_a_drop_down_starts_at_the_value_of_the_figure():
    bind = {"input": "select", "options": [18, 24], "labels": ["small", "large"], "name": "budget"}
    html = figures._control_html({"name": "order", "value": 24, "bind": bind}, "x")
    assert "<option value='24' selected>large</option>" in html


def test_an_unknown_control_is_refused():
    with pytest.raises(ValueError, match="not text"):
        figures._control_html({"name": "a", "value": 1, "bind": {"input": "text"}}, "x")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (8.8e13, "8.8 × 10<sup>13</sup>"),
        (0.076, "0.076"),
        (175000.0, "175,000"),
        (-2.0, "\u22122"),
        (1e-7, "10<sup>−7</sup>"),
    ],
)
def test_numbers_are_written_as_people_write_them(value, text):
    assert tables.number_html(value) == text


def test_settings_of_the_labs_name_a_runtime_only_if_the_site_has_one():
    kernel = "@jupyterlite/pyodide-kernel-extension:kernel"
    plain, own = (
        browser_labs.settings(runtime)["jupyter-config-data"]["litePluginSettings"][kernel] for runtime in (False, True)
    )
    assert "pyodideUrl" not in plain and own["pyodideUrl"] == "./static/pyodide/pyodide.js"


def test_the_labs_are_built_from_nothing_and_again_when_a_setting_changes(tmp_path, monkeypatch):
    """JupyterLite keeps a record of its last build, beside its settings, and with it brings old settings back."""
    work, target, seen = tmp_path / "work", tmp_path / "html/lite", []
    (work / ".cache").mkdir(parents=True)
    (work / ".jupyterlite.doit.db").write_text("what an earlier build left")

    def tool(command, folder):
        if "jupyterlite_core" in command:
            seen.extend(path.name for path in folder.iterdir())
            (folder / "site").mkdir()

    monkeypatch.setattr(browser_labs, "run", tool)
    monkeypatch.delenv("PYODIDE_DIR", raising=False)
    browser_labs.build(ROOT, work, target, "first")
    assert ".jupyterlite.doit.db" not in seen and ".cache" not in seen and "overrides.json" in seen
    assert (target / "built-from.txt").read_text() == "first"
    before = browser_labs.fingerprint(ROOT)
    (tmp_path / "pyodide-lock.json").write_text("{}")
    monkeypatch.setenv("PYODIDE_DIR", str(tmp_path))
    assert browser_labs.fingerprint(ROOT) != before


def test_a_corrected_lab_has_a_new_address_and_the_others_keep_theirs(tmp_path, monkeypatch):
    """A browser opens a notebook that its reader changed, as long as it has the same name."""
    texts = {"labs/1-a.ipynb": "see [b](../labs/2-b.ipynb)", "labs/2-b.ipynb": "two"}
    monkeypatch.setattr(browser_labs, "copies_of", lambda *_: texts.items())
    before = {name: new for name, new, _ in browser_labs.versioned(tmp_path)}
    assert all(re.fullmatch(rf"{name[:-6]}\.[0-9a-f]{{6}}\.ipynb", new) for name, new in before.items())
    texts["labs/2-b.ipynb"] = "two, corrected"
    after = {name: (new, text) for name, new, text in browser_labs.versioned(tmp_path)}
    assert after["labs/1-a.ipynb"][0] == before["labs/1-a.ipynb"]
    new = after["labs/2-b.ipynb"][0]
    assert new != before["labs/2-b.ipynb"]
    assert after["labs/1-a.ipynb"][1] == f"see [b](../{new})"

    config = SimpleNamespace(book_browser_labs=True)
    app = SimpleNamespace(srcdir=tmp_path, outdir=tmp_path, config=config, lab_names=None)
    monkeypatch.delenv("JUPYTERLITE", raising=False)
    app.lab_names = browser_labs.names_at(app)
    assert app.lab_names["labs/2-b.ipynb"] == new
    (tmp_path / "labs").mkdir()
    (tmp_path / "labs/1-a.html").write_text(f"?path={before['labs/1-a.ipynb']}")
    (tmp_path / "labs/2-b.html").write_text(f"?path={before['labs/2-b.ipynb']}")
    assert browser_labs.renamed(app, None) == ["labs/2-b"]

    built = tmp_path / "lite/files" / before["labs/2-b.ipynb"]
    built.parent.mkdir(parents=True)
    built.write_text("two")
    monkeypatch.setenv("JUPYTERLITE", "0")
    assert browser_labs.names_at(app) == {"labs/2-b.ipynb": before["labs/2-b.ipynb"]}


def test_packages_are_repacked_as_wheels_that_hold_what_is_imported(tmp_path):
    browser_labs.repacked("comm", tmp_path)
    (wheel,) = tmp_path.glob("comm-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "comm/__init__.py" in names and any(name.endswith(".dist-info/METADATA") for name in names)
    assert not any(name.startswith("..") for name in names)


def test_the_version_has_one_place():
    version = theme.version()
    assert f"version: {version}" in (ROOT / "CITATION.cff").read_text("utf-8").replace('"', "")


def test_broken_links_anchors_and_foreign_files_are_found(tmp_path):
    (tmp_path / "a.html").write_text('<a href="b.html#here">1</a><a href="b.html#gone">2</a><a href="c.html">3</a>')
    (tmp_path / "b.html").write_text('<p id="here"></p><script src="https://cdn.example.org/x.js"></script>')
    problems, outside = links.broken(tmp_path)
    assert len(problems) == 3
    assert [next(word for word in ("gone", "c.html", "cdn") if word in problem) for problem in problems] == [
        "gone",
        "c.html",
        "cdn",
    ]
    assert list(outside) == ["https://cdn.example.org/x.js"]


def test_a_lab_that_imports_what_a_browser_lacks_is_found():
    from lab_check import foreign_imports

    cells = [{"cell_type": "code", "source": ["import sys\n", "import altair\n", "    %pip install x\n"][:2]}]
    assert foreign_imports({"cells": cells}) == ["altair"]


def test_what_fails_for_one_page_is_counted_and_the_other_pages_are_visited(monkeypatch, capsys):
    seen, tally = [], browser.Tally()
    monkeypatch.setattr(browser, "launched", contextlib.nullcontext)

    def visit(_, page):
        seen.append(page)
        if page == "b":
            raise TimeoutError("too long\nCall log: ...")

    browser.for_each(["a", "b", "c", "d", "e"], visit, tally, at_once=2)
    assert sorted(seen) == ["a", "b", "c", "d", "e"]
    assert tally.close() == 1 and tally.failures == ["b: the check itself"]
    assert "too long" in capsys.readouterr().out


def test_times_of_the_same_part_add_up_and_are_printed(capsys):
    tally = browser.Tally()
    for _ in range(2):
        with tally.timed("axe"):
            pass
    tally.seconds["axe"] += 90
    assert tally.close() == 0 and re.search(r"^axe +1\.5$", capsys.readouterr().out, re.M)
