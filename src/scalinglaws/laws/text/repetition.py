"""What repeated data is worth: effective tokens and parameters when unique tokens run short (Muennighoff et al. 2023).

Bare arithmetic, for arrays and for live figures. `scalinglaws.laws.text.repetition` checks input and finds the optimum.

The data-constrained scaling law as a whole: loss, effective data, best allocation when unique tokens run short.
"""

from collections import namedtuple
from dataclasses import dataclass, fields

import numpy as np

from scalinglaws.check import number, positive
from scalinglaws.data import constant


def effective(unique, repeats, worth):
    """Return what `unique` things are worth when repeated: unique + unique worth (1 - exp(-repeats / worth)).

    Parameters
    ----------
    unique : float or array
        Unique tokens (or parameters that one pass over them can use).
    repeats : float or array
        How often they are repeated: epochs - 1 (or parameters / useful parameters - 1). 0 for none.
    worth : float
        All repeats together are worth at most this many first passes: R*.

    Returns
    -------
    float or array
        In the unit of `unique`; at most unique (1 + worth).

    Notes
    -----
    Muennighoff et al. 2023, Eq. 5 (data) and Eq. 6 (parameters).

    Examples
    --------
    >>> round(float(effective(1.0, 4 - 1, 15.387756)), 3)
    3.726
    """
    return unique + unique * worth * (1 - np.exp(-repeats / worth))


def next_token(epochs, worth):
    """Return what one more token is worth after so many epochs, in fresh tokens: exp(-(epochs - 1) / worth).

    Parameters
    ----------
    epochs : float or array
        Passes done, 1 or more.
    worth : float
        R* of the data, in repeats.

    Returns
    -------
    float or array
        Between 0 and 1: the derivative of the effective tokens by the tokens seen.

    Examples
    --------
    >>> round(float(next_token(16, 15.387756)), 3)
    0.377
    """
    return np.exp((1 - epochs) / worth)


def epoch_value(k, worth):
    """Return what the whole k-th pass is worth, in fresh passes; for k = 2 or more (the first is worth 1).

    Parameters
    ----------
    k : float or array
        Number of the pass, 2 or more.
    worth : float
        R* of the data, in repeats.

    Returns
    -------
    float or array
        Between 0 and 1: effective(1, k - 1, worth) - effective(1, k - 2, worth).

    Examples
    --------
    >>> round(float(epoch_value(2, 15.387756)), 3)
    0.968
    """
    return worth * (np.exp((2 - k) / worth) - np.exp((1 - k) / worth))


def effective_geometric(unique, repeats, decay):
    """Return what repeats are worth if each is worth a fixed share less than the one before.

    Parameters
    ----------
    unique, repeats : float or array
        As in `effective`.
    decay : float
        Share lost from pass to pass, delta, between 0 and 1.

    Returns
    -------
    float or array
        unique (1 + (1 - decay) (1 - (1 - decay)^repeats) / decay).

    Notes
    -----
    The sum that the exponential of `effective` approximates. With decay = 1 / (1 + R*) both have the same limit.

    Examples
    --------
    >>> round(effective_geometric(1.0, 3, 1 / (1 + 15.387756)), 3)
    3.649
    """
    return unique + unique * (1 - decay) * (1 - (1 - decay) ** repeats) / decay


def loss(n_params, unique, epochs, E, A, B, alpha, beta, worth_data, worth_params):
    """Return the loss of a model trained for several epochs on limited data.

    Parameters
    ----------
    n_params : float or array
        Parameters.
    unique : float or array
        Unique tokens.
    epochs : float or array
        Passes over them, 1 or more.
    E, A, B, alpha, beta : float
        Loss for fresh data: E + A / n_params^alpha + B / n_tokens^beta, in nats per token.
    worth_data, worth_params : float
        R_D* and R_N*.

    Returns
    -------
    float or array
        Nats per token.

    Notes
    -----
    Muennighoff et al. 2023, Eq. 17 and App. A: parameters beyond those that one pass over the unique tokens can use
    count as repeats too. The form cannot show repetition that hurts: the loss never rises with epochs.

    Examples
    --------
    >>> rounded = dict(E=1.87, A=521, B=1488, alpha=0.35, beta=0.35, worth_data=15.4, worth_params=5.31)
    >>> round(float(loss(8.7e9, 44e9, 178 / 44, **rounded)), 3)
    2.231
    """
    useful = matched_params(unique, A, B, alpha, beta)
    larger = (n_params + useful + abs(n_params - useful)) / 2  # without a comparison, which a live figure cannot make
    params = effective(n_params * useful / larger, larger / useful - 1, worth_params)
    tokens = effective(unique, epochs - 1, worth_data)
    return E + A / params**alpha + B / tokens**beta


