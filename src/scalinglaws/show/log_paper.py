"""Lab 1's instruments: a curve laid on the points by hand, and a bet that is scored against two rulers."""

import numpy as np

from scalinglaws.laws.training.power import power_law, total_factor
from scalinglaws.show.controls import buttons, slider, switch
from scalinglaws.show.figures import COLORS, set_axes
from scalinglaws.show.panel import Panel, paper
from scalinglaws.show.rulers import bent_ruler, score, straight_ruler

START = 1e18
ONE, THREE = 1e21, 1e23
LOSSES = (1.1, 4.7)
FAR = np.geomspace(START, THREE, 120)


def by_hand(labs):
    """Return the panel in which a curve is laid on the points by hand.

    Parameters
    ----------
    labs : sequence of Series
        Measured from 1e18 FLOP on.

    Returns
    -------
    Panel
    """
    figure = paper(height=4.8)
    top, bottom = figure.subplots(2, height_ratios=[3, 1.2])
    set_axes(top, "compute_flop", "loss", xlim=(START / 1.5, THREE * 1.5), ylim=LOSSES)
    reach = labs[0].x[-1]
    set_axes(bottom, "", "miss (%)", log="x", xlim=(START / 1.1, reach * 1.1), ylim=(-12, 12))
    top.axvspan(START / 1.5, reach, color="#f2f2f2", lw=0)
    top.annotate("measured", (START / 1.3, 1.2), color=COLORS["grey"])
    noise = 100 * labs[0].noise
    bottom.axhspan(-noise, noise, color="#e4eef5", lw=0)
    bottom.axhline(0, color=COLORS["grey"], lw=1)
    (curve,) = top.plot([], [], color=COLORS["orange"])
    (base,) = top.plot([], [], color=COLORS["orange"], lw=1, ls="--")
    (points,) = top.plot([], [], "o", color=COLORS["black"])
    (misses,) = bottom.plot([], [], "o", color=COLORS["black"])
    by_name = {lab.name: lab for lab in labs}

    def move(lab, start, exponent, floor):
        lab = by_name[lab]
        scale = (start - floor) * START**exponent
        miss = 100 * (lab.y / power_law(lab.x, scale, exponent, floor) - 1)
        points.set_data(lab.x, lab.y)
        curve.set_data(FAR, power_law(FAR, scale, exponent, floor))
        base.set_data([START, THREE], [floor, floor])
        base.set_visible(floor >= LOSSES[0])
        misses.set_data(lab.x, np.clip(miss, -11.7, 11.7))
        gain = 100 * (1 - total_factor(reach, 10, scale, exponent, floor))
        return (
            f"{lab.name}: typical miss {np.sqrt(np.mean(miss**2)):.1f} %, where one run scatters by {noise:.1f} %. From 1e20 "
            f"FLOP, ten times more buys {gain:.1f} %. At 1e23 FLOP: {power_law(THREE, scale, exponent, floor):.2f}."
        )

    return Panel(
        figure,
        move,
        [base, curve, points, misses],
        "Above: loss against compute on log-log paper, thirteen points over two decades and a curve laid on them that "
        "runs on for three decades. Below: by how many per cent each point misses the curve.",
        lab=buttons("measured by", list(by_name)),
        start=slider("loss at 1e18 FLOP", 4.0, 3.6, 4.4, 0.01),
        exponent=slider("exponent above the floor", 0.07, 0.02, 0.5, 0.002, digits=3),
        floor=slider("floor (nats per token)", 0.0, 0.0, 2.2, 0.02),
    )


