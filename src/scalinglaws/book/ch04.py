"""The live figures of chapter 4: valleys of equal compute, ten times the compute, five answers to one question.

A live figure of chapter 4: what following one published answer costs if another one is true.
"""

import altair as alt
import numpy as np

from scalinglaws.laws.training.chinchilla import balance, compute_factor, frontier_loss, isoflop_loss, optimal_params
from scalinglaws.laws.training.flops import TRAIN
from scalinglaws.laws.training.kaplan import scale_law
from scalinglaws.show.figures import COLORS
from scalinglaws.show.live import Live, Rows, axis, checkbox, log_scale, slider

SHORT = "replace(format({}, '.{}s'), 'G', 'B')"  # 40.3B, 2.38T


def valleys(law):
    """Show the loss of every size at one budget, and how the bottom moves with the budget.

    Parameters
    ----------
    law : Chinchilla
        Any fit.

    Returns
    -------
    Live
    """
    law_of = law.E, law.A, law.B, law.alpha, law.beta
    sizes, budgets = np.geomspace(1e7, 1e13, 61), 10.0 ** np.array([18, 20, 22, 24, 26])
    grid = {"n_params": np.tile(sizes, 5).tolist(), "compute": np.repeat(budgets, 61).tolist()}
    others = Rows(grid).compute(loss=lambda row, p: isoflop_loss(row.compute, row.n_params, *law_of))
    bottoms = Rows(steps=91).compute(
        n_params=lambda row, p: optimal_params(10 ** (18 + row.i / 10), *law_of[1:]),
        loss=lambda row, p: frontier_loss(10 ** (18 + row.i / 10), *law_of),
    )
    valley = Rows(steps=121).compute(
        n_params=lambda row, p: 10 ** (7 + row.i / 20),
        loss=lambda row, p: isoflop_loss(10**p.power, row.n_params, *law_of),
    )
    best = Rows({"one": [1]}).compute(
        n_params=lambda row, p: row.one * optimal_params(10**p.power, *law_of[1:]),
        n_tokens=lambda row, p: 10**p.power / (TRAIN * row.n_params),
        loss=lambda row, p: row.one * frontier_loss(10**p.power, *law_of),
    )
    x = alt.X("n_params:Q", scale=log_scale(1e7, 1e13), axis=axis("parameters", "short", values=_decades(7, 13)))
    y = alt.Y("loss:Q", scale=alt.Scale(domain=[1.4, 4.2], nice=False), axis=axis("loss (nats per token)"))
    grey = others.chart().mark_line(color="#bbbbbb", strokeWidth=1.5, clip=True).encode(x=x, y=y, detail="compute:Q")
    path = bottoms.chart().mark_line(color=COLORS["orange"], strokeDash=[5, 4]).encode(x=x, y=y, order="n_params:Q")
    curve = valley.chart().mark_line(color=COLORS["blue"], strokeWidth=3, clip=True).encode(x=x, y=y)
    dot = best.chart().mark_point(size=130, filled=True, opacity=1, color=COLORS["orange"]).encode(x=x, y=y)
    told = (
        f"{SHORT.format('datum.n_params', 2)} + ' parameters, ' + {SHORT.format('datum.n_tokens', 2)} + ' tokens, loss '"
        " + format(datum.loss, '.2f')"
    )
    words = best.chart().transform_calculate(words=told)
    words = words.mark_text(align="left", baseline="bottom", fontSize=13, color="#222", dx=4, dy=-4)
    words = words.encode(x=alt.value(0), y=alt.value("height"), text="words:N")
    text = (
        "Loss against parameters, both at a fixed training budget: a valley for each budget from 1e18 to 1e26 FLOP, steep "
        "at the left where the model is too small, steep at the right where it sees too few tokens. A dot marks the bottom. "
        "As the slider raises the budget, the bottom moves down and to the right along a dashed line."
    )
    return Live(
        alt.layer(grey, path, curve, dot, words),
        text,
        [slider("power", 20, 18, 27, 0.1, "budget in FLOP: 10 to the power")],
        [others, bottoms, valley, best],
        height=320,
    )


