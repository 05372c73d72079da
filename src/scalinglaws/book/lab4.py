"""Lab 4, spend a compute budget: a counter that sells runs, a law laid through them, and the price of the next ones.

Each panel reads the log of its service whenever it is drawn; a service is `Service` or `ClassService` of `course.budget`.
"""

from functools import cache

import ipywidgets as widgets
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm

from scalinglaws.data import load
from scalinglaws.fit import best_runs, fit_form, fit_isoflop, next_run
from scalinglaws.laws.training.flops import TRAIN, training_flop
from scalinglaws.show.controls import buttons, choice, log_slider, whole_slider
from scalinglaws.show.figures import COLORS, set_axes, short
from scalinglaws.show.marks import written
from scalinglaws.show.panel import Panel, paper

_SPREAD = tuple(np.geomspace(1 / 4, 4, 7))  # sizes of a valley around the chosen one
_REFITS, _LEVEL = 200, 0.8  # refits behind an interval, and its level
_LEAST = 8  # runs without which there is no fit
_FORMS = {"Chinchilla's": "chinchilla", "Kaplan's": "kaplan"}


def bought_runs(service):
    """Return the log of a service as columns by name; the loss of a run that diverged is NaN."""
    names = ("n_params", "n_tokens", "learning_rate", "batch_size", "seed", "loss")
    return dict(zip(names, np.array(list(service.log), float).reshape(-1, 6).T, strict=True))


def fitted_runs(service):
    """Return n_params, n_tokens, loss (each (k,)): of each size and number of tokens the best recipe, seeds averaged."""
    runs = bought_runs(service)
    seeds = {}
    for *recipe, _, loss in zip(*runs.values(), strict=True):
        seeds.setdefault(tuple(recipe), []).append(loss)
    size, tokens, rate, batch = np.array(list(seeds), float).reshape(-1, 4).T
    loss = np.array([np.mean(each) for each in seeds.values()])
    if not np.isfinite(loss).any():
        return np.empty((3, 0))
    rows = best_runs(size, tokens, loss, rate=rate, batch=batch).rows
    return np.array([size[rows], tokens[rows], loss[rows]])


def _bought(service, orders):
    """Buy runs, each with the first seed that it was not bought with; the losses and the refusals, in words."""
    log, losses, refused, again = bought_runs(service), [], {}, {}
    for size, tokens, *recipe in orders:
        same = (log["n_params"] == size) & (log["n_tokens"] == tokens)
        for value, name in zip(recipe, ("learning_rate", "batch_size"), strict=True):
            same &= (value is None) | np.isclose(log[name], value or 0, rtol=1e-5)
        seed = int(np.sum(same)) + again.setdefault((size, tokens), 0)
        try:
            loss = service.run(size, tokens, *recipe, seed=seed).loss
            losses.append(f"{loss:.4f}" if np.isfinite(loss) else "diverged")
            again[size, tokens] += 1
        except ValueError as error:
            refused[f"Refused: {error}."] = None
    return losses, list(refused)


