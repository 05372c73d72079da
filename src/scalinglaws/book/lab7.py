"""Lab 7, emergence or mirage: rulers on a skill of known law, six sealed skills, a bet, open models by family."""

from functools import cache
from typing import NamedTuple

import numpy as np

from scalinglaws.check import one_of
from scalinglaws.data import load
from scalinglaws.laws.growth.capability import (
    above_guessing,
    answer_loss,
    brier_score,
    exact_match,
    exponents_between,
    per_token_of,
    right_token,
    with_guessing,
)
from scalinglaws.show.controls import buttons, choice, log_slider, slider, switch, whole_slider
from scalinglaws.show.figures import COLORS, set_axes, short
from scalinglaws.show.panel import Panel, paper

COMPUTE = np.geomspace(1e18, 1e24, 13)
SHOWN = {
    "all thirteen": list(range(13)),
    "one a decade": list(range(0, 13, 2)),
    "one every two decades": [0, 4, 8, 12],
    "the five largest": [8, 9, 10, 11, 12],
    "the five smallest and the largest": [0, 1, 2, 3, 4, 12],
}
RULERS = ["exact match", "likeliest answer", "per token", "Brier score", "log score"]
TASKS = ("cycled letters", "3-digit addition", "SAT analogies", "symbol insertion", "2-digit subtraction")
"""The five tasks of the bet and of the decision, in the order in which the bet numbers them."""
ITEMS = dict(zip(TASKS, (10_000, 2000, 374, 10_000, 2000), strict=True))
"""Items of each test: Brown et al. 2020, sections 3.9.1 and 3.9.2; 374 reproduces all printed scores but one."""
_GRID = np.geomspace(1e18, 1e24, 241)
_COUNTED = ("exact match", "likeliest answer", "log score")  # rulers that need the items of a test
_NO_OPTIONS = 1e9  # where any answer can be given, wrong ones are spread over very many
_LEAST = 0.00025  # share right: half an item of 2,000, where a log score needs one


class Skill(NamedTuple):
    """A made-up skill: the law of its loss per token, and the answers that are asked of it.

    `answers` are pairs (share of the items, tokens of the answer); `chance` is what guessing gets right; `rivals` are the
    least and the largest share of the wrong probability that the best wrong answer of an item has.
    """

    one_nat: float
    exponent: float
    drop: float = 1.0
    place: float = 0.0
    width: float = 1.0
    answers: tuple = ((1.0, 1),)
    chance: float = 0.0
    rivals: tuple = (0.4, 0.6)

    def loss(self, compute):
        return answer_loss(compute, self.one_nat, self.exponent, self.drop, self.place, self.width)

    def known(self, compute):
        return sum(share * exact_match(right_token(self.loss(compute)), n) for share, n in self.answers)

    def share(self, compute):
        return with_guessing(self.known(compute), self.chance)

    def likeliest(self, compute):
        """Return the share right if the likeliest answer is given: right beats the best wrong one, item by item."""
        right = np.reshape(self.known(compute), (-1, 1))
        return np.mean(right > np.linspace(*self.rivals, 401) * (1 - right), axis=1)


SEALED = {
    "A": Skill(1e21, 0.45, answers=((1.0, 25),)),
    "B": Skill(3e19, 0.12, 12, 21.7, 0.4, ((1.0, 3),)),
    "C": Skill(1e21, 0.9, answers=((0.04, 1), (0.96, 60))),
    "D": Skill(1e20, 0.1, 5, 20.6, 0.5, ((1.0, 1),), 0.5),
    "E": Skill(1e20, 0.2, 5, 22.9, 0.5, ((1.0, 28),)),
    "F": Skill(1e21, 0.5, answers=((1.0, 10),), chance=0.25),
}
"""Six skills that a reader of the lab sees through a ruler only. Those with a drop have a jump."""


def measured(skill, ruler, compute, items, seed=0):
    """Return what a ruler shows of a skill at each compute; None instead of `items`: what an endless test would show."""
    expected = skill.likeliest(compute) if ruler == "likeliest answer" else skill.share(compute)
    right = expected if items is None else np.random.default_rng(seed).binomial(int(items), expected) / int(items)
    if one_of("ruler", ruler, [*RULERS, "loss per token"]) in ("exact match", "likeliest answer"):
        return 100 * right
    if ruler == "log score":
        return -np.log(np.clip(right, _LEAST if items is None else 0.5 / int(items), 0.9999))
    if ruler == "per token":
        return 100 * right_token(skill.loss(compute))
    if ruler == "loss per token":
        return skill.loss(compute)
    n_options = round(1 / skill.chance) if skill.chance else _NO_OPTIONS
    return brier_score(skill.share(compute), n_options)


