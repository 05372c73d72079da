"""Lab 5's bets: real series cut before their end, unnamed, and how an interval for the end is scored.

Lab 5's instruments: a bet on an unnamed series, what its ceiling can be, and a stack of waves laid on a line.
"""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from scalinglaws.check import one_of, positive
from scalinglaws.fit.ceilings import threshold
from scalinglaws.fit.growth import FITS
from scalinglaws.fit.series import Series, names, series
from scalinglaws.laws.growth.curves import doubling_time, exponential, logistic, logistic_rate, peak_rate
from scalinglaws.laws.growth.waves import sum_of_logistics
from scalinglaws.show.controls import buttons, choice, log_slider, slider, whole_slider
from scalinglaws.show.figures import COLORS, set_axes, short
from scalinglaws.show.panel import Panel, paper

LEVEL = 0.9
PAPER = 0.01, 1e5  # times the last known value; what lies beyond is cut off, so that every interval has a score
_CUTS = {
    "A": ("airliners", 1958),
    "B": ("transistors", 2003.5),
    "C": ("cellphone", 2006),
    "D": ("clock", 2003),
    "E": ("oil", 1956),
}


@dataclass(frozen=True)
class Case:
    """A series of which only the beginning is shown, in units that do not give it away.

    Attributes
    ----------
    letter : str
        Its name until the forecast is made.
    whole : Series
        All of it.
    cut : float
        Last year that is shown.
    """

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
        """Ndarray: years of all points, counted from the cut."""
        return self.whole.year - self.known.year[-1]

    @property
    def times(self):
        """Ndarray: all values, in multiples of the last known one."""
        return self.whole.value / self.unit

    @property
    def horizon(self):
        """Float: years from the cut to the end of the series."""
        return float(self.ahead[-1])

    @property
    def truth(self):
        """Float: the end of the series, in multiples of the last known value."""
        return float(self.times[-1])

    def machine(self, kind, ahead):
        """Fit what is known and forecast.

        Parameters
        ----------
        kind : {"exponential", "S-curve"}
            What is fitted; an S-curve of production is a hill.
        ahead : array_like, shape (n_years,)
            Years from the cut.

        Returns
        -------
        value, low, high : ndarray, shape (n_years,)
            In multiples of the last known value, cut to the paper; the interval is one of 90 %.

        Raises
        ------
        ValueError
            If the kind is unknown.
        """
        one_of("kind", kind, ("exponential", "S-curve"))
        fit = FITS[kind if kind == "exponential" else self.whole.curve]
        known = self.known
        made = fit(known.year, known.value, known.residuals).predict(known.year[-1] + np.asarray(ahead), LEVEL)
        return tuple(on_paper(part / self.unit) for part in (made.value, made.low, made.high))


@cache
def case(letter):
    """Return one of the five cases, "A" to "E".

    Raises
    ------
    ValueError
        For another letter.

    Examples
    --------
    >>> one = case("A")
    >>> one.known.year.size, round(one.horizon), one.times[one.known.year.size - 1]
    (8, 59, np.float64(1.0))
    """
    name, cut = _CUTS[one_of("letter", letter, _CUTS)]
    return Case(letter, series(name), cut)


def letters():
    """Return the letters of the cases, as a list of str."""
    return list(_CUTS)


def on_paper(value):
    """Return values cut to the ends of the paper, 0.01 and 100,000 times the last known value.

    Examples
    --------
    >>> on_paper([-3, 2, float("inf")])
    array([1.e-02, 2.e+00, 1.e+05])
    """
    return np.clip(value, *PAPER)


def your_curve(ahead, shape, top, middle, width):
    """Return a curve drawn by hand.

    Parameters
    ----------
    ahead : array_like
        Years from the cut, any shape.
    shape : {"plateau", "hill"}
        A logistic curve, or its slope.
    top : float
        The ceiling, or the height of the hill.
    middle, width : float
        Year, from the cut, at which the plateau is half reached or the hill highest; 10-90 % width.

    Returns
    -------
    ndarray
        Shape of `ahead`, cut to the paper at the top, and at a millionth at the bottom.

    Examples
    --------
    >>> your_curve([0.0, 10.0], "plateau", top=4, middle=10, width=20).round(2)
    array([0.4, 2. ])
    """
    ahead = np.asarray(ahead, dtype=float)
    with np.errstate(over="ignore"):
        if one_of("shape", shape, ("plateau", "hill")) == "plateau":
            values = logistic(ahead, top, middle, width)
        else:
            values = logistic_rate(ahead, top / peak_rate(1, width), middle, width)
    return np.clip(np.nan_to_num(values), 1e-6, PAPER[1])


