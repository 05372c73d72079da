"""The live figures of chapter 16: the window of a line, twenty dots, the run of 2030, three plans; exercises."""

from collections import namedtuple
from itertools import pairwise

import numpy as np

from scalinglaws.course.tasks import Exercise
from scalinglaws.fit.score import crps, crps_normal
from scalinglaws.laws.growth import plans
from scalinglaws.laws.growth.curves import LN2
from scalinglaws.show.layers import Layers, hue, linear_axis, log_axis
from scalinglaws.show.live import Rows, checkbox, dropdown, range_slider

MINUTES = [0.01, 0.1, 1, 10, 60, 600, 6000]
Year = namedtuple("Year", "year")


def windows(year, minutes, lines, now, target):
    """Show horizons known at `now`, a line and its band for the window that the reader chooses, and what came."""
    names = list(lines)
    ends = np.linspace(2019, target[0], 60)
    rows = [
        (k, float(t), float(2**mid), float(2 ** (mid - 1.645 * sd)), float(2 ** (mid + 1.645 * sd)))
        for k, line in enumerate(lines.values())
        for t in ends[ends >= line["start"] - 0.2]
        for mid, sd in [line["at"](t)]
    ]
    band = Rows.listed(("window", "year", "minutes", "low", "high"), rows)
    sign = Rows.listed(
        ("window", "minutes", "year", "off"),
        [
            (
                k,
                float(2 ** line["at"](target[0])[0]),
                float(target[0]),
                float(np.log2(target[1]) - line["at"](target[0])[0]),
            )
            for k, line in enumerate(lines.values())
        ],
    )
    known = Rows.listed(
        ("year", "minutes"), [(float(t), float(m)) for t, m in zip(year, minutes, strict=True) if t < now]
    )
    later = Rows.listed(
        ("year", "minutes"), [(float(t), float(m)) for t, m in zip(year, minutes, strict=True) if t > now]
    )
    layers = (
        Layers(
            linear_axis("year", "release of the model", 2019, 2026.6, format="d"),
            log_axis("minutes", "50 % time horizon (minutes)", 0.01, 6000, values=MINUTES),
            height=320,
        )
        .band(band, "low", "high", detail="window", when="datum.window == window")
        .line(band, detail="window", when="datum.window == window")
        .dot(known, color="black", size=50)
        .dot(later, color="orange", size=50, when="reveal")
        .words(sign, "predicts {minutes:,.0f} minutes", x=8, y=14, align="left", when="datum.window == window")
        .words(sign, "misses by {off:+.1f} doublings", x=8, y=32, align="left", when="reveal && datum.window == window")
    )
    text = (
        "Time horizons against release dates, minutes on a logarithmic axis, to November 2024, and a straight line with its band "
        "to February 2026. The line through all records gives 65 minutes there, that through the models of 2024 gives over a "
        "thousand. When revealed, the later models lie between, near the second."
    )
    return layers.live(
        text,
        dropdown("window", "line through", {name: k for k, name in enumerate(names)}),
        checkbox("reveal", "show what came"),
    )


