"""Approach 2 of Hoffmann et al. 2022: a parabola through the runs of each budget, and a line through their bottoms."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from scalinglaws.check import columns, number, whole
from scalinglaws.fit.allocation import AllocationLine, lines
from scalinglaws.fit.engine.columns import takes_table
from scalinglaws.fit.engine.warnings import FitWarning
from scalinglaws.fit.valleys import Valley, parabolas
from scalinglaws.laws.training.flops import TRAIN

GAP = np.log(1.1)  # budgets this far apart are different budgets
SPAN = np.log(1.3)  # a budget whose runs spread over more than this is none
CENTRED = 0.5  # of the half-width of the sizes: how far from their middle the bottom may lie
TOO_WIDE, NARROW = 30, 6  # factor between sizes from which a parabola is too wide; one in which it is not
DEVIATIONS, SHARE_OFF = 10, 0.05  # a diverged run: so many robust standard deviations off, and such a share of the loss
MOST_TRIPLES = 20_000


@dataclass(frozen=True, eq=False, repr=False)
class IsoflopFit(AllocationLine):
    """Valleys of all budgets and the line through their bottoms; made by `fit_isoflop`. See `AllocationLine`.

    valleys: by rising budget.
    """

    valleys: tuple
    flop_per_param_token: float = TRAIN

    def bootstrap(self, n_resamples=2000, seed=None):
        """Refit resamples of the runs of each budget; returns `Draws`.

        A resample leaves out the budgets whose parabola opens downwards or has its bottom outside the sizes.
        """
        seed = self.seed if seed is None else seed
        rng, n_resamples, bottoms = np.random.default_rng(seed), whole("n_resamples", n_resamples), []
        for valley in self.valleys:
            log_n = np.log(valley.sizes[valley.near])
            m = len(log_n)
            drawn = rng.integers(0, m, (n_resamples, m)) + m * np.arange(n_resamples)[:, None]
            weights = np.bincount(drawn.ravel().astype(np.intp), minlength=n_resamples * m).reshape(n_resamples, m)
            centre, bottom, curvature = parabolas(log_n, valley.losses[valley.near], weights)
            inside = (curvature > 0) & (log_n.min() <= centre) & (centre <= log_n.max()) & valley.usable
            bottoms.append(np.where(inside & np.isfinite(bottom), centre, np.nan))
        bottoms, x = np.array(bottoms).T, np.log([valley.budget_flop for valley in self.valleys])
        return self._draws(lines(x, bottoms, np.isfinite(bottoms).astype(float)), seed)

    def bias(self, law):
        """Return how far off the method is on these very grids if `law` is the truth: bottom / optimum - 1 per budget.

        The loss is no parabola in log N. Where alpha and beta differ, or the sizes lie off centre, the fitted bottom is
        shifted even without any scatter. `law` is a Chinchilla law, for example the one fitted to the same runs.
        """
        shifts = []
        for valley in self.valleys:
            sizes = valley.sizes[valley.near]
            centre = parabolas(np.log(sizes), law.isoflop(valley.budget_flop, sizes))[0][0]
            shifts.append(np.exp(centre) / law.optimum(valley.budget_flop).n_params - 1)
        return np.array(shifts)

    def __repr__(self):
        used = sum(valley.usable for valley in self.valleys)
        return "\n".join([f"IsoFLOP fit: {used} of {len(self.valleys)} budgets have a bottom", *self._summary()])


@takes_table("n_params", "compute_flop", "loss")
def fit_isoflop(n_params, compute_flop, loss, *, within=None, robust=False, flop_per_param_token=TRAIN, seed=0):
    """Fit the valleys of loss against size at fixed budgets.

    Parameters
    ----------
    n_params, compute_flop, loss : array_like, shape (n,)
        Size, training compute in FLOP and final loss of each run. Runs whose compute differs by less than 10 % from the
        next belong to one budget.
    within : float, optional
        Use the sizes up to this factor from the lowest run of each budget. The loss is a parabola near its bottom only.
    robust : bool
        Leave out diverged runs: those far from the parabola that most runs of their budget are near to.
    flop_per_param_token : float
        Compute over N D, where it is not 6: tokens at the bottom are the budget over this and the best size.
    seed : int
        Of the resamples behind intervals.
    data : table, optional
        Has the columns by name, as in `fit_chinchilla`.

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
    sizes on one side, for one far off the middle of the sizes, and for a parabola that opens downwards; and if sizes span
    more than 30 times, with the exponent that a narrower window gives.

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
    per = number("flop_per_param_token", flop_per_param_token)
    if within is not None and number("within", within) <= 1:
        raise ValueError(f"within must be a factor above 1, got {within}")
    valleys = tuple(_valley(n_params[group], compute_flop[group], loss[group], within, robust, per) for group in groups)
    usable = [valley for valley in valleys if valley.usable]
    if len(usable) < 2:
        raise ValueError(
            f"loss must have a valley at two budgets or more, got {len(usable)} of {len(valleys)} budgets{_why(valleys)}"
        )
    x, y = np.log([valley.budget_flop for valley in usable]), np.log([valley.n_params for valley in usable])
    intercept, exponent = lines(x, y, np.ones((1, len(x))))[:, 0]
    warnings = tuple(warning for valley in valleys for warning in valley.warnings)
    if len(usable) < 3:
        warnings += (
            FitWarning("few_values", "compute_flop", "two budgets with a bottom; a line through two points fits"),
        )
    widest = max(float(np.exp(np.ptp(np.log(valley.sizes[valley.near])))) for valley in usable)
    if widest > TOO_WIDE * (1 + 1e-9):
        reason = f"the sizes of a budget span up to {widest:.3g} times; a parabola over all of them may be biased"
        if within is None:
            try:
                narrow = fit_isoflop(n_params, compute_flop, loss, within=NARROW, robust=robust).exponent_n
                reason += f": a = {exponent:.3f}, with within={NARROW} {narrow:.3f}"
            except ValueError:
                reason += f"; within={NARROW} leaves too few valleys"
        warnings += (FitWarning("wide", "n_params", reason),)
    seen = {"compute_flop": (usable[0].budget_flop, usable[-1].budget_flop)}
    return IsoflopFit(float(intercept), float(exponent), seen, warnings, whole("seed", seed, least=0), valleys, per)


