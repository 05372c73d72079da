"""The articles scored: the words are the articles', every answer has its date and source, and the tables give its numbers."""

import hashlib
import json
import re
import sys
from collections import Counter
from difflib import SequenceMatcher
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

from scalinglaws.book import front
from scalinglaws.course import claims
from scalinglaws.data import constant, load

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "_ext")]

from website import scored  # noqa: E402

ROWS, WORDINGS = list(load("statements")), list(load("wordings"))
ARTICLES = {row["id"]: row for row in load("articles")}
TITLES = {row["key"]: row for row in load("sources")}
NAMED = {int(row["id"]): row for row in ROWS}
PAGE = (ROOT / "reference" / "scored.md").read_text("utf-8")
# All words quoted, as they were compared with the five articles, character by character. Compare again before you change it.
AS_READ = "b011742e8cff20de02471908e4296fd8306be97bee937278ca051b6bb4da68d2"
WRITTEN = {"S0": "2024-11", "S1": "2024-11-13", "S2": "2024-11-20", "S3": "2024-06"}  # the earliest that each may be
HITS = ("yes", "no", "a tie", "mixed")

every_statement = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['id']:.0f}")
every_answer = pytest.mark.parametrize(
    "row", [row for row in ROWS if row["question"]] + WORDINGS, ids=lambda row: row["question"][:60]
)


# ---- the words


@every_statement
def test_a_quotation_has_at_most_25_words(row):
    assert 3 < len(row["quote"].split()) <= 25


def test_the_words_are_those_that_were_compared_with_the_articles():
    assert hashlib.sha256("\n".join(row["quote"] for row in ROWS).encode()).hexdigest() == AS_READ


def broken(one, other):
    """Return whether two quotations of one sentence differ within it: both read on from a common stretch to another."""
    a, b = (re.findall(r"\S+", text.replace("\u2026", " \u2026 ")) for text in (one, other))
    blocks = [block for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks() if block.size > 2]
    between = [(a[x.a + x.size : y.a], b[x.b + x.size : y.b]) for x, y in pairwise(blocks)]
    return any("\u2026" not in left + right and max(len(left), len(right)) <= 3 for left, right in between)


def test_a_wrong_word_in_a_quotation_is_noticed():
    assert broken("build an order of magnitude larger model now", "build an order of mangauge larger model now")
    assert not broken("to build an order of size larger model", "build an order … larger model")


@every_statement
def test_the_ledger_quotes_the_same_words_where_it_quotes_the_same_sentence(row):
    same = [claim for claim in claims().values() if claim.article == row["article"] and claim.quote]
    assert not [claim.id for claim in same if broken(claim.quote, row["quote"])]
    if row["claim"] in claims():
        assert claims()[row["claim"]].article == row["article"]


# ---- the answers


@every_answer
def test_an_answer_has_a_date_a_source_and_what_was_seen(row):
    assert row["outcome"] and row["date"] and row["by"] and row["evidence"] and row["source"]
    assert not {"article_s0", "article_s1", "article_s2", "narayanan2024"} & set(row["source"].split(";"))
    assert row["question"].endswith((".", "?", ")")) and scored.day(row["date"])


@every_statement
def test_a_kind_has_the_outcomes_that_it_may_have(row):
    allowed = {"answered": HITS, "partly": HITS, "open": ["open"], "already true": ["already true"]}
    assert row["outcome"] in allowed.get(row["kind"], [""])
    asked = (row["question"], row["rule"], row["by"], row["date"], row["evidence"])
    assert all(asked) if row["outcome"] else not any(asked)


@every_statement
def test_what_was_already_true_is_no_answer_and_no_answer_is_older_than_its_article(row):
    if row["kind"] in scored.SEEN and row["article"] in WRITTEN:
        assert row["date"] > WRITTEN[row["article"]]
        assert row["date"] <= row["by"] or row["question"].startswith("Will no ")
    if row["kind"] == "already true":
        assert row["date"] < WRITTEN[row["article"]]


def test_each_sentence_with_several_wordings_has_a_yes_and_a_no():
    for number in {word["statement"] for word in WORDINGS}:
        outcomes = {word["outcome"] for word in WORDINGS if word["statement"] == number}
        assert {"yes", "no"} <= outcomes, number


# ---- the numbers, from the tables of the course

INDEX, BENCH, RUNS, HORIZONS = map(load, ("capability_records", "benchmarks", "compute_records", "time_horizons"))
OURS = INDEX.where(INDEX["status"] == "published")


def best_index(day):
    return OURS["eci"][OURS["date"] <= day].max()


