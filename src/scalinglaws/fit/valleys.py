"""The best size as a power of compute, N = G C^a, with D = C / (6 N): what the first two approaches of Hoffmann et al. give.

`ChinchillaFit` has the same attributes, so that the three approaches can be compared.

Fit a parabola to each budget's loss against log size, and a line to the bottoms (approach 2 of Hoffmann et al. 2022).

Measured runs made ready for a picture or a fit: seed averages, and a valley at each budget.

The windows are those of decisions/measured-runs.md, fixed before the runs were made.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scalinglaws.check import columns, number, one_of, positive, whole
from scalinglaws.fit.engine.intervals import ALIASES, OptimumInterval, percentile_interval
from scalinglaws.fit.engine.warnings import FitWarning, of_range
from scalinglaws.laws.training.flops import TRAIN, training_flop


@dataclass(frozen=True, eq=False)
class Allocation:
    """A line log N = intercept + exponent_n log C, and the range of compute it was fitted in.

    Attributes
    ----------
    exponent_n, exponent_d : float
        The best size grows as C^exponent_n, the best number of tokens as C^exponent_d; they add up to one.
    warnings : tuple of FitWarning
        Empty if there is nothing to object to.
    """

    intercept: float
    exponent_n: float
    seen: tuple
    warnings: tuple
    seed: int

    @property
    def exponent_d(self):
        """Exponent of the best number of tokens."""
        return 1 - self.exponent_n

    def n_params_at(self, compute_flop):
        """Return the best size at a budget in FLOP, any shape."""
        return np.exp(self.intercept) * positive("compute_flop", compute_flop) ** self.exponent_n

    def n_tokens_at(self, compute_flop):
        """Return the best number of tokens at a budget in FLOP, any shape."""
        return positive("compute_flop", compute_flop) / (TRAIN * self.n_params_at(compute_flop))

    def warnings_at_budget(self, compute_flop):
        """Return warnings if a budget in FLOP, a number or an array, lies outside the range of the fit."""
        return of_range("compute_flop", positive("compute_flop", compute_flop), self.seen)

    def interval(self, name, level=0.95, n_resamples=2000):
        """Return the bootstrap interval (low, high) of a (exponent_n) or b (exponent_d)."""
        return self.bootstrap(n_resamples).interval(name, level)

    def _summary(self):
        low, high = self.seen
        return [
            f"  allocation  N ~ C^{self.exponent_n:.4f}, D ~ C^{self.exponent_d:.4f} from C = {low:.3g} to {high:.3g}",
            f"  warnings    {'; '.join(map(str, self.warnings)) or 'none'}",
        ]


@dataclass(frozen=True, eq=False)
class AllocationBootstrap:
    """Lines refitted to resamples of the runs; percentile intervals.

    Attributes
    ----------
    intercepts, exponents : ndarray, shape (n_resamples,)
        Of the resamples that determine a line.
    usable : float
        Share of the resamples that do.
    """

    intercepts: np.ndarray
    exponents: np.ndarray
    usable: float
    seen: tuple

    @property
    def draws(self):
        """Dict of str to ndarray: a and b, the exponents of size and data."""
        return {"a": self.exponents, "b": 1 - self.exponents}

    def interval(self, name, level=0.95):
        """Return the percentile interval (low, high) of a (or exponent_n) or b (or exponent_d)."""
        name = ALIASES.get(name, name)
        one_of("name", name, self.draws)
        return percentile_interval(self.draws[name], level)

    def standard_error(self, name):
        """Return the standard deviation of the draws of a or b."""
        name = ALIASES.get(name, name)
        one_of("name", name, self.draws)
        return float(np.std(self.draws[name], ddof=1))

    def optimum(self, compute_flop, level=0.95):
        """Return the `OptimumInterval` of a budget in FLOP; it has no loss (NaN), which this approach does not fit."""
        compute_flop = number("compute_flop", compute_flop)
        n_params = np.exp(self.intercepts + self.exponents * np.log(compute_flop))
        n_tokens = compute_flop / (TRAIN * n_params)
        parts = [percentile_interval(part, level) for part in (n_params, n_tokens, n_tokens / n_params)]
        nothing = (np.nan, np.nan)
        warnings = of_range("compute_flop", compute_flop, self.seen)
        return OptimumInterval(parts[0], parts[1], nothing, parts[2], level, warnings)


def lines(x, y, weights):
    """Least-squares lines y = intercept + slope x for each row of weights (k, m); NaN where x has no spread.

    `y` is (m,) or (k, m); entries of weight zero may be NaN.
    """
    y = np.where(weights > 0, y, 0.0)
    total = weights.sum(axis=1)
    with np.errstate(all="ignore"):
        x0, y0 = weights @ x / total, (weights * y).sum(axis=1) / total
        gap = x - x0[:, None]
        spread = (weights * gap**2).sum(axis=1)
        slope = (weights * gap * y).sum(axis=1) / np.where(spread > 1e-9 * total, spread, np.nan)
    return y0 - slope * x0, slope


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


REACH = 3  # steps of the ladder to either side of the lowest run


class MeasuredValley(NamedTuple):
    """The runs of one budget, averaged over seeds, and the parabola through those near the lowest.

    Attributes
    ----------
    budget_flop : float
        Nominal compute of each run.
    sizes, losses, errors : ndarray, shape (n_sizes,)
        Parameters, mean loss over seeds, its standard error (NaN for one seed).
    near : slice
        Which of them the parabola uses.
    n_params, loss, curvature : float
        Its vertex (at most ten times beyond its runs), and half its second derivative in ln N.
    r_squared : float
        Share of the variance that it explains.
    inside : bool
        Whether a larger and a smaller size lost to the lowest.
    """

    budget_flop: float
    sizes: np.ndarray
    losses: np.ndarray
    errors: np.ndarray
    near: slice
    n_params: float
    loss: float
    curvature: float
    r_squared: float
    inside: bool

    def curve(self, n_params):
        """Return the parabola's loss at any sizes."""
        return self.loss + self.curvature * np.log(np.asarray(n_params) / self.n_params) ** 2

    @property
    def n_tokens(self):
        """Training tokens of a run of the best size, C / 6N."""
        return self.budget_flop / (TRAIN * self.n_params)


