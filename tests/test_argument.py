"""The argument on one page: every chapter once, its own figure, its own numbers, and no more words than ten minutes take."""

import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils import nodes
from test_prose_numbers import NOT_PROSE, NUMBER, strays

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "_ext"))

from website import stored  # noqa: E402

CHAPTERS = sorted(ROOT.glob("chapters/*.ipynb"))
PAGE = (ROOT / "argument.md").read_text("utf-8")
INTERVAL = re.compile(r"\(([\d.,]+) to ([\d.,]*\d)")
FIGURE = re.compile(r"^```\{stored-figure\} (\S+)\n((?::.*\n)*)(.*)\n```$", re.M)
CAPTION = re.compile(r"\[Chapter (\d+), ([^\]]+)\]\(([\w-]+)\)\. (.+)")


def cells(path):
    return json.loads(path.read_text("utf-8"))["cells"]


def text(path, outputs=False):
    """Everything that a chapter says and, if asked for, prints."""
    parts = ["".join(cell["source"]) for cell in cells(path) if cell["cell_type"] == "markdown"]
    for cell in cells(path) if outputs else ():
        for output in cell.get("outputs", []):
            found = {"text/plain": output.get("text", ""), **output.get("data", {})}
            parts += [re.sub(r"<[^<>]*>", " ", "".join(found.get(kind, ""))) for kind in ("text/plain", "text/html")]
    return "\n".join(parts)


def pieces(page=PAGE):
    """The page in pieces: one for each figure, with the words that go with it."""
    return {
        figure[1]: (found, figure) for found in re.split(r"^### ", page, flags=re.M) if (figure := FIGURE.search(found))
    }


def words(page, captions):
    """How many words a reader reads, in captions or outside them."""
    said = "\n".join(figure[3] for figure in FIGURE.finditer(page)) if captions else FIGURE.sub("", page)
    said = re.sub(r"^\([\w-]+\)=|\]\([^)]*\)", " ", said, flags=re.M)
    return sum(bool(re.search(r"\w", word)) for word in said.split())


PAIRS = list(zip(CHAPTERS, pieces(), strict=True))
each = pytest.mark.parametrize(("path", "label"), PAIRS, ids=[path.stem for path in CHAPTERS])


@each
def test_each_chapter_is_named_and_linked_once_below_a_figure_of_its_own(path, label):
    assert stored.stored(ROOT, label)[0] == path
    number, name, section, _ = CAPTION.fullmatch(pieces()[label][1][3]).groups()
    title = re.search(r"^# (\d+)\. (.+)$", text(path), re.M)
    assert (number, name) == (title[1], title[2].partition(":")[0])
    assert f"({section})=" in text(path)
    assert PAGE.count(f"]({section})") == PAGE.count(f"Chapter {number},") == 1


@each
def test_each_figure_says_in_words_what_is_seen(path, label):
    cell = stored.stored(ROOT, label)[1]
    data = stored.drawn(cell)
    alt = data[stored.LIVE]["description"] if stored.LIVE in data else cell["metadata"]["mystnb"]["image"]["alt"]
    assert len(alt) >= 60


@each
def test_the_numbers_are_those_of_the_chapter(path, label):
    said = pieces()[label][0]
    assert strays([{"cell_type": "markdown", "source": said}], cells(path)) == []
    assert [formula for formula in re.findall(r"\$[^$]+\$", said) if formula not in text(path)] == []


def written(said):
    """The numbers of a text as they are written there."""
    for pattern in NOT_PROSE:
        said = re.sub(pattern, " ", said, flags=re.M)
    return {found[0].rstrip(",") for found in NUMBER.finditer(said)}


@each
def test_each_number_is_written_as_in_the_chapter(path, label):
    assert written(pieces()[label][0]) - written(text(path, outputs=True)) == set()


def strange(said, known):
    """The intervals in brackets that do not stand like this in what is known."""
    return [
        found
        for found in INTERVAL.findall(said)
        if not {" to ".join(found), " and ".join(found)} & set(re.findall(r"[\d.,]*\d (?:to|and) [\d.,]*\d", known))
    ]


@each
def test_intervals_stand_in_the_chapter_in_the_same_words(path, label):
    assert strange(pieces()[label][0], text(path, outputs=True)) == []


