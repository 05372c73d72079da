"""Lab 8, buy thinking time: a counter that sells tries and checks, three sealed models, a fleet and its bill."""

from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from scalinglaws.check import one_of
from scalinglaws.data import load
from scalinglaws.laws.money.bill import compute_in
from scalinglaws.laws.money.thinking import first_passed, solved_within
from scalinglaws.laws.training.flops import inference_flop, training_flop
from scalinglaws.show.controls import buttons, choice, log_slider, slider, switch
from scalinglaws.show.figures import COLORS, set_axes, short
from scalinglaws.show.panel import Panel, paper

FAMILY = tuple(load("math_models")["model"].tolist())
SIZE = dict(zip(FAMILY, load("math_models")["n_params"].tolist(), strict=True))
TRIES = np.unique(np.geomspace(1, 10_000, 241).round())
"""Numbers of tries that may be allowed."""
_COUNTED, _LARGEST = 10_000, "12B"
_TOKENS = 500  # of one answer
_SECOND = 0.01  # share of wrong answers that the second checker lets pass, if its mistakes are its own
_LEAST = 1e-9  # for a problem that no try solved: chances must be above 0
_UTILISATION, _DOLLARS_PER_HOUR = 0.35, 2.5  # where lab 2 starts
_PASSED = {"none": 0.0, "1 in 10,000": 1e-4, "1 in 1,000": 1e-3, "1 in 100": 1e-2, "1 in 10": 0.1}
_PRICES = {"nothing": 0.0, "a thousandth": 1e-3, "a hundredth": 0.01, "a tenth": 0.1, "one": 1.0, "ten": 10.0}
_SEALED = {"X": ("6.9B", 1), "Y": ("410M", 2), "Z": ("1B", 3)}  # and the seed of the halves


def answer_flop(model):
    """Return the operations of one answer.

    >>> f"{answer_flop('12B'):.1e}"
    '1.2e+13'
    """
    return inference_flop(SIZE[one_of("model", model, FAMILY)], _TOKENS)


@cache
def flop_per_dollar():
    """Return what a dollar buys: an H100 at the price and utilisation at which lab 2 starts."""
    sheets = load("accelerators")
    peak = sheets["flop_per_s_16bit"][list(sheets["chip"]).index("NVIDIA H100 SXM")]
    return float(compute_in(1 / _DOLLARS_PER_HOUR, peak, _UTILISATION))


class Deal(NamedTuple):
    """What tries and checks come to, by problem and by `TRIES` allowed, shape (n_problems, n_k).

    right, wrong: chance that the first answer to pass is right, and that it is wrong; tries, checks: mean numbers used.
    """

    right: np.ndarray
    wrong: np.ndarray
    tries: np.ndarray
    checks: np.ndarray

    def spent(self, model, price):
        """Return what tries and checks cost, in answers of the 12B model, as the price of a check is."""
        return self.tries * SIZE[model] / SIZE[_LARGEST] + self.checks * price


@lru_cache(maxsize=32)  # of a megabyte each
def deal(model, passed, shared=1.0):
    """Return the `Deal` with a checker that lets a share `passed` of the wrong answers pass.

    With `shared` below 1 a second checker sees what passes; it is wrong once in a hundred, and in the same answers as
    the first in a share `shared` of the first one's mistakes.

    >>> bought = deal("12B", 0.001)
    >>> bought.right.mean(axis=0)[-1].round(2), bought.wrong.mean(axis=0)[-1].round(2)
    (np.float64(0.66), np.float64(0.34))
    """
    p = np.maximum(counts(model) / _COUNTED, _LEAST)[:, None]
    both = passed * (shared + (1 - shared) * _SECOND)
    right, wrong = first_passed(p, both, TRIES)
    tries = (right + wrong) / (p + (1 - p) * both)
    again = tries * (p + (1 - p) * passed) if shared < 1 else 0.0
    return Deal(right, wrong, tries, tries + again)


