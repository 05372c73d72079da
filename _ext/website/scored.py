"""The articles scored: each statement that looks ahead, with the question that time was asked and the answer.

Everything is a fold of plain HTML: nothing here needs a script or a kernel. Counts are made from the table.
"""

from collections import Counter
from datetime import date
from html import escape
from itertools import product
from math import comb

from sphinx.util.docutils import SphinxDirective

from scalinglaws.check import one_of
from website.tables import counted, depends, link, raw, table_html

KINDS = {
    "answered": "a question asks what the sentence says, and has its answer",
    "partly": "a question asks a part of it, or its answer is not plain",
    "already true": "the answer was there when the sentence was written",
    "open": "the time is not over",
    "a wish": "the sentence says what is wanted",
    "not testable": "no question that time could answer",
}
SEEN = ("answered", "partly")  # the kinds whose questions have answers that count


class Scored(SphinxDirective):
    """`{scored} kind`: the statements of a kind; `{scored} wordings`, `{scored} counts`, `{scored} articles`."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        """Return the folds or the tables."""
        from scalinglaws.course.claims import claims
        from scalinglaws.data import load

        depends(self.env, "scalinglaws.course", "scalinglaws.data")
        what = one_of("scored", self.arguments[0], (*KINDS, "wordings", "counts", "articles"))
        rows, articles = list(load("statements")), {row["id"]: row for row in load("articles")}
        if what == "counts":
            return [raw(counts_html(rows))]
        if what == "articles":
            return [raw(articles_html(rows, articles))]
        titles = {row["key"]: row for row in load("sources")}
        if what == "wordings":
            return [raw(wordings_html(rows, list(load("wordings")), articles, titles))]
        kept = [row for row in rows if row["kind"] == what]
        asked = {row["statement"] for row in load("wordings")}
        return [raw(statements_html(kept, articles, titles, asked, self.ledger(claims())))]

    def ledger(self, claims):
        """Return a function that makes the link of a claim in the ledger, or nothing where it is not there yet."""
        page = self.env.app.builder.get_relative_uri(self.env.docname, "reference/claims")
        return lambda number: f'<a href="{page}#ledger-{number:.0f}">claim {number:.0f}</a>' if number in claims else ""


def statements_html(rows, articles, titles, asked, ledger):
    """Return a fold for each statement: its words, the question and the answer; inside the rule and what it leaves open.

    `asked` are the statements with other wordings, `ledger` makes the link of a claim.
    """
    html = ""
    for row in rows:
        number = f"{row['id']:.0f}"
        facts = {
            "By": day(row["by"]),
            "Rule": escape(row["rule"]),
            "Answer": answer(row),
            "But" if row["question"] else "Why": escape(row["why"]),
            "Sources": places(row["source"], titles) if row["question"] else "",
            "Said": origin(row, articles),
            "Ledger": ledger(row["claim"]),
            "Also": f'<a href="#ask-{number}">asked in other words</a>' if row["id"] in asked else "",
        }
        lines = "".join(f"<dt>{name}</dt><dd>{words}</dd>" for name, words in facts.items() if words)
        question = f"<br>{escape(row['question'])} <b>{row['outcome'].capitalize()}.</b>" if row["question"] else ""
        html += (
            f'<details class="numbers-fold" id="statement-{number}"><summary><b>\u201c{escape(row["quote"])}\u201d</b>{question}'
            f'</summary><dl class="table-facts">{lines}</dl></details>'
        )
    return f'<div class="scored">{html}</div>'


def wordings_html(rows, wordings, articles, titles):
    """Return, for each statement with several wordings, its words, a place to write one's own, and a fold for each of ours."""
    named, html = {row["id"]: row for row in rows}, ""
    for number in dict.fromkeys(word["statement"] for word in wordings):
        row = named[number]
        folds = "".join(
            f'<details class="numbers-fold"><summary>{escape(word["question"])}</summary>'
            f"<p>{answer(word)} <small>{places(word['source'], titles)}</small></p></details>"
            for word in wordings
            if word["statement"] == number
        )
        html += (
            f'<div class="claim-check" id="ask-{number:.0f}"><p class="claim-head">Write your question first</p>'
            f'<blockquote class="claim-quote">\u201c{escape(row["quote"])}\u201d</blockquote>'
            f'<p class="claim-origin">{origin(row, articles)}</p>'
            f'<p><label for="own-{number:.0f}">Your question, with a threshold, a source and a date. It stays on this page.'
            f'</label><textarea id="own-{number:.0f}" rows="3" autocomplete="off"></textarea></p>'
            f"<p>Now ours. Say yes or no before you open one.</p>{folds}</div>"
        )
    return f'<div class="scored">{html}</div>'


