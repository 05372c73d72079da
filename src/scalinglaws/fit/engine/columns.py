"""Columns of a fit by name: from a mapping, a pandas or polars frame, a `Table` of the course, or a CSV file."""

import csv
import inspect
from collections import Counter
from dataclasses import dataclass
from functools import wraps
from os import PathLike, fspath

import numpy as np

from scalinglaws.data.table import unknown

_LABELS = ("groups", "run")  # roles whose column is labels; the others are numbers
_SHOWN = 10  # bad cells that a message names


@dataclass(frozen=True)
class CsvCells:
    """The cells of a CSV file as text, a list for each column; `lines` are the numbers of their lines in the file."""

    name: str
    cells: dict
    lines: list

    @property
    def columns(self):
        return list(self.cells)

    def __len__(self):
        return len(self.lines)

    def __getitem__(self, column):
        return self.cells[column]

    def numbers(self, columns, zero=()):
        """Return columns as arrays of positive numbers, by name; in those named in `zero`, 0 is allowed.

        The error names line, column and value of every cell that is none.
        """
        found, bad = {}, []
        for column in dict.fromkeys(columns):
            values = np.array([_number(cell) for cell in self.cells[column]])
            wrong = ~np.isfinite(values) | (values < 0) | ((values == 0) & (column not in zero))
            bad += [(self.lines[row], column, self.cells[column][row]) for row in np.flatnonzero(wrong)]
            found[column] = values
        if bad:
            listed = [f"line {line}, column {column}: {cell!r}" for line, column, cell in sorted(bad)[:_SHOWN]]
            more = f"; and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
            raise ValueError(f"{self.name} must hold positive numbers, got {'; '.join(listed)}{more}")
        return found


def read_csv(source, name="the table"):
    """Read a CSV file with a header, a path or its lines, into `CsvCells`; commas, semicolons or tabs between cells.

    >>> read_csv(["N;loss", "1e6;3.2"]).numbers(["loss"])
    {'loss': array([3.2])}
    """
    if isinstance(source, str | PathLike):
        with open(source, encoding="utf-8-sig", newline="") as file:
            return read_csv(file.readlines(), fspath(source))
    first = next((line for line in source if line.strip()), "")
    reader = csv.reader(source, delimiter=max(",;\t", key=first.count))
    rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise ValueError(f"{name} must have a header and rows, got {len(rows)} lines with anything in them")
    header = rows[0][1]
    twice = [column for column, count in Counter(header).items() if count > 1]
    if twice:
        raise ValueError(f"{name} must name each column once, got {twice[0]!r} twice")
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise ValueError(f"{name} must have {len(header)} cells in each row, got {len(row)} in line {line}")
    cells = zip(*(row for _, row in rows[1:]), strict=True)
    return CsvCells(name, dict(zip(header, map(list, cells), strict=True)), [line for line, _ in rows[1:]])


def takes_table(*roles):
    """Let a fit take `data=`: then each argument among the `roles` may be the name of a column, its own by default.

    Several names for what is fitted, the last required role, give several fits: a dict by name.
    """

    def wrap(fit):
        signature = inspect.signature(fit)
        required = [role for role in roles if signature.parameters[role].default is inspect.Parameter.empty]
        fitted = next(role for role in reversed(required) if role not in _LABELS)

        @wraps(fit)
        def fit_columns(*args, data=None, **settings):
            if data is None:
                return fit(*args, **settings)
            bound = signature.bind_partial(*args, **settings)
            asked = {role: bound.arguments.get(role) for role in roles}
            asked |= {role: role for role in required if asked[role] is None}

            def one(part):
                names = {role: name for role, name in (asked | {fitted: part}).items() if isinstance(name, str)}
                bound.arguments.update(chosen_columns(data, names))
                return fit(*bound.args, **bound.kwargs)

            several = isinstance(asked[fitted], list | tuple) and all(isinstance(part, str) for part in asked[fitted])
            return {part: one(part) for part in asked[fitted]} if several else one(asked[fitted])

        data = inspect.Parameter("data", inspect.Parameter.KEYWORD_ONLY, default=None)
        parts = list(signature.parameters.values())
        at = len(parts) - (parts[-1].kind is inspect.Parameter.VAR_KEYWORD)
        fit_columns.__signature__ = signature.replace(parameters=[*parts[:at], data, *parts[at:]])
        return fit_columns

    return wrap


def chosen_columns(data, names):
    """Return the columns of a table that `names` has for each role, by role.

    >>> chosen_columns({"N": [1e6, 2e6]}, {"n_params": "N"})
    {'n_params': [1000000.0, 2000000.0]}
    """
    if isinstance(data, str | PathLike):
        data = read_csv(data)
    columns = getattr(data, "columns", None)
    known = list(data if columns is None else columns)
    for role, column in names.items():
        if column not in known:
            raise ValueError(unknown(f"column for {role}", column, known))
    if isinstance(data, CsvCells):
        numbers = data.numbers([names[role] for role in names if role not in _LABELS], zero=(names.get("weights"),))
        return {role: data[names[role]] if role in _LABELS else numbers[names[role]] for role in names}
    return {role: data[column] for role, column in names.items()}


def _number(cell):
    try:
        return float(cell)
    except ValueError:
        return np.nan
