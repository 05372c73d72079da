import numpy as np
import pytest
from fit_cases import LAW, grid, noisy, runs

from scalinglaws.fit import FORMS, compare_forms, expanding_window, fit_chinchilla, held_out
from scalinglaws.laws.training.chinchilla import Chinchilla

COLUMNS = runs(96)
COMPUTE = 6 * COLUMNS[0] * COLUMNS[1]
CUT = float(np.median(COMPUTE))


def test_only_runs_up_to_the_cut_are_fitted():
    scored = held_out(*COLUMNS, below=CUT)
    low = CUT >= COMPUTE
    alone = fit_chinchilla(*(column[low] for column in COLUMNS))
    assert scored.fits["chinchilla"].law == alone.law
    assert scored.n_fitted == low.sum() == 48
    np.testing.assert_allclose(scored.distance, COMPUTE[~low] / CUT)
    changed = COLUMNS[2].copy()
    changed[~low] *= 1.5
    again = held_out(*COLUMNS[:2], changed, below=CUT)
    assert again.fits["chinchilla"].law == alone.law
    np.testing.assert_allclose(1 + again.errors["chinchilla"], (1 + scored.errors["chinchilla"]) / 1.5)


def test_error_is_signed_predicted_over_observed():
    n_params, n_tokens = grid()
    loss = LAW.loss(n_params, n_tokens)
    above = 6 * n_params * n_tokens > 1e20
    scored = held_out(n_params, n_tokens, np.where(above, loss / 1.1, loss), below=1e20)
    np.testing.assert_allclose(scored.errors["chinchilla"], 0.1, rtol=1e-6)


def test_table_sorts_runs_by_distance():
    scored = held_out(*COLUMNS, below=float(np.quantile(COMPUTE, 0.3)))
    rows = scored.table()
    assert sum(row["n_runs"] for row in rows) == len(scored.distance)
    assert [row["distance_from"] for row in rows] == [1, 3, 10]
    everything = np.average([row["mean_error"] for row in rows], weights=[row["n_runs"] for row in rows])
    assert everything == pytest.approx(scored.errors["chinchilla"].mean())
    assert all(abs(row["worst"]) >= row["mean_size"] >= abs(row["mean_error"]) for row in rows)


def test_true_form_ranks_first_out_of_sample():
    n_params, n_tokens = grid(8, 8)
    uneven = Chinchilla(E=1.7, A=1e4, B=60, alpha=0.5, beta=0.2)
    scored = compare_forms(n_params, n_tokens, noisy(n_params, n_tokens, 0.002, law=uneven), below=1e20)
    assert set(scored.errors) == set(FORMS)
    sizes = {form: np.abs(errors).mean() for form, errors in scored.errors.items()}
    assert min(sizes, key=sizes.get) == "chinchilla"
    assert max(sizes.values()) > 2 * sizes["chinchilla"]


def test_other_count_of_compute_moves_the_cut():
    scored = held_out(*COLUMNS, below=2 * CUT, compute_flop=2 * COMPUTE)
    assert scored.n_fitted == 48
    np.testing.assert_allclose(scored.compute_flop, 2 * COMPUTE[COMPUTE > CUT])


def test_window_expands_and_settles():
    steps = expanding_window(*COLUMNS)
    assert [step.n_runs for step in steps] == sorted({step.n_runs for step in steps})
    assert all(step.n_runs + step.n_held_out == 96 for step in steps)
    assert abs(steps[-1].exponent_n - LAW.a) < 0.06
    assert steps[-1].mean_size < 0.02
    assert all(abs(step.worst_error) >= step.mean_size >= abs(step.mean_error) for step in steps)
    last = held_out(*COLUMNS, below=steps[-1].below).fits["chinchilla"]
    assert steps[-1].n_params_at == pytest.approx(last.n_params_at(COMPUTE.max()))


def test_window_takes_given_cuts_and_budget():
    steps = expanding_window(*COLUMNS, cuts=[1e21, 1e20], at=1e22, fixed={"E": 1.8172})
    assert [step.below for step in steps] == [1e20, 1e21]
    assert steps[0].n_params_at == pytest.approx(LAW.optimum(1e22).n_params, rel=0.2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"below": 1e10}, "below must leave runs on both sides, between .* got 1e\\+10"),
        ({"below": 1e30}, "below must leave runs on both sides"),
        ({"below": -1}, "below must be positive"),
        ({"below": CUT, "forms": ["cubic"]}, "form must be one of"),
        ({"below": CUT, "compute_flop": COMPUTE[:3]}, "must have one length"),
    ],
)
def test_bad_input_is_named(settings, message):
    with pytest.raises(ValueError, match=message):
        held_out(*COLUMNS, **settings)
