"""The live figures of chapter 14: many tries, what a checker lets pass, how problems spread, prices of checks, a fleet; exercises."""

from bisect import bisect_left
from math import comb

import numpy as np

from scalinglaws.course.tasks import Exercise
from scalinglaws.laws.money.thinking import beta_missed, first_passed, majority
from scalinglaws.laws.training.flops import inference_flop, training_flop
from scalinglaws.show.layers import Layers, hue, linear_axis, log_axis
from scalinglaws.show.live import Rows, checkbox, dropdown, range_slider

HUES = dict(
    zip(
        ("70M", "160M", "410M", "1B", "2.8B", "6.9B", "12B"),
        ("grey", "orange", "gold", "sky", "green", "purple", "blue"),
        strict=True,
    )
)


def _hue(models):
    return hue("model", models, [HUES[model] for model in models])


def many_tries(k, coverage, size):
    """Show coverage against tries, each of them counted as the size to a power that the reader moves from 0 to 1."""
    rows = [
        (m, size[m] / size["12B"], float(n), float(c)) for m in coverage for n, c in zip(k, coverage[m], strict=True)
    ]
    curves = Rows.listed(("model", "ratio", "tries", "coverage"), rows).compute(
        work=lambda row, p: row.tries * row.ratio**p.power
    )
    x = log_axis("work", "tries, times size (12B = 1) to the power of the slider", 1e-2, 1e4, "short")
    y = linear_axis("coverage", "problems solved at least once", 0, 1, format=".0%", tickCount=5)
    layers = Layers(x, y, height=320).line(curves, color=_hue(list(coverage)), width=2)
    text = (
        "Seven rising curves, the share of problems solved at least once against tries on a logarithmic axis. Counted in tries "
        "the 12B model is far to the left of the small ones; counted in operations most curves lie close together."
    )
    return layers.live(text, range_slider("power", 0, 0, 1, 0.05, "0: tries, 1: operations"))


def first_answer(shares):
    """Let the reader guess how often the first answer that passes is right, then show it for the 12B and another model."""
    passed = 10 ** np.linspace(-5, -1, 41)
    columns = {m: [float(np.mean(p / (p + (1 - p) * f))) for f in passed] for m, p in shares.items()}
    big, small = columns
    curve = Rows({"passed": passed.tolist(), "right": columns[big], "small": columns[small]})
    guess = Rows({"passed": [1e-3]}).compute(right=lambda row, p: p.guess / 100)
    end = Rows({"passed": [passed[-1]], "right": [columns[big][-1]], "small": [columns[small][-1]]})
    x = log_axis("passed", "wrong answers that the checker lets pass, share", 1e-5, 1e-1, values=[1e-5, 1e-4, 1e-3, 1e-2, 1e-1],
                 labelExpr="format(datum.value, '~%')")  # fmt: skip
    y = linear_axis("right", "problems answered right", 0, 1, format=".0%", tickCount=5)
    layers = (
        Layers(x, y, height=280)
        .line(curve, when="reveal")
        .line(curve, y="small", color="orange", dash=True, when="reveal")
        .words(end, big, dx=-6, dy=-16, align="right", when="reveal")
        .words(end, small, y="small", dx=-30, dy=-12, align="right", when="reveal")
        .dot(guess, color="green", size=160, shape="diamond")
        .words(guess, "your guess: {right:.0%}", dx=10, dy=14, align="left")
    )
    text = (
        "Share of problems whose first answer to pass is right, without end of tries, against the share of wrong answers that pass. "
        "The reader's guess is a diamond at one in a thousand. When revealed, the curve of the 12B model falls through 66 per cent "
        "there, that of the 160M model through 34."
    )
    return layers.live(
        text, range_slider("guess", 50, 1, 100, 1, "your guess, in %"), checkbox("reveal", "show what the counts give")
    )