def ten_times(exponents):
    """Let the reader guess how much larger a model ten times the compute should buy, then show what was published.

    Parameters
    ----------
    exponents : dict of str to float
        Exponent of the best size in compute, by who says it.

    Returns
    -------
    Live
    """
    names = list(exponents)
    rows = Rows({"place": list(range(len(names))), "exponent": list(exponents.values())}).compute(
        size=lambda row, p: 10**row.exponent, tokens=lambda row, p: 10 ** (1 - row.exponent)
    )
    yours = Rows({"one": [1]}).compute(
        size=lambda row, p: row.one * p.guess, tokens=lambda row, p: 10 / (row.one * p.guess)
    )
    x = alt.X(
        "size:Q",
        scale=log_scale(1, 10),
        axis=axis("times more parameters, for ten times the compute", values=[1, 2, 3, 4, 5, 7, 10]),
    )
    y = alt.Y("who:N", sort=names, axis=alt.Axis(title=None, labelLimit=120))
    shown = alt.condition("reveal", alt.value(1), alt.value(0))
    chart = rows.chart().transform_calculate(who=f"{names}[datum.place]")
    dots = chart.mark_point(size=120, filled=True, color=COLORS["blue"]).encode(x=x, y=y, opacity=shown)
    tell = "format(datum.size, '.1f') + ' x, tokens ' + format(datum.tokens, '.1f') + ' x'"
    words = chart.transform_calculate(words=tell).mark_text(baseline="bottom", dy=-7, color="#222")
    words = words.encode(x=x, y=y, text="words:N", opacity=shown)
    rule = yours.chart().mark_rule(color=COLORS["orange"], strokeWidth=2).encode(x=x)
    told = yours.chart().transform_calculate(words="'you: ' + " + tell)
    told = told.mark_text(align="left", baseline="bottom", dy=-6, fontSize=13, fontWeight="bold", color="#222")
    told = told.encode(x=alt.value(0), y=alt.value(0), text="words:N")
    text = (
        "How many times more parameters ten times the compute should buy, on a line from 1 to 10, with the reader's guess as "
        "an upright line. When revealed, Kaplan's rule stands at 5.4 times and four analyses of Hoffmann's runs between 2.9 "
        "and 3.3 times."
    )
    controls = [
        slider("guess", 5, 1, 10, 0.1, "your guess: times more parameters"),
        checkbox("reveal", "show what was published"),
    ]
    return Live(alt.layer(rule, dots, words, told), text, controls, [rows, yours], height=210)


def dispute(laws, kaplan):
    """Show the best size that each published answer gives at one budget, with its tokens and its loss.

    Parameters
    ----------
    laws : dict of str to Chinchilla
        By the name to show.
    kaplan : Kaplan
        Shown first, for training at the critical batch, where half of the budget counts.

    Returns
    -------
    Live
    """
    scale, power = kaplan_size(kaplan)
    one = kaplan.separate
    first = Rows({"one": [1]}).compute(
        n_params=lambda row, p: scale * (10**p.power / TRAIN) ** power * row.one,
        n_tokens=lambda row, p: 10**p.power / (TRAIN * row.n_params),
        ratio=lambda row, p: row.n_tokens / row.n_params,
        loss=lambda row, p: row.one * scale_law(10**p.power / 2 / kaplan.pf_day, one.C_c_min, one.alpha_C_min),
    )
    rows, layers = [first], [*_answer(first, "Kaplan", 0)]
    for place, (name, law) in enumerate(laws.items(), start=1):
        low, high = _within(law, 1.10)
        row = _law_rows(law, low, high)
        rows.append(row)
        layers += [_span(row, place), *_answer(row, name, place)]
    text = (
        "Five rows, one for each published answer at one budget, on a logarithmic axis of parameters. At Gopher's budget the "
        "dots stand at 485 billion for Kaplan, 32 for Hoffmann's printed constants, 40 for the unrounded ones, 72 for the "
        "refit and 70 for the fit on C4. Above each dot: parameters, tokens, tokens per parameter and predicted loss."
    )
    controls = [
        slider("power", 23.76, 20, 26, 0.01, "budget in FLOP: 10 to the power"),
        checkbox("bars", "show the sizes that waste at most 10 % of compute"),
    ]
    return Live(alt.layer(*layers), text, controls, rows, height=300)


def _law_rows(law, low, high):
    shape = shape_of(law)
    return Rows({"one": [1]}).compute(
        n_params=lambda row, p: row.one * optimal_params(10**p.power, *shape),
        n_tokens=lambda row, p: 10**p.power / (TRAIN * row.n_params),
        ratio=lambda row, p: row.n_tokens / row.n_params,
        loss=lambda row, p: row.one * frontier_loss(10**p.power, law.E, *shape),
        low=lambda row, p: low * row.n_params,
        high=lambda row, p: high * row.n_params,
    )


TINTS = [COLORS[name] for name in ("black", "gold", "blue", "orange", "green")]


