"""Seeded exercises: keys that satisfy their identities, seed 0 as in the notebook, a check that says what is meant."""

import json
import math
import re
import sys
from pathlib import Path

import pytest

from scalinglaws.course import tasks
from scalinglaws.course.tasks import Draw, Exercise, check, exercise_of, exercises, judge, read_roster, student_seed

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tools"))

import sheets  # noqa: E402

KNOWN = exercises()
each = pytest.mark.parametrize("task", KNOWN)
NUMBER = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?")


def shown(exercise, value):
    return f"{value:.{exercise.digits - 1}e}"


def notebook(exercise):
    """The notebook of an exercise, as the labels of its exercises in order and what each solution prints and says."""
    folder, number = re.match(r"(ch|lab)(\d+)", exercise.id).groups()
    pattern = f"chapters/{int(number):02d}-*.ipynb" if folder == "ch" else f"labs/{number}-*.ipynb"
    labels, said, inside = [], {}, None
    for cell in json.loads(next(ROOT.glob(pattern)).read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            outputs = [
                "".join(o.get("text", "")) + "".join(o.get("data", {}).get("text/plain", "")) for o in cell["outputs"]
            ]
            source = "\n".join(outputs)
        for part in re.split(r"(?m)^(?=`{3,}\{)", source):
            labels += re.findall(r"\{exercise(?:-start)?\}[^\n]*\n:label: (\S+)", part)
            if start := re.match(r"`{3,}\{solution-start\} (\S+)", part):
                inside = start[1]
            elif re.match(r"`{3,}\{solution-end\}", part):
                inside = None
            if inside:
                said[inside] = said.get(inside, "") + part
    return labels, said


def rounds_to(printed, key):
    """Whether a printed number is the key, rounded to the digits that are printed."""
    digits = len(re.sub(r"e.*|[^\d]", "", printed).lstrip("0")) or 1
    return digits >= 2 and math.isclose(float(printed.replace(",", "")), float(f"{key:.{digits - 1}e}"), rel_tol=1e-9)


def test_chapters_4_and_9_have_two_exercises_each():
    assert {"ch4.ex1", "ch4.ex4", "ch9.ex1", "ch9.ex3"} <= set(KNOWN)


@each
def test_for_200_seeds_the_key_satisfies_its_identity_and_differs_from_seed_0(task):
    exercise = KNOWN[task]
    keys = [exercise.solve(seed) for seed in range(201)]
    assert all(math.isfinite(key) for key in keys)
    assert all(exercise.identity(key, **exercise.generate(seed)) for seed, key in enumerate(keys))
    assert shown(exercise, keys[0]) not in {shown(exercise, key) for key in keys[1:]}
    assert len({shown(exercise, key) for key in keys}) >= 20, "neighbours in a class would share their numbers"


@each
def test_the_identity_turns_down_a_key_that_is_wrong_by_a_hundredth(task):
    exercise = KNOWN[task]
    for seed in (0, 1, 12345):
        assert not exercise.identity(1.01 * exercise.solve(seed), **exercise.generate(seed))


@each
def test_seed_0_is_the_worked_solution_of_the_notebook(task):
    exercise = KNOWN[task]
    labels, said = notebook(exercise)
    place = int(re.search(r"ex(\d+)", exercise.id)[1])
    assert labels.index(exercise.label) + 1 == place, "the number in the id is the place among the notebook's exercises"
    key = exercise.solve(0)
    scales = [key * factor for factor in (1, 100, 1e3, 1e6, 1e9, 1e12, 1e-3)]
    assert any(rounds_to(text, scale) for text in NUMBER.findall(said[exercise.label]) for scale in scales)


@each
def test_what_is_asked_shows_every_number_of_the_seed_in_full(task):
    exercise = KNOWN[task]
    for seed in (0, 3, 77):
        numbers, words = exercise.generate(seed), exercise.words(seed)
        read = [float(text.replace(",", "")) for text in NUMBER.findall(words)]
        assert all(
            any(math.isclose(float(value), other, rel_tol=1e-12) for other in read) for value in numbers.values()
        )
        assert set(numbers) == set(exercise.given)
    assert exercise.digits >= 2 and exercise.unit


@each
def test_the_right_answer_is_right_and_stays_right_when_it_is_rounded(task):
    exercise = KNOWN[task]
    for seed in (0, 5, 999_999_999):
        key, hashes = exercise.solve(seed), exercise.hashes(seed)
        for value in (key, float(shown(exercise, key)), key * (1 + 1e-9)):
            assert judge(task, value, seed, hashes)[0]
        for factor in (1.2, 0.8, 10, 0.001):
            assert not judge(task, factor * key, seed, hashes)[0]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (9.05, "right. This is feedback for you, not a mark"),
        (9.0452, "right"),
        (9.0, "near: keep all digits"),
        (9.05e9, "the power of ten is not: yours is 1e9 times it (unit: billion parameters; 3 significant digits)"),
        (9.05e-3, "yours is 1e-3 times it"),
        (-9.05, "sign"),
        (1 / 9.045158, "upside down"),
        (5, "not yet (unit: billion parameters"),
        (0, "not yet (unit"),
        (..., "no answer yet"),
        (None, "no answer yet"),
    ],
)
def test_the_check_says_what_is_meant(value, words, capsys):
    check(" Ch4.EX1 ", value)
    said = capsys.readouterr().out
    assert said.startswith("ch4.ex1: ") and words in said
    assert value in (9.05, 9.0452) or "right." not in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ch4.ex9", 1), "task must be one of ch4.ex1, ch4.ex4, got 'ch4.ex9'"),
        (("exercise 4", 1), "task must be one of"),
        (("ch4.ex1", "9 billion"), "value must be a number, got '9 billion'"),
        (("ch4.ex1", True), "value must be a number"),
        (("ch4.ex1", [1.0, 2.0]), "value must be one number, got shape"),
        (("ch4.ex1", float("nan")), "value must be finite"),
        (
            ("ch4.ex1", 9.05, "Ada"),
            "seed must be a whole number, zero or above (student_seed makes one of a name), got 'Ada'",
        ),
        (("ch4.ex1", 9.05, -1), "seed must be a whole number"),
        (("ch4.ex1", 9.05, 1.5), "seed must be a whole number"),
    ],
)
def test_bad_input_is_an_error_that_says_what_is_allowed(arguments, words):
    with pytest.raises(ValueError) as caught:
        check(*arguments)
    assert words in str(caught.value)


