"""Runs with known laws, for the tests of the fits."""

import numpy as np

from scalinglaws.laws.training.chinchilla import Chinchilla

LAW = Chinchilla.published("besiroglu2024")


def grid(n_sizes=6, n_lengths=6):
    """Sizes and tokens of a full grid over three decades each."""
    sizes, lengths = np.meshgrid(np.geomspace(1e7, 1e10, n_sizes), np.geomspace(1e9, 1e12, n_lengths))
    return sizes.ravel(), lengths.ravel()


def scattered_design(n_runs, seed=0):
    """Sizes and tokens like those of Hoffmann et al. 2022: budgets of 6e18 to 3e21 FLOP, sizes around the optimum."""
    rng = np.random.default_rng(seed)
    compute = np.exp(rng.uniform(np.log(6e18), np.log(3e21), n_runs))
    n_params = np.clip(0.0857 * np.sqrt(compute) * np.exp(rng.uniform(-1.8, 1.8, n_runs)), 57e6, 16e9)
    return n_params, compute / (6 * n_params)


def noisy(n_params, n_tokens, scatter=0.006, seed=0, law=LAW):
    """Losses of a law with normal scatter of log loss."""
    return law.loss(n_params, n_tokens) * np.exp(np.random.default_rng(seed).normal(0, scatter, len(n_params)))


def runs(n_runs=96, scatter=0.006, seed=0, law=LAW):
    """Sizes, tokens and losses of a noisy experiment."""
    n_params, n_tokens = scattered_design(n_runs, seed)
    return n_params, n_tokens, noisy(n_params, n_tokens, scatter, seed, law)
