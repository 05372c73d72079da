"""Numbers that are not known exactly: distributions by interval, products of them, and what the answer turns on.

Every distribution has `quantile(p)` and `draw(rng, n_draws)`, with a NumPy generator. An answer is a `MonteCarlo` of
draws; the same seed gives the same ones. `low` and `high` bound an interval; where a `level` is given it is the share
of the draws inside, so that 0.9 leaves 5 % on either side.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from scalinglaws.check import finite, one_of, positive, share, whole


class Distribution:
    """What the shapes of this module share."""

    def quantile(self, p):
        """Return the value below which the share `p` (float or array, 0 to 1) of the draws lies."""
        p = finite("p", p)
        for end in (np.min(p), np.max(p)):
            share("p", end, closed=True)
        values = self._inverse(p)
        return values if np.ndim(p) else float(values)

    def draw(self, rng, n_draws):
        """Return `n_draws` float64 values, shape (n_draws,), from the NumPy generator `rng`."""
        return self._inverse(rng.random(n_draws))


@dataclass(frozen=True)
class Constant(Distribution):
    """A number known exactly.

    Parameters
    ----------
    value : float
        The number.

    Examples
    --------
    >>> Constant(20).quantile(0.9)
    20.0
    """

    value: float

    def __post_init__(self):
        finite("value", self.value)

    def _inverse(self, p):
        return np.full(np.shape(p), float(self.value))


@dataclass(frozen=True)
class Uniform(Distribution):
    """Any value between two bounds, all equally likely.

    Parameters
    ----------
    low, high : float
        Bounds; low < high.

    Examples
    --------
    >>> Uniform(0.1, 0.6).quantile([0.05, 0.5])
    array([0.125, 0.35 ])
    """

    low: float
    high: float

    def __post_init__(self):
        _ordered(low=finite("low", self.low), high=finite("high", self.high))

    def _inverse(self, p):
        return self.low + (self.high - self.low) * p


@dataclass(frozen=True)
class LogUniform(Distribution):
    """Any order of magnitude between two positive bounds, all equally likely.

    Parameters
    ----------
    low, high : float
        Bounds; 0 < low < high.

    Examples
    --------
    >>> LogUniform(0.01, 1).quantile(0.5)
    0.1
    """

    low: float
    high: float

    def __post_init__(self):
        _ordered(low=positive("low", self.low), high=positive("high", self.high))

    def _inverse(self, p):
        return self.low * (self.high / self.low) ** p


@dataclass(frozen=True)
class Triangular(Distribution):
    """A guess with a lowest, a likeliest and a highest value.

    Parameters
    ----------
    low, mode, high : float
        low <= mode <= high, low < high.

    Examples
    --------
    >>> Triangular(0, 1, 2).quantile([0, 0.5, 1])
    array([0., 1., 2.])
    """

    low: float
    mode: float
    high: float

    def __post_init__(self):
        _ordered(low=finite("low", self.low), high=finite("high", self.high))
        if not self.low <= finite("mode", self.mode) <= self.high:
            raise ValueError(f"mode must lie between low {self.low} and high {self.high}, got {self.mode}")

    def _inverse(self, p):
        rise, fall = self.mode - self.low, self.high - self.mode
        rising = self.low + np.sqrt(p * (rise + fall) * rise)
        falling = self.high - np.sqrt((1 - p) * (rise + fall) * fall)
        return np.where(p * (rise + fall) < rise, rising, falling)


@dataclass(frozen=True)
class LogNormal(Distribution):
    """A positive number known up to a factor: its logarithm is normal.

    Parameters
    ----------
    low, high, level : float
        The interval, 0 < low < high, and its level.
    median : float, optional
        Default: the geometric mean of the bounds. If another is given, the width stays and the interval moves.

    Examples
    --------
    >>> LogNormal(100, 1000, level=0.9).quantile([0.05, 0.5]).round(1)
    array([100. , 316.2])
    """

    low: float
    high: float
    level: float = 0.9
    median: float | None = None

    def __post_init__(self):
        _ordered(low=positive("low", self.low), high=positive("high", self.high))
        share("level", self.level)
        if self.median is not None:
            positive("median", self.median)

    @property
    def center(self):
        """Natural logarithm of the median."""
        return float(np.log(self.median if self.median is not None else np.sqrt(self.low * self.high)))

    @property
    def width(self):
        """Standard deviation of the natural logarithm."""
        return float(np.log(self.high / self.low) / 2 / NormalDist().inv_cdf(0.5 + self.level / 2))

    def _inverse(self, p):
        z = [NormalDist().inv_cdf(q) if 0 < q < 1 else np.inf * np.sign(q - 0.5) for q in np.ravel(p)]
        return np.exp(self.center + self.width * np.reshape(z, np.shape(p)))

    def draw(self, rng, n_draws):
        return np.exp(self.center + self.width * rng.standard_normal(n_draws))


@dataclass(frozen=True)
class MirroredLogNormal(Distribution):
    """A lognormal seen in a mirror, so that the long tail is on the low side.

    Parameters
    ----------
    low, median, high, level : float
        The interval, its median, which is nearer to `high`, and its level.

    Notes
    -----
    A constant minus a lognormal; the three numbers fix the constant, above which no draw lies.

    Examples
    --------
    >>> round(MirroredLogNormal(2, 4, 5, level=0.95).quantile(0.5), 6)
    4.0
    """

    low: float
    median: float
    high: float
    level: float = 0.9

    def __post_init__(self):
        _ordered(median=finite("median", self.median), high=finite("high", self.high))
        _ordered(middle_of_low_and_high=(finite("low", self.low) + self.high) / 2, median=self.median)
        self._image()

    @property
    def top(self):
        """The constant from which the lognormal is taken away."""
        return (self.median**2 - self.low * self.high) / (2 * self.median - self.low - self.high)

    def _image(self):
        return LogNormal(self.top - self.high, self.top - self.low, self.level)

    def _inverse(self, p):
        return self.top - self._image()._inverse(1 - p)

    def draw(self, rng, n_draws):
        return self.top - self._image().draw(rng, n_draws)


def _ordered(**bounds):
    (a, lower), (b, upper) = bounds.items()
    if not lower < upper:
        raise ValueError(f"{b} must be above {a} {lower}, got {upper}")


_SHAPES = {
    "constant": lambda low, central, high, level: Constant(central),
    "uniform": lambda low, central, high, level: Uniform(low, high),
    "loguniform": lambda low, central, high, level: LogUniform(low, high),
    "triangular": lambda low, central, high, level: Triangular(low, central, high),
    "lognormal": lambda low, central, high, level: LogNormal(low, high, level, None if np.isnan(central) else central),
    "mirrored lognormal": MirroredLogNormal,
}


def distribution_from(table, name, shape, level=0.9):
    """Return row `name` of a table with columns name, low, central, high as a distribution.

    `shape`: constant (of central), uniform, loguniform, triangular, or with a `level` lognormal, mirrored lognormal.

    >>> from scalinglaws.data import load
    >>> distribution_from(load("youtube"), "tokens_per_word", "triangular")
    Triangular(low=1.2, mode=1.33, high=1.4)
    """
    one_of("name", name, table["name"])
    row = list(table["name"]).index(name)
    return _SHAPES[one_of("shape", shape, _SHAPES)](*(float(table[c][row]) for c in ("low", "central", "high")), level)


@dataclass(frozen=True, repr=False)
class MonteCarlo:
    """An uncertain answer, as draws of it and of what went in.

    Parameters
    ----------
    value : ndarray, shape (n_draws,)
        The answer in each draw; may hold +inf (never).
    inputs : dict of str to ndarray, each of shape (n_draws,)
        What went in, by name.

    Examples
    --------
    >>> draws = product({"piano_tuners_per_piano": LogNormal(0.001, 0.01), "pianos": Constant(1e5)}, seed=1)
    >>> draws.below(1000) > 0.9
    True
    """

    value: np.ndarray
    inputs: dict

    def __repr__(self):
        low, middle, high = self.quantile([0.05, 0.5, 0.95])
        return f"MonteCarlo({len(self.value)} draws; 5/50/95 %: {low:.6g}, {middle:.6g}, {high:.6g})"

    def quantile(self, p):
        """Return the value below which the share `p` (float or array, 0 to 1) of the draws lies."""
        values = np.quantile(self.value, p, method="inverted_cdf")  # interpolating to an infinite draw would give NaN
        return values if np.ndim(p) else float(values)

    def below(self, x):
        """Return the share of the draws below `x`."""
        return float(np.mean(self.value < x))

    def shares(self):
        """Return name -> how much of the spread each input explains; see `sensitivity`."""
        return sensitivity(self.inputs, self.value)


def product(factors, n_draws=100_000, seed=0):
    """Return the `MonteCarlo` of a product of independent uncertain factors, a dict of name -> distribution.

    For lognormal factors the answer is lognormal: medians multiply, and squared widths add (`LogNormal.width`).

    >>> product({"videos": Constant(2.0), "minutes": Constant(11.0)}, n_draws=10)
    MonteCarlo(10 draws; 5/50/95 %: 22, 22, 22)
    """
    if not factors:
        raise ValueError("factors must name at least one factor, got none")
    rng = np.random.default_rng(seed)
    inputs = {name: factor.draw(rng, whole("n_draws", n_draws)) for name, factor in factors.items()}
    return MonteCarlo(np.prod(list(inputs.values()), axis=0), inputs)


def sensitivity(inputs, value):
    """Return name -> share of the spread of `value`, shape (n_draws,), that each independent input explains.

    Shares sum to 1, largest first: squared rank correlations with the answer, scaled. Ranks do not care whether an
    input acts as a factor or as a power, nor about an answer of +inf. An input that does not vary gets 0.

    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(size=(2, 1000))
    >>> shares = sensitivity({"x": x, "y": y}, x + 0.1 * y)
    >>> list(shares), shares["x"] > 0.95
    (['x', 'y'], True)
    """
    value = np.asarray(value, dtype=float)
    target = _ranks(value)
    squares = {}
    for name, given in inputs.items():
        given = np.asarray(given, dtype=float)
        if given.shape != value.shape:
            raise ValueError(f"{name} must have the shape of value {value.shape}, got {given.shape}")
        squares[name] = np.mean(_ranks(given) * target) ** 2 if np.ptp(given) > 0 else 0.0
    total = sum(squares.values())
    if not total:
        raise ValueError("inputs must hold at least one that varies and moves value, got none")
    return {name: float(square / total) for name, square in sorted(squares.items(), key=lambda item: -item[1])}


def quantile_dots(draws, n_dots=20):
    """Return the draws (which may hold +inf) as `n_dots` quantiles (i + 1/2) / n_dots, each as likely as the next.

    Of 20 dots each stands for 5 %. People read a probability off a count of dots better than off a density
    (Kay et al. 2016).

    >>> quantile_dots(range(101), 5)
    array([10., 30., 50., 70., 90.])
    """
    draws = np.asarray(draws, dtype=float)
    if draws.ndim != 1 or not draws.size or np.isnan(draws).any():
        raise ValueError(f"draws must be a row of numbers without NaN, got shape {draws.shape}")
    return np.quantile(draws, (np.arange(whole("n_dots", n_dots)) + 0.5) / n_dots, method="inverted_cdf")


def pile_dots(dots, width):
    """Return x and height, shape (n_dots,), at which to draw dots so that those within one `width` pile up.

    x is the centre of the pile, height the place in it: 1 for the lowest.

    >>> pile_dots([2026.1, 2026.4, 2028.0], width=1)
    (array([2026.5, 2026.5, 2028.5]), array([1, 2, 1]))
    """
    pile = np.floor(np.sort(finite("dots", dots)) / positive("width", width))
    height = np.arange(pile.size) - np.searchsorted(pile, pile) + 1
    return (pile + 0.5) * width, height


def _ranks(values):
    order = np.argsort(values)
    ranks = np.empty(len(values))
    ranks[order] = np.arange(len(values))
    return (ranks - ranks.mean()) / ranks.std()
