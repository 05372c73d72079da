"""`python -m scalinglaws fit runs.csv`: fit a table of training runs, and write a report."""

import argparse
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
        return _fit(chosen)
    except (OSError, ValueError) as error:
        print(f"scalinglaws: {error}", file=sys.stderr)
        return 2


def _parser():
    parser = argparse.ArgumentParser(prog="python -m scalinglaws", description="Fit scaling laws to training runs.")
    fit = parser.add_subparsers(required=True, metavar="fit").add_parser(
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


if __name__ == "__main__":
    sys.exit(run_command())