class Counter(Panel):
    """The panel at which runs are bought: controls say what, a button buys it, or seven sizes around it."""

    def __init__(self, service):
        self.service, self._note = service, (None, "")
        self._given = None in service.recipe  # the measured sweep: rate and batch are as they were run
        figure = paper(height=5.2)
        rows = [["v", "v"], ["m", "m"] if self._given else ["r", "m"]]
        places = figure.subplot_mosaic(rows, height_ratios=[1.7, 1])
        top = places["v"]
        self._top = set_axes(top, "n_params", "loss", "x")
        edge = ("0.2", 0.5)
        norm = LogNorm(service.budget / 1e5, service.budget)
        self._lines = top.add_collection(LineCollection([], cmap="viridis", norm=norm, lw=1, alpha=0.6))
        self._dots = top.scatter([], [], c=[], cmap="viridis", norm=norm, s=22, ec=edge[0], lw=edge[1])
        (self._lost,) = top.plot([], [], "x", color=COLORS["orange"])
        (self._asked,) = top.plot([], [], "--", color=COLORS["black"])
        self._recipes, self._here = self._recipe_axes(places.get("r", top))
        self._money = self._money_axes(places["m"])
        moving = [self._lines, self._dots, self._lost, self._asked, self._recipes, self._here, *self._money]
        super().__init__(
            figure,
            self._move,
            moving,
            "Above, loss against size: runs bought as dots, those of one budget joined, the darkest with the least compute, "
            "a cross at the top for a run that diverged, and a dashed line at the size that is set. Below, "
            + ("" if self._given else "learning rate against batch of the runs bought and of the one that is set, and ")
            + "in per cent of the exploring budget what is spent, what this run costs, and what is left.",
            **self._shown(),
        )
        one, seven = (widgets.Button(description=text) for text in ("buy this run", "buy seven sizes around it"))
        one.on_click(lambda _: self.buy())
        seven.on_click(lambda _: self.buy(_SPREAD))
        for button in (one, seven):
            button.layout.width = "auto"
        row = widgets.HBox([one, seven], layout={"flex_flow": "row wrap"})
        self.children = (*self.children[:-2], row, *self.children[-2:])

    def buy(self, spread=(1.0,)):
        """Buy the run that is set, at these multiples of its size, each with the first seed that it was not bought with."""
        losses, refused = _bought(self.service, [self._order(self.state, up) for up in spread])
        said = [f"Bought: {', '.join(losses)}."] if losses else []
        self._note = self.state, " ".join(said + refused)
        self._redraw()

    def _shown(self):
        sizes, flop = (1e6, 1e10), self.service.budget
        compute = log_slider("compute of a run (FLOP)", flop / 1000, flop / 1e5, flop, 10)
        if self._given:
            runs = load("runs")
            runs = runs.where(
                (runs["kind"] == "isoflop") & (runs["corpus"] == "stdlib") & (runs["budget_flop"] <= flop)
            )
            budgets = {written(float(c)): float(c) for c in np.unique(runs["budget_flop"])}
            compute, sizes = choice("compute of a run (FLOP)", budgets), (1000.0, float(runs["n_params"].max()))
        size = log_slider("parameters", 4 * sizes[0], *sizes, 20)
        if self._given:
            return {"compute": compute, "n_params": size}
        rate = log_slider("learning rate (times the recipe)", 1, 0.1, 10, 10)
        batch = log_slider("batch (times the recipe)", 1, 0.1, 100, 10)
        return {"compute": compute, "n_params": size, "rate": rate, "batch": batch}

    def _order(self, state, up=1.0):
        """What is asked of the service; None where it is as it was run."""
        size = round(state["n_params"] * up)
        tokens = round(state["compute"] / TRAIN / size)
        if self._given:
            return size, tokens, None, None
        rate, batch = self.service.recipe
        return size, tokens, float(f"{rate * state['rate']:.6g}"), round(batch * state["batch"])

    def _recipe_axes(self, axes):
        if self._given:
            return axes.plot([], [])[0], axes.plot([], [])[0]
        rate, batch = self.service.recipe
        set_axes(axes, "batch (tokens)", "learning rate", xlim=(batch / 13, batch * 130), ylim=(rate / 13, rate * 13))
        (dots,) = axes.plot([], [], "o", color="0.6", ms=4)
        return dots, axes.plot([], [], "D", color=COLORS["black"], mfc="none", ms=7)[0]

    def _money_axes(self, axes):
        set_axes(axes, "% of the exploring budget", "", "x", xlim=(5e-4, 200), ylim=(-0.6, 2.6))
        axes.set_yticks([2, 1, 0], ["spent", "this run", "left"])
        return [axes.plot([], [], color=COLORS[c], lw=9, solid_capstyle="butt")[0] for c in ("blue", "orange", "grey")]

    def _move(self, **state):
        service, runs = self.service, bought_runs(self.service)
        size, tokens, rate, batch = self._order(state)
        ended = np.isfinite(runs["loss"])
        n_params, loss = runs["n_params"][ended], runs["loss"][ended]
        flop = TRAIN * n_params * runs["n_tokens"][ended]
        reach = (loss.min() * 0.98, loss.max() * 1.02) if len(loss) else (2.0, 6.0)
        self._top.set(xlim=_around([*n_params, size], 4), ylim=reach)
        self._dots.set_offsets(np.column_stack([n_params, loss]))
        self._dots.set_array(flop)
        valleys = {}
        for place in np.argsort(n_params, kind="stable"):
            valleys.setdefault(round(float(np.log10(flop[place])), 2), []).append(place)
        self._lines.set_segments([np.column_stack([n_params[rows], loss[rows]]) for rows in valleys.values()])
        self._lines.set_array(np.array([10**budget for budget in valleys]))
        self._lost.set_data(runs["n_params"][~ended], np.full(np.sum(~ended), reach[1]))
        self._asked.set_data([size, size], reach)
        if not self._given:
            self._recipes.set_data(runs["batch_size"], runs["learning_rate"])
            self._here.set_data([batch], [rate])
        price, left = training_flop(size, tokens), service.left
        for bar, (y, part) in zip(self._money, enumerate((left, price, service.budget - left)), strict=False):
            bar.set_data([5e-4, np.clip(100 * part / service.budget, 5e-4, 200)], [y, y])
        note = self._note[1] if self._note[0] == state else ""
        return (
            f"{note} This run: {short(size)} parameters, {short(tokens)} tokens, {short(tokens / size)} for each parameter, "
            f"{price:.3g} FLOP or {100 * price / service.budget:.2g} % of {service.budget:.3g}; seven sizes "
            f"{700 * price / service.budget:.2g} %. Left {100 * left / service.budget:.4g} %; {counted(len(ended))} bought."
        ).strip()


