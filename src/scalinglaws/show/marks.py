"""What several pictures draw on matplotlib axes: names in colour, quantile dots, measured valleys.

A quantile dot plot shows a distribution as twenty dots to be counted, each as likely as the next.
"""

import numpy as np

from scalinglaws.check import positive, whole
from scalinglaws.laws.chance import pile_dots, quantile_dots
from scalinglaws.show.figures import COLORS


def color_key(axes, colors):
    """Write names in their colours (a dict of both) at the upper right, one below the other; return the texts."""
    style = {"transform": axes.transAxes, "ha": "right", "weight": "bold"}
    rows = enumerate(colors.items())
    return [axes.text(0.98, 0.93 - 0.08 * row, name, color=COLORS[color], **style) for row, (name, color) in rows]


def place(draws, width, low=-np.inf, high=np.inf, n_dots=20, tallest=10):
    """Return where to draw the dots of a distribution: x and height, each of shape (n_dots,).

    Dots closer than `width`, in the unit of the draws, stand in one pile. What lies beyond an end of the axis (draws may
    hold +inf) is piled up at that end; beyond `high` in piles of at most `tallest`, which go on to the right.

    >>> place([2026.1, 2026.2, np.inf, np.inf], 1, high=2040, n_dots=4)
    (array([2026.5, 2026.5, 2040.5, 2040.5]), array([1, 2, 1, 2]))
    """
    values = np.maximum(quantile_dots(draws, n_dots), low)
    inside = values[values < high]
    x, height = pile_dots(inside, width) if inside.size else (inside, np.empty(0, int))
    late = np.arange(len(values) - len(inside))
    if not late.size:
        return x, height
    columns, rows = np.divmod(late, whole("tallest", tallest))
    return np.append(x, high + (columns + 0.5) * positive("width", width)), np.append(height, rows + 1)


def draw_dots(axes, draws, width, base=0, **style):
    """Draw the dots of positive numbers on a logarithmic axis: piles `width` decades wide, on the ground `base`."""
    x, height = place(np.log10(positive("draws", draws)), width)
    return axes.plot(10**x, base + height, "o", **style)[0]


def draw_valleys(axes, valleys):
    """Draw valleys of `scalinglaws.fit.valleys` over a logarithmic axis of sizes: dots, parabolas, a diamond at a bottom."""
    from matplotlib import colormaps

    for k, valley in enumerate(valleys):
        color = colormaps["viridis"](0.9 * k / max(len(valleys) - 1, 1))
        axes.plot(valley.sizes, valley.losses, "o", color=color, ms=4)
        sizes = np.geomspace(*valley.sizes[valley.near][[0, -1]], 60)
        axes.plot(sizes, valley.curve(sizes), color=color, lw=1.5)
        if valley.curvature > 0 and valley.sizes[0] <= valley.n_params <= valley.sizes[-1]:
            axes.plot(valley.n_params, valley.loss, "D", color=COLORS["orange"], ms=6)
        end = (valley.sizes[-1], valley.losses[-1])
        axes.annotate(f" {written(valley.budget_flop)}", end, color=color, va="center", fontsize=9)
    axes.annotate("budget in FLOP", (0.98, 0.96), xycoords="axes fraction", ha="right", va="top", fontsize=9)


def written(budget_flop):
    """Return a budget as 3e11."""
    return f"{budget_flop:.0e}".replace("e+0", "e").replace("e+", "e")
