"""The ledger is complete: every statement that was found in the five articles, and every sentence noted, has its place."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from scalinglaws.course import claims
from scalinglaws.course.claims import OUTCOMES
from scalinglaws.data import load

ROOT = Path(__file__).resolve().parent.parent

# Statements that name a figure or a date: number and article.
FIGURES = {
    "S0": [1, 2, 3, 4, 5, 6, 7, 8, 9, 29],
    "S1": [10, 12, 20, 21, 22],
    "S2": [11, 23, 24, 25, 26, 27],
    "S3": [13, 14, 15, 16, 17, 18, 19, 28],
    "S4": [30, 31, 32],
}

# Smaller statements of fact: article, what is stated, and the claim that takes it up.
FACTS = [
    ("S4", "roots in PAC learning and the VC dimension", 120),
    ("S3", "AlphaGo beat the champion in 2016", 194),
    ("S3", "AlphaGo Zero and AlphaZero used no human games", 104),
    ("S3", "Nemotron is aimed at alignment", 193),
    ("S3", "all readily available sources are in use", 101),
    ("S3", "synthetic data does not add volume", 102),
    ("S3", "poor at learning new skills", 186),
    ("S3", "the makers stopped competing on clock speed", 173),
    ("S1", "chiplets rather than smaller transistors", 161),
    ("S1", "o1 as a new way to scale intelligence", 227),
    ("S2", "test-time compute hardly explored with networks", 221),
    ("S4", "mixtures of experts use fewer parameters", 140),
    ("S4", "more data often helps more than a larger model", 30),
    ("S4", "the study of 2022 stresses quality and diversity", 192),
    ("S3", "three axes in tandem, known to be optimal", 212),
    ("S2", "scaling laws drove the last five years", 154),
    ("S2", "a paper of MIT on test-time compute", 223),
    ("S2", "models converge at one ceiling", 152),
    ("S1", "there is no wall", 251),
    ("S1", "costs rise exponentially and reduce returns", 153),
    ("S0", "a significant part of the data online is used", 103),
    ("S0", "much new data every year", 103),
]

# How each sentence that was noted in an article begins, or the part of it that was noted.
SENTENCES = """
S0 The scaling law
S0 increase in compute here
S0 if we make the
S0 the new accuracy will be 84%
S0 the scaling law doesn’t
S0 Nvidia's latest GPUs (Blackwell)
S0 Current SoTA models (e.g
S0 100,000+ Nvidia H100/B100 GPUs
S0 it will allow us
S0 have indeed been slightly
S0 As benchmarks are saturated
S0 predicts that the number
S0 Critics have predicted its
S0 The number of people
S1 which predicted that the
S2 Even Moore’s Law, another
S1 beginning somewhere between 2005
S3 The trendline itself contains
S3 This is especially so
S3 Two famous examples are
S3 simply decided to stop
S3 YouTube has a remarkable
S3 we end up with
S3 which is likely to
S3 the 15 trillion tokens that
S3 we may have a
S3 the industry is seeing
S3 capability is no longer
S1 In five years, you’ll
S1 so let’s just say
S1 GPT-4 achieved 60% accuracy
S1 ChatGPT alone substantially outperformed
S2 Ultimately, the AI performed
S2 Over a period of
S2 at least 10 to
S2 Elon Musk recently finished
S2 exponential growth is not
S3 Careful data cleaning and
S0 The U.S. Bureau of
S0 What all those predictions
S4 A landmark study by
S4 increasing data often yields
S4 these gains can plateau
S4 As models surpass certain
S3 Emergence is not governed
S3 Companies are already using
S3 we don't think developers
S3 it's unlikely that mindless
S0 we’re consuming a significant
S0 we’re generating a significant
S3 the latter two did
S3 They used a ton
S3 We should expect domains
S4 the number of examples
S0 When one S-curve plateaus
S0 progress is characterized by
S3 Scaling laws only quantify
S3 are they capable of
S3 On benchmarks designed to
S3 There’s always more training
S3 dataset size, model size
S3 which might invoke LLMs
S2 When you’ve read a
S2 scaling laws are not
S2 AI models currently seem
S2 We’re now in the
S2 The technique hasn’t been
S2 It could mean that
S2 the demand for AI
S2 Either the LLM has
S1 the costs of getting
S1 rather than the scaling
S1 There is no wall
S1 The models are going
S1 can you believe we
S1 hybrid AI architecture designs
S1 quantum computing holds promise
S1 will soon significantly expand
S1 models could evolve into
S0 Workflow automation (i.e. UI
S0 LLMs can plan but
S0 This is an open
S0 we don’t want to
S0 we also need to
S0 smaller more efficient models
S4 Architectures like mixture-of-experts allow
S4 researchers can achieve impressive
S4 Structuring the learning process
S4 This approach reduces dependency
S4 Some language models have
S4 What are the limits
S3 we think there’s virtually
S0 Software moves much faster
S2 it is very hard
S2 The methodology around post-training
S3 Every traditional machine learning
S3 But what will happen
S3 building bigger models does
S3 The seeming predictability of
S2 requires far more computing
S2 If finding the answer
S2 don’t necessarily need exponentially
S1 existing LLMs are already
S0 but also open a
S0 we humans hallucinate but
S0 supported by robust roadmaps
S3 comes down to the
S4 How will advances in
S3 AlphaGo, which beat the
S3 Nvidia's recent Nemotron 340B
S4 It emphasizes the importance
S2 can largely be attributed
S2 showing that test-time compute
S4 The ability to perform
S4 Techniques like masked language
S0 very related to hierarchical planning
S0 Video & Audio: Movies
S0 This has spurred innovation
S0 Chain of Thought -
S4 posing both economic and
"""
SHARED = {"the 15 trillion tokens that": {16, 17}, "very related to hierarchical planning": {234, 236}}  # one sentence

THESES = {"S0": 174, "S1": 255, "S2": 155, "S3": 252, "S4": 131}  # what each article is about


def sentences(claim):
    return (claim.quote, *claim.also)


def noted():
    return [line.split(" ", 1) for line in SENTENCES.strip().splitlines()]


def missing(ledger):
    """Yield what was found in the articles and has no place in a ledger."""
    for article, numbers in FIGURES.items():
        yield from (f"claim {n}" for n in numbers if n not in ledger or ledger[n].article != article)
    for article, fact, number in [*FACTS, *((a, "what it is about", n) for a, n in THESES.items())]:
        if number not in ledger or ledger[number].article != article:
            yield f"{article}: {fact}"
    for article, words in noted():
        holders = {c.id for c in ledger.values() if c.article == article for s in sentences(c) if words in s}
        if holders != SHARED.get(words, holders) or (words not in SHARED and len(holders) != 1):
            yield f"{article}: {words} ..., in {sorted(holders)}"


def test_every_statement_and_every_sentence_noted_stands_in_the_ledger_once():
    assert list(missing(claims())) == []


@pytest.mark.parametrize("number", claims())
def test_a_claim_that_is_removed_is_missed(number):
    assert list(missing({n: claim for n, claim in claims().items() if n != number}))


def test_no_sentence_stands_twice():
    count = Counter((claim.article, sentence) for claim in claims().values() for sentence in sentences(claim))
    assert [key for key, n in count.items() if n > 1] == []


def test_all_statements_of_an_article_are_taken_up():
    held = Counter(claim.article for claim in claims().values())
    assert {row["id"]: row["statements"] for row in load("articles")} == held


@pytest.mark.parametrize("claim", claims().values(), ids=lambda claim: str(claim.id))
def test_a_verdict_in_a_word_is_one_of_those_explained(claim):
    assert claim.outcome in OUTCOMES
    assert (claim.outcome == "not computed") == bool(claim.not_computable)


@pytest.mark.parametrize("claim", [c for c in claims().values() if c.section], ids=lambda claim: str(claim.id))
def test_a_claim_without_a_box_leads_to_a_place_in_its_chapter_that_has_its_numbers(claim):
    cells = json.loads((ROOT / f"chapters/{claim.chapter}.ipynb").read_text("utf-8"))["cells"]
    chapter = "\n".join("".join(cell["source"]) + json.dumps(cell.get("outputs", [])) for cell in cells)
    assert f"({claim.section})=" in chapter or f'id=\\"{claim.section}\\"' in chapter
    for item in claim.numbers:
        assert re.search(rf"(?<![\d.]){re.escape(item.value)}(?![\d]|\.\d)", chapter), item.name
        assert item.value in claim.verdict, item.name


def test_lengths_of_context_in_the_ledger_are_those_of_the_table():
    contexts = load("context_windows")
    by_day = {row["date"]: row["context_tokens"] for row in contexts}
    verdict = claims()[234].verdict
    assert min(contexts["context_tokens"]) == by_day["2018-06-01"] == 512 and "512 tokens in 2018" in verdict
    assert by_day["2024-05-14"] == 2e6 and "two million, as announced, in May 2024" in verdict
    assert max(contexts["context_tokens"]) == by_day["2025-04-05"] == 1e7 and "ten million were claimed once" in verdict
    assert (by_day["2026-04-24"], by_day["2026-04-16"]) == (1e6, 200_000) and "of two models of April 2026" in verdict


def test_the_ledger_judges_agents_beside_the_longest_horizon_and_gpqa_beside_the_makers_own_run():
    horizons, tests = load("time_horizons"), load("benchmarks")
    then = horizons["p50_minutes"][horizons["date"] <= "2024-11-30"].max()
    newest = next(row for row in horizons if row["p50_minutes"] == 342)
    low, high = (newest[name] / then for name in ("low_minutes", "high_minutes"))
    assert f"17 times ({low:.0f} to {high:.0f} by the interval of the later one)" in claims()[231].verdict
    assert f"is {horizons['p50_minutes'].max():.0f} (claim 251)" in claims()[231].verdict
    own = tests["score_pct"][(tests["benchmark"] == "GPQA Diamond (maker)") & (tests["date"] < "2024-11-30")].max()
    assert f"62 % ({own:.0f} for o1-preview by its maker's own run)" in claims()[152].verdict
