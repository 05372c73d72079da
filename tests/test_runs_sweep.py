import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from scalinglaws.runs import corpus, store
from scalinglaws.runs.jobs import isoflop_jobs
from scalinglaws.runs.sweep import results, run_sweep

TIMING = ("seconds", "flop_per_s")  # what differs between two runs of the same thing
CHILD = """
import sys
from scalinglaws.runs import corpus
from scalinglaws.runs.jobs import isoflop_jobs
from scalinglaws.runs.sweep import run_sweep
text = corpus.stdlib(max_bytes=300_000)
jobs = isoflop_jobs([3e7, 1e8], (0, 1, 2), 5, corpus=text, curves=(0,), n_held_out=4000)
if __name__ == "__main__":
    print("ready", flush=True)
    run_sweep(jobs, *sys.argv[1:])
"""


def small(**settings):
    text = corpus.stdlib(max_bytes=300_000)
    return isoflop_jobs([3e7, 1e8], (0, 1, 2), 5, corpus=text, curves=(0,), n_held_out=4000, **settings)


def without_timing(rows):
    return [{k: None if v != v else v for k, v in row.items() if k not in TIMING} for row in rows]


def kept(path):
    """What a store has, run by run: row and curve."""
    rows, points = store.read_runs(path)
    return {
        row["run_id"]: (row, [point for point in points if point["run_id"] == row["run_id"]])
        for row in without_timing(rows)
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "store"
    run_sweep(small(), path)
    return kept(path)


@pytest.mark.parametrize("n_kills", [4, pytest.param(16, marks=pytest.mark.weekly)])
def test_a_sweep_that_is_killed_has_whole_runs_only_and_ends_with_the_same_store(whole, tmp_path, n_kills):
    script, path = tmp_path / "child.py", tmp_path / "store"
    script.write_text(CHILD)
    rng, kills = np.random.default_rng(n_kills), 0
    while kills < n_kills:
        with subprocess.Popen([sys.executable, script, path], stdout=subprocess.PIPE) as child:
            child.stdout.readline()
            time.sleep(rng.uniform(0, 0.2))
            kills += child.poll() is None
            os.kill(child.pid, signal.SIGKILL)
        some = kept(path)
        assert some == {name: whole[name] for name in some}
        if len(some) > len(whole) // 2:  # far along: as if a part of the runs had not been done
            with sqlite3.connect(path) as db:
                db.executemany("DELETE FROM runs WHERE run_id = ?", [(n,) for n in some if rng.random() < 0.7])
                db.execute("DELETE FROM curves WHERE run_id NOT IN (SELECT run_id FROM runs)")
    run_sweep(small(), path)
    assert kept(path) == whole


def test_finished_runs_are_not_done_again(whole, tmp_path):
    todo, path = small()[:3], tmp_path / "store"
    assert len(list(results(todo[:2], path))) == 2
    assert [row["run_id"] for row in results(todo, path)] == [todo[2].run_id]
    assert list(results(todo, path)) == []
    assert without_timing(run_sweep(todo, path)) == [whole[job.run_id][0] for job in todo]


def test_runs_come_one_at_a_time():
    first = next(results(small()))
    assert first["run_id"] == small()[0].run_id


def test_two_processes_give_the_rows_of_one(whole, tmp_path):
    pytest.importorskip("joblib")
    rows = run_sweep(small(), tmp_path / "store", n_jobs=2)
    assert [row["run_id"] for row in rows] == [job.run_id for job in small()]
    assert kept(tmp_path / "store") == whole


@pytest.mark.parametrize("n_runs", [6, pytest.param(30, marks=pytest.mark.weekly)])
def test_a_dask_cluster_of_two_workers_gives_the_rows_of_one_process(whole, tmp_path, n_runs):
    joblib, distributed = pytest.importorskip("joblib"), pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=str(tmp_path / "dask")
    )
    jobs = small()[:n_runs]
    with cluster, distributed.Client(cluster), joblib.parallel_config(backend="dask"):
        run_sweep(jobs, tmp_path / "store", n_jobs=2)
    assert kept(tmp_path / "store") == {job.run_id: whole[job.run_id] for job in jobs}
    assert len(jobs) == n_runs


@pytest.mark.parametrize("keep", [True, False])
def test_one_process_needs_numpy_alone_and_sqlite_only_to_keep_its_runs(tmp_path, keep):
    script = tmp_path / "child.py"
    blocked = "import sys; sys.modules.update(joblib=None, tqdm=None, distributed=None, scipy=None, matplotlib=None)\n"
    if not keep:
        blocked += "sys.modules.update(sqlite3=None, _sqlite3=None)\n"
    script.write_text(blocked + CHILD.replace("[3e7, 1e8], (0, 1, 2)", "[3e7], (0,)"))
    command = [sys.executable, script] + [tmp_path / "store"] * keep
    subprocess.run(command, check=True, capture_output=True)
    assert len(store.read_runs(tmp_path / "store")[0]) == (len(small()) / 6 if keep else 0)


def test_two_jobs_of_one_name_are_refused():
    with pytest.raises(ValueError, match="jobs must have different names"):
        next(results(small() + small()[:1]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lr": 0.5}, "with lr 0.5, the store with 0.018"),
        ({"schedule": "constant"}, "with schedule constant, the store with cosine"),
        ({"n_held_out": 3000}, "with n_held_out 3000, the store with 4000"),
    ],
)
def test_a_job_with_other_settings_than_its_row_is_refused(tmp_path, change, message):
    job = small()[0]
    list(results([job], tmp_path / "store"))
    with pytest.raises(ValueError, match=message):
        next(results([replace(job, recipe=replace(job.recipe, **change))], tmp_path / "store"))


def test_a_row_of_fewer_held_out_symbols_is_taken_where_the_corpus_has_no_more(tmp_path):
    text = corpus.Corpus(
        "cut", corpus.stdlib(max_bytes=300_000).train, corpus.stdlib(max_bytes=300_000).held_out[:900], 97
    )
    job = replace(small()[0], corpus=text)
    rows = list(results([job], tmp_path / "store"))
    assert rows[0]["n_held_out"] == 892
    assert list(results([job], tmp_path / "store")) == []