def counter(model="1B", passed=0.0, budget=1.0):
    """Return the panel that sells tries and checks for a budget per question."""
    start = model, passed, budget
    figure = paper(height=4)
    axes = set_axes(figure.add_subplot(), "", "share of the questions (%)", "x", ylim=(-60, 100))
    axes.axhline(0, color="0.8", lw=1)
    names = {"right": "green", "wrong": "orange", "worth": "blue"}
    lines = [axes.plot([], [], color=COLORS[color], label=name)[0] for name, color in names.items()]
    lines[2].set_linestyle("--")
    (rival,) = axes.plot([], [], color=COLORS["grey"], lw=1.2, label="worth of the other")
    dots = [axes.plot([], [], "o", color=COLORS[color])[0] for color in names.values()]
    axes.legend(loc="upper left", ncols=2)

    def move(model, passed, price, harm, second, shared, budget, most, beside, unit):
        factor, name = _unit(unit)
        set_axes(
            axes, f"spent on a question ({name})", "share of the questions (%)", "x", xlim=(3e-3 * factor, 3e3 * factor)
        )
        shared = shared if second and passed else 1.0
        spent, shares = _offer(model, passed, price, harm, shared, budget, most)
        rows = [100 * share for share in shares] if len(spent) else [[]] * 3
        for line, dot, row in zip(lines, dots, rows, strict=True):
            line.set_data(factor * spent, np.clip(row, -60, 100))
            dot.set_data(factor * spent[-1:], np.clip(row[-1:], -60, 100))
        other = _offer(beside, passed, price, harm, shared, budget, most) if beside else ([], [[]] * 3)
        rival.set_data(factor * np.asarray(other[0]), np.clip(100 * np.asarray(other[1][2]), -60, 100))
        if not len(spent):
            return f"The budget does not pay for one try of the {model} model and its check."
        right, wrong, worth = (100 * share[-1] for share in shares)
        flop = spent[-1] * answer_flop(_LARGEST)
        words = f" The {beside} model: worth {100 * other[1][2][-1]:.1f}." if len(other[0]) else ""
        return (
            f"{model}: at most {TRIES[len(spent) - 1]:,.0f} tries; {spent[-1]:.3g} answers of the 12B = {short(flop)} FLOP "
            f"= {1000 * flop / flop_per_dollar():.2g} dollars per 1,000 questions. Right {right:.1f} %, wrong {wrong:.1f} %, "
            f"worth {worth:.1f}.{words}"
        )

    return Panel(
        figure,
        move,
        [*lines, rival, *dots],
        "Against what is spent on a question: a green curve, questions answered right; an orange one, answered wrong; a "
        "dashed blue one, right minus wrong times their cost. They end in dots where the budget or the tries allowed end. A thin "
        "grey curve, if it is switched on, is the worth of another model for the same budget.",
        model=choice("model", list(FAMILY), start[0]),
        passed=choice("wrong answers that the checker passes", _PASSED, start[1]),
        price=choice("price of a check (answers of the 12B)", _PRICES, 0.01),
        harm=slider(
            "a wrong answer costs (times what a right one earns)",
            1,
            0,
            10,
            0.5,
            1,
            enabled_when=lambda s: s["passed"] > 0,
        ),
        second=switch("a second checker for what passes, same price", enabled_when=lambda s: s["passed"] > 0),
        shared=slider(
            "share of mistakes that fool both", 0.5, 0, 1, 0.05, enabled_when=lambda s: s["passed"] > 0 and s["second"]
        ),
        budget=log_slider("budget for a question (answers of the 12B)", start[2], 0.01, 1000),
        most=log_slider("tries at most", 10_000, 1, 10_000),
        beside=choice("worth beside it", {"nobody": "", **dict(zip(FAMILY, FAMILY, strict=True))}),
        unit=buttons("axis in", ["answers of the 12B", "FLOP", "dollars"]),
    )


