"""Models that learn from their own samples: a Gaussian fitted again and again, and rare things that are forgotten.

The Gaussian (Shumailov et al. 2024): generation 0 is the truth, N(0, variance). Generation n is fitted, by mean and
unbiased variance, to a training set made of samples of earlier generations. Sampling goes through mean and sum of
squares, which are exactly normal and chi-square, so nothing is approximated.

Rare things: the truth has items of share p_i ~ i^-beta (Zipf's law), and a learner believes the shares that it has
seen.

`keep` says what a training set is made of. replace: only samples of the last generation, or with `real_share` that
share of fresh real data (rounded to whole samples); accumulate: all samples so far. A generation draws `n_samples`, M.
"""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import number, one_of, positive, share, whole


def total_variance(generation, n_samples, variance=1.0):
    """Return the variance of one sample of generation n when each replaces the data, variance (1 + n / M).

    Over many chains, the wandering of the mean adds to a spread that is right on average.

    >>> total_variance(10, 100)  # as Shumailov et al. 2024 have it
    1.1
    """
    return variance * (1 + generation / n_samples)


@dataclass(frozen=True, repr=False)
class Chains:
    """Many chains of generations.

    Parameters
    ----------
    means, variances : ndarray, shape (n_chains, n_generations + 1)
        Fitted mean and variance; column 0 is the truth.
    """

    means: np.ndarray
    variances: np.ndarray

    def __repr__(self):
        chains, generations = self.means.shape
        return f"Chains({chains} chains, {generations - 1} generations; median variance {self.typical()[-1]:.3g})"

    def typical(self):
        """Return the median variance of each generation, shape (n_generations + 1,)."""
        return np.median(self.variances, axis=0)

    def total(self):
        """Return the variance of one sample of each generation over all chains, shape (n_generations + 1,)."""
        return self.variances.mean(axis=0) + self.means.var(axis=0)

    def distance(self, variance=1.0):
        """Return the squared Wasserstein distance to the truth, averaged over chains, shape (n_generations + 1,)."""
        return (self.means**2 + (np.sqrt(self.variances) - variance**0.5) ** 2).mean(axis=0)


def generations(keep, n_samples, n_generations, n_chains=1000, seed=0, real_share=0.0, variance=1.0):
    """Fit a Gaussian to its own samples, generation after generation, in many independent chains at once; `Chains`.

    >>> generations("replace", 10, 100)
    Chains(1000 chains, 100 generations; median variance 8.67e-06)
    >>> generations("accumulate", 10, 100)
    Chains(1000 chains, 100 generations; median variance 0.823)
    """
    real, model = _mix(keep, n_samples, real_share)
    variance = number("variance", variance)
    rng = np.random.default_rng(seed)
    shape = whole("n_chains", n_chains), whole("n_generations", n_generations) + 1
    means, variances = np.zeros(shape), np.full(shape, variance)
    pool = 0, np.zeros(shape[0]), np.zeros(shape[0])
    for n in range(1, shape[1]):
        batch = _batch(rng, model, means[:, n - 1], variances[:, n - 1])
        pool = _merge(pool if keep == "accumulate" else _batch(rng, real, means[:, 0], variances[:, 0]), batch)
        means[:, n], variances[:, n] = pool[1], pool[2] / (pool[0] - 1)
    return Chains(means, variances)


def expected(keep, n_samples, n_generations, real_share=0.0, variance=1.0):
    """Return what `generations` gives on average over infinitely many chains, exactly.

    Two arrays of shape (n_generations + 1,): mean of the fitted variance, and variance of the fitted mean.

    Replace: the fitted variance stays at sigma^2 on average and the mean wanders by sigma^2 / M per generation, without
    end. Accumulate: step n moves the mean by 1/n of what replacing would, so it wanders no further than
    (sigma^2 / M) (1 + 1/4 + 1/9 + ...) < (pi^2 / 6) sigma^2 / M, and the fitted variance shrinks by the factors
    1 - 1 / (n (n M - 1)), whose product stays above zero. A share f of real data pulls the mean back by 1 - f
    each time: the wandering settles near sigma^2 / (M f (2 - f)) if M f is large.

    >>> fitted, wandering = expected("accumulate", 100, 1000)
    >>> round(100 * float(wandering[-1]), 3), round(float(fitted[-1]), 4)
    (1.642, 0.9936)
    """
    real, model = _mix(keep, n_samples, real_share)
    truth = number("variance", variance)
    total = real + model
    fitted, wandering = [truth], [0.0]
    for n in range(1, whole("n_generations", n_generations) + 1):
        v, w = fitted[-1], wandering[-1]
        if keep == "accumulate":
            wandering.append(w + v / (n**2 * total))
            fitted.append(v if n == 1 else v * (1 - 1 / (n * (n * total - 1))))
        else:
            wandering.append((model / total) ** 2 * w + (real * truth + model * v) / total**2)
            squares = (real - 1 + model / total) * truth + (model - 1 + real / total) * v + real * model / total * w
            fitted.append(squares / (total - 1))
    return np.array(fitted), np.array(wandering)


def _mix(keep, n_samples, real_share):
    n_samples = whole("n_samples", n_samples, 2)
    real_share = share("real_share", real_share, closed=True)
    if one_of("keep", keep, ["replace", "accumulate"]) == "accumulate" and real_share:
        raise ValueError(f"real_share must be 0 with accumulate, which keeps all real data anyway, got {real_share}")
    real = round(n_samples * real_share)
    return real, n_samples - real


def _batch(rng, n, means, variances):
    """Draw n samples per chain; return n, their mean and their sum of squares about it."""
    if not n:
        return 0, np.zeros_like(means), np.zeros_like(means)
    mean = means + np.sqrt(variances / n) * rng.standard_normal(means.shape)
    return n, mean, variances * rng.chisquare(n - 1, means.shape) if n > 1 else np.zeros_like(means)


def _merge(a, b):
    n = a[0] + b[0]
    return n, (a[0] * a[1] + b[0] * b[1]) / n, a[2] + b[2] + a[0] * b[0] / n * (a[1] - b[1]) ** 2


def zipf(n_items, beta):
    """Return the shares of items by rank, i^-beta over their sum, shape (n_items,)."""
    weights = np.arange(1, whole("n_items", n_items) + 1, dtype=float) ** -number("beta", beta)
    return weights / weights.sum()


def copies(shares, keep, n_samples, n_generations, seed=0):
    """Learn shares from samples of the previous learner, generation after generation.

    Returns the shares that each generation believes in, shape (n_generations + 1, n_items); row 0 is the truth. An item
    at 0 stays lost.

    >>> believed = copies(zipf(1000, 1.5), "replace", 1000, 20)
    >>> (believed > 0).sum(axis=1)[[0, 1, 20]]
    array([1000,  106,   27])
    """
    accumulate = one_of("keep", keep, ["replace", "accumulate"]) == "accumulate"
    n_samples = whole("n_samples", n_samples)
    rng = np.random.default_rng(seed)
    believed, counts = [positive("shares", shares) / np.sum(shares)], 0
    for n in range(1, whole("n_generations", n_generations) + 1):
        counts = counts * accumulate + rng.multinomial(n_samples, believed[-1])
        believed.append(counts / (n_samples * (n if accumulate else 1)))
    return np.array(believed)
