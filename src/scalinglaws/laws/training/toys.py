"""Toy worlds whose learning curves are power laws for a known reason.

A memoriser among rare things knows an item once it has met it; its error is the share of what it has not met (Hutter
2021). In the world of octaves, octave j = 0, 1, ... holds 2**j items, each of them 2**-(j (1 + alpha)) times as frequent
as the first, so that shares fall as rank**-(1 + alpha).

A learner on a sheet answers with the nearest example, or with a smooth surface through the nearest ones.

Ridge regression on a spectrum: octave j holds 2**j modes of variance 2**-(b j), in which the teacher has the power
2**-(a j) each. `kappa` is the variance at which a mode is half learned; it stands for the number of examples, which
follows from it. The equations are those of Bordelon, Canatar and Pehlevan 2020; the penalty is the best one at every
point, and may be negative where noise hardly matters.

Random-feature ridge regression, a learner whose population loss is a closed form and whose exponents are known: the
inputs have a power-law spectrum, the network is a random projection, only the read-out learns. There is no test set
and so no noise from one (Bahri et al. 2021; Maloney, Roberts and Sully 2022). `n_features` is the size of the model,
`n_examples` that of the data.

The functions of octaves, sheet and spectrum are bare arithmetic: they take arrays, and the expressions of a live figure.
"""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import not_negative, one_of, positive

OCTAVES = 24


def unseen_share(shares, n_samples):
    """Return the expected error of a memoriser, the sum of p_i (1 - p_i)**n_samples, for `n_samples` of any shape.

    `shares`, shape (n_items,), are the p_i, below 1. For p_i ~ i**-beta it falls as n_samples**(1 / beta - 1), Hutter
    2021.

    >>> unseen_share([0.5, 0.5], [1, 2])
    array([0.5 , 0.25])
    """
    shares, n_samples = positive("shares", shares), positive("n_samples", n_samples)
    return np.exp(n_samples[..., None] * np.log1p(-shares)) @ shares


def octave_share(n_samples, octave, alpha, n_octaves=OCTAVES):
    """Return the chance that the next item is new and of one octave; there are none from octave `n_octaves` on.

    Summed over the octaves it is the error of a memoriser, and falls as n_samples**-(alpha / (1 + alpha)).

    >>> float(octave_share(0, 0, 1.0, 1)), float(octave_share(5, 1, 1.0, 1))
    (1.0, 0.0)
    """
    total = (1 - 2 ** (-alpha * n_octaves)) / (1 - 2**-alpha)
    there = (abs(n_octaves - octave) - abs(n_octaves - octave - 1) + 1) / 2  # 1 below n_octaves, else 0
    return there * 2 ** (-alpha * octave) / total * np.exp(-n_samples * 2 ** (-octave * (1 + alpha)) / total)


def sheet_error(n_samples, dimension, order=1):
    """Return the squared error among examples on a sheet, in that of one example: the spacing to the power 2 `order`.

    `order` 1 is the answer of the nearest example, 2 a surface that follows the slope (Sharma and Kaplan 2020).

    >>> sheet_error(100, 2), sheet_error(100, 2, order=2)
    (0.01, 0.0001)
    """
    return n_samples ** (-2 * order / dimension)


def spectrum_sums(kappa, a, b=1.5):
    """Return three sums over all modes: the squares of what is learned of each, the error left, and `turn`.

    With the learned share s = l / (l + kappa) of a mode, l its variance, and t the teacher's power in it, they are the
    sums of s**2 and of t (1 - s)**2, and the slope of the first over that of the second, without its sign.

    >>> squared, left, _ = spectrum_sums(1e-3, a=2.0)
    >>> bool(squared > 10 and left < 0.1)
    True
    """
    squared = left = up = down = 0
    for octave in range(OCTAVES):
        modes, variance, power = 2.0**octave, 2.0 ** (-b * octave), 2 ** ((1 - a) * octave)
        share = variance / (variance + kappa)
        squared, left = squared + modes * share**2, left + power * (1 - share) ** 2
        up, down = up + modes * share**2 / (variance + kappa), down + power * share * (1 - share) / (variance + kappa)
    return squared, left, up / down


def spectrum_curve(squared, left, turn, noise):
    """Return examples and error, from `spectrum_sums`, for answers of variance `noise` and the best ridge penalty.

    That makes the error stationary in kappa, which gives the examples. The error, above the noise, falls as n**-((a - 1)
    / a), or without noise as n**-(a - 1), while a - 1 < 2 b.

    >>> [round(float(x), 3) for x in spectrum_curve(*spectrum_sums(1e-3, a=2.0), noise=1.0)]
    [10232.433, 0.023]
    """
    n_examples = squared + (left + noise) * turn
    return n_examples, (left + noise * squared / n_examples) / (1 - squared / n_examples)


