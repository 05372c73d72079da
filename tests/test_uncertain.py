import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.laws.chance import Constant, LogNormal, LogUniform, MirroredLogNormal, Triangular, Uniform

SHAPES = [
    Constant(3.0),
    Uniform(-1, 4),
    LogUniform(1e-3, 1e3),
    Triangular(120, 150, 170),
    Triangular(0, 0, 1),
    LogNormal(100, 1000, 0.9),
    LogNormal(22, 490, 0.95, median=100),
    MirroredLogNormal(2, 4, 5, 0.95),
]


@pytest.mark.parametrize("shape", SHAPES, ids=repr)
def test_draws_fall_below_each_quantile_as_often_as_they_should(shape):
    draws = shape.draw(np.random.default_rng(1), 200_000)
    assert draws.shape == (200_000,) and draws.dtype == np.float64
    if not isinstance(shape, Constant):
        for p in (0.025, 0.1, 0.5, 0.9, 0.975):
            assert np.mean(draws <= shape.quantile(p)) == pytest.approx(p, abs=5 * (p * (1 - p) / 2e5) ** 0.5)
    else:
        assert np.all(draws == 3.0)


@pytest.mark.parametrize("shape", SHAPES, ids=repr)
def test_same_seed_same_draws(shape):
    first, again, other = (shape.draw(np.random.default_rng(seed), 10) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert isinstance(shape, Constant) or not np.array_equal(first, other)


@settings(deadline=None)
@given(st.floats(1e-6, 1e6), st.floats(1.01, 1e4), st.floats(0.01, 0.99))
def test_interval_of_a_lognormal_holds_the_share_that_was_asked_for(low, ratio, level):
    shape = LogNormal(low, low * ratio, level)
    assert shape.quantile((1 - level) / 2) == pytest.approx(low, rel=1e-9)
    assert shape.quantile((1 + level) / 2) == pytest.approx(low * ratio, rel=1e-9)
    assert shape.quantile(0.5) == pytest.approx(low * ratio**0.5, rel=1e-9)


@settings(deadline=None)
@given(st.floats(0, 10), st.floats(0.1, 10), st.floats(0.01, 0.9), st.floats(0.5, 0.99))
def test_mirrored_lognormal_meets_its_interval_and_median_and_never_exceeds_its_top(low, width, skew, level):
    high, median = low + width, low + width * (1 + skew) / 2
    shape = MirroredLogNormal(low, median, high, level)
    for p, value in (((1 - level) / 2, low), (0.5, median), ((1 + level) / 2, high)):
        assert shape.quantile(p) == pytest.approx(value, abs=1e-6 * (width + low))
    assert shape.draw(np.random.default_rng(0), 1000).max() < shape.top


def test_mirror_of_the_published_bytes_per_token_is_six_minus_a_lognormal():
    assert MirroredLogNormal(2, 4, 5, 0.95).top == 6


def test_median_moves_a_lognormal_without_changing_its_width():
    assert LogNormal(22, 490, 0.95, median=100).width == LogNormal(22, 490, 0.95).width
    assert LogNormal(22, 490, 0.95, median=100).quantile(0.5) == pytest.approx(100)


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0, 1))
def test_quantiles_ascend(p, q):
    for shape in SHAPES:
        assert shape.quantile(min(p, q)) <= shape.quantile(max(p, q))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: Uniform(2, 1), "high"),
        (lambda: Uniform(1, np.nan), "high"),
        (lambda: LogUniform(0, 1), "low"),
        (lambda: Triangular(1, 4, 3), "mode"),
        (lambda: LogNormal(-1, 1), "low"),
        (lambda: LogNormal(1, 2, level=1), "level"),
        (lambda: LogNormal(1, 2, median=0), "median"),
        (lambda: MirroredLogNormal(2, 3, 5), "median"),
        (lambda: Constant(np.inf), "value"),
        (lambda: Uniform(0, 1).quantile(1.1), "p must"),
    ],
)
def test_bad_input_is_named(make, name):
    with pytest.raises(ValueError, match=name):
        make()
