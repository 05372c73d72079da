"""Loss against size and data, L = E + A / N**alpha + B / D**beta, and the best use of a budget (Hoffmann et al. 2022).

`Chinchilla` checks its input and calls the bare arithmetic of `scalinglaws.laws.training.chinchilla`, whose functions can be
imported from here too, and the one numeric solver of `scalinglaws.laws.money.cost`.

Closed forms of the loss E + A / N**alpha + B / D**beta and of its compute-optimal frontier, for C = 6ND.

Bare arithmetic: every function takes numbers, NumPy arrays of any shape and Vega expressions alike, and checks nothing.
In all of them E is in nats per token; A and B too, at one parameter and at one token; alpha and beta are pure numbers.
`scalinglaws.laws.training.chinchilla` has the class that checks its input. Source: Hoffmann et al. 2022, Eq. 2-4, App. A.

How flat the bottom of an IsoFLOP valley is: what a size off the best one costs, at the same budget.

At the optimum the term that shrinks with size is beta / (alpha + beta) of the reducible loss and the term that shrinks
with data is alpha / (alpha + beta), so E, A, B and the budget drop out: the two exponents alone shape the valley.
Bare arithmetic for numbers, NumPy arrays and Vega expressions. Follows from Hoffmann et al. 2022, Eq. 2-4, with C = 6ND.
"""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import not_negative, number, one_of, positive
from scalinglaws.data import constant
from scalinglaws.laws.money import cost
from scalinglaws.laws.money.cost import Optimum
from scalinglaws.laws.training import flops
from scalinglaws.laws.training.flops import TRAIN
from scalinglaws.laws.training.power import PowerLaw

__all__ = [
    "PUBLISHED",
    "Chinchilla",
    "Optimum",
    "balance",
    "compute_for_params",
    "frontier_loss",
    "isoflop",
    "loss",
    "optimal_params",
    "optimal_tokens",
    "tokens_factor",
]


def loss(n_params, n_tokens, E, A, B, alpha, beta):
    """Return the loss of a model of `n_params` after one pass over `n_tokens`.

    Parameters
    ----------
    n_params, n_tokens : float, ndarray or expression
        Size, and tokens seen once.
    E, A, B, alpha, beta : float
        Parameters of the law.

    Returns
    -------
    same as n_params
        E + A / n_params**alpha + B / n_tokens**beta, in nats per token.

    Examples
    --------
    >>> round(loss(70e9, 1.4e12, 1.69, 406.4, 410.7, 0.34, 0.28), 3)  # Chinchilla
    1.937
    """
    return E + A / n_params**alpha + B / n_tokens**beta


def balance(A, B, alpha, beta):
    """Return G, which ties the best size to the best number of tokens: N**alpha = G**(alpha + beta) D**beta.

    Parameters
    ----------
    A, B, alpha, beta : float or expression
        Parameters of the law.

    Returns
    -------
    float or expression
        (alpha A / (beta B))**(1 / (alpha + beta)).

    Examples
    --------
    >>> round(balance(406.4, 410.7, 0.34, 0.28), 3)
    1.345
    """
    return (alpha * A / (beta * B)) ** (1 / (alpha + beta))


def optimal_params(compute_flop, A, B, alpha, beta):
    """Return the size of lowest loss at a budget.

    Parameters
    ----------
    compute_flop : float, ndarray or expression
        Budget, C = 6ND.
    A, B, alpha, beta : float or expression
        Parameters of the law.

    Returns
    -------
    same as compute_flop
        G (C / 6)**(beta / (alpha + beta)), in parameters.

    Examples
    --------
    >>> round(optimal_params(5.76e23, 406.4, 410.7, 0.3392, 0.2849) / 1e9, 1)
    40.3
    """
    return balance(A, B, alpha, beta) * (compute_flop / TRAIN) ** (beta / (alpha + beta))


def optimal_tokens(compute_flop, A, B, alpha, beta):
    """Return the number of tokens of lowest loss at a budget.

    Parameters
    ----------
    compute_flop : float, ndarray or expression
        Budget, C = 6ND.
    A, B, alpha, beta : float or expression
        Parameters of the law.

    Returns
    -------
    same as compute_flop
        (C / 6)**(alpha / (alpha + beta)) / G, in tokens.

    Examples
    --------
    >>> round(optimal_tokens(5.76e23, 406.4, 410.7, 0.3392, 0.2849) / 1e12, 2)
    2.38
    """
    return (compute_flop / TRAIN) ** (alpha / (alpha + beta)) / balance(A, B, alpha, beta)


