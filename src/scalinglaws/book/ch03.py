"""The live figures of chapter 3: Kaplan's laws, what batches and printed digits do to them, and what was counted; exercises.

Sizes are without embeddings unless they are called total; loss is in nats per token, compute in PF-days where it says so.
"""

import numpy as np

from scalinglaws.course.tasks import Exercise
from scalinglaws.laws.training.flops import total_params, width_of
from scalinglaws.laws.training.kaplan import (
    Kaplan,
    critical_batch,
    crossing_days,
    joint_loss,
    least_compute,
    least_steps,
    scale_law,
    steps_loss,
)
from scalinglaws.laws.training.power import best_ruler, power_law
from scalinglaws.show.layers import Layers, linear_axis, log_axis, names_axis
from scalinglaws.show.live import Rows, checkbox, dropdown, range_slider

RECIPES = {"as in 2020": 0, "cosine as long as the run": 1, "rate, batch, beta2 tuned; rate constant": 2}
CORPORA = "RefinedWeb", "OpenWebText2"


def joint_law(kaplan, rule):
    """Show loss against size for one data set that the reader chooses; `rule` is scale and exponent of the tokens needed."""
    scale, exponent = rule
    joint = kaplan.joint
    sizes, texts = np.geomspace(1e3, 1e11, 81), [2.2e7, 2.2e8, 2.2e9, 2.2e10]
    others = Rows({"n_params": np.tile(sizes, 4).tolist(), "tokens": np.repeat(texts, 81).tolist()}).compute(
        loss=lambda row, p: joint_loss(row.n_params, row.tokens, *joint)
    )
    line = Rows(steps=161).compute(
        n_params=lambda row, p: 10 ** (3 + row.i / 20),
        loss=lambda row, p: joint_loss(row.n_params, 10**p.power, *joint),
        unlimited=lambda row, p: scale_law(row.n_params, joint.N_c, joint.alpha_N),
    )
    dot = Rows(steps=1).compute(
        n_params=lambda row, p: (10**p.power / scale) ** (1 / exponent),
        loss=lambda row, p: joint_loss(row.n_params, 10**p.power, *joint),
        extra=lambda row, p: 100 * (row.loss / scale_law(row.n_params, joint.N_c, joint.alpha_N) - 1),
        tokens=lambda row, p: 10**p.power,
    )
    x = log_axis("n_params", "parameters without embeddings", 1e3, 1e11, "short", every=2)
    y = log_axis("loss", "loss (nats per token)", 1.5, 8, values=[1.5, 2, 3, 4, 5, 6, 8])
    layers = (
        Layers(x, y, height=320)
        .line(others, detail="tokens", color="#bbbbbb", width=1.5)
        .line(line, y="unlimited", color="grey", width=2, dash=True)
        .line(line)
        .dot(dot, color="orange")
        .words(dot, "{tokens:.2s} tokens: enough for {n_params:.2s},", x=8, y=-26, align="left", baseline="bottom")
        .words(dot, "which lose {extra:.1f} % by over-fitting", x=8, y=-8, align="left", baseline="bottom")
    )
    text = (
        "Loss against parameters on log-log axes. A dashed straight line falls: unlimited text. Curves for four sizes of data "
        "set leave it one after the other and go flat, that of 22 million tokens at a loss of 4.1. A blue curve moves with the "
        "slider; a dot on it marks the size for which the text is just enough."
    )
    return layers.live(text, range_slider("power", 9, 7.3, 11.8, 0.1, "tokens of text: 10 to the power"))


def guess_the_slope(law, aspect, vocabulary, low, high):
    """Let the reader guess the exponent that a ruler finds on a law drawn against parameters without embeddings."""

    def loss(n_params):
        return power_law(total_params(n_params, aspect, vocabulary), law.A, law.alpha, law.E)

    middle = float(np.sqrt(low * high))
    centre, (scale, exponent) = float(loss(middle)), map(float, best_ruler(loss, low, high))
    span = float(np.log(high / low))
    grid = Rows(steps=101).compute(
        n_params=lambda row, p: low * np.exp(span * row.i / 100),
        loss=lambda row, p: loss(row.n_params),
        ruler=lambda row, p: scale * row.n_params**-exponent,
        guess=lambda row, p: centre * (row.n_params / middle) ** -p.guess,
    )
    said = Rows(steps=1).compute(exponent=lambda row, p: exponent)
    x = log_axis("n_params", "parameters without embeddings", 500, 2e9, "short")
    y = log_axis("loss", "loss (nats per token)", 1.5, 8, values=[1.5, 2, 3, 4, 5, 6, 8])
    layers = (
        Layers(x, y)
        .line(grid, y="guess", color="orange", width=2)
        .line(grid, when="reveal")
        .line(grid, y="ruler", color="grey", width=2, dash=True, when="reveal")
        .words(said, "the ruler reads {exponent:.3f}", x=-10, y=14, align="right", when="reveal")
    )
    text = (
        "Loss against parameters without embeddings on log-log axes, with the reader's guess as a straight line. When revealed, "
        "the law is a nearly straight curve from 6 nats at 768 parameters to 2 nats at 1.5 billion, and the best ruler has the "
        "exponent 0.076."
    )
    slider = range_slider("guess", 0.2, 0.02, 0.4, 0.005, "your guess: exponent")
    return layers.live(text, slider, checkbox("reveal", "show the law and the ruler"))