def steepest(values):
    """Return the largest step between neighbours as a share of the whole range, its place, and the range.

    >>> steepest([0, 1, 1, 8, 10])
    (0.7, 2, 10)
    """
    steps, rise = np.abs(np.diff(values)), max(values) - min(values)
    place = int(np.argmax(steps))
    return (float(steps[place] / rise) if rise > 1e-9 else 0.0), place, rise


def known_law():
    """Return the panel in which rulers are laid on a skill whose law is known."""
    figure, axes = _sheet(3.6, (7e17, 1.4e24))
    (law,) = axes.plot([], [], color=COLORS["grey"], lw=1.5)
    (line,) = axes.plot([], [], "o-", color=COLORS["blue"], lw=1.2)

    def move(truth, exponent, drop, ruler, length, chance, items, shown, reveal):
        jump = (drop, 22, 0.5) if truth == "jump" else ()
        skill = Skill(1e20, exponent, *jump)._replace(answers=((1.0, length),), chance=chance)
        compute = COMPUTE[SHOWN[shown]]
        values = measured(skill, ruler, compute, items)
        _scale(axes, ruler)
        _lay(line, axes, compute, values)
        _lay(law, axes, _GRID, measured(skill, ruler, _GRID, None))
        law.set_visible(reveal)
        words = _report(ruler, compute, values, items)
        if ruler == "exact match" and not chance:
            zeros = np.count_nonzero(values == 0)
            words += f" Not one item right: {zeros} of {len(values)}."
            words += f" A zero on {int(items)} items excludes more than {_excluded(items):.2g} % right."
        return words

    return Panel(
        figure,
        move,
        [law, line],
        "What a ruler shows of a made-up skill against training compute: blue dots, the models that are shown, joined by "
        "a line; if it is switched on, a grey curve, what all models would show on an endless test.",
        truth=buttons("the loss per token follows", {"one power law": "smooth", "one with a jump at 1e22": "jump"}),
        exponent=slider("exponent of the loss", 0.3, 0.05, 1.5, 0.05),
        drop=slider(
            "at the jump it falls by a factor", 8, 1, 20, 0.5, digits=1, enabled_when=lambda s: s["truth"] == "jump"
        ),
        ruler=choice("ruler", RULERS),
        length=whole_slider("tokens of the answer", 5, 1, 40, enabled_when=lambda s: s["ruler"] != "per token"),
        chance=buttons(
            "guessing gets right",
            {"none": 0.0, "one in four": 0.25, "one in two": 0.5},
            enabled_when=lambda s: s["ruler"] not in ("per token", "likeliest answer"),
        ),
        items=log_slider("items of the test", 100, 20, 10_000, enabled_when=lambda s: s["ruler"] in _COUNTED),
        shown=choice("models shown", list(SHOWN)),
        reveal=switch("show the law"),
    )


def sealed():
    """Return the panel that shows a sealed skill through a ruler, at a price in answers."""
    figure, axes = _sheet(3.3, (7e17, 1.4e24))
    (line,) = axes.plot([], [], "o-", color=COLORS["blue"], lw=1.2)

    def move(skill, ruler, items, shown):
        compute = COMPUTE[SHOWN[shown]]
        values = measured(SEALED[skill], ruler, compute, items, seed=ord(skill))
        _scale(axes, ruler)
        _lay(line, axes, compute, values)
        price = f"{len(compute) * int(items):,} answers" if ruler != "loss per token" else "the models' probabilities"
        return f"Skill {skill}, for {price}. {_report(ruler, compute, values, items)}"

    return Panel(
        figure,
        move,
        [line],
        "What a ruler shows of a sealed skill against training compute: blue dots, joined by a line.",
        skill=buttons("skill", list(SEALED)),
        ruler=choice("ruler", ["exact match", "log score", "loss per token"]),
        items=log_slider(
            "items of the test", 50, 20, 10_000, enabled_when=lambda state: state["ruler"] != "loss per token"
        ),
        shown=choice("models shown", list(SHOWN), "one a decade"),
    )


def verdicts_right(verdicts):
    """Return how many of six letters, M (model) or R (ruler), agree with the sealed skills.

    >>> verdicts_right("MMMMMM")
    3
    """
    letters = verdicts.upper()
    if len(letters) != len(SEALED) or set(letters) - set("MR"):
        raise ValueError(f"verdicts must be {len(SEALED)} letters M or R, one per skill, got {verdicts!r}")
    return sum((skill.drop > 1) == (letter == "M") for skill, letter in zip(SEALED.values(), letters, strict=True))


