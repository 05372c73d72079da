"""Lab 6's shop for tokens: what a budget buys, from the cheapest source to the dearest, and until when it lasts."""

import numpy as np

from scalinglaws.check import positive
from scalinglaws.laws.text.stocks import START
from scalinglaws.laws.text.supply import supply_curve, text_sources, train_price
from scalinglaws.show.controls import log_slider, slider, whole
from scalinglaws.show.data_wall import believed
from scalinglaws.show.figures import COLORS, set_axes
from scalinglaws.show.panel import Panel, paper

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
        passes=whole("passes over the web", 16, 1, 40),
        kept=log_slider("share of generated text kept", 0.1, 0.001, 1),
        worth=slider("worth of a generated token", 0.5, 0.05, 1, 0.05),
        word=log_slider("a hired author's word (dollars)", 0.1, 0.001, 1),
    )


def _demand():
    return tuple(believed(name).quantile(0.5) for name in ("dataset", "dataset_growth"))
