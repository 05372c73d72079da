"""The live figures of chapter 6: plans of a tenfold budget, a ray of exponents, rulers, units of a gain, a teacher; exercises."""

import numpy as np

from scalinglaws.course.tasks import Exercise
from scalinglaws.data import constant
from scalinglaws.laws.training.chinchilla import (
    chinchilla_loss,
    frontier_exponent,
    frontier_loss,
    frontier_scale,
    optimal_params,
    optimal_tokens,
)
from scalinglaws.laws.training.mixtures import (
    distilled_loss,
    mixture_constants,
    mixture_law,
    saturating_error,
    supervised_loss,
)
from scalinglaws.laws.training.power import elasticity, power_law, reducible_factor, x_for
from scalinglaws.show.layers import Layers, hue, linear_axis, log_axis, names_axis
from scalinglaws.show.live import Rows, checkbox, range_slider

# Dots that have room for a name in the figure of rays.
NAMED = ("code", "molecules", "speech", "images", "images with text", "Hoffmann", "refit", "early fusion")
NAMED_OTHERWISE = {"text, 32 experts": "32 experts", "text, dense": "1 expert"}
MIXTURE = "a alpha delta gamma b beta omega zeta E_start E_max".split()


def plans(fits):
    """Let the reader guess by how much two models should grow with ten times the compute, then show all of `fits`.

    `fits`: name -> (alpha, beta), slowest first.
    """
    names = list(fits)
    alpha, beta = (list(map(float, column)) for column in zip(*fits.values(), strict=True))
    rows = Rows({"model": names, "alpha": alpha, "beta": beta}).compute(
        growth=lambda row, p: 10 ** (row.beta / (row.alpha + row.beta))
    )
    even = Rows({"growth": [10**0.5]})
    slow = Rows({"model": names[:1]}).compute(growth=lambda row, p: p.slow)
    fast = Rows({"model": names[-1:]}).compute(growth=lambda row, p: p.fast)
    values = [1, 2, 3, 4, 5, 6, 8, 10]
    x = log_axis("growth", "the model grows by (times)", 1, 10, values=values)
    y = names_axis("model", names[::-1], labelLimit=180, ticks=False)
    layers = (
        Layers(x, y, height=260)
        .rule(even, x="growth", color="grey", dash=[4, 4], when="reveal")
        .dot(slow, color="orange", size=160, shape="diamond")
        .dot(fast, color="orange", size=160, shape="diamond")
        .dot(rows, when="reveal")
        .words(rows, "{growth:.1f}", align="left", dx=10, when="reveal")
    )
    text = (
        "Seven kinds of data in rows, and by how much the best model grows with ten times the compute. Two orange diamonds "
        "are the reader's guesses; when revealed, blue dots stand between 2.6 and 3.5 times for all seven."
    )
    return layers.live(
        text,
        range_slider("slow", 5, 1, 10, 0.1, f"your guess for {names[0]}"),
        range_slider("fast", 5, 1, 10, 0.1, f"your guess for {names[-1]}"),
        checkbox("reveal", "show all seven"),
    )


