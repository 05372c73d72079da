"""What runs from a command line.

`python -m scalinglaws fit runs.csv` fits a table of training runs and writes a report; `python -m scalinglaws forecasts` lists
the course's registered forecasts, and scores those that are due.
"""

import argparse
import datetime
import sys
import time
from pathlib import Path

import numpy as np

_MANY = 20_000  # rows from which the time that it takes is told first
_TRIED, _REFITS = 2_000, 20  # rows and refits that are timed for it


def run_command(arguments=None):
    """Run the command; `arguments` as on the command line. Returns the exit status: 1 not done, 2 bad input."""
    chosen = _parser().parse_args(arguments)
    try:
        return chosen.run(chosen)
    except (OSError, ValueError) as error:
        print(f"scalinglaws: {error}", file=sys.stderr)
        return 2


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m scalinglaws", description="Fit scaling laws to training runs; list and score forecasts."
    )
    commands = parser.add_subparsers(required=True, metavar="fit | forecasts")
    register = commands.add_parser(
        "forecasts",
        help="list the course's registered forecasts, or score those that are due",
        description="List the course's registered forecasts, or score those that are due. Exit status 2: a cell is not what it "
        "should be; nothing is scored.",
    )
    register.add_argument(
        "--outcomes",
        metavar="FILE.csv",
        help="what came: columns id, value (in the unit of the forecast, or yes, no, void), date (on which the source was "
        "read, as 2028-06-30) and source",
    )
    register.add_argument("--remake", action="store_true", help="make them again from the tables, and compare")
    register.set_defaults(run=_forecasts)
    fit = commands.add_parser(
        "fit",
        help="fit L = E + A / N^alpha + B / D^beta to a CSV file with one row per run",
        description="Fit L = E + A / N^alpha + B / D^beta to a CSV file with one row per run. Exit status 2: a cell or an "
        "argument is not what it should be; nothing is written.",
    )
    fit.add_argument("table", help="CSV file with a header")
    fit.add_argument(
        "--n-params", default="n_params", metavar="COLUMN", help="size of the model (default: %(default)s)"
    )
    fit.add_argument("--n-tokens", default="n_tokens", metavar="COLUMN", help="training tokens (default: %(default)s)")
    fit.add_argument("--loss", nargs="+", default=["loss"], metavar="COLUMN", help="loss, or several (default: loss)")
    fit.add_argument("--compute", metavar="COLUMN", help="training compute in FLOP (default: 6 N D)")
    fit.add_argument("--groups", metavar="COLUMN", help="label of the run, if a run has several rows (checkpoints)")
    fit.add_argument(
        "--hold-out", type=float, metavar="FLOP", help="also fit the runs up to this compute, foretell the others"
    )
    fit.add_argument(
        "--objective", default="huber_log", help="huber_log (default), squares_log, huber_raw, squares_raw"
    )
    fit.add_argument("--unit", default="", help="unit of the loss, such as 'bits per byte'")
    fit.add_argument("--resamples", type=int, default=4000, help="refits behind each interval (default: %(default)s)")
    fit.add_argument("--out", type=Path, metavar="FOLDER", help="write report.html, fit.json and the pictures there")
    fit.add_argument("--all", action="store_true", help=f"go on with more than {_MANY:,} rows")
    fit.set_defaults(run=_fit)
    return parser


def _fit(chosen):
    from scalinglaws.fit import fit_chinchilla, held_out
    from scalinglaws.fit.engine.columns import chosen_columns, read_csv

    table = read_csv(chosen.table)
    roles = {"n_params": chosen.n_params, "n_tokens": chosen.n_tokens, "compute_flop": chosen.compute}
    losses = {f"loss {name}": name for name in chosen.loss}
    roles = {role: name for role, name in (roles | losses | {"groups": chosen.groups}).items() if name}
    columns = chosen_columns(table, roles)
    n_params, n_tokens, groups = columns["n_params"], columns["n_tokens"], columns.get("groups")
    compute = columns.get("compute_flop", 6 * n_params * n_tokens)
    settings = {"objective": chosen.objective}
    if len(table) > _MANY and not chosen.all:
        some = np.random.default_rng(0).choice(len(table), _TRIED, replace=False)
        began = time.perf_counter()
        fit_chinchilla(n_params[some], n_tokens[some], columns[f"loss {chosen.loss[0]}"][some], **settings).bootstrap(
            _REFITS
        )
        each = (time.perf_counter() - began) * len(table) / _TRIED * chosen.resamples / _REFITS
        minutes = len(chosen.loss) * each / 60
        print(
            f"{len(table):,} rows, about {minutes:.0f} minutes; --all goes on, --resamples 400 takes a tenth of the time"
        )
        return 1
    done = []
    for name in chosen.loss:
        loss = columns[f"loss {name}"]
        fit = fit_chinchilla(n_params, n_tokens, loss, groups=groups, **settings)
        cut = chosen.hold_out
        held = None if cut is None else held_out(n_params, n_tokens, loss, cut, compute_flop=compute, **settings)
        done.append((name, fit, held))
    per = float(np.median(compute / (n_params * n_tokens)))
    stated = {
        "table": Path(chosen.table).name,
        "n_params": f"column {chosen.n_params}",
        "n_tokens": f"column {chosen.n_tokens}",
    }
    stated["compute"] = f"column {chosen.compute}, {per:.3g} N D in the median" if chosen.compute else "6 N D"
    stated |= {"unit": chosen.unit} if chosen.unit else {}
    for name, fit, held in done:
        _tell(chosen, name, fit, held, per, stated | {"loss": f"column {name}"})
    return 0


