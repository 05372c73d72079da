"""Quantile dot plots: a distribution as twenty dots to be counted, each as likely as the next.

Measured valleys on paper: dots, parabolas, and a diamond at each bottom.
"""

import numpy as np

from scalinglaws.check import positive, whole
from scalinglaws.laws.chance import quantile_dots, stack
from scalinglaws.show.figures import COLORS


def place(draws, width, low=-np.inf, high=np.inf, n_dots=20, tallest=10):
    """Return where to draw the dots; what lies beyond an end is piled up at that end.

    Parameters
    ----------
    draws : array_like, shape (n_draws,)
        May hold +inf.
    width : float
        Width of a pile, in the unit of the draws.
    low, high : float
        Ends of the axis. A pile beyond `high` starts there and goes on to the right.
    n_dots : int
        20: each dot is 5 %.
    tallest : int
        Dots in a pile beyond an end, before the next one is begun.

    Returns
    -------
    x, height : ndarray, shape (n_dots,)

    Examples
    --------
    >>> place([2026.1, 2026.2, np.inf, np.inf], 1, high=2040, n_dots=4)
    (array([2026.5, 2026.5, 2040.5, 2040.5]), array([1, 2, 1, 2]))
    """
    values = np.maximum(quantile_dots(draws, n_dots), low)
    inside = values[values < high]
    x, height = stack(inside, width) if inside.size else (inside, np.empty(0, int))
    late = np.arange(len(values) - len(inside))
    if not late.size:
        return x, height
    columns, rows = np.divmod(late, whole("tallest", tallest))
    return np.append(x, high + (columns + 0.5) * positive("width", width)), np.append(height, rows + 1)


def draw_dots(axes, draws, width, base=0, **style):
    """Draw the dots of positive numbers on a logarithmic axis, each pile `width` decades wide.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Its x axis is logarithmic.
    draws : array_like, shape (n_draws,)
        Positive.
    width : float
        Width of a pile, in decades.
    base : float
        Height of the ground the piles stand on.
    **style
        Passed on to `axes.plot`.

    Returns
    -------
    matplotlib.lines.Line2D
    """
    x, height = place(np.log10(positive("draws", draws)), width)
    return axes.plot(10**x, base + height, "o", **style)[0]


def draw_valleys(axes, found):
    """Draw valleys: dots, parabolas, and a diamond at each bottom.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        With a logarithmic axis of sizes.
    found : list of Valley
        From `scalinglaws.fit.valleys.valleys`.
    """
    from matplotlib import colormaps

    for k, valley in enumerate(found):
        color = colormaps["viridis"](0.9 * k / max(len(found) - 1, 1))
        axes.plot(valley.sizes, valley.losses, "o", color=color, ms=4)
        fine = np.geomspace(*valley.sizes[valley.near][[0, -1]], 60)
        axes.plot(fine, valley.curve(fine), color=color, lw=1.5)
        if valley.curvature > 0 and valley.sizes[0] <= valley.n_params <= valley.sizes[-1]:
            axes.plot(valley.n_params, valley.loss, "D", color=COLORS["orange"], ms=6)
        place = (valley.sizes[-1], valley.losses[-1])
        axes.annotate(f" {written(valley.budget_flop)}", place, color=color, va="center", fontsize=9)
    axes.annotate("budget in FLOP", (0.98, 0.96), xycoords="axes fraction", ha="right", va="top", fontsize=9)


def written(budget_flop):
    """Return a budget as 3e11."""
    return f"{budget_flop:.0e}".replace("e+0", "e").replace("e+", "e")
