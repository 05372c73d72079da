"""The store of a sweep: one SQLite file, in which a run stands with its whole curve or not at all.

`path` is that file. A process may be killed at any moment: the next one that opens the file finds whole runs only. The
tables of the data package are CSV files, which `publish` writes from it. `sqlite3` is imported where a store is opened:
a sweep that keeps nothing, as the labs' in a browser, does without.
"""

import csv
import math
import os
from contextlib import closing, contextmanager
from pathlib import Path

COLUMNS = (
    "run_id kind variant corpus corpus_sha256 budget_flop n_params n_params_total n_tokens compute_flop unique_tokens "
    "epochs seed loss status train_loss context d_embed hidden steps batch lr lr_out_mult schedule warmup_steps beta2 "
    "n_held_out python_version numpy_version seconds flop_per_s"
).split()
CURVE_COLUMNS = ["run_id", "step", "n_tokens_seen", "loss"]
SOURCE = "measured_here"  # key of the package's table of sources
DIGITS = {"loss": ".6f", "train_loss": ".6f", "seconds": ".3f", "flop_per_s": ".4g"}


def add_run(path, row, curve):
    """Keep a run, `row` with its `curve` of (step, symbols seen, loss), in one transaction; make the file if missing."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with _opened(path) as db:
        _insert(db, "runs", [[row[name] for name in COLUMNS]])
        _insert(db, "curves", [(row["run_id"], *point) for point in curve])


def read_runs(path):
    """Return the rows and the points of curves that a store has, by name and step; a missing number is NaN.

    A missing file has none. A file that is no store, a damaged one, or one of other columns raises a ValueError.

    >>> read_runs("nowhere")
    ([], [])
    """
    if not Path(path).is_file():
        return [], []
    with _opened(path) as db:
        rows = db.execute("SELECT * FROM runs ORDER BY run_id").fetchall()
        points = db.execute("SELECT * FROM curves ORDER BY run_id, step").fetchall()
    return [_record(COLUMNS, row) for row in rows], [_record(CURVE_COLUMNS, point) for point in points]


def publish(path, folder, names):
    """Write the runs of these names, in this order, as the tables `runs` and `curves` of a folder; return their number.

    Each of the two files, `runs.csv` and `curves.csv`, is replaced as a whole.
    """
    place = {name: i for i, name in enumerate(names)}
    parts = [[record for record in part if record["run_id"] in place] for part in read_runs(path)]
    for file, columns, part in zip(("runs.csv", "curves.csv"), (COLUMNS, CURVE_COLUMNS), parts, strict=True):
        spare = Path(folder) / f"{file}.tmp"
        with open(spare, "w", encoding="utf-8", newline="") as out:
            table = csv.writer(out, lineterminator="\n")
            table.writerow([*columns, "source"])
            for record in sorted(part, key=lambda record: place[record["run_id"]]):
                table.writerow([*(_cell(name, record[name]) for name in columns), SOURCE])
        os.replace(spare, Path(folder) / file)
    return len(parts[0])


@contextmanager
def _opened(path):
    """A store, whose changes within the block are kept together when it ends, or not at all."""
    import sqlite3

    with closing(sqlite3.connect(path)) as db:
        try:
            sound = db.execute("PRAGMA quick_check").fetchall() == [("ok",)]
            for table, columns, key in (("runs", COLUMNS, "run_id"), ("curves", CURVE_COLUMNS, "run_id, step")):
                db.execute(f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(columns)}, PRIMARY KEY ({key}))")
                sound &= [column[1] for column in db.execute(f"PRAGMA table_info({table})")] == columns
        except sqlite3.OperationalError:
            raise  # a full disk, a file that another process holds: the message says so
        except sqlite3.DatabaseError:
            sound = False
        if not sound:
            raise ValueError(f"path must be a store with the columns of this version, and undamaged, got {path}")
        with db:
            yield db


def _insert(db, table, records):
    for record in records:
        db.execute(f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(record))})", record)


def _record(columns, values):
    return {name: math.nan if value is None else value for name, value in zip(columns, values, strict=True)}


def _cell(name, value):
    if isinstance(value, (str, int)):
        return value
    return "" if math.isnan(value) else format(value, DIGITS.get(name, ".10g"))