@cache
def scores(task):
    """Return compute and share right of the eight sizes of GPT-3 on a task, several examples in the prompt."""
    table = load("gpt3_scores")
    rows = table["task"] == one_of("task", task, list(dict.fromkeys(table["task"].tolist())))
    return table["training_flop"][rows], table["few_shot_pct"][rows] / 100


def bet():
    """Return the panel in which an interval is bet on the largest model, from the four smallest, on two papers."""
    figure, axes = _sheet(3.5, (1.5e20, 6e23))
    (dots,) = axes.plot([], [], "o", color=COLORS["blue"], ms=6)
    (bar,) = axes.plot([], [], color=COLORS["orange"], lw=5, solid_capstyle="butt")

    def move(task, paper, low, high):
        compute, right = scores(TASKS[task - 1])
        ends = np.sort([low, high]) / 100
        log, even = -np.log(np.clip(ends, _LEAST, 0.9999)), paper == "exact match"
        _scale(axes, paper)
        _lay(dots, axes, compute[:4], 100 * right[:4] if even else -np.log(right[:4]))
        _lay(bar, axes, compute[[7, 7]], 100 * ends if even else log)
        return (
            f"Task {task}. The four smallest: {', '.join(f'{100 * share:.3g}' for share in right[:4])} % right. Your bet "
            f"for {short(compute[7])} FLOP: {100 * ends[0]:.1f} to {100 * ends[1]:.1f} %, a log score of {log[1]:.2f} to "
            f"{log[0]:.2f}."
        )

    return Panel(
        figure,
        move,
        [bar, dots],
        "Four blue dots, the scores of the four smallest sizes against training compute, and far to the right an orange "
        "bar, the bet on the largest.",
        task=buttons("task", [1, 2, 3, 4, 5]),
        paper=buttons("paper", {"share right": "exact match", "log score, log-log": "log score"}),
        low=slider("low end of the bet (% right)", 10, 0, 100, 0.5, digits=1),
        high=slider("high end of the bet (% right)", 60, 0, 100, 0.5, digits=1),
    )


def published():
    """Return the panel in which rulers are laid on the five tasks of GPT-3."""
    figure, axes = _sheet(3.5, (1.5e20, 6e23))
    (line,) = axes.plot([], [], "o-", color=COLORS["blue"], lw=1.2)
    sizes = {
        "all eight": list(range(8)),
        "every second": [1, 3, 5, 7],
        "without 6.7B and 13B": [0, 1, 2, 3, 4, 7],
        "the four largest": [4, 5, 6, 7],
    }

    def move(task, ruler, length, items, shown):
        compute, right = (values[sizes[shown]] for values in scores(task))
        if items < 2000:  # a test of fewer items, drawn from the one that was given
            right = np.random.default_rng(1).binomial(int(items), right) / int(items)
        values = 100 * (per_token_of(right, length) if ruler == "per token" else right)
        if ruler == "log score":
            values = -np.log(np.clip(right, 0.5 / int(items), 0.9999))
        _scale(axes, ruler)
        _lay(line, axes, compute, values)
        end = f" The largest: {100 * right[-1]:.1f} % right." if ruler != "exact match" else ""
        return f"{task}, {len(values)} models. {_report(ruler, compute, values, items)}{end}"

    return Panel(
        figure,
        move,
        [line],
        "What a ruler shows of a task of GPT-3 against training compute: blue dots, one for each size that is shown, "
        "joined by a line.",
        task=choice("task", list(TASKS), "3-digit addition"),
        ruler=choice("ruler", ["exact match", "per token", "log score"]),
        length=slider(
            "tokens of the answer", 3.5, 1, 10, 0.5, digits=1, enabled_when=lambda state: state["ruler"] == "per token"
        ),
        items=log_slider("items of the test", 2000, 20, 2000),
        shown=choice("models shown", list(sizes)),
    )


