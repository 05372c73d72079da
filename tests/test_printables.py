"""What lessons need on paper: every item has a file, says what it should and nothing that is covered."""

import base64
import io
import re
import sys
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.append(str(Path(__file__).resolve().parent.parent / "tools"))
import left_out
import paper
import printables
import redraw

ROOT = Path(__file__).resolve().parent.parent
QUICK = [entry for entry in printables.entries() if entry["kind"] != "redrawn"]
LESSONS = [path for path in sorted((ROOT / "teaching").glob("*.md")) if "## What to print" in path.read_text("utf-8")]


def entry(name):
    """Return the entry of a file."""
    return next(one for one in printables.entries() if printables.file_of(one) == name)


def words(html):
    """Return what is read on a page."""
    return unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.S))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_what_a_lesson_prints_is_listed_by_the_directive_and_by_no_bullet_of_its_own(path):
    section = path.read_text("utf-8").partition("## What to print\n")[2].partition("\n## ")[0]
    assert f"```{{printables}} {path.stem}\n```" in section
    assert not re.search(r"^[-*] ", section, re.M)


def test_every_item_belongs_to_a_lesson_that_lists_it():
    assert {one["chapter"] for one in printables.entries()} == {path.stem for path in LESSONS}


@pytest.mark.parametrize("one", QUICK, ids=printables.file_of)
def test_an_item_is_a_page_for_both_papers_and_the_same_each_time(one):
    for size in printables.PAPERS:
        page = printables.page(one, size)
        assert f"size: {size}" in page and page.count("<section") == page.count("</section>") > 0
        assert all(alt.strip() for alt in re.findall(r'<img [^>]*alt="([^"]*)"', page))
        assert page.count("<img") == page.count(' alt="')
        assert not re.search(r'(?:src|href)="(?!data:)', page)
    assert printables.page(one, "A4") == printables.page(one, "A4")


@pytest.mark.parametrize(
    "one", [one for one in printables.entries() if one["kind"] == "redrawn"], ids=printables.file_of
)
def test_a_figure_that_is_drawn_again_is_in_its_chapter(one):
    left_out.cell_of(one["figure"], one["chapter"])


def test_questions_are_asked_without_their_answers_which_stand_on_a_sheet_of_their_own():
    from scalinglaws.course.quiz import questions

    asked, answers = printables.page(entry("01-questions"), "A4").split("<section")[1:]
    for question in questions()["01-power-laws"]:
        right = next(option for option in question["options"] if option["right"])
        assert words(asked).count(question["text"]) == 2 and right["feedback"] not in words(asked)
        assert right["feedback"] in words(answers)


def test_a_city_of_a_hundred_places_owns_every_number_once_as_the_lesson_says():
    owned = [(low, high) for _, low, high in printables.places() if low is not None]
    numbers = [number for low, high in owned for number in range(low, high + 1)]
    assert numbers == list(range(1000)) and len(owned) == 43
    sizes = [high - low + 1 for low, high in owned]
    assert (sizes[0], sizes[1], sizes[9]) == (612, 153, 6)


def test_the_hat_has_64_slips_with_the_names_as_often_as_the_lesson_says():
    slips = printables.hat()
    counts = sorted((slips.count(name) for name in set(slips)), reverse=True)
    assert counts == [8] + [4] * 2 + [2] * 8 + [1] * 32 and len(slips) == 64


def test_a_pack_has_a_hundred_cards_and_one_is_marked():
    assert (
        words(printables.page(entry("10-pack"), "A4")).split().count("marked") == 3
    )  # the card, and the title in two places
    assert len(printables.pack()) == 100


def test_the_nine_printed_rows_are_those_of_the_table_with_their_source():
    page = words(printables.page(entry("04-rows"), "A4"))
    assert page.count("1425.5T") == 2 and page.count("8.55e28") == 2 and "Table A3" in page


def test_points_on_paper_end_in_november_2024_and_a_valley_has_three_seeds():
    (points,) = printables.horizons()
    assert max(points.x) < 2024.92 and len(points.x) > 8
    assert [len(seed.x) for seed in printables.valley()] == [9, 9, 9]


def test_each_list_of_customers_has_the_four_of_the_lab():
    page = words(printables.page(entry("14-customers"), "A4"))
    assert all(page.count(f" {name} ") == 2 for name in ("forum", "school", "clinic", "search"))


