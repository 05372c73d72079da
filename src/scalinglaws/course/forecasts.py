"""The course's own forecasts on record (table `forecasts`): how each was made, and how it is scored once the truth is known.

A function named after a quantity returns what is forecast for the decimal year `when`, as a pair of draws: the course's own,
and those of the naive forecast registered beside it. Unless a function says otherwise, the course's forecast is a random walk
with drift through the records (`fit_drift`), counted from the last day for which they are known, and the naive one is the same
walk without drift. A record does not fall, so no draw lies below the last one. Draws have fixed seeds. The column `made_by`
of the table holds the call that made a row.
"""

from statistics import NormalDist

import numpy as np

from scalinglaws.data import load
from scalinglaws.fit.drift import fit_drift
from scalinglaws.fit.score import crps
from scalinglaws.laws.chance import LogNormal, Uniform

LEVELS = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
N_DRAWS = 100_000
MODELS_READ, CHIPS_READ, SITES_READ = 2026.536, 2026.496, 2026.45  # up to when the tables know models, chips and sites


def _records(year, value, known_to=0.0):
    """Return the dates at which a record rose and the records, and what still held on the last day that is known."""
    years = np.unique(year[~np.isnan(value)])
    best = np.array([np.nanmax(value[year <= y]) for y in years])
    rose = np.r_[True, np.diff(best) > 0]
    known = np.unique(np.r_[years[rose], max(known_to, years[-1])])
    return known, best[np.searchsorted(years, known, side="right") - 1]


def _walk(years, best, when):
    walk, ahead = fit_drift(years, best), when - years[-1]
    shock = np.sqrt(walk.variance) * np.random.default_rng(0).standard_t(walk.freedom, N_DRAWS)
    drifting = walk.drift * ahead + shock * np.sqrt(ahead + ahead**2 / walk.span)
    return tuple(best[-1] * np.exp(np.maximum(z, 0)) for z in (drifting, shock * np.sqrt(ahead)))


def _walk_in_points(years, best, when):
    """Walk by equal steps, as index and scores do, instead of equal factors."""
    return tuple(100 * np.log(draws) for draws in _walk(years, np.exp(best / 100), when))


def at_least(threshold, pair):
    """Return the probabilities that a quantity comes out at a threshold or above, from a pair of draws."""
    return tuple(float(np.mean(draws >= threshold)) for draws in pair)


def largest_run(when):
    """FLOP of the largest estimated training run, through the records at the ends of the years from 2010."""
    runs, ends = load("compute_records"), np.arange(2011.0, 2027)
    best = np.array([runs["training_flop"][runs["year"] < end].max() for end in ends])
    return _walk(np.r_[ends, MODELS_READ], np.r_[best, best[-1]], when)


def _index_records():
    table = load("capability_records").where(load("capability_records")["status"] == "published")
    return _records(table["year"], table["eci"])


def best_index(when):
    """Points of the best model on Epoch AI's index of capabilities."""
    return _walk_in_points(*_index_records(), when)


def index_by_account(when):
    """Points of the best model: compute times what methods save, times what a factor of ten buys. Naive: `best_index`."""
    rng, (years, best) = np.random.default_rng(1), _index_records()
    compute = np.log10(largest_run(when)[0] / load("compute_records")["training_flop"].max())
    methods = (when - years[-1]) * 12 / LogNormal(2, 22, 0.9, 8).draw(rng, N_DRAWS) * np.log10(2)
    return best[-1] + (compute + methods) * Uniform(10, 13.6).draw(rng, N_DRAWS), best_index(when)[0]


def best_horizon(when):
    """Hours of the longest time horizon, at which the best model of METR's list finishes half of the tasks."""
    return _walk(*_records(load("time_horizons")["year"], load("time_horizons")["p50_minutes"] / 60), when)


def best_score(benchmark, when):
    """Per cent of the best score: a walk in points up to a ceiling from 90 to 100, since some answers in a test are wrong."""
    table = load("benchmarks").where((load("benchmarks")["benchmark"] == benchmark) & ~load("benchmarks")["human"])
    years, best = _records(table["year"], table["score_pct"])
    ceiling = Uniform(max(90, best[-1]), 100).draw(np.random.default_rng(1), N_DRAWS)
    return tuple(np.minimum(draws, ceiling) for draws in _walk_in_points(years, best, when))


