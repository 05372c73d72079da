"""The live figures of chapter 9: bets on the clock, intervals that held, Hubbert's hill, how long a wall must stand; exercises."""

import numpy as np

from scalinglaws.course.tasks import Exercise
from scalinglaws.laws.growth.stops import ERRORS, stop_signal, stop_years, walk_variance
from scalinglaws.show.layers import Layers, hue, linear_axis, log_axis, names_axis
from scalinglaws.show.live import Rows, checkbox, range_slider


def bets(clock, bands, color="orange"):
    """Show the 90 % interval that each year would have given for the clock, and reveal what came.

    `clock` is a `Series`; `bands` has for each cut the years after it and their `Prediction`.
    """
    cuts = sorted(bands)
    rows = [
        (cut, float(year), float(low) / 1e3, float(high) / 1e3)
        for cut in cuts
        for year, low, high in zip(bands[cut][0], bands[cut][1].low, bands[cut][1].high, strict=True)
    ]
    points = Rows({"year": clock.year.tolist(), "ghz": (clock.value / 1e3).tolist()})
    band = Rows.listed(("cut", "year", "low", "high"), rows)
    edge = Rows(steps=1).compute(now=lambda row, p: p.cut + 0 * row.i)
    x = linear_axis("year", "year", 1970, 2026, tickCount=6, format="d")
    y = log_axis("ghz", "clock (GHz)", 1e-4, 1e5, "short", every=2)
    layers = (
        Layers(x, y, height=320)
        .band(band, "low", "high", detail="cut", color=color, opacity=0.35, when="datum.cut == cut")
        .rule(edge, x="now", color="grey", dash=[4, 3])
        .dot(points, size=50, when="datum.year <= cut + 0.99")
        .dot(points, size=60, shape="diamond", color="green", when="reveal && datum.year > cut + 0.99")
        .words(edge, "known: to {now:.0f}", x=12, y=14, align="left")
    )
    text = (
        "The clock of the fastest processors on a logarithmic axis, with the dots known in one year and, to their right, the "
        f"90 per cent interval for later ones, from {cuts[0]} to {cuts[-1]}. When revealed, diamonds show the later clocks: flat "
        "from 2004."
    )
    step = cuts[1] - cuts[0]
    slider = range_slider("cut", 2002 if 2002 in bands else cuts[-1], cuts[0], cuts[-1], step, "stand in the year")
    return layers.live(text, slider, checkbox("reveal", "show what came"))


def intervals_that_held(scores):
    """Let the reader guess how often an interval held the end of a series, then show it for every series.

    `scores` are the rows of `scalinglaws.fit.series.score_table`; the first is the one to guess.
    """
    names = list(dict.fromkeys(row["series"] for row in scores))
    kinds = ["exponential", "S-curve or hill", "walk"]
    place = {"exponential": 0, "drift": 2}
    held = Rows(
        {
            "series": [row["series"] for row in scores],
            "curve": [kinds[place.get(row["kind"], 1)] for row in scores],
            "share": [100 * row["end"] for row in scores],
        }
    )
    guess = Rows({"series": names[:1]}).compute(guess=lambda row, p: p.guess)
    x = linear_axis("share", "intervals that held the end (%)", 0, 100, tickCount=6)
    layers = (
        Layers(x, names_axis("series", names, labelLimit=200, grid=True), height=270)
        .rule(Rows({"share": [90]}), x="share", color="grey", dash=[4, 3])
        .dot(held, color=hue("curve", kinds, ["blue", "green", "purple"]), when="reveal")
        .dot(guess, x="guess", color="orange", size=170, shape="diamond")
    )
    text = (
        "Share of 90 per cent intervals that held the end of the series, one row for each series. The reader's guess for the "
        f"first is a diamond; when revealed, the exponential has {held.given['share'][0]:.0f} per cent there. A dashed line "
        "marks the 90 per cent that were promised."
    )
    slider = range_slider("guess", 50, 0, 100, 1, "your guess for the clock, in %")
    return layers.live(text, slider, checkbox("reveal", "show what happened"))


def hubbert(oil, hills, known=1956):
    """Let the reader assume how much oil there is in all, and show the best hill to `known` with that area.

    `oil` is a `Series`; `hills` has for each total, in thousand million barrels, the fitted curve.
    """
    totals, years = sorted(hills), [float(year) for year in range(1900, 2051, 3)]
    curve = [(t, year, float(y)) for t in totals for year, y in zip(years, hills[t].curve(years), strict=True)]
    tops = [(t, hills[t].midpoint, float(hills[t].curve(hills[t].midpoint)), hills[t].deviation) for t in totals]
    points = Rows({"year": oil.year.tolist(), "flow": oil.value.tolist()})
    hill = Rows.listed(("total", "year", "flow"), curve)
    top = Rows.listed(("total", "year", "flow", "miss"), tops)
    x = linear_axis("year", "year", 1900, 2050, tickCount=6, format="d")
    y = linear_axis("flow", "million barrels a day", 0, 16)
    layers = (
        Layers(x, y, height=300)
        .line(hill, detail="total", when="datum.total == total", color="orange")
        .dot(top, when="datum.total == total", color="orange")
        .words(
            top,
            "peak in {year:.0f}, misses by {miss:.2f} million barrels",
            x=12,
            y=14,
            align="left",
            when="datum.total == total",
        )
        .dot(points, size=40, when=f"datum.year <= {known}")
        .dot(points, size=40, shape="diamond", color="green", when=f"reveal && datum.year > {known}")
    )
    text = (
        f"United States oil production to {known} as dots, and a hill fitted to them with an area that the reader assumes. More "
        "oil puts the peak later and higher; from 150 on the known dots are met as well. When revealed, production peaks in 1970, "
        "falls until 2008 and then rises above the old peak."
    )
    step = totals[1] - totals[0]
    slider = range_slider("total", 150, totals[0], totals[-1], step, "oil in all, thousand million barrels")
    return layers.live(text, slider, checkbox("reveal", "show what came"))