def bet(lab, truth=False):
    """Return the panel in which two intervals are bet on and then compared with the truth and with two rulers.

    Parameters
    ----------
    lab : Series
        Measured over 1e18 to 1e20 FLOP.
    truth : bool
        Whether it starts with the truth shown.

    Returns
    -------
    Panel
    """
    rulers = {"straight ruler": straight_ruler(lab), "bent ruler": bent_ruler(lab)}
    colors = {"you": "orange", "straight ruler": "blue", "bent ruler": "green", "the truth": "black"}
    figure = paper(height=4.2)
    axes = set_axes(figure.add_subplot(), "compute_flop", "loss", xlim=(START / 1.5, THREE * 3), ylim=LOSSES)
    axes.axvspan(START / 1.5, lab.x[-1], color="#f2f2f2", lw=0)
    axes.annotate("measured", (START / 1.3, 1.2), color=COLORS["grey"])
    axes.plot(lab.x, lab.y, "o", color=COLORS["black"])
    (law,) = axes.plot(FAR, lab.truth(FAR), color=COLORS["black"], lw=1.5)
    hidden, yours, points = [law], [], {}
    for x in (ONE, THREE):
        yours += axes.plot([x, x], [1, 1], color=COLORS["orange"], lw=6, solid_capstyle="butt")
        for (name, ruler), aside in zip(rulers.items(), (1.35, 1.8), strict=True):
            low, high = ruler.interval(x)
            hidden += axes.plot([x * aside] * 2, [low, high], color=COLORS[colors[name]], lw=6, solid_capstyle="butt")
            points[name, x] = score(low, high, lab.truth(x))
        hidden += axes.plot([x / 1.3, x * 2.2], [lab.truth(x)] * 2, color=COLORS["black"], lw=1.5)
    for row, (name, color) in enumerate(colors.items()):
        place = {"transform": axes.transAxes, "ha": "right", "weight": "bold"}
        word = axes.text(0.98, 0.93 - 0.08 * row, name, color=COLORS[color], **place)
        (hidden if row else yours).append(word)

    def move(near, near_take, far, far_take, truth):
        scores = []
        for bar, x, middle, take in zip(yours, (ONE, THREE), (near, far), (near_take, far_take), strict=False):
            ends = middle / (1 + take / 100), middle * (1 + take / 100)
            bar.set_ydata(ends)
            scores.append(score(*ends, lab.truth(x)))
        for artist in hidden:
            artist.set_visible(truth)
        if not truth:
            return (
                f"{lab.name}: {near:.2f} give or take {near_take:.0f} %, then {far:.2f} give or take {far_take:.0f} %."
            )
        told = [f"you {scores[0]:.0f} and {scores[1]:.0f}"]
        told += [f"{name} {points[name, ONE]:.0f} and {points[name, THREE]:.0f}" for name in rulers]
        return (
            f"{lab.name}, points one and three decades on (fewer are better): {', '.join(told)}. "
            f"The truth is {lab.truth(ONE):.2f} and {lab.truth(THREE):.2f}, with a floor of {lab.truth.floor:.2f}."
        )

    beside = "; beside them the bars of two fitted rulers, and the true curve." if truth else "."
    return Panel(
        figure,
        move,
        [*hidden, *yours],
        "Loss against compute on log-log paper: thirteen measured points up to 1e20 FLOP and two orange bars, the bets at "
        f"1e21 and at 1e23 FLOP{beside}",
        near=slider("loss at 1e21 FLOP", 2.2, 1.7, 2.6, 0.01),
        near_take=slider("give or take (%)", 5, 1, 40, 1, digits=0),
        far=slider("loss at 1e23 FLOP", 1.6, 1.1, 2.5, 0.01),
        far_take=slider("give or take there (%)", 10, 1, 60, 1, digits=0),
        truth=switch("I have bet: show the truth", truth),
    )


def fan(labs, later=()):
    """Draw, for each series, both rulers with their 80 % intervals, run on beyond the data.

    Parameters
    ----------
    labs : sequence of Series
        One drawing each.
    later : sequence of Series
        For each of `labs`, what was measured after the rulers had been laid; without it they run on for three decades.
    """
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(6.4, 3.5))
    for number, (axes, lab) in enumerate(zip(figure.subplots(1, len(labs), squeeze=False)[0], labs, strict=True)):
        end = 2 * later[number].x[-1] if later else 1e3 * lab.x[-1]
        x = np.geomspace(lab.x[0], end, 120)
        set_axes(axes, "compute_flop", "" if number else lab.quantity, xlim=(x[0] / 1.5, end * 1.2))
        for ruler, color in ((bent_ruler(lab), "green"), (straight_ruler(lab), "blue")):
            axes.fill_between(x, *ruler.interval(x), color=COLORS[color], alpha=0.3, lw=0)
            axes.plot(x, ruler.law(x), color=COLORS[color])
        axes.plot(lab.x, lab.y, "o", color=COLORS["black"], ms=4)
        for seen in later[number : number + 1]:
            axes.plot(seen.x, seen.y, "D", color=COLORS["black"], mfc="white", ms=5)
        axes.annotate(lab.name, (0.95, 0.9), xycoords="axes fraction", ha="right")
    low, high = min(axes.dataLim.y0 for axes in figure.axes), max(axes.dataLim.y1 for axes in figure.axes)
    for axes in figure.axes:
        axes.set_ylim(0.9 * low, 1.1 * high)
