"""Lab 10, your own runs: a bench that takes a CSV file, three tables that ship, and panels that fit what lies on the bench.

Nothing is sent anywhere: what is uploaded or pasted goes to the Python that runs the notebook, in the browser the page's own.
"""

import base64
import html
from functools import cache
from io import BytesIO

import ipywidgets as widgets
import numpy as np
from matplotlib.collections import LineCollection

from scalinglaws.data import load
from scalinglaws.fit import fit_chinchilla, held_out, next_run
from scalinglaws.fit.engine.columns import chosen_columns, read_csv
from scalinglaws.fit.engine.intervals import percentiles
from scalinglaws.laws.training.chinchilla import Chinchilla
from scalinglaws.laws.training.flops import TRAIN, training_flop
from scalinglaws.show.controls import buttons, choice, log_slider, whole_slider
from scalinglaws.show.figures import COLORS, set_axes, short
from scalinglaws.show.panel import Panel, page_support, paper

_REFITS, _PLACES = 200, 12  # refits behind the intervals of a panel, and budgets at which a band is worked out
_SIX, _EACH, _RATIO = "6 N D", "each row is a run of its own", "tokens per parameter"
_GUESSES = {
    "n_params": ("n_params", "n", "params", "parameters", "size"),
    "n_tokens": ("n_tokens", "d", "tokens"),
    "loss": ("loss", "val_loss", "bits per byte", "bpb", "error"),
    "compute": ("compute_flop", "flop", "c", "compute", "flops"),
}
_BOUNDS = {"as measured": None, "1 to 1,000": (1, 1000), "not at all": (1e-3, 1e6)}


@cache
def shipped_tables():
    r"""Return the three tables of the lab as the text of CSV files, by name.

    >>> [text.count("\n") for text in shipped_tables().values()]
    [183, 36, 301]
    """
    return {"the course's sweep": _course(), "a sweep made up": _made_up(), "a log": _log()}


@cache
def _law():
    return Chinchilla.published("besiroglu2024")


def _course():
    runs = load("runs")
    chosen = (runs["kind"] == "isoflop") & (runs["corpus"] == "stdlib") & (runs["variant"] == "")
    runs = runs.where(chosen & (runs["status"] == "ok"))
    place = [f"{n:.0f}-{c:.0e}" for n, c in zip(runs["n_params"], runs["budget_flop"], strict=True)]
    names = ("n_params", "n_params_total", "n_tokens", "compute_flop", "seed", "loss")
    return _csv(place=place, **{name: runs[name] for name in names})


def _made_up():
    rng, budgets = np.random.default_rng(5), np.repeat(np.geomspace(1e18, 1e20, 5), 7)
    n_params = _law().optimum(budgets).n_params * np.tile(np.geomspace(0.25, 4, 7), 5)
    n_tokens = budgets / (TRAIN * n_params)
    loss = _law().loss(n_params, n_tokens) * np.exp(rng.normal(0, 0.01, 35))
    return _csv(N=n_params, D=n_tokens, FLOP=1.1 * budgets, val_loss=loss)  # attention costs something, too


def _log(seed=1):
    """Twelve runs, a row for each of 25 checkpoints: above their law while the rate is high, and off together."""
    rng, done = np.random.default_rng(seed), np.linspace(0.04, 1, 25)
    n_params = np.repeat(np.geomspace(2e7, 1e9, 4), 3)[:, None]
    n_tokens = n_params * np.tile([10, 30, 90], 4)[:, None] * done
    off = 0.05 * (1 - done) + rng.normal(0, 0.006, (12, 1)) + rng.normal(0, 0.002, (12, 25))
    loss = _law().loss(n_params, n_tokens) * np.exp(off)
    run = np.repeat([f"run{k:02d}" for k in range(12)], 25)
    return _csv(run=run, N=n_params.repeat(25), D=n_tokens.ravel(), val_loss=loss.ravel())


def _csv(**columns):
    written = [list(map(str, c)) if c[0] == str(c[0]) else [f"{x:.7g}" for x in c] for c in columns.values()]
    return "".join(",".join(line) + "\n" for line in [columns, *zip(*written, strict=True)])


