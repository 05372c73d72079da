"""The live figures of chapter 7: the next thousandth of a nat in dollars, the next review, a test a year later."""

import altair as alt

from scalinglaws.laws.growth.returns import marginal_gain, variance_of_mean
from scalinglaws.show.figures import COLORS
from scalinglaws.show.live import Live, Rows, axis, checkbox, log_scale, slider

MILLINAT = 1e-3
MONEY = "({0} < 1 ? '$' + format({0}, '.1~r') : replace(format({0}, '$.2~s'), 'G', 'B'))"


def year_later(known, after, when):
    """Let the reader forecast the best score on a test, then show what followed.

    Parameters
    ----------
    known, after : tuple of array_like
        Years and best scores in per cent: up to the day of the forecast, and from then on.
    when : float
        The year to forecast.

    Returns
    -------
    Live
    """
    seen, later = (Rows(dict(zip(("year", "score"), map(list, part), strict=True))) for part in (known, after))
    guess = Rows({"year": [when]}).compute(guess=lambda row, p: p.guess + 0 * row.year)
    x = alt.X(
        "year:Q",
        scale=alt.Scale(domain=[2023, 2026.3]),
        axis=axis("year", format=".0f", values=[2023, 2024, 2025, 2026]),
    )
    y = alt.Y("score:Q", scale=alt.Scale(domain=[0, 100]), axis=axis("best score so far (%)", tickCount=5))
    shown = alt.condition("reveal", alt.value(1), alt.value(0))
    steps = seen.chart().mark_line(interpolate="step-after", color=COLORS["blue"], strokeWidth=2).encode(x=x, y=y)
    dots = seen.chart().mark_point(size=70, filled=True, opacity=1, color=COLORS["blue"]).encode(x=x, y=y)
    rest = later.chart().mark_line(
        interpolate="step-after", color=COLORS["grey"], strokeWidth=2, point={"color": COLORS["grey"], "size": 60}
    )
    rest = rest.encode(x=x, y=y, opacity=shown)
    yours = guess.chart().mark_point(size=160, filled=True, opacity=1, shape="diamond", color=COLORS["orange"])
    yours = yours.encode(x=x, y=alt.Y("guess:Q"))
    words = guess.chart().mark_text(align="right", dx=12, dy=22, fontSize=13, color="#222")
    words = words.encode(x=x, y="guess:Q", text=alt.value(alt.ExprRef("'your guess: ' + format(guess, '.0f') + ' %'")))
    text = (
        f"Best score on a test against time, {known[1][-1]:.0f} per cent where the known part ends. The reader's guess "
        f"for later is a diamond; when revealed, the steps that followed go to {after[1][-1]:.0f} per cent."
    )
    controls = [
        slider("guess", 70, 50, 100, 1, "your guess, in %"),
        checkbox("reveal", "show what followed"),
    ]
    return Live(alt.layer(steps, rest, dots, yours, words), text, controls, [seen, later, guess])


