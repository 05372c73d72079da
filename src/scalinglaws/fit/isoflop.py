"""Fit a parabola to each budget's loss against log size, and a line to the bottoms (approach 2 of Hoffmann et al. 2022)."""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import positive, whole
from scalinglaws.fit.allocation import Allocation, AllocationBootstrap, lines
from scalinglaws.fit.problem import columns
from scalinglaws.fit.warnings import FitWarning

GAP = np.log(1.1)  # budgets this far apart are different budgets
SPAN = np.log(1.3)  # a budget whose runs spread over more than this is none
CENTRED = 0.5  # of the half-width of the sizes: how far from their middle the bottom may lie


@dataclass(frozen=True, eq=False)
class Valley:
    """One budget: loss = bottom + curvature / 2 (log N - log n_params)^2.

    Attributes
    ----------
    compute_flop : float
        Geometric mean of the runs' compute.
    n_params, loss : float
        Where the parabola is lowest, and how low.
    curvature : float
        Second derivative of the loss in log N, nats per token.
    sizes, losses : ndarray, shape (m,)
        The runs.
    warnings : tuple of FitWarning
        Why the bottom should not be trusted.
    """

    compute_flop: float
    n_params: float
    loss: float
    curvature: float
    sizes: np.ndarray
    losses: np.ndarray
    warnings: tuple

    @property
    def usable(self):
        """Whether the parabola has a bottom, and between the runs."""
        return not {"not_convex", "outside", "few_values"} & {warning.kind for warning in self.warnings}

    def curve(self, n_params):
        """Return the parabola at any sizes."""
        return self.loss + 0.5 * self.curvature * np.log(positive("n_params", n_params) / self.n_params) ** 2


@dataclass(frozen=True, eq=False, repr=False)
class IsoflopFit(Allocation):
    """Valleys of all budgets and the line through their bottoms; made by `fit_isoflop`. See `Allocation`.

    Attributes
    ----------
    valleys : tuple of Valley
        By rising budget.
    """

    valleys: tuple

    def bootstrap(self, n_resamples=2000, seed=None):
        """Refit resamples of the runs of each budget; returns an `AllocationBootstrap`.

        A resample leaves out the budgets whose parabola opens downwards or has its bottom outside the sizes.
        """
        rng = np.random.default_rng(self.seed if seed is None else seed)
        n_resamples = whole("n_resamples", n_resamples)
        bottoms = []
        for valley in self.valleys:
            m = len(valley.sizes)
            drawn = rng.integers(0, m, (n_resamples, m)) + m * np.arange(n_resamples)[:, None]
            weights = np.bincount(drawn.ravel(), minlength=n_resamples * m).reshape(n_resamples, m)
            log_n = np.log(valley.sizes)
            centre, bottom, curvature = _parabolas(log_n, valley.losses, weights)
            inside = (curvature > 0) & (log_n.min() <= centre) & (centre <= log_n.max()) & valley.usable
            bottoms.append(np.where(inside & np.isfinite(bottom), centre, np.nan))
        bottoms = np.array(bottoms).T
        x = np.log([valley.compute_flop for valley in self.valleys])
        intercepts, exponents = lines(x, bottoms, np.isfinite(bottoms).astype(float))
        good = np.isfinite(exponents)
        return AllocationBootstrap(intercepts[good], exponents[good], float(good.mean()), self.seen)

    def bias(self, law):
        """Return how far off the method is on these very grids if `law` is the truth: bottom / optimum - 1 per budget.

        The loss is no parabola in log N. Where alpha and beta differ, or the sizes lie off centre, the fitted bottom is
        shifted even without any scatter.

        Parameters
        ----------
        law : Chinchilla
            For example `fit_chinchilla(...).law` of the same runs.

        Returns
        -------
        ndarray, shape (n_valleys,)
        """
        shifts = []
        for valley in self.valleys:
            exact = law.isoflop(valley.compute_flop, valley.sizes)
            centre = _parabolas(np.log(valley.sizes), exact, np.ones((1, len(valley.sizes))))[0][0]
            shifts.append(np.exp(centre) / law.optimum(valley.compute_flop).n_params - 1)
        return np.array(shifts)

    def __repr__(self):
        used = sum(valley.usable for valley in self.valleys)
        return "\n".join([f"IsoFLOP fit: {used} of {len(self.valleys)} budgets have a bottom", *self._summary()])


