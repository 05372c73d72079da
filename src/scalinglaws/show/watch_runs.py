"""A sweep to watch: valleys that fill in while runs finish. Progress is a picture, nothing is printed."""

import math
import time
from io import BytesIO

import ipywidgets as widgets

from scalinglaws.fit.valleys import valleys
from scalinglaws.runs import sweep
from scalinglaws.runs.jobs import cost
from scalinglaws.show.access import page_support
from scalinglaws.show.figures import set_axes
from scalinglaws.show.panel import paper
from scalinglaws.show.valley_pictures import draw


def watch(jobs, show=True):
    """Do the runs of a sweep, and draw its valleys as they fill in.

    Parameters
    ----------
    jobs : list of dict
        From `scalinglaws.runs.sweep.grid`.
    show : bool
        Whether to display the picture.

    Returns
    -------
    list of dict
        One row for each run, as in the table `runs`.
    """
    from IPython.display import display

    screen = Screen(len(jobs), sum(map(cost, jobs)))
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
    draw(axes, [valley for valley in valleys(rows) if valley.curvature > 0])
