"""Numbers that chapter 2, its teaching page and its questions state in words, and the laws of its three worlds."""

import csv
from math import gamma
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln, zeta

from scalinglaws import constant, fit, load
from scalinglaws.book import ch02
from scalinglaws.laws.text.copies import zipf
from scalinglaws.laws.training import toys

with open(Path(__file__).parent / "data" / "checks_02.csv", newline="", encoding="utf-8") as file:
    CHECKS = {row["name"]: row for row in csv.DictReader(file)}
COUNTS = load("name_counts")
BY_FILE = load("names_by_file")
MODELS = load("tokens_per_parameter")


def pile(name):
    some = COUNTS.where(COUNTS["pile"] == name)
    return np.repeat(some["times"], some["names"].astype(int))


def slope(x, y):
    return -np.polyfit(np.log(x), np.log(y), 1)[0]


def octave_error(n, alpha, n_octaves=toys.OCTAVES):
    return sum(toys.octave_share(n, octave, alpha, n_octaves) for octave in range(toys.OCTAVES))


def spectrum_slope(low, high, a, noise, b=1.5):
    n, error = toys.spectrum_curve(*toys.spectrum_sums(np.geomspace(1, 1e-9, 3000), a, b), noise)
    ends = np.exp(np.interp(np.log([low, high]), np.log(n), np.log(error)))
    return slope([low, high], ends)


def computed(name):
    """What the laws give for a row of the checks."""
    parts = name.split(".")
    if name.startswith("zipf.alpha0.34"):
        return slope([1e5, 1e6], toys.unseen_share(zipf(10**4, 1.34), [1e5, 1e6]))
    if name == "zipf.alpha1.prefactor":
        return zeta(2) ** -0.5 * gamma(0.5) / 2
    if name == "zipf.alpha1.V1e6.E_n1e4":
        return toys.unseen_share(zipf(10**6, 2), 1e4)
    if parts[0] == "zipf":
        alpha = float(name[len("zipf.alpha") : name.index(".", 12)])
        n = np.geomspace(1e3, 1e4, 5)
        return (
            alpha / (1 + alpha) if name.endswith("theory") else slope(n, toys.unseen_share(zipf(10**6, 1 + alpha), n))
        )
    if name == "spectrum.a2.noise1.slope_1000_3000":
        return spectrum_slope(1000, 3000, 2, 1)
    if parts[0] == "spectrum":
        return spectrum_slope(300, 1000, float(name[len("spectrum.a") : name.index(".b")]), 0)
    if name == "manifold.d_from_kaplan_alphaN":
        return 4 / constant("kaplan2020.alpha_N")
    if parts[0] == "manifold":
        d = float(name[len("manifold.d") : name.index(".nn")])
        return 1 - toys.sheet_error(10.0, d, 0.5)
    model = {"gpt3": "GPT-3 175B", "chinchilla": "Chinchilla 70B", "llama3_8b": "Llama 3-8B"}[parts[-1]]
    one = MODELS.where(MODELS["model"] == model)
    return np.sqrt(one["n_params"][0] / one["n_tokens"][0])


@pytest.mark.parametrize("name", CHECKS)
def test_the_laws_give_the_figures_of_the_checks(name):
    row = CHECKS[name]
    assert computed(name) == pytest.approx(float(row["value"]), abs=float(row["tolerance"]))


# ---- the memoriser


@settings(deadline=None, max_examples=30)
@given(st.floats(0.2, 1.5), st.integers(1, toys.OCTAVES))
def test_octaves_hold_everything_before_the_first_example(alpha, n_octaves):
    assert octave_error(0, alpha, n_octaves) == pytest.approx(1)