def spread(k, missed):
    """Show misses of single problems, which fall as exponentials, and their mean, a power law, beside those counted."""
    tries = np.geomspace(1, 1e4, 81)
    some = [0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003]
    rows = [(str(p), float(n), float(max((1 - p) ** n, 1e-9))) for p in some for n in tries]
    single = Rows.listed(("problem", "tries", "missed"), rows)
    mean = Rows(steps=81).compute(
        tries=lambda row, p: 10 ** (row.i / 20), missed=lambda row, p: beta_missed(row.tries, p.a, 10**p.log_b)
    )
    dots = Rows.listed(("tries", "missed"), [(float(n), float(m)) for n, m in zip(k, missed, strict=True)])
    sign = Rows(steps=1).compute(
        a=lambda row, p: p.a, b=lambda row, p: 10**p.log_b, tries=lambda row, p: 1.0, missed=lambda row, p: 1.0
    )
    x = log_axis("tries", "tries at each problem", 1, 1e4, "short")
    y = log_axis("missed", "problems not solved", 0.05, 1, values=[0.05, 0.1, 0.2, 0.5, 1], format=".0%")
    layers = (
        Layers(x, y, height=300)
        .line(single, color="grey", width=1, detail="problem", opacity=0.6)
        .dot(dots, color="black", size=35)
        .line(mean)
        .words(sign, "α = {a:.2f}, β = {b:.0f}", x=10, y=-14, align="left")
    )
    text = (
        "Share of problems not solved against tries, both axes logarithmic. Thin lines of single problems stay flat and then drop "
        "like stones; the mean over problems is nearly straight, and with alpha near 0.3 and beta near 12 it runs through the dots of the 12B model."
    )
    return layers.live(
        text,
        range_slider("a", 0.6, 0.1, 1.5, 0.02, "α: slope of the far end"),
        range_slider("log_b", 1, 0.5, 2.5, 0.02, "β: 10 to the power"),
    )


def checker(share):
    """Show right, wrong and right minus wrong first answers against the tries allowed, for a checker that the reader sets.

    Problems of nearly equal share are put together, so that the browser has less to add.
    """
    place = np.where(share > 0, np.round(np.log(np.maximum(share, 1e-9)) / np.log(1.3)), -1e9)
    groups = [(float(share[place == at].mean()), float(np.mean(place == at))) for at in np.unique(place)]

    def total(which):
        return lambda row, p: sum(w * first_passed(q, 10**p.passed, row.tries)[which] for q, w in groups)

    def columns(rows):
        return rows.compute(right=total(0), wrong=total(1), gain=lambda row, p: row.right - row.wrong)

    grid = columns(Rows(steps=61).compute(tries=lambda row, p: 10 ** (row.i / 15)))
    point = columns(Rows(steps=1).compute(tries=lambda row, p: 10**p.allowed))
    x = log_axis("tries", "tries allowed", 1, 1e4, "short")
    y = linear_axis("right", "share of the problems", -0.8, 1, format=".0%", tickCount=6)
    layers = (
        Layers(x, y, height=300)
        .line(grid, color="green")
        .line(grid, y="wrong", color="orange")
        .line(grid, y="gain", color="blue", dash=True)
        .dot(point, y="gain", color="blue")
        .words(point, "{tries:,.0f} tries", x=10, y=10, align="left")
        .words(point, "right {right:.0%}", x=10, y=28, align="left", color="#007D5A")
        .words(point, "wrong {wrong:.0%}", x=10, y=46, align="left", color="#B84F00")
        .words(point, "right minus wrong {gain:.0%}", x=10, y=64, align="left", color="#0072B2")
    )
    text = (
        "Shares of the problems against the tries allowed: right first answers rise and level off, wrong ones rise later, and their "
        "difference, dashed, has a top: near 250 tries if one wrong answer in a thousand passes."
    )
    return layers.live(
        text,
        range_slider("passed", -3, -5, -1, 0.1, "wrong answers that pass: 10 to the power"),
        range_slider("allowed", 2.4, 0, 4, 0.05, "tries allowed: 10 to the power"),
    )


def check_price(needed, size):
    """Show the cost of reaching a coverage over that of the 12B model, against the price of a check in its answers.

    `needed` has, by coverage in per cent, the tries of each model that reaches it.
    """
    price = 10 ** np.linspace(-4, 1, 26)
    rows = [
        (m, f"{m} {level}", float(level), float(v), float(n), size[m] / size["12B"], float(of["12B"]))
        for level, of in needed.items() for m, n in of.items() for v in price
    ]  # fmt: skip
    curves = Rows.listed(("model", "line", "level", "price", "tries", "ratio", "tries12"), rows).compute(
        cost=lambda row, p: row.tries * (row.ratio + row.price) / (row.tries12 * (1 + row.price))
    )
    x = log_axis("price", "price of a check, in answers of the 12B model", 1e-4, 10, "short",
                 values=[1e-4, 1e-3, 1e-2, 0.1, 1, 10])  # fmt: skip
    y = log_axis("cost", "cost, 12B model = 1", 0.1, 20, values=[0.1, 0.2, 0.5, 1, 2, 5, 10, 20])
    models = list(dict.fromkeys(row[0] for row in rows))
    layers = Layers(x, y, height=320).line(
        curves, color=_hue(models), width=2.5, detail="line", when="datum.level == level"
    )
    text = (
        "Cost of solving half of the problems with each model over that with the 12B model, against the price of a check, both "
        "logarithmic. With free checks three models lie near 0.37; the curves of the smallest rise first, and that of the 2.8B "
        "model stays lowest until a check costs about one answer of the 12B model."
    )
    return layers.live(
        text, dropdown("level", "problems to solve", {f"{level} %": float(level) for level in needed}, 50.0)
    )


