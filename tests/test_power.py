import numpy as np
import pytest
from check_values import computed, matching, tolerance, value
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scalinglaws.laws.training import power
from scalinglaws.laws.training.power import PowerLaw

laws = st.builds(
    PowerLaw, scale=st.floats(1e-3, 1e3), exponent=st.floats(0.02, 2.0), floor=st.just(0.0) | st.floats(1e-3, 10.0)
)
xs = st.floats(1e-3, 1e12)
exactly = settings(deadline=None, max_examples=200)


@pytest.mark.parametrize("name", matching(r"drop_per_\d+x\..*", r"total_loss_drop_10x\..*", r"llama3\..*"))
def test_published_figure_is_recomputed(name):
    assert computed(name) == pytest.approx(value(name), rel=0, abs=tolerance(name))


def test_twenty_per_cent_per_decade_is_the_data_exponent_not_the_compute_exponent():
    needed = -np.log10(0.8)
    assert needed == pytest.approx(0.0969, abs=5e-5)
    assert abs(needed - 0.095) < abs(needed - 0.050)


@pytest.mark.parametrize(
    ("exponent", "times"), [(0.050, 1.05e6), (0.057, 1.9e5), (0.076, 9.1e3), (0.095, 1.5e3), (0.1548, 88), (0.1783, 49)]
)
def test_halving_takes_the_published_multiple(exponent, times):
    law = PowerLaw(scale=1.0, exponent=exponent)
    assert law.x_for(0.5) == pytest.approx(times, rel=0.03)


@exactly
@given(laws, xs)
def test_value_falls_towards_the_floor_and_never_below(law, x):
    assert law.floor <= law(2 * x) <= law(x)
    assert law.value(x) == law(x)


@exactly
@given(laws, xs)
def test_elasticity_is_the_slope_of_the_log_log_curve(law, x):
    step = 1e-4
    slope = (np.log(law(x * np.exp(step))) - np.log(law(x * np.exp(-step)))) / (2 * step)
    assert law.elasticity(x) == pytest.approx(slope, abs=1e-6)
    assert -law.exponent * (1 + 1e-14) <= law.elasticity(x) <= 0


@exactly
@given(laws, xs)
def test_floor_only_weakens_a_decade(law, x):
    assert law.per_decade(x) >= law.per_decade() * (1 - 1e-14)
    assert law.per_decade(x) == pytest.approx(law(10 * x) / law(x), rel=1e-12)
    assert law.per_doubling(x) == pytest.approx(law(2 * x) / law(x), rel=1e-12)
    assert law.per_decade() == pytest.approx(law.per_doubling() ** np.log2(10), rel=1e-12)


@exactly
@given(laws, xs)
def test_x_for_turns_the_law_around(law, x):
    gap = law(x) - law.floor
    assume(gap > 1e-9 * law(x))  # otherwise the value has no digits left to tell x
    assert law.x_for(law(x)) == pytest.approx(x, rel=1e-13 * law(x) / gap / law.exponent + 1e-12)


@exactly
@given(laws, xs, st.floats(1.001, 1e6))
def test_gap_closed_is_the_share_of_the_distance_and_ignores_scale_and_floor(law, x, ratio):
    before, after = law.scale * x**-law.exponent, law.scale * (x * ratio) ** -law.exponent
    assert law.gap_closed(x, x * ratio) == pytest.approx(1 - after / before, abs=1e-12)


@exactly
@given(laws, xs, st.floats(1.1, 1e4))
def test_law_through_two_of_its_points_is_itself(law, x0, ratio):
    law = PowerLaw(law.scale, law.exponent)  # without a floor, for whose sake digits would cancel
    again = PowerLaw.through(x0, law(x0), x0 * ratio, law(x0 * ratio))
    assert again.exponent == pytest.approx(law.exponent, rel=1e-9, abs=1e-12)
    assert again(x0) == pytest.approx(law(x0), rel=1e-9)


@exactly
@given(laws, xs, st.floats(1e-3, 1e3))
def test_unit_of_x_does_not_matter(law, x, unit):
    other = PowerLaw(law.scale * unit**law.exponent, law.exponent, law.floor)
    assert other(x * unit) == pytest.approx(law(x), rel=1e-12)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 1, 4)])
def test_any_shape_comes_back(shape):
    law, x = PowerLaw(2.0, 0.3, 1.0), np.full(shape, 7.0)
    for result in (law(x), law.elasticity(x), law.per_decade(x), law.x_for(x), law.gap_closed(x, 2 * x)):
        assert np.shape(result) == shape


@pytest.mark.parametrize("bad", [0, -1, np.nan, np.inf, [1, -2], [], "much"])
@pytest.mark.parametrize("method", ["value", "elasticity", "per_decade", "per_doubling", "x_for"])
def test_bad_argument_is_named(method, bad):
    with pytest.raises(ValueError, match=r"^(x|target) must be positive"):
        getattr(PowerLaw(1.0, 0.5), method)(bad)


@pytest.mark.parametrize(
    ("field", "bad"),
    [(f, b) for f in ("scale", "exponent") for b in (0, -1, np.nan, np.inf, [1, 2])]
    + [("floor", b) for b in (-1, np.nan, np.inf, [1, 2])],
)
def test_bad_parameter_is_named_with_its_value(field, bad):
    with pytest.raises(ValueError, match=f"^{field} must be .*got"):
        PowerLaw(**({"scale": 1.0, "exponent": 0.5, "floor": 0.0} | {field: bad}))


def test_target_at_or_below_the_floor_is_refused():
    with pytest.raises(ValueError, match=r"^target must be above the floor 1.5, got 1.5"):
        PowerLaw(1.0, 0.5, 1.5).x_for([1.6, 1.5])


def test_rising_points_are_refused():
    with pytest.raises(ValueError, match="must be below"):
        PowerLaw.through(1.0, 1.0, 10.0, 2.0)


def test_bare_functions_agree_with_the_class():
    law, x = PowerLaw(3.0, 0.4, 1.2), np.geomspace(1, 1e6, 7)
    assert np.array_equal(law(x), power.power_law(x, 3.0, 0.4, 1.2))
    assert np.array_equal(law.per_decade(x), power.total_factor(x, 10.0, 3.0, 0.4, 1.2))
    assert law.per_decade() == power.reducible_factor(10.0, 0.4)
