"""No fit ends higher than it did before the engine was rewritten: objectives held to values stored from the older code.

The table was written once, at commit 20568b7, by this very file: ``PYTHONPATH=src python tests/test_fit_golden.py``. Its
cases use public names alone, so that they run on either side of a rewrite. An objective may fall, never rise: by more than
1e-12 of itself for laws of power terms, 1e-9 for S-curves. Estimates agree to the digits that their objective fixes.
"""

import csv
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from fit_cases import LAW, grid, noisy, runs

from scalinglaws.data import load
from scalinglaws.fit import FORMS, fit_chinchilla, fit_form, fit_frontier, fit_isoflop, fit_kaplan, fit_power_law
from scalinglaws.fit.engine.intervals import resample_weights
from scalinglaws.fit.growth import FITS, fit_exponential

TABLE = Path(__file__).parent / "data/fit_golden.csv"
OBJECTIVES = ("huber_log", "squares_log", "huber_raw", "squares_raw")
HELD = ({"E": 0.0}, {"alpha": 0.34}, {"A": 406.4}, {"B": 400.0, "beta": 0.3}, {"E": 1.7, "alpha": 0.3, "beta": 0.3})
POINTS = np.geomspace(1, 1e5, 16)
TIMES = (0.9, 1.05, 1.3, 2.0, 5.0, 100.0, 3000.0)  # ceilings, in units of the largest value


def shipped(corpus, most=np.inf):
    table = load("runs")
    table = table.where((table["kind"] == "isoflop") & (table["status"] == "ok") & (table["corpus"] == corpus))
    table = table.where((table["variant"] == "") & (table["budget_flop"] <= most))
    return [table[name] for name in ("n_params", "n_tokens", "loss")]


def points(seed, scatter=0.01, floor=1.7):
    return (floor + 2 * POINTS**-0.3) * np.exp(np.random.default_rng(seed).normal(0, scatter, len(POINTS)))


def year_series():
    """Series with the residuals and the S-curve that fit them."""
    chips, planes, oil, phones, desktop = map(
        load, ("microprocessors", "airliners", "us_oil", "phones", "desktop_clock")
    )
    counted, slow = np.isfinite(chips["transistors_count"]), ~planes["supersonic"]
    yield "transistors", chips["year"][counted], chips["transistors_count"][counted], "log", "logistic"
    yield "airliners", planes["year"][slow], planes["cruise_mph"][slow], "log", "logistic"
    yield "oil", oil["year"], oil["production_mbd"], "linear", "peak"
    yield "desktop", desktop["year"], desktop["clock_mhz"], "log", "gompertz"
    for kind, curve in (("cellphone", "logistic"), ("smartphone", "gompertz")):
        rows = phones["technology"] == kind
        yield kind, phones["year"][rows], phones["per_hundred"][rows], "linear", curve


def power_terms():
    """Name and call of every case that has an objective of power terms: arrays that must not rise."""
    for corpus, objective in product(("stdlib", "hash"), OBJECTIVES):
        yield f"shipped {corpus} {objective}", partial(whole, fit_chinchilla, *shipped(corpus), objective=objective)
    for most in (1.1e10, 1.1e11, 3.1e11):
        for form in FORMS:
            yield f"shipped to {most:g} {form}", partial(whole, fit_form, form, *shipped("stdlib", most))
    for n_runs, scatter, seed in product((17, 24, 48, 96, 240), (0.006, 0.03), range(3)):
        yield f"runs {n_runs} {scatter} {seed}", partial(whole, fit_chinchilla, *runs(n_runs, scatter, seed))
    for objective, delta in product(OBJECTIVES, (1e-4, 1e-2)):
        yield f"delta {objective} {delta}", partial(whole, fit_chinchilla, *runs(48), objective=objective, delta=delta)
    for held in HELD:
        yield f"held {held}", partial(whole, fit_chinchilla, *runs(96), fixed=held)
    yield "tied", partial(whole, fit_chinchilla, *runs(96), tied=("alpha", "beta"))
    yield "tied, held", partial(whole, fit_chinchilla, *runs(96), tied=("alpha", "beta"), fixed={"beta": 0.3})
    yield "weights", partial(whole, fit_chinchilla, *runs(48), weights=np.arange(48) % 3)
    size, tokens = grid()
    rising = (2 + 1e-12 * size**0.9 + 2000 / tokens**0.37) * np.exp(np.random.default_rng(1).normal(0, 0.003, 36))
    yield "rising", partial(whole, fit_chinchilla, size, tokens, rising)
    yield "grid", partial(whole, fit_chinchilla, size, tokens, noisy(size, tokens))
    for objective in OBJECTIVES:
        yield f"kaplan {objective}", partial(whole, fit_kaplan, *runs(48), objective=objective)
    for seed, floor, objective in product(range(3), (True, False), OBJECTIVES):
        given = {"floor": floor, "objective": objective}
        yield f"power {seed} {floor} {objective}", partial(whole, fit_power_law, POINTS, points(seed), **given)
    for held in ({"floor": 1.5}, {"exponent": 0.25}, {"scale": 2.0}):
        yield f"power {held}", partial(whole, fit_power_law, POINTS, points(0), fixed=held)
    yield "power rising", partial(whole, fit_power_law, POINTS, POINTS**0.5 * points(0))
    for name, columns in (("shipped", shipped("stdlib", 3.1e11)), ("runs", runs(48)), ("few", runs(17))):
        yield f"refits {name}", partial(refits, fit_chinchilla, *columns)
    for seed in range(4, 8):
        columns = runs(48, 0.02, seed, replace(LAW, E=0.0))
        yield f"refits no floor {seed}", partial(refits, fit_chinchilla, *columns)
        for draw, weights in enumerate(resample_weights(48, 6)):
            yield f"no floor {seed} {draw}", partial(whole, fit_chinchilla, *columns, weights=weights)
    for seed in range(2):
        yield f"refits power {seed}", partial(refits, fit_power_law, POINTS, points(seed, 0.03))
        yield f"refits power {seed} huber", partial(refits, fit_power_law, POINTS, points(seed), objective="huber_log")


