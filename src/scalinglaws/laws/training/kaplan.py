"""The laws of Kaplan et al. 2020: loss against size, data, compute and steps, and their best use of compute.

The paper fits its parameters several times, and the same symbol has another value each time. Here each fit is a set
of its own, and each method of `Kaplan` says which set it uses. No method takes numbers from two fits, except
`Kaplan.crossing`: to hold two of them against each other is its point.

The functions are bare arithmetic, for numbers, NumPy arrays of any shape and Vega expressions; `Kaplan` checks its
input. Equations are those of the paper.

    n_params, n_tokens    N, parameters without embeddings; D, tokens in the data set
    compute_flop          training compute in FLOP; the paper has PF-days of 8.64e19 FLOP, and `Kaplan.pf_days` converts
    steps_min             steps at a batch far above the critical one, B_crit
    alpha_*, *_c, B_star  parameters of one fit, with the paper's symbols
    loss                  in nats per token, of the tokens of a vocabulary of 50257
"""

from dataclasses import dataclass
from typing import NamedTuple

from scalinglaws.check import one_of, positive
from scalinglaws.data import constant


def scale_law(x, x_c, exponent):
    """Return (x_c / x)**exponent, the form of L(N), L(D) and L(C), without a floor (Eq. 1.1 to 1.3).

    >>> round(scale_law(1.75e11, 8.8e13, 0.076), 2)
    1.6
    """
    return (x_c / x) ** exponent


def joint_loss(n_params, n_tokens, alpha_N, alpha_D, N_c, D_c):
    """Return the loss of a size trained to the end on a data set, overfitting included (Eq. 1.5).

    ((N_c / N)**(alpha_N / alpha_D) + D_c / D)**alpha_D

    >>> round(joint_loss(1.5e9, 2.3e10, 0.076, 0.103, 6.4e13, 1.8e13), 2)
    2.31
    """
    return ((N_c / n_params) ** (alpha_N / alpha_D) + D_c / n_tokens) ** alpha_D


def steps_loss(n_params, steps_min, alpha_N, alpha_S, N_c, S_c):
    """Return the loss after some steps on unlimited data, (N_c / N)**alpha_N + (S_c / S_min)**alpha_S (Eq. 1.6)."""
    return (N_c / n_params) ** alpha_N + (S_c / steps_min) ** alpha_S


def critical_batch(loss, B_star, alpha_B):
    """Return the batch in tokens above which a larger one wastes compute, B_star / loss**(1 / alpha_B) (Eq. 1.4)."""
    return B_star / loss ** (1 / alpha_B)


def least_steps(steps, batch_tokens, critical):
    """Return S_min, the steps that a very large batch would have needed: S / (1 + B_crit / B) (Eq. 5.4)."""
    return steps / (1 + critical / batch_tokens)


def least_compute(compute_flop, batch_tokens, critical):
    """Return C_min, the compute that a very small batch would have needed: C / (1 + B / B_crit) (Eq. 5.5).

    At the critical batch it is half of C.
    """
    return compute_flop / (1 + batch_tokens / critical)


def crossing_days(C_c, alpha_C, D_c, alpha_D, scale, exponent):
    """Return the PF-days at which (C_c / C)**alpha_C = (D_c / D)**alpha_D, with D = scale C**exponent tokens (Sec. 6.3).

    >>> round(crossing_days(3.1e8, 0.050, 5.4e13, 0.095, 2e10, 0.27))
    11189
    """
    return (C_c**alpha_C / (D_c / scale) ** alpha_D) ** (1 / (alpha_C - exponent * alpha_D))


def compute_exponent(alpha_N, alpha_S, alpha_B):
    """Return the exponent of loss in C_min that the other three imply, 1 / (1 / alpha_S + 1 / alpha_B + 1 / alpha_N).

    Eq. 6.4, printed 0.054; the fit to the runs themselves gives 0.050.
    """
    return 1 / (1 / alpha_S + 1 / alpha_B + 1 / alpha_N)


