"""The live figures of chapter 1: a curve that looks the same at every zoom, the next factor of ten, the floor; exercises.

Laws are of loss in nats per token against compute in FLOP.
"""

import numpy as np

from scalinglaws.course.tasks import Exercise
from scalinglaws.laws.training.power import PowerLaw, power_law, reducible_factor, total_factor, x_for
from scalinglaws.show.layers import Layers, linear_axis, log_axis
from scalinglaws.show.live import Rows, checkbox, range_slider


def zoom(law):
    """Show two decades of a law on linear axes, with a slider for where they are."""

    def loss(row, p):
        return power_law(row.compute, law.scale, law.exponent, law.floor)

    grid = Rows(steps=201).compute(compute=lambda row, p: 10 ** (p.edge - 2 + row.i / 100), loss=loss)
    x = linear_axis("compute", "training compute (FLOP)", format=".1e", tickCount=5)
    y = linear_axis("loss", "loss (nats per token)", format=".2f", minExtent=40)
    text = (
        "Loss against compute on linear axes, two decades of it: steep at the left, nearly flat at the right. "
        "Moving the slider changes the numbers on the axes, not the shape."
    )
    edge = range_slider("edge", 20, 20, 28, 0.1, "right edge: 10 to the power")
    return Layers(x, y, height=260).line(grid).live(text, edge)


def next_step(law, other):
    """Let the reader guess what ten times the compute buys at 1e25 FLOP, then show it at every scale.

    The first law has a floor, the other has none.
    """

    def gain(which):
        return lambda row, p: 100 * (1 - total_factor(row.compute, 10, which.scale, which.exponent, which.floor))

    grid = Rows(steps=161).compute(compute=lambda row, p: 10 ** (18 + row.i / 20), gain=gain(law), straight=gain(other))
    given = Rows({"compute": [1e18]}).compute(gain=gain(law))
    guess = Rows({"compute": [1e25]}).compute(guess=lambda row, p: p.guess, gain=gain(law))
    x = log_axis("compute", "training compute before the step (FLOP)", 1e18, 1e26, "power")
    y = linear_axis("gain", "loss removed by ten times the compute (%)", 0, 20, tickCount=5)
    layers = (
        Layers(x, y)
        .line(grid, when="reveal")
        .line(grid, y="straight", color="grey", width=2, dash=True, when="reveal")
        .rule(guess, x="compute", y="guess", y2="gain", color="orange", when="reveal")
        .dot(given)
        .dot(guess, y="guess", color="orange", size=160, shape="diamond")
        .words(guess, "your guess: {guess:.1f} %", y="guess", align="right", dx=-12)
    )
    text = (
        "Share of the loss that ten times the compute removes, against compute. At 1e18 FLOP it is about 15 per cent. "
        "The reader's guess for 1e25 is a diamond; when revealed, a curve falls to 2.4 per cent there, "
        "while the law without a floor stays at 10.9."
    )
    slider = range_slider("guess", 10, 0, 20, 0.5, "your guess for 1e25, in %")
    return layers.live(text, slider, checkbox("reveal", "show what the fits say"))


def bend_to_dots(law, points):
    """Let the reader bend a straight line into a curve: exponent, floor, and what ten times more buys where.

    The curve starts on the law at 1e18 FLOP; the points are of a law too, drawn as dots for the curve to meet.
    """
    start = float(law(1e18))

    def curve(p):
        return (start - p.floor) * 1e18**p.exponent, p.exponent, p.floor

    def loss(row, p):
        return power_law(row.compute, *curve(p))

    grid = Rows(steps=161).compute(compute=lambda row, p: 10 ** (18 + row.i / 20), loss=loss)
    where = Rows(steps=1).compute(
        compute=lambda row, p: 10**p.where,
        loss=loss,
        gain=lambda row, p: 100 * (1 - total_factor(row.compute, 10, *curve(p))),
    )
    decades = [10.0**power for power in range(18, 26)]
    dots = Rows({"compute": decades, "loss": [float(points(compute)) for compute in decades]})
    x = log_axis("compute", "training compute (FLOP)", 1e18, 1e26, "power")
    y = log_axis("loss", "loss (nats per token)", 1, 4, values=[1, 1.5, 2, 2.5, 3, 4])
    layers = (
        Layers(x, y, height=320)
        .dot(dots, color="grey", size=70)
        .line(grid)
        .rule(where, x="compute", color="orange", width=2)
        .words(where, "ten times more buys {gain:.1f} %", y=8, align="left", baseline="top", dx=6)
    )
    text = (
        "Loss against compute on log-log axes, with eight dots that bend. Without a floor the curve is a straight line "
        "and meets two of the dots at most; with the right exponent and floor it meets them all."
    )
    return layers.live(
        text,
        range_slider("exponent", 0.05, 0.02, 0.3, 0.005, "exponent"),
        range_slider("floor", 0, 0, 2, 0.01, "floor, in nats"),
        range_slider("where", 18, 18, 23, 0.1, "look at 10 to the power"),
    )


def _through(budget, loss, times, lower, more, floor):
    return float(PowerLaw.through(budget, loss, times * budget, lower, floor)(more * times * budget))


def _one_slope(forecast, budget, loss, times, lower, more, floor):
    """Above the floor and on log-log paper, the step to the forecast is as steep as the step between the runs."""
    first, second, third = np.log(np.array([loss, lower, forecast]) - floor)
    return np.isclose((first - second) / np.log(times), (second - third) / np.log(more))


def _two_runs(draw):
    loss, floor = draw.between(2.5, 3.5, 0.01), draw.between(1.4, 1.9, 0.01)
    return {
        "budget": 10.0 ** draw.pick(range(17, 22)),
        "loss": loss,
        "times": draw.pick([10, 20, 50, 100, 200, 500]),
        "lower": round(floor + draw.between(0.4, 0.8, 0.02) * (loss - floor), 2),
        "more": draw.pick([30, 100, 300, 1000]),
        "floor": floor,
    }


EXERCISES = (
    Exercise(
        id="ch1.ex1",
        label="ex-power-laws-percent",
        text="A loss has no floor and falls with the data with the exponent {exponent:g}. By what factor must the data grow to "
        "remove {percent:g} % of the loss?",
        given={"exponent": 0.095, "percent": 5},
        draw=lambda draw: {"exponent": draw.between(0.05, 0.2, 0.005), "percent": draw.pick(range(3, 41))},
        answer=lambda exponent, percent: x_for(1 - percent / 100, 1, exponent),
        identity=lambda factor, exponent, percent: np.isclose(100 * (1 - reducible_factor(factor, exponent)), percent),
        unit="times the data",
    ),
    Exercise(
        id="ch1.ex5",
        label="ex-power-laws-two-runs",
        text="A run with {budget:.3g} FLOP gives a loss of {loss:g} nats per token, one with {times:d} times as much compute gives "
        "{lower:g}. Draw the power law with a floor of {floor:g} through both. What loss does it forecast for {more:d} times the "
        "compute of the second run?",
        given={"budget": 1e20, "loss": 2.6, "times": 100, "lower": 2.13, "more": 100, "floor": 1.69},
        draw=_two_runs,
        answer=_through,
        identity=_one_slope,
        unit="nats per token",
        digits=4,
    ),
)
