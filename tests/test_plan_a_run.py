"""Lab 2: three ways to give one budget, rules and their price, bills turned around, and plans on the plane."""

import numpy as np
import pytest

from scalinglaws import Chinchilla, constant, load
from scalinglaws.book import lab2
from scalinglaws.book.lab2 import CHIPS, LAWS, RULES, best_size, extra_compute, implied_prices, law_of, peak, purchase
from scalinglaws.laws.money.cost import cheapest_for_loss

GOPHER = constant("hoffmann2022.gopher.compute_flop")


def deal(kind, **changes):
    given = {
        "dollars": 1e6,
        "hours": 4e5,
        "compute": 5e23,
        "chip": "H100",
        "bits": 16,
        "utilisation": 0.4,
        "price": 2.0,
    }
    return purchase(kind, **given | changes)


def test_dollars_hours_and_flop_are_three_ways_to_give_one_budget():
    first = deal("dollars")
    by_hours, by_flop = deal("hours", hours=first.hours), deal("FLOP", compute=first.compute_flop)
    for other in (by_hours, by_flop):
        assert np.allclose(other[:3], first[:3])
    assert first.compute_flop == pytest.approx(first.machine.compute_for(1e6))


def test_only_the_amount_that_is_given_counts():
    assert deal("hours", dollars=7, compute=7)[:3] == deal("hours")[:3]


def test_twice_the_price_is_half_the_compute_and_half_the_utilisation_too():
    whole = deal("dollars").compute_flop
    assert deal("dollars", price=4.0).compute_flop == pytest.approx(whole / 2)
    assert deal("dollars", utilisation=0.2).compute_flop == pytest.approx(whole / 2)


def test_eight_bits_double_the_peak_where_the_chip_has_them_and_else_sixteen_count():
    assert peak("H100", 8)[0] == pytest.approx(2 * peak("H100", 16)[0], rel=0.01) and peak("H100", 8)[1] == 8
    assert peak("A100", 8) == peak("A100", 16)
    with pytest.raises(ValueError, match="chip must be one of"):
        peak("abacus", 16)
    with pytest.raises(ValueError, match="bits must be one of"):
        peak("H100", 4)


@pytest.mark.parametrize("chip", CHIPS)
def test_every_chip_on_offer_has_a_datasheet_with_peak_and_power(chip):
    assert peak(chip, 16)[0] > 1e14
    assert deal("dollars", chip=chip).machine.watts > 100


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_gives_larger_models_to_larger_budgets(rule):
    sizes = best_size(rule, np.geomspace(1e20, 1e27, 8))
    assert sizes.shape == (8,) and (np.diff(sizes) > 0).all()


def test_rules_give_the_published_sizes_at_gophers_budget():
    for rule, size in (("Hoffmann, unrounded", 40.3e9), ("refit (Besiroglu)", 72.3e9), ("Kaplan 2020", 485e9)):
        assert best_size(rule, GOPHER) == pytest.approx(size, rel=2e-3)
    assert GOPHER / 6 / best_size("20 tokens per parameter", GOPHER) ** 2 == pytest.approx(20)
    with pytest.raises(ValueError, match="rule must be one of"):
        best_size("gut feeling", GOPHER)


@pytest.mark.parametrize("name", LAWS)
def test_a_law_followed_and_true_costs_nothing_extra_and_half_its_size_does(name):
    assert extra_compute(name, GOPHER, 1, name) == pytest.approx(0, abs=1e-12)
    law = law_of(name)
    needed = law.compute_for(law.isoflop(GOPHER, 0.5 * law.optimum(GOPHER).n_params))
    assert extra_compute(name, GOPHER, 0.5, name) == pytest.approx(GOPHER / needed - 1)


def test_an_implied_price_rebuilds_the_bill_it_came_from():
    bills = {row["model"]: row["cloud_usd"] for row in load("training_costs")}
    compute = {row["model"]: row["training_flop"] for row in load("ai_models")}
    assert len(implied_prices()) >= 6
    for implied in implied_prices():
        row = next(iter(load("accelerators").where(load("accelerators")["chip"] == lab2.HARDWARE[implied.chip])))
        hours = compute[implied.model] / row["flop_per_s_16bit"] / 3600
        assert hours * implied.dollars_per_full_hour == pytest.approx(bills[implied.model])
        assert 1 < implied.overhead < 3


