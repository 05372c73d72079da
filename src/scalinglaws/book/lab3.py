"""Lab 3, train your own scaling law: a sweep to watch, what holds for it, yours beside the course's, a bet on a bigger run.

`rows` are the runs of a sweep as `watch` returns them: dicts with the columns of the table `runs`.
"""

import math
import time
from io import BytesIO

import ipywidgets as widgets
import numpy as np

from scalinglaws.data import load
from scalinglaws.fit.valleys import allocation_exponent, extrapolate, fit_valleys
from scalinglaws.laws.training.flops import TRAIN
from scalinglaws.runs import sweep
from scalinglaws.runs.jobs import LADDER, Job
from scalinglaws.runs.training import Recipe
from scalinglaws.show.controls import buttons, slider, switch, whole_slider
from scalinglaws.show.figures import COLORS, new, set_axes
from scalinglaws.show.marks import draw_valleys, written
from scalinglaws.show.panel import Panel, page_support, paper

EXPONENT_BAND = (0.40, 0.75)
"""Where the exponent of a live sweep should lie, on any version of Python; the seeds of the shipped runs give 0.55 to 0.58."""


def watch(jobs, show=True):
    """Do the runs of a sweep, a list from `scalinglaws.runs.jobs`, while a picture shows its valleys fill in."""
    from IPython.display import display

    screen = SweepScreen(len(jobs), sum(job.flop for job in jobs))
    if show:
        display(screen)
    rows = []
    for row in sweep.results(jobs):
        rows.append(row)
        screen.draw(rows)
    return rows


class SweepScreen(widgets.VBox):
    """A progress bar above a picture of the runs so far, of `n_runs` that cost `flop` together."""

    def __init__(self, n_runs, flop):
        self.bar = widgets.IntProgress(0, 0, n_runs, description="runs", layout={"width": "100%", "max_width": "640px"})
        self.picture = widgets.Image(format="png", layout={"width": "676px", "max_width": "100%", "flex": "0 0 auto"})
        self.line = widgets.Label(f"{n_runs} runs, {flop:.1e} FLOP in all")
        alt = "Loss against size, one valley for each budget, filling in as training runs finish."
        self.drawn_at, self.drawing_took = -math.inf, 0.0
        super().__init__([page_support(alt), self.bar, self.picture, self.line])
        self.add_class("scalinglaws-panel")

    def draw(self, rows):
        """Show the rows so far. Pictures may take a tenth of the time: where they are slow, some runs share one."""
        began = time.perf_counter()
        if began - self.drawn_at > 9 * self.drawing_took or len(rows) == self.bar.max:
            figure, file = paper(), BytesIO()
            draw_sweep(rows, figure)
            figure.savefig(file, format="png")
            self.picture.value, self.drawn_at = file.getvalue(), time.perf_counter()
            self.drawing_took = self.drawn_at - began
        size, loss = rows[-1]["n_params"], rows[-1]["loss"]
        self.bar.value = len(rows)
        self.line.value = f"{len(rows)} of {self.bar.max}: {size} parameters reached {loss:.3f} nats"


def draw_sweep(rows, figure=None):
    """Draw the runs so far, in a new pyplot figure if none is given: a dot for each, a parabola for three sizes or more."""
    axes = set_axes((figure or new()).add_subplot(), "n_params", "loss", log="x")
    done = [row for row in rows if row["status"] == "ok"]
    axes.plot([row["n_params"] for row in done], [row["loss"] for row in done], "o", color="0.6", ms=4)
    draw_valleys(axes, [valley for valley in fit_valleys(rows) if valley.curvature > 0])


def conclusions(rows):
    """Return which conclusions hold for a sweep, statement to bool; each should hold on any version of Python."""
    measured = fit_valleys(rows)
    inside = all(v.curvature > 0 and v.sizes[0] < v.n_params < v.sizes[-1] for v in measured)
    low, high = EXPONENT_BAND
    return {
        "every budget has its minimum inside": inside,
        "the loss falls with the budget": all(np.diff([v.loss for v in measured]) < 0),
        f"the exponent lies between {low:.2f} and {high:.2f}": inside and low < allocation_exponent(measured) < high,
        "tokens per parameter lie between 10 and 40": all(10 < v.n_tokens / v.n_params < 40 for v in measured),
    }


def shipped_runs(budgets):
    """Return the course's own runs on the standard library at some budgets: rows of the table `runs`."""
    runs = load("runs")
    chosen = (runs["kind"] == "isoflop") & (runs["corpus"] == "stdlib") & (runs["variant"] == "")
    return runs.where(chosen & np.isin(runs["budget_flop"], list(budgets)))


