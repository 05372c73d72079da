import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from scalinglaws.runs import corpus, jobs, store, sweep

CHILD = """
import sys
from scalinglaws.runs import corpus, sweep
todo = sweep.grid([3e7, 1e8], (0, 1, 2), 5, corpus=corpus.stdlib(max_bytes=300_000), curves=(0,), n_held_out=4000)
if __name__ == "__main__":
    print("ready", flush=True)
    sweep.run(todo, sys.argv[1])
"""


def small(**settings):
    text = corpus.stdlib(max_bytes=300_000)
    return sweep.grid([3e7, 1e8], (0, 1, 2), 5, corpus=text, curves=(0,), n_held_out=4000, **settings)


def without_timing(rows):
    return [
        {k: None if v != v else v for k, v in row.items() if k not in store.TIMING} for row in rows if row is not None
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole")
    sweep.run(small(), path)
    return store.read(path)


def test_a_sweep_killed_twenty_times_ends_with_the_same_table(whole, tmp_path):
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    rng, kills, folder = np.random.default_rng(), 0, tmp_path / "rows"
    while kills < 20:
        child = subprocess.Popen([sys.executable, script, folder], stdout=subprocess.PIPE)
        child.stdout.readline()
        time.sleep(rng.uniform(0, 0.2))
        kills += child.poll() is None
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        if len(store.read(folder)[0]) > len(whole[0]) // 2 and kills < 20:
            # Far along: lose the end of the table, at any byte, as a failing disk would.
            size = (folder / "runs.csv").stat().st_size
            os.truncate(folder / "runs.csv", int(rng.integers(size // 4, size)))
    sweep.run(small(), folder)
    rows, points = store.read(folder)
    assert without_timing(rows) == without_timing(whole[0])
    assert points == whole[1]


def test_finished_runs_are_not_done_again(whole, tmp_path):
    todo = small()[:3]
    assert len(list(sweep.results(todo[:2], tmp_path))) == 2
    assert [row["run_id"] for row in sweep.results(todo, tmp_path)] == [todo[2]["run_id"]]
    assert list(sweep.results(todo, tmp_path)) == []
    assert without_timing(sweep.run(todo, tmp_path)) == without_timing(store.read(tmp_path)[0])


def test_runs_come_one_at_a_time():
    first = next(sweep.results(small()))
    assert first["run_id"] == small()[0]["run_id"]


def test_two_processes_give_the_rows_of_one(whole, tmp_path):
    pytest.importorskip("joblib")
    sweep.run(small(), tmp_path, n_jobs=2)
    rows, points = store.read(tmp_path)
    assert without_timing(rows) == without_timing(whole[0])
    assert points == whole[1]


def test_a_dask_cluster_of_two_workers_gives_the_rows_of_one_process(whole, tmp_path):
    joblib, distributed = pytest.importorskip("joblib"), pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=str(tmp_path / "dask")
    )
    with cluster, distributed.Client(cluster), joblib.parallel_config(backend="dask"):
        sweep.run(small(), tmp_path / "rows", n_jobs=2)
    rows, points = store.read(tmp_path / "rows")
    assert without_timing(rows) == without_timing(whole[0])
    assert points == whole[1]


def test_one_process_needs_no_joblib_and_no_tqdm(tmp_path):
    script = tmp_path / "child.py"
    blocked = "import sys; sys.modules.update(joblib=None, tqdm=None, distributed=None, scipy=None, matplotlib=None)\n"
    script.write_text(blocked + CHILD.replace("[3e7, 1e8], (0, 1, 2)", "[3e7], (0,)"))
    subprocess.run([sys.executable, script, tmp_path / "rows"], check=True, capture_output=True)
    assert len(store.read(tmp_path / "rows")[0]) == len(small()) / 6


def test_two_jobs_of_one_name_are_refused():
    with pytest.raises(ValueError, match="jobs must have different names"):
        next(sweep.results(small() + small()[:1]))


def test_a_job_with_other_settings_than_its_row_is_refused(tmp_path):
    list(sweep.results(small()[:1], tmp_path))
    with pytest.raises(ValueError, match="with lr 0.5, the table with"):
        next(sweep.results(small(lr=0.5)[:1], tmp_path))


def test_sizes_come_from_one_ladder_and_most_occur_at_three_budgets():
    budgets = [1e9, 3e9, 1e10, 3e10, 1e11, 3e11, 1e12, 3e12]
    sizes = [hidden for c in budgets for hidden, _ in jobs.valley(c)]
    assert set(sizes) <= set(jobs.LADDER)
    assert np.median([sizes.count(h) for h in set(sizes)]) >= 3
    ratios = np.array(jobs.LADDER[3:][1:]) / jobs.LADDER[3:-1]
    np.testing.assert_allclose(ratios, 2**0.5, rtol=0.04)


def test_a_valley_keeps_to_the_corpus_and_to_400_symbols_per_parameter():
    for c in (1e8, 1e9, 3e12, 1e13):
        for hidden, n_tokens in jobs.valley(c, 15, n_max=9e6):
            assert n_tokens <= 9e6
            assert n_tokens <= 400 * 225 * hidden
            assert 6 * 225 * hidden * n_tokens == pytest.approx(c)
    assert jobs.valley(1e13, 9)[0][0] < 825 <= jobs.valley(1e13, 9, n_max=9e6)[0][0]


def test_the_cost_of_a_job_is_its_budget_whatever_the_shape():
    for job in small(context=4) + sweep.grid([1e9], corpus="hash", context=16):
        assert jobs.cost(job) == pytest.approx(job["budget_flop"])


def test_unknown_corpus_is_refused():
    with pytest.raises(ValueError, match="corpus must be one of stdlib, hash"):
        sweep.grid([1e9], corpus="bible")
