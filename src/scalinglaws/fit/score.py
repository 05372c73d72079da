"""Score laws where they matter: fit runs below a compute cut, predict the runs above it.

Scoring a forecaster on the past: cut a series at every year, forecast the rest, see what the interval holds.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import NormalDist

import numpy as np

from scalinglaws.check import columns, finite, number, positive, share
from scalinglaws.fit.chinchilla import FORMS, fit_form
from scalinglaws.fit.engine.columns import takes_table
from scalinglaws.fit.engine.intervals import LEVEL
from scalinglaws.fit.engine.record import plain
from scalinglaws.laws.training.flops import training_flop

BANDS = (1.0, 3.0, 10.0, np.inf)  # compute of a held-out run over the cut
FEWEST = 8  # runs below the first default cut of an expanding window


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Predictions of runs above a cut by forms fitted below it.

    below: the cut in FLOP; runs at the cut are fitted.
    n_fitted: runs at or below it.
    compute_flop, distance (m,): of the held-out runs: compute, and compute over the cut.
    errors (m,): for each form the signed relative error, predicted over observed loss minus 1.
    fits: dict of str to ChinchillaFit or KaplanFit
    """

    below: float
    n_fitted: int
    compute_flop: np.ndarray
    distance: np.ndarray
    errors: dict
    fits: dict

    @property
    def warnings(self):
        """Tuple of FitWarning: those of all fits, each about a form and what the fit names."""
        return tuple(
            replace(warning, about=f"{form}: {warning.about}")
            for form, fit in self.fits.items()
            for warning in fit.warnings
        )

    def __repr__(self):
        worst = ", ".join(f"{form} {100 * _worst(errors):+.2f} %" for form, errors in self.errors.items())
        return (
            f"{len(self.distance)} runs above {self.below:.3g} FLOP, {self.n_fitted} fitted below; worst error: {worst}"
        )

    to_dict = plain

    def table(self):
        """Return rows of errors by form and distance.

        Returns list of dict: form, distance_from, distance_to (compute over the cut), n_runs, mean_error (signed),
        mean_size (of the error), worst (the signed error largest in size).
        """
        rows = []
        for form, errors in self.errors.items():
            for low, high in pairwise(BANDS):
                here = errors[(self.distance > low) & (self.distance <= high)]
                if len(here):
                    scores = {"mean_error": here.mean(), "mean_size": np.abs(here).mean(), "worst": _worst(here)}
                    rows.append(
                        {"form": form, "distance_from": low, "distance_to": high, "n_runs": len(here)}
                        | {name: float(score) for name, score in scores.items()}
                    )
        return rows


@takes_table("n_params", "n_tokens", "loss", "compute_flop")
def held_out(n_params, n_tokens, loss, below, *, forms=("chinchilla",), compute_flop=None, **settings):
    """Fit runs with compute up to a cut and predict the others.

    Parameters
    ----------
    n_params, n_tokens, loss : array_like, shape (n,)
        As in `fit_chinchilla`.
    below : float
        The cut in FLOP.
    forms : str or sequence of str
        Names in `FORMS`.
    compute_flop : array_like, shape (n,), optional
        Training compute; 6 N D by default.
    settings
        objective, delta and data of `fit_chinchilla`.

    Returns
    -------
    HeldOut

    Raises
    ------
    ValueError
        If no run lies above the cut, if fewer lie below than a form has free parameters, or as `fit_chinchilla`.

    Examples
    --------
    >>> n, d = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e7, 1e10, 7), np.geomspace(1e9, 1e11, 7)))
    >>> scored = compare_forms(n, d, 1.8 + 480 / n**0.35 + 2085 / d**0.37, below=1e20)
    >>> min(scored.errors, key=lambda form: np.abs(scored.errors[form]).mean())
    'chinchilla'
    """
    n_params, n_tokens, loss, compute = _columns(n_params, n_tokens, loss, compute_flop)
    below, forms = number("below", below), (forms,) if isinstance(forms, str) else forms
    fitted = compute <= below
    if fitted.all() or not fitted.any():
        raise ValueError(
            f"below must leave runs on both sides, between {compute.min():.4g} and {compute.max():.4g}, got {below:g}"
        )
    n_out, d_out, seen = n_params[~fitted], n_tokens[~fitted], loss[~fitted]
    fits = {name: fit_form(name, n_params[fitted], n_tokens[fitted], loss[fitted], **settings) for name in forms}
    errors = {name: fit.loss(n_out, d_out) / seen - 1 for name, fit in fits.items()}
    above = compute[~fitted]
    return HeldOut(below, int(fitted.sum()), above, above / below, errors, fits)


@takes_table("n_params", "n_tokens", "loss", "compute_flop")
def compare_forms(n_params, n_tokens, loss, below, *, forms=tuple(FORMS), compute_flop=None, **settings):
    """Fit every form below a cut and score it above; `held_out` with all `FORMS`."""
    return held_out(n_params, n_tokens, loss, below, forms=forms, compute_flop=compute_flop, **settings)


