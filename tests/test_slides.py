"""The decks of slides: one for each chapter, of a length for a lesson, with what the plan needs."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "_ext"))

DECKS = sorted(path for path in (ROOT / "teaching/slides").glob("[0-9]*.md"))
WORDS = 75  # on a slide, without its notes


def slides(text):
    """Return the slides of a deck."""
    return re.split(r"^(?=##? )", text, flags=re.M)[1:]


def visible(slide):
    """Return the words that stand on a slide."""
    text = re.sub(r"```\{revealjs-notes\}.*?```", "", slide, flags=re.S)
    text = re.sub(r"```\{slide-.*?```", "", text, flags=re.S)
    text = re.sub(r"\$\$.*?\$\$|\$[^$]*\$|^:+.*$", "", text, flags=re.S | re.M)
    return text.split()


def test_every_chapter_has_a_deck():
    chapters = sorted(path.stem for path in (ROOT / "chapters").glob("*.ipynb"))
    assert [path.stem for path in DECKS] == chapters


@pytest.mark.parametrize("deck", DECKS, ids=lambda path: path.stem)
class TestDeck:
    def test_it_has_eight_to_twelve_slides(self, deck):
        assert 8 <= len(slides(deck.read_text("utf-8"))) <= 12

    def test_every_slide_has_notes(self, deck):
        for slide in slides(deck.read_text("utf-8")):
            assert "```{revealjs-notes}" in slide, slide.partition("\n")[0]

    def test_every_slide_is_short(self, deck):
        for slide in slides(deck.read_text("utf-8")):
            assert len(visible(slide)) <= WORDS, slide.partition("\n")[0]

    def test_it_shows_figures_a_claim_and_a_question_of_its_chapter(self, deck):
        text = deck.read_text("utf-8")
        name = deck.stem.partition("-")[2]
        figures = re.findall(r"\{slide-(?:figure|table)\} ((?:fig|tab)-\S+)", text)
        assert len(figures) >= 2
        assert len(re.findall(r"\{slide-claim\} \d+", text)) >= 1
        assert f"{{slide-question}} {deck.stem} " in text
        assert "{page}`chapters/" + deck.stem + "`" in text, name


def test_a_figure_in_another_state_is_another_picture():
    from website.stored import moved

    spec = {"params": [{"name": "reveal", "value": False, "bind": {"input": "checkbox"}}]}
    assert moved(spec, "reveal=true")["params"][0]["value"] is True
    assert spec["params"][0]["value"] is False


def test_a_covered_column_comes_later_and_the_others_stand():
    from decks import LAST

    rows = '<tr><th scope="col">run</th><th>share</th></tr><tr><th>5e26</th><td>0.53</td></tr>'
    assert LAST.sub(r"\1?\3", rows) == '<tr><th scope="col">run</th><th>?</th></tr><tr><th>5e26</th><td>?</td></tr>'
