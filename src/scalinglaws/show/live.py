"""Live figures: charts whose sliders work on a static page, with no kernel.

A figure's numbers are computed in the reader's browser by Vega, from expressions that the functions of `scalinglaws.laws`
write when they are called with Altair expressions. So the text, the fitter and the moving figure run the same line of
Python, and `Rows.values` computes with NumPy what the browser will. Sources: Vega-Lite and Altair documentation.

Here are the rows of a figure, its controls, and the figure as it is stored; `scalinglaws.show.layers` draws the rows.
A control's `name` is that of the parameter in the figure's functions (``p.name``): an identifier that Vega does not keep
for itself (E, PI, width, ...). Its `label` is what the reader sees.
"""

import re
from contextlib import contextmanager
from types import SimpleNamespace

import altair as alt
import numpy as np
from altair.expr.consts import CONST_LISTING
from altair.expr.core import OperatorMixin

from scalinglaws.show.mime import MIME

TAKEN = (*CONST_LISTING, "width", "height", "padding", "autosize", "background", "cursor")
LONG = re.compile(r"(?<![\w.])\d+\.\d+(?:e[+-]?\d+)?")  # a decimal number inside an expression
STYLE = {
    "background": "white",
    "padding": {"left": 5, "right": 20, "top": 8, "bottom": 5},
    "view": alt.ViewConfig(stroke=None),
    "axis": alt.AxisConfig(
        labelFontSize=12, titleFontSize=12, titleFontWeight="normal", labelColor="#333", titleColor="#222",
        gridColor="#e6e6e6", domainColor="#888", tickColor="#888", labelFlush=True,
    ),
    "legend": alt.LegendConfig(
        labelFontSize=12, titleFontSize=12, orient="top", title=None, symbolStrokeWidth=3,
        labelLimit=300, columns=2,
    ),
    "text": alt.MarkConfig(fontSize=12),
}  # fmt: skip


def range_slider(name, value, low, high, step, label=None):
    """Declare a slider that starts at a value and moves from low to high by a step.

    >>> range_slider("alpha", 0.34, 0.1, 0.6, 0.01, "exponent").name
    'alpha'
    """
    if not low <= value <= high:
        raise ValueError(f"value of slider {name} must be between {low} and {high}, got {value}")
    bind = alt.binding_range(min=low, max=high, step=step, name=f"{label or name} ")
    return alt.param(_free(name), value=value, bind=bind)


def checkbox(name, label, value=False):
    """Declare a checkbox: 1 in the figure's functions when ticked, else 0.

    >>> checkbox("reveal", "show the answer").param.value
    False
    """
    return alt.param(_free(name), value=value, bind=alt.binding_checkbox(name=f"{label} "))


def dropdown(name, label, options, value=None):
    """Declare a drop-down list of options, a dict from what the reader sees to the value; starts at the first one.

    >>> dropdown("order", "budget", {"small": 18, "large": 24}).param.value
    18
    """
    values, labels = list(options.values()), list(options)
    bind = alt.binding_select(options=values, labels=labels, name=f"{label} ")
    return alt.param(_free(name), value=values[0] if value is None else value, bind=bind)


def _free(name):
    """Return the name of a control, unless Vega keeps it for itself: a constant, or a property of the chart."""
    if name in TAKEN or not name.isidentifier():
        raise ValueError(f"name of a control must be an identifier other than {', '.join(TAKEN)}, got {name!r}")
    return name


