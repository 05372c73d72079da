"""Lab 2, plan a training run: what a budget buys and how long it takes; how it is split; what serving adds to the bill."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from scalinglaws.check import one_of, positive
from scalinglaws.data import constant, load
from scalinglaws.laws.money.bill import Machine, accelerator_hours, compute_in
from scalinglaws.laws.money.cluster import (
    best_interval,
    capital_per_hour,
    electricity_per_hour,
    restart_for,
    time_between_stops,
    useful_share,
)
from scalinglaws.laws.money.cost import cheapest_for_loss
from scalinglaws.laws.training.chinchilla import Chinchilla, compute_factor
from scalinglaws.laws.training.flops import FORWARD, TRAIN
from scalinglaws.laws.training.kaplan import Kaplan
from scalinglaws.show.controls import buttons, choice, log_slider, slider
from scalinglaws.show.figures import COLORS, set_axes, short
from scalinglaws.show.marks import color_key
from scalinglaws.show.panel import Panel, paper

CHIPS = {
    "A100": "NVIDIA A100 80GB SXM",
    "H100": "NVIDIA H100 SXM",
    "B200": "NVIDIA B200",
    "MI300X": "AMD MI300X",
    "TPU v5p": "Google TPU v5p",
    "TPU v7": "Google TPU v7 Ironwood",
}
"""Accelerators on offer, and their rows in the table `accelerators`."""

HARDWARE = {
    "V100": "NVIDIA V100 SXM2",
    "A100 40GB": "NVIDIA A100 40GB SXM",
    "A100 80GB": "NVIDIA A100 80GB SXM",
    "H100": "NVIDIA H100 SXM",
    "TPU v4": "Google TPU v4",
}
"""Accelerators as the table of models writes them, and as the table `accelerators` does."""

LAWS = {
    "Hoffmann, unrounded": "hoffmann2022_tex",
    "Hoffmann, as printed": "hoffmann2022",
    "refit (Besiroglu)": "besiroglu2024",
    "C4 (Muennighoff)": "muennighoff2023",
}
"""Published fits of the law with two terms."""

RULES = [*LAWS, "20 tokens per parameter", "Kaplan 2020"]
"""Whose best size can be asked for."""

SERVERS, PUE = 1.8, 1.1
"""Power of servers and network over that of their accelerators, and of the site over that: their product is in the table."""

DOLLARS_PER_KWH = 0.08
_COPY = 1 / 3  # minutes that a job stands still for a copy of its state
_KNOWN_RUNS = ("GPT-3 175B", "Gopher 280B", "GPT-4", "Llama 3.1 405B", "Grok 4")
_ON_THE_PLANE = {  # name shown, and its place in points from the dot
    "GPT-3 175B": ("GPT-3", (-32, -3)),
    "Gopher 280B": ("Gopher", (-12, 6)),
    "MT-NLG 530B": ("MT-NLG", (6, -4)),
    "PaLM 540B": ("PaLM", (6, -3)),
    "Chinchilla 70B": ("Chinchilla", (-52, -3)),
    "Llama 2-70B": ("Llama 2 70B", (-64, -3)),
    "Llama 3-8B": ("Llama 3 8B", (-25, 6)),
    "Llama 3-70B": ("Llama 3 70B", (-20, 6)),
    "Llama 3.1 405B": ("Llama 3.1 405B", (-20, 6)),
    "DeepSeek-V3": ("DeepSeek-V3 (active)", (-104, -9)),
    "Qwen3-0.6B": ("Qwen3 0.6B", (-10, 6)),
}
_LEAST_FLOP, _MOST_FLOP = 1e20, 1e27


class ImpliedPrice(NamedTuple):
    """What an estimated bill implies: dollars for an hour at full peak (price over utilisation), site over chip power."""

    model: str
    chip: str
    dollars_per_full_hour: float
    overhead: float


class Purchase(NamedTuple):
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


def purchase(kind, dollars, hours, compute, chip, bits, utilisation, price, overhead=SERVERS * PUE):
    """Return the `Purchase` of a budget in "dollars", accelerator "hours" or useful "FLOP": `kind` says which counts.

    Price in dollars per accelerator-hour, utilisation as a share of the peak, overhead as site over chip power.

    >>> deal = purchase("dollars", 1e6, 0, 0, "H100", 16, utilisation=0.4, price=2.0)
    >>> print(f"{deal.hours:.0f} hours, {deal.compute_flop:.3g} FLOP")
    500000 hours, 7.12e+23 FLOP
    """
    rate, _ = peak(chip, bits)
    machine = Machine(rate, utilisation, price, _datasheet(chip)["tdp_w"], overhead)
    if one_of("kind", kind, ["dollars", "hours", "FLOP"]) == "dollars":
        hours = dollars / price
    elif kind == "FLOP":
        hours = accelerator_hours(compute, rate, utilisation)
    return Purchase(float(compute_in(hours, rate, utilisation)), float(hours), float(hours * price), machine)


def owner_price(chip):
    """Return what an hour of one of `CHIPS` costs its owner, in dollars, NaN if no price is known: assumptions of chapter 12.

    >>> round(owner_price("H100"), 2)
    1.71
    """
    sheet = _datasheet(chip)
    power = electricity_per_hour(SERVERS * sheet["tdp_w"], PUE, DOLLARS_PER_KWH)
    return float(capital_per_hour(sheet["price_usd"], 1.5, 4, 0.9) + power)


def kept_time(count, restart):
    """Return the share of its time that one job on `count` accelerators keeps, for a restart in minutes, as often stopped as Llama 3's.

    >>> round(float(kept_time(16_384, 8.3)), 2)
    0.9
    """
    between = 60 * time_between_stops(np.asarray(count, dtype=float), _chip_hours())
    return useful_share(best_interval(_COPY, between), _COPY, restart, between)


def usual_restart():
    """Return the restart in minutes with which Llama 3's job kept 90 % of its time, the least that its makers say."""
    between = 60 * time_between_stops(constant("llama3_job.chips"), _chip_hours())
    return float(restart_for(constant("llama3_job.useful_at_least"), _COPY, between))


