"""Lab 6's instruments: the date on which the text runs out, as twenty dots that follow five sliders, and what is known."""

from functools import cache

from scalinglaws.data import constant, load
from scalinglaws.laws.chance import LogNormal, factor
from scalinglaws.laws.text.repetition import effective
from scalinglaws.laws.text.stocks import exhaustion
from scalinglaws.show.controls import choice, log_slider, slider, switch, whole
from scalinglaws.show.dots import place
from scalinglaws.show.figures import COLORS, set_axes
from scalinglaws.show.panel import Panel, paper

N_DRAWS = 10_000
FIRST, LAST, PILE = 2024, 2045, 0.5  # the axis of years, and how many years a pile of dots covers


def dates(stock=5.1e14, share=0.2, passes=3.4, growth=2.37, synthetic=1.0, n_draws=N_DRAWS, seed=0):
    """Draw the date on which the largest training set reaches the stock, for five numbers one can argue about.

    Parameters
    ----------
    stock : float
        Median of the raw text, in tokens; its spread is the published one.
    share : float
        Median share that the quality filter leaves; its spread is the published one.
    passes : float
        Epochs over the usable text, 1 or more, worth what Muennighoff et al. measured; no spread.
    growth : float
        Median growth of training sets, times per year; its spread is the published one.
    synthetic : float
        What generated text multiplies the stock by; no spread.
    n_draws, seed : int
        As in `exhaustion`.

    Returns
    -------
    Exhaustion

    Examples
    --------
    >>> start = dates().quantile(0.5)
    >>> round(start, 1), round(dates(stock=5.1e15).quantile(0.5) - start, 1)
    (2029.1, 2.9)
    """
    table = load("stock_model")
    ends = {row["name"]: (row["low"], row["high"], row["interval_pct"] / 100) for row in table}
    stocks = {row["name"]: (row["low_tokens"], row["high_tokens"], 0.95) for row in load("text_stocks")}
    return exhaustion(
        n_draws,
        seed,
        stock=LogNormal(*stocks["indexed_web"], median=stock),
        usable_share=LogNormal(*ends["usable_share"], median=share),
        repetition=effective(1.0, passes - 1, constant("muennighoff2023.R_D_star")),
        dataset_growth=LogNormal(*ends["dataset_growth"], median=growth),
        synthetic=synthetic,
    )


def wall():
    """Return the panel in which five sliders move the date on which the text runs out.

    Returns
    -------
    Panel
    """
    figure, axes, dots = _sheet()
    (mine,) = axes.plot([2030, 2030], [0, 12], color=COLORS["orange"], lw=2)

    def move(stock, share, passes, growth, synthetic, guess):
        found = dates(stock, share, passes, growth, synthetic)
        dots.set_data(*_heights(found))
        mine.set_xdata([guess, guess])
        return f"{_said(found)} Before {guess:.1f}: {_count(found, guess)} dots of 20."

    return Panel(
        figure,
        move,
        [mine, dots],
        "Twenty dots in piles along the years 2024 to 2045, each one twentieth of the chance that the text runs out then; "
        "those later than 2045 stand at the right edge. An orange line is the year that the learner set.",
        stock=log_slider("raw text (tokens)", 5.1e14, 5.1e13, 5.1e16),
        share=slider("share left by the filter", 0.2, 0.01, 0.4, 0.01),
        passes=whole("passes over it", 3, 1, 40),
        growth=slider("growth of training sets (times per year)", 2.37, 1.1, 4.0, 0.01),
        synthetic=log_slider("generated text multiplies it by", 1, 1, 100),
        guess=slider("my year", 2030, 2025, 2045, 0.5, digits=1),
    )


def known():
    """Return the panel in which one input is measured: its value is set, and if known exactly its spread is gone.

    Returns
    -------
    Panel
    """
    figure, axes, dots = _sheet(2024, 2038)
    (before,) = axes.plot(*_heights(exhaustion(N_DRAWS), 2038), "o", ms=8, mfc="none", color=COLORS["grey"])
    words = {
        "pages in the index": "pages",
        "growth of training sets": "dataset_growth",
        "largest training set of 2024": "dataset",
        "share left by the filter": "usable_share",
        "gain from repeats": "repetition",
    }

    def move(which, percentile, exact):
        name = words[which]
        value = believed(name).quantile(percentile / 100)
        found = _measured(name, value, exact)
        dots.set_data(*_heights(found, 2038))
        low, high = found.quantile([0.05, 0.95])
        told = "known exactly" if exact else "its middle moved there, as uncertain as before"
        return f"{which}: {value:.3g}, {told}. {_said(found)} The 90 % interval is {high - low:.1f} years wide."

    return Panel(
        figure,
        move,
        [before, dots],
        "Twenty grey rings, the published dates, and twenty blue dots, the dates after one input was measured.",
        which=choice("measure", list(words)),
        percentile=slider("outcome (percentile of what was believed)", 50, 2.5, 97.5, 2.5, digits=1),
        exact=switch("known exactly", True),
    )


def _measured(name, value, exact):
    if exact:
        return exhaustion(N_DRAWS, **{name: value})
    row = next(row for row in load("stock_model") if row["name"] == name)
    return exhaustion(N_DRAWS, **{name: LogNormal(row["low"], row["high"], row["interval_pct"] / 100, median=value)})


@cache
def believed(name):
    """Return what is believed of an input of the table `stock_model`, as a distribution.

    Examples
    --------
    >>> round(believed("dataset_growth").quantile(0.5), 2)
    2.37
    """
    table = load("stock_model")
    row = next(row for row in table if row["name"] == name)
    return factor(table, name, row["shape"], row["interval_pct"] / 100)


def _sheet(first=FIRST, last=LAST):
    """Return a figure with a bare axis of years, room for what comes later, and its dots."""
    figure = paper(height=3.1)
    axes = set_axes(figure.add_subplot(), "the text is used up in", "", "", xlim=(first, last + 2.2), ylim=(0.2, 11))
    axes.set(yticks=[], xticks=range(first + 1, last, 4 if last - first > 16 else 2))
    axes.axvspan(last, last + 2.2, color="#f2f2f2", lw=0)
    axes.annotate("later", (last + 1.1, 10.3), ha="center", color=COLORS["grey"])
    (dots,) = axes.plot([], [], "o", ms=8, color=COLORS["blue"])
    return figure, axes, dots


def _heights(found, last=LAST):
    return place(found.value, PILE, low=FIRST, high=last)


def _count(found, year):
    return round(20 * found.below(year))


def _said(found):
    low, middle, high = found.quantile([0.05, 0.5, 0.95])
    words = [_word(date) for date in (low, middle, high)]
    return f"Half before {words[1]}; nine in ten between {words[0]} and {words[2]}."


def _word(date):
    if date < FIRST:
        return f"{FIRST} (used up already)"
    return f"{date:.1f}" if date < 2100 else "2100 or never"
