import numpy as np
import pytest
from fit_cases import grid, noisy, runs
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.fit import FORMS, fit_chinchilla, fit_form, fit_kaplan
from scalinglaws.laws.training.kaplan import joint_loss

N, D = grid()


@given(ratio=st.floats(0.5, 1.5), alpha_d=st.floats(0.05, 0.3), size=st.floats(2, 20), data=st.floats(2, 20))
@settings(deadline=None, max_examples=8)
def test_noiseless_kaplan_form_comes_back(ratio, alpha_d, size, data):
    joint = (ratio * alpha_d, alpha_d, 10**8.5 * size ** (1 / ratio), 10**10.5 * data)  # terms of `size` and `data`
    fit = fit_kaplan(N, D, joint_loss(N, D, *joint))
    np.testing.assert_allclose(fit.joint, joint, rtol=1e-5)


@pytest.mark.parametrize("objective", ["huber_log", "squares_log", "huber_raw", "squares_raw"])
def test_kaplan_fit_is_a_minimum(objective):
    columns = (
        N,
        D,
        joint_loss(N, D, 0.076, 0.103, 6.4e13, 1.8e13) * np.exp(np.random.default_rng(0).normal(0, 0.005, 36)),
    )
    fit = fit_kaplan(*columns, objective=objective, delta=1e-2)

    def total(joint):
        predicted = joint_loss(N, D, *joint)
        r = np.abs(np.log(columns[2] / predicted) if objective.endswith("log") else columns[2] - predicted)
        d = 1e-2 if objective.startswith("huber") else 1e9
        return np.sum(np.where(r <= d, r**2 / 2, d * (r - d / 2)))

    assert total(fit.joint) == pytest.approx(fit.objective, rel=1e-9)
    for place in range(4):
        for factor in (0.999, 1.001):
            moved = [value * (factor if i == place else 1) for i, value in enumerate(fit.joint)]
            assert total(moved) >= fit.objective * (1 - 1e-9)


def test_each_form_wins_on_its_own_data():
    with_floor = noisy(N, D, 0.002)
    kaplan = joint_loss(N, D, 0.076, 0.103, 6.4e13, 1.8e13) * np.exp(np.random.default_rng(0).normal(0, 0.002, 36))
    for loss, best in ((with_floor, "chinchilla"), (kaplan, "kaplan")):
        sums = {form: fit_form(form, N, D, loss).objective for form in FORMS}
        assert min(sums, key=sums.get) == best


def test_forms_hold_what_they_say():
    columns = runs(96)
    assert fit_form("no_floor", *columns).law.E == 0
    tied = fit_form("tied", *columns).law
    assert tied.alpha == tied.beta
    assert fit_form("chinchilla", *columns).objective == fit_chinchilla(*columns).objective


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="form must be one of chinchilla, no_floor, tied, kaplan, got 'linear'"):
        fit_form("linear", N, D, N)
    with pytest.raises(ValueError, match="loss must be positive"):
        fit_kaplan(N, D, -N)
