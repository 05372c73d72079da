"""The live figures of chapter 15: a half-life, six runs of a task, a ceiling, a score that errs, facts not yet met; exercises."""

import numpy as np

from scalinglaws.course.tasks import Exercise
from scalinglaws.laws.growth.agents import (
    choice_divergence,
    chosen_reward,
    reward_curve,
    task_success,
    trained_reward,
)
from scalinglaws.laws.growth.capability import exact_match, per_token_of
from scalinglaws.laws.training.toys import octave_share
from scalinglaws.show.layers import Layers, hue, linear_axis, log_axis, names_axis
from scalinglaws.show.live import Rows, checkbox, range_slider

LONGEST_LIST = 30  # octaves of facts: a thousand million


def half_life(minutes, share):
    """Show the share of right runs against the time people need, and a half-life that the reader moves."""
    dots = Rows({"minutes": [float(t) for t in minutes], "done": [float(s) for s in share]})
    curve = Rows(steps=141).compute(
        minutes=lambda row, p: 10 ** (row.i / 28 - 1.5), done=lambda row, p: task_success(row.minutes, 10**p.half)
    )
    sign = Rows(steps=1).compute(minutes=lambda row, p: 10**p.half, done=lambda row, p: 0.5)
    x = log_axis("minutes", "time a person needs (minutes)", 0.02, 3000, values=[0.1, 1, 10, 100, 1000])
    y = linear_axis("done", "runs that succeed", 0, 1, format=".0%", tickCount=5)
    layers = (
        Layers(x, y, height=300)
        .line(curve, color="orange")
        .dot(dots, color="blue", size=60)
        .words(sign, "half-life {minutes:,.0f} minutes", x=10, y=-14, align="left")
    )
    text = (
        "Share of an agent's runs that succeed against the time people need, on a logarithmic axis. The dots stay near 100 per cent "
        "up to a few minutes, then sink slowly and unevenly to about a third; the curve of a half-life drops from high to low within two decades."
    )
    return layers.live(text, range_slider("half", 1.5, 1, 3.5, 0.02, "half-life, minutes: 10 to the power"))


def agree(counted, coins):
    """Let the reader guess in how many tasks six runs agree, then show what was counted and what chance expects."""
    names = ["your guess", "chance per minute", "counted"]
    rows = Rows({"what": names[1:], "tasks": [float(coins), float(counted)]})
    guess = Rows({"what": names[:1]}).compute(tasks=lambda row, p: p.guess)
    x = names_axis("what", names, labelAngle=0)
    y = linear_axis("tasks", "tasks of 103 in which six runs agree", 0, 112, values=[0, 20, 40, 60, 80, 100])
    layers = (
        Layers(x, y, height=260)
        .mark("bar", guess, x="what", y="tasks", color="green", size=50)
        .words(guess, "{tasks:.0f}", dy=-10)
        .mark("bar", rows, x="what", y="tasks", color="blue", size=50, when="reveal")
        .words(rows, "{tasks:.0f}", dy=-10, when="reveal")
    )
    text = (
        "Three places for bars: the reader's guess, what chance per minute expects and what was counted. When revealed, the second "
        "bar stands at 31 of 103 tasks and the third at 79."
    )
    return layers.live(
        text, range_slider("guess", 40, 0, 103, 1, "your guess"), checkbox("reveal", "show the two numbers")
    )


def six_runs(counted, expected):
    """Show tasks by right runs of six, and what tasks of their own half-lives would give, by the spread that is set.

    `expected` has, by spread, the expected number of tasks for 0 to 6 right runs.
    """
    bars = Rows({"right": [str(j) for j in range(7)], "tasks": [float(c) for c in counted]})
    rows = [(float(sd), str(j), float(e)) for sd, column in expected.items() for j, e in enumerate(column)]
    dots = Rows.listed(("spread", "right", "tasks"), rows)
    x = names_axis("right", [str(j) for j in range(7)], "right runs of six", labelAngle=0)
    y = linear_axis("tasks", "tasks that take people over 18 minutes", 0, 70)
    layers = (
        Layers(x, y, height=280)
        .mark("bar", bars, x="right", y="tasks", color="grey", size=26, opacity=0.5)
        .dot(dots, color="orange", shape="diamond", size=150, when="datum.spread == spread")
    )
    text = (
        "Grey bars of tasks by the number of right runs of six: tall at 0 and 6, almost nothing between. Orange diamonds of the model: "
        "with spread 0 they are nearly level and low at 0; with a spread near 3.5 they follow the bars."
    )
    return layers.live(text, range_slider("spread", 0, 0, 6, 0.5, "spread of the tasks' own half-lives"))