def score(test, day, source=None):
    kept = (BENCH["benchmark"] == test) & (BENCH["date"] <= day) & ~BENCH["human"]
    kept &= (BENCH["source"] == source) | (source is None)
    return BENCH["score_pct"][kept].max()


def run(model):
    return RUNS["training_flop"][list(RUNS["model"]).index(model)]


def horizon(day):
    return HORIZONS["p50_minutes"][HORIZONS["date"] <= day].max()


def solved(system, names="plain"):
    table = load("planning")
    kept = (table["test"] == "planning competition 2023") & (table["system"] == system) & (table["names"] == names)
    return table["solved_pct"][kept][0] * 3.6


def record_days(year):
    best = np.append(-np.inf, np.maximum.accumulate(OURS["eci"])[:-1])
    return len({day for day in OURS["date"][best < OURS["eci"]] if day.startswith(year)})


def site():
    table = load("accelerators")
    chips = dict(zip(table["chip"], table["flop_per_s_16bit"], strict=True))
    peak = load("largest_sites")["h100_equivalents"].max() * chips["NVIDIA H100 SXM"]
    return peak / (25_000 * chips["NVIDIA A100 80GB SXM"])


LLAMA = load("capability_index")["eci"][3]
GPT4 = run("GPT-4 (Mar 2023)")


def by_chance(share):
    return 196 * np.sqrt(share * (1 - share) / 361)


GIVEN = [  # statement, wording, the number as it is written, what gives it
    (1, "", "26.1", lambda: best_index("2024-11-20") - LLAMA),
    (1, "", "15.8", lambda: best_index("2023-12-31") - LLAMA),
    (1, "", "21.7", lambda: best_index("2026-06-30") - best_index("2024-11-20")),
    (3, "", "763,000", lambda: load("largest_sites")["h100_equivalents"].max()),
    (3, "", "97", site),
    (4, "", "17", lambda: run("Grok 3") / GPT4),
    (6, "", "72.7", lambda: constant("osworld.opus_46")),
    (8, "", "205", lambda: solved("GPT-5")),
    (8, "", "204", lambda: solved("LAMA (classical planner)")),
    (8, "why", "152", lambda: solved("GPT-5", "random strings")),
    (6, "why", "4.6", lambda: by_chance(0.727)),
    (12, "", "20.5", lambda: horizon("2024-11-30")),
    (12, "", "120", lambda: horizon("2025-04-16")),
    (12, "", "293", lambda: horizon("2025-11-30")),
    (12, "", "14", lambda: horizon("2025-11-30") / horizon("2024-11-30")),
    (15, "", "136.5", lambda: best_index("2024-11-13")),
    (15, "", "143.0", lambda: best_index("2024-12-17")),
    (15, "", "150.3", lambda: best_index("2025-11-13")),
    (16, "", "24", lambda: run("Grok 4") / GPT4),
    (16, "", "290", lambda: constant("rumour_2026.flop") / GPT4),
    (17, "", "16.9", lambda: best_index("2025-11-30") - best_index("2024-11-30")),
    (17, "", "15.8", lambda: best_index("2023-12-31") - LLAMA),
    (18, "", "0.6", lambda: min(ratios())),
    (18, "", "5.9", lambda: max(ratios())),
    (20, "", "5e26", lambda: RUNS["training_flop"].max()),
    (21, "", "83.8", lambda: score("GPQA Diamond", "2025-03-25", "epoch_bench")),
    (21, "", "10.5", lambda: score("GPQA Diamond", "2025-03-25") - score("GPQA Diamond (maker)", "2024-11-20")),
    (21, "", "92.6", lambda: score("GPQA Diamond", "2025-11-20")),
    (28, "", "ten", lambda: run("Grok 4") / run("Gemini 1.0 Ultra")),
    (32, "", "80.0", lambda: score("ARC-AGI-1", "2025-11-24", "epoch_bench")),
    (6, "b", "66.3", lambda: score("OSWorld", "2025-12-31", "epoch_bench")),
    (6, "c", "75.0", lambda: constant("osworld.gpt_54")),
    (6, "c", "2.6", lambda: constant("osworld.gpt_54") - constant("osworld.human")),
    (6, "c", "4.5", lambda: by_chance(0.75)),
    (15, "a", "76.8", lambda: score("GPQA Diamond", "2024-12-17", "epoch_bench")),
    (15, "b", "73.3", lambda: score("GPQA Diamond (maker)", "2024-11-13")),
    (15, "c", "87.6", lambda: score("GPQA Diamond", "2025-11-13")),
    (15, "c", "92.6", lambda: score("GPQA Diamond", "2025-11-18")),
    (28, "a", "5e26", lambda: 10 * run("Gemini 1.0 Ultra")),
    (28, "b", "3.8e26", lambda: RUNS["training_flop"][RUNS["confidence"] != "speculative"].max()),
    (28, "b", "7.6", lambda: run("GPT-4.5") / run("Gemini 1.0 Ultra")),
    (32, "a", "75.7", lambda: BENCH["score_pct"][list(BENCH["system"]).index("o3-preview low")]),
    (32, "a", "87.5", lambda: score("ARC-AGI-1", "2024-12-31")),
    (32, "b", "60.8", lambda: score("ARC-AGI-1", "2025-06-30", "epoch_bench")),
    (32, "c", "29.4", lambda: score("ARC-AGI-2", "2025-09-24")),
    (32, "d", "84.6", lambda: score("ARC-AGI-2", "2026-03-24")),
]  # fmt: skip


