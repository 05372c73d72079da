"""The live figures of chapter 11: when stock and demand meet, what ten times more buys, epochs, and years per remedy; exercises.

Growth is in factors per year.
"""

import altair as alt
import numpy as np

from scalinglaws.course.tasks import Exercise
from scalinglaws.data import load
from scalinglaws.laws.text.repetition import effective_amount, epoch_value, next_token, overfitting, repeated_loss
from scalinglaws.laws.text.stocks import FIRST_YEAR, years_bought, years_to_crossing
from scalinglaws.show.layers import Layers, linear_axis, log_axis, names_axis
from scalinglaws.show.live import Rows, checkbox, range_slider


def stock_meets_demand(draws):
    """Show the stock of text and the largest training set, and the year in which they meet.

    `draws` are from `scalinglaws.laws.text.stocks.exhaustion`: medians and the 95 % interval of the stock are drawn.
    """
    low, stock, high = (float(q) for q in np.quantile(draws.effective, [0.025, 0.5, 0.975]))
    middle = {name: float(np.median(values)) for name, values in draws.inputs.items()}
    slow, largest = middle["page_growth"] * middle["web_growth"], middle["dataset"]

    def text(size):
        return lambda row, p: size * 10**p.found * slow ** (row.year - FIRST_YEAR)

    def need(row, p):
        return largest * p.growth ** (row.year - FIRST_YEAR)

    grid = Rows(steps=101).compute(
        year=lambda row, p: 2020 + row.i / 5, stock=text(stock), low=text(low), high=text(high), need=need
    )
    meeting = Rows(steps=1).compute(
        year=lambda row, p: FIRST_YEAR + years_to_crossing(stock * 10**p.found, largest, slow, p.growth), tokens=need
    )
    models = load("ai_models")
    models = models.where((models["year"] >= 2020) & (models["dataset_tokens"] > 0))
    known = Rows({"year": list(models["year"]), "need": list(models["dataset_tokens"])})
    x = linear_axis("year", "year", 2020, 2040, format="d", tickCount=6)
    y = log_axis("need", "tokens", 1e11, 1e17, "power")
    layers = (
        Layers(x, y, height=320)
        .band(grid, "low", "high", color="green")
        .line(grid, y="stock", color="green")
        .line(grid)
        .dot(known, color="grey", size=40)
        .rule(meeting, x="year", color="orange", width=2, clip=True)
        .words(meeting, "used up in {year:.1f}", x=10, y=8, align="left", baseline="top")
    )
    text = (
        "Tokens against years on a logarithmic axis. A nearly flat green line with a wide band, the stock of text, and a "
        "steep blue line, the largest training set, which cross in 2029. Ten times the text moves the crossing by three years."
    )
    return layers.live(
        text,
        range_slider("found", 0, -1, 2, 0.1, "stock times 10 to the power"),
        range_slider("growth", 2.37, 1.3, 4, 0.01, "growth of training sets, times per year"),
    )


def years_for_more_text(stock_growth, demand_growth):
    """Let the reader guess how many years ten times the text buys, then show it for every factor."""

    def years(row, p):
        return years_bought(row.factor, stock_growth, demand_growth)

    grid = Rows(steps=121).compute(factor=lambda row, p: 10 ** (row.i / 40), years=years)
    guess = Rows({"factor": [10.0]}).compute(guess=lambda row, p: p.guess, years=years)
    x = log_axis("factor", "text found, as a multiple of the stock", 1, 1000)
    y = linear_axis("years", "years bought", 0, 20, tickCount=5)
    layers = (
        Layers(x, y, height=260)
        .line(grid, when="reveal")
        .rule(guess, x="factor", y="guess", y2="years", color="orange", when="reveal")
        .dot(guess, y="guess", color="orange", size=160, shape="diamond")
        .words(guess, "your guess: {guess:.1f} years", y="guess", align="left", dx=14)
    )
    text = (
        "Years bought against how many times more text is found. The reader's guess for ten times is a diamond; when "
        "revealed, a straight line on the logarithmic axis passes 3 years at ten times and 9 years at a thousand times."
    )
    slider = range_slider("guess", 10, 0, 20, 0.5, "your guess, in years")
    return layers.live(text, slider, checkbox("reveal", "show what it buys"))


def epochs(law):
    """Show what training again and again on the same text does to the loss, for any amount of it and any model."""

    def again(row, p):
        return repeated_loss(10**p.params, 10**p.unique, row.epochs, *law.constants)

    def fresh(row, p):
        return repeated_loss(10**p.params, row.epochs * 10**p.unique, 1, *law.constants)

    grid = Rows(steps=101).compute(epochs=lambda row, p: 10 ** (row.i / 50), again=again, fresh=fresh)
    run = Rows(steps=1).compute(
        epochs=lambda row, p: p.passes,
        again=again,
        fresh=fresh,
        worth=lambda row, p: effective_amount(1, row.epochs - 1, law.worth_data),
        rise=lambda row, p: 100 * (row.again / row.fresh - 1),
    )
    x = log_axis("epochs", "epochs", 1, 100, values=[1, 2, 4, 10, 20, 40, 100])
    y = linear_axis("again", "loss (nats per token)", nice=True, format=".2f", minExtent=40)
    said = "worth {worth:.1f} first passes; loss {rise:.1f} % above fresh text"
    layers = (
        Layers(x, y)
        .line(grid, y="fresh", color="grey", width=2, dash=True)
        .line(grid)
        .dot(run, color="orange")
        .words(run, said, x=alt.value(alt.expr("width")), y=0, align="right", baseline="top")
    )
    text = (
        "Loss against the number of epochs. A dashed line for fresh text keeps falling; a blue line for repeated text "
        "runs along it up to about four epochs, parts from it, and is flat beyond forty."
    )
    return layers.live(
        text,
        range_slider("passes", 4, 1, 100, 1, "epochs"),
        range_slider("unique", 10.6, 9, 15, 0.1, "unique tokens: 10 to the power"),
        range_slider("params", 9.9, 8, 13, 0.1, "parameters: 10 to the power"),
    )


