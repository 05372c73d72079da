"""Lab 1, log paper: two rulers and the points of a bet, measured series, a curve laid by hand, and lookalikes of a law.

The straight ruler is a power law, the bent one a power law with a floor; both come with honest intervals.
"""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from scalinglaws.check import not_negative, number, one_of, positive
from scalinglaws.data import load
from scalinglaws.fit.chinchilla import PowerLawFit, fit_power_law
from scalinglaws.fit.engine.intervals import Interval
from scalinglaws.fit.score import interval_score
from scalinglaws.laws.training.power import PowerLaw, power_law, total_factor
from scalinglaws.show.controls import buttons, choice, slider, switch
from scalinglaws.show.figures import COLORS, new, set_axes, short
from scalinglaws.show.marks import color_key
from scalinglaws.show.panel import Panel, paper

BET_LEVEL = 0.8
"""Chance that an interval should hold the truth."""


class Ruler(NamedTuple):
    """A fitted law, its typical miss, the floors that the data allow about as well, and the fit itself."""

    law: PowerLaw
    miss: float
    floors: Interval
    fit: PowerLawFit

    def interval(self, x):
        """Return the 80 % interval of the law at x: the lowest and the highest value among the laws that the data allow."""
        return self.fit.curve_interval(x, level=BET_LEVEL)


def straight_ruler(series):
    """Fit a power law without a floor to a `LossSeries`: a straight line on log-log paper, by least squares of logarithms.

    >>> from scalinglaws.book.lab1 import two_labs
    >>> north, south = two_labs(seed=1)
    >>> straight_ruler(north).law.floor
    0.0
    """
    return bent_ruler(series, floor=0.0)


def bent_ruler(series, floor=None):
    """Fit a power law with a floor to a `LossSeries`: the best one, or the best above a given floor.

    >>> from scalinglaws.book.lab1 import two_labs
    >>> north, south = two_labs(seed=1)
    >>> low, high = bent_ruler(north).interval(1e23)
    >>> bool(low < north.truth(1e23) < high)
    True
    """
    if floor is not None and number("floor", floor, not_negative) >= series.y.min():
        raise ValueError(f"floor must be below the lowest loss {series.y.min():.4g}, got {floor}")
    fit = fit_power_law(series.x, series.y, fixed=None if floor is None else {"floor": floor})
    floors = Interval(floor, floor, BET_LEVEL, "given") if floor is not None else fit.floor_profile.interval(BET_LEVEL)
    freedom = len(series.x) - fit.problem.n_free
    return Ruler(fit.law, float(np.sqrt(np.sum(fit.residuals**2) / freedom)), floors, fit)


def points_in_percent(low, high, truth):
    """Return the interval score at the level 80 %, in per cent of the truth: the width, and ten times what it misses by.

    >>> round(points_in_percent(1.9, 2.1, 2.0), 1), round(points_in_percent(1.9, 2.1, 2.2), 1)
    (10.0, 54.5)
    """
    return 100 * interval_score(number("low", low), high, number("truth", truth), BET_LEVEL) / truth


_START, _NEAR, _FAR = 1e18, 1e21, 1e23  # FLOP: the first run, and one and three decades beyond the last
_LOSSES = (1.1, 4.7)
_COMPUTE = np.geomspace(_START, _FAR, 120)