def size_penalty(size_ratio, alpha_N, alpha_S):
    """Return the factor in compute for the same loss with `size_ratio` times the best size (Eq. B.16).

    (N / N_eff) (1 + (alpha_S / alpha_N) (1 - (N_eff / N)**alpha_N))**(-1 / alpha_S)

    >>> round(size_penalty(2.2, 0.076, 0.76), 2)
    1.2
    """
    return size_ratio * (1 + alpha_S / alpha_N * (1 - size_ratio**-alpha_N)) ** (-1 / alpha_S)


class Separate(NamedTuple):
    """Fits of one variable at a time, Eq. 1.1 to 1.3. C_c_min is in PF-days."""

    alpha_N: float
    N_c: float
    alpha_D: float
    D_c: float
    alpha_C_min: float
    C_c_min: float


class Joint(NamedTuple):
    """Fit of loss in size and data, Table 2."""

    alpha_N: float
    alpha_D: float
    N_c: float
    D_c: float


class Steps(NamedTuple):
    """Fit of loss in size and steps, Table 3."""

    alpha_N: float
    alpha_S: float
    N_c: float
    S_c: float


class Batch(NamedTuple):
    """Fit of the critical batch, Eq. 1.4."""

    B_star: float
    alpha_B: float


class KaplanAllocation(NamedTuple):
    """Best use of compute, Table 6: at 1 PF-day (_e) and exponents (p_), of size, batch, steps, tokens processed."""

    N_e: float
    p_N: float
    B_e: float
    p_B: float
    S_e: float
    p_S: float
    D_e: float
    p_D: float


class KaplanOptimum(NamedTuple):
    """Best use of a budget: size without embeddings, tokens processed, batch in tokens, serial steps, budget."""

    n_params: float
    n_tokens: float
    batch_tokens: float
    steps: float
    compute_flop: float


class Crossing(NamedTuple):
    """Where the laws contradict each other: loss, training compute in FLOP, size and tokens processed."""

    loss: float
    compute_flop: float
    n_params: float
    n_tokens: float


