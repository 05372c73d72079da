"""When the text runs out: stock, flow and demand, drawn many times (Villalobos et al. 2024); and YouTube's speech.

`years_to_crossing`, `years_bought`, `tokens_for` and `compute_for` are bare arithmetic, for numbers, NumPy arrays and
Vega expressions. Stock and demand are in tokens, growths are factors per year, `tokens_per_param` is 20 where a run is
compute-optimal and 100 where it is "five times overtrained".
"""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import one_of, positive, whole
from scalinglaws.data import load
from scalinglaws.laws.chance import Constant, Distribution, MonteCarlo, distribution_from, product
from scalinglaws.laws.training.flops import TRAIN

FIRST_YEAR = 2024.0  # the published model counts from 1 January 2024


def years_to_crossing(stock, demand, stock_growth, demand_growth):
    """Return after how many years a growing demand reaches a growing stock.

    ln(stock / demand) / ln(demand_growth / stock_growth); means nothing unless demand grows faster.

    >>> round(float(years_to_crossing(320e12, 6.2e12, 1.08, 2.4)), 2)
    4.94
    """
    return np.log(stock / demand) / np.log(demand_growth / stock_growth)


def years_bought(factor, stock_growth, demand_growth):
    """Return how many years later a stock is used up that is `factor` times larger: each doubling buys the same time.

    ln(factor) / ln(demand_growth / stock_growth); a demand that is `factor` times larger costs as many years.

    >>> round(float(years_bought(2, 1.08, 2.4)), 2)
    0.87
    """
    return np.log(factor) / np.log(demand_growth / stock_growth)


def tokens_for(compute_flop, tokens_per_param=20):
    """Return the tokens that a budget C = 6ND trains on, sqrt(tokens_per_param C / 6)."""
    return (tokens_per_param * compute_flop / TRAIN) ** 0.5


def compute_for(n_tokens, tokens_per_param=20):
    """Return the budget in FLOP that trains on `n_tokens`; inverse of `tokens_for`."""
    return TRAIN * n_tokens**2 / tokens_per_param


@dataclass(frozen=True, repr=False)
class Exhaustion(MonteCarlo):
    """When the stock of text is used up: `value` is the date in years, +inf for never.

    Parameters
    ----------
    value, inputs
        As in `MonteCarlo`.
    raw, usable, effective : ndarray, shape (n_draws,)
        The stock at the start, in tokens: all of it; after the quality filter; times repetition and synthetic data.
    tokens : ndarray, shape (n_draws,)
        Size of stock and training set when they meet.

    Examples
    --------
    >>> 2028 < exhaustion(n_draws=10_000).quantile(0.5) < 2030
    True
    """

    raw: np.ndarray
    usable: np.ndarray
    effective: np.ndarray
    tokens: np.ndarray