def promises(service):
    """Return the panel with the best size and the loss that the runs promise at the target."""
    target, figure = service.target_flop, paper(height=5.4)
    top, low = figure.subplots(2, sharex=True)
    span = (service.budget / 1e5, target * 2)
    set_axes(top, "", "n_params", xlim=span)
    set_axes(low, "compute_flop", "loss", xlim=span)
    for axes in (top, low):
        axes.axvline(target, color="0.8", lw=1)
    (bottoms,) = top.plot([], [], "D", color=COLORS["blue"], ms=5)
    (line,) = top.plot([], [], color=COLORS["blue"])
    (best,) = top.plot([], [], color=COLORS["orange"])
    (dots,) = low.plot([], [], "o", color="0.6", ms=3)
    (curve,) = low.plot([], [], color=COLORS["orange"])
    (bar,) = low.plot([], [], color=COLORS["black"], lw=4, solid_capstyle="butt")
    artists = [bottoms, line, best, dots, curve, bar]

    def move(form, skipped):
        runs = fitted_runs(service)
        flop = TRAIN * runs[0] * runs[1]
        budgets = np.unique(np.round(np.log10(flop), 1))
        cut = budgets[min(skipped, max(len(budgets) - 2, 0))] if len(budgets) else 0
        kept = np.round(np.log10(flop), 1) >= cut
        for artist in artists:
            artist.set_data([], [])
        if kept.sum() < _LEAST:
            return f"{kept.sum()} runs are too few for a law: buy {_LEAST} or more, at two budgets at least."
        n_params, _, loss = runs[:, kept]
        fit, size, ends = _promise(form, target, tuple(map(tuple, runs[:, kept])))
        compute = np.geomspace(flop[kept].min(), target, 25)
        sizes = np.array([_best_size(fit, c) for c in compute])
        best.set_data(compute, sizes)
        dots.set_data(flop[kept], loss)
        curve.set_data(compute, fit.loss(sizes, compute / TRAIN / sizes))
        bar.set_data([target, target], [ends.low, ends.high])
        said = "No two budgets have a bottom between their sizes."
        drawn = [*sizes]
        try:
            valleys = fit_isoflop(n_params, flop[kept], loss)
            usable = [valley for valley in valleys.valleys if valley.usable]
            bottoms.set_data(*np.array([(valley.budget_flop, valley.n_params) for valley in usable]).T)
            line.set_data(compute, valleys.n_params_at(compute))
            drawn += [*valleys.n_params_at(compute)]
            said = f"The line through {len(usable)} bottoms says {short(float(valleys.n_params_at(target)))}."
        except ValueError:
            pass
        top.set(xlim=(compute[0] / 2, target * 2), ylim=(min(drawn) / 2, max(drawn) * 2))
        low.set_ylim(0.95 * min(ends.low, loss.min()), 1.03 * loss.max())
        promised = float(fit.loss(size, target / TRAIN / size))
        kinds = ", ".join(sorted({warning.kind for warning in fit.warnings})) or "none"
        return (
            f"{kept.sum()} places, scatter {100 * fit.residual_scale:.2g} %. At {written(target)} FLOP the law's best size is "
            f"{short(size)} and its loss {promised:.3f} ({ends.low:.3f} to {ends.high:.3f}, 80 %). {said} Warnings: {kinds}."
        )

    return Panel(
        figure,
        move,
        artists,
        "Above, the best size against compute: blue diamonds, the bottoms of the valleys, and the line through them; "
        "orange, the law fitted to all runs. Below, loss against compute: runs as grey dots, the law's best as an orange "
        "curve, and its interval at the target as a black bar.",
        slow=("skipped",),
        form=buttons("form of the law", _FORMS),
        skipped=whole_slider("leave out the smallest budgets (how many)", 0, 0, 4),
    )