class Bench(widgets.VBox):
    """Where a table is laid down and its columns are named; `runs` is what came of it, a dict of columns.

    It has n_params, n_tokens, loss and compute_flop, and groups, which is None if each row is a run of its own.
    """

    def __init__(self, table="the course's sweep"):
        shipped = shipped_tables()
        self.table = choice("take a table that ships", list(shipped), table)
        self.upload = widgets.FileUpload(accept=".csv,.tsv,.txt", description="or upload a CSV file")
        self.text = widgets.Textarea(shipped[table], description="or paste one here", continuous_update=False, rows=6)
        labels = {"n_params": "size", "n_tokens": "tokens", "loss": "loss", "compute": "compute", "runs": "rows"}
        self.names = {role: widgets.Dropdown(description=label) for role, label in labels.items()}
        self.picture, self.line = widgets.Image(format="png", layout={"max_width": "100%"}), widgets.HTML()
        self.alt = "The runs on the bench as dots: loss against compute."
        self._filling = False
        parts = [self.table, self.upload, self.text, *self.names.values()]
        for part in parts:
            part.style.description_width = "initial"
            part.layout.width, part.layout.max_width = "100%", "720px"
        self.upload.layout.width = "auto"
        self.table.observe(lambda change: setattr(self.text, "value", shipped[change.new]), "value")
        self.upload.observe(self._uploaded, "value")
        self.text.observe(self._read, "value")
        for dropdown in self.names.values():
            dropdown.observe(self._show, "value")
        super().__init__([page_support(self.alt), *parts, self.picture, self.line])
        self.layout.align_items = "flex-start"
        self.add_class("scalinglaws-panel")
        self._read()

    @property
    def runs(self):
        cells, loss = read_csv(self.text.value.splitlines(), "the table"), self.names["loss"].value
        names = {role: self.names[role].value for role in ("n_params", "n_tokens")} | {"loss": loss}
        if self.names["compute"].value != _SIX:
            names["compute_flop"] = self.names["compute"].value
        column, last = self.names["runs"].value
        runs = chosen_columns(cells, names | ({"groups": column} if column else {}))
        runs = {name: np.asarray(values) for name, values in runs.items()}
        if last:  # the first of the rows in turned order
            rows = len(cells) - 1 - np.unique(runs.pop("groups")[::-1], return_index=True)[1]
            runs = {name: values[np.sort(rows)] for name, values in runs.items()}
        runs.setdefault("compute_flop", training_flop(runs["n_params"], runs["n_tokens"]))
        return {"groups": None} | runs

    def _uploaded(self, change):
        if change.new:
            self.text.value = bytes(change.new[0]["content"]).decode("utf-8-sig", "replace")

    def _read(self, change=None):
        self._filling = True
        try:
            cells = read_csv(self.text.value.splitlines(), "the table")
            numbers = [column for column in cells.columns if 2 * sum(map(_is_number, cells[column])) > len(cells)]
            for role, dropdown in self.names.items():
                if role == "runs":
                    repeated = [c for c in cells.columns if len(set(cells[c])) < len(cells)]
                    options = [(f"those of one {c} belong together", (c, False)) for c in repeated]
                    options += [(f"the last one of each {c} alone", (c, True)) for c in repeated]
                    dropdown.options, dropdown.index = [(_EACH, (None, False)), *options], 0
                    continue
                named = {column.lower(): column for column in numbers}
                best = next((named[guess] for guess in _GUESSES[role] if guess in named), None)
                dropdown.options = [_SIX, *numbers] if role == "compute" else numbers
                dropdown.value = best or dropdown.options[{"n_tokens": 1, "loss": -1}.get(role, 0)]
        except (ValueError, IndexError):
            pass  # _show says why
        self._filling = False
        self._show()

    def _show(self, change=None):
        if self._filling:
            return
        figure = paper(height=3)
        axes = set_axes(figure.add_subplot(), "compute_flop", "", "xy")
        axes.set_ylabel(str(self.names["loss"].value))
        try:
            runs, (column, last) = self.runs, self.names["runs"].value
            compute, ratio = runs["compute_flop"], np.median(runs["n_tokens"] / runs["n_params"])
            axes.plot(compute, runs["loss"], "o", color=COLORS["blue"], ms=4)
            counted = f"compute: {self.names['compute'].value}; {ratio:.3g} tokens per parameter in the median"
            self.readout = f"{len(compute)} rows from {compute.min():.2g} to {compute.max():.2g} FLOP ({counted})"
            if column:
                rows = f"the last row of each {column}" if last else f"{len(set(runs['groups']))} groups by {column}"
                self.readout += f"; {rows}"
        except (ValueError, TypeError) as error:
            self.readout = f"Not yet: {error}"
        figure.savefig(file := BytesIO(), format="png")
        self.picture.value = file.getvalue()
        self.line.value = f'<p class="scalinglaws-readout" role="status">{html.escape(self.readout)}</p>'

    def _repr_mimebundle_(self, **kwargs):
        png, text = base64.b64encode(self.picture.value).decode(), f"{self.alt}\n{self.readout}"
        return {**super()._repr_mimebundle_(**kwargs), "image/png": png, "text/plain": text}