def _chip_hours():
    job = [constant(f"llama3_job.{name}") for name in ("days", "chips", "unexpected")]
    return 24 * job[0] * job[1] / job[2]


def implied_prices():
    """Return what estimated cloud bills imply, by date of the run: a list of `ImpliedPrice`.

    Runs on one kind of accelerator whose bill, compute and power Epoch AI has estimated; peaks at 16 bits.

    >>> print(f"{implied_prices()[0].model}: {implied_prices()[0].dollars_per_full_hour:.1f} dollars per hour at full peak")
    GPT-3 175B: 6.2 dollars per hour at full peak
    """
    chips = {row["chip"]: row for row in load("accelerators")}
    bills = {row["model"]: row["cloud_usd"] for row in load("training_costs") if np.isfinite(row["cloud_usd"])}
    prices = []
    for row in load("ai_models"):
        if row["model"] in bills and row["hardware"] in HARDWARE:
            chip = chips[HARDWARE[row["hardware"]]]
            hours = accelerator_hours(row["training_flop"], chip["flop_per_s_16bit"], 1)
            watts = row["power_mw"] * 1e6 / row["hardware_count"]
            price = bills[row["model"]] / hours
            prices.append(ImpliedPrice(row["model"], row["hardware"], price, watts / chip["tdp_w"]))
    return prices