def lifetime(needed, size, n_tokens):
    """Show the lifetime compute of each model over that of the 12B model, against the questions it is asked."""

    def life(model, questions, p):
        check = 10**p.price * inference_flop(size["12B"], p.words)
        answers = needed[model] * (inference_flop(size[model], p.words) + check)
        return training_flop(size[model], n_tokens) + questions * answers

    x = log_axis("questions", "questions over the life of the model", 1e4, 1e10, "short")
    y = log_axis("cost", "lifetime compute, 12B model = 1", 0.01, 10, values=[0.01, 0.1, 1, 10])
    layers = Layers(x, y, height=320)
    models = list(needed)
    for model in models:
        rows = Rows({"model": [model] * 61, "i": list(range(61))}).compute(
            questions=lambda row, p: 10 ** (4 + row.i / 10),
            cost=lambda row, p, m=model: life(m, row.questions, p) / life("12B", row.questions, p),
        )
        layers.line(rows, color=_hue(models), width=2.5)
    text = (
        "Compute over a model's life, training included, over that of the 12B model, against the questions asked, both logarithmic. "
        "Up to a million questions it is the ratio of sizes; from a hundred million on the ratio of answering costs."
    )
    return layers.live(
        text,
        range_slider("price", -4, -4, 1, 0.1, "price of a check: 10 to the power"),
        range_slider("words", 500, 100, 5000, 100, "tokens of an answer"),
    )


_ODD = range(1, 200, 2)  # numbers of votes


def _tempting(p, n, k):
    return sum(comb(n, c) * p**c * (1 - p) ** (n - c) * (1 - (1 - c / n) ** k) for c in range(n + 1))


def _draws_with_replacement(mean, p, n, k):
    """(1 - c/n)^k is the chance that k draws with replacement from the n answers are all wrong: j different ones are met."""
    met = np.zeros(n + 1)
    met[0] = 1
    j = np.arange(n + 1)
    for _ in range(k):
        met = met * j / n + np.append(0, (met * (n - j) / n)[:-1])
    return np.isclose(mean, 1 - met @ (1 - p) ** j)


def _enough_votes(p, percent):
    return _ODD[bisect_left(_ODD, percent / 100, key=lambda n: majority(p, n))]


def _two_fewer_are_not_enough(votes, p, percent):
    """With so many votes the wrong side has most of them rarely enough, with two fewer too often."""

    def wrong(n):
        term, total = (1 - p) ** n, 0
        for right in range(n // 2 + 1):  # right votes, fewer than half
            total += term
            term *= (n - right) / (right + 1) * p / (1 - p)
        return total

    return votes % 2 == 1 and wrong(int(votes)) <= 1 - percent / 100 < wrong(int(votes) - 2)


EXERCISES = (
    Exercise(
        id="ch14.ex1",
        label="ex-thinking-longer-bias",
        text="An answer to a problem is right with probability {p:g}. Of {n:d} independent answers c are right, and somebody "
        "gives 1 - (1 - c/{n:d})^{k:d} as the chance of at least one right answer in {k:d} tries. What does this formula give on "
        "average over all c?",
        given={"p": 0.1, "n": 10, "k": 5},
        draw=lambda draw: {
            "p": draw.between(0.04, 0.3, 0.02),
            "n": draw.pick([6, 8, 12, 15, 16, 20]),
            "k": draw.pick([2, 3, 4, 6]),
        },
        answer=_tempting,
        identity=_draws_with_replacement,
        unit="as a probability",
    ),
    Exercise(
        id="ch14.ex2",
        label="ex-thinking-longer-votes",
        text="A problem has two possible answers. Each vote is right with probability {p:g}, independently of the others. What "
        "is the smallest odd number of votes of which most are right with a probability of at least {percent:g} %?",
        given={"p": 0.6, "percent": 95},
        draw=lambda draw: {"p": draw.between(0.6, 0.75, 0.01), "percent": draw.pick([85, 90, 92, 94, 96, 97, 98, 99])},
        answer=_enough_votes,
        identity=_two_fewer_are_not_enough,
        unit="votes",
    ),
)
