"""The live figures of chapter 8: one curve at two zooms, intervals that failed, a stack of waves, compute that counts."""

import altair as alt
import numpy as np

from scalinglaws.laws.growth.curves import doubling_time, exponential, growth_per_year, logistic
from scalinglaws.show.figures import COLORS
from scalinglaws.show.live import Live, Rows, axis, checkbox, log_scale, slider

WAVES = range(-3, 13)  # all that matter to a window of 60 years, five years or more apart


def zooms(ratio, spacing, width):
    """Show a sum of waves on linear axes that fit it, with sliders for the window.

    Parameters
    ----------
    ratio : float
        Each wave is so many times as high as the one before.
    spacing, width : float
        Years from wave to wave, and from 10 to 90 % of one.

    Returns
    -------
    Live
    """

    def total(row, p):
        return sum(logistic(row.year, ratio**n, n * spacing, width) for n in WAVES)

    rows = Rows(steps=201).compute(year=lambda row, p: p.edge - p.window + p.window * row.i / 200, total=total)
    chart = rows.chart().mark_line(color=COLORS["blue"], strokeWidth=3)
    chart = chart.encode(
        x=alt.X("year:Q", axis=axis("year", tickCount=6), scale=alt.Scale(nice=False, zero=False)),
        y=alt.Y(
            "total:Q",
            axis=axis("what the waves add up to", "short", minExtent=40, tickCount=5),
            scale=alt.Scale(zero=False),
        ),
    )
    text = (
        "A sum of S-curves on linear axes. In a window of 10 years it rises and goes flat, as if it had reached its "
        "ceiling. Widening the window turns it into a staircase and then into a curve that shoots up at its right end."
    )
    controls = [
        slider("window", 10, 8, 60, 1, "window, in years"),
        slider("edge", 35, 28, 60, 1, "last year shown"),
    ]
    return Live(chart, text, controls, [rows], height=260)


def coverage(scores):
    """Let the reader guess how often an interval held the end of a series, then show it for every series.

    Parameters
    ----------
    scores : list of dict
        From `scalinglaws.fit.series.table`: the first row is the one to guess.

    Returns
    -------
    Live
    """
    names = list(dict.fromkeys(row["series"] for row in scores))
    curves = ["exponential", "S-curve or hill"]
    held = Rows(
        {
            "which": [names.index(row["series"]) for row in scores],
            "kind": [int(row["kind"] != "exponential") for row in scores],
            "share": [100 * row["end"] for row in scores],
        }
    )
    guess = Rows({"which": [0]}).compute(guess=lambda row, p: p.guess + row.which)
    promised = Rows({"share": [90], "which": [0]})
    shown = alt.condition("reveal", alt.value(1), alt.value(0))

    def named(rows):
        chart = rows.chart().transform_calculate(series=f"{names}[datum.which]")
        return chart.transform_calculate(curve=f"{curves}[datum.kind]")

    y = alt.Y("series:N", sort=names, axis=alt.Axis(title=None, labelLimit=200, grid=True))
    x = axis("intervals that held the end (%)", tickCount=6)
    scale = alt.Scale(domain=[0, 100])
    color = alt.Color("curve:N", scale=alt.Scale(domain=curves, range=[COLORS["blue"], COLORS["green"]]))
    dots = named(held).mark_point(size=110, filled=True)
    dots = dots.encode(x=alt.X("share:Q", axis=x, scale=scale), y=y, color=color, opacity=shown)
    yours = named(guess).mark_point(size=170, filled=True, opacity=1, shape="diamond", color=COLORS["orange"])
    yours = yours.encode(x=alt.X("guess:Q", scale=scale), y=y)
    line = promised.chart().mark_rule(color=COLORS["grey"], strokeDash=[4, 3]).encode(x=alt.X("share:Q", scale=scale))
    text = (
        "Share of 90 per cent intervals that held the end of the series, one row for each series. The reader's guess for "
        f"the first is a diamond; when revealed, the exponential has {held.given['share'][0]:.0f} per cent there. "
        "A dashed line marks the 90 per cent that were promised."
    )
    controls = [
        slider("guess", 50, 0, 100, 1, "your guess for the clock, in %"),
        checkbox("reveal", "show what happened"),
    ]
    return Live(alt.layer(line, dots, yours), text, controls, [held, guess, promised], height=270)


