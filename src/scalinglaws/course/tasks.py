"""Exercises with numbers of each reader's own, and a check that tells whether an answer is right.

An exercise is an entry of the tuple `EXERCISES` in the file of `book/` of its chapter: task "ch4.ex1" is looked up in
`book/ch04.py`, "lab4.ex1" in `book/lab4.py`. Seed 0 has the numbers of the worked solution in the notebook. The check
compares hashes of rounded answers, so that no answer stands in a notebook or in what it prints. It is for feedback, not
for security: whoever reads the package can compute every answer.
"""

import csv
import hashlib
import importlib
import json
import math
import os
import pkgutil
import random
import re
import textwrap
import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scalinglaws.check import finite, number, one_of

RECORD = "SCALINGLAWS_RECORD"  # the environment names a file: what is checked is noted there (the grader does this)
_TASK = re.compile(r"(ch|lab)(\d+)\.ex\d+[a-z]?")


class Draw:
    """Draws that follow from a text alone: the same numbers with every version of Python and NumPy.

    >>> Draw("ch4.ex1", 7).pick([1, 2, 3]) == Draw("ch4.ex1", 7).pick([1, 2, 3])
    True
    """

    def __init__(self, *words):
        self._random = random.Random(" ".join(map(str, words)))

    def pick(self, values):
        """Return one of a list of values."""
        return values[int(self._random.random() * len(values))]

    def between(self, low, high, step):
        """Return a number from a grid that holds both ends."""
        return round(low + step * self.pick(range(round((high - low) / step) + 1)), 10)


@dataclass(frozen=True)
class Exercise:
    """An exercise whose numbers follow from a seed and whose answer is one number.

    Attributes
    ----------
    id : str
        "ch4.ex1": the first exercise of chapter 4; a letter behind it is a further question on the same one.
    label : str
        Of the exercise in the notebook whose worked solution is seed 0.
    text : str
        What is asked, with a field of `str.format` for each number.
    given : dict
        The numbers of seed 0.
    draw : callable
        Takes a `Draw`, returns the numbers of another seed.
    answer : callable
        Takes the numbers by name, returns the key.
    identity : callable
        Takes the key and the numbers by name, returns whether the key is right, by another way than `answer`.
    unit : str
        What the answer is counted in.
    digits : int
        Significant digits that are asked for, at least two.
    """

    id: str
    label: str
    text: str
    given: dict
    draw: object
    answer: object
    identity: object
    unit: str
    digits: int = 3

    def generate(self, seed=0):
        """Return the numbers of a seed, by name; drawn again where the public answer would be right for them as well."""
        public, attempt = float(self.answer(**self.given)), 0
        numbers = dict(self.given)
        while checked_seed(seed) and abs(self.answer(**numbers) - public) <= 20 * 10.0**-self.digits * abs(public):
            numbers, attempt = self.draw(Draw(self.id, seed, attempt)), attempt + 1
            if attempt > 99:
                raise ValueError(f"{self.id} has the same answer for nearly all of its draws")
        return numbers

    def solve(self, seed=0):
        """Return the key of a seed."""
        return float(self.answer(**self.generate(seed)))

    def words(self, seed=0):
        """Return what is asked, with the numbers of a seed."""
        asked = short_powers(self.text.format(**self.generate(seed)))
        return f"{asked} Give {self.digits} significant digits ({self.unit})."

    def hashes(self, seed=0):
        """Return the hashes of what is right, to the digits asked for, and of what is near, to one digit less."""
        key, seed, found = self.solve(seed), checked_seed(seed), {"unit": self.unit, "digits": self.digits}
        for name, digits in (("right", self.digits), ("near", self.digits - 1)):
            step = 10.0 ** (int(_rounded(key, digits).partition("e")[2]) - digits + 1)
            close = {_rounded(key + part * step, digits) for part in (-1, -0.1, 0, 0.1, 1)}
            found[name] = sorted(_hash(self.id, seed, digits, text) for text in close)
        return found


def short_powers(text):
    """Return a text with 1e22 for Python's 1e+22."""
    return re.sub(r"(?<=\d)e([+-])0*(?=\d)", lambda power: "e" + power[1].strip("+"), text)


def _rounded(value, digits):
    return f"{value:.{digits - 1}e}"


def _hash(task, seed, digits, text):
    return hashlib.sha256(f"{task}|{seed}|{digits}|{text}".encode()).hexdigest()[:16]


