"""The two CSV files of a sweep: appended row by row, never read half-written."""

import csv
import io
import os
from pathlib import Path

NAMES = (
    "run_id kind variant corpus corpus_sha256 budget_flop n_params n_params_total n_tokens compute_flop unique_tokens "
    "epochs seed loss status train_loss context d_embed hidden steps batch lr lr_out_mult schedule warmup_steps beta2 "
    "n_held_out python_version numpy_version seconds flop_per_s"
)
COLUMNS = NAMES.split()
SOURCE = "measured_here"  # key of the package's table of sources
CURVE_COLUMNS = ["run_id", "step", "n_tokens_seen", "loss"]
TIMING = ("seconds", "flop_per_s")  # what differs between two runs of the same thing
TEXT = {"run_id", "kind", "variant", "corpus", "corpus_sha256", "status", "schedule", "python_version", "numpy_version"}
WHOLE = {"n_params", "n_params_total", "n_tokens", "unique_tokens", "seed", "context", "d_embed", "hidden", "steps"}
WHOLE |= {"batch", "warmup_steps", "n_held_out", "step", "n_tokens_seen"}
DIGITS = {"loss": ".6f", "train_loss": ".6f", "seconds": ".3f", "flop_per_s": ".4g"}


class Store:
    """A folder with `runs.csv` and `curves.csv`, open for more rows.

    Parameters
    ----------
    folder : str or Path
        Made if missing. What a killed sweep left half-written at the end of a file is cut off.

    Attributes
    ----------
    done : dict
        The rows that are there, by name.

    Examples
    --------
    >>> import tempfile
    >>> Store(tempfile.mkdtemp()).done
    {}
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        rows, curves = read(folder)
        _replace(self.folder / "runs.csv", COLUMNS, rows)
        _replace(self.folder / "curves.csv", CURVE_COLUMNS, curves)
        self.done = {row["run_id"]: row for row in rows}

    def add(self, row, curve):
        """Append a run. Its curve goes first: a run that is in the table is complete."""
        points = [dict(zip(CURVE_COLUMNS, (row["run_id"], *point), strict=True)) for point in curve]
        _append(self.folder / "curves.csv", CURVE_COLUMNS, points)
        _append(self.folder / "runs.csv", COLUMNS, [row])
        self.done[row["run_id"]] = row


def read(folder):
    """Read what is complete in a folder.

    Parameters
    ----------
    folder : str or Path
        May be missing.

    Returns
    -------
    runs, curves : list of dict
        Numbers as numbers; an empty number is NaN. A last line without its line end is not read, nor are the points of
        runs that are not in the table.

    Examples
    --------
    >>> read("/nowhere")
    ([], [])
    """
    rows = _read(Path(folder) / "runs.csv", COLUMNS)
    names = {row["run_id"] for row in rows}
    points = {
        (point["run_id"], point["step"]): point
        for point in _read(Path(folder) / "curves.csv", CURVE_COLUMNS)
        if point["run_id"] in names
    }
    return rows, list(points.values())


def sort(folder, names):
    """Put the rows into the order of `names`, others after them, so that the order of finishing leaves no trace.

    Parameters
    ----------
    folder : str or Path
        With the two files.
    names : list of str
        Names of runs.

    Examples
    --------
    >>> import tempfile
    >>> sort(tempfile.mkdtemp(), [])
    """
    place = {name: i for i, name in enumerate(names)}
    rows, points = read(folder)
    rows.sort(key=lambda row: place.get(row["run_id"], len(place)))
    points.sort(key=lambda point: (place.get(point["run_id"], len(place)), point["step"]))
    _replace(Path(folder) / "runs.csv", COLUMNS, rows)
    _replace(Path(folder) / "curves.csv", CURVE_COLUMNS, points)


def publish(folder, destination, names):
    """Write what is complete in a folder as the tables `runs` and `curves` of the data package.

    Parameters
    ----------
    folder : str or Path
        Where a sweep was or is being run.
    destination : str or Path
        Folder of the package's tables. Each file is replaced as a whole.
    names : list of str
        Runs to take, in this order.

    Returns
    -------
    int
        Number of runs.

    Examples
    --------
    >>> import tempfile
    >>> publish("/nowhere", tempfile.mkdtemp(), [])
    0
    """
    place = {name: i for i, name in enumerate(names)}
    rows, points = ([row for row in part if row["run_id"] in place] for part in read(folder))
    rows.sort(key=lambda row: place[row["run_id"]])
    points.sort(key=lambda point: (place[point["run_id"]], point["step"]))
    for file, columns, part in (("runs.csv", COLUMNS, rows), ("curves.csv", CURVE_COLUMNS, points)):
        _replace(Path(destination) / file, [*columns, "source"], [row | {"source": SOURCE} for row in part])
    return len(rows)


def text(rows, columns=COLUMNS):
    r"""Rows as lines of CSV, without the header.

    Parameters
    ----------
    rows : list of dict
        With the given columns.
    columns : sequence of str
        In this order.

    Returns
    -------
    str

    Examples
    --------
    >>> text([{"run_id": "a", "step": 1, "n_tokens_seen": 32, "loss": 2.5}], CURVE_COLUMNS)
    'a,1,32,2.500000\n'
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([_cell(c, row[c]) for c in columns] for row in rows)
    return out.getvalue()


def _cell(column, value):
    if isinstance(value, str):
        return value
    if value != value:
        return ""
    return format(value, DIGITS.get(column, "d" if column in WHOLE else ".10g"))


def _append(path, columns, rows):
    if rows:
        with open(path, "a", encoding="utf-8", newline="") as file:
            file.write(text(rows, columns))
            file.flush()
            os.fsync(file.fileno())


def _replace(path, columns, rows):
    spare = path.with_suffix(".tmp")
    spare.write_text(",".join(columns) + "\n" + text(rows, columns), encoding="utf-8", newline="")
    os.replace(spare, path)


def _read(path, columns):
    if not path.is_file():
        return []
    whole = path.read_text(encoding="utf-8").rpartition("\n")[0]
    lines = csv.reader(io.StringIO(whole))
    if next(lines, columns) != list(columns):
        raise ValueError(f"path must be a table with the columns of this version, got {path}")
    return [{c: _value(c, v) for c, v in zip(columns, line, strict=True)} for line in lines]


def _value(column, cell):
    if column in TEXT:
        return cell
    return int(cell) if column in WHOLE else float(cell or "nan")
