"""The live figures of chapter 4: a valley that moves with the budget, and what the published answers say and cost; exercises.

`laws` are Chinchilla fits by the name to show; budgets are in FLOP and loss in nats per token. A Kaplan budget counts half: its
runs are trained at the critical batch.
"""

import altair as alt
import numpy as np

from scalinglaws.course.tasks import Exercise
from scalinglaws.laws.training.chinchilla import (
    Chinchilla,
    balance,
    compute_factor,
    frontier_loss,
    isoflop_loss,
    optimal_params,
)
from scalinglaws.laws.training.flops import TRAIN
from scalinglaws.laws.training.kaplan import scale_law
from scalinglaws.show.layers import Layers, linear_axis, log_axis, names_axis
from scalinglaws.show.live import Rows, checkbox, range_slider

ANSWERS = "black", "gold", "blue", "orange", "green"  # colours of Kaplan's answer and of those of four fits


def moving_valley(law):
    """Show the loss of every size at one budget, and how the bottom moves with the budget."""
    sizes, budgets = np.geomspace(1e7, 1e13, 61), 10.0 ** np.array([18, 20, 22, 24, 26])
    grid = {"n_params": np.tile(sizes, 5).tolist(), "compute": np.repeat(budgets, 61).tolist()}
    others = Rows(grid).compute(loss=lambda row, p: isoflop_loss(row.compute, row.n_params, law.E, *_shape(law)))
    bottoms = Rows(steps=91).compute(
        n_params=lambda row, p: optimal_params(10 ** (18 + row.i / 10), *_shape(law)),
        loss=lambda row, p: frontier_loss(10 ** (18 + row.i / 10), law.E, *_shape(law)),
    )
    valley = Rows(steps=121).compute(
        n_params=lambda row, p: 10 ** (7 + row.i / 20),
        loss=lambda row, p: isoflop_loss(10**p.power, row.n_params, law.E, *_shape(law)),
    )
    best = _best_use(law)
    x = log_axis("n_params", "parameters", 1e7, 1e13, "short")
    y = linear_axis("loss", "loss (nats per token)", 1.4, 4.2)
    said = "{n_params:.2s} parameters, {n_tokens:.2s} tokens, loss {loss:.2f}"
    layers = (
        Layers(x, y, height=320)
        .line(others, detail="compute", color="#bbbbbb", width=1.5)
        .line(bottoms, order="n_params", color="orange", width=2, dash=[5, 4])
        .line(valley)
        .dot(best, color="orange", size=130)
        .words(best, said, x=4, y=-4, align="left", baseline="bottom")
    )
    text = (
        "Loss against parameters, both at a fixed training budget: a valley for each budget from 1e18 to 1e26 FLOP, steep "
        "at the left where the model is too small, steep at the right where it sees too few tokens. A dot marks the bottom. "
        "As the slider raises the budget, the bottom moves down and to the right along a dashed line."
    )
    return layers.live(text, range_slider("power", 20, 18, 27, 0.1, "budget in FLOP: 10 to the power"))


def published_exponents(exponents):
    """Let the reader guess how much larger a model ten times the compute should buy, then show what was published.

    `exponents` has the exponent of the best size in compute, by who says it.
    """
    rows = Rows({"who": list(exponents), "exponent": list(exponents.values())}).compute(
        size=lambda row, p: 10**row.exponent, tokens=lambda row, p: 10 ** (1 - row.exponent)
    )
    guess = Rows(steps=1).compute(size=lambda row, p: p.guess, tokens=lambda row, p: 10 / p.guess)
    title = "times more parameters, for ten times the compute"
    x = log_axis("size", title, 1, 10, values=[1, 2, 3, 4, 5, 7, 10])
    said = "{size:.1f} x, tokens {tokens:.1f} x"
    layers = (
        Layers(x, names_axis("who", exponents, labelLimit=120), height=210)
        .rule(guess, x="size", color="orange", width=2)
        .dot(rows, size=120, when="reveal")
        .words(rows, said, size=12, baseline="bottom", dy=-7, when="reveal")
        .words(guess, "you: " + said, x=0, y=0, align="left", baseline="bottom", dy=-6, fontWeight="bold")
    )
    text = (
        "How many times more parameters ten times the compute should buy, on a line from 1 to 10, with the reader's guess as "
        "an upright line. When revealed, Kaplan's rule stands at 5.4 times and four analyses of Hoffmann's runs between 2.9 "
        "and 3.3 times."
    )
    slider = range_slider("guess", 5, 1, 10, 0.1, "your guess: times more parameters")
    return layers.live(text, slider, checkbox("reveal", "show what was published"))


