import numpy as np
import pytest
from fit_cases import LAW
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.fit import fit_isoflop
from scalinglaws.laws.training.chinchilla import Chinchilla

BUDGETS = np.array([1e19, 1e20, 1e21, 1e22])


def valleys(law=LAW, reach=4.0, n_sizes=9, shift=1.0, scatter=0.0, seed=0):
    """Columns of an IsoFLOP experiment with sizes from 1/reach to reach times `shift` times the optimum."""
    budget = np.repeat(BUDGETS, n_sizes)
    size = shift * law.optimum(budget).n_params * np.tile(np.geomspace(1 / reach, reach, n_sizes), len(BUDGETS))
    noise = np.random.default_rng(seed).normal(0, scatter, len(size))
    return size, budget, law.isoflop(budget, size) * np.exp(noise)


def kinds(fit):
    return {warning.kind for warning in fit.warnings}


@given(k=st.floats(-5, 5), a=st.floats(0.3, 0.7), curvature=st.floats(0.01, 0.5))
@settings(deadline=None, max_examples=25)
def test_exact_parabolas_give_bottom_curvature_and_exponent_back(k, a, curvature):
    budget = np.repeat(BUDGETS, 5)
    best = np.exp(k) * budget**a
    size = best * np.tile(np.geomspace(0.3, 4, 5), 4)
    fit = fit_isoflop(size, budget, 2 + curvature / 2 * np.log(size / best) ** 2)
    assert fit.exponent_n == pytest.approx(a, abs=1e-8)
    np.testing.assert_allclose(fit.n_params_at(BUDGETS), np.exp(k) * BUDGETS**a, rtol=1e-6)
    for valley in fit.valleys:
        assert valley.curvature == pytest.approx(curvature, rel=1e-6)
        assert valley.loss == pytest.approx(2, rel=1e-9)
    assert fit.exponent_n + fit.exponent_d == 1


@pytest.mark.parametrize(("off", "warned"), [(0.45, False), (0.55, True)])
def test_a_bottom_is_off_centre_from_half_the_way_to_the_end_of_the_sizes(off, warned):
    budget, best = np.repeat(BUDGETS, 9), np.sqrt(np.repeat(BUDGETS, 9))
    size = best * np.tile(np.geomspace(0.25, 4, 9), 4) * 4**off  # the middle lies `off` half-widths above the bottom
    fit = fit_isoflop(size, budget, 2 + 0.05 * np.log(size / best) ** 2)
    assert ("off_centre" in kinds(fit)) == warned


def test_parabola_agrees_with_polyfit():
    columns = valleys(scatter=0.01)
    first = fit_isoflop(*columns).valleys[0]
    c2, c1, _ = np.polyfit(np.log(first.sizes), first.losses, 2)
    assert first.curvature == pytest.approx(2 * c2, rel=1e-6)
    assert np.log(first.n_params) == pytest.approx(-c1 / (2 * c2), rel=1e-8)
    assert first.curve(first.n_params) == first.loss


def test_centred_clean_grid_finds_the_optimum_without_warnings():
    fit = fit_isoflop(*valleys(reach=2))
    assert fit.warnings == ()
    assert fit.exponent_n == pytest.approx(LAW.a, abs=0.002)
    np.testing.assert_allclose(fit.n_params_at(BUDGETS), LAW.optimum(BUDGETS).n_params, rtol=0.02)
    assert fit_isoflop(*valleys(scatter=0.003)).warnings == ()


def test_budgets_may_be_missed_by_a_little_and_rows_come_in_any_order():
    size, budget, loss = valleys(scatter=0.003)
    mixed = np.random.default_rng(1).permutation(len(size))
    near = budget * np.tile([0.99, 1.0, 1.01], 12)
    assert len(fit_isoflop(size, near, loss).valleys) == 4
    plain, other = fit_isoflop(size, budget, loss), fit_isoflop(size[mixed], budget[mixed], loss[mixed])
    assert other.exponent_n == pytest.approx(plain.exponent_n, rel=1e-10)


def test_bias_grows_off_centre_and_with_unequal_exponents():
    uneven = Chinchilla(E=1.7, A=400, B=400, alpha=0.5, beta=0.25)
    even = Chinchilla(E=1.7, A=400, B=400, alpha=0.3, beta=0.3)
    centred = fit_isoflop(*valleys(even)).bias(even)
    np.testing.assert_allclose(centred, 0, atol=1e-6)
    assert (np.abs(fit_isoflop(*valleys(uneven)).bias(uneven)) > 0.01).all()
    assert (np.abs(fit_isoflop(*valleys(even, shift=2.0)).bias(even)) > 0.003).all()
    columns = valleys(uneven)
    fit = fit_isoflop(*columns)
    exact = np.array([valley.n_params for valley in fit.valleys]) / uneven.optimum(BUDGETS).n_params - 1
    np.testing.assert_allclose(fit.bias(uneven), exact, rtol=1e-6)


def test_interval_holds_the_exponent_and_narrows_with_less_scatter():
    wide, narrow = (fit_isoflop(*valleys(scatter=s)).bootstrap(300) for s in (0.01, 0.001))
    assert wide.interval("a")[0] < LAW.a < wide.interval("a")[1]
    assert np.ptp(narrow.interval("a")) < 0.3 * np.ptp(wide.interval("a"))
    low, high = wide.interval("exponent_n")
    assert wide.interval("b") == pytest.approx((1 - high, 1 - low))
    assert wide.usable > 0.9
    best = wide.optimum(1e21)
    assert best.n_params[0] < LAW.optimum(1e21).n_params < best.n_params[1]
    assert np.isnan(best.loss).all()
    assert wide.optimum(1e25).warnings[0].kind == "extrapolation"
    fit = fit_isoflop(*valleys(scatter=0.01))
    assert fit.interval("a", n_resamples=300) == wide.interval("a")


def test_bottom_outside_the_sizes_is_left_out():
    size, budget, loss = valleys()
    left = ~((budget == 1e19) & (size > 0.55 * LAW.optimum(1e19).n_params))
    first = fit_isoflop(size[left], budget[left], loss[left])
    assert not first.valleys[0].usable
    assert "outside" in kinds(first)
    assert first.seen["compute_flop"][0] == pytest.approx(1e20)


def test_objections_are_named():
    assert "off_centre" in kinds(fit_isoflop(*valleys(reach=4, shift=2.8)))
    assert "one_sided" in kinds(fit_isoflop(*valleys(reach=4, n_sizes=5, shift=3)))
    size, budget, loss = valleys()
    upside = np.where(budget == 1e19, 5 - loss, loss)
    assert "not_convex" in kinds(fit_isoflop(size, budget, upside))
    two = (budget > 1e19) | (size > 2.5 * LAW.optimum(1e19).n_params)
    assert "few_values" in kinds(fit_isoflop(size[two], budget[two], loss[two]))
    pair = budget >= 1e21
    assert "few_values" in kinds(fit_isoflop(size[pair], budget[pair], loss[pair]))


def test_repr_counts_the_valleys():
    assert "4 of 4 budgets" in repr(fit_isoflop(*valleys()))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ((valleys()[0][:-1], *valleys()[1:]), "must have one length"),
        ((valleys()[0], valleys()[1], -valleys()[2]), "loss must be positive"),
        ((valleys()[0], np.geomspace(1e19, 1e20, 36), valleys()[2]), "compute_flop must fall into budgets"),
        ((valleys()[0], np.full(36, 1e20), valleys()[2]), "valley at two budgets"),
    ],
)
def test_bad_input_is_named(columns, message):
    with pytest.raises(ValueError, match=message):
        fit_isoflop(*columns)
