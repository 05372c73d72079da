"""Loss against size and data, L = E + A / N**alpha + B / D**beta, and the best use of a budget (Hoffmann et al. 2022).

The functions are bare arithmetic: they take numbers, NumPy arrays of any shape and Vega expressions alike, return the
kind that they are given, and check nothing. `Chinchilla` checks its input and calls them.

    n_params, n_tokens  N, parameters; D, tokens seen once
    compute_flop        C = 6ND, training compute in FLOP
    E, A, B             irreducible loss, and reducible loss at one parameter and at one token, in nats per token
    alpha, beta         exponents in parameters and in tokens
    size_ratio          k, a size over the best one

With C = 6ND the optimum has a closed form (Eq. 4, App. A); G below is (alpha A / (beta B))**(1 / (alpha + beta)). At
the optimum the term that shrinks with size is beta / (alpha + beta) of the reducible loss and the other one
alpha / (alpha + beta), so that the two exponents alone shape the valley of sizes around it.
"""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import not_negative, number, one_of, positive
from scalinglaws.data import constant
from scalinglaws.laws.training.flops import TRAIN
from scalinglaws.laws.training.power import PowerLaw


def chinchilla_loss(n_params, n_tokens, E, A, B, alpha, beta):
    """Return the loss E + A / N**alpha + B / D**beta after one pass over the tokens, in nats per token (Eq. 2).

    >>> round(chinchilla_loss(70e9, 1.4e12, 1.69, 406.4, 410.7, 0.34, 0.28), 3)  # Chinchilla
    1.937
    """
    return E + A / n_params**alpha + B / n_tokens**beta


def balance(A, B, alpha, beta):
    """Return G, which ties the best size to the best number of tokens: N**alpha = G**(alpha + beta) D**beta (Eq. 4)."""
    return (alpha * A / (beta * B)) ** (1 / (alpha + beta))


def optimal_params(compute_flop, A, B, alpha, beta):
    """Return the size of lowest loss at a budget, G (C / 6)**(beta / (alpha + beta)) (Eq. 4).

    >>> round(optimal_params(5.76e23, 406.4, 410.7, 0.3392, 0.2849) / 1e9, 1)
    40.3
    """
    return balance(A, B, alpha, beta) * (compute_flop / TRAIN) ** (beta / (alpha + beta))


def optimal_tokens(compute_flop, A, B, alpha, beta):
    """Return the tokens of lowest loss at a budget, (C / 6)**(alpha / (alpha + beta)) / G (Eq. 4)."""
    return (compute_flop / TRAIN) ** (alpha / (alpha + beta)) / balance(A, B, alpha, beta)


def compute_for_params(n_params, A, B, alpha, beta):
    """Return the budget at which `n_params` is the best size, 6 (N / G)**((alpha + beta) / beta), in FLOP."""
    return TRAIN * (n_params / balance(A, B, alpha, beta)) ** ((alpha + beta) / beta)


def frontier_exponent(alpha, beta):
    """Return gamma = alpha beta / (alpha + beta): along the frontier the reducible loss falls as C**-gamma."""
    return alpha * beta / (alpha + beta)


def frontier_scale(A, B, alpha, beta):
    """Return the reducible loss of the frontier at C = 1 FLOP, (A / G**alpha + B G**beta) 6**gamma."""
    both = A * balance(A, B, alpha, beta) ** -alpha + B * balance(A, B, alpha, beta) ** beta
    return both * TRAIN ** frontier_exponent(alpha, beta)


def frontier_loss(compute_flop, E, A, B, alpha, beta):
    """Return the lowest loss that a budget can reach, in nats per token.

    >>> round(frontier_loss(1e22, 1.69, 406.4, 410.7, 0.34, 0.28), 3)
    2.139
    """
    return E + frontier_scale(A, B, alpha, beta) * compute_flop ** -frontier_exponent(alpha, beta)


def isoflop_loss(compute_flop, n_params, E, A, B, alpha, beta):
    """Return the loss of a size when all of a budget is spent on it, D = C / (6N): the valley at fixed compute."""
    return chinchilla_loss(n_params, compute_flop / (TRAIN * n_params), E, A, B, alpha, beta)


def tokens_factor(size_ratio, alpha, beta):
    """Return how many times more tokens another size needs for the loss of the optimum (De Vries 2023).

    (1 - (k**-alpha - 1) beta / alpha)**(-1 / beta), for k above the hard limit (1 + alpha / beta)**(-1 / alpha). The
    compute is k times this factor.

    >>> round(0.5 * tokens_factor(0.5, 0.336, 0.283) - 1, 2)  # overhead of half the size
    0.21
    """
    return (1 - (size_ratio**-alpha - 1) * beta / alpha) ** (-1 / beta)


def loss_factor(size_ratio, alpha, beta):
    """Return by what factor the reducible loss exceeds its lowest value at the same budget.

    (beta k**-alpha + alpha k**beta) / (alpha + beta), at least 1.
    """
    return (beta * size_ratio**-alpha + alpha * size_ratio**beta) / (alpha + beta)


def compute_factor(size_ratio, alpha, beta):
    """Return by what factor the budget exceeds the least compute for the loss; near 1 + (alpha + beta) / 2 ln(k)**2.

    `Chinchilla.overhead` takes k from the best size *for the loss reached*: overhead(k F**(beta / (alpha + beta))) is
    F - 1, with F this factor.

    >>> round(compute_factor(0.5, 0.3392, 0.2849), 3)  # half the size
    1.163
    """
    return loss_factor(size_ratio, alpha, beta) ** ((alpha + beta) / (alpha * beta))


