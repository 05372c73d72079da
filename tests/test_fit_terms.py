import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.fit.engine.problem import hold, make_problem
from scalinglaws.fit.engine.starts import search
from scalinglaws.fit.engine.terms import OFF, Terms

RNG = np.random.default_rng(1)
X = np.stack([RNG.uniform(-2, 2, 40), RNG.uniform(-3, 3, 40), RNG.uniform(-1, 1, 40)])
LOSS = np.exp(-1 - 0.4 * X[0]) + np.exp(-0.5 - 0.3 * X[1]) + 1.8
LOSS *= np.exp(RNG.normal(0, 0.05, 40))


def make(delta, log, n_terms=2):
    return Terms(X[:n_terms], np.log(LOSS) if log else LOSS, delta, log)


def plain(objective, theta, weights):
    """The objective as one would write it down, one fit."""
    m = np.full(40, theta[-1])
    for a, alpha, x in zip(theta[:-1:2], theta[1::2], objective.x, strict=True):
        m = np.logaddexp(m, a - alpha * x)
    r = np.abs(objective.target - (m if objective.log else np.exp(m)))
    d = objective.delta
    return np.sum(weights * np.where(r <= d, r**2 / 2, d * (r - d / 2) if np.isfinite(d) else 0))


def thetas(n_terms):
    return st.tuples(*[st.floats(-2, 1), st.floats(-0.2, 1)] * n_terms, st.floats(-1, 1)).map(np.array)


kinds = pytest.mark.parametrize(
    ("delta", "log"), [(1e-3, True), (0.05, True), (np.inf, True), (0.1, False), (np.inf, False)]
)


@pytest.mark.parametrize("n_terms", [1, 2, 3])
@kinds
@given(data=st.data())
@settings(deadline=None, max_examples=15)
def test_value_is_the_sum_of_huber_losses(delta, log, n_terms, data):
    objective, theta = make(delta, log, n_terms), data.draw(thetas(n_terms))
    weights = np.arange(40) % 3
    assert objective(theta[:, None], weights[None])[0][0] == pytest.approx(plain(objective, theta, weights), rel=1e-10)


@pytest.mark.parametrize("n_terms", [1, 2, 3])
@kinds
@given(data=st.data())
@settings(deadline=None, max_examples=10)
def test_gradient_and_hessian_are_derivatives(delta, log, n_terms, data):
    objective, theta, p, h = make(delta, log, n_terms), data.draw(thetas(n_terms)), 2 * n_terms + 1, 1e-6
    shifted = theta[:, None] + h * np.concatenate([np.eye(p), -np.eye(p)], axis=1)
    value, gradient, hessian = objective(shifted, np.ones((2 * p, 40)))
    slope = (value[:p] - value[p:]) / (2 * h)
    middle = objective(theta[:, None], np.ones((1, 40)))
    assert slope == pytest.approx(middle[1][:, 0], rel=1e-5, abs=1e-5 * np.abs(middle[1]).max() + 1e-9)
    curve = (gradient[:, :p] - gradient[:, p:]) / (2 * h)
    if not np.allclose(hessian[..., :p], hessian[..., p:], rtol=1e-3, atol=1e-3):
        return  # a residual crossed the threshold within the step: the second derivative jumps there
    assert curve == pytest.approx(middle[2][..., 0], rel=1e-3, abs=1e-4 * np.abs(middle[2]).max())


def test_fits_do_not_see_each_other():
    objective = make(0.01, True)
    theta, weights = RNG.normal(0, 0.3, (5, 500)), RNG.integers(0, 4, (500, 40))
    together = objective(theta, weights)
    for i in (0, 17, 499):
        alone = objective(theta[:, i : i + 1], weights[i : i + 1])
        for whole, part in zip(together, alone, strict=True):
            np.testing.assert_allclose(whole[..., i], part[..., 0], rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("log", [True, False])
def test_term_that_is_off_has_no_gradient_and_leaves_the_law_of_the_others(log):
    theta = np.array([-1, 0.4, OFF, 0.3, OFF])
    value, gradient, hessian = make(0.05, log)(theta[:, None], np.ones((1, 40)))
    assert not gradient[[2, 3, 4]].any()
    np.testing.assert_allclose(hessian[[2, 3, 4]], 0, atol=1e-12)
    one = make(0.05, log, 1)(theta[[0, 1, 4], None], np.ones((1, 40)))
    np.testing.assert_allclose(one[0], value, rtol=1e-13)
    np.testing.assert_allclose(one[1], gradient[[0, 1, 4]], rtol=1e-11)
    np.testing.assert_allclose(one[2], hessian[np.ix_([0, 1, 4], [0, 1, 4])], rtol=1e-11, atol=1e-13)


NAMES = ("A", "alpha", "B", "beta", "C", "gamma", "E")


def three_terms(fixed=None, tied=None):
    rng = np.random.default_rng(3)
    n, d, bits = (
        np.exp(rng.uniform(np.log(low), np.log(high), 120)) for low, high in ((1e6, 1e9), (1e8, 1e11), (2, 16))
    )
    y = 1.8 + 400 / n**0.34 + 1500 / d**0.36 + 0.9 / bits**1.1
    problem = make_problem({"n": n, "d": d, "bits": bits}, {"y": y}, NAMES, "huber_log", 1e-3, None)
    return hold(problem, fixed, tied), (n, d, bits), y


def test_a_law_of_three_terms_comes_back():
    problem, x, y = three_terms()
    found = search(problem)
    named = problem.named(found.theta)
    assert [named[name] for name in NAMES] == pytest.approx([400, 0.34, 1500, 0.36, 0.9, 1.1, 1.8], rel=1e-5)
    np.testing.assert_allclose(problem.curve(found.theta[:, None], *x)[0], y, rtol=1e-9)
    assert problem.about == ("n", "d", "bits") and found.bounds == ()


def test_held_and_tied_parameters_of_three_terms_are_free_no_more():
    problem, *_ = three_terms({"C": 0.9, "E": 1.8})
    assert problem.free == ["A", "alpha", "B", "beta", "gamma"] and problem.matrix.shape == (7, 5)
    named = problem.named(search(problem).theta)
    assert named["C"] == pytest.approx(0.9) and named["E"] == pytest.approx(1.8)
    assert named["gamma"] == pytest.approx(1.1, rel=1e-6)
    tied, *_ = three_terms(tied=("alpha", "beta", "gamma"))
    assert tied.n_free == 5
    alpha, beta, gamma = search(tied).theta[1:6:2]
    assert alpha == beta == gamma