def time_against_compute(kaplan):
    """Show what a batch costs in steps and in compute, at a loss that sets the critical batch."""
    curve = Rows(steps=121).compute(
        compute=lambda row, p: 1 / least_compute(1.0, 10 ** (row.i / 30 - 2), 1.0),
        steps=lambda row, p: 1 / least_steps(1.0, 10 ** (row.i / 30 - 2), 1.0),
    )
    dot = Rows(steps=1).compute(
        batch=lambda row, p: 10**p.power,
        critical=lambda row, p: critical_batch(p.loss, *kaplan.batch),
        compute=lambda row, p: 1 / least_compute(1.0, row.batch, row.critical),
        steps=lambda row, p: 1 / least_steps(1.0, row.batch, row.critical),
    )
    ticks = [1, 1.5, 2, 3, 5, 10, 20, 50, 100]
    x = log_axis("compute", "compute over the least (C / C_min)", 1, 101, values=ticks)
    y = log_axis("steps", "steps over the fewest (S / S_min)", 1, 101, values=ticks)
    layers = (
        Layers(x, y)
        .line(curve)
        .dot(dot, color="orange", clip=True)
        .words(dot, "critical batch {critical:.2s} tokens, this one {batch:.2s}", x=-10, y=14, align="right")
        .words(dot, "{steps:.3~r} x the steps, {compute:.3~r} x the compute", x=-10, y=34, align="right")
    )
    text = (
        "Steps over the fewest possible against compute over the least possible, log-log: a curve from many steps at the least "
        "compute to the fewest steps at much compute, through 2 and 2. A dot for one batch slides along it; a lower loss moves "
        "it towards more steps."
    )
    return layers.live(
        text,
        range_slider("loss", 3, 2, 6, 0.1, "loss, in nats"),
        range_slider("power", 5.72, 4, 8, 0.02, "batch in tokens: 10 to the power"),
    )


def crossing(kaplan, in_text):
    """Show where two laws contradict each other, and let a rounded digit move; `in_text` is scale and exponent of Eq. 6.7."""
    laws, best, joint = kaplan.separate, kaplan.allocation, kaplan.joint

    def tokens(p):
        text = p.which * (2 - p.which)
        scale = best.D_e + text * (in_text[0] - best.D_e) + p.hidden * 1e10
        return scale, best.p_D + text * (in_text[1] - best.p_D)

    def of_data(p):
        other = p.which * (p.which - 1) / 2
        return laws.D_c + other * (joint.D_c - laws.D_c), laws.alpha_D + other * (joint.alpha_D - laws.alpha_D)

    def promised(row, p):
        return scale_law(row.days, laws.C_c_min, laws.alpha_C_min)

    def allowed(row, p):
        scale, exponent = tokens(p)
        return scale_law(scale * row.days**exponent, *of_data(p))

    lines = Rows(steps=101).compute(days=lambda row, p: 10 ** (row.i / 12.5 - 1), loss=promised, allowed=allowed)
    dot = Rows(steps=1).compute(
        days=lambda row, p: crossing_days(laws.C_c_min, laws.alpha_C_min, *of_data(p), *tokens(p)),
        loss=promised,
        power=lambda row, p: np.log10(row.days),
    )
    x = log_axis("days", "training compute (PF-days)", 0.1, 1e7, "power")
    y = log_axis("loss", "loss (nats per token)", 1.2, 3.2, values=[1.2, 1.5, 2, 2.5, 3])
    layers = (
        Layers(x, y)
        .line(lines)
        .line(lines, y="allowed", color="orange")
        .rule(dot, x="days", color="grey", width=1.5)
        .dot(dot, color="black")
        .words(dot, "10 to the {power:.2f} PF-days, {loss:.2f} nats", x=8, y=-8, align="left", baseline="bottom")
    )
    text = (
        "Loss against compute on log-log axes: a steep line that the law of compute promises and a flatter one that the law of "
        "data allows with the tokens processed. They cross near ten thousand PF-days, at 1.67 nats; the crossing slides along "
        "the lines by more than a decade as the hidden digit or the formula changes."
    )
    which = {"Table 6": 0, "Eq. 6.7 for the tokens": 1, "Table 2 for the law of data": 2}
    return layers.live(
        text,
        range_slider("hidden", 0, -0.5, 0.5, 0.02, "what rounding may hide, in 1e10 tokens"),
        dropdown("which", "formula ", which),
    )


