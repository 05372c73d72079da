"""What came up when the fits were used on other people's tables: wrong columns, few runs, poor designs."""

import numpy as np
import pytest

from scalinglaws.fit import compare_forms, fit_chinchilla, fit_frontier, fit_isoflop, fit_power_law, held_out

N, D = np.repeat(np.geomspace(1e7, 1e9, 5), 5), np.tile(np.geomspace(1e9, 1e11, 5), 5)
LOSS = 1.8 + 480 / N**0.35 + 2085 / D**0.37


def kinds(warnings):
    return {warning.kind for warning in warnings}


def test_masked_value_is_not_fitted():
    masked = np.ma.masked_greater(np.where(np.arange(25) == 3, 99.0, LOSS), 50)
    with pytest.raises(ValueError, match="loss must be positive and finite, got nan at position 3$"):
        fit_chinchilla(N, D, masked)
    unmasked = fit_chinchilla(N, D, np.ma.masked_greater(LOSS, 50))
    assert unmasked.law.E == pytest.approx(1.8)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (np.where(np.arange(25) < 3, np.nan, LOSS), "got nan at position 0, the first of 3$"),
        ([*LOSS[:-1], "n/a"], "got 'n/a' at position 24$"),
        ([*LOSS[:-1], None], "got nan at position 24$"),
        ((part for part in LOSS), "got a generator; make it a list$"),
        (LOSS + 0j, "got values of type complex128$"),
        (np.datetime64("2020-01-01") + np.arange(25), r"got values of type datetime64\[D\]$"),
    ],
)
def test_column_of_no_numbers_is_named_with_its_position(column, message):
    with pytest.raises(ValueError, match=f"loss must be positive and finite, {message}"):
        fit_chinchilla(N, D, column)


def test_column_of_truth_values_is_named():
    with pytest.raises(ValueError, match="n_params must be numbers, got values of type bool"):
        fit_chinchilla(N > 1e8, D, LOSS)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tied": True}, r'tied must be None or \("alpha", "beta"\), got True'),
        ({"tied": ("alpha", "alpha")}, "tied must be None or"),
        ({"seed": None}, "seed must be a whole number of at least 0, got None"),
        ({"fixed": {"A": 0}}, "fixed\\['A'\\] must be positive, got 0; fit_power_law fits a law of one term"),
        ({"fixed": {"E": 100}}, "fixed\\['E'\\] must be below the largest of the points, .*, got 100"),
    ],
)
def test_setting_of_a_wrong_type_is_named(settings, message):
    with pytest.raises(ValueError, match=message):
        fit_chinchilla(N, D, LOSS, **settings)


def test_floor_is_fitted_or_not_and_held_by_fixed():
    x = np.geomspace(1, 1e3, 12)
    with pytest.raises(ValueError, match="floor must be True or False, got 1.7; fixed="):
        fit_power_law(x, 1.7 + x**-0.3, floor=1.7)
    with pytest.raises(ValueError, match="below the largest of the points, 2.7, got 3"):
        fit_power_law(x, 1.7 + x**-0.3, fixed={"floor": 3})


def test_floor_held_above_some_points_is_an_objection():
    fit = fit_chinchilla(N, D, LOSS, fixed={"E": 2.5})
    assert f"above (E): held at 2.5, above {(LOSS < 2.5).sum()} of 25 points" in map(str, fit.warnings)
    assert "above" not in kinds(fit_chinchilla(N, D, LOSS, fixed={"E": 1.8}).warnings)


def test_one_form_may_be_given_by_its_name():
    assert set(held_out(N, D, LOSS, 1e19, forms="chinchilla").errors) == {"chinchilla"}
    assert set(compare_forms(N, D, LOSS, 1e19, forms="tied").errors) == {"tied"}


@pytest.mark.filterwarnings("error")
def test_sizes_near_the_largest_number_are_fitted_in_silence():
    assert fit_chinchilla(N * 1e291, D, LOSS).law.alpha == pytest.approx(0.35, rel=1e-6)


def curves(sizes, n_points=40):
    """Sizes, tokens, losses and labels of one training curve for each size."""
    size, tokens = np.repeat(sizes, n_points), np.tile(np.geomspace(1e8, 1e12, n_points), len(sizes))
    return size, tokens, 2 + 480 / size**0.35 + 2085 / tokens**0.37, size


def test_one_winning_size_has_no_line():
    with pytest.raises(ValueError, match="won by two sizes between others, got 1 from 3 runs"):
        fit_frontier(*curves([1e7, 1e8, 1e9]))


def test_few_winning_sizes_are_an_objection_and_resamples_with_one_are_not_used():
    fit = fit_frontier(*curves(np.geomspace(1e7, 1e10, 5)))
    assert "few_values" in kinds(fit.warnings)
    refits = fit.bootstrap(200)
    assert refits.usable < 0.9
    assert refits.draws["a"].min() > 0.1
    assert fit_frontier(*curves(np.geomspace(1e7, 1e10, 30))).warnings == ()


def test_run_of_one_checkpoint_is_left_out_with_a_warning():
    columns = curves(np.geomspace(1e7, 1e10, 30))
    longer = [np.append(column, value) for column, value in zip(columns, (331776.0, 1e9, 5.0, 331776.0), strict=True)]
    fit = fit_frontier(*longer)
    assert fit.exponent_n == fit_frontier(*columns).exponent_n
    assert list(map(str, fit.warnings)) == [
        "few_values (run): 1 of 31 runs have one checkpoint and are left out, 331776.0 for one"
    ]


@pytest.mark.filterwarnings("error")
def test_budgets_without_a_bottom_are_refused_with_their_reasons():
    sizes, budgets = np.tile(np.geomspace(1e8, 1e10, 7), 2), np.repeat([1e18, 1e19], 7)
    with pytest.raises(ValueError, match="got 0 of 2 budgets; [12] (outside|not_convex), such as budget 1e\\+1[89]: "):
        fit_isoflop(sizes, budgets, np.tile(np.linspace(3, 2, 7), 2))
    best = 1e9 * np.sqrt(budgets / 1e18)
    loss = 2 + 0.1 * np.log(sizes / best) ** 2
    with pytest.raises(
        ValueError, match="got 0 of 10 budgets; 10 few_values, such as .*: 1 sizes; a parabola needs three"
    ):
        fit_isoflop(sizes, budgets / sizes, loss)