@settings(deadline=None, max_examples=20)
@given(st.floats(0.3, 1.2), st.integers(3, 12), st.floats(1, 3))
def test_octaves_are_the_memoriser_of_a_list_in_groups(alpha, n_octaves, power):
    groups = [np.full(2**j, 2.0 ** (-j * (1 + alpha))) for j in range(n_octaves)]
    shares = np.concatenate(groups)
    shares /= shares.sum()
    n = 10**power
    together = (shares * np.exp(-n * shares)).sum()
    assert octave_error(n, alpha, n_octaves) == pytest.approx(together, rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("alpha", [0.3, 0.5, 1.0, 1.5])
def test_octaves_add_up_to_the_exponent_of_theory(alpha):
    n = np.geomspace(100, 1e4, 30)
    assert slope(n, octave_error(n, alpha)) == pytest.approx(alpha / (1 + alpha), abs=0.01)


def test_the_prefactor_of_the_memoriser_is_the_closed_form():
    measured = toys.unseen_share(zipf(10**6, 2), 1e4) * 100
    assert measured == pytest.approx(float(CHECKS["zipf.alpha1.prefactor"]["value"]), rel=2e-3)


def test_a_finite_list_bends_long_before_its_rarest_item_is_due():
    n = 10.0 ** np.arange(1, 8)
    bends = -np.diff(np.log10(toys.unseen_share(zipf(10**4, 1.34), n)))
    assert bends.round(2).tolist() == [0.27, 0.3, 0.35, 0.5, 1.15, 5.87]
    assert 1 / zipf(10**4, 1.34)[-1] == pytest.approx(782_000, rel=1e-3)


def test_later_decades_of_a_finite_list_lie_further_from_the_theory_of_an_endless_one():
    falls = [slope(n, toys.unseen_share(zipf(10**5, 1.5), n)) for n in np.logspace([1, 3], [4, 6], 13).T]
    assert np.round(falls, 2).tolist() == [0.34, 0.37]


# ---- names


def distinct(counts, n):
    """Exact expected number of different names among the first n of a shuffled pile."""
    total = counts.sum()
    left = np.maximum(total - counts - n, 0)
    logs = gammaln(total - counts + 1) - gammaln(left + 1) - gammaln(total + 1) + gammaln(total - n + 1)
    return len(counts) - np.where(total - counts >= n, np.exp(logs), 0).sum()


def test_the_piles_are_as_large_as_the_chapter_says():
    assert [(int(pile(name).sum()), len(pile(name))) for name in ("top", "all")] == [
        (237_683, 12_838),
        (502_391, 24_570),
    ]


def test_the_exponents_of_a_shuffled_pile_are_those_of_the_exact_sum():
    n = np.array([1e3, 3e3, 1e4, 3e4, 1e5])
    for name, local in (("top", [0.28, 0.36, 0.51, 0.87]), ("all", [0.25, 0.29, 0.38, 0.60])):
        rate = [distinct(pile(name), m + 1) - distinct(pile(name), m) for m in n]
        assert -np.diff(np.log(rate)) / np.diff(np.log(n)) == pytest.approx(local, abs=0.006)


@pytest.mark.parametrize("name", ["top", "all"])
def test_a_list_that_ends_with_the_pile_bends_as_the_pile_does(name):
    """Exact sums for the pile, over all orders; the list has its alpha and its number of names, and nothing else."""
    n = np.array([1e3, 3e3, 1e4, 3e4, 1e5])
    rate = np.array([distinct(pile(name), m + 1) - distinct(pile(name), m) for m in n])
    ended = toys.unseen_share(zipf(len(pile(name)), 1.06), n)
    assert np.diff(np.log(ended)) == pytest.approx(np.diff(np.log(rate)), abs=0.035)
    assert ended / rate == pytest.approx(0.92, abs=0.035)


def test_singletons_are_the_next_new_name_in_any_shuffled_pile():
    """Counted over all orders: exactly one name is met once among n, on average, for each that is new at n."""
    counts, n = pile("top"), 10_000
    total = counts.sum()
    logs = gammaln(total - counts + 1) - gammaln(total - counts - n + 2) - gammaln(total + 1) + gammaln(total - n + 1)
    once = (np.where(total - counts >= n - 1, np.exp(logs), 0) * counts * n).sum() / n
    assert once == pytest.approx(distinct(counts, n + 1) - distinct(counts, n), rel=0.01)
    assert once == pytest.approx(0.193, abs=0.001)


def test_file_by_file_singletons_promise_less_than_half_of_what_comes():
    part = BY_FILE.where(BY_FILE["n_read"] == 10_000)
    promised, came = part["once"] / 10_000, part["new_in_next"] / 10_000
    assert len(part["order"]) == 20 and (came / promised).min() > 2
    assert [promised.min(), promised.max()] == pytest.approx([0.011, 0.033], abs=5e-4)
    assert [came.min(), came.max()] == pytest.approx([0.047, 0.086], abs=5e-4)


# ---- the sheet


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 60), st.floats(1, 1e12))
def test_a_smooth_fit_has_twice_the_exponent_of_a_neighbour(d, n):
    assert toys.sheet_error(n, d, 2) == pytest.approx(toys.sheet_error(n, d) ** 2)


def test_kaplans_exponent_is_a_sheet_of_26_or_53_dimensions():
    alpha = constant("kaplan2020.alpha_N")
    assert [round(order / alpha) for order in (2, 4)] == [26, 53]
    assert [round(100 * (1 - 10 ** (-alpha / order))) for order in (2, 4)] == [8, 4]
    assert [2 ** (order / alpha) for order in (2, 4)] == pytest.approx([8.35e7, 6.98e15], rel=0.005)


# ---- the spectrum