def rays(points):
    """Show the exponents of each fit in size and in data, on a ray that the reader turns and a curve of equal rate.

    `points`: tuples of kind, name, alpha, beta.
    """
    kinds = list(dict.fromkeys(kind for kind, *_ in points))
    colors = dict(zip(kinds, ("blue", "green", "orange", "purple"), strict=False))
    places = [
        (kind, name if name in NAMED else NAMED_OTHERWISE.get(name, ""), float(alpha), float(beta))
        for kind, name, alpha, beta in points
    ]
    dots = Rows.listed(("kind", "name", "alpha", "beta"), places)
    ray = Rows(steps=2).compute(
        alpha=lambda row, p: row.i * 2 * (1 - p.allocation), beta=lambda row, p: row.i * 2 * p.allocation
    )
    equal = Rows(steps=101).compute(  # alpha beta / (alpha + beta) is the rate for every t
        t=lambda row, p: 10 ** ((row.i - 50) / 40),
        alpha=lambda row, p: p.rate * (1 + row.t),
        beta=lambda row, p: p.rate * (1 + 1 / row.t),
    )
    again = Rows(steps=76).compute(alpha=lambda row, p: row.i / 100, beta=lambda row, p: row.alpha / (1 + row.alpha))
    tip = Rows(steps=1).compute(
        removed=lambda row, p: 100 * (1 - 10**-p.rate),
        alpha=lambda row, p: p.rate / p.allocation,
        beta=lambda row, p: p.rate / (1 - p.allocation),
    )
    x = linear_axis("alpha", "exponent in size, α", 0, 0.75, tickCount=6)
    y = linear_axis("beta", "exponent in data, β", 0, 0.5, tickCount=5)
    layers = (
        Layers(x, y, height=330)
        .line(ray, color="grey", width=2)
        .line(equal, color="grey", width=2, dash=True)
        .line(again, color="gold", width=2, when="worlds")
        .dot(dots, color=hue("kind", kinds, [colors[kind] for kind in kinds]), size=80, opacity=0.9)
        .words(dots, "{name}", size=11, align="left", dx=7, dy=4, when="names")
        .dot(tip, color="black", size=60, shape="diamond", clip=True)
        .words(
            tip,
            "ten times the compute takes {removed:.0f} %",
            x=-6,
            y=-6,
            align="right",
        )
    )
    text = (
        "Exponent in data against exponent in size. Seven kinds of data, fits of text and native multimodal models lie near "
        "one ray from the origin, far apart along it. Mixtures of experts turn away from it upwards, one sparse model "
        "lies far to the right."
    )
    return layers.live(
        text,
        range_slider("allocation", 0.5, 0.3, 0.7, 0.01, "solid ray: allocation a"),
        range_slider("rate", 0.1, 0.04, 0.2, 0.002, "dashed curve: rate γ"),
        checkbox("names", "names"),
        checkbox("worlds", "toy worlds in which rare things must wait (gold)"),
    )


def rulers(laws, published):
    """Show the exponent that is read off a law when some of its floor is taken off first.

    `laws`: name -> (floor, scale, exponent); `published`: the exponent of the whole loss that is drawn level.
    """
    colors = dict(zip(laws, ("blue", "green", "orange"), strict=True))

    def read_off(floor, scale, exponent):
        def slope(row, p):
            above = power_law(row.compute, scale, exponent)
            return exponent * above / (above + (1 - p.off) * floor)

        return slope

    grids = {}
    for name, law in laws.items():
        grids[name] = Rows({"i": [float(i) for i in range(61)], "law": [name] * 61}).compute(
            compute=lambda row, p: 10 ** (18 + row.i / 10), slope=read_off(*map(float, law))
        )
    level = Rows(steps=2).compute(compute=lambda row, p: 10 ** (18 + 6 * row.i), slope=lambda row, p: float(published))
    x = log_axis("compute", "training compute (FLOP)", 1e18, 1e24, "power")
    y = linear_axis("slope", "exponent read off", 0, 0.2, tickCount=5)
    layers = Layers(x, y, height=300).line(level, color="grey", width=2, dash=True)
    for grid in grids.values():
        layers = layers.line(grid, color=hue("law", list(laws), list(colors.values())))
    text = (
        "The exponent read off three laws against compute. With no floor taken off, all three fall from 0.09 or 0.08 to "
        "0.01 or 0.02 and cross the published 0.049. With the whole floor taken off they are level, at 0.15 to 0.18."
    )
    return layers.live(text, range_slider("off", 0, 0, 1, 0.02, "share of the floor taken off"))


