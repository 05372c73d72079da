"""The best run of each place of a sweep: laws are fitted to runs with the best learning rate and batch, not to all of them."""

from typing import NamedTuple

import numpy as np

from scalinglaws.check import columns
from scalinglaws.fit.engine.warnings import FitWarning


class BestRuns(NamedTuple):
    """Which rows have the lowest loss of their size and tokens, in order of the rows, and what speaks against them.

    rows (k,): indices, as for ``n_params[best.rows]``.
    """

    rows: np.ndarray
    warnings: tuple


def best_runs(n_params, n_tokens, loss, **settings):
    """Find the lowest run at each size and number of tokens of a sweep over learning rates, batches and the like.

    Parameters
    ----------
    n_params, n_tokens : array_like, shape (n,)
        Size and training tokens of each run.
    loss : array_like, shape (n,)
        Final loss; NaN or infinite for a run that diverged, which is never the best.
    settings : array_like, shape (n,)
        What was varied, by name, such as ``lr=`` and ``batch=``.

    Returns
    -------
    BestRuns
        With `.rows` and `.warnings`: an `edge` for each setting whose best value was the lowest or the highest tried at
        some places, where a better one may lie beyond.

    Raises
    ------
    ValueError
        If columns differ in length or a size, tokens or a setting is not positive and finite, or no run has a loss.

    Examples
    --------
    >>> size, tokens, rate = np.repeat([1e7, 1e8], 3), np.full(6, 1e9), np.tile([1e-3, 2e-3, 4e-3], 2)
    >>> best = best_runs(size, tokens, [3.1, 3.0, np.nan, 2.8, 2.7, 2.6], lr=rate)
    >>> best.rows
    array([1, 5])
    >>> print(best.warnings[0])
    edge (lr): its best value is the lowest or highest tried at 1 of 2 places; a better one may lie beyond
    """
    losses = np.ma.filled(np.ma.asarray(loss, dtype=np.float64), np.nan)
    ended = np.isfinite(losses)
    if not ended.any():
        raise ValueError(f"loss must be finite for some runs, got none of {losses.size}")
    checked = columns(n_params=n_params, n_tokens=n_tokens, loss=np.where(ended, losses, 1.0), **settings)
    place = np.unique(np.log(checked[:2]).round(9), axis=1, return_inverse=True)[1].ravel()
    order = np.lexsort((np.where(ended, losses, np.inf), place))
    rows = order[np.unique(place[order], return_index=True)[1]]
    rows, warnings = np.sort(rows[ended[rows]]), []
    for name, value in zip(settings, checked[3:], strict=True):
        tried = [np.unique(value[place == place[row]]) for row in rows]
        edge = sum(len(part) > 1 and value[row] in part[[0, -1]] for row, part in zip(rows, tried, strict=True))
        if edge:
            reason = f"its best value is the lowest or highest tried at {edge} of {len(rows)} places"
            warnings.append(FitWarning("edge", name, f"{reason}; a better one may lie beyond"))
    return BestRuns(rows, tuple(warnings))
