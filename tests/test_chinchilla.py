import numpy as np
import pytest
from check_values import RULES, SETS, computed, matching, rows, size, tolerance, value
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scalinglaws import data
from scalinglaws.data import constant
from scalinglaws.laws.training import chinchilla
from scalinglaws.laws.training.chinchilla import PUBLISHED, Chinchilla
from scalinglaws.laws.training.flops import training_flop
from scalinglaws.laws.training.kaplan import Kaplan

MINE = matching(
    r"chin\..*",
    r"hoffmann\..*",
    r"besiroglu\..*",
    r"devries\..*",
    r"overhead\..*",
    but=(r"hoffmann\..*\.(FLOPs|tokens)", r"devries\.printed.*"),
)
PRINTED_ROWS = [name.removesuffix(".FLOPs") for name in matching(r"hoffmann\.approach\d\.\w+\.FLOPs")]

FIELDS = ("E", "A", "B", "alpha", "beta")

exponents = st.floats(0.05, 1.5)
scales = st.floats(np.log(1e-1), np.log(1e6)).map(np.exp)
laws = st.builds(Chinchilla, E=st.just(0.0) | st.floats(0.1, 3.0), A=scales, B=scales, alpha=exponents, beta=exponents)
budgets = st.floats(np.log(1e15), np.log(1e30)).map(np.exp)
exactly = settings(deadline=None, max_examples=150)


# ---- every published figure


@pytest.mark.parametrize("name", MINE)
def test_published_figure_is_recomputed(name):
    assert computed(name) == pytest.approx(value(name), rel=0, abs=tolerance(name))


def test_every_figure_of_the_list_has_a_formula():
    without = {name for name in rows() if not any(pattern.fullmatch(name) for pattern, _ in RULES)}
    assert without == set(matching(r"hoffmann\.approach\d\.\w+\.(FLOPs|tokens)"))


@pytest.mark.parametrize("row", PRINTED_ROWS)
def test_printed_budgets_are_6nd_but_for_the_five_known_rows(row):
    ratio = value(f"{row}.FLOPs") / training_flop(size(row.split(".")[2]), value(f"{row}.tokens"))
    known = {
        "hoffmann.approach1.67B": 0.955,  # 1.5T is rounded from 1.43T
        "hoffmann.approach2.280B": 0.989,
        "hoffmann.approach3.67B": 1.037,
        "hoffmann.approach3.175B": 0.1,  # misprint: 1.26e24 for 1.26e25
        "hoffmann.approach3.280B": 1.042,
    }
    assert ratio == pytest.approx(known.get(row, 1.0), abs=0.0005 if row in known else 0.0101)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("hoffmann2022", 1.57, 2.23), ("hoffmann2022_tex", 1.02, 1.19), ("devries2023", 0.94, 1.081)],
)
def test_only_less_rounded_exponents_come_near_the_printed_third_approach(name, low, high):
    printed_rows = [row for row in PRINTED_ROWS if "approach3" in row and "175B" not in row]
    printed = np.array([value(f"{row}.FLOPs") for row in printed_rows])
    ours = Chinchilla.published(name).optimum_of([size(row.split(".")[2]) for row in printed_rows]).compute_flop
    assert len(printed) == 8
    assert ((low < ours / printed) & (ours / printed < high)).all()


@pytest.mark.parametrize("k", [0.75, 0.5, 0.4, 0.3, 0.25])
def test_printed_overheads_of_de_vries_come_out_within_three_per_cent_of_the_compute(k):
    printed = constant(f"devries2023.overhead_{100 * k:.0f}")
    assert 1 + Chinchilla.published("devries2023").overhead(k) == pytest.approx(1 + printed, rel=0.03)
    if (row := f"devries.printed_overhead.k{k}") in rows():
        assert printed == value(row) == computed(row)


def test_hard_limits_are_the_printed_ones():
    assert Chinchilla.published("devries2023").smallest_ratio == pytest.approx(0.097, abs=5e-4)
    assert Chinchilla.published("besiroglu2024").smallest_ratio == pytest.approx(0.146, abs=5e-4)


@pytest.mark.parametrize("name", [f"{key}.{field}" for key in SETS.values() for field in FIELDS])
def test_one_altered_constant_is_caught(name, monkeypatch):
    """In memory, by a thousandth: some figure of the list besides the constant itself must fail."""
    key = next(short for short, long in SETS.items() if name.startswith(f"{long}."))
    names = matching(rf"chin\.{key}\..*")
    assert all(abs(computed(n) - value(n)) <= tolerance(n) for n in names)
    monkeypatch.setitem(data._constants(), name, constant(name) * 1.001)
    assert sum(abs(computed(n) - value(n)) > tolerance(n) for n in names) > 1


