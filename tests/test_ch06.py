"""Laws of other models against published numbers, and what chapter 6, its claims and its teaching page state in words."""

import csv
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws import Chinchilla, constant, load
from scalinglaws.laws.training import mixtures
from scalinglaws.laws.training.chinchilla import frontier_exponent

CHECKS = list(
    csv.DictReader((Path(__file__).parent / "data" / "checks_06.csv").read_text(encoding="utf-8").splitlines())
)
DISTIL = mixtures.Distillation.published()
DENSE = mixtures.mixture_law(1)


def usable(bits):
    factors = [
        mixtures.precision_share(bits, constant(f"kumar2024.gamma_{x}"), constant(f"kumar2024.n_{x}"))
        for x in ("w", "act", "kv")
    ]
    return np.prod(factors, axis=0)


def worth(experts, compute):
    return DENSE.compute_for(mixtures.mixture_law(experts).frontier(compute)) / compute


def taught(teacher, n_params=1e9, n_tokens=1.28e11):
    return DISTIL.with_teacher(DISTIL.alone(teacher, 20 * teacher), n_params, n_tokens)


def slope(images, test):
    table = load("clip_zero_shot")
    compute = table["samples_seen"] * table["gmacs"]
    mine = table["images"] == images
    return np.polyfit(np.log(compute[mine]), np.log(1 - table[test][mine]), 1)[0]


def early(name):
    rows = load("size_data_exponents")
    return next(row for row in rows if row["model"] == name)


def gain_at_fixed_data(n_active):
    return DENSE.loss(n_active, 1.3e11) - mixtures.mixture_law(8).loss(n_active, 1.3e11)


COMPUTED = {
    **{
        f"experts.{e}.{c:.0e}.{what}": (lambda e=e, c=c, what=what: getattr(mixtures.mixture_law(e).optimum(c), what))
        for e in (1, 8, 32)
        for c in (1e20, 1e22)
        for what in ("n_params", "n_tokens", "loss")
    },
    **{f"experts.{e}.{c:.0e}.worth": (lambda e=e, c=c: worth(e, c)) for e in (2, 8, 32) for c in (1e20, 1e25)},
    **{f"experts.8.fixed_data.{n:.0e}": (lambda n=n: gain_at_fixed_data(n)) for n in (1e8, 1e10, 1e12)},
    "alone.1e9.2e10": lambda: DISTIL.alone(1e9, 2e10),
    "alone.7e9.1.4e11": lambda: DISTIL.alone(7e9, 1.4e11),
    "taught.1e9": lambda: taught(1e9),
    "taught.8.76e9": lambda: taught(8.7594e9),
    "taught.1e11": lambda: taught(1e11),
    **{f"bits.{p}": (lambda p=p: usable(p)) for p in (4, 8, 16)},
    "early.allocation": lambda: (
        early("early fusion")["beta"] / sum(early("early fusion")[x] for x in ("alpha", "beta"))
    ),
    "late.allocation": lambda: early("late fusion")["beta"] / sum(early("late fusion")[x] for x in ("alpha", "beta")),
    "clip.LAION-80M": lambda: slope("LAION-80M", "imagenet_top1"),
    "clip.LAION-2B": lambda: slope("LAION-2B", "imagenet_top1"),
    "clip.WIT.imagenet": lambda: slope("CLIP-WIT", "imagenet_top1"),
    "clip.WIT.coco": lambda: slope("CLIP-WIT", "coco_recall5"),
}


@pytest.mark.parametrize("row", CHECKS, ids=lambda row: row["name"])
def test_the_laws_give_what_an_independent_computation_gave(row):
    assert COMPUTED[row["name"]]() == pytest.approx(float(row["value"]), abs=float(row["tolerance"]))


def test_every_check_is_used():
    assert {row["name"] for row in CHECKS} == set(COMPUTED)


def test_the_law_of_experts_gives_the_printed_constants_of_each_number_of_experts():
    table = load("size_data_exponents")
    for row in table.where(table["source"] == "ludziejewski2025"):
        experts = 1 if "dense" in row["model"] else int(row["model"].split()[1])
        law = mixtures.mixture_law(experts)
        assert (law.alpha, law.beta) == pytest.approx((row["alpha"], row["beta"]), abs=2e-4)
        assert row["floor"] == law.E