def twenty_dots(bell, truth, rivals):
    """Show the reader's forecast as twenty dots, its CRPS once revealed, and those of some rivals."""
    n = len(bell)
    inner = float(np.abs(np.subtract.outer(bell, bell)).mean() / 2)
    y = float(np.log2(truth))

    def dot_at(k):
        return lambda row, p: (np.log(p.middle * 60) + np.log(p.factor) / 1.645 * float(bell[k])) / LN2

    dots = Rows({"z": [float(z) for z in bell], "level": [k % 2 + 0.5 for k in range(n)]}).compute(
        hours=lambda row, p: p.middle * p.factor ** (row.z / 1.645)
    )
    mark = Rows(steps=1).compute(
        hours=lambda row, p: truth / 60,
        level=lambda row, p: 2.2,
        score=lambda row, p: (
            sum(abs(dot_at(k)(row, p) - y) for k in range(n)) / n - inner * np.log(p.factor) / 1.645 / LN2
        ),
    )
    layers = (
        Layers(
            log_axis(
                "hours",
                "best horizon by 5 February 2026 (hours)",
                0.005,
                2000,
                values=[0.01, 0.1, 1, 10, 100, 1000],
            ),
            linear_axis("level", None, 0, 3, values=[]),
            height=190,
        )
        .dot(dots, size=120)
        .rule(mark, x="hours", color="orange", width=3, when="reveal")
        .words(mark, "your score {score:.2f} (less is better)", x=8, y=14, align="left", when="reveal")
    )
    for k, (name, score) in enumerate(rivals.items()):
        row = Rows.listed(("score",), [(float(score),)])
        layers.words(row, name + " {score:.2f}", x=8, y=32 + 17 * k, align="left", color="#555", when="reveal")
    text = (
        "Twenty dots on a logarithmic axis of hours, the reader's forecast. When revealed, a bar at 12 hours, the reader's score, "
        "and the scores of a line through five years, a line through 2024 and a frozen frontier."
    )
    return layers.live(
        text,
        range_slider("middle", 1, 0.2, 24, 0.1, "middle, in hours"),
        range_slider("factor", 3, 1.1, 20, 0.1, "nine in ten within a factor of"),
        checkbox("reveal", "show what came and the scores"),
    )


def run_of_2030(start, band, limits):
    """Show the largest run to 2030 from money, price and a remainder that the reader sets, against a walk and limits."""
    grid = Rows(steps=51).compute(
        ahead=lambda row, p: row.i / 10,
        year=lambda row, p: start[0] + row.ahead,
        run=lambda row, p: 10 ** (
            np.log10(start[1])
            + np.log10(p.money * p.price * p.rest) * (row.ahead + p.stops - abs(row.ahead - p.stops)) / 2
        ),
    )  # fmt: skip
    end = Rows(steps=1).compute(
        year=lambda row, p: start[0] + 5,
        run=lambda row, p: 10 ** (np.log10(start[1]) + np.log10(p.money * p.price * p.rest) * p.stops),
        growth=lambda row, p: p.money * p.price * p.rest,
    )
    fan = Rows.listed(("year", "low", "run", "high"), band)
    layers = (
        Layers(
            linear_axis(
                "year", "year", start[0], start[0] + 6, format="d", values=[2026, 2027, 2028, 2029, 2030, 2031]
            ),
            log_axis("run", "largest training run (FLOP)", 1e26, 1e33, "power"),
            height=330,
        )
        .band(fan, "low", "high")
        .line(fan, color="grey", width=1.5, dash=True)
        .line(grid)
        .dot(end)
        .words(end, "{growth:.2f} times a year", x=8, y=14, align="left")
        .words(end, "mid 2030: {run:.1e} FLOP", x=8, y=32, align="left")
    )
    for k, (name, low, high) in enumerate(limits):
        one = Rows.listed(("year", "run", "top"), [(start[0] + 5.2 + 0.25 * k, low, high)])
        layers.rule(one, x="year", y="run", y2="top", color="orange", width=5)
        layers.words(one, name, y=("run", "top")[k % 2], dy=(13, -8)[k % 2], size=11)
    text = (
        "Largest training run from mid 2025 to 2030 on a logarithmic axis. A shaded band of a random walk with drift opens "
        "upwards from 5e26 to above 1e32; the reader's line, 4.4 times a year, ends near 8e29. At its right upright "
        "bars show what power and data were thought to allow."
    )
    return layers.live(
        text,
        range_slider("money", 2.4, 1, 3, 0.05, "money: times a year"),
        range_slider("price", 1.4, 1, 1.6, 0.05, "operations for a dollar: times a year"),
        range_slider("rest", 1.3, 1, 1.7, 0.05, "remainder: times a year"),
        range_slider("stops", 5, 0, 5, 0.25, "growth stops after so many years"),
    )