def dispute(laws, kaplan):
    """Show the best size that each published answer gives at one budget, Kaplan's first, with its tokens and its loss."""
    scale, exponent = _kaplan_size(kaplan)
    first = Rows(steps=1).compute(
        n_params=lambda row, p: scale * (10**p.power / TRAIN) ** exponent,
        loss=lambda row, p: scale_law(
            10**p.power / 2 / kaplan.pf_day, kaplan.separate.C_c_min, kaplan.separate.alpha_C_min
        ),
    )
    answers = {"Kaplan": _with_tokens(first)}
    for name, law in laws.items():
        low, high = _within(1.10, law)
        answers[name] = _best_use(law).compute(
            low=lambda row, p, low=low: low * row.n_params, high=lambda row, p, high=high: high * row.n_params
        )
    x = log_axis("n_params", "best size (parameters)", 3e8, 4e13, "short")
    layers = Layers(x, linear_axis("loss", None))
    for place, ((name, rows), color) in enumerate(zip(answers.items(), ANSWERS, strict=True)):
        y = 40 + 60 * place
        if "low" in rows.names:
            layers.rule(rows, x="low", x2="high", y=y, color=color, width=7, opacity=0.35, when="bars")
        said = "{n_params:.3s}, {n_tokens:.3s} tokens, {ratio:.2~r} each, loss {loss:.3f}"
        layers.dot(rows, y=y, color=color, size=130)
        layers.words(rows, f"{name}: {said}", x=2, y=y, size=12, align="left", dy=-18)
    text = (
        "Five rows, one for each published answer at one budget, on a logarithmic axis of parameters. At Gopher's budget the "
        "dots stand at 485 billion for Kaplan, 32 for Hoffmann's printed constants, 40 for the unrounded ones, 72 for the "
        "refit and 70 for the fit on C4. Above each dot: parameters, tokens, tokens per parameter and predicted loss."
    )
    power = range_slider("power", 23.76, 20, 26, 0.01, "budget in FLOP: 10 to the power")
    return layers.live(text, power, checkbox("bars", "show the sizes that cost at most 10 % extra compute"))


def cost_of_following(laws, kaplan):
    """Show what following one answer costs if another one is true, at one budget; Kaplan's is only followed."""
    plans = {name: (float(balance(*_shape(law))), law.a) for name, law in laws.items()}
    plans |= {"20 per parameter": (20**-0.5, 0.5), "Kaplan": _kaplan_size(kaplan)}
    cells = [(plan, truth, *plans[plan], *_shape(laws[truth])) for plan in plans for truth in laws]
    names = "plan", "truth", "scale", "exponent", "A", "B", "alpha", "beta"
    rows = Rows.listed(names, cells).compute(
        n_params=lambda row, p: row.scale * (10**p.power / TRAIN) ** row.exponent,
        size_ratio=lambda row, p: row.n_params / optimal_params(10**p.power, row.A, row.B, row.alpha, row.beta),
        factor=lambda row, p: compute_factor(row.size_ratio, row.alpha, row.beta),
    )
    x = names_axis("truth", laws, "if this is true", labelAngle=-30, orient="top")
    y = names_axis("plan", plans, labelLimit=120)
    price = "100 * (datum.factor - 1)"
    shades = alt.Scale(type="sqrt", domain=[0, 100], clamp=True, scheme="oranges")
    layers = (
        Layers(x, y, height=250)
        .mark("rect", rows, x="truth", y="plan", stroke="white", strokeWidth=2, calculate={"price": price},
              color=alt.Color("price:Q", scale=shades, legend=None))
        .words(rows, alt.expr(f"format(max({price}, 0), {price} < 9.95 ? '.1f' : ',.0f') + ' %'"),
               color=alt.condition(f"{price} > 60", alt.value("white"), alt.value("black")))
    )  # fmt: skip
    text = (
        "A table of six plans against four possible truths. Each cell is the compute that the plan costs beyond what the "
        "same loss needed, as a share of that. At Gopher's budget it is zero on the diagonal, at most 26 per cent between the "
        "four fits, and above 200 per cent for Kaplan's plan. It grows with the budget."
    )
    return layers.live(text, range_slider("power", 23.76, 20, 27, 0.01, "budget in FLOP: 10 to the power"))


