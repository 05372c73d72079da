"""Valleys of loss against size at fixed budgets, and the best size as a power of compute, N = G C^a, with D = C / 6N.

`fit_isoflop` is approach 2 of Hoffmann et al. 2022: a parabola through all runs of a budget. `fit_valleys` averages the
seeds of measured runs first and uses the sizes near the lowest; its windows are those of decisions/measured-runs.md, fixed
before the runs were made. Either way a valley is loss = bottom + curvature / 2 (ln N - ln n_params)^2.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from scalinglaws.check import columns, number, one_of, positive, whole
from scalinglaws.fit.allocation import AllocationLine, lines, log_line, log_slope
from scalinglaws.fit.engine.intervals import widening
from scalinglaws.fit.engine.warnings import FitWarning
from scalinglaws.laws.training.flops import TRAIN

GAP = np.log(1.1)  # budgets this far apart are different budgets
SPAN = np.log(1.3)  # a budget whose runs spread over more than this is none
CENTRED = 0.5  # of the half-width of the sizes: how far from their middle the bottom may lie
WIDE, NARROW = 30, 6  # factor between sizes from which a parabola is too wide; one in which it is not
FAR, LARGE = 10, 0.05  # a diverged run: so many robust standard deviations off, and such a share of the loss
MOST_TRIPLES = 20_000
REACH = 3  # sizes to either side of the lowest run
BEYOND = np.log(10)  # of its runs: sizes without a valley may have the bottom of their parabola anywhere


@dataclass(frozen=True, eq=False)
class Valley:
    """The runs of one budget and their parabola: loss = bottom + curvature / 2 (ln N - ln n_params)^2.

    budget_flop: compute of each run; the geometric mean, where it differs.
    n_params, loss: where the parabola is lowest, and how low.
    curvature: second derivative of the loss in ln N, nats per token.
    sizes, losses (m,): the runs, or their means over seeds.
    errors (m,): standard error of each mean; NaN for one run.
    near: which of them the parabola uses.
    warnings: why the bottom should not be trusted.
    flop_per_param_token: compute of a run over N D.
    """

    budget_flop: float
    n_params: float
    loss: float
    curvature: float
    sizes: np.ndarray
    losses: np.ndarray
    errors: np.ndarray
    near: slice
    warnings: tuple = ()
    flop_per_param_token: float = TRAIN

    @property
    def usable(self):
        """Whether the parabola has a bottom, and between the runs."""
        return not {"not_convex", "outside", "few_values"} & {warning.kind for warning in self.warnings}

    @property
    def inside(self):
        """Whether a larger and a smaller size lost to the lowest."""
        return bool(self.sizes.min() < self.sizes[self.losses.argmin()] < self.sizes.max())

    @property
    def n_tokens(self):
        """Training tokens of a run of the best size, as a rule C / 6N."""
        return self.budget_flop / (self.flop_per_param_token * self.n_params)

    @property
    def r_squared(self):
        """Share of the variance that the parabola explains."""
        losses = self.losses[self.near]
        return float(1 - np.var(losses - self.curve(self.sizes[self.near])) / np.var(losses))

    def curve(self, n_params):
        """Return the parabola at any sizes."""
        return self.loss + 0.5 * self.curvature * np.log(positive("n_params", n_params) / self.n_params) ** 2


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
            weights = np.bincount(drawn.ravel(), minlength=n_resamples * m).reshape(n_resamples, m)
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
    if widest > WIDE * (1 + 1e-9):
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
    return off > np.maximum(FAR * 1.4826 * np.median(off), LARGE * np.median(loss))


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


def parabolas(log_n, loss, weights=None, within=None):
    """Bottom (log N and loss) and curvature of least-squares parabolas, each (k,): one for each row of weights (k, n).

    `loss` is (n,) or (k, n). With `within`, a bottom stays between its lowest and highest log N (k,).
    """
    weights = np.ones((1, len(log_n))) if weights is None else weights
    middle = log_n.mean()
    half = max(np.ptp(log_n) / 2, 1e-12)
    x = (log_n - middle) / half
    powers = np.stack([np.ones_like(x), x, x**2])
    gram = np.einsum("kn,in,jn->kij", weights, powers, powers, optimize=True)
    right = (weights * loss) @ powers.T
    level, slope, half_curvature = np.einsum("kij,kj->ik", np.linalg.pinv(gram, rcond=1e-10, hermitian=True), right)
    with np.errstate(all="ignore"):
        at = -slope / (2 * half_curvature)
        at = at if within is None else np.clip(at, *((end - middle) / half for end in within))
        bottom = level + slope * at + half_curvature * at**2
    enough = np.linalg.matrix_rank(gram, tol=None, hermitian=True) == 3
    at, bottom = np.where(enough, at, np.nan), np.where(enough, bottom, np.nan)
    return middle + half * at, bottom, 2 * half_curvature / half**2


def fit_valleys(runs, size="n_params", reach=REACH):
    """Average the seeds and fit a parabola in ln N at each budget.

    runs: rows of the table `runs`, or of a sweep of your own. Rows that are not ok take their size out of their budget.
    size: column that counts parameters: n_params or n_params_total.
    reach: how many sizes to either side of the lowest run the parabola uses.

    Returns list of Valley: By budget. A budget with fewer than three sizes is left out. A bottom lies at most ten times
    beyond its runs.

    >>> from scalinglaws.data import load
    >>> runs = load("runs")
    >>> ours = fit_valleys(runs.where((runs["kind"] == "isoflop") & (runs["corpus"] == "stdlib")))
    >>> f"{ours[0].budget_flop:.0e}", ours[0].inside
    ('1e+09', True)
    """
    cells = seed_losses(runs, size)
    valleys = []
    for budget in sorted({budget for budget, _ in cells}):
        of_budget = [cells[key] for key in sorted(cells) if key[0] == budget]
        if len(of_budget) < 3:
            continue
        sizes = np.array([count for count, _ in of_budget])
        means = np.array([losses.mean() for _, losses in of_budget])
        errors = [losses.std(ddof=1) / len(losses) ** 0.5 if len(losses) > 1 else np.nan for _, losses in of_budget]
        log_n, bottom, curvature = (float(part[0]) for part in _near_lowest(sizes, means[None], reach))
        lowest = int(means.argmin())
        near = slice(max(0, lowest - reach), lowest + reach + 1)
        valleys.append(Valley(budget, float(np.exp(log_n)), bottom, curvature, sizes, means, np.array(errors), near))
    return valleys


def _near_lowest(sizes, losses, reach):
    """Parabolas through the sizes near the lowest of each row of losses (k, n), as from `parabolas`."""
    log_n, place = np.log(sizes), np.arange(len(sizes))
    lowest = losses.argmin(axis=1)
    near = np.abs(place - lowest[:, None]) <= reach
    ends = log_n[np.maximum(lowest - reach, 0)], log_n[np.minimum(lowest + reach, len(sizes) - 1)]
    return parabolas(log_n, losses, near.astype(float), (ends[0] - BEYOND, ends[1] + BEYOND))


def runs_near(runs):
    """Return the rows of a table of runs that the parabolas of `fit_valleys` use, for `scalinglaws.fit.fit_isoflop`."""
    kept = {(valley.budget_flop, size) for valley in fit_valleys(runs) for size in valley.sizes[valley.near]}
    pairs = zip(runs["budget_flop"], runs["n_params"], strict=True)
    return runs.where(np.array([pair in kept for pair in pairs]))


def bottoms(valleys):
    """Return the budgets of valleys, and the loss at the bottom of each."""
    return np.array([(valley.budget_flop, valley.loss) for valley in valleys]).T


def extrapolate(valleys, budget_flop, what="loss"):
    """Return what a straight line on log-log paper through the bottoms (`what`: loss or n_params) promises at a budget."""
    one_of("what", what, ("loss", "n_params"))
    scale, slope = log_line([valley.budget_flop for valley in valleys], [getattr(valley, what) for valley in valleys])
    return scale * number("budget_flop", budget_flop) ** slope


def allocation_exponent(valleys):
    """Return the exponent a of N ~ C^a through the bottoms of valleys."""
    return log_slope([valley.budget_flop for valley in valleys], [valley.n_params for valley in valleys])


def redraw(runs, n_resamples=400, seed=0, reach=REACH):
    """Draw the line through the valleys again and again: seeds within each size, then the scatter around the line.

    runs: as for `fit_valleys`.
    n_resamples, seed: how many draws, and their seed.
    reach: as for `fit_valleys`; the window is found again in each draw.

    Returns Draws: With a and b, the exponents of the best size and data.

    Deviations of n seeds from their mean are widened by sqrt(n / (n - 1)), those of m budgets from their line by
    sqrt(m / (m - 2)). Sizes with one seed have no deviation of their own.
    """
    rng, valleys, cells = np.random.default_rng(seed), fit_valleys(runs, reach=reach), seed_losses(runs)
    budgets = [valley.budget_flop for valley in valleys]
    losses = {budget: [cells[key][1] for key in sorted(cells) if key[0] == budget] for budget in budgets}
    picks = [  # per draw: which seed stands for each seed of each size, then which budget's scatter for each budget
        (
            [[rng.integers(0, len(part), len(part)) for part in losses[b]] for b in budgets],
            rng.integers(0, len(budgets), len(budgets)),
        )
        for _ in range(n_resamples)
    ]
    best = np.empty((n_resamples, len(budgets)))
    for i, valley in enumerate(valleys):
        off = [(part - part.mean()) * widening(len(part), 1) for part in losses[valley.budget_flop]]
        shifts = np.array([[part[pick].mean() for part, pick in zip(off, drawn[i], strict=True)] for drawn, _ in picks])
        log_n, _, curvature = _near_lowest(valley.sizes, valley.losses + shifts, reach)
        best[:, i] = np.where(curvature > 0, log_n, np.log(valley.n_params))
    x, every = np.log(budgets), np.ones((n_resamples, len(budgets)))
    intercept, exponent = lines(x, best, every)[..., None]
    fitted = intercept + exponent * x
    off = (best - fitted) * widening(len(budgets), 2)
    theta = lines(x, fitted + np.take_along_axis(off, np.array([pick for _, pick in picks]), 1), every)
    whole_line = lines(x, np.log([valley.n_params for valley in valleys]), np.ones((1, len(x))))[:, 0]
    seen = {"compute_flop": (budgets[0], budgets[-1])}
    return AllocationLine(*map(float, whole_line), seen, (), seed)._draws(theta, seed)


def seed_losses(runs, size="n_params"):
    """Return parameters and the losses of all seeds by (budget, hidden size), without cells in which a run is not ok."""
    one_of("size", size, ("n_params", "n_params_total"))
    groups, bad = {}, set()
    for row in runs:
        key = (float(row["budget_flop"]), int(row["hidden"]))
        bad |= {key} if row["status"] != "ok" else set()
        groups.setdefault(key, []).append((float(row[size]), float(row["loss"])))
    return {key: (rows[0][0], np.array([loss for _, loss in rows])) for key, rows in groups.items() if key not in bad}
