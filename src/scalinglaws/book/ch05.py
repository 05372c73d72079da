"""The live figures of chapter 5: a bet on the held-out budget, unfinished runs, forecasts, a false floor; exercises.

`compute_flop` and `losses` are budgets and the lowest loss at each; loss in nats per character.
"""

import altair as alt
import numpy as np

from scalinglaws.course.tasks import Exercise
from scalinglaws.fit.allocation import log_line, log_slope
from scalinglaws.laws.training.power import power_law
from scalinglaws.show.layers import Layers, hue, linear_axis, log_axis
from scalinglaws.show.live import Rows, checkbox, dropdown, range_slider


def bet_on_held_out(compute_flop, losses, held_flop, held_loss):
    """Let the reader bet on the lowest loss at a held-out budget, then show it beside the ruler's answer."""
    scale, slope = log_line(compute_flop, losses)
    first, decades = np.log10(compute_flop[0]) - 0.2, np.log10(held_flop / compute_flop[0]) + 0.5
    dots = Rows({"compute": list(compute_flop), "loss": list(losses)})
    line = Rows(steps=81).compute(
        compute=lambda row, p: 10 ** (first + row.i * decades / 80),
        loss=lambda row, p: power_law(row.compute, scale, -slope, 0),
    )
    held = Rows({"compute": [held_flop], "measured": [held_loss]}).compute(
        guess=lambda row, p: p.guess,
        ruler=lambda row, p: power_law(row.compute, scale, -slope, 0),
        off=lambda row, p: 100 * (p.guess / row.measured - 1),
    )
    low, high = 0.9 * held_loss, 1.05 * max(losses)
    ticks = [k / 10 for k in range(10, 27, 2) if low < k / 10 < high]
    x = log_axis("compute", "training compute (FLOP)", 10**first, 10 ** (first + decades), "power")
    y = log_axis("loss", "lowest loss (nats per character)", low, high, values=ticks, format=".1f")
    bet, said = "your bet: {guess:.2f}", "measured {measured:.2f}, ruler {ruler:.2f}"
    layers = (
        Layers(x, y)
        .line(line, color="grey", width=2, dash=True, when="reveal")
        .dot(dots, size=90)
        .dot(held, y="measured", color="black", size=170, shape="cross", when="reveal")
        .dot(held, y="guess", color="orange", size=170, shape="diamond")
        .words(held, bet, x=-8, y=14, color="orange", align="right", when="!reveal")
        .words(held, bet + ", off by {off:+.1f} %", x=-8, y=14, color="orange", align="right", when="reveal")
        .words(held, said, x=-22, y=50, align="right", when="reveal")
    )
    text = (
        "Lowest loss against compute on log-log axes: dots that fall along a nearly straight line, and the reader's bet, "
        "a diamond, at a budget ten times larger. When revealed, a cross marks what was measured there, and a dashed "
        "line the ruler through the dots, which ends near the cross."
    )
    best = float(min(losses))
    start, least, most = (round(value, 2) for value in (0.93 * best, low + 0.02, best))
    slider = range_slider("guess", start, least, most, 0.01, "your bet, in nats")
    return layers.live(text, slider, checkbox("reveal", "run the held-out budget"))


