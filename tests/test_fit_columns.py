"""Columns by name, from whatever holds a table."""

import inspect
from collections import OrderedDict

import numpy as np
import pytest

from scalinglaws.data import Table, load
from scalinglaws.fit import (
    compare_forms,
    expanding_window,
    fit_chinchilla,
    fit_form,
    fit_frontier,
    fit_isoflop,
    fit_kaplan,
    fit_power_law,
    held_out,
)
from scalinglaws.fit.engine.columns import read_csv
from scalinglaws.laws.training.chinchilla import Chinchilla

LAW = Chinchilla.published("besiroglu2024")
N, D = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e7, 1e9, 5), np.geomspace(1e9, 1e11, 5)))
LOSS = LAW.loss(N, D) * np.exp(np.random.default_rng(0).normal(0, 0.003, N.size))
RUN = np.repeat(np.arange(5), 5).astype(str)
TABLE = {"N": N, "D": D, "nats": LOSS, "bits": LOSS / np.log(2), "run": RUN}
NAMED = {"n_params": "N", "n_tokens": "D", "loss": "nats"}


class Frame:
    """What pandas and polars have in common: columns that are an object without a truth value, and items by name."""

    def __init__(self, table):
        self.columns, self.table = np.array(list(table)), table

    def __getitem__(self, name):
        return Series(self.table[name])


