import numpy as np
import pytest
from data_limits import starting
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.data import load
from scalinglaws.laws.chance import (
    Constant,
    Draws,
    LogNormal,
    Triangular,
    Uniform,
    distribution_from,
    pile_dots,
    product,
    quantile_dots,
    sensitivity,
)
from scalinglaws.laws.text.stocks import youtube

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
    draws = Draws(np.array([1.0, 2.0, np.inf, np.inf]), {"x": np.arange(4.0)})
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