@dataclass(frozen=True)
class World:
    """Inputs with variances ``j**-(1 + alpha)``, and linear teachers to imitate.

    Attributes
    ----------
    alpha : float
        Exponent of the loss in the number of features or of examples, whichever runs short, as theory has it.
    n_modes : int
        Dimension of the inputs. Keep features and examples below half of it: beyond, its end is felt.
    n_teachers : int
        Random teachers that are fitted at once and averaged.
    seed : int
        Of the teachers, features and examples.
    noise : float
        Standard deviation of the noise on each answer that the learner is given.

    Raises
    ------
    ValueError
        If a number is not positive, or the noise negative.

    Examples
    --------
    >>> World(alpha=1.0).frontier_exponent
    0.5
    """

    alpha: float = 0.5
    n_modes: int = 3000
    n_teachers: int = 64
    seed: int = 0
    noise: float = 0

    def __post_init__(self):
        for name in ("alpha", "n_modes", "n_teachers"):
            positive(name, getattr(self, name))
        not_negative("noise", self.noise)

    @property
    def frontier_exponent(self):
        """Exponent of the best loss for a given product of features and examples."""
        return self.alpha / 2

    @property
    def spectrum(self):
        """Variance of each mode, shape (n_modes,)."""
        return np.arange(1, self.n_modes + 1) ** -(1 + self.alpha)


def population_loss(world, n_features, n_examples, n_ridges=12):
    """Return the loss of the read-out that ridge regression finds, exact over inputs and averaged over the teachers.

    Mean squared error in units of a teacher's weight squared; the best of `n_ridges` penalties, a decade apart, counts.
    Inputs are ``x = sqrt(spectrum) * z``, features ``F x`` with a random matrix F, teachers ``w . x``. A student
    ``theta . F x`` has the loss ``sum(spectrum * (w - F.T theta)**2)``: no test set is drawn, no noise counted. A ValueError names a size
    that is not positive or above `world.n_modes`.

    >>> world = World(alpha=1.0, n_modes=300)
    >>> population_loss(world, 40, 100) < population_loss(world, 10, 100)
    True
    """
    for name, value in {"n_features": n_features, "n_examples": n_examples, "n_ridges": n_ridges}.items():
        if positive(name, value) > world.n_modes:
            raise ValueError(f"{name} must be at most n_modes = {world.n_modes}, got {value}")
    root = np.sqrt(world.spectrum)
    teachers = np.random.default_rng([world.seed, 0]).normal(size=(world.n_modes, world.n_teachers))
    features = np.random.default_rng([world.seed, 1]).normal(size=(world.n_modes, n_features)) / np.sqrt(n_features)
    inputs = np.random.default_rng([world.seed, 2]).normal(size=(n_examples, world.n_modes)) * root
    features_white = root[:, None] * features
    # theta = V diag(s / (s^2 + ridge)) U^T y: one decomposition serves all penalties and teachers.
    u, s, v = np.linalg.svd(inputs @ features, full_matrices=False)
    noise = np.random.default_rng([world.seed, 3]).normal(size=(n_examples, world.n_teachers))
    answers = u.T @ (inputs @ teachers + world.noise * noise)
    teachers_white = root[:, None] * teachers
    # |A - B c|^2 from Gram matrices, with A the teachers and B the features in the singular directions.
    directions = features_white @ v.T
    gram, cross = directions.T @ directions, directions.T @ teachers_white
    power = (teachers_white**2).sum()
    losses = []
    for ridge in s[0] ** 2 * 10.0 ** -np.arange(n_ridges):
        c = (s / (s**2 + ridge))[:, None] * answers
        losses.append(power - 2 * (c * cross).sum() + (c * (gram @ c)).sum())
    return float(min(losses)) / world.n_teachers


def scan(world, sizes, fixed, vary="n_features"):
    """Return the losses, shape (n_sizes,), as `vary` (n_features or n_examples) takes `sizes` and the other is `fixed`.

    >>> losses = scan(World(alpha=1.0, n_modes=300), [8, 16, 32], fixed=150)
    >>> bool((np.diff(losses) < 0).all())
    True
    """
    other = {"n_features": "n_examples", "n_examples": "n_features"}[one_of("vary", vary, ("n_features", "n_examples"))]
    return np.array([population_loss(world, **{vary: int(size), other: int(fixed)}) for size in sizes])
