"""Lab 6's instruments: the date on which the text runs out, as twenty dots that follow five sliders, and what is known.

Lab 6's shop for tokens: what a budget buys, from the cheapest source to the dearest, and until when it lasts.

Lab 6's generator: normal distributions fitted to their own samples, generation after generation, to be broken.
"""

from functools import cache

import numpy as np

from scalinglaws.check import positive
from scalinglaws.data import constant, load
from scalinglaws.laws.chance import LogNormal, factor
from scalinglaws.laws.text.copies import generations
from scalinglaws.laws.text.repetition import effective
from scalinglaws.laws.text.stocks import START, exhaustion
from scalinglaws.laws.text.supply import supply_curve, text_sources, train_price
from scalinglaws.show.controls import buttons, choice, log_slider, slider, switch, whole_slider
from scalinglaws.show.figures import COLORS, set_axes
from scalinglaws.show.marks import place
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
        passes=whole_slider("passes over it", 3, 1, 40),
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


LEFT, RIGHT = 2e13, 2e17


def bought(curve, dollars):
    """Return how many effective tokens a budget buys, cheapest first: the inverse of `SupplyCurve.bill`.

    Parameters
    ----------
    curve : SupplyCurve
        With a last source that has no end.
    dollars : float
        Budget.

    Returns
    -------
    float
        Effective tokens.

    Examples
    --------
    >>> curve = supply_curve(text_sources(), train_price(405e9))
    >>> round(curve.bill(bought(curve, 1e9)) / 1e9, 6)
    1.0
    """
    left, tokens = float(positive("dollars", dollars)), 0.0
    for price, size in zip(curve.price, curve.tokens, strict=True):
        taken = min(size, left / price)
        left, tokens = left - taken * price, tokens + taken
    return tokens


def needed(year, growth=None):
    """Return the size of the largest training set at the start of a year if it grows as before; medians.

    Parameters
    ----------
    year : float or array
        Year.
    growth : float, optional
        Times per year; the published median if absent.

    Returns
    -------
    float or array
        Tokens.

    Examples
    --------
    >>> f"{needed(2024):.2g}"
    '6.2e+12'
    """
    start, usual = _demand()
    return start * (growth or usual) ** (year - START)


def lasts(tokens, growth=None):
    """Return the year in which the largest training set has grown to so many tokens; inverse of `needed`.

    Examples
    --------
    >>> round(float(lasts(needed(2031.5))), 6)
    2031.5
    """
    start, usual = _demand()
    return START + np.log(positive("tokens", tokens) / start) / np.log(growth or usual)


def shop():
    """Return the panel in which a budget buys effective tokens along the supply curve.

    Returns
    -------
    Panel
    """
    figure = paper(height=3.7)
    axes = set_axes(
        figure.add_subplot(), "effective tokens", "dollars per million", xlim=(LEFT, RIGHT), ylim=(0.02, 2e6)
    )
    for year in range(2026, 2036, 2):
        axes.axvline(needed(year), color="#bbbbbb", lw=1, ls=":")
        axes.annotate(str(year), (needed(year), 8e5), ha="center", color=COLORS["grey"])
    (line,) = axes.step([], [], where="pre", color=COLORS["blue"])
    (edge,) = axes.plot([], [], color=COLORS["orange"], lw=2)
    (authors,) = axes.plot([], [], color=COLORS["green"], ls="--", lw=1)
    name = axes.annotate("hired authors", (1.1 * LEFT, 1), (0, 3), textcoords="offset points", color=COLORS["green"])

    def move(budget, n_params, passes, kept, worth, word):
        sources = text_sources(passes=passes, kept=kept, synthetic_value=worth, word_price=word)
        curve = supply_curve(sources, train_price(n_params))
        seen = 1 + np.count_nonzero(curve.total < RIGHT)  # up to the first source without an end
        ends = np.clip(np.append(LEFT, curve.total[:seen]), LEFT, RIGHT)
        line.set_data(ends, 1e6 * np.append(curve.price[0], curve.price[:seen]))
        tokens = bought(curve, budget)
        edge.set_data([min(tokens, RIGHT)] * 2, [0.02, 5e4])
        hired = 1e6 * curve.price[curve.names.index("hired authors")]
        authors.set_data([LEFT, RIGHT], [hired, hired])
        name.xy = 1.1 * LEFT, hired
        last = curve.names[int(np.searchsorted(curve.total, tokens, side="right"))]
        return (
            f"{budget:.3g} dollars buy {tokens / 1e12:.4g}T effective tokens, enough until {lasts(tokens):.1f}. Last source: "
            f"{last}, at {1e6 * curve.price_at(tokens):.3g} dollars per million; the first costs {1e6 * curve.price[0]:.3g}."
        )

    return Panel(
        figure,
        move,
        [authors, name, line, edge],
        "A staircase of prices per million effective tokens against how many there are, both logarithmic, with dotted "
        "lines for the years in which the largest training set needs as many, a dashed line at the price of a hired "
        "author, and an orange line where the budget ends.",
        budget=log_slider("budget (dollars)", 1e9, 1e7, 1e12),
        n_params=log_slider("parameters of the model", 405e9, 1e9, 1e13),
        passes=whole_slider("passes over the web", 16, 1, 40),
        kept=log_slider("share of generated text kept", 0.1, 0.001, 1),
        worth=slider("worth of a generated token", 0.5, 0.05, 1, 0.05),
        word=log_slider("a hired author's word (dollars)", 0.1, 0.001, 1),
    )


