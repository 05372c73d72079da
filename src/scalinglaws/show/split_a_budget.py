"""Lab 2's instruments for the plan: how a budget is split between size and tokens, and what serving adds to the bill."""

import numpy as np

from scalinglaws.check import one_of, positive
from scalinglaws.data import load
from scalinglaws.laws.training.chinchilla import Chinchilla, compute_factor
from scalinglaws.laws.training.flops import FORWARD, TRAIN
from scalinglaws.laws.training.kaplan import Kaplan
from scalinglaws.show.controls import choice, log_slider
from scalinglaws.show.figures import COLORS, set_axes, short
from scalinglaws.show.panel import Panel, paper

LAWS = {
    "Hoffmann, unrounded": "hoffmann2022_tex",
    "Hoffmann, as printed": "hoffmann2022",
    "refit (Besiroglu)": "besiroglu2024",
    "C4 (Muennighoff)": "muennighoff2023",
}
RULES = [*LAWS, "20 tokens per parameter", "Kaplan 2020"]


def law_of(name):
    """Return the `Chinchilla` behind one of the names in `LAWS`."""
    return Chinchilla.published(LAWS[one_of("name", name, LAWS)])


def best_size(rule, compute_flop):
    """Return the size that a rule prefers for a budget.

    Parameters
    ----------
    rule : str
        One of `RULES`.
    compute_flop : float or array_like
        Budget, 6ND.

    Returns
    -------
    float or ndarray
        In parameters. For Kaplan's rule half of the budget counts, as for training at the critical batch.

    Raises
    ------
    ValueError
        If the rule is unknown or the budget not positive.

    Examples
    --------
    >>> [short(float(best_size(rule, 5.76e23))) for rule in ("Hoffmann, unrounded", "20 tokens per parameter", "Kaplan 2020")]
    ['40.3B', '69.3B', '485B']
    """
    compute_flop = positive("compute_flop", compute_flop)
    if one_of("rule", rule, RULES) == "Kaplan 2020":
        return Kaplan.published().optimum(compute_flop / 2).n_params
    if rule in LAWS:
        return law_of(rule).optimum(compute_flop).n_params
    return np.sqrt(compute_flop / 6 / 20)


def waste(rule, compute_flop, size_ratio, truth):
    """Return the share of compute paid beyond need when `size_ratio` times the size of a rule is trained.

    Parameters
    ----------
    rule, truth : str
        One of `RULES`, and one of `LAWS` that decides.
    compute_flop : float
        Budget.
    size_ratio : float
        Size over the one that the rule prefers.

    Returns
    -------
    float

    Examples
    --------
    >>> print(f"{waste('refit (Besiroglu)', 5.76e23, 1, 'Hoffmann, unrounded'):.0%}")
    11%
    """
    law = law_of(truth)
    times = size_ratio * best_size(rule, compute_flop) / law.optimum(compute_flop).n_params
    return float(compute_factor(times, law.alpha, law.beta) - 1)


def split(compute_flop):
    """Return the panel that splits a budget between size and tokens, among models that were trained.

    Parameters
    ----------
    compute_flop : float
        Where the budget starts.

    Returns
    -------
    Panel
    """
    figure = paper(height=4.8)
    axes = set_axes(figure.add_subplot(), "n_params", "n_tokens", xlim=(3e8, 3e13), ylim=(3e10, 3e15))
    stock = load("text_stocks")
    text = float(stock["tokens"][stock["name"] == "quality_text"][0])
    axes.axhline(text, color=COLORS["grey"], ls=":")
    axes.text(6e10, text * 1.15, "public text of usable quality, once", ha="center", color=COLORS["grey"], fontsize=9)
    for name, n_params, n_tokens, place in trained():
        axes.plot(n_params, n_tokens, "o", color=COLORS["grey"], ms=4)
        axes.annotate(name, (n_params, n_tokens), place, textcoords="offset points", color=COLORS["grey"], fontsize=8.5)
    (equal,) = axes.plot([], [], color=COLORS["sky"], lw=1.5)
    (path,) = axes.plot([], [], color=COLORS["blue"], ls="--", lw=1.5)
    (right,) = axes.plot([], [], "D", color=COLORS["green"], ms=7)
    (dot,) = axes.plot([], [], "o", color=COLORS["orange"], ms=10)
    sizes, budgets = np.geomspace(1e7, 1e15, 60), np.geomspace(1e18, 1e30, 60)

    def move(compute, rule, size_ratio, truth):
        n_params = size_ratio * float(best_size(rule, compute))
        n_tokens = compute / TRAIN / n_params
        equal.set_data(sizes, compute / TRAIN / sizes)
        along = best_size(rule, budgets)
        path.set_data(along, budgets / TRAIN / along)
        dot.set_data([np.clip(n_params, 3.4e8, 2.6e13)], [np.clip(n_tokens, 3.4e10, 2.6e15)])
        best = law_of(truth).optimum(compute)
        right.set_data([best.n_params], [best.n_tokens])
        loss = law_of(truth).loss(n_params, n_tokens)
        more = f" More than all public text of usable quality ({short(text)})!" if n_tokens > text else ""
        return (
            f"{compute:.3g} FLOP: {short(n_params)} parameters on {short(n_tokens)} tokens, {n_tokens / n_params:.3g} each. "
            f"If {truth} is right: loss {loss:.3f}, waste {waste(rule, compute, size_ratio, truth):.0%}.{more}"
        )

    return Panel(
        figure,
        move,
        [equal, path, right, dot],
        "Training tokens against parameters, both logarithmic, with grey dots for models from GPT-3 to DeepSeek-V3. A solid line "
        "joins all plans of one budget, a dashed line the best plans of a rule, an orange dot is your plan, and a green diamond "
        "the best plan if another law is right.",
        compute=log_slider("training compute (FLOP)", compute_flop, 1e21, 1e28),
        rule=choice("whose rule", RULES),
        size_ratio=log_slider("times the size of the rule", 1, 0.05, 10),
        truth=choice("who is right", list(LAWS), "refit (Besiroglu)"),
    )


