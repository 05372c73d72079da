"""The best size as a power of compute, N = G C^a, with D = C / (6 N): what the first two approaches of Hoffmann et al. give.

`ChinchillaFit` has the same attributes, so that the three approaches can be compared.
"""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import number, one_of, positive
from scalinglaws.fit.bootstrap import ALIASES, OptimumInterval, percentile_interval
from scalinglaws.fit.warnings import of_range
from scalinglaws.laws.training.flops import TRAIN


@dataclass(frozen=True, eq=False)
class Allocation:
    """A line log N = intercept + exponent_n log C, and the range of compute it was fitted in.

    Attributes
    ----------
    exponent_n, exponent_d : float
        The best size grows as C^exponent_n, the best number of tokens as C^exponent_d; they add up to one.
    warnings : tuple of FitWarning
        Empty if there is nothing to object to.
    """

    intercept: float
    exponent_n: float
    seen: tuple
    warnings: tuple
    seed: int

    @property
    def exponent_d(self):
        """Exponent of the best number of tokens."""
        return 1 - self.exponent_n

    def n_params_at(self, compute_flop):
        """Return the best size at a budget in FLOP, any shape."""
        return np.exp(self.intercept) * positive("compute_flop", compute_flop) ** self.exponent_n

    def n_tokens_at(self, compute_flop):
        """Return the best number of tokens at a budget in FLOP, any shape."""
        return positive("compute_flop", compute_flop) / (TRAIN * self.n_params_at(compute_flop))

    def warnings_at_budget(self, compute_flop):
        """Return warnings if a budget in FLOP, a number or an array, lies outside the range of the fit."""
        return of_range("compute_flop", positive("compute_flop", compute_flop), self.seen)

    def interval(self, name, level=0.95, n_resamples=2000):
        """Return the bootstrap interval (low, high) of a (exponent_n) or b (exponent_d)."""
        return self.bootstrap(n_resamples).interval(name, level)

    def _summary(self):
        low, high = self.seen
        return [
            f"  allocation  N ~ C^{self.exponent_n:.4f}, D ~ C^{self.exponent_d:.4f} from C = {low:.3g} to {high:.3g}",
            f"  warnings    {'; '.join(map(str, self.warnings)) or 'none'}",
        ]


@dataclass(frozen=True, eq=False)
class AllocationBootstrap:
    """Lines refitted to resamples of the runs; percentile intervals.

    Attributes
    ----------
    intercepts, exponents : ndarray, shape (n_resamples,)
        Of the resamples that determine a line.
    usable : float
        Share of the resamples that do.
    """

    intercepts: np.ndarray
    exponents: np.ndarray
    usable: float
    seen: tuple

    @property
    def draws(self):
        """Dict of str to ndarray: a and b, the exponents of size and data."""
        return {"a": self.exponents, "b": 1 - self.exponents}

    def interval(self, name, level=0.95):
        """Return the percentile interval (low, high) of a (or exponent_n) or b (or exponent_d)."""
        name = ALIASES.get(name, name)
        one_of("name", name, self.draws)
        return percentile_interval(self.draws[name], level)

    def standard_error(self, name):
        """Return the standard deviation of the draws of a or b."""
        name = ALIASES.get(name, name)
        one_of("name", name, self.draws)
        return float(np.std(self.draws[name], ddof=1))

    def optimum(self, compute_flop, level=0.95):
        """Return the `OptimumInterval` of a budget in FLOP; it has no loss (NaN), which this approach does not fit."""
        compute_flop = number("compute_flop", compute_flop)
        n_params = np.exp(self.intercepts + self.exponents * np.log(compute_flop))
        n_tokens = compute_flop / (TRAIN * n_params)
        parts = [percentile_interval(part, level) for part in (n_params, n_tokens, n_tokens / n_params)]
        nothing = (np.nan, np.nan)
        warnings = of_range("compute_flop", compute_flop, self.seen)
        return OptimumInterval(parts[0], parts[1], nothing, parts[2], level, warnings)


def lines(x, y, weights):
    """Least-squares lines y = intercept + slope x for each row of weights (k, m); NaN where x has no spread.

    `y` is (m,) or (k, m); entries of weight zero may be NaN.
    """
    y = np.where(weights > 0, y, 0.0)
    total = weights.sum(axis=1)
    with np.errstate(all="ignore"):
        x0, y0 = weights @ x / total, (weights * y).sum(axis=1) / total
        gap = x - x0[:, None]
        spread = (weights * gap**2).sum(axis=1)
        slope = (weights * gap * y).sum(axis=1) / np.where(spread > 1e-9 * total, spread, np.nan)
    return y0 - slope * x0, slope
