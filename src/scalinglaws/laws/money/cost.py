"""The best size and data when the cost is not training compute alone.

A cost here is linear in the three things one pays for,

    cost = per_param_token * N * D + per_param * N + per_token * D,

in any unit. Training is 6 FLOP per parameter and token; serving T tokens adds 2T FLOP per parameter; buying data adds
a price per token. The closed form of Hoffmann et al. 2022 is the case per_param = per_token = 0. Otherwise the optimum
is where the two reducible terms balance the two costs, alpha A N**-alpha / (beta B D**-beta) =
(cost that grows with N) / (cost that grows with D). Both functions bisect this one equation, in logarithms, all
elements at once; it has one root because its two sides move in opposite directions along the budget and along the loss.
"""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import not_negative
from scalinglaws.laws.training.flops import TRAIN

WIDE = 2000.0  # half the bracket, in natural logarithms: wider than the range of float64
STEPS = 68  # halvings of it, after which the root is known to the last digit


@dataclass(frozen=True, eq=False)
class Optimum:
    """The best plan: what to train, what it reaches, what it costs. Numbers, or arrays of one shape.

    Attributes
    ----------
    n_params, n_tokens : float or ndarray
        Parameters and training tokens.
    loss : float or ndarray
        In nats per token.
    compute_flop : float or ndarray
        Training compute, 6ND.
    cost : float or ndarray
        In the unit of the prices; FLOP unless prices say otherwise.

    Examples
    --------
    >>> Optimum(1e9, 2e10, 2.58, 1.2e20, 1.2e20)
    Optimum(n_params=1e+09, n_tokens=2e+10, loss=2.58, compute_flop=1.2e+20, tokens_per_param=20)
    """

    n_params: float
    n_tokens: float
    loss: float
    compute_flop: float
    cost: float

    @property
    def tokens_per_param(self):
        """Tokens per parameter, D / N."""
        return self.n_tokens / self.n_params

    def __repr__(self):
        names = ["n_params", "n_tokens", "loss", "compute_flop", "tokens_per_param"]
        if not np.array_equal(self.cost, self.compute_flop):
            names.append("cost")
        return f"Optimum({', '.join(f'{name}={_short(getattr(self, name))}' for name in names)})"


def best_for_budget(budget, A, B, alpha, beta, per_param_token=TRAIN, per_param=0, per_token=0):
    """Return the size and tokens of lowest loss that a budget pays for.

    Parameters
    ----------
    budget : float or ndarray
        What may be spent.
    A, B, alpha, beta : float
        Parameters of the law.
    per_param_token, per_param, per_token : float or ndarray
        Prices; all broadcast with `budget`.

    Returns
    -------
    tuple of float or ndarray
        n_params and n_tokens. They cost the budget.

    Examples
    --------
    >>> n_params, n_tokens = best_for_budget(1e22, 406.4, 410.7, 0.34, 0.28)
    >>> print(f"{n_params:.4g} {n_tokens:.4g}")
    5.16e+09 3.23e+11
    """
    budget, c_both, c_params, c_tokens = _logs(budget, per_param_token, per_param, per_token)

    def plan(u):
        # u is log N where serving is free; for larger u the size saturates below what the budget can serve.
        served = np.logaddexp(0, c_params + u - budget)
        params = u - served
        return params, budget - served - np.logaddexp(c_both + params, c_tokens)

    def excess(u):
        params, tokens = plan(u)
        worth = np.log(alpha * A) - alpha * params - np.log(beta * B) + beta * tokens
        return _relative_cost(params, tokens, c_both, c_params, c_tokens) - worth

    params, tokens = plan(_bisect(excess, np.shape(budget)))
    return np.exp(params), np.exp(tokens)


def cheapest_for_gap(gap, A, B, alpha, beta, per_param_token=TRAIN, per_param=0, per_token=0):
    """Return the size and tokens of lowest cost that reach a reducible loss.

    Parameters
    ----------
    gap : float or ndarray
        Wanted loss minus E, in nats per token, positive.
    A, B, alpha, beta : float
        Parameters of the law.
    per_param_token, per_param, per_token : float or ndarray
        Prices; all broadcast with `gap`.

    Returns
    -------
    tuple of float or ndarray
        n_params and n_tokens. Their reducible loss is `gap`.

    Notes
    -----
    Sardana et al. 2024 ask this with per_param = 2 FLOP for each token to be served.

    Examples
    --------
    >>> n_params, n_tokens = cheapest_for_gap(0.4486, 406.4, 410.7, 0.34, 0.28)
    >>> print(f"{n_params:.3g} {n_tokens:.3g}")
    5.16e+09 3.23e+11
    """
    gap, c_both, c_params, c_tokens = _logs(gap, per_param_token, per_param, per_token)

    def plan(z):
        # z is the log odds of the share of the gap that is due to size.
        params = (np.log(A) - gap + np.logaddexp(0, -z)) / alpha
        return params, (np.log(B) - gap + np.logaddexp(0, z)) / beta

    def excess(z):
        return np.log(alpha / beta) + z - _relative_cost(*plan(z), c_both, c_params, c_tokens)

    params, tokens = plan(_bisect(excess, np.shape(gap)))
    return np.exp(params), np.exp(tokens)


def linear_cost(n_params, n_tokens, per_param_token=TRAIN, per_param=0, per_token=0):
    """Return what a plan costs.

    Parameters
    ----------
    n_params, n_tokens : float, ndarray or expression
        Size and training tokens.
    per_param_token, per_param, per_token : float, ndarray or expression
        Prices.

    Returns
    -------
    same as n_params
        In the unit of the prices.

    Examples
    --------
    >>> linear_cost(1e9, 2e10, per_param=2 * 1e12)  # train, then serve a trillion tokens, in FLOP
    2.12e+21
    """
    return per_param_token * n_params * n_tokens + per_param * n_params + per_token * n_tokens


def prices(per_param_token, per_param, per_token):
    """Return the three prices, checked: each zero or positive, and such that neither size nor data is free.

    Raises ValueError naming the price at fault.

    Examples
    --------
    >>> prices(0, 1, 0)
    Traceback (most recent call last):
    ValueError: per_token must be positive where per_param_token is zero, or tokens are free
    """
    both = not_negative("per_param_token", per_param_token)
    params, tokens = not_negative("per_param", per_param), not_negative("per_token", per_token)
    for name, price, what in (("per_param", params, "parameters"), ("per_token", tokens, "tokens")):
        if np.any((both == 0) & (price == 0)):
            raise ValueError(f"{name} must be positive where per_param_token is zero, or {what} are free")
    return both, params, tokens


def _logs(*values):
    with np.errstate(divide="ignore"):  # a price of zero becomes -inf, which logaddexp takes as it should
        return [np.log(value) for value in np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in values))]


def _relative_cost(params, tokens, c_both, c_params, c_tokens):
    """Return log(cost that grows with N / cost that grows with D), all arguments in logarithms, divided by N D."""
    return np.logaddexp(c_both, c_params - tokens) - np.logaddexp(c_both, c_tokens - params)


def _bisect(increasing, shape):
    low, high = np.full(shape, -WIDE), np.full(shape, WIDE)
    for _ in range(STEPS):
        middle = (low + high) / 2
        above = increasing(middle) > 0
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2


def _short(value):
    if np.ndim(value):
        return f"<{np.min(value):.4g} to {np.max(value):.4g}, shape {np.shape(value)}>"
    return f"{value:.4g}"