def points(low, high, truth, level=LEVEL):
    """Score an interval on logarithmic paper; fewer are better.

    Parameters
    ----------
    low, high : float
        Ends of the interval, above 0.
    truth : float
        What came.
    level : float
        How often the interval ought to hold it.

    Returns
    -------
    float
        Width in doublings, plus ``2 / (1 - level)`` times the miss in doublings.

    Raises
    ------
    ValueError
        If a number is not positive, the ends are out of order, or the level is not between 0 and 1.

    Notes
    -----
    The interval score of Gneiting and Raftery (2007), of the logarithm to base 2. Its expectation is least for the
    interval between the quantiles (1 - level) / 2 and (1 + level) / 2 of what one believes.

    Examples
    --------
    >>> [round(float(points(1, 4, truth)), 6) for truth in (2, 8, 0.5)]
    [2.0, 22.0, 22.0]
    """
    low, high, truth = positive("low", low), positive("high", high), positive("truth", truth)
    if low > high:
        raise ValueError(f"high must be at least low {low}, got {high}")
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level}")
    miss = max(np.log2(low / truth), np.log2(truth / high), 0.0)
    return float(np.log2(high / low) + 2 / (1 - level) * miss)


def judge(letter, low, high):
    """Score an interval for the end of a case beside those of the machine.

    Parameters
    ----------
    letter : str
        "A" to "E".
    low, high : float
        Ends, in multiples of the last known value.

    Returns
    -------
    dict of str to float
        Points of "you", of the "exponential" and of the "S-curve".

    Examples
    --------
    >>> judge("A", 0.8, 1.2)["you"] < judge("A", 0.8, 1.2)["exponential"]
    True
    """
    one = case(letter)
    scored = {"you": points(*on_paper([low, high]), one.truth)}
    for kind in ("exponential", "S-curve"):
        scored[kind] = _machine_points(letter, kind)
    return scored


@cache
def _machine_points(letter, kind):
    one = case(letter)
    _, (low,), (high,) = one.machine(kind, [one.horizon])
    return points(low, high, one.truth)


NOTHING = "nothing yet"
TARGET = 2.0  # years in which the line of the stack doubles
YEARS = np.linspace(0, 30, 181)


def bet(letter="A", reveal=NOTHING):
    """Return the panel in which a curve is laid on an unnamed series and its end is bet on.

    Parameters
    ----------
    letter, reveal : str
        The series on show at the start, and the one that is shown whole from the start.

    Returns
    -------
    Panel
    """
    figure = paper(height=4.2)
    axes = set_axes(figure.add_subplot(), "years from the last known point", "times the last known value", log="")
    bands = [axes.fill([0, 0], [1, 1], color=COLORS[name], alpha=0.25, lw=0)[0] for name in ("blue", "green")]
    (rest,) = axes.plot([], [], "D", color=COLORS["black"], mfc="white", ms=4)
    (curve,) = axes.plot([], [], color=COLORS["orange"])
    (known,) = axes.plot([], [], "o", color=COLORS["black"], ms=4)
    (bar,) = axes.plot([], [], color=COLORS["orange"], lw=6, solid_capstyle="butt")

    def move(letter, shape, top, middle, width, sure, look, reveal):
        one, shown = case(letter), reveal == letter
        n = one.known.year.size
        start, end = one.ahead[0], one.horizon
        _paper(axes, look, xlim=(start - 2, end + 3), ylim=(0, 5) if look == "linear" else (one.times.min() / 2, 1e4))
        grid = np.linspace(start, end, 160)
        curve.set_data(grid, your_curve(grid, shape, top, middle, width))
        known.set_data(one.ahead[:n], one.times[:n])
        rest.set_data(one.ahead[n:], one.times[n:])
        at_end = float(your_curve(end, shape, top, middle, width))
        low, high = on_paper([at_end / sure, at_end * sure])
        bar.set_data([end, end], [low, high])
        for band, kind in zip(bands, ("exponential", "S-curve"), strict=True):
            band.set_xy(_band(letter, kind) if shown else np.array([[0.0, 1.0], [0.0, 1.0]]))
        for artist in (*bands, rest):
            artist.set_visible(shown)
        miss = np.log(one.times[:n] / your_curve(one.ahead[:n], shape, top, middle, width))
        typical = np.exp(np.sqrt(np.mean(miss**2)))
        told = (
            f"{letter}: you miss the known points by a factor of {short(float(typical))}, and say that {end:.0f} years on "
            f"it is {short(low)} to {short(high)} times the last value."
        )
        if not shown:
            return told
        scored = ", ".join(f"{name} {value:.0f}" for name, value in judge(letter, low, high).items())
        return f"{told} It is {one.known.label}: it was {short(one.truth)} times. Points (fewer are better): {scored}."

    return Panel(
        figure,
        move,
        [*bands, rest, curve, bar, known],
        "Values of an unnamed series, as multiples of the last known one, against years from that point; an orange curve "
        "laid on them by hand, with a bar at its end for the bet.",
        slow=("reveal",),
        letter=buttons("series", letters(), letter),
        shape=buttons("it ends in a", ["plateau", "hill"]),
        top=log_slider("ceiling, or top of the hill (times the last value)", 5, 0.7, 1e4),
        middle=slider("middle (years from the last point)", 5, -30, 60, 0.5, digits=1),
        width=slider("10-90 % width (years)", 30, 4, 150, 1, digits=0),
        sure=log_slider("give or take a factor of", 2, 1.02, 100),
        look=buttons("paper", ["logarithmic", "linear"]),
        reveal=choice("I have bet: reveal", [NOTHING, *letters()], reveal),
    )


