"""Measured valleys on paper: dots, parabolas, and a diamond at each bottom."""

import numpy as np

from scalinglaws.show.figures import COLORS


def draw(axes, found):
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
