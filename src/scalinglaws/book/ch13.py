"""The live figures of chapter 13: a guess at the size for much use, the bill of a life, the use that a size implies, drafts; exercises."""

import numpy as np

from scalinglaws.course.tasks import Exercise
from scalinglaws.laws.money.serving import (
    cheapest_to_serve,
    draft_speedup,
    lifetime_flop,
    size_for_share,
    tokens_for_use,
    tokens_per_pass,
    use_for_size,
)
from scalinglaws.laws.training.chinchilla import Chinchilla, tokens_factor
from scalinglaws.show.layers import Layers, linear_axis, log_axis
from scalinglaws.show.live import Rows, checkbox, range_slider

BLUE, GREEN = "#0072B2", "#007D5A"


def guess(refit, devries, size):
    """Let the reader guess the cheapest size at 1e16 served tokens, then show it against use, by two laws.

    `size` is that of the compute-optimal model whose loss is wanted.
    """

    def curve(law):
        a, b, trained = law.alpha, law.beta, law.optimum_of(size).n_tokens
        return Rows(steps=121).compute(
            part=lambda row, p: 1 / (1 + 10 ** (row.i / 24 - 2)),
            share=lambda row, p: size_for_share(row.part, a, b),
            served=lambda row, p: trained * use_for_size(row.share, a, b),
        )

    def at(served):
        plans = [cheapest_to_serve(law, law.optimum_of(size).loss, served) for law in (refit, devries)]
        return [Rows({"served": [served], "share": [plan.size_ratio]}) for plan in plans]

    here, far = at(1e13), at(1e16)
    mine = Rows(steps=1).compute(served=lambda row, p: 1e16, share=lambda row, p: p.guess / 100)
    x = log_axis("served", "tokens served over its life", 1e11, 1e17, "power")
    y = linear_axis("share", "cheapest size over compute-optimal", 0, 1, format=".0%", tickCount=5)
    layers = (
        Layers(x, y, height=280)
        .line(curve(refit), when="reveal")
        .line(curve(devries), color="green", dash=True, when="reveal")
        .dot(here[0], color="grey")
        .words(here[0], "{share:.0%}", dx=-10, align="right", dy=14)
        .dot(here[1], color="grey")
        .words(here[1], "{share:.0%}", dx=10, align="left")
        .dot(far[0], color="blue", size=70, when="reveal")
        .words(far[0], "{share:.0%}", dy=-10, color=BLUE, when="reveal")
        .dot(far[1], color="green", size=70, when="reveal")
        .words(far[1], "{share:.0%}", dy=18, color=GREEN, when="reveal")
        .dot(mine, color="orange", size=160, shape="diamond")
        .words(mine, "your guess: {share:.2~%}", dx=-12, dy=-14, align="right")
    )
    text = (
        "Cheapest size against tokens served. Two grey dots at 1e13 tokens, at 47 and 59 per cent of the compute-optimal size, and "
        "the reader's guess at 1e16 as a diamond. When revealed, two curves fall from 100 per cent, cross, and are at 18 and 15 per cent at 1e16, still falling a little."
    )
    return layers.live(
        text,
        range_slider("guess", 40, 0.5, 94, 0.5, "your guess at 1e16, in %"),
        checkbox("reveal", "show what the law gives"),
    )


