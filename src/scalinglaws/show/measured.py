"""Measured runs made ready for a picture or a fit: seed averages, and a valley at each budget.

The windows are those of decisions/measured-runs.md, fixed before the runs were made.
"""

from typing import NamedTuple

import numpy as np

from scalinglaws.check import one_of

REACH = 3  # steps of the ladder to either side of the lowest run


class Valley(NamedTuple):
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
        return self.budget_flop / (6 * self.n_params)


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
    list of Valley
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
    return Valley(
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
        "compute_flop": 6 * n_params * n_tokens,
        "done": n_tokens / runs["n_tokens"][rows],
    }


def lowest(found):
    """Return the budgets of valleys, and the loss at the bottom of each."""
    return np.array([(valley.budget_flop, valley.loss) for valley in found]).T


def ruler(found, budget_flop, what="loss"):
    """Return what a straight line on log-log paper through the bottoms of valleys promises at a budget.

    Parameters
    ----------
    found : list of Valley
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
