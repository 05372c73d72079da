"""The live figures of chapter 1: a curve that looks the same at every zoom, the next factor of ten, the floor."""

import altair as alt

from scalinglaws.laws.training.power import power_law, total_factor
from scalinglaws.show.figures import COLORS
from scalinglaws.show.live import Live, Rows, axis, checkbox, log_scale, slider

DECADES = [10.0**k for k in range(18, 27)]


def zoom(law):
    """Show two decades of a law on linear axes, with a slider for where they are.

    Parameters
    ----------
    law : PowerLaw
        Loss in nats per token against compute in FLOP.

    Returns
    -------
    Live
    """

    def loss(row, p):
        return power_law(row.compute, law.scale, law.exponent, law.floor)

    rows = Rows(steps=201).compute(compute=lambda row, p: 10 ** (p.edge - 2 + row.i / 100), loss=loss)
    chart = rows.chart().mark_line(color=COLORS["blue"], strokeWidth=3)
    chart = chart.encode(
        x=alt.X(
            "compute:Q",
            axis=axis("training compute (FLOP)", "number", format=".1e", tickCount=5),
            scale=alt.Scale(nice=False),
        ),
        y=alt.Y(
            "loss:Q",
            axis=axis("loss (nats per token)", format=".2f", minExtent=40),
            scale=alt.Scale(zero=False, nice=False),
        ),
    )
    text = (
        "Loss against compute on linear axes, two decades of it: steep at the left, nearly flat at the right. "
        "Moving the slider changes the numbers on the axes, not the shape."
    )
    return Live(chart, text, [slider("edge", 20, 20, 28, 0.1, "right edge: 10 to the power")], [rows], height=260)


def next_step(law, other):
    """Let the reader guess what ten times the compute buys at 1e25 FLOP, then show it at every scale.

    Parameters
    ----------
    law, other : PowerLaw
        With a floor, and without.

    Returns
    -------
    Live
    """

    def gain(which):
        return lambda row, p: 100 * (1 - total_factor(row.compute, 10, which.scale, which.exponent, which.floor))

    grid = Rows(steps=161).compute(compute=lambda row, p: 10 ** (18 + row.i / 20), gain=gain(law), straight=gain(other))
    given = Rows({"compute": [1e18]}).compute(gain=gain(law))
    guess = Rows({"compute": [1e25]}).compute(guess=lambda row, p: p.guess + 0 * row.compute, gain=gain(law))
    x = alt.X(
        "compute:Q",
        scale=log_scale(1e18, 1e26),
        axis=axis("training compute before the step (FLOP)", "power", values=DECADES),
    )
    y = axis("loss removed by ten times the compute (%)", tickCount=5)
    scale = alt.Scale(domain=[0, 20])
    shown = alt.condition("reveal", alt.value(1), alt.value(0))
    curve = (
        grid.chart()
        .mark_line(strokeWidth=3, color=COLORS["blue"])
        .encode(x=x, y=alt.Y("gain:Q", axis=y, scale=scale), opacity=shown)
    )
    line = grid.chart().mark_line(strokeWidth=2, strokeDash=[6, 4], color=COLORS["grey"])
    line = line.encode(x=x, y=alt.Y("straight:Q", scale=scale), opacity=shown)
    first = given.chart().mark_point(size=110, filled=True, opacity=1, color=COLORS["blue"]).encode(x=x, y="gain:Q")
    yours = (
        guess.chart()
        .mark_point(size=160, filled=True, opacity=1, shape="diamond", color=COLORS["orange"])
        .encode(x=x, y="guess:Q")
    )
    miss = guess.chart().mark_rule(color=COLORS["orange"]).encode(x=x, y="guess:Q", y2="gain:Q", opacity=shown)
    words = guess.chart().mark_text(align="right", dx=-12, fontSize=13, color="#222")
    words = words.encode(x=x, y="guess:Q", text=alt.value(alt.ExprRef("'your guess: ' + format(guess, '.1f') + ' %'")))
    text = (
        "Share of the loss that ten times the compute removes, against compute. At 1e18 FLOP it is about 15 per cent. "
        "The reader's guess for 1e25 is a diamond; when revealed, a curve falls to 2.4 per cent there, "
        "while the law without a floor stays at 10.9."
    )
    controls = [
        slider("guess", 10, 0, 20, 0.5, "your guess for 1e25, in %"),
        checkbox("reveal", "show what the fits say"),
    ]
    return Live(alt.layer(curve, line, miss, first, yours, words), text, controls, [grid, given, guess])


def floor(law, points):
    """Let the reader bend a straight line into a curve: exponent, floor, and what ten times more buys where.

    Parameters
    ----------
    law : PowerLaw
        Where the curve starts, at 1e18 FLOP.
    points : PowerLaw
        Drawn as dots, to be met by the curve.

    Returns
    -------
    Live
    """
    start = float(law(1e18))

    def scale(p):
        return (start - p.floor) * 1e18**p.exponent

    def loss(row, p):
        return power_law(row.compute, scale(p), p.exponent, p.floor)

    def gain(row, p):
        return 100 * (1 - total_factor(row.compute, 10, scale(p), p.exponent, p.floor))

    grid = Rows(steps=161).compute(compute=lambda row, p: 10 ** (18 + row.i / 20), loss=loss)
    here = Rows({"one": [1]}).compute(compute=lambda row, p: 10 ** (p.where + 0 * row.one), loss=loss, gain=gain)
    dots = alt.Chart(alt.Data(values=[{"compute": c, "loss": float(points(c))} for c in DECADES[:-1]]))
    x = alt.X("compute:Q", scale=log_scale(1e18, 1e26), axis=axis("training compute (FLOP)", "power", values=DECADES))
    y = alt.Y("loss:Q", scale=log_scale(1, 4), axis=axis("loss (nats per token)", values=[1, 1.5, 2, 2.5, 3, 4]))
    marks = dots.mark_point(size=70, filled=True, opacity=1, color=COLORS["grey"]).encode(x=x, y=y)
    curve = grid.chart().mark_line(strokeWidth=3, color=COLORS["blue"], clip=True).encode(x=x, y=y)
    rule = here.chart().mark_rule(color=COLORS["orange"], strokeWidth=2).encode(x=x)
    words = here.chart().mark_text(align="left", baseline="top", dx=6, y=8, fontSize=13, color="#222")
    words = words.encode(x=x, text="words:N").transform_calculate(
        words="'ten times more buys ' + format(datum.gain, '.1f') + ' %'"
    )
    text = (
        "Loss against compute on log-log axes, with eight dots that bend. Without a floor the curve is a straight line "
        "and meets two of the dots at most; with the right exponent and floor it meets them all."
    )
    controls = [
        slider("exponent", 0.05, 0.02, 0.3, 0.005, "exponent"),
        slider("floor", 0, 0, 2, 0.01, "floor, in nats"),
        slider("where", 18, 18, 23, 0.1, "look at 10 to the power"),
    ]
    return Live(alt.layer(marks, curve, rule, words), text, controls, [grid, here], height=320)
