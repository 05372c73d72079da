from dataclasses import replace

import numpy as np
import pytest
from fit_cases import LAW, grid, runs

from scalinglaws.fit import fit_chinchilla
from scalinglaws.fit.engine.intervals import percentiles, resample_weights

COLUMNS = runs(96)
FIT = fit_chinchilla(*COLUMNS)


def test_each_refit_is_the_fit_of_its_resample():
    refits = FIT.bootstrap(40, seed=3)
    weights = resample_weights(96, 40, seed=3)
    for i in (0, 7, 39):
        alone = fit_chinchilla(*COLUMNS, weights=weights[i])
        assert refits.value[i] == pytest.approx(alone.objective, rel=1e-10)
        assert refits.draws["a"][i] == pytest.approx(alone.exponent_n, rel=1e-5)


def test_no_resample_ends_higher_than_another_optimiser():
    optimize = pytest.importorskip("scipy.optimize")
    refits, weights = FIT.bootstrap(6), resample_weights(96, 6)
    o, start = FIT.problem.objective, FIT.found.theta
    for w, value in zip(weights, refits.value, strict=True):

        def both(theta, w=w):
            f, g, _ = o(theta[:, None], w[None])
            return f[0] * 1e3, g[:, 0] * 1e3

        there = optimize.minimize(both, start, jac=True, method="BFGS", options={"gtol": 1e-12})
        assert value <= there.fun / 1e3 * (1 + 1e-12)


def test_answer_does_not_depend_on_the_batch():
    weights = resample_weights(96, 70)
    one, many = (FIT.problem.minimise(weights, FIT.found.theta, batch=batch) for batch in (1, 512))
    np.testing.assert_allclose(one.value, many.value, rtol=1e-12)
    np.testing.assert_allclose(one.theta, many.theta, rtol=1e-9)


def test_same_seed_same_draws_and_other_seed_others():
    one, again, other = FIT.bootstrap(50, seed=1), FIT.bootstrap(50, seed=1), FIT.bootstrap(50, seed=2)
    np.testing.assert_array_equal(one.theta, again.theta)
    assert (one.theta != other.theta).any()


def test_intervals_nest_and_hold_the_fit():
    refits = FIT.bootstrap(400)
    for name in ("E", "A", "B", "alpha", "beta", "a", "b"):
        wide, narrow = refits.interval(name, 0.95), refits.interval(name, 0.5)
        assert wide[0] < narrow[0] < narrow[1] < wide[1]
        assert wide[0] < (getattr(FIT.law, name)) < wide[1]
    assert refits.interval("exponent_n") == refits.interval("a")
    low, high = refits.interval("a")
    assert refits.interval("b") == pytest.approx((1 - high, 1 - low))
    assert np.std(refits.draws["a"]) == pytest.approx((high - low) / 3.92, rel=0.3)
    assert FIT.interval("a", n_resamples=400) == refits.interval("a")


def test_intervals_of_optimum_and_loss_hold_the_fit_and_warn_beyond_the_runs():
    refits = FIT.bootstrap(400)
    best, there = FIT.optimum(1e21), refits.optimum(1e21)
    for name in ("n_params", "n_tokens", "loss", "tokens_per_param"):
        low, high = getattr(there, name)
        assert low < getattr(best, name) < high
    assert not there.warnings
    assert refits.optimum(1e25).warnings[0].kind == "extrapolation"
    low, high = FIT.seen["compute_flop"]  # at 6 N D; counted at 60 the runs reach ten times as far, and no farther
    assert not refits.optimum(9 * high, flop_per_param_token=60).warnings
    assert refits.optimum(200 * high, flop_per_param_token=60).warnings[0].kind == "extrapolation"
    n_params, n_tokens = grid(2, 3)
    low, high = refits.curve(n_params, n_tokens)
    assert low.shape == (6,)
    assert ((low < FIT.loss(n_params, n_tokens)) & (FIT.loss(n_params, n_tokens) < high)).all()
    low, high = refits.curve(1e9, 1e10)
    assert low < FIT.loss(1e9, 1e10) < high


def test_runs_of_a_group_are_drawn_together():
    labels = np.repeat(["x", "y", "z"], [3, 2, 4])
    weights = resample_weights(9, 200, groups=labels)
    for label, size in zip("xyz", (3, 2, 4), strict=True):
        assert (weights[:, labels == label] == weights[:, labels == label][:, :1]).all()
        assert weights[:, labels == label].mean() == pytest.approx(1, abs=0.25)
        assert size == (labels == label).sum()
    assert (weights[:, [0, 3, 5]].sum(axis=1) == 3).all()


def test_copies_of_runs_narrow_the_interval_unless_grouped():
    doubled = fit_chinchilla(*np.repeat(np.array(COLUMNS), 4, axis=1))
    groups = np.repeat(np.arange(96), 4)
    width = {
        name: np.ptp(doubled.interval("a", n_resamples=300, groups=g)) for name, g in (("run", None), ("group", groups))
    }
    honest = np.ptp(FIT.interval("a", n_resamples=300))
    assert width["group"] == pytest.approx(honest, rel=0.25)
    assert width["run"] < 0.7 * honest


def test_every_resample_has_as_many_runs():
    assert (resample_weights(17, 30).sum(axis=1) == 17).all()


def test_floor_at_its_bound_can_come_back_in_a_resample():
    columns = runs(48, scatter=0.02, seed=4, law=replace(LAW, E=0.0))
    fit = fit_chinchilla(*columns)
    assert fit.law.E == 0
    refits, weights = fit.bootstrap(6), resample_weights(48, 6)
    alone = [fit_chinchilla(*columns, weights=w) for w in weights]
    assert max(each.law.E for each in alone) > 0.001
    np.testing.assert_allclose(refits.value, [each.objective for each in alone], rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda b: b.interval("gamma"), "name must be one of .* got 'gamma'"),
        (lambda b: b.interval("a", 1.0), "level must be between 0 and 1, got 1.0"),
        (lambda b: b.interval("a", 0), "level must be between 0 and 1, got 0.0"),
        (lambda b: b.optimum(-1), "compute_flop must be positive"),
        (lambda b: b.curve(1e9, 0), "n_tokens must be positive"),
        (lambda b: FIT.bootstrap(0), "n_resamples"),
        (lambda b: FIT.bootstrap(5, groups=[1, 2]), r"groups must have shape \(96,\)"),
        (lambda b: FIT.bootstrap(5, groups=np.zeros(96)), "two distinct labels"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(FIT.bootstrap(4))


def test_percentiles_of_uniform_draws():
    assert percentiles(np.linspace(0, 1, 1001), 0.9) == pytest.approx((0.05, 0.95))
