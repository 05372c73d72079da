"""The pages of reference: every row can be looked up, every claim has its row, and a phone does not scroll for ever."""

import json
import re
import sys
from dataclasses import replace
from html import escape
from pathlib import Path
from types import SimpleNamespace

import pytest

from scalinglaws.course import claims
from scalinglaws.course.claims import OUTCOMES
from scalinglaws.data import load, names

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "_ext")]

from website import ledger, notices, tables  # noqa: E402

ARTICLES = list(load("articles"))
TITLES = {claim.chapter: claim.chapter for claim in claims().values()}


def rows_of(html):
    return re.findall(r'<tr id="ledger-(\d+)">(.*?)</tr>', html, re.S)


def test_the_ledger_has_one_row_for_each_claim_with_what_sorts_it():
    rows = rows_of(ledger.ledger_html(claims().values(), ARTICLES, lambda claim: "there", TITLES))
    assert sorted(int(number) for number, _ in rows) == list(claims())
    for number, row in rows:
        claim = claims()[int(number)]
        assert all(escape(sentence) in row for sentence in (claim.quote, *claim.also))
        assert f'href="#ledger-{number}"' in row and f"{claim.outcome.capitalize()}.</b>" in row
        assert escape(claim.verdict) in row
        keys = re.findall(r'data-sort="([^"]*)"', row)
        assert keys[0] == number and keys[2] in {ledger.publisher(article) for article in ARTICLES}


def test_the_ledger_has_a_part_for_each_chapter_and_an_index_that_leads_to_them():
    html = ledger.ledger_html(claims().values(), ARTICLES, lambda claim: "there", TITLES)
    parts = re.findall(r'<tbody id="(ledger-chapter-\d+)">(.*?)</tbody>', html, re.S)
    index = ledger.index_html(claims().values(), TITLES)
    assert re.findall(r'href="#([^"]*)"', index) == [name for name, _ in parts] and len(parts) == len(TITLES)
    counts = [len(rows_of(part)) for _, part in parts]
    assert list(map(int, re.findall(r"\((\d+)\)", index))) == counts
    for (name, part), count in zip(parts, counts, strict=True):
        chapters = {int(claims()[int(number)].chapter[:2]) for number, _ in rows_of(part)}
        assert chapters == {int(name.rpartition("-")[2])} and tables.counted(count, "claim") in part


def test_a_claim_that_cannot_be_computed_says_why_in_the_ledger():
    claim = replace(claims()[2], numbers=(), not_computable="a < b has no unit")
    assert "a &lt; b has no unit" in ledger.ledger_html([claim], ARTICLES, lambda claim: "", TITLES)


def test_the_ledger_counts_what_it_holds():
    html = ledger.articles_html(list(claims().values()), ARTICLES)
    sentences = sum(1 + len(claim.also) for claim in claims().values())
    assert f"<b>{len(claims())} claims</b>" in html and f"{sentences} sentences" in html
    for article in ARTICLES:
        held = sum(claim.article == article["id"] for claim in claims().values())
        assert f'<td class="text-end">{held}</td>' in re.search(rf'id="article-{article["id"]}".*?</tr>', html)[0]


def test_every_verdict_in_a_word_is_explained_with_the_number_of_its_claims():
    html = ledger.words_html(list(claims().values()), OUTCOMES)
    assert sum(map(int, re.findall(r'text-end">(\d+)<', html))) == len(claims())
    assert all(escape(means) in html for means in OUTCOMES.values())


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("High for the arithmetic.", 1),
        ("Medium.", 2),
        ("Fair for the clock.", 2),
        ("Low: one model.", 3),
        ("It depends.", 4),
        ("", 4),
    ],
)
def test_how_sure_is_sorted_by_its_first_word(words, place):
    assert ledger.sureness(words) == place


def test_every_table_can_be_taken_away_and_each_of_its_rows_looked_up(tmp_path):
    app = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(name="html"))
    tables.write_data(app, None)
    folder = tmp_path / "_static" / "data"
    described = json.loads((folder / "datapackage.json").read_text("utf-8"))
    assert {folder / resource["path"] for resource in described["resources"]} == set(folder.glob("*.csv"))
    for name in names():
        assert len((folder / f"{name}.csv").read_text("utf-8").splitlines()) > len(load(name))
        told, html = json.loads(
            (folder / f"{name}.js").read_text("utf-8").removeprefix("bookRows(...").removesuffix(");\n")
        )
        assert told == name and html.count("<tr>") == len(load(name)) + 1  # the head
    assert not notices.unowned(tmp_path / "_static")


def test_a_row_shows_its_source_and_note_and_leads_to_the_page_of_the_source():
    speeds = load("airliners")
    html = tables.rows_html(speeds, {key: f"https://example.org/{key}" for key in speeds.sources})
    for row in speeds:
        assert escape(row["note"]) in html
        assert f'<a href="https://example.org/{row["source"].split(";")[0]}">' in html
    html = tables.rows_html(speeds, dict.fromkeys(speeds.sources, ""))
    assert f'href="#source-{speeds.sources[0].replace("_", "-")}"' in html


def test_constants_and_tables_lie_folded_so_that_the_page_stays_short():
    directive = SimpleNamespace(env=SimpleNamespace(docname="reference/numbers"))
    constants, listed = tables.NumbersTable.constants(directive), tables.NumbersTable.tables(directive)
    assert "<table" not in re.sub(r"<details.*?</details>", "", constants, flags=re.S)
    assert constants.count('<tr id="constant-') == len(load("constants"))
    assert listed.count("<details") == len(names()) and "<table" not in listed
    for name in names():
        assert f'href="../_static/data/{name}.csv" download' in listed and f'data-rows="{name}"' in listed