def checked_seed(seed):
    """Return a seed as a whole number; ValueError says what is allowed."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"seed must be a whole number, zero or above (student_seed makes one of a name), got {seed!r}")
    return int(seed)


def student_seed(student):
    """Return the seed of a name or number, up to 1e9; 0, the worked example, for none. Capitals and spaces don't count.

    >>> student_seed("Ada Lovelace") == student_seed(" ada  lovelace"), student_seed("")
    (True, 0)
    """
    name = " ".join(unicodedata.normalize("NFKC", str(student)).casefold().split())
    return 1 + int(hashlib.sha256(name.encode()).hexdigest(), 16) % (10**9 - 1) if name else 0


def exercises(task=""):
    """Return the exercises of a task's file, or without one of all of `book/`, by id.

    The files are looked up by name, because `book` stands above this folder: nothing here imports a chapter.

    >>> list(exercises("ch4.ex1"))[0]
    'ch4.ex1'
    """
    book = importlib.import_module("scalinglaws.book")
    files = [name for _, name, _ in pkgutil.iter_modules(book.__path__) if re.fullmatch(r"(ch|lab)\d+", name)]
    if wanted := _TASK.fullmatch(task):
        files = [name for name in files if name == wanted[1] + wanted[2].zfill(2 if wanted[1] == "ch" else 1)]
    modules = [importlib.import_module(f"scalinglaws.book.{name}") for name in files]
    return {exercise.id: exercise for module in modules for exercise in getattr(module, "EXERCISES", ())}


def exercise_of(task):
    """Return the exercise of that name; ValueError names those that there are.

    >>> exercise_of("ch4.ex1").unit
    'billion parameters'
    """
    known = exercises(name := str(task).strip().lower())
    return known[one_of("task", name, known or exercises())]


def show_task(task, seed=0):
    """Print an exercise with the numbers of a seed."""
    print(textwrap.fill(exercise_of(task).words(seed), 79))


def check(task, value, seed=0):
    """Say whether an answer is right, or what may be wrong with it: the power of ten, the sign, the rounding.

    This is for feedback, not for security: hashes of rounded answers are compared, and a patient guesser finds them. A file
    keys.json in the folder of the notebook adds a teacher's own tasks. ValueError for what is no number, task or seed.

    >>> check("ch4.ex1", 9.05)
    ch4.ex1: right. This is feedback for you, not a mark.
    >>> check("ch4.ex1", 9.05e9)  # doctest: +NORMALIZE_WHITESPACE
    ch4.ex1: not yet. The digits are right, the power of ten is not: yours is 1e9 times it (unit: billion parameters; 3
    significant digits).
    """
    task, seed, own = str(task).strip().lower(), checked_seed(seed), Path("keys.json")
    table = json.loads(own.read_text("utf-8")) if own.exists() else {}
    hashes = table[task] if task in table else exercise_of(task).hashes(seed)
    if value is None or value is ...:
        return print(f"{task}: no answer yet. Put your number in the place of the dots.")
    if isinstance(value, str | bool | np.bool_):
        raise ValueError(f"value must be a number, got {value!r}")
    value = number("value", value, finite)
    if os.environ.get(RECORD):
        with open(os.environ[RECORD], "a", encoding="utf-8") as record:
            record.write(json.dumps({"task": task, "value": value, "seed": seed}) + "\n")
    print(f"{task}: {judge(task, value, 0 if task in table else seed, hashes)[1]}")


def judge(task, value, seed, hashes):
    """Return whether a number is right by the hashes of its key, and what to say of it."""

    def fits(number, kind="right"):
        digits = hashes["digits"] - (kind == "near")
        return _hash(task, seed, digits, _rounded(number, digits)) in hashes[kind]

    if fits(value):
        return True, "right. This is feedback for you, not a mark."
    wanted = f"(unit: {hashes['unit']}; {hashes['digits']} significant digits)"
    for power in (power for size in range(1, 19) for power in (size, -size)):
        if value and fits(value / 10.0**power):
            return (
                False,
                f"not yet. The digits are right, the power of ten is not: yours is 1e{power} times it {wanted}.",
            )
    if value and fits(-value):
        return False, "not yet. The sign is wrong."
    if value and math.isfinite(1 / value) and fits(1 / value):
        return False, "not yet. Turn it upside down: yours is one over the answer."
    if fits(value, "near"):
        return False, f"not yet, but near: keep all digits and round at the end {wanted}."
    return False, f"not yet {wanted}."


def read_keys(path):
    """Return what a keys file says, and its tasks by id: those of the course, and a teacher's own, with `answer`.

    [tasks]
    "ch4.ex1" = {points = 2}
    "my.1" = {points = 1, answer = 12.5, digits = 3, unit = "years"}
    """
    said, found = tomllib.loads(Path(path).read_text("utf-8-sig")), {}
    if not said.get("tasks") or not all(isinstance(entry, dict) for entry in said["tasks"].values()):
        raise ValueError("a keys file has a table [tasks], with a line such as 'ch4.ex1' = {points = 2} for each")
    for task, entry in said["tasks"].items():
        if "answer" not in entry:
            found[exercise_of(task).id] = exercise_of(task)
            continue
        key = number(f"answer of {task}", entry["answer"], finite)
        no_numbers = {"given": {}, "draw": lambda draw: {}, "answer": lambda key=key: key, "identity": None}
        found[task.lower()] = Exercise(
            task.lower(), "", "", unit=entry.get("unit", "its unit"), digits=entry.get("digits", 3), **no_numbers
        )
    return said, found


def read_roster(path):
    """Return the names of a roster by seed: column "name" of a CSV file, or its first; ValueError where two are one."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    heads = [head.strip().lower() for head in rows[0]] if rows else []
    column, names = heads.index("name") if "name" in heads else 0, {}
    for row in rows[1:] if "name" in heads else rows:
        student = row[column].strip() if len(row) > column else ""
        if not student or student_seed(student) in names:
            raise ValueError(f"{path} must have one name a line, each once, got {','.join(row)!r}")
        names[student_seed(student)] = student
    return names
