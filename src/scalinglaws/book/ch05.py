"""The live figures of chapter 5: a bet on the held-out budget, a floor that straightens a line, unfinished runs."""

import altair as alt
import numpy as np

from scalinglaws.fit.valleys import slope
from scalinglaws.laws.training.power import power_law
from scalinglaws.show.figures import COLORS
from scalinglaws.show.live import Live, Rows, axis, checkbox, dropdown, log_scale, slider

SHOWN = alt.condition("reveal", alt.value(1), alt.value(0))


def bet(compute_flop, losses, held_flop, held_loss):
    """Let the reader bet on the lowest loss at a held-out budget, then show it beside the ruler's answer.

    Parameters
    ----------
    compute_flop, losses : array_like, shape (n,)
        Budgets seen and the lowest loss at each.
    held_flop, held_loss : float
        The budget held out, and what was measured there.

    Returns
    -------
    Live
    """
    exponent = -slope(compute_flop, losses)
    scale = float(np.exp(np.mean(np.log(losses) + exponent * np.log(compute_flop))))
    start, decades = np.log10(compute_flop[0]) - 0.2, np.log10(held_flop / compute_flop[0]) + 0.5
    dots = Rows({"compute": list(compute_flop), "loss": list(losses)})
    line = Rows(steps=81).compute(
        compute=lambda row, p: 10 ** (start + row.i * decades / 80),
        loss=lambda row, p: power_law(row.compute, scale, exponent, 0),
    )
    held = Rows({"compute": [held_flop]}).compute(
        guess=lambda row, p: p.guess + 0 * row.compute,
        measured=lambda row, p: held_loss + 0 * row.compute,
        ruler=lambda row, p: power_law(row.compute, scale, exponent, 0),
        off=lambda row, p: 100 * (p.guess / held_loss - 1),
    )
    ends = 10**start, 10 ** (start + decades)
    powers = [10.0**k for k in range(9, 15) if ends[0] < 10.0**k < ends[1]]
    x = alt.X("compute:Q", scale=log_scale(*ends), axis=axis("training compute (FLOP)", "power", values=powers))
    low, high = 0.9 * held_loss, 1.05 * max(losses)
    ticks = [k / 10 for k in range(10, 27, 2) if low < k / 10 < high]
    y = {"scale": log_scale(low, high), "axis": axis("lowest loss (nats per symbol)", values=ticks, format=".1f")}
    ruler = line.chart().mark_line(strokeWidth=2, strokeDash=[6, 4], color=COLORS["grey"], clip=True)
    seen = dots.chart().mark_point(size=90, filled=True, opacity=1, color=COLORS["blue"])
    yours = held.chart().mark_point(size=170, filled=True, opacity=1, shape="diamond", color=COLORS["orange"])
    truth = held.chart().mark_point(size=170, filled=True, shape="cross", color=COLORS["black"])
    right = alt.value(alt.ExprRef("width - 8"))
    words = held.chart().mark_text(align="right", fontSize=13, color=COLORS["orange"])
    words = words.transform_calculate(
        words="'your bet: ' + format(datum.guess, '.2f') + (reveal ? ', off by ' + format(datum.off, '+.1f') + ' %' : '')"
    )
    said = (
        held.chart()
        .mark_text(align="right", dx=-14, dy=16, fontSize=13, color="#222")
        .transform_calculate(
            said="'measured ' + format(datum.measured, '.2f') + ', ruler ' + format(datum.ruler, '.2f')"
        )
    )
    chart = alt.layer(
        ruler.encode(x=x, y=alt.Y("loss:Q", **y), opacity=SHOWN),
        seen.encode(x=x, y=alt.Y("loss:Q", **y)),
        truth.encode(x=x, y="measured:Q", opacity=SHOWN),
        yours.encode(x=x, y="guess:Q"),
        words.encode(x=right, y=alt.value(14), text="words:N"),
        said.encode(x=right, y=alt.value(34), text="said:N", opacity=SHOWN),
    )
    text = (
        "Lowest loss against compute on log-log axes: dots that fall along a nearly straight line, and the reader's bet, "
        "a diamond, at a budget ten times larger. When revealed, a cross marks what was measured there, and a dashed "
        "line the ruler through the dots, which ends near the cross."
    )
    middle = round(float(min(losses)) * 0.93, 2)
    controls = [
        slider("guess", middle, round(low + 0.02, 2), round(float(min(losses)), 2), 0.01, "your bet, in nats"),
        checkbox("reveal", "run the held-out budget"),
    ]
    return Live(chart, text, controls, [dots, line, held])


