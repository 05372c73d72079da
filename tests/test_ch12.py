"""Chapter 12 and the laws of a cluster: what an hour costs, how often a job stops, how much of its time it keeps."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws import constant, load
from scalinglaws.laws.money import cluster
from scalinglaws.laws.money.bill import accelerator_hours, compute_in, energy_mwh
from scalinglaws.show.figures import short

ROWS = {
    row["name"]: (float(row["value"]), float(row["tolerance"]))
    for row in csv.DictReader((Path(__file__).parent / "data" / "checks_12.csv").open(encoding="utf-8"))
}
JOB = {name: constant(f"llama3_job.{name}") for name in ("days", "chips", "unexpected", "planned", "useful_at_least")}
CHIP_HOURS = JOB["days"] * 24 * JOB["chips"] / JOB["unexpected"]
H100, A100 = (
    next(row for row in load("accelerators") if row["chip"] == name)["flop_per_s_16bit"]
    for name in ("NVIDIA H100 SXM", "NVIDIA A100 40GB SXM")
)
GPT4 = next(row for row in load("ai_models") if row["model"] == "GPT-4")
LLAMA = next(row for row in load("ai_models") if row["model"] == "Llama 3.1 405B")
RATES = {row["name"]: row["growth_per_year"] for row in load("growth_rates")}
SITES = {row["site"]: row for row in load("largest_sites")}
CLUSTERS = load("clusters")
minutes = st.floats(0.01, 60)


def kept(chips, copy, restart):
    between = 60 * cluster.time_between_stops(chips, CHIP_HOURS)
    return cluster.useful_share(cluster.best_interval(copy, between), copy, restart, between)


def per_hour(part):
    capital = cluster.capital_per_hour(30_000, 1.5, 4, 0.9)
    electricity = cluster.electricity_per_hour(1389, 1.10, 0.08)
    return {"capital": capital, "electricity": electricity, "share": electricity / (capital + electricity),
            "both": capital + electricity}[part]  # fmt: skip


def colossus(column, event="100k H100 online"):
    return CLUSTERS[column][CLUSTERS["event"] == event][0]


def made(bits):
    peak = H100 if bits == 16 else 2 * H100
    return compute_in(SITES["Meta Prometheus"]["h100_equivalents"] * 2400, peak, 0.4)


def stops(category):
    table = load("interruptions")
    if category == "printed":
        return table["printed_pct"].sum()
    return (
        table["stops_count"][(table["category"] == category) | (table["component"] == category)].sum()
        / JOB["unexpected"]
    )


def mai(what):
    lasted = constant("mai_base.lost_hours") / (1 - constant("mai_base.useful_share"))
    flop = 6 * constant("mai_base.n_params_active") * constant("mai_base.n_tokens")
    useful = constant("mai_base.chips") * (lasted - constant("mai_base.lost_hours")) * 3600
    return {"hours": lasted, "flop": flop, "tflops_per_gpu": flop / useful / 1e12}[what]


COMPUTED = {
    "llama3.gpu_hours_per_interruption": lambda: CHIP_HOURS,
    "llama3.hours_between": lambda: CHIP_HOURS / JOB["chips"],
    "llama3.faulty_gpu_share": lambda: stops("Faulty GPU"),
    "llama3.gpu_caused_share": lambda: stops("GPU"),
    "llama3.printed_percent_sum": lambda: stops("printed"),
    "llama3.minutes_lost_per_interruption_max": lambda: (1 - JOB["useful_at_least"]) * 60 * CHIP_HOURS / JOB["chips"],
    "llama3.failures_per_1000_node_days": lambda: JOB["unexpected"] / JOB["days"] / JOB["chips"] * 8 * 1000,
    "goodput.15min_1min.16384": lambda: kept(16384, 1, 15),
    "goodput.5min_10s.16384": lambda: kept(16384, 1 / 6, 5),
    "goodput.15min_1min.100000": lambda: kept(1e5, 1, 15),
    "goodput.5min_10s.100000": lambda: kept(1e5, 1 / 6, 5),
    "goodput.15min_1min.200000": lambda: kept(2e5, 1, 15),
    "goodput.5min_10s.200000": lambda: kept(2e5, 1 / 6, 5),
    "young.16384.1min": lambda: cluster.young_interval(1, 60 * CHIP_HOURS / 16384),
    "mai.hours": lambda: mai("hours"),
    "mai.flop": lambda: mai("flop"),
    "mai.tflops_per_gpu": lambda: mai("tflops_per_gpu"),
    "bill.gpuh_llama405b_mfu40": lambda: accelerator_hours(3.8e25, H100, 0.4),
    "bill.mfu_from_hours": lambda: 3.8e25 / (constant("llama31.chip_hours") * 3600 * H100),
    "bill.capital_per_gpuh": lambda: per_hour("capital"),
    "bill.electricity_per_gpuh": lambda: per_hour("electricity"),
    "bill.electricity_share": lambda: per_hour("share"),
    "bill.llama405b_total": lambda: accelerator_hours(3.8e25, H100, 0.4) * per_hour("both"),
    "bill.1e26_total": lambda: accelerator_hours(1e26, H100, 0.4) * per_hour("both"),
    "bill.1e26_gwh": lambda: energy_mwh(accelerator_hours(1e26, H100, 0.4), 1389, 1.1) / 1000,
    "colossus1.capital_per_gpu": lambda: colossus("capital_cost_usd") / colossus("h100_equivalents"),
    "colossus1.bn_per_gw": lambda: colossus("capital_cost_usd") / 1e6 / colossus("power_mw"),
    "site.vs_gpt4_cluster": lambda: SITES["Meta Prometheus"]["h100_equivalents"] * H100 / GPT4["hardware_count"] / A100,
    "site.100days_bf16": lambda: made(16),
    "site.100days_fp8": lambda: made(8),
    "growth.remainder_low": lambda: (
        RATES["compute_our_fit_all"] / RATES["training_cost"] / RATES["hardware_price_fall"]
    ),
    "growth.remainder_high": lambda: (
        RATES["compute_our_fit_all"] / RATES["training_cost"] / RATES["gpu_flop_per_dollar"]
    ),
    "growth.to_2e29": lambda: (2e29 / 5e26) ** (1 / 5),
    "water.direct_per_kwh": lambda: 64 / 176,
    "latency.fixed_batch": lambda: cluster.latency_limit(90, 1e-5, 16e6, 0, 126, 4.05e11),
    "latency.growing_batch": lambda: cluster.latency_limit(90, 1e-5, 0.58, 0.571, 126, 4.05e11),
    "latency.one_microsecond": lambda: cluster.latency_limit(90, 1e-6, 16e6, 0, 126, 4.05e11),
    "latency.30_days": lambda: cluster.latency_limit(30, 1e-5, 16e6, 0, 126, 4.05e11),
    "latency.180_days": lambda: cluster.latency_limit(180, 1e-5, 16e6, 0, 126, 4.05e11),
    "latency.2_messages": lambda: cluster.latency_limit(90, 1e-5, 16e6, 0, 126, 4.05e11, 2),
    "latency.8_messages": lambda: cluster.latency_limit(90, 1e-5, 16e6, 0, 126, 4.05e11, 8),
    "goodput.163840.10s": lambda: _calibrated(10, 163_840),
    "goodput.163840.45s": lambda: _calibrated(45, 163_840),
    "goodput.200000.10s": lambda: _calibrated(10, 2e5),
    "goodput.200000.45s": lambda: _calibrated(45, 2e5),
}


def _calibrated(seconds, chips):
    restart = cluster.restart_for(0.9, seconds / 60, 60 * CHIP_HOURS / JOB["chips"])
    return kept(chips, seconds / 60, restart)


@pytest.mark.parametrize("name", sorted(COMPUTED))
def test_the_laws_give_the_numbers_that_were_checked_independently(name):
    expected, tolerance = ROWS[name]
    assert COMPUTED[name]() == pytest.approx(expected, rel=tolerance)


def test_every_number_on_file_is_computed():
    assert set(ROWS) == set(COMPUTED)


@settings(deadline=None)
@given(minutes, minutes, st.floats(1, 1e5))
def test_no_interval_beats_the_best_one(copy, restart, between):
    best = cluster.best_interval(copy, between)
    top = cluster.useful_share(best, copy, restart, between)
    for other in best * np.array([0.5, 0.9, 1.1, 2]):
        assert cluster.useful_share(other, copy, restart, between) <= top * (1 + 1e-9)


@settings(deadline=None)
@given(minutes, st.floats(1, 1e5), st.floats(0.05, 0.99))
def test_the_restart_that_leaves_a_share_leaves_it(copy, between, share):
    restart = cluster.restart_for(share, copy, between)
    assert cluster.useful_share(cluster.best_interval(copy, between), copy, restart, between) == pytest.approx(share)


def test_youngs_rule_is_the_limit_of_frequent_copies():
    for copy in (1e-2, 1e-4, 1e-6):
        assert cluster.best_interval(copy, 1) / cluster.young_interval(copy, 1) == pytest.approx(1, abs=copy**0.5)


def test_only_ratios_of_times_count_and_without_costs_nothing_is_lost():
    assert cluster.useful_share(2, 0.1, 5, 60) == pytest.approx(cluster.useful_share(120, 6, 300, 3600))
    assert cluster.useful_share(1e-6, 0, 0, 1) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("interval", "copy", "restart", "between"), [(5, 0.5, 3, 20), (2, 1, 10, 15), (30, 0.1, 0, 600)]
)
def test_a_machine_that_is_stopped_at_random_keeps_the_share_of_the_formula(interval, copy, restart, between):
    rng = np.random.default_rng(3)
    clock = done = 0.0
    for life in rng.exponential(between, 200_000):
        clock += life
        done += max(life - restart, 0) // (interval + copy) * interval
    assert done / clock == pytest.approx(cluster.useful_share(interval, copy, restart, between), rel=0.01)


def test_ten_times_the_chips_of_llama_3_keep_about_half_and_1_6_million_next_to_nothing():
    assert [round(_calibrated(s, 163_840), 2) for s in (10, 20, 30, 45)] == [0.47, 0.53, 0.58, 0.64]
    need = cluster.chips_for(5e27, H100, 0.4, 90)
    assert need == pytest.approx(1.63e6, rel=0.005)
    assert [round(float(_calibrated(s, need)), 2) for s in (10, 45)] == [0.0, 0.09]


def test_money_times_price_reaches_the_report_on_2030():
    product = RATES["training_cost"] * np.array([RATES[n] for n in ("gpu_flop_per_dollar", "hardware_price_fall")])
    assert (product < 3.45).all() and (product > 3.15).all()
    assert 5e26 * product[0] ** 5 < 2e29 < 5e26 * product[1] ** 5


def test_a_longer_run_a_shorter_wait_and_a_larger_batch_raise_the_latency_limit():
    base = cluster.latency_limit(90, 1e-5, 16e6, 0, 126, 4.05e11)
    assert cluster.latency_limit(900, 1e-5, 16e6, 0, 126, 4.05e11) / base == pytest.approx(10**1.5)
    assert cluster.latency_limit(90, 1e-6, 16e6, 0, 126, 4.05e11) / base == pytest.approx(10**1.5)
    assert cluster.latency_limit(90, 1e-5, 32e6, 0, 126, 4.05e11) / base == pytest.approx(2**1.5)


def test_the_latency_limit_is_where_the_chain_of_steps_fills_the_days():
    """Count steps, layers and messages of the run that the closed form allows."""
    for scale, exponent in ((16e6, 0), (0.58, 0.571)):
        n_params = np.sqrt(cluster.latency_limit(90, 1e-5, scale, exponent, 126, 4.05e11) / 120)
        n_tokens = 20 * n_params
        steps = n_tokens / (scale * n_tokens**exponent)
        layers = 126 * (n_params / 4.05e11) ** (1 / 3)
        assert steps * layers * 8 * 1e-5 == pytest.approx(90 * 86400)


def test_the_lead_figure_starts_at_the_numbers_of_the_text():
    watts = LLAMA["power_mw"] * 1e6 / LLAMA["hardware_count"]
    assert watts == pytest.approx(1379, abs=1) and short(cluster.chips_for(5e27, H100, 0.4, 90)) == "1.63M"
    hour = cluster.capital_per_hour(30_000, 1.5, 4, 0.9) + cluster.electricity_per_hour(watts, 1, 0.08)
    dollars = accelerator_hours(5e27, H100, 0.4) * hour
    assert dollars / load("training_costs")["amortised_usd"].max() == pytest.approx(18, abs=0.5)
