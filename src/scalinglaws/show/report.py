"""A fit of a table of runs as pictures and as one page that needs no network."""

import base64
import json
from html import escape
from io import BytesIO

import numpy as np

from scalinglaws.fit.engine.intervals import LEVEL
from scalinglaws.laws.training.flops import TRAIN
from scalinglaws.show.figures import COLORS, set_axes
from scalinglaws.show.panel import paper

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }}
img {{ width: 100% }} pre {{ overflow-x: auto; background: #f4f4f4; padding: 0.8rem; font-size: 0.85rem }}
table {{ border-collapse: collapse }} td, th {{ padding: 0.2rem 0.9rem; text-align: right; border-bottom: 1px solid #ddd }}
</style></head><body><h1>{title}</h1>{body}</body></html>
"""


def draw_law(fit, loss="loss", figure=None, per=TRAIN):
    """Draw runs against compute, `per` N D, and the loss that the law promises at its best; in a new figure if none is given."""
    n_params, n_tokens, seen = runs_of(fit)
    compute = per * n_params * n_tokens
    axes = _against("compute_flop", loss, figure := figure or paper(), log="xy")
    axes.plot(compute, seen, "o", color=COLORS["grey"], ms=4)
    best = fit.optimum(line := np.geomspace(compute.min(), compute.max(), 60), per)
    axes.plot(line, fit.loss(best.n_params, best.n_tokens), color=COLORS["blue"])
    return figure


def draw_residuals(fit, figure=None, per=TRAIN):
    """Draw how far each run is from the law, in per cent, against size and against compute."""
    n_params, n_tokens, seen = runs_of(fit)
    figure, off = figure or paper(height=3.2), 100 * (seen / fit.loss(n_params, n_tokens) - 1)
    for place, (name, x) in enumerate({"n_params": n_params, "compute_flop": per * n_params * n_tokens}.items()):
        axes = _against(name, "" if place else "run above the law (%)", figure, 121 + place)
        axes.axhline(0, color=COLORS["grey"], lw=1)
        axes.plot(x, off, "o", color=COLORS["blue"], ms=4)
    return figure


def draw_held_out(held, figure=None):
    """Draw by how much each form of a `HeldOut` misses the runs above the cut, in per cent, against compute."""
    axes = _against("compute_flop", "foretold too high (%)", figure := figure or paper(height=3.2))
    axes.axhline(0, color=COLORS["grey"], lw=1)
    axes.axvline(held.below, color=COLORS["grey"], lw=1, ls="--")
    for errors, color in zip(held.errors.values(), ("orange", "green", "purple", "blue"), strict=False):
        axes.plot(held.compute_flop, 100 * errors, "o", color=COLORS[color])
    return figure


def write_report(
    folder, fit, held=None, *, title="A scaling law", loss="loss", per=TRAIN, n_resamples=4000, stated=None
):
    """Write report.html, fit.json and the pictures of a `fit_chinchilla` into a folder (a Path); returns the report's text.

    `held` is a `HeldOut` of the same runs; `loss` is what was fitted, with its unit; `stated` has what `to_dict` should note.
    """
    pictures = {"law": draw_law(fit, loss, per=per), "residuals": draw_residuals(fit, per=per)}
    pictures |= {} if held is None else {"held-out": draw_held_out(held)}
    captions = {
        "law": f"The runs (grey) and the least {loss} that the law promises for each budget (blue).",
        "residuals": "How far each run is from the law, by size and by compute. A shape here means that the form is wrong.",
        "held-out": f"Runs above the dashed cut, foretold by a fit of those below it. {held!r}",
    }
    stated = stated or {}
    said, text = fit.to_dict(LEVEL, n_resamples, **stated), fit.report(LEVEL, n_resamples, **stated)
    if held is not None:
        said["held_out"], text = held.to_dict(), f"{text}\n  held out    {held!r}"
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{value:.5g}</td><td>{ends['low']:.4g}</td><td>{ends['high']:.4g}</td></tr>"
        for (name, value), ends in zip(said["constants"].items(), said["intervals"].values(), strict=True)
    )
    body = f"<table><tr><th></th><th>fit</th><th>{LEVEL:.0%} from</th><th>to</th></tr>{rows}</table>"
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in pictures.items():
        figure.savefig(file := BytesIO(), format="png")
        (folder / f"{name}.png").write_bytes(file.getvalue())
        coded, alt = base64.b64encode(file.getvalue()).decode(), escape(captions[name])
        body += f'<figure><img alt="{alt}" src="data:image/png;base64,{coded}"><figcaption>{alt}</figcaption></figure>'
    body += f"<pre>{escape(text)}</pre>"
    (folder / "report.html").write_text(_PAGE.format(title=escape(title), body=body), "utf-8")
    (folder / "fit.json").write_text(json.dumps(said, indent=1, allow_nan=False) + "\n", "utf-8")
    return text


def runs_of(fit):
    """Return size, tokens and loss of the runs of a fit that have any weight."""
    problem, used = fit.problem, fit.problem.weights > 0
    n_params, n_tokens = (
        np.exp(x[used] + centre) for x, centre in zip(problem.objective.x, problem.centre, strict=True)
    )
    target = problem.objective.target[used]
    return n_params, n_tokens, np.exp(target) if problem.objective.log else target


def _against(x, words, figure, position=111, log="x"):
    axes = set_axes(figure.add_subplot(position), x, "", log)
    axes.set_ylabel(words)  # as it stands: the notation page would add nats
    return axes
