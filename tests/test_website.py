"""What the site does for people who meet it elsewhere: pictures without scripts, paper, copies of notebooks, buttons."""

import json
import re
import shutil
import subprocess
import sys
from html import escape, unescape
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from docutils import nodes
from docutils.core import publish_doctree
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "_ext"), str(ROOT / "tools")]

import copies  # noqa: E402
from website import assets, figures, launch, notices, paper, search, sharing, theme  # noqa: E402


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
    subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b", *words], check=True, capture_output=True
    )


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


MARKUP = (
    r"\{[\w:]+\}`",
    r"^[`:]{3,}\{",
    r"^\([\w-]+\)=",
    r"^:[\w-]+:",
    r"^\$\$ *\(",
)  # of the site, unknown to Jupyter
COPIES = {place: dict(copies.copies(place)) for place in copies.KEPT}


@pytest.mark.parametrize("place", COPIES)
def test_a_copy_has_no_markup_that_jupyter_shows_raw(place):
    raw = [
        (name, found)
        for name, text in COPIES[place].items()
        for cell in json.loads(text)["cells"]
        if cell["cell_type"] == "markdown"
        for pattern in MARKUP
        for found in re.findall(pattern, cell["source"], re.M)
    ]
    assert raw == []


@pytest.mark.parametrize("place", COPIES)
def test_a_copy_holds_no_answer_before_a_cell_is_run(place):
    """What the site folds is folded, and has no stored output; solutions in words are inside <details>."""
    for name, text in COPIES[place].items():
        stored = json.loads((ROOT / name).read_text("utf-8"))["cells"]
        solving, secret = False, []
        for cell in stored:
            source = copies.joined(cell["source"])
            marks = re.findall(r"\{solution-(start|end)\}", source)
            solving = marks[-1] == "start" if marks else solving
            hides = set(cell["metadata"].get("tags", [])) & copies.HIDDEN_OUTPUT
            if cell["cell_type"] == "code" and (solving or hides):
                secret.append(source)
        made = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
        folded = [cell for cell in made if cell["metadata"].get("jupyter", {}).get("outputs_hidden")]
        bare = [cell["source"].removeprefix(copies.GUARD) for cell in folded]
        assert secret == bare, name
        assert all(cell["outputs"] == [] for cell in folded)
        words = "\n".join(cell["source"] for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")
        outside = re.sub(r"<details>.*?</details>", "", words, flags=re.S)
        for answer in solutions(stored):
            assert answer[:60] not in outside, (name, answer[:60])


def test_a_box_that_the_site_folds_is_folded_in_a_copy():
    writer = copies.Writer("labs/1-log-paper")
    (cell,) = writer.text_cells(":::{admonition} Read this *after*\n:class: dropdown\n\nThe *answer*.\n:::")
    assert cell["source"] == "<details>\n<summary>Read this *after*</summary>\n\nThe *answer*.\n\n</details>"
    (box,) = writer.text_cells(":::{admonition} A note\n:class: tip\n\nWords.\n:::")
    assert "details" not in box["source"] and "> Words." in box["source"]


@pytest.mark.parametrize("place", COPIES)
def test_a_lab_is_opened_without_any_output(place):
    for name, text in COPIES[place].items():
        if name.startswith("labs/"):
            assert not any(cell.get("outputs") for cell in json.loads(text)["cells"]), name


def solutions(cells):
    """The paragraphs of the solutions of a stored notebook, as they stand in it, without those that have markup."""
    source = "\n".join(copies.joined(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    found = re.findall(r"\{solution-start\}[^\n]*\n(.*?)`{3,}\{solution-end\}", source, re.S)
    lines = [line for text in found for line in text.splitlines() if len(line) > 60]
    return [line for line in lines if not copies.ROLE.search(line)]


@pytest.mark.parametrize("place", COPIES)
def test_every_output_of_a_copy_is_a_single_string(place):
    for text in COPIES[place].values():
        for cell in json.loads(text)["cells"]:
            for output in cell.get("outputs", []):
                assert isinstance(output.get("text", ""), str)
                assert not any(isinstance(value, list) for value in output.get("data", {}).values())


def test_the_first_screen_of_a_copy_says_how_to_run_it_and_folds_the_set_up_cell():
    for name, text in COPIES["browser"].items():
        first, *others = json.loads(text)["cells"]
        assert "Shift+Enter" in first["source"].split("\n")[2] and "Run All Cells" in first["source"].split("\n")[2]
        setup = next(cell for cell in others if cell["cell_type"] == "code")
        assert setup["metadata"] == {"jupyter": {"source_hidden": True}, "tags": ["setup"], "trusted": True}, name
        assert sum(cell["source"].startswith(copies.GUARD) for cell in others) == 1, name


def test_a_copy_without_the_package_says_in_one_line_what_to_type(monkeypatch):
    words = launch.install_words(launch.Repository("github.com", "org/name", "main"))
    made = dict(copies.copies("download", "labs/1", install=words))["labs/1-log-paper.ipynb"]
    setup = next(cell for cell in json.loads(made)["cells"] if cell["cell_type"] == "code")["source"]
    setup = re.sub(r"^(\s*)%.*$", r"\1pass", setup, flags=re.M)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError) as error:
        exec(setup, {})
    assert str(error.value).endswith('Type: pip install "scalinglaws[book] @ git+https://github.com/org/name@main"')
    assert "pip install scalinglaws" not in made.replace("%pip install -q --no-deps scalinglaws", "")


def test_a_copy_that_a_learner_has_changed_is_left_alone(tmp_path):
    assert copies.write(tmp_path, only="labs/1") == []
    lab = tmp_path / "labs/1-log-paper.ipynb"
    assert copies.write(tmp_path, only="labs/1") == []
    lab.write_text(lab.read_text("utf-8").replace("North", "Nord"), "utf-8")
    assert copies.write(tmp_path, only="labs/1") == ["labs/1-log-paper.ipynb"]
    assert "Nord" in lab.read_text("utf-8")


@pytest.mark.parametrize("source", ["```{mermaid}\nx\n```", "see {kbd}`x`"])
def test_markup_without_a_plain_form_is_refused(source):
    with pytest.raises(ValueError, match="plain form"):
        copies.Writer("labs/1-log-paper").text_cells(source)


def test_the_search_knows_sections_words_in_tables_and_no_code():
    document = publish_doctree("Title\n=====\n\nFirst sentence.\n\nPart\n----\n\nThe exponent is 0.34.\n")
    (root,) = (node for node in document.findall(nodes.section) if "part" in node["ids"])
    code = nodes.container("", nodes.literal_block("", "secret = 1"), classes=["cell_input"])
    root += code
    root += nodes.raw("", "<table><tr><td>besiroglu2024 &amp; co</td></tr></table><script>no()</script>", format="html")
    found = {anchor: text for anchor, _, text in search.sections(document)}
    assert "0.34" in found["part"] and "besiroglu2024 & co" in found["part"]
    assert "secret" not in found["part"] and "no()" not in found["part"]


def test_parts_of_a_page_have_addresses_of_their_own():
    body = (
        '<div class="claim-check" id="claim-6"><p class="claim-head">Claim 6</p></div>'
        '<div class="exercise admonition" id="ex-a">\n<p class="admonition-title"><span>Exercise 1</span> (A)</p></div>'
    )
    context = {"body": body}
    env = SimpleNamespace(titles={"chapters/01-a": nodes.title("", "1. Power laws")})
    config = SimpleNamespace(html_title="Book", author="The authors", release="0.1", copyright="2026")
    app = SimpleNamespace(config=config, env=env, builder=SimpleNamespace(get_target_uri=lambda page: page + ".html"))
    sharing.page(app, "chapters/01-a", "page.html", context, object())
    assert 'href="#claim-6"' in context["body"] and 'href="#ex-a"' in context["body"]
    assert context["page_address"] == context["card"] == ""  # nobody has said where the site is
    assert context["citation"].startswith("@misc{orders-of-magnitude-01-a,\n  title = {{Power laws}},")


def test_absolute_addresses_come_from_the_address_of_the_site_alone(monkeypatch):
    assert launch.site_address({}) == ""
    assert launch.site_address({"BOOK_URL": "https://example.org/course"}) == "https://example.org/course/"


def test_every_work_of_others_in_the_site_has_a_licence_and_its_text():
    for work in (*notices.CARRIED, *notices.LABS):
        version, text = notices.licence_text(work)
        assert version and work.licence and len(text) > 150, work.name
    assert {"vega-view", "vega-scenegraph", "d3-scale"} <= set(notices.vega_parts())
    assert set(notices.vega_parts()) <= set(notices.third_party())


def test_a_file_that_nobody_is_named_for_is_found(tmp_path):
    (tmp_path / "live").mkdir()
    for name in ("basic.css", "live/vega.js", "live/book.js", "copybutton.js", "jquery.js"):
        (tmp_path / name).write_text("x")
    assert notices.unowned(tmp_path) == ["jquery.js"]


def test_a_plot_is_written_with_few_colours_and_a_photograph_is_not():
    plot = Image.new("RGB", (200, 200), "white")
    plot.paste((0, 90, 143), (20, 20, 60, 180))
    noise = Image.effect_noise((200, 200), 90).convert("RGB")
    noise = Image.merge("RGB", [noise.getchannel(0), noise.getchannel(1).rotate(90), noise.getchannel(2).rotate(180)])
    for picture, smaller in ((plot, True), (noise, False)):
        made = BytesIO()
        picture.save(made, "PNG", compress_level=1)
        assert bool(assets.few_colours(made.getvalue())) == smaller
