"""How the course's pictures look: one style, one palette, axes that know their quantity."""

from types import MappingProxyType

import numpy as np

COLORS = MappingProxyType(
    {
        "black": "#000000",
        "blue": "#0072B2",
        "orange": "#D55E00",
        "green": "#009E73",
        "purple": "#CC79A7",
        "gold": "#E69F00",
        "sky": "#56B4E9",
        "grey": "#666666",
    }
)
"""The palette of Okabe and Ito (2008), which stays apart for colour-blind readers, and a grey for what stands back."""

_STYLE = {
    "figure.figsize": (6.4, 3.7),
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "font.size": 10.5,
    "axes.titlesize": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#888888",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.8,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "lines.linewidth": 2.0,
    "lines.markersize": 5,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
}
_PREFIXES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def use_style():
    """Set the course's matplotlib style, for every figure that follows.

    >>> use_style()
    >>> import matplotlib
    >>> matplotlib.rcParams["axes.spines.top"]
    False
    """
    import matplotlib as mpl
    from cycler import cycler

    colors = [COLORS[name] for name in ("blue", "orange", "green", "purple", "gold", "sky", "black")]
    mpl.rcParams.update(_STYLE | {"axes.prop_cycle": cycler(color=colors)})


def short(value):
    """Write a number as people say it: 70B, 1.4T, 12k; very large and very small ones as 6e23.

    >>> [short(x) for x in (70e9, 1.4e12, 400, 5.76e23, 0.02)]
    ['70B', '1.4T', '400', '5.8e23', '0.02']
    """
    size = abs(value)
    if size >= 1e15 or 0 < size < 1e-3:
        return f"{value:.1e}".replace(".0e", "e").replace("e+", "e").replace("e-0", "e-")
    for factor, letter in _PREFIXES:
        if size >= factor * 0.9995:
            return f"{value / factor:.3g}{letter}"
    return f"{value:.3g}"


def new(width=6.4, height=3.7):
    """Return a new pyplot figure of this size in inches, to be filled by `axes`.

    >>> float(new(height=2.4).get_figheight())
    2.4
    """
    import matplotlib.pyplot as plt

    return plt.figure(figsize=(width, height))


def axes(x, y, log="xy", figure=None, position=111, **limits):
    """Return axes labelled with the quantity, its symbol and its unit, in a new figure if none is given.

    `x` and `y` are names in code ("n_params", "loss", ... as on the notation page) or texts; `log` is "", "x", "y" or "xy";
    `position` is as for `Figure.add_subplot`; limits are `xlim` and `ylim`.

    >>> axes("n_params", "loss", log="x").get_xscale()
    'log'
    """
    figure = new() if figure is None else figure
    return set_axes(figure.add_subplot(position), x, y, log, **limits)


def set_axes(axes, x, y, log="xy", **limits):
    """Give existing axes labels, scales and ticks as `axes` does, and return them."""
    axes.set(xlabel=label(x), ylabel=label(y), **limits)
    for name, side in (("x", axes.xaxis), ("y", axes.yaxis)):
        if name in log:
            (axes.set_xscale if name == "x" else axes.set_yscale)("log")
            _log_ticks(side)
    return axes


def label(quantity):
    """Return the axis label of a quantity of the notation page, by its name in code; any other text as it is.

    >>> label("loss"), label("wishes")
    ('loss $L$ (nats per token)', 'wishes')
    """
    from scalinglaws.data import load

    notation = load("notation")
    row = notation["name"] == quantity
    if not row.any():
        return quantity
    meaning, symbol, unit = (str(notation[column][row][0]) for column in ("meaning", "symbol", "unit"))
    return f"{meaning} ${symbol}$" + (f" ({unit})" if unit and unit != "1" else "")


def _log_ticks(side):
    """Few ticks, written short; where the axis spans little more than a decade, numbers between the powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

    class Ticks(LogLocator):
        def tick_values(self, low, high):
            decades = np.log10(high / low) if low > 0 else 9
            self.set_params(subs=(1,) if decades > 2.2 else (1, 2, 5) if decades > 0.9 else (1, 1.5, 2, 3, 4, 5, 7))
            return super().tick_values(low, high)

    side.set_major_locator(Ticks())
    side.set_minor_locator(NullLocator())
    side.set_minor_formatter(NullFormatter())
    side.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
