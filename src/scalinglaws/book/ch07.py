"""The live figures of chapter 7: a test a year later, the next thousandth of a nat in dollars, the next review; exercises."""

import numpy as np

from scalinglaws.course.tasks import Exercise
from scalinglaws.laws.growth.curves import doubling_time
from scalinglaws.laws.growth.returns import marginal_gain, variance_of_mean
from scalinglaws.laws.training.power import reducible_factor
from scalinglaws.show.layers import Layers, linear_axis, log_axis
from scalinglaws.show.live import Rows, checkbox, range_slider

MILLINAT = 1e-3


def year_later(known, after, when):
    """Let the reader forecast the best score on a test in a year, then show what followed.

    `known` and `after` are years and best scores in per cent: up to the day of the forecast, and from then on.
    """
    seen, later = (Rows({"year": list(years), "score": list(scores)}) for years, scores in (known, after))
    guess = Rows({"year": [when]}).compute(guess=lambda row, p: p.guess)
    x = linear_axis("year", "year", 2023, 2026.3, format=".0f", values=[2023, 2024, 2025, 2026])
    y = linear_axis("score", "best score so far (%)", 0, 100, tickCount=5)
    layers = (
        Layers(x, y)
        .line(seen, width=2, interpolate="step-after")
        .line(later, color="grey", width=2, interpolate="step-after", when="reveal")
        .dot(later, color="grey", size=60, when="reveal")
        .dot(seen, size=70)
        .dot(guess, y="guess", color="orange", size=160, shape="diamond")
        .words(guess, "your guess: {guess:.0f} %", y="guess", align="right", dx=12, dy=22)
    )
    text = (
        f"Best score on a test against time, {known[1][-1]:.0f} per cent where the known part ends. The reader's guess "
        f"for later is a diamond; when revealed, the steps that followed go to {after[1][-1]:.0f} per cent."
    )
    slider = range_slider("guess", 70, 50, 100, 1, "your guess, in %")
    return layers.live(text, slider, checkbox("reveal", "show what followed"))


def millinat(laws, flop_per_s):
    """Show what the next thousandth of a nat costs at every scale, by several laws, at the reader's prices.

    `laws` are PowerLaws of loss in nats per token against FLOP, by the name to show; `flop_per_s` is an accelerator's peak.
    """

    def cost(law):
        return lambda row, p: (
            p.price / (3600 * p.busy / 100 * flop_per_s)
            * MILLINAT / marginal_gain(row.compute, law.scale, law.exponent)
        )  # fmt: skip

    x = log_axis("compute", "compute spent so far (FLOP)", 1e18, 1e27, "power", every=3)
    decades = [10.0**power for power in range(-2, 11, 2)]
    y = log_axis("cost", "price of the next millinat", 1e-3, 1e10, "money", clamp=True, values=decades, minExtent=44)
    layers, where = Layers(x, y, height=320), {}
    for color, (name, law) in zip(("blue", "orange", "grey", "green"), laws.items(), strict=False):
        grid = Rows(steps=19).compute(compute=lambda row, p: 10 ** (18 + row.i / 2), cost=cost(law))
        where[color, name] = Rows(steps=1).compute(compute=lambda row, p: 10**p.where, cost=cost(law))
        layers.line(grid, color=color, width=2.5)
    layers.rule(next(iter(where.values())), x="compute", color="grey", dash=[4, 3])
    for place, ((color, name), row) in enumerate(where.items()):
        layers.dot(row, color=color, size=80)
        layers.words(row, name + " {cost:money}", x=12, y=14 + 18 * place, color=color, align="left")
    text = (
        "Price of the next thousandth of a nat against compute already spent, log-log: three straight rising lines that "
        "run together near 1e20 FLOP. At 1e25 the two laws with a floor ask several times what the law without one asks."
    )
    return layers.live(
        text,
        range_slider("where", 25, 18, 27, 0.1, "look at 10 to the power"),
        range_slider("price", 2, 0.5, 10, 0.1, "assumed price of a GPU-hour, in USD"),
        range_slider("busy", 40, 10, 60, 1, "assumed utilisation, in %"),
    )


def reviews():
    """Show how sure a mean of n reviews is, and what becomes of it when the reviewers share a prejudice."""

    def error(row, p):
        return variance_of_mean(p.spread**2, row.n, p.shared / 100) ** 0.5

    grid = Rows(steps=121).compute(
        n=lambda row, p: 10 ** (row.i / 20),
        error=error,
        alone=lambda row, p: variance_of_mean(p.spread**2, row.n) ** 0.5,
    )
    where = Rows(steps=1).compute(
        n=lambda row, p: 10**p.where, error=error, worth=lambda row, p: 1 / variance_of_mean(1, row.n, p.shared / 100)
    )
    x = log_axis("n", "number of reviews", 1, 1e6, "short")
    y = log_axis("error", "standard error (stars)", 5e-4, 3)
    layers = (
        Layers(x, y)
        .line(grid, y="alone", color="grey", width=2, dash=True)
        .line(grid)
        .dot(where, color="orange", size=120)
        .words(where, "error {error:.2r}: worth {worth:,.0f} independent reviews", x=-8, y=14, align="right")
    )
    text = (
        "Standard error of a mean of stars against the number of reviews, log-log. Independent reviews give a straight "
        "line of slope one half; with a shared prejudice the curve bends and goes flat after some dozens."
    )
    return layers.live(
        text,
        range_slider("where", 2, 0, 6, 0.1, "reviews: 10 to the power"),
        range_slider("shared", 0, 0, 30, 1, "variance that the reviewers share, in %"),
        range_slider("spread", 1.3, 0.5, 2, 0.1, "spread of single reviews, in stars"),
    )


EXERCISES = (
    Exercise(
        id="ch7.ex1",
        label="ex-diminishing-returns-tenth",
        text="Single reviews of a place scatter by {spread:g} stars (standard deviation), independently. How many of them give the mean "
        "to within {within:g} stars at 95 % (1.96 standard errors to either side)?",
        given={"spread": 1.3, "within": 0.1},
        draw=lambda draw: {"spread": draw.between(0.8, 1.9, 0.1), "within": draw.between(0.04, 0.16, 0.01)},
        answer=lambda spread, within: spread**2 / (within / 1.96) ** 2,
        identity=lambda reviews, spread, within: np.isclose(1.96 * variance_of_mean(spread**2, reviews) ** 0.5, within),
        unit="reviews",
    ),
    Exercise(
        id="ch7.ex6",
        label="ex-diminishing-returns-steps",
        text="Each step of a task fails with a small probability delta, so that half of the tasks of ln(2)/delta steps succeed. Suppose "
        "that delta falls with compute with the exponent {exponent:g}, as a power law without a floor, and that compute grows {grows:g} "
        "times a year. After how many years has the length at which half of the tasks succeed grown by a factor of {times:g}?",
        given={"exponent": 0.1548, "grows": 4.5, "times": 2},
        draw=lambda draw: {
            "exponent": draw.between(0.1, 0.3, 0.005),
            "grows": draw.between(2, 8, 0.5),
            "times": draw.pick([1.5, 3, 4, 5, 8, 10]),
        },
        answer=lambda exponent, grows, times: np.log2(times) / exponent * doubling_time(grows),
        identity=lambda years, exponent, grows, times: np.isclose(reducible_factor(grows**years, exponent), 1 / times),
        unit="years",
    ),
)
