import importlib.util
import sys
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from fit_cases import LAW, grid, noisy, runs, scattered_design

from scalinglaws.fit import FORMS, fit_chinchilla, fit_form, fit_power_law
from scalinglaws.laws.training.chinchilla import Chinchilla

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def script(name):
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def study():
    with patch.dict(sys.modules, coverage=script("coverage")):  # a package has that name too
        return script("structure")


def kinds(fit):
    return {(warning.kind, warning.about) for warning in fit.warnings}


@pytest.mark.parametrize("n_runs", [48, 96, 240])
@pytest.mark.parametrize("scatter", [0.003, 0.006, 0.01])
def test_clean_runs_have_no_warning(n_runs, scatter):
    for seed in range(3):
        assert fit_chinchilla(*runs(n_runs, scatter, seed)).warnings == ()


def test_clean_grids_have_no_warning():
    for n in (4, 6, 9):
        assert fit_chinchilla(*grid(n, n), noisy(*grid(n, n))).warnings == ()
    x = np.geomspace(1, 1e4, 20)
    y = (1.7 + 2 * x**-0.3) * np.exp(np.random.default_rng(1).normal(0, 0.01, 20))  # 0 is one of the 4 % with a shape
    assert fit_power_law(x, y).warnings == ()
    assert fit_power_law(x, y - 1.7, floor=False).warnings == ()
    assert ("structure", "residuals") in kinds(fit_power_law(x, y - 1.6, floor=False))  # a floor of 0.1 is left


def test_floor_at_zero_is_a_bound():
    law = Chinchilla(E=0, A=LAW.A, B=LAW.B, alpha=LAW.alpha, beta=LAW.beta)
    assert ("bound", "E") in kinds(fit_chinchilla(*grid(), law.loss(*grid())))
    x = np.geomspace(1, 1e4, 20)
    assert ("bound", "floor") in kinds(fit_power_law(x, 2 * x**-0.3))


def test_rising_loss_puts_the_exponent_at_its_bound():
    n_params, n_tokens = grid()
    fit = fit_chinchilla(n_params, n_tokens, 2 + 1e-12 * n_params**0.9 + 2000 / n_tokens**0.37)
    assert ("bound", "alpha") in kinds(fit)
    assert fit.law.alpha == pytest.approx(1e-3)
    x = np.geomspace(1, 1e4, 20)
    assert ("bound", "exponent") in kinds(fit_power_law(x, x**0.5))


@pytest.mark.parametrize("name", ["A", "B"])
def test_term_below_the_scatter_is_vanishing(name):
    law = Chinchilla(
        **{each: getattr(LAW, each) * (1e-5 if each == name else 1) for each in ("E", "A", "B", "alpha", "beta")}
    )
    fits = [fit_chinchilla(*grid(), noisy(*grid(), 0.01, seed, law)) for seed in range(3)]
    assert any(("vanishing", name) in kinds(fit) for fit in fits)


def test_twenty_tokens_per_parameter_everywhere_is_collinear():
    n_params = np.geomspace(1e7, 1e10, 40)
    fit = fit_chinchilla(n_params, 20 * n_params, noisy(n_params, 20 * n_params))
    assert ("collinear", "n_params, n_tokens") in kinds(fit)
    assert "1.000" in str(fit.warnings[[w.kind for w in fit.warnings].index("collinear")])


def test_two_values_are_too_few():
    n_params, n_tokens = np.tile([1e8, 1e9], 12), np.repeat(np.geomspace(1e9, 1e11, 12), 2)
    assert ("few_values", "n_params") in kinds(fit_chinchilla(n_params, n_tokens, noisy(n_params, n_tokens)))
    assert ("few_values", "n_tokens") in kinds(fit_chinchilla(n_tokens, n_params, noisy(n_tokens, n_params)))
    assert ("few_values", "x") in kinds(fit_power_law([1, 1, 1, 9, 9, 9], [3, 3.1, 2.9, 2, 2.1, 1.9]))


def test_fewer_than_two_runs_per_parameter_are_too_few():
    assert ("few_runs", "runs") in kinds(fit_chinchilla(*runs(9)))
    assert ("few_runs", "runs") in kinds(fit_chinchilla(*runs(40), weights=np.arange(40) < 9))
    assert ("few_runs", "runs") not in kinds(fit_chinchilla(*runs(9), fixed={"E": 1.8, "beta": 0.37}))


def test_disagreeing_starts_are_reported():
    fit = fit_chinchilla(*runs(24, 0.1, seed=1), delta=1e-4)  # scatter as large as what the terms explain
    assert fit.agree < 0.2
    assert ("starts", "objective") in kinds(fit)