def families():
    """Return the panel in which two families of open models are picked, and a test."""
    table = load("open_models")
    tests = {
        "2-digit sums": "addition_2_pct",
        "3-digit sums": "addition_3_pct",
        "unscrambling": "unscrambling_pct",
        "transliteration, exact": "transliteration_pct",
        "transliteration, BLEU": "transliteration_bleu",
        "MMLU (guessing: 25 %)": "mmlu_pct",
    }
    names, counts = np.unique(table["family"][~np.isnan(table["addition_3_pct"])], return_counts=True)
    options = [str(name) for name in names[counts >= 2]]
    figure, axes = _sheet(3.6, (5e19, 1e26))
    (rest,) = axes.plot([], [], "o", color="0.8", ms=4)
    (one,) = axes.plot([], [], "o-", color=COLORS["blue"], lw=1.2)
    (other,) = axes.plot([], [], "s-", color=COLORS["orange"], lw=1.2)

    def move(test, first, second, ruler, known):
        values, compute = table[tests[test]] / 100, table["training_flop"]
        if known and test.startswith("MMLU"):
            values = above_guessing(values, 0.25)
        there = ~np.isnan(values) & (compute > 5e19)
        _scale(axes, ruler)
        picked = []
        for line, family in ((rest, None), (one, first), (other, second)):
            rows = np.flatnonzero(there & ((table["family"] == family) if family else True))
            rows = rows[np.argsort(compute[rows], kind="stable")]
            shown = 100 * values[rows] if ruler == "exact match" else -np.log(np.clip(values[rows], _LEAST, 0.9999))
            _lay(line, axes, compute[rows], shown)
            picked += [(family, rows)] if family and len(rows) else []
        words = [
            f"{family}: {len(rows)} models, {100 * values[rows].min():.1f} to {100 * values[rows].max():.1f} %."
            for family, rows in dict(picked).items()
        ]
        rows = np.unique(np.concatenate([rows for _, rows in picked] or [[]]).astype(int))
        if len(rows) > 1:
            rows = rows[np.argsort(compute[rows], kind="stable")]
            _, place, _ = steepest(100 * values[rows])
            a, b = rows[place : place + 2]
            words.append(
                f"Together, in order of compute, the steepest step is {100 * (values[b] - values[a]):+.1f} points for "
                f"{compute[b] / compute[a]:.2f} times the compute."
            )
        return " ".join(words) or "No model of these families took this test."

    return Panel(
        figure,
        move,
        [rest, one, other],
        "Scores of open models against training compute: grey dots, all that took the test; a blue and an orange line, "
        "two families.",
        test=choice("test", list(tests), "3-digit sums"),
        first=choice("first family (blue)", options, "Pythia"),
        second=choice("second family (orange)", options, "Llama"),
        ruler=buttons("ruler", {"share right": "exact match", "log score": "log score"}),
        known=switch("take guessing off", enabled_when=lambda state: state["test"].startswith("MMLU")),
    )


def _sheet(height, xlim):
    figure = paper(height=height)
    return figure, set_axes(figure.add_subplot(), "training compute (FLOP)", "", "x", xlim=xlim)


def _excluded(items):
    """Per cent right that a zero on a test excludes at 95 %: where `none_right` is 0.05."""
    return 100 * (1 - 0.05 ** (1 / int(items)))


def _scale(axes, ruler):
    if ruler in ("log score", "loss per token"):
        set_axes(axes, "training compute (FLOP)", _NAMES[ruler], "xy", ylim=(3e-4, 12))
    else:
        axes.set_yscale("linear")
        axes.set(ylabel=_NAMES[ruler], ylim=(-0.03, 1.05) if ruler == "Brier score" else (-3, 105))


_NAMES = {
    "exact match": "right (%)",
    "likeliest answer": "right (%)",
    "per token": "probability of the right token (%)",
    "Brier score": "Brier score",
    "log score": "log score, $-\\ln$(share right)",
    "loss per token": "loss per token (nats)",
}


def _lay(line, axes, compute, values):
    line.set_data(compute, np.clip(values, *axes.get_ylim()))


def _report(ruler, compute, values, items):
    if ruler in ("log score", "loss per token"):
        some = (values < -np.log(0.75 / int(items))) & (values > 1.5e-4) | (ruler == "loss per token")
        if np.count_nonzero(some) < 2:
            return "Fewer than two models have some items right and some wrong."
        steps = exponents_between(compute[some], values[some])
        return f"It falls with exponents of {steps.min():.2f} to {steps.max():.2f} from one model to the next."
    share, place, rise = steepest(values)
    unit, form = ("", ".2f") if ruler == "Brier score" else (" points", ".0f")
    ends = f"{short(compute[place])} to {short(compute[place + 1])} FLOP"
    return f"A range of {rise:{form}}{unit}; the steepest step, {ends}, makes {100 * share:.0f} % of it."
