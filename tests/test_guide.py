"""The teacher's guide: minutes come from the pages, the marked samples hold their numbers, a class's copy has no solutions."""

import json
import re
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "_ext"), str(ROOT / "tools")]

import copies  # noqa: E402
import set_up_check  # noqa: E402
import solutions  # noqa: E402
import students  # noqa: E402
from website import class_copy, guide, paper, theme  # noqa: E402

PAGES = [*sorted((ROOT / "chapters").glob("*.ipynb")), *sorted((ROOT / "labs").glob("*.ipynb"))]
MARKING = (ROOT / "teaching/marking.md").read_text("utf-8")
SYLLABI = (ROOT / "teaching/syllabi.md").read_text("utf-8")


# ---- syllabi


@pytest.mark.parametrize("path", PAGES, ids=[path.stem for path in PAGES])
def test_every_chapter_and_lab_says_its_minutes(path):
    spent = guide.minutes(guide.words(path))
    assert len(spent) == (2 if path.parent.name == "chapters" else 1)
    assert all(20 <= number <= 120 for number in spent)


def test_a_page_without_minutes_is_named():
    with pytest.raises(ValueError, match="'A title' does not say"):
        guide.minutes("# A title\n\nwords")


def test_every_chapter_has_a_plan_of_50_and_of_90_minutes_that_ends_there():
    found = guide.plans(ROOT / "teaching")
    assert all(found["chapter", number][1] == {50, 90} for number in range(1, 17))


def test_a_plan_whose_last_row_ends_elsewhere_is_none(tmp_path):
    text = "# Teaching\n\n```{list-table} 50 minutes\n* - minutes\n* - 0-5\n* - 5-45\n```\n"
    (tmp_path / "01-a.md").write_text(text)
    assert guide.plans(tmp_path) == {}
    (tmp_path / "01-a.md").write_text(text.replace("5-45", "5-50"))
    assert guide.plans(tmp_path)["chapter", 1][1] == {50}


@pytest.mark.parametrize(("number", "weeks"), [(0, 4), (1, 8), (2, 14)])
def test_a_syllabus_has_its_weeks_fits_a_session_and_teaches_what_it_has_read(number, weeks):
    lines = [line for line in re.findall(r"```\{syllabus\}\n(.*?)```", SYLLABI, re.S)[number].splitlines() if line]
    assert len(lines) == weeks
    for lessons, read, labs, handed in map(guide.parse, lines):
        assert sum(length for *_, length in lessons) in (50, 90, 100)
        assert [n for kind, n, _ in lessons if kind == "chapter"] == read
        assert all(n in labs for kind, n, _ in lessons if kind == "lab")
        assert handed.endswith(".")


def test_what_a_chapter_needs_comes_before_it():
    needs = {4: {1}, 5: {4}, 6: {4}, 13: {4}, 15: {2, 14}, 16: {8}}
    for block in re.findall(r"```\{syllabus\}\n(.*?)```", SYLLABI, re.S):
        read = [number for line in filter(None, block.splitlines()) for number in guide.parse(line)[1]]
        assert all(needs.get(number, set()) <= set(read[:place]) for place, number in enumerate(read))


# ---- marking


def log(title):
    """The words of one of the two marked samples."""
    return re.search(rf":::\{{admonition\}} {title}\n(.*?)\n:::", MARKING, re.S)[1]


def test_the_marked_logs_have_at_most_200_words():
    assert all(100 < len(log(title).split()) <= 200 for title in ("The full one", "The weak one"))


def test_the_full_log_holds_the_numbers_of_lab_2():
    from scalinglaws.book import lab2

    deal = lab2.purchase(**lab2.wallet().state)
    size, full = 100e9, log("The full one")
    laws = {name: lab2.law_of(name) for name in lab2.LAWS}

    def extra(compute):
        tokens = compute / 6 / size
        return [compute / float(law.compute_for(float(law.loss(size, tokens)))) - 1 for law in laws.values()]

    compute = [deal.dollars / price * 3600 * 9.89e14 for price in (16, 4)]
    assert f"{compute[0]:.1e} to {compute[1]:.1e} FLOP".replace("e+", "e") in full
    assert f"{deal.compute_flop:.1e}".replace("e+", "e") in full
    assert f"{deal.compute_flop / 6 / size / 1e12:.1f} trillion tokens" in full
    assert (
        f"between {min(extra(deal.compute_flop)):.0%} and {max(extra(deal.compute_flop)):.0%}".replace(
            "%", " %"
        ).replace("2 % and", "2 and")
        in full
    )
    worst = {rule: max(lab2.extra_compute(rule, deal.compute_flop, 1, law) for law in laws) for rule in lab2.RULES}
    assert min(worst, key=worst.get) == "Hoffmann, unrounded"
    assert f"up to {min(worst.values()):.0%}".replace("%", " %") in full
    assert f"wastes up to {max(extra(compute[0])):.0%}".replace("%", " %") in full
    use = 2 * size * 1e13
    assert (
        f"Use costs {use:.1e} FLOP, {use / (use + deal.compute_flop):.0%}".replace("e+", "e").replace("%", " %") in full
    )
    exponents = [
        laws[name].beta / (laws[name].alpha + laws[name].beta) for name in ("Hoffmann, unrounded", "refit (Besiroglu)")
    ]
    sizes = [float(lab2.best_size(name, deal.compute_flop)) for name in ("Hoffmann, unrounded", "refit (Besiroglu)")]
    assert f"{exponents[0]:.2f}" in full and f"{exponents[1]:.2f}" in full
    assert [round(one / 1e10) for one in sizes] == [8, 15]


