import numpy as np
import pytest
from fit_cases import LAW

from scalinglaws.fit import fit_frontier
from scalinglaws.laws.training.chinchilla import Chinchilla


def curves(n_sizes=30, n_points=40, law=LAW, scatter=0.0):
    """Training curves of many sizes; each run has a small offset of its own."""
    size, tokens = np.meshgrid(np.geomspace(1e7, 1e10, n_sizes), np.geomspace(1e8, 1e12, n_points), indexing="ij")
    offset = np.random.default_rng(0).normal(0, scatter, (n_sizes, 1))
    run = np.repeat(np.arange(n_sizes), n_points)
    return size.ravel(), tokens.ravel(), (law.loss(size, tokens) * np.exp(offset)).ravel(), run


@pytest.mark.parametrize(("alpha", "beta"), [(0.35, 0.37), (0.5, 0.3), (0.3, 0.45)])
def test_envelope_of_a_law_has_its_allocation(alpha, beta):
    law = Chinchilla(E=1.8, A=3 * 1e8**alpha / 10, B=3 * 1e10**beta / 10, alpha=alpha, beta=beta)
    fit = fit_frontier(*curves(60, law=law))
    assert fit.exponent_n == pytest.approx(law.a, abs=0.03)
    middle = np.sqrt(np.prod(fit.seen["compute_flop"]))
    assert fit.n_params_at(middle) == pytest.approx(law.optimum(middle).n_params, rel=0.15)


def test_envelope_is_below_every_curve_and_above_the_laws_frontier():
    fit = fit_frontier(*curves())
    reached = np.where(np.isfinite(fit.curves), fit.curves, np.inf)
    np.testing.assert_array_equal(fit.envelope, reached.min(axis=0))
    assert (fit.envelope >= LAW.frontier(fit.levels) * (1 - 1e-9)).all()
    assert set(fit.best_n_params) <= set(fit.sizes)


def test_levels_won_by_the_smallest_or_largest_size_are_not_used():
    fit = fit_frontier(*curves())
    assert not fit.inside[0]
    assert not fit.inside[-1]
    assert fit.seen["compute_flop"][0] == pytest.approx(fit.levels[fit.inside][0])


def test_interval_holds_the_exponent():
    fit = fit_frontier(*curves(scatter=0.003))
    refits = fit.bootstrap(100)
    assert refits.interval("a")[0] < LAW.a < refits.interval("a")[1]
    assert fit.interval("a", n_resamples=100) == refits.interval("a")
    assert refits.usable == 1


def test_order_of_rows_does_not_matter():
    columns = curves(scatter=0.003)
    mixed = np.random.default_rng(2).permutation(len(columns[0]))
    assert fit_frontier(*(c[mixed] for c in columns)).exponent_n == pytest.approx(
        fit_frontier(*columns).exponent_n, rel=1e-10
    )


def test_grid_that_misses_the_best_sizes_warns_of_its_edge():
    size, tokens, loss, run = curves()
    assert fit_frontier(size, tokens, loss, run).warnings == ()
    short = tokens < 20 * 1e9
    fit = fit_frontier(*(c[short & (size > 2e8)] for c in (size, tokens, loss, run)))
    assert {warning.kind for warning in fit.warnings} == {"edge"}


def test_repr_counts_the_curves():
    assert "30 training curves" in repr(fit_frontier(*curves()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"run": np.zeros(5)}, "run must have shape"),
        (
            {"run": np.arange(1200)},
            "run must label curves of two checkpoints or more, got 1200 with one checkpoint each",
        ),
        ({"run": np.arange(1200) // 80}, "run must label curves .* several sizes"),
        ({"loss": np.full(1200, np.nan)}, "loss must be positive and finite, got nan at position 0"),
        ({"n_levels": 1}, "n_levels"),
    ],
)
def test_bad_input_is_named(change, message):
    names = ("n_params", "n_tokens", "loss", "run")
    with pytest.raises(ValueError, match=message):
        fit_frontier(**dict(zip(names, curves(), strict=True)) | change)


def test_two_curves_have_no_size_between():
    size, tokens, loss, run = curves(2)
    with pytest.raises(ValueError, match="envelope won by two sizes"):
        fit_frontier(size, tokens, loss, run)
