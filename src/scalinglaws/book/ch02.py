"""The live figures of chapter 2: a crowd of exponentials, a guess about noise, the sheet, one spectrum; exercises."""

import numpy as np

from scalinglaws.course.tasks import Exercise
from scalinglaws.laws.training.toys import (
    OCTAVES,
    octave_share,
    sheet_error,
    spectrum_curve,
    spectrum_sums,
    unseen_share,
)
from scalinglaws.show.layers import Layers, log_axis
from scalinglaws.show.live import Rows, checkbox, range_slider

TINY = 1e-30  # a logarithmic axis cannot show nothing


def crowd():
    """Show the errors of octaves of items, each of which ends, and their sum, which does not."""
    names = [f"octave_{octave}" for octave in range(OCTAVES)]

    def met(row, p):
        return 10 ** (row.i / 16)

    def share(octave):
        return lambda row, p: octave_share(row.n, octave, p.alpha, p.octaves) + TINY

    grid = (
        Rows(steps=129)
        .compute(n=met)
        .compute(**{name: share(octave) for octave, name in enumerate(names)})
        .compute(error=lambda row, p: sum(getattr(row, name) for name in names))
    )
    words = Rows(steps=1).compute(slope=lambda row, p: p.alpha / (1 + p.alpha))
    x = log_axis("n", "examples met", 1, 1e8, "short", every=2)
    y = log_axis("error", "chance that the next one is new", 1e-5, 1)
    layers = Layers(x, y, height=340)
    for octave in range(0, OCTAVES, 2):
        one = Rows(steps=129).compute(n=met, error=share(octave))
        layers = layers.line(one, color="grey", width=1.2, opacity=0.6)
    layers = layers.line(grid).words(words, "endless list: exponent {slope:.2f}", x=-8, y=14, align="right")
    text = (
        "On log-log axes a row of grey curves, each level at first and then falling like a cliff, one behind the other. "
        "Their sum is a blue line, straight until the last cliff."
    )
    return layers.live(
        text,
        range_slider("alpha", 0.5, 0.2, 1.5, 0.05, "how fast shares fall, alpha"),
        range_slider("octaves", 24, 4, 24, 1, "octaves of items"),
    )


def guess_noise(a, b, noise, start):
    """Let the reader guess what ten times the examples leave of the error once the answers are noisy.

    `start` is the `kappa` of the point from which factors count.
    """
    first = spectrum_curve(*spectrum_sums(start, a, b), noise)

    def curve(row, p):
        return spectrum_curve(*spectrum_sums(row.kappa, a, b), noise)

    grid = Rows(steps=81).compute(
        kappa=lambda row, p: start * 10 ** (-row.i / 32),
        n=lambda row, p: curve(row, p)[0] / first[0],
        error=lambda row, p: curve(row, p)[1] / first[1],
    )
    exact = Rows(steps=2).compute(n=lambda row, p: 100**row.i, error=lambda row, p: 1 / row.n)
    guess = Rows(steps=1).compute(n=lambda row, p: 10 + 0 * row.i, error=lambda row, p: p.guess + 0 * row.i)
    x = log_axis("n", "times the examples", 1, 100, values=[1, 2, 5, 10, 20, 50, 100])
    y = log_axis("error", "error left", 0.01, 1, values=[0.01, 0.03, 0.1, 0.3, 1], format="~g")
    layers = (
        Layers(x, y)
        .line(exact, color="grey", width=2, dash=True)
        .line(grid, when="reveal")
        .dot(guess, color="orange", size=160, shape="diamond")
        .words(guess, "your guess: {error:.2f}", align="left", dx=12)
    )
    text = (
        "Error left against examples, in multiples of what one starts with, on log-log axes. A dashed line for exact "
        "answers falls to a tenth at ten times. The reader's guess for noisy answers is a diamond; when revealed, a blue "
        "line passes at 0.30 there."
    )
    slider = range_slider("guess", 0.6, 0.02, 1, 0.01, "your guess: left after ten times")
    return layers.live(text, slider, checkbox("reveal", "show the answer"))


def sheet(exponent):
    """Show two learners on a sheet of any dimension, and how much nearer ten times the data bring the neighbour."""
    ends = Rows(steps=2).compute(
        n=lambda row, p: 10 ** (12 * row.i),
        nearest=lambda row, p: sheet_error(row.n, p.dimension),
        error=lambda row, p: sheet_error(row.n, p.dimension, 2),
        kaplan=lambda row, p: row.n**-exponent,
    )
    here = Rows(steps=1).compute(
        nearer=lambda row, p: 100 * (1 - 10 ** (-1 / p.dimension)),
        one=lambda row, p: 2 / p.dimension,
        two=lambda row, p: 4 / p.dimension,
    )
    x = log_axis("n", "times the examples", 1, 1e12, "short", every=3)
    y = log_axis("error", "squared error left", 1e-3, 10, values=[0.001, 0.01, 0.1, 1])  # room for words
    layers = (
        Layers(x, y, height=320)
        .line(ends, y="nearest", color="orange")
        .line(ends)
        .line(ends, y="kaplan", color="grey", width=2, dash=True, when="reveal")
        .words(here, "nearest: exponent {one:.3f}", color="#b34d00", x=-8, y=14, align="right")
        .words(here, "smooth: exponent {two:.3f}", color="#005a8e", x=-8, y=34, align="right")
        .words(here, "ten times the data: {nearer:.1f} % nearer", x=-8, y=54, align="right")
    )
    text = (
        "Squared error against examples on log-log axes: an orange line for the nearest example and a blue one, twice as "
        "steep, for a smooth surface. Both flatten as the dimension grows. When revealed, a dashed line has the exponent "
        "that Kaplan measured."
    )
    return layers.live(
        text,
        range_slider("dimension", 4, 1, 60, 1, "dimension of the sheet"),
        checkbox("reveal", "show Kaplan's 0.076"),
    )