@pytest.mark.parametrize(("a", "exact", "noisy"), [(2, 1, 1 / 2), (2.5, 1.5, 3 / 5), (3, 2, 2 / 3), (6, 3, 3 / 4)])
def test_noise_divides_the_exponent_by_a_up_to_the_end_of_the_ridge(a, exact, noisy):
    assert spectrum_slope(3e4, 1e5, a, 0) == pytest.approx(exact, rel=0.01)
    assert spectrum_slope(3e4, 1e5, a, 1) == pytest.approx(noisy, rel=0.02)


def test_without_noise_and_with_it_the_curve_is_the_best_of_all_penalties():
    """Against the self-consistent equation solved for many penalties, mode by mode."""
    k = np.concatenate([np.full(2**j, 2.0**j) for j in range(12)])
    variance, power, noise, n = k**-1.5, k**-2.0, 1.0, 300
    kappa = np.geomspace(1e-3, 1, 1000)[:, None]
    share = variance / (variance + kappa)
    squared, left = (share**2).sum(axis=1), (power * (1 - share) ** 2).sum(axis=1)
    possible = (share.sum(axis=1) <= n) & (squared < n)
    least = ((left + noise * squared / n) / (1 - squared / n))[possible].min()
    x, y = toys.spectrum_curve(*toys.spectrum_sums(np.geomspace(1, 1e-4, 4000), 2.0), noise)
    assert np.exp(np.interp(np.log(n), np.log(x), np.log(y))) == pytest.approx(least, rel=0.01)


def test_the_guess_is_about_a_hundred_examples_and_30_per_cent():
    start = 0.0375
    first, error = toys.spectrum_curve(*toys.spectrum_sums(start, 2.0), 1.0)
    assert first == pytest.approx(100, rel=0.02)
    x, y = toys.spectrum_curve(*toys.spectrum_sums(np.geomspace(start, start / 1000, 2000), 2.0), 1.0)
    left = np.exp(np.interp(np.log(10 * first), np.log(x), np.log(y))) / error
    assert left == pytest.approx(0.30, abs=0.005)
    assert ch02.guess_noise(2.0, 1.5, 1.0, start).text.endswith("passes at 0.30 there.")


def test_random_features_learn_noisy_answers_with_half_the_exponent():
    n = [20, 40, 80, 160]
    for noise, exponent in ((0, 1), (1, 0.5)):
        world = toys.World(1.0, n_modes=1200, noise=noise)
        assert slope(n, toys.scan(world, n, 800, "n_examples")) == pytest.approx(exponent, abs=0.12)


def test_a_world_refuses_negative_noise():
    with pytest.raises(ValueError, match="noise must be zero or positive"):
        toys.World(noise=-1)


# ---- which world


@pytest.mark.parametrize(
    ("source", "budget", "alpha", "beta"),
    [("stdlib", 1e10, 0.42, 0.52), ("stdlib", 3e12, 0.17, 0.19), ("hash", 3e11, 0.55, 0.27)],
)
def test_the_exponents_of_the_runs_are_near_the_medians_of_the_chapter(source, budget, alpha, beta):
    runs = load("runs")
    some = runs.where((runs["kind"] == "isoflop") & (runs["status"] == "ok") & (runs["corpus"] == source))
    some = some.where(some["budget_flop"] <= budget)
    law = fit.fit_chinchilla(some["n_params"], some["n_tokens"], some["loss"]).law
    assert (law.alpha, law.beta) == pytest.approx((alpha, beta), abs=0.006)


def test_the_exponents_quoted_beside_the_memoriser_are_the_published_ones():
    assert constant("hoffmann2022_tex.beta") == pytest.approx(0.285, abs=5e-4)
    assert constant("besiroglu2024.beta") == pytest.approx(0.366, abs=5e-4)
    assert [constant(f"besiroglu2024.{name}_se") for name in ("alpha", "beta")] == [0.02, 0.02]


# ---- the teaching page


def test_slips_from_a_hat_are_new_as_often_as_the_lesson_plan_says():
    shares = np.array([8, *[4] * 2, *[2] * 8, *[1] * 32]) / 64
    assert shares.sum() == 1
    new = [float((shares * (1 - shares) ** n).sum()) for n in range(40)]
    parts = [np.mean(new[low:high]) for low, high in ((0, 5), (5, 10), (10, 20), (20, 40))]
    assert np.round(parts, 2).tolist() == [0.93, 0.78, 0.63, 0.44]


# ---- the live figures


@pytest.mark.parametrize(
    "figure", [ch02.crowd(), ch02.guess_noise(2.0, 1.5, 1.0, 0.0375), ch02.sheet(0.076), ch02.two_laws()]
)
def test_every_live_figure_computes_finite_numbers_at_its_start(figure):
    start = {control.param.name: float(control.param.value) for control in figure.controls}
    for rows in figure.rows:
        assert all(np.isfinite(column).all() for column in rows.values(**start).values())
