"""Marking a folder of notebooks: whatever is handed in, the batch goes on and says what was wrong."""

import csv
import json
import os
import sys
import time
from pathlib import Path

import nbformat
import pytest

from scalinglaws.course.grade import grade, grade_folder, item, mark, run_cells, run_notebook, write_table
from scalinglaws.course.tasks import exercise_of, read_keys, student_seed

ROOT = Path(__file__).resolve().parent.parent
ADA, BOB = student_seed("Ada"), student_seed("Bob")
FIRST = "from scalinglaws.course.tasks import check, student_seed\nSEED = student_seed({name!r})"
NOTE = "import json, os\nopen(os.environ['SCALINGLAWS_RECORD'], 'a').write(json.dumps({{'task': 't', 'value': {}, 'seed': 0}}) + '\\n')"
KEYS = """roster = "roster.txt"
[tasks]
"ch4.ex1" = {points = 2}
"Ch4.ex4" = {}
"my.1" = {points = 1, answer = 12.5, digits = 3, unit = "years"}
"""
weekly = pytest.mark.weekly


def notebook(*sources, **metadata):
    """A notebook as JSON, with what a program that is not Jupyter may leave out."""
    cells = [
        {"cell_type": "code", "source": s, "metadata": {}, "outputs": [], "execution_count": None} for s in sources
    ]
    return {"nbformat": 4, "nbformat_minor": 4, "metadata": metadata, "cells": cells}


def answers(name, right=True):
    """The cells of a student: own numbers, and the answers to two tasks of the course and one of the teacher's."""
    seed = student_seed(name)
    first, second = exercise_of("ch4.ex1").solve(seed), exercise_of("ch4.ex4").solve(seed)
    return (
        FIRST.format(name=name),
        f"check('ch4.ex1', {first!r}, seed=SEED)",
        f"check('ch4.ex4', {second if right else 2 * second!r}, seed=SEED)\ncheck('my.1', 12.5)",
    )


@pytest.fixture
def write(tmp_path):
    def to(name, content):
        path = tmp_path / "submissions" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return path

    (tmp_path / "private.toml").write_text(KEYS, "utf-8")
    (tmp_path / "roster.txt").write_text("Ada\nBob\nCleo\n", "utf-8")
    return to


# ---- what can be known without a kernel


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (json.dumps(notebook("x = 1"))[:60], "Error"),
        ("", "Error"),
        ("[1, 2]", "Error"),
        ('{"nbformat": 4}', "Error"),
        ("\x00\x01 not text", "Error"),
        (notebook("x <- 1", kernelspec={"name": "ir", "display_name": "R", "language": "R"}), "is a notebook for R, not for Python"),
        (notebook("x = 1", language_info={"name": "julia"}), "is a notebook for julia"),
    ],
)  # fmt: skip
def test_what_is_no_python_notebook_is_said(content, words, write, monkeypatch):
    from scalinglaws.course import grade as module

    path = write("a.ipynb", content)
    monkeypatch.chdir(path.parent)
    module._report(path, 5)
    said = (path.parent / "report").read_text("utf-8")
    assert words in said and len(said) <= 201 and said.count("\n") == 1


def test_other_files_and_very_large_ones_are_not_opened(write, monkeypatch):
    assert run_notebook(write("essay.docx", "text"), 5) == ([], "is not a notebook, or one of more than 50 MB")
    path = write("large.ipynb", "")
    with path.open("wb") as file:
        file.truncate(60_000_000)
    assert "more than 50 MB" in run_notebook(path, 5)[1]


def known(write):
    path = write("../private.toml", KEYS)
    return read_keys(path)[1]


def key(task, seed):
    return exercise_of(task).solve(seed)


def test_of_a_task_the_last_call_with_the_students_numbers_counts(write):
    calls = [("ch4.ex1", 1.0, ADA), ("ch4.ex1", key("ch4.ex1", ADA), ADA), ("ch4.ex4", 3.0, ADA), ("other", 1.0, ADA)]
    seed, marks, notes = mark(calls, known(write), {ADA: "Ada"})
    assert seed == ADA and marks == {"ch4.ex1": True, "ch4.ex4": False, "my.1": None} and not notes
    assert mark([*calls, ("ch4.ex1", 7.0, ADA)], known(write), {ADA: "Ada"})[1]["ch4.ex1"] is False


def test_the_public_numbers_and_those_of_others_do_not_count_with_a_roster(write):
    right = [("ch4.ex1", key("ch4.ex1", seed), seed) for seed in (0, 77)]
    seed, marks, notes = mark(right, known(write), {ADA: "Ada"})
    assert seed == "" and not any(marks.values()) and notes == ["numbers that do not count: seed 0, 77"]
    seed, marks, notes = mark([("ch4.ex4", 1.0, ADA), *right], known(write), {ADA: "Ada"})
    assert seed == ADA and marks["ch4.ex1"] is None and notes
    assert mark(right[:1], known(write), {})[1]["ch4.ex1"] is True


