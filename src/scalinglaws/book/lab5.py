"""Lab 5, see the plateau coming: real series cut before their end and unnamed, bets on that end, ceilings, and waves.

Values are in multiples of the last known one, years count from it. What is forecast is cut to the paper, 0.01 to 100,000
times the last known value, so that every interval has a score.
"""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from scalinglaws.check import one_of, positive
from scalinglaws.fit.drift import fit_drift
from scalinglaws.fit.growth import FITS
from scalinglaws.fit.score import interval_score
from scalinglaws.fit.series import Series, series, series_names
from scalinglaws.laws.growth.curves import doubling_time, exponential, logistic, logistic_rate, peak_rate
from scalinglaws.laws.growth.waves import sum_of_logistics
from scalinglaws.show.controls import buttons, choice, log_slider, slider, whole_slider
from scalinglaws.show.figures import COLORS, set_axes, short
from scalinglaws.show.panel import Panel, paper

PAPER_ENDS = 0.01, 1e5
_LAST_YEAR_SHOWN = {"airliners": 1958, "transistors": 2003.5, "cellphone": 2006, "clock": 2003, "oil": 1956}
LETTERS = tuple("ABCDE")
"""Names of the series until the forecast is made."""

_LEVEL, _KINDS = 0.9, ("exponential", "S-curve", "walk")
_NOT_YET = "nothing yet"
_LINE_DOUBLES = 2.0  # years in which the line doubles that the waves should lie on
_YEARS = np.linspace(0, 30, 181)


@dataclass(frozen=True)
class CutSeries:
    """A series of which only the beginning is shown, up to the year `cut`, in units that do not give it away."""

    letter: str
    whole: Series
    cut: float

    @cached_property
    def known(self):
        """Series: what may be seen."""
        return self.whole.until(self.cut)

    @property
    def unit(self):
        """Float: the last known value, in the unit of the series."""
        return float(self.known.value[-1])

    @property
    def ahead(self):
        """Ndarray: years of all points, from the last known one."""
        return self.whole.year - self.known.year[-1]

    @property
    def times(self):
        """Ndarray: all values."""
        return self.whole.value / self.unit

    @property
    def horizon(self):
        """Float: years to the end of the series."""
        return float(self.ahead[-1])

    @property
    def truth(self):
        """Float: the end of the series."""
        return float(self.times[-1])

    def forecast(self, kind, ahead):
        """Return value, low and high, each an array, of the 90 % forecast so many years ahead from what is known.

        The kind is "exponential", "S-curve" (of production a hill), or "walk", a random walk with drift.
        """
        known = self.known
        if one_of("kind", kind, _KINDS) == "walk":
            fit = fit_drift(known.year, known.value)
        else:
            curve = kind if kind == "exponential" else self.whole.curve
            fit = FITS[curve](known.year, known.value, known.residuals)
        prediction = fit.predict(known.year[-1] + np.asarray(ahead), _LEVEL)
        return tuple(on_paper(part / self.unit) for part in (prediction.value, prediction.low, prediction.high))


@cache
def cut_series(letter):
    """Return the `CutSeries` of one of `LETTERS`.

    >>> airliners = cut_series("A")
    >>> airliners.known.year.size, round(airliners.horizon), float(airliners.times[airliners.known.year.size - 1])
    (8, 59, 1.0)
    """
    name = list(_LAST_YEAR_SHOWN)[LETTERS.index(one_of("letter", letter, LETTERS))]
    return CutSeries(letter, series(name), _LAST_YEAR_SHOWN[name])


def on_paper(value):
    """Return values cut to the ends of the paper.

    >>> on_paper([-3, 2, float("inf")])
    array([1.e-02, 2.e+00, 1.e+05])
    """
    return np.clip(value, *PAPER_ENDS)