def test_the_weak_log_costs_the_budget_and_says_so_with_four_digits():
    n_params, n_tokens = 144.3e9, 2.886e12
    assert round(6 * n_params * n_tokens / 1e24, 2) == 2.50
    assert "144.3 billion parameters on 2.886 trillion tokens" in log("The weak one")


# ---- the set-up check


def test_the_set_up_check_names_a_package_that_is_missing_or_old(monkeypatch, capsys):
    assert set_up_check.report() == []
    real = set_up_check.version
    monkeypatch.setattr(set_up_check, "version", lambda name: "1.2" if name == "numpy" else real(name))
    assert set_up_check.report() == ["numpy 2.0.2 or later"]
    assert "numpy 1.2: needs 2.0.2 or later" in capsys.readouterr().out


def test_the_set_up_check_compares_versions_as_numbers():
    assert set_up_check.numbers("4.10.1") > set_up_check.numbers("4.9")


def test_the_slider_of_the_set_up_check_moves_its_figure():
    panel = set_up_check.panel()
    low, high = (panel.render({"exponent": value}) for value in (0.05, 0.1))
    assert low.png != high.png and low.readout == "Ten times the compute removes 11% of the loss."


# ---- a class's copy


def stored(path):
    return json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("path", PAGES, ids=[path.stem for path in PAGES])
def test_a_notebook_of_the_class_has_its_exercises_and_questions_and_no_solution(path):
    before, after = stored(path), solutions.without_solutions(stored(path))
    text, left = json.dumps(before, ensure_ascii=False), json.dumps(after, ensure_ascii=False)
    assert "{solution-" not in left
    assert text.count("{exercise-start}") == left.count("{exercise-start}")
    assert text.count('<div class=\\"quiz\\">') == left.count('<div class=\\"quiz\\">')
    assert 'class=\\"right\\"' not in left and 'class=\\"wrong\\"' not in left
    assert (solutions.OPENS in text) == (path.parent.name == "chapters") and solutions.OPENS not in left
    solving, kept = False, {copies.joined(cell["source"]) for cell in after["cells"]}
    for cell in before["cells"]:
        source = copies.joined(cell["source"])
        marks = re.findall(r"\{solution-(start|end)\}", source) if cell["cell_type"] == "markdown" else []
        solving = marks[-1] == "start" if marks else solving
        if solving and not marks:
            assert source not in kept


def test_a_question_keeps_its_options_and_loses_what_is_said_about_them():
    from scalinglaws.course import Quiz

    quiz = Quiz("01-power-laws")
    html = solutions.open_questions(quiz._repr_html_())
    assert html.count('class="option"') == sum(len(question["options"]) for question in quiz.questions)
    assert "details" not in html and "Yes." not in html and "No." not in html
    assert paper.with_answers(html) == html


def test_a_solution_without_an_end_is_an_error():
    cell = copies.text("````{solution-start} ex-a\n````\n\nwords")
    with pytest.raises(ValueError, match="no end"):
        solutions.without_solutions({"cells": [cell]})


def test_the_students_notebooks_of_a_class_have_no_answers_to_the_questions():
    made = dict(students.notebooks(("students",), only="chapters/01", prepare=solutions.without_solutions))
    (text,) = made.values()
    assert 'class=\\"quiz\\"' in text and 'class=\\"right\\"' not in text
    assert "check(" in text


def test_the_landing_page_of_a_class_has_no_door_to_the_teachers():
    text = (ROOT / "index.md").read_text("utf-8")
    left = class_copy.without_doors(text)
    assert ":link: teaching/" in text and "teaching" not in left.partition("## The parts")[0]
    assert left.count("{grid-item-card}") == text.count("{grid-item-card}") - 1
    assert left.count("::::") == text.count("::::")


@pytest.mark.parametrize(("value", "expected"), [("0", False), ("1", True)])
def test_one_setting_decides_whether_solutions_are_shown(value, expected):
    assert solutions.shown({"BOOK_SOLUTIONS": value}) is expected
    assert solutions.shown({})


def test_another_value_of_the_setting_is_named():
    with pytest.raises(ValueError, match="0 or 1, got 'no'"):
        solutions.shown({"BOOK_SOLUTIONS": "no"})


@pytest.mark.parametrize("name", ["chapters/a.html", "_static/live/search-text.js", "_sources/a.ipynb", "all.zip"])
def test_a_solution_that_is_left_in_a_site_is_found_wherever_it_stands(name, tmp_path):
    secret = solutions.secrets()
    taken = solutions.split(stored(PAGES[0]))[1]
    words = next(text for text in taken if set(solutions.runs(text)) & secret)
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(words) if name.endswith((".ipynb", ".js")) else f"<p>{words}</p>"
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inner.md", text)
    else:
        path.write_text(text)
    assert [found[0].startswith(name) for found in solutions.left_over(tmp_path, secret)] == [True]
    assert solutions.left_over(tmp_path, set()) == []


def test_teachers_pages_of_an_earlier_build_are_found(tmp_path):
    (tmp_path / "teaching").mkdir()
    assert solutions.left_over(tmp_path, set())[0][0] == "teaching"


# ---- the contents, and the set-up page


def test_what_folds_in_the_table_of_contents_has_a_name():
    folded = theme.named_folds(lambda kind, depth=0: f"<li>{kind}<details><summary><i></i></summary></details></li>")
    assert '<summary aria-label="Pages within">' in folded("sidebar", depth=1)


def test_the_set_up_check_asks_this_site_alone():
    script = (ROOT / "_ext/website/setup_check.js").read_text("utf-8")
    assert re.findall(r"fetch\((.*?)\)", script) == ['"lite/jupyter-lite.json"']
    assert "import(" not in script and "http" not in script.replace("this address needs https", "")