def two_units():
    """Show what experts gain along the frontier, in nats and in dense compute, both over their value at 1e19 FLOP."""
    fitted = {name: constant(f"ludziejewski2025.{name}") for name in MIXTURE}
    dense = mixture_law(1)
    dense_scale = frontier_scale(dense.A, dense.B, dense.alpha, dense.beta)

    def loss(compute, p):
        return frontier_loss(compute, dense.E, *mixture_constants(p.experts, **fitted))

    def nats(compute, p):
        return dense_scale * compute**-dense.frontier_exponent + dense.E - loss(compute, p)

    def worth(compute, p):
        return x_for(loss(compute, p), dense_scale, dense.frontier_exponent, dense.E) / compute

    grid = Rows(steps=61).compute(
        compute=lambda row, p: 10 ** (19 + row.i / 10),
        nats=lambda row, p: nats(row.compute, p) / nats(1e19, p),
        worth=lambda row, p: worth(row.compute, p) / worth(1e19, p),
        growth=lambda row, p: row.worth,
    )
    here = Rows(steps=1).compute(
        compute=lambda row, p: 10**p.power,
        gain=lambda row, p: nats(row.compute, p),
        times=lambda row, p: worth(row.compute, p),
        lower=lambda row, p: row.gain / nats(1e19, p),
        growth=lambda row, p: row.times / worth(1e19, p),
    )
    end = Rows(steps=1).compute(compute=lambda row, p: 1e21, growth=lambda row, p: 1)
    x = log_axis("compute", "training compute (FLOP)", 1e19, 1e25, "power")
    y = linear_axis("growth", "gain, over that at 1e19 FLOP", 0, 2, tickCount=5)
    layers = (
        Layers(x, y, height=300)
        .rule(end, x="compute", color="grey", dash=[4, 4])
        .line(grid)
        .line(grid, y="nats", color="orange")
        .dot(here, color="blue")
        .dot(here, y="lower", color="orange")
        .words(here, "{times:.2f} times the dense compute", x=8, y=6, align="left", baseline="top", color="#0072B2")
        .words(here, "{gain:.3f} nats", x=8, y=-8, align="left", color="#9a6700")
    )
    text = (
        "The gain of experts along the frontier, over its value at 1e19 FLOP, against compute. Counted in dense compute it "
        "rises to 1.6 at 1e25; counted in nats the same gain falls to about one half."
    )
    return layers.live(
        text,
        range_slider("power", 21, 19, 25, 0.1, "compute: 10 to the power"),
        range_slider("experts", 8, 2, 32, 1, "experts"),
    )


def teacher(law):
    """Show the loss of a student against the size of its teacher, for any student; `law` is a `Distillation`."""
    largest = constant("busbridge2025.largest_params")

    def alone(row, p):
        return supervised_loss(10**p.size, 10**p.size * p.tokens, **law.supervised)

    def taught(row, p):
        its_loss = supervised_loss(row.teacher, 20 * row.teacher, **law.supervised)
        return distilled_loss(its_loss, row.alone, 10**p.size, 10**p.size * p.tokens, **law.taught)

    grid = Rows(steps=121).compute(teacher=lambda row, p: 10 ** (9.5 + row.i / 48), alone=alone, loss=taught)
    chosen = Rows(steps=1).compute(
        teacher=lambda row, p: 10**p.teacher,
        alone=alone,
        loss=taught,
        gain=lambda row, p: row.alone - row.loss,
    )
    end = Rows({"teacher": [float(largest)]}).compute(loss=alone)
    x = log_axis("teacher", "parameters of the teacher", 10**9.5, 1e12, "short")
    y = linear_axis("loss", "loss of the student (nats per token)", nice=True, format=".2f", minExtent=40)
    layers = (
        Layers(x, y, height=300)
        .rule(end, x="teacher", color="grey", dash=[4, 4])
        .line(grid, y="alone", color="grey", width=2, dash=True)
        .line(grid)
        .dot(chosen, color="orange")
        .words(chosen, "{gain:+.3f} nats gained", x=8, y=6, align="left", baseline="top")
    )
    text = (
        "Loss of a student against the size of its teacher. It falls below the dashed line of the student alone, is lowest "
        "for a teacher of about nine billion parameters, and rises again to almost that line for a teacher of 100 billion."
    )
    return layers.live(
        text,
        range_slider("teacher", 9.94, 9.5, 12, 0.02, "teacher: 10 to the power"),
        range_slider("size", 9, 8, 10, 0.1, "student: 10 to the power"),
        range_slider("tokens", 128, 4, 1000, 4, "its tokens per parameter"),
    )


