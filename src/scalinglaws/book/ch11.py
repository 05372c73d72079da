"""The live figures of chapter 11: when stock and demand meet, what ten times more buys, epochs, and years per remedy."""

import altair as alt
import numpy as np

from scalinglaws.data import load
from scalinglaws.laws.text.repetition import effective_amount, repeated_loss
from scalinglaws.laws.text.stocks import FIRST_YEAR, years_bought, years_to_crossing
from scalinglaws.show.figures import COLORS
from scalinglaws.show.live import Live, Rows, axis, checkbox, log_scale, slider

WORDS = {"align": "left", "fontSize": 13, "color": "#222"}


def crossing(draws):
    """Show the stock of text and the largest training set, and the year in which they meet.

    Parameters
    ----------
    draws : Exhaustion
        From `scalinglaws.laws.text.stocks.exhaustion`: medians and the 95 % interval of the stock are drawn.

    Returns
    -------
    Live
    """
    low, stock, high = (float(q) for q in np.quantile(draws.effective, [0.025, 0.5, 0.975]))
    middle = {name: float(np.median(values)) for name, values in draws.inputs.items()}
    slow = middle["page_growth"] * middle["web_growth"]

    def text(size):
        return lambda row, p: size * 10**p.found * slow ** (row.year - FIRST_YEAR)

    grid = Rows(steps=101).compute(
        year=lambda row, p: 2020 + row.i / 5,
        stock=text(stock),
        low=text(low),
        high=text(high),
        need=lambda row, p: middle["dataset"] * p.growth ** (row.year - FIRST_YEAR),
    )
    here = Rows({"one": [1]}).compute(
        date=lambda row, p: (
            FIRST_YEAR + years_to_crossing(stock * 10**p.found + 0 * row.one, middle["dataset"], slow, p.growth)
        ),
        tokens=lambda row, p: middle["dataset"] * p.growth ** (row.date - FIRST_YEAR),
    )
    models = load("ai_models")
    models = models.where((models["year"] >= 2020) & (models["dataset_tokens"] > 0))
    dots = alt.Chart(
        alt.Data(
            values=[
                {"year": float(year), "need": float(tokens)}
                for year, tokens in zip(models["year"], models["dataset_tokens"], strict=True)
            ]
        )
    )
    x = alt.X("year:Q", scale=alt.Scale(domain=[2020, 2040], nice=False), axis=axis("year", format="d", tickCount=6))
    scale = log_scale(1e11, 1e17)
    y = axis("tokens", "power", values=[10.0**k for k in range(11, 18)])
    band = grid.chart().mark_area(opacity=0.15, color=COLORS["green"], clip=True)
    band = band.encode(x=x, y=alt.Y("low:Q", scale=scale, axis=y), y2="high:Q")
    line = grid.chart().mark_line(strokeWidth=3, color=COLORS["green"], clip=True)
    line = line.encode(x=x, y=alt.Y("stock:Q", scale=scale))
    need = grid.chart().mark_line(strokeWidth=3, color=COLORS["blue"], clip=True)
    need = need.encode(x=x, y=alt.Y("need:Q", scale=scale))
    seen = dots.mark_point(size=40, filled=True, opacity=1, color=COLORS["grey"]).encode(
        x=x, y=alt.Y("need:Q", scale=scale)
    )
    mark = here.chart().mark_rule(color=COLORS["orange"], strokeWidth=2, clip=True)
    mark = mark.encode(x=alt.X("date:Q", scale=alt.Scale(domain=[2020, 2040], nice=False)))
    words = here.chart().transform_calculate(words="'used up in ' + format(datum.date, '.1f')")
    words = words.mark_text(baseline="top", **WORDS).encode(x=alt.value(10), y=alt.value(8), text="words:N")
    text = (
        "Tokens against years on a logarithmic axis. A nearly flat green line with a wide band, the stock of text, and a "
        "steep blue line, the largest training set, which cross in 2029. Ten times the text moves the crossing by three years."
    )
    controls = [
        slider("found", 0, -1, 2, 0.1, "stock times 10 to the power"),
        slider("growth", 2.37, 1.3, 4, 0.01, "growth of training sets, times per year"),
    ]
    return Live(alt.layer(band, line, need, seen, mark, words), text, controls, [grid, here], height=320)


def ten_times(stock_growth, demand_growth):
    """Let the reader guess how many years ten times the text buys, then show it for every factor.

    Parameters
    ----------
    stock_growth, demand_growth : float
        Factors per year.

    Returns
    -------
    Live
    """

    def years(row, p):
        return years_bought(row.factor, stock_growth, demand_growth)

    grid = Rows(steps=121).compute(factor=lambda row, p: 10 ** (row.i / 40), years=years)
    yours = Rows({"factor": [10.0]}).compute(guess=lambda row, p: p.guess + 0 * row.factor, years=years)
    x = alt.X(
        "factor:Q",
        scale=log_scale(1, 1000),
        axis=axis("text found, as a multiple of the stock", values=[1, 10, 100, 1000]),
    )
    y = alt.Y("guess:Q", scale=alt.Scale(domain=[0, 20]), axis=axis("years bought", tickCount=5))
    shown = alt.condition("reveal", alt.value(1), alt.value(0))
    curve = grid.chart().mark_line(strokeWidth=3, color=COLORS["blue"])
    curve = curve.encode(x=x, y=alt.Y("years:Q", scale=alt.Scale(domain=[0, 20])), opacity=shown)
    diamond = yours.chart().mark_point(size=160, filled=True, opacity=1, shape="diamond", color=COLORS["orange"])
    miss = yours.chart().mark_rule(color=COLORS["orange"]).encode(x=x, y=y, y2="years:Q", opacity=shown)
    words = yours.chart().transform_calculate(words="'your guess: ' + format(datum.guess, '.1f') + ' years'")
    words = words.mark_text(dx=14, **WORDS).encode(x=x, y=y, text="words:N")
    text = (
        "Years bought against how many times more text is found. The reader's guess for ten times is a diamond; when "
        "revealed, a straight line on the logarithmic axis passes 3 years at ten times and 9 years at a thousand times."
    )
    controls = [slider("guess", 10, 0, 20, 0.5, "your guess, in years"), checkbox("reveal", "show what it buys")]
    return Live(alt.layer(curve, miss, diamond.encode(x=x, y=y), words), text, controls, [grid, yours], height=260)