def wallet():
    """Return the panel that turns money, hours and operations into each other; `purchase(**panel.state)` has the numbers."""
    figure = paper(height=2.3)
    axes = set_axes(figure.add_subplot(), "compute_flop", "", "x", xlim=(_LEAST_FLOP, _MOST_FLOP), ylim=(0, 1))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    models = load("ai_models")
    training_flop = dict(zip(models["model"].tolist(), models["training_flop"].tolist(), strict=True))
    for row, model in enumerate(_KNOWN_RUNS):
        x, name = training_flop[model], model.removesuffix(" 175B").removesuffix(" 280B")
        axes.plot([x, x], [0, 0.16], color=COLORS["grey"])
        axes.text(x, 0.2 + 0.14 * (row % 2), name, ha="center", color=COLORS["grey"], fontsize=9)
    (line,) = axes.plot([], [], color=COLORS["orange"])
    (dot,) = axes.plot([], [], "o", color=COLORS["orange"], ms=9)
    you = axes.text(_LEAST_FLOP, 0.8, "you", color=COLORS["orange"], ha="center", weight="bold")
    gopher = constant("hoffmann2022.gopher.compute_flop")

    def move(kind, dollars, hours, compute, chip, bits, utilisation, price):
        deal = purchase(kind, dollars, hours, compute, chip, bits, utilisation, price)
        rate, used_bits = peak(chip, bits)
        x = float(np.clip(deal.compute_flop, _LEAST_FLOP * 1.1, _MOST_FLOP / 1.1))
        line.set_data([x, x], [0, 0.68])
        dot.set_data([x], [0.68])
        you.set_position((x, 0.8))
        fallback = " (this chip has no 8-bit peak)" * (used_bits != bits)
        own = owner_price(chip)
        owner = f" An hour costs its owner about {own:.2f} dollars." if np.isfinite(own) else ""
        return (
            f"{short(deal.dollars)} dollars = {short(deal.hours)} accelerator-hours = {deal.compute_flop:.3g} FLOP, "
            f"{deal.compute_flop / gopher:.3g} times Gopher. Peak {rate:.3g} FLOP/s at {used_bits} bits{fallback}.{owner}"
        )

    return Panel(
        figure,
        move,
        [line, dot, you],
        "A line of training compute from 1e20 to 1e27 FLOP with marks for GPT-3, Gopher, GPT-4, Llama 3.1 405B "
        "and Grok 4, and an orange pin for what your budget buys.",
        kind=buttons("what is given", ["dollars", "hours", "FLOP"]),
        dollars=log_slider("dollars", 5e6, 1e4, 1e9, enabled_when=lambda state: state["kind"] == "dollars"),
        hours=log_slider("accelerator-hours", 1e6, 1e3, 1e8, enabled_when=lambda state: state["kind"] == "hours"),
        compute=log_slider("useful FLOP", 1e24, 1e21, 1e27, enabled_when=lambda state: state["kind"] == "FLOP"),
        chip=choice("accelerator", list(CHIPS), "H100"),
        bits=buttons("precision", {"16 bits": 16, "8 bits": 8}),
        utilisation=slider("your utilisation", 0.35, 0.05, 0.8, 0.01),
        price=slider("your price (dollars an hour)", 2.5, 0.5, 15, 0.1, digits=1),
    )


def calendar(deal, deadline_days=90):
    """Return the panel for how many accelerators, how many days, and how much energy a `Purchase` takes."""
    counts = np.geomspace(8, 1e6, 100)
    figure = paper(height=3.2)
    axes = set_axes(figure.add_subplot(), "accelerators", "days", xlim=(8, 1e6), ylim=(0.3, 3e3))
    axes.axhline(deadline_days, color=COLORS["grey"], ls=":")
    axes.text(9, deadline_days * 1.15, f"{deadline_days:.0f} days", color=COLORS["grey"])
    (line,) = axes.plot([], [], color=COLORS["blue"])
    (dot,) = axes.plot([], [], "o", color=COLORS["orange"], ms=9)
    power = axes.text(0.98, 0.9, "", transform=axes.transAxes, ha="right", color=COLORS["orange"], weight="bold")

    def move(count, utilisation, restart, pue):
        machine = replace(deal.machine, utilisation=utilisation, overhead=SERVERS * pue)
        kept = float(kept_time(count, restart))
        days = machine.days(deal.compute_flop, count) / kept
        energy = machine.energy_mwh(deal.compute_flop) / kept
        line.set_data(counts, machine.days(deal.compute_flop, counts) / kept_time(counts, restart))
        dot.set_data([count], [np.clip(days, 0.33, 2.7e3)])
        power.set_text(f"{count * machine.watts * machine.overhead / 1e6:.3g} MW")
        late = f", {days / deadline_days:.1f} times the deadline" if days > deadline_days else ""
        return (
            f"{days:.3g} days{late}, {kept:.1%} of the time useful; {power.get_text()}, {energy:,.0f} MWh, that is "
            f"{short(1000 * energy * DOLLARS_PER_KWH)} of {short(float(machine.dollars(deal.compute_flop)) / kept)} dollars."
        )

    return Panel(
        figure,
        move,
        [line, dot, power],
        "Days of training against the number of accelerators, both logarithmic: a falling line that turns up at the right end, a dot "
        "for the choice made, and a dotted line at the deadline.",
        count=log_slider("accelerators", 1024, 8, 1e6),
        utilisation=slider("your utilisation", deal.machine.utilisation, 0.05, 0.8, 0.01),
        restart=slider("minutes from a stop to useful work", round(usual_restart(), 1), 0, 30, 0.1, digits=1),
        pue=slider("PUE, site power over computers", PUE, 1, 2, 0.01),
    )


