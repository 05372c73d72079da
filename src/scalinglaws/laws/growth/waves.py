"""S-curves on top of each other: what they add up to, and when that is an exponential."""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import finite, positive
from scalinglaws.laws.growth.curves import LN2, LN81, exponential, logistic


def sum_of_logistics(t, ceilings, midpoints, widths):
    """Return the sum of several logistic curves at times `t`, one for each entry of the three sequences.

    >>> round(float(sum_of_logistics(2000, [10, 100], [1990, 2010], [20, 20])), 3)
    19.0
    """
    curves = zip(ceilings, midpoints, widths, strict=True)
    return sum(logistic(t, ceiling, midpoint, width) for ceiling, midpoint, width in curves)


@dataclass(frozen=True)
class StackedWaves:
    """Waves of technology at equal distances, each of them so many times higher than the last: together an exponential.

    Parameters
    ----------
    ceiling : float
        Ceiling of wave number 0.
    midpoint : float
        Time at which wave 0 is half-way.
    width : float
        10-90 % width of every wave.
    spacing : float
        Time from one midpoint to the next.
    ratio : float
        Each ceiling divided by the one before; above 1, and below ``81**(spacing / width)``.

    Raises
    ------
    ValueError
        If the ratio is outside this range: at 1 or below, nothing grows; at the upper end and above it, waves that are
        still to come are already larger than those which are here, and their sum has no limit.

    Notes
    -----
    Let g = ln(ratio) / spacing and r = ln(81) / width, the early growth rate of one wave. The sum over all waves,
    without end in both directions, repeats itself times `ratio` after every `spacing`. Poisson summation gives

    ``ceiling / (r spacing) * pi / sin(pi g / r) * exp(g (t - midpoint)) * (1 + ripple)``.

    Its growth rate g belongs to the succession alone: it depends on spacing and ratio, not on the width of a wave.
    Equal spacing and equal ratios are what makes it an exponential, and no single wave has a reason to keep them.

    Examples
    --------
    >>> waves = StackedWaves(ceiling=1, midpoint=0, width=10, spacing=5, ratio=4)
    >>> float(waves.doubling_time), round(float(waves.ripple), 4)
    (2.5, 0.0005)
    """

    ceiling: float
    midpoint: float
    width: float
    spacing: float
    ratio: float

    def __post_init__(self):
        finite("midpoint", self.midpoint)
        for name in ("ceiling", "width", "spacing", "ratio"):
            positive(name, getattr(self, name))
        with np.errstate(over="ignore"):
            most = np.float64(81) ** (self.spacing / self.width)
        if not 1 < self.ratio < most:
            raise ValueError(
                f"ratio must be above 1 and below 81**(spacing / width) = {most:.4g} for the sum to exist, "
                f"got {self.ratio:g}"
            )

    def wave(self, t, number):
        """Return one wave at time `t`: number 0 is the one described, later ones are higher, negative ones came before.

        `t` and `number` broadcast against each other.
        """
        place = np.asarray(number, dtype=np.float64)
        with np.errstate(over="ignore"):
            return logistic(t, self.ceiling * self.ratio**place, self.midpoint + place * self.spacing, self.width)

    def total(self, t, first=None, last=None):
        """Return the sum of the waves number `first` to `last` at times `t` (any shape).

        By default it is the sum of all waves that matter to 12 digits.
        """
        t = finite("t", t)
        waves_apart = (t - self.midpoint) / self.spacing
        digits = 12 * np.log(10)
        g, r = np.log(self.ratio), LN81 * self.spacing / self.width  # per spacing
        first = int(np.floor(waves_apart.min() - digits / g)) if first is None else first
        last = int(np.ceil(waves_apart.max() + digits / (r - g))) if last is None else last
        return self.wave(t[..., None], np.arange(first, last + 1)).sum(axis=-1)

    def envelope(self, t):
        """Return the exponential that the sum of all waves winds around, at times `t` (any shape)."""
        angle = np.pi * np.log(self.ratio) * self.width / (self.spacing * LN81)
        at_midpoint = self.ceiling * self.width / (LN81 * self.spacing) * np.pi / np.sin(angle)
        return exponential(t, at_midpoint, self.doubling_time, self.midpoint)

    @property
    def doubling_time(self):
        """Float: doubling time of the envelope, ``spacing * ln 2 / ln ratio``."""
        return self.spacing * LN2 / np.log(self.ratio)

    @property
    def ripple(self):
        """Float: how far the sum departs from its envelope at most, as a share of it (first harmonic).

        It falls to 1 % when a wave lasts 1.2 spacings (ratio 2) or 1.3 (ratio 10). Waves much shorter than their
        spacing make a staircase, for which one harmonic is not enough.
        """
        angle = np.pi * np.log(self.ratio) * self.width / (self.spacing * LN81)
        with np.errstate(over="ignore"):
            sway = np.sinh(2 * np.pi**2 * self.width / (self.spacing * LN81))
        return 2 * np.sin(angle) / np.hypot(np.sin(angle), sway)
