"""Layers of a live figure: axes by name, and what is drawn on them.

Every layer draws the columns of some `Rows`. A place (`x`, `y`, `x2`, `y2`) is the name of a column, or a number of pixels from
the left or the top (negative: from the right or the bottom), or an Altair value. A `color` is a name of the palette, any CSS
colour, or an Altair channel such as `hue`. `when` is the name of a checkbox that the layer waits for, or any test that Vega
can evaluate. `detail` and `order` are columns. All other options go to the mark (dx, align, baseline, interpolate, ...).

Words are a template such as "loss {loss:.2f} at {n_params:.2s}": a column, and how to write it. Formats are those of Vega (.1f,
+.2f, ",.0f", .2~r; .2s gives 40B, 2.4T) or "money" ($0.3, $2.5M); without a format the column is written as it is.
"""

import json
import math
from string import Formatter

import altair as alt

from scalinglaws.show.figures import COLORS
from scalinglaws.show.live import Live

CHANNELS = ("x", "y", "x2", "y2", "detail", "order")
SHORT = "{0} < 1000 ? format({0}, '~g') : replace(format({0}, '~s'), 'G', 'B')"
MONEY = "({0} < 1 ? '$' + format({0}, '.1~r') : replace(format({0}, '$.2~s'), 'G', 'B'))"
TICKS = {"short": SHORT, "power": "'1e' + format(log({0}) / LN10, '.0f')", "money": MONEY}
"""How an axis writes its numbers, besides "number" (left to Vega): 1M, 10B, 1T; 1e21; $0.02, $3M."""


def linear_axis(field, title, low=None, high=None, labels="number", nice=False, **options):
    """Return a linear axis for a column, from low to high or as far as the rows go; options are those of `altair.Axis`.

    >>> linear_axis("loss", "loss (nats)", 0, 4)["scale"].domain
    [0, 4]
    """
    scale = alt.Scale(zero=False, nice=nice) if low is None else alt.Scale(domain=[low, high], nice=nice)
    return _quantity(field, title, labels, scale, options)


def log_axis(field, title, low, high, labels="number", every=1, clamp=alt.Undefined, **options):
    """Return a logarithmic axis with exactly these ends; ticks stand at every so many powers of ten, or at `values`.

    >>> log_axis("compute", "compute (FLOP)", 1e18, 1e24, "power", every=3)["axis"].values
    [1e+18, 1e+21, 1e+24]
    """
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    options.setdefault("values", [10.0**power for power in range(first, last + 1, every)])
    scale = alt.Scale(type="log", domain=[low, high], nice=False, clamp=clamp)
    return _quantity(field, title, labels, scale, options)


def names_axis(field, names, title=None, **options):
    """Return an axis of names, in the given order, for a column that holds names.

    >>> names_axis("plan", ["small", "large"])["sort"]
    ['small', 'large']
    """
    return {"field": field, "type": "nominal", "sort": list(names), "axis": alt.Axis(title=title, **options)}


def hue(field, names, colors):
    """Return a colour for each name in a column of names, with a legend above the figure."""
    scale = alt.Scale(domain=list(names), range=[COLORS.get(color, color) for color in colors])
    return alt.Color(field, type="nominal", scale=scale)


