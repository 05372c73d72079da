"""Lab 3's instruments: what holds for a sweep of your own, yours beside the course's, a bet on a bigger run.

A sweep to watch: valleys that fill in while runs finish. Progress is a picture, nothing is printed.
"""

import math
import time
from io import BytesIO

import ipywidgets as widgets
import numpy as np

from scalinglaws.data import load
from scalinglaws.fit.valleys import allocation, ruler, valleys
from scalinglaws.laws.training.flops import TRAIN
from scalinglaws.runs import sweep
from scalinglaws.runs.jobs import LADDER, Job
from scalinglaws.runs.training import Recipe
from scalinglaws.show.controls import buttons, slider, switch, whole_slider
from scalinglaws.show.figures import COLORS, set_axes
from scalinglaws.show.marks import draw_valleys, written
from scalinglaws.show.panel import Panel, page_support, paper

BAND = (0.40, 0.75)
"""Where the exponent of a live sweep should lie, on any version of Python: five seeds gave 0.55 to 0.62."""


def conclusions(rows):
    """Say which conclusions hold for a sweep; each is one that should hold on any version of Python.

    Parameters
    ----------
    rows : list of dict
        From `watch`.

    Returns
    -------
    dict of str to bool
    """
    found = valleys(rows)
    bottoms = [v.curvature > 0 and v.sizes[0] < v.n_params < v.sizes[-1] for v in found]
    ratios = [v.n_tokens / v.n_params for v in found]
    losses = [v.loss for v in found]
    low, high = BAND
    return {
        "every budget has its minimum inside": all(bottoms),
        "the loss falls with the budget": all(np.diff(losses) < 0),
        f"the exponent lies between {low:.2f} and {high:.2f}": all(bottoms) and low < allocation(found) < high,
        "tokens per parameter lie between 10 and 40": all(10 < ratio < 40 for ratio in ratios),
    }


def shipped(budgets):
    """Return the course's own runs on the standard library at some budgets: rows of the table `runs`."""
    runs = load("runs")
    mine = (runs["kind"] == "isoflop") & (runs["corpus"] == "stdlib") & (runs["variant"] == "")
    return runs.where(mine & np.isin(runs["budget_flop"], list(budgets)))


def beside(rows):
    """Return the panel that lays your valleys beside those of the shipped runs.

    Parameters
    ----------
    rows : list of dict
        From `watch`.

    Returns
    -------
    Panel
    """
    mine = {k: valleys(rows, reach=k) for k in (2, 3)}
    budgets = [valley.budget_flop for valley in mine[3]]
    theirs = {k: valleys(shipped(budgets), reach=k) for k in (2, 3)}
    both = [*mine[3], *theirs[3]]
    sizes, losses = (np.concatenate([getattr(v, name) for v in both]) for name in ("sizes", "losses"))
    figure = paper()
    limits = {"xlim": (sizes.min() / 1.2, sizes.max() * 1.2), "ylim": (losses.min() - 0.05, losses.max() + 0.05)}
    axes = set_axes(figure.add_subplot(), "n_params", "loss", log="x", **limits)
    for k, found in enumerate((theirs[3], mine[3])):
        for valley in found:
            axes.plot(valley.sizes, valley.losses, "sD"[k], color="0.85", ms=4)
    artists = []
    for color, mark in (("blue", "s"), ("orange", "D")):
        artists += axes.plot([], [], mark, color=COLORS[color], ms=6)
        artists += axes.plot([], [], color=COLORS[color])
        artists += axes.plot([], [], "*", color=COLORS[color], ms=14)
    axes.annotate("shipped", (0.02, 0.1), xycoords="axes fraction", color=COLORS["blue"])
    axes.annotate("yours", (0.02, 0.03), xycoords="axes fraction", color=COLORS["orange"])

    def move(budget, reach):
        told = []
        for k, (whose, found) in enumerate((("shipped", theirs), ("yours", mine))):
            valley = next(v for v in found[reach] if written(v.budget_flop) == budget)
            dots, curve, bottom = artists[3 * k : 3 * k + 3]
            dots.set_data(valley.sizes[valley.near], valley.losses[valley.near])
            fine = np.geomspace(*valley.sizes[valley.near][[0, -1]], 50)
            curve.set_data(fine, valley.curve(fine))
            bottom.set_data([valley.n_params], [valley.loss])
            bottom.set_visible(valley.curvature > 0)
            told.append(f"{whose} {valley.n_params:.2g} parameters, {valley.loss:.2f} nats")
        exponents = f"exponent over all budgets {allocation(theirs[reach]):.2f} and {allocation(mine[reach]):.2f}"
        return f"Best size at {budget} FLOP: {'; '.join(told)}. Allocation {exponents}."

    return Panel(
        figure,
        move,
        artists,
        "Loss against size: your valleys and those of the shipped runs, one budget in colour, with the lowest points.",
        budget=buttons("budget (FLOP)", [written(c) for c in budgets]),
        reach=whole_slider("steps of the ladder to either side", 3, 2, 3),
    )