def two_laws():
    """Show one spectrum learned from exact and from noisy answers, with sliders for the target and the noise."""

    def curve(row, noise):
        return spectrum_curve(row.squared, row.left, row.turn, noise)

    def sums(number):
        return lambda row, p: spectrum_sums(row.kappa, p.a)[number]

    grid = Rows(steps=113).compute(
        kappa=lambda row, p: 10 ** (-row.i / 14),
        squared=sums(0),
        left=sums(1),
        turn=sums(2),
        n=lambda row, p: curve(row, 10**p.noise)[0],
        error=lambda row, p: curve(row, 10**p.noise)[1],
        n_exact=lambda row, p: curve(row, 0)[0],
        exact=lambda row, p: curve(row, 0)[1],
    )
    words = Rows(steps=1).compute(clean=lambda row, p: p.a - 1, noisy=lambda row, p: (p.a - 1) / p.a)
    x = log_axis("n", "examples", 10, 1e5, "short")
    y = log_axis("error", "error above the noise", 1e-6, 1, every=2)
    layers = (
        Layers(x, y, height=340)
        .line(grid, x="n_exact", y="exact", color="grey", width=2, dash=True)
        .line(grid)
        .words(words, "exact answers: exponent {clean:.2f}", color="#555", x=12, y=-30, align="left")
        .words(words, "much noise: exponent {noisy:.2f}", color="#005a8e", x=12, y=-10, align="left")
    )
    text = (
        "Error against examples on log-log axes. A dashed grey line for exact answers falls steeply; a blue curve for "
        "noisy answers follows it at first and then turns into a flatter straight line."
    )
    return layers.live(
        text,
        range_slider("a", 2, 1.6, 3.4, 0.1, "how fast the target falls, a"),
        range_slider("noise", -2, -4, 0, 0.25, "variance of the noise: 10 to the power"),
    )


def _unmet_decades_before(decades, share, percent):
    """So many decades before the examples with which the item is met, it is unmet with the same probability."""
    met = np.log(1 - percent / 100) / np.log(1 - share)
    return np.isclose(unseen_share([share], met / 10**decades), share * percent / 100)


def _list_thins_out(alpha, exponent):
    """In a list without end the error of a memoriser repeats itself, smaller, after a factor of 2**(1 + alpha)."""
    n_samples = 1e4 * np.array([1, 2 ** (1 + alpha)])
    first, second = sum(octave_share(n_samples, octave, alpha, 400) for octave in range(400))
    return np.isclose(np.log(first / second) / np.log(2) / (1 + alpha), exponent, rtol=1e-4)


EXERCISES = (
    Exercise(
        id="ch2.ex1",
        label="ex-why-cliff",
        text="An item makes up a share of {share:g} of all that you meet. How many decades lie between the number of examples at "
        "which it is still unmet with a probability of {percent:d} % and the one at which it is met with {percent:d} %?",
        given={"share": 0.001, "percent": 95},
        draw=lambda draw: {"share": draw.pick([0.0002, 0.0005, 0.002, 0.005]), "percent": draw.pick(range(60, 100))},
        answer=lambda share, percent: np.log10(np.log(1 - percent / 100) / np.log(percent / 100)),
        identity=_unmet_decades_before,
        unit="decades",
    ),
    Exercise(
        id="ch2.ex2",
        label="ex-why-quanta",
        text="Item k of an endless list makes up a share of what is met that falls as k to the power -(1 + alpha). The error of a "
        "memoriser falls with the number of its examples with the exponent {exponent:g}. How large is alpha?",
        given={"exponent": 0.095},
        draw=lambda draw: {"exponent": draw.between(0.05, 0.6, 0.005)},
        answer=lambda exponent: exponent / (1 - exponent),
        identity=_list_thins_out,
        unit="alpha has no unit",
    ),
    Exercise(
        id="ch2.ex3",
        label="ex-why-dimension",
        text="The squared error of a smooth fit to points on a sheet falls with the number of examples with the exponent "
        "{exponent:g}. By how many per cent do {times:d} times the examples bring the nearest one nearer?",
        given={"exponent": 0.35, "times": 10},
        draw=lambda draw: {"exponent": draw.between(0.1, 0.8, 0.01), "times": draw.pick([2, 3, 5, 20, 30, 50, 100])},
        answer=lambda exponent, times: 100 * (1 - sheet_error(times, 4 / exponent) ** 0.5),
        identity=lambda percent, exponent, times: np.isclose((1 - percent / 100) ** 4, times**-exponent),
        unit="%",
    ),
)