@dataclass(frozen=True, eq=False)
class Window:
    """One step of an expanding window.

    below: the cut in FLOP.
    n_runs, n_held_out: runs fitted and runs predicted.
    exponent_n: allocation exponent of the fit.
    n_params_at: best size at the reference budget.
    mean_error, mean_size, worst_error: of the held-out losses, relative: signed mean, mean size, and the signed error
        largest in size.
    warnings: of the fit.
    """

    below: float
    n_runs: int
    n_held_out: int
    exponent_n: float
    n_params_at: float
    mean_error: float
    mean_size: float
    worst_error: float
    warnings: tuple


@takes_table("n_params", "n_tokens", "loss", "compute_flop")
def expanding_window(n_params, n_tokens, loss, *, cuts=None, at=None, compute_flop=None, **settings):
    """Raise the cut step by step: does the prediction of the loss hold, and does the allocation?

    Parameters
    ----------
    n_params, n_tokens, loss : array_like, shape (n,)
        As in `fit_chinchilla`.
    cuts : array_like, optional
        Cuts in FLOP. By default five, at equal steps in the number of runs, from at least 8 to nine tenths of all.
    at : float, optional
        Budget in FLOP for which the best size is asked; the largest of the runs by default.
    compute_flop : array_like, shape (n,), optional
        Training compute; 6 N D by default.
    settings
        objective, delta, fixed, tied, data of `fit_chinchilla`.

    Returns
    -------
    list of Window
        By rising cut.

    Raises
    ------
    ValueError
        As `held_out`.

    Examples
    --------
    >>> n, d = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e7, 1e10, 7), np.geomspace(1e9, 1e11, 7)))
    >>> steps = expanding_window(n, d, 1.8 + 480 / n**0.35 + 2085 / d**0.37)
    >>> [round(step.exponent_n, 3) for step in steps]
    [0.514, 0.514, 0.514, 0.514, 0.514]
    """
    n_params, n_tokens, loss, compute = _columns(n_params, n_tokens, loss, compute_flop)
    if cuts is None:
        counts = np.linspace(min(max(FEWEST, 0.3 * len(loss)), 0.9 * len(loss)), 0.9 * len(loss), 5).round().astype(int)
        cuts = np.sort(compute)[np.unique(counts) - 1]
    at = compute.max() if at is None else number("at", at)
    windows = []
    for cut in np.unique(np.atleast_1d(cuts)):
        scored = held_out(n_params, n_tokens, loss, cut, compute_flop=compute, **settings)
        fit, errors = scored.fits["chinchilla"], scored.errors["chinchilla"]
        best = float(fit.n_params_at(at))
        scores = (float(errors.mean()), float(np.abs(errors).mean()), float(_worst(errors)))
        windows.append(Window(float(cut), scored.n_fitted, len(errors), fit.exponent_n, best, *scores, fit.warnings))
    return windows


def _columns(n_params, n_tokens, loss, compute_flop):
    if compute_flop is None:
        n_params, n_tokens, loss = columns(n_params=n_params, n_tokens=n_tokens, loss=loss)
        return n_params, n_tokens, loss, training_flop(n_params, n_tokens)
    return columns(n_params=n_params, n_tokens=n_tokens, loss=loss, compute_flop=compute_flop)


def _worst(errors):
    return errors[np.argmax(np.abs(errors))]