def three_plans(before):
    """Show what three ways to spend one budget bring over four years, with growth, methods, lag and thinking set by the reader."""
    names = ("train now", "a quarter each year", "think, with open models")

    def plan(k):
        def value(row, p):
            world = row.year, p.growth, 2 ** (12 / p.halving), p.lag, before
            if k == 0:
                return plans.train_now(*world)
            if k == 1:
                return plans.train_in_parts(*world, 1.4)
            return plans.think_longer(*world, p.worth)

        return value

    x = linear_axis("year", "years from now", 0, 3, values=[0, 1, 2, 3])
    y = linear_axis("decades", "factors of ten over today's best", -2, 7)
    layers = Layers(x, y, height=310)
    values = [plan(k) for k in range(3)]
    colors = hue("plan", names, ("blue", "orange", "green"))
    for k, name in enumerate(names):
        rows = Rows({"plan": [name] * 31, "i": list(range(31))}).compute(
            year=lambda row, p: row.i / 10, decades=values[k]
        )
        layers.line(rows, color=colors, width=3 - 0.5 * k)
    for k, name in enumerate(names):

        def over_years(row, p, value=values[k]):
            return sum(value(Year(t), p) for t in range(4)) / 4

        mean = Rows(steps=1).compute(mean=over_years)
        layers.words(mean, name + ": {mean:.2f} on average", x=8, y=14 + 17 * k, align="left")
    text = (
        "Factors of ten of effective compute over today's best, for four years, of three ways to spend one budget. With the start "
        "values the run trained now leads for half a year or so; then all ride on open models, and the one that thinks stays half a factor of ten above."
    )
    return layers.live(
        text,
        range_slider("growth", 3.5, 1, 5, 0.1, "largest run: times a year"),
        range_slider("halving", 8, 3, 60, 1, "methods halve the compute in, months"),
        range_slider("lag", 1, 0, 2, 0.1, "open models are behind by, years"),
        range_slider("worth", 0.5, 0, 1, 0.05, "thinking is worth, factors of ten"),
    )


def _area_between_steps(score, low, middle, high, comes):
    """The squared distance of the forecast's staircase from the step of what came, summed piece by piece."""
    edges = sorted((low, middle, high, comes))
    area = 0.0
    for left, right in pairwise(edges):
        height = sum(dot <= left for dot in (low, middle, high)) / 3 - (comes <= left)
        area += height**2 * (right - left)
    return np.isclose(score, area)


def _spread_is_best(spread, miss):
    """A nudge of the spread either way leaves the same score."""
    nudged = [crps_normal(0, factor * spread, miss) for factor in (1 - 1e-4, 1 + 1e-4)]
    return abs(nudged[1] - nudged[0]) < 1e-8 * miss


def _rising(low, first, second, comes):
    return {"low": low, "middle": low + first, "high": low + first + second, "comes": comes}


EXERCISES = (
    Exercise(
        id="ch16.ex1",
        label="ex-is-there-a-wall-dots",
        text="A forecast has three equally likely dots, at {low:g}, {middle:g} and {high:g} doublings; {comes:g} comes. Compute "
        "its CRPS: the mean distance of the dots from what came, minus half the mean distance between two dots, over all nine "
        "pairs (a dot with itself is a pair too).",
        given={"low": 1, "middle": 2, "high": 4, "comes": 3},
        draw=lambda draw: _rising(
            draw.between(0, 3, 0.5), draw.between(0.5, 3, 0.5), draw.between(0.5, 4, 0.5), draw.between(0, 9, 0.5)
        ),
        answer=lambda low, middle, high, comes: crps([low, middle, high], comes),
        identity=_area_between_steps,
        unit="doublings",
    ),
    Exercise(
        id="ch16.ex2",
        label="ex-is-there-a-wall-range",
        text="The middle of a normal forecast misses what came by {miss:g} doublings. Its CRPS is "
        "s (z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi)), where s is its standard deviation, z the miss over s, and phi and Phi are "
        "the density and the distribution function of the standard normal. Which s would have given the best score?",
        given={"miss": 3.47},
        draw=lambda draw: {"miss": draw.between(0.5, 9.5, 0.01)},
        answer=lambda miss: miss / LN2**0.5,
        identity=_spread_is_best,
        unit="doublings",
    ),
)