def test_no_answer_stands_in_what_the_check_prints(capsys):
    for seed in (1, 2):
        check("ch4.ex1", 1.0, seed=seed)
        assert shown(exercise_of("ch4.ex1"), exercise_of("ch4.ex1").solve(seed))[:4] not in capsys.readouterr().out


def test_numbers_follow_from_the_seed_alone_in_every_version():
    draw = Draw("ch4.ex1", 7)
    assert [draw.pick(range(1000)) for _ in range(3)] == [997, 151, 49]
    assert draw.between(0.1, 0.3, 0.1) in (0.1, 0.2, 0.3)
    assert {Draw("x", seed).between(1, 2, 0.5) for seed in range(50)} == {1.0, 1.5, 2.0}


def test_a_name_gives_one_seed_however_it_is_typed_and_no_name_the_public_numbers():
    assert student_seed("Ada Lovelace") == student_seed("  ada   LOVELACE ") == 282131374
    assert student_seed("") == student_seed("  ") == 0
    assert student_seed("Zoë") == student_seed("Zoe\u0308") != student_seed("Zoe")
    assert min(student_seed(n) for n in range(500)) > 0 and max(student_seed(n) for n in range(500)) < 10**9


def test_what_is_checked_is_noted_where_the_grader_wants_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(tasks.RECORD, str(tmp_path / "record"))
    check("ch4.ex1", 9.05, seed=3)
    check("ch4.ex1", ..., seed=3)
    assert json.loads((tmp_path / "record").read_text()) == {"task": "ch4.ex1", "value": 9.05, "seed": 3}