def straighten(compute_flop, losses, entropy):
    """Let the reader subtract a floor until the frontier is straight on log-log paper, then show the true floor.

    Parameters
    ----------
    compute_flop, losses : array_like, shape (n,)
        Budgets and the lowest loss at each, of a source whose entropy is known.
    entropy : float
        The true floor, nats per symbol.

    Returns
    -------
    Live
    """
    first, last = float(losses[0]), float(losses[-1])
    reach = float(np.log(compute_flop[-1] / compute_flop[0]))

    def exponent(p):
        return np.log((first - p.floor) / (last - p.floor)) / reach

    def above(row, p):
        return (row.loss - p.floor) / (first - p.floor)

    def straight(row, p):
        return np.exp(-exponent(p) * row.along)

    along = np.log(np.asarray(compute_flop) / compute_flop[0])
    dots = Rows({"compute": list(compute_flop), "loss": list(losses), "along": list(along)}).compute(
        above=above, straight=straight
    )
    here = Rows({"one": [1.0]}).compute(
        exponent=lambda row, p: exponent(p) + 0 * row.one, floor=lambda row, p: p.floor + 0 * row.one
    )
    x = axis("training compute (FLOP)", "power", values=[1e10, 1e11, 1e12])
    x = alt.X("compute:Q", scale=log_scale(0.8 * compute_flop[0], 1.25 * compute_flop[-1]), axis=x)
    y = {
        "scale": log_scale(0.15, 1.15),
        "axis": axis("part above your floor, first dot = 1", values=[0.2, 0.3, 0.5, 0.7, 1]),
    }
    ruler = dots.chart().mark_line(strokeWidth=2, strokeDash=[6, 4], color=COLORS["grey"], clip=True)
    points = dots.chart().mark_point(size=90, filled=True, opacity=1, color=COLORS["blue"], clip=True)
    misses = dots.chart().transform_calculate(miss="100 * (datum.above / datum.straight - 1)")
    misses = misses.mark_text(dy=-14, fontSize=12, color="#222", clip=True)
    words = (
        here.chart()
        .mark_text(align="left", x=14, y=238, fontSize=13, color="#222")
        .transform_calculate(words="'exponent above this floor: ' + format(datum.exponent, '.3f')")
    )
    true = f"the true floor is {entropy:.3f}: you are "
    said = (
        here.chart()
        .mark_text(align="left", x=14, y=258, fontSize=13, color=COLORS["orange"])
        .transform_calculate(said=f"'{true}' + format(datum.floor - {entropy:.4f}, '+.2f') + ' off'")
    )
    chart = alt.layer(
        ruler.encode(x=x, y=alt.Y("straight:Q", **y)),
        points.encode(x=x, y=alt.Y("above:Q", **y)),
        misses.encode(x=x, y="above:Q", text=alt.Text("miss:Q", format="+.1f")),
        words.encode(text="words:N"),
        said.encode(text="said:N", opacity=SHOWN),
    )
    text = (
        "The part of the loss above an assumed floor against compute on log-log axes, five dots and a straight line "
        "through the first and the last. Numbers at the dots say how far each is off the line in per cent: less than one "
        "at every floor from zero to the true one, while the exponent above the floor grows sevenfold."
    )
    controls = [
        slider("floor", 0, 0, 2.2, 0.01, "assumed floor, in nats"),
        checkbox("reveal", "show the true floor"),
    ]
    return Live(chart, text, controls, [dots, here], height=280)


def unfinished(runs, curves):
    """Show the longest run of a size with what shorter runs of the same size ended at.

    Parameters
    ----------
    runs, curves : Table
        The tables of those names, of one corpus.

    Returns
    -------
    Live
    """
    recorded = {str(name) for name in curves["run_id"]}
    families = {}
    for row in runs:
        if row["run_id"] in recorded:
            families.setdefault(int(row["hidden"]), []).append((row["n_tokens"], row["run_id"]))
    families = {hidden: sorted(family) for hidden, family in families.items() if len(family) > 1}
    lines, ends = {"hidden": [], "seen": [], "loss": []}, {"hidden": [], "seen": [], "loss": [], "above": []}
    for hidden, family in sorted(families.items()):
        longest = curves.where(curves["run_id"] == family[-1][1])
        for n_tokens, loss in zip(longest["n_tokens_seen"], longest["loss"], strict=True):
            _add(lines, hidden=float(hidden), seen=float(n_tokens), loss=float(loss))
        for n_tokens, name in family:
            end = float(curves["loss"][curves["run_id"] == name][-1])
            midway = np.interp(np.log(n_tokens), np.log(longest["n_tokens_seen"]), longest["loss"])
            _add(ends, hidden=float(hidden), seen=float(n_tokens), loss=end, above=float(midway) - end)
    paths, dots = Rows(lines), Rows(ends)
    low, high = 0.8 * min(ends["seen"]), 1.25 * max(ends["seen"])
    x = axis("symbols seen", "short", values=[1e4, 3e4, 1e5, 3e5, 1e6, 3e6])
    x = alt.X("seen:Q", scale=log_scale(low, high), axis=x)
    y = alt.Y("loss:Q", scale=log_scale(1.6, 2.9), axis=axis("loss (nats per symbol)", values=[1.6, 1.8, 2, 2.2, 2.5]))
    path = paths.chart().transform_filter("datum.hidden == size")
    path = path.mark_line(strokeWidth=2.5, color=COLORS["blue"], clip=True).encode(x=x, y=y)
    marks = dots.chart().transform_filter("datum.hidden == size")
    points = marks.mark_point(size=100, filled=True, opacity=1, color=COLORS["orange"]).encode(x=x, y=y)
    gaps = marks.transform_filter("datum.above > 1e-6").mark_text(dy=18, fontSize=12, color="#222")
    gaps = gaps.encode(x=x, y=y, text=alt.Text("above:Q", format="+.2f"))
    text = (
        "Loss against symbols seen, log-log: the curve of one long run, and below it the ends of shorter runs of the "
        "same size. At the same number of symbols the long run, still in mid-schedule, is higher by some hundredths to "
        "almost two tenths of a nat."
    )
    sizes = {f"{hidden} hidden units": float(hidden) for hidden in families}
    return Live(alt.layer(path, points, gaps), text, [dropdown("size", "size", sizes, 64.0)], [paths, dots])


def _add(columns, **values):
    for name, value in values.items():
        columns[name].append(value)
