"""The instruments of lab 1 in all their states, and what they say."""

import pytest

from scalinglaws.book import lab1
from scalinglaws.book.lab1 import bent_ruler, points_in_percent, two_labs

LABS = two_labs(231)


@pytest.mark.parametrize("make", [lambda: lab1.by_hand(LABS), lambda: lab1.bet_on_loss(LABS[0]), lab1.lookalikes])
def test_every_control_of_an_instrument_is_alive_and_sound(make, walk):
    walk(make())


def test_the_true_law_set_by_hand_misses_by_the_scatter_alone():
    south = LABS[1]
    state = {"lab": "South", "start": 4.0, "exponent": south.truth.exponent, "floor": south.truth.floor}
    readout = lab1.by_hand(LABS).render(state).readout
    miss = float(readout.split("typical miss ")[1].split(" %")[0])
    assert miss == pytest.approx(100 * south.noise, rel=0.4)
    assert f"At 1e23 FLOP: {south.truth(1e23):.2f}" in readout


def test_a_bet_does_not_tell_the_truth_before_it_is_asked():
    panel = lab1.bet_on_loss(LABS[1])
    readout = panel.render(panel.state).readout
    assert f"{LABS[1].truth(1e23):.2f}" not in readout and "truth" not in readout
    shown = panel.render(panel.state | {"truth": True}).readout
    assert f"{LABS[1].truth(1e23):.2f}" in shown


def test_the_points_of_a_bet_are_those_of_the_score():
    panel = lab1.bet_on_loss(LABS[0])
    state = {"near": 2.1, "near_take": 10, "far": 1.5, "far_take": 20, "truth": True}
    yours = [
        points_in_percent(2.1 / 1.1, 2.1 * 1.1, LABS[0].truth(1e21)),
        points_in_percent(1.5 / 1.2, 1.5 * 1.2, LABS[0].truth(1e23)),
    ]
    bent = points_in_percent(*bent_ruler(LABS[0]).interval(1e23), LABS[0].truth(1e23))
    readout = panel.render(state).readout
    assert f"you {yours[0]:.0f} and {yours[1]:.0f}" in readout
    assert f"and {bent:.0f}. The truth" in readout


def test_shapes_leave_from_one_point_in_one_direction():
    starts = {name: shape(0.0) for name, shape in lab1.TRUE_SHAPES.items()}
    slopes = {name: (shape(1e-5) - shape(0.0)) / 1e-5 for name, shape in lab1.TRUE_SHAPES.items()}
    assert all(start == pytest.approx(3.0) for start in starts.values())
    assert all(slope == pytest.approx(-0.24, rel=1e-3) for slope in slopes.values())


def test_a_ruler_on_a_power_law_is_exact_and_without_a_sign_on_zero():
    laid = lab1.lay_ruler("power law", decades=2)
    assert laid.r_squared == pytest.approx(1)
    assert f"{laid.off:+.0f}" == "+0"


def test_over_one_decade_three_wrong_shapes_pass_for_straight_and_forecast_badly():
    for shape in ("power law with a floor", "the same drop each decade", "lognormal"):
        laid = lab1.lay_ruler(shape, decades=1)
        assert laid.r_squared > 0.998 and laid.largest_miss < 0.4 and abs(laid.off) > 15


@pytest.mark.parametrize("wrong", [{"shape": "sine", "decades": 1}, {"shape": "power law", "decades": 0}])
def test_a_ruler_wants_a_known_shape_and_a_window(wrong):
    with pytest.raises(ValueError):
        lab1.lay_ruler(**wrong)