def test_a_hidden_column_is_empty_and_the_others_are_as_they_were():
    whole = left_out.table("tab-small-models-implied", "13-small-models")
    cut = left_out.table("tab-small-models-implied", "13-small-models", hide=[-1])
    rows = [
        re.findall(r"<t[dh]\b[^>]*>(.*?)</t[dh]>", row)
        for row in re.findall(r"<tr.*?</tr>", cut.partition("<tbody>")[2])
    ]
    before = [
        re.findall(r"<t[dh]\b[^>]*>(.*?)</t[dh]>", row)
        for row in re.findall(r"<tr.*?</tr>", whole.partition("<tbody>")[2])
    ]
    assert all(row[-1] == "" and row[:-1] == old[:-1] and old[-1] for row, old in zip(rows, before, strict=True))


def test_numbers_cut_out_leave_the_words():
    cut = left_out.table("tab-beyond-text-fair", "06-beyond-text", numbers=True).partition("<tbody>")[2]
    assert not re.search(r"\d\.\d", cut) and "ImageNet" in cut


def test_a_covered_edge_of_a_picture_is_white_and_a_colour_is_gone():
    data = base64.b64decode(left_out.drawn(left_out.cell_of("fig-lab-10-next", "lab-10"))["image/png"])

    def orange(content):
        pixels = np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)
        return int((np.abs(pixels - [0xD5, 0x5E, 0x00]).sum(axis=-1) < 30).sum())

    assert orange(data) > 50 and orange(left_out.png(data, erase=["#D55E00"])) == 0
    covered = np.asarray(Image.open(io.BytesIO(left_out.png(data, cover=[[0, 0, 10, 100]]))))
    assert (covered[:, : covered.shape[1] // 10] == 255).all()


def test_a_layer_that_is_dropped_is_gone_and_one_that_is_not_there_is_named():
    spec = left_out.drawn(left_out.cell_of("fig-beyond-text-units", "06-beyond-text"))[left_out.LIVE]
    assert {left_out.kind_of(layer)[0] for layer in left_out.without_layers(spec, ["text"])["layer"]} == {
        "rule",
        "line",
        "point",
    }
    with pytest.raises(left_out.Missing, match="no layer bar"):
        left_out.without_layers(spec, ["bar"])


def test_a_figure_of_a_chapter_is_drawn_without_its_legend_and_one_line():
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([1, 2], color="#0072B2", label="a")
    axes.plot([2, 1], color="#D55E00", label="b")
    axes.legend()
    assert redraw.left_out(axes, "line #0072B2") == 1 and redraw.left_out(axes, "legend") == 1
    assert axes.get_legend() is None and [line.get_label() for line in axes.lines] == ["b"]
    assert redraw.left_out(axes, "patch") == 0
    with pytest.raises(left_out.Missing, match="hide is"):
        redraw.left_out(axes, "band")
    plt.close(figure)


def test_logarithmic_paper_has_nine_lines_a_decade_and_its_ends():
    assert len(paper.lines({"low": 1, "high": 1e4, "log": True})) == 4 * 9 + 1
    ends = paper.lines({"low": 1.2, "high": 3.2, "log": True})
    assert ends[0][0] == 1.2 and ends[-1][0] == 3.2 and len(ends) == 21


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "poster"}, "kind is one of"),
        ({"legend": "off"}, "knows nothing of legend"),
        ({"title": None}, "has no title"),
    ],
)
def test_an_entry_that_is_wrong_is_named(change, words, tmp_path):
    fields = {"chapter": "01-power-laws", "name": "x", "words": "w", "kind": "questions", "title": "t"} | change
    lines = [f'{name} = "{value}"' for name, value in fields.items() if value]
    (tmp_path / "list.toml").write_text("[[printable]]\n" + "\n".join(lines), "utf-8")
    with pytest.raises(ValueError, match=words):
        printables.entries(tmp_path / "list.toml")


def test_each_line_of_a_teachers_own_file_is_a_slip(tmp_path):
    (tmp_path / "keys.txt").write_text("ada key-1\n\nben key-2\n", "utf-8")
    page = words(printables.slips_of(tmp_path / "keys.txt", "A4"))
    assert "ada key-1" in page and "ben key-2" in page


@pytest.mark.parametrize("one", [one for one in QUICK if one["kind"] == "questions"], ids=printables.file_of)
def test_the_list_says_how_many_questions_there_are(one):
    from scalinglaws.course.quiz import questions

    assert {4: "four", 5: "five"}[len(questions()[one["chapter"]])] in one["words"]
