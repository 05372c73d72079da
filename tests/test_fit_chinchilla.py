import itertools

import numpy as np
import pytest
from fit_cases import LAW, grid, noisy, runs
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.fit import fit_chinchilla
from scalinglaws.laws.training.chinchilla import Chinchilla

OBJECTIVES = ["huber_log", "squares_log", "huber_raw", "squares_raw"]
N, D = grid()


def parameters(law):
    return np.array([law.E, law.A, law.B, law.alpha, law.beta])


def huber_sum(fit, n_params, n_tokens, loss, delta):
    r = np.abs(np.log(loss) - np.log(fit.law.loss(n_params, n_tokens)))
    return np.sum(np.where(r <= delta, r**2 / 2, delta * (r - delta / 2)))


@given(
    alpha=st.floats(0.1, 1.2), beta=st.floats(0.1, 1.2), floor=st.one_of(st.just(0.0), st.floats(0.2, 3)),
    size=st.floats(0.05, 2), data=st.floats(0.05, 2), objective=st.sampled_from(OBJECTIVES),
)  # fmt: skip
@settings(deadline=None, max_examples=30)
def test_noiseless_runs_give_the_law_back(alpha, beta, floor, size, data, objective):
    law = Chinchilla(E=floor, A=size * 10 ** (8.5 * alpha), B=data * 10 ** (10.5 * beta), alpha=alpha, beta=beta)
    fit = fit_chinchilla(N, D, law.loss(N, D), objective=objective)
    np.testing.assert_allclose(parameters(fit.law), parameters(law), rtol=1e-6, atol=1e-6)
    assert {warning.kind for warning in fit.warnings} <= ({"bound"} if floor == 0 else set())


def test_objective_is_the_published_sum():
    columns = runs(96)
    for delta in (1e-3, 1e-2):
        fit = fit_chinchilla(*columns, delta=delta)
        assert fit.objective == pytest.approx(huber_sum(fit, *columns, delta), rel=1e-10)


def test_large_delta_is_least_squares_and_small_delta_least_absolute_deviations():
    columns = runs(96)
    squares = fit_chinchilla(*columns, objective="squares_log")
    wide = fit_chinchilla(*columns, delta=1e3)
    np.testing.assert_allclose(parameters(wide.law), parameters(squares.law), rtol=1e-7)
    assert wide.objective == pytest.approx(squares.objective, rel=1e-12)
    narrow = fit_chinchilla(*columns, delta=1e-7)
    assert narrow.objective / 1e-7 == pytest.approx(np.abs(narrow.residuals).sum(), rel=1e-3)
    assert np.abs(narrow.residuals).sum() < np.abs(squares.residuals).sum()


def test_least_squares_agrees_with_scipy():
    optimize = pytest.importorskip("scipy.optimize")
    columns = runs(96)
    fit = fit_chinchilla(*columns, objective="squares_raw")

    def residual(theta):
        return columns[2] - Chinchilla(*np.exp(theta)).loss(*columns[:2])

    there = optimize.least_squares(residual, np.log(parameters(LAW)), xtol=1e-15, ftol=1e-15, gtol=1e-15)
    assert fit.objective <= there.cost * (1 + 1e-9)
    np.testing.assert_allclose(np.log(parameters(fit.law)), there.x, atol=1e-5)


def hoffmann_grid(problem):
    """The 4,500 starts of Hoffmann et al. 2022, in centred coordinates."""
    exponents, logs = (0, 0.5, 1, 1.5, 2), (0, 5, 10, 15, 20, 25)
    points = itertools.product(logs, exponents, logs, exponents, (-1, -0.5, 0, 0.5, 1))
    theta = np.array(list(points), dtype=float).T
    theta[0] -= theta[1] * problem.centre[0]
    theta[2] -= theta[3] * problem.centre[1]
    return theta


@pytest.mark.parametrize("seed", range(2))
def test_no_start_of_the_published_grid_ends_lower(seed):
    fit = fit_chinchilla(*runs(48, seed=seed))
    theta = hoffmann_grid(fit.problem)
    assert theta.shape == (5, 4500)
    found = fit.problem.minimise(np.ones((4500, 48)), theta, tolerance=1e-9, most=60)
    allowed = (found.theta[[1, 3]] > 0).all(axis=0) & np.isfinite(found.value)
    assert fit.objective <= found.value[allowed].min() * (1 + 1e-9)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_unit_of_size_and_data_does_not_matter(objective):
    n_params, n_tokens, loss = runs(96)
    plain = fit_chinchilla(n_params, n_tokens, loss, objective=objective)
    for unit in (1e6, 1e9):
        scaled = fit_chinchilla(n_params / unit, n_tokens / unit, loss, objective=objective)
        assert scaled.objective == pytest.approx(plain.objective, rel=1e-10)
        for name in ("E", "alpha", "beta"):
            assert getattr(scaled.law, name) == pytest.approx(getattr(plain.law, name), rel=1e-10)
        assert scaled.law.A * unit**scaled.law.alpha == pytest.approx(plain.law.A, rel=1e-9)


def test_order_of_runs_does_not_matter():
    columns = np.array(runs(96))
    plain, mixed = fit_chinchilla(*columns), fit_chinchilla(*columns[:, np.random.default_rng(5).permutation(96)])
    assert mixed.objective == pytest.approx(plain.objective, rel=1e-10)
    np.testing.assert_allclose(parameters(mixed.law)[[0, 3, 4]], parameters(plain.law)[[0, 3, 4]], rtol=1e-10)


def test_whole_weights_are_repeated_runs():
    columns, weights = np.array(runs(48)), np.arange(48) % 3
    weighted = fit_chinchilla(*columns, weights=weights)
    repeated = fit_chinchilla(*np.repeat(columns, weights, axis=1))
    assert weighted.objective == pytest.approx(repeated.objective, rel=1e-10)
    np.testing.assert_allclose(parameters(weighted.law), parameters(repeated.law), rtol=1e-7)