def _shape(law):
    return law.A, law.B, law.alpha, law.beta


def _best_use(law):
    """One row: the best size at the budget of the slider, its tokens, their ratio and the loss."""
    return _with_tokens(
        Rows(steps=1).compute(
            n_params=lambda row, p: optimal_params(10**p.power, *_shape(law)),
            loss=lambda row, p: frontier_loss(10**p.power, law.E, *_shape(law)),
        )
    )


def _with_tokens(rows):
    return rows.compute(
        n_tokens=lambda row, p: 10**p.power / (TRAIN * row.n_params), ratio=lambda row, p: row.n_tokens / row.n_params
    )


def _within(factor, law):
    """Return the smallest and the largest size ratio whose compute factor is at most `factor`."""
    ratios = np.geomspace(0.05, 20, 100_001)
    inside = ratios[compute_factor(ratios, law.alpha, law.beta) <= factor]
    return float(inside[0]), float(inside[-1])


def _kaplan_size(kaplan):
    """Return scale and exponent of the best size in C / 6, where half of C counts as C_min."""
    best = kaplan.allocation
    return best.N_e * (TRAIN / 2 / kaplan.pf_day) ** best.p_N, best.p_N


_REFIT, _UNROUNDED = Chinchilla.published("besiroglu2024"), Chinchilla.published("hoffmann2022_tex")


def _slopes_are_equal(billions, compute):
    """The best size costs the budget and balances both slopes: alpha A / N**alpha = beta B / D**beta."""
    n_params = 1e9 * billions
    n_tokens = compute / (TRAIN * n_params)
    by_size = _REFIT.alpha * _REFIT.A / n_params**_REFIT.alpha
    return np.isclose(by_size, _REFIT.beta * _REFIT.B / n_tokens**_REFIT.beta)


def _best_size_grows(times_compute, times):
    return np.isclose(_UNROUNDED.optimum(1e24 * times_compute).n_params, times * _UNROUNDED.optimum(1e24).n_params)


EXERCISES = (
    Exercise(
        id="ch4.ex1",
        label="ex-chinchilla-budget",
        text="Compute the best size for {compute:.3g} FLOP from the formula of the optimum, with the constants of the refit: "
        f"A = {_REFIT.A:g}, alpha = {_REFIT.alpha:g}, B = {_REFIT.B:g}, beta = {_REFIT.beta:g}.",
        given={"compute": 1e22},
        draw=lambda draw: {"compute": draw.pick(range(12, 100)) * 10.0 ** draw.pick(range(19, 25))},
        answer=lambda compute: optimal_params(compute, *_shape(_REFIT)) / 1e9,
        identity=_slopes_are_equal,
        unit="billion parameters",
    ),
    Exercise(
        id="ch4.ex4",
        label="ex-chinchilla-tenfold",
        text="A laboratory with a compute-optimal model wants one that is {times:g} times larger. How many times the compute "
        f"does it need, by Hoffmann's unrounded fit (alpha = {_UNROUNDED.alpha:g}, beta = {_UNROUNDED.beta:g})?",
        given={"times": 10},
        draw=lambda draw: {"times": draw.between(1.5, 30, 0.1)},
        answer=lambda times: times ** (1 / _UNROUNDED.a),
        identity=_best_size_grows,
        unit="times the compute",
    ),
)