@dataclass(frozen=True)
class LossSeries:
    """Losses y measured along training compute x, rising, by somebody called `name`.

    `noise` is the relative scatter of one measurement, `quantity` labels y, and `truth` is the law that the measurements
    scatter about, where somebody knows it: it is not printed.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    noise: float
    quantity: str = "loss"
    truth: PowerLaw | None = field(default=None, repr=False)

    def with_run(self, x, seed=0):
        """Return the series with one more measurement, at x FLOP.

        >>> north, south = two_labs(seed=1)
        >>> len(north.with_run(1e21).x) - len(north.x)
        1
        """
        scatter = np.exp(self.noise * np.random.default_rng([seed, len(self.x), *self.name.encode()]).standard_normal())
        y = np.append(self.y, self.truth(number("x", x)) * scatter)
        return replace(self, x=np.append(self.x, x), y=y)


def two_labs(seed, noise=0.015, n_runs=13):
    """Return two `LossSeries` from 1e18 to 1e20 FLOP that one ruler fits alike: one law has a floor, the other none.

    Which of the two has it, its height, and the scatter are drawn by the seed.

    >>> [series.name for series in two_labs(seed=1)]
    ['North', 'South']
    """
    rng = np.random.default_rng(seed)
    x = np.geomspace(_START, 1e20, n_runs)
    straight = PowerLaw.through(x[0], 4.0, x[-1], 4.0 * 100 ** -rng.uniform(0.085, 0.095))
    bent = PowerLaw.through(x[0], 4.0, x[-1], straight(x[-1]), floor=rng.uniform(1.4, 1.6))
    laws = [straight, bent] if rng.random() < 0.5 else [bent, straight]
    scatter = np.exp(positive("noise", noise) * rng.standard_normal((2, n_runs)))
    rows = zip(("North", "South"), laws, scatter, strict=True)
    return tuple(LossSeries(name, x, law(x) * factors, noise, truth=law) for name, law, factors in rows)


def our_runs(least_flop, most_flop, name="ours"):
    """Return the lowest loss of the course's own runs at each budget between two, included, and each of three seeds.

    Models of Python's standard library; loss in nats per character.

    >>> our_runs(1e9, 1e10).x.size
    9
    """
    runs = load("runs")
    budget, chosen = runs["budget_flop"], (runs["kind"] == "isoflop") & (runs["corpus"] == "stdlib")
    chosen &= (runs["status"] == "ok") & (budget >= number("least_flop", least_flop)) & (budget <= most_flop)
    if not chosen.any():
        raise ValueError(f"most_flop must reach a measured budget, got {least_flop} to {most_flop}")
    cells = sorted({*zip(budget[chosen], runs["seed"][chosen], strict=True)})
    lowest = [runs["loss"][chosen & (budget == flop) & (runs["seed"] == seed)].min() for flop, seed in cells]
    return LossSeries(name, np.array([flop for flop, _ in cells]), np.array(lowest), 0.005, "loss (nats per character)")


def by_hand(labs):
    """Return the panel in which a curve is laid by hand on the points of some `LossSeries`, measured from 1e18 FLOP on."""
    figure = paper(height=4.8)
    top, bottom = figure.subplots(2, height_ratios=[3, 1.2])
    set_axes(top, "compute_flop", "loss", xlim=(_START / 1.5, _FAR * 1.5), ylim=_LOSSES)
    reach = labs[0].x[-1]
    set_axes(bottom, "", "miss (%)", log="x", xlim=(_START / 1.5, _FAR * 1.5), ylim=(-15, 15))
    _shade_measured(top, reach)
    noise = 100 * labs[0].noise
    bottom.axhspan(-noise, noise, color="#e4eef5", lw=0)
    bottom.axhline(0, color=COLORS["grey"], lw=1)
    (curve,) = top.plot([], [], color=COLORS["orange"])
    (base,) = top.plot([], [], color=COLORS["orange"], lw=1, ls="--")
    (points,) = top.plot([], [], "o", color=COLORS["black"])
    (misses,) = bottom.plot([], [], "o", color=COLORS["black"])
    by_name = {lab.name: lab for lab in labs}

    def move(lab, start, exponent, floor):
        lab = by_name[lab]
        scale = (start - floor) * _START**exponent
        miss = 100 * (lab.y / power_law(lab.x, scale, exponent, floor) - 1)
        points.set_data(lab.x, lab.y)
        curve.set_data(_COMPUTE, power_law(_COMPUTE, scale, exponent, floor))
        base.set_data([_START, _FAR], [floor, floor])
        base.set_visible(floor >= _LOSSES[0])
        misses.set_data(lab.x, np.clip(miss, -14.5, 14.5))
        gain = 100 * (1 - total_factor(reach, 10, scale, exponent, floor))
        return (
            f"{lab.name}: typical miss {np.sqrt(np.mean(miss**2)):.1f} %, where one run scatters by {noise:.1f} %. From 1e20 "
            f"FLOP, ten times more buys {gain:.1f} %. At 1e23 FLOP: {power_law(_FAR, scale, exponent, floor):.2f}."
        )

    return Panel(
        figure,
        move,
        [base, curve, points, misses],
        "Above: loss against compute on log-log paper, thirteen points over two decades and a curve laid on them that "
        "runs on for three decades. Below: by how many per cent each point misses the curve.",
        lab=buttons("measured by", list(by_name)),
        start=slider("loss at 1e18 FLOP", 4.0, 3.6, 4.4, 0.01),
        exponent=slider("exponent above the floor", 0.07, 0.02, 0.5, 0.002, digits=3),
        floor=slider("floor (nats per token)", 0.0, 0.0, 2.2, 0.02),
    )


def bet_on_loss(lab, truth=False):
    """Return the panel in which two intervals are bet on, then compared with the truth and with two rulers.

    `lab` is a `LossSeries` of `two_labs`; with `truth` it starts with the truth shown.
    """
    rulers = {"straight ruler": straight_ruler(lab), "bent ruler": bent_ruler(lab)}
    colors = {"you": "orange", "straight ruler": "blue", "bent ruler": "green", "the truth": "black"}
    figure = paper(height=4.2)
    axes = set_axes(figure.add_subplot(), "compute_flop", "loss", xlim=(_START / 1.5, _FAR * 3), ylim=_LOSSES)
    _shade_measured(axes, lab.x[-1])
    axes.plot(lab.x, lab.y, "o", color=COLORS["black"])
    (law,) = axes.plot(_COMPUTE, lab.truth(_COMPUTE), color=COLORS["black"], lw=1.5)
    hidden, yours, points = [law], [], {}
    thick = {"lw": 6, "solid_capstyle": "butt"}
    for x in (_NEAR, _FAR):
        yours += axes.plot([x, x], [1, 1], color=COLORS["orange"], **thick)
        for (name, ruler), aside in zip(rulers.items(), (1.35, 1.8), strict=True):
            low, high = ruler.interval(x)
            hidden += axes.plot([x * aside] * 2, [low, high], color=COLORS[colors[name]], **thick)
            points[name, x] = points_in_percent(low, high, lab.truth(x))
        hidden += axes.plot([x / 1.3, x * 2.2], [lab.truth(x)] * 2, color=COLORS["black"], lw=1.5)
    words = color_key(axes, colors)

    def move(near, near_take, far, far_take, truth):
        scores = []
        for bar, x, middle, take in zip(yours, (_NEAR, _FAR), (near, far), (near_take, far_take), strict=True):
            ends = middle / (1 + take / 100), middle * (1 + take / 100)
            bar.set_ydata(ends)
            scores.append(points_in_percent(*ends, lab.truth(x)))
        for artist in [*hidden, *words[1:]]:
            artist.set_visible(truth)
        if not truth:
            return (
                f"{lab.name}: {near:.2f} give or take {near_take:.0f} %, then {far:.2f} give or take {far_take:.0f} %."
            )
        texts = [f"you {scores[0]:.0f} and {scores[1]:.0f}"]
        texts += [f"{name} {points[name, _NEAR]:.0f} and {points[name, _FAR]:.0f}" for name in rulers]
        return (
            f"{lab.name}, points one and three decades on (fewer are better): {', '.join(texts)}. "
            f"The truth is {lab.truth(_NEAR):.2f} and {lab.truth(_FAR):.2f}, with a floor of {lab.truth.floor:.2f}."
        )

    beside = "; beside them the bars of two fitted rulers, and the true curve." if truth else "."
    return Panel(
        figure,
        move,
        [*hidden, *words[1:], *yours, words[0]],
        "Loss against compute on log-log paper: thirteen measured points up to 1e20 FLOP and two orange bars, the bets at "
        f"1e21 and at 1e23 FLOP{beside}",
        near=slider("loss at 1e21 FLOP", 2.2, 1.7, 2.6, 0.01),
        near_take=slider("give or take (%)", 5, 1, 40, 1, digits=0),
        far=slider("loss at 1e23 FLOP", 1.6, 1.1, 2.5, 0.01),
        far_take=slider("give or take there (%)", 10, 1, 60, 1, digits=0),
        truth=switch("I have bet: show the truth", truth),
    )


def _shade_measured(axes, reach):
    axes.axvspan(_START / 1.5, reach, color="#f2f2f2", lw=0)
    axes.annotate("measured", (_START / 1.3, 1.2), color=COLORS["grey"])


def fan(labs, later=()):
    """Draw, for each `LossSeries`, both rulers with their 80 % intervals, run on beyond the data.

    Where `later` is given, it holds for each what was measured after the rulers had been laid, and the rulers run on to
    its end; else for three decades.
    """
    figure = new(height=3.5)
    for place, (axes, lab) in enumerate(zip(figure.subplots(1, len(labs), squeeze=False)[0], labs, strict=True)):
        end = 2 * later[place].x[-1] if later else 1e3 * lab.x[-1]
        x = np.geomspace(lab.x[0], end, 120)
        set_axes(axes, "compute_flop", "" if place else lab.quantity, xlim=(x[0] / 1.5, end * 1.2))
        for ruler, color in ((bent_ruler(lab), "green"), (straight_ruler(lab), "blue")):
            axes.fill_between(x, *ruler.interval(x), color=COLORS[color], alpha=0.3, lw=0)
            axes.plot(x, ruler.law(x), color=COLORS[color])
        axes.plot(lab.x, lab.y, "o", color=COLORS["black"], ms=4)
        for seen in later[place : place + 1]:
            axes.plot(seen.x, seen.y, "D", color=COLORS["black"], mfc="white", ms=5)
        axes.annotate(lab.name, (0.95, 0.9), xycoords="axes fraction", ha="right")
    low, high = min(axes.dataLim.y0 for axes in figure.axes), max(axes.dataLim.y1 for axes in figure.axes)
    for axes in figure.axes:
        axes.set_ylim(0.9 * low, 1.1 * high)


_DECADES_ON = np.log(1e3)
_NEARLY_ZERO = 1e-3
TRUE_SHAPES = {
    "power law": lambda u: 3.0 * np.exp(-0.08 * u),
    "power law with a floor": lambda u: 1.7 + 1.3 * np.exp(-0.1846 * u),
    "the same drop each decade": lambda u: np.maximum(3.0 - 0.24 * u, _NEARLY_ZERO),
    "lognormal": lambda u: 3.0 * np.exp(-0.08 * u - 0.004 * u**2),
    "exponential to a floor": lambda u: 1.7 + 1.3 * np.exp(-0.1846 * np.expm1(u)),
}
"""Five curves of u = log(compute / 1e18) that leave from the same point in the same direction."""


class LaidRuler(NamedTuple):
    """A straight ruler on 25 points: logarithms of both, its slope and height, and what it is worth (in per cent)."""

    u: np.ndarray
    y: np.ndarray
    slope: float
    height: float
    r_squared: float
    largest_miss: float
    off: float


def lay_ruler(shape, decades, noise=0.0):
    """Lay a straight ruler on one of `TRUE_SHAPES`, seen at 25 points over so many decades from 1e18 FLOP on.

    `noise` is the relative scatter of a point in per cent, the same draw at every call. Returns a `LaidRuler`.

    >>> laid = lay_ruler("power law with a floor", decades=1)
    >>> print(f"R² {laid.r_squared:.3f}, three decades on {laid.off:+.0f} %")
    R² 0.999, three decades on -19 %
    """
    true = TRUE_SHAPES[one_of("shape", shape, TRUE_SHAPES)]
    u = np.linspace(0, positive("decades", decades) * np.log(10), 25)
    y = np.log(true(u)) + noise / 100 * np.random.default_rng(3).standard_normal(25)
    slope, height = np.polyfit(u, y, 1)
    misses = y - height - slope * u
    r_squared = 1 - misses @ misses / np.sum((y - y.mean()) ** 2)
    off = 100 * (np.exp(height + slope * (u[-1] + _DECADES_ON)) / true(u[-1] + _DECADES_ON) - 1)
    return LaidRuler(u, y, slope, height, r_squared, 100 * np.abs(misses).max(), round(off, 9) + 0.0)  # no minus zero


def lookalikes():
    """Return the panel in which a straight ruler is laid on five shapes, seen through a window of a chosen width."""
    figure = paper(height=4.2)
    axes = set_axes(figure.add_subplot(), "compute_flop", "loss", xlim=(_START / 1.5, 1e27), ylim=(0.55, 3.6))
    u = np.linspace(0, np.log(1e9), 300)
    (shade,) = axes.fill(0, 0, color="#f2f2f2", lw=0)
    (true,) = axes.plot([], [], color=COLORS["black"], lw=1.5)
    (line,) = axes.plot([], [], color=COLORS["blue"])
    (points,) = axes.plot([], [], "o", color=COLORS["black"], ms=4)
    (gap,) = axes.plot([], [], color=COLORS["orange"], lw=3)
    words = color_key(axes, {"straight ruler": "blue", "the truth": "black", "the gap": "orange"})

    def move(shape, decades, noise, truth):
        laid, curve = lay_ruler(shape, decades, noise), TRUE_SHAPES[shape]
        later = laid.u[-1] + _DECADES_ON
        left, right = _START / 1.5, _START * np.exp(laid.u[-1])
        shade.set_xy([(left, 0.1), (right, 0.1), (right, 9), (left, 9)])
        points.set_data(_START * np.exp(laid.u), np.exp(laid.y))
        line.set_data(_START * np.exp(u), np.exp(laid.height + laid.slope * u))
        true.set_data(_START * np.exp(u), curve(u))
        gap.set_data([_START * np.exp(later)] * 2, [np.exp(laid.height + laid.slope * later), curve(later)])
        for artist in (true, gap, *words[1:]):
            artist.set_visible(truth)
        text = f"R² of the straight line: {laid.r_squared:.3f}; largest miss {laid.largest_miss:.1f} %."
        off = f"the ruler is {abs(laid.off):.0f} % too {'high' if laid.off > 0 else 'low'}"
        if curve(later) <= _NEARLY_ZERO:
            off = "nothing is left of the true loss"
        return text + f" Three decades on, at {short(_START * np.exp(later))} FLOP, {off}." * truth

    return Panel(
        figure,
        move,
        [shade, true, line, gap, points, *words],
        "Loss against compute on log-log paper: a grey window with points, a straight line through them that runs on over "
        "nine decades, the true curve, and a bar for the gap between the two, three decades beyond the window.",
        shape=choice("true shape", list(TRUE_SHAPES), "power law with a floor"),
        decades=slider("decades seen", 1, 0.5, 6, 0.1, digits=1),
        noise=slider("scatter (%)", 0.5, 0, 3, 0.1, digits=1),
        truth=switch("show the truth", True),
    )
