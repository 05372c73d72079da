import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.fit import fit_power_law

X = np.geomspace(1, 1e5, 16)


def noisy(scatter=0.01, seed=0, x=X):
    return (1.7 + 2 * x**-0.3) * np.exp(np.random.default_rng(seed).normal(0, scatter, len(x)))


@given(
    scale=st.floats(0.2, 50), exponent=st.floats(0.1, 1.5), floor=st.one_of(st.just(0.0), st.floats(0.1, 3)),
    unit=st.floats(1e-6, 1e6), objective=st.sampled_from(["squares_log", "huber_log", "squares_raw", "huber_raw"]),
)  # fmt: skip
@settings(deadline=None, max_examples=15)
def test_noiseless_points_give_the_law_back(scale, exponent, floor, unit, objective):
    fit = fit_power_law(X * unit, floor + scale * X**-exponent, objective=objective)
    assert fit.exponent == pytest.approx(exponent, rel=1e-6)
    assert fit.floor == pytest.approx(floor, abs=1e-6)
    assert fit.scale / unit**exponent == pytest.approx(scale, rel=1e-5)


def test_without_floor_it_is_the_line_on_log_log_paper():
    y = noisy()
    slope, height = np.polyfit(np.log(X), np.log(y), 1)
    fit = fit_power_law(X, y, floor=False)
    assert fit.exponent == pytest.approx(-slope, rel=1e-9)
    assert fit.scale == pytest.approx(np.exp(height), rel=1e-9)
    assert fit.floor == 0


def test_objective_is_half_the_sum_of_squares():
    y = noisy()
    for objective, residual in (
        ("squares_log", lambda fit: np.log(y / fit(X))),
        ("squares_raw", lambda fit: y - fit(X)),
    ):
        fit = fit_power_law(X, y, objective=objective)
        assert fit.objective == pytest.approx(0.5 * np.sum(residual(fit) ** 2), rel=1e-9)
        np.testing.assert_allclose(fit.residuals, residual(fit), atol=1e-12)


def test_floor_never_makes_the_fit_worse():
    for seed in range(5):
        y = noisy(0.03, seed)
        assert fit_power_law(X, y).objective <= fit_power_law(X, y, floor=False).objective * (1 + 1e-9)


def test_huber_resists_an_outlier():
    y = noisy()
    wrong = np.where(np.arange(16) == 4, 1.5 * y, y)
    moved = [abs(fit_power_law(X, wrong, objective=o).exponent - 0.3) for o in ("huber_log", "squares_log")]
    assert moved[0] < 0.5 * moved[1]


def test_fixed_parameters_stay():
    y = noisy()
    assert fit_power_law(X, y, fixed={"floor": 1.5}).floor == pytest.approx(1.5)
    assert fit_power_law(X, y, fixed={"exponent": 0.25}).exponent == 0.25
    assert fit_power_law(X, y, fixed={"scale": 2.0}).scale == pytest.approx(2.0)
    everything = fit_power_law(X, y, fixed={"scale": 2.0, "exponent": 0.3, "floor": 1.7})
    assert everything.objective == pytest.approx(0.5 * np.sum(np.log(y / (1.7 + 2 * X**-0.3)) ** 2))


def test_prediction_widens_with_distance_and_warns():
    far = np.array([1e5, 1e7, 1e9])
    fit = fit_power_law(X, noisy())
    predicted = fit.predict(far, n_resamples=800)
    assert (np.diff(predicted.high - predicted.low) > 0).all()
    assert predicted.warnings[0].kind == "extrapolation"
    np.testing.assert_allclose(predicted.value, fit(far))


def test_prediction_holds_most_new_points():
    x = np.geomspace(1, 1e5, 40)
    inside = []
    for seed in range(20):
        predicted = fit_power_law(x, noisy(0.01, seed, x)).predict(1e6, n_resamples=200)
        new = noisy(0.01, 100 + seed, np.array([1e6]))[0]
        inside.append(predicted.low < new < predicted.high)
    assert np.mean(inside) >= 0.8


def test_interval_of_the_law_is_within_that_of_a_new_point():
    fit = fit_power_law(X, noisy())
    low, high = fit.bootstrap(800).curve(3e5)
    new = fit.predict(3e5, n_resamples=800)
    assert new.low < low < high < new.high
    for name in ("scale", "exponent", "floor"):
        low, high = fit.interval(name, n_resamples=400)
        assert low <= getattr(fit, name) <= high


def test_repr_names_the_law_and_the_objective():
    text = repr(fit_power_law(X, noisy(), floor=False))
    for word in ("16 points", "exponent", "squares_log", "held: floor", "warnings   structure"):
        assert word in text
    assert "warnings   none" in repr(fit_power_law(X, noisy(seed=1)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": X[:-1]}, "x and y must have one length, got 16 x, 15 y"),
        ({"x": -X}, "x must be positive and finite, got -1.0 at position 0"),
        ({"y": np.where(np.arange(16) == 5, np.nan, X)}, "y must be .* got nan at position 5"),
        ({"fixed": {"slope": 1}}, "fixed must be one of scale, exponent, floor, got 'slope'"),
        ({"fixed": {"exponent": 0}}, r"fixed\['exponent'\] must be positive"),
        ({"objective": "l2"}, "objective must be one of"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        fit_power_law(**{"x": X, "y": X} | change)
