"""Bootstrap of growth curves: refits to resampled residuals."""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import finite
from scalinglaws.fit.growth_fit import Forecast
from scalinglaws.fit.least_squares import least_squares
from scalinglaws.fit.scurve import MOST


@dataclass(frozen=True, repr=False)
class GrowthDraws:
    """Curves refitted to resampled residuals.

    Attributes
    ----------
    ceiling, midpoint, width, growth, doubling_time : ndarray, shape (n_draws,)
        As in GrowthFit; a ceiling of infinity where the draw shows no bend.
    """

    fit: object
    theta: np.ndarray
    seed: int

    def __getattr__(self, name):
        if name in ("ceiling", "midpoint", "width", "growth", "doubling_time"):
            return self.fit._named(self.theta)[name]
        raise AttributeError(name)

    def interval(self, name, level=0.9):
        """Return the percentile interval of a parameter; its upper end may be infinite."""
        values = np.sort(getattr(self, name))
        tail = (1 - level) / 2
        ranks = np.clip(np.round(np.array([tail, 1 - tail]) * (values.size - 1)).astype(int), 0, values.size - 1)
        return tuple(float(v) for v in values[ranks])

    def predict(self, year, level=0.9, noise=True):
        """Return a Forecast whose interval holds the middle share `level` of the draws, residual noise added by
        default.
        """
        year = np.atleast_1d(finite("year", year))
        fit = self.fit
        values = fit._problem.values(self.theta, fit._problem.scaled(year))
        if noise:
            residuals = _inflated(fit)
            values = values + np.random.default_rng([self.seed, 1]).choice(residuals, size=values.shape)
        tail = (1 - level) / 2
        low, high = np.quantile(values, [tail, 1 - tail], axis=0)
        return Forecast(year, fit.curve(year), fit._back(low), fit._back(high))


def draw(fit, n_draws, seed):
    """Return GrowthDraws: the fitted values plus residuals drawn with replacement, refitted."""
    problem, best = fit._problem, fit._best
    rng = np.random.default_rng(seed)
    noise = rng.choice(_inflated(fit), size=(n_draws, fit.n_points))
    observed = problem.values(best[None], problem.t)[0] + noise
    if np.isinf(best[2]) and fit.n_free == 2:
        start = np.repeat(best[None], n_draws, axis=0)
        bounds = [-700.0, -700.0, 0], [700.0, 700.0, np.inf]
        theta, _ = least_squares(problem.exponential(problem.t), observed, start, *bounds, n_free=2)
        return GrowthDraws(fit, theta, seed)
    starts = _starts(fit)
    theta = np.tile(starts, (n_draws, 1))
    most = np.exp(fit._rows.theta[:, 2].max())
    theta, sse = problem.solve(theta, fit.n_free, most, np.repeat(observed, len(starts), axis=0))
    theta, sse = theta.reshape(n_draws, len(starts), 3), sse.reshape(n_draws, len(starts))
    return GrowthDraws(fit, theta[np.arange(n_draws), np.argmin(sse, axis=1)], seed)


def _starts(fit):
    """A handful of rows of the profile, from the lowest ceilings to the exponential's edge."""
    if fit.n_free == 2:
        return fit._best[None]
    places = np.flatnonzero(fit._rows.theta[:, 2] <= np.log(MOST * fit._problem.unit) + 1e-9)
    near = fit._rows.sse[places] <= 6 * fit._rows.sse.min()
    places = places[near] if near.any() else places
    return fit._rows.theta[places[np.linspace(0, len(places) - 1, 6).astype(int)]]


def _inflated(fit):
    return fit.residuals * np.sqrt(fit.n_points / (fit.n_points - fit.n_free))
