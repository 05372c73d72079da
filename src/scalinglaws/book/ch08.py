"""The live figures of chapter 8: one curve at many zooms, quicker waves, a stack of waves, compute that counts; exercises."""

import numpy as np

from scalinglaws.course.tasks import Exercise
from scalinglaws.laws.growth.curves import doubling_time, exponential, growth_per_year, logistic
from scalinglaws.laws.growth.waves import StackedWaves
from scalinglaws.show.layers import Layers, linear_axis, log_axis
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


def quicker_waves(ratio, spacing, width):
    """Let the reader guess the doubling time of a sum whose waves rise twice as fast, then show that sum.

    Each wave is `ratio` times as high as the one before, `spacing` years later, and takes `width` years from 10 to 90 %.
    """

    def total(row, years):
        return sum(logistic(row.year, ratio**n, n * spacing, years) for n in WAVES)

    def line(row, p):  # through the sum at year 10
        start = sum(logistic(10, ratio**n, n * spacing, width) for n in WAVES)
        return exponential(row.year, start, p.guess, 10)

    grid = Rows({"year": [k / 2 for k in range(81)]}).compute(
        total=lambda row, p: total(row, width), quick=lambda row, p: total(row, width / 2), line=line
    )
    words = Rows(steps=1).compute(guess=lambda row, p: p.guess)
    x = linear_axis("year", "year", 0, 40, tickCount=5)
    y = log_axis("total", "sum of the waves", 0.3, 1e4, "short", minExtent=40)
    layers = (
        Layers(x, y, height=300)
        .line(grid)
        .line(grid, y="line", color="orange", dash=True)
        .line(grid, y="quick", color="grey", width=2, when="reveal")
        .words(words, "your guess: doubles every {guess:.1f} years", x=12, y=14, align="left")
    )
    text = (
        "A sum of waves on a logarithmic axis, nearly a straight line, and the reader's dashed line, which starts out "
        "steeper. When revealed, the sum of waves that rise twice as fast is a staircase around the first sum."
    )
    slider = range_slider("guess", 4.0, 2, 12, 0.1, "it doubles every ... years")
    return layers.live(text, slider, checkbox("reveal", "show the quicker waves"))


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


def _one_generation_further(doubling, spacing, ratio, width):
    """The sum of all waves, one spacing later, is as many doublings higher as fit into the spacing."""
    before, after = StackedWaves(1, 0, width, spacing, ratio).total(np.array([1.0, 1.0 + spacing]))
    return np.isclose(after / before, 2 ** (spacing / doubling))


def _stack(draw):
    """Waves that take a little longer than their spacing, so that their sum is smooth."""
    spacing, ratio = draw.between(1.5, 9, 0.5), draw.pick([1.5, 1.8, 2.5, 3, 3.5, 5, 6])
    return {"spacing": spacing, "ratio": ratio, "width": spacing + draw.pick([0.5, 1, 1.5])}


EXERCISES = (
    Exercise(
        id="ch8.ex1",
        label="ex-accelerating-returns-pace",
        text="A new generation of a technology comes every {spacing:g} years, {ratio:g} times as good as the last, and takes {width:g} "
        "years to spread (from 10 to 90 % of what it ends with). In what time does the sum of all generations double, in the long run?",
        given={"spacing": 3, "ratio": 4, "width": 6},
        draw=_stack,
        answer=lambda spacing, ratio, width: StackedWaves(1, 0, width, spacing, ratio).doubling_time,
        identity=_one_generation_further,
        unit="years",
    ),
    Exercise(
        id="ch8.ex3",
        label="ex-accelerating-returns-double",
        text="Training compute grows {compute:g} times a year, operations per dollar grow {price:g} times a year, and better methods halve "
        "the compute that a result needs every {halving:d} months. How many times a year does effective compute grow, which counts "
        "better methods as if they were more compute?",
        given={"compute": 4.6, "price": 1.4, "halving": 8},
        draw=lambda draw: {
            "compute": draw.between(2, 6, 0.2),
            "price": draw.between(1.2, 1.8, 0.05),
            "halving": draw.pick([5, 6, 7, 9, 10, 12, 14, 16]),
        },
        answer=lambda compute, price, halving: compute * growth_per_year(halving / 12),
        identity=lambda grows, compute, price, halving: np.isclose(
            1 / doubling_time(grows), 1 / doubling_time(compute) + 12 / halving
        ),
        unit="times a year",
    ),
)