def _best_plans_lose(percent, alpha, beta, times):
    """The law with A = B = 1, at its best plans for two budgets."""
    law = (1, 1, alpha, beta)
    plans = [(optimal_params(compute, *law), optimal_tokens(compute, *law)) for compute in (1e20, 1e20 * times)]
    before, after = (chinchilla_loss(*plan, 0, *law) for plan in plans)
    return np.isclose(100 * (1 - after / before), percent)


def _terms_out_of_step(too_large, alpha, beta, times):
    """On the best plan both terms shrink by one factor; the even split without its excess does so too."""
    model = times**0.5 / too_large
    return np.isclose(model**-alpha, (times / model) ** -beta)


_VISION = {"scale": 0.26, "exponent": 0.35, "shift": 0.01, "floor": 0.09}


def _read_off(days):
    """The shift is a start before zero: the slope in C + shift, and how much C + shift grows with C."""
    slope = elasticity(days + _VISION["shift"], _VISION["scale"], _VISION["exponent"], _VISION["floor"])
    return -slope * days / (days + _VISION["shift"])


def _steps_down(exponent, days):
    """The error a ten-thousandth to either side."""
    before, after = (saturating_error(days * np.exp(step), **_VISION) for step in (-1e-4, 1e-4))
    return np.isclose(np.log(before / after) / 2e-4, exponent)


def _one_kind(draw):
    """Two exponents that are not alike, and a budget."""
    alpha, further = draw.between(0.2, 0.5, 0.01), draw.pick([*range(-12, -3), *range(4, 13)])
    return {"alpha": alpha, "beta": round(alpha + further / 100, 2), "times": draw.pick([20, 50, 200, 500, 1000])}


EXERCISES = (
    Exercise(
        id="ch6.ex1",
        label="ex-beyond-text-speech",
        text="For one kind of data the reducible loss is A / N^{alpha:g} + B / D^{beta:g}. By how many per cent does it fall when "
        "{times:d} times the compute is spent on the best plan?",
        given={"alpha": 0.31, "beta": 0.24, "times": 100},
        draw=_one_kind,
        answer=lambda alpha, beta, times: 100 * (1 - reducible_factor(times, frontier_exponent(alpha, beta))),
        identity=_best_plans_lose,
        unit="%",
    ),
    Exercise(
        id="ch6.ex1b",
        label="ex-beyond-text-speech",
        text="For one kind of data the reducible loss is A / N^{alpha:g} + B / D^{beta:g}. A laboratory on the best plan gets "
        "{times:d} times the compute and lets size and data grow by the same factor. How many times the best size is its model then?",
        given={"alpha": 0.31, "beta": 0.24, "times": 100},
        draw=_one_kind,
        answer=lambda alpha, beta, times: (
            times**0.5 / (optimal_params(times, 1, 1, alpha, beta) / optimal_params(1, 1, 1, alpha, beta))
        ),
        identity=_terms_out_of_step,
        unit="times the best size",
    ),
    Exercise(
        id="ch6.ex4",
        label="ex-beyond-text-zhai",
        text="The error of a vision model is 0.26 (C + 0.01)^-0.35 + 0.09, with C in core-days. Which exponent, minus the slope of the "
        "error on log-log paper, would one read off at C = {days:g} core-days?",
        given={"days": 0.001},
        draw=lambda draw: {"days": draw.pick(range(11, 100)) * 10.0 ** draw.pick(range(-4, 4))},
        answer=_read_off,
        identity=_steps_down,
        unit="the exponent, without a unit",
    ),
)
