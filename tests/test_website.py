"""What the site does for people who meet it elsewhere: pictures without scripts, paper, copies of notebooks, buttons."""

import re
import shutil
import subprocess
import sys
from html import escape, unescape
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "_ext"), str(ROOT / "tools")]

from website import assets, figures, launch, paper, theme  # noqa: E402


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


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ssh://git@github.com:22/org/name.git", "https://github.com/org/name"),
        ("git@github.com:org/name.git", "https://github.com/org/name"),
        ("github.com/org/name", "https://github.com/org/name"),
        ("https://www.github.com/org/name/", "https://github.com/org/name"),
        ("https://GitHub.com/Org/Name", "https://github.com/Org/Name"),
        ("https://gitlab-ci-token:s3cret@gitlab.com/group/sub/name.git", "https://gitlab.com/group/sub/name"),
        ("https://example.org/org/name", None),
        ("https://github.com/org", None),
        ("", None),
    ],
)
def test_an_address_leads_to_its_repository_without_port_user_or_token(address, expected):
    known = launch.repository({"BOOK_REPOSITORY": address, "BOOK_BRANCH": "b"})
    assert (known and known.url) == expected


def run_git(folder, *words):
    subprocess.run(["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b", *words], check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("git") is None, reason="no git on this machine")
def test_the_branch_is_asked_of_git_and_a_repository_around_the_course_is_not_taken_for_it(tmp_path):
    course = tmp_path / "teaching" / "course"
    course.mkdir(parents=True)
    run_git(course, "init", "-q", "-b", "autumn")
    run_git(course, "remote", "add", "origin", "https://github.com/org/name")
    assert launch.repository({}, course) == launch.Repository("github.com", "org/name", "autumn")
    run_git(course, "commit", "-q", "--allow-empty", "-m", "one")
    run_git(course, "checkout", "-q", "--detach")
    assert launch.branch(course) == "main"
    inside = course / "copied-here"
    inside.mkdir()
    assert launch.repository({}, inside) is None


def test_without_a_git_program_there_are_no_buttons_and_no_error(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert launch.repository({}) is None
    assert theme.commit() == ""