def test_an_interval_of_another_chapter_or_with_another_end_is_found():
    assert strange("It is 0.52 (0.50 to 0.55).", "from 0.50 to 0.55") == []
    assert strange("It is 0.52 (0.50 to 0.55).", "from 0.50 to 0.56") == [("0.50", "0.55")]


def test_the_numbers_of_the_end_are_those_of_the_chapters():
    end = PAGE.partition("\n## What was found")[2]
    everything = [cell for path in CHAPTERS for cell in cells(path)]
    assert strays([{"cell_type": "markdown", "source": end}], everything) == []
    known = "\n".join(text(path, outputs=True) for path in CHAPTERS)
    assert INTERVAL.search(end) and strange(end, known) == []


def test_at_most_six_figures_move():
    moving = [
        label
        for label, (_, figure) in pieces().items()
        if stored.LIVE in stored.drawn(stored.stored(ROOT, label)[1]) and ":still:" not in figure[2]
    ]
    assert 1 <= len(moving) <= 6


def test_it_takes_ten_minutes_and_shows_no_code():
    assert 1200 <= words(PAGE, captions=False) <= 1500
    assert words(PAGE, captions=True) <= 300
    assert set(re.findall(r"^`{3,}\{([\w-]+)\}", PAGE, re.M)) == {"stored-figure"}
    assert "`" not in FIGURE.sub("", PAGE)


def test_it_stands_before_chapter_1_in_the_contents_and_on_the_landing_page():
    assert re.search(r"file: (\S+)", (ROOT / "_toc.yml").read_text("utf-8"))[1] == "argument"
    landing = (ROOT / "index.md").read_text("utf-8")
    links = re.findall(r"^:link: (\S+)|\]\(([\w/.-]+)\)", landing, re.M)
    assert "".join(links[0]).removesuffix(".md") in ("argument", "sec-argument")


def test_the_landing_page_names_every_chapter_and_lab_as_it_names_itself():
    landing = (ROOT / "index.md").read_text("utf-8")
    listed = set(re.findall(r"^(?:lab )?\d+ .+$", landing, re.M))
    titles = [re.search(r"^# (.+)$", text(path), re.M)[1] for path in (*CHAPTERS, *ROOT.glob("labs/*.ipynb"))]
    named = {re.sub(r"^(\d+)\. ", r"\1 ", re.sub(r"^Lab (\d+): ", r"lab \1 ", title)) for title in titles}
    assert named <= listed
    assert len(listed) == 26


def test_a_setting_moves_the_control_that_it_names_and_leaves_the_stored_figure_alone():
    cell = stored.stored(ROOT, "fig-kaplan-repair")[1]
    spec = stored.drawn(cell)[stored.LIVE]
    before = json.dumps(spec)
    params = {param["name"]: param.get("value") for param in stored.moved(spec, "all=true")["params"]}
    assert params["all"] is True
    assert json.dumps(spec) == before
    with pytest.raises(KeyError):
        stored.moved(spec, "nothing=1")


def test_a_still_has_pictures_for_desk_and_phone_and_a_live_figure_one_for_paper(tmp_path):
    spec = stored.drawn(stored.stored(ROOT, "fig-after-six")[1])[stored.LIVE]
    page = nodes.container("", stored.to_draw(spec, "still-figure"), stored.to_draw(spec, "paper-figure"))
    app = SimpleNamespace(outdir=tmp_path / "html", builder=SimpleNamespace(name="html"))
    stored.place(app, page, "argument")
    html = page.astext()
    files = re.findall(r'(?:src|srcset)="\./_images/([^"]+)"', html)
    widths = [re.search(r'\bwidth="(\d+)"', (tmp_path / "html/_images" / file).read_text("utf-8"))[1] for file in files]
    assert widths == ["330", "680", str(stored.PAPER)]
    assert "<script" not in html and html.count(f'alt="{spec["description"][:40]}') == 2


def test_a_stored_picture_lies_where_the_chapter_puts_it(tmp_path):
    directive = SimpleNamespace(
        env=SimpleNamespace(app=SimpleNamespace(outdir=tmp_path / "_build/html"), srcdir=tmp_path)
    )
    address = stored.StoredFigure.file(directive, b"picture")
    assert re.fullmatch(r"/_build/jupyter_execute/[0-9a-f]{64}\.png", address)
    assert Path(tmp_path, address[1:]).read_bytes() == b"picture"