def test_a_task_of_the_teachers_own_counts_whatever_the_seed_and_many_tries_are_noted(write):
    calls = [("my.1", 12.5, 9), *[("ch4.ex1", float(n), ADA) for n in range(11)]]
    seed, marks, notes = mark(calls, known(write), {ADA: "Ada"})
    assert seed == ADA and marks["my.1"] is True and notes == ["11 tries of ch4.ex1"]


def test_a_record_that_was_tampered_with_is_read_as_far_as_it_goes(tmp_path):
    from scalinglaws.course.grade import _calls

    good = {"task": "my.1", "value": 12.5, "seed": 3}
    lines = [
        good,
        good | {"seed": -1},
        good | {"seed": "x"},
        good | {"value": [1]},
        {"task": 1},
        5,
        good | {"value": "nan"},
    ]
    (tmp_path / "record").write_text("\n".join(map(json.dumps, lines)) + "\n{\x00broken", "utf-8")
    calls = list(_calls(tmp_path / "record"))
    assert calls[0] == ("my.1", 12.5, 3) and len(calls) == 2
    assert not list(_calls(tmp_path / "none"))


def test_the_item_table_has_the_share_of_those_who_answered():
    rows = [{"t": 2.0}, {"t": 0.0}, {"t": ""}, {"t": 2.0}, {}]
    assert item("t", rows, 9) == {"task": "t", "answered": 3, "right": 2, "share right": 0.667, "tries": 9}
    assert item("t", [], 0)["share right"] == ""


def test_a_table_holds_no_formula_for_a_spreadsheet(tmp_path):
    write_table(tmp_path / "t.csv", [{"name": "=cmd()", "points": -1.5}, {"name": "Ada, B", "points": ""}])
    with open(tmp_path / "t.csv", encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["name", "points"], ["'=cmd()", "-1.5"], ["Ada, B", ""]]
    write_table(tmp_path / "t.csv", [])


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("[tasks]\n'ch4.ex77' = {}", "task must be one of"),
        ("[tasks", "private.toml: "),
        ("[tasks]\n'my.1' = {answer = 'x'}", "answer of my.1"),
        ("roster = 'none.csv'\n[tasks]\n'ch4.ex1' = {}", "none.csv"),
        ("points = 3", "a keys file has a table [tasks]"),
        ("[tasks]\n'ch4.ex1' = 2", "a keys file has a table [tasks]"),
    ],
)
def test_what_is_wrong_with_a_keys_file_is_said_before_anything_runs(keys, words, write, capsys):
    write("a.ipynb", notebook("x = 1"))
    path = write("../private.toml", keys)
    with pytest.raises(SystemExit):
        grade_folder([str(path.parent / "submissions"), "--keys", str(path)])
    said = capsys.readouterr()
    assert words in said.err and "container" in said.err and "a.ipynb" not in said.out


@pytest.mark.parametrize("arguments", [["none"], ["."], [".", "--keys", "x", "--seconds", "0"]])
def test_what_is_missing_on_the_command_line_is_said(arguments, capsys):
    with pytest.raises(SystemExit):
        grade_folder(arguments)
    assert "FOLDER and --keys FILE are needed" in capsys.readouterr().err


def test_the_help_has_the_line_for_a_container(capsys):
    with pytest.raises(SystemExit):
        grade_folder(["--help"])
    assert "docker run --rm --network none" in capsys.readouterr().out


# ---- in a kernel


def test_a_class_is_marked_and_a_broken_notebook_does_not_stop_it(write, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("ada/hand in.ipynb", notebook(*answers("Ada")))
    write("bob.ipynb", notebook("1 / 0", *answers(" BOB ", right=False)))
    write("broken.ipynb", "{")
    write(".ipynb_checkpoints/bob-checkpoint.ipynb", "{")
    grade_folder(["submissions", "--keys", "private.toml", "--jobs", "2", "--out", "marks/week 4"])
    with open("marks/week 4/grades.csv", encoding="utf-8", newline="") as file:
        rows = {row["file"]: row for row in csv.DictReader(file)}
    ada, bob, broken = rows["ada/hand in.ipynb"], rows["bob.ipynb"], rows["broken.ipynb"]
    assert (ada["name"], ada["points"], ada["of"], ada["first error"], ada["note"]) == ("Ada", "4.0", "4.0", "", "")
    assert (bob["name"], bob["points"], bob["ch4.ex4"]) == ("Bob", "3.0", "0.0")
    assert bob["first error"] == "code cell 1: ZeroDivisionError: division by zero"
    assert broken["points"] == "0" and broken["first error"].startswith("cannot be read") and broken["ch4.ex1"] == ""
    assert (
        rows[""]["name"] == "Cleo" and rows[""]["note"] == "no notebook has the numbers of this name" and len(rows) == 4
    )
    with open("marks/week 4/items.csv", encoding="utf-8", newline="") as file:
        items = {row["task"]: row for row in csv.DictReader(file)}
    assert items["ch4.ex4"] == {"task": "ch4.ex4", "answered": "2", "right": "1", "share right": "0.5", "tries": "2"}
    assert "ch4.ex1: 2 of 2 right" in capsys.readouterr().out


def test_an_endless_loop_ends_and_the_cells_after_it_are_run(write):
    path = write("a.ipynb", notebook("while True:\n    pass", NOTE.format(5)))
    calls, error = run_notebook(path, 3)
    assert error == "code cell 1: TimeLimit: 3 s are over" and calls == [("t", 5.0, 0)]


def alive(pid):
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2] if Path("/proc").exists() else True


