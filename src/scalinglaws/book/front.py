"""Live figures of pages that are no notebooks. The page names the function; see `scalinglaws.show.live` for how they move."""

import altair as alt

from scalinglaws.data import load
from scalinglaws.laws.training.chinchilla import Chinchilla, frontier_loss
from scalinglaws.show.figures import COLORS
from scalinglaws.show.live import Live, Rows, axis, checkbox, log_scale, slider

LOWEST, HIGHEST = 18, 28  # powers of ten, FLOP
MODELS = {"GPT-2 (1.5B)": "GPT-2", "GPT-3 175B": "GPT-3", "GPT-4": "GPT-4"}


def next_factor():
    """Show what ten times more compute buys, wherever one stands, with a floor under the loss and without.

    Returns
    -------
    Live
        The curve is the compute-optimal frontier of the refit of Besiroglu et al. (2024); without a floor the loss falls
        by the same factor at every step, starting from the same loss at 1e18 FLOP.

    Examples
    --------
    >>> [control.name for control in next_factor().controls]
    ['power', 'bare']
    """
    law = Chinchilla.published("besiroglu2024")
    exponent = law.frontier_exponent
    start = float(frontier_loss(10.0**LOWEST, law.E, law.A, law.B, law.alpha, law.beta))

    def with_floor(compute):
        return frontier_loss(compute, law.E, law.A, law.B, law.alpha, law.beta)

    def without(compute):
        return start * (compute / 10.0**LOWEST) ** -exponent

    steps = 20 * (HIGHEST - LOWEST)
    grid = Rows(steps=steps + 1).compute(
        compute=lambda row, p: 10 ** (LOWEST + row.i / 20),
        loss=lambda row, p: with_floor(row.compute),
        straight=lambda row, p: without(row.compute),
    )
    here = Rows({"one": [1]}).compute(
        compute=lambda row, p: 10 ** (p.power + 0 * row.one),
        later=lambda row, p: 10 * row.compute,
        loss=lambda row, p: with_floor(row.compute),
        later_loss=lambda row, p: with_floor(row.later),
        buys=lambda row, p: 100 * (1 - with_floor(row.later) / with_floor(row.compute)),
    )
    decades = [10.0**k for k in range(LOWEST, HIGHEST + 1, 2)]
    x = alt.X(
        "compute:Q",
        scale=log_scale(10.0**LOWEST, 10.0**HIGHEST),
        axis=axis("training compute (FLOP)", "power", values=decades),
    )
    y = alt.Y(
        "loss:Q",
        scale=alt.Scale(domain=[0, 4], nice=False),
        axis=axis("loss (nats per token)", values=[0, 1, 2, 3, 4], format="d"),
    )
    floor = alt.Chart(alt.Data(values=[{"loss": law.E}])).mark_rule(color=COLORS["grey"], strokeDash=[2, 3])
    curve = grid.chart().mark_line(color=COLORS["blue"], strokeWidth=3)
    bare = grid.chart().mark_line(color=COLORS["orange"], strokeWidth=2.5, strokeDash=[7, 4])
    step = here.chart().mark_rule(color=COLORS["blue"], strokeWidth=7, opacity=0.3)
    dots = here.chart().mark_point(filled=True, opacity=1, color=COLORS["blue"])
    words = here.chart().mark_text(align="center", baseline="bottom", dy=-24, fontSize=14, fontWeight="bold")
    shown = alt.condition("bare", alt.value(1), alt.value(0))
    line = "'ten times more: ' + format(datum.buys, '.1f') + ' % less loss'"
    place = f"pow(10, clamp(power, {LOWEST + 4}, {HIGHEST - 4}))"
    chart = alt.layer(
        floor.encode(y=y),
        _models().mark_text(fontSize=12, color="#444", baseline="bottom", dy=-4).encode(
            x=x, y=alt.datum(0), text="name:N"
        ),
        _models().mark_tick(color="#444", thickness=2, size=12, orient="vertical").encode(x=x, y=alt.datum(0)),
        bare.encode(x=x, y=alt.Y("straight:Q"), opacity=shown),
        curve.encode(x=x, y=y),
        step.encode(x=x, x2="later:Q", y="loss:Q", y2="later_loss:Q"),
        dots.encode(x=x, y=y, size=alt.value(150)),
        dots.encode(x=alt.X("later:Q"), y=alt.Y("later_loss:Q"), size=alt.value(60)),
        words.encode(x="place:Q", y="loss:Q", text="words:N").transform_calculate(words=line, place=place),
    )  # fmt: skip
    text = (
        "Loss against training compute from 1e18 to 1e28 FLOP, by a published fit. The curve falls steeply at the left and "
        "flattens towards a floor at 1.8 nats per token. The slider moves a point along it; the text says how much loss ten times "
        "more compute removes: 16 per cent at 1e18, under 2 per cent at 1e25. Without a floor a straight line would go on falling."
    )
    controls = [
        slider("power", 23, LOWEST, HIGHEST - 1, 0.1, "compute of the model: 10 to the power"),
        checkbox("bare", "show the curve that hits no floor"),
    ]
    return Live(chart, text, controls, [grid, here], height=280)


def _models():
    """Where well-known models stand on the axis, by their training compute."""
    table = load("ai_models")
    compute = dict(zip(table["model"].tolist(), table["training_flop"].tolist(), strict=True))
    return alt.Chart(alt.Data(values=[{"compute": compute[key], "name": name} for key, name in MODELS.items()]))
