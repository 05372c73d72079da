"""What the fits give for every figure of `data/growth_checks.csv`, from the tables of the package."""

import csv
from functools import cache
from pathlib import Path

import numpy as np

from scalinglaws.data import load
from scalinglaws.fit.growth import fit_exponential, fit_logistic, fit_peak, record_setters
from scalinglaws.laws.growth.curves import LN81, peak_rate

GB = 0.36525  # billion barrels a year in one million a day


def rows():
    with open(Path(__file__).parent / "data" / "growth_checks.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def numbers(name, column, mask=None):
    """Return years and finite values of a column."""
    table = load(name)
    keep = np.isfinite(table[column])
    table = table.where(keep if mask is None else keep & mask(table))
    return table["year"], table[column]


@cache
def trend(name, column, low=-np.inf, high=np.inf, records=False):
    year, value = numbers(name, column, lambda table: (table["year"] >= low) & (table["year"] < high))
    if records:
        kept = record_setters(year, value)
        year, value = year[kept], value[kept]
    return fit_exponential(year, value)


@cache
def desktop(low, high):
    year, value = numbers("desktop_clock", "clock_mhz", lambda table: table["clock_kind"] == "base")
    kept = (year >= low) & (year <= high)
    return fit_exponential(year[kept], value[kept])


@cache
def airliners():
    return numbers("airliners", "cruise_mph", lambda table: ~table["supersonic"])


@cache
def oil(until, how="linear", total=None):
    year, value = numbers("us_oil", "production_mbd")
    year, value = year[year <= until], value[year <= until] * GB
    if how == "yearly":
        every = np.arange(year[0], until + 1)
        return fit_peak(every, np.interp(every, year, value), total=total)
    return fit_peak(year, value, how, total)


@cache
def phone(technology, population=None, until=np.inf):
    year, value = numbers(
        "phones",
        "per_hundred",
        lambda table: (
            (table["technology"] == technology)
            & (table["year"] <= until)
            & ((table["population"] == population) if population else True)
        ),
    )
    return fit_logistic(year, value)


@cache
def benchmark(name, metric=None):
    year, value = numbers(
        "benchmarks",
        "score_pct",
        lambda table: (
            (table["benchmark"] == name) & ~table["human"] & ((table["metric"] == metric) if metric else True)
        ),
    )
    if metric and "error" in metric:
        return fit_exponential(year, value)
    return fit_logistic(year, value, max_ceiling=100)


@cache
def horizon(low=-np.inf):
    """Records among the models from `low` on."""
    return trend("time_horizons", "p50_minutes", low=low, records=True)


def standard_errors(fit):
    """Textbook errors from the curvature at the best curve, for midpoint, width and ceiling."""
    slopes = fit.problem.derivatives(fit.theta[:, None], fit.problem.t)[1][: fit.n_free, 0].T
    errors = fit.deviation * np.sqrt(np.diag(np.linalg.inv(slopes.T @ slopes)))
    units = fit.problem.span, fit.width, fit.ceiling
    return dict(zip(("midpoint", "width", "ceiling"), errors * units[: fit.n_free], strict=False))


def rate(fit):
    return peak_rate(fit.ceiling, fit.width) / GB


def _airliner_line():
    year, value = airliners()
    return np.polyfit(year[year >= 1958], value[year >= 1958], 1)


CHIPS = "microprocessors"
COMPUTED = {
    "transistors.doubling": lambda: trend(CHIPS, "transistors_count").doubling_time,
    "transistors.growth": lambda: trend(CHIPS, "transistors_count").growth,
    "transistors.r2": lambda: trend(CHIPS, "transistors_count").r2,
    "transistors.doubling_to_2005": lambda: trend(CHIPS, "transistors_count", high=2005).doubling_time,
    "transistors.doubling_from_2005": lambda: trend(CHIPS, "transistors_count", low=2005).doubling_time,
    "transistors.doubling_records": lambda: trend(CHIPS, "transistors_count", records=True).doubling_time,
    "clock.doubling_to_2005": lambda: trend(CHIPS, "clock_mhz", high=2005).doubling_time,
    "clock.growth_to_2005": lambda: trend(CHIPS, "clock_mhz", high=2005).growth,
    "clock.growth_from_2005": lambda: trend(CHIPS, "clock_mhz", low=2005).growth,
    "clock.extrapolated_2010": lambda: trend(CHIPS, "clock_mhz", high=2004).curve(2010) / 1000,
    "clock.extrapolated_2024": lambda: trend(CHIPS, "clock_mhz", high=2004).curve(2024) / 1000,
    "desktop.growth_to_2004": lambda: desktop(2000, 2004).growth,
    "desktop.growth_from_2004": lambda: desktop(2004, 2020).growth,
    "power.doubling_to_2005": lambda: trend(CHIPS, "tdp_w", high=2005).doubling_time,
    "cores.doubling_from_2004": lambda: trend(CHIPS, "cores_count", low=2004).doubling_time,
    "accelerators.doubling": lambda: trend("accelerator_transistors", "transistors_count").doubling_time,
    "airliners.growth_to_1958": lambda: (
        fit_exponential(*(column[airliners()[0] <= 1958] for column in airliners())).growth
    ),
    "airliners.slope_from_1958": lambda: _airliner_line()[0],
    "airliners.mean_from_1958": lambda: airliners()[1][airliners()[0] >= 1958].mean(),
    "oil.total_1956": lambda: oil(1956).ceiling,
    "oil.total_error_1956": lambda: standard_errors(oil(1956))["ceiling"],
    "oil.peak_1956": lambda: oil(1956).midpoint,
    "oil.rate_1956": lambda: rate(oil(1956)),
    "oil.width_1956": lambda: oil(1956).width / LN81,
    "oil.in_2024_from_1956": lambda: oil(1956).curve(2024) / GB,
    "oil.total_1975": lambda: oil(1975).ceiling,
    "oil.peak_1975": lambda: oil(1975).midpoint,
    "oil.total_2008": lambda: oil(2008).ceiling,
    "oil.peak_2008": lambda: oil(2008).midpoint,
    "oil.total_1956_yearly": lambda: oil(1956, "yearly").ceiling,
    "oil.peak_1956_yearly": lambda: oil(1956, "yearly").midpoint,
    "oil.rate_1956_yearly": lambda: rate(oil(1956, "yearly")),
    "oil.total_1956_log": lambda: oil(1956, "log").ceiling,
    "oil.peak_1956_log": lambda: oil(1956, "log").midpoint,
    "oil.peak_150": lambda: oil(1956, total=150).midpoint,
    "oil.rate_150": lambda: rate(oil(1956, total=150)),
    "oil.peak_200": lambda: oil(1956, total=200).midpoint,
    "oil.rate_200": lambda: rate(oil(1956, total=200)),
    "cellphone.ceiling": lambda: phone("cellphone").ceiling,
    "cellphone.midpoint": lambda: phone("cellphone").midpoint,
    "cellphone.width": lambda: phone("cellphone").width,
    "smartphone.ceiling": lambda: phone("smartphone").ceiling,
    "smartphone.midpoint": lambda: phone("smartphone").midpoint,
    "smartphone.width": lambda: phone("smartphone").width,
    "wireless_only.ceiling": lambda: phone("wireless_only").ceiling,
    "wireless_only.midpoint": lambda: phone("wireless_only").midpoint,
    "wireless_only.width": lambda: phone("wireless_only").width,
    "mobile_world.ceiling": lambda: phone("mobile_subscriptions", "people of the world").ceiling,
    "mobile_world.midpoint": lambda: phone("mobile_subscriptions", "people of the world").midpoint,
    "mobile_us.ceiling": lambda: phone("mobile_subscriptions", "people of the US").ceiling,
    "mobile_us.width": lambda: phone("mobile_subscriptions", "people of the US").width,
    "landline.ceiling": lambda: phone("landline", until=2002).ceiling,
    "landline.midpoint": lambda: phone("landline", until=2002).midpoint,
    "landline.width": lambda: phone("landline", until=2002).width,
    "training_compute.growth": lambda: trend("ai_models", "training_flop", low=2012).growth,
    "training_compute.growth_records": lambda: trend("ai_models", "training_flop", low=2012, records=True).growth,
    "training_compute.r2_records": lambda: trend("ai_models", "training_flop", low=2012, records=True).r2,
    "horizon.days": lambda: 365.25 * horizon().doubling_time,
    "horizon.days_from_2023": lambda: 365.25 * horizon(2023).doubling_time,
    "horizon.days_from_2024": lambda: 365.25 * horizon(2024).doubling_time,
    "horizon.days_all": lambda: 365.25 * trend("time_horizons", "p50_minutes").doubling_time,
    "imagenet.top5_growth": lambda: benchmark("ImageNet", "top-5 error").growth,
    "mnist.growth": lambda: benchmark("MNIST", "error").growth,
    "gpqa.midpoint": lambda: benchmark("GPQA Diamond").midpoint,
    "gpqa.width": lambda: benchmark("GPQA Diamond").width,
    "humaneval.width": lambda: benchmark("HumanEval").width,
    "math5.width": lambda: benchmark("MATH level 5").width,
    "otis.width": lambda: benchmark("OTIS Mock AIME").width,
    "superglue.ceiling": lambda: benchmark("SuperGLUE").ceiling,
    "superglue.width": lambda: benchmark("SuperGLUE").width,
    "mmlu.midpoint": lambda: benchmark("MMLU").midpoint,
    "mmlu.width": lambda: benchmark("MMLU").width,
    "frontiermath.ceiling": lambda: benchmark("FrontierMath T1-3").ceiling,
}