def bigger(rows, budget_flop, corpus="stdlib", seed=0, **settings):
    """Do one run at a larger budget, of the size that your valleys foretell; nearest on the ladder of sizes.

    Parameters
    ----------
    rows : list of dict
        From `watch`.
    budget_flop : float
        Compute of the run.
    corpus, seed, **settings
        As given to `isoflop_jobs`: the text, the seed, and what the recipe changes (context, lr, ...).

    Returns
    -------
    dict
        The row of the run.
    """
    per_unit = rows[0]["n_params"] / rows[0]["hidden"]
    wanted = forecast(rows, budget_flop)[0] / per_unit
    hidden = min(LADDER, key=lambda h: abs(np.log(h / wanted)))
    n_tokens = budget_flop / (TRAIN * per_unit * hidden)
    return Job("isoflop", hidden, n_tokens, corpus, budget_flop, seed, recipe=Recipe(**settings)).run()[0]


def forecast(rows, budget_flop):
    """Return the best size and the lowest loss that straight lines through your valleys promise at a budget."""
    found = valleys(rows)
    return ruler(found, budget_flop, "n_params"), ruler(found, budget_flop)


def bet(rows, budget_flop):
    """Return the panel on which you bet on a larger budget before you start it.

    Parameters
    ----------
    rows : list of dict
        From `watch`.
    budget_flop : float
        Compute of the run to come.

    Returns
    -------
    Panel
    """
    found = valleys(rows)
    x, y = np.array([(v.budget_flop, v.loss) for v in found]).T
    promised = forecast(rows, budget_flop)[1]
    low, high = 0.8 * promised, 1.05 * y.max()
    figure = paper()
    axes = set_axes(figure.add_subplot(), "compute_flop", "loss", xlim=(x[0] / 2, budget_flop * 2), ylim=(low, high))
    axes.plot(x, y, "o", color=COLORS["blue"])
    (bar,) = axes.plot([], [], color=COLORS["orange"], lw=7, solid_capstyle="butt")
    (line,) = axes.plot([], [], "--", color=COLORS["grey"], lw=1.5)
    line.set_data([x[0], budget_flop], [forecast(rows, x[0])[1], promised])

    def move(loss, take, laid):
        bar.set_data([budget_flop] * 2, [loss / (1 + take / 100), loss * (1 + take / 100)])
        line.set_visible(laid)
        words = f"Your bet for {written(budget_flop)} FLOP: {loss:.2f} nats, give or take {take:.0f} %."
        return words + (" The ruler is laid." if laid else "")

    return Panel(
        figure,
        move,
        [line, bar],
        "Loss against compute on log-log paper: the lowest points of your valleys and an orange bar, the bet.",
        loss=slider("loss at the larger budget", 1.9, 1.5, 2.2, 0.01),
        take=slider("give or take (%)", 3, 1, 15, 1, digits=0),
        laid=switch("lay a ruler"),
    )


def watch(jobs, show=True):
    """Do the runs of a sweep, and draw its valleys as they fill in.

    Parameters
    ----------
    jobs : list of dict
        From `scalinglaws.runs.jobs.isoflop_jobs`.
    show : bool
        Whether to display the picture.

    Returns
    -------
    list of dict
        One row for each run, as in the table `runs`.
    """
    from IPython.display import display

    screen = Screen(len(jobs), sum(job.flop for job in jobs))
    if show:
        display(screen)
    rows = []
    for row in sweep.results(jobs):
        rows.append(row)
        screen.draw(rows)
    return rows


class Screen(widgets.VBox):
    """A progress bar above a picture of the runs so far.

    Parameters
    ----------
    n_runs : int
        How many runs will come.
    flop : float
        What they cost together, FLOP.
    """

    def __init__(self, n_runs, flop):
        self.bar = widgets.IntProgress(0, 0, n_runs, description="runs", layout={"width": "100%", "max_width": "640px"})
        self.picture = widgets.Image(format="png", layout={"width": "676px", "max_width": "100%", "flex": "0 0 auto"})
        self.line = widgets.Label(f"{n_runs} runs, {flop:.1e} FLOP in all")
        alt = "Loss against size, one valley for each budget, filling in as training runs finish."
        self.drawn, self.took = -math.inf, 0.0
        super().__init__([page_support(alt), self.bar, self.picture, self.line])
        self.add_class("scalinglaws-panel")

    def draw(self, rows):
        """Show the rows so far. Pictures may take a tenth of the time: where they are slow, some runs share one."""
        began = time.perf_counter()
        if began - self.drawn > 9 * self.took or len(rows) == self.bar.max:
            figure, file = paper(), BytesIO()
            picture(rows, figure)
            figure.savefig(file, format="png")
            self.picture.value, self.drawn = file.getvalue(), time.perf_counter()
            self.took = self.drawn - began
        last = rows[-1]
        self.bar.value = len(rows)
        self.line.value = (
            f"{len(rows)} of {self.bar.max}: {last['n_params']} parameters reached {last['loss']:.3f} nats"
        )


def picture(rows, figure=None):
    """Draw the runs so far: dots for each, a parabola for a budget with three sizes or more.

    Parameters
    ----------
    rows : list of dict
        From `watch`.
    figure : matplotlib.figure.Figure, optional
        Where to draw; a new pyplot figure if absent.
    """
    if figure is None:
        import matplotlib.pyplot as plt

        figure = plt.figure()
    axes = set_axes(figure.add_subplot(), "n_params", "loss", log="x")
    done = [row for row in rows if row["status"] == "ok"]
    axes.plot([row["n_params"] for row in done], [row["loss"] for row in done], "o", color="0.6", ms=4)
    draw_valleys(axes, [valley for valley in valleys(rows) if valley.curvature > 0])