def ratios():
    """Rates of the index after over before: three breaks and three first models, by least squares."""
    early = load("capability_index")["eci"][:4]
    year, eci = np.append([2023.148] * 4, OURS["year"]), np.append(early, OURS["eci"])
    found = []
    for cut, start in product(front.BREAKS.values(), front.FIRST_MODELS.values()):
        before, after = (np.polyfit(year[k], eci[k], 1)[0] for k in ((year > start) & (year < cut), year > cut))
        found.append(after / before)
    return found


@pytest.mark.parametrize(
    ("statement", "wording", "written", "value"), GIVEN, ids=[f"{g[0]}{g[1]}-{g[2]}" for g in GIVEN]
)
def test_a_number_of_the_evidence_comes_from_the_tables(statement, wording, written, value):
    if wording in ("", "why"):
        text = NAMED[statement]["why" if wording else "evidence"]
    else:
        text = next(w["evidence"] for w in WORDINGS if (w["statement"], w["wording"]) == (statement, wording))
    assert re.search(rf"(?<![\w.]){re.escape(written)}(?![\w]|\.\d)", text), text
    number = 10.0 if written == "ten" else float(written.replace(",", ""))
    mantissa, _, power = written.replace("ten", "10").partition("e")
    step = 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2]))
    assert abs(value() - number) <= 0.501 * step


@pytest.mark.parametrize(
    ("statement", "numbers"),
    [
        (3, ("12.7", "58")),
        (9, ("32 pairs",)),
        (23, ("57 million", "4 to 22 hours", "13.8 minutes")),
        (25, ("1.5 times fewer",)),
        (30, ("36 trillion", "30 % generated")),
        (35, ("our of eight", "6.9 points on average")),
    ],
)
def test_what_a_chapter_computed_is_quoted_as_the_ledger_has_it(statement, numbers):
    row = NAMED[statement]
    verdict = claims()[row["claim"]].verdict
    for number in numbers:
        assert number in row["evidence"] + row["why"] and number in verdict, verdict


def test_the_outcomes_that_count_records_are_those_of_the_tables():
    assert (record_days("2025"), record_days("2024")) == (7, 5) and "Seven dates against five" in NAMED[26]["evidence"]
    years = RUNS["year"][RUNS["year"] > 2025]
    assert list(RUNS["model"])[-1] == "Grok 4" and years.max() < 2025.53  # none since, to the end of the table
    tokens = load("tokens_per_parameter")
    small = tokens.where((tokens["n_params"] < 1e10) & (tokens["n_tokens"] >= 1.5e13))
    assert sorted(small["date"])[0] == NAMED[5]["date"] == "2024-04-18"


# ---- the page


def html_of(kind):
    rows = [row for row in ROWS if row["kind"] == kind]
    asked = {word["statement"] for word in WORDINGS}
    return scored.statements_html(
        rows, ARTICLES, TITLES, asked, lambda number: f"claim {number:.0f}" if number in claims() else ""
    )


def test_the_page_has_every_statement_once_with_its_words_and_its_reason():
    assert all(f"```{{scored}} {kind}\n" in PAGE for kind in [*scored.KINDS, "wordings", "counts", "articles"])
    html = "".join(map(html_of, scored.KINDS))
    assert sorted(map(int, re.findall(r'<details class="numbers-fold" id="statement-(\d+)">', html))) == sorted(NAMED)
    for row in ROWS:
        fold = re.search(rf'id="statement-{row["id"]:.0f}">(.*?)</details>', html, re.S)[1]
        assert scored.escape(row["quote"]) in fold and scored.escape(row["why"]) in fold
        assert scored.escape(row["evidence"]) in fold and scored.day(row["by"]) in fold


