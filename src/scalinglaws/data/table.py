"""A table as it comes from a CSV file: columns that know their units, and the sources of their rows."""

import csv
import difflib
from html import escape
from itertools import islice

import numpy as np

SHOWN_ROWS = 12  # in a notebook; the caption says how many more there are


class Table:
    """Columns of equal length, read-only, with the unit and the meaning of each.

    Tables come from `scalinglaws.data.load`. Columns of numbers are float64 with NaN for an empty cell; dates are ISO
    strings.

    Parameters
    ----------
    name : str
        Name of the table.
    columns : dict of str to array_like, each of shape (n_rows,)
        The columns, in order.
    fields : dict of str to dict, optional
        For each column its `unit` and `description`.
    title, licence, credit : str, optional
        What the table shows, under which licence, and who must be named with it.

    Raises
    ------
    ValueError
        If the columns differ in length.

    Examples
    --------
    >>> clock = Table("clock", {"year": [2003, 2004], "clock_mhz": [3200.0, 3800.0]}, {"clock_mhz": {"unit": "MHz"}})
    >>> clock
    clock: 2 rows; year, clock_mhz [MHz]
    >>> clock["clock_mhz"]
    array([3200., 3800.])
    >>> clock.where(clock["year"] > 2003)["clock_mhz"]
    array([3800.])
    """

    def __init__(self, name, columns, fields=None, title="", licence="", credit=""):
        self._columns = {column: _read_only(values) for column, values in columns.items()}
        lengths = {column: len(values) for column, values in self._columns.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns must have equal length, got {lengths}")
        self._fields = {column: dict((fields or {}).get(column, {})) for column in self._columns}
        self.name, self.title, self.licence, self.credit = name, title, licence, credit

    @property
    def columns(self):
        """List of str: names of the columns, in order."""
        return list(self._columns)

    @property
    def units(self):
        """Dict of str to str: the unit of each column of numbers; "1" is a pure number."""
        return {column: field["unit"] for column, field in self._fields.items() if "unit" in field}

    @property
    def descriptions(self):
        """Dict of str to str: what each column means."""
        return {column: field.get("description", "") for column, field in self._fields.items()}

    @property
    def sources(self):
        """List of str: the keys used in column `source`, sorted; the table `sources` says what they are."""
        cells = self._columns.get("source", ())
        return sorted({key for cell in cells for key in str(cell).split(";") if key})

    def __getitem__(self, column):
        """Return one column: float64, bool or str, shape (n_rows,), read-only."""
        if column not in self._columns:
            raise ValueError(unknown(f"column of {self.name}", column, self._columns))
        return self._columns[column]

    def where(self, mask):
        """Return the rows for which `mask`, bool of shape (n_rows,), is true, as a new table; usually a comparison.

        >>> from scalinglaws.data import load
        >>> chips = load("microprocessors")
        >>> len(chips.where(chips["year"] < 1980)), len(chips.where(chips["chip"] == "Intel 4004"))
        (4, 1)
        """
        mask = np.asarray(mask)
        if mask.dtype != bool or mask.shape != (len(self),):
            raise ValueError(
                f"mask must be boolean with shape ({len(self)},), one value per row of {self.name}, "
                f"got {mask.dtype} with shape {mask.shape}"
            )
        rows = {column: values[mask] for column, values in self._columns.items()}
        return Table(self.name, rows, self._fields, self.title, self.licence, self.credit)

    def __len__(self):
        return len(next(iter(self._columns.values()), ()))

    def __iter__(self):
        """Yield each row as a dict of column name to float, bool or str."""
        lists = [values.tolist() for values in self._columns.values()]
        for row in zip(*lists, strict=True):
            yield dict(zip(self._columns, row, strict=True))

    def __repr__(self):
        units = self.units
        shown = [f"{column} [{units[column]}]" if units.get(column, "1") != "1" else column for column in self._columns]
        return f"{self.name}: {len(self)} rows; {', '.join(shown)}"

    def _repr_html_(self):
        units = self.units
        head = "".join(
            f'<th scope="col">{escape(c)}{f"<br>[{escape(units[c])}]" if units.get(c, "1") != "1" else ""}</th>'
            for c in self._columns
        )
        body = ""
        for row in islice(self, SHOWN_ROWS):
            first, *others = (escape(_text(value)) for value in row.values())
            body += f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in others) + "</tr>"
        more = f"; the first {SHOWN_ROWS} are shown" if len(self) > SHOWN_ROWS else ""
        caption = escape(f"{self.title or self.name} ({len(self)} rows{more})")
        # A wide table scrolls inside its own region, which the keyboard must be able to reach.
        return (
            f'<div role="region" aria-label="{escape(self.name)}" tabindex="0" style="overflow-x:auto">'
            f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )


def unknown(what, name, known, limit=60):
    """Return the message for a name that is not among `known`: the closest first, then the others."""
    known = list(known)
    close = difflib.get_close_matches(str(name), known, n=5, cutoff=0.5)
    listed = close + [other for other in known if other not in close]
    rest = f" and {len(listed) - limit} more" if len(listed) > limit else ""
    return f"{what} {name!r} is unknown; known: {', '.join(listed[:limit])}{rest}"


def parse(lines, fields):
    """Read the lines of a CSV file with a header into a dict of columns, shape (n_rows,), as `fields` say.

    `fields` are those of a Table Schema, each with `name` and `type`: number and integer become float64 (NaN for an
    empty cell), boolean bool, anything else str. A ValueError says which header, row or cell does not fit them.

    >>> fields = [{"name": "year", "type": "number"}, {"name": "chip", "type": "string"}]
    >>> parse(["year,chip", "1971.9,Intel 4004"], fields)
    {'year': array([1971.9]), 'chip': array(['Intel 4004'], dtype='<U10')}
    """
    header, *rows = csv.reader(lines)
    names = [field["name"] for field in fields]
    if header != names:
        raise ValueError(f"header must be {','.join(names)}, got {','.join(header)}")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(names):
            raise ValueError(f"line {number} must have {len(names)} cells, got {len(row)}")
    cells = zip(*rows, strict=True) if rows else [()] * len(names)
    return {field["name"]: _column(field, column) for field, column in zip(fields, cells, strict=True)}


def _column(field, cells):
    try:
        if field["type"] in ("number", "integer"):
            return np.array([float(cell) if cell else np.nan for cell in cells], dtype=np.float64)
        if field["type"] == "boolean":
            return np.array([{"true": True, "false": False}[cell] for cell in cells], dtype=bool)
    except (ValueError, KeyError) as error:
        raise ValueError(f"column {field['name']} must hold values of type {field['type']}: {error}") from None
    return np.array(cells, dtype=str)


def _read_only(values):
    array = np.array(values)
    array.flags.writeable = False
    return array


def _text(value):
    if isinstance(value, float):
        return "" if value != value else f"{value:.7g}"
    return str(value).lower() if isinstance(value, bool) else str(value)
