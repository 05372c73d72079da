"""What the articles claim, and what comes out when it is computed.

The claims are data (`claims.toml`): the claim in our words, the numbers that the course computes for it, the verdict
and how sure it is. A chapter shows a claim with `check_claim`, which compares its own computation with the record.
A claim without a box of its own names the section of the chapter that its numbers stand in.
"""

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files

OUTCOMES = {
    "holds": "What is tested came out as the article says, for the time of which it speaks.",
    "in part": "A part of it holds, or it holds under one reading, measure or range and not under another.",
    "does not hold": "By what is known in mid 2026 it is not borne out, though it may have been a fair report when written.",
    "open": "What could be computed does not decide it, or its date has not come.",
    "a question": "The article asks and does not claim; the row says what can be answered.",
    "not computed": "Nothing in it can be computed; the row says why.",
}


@dataclass(frozen=True)
class Number:
    """One number that the course computes for a claim.

    Attributes
    ----------
    name : str
        Keyword under which a chapter gives it to `check_claim`.
    value : str
        As recorded, with as many digits as are claimed ("10.9").
    unit : str
        Empty for a plain number.
    means : str
        What it is, in words.
    """

    name: str
    value: str
    unit: str
    means: str

    def agrees(self, computed):
        """Return whether a computed value rounds to the recorded one, in its last digit."""
        mantissa, _, power = self.value.lower().partition("e")
        step = 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2]))
        return bool(abs(float(computed) - float(self.value)) <= 0.5 * step * (1 + 1e-9))


@dataclass(frozen=True)
class Claim:
    """A checkable claim of one of the articles.

    Attributes
    ----------
    id : int
        Number in the ledger.
    article : str
        Key in the table `articles`.
    says : str
        The claim in our own words: the reading that is tested.
    quote : str
        The article's own words, exact, at most 25; an omission is an ellipsis.
    verdict, confidence : str
        What the computation says of it, and how sure that is and why; empty if nothing can be computed.
    chapter : str
        File name of the chapter, without suffix.
    numbers : tuple of Number
        What is computed.
    who : str
        Whom the article quotes, if it quotes somebody.
    not_computable : str
        Why nothing can be computed for it; such a claim stands in the ledger alone.
    also : tuple of str
        Further sentences of the article, each quoted likewise, that say the same or belong to it.
    section : str
        Address of the section of the chapter that speaks of it, for a claim without a box.
    outcome : str
        The verdict in a word or two, a key of `OUTCOMES`.
    """

    id: int
    article: str
    says: str
    chapter: str
    numbers: tuple
    verdict: str = ""
    confidence: str = ""
    quote: str = ""
    who: str = ""
    not_computable: str = ""
    also: tuple = ()
    section: str = ""
    outcome: str = "not computed"

    @property
    def has_box(self):
        """Whether a box in the chapter shows its computation."""
        return not (self.not_computable or self.section)

    @property
    def _article(self):
        from scalinglaws.data import load

        articles = load("articles")
        return next(iter(articles.where(articles["id"] == self.article)))

    @property
    def origin(self):
        """Who says it and where: person, title, publisher and year of the article."""
        row = self._article
        year = "" if math.isnan(row["year"]) else f"{int(row['year'])}"
        place = ", ".join(part for part in (f"\u201c{row['title']}\u201d", row["publisher"], year) if part)
        return f"{self.who}, in {place}" if self.who else place

    @property
    def url(self):
        """Address of the article, or nothing where none is known."""
        return self._article["url"]

    def origin_html(self):
        """Return the origin, as a link where the article's address is known."""
        words = escape(self.origin)
        return f'<a href="{escape(self.url)}">{words}</a>' if self.url else words

    def quote_html(self, further=False):
        """Return the article's words between quotation marks; if `further`, with the sentences that belong to them."""
        quotes = [self.quote, *(self.also if further else ())]
        return "".join(f'<blockquote class="claim-quote">\u201c{escape(q)}\u201d</blockquote>' for q in quotes)


@cache
def claims():
    """Return all claims of the ledger by number, in order.

    >>> claims()[1].chapter
    '01-power-laws'
    """
    text = files("scalinglaws.course").joinpath("claims.toml").read_text("utf-8")
    records = tomllib.loads(text)["claim"]
    ledger = {}
    for record in records:
        numbers = tuple(Number(name, **fields) for name, fields in record.pop("numbers", {}).items())
        record["also"] = tuple(record.get("also", ()))
        if record["id"] in ledger:
            raise ValueError(f"claims.toml has claim {record['id']} twice")
        ledger[record["id"]] = Claim(numbers=numbers, **record)
    return dict(sorted(ledger.items()))


def check_claim(number, **computed):
    """Compare computed numbers, each under its name, with the record of a claim; return the box that shows both.

    A ValueError names a claim or a number that is missing or unknown, or a claim with nothing to compute, an
    AssertionError a number that does not round to the recorded one.

    >>> check_claim(102, share=100 * 1.9 / 6.3, factor=6.3 / 4.4, months=5.0)
    Claim 102: share = 30 %, factor = 1.43 times, months = 5 months
    """
    known = claims()
    if number not in known:
        raise ValueError(f"claim must be one of {', '.join(map(str, known))}, got {number!r}")
    claim = known[number]
    if claim.not_computable:
        raise ValueError(
            f"claim {number} has nothing to compute, it stands in the ledger alone: {claim.not_computable}"
        )
    names = {item.name for item in claim.numbers}
    if names != set(computed):
        raise ValueError(
            f"claim {number} needs the numbers {', '.join(sorted(names))}, got {', '.join(sorted(computed))}"
        )
    for item in claim.numbers:
        if not math.isfinite(computed[item.name]) or not item.agrees(computed[item.name]):
            raise AssertionError(
                f"claim {number} records {item.name} = {item.value}, the computation gives {computed[item.name]:.6g}"
            )
    return ClaimCheck(claim)


class ClaimCheck:
    """The box of one claim: what is said, what comes out, the verdict, how sure."""

    def __init__(self, claim):
        self.claim = claim

    def __repr__(self):
        return f"Claim {self.claim.id}: " + ", ".join(
            f"{n.name} = {n.value} {n.unit}".strip() for n in self.claim.numbers
        )

    def _repr_html_(self):
        claim = self.claim
        numbers = "".join(
            f'<tr><td>{escape(n.means)}</td><td class="number">{escape(n.value)}&nbsp;{escape(n.unit)}</td></tr>'
            for n in claim.numbers
        )
        return (
            f'<div class="claim-check" id="claim-{claim.id}"><p class="claim-head">Claim {claim.id}</p>'
            f'{claim.quote_html()}<p class="claim-origin">{claim.origin_html()}</p>'
            f'<p class="claim-says"><b>Tested here.</b> {escape(claim.says)}</p><table>{numbers}</table>'
            f"<p><b>Verdict.</b> {escape(claim.verdict)}</p><p><b>How sure.</b> {escape(claim.confidence)}</p></div>"
        )