def millinat(laws, flop_per_s):
    """Show what the next thousandth of a nat costs at every scale, by several laws, at the reader's prices.

    Parameters
    ----------
    laws : dict of str to PowerLaw
        Loss in nats per token against compute in FLOP.
    flop_per_s : float
        Peak rate of one accelerator.

    Returns
    -------
    Live
    """

    def cost(row, p):
        usd_per_flop = p.price / (3600 * p.busy / 100 * flop_per_s)
        return usd_per_flop * MILLINAT / marginal_gain(row.compute, row.scale, row.exponent)

    def of(start):
        columns = [(i, law.scale, law.exponent) for i, law in enumerate(laws.values()) for _ in range(start)]
        which, scale, exponent = map(list, zip(*columns, strict=True))
        return {"which": which, "scale": scale, "exponent": exponent}

    powers = [18 + k / 2 for k in range(19)]
    grid = Rows(of(len(powers)) | {"power": powers * len(laws)}).compute(
        compute=lambda row, p: 10**row.power, cost=cost
    )
    here = Rows(of(1)).compute(compute=lambda row, p: 10 ** (p.where + 0 * row.which), cost=cost)
    x = alt.X(
        "compute:Q",
        scale=log_scale(1e18, 1e27),
        axis=axis("compute spent so far (FLOP)", "power", values=[10.0**k for k in range(18, 28, 3)]),
    )
    y = alt.Y(
        "cost:Q",
        scale=alt.Scale(type="log", domain=[1e-3, 1e10], nice=False, clamp=True),
        axis=alt.Axis(
            title="price of the next millinat",
            values=[10.0**k for k in range(-2, 11, 2)],
            labelExpr=MONEY.format("datum.value"),
            minExtent=44,
        ),
    )
    palette = [COLORS["blue"], COLORS["orange"], COLORS["grey"], COLORS["green"]][: len(laws)]
    color = alt.Color("law:N", sort=list(laws), scale=alt.Scale(domain=list(laws), range=palette), legend=None)

    def named(rows):
        return rows.chart().transform_calculate(law=f"{list(laws)}[datum.which]")

    lines = named(grid).mark_line(strokeWidth=2.5).encode(x=x, y=y, color=color)
    rule = here.chart().mark_rule(color=COLORS["grey"], strokeDash=[4, 3]).encode(x=x)
    dots = named(here).mark_point(size=80, filled=True, opacity=1).encode(x=x, y=y, color=color)
    words = named(here).transform_calculate(words=f"datum.law + ' ' + {MONEY.format('datum.cost')}")
    words = words.transform_calculate(place="14 + 18 * datum.which").mark_text(align="left", fontSize=13, x=12)
    words = words.encode(y=alt.Y("place:Q", scale=None, axis=None), text="words:N", color=color)
    text = (
        "Price of the next thousandth of a nat against compute already spent, log-log: three straight rising lines that "
        "run together near 1e20 FLOP. At 1e25 the two laws with a floor ask several times what the law without one asks."
    )
    controls = [
        slider("where", 25, 18, 27, 0.1, "look at 10 to the power"),
        slider("price", 2, 0.5, 10, 0.1, "assumed price of a GPU-hour, in USD"),
        slider("busy", 40, 10, 60, 1, "assumed utilisation, in %"),
    ]
    return Live(alt.layer(lines, rule, dots, words), text, controls, [grid, here], height=320)


def reviews():
    """Show how sure a mean of n reviews is, and what becomes of it when the reviewers share a prejudice.

    Returns
    -------
    Live
    """

    def error(row, p):
        return variance_of_mean(p.spread**2, row.n, p.shared / 100) ** 0.5

    grid = Rows(steps=121).compute(
        n=lambda row, p: 10 ** (row.i / 20),
        error=error,
        alone=lambda row, p: variance_of_mean(p.spread**2, row.n) ** 0.5,
    )
    here = Rows({"one": [1]}).compute(
        n=lambda row, p: 10 ** (p.where + 0 * row.one),
        error=error,
        worth=lambda row, p: 1 / variance_of_mean(1, row.n, p.shared / 100),
    )
    x = alt.X(
        "n:Q", scale=log_scale(1, 1e6), axis=axis("number of reviews", "short", values=[10.0**k for k in range(7)])
    )
    y = axis("standard error (stars)", values=[0.001, 0.01, 0.1, 1])
    scale = log_scale(5e-4, 3)
    alone = grid.chart().mark_line(strokeWidth=2, strokeDash=[6, 4], color=COLORS["grey"])
    alone = alone.encode(x=x, y=alt.Y("alone:Q", axis=y, scale=scale))
    curve = grid.chart().mark_line(strokeWidth=3, color=COLORS["blue"])
    curve = curve.encode(x=x, y=alt.Y("error:Q", axis=y, scale=scale))
    dot = here.chart().mark_point(size=120, filled=True, opacity=1, color=COLORS["orange"])
    dot = dot.encode(x=x, y=alt.Y("error:Q", axis=y, scale=scale))
    words = here.chart().transform_calculate(
        words="'error ' + format(datum.error, '.2r') + ': worth ' + format(datum.worth, ',.0f')"
        " + ' independent reviews'"
    )
    words = words.mark_text(align="right", fontSize=13, color="#222", x=alt.ExprRef("width - 8"), y=14)
    words = words.encode(text="words:N")
    text = (
        "Standard error of a mean of stars against the number of reviews, log-log. Independent reviews give a straight "
        "line of slope one half; with a shared prejudice the curve bends and goes flat after some dozens."
    )
    controls = [
        slider("where", 2, 0, 6, 0.1, "reviews: 10 to the power"),
        slider("shared", 0, 0, 30, 1, "variance that the reviewers share, in %"),
        slider("spread", 1.3, 0.5, 2, 0.1, "spread of single reviews, in stars"),
    ]
    return Live(alt.layer(alone, curve, dot, words), text, controls, [grid, here])