def counts_html(rows):
    """Return a sentence with the counts, and a table of kinds and of answers."""
    kinds = Counter(row["kind"] for row in rows)
    seen = Counter(row["outcome"] for row in rows if row["kind"] in SEEN)
    named = ", ".join(f"{n} {name.removeprefix('a ')}" for name, n in seen.most_common())
    named_kinds = {name: "Answered in part" if name == "partly" else name.capitalize() for name in KINDS}
    table = [["", named_kinds[name], escape(means), str(kinds[name])] for name, means in KINDS.items()]
    return (
        f"<p>We found {counted(len(rows), 'statement')} that look ahead or can be read so. For "
        f"{kinds['answered']} a question asks what the sentence says, for {kinds['partly']} more it asks a part. The answers "
        f"to these {sum(seen.values())} questions are {named}. What was already true is not among them, nor is a wish. That so "
        "many are yes says first of all how we ask.</p>"
        + table_html(["Kind", "What it means", "Statements"], table, numbers={2})
    )


def articles_html(rows, articles):
    """Return how many statements and questions each article has, and why that makes no ranking."""
    asked, table = [], []
    for name, article in articles.items():
        held = [row for row in rows if row["article"] == name]
        asked.append(sum(row["kind"] in SEEN for row in held))
        what = link(article["title"], article["url"])
        table.append(["", what, escape(article["note"]), str(len(held)), str(asked[-1])])
    few, many = sorted(asked)[
        -3::2
    ]  # of the three articles with most questions, the one with fewest and the one with most
    return (
        table_html(["Article", "What and when", "Statements", "Questions with an answer"], table, numbers={2, 3})
        + f"<p>Here is a reason in numbers. Take two articles that are right equally often, half of the time, one with {few} "
        f"questions and one with {many}. By luck alone their shares differ by a quarter or more in "
        f"{100 * by_luck(few, many):.0f} % of cases.</p>"
    )


def by_luck(n, m, apart=0.25):
    """Return the chance that the shares of heads in n and in m throws differ by `apart` or more.

    >>> by_luck(1, 1)
    0.5
    """
    cases = product(range(n + 1), range(m + 1))
    return sum(comb(n, i) * comb(m, j) for i, j in cases if abs(i / n - j / m) >= apart) / 2 ** (n + m)


def answer(row):
    """Return the answer to a question, its date and what was seen."""
    if not row["outcome"]:
        return ""
    when = f", {day(row['date'])}" if row["outcome"] != "open" else f" on {day(row['date'])}"
    return f"<b>{row['outcome'].capitalize()}</b>{when}. {escape(row['evidence'])}"


def origin(row, articles):
    """Return who says it, and in which article."""
    article = articles[row["article"]]
    name = article["publisher"] or "the essay"
    if row["who"] == "the author" and not article["publisher"]:
        return "from the essay of late 2024"
    return f"{escape(row['who'])}, in {link(name, article['url'])}"


def day(text):
    """Return a date as people write it: 2025-04-16 is 16 April 2025, 2026-06 is June 2026."""
    if not text:
        return ""
    year, month, number = (int(part) for part in (*text.split("-"), "0")[:3])
    return f"{number or ''} {date(year, month, 1):%B} {year}".strip()


def places(keys, titles):
    """Return the sources, as links where they have an address; what they were read in stands on the page of numbers."""
    rows = [titles[key] for key in keys.split(";")]
    return "; ".join(link(row["title"].partition(" (")[0], row["url"]) for row in rows)


def setup(app):
    """Add the directive."""
    app.add_directive("scored", Scored)
