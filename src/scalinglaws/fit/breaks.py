"""A trend with one break: two straight lines that meet, and the year in which they do."""

from dataclasses import dataclass, field

import numpy as np

from scalinglaws.check import columns, finite, one_of, positive
from scalinglaws.fit.engine.intervals import LEVEL, Interval, Prediction, Profile
from scalinglaws.fit.growth import aicc
from scalinglaws.laws.growth.curves import LN2


@dataclass(frozen=True, eq=False)
class SegmentedFit:
    """Two straight lines that meet in one year, made by `fit_segmented`.

    break_year: where they meet.
    slope_before, slope_after: per year: of ln value for log residuals, of the value for linear ones.
    doubling_before, doubling_after: doubling times in years, negative where the series falls; NaN for linear residuals.
    deviation: residual standard deviation, four parameters counted.
    evidence: by how much AICc prefers the broken line to a single one; below 0 the break explains nothing.
    profile: of the year of the break.
    """

    break_year: float
    slope_before: float
    slope_after: float
    deviation: float
    evidence: float
    profile: Profile = field(repr=False)
    log: bool
    inverse: np.ndarray = field(repr=False)  # of the information of the three linear parameters, for each break

    @property
    def doubling_before(self):
        return self._doubling(self.slope_before)

    @property
    def doubling_after(self):
        return self._doubling(self.slope_after)

    def curve(self, year):
        """Return the broken line at `year`, any shape, in the unit of the values."""
        year, best = finite("year", year), np.argmin(self.profile.objective)
        values = _design(np.ravel(year), self.profile.values[[best]])[0] @ self.profile.theta[:, best]
        return self._back(values).reshape(year.shape)

    def interval(self, name, level=LEVEL):
        """Return the profile likelihood `Interval` of break_year, slope_before or slope_after.

        That of the year stays within the second and the last but one year of the series.
        """
        one_of("name", name, ("break_year", "slope_before", "slope_after"))
        if name == "break_year":
            return self.profile.interval(level)
        inside, slack = self._inside(level)
        which = 1 if name == "slope_before" else 2
        half = slack * np.sqrt(self.inverse[inside, which, which])
        slopes = self.profile.theta[which, inside]
        return Interval(float((slopes - half).min()), float((slopes + half).max()), level, "profile")

    def predict(self, year, level=LEVEL, noise=True):
        """Return the `Prediction` at years: an interval from all breaks and slopes that the series does not reject."""
        year = np.atleast_1d(finite("year", year))
        inside, slack = self._inside(level)
        design = _design(year, self.profile.values[inside])
        centre = np.einsum("bti,ib->bt", design, self.profile.theta[:, inside])
        leverage = np.einsum("bti,bij,btj->bt", design, self.inverse[inside], design)
        half = slack[:, None] * np.sqrt(leverage + bool(noise))
        ends = (centre - half).min(axis=0), (centre + half).max(axis=0)
        return Prediction(self.curve(year), *map(self._back, ends), level)

    def _inside(self, level):
        """The breaks that are not rejected, and how much each leaves of the sum of squares, as a root."""
        slack = self.profile.limit(level) - self.profile.drop
        inside = np.flatnonzero(slack >= 0)
        return inside, self.deviation * np.sqrt(slack[inside])

    def _doubling(self, slope):
        with np.errstate(divide="ignore"):
            return float(np.float64(LN2) / slope) if self.log else np.nan

    def _back(self, values):
        return np.exp(values) if self.log else values


def fit_segmented(year, value, residuals="log"):
    """Fit two straight lines that meet in a year which is fitted too, to six points in five years or more.

    `residuals`: "log" for lines through the logarithms (two exponentials), "linear" for lines through the values. For a
    given break the problem is linear; it is solved for 400 breaks from the second year to the last but one. With so free a
    break, `evidence` of a few units is no evidence: a search always finds something.

    >>> years = np.arange(1990, 2011)
    >>> fit = fit_segmented(years, 100 * 2.0 ** np.minimum((years - 1990) / 2, 7))
    >>> round(fit.break_year), round(fit.doubling_before, 2), round(abs(fit.slope_after), 6)
    (2004, 2.0, 0.0)
    """
    one_of("residuals", residuals, ("log", "linear"))
    year, value = columns(finite, year=year, value=value)
    observed = np.log(positive("value", value)) if residuals == "log" else value
    n, distinct = year.size, np.unique(year)
    if n < 6 or distinct.size < 5:
        raise ValueError(f"year must have at least 6 points in 5 years, got {n} in {distinct.size}")
    order = np.argsort(year, kind="stable")
    year, observed = year[order], observed[order]
    breaks = np.unique(np.concatenate([np.linspace(distinct[1], distinct[-2], 400), distinct[1:-1]]))
    design = _design(year, breaks)
    inverse = np.linalg.inv(design.transpose(0, 2, 1) @ design)
    theta = np.einsum("bij,btj,t->ib", inverse, design, observed)
    sse = ((observed - np.einsum("bti,ib->bt", design, theta)) ** 2).sum(axis=1)
    best, least = np.argmin(sse), max(sse.min(), 1e-300)
    drop = (sse - sse.min()) / least * (n - 4)
    profile = Profile("break_year", breaks, sse, drop, n - 4, theta, (breaks[0], breaks[-1]))
    straight = np.polynomial.Polynomial.fit(year, observed, 1)
    evidence = aicc(((observed - straight(year)) ** 2).sum(), n, 3) - aicc(sse[best], n, 5)
    return SegmentedFit(
        float(breaks[best]), float(theta[1, best]), float(theta[2, best]), float(np.sqrt(sse[best] / (n - 4))),
        float(evidence), profile, residuals == "log", inverse,
    )  # fmt: skip


def _design(year, breaks):
    since = year[None, :] - breaks[:, None]
    return np.stack([np.ones_like(since), np.minimum(since, 0), np.maximum(since, 0)], axis=-1)
