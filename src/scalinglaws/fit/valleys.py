"""Valleys of loss against size at fixed budgets, and the best size as a power of compute, N = G C^a, with D = C / 6N.

A valley is loss = bottom + curvature / 2 (ln N - ln n_params)^2. `fit_valleys` averages the seeds of measured runs first and
uses the sizes near the lowest; its windows are those of decisions/measured-runs.md, fixed before the runs were made.
`fit_isoflop`, in a module of its own, takes the runs of a budget as they are.
"""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import number, one_of, positive
from scalinglaws.fit.allocation import AllocationLine, lines, log_line, log_slope
from scalinglaws.fit.engine.intervals import widening
from scalinglaws.laws.training.flops import TRAIN

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
