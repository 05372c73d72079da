"""Retrieval questions whose options open their own feedback, with no script, and the beliefs behind the wrong ones."""

import tomllib
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files

from scalinglaws.check import one_of


@dataclass(frozen=True)
class Misconception:
    """A wrong belief that readers bring along, and what helps.

    Attributes
    ----------
    id, chapter : str
        Its name, and the file name of the chapter that meets it, without suffix.
    belief : str
        What is believed.
    distractor : str
        The same as an answer to a question.
    feedback : str
        What the reader who chose it is told.
    fix : str
        What a teacher does about it in three minutes.
    """

    id: str
    chapter: str
    belief: str
    distractor: str
    feedback: str
    fix: str


@cache
def misconceptions():
    """Return all recorded misconceptions, by their id.

    >>> misconceptions()["straight-line-proves"].chapter
    '01-power-laws'
    """
    return {record["id"]: Misconception(**record) for record in _read("misconceptions")["misconception"]}


@cache
def questions():
    """Return all questions, by chapter: each has `text` and `options`, each option `text`, `right` and `feedback`.

    A ValueError says which question has not exactly one right option, or names an unknown misconception.

    >>> sum(option["right"] for option in questions()["01-power-laws"][0]["options"])
    1
    """
    by_chapter = {}
    for record in _read("questions")["question"]:
        options = [_option(option) for option in record["option"]]
        if sum(option["right"] for option in options) != 1:
            raise ValueError(f"question {record['text']!r} must have exactly one right option")
        by_chapter.setdefault(record["chapter"], []).append({"text": record["text"], "options": options})
    return by_chapter


class Quiz:
    """The retrieval questions of a chapter.

    Parameters
    ----------
    chapter : str
        File name of the chapter, without suffix.

    Raises
    ------
    ValueError
        If the chapter has no questions.

    Examples
    --------
    >>> Quiz("01-power-laws")
    Questions on 01-power-laws: 5
    """

    def __init__(self, chapter):
        self.chapter = one_of("chapter", chapter, questions())
        self.questions = questions()[chapter]

    def __repr__(self):
        return f"Questions on {self.chapter}: {len(self.questions)}"

    def _repr_html_(self):
        return f'<div class="quiz"><ol>{"".join(map(_question_html, self.questions))}</ol></div>'


def _question_html(question):
    options = "".join(
        f'<details class="{"right" if option["right"] else "wrong"}"><summary>{escape(option["text"])}</summary>'
        f"<p>{'Yes.' if option['right'] else 'No.'} {escape(option['feedback'])}</p></details>"
        for option in question["options"]
    )
    return f"<li><p>{escape(question['text'])}</p>{options}</li>"


def _option(record):
    """An option as written, or the distractor of a misconception."""
    if "misconception" in record:
        known = misconceptions()
        belief = known[one_of("misconception", record["misconception"], known)]
        return {
            "text": record.get("text", belief.distractor),
            "right": False,
            "feedback": record.get("feedback", belief.feedback),
        }
    return {"text": record["text"], "right": record.get("right", False), "feedback": record["feedback"]}


def _read(name):
    return tomllib.loads(files("scalinglaws.course").joinpath(f"{name}.toml").read_text("utf-8"))
