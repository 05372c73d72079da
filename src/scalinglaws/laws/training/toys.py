"""Toy worlds whose learning curves are power laws for a known reason.

A memoriser among rare things: it knows an item once it has seen it, and its error is the share of what it has not seen.

Random-feature ridge regression, a learner whose population loss is a closed form and whose exponents are known: the
inputs have a power-law spectrum, the network is a random projection, only the read-out learns. There is no test set
and so no noise from one (Bahri et al. 2021; Maloney, Roberts and Sully 2022). `n_features` is the size of the model,
`n_examples` that of the data.
"""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import one_of, positive


def unseen_share(shares, n_samples):
    """Return the expected error of a memoriser, the sum of p_i (1 - p_i)**n_samples, for `n_samples` of any shape.

    `shares`, shape (n_items,), are the p_i, below 1. For p_i ~ i**-beta it falls as n_samples**(1 / beta - 1), Hutter
    2021.

    >>> unseen_share([0.5, 0.5], [1, 2])
    array([0.5 , 0.25])
    """
    shares, n_samples = positive("shares", shares), positive("n_samples", n_samples)
    return np.exp(n_samples[..., None] * np.log1p(-shares)) @ shares


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

    Raises
    ------
    ValueError
        If a number is not positive.

    Examples
    --------
    >>> World(alpha=1.0).frontier_exponent
    0.5
    """

    alpha: float = 0.5
    n_modes: int = 3000
    n_teachers: int = 64
    seed: int = 0

    def __post_init__(self):
        for name in ("alpha", "n_modes", "n_teachers"):
            positive(name, getattr(self, name))

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
    ``theta . F x`` has the loss ``sum(spectrum * (w - F.T theta)**2)``: no test set is drawn. A ValueError names a size
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
    answers = u.T @ (inputs @ teachers)
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