class Series:
    """A column that NumPy can read."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype=dtype)

    def __len__(self):
        return len(self.values)


def written(folder, rows=None, header="N,D,nats,bits,run", end="\n", mark=""):
    rows = rows or [",".join(map(str, row)) for row in zip(*TABLE.values(), strict=True)]
    path = folder / "runs.csv"
    path.write_text(mark + end.join([header, *rows]) + end, "utf-8", newline="")
    return path


@pytest.mark.parametrize("kind", [dict, OrderedDict, Frame, lambda table: Table("mine", table)])
def test_any_table_gives_the_fit_of_its_arrays(kind):
    fit = fit_chinchilla(data=kind(TABLE), **NAMED, groups="run")
    assert fit.law == fit_chinchilla(N, D, LOSS).law
    assert list(fit.groups) == list(RUN)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_csv_file_gives_the_fit_of_its_arrays(tmp_path, end, mark):
    path = written(tmp_path, end=end, mark=mark)
    for given in (path, str(path)):
        assert fit_chinchilla(data=given, **NAMED, groups="run").law == fit_chinchilla(N, D, LOSS).law


@pytest.mark.parametrize("cut", [";", "\t"])
def test_cells_may_be_cut_by_semicolons_or_tabs(tmp_path, cut):
    rows = [cut.join(map(str, row)) for row in zip(*TABLE.values(), strict=True)]
    path = written(tmp_path, rows, cut.join(TABLE))
    assert fit_chinchilla(data=path, **NAMED).law == fit_chinchilla(N, D, LOSS).law


def test_names_may_stand_in_order_and_be_their_own():
    own = {"n_params": N, "n_tokens": D, "loss": LOSS}
    assert fit_chinchilla(data=own).law == fit_chinchilla("N", "D", "nats", data=TABLE).law


def test_an_array_may_stand_beside_names():
    assert fit_chinchilla("N", "D", 2 * LOSS, data=TABLE).law == fit_chinchilla(N, D, 2 * LOSS).law


def test_several_losses_give_several_fits():
    fits = fit_chinchilla(data=TABLE, n_params="N", n_tokens="D", loss=["nats", "bits"], objective="squares_log")
    assert list(fits) == ["nats", "bits"]
    floors = fits["bits"].law.E, fits["nats"].law.E
    assert floors[0] == pytest.approx(floors[1] / np.log(2), rel=1e-6)
    assert fits["bits"].law.alpha == pytest.approx(fits["nats"].law.alpha, rel=1e-6)


def test_every_family_takes_a_table():
    budget = np.repeat([1e19, 1e20, 1e21], 7)
    sizes = LAW.optimum(budget).n_params * np.tile(np.geomspace(0.25, 4, 7), 3)
    valleys = {"size": sizes, "flop": budget, "y": LAW.isoflop(budget, sizes)}
    assert fit_isoflop("size", "flop", "y", data=valleys).exponent_n == fit_isoflop(*valleys.values()).exponent_n
    n, d = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e7, 1e10, 20), np.geomspace(1e8, 1e12, 20)))
    curves = {"n": n, "d": d, "l": LAW.loss(n, d), "id": n.astype(str)}
    by_name = fit_frontier("n", "d", "l", "id", data=curves, n_levels=50)
    assert by_name.exponent_n == fit_frontier(n, d, LAW.loss(n, d), n, n_levels=50).exponent_n
    assert fit_kaplan(data=TABLE, **NAMED).joint == fit_kaplan(N, D, LOSS).joint
    assert fit_form("tied", "N", "D", "nats", data=TABLE).law == fit_form("tied", N, D, LOSS).law
    assert fit_power_law("D", "nats", data=TABLE).law == fit_power_law(D, LOSS).law
    cut = 1e19
    assert held_out(data=TABLE, **NAMED, below=cut).errors["chinchilla"] == pytest.approx(
        held_out(N, D, LOSS, cut).errors["chinchilla"]
    )
    assert list(compare_forms("N", "D", "nats", cut, data=TABLE).errors) == list(compare_forms(N, D, LOSS, cut).errors)
    windows = expanding_window(data=TABLE, **NAMED)
    assert [w.exponent_n for w in windows] == [w.exponent_n for w in expanding_window(N, D, LOSS)]


def test_a_table_of_the_course_is_fitted_as_it_comes():
    runs = load("runs")
    runs = runs.where((runs["kind"] == "isoflop") & (runs["corpus"] == "stdlib") & (runs["status"] == "ok"))
    assert fit_chinchilla(data=runs).law == fit_chinchilla(runs["n_params"], runs["n_tokens"], runs["loss"]).law


def test_an_unknown_column_is_named_with_those_that_are_there():
    with pytest.raises(ValueError, match=r"column for loss 'val_loss' is unknown; known: .*nats"):
        fit_chinchilla(data=TABLE, n_params="N", n_tokens="D", loss="val_loss")


@pytest.mark.parametrize("cell", ["", "n/a", "125M", "0", "-1", "nan", "inf", "1,5"])
def test_a_bad_cell_is_named_by_line_column_and_value(tmp_path, cell):
    rows = [f"{n};{d};{loss}" for n, d, loss in zip(N, D, LOSS, strict=True)]
    rows[3] = f"{N[3]};{D[3]};{cell}"
    path = written(tmp_path, rows[:2] + [""] + rows[2:], "N;D;nats")
    with pytest.raises(ValueError) as error:
        fit_chinchilla(data=path, **NAMED)
    assert f"line 6, column nats: {cell!r}" in str(error.value)


def test_all_bad_cells_are_counted(tmp_path):
    with pytest.raises(ValueError, match="and 4 more"):
        fit_chinchilla(data=written(tmp_path, ["x,1,2"] * 14, "N,D,nats"), **NAMED)


def test_a_weight_of_zero_is_a_weight(tmp_path):
    rows = [f"{n},{d},{loss},{int(i > 0)}" for i, (n, d, loss) in enumerate(zip(N, D, LOSS, strict=True))]
    path = written(tmp_path, rows, "N,D,nats,w")
    fit = fit_chinchilla(data=path, **NAMED, weights="w")
    assert fit.problem.weights[0] == 0


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "header and rows, got 0"),
        (["N,D"], "header and rows, got 1"),
        (["N,N", "1,2"], "each column once, got 'N' twice"),
        (["N,D", "1,2", "", "1"], "2 cells in each row, got 1 in line 4"),
    ],
)
def test_a_file_that_is_no_table_says_why(lines, reason):
    with pytest.raises(ValueError, match=reason):
        read_csv(lines)


def test_data_stands_in_the_signature():
    assert inspect.signature(fit_chinchilla).parameters["data"].default is None
    assert list(inspect.signature(held_out).parameters)[-2:] == ["data", "settings"]
