import numpy as np
import pytest

from scalinglaws.laws.text.copies import copies, zipf


def differ(shares):
    """Return the chance that two samples are different items."""
    return 1 - np.sum(np.square(shares), axis=-1)


@pytest.mark.parametrize("keep", ["replace", "accumulate"])
def test_copies_lose_diversity_at_the_exact_rate_when_they_replace_and_keep_it_when_they_accumulate(keep):
    """Genetic drift (Wright and Fisher): the chance shrinks by 1 - 1/M a generation, or by 1 - 1/(M n^2)."""
    shares, n = zipf(200, 1.2), np.arange(1.0, 41)
    runs = np.mean([differ(copies(shares, keep, 50, 40, seed)) for seed in range(300)], axis=0)
    left = np.cumprod(1 - 1 / 50 / n ** (2 if keep == "accumulate" else 0))
    np.testing.assert_allclose(runs / differ(shares), [1, *left], atol=0.025)


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
        (lambda: copies([0.5, 0.5], "forget", 10, 2), "replace"),
        (lambda: copies([0.5, 0.5], "replace", 0, 2), "n_samples"),
        (lambda: copies([0.5, -0.5], "replace", 10, 2), "shares"),
        (lambda: copies([0.5, 0.5], "replace", 10, 0), "n_generations"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