def your_curve(ahead, shape, top, middle, width):
    """Return a curve drawn by hand: a "plateau" is a logistic curve, half reached in `middle`; a "hill" its slope.

    `width` is the 10-90 % width in years. Cut to the paper at the top and at a millionth at the bottom.

    >>> your_curve([0.0, 10.0], "plateau", top=4, middle=10, width=20).round(2)
    array([0.4, 2. ])
    """
    ahead = np.asarray(ahead, dtype=float)
    with np.errstate(over="ignore"):
        if one_of("shape", shape, ("plateau", "hill")) == "plateau":
            values = logistic(ahead, top, middle, width)
        else:
            values = logistic_rate(ahead, top / peak_rate(1, width), middle, width)
    return np.clip(np.nan_to_num(values), 1e-6, PAPER_ENDS[1])


def points_in_doublings(low, high, truth):
    """Return the interval score of positive numbers in doublings: the width, and 20 points for each doubling of a miss.

    >>> [round(points_in_doublings(1, 4, truth), 6) for truth in (2, 8, 0.5)]
    [2.0, 22.0, 22.0]
    """
    if positive("low", low) > positive("high", high):
        raise ValueError(f"high must be at least low {low}, got {high}")
    return interval_score(np.log2(low), np.log2(high), np.log2(positive("truth", truth)), _LEVEL)


def score_bet(letter, low, high):
    """Return the points of "you", who bet on an interval for the end of a series, and of the three machines.

    >>> score_bet("A", 0.8, 1.2)["you"] < score_bet("A", 0.8, 1.2)["exponential"]
    True
    """
    yours = points_in_doublings(*on_paper([low, high]), cut_series(letter).truth)
    return {"you": yours, **{kind: _machine_points(letter, kind) for kind in _KINDS}}


@cache
def _machine_points(letter, kind):
    hidden = cut_series(letter)
    _, (low,), (high,) = hidden.forecast(kind, [hidden.horizon])
    return points_in_doublings(low, high, hidden.truth)


def bet_on_end(letter="A", reveal=_NOT_YET):
    """Return the panel in which a curve is laid on an unnamed series and its end is bet on.

    It starts with the series `letter` on show; the series `reveal` is shown whole from the start.
    """
    figure = paper(height=4.2)
    axes = set_axes(figure.add_subplot(), "years from the last known point", "times the last known value", log="")
    bands = [axes.fill([0, 0], [1, 1], color=COLORS[name], alpha=0.25, lw=0)[0] for name in ("blue", "green")]
    (rest,) = axes.plot([], [], "D", color=COLORS["black"], mfc="white", ms=4)
    (curve,) = axes.plot([], [], color=COLORS["orange"])
    (known,) = axes.plot([], [], "o", color=COLORS["black"], ms=4)
    (bar,) = axes.plot([], [], color=COLORS["orange"], lw=6, solid_capstyle="butt")

    def move(letter, shape, top, middle, width, sure, look, reveal):
        hidden, shown = cut_series(letter), reveal == letter
        n = hidden.known.year.size
        start, end = hidden.ahead[0], hidden.horizon
        lowest = hidden.times.min() / 2
        _set_paper(axes, look, xlim=(start - 2, end + 3), ylim=(0, 5) if look == "linear" else (lowest, 1e4))
        ahead = np.linspace(start, end, 160)
        curve.set_data(ahead, your_curve(ahead, shape, top, middle, width))
        known.set_data(hidden.ahead[:n], hidden.times[:n])
        rest.set_data(hidden.ahead[n:], hidden.times[n:])
        at_end = float(your_curve(end, shape, top, middle, width))
        low, high = on_paper([at_end / sure, at_end * sure])
        bar.set_data([end, end], [low, high])
        for band, kind in zip(bands, _KINDS, strict=False):
            band.set_xy(_band(letter, kind) if shown else np.array([[0.0, 1.0], [0.0, 1.0]]))
        for artist in (*bands, rest):
            artist.set_visible(shown)
        miss = np.log(hidden.times[:n] / your_curve(hidden.ahead[:n], shape, top, middle, width))
        typical = np.exp(np.sqrt(np.mean(miss**2)))
        text = (
            f"{letter}: you miss the known points by a factor of {short(float(typical))}, and say that {end:.0f} years on "
            f"it is {short(low)} to {short(high)} times the last value."
        )
        if not shown:
            return text
        points = ", ".join(f"{name} {value:.0f}" for name, value in score_bet(letter, low, high).items())
        return f"{text} It is {hidden.known.label}: it was {short(hidden.truth)} times. Points (fewer are better): {points}."

    return Panel(
        figure,
        move,
        [*bands, rest, curve, bar, known],
        "Values of an unnamed series, as multiples of the last known one, against years from that point; an orange curve "
        "laid on them by hand, with a bar at its end for the bet.",
        slow=("reveal",),
        letter=buttons("series", LETTERS, letter),
        shape=buttons("it ends in a", ["plateau", "hill"]),
        top=log_slider("ceiling, or top of the hill (times the last value)", 5, 0.7, 1e4),
        middle=slider("middle (years from the last point)", 5, -30, 60, 0.5, digits=1),
        width=slider("10-90 % width (years)", 30, 4, 150, 1, digits=0),
        sure=log_slider("give or take a factor of", 2, 1.02, 100),
        look=buttons("paper", ["logarithmic", "linear"]),
        reveal=choice("I have bet: reveal", [_NOT_YET, *LETTERS], reveal),
    )


