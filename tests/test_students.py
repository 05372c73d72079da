"""The students' notebooks: no solution in them, a place to work for each exercise, and nothing that needs a solution."""

import ast
import builtins
import json
import re
import sys
import zipfile
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from scalinglaws.course.tasks import exercises

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tools"))

import copies  # noqa: E402
import students  # noqa: E402

PAGES = sorted(
    path.relative_to(ROOT).as_posix() for folder in ("chapters", "labs") for path in ROOT.glob(f"{folder}/*.ipynb")
)
each = pytest.mark.parametrize("page", PAGES)


@cache
def made():
    return {name: json.loads(text) for name, text in students.notebooks()}


def sources(notebook, kind):
    return [copies.joined(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == kind]


def solutions(page):
    """Code and words of the solutions of a stored notebook, and the labels of its exercises."""
    code, words, labels, inside = [], [], [], False
    for cell in json.loads((ROOT / page).read_text("utf-8"))["cells"]:
        source = copies.joined(cell["source"])
        if cell["cell_type"] == "code":
            code += [source] if inside else []
            continue
        labels += re.findall(r"\{exercise-start\}[^\n]*\n:label: (\S+)", source)
        for part in re.split(r"(?m)^(?=`{3,}\{solution-)", source):
            if re.match(r"`+\{solution-start\}", part):
                inside, part = True, part.partition("````\n")[2]
            elif re.match(r"`+\{solution-end\}", part):
                inside = False
            words += [part] if inside else []
    return code, [line for part in words for line in part.splitlines() if len(line) > 40], labels


@each
def test_no_solution_is_left_in_a_students_notebook_and_all_are_in_the_other(page):
    code, words, _ = solutions(page)
    student, teacher = (made()[f"{kind}/{page}"] for kind in students.KINDS)
    assert not set(code) & set(sources(student, "code"))
    assert set(code) <= set(sources(teacher, "code"))
    text = json.dumps(sources(student, "markdown"), ensure_ascii=False)
    assert not [line for line in words if line[:60] in text]
    assert "solution-" not in text and "Solution of" not in text and ".solve(SEED)" not in json.dumps(student)


@each
def test_every_exercise_has_a_place_to_work_and_a_seeded_one_its_numbers_and_its_check(page):
    labels, seeded = solutions(page)[2], students.exercises_by_label()
    code = sources(made()[f"students/{page}"], "code")
    words = sources(made()[f"students/{page}"], "markdown")
    assert sum(word.startswith("*Your answer in words") for word in words) == len(labels)
    tasks = [exercise.id for label in labels for exercise in seeded.get(label, [])]
    assert re.findall(r'check\("(.*?)", answer, seed=SEED\)', "\n".join(code)) == tasks
    assert re.findall(r'show_task\("(.*?)", SEED\)', "\n".join(code)) == tasks
    assert ("SEED = student_seed(STUDENT)" in "\n".join(code)) == bool(tasks)


def test_every_seeded_exercise_is_in_a_notebook():
    code = "\n".join(source for notebook in made().values() for source in sources(notebook, "code"))
    for task in exercises():
        assert code.count(f'check("{task}", answer, seed=SEED)') == len(students.KINDS)


def names(source, kind):
    """What a cell reads, or what it binds."""
    tree = ast.parse(re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.M))
    if kind is ast.Load:
        return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    found |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    found |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return found | {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


def missing(cells):
    """The names that a notebook reads and no cell up to there has bound."""
    known, problems = {*dir(builtins), "get_ipython", "display"}, set()
    for source in cells:
        bound = names(source, ast.Store)
        problems |= names(source, ast.Load) - known - bound
        known |= bound
    return problems


@each
def test_what_a_students_notebook_needs_is_not_in_a_solution(page):
    assert not missing(sources(made()[f"students/{page}"], "code"))


def test_a_name_that_only_a_solution_bound_is_noticed():
    assert missing(["a = 1", "print(a, b)", "b = 2"]) == {"b"}


@each
def test_notebooks_are_valid_and_say_nothing_of_answers_that_are_not_there(page):
    for kind in students.KINDS:
        nbformat.validate(nbformat.from_dict(made()[f"{kind}/{page}"]))
    first = made()[f"students/{page}"]["cells"][0]["source"]
    assert "Run All Cells runs them all." in first and "the answers too" not in first


def test_in_the_notebook_with_solutions_every_check_is_right_for_any_student(capsys):
    for student in ("", "Ada Lovelace"):
        for name, notebook in made().items():
            code = sources(notebook, "code")
            checks = [source for source in code if "\ncheck(" in source]
            if name.startswith("with-solutions/") and checks:
                scope = {}
                exec(next(s for s in code if "STUDENT =" in s).replace('STUDENT = ""', f"STUDENT = {student!r}"), scope)
                for source in checks:
                    exec(source, scope)
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 2 * len(exercises()) and all(": right." in line for line in said)


def test_a_students_check_waits_for_an_answer(capsys):
    notebook = made()["students/chapters/04-chinchilla.ipynb"]
    code, scope = sources(notebook, "code"), {}
    exec(next(source for source in code if "STUDENT =" in source), scope)
    exec(next(source for source in code if 'check("ch4.ex1"' in source), scope)
    assert capsys.readouterr().out == "ch4.ex1: no answer yet. Put your number in the place of the dots.\n"


def test_the_notebooks_of_a_fork_name_it_where_the_package_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("BOOK_REPOSITORY", "https://github.com/somebody/course")
    monkeypatch.setenv("BOOK_BRANCH", "main")
    monkeypatch.setattr(sys, "argv", ["students.py", str(tmp_path), "--only", "chapters/04"])
    students.main()
    text = (tmp_path / "students/chapters/04-chinchilla.ipynb").read_text("utf-8")
    assert "git+https://github.com/somebody/course@main" in text


def test_the_zip_holds_the_notebooks_and_is_the_same_each_time(tmp_path, monkeypatch):
    stored = {name: json.dumps(notebook) for name, notebook in made().items()}  # also when this test runs alone
    monkeypatch.setattr(students, "notebooks", lambda *_, **__: stored.items())
    for folder in ("one", "two"):
        assert students.write(tmp_path / folder) == len(made())
    for kind in students.KINDS:
        first, second = ((tmp_path / folder / f"{kind}.zip").read_bytes() for folder in ("one", "two"))
        assert first == second
        with zipfile.ZipFile(tmp_path / f"one/{kind}.zip") as archive:
            assert sorted(archive.namelist()) == sorted(f"{kind}/{page}" for page in PAGES)
            assert json.loads(archive.read(f"{kind}/{PAGES[0]}")) == made()[f"{kind}/{PAGES[0]}"]


def test_a_page_offers_the_notebook_without_solutions_beside_its_own():
    sys.path.append(str(ROOT / "_ext"))
    from website import handouts

    app = SimpleNamespace(env=SimpleNamespace(doc2path=lambda page: page + (".md" if "guide" in page else ".ipynb")))
    for page, number in (("chapters/04-chinchilla", 3), ("guide", 2)):
        group = {"label": "download-buttons", "buttons": [{"text": ".ipynb"}, {"text": ".pdf"}]}
        handouts.button(app, page, "page.html", {"header_buttons": [{"label": "other"}, group]}, object())
        assert len(group["buttons"]) == number
        if number == 3:
            assert group["buttons"][1]["url"] == "../students/chapters/04-chinchilla.ipynb"
