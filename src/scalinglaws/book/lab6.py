"""Lab 6, the data wall: when the text runs out, a shop for tokens, and a generator that learns from its own samples."""

from functools import cache

import numpy as np
from matplotlib.collections import LineCollection

from scalinglaws.check import one_of, positive
from scalinglaws.data import constant, load
from scalinglaws.laws.chance import LogNormal, distribution_from
from scalinglaws.laws.text.copies import generations
from scalinglaws.laws.text.repetition import effective_amount, overfitting, worth_if_overfitting
from scalinglaws.laws.text.stocks import FIRST_YEAR, exhaustion
from scalinglaws.laws.text.supply import supply_curve, text_sources, train_price
from scalinglaws.show.controls import buttons, choice, log_slider, slider, switch, whole_slider
from scalinglaws.show.figures import COLORS, set_axes
from scalinglaws.show.marks import place
from scalinglaws.show.panel import Panel, paper

_N_DRAWS, _N_CHAINS, _N_SHOWN = 10_000, 400, 25
_FIRST_YEAR, _LAST_YEAR, _PILE = 2024, 2045, 0.5  # the axis of years, and how many years a pile of dots covers
_LEAST_TOKENS, _MOST_TOKENS = 2e13, 2e17
_UNIQUE = (60_000 * 220_000) ** 0.5  # characters: between the two texts of the course's repeated runs


def worth_of_passes(passes, repeats="published", size=0.05):
    """Return what so many passes over a text are worth, in first passes, by one of two laws of `repeats`.

    published: Muennighoff et al. 2023, with which repeating never hurts. runs: no more than that, and no more than the
    penalty for over-fitting leaves, fitted to the course's own runs, for a model with `size` parameters per unique token;
    it takes one of our characters for a token, and meets the measured worth to a factor of two.

    >>> [round(float(worth_of_passes(n, "runs", 0.24)), 1) for n in (1, 4, 40)]
    [1.0, 2.9, 1.1]
    """
    published = effective_amount(1.0, passes - 1, constant("muennighoff2023.R_D_star"))
    if one_of("repeats", repeats, ["published", "runs"]) == "published":
        return published
    P, delta, kappa, B, beta = (constant(f"repeat_runs.{name}") for name in ("P", "delta", "kappa", "B", "beta"))
    penalty = overfitting(passes - 1, size, P, delta, kappa)
    return np.minimum(published, worth_if_overfitting(passes, penalty, B / _UNIQUE**beta, beta))


def dates(
    stock=5.1e14,
    share=0.2,
    passes=3.4,
    growth=2.37,
    synthetic=1.0,
    repeats="published",
    size=0.05,
    n_draws=_N_DRAWS,
    seed=0,
):
    """Draw the date on which the largest training set reaches the stock (an `Exhaustion`), for five arguable numbers.

    Medians with the published spread: `stock` of raw text in tokens, `share` that the quality filter leaves, `growth` of
    training sets per year. Without spread: `passes` (epochs, 1 or more) over the usable text, worth what
    `worth_of_passes` says, and `synthetic`, by which generated text multiplies the stock.

    >>> start = dates().quantile(0.5)
    >>> round(start, 1), round(dates(stock=5.1e15).quantile(0.5) - start, 1)
    (2029.1, 2.9)
    """
    spread = {row["name"]: (row["low"], row["high"], row["interval_pct"] / 100) for row in load("stock_model")}
    stocks = {row["name"]: (row["low_tokens"], row["high_tokens"], 0.95) for row in load("text_stocks")}
    return exhaustion(
        n_draws,
        seed,
        stock=LogNormal(*stocks["indexed_web"], median=stock),
        usable_share=LogNormal(*spread["usable_share"], median=share),
        repetition=float(worth_of_passes(passes, repeats, size)),
        dataset_growth=LogNormal(*spread["dataset_growth"], median=growth),
        synthetic=synthetic,
    )


def wall():
    """Return the panel in which five levers move the date on which the text runs out."""
    figure, axes, dots = _sheet()
    (line,) = axes.plot([2030, 2030], [0, 12], color=COLORS["orange"], lw=2)

    def move(stock, share, passes, repeats, size, growth, synthetic, guess):
        exhausted = dates(stock, share, passes, growth, synthetic, repeats, size)
        dots.set_data(*_heights(exhausted))
        line.set_xdata([guess, guess])
        worth = worth_of_passes(passes, repeats, size)
        return (
            f"{_summary(exhausted)} Before {guess:.1f}: {round(20 * exhausted.below(guess))} dots of 20. "
            f"{passes} passes are worth {worth:.1f} first ones."
        )

    return Panel(
        figure,
        move,
        [line, dots],
        "Twenty dots in piles along the years 2024 to 2045, each one twentieth of the chance that the text runs out then; "
        "those later than 2045 stand at the right edge. An orange line is the year that the learner set.",
        stock=log_slider("raw text (tokens)", 5.1e14, 5.1e13, 5.1e16),
        share=slider("share left by the filter", 0.2, 0.01, 0.4, 0.01),
        passes=whole_slider("passes over it", 3, 1, 40),
        repeats=buttons("passes count", {"as published": "published", "as in the course's runs": "runs"}),
        size=log_slider("parameters per token", 0.05, 0.016, 1, enabled_when=lambda state: state["repeats"] == "runs"),
        growth=slider("growth of training sets (times per year)", 2.37, 1.1, 4.0, 0.01),
        synthetic=log_slider("generated text multiplies it by", 1, 1, 100),
        guess=slider("my year", 2030, 2025, 2045, 0.5, digits=1),
    )