def epochs(law):
    """Show what training again and again on the same text does to the loss, for any amount of it and any model.

    Parameters
    ----------
    law : DataLimited

    Returns
    -------
    Live
    """

    def again(row, p):
        return repeated_loss(10**p.params, 10**p.unique, row.epochs, *law.constants)

    def fresh(row, p):
        return repeated_loss(10**p.params, row.epochs * 10**p.unique, 1, *law.constants)

    grid = Rows(steps=101).compute(epochs=lambda row, p: 10 ** (row.i / 50), again=again, fresh=fresh)
    here = Rows({"one": [1]}).compute(
        epochs=lambda row, p: p.passes + 0 * row.one,
        again=again,
        fresh=fresh,
        worth=lambda row, p: effective_amount(1, row.epochs - 1, law.worth_data),
        rise=lambda row, p: 100 * (row.again / row.fresh - 1),
    )
    x = alt.X("epochs:Q", scale=log_scale(1, 100), axis=axis("epochs", values=[1, 2, 4, 10, 20, 40, 100]))
    scale = alt.Scale(zero=False)
    y = axis("loss (nats per token)", format=".2f", minExtent=40)
    repeated = grid.chart().mark_line(strokeWidth=3, color=COLORS["blue"])
    repeated = repeated.encode(x=x, y=alt.Y("again:Q", scale=scale, axis=y))
    new = grid.chart().mark_line(strokeWidth=2, strokeDash=[6, 4], color=COLORS["grey"])
    new = new.encode(x=x, y=alt.Y("fresh:Q", scale=scale))
    point = here.chart().mark_point(size=110, filled=True, opacity=1, color=COLORS["orange"])
    point = point.encode(x=x, y=alt.Y("again:Q", scale=scale))
    words = here.chart().transform_calculate(
        words="'worth ' + format(datum.worth, '.1f') + ' first passes; loss ' + format(datum.rise, '.1f') + ' % above fresh text'"
    )
    words = words.mark_text(baseline="top", align="right", fontSize=13, color="#222")
    words = words.encode(x=alt.value(alt.ExprRef("width")), y=alt.value(0), text="words:N")
    text = (
        "Loss against the number of epochs. A dashed line for fresh text keeps falling; a blue line for repeated text "
        "runs along it up to about four epochs, parts from it, and is flat beyond forty."
    )
    controls = [
        slider("passes", 4, 1, 100, 1, "epochs"),
        slider("unique", 10.6, 9, 15, 0.1, "unique tokens: 10 to the power"),
        slider("params", 9.9, 8, 13, 0.1, "parameters: 10 to the power"),
    ]
    return Live(alt.layer(new, repeated, point, words), text, controls, [grid, here], height=300)


def remedies(factors, stock_growth):
    """Show how many years each remedy buys, at any growth of demand.

    Parameters
    ----------
    factors : dict of str to float
        What each multiplies the stock by.
    stock_growth : float
        Factor per year.

    Returns
    -------
    Live
    """
    names = sorted(factors, key=factors.get, reverse=True)
    rows = Rows({"rank": list(range(len(names))), "factor": [float(factors[name]) for name in names]})
    rows.compute(
        years=lambda row, p: years_bought(row.factor, stock_growth, p.growth), zero=lambda row, p: 0 * row.factor
    )
    labels = axis(None, labelLimit=180, ticks=False)
    labels.labelExpr = f"{names}[datum.value]"
    y = alt.Y("rank:O", axis=labels)
    x = alt.X("years:Q", scale=alt.Scale(domain=[-6, 8], nice=False), axis=axis("years bought", tickCount=7))
    bars = rows.chart().mark_bar(color=COLORS["blue"], clip=True, height=14).encode(x=x, x2="zero:Q", y=y)
    words = rows.chart().transform_calculate(
        words="'×' + format(datum.factor, '.2~r') + ': ' + format(datum.years, '+.1f')", place="max(datum.years, 0)"
    )
    words = words.mark_text(dx=6, align="left", fontSize=12, color="#222").encode(x="place:Q", y=y, text="words:N")
    text = (
        "Horizontal bars, one per remedy, for the years it buys. At a growth of demand of 2.4 times per year none "
        "buys more than four years, speech on YouTube buys a tenth of a year, and strict filtering costs three."
    )
    controls = [slider("growth", 2.37, 1.5, 4, 0.01, "growth of training sets, times per year")]
    return Live(alt.layer(bars, words), text, controls, [rows], height=30 * len(names))
