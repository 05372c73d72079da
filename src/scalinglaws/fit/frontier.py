"""Find the size with the lowest loss at each level of compute, and fit a line (approach 1 of Hoffmann et al. 2022)."""

from dataclasses import dataclass

import numpy as np

from scalinglaws.check import columns, whole
from scalinglaws.fit.allocation import AllocationLine, lines
from scalinglaws.fit.engine.columns import takes_table
from scalinglaws.fit.engine.intervals import resample_weights
from scalinglaws.fit.engine.warnings import FitWarning
from scalinglaws.laws.training.flops import training_flop

FEW_SIZES = 4  # winning sizes below which to warn
EDGE = 0.5  # share of the levels won by the smallest or largest size from which to warn


@dataclass(frozen=True, eq=False, repr=False)
class FrontierFit(AllocationLine):
    """The envelope of training curves and the line through its sizes; made by `fit_frontier`. See `AllocationLine`.

    levels (m,): compute in FLOP at which curves were compared.
    envelope (m,): lowest loss there.
    best_n_params (m,): size that has it.
    inside (m,): levels that the line uses: at the others the smallest or the largest size in reach wins, and a better
        one may be missing.
    """

    levels: np.ndarray
    envelope: np.ndarray
    best_n_params: np.ndarray
    inside: np.ndarray
    sizes: np.ndarray
    curves: np.ndarray

    def bootstrap(self, n_resamples=2000, seed=None):
        """Resample the runs (whole curves) and find the envelope anew; returns `Draws`."""
        seed = self.seed if seed is None else seed
        drawn = resample_weights(len(self.sizes), n_resamples, seed=seed) > 0
        return self._draws(
            np.array([_line(self.levels, self.curves[kept], self.sizes[kept])[0] for kept in drawn]).T, seed
        )

    def __repr__(self):
        head = f"Frontier of {len(self.sizes)} training curves: {self.inside.sum()} of {len(self.levels)} levels used"
        return "\n".join([head, *self._summary()])