def straighten(compute_flop, losses, entropy):
    """Let the reader subtract a floor until the frontier is straight on log-log paper, then show the true one, the entropy."""
    first, last = float(losses[0]), float(losses[-1])
    e_folds = np.log(np.asarray(compute_flop) / compute_flop[0])
    reach = float(np.log(compute_flop[-1] / compute_flop[0]))

    def exponent(p):
        return np.log((first - p.floor) / (last - p.floor)) / reach

    dots = Rows({"compute": list(compute_flop), "loss": list(losses), "e_folds": list(e_folds)}).compute(
        above=lambda row, p: (row.loss - p.floor) / (first - p.floor),
        straight=lambda row, p: np.exp(-exponent(p) * row.e_folds),
    )
    floor = Rows(steps=1).compute(exponent=lambda row, p: exponent(p), off=lambda row, p: p.floor - round(entropy, 4))
    ends = 0.8 * compute_flop[0], 1.25 * compute_flop[-1]
    x = log_axis("compute", "training compute (FLOP)", *ends, "power", values=[1e10, 1e11, 1e12])
    y = log_axis("above", "part above your floor, first dot = 1", 0.15, 1.15, values=[0.2, 0.3, 0.5, 0.7, 1])
    miss = alt.expr("format(100 * (datum.above / datum.straight - 1), '+.1f')")
    true = f"the true floor is {entropy:.3f}: you are {{off:+.2f}} off"
    layers = (
        Layers(x, y, height=280)
        .line(dots, y="straight", color="grey", width=2, dash=True)
        .dot(dots, size=90, clip=True)
        .words(dots, miss, size=12, dy=-14, clip=True)
        .words(floor, "exponent above this floor: {exponent:.3f}", x=14, y=238, align="left")
        .words(floor, true, x=14, y=258, align="left", color="orange", when="reveal")
    )
    text = (
        "The part of the loss above an assumed floor against compute on log-log axes, five dots and a straight line "
        "through the first and the last. Numbers at the dots say how far each is off the line in per cent: less than one "
        "at every floor from zero to the true one, while the exponent above the floor grows sevenfold."
    )
    slider = range_slider("floor", 0, 0, 2.2, 0.01, "assumed floor, in nats")
    return layers.live(text, slider, checkbox("reveal", "show the true floor"))


def unfinished_runs(runs, curves):
    """Show the longest run of a size with what shorter runs of the same size ended at; tables of those names, one corpus."""
    recorded = {str(name) for name in curves["run_id"]}
    families = {}
    for row in runs:
        if row["run_id"] in recorded:
            families.setdefault(float(row["hidden"]), []).append((float(row["n_tokens"]), row["run_id"]))
    families = {hidden: sorted(family) for hidden, family in sorted(families.items()) if len(family) > 1}
    path, ends = [], []
    for hidden, family in families.items():
        longest = curves.where(curves["run_id"] == family[-1][1])
        seen, loss = longest["n_tokens_seen"].astype(float), longest["loss"]
        path += zip([hidden] * len(seen), seen.tolist(), loss.tolist(), strict=True)
        for n_tokens, name in family:
            end = float(curves["loss"][curves["run_id"] == name][-1])
            ends.append((hidden, n_tokens, end, float(np.interp(np.log(n_tokens), np.log(seen), loss)) - end))
    path, ends = Rows.listed(("hidden", "seen", "loss"), path), Rows.listed(("hidden", "seen", "loss", "above"), ends)
    low, high = 0.8 * min(ends.given["seen"]), 1.25 * max(ends.given["seen"])
    x = log_axis("seen", "characters seen", low, high, "short", values=[1e4, 3e4, 1e5, 3e5, 1e6, 3e6])
    y = log_axis("loss", "loss (nats per character)", 1.6, 2.9, values=[1.6, 1.8, 2, 2.2, 2.5])
    layers = (
        Layers(x, y)
        .line(path, detail="hidden", width=2.5, when="datum.hidden == size")
        .dot(ends, color="orange", size=100, when="datum.hidden == size")
        .words(ends, "{above:+.2f}", size=12, dy=18, when="datum.hidden == size && datum.above > 1e-6")
    )
    text = (
        "Loss against characters seen, log-log: the curve of one long run, and below it the ends of shorter runs of the "
        "same size. At the same number of characters the long run, still in mid-schedule, is higher by some hundredths to "
        "almost two tenths of a nat."
    )
    sizes = {f"{hidden:.0f} hidden units": hidden for hidden in families}
    return layers.live(text, dropdown("size", "size", sizes, 64.0))


COUNTS = {
    "everything": "orange",
    "with the last layer, without embeddings": "green",
    "inside the transformer only": "blue",
}
"""The three counts of the table `nanochat_isoflop`, and the colour of each."""

RIVALS = {
    "chinchilla": ("Chinchilla: 5 parameters", "orange"),
    "no_floor": ("without the floor: 4", "grey"),
    "kaplan": ("Kaplan: 4", "blue"),
    "ruler": ("ruler", "black"),
}


