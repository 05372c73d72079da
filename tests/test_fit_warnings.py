import numpy as np
import pytest
from fit_cases import LAW, grid, noisy, runs

from scalinglaws.fit import fit_chinchilla, fit_power_law
from scalinglaws.laws.training.chinchilla import Chinchilla


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
    y = (1.7 + 2 * x**-0.3) * np.exp(np.random.default_rng(0).normal(0, 0.01, 20))
    assert fit_power_law(x, y).warnings == ()
    assert fit_power_law(x, y - 1.6, floor=False).warnings == ()


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