def serving(compute_flop):
    """Return the panel that adds the use of the model to the bill, at equal loss.

    Parameters
    ----------
    compute_flop : float
        Training budget of the compute-optimal model whose loss is to be reached.

    Returns
    -------
    Panel
    """
    figure = paper(height=3.8)
    axes = set_axes(figure.add_subplot(), "size over the compute-optimal size", "bill (training it at its best = 1)")
    axes.set(xlim=(0.1, 2.5), ylim=(0.03, 100))
    (train,) = axes.plot([], [], color=COLORS["blue"], lw=1.5)
    (serve,) = axes.plot([], [], color=COLORS["green"], lw=1.5)
    (both,) = axes.plot([], [], color=COLORS["black"])
    (dot,) = axes.plot([], [], "o", color=COLORS["orange"], ms=9)
    for row, (word, color) in enumerate((("training", "blue"), ("serving", "green"), ("both", "black"))):
        axes.text(
            0.98, 0.93 - 0.08 * row, word, transform=axes.transAxes, ha="right", weight="bold", color=COLORS[color]
        )

    def move(served, fit, efficiency):
        law = law_of(fit)
        best = law.optimum(compute_flop)
        ratios = np.geomspace(1.03 * law.smallest_ratio, 2.5, 300)
        training = ratios * law.tokens_factor(ratios)
        using = FORWARD * served / efficiency * ratios * best.n_params / compute_flop
        plan = law.cheapest(best.loss, per_param=FORWARD * served / efficiency)
        total = plan.cost / compute_flop
        train.set_data(ratios, training)
        serve.set_data(ratios, using)
        both.set_data(ratios, training + using)
        dot.set_data([plan.n_params / best.n_params], [np.clip(total, 0.035, 90)])
        usual = 1 + FORWARD * served / efficiency * best.n_params / compute_flop
        return (
            f"Cheapest for the loss of {short(best.n_params)} on {short(best.n_tokens)}: {short(float(plan.n_params))} on "
            f"{short(float(plan.n_tokens))} tokens ({plan.tokens_per_param:.3g} each). Training costs "
            f"{plan.compute_flop / compute_flop:.2f} times as much, the whole bill is {1 - total / usual:.0%} lower."
        )

    return Panel(
        figure,
        move,
        [train, serve, both, dot],
        "The bill against the size of a model, at one loss: training gets dearer towards small sizes, steeply at the end, serving "
        "gets cheaper, and their sum has a lowest point, marked by a dot, to the left of the compute-optimal size.",
        served=log_slider("tokens served in its life", 1e13, 1e9, 1e16),
        fit=choice("law", list(LAWS), "refit (Besiroglu)"),
        efficiency=log_slider("utilisation when serving / training", 1, 0.01, 1),
    )


SHOWN = {
    "GPT-3 175B": ("GPT-3", (-32, -3)),
    "Gopher 280B": ("Gopher", (-12, 6)),
    "MT-NLG 530B": ("MT-NLG", (6, -4)),
    "PaLM 540B": ("PaLM", (6, -3)),
    "Chinchilla 70B": ("Chinchilla", (-52, -3)),
    "Llama 2-70B": ("Llama 2 70B", (-64, -3)),
    "Llama 3-8B": ("Llama 3 8B", (-25, 6)),
    "Llama 3-70B": ("Llama 3 70B", (-20, 6)),
    "Llama 3.1 405B": ("Llama 3.1 405B", (-20, 6)),
    "DeepSeek-V3": ("DeepSeek-V3 (active)", (-104, -9)),
    "Qwen3-0.6B": ("Qwen3 0.6B", (-10, 6)),
}


def trained():
    """Return (name, parameters, tokens, place of the name in points) of models on the plane; active parameters if sparse."""
    rows = {row["model"]: row for row in load("tokens_per_parameter")}
    for model, (name, place) in SHOWN.items():
        row = rows[model]
        active = row["n_params_active"]
        yield name, float(active if np.isfinite(active) else row["n_params"]), float(row["n_tokens"]), place
