"""The best size and data when the cost is not training compute alone.

A cost here is linear in the three things one pays for,

    cost = per_param_token * N * D + per_param * N + per_token * D,

in any unit. Training is 6 FLOP per parameter and token; serving T tokens adds 2T FLOP per parameter; buying data adds
a price per token. Prices are zero or positive, numbers or arrays, and broadcast with the budget or the loss. `law` is a
`Chinchilla`.

The closed form of Hoffmann et al. 2022 is the case per_param = per_token = 0. Otherwise the optimum is where the two
reducible terms balance the two costs, alpha A N**-alpha / (beta B D**-beta) =
(cost that grows with N) / (cost that grows with D). The two solvers bisect this one equation, in logarithms, all
elements at once; it has one root because its two sides move in opposite directions along the budget and along the loss.
"""

import numpy as np

from scalinglaws.check import not_negative, positive
from scalinglaws.laws.training.chinchilla import Optimum
from scalinglaws.laws.training.flops import TRAIN, training_flop

_WIDE = 2000.0  # half the bracket, in natural logarithms: wider than the range of float64
_HALVINGS = 68  # after which the root is known to the last digit


def linear_cost(n_params, n_tokens, per_param_token=TRAIN, per_param=0, per_token=0):
    """Return what a plan costs, in the unit of the prices; bare arithmetic, for Vega expressions too.

    >>> linear_cost(1e9, 2e10, per_param=2 * 1e12)  # train, then serve a trillion tokens, in FLOP
    2.12e+21
    """
    return per_param_token * n_params * n_tokens + per_param * n_params + per_token * n_tokens


def best_for_budget(law, budget, per_param_token=TRAIN, per_param=0.0, per_token=0.0):
    """Return the `Optimum` of lowest loss that a budget pays for; with the default prices, `law.optimum(budget)`.

    A ValueError names a budget or a price that is out of range, or says what would be free.

    >>> from scalinglaws import Chinchilla
    >>> law = Chinchilla.published("hoffmann2022")
    >>> best_for_budget(law, 1e22, per_param=2 * 1e12).tokens_per_param.round()  # serve 1e12 tokens, too; else 63
    np.float64(282.0)
    """
    paid = _checked_prices(per_param_token, per_param, per_token)
    log_budget, c_both, c_params, c_tokens = _logs(positive("budget", budget), *paid)

    def plan(u):
        # u is log N where serving is free; for larger u the size saturates below what the budget can serve.
        served = np.logaddexp(0, c_params + u - log_budget)
        params = u - served
        return params, log_budget - served - np.logaddexp(c_both + params, c_tokens)

    def excess(u):
        params, tokens = plan(u)
        worth = np.log(law.alpha * law.A) - law.alpha * params - np.log(law.beta * law.B) + law.beta * tokens
        return _relative_cost(params, tokens, c_both, c_params, c_tokens) - worth

    return _optimum(law, *plan(_bisect(excess, np.shape(log_budget))), paid)


def cheapest_for_loss(law, loss, per_param_token=TRAIN, per_param=0.0, per_token=0.0):
    """Return the `Optimum` of lowest cost that reaches a loss.

    Sardana et al. 2024 ask this with per_param = 2 FLOP for each token to be served. A ValueError names a loss that
    is not above E, a price that is out of range, or says what would be free.

    >>> from scalinglaws import Chinchilla
    >>> cheapest_for_loss(Chinchilla.published("hoffmann2022"), 2.1386)
    Optimum(n_params=5.161e+09, n_tokens=3.23e+11, loss=2.139, compute_flop=1e+22, tokens_per_param=62.59)
    """
    paid = _checked_prices(per_param_token, per_param, per_token)
    log_gap, c_both, c_params, c_tokens = _logs(law.gap(loss), *paid)

    def plan(z):
        # z is the log odds of the share of the gap that is due to size.
        params = (np.log(law.A) - log_gap + np.logaddexp(0, -z)) / law.alpha
        return params, (np.log(law.B) - log_gap + np.logaddexp(0, z)) / law.beta

    def excess(z):
        return np.log(law.alpha / law.beta) + z - _relative_cost(*plan(z), c_both, c_params, c_tokens)

    return _optimum(law, *plan(_bisect(excess, np.shape(log_gap))), paid)


def _optimum(law, log_params, log_tokens, paid):
    n_params, n_tokens = np.exp(log_params), np.exp(log_tokens)
    cost = linear_cost(n_params, n_tokens, *paid)
    return Optimum(n_params, n_tokens, law.loss(n_params, n_tokens), training_flop(n_params, n_tokens), cost)


def _checked_prices(per_param_token, per_param, per_token):
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
    low, high = np.full(shape, -_WIDE), np.full(shape, _WIDE)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = increasing(middle) > 0
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2
