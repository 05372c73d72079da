"""The best size as a power of compute, N = G C^a, with D = C / 6N: what approaches 1 and 2 of Hoffmann et al. give.

`ChinchillaFit` answers the same questions, so that the three approaches can be compared.
"""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import positive
from scalinglaws.fit.engine.intervals import LEVEL, Draws
from scalinglaws.fit.engine.record import Recorded
from scalinglaws.laws.training.flops import TRAIN


@dataclass(frozen=True, eq=False)
class AllocationLine(Recorded):
    """A line log N = intercept + exponent_n log C, and the range of compute it was fitted in.

    exponent_n, exponent_d: the best size grows as C^exponent_n, the best number of tokens as C^exponent_d; they add up
        to one.
    seen: range of compute_flop.
    warnings: empty if there is nothing to object to.
    """

    flop_per_param_token = TRAIN  # D = C / 6N; fits that know better say so

    intercept: float
    exponent_n: float
    seen: dict
    warnings: tuple
    seed: int

    def facts(self):
        """Return what is known of the fit, as a dict."""
        seen = {name: {"low": low, "high": high} for name, (low, high) in self.seen.items()}
        counted = f"C = {self.flop_per_param_token:g} N D"
        line = {"intercept": self.intercept, "exponent": self.exponent_n}
        constants = self.named((self.intercept, self.exponent_n))
        return {"constants": constants, "line": line, "seen": seen, "compute": counted, "warnings": self.warnings}

    @property
    def exponent_d(self):
        return 1 - self.exponent_n

    def n_params_at(self, compute_flop):
        """Return the best size at a budget in FLOP, any shape."""
        return np.exp(self.intercept) * positive("compute_flop", compute_flop) ** self.exponent_n

    def interval(self, name, level=LEVEL, n_resamples=2000):
        """Return the bootstrap `Interval` of a (exponent_n) or b (exponent_d)."""
        return self.bootstrap(n_resamples).interval(name, level)

    def named(self, theta):
        """Return the exponents a and b of lines theta = (intercept, exponent), (2,) or (2, k)."""
        return {"a": theta[1], "b": 1 - theta[1]}

    def best_use(self, theta, compute_flop, flop_per_param_token=None):
        """Return size, tokens and loss (NaN: it is not fitted) at a budget, of each line."""
        n_params = np.exp(theta[0] + theta[1] * np.log(compute_flop))
        per = flop_per_param_token or self.flop_per_param_token
        return n_params, compute_flop / (per * n_params), np.full_like(n_params, np.nan)

    def _draws(self, theta, seed):
        good = np.isfinite(theta[1])
        return Draws(self, theta[:, good], None, float(good.mean()), seed)

    def _summary(self):
        low, high = self.seen["compute_flop"]
        return [
            f"  allocation  N ~ C^{self.exponent_n:.4f}, D ~ C^{self.exponent_d:.4f} from C = {low:.3g} to {high:.3g}",
            f"  compute     C = {self.flop_per_param_token:g} N D",
            f"  warnings    {'; '.join(map(str, self.warnings)) or 'none'}",
        ]


def lines(x, y, weights):
    """Least-squares lines y = intercept + slope x for each row of weights (k, m): (2, k), NaN where x has no spread.

    `y` is (m,) or (k, m); entries of weight zero may be NaN.
    """
    y = np.where(weights > 0, y, 0.0)
    total = weights.sum(axis=1)
    with np.errstate(all="ignore"):
        x0, y0 = weights @ x / total, (weights * y).sum(axis=1) / total
        gap = x - x0[:, None]
        spread = (weights * gap**2).sum(axis=1)
        slope = (weights * gap * y).sum(axis=1) / np.where(spread > 1e-9 * total, spread, np.nan)
    return np.stack([y0 - slope * x0, slope])


def log_line(compute_flop, values):
    """Return scale and slope of a power law through positive values against compute: a straight line on log-log paper."""
    slope, level = np.polyfit(np.log(compute_flop), np.log(values), 1)
    return float(np.exp(level)), float(slope)


def log_slope(compute_flop, values):
    """Return the exponent of a power law through positive values against compute: the slope of `log_line`."""
    return log_line(compute_flop, values)[1]