def forecasts(errors):
    """Show how far forecasts missed a budget, by the cut they were fitted up to: rows of (target, cut, form, error)."""
    rows = [(target, cut, RIVALS[form][0], f"{form} {target}", 100 * error) for target, cut, form, error in errors]
    missed = Rows.listed(("target", "cut", "form", "line", "error"), rows)
    first, last = min(row[1] for row in rows), max(row[1] for row in rows)
    x = log_axis("cut", "fitted to budgets up to (FLOP)", first / 1.5, last * 1.5, "power")
    y = linear_axis("error", "forecast over measured loss (%)", -5, 30, values=[0, 10, 20, 30])
    color = hue("form", *zip(*RIVALS.values(), strict=True))
    chosen = "datum.target == target"
    layers = (
        Layers(x, y)
        .rule(Rows({"zero": [0]}), y="zero", color="grey", dash=[7, 4])
        .line(missed, color=color, detail="line", width=2.5, when=chosen)
        .dot(missed, color=color, size=80, when=chosen)
    )
    text = (
        "Error of four forecasts of the lowest loss at a larger budget, against the largest budget that they were fitted "
        "to. The curve of Chinchilla's law starts high, at a quarter and more, and falls to zero; that without the floor "
        "lies below it, that of Kaplan's form below both, and the ruler within a few per cent of zero."
    )
    budgets = {f"{target:.0e}".replace("e+", "e"): target for target in sorted({row[0] for row in rows})}
    start = sorted(budgets.values())[1]
    return layers.live(text, dropdown("target", "forecast for the budget (FLOP)", budgets, start))


def _freed_by_a_parabola(miss, dots, seeds, scatter):
    """The mean square of what a parabola leaves of independent errors, from its projection in numbers."""
    basis = np.linalg.qr(np.vander(np.linspace(-1, 1, dots), 3))[0]
    left = np.eye(dots) - basis @ basis.T
    return np.isclose(miss**2, scatter**2 / seeds * np.sum(left**2) / dots)


def _misses_do_not_lean(exponent, small, middle, large):
    """Around the best line the misses of the logarithms have no slope left in them."""
    x, y = np.log([1e11, 3e11, 1e12]), np.log([small, middle, large])
    return abs((y - y.mean() - exponent * (x - x.mean())) @ x) < 1e-9


def _bottoms(draw):
    """Sizes along an exponent that is drawn, the last two some per cent beside it."""
    exponent, small = draw.between(0.4, 0.75, 0.01), 1000 * draw.pick(range(15, 50))
    middle, large = (small * times**exponent * draw.between(0.92, 1.08, 0.01) for times in (3, 10))
    return {"small": small, "middle": 100 * round(middle / 100), "large": 100 * round(large / 100)}


EXERCISES = (
    Exercise(
        id="ch5.ex3",
        label="ex-measuring-misses",
        text="A valley has {dots:d} dots, each of them the mean of {seeds:d} seeds. Single runs scatter by {scatter:g} nats (standard "
        "deviation), independently. By how much should a parabola through the dots miss them from luck alone (root mean square)?",
        given={"dots": 7, "seeds": 3, "scatter": 0.0106},
        draw=lambda draw: {
            "dots": draw.pick([5, 6, 8, 9, 10, 11, 12]),
            "seeds": draw.pick([2, 3, 4, 5, 6]),
            "scatter": draw.between(0.004, 0.03, 0.0005),
        },
        answer=lambda dots, seeds, scatter: scatter * np.sqrt((dots - 3) / dots / seeds),
        identity=_freed_by_a_parabola,
        unit="nats",
    ),
    Exercise(
        id="ch5.ex5",
        label="ex-measuring-drift",
        text="The bottoms of three valleys lie at {small:,d} parameters for a budget of 1e11 FLOP, at {middle:,d} for 3e11 and at "
        "{large:,d} for 1e12. Which exponent of the best size in compute does the least-squares line on log-log paper give?",
        given={"small": 32300, "middle": 54600, "large": 92100},
        draw=_bottoms,
        answer=lambda small, middle, large: log_slope([1e11, 3e11, 1e12], [small, middle, large]),
        identity=_misses_do_not_lean,
        unit="the exponent a, without a unit",
    ),
)
