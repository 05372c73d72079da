"""The valley around the best size: closed form against the law itself, its flatness, and De Vries' overhead."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws import Chinchilla
from scalinglaws.laws.training.chinchilla import compute_factor, loss_factor

exponent = st.floats(0.1, 0.9)
ratio = st.floats(0.2, 5)


@settings(deadline=None)
@given(exponent, exponent, ratio, st.floats(1e2, 1e4), st.floats(1e2, 1e4), st.floats(18, 26))
def test_the_factors_are_those_of_the_law_whatever_its_scales_and_budget(alpha, beta, size_ratio, A, B, power):
    law, compute = Chinchilla(E=0, A=A, B=B, alpha=alpha, beta=beta), 10**power
    reached = law.isoflop(compute, size_ratio * law.optimum(compute).n_params)
    assert loss_factor(size_ratio, alpha, beta) == pytest.approx(reached / law.frontier(compute), rel=1e-9)
    assert compute_factor(size_ratio, alpha, beta) == pytest.approx(compute / law.compute_for(reached), rel=1e-7)


@settings(deadline=None)
@given(exponent, exponent, st.floats(-0.01, 0.01))
def test_the_bottom_is_a_parabola_of_half_the_sum_of_the_exponents(alpha, beta, log_ratio):
    price = compute_factor(np.exp(log_ratio), alpha, beta) - 1
    assert price == pytest.approx((alpha + beta) / 2 * log_ratio**2, rel=0.02, abs=1e-12)


@settings(deadline=None)
@given(exponent, exponent, ratio)
def test_no_size_is_cheaper_than_the_best(alpha, beta, size_ratio):
    assert compute_factor(1, alpha, beta) == pytest.approx(1, abs=1e-14)
    assert loss_factor(size_ratio, alpha, beta) >= 1 - 1e-14


@pytest.mark.parametrize("size_ratio", [0.5, 0.8, 2.0, 4.0])
def test_overhead_is_the_same_price_told_for_the_loss_that_is_reached(size_ratio):
    law = Chinchilla.published("hoffmann2022_tex")
    factor = compute_factor(size_ratio, law.alpha, law.beta)
    assert law.overhead(size_ratio * factor**law.a) == pytest.approx(factor - 1, rel=1e-10)


def test_half_the_size_costs_a_sixth_more_compute():
    for name, price in (("hoffmann2022_tex", 0.163), ("besiroglu2024", 0.184)):
        law = Chinchilla.published(name)
        assert compute_factor(0.5, law.alpha, law.beta) - 1 == pytest.approx(price, abs=5e-4)