def life_bill(refit, devries, size):
    """Show what a model of one quality costs over its life, against its size, for the use that the reader sets.

    Costs are over that of the compute-optimal model of `size`; `weight` is how many training FLOP a served FLOP costs.
    """

    def cost(law):
        a, b, trained = law.alpha, law.beta, law.optimum_of(size).n_tokens

        def ratio(row, p):
            use = p.weight * 10**p.power
            tokens = trained * tokens_factor(row.share, a, b)
            return lifetime_flop(row.share * size, tokens, use) / lifetime_flop(size, trained, use)

        return ratio

    def grid(law):
        low = law.smallest_ratio * 1.005
        return Rows(steps=161).compute(
            share=lambda row, p: low * (1.2 / low) ** (row.i / 160),
            exact=cost(law),
            cost=lambda row, p: row.exact / (1 + (row.exact / 4) ** 8) ** 0.125,  # at most 4: a path that can be dashed
            n_params=lambda row, p: size * row.share,
        )

    point = Rows(steps=1).compute(
        share=lambda row, p: p.share / 100,
        n_params=lambda row, p: size * row.share,
        cost=cost(refit),
        other=cost(devries),
        one=lambda row, p: 1.0,
    )
    x = log_axis(
        "n_params", "parameters, all at the same loss", 7e9, 84e9, "short", values=[7e9, 1e10, 2e10, 4e10, 7e10]
    )
    y = linear_axis("cost", "cost of its life over that of the 70B", 0, 2, tickCount=5)
    layers = (
        Layers(x, y, height=280)
        .rule(point, y="one", color="black", dash=[3, 3])
        .line(grid(refit))
        .line(grid(devries), color="green", dash=True)
        .dot(point, color="orange", clip=True)
        .dot(point, y="other", color="orange", clip=True)
        .words(point, "{n_params:.2s}: {cost:.2f} by the refit", x=-8, y=16, align="right", color=BLUE)
        .words(point, "{other:.2f} by De Vries", x=-8, y=34, align="right", color=GREEN)
    )
    text = (
        "Cost over the life of models of the same loss against their size, two curves that rise steeply at small sizes, fall to a "
        "lowest point and rise again. At 1e13 tokens the lowest points are near 33 and 42 billion, at 0.71 and 0.88."
    )
    return layers.live(
        text,
        range_slider("power", 13, 11, 16, 0.1, "tokens served: 10 to the power"),
        range_slider("share", 50, 16, 110, 1, "your size, in % of 70B"),
        range_slider("weight", 1, 1, 50, 1, "a served FLOP costs so many training FLOP"),
    )


def implied(refit, devries, models):
    """Show released models by size and tokens, with the line on which they would lie if their use was so many times their training.

    `models` has names, sizes, tokens and where the name goes (0 right, 1 above, 2 below), row by row.
    """

    def line(law):
        constants = law.A, law.B, law.alpha, law.beta
        return Rows(steps=2).compute(
            n_params=lambda row, p: 10 ** (8.5 + 3.5 * row.i),
            n_tokens=lambda row, p: tokens_for_use(row.n_params, 10**p.use * p.weight, *constants),
        )

    known = Rows.listed(("model", "n_params", "n_tokens", "place"), models)
    words = Rows(steps=1).compute(ratio=lambda row, p: 10**p.use)
    x = log_axis("n_params", "parameters", 10**8.5, 1e12, "short")
    y = log_axis("n_tokens", "training tokens", 1e11, 1e14, "short")
    layers = (
        Layers(x, y, height=340)
        .line(line(refit))
        .line(line(devries), color="green", dash=True)
        .dot(known, color="orange", size=70)
        .words(known, "{model}", size=11, dx=6, align="left", baseline="middle", when="datum.place == 0")
        .words(known, "{model}", size=11, dy=-9, when="datum.place == 1")
        .words(known, "{model}", size=11, dy=17, when="datum.place == 2")
        .words(words, "served per trained token: {ratio:.2~r}", x=8, y=14, align="left")
    )
    text = (
        "Training tokens against parameters of ten released models, on logarithmic axes, with two rising straight lines. Models "
        "above a line were trained for longer than that use would justify. At three served per trained token the refit's line "
        "goes through LLaMA-7B, at thirteen through Llama 3-8B."
    )
    return layers.live(
        text,
        range_slider("use", 0.5, -2, 2, 0.02, "served per trained token: 10 to the power"),
        range_slider("weight", 1, 1, 50, 1, "a served FLOP costs so many training FLOP"),
    )


