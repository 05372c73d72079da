import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.fit.engine.terms import OFF, Terms

RNG = np.random.default_rng(1)
X, Y = RNG.uniform(-2, 2, 40), RNG.uniform(-3, 3, 40)
LOSS = np.exp(-1 - 0.4 * X) + np.exp(-0.5 - 0.3 * Y) + 1.8
LOSS *= np.exp(RNG.normal(0, 0.05, 40))


def make(delta, log):
    return Terms(np.stack([X, Y]), np.log(LOSS) if log else LOSS, delta, log)


def plain(objective, theta, weights):
    """The objective as one would write it down, one fit."""
    a, alpha, b, beta, e = theta
    m = np.logaddexp(np.logaddexp(a - alpha * X, b - beta * Y), e)
    r = np.abs(objective.target - (m if objective.log else np.exp(m)))
    d = objective.delta
    return np.sum(weights * np.where(r <= d, r**2 / 2, d * (r - d / 2) if np.isfinite(d) else 0))


thetas = st.tuples(*[st.floats(-2, 1), st.floats(-0.2, 1)] * 2, st.floats(-1, 1)).map(np.array)
kinds = pytest.mark.parametrize(
    ("delta", "log"), [(1e-3, True), (0.05, True), (np.inf, True), (0.1, False), (np.inf, False)]
)


@kinds
@given(theta=thetas)
@settings(deadline=None, max_examples=25)
def test_value_is_the_sum_of_huber_losses(delta, log, theta):
    objective = make(delta, log)
    weights = np.arange(40) % 3
    assert objective(theta[:, None], weights[None])[0][0] == pytest.approx(plain(objective, theta, weights), rel=1e-10)


@kinds
@given(theta=thetas)
@settings(deadline=None, max_examples=15)
def test_gradient_and_hessian_are_derivatives(delta, log, theta):
    objective, weights, h = make(delta, log), np.ones((10, 40)), 1e-6
    shifted = theta[:, None] + h * np.concatenate([np.eye(5), -np.eye(5)], axis=1)
    value, gradient, hessian = objective(shifted, weights)
    slope = (value[:5] - value[5:]) / (2 * h)
    middle = objective(theta[:, None], weights[:1])
    assert slope == pytest.approx(middle[1][:, 0], rel=1e-5, abs=1e-5 * np.abs(middle[1]).max() + 1e-9)
    curve = (gradient[:, :5] - gradient[:, 5:]) / (2 * h)
    if not np.allclose(hessian[..., :5], hessian[..., 5:], rtol=1e-3, atol=1e-3):
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
def test_term_that_is_off_has_no_gradient(log):
    theta = np.array([-1, 0.4, OFF, 0.3, OFF])
    _, gradient, hessian = make(0.05, log)(theta[:, None], np.ones((1, 40)))
    assert not gradient[[2, 3, 4]].any()
    np.testing.assert_allclose(hessian[[2, 3, 4]], 0, atol=1e-12)