def _is_number(cell):
    try:
        return np.isfinite(float(cell))
    except ValueError:
        return False


class _Fits:
    """Fits of the runs of a bench and their refits, each worked out once."""

    def __init__(self, bench):
        self.runs = runs = bench.runs
        self.compute = runs["compute_flop"]
        self.per = float(np.median(self.compute / (runs["n_params"] * runs["n_tokens"])))
        runs[_RATIO] = runs["n_tokens"] / runs["n_params"]
        self.fitted = cache(self._fitted)
        self.held = cache(self._held)

    def columns(self, kept):
        return [self.runs[name][kept] for name in ("n_params", "n_tokens", "loss")]

    def _fitted(self, share, objective):
        kept = self.compute >= np.quantile(self.compute, share / 100) * (1 - 1e-9)
        groups = None if self.runs["groups"] is None else self.runs["groups"][kept]
        fit = fit_chinchilla(*self.columns(kept), objective=objective, groups=groups)
        refits = fit.bootstrap(_REFITS)
        line = np.geomspace(self.compute[kept].min(), 1e4 * self.compute.max(), _PLACES)
        band = [percentiles(refits.fit.best_use(refits.theta, c * TRAIN / self.per)[2])[:] for c in line]
        return kept, fit, refits, line, np.array(band).T

    def _cut(self, wanted):
        """The end of a budget at `wanted` or a little below it; `wanted` where compute has no gaps, and budgets no ends."""
        different = np.unique(self.compute)
        ends = different[:-1][different[1:] > 1.01 * different[:-1]]
        fair = [end for end in ends if 0.7 * np.mean(self.compute <= wanted) <= np.mean(self.compute <= end)]
        whole = [end for end in fair if end <= wanted * (1 + 1e-9)]
        return float(whole[-1] if whole else min(wanted, self.compute[self.compute < self.compute.max()].max()))

    def _held(self, share, form):
        cut = self._cut(np.quantile(self.compute, 1 - share / 100))
        scored = held_out(*self.columns(slice(None)), cut, forms=form, compute_flop=self.compute)
        n_params, n_tokens, loss = self.columns(self.compute > cut)
        groups = None if self.runs["groups"] is None else self.runs["groups"][self.compute <= cut]
        foretold = scored.fits[form].predict(n_params, n_tokens, n_resamples=_REFITS, groups=groups)
        return scored, loss, np.array([foretold.low, foretold.high])