@weekly
def test_a_loop_that_cannot_be_interrupted_is_stopped_with_all_that_it_started(write, tmp_path):
    stubborn = (
        "while True:\n    try:\n        while True:\n            pass\n    except KeyboardInterrupt:\n        pass"
    )
    child = f"import os, subprocess\np = subprocess.Popen(['sleep', '300'])\nopen({str(tmp_path / 'pids')!r}, 'w').write(f'{{os.getpid()}} {{p.pid}}')"
    calls, error = run_notebook(write("a.ipynb", notebook(child, NOTE.format(1), stubborn, NOTE.format(2), "3")), 2)
    assert calls == [("t", 1.0, 0)] and error == "code cell 3: TimeLimit: 2 s are over"
    time.sleep(1)
    assert not any(alive(int(pid)) for pid in (tmp_path / "pids").read_text().split())


@weekly
@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("for _ in range(300):\n    print('x' * 1_000_000)", ""),
        ("import os\nos.write(1, b'x' * 50_000_000); os.write(2, b'y' * 50_000_000); None", ""),
        ("import os\nos._exit(3)", "code cell 1: the kernel died"),
        ("raise SystemExit", "code cell 1: SystemExit"),
        ("input('name?')", "code cell 1: StdinNotImplementedError"),
        ("def", "code cell 1: SyntaxError"),
        ("%%bash\nexit 1", "code cell 1: CalledProcessError"),
        ("raise ValueError('line\\n' * 1000)", "code cell 1: ValueError: line line"),
    ],
)
def test_whatever_a_cell_does_the_next_cell_is_run_unless_the_kernel_is_dead(source, words, write):
    calls, error = run_notebook(write("a.ipynb", notebook(source, NOTE.format(4))), 30)
    assert error.startswith(words) and bool(error) == bool(words) and len(error) <= 200
    assert calls == ([] if "died" in words else [("t", 4.0, 0)])


@weekly
def test_old_formats_missing_kernels_and_renamed_cells_are_run(write):
    old = nbformat.v3.new_notebook(
        worksheets=[nbformat.v3.new_worksheet(cells=[nbformat.v3.new_code_cell(input=NOTE.format(3))])]
    )
    assert run_notebook(write("v3.ipynb", json.dumps(old | {"nbformat": 3, "nbformat_minor": 0})), 30) == (
        [("t", 3.0, 0)],
        "",
    )
    gone = notebook(NOTE.format(2), kernelspec={"name": "my-own-env", "display_name": "Mine", "language": "python"})
    assert run_notebook(write("gone.ipynb", gone), 30) == ([("t", 2.0, 0)], "")
    renamed = notebook(NOTE.format(1), NOTE.format(0))
    for cell in renamed["cells"]:
        cell |= {
            "id": "the same",
            "metadata": {"tags": ["skip-execution", "raises-exception"], "name": 5},
            "foreign": 1,
        }
    assert run_notebook(write("renamed.ipynb", renamed), 30) == ([("t", 1.0, 0), ("t", 0.0, 0)], "")


@weekly
def test_a_students_notebook_of_chapter_4_runs_whole_and_is_marked(write, tmp_path):
    sys.path.append(str(ROOT / "tools"))
    import students

    for name, text in students.notebooks(only="chapters/04"):
        text = text.replace('STUDENT = \\"\\"', 'STUDENT = \\"Ada\\"')
        write(f"{name.partition('/')[0]}.ipynb", text)
    rows, _ = grade(tmp_path / "submissions", tmp_path / "private.toml", show=lambda line: None)
    points = {row["file"]: (row["points"], row["first error"]) for row in rows}
    assert points["with-solutions.ipynb"] == (3.0, "") and points["students.ipynb"] == (0, "")


def test_run_cells_needs_a_file_that_is_there(tmp_path):
    with pytest.raises(OSError):
        list(run_cells(tmp_path / "none.ipynb", 5))