PUBLISHED = tuple(  # what each is: docstring of Chinchilla.published
    "hoffmann2022 hoffmann2022_tex besiroglu2024 besiroglu2024_all muennighoff2023 muennighoff2023_printed "
    "devries2023 sardana2024".split()
)


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


@dataclass(frozen=True)
class Chinchilla:
    """The parametric law of Hoffmann et al. 2022, with training compute C = 6ND.

    All methods take numbers or arrays of any shape, which broadcast, and return the same; they raise ValueError naming
    the argument for what is zero, negative, NaN, infinite or out of the law's reach. Budgets that pay for more than
    training are in `scalinglaws.laws.money.cost`.

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
        """Return a published fit from the table of constants, by its key.

        hoffmann2022 as printed (rounded), hoffmann2022_tex unrounded from its TeX source; besiroglu2024 a refit to its
        points, besiroglu2024_all without dropping five of them; muennighoff2023 on C4, muennighoff2023_printed rounded;
        devries2023 and sardana2024 Hoffmann's with other roundings.
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
    def _reducible(self):
        return self.A, self.B, self.alpha, self.beta

    def loss(self, n_params, n_tokens):
        """Return the loss in nats per token after one pass over `n_tokens`."""
        return chinchilla_loss(positive("n_params", n_params), positive("n_tokens", n_tokens), self.E, *self._reducible)

    def isoflop(self, compute_flop, n_params):
        """Return the loss in nats per token of each size when it is trained with all of `compute_flop`."""
        compute_flop, n_params = positive("compute_flop", compute_flop), positive("n_params", n_params)
        return isoflop_loss(compute_flop, n_params, self.E, *self._reducible)

    def optimum(self, compute_flop):
        """Return the `Optimum` of a training budget: n_params, n_tokens, loss, tokens_per_param.

        >>> Chinchilla.published("besiroglu2024").optimum([1e21, 1e23]).n_params.round(-8)
        array([2.80e+09, 2.94e+10])
        """
        compute_flop = positive("compute_flop", compute_flop)
        n_params = optimal_params(compute_flop, *self._reducible)
        n_tokens = optimal_tokens(compute_flop, *self._reducible)
        return Optimum(n_params, n_tokens, self.loss(n_params, n_tokens), compute_flop, compute_flop)

    def optimum_of(self, n_params):
        """Return the `Optimum` at the budget for which `n_params` is the best size."""
        return self.optimum(compute_for_params(positive("n_params", n_params), *self._reducible))

    def tokens_per_param(self, compute_flop):
        """Return tokens per parameter at the optimum of a budget."""
        return self.optimum(compute_flop).tokens_per_param

    def frontier(self, compute_flop):
        """Return the lowest loss in nats per token that a budget can reach."""
        return frontier_loss(positive("compute_flop", compute_flop), self.E, *self._reducible)

    @property
    def frontier_law(self):
        """The lowest loss of a budget, as a `PowerLaw` of compute in FLOP."""
        return PowerLaw(frontier_scale(*self._reducible), self.frontier_exponent, self.E)

    def gap(self, loss):
        """Return how far `loss` is above E; ValueError where it is not."""
        loss = positive("loss", loss)
        if not np.all(loss > self.E):
            raise ValueError(f"loss must be above the irreducible loss E = {self.E:.6g}, got {np.min(loss)}")
        return loss - self.E

    def compute_for(self, loss):
        """Return the least training compute in FLOP that reaches `loss`.

        >>> print(f"{Chinchilla.published('besiroglu2024').compute_for(2.0):.2g}")
        2.5e+23
        """
        return (frontier_scale(*self._reducible) / self.gap(loss)) ** (1 / self.frontier_exponent)

    def tokens_for(self, loss, n_params):
        """Return the tokens with which `n_params` reaches `loss`; ValueError where no amount of them would."""
        n_params = positive("n_params", n_params)
        gap = self.gap(loss) - self.A / n_params**self.alpha
        if not np.all(gap > 0):
            raise ValueError(f"loss {np.min(loss)} is out of reach for n_params {np.min(n_params)} with any n_tokens")
        return (self.B / gap) ** (1 / self.beta)

    def tokens_factor(self, size_ratio):
        """Return how many times more tokens a model of `size_ratio` times the best size needs (De Vries 2023)."""
        size_ratio = positive("size_ratio", size_ratio)
        if not np.all(size_ratio > self.smallest_ratio):
            raise ValueError(f"size_ratio must be above {self.smallest_ratio:.4g}, got {np.min(size_ratio)}")
        return tokens_factor(size_ratio, self.alpha, self.beta)

    def overhead(self, size_ratio):
        """Return the extra training compute, as a share, that another size than the best costs (De Vries 2023).

        >>> round(float(Chinchilla.published("devries2023").overhead(0.5)), 2)
        0.21
        """
        return size_ratio * self.tokens_factor(size_ratio) - 1


def _short(value):
    if np.ndim(value):
        return f"<{np.min(value):.4g} to {np.max(value):.4g}, shape {np.shape(value)}>"
    return f"{value:.4g}"
