"""`python -m scalinglaws fit`: from a CSV file to a report."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest

from scalinglaws import __main__ as command
from scalinglaws.fit import fit_chinchilla, held_out
from scalinglaws.laws.training.chinchilla import Chinchilla

LAW = Chinchilla.published("besiroglu2024")
BUDGETS = np.repeat(np.geomspace(1e18, 1e20, 5), 7)
N = LAW.optimum(BUDGETS).n_params * np.tile(np.geomspace(0.25, 4, 7), 5)
D = BUDGETS / (6 * N)
LOSS = LAW.loss(N, D) * np.exp(np.random.default_rng(0).normal(0, 0.01, N.size))
NAMED = ["--n-params", "N", "--n-tokens", "D", "--loss", "val_loss", "--resamples", "100"]


@pytest.fixture
def runs(tmp_path):
    rows = [f"{n},{d},{y},r{i},{6.6 * n * d}" for i, (n, d, y) in enumerate(zip(N, D, LOSS, strict=True))]
    path = tmp_path / "runs.csv"
    path.write_text("\n".join(["N,D,val_loss,run,C", *rows]) + "\n")
    return path


def test_one_command_goes_from_a_file_to_a_report(runs, tmp_path):
    out = tmp_path / "out"
    said = subprocess.run(
        [sys.executable, "-m", "scalinglaws", "fit", runs, *NAMED, "--hold-out", "5e19", "--out", out],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {path.name for path in out.iterdir()} == {
        "report.html",
        "fit.json",
        "law.png",
        "residuals.png",
        "held-out.png",
    }
    stored = json.loads((out / "fit.json").read_text("utf-8"))
    fit = fit_chinchilla(N, D, LOSS)
    assert stored["constants"]["alpha"] == pytest.approx(fit.law.alpha, rel=1e-9)
    assert stored["held_out"]["errors"]["chinchilla"] == pytest.approx(
        held_out(N, D, LOSS, 5e19).errors["chinchilla"].tolist()
    )
    assert "alpha" in said.stdout and "7 runs above 5e+19" in said.stdout


def test_the_page_needs_no_network_and_assumes_no_unit(runs, tmp_path):
    out = tmp_path / "out"
    command.run_command(["fit", str(runs), *NAMED, "--unit", "bits per byte", "--out", str(out)])
    page = (out / "report.html").read_text("utf-8")
    assert not re.search(r"""(src|href)=["'](?!data:)""", page) and "http" not in page
    assert "nats" not in page and "bits per byte" in page
    assert page.count("<img alt=") == 2
    assert not (out / "held-out.png").exists()


def test_what_is_printed_is_the_report(runs, capsys):
    assert command.run_command(["fit", str(runs), *NAMED, "--compute", "C", "--groups", "run"]) == 0
    said = capsys.readouterr().out
    assert (
        "Chinchilla fit to 35 runs" in said
        and "table: runs.csv" in said
        and "compute: column C, 6.6 N D in the median" in said
    )


def test_the_cut_counts_compute_as_the_column_does(runs, capsys):
    for compute, n_above in (([], 7), (["--compute", "C"], 14)):
        command.run_command(["fit", str(runs), *NAMED, "--hold-out", "3.3e19", *compute])
        assert f"{n_above} runs above" in capsys.readouterr().out


def test_several_losses_give_several_reports(runs, tmp_path):
    text = runs.read_text().splitlines()
    rows = zip(text[1:], LOSS.tolist(), strict=True)
    lines = [text[0] + ",bits", *(f"{line},{y / np.log(2)}" for line, y in rows)]
    runs.write_text("\n".join(lines))
    out = tmp_path / "out"
    named = [*NAMED[:6], "bits", *NAMED[6:]]
    assert command.run_command(["fit", str(runs), *named, "--out", str(out)]) == 0
    assert {path.name for path in out.iterdir()} == {"val_loss", "bits"}


def test_bad_rows_are_named_and_nothing_is_written(runs, tmp_path, capsys):
    lines = runs.read_text().splitlines()
    lines[4] = lines[4].replace(lines[4].split(",")[2], "diverged")
    lines[9] = lines[9].replace(lines[9].split(",")[0], "-1", 1)
    runs.write_text("\n".join(lines))
    out = tmp_path / "out"
    assert command.run_command(["fit", str(runs), *NAMED, "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert "line 5, column val_loss: 'diverged'; line 10, column N: '-1'" in said.err
    assert not said.out and not out.exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--n-params", "size"], "column for n_params 'size' is unknown"),
        (["--hold-out", "1e30"], "below must leave runs on both sides"),
        (["--objective", "huber"], "objective must be one of"),
    ],
)
def test_a_bad_argument_is_told_and_nothing_is_written(runs, tmp_path, capsys, arguments, reason):
    out = tmp_path / "out"
    assert command.run_command(["fit", str(runs), *NAMED, *arguments, "--out", str(out)]) == 2
    assert reason in capsys.readouterr().err
    assert not out.exists()


def test_a_missing_file_is_told(tmp_path, capsys):
    assert command.run_command(["fit", str(tmp_path / "none.csv"), *NAMED]) == 2
    assert "none.csv" in capsys.readouterr().err


def test_many_rows_are_told_first(runs, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "_MANY", 30)
    monkeypatch.setattr(command, "_TRIED", 20)
    out = tmp_path / "out"
    assert command.run_command(["fit", str(runs), *NAMED, "--out", str(out)]) == 1
    assert re.search(r"35 rows, about \d+ minutes; --all goes on", capsys.readouterr().out)
    assert not out.exists()
    assert command.run_command(["fit", str(runs), *NAMED, "--all", "--out", str(out)]) == 0
