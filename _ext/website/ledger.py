"""The ledger of claims: which statements of the articles the course has taken up, and what came of each.

It is a plain table. Where scripts run, `tables.js` adds what sorts it and picks one article, and on a phone, where each row
is a card, folds the verdicts away.
"""

import re
from html import escape

from sphinx.util.docutils import SphinxDirective

from website.tables import depends, link, raw, table_html

COLUMNS = (
    "Claim",
    "The article\u2019s words, and the reading that is tested",
    "Article",
    "Chapter",
    "Verdict",
    "How sure",
)
ORDER = {"high": 1, "medium": 2, "low": 3}  # of the word with which "how sure" begins


class ClaimsLedger(SphinxDirective):
    """`{claims-ledger} articles`: how many statements of each article are held; `{claims-ledger} claims`: all of them."""

    required_arguments = 1

    def run(self):
        """Return the table."""
        from scalinglaws.course.claims import claims
        from scalinglaws.data import load

        depends(self.env, "scalinglaws.course", "scalinglaws.data")
        ledger, articles = list(claims().values()), list(load("articles"))
        if self.arguments[0] == "articles":
            return [raw(articles_html(ledger, articles))]
        return [raw(ledger_html(ledger, articles, self.chapter))]

    def chapter(self, claim):
        """Return where a claim is tested: a link to its box, as soon as the chapter exists."""
        number = int(claim.chapter.partition("-")[0])
        page = f"chapters/{claim.chapter}"
        if page not in self.env.found_docs:
            return f"Chapter {number}"
        address = self.env.app.builder.get_relative_uri(self.env.docname, page)
        place = "" if claim.not_computable else f"#claim-{claim.id}"
        return f'<a href="{address}{place}">Chapter {number}</a>'


def publisher(article):
    """Return the name under which an article is picked: who published it, or what it is."""
    name = article["publisher"] or "an essay"
    return name[0].upper() + name[1:]


def articles_html(ledger, articles):
    """Return a sentence that says how many statements are held of how many, and a table of the articles."""
    rows, found = [], sum(int(article["statements"]) for article in articles)
    for article in articles:
        held = sum(claim.article == article["id"] for claim in ledger)
        what = link(article["title"], article["url"])
        what += f"<br><small>{escape(article['author'] or article['note'])}</small>"
        rows.append(
            [f"article-{article['id']}", escape(publisher(article)), what, str(held), f"{article['statements']:.0f}"]
        )
    without = sum(bool(claim.not_computable) for claim in ledger)
    aside = f" For {without} of them nothing can be computed; the reason stands with the verdict." if without else ""
    sentence = (
        f"<p>We found {found} statements in the five articles that the course could test or should answer. "
        f"<b>{len(ledger)} of the {found} are taken up so far</b>; the others come with their chapters.{aside}</p>"
    )
    return sentence + table_html(["Published by", "Article", "Taken up", "Found"], rows, numbers={2, 3})


def ledger_html(ledger, articles, chapter):
    """Return the table of claims; `chapter` makes the link of a claim."""
    named = {article["id"]: article for article in articles}
    head = "".join(f'<th scope="col">{title}</th>' for title in COLUMNS)
    body = ""
    for claim in ledger:
        article = named[claim.article]
        says = f'<p class="claim-says">{escape(claim.says)}</p>' if claim.says else ""
        who = f"<br><small>quoting {escape(claim.who)}</small>" if claim.who else ""
        verdict = escape(claim.verdict)
        if claim.not_computable:
            verdict += f" <em>Not computed:</em> {escape(claim.not_computable)}"
        cells = [
            (claim.id, f'<a class="row-address" href="#ledger-{claim.id}" title="Link to this row">{claim.id}</a>'),
            (claim.quote, f"{claim.quote_html()}{says}"),
            (publisher(article), link(publisher(article), article["url"]) + who),
            (int(claim.chapter.partition("-")[0]), chapter(claim)),
            ("", verdict),
            (sureness(claim.confidence), escape(claim.confidence) or "\u2013"),
        ]
        body += f'<tr id="ledger-{claim.id}">' + "".join(
            f'<td data-label="{title.partition(",")[0]}" data-sort="{escape(str(key))}">{cell}</td>'
            for title, (key, cell) in zip(COLUMNS, cells, strict=True)
        )
        body += "</tr>"
    return f'<table class="table data-table ledger"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def sureness(confidence):
    """Return the place of a confidence among high, medium, low and none said, for sorting."""
    first = re.match(r"\w*", confidence)[0].lower()
    return ORDER.get(first, 4)


def setup(app):
    """Add the directive."""
    app.add_directive("claims-ledger", ClaimsLedger)