class NextRuns(Panel):
    """The panel with the runs that should narrow the loss at the target most, what they cost, and a button to buy them."""

    def __init__(self, service):
        self.service, self._note, figure = service, (None, ""), paper(height=3.8)
        self._axes = set_axes(figure.add_subplot(), "n_params", "n_tokens")
        colors = ("o", "0.6", 4), ("*", COLORS["blue"], 11), ("o", COLORS["orange"], 8)
        self._artists = [self._axes.plot([], [], m, color=color, ms=ms)[0] for m, color, ms in colors]
        super().__init__(
            figure,
            self._move,
            self._artists,
            "Tokens against parameters on log-log paper: grey dots, the runs so far; orange dots, the runs to make next; a "
            "blue star, the run for the target that the law calls best.",
            slow=("part",),
            part=log_slider("spend on the next runs (% of what is left)", 10, 0.1, 100, 10),
            count=choice("how many runs", {"as many as is best": "any", "one": 1, "eight": 8}),
        )
        button = widgets.Button(description="buy these runs", layout={"width": "auto"})
        button.on_click(lambda _: self.buy())
        self.children = (*self.children[:-2], button, *self.children[-2:])

    def buy(self):
        """Buy the runs that are shown, with the given recipe."""
        places = zip(*self._plan(**self.state)[:2], strict=True)
        recipe = self.service.recipe
        losses, refused = _bought(self.service, [(round(n), int(d), *recipe) for n, d in places])
        self._note = self.state, " ".join([f"Bought {len(losses)}.", *refused])
        self._redraw()

    def _plan(self, part, count):
        many = {} if count == "any" else {"n_runs": count}
        return next_run(self._fit(), max(part / 100 * self.service.left, 1.0), self.service.target_flop, **many)

    def _fit(self):
        return _fitted("chinchilla", tuple(map(tuple, fitted_runs(self.service))))

    def _move(self, part, count):
        runs, target = fitted_runs(self.service), self.service.target_flop
        for artist in self._artists:
            artist.set_data([], [])
        if runs.shape[1] < _LEAST:
            return f"{runs.shape[1]} runs are too few to say which are next: buy {_LEAST} or more."
        plan, size = self._plan(part, count), _best_size(self._fit(), target)
        places = runs[:2], ([size], [target / TRAIN / size]), (plan.n_params, plan.n_tokens)
        for artist, at in zip(self._artists, places, strict=True):
            artist.set_data(*at)
        every = np.concatenate([np.array(at) for at in places], axis=1)
        self._axes.set(xlim=_around(every[0], 10), ylim=_around(every[1], 10))
        k, spent = len(plan.n_params), self.service.budget - self.service.left
        note = self._note[1] if self._note[0] == {"part": part, "count": count} else ""
        cost, same = part / 100 * self.service.left, len({*zip(plan.n_params, plan.n_tokens, strict=True)})
        seeds = f" at {same} place{'s' * (same > 1)}, the others with other seeds" * (same < k)
        return (
            f"{note} {counted(k)}{seeds}, {cost:.3g} FLOP together or {100 * cost / target:.2g} % of the target: the interval "
            f"of its loss should shrink to {plan.width:.2f} of its width, if the law has this form. Spent so far "
            f"{100 * spent / target:.2g} % of the target, left {self.service.left:.3g} FLOP."
        ).strip()


@cache
def _fitted(form, runs):
    return fit_form(form, *np.array(runs), objective="squares_log")


@cache
def _promise(form, target, runs):
    """The fit, its best size at the target, and the interval of the loss there."""
    fit = _fitted(form, runs)
    size = _best_size(fit, target)
    draws = fit.bootstrap(_REFITS)
    return fit, size, draws.curve(size, target / TRAIN / size, level=_LEVEL)


def counted(k):
    """Return a number of runs in words: 1 run, 4 runs."""
    return f"{k} run{'s' * (k != 1)}"


def _around(values, factor):
    """Limits in steps of a factor, so that a move seldom draws the axes anew."""
    low, high = np.log([0.9 * min(values), 1.1 * max(values)]) / np.log(factor)
    return factor ** np.floor(low), factor ** np.ceil(high)


def _best_size(fit, compute_flop):
    sizes = np.geomspace(np.sqrt(compute_flop / TRAIN) / 300, np.sqrt(compute_flop / TRAIN) * 10, 801)
    return float(sizes[fit.loss(sizes, compute_flop / TRAIN / sizes).argmin()])
