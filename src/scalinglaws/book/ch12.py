"""The live figures of chapter 12: what ten times needs, the bill, useful time against chips, one cluster, and latency; exercises."""

import numpy as np

from scalinglaws.course.tasks import Exercise
from scalinglaws.laws.money.bill import accelerator_hours, compute_in
from scalinglaws.laws.money.cluster import (
    best_interval,
    capital_per_hour,
    chips_for,
    electricity_per_hour,
    latency_limit,
    time_between_stops,
    useful_share,
    young_interval,
)
from scalinglaws.show.layers import Layers, linear_axis, log_axis, names_axis
from scalinglaws.show.live import Rows, checkbox, range_slider

PEAK = 989e12  # of an H100 at 16 bits
NEEDS = ["chips at one site", "power at one site", "dollars for the run", "stops per hour"]


def ten_times(have, per_hour, watts, chip_hours):
    """Show what a run needs as a multiple of the most that was known by mid 2026.

    `have` has the chips, megawatts, dollars and hours between stops to compare with, `per_hour` the dollars of a chip-hour.
    """

    def chips(row, p):
        return chips_for(10**p.power, PEAK, 0.4, p.days)

    def need(row, p):
        n = row.chips
        hours = accelerator_hours(10**p.power, PEAK, 0.4)
        parts = (
            n / have["chips"],
            n * watts / 1e6 / have["megawatts"],
            hours * per_hour / have["dollars"],
            have["hours"] / time_between_stops(n, chip_hours),
        )
        return sum(part * one for part, one in zip(parts, (row.c0, row.c1, row.c2, row.c3), strict=True))

    marks = {f"c{k}": [float(k == j) for j in range(4)] for k in range(4)}
    rows = Rows({"what": NEEDS, **marks}).compute(chips=chips, need=need, there=lambda row, p: 1.0)
    words = Rows(steps=1).compute(chips=chips, flop=lambda row, p: 10**p.power)
    x = log_axis("need", "times the most that was known by mid 2026", 0.01, 1e4, "short", clamp=True)
    layers = (
        Layers(x, names_axis("what", NEEDS, minExtent=40, labelLimit=130), height=240)
        .mark("bar", rows, x="there", x2="need", y="what", color="sky", height=14, opacity=0.8)
        .dot(rows)
        .rule(rows, x="there", color="black", dash=[3, 3])
        .words(rows, "{need:.2~r}", dx=12, align="left")
        .words(words, "{flop:.1~e} FLOP: {chips:.2~s} H100", x=8, y=12, align="left")
    )
    text = (
        "Four bars on a logarithmic axis, each from 1, the most that was known by mid 2026. At 5e27 FLOP in 90 days, ten times the "
        "largest published run, chips and power are at about 2, the dollars at 18 and the stops per hour at 99."
    )
    return layers.live(
        text,
        range_slider("power", 27.7, 26, 29.3, 0.1, "compute: 10 to the power"),
        range_slider("days", 90, 60, 180, 5, "days"),
    )


def half_or_none(chip_hours, cases):
    """Let the reader guess the useful share of a job ten times as large as Llama 3's, then show it against size.

    `cases` are (checkpoint, restart) in minutes that leave 90 % at Llama 3's size: those of least and of most at ten times it.
    """

    def share(checkpoint, restart):
        def useful(row, p):
            between = 60 * time_between_stops(row.chips, chip_hours)
            return useful_share(young_interval(checkpoint, between), checkpoint, restart, between)

        return useful

    (low, high), ten = cases, 163_840.0
    grid = Rows(steps=121).compute(
        chips=lambda row, p: 10 ** (3 + row.i / 40), low=share(*low), high=share(*high), middle=lambda row, p: 0.9
    )
    guess = Rows({"chips": [ten]}).compute(low=share(*low), high=share(*high), guess=lambda row, p: p.guess / 100)
    known = Rows({"chips": [16_384.0], "high": [0.9]})
    x = log_axis("chips", "chips in one job", 1e3, 1e6, "short")
    y = linear_axis("high", "useful share of the time", 0, 1, format=".0%", tickCount=5)
    layers = (
        Layers(x, y, height=280)
        .band(grid, "low", "high", when="reveal")
        .line(grid, y="low", width=1.5, when="reveal")
        .line(grid, y="high", width=1.5, when="reveal")
        .dot(known, color="grey")
        .words(known, "Llama 3", dx=-6, dy=16, align="right")
        .dot(guess, y="guess", color="orange", size=160, shape="diamond")
        .words(guess, "your guess: {guess:.0%}", y="guess", align="right", dx=-10, dy=-14)
    )
    text = (
        "Useful share of the time against chips in one job. A grey dot at 16,384 chips and 90 per cent, and the reader's guess "
        "for ten times the chips as a diamond. When revealed, two curves fall, through 47 and 64 per cent there."
    )
    return layers.live(
        text,
        range_slider("guess", 70, 2, 96, 1, "your guess, in %"),
        checkbox("reveal", "show what the formula gives"),
    )


