"""A power law with a floor, y = floor + scale * x**-exponent: what an exponent buys, and what the floor takes back.

The functions are bare arithmetic, for numbers, NumPy arrays of any shape and Vega expressions; they return the kind
that they are given. `PowerLaw` checks its input.

    x         what is scaled up: parameters, tokens, compute
    scale     the part above the floor at x = 1, in the unit of y
    exponent  decades that this part falls per decade of x; 0.05 is 11 % less for ten times x
    floor     value that no x gets below, in the unit of y
    ratio     what x is multiplied by: 10 for a decade, 2 for a doubling
"""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import not_negative, number, positive

_NODES, _HALVES = np.polynomial.legendre.leggauss(8)
PLACES, WEIGHTS = ((_NODES + 1) / 2).tolist(), (_HALVES / 2).tolist()  # of `best_ruler`, from 0 to 1


def power_law(x, scale, exponent, floor=0):
    """Return floor + scale * x**-exponent.

    >>> power_law(100.0, scale=2.0, exponent=0.5, floor=1.0)
    1.2
    """
    return floor + scale * x**-exponent


def elasticity(x, scale, exponent, floor=0):
    """Return d log(y) / d log(x): minus the exponent where the floor does not matter, near 0 where it rules.

    >>> elasticity(1.0, scale=1.0, exponent=0.5), elasticity(1.0, scale=1.0, exponent=0.5, floor=1.0)
    (-0.5, -0.25)
    """
    return -exponent * (scale * x**-exponent) / power_law(x, scale, exponent, floor)


def reducible_factor(ratio, exponent):
    """Return what the part above the floor is multiplied by when x is multiplied by `ratio`: ratio**-exponent.

    >>> round(1 - reducible_factor(10, 0.05), 3)  # Kaplan: the share gained with ten times the compute
    0.109
    """
    return ratio**-exponent


def total_factor(x, ratio, scale, exponent, floor=0):
    """Return what the whole value, floor included, is multiplied by when x is multiplied by `ratio`."""
    return power_law(x * ratio, scale, exponent, floor) / power_law(x, scale, exponent, floor)


def best_ruler(curve, low, high):
    """Return scale and exponent of the straight line through a positive curve on log-log paper, from low to high.

    Least squares in ln y, all ln x counting alike: the two integrals by eight Gauss-Legendre nodes, for Vega too.

    >>> scale, exponent = best_ruler(lambda x: power_law(x, 3.0, 0.25), 1e3, 1e9)
    >>> round(float(scale), 6), round(float(exponent), 6)
    (3.0, 0.25)
    """
    span = np.log(high / low)
    logs = [np.log(curve(low * (high / low) ** place)) for place in PLACES]
    level = sum(weight * y for weight, y in zip(WEIGHTS, logs, strict=True))
    tilt = sum(weight * (place - 0.5) * y for weight, place, y in zip(WEIGHTS, PLACES, logs, strict=True))
    exponent = -12 * tilt / span
    return np.exp(level + exponent * (np.log(low) + span / 2)), exponent


def x_for(target, scale, exponent, floor=0):
    """Return the x at which the law reaches `target`, a value above the floor.

    >>> x_for(1.2, scale=2.0, exponent=1.0, floor=1.0)  # doctest: +ELLIPSIS
    10.0...
    """
    return (scale / (target - floor)) ** (1 / exponent)


def gap_closed(x0, x1, exponent):
    """Return the share of the distance to the floor that is closed from x0 to x1; neither scale nor floor matters."""
    return 1 - (x1 / x0) ** -exponent


@dataclass(frozen=True)
class PowerLaw:
    """A falling power law with a floor, y = floor + scale * x**-exponent.

    Parameters
    ----------
    scale : float
        The part above the floor at x = 1, positive.
    exponent : float
        Positive; 0.05 means 11 % less of that part per ten times x.
    floor : float
        Zero or positive.

    Raises
    ------
    ValueError
        If a parameter is out of range, NaN or infinite.

    Examples
    --------
    >>> law = PowerLaw(scale=2.0, exponent=0.5, floor=1.0)
    >>> law(100.0), law([1.0, 4.0])
    (np.float64(1.2), array([3., 2.]))
    """

    scale: float
    exponent: float
    floor: float = 0.0

    def __post_init__(self):
        object.__setattr__(self, "scale", number("scale", self.scale))
        object.__setattr__(self, "exponent", number("exponent", self.exponent))
        object.__setattr__(self, "floor", number("floor", self.floor, not_negative))

    @classmethod
    def through(cls, x0, y0, x1, y1, floor=0.0):
        """Return the law through two points (x0, y0) and (x1, y1), for a given floor.

        Raises ValueError unless y falls from the smaller x to the larger one, with both above the floor.

        >>> PowerLaw.through(1.0, 3.0, 100.0, 1.2, floor=1.0)
        PowerLaw(scale=2.0, exponent=0.5, floor=1.0)
        """
        floor = number("floor", floor, not_negative)
        x0, x1 = number("x0", x0), number("x1", x1)
        gap0, gap1 = _above("y0", number("y0", y0), floor), _above("y1", number("y1", y1), floor)
        if (x1 - x0) * (gap1 - gap0) >= 0:
            raise ValueError(f"y1 must be below y0 where x1 is above x0, got ({x0}, {y0}) and ({x1}, {y1})")
        exponent = np.log(gap0 / gap1) / np.log(x1 / x0)
        return cls(scale=float(gap0 * x0**exponent), exponent=float(exponent), floor=floor)

    def __call__(self, x):
        """Return the law at x, any shape; the same as `value`."""
        return power_law(positive("x", x), self.scale, self.exponent, self.floor)

    def value(self, x):
        """Return the law at x, any shape, in the unit of the scale."""
        return self(x)

    def elasticity(self, x):
        """Return d log(y) / d log(x) at x, any shape: between -exponent and 0."""
        return elasticity(positive("x", x), self.scale, self.exponent, self.floor)

    def per_decade(self, x=None):
        """Return the factor per ten times x: of the part above the floor, or of the whole value at `x` if given."""
        return self._per(10.0, x)

    def per_doubling(self, x=None):
        """Return the factor per doubling of x: of the part above the floor, or of the whole value at `x` if given."""
        return self._per(2.0, x)

    def _per(self, ratio, x):
        if x is None:
            return reducible_factor(ratio, self.exponent)
        return total_factor(positive("x", x), ratio, self.scale, self.exponent, self.floor)

    def x_for(self, target):
        """Return the x at which the law reaches `target`, any shape; ValueError unless it is above the floor."""
        target = positive("target", target)
        _above("target", target, self.floor)
        return x_for(target, self.scale, self.exponent, self.floor)

    def gap_closed(self, x0, x1):
        """Return the share of the distance to the floor that is closed from x0 to x1 (negative if x1 is below x0)."""
        return gap_closed(positive("x0", x0), positive("x1", x1), self.exponent)


def _above(name, value, floor):
    if not np.all(value > floor):
        raise ValueError(f"{name} must be above the floor {floor}, got {np.min(value)}")
    return value - floor