def stack():
    """Let the reader stack waves on a logarithmic axis: how high, how far apart, how long, and whether they stop.

    Returns
    -------
    Live
    """

    def one(n, year, p):
        return logistic(year, p.ratio**n, n * p.spacing, p.length)

    def total(row, p):
        there = sum(one(n, row.year, p) for n in WAVES if n <= 5)
        return there + (1 - p.stop) * sum(one(n, row.year, p) for n in WAVES if n > 5)

    def wave(row, p):
        return logistic(row.year, p.ratio**row.n, row.n * p.spacing, p.length)

    def line(row, p):  # through the sum at year 10
        start = sum(one(n, 10, p) for n in WAVES)
        return exponential(row.year, start, doubling_time(p.ratio) * p.spacing, 10)

    years = [k / 2 for k in range(121)]
    sums = Rows({"year": years}).compute(total=total, line=line)
    waves = Rows({"year": years * 6, "n": list(np.repeat(range(6), len(years)))}).compute(wave=wave)
    words = Rows({"one": [1]}).compute(
        doubling=lambda row, p: doubling_time(p.ratio) * p.spacing * row.one,
    )
    x = alt.X("year:Q", scale=alt.Scale(domain=[0, 60]), axis=axis("year", tickCount=6))
    y = axis("value, first wave = 1", "short", values=[10.0**k for k in range(-1, 6)], minExtent=40)
    scale = alt.Scale(type="log", domain=[0.3, 1e5], nice=False, clamp=False)
    thin = waves.chart().mark_line(clip=True, strokeWidth=1.2, color=COLORS["sky"]).encode(
        x=x, y=alt.Y("wave:Q", scale=scale, axis=y), detail="n:N"
    )  # fmt: skip
    dashed = sums.chart().mark_line(clip=True, strokeWidth=1.5, strokeDash=[6, 4], color=COLORS["grey"])
    dashed = dashed.encode(x=x, y=alt.Y("line:Q", scale=scale))
    thick = sums.chart().mark_line(clip=True, strokeWidth=3, color=COLORS["blue"])
    thick = thick.encode(x=x, y=alt.Y("total:Q", scale=scale))
    label = words.chart().mark_text(align="left", fontSize=13, color="#222", x=12, y=14)
    label = label.encode(text="words:N").transform_calculate(
        words="'doubles every ' + format(datum.doubling, '.1f') + ' years'"
    )
    text = (
        "Six thin S-curves on a logarithmic axis, each three times as high as the one before and ten years later, and "
        "their sum, a thick line that winds around a dashed straight one. If the waves stop, the sum goes flat."
    )
    controls = [
        slider("ratio", 3, 1.2, 8, 0.1, "each wave so many times higher"),
        slider("spacing", 10, 5, 20, 0.5, "years from wave to wave"),
        slider("length", 8, 3, 30, 0.5, "years from 10 to 90 % of a wave"),
        checkbox("stop", "the sixth wave is the last"),
    ]
    return Live(alt.layer(thin, dashed, thick, label), text, controls, [sums, waves, words], height=320)


def effective(spending, price_performance, rest, halving):
    """Multiply growth rates into physical and effective compute, at the reader's rates.

    Parameters
    ----------
    spending, price_performance, rest : float
        Factors per year: money, operations per dollar, and whatever else made training compute grow.
    halving : float
        Months in which better methods halve the compute needed.

    Returns
    -------
    Live
    """

    def physical(row, p):
        return (p.spending * p.price * p.rest) ** row.year

    def better(row, p):
        return growth_per_year(p.halving / 12) ** row.year

    rows = Rows({"year": [k / 4 for k in range(41)]}).compute(
        physical=physical, effective=lambda row, p: physical(row, p) * better(row, p)
    )
    end = Rows({"year": [5.0]}).compute(
        physical=physical, effective=lambda row, p: physical(row, p) * better(row, p),
        orders=lambda row, p: np.log10(row.effective) / row.year,
    )  # fmt: skip
    x = alt.X("year:Q", scale=alt.Scale(domain=[0, 10], nice=False), axis=axis("years from now", tickCount=6))
    y = axis("compute, now = 1", "power", values=[10.0**k for k in range(0, 21, 4)])
    scale = log_scale(1, 1e20)
    lines = []
    for name, color, dash in (("physical", "grey", [6, 4]), ("effective", "blue", [1, 0])):
        line = rows.chart().mark_line(clip=True, strokeWidth=3, color=COLORS[color], strokeDash=dash)
        lines.append(line.encode(x=x, y=alt.Y(f"{name}:Q", scale=scale, axis=y)))
        dot = end.chart().mark_point(size=90, filled=True, opacity=1, color=COLORS[color], clip=True)
        lines.append(dot.encode(x=x, y=alt.Y(f"{name}:Q", scale=scale)))
    words = end.chart().mark_text(align="left", fontSize=13, color="#222", x=12, y=14).encode(text="words:N")
    words = words.transform_calculate(
        words="'effective compute: ' + format(datum.orders, '.2f') + ' orders of magnitude a year'"
    )
    text = (
        "Compute over ten years on a logarithmic axis: a dashed line for physical compute and a steeper one for effective "
        "compute, which counts better methods as if they were hardware. Five years on, both are marked."
    )
    controls = [
        slider("spending", spending, 1, 4, 0.1, "spending, times per year"),
        slider("price", price_performance, 1, 2, 0.05, "operations per dollar, times per year"),
        slider("rest", rest, 0.8, 2, 0.05, "longer runs and the rest, times per year"),
        slider("halving", halving, 2, 24, 1, "methods halve the need every ... months"),
    ]
    return Live(alt.layer(*lines, words), text, controls, [rows, end], height=280)