def test_an_answer_stands_beside_its_question_and_not_beside_the_words_of_the_article():
    for row in ROWS:
        summary = re.search(rf'id="statement-{row["id"]:.0f}"><summary>(.*?)</summary>', html_of(row["kind"]), re.S)[1]
        if row["outcome"]:
            assert summary.endswith(f"{scored.escape(row['question'])} <b>{row['outcome'].capitalize()}.</b>")
        assert "<a " not in summary


def test_counts_are_made_from_the_table_and_leave_out_what_was_already_true_and_what_was_wished():
    html, kinds = scored.counts_html(ROWS), Counter(row["kind"] for row in ROWS)
    assert sum(map(int, re.findall(r'<td class="text-end">(\d+)</td>', html))) == len(ROWS) == 35
    assert f"these {kinds['answered'] + kinds['partly']} questions" in html
    assert re.search(r"questions are ([^.]*)\.", html)[1] == "12 yes, 3 mixed, 1 tie, 1 no"
    more = [*ROWS, {**NAMED[5], "id": 36.0}, {**NAMED[10], "id": 37.0}]
    assert "questions are 12 yes, 3 mixed, 1 tie, 1 no." in scored.counts_html(more)


def test_articles_are_counted_and_not_ranked():
    html = scored.articles_html(ROWS, ARTICLES)
    assert [int(n) for n in re.findall(r'<td class="text-end">(\d+)</td>', html)][::2] == [11, 8, 8, 7, 1]
    assert "<b>" not in html and not re.search(r"\byes\b", html)


def test_the_chance_that_luck_alone_parts_two_articles_agrees_with_throws():
    rng = np.random.default_rng(0)
    shares = rng.binomial(4, 0.5, 100_000) / 4, rng.binomial(6, 0.5, 100_000) / 6
    assert scored.by_luck(4, 6) == pytest.approx(np.mean(np.abs(shares[0] - shares[1]) >= 0.25 - 1e-9), abs=0.005)


def test_the_readers_question_needs_no_script():
    html = scored.wordings_html(ROWS, WORDINGS, ARTICLES, TITLES)
    assert "<script" not in html and html.count("<textarea") == 4 and html.count("<details") == len(WORDINGS)
    for place in re.findall(r'<textarea id="([\w-]+)"', html):
        assert f'<label for="{place}">' in html
    for word in WORDINGS:
        assert scored.answer(word) in html


def test_the_figure_of_the_page_shows_the_ratios_that_its_text_names():
    spec = str(front.faster_since().spec)
    shown = [float(x) for x in re.findall(r"'ratio': ([\d.]+)", spec)]
    assert shown[:9] == pytest.approx(ratios(), rel=1e-6)  # once for each layer of words
    at = dict(zip(product(front.BREAKS, front.FIRST_MODELS), ratios(), strict=True))
    assert at["after o1-mini", "Claude 3 Opus, 2024"] < 1 and "the index has slowed down" in PAGE
    assert round(at["before o1-preview", "GPT-4, 2023"]) == 6 and "six times as fast" in PAGE
    assert sum(ratio < 1 for ratio in ratios()) == 5 and "five make it slower and four faster" in PAGE
    opens = {param["name"]: param["value"] for param in front.faster_since().spec["params"]}
    assert ratios()[3 * opens["cut"] + opens["start"]] == np.median(ratios()) and "opens on the middle one" in PAGE


def test_a_day_is_written_as_people_write_it():
    assert [scored.day(text) for text in ("2025-04-16", "2026-06", "")] == ["16 April 2025", "June 2026", ""]


def test_chapter_16_gives_the_counts_of_the_page_and_its_wordings():
    cells = json.loads((ROOT / "chapters" / "16-is-there-a-wall.ipynb").read_text("utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    section = text[text.index("(sec-is-there-a-wall-scored)=") : text.index("(sec-is-there-a-wall-wrong)=")]
    kinds = Counter(row["kind"] for row in ROWS)
    counts = re.search(r"questions are ([^.]*)\.", scored.counts_html(ROWS))[1]
    assert f"takes {len(ROWS)} statements" in section and "<../reference/scored>" in section
    assert f"For {kinds['answered'] + kinds['partly']} of them a question has its answer: {counts}." in section
    assert f"{kinds['not testable']} statements have no question" in section
    assert f"{kinds['a wish']} are wishes, and {kinds['open']} are open" in section
    assert kinds["already true"] == 2 and "Two of our own questions" in section
    wall = [word["evidence"] for word in WORDINGS if NAMED[word["statement"]]["quote"] == "There is no wall."]
    assert all(number in section and number in " ".join(wall) for number in ("76.8 %", "73.3 %"))
    assert "five days" in section and "Five days later" in " ".join(wall)