def _tell(chosen, name, fit, held, per, stated):
    if chosen.out is None:
        print(fit.report(n_resamples=chosen.resamples, **stated))
        print(*([] if held is None else [f"  held out    {held!r}"]), sep="\n")
        return
    from scalinglaws.show.report import write_report

    folder = chosen.out / name if len(chosen.loss) > 1 else chosen.out
    loss = f"{name} ({chosen.unit})" if chosen.unit else name
    title = f"A scaling law for {name}"
    print(write_report(folder, fit, held, title=title, loss=loss, per=per, n_resamples=chosen.resamples, stated=stated))
    print(f"written to {folder}: report.html, fit.json and the pictures")


def _forecasts(chosen):
    from scalinglaws.course.forecasts import forecast_scores
    from scalinglaws.data import load

    register = {row["id"]: row for row in load("forecasts")}
    if chosen.remake:
        changed = [name for name, row in register.items() if not _comes_out(row)]
        print(f"{len(register)} made again from the tables; changed: {', '.join(changed) or 'none'}")
        return int(bool(changed))
    if chosen.outcomes is None:
        for name, row in register.items():
            stated = f"yes: {row['probability']:.2f}"
            if row["scored_in"] != "squared error":
                stated = f"{row['q50']:.4g} {row['unit']}, 90 %: {row['q05']:.4g} to {row['q95']:.4g}"
            print(f"{name}, due {row['due']}: {stated}\n    {row['question']}")
        return 0
    n_scored = n_closer = 0
    for name, (came, read) in _outcomes(chosen.outcomes, register).items():
        row = register[name]
        if read.isoformat() < row["due"]:
            print(f"{name}: not due before {row['due']}, and its source was read on {read}")
        elif came is None:
            print(f"{name}: void")
        else:
            own, naive = forecast_scores(row, came)
            kind = "Brier" if row["scored_in"] == "squared error" else f"CRPS in {row['scored_in']}"
            print(f"{name}: {came:.4g} came; {kind} {own:.3f}, naive ({row['naive']}) {naive:.3f}")
            n_scored, n_closer = n_scored + 1, n_closer + (own < naive)
    print(f"{n_scored} scored, {n_closer} of them better than the naive forecast")
    return 0


def _comes_out(row):
    """Return whether the call in a row makes its numbers, which have three digits, from the tables as they are."""
    from scalinglaws.course import forecasts as made

    calls = made.at_least, made.largest_run, made.best_index, made.index_by_account, made.best_horizon, made.best_score
    calls += made.tenfold_cheaper, made.halving_months, made.largest_dataset, made.tokens_per_8b, made.largest_bill
    calls += made.largest_site, made.best_accelerator, made.most_transistors
    own, naive = eval(row["made_by"], {call.__name__: call for call in calls})
    if row["scored_in"] == "squared error":
        return np.allclose([own, naive], [row["probability"], row["naive_probability"]], rtol=0, atol=0.0051)
    stated = [[row[start + name] for name in made.LEVELS] for start in ("", "naive_")]
    return np.allclose(np.quantile([own, naive], list(made.LEVELS.values()), axis=1).T, stated, rtol=0.0051, atol=0)


def _outcomes(path, register):
    """Return for each name in a file what came (None if void) and the day on which the source was read."""
    from scalinglaws.data.table import unknown
    from scalinglaws.fit.engine.columns import read_csv

    table, outcomes, names = read_csv(path), {}, ("id", "value", "date", "source")
    for column in names:
        if column not in table.columns:
            raise ValueError(unknown("column", column, table.columns))
    for line, name, value, date, source in zip(table.lines, *(table[column] for column in names), strict=True):
        where = f"{path}, line {line}"
        if name not in register:
            raise ValueError(f"{where}: {unknown('forecast', name, register)}")
        if name in outcomes or not source:
            raise ValueError(f"{where}: {name} must stand there once and with a source, got source {source!r}")
        try:
            outcomes[name] = _came(value, register[name]), datetime.date.fromisoformat(date)
        except (KeyError, ValueError):
            kind = (
                "yes, no" if register[name]["scored_in"] == "squared error" else f"a number ({register[name]['unit']})"
            )
            raise ValueError(
                f"{where}: {name} must have {kind} or void, and a date as 2028-06-30, got {value!r} and {date!r}"
            ) from None
    return outcomes


def _came(value, row):
    if value == "void":
        return None
    if row["scored_in"] == "squared error":
        return {"yes": 1.0, "no": 0.0}[value]
    came = float(value)
    if not np.isfinite(came) or came < 0 or (came == 0 and row["scored_in"] == "factors of ten"):
        raise ValueError
    return came


if __name__ == "__main__":
    sys.exit(run_command())