def beside(rows):
    """Return the panel that lays your valleys beside those of the shipped runs."""
    mine = {reach: fit_valleys(rows, reach=reach) for reach in (2, 3)}
    budgets = [valley.budget_flop for valley in mine[3]]
    shipped = {reach: fit_valleys(shipped_runs(budgets), reach=reach) for reach in (2, 3)}
    both = [*mine[3], *shipped[3]]
    sizes, losses = (np.concatenate([getattr(v, name) for v in both]) for name in ("sizes", "losses"))
    figure = paper()
    limits = {"xlim": (sizes.min() / 1.2, sizes.max() * 1.2), "ylim": (losses.min() - 0.05, losses.max() + 0.05)}
    axes = set_axes(figure.add_subplot(), "n_params", "loss", log="x", **limits)
    for mark, drawn in (("s", shipped[3]), ("D", mine[3])):
        for valley in drawn:
            axes.plot(valley.sizes, valley.losses, mark, color="0.85", ms=4)
    moving = []
    for color, mark in (("blue", "s"), ("orange", "D")):
        moving += axes.plot([], [], mark, color=COLORS[color], ms=6)
        moving += axes.plot([], [], color=COLORS[color])
        moving += axes.plot([], [], "*", color=COLORS[color], ms=14)
    axes.annotate("shipped", (0.02, 0.1), xycoords="axes fraction", color=COLORS["blue"])
    axes.annotate("yours", (0.02, 0.03), xycoords="axes fraction", color=COLORS["orange"])

    def move(budget, reach):
        texts = []
        for k, (whose, measured) in enumerate((("shipped", shipped[reach]), ("yours", mine[reach]))):
            valley = next(v for v in measured if written(v.budget_flop) == budget)
            dots, curve, bottom = moving[3 * k : 3 * k + 3]
            dots.set_data(valley.sizes[valley.near], valley.losses[valley.near])
            fine = np.geomspace(*valley.sizes[valley.near][[0, -1]], 50)
            curve.set_data(fine, valley.curve(fine))
            bottom.set_data([valley.n_params], [valley.loss])
            bottom.set_visible(valley.curvature > 0)
            texts.append(f"{whose} {valley.n_params:.2g} parameters, {valley.loss:.2f} nats")
        exponents = f"exponent over all budgets {allocation_exponent(shipped[reach]):.2f} and {allocation_exponent(mine[reach]):.2f}"
        return f"Best size at {budget} FLOP: {'; '.join(texts)}. Allocation {exponents}."

    return Panel(
        figure,
        move,
        moving,
        "Loss against size: your valleys and those of the shipped runs, one budget in colour, with the lowest points.",
        budget=buttons("budget (FLOP)", [written(budget) for budget in budgets]),
        reach=whole_slider("steps of the ladder to either side", 3, 2, 3),
    )


def foretell(rows, budget_flop):
    """Return the best size and the lowest loss that straight lines through your valleys promise at a budget."""
    measured = fit_valleys(rows)
    return extrapolate(measured, budget_flop, "n_params"), extrapolate(measured, budget_flop)


def bigger(rows, budget_flop, corpus="stdlib", seed=0, **settings):
    """Do one run at a larger budget, of the size on the ladder nearest to the one that your valleys foretell.

    Corpus, seed and settings are those of `isoflop_jobs`: the text, the seed, what the recipe changes (context, lr, ...).
    Returns the row of the run.
    """
    per_unit = rows[0]["n_params"] / rows[0]["hidden"]
    best = foretell(rows, budget_flop)[0] / per_unit
    hidden = min(LADDER, key=lambda size: abs(np.log(size / best)))
    n_tokens = budget_flop / (TRAIN * per_unit * hidden)
    return Job("isoflop", hidden, n_tokens, corpus, budget_flop, seed, recipe=Recipe(**settings)).run()[0]


def bet_on_run(rows, budget_flop):
    """Return the panel on which you bet on a run with a larger budget before you start it."""
    x, y = np.array([(valley.budget_flop, valley.loss) for valley in fit_valleys(rows)]).T
    promised = foretell(rows, budget_flop)[1]
    figure = paper()
    limits = {"xlim": (x[0] / 2, budget_flop * 2), "ylim": (0.8 * promised, 1.05 * y.max())}
    axes = set_axes(figure.add_subplot(), "compute_flop", "loss", **limits)
    axes.plot(x, y, "o", color=COLORS["blue"])
    (bar,) = axes.plot([], [], color=COLORS["orange"], lw=7, solid_capstyle="butt")
    (line,) = axes.plot([], [], "--", color=COLORS["grey"], lw=1.5)
    line.set_data([x[0], budget_flop], [foretell(rows, x[0])[1], promised])

    def move(loss, take, laid):
        bar.set_data([budget_flop] * 2, [loss / (1 + take / 100), loss * (1 + take / 100)])
        line.set_visible(laid)
        text = f"Your bet for {written(budget_flop)} FLOP: {loss:.2f} nats, give or take {take:.0f} %."
        return text + (" The ruler is laid." if laid else "")

    return Panel(
        figure,
        move,
        [line, bar],
        "Loss against compute on log-log paper: the lowest points of your valleys and an orange bar, the bet.",
        loss=slider("loss at the larger budget", 1.9, 1.5, 2.2, 0.01),
        take=slider("give or take (%)", 3, 1, 15, 1, digits=0),
        laid=switch("lay a ruler"),
    )