def law(bench):
    """Return the panel that fits the law to the runs on the bench and shows what is left over."""
    fits = _Fits(bench)
    compute, loss, figure = fits.compute, fits.runs["loss"], paper(height=5.4)
    top, bottom = figure.subplots(2, height_ratios=[1.5, 1])
    set_axes(top, "compute_flop", "", "xy", xlim=(compute.min() / 1.5, compute.max() * 2e4))
    top.set_ylabel(str(bench.names["loss"].value))
    ends = fits.fitted(0, "huber_log")[4]
    lowest = max(0.97 * ends.min(), 0.4 * loss.min())
    top.set_ylim(lowest, 1.03 * loss.max())
    top.plot(compute, loss, "o", color="0.8", ms=3)
    (dots,) = top.plot([], [], "o", color=COLORS["blue"], ms=3)
    band = top.fill([1, 1], [1, 1], color=COLORS["orange"], alpha=0.25, lw=0)[0]
    (curve,) = top.plot([], [], color=COLORS["orange"])
    (bar,) = top.plot([], [], color=COLORS["black"], lw=4, solid_capstyle="butt")
    set_axes(bottom, "", "run above the law (%)", "x")
    bottom.axhline(0, color=COLORS["grey"], lw=1)
    (rest,) = bottom.plot([], [], "o", color=COLORS["blue"], ms=3)
    names = {"size": "n_params", "tokens": "n_tokens", "compute": "compute_flop", _RATIO: _RATIO}

    def move(against, share, objective, far):
        kept, fit, refits, line, (low, high) = fits.fitted(share, objective)
        target = far * compute.max()
        dots.set_data(compute[kept], loss[kept])
        band.set_xy(np.column_stack([np.append(line, line[::-1]), np.clip(np.append(low, high[::-1]), lowest, None)]))
        curve.set_data(line, fit.optimum(line, fits.per).loss)
        at = percentiles(fit.best_use(refits.theta, target * TRAIN / fits.per)[2])
        bar.set_data([target, target], np.clip([at.low, at.high], lowest, None))
        x = fits.runs[names[against]][kept]
        off = 100 * (loss[kept] / fit.loss(*fits.columns(kept)[:2]) - 1)
        rest.set_data(x, off)
        reach = 1.15 * np.abs(off).max() + 1e-9
        limits = {"xlim": (x.min() / 1.3, x.max() * 1.3), "ylim": (-reach, reach)}
        set_axes(bottom, names[against], "run above the law (%)", "x", **limits)
        a = refits.interval("a")
        kinds = sorted({warning.kind for warning in fit.warnings})
        return (
            f"{kept.sum()} rows: best size grows as C^{fit.exponent_n:.2f} ({a.low:.2f} to {a.high:.2f}). At {target:.2g} "
            f"FLOP the loss is {at.low:.3f} to {at.high:.3f} (95 %). Scatter {100 * fit.residual_scale:.2g} %. "
            f"Warnings: {', '.join(kinds) or 'none'}."
        )

    return Panel(
        figure,
        move,
        [dots, band, curve, bar, rest],
        "Above, loss against compute on log-log paper: runs as dots, the best that the fitted law promises as an orange "
        "line in its band, and a black bar at the large run. Below, how far each run is from the law, in per cent.",
        slow=("share",),
        against=buttons("what is left over, against", list(names)),
        share=whole_slider("leave out the smallest (% of the rows)", 0, 0, 60, 5),
        objective=buttons("minimise", {"Huber losses": "huber_log", "squares": "squares_log"}),
        far=log_slider("the large run (times the largest so far)", 100, 1, 1e4, 10),
    )


