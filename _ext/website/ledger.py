"""The ledger of claims: every statement of the articles that was found, what came of each, and what the words mean.

It is a plain table with a part for each chapter, whose rows look like cards. Where scripts run, `tables.js` adds what
sorts it and picks articles or verdicts, and folds away what follows the verdict in a word.
"""

import json
import re
from collections import Counter, defaultdict
from html import escape
from pathlib import Path

from sphinx.util.docutils import SphinxDirective

from scalinglaws.check import one_of
from website.tables import counted, depends, link, raw, table_html

COLUMNS = (
    "Claim",
    "The article\u2019s words, and the reading that is tested",
    "Article",
    "Chapter",
    "Verdict",
    "How sure",
)
ORDER = {"high": 1, "medium": 2, "fair": 2, "low": 3}  # of the word with which "how sure" begins


class ClaimsLedger(SphinxDirective):
    """`{claims-ledger} articles`: how many claims of each; `words`: what a verdict in a word means; `claims`: all of them."""

    required_arguments = 1

    def run(self):
        """Return the table."""
        from scalinglaws.course.claims import OUTCOMES, claims
        from scalinglaws.data import load

        depends(self.env, "scalinglaws.course", "scalinglaws.data")
        what = one_of("claims-ledger", self.arguments[0], ("articles", "words", "claims"))
        ledger, articles = list(claims().values()), list(load("articles"))
        if what == "articles":
            return [raw(articles_html(ledger, articles))]
        if what == "words":
            return [raw(words_html(ledger, OUTCOMES))]
        titles = {claim.chapter: self.title(claim.chapter) for claim in ledger}
        return [raw(index_html(ledger, titles) + ledger_html(ledger, articles, self.chapter, titles))]

    def title(self, chapter):
        """Return the title of a chapter, with its number, from the first heading of its notebook."""
        path = Path(self.env.srcdir, "chapters", f"{chapter}.ipynb")
        text = "".join(json.loads(path.read_text("utf-8"))["cells"][0]["source"])
        return re.search(r"^# (.*)", text, re.M)[1]

    def chapter(self, claim):
        """Return where a claim is tested: a link to its box, or to the section that speaks of it."""
        number = int(claim.chapter.partition("-")[0])
        address = self.env.app.builder.get_relative_uri(self.env.docname, f"chapters/{claim.chapter}")
        place = f"claim-{claim.id}" if claim.has_box else claim.section
        return f'<a href="{address}{place and "#"}{place}">Chapter {number}</a>'


def publisher(article):
    """Return the name under which an article is picked: who published it, or what it is."""
    name = article["publisher"] or "an essay"
    return name[0].upper() + name[1:]


def articles_html(ledger, articles):
    """Return a sentence that says how many claims are held, and a table of the articles."""
    rows, quotes = [], sum(1 + len(claim.also) for claim in ledger)
    for article in articles:
        held = sum(claim.article == article["id"] for claim in ledger)
        what = link(article["title"], article["url"])
        what += f"<br><small>{escape(article['author'] or article['note'])}</small>"
        rows.append([f"article-{article['id']}", escape(publisher(article)), what, str(held)])
    without = sum(bool(claim.not_computable) for claim in ledger)
    sentence = (
        f"<p><b>{len(ledger)} claims</b> are in the ledger, with {quotes} sentences of the five articles. "
        f"For {without} of the claims nothing can be computed; the reason stands with the verdict.</p>"
    )
    return sentence + table_html(["Published by", "Article", "Claims"], rows, numbers={2})


def words_html(ledger, outcomes):
    """Return a table of the verdicts in a word: what each means and how many claims have it."""
    held = Counter(claim.outcome for claim in ledger)
    rows = [["", f"<b>{word.capitalize()}</b>", escape(means), str(held[word])] for word, means in outcomes.items()]
    return table_html(["Verdict", "What it means", "Claims"], rows, numbers={2})


def index_html(ledger, titles):
    """Return links to the parts of the ledger, one for each chapter, with the number of its claims."""
    held = Counter(claim.chapter for claim in ledger)
    items = "".join(
        f'<li><a href="#ledger-chapter-{int(chapter.partition("-")[0])}">{escape(titles[chapter])}</a> ({held[chapter]})</li>'
        for chapter in sorted(held)
    )
    return f'<ul class="ledger-index">{items}</ul>'


def ledger_html(ledger, articles, chapter, titles):
    """Return the table of claims, with a part for each chapter; `chapter` makes the link of a claim."""
    named, parts = {article["id"]: article for article in articles}, defaultdict(list)
    for claim in ledger:
        parts[claim.chapter].append(row_html(claim, named[claim.article], chapter(claim)))
    head = "".join(f'<th scope="col">{title}</th>' for title in COLUMNS)
    body = "".join(
        f'<tbody id="ledger-chapter-{int(name.partition("-")[0])}"><tr class="ledger-part"><th colspan="{len(COLUMNS)}" '
        f'scope="rowgroup">{escape(titles[name])} <small>{counted(len(rows), "claim")}</small></th></tr>{"".join(rows)}</tbody>'
        for name, rows in sorted(parts.items())
    )
    return f'<table class="table data-table ledger"><thead><tr>{head}</tr></thead>{body}</table>'


def row_html(claim, article, chapter):
    """Return the row of a claim; its cells know by what they are sorted."""
    from scalinglaws.course.claims import OUTCOMES

    who = f"<br><small>quoting {escape(claim.who)}</small>" if claim.who else ""
    verdict = f'<b class="claim-outcome">{claim.outcome.capitalize()}.</b> <span class="claim-verdict">{escape(claim.verdict)}'
    if claim.not_computable:
        verdict += f" <em>Why not computed:</em> {escape(claim.not_computable)}"
    address = f'<a class="row-address" href="#ledger-{claim.id}" title="Link to this row">{claim.id}</a>'
    cells = [
        (claim.id, address),
        (claim.quote, f'{claim.quote_html(further=True)}<p class="claim-says">{escape(claim.says)}</p>'),
        (publisher(article), link(publisher(article), article["url"]) + who),
        (int(claim.chapter.partition("-")[0]), chapter),
        (f"{list(OUTCOMES).index(claim.outcome)} {claim.outcome}", f"{verdict}</span>"),
        (sureness(claim.confidence), escape(claim.confidence)),
    ]
    return (
        f'<tr id="ledger-{claim.id}">'
        + "".join(
            f'<td data-label="{title.partition(",")[0]}" data-sort="{escape(str(key))}">{cell}</td>'
            for title, (key, cell) in zip(COLUMNS, cells, strict=True)
        )
        + "</tr>"
    )


def sureness(confidence):
    """Return the place of a confidence among high, medium, low and none said, for sorting."""
    first = re.match(r"\w*", confidence)[0].lower()
    return ORDER.get(first, 4)


def setup(app):
    """Add the directive."""
    app.add_directive("claims-ledger", ClaimsLedger)