@cache
def halves(letter):
    """Return the right answers of a sealed model to 64 problems that are for sale, and to 64 that are not."""
    model, seed = _SEALED[one_of("letter", letter, list(_SEALED))]
    order = np.random.default_rng(seed).permutation(128)
    right = counts(model).astype(int)
    return right[order[:64]], right[order[64:]]


def sample(letter, n_problems, n_tries):
    """Return right answers to so many of the problems for sale in so many of their counted tries, drawn at random."""
    right = halves(letter)[0][: int(n_problems)]
    return np.random.default_rng(_SEALED[letter][1]).hypergeometric(right, _COUNTED - right, int(n_tries))


def sealed_bet():
    """Return the panel in which tries of a sealed model are bought, and the other problems are bet on."""
    figure = paper(height=3.6)
    axes = set_axes(figure.add_subplot(), "tries at each problem", "", "x", xlim=(0.8, 15_000))
    (bar,) = axes.plot([], [], color=COLORS["orange"], lw=6, solid_capstyle="butt")
    (dots,) = axes.plot([], [], "o", color=COLORS["blue"])

    def move(letter, n_problems, n_tries, sheet, low, high):
        right = sample(letter, n_problems, n_tries)
        k = np.unique(np.geomspace(1, n_tries, 13).round())
        solved = 100 * solved_within(right, n_tries, k).mean(axis=0)
        low, high = sorted((low, high))
        ends = np.array([low, high])
        if sheet == "line":
            set_axes(axes, "tries at each problem", "$-\\ln$(share solved)", "xy", ylim=(0.03, 12))
            solved, ends = (-np.log(np.clip(values / 100, 1e-5, 0.97)) for values in (solved, ends))
        else:
            axes.set_yscale("linear")
            axes.set(ylabel="solved at least once (%)", ylim=(0, 100))
        dots.set_data(k, np.clip(solved, *axes.get_ylim()))
        bar.set_data([_COUNTED] * 2, np.clip(ends, *axes.get_ylim()))
        done = np.count_nonzero(right)
        return (
            f"Model {letter}: {n_problems * n_tries:,} answers, {done} of {n_problems} problems solved at least once. Your bet "
            f"on the other 64, with 10,000 tries at each: {low:.0f} to {high:.0f} %."
        )

    return Panel(
        figure,
        move,
        [bar, dots],
        "Blue dots, the share of the bought problems solved at least once against tries at each; at the right, at 10,000 "
        "tries, an orange bar: the bet on problems that were not bought.",
        letter=buttons("sealed model", list(_SEALED)),
        n_problems=choice("problems bought", [4, 8, 16, 32, 64], 16),
        n_tries=choice("tries at each", [25, 50, 100, 200, 400, 800], 25),
        sheet=buttons("paper", {"share solved": "share", "-ln(share), log-log": "line"}),
        low=slider("low end of the bet (%)", 30, 0, 100, 1, digits=0),
        high=slider("high end of the bet (%)", 90, 0, 100, 1, digits=0),
    )


def earned(model, questions, value, harm, passed, check, weight=None):
    """Return what a model earns over its life, training paid, in dollars, by `TRIES` allowed.

    `value` of a right answer and `check`, the price of one check, are in dollars; a wrong answer costs `harm` times the
    value; `weight` of the problems, shape (128,), if they do not count alike.
    """
    weight = np.full(128, 1 / 128) if weight is None else weight
    right, wrong, tries, checks = (weight @ part for part in deal(model, passed))
    answers = tries * answer_flop(model) / flop_per_dollar()
    return questions * (value * (right - harm * wrong) - answers - check * checks) - training_usd(model)


def training_usd(model):
    """Return what the training of a model costs at the price of a dollar's operations.

    >>> round(training_usd("12B"))
    43318
    """
    return float(training_flop(SIZE[model], load("math_models")["n_tokens"][0]) / flop_per_dollar())