def _answer(rows, name, place):
    """The dot of one answer, and its words above it."""
    x = alt.X(
        "n_params:Q", scale=log_scale(3e8, 4e13), axis=axis("best size (parameters)", "short", values=_decades(9, 13))
    )
    dot = rows.chart().mark_point(size=130, filled=True, opacity=1, color=TINTS[place]).encode(x=x, y=_row(place))
    told = (
        f"'{name}: ' + {SHORT.format('datum.n_params', 3)} + ', ' + {SHORT.format('datum.n_tokens', 3)} + ' tokens, '"
        " + format(datum.ratio, '.2~r') + ' each, loss ' + format(datum.loss, '.3f')"
    )
    words = rows.chart().transform_calculate(words=told).mark_text(align="left", dy=-18, fontSize=12, color="#222")
    return dot, words.encode(x=alt.value(2), y=_row(place), text="words:N")


def _span(rows, place):
    bar = rows.chart().mark_rule(strokeWidth=7, color=TINTS[place])
    opacity = alt.condition("bars", alt.value(0.35), alt.value(0))
    return bar.encode(x=alt.X("low:Q"), x2="high:Q", y=_row(place), opacity=opacity)


def _row(place):
    return alt.value(40 + 60 * place)


def _within(law, factor):
    """The smallest and the largest size ratio whose compute factor is at most `factor`."""
    ratios = np.geomspace(0.05, 20, 100_001)
    inside = ratios[compute_factor(ratios, law.alpha, law.beta) <= factor]
    return float(inside[0]), float(inside[-1])


def shape_of(law):
    """Return the parameters of a law without its floor: A, B, alpha, beta."""
    return law.A, law.B, law.alpha, law.beta


def kaplan_size(kaplan):
    """Return scale and exponent of the best size in C / 6, where half of C counts as C_min."""
    best = kaplan.allocation
    return best.N_e * (TRAIN / 2 / kaplan.pf_day) ** best.p_N, best.p_N


def _decades(low, high):
    return [10.0**power for power in range(low, high + 1)]


def price(laws, kaplan):
    """Show what following one answer costs if another one is true, at one budget.

    Parameters
    ----------
    laws : dict of str to Chinchilla
        Followed in turn, and true in turn.
    kaplan : Kaplan
        Followed only, as in `dispute`: its losses are of other tokens.

    Returns
    -------
    Live
    """
    plans = {name: (float(balance(*shape_of(law))), law.a) for name, law in laws.items()}
    plans |= {"20 per parameter": (20**-0.5, 0.5), "Kaplan": kaplan_size(kaplan)}
    cells = [
        (i, j, *plans[plan], *shape_of(law)) for i, plan in enumerate(plans) for j, law in enumerate(laws.values())
    ]
    names = ("followed", "true", "scale", "power_of", "A", "B", "alpha", "beta")
    rows = Rows(dict(zip(names, map(list, zip(*cells, strict=True)), strict=True))).compute(
        n_params=lambda row, p: row.scale * (10**p.power / TRAIN) ** row.power_of,
        size_ratio=lambda row, p: row.n_params / optimal_params(10**p.power, row.A, row.B, row.alpha, row.beta),
        factor=lambda row, p: compute_factor(row.size_ratio, row.alpha, row.beta),
    )
    chart = rows.chart().transform_calculate(
        price="100 * (datum.factor - 1)", plan=f"{list(plans)}[datum.followed]", truth=f"{list(laws)}[datum.true]"
    )
    chart = chart.transform_calculate(words="format(max(datum.price, 0), datum.price < 9.95 ? '.1f' : ',.0f') + ' %'")
    x = alt.X("truth:N", sort=list(laws), axis=alt.Axis(title="if this is true", labelAngle=0, orient="top"))
    y = alt.Y("plan:N", sort=list(plans), axis=alt.Axis(title=None, labelLimit=120))
    shade = alt.Color(
        "price:Q", scale=alt.Scale(type="sqrt", domain=[0, 100], clamp=True, scheme="oranges"), legend=None
    )
    boxes = chart.mark_rect(stroke="white", strokeWidth=2).encode(x=x, y=y, color=shade)
    ink = alt.condition("datum.price > 60", alt.value("white"), alt.value("black"))
    words = chart.mark_text(fontSize=13).encode(x=x, y=y, text="words:N", color=ink)
    text = (
        "A table of six plans against four possible truths. Each cell is the share of compute that the plan costs beyond what "
        "the same loss needed. At Gopher's budget it is zero on the diagonal, at most 26 per cent between fits of "
        "Hoffmann's form, and above 200 per cent for Kaplan's plan. It grows with the budget."
    )
    controls = [slider("power", 23.76, 20, 27, 0.01, "budget in FLOP: 10 to the power")]
    return Live(alt.layer(boxes, words), text, controls, [rows], height=250)
