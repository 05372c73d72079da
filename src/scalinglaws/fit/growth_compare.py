"""Exponential or S-curve: what a series says about the kind of its growth."""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import one_of
from scalinglaws.fit.growth import FITS
from scalinglaws.fit.growth_fit import GrowthFit


@dataclass(frozen=True)
class Comparison:
    """How one kind of curve fares against others on one series.

    Attributes
    ----------
    kind : str
        Which curve.
    fit : GrowthFit
        The fit.
    aicc : float
        Akaike's criterion with the correction for few points; only differences matter.
    delta : float
        Above the best of those compared. Below 2, or below what the parameters alone cost: the data do not decide.
    weight : float
        Its share of exp(-delta / 2) among those compared. It is not a probability that the curve is true.
    """

    kind: str
    fit: GrowthFit
    aicc: float
    delta: float
    weight: float


def compare_growth(year, value, residuals="log", kinds=("exponential", "logistic", "gompertz"), max_ceiling=None):
    """Compare kinds of growth on one series by Akaike's criterion, all with the same residuals.

    Parameters
    ----------
    year, value : array_like, shape (n_points,)
        The series; six points or more.
    residuals : {"log", "linear"}
        Scale of the errors, the same for all; criteria from different scales cannot be compared.
    kinds : sequence of {"exponential", "logistic", "gompertz", "peak"}
        What to compare.
    max_ceiling : float, optional
        As in `fit_logistic`.

    Returns
    -------
    list of Comparison
        The best first.

    Raises
    ------
    ValueError
        As `scalinglaws.fit.growth.fit_exponential`, and for an unknown kind or fewer than six points.

    Notes
    -----
    AICc = n ln(SSE / n) + 2 k + 2 k (k + 1) / (n - k - 1), with k counting the residual deviation too. Three
    cautions. A logistic contains the exponential; with no bend in sight it loses by the cost of its ceiling alone,
    7.2 at nine points and 2.7 at thirty. That the exponential wins a short series says that it is simpler, not that
    there is no ceiling: ask ``fit.interval("ceiling")``. Residuals are taken for independent; where `fit.lag1` is far
    above 0 there is less information than points, and the differences are too large. And it says which curve
    describes what has been seen; `scalinglaws.fit.truncation` says which one forecasts.

    Examples
    --------
    >>> from scalinglaws.data import load
    >>> phones = load("phones")
    >>> phones = phones.where(phones["technology"] == "cellphone")
    >>> [row.kind for row in compare_growth(phones["year"], phones["per_hundred"], residuals="linear")]
    ['gompertz', 'logistic', 'exponential']
    """
    if np.size(year) < 6:
        raise ValueError(f"year must have at least 6 points to compare kinds of growth, got {np.size(year)}")
    fits = []
    for kind in kinds:
        one_of("kinds", kind, FITS)
        limited = {} if kind in ("exponential", "peak") else {"max_ceiling": max_ceiling}
        fits.append(FITS[kind](year, value, residuals, **limited))
    scores = np.array([fit.aicc for fit in fits])
    delta = scores - scores.min()
    weight = np.exp(-delta / 2) / np.exp(-delta / 2).sum()
    return [
        Comparison(kinds[i], fits[i], float(scores[i]), float(delta[i]), float(weight[i])) for i in np.argsort(scores)
    ]
