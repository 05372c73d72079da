import numpy as np
import pytest
from data_limits import figures, starting
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.data import constant, load
from scalinglaws.fit import fit_chinchilla
from scalinglaws.laws.text.repetition import (
    DataLimited,
    effective_amount,
    epoch_value,
    matched_params,
    next_token,
    overfitting,
    repeated_loss,
    worth_if_overfitting,
)

LAW = DataLimited.published()
FIELDS = {"A": "A", "B": "B", "E": "E", "alpha": "alpha", "R_D_star": "worth_data", "R_N_star": "worth_params"}
tokens = st.floats(8, 15).map(lambda x: 10**x)
epochs = st.floats(1, 1000)
worths = st.floats(0.5, 100)


@pytest.mark.parametrize("name", FIELDS)
def test_constants_are_those_of_the_paper(name):
    assert getattr(LAW, FIELDS[name]) == pytest.approx(figures()[f"muennighoff.{name}"], rel=1e-9)


@pytest.mark.parametrize(("name", "value"), starting("effective."))
def test_effective_data_of_the_epochs_table(name, value):
    assert effective_amount(1.0, float(name) - 1, LAW.worth_data) == pytest.approx(value, rel=1e-9)
    assert LAW.effective_data(1e9, float(name) * 1e9) == pytest.approx(value * 1e9, rel=1e-9)


@pytest.mark.parametrize(("name", "value"), starting("marginal."))
def test_value_of_the_next_token_of_the_epochs_table(name, value):
    assert next_token(float(name), LAW.worth_data) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(("name", "value"), starting("loss.") + starting("authors_loss."))
def test_loss_is_the_published_one_to_all_its_digits(name, value):
    n_params, n_tokens, unique = _numbers(name)
    assert LAW.loss(n_params, n_tokens, unique) == pytest.approx(value, rel=1e-9)


def test_best_allocation_is_that_of_the_authors_own_grid_search():
    best = LAW.optimum(6 * 8.67e9 * 178e9, 25e9)
    for field in ("n_tokens", "epochs", "n_params"):
        assert getattr(best, field) == pytest.approx(figures()[f"authors_optimum.{field}"], rel=0.005)


@pytest.mark.parametrize(("name", "value"), starting("optimum."))
def test_with_data_to_spare_the_optimum_is_the_ordinary_one(name, value):
    budget, field = name.rsplit(".", 1)
    best = LAW.optimum(float(budget), 1e20)
    assert getattr(best, field) == pytest.approx(value, rel=1e-6 if field == "n_params" else 1e-9)


def test_four_epochs_of_the_8_7_billion_model_cost_under_one_percent_but_more_than_measured():
    assert LAW.rise(8.7e9, 178e9, 44e9) == pytest.approx(0.0069, abs=5e-5)  # measured: 0.005


def test_the_two_readings_of_the_decay():
    for delta, worth in (("geometric.delta_D", LAW.worth_data), ("geometric.delta_N", LAW.worth_params)):
        assert 1 / (1 + worth) == pytest.approx(figures()[delta], abs=6e-4)
    assert 1 / LAW.worth_params == pytest.approx(figures()["geometric.delta_N_printed"], abs=0.005)


@settings(deadline=None)
@given(tokens, epochs, worths)
def test_repeats_are_worth_something_and_never_as_much_as_fresh_tokens(unique, n, worth):
    worth_of_all = effective_amount(unique, n - 1, worth)
    assert unique <= worth_of_all <= unique * min(n, 1 + worth) * (1 + 1e-12)


@settings(deadline=None)
@given(st.integers(2, 100), worths)
def test_value_of_a_pass_is_what_it_adds_and_lies_between_its_first_and_last_token(k, worth):
    added = effective_amount(1.0, k - 1, worth) - effective_amount(1.0, k - 2, worth)
    assert epoch_value(k, worth) == pytest.approx(added, abs=1e-12)
    assert next_token(k, worth) <= epoch_value(k, worth) * (1 + 1e-9) + 1e-15
    assert epoch_value(k, worth) <= next_token(k - 1, worth) * (1 + 1e-9) + 1e-15