def measured_input():
    """Return the panel in which one input is measured: its value is set, and if known exactly its spread is gone."""
    figure, axes, dots = _sheet(2024, 2038)
    published = _heights(exhaustion(_N_DRAWS), 2038)
    (rings,) = axes.plot(*published, "o", ms=8, mfc="none", color=COLORS["grey"])
    inputs = {
        "pages in the index": "pages",
        "growth of training sets": "dataset_growth",
        "largest training set of 2024": "dataset",
        "share left by the filter": "usable_share",
        "gain from repeats": "repetition",
    }

    def move(which, percentile, exact):
        name = inputs[which]
        value = believed(name).quantile(percentile / 100)
        exhausted = exhaustion(_N_DRAWS, **{name: value if exact else _moved(name, value)})
        dots.set_data(*_heights(exhausted, 2038))
        low, high = exhausted.quantile([0.05, 0.95])
        how = "known exactly" if exact else "its middle moved there, as uncertain as before"
        return f"{which}: {value:.3g}, {how}. {_summary(exhausted)} The 90 % interval is {high - low:.1f} years wide."

    return Panel(
        figure,
        move,
        [rings, dots],
        "Twenty grey rings, the published dates, and twenty blue dots, the dates after one input was measured.",
        which=choice("measure", list(inputs)),
        percentile=slider("outcome (percentile of what was believed)", 50, 2.5, 97.5, 2.5, digits=1),
        exact=switch("known exactly", True),
    )


@cache
def believed(name):
    """Return what is believed of an input of the table `stock_model`, as a distribution.

    >>> round(believed("dataset_growth").quantile(0.5), 2)
    2.37
    """
    row = _input(name)
    return distribution_from(load("stock_model"), name, row["shape"], row["interval_pct"] / 100)


def _moved(name, median):
    row = _input(name)
    return LogNormal(row["low"], row["high"], row["interval_pct"] / 100, median=median)


def _input(name):
    return next(row for row in load("stock_model") if row["name"] == name)


def _sheet(first=_FIRST_YEAR, last=_LAST_YEAR):
    """Return a figure with a bare axis of years, room for what comes later, and its dots."""
    figure = paper(height=3.1)
    axes = set_axes(figure.add_subplot(), "the text is used up in", "", "", xlim=(first, last + 2.2), ylim=(0.2, 11))
    axes.set(yticks=[], xticks=range(first + 1, last, 4 if last - first > 16 else 2))
    axes.axvspan(last, last + 2.2, color="#f2f2f2", lw=0)
    axes.annotate("later", (last + 1.1, 10.3), ha="center", color=COLORS["grey"])
    (dots,) = axes.plot([], [], "o", ms=8, color=COLORS["blue"])
    return figure, axes, dots


def _heights(exhausted, last=_LAST_YEAR):
    return place(exhausted.value, _PILE, low=_FIRST_YEAR, high=last)


def _summary(exhausted):
    low, middle, high = (_date(year) for year in exhausted.quantile([0.05, 0.5, 0.95]))
    return f"Half before {middle}; nine in ten between {low} and {high}."


def _date(year):
    if year < _FIRST_YEAR:
        return f"{_FIRST_YEAR} (used up already)"
    return f"{year:.1f}" if year < 2100 else "2100 or never"


def tokens_bought(curve, dollars):
    """Return how many effective tokens of a `SupplyCurve` without an end a budget buys, cheapest first: inverse of `bill`.

    >>> curve = supply_curve(text_sources(), train_price(405e9))
    >>> round(curve.bill(tokens_bought(curve, 1e9)) / 1e9, 6)
    1.0
    """
    left, tokens = float(positive("dollars", dollars)), 0.0
    for price, size in zip(curve.price, curve.tokens, strict=True):
        taken = min(size, left / price)
        left, tokens = left - taken * price, tokens + taken
    return tokens


def needed(year, growth=None):
    """Return the tokens of the largest training set at the start of a year; medians, with the published growth if None.

    >>> f"{needed(2024):.2g}"
    '6.2e+12'
    """
    dataset, usual_growth = _demand()
    return dataset * (growth or usual_growth) ** (year - FIRST_YEAR)


def lasts(tokens, growth=None):
    """Return the year in which the largest training set has grown to so many tokens; inverse of `needed`.

    >>> round(float(lasts(needed(2031.5))), 6)
    2031.5
    """
    dataset, usual_growth = _demand()
    return FIRST_YEAR + np.log(positive("tokens", tokens) / dataset) / np.log(growth or usual_growth)