def exhaustion(n_draws=100_000, seed=0, demand="datasets", **changes):
    """Draw the date on which the largest training set reaches the stock of public text; an `Exhaustion`.

    stock(t) = pages x bytes per page / bytes per token x usable share x repetition x (page growth x web growth)^t
    demand(t) = dataset x dataset growth^t x sqrt(overtraining)

    `demand` datasets extrapolates the largest training set, compute the largest budget, spent on 20 tokens per
    parameter. The authors pool both routes; their second one runs on a projection of compute in a file that we could not
    read (data/compute_projection.csv), and ``compute`` puts the growth that Epoch reports in its place. Inputs are
    independent, and a change of one leaves the draws of the others as they are.

    `changes` are distributions or numbers for inputs of the table `stock_model`, by name, or for

    - ``stock``: raw tokens (replaces pages, bytes_per_page and bytes_per_token);
    - ``effective``: tokens after filter and repetition (replaces the stock altogether, but not ``synthetic``);
    - ``synthetic``: what generated data multiplies the effective stock by (default 1);
    - ``overtraining``: tokens per parameter over the compute-optimal number (default 1): at the same compute, k times
      the tokens per parameter take sqrt(k) times the tokens.

    A ValueError names what is unknown, replaced by another change, or not positive in every draw.

    >>> later = exhaustion(n_draws=1000, repetition=10).quantile(0.5) - exhaustion(n_draws=1000).quantile(0.5)
    >>> later > 1
    True
    """
    n_draws = whole("n_draws", n_draws)
    route = _inputs(one_of("demand", demand, ["datasets", "compute"]))
    streams = dict(zip([*route, "stock", "effective"], np.random.SeedSequence(seed).spawn(len(route) + 2), strict=True))
    if "effective" in changes:
        skip = {"stock", "pages", "bytes_per_page", "bytes_per_token", "usable_share", "repetition"}
    else:
        skip = {"effective", *({"pages", "bytes_per_page", "bytes_per_token"} if "stock" in changes else {"stock"})}
    for name in changes:
        one_of("change", name, [name for name in streams if name not in skip])
    x = {}
    for name, stream in streams.items():
        if name not in skip:
            given = changes.get(name, route.get(name))
            given = given if isinstance(given, Distribution) else Constant(positive(name, given))
            x[name] = given.draw(np.random.Generator(np.random.SFC64(stream)), n_draws)
            if name == "bytes_per_token":
                x[name] = np.maximum(x[name], 1)  # the long tail of the mirrored lognormal has a few below one byte
            if x[name].min() <= 0:
                raise ValueError(f"{name} must be positive in every draw, got {x[name].min()}")
    if "effective" in x:
        raw = usable = x["effective"]
        effective = raw * x["synthetic"]
    else:
        raw = x["stock"] if "stock" in x else x["pages"] * x["bytes_per_page"] / x["bytes_per_token"]
        usable = raw * x["usable_share"]
        effective = usable * x["repetition"] * x["synthetic"]
    return _meet(x, raw, usable, effective)


def _inputs(demand):
    table = load("stock_model")
    rows = zip(table["name"].tolist(), table["shape"], table["interval_pct"], strict=True)
    inputs = {name: distribution_from(table, name, shape, pct / 100) for name, shape, pct in rows}
    unused = ["dataset", "dataset_growth"] if demand == "compute" else ["compute", "compute_growth"]
    return {k: v for k, v in inputs.items() if k not in unused} | {
        "synthetic": Constant(1),
        "overtraining": Constant(1),
    }


def _meet(x, raw, usable, effective):
    if "compute" in x:
        demand, growth = tokens_for(x["compute"]), x["compute_growth"] ** 0.5
    else:
        demand, growth = x["dataset"], x["dataset_growth"]
    stock_growth = x["page_growth"] * x["web_growth"]
    demand = demand * x["overtraining"] ** 0.5
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        years = years_to_crossing(effective, demand, stock_growth, growth)
        never = np.where(effective > demand, np.inf, 0)  # demand grows no faster: never, or from the start
        years = np.where(growth > stock_growth, years, never)
        tokens = effective * stock_growth**years
    return Exhaustion(FIRST_YEAR + years, x, raw, usable, effective, tokens)


def youtube(shape="triangular", filtered=False, n_draws=100_000, seed=0, **changes):
    """Estimate how many tokens of speech YouTube holds; a `MonteCarlo`.

    minutes x words per minute x tokens per word x share with speech; rows of the table `youtube`. `shape`, triangular
    or uniform, is that of the share of the minutes with usable speech, the least known factor. `filtered` keeps only
    what survives deduplication and a quality filter (log-uniform share). `changes` are other distributions for
    minutes_claimed, words_per_minute, tokens_per_word, usable_speech or kept_after_filter.

    >>> (youtube().quantile([0.05, 0.5, 0.95]) / 1e12).round(0)
    array([ 5.,  9., 15.])
    """
    shapes = {"minutes_claimed": "constant", "words_per_minute": "triangular", "tokens_per_word": "triangular"}
    shapes["usable_speech"] = one_of("shape", shape, ["triangular", "uniform"])
    if filtered:
        shapes["kept_after_filter"] = "loguniform"
    for name in changes:
        one_of("change", name, shapes)
    table = load("youtube")
    factors = {name: changes.get(name) or distribution_from(table, name, how) for name, how in shapes.items()}
    return product(factors, n_draws, seed)
