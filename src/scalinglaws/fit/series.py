"""Six real series that slowed down, or did not, and how forecasts of them would have fared."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from scalinglaws.check import one_of
from scalinglaws.data import load
from scalinglaws.fit.drift import fit_drift
from scalinglaws.fit.engine.intervals import LEVEL
from scalinglaws.fit.growth import FITS
from scalinglaws.fit.score import truncate


@dataclass(frozen=True)
class Series:
    """A series to forecast.

    Attributes
    ----------
    name, label, unit : str
        Key, what it is, and in which unit: "clock" (fastest processor clock: chips before 2000, then the fastest desktop
        chip of the year; those of 2023 and 2024 are boost clocks), "airliners" (subsonic ones), "oil" (US crude), "cellphone" and "smartphone" (US, per 100 people
        or households), "transistors" (per processor).
    year, value : ndarray, shape (n_points,)
        The data, in order of time.
    residuals : {"log", "linear"}
        Errors that fit it: factors for what grows over decades of size, percentage points for shares of a population.
    curve : {"logistic", "peak"}
        Its S-curve: the value itself, or what is used up by yearly production.
    turn : float or None
        The year after which the early growth was over, known only in hindsight; None if there is no single one.
    """

    name: str
    label: str
    unit: str
    year: np.ndarray
    value: np.ndarray
    residuals: str
    curve: str = "logistic"
    turn: float | None = None

    def until(self, year):
        """Return the series up to and including `year`."""
        known = self.year <= year
        return replace(self, label=f"{self.label}, to {year:g}", year=self.year[known], value=self.value[known])


def series(name):
    """Return one of the series of `series_names()`: data, and what is needed to fit them.

    >>> clock = series("clock")
    >>> clock.unit, clock.turn, clock.until(1990).year[-1] <= 1990
    ('MHz', 2004, np.True_)
    """
    return _MAKERS[one_of("name", name, _MAKERS)]()


def series_names():
    """Return the names of the series, as a list of str."""
    return list(_MAKERS)


def score_series(one, kind, level=LEVEL, n_first=5, **options):
    """Cut a series at every year, forecast the rest with one kind of curve, and count what the intervals held.

    `kind` is a name in `FITS`, fitted with the residuals of the series and `options`, or "drift", the random walk with
    drift in logarithms, which every trend has to be judged against; level and n_first are those of
    `scalinglaws.fit.score.truncate`. Returns a dict: series, kind, cuts (their number), next, later, end, all (shares of
    cuts, see `Truncations`), error (median of log10 forecast / value at the end), width (median of upper / lower end there);
    before_turn: the same for the cuts before the turn, None without a turn or without cuts before it.

    >>> row = score_series(series("clock"), "exponential", level=0.9)
    >>> row["cuts"], round(row["end"], 2), round(row["next"], 2)
    (27, 0.11, 0.59)
    """
    one_of("kind", kind, [*FITS, "drift"])
    fit = fit_drift if kind == "drift" else partial(FITS[kind], residuals=one.residuals, **options)
    made = truncate(one.year, one.value, fit, level, n_first)
    early = one.turn is not None and made.cut[0] < one.turn
    return {
        "series": one.label,
        "kind": kind,
        **_shares(made),
        "before_turn": _shares(made.before(one.turn)) if early else None,
    }


def score_table(level=LEVEL, chosen=None):
    """Score every series, exponential and S-curve against a random walk with drift: what a trend knew about its own end.

    Returns rows as from `score_series`, for each series the exponential first, then the S-curve, then the walk. By default
    all series of `series_names()`, and US oil to 2008 beside it, before a second technology lifted it again.

    >>> rows = score_table(0.9, chosen=[series("airliners")])
    >>> [(row["kind"], row["cuts"], round(row["end"], 2)) for row in rows]
    [('exponential', 17, 0.29), ('logistic', 17, 1.0), ('drift', 17, 0.88)]
    """
    if chosen is None:
        chosen = [series(name) for name in series_names()]
        chosen.insert(3, series("oil").until(2008))
    return [score_series(one, kind, level) for one in chosen for kind in ("exponential", one.curve, "drift")]


def _shares(made):
    return {
        "cuts": made.cut.size,
        "next": made.share_next,
        "later": made.share_later,
        "end": made.share_end,
        "all": made.share_all,
        "error": float(np.median(made.end_error)),
        "width": float(np.median(made.end_width)),
    }


def _clock():
    chips, desktop = load("microprocessors"), load("desktop_clock")
    chips = chips.where((chips["year"] < 2000) & np.isfinite(chips["clock_mhz"]))
    year = np.concatenate([chips["year"], desktop["year"]])
    value = np.concatenate([chips["clock_mhz"], desktop["clock_mhz"]])
    return Series("clock", "Processor clock", "MHz", year, value, "log", turn=2004)


def _airliners():
    speed = load("airliners")
    speed = speed.where(~speed["supersonic"])
    return Series("airliners", "Airliner speed", "mile/h", speed["year"], speed["cruise_mph"], "log", turn=1958)


def _oil():
    oil = load("us_oil")
    return Series(
        "oil", "US crude oil", "million barrels a day", oil["year"], oil["production_mbd"], "linear", "peak", turn=1970
    )


def _phones(technology, label):
    phones = load("phones")
    phones = phones.where(phones["technology"] == technology)
    order = np.argsort(phones["year"], kind="stable")
    return Series(technology, label, "per hundred", phones["year"][order], phones["per_hundred"][order], "linear")


def _transistors():
    chips = load("microprocessors")
    chips = chips.where(np.isfinite(chips["transistors_count"]))
    return Series("transistors", "Transistors per processor", "1", chips["year"], chips["transistors_count"], "log")


_MAKERS = {
    "clock": _clock,
    "airliners": _airliners,
    "oil": _oil,
    "cellphone": partial(_phones, "cellphone", "Mobile phones, US"),
    "smartphone": partial(_phones, "smartphone", "Smartphones, US"),
    "transistors": _transistors,
}
