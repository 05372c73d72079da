"""What the site does for people who meet it elsewhere: pictures without scripts, paper, copies of notebooks, buttons."""

import re
import sys
from html import escape, unescape
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "_ext"), str(ROOT / "tools")]

from website import assets, figures, paper  # noqa: E402


def test_the_still_picture_inside_a_page_is_valid_xml_at_both_widths(tmp_path):
    from scalinglaws.book import front

    app = SimpleNamespace(outdir=tmp_path / "html")
    html = figures.figure_html(app, front.next_factor().spec, "live-1", "index", first=True)
    addresses = re.findall(r'(?:src|srcset)="data:image/svg\+xml,([^"]*)"', html)
    assert len(addresses) == 2
    for address in addresses:
        assert " " not in address and "," not in address  # srcset ends there
        picture = ElementTree.fromstring(unquote(unescape(address)))
        assert picture.tag.endswith("svg")
        assert any("'" in text for element in picture.iter() for text in element.attrib.values())  # what broke it


def test_dark_rules_are_for_screens_and_light_rules_hold_on_every_paper():
    sheet = 'html[data-theme="dark"] .a, .b{color:#fff} html[data-theme="light"]{--x:1}'
    css = assets.purged(sheet, {"a", "b"})
    assert '@media screen{html[data-theme="dark"] .a{color:#fff}}' in css
    assert "@media print{html[data-theme]{--x:1}}" in css
    assert css.startswith(".b{color:#fff}") and 'html[data-theme="light"]{--x:1}' in css


def test_answers_are_printed_after_the_questions_of_a_quiz():
    from scalinglaws.course import Quiz

    quiz = Quiz("01-power-laws")
    html = paper.with_answers(f"<p>before</p>{quiz._repr_html_()}<p>after</p>")
    answers = html.partition('<div class="quiz-answers')[2]
    right = [next(option for option in question["options"] if option["right"]) for question in quiz.questions]
    assert answers.count("<li>") == len(right)
    assert all(escape(option["feedback"]) in answers for option in right)
    assert paper.with_answers("<p>no quiz</p>") == "<p>no quiz</p>"
