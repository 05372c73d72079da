"""Live figures of pages that are no notebooks. The page names the function; see `scalinglaws.show.live` for how they move."""

import numpy as np

from scalinglaws.data import load
from scalinglaws.laws.training.chinchilla import Chinchilla, frontier_loss
from scalinglaws.show.layers import Layers, linear_axis, log_axis
from scalinglaws.show.live import Rows, checkbox, dropdown, range_slider

LOWEST, HIGHEST = 18, 28  # powers of ten, FLOP
MODELS = {"GPT-2": "GPT-2 (1.5B)", "GPT-3": "GPT-3 175B", "GPT-4": "GPT-4"}  # as shown: as in the table


def next_factor():
    """Show what ten times more compute buys, wherever one stands, with a floor under the loss and without.

    The curve is the compute-optimal frontier of the refit of Besiroglu et al. (2024); without a floor the loss falls by the
    same factor at every step, starting from the same loss at 1e18 FLOP.
    """
    law = Chinchilla.published("besiroglu2024")
    start = float(law.frontier_law(10.0**LOWEST))

    def loss(compute):
        return frontier_loss(compute, law.E, law.A, law.B, law.alpha, law.beta)

    grid = Rows(steps=20 * (HIGHEST - LOWEST) + 1).compute(
        compute=lambda row, p: 10 ** (LOWEST + row.i / 20),
        loss=lambda row, p: loss(row.compute),
        straight=lambda row, p: start * (row.compute / 10.0**LOWEST) ** -law.frontier_exponent,
    )
    step = Rows(steps=1).compute(
        compute=lambda row, p: 10**p.power,
        later=lambda row, p: 10 * row.compute,
        loss=lambda row, p: loss(row.compute),
        later_loss=lambda row, p: loss(row.later),
        buys=lambda row, p: 100 * (1 - row.later_loss / row.loss),
        middle=lambda row, p: 10 ** _between(p.power, LOWEST + 4, HIGHEST - 4),
    )
    table = load("ai_models")
    flop = dict(zip(table["model"], table["training_flop"], strict=True))
    models = Rows.listed(("name", "compute", "loss"), [(shown, flop[name], 0) for shown, name in MODELS.items()])
    x = log_axis("compute", "training compute (FLOP)", 10.0**LOWEST, 10.0**HIGHEST, "power", every=2)
    y = linear_axis("loss", "loss (nats per token)", 0, 4, values=[0, 1, 2, 3, 4], format="d")
    layers = (
        Layers(x, y, height=280)
        .rule(Rows({"loss": [law.E]}), y="loss", color="grey", dash=[2, 3])
        .words(models, "{name}", size=12, color="#444", baseline="bottom", dy=-4)
        .mark("tick", models, x="compute", y="loss", color="#444", opacity=0.7, thickness=2, size=12, orient="vertical")
        .line(grid, y="straight", color="orange", width=2.5, dash=[7, 4], when="bare")
        .line(grid)
        .rule(step, x="compute", x2="later", y="loss", y2="later_loss", width=7, opacity=0.3)
        .dot(step, size=150)
        .dot(step, x="later", y="later_loss", size=60)
        .words(
            step, "ten times more: {buys:.1f} % less loss", x="middle",
            size=14, color="black", fontWeight="bold", align="center", baseline="bottom", dy=-24,
        )
    )  # fmt: skip
    text = (
        "Loss against training compute from 1e18 to 1e28 FLOP, by a published fit. The curve falls steeply at the left and "
        "flattens towards a floor at 1.8 nats per token. The slider moves a point along it; the text says how much loss ten times "
        "more compute removes: 16 per cent at 1e18, under 2 per cent at 1e25. Without a floor a straight line would go on falling."
    )
    power = range_slider("power", 23, LOWEST, HIGHEST - 1, 0.1, "compute of the model: 10 to the power")
    return layers.live(text, power, checkbox("bare", "show the curve that hits no floor"))


def _between(value, low, high):
    """Return a value held between two ends, in arithmetic that the browser has too."""
    return (low + high + abs(value - low) - abs(value - high)) / 2


BREAKS = {"before o1-preview": 2024.6, "after o1-mini": 2024.8, "after o1": 2025.0}  # from the page on the articles
FIRST_MODELS = {"GPT-4, 2023": 2023.19, "LLaMA, 2023": 2023.1, "Claude 3 Opus, 2024": 2024.0}


def faster_since():
    """Show the best index over time with a line on each side of a break; the reader chooses the break and the first model."""
    early, records = load("capability_index"), load("capability_records")
    early, records = early.where(early["released"] < "2023-03-01"), records.where(records["status"] == "published")
    year = np.append([2023.148] * len(early), records["year"])  # LLaMA: 24 February 2023
    eci = np.append(early["eci"], records["eci"])
    ends, signs = [], []
    for pair, (cut, start) in enumerate((cut, start) for cut in BREAKS.values() for start in FIRST_MODELS.values()):
        sides = [(year > start) & (year < cut), year > cut]
        lines = [np.polyfit(year[side], eci[side], 1) for side in sides]
        ends += [
            (f"{pair} {side}", pair, float(t), float(np.polyval(line, t)))
            for side, line in enumerate(lines)
            for t in (year[sides[side]].min(), year[sides[side]].max())
        ]
        before, after = (float(line[0]) for line in lines)
        signs.append((pair, before, after, after / before))
    line = Rows.listed(("line", "pair", "year", "eci"), ends)
    sign = Rows.listed(("pair", "before", "after", "ratio"), signs)
    chosen = f"datum.pair == {len(FIRST_MODELS)} * cut + start"
    layers = (
        Layers(
            linear_axis("year", "release of the model", 2023, 2026.5, tickCount=4, format="d"),
            linear_axis("eci", "index", 90, 165),
            height=300,
        )
        .dot(Rows({"year": year.tolist(), "eci": eci.tolist()}), color="black", size=45)
        .line(line, detail="line", color="orange", when=chosen)
        .words(sign, "{before:.1f} points a year before, {after:.1f} after:", x=8, y=14, align="left", when=chosen)
        .words(sign, "{ratio:.1f} times as fast", x=8, y=32, align="left", fontWeight="bold", when=chosen)
    )
    text = (
        "Best scores of Epoch AI's index against release dates, from LLaMA in February 2023 through GPT-4 three weeks later to "
        "March 2026, and a straight line on each side of a break. From GPT-4 and with a break before o1-preview the second line is six "
        "times as steep; from LLaMA, or from 2024 with a later break, it is flatter than the first."
    )
    return layers.live(
        text,
        dropdown("cut", "the break", {name: k for k, name in enumerate(BREAKS)}),
        dropdown("start", "the years before begin with", {name: k for k, name in enumerate(FIRST_MODELS)}, 1),
    )
