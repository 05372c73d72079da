"""There is always more data, at a price: tokens in order of what they cost, delivered into the model.

Prices are in dollars; a token is *effective* when it is counted as the fresh tokens of quality text that it is worth.
"""

from collections import namedtuple
from dataclasses import dataclass

import numpy as np

from scalinglaws.check import not_negative, number, positive, whole
from scalinglaws.data import constant, load
from scalinglaws.laws.text.repetition import epoch_value
from scalinglaws.laws.text.stocks import youtube
from scalinglaws.laws.training.flops import inference_flop, training_flop

Source = namedtuple("Source", "name tokens acquire value basis")
Source.__doc__ = """One source of tokens.

name : str. tokens : float, how many there are (inf: as many as are paid for). acquire : float, dollars to get one.
value : float, fresh tokens of quality text that one is worth, above 0. basis : str, where the numbers come from.
"""


def delivered(acquire, train, value):
    """Return the price of one effective token, getting it and training on it over what it is worth; bare arithmetic."""
    return (acquire + train) / value


@dataclass(frozen=True, repr=False)
class SupplyCurve:
    """Effective tokens in order of their delivered price.

    Parameters
    ----------
    names : list of str
        Sources, cheapest first.
    price : ndarray, shape (n_sources,)
        Dollars per effective token, ascending.
    tokens : ndarray, shape (n_sources,)
        Effective tokens of each source; the last may be inf.
    basis : list of str
        Where the numbers of each source come from.

    Examples
    --------
    >>> curve = supply_curve([Source("web", 10.0, 0.0, 1.0, "guess"), Source("written", np.inf, 4.0, 1.0, "guess")], 1)
    >>> curve.price_at([5, 20]), curve.bill(20)
    (array([1., 5.]), 60.0)
    """

    names: list
    price: np.ndarray
    tokens: np.ndarray
    basis: list

    @property
    def total(self):
        """Effective tokens up to and including each source, shape (n_sources,)."""
        return np.cumsum(self.tokens)

    def price_at(self, tokens):
        """Return the price of one more effective token after so many (any shape); inf where there are no more."""
        place = np.searchsorted(self.total, not_negative("tokens", tokens), side="right")
        prices = np.append(self.price, np.inf)[place]
        return prices if np.ndim(tokens) else float(prices)

    def available(self, price):
        """Return the effective tokens to be had at or below a price (any shape)."""
        totals = np.append(0.0, self.total)[np.searchsorted(self.price, positive("price", price), side="right")]
        return totals if np.ndim(price) else float(totals)

    def bill(self, tokens):
        """Return the dollars that so many effective tokens (any shape) cost, cheapest first; inf if too few."""
        wanted = not_negative("tokens", tokens)
        start = np.append(0.0, self.total[:-1])
        taken = np.clip(wanted[..., None] - start, 0, self.tokens)
        paid = np.where(wanted > self.total[-1], np.inf, taken @ self.price)
        return paid if np.ndim(tokens) else float(paid)


def supply_curve(sources, train):
    """Return the `SupplyCurve` of some sources, where it costs `train` dollars to train on one token.

    A ValueError names the source that has a number out of range.

    >>> supply_curve(text_sources(), train_price(405e9)).names[:2]
    ['unique web text', 'web text, pass 2']
    """
    sources = list(sources)
    if not sources:
        raise ValueError("sources must hold at least one source, got none")
    rows = []
    for s in sources:
        if not s.tokens > 0:
            raise ValueError(f"tokens of {s.name} must be above 0, got {s.tokens}")
        acquire, value = number(f"acquire of {s.name}", s.acquire, not_negative), number(f"value of {s.name}", s.value)
        rows.append(
            (delivered(acquire, number("train", train, not_negative), value), s.tokens * value, s.name, s.basis)
        )
    rows.sort(key=lambda row: row[0])
    price, tokens, names, basis = zip(*rows, strict=True)
    return SupplyCurve(list(names), np.array(price), np.array(tokens), list(basis))


def train_price(n_params, dollars_per_flop=1.4e-18):
    """Return the dollars it takes to train a model on one token, 6 n_params dollars_per_flop; bare arithmetic.

    Assumed: an H100 (989e12 FLOP/s) at 2 dollars an hour, used to 40 %.
    """
    return training_flop(n_params, 1) * dollars_per_flop


def text_sources(
    passes=16,
    web_price=1e-9,
    rest_value=0.2,
    hour_price=0.03,
    writer_params=70e9,
    kept=0.1,
    synthetic_value=0.5,
    word_price=0.1,
    dollars_per_flop=1.4e-18,
):
    """Return sources of text from the web to hired writers; what is not sourced is an argument, to be argued about.

    Sourced: raw and usable stock (Villalobos et al. 2024), worth of repeats (Muennighoff et al. 2023), minutes of
    YouTube (table `youtube`). Each source's `basis` says what is sourced and what is assumed. Assumed:

    - passes over the web text that are offered;
    - web_price: dollars to crawl and filter one raw token;
    - rest_value: worth of a token that the quality filter throws away;
    - hour_price: dollars to transcribe an hour of video;
    - writer_params: parameters of the model that writes synthetic text, at 2 writer_params FLOP a token;
    - kept: share of synthetic text that passes a check, synthetic_value: worth of a token that passed;
    - word_price: dollars per word by a hired author;
    - dollars_per_flop: as in `train_price`.

    >>> [source.name for source in text_sources(passes=1)]
    ['unique web text', 'text the filter left out', 'speech on YouTube', 'synthetic text', 'hired authors']
    """
    stocks = load("text_stocks")
    stock = dict(zip(stocks["name"].tolist(), stocks["tokens"].tolist(), strict=True))
    raw, usable = stock["indexed_web"], stock["quality_text"]
    worth = constant("muennighoff2023.R_D_star")
    rates = load("youtube")
    rate = dict(zip(rates["name"].tolist(), rates["central"].tolist(), strict=True))
    speech = youtube(n_draws=10_000).quantile(0.5)
    hours = rate["minutes_claimed"] / 60
    word_price, kept = number("word_price", word_price), number("kept", kept)
    repeats = [
        Source(f"web text, pass {k}", usable, 0.0, float(epoch_value(k, worth)), "stock and worth sourced")
        for k in range(2, whole("passes", passes) + 1)
    ]
    crawl, generate = (
        web_price * raw / usable,
        inference_flop(number("writer_params", writer_params), 1) * dollars_per_flop,
    )
    return [
        Source("unique web text", usable, crawl, 1.0, "stock sourced, price assumed"),
        *repeats,
        Source(
            "text the filter left out", raw - usable, web_price, rest_value, "stock sourced, price and worth assumed"
        ),
        Source("speech on YouTube", speech, hour_price * hours / speech, 1.0, "tokens estimated, price assumed"),
        Source("synthetic text", np.inf, generate / kept, synthetic_value, "2 N FLOP per token; the rest assumed"),
        Source("hired authors", np.inf, word_price / rate["tokens_per_word"], 1.0, "assumed"),
    ]