def drafts():
    """Show how much faster drafts make writing, against the length of the draft."""
    grid = Rows(steps=121).compute(
        length=lambda row, p: row.i / 6,
        speed=lambda row, p: draft_speedup(p.hit / 100, row.length, p.cost / 100),
    )
    point = Rows(steps=1).compute(
        length=lambda row, p: p.length,
        speed=lambda row, p: draft_speedup(p.hit / 100, p.length, p.cost / 100),
        tokens=lambda row, p: tokens_per_pass(p.hit / 100, p.length),
    )
    x = linear_axis("length", "tokens drafted before each pass", 0, 20, tickCount=5)
    y = linear_axis("speed", "times as fast", 0, 8, tickCount=8)
    layers = (
        Layers(x, y, height=250)
        .line(grid)
        .dot(point, color="orange")
        .words(point, "{tokens:.1f} tokens a pass, {speed:.2f} times as fast", x=8, y=14, align="left")
    )
    text = (
        "Speed-up against the tokens drafted before each pass: a curve that starts at 1, rises to a flat top of 3.1 at a draft of "
        "eight tokens, and falls slowly."
    )
    return layers.live(
        text,
        range_slider("hit", 80, 30, 90, 1, "a drafted token is right, in %"),
        range_slider("length", 8, 0, 20, 1, "tokens drafted"),
        range_slider("cost", 5, 1, 30, 1, "cost of a drafted token, in % of a pass"),
    )


_REFIT = Chinchilla.published("besiroglu2024")
_CONSTANTS = (
    f"L = E + A / N^alpha + B / D^beta, with the constants of the refit: E = {_REFIT.E:g}, A = {_REFIT.A:g}, "
    f"alpha = {_REFIT.alpha:g}, B = {_REFIT.B:g}, beta = {_REFIT.beta:g}"
)


def _served_at_half(billions):
    """Training is half of the bill, 6 N D = 2 N T: T = 3 D, and D follows from the size ratio."""
    ratio = size_for_share(0.5, _REFIT.alpha, _REFIT.beta)
    return 3 * _REFIT.optimum_of(1e9 * billions).n_tokens * _REFIT.tokens_factor(ratio) / 1e12


def _half_is_cheapest(trillions, billions):
    """At T = 3 D a per cent of size must lower the loss twice as much as a per cent of data."""
    by_data = _REFIT.B / (1e12 * trillions / 3) ** _REFIT.beta
    by_size = _REFIT.optimum_of(1e9 * billions).loss - _REFIT.E - by_data
    return np.isclose(_REFIT.alpha * by_size, 2 * _REFIT.beta * by_data)


def _times_less(billions, trillions):
    loss = _REFIT.loss(1e9 * billions, 1e12 * trillions)
    return 6e21 * billions * trillions / _REFIT.compute_for(loss)


def _twin_has_the_loss(times, billions, trillions):
    """The best model of that budget ends at the same loss."""
    twin = _REFIT.optimum(6e21 * billions * trillions / times)
    return np.isclose(twin.loss, _REFIT.loss(1e9 * billions, 1e12 * trillions), rtol=1e-9)


EXERCISES = (
    Exercise(
        id="ch13.ex4",
        label="ex-small-models-equal",
        text="A model is to have the loss that a compute-optimal model of {billions:g} billion parameters has by "
        f"{_CONSTANTS}. Training it costs 6 N D and serving T tokens costs 2 N T. N and D are chosen so that the sum is "
        "least. For how many served tokens T do training and serving then cost the same?",
        given={"billions": 70},
        draw=lambda draw: {"billions": draw.pick([*range(2, 60), *range(80, 500, 5)])},
        answer=_served_at_half,
        identity=_half_is_cheapest,
        unit="trillion tokens",
    ),
    Exercise(
        id="ch13.ex7",
        label="ex-small-models-tiny",
        text="A model of {billions:g} billion parameters was trained on {trillions:g} trillion tokens. Take "
        f"{_CONSTANTS}. A compute-optimal model, N and D chosen for the least 6 N D, reaches the same loss. How many times "
        "less training compute does it take?",
        given={"billions": 0.6, "trillions": 36},
        draw=lambda draw: {"billions": draw.between(0.3, 4, 0.1), "trillions": draw.pick(range(4, 41))},
        answer=_times_less,
        identity=_twin_has_the_loss,
        unit="times",
    ),
)