def valleys(runs, size="n_params", reach=REACH):
    """Average the seeds and fit a parabola in ln N at each budget.

    Parameters
    ----------
    runs : Table or list of dict
        Rows of the table `runs`, or of a sweep of your own. Rows that are not ok take their size out of their budget.
    size : str
        Column that counts parameters: n_params or n_params_total.
    reach : int
        How many steps to either side of the lowest run the parabola uses.

    Returns
    -------
    list of MeasuredValley
        By budget. A budget with fewer than three sizes is left out.

    Raises
    ------
    ValueError
        If the column is neither of the two.

    Examples
    --------
    >>> from scalinglaws.data import load
    >>> runs = load("runs")
    >>> ours = valleys(runs.where((runs["kind"] == "isoflop") & (runs["corpus"] == "stdlib")))
    >>> f"{ours[0].budget_flop:.0e}", ours[0].inside
    ('1e+09', True)
    """
    cells = _cells(runs, size)
    found = []
    for budget in sorted({budget for budget, _ in cells}):
        of_budget = [cells[key] for key in sorted(cells) if key[0] == budget]
        if len(of_budget) >= 3:
            sizes = np.array([count for count, _ in of_budget])
            means = np.array([losses.mean() for _, losses in of_budget])
            errors = [losses.std(ddof=1) / len(losses) ** 0.5 if len(losses) > 1 else np.nan for _, losses in of_budget]
            found.append(bottom(budget, sizes, means, np.array(errors), reach))
    return found


def bottom(budget_flop, sizes, losses, errors, reach=REACH):
    """Return the `Valley` of one budget from sizes in rising order, their losses and standard errors."""
    lowest = int(np.argmin(losses))
    near = slice(max(0, lowest - reach), lowest + reach + 1)
    x, y = np.log(sizes[near]), losses[near]
    curvature, slope, level = np.polyfit(x - x.mean(), y, 2)
    fitted = level + slope * (x - x.mean()) + curvature * (x - x.mean()) ** 2
    ends = (x - x.mean())[[0, -1]] + np.log([0.1, 10])  # runs without a valley may have their vertex anywhere
    vertex = np.clip(-slope / (2 * curvature), *ends)
    return MeasuredValley(
        float(budget_flop), sizes, losses, errors, near, float(np.exp(x.mean() + vertex)),
        float(level + slope * vertex + curvature * vertex**2), float(curvature), float(1 - np.var(y - fitted) / np.var(y)),
        0 < lowest < len(sizes) - 1,
    )  # fmt: skip


def near(runs):
    """Keep the rows that the parabolas of `valleys` use, for `scalinglaws.fit.fit_isoflop`.

    Parameters
    ----------
    runs : Table
        As for `valleys`.

    Returns
    -------
    Table
    """
    kept = {(valley.budget_flop, size) for valley in valleys(runs) for size in valley.sizes[valley.near]}
    pairs = zip(runs["budget_flop"], runs["n_params"], strict=True)
    return runs.where(np.array([pair in kept for pair in pairs]))