@takes_table("n_params", "n_tokens", "loss", "run")
def fit_frontier(n_params, n_tokens, loss, run, *, n_levels=200, seed=0):
    """Fit the best size against compute from whole training curves.

    Parameters
    ----------
    n_params, n_tokens, loss : array_like, shape (n,)
        Size, tokens seen so far and loss there, one row per checkpoint.
    run : array_like, shape (n,)
        Label of the training run that each row belongs to.
    n_levels : int
        Levels of compute at which curves are compared, evenly spaced in log C.
    seed : int
        Of the resamples behind intervals.
    data : table, optional
        Has the columns by name, as in `fit_chinchilla`.

    Returns
    -------
    FrontierFit
        With `.levels`, `.envelope`, `.exponent_n`, `.n_params_at(C)`, `.interval("a")`, `.warnings`.

    Raises
    ------
    ValueError
        If columns differ in length or have something not positive and finite, if a run has two sizes, if no run has two
        checkpoints, or if fewer than two sizes between others win a level.

    Notes
    -----
    Hoffmann et al. 2022, approach 1 and Figure 2. Curves are interpolated linearly in log C. A checkpoint in the middle of
    a learning-rate schedule has a higher loss than a run that ends there, so the schedule should be constant, or several
    lengths be trained for each size.

    Examples
    --------
    >>> from scalinglaws.laws.training.chinchilla import Chinchilla
    >>> law = Chinchilla.published("besiroglu2024")
    >>> size, tokens = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e7, 1e10, 40), np.geomspace(1e8, 1e12, 60)))
    >>> fit = fit_frontier(size, tokens, law.loss(size, tokens), run=size)
    >>> round(fit.exponent_n, 2), round(law.a, 2)
    (0.51, 0.51)
    """
    n_params, n_tokens, loss = columns(n_params=n_params, n_tokens=n_tokens, loss=loss)
    if np.shape(run) != loss.shape:
        raise ValueError(f"run must have shape {loss.shape}, one label per row, got {np.shape(run)}")
    labels, member, lengths = np.unique(np.asarray(run), return_inverse=True, return_counts=True)
    if lengths.max() < 2:
        raise ValueError(
            f"run must label curves of two checkpoints or more, got {len(labels)} with one checkpoint each"
        )
    warnings, single = (), labels[lengths < 2]
    if len(single):
        reason = f"{len(single)} of {len(labels)} runs have one checkpoint and are left out, {single[0]} for one"
        warnings = (FitWarning("few_values", "run", reason),)
        kept = (lengths >= 2)[member]
        n_params, n_tokens, loss = n_params[kept], n_tokens[kept], loss[kept]
        labels, member = np.unique(np.asarray(run)[kept], return_inverse=True)
    log_c = np.log(training_flop(n_params, n_tokens))
    ends = np.array([[log_c[member == i].min(), log_c[member == i].max()] for i in range(len(labels))])
    levels = np.linspace(ends[:, 0].min(), ends[:, 1].max(), whole("n_levels", n_levels, least=2))
    curves, sizes = np.full((len(labels), len(levels)), np.inf), np.empty(len(labels))
    for i, label in enumerate(labels):
        rows = np.flatnonzero(member == i)
        if np.ptp(n_params[rows]) > 0:
            raise ValueError(f"run must label curves of one size, got {label} with several sizes")
        rows = rows[np.argsort(log_c[rows])]
        within = (levels >= log_c[rows[0]]) & (levels <= log_c[rows[-1]])
        curves[i, within] = np.interp(levels[within], log_c[rows], loss[rows])
        sizes[i] = n_params[rows[0]]
    reached = np.isfinite(curves).any(axis=0)
    levels, curves = np.exp(levels[reached]), curves[:, reached]
    (intercept, exponent), best, inside = _line(levels, curves, sizes)
    if not np.isfinite(exponent):
        sizes_inside = np.unique(sizes[best][inside])
        raise ValueError(
            f"loss must have an envelope won by two sizes between others, got {len(sizes_inside)} from {len(labels)} runs"
        )
    n_sizes = len(np.unique(sizes[best][inside]))
    if n_sizes < FEW_SIZES:
        reason = f"{n_sizes} sizes win between others; the line through them is a line through steps"
        warnings += (FitWarning("few_values", "n_params", reason),)
    if inside.mean() < 1 - EDGE:
        reason = f"at {1 - inside.mean():.0%} of the levels the smallest or largest size in reach wins; a better may be missing"
        warnings += (FitWarning("edge", "n_params", reason),)
    seen = {"compute_flop": (float(levels[inside].min()), float(levels[inside].max()))}
    return FrontierFit(
        float(intercept), float(exponent), seen, warnings, whole("seed", seed, least=0),
        levels, curves.min(axis=0), sizes[best], inside, sizes, curves,
    )  # fmt: skip


def _line(levels, curves, sizes):
    """Intercept and exponent, winner of each level, and whether it lies between other sizes in reach."""
    best = curves.argmin(axis=0)
    reach = np.isfinite(curves)
    smallest = np.where(reach, sizes[:, None], np.inf).min(axis=0)
    largest = np.where(reach, sizes[:, None], 0.0).max(axis=0)
    inside = (smallest < sizes[best]) & (sizes[best] < largest)
    if len(np.unique(sizes[best][inside])) < 2:  # one winner has no slope
        return np.full(2, np.nan), best, inside
    return lines(np.log(levels), np.log(sizes[best]), inside[None].astype(float))[:, 0], best, inside


def checkpoints(runs, curves):
    """Return the points of training curves as columns: a dict of str to ndarray, shape (n_points,).

    `runs` and `curves` are the tables of those names; curves of other runs are left out. Columns: n_params, n_tokens (seen
    so far), loss, run, compute_flop (so far), done (share of the run).
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