def bill(watts):
    """Show the bill of a run, machines and electricity, at prices that the reader moves."""

    def machines(row, p):
        return capital_per_hour(1000 * p.chip, p.multiple, p.life, 0.9) * row.hours

    def electricity(row, p):
        return electricity_per_hour(watts, p.pue, p.cents / 100) * row.hours

    def share(row, p):
        return row.electricity / (row.machines + row.electricity)

    rows = Rows(steps=1).compute(
        hours=lambda row, p: accelerator_hours(10**p.power, PEAK, p.used / 100), machines=machines, electricity=electricity,
        share=share, total=lambda row, p: row.machines + row.electricity,
        one=lambda row, p: 1.0, rest=lambda row, p: 1 - share(row, p), zero=lambda row, p: 0.0,
        energy=lambda row, p: row.hours * watts * p.pue / 1e9,
    )  # fmt: skip
    x = linear_axis("share", "share of the bill", 0, 1, format=".0%", tickCount=5)
    y = linear_axis("zero", None, 0, 1, values=[], minExtent=0)
    layers = (
        Layers(x, y, height=120)
        .mark("bar", rows, x="zero", x2="rest", y=60, size=34, color="sky")
        .mark("bar", rows, x="rest", x2="one", y=60, size=34, color="orange")
        .words(rows, "machines", x=10, y=60, align="left", baseline="middle")
        .words(rows, "electricity {share:.1%}", x=-6, y=96, align="right")
        .words(rows, "{total:$,.3~s} in all, {energy:,.3~r} GWh", x=10, y=20, align="left")
    )
    text = (
        "One bar, the bill of a run, split into machines and electricity. With the start values 3.8e25 FLOP cost 41 million "
        "dollars, of which electricity is 7 per cent."
    )
    return layers.live(
        text,
        range_slider("power", 25.58, 23, 28, 0.02, "compute: 10 to the power"),
        range_slider("used", 40, 10, 60, 1, "utilisation, in %"),
        range_slider("chip", 30, 10, 60, 1, "price of a chip, 1,000 dollars"),
        range_slider("multiple", 1.5, 1, 3, 0.1, "with servers and network, times"),
        range_slider("life", 4, 2, 8, 0.5, "years of life"),
        range_slider("pue", 1.1, 1, 2, 0.01, "PUE"),
        range_slider("cents", 8, 2, 30, 1, "cents per kWh"),
    )