def s_curves():
    """The sums of squares of growth curves, over the best ceiling and over given ones."""
    for name, year, value, scale, kind in year_series():
        for share in (1.0, 0.6):
            early = np.argsort(year, kind="stable")[: int(share * len(year))]
            data = year[early], value[early], scale
            yield f"growth {name} {share} exponential", partial(squares, fit_exponential, *data)
            yield f"growth {name} {share} {kind}", partial(squares, FITS[kind], *data)
            unit = value[early].max() * (np.ptp(year[early]) * 0.5 if kind == "peak" else 1.0)
            yield f"growth {name} {share} at ceilings", partial(ceilings, FITS[kind], *data, unit)


def estimates():
    """Estimates in closed form, and those that notebooks print."""
    table = load("runs")
    ours = (table["kind"] == "isoflop") & (table["corpus"] == "stdlib") & (table["variant"] == "")
    ours = table.where(ours & (table["budget_flop"] <= 3.1e11))
    yield "isoflop", lambda: isoflop(ours)
    yield "frontier", frontier
    yield "law of the shipped runs", lambda: parameters(fit_chinchilla(*shipped("stdlib", 3.1e11)).law)
    yield "law of 96 runs", lambda: parameters(fit_chinchilla(*runs(96)).law)
    yield "interval of 96 runs", lambda: list(fit_chinchilla(*runs(96)).interval("a", 0.95, 200))
    yield "prediction of 96 runs", lambda: list(fit_chinchilla(*runs(96)).predict(1e10, 1e12, 0.9, 200)[:3])
    yield "power law", lambda: list(fit_power_law(POINTS, points(0)).interval("floor", 0.95, 200))
    yield "power prediction", lambda: list(fit_power_law(POINTS, points(0)).predict(1e6, 0.9, 200)[:3])
    for name, year, value, scale, kind in year_series():
        yield f"growth {name}", lambda y=year, v=value, s=scale, k=kind: growth(FITS[k](y, v, s), y.max() + 10)


def whole(fit, *data, **settings):
    return [fit(*data, **settings).objective]


def refits(fit, *data, **settings):
    return list(fit(*data, **settings).bootstrap(40, seed=5).value)


def squares(fit, *data):
    return [fit(*data).sse]


def ceilings(fit, year, value, scale, unit):
    return [fit(year, value, scale, unit * times).sse for times in TIMES]


def isoflop(table):
    fit = fit_isoflop(table["n_params"], table["budget_flop"], table["loss"])
    return [fit.exponent_n, *fit.interval("a", 0.95, 300), *(v.n_params for v in fit.valleys)]


def frontier():
    sizes = np.geomspace(1e7, 1e10, 20)
    size, tokens = (column.ravel() for column in np.meshgrid(sizes, np.geomspace(1e8, 1e12, 60)))
    fit = fit_frontier(size, tokens, LAW.loss(size, tokens), run=size)
    return [fit.exponent_n, *fit.interval("a", 0.95, 100)]


def parameters(law):
    return [law.E, law.A, law.B, law.alpha, law.beta]


def growth(fit, year):
    ends = fit.predict([year], 0.9)
    return [*fit.interval("ceiling", 0.9), *fit.interval("width", 0.9), float(ends.low[0]), float(ends.high[0])]


KINDS = {"objective": power_terms, "sse": s_curves, "estimate": estimates}
WORSE = {"objective": 1e-12, "sse": 1e-9}


def stored():
    with TABLE.open(newline="") as file:
        return {(row["kind"], row["case"]): [float(v) for v in row["values"].split()] for row in csv.DictReader(file)}


CASES = {(kind, name): call for kind, cases in KINDS.items() for name, call in cases()}


def test_every_stored_case_is_computed():
    assert list(stored()) == list(CASES)


@pytest.mark.parametrize("kind", WORSE)
def test_no_objective_is_higher_than_it_was(kind):
    for key, before in stored().items():
        if key[0] == kind:
            now = np.array(CASES[key]())
            assert now.shape == np.shape(before), key
            assert (now <= np.array(before) * (1 + WORSE[kind]) + 1e-18).all(), (key, now / before - 1)


@pytest.mark.parametrize("case", [name for kind, name in CASES if kind == "estimate"])
def test_estimates_are_what_they_were(case):
    assert CASES["estimate", case]() == pytest.approx(stored()["estimate", case], rel=2e-4)


def main():
    """Write the table from the code at hand."""
    rows = [(kind, name, " ".join(f"{v:.17g}" for v in call())) for (kind, name), call in CASES.items()]
    with TABLE.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("kind", "case", "values"), *rows])


if __name__ == "__main__":
    main()
