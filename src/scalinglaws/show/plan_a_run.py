"""Lab 2's instruments for the bill: what a budget buys, and how long it takes."""

from typing import NamedTuple

import numpy as np

from scalinglaws.check import one_of
from scalinglaws.data import constant, load
from scalinglaws.laws.money.bill import Machine, accelerator_hours, compute_in
from scalinglaws.show.controls import buttons, choice, log_slider, slider
from scalinglaws.show.figures import COLORS, set_axes, short
from scalinglaws.show.panel import Panel, paper

CHIPS = {
    "A100": "NVIDIA A100 80GB SXM",
    "H100": "NVIDIA H100 SXM",
    "B200": "NVIDIA B200",
    "MI300X": "AMD MI300X",
    "TPU v5p": "Google TPU v5p",
    "TPU v7": "Google TPU v7 Ironwood",
}
RUNS = {
    "GPT-3 175B": "GPT-3",
    "Gopher 280B": "Gopher",
    "GPT-4": "GPT-4",
    "Llama 3.1 405B": "Llama 3.1 405B",
    "Grok 4": "Grok 4",
}
HARDWARE = {  # as the table of models writes it -> as the table of accelerators does
    "V100": "NVIDIA V100 SXM2",
    "A100 40GB": "NVIDIA A100 40GB SXM",
    "A100 80GB": "NVIDIA A100 80GB SXM",
    "H100": "NVIDIA H100 SXM",
    "TPU v4": "Google TPU v4",
}
FIRST, LAST = 1e20, 1e27


class Implied(NamedTuple):
    """What an estimated bill implies: dollars for an hour at full peak (price over utilisation), site over chip power."""

    model: str
    chip: str
    dollars_per_full_hour: float
    overhead: float


class Bought(NamedTuple):
    """What a budget comes to: useful FLOP, accelerator-hours, dollars, and the machine that they are spent on."""

    compute_flop: float
    hours: float
    dollars: float
    machine: Machine


def peak(chip, bits):
    """Return the peak in FLOP/s of one of `CHIPS` and the precision it is for: 16 where there is no peak for 8 bits."""
    row = _datasheet(chip)
    rate = row["flop_per_s_fp8"] if one_of("bits", bits, [16, 8]) == 8 else float("nan")
    return (rate, 8) if np.isfinite(rate) else (row["flop_per_s_16bit"], 16)


def bought(kind, dollars, hours, compute, chip, bits, utilisation, price, overhead=2.0):
    """Return what a budget comes to, whichever of the three ways it is given.

    Parameters
    ----------
    kind : str
        dollars, hours or FLOP: which of the next three counts.
    dollars, hours, compute : float
        Money, accelerator-hours, useful FLOP.
    chip : str
        One of `CHIPS`.
    bits : int
        16 or 8.
    utilisation : float
        Share of the peak.
    price : float
        Dollars per accelerator-hour.
    overhead : float
        Power of the site over that of its accelerators.

    Returns
    -------
    Bought

    Examples
    --------
    >>> deal = bought("dollars", 1e6, 0, 0, "H100", 16, utilisation=0.4, price=2.0)
    >>> print(f"{deal.hours:.0f} hours, {deal.compute_flop:.3g} FLOP")
    500000 hours, 7.12e+23 FLOP
    """
    rate, _ = peak(chip, bits)
    machine = Machine(rate, utilisation, price, _datasheet(chip)["tdp_w"], overhead)
    if one_of("kind", kind, ["dollars", "hours", "FLOP"]) == "dollars":
        hours = dollars / price
    elif kind == "FLOP":
        hours = accelerator_hours(compute, rate, utilisation)
    return Bought(float(compute_in(hours, rate, utilisation)), float(hours), float(hours * price), machine)


def implied():
    """Return what estimated cloud bills of known runs imply for price over utilisation, and for power.

    Returns
    -------
    list of Implied
        Runs of one kind of accelerator whose bill, compute and power Epoch AI has estimated, at 16 bits, by date.

    Examples
    --------
    >>> print(f"{implied()[0].model}: {implied()[0].dollars_per_full_hour:.1f} dollars per hour at full peak")
    GPT-3 175B: 6.2 dollars per hour at full peak
    """
    chips = {row["chip"]: row for row in load("accelerators")}
    bills = {row["model"]: row["cloud_usd"] for row in load("training_costs") if np.isfinite(row["cloud_usd"])}
    found = []
    for row in load("ai_models"):
        if row["model"] in bills and row["hardware"] in HARDWARE:
            chip = chips[HARDWARE[row["hardware"]]]
            hours = accelerator_hours(row["training_flop"], chip["flop_per_s_16bit"], 1)
            watts = row["power_mw"] * 1e6 / row["hardware_count"]
            found.append(Implied(row["model"], row["hardware"], bills[row["model"]] / hours, watts / chip["tdp_w"]))
    return found