def ceilings():
    """Return the panel that shows, for a series known up to some point, the best curve at every ceiling."""
    figure = paper(height=4.8)
    top, bottom = figure.subplots(2, height_ratios=[2.2, 1])
    set_axes(top, "year", "times the highest known", log="")
    set_axes(bottom, "ceiling, in multiples of the highest known value", "sum of squares", log="x")
    bottom.set(xlim=(0.8, 1e3), ylim=(0.95, 2.6))
    (curve,) = top.plot([], [], color=COLORS["orange"])
    (later,) = top.plot([], [], "D", color=COLORS["black"], mfc="white", ms=4)
    (seen,) = top.plot([], [], "o", color=COLORS["black"], ms=4)
    (profile,) = bottom.plot([], [], color=COLORS["green"])
    (limit,) = bottom.plot([0.8, 1e3], [1, 1], color=COLORS["grey"], ls="--", lw=1)
    (dot,) = bottom.plot([], [], "o", color=COLORS["orange"], ms=9)

    def move(name, share, ceiling, look):
        whole, (size, best, sse, largest_sse, interval) = series(name), _ceiling_profile(name, share)
        is_hill, unit = whole.curve != "logistic", whole.value[:size].max()
        scale = best["ceiling"][np.argmin(sse)] if is_hill else unit
        finite = np.isfinite(best["ceiling"]) & np.isfinite(best["midpoint"])
        tried = best["ceiling"][finite] / scale
        row = np.flatnonzero(finite)[np.argmin(np.abs(np.log(tried / ceiling)))]
        years = np.linspace(whole.year[0], whole.year[-1], 160)
        with np.errstate(over="ignore"):
            best_curve = logistic_rate if is_hill else logistic
            values = best_curve(years, best["ceiling"][row], best["midpoint"][row], best["width"][row]) / unit
        curve.set_data(years, np.clip(np.nan_to_num(values), 1e-9, 1e9))
        seen.set_data(whole.year[:size], whole.value[:size] / unit)
        later.set_data(whole.year[size:], whole.value[size:] / unit)
        least_sse = sse.min()
        profile.set_data(tried, np.clip(sse[finite] / least_sse, 0, 5))
        limit.set_ydata([largest_sse / least_sse] * 2)
        dot.set_data([best["ceiling"][row] / scale], [min(sse[row] / least_sse, 2.55)])
        times = whole.value / unit
        most = max(2.5, 1.3 * times.max())
        ylim = (0, most) if look == "linear" else (times.min() / 2, 2 * most)
        _set_paper(top, look, xlim=(whole.year[0] - 2, whole.year[-1] + 3), ylim=ylim)
        label = "total, over that of the best" if is_hill else "ceiling, in multiples of the highest known value"
        bottom.set_xlabel(label)
        low, high = (end / scale for end in interval)
        ends = f"{short(low)} or more, without end" if np.isinf(high) else f"{short(low)} to {short(high)}"
        verdict = "within the interval" if sse[row] <= largest_sse else "ruled out"
        until = f"{whole.label}, to {whole.year[size - 1]:.0f}"
        return f"{until}: ceiling {ends} (90 %). Yours is {short(ceiling)}: {verdict}."

    return Panel(
        figure,
        move,
        [later, seen, curve, profile, limit, dot],
        "Above, a series with the best S-curve for a given ceiling, and what came later as open diamonds. Below, how badly "
        "the best curve at each ceiling misses the known points, with the limit of the 90 per cent interval dashed.",
        slow=("name", "share"),
        name=choice("series", {series(name).label: name for name in series_names()}),
        share=whole_slider("known (% of the points)", 40, 20, 95, 5),
        ceiling=log_slider("ceiling (times the highest known)", 10, 1, 500),
        look=buttons("paper", ["logarithmic", "linear"]),
    )