def matched_params(unique, A, B, alpha, beta):
    """Return the compute-optimal number of parameters for one pass over the unique tokens.

    Parameters
    ----------
    unique : float or array
        Unique tokens.
    A, B, alpha, beta : float
        As in `loss`.

    Returns
    -------
    float or array
        (unique G)^(beta / alpha) G with G = (alpha A / (beta B))^(1 / (alpha + beta)).

    Examples
    --------
    >>> round(matched_params(1.0, 520.825, 1487.716, 0.35266, 0.35266), 3)
    0.051
    """
    G = (alpha * A / (beta * B)) ** (1 / (alpha + beta))
    return (unique * G) ** (beta / alpha) * G


Allocation = namedtuple("Allocation", "n_params n_tokens epochs loss")


@dataclass(frozen=True)
class DataLimited:
    """The data-constrained scaling law, with its constants.

    Parameters
    ----------
    E, A, B, alpha, beta : float
        Loss for fresh data, as in `loss`.
    worth_data, worth_params : float
        R_D* and R_N*: what all repeats are worth together, in first passes.

    Examples
    --------
    >>> law = DataLimited.published()
    >>> best = law.optimum(9.26e21, 25e9)
    >>> f"{best.n_params / 1e9:.1f} billion parameters, {best.epochs:.1f} epochs"
    '6.8 billion parameters, 9.1 epochs'
    """

    E: float
    A: float
    B: float
    alpha: float
    beta: float
    worth_data: float
    worth_params: float

    def __post_init__(self):
        for field in fields(self):
            number(field.name, getattr(self, field.name))

    @classmethod
    def published(cls):
        """Return the law with the constants of Muennighoff et al. 2023 (C4, unrounded)."""
        names = ["E", "A", "B", "alpha", "beta", "R_D_star", "R_N_star"]
        return cls(*(constant(f"muennighoff2023.{name}") for name in names))

    @property
    def constants(self):
        """All seven, in the order that `loss` takes them."""
        return tuple(getattr(self, field.name) for field in fields(self))

    def effective_data(self, unique, n_tokens):
        """Return the fresh tokens that `n_tokens` drawn from `unique` tokens are worth; broadcasts."""
        unique, epochs = _passes(unique, n_tokens)
        return effective(unique, epochs - 1, self.worth_data)

    def loss(self, n_params, n_tokens, unique):
        """Return the loss in nats per token of `n_params` trained on `n_tokens`, of which `unique` differ; broadcasts.

        If there are more unique tokens than `n_tokens`, nothing is repeated.
        """
        unique, epochs = _passes(unique, n_tokens)
        return loss(positive("n_params", n_params), unique, epochs, *self.constants)

    def rise(self, n_params, n_tokens, unique):
        """Return by what share the loss is above that of the same run on fresh tokens only; broadcasts."""
        return self.loss(n_params, n_tokens, unique) / self.loss(n_params, n_tokens, n_tokens) - 1

    def limit(self, unique):
        """Return the loss that no amount of compute gets below with `unique` tokens, in nats per token."""
        unique = positive("unique", unique)
        params = matched_params(unique, self.A, self.B, self.alpha, self.beta) * (1 + self.worth_params)
        return self.E + self.A / params**self.alpha + self.B / (unique * (1 + self.worth_data)) ** self.beta

    def optimum(self, compute_flop, unique):
        """Return the best split of a compute budget when only `unique` tokens exist.

        Parameters
        ----------
        compute_flop : float or array_like
            Budget, 6 n_params n_tokens.
        unique : float or array_like
            Unique tokens; broadcasts with the budget.

        Returns
        -------
        Allocation
            n_params, n_tokens (seen, repeats included), epochs (below 1: not all of the data is used), loss.

        Notes
        -----
        There is no closed form; a golden-section search over log n_params. Where unique tokens are so few that nothing
        helps any more, the loss is flat and the size returned is one of many as good.
        """
        budget = positive("compute_flop", compute_flop) / 6
        unique = positive("unique", unique)
        G = (self.alpha * self.A / (self.beta * self.B)) ** (1 / (self.alpha + self.beta))
        middle = np.log(G * budget ** (self.beta / (self.alpha + self.beta))) + 0 * unique
        low, high, ratio = middle - 8, middle + 8, (5**0.5 - 1) / 2
        for _ in range(60):
            step = ratio * (high - low)
            left, right = np.exp(high - step), np.exp(low + step)
            better = self.loss(left, budget / left, unique) < self.loss(right, budget / right, unique)
            low, high = np.where(better, low, high - step), np.where(better, low + step, high)
        n_params = np.exp((low + high) / 2)
        n_tokens = budget / n_params
        found = n_params, n_tokens, n_tokens / unique, self.loss(n_params, n_tokens, unique)
        return Allocation(*(value if np.ndim(value) else float(value) for value in found))


def _passes(unique, n_tokens):
    n_tokens = positive("n_tokens", n_tokens)
    unique = np.minimum(positive("unique", unique), n_tokens)
    return unique, n_tokens / unique