def remedies(factors, stock_growth):
    """Show how many years each remedy buys, at any growth of demand; `factors` are what they multiply the stock by."""
    names = sorted(factors, key=factors.get, reverse=True)
    rows = Rows({"remedy": names, "factor": [float(factors[name]) for name in names]}).compute(
        years=lambda row, p: years_bought(row.factor, stock_growth, p.growth),
        zero=lambda row, p: 0,
        right=lambda row, p: (row.years + abs(row.years)) / 2,
    )
    x = linear_axis("years", "years bought", -6, 8, tickCount=7)
    layers = (
        Layers(x, names_axis("remedy", names, labelLimit=180, ticks=False), height=30 * len(names))
        .mark("bar", rows, x="years", x2="zero", y="remedy", clip=True, height=14)
        .words(rows, "×{factor:.2~r}: {years:+.1f}", x="right", size=12, dx=6, align="left")
    )
    text = (
        "Horizontal bars, one per remedy, for the years it buys. At a growth of demand of 2.4 times per year none "
        "buys more than four years, speech on YouTube buys a tenth of a year, and strict filtering costs up to four."
    )
    return layers.live(text, range_slider("growth", 2.37, 1.5, 4, 0.01, "growth of training sets, times per year"))


_B, _BETA, _P, _DELTA, _KAPPA = 103.0, 0.475, 0.061, 0.885, 1.11  # of the course's own runs, rounded


def _mean_of_its_tokens(passes, k, worth):
    """The pass is worth what its tokens are worth on average."""
    seen = k - 1 + (np.arange(1000) + 0.5) / 1000
    return np.isclose(passes, next_token(seen, worth).mean())


def _best_epochs(unique, per_token):
    """Where the slope of the data term, with R for 1 + R, meets that of the penalty."""
    gain = _BETA * _B / unique**_BETA
    return 1 + (gain / (_DELTA * overfitting(1, per_token, _P, _DELTA, _KAPPA))) ** (1 / (_BETA + _DELTA))


def _loss_is_level(epochs, unique, per_token):
    """A nudge of the repeats either way leaves the same loss."""
    repeats = (epochs - 1) * np.array([1 - 1e-4, 1 + 1e-4])
    penalty = overfitting(repeats, per_token, _P, _DELTA, _KAPPA)
    losses = _B / (unique * repeats) ** _BETA + penalty
    return abs(losses[1] - losses[0]) < 1e-8 * penalty[0]


EXERCISES = (
    Exercise(
        id="ch11.ex1",
        label="ex-running-out-of-data-doubling",
        text="The largest training set grows by a factor of {demand:g} a year, the stock of text by a factor of {stock:g}. How "
        "much later does the training set reach the stock if there is {times:g} times as much text as was thought?",
        given={"demand": 1.8, "stock": 1.05, "times": 2},
        draw=lambda draw: {
            "demand": draw.between(1.5, 4, 0.1),
            "stock": draw.between(1.02, 1.15, 0.01),
            "times": draw.pick([1.5, 2.5, 3, 4, 5, 6, 8, 10, 16, 20]),
        },
        answer=lambda demand, stock, times: 12 * years_bought(times, stock, demand),
        identity=lambda months, demand, stock, times: np.isclose(
            demand ** (months / 12), times * stock ** (months / 12)
        ),
        unit="months",
    ),
    Exercise(
        id="ch11.ex2",
        label="ex-running-out-of-data-fifth",
        text="U tokens that are read once and then repeated R times are worth U + U R* (1 - exp(-R / R*)) fresh tokens. Take "
        "R* = {worth:g}. What is the whole pass number {k:d} worth, in fresh passes? (The first is pass number 1.)",
        given={"k": 5, "worth": 15.4},
        draw=lambda draw: {"k": draw.pick(range(3, 31)), "worth": draw.between(4, 30, 0.2)},
        answer=epoch_value,
        identity=_mean_of_its_tokens,
        unit="fresh passes",
    ),
    Exercise(
        id="ch11.ex3",
        label="ex-running-out-of-data-stop",
        text="A text of U = {unique:,d} characters is read 1 + R times by a model with N/U = {per_token:g} parameters for "
        "each character. The loss is E + A / N^alpha + B / (U (1 + R))^beta + P R^delta (N/U)^kappa, with "
        f"B = {_B:g}, beta = {_BETA:g}, P = {_P:g}, delta = {_DELTA:g} and kappa = {_KAPPA:g}. Write R for 1 + R in the third "
        "term, set the derivative by R to zero and solve. At how many epochs, 1 + R, is the loss lowest?",
        given={"unique": 60_000, "per_token": 0.24},
        draw=lambda draw: {
            "unique": draw.pick(range(20_000, 400_000, 10_000)),
            "per_token": draw.between(0.06, 0.5, 0.02),
        },
        answer=_best_epochs,
        identity=_loss_is_level,
        unit="epochs",
    ),
)