def _valley(n_params, compute_flop, loss, within, robust, per):
    if np.ptp(np.log(compute_flop)) > SPAN:
        low, high = compute_flop.min(), compute_flop.max()
        raise ValueError(f"compute_flop must fall into budgets, got runs without a gap from {low:.4g} to {high:.4g}")
    budget, log_n = float(np.exp(np.log(compute_flop).mean())), np.log(n_params)
    about, warnings, near = f"budget {budget:.3g}", (), np.ones(len(loss), bool)
    if robust and len(np.unique(log_n.round(9))) > 3:
        near = ~_diverged(log_n, loss)
        if not near.all():
            reason = f"{np.count_nonzero(~near)} of {len(near)} runs are far from the parabola of most, and left out"
            warnings = (FitWarning("diverged", about, reason),)
    if within is not None:
        lowest = log_n[near][loss[near].argmin()]
        near &= np.abs(log_n - lowest) <= np.log(within) * (1 + 1e-9)
    centre, bottom, curvature = (float(part[0]) for part in parabolas(log_n[near], loss[near]))
    warnings += tuple(_objections(log_n[near], centre, curvature, about))
    none = np.full(len(loss), np.nan)
    with np.errstate(over="ignore"):
        best = float(np.exp(centre))  # of a straight line, infinite
    return Valley(budget, best, bottom, curvature, n_params, loss, none, near, warnings, per)


def _diverged(log_n, loss):
    """Which runs are far from the parabola through three runs that has the least median distance from all of them."""
    x = (log_n - log_n.mean()) / np.ptp(log_n)
    powers = np.stack([np.ones_like(x), x, x**2], axis=1)
    triples = np.array(list(combinations(range(len(x)), 3)))[:MOST_TRIPLES]
    triples = triples[[len(np.unique(x[triple].round(9))) == 3 for triple in triples]]
    lines = np.linalg.solve(powers[triples], loss[triples][..., None])[..., 0]
    off = np.abs(loss - lines @ powers.T)
    off = off[np.median(off, axis=1).argmin()]
    return off > np.maximum(DEVIATIONS * 1.4826 * np.median(off), SHARE_OFF * np.median(loss))


def _why(valleys):
    """Why valleys have no bottom: how many for each reason, and the first that has it."""
    first, count = {}, {}
    for valley in valleys:
        for warning in [] if valley.usable else valley.warnings:
            first.setdefault(warning.kind, warning)
            count[warning.kind] = count.get(warning.kind, 0) + 1
    return "".join(f"; {count[kind]} {kind}, such as {w.about}: {w.reason}" for kind, w in first.items())


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
        with np.errstate(over="ignore"):
            reason = f"the bottom, {np.exp(centre):.3g}, lies outside the sizes"
        yield FitWarning("outside", about, reason)
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
