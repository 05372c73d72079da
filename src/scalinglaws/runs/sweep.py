"""Many runs, one after the other or spread over cores, and a table that survives being killed."""

import os
import platform
import sys

import numpy as np

from scalinglaws.runs import corpus as corpora
from scalinglaws.runs import store, training
from scalinglaws.runs.jobs import grid, spec

__all__ = ["grid", "results", "run", "run_one", "spec"]


def run_one(job):
    """Do one run.

    Parameters
    ----------
    job : dict
        From `spec`; its `corpus` may also be a Corpus.

    Returns
    -------
    row : dict
        A row of the table.
    curve : list of (int, int, float)
        Step, symbols seen, loss on the way.

    Examples
    --------
    >>> row, curve = run_one(spec("variant", 4, 2e4, corpus=corpora.stdlib(max_bytes=300_000), tag="small"))
    >>> row["status"]
    'ok'
    """
    text = corpora.get(job["corpus"]) if isinstance(job["corpus"], str) else job["corpus"]
    row = {key: job[key] for key in ("run_id", "kind", "variant", "budget_flop")} | training.train(text, **job["train"])
    curve = row.pop("curve")
    return row | {"python_version": platform.python_version(), "numpy_version": np.__version__}, curve


def results(jobs, path=None, n_jobs=1):
    """Do the runs that are not in the table yet, and yield each when it is done.

    Parameters
    ----------
    jobs : list of dict
        From `grid` or `spec`.
    path : str, optional
        Folder with `runs.csv` and `curves.csv`, which grow by each run. Without it nothing is written.
    n_jobs : int
        Processes. With 1, all is done here; else through joblib, in whatever backend `joblib.parallel_config` has set
        (`dask`: the same sweep on a cluster).

    Yields
    ------
    dict
        The row of a finished run, in the order in which they finish.

    Raises
    ------
    ValueError
        If two jobs have one name, or the table holds a run of the same name with other settings.

    Examples
    --------
    >>> jobs = [spec("isoflop", h, 1e4, corpus=corpora.stdlib(max_bytes=300_000), tag="demo") for h in (4, 8)]
    >>> [row["hidden"] for row in results(jobs)]
    [4, 8]
    """
    names = [job["run_id"] for job in jobs]
    if len(set(names)) < len(names):
        raise ValueError(f"jobs must have different names, got {next(n for n in names if names.count(n) > 1)} twice")
    kept = store.Store(path) if path else None
    for job in jobs if kept else ():
        row = kept.done.get(job["run_id"], {})
        for key in row.keys() & job["train"].keys() - {"n_tokens", "unique_tokens"}:
            if row[key] != job["train"][key]:
                raise ValueError(f"jobs has {job['run_id']} with {key} {job['train'][key]}, the table with {row[key]}")
    todo = [job for job in jobs if not (kept and job["run_id"] in kept.done)]
    for row, curve in map(run_one, todo) if n_jobs == 1 else _spread(todo, n_jobs):
        if kept:
            kept.add(row, curve)
        yield row


def run(jobs, path=None, n_jobs=1):
    """Do a sweep, with a progress bar where tqdm is installed and somebody watches.

    Parameters
    ----------
    jobs, path, n_jobs
        As for `results`.

    Returns
    -------
    list of dict
        The rows of all jobs, in the order of `jobs`; those that were there before as the table has them.

    Examples
    --------
    >>> rows = run([spec("isoflop", 4, 1e4, corpus=corpora.stdlib(max_bytes=300_000))])
    >>> rows[0]["n_params"]
    900
    """
    done = {row["run_id"]: row for row in store.read(path)[0]} if path else {}
    fresh = results(jobs, path, n_jobs)
    if sys.stderr.isatty():
        try:
            from tqdm import tqdm

            fresh = tqdm(fresh, total=sum(job["run_id"] not in done for job in jobs), unit="run")
        except ImportError:
            pass
    done |= {row["run_id"]: row for row in fresh}
    if path:
        store.sort(path, [job["run_id"] for job in jobs])
    return [done[job["run_id"]] for job in jobs]


def _spread(jobs, n_jobs):
    import joblib

    # Workers inherit this: one BLAS thread each, for two fight over a core that one would fill.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    return joblib.Parallel(n_jobs, return_as="generator_unordered", batch_size=1, pre_dispatch="2*n_jobs")(
        joblib.delayed(run_one)(job) for job in jobs
    )
