"""Live figures: charts whose sliders work on a static page, with no kernel.

A figure's numbers are computed in the reader's browser by Vega, from expressions that the functions of
`scalinglaws.laws` write when they are called with Altair expressions. So the text, the fitter and the moving
figure run the same line of Python. Sources: Vega-Lite and Altair documentation.

The pieces of a live figure: its controls, its axes, its look. See `scalinglaws.show.live` for the figure itself.
"""

import re
import weakref
from contextlib import contextmanager
from types import SimpleNamespace
from typing import ClassVar

import altair as alt
from altair.expr.consts import CONST_LISTING
from altair.expr.core import OperatorMixin


def slider(name, value, low, high, step, label=None):
    """Declare a slider.

    Parameters
    ----------
    name : str
        Name of the parameter in the figure's functions (``p.name``). Not a constant of Vega's (E, PI, ...).
    value, low, high, step : float
        Where it starts, its ends and its step.
    label : str, optional
        What the reader sees; the name if absent.

    Returns
    -------
    altair.Parameter

    Raises
    ------
    ValueError
        If the name is one that Vega keeps for itself, or the value is outside the range.

    Examples
    --------
    >>> slider("alpha", 0.34, 0.1, 0.6, 0.01, "exponent").name
    'alpha'
    """
    if not low <= value <= high:
        raise ValueError(f"value of slider {name} must be between {low} and {high}, got {value}")
    bind = alt.binding_range(min=low, max=high, step=step, name=f"{label or name} ")
    return alt.param(_free(name), value=value, bind=bind)


def checkbox(name, label, value=False):
    """Declare a checkbox: 1 in the figure's functions when ticked, else 0.

    Parameters
    ----------
    name : str
        Name of the parameter.
    label : str
        What the reader sees.
    value : bool
        Whether it starts ticked.

    Returns
    -------
    altair.Parameter

    Examples
    --------
    >>> checkbox("reveal", "show the answer").param.value
    False
    """
    return alt.param(_free(name), value=value, bind=alt.binding_checkbox(name=f"{label} "))


def dropdown(name, label, options, value=None):
    """Declare a drop-down list.

    Parameters
    ----------
    name : str
        Name of the parameter.
    label : str
        What the reader sees.
    options : dict
        Text shown to the reader -> value in the figure's functions.
    value : object, optional
        Where it starts; the first option if absent.

    Returns
    -------
    altair.Parameter

    Examples
    --------
    >>> dropdown("order", "budget", {"small": 18, "large": 24}).param.value
    18
    """
    values, labels = list(options.values()), list(options)
    bind = alt.binding_select(options=values, labels=labels, name=f"{label} ")
    return alt.param(_free(name), value=values[0] if value is None else value, bind=bind)


FIT = {"type": "fit-x", "contains": "padding"}  # a label at the right end stays inside the container
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
SHORT = "datum.value < 1000 ? format(datum.value, '~g') : replace(format(datum.value, '~s'), 'G', 'B')"
POWER = "'1e' + format(log(datum.value) / LN10, '.0f')"


def axis(title, labels="number", **options):
    """Return an Altair axis with the course's ticks.

    Parameters
    ----------
    title : str
        Quantity and unit.
    labels : {"number", "short", "power"}
        12.5 as it is; 1M, 10B, 1T; or 1e21.
    **options
        Passed on to `altair.Axis`, for example ``values``.

    Returns
    -------
    altair.Axis

    Examples
    --------
    >>> axis("parameters", "short").title
    'parameters'
    """
    text = {"number": {}, "short": {"labelExpr": SHORT}, "power": {"labelExpr": POWER}}[labels]
    return alt.Axis(title=title, **text, **options)


def log_scale(low, high):
    """Return a logarithmic Altair scale with exactly these ends."""
    return alt.Scale(type="log", domain=[low, high], nice=False)


TAKEN = (*CONST_LISTING, "width", "height", "padding", "autosize", "background", "cursor")


def _free(name):
    """Return the name of a control, unless Vega keeps it for itself: a constant, or a property of the chart."""
    if name in TAKEN or not name.isidentifier():
        raise ValueError(f"name of a control must be an identifier other than {', '.join(TAKEN)}, got {name!r}")
    return name


MIME = "application/vnd.vegalite.v5+json"  # the version that JupyterLab draws; the spec is the same in 5 and 6
LONG = re.compile(r"(?<![\w.])\d+\.\d+(?:e[+-]?\d+)?")  # a decimal number inside an expression


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

    def compute(self, **columns):
        """Add columns, each a function of the row and of the parameters: ``lambda row, p: law(row.x, p.alpha)``."""
        self.columns.update(columns)
        return self

    def chart(self):
        """Return an `altair.Chart` of these rows, to be given a mark and encodings."""
        if self.steps is None:
            names = list(self.given)
            data = alt.Data(
                values=[
                    dict(zip(names, map(_plain, row), strict=True)) for row in zip(*self.given.values(), strict=True)
                ]
            )
        else:
            data = alt.sequence(0, self.steps, as_="i")
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
        import numpy as np

        def as_float(value):  # as JavaScript has it: no integers
            array = np.asarray(value)
            return array.astype(float) if array.dtype.kind in "iub" else array

        given = {"i": np.arange(self.steps)} if self.given is None else self.given
        row = {name: as_float(column) for name, column in given.items()}
        parameters = {name: as_float(value)[()] for name, value in parameters.items()}
        for name, function in self.columns.items():
            value = function(SimpleNamespace(**row), SimpleNamespace(**parameters))
            row[name] = np.broadcast_to(value, np.shape(next(iter(row.values()))))
        return row


class Live:
    """A chart and its controls: moves in JupyterLab and on the web page.

    Parameters
    ----------
    chart : altair.Chart
        Any layered, concatenated or single chart made from `rows`.
    text : str
        What is seen, for those who do not see it.
    controls : list of altair.Parameter
        From `slider`, `checkbox` and `dropdown`.
    rows : list of Rows
        Everything that the chart computes, for the tests.
    height : int
        Height of the plot, in pixels.

    Raises
    ------
    ValueError
        If the text is too short to describe a picture.
    """

    made: ClassVar[weakref.WeakSet] = weakref.WeakSet()

    def __init__(self, chart, text, controls=(), rows=(), height=300):
        if len(text) < 25:
            raise ValueError(f"text must say what is seen, in 25 characters or more, got {text!r}")
        self.text, self.controls, self.rows = text, list(controls), list(rows)
        size = (
            {}
            if isinstance(chart, alt.VConcatChart | alt.HConcatChart)
            else {"width": "container", "height": height, "autosize": FIT}
        )
        chart = chart.properties(description=text, **size).add_params(*self.controls).configure(**STYLE)
        self.spec = _rounded(chart.to_dict())
        self.spec["$schema"] = "https://vega.github.io/schema/vega-lite/v5.json"
        Live.made.add(self)

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


def _rounded(value):
    """Floats cut to 9 significant digits, also inside expressions: the last bits differ between processors."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, str):
        return LONG.sub(lambda number: f"{float(number[0]):.9g}" if len(number[0]) > 10 else number[0], value)
    return float(f"{value:.9g}") if isinstance(value, float) else value