def compute_for_params(n_params, A, B, alpha, beta):
    """Return the budget at which `n_params` is the best size: `optimal_params` turned around.

    Parameters
    ----------
    n_params : float, ndarray or expression
        Size.
    A, B, alpha, beta : float or expression
        Parameters of the law.

    Returns
    -------
    same as n_params
        6 (n_params / G)**((alpha + beta) / beta), in FLOP.

    Examples
    --------
    >>> f"{compute_for_params(1e9, 406.4, 410.7, 0.34, 0.28):.3g}"
    '2.64e+20'
    """
    return TRAIN * (n_params / balance(A, B, alpha, beta)) ** ((alpha + beta) / beta)


def frontier_exponent(alpha, beta):
    """Return gamma, by which the reducible loss falls along the frontier: (L - E) ~ C**-gamma.

    Parameters
    ----------
    alpha, beta : float or expression
        Exponents of the law.

    Returns
    -------
    float or expression
        alpha beta / (alpha + beta).

    Examples
    --------
    >>> round(1 - 10 ** -frontier_exponent(0.3392, 0.2849), 2)  # share of the reducible loss, per ten times the compute
    0.3
    """
    return alpha * beta / (alpha + beta)


def frontier_scale(A, B, alpha, beta):
    """Return the reducible loss of the frontier at C = 1 FLOP, where it is a power law in C.

    Parameters
    ----------
    A, B, alpha, beta : float or expression
        Parameters of the law.

    Returns
    -------
    float or expression
        (A / G**alpha + B G**beta) 6**gamma, in nats per token.

    Examples
    --------
    >>> round(1.69 + frontier_scale(406.4, 410.7, 0.34, 0.28) * 1e22 ** -frontier_exponent(0.34, 0.28), 3)
    2.139
    """
    both = A * balance(A, B, alpha, beta) ** -alpha + B * balance(A, B, alpha, beta) ** beta
    return both * TRAIN ** frontier_exponent(alpha, beta)


def frontier_loss(compute_flop, E, A, B, alpha, beta):
    """Return the lowest loss that a budget can reach.

    Parameters
    ----------
    compute_flop : float, ndarray or expression
        Budget, C = 6ND.
    E, A, B, alpha, beta : float or expression
        Parameters of the law.

    Returns
    -------
    same as compute_flop
        In nats per token.

    Examples
    --------
    >>> round(frontier_loss(1e22, 1.69, 406.4, 410.7, 0.34, 0.28), 3)
    2.139
    """
    return E + frontier_scale(A, B, alpha, beta) * compute_flop ** -frontier_exponent(alpha, beta)


def isoflop(compute_flop, n_params, E, A, B, alpha, beta):
    """Return the loss of a size when all of a budget is spent on it: the valley at fixed compute.

    Parameters
    ----------
    compute_flop, n_params : float, ndarray or expression
        Budget and size; they broadcast.
    E, A, B, alpha, beta : float or expression
        Parameters of the law.

    Returns
    -------
    same as n_params
        Loss at n_tokens = compute_flop / (6 n_params), in nats per token.

    Examples
    --------
    >>> round(isoflop(1e22, 5.16e9, 1.69, 406.4, 410.7, 0.34, 0.28), 3)
    2.139
    """
    return loss(n_params, compute_flop / (TRAIN * n_params), E, A, B, alpha, beta)


def tokens_factor(size_ratio, alpha, beta):
    """Return how many times more tokens a model of another size needs for the loss of the optimum.

    Parameters
    ----------
    size_ratio : float, ndarray or expression
        Size over the best size, k_N, above the hard limit (1 + alpha / beta)**(-1 / alpha).
    alpha, beta : float or expression
        Exponents of the law.

    Returns
    -------
    same as size_ratio
        k_D = (1 - (k_N**-alpha - 1) beta / alpha)**(-1 / beta). The compute is k_N k_D times the optimum's.

    Notes
    -----
    De Vries 2023. Neither the budget nor A and B matter: at the optimum the two reducible terms are as beta to alpha.

    Examples
    --------
    >>> round(0.5 * tokens_factor(0.5, 0.336, 0.283) - 1, 2)  # overhead of half the size
    0.21
    """
    return (1 - (size_ratio**-alpha - 1) * beta / alpha) ** (-1 / beta)


def loss_factor(size_ratio, alpha, beta):
    """Return by how much the reducible loss exceeds its lowest value, when all of the same budget is spent.

    Parameters
    ----------
    size_ratio : float, ndarray or expression
        Size over the best size of the budget.
    alpha, beta : float or expression
        Exponents of the law in parameters and in tokens.

    Returns
    -------
    same as size_ratio
        Factor, at least 1: (beta k**-alpha + alpha k**beta) / (alpha + beta).

    Examples
    --------
    >>> round(loss_factor(0.5, 0.3392, 0.2849), 4)
    1.0236
    """
    return (beta * size_ratio**-alpha + alpha * size_ratio**beta) / (alpha + beta)