class Layers:
    """Two axes, and the layers drawn on them in the order of the calls.

    Parameters
    ----------
    x, y : dict
        From `linear_axis`, `log_axis` or `names_axis`. A layer draws their columns unless it names others.
    height : int
        Height of the plot, in pixels.

    Examples
    --------
    >>> from scalinglaws.show.live import Rows, range_slider
    >>> rows = Rows(steps=11).compute(year=lambda row, p: row.i, value=lambda row, p: p.rate**row.i)
    >>> layers = Layers(linear_axis("year", "year", 0, 10), log_axis("value", "value", 1, 1000))
    >>> figure = layers.line(rows).live("A line that rises steadily.", range_slider("rate", 1.5, 1, 2, 0.1))
    >>> figure.spec["layer"][0]["mark"]["type"]
    'line'
    """

    def __init__(self, x, y, height=300):
        self.axes, self.height, self.layers, self.rows = {"x": x, "y": y}, height, [], []

    def line(self, rows, *, width=3, dash=None, **options):
        """Draw a line through the rows; dash is True, or the lengths of dash and gap."""
        dashes = {"strokeDash": [6, 4] if dash is True else dash} if dash else {}
        return self.mark("line", rows, **self._at_axes | {"strokeWidth": width, "clip": True} | dashes | options)

    def dot(self, rows, *, size=110, **options):
        """Draw a dot at each row, or another shape: "diamond", "cross", ..."""
        return self.mark("point", rows, **self._at_axes | {"size": size, "filled": True} | options)

    def rule(self, rows, *, width=1, dash=None, **options):
        """Draw a straight line: upright with x alone, level with y alone, from place to place with x2 or y2 too."""
        dashes = {"strokeDash": dash} if dash else {}
        return self.mark("rule", rows, **{"strokeWidth": width} | dashes | options)

    def band(self, rows, low, high, *, opacity=0.15, **options):
        """Fill the area between two columns."""
        options = {"y": low, "y2": high, "opacity": opacity, "clip": True} | options
        return self.mark("area", rows, **self._at_axes | options)

    def words(self, rows, text, *, size=13, color="#222", **options):
        """Write at each row a template, or an `altair.expr`."""
        text = _sentence(text, rows) if isinstance(text, str) else text.expr
        options = self._at_axes | {"fontSize": size, "color": color} | options
        return self._draw("text", rows, {"words": text}, text="words:N", **options)

    def mark(self, kind, rows, *, calculate=None, **options):
        """Draw any mark of Vega-Lite ("bar", "rect", "tick", ...); no place is understood, so name x and y.

        `calculate` has columns as Vega expressions: for a look that NumPy need not compute.
        """
        return self._draw(kind, rows, calculate or {}, **options)

    def live(self, text, *controls):
        """Return the figure; the text says what is seen, for those who do not see it."""
        return Live(alt.layer(*self.layers), text, controls, self.rows, self.height)

    @property
    def _at_axes(self):
        return {side: axis["field"] for side, axis in self.axes.items()}

    def _draw(self, kind, rows, calculate, *, color="blue", opacity=1, when=None, text=None, **options):
        channels = {name: self._channel(name, options.pop(name), rows) for name in CHANNELS if name in options}
        if text:
            channels["text"] = text
        if when:
            channels["opacity"] = alt.condition(when, alt.value(opacity), alt.value(0))
        else:
            options["opacity"] = opacity
        if isinstance(color, str):
            options["color"] = COLORS.get(color, color)
        else:
            channels["color"] = color
        chart = rows.chart().transform_calculate(**calculate) if calculate else rows.chart()
        self.layers.append(getattr(chart, f"mark_{kind}")(**options).encode(**channels))
        if rows.columns and rows not in self.rows:
            self.rows.append(rows)
        return self

    def _channel(self, name, place, rows):
        """Return what Altair needs to draw at a place: a column on its axis, a column as it is, or pixels."""
        if isinstance(place, int | float):
            end = {"x": "width", "y": "height"}[name]
            return alt.value(place if place >= 0 else alt.ExprRef(f"{end} - {-place}"))
        if not isinstance(place, str):
            return place
        column = _column(place, rows)
        if name in self.axes:
            return getattr(alt, name.upper())(**self.axes[name] | {"field": column})
        return column + {"detail": ":N", "order": ":Q"}.get(name, "")


def _quantity(field, title, labels, scale, options):
    """An axis of numbers, whose ticks are written as `TICKS` has it."""
    if labels != "number":
        options["labelExpr"] = TICKS[labels].format("datum.value")
    return {"field": field, "type": "quantitative", "scale": scale, "axis": alt.Axis(title=title, **options)}


def _sentence(template, rows):
    """Return the Vega expression of a template."""
    parts = []
    for text, name, how, _ in Formatter().parse(template):
        parts += [json.dumps(text, ensure_ascii=False)] if text else []
        parts += [_written(f"datum.{_column(name, rows)}", how)] if name else []
    return " + ".join(parts)


def _written(value, how):
    if how == "money":
        return MONEY.format(value)
    written = f"format({value}, '{how}')" if how else value
    return f"replace({written}, 'G', 'B')" if how.endswith("s") else written


def _column(name, rows):
    """Return the name of a column, if the rows have it."""
    if name not in rows.names:
        raise ValueError(f"rows have the columns {', '.join(rows.names)}, got {name!r}")
    return name
