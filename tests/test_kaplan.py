import dataclasses

import numpy as np
import pytest
from check_values import computed, matching, tolerance, value
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.data import constant
from scalinglaws.laws.training import kaplan as forms
from scalinglaws.laws.training.kaplan import Kaplan

KAPLAN = Kaplan.published()
exactly = settings(deadline=None, max_examples=100)


@pytest.mark.parametrize("name", matching(r"kaplan\..*"))
def test_published_figure_is_recomputed(name):
    assert computed(name) == pytest.approx(value(name), rel=0, abs=tolerance(name))


def test_crossing_is_the_printed_one_with_table_6_and_ten_times_later_with_equation_67():
    there = KAPLAN.crossing()
    assert np.log10(KAPLAN.pf_days(there.compute_flop)) == pytest.approx(4.05, abs=0.005)
    assert there.n_params == pytest.approx(1.2e12, rel=0.05)
    assert there.loss == pytest.approx(1.67, abs=0.005)
    assert there.n_tokens == pytest.approx(2.5e11, rel=0.02)
    assert there.loss == pytest.approx(constant("kaplan2020.crossing_L"), abs=0.05)
    late = KAPLAN.crossing("eq67")
    assert np.log10(KAPLAN.pf_days(late.compute_flop)) == pytest.approx(5.0, abs=0.05)
    assert late.loss == pytest.approx(1.49, abs=0.005)


@pytest.mark.parametrize("tokens_from", ["table6", "eq67"])
def test_at_the_crossing_the_two_laws_agree(tokens_from):
    there = KAPLAN.crossing(tokens_from)
    assert KAPLAN.loss_of_tokens(there.n_tokens) == pytest.approx(KAPLAN.loss_of_compute(there.compute_flop), rel=1e-12)


def test_unknown_source_of_the_crossing_lists_the_known():
    with pytest.raises(ValueError, match="table6, eq67"):
        KAPLAN.crossing("figure15")


def test_sets_are_kept_apart():
    assert (KAPLAN.separate.alpha_D, KAPLAN.joint.alpha_D) == (0.095, 0.103)
    assert (KAPLAN.separate.N_c, KAPLAN.joint.N_c, KAPLAN.steps.N_c) == (8.8e13, 6.4e13, 6.5e13)
    assert (KAPLAN.separate.alpha_N, KAPLAN.steps.alpha_N) == (0.076, 0.077)
    changed = dataclasses.replace(KAPLAN, joint=KAPLAN.joint._replace(alpha_D=0.2, N_c=1e13))
    for method in ("loss_of_params", "loss_of_tokens", "loss_of_compute"):
        assert getattr(changed, method)(1e20) == getattr(KAPLAN, method)(1e20)
    assert changed.loss(1e9, 1e10) != KAPLAN.loss(1e9, 1e10)


@exactly
@given(st.floats(1e3, 1e12), st.floats(1e6, 1e14))
def test_joint_law_has_its_one_variable_limits(n_params, n_tokens):
    joint = KAPLAN.joint
    only_size = forms.scale_law(n_params, joint.N_c, joint.alpha_N)
    only_data = forms.scale_law(n_tokens, joint.D_c, joint.alpha_D)
    assert KAPLAN.loss(n_params, 1e40) == pytest.approx(only_size, rel=1e-9)
    assert KAPLAN.loss(1e60, n_tokens) == pytest.approx(only_data, rel=1e-9)
    assert KAPLAN.loss(n_params, n_tokens) >= max(only_size, only_data)


@exactly
@given(st.floats(1e6, 1e12), st.floats(1e2, 1e9))
def test_more_of_anything_lowers_the_loss(n_params, other):
    assert KAPLAN.loss(2 * n_params, other) < KAPLAN.loss(n_params, other)
    assert KAPLAN.loss(n_params, 2 * other) < KAPLAN.loss(n_params, other)
    assert KAPLAN.loss_after(2 * n_params, other) < KAPLAN.loss_after(n_params, other)
    assert KAPLAN.loss_after(n_params, 2 * other) < KAPLAN.loss_after(n_params, other)