def _demand():
    return tuple(believed(name).quantile(0.5) for name in ("dataset", "dataset_growth"))


N_CHAINS = 400
SHOWN = 25


def chains(keep, n_samples, n_generations, real_share=0.0, seed=0):
    """Run many chains of fits; the share of real data counts only where each generation replaces the last.

    Parameters
    ----------
    keep : str
        replace or accumulate.
    n_samples, n_generations, seed : int
        As in `scalinglaws.laws.text.copies.generations`.
    real_share : float
        Share of every training set that is real, 0 to 1.

    Returns
    -------
    Chains

    Examples
    --------
    >>> bool(chains("replace", 20, 50).typical()[-1] < 0.2 < chains("accumulate", 20, 50).typical()[-1])
    True
    """
    share = real_share if keep == "replace" else 0.0
    return generations(keep, n_samples, n_generations, N_CHAINS, seed, share)


def generator():
    """Return the panel that shows what is left of a distribution after so many generations.

    Returns
    -------
    Panel
    """
    from matplotlib.collections import LineCollection

    figure = paper(height=3.4)
    axes = set_axes(figure.add_subplot(), "value", "density", "", xlim=(-4, 4), ylim=(0, 1.6))
    x = np.linspace(-4, 4, 161)
    axes.plot(x, _density(x, 0, 1), color=COLORS["black"], lw=2.5)
    fits = LineCollection([], colors=COLORS["blue"], linewidths=1, alpha=0.6)
    axes.add_collection(fits)

    def move(keep, n_samples, n_generations, real_share):
        n_samples = round(n_samples)
        run = chains(keep, n_samples, n_generations, real_share)
        last = zip(run.means[:SHOWN, -1], np.sqrt(run.variances[:SHOWN, -1]), strict=True)
        fits.set_segments([np.column_stack([x, _density(x, mean, max(sd, 1e-3))]) for mean, sd in last])
        typical = run.typical()[-1]
        inside = np.mean(np.abs(run.variances[:, -1] - 1) < 0.2)
        return (
            f"{n_samples} samples, generation {n_generations}: a typical chain has {100 * typical:.3g} % of the variance left; "
            f"{100 * inside:.0f} % of the chains are within a fifth of the truth."
        )

    return Panel(
        figure,
        move,
        [fits],
        "A black bell curve, the truth, and twenty-five blue bell curves, what as many chains believe after the last "
        "generation; when each generation replaces the last they are narrow, tall and scattered.",
        keep=buttons("each generation learns from", {"the last one": "replace", "all so far": "accumulate"}),
        n_samples=log_slider("samples per generation", 100, 10, 10_000, per_decade=10),
        n_generations=whole_slider("generations", 50, 1, 200),
        real_share=slider("share of real data in each", 0, 0, 0.5, 0.01),
    )


def _density(x, mean, deviation):
    return np.exp(-(((x - mean) / deviation) ** 2) / 2) / (deviation * np.sqrt(2 * np.pi))