def test_rounding_of_the_exponents_moves_the_optimum_at_gophers_budget_by_a_fifth():
    budget = constant("hoffmann2022.gopher.compute_flop")
    rounded = Chinchilla.published("hoffmann2022").optimum(budget).n_params
    unrounded = Chinchilla.published("hoffmann2022_tex").optimum(budget).n_params
    assert rounded / unrounded == pytest.approx(0.80, abs=0.005)
    assert round(unrounded / 1e9) == round(constant("hoffmann2022.approach3.n_params_gopher") / 1e9)


def test_claim_ten_times_larger_model_needs_a_hundred_times_the_compute():
    law = Chinchilla.published("besiroglu2024")
    growth = law.optimum([1e25, 16e25, 50e25]).n_params
    assert 4 < growth[1] / growth[0] < growth[2] / growth[0] < 7.5


def test_kaplan_and_hoffmann_disagree_at_gophers_budget_by_a_factor_of_ten():
    budget = constant("hoffmann2022.gopher.compute_flop")
    kaplan = Kaplan.published().optimum(budget / 2).n_params
    assert kaplan == pytest.approx(4.85e11, rel=0.002)
    assert kaplan / Chinchilla.published("hoffmann2022_tex").optimum(budget).n_params > 10


# ---- the optimum


def residual(law, n_params, n_tokens):
    """Return how far the two weighed reducible terms are from balance, relative: zero at the optimum of C = 6ND."""
    return law.alpha * law.A * n_params**-law.alpha / (law.beta * law.B * n_tokens**-law.beta) - 1


@exactly
@given(laws, budgets)
def test_closed_form_is_the_numeric_minimum(law, compute_flop):
    """The reducible loss to 1e-9 by golden sections; the size to 1e-9 by the root of the slope."""
    from scipy.optimize import brentq, minimize_scalar

    law = Chinchilla(0, law.A, law.B, law.alpha, law.beta)  # E moves nothing, but would hide digits
    best = law.optimum(compute_flop)
    assert best.loss == pytest.approx(law.frontier(compute_flop), rel=1e-11)

    def valley(u):
        return float(law.isoflop(compute_flop, best.n_params * np.exp(u)))

    found = minimize_scalar(valley, bracket=(-2, 1, 3), method="golden", options={"xtol": 1e-9})
    assert best.loss == pytest.approx(found.fun, rel=1e-9)
    assert abs(found.x) < 1e-6

    def slope(u):
        n_params = best.n_params * np.exp(u)
        return residual(law, n_params, compute_flop / (6 * n_params))

    assert abs(brentq(slope, -1.3, 1.7, xtol=1e-13, rtol=1e-14)) < 1e-9


@exactly
@given(laws, budgets)
def test_optimum_spends_the_budget_and_balances_the_terms(law, compute_flop):
    best = law.optimum(compute_flop)
    assert 6 * best.n_params * best.n_tokens == pytest.approx(compute_flop, rel=1e-11)
    assert residual(law, best.n_params, best.n_tokens) == pytest.approx(0, abs=1e-10)
    assert best.tokens_per_param == pytest.approx(law.tokens_per_param(compute_flop), rel=1e-15)


@exactly
@given(laws, budgets, st.floats(1.01, 100.0))
def test_more_compute_lowers_the_loss_along_the_frontier_by_its_exponent(law, compute_flop, ratio):
    less, more = law.frontier(compute_flop) - law.E, law.frontier(compute_flop * ratio) - law.E
    assume(less > 1e-6 * (law.E + 1e-30))
    assert more < less
    assert more / less == pytest.approx(ratio**-law.frontier_exponent, rel=1e-12 * (1 + law.E / more))
    assert law.optimum(compute_flop).loss == pytest.approx(law.frontier(compute_flop), rel=1e-11)