@pytest.mark.parametrize("text", ["Ada\nBob\n", "\ufeffnr,Name\n1,Ada\n2, Bob \n\n", '"Ada"\r\n"Bob"\r\n'])
def test_a_roster_is_a_list_of_names_or_a_table_with_a_column_of_that_name(text, tmp_path):
    (tmp_path / "roster.csv").write_text(text, "utf-8")
    assert list(read_roster(tmp_path / "roster.csv").values()) == ["Ada", "Bob"]


@pytest.mark.parametrize("text", ["Ada\nBob\nada\n", "nr,name\n1,Ada\n2\n"])
def test_a_roster_with_a_name_twice_or_a_line_without_one_is_an_error_that_shows_the_line(text, tmp_path):
    (tmp_path / "roster.csv").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"one name a line, each once, got '(ada|2)'"):
        read_roster(tmp_path / "roster.csv")


def test_a_sheet_has_the_numbers_of_its_student_and_the_key_is_on_a_page_of_its_own(tmp_path, capsys):
    (tmp_path / "roster.txt").write_text("Ada <b>\nBob\n", "utf-8")
    sheets.main(
        ["ch4.ex1", "ch9.ex3", "--roster", str(tmp_path / "roster.txt"), "--out", str(tmp_path), "--paper", "letter"]
    )
    page, key = ((tmp_path / name).read_text("utf-8") for name in ("sheets.html", "key.html"))
    exercise, seed = exercise_of("ch4.ex1"), student_seed("Ada <b>")
    assert "size: letter" in page and page.count("<section>") == 2 and "Ada &lt;b&gt;" in page
    assert exercise.words(seed) in page
    assert sheets.key_words(exercise, seed) in key and sheets.key_words(exercise, seed) not in page
    assert "2 sheets" in capsys.readouterr().out


def test_sheets_as_text_have_the_key_behind_them(capsys):
    sheets.main(["ch4.ex1", "--seed", "0", "7"])
    text = capsys.readouterr().out
    assert text.count("\f") == 2 and text.rindex("\f") < text.index("Key, Seed 0 (seed 0): ch4.ex1 9.05")


def test_a_wrong_task_or_file_is_said_in_one_line(capsys):
    for arguments in (["ch4.ex99"], ["--roster", "no-such-file"], ["--publish", "no-such-file"]):
        with pytest.raises(SystemExit):
            sheets.main(arguments)
    assert "task must be one of ch4.ex1" in capsys.readouterr().err


def test_a_task_of_the_teachers_own_is_checked_by_hashes_that_do_not_show_its_answer(tmp_path, monkeypatch, capsys):
    text = '[tasks]\n"ch4.ex1" = {points = 2}\n"my.1" = {points = 1, answer = 12.5, digits = 3, unit = "years"}\n'
    (tmp_path / "private.toml").write_text(text, "utf-8")
    sheets.main(["--publish", str(tmp_path / "private.toml")])
    published = (tmp_path / "keys.json").read_text("utf-8")
    assert "12.5" not in published and list(json.loads(published)) == ["my.1"]
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    check("my.1", 12.5, seed=77)
    check("my.1", 12500)
    check("ch4.ex1", 9.05)
    said = capsys.readouterr().out.splitlines()
    assert "my.1: right" in said[0] and "1e3 times it (unit: years" in said[1] and "ch4.ex1: right" in said[2]


def test_an_exercise_that_cannot_leave_the_public_answer_is_an_error_and_not_an_endless_loop():
    exercise = Exercise("x.1", "", "", {"n": 2}, lambda draw: {"n": draw.pick([2, 2])}, lambda n: n, None, "units")
    assert exercise.generate(0) == {"n": 2}
    with pytest.raises(ValueError, match="the same answer for nearly all"):
        exercise.generate(1)


def test_an_answer_of_zero_or_next_to_a_power_of_ten_can_be_met():
    for answer, near in ((0.0, 0.0), (99.96, 99.94), (100.0, 99.96), (-2.5, -2.5), (1e-12, 1e-12)):
        exercise = Exercise("x.1", "", "", {}, dict, lambda answer=answer: answer, None, "units")
        assert judge("x.1", near, 0, exercise.hashes(0))[0]
        assert not judge("x.1", near + 1.5 * abs(answer) + 1, 0, exercise.hashes(0))[0]