def ceiling(hours, score, seen):
    """Show a made-up run up to a time, a curve that the reader lays through it, and then the rest of the run."""
    names = ("hours", "right")
    first = Rows.listed(names, [(float(h), float(s)) for h, s in zip(hours, score, strict=True) if h <= seen])
    rest = Rows.listed(names, [(float(h), float(s)) for h, s in zip(hours, score, strict=True) if h > seen])
    curve = Rows(steps=121).compute(
        hours=lambda row, p: 10 ** (2 + row.i / 30),
        right=lambda row, p: reward_curve(row.hours, 0.3, p.top, 10**p.half, p.steep),
    )
    x = log_axis("hours", "GPU hours of training by reward", 100, 1e6, "short")
    y = linear_axis("right", "problems right", 0.2, 1, format=".0%", tickCount=5)
    layers = (
        Layers(x, y, height=300)
        .line(curve, color="orange")
        .dot(first, color="blue", size=55)
        .dot(rest, color="black", size=55, shape="cross", when="reveal")
    )
    text = (
        "Share of problems right against GPU hours on a logarithmic axis: blue dots rise from 30 per cent and bend a little; an orange "
        "S-curve whose ceiling the reader sets. When revealed, crosses to the right of the dots level off at 61 per cent."
    )
    return layers.live(
        text,
        range_slider("top", 0.9, 0.4, 1, 0.01, "ceiling"),
        range_slider("half", 4, 3, 5, 0.02, "half of the gain, hours: 10 to the power"),
        range_slider("steep", 1, 0.4, 3, 0.05, "steepness"),
        checkbox("reveal", "show the rest of the run"),
    )


def score_that_errs():
    """Show the true reward of choosing and of training by a score that errs, each over its own top, against distance."""
    names = ["best of n", "trained"]
    laws = {
        "best of n": (chosen_reward, lambda ratio: ratio / 2),
        "trained": (trained_reward, lambda ratio: np.exp(ratio - 1)),
    }
    x = log_axis(
        "distance",
        "distance from the model's own answers (root nats)",
        0.3,
        1000,
        values=[0.3, 1, 3, 10, 30, 100, 300, 1000],
    )
    y = linear_axis("reward", "true reward, its top = 1", -0.6, 1.2, tickCount=6)
    layers = Layers(x, y, height=300)
    for name, (law, top) in laws.items():
        grid = Rows({"way": [name] * 121, "i": list(range(121))}).compute(
            distance=lambda row, p: 10 ** (row.i / 34 - 0.53),
            reward=lambda row, p, law=law, top=top: (
                law(row.distance, 1, 1 / p.ratio) / law(top(p.ratio), 1, 1 / p.ratio)
            ),
        )
        layers.line(grid, color=hue("way", names, ["blue", "orange"]))
    text = (
        "True reward against distance, logarithmic, each curve over its own top: that of the best of n has its top at 2 and falls "
        "below zero at 4; that of training has it ten times further out and falls later."
    )
    return layers.live(text, range_slider("ratio", 4, 2, 6, 0.1, "gain over loss"))