@dataclass(frozen=True)
class Truncations:
    """Forecasts made at every cut of one series, beside what followed.

    year, value (n_points,): the series, in order of time.
    cut (n_cuts,): last year that each forecast knew.
    forecast, low, high (n_cuts, n_points): forecast and interval; NaN for what was known at the cut.
    level: what share the intervals ought to hold.
    """

    year: np.ndarray
    value: np.ndarray
    cut: np.ndarray
    forecast: np.ndarray
    low: np.ndarray
    high: np.ndarray
    level: float

    @property
    def ahead(self):
        """Ndarray, shape (n_cuts, n_points): years from cut to observation, 0 or less if it was known."""
        return self.year - self.cut[:, None]

    @property
    def inside(self):
        """Ndarray of bool, shape (n_cuts, n_points): later observations that lie in the interval."""
        with np.errstate(invalid="ignore"):
            return (self.low <= self.value) & (self.value <= self.high) & (self.ahead > 0)

    @property
    def share_next(self):
        """Float: share of cuts whose interval holds the observation that came next; ought to be `level`."""
        following = np.argmax(self.ahead > 0, axis=1)
        return float(self.inside[np.arange(self.cut.size), following].mean())

    @property
    def share_later(self):
        """Float: share of all later observations inside, averaged over cuts; ought to be `level`."""
        return float((self.inside.sum(axis=1) / (self.ahead > 0).sum(axis=1)).mean())

    @property
    def share_end(self):
        """Float: share of cuts whose interval holds the end of the series; ought to be `level`."""
        return float(self.inside[:, -1].mean())

    @property
    def share_all(self):
        """Float: share of cuts whose interval holds everything that followed; below `level` even for a good forecaster."""
        return float((self.inside | (self.ahead <= 0)).all(axis=1).mean())

    @property
    def end_error(self):
        """Ndarray, shape (n_cuts,): log10 of forecast over value at the end; 1 is ten times too high."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.log10(self.forecast[:, -1] / self.value[-1])

    @property
    def end_width(self):
        """Ndarray, shape (n_cuts,): upper over lower end of the interval at the end; infinite if the lower is not above 0."""
        low, high = self.low[:, -1], self.high[:, -1]
        with np.errstate(divide="ignore", over="ignore"):
            return np.where(low > 0, high / np.where(low > 0, low, 1.0), np.inf)

    def before(self, year):
        """Return the forecasts whose last known year is before `year`.

        Raises ValueError if there is none.
        """
        chosen = self.cut < year
        if not chosen.any():
            raise ValueError(f"year must be after the first cut, {self.cut[0]:g}, got {year}")
        rows = {name: getattr(self, name)[chosen] for name in ("cut", "forecast", "low", "high")}
        return replace(self, **rows)


def truncate(year, value, fit, level=LEVEL, n_first=5):
    """Cut a series after each of its years, fit what is left, and forecast all that followed: `Truncations`.

    `fit` takes year and value and returns something with ``predict(year, level)``, such as
    `scalinglaws.fit.growth.fit_logistic`; the earliest forecast may use `n_first` points. Forecasts from neighbouring cuts
    share most of their data and all of their future, so the shares of one series are one piece of evidence, not as many as
    there are cuts.

    >>> from scalinglaws.data import load
    >>> from scalinglaws.fit.growth import fit_exponential
    >>> speed = load("airliners").where(~load("airliners")["supersonic"])
    >>> past = truncate(speed["year"], speed["cruise_mph"], fit_exponential, level=0.9)
    >>> past.cut.size, round(past.share_end, 2), past.before(1958).share_end
    (17, 0.29, 0.0)
    """
    year, value = columns(finite, year=year, value=value)
    order = np.argsort(year, kind="stable")
    year, value = year[order], value[order]
    cuts = np.unique(year)[:-1]
    known = np.searchsorted(year, cuts, side="right")
    chosen = known >= n_first
    if not chosen.any():
        raise ValueError(f"n_first must leave a year to forecast, got {n_first} for {year.size} points")
    forecast, low, high = (np.full((chosen.sum(), year.size), np.nan) for _ in range(3))
    for row, n in enumerate(known[chosen]):
        made = fit(year[:n], value[:n]).predict(year[n:], level)
        forecast[row, n:], low[row, n:], high[row, n:] = made.value, made.low, made.high
    return Truncations(year, value, cuts[chosen], forecast, low, high, level)


def interval_score(low, high, truth, level):
    """Score an interval once the truth is known: its width, plus ``2 / (1 - level)`` times what it misses by.

    Fewer points are better. All in one unit: that of the truth, or its logarithm. The interval score of Gneiting and Raftery
    (2007): its expectation is least for the interval between the quantiles (1 - level) / 2 and (1 + level) / 2 of what one
    believes, so that nobody gains by a narrower or wider one.

    >>> [round(interval_score(1, 3, truth, level=0.8), 9) for truth in (2, 3.5, 0.5)]
    [2.0, 7.0, 7.0]
    """
    low, high, truth = number("low", low, finite), number("high", high, finite), number("truth", truth, finite)
    if low > high:
        raise ValueError(f"high must be at least low {low}, got {high}")
    return high - low + 2 / (1 - share("level", level)) * max(low - truth, truth - high, 0.0)


def crps(draws, truth):
    """Score a forecast given as draws, all equally likely: their mean distance from the truth minus half that between two.

    Fewer points are better, in the unit of the draws; one single draw scores its distance. The continuous ranked probability
    score (Gneiting and Raftery 2007, Eq. 21) is proper: nobody can expect to gain by draws other than those believed in.

    >>> crps([1, 2, 3], 2), crps([2], 5)
    (0.2222222222222222, 3.0)
    """
    draws = np.sort(np.ravel(finite("draws", draws)))
    rank = 2 * np.arange(draws.size) + 1 - draws.size
    return float(np.abs(draws - finite("truth", truth)).mean() - (rank @ draws) / draws.size**2)


def crps_normal(mean, deviation, truth):
    """Return the `crps` of a normal forecast, in closed form (Gneiting and Raftery 2007, in the text after Eq. 21).

    >>> round(crps_normal(0, 1, 0), 4)  # sqrt(2 / pi) - 1 / sqrt(pi)
    0.2337
    """
    z = (truth - mean) / positive("deviation", deviation)
    bell = NormalDist()
    return float(deviation * (z * (2 * bell.cdf(z) - 1) + 2 * bell.pdf(z) - np.pi**-0.5))