def useful_time(chip_hours):
    """Show the useful share of one job against its chips, for failures, restart and checkpoint that the reader sets."""

    def useful(row, p):
        between = 60 * time_between_stops(row.chips, p.better * chip_hours)
        return useful_share(young_interval(p.seconds / 60, between), p.seconds / 60, p.minutes, between)

    grid = Rows(steps=121).compute(chips=lambda row, p: 10 ** (3.5 + row.i / 40), useful=useful)
    point = Rows(steps=1).compute(
        chips=lambda row, p: 10**p.size, useful=useful,
        stop=lambda row, p: 60 * time_between_stops(row.chips, p.better * chip_hours),
        copy=lambda row, p: young_interval(p.seconds / 60, row.stop),
        effective=lambda row, p: row.chips * row.useful,
    )  # fmt: skip
    x = log_axis("chips", "chips in one job", 10**3.5, 10**6.5, "short")
    y = linear_axis("useful", "useful share of the time", 0, 1, format=".0%", tickCount=5)
    layers = (
        Layers(x, y, height=280)
        .line(grid)
        .dot(point, color="orange")
        .words(point, "stop: {stop:.2~r} min, copy: {copy:.2~r} min", x=8, y=-28, align="left")
        .words(point, "{chips:.3~s} chips do the work of {effective:.3~s}", x=8, y=-10, align="left")
    )
    text = (
        "Useful share of the time against the chips of one job, a curve that falls from near one to near zero, with a dot on it. "
        "With ten times fewer failures the whole curve moves one decade to the right."
    )
    return layers.live(
        text,
        range_slider("size", 5.2, 3.5, 6.4, 0.05, "chips: 10 to the power"),
        range_slider("better", 1, 1, 100, 1, "times rarer failures than Llama 3's"),
        range_slider("minutes", 8, 0, 30, 0.5, "restart, in minutes"),
        range_slider("seconds", 20, 1, 300, 1, "copy, in seconds"),
    )


def latency(batch, scale, exponent, layers, at_params, published):
    """Show the limit that messages set to a run, against its days, for a fixed batch and for one that grows.

    `batch` is in tokens, `scale` and `exponent` of a law for the best batch, `published` the limit of the paper, in FLOP.
    """

    def limit(b, q):
        return lambda row, p: latency_limit(row.days, p.wait * 1e-6, b, q, layers, at_params, p.messages)

    grid = Rows(steps=81).compute(
        days=lambda row, p: 10 ** (1 + row.i / 50), fixed=limit(batch, 0.0), grows=limit(scale, exponent)
    )
    ends = Rows({"days": [90.0]}).compute(
        fixed=limit(batch, 0.0), grows=limit(scale, exponent), paper=lambda row, p: published
    )
    x = log_axis("days", "days of training", 10, 400, values=[10, 30, 90, 180, 365])
    y = log_axis("fixed", "largest run (FLOP)", 1e26, 1e37, "power", every=2)
    layers_ = (
        Layers(x, y, height=280)
        .line(grid)
        .line(grid, y="grows", color="green")
        .dot(ends, clip=True)
        .dot(ends, y="grows", color="green", clip=True)
        .dot(ends, y="paper", color="grey", shape="diamond")
        .words(ends, "batch as Llama 3's: {fixed:.1~e}", x=-8, y=-12, align="right", color="#0072B2")
        .words(ends, "batch grows with the data: {grows:.1~e}", x=8, y=14, align="left", color="#007D5A")
        .words(ends, "the paper", y="paper", dx=-10, align="right", baseline="middle")
    )
    text = (
        "The largest run that a chain of messages leaves time for, against days, on logarithmic axes: two rising lines, 1.2e30 FLOP "
        "at 90 days if the batch stays at 16 million tokens and 2.9e33 if it grows, with the paper's 1e31 between them."
    )
    return layers_.live(
        text,
        range_slider("wait", 10, 0.5, 50, 0.5, "latency of a message, microseconds"),
        range_slider("messages", 4, 1, 16, 1, "messages a layer, each way"),
    )


_MULTIPLE, _IN_USE = 1.5, 0.9  # of the base case: machine over chip, share of its life in which it computes


def _young_too_long(chips, chip_hours, copy):
    between = 60 * time_between_stops(chips, chip_hours)
    return 100 * (young_interval(copy, between) / best_interval(copy, between) - 1)


def _best_solves_its_equation(per_cent, chips, chip_hours, copy):
    """The interval t that Young's exceeds by so much solves exp((t + copy) / b) (1 - t / b) = 1."""
    b = 60 * chip_hours / chips
    t = np.sqrt(2 * copy * b) / (1 + per_cent / 100)
    return np.isclose(np.exp((t + copy) / b) * (1 - t / b), 1, rtol=1e-9)


def _peak_share(billions, trillions, chips, peak, useful, lost):
    hours = accelerator_hours(6 * billions * trillions * 1e21, peak * 1e12, 1)  # at the full peak
    return 100 * hours / (chips * lost * useful / (100 - useful))


