import numpy as np
import pytest
from data_limits import starting
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.laws.text.copies import zipf
from scalinglaws.laws.training.toys import World, population_loss, scan, unseen_share


def slope(x, y):
    return np.polyfit(np.log(x), np.log(y), 1)[0]


@pytest.mark.parametrize(("name", "value"), starting("hutter."))
def test_error_of_a_memoriser_falls_with_the_published_exponent(name, value):
    beta = 1 + float(name)
    assert 1 - 1 / beta == pytest.approx(value, rel=1e-9)
    assert -slope([1e3, 1e4], unseen_share(zipf(10**6, beta), [1e3, 1e4])) == pytest.approx(value, abs=0.02)


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 12), st.floats(1.2, 3), st.integers(1, 40))
def test_error_of_a_memoriser_is_the_chance_that_the_next_item_is_new(n_items, beta, n_samples):
    shares = zipf(n_items, beta)
    assert unseen_share(shares, n_samples) == pytest.approx(sum(p * (1 - p) ** n_samples for p in shares), rel=1e-9)


def test_error_of_a_memoriser_agrees_with_samples_drawn():
    shares = zipf(50, 1.5)
    seen = np.random.default_rng(0).multinomial(30, shares, size=20_000) > 0
    assert unseen_share(shares, 30) == pytest.approx(np.mean(1 - seen @ shares), abs=0.002)


@pytest.mark.parametrize("alpha", [0.5, 1.0])
@pytest.mark.parametrize("vary", ["n_features", "n_examples"])
def test_the_loss_falls_with_the_exponent_of_the_spectrum(alpha, vary):
    sizes = [16, 32, 64, 128, 200]
    losses = scan(World(alpha, n_modes=2000), sizes, 1000, vary)
    assert -slope(sizes, losses) == pytest.approx(alpha, rel=0.12)


def test_at_a_fixed_product_both_run_short_together():
    world = World(1.0, n_modes=1500)
    best, ratios = [], [1 / 16, 1 / 4, 1, 4, 16]
    for product in (16**2, 32**2, 64**2, 128**2):
        losses = [population_loss(world, round((product * r) ** 0.5), round((product / r) ** 0.5)) for r in ratios]
        assert 0 < np.argmin(losses) < len(ratios) - 1
        best.append(min(losses))
    assert -slope([16**2, 32**2, 64**2, 128**2], best) == pytest.approx(world.frontier_exponent, rel=0.15)


def test_the_closed_form_is_the_loss_on_a_large_test_set():
    world = World(1.0, n_modes=60, n_teachers=3)
    closed = population_loss(world, 12, 40, n_ridges=1)
    root = np.sqrt(world.spectrum)
    w = np.random.default_rng([0, 0]).normal(size=(60, 3))
    f = np.random.default_rng([0, 1]).normal(size=(60, 12)) / np.sqrt(12)
    x = np.random.default_rng([0, 2]).normal(size=(40, 60)) * root
    phi = x @ f
    ridge = np.linalg.norm(phi, 2) ** 2
    theta = np.linalg.solve(phi.T @ phi + ridge * np.eye(12), phi.T @ x @ w)
    fresh = np.random.default_rng(9).normal(size=(200_000, 60)) * root
    assert closed == pytest.approx(((fresh @ w - fresh @ f @ theta) ** 2).mean(), rel=0.02)


def test_averaging_over_many_teachers_takes_out_the_noise_of_one():
    spread = [
        np.std([np.log(population_loss(World(1.0, 400, n, seed), 50, 200)) for seed in range(6)]) for n in (1, 64)
    ]
    assert spread[1] < spread[0] / 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: World(alpha=0), "alpha must be positive"),
        (lambda: unseen_share([0.5, 0.0], 3), "shares must be positive"),
        (lambda: unseen_share([0.5, 0.5], 0), "n_samples must be positive"),
        (lambda: population_loss(World(n_modes=50), 51, 10), "n_features must be at most n_modes = 50, got 51"),
        (lambda: scan(World(n_modes=50), [3], 10, "width"), "vary must be one of"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
