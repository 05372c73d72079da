"""Many runs, one after the other or spread over cores, and a store that survives being killed.

`jobs` is a list of Job, with different names. `path` is the file of a store: runs that it has are not done again, and
each that ends is kept in it. Without `path` nothing is written. `n_jobs` is the number of processes: with 1 all is done
here, else through joblib, in whatever backend `joblib.parallel_config` has set (`dask`: the same sweep on a cluster).
"""

import os
import sys
from dataclasses import asdict

from scalinglaws.runs.jobs import Job
from scalinglaws.runs.store import add_run, read_runs


def results(jobs, path=None, n_jobs=1):
    """Do the runs that are not in the store yet, and yield the row of each when it is done.

    A ValueError says which jobs have one name, or which run the store holds with other settings.

    >>> from scalinglaws.runs.corpus import stdlib
    >>> jobs = [Job("isoflop", hidden, 1e4, corpus=stdlib(max_bytes=300_000)) for hidden in (4, 8)]
    >>> [row["n_params"] for row in results(jobs)]
    [900, 1800]
    """
    names = [job.run_id for job in jobs]
    if len(set(names)) < len(names):
        raise ValueError(f"jobs must have different names, got {next(n for n in names if names.count(n) > 1)} twice")
    done = _done(path)
    for job in jobs:
        if job.run_id in done:
            _check_settings(job, done[job.run_id])
    todo = [job for job in jobs if job.run_id not in done]
    for row, curve in map(Job.run, todo) if n_jobs == 1 else _spread(todo, n_jobs):
        if path:
            add_run(path, row, curve)
        yield row


def run_sweep(jobs, path=None, n_jobs=1):
    """Do a sweep, with a progress bar where tqdm is installed and somebody watches; return its rows, in order of `jobs`.

    Those that were there before are as the store has them.
    """
    rows = _done(path)
    fresh = results(jobs, path, n_jobs)
    if sys.stderr.isatty():
        try:
            from tqdm import tqdm

            fresh = tqdm(fresh, total=sum(job.run_id not in rows for job in jobs), unit="run")
        except ImportError:
            pass
    rows |= {row["run_id"]: row for row in fresh}
    return [rows[job.run_id] for job in jobs]


def _done(path):
    return {row["run_id"]: row for row in read_runs(path)[0]} if path else {}


def _check_settings(job, row):
    asked = {"hidden": job.hidden, "seed": job.seed} | asdict(job.recipe.filled(job.hidden, job.n_tokens))
    for name in asked.keys() - {"unique_tokens"}:
        if row[name] != asked[name]:
            if name == "n_held_out" and row[name] == len(job.text.held_out) - job.recipe.context:
                continue  # the corpus has no more
            raise ValueError(f"jobs has {job.run_id} with {name} {asked[name]}, the store with {row[name]}")


def _spread(jobs, n_jobs):
    import joblib

    # Workers inherit this: one BLAS thread each, for two fight over a core that one would fill.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    return joblib.Parallel(n_jobs, return_as="generator_unordered", batch_size=1, pre_dispatch="2*n_jobs")(
        joblib.delayed(Job.run)(job) for job in jobs
    )
