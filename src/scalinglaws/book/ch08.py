"""The live figures of chapter 8: one curve at two zooms, intervals that failed, a stack of waves, compute that counts."""

import numpy as np

from scalinglaws.laws.growth.curves import doubling_time, exponential, growth_per_year, logistic
from scalinglaws.show.layers import Layers, hue, linear_axis, log_axis, names_axis
from scalinglaws.show.live import Rows, checkbox, range_slider

WAVES = range(-3, 13)  # all that matter to a window of 60 years, five years or more apart


def zooms(ratio, spacing, width):
    """Show a sum of waves on linear axes that fit it, with sliders for the window.

    Each wave is `ratio` times as high as the one before, `spacing` years later, and takes `width` years from 10 to 90 %.
    """

    def total(row, p):
        return sum(logistic(row.year, ratio**n, n * spacing, width) for n in WAVES)

    grid = Rows(steps=201).compute(year=lambda row, p: p.edge - p.window + p.window * row.i / 200, total=total)
    x = linear_axis("year", "year", tickCount=6)
    y = linear_axis("total", "what the waves add up to", labels="short", nice=True, minExtent=40, tickCount=5)
    text = (
        "A sum of S-curves on linear axes. In a window of 10 years it rises and goes flat, as if it had reached its "
        "ceiling. Widening the window turns it into a staircase and then into a curve that shoots up at its right end."
    )
    window = range_slider("window", 10, 8, 60, 1, "window, in years")
    edge = range_slider("edge", 35, 28, 60, 1, "last year shown")
    return Layers(x, y, height=260).line(grid).live(text, window, edge)


def intervals_that_held(scores):
    """Let the reader guess how often an interval held the end of a series, then show it for every series.

    `scores` are the rows of `scalinglaws.fit.series.table`; the first is the one to guess.
    """
    names = list(dict.fromkeys(row["series"] for row in scores))
    kinds = ["exponential", "S-curve or hill"]
    held = Rows(
        {
            "series": [row["series"] for row in scores],
            "curve": [kinds[row["kind"] != "exponential"] for row in scores],
            "share": [100 * row["end"] for row in scores],
        }
    )
    guess = Rows({"series": names[:1]}).compute(guess=lambda row, p: p.guess)
    x = linear_axis("share", "intervals that held the end (%)", 0, 100, tickCount=6)
    layers = (
        Layers(x, names_axis("series", names, labelLimit=200, grid=True), height=270)
        .rule(Rows({"share": [90]}), x="share", color="grey", dash=[4, 3])
        .dot(held, color=hue("curve", kinds, ["blue", "green"]), when="reveal")
        .dot(guess, x="guess", color="orange", size=170, shape="diamond")
    )
    text = (
        "Share of 90 per cent intervals that held the end of the series, one row for each series. The reader's guess for "
        f"the first is a diamond; when revealed, the exponential has {held.given['share'][0]:.0f} per cent there. "
        "A dashed line marks the 90 per cent that were promised."
    )
    slider = range_slider("guess", 50, 0, 100, 1, "your guess for the clock, in %")
    return layers.live(text, slider, checkbox("reveal", "show what happened"))


def stacked_waves():
    """Let the reader stack waves on a logarithmic axis: how high, how far apart, how long, and whether they stop."""

    def wave(n, year, p):
        return logistic(year, p.ratio**n, n * p.spacing, p.length)

    def total(row, p):
        six = sum(wave(n, row.year, p) for n in WAVES if n <= 5)
        return six + (1 - p.stop) * sum(wave(n, row.year, p) for n in WAVES if n > 5)

    def doubling(row, p):
        return doubling_time(p.ratio) * p.spacing

    def line(row, p):  # through the sum at year 10
        return exponential(row.year, sum(wave(n, 10, p) for n in WAVES), doubling(row, p), 10)

    years = [k / 2 for k in range(121)]
    sums = Rows({"year": years}).compute(total=total, line=line)
    waves = Rows({"year": years * 6, "n": np.repeat(range(6), len(years)).tolist()}).compute(
        wave=lambda row, p: wave(row.n, row.year, p)
    )
    words = Rows(steps=1).compute(doubling=doubling)
    x = linear_axis("year", "year", 0, 60, tickCount=6)
    y = log_axis("total", "value, first wave = 1", 0.3, 1e5, "short", minExtent=40)
    layers = (
        Layers(x, y, height=320)
        .line(waves, y="wave", detail="n", color="sky", width=1.2)
        .line(sums, y="line", color="grey", width=1.5, dash=True)
        .line(sums)
        .words(words, "doubles every {doubling:.1f} years", x=12, y=14, align="left")
    )
    text = (
        "Six thin S-curves on a logarithmic axis, each three times as high as the one before and ten years later, and "
        "their sum, a thick line that winds around a dashed straight one. If the waves stop, the sum goes flat."
    )
    return layers.live(
        text,
        range_slider("ratio", 3, 1.2, 8, 0.1, "each wave so many times higher"),
        range_slider("spacing", 10, 5, 20, 0.5, "years from wave to wave"),
        range_slider("length", 8, 3, 30, 0.5, "years from 10 to 90 % of a wave"),
        checkbox("stop", "the sixth wave is the last"),
    )


def effective_compute(spending, price_performance, rest, halving):
    """Multiply growth rates into physical and effective compute, at the reader's rates.

    Factors per year: money, operations per dollar, and whatever else made training compute grow; and the months in which
    better methods halve the compute needed.
    """

    def physical(row, p):
        return (p.spending * p.price * p.rest) ** row.year

    def effective(row, p):
        return row.physical * growth_per_year(p.halving / 12) ** row.year

    grid = Rows({"year": [k / 4 for k in range(41)]}).compute(physical=physical, effective=effective)
    end = Rows({"year": [5.0]}).compute(
        physical=physical, effective=effective, orders=lambda row, p: np.log10(row.effective) / row.year
    )
    x = linear_axis("year", "years from now", 0, 10, tickCount=6)
    y = log_axis("effective", "compute, now = 1", 1, 1e20, "power", every=4)
    layers = (
        Layers(x, y, height=280)
        .line(grid, y="physical", color="grey", dash=True)
        .dot(end, y="physical", color="grey", size=90, clip=True)
        .line(grid)
        .dot(end, size=90, clip=True)
        .words(end, "effective compute: {orders:.2f} orders of magnitude a year", x=12, y=14, align="left")
    )
    text = (
        "Compute over ten years on a logarithmic axis: a dashed line for physical compute and a steeper one for effective "
        "compute, which counts better methods as if they were hardware. Five years on, both are marked."
    )
    return layers.live(
        text,
        range_slider("spending", spending, 1, 4, 0.1, "spending, times per year"),
        range_slider("price", price_performance, 1, 2, 0.05, "operations per dollar, times per year"),
        range_slider("rest", rest, 0.8, 2, 0.05, "longer runs and the rest, times per year"),
        range_slider("halving", halving, 2, 24, 1, "methods halve the need every ... months"),
    )
