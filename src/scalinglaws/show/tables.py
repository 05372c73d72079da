"""Tables: rows of results as HTML in a notebook and on the page, and as aligned text in a terminal.

What stands in a cell decides how it is written. A number takes the digits of its column. A pair (low, high) is an
interval, `0.46 to 0.57`; a triple (value, low, high) is a value with its interval, `0.51 (0.46 to 0.57)`; an infinite
end is `1.07 or more` or `up to 3`. True and False are `yes` and `no`; None and NaN, for what is missing, a dash.

Digits of a column are a number of decimals (`2`), one of Python's formats (`".3g"`, `"+.1f"`, `".0e"`), or `"short"` for
70B and 1.4T. With `".0%"` a share is written in per cent, and the heading says so.
"""

import re
from collections.abc import Mapping
from html import escape
from itertools import groupby
from math import isinf
from numbers import Integral, Real

import numpy as np

from scalinglaws.data.table import Table, unknown
from scalinglaws.show.figures import short

MISSING = "–"
_MINUS = re.compile(r"(?<!\w)-(?=[\d∞])|(?<=\de)-(?=\d)")  # of numbers, not of words
_ENDS = 'style="text-align:right"', 'style="text-align:left"'


class PrintedTable:
    """What `table` returns: a notebook shows it as HTML, a terminal as aligned text.

    Attributes
    ----------
    heads : list of (str, str)
        For each column the heading that it shares with its neighbours, or "", and its own.
    rows : list of list of str
        The cells as they are written.
    right : list of bool
        Which columns stand at the right: those of numbers.
    """

    def __init__(self, heads, rows, right):
        self.heads, self.rows, self.right = heads, rows, right

    def __repr__(self):
        levels = zip(*self.heads, strict=True)
        lines = [list(level) for level in levels if any(level)] + self.rows
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(line, widths, self.right, strict=True)
            ).rstrip()
            for line in lines
        )

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.html(), "text/plain": repr(self)}

    def html(self):
        """Return the HTML: headings know their columns and rows; a table that is too wide scrolls in its own box."""
        body = "".join(f"<tr>{self._row(row)}</tr>" for row in self.rows)
        return (
            '<div style="overflow-x:auto"><table class="table data-table">'
            f"<thead>{self._head()}</thead><tbody>{body}</tbody></table></div>"
        )

    def _head(self):
        shared = ""
        for group, columns in groupby(group for group, _ in self.heads):
            span = len(list(columns))
            scope = f'scope="colgroup" colspan="{span}" style="text-align:center"'
            shared += f"<th {scope}>{escape(group)}</th>" if group else "<td></td>" * span
        own = "".join(
            f'<th scope="col" {_ENDS[not right]}>{escape(name)}</th>'
            for (_, name), right in zip(self.heads, self.right, strict=True)
        )
        return f"<tr>{shared}</tr><tr>{own}</tr>" if "<th" in shared else f"<tr>{own}</tr>"

    def _row(self, cells):
        written = [
            f"{_ENDS[not right]}>{escape(_MINUS.sub('−', cell) if right else cell)}"
            for cell, right in zip(cells, self.right, strict=True)
        ]
        return f'<th scope="row" {written[0]}</th>' + "".join(f"<td {cell}</td>" for cell in written[1:])


def table(rows, columns=None, digits=None, units=None):
    """Return rows of results as a table. Its caption stands in the metadata of the cell, like that of a figure.

    Parameters
    ----------
    rows : iterable of dict, iterable of tuple, or scalinglaws.data.Table
        The first column heads its row. What a cell may hold is said at the head of this module.
    columns : list or dict, optional
        Of tuples: the headings. Of dicts and of a Table: the names wanted, or a dict of name to heading; all if left
        out. A heading may be a pair, of which neighbours share the first: ("points", "2023"), ("points", "2024").
    digits : int, str, list or dict, optional
        For all columns, for each in order, or for some by name. Left out: whole numbers as they are, others to three
        digits.
    units : list or dict, optional
        Stands in brackets in the heading. Those of a Table are known.

    Returns
    -------
    PrintedTable

    Raises
    ------
    ValueError
        If rows differ in length, or a column, its digits or a cell is not understood; the message says which.

    Examples
    --------
    >>> fits = [("Hoffmann", 0.155, (1.69, 1.6, 1.8)), ("Kaplan", 0.05, None)]
    >>> table(fits, columns=["law", "exponent", "floor"], digits={"exponent": 3, "floor": 2}, units={"floor": "nats"})
    law       exponent         floor (nats)
    Hoffmann     0.155  1.69 (1.60 to 1.80)
    Kaplan       0.050                    –
    """
    if isinstance(rows, Table):
        units = {name: unit for name, unit in rows.units.items() if unit not in ("1", "year")} | dict(units or {})
        columns = rows.columns if columns is None else columns
        units = {name: unit for name, unit in units.items() if name in columns}
    names, heads, rows = _cells(list(rows), columns)
    digits, units = _each("digits", digits, names), _each("units", units, names)
    texts, right = [], []
    for k, (name, spec) in enumerate(zip(names, digits, strict=True)):
        _checked(name, spec)
        cells = [_plain(row[k]) for row in rows]
        numbers = [
            number for cell in cells for number in (cell if isinstance(cell, tuple) else (cell,)) if _real(number)
        ]
        commas = any(abs(number) >= 10_000 for number in numbers)
        texts.append([_text(name, cell, spec, commas) for cell in cells])
        right.append(bool(numbers))
        unit = units[k] or ("%" if numbers and str(spec).endswith("%") else "")
        heads[k] = (heads[k][0], f"{heads[k][1]} ({unit})" if unit else heads[k][1])
    return PrintedTable(heads, [list(row) for row in zip(*texts, strict=True)], right)