def stack_waves():
    """Return the panel in which S-curves are stacked by hand until their sum lies on an exponential."""
    figure = paper(height=4.2)
    axes = set_axes(figure.add_subplot(), "year", "value", log="y", xlim=(0, 30), ylim=(0.3, 1e5))
    line = exponential(_YEARS, 1, _LINE_DOUBLES)
    axes.plot(_YEARS, line, color=COLORS["grey"], ls="--", lw=1.5)
    (total,) = axes.plot([], [], color=COLORS["blue"], lw=3)
    waves = [axes.plot([], [], color=COLORS["sky"], lw=1)[0] for _ in range(12)]

    def move(ratio, spacing, width, last, late):
        numbers = np.arange(-12, last + 1)
        heights = float(ratio) ** numbers
        middles = numbers * spacing + late * (numbers >= 3)
        values = sum_of_logistics(_YEARS, heights, middles, [width] * numbers.size)
        start = np.exp(np.mean(np.log(values / line)[_YEARS <= 10]))
        total.set_data(_YEARS, values / start)
        for number, wave in enumerate(waves, start=1):
            wave.set_visible(number <= last)
            if number <= last:
                wave.set_data(_YEARS, logistic(_YEARS, heights[number + 12] / start, middles[number + 12], width))
        off = np.abs(np.log(values / start / line)).max()
        pace = float(doubling_time(ratio) * spacing)
        return (
            f"{last} waves after year 0, doubling every {pace:.2f} years while they come; at worst a factor of "
            f"{short(float(np.exp(off)))} off the line."
        )

    return Panel(
        figure,
        move,
        [*waves, total],
        "Thin S-curves on logarithmic paper and their sum, a thick line, beside a dashed straight line that doubles every "
        "two years.",
        ratio=slider("each wave so many times higher", 3, 1.5, 30, 0.1, digits=1),
        spacing=slider("years from wave to wave", 5, 1, 12, 0.1, digits=1),
        width=slider("10-90 % width (years)", 3, 1, 20, 0.5, digits=1),
        last=whole_slider("waves after year 0", 6, 1, 12),
        late=slider("the third wave and all later ones are late by (years)", 0, 0, 8, 0.5, digits=1),
    )


def _set_paper(axes, look, **limits):
    axes.set_yscale("linear")
    set_axes(axes, axes.get_xlabel(), axes.get_ylabel(), "" if look == "linear" else "y", **limits)


@cache
def _band(letter, kind):
    ahead = np.linspace(0, cut_series(letter).horizon, 40)[1:]
    _, low, high = cut_series(letter).forecast(kind, ahead)
    return np.column_stack([np.concatenate([ahead, ahead[::-1]]), np.concatenate([low, high[::-1]])])


@cache
def _ceiling_profile(name, share):
    """How many points are known, the best curve at each ceiling, sums of squares, the largest allowed, the interval."""
    whole = series(name)
    size = max(5, round(whole.year.size * share / 100))
    fit = FITS[whole.curve](whole.year[:size], whole.value[:size], whole.residuals)
    profile = fit.profile()
    largest_sse = profile.objective.min() * (1 + profile.limit(_LEVEL) / profile.freedom)
    return size, fit.named(profile.theta), profile.objective, largest_sse, profile.interval(_LEVEL)