def checkpoints(runs, curves):
    """Return the points of training curves as columns.

    Parameters
    ----------
    runs, curves : Table
        The tables of those names; curves of other runs are left out.

    Returns
    -------
    dict of str to ndarray, shape (n_points,)
        n_params, n_tokens (seen so far), loss, run, compute_flop (so far), done (share of the run).
    """
    row_of = {name: row for row, name in enumerate(runs["run_id"])}
    kept = curves.where(np.isin(curves["run_id"], list(row_of)))
    rows = np.array([row_of[name] for name in kept["run_id"]])
    n_params, n_tokens = runs["n_params"][rows], kept["n_tokens_seen"]
    return {
        "n_params": n_params,
        "n_tokens": n_tokens,
        "loss": kept["loss"],
        "run": kept["run_id"],
        "compute_flop": training_flop(n_params, n_tokens),
        "done": n_tokens / runs["n_tokens"][rows],
    }


def lowest(found):
    """Return the budgets of valleys, and the loss at the bottom of each."""
    return np.array([(valley.budget_flop, valley.loss) for valley in found]).T


def ruler(found, budget_flop, what="loss"):
    """Return what a straight line on log-log paper through the bottoms of valleys promises at a budget.

    Parameters
    ----------
    found : list of MeasuredValley
        Two or more.
    budget_flop : float
        Where to read the line.
    what : str
        loss or n_params.

    Returns
    -------
    float
    """
    one_of("what", what, ("loss", "n_params"))
    line = np.polyfit(np.log([v.budget_flop for v in found]), np.log([getattr(v, what) for v in found]), 1)
    return float(np.exp(np.polyval(line, np.log(budget_flop))))


def slope(compute_flop, values):
    """Return the exponent of a power law through positive values against compute: a straight line on log-log paper."""
    return float(np.polyfit(np.log(compute_flop), np.log(values), 1)[0])


def allocation(found):
    """Return the exponent a of N ~ C^a through the vertices of valleys."""
    return slope([valley.budget_flop for valley in found], [valley.n_params for valley in found])


def redrawn(runs, n_resamples=400, seed=0, **options):
    """Draw the allocation exponent again and again: seeds within each size, then the scatter around the line.

    Parameters
    ----------
    runs : Table or list of dict
        As for `valleys`.
    n_resamples : int
        How many draws.
    seed : int
        Of the draws.
    **options
        As for `valleys`.

    Returns
    -------
    ndarray, shape (n_resamples,)

    Notes
    -----
    Deviations of n seeds from their mean are widened by sqrt(n / (n - 1)), those of m budgets from their line by
    sqrt(m / (m - 2)). Sizes with one seed have no deviation of their own. The window is found again in each draw.
    """
    rng = np.random.default_rng(seed)
    original = valleys(runs, **options)
    compute = np.log([valley.budget_flop for valley in original])
    spread = {}
    for (budget, _), (_, losses) in sorted(_cells(runs, "n_params").items()):
        wide = np.sqrt(len(losses) / max(len(losses) - 1, 1))
        spread.setdefault(budget, []).append(wide * (losses - losses.mean()))
    draws = np.empty(n_resamples)
    for k in range(n_resamples):
        vertices = []
        for valley in original:
            shift = [rng.choice(each, len(each)).mean() for each in spread[valley.budget_flop]]
            again = bottom(valley.budget_flop, valley.sizes, valley.losses + shift, valley.errors)
            vertices.append(np.log(again.n_params if again.curvature > 0 else valley.n_params))
        line = np.polyfit(compute, vertices, 1)
        off = (vertices - np.polyval(line, compute)) * np.sqrt(len(compute) / max(len(compute) - 2, 1))
        draws[k] = np.polyfit(compute, np.polyval(line, compute) + rng.choice(off, len(off)), 1)[0]
    return draws


def _cells(runs, size):
    """(budget, hidden size) -> parameters and the losses of all seeds; without cells in which a run is not ok."""
    one_of("size", size, ("n_params", "n_params_total"))
    groups, bad = {}, set()
    for row in runs:
        key = (float(row["budget_flop"]), int(row["hidden"]))
        bad |= {key} if row["status"] != "ok" else set()
        groups.setdefault(key, []).append((float(row[size]), float(row["loss"])))
    return {key: (rows[0][0], np.array([loss for _, loss in rows])) for key, rows in groups.items() if key not in bad}