def _cells(rows, columns):
    """Names, headings and cells, from dicts or tuples."""
    if not rows:
        raise ValueError("rows must hold at least one row, got none")
    if isinstance(columns, str):
        raise ValueError(f"columns must be a list or a dict, got the text {columns!r}")
    by_name = isinstance(rows[0], Mapping)
    if columns is None:
        if not by_name:
            raise ValueError("columns must be given for rows without names, got None")
        columns = list(rows[0])
    names = list(columns)
    heads = [columns[name] if isinstance(columns, Mapping) else name for name in names]
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping if by_name else (tuple, list, np.ndarray)):
            raise ValueError(f"rows must all be {'dicts' if by_name else 'tuples'}, got {row!r} as row {number}")
        if not by_name and len(row) != len(names):
            raise ValueError(f"row {number} must have {len(names)} cells, one per column, got {len(row)}: {row!r}")
    for name in names if by_name else ():
        if not any(name in row for row in rows):
            raise ValueError(unknown("column", name, rows[0]))
    heads = [tuple(map(str, head)) if isinstance(head, tuple) else ("", str(head)) for head in heads]
    return names, heads, [[row.get(name) for name in names] if by_name else list(row) for row in rows]


def _each(what, given, names):
    """One value per column, from a value for all, a list, or a dict by name."""
    if isinstance(given, Mapping):
        for name in given:
            if name not in names:
                raise ValueError(unknown(f"column in {what}", name, names))
        return [given.get(name) for name in names]
    if isinstance(given, (list, tuple)):
        if len(given) != len(names):
            raise ValueError(f"{what} must have one entry for each of {len(names)} columns, got {len(given)}")
        return list(given)
    return [given] * len(names)


def _checked(name, spec):
    """Refuse digits that no number can be written with."""
    try:
        if spec not in (None, "short"):
            _number(1.5, spec, False)
    except (TypeError, ValueError):
        allowed = "a number of decimals, a format such as '.3g' or '+.1f', or 'short'"
        raise ValueError(f"digits of column {name!r} must be {allowed}, got {spec!r}") from None


def _plain(value):
    """A cell as Python's own: intervals as tuples, numbers and texts without NumPy."""
    if hasattr(value, "low") and hasattr(value, "high"):
        value = (*([value.value] if hasattr(value, "value") else []), value.low, value.high)
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    return tuple(map(_plain, value)) if isinstance(value, (tuple, list)) else value


def _real(value):
    return isinstance(value, Real) and not isinstance(value, bool) and value == value


def _text(name, cell, spec, commas):
    if cell is None or cell != cell:
        return MISSING
    if isinstance(cell, (str, bool)):
        return {True: "yes", False: "no"}.get(cell, cell)
    if _real(cell):
        return _number(cell, spec, commas)
    if not isinstance(cell, tuple) or len(cell) not in (2, 3) or any(isinstance(part, (str, tuple)) for part in cell):
        raise ValueError(f"column {name!r} must hold numbers, intervals, texts, True, False or None, got {cell!r}")
    *value, low, high = (_text(name, part, spec, commas) for part in cell)
    between = f"{low} to {high}"
    if "∞" in between:
        between = f"{low} or more" if low != "-∞" else f"up to {high}" if high != "∞" else "any"
    if low == high == MISSING:
        return value[0] if value else MISSING
    return f"{value[0]} ({between})" if value else between


def _number(value, spec, commas):
    if isinf(value):
        return "∞" if value > 0 else "-∞"
    if spec == "short":
        return short(value)
    if spec is None:
        spec = "d" if isinstance(value, Integral) else ".3g"
    spec = f".{spec}f" if isinstance(spec, Integral) else spec
    if spec.endswith("%"):
        value, spec = 100 * value, f"{spec[:-1]}f"
    if commas and "," not in spec and spec[-1:] in ("d", "f"):
        spec = re.sub(r"(?=\.|[df]$)", ",", spec, count=1)
    text = re.sub(r"e([+-])0*(?=\d)", lambda power: "e-" if power[1] == "-" else "e", format(value, spec))
    return text[1:] if re.fullmatch(r"-0(\.0*)?", text) else text