@settings(deadline=None)
@given(epochs, worths)
def test_next_token_is_the_slope_of_effective_data(n, worth):
    h = 1e-4 * worth
    slope = (effective_amount(1.0, n - 1 + h, worth) - effective_amount(1.0, n - 1 - h, worth)) / (2 * h)
    assert next_token(n, worth) == pytest.approx(slope, rel=1e-5, abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(st.floats(19, 27), tokens)
def test_optimum_beats_every_other_split_of_the_budget(decades, unique):
    budget = 10**decades
    best = LAW.optimum(budget, unique)
    n_params = best.n_params * np.geomspace(1e-3, 1e3, 2001)
    assert 6 * best.n_params * best.n_tokens == pytest.approx(budget, rel=1e-12)
    assert best.epochs == pytest.approx(best.n_tokens / unique)
    assert best.loss <= LAW.loss(n_params, budget / 6 / n_params, unique).min() * (1 + 1e-9)


@settings(deadline=None, max_examples=60)
@given(st.floats(19, 27), st.floats(0.02, 1))
def test_scarce_data_costs_loss_and_shrinks_the_best_model(decades, share):
    rich = LAW.optimum(10**decades, 1e20)
    unique = share * rich.n_tokens
    poor = LAW.optimum(10**decades, unique)
    assert poor.loss >= rich.loss * (1 - 1e-12)
    assert poor.loss > LAW.limit(unique)
    assert poor.n_params <= rich.n_params * (1 + 1e-6)


def test_no_compute_gets_below_the_limit_and_much_compute_gets_near():
    assert LAW.loss(1e18, 1e18, 1e10) == pytest.approx(LAW.limit(1e10), rel=1e-9)


def test_optimum_of_arrays_is_that_of_their_elements():
    best = LAW.optimum(np.array([[1e20], [1e22]]), np.array([1e9, 1e10, 1e12]))
    assert best.loss.shape == (2, 3)
    assert best.loss[1, 2] == pytest.approx(LAW.optimum(1e22, 1e12).loss, rel=1e-12)


def test_matched_size_is_the_printed_one_per_unique_token():
    ratio = matched_params(1.0, LAW.A, LAW.B, LAW.alpha, LAW.beta)
    assert ratio == pytest.approx(figures()["muennighoff.matched_params"], rel=1e-9)
    assert ratio == pytest.approx(figures()["muennighoff.matched_params_printed"], abs=5e-4)


@settings(deadline=None)
@given(st.floats(1, 200), st.floats(0.01, 1), st.floats(0.2, 1))
def test_fresh_passes_that_a_penalty_leaves_give_the_same_loss(n, data_loss, beta):
    penalty = overfitting(n - 1, 0.1, 0.06, 0.9, 1.1)
    worth = worth_if_overfitting(n, penalty, data_loss, beta)
    assert data_loss / worth**beta == pytest.approx(data_loss / n**beta + penalty, rel=1e-9)
    assert worth <= n * (1 + 1e-12) and worth_if_overfitting(n, 0.0, data_loss, beta) == pytest.approx(n)


def test_penalty_rises_with_repeats_and_size_as_its_exponents_say():
    base = overfitting(3, 0.1, 0.06, 0.9, 1.1)
    assert overfitting(6, 0.1, 0.06, 0.9, 1.1) / base == pytest.approx(2**0.9)
    assert overfitting(3, 0.2, 0.06, 0.9, 1.1) / base == pytest.approx(2**1.1)
    assert overfitting(0, 0.1, 0.06, 0.9, 1.1) == 0


SETUPS = ((220_000, 16), (220_000, 64), (60_000, 64), (60_000, 256))


def _distances(rng=None, setups=SETUPS):
    """Repeats, parameters per character and nats above fresh text, of the shipped runs; seeds averaged or resampled."""
    runs = load("runs")
    runs = runs.where((runs["kind"] == "repeat") & (runs["status"] == "ok"))

    def loss(tag, unique, hidden, epochs):
        same = (runs["variant"] == f"{tag}-u{unique}") & (runs["hidden"] == hidden)
        seeds = runs["loss"][same & (abs(runs["n_tokens"] / unique - epochs) < 0.01)]
        return np.mean(seeds if rng is None else rng.choice(seeds, seeds.size))

    return np.array(
        [
            (n - 1, 225 * hidden / unique, loss("again", unique, hidden, n) - loss("fresh", unique, hidden, n))
            for unique, hidden in setups
            for n in (2, 4, 8, 16, 40)
        ]
    ).T


def _penalty(points):
    """Minimise squares of nats over the logarithm of P, delta and kappa, by Gauss-Newton steps of our own."""
    repeats, size, nats = points
    columns = np.stack([np.ones_like(nats), np.log(repeats), np.log(size)], axis=1)
    theta = np.linalg.lstsq(columns, np.log(np.maximum(nats, 1e-3)), rcond=None)[0]
    for _ in range(100):
        modelled = np.exp(columns @ theta)
        theta += np.linalg.lstsq(modelled[:, None] * columns, nats - modelled, rcond=None)[0]
    return np.exp(theta[0]), *theta[1:]


def test_constants_of_the_penalty_are_those_of_the_shipped_runs():
    points = _distances()
    fitted = _penalty(points)
    for name, value in zip(("P", "delta", "kappa"), fitted, strict=True):
        assert constant(f"repeat_runs.{name}") == pytest.approx(value, rel=1e-3)
    missed = overfitting(*points[:2], *fitted) - points[2]
    assert np.mean(missed**2) ** 0.5 == pytest.approx(0.0245, abs=5e-4)


def test_constants_of_fresh_text_are_those_of_the_runs_that_repeat_nothing():
    runs = load("runs")
    once = runs.where((runs["kind"] == "repeat") & (runs["status"] == "ok") & (runs["epochs"] < 1.01))
    law = fit_chinchilla(once["n_params"], once["n_tokens"], once["loss"]).law
    assert constant("repeat_runs.B") == pytest.approx(law.B, rel=1e-3)
    assert constant("repeat_runs.beta") == pytest.approx(law.beta, rel=1e-3)


def test_interval_over_seeds_is_narrow_and_leaving_the_largest_network_out_is_not():
    rng = np.random.default_rng(1)
    low, high = np.quantile([_penalty(_distances(rng))[1] for _ in range(60)], [0.05, 0.95])
    assert 0.87 < low < high < 0.90
    assert _penalty(_distances(setups=SETUPS[:3]))[1] == pytest.approx(0.55, abs=0.02)


def test_one_exponent_of_the_repeats_is_not_quite_right_the_slope_grows_with_the_size_of_the_network():
    slopes = [
        np.polyfit(np.log(repeats), np.log(nats), 1)[0] for repeats, _, nats in (_distances(setups=[s]) for s in SETUPS)
    ]
    np.testing.assert_allclose(slopes, [0.48, 0.59, 0.74, 1.06], atol=0.01)
    points = _distances()
    factors = overfitting(*points[:2], *_penalty(points)) / points[2]
    assert np.exp(np.abs(np.log(factors)).max()) == pytest.approx(5.1, abs=0.1)


@pytest.mark.parametrize("setup", SETUPS)
def test_penalty_of_three_set_ups_predicts_the_fourth_at_forty_epochs_to_a_half(setup):
    repeats, size, nats = _distances(setups=[setup])[:, -1]
    others = _penalty(_distances(setups=[one for one in SETUPS if one != setup]))
    assert overfitting(repeats, size, *others) == pytest.approx(nats, rel=0.5)


def test_no_worth_of_repeats_describes_the_largest_network():
    runs = load("runs")
    runs = runs.where((runs["variant"] == "again-u60000") & (runs["hidden"] == 256) & (runs["status"] == "ok"))
    once, forty = (runs["loss"][abs(runs["epochs"] - n) < 0.01].mean() for n in (1, 40))
    assert forty > once + 0.9  # the law allows no loss above that of a single pass


@pytest.mark.parametrize("bad", [0, -1, np.nan, np.inf, []])
def test_bad_input_is_named(bad):
    with pytest.raises(ValueError, match="unique"):
        LAW.loss(1e9, 1e10, bad)
    with pytest.raises(ValueError, match="n_params"):
        LAW.loss(bad, 1e10, 1e9)
    with pytest.raises(ValueError, match="compute_flop"):
        LAW.optimum(bad, 1e9)
    with pytest.raises(ValueError, match="worth_data"):
        DataLimited(1.8, 500, 1500, 0.35, 0.35, bad, 5.3)


def test_browser_and_numpy_agree():
    pytest.importorskip("vl_convert")
    from test_laws_on_vega import on_vega

    from scalinglaws.show.live import Rows

    rng = np.random.default_rng(0)
    n_params, unique = 10 ** rng.uniform(7, 13, 80), 10 ** rng.uniform(7, 15, 80)
    columns = {"n_params": n_params, "unique": unique, "epochs": 1 + 10 ** rng.uniform(-3, 2.5, 80)}
    columns["epochs"][:5] = 1
    cases = {
        "loss": lambda row, p=None: repeated_loss(row.n_params, row.unique, row.epochs, *LAW.constants),
        "effective": lambda row, p=None: effective_amount(row.unique, row.epochs - 1, 15.4),
        "pass": lambda row, p=None: epoch_value(row.epochs + 1, 15.4),
        "next": lambda row, p=None: next_token(row.epochs, 15.4),
        "matched": lambda row, p=None: matched_params(row.unique, *LAW.constants[1:5]),
    }
    rows = Rows({name: list(values) for name, values in columns.items()}).compute(**cases)
    for name, text in rows.expressions().items():
        np.testing.assert_allclose(on_vega(text, columns), rows.values()[name], rtol=1e-9, err_msg=name)


def _numbers(name):
    """Split '8.7e9.1.78e11.4.4e10' into its three numbers."""
    import re

    return [float(number) for number in re.findall(r"\d+\.\d+e\d+", name)]