def what_6nd_counts(aspect, vocabulary):
    """Show which part of the operations of training 6ND counts, by size, for a context and a vocabulary."""

    def parts(rows):
        return rows.compute(
            last=lambda row, p: 1e3 * p.thousands * width_of(row.n_params, aspect) / row.n_params,
            context=lambda row, p: 2**p.doublings / (12 * width_of(row.n_params, aspect)),
            counted=lambda row, p: 100 / (1 + row.last + row.context),
            both=lambda row, p: 100 * (1 + row.last) / (1 + row.last + row.context),
            zero=lambda row, p: 0,
            full=lambda row, p: 100,
        )

    grid = parts(Rows(steps=101).compute(n_params=lambda row, p: 768 * 10 ** (row.i / 11)))
    x = log_axis("n_params", "parameters without embeddings", 768, 1e12, "short", every=3)
    y = linear_axis("counted", "share of the operations (%)", 0, 100)
    layers = (
        Layers(x, y)
        .band(grid, "zero", "counted", color="blue", opacity=0.55)
        .band(grid, "counted", "both", color="orange", opacity=0.45)
        .band(grid, "both", "full", color="green", opacity=0.45)
    )
    for size, align in {768.0: "left", 1e6: "center", 1.5e9: "center", 1e12: "right"}.items():
        shown = parts(Rows({"n_params": [size]}))
        layers.words(shown, "{counted:.2~r} %", y=-6, align=align, baseline="bottom", fontWeight="bold")
    names = Rows(steps=1).compute(n_params=lambda row, p: 3e10)
    layers.words(names, "blue: counted by 6ND", x=10, y=14, align="left")
    layers.words(names, "orange: last layer", x=10, y=32, align="left")
    layers.words(names, "green: attention over the context", x=10, y=50, align="left")
    text = (
        "Stacked shares of the operations of training against size. At 768 parameters nearly all of them are in the last layer "
        "and 6ND counts a tenth of a per cent; at 1.5 billion it counts 9 in 10. As the slider lengthens the context, a "
        "share for attention grows from the top, at every size."
    )
    return layers.live(
        text,
        range_slider("doublings", 10, 10, 20, 1, "context: 2 to the power"),
        range_slider("thousands", round(vocabulary / 1e3), 1, 200, 1, "vocabulary, in thousands"),
    )


def in_kaplans_count(laws, kaplan, aspect, vocabulary, high):
    """Show laws of all parameters against parameters without embeddings, with the best ruler; `laws` has two, by name."""
    first, second = laws.values()

    def mix(name):
        one, other = getattr(first, name), getattr(second, name)
        return lambda p: one + p.which * (other - one)

    scale, alpha, floor = mix("A"), mix("alpha"), mix("E")

    def loss(n_params, p):
        return power_law(total_params(n_params, p.aspect, 1e3 * p.thousands), scale(p), alpha(p), floor(p))

    def best(p):
        return best_ruler(lambda n_params: loss(n_params, p), 10**p.low, high)

    grid = Rows(steps=161).compute(
        n_params=lambda row, p: 768 * 10 ** (row.i / 17.5),
        loss=lambda row, p: loss(row.n_params, p),
        kaplan=lambda row, p: scale_law(row.n_params, kaplan.separate.N_c, kaplan.separate.alpha_N),
    )
    fitted = Rows(steps=1).compute(scale=lambda row, p: best(p)[0], exponent=lambda row, p: best(p)[1])
    ends = Rows({"k": [0.0, 1.0]}).compute(
        n_params=lambda row, p: 10**p.low * (high / 10**p.low) ** row.k,
        loss=lambda row, p: best(p)[0] * row.n_params ** -best(p)[1],
    )
    x = log_axis("n_params", "parameters without embeddings", 768, 1e12, "short", every=3)
    y = log_axis("loss", "loss (nats per token)", 1.3, 9, values=[1.5, 2, 3, 4, 5, 6, 8])
    layers = (
        Layers(x, y, height=320)
        .line(grid)
        .line(grid, y="kaplan", color="black", width=1.5, dash=[3, 4], when="line2020")
        .line(ends, color="orange", width=2)
        .dot(ends, color="orange", size=50, clip=True)
        .words(fitted, "the ruler reads {exponent:.3f}", x=-10, y=14, align="right", fontWeight="bold")
    )
    text = (
        "Loss against parameters without embeddings on log-log axes: a curve that is nearly straight from 768 to 1.5 billion "
        "parameters and flattens beyond, with the best straight line over that range and its exponent, 0.076. A smaller "
        "vocabulary or a lower aspect ratio makes it steeper. Ticking the box adds Kaplan's line: parallel, a seventh higher, "
        "and below the curve beyond some tens of billions."
    )
    return layers.live(
        text,
        range_slider("aspect", aspect, 8, 128, 0.1, "width over layers"),
        range_slider("thousands", round(vocabulary / 1e3, 3), 1, 200, 0.001, "vocabulary, in thousands"),
        range_slider("low", 2.885, 2.885, 8, 0.001, "smallest model: 10 to the power"),
        dropdown("which", "constants ", dict(zip(laws, (0, 1), strict=True)), 0),
        checkbox("line2020", "show Kaplan's line"),
    )