def _plausible_run(per_cent, billions, chips, peak, useful, lost):
    """Numbers of a run that used about this share of the peak: the tokens follow."""
    hours = chips * lost * useful / (100 - useful)
    trillions = compute_in(hours, peak * 1e12, per_cent / 100) / (6e21 * billions)
    return {
        "billions": billions,
        "trillions": float(f"{trillions:.2g}"),
        "chips": chips,
        "peak": peak,
        "useful": useful,
        "lost": lost,
    }


def _flop_add_up(per_cent, billions, trillions, chips, peak, useful, lost):
    """The useful seconds, at that share of the peak, give 6 operations for each parameter and token."""
    lasted = lost / (1 - useful / 100)
    done = chips * (lasted - lost) * 3600 * peak * 1e12 * per_cent / 100
    return np.isclose(done, 6 * (billions * 1e9) * (trillions * 1e12))


def _equal_price(dollars, years, watts):
    return 100 * capital_per_hour(dollars, _MULTIPLE, years, _IN_USE) / electricity_per_hour(watts, 1, 1)


def _life_costs_the_machine(cents, dollars, years, watts):
    """All kilowatt-hours of its life cost as much as the machine."""
    kwh = years * 8766 * _IN_USE * watts / 1000
    return np.isclose(kwh * cents / 100, _MULTIPLE * dollars)


EXERCISES = (
    Exercise(
        id="ch12.ex3",
        label="ex-compute-power-money-young",
        text="A chip runs for {chip_hours:,d} hours, on average, from one interruption to the next, and each interruption stops "
        "the whole job of {chips:,d} chips. A copy of the state takes {copy:g} minutes. Let b be the mean time between "
        "interruptions of the job. The best interval t between copies solves exp((t + copy) / b) (1 - t / b) = 1; Young's rule "
        "is sqrt(2 copy b). By how many per cent is Young's interval longer than the best?",
        given={"chips": 163_840, "chip_hours": 50_677, "copy": 1},
        draw=lambda draw: {
            "chips": draw.pick(range(40_000, 200_001, 10_000)),
            "chip_hours": draw.pick(range(30_000, 90_001, 1_000)),
            "copy": draw.pick([0.5, 1, 1.5, 2]),
        },
        answer=_young_too_long,
        identity=_best_solves_its_equation,
        unit="%",
    ),
    Exercise(
        id="ch12.ex4",
        label="ex-compute-power-money-mai",
        text="A model with {billions:g} billion active parameters was trained on {trillions:g} trillion tokens (6 operations for "
        "each active parameter and token), with {chips:,d} chips of {peak:,d} TFLOP/s peak each. {useful:g} % of the time was "
        "useful, and the rest, {lost:d} hours, was lost. Which share of the peak did the training use in its useful time?",
        given={"billions": 35, "trillions": 30, "chips": 8192, "peak": 2500, "useful": 90, "lost": 51},
        draw=lambda draw: _plausible_run(
            draw.pick(range(15, 46)),
            draw.pick(range(10, 100)),
            draw.pick([2048, 4096, 8192, 16_384, 32_768]),
            draw.pick([989, 1307, 2250, 2500]),
            draw.pick([80, 85, 88, 92, 94, 95]),
            draw.pick(range(30, 121)),
        ),
        answer=_peak_share,
        identity=_flop_add_up,
        unit="% of the peak",
    ),
    Exercise(
        id="ch12.ex5",
        label="ex-compute-power-money-cheap",
        text="A chip costs {dollars:,d} dollars; machine and network together, chips included, cost "
        f"{_MULTIPLE:g} times as much for each chip. They last {{years:d}} years of 8,766 hours and compute in "
        f"{100 * _IN_USE:g} % of these. "
        "While it computes, a chip takes {watts:,d} watts, all of the site counted. At which price of electricity does an hour "
        "of computing cost as much in electricity as in machines?",
        given={"dollars": 30_000, "years": 4, "watts": 1379},
        draw=lambda draw: {
            "dollars": draw.pick(range(5_000, 60_001, 1_000)),
            "years": draw.pick(range(2, 9)),
            "watts": draw.pick(range(700, 2_001, 50)),
        },
        answer=_equal_price,
        identity=_life_costs_the_machine,
        unit="cents per kWh",
    ),
)