def test_an_operation_of_an_h100_was_68_to_76_per_cent_cheaper_than_one_of_a_v100():
    hour = {
        chip: [one.dollars_per_full_hour for one in implied_prices() if one.chip == chip] for chip in ("V100", "H100")
    }
    assert len(hour["V100"]) == 1 and len(hour["H100"]) == 2
    times = np.sort(hour["H100"]) / hour["V100"][0]
    assert times == pytest.approx([1.9, 2.6], abs=0.05)
    chips = load("accelerators")
    v100 = chips["flop_per_s_16bit"][chips["chip"] == lab2.HARDWARE["V100"]][0]
    operation = times * v100 / peak("H100", 16)[0]
    assert 100 * (1 - operation) == pytest.approx([76, 68], abs=0.6)


def test_a_size_between_two_rules_has_a_smaller_worst_case_than_any_of_the_six():
    budget = 2.5e24
    worst = {rule: max(extra_compute(rule, budget, 1, law) for law in LAWS) for rule in RULES}
    assert min(worst, key=worst.get) == "Hoffmann, unrounded" and min(worst.values()) == pytest.approx(0.17, abs=0.01)
    between = 0.5 * (1 + best_size("20 tokens per parameter", budget) / best_size("Hoffmann, unrounded", budget))
    assert max(extra_compute("Hoffmann, unrounded", budget, between, law) for law in LAWS) < 0.12


def test_the_calendar_loses_the_time_that_stops_cost():
    panel = lab2.calendar(deal("dollars"))
    readout = panel.render(panel.state | {"count": 16_384, "restart": lab2.usual_restart()}).readout
    assert "90.0% of the time useful" in readout
    assert lab2.kept_time(1e5, 1) > lab2.kept_time(1e5, 10) > lab2.kept_time(1e6, 10)


def test_the_calendars_answers_on_the_teachers_page():
    counts, plan = np.geomspace(100, 1e6, 20_000), lab2.purchase(**lab2.wallet().state)
    for restart, turn in ((8.3, 310_000), (5, 500_000)):
        days = plan.machine.days(plan.compute_flop, counts) / lab2.kept_time(counts, restart)
        assert counts[np.argmin(days)] == pytest.approx(turn, rel=0.02)
        assert counts[np.argmax(days < 90)] == pytest.approx(940, rel=0.01)
    assert plan.machine.days(plan.compute_flop, 930) == pytest.approx(90, rel=0.01)


def test_an_owner_pays_for_machine_and_electricity_where_a_price_is_known():
    assert lab2.owner_price("H100") == pytest.approx(1.71, abs=0.005) and np.isnan(lab2.owner_price("B200"))


def test_models_on_the_plane_are_those_of_the_table_with_active_parameters():
    shown = {name: (n_params, n_tokens) for name, n_params, n_tokens, _ in lab2.trained_models()}
    assert shown["Chinchilla"] == (7e10, 1.4e12)
    assert shown["DeepSeek-V3 (active)"][0] == 3.7e10


def test_serving_makes_the_cheapest_model_smaller_and_never_the_bill_larger():
    law, panel = Chinchilla.published("besiroglu2024"), lab2.serving(1e24)
    best = law.optimum(1e24)
    sizes = [cheapest_for_loss(law, best.loss, per_param=2 * served).n_params for served in (1e9, 1e12, 1e15)]
    assert sizes[0] == pytest.approx(best.n_params, rel=1e-3) and sizes[0] > sizes[1] > sizes[2]
    for served in (1e9, 1e13, 1e16):
        readout = panel.render(panel.state | {"served": served}).readout
        assert int(readout.rsplit("bill is ")[1].split("%")[0]) >= 0


def test_a_plan_beyond_the_stock_of_text_says_so():
    panel = lab2.split(1e24)
    assert "public text" not in panel.render(panel.state).readout
    assert "public text" in panel.render(panel.state | {"compute": 1e28, "size_ratio": 0.1}).readout


def test_only_the_amount_that_is_given_can_be_moved():
    panel = lab2.wallet()
    for kind, amount in (("dollars", "dollars"), ("hours", "hours"), ("FLOP", "compute")):
        panel.controls["kind"].value = kind
        free = [name for name in ("dollars", "hours", "compute") if not panel.controls[name].disabled]
        assert free == [amount]


@pytest.mark.parametrize(
    "make", [lab2.wallet, lambda: lab2.calendar(deal("dollars")), lambda: lab2.split(1e24), lambda: lab2.serving(1e24)]
)
def test_every_control_of_an_instrument_is_alive_and_sound(make, walk):
    walk(make())
