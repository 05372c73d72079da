import numpy as np
import pytest
from data_limits import starting
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.laws.text.copies import (
    amplitudes,
    copies,
    diversity,
    error,
    expected_diversity,
    samples_worth,
    tail_law,
    zipf,
)

betas = st.floats(1.2, 3)


def slope(shares, low, high):
    return np.log(error(shares, low) / error(shares, high)) / np.log(high / low)


@pytest.mark.parametrize(("name", "value"), starting("hutter."))
def test_error_falls_with_the_published_exponent(name, value):
    beta = 1 + float(name)
    assert 1 - 1 / beta == pytest.approx(value, rel=1e-9)
    assert slope(zipf(10**6, beta), 1e3, 1e4) == pytest.approx(value, abs=0.02)


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 12), betas, st.integers(1, 40), st.integers(1, 12))
def test_error_is_the_chance_that_the_next_item_is_new(n_items, beta, n_samples, kept):
    shares, kept = zipf(n_items, beta), min(kept, n_items)
    learned = shares[:kept] / shares[:kept].sum()
    by_hand = sum(p * ((1 - learned[i]) ** n_samples if i < kept else 1) for i, p in enumerate(shares))
    assert error(shares, n_samples, kept) == pytest.approx(by_hand, rel=1e-9)


def test_error_agrees_with_samples_drawn():
    shares = zipf(50, 1.5)
    seen = np.random.default_rng(0).multinomial(30, shares, size=20_000) > 0
    assert error(shares, 30) == pytest.approx(np.mean(1 - seen @ shares), abs=0.002)


@settings(deadline=None)
@given(betas, st.integers(1, 200))
def test_cut_leaves_a_floor_at_the_mass_of_the_tail(beta, kept):
    shares = zipf(300, beta)
    assert error(shares, 1e12, kept) == pytest.approx(shares[kept:].sum(), abs=1e-12)
    errors = error(shares, np.array([10.0, 100.0, 1000.0]), kept)
    assert np.all(np.diff(errors) <= 0) and errors[-1] >= shares[kept:].sum()


@pytest.mark.parametrize("beta", [1.5, 2.0, 2.5])
def test_law_is_right_where_one_term_rules_and_within_two_between(beta):
    shares, factors = zipf(10**6, beta), amplitudes(beta)
    far = 10.0**6
    assert tail_law(1e4, far, beta, *factors) == pytest.approx(error(shares, 1e4, 10**6), rel=0.07)
    assert tail_law(1e12, 300.0, beta, *factors) == pytest.approx(error(shares, 1e12, 300), rel=0.1)
    for kept in (100, 1000):
        ratio = tail_law(np.geomspace(1e3, 1e9, 13), float(kept), beta, *factors) / error(
            shares, np.geomspace(1e3, 1e9, 13), kept
        )
        assert np.all((ratio > 0.98) & (ratio < 2))


@settings(deadline=None)
@given(betas, st.floats(10, 1e4))
def test_a_cut_is_worth_as_many_samples_as_reach_its_floor(beta, kept):
    sampling, cut = amplitudes(beta)
    worth = samples_worth(kept, beta, sampling, cut)
    assert sampling * worth ** (1 / beta - 1) == pytest.approx(cut * kept ** (1 - beta), rel=1e-9)
    assert samples_worth(10 * kept, beta, sampling, cut) == pytest.approx(10**beta * worth)


@settings(deadline=None)
@given(st.floats(1.05, 6))
def test_amplitude_holds_the_zeta_function(beta):
    special = pytest.importorskip("scipy.special")
    assert amplitudes(beta)[1] == pytest.approx(1 / special.zeta(beta) / (beta - 1), rel=1e-9)


def test_copies_lose_diversity_at_the_exact_rate_when_they_replace_and_keep_it_when_they_accumulate():
    shares = zipf(200, 1.2)
    for keep in ("replace", "accumulate"):
        runs = np.mean([diversity(copies(shares, keep, 50, 40, seed)) for seed in range(300)], axis=0)
        np.testing.assert_allclose(runs / diversity(shares), expected_diversity(keep, 50, 40), atol=0.025)
    assert expected_diversity("replace", 50, 1000)[-1] < 1e-8
    limit = np.sin(np.pi / 50**0.5) / (np.pi / 50**0.5)
    assert expected_diversity("accumulate", 50, 100_000)[-1] == pytest.approx(limit, rel=1e-5)


def test_what_is_lost_stays_lost_and_the_rarest_go_first():
    believed = copies(zipf(1000, 1.5), "replace", 1000, 20)
    alive = believed > 0
    assert np.all(alive[1:] <= alive[:-1])
    assert alive[20, :10].mean() > alive[20, 100:].mean()
    np.testing.assert_allclose(believed.sum(axis=1), 1)


def test_chance_of_being_lost_in_one_generation():
    shares = np.array([0.99, 0.01])
    gone = np.mean([copies(shares, "replace", 100, 1, seed)[1, 1] == 0 for seed in range(4000)])
    assert gone == pytest.approx(0.99**100, abs=0.03)


def test_same_seed_same_copies():
    shares = zipf(20, 1.0)
    np.testing.assert_array_equal(copies(shares, "replace", 9, 5, 1), copies(shares, "replace", 9, 5, 1))
    assert not np.array_equal(copies(shares, "replace", 9, 5, 1), copies(shares, "replace", 9, 5, 2))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: zipf(0, 1), "n_items"),
        (lambda: zipf(3, -1), "beta"),
        (lambda: error([0.5, 0.4], 3), "shares"),
        (lambda: error([0.5, 0.5], 0), "n_samples"),
        (lambda: error([0.5, 0.5], 3, kept=3), "kept"),
        (lambda: amplitudes(1.0), "beta"),
        (lambda: copies([0.5, 0.5], "forget", 10, 2), "replace"),
        (lambda: copies([0.5, 0.5], "replace", 0, 2), "n_samples"),
        (lambda: copies([0.5, -0.5], "replace", 10, 2), "shares"),
        (lambda: expected_diversity("replace", 10, 0), "n_generations"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
