"""What a fit hands over: JSON, text, a row of a table."""

import json
import re

import numpy as np
import pytest

from scalinglaws.fit import fit_chinchilla, fit_frontier, fit_isoflop, fit_kaplan, fit_power_law, held_out
from scalinglaws.fit.engine.record import plain
from scalinglaws.laws.training.chinchilla import Chinchilla

LAW = Chinchilla.published("besiroglu2024")
BUDGETS = np.repeat(np.geomspace(1e18, 1e20, 5), 7)
N = LAW.optimum(BUDGETS).n_params * np.tile(np.geomspace(0.25, 4, 7), 5)
D = BUDGETS / (6 * N)
LOSS = LAW.loss(N, D) * np.exp(np.random.default_rng(0).normal(0, 0.01, N.size))
CHINCHILLA = fit_chinchilla(N, D, LOSS)
n, d = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e7, 1e10, 20), np.geomspace(1e8, 1e12, 20)))
FITS = {
    "chinchilla": CHINCHILLA,
    "no floor": fit_chinchilla(N, D, LOSS, fixed={"E": 0.0}),
    "kaplan": fit_kaplan(N, D, LOSS),
    "power": fit_power_law(D, LOSS),
    "isoflop": fit_isoflop(N, BUDGETS, LOSS),
    "frontier": fit_frontier(n, d, LAW.loss(n, d), n, n_levels=50),
}
RESULTS = {
    "draws": CHINCHILLA.bootstrap(200),
    "optimum": CHINCHILLA.bootstrap(200).optimum(1e21),
    "prediction": CHINCHILLA.predict(1e10, 1e11, n_resamples=200),
    "held out": held_out(N, D, LOSS, 1e19),
}

each_fit = pytest.mark.parametrize("fit", FITS.values(), ids=FITS)


@each_fit
def test_a_fit_is_json_with_an_interval_for_each_constant(fit):
    said = json.loads(json.dumps(fit.to_dict(n_resamples=200), allow_nan=False))
    assert set(said["intervals"]) == set(said["constants"])
    for name, ends in said["intervals"].items():
        assert [ends["low"], ends["high"]] == plain(list(fit.interval(name, n_resamples=200)))
    assert said["scalinglaws"] and said["seen"] and said["fit"] == type(fit).__name__


@each_fit
def test_a_report_says_the_same_in_words(fit):
    said, text = fit.to_dict(n_resamples=200), fit.report(n_resamples=200)
    assert text.startswith(repr(fit))
    for name, value in said["constants"].items():
        assert re.search(rf"^  {name} +{re.escape(f'{value:.6g}')}, 95%: ", text, re.MULTILINE)


@each_fit
def test_rows_for_a_paper_have_as_many_cells_as_heads(fit):
    heads, cells = fit.latex(n_resamples=200).split("\n")
    assert heads.count("&") == cells.count("&") == len(fit.to_dict(n_resamples=200)["constants"]) - 1
    assert heads.endswith(r"\\") and cells.endswith(r"\\")


def test_a_row_may_have_some_constants_only():
    heads, cells = CHINCHILLA.latex(n_resamples=200, names=["alpha", "A"]).split("\n")
    assert heads == r"$\alpha$ & $A$ \\"
    assert cells.startswith(r"$0.377\,[0.")


def test_what_only_the_author_knows_is_stated():
    stated = {"unit": "bits per byte", "n_params": "without embeddings"}
    assert CHINCHILLA.to_dict(n_resamples=200, **stated)["stated"] == stated
    report = CHINCHILLA.report(n_resamples=200, **stated)
    assert "unit: bits per byte" in report and "nats" not in report


def test_warnings_are_told_once_with_those_of_the_refits():
    said = fit_chinchilla(N[:7], D[:7], LOSS[:7]).to_dict(n_resamples=20)
    kinds = [(warning["kind"], warning["about"]) for warning in said["warnings"]]
    assert len(kinds) == len(set(kinds))
    assert {"few_runs", "few_refits"} <= {kind for kind, _ in kinds}


def test_bounds_and_held_values_are_told():
    said = FITS["no floor"].to_dict(n_resamples=20)
    assert said["held"] == {"E": 0.0}
    rising = fit_power_law(D, D**0.1).to_dict(n_resamples=20)
    assert rising["at_bounds"] == ["exponent"]


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
def test_other_results_are_json_and_readable(result):
    json.dumps(result.to_dict(), allow_nan=False)
    text = repr(result)
    assert "array(" not in text and "np.float64" not in text and len(text) < 400


def test_an_interval_without_an_end_is_null():
    assert plain({"high": float("inf"), "low": np.float64("nan")}) == {"high": None, "low": None}
