"""Models that learn from their own samples: a Gaussian fitted again and again (Shumailov et al. 2024).

Generation 0 is the truth, N(0, sigma^2). Generation n is fitted, by mean and unbiased variance, to a training set made
of samples of earlier generations. What is kept decides: replace (only samples of the last generation), replace with a
share of real data in every set, or accumulate (all samples so far). Everything here is derived in the notes; sampling
goes through mean and sum of squares, which are exactly normal and chi-square, so nothing is approximated.

What generated data forgets: the rare things. A learner that memorises, in a world of rare things (Zipf's law).

The truth has items of share p_i ~ i^-beta. The learner knows an item once it has seen it; its error is the share of
what it has not seen (Hutter 2021). A generator leaves out the tail, by sampling few items or by keeping to likely ones
(the question of Dohmatob et al. 2024). The formulas are derived in the notes.
"""

import math
from dataclasses import dataclass

import numpy as np

from scalinglaws.check import number, one_of, positive, whole


def total_variance(generation, n_samples, variance=1.0):
    """Return the variance of one sample of generation n when each generation replaces the data; bare arithmetic.

    Parameters
    ----------
    generation : float or array
        n, 0 for the truth.
    n_samples : float or array
        Samples per generation, M.
    variance : float
        Of the truth.

    Returns
    -------
    float or array
        variance (1 + n / M): over many chains, the wandering of the mean adds to a spread that is right on average.

    Notes
    -----
    Shumailov et al. 2024; M = 100 and n = 10 give 1.10.

    Examples
    --------
    >>> total_variance(10, 100)
    1.1
    """
    return variance * (1 + generation / n_samples)


def expected_distance(generation, n_samples, variance=1.0):
    """Return the expected squared Wasserstein distance to the truth, to first order in 1/M; bare arithmetic.

    Parameters
    ----------
    generation, n_samples, variance : float or array
        As in `total_variance`.

    Returns
    -------
    float or array
        (3/2) variance n / M: 1 from the mean and 1/2 from the standard deviation, for n much smaller than M.

    Examples
    --------
    >>> round(expected_distance(10, 100), 3)
    0.15
    """
    return 1.5 * variance * generation / n_samples


