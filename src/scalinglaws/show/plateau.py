"""Lab 5's bets: real series cut before their end, unnamed, and how an interval for the end is scored."""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from scalinglaws.check import one_of, positive
from scalinglaws.fit.growth import FITS
from scalinglaws.fit.series import Series, series
from scalinglaws.laws.growth.curves import logistic, logistic_rate, peak_rate

LEVEL = 0.9
PAPER = 0.01, 1e5  # times the last known value; what lies beyond is cut off, so that every interval has a score
_CUTS = {
    "A": ("airliners", 1958),
    "B": ("transistors", 2003.5),
    "C": ("cellphone", 2006),
    "D": ("clock", 2003),
    "E": ("oil", 1956),
}


@dataclass(frozen=True)
class Case:
    """A series of which only the beginning is shown, in units that do not give it away.

    Attributes
    ----------
    letter : str
        Its name until the forecast is made.
    whole : Series
        All of it.
    cut : float
        Last year that is shown.
    """

    letter: str
    whole: Series
    cut: float

    @cached_property
    def known(self):
        """Series: what may be seen."""
        return self.whole.until(self.cut)

    @property
    def unit(self):
        """Float: the last known value, in the unit of the series."""
        return float(self.known.value[-1])

    @property
    def ahead(self):
        """Ndarray: years of all points, counted from the cut."""
        return self.whole.year - self.known.year[-1]

    @property
    def times(self):
        """Ndarray: all values, in multiples of the last known one."""
        return self.whole.value / self.unit

    @property
    def horizon(self):
        """Float: years from the cut to the end of the series."""
        return float(self.ahead[-1])

    @property
    def truth(self):
        """Float: the end of the series, in multiples of the last known value."""
        return float(self.times[-1])

    def machine(self, kind, ahead):
        """Fit what is known and forecast.

        Parameters
        ----------
        kind : {"exponential", "S-curve"}
            What is fitted; an S-curve of production is a hill.
        ahead : array_like, shape (n_years,)
            Years from the cut.

        Returns
        -------
        value, low, high : ndarray, shape (n_years,)
            In multiples of the last known value, cut to the paper; the interval is one of 90 %.

        Raises
        ------
        ValueError
            If the kind is unknown.
        """
        one_of("kind", kind, ("exponential", "S-curve"))
        fit = FITS[kind if kind == "exponential" else self.whole.curve]
        known = self.known
        made = fit(known.year, known.value, known.residuals).predict(known.year[-1] + np.asarray(ahead), LEVEL)
        return tuple(on_paper(part / self.unit) for part in (made.value, made.low, made.high))


@cache
def case(letter):
    """Return one of the five cases, "A" to "E".

    Raises
    ------
    ValueError
        For another letter.

    Examples
    --------
    >>> one = case("A")
    >>> one.known.year.size, round(one.horizon), one.times[one.known.year.size - 1]
    (8, 59, np.float64(1.0))
    """
    name, cut = _CUTS[one_of("letter", letter, _CUTS)]
    return Case(letter, series(name), cut)


def letters():
    """Return the letters of the cases, as a list of str."""
    return list(_CUTS)


def on_paper(value):
    """Return values cut to the ends of the paper, 0.01 and 100,000 times the last known value.

    Examples
    --------
    >>> on_paper([-3, 2, float("inf")])
    array([1.e-02, 2.e+00, 1.e+05])
    """
    return np.clip(value, *PAPER)


def your_curve(ahead, shape, top, middle, width):
    """Return a curve drawn by hand.

    Parameters
    ----------
    ahead : array_like
        Years from the cut, any shape.
    shape : {"plateau", "hill"}
        A logistic curve, or its slope.
    top : float
        The ceiling, or the height of the hill.
    middle, width : float
        Year, from the cut, at which the plateau is half reached or the hill highest; 10-90 % width.

    Returns
    -------
    ndarray
        Shape of `ahead`, cut to the paper at the top, and at a millionth at the bottom.

    Examples
    --------
    >>> your_curve([0.0, 10.0], "plateau", top=4, middle=10, width=20).round(2)
    array([0.4, 2. ])
    """
    ahead = np.asarray(ahead, dtype=float)
    with np.errstate(over="ignore"):
        if one_of("shape", shape, ("plateau", "hill")) == "plateau":
            values = logistic(ahead, top, middle, width)
        else:
            values = logistic_rate(ahead, top / peak_rate(1, width), middle, width)
    return np.clip(np.nan_to_num(values), 1e-6, PAPER[1])


def points(low, high, truth, level=LEVEL):
    """Score an interval on logarithmic paper; fewer are better.

    Parameters
    ----------
    low, high : float
        Ends of the interval, above 0.
    truth : float
        What came.
    level : float
        How often the interval ought to hold it.

    Returns
    -------
    float
        Width in doublings, plus ``2 / (1 - level)`` times the miss in doublings.

    Raises
    ------
    ValueError
        If a number is not positive, the ends are out of order, or the level is not between 0 and 1.

    Notes
    -----
    The interval score of Gneiting and Raftery (2007), of the logarithm to base 2. Its expectation is least for the
    interval between the quantiles (1 - level) / 2 and (1 + level) / 2 of what one believes.

    Examples
    --------
    >>> [round(float(points(1, 4, truth)), 6) for truth in (2, 8, 0.5)]
    [2.0, 22.0, 22.0]
    """
    low, high, truth = positive("low", low), positive("high", high), positive("truth", truth)
    if low > high:
        raise ValueError(f"high must be at least low {low}, got {high}")
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level}")
    miss = max(np.log2(low / truth), np.log2(truth / high), 0.0)
    return float(np.log2(high / low) + 2 / (1 - level) * miss)


def judge(letter, low, high):
    """Score an interval for the end of a case beside those of the machine.

    Parameters
    ----------
    letter : str
        "A" to "E".
    low, high : float
        Ends, in multiples of the last known value.

    Returns
    -------
    dict of str to float
        Points of "you", of the "exponential" and of the "S-curve".

    Examples
    --------
    >>> judge("A", 0.8, 1.2)["you"] < judge("A", 0.8, 1.2)["exponential"]
    True
    """
    one = case(letter)
    scored = {"you": points(*on_paper([low, high]), one.truth)}
    for kind in ("exponential", "S-curve"):
        scored[kind] = _machine_points(letter, kind)
    return scored


@cache
def _machine_points(letter, kind):
    one = case(letter)
    _, (low,), (high,) = one.machine(kind, [one.horizon])
    return points(low, high, one.truth)
