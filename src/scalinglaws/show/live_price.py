"""A live figure of chapter 4: what following one published answer costs if another one is true."""

import altair as alt

from scalinglaws.laws.training.chinchilla import balance, compute_factor, optimal_params
from scalinglaws.laws.training.flops import TRAIN
from scalinglaws.show.live import Live, Rows
from scalinglaws.show.live_chinchilla import kaplan_size, shape_of
from scalinglaws.show.vega import slider


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
