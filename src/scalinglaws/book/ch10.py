"""The live figures of chapter 10: one model in eight sizes, the third digit, a ruler on a smooth skill, the dial; exercises."""

import numpy as np

from scalinglaws.course.tasks import Exercise
from scalinglaws.laws.growth.capability import exact_match, per_token_of, right_token
from scalinglaws.laws.training.power import power_law
from scalinglaws.show.layers import Layers, hue, linear_axis, log_axis
from scalinglaws.show.live import Rows, checkbox, dropdown, range_slider

SETTINGS = {"no example": "grey", "one example": "orange", "several": "blue"}
"""The three columns of the table `gpt3_scores`, and the colour of each."""
ONE_NAT = 1e20  # FLOP at which the made-up skill of `ruler` costs one nat per token


def eight_sizes(scores, tasks):
    """Show the scores of one model in eight sizes on a task that the reader picks; rows of the table `gpt3_scores`."""
    rows = []
    for code, task in enumerate(tasks):
        one = scores.where(scores["task"] == task)
        for name, column in zip(SETTINGS, ("zero_shot_pct", "one_shot_pct", "few_shot_pct"), strict=True):
            line = f"{code} {name}"
            pairs = zip(one["training_flop"].tolist(), one[column].tolist(), strict=True)
            rows += [(code, name, line, flop, score) for flop, score in pairs]
    dots = Rows.listed(("code", "setting", "line", "compute", "score"), rows)
    x = log_axis("compute", "training compute (FLOP)", 1e20, 1e24, "power")
    y = linear_axis("score", "score (%)", 0, 100, tickCount=5)
    color, chosen = hue("setting", list(SETTINGS), list(SETTINGS.values())), "datum.code == task"
    layers = (
        Layers(x, y)
        .line(dots, color=color, width=2, detail="line", when=chosen)
        .dot(dots, color=color, size=70, when=chosen)
    )
    text = (
        "Score against training compute for GPT-3 in eight sizes, with no, one or several examples in the prompt. On "
        "addition of two digits the scores lie near zero up to 1e22 FLOP and leap to between 77 and 100 per cent; other "
        "tasks climb evenly, or stay flat."
    )
    return layers.live(text, dropdown("task", "task", {task: float(code) for code, task in enumerate(tasks)}))


def third_digit(measured, promised):
    """Let the reader guess the score on sums of three digits; reveal that of more digits, and what p to the L promises.

    `measured` and `promised` are shares of right sums of 2, 3, 4, ... digits.
    """
    digits = list(range(2, 2 + len(measured)))
    known = Rows({"digits": digits[:1], "score": [100 * measured[0]]})
    rows = Rows({"digits": digits, "score": [100 * m for m in measured], "promise": [100 * p for p in promised]})
    guess = Rows({"digits": [3]}).compute(guess=lambda row, p: p.guess)
    x = linear_axis("digits", "digits of the two numbers", 1.5, digits[-1] + 0.5, values=digits)
    y = linear_axis("score", "sums right (%)", 0, 105, values=[0, 20, 40, 60, 80, 100])
    layers = (
        Layers(x, y)
        .line(rows, y="promise", color="grey", width=2, dash=True, when="reveal")
        .dot(rows, y="promise", color="grey", size=60, when="reveal")
        .line(rows, width=2, when="reveal")
        .dot(rows, size=70, when="reveal")
        .dot(known)
        .words(known, "{score:.1f} %", dy=-16)
        .dot(guess, y="guess", color="orange", size=160, shape="diamond")
        .words(guess, "your guess: {guess:.0f} %", y="guess", align="left", dx=12)
    )
    text = (
        f"Share of sums that one model gets right, by their digits: {100 * measured[0]:.1f} per cent with two. The "
        f"reader's guess for three is a diamond. When revealed, the measured line falls to {100 * measured[1]:.1f} per "
        f"cent at three digits and to almost nothing at four; a dashed line above it stands at {100 * promised[1]:.0f}."
    )
    slider = range_slider("guess", 50, 0, 100, 1, "your guess for three digits, in %")
    return layers.live(text, slider, checkbox("reveal", "show what followed"))


def ruler():
    """Show a skill that grows smoothly with compute, and what a test of long answers and few items makes of it."""

    def score(row, p):
        return 100 * exact_match(row.token, p.length)

    def at(share):
        """Compute at which the exact score is a share: the loss of the answer is then -ln of it."""
        return lambda row, p: ONE_NAT * (p.length / -np.log(share)) ** (1 / p.exponent)

    grid = Rows(steps=241).compute(
        compute=lambda row, p: 10 ** (16 + row.i / 20),
        token=lambda row, p: right_token(power_law(row.compute / ONE_NAT, 1, p.exponent)),
        score=score,
        tokens=lambda row, p: 100 * row.token,
        finest=lambda row, p: 100 * (1 - 0.5 ** (1 / p.items)),
    )
    ends = Rows(steps=1).compute(
        low=at(0.1),
        high=at(0.9),
        middle=at(0.5),
        compute=lambda row, p: row.middle,
        width=lambda row, p: np.log10(row.high / row.low),
        power=lambda row, p: np.log10(row.middle),
    )
    x = log_axis("compute", "training compute (FLOP)", 1e16, 1e28, "power", every=2)
    y = linear_axis("score", "right (%)", 0, 100, tickCount=5)
    layers = (
        Layers(x, y)
        .line(grid, y="tokens", color="grey", width=2, dash=True)
        .line(grid, y="finest", color="orange", width=1.5)
        .line(grid)
        .words(ends, "half right at 10 to the {power:.1f} FLOP", x=8, y=14, align="left")
        .words(ends, "from 10 to 90 % in {width:.1f} decades", x=8, y=32, align="left")
    )
    text = (
        "Share right against compute. A dashed grey curve of single tokens rises early; the blue curve of whole answers "
        "has the same form further to the right. A low orange line marks what a short test more often than not misses."
    )
    return layers.live(
        text,
        range_slider("length", 5, 1, 40, 1, "tokens of the answer"),
        range_slider("exponent", 0.3, 0.15, 2, 0.05, "exponent of the loss on them"),
        range_slider("items", 50, 20, 2000, 10, "items of the test"),
    )