def law_of(name):
    """Return the `Chinchilla` behind one of the names in `LAWS`."""
    return Chinchilla.published(LAWS[one_of("name", name, LAWS)])


def best_size(rule, compute_flop):
    """Return the parameters that one of `RULES` prefers for a budget 6ND (any shape).

    For Kaplan's rule half of the budget counts, as for training at the critical batch.

    >>> [short(float(best_size(rule, 5.76e23))) for rule in ("Hoffmann, unrounded", "20 tokens per parameter", "Kaplan 2020")]
    ['40.3B', '69.3B', '485B']
    """
    compute_flop = positive("compute_flop", compute_flop)
    if one_of("rule", rule, RULES) == "Kaplan 2020":
        return Kaplan.published().optimum(compute_flop / 2).n_params
    if rule in LAWS:
        return law_of(rule).optimum(compute_flop).n_params
    return np.sqrt(compute_flop / TRAIN / 20)


def extra_compute(rule, compute_flop, size_ratio, truth):
    """Return the share of compute paid beyond need for `size_ratio` times the size of a rule, if `truth` of `LAWS` is right.

    >>> print(f"{extra_compute('refit (Besiroglu)', 5.76e23, 1, 'Hoffmann, unrounded'):.0%}")
    11%
    """
    law = law_of(truth)
    times = size_ratio * best_size(rule, compute_flop) / law.optimum(compute_flop).n_params
    return float(compute_factor(times, law.alpha, law.beta) - 1)


def split(compute_flop):
    """Return the panel that splits a budget, at first this one, between size and tokens, among models that were trained."""
    figure = paper(height=4.8)
    axes = set_axes(figure.add_subplot(), "n_params", "n_tokens", xlim=(3e8, 3e13), ylim=(3e10, 3e15))
    stocks = load("text_stocks")
    text = float(stocks["tokens"][stocks["name"] == "quality_text"][0])
    axes.axhline(text, color=COLORS["grey"], ls=":")
    axes.text(6e10, text * 1.15, "public text of usable quality, once", ha="center", color=COLORS["grey"], fontsize=9)
    for name, n_params, n_tokens, place in trained_models():
        axes.plot(n_params, n_tokens, "o", color=COLORS["grey"], ms=4)
        axes.annotate(name, (n_params, n_tokens), place, textcoords="offset points", color=COLORS["grey"], fontsize=8.5)
    (equal,) = axes.plot([], [], color=COLORS["sky"], lw=1.5)
    (path,) = axes.plot([], [], color=COLORS["blue"], ls="--", lw=1.5)
    (right,) = axes.plot([], [], "D", color=COLORS["green"], ms=7)
    (dot,) = axes.plot([], [], "o", color=COLORS["orange"], ms=10)
    sizes, budgets = np.geomspace(1e7, 1e15, 60), np.geomspace(1e18, 1e30, 60)

    def move(compute, rule, size_ratio, truth):
        n_params = size_ratio * float(best_size(rule, compute))
        n_tokens = compute / TRAIN / n_params
        equal.set_data(sizes, compute / TRAIN / sizes)
        preferred = best_size(rule, budgets)
        path.set_data(preferred, budgets / TRAIN / preferred)
        dot.set_data([np.clip(n_params, 3.4e8, 2.6e13)], [np.clip(n_tokens, 3.4e10, 2.6e15)])
        best = law_of(truth).optimum(compute)
        right.set_data([best.n_params], [best.n_tokens])
        loss = law_of(truth).loss(n_params, n_tokens)
        more = f" More than all public text of usable quality ({short(text)})!" if n_tokens > text else ""
        return (
            f"{compute:.3g} FLOP: {short(n_params)} parameters on {short(n_tokens)} tokens, {n_tokens / n_params:.3g} each. "
            f"If {truth} is right: loss {loss:.3f}, {extra_compute(rule, compute, size_ratio, truth):.0%} extra compute.{more}"
        )

    return Panel(
        figure,
        move,
        [equal, path, right, dot],
        "Training tokens against parameters, both logarithmic, with grey dots for models from GPT-3 to DeepSeek-V3. A solid line "
        "joins all plans of one budget, a dashed line the best plans of a rule, an orange dot is your plan, and a green diamond "
        "the best plan if another law is right.",
        compute=log_slider("training compute (FLOP)", compute_flop, 1e21, 1e28),
        rule=choice("whose rule", RULES),
        size_ratio=log_slider("times the size of the rule", 1, 0.05, 10),
        truth=choice("who is right", list(LAWS), "refit (Besiroglu)"),
    )