def test_undetermined_combination_is_a_condition_warning():
    n_params = np.geomspace(1e7, 1e10, 40)
    exact = 1.8 + 480 / n_params**0.35 + 2085 / (20 * n_params) ** 0.35
    fit = fit_chinchilla(n_params, 20 * n_params, exact)
    assert ("condition", "parameters") in kinds(fit)


def test_extrapolation_is_named_with_its_distance():
    n_params, n_tokens, loss = runs(96)
    fit = fit_chinchilla(n_params, n_tokens, loss)
    assert fit.warnings_at(1e9, 1e11) == ()
    beyond = fit.warnings_at(10 * n_params.max(), 1e11)
    assert [(w.kind, w.about) for w in beyond] == [("extrapolation", "n_params")]
    assert "10 times the largest" in beyond[0].reason
    assert "below the smallest" in fit.warnings_at(1e9, n_tokens.min() / 3)[0].reason
    refits = fit.bootstrap(4)
    assert refits.optimum(1e20).warnings == ()
    assert refits.optimum(1e26).warnings[0].about == "compute_flop"
    law = fit_power_law(n_params, loss)
    assert law.warnings_at(1e30)[0].kind == "extrapolation"
    assert law.warnings_at(1e9) == ()


BENT = np.geomspace(1e2, 1e4, 20)


def bent(x):
    """A law that bends down; its first 16 points look like a power law to the eye."""
    return 2.2 * x**-0.02 * (1 + (x / 2e3) ** 4) ** -0.25


def test_residuals_with_a_shape_are_told_by_the_fit_and_what_follows_from_it():
    fit = fit_power_law(BENT[:16], bent(BENT[:16]))
    warning = next(w for w in fit.warnings if w.kind == "structure")
    assert "a shape along x explains" in warning.reason
    assert "assume the form of the law" in warning.reason
    ahead = fit.predict(BENT[-1], n_resamples=100)
    assert ahead.low > bent(BENT[-1])  # the interval is far off
    assert warning in ahead.warnings
    assert warning in fit.interval("exponent", n_resamples=100).warnings


@pytest.mark.parametrize("objective", ["huber_log", "squares_log", "huber_raw", "squares_raw"])
def test_missing_term_has_a_shape_with_every_objective(objective):
    n_params, n_tokens = grid()
    bend = 0.02 * np.log(n_params / 3e8) * np.log(n_tokens / 3e10) / np.log(10) ** 2
    fit = fit_chinchilla(n_params, n_tokens, noisy(n_params, n_tokens) * np.exp(bend), objective=objective)
    assert ("structure", "residuals") in kinds(fit)


def test_runs_at_one_place_that_agree_with_each_other_and_not_with_the_law_have_a_shape():
    n_params, n_tokens = (np.tile(part, 5) for part in scattered_design(48))
    rng = np.random.default_rng(0)
    shared = np.tile(rng.normal(0, 0.01, 48), 5) + rng.normal(0, 0.003, 240)
    loss = LAW.loss(n_params, n_tokens) * np.exp(shared)
    warning = next(w for w in fit_chinchilla(n_params, n_tokens, loss).warnings if w.kind == "structure")
    assert "runs at one place" in warning.reason
    assert ("structure", "residuals") not in kinds(
        fit_chinchilla(n_params, n_tokens, loss, groups=np.tile(range(48), 5))
    )


def test_few_runs_or_groups_and_exact_fits_have_no_shape():
    assert ("structure", "residuals") not in kinds(fit_power_law(BENT[4:15], bent(BENT[4:15])))
    assert ("structure", "residuals") in kinds(fit_power_law(BENT[4:16], bent(BENT[4:16])))
    few = np.repeat(np.arange(5), 4)
    assert ("structure", "residuals") not in kinds(fit_power_law(BENT, bent(BENT), groups=few))
    for form in FORMS:
        exact = fit_form(form, *grid(), LAW.loss(*grid()))
        assert (("structure", "residuals") in kinds(exact)) == (form != "chinchilla")


def test_small_study_of_the_warning_objects_to_few_right_forms_and_notices_wrong_ones(study):
    assert np.mean([study.right(kind, "gaussian", 96, 20, False) for kind in study.KINDS]) <= 0.12
    assert study.right("budgets", "student3", 24, 20, refit=True) <= 0.15
    assert min(study.wrong("budgets", "gaussian", 96, 1.5, 3, False).values()) == 1
    assert study.wrong("line", "gaussian", 48, 1.5, 3, refit=True)["kink"] == 1
    assert set(study.bends(grid())) == set(study.wrong("grid", "gaussian", 24, 0.01, 1, False))
