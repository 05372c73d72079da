import numpy as np
import pytest
from fit_cases import LAW, grid, runs
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.fit import fit_chinchilla
from scalinglaws.fit.engine.problem import hold, make_problem
from scalinglaws.fit.engine.starts import GRID, _not_negative, easing, grid_starts, search


def problem(columns, fixed=None, tied=None, objective="huber_log", delta=1e-3):
    n_params, n_tokens, loss = columns
    x = {"n_params": n_params, "n_tokens": n_tokens}
    return hold(make_problem(x, {"loss": loss}, ("A", "alpha", "B", "beta", "E"), objective, delta, None), fixed, tied)


def test_starts_are_the_best_points_of_the_grid_and_positive():
    theta = grid_starts(problem(runs(96)))
    assert theta.shape == (5, 16)
    assert np.isfinite(theta).all()
    assert set(theta[1]) | set(theta[3]) <= set(GRID)
    assert np.abs(np.log(theta[1] / LAW.alpha)).min() < np.log(GRID[1] / GRID[0])


@given(st.lists(st.floats(-2, 2), min_size=3, max_size=3))
@settings(deadline=None, max_examples=25)
def test_positive_least_squares_agrees_with_scipy(coefficients):
    nnls = pytest.importorskip("scipy.optimize").nnls
    basis = np.stack([np.linspace(2, 0.1, 12), np.cos(np.arange(12)) + 1.1, np.ones(12)])
    target = np.array(coefficients) @ basis
    found, gained = _not_negative((basis @ basis.T)[None], (basis @ target)[None], np.arange(3))
    _, residual = nnls(basis.T, target)
    assert (found >= 0).all()
    assert np.sum((target - found[0] @ basis) ** 2) == pytest.approx(residual**2, abs=1e-9)
    assert target @ target - gained[0] == pytest.approx(residual**2, abs=1e-6)


def test_held_parameters_are_held_in_every_start():
    theta = grid_starts(problem(runs(48), fixed={"alpha": 0.3}))
    assert (theta[1] == 0.3).all()
    tied = grid_starts(problem(runs(48), tied=("alpha", "beta")))
    np.testing.assert_array_equal(tied[1], tied[3])


def test_clean_runs_are_reached_from_every_start():
    found = search(problem((*grid(), LAW.loss(*grid()))))
    assert found.agree == 1
    assert found.starts == 16
    assert found.bounds == ()


def test_more_starts_find_nothing_lower_on_noisy_runs():
    for seed in range(4):
        p = problem(runs(48, seed=seed))
        assert search(p).value <= search(p, 128).value * (1 + 1e-9)


@pytest.mark.parametrize(
    ("delta", "expected"), [(1e-3, [0.1, 0.01]), (0.05, []), (10.0, []), (1e-5, [0.1, 0.01, 1e-3, 1e-4])]
)
def test_thresholds_fall_to_the_one_asked_for(delta, expected):
    assert easing(problem(runs(24), delta=delta).objective) == pytest.approx(expected)


def test_exponent_that_leaves_the_bounds_is_held_there():
    n_params, n_tokens = grid()
    rising = 2 + 1e-12 * n_params**0.9 + 2000 / n_tokens**0.37
    found = search(problem((n_params, n_tokens, rising)))
    assert "alpha" in found.bounds
    assert found.theta[1] == pytest.approx(1e-3)


def test_where_everything_is_held_each_refit_is_done_at_once():
    n_params, n_tokens = np.geomspace(1e6, 1e9, 12), np.geomspace(1e9, 1e11, 12)[::-1]
    noise = np.random.default_rng(0).normal(0, 0.01, 12)
    loss = (1.8 + 480 / n_params**0.35 + 2085 / n_tokens**0.37) * np.exp(noise)
    held = {"A": 480.0, "alpha": 0.35, "B": 2085.0, "beta": 0.37, "E": 1.8}
    fit = fit_chinchilla(n_params, n_tokens, loss, fixed=held)
    assert fit.bootstrap(20).usable == 1