def unmet():
    """Show the share of facts not yet met against the facts read, with and without a checker that catches some."""

    def unmet_share(n, p):
        return sum(octave_share(n, octave, p.zipf - 1, p.octaves) for octave in range(LONGEST_LIST))

    grid = Rows(steps=81).compute(
        facts=lambda row, p: 10 ** (2 + row.i / 8),
        unmet=lambda row, p: unmet_share(row.facts, p) + 1e-9,
        caught=lambda row, p: row.unmet * (1 - p.stopped),
    )
    point = Rows(steps=1).compute(
        facts=lambda row, p: 10**p.read,
        unmet=lambda row, p: unmet_share(row.facts, p) + 1e-9,
        left=lambda row, p: unmet_share(10 * row.facts, p) / row.unmet,
        caught=lambda row, p: row.unmet * (1 - p.stopped),
        worth=lambda row, p: (1 - p.stopped) ** (-p.zipf / (p.zipf - 1)),
    )
    x = log_axis("facts", "facts read", 100, 1e12, "short", every=2)
    y = log_axis("unmet", "next fact not yet met", 1e-4, 20, values=[1e-4, 1e-3, 1e-2, 0.1, 1])
    layers = (
        Layers(x, y, height=350)
        .line(grid, color="blue")
        .line(grid, y="caught", color="green", dash=True)
        .dot(point, color="blue", clip=True)
        .words(point, "checker: as {worth:.3~s} times the facts", x=-8, y=14, align="right", color="#007D5A")
        .words(point, "in an endless list", x=-8, y=30, align="right", color="#007D5A")
        .words(point, "ten times the facts leave {left:.0%}", x=-8, y=47, align="right", color="#0072B2")
        .words(point, "unmet {unmet:.2%}", x=-8, y=63, align="right", color="#0072B2")
    )
    text = (
        "Share of the next facts that were not yet met against the facts read, both logarithmic: a straight falling line that turns "
        "down where the list ends; a dashed line below it for a checker that catches half of the gaps."
    )
    return layers.live(
        text,
        range_slider("zipf", 1.2, 1.1, 2, 0.05, "Zipf exponent of the facts"),
        range_slider("octaves", 30, 8, 30, 1, "length of the list: 2 to the power"),
        range_slider("read", 6, 2, 12, 0.1, "facts read: 10 to the power"),
        range_slider("stopped", 0.5, 0, 0.9, 0.05, "share that a checker catches"),
    )


def _errors_fall(steps, low, high):
    return (1 - per_token_of(low / 100, steps)) / (1 - per_token_of(high / 100, steps))


def _better_steps_are_enough(times, steps, low, high):
    """With errors so many times rarer the whole is right as often as was asked."""
    error = 1 - np.exp(np.log(low / 100) / steps)
    return np.isclose(exact_match(1 - error / times, steps), high / 100)


def _longer_horizon(times, low, high):
    """With a half-life of an hour: at so many times the longer chance's minutes the shorter chance is left."""
    minutes = 60 * np.log2(100 / high)
    return np.isclose(task_success(times * minutes, 60), low / 100)


def _best_of(ratio):
    """The n whose divergence, ln n - (n - 1) / n, is that of the top, (ratio / 2)^2: by repetition of n = exp(.. - 1/n)."""
    n = 1e9
    for _ in range(100):
        n = np.exp((ratio / 2) ** 2 + 1 - 1 / n)
    return n


EXERCISES = (
    Exercise(
        id="ch15.ex1",
        label="ex-after-steps",
        text="A task has {steps:d} independent steps, each right with the same probability, and is right if every step is. It is "
        "right in {low:d} % of the cases. How many times rarer must errors per step become for it to be right in {high:g} %?",
        given={"steps": 100, "low": 50, "high": 90},
        draw=lambda draw: {
            "steps": draw.pick([5, 8, 10, 12, 15, 20, 25, 30, 40]),
            "low": draw.pick(range(10, 71, 5)),
            "high": draw.pick([80, 85, 92, 95, 96, 98, 99]),
        },
        answer=_errors_fall,
        identity=_better_steps_are_enough,
        unit="times",
    ),
    Exercise(
        id="ch15.ex2",
        label="ex-after-thirds",
        text="An agent fails with the same chance in every minute of a task, so that its chance of success halves with each "
        "half-life. Its 80 % horizon, for example, is the length of the tasks of which it does 80 %. How many times as long as "
        "its {high:d} % horizon is its {low:d} % horizon?",
        given={"low": 50, "high": 99},
        draw=lambda draw: {"low": draw.pick(range(20, 75, 5)), "high": draw.pick(range(76, 99))},
        answer=lambda low, high: np.log(100 / low) / np.log(100 / high),
        identity=_longer_horizon,
        unit="times",
    ),
    Exercise(
        id="ch15.ex6",
        label="ex-after-top",
        text="The best of n answers, chosen by a score that errs, has the true reward d (u - v d), where d is the square root of "
        "ln n - (n - 1)/n. With u/v = {ratio:g}, for which n is the true reward largest? Take n as a number that need not be "
        "whole.",
        given={"ratio": 4},
        draw=lambda draw: {"ratio": draw.between(2.2, 6.5, 0.05)},
        answer=_best_of,
        identity=lambda n, ratio: np.isclose(choice_divergence(n), (ratio / 2) ** 2),
        unit="answers",
    ),
)