def fleet():
    """Return the panel that adds up the life of a model: training, answers, checks, and what they earn."""
    figure = paper(height=3.8)
    limits = {"xlim": (1e3, 1e10), "ylim": (-105, 105)}
    axes = set_axes(figure.add_subplot(), "questions over its life", "earned (% of what is possible)", "x", **limits)
    axes.axhline(0, color="0.8", lw=1)
    grid = np.geomspace(1e3, 1e10, 141)
    (rival,) = axes.plot([], [], "--", color=COLORS["grey"], lw=1.5)
    (line,) = axes.plot([], [], color=COLORS["blue"])
    (dot,) = axes.plot([], [], "o", color=COLORS["blue"])

    def move(model, most, passed, check, value, harm, questions, beside):
        place = np.flatnonzero(most * 1.0001 >= TRIES)[-1]

        def share(which, n):
            return 100 * earned(which, n, value, harm, passed, check)[place] / (n * value)

        for curve, which in ((line, model), (rival, beside)):
            values = [share(which, n) for n in grid] if which else []
            shown = np.array([(n, y) for n, y in zip(grid, values, strict=False) if abs(y) < 105]).reshape(-1, 2)
            curve.set_data(*shown.T)
        dot.set_data([questions], [np.clip(share(model, questions), -105, 105)])
        right, wrong, tries, checks = (part.mean(axis=0)[place] for part in deal(model, passed))
        answers = questions * tries * answer_flop(model) / flop_per_dollar()
        total = earned(model, questions, value, harm, passed, check)[place]
        return (
            f"{model}, {questions:.2g} questions, at most {TRIES[place]:,.0f} tries: right {100 * right:.1f} %, wrong "
            f"{100 * wrong:.1f} %. In dollars: training {training_usd(model):,.0f}, answers {answers:,.0f}, checks "
            f"{questions * checks * check:,.0f}; earned when all is paid {total:,.0f}."
        )

    return Panel(
        figure,
        move,
        [rival, line, dot],
        "What a model earns over its life, training, answers and checks paid, as a share of what right answers to all "
        "questions would earn, against the number of questions: a blue curve, with a dot at the number that was set; a "
        "grey dashed curve, if it is switched on, for another model with as many tries.",
        model=choice("model", list(FAMILY), "1B"),
        most=log_slider("tries at most", 10, 1, 10_000),
        passed=choice("wrong answers that the checker passes", _PASSED, 1e-3),
        check=log_slider("price of a check (dollars)", 1e-6, 1e-7, 1, 10),
        value=log_slider("a right answer earns (dollars)", 0.1, 1e-3, 10, 10),
        harm=slider("a wrong one costs (times that)", 1, 0, 10, 0.5, 1, enabled_when=lambda s: s["passed"] > 0),
        questions=log_slider("questions", 1e6, 1e3, 1e10, 10),
        beside=choice("beside it", {"nobody": "", **dict(zip(FAMILY, FAMILY, strict=True))}),
    )


@cache
def counts(model):
    """Return the right answers of a model to each of the 128 problems, in 10,000 tries."""
    models = load("math_models")
    return load("math_tries")[str(models["column"][FAMILY.index(one_of("model", model, FAMILY))])]


def _unit(unit):
    """What a 12B answer is in a unit of the axis, and the unit's name."""
    flop = answer_flop(_LARGEST)
    return {
        "answers of the 12B": (1.0, "answers of the 12B"),
        "FLOP": (flop, "FLOP"),
        "dollars": (1000 * flop / flop_per_dollar(), "dollars per 1,000 questions"),
    }[unit]


def _offer(model, passed, price, harm, shared, budget, most):
    """What is spent, and shares right, wrong and their worth, for all numbers of tries that the budget pays for."""
    bought = deal(model, passed, shared)
    right, wrong = bought.right.mean(axis=0), bought.wrong.mean(axis=0) if passed else np.zeros(len(TRIES))
    spent = bought.spent(model, price).mean(axis=0)
    n = np.count_nonzero((spent <= budget * 1.0001) & (most * 1.0001 >= TRIES))
    return spent[:n], [share[:n] for share in (right, wrong, right - harm * wrong)]