def ceilings():
    """Return the panel that shows, for a series known up to some point, the best curve at every ceiling.

    Returns
    -------
    Panel
    """
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
    (here,) = bottom.plot([], [], "o", color=COLORS["orange"], ms=9)

    def move(name, share, ceiling, look):
        one, (size, rows, limits, interval) = series(name), _profile(name, share)
        unit = one.value[:size].max()
        scale = unit if one.curve == "logistic" else rows.ceiling[np.argmin(rows.sse)]
        finite = np.isfinite(rows.ceiling) & np.isfinite(rows.midpoint)
        at = rows.ceiling[finite] / scale
        row = np.flatnonzero(finite)[np.argmin(np.abs(np.log(at / ceiling)))]
        shape = logistic if one.curve == "logistic" else logistic_rate
        grid = np.linspace(one.year[0], one.year[-1], 160)
        with np.errstate(over="ignore"):
            drawn = shape(grid, rows.ceiling[row], rows.midpoint[row], rows.width[row]) / unit
        curve.set_data(grid, np.clip(np.nan_to_num(drawn), 1e-9, 1e9))
        seen.set_data(one.year[:size], one.value[:size] / unit)
        later.set_data(one.year[size:], one.value[size:] / unit)
        best = rows.sse.min()
        profile.set_data(at, np.clip(rows.sse[finite] / best, 0, 5))
        limit.set_ydata([limits / best] * 2)
        here.set_data([rows.ceiling[row] / scale], [min(rows.sse[row] / best, 2.55)])
        times = one.value / unit
        most = max(2.5, 1.3 * times.max())
        ylim = (0, most) if look == "linear" else (times.min() / 2, 2 * most)
        _paper(top, look, xlim=(one.year[0] - 2, one.year[-1] + 3), ylim=ylim)
        bottom.set_xlabel(
            "ceiling, in multiples of the highest known value"
            if one.curve == "logistic"
            else "total, over that of the best"
        )
        low, high = (end / scale for end in interval)
        ends = f"{short(low)} or more, without end" if np.isinf(high) else f"{short(low)} to {short(high)}"
        verdict = "within the interval" if rows.sse[row] <= limits else "ruled out"
        return f"{one.label}, to {one.year[size - 1]:.0f}: ceiling {ends} (90 %). Yours is {short(ceiling)}: {verdict}."

    return Panel(
        figure,
        move,
        [later, seen, curve, profile, limit, here],
        "Above, a series with the best S-curve for a given ceiling, and what came later as open diamonds. Below, how badly "
        "the best curve at each ceiling misses the known points, with the limit of the 90 per cent interval dashed.",
        slow=("name", "share"),
        name=choice("series", {series(name).label: name for name in names()}),
        share=whole_slider("known (% of the points)", 40, 20, 95, 5),
        ceiling=log_slider("ceiling (times the highest known)", 10, 1, 500),
        look=buttons("paper", ["logarithmic", "linear"]),
    )


def stack():
    """Return the panel in which S-curves are stacked by hand until their sum lies on an exponential.

    Returns
    -------
    Panel
    """
    figure = paper(height=4.2)
    axes = set_axes(figure.add_subplot(), "year", "value", log="y", xlim=(0, 30), ylim=(0.3, 1e5))
    axes.plot(YEARS, exponential(YEARS, 1, TARGET), color=COLORS["grey"], ls="--", lw=1.5)
    (total,) = axes.plot([], [], color=COLORS["blue"], lw=3)
    waves = [axes.plot([], [], color=COLORS["sky"], lw=1)[0] for _ in range(12)]

    def move(ratio, spacing, width, last, late):
        numbers = np.arange(-12, last + 1)
        heights = float(ratio) ** numbers
        middles = numbers * spacing + late * (numbers >= 3)
        values = sum_of_logistics(YEARS, heights, middles, [width] * numbers.size)
        start = np.exp(np.mean(np.log(values / exponential(YEARS, 1, TARGET))[YEARS <= 10]))
        total.set_data(YEARS, values / start)
        for number, wave in enumerate(waves, start=1):
            there = number <= last
            wave.set_visible(there)
            if there:
                wave.set_data(YEARS, logistic(YEARS, heights[number + 12] / start, middles[number + 12], width))
        off = np.abs(np.log(values / start / exponential(YEARS, 1, TARGET))).max()
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


def _paper(axes, look, **limits):
    axes.set_yscale("linear")
    set_axes(axes, axes.get_xlabel(), axes.get_ylabel(), "" if look == "linear" else "y", **limits)


@cache
def _band(letter, kind):
    ahead = np.linspace(0, case(letter).horizon, 40)[1:]
    _, low, high = case(letter).machine(kind, ahead)
    return np.column_stack([np.concatenate([ahead, ahead[::-1]]), np.concatenate([low, high[::-1]])])


@cache
def _profile(name, share):
    one = series(name)
    size = max(5, round(one.year.size * share / 100))
    fit = FITS[one.curve](one.year[:size], one.value[:size], one.residuals)
    return size, fit.profile, threshold(fit.profile.sse, size, 3, LEVEL), fit.interval("ceiling", LEVEL)