@exactly
@given(laws, budgets, st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_units_of_size_and_tokens_do_not_matter(law, compute_flop, per_param, per_token):
    other = Chinchilla(law.E, law.A * per_param**law.alpha, law.B * per_token**law.beta, law.alpha, law.beta)
    best, same = law.optimum(compute_flop), other.optimum(compute_flop * per_param * per_token)
    assert same.n_params == pytest.approx(best.n_params * per_param, rel=1e-9)
    assert same.n_tokens == pytest.approx(best.n_tokens * per_token, rel=1e-9)
    assert same.loss == pytest.approx(best.loss, rel=1e-9)


@exactly
@given(laws, st.floats(1e6, 1e13), st.floats(1e8, 1e15))
def test_more_parameters_or_tokens_never_raise_the_loss(law, n_params, n_tokens):
    assert law.E <= law.loss(2 * n_params, n_tokens) <= law.loss(n_params, n_tokens)
    assert law.loss(n_params, 2 * n_tokens) <= law.loss(n_params, n_tokens)


@exactly
@given(laws, budgets)
def test_inverses_come_back(law, compute_flop):
    best = law.optimum(compute_flop)
    assert law.optimum_of(best.n_params).compute_flop == pytest.approx(compute_flop, rel=1e-10)
    gap = best.loss - law.E
    assume(gap > 1e-4 * best.loss)
    exact = 1e-11 * best.loss / gap / law.frontier_exponent
    assert law.compute_for(best.loss) == pytest.approx(compute_flop, rel=exact)
    own = law.B * best.n_tokens**-law.beta
    exact = 1e-11 * best.loss / own / law.beta
    assert law.tokens_for(best.loss, best.n_params) == pytest.approx(best.n_tokens, rel=exact + 1e-11)


@exactly
@given(laws, budgets, st.floats(1.0, 5.0))
def test_overhead_reaches_the_loss_of_the_optimum_at_any_size_above_the_limit(law, compute_flop, above):
    best = law.optimum(compute_flop)
    ratio = 1 - (1 - law.smallest_ratio) / (1 + above)
    assume(ratio > law.smallest_ratio * (1 + 1e-6))
    n_tokens = best.n_tokens * law.tokens_factor(ratio)
    assert law.loss(best.n_params * ratio, n_tokens) == pytest.approx(best.loss, rel=1e-9)
    spent = 6 * best.n_params * ratio * n_tokens
    assert law.overhead(ratio) == pytest.approx(spent / compute_flop - 1, rel=1e-9, abs=1e-9)
    assert law.overhead(ratio) >= -1e-12
    assert law.overhead(1.0) == 0


# ---- the valley around it


@settings(deadline=None)
@given(
    st.floats(0.1, 0.9),
    st.floats(0.1, 0.9),
    st.floats(0.2, 5),
    st.floats(1e2, 1e4),
    st.floats(1e2, 1e4),
    st.floats(18, 26),
)
def test_the_factors_are_those_of_the_law_whatever_its_scales_and_budget(alpha, beta, size_ratio, A, B, power):
    law, compute = Chinchilla(E=0, A=A, B=B, alpha=alpha, beta=beta), 10**power
    reached = law.isoflop(compute, size_ratio * law.optimum(compute).n_params)
    assert chinchilla.loss_factor(size_ratio, alpha, beta) == pytest.approx(reached / law.frontier(compute), rel=1e-9)
    assert chinchilla.compute_factor(size_ratio, alpha, beta) == pytest.approx(
        compute / law.compute_for(reached), rel=1e-7
    )


@settings(deadline=None)
@given(st.floats(0.1, 0.9), st.floats(0.1, 0.9), st.floats(-0.01, 0.01))
def test_the_bottom_is_a_parabola_of_half_the_sum_of_the_exponents(alpha, beta, log_ratio):
    price = chinchilla.compute_factor(np.exp(log_ratio), alpha, beta) - 1
    assert price == pytest.approx((alpha + beta) / 2 * log_ratio**2, rel=0.02, abs=1e-12)


@settings(deadline=None)
@given(st.floats(0.1, 0.9), st.floats(0.1, 0.9), st.floats(0.2, 5))
def test_no_size_is_cheaper_than_the_best(alpha, beta, size_ratio):
    assert chinchilla.compute_factor(1, alpha, beta) == pytest.approx(1, abs=1e-14)
    assert chinchilla.loss_factor(size_ratio, alpha, beta) >= 1 - 1e-14


@pytest.mark.parametrize("size_ratio", [0.5, 0.8, 2.0, 4.0])
def test_overhead_is_the_same_price_told_for_the_loss_that_is_reached(size_ratio):
    law = Chinchilla.published("hoffmann2022_tex")
    factor = chinchilla.compute_factor(size_ratio, law.alpha, law.beta)
    assert law.overhead(size_ratio * factor**law.a) == pytest.approx(factor - 1, rel=1e-10)


def test_half_the_size_costs_a_sixth_more_compute():
    for name, price in (("hoffmann2022_tex", 0.163), ("besiroglu2024", 0.184)):
        law = Chinchilla.published(name)
        assert chinchilla.compute_factor(0.5, law.alpha, law.beta) - 1 == pytest.approx(price, abs=5e-4)


# ---- input and output


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_sets_are_the_constants(name):
    law = Chinchilla.published(name)
    assert [getattr(law, field) for field in FIELDS] == [constant(f"{name}.{field}") for field in FIELDS]


def test_logarithms_and_values_of_muennighoff_agree():
    for field in "EAB":
        from_log = np.exp(constant(f"muennighoff2023.ln_{field}"))
        assert constant(f"muennighoff2023.{field}") == pytest.approx(from_log, rel=1e-15)


def test_unknown_set_lists_the_known():
    with pytest.raises(ValueError, match=r"hoffmann2022, hoffmann2022_tex, besiroglu2024.*got 'hoffman2022'"):
        Chinchilla.published("hoffman2022")


@pytest.mark.parametrize("shape", [(), (4,), (2, 3), (2, 1, 3)])
def test_any_shape_comes_back_element_by_element(shape):
    law = Chinchilla.published("hoffmann2022_tex")
    compute_flop = 10 ** np.linspace(18, 26, int(np.prod(shape))).reshape(shape)
    best = law.optimum(compute_flop)
    for field in ("n_params", "n_tokens", "loss", "compute_flop", "tokens_per_param"):
        assert np.shape(getattr(best, field)) == shape
    if shape:
        last = law.optimum(compute_flop.flat[-1])
        assert best.n_params.flat[-1] == pytest.approx(last.n_params, rel=1e-14)
    assert np.shape(law.isoflop(compute_flop, 1e9)) == shape


def test_slices_broadcast_budgets_against_sizes():
    law, sizes = Chinchilla.published("besiroglu2024"), np.geomspace(1e8, 1e11, 200)
    valley = law.isoflop(np.array([[1e20], [1e22]]), sizes)
    assert valley.shape == (2, 200)
    bottom = sizes[valley.argmin(axis=1)]
    assert bottom == pytest.approx(law.optimum([1e20, 1e22]).n_params, rel=0.02)


def test_no_floor_is_allowed_and_the_frontier_is_then_a_straight_line():
    law = Chinchilla(E=0, A=400, B=400, alpha=0.3, beta=0.3)
    assert law.frontier(1e24) / law.frontier(1e20) == pytest.approx(1e4**-0.15, rel=1e-12)


BAD = [-1, 0, np.nan, np.inf, [1, 2], "x"]


@pytest.mark.parametrize(("field", "bad"), [(f, bad) for f in FIELDS for bad in BAD if (f, bad) != ("E", 0)])
def test_bad_parameter_is_named(field, bad):
    with pytest.raises(ValueError, match=f"^{field} must be"):
        Chinchilla(**({"E": 1.7, "A": 400, "B": 400, "alpha": 0.34, "beta": 0.28} | {field: bad}))


METHODS = {
    "loss": ["n_params", "n_tokens"],
    "isoflop": ["compute_flop", "n_params"],
    "optimum": ["compute_flop"],
    "optimum_of": ["n_params"],
    "tokens_per_param": ["compute_flop"],
    "frontier": ["compute_flop"],
    "compute_for": ["loss"],
    "tokens_for": ["loss", "n_params"],
    "tokens_factor": ["size_ratio"],
    "overhead": ["size_ratio"],
}


@pytest.mark.parametrize(("method", "argument"), [(m, a) for m, names in METHODS.items() for a in names])
@pytest.mark.parametrize("bad", [0, -2.5, np.nan, np.inf, [3.0, -2.5], [], "many"])
def test_bad_argument_is_named_with_its_value(method, argument, bad):
    good = {name: 3.0 if name in ("loss", "size_ratio") else 1e10 for name in METHODS[method]}
    with pytest.raises(ValueError, match=f"^{argument} must be positive and finite, got"):
        getattr(Chinchilla.published("besiroglu2024"), method)(**(good | {argument: bad}))


def test_loss_at_or_below_the_floor_is_refused():
    with pytest.raises(ValueError, match=r"^loss must be above the irreducible loss E = 1.8172, got 1.8"):
        Chinchilla.published("besiroglu2024").compute_for([2.0, 1.8])


def test_loss_out_of_reach_of_a_size_and_size_below_the_limit_are_refused():
    law = Chinchilla.published("besiroglu2024")
    with pytest.raises(ValueError, match="out of reach for n_params"):
        law.tokens_for(2.0, 1e8)
    with pytest.raises(ValueError, match=r"^size_ratio must be above 0.146\d, got 0.1"):
        law.overhead([0.5, 0.1])


def test_names_are_short():
    assert repr(Chinchilla.published("muennighoff2023")) == (
        "Chinchilla(E=1.86914, A=520.825, B=1487.72, alpha=0.35266, beta=0.35266)"
    )
    many = repr(Chinchilla.published("muennighoff2023").optimum([1e20, 1e22]))
    assert "shape (2,)" in many
    assert len(many) < 250


def test_bare_functions_agree_with_the_class():
    law, flop = Chinchilla.published("hoffmann2022"), np.geomspace(1e18, 1e26, 9)
    assert np.array_equal(law.frontier(flop), chinchilla.frontier_loss(flop, law.E, law.A, law.B, law.alpha, law.beta))
    assert np.array_equal(
        law.optimum(flop).n_params, chinchilla.optimal_params(flop, law.A, law.B, law.alpha, law.beta)
    )