def test_fixed_parameters_stay():
    columns = runs(96)
    free = fit_chinchilla(*columns)
    for fixed in (
        {"E": 0},
        {"alpha": 0.34},
        {"A": 406.4},
        {"B": 400.0, "beta": 0.3},
        {"E": 1.7, "alpha": 0.3, "beta": 0.3},
    ):
        fit = fit_chinchilla(*columns, fixed=fixed)
        for name, value in fixed.items():
            assert getattr(fit.law, name) == pytest.approx(value, rel=1e-9)
        assert fit.objective > free.objective


def test_fixing_a_parameter_at_its_optimum_changes_nothing():
    columns = runs(96)
    free = fit_chinchilla(*columns)
    for name in ("E", "A", "B", "alpha", "beta"):
        held = fit_chinchilla(*columns, fixed={name: getattr(free.law, name)})
        assert held.objective == pytest.approx(free.objective, rel=1e-9)
    everything = {name: getattr(free.law, name) for name in ("E", "A", "B", "alpha", "beta")}
    assert fit_chinchilla(*columns, fixed=everything).objective == pytest.approx(free.objective, rel=1e-9)


def test_tied_exponents_are_equal():
    columns = runs(96)
    tied = fit_chinchilla(*columns, tied=("alpha", "beta"))
    assert tied.law.alpha == tied.law.beta
    assert tied.exponent_n == pytest.approx(0.5)
    assert tied.objective >= fit_chinchilla(*columns).objective
    assert fit_chinchilla(*columns, tied=("alpha", "beta"), fixed={"beta": 0.3}).law.alpha == pytest.approx(0.3)


def test_one_outlier_moves_squares_more_than_huber():
    n_params, n_tokens, loss = runs(96)
    wrong = loss.copy()
    wrong[np.argmin(n_params * n_tokens)] *= 1.3
    moved = {
        name: abs(fit_chinchilla(n_params, n_tokens, wrong, objective=name).exponent_n
                  - fit_chinchilla(n_params, n_tokens, loss, objective=name).exponent_n)
        for name in ("huber_log", "squares_log")
    }  # fmt: skip
    assert 10 * moved["huber_log"] < moved["squares_log"]


def test_optimum_is_the_laws():
    fit = fit_chinchilla(*runs(96))
    best = fit.optimum(1e22)
    assert fit.n_params_at(1e22) == best.n_params
    assert fit.loss(best.n_params, best.n_tokens) == best.loss
    ratio = fit.n_params_at(1e23) / fit.n_params_at(1e22)
    assert np.log10(ratio) == pytest.approx(fit.exponent_n)
    assert fit.exponent_n + fit.exponent_d == pytest.approx(1)


def test_repr_states_what_the_checklist_asks():
    text = repr(fit_chinchilla(*runs(96), fixed={"E": 1.8}))
    for word in ("96 runs", "huber_log", "delta = 0.001", "sum =", "scale", "starts", "agree", "condition", "E = 1.8",
                 "distinct N", "warnings", "how N is counted", "final losses or checkpoints"):  # fmt: skip
        assert word in text


def test_prediction_interval_holds_new_runs():
    n_params, n_tokens, loss = runs(240, scatter=0.01)
    there = grid()
    new = noisy(*there, scatter=0.01, seed=9)
    predicted = fit_chinchilla(n_params, n_tokens, loss, objective="squares_log").predict(
        *there, level=0.9, n_resamples=500
    )
    inside = np.mean((predicted.low <= new) & (new <= predicted.high))
    assert 0.75 < inside <= 1
    assert predicted.warnings
    wide = fit_chinchilla(n_params, n_tokens, loss).predict(*there, level=0.99, n_resamples=500)
    assert (wide.high - wide.low > predicted.high - predicted.low).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_params": N[:-1]}, "must have one length, got 35 n_params"),
        (
            {"n_tokens": np.where(np.arange(36) == 3, -1, D)},
            r"n_tokens must be positive and finite, got -1.0 at position 3",
        ),
        (
            {"loss": np.where(np.arange(36) == 7, np.nan, 2.0)},
            "loss must be positive and finite, got nan at position 7",
        ),
        ({"n_params": np.where(np.arange(36) == 0, np.inf, N)}, "n_params must be .* got inf at position 0"),
        ({"loss": np.zeros(36)}, "loss must be positive and finite, got 0.0 at position 0"),
        ({"n_params": [], "n_tokens": [], "loss": []}, "n_params must be .* got nothing"),
        ({"loss": np.ones((6, 6))}, r"loss must have one dimension, got shape \(6, 6\)"),
        ({"objective": "mse"}, "objective must be one of .*huber_log.* got 'mse'"),
        ({"delta": 0}, "delta must be positive"),
        ({"weights": np.ones(3)}, r"weights must have shape \(36,\)"),
        ({"weights": -np.ones(36)}, "weights must be .* at position 0"),
        ({"weights": np.zeros(36)}, "weights must not all be zero"),
        ({"fixed": {"gamma": 1}}, "fixed must be one of .*alpha.* got 'gamma'"),
        ({"fixed": {"alpha": -1}}, r"fixed\['alpha'\] must be positive"),
        ({"tied": "alpha"}, "tied must be None or"),
        ({"tied": ("alpha", "beta"), "fixed": {"alpha": 0.3, "beta": 0.4}}, "different values"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_input_is_named(change, message):
    good = {"n_params": N, "n_tokens": D, "loss": LAW.loss(N, D)}
    with pytest.raises(ValueError, match=message):
        fit_chinchilla(**good | change)
