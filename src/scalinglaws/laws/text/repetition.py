"""The data-constrained scaling law: what repeated data is worth when unique tokens run short (Muennighoff et al. 2023).

`overfitting` is what a later law adds, and with it repetition can hurt (Lovelace et al. 2026, in the general form of Weng
2026): L = E + A / N**alpha + B / (unique epochs)**beta + P repeats**delta (N / unique)**kappa.

The functions are bare arithmetic, for numbers, NumPy arrays and Vega expressions. `DataLimited` checks its input and
finds the optimum.

    unique                unique tokens (or parameters that one pass over them can use)
    epochs                passes over the unique tokens, 1 or more; the first is not a repeat
    repeats               how often they are repeated: epochs - 1 (or parameters / useful parameters - 1)
    worth                 R*, what all repeats are worth together, in first passes; R_D* of tokens, R_N* of parameters
    E, A, B, alpha, beta  loss for fresh data, E + A / N**alpha + B / D**beta, in nats per token
"""

from collections import namedtuple
from dataclasses import dataclass, fields

import numpy as np

from scalinglaws.check import number, positive
from scalinglaws.data import constant
from scalinglaws.laws.training.chinchilla import balance, optimal_params
from scalinglaws.laws.training.flops import TRAIN


def effective_amount(unique, repeats, worth):
    """Return what `unique` tokens are worth when repeated, unique + unique worth (1 - exp(-repeats / worth)).

    Eq. 5 for data, Eq. 6 for parameters.

    >>> round(float(effective_amount(1.0, 4 - 1, 15.387756)), 3)
    3.726
    """
    return unique + unique * worth * (1 - np.exp(-repeats / worth))


def next_token(epochs, worth):
    """Return what one more token is worth after so many epochs, in fresh tokens: exp(-(epochs - 1) / worth).

    It is the derivative of the effective tokens by the tokens seen, between 0 and 1.
    """
    return np.exp((1 - epochs) / worth)


def epoch_value(k, worth):
    """Return what the whole k-th pass is worth, in fresh passes; for k = 2 or more (the first is worth 1).

    >>> round(float(epoch_value(2, 15.387756)), 3)
    0.968
    """
    return worth * (np.exp((2 - k) / worth) - np.exp((1 - k) / worth))


def repeated_loss(n_params, unique, epochs, E, A, B, alpha, beta, worth_data, worth_params):
    """Return the loss of a model trained for several epochs on limited data (Eq. 17 and App. A).

    Parameters beyond those that one pass over the unique tokens can use count as repeats too. The form cannot show
    repetition that hurts: the loss never rises with epochs.

    >>> rounded = dict(E=1.87, A=521, B=1488, alpha=0.35, beta=0.35, worth_data=15.4, worth_params=5.31)
    >>> round(float(repeated_loss(8.7e9, 44e9, 178 / 44, **rounded)), 3)
    2.231
    """
    useful = matched_params(unique, A, B, alpha, beta)
    larger = (n_params + useful + abs(n_params - useful)) / 2  # without a comparison, which a live figure cannot make
    params = effective_amount(n_params * useful / larger, larger / useful - 1, worth_params)
    tokens = effective_amount(unique, epochs - 1, worth_data)
    return E + A / params**alpha + B / tokens**beta


def overfitting(repeats, params_per_token, P, delta, kappa):
    """Return what over-fitting adds to the loss, P repeats**delta params_per_token**kappa, in nats per token.

    params_per_token is N / unique.

    >>> round(overfitting(39, 0.96, 0.0608, 0.885, 1.11), 2)  # the course's runs: 40 epochs, a large network
    1.49
    """
    return P * repeats**delta * params_per_token**kappa


def worth_if_overfitting(epochs, penalty, data_loss, beta):
    """Return the fresh passes that leave the same loss as `epochs` with a penalty; below 1 if a single pass is better.

    data_loss is B / unique**beta: data_loss / worth**beta = data_loss / epochs**beta + penalty.
    """
    return (epochs**-beta + penalty / data_loss) ** (-1 / beta)


def matched_params(unique, A, B, alpha, beta):
    """Return the compute-optimal size for one pass, (unique G)**(beta / alpha) G; G is Hoffmann et al. 2022, Eq. 4."""
    G = balance(A, B, alpha, beta)
    return (unique * G) ** (beta / alpha) * G


RepeatedOptimum = namedtuple("RepeatedOptimum", "n_params n_tokens epochs loss")


@dataclass(frozen=True)
class DataLimited:
    """The data-constrained scaling law, with its constants.

    Parameters
    ----------
    E, A, B, alpha, beta : float
        Loss for fresh data.
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
        """All seven, in the order that `repeated_loss` takes them."""
        return tuple(getattr(self, field.name) for field in fields(self))

    def effective_data(self, unique, n_tokens):
        """Return the fresh tokens that `n_tokens` drawn from `unique` tokens are worth; broadcasts."""
        unique, epochs = _passes(unique, n_tokens)
        return effective_amount(unique, epochs - 1, self.worth_data)

    def loss(self, n_params, n_tokens, unique):
        """Return the loss in nats per token of `n_params` trained on `n_tokens`, of which `unique` differ; broadcasts.

        If there are more unique tokens than `n_tokens`, nothing is repeated.
        """
        unique, epochs = _passes(unique, n_tokens)
        return repeated_loss(positive("n_params", n_params), unique, epochs, *self.constants)

    def rise(self, n_params, n_tokens, unique):
        """Return by what share the loss is above that of the same run on fresh tokens only; broadcasts."""
        return self.loss(n_params, n_tokens, unique) / self.loss(n_params, n_tokens, n_tokens) - 1

    def limit(self, unique):
        """Return the loss that no amount of compute gets below with `unique` tokens, in nats per token."""
        unique = positive("unique", unique)
        params = matched_params(unique, self.A, self.B, self.alpha, self.beta) * (1 + self.worth_params)
        return self.E + self.A / params**self.alpha + self.B / (unique * (1 + self.worth_data)) ** self.beta

    def optimum(self, compute_flop, unique):
        """Return the `RepeatedOptimum` of a budget, 6ND, when only `unique` tokens exist; broadcasts.

        `n_tokens` are the tokens seen, repeats included; with `epochs` below 1 not all of the data is used. There is no
        closed form: this is a golden-section search over log n_params. Where unique tokens are so few that nothing
        helps any more, the loss is flat and the size returned is one of many as good.
        """
        compute_flop, unique = positive("compute_flop", compute_flop), positive("unique", unique)
        middle = np.log(optimal_params(compute_flop, self.A, self.B, self.alpha, self.beta)) + 0 * unique
        low, high, ratio = middle - 8, middle + 8, (5**0.5 - 1) / 2
        product = compute_flop / TRAIN  # N D
        for _ in range(60):
            step = ratio * (high - low)
            left, right = np.exp(high - step), np.exp(low + step)
            better = self.loss(left, product / left, unique) < self.loss(right, product / right, unique)
            low, high = np.where(better, low, high - step), np.where(better, low + step, high)
        n_params = np.exp((low + high) / 2)
        n_tokens = product / n_params
        best = n_params, n_tokens, n_tokens / unique, self.loss(n_params, n_tokens, unique)
        return RepeatedOptimum(*(value if np.ndim(value) else float(value) for value in best))


def _passes(unique, n_tokens):
    n_tokens = positive("n_tokens", n_tokens)
    unique = np.minimum(positive("unique", unique), n_tokens)
    return unique, n_tokens / unique