@pytest.mark.parametrize(
    ("compute", "experts", "n_active", "n_tokens"),
    [  # Ludziejewski et al. 2025, Table 1
        (1e20, 1, 1.7e9, 9.7e9),
        (1e20, 32, 6.69e8, 2.49e10),
        (1e21, 4, 4.4e9, 3.8e10),
        (1e22, 8, 1.44e10, 1.158e11),
        (1e22, 32, 1.22e10, 1.369e11),
    ],
)
def test_the_best_plans_are_the_printed_ones_within_two_per_cent(compute, experts, n_active, n_tokens):
    best = mixtures.mixture_law(experts).optimum(compute)
    assert best.n_params == pytest.approx(n_active, rel=0.02) and best.n_tokens == pytest.approx(n_tokens, rel=0.02)


@given(st.floats(1, 500), st.floats(1, 500))
def test_more_experts_count_for_more_and_never_for_more_than_the_limit(one, other):
    few, many = sorted((one, other))
    start, limit = constant("ludziejewski2025.E_start"), constant("ludziejewski2025.E_max")
    counted = [mixtures.effective_experts(e, start, limit) for e in (1, few, many)]
    assert counted[0] == pytest.approx(start) and start * 0.999999 <= counted[1] <= counted[2] < limit


@given(st.floats(19, 25), st.integers(2, 32))
def test_along_the_frontier_the_gain_rises_in_dense_compute_and_falls_in_nats_from_1e20_on(power, experts):
    law, compute = mixtures.mixture_law(experts), np.array([10**power, 1.1 * 10**power])
    gain = DENSE.frontier(compute) - law.frontier(compute)
    assert np.diff(worth(experts, compute))[0] > 0
    assert gain[1] < gain[0] or power < (20 if experts < 4 else 19.1)


def test_a_dense_model_holds_what_is_active_and_a_mixture_more():
    assert mixtures.total_over_active(1) == 1 and mixtures.total_over_active(8) == pytest.approx(76 / 13)


@given(st.floats(8, 12), st.floats(8.5, 10), st.floats(0.7, 2.7))
def test_no_student_gets_below_its_teacher_and_a_hopeless_teacher_is_copied(teacher, student, ratio):
    n_params = 10**student
    its_loss = DISTIL.alone(10**teacher, 20 * 10**teacher)
    assert DISTIL.with_teacher(its_loss, n_params, n_params * 10**ratio) >= its_loss


def test_a_teacher_that_is_too_good_eats_most_of_the_gain_but_not_with_little_text():
    teachers = np.logspace(9, 12, 3001)
    alone, best = DISTIL.alone(1e9, 1.28e11), taught(teachers).min()
    assert (taught(1e11) - best) / (alone - best) == pytest.approx(0.85, abs=0.005)
    assert teachers[taught(teachers).argmin()] == pytest.approx(8.76e9, rel=0.02)
    gain = DISTIL.alone(1e9, 2e10) - taught(teachers, n_tokens=2e10).min()
    assert gain == pytest.approx(4 * (alone - best), rel=0.03)
    assert taught(1e11, n_tokens=2e10) - taught(teachers, n_tokens=2e10).min() < 0.001
    assert taught(1e11, n_tokens=5e11) > DISTIL.alone(1e9, 5e11)


def test_within_the_printed_digits_a_teacher_that_is_too_good_costs_most_or_all_of_the_gain():
    last = {"E": 3, "A": 0, "B": 0, "alpha": 3, "beta": 3, "gamma": 3, "c0": 3, "c1": 1, "f1": 3, "d1": 3}
    rng, teachers, gains, lost = np.random.default_rng(2), np.logspace(9, 11, 81), [], []
    for _ in range(1500):
        drawn = [
            {n: v + rng.uniform(-0.5, 0.5) * 10.0 ** -last[n] for n, v in values.items()}
            for values in (DISTIL.supervised, DISTIL.taught)
        ]
        law = mixtures.Distillation(*drawn)
        students = law.with_teacher(law.alone(teachers, 20 * teachers), 1e9, 1.28e11)
        gains.append(law.alone(1e9, 1.28e11) - students.min())
        lost.append((students[-1] - students.min()) / gains[-1])
    assert np.quantile(gains, [0.025, 0.975]) == pytest.approx([0.025, 0.035], abs=6e-4)
    assert np.quantile(lost, [0.025, 0.975]) == pytest.approx([0.69, 1.06], abs=0.03)


def test_seven_bits_are_best_and_six_to_almost_nine_cost_less_than_a_twentieth():
    bits = np.linspace(3.5, 20, 16_501)
    score = usable(bits) / bits
    near = bits[score > 0.95 * score.max()]
    assert (bits[score.argmax()], near[0], near[-1]) == pytest.approx((7.0, 5.86, 8.63), abs=0.01)