@exactly
@given(st.floats(1e-3, 1e8), st.floats(1e-3, 1e3))
def test_optimum_follows_its_powers(days, ratio):
    one, more = KAPLAN.optimum(KAPLAN.flop(days)), KAPLAN.optimum(KAPLAN.flop(days * ratio))
    for field, power in (("n_params", 0.73), ("batch_tokens", 0.24), ("steps", 0.03), ("n_tokens", 0.27)):
        assert getattr(more, field) / getattr(one, field) == pytest.approx(ratio**power, rel=1e-10)


def test_table_6_tokens_are_about_half_what_6nd_leaves_because_it_trains_at_the_critical_batch():
    best = KAPLAN.optimum(KAPLAN.pf_day)
    assert 2 * best.compute_flop / (6 * best.n_params) == pytest.approx(2.2e10, rel=0.01)
    assert best.n_tokens == pytest.approx(2e10)


def test_hoffmann_reading_of_ten_times_the_compute():
    best = KAPLAN.optimum(np.array([1e20, 1e21]))
    assert best.n_params[1] / best.n_params[0] == pytest.approx(5.37, abs=0.005)
    assert best.n_tokens[1] / best.n_tokens[0] == pytest.approx(1.86, abs=0.005)


def test_at_the_critical_batch_compute_and_steps_are_twice_the_least():
    critical = KAPLAN.critical_batch(2.5)
    assert forms.least_compute(1e20, critical, critical) == 0.5e20
    assert forms.least_steps(1e4, critical, critical) == 0.5e4


def test_size_penalty_is_least_at_the_best_size_and_the_printed_twenty_per_cent_at_its_ends():
    ratios = np.geomspace(0.4, 3, 201)
    assert abs(np.log(ratios[np.argmin(KAPLAN.size_penalty(ratios))])) < 0.02
    assert KAPLAN.size_penalty(1.0) == 1
    assert KAPLAN.size_penalty([0.6, 2.2]) == pytest.approx([1.2, 1.2], abs=0.04)


def test_size_that_can_never_reach_the_loss_is_refused():
    with pytest.raises(ValueError, match=r"^size_ratio must be above 0\.\d+, got 0.1"):
        KAPLAN.size_penalty([1.0, 0.1])


def test_pf_days_and_flop_are_inverse():
    assert KAPLAN.pf_days(8.64e19) == 1
    assert KAPLAN.flop(KAPLAN.pf_days(3e21)) == pytest.approx(3e21, rel=1e-15)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_any_shape_comes_back(shape):
    x = np.full(shape, 1e10)
    assert np.shape(KAPLAN.loss(x, x)) == shape
    assert np.shape(KAPLAN.loss_after(x, x)) == shape
    assert np.shape(KAPLAN.critical_batch(x)) == shape
    assert np.shape(KAPLAN.size_penalty(x)) == shape
    assert all(np.shape(field) == shape for field in KAPLAN.optimum(x))


METHODS = {
    "loss_of_params": ["n_params"],
    "loss_of_tokens": ["n_tokens"],
    "loss_of_compute": ["compute_flop"],
    "loss": ["n_params", "n_tokens"],
    "loss_after": ["n_params", "steps_min"],
    "critical_batch": ["loss"],
    "size_penalty": ["size_ratio"],
    "optimum": ["compute_flop"],
    "pf_days": ["compute_flop"],
    "flop": ["pf_days"],
}


@pytest.mark.parametrize(("method", "argument"), [(m, a) for m, names in METHODS.items() for a in names])
@pytest.mark.parametrize("bad", [0, -1, np.nan, np.inf, [1.0, np.nan], "many"])
def test_bad_argument_is_named(method, argument, bad):
    good = dict.fromkeys(METHODS[method], 1e9)
    with pytest.raises(ValueError, match=f"^{argument} must be positive and finite, got"):
        getattr(KAPLAN, method)(**(good | {argument: bad}))
