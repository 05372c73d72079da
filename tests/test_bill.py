"""The bill of a run: identities between hours, days, money and energy, and input that is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.laws.money.bill import Machine, accelerator_hours, compute_in, energy_mwh

rate = st.floats(1e12, 1e17)
share = st.floats(0.01, 1)
compute = st.floats(1e15, 1e28)


def machine(**changes):
    return Machine(
        **{"flop_per_s": 1e15, "utilisation": 0.4, "dollars_per_hour": 2, "watts": 700, "overhead": 2} | changes
    )


@settings(deadline=None)
@given(compute, rate, share)
def test_hours_and_compute_are_inverse(flop, flop_per_s, utilisation):
    assert compute_in(accelerator_hours(flop, flop_per_s, utilisation), flop_per_s, utilisation) == pytest.approx(flop)


@settings(deadline=None)
@given(compute, st.floats(0.1, 100), st.floats(1, 1e6))
def test_money_buys_its_own_compute_and_the_number_of_accelerators_changes_only_the_days(flop, price, count):
    one = machine(dollars_per_hour=price)
    assert one.compute_for(one.dollars(flop)) == pytest.approx(flop)
    assert one.days(flop, count) * count == pytest.approx(one.days(flop, 1))


def test_a_worked_run_by_hand():
    # 5.76e23 / (1e15 * 0.4 * 3600) = 400,000 hours; 1000 accelerators: 16.7 days; 400,000 * 700 W * 2 = 560 MWh
    one = machine()
    assert one.hours(5.76e23) == pytest.approx(400_000)
    assert one.days(5.76e23, 1000) == pytest.approx(400 / 24)
    assert one.energy_mwh(5.76e23) == pytest.approx(560)
    assert one.dollars([5.76e23, 1.152e24]) == pytest.approx([8e5, 1.6e6])


def test_the_functions_broadcast():
    assert energy_mwh(np.ones((2, 3)), 700, 2).shape == (2, 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"flop_per_s": 0}, "flop_per_s"),
        ({"utilisation": 1.2}, "utilisation must be at most 1"),
        ({"dollars_per_hour": float("nan")}, "dollars_per_hour"),
        ({"watts": -1}, "watts"),
        ({"overhead": 0.9}, "overhead must be at least 1"),
    ],
)
def test_a_machine_that_cannot_be_is_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        machine(**change)


def test_no_compute_no_count_and_no_money_are_refused():
    for call, name in (
        (lambda: machine().hours(0), "compute_flop"),
        (lambda: machine().days(1e20, 0), "count"),
        (lambda: machine().compute_for(-1), "dollars"),
    ):
        with pytest.raises(ValueError, match=name):
            call()
