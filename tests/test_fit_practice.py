"""What came up when the fits were used on other people's tables: wrong columns, few runs, poor designs."""

import numpy as np
import pytest
from fit_cases import LAW

from scalinglaws.fit import compare_forms, fit_chinchilla, fit_power_law, held_out

N, D = np.repeat(np.geomspace(1e7, 1e9, 5), 5), np.tile(np.geomspace(1e9, 1e11, 5), 5)
LOSS = 1.8 + 480 / N**0.35 + 2085 / D**0.37


def kinds(warnings):
    return {warning.kind for warning in warnings}


def test_masked_value_is_not_fitted():
    masked = np.ma.masked_greater(np.where(np.arange(25) == 3, 99.0, LOSS), 50)
    with pytest.raises(ValueError, match="loss must be positive and finite, got nan at position 3$"):
        fit_chinchilla(N, D, masked)
    assert fit_chinchilla(N, D, np.ma.masked_greater(LOSS, 50)).law.E == pytest.approx(1.8)


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
