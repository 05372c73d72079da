from dataclasses import replace

import numpy as np
import pytest
from fit_cases import LAW, runs

from scalinglaws.fit import fit_chinchilla

COLUMNS = runs(240)
SQUARES = fit_chinchilla(*COLUMNS, objective="squares_log")


def test_profile_is_lowest_at_the_fit_and_rises_away_from_it():
    for name in ("alpha", "E", "a"):
        profile = SQUARES.profile(name, n_values=11)
        assert profile.drop.min() == pytest.approx(0, abs=1e-6)
        middle = profile.drop.argmin()
        assert (np.diff(profile.drop[: middle + 1]) < 0).all()
        assert (np.diff(profile.drop[middle:]) > 0).all()


def test_each_value_is_the_fit_with_the_parameter_held():
    profile = SQUARES.profile("beta", values=[0.34, 0.36, 0.38])
    for value, objective in zip(profile.values, profile.objective, strict=True):
        held = fit_chinchilla(*COLUMNS, objective="squares_log", fixed={"beta": value})
        assert objective == pytest.approx(held.objective, rel=1e-9)


def test_held_allocation_exponent_fixes_the_ratio_of_exponents():
    profile = SQUARES.profile("a", values=[0.5])
    tied = fit_chinchilla(*COLUMNS, objective="squares_log", tied=("alpha", "beta"))
    assert profile.objective[0] == pytest.approx(tied.objective, rel=1e-9)


@pytest.mark.parametrize("name", ["A", "alpha", "B", "beta", "E", "a"])
def test_what_is_held_is_held_and_a_99_percent_interval_closes(name):
    profile = SQUARES.profile(name, n_values=11)
    np.testing.assert_allclose(SQUARES.named(profile.theta)[name], profile.values, rtol=1e-9)
    low, high = profile.interval(0.99)
    assert profile.values[0] <= low < SQUARES.named(SQUARES.found.theta)[name] < high <= profile.values[-1]


@pytest.mark.parametrize("name", ["alpha", "E", "a"])
def test_interval_of_least_squares_agrees_with_the_bootstrap(name):
    profile = SQUARES.profile(name, n_values=15).interval()
    bootstrap = SQUARES.interval(name, n_resamples=600)
    assert np.ptp(profile) == pytest.approx(np.ptp(bootstrap), rel=0.35)
    assert profile[0] < (SQUARES.exponent_n if name == "a" else getattr(SQUARES.law, name)) < profile[1]


def test_huber_interval_is_near_the_bootstraps():
    fit = fit_chinchilla(*COLUMNS)
    assert np.ptp(fit.profile("a", n_values=15).interval()) == pytest.approx(
        np.ptp(fit.interval("a", n_resamples=600)), rel=0.6
    )


def test_wider_level_gives_a_wider_interval_and_an_end_out_of_reach_is_infinite():
    profile = SQUARES.profile("a", n_values=15)
    assert np.ptp(profile.interval(0.5)) < np.ptp(profile.interval(0.95))
    near = SQUARES.profile("a", values=[SQUARES.exponent_n, SQUARES.exponent_n + 1e-4])
    assert near.interval() == (-np.inf, np.inf)


def test_floor_that_may_be_zero_has_an_interval_from_zero():
    fit = fit_chinchilla(*runs(48, scatter=0.02, seed=4, law=replace(LAW, E=0.0)))
    low, high = fit.profile("E", n_values=15).interval()
    assert low == 0
    assert fit.law.E < high < np.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SQUARES.profile("gamma"), "name must be one of A, alpha, B, beta, E, a"),
        (lambda: SQUARES.profile("a", values=[0.0]), "values must be positive"),
        (lambda: SQUARES.profile("a", n_values=5).interval(2), "level must be between 0 and 1"),
        (lambda: fit_chinchilla(*COLUMNS, fixed={"E": 1.8}).profile("E"), "name must be a free parameter, got E"),
        (lambda: fit_chinchilla(*COLUMNS, tied=("alpha", "beta")).profile("a"), "name must be a free parameter, got a"),
        (lambda: SQUARES.profile("alpha", values=[3.0]).interval(), "no value of alpha"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
