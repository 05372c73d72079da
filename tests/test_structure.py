"""The shape of the project: the rules of the house (tools/house.py), one version, nothing foreign."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tools"))

import house  # noqa: E402
import size  # noqa: E402

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@pytest.mark.parametrize("rule", house.RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps_the_rules_of_the_house(rule):
    assert not list(rule(ROOT))


@pytest.mark.parametrize("rule", house.RULES, ids=lambda rule: rule.__name__)
def test_a_small_tree_that_keeps_the_rules_is_not_complained_of(rule, tmp_path, monkeypatch):
    monkeypatch.setattr(house, "PLANNED", {"later": "chapter 2"})
    assert not list(rule(tree(tmp_path, {})))


@pytest.mark.parametrize(
    ("rule", "changed", "words"),
    [
        ("layers", {"laws/power.py": "from scalinglaws.fit import line"}, "laws.power imports scalinglaws.fit"),
        ("layers", {"runs/jobs.py": "from ..fit import line"}, "runs.jobs imports scalinglaws.fit"),
        ("layers", {"runs/jobs.py": "def late():\n    import scalinglaws.show"}, "runs.jobs imports scalinglaws.show"),
        ("layers", {"laws/power.py": "from .. import course", "course/__init__.py": ""}, "laws.power imports scalinglaws.course"),
        ("absolute_imports", {"runs/jobs.py": "from ..laws import power"}, "runs.jobs has a relative import"),
        (
            "circles",
            {"laws/power.py": "def later():\n    from scalinglaws.laws import toys", "laws/toys.py": "import scalinglaws.laws.power"},
            "scalinglaws.laws.power imports scalinglaws.laws.toys imports scalinglaws.laws.power",
        ),
        ("one_meaning", {"course/quiz.py": "if True:\n    power_law: int = 1"}, "power_law is defined in course.quiz and laws.power"),
        ("one_meaning", {"book/ch01.py": "class power_law: pass"}, "power_law is defined in book.ch01 and laws.power"),
        ("book_of_its_notebook", {"book/lab1.py": "from scalinglaws.book.ch01 import falling"}, "book.lab1 imports scalinglaws.book.ch01"),
        ("book_of_its_notebook", {"labs/1-paper.ipynb": "from scalinglaws.book import ch01"}, "1-paper.ipynb imports scalinglaws.book.ch01"),
        ("book_of_its_notebook", {"fit/__init__.py": "import scalinglaws.book.front"}, "scalinglaws.fit imports scalinglaws.book.front"),
        ("reached", {"fit/line.py": "def lonely(): pass"}, "scalinglaws.fit.line.lonely is used by no notebook"),
        ("reached", {"chapters/01-power.ipynb": "from scalinglaws.book import ch01"}, "scalinglaws.laws.power.power_law"),
        ("reached", {"fit/line.py": "from scalinglaws.laws.toys import later\nfit_line = later"}, "later is planned for chapter 2 but used"),
        ("reached", {"laws/toys.py": ""}, "later is planned for chapter 2 but used already, or not there"),
        ("book_reached", {"book/ch01.py": "def rising(): pass"}, "scalinglaws.book.ch01.rising"),
        ("short_functions", {"laws/power.py": 'def power_law(x):\n    """One.' + "\n" * 8 + '    """\n    return x'}, "9 lines of docstring for 1"),
        ("module_size", {"laws/toys.py": "x = 1\n" * 201}, "laws/toys.py: 201 lines of code, at most 200"),
        ("module_size", {"book/ch01.py": "x = 1\n" * 301}, "book/ch01.py: 301 lines of code, at most 300"),
        ("package_size", {"laws/toys.py": "x = 1\n" * 6001}, "lines of code, at most 6,000"),
        ("package_size", {"course/quiz.py": "x = 1\n" * 1201}, "course: 1,201 lines of code, at most 1,200"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_noticed(rule, changed, words, tmp_path, monkeypatch):
    monkeypatch.setattr(house, "PLANNED", {"later": "chapter 2"})
    problems = list(getattr(house, rule)(tree(tmp_path, changed)))
    assert any(words in problem for problem in problems), problems


def test_what_a_program_uses_is_reached(tmp_path, monkeypatch):
    monkeypatch.setattr(house, "PLANNED", {"later": "chapter 2"})
    program = "def asked(): pass\ndef board(): asked()\n"
    lonely = list(house.reached(tree(tmp_path, {"course/board.py": program})))
    assert len(lonely) == 2
    called = program + "if __name__ == '__main__':\n    board()"
    assert not list(house.reached(tree(tmp_path, {"course/board.py": called})))


def test_what_a_tool_uses_is_reached_and_so_are_the_exercises_of_the_book(tmp_path, monkeypatch):
    monkeypatch.setattr(house, "PLANNED", {"later": "chapter 2"})
    files = {"course/tasks.py": "def asked(): pass\ndef sheet(): pass"}
    assert len(list(house.reached(tree(tmp_path, files)))) == 2
    exercises = "from scalinglaws.course.tasks import asked\nEXERCISES = (asked,)"
    files |= {"book/lab1.py": exercises, "book/front.py": exercises + "\ndef next_factor(): pass"}
    for rule in (house.book_reached, house.one_meaning):
        assert not list(rule(tree(tmp_path, files)))
    assert len(list(house.reached(tree(tmp_path, files)))) == 1
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/sheets.py").write_text("from scalinglaws.course import tasks\ntasks.sheet()")
    assert not list(house.reached(tmp_path))


def tree(root, changed):
    """Write a project of a few lines that keeps all rules, with some files changed."""
    package = {
        "__init__.py": '_HOME = {"fit_line": "fit"}',
        "laws/power.py": "def power_law(x):\n    return x",
        "laws/toys.py": "def of_later(): pass\ndef later(): of_later()",
        "fit/__init__.py": 'from scalinglaws.fit.line import fit_line\n__all__ = ["fit_line"]',
        "fit/line.py": 'def fit_line():\n    """' + "\n" * 20 + '"""\n    return _slope()\ndef _slope(): pass',
        "runs/jobs.py": "from scalinglaws.laws import power",
        "course/quiz.py": "# nothing",
        "book/front.py": "def next_factor(): pass",
        "book/ch01.py": "from scalinglaws.laws.power import power_law\ndef falling():\n    return power_law",
        "book/lab1.py": "# nothing",
    }
    others = {
        "chapters/01-power.ipynb": "%matplotlib inline\nfrom scalinglaws.book import ch01\nch01.falling()",
        "labs/1-paper.ipynb": "from scalinglaws.book import lab1",
        "_ext/website/figures.py": "from scalinglaws.book import front",
        "index.md": "```{live-figure} next_factor\n```",
    }
    files = others | {f"src/scalinglaws/{name}": text for name, text in package.items()}
    files |= {name if name in others else f"src/scalinglaws/{name}": text for name, text in changed.items()}
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".ipynb"):
            text = json.dumps(
                {"cells": [{"cell_type": "code", "source": text}, {"cell_type": "markdown", "source": "("}]}
            )
        path.write_text(text)
    return root


def test_lines_are_counted_as_code_text_or_blank(tmp_path):
    source = 'def f():\n    """One.\n\n    Two.\n    """\n    # why\n\n    return """a\nb"""  # and how\n'
    (tmp_path / "f.py").write_text(source)
    assert size.count(tmp_path / "f.py") == {"files": 1, "lines": 9, "code": 3, "text": 5, "blank": 1}


def test_readme_says_how_many_lines_of_code_the_kit_has_to_the_nearest_hundred_or_the_next():
    (stated,) = re.findall(r"it has about\s+([\d,]+) lines of code", (ROOT / "README.md").read_text("utf-8"))
    stated = int(stated.replace(",", ""))
    assert stated % 100 == 0 and abs(stated - size.code_of(size.sizes(ROOT, [size.PACKAGE]), *size.KIT)) <= 100


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_place_that_a_page_for_contributors_names_is_there(page):
    package, made = ROOT / "src/scalinglaws", (ROOT / ".gitignore").read_text("utf-8").split()
    for name in re.findall(r"`((?:[\w.]+/)+[\w.-]*)`", (ROOT / page).read_text("utf-8")):
        homes = ROOT, package, package / "data", package / "course"
        to_come = re.search(r"book/(ch\d\d|lab\w+)\.py$", name)
        assert to_come or name.partition("/")[0] + "/" in made or any((home / name).exists() for home in homes), name


def test_importing_the_package_loads_numpy_alone():
    code = (
        "import sys, numpy; import scalinglaws; from scalinglaws import PowerLaw, Chinchilla, load, constant, fit_power_law; "
        "print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for name in ("scipy", "matplotlib", "ipywidgets", "altair", "pandas", "joblib", "tqdm", "vl_convert", "PIL"):
        assert f"'{name}'" not in loaded


def test_every_name_at_the_root_can_be_used_and_an_unknown_one_is_named():
    import scalinglaws

    for name in scalinglaws.__all__:
        assert getattr(scalinglaws, name) is not None
    with pytest.raises(AttributeError, match="it has"):
        _ = scalinglaws.nothing


def test_there_is_one_version():
    import scalinglaws

    assert scalinglaws.__version__ == VERSION
    assert f"version: {VERSION}" in (ROOT / "CITATION.cff").read_text()
    assert json.loads((ROOT / "src/scalinglaws/data/datapackage.json").read_text())["version"] == VERSION
    assert f"## {VERSION}" in (ROOT / "CHANGELOG.md").read_text()


def test_no_tracked_file_names_a_path_of_a_machine():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    pattern = re.compile(r"(?<![\w:/.])/(?:tmp|root|home|work)/\w")
    for name in files:
        if name.startswith(("tests/", ".ci/")):
            continue
        text = (ROOT / name).read_bytes().decode("utf-8", "ignore")
        assert not pattern.search(text), name
