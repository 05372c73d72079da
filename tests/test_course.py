"""Claims, questions and misconceptions: the records are sound and a wrong number does not pass."""

import re
import sys
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest

from scalinglaws.course import Quiz, check_claim, claims, misconceptions, questions
from scalinglaws.course.claims import ClaimCheck, Number
from scalinglaws.data import load

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = [path.stem for path in sorted(ROOT.glob("chapters/*.ipynb"))]


def recorded(number):
    return {item.name: float(item.value) for item in claims()[number].numbers}


@pytest.mark.parametrize("number", claims())
def test_a_claim_names_an_article_a_chapter_a_verdict_and_how_sure_it_is(number):
    claim = claims()[number]
    assert claim.article in load("articles")["id"]
    assert claim.chapter in CHAPTERS
    assert claim.says and claim.verdict and claim.confidence
    assert bool(claim.numbers) != bool(claim.not_computable)
    assert all(item.means for item in claim.numbers)


@pytest.mark.parametrize("number", claims())
def test_a_claim_has_one_box_in_the_whole_book_and_it_stands_in_its_chapter(number):
    found = [
        path.stem
        for folder in ("chapters", "labs")
        for path in ROOT.glob(f"{folder}/*.ipynb")
        for _ in re.findall(rf"check_claim\((?:\\n|\s|\",|\")*{number}\b", path.read_text("utf-8"))
    ]
    assert found == ([claims()[number].chapter] if claims()[number].has_box else [])


def test_every_box_has_an_address_of_its_own_and_a_sign_that_copies_it():
    sys.path.insert(0, str(ROOT / "_ext"))
    from website.sharing import PARTS, SIGN

    kind, pattern = PARTS[0]
    boxes = [ClaimCheck(claim)._repr_html_() for claim in claims().values() if claim.has_box]
    found = [pattern.search(box) for box in boxes]
    addresses = [SIGN.format(id=box[2], kind=kind) for box in found]
    assert len(set(addresses)) == len(boxes) and all('href="#claim-' in address for address in addresses)


def test_a_claim_with_nothing_to_compute_has_no_box(monkeypatch):
    stated = replace(claims()[2], numbers=(), not_computable="it names no quantity")
    monkeypatch.setitem(claims(), 2, stated)
    with pytest.raises(ValueError, match="it names no quantity"):
        check_claim(2)


@pytest.mark.parametrize("number", [number for number, claim in claims().items() if claim.numbers])
def test_recorded_numbers_pass_and_a_change_in_the_last_digit_does_not(number):
    values = recorded(number)
    assert isinstance(check_claim(number, **values), ClaimCheck)
    for name, value in values.items():
        with pytest.raises(AssertionError, match=name):
            check_claim(number, **values | {name: value * 1.5 + 1})


def test_a_number_agrees_up_to_half_of_its_last_digit():
    assert Number("x", "10.9", "%", "").agrees(10.9499) and not Number("x", "10.9", "%", "").agrees(10.96)
    assert Number("x", "2.1e25", "", "").agrees(2.14e25) and not Number("x", "2.1e25", "", "").agrees(2.16e25)
    assert Number("x", "16", "", "").agrees(16.4) and not Number("x", "16", "", "").agrees(16.6)


def test_a_missing_or_unknown_number_is_named():
    with pytest.raises(ValueError, match="error_after"):
        check_claim(2)
    with pytest.raises(ValueError, match="other"):
        check_claim(2, **recorded(2), other=1)
    with pytest.raises(ValueError, match="claim must be one of"):
        check_claim(0)


def test_a_box_escapes_its_text_and_says_who_claims_it():
    claim = replace(claims()[2], says="a < b", who="A speaker")
    html = ClaimCheck(claim)._repr_html_()
    assert "a &lt; b" in html and "A speaker, in" in html


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_chapter_has_three_to_five_questions_and_shows_them(chapter):
    assert 3 <= len(questions()[chapter]) <= 5
    assert f'Quiz(\\"{chapter}\\")' in (ROOT / f"chapters/{chapter}.ipynb").read_text("utf-8")


def test_every_option_has_feedback_and_no_two_options_are_the_same():
    for chapter in questions().values():
        for question in chapter:
            texts = [option["text"] for option in question["options"]]
            assert len(texts) >= 3 and len(set(texts)) == len(texts)
            assert all(len(option["feedback"]) > 20 for option in question["options"])


def test_the_right_answer_stands_at_no_usual_place():
    places = {
        chapter: [[option["right"] for option in question["options"]].index(True) for question in asked]
        for chapter, asked in questions().items()
    }
    assert all(len(set(of_one)) >= 3 for of_one in places.values())
    every = [place for of_one in places.values() for place in of_one]
    assert max(every.count(place) for place in set(every)) < 0.45 * len(every)


def test_a_quiz_opens_feedback_without_a_script():
    html = Quiz(CHAPTERS[0])._repr_html_()
    assert html.count("<details") == sum(len(question["options"]) for question in questions()[CHAPTERS[0]])
    assert "<script" not in html and "onclick" not in html


def test_a_chapter_without_questions_is_named():
    with pytest.raises(ValueError, match="chapter must be one of"):
        Quiz("00-nothing")


def test_every_misconception_belongs_to_a_chapter_and_is_the_wrong_answer_of_a_question():
    used = {
        option["text"] for chapter in questions().values() for question in chapter for option in question["options"]
    }
    for belief in misconceptions().values():
        assert belief.chapter in CHAPTERS
        assert belief.distractor in used, belief.id
        assert belief.fix and belief.feedback


@pytest.mark.parametrize("claim", claims().values(), ids=lambda claim: str(claim.id))
def test_a_quotation_has_at_most_25_words_and_stands_in_the_box(claim):
    for quote in (claim.quote, *claim.also):
        words = [word for word in quote.split() if word not in ("…", "-", "—")]
        assert 0 < len(words) <= 25
        assert quote.strip() == quote and not quote.startswith(("…", '"'))
    assert claim.not_computable or f"\u201c{escape(claim.quote)}\u201d" in ClaimCheck(claim)._repr_html_()
