"""The numbers of the course: small tables and published constants, each with its unit and its source.

The tables are CSV files under `tables/`, described by `datapackage.json` (a Frictionless Data package).

>>> from scalinglaws.data import load, constant
>>> load("microprocessors")["clock_mhz"][:3]
array([0.74, 0.5 , 2.  ])
>>> constant("kaplan2020.alpha_N")
0.076
"""

import json
from functools import cache
from importlib.resources import files

from scalinglaws.data.table import Table, parse, unknown

__all__ = ["Table", "constant", "constants", "load", "names"]


def names():
    """Return the names of all tables, sorted; each can be given to `load`.

    >>> "benchmarks" in names()
    True
    """
    return sorted(_resources())


def load(name):
    """Return a table of the course.

    Parameters
    ----------
    name : str
        One of `names()`.

    Returns
    -------
    Table
        `table["column"]` is a read-only array of shape (n_rows,); `table.units` has the units.

    Raises
    ------
    ValueError
        If there is no such table; the message lists the tables, similar names first.

    Notes
    -----
    Each row has a `status` (published: read in the source or in a copy of it; estimate: its source estimates it;
    recomputed: worked out from published numbers; measured: by the course's own experiments) and a `source`: one or
    more keys of the table `sources`, joined by a semicolon.

    Examples
    --------
    >>> speed = load("airliners")
    >>> speed.units["cruise_mph"]
    'mile/h'
    >>> speed.where(speed["aircraft"] == "Boeing 707")["cruise_mph"]
    array([590.])
    >>> load("airliner")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: table 'airliner' is unknown; known: airliners, ...
    """
    if not isinstance(name, str) or name not in _resources():
        raise ValueError(unknown("table", name, names()))
    return _read(name)


def constants():
    """Return the table of published constants; the locator is a page, an equation or a table of the source.

    >>> constants().columns
    ['name', 'value', 'unit', 'meaning', 'source', 'locator', 'status']
    """
    return load("constants")


def constant(name):
    """Return one published constant, in the unit that `constants()` gives.

    Parameters
    ----------
    name : str
        Publication and symbol, as in "hoffmann2022.alpha".

    Returns
    -------
    float
        The value.

    Raises
    ------
    ValueError
        If there is no such constant; the message lists similar names.

    Examples
    --------
    >>> constant("kaplan2020.alpha_D")
    0.095
    """
    values = _constants()
    if not isinstance(name, str) or name not in values:
        raise ValueError(unknown("constant", name, values))
    return values[name]


@cache
def _read(name):
    resource = _resources()[name]
    fields = resource["schema"]["fields"]
    text = (files(__package__) / resource["path"]).read_text(encoding="utf-8")
    try:
        columns = parse(text.splitlines(), fields)
    except ValueError as error:
        raise ValueError(f"{resource['path']}: {error}") from None
    described = {field["name"]: field for field in fields}
    licence = "; ".join(licence["name"] for licence in resource["licenses"])
    return Table(name, columns, described, resource["title"], licence, resource.get("credit", ""))


@cache
def _constants():
    table = constants()
    return dict(zip(table["name"].tolist(), table["value"].tolist(), strict=True))


@cache
def _resources():
    package = json.loads((files(__package__) / "datapackage.json").read_text(encoding="utf-8"))
    return {resource["name"]: resource for resource in package["resources"]}