def last_budget(bench):
    """Return the panel that foretells the largest runs from the others."""
    fits = _Fits(bench)
    figure = paper(height=3.4)
    axes = set_axes(figure.add_subplot(), "compute_flop", "loss above the forecast (%)", "x")
    axes.axhline(0, color=COLORS["grey"], lw=1)
    forms = {"Chinchilla's": "chinchilla", "without a floor": "no_floor", "one exponent": "tied", "Kaplan's": "kaplan"}
    axes.add_collection(bars := LineCollection([], colors=COLORS["orange"], linewidths=4, alpha=0.5))
    (dots,) = axes.plot([], [], "o", color=COLORS["black"], ms=4)

    def move(share, form):
        scored, loss, ends = fits.held(share, form)
        foretold = loss * (1 + scored.errors[form])
        off, (low, high) = 100 * (loss / foretold - 1), 100 * (ends / foretold - 1)
        order = np.argsort(scored.compute_flop, kind="stable")
        x = scored.compute_flop[order] * np.exp(np.linspace(-0.1, 0.1, len(order)))
        bars.set_segments(np.stack([np.column_stack([x, low[order]]), np.column_stack([x, high[order]])], axis=1))
        dots.set_data(x, off[order])
        reach = 1.1 * max(np.abs(off).max(), np.abs(low).max(), np.abs(high).max())
        axes.set(xlim=(x.min() / 1.3, x.max() * 1.3), ylim=(-reach, reach))
        inside = np.count_nonzero((low <= off) & (off <= high))
        return (
            f"Fitted to {scored.n_fitted} rows up to {scored.below:.2g} FLOP. Of {len(off)} above, {inside} lie in their "
            f"95 % interval; they lie {off.mean():+.2f} % from the forecast on average, {np.abs(off).mean():.2f} % regardless of sign."
        )

    return Panel(
        figure,
        move,
        [bars, dots],
        "Runs that were held out, as dots: how far each lies above the forecast, in per cent, over an orange bar, the "
        "interval of the forecast.",
        slow=("share",),
        share=whole_slider("held out: the largest (% of the rows)", 15, 5, 60, 5),
        form=choice("form", forms),
    )


def next_one(bench):
    """Return the panel that asks which runs to make next."""
    fits = _Fits(bench)
    fit, runs, so_far = fits.fitted(0, "huber_log")[1], fits.runs, fits.compute.sum()
    figure = paper(height=4)
    n_params, n_tokens = runs["n_params"], runs["n_tokens"]
    limits = {
        "xlim": (n_params.min() / 30, n_params.max() * 1000),
        "ylim": (n_tokens.min() / 30, n_tokens.max() * 1000),
    }
    axes = set_axes(figure.add_subplot(), "n_params", "n_tokens", **limits)
    axes.plot(n_params, n_tokens, "o", color="0.7", ms=4)
    rule = np.array(limits["xlim"])
    axes.plot(rule, 20 * rule, "--", color=COLORS["grey"], lw=1)
    (alone,) = axes.plot([], [], "D", color=COLORS["blue"], ms=8, mfc="none")
    (chosen,) = axes.plot([], [], "o", color=COLORS["orange"], ms=8)

    def move(budget, far, bound, count):
        many = {} if count == "any" else {"n_runs": count}
        many |= {"tokens_per_param": _BOUNDS[bound], "flop_per_param_token": fits.per}
        plan = next_run(fit, budget * so_far, far * fits.compute.max(), **many)
        best = fit.optimum(budget * so_far, fits.per)
        for artist, x, y in ((alone, best.n_params, best.n_tokens), (chosen, plan.n_params, plan.n_tokens)):
            artist.set_data(np.clip(np.atleast_1d(x), *limits["xlim"]), np.clip(np.atleast_1d(y), *limits["ylim"]))
        ratio, k = plan.n_tokens / plan.n_params, len(plan.n_params)
        ratios = f"{short(ratio.min())} to {short(ratio.max())}" if k > 1 else short(ratio[0])
        others = ", ".join(f"{name} {width:.2f}" for name, width in plan.others.items())
        return (
            f"{k} run{'s' * (k > 1)} of {budget * so_far / k:.2g} FLOP with {ratios} tokens per parameter: the interval "
            f"should shrink to {plan.width:.2f} of its width. The same compute otherwise: {others}."
        )

    return Panel(
        figure,
        move,
        [alone, chosen],
        "Tokens against parameters on log-log paper: grey dots, the runs so far, and a dashed line at 20 tokens per "
        "parameter; orange dots, the runs to make next, and a blue diamond, one run of the best size.",
        budget=log_slider("budget (times all runs so far)", 1, 0.1, 100, 10),
        far=log_slider("the large run (times the largest so far)", 100, 1, 1e4, 10),
        bound=buttons("tokens per parameter bounded", list(_BOUNDS)),
        count=choice("how many runs", {"as many as is best": "any", "one": 1, "sixteen": 16}),
    )