def repair(measured, marks):
    """Let the reader repair the measurement of 2020 by switches. `measured`: layer, warm-up, recipe, corpus, a, low, high."""
    rows = Rows.listed(
        ("code", "corpus", "a", "low", "high"),
        [(layer + 2 * warm + 4 * recipe, *rest) for layer, warm, recipe, *rest in measured],
    )
    found = set(zip(rows.given["code"], rows.given["corpus"], strict=True))
    blank = [(code, corpus) for code in range(12) for corpus in CORPORA if (code, corpus) not in found]
    missing = Rows.listed(("code", "corpus"), blank)
    for one in (rows, missing):
        one.compute(off=lambda row, p: row.code - p.layer - 2 * p.warm - 4 * p.recipe)
    known = Rows({"a": list(marks.values()), "name": list(marks)})
    x = linear_axis("a", "exponent of the best size in compute", 0.42, 0.95)
    here = "datum.off == 0"
    layers = (
        Layers(x, names_axis("corpus", CORPORA, labelLimit=120), height=215)
        .rule(known, x="a", color="#999999", dash=[4, 4])
        .words(known, "{name}", y=8, size=11, color="#555", dx=-4, align="right")
        .dot(rows, color="#cccccc", size=60, when="all")
        .rule(rows, x="low", x2="high", y="corpus", width=6, opacity=0.4, when=here)
        .dot(rows, color="orange", when=here)
        .words(rows, "{a:.3f} ({low:.2f} to {high:.2f})", baseline="bottom", dy=-9, when=here)
        .words(missing, "not measured in that study", x=8, align="left", color="#777", when=here)
    )
    text = (
        "The exponent of the best size in compute on two corpora, as a dot with its interval, for the repairs that are switched "
        "on. With none it is 0.84 and 0.86; with the last layer counted 0.70 and 0.71; with the warm-up scaled as well 0.60; "
        "with tuning too 0.50 and 0.52. Half of the twelve combinations or more were not measured."
    )
    return layers.live(
        text,
        checkbox("layer", "count the last layer"),
        checkbox("warm", "scale the warm-up with the size"),
        dropdown("recipe", "recipe ", RECIPES),
        checkbox("all", "show everything that was measured"),
    )


_KAPLAN = Kaplan.published()


def _same_loss(percent, ratio):
    """The best size, 1, takes one step; the other has the same loss after the steps that the key pays for."""
    law = (0.077, 0.76, 1, (0.077 / 0.76) ** (1 / 0.76))
    return np.isclose(steps_loss(ratio, (1 + percent / 100) / ratio, *law), steps_loss(1, 1, *law), rtol=1e-9)


EXERCISES = (
    Exercise(
        id="ch3.ex2",
        label="ex-kaplan-gpt3",
        text="By the rule of 2020 the best size is 1.3e9 parameters times C_min, in PF-days of 8.64e19 FLOP, to the power 0.73. "
        "Which size is that for {compute:.3g} FLOP, spent at the critical batch?",
        given={"compute": 3.14e23},
        draw=lambda draw: {"compute": draw.pick(range(12, 100)) * 10.0 ** draw.pick(range(19, 24))},
        answer=lambda compute: _KAPLAN.optimum(compute / 2).n_params / 1e9,
        identity=lambda billions, compute: np.isclose(_KAPLAN.flop(2 * (billions / 1.3) ** (1 / 0.73)), compute),
        unit="billion parameters",
    ),
    Exercise(
        id="ch3.ex5",
        label="ex-kaplan-penalty",
        text="Kaplan's loss is a term that falls with the size N as N to the power -0.077, and one that falls with the steps S as S to "
        "the power -0.76; for one loss, compute goes as N times S. At the best size the second term is 0.077/0.76 of the first. How "
        "many per cent more compute does a model of {ratio:g} times the best size take to reach the same loss?",
        given={"ratio": 0.6},
        draw=lambda draw: {"ratio": draw.pick([*range(35, 81), *range(130, 501, 10)]) / 100},
        answer=lambda ratio: 100 * (_KAPLAN.size_penalty(ratio) - 1),
        identity=_same_loss,
        unit="%",
    ),
)