def trained_models():
    """Return (name, parameters, tokens, place of the name in points) of models on the plane; active parameters if sparse."""
    rows = {row["model"]: row for row in load("tokens_per_parameter")}
    for model, (name, place) in _ON_THE_PLANE.items():
        row = rows[model]
        active = row["n_params_active"]
        yield name, float(active if np.isfinite(active) else row["n_params"]), float(row["n_tokens"]), place


def serving(compute_flop):
    """Return the panel that adds the use of the model to the bill, at the loss of the compute-optimal one for a budget."""
    figure = paper(height=3.8)
    axes = set_axes(figure.add_subplot(), "size over the compute-optimal size", "bill (training it at its best = 1)")
    axes.set(xlim=(0.1, 2.5), ylim=(0.03, 100))
    (train,) = axes.plot([], [], color=COLORS["blue"], lw=1.5)
    (serve,) = axes.plot([], [], color=COLORS["green"], lw=1.5)
    (both,) = axes.plot([], [], color=COLORS["black"])
    (dot,) = axes.plot([], [], "o", color=COLORS["orange"], ms=9)
    color_key(axes, {"training": "blue", "serving": "green", "both": "black"})

    def move(served, fit, efficiency):
        law = law_of(fit)
        best = law.optimum(compute_flop)
        ratios = np.geomspace(1.03 * law.smallest_ratio, 2.5, 300)
        training = ratios * law.tokens_factor(ratios)
        using = FORWARD * served / efficiency * ratios * best.n_params / compute_flop
        plan = cheapest_for_loss(law, best.loss, per_param=FORWARD * served / efficiency)
        total = plan.cost / compute_flop
        train.set_data(ratios, training)
        serve.set_data(ratios, using)
        both.set_data(ratios, training + using)
        dot.set_data([plan.n_params / best.n_params], [np.clip(total, 0.035, 90)])
        usual = 1 + FORWARD * served / efficiency * best.n_params / compute_flop
        return (
            f"Cheapest for the loss of {short(best.n_params)} on {short(best.n_tokens)}: {short(float(plan.n_params))} on "
            f"{short(float(plan.n_tokens))} tokens ({plan.tokens_per_param:.3g} each). Training costs "
            f"{plan.compute_flop / compute_flop:.2f} times as much, the whole bill is {1 - total / usual:.0%} lower."
        )

    return Panel(
        figure,
        move,
        [train, serve, both, dot],
        "The bill against the size of a model, at one loss: training gets more expensive towards small sizes, steeply at the end, "
        "serving gets cheaper, and their sum has a lowest point, marked by a dot, to the left of the compute-optimal size.",
        served=log_slider("tokens served in its life", 1e13, 1e9, 1e16),
        fit=choice("law", list(LAWS), "refit (Besiroglu)"),
        efficiency=log_slider("utilisation when serving / training", 1, 0.01, 1),
    )


def _datasheet(chip):
    table = load("accelerators")
    return next(iter(table.where(table["chip"] == CHIPS[one_of("chip", chip, CHIPS)])))
