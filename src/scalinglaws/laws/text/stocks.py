"""When the text runs out: stock, flow and demand, drawn many times (Villalobos et al. 2024).

Tokens of speech on YouTube: the article's Fermi estimate, with a distribution.
"""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import one_of, positive, whole
from scalinglaws.data import load
from scalinglaws.laws.chance import Constant, Distribution, Draws, factor, product

START = 2024.0  # the published model counts from 1 January 2024


def years_to_crossing(stock, demand, stock_growth, demand_growth):
    """Return after how many years a growing demand reaches a growing stock; bare arithmetic.

    Parameters
    ----------
    stock, demand : float or array
        Tokens at the start.
    stock_growth, demand_growth : float or array
        Factors per year.

    Returns
    -------
    float or array
        ln(stock / demand) / ln(demand_growth / stock_growth); means nothing unless demand grows faster.

    Examples
    --------
    >>> round(float(years_to_crossing(320e12, 6.2e12, 1.08, 2.4)), 2)
    4.94
    """
    return np.log(stock / demand) / np.log(demand_growth / stock_growth)


def years_bought(factor, stock_growth, demand_growth):
    """Return how many years later the stock is used up if it is `factor` times larger; bare arithmetic.

    Parameters
    ----------
    factor : float or array
        What the stock is multiplied by; a demand multiplied by it costs as many years.
    stock_growth, demand_growth : float or array
        Factors per year.

    Returns
    -------
    float or array
        ln(factor) / ln(demand_growth / stock_growth): each doubling buys the same time.

    Examples
    --------
    >>> round(float(years_bought(2, 1.08, 2.4)), 2)
    0.87
    """
    return np.log(factor) / np.log(demand_growth / stock_growth)


def tokens_for(compute_flop, tokens_per_param=20):
    """Return the tokens that a budget trains on at a given number of tokens per parameter; bare arithmetic.

    Parameters
    ----------
    compute_flop : float or array
        6 x parameters x tokens.
    tokens_per_param : float or array
        20 for compute-optimal, 100 for "five times overtrained".

    Returns
    -------
    float or array
        sqrt(tokens_per_param compute_flop / 6).

    Examples
    --------
    >>> f"{tokens_for(5e28):.2e}"
    '4.08e+14'
    """
    return (tokens_per_param * compute_flop / 6) ** 0.5


def compute_for(n_tokens, tokens_per_param=20):
    """Return the budget in FLOP that trains on `n_tokens`; inverse of `tokens_for`, bare arithmetic.

    Examples
    --------
    >>> f"{compute_for(3.2e14, 100):.1e}"
    '6.1e+27'
    """
    return 6 * n_tokens**2 / tokens_per_param


@dataclass(frozen=True, repr=False)
class Exhaustion(Draws):
    """When the stock of text is used up: `value` is the date in years, +inf for never.

    Parameters
    ----------
    value, inputs
        As in `Draws`.
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
    """Draw the date on which the largest training set reaches the stock of public text.

    Parameters
    ----------
    n_draws : int
        Number of draws.
    seed : int
        The same seed gives the same draws, and a change of one input leaves the draws of the others as they are.
    demand : str
        datasets: the largest training set, extrapolated. compute: the largest budget, extrapolated, spent on 20 tokens
        per parameter.
    **changes : Distribution or float
        Other values for inputs of the table `stock_model`, by name, or for

        - ``stock``: raw tokens (replaces pages, bytes_per_page and bytes_per_token);
        - ``effective``: tokens after filter and repetition (replaces the stock altogether, but not ``synthetic``);
        - ``synthetic``: what generated data multiplies the effective stock by (default 1);
        - ``overtraining``: tokens per parameter over the compute-optimal number (default 1).

    Returns
    -------
    Exhaustion
        Dates as `value`; what went in as `inputs`.

    Raises
    ------
    ValueError
        If a name is unknown or replaced by another change, or a draw of an input is not positive.

    Notes
    -----
    stock(t) = pages x bytes per page / bytes per token x usable share x repetition x (page growth x web growth)^t.
    demand(t) = dataset x dataset growth^t x sqrt(overtraining): at the same compute, k times the tokens per parameter
    take sqrt(k) times the tokens. Inputs are independent. The authors' second route runs on a projection of compute
    that is not in their code; ``compute`` puts the growth that Epoch reports in its place.

    Examples
    --------
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
    inputs = {name: factor(table, name, shape, pct / 100) for name, shape, pct in rows}
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
    return Exhaustion(START + years, x, raw, usable, effective, tokens)


def youtube(shape="triangular", filtered=False, n_draws=100_000, seed=0, **changes):
    """Estimate how many tokens of speech YouTube holds.

    Parameters
    ----------
    shape : str
        Shape of the share of the minutes with usable speech, the least known factor: triangular or uniform.
    filtered : bool
        Keep only what survives deduplication and a quality filter (log-uniform share).
    n_draws, seed : int
        As in `product`.
    **changes : Distribution
        Other values for minutes_claimed, words_per_minute, tokens_per_word, usable_speech or kept_after_filter.

    Returns
    -------
    Draws
        In tokens, `inputs` by the names above.

    Raises
    ------
    ValueError
        If a name is unknown.

    Notes
    -----
    tokens = minutes x words per minute x tokens per word x share with speech; rows of the table `youtube`.

    Examples
    --------
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
    factors = {name: changes.get(name) or factor(table, name, how) for name, how in shapes.items()}
    return product(factors, n_draws, seed)