class Rows:
    """The rows that a layer draws: columns given, and columns computed in the browser.

    Parameters
    ----------
    data : dict of str to list, optional
        Columns given, all of one length.
    steps : int, optional
        Instead of data: a column ``i`` that counts 0, 1, ..., steps - 1, made in the browser.

    Examples
    --------
    >>> rows = Rows(steps=5).compute(n_params=lambda row, p: 10 ** (7 + row.i))
    >>> rows.chart().mark_line().to_dict()["transform"]
    [{'calculate': 'pow(10,(7 + datum.i))', 'as': 'n_params'}]
    """

    def __init__(self, data=None, *, steps=None):
        if (data is None) == (steps is None):
            raise ValueError("give either data or steps")
        self.given, self.steps, self.columns = data, steps, {}

    @classmethod
    def listed(cls, names, rows):
        """Return rows given one by one, each a tuple with a value for each name."""
        return cls(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))

    def compute(self, **columns):
        """Add columns, each a function of the row and of the parameters: ``lambda row, p: law(row.x, p.alpha)``."""
        self.columns.update(columns)
        return self

    @property
    def names(self):
        """Names of all columns, in order."""
        return [*(["i"] if self.given is None else self.given), *self.columns]

    def chart(self):
        """Return an `altair.Chart` of these rows, to be given a mark and encodings."""
        if self.given is None:
            data = alt.sequence(0, self.steps, as_="i")
        else:
            rows = zip(*self.given.values(), strict=True)
            data = alt.Data(values=[dict(zip(self.given, map(_plain, row), strict=True)) for row in rows])
        chart = alt.Chart(data)
        for name, text in self.expressions().items():
            chart = chart.transform_calculate(**{name: text})
        return chart

    def expressions(self):
        """Return name -> Vega expression of each computed column."""
        with _guarded():
            return {name: _text(function(alt.datum, _Parameters())) for name, function in self.columns.items()}

    def values(self, **parameters):
        """Return name -> NumPy array of every column, computed by NumPy at the given parameters."""
        given = {"i": np.arange(self.steps)} if self.given is None else self.given
        row = {name: _as_float(column) for name, column in given.items()}
        parameters = {name: _as_float(value)[()] for name, value in parameters.items()}
        shape = np.shape(next(iter(row.values())))
        for name, function in self.columns.items():
            row[name] = np.broadcast_to(function(SimpleNamespace(**row), SimpleNamespace(**parameters)), shape)
        return row


class Live:
    """A chart and its controls: moves in JupyterLab and on the web page. `Layers.live` makes one.

    Parameters
    ----------
    chart : altair.Chart
        Any layered or single chart made from `rows`.
    text : str
        What is seen, for those who do not see it.
    controls : list of altair.Parameter
        From `range_slider`, `checkbox` and `dropdown`.
    rows : list of Rows
        Everything that the chart computes, for the tests.
    height : int
        Height of the plot, in pixels; its width is that of the page's column.

    Raises
    ------
    ValueError
        If the text is too short to describe a picture.
    """

    def __init__(self, chart, text, controls=(), rows=(), height=300):
        if len(text) < 25:
            raise ValueError(f"text must say what is seen, in 25 characters or more, got {text!r}")
        self.text, self.controls, self.rows = text, list(controls), list(rows)
        size = {"type": "fit-x", "contains": "padding"}  # a label at the right end stays inside the container
        chart = chart.properties(description=text, width="container", height=height, autosize=size)
        self.spec = _rounded(chart.add_params(*self.controls).configure(**STYLE).to_dict())
        self.spec["$schema"] = "https://vega.github.io/schema/vega-lite/v5.json"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {MIME: self.spec, "text/plain": self.text}


class _Parameters:
    """``p.alpha`` as an expression."""

    def __getattr__(self, name):
        return alt.param(name)


@contextmanager
def _guarded():
    """Make what would go wrong silently fail loudly, and let NumPy's exp, log and sqrt pass, for a moment.

    An expression has no truth value: ``max(x, 3)``, ``if x > 1`` and ``np.where`` would take one branch for good.
    """

    def no_truth(self):
        raise TypeError(
            "a formula of a live figure may not compare or branch (max, min, if, np.where): the browser computes it"
        )

    methods = {
        "__bool__": no_truth,
        "exp": lambda x: alt.expr.exp(x),
        "log": lambda x: alt.expr.log(x),
        "sqrt": lambda x: alt.expr.sqrt(x),
        "log10": lambda x: alt.expr.log(x) / alt.expr.LN10,
    }
    for name, method in methods.items():
        setattr(OperatorMixin, name, method)
    try:
        yield
    finally:
        for name in methods:
            delattr(OperatorMixin, name)


def _text(value):
    """Return the Vega expression of a formula's result, also when it starts with a parameter."""
    if isinstance(value, int | float):
        return repr(float(value))
    if not isinstance(value, OperatorMixin):
        raise TypeError(f"a formula of a live figure must give an expression, got {type(value).__name__}")
    value = value.to_dict() if hasattr(value, "to_dict") else repr(value)
    text = value["expr"] if isinstance(value, dict) else value
    if "array(" in text:
        raise TypeError("a formula of a live figure may not use an array")
    return text


def _plain(value):
    return value.item() if hasattr(value, "item") else value


def _as_float(value):
    """As JavaScript has it: no integers."""
    array = np.asarray(value)
    return array.astype(float) if array.dtype.kind in "iub" else array


def _rounded(value):
    """Floats cut to 9 significant digits, also inside expressions: the last bits differ between processors."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, str):
        return LONG.sub(lambda number: f"{float(number[0]):.9g}" if len(number[0]) > 10 else number[0], value)
    return float(f"{value:.9g}") if isinstance(value, float) else value
