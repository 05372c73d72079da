"""Small language models, trained for real: the measurements of this course, and the means to make more.

`corpus` is what they read, `network` and `training` are the model and its training, `jobs` says which runs to do,
`sweep` does them, `store` keeps them.

On a laptop, two processes with one core each (needs joblib; about two hours on two cores)::

    python -m scalinglaws.runs sweep.sqlite --plan        # what it would cost
    python -m scalinglaws.runs sweep.sqlite --jobs 2      # again after a stop: goes on where it was
    python -m scalinglaws.runs sweep.sqlite --publish src/scalinglaws/data/tables

On a cluster, the same sweep in joblib's dask backend; every worker needs this package and its own standard library::

    import joblib
    from distributed import Client
    from scalinglaws.runs import jobs, sweep

    with Client("scheduler:8786"), joblib.parallel_config(backend="dask"):
        sweep.run_sweep(jobs.shipped_sweep()["isoflop"], "sweep.sqlite", n_jobs=-1)

Set OPENBLAS_NUM_THREADS=1 for the workers: two threads fight over a core that one would fill. Workers with different
versions of Python read different libraries; the column `corpus_sha256` tells.
"""