def typical_variance(generation, n_samples, variance=1.0):
    """Return the variance that a typical chain has left when each generation replaces the data.

    Parameters
    ----------
    generation : float or array
        n.
    n_samples : int
        M, 2 or more.
    variance : float
        Of the truth.

    Returns
    -------
    float or array
        variance exp(n E[ln(chi2_k / k)]), k = M - 1: about variance exp(-n / M). It goes to 0 although the average over
        chains stays at `variance`: ever fewer chains carry it.

    Notes
    -----
    E[ln(chi2_k / k)] = digamma(k / 2) - ln(k / 2). By the law of large numbers ln(variance_n) / n tends to it.

    Examples
    --------
    >>> round(float(typical_variance(100, 100)), 2)
    0.36
    """
    k = whole("n_samples", n_samples, 2) - 1
    return variance * np.exp(generation * (_digamma(k / 2) - np.log(k / 2)))


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
    """Fit a Gaussian to its own samples, generation after generation, in many chains at once.

    Parameters
    ----------
    keep : str
        replace or accumulate.
    n_samples : int
        Samples drawn per generation, 2 or more.
    n_generations : int
        Number of fits.
    n_chains : int
        Independent repetitions.
    seed : int
        The same seed gives the same chains.
    real_share : float
        With replace: share of every training set that is fresh real data, 0 to 1 (rounded to whole samples).
    variance : float
        Of the truth.

    Returns
    -------
    Chains
        Means and variances, shape (n_chains, n_generations + 1).

    Raises
    ------
    ValueError
        If a count is not a whole number, `keep` is unknown, or real_share leaves [0, 1] or is given with accumulate.

    Examples
    --------
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

    Parameters
    ----------
    keep, n_samples, n_generations, real_share, variance
        As in `generations`.

    Returns
    -------
    fitted, wandering : ndarray, shape (n_generations + 1,)
        Mean of the fitted variance, and variance of the fitted mean.

    Notes
    -----
    Replace: the fitted variance stays at sigma^2 on average and the mean wanders by sigma^2 / M per generation, without
    end. Accumulate: step n moves the mean by 1/n of what replacing would, so it wanders no further than
    (sigma^2 / M) (1 + 1/4 + 1/9 + ...) < (pi^2 / 6) sigma^2 / M, and the fitted variance shrinks by the factors
    1 - 1 / (n (n M - 1)), whose product stays above zero. A share f of real data pulls the mean back by 1 - f
    each time: the wandering settles near sigma^2 / (M f (2 - f)) if M f is large.

    Examples
    --------
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
    if not 0 <= real_share <= 1:
        raise ValueError(f"real_share must be between 0 and 1, got {real_share}")
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


def _digamma(x):
    """Digamma of a positive number: upwards to 10 by the recurrence, then the asymptotic series."""
    x, below = float(positive("x", x)), 0.0
    while x < 10:
        below, x = below + 1 / x, x + 1
    return np.log(x) - 1 / (2 * x) - 1 / (12 * x**2) + 1 / (120 * x**4) - 1 / (252 * x**6) + 1 / (240 * x**8) - below


def zipf(n_items, beta):
    """Return the shares of items by rank under Zipf's law.

    Parameters
    ----------
    n_items : int
        How many items there are.
    beta : float
        Exponent, positive.

    Returns
    -------
    ndarray, shape (n_items,)
        i^-beta over their sum; descending, sums to 1.

    Examples
    --------
    >>> zipf(3, 1).round(3)
    array([0.545, 0.273, 0.182])
    """
    weights = np.arange(1, whole("n_items", n_items) + 1, dtype=float) ** -number("beta", beta)
    return weights / weights.sum()


def error(shares, n_samples, kept=None):
    """Return the expected error of a learner that knows what it has seen, exactly.

    Parameters
    ----------
    shares : array_like, shape (n_items,)
        True shares, by rank; sum to 1.
    n_samples : float or array_like
        Samples it learns from.
    kept : int, optional
        Its samples come from a generator that knows the first `kept` items only. Default: all.

    Returns
    -------
    float or ndarray
        Share of the truth not seen, same shape as `n_samples`.

    Raises
    ------
    ValueError
        If the shares are not positive or do not sum to 1, or `kept` exceeds their number.

    Notes
    -----
    sum over i <= kept of p_i (1 - p_i / P)^T, plus the tail that is never seen, 1 - P, where P is the sum of the first
    `kept` shares.

    Examples
    --------
    >>> error([0.5, 0.5], 2), error([0.5, 0.5], 2, kept=1)
    (0.25, 0.5)
    """
    shares, samples = positive("shares", shares), positive("n_samples", n_samples)
    if shares.ndim != 1 or abs(shares.sum() - 1) > 1e-9:
        raise ValueError(f"shares must be a row that sums to 1, got shape {shares.shape}, sum {shares.sum()}")
    kept = len(shares) if kept is None else whole("kept", kept)
    if kept > len(shares):
        raise ValueError(f"kept must be at most the number of shares {len(shares)}, got {kept}")
    head = shares[:kept]
    mass = head.sum() if kept < len(shares) else 1.0
    with np.errstate(divide="ignore"):
        logs = np.log1p(-np.minimum(head / mass, 1))
    unseen = [float(head @ np.exp(t * logs)) for t in np.ravel(samples)]
    result = np.reshape(unseen, np.shape(samples)) + shares[kept:].sum()
    return result if np.ndim(samples) else float(result)


def amplitudes(beta):
    """Return the two factors of `tail_law` for Zipf's law over infinitely many items.

    Parameters
    ----------
    beta : float
        Exponent, above 1.

    Returns
    -------
    sampling, cut : float
        zeta(beta)^(-1 / beta) Gamma(1 - 1 / beta) / beta, and 1 / (zeta(beta) (beta - 1)).

    Raises
    ------
    ValueError
        If beta is not above 1: the shares would not have a finite sum.

    Notes
    -----
    Put an integral over the rank in place of the sum: int p exp(-T p) di with p = i^-beta / zeta(beta), and
    int from k of p di. Good for many samples and a far cut.

    Examples
    --------
    >>> sampling, cut = amplitudes(2)
    >>> round(sampling, 4), round(cut, 4)
    (0.691, 0.6079)
    """
    if number("beta", beta) <= 1:
        raise ValueError(f"beta must be above 1, got {beta}")
    ranks = np.arange(1.0, 1000)
    zeta = (
        float(np.sum(ranks**-beta))
        + 1000 ** (1 - beta) / (beta - 1)
        + 1000**-beta / 2
        + beta * 1000 ** (-beta - 1) / 12
    )
    return zeta ** (-1 / beta) * math.gamma(1 - 1 / beta) / beta, 1 / (zeta * (beta - 1))


def tail_law(n_samples, kept, beta, sampling, cut):
    """Return the error of learning from data cut off behind rank `kept`; bare arithmetic.

    Parameters
    ----------
    n_samples, kept : float or array
        Samples T, and rank k of the last item that the data holds.
    beta : float
        Exponent of Zipf's law, above 1.
    sampling, cut : float
        From `amplitudes`.

    Returns
    -------
    float or array
        sampling T^-(1 - 1/beta) + cut k^-(beta - 1): a power law that ends on a floor. Where the two are equal it is
        too high, by less than a factor of 2; where one rules it is exact for large T and k.

    Examples
    --------
    >>> round(float(tail_law(1e6, 100.0, 2, *amplitudes(2))), 4)
    0.0068
    """
    return sampling * n_samples ** (1 / beta - 1) + cut * kept ** (1 - beta)


def samples_worth(kept, beta, sampling, cut):
    """Return how many uncut samples reach the error that no amount of cut data gets below; bare arithmetic.

    Parameters
    ----------
    kept, beta, sampling, cut
        As in `tail_law`.

    Returns
    -------
    float or array
        (sampling / cut)^(beta / (beta - 1)) kept^beta: a cut ten times further out is worth 10^beta times the samples.

    Examples
    --------
    >>> round(float(samples_worth(100.0, 2, *amplitudes(2))))
    12919
    """
    return (sampling / cut) ** (beta / (beta - 1)) * kept**beta


def copies(shares, keep, n_samples, n_generations, seed=0):
    """Learn shares from samples of the previous learner, generation after generation.

    Parameters
    ----------
    shares : array_like, shape (n_items,)
        True shares; sum to 1.
    keep : str
        replace: a generation learns from `n_samples` samples of the one before. accumulate: from all samples so far.
    n_samples, n_generations, seed : int
        Samples per generation, number of generations, seed of the draws.

    Returns
    -------
    ndarray, shape (n_generations + 1, n_items)
        Shares that each generation believes in; row 0 is the truth. An item at 0 stays lost.

    Examples
    --------
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