@dataclass(frozen=True)
class Kaplan:
    """The published laws of Kaplan et al. 2020, one set of parameters per fit.

    All methods take numbers or arrays of any shape, which broadcast, and raise ValueError naming the argument for what
    is zero, negative, NaN or infinite. `Kaplan.published()` has the sets as printed.

    Parameters
    ----------
    separate : Separate
        Used by `loss_of_params`, `loss_of_tokens`, `loss_of_compute`.
    joint : Joint
        Used by `loss`.
    steps : Steps
        Used by `loss_after`, `size_penalty`.
    batch : Batch
        Used by `critical_batch`.
    allocation : KaplanAllocation
        Used by `optimum`.
    pf_day : float
        FLOP in one PF-day.

    Examples
    --------
    >>> kaplan = Kaplan.published()
    >>> kaplan.loss_of_params([1e8, 1e11]).round(2)
    array([2.83, 1.67])
    >>> kaplan.separate.N_c, kaplan.joint.N_c, kaplan.steps.N_c
    (88000000000000.0, 64000000000000.0, 65000000000000.0)
    """

    separate: Separate
    joint: Joint
    steps: Steps
    batch: Batch
    allocation: KaplanAllocation
    pf_day: float

    @classmethod
    def published(cls):
        """Return the laws with the printed parameters, each from the table or equation that its set names."""
        return cls(
            separate=_read(Separate, "kaplan2020."),
            joint=_read(Joint, "kaplan2020_joint."),
            steps=_read(Steps, "kaplan2020_steps."),
            batch=_read(Batch, "kaplan2020."),
            allocation=_read(KaplanAllocation, "kaplan2020.optimum_"),
            pf_day=constant("kaplan2020.pf_day"),
        )

    def pf_days(self, compute_flop):
        """Return compute in PF-days."""
        return positive("compute_flop", compute_flop) / self.pf_day

    def flop(self, pf_days):
        """Return compute in FLOP."""
        return positive("pf_days", pf_days) * self.pf_day

    def loss_of_params(self, n_params):
        """Return the loss of a size trained to the end on unlimited data: set `separate`, Eq. 1.1."""
        return scale_law(positive("n_params", n_params), self.separate.N_c, self.separate.alpha_N)

    def loss_of_tokens(self, n_tokens):
        """Return the loss of a large model stopped in time on a data set: set `separate`, Eq. 1.2."""
        return scale_law(positive("n_tokens", n_tokens), self.separate.D_c, self.separate.alpha_D)

    def loss_of_compute(self, compute_flop):
        """Return the loss of the best use of `compute_flop` (C_min): set `separate`, Eq. 1.3."""
        return scale_law(self.pf_days(compute_flop), self.separate.C_c_min, self.separate.alpha_C_min)

    def loss(self, n_params, n_tokens):
        """Return the loss of a size trained to the end on a data set: set `joint`, Eq. 1.5 with Table 2."""
        return joint_loss(positive("n_params", n_params), positive("n_tokens", n_tokens), *self.joint)

    def loss_after(self, n_params, steps_min):
        """Return the loss after a number of steps on unlimited data: set `steps`, Eq. 1.6 with Table 3."""
        return steps_loss(positive("n_params", n_params), positive("steps_min", steps_min), *self.steps)

    def size_penalty(self, size_ratio):
        """Return the factor in compute for the same loss at `size_ratio` times the best size: set `steps`, Eq. B.16.

        Raises ValueError for a size too small ever to reach that loss.
        """
        size_ratio = positive("size_ratio", size_ratio)
        smallest = (1 + self.steps.alpha_N / self.steps.alpha_S) ** (-1 / self.steps.alpha_N)
        if not (size_ratio > smallest).all():
            raise ValueError(f"size_ratio must be above {smallest:.4g}, got {size_ratio.min()}")
        return size_penalty(size_ratio, self.steps.alpha_N, self.steps.alpha_S)

    def critical_batch(self, loss):
        """Return the critical batch in tokens at a loss: set `batch`, Eq. 1.4."""
        return critical_batch(positive("loss", loss), *self.batch)

    def optimum(self, compute_flop):
        """Return the best use of `compute_flop`: set `allocation`, Table 6.

        The budget is C_min, what training at a batch far below the critical one would take. Training at the critical
        batch takes twice as much, so for a budget C spent that way ask for C / 2.

        >>> print(f"{Kaplan.published().optimum(1e21 / 2).n_params:.3g}")  # Hoffmann et al. 2022 print 4.68e9 at 1e21
        4.68e+09
        """
        days, best = self.pf_days(compute_flop), self.allocation
        return KaplanOptimum(
            n_params=best.N_e * days**best.p_N,
            n_tokens=best.D_e * days**best.p_D,
            batch_tokens=best.B_e * days**best.p_B,
            steps=best.S_e * days**best.p_S,
            compute_flop=days * self.pf_day,
        )

    def crossing(self, tokens_from="table6"):
        """Return the `Crossing` of L(C) and L(D): compute promises a loss that the tokens processed rule out.

        Sets `separate` (the two laws) and `allocation` (N and D as functions of C). The paper prints the tokens as a
        function of compute twice, differently. `tokens_from` table6 gives the printed crossing (1e4 PF-days, 1e12
        parameters, loss 1.7), with a quarter of the printed 1e12 tokens; eq67 puts it at ten times that compute.

        >>> there = Kaplan.published().crossing()
        >>> print(f"loss {there.loss:.2f} at {Kaplan.published().pf_days(there.compute_flop):.0f} PF-days")
        loss 1.67 at 11189 PF-days
        """
        laws = self.separate
        if one_of("tokens_from", tokens_from, ["table6", "eq67"]) == "table6":
            scale, exponent = self.allocation.D_e, self.allocation.p_D
        else:
            scale, exponent = constant("kaplan2020.optimum_D_e_eq67"), constant("kaplan2020.optimum_p_D_eq67")
        days = crossing_days(laws.C_c_min, laws.alpha_C_min, laws.D_c, laws.alpha_D, scale, exponent)
        flop = self.flop(days)
        return Crossing(
            float(self.loss_of_compute(flop)),
            float(flop),
            float(self.optimum(flop).n_params),
            float(scale * days**exponent),
        )


def _read(fit, prefix):
    return fit(*(constant(prefix + field) for field in fit._fields))
