"""What other models do to the law of text: experts, teachers, fewer bits, borrowed text, a law flat at both ends.

The functions are bare arithmetic, for numbers, NumPy arrays of any shape and Vega expressions; they check nothing.

    experts       E, feed-forward blocks of which each token passes through one; 1 is a dense model
    n_active      N, parameters that a token passes through; a mixture of experts holds more
    n_params, n_tokens, teacher_loss   of a student, and the loss of the model that teaches it, in nats per token
    bits          P, precision of weights, activations or cache

Sources: Ludziejewski et al. 2025 (experts), Busbridge et al. 2025 (teachers), Kumar et al. 2024 (bits), Hernandez et al.
2021 (borrowed text), Zhai et al. 2022 (the law that is flat at both ends).
"""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import number, positive
from scalinglaws.data import constant
from scalinglaws.laws.training.chinchilla import Chinchilla, chinchilla_loss


def _published(paper, names):
    return {name: constant(f"{paper}.{name}") for name in names.split()}


def effective_experts(experts, E_start, E_max):
    """Return the number of experts that counts: E_start for one, never more than E_max (Ludziejewski Eq. 6).

    >>> round(effective_experts(8, 2.0732, 290.4521), 2)
    8.81
    """
    return 1 / (1 / (experts - 1 + 1 / (1 / E_start - 1 / E_max)) + 1 / E_max)


def mixture_constants(experts, a, alpha, delta, gamma, b, beta, omega, zeta, E_start, E_max):
    """Return A, B, alpha and beta of the law of size and data that this many experts obey (Ludziejewski Eq. 6).

    L = a E'**delta N**(alpha + gamma ln E') + b E'**omega D**(beta + zeta ln E') + floor, E' the effective experts.
    """
    counted = effective_experts(experts, E_start, E_max)
    scales = a * counted**delta, b * counted**omega
    return *scales, -(alpha + gamma * np.log(counted)), -(beta + zeta * np.log(counted))


def mixture_law(experts):
    """Return the published law of a mixture of experts, in active parameters and tokens (Ludziejewski Table 3).

    >>> mixture_law(8).optimum(1e20)
    Optimum(n_params=9.9e+08, n_tokens=1.684e+10, loss=2.529, compute_flop=1e+20, tokens_per_param=17.01)
    """
    fitted = _published("ludziejewski2025", "a alpha delta gamma b beta omega zeta E_start E_max")
    return Chinchilla(
        constant("ludziejewski2025.c"), *map(float, mixture_constants(number("experts", experts), **fitted))
    )


def total_over_active(experts):
    """Return how many parameters a mixture holds for each that is active, embeddings aside: (4 + 9 E) / 13."""
    return (4 + 9 * experts) / 13


def supervised_loss(n_params, n_tokens, E, A, B, alpha, beta, gamma):
    """Return E + (A / N**alpha + B / D**beta)**gamma, the loss of a model that learns from text alone (Busbridge Eq. 1)."""
    return E + chinchilla_loss(n_params, n_tokens, 0, A, B, alpha, beta) ** gamma


def distilled_loss(teacher_loss, alone, n_params, n_tokens, A, B, alpha, beta, gamma, c0, c1, f1, d1):
    """Return the loss of a student that learns from a teacher (Busbridge Eq. 8).

    `alone` is what the same student reaches without one; a teacher below `alone` * d1 by much helps less and less.
    """
    gap = (1 + (teacher_loss / (alone * d1)) ** (1 / f1)) ** (-c1 * f1)
    return teacher_loss + teacher_loss**-c0 * gap * chinchilla_loss(n_params, n_tokens, 0, A, B, alpha, beta) ** gamma


@dataclass(frozen=True)
class Distillation:
    """A student alone and with a teacher; `supervised` and `taught` hold the constants of the two laws.

    Examples
    --------
    >>> law = Distillation.published()
    >>> teacher = law.alone(8.76e9, 20 * 8.76e9)  # 20 tokens per parameter
    >>> print(f"{law.alone(1e9, 1.28e11):.3f} alone, {law.with_teacher(teacher, 1e9, 1.28e11):.3f} taught")
    2.225 alone, 2.195 taught
    """

    supervised: dict
    taught: dict

    @classmethod
    def published(cls):
        """Return the fit of Busbridge et al., Table 6."""
        own = "A B alpha beta gamma"
        return cls(
            _published("busbridge2025.supervised", f"E {own}"), _published("busbridge2025.taught", f"{own} c0 c1 f1 d1")
        )

    def alone(self, n_params, n_tokens):
        """Return the loss without a teacher, any shape, in nats per token."""
        return supervised_loss(positive("n_params", n_params), positive("n_tokens", n_tokens), **self.supervised)

    def with_teacher(self, teacher_loss, n_params, n_tokens):
        """Return the loss with a teacher of that loss, any shape, in nats per token."""
        own = self.alone(n_params, n_tokens)
        return distilled_loss(positive("teacher_loss", teacher_loss), own, n_params, n_tokens, **self.taught)


def precision_share(bits, gamma, offset):
    """Return 1 - exp(-P / gamma + offset), the share of the parameters that still counts (Kumar App. K).

    One factor for each of weights, activations and cache; their product times N is the effective size.

    >>> round(float(precision_share(8, 2.6745, 0.3037)), 3)
    0.932
    """
    return 1 - np.exp(-bits / gamma + offset)


def transferred_data(n_own, n_params, k, alpha, beta):
    """Return how much own data pre-training is worth, k D_F**alpha N**beta, in the unit of k (Hernandez Eq. 1.1)."""
    return k * n_own**alpha * n_params**beta


def saturating_error(compute, scale, exponent, shift, floor):
    """Return scale * (C + shift)**-exponent + floor: flat for little compute, and flat again for much (Zhai Sec. 2.2)."""
    return scale * (compute + shift) ** -exponent + floor