def _demand():
    return tuple(believed(name).quantile(0.5) for name in ("dataset", "dataset_growth"))


def shop():
    """Return the panel in which a budget buys effective tokens along the supply curve."""
    figure = paper(height=3.7)
    limits = {"xlim": (_LEAST_TOKENS, _MOST_TOKENS), "ylim": (0.02, 2e6)}
    axes = set_axes(figure.add_subplot(), "effective tokens", "dollars per million", **limits)
    for year in range(2026, 2036, 2):
        axes.axvline(needed(year), color="#bbbbbb", lw=1, ls=":")
        axes.annotate(str(year), (needed(year), 8e5), ha="center", color=COLORS["grey"])
    (stairs,) = axes.step([], [], where="pre", color=COLORS["blue"])
    (edge,) = axes.plot([], [], color=COLORS["orange"], lw=2)
    (authors,) = axes.plot([], [], color=COLORS["green"], ls="--", lw=1)
    at = (1.1 * _LEAST_TOKENS, 1)
    label = axes.annotate("hired authors", at, (0, 3), textcoords="offset points", color=COLORS["green"])

    def move(budget, n_params, passes, kept, worth, word):
        sources = text_sources(passes=passes, kept=kept, synthetic_value=worth, word_price=word)
        curve = supply_curve(sources, train_price(n_params))
        seen = 1 + np.count_nonzero(curve.total < _MOST_TOKENS)  # up to the first source without an end
        ends = np.clip(np.append(_LEAST_TOKENS, curve.total[:seen]), _LEAST_TOKENS, _MOST_TOKENS)
        stairs.set_data(ends, 1e6 * np.append(curve.price[0], curve.price[:seen]))
        tokens = tokens_bought(curve, budget)
        edge.set_data([min(tokens, _MOST_TOKENS)] * 2, [0.02, 5e4])
        hired = 1e6 * curve.price[curve.names.index("hired authors")]
        authors.set_data([_LEAST_TOKENS, _MOST_TOKENS], [hired, hired])
        label.xy = 1.1 * _LEAST_TOKENS, hired
        last = curve.names[int(np.searchsorted(curve.total, tokens, side="right"))]
        return (
            f"{budget:.3g} dollars buy {tokens / 1e12:.4g}T effective tokens, enough until {lasts(tokens):.1f}. Last source: "
            f"{last}, at {1e6 * curve.price_at(tokens):.3g} dollars per million; the first costs {1e6 * curve.price[0]:.3g}."
        )

    return Panel(
        figure,
        move,
        [authors, label, stairs, edge],
        "A staircase of prices per million effective tokens against how many there are, both logarithmic, with dotted "
        "lines for the years in which the largest training set needs as many, a dashed line at the price of a hired "
        "author, and an orange line where the budget ends.",
        budget=log_slider("budget (dollars)", 1e9, 1e7, 1e12),
        n_params=log_slider("parameters of the model", 4e11, 1e9, 1e13),
        passes=whole_slider("passes over the web", 16, 1, 40),
        kept=log_slider("share of generated text kept", 0.1, 0.001, 1),
        worth=slider("worth of a generated token", 0.5, 0.05, 1, 0.05),
        word=log_slider("a hired author's word (dollars)", 0.1, 0.001, 1),
    )


def chains(keep, n_samples, n_generations, real_share=0.0, seed=0):
    """Run 400 `generations` of fits that "replace" or "accumulate" their data; only where they replace counts the real share.

    >>> bool(chains("replace", 20, 50).typical()[-1] < 0.2 < chains("accumulate", 20, 50).typical()[-1])
    True
    """
    share = real_share if keep == "replace" else 0.0
    return generations(keep, n_samples, n_generations, _N_CHAINS, seed, share)


def generator():
    """Return the panel that shows what is left of a distribution after so many generations."""
    figure = paper(height=3.4)
    axes = set_axes(figure.add_subplot(), "value", "density", "", xlim=(-4, 4), ylim=(0, 1.6))
    x = np.linspace(-4, 4, 161)
    axes.plot(x, _density(x, 0, 1), color=COLORS["black"], lw=2.5)
    fits = LineCollection([], colors=COLORS["blue"], linewidths=1, alpha=0.6)
    axes.add_collection(fits)

    def move(keep, n_samples, n_generations, real_share):
        n_samples = round(n_samples)
        run = chains(keep, n_samples, n_generations, real_share)
        last = zip(run.means[:_N_SHOWN, -1], np.sqrt(run.variances[:_N_SHOWN, -1]), strict=True)
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
        real_share=slider(
            "share of real data in each", 0, 0, 0.5, 0.01, enabled_when=lambda state: state["keep"] == "replace"
        ),
    )


def _density(x, mean, deviation):
    return np.exp(-(((x - mean) / deviation) ** 2) / 2) / (deviation * np.sqrt(2 * np.pi))
