"""The register of forecasts: one line for each in a table, then a card for each with its rule, its source and its picture."""

import datetime
import math
import re
from html import escape

from sphinx.util.docutils import SphinxDirective

from website.tables import depends, link, number_html, raw, table_html

WORDS = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
COUNTED = {
    "tokens",
    "USD",
    "H100 equivalents",
    "transistors",
    "FLOP/s per USD",
}  # units of which people say so many billion
BARS = 230, 46  # units of the picture: width inside, height
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
SCORES = {
    "factors of ten": "CRPS, in factors of ten",
    "points": "CRPS, in points",
    "squared error": "Brier: squared distance from 1 or 0",
}


class ForecastRegister(SphinxDirective):
    """`{forecast-register} table` or `cards`: the registered forecasts."""

    required_arguments = 1

    def run(self):
        """Return all of them."""
        from scalinglaws.data import load

        depends(self.env, "scalinglaws.data")
        rows = list(load("forecasts"))
        if self.arguments[0] == "table":
            return [raw(overview_html(rows))]
        return [raw("".join(card_html(row, self.chapter(row["chapter"]), alike(row, rows)) for row in rows))]

    def chapter(self, name):
        """Return a link to the chapter that a forecast comes from."""
        page = f"chapters/{name}"
        address = self.env.app.builder.get_relative_uri(self.env.docname, page)
        return link(f"Chapter {int(name.partition('-')[0])}", address if page in self.env.found_docs else "")


def value_html(value, unit):
    """Return a value of a forecast as people say it, without its unit: 3.2 × 10²⁷, 113 trillion, 188.7."""
    if unit in COUNTED:
        for size, word in WORDS:
            if value >= size:
                return f"{float(f'{value / size:.3g}'):,.6g}\u00a0{word}"
    return number_html(value).replace(" ", "\u00a0") if value >= 1e6 else f"{value:,.6g}"


def words_html(words):
    """Return the words of a row with its powers of ten written out, and what must stay on one line."""
    words = re.sub(r"\b(\d+)e(\d+)\b", "\\1\u00a0×\u00a010<sup>\\2</sup>", escape(words, quote=False))
    return re.sub(r"(\d) (%|FLOP|hours|dollars)", "\\1\u00a0\\2", words)


def said_html(row, start=""):
    """Return a distribution in words: median, half of the weight, nine tenths; or the probability of yes."""
    if row["scored_in"] == "squared error":
        return f"<b>{row[start + 'probability']:.2f}</b> for yes"
    low, quarter, middle, rest, high = (
        value_html(row[start + name], row["unit"]) for name in ("q05", "q25", "q50", "q75", "q95")
    )
    unit = escape(row["unit"])
    return f"<b>{middle}</b> {unit}; half from {quarter} to {rest}; 90 % from {low} to {high}"


def overview_html(rows):
    """Return a table with a line for each forecast, each a link to its card."""
    lines = []
    for row in rows:
        if row["scored_in"] == "squared error":
            said = f"{row['probability']:.2f} for yes"
        else:
            low, middle, high = (value_html(row[name], row["unit"]) for name in ("q05", "q50", "q95"))
            low = "no new record" if row["q05"] == row["naive_q05"] else low  # where both end at it
            said = f"{middle} ({low} to {high}) {escape(row['unit'])}"
        lines.append(["", f'<a href="#forecast-{row["id"]}">{words_html(row["question"])}</a>', said])
    return table_html(["Question", "Forecast (90 %), or the probability of yes"], lines)


def alike(row, rows):
    """Return the rows that ask for the same quantity at another date, itself among them: their pictures share a scale."""
    return [other for other in rows if other["id"].rpartition("-")[0] == row["id"].rpartition("-")[0]]


def picture(row, rows=()):
    """Return the two distributions as bars: 90 % thin, half thick, the median a stroke; the naive one below.

    The scale reaches from the lowest to the highest end of `rows`, which are written below it.
    """
    scale = math.log10 if row["scored_in"] == "factors of ten" else float
    kinds = [[scale(row[start + name]) for name in ("q05", "q25", "q50", "q75", "q95")] for start in ("", "naive_")]
    if row["scored_in"] == "squared error":
        return ""
    ends = [other[start + name] for other in rows or [row] for start in ("", "naive_") for name in ("q05", "q95")]
    low, high = scale(min(ends)), scale(max(ends))
    width, height = BARS
    bars = ""
    for kind, (name, at) in zip(kinds, (("own", 9), ("naive", 25)), strict=True):
        x = [5 + (q - low) / (high - low) * width for q in kind]
        bars += f'<g class="{name}"><path class="most" d="M{x[0]:.1f} {at}H{x[4]:.1f}"/>'
        bars += f'<path class="half" d="M{x[1]:.1f} {at}H{x[3]:.1f}"/>'
        bars += f'<path class="middle" d="M{x[2]:.1f} {at - 7}v14"/></g>'
    for at, anchor, end in ((5, "start", min(ends)), (5 + width, "end", max(ends))):
        words = value_html(end, row["unit"])
        power = re.sub(r"<sup>(\d+)</sup>", lambda found: found[1].translate(RAISED), words)
        bars += (
            f'<text x="{at}" y="{height - 3}" font-size="8" fill="currentColor" text-anchor="{anchor}">{power}</text>'
        )
    return (
        f'<svg class="forecast-bars" viewBox="0 0 {width + 10} {height}" role="img" aria-label="Two bars on one scale, '
        f'{"logarithmic" if scale is math.log10 else "linear"}: the forecast above, the naive one below.">{bars}</svg>'
    )


def day(iso):
    """Return a date as people write it: 30 June 2028."""
    date = datetime.date.fromisoformat(iso)
    return f"{date.day}\u00a0{date:%B}\u00a0{date.year}"


def card_html(row, chapter, rows=()):
    """Return the card of one forecast; `chapter` is a link, `rows` are those whose pictures share its scale."""
    words, _, address = row["decides"].rpartition(", ")
    facts = {
        "Decided by": link(words, address) if address.startswith("https://") else escape(row["decides"]),
        "Rule": words_html(row["rule"]),
        "Void if": words_html(row["void"]),
        "Read on": f"{day(row['due'])}; asks about {day(row['until'])}; registered {day(row['recorded'])}",
        "Scored by": SCORES[row["scored_in"]],
        "Made by": f"<code>{escape(row['made_by'])}</code>, {chapter}",
        "Note": words_html(row["note"]),
    }
    lines = "".join(f"<dt>{term}</dt><dd>{words}</dd>" for term, words in facts.items() if words)
    name, own, rival = (
        escape(row["id"]),
        said_html(row),
        said_html(row, "naive_").replace("<b>", "").replace("</b>", ""),
    )
    return (
        f'<section class="forecast-card" id="forecast-{name}"><p class="forecast-question">{words_html(row["question"])}</p>'
        f'<p class="forecast-id"><a href="#forecast-{name}"><code>{name}</code></a></p>{picture(row, rows)}'
        f'<p class="forecast-own"><span>Forecast:</span> {own}</p>'
        f'<p class="forecast-naive"><span>Naive, {escape(row["naive"])}:</span> {rival}</p>'
        f"<details><summary>Rule, source, and how it was made</summary>"
        f'<dl class="table-facts">{lines}</dl></details></section>'
    )


def setup(app):
    """Add the directive."""
    app.add_directive("forecast-register", ForecastRegister)