def compute_factor(size_ratio, alpha, beta):
    """Return by what factor the budget exceeds the least compute that would reach the same loss.

    Parameters
    ----------
    size_ratio : float, ndarray or expression
        Size over the best size of the budget.
    alpha, beta : float or expression
        Exponents of the law in parameters and in tokens.

    Returns
    -------
    same as size_ratio
        Factor, at least 1. Near the bottom it is 1 + (alpha + beta) / 2 * log(size_ratio)**2.

    Notes
    -----
    `Chinchilla.overhead` asks another question: what a size costs that is off the best size *for the loss reached*.
    With k the ratio here and F this factor, overhead(k * F**(beta / (alpha + beta))) = F - 1.

    Examples
    --------
    >>> round(compute_factor(0.5, 0.3392, 0.2849), 3)  # half the size
    1.163
    """
    return loss_factor(size_ratio, alpha, beta) ** ((alpha + beta) / (alpha * beta))


PUBLISHED = tuple(  # what each is: docstring of Chinchilla.published
    "hoffmann2022 hoffmann2022_tex besiroglu2024 besiroglu2024_all muennighoff2023 muennighoff2023_printed "
    "devries2023 sardana2024".split()
)


@dataclass(frozen=True)
class Chinchilla:
    """The parametric law of Hoffmann et al. 2022, with training compute C = 6ND.

    All methods take numbers or arrays of any shape, which broadcast, and return the same; they raise ValueError naming
    the argument for what is zero, negative, NaN, infinite or out of the law's reach.

    Parameters
    ----------
    E : float
        Irreducible loss in nats per token; 0 means no floor.
    A, B : float
        Reducible loss due to size at one parameter and due to data at one token, in nats per token.
    alpha, beta : float
        Exponents in parameters and in tokens.

    Raises
    ------
    ValueError
        If a parameter is out of range, NaN or infinite.

    Examples
    --------
    >>> law = Chinchilla.published("hoffmann2022_tex")
    >>> law.optimum(5.76e23)  # Gopher's budget
    Optimum(n_params=4.031e+10, n_tokens=2.382e+12, loss=1.918, compute_flop=5.76e+23, tokens_per_param=59.08)
    """

    E: float
    A: float
    B: float
    alpha: float
    beta: float

    def __post_init__(self):
        for name in ("E", "A", "B", "alpha", "beta"):
            check = not_negative if name == "E" else positive
            object.__setattr__(self, name, number(name, getattr(self, name), check))

    @classmethod
    def published(cls, name):
        """Return a published fit by its key.

        Parameters
        ----------
        name : str
            hoffmann2022: as printed (rounded); hoffmann2022_tex: unrounded, from the paper's TeX source;
            besiroglu2024: refit to the paper's own points, besiroglu2024_all: without dropping five of them;
            muennighoff2023: fit on C4, muennighoff2023_printed: the same rounded;
            devries2023 and sardana2024: Hoffmann's with other roundings of the exponents.

        Returns
        -------
        Chinchilla
            From the table of constants.

        Raises
        ------
        ValueError
            If the name is unknown; the message lists the known ones.

        Examples
        --------
        >>> Chinchilla.published("hoffmann2022")
        Chinchilla(E=1.69, A=406.4, B=410.7, alpha=0.34, beta=0.28)
        """
        one_of("name", name, PUBLISHED)
        return cls(**{field: constant(f"{name}.{field}") for field in ("E", "A", "B", "alpha", "beta")})

    def __repr__(self):
        values = ", ".join(f"{name}={getattr(self, name):.6g}" for name in ("E", "A", "B", "alpha", "beta"))
        return f"Chinchilla({values})"

    @property
    def a(self):
        """Exponent of the best size in compute, beta / (alpha + beta)."""
        return self.beta / (self.alpha + self.beta)

    @property
    def b(self):
        """Exponent of the best number of tokens in compute, alpha / (alpha + beta)."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def frontier_exponent(self):
        """Exponent of the reducible loss in compute along the frontier, alpha beta / (alpha + beta)."""
        return frontier_exponent(self.alpha, self.beta)

    @property
    def smallest_ratio(self):
        """Size over the best size below which no amount of data makes up for it: the hard limit of `overhead`."""
        return (1 + self.alpha / self.beta) ** (-1 / self.alpha)

    @property
    def _shape(self):
        return self.A, self.B, self.alpha, self.beta

    def loss(self, n_params, n_tokens):
        """Return the loss in nats per token after one pass over `n_tokens`."""
        return loss(positive("n_params", n_params), positive("n_tokens", n_tokens), self.E, *self._shape)

    def isoflop(self, compute_flop, n_params):
        """Return the loss in nats per token of each size when it is trained with all of `compute_flop`."""
        return isoflop(positive("compute_flop", compute_flop), positive("n_params", n_params), self.E, *self._shape)

    def optimum(self, compute_flop):
        """Return the `Optimum` of a training budget: n_params, n_tokens, loss, tokens_per_param.

        Examples
        --------
        >>> Chinchilla.published("besiroglu2024").optimum([1e21, 1e23]).n_params.round(-8)
        array([2.80e+09, 2.94e+10])
        """
        compute_flop = positive("compute_flop", compute_flop)
        n_params = optimal_params(compute_flop, *self._shape)
        n_tokens = optimal_tokens(compute_flop, *self._shape)
        return Optimum(n_params, n_tokens, self.loss(n_params, n_tokens), compute_flop, compute_flop)

    def optimum_of(self, n_params):
        """Return the `Optimum` at the budget for which `n_params` is the best size."""
        return self.optimum(compute_for_params(positive("n_params", n_params), *self._shape))

    def tokens_per_param(self, compute_flop):
        """Return tokens per parameter at the optimum of a budget."""
        return self.optimum(compute_flop).tokens_per_param

    def frontier(self, compute_flop):
        """Return the lowest loss in nats per token that a budget can reach."""
        return frontier_loss(positive("compute_flop", compute_flop), self.E, *self._shape)

    @property
    def frontier_law(self):
        """The lowest loss of a budget, as a `PowerLaw` of compute in FLOP."""
        return PowerLaw(frontier_scale(*self._shape), self.frontier_exponent, self.E)

    def compute_for(self, loss):
        """Return the least training compute in FLOP that reaches `loss`.

        Examples
        --------
        >>> print(f"{Chinchilla.published('besiroglu2024').compute_for(2.0):.2g}")
        2.5e+23
        """
        gap = self._gap(loss)
        return (frontier_scale(*self._shape) / gap) ** (1 / self.frontier_exponent)

    def tokens_for(self, loss, n_params):
        """Return the tokens with which `n_params` reaches `loss`; ValueError where no amount of them would."""
        n_params = positive("n_params", n_params)
        gap = self._gap(loss) - self.A / n_params**self.alpha
        if not np.all(gap > 0):
            raise ValueError(f"loss {np.min(loss)} is out of reach for n_params {np.min(n_params)} with any n_tokens")
        return (self.B / gap) ** (1 / self.beta)

    def tokens_factor(self, size_ratio):
        """Return k_D: how many times more tokens a model of `size_ratio` times the best size needs (De Vries 2023)."""
        size_ratio = positive("size_ratio", size_ratio)
        if not np.all(size_ratio > self.smallest_ratio):
            raise ValueError(f"size_ratio must be above {self.smallest_ratio:.4g}, got {np.min(size_ratio)}")
        return tokens_factor(size_ratio, self.alpha, self.beta)

    def overhead(self, size_ratio):
        """Return the extra training compute, as a share, that another size than the best costs (De Vries 2023).

        Examples
        --------
        >>> round(float(Chinchilla.published("devries2023").overhead(0.5)), 2)
        0.21
        """
        return size_ratio * self.tokens_factor(size_ratio) - 1

    def best_for(self, budget, per_param_token=flops.TRAIN, per_param=0.0, per_token=0.0):
        """Return the `Optimum` that a budget buys when cost = per_param_token N D + per_param N + per_token D.

        Prices are zero or positive, in any unit, the budget's; the default is training compute and gives `optimum`.

        Examples
        --------
        >>> law = Chinchilla.published("besiroglu2024")
        >>> law.best_for(1e22, per_param=2 * 1e12).n_params < law.optimum(1e22).n_params  # also serve 1e12 tokens
        np.True_
        """
        paid = cost.prices(per_param_token, per_param, per_token)
        best = cost.best_for_budget(positive("budget", budget), *self._shape, *paid)
        return self._planned(*best, *paid)

    def cheapest(self, loss, per_param_token=flops.TRAIN, per_param=0.0, per_token=0.0):
        """Return the `Optimum` of lowest cost = per_param_token N D + per_param N + per_token D that reaches `loss`."""
        paid = cost.prices(per_param_token, per_param, per_token)
        return self._planned(*cost.cheapest_for_gap(self._gap(loss), *self._shape, *paid), *paid)

    def _planned(self, n_params, n_tokens, *paid):
        compute = flops.training_flop(n_params, n_tokens)
        return Optimum(
            n_params, n_tokens, self.loss(n_params, n_tokens), compute, cost.linear_cost(n_params, n_tokens, *paid)
        )

    def _gap(self, loss):
        loss = positive("loss", loss)
        if not np.all(loss > self.E):
            raise ValueError(f"loss must be above the irreducible loss E = {self.E:.6g}, got {np.min(loss)}")
        return loss - self.E
