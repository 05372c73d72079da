"""Shapes that look alike on log paper, through a window of a chosen width: what R² does not say."""

from typing import NamedTuple

import numpy as np

from scalinglaws.check import one_of, positive
from scalinglaws.show.controls import choice, slider, switch
from scalinglaws.show.figures import COLORS, set_axes, short
from scalinglaws.show.panel import Panel, paper

START = 1e18
DECADES_ON = np.log(1e3)
NOTHING = 1e-3
SHAPES = {
    "power law": lambda u: 3.0 * np.exp(-0.08 * u),
    "power law with a floor": lambda u: 1.7 + 1.3 * np.exp(-0.1846 * u),
    "the same drop each decade": lambda u: np.maximum(3.0 - 0.24 * u, NOTHING),
    "lognormal": lambda u: 3.0 * np.exp(-0.08 * u - 0.004 * u**2),
    "exponential to a floor": lambda u: 1.7 + 1.3 * np.exp(-0.1846 * np.expm1(u)),
}
"""Five curves of u = log(compute / 1e18) that leave from the same point in the same direction."""


def lay_ruler(shape, decades, noise=0.0):
    """Lay a straight ruler on one of `SHAPES`, seen at 25 points from 1e18 FLOP on.

    Parameters
    ----------
    shape : str
        Name of the shape.
    decades : float
        How far it is seen.
    noise : float
        Relative scatter of a point, in per cent; the same draw at every call.

    Returns
    -------
    Laid

    Examples
    --------
    >>> laid = lay_ruler("power law with a floor", decades=1)
    >>> print(f"R² {laid.r_squared:.3f}, three decades on {laid.off:+.0f} %")
    R² 0.999, three decades on -19 %
    """
    u = np.linspace(0, positive("decades", decades) * np.log(10), 25)
    y = np.log(SHAPES[one_of("shape", shape, SHAPES)](u)) + noise / 100 * np.random.default_rng(3).standard_normal(25)
    slope, height = np.polyfit(u, y, 1)
    misses = y - height - slope * u
    r_squared = 1 - misses @ misses / np.sum((y - y.mean()) ** 2)
    off = 100 * (np.exp(height + slope * (u[-1] + DECADES_ON)) / SHAPES[shape](u[-1] + DECADES_ON) - 1)
    return Laid(u, y, slope, height, r_squared, 100 * np.abs(misses).max(), round(off, 9) + 0.0)  # no minus zero


class Laid(NamedTuple):
    """A straight ruler on 25 points: logarithms of both, its slope and height, and what it is worth (in per cent)."""

    u: np.ndarray
    y: np.ndarray
    slope: float
    height: float
    r_squared: float
    largest_miss: float
    off: float


def lookalikes():
    """Return the panel in which a straight ruler is laid on five shapes, seen through a window of a chosen width.

    Returns
    -------
    Panel
    """
    figure = paper(height=4.2)
    axes = set_axes(figure.add_subplot(), "compute_flop", "loss", xlim=(START / 1.5, 1e27), ylim=(0.55, 3.6))
    u = np.linspace(0, np.log(1e9), 300)
    (shade,) = axes.fill(0, 0, color="#f2f2f2", lw=0)
    (true,) = axes.plot([], [], color=COLORS["black"], lw=1.5)
    (line,) = axes.plot([], [], color=COLORS["blue"])
    (points,) = axes.plot([], [], "o", color=COLORS["black"], ms=4)
    (gap,) = axes.plot([], [], color=COLORS["orange"], lw=3)
    words = [
        axes.text(
            0.98, 0.93 - 0.08 * row, word, color=COLORS[color], transform=axes.transAxes, ha="right", weight="bold"
        )
        for row, (word, color) in enumerate((("straight ruler", "blue"), ("the truth", "black"), ("the gap", "orange")))
    ]

    def move(shape, decades, noise, truth):
        laid = lay_ruler(shape, decades, noise)
        later = laid.u[-1] + DECADES_ON
        left, right = START / 1.5, START * np.exp(laid.u[-1])
        shade.set_xy([(left, 0.1), (right, 0.1), (right, 9), (left, 9)])
        points.set_data(START * np.exp(laid.u), np.exp(laid.y))
        line.set_data(START * np.exp(u), np.exp(laid.height + laid.slope * u))
        true.set_data(START * np.exp(u), SHAPES[shape](u))
        gap.set_data([START * np.exp(later)] * 2, [np.exp(laid.height + laid.slope * later), SHAPES[shape](later)])
        for artist in (true, gap, *words[1:]):
            artist.set_visible(truth)
        said = f"R² of the straight line: {laid.r_squared:.3f}; largest miss {laid.largest_miss:.1f} %."
        off = f"the ruler is {abs(laid.off):.0f} % too {'high' if laid.off > 0 else 'low'}"
        if SHAPES[shape](later) <= NOTHING:
            off = "nothing is left of the true loss"
        return said + f" Three decades on, at {short(START * np.exp(later))} FLOP, {off}." * truth

    return Panel(
        figure,
        move,
        [shade, true, line, gap, points, *words],
        "Loss against compute on log-log paper: a grey window with points, a straight line through them that runs on over "
        "nine decades, the true curve, and a bar for the gap between the two, three decades beyond the window.",
        shape=choice("true shape", list(SHAPES), "power law with a floor"),
        decades=slider("decades seen", 1, 0.5, 6, 0.1, digits=1),
        noise=slider("scatter (%)", 0.5, 0, 3, 0.1, digits=1),
        truth=switch("show the truth", True),
    )