def how_long(growth, scatter, per_year):
    """Let the reader set a trend and its data, and show how the evidence for a full stop grows with the years."""

    def signal(row, p):
        return stop_signal(row.years, np.log10(p.growth), np.log10(p.scatter), p.rate)

    def until(row, p):
        return stop_years(np.log10(p.growth), np.log10(p.scatter), p.rate)

    grid = Rows(steps=121).compute(years=lambda row, p: row.i / 20, signal=signal)
    point = Rows(steps=1).compute(years=until, signal=lambda row, p: ERRORS + 0 * row.i)
    x = linear_axis("years", "years since the stop", 0, 6, tickCount=7)
    y = linear_axis("signal", "standard errors below the old line", 0, 8, tickCount=5)
    layers = (
        Layers(x, y, height=280)
        .rule(Rows({"signal": [ERRORS]}), y="signal", color="grey", dash=[4, 3])
        .line(grid)
        .dot(point, color="orange", clip=True)
        .words(point, "a full stop shows after {years:.2f} years", x=12, y=14, align="left")
    )
    text = (
        "Standard errors by which points after a stop lie below the old line, against years since the stop: a curve that starts "
        "flat and rises ever more steeply. It crosses a dashed line at 2.49 after about one year for training compute."
    )
    return layers.live(
        text,
        range_slider("growth", growth, 1.05, 8, 0.05, "the trend grows so many times a year"),
        range_slider("scatter", scatter, 1.1, 5, 0.1, "points scatter by a factor of"),
        range_slider("rate", per_year, 0.3, 12, 0.1, "points a year"),
    )


_STUDENT_T = {
    6: 2.02,
    8: 1.89,
    10: 1.83,
    12: 1.80,
    15: 1.76,
    20: 1.73,
}  # 95 % quantile by known steps, degrees one less


def _interval_width(shock, known, ahead):
    return np.exp(2 * _STUDENT_T[known] * shock * np.sqrt(walk_variance(ahead, known)))


def _shocks_and_drift(width, shock, known, ahead):
    """The half width in shocks, squared, is the variance of the shocks to come and that of the drift."""
    half = np.log(width) / (2 * shock * _STUDENT_T[known])
    return np.isclose(half**2 - ahead, ahead**2 / known)


def _evidence_is_enough(years, slope, scatter, per_year, pace):
    return np.isclose(stop_signal(years, slope * (1 - pace / 100), scatter, per_year), ERRORS)


EXERCISES = (
    Exercise(
        id="ch9.ex1",
        label="ex-when-trends-stop-two",
        text="A cost falls with yearly shocks of K = {shock:g} (in natural logarithms). You know {known:d} steps. By what factor "
        "is the upper end of the 90 % interval above the lower, {ahead:d} years ahead? (Student's t, 95 % quantile: 2.02 for 6 "
        "steps, 1.89 for 8, 1.83 for 10, 1.80 for 12, 1.76 for 15, 1.73 for 20.)",
        given={"shock": 0.1, "known": 10, "ahead": 10},
        draw=lambda draw: {
            "shock": draw.between(0.04, 0.2, 0.01),
            "known": draw.pick(list(_STUDENT_T)),
            "ahead": draw.pick([4, 5, 6, 8, 12, 14]),
        },
        answer=_interval_width,
        identity=_shocks_and_drift,
        unit="times",
        digits=2,
    ),
    Exercise(
        id="ch9.ex3",
        label="ex-when-trends-stop-half",
        text="A trend grew by {slope:g} orders of magnitude a year, with a scatter of {scatter:g} and {per_year:g} points a year. "
        "It goes on at {pace:d} % of its pace. After how many years do the data show it, line, scatter and date being known "
        "(2.4865 standard errors)?",
        given={"slope": 0.68, "scatter": 0.359, "per_year": 6, "pace": 50},
        draw=lambda draw: {
            "slope": draw.between(0.1, 0.9, 0.02),
            "scatter": draw.between(0.1, 0.5, 0.02),
            "per_year": draw.pick([1, 2, 3, 4, 5, 8, 10]),
            "pace": draw.pick([20, 25, 30, 40, 60, 70, 75]),
        },
        answer=lambda slope, scatter, per_year, pace: stop_years(slope * (1 - pace / 100), scatter, per_year),
        identity=_evidence_is_enough,
        unit="years",
    ),
)