def diversity(shares):
    """Return the chance that two samples differ, 1 - sum p^2, along the last axis."""
    return 1 - np.sum(np.square(shares), axis=-1)


def expected_diversity(keep, n_samples, n_generations):
    """Return the share of the diversity that is left on average after each generation of `copies`, exactly.

    Parameters
    ----------
    keep, n_samples, n_generations
        As in `copies`.

    Returns
    -------
    ndarray, shape (n_generations + 1,)
        Replace: (1 - 1/M)^n, which ends at 0. Accumulate: the product of 1 - 1 / (M n^2), which ends at
        sin(pi / sqrt(M)) / (pi / sqrt(M)), about 1 - pi^2 / (6 M).

    Notes
    -----
    Replace is genetic drift as Wright and Fisher described it: an item is a gene, its share wanders until it is lost or
    fixed. Accumulating moves the share by 1/n of a fresh draw, and the variances 1/n^2 have a finite sum.

    Examples
    --------
    >>> expected_diversity("replace", 100, 100)[-1].round(3), expected_diversity("accumulate", 100, 100)[-1].round(3)
    (np.float64(0.366), np.float64(0.984))
    """
    n = np.arange(1.0, whole("n_generations", n_generations) + 1)
    weight = 1 / n**2 if one_of("keep", keep, ["replace", "accumulate"]) == "accumulate" else np.ones_like(n)
    return np.concatenate([[1.0], np.cumprod(1 - weight / whole("n_samples", n_samples))])