def wallet():
    """Return the panel that turns money, hours or operations into each other.

    Returns
    -------
    Panel
        `bought(**panel.state)` has the numbers.
    """
    figure = paper(height=2.3)
    axes = set_axes(figure.add_subplot(), "compute_flop", "", log="x", xlim=(FIRST, LAST), ylim=(0, 1))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    for place, (name, compute) in enumerate(_known_runs()):
        axes.plot([compute, compute], [0, 0.16], color=COLORS["grey"])
        axes.text(compute, 0.2 + 0.14 * (place % 2), name, ha="center", color=COLORS["grey"], fontsize=9)
    (line,) = axes.plot([], [], color=COLORS["orange"])
    (dot,) = axes.plot([], [], "o", color=COLORS["orange"], ms=9)
    word = axes.text(FIRST, 0.8, "you", color=COLORS["orange"], ha="center", weight="bold")
    gopher = constant("hoffmann2022.gopher.compute_flop")

    def move(kind, dollars, hours, compute, chip, bits, utilisation, price):
        deal = bought(kind, dollars, hours, compute, chip, bits, utilisation, price)
        rate, used = peak(chip, bits)
        x = float(np.clip(deal.compute_flop, FIRST * 1.1, LAST / 1.1))
        line.set_data([x, x], [0, 0.68])
        dot.set_data([x], [0.68])
        word.set_position((x, 0.8))
        fallback = " (this chip has no 8-bit peak)" * (used != bits)
        return (
            f"{short(deal.dollars)} dollars = {short(deal.hours)} accelerator-hours = {deal.compute_flop:.3g} FLOP, "
            f"{deal.compute_flop / gopher:.3g} times Gopher. Peak {rate:.3g} FLOP/s at {used} bits{fallback}."
        )

    return Panel(
        figure,
        move,
        [line, dot, word],
        "A line of training compute from 1e20 to 1e27 FLOP with marks for GPT-3, Gopher, GPT-4, Llama 3.1 405B "
        "and Grok 4, and an orange pin for what your budget buys.",
        kind=buttons("what is given", ["dollars", "hours", "FLOP"]),
        dollars=log_slider("dollars", 5e6, 1e4, 1e9),
        hours=log_slider("accelerator-hours", 1e6, 1e3, 1e8),
        compute=log_slider("useful FLOP", 1e24, 1e21, 1e27),
        chip=choice("accelerator", list(CHIPS), "H100"),
        bits=buttons("precision", {"16 bits": 16, "8 bits": 8}),
        utilisation=slider("your utilisation", 0.35, 0.05, 0.8, 0.01),
        price=slider("your price (dollars an hour)", 2.5, 0.5, 15, 0.1, digits=1),
    )


def calendar(deal, deadline_days=90):
    """Return the panel for how many accelerators, how many days, and how much energy.

    Parameters
    ----------
    deal : Bought
        What is to be run.
    deadline_days : float
        Drawn as a line.

    Returns
    -------
    Panel
    """
    counts = np.geomspace(8, 2e5, 100)
    figure = paper(height=3.2)
    axes = set_axes(figure.add_subplot(), "accelerators", "days", xlim=(8, 2e5), ylim=(0.3, 3e3))
    axes.axhline(deadline_days, color=COLORS["grey"], ls=":")
    axes.text(9, deadline_days * 1.15, f"{deadline_days:.0f} days", color=COLORS["grey"])
    (line,) = axes.plot([], [], color=COLORS["blue"])
    (dot,) = axes.plot([], [], "o", color=COLORS["orange"], ms=9)
    drawn = axes.text(0.98, 0.9, "", transform=axes.transAxes, ha="right", color=COLORS["orange"], weight="bold")

    def move(count, utilisation, overhead):
        machine = Machine(
            deal.machine.flop_per_s, utilisation, deal.machine.dollars_per_hour, deal.machine.watts, overhead
        )
        days = machine.days(deal.compute_flop, count)
        line.set_data(counts, machine.days(deal.compute_flop, counts))
        dot.set_data([count], [np.clip(days, 0.33, 2.7e3)])
        late = f", {days / deadline_days:.1f} times the deadline" if days > deadline_days else ""
        power = f"{count * machine.watts * overhead / 1e6:.3g} MW"
        drawn.set_text(power)
        return (
            f"{days:.3g} days{late}; {power}, {machine.energy_mwh(deal.compute_flop):,.0f} MWh, "
            f"{short(float(machine.dollars(deal.compute_flop)))} dollars."
        )

    return Panel(
        figure,
        move,
        [line, dot, drawn],
        "Days of training against the number of accelerators, both logarithmic: a falling line, a dot for the choice made, and a "
        "dotted line at the deadline.",
        count=log_slider("accelerators", 1024, 8, 2e5),
        utilisation=slider("your utilisation", deal.machine.utilisation, 0.05, 0.8, 0.01),
        overhead=slider("site power over chip power", deal.machine.overhead, 1, 3, 0.05),
    )


def _datasheet(chip):
    table = load("accelerators")
    return next(iter(table.where(table["chip"] == CHIPS[one_of("chip", chip, CHIPS)])))


def _known_runs():
    table = load("ai_models")
    compute = dict(zip(table["model"].tolist(), table["training_flop"].tolist(), strict=True))
    return [(name, compute[model]) for model, name in RUNS.items()]