def fit_isoflop(n_params, compute_flop, loss, *, seed=0):
    """Fit the valleys of loss against size at fixed budgets.

    Parameters
    ----------
    n_params, compute_flop, loss : array_like, shape (n,)
        Size, training compute in FLOP and final loss of each run. Runs whose compute differs by less than 10 % from the
        next belong to one budget.
    seed : int
        Of the resamples behind intervals.

    Returns
    -------
    IsoflopFit
        With `.valleys`, `.exponent_n`, `.n_params_at(C)`, `.interval("a")`, `.warnings`.

    Raises
    ------
    ValueError
        If columns differ in length or have something not positive and finite, if compute does not fall into budgets, or
        if fewer than two budgets have a valley with a bottom between their sizes.

    Notes
    -----
    Hoffmann et al. 2022, approach 2 and Figure 3. A warning is given for a bottom outside the sizes or with fewer than two
    sizes on one side, for one far off the middle of the sizes, and for a parabola that opens downwards.

    Examples
    --------
    >>> from scalinglaws.laws.training.chinchilla import Chinchilla
    >>> law = Chinchilla.published("besiroglu2024")
    >>> budget = np.repeat([1e19, 1e20, 1e21], 7)
    >>> sizes = law.optimum(budget).n_params * np.tile(np.geomspace(0.25, 4, 7), 3)
    >>> fit = fit_isoflop(sizes, budget, law.isoflop(budget, sizes))
    >>> round(fit.exponent_n, 3), round(law.a, 3)
    (0.513, 0.513)
    """
    n_params, compute_flop, loss = columns(n_params=n_params, compute_flop=compute_flop, loss=loss)
    order = np.argsort(compute_flop, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(np.log(compute_flop[order])) > GAP) + 1)
    valleys = tuple(_valley(n_params[group], compute_flop[group], loss[group]) for group in groups)
    usable = [valley for valley in valleys if valley.usable]
    if len(usable) < 2:
        raise ValueError(f"loss must have a valley at two budgets or more, got {len(usable)} of {len(valleys)} budgets")
    x, y = np.log([valley.compute_flop for valley in usable]), np.log([valley.n_params for valley in usable])
    (intercept,), (exponent,) = lines(x, y, np.ones((1, len(x))))
    warnings = tuple(warning for valley in valleys for warning in valley.warnings)
    if len(usable) < 3:
        warnings += (
            FitWarning("few_values", "compute_flop", "two budgets with a bottom; a line through two points fits"),
        )
    seen = (usable[0].compute_flop, usable[-1].compute_flop)
    return IsoflopFit(float(intercept), float(exponent), seen, warnings, whole("seed", seed, least=0), valleys)


def _valley(n_params, compute_flop, loss):
    if np.ptp(np.log(compute_flop)) > SPAN:
        low, high = compute_flop.min(), compute_flop.max()
        raise ValueError(f"compute_flop must fall into budgets, got runs without a gap from {low:.4g} to {high:.4g}")
    budget, log_n = float(np.exp(np.log(compute_flop).mean())), np.log(n_params)
    (centre,), (bottom,), (curvature,) = _parabolas(log_n, loss, np.ones((1, len(loss))))
    warnings = tuple(_objections(log_n, centre, curvature, f"budget {budget:.3g}"))
    return Valley(budget, float(np.exp(centre)), float(bottom), float(curvature), n_params, loss, warnings)


def _objections(log_n, centre, curvature, about):
    distinct = np.unique(log_n.round(9))
    if len(distinct) < 3:
        yield FitWarning("few_values", about, f"{len(distinct)} sizes; a parabola needs three")
        return
    if not curvature > 0:
        yield FitWarning("not_convex", about, "the parabola has no bottom")
        return
    low, high = distinct[[0, -1]]
    if not low <= centre <= high:
        yield FitWarning("outside", about, f"the bottom, {np.exp(centre):.3g}, lies outside the sizes")
        return
    sides = np.count_nonzero(distinct < centre), np.count_nonzero(distinct > centre)
    if min(sides) < 2:
        yield FitWarning(
            "one_sided", about, f"{sides[0]} sizes below the bottom, {sides[1]} above; two each are needed"
        )
    off = abs(centre - (low + high) / 2) / ((high - low) / 2)
    if off > CENTRED:
        yield FitWarning(
            "off_centre", about, f"the bottom is {off:.0%} of the way from the middle of the sizes to their end"
        )


def _parabolas(log_n, loss, weights):
    """Bottom (log N, loss) and curvature of weighted least-squares parabolas, each (k,)."""
    middle = log_n.mean()
    half = max(np.ptp(log_n) / 2, 1e-12)
    x = (log_n - middle) / half
    powers = np.stack([np.ones_like(x), x, x**2])
    gram = np.einsum("kn,in,jn->kij", weights, powers, powers, optimize=True)
    right = weights @ (powers * loss).T
    solved = np.einsum("kij,kj->ki", np.linalg.pinv(gram, rcond=1e-10, hermitian=True), right)
    with np.errstate(all="ignore"):
        at = -solved[:, 1] / (2 * solved[:, 2])
        bottom = solved[:, 0] - solved[:, 1] ** 2 / (4 * solved[:, 2])
    enough = np.linalg.matrix_rank(gram, tol=None, hermitian=True) == 3
    at = np.where(enough, at, np.nan)
    return middle + half * at, np.where(enough, bottom, np.nan), 2 * solved[:, 2] / half**2
