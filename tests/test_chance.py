"""Numbers that are not known exactly: intervals hold their share, products multiply, claims come out."""

import numpy as np
import pytest
from data_limits import starting
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.data import load
from scalinglaws.laws.chance import (
    Constant,
    LogNormal,
    LogUniform,
    MirroredLogNormal,
    MonteCarlo,
    Triangular,
    Uniform,
    distribution_from,
    pile_dots,
    product,
    quantile_dots,
    sensitivity,
)
from scalinglaws.laws.text.stocks import youtube

# ---- distributions


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
def test_bad_distribution_is_named(make, name):
    with pytest.raises(ValueError, match=name):
        make()


# ---- products of them


RATE_OF_THE_CLAIM = Triangular(120, 150, 170)  # words per minute; the table has another, sourced, range


def estimate(name):
    """Return the estimate of YouTube's tokens that a figure belongs to, with the speaking rate of the claim."""
    shape = "uniform" if name.endswith("uniform") else "triangular"
    return youtube(shape, name.startswith("filtered"), 400_000, words_per_minute=RATE_OF_THE_CLAIM)


@pytest.mark.parametrize(("name", "value"), starting("youtube."))
def test_claim_on_youtube_is_reproduced_within_the_digits_it_has(name, value):
    if name == "all_speech":
        assert youtube(
            usable_speech=Constant(1.0), words_per_minute=Constant(150), tokens_per_word=Constant(1.33)
        ).value[0] == pytest.approx(value, rel=0.002)
    elif name.startswith("below"):
        limit = float(name.split("_")[1].split("T")[0]) * 1e12
        assert estimate(name).below(limit) == pytest.approx(value, abs=0.01)
    else:
        shown = estimate(name).quantile(float(name.split(".")[1]) / 100)
        assert shown == pytest.approx(value, rel=0.015)


def test_sourced_speaking_rate_moves_the_claim_by_less_than_three_percent():
    old = youtube(words_per_minute=RATE_OF_THE_CLAIM).quantile([0.05, 0.5, 0.95])
    np.testing.assert_allclose(youtube().quantile([0.05, 0.5, 0.95]), old, rtol=0.03)


def test_share_with_speech_is_what_the_answer_turns_on():
    shares = youtube().shares()
    assert next(iter(shares)) == "usable_speech" and shares["usable_speech"] > 0.85
    assert next(iter(youtube(filtered=True).shares())) == "kept_after_filter"


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.floats(1e-3, 1e3), st.floats(1.1, 50)), min_size=1, max_size=5))
def test_product_of_lognormals_is_lognormal(factors):
    shapes = {str(i): LogNormal(low, low * ratio) for i, (low, ratio) in enumerate(factors)}
    draws = product(shapes, 50_000, seed=1)
    center = sum(shape.center for shape in shapes.values())
    width = sum(shape.width**2 for shape in shapes.values()) ** 0.5
    logs = np.log(draws.value)
    assert logs.mean() == pytest.approx(center, abs=5 * width / 5e4**0.5)
    assert logs.std() == pytest.approx(width, rel=0.03)
    shares = draws.shares()
    for name, shape in shapes.items():
        assert shares[name] == pytest.approx(shape.width**2 / width**2, abs=0.04)


def test_shares_sum_to_one_largest_first_and_a_constant_has_none():
    draws = product({"a": Uniform(1, 2), "b": Uniform(1, 9), "c": Constant(3)}, 1000)
    shares = draws.shares()
    assert list(shares) == ["b", "a", "c"] and shares["c"] == 0
    assert sum(shares.values()) == pytest.approx(1)


def test_same_seed_same_draws_and_another_seed_others():
    factors = {"a": Uniform(1, 2)}
    np.testing.assert_array_equal(product(factors, 10, 3).value, product(factors, 10, 3).value)
    assert not np.array_equal(product(factors, 10, 3).value, product(factors, 10, 4).value)


def test_quantiles_survive_draws_of_never():
    draws = MonteCarlo(np.array([1.0, 2.0, np.inf, np.inf]), {"x": np.arange(4.0)})
    assert draws.quantile(0.5) == 2
    assert draws.quantile(0.9) == np.inf
    assert draws.below(10) == 0.5


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200), st.integers(1, 50))
def test_dots_ascend_and_are_draws(draws, n_dots):
    dots = quantile_dots(draws, n_dots)
    assert len(dots) == n_dots and np.all(np.diff(dots) >= 0)
    assert set(dots) <= set(draws)


def test_counting_dots_gives_a_probability():
    dots = quantile_dots(np.random.default_rng(0).normal(size=100_000), 100)
    assert np.mean(dots < 1) == pytest.approx(0.84, abs=0.01)
    assert quantile_dots([1, np.inf, np.inf], 4)[-1] == np.inf


@settings(deadline=None)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=60), st.floats(0.5, 20))
def test_piles_hold_every_dot_once(dots, width):
    x, height = pile_dots(dots, width)
    assert len(set(zip(x.tolist(), height.tolist(), strict=True))) == len(dots)
    assert np.abs(np.sort(dots) - x).max() <= width / 2 * (1 + 1e-9)
    assert height.min() == 1


def test_row_of_a_table_becomes_a_distribution():
    table = load("youtube")
    assert distribution_from(table, "minutes_claimed", "constant") == Constant(1.5e11)
    for name, shape, message in [("minutes", "constant", "minutes_claimed"), ("videos", "square", "triangular")]:
        with pytest.raises(ValueError, match=message):
            distribution_from(table, name, shape)
    with pytest.raises(ValueError, match="low"):
        distribution_from(table, "minutes_claimed", "triangular")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: product({}), "factors"),
        (lambda: product({"a": Uniform(0, 1)}, 0), "n_draws"),
        (lambda: product({"a": Uniform(0, 1)}, 2.5), "n_draws"),
        (lambda: sensitivity({"a": [1, 2]}, [1, 2, 3]), "shape"),
        (lambda: sensitivity({"a": [1, 1]}, [1, 2]), "varies"),
        (lambda: quantile_dots([]), "draws"),
        (lambda: quantile_dots([np.nan]), "draws"),
        (lambda: quantile_dots([1.0], 0), "n_dots"),
        (lambda: pile_dots([1.0], 0), "width"),
        (lambda: youtube("normal"), "shape"),
        (lambda: youtube(speed=Constant(1)), "usable_speech"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
