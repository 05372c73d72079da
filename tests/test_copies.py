"""Models that learn from their own samples: exact averages against simulation, and what is forgotten."""

from pathlib import Path

import numpy as np
import pytest
from data_limits import figures
from scipy.special import digamma

from scalinglaws.laws.text.copies import copies, expected, generations, total_variance, zipf

# ---- a Gaussian fitted again and again


SETUPS = [("replace", 0.0), ("replace", 0.1), ("replace", 0.5), ("replace", 1.0), ("accumulate", 0.0)]


def test_published_gaussian_figures():
    assert total_variance(10, 100) == pytest.approx(figures()["gaussian.M100.n10"])


@pytest.mark.parametrize(("keep", "real_share"), SETUPS)
def test_simulation_agrees_with_the_exact_averages(keep, real_share):
    chains = generations(keep, 20, 30, n_chains=100_000, seed=1, real_share=real_share)
    fitted, wandering = expected(keep, 20, 30, real_share)
    np.testing.assert_allclose(chains.variances.mean(axis=0), fitted, rtol=0.03)
    np.testing.assert_allclose(chains.means.var(axis=0)[1:], wandering[1:], rtol=0.03)
    np.testing.assert_allclose(chains.means.mean(axis=0), 0, atol=0.03)
    np.testing.assert_allclose(chains.total(), fitted + wandering, rtol=0.03)


def test_drawing_every_sample_gives_the_same_as_drawing_mean_and_sum_of_squares():
    rng = np.random.default_rng(2)
    mean, variance = np.zeros(20_000), np.ones(20_000)
    for _ in range(5):
        samples = mean + np.sqrt(variance) * rng.standard_normal((8, 20_000))
        mean, variance = samples.mean(axis=0), samples.var(axis=0, ddof=1)
    chains = generations("replace", 8, 5, n_chains=20_000, seed=3)
    assert np.var(mean) == pytest.approx(np.var(chains.means[:, 5]), rel=0.06)
    for p in (0.1, 0.5, 0.9):
        assert np.quantile(variance, p) == pytest.approx(np.quantile(chains.variances[:, 5], p), rel=0.04)


def test_accumulating_by_hand_gives_the_same_as_merging_sums():
    rng = np.random.default_rng(4)
    pool = rng.standard_normal((6, 20_000))
    for _ in range(4):
        pool = np.concatenate([pool, pool.mean(axis=0) + pool.std(axis=0, ddof=1) * rng.standard_normal((6, 20_000))])
    chains = generations("accumulate", 6, 5, n_chains=20_000, seed=5)
    assert pool.mean(axis=0).var() == pytest.approx(chains.means[:, 5].var(), rel=0.06)
    assert pool.var(axis=0, ddof=1).mean() == pytest.approx(chains.variances[:, 5].mean(), rel=0.02)


def test_replacing_loses_the_variance_of_a_typical_chain_and_keeps_it_on_average():
    chains = generations("replace", 50, 100, n_chains=50_000)
    assert chains.typical()[100] == pytest.approx(
        np.exp(100 * (digamma(24.5) - np.log(24.5))), rel=0.03
    )  # E log(chi2_k / k)
    assert chains.typical()[100] < 0.2
    assert chains.variances[:, 100].mean() == pytest.approx(1, abs=0.1)
    assert np.mean(chains.variances[:, 100] < 1) > 0.75


def test_distance_follows_the_published_risk_while_generations_are_few():
    chains = generations("replace", 200, 10, n_chains=50_000)
    np.testing.assert_allclose(
        chains.distance()[1:], figures()["gaussian.distance_factor"] * np.arange(1, 11) / 200, rtol=0.03
    )


def test_replacing_wanders_without_end_and_accumulating_stops():
    _, replaced = expected("replace", 100, 2000)
    fitted, accumulated = expected("accumulate", 100, 2000)
    assert replaced[-1] == pytest.approx(20)
    assert accumulated[-1] < np.pi**2 / 6 / 100 and accumulated[-1] == pytest.approx(np.pi**2 / 600, rel=0.01)
    assert fitted[-1] > 0.99


def test_a_share_of_real_data_stops_the_wandering():
    _, wandering = expected("replace", 1000, 2000, real_share=0.1)
    assert wandering[-1] == pytest.approx(1 / (1000 * 0.1 * 1.9), rel=0.02)
    assert wandering[-1] == pytest.approx(wandering[-100], rel=1e-9)


def test_everything_scales_with_the_variance_of_the_truth():
    for one, nine in zip(expected("replace", 10, 20, 0.2), expected("replace", 10, 20, 0.2, variance=9), strict=True):
        np.testing.assert_allclose(9 * one, nine)
    small, large = (generations("replace", 10, 20, 50, variance=v) for v in (1, 9))
    np.testing.assert_allclose(9 * small.variances, large.variances)
    np.testing.assert_allclose(3 * small.means, large.means)


def test_same_seed_same_chains():
    first, again, other = (generations("replace", 5, 5, 10, seed=s).variances for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"keep": "refresh"}, "accumulate"),
        ({"n_samples": 1}, "n_samples"),
        ({"n_generations": 0}, "n_generations"),
        ({"n_generations": 1.5}, "n_generations"),
        ({"real_share": 1.5}, "real_share"),
        ({"real_share": np.nan}, "real_share"),
        ({"keep": "accumulate", "real_share": 0.1}, "real_share"),
        ({"variance": 0}, "variance"),
    ],
)
def test_bad_setup_of_the_chains_is_named(change, message):
    setup = {"keep": "replace", "n_samples": 10, "n_generations": 5} | change
    for function in (generations, expected):
        with pytest.raises(ValueError, match=message):
            function(**setup)


# ---- rare things


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
def test_bad_input_of_the_copies_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_dice_of_the_lesson_plan_spread_as_the_page_says():
    page = (Path(__file__).parent.parent / "teaching" / "11-running-out-of-data.md").read_text("utf-8")
    mean_of_six = 35 / 12 / 6  # variance
    first = second = 0.0
    for _ in range(6):
        first, second = first + mean_of_six, (second + 2 * mean_of_six) / 4
    low, high = first**0.5, second**0.5
    assert f"standard deviation of {low:.1f}, the second of {high:.1f}" in page