def dial(series, n_tasks):
    """Count the tasks that follow one exponential, by how much of their variance it must explain.

    `series` maps a name and a colour to counts at 101 cuts from 0 to 1, or to (counts, low, high).
    """
    cuts = [k / 100 for k in range(101)]
    x = linear_axis("cut", "R² that a task must exceed", 0, 1, tickCount=5)
    y = linear_axis("count", f"tasks of {n_tasks}", 0, n_tasks + 4, tickCount=5)
    layers = Layers(x, y)
    for place, ((name, color), counts) in enumerate(series.items()):
        counts, low, high = counts if isinstance(counts, tuple) else (counts, counts, counts)
        columns = {"count": counts, "low": low, "high": high}
        rows = Rows({"cut": cuts} | {column: [float(v) for v in values] for column, values in columns.items()})
        chosen = "abs(datum.cut - cut) < 0.005"
        if low is not counts:
            layers.band(rows, "low", "high", color=color)
        layers.line(rows, color=color, width=2.5).dot(rows, color=color, size=80, when=chosen)
        layers.words(rows, name + ": {count}", x=-8, y=14 + 18 * place, align="right", color=color, when=chosen)
    where = Rows(steps=1).compute(cut=lambda row, p: p.cut)
    layers.rule(where, x="cut", color="grey", dash=[4, 3])
    text = (
        "Number of tasks that one exponential in the loss describes, against the share of variance that it must explain: "
        "curves that fall from nearly all tasks on the left to a few on the right, the one with the other loss lowest."
    )
    return layers.live(text, range_slider("cut", 0.5, 0.05, 0.95, 0.05, "R² that you ask for"))


_MIXTURE_NAT = 2e21  # FLOP at which the loss per token of the mixture is one nat


def _all_tokens_are_right(times, per_token, length, share):
    """At that loss the answers are right as often as was asked."""
    loss = -np.log(per_token) / times
    return np.isclose(exact_match(right_token(loss), length), share / 100)


def _near_the_leap(loss, easy, length):
    """Numbers for which the hard items cost about this loss for a whole answer."""
    return {"easy": easy, "length": length, "compute": float(f"{_MIXTURE_NAT * (length / loss) ** 0.5:.3g}")}


def _mixture(easy, length, compute):
    token = right_token((_MIXTURE_NAT / compute) ** 2)
    return easy * token + (100 - easy) * exact_match(token, length)


def _compute_comes_back(right, easy, length, compute):
    """What the hard items must have scored needs this compute."""
    easy_right = easy * right_token((_MIXTURE_NAT / compute) ** 2)
    token = per_token_of((right - easy_right) / (100 - easy), length)
    return token < 1 and np.isclose(_MIXTURE_NAT / np.sqrt(-np.log(token)), compute)


EXERCISES = (
    Exercise(
        id="ch10.ex1",
        label="ex-capability-long",
        text="A model gets each token right with probability {per_token:g}, independently of the others. Its loss per token is "
        "minus the natural logarithm of that. How many times lower must this loss be for {share:d} % of the answers of "
        "{length:d} tokens to be right in every token?",
        given={"per_token": 0.9, "length": 50, "share": 50},
        draw=lambda draw: {
            "per_token": draw.between(0.8, 0.95, 0.01),
            "length": draw.pick([20, 25, 30, 40, 60, 80, 100]),
            "share": draw.pick(range(40, 81, 5)),
        },
        answer=lambda per_token, length, share: np.log(per_token) / np.log(per_token_of(share / 100, length)),
        identity=_all_tokens_are_right,
        unit="times",
    ),
    Exercise(
        id="ch10.ex3",
        label="ex-capability-mixture",
        text="On a test {easy:d} % of the items need one right token, all others need {length:d}, which are drawn one by one. At "
        "a training budget of C FLOP the loss of every token is (2e21 / C)^2 nats, and a token is right with probability "
        "exp(-loss). Which share of all items is right at C = {compute:.3g}?",
        given={"easy": 2, "length": 100, "compute": 2.31e22},
        draw=lambda draw: _near_the_leap(
            draw.between(0.3, 2.5, 0.1), draw.pick(range(3, 13)), draw.pick(range(20, 201, 10))
        ),
        answer=_mixture,
        identity=_compute_comes_back,
        unit="% of the items",
    ),
)