def tenfold_cheaper(years, levels=(40, 50, 60, 70, 80)):
    """Probability that a level of GPQA is sold at a tenth of its first price so soon, by the rule of succession. Naive: 1/2."""
    table, n_cheaper = load("llm_prices"), 0
    for level in levels:
        sold = table.where(table["gpqa_pct"] >= level)
        price, soon = sold["output_usd_per_mtok"], sold["year"] <= sold["year"].min() + years
        n_cheaper += price[soon].min() <= price[sold["year"].argmin()] / 10
    return float((n_cheaper + 1) / (len(levels) + 2)), 0.5


def halving_months():
    """Months in which methods halve the compute for a result. Naive: the estimates published so far, equally likely."""
    known, rng = load("algorithmic_progress")["halving_months"], np.random.default_rng(0)
    return LogNormal(2, 22, 0.9, 8).draw(rng, N_DRAWS), rng.choice(known[~np.isnan(known)], N_DRAWS)


def largest_dataset(when):
    """Tokens of the largest disclosed training set, through the records from GPT-3 on."""
    table = load("tokens_per_parameter").where(load("tokens_per_parameter")["year"] > 2020)
    return _walk(*_records(table["year"], table["n_tokens"], MODELS_READ), when)


def tokens_per_8b(when):
    """Tokens per parameter of a small open model that takes the largest set. Naive: a walk through such models."""
    table = load("tokens_per_parameter")
    small = table.where((table["n_params"] > 6e9) & (table["n_params"] < 9e9))
    walk = _walk(*_records(small["year"], small["tokens_per_param"], MODELS_READ), when)
    return largest_dataset(when)[0] / 8e9, walk[0]


def largest_bill(when):
    """US dollars of the dearest run: chips by the hours of use, and electricity."""
    return _walk(*_records(load("training_costs")["year"], load("training_costs")["amortised_usd"]), when)


def largest_site(when):
    """H100 equivalents at the largest site: xAI's from 100,000 on, then the largest of mid 2026."""
    grown = load("clusters").where((load("clusters")["h100_equivalents"] >= 1e5) & (load("clusters")["year"] < 2026))
    years, best = _records(grown["year"], grown["h100_equivalents"])
    largest = load("largest_sites")["h100_equivalents"].max()
    return _walk(np.r_[years, SITES_READ], np.r_[best, largest], when)


def best_accelerator(quantity, when):
    """GB of memory, or 16-bit operations a second for a dollar, of one accelerator that is released and, for the latter, sold."""
    table = load("accelerators").where(load("accelerators")["status"] == "published")
    sold = np.where(np.char.startswith(table["chip"], "Google"), np.nan, table["price_usd"])
    value = {"memory": table["memory_byte"] / 1e9, "flop_per_s_per_usd": table["flop_per_s_16bit"] / sold}[quantity]
    return _walk(*_records(table["year"], value, CHIPS_READ), when)


def most_transistors(when):
    """Transistors in one accelerator, announced ones with the others."""
    table = load("accelerator_transistors")
    return _walk(*_records(table["year"], table["transistors_count"]), when)


def as_draws(quantiles, n_draws=1000):
    """Return equally likely draws (n_draws,) of a distribution known by the quantiles at `LEVELS`.

    Between two of them, and beyond the outer ones, it is a straight line on normal paper: a normal distribution comes back.
    """
    z, q = np.array([NormalDist().inv_cdf(p) for p in LEVELS.values()]), np.asarray(quantiles, float)
    at = np.array([NormalDist().inv_cdf((i + 0.5) / n_draws) for i in range(n_draws)])
    part = np.clip(np.searchsorted(z, at) - 1, 0, z.size - 2)
    return q[part] + (q[part + 1] - q[part]) * (at - z[part]) / (z[part + 1] - z[part])


def forecast_scores(row, came):
    """Return the score of a row of the table and of the naive forecast beside it, in the unit of its column `scored_in`.

    Yes or no (1 or 0): the squared distance from the probability. A quantity: the `crps`, in factors of ten where the row says
    so.
    """
    if row["scored_in"] == "squared error":
        return tuple((row[name] - came) ** 2 for name in ("probability", "naive_probability"))
    scale = np.log10 if row["scored_in"] == "factors of ten" else np.asarray
    kinds = [[row[start + name] for name in LEVELS] for start in ("", "naive_")]
    return tuple(crps(as_draws(scale(quantiles)), scale(came)) for quantiles in kinds)