def test_the_law_of_vision_is_flat_at_both_ends():
    for kind in ("fine_tuned", "ten_shot"):
        law = {name: constant(f"zhai2022.{kind}.{name}") for name in ("scale", "exponent", "shift", "floor")}
        assert mixtures.saturating_error(0, **law) == pytest.approx(
            law["scale"] * law["shift"] ** -law["exponent"] + law["floor"]
        )
        assert mixtures.saturating_error(1e30, **law) == pytest.approx(law["floor"], abs=1e-6)


def test_ten_times_the_model_is_worth_about_a_hundred_times_the_own_data():
    fitted = {name: constant(f"hernandez2021.text_python.{name}") for name in ("k", "alpha", "beta")}
    for own, size in ((1e5, 1e7), (1e6, 1e9)):
        both = mixtures.transferred_data(own, 10 * size, **fitted), mixtures.transferred_data(129 * own, size, **fitted)
        assert both[0] == pytest.approx(both[1], rel=0.005)


@given(st.floats(0.05, 1), st.floats(0.05, 1), st.floats(0.2, 5))
def test_a_common_factor_in_both_exponents_leaves_the_plan_and_scales_the_pace(alpha, beta, factor):
    one, other = Chinchilla(1, 1, 1, alpha, beta), Chinchilla(1, 1, 1, factor * alpha, factor * beta)
    assert other.a == pytest.approx(one.a)
    assert other.frontier_exponent == pytest.approx(factor * one.frontier_exponent)


def test_shuffled_cards_spread_their_allocations_as_the_lesson_plan_says():
    table = load("size_data_exponents")
    seven = table.where(table["source"] == "aghajanyan2023")
    rng = np.random.default_rng(0)
    pairs = rng.permuted(np.tile(seven["beta"], (20_000, 1)), axis=1)
    spread = np.ptp(pairs / (seven["alpha"] + pairs), axis=1)
    assert np.quantile(spread, [0.05, 0.95]) == pytest.approx([0.25, 0.48], abs=0.005)


def test_rounding_blurs_an_allocation_by_a_hundredth_or_two():
    table = load("size_data_exponents")
    seven = table.where(table["source"] == "aghajanyan2023")
    rng = np.random.default_rng(0)
    alpha, beta = (seven[x] + rng.uniform(-0.005, 0.005, (20_000, 7)) for x in ("alpha", "beta"))
    half = np.ptp(np.quantile(beta / (alpha + beta), [0.025, 0.975], axis=0), axis=0) / 2
    assert half.min() > 0.004 and half.max() < 0.02


def test_within_the_printed_digits_four_to_eight_pairings_are_as_narrow():
    table = load("size_data_exponents")
    seven = table.where(table["source"] == "aghajanyan2023")
    rng, orders, narrow = np.random.default_rng(0), np.array(list(permutations(range(7)))), []
    for _ in range(200):
        alpha, beta = (seven[x] + rng.uniform(-0.005, 0.005, 7) for x in ("alpha", "beta"))
        spread = np.ptp(beta[orders] / (alpha + beta[orders]), axis=1)
        narrow.append(np.sum(spread < np.ptp(beta / (alpha + beta)) + 1e-9))
    assert tuple(np.quantile(narrow, [0.025, 0.975])) == (4, 8)


def test_a_mixture_starts_smaller_in_active_size_than_the_dense_model_and_reads_more():
    for compute in (1e19, 1e20, 1e21):
        dense, eight, many = (mixtures.mixture_law(experts).optimum(compute) for experts in (1, 8, 32))
        assert dense.n_params > eight.n_params > many.n_params
        assert dense.n_tokens < eight.n_tokens < many.n_tokens


def test_eight_times_the_text_costs_a_mixture_of_the_same_memory_four_tenths_more_compute():
    assert 8 / mixtures.total_over_active(8) == pytest.approx(1.37, abs=0.005)


def test_the_printed_line_has_the_slope_of_the_printed_law_inside_the_range_of_the_runs():
    row = early("early fusion")
    rate = frontier_exponent(row["alpha"], row["beta"])
    loss = row["floor"] / (1 - row["loss_exponent"] / rate)
    where = (constant("shukor2025.loss_scale") / loss) ** (1 / row["loss_exponent"])
    assert 6 * 3e8 * 5e9 < where < 6 * 4e9 * 4e11
