import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from scalinglaws import data
from scalinglaws.data import load
from scalinglaws.runs import corpus, store
from scalinglaws.runs.jobs import Job
from scalinglaws.runs.training import Recipe


@pytest.fixture(scope="module")
def done():
    text = corpus.stdlib(max_bytes=300_000)
    return Job("isoflop", 4, 5000, corpus=text, curve=True, recipe=Recipe(n_held_out=1000)).run()


@pytest.fixture
def path(tmp_path, done):
    path = tmp_path / "new folder" / "runs.sqlite"
    for i in range(3):
        store.add_run(path, done[0] | {"run_id": f"r{i}"}, done[1])
    return path


def test_what_is_written_is_read_back(path, done):
    rows, points = store.read_runs(path)
    assert [row.pop("run_id") for row in rows] == ["r0", "r1", "r2"]
    for row in rows:
        assert row.keys() == done[0].keys() - {"run_id"}
        assert repr(row) == repr({name: done[0][name] for name in row})  # kind of number and every digit; NaN too
    assert [tuple(point.values()) for point in points] == [(f"r{i}", *point) for i in range(3) for point in done[1]]


def test_a_run_is_kept_with_its_whole_curve_or_not_at_all(path, done):
    before = store.read_runs(path)
    for row, curve in (({}, [(1, 32, 2.5), (2, 64, object())]), ({"loss": object()}, done[1])):
        with pytest.raises(sqlite3.Error):
            store.add_run(path, done[0] | {"run_id": "r3"} | row, curve)
        assert repr(store.read_runs(path)) == repr(before)


def test_what_a_killed_process_left_half_written_is_undone(path, done, tmp_path):
    before = store.read_runs(path)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA cache_size = 1")  # so small that pages reach the file before the run is complete
        store._insert(db, "runs", [[(done[0] | {"run_id": "r3"})[name] for name in store.COLUMNS]])
        store._insert(db, "curves", [("r3", step, 32 * step, 2.5) for step in range(2000)])
        for file in path.parent.iterdir():  # the store and its journal, as they are when the power fails
            shutil.copy(file, tmp_path / file.name)
        db.rollback()
    assert (tmp_path / path.name).stat().st_size > path.stat().st_size
    assert repr(store.read_runs(tmp_path / path.name)) == repr(before)


def test_a_run_done_twice_is_kept_once(path, done):
    before = store.read_runs(path)
    store.add_run(path, done[0] | {"run_id": "r1"}, done[1])
    assert repr(store.read_runs(path)) == repr(before)


def test_a_damaged_store_is_refused_wherever_it_is_cut(path):
    whole = path.read_bytes()
    for cut in np.random.default_rng(0).integers(1, len(whole), 20):
        path.write_bytes(whole[:cut])
        with pytest.raises(ValueError, match="path must be a store .* undamaged"):
            store.read_runs(path)


def test_a_store_of_other_columns_and_a_file_that_is_none_are_refused(path, tmp_path):
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE runs ADD COLUMN colour")
    (tmp_path / "runs.csv").write_text("a,b\n1,2\n" * 100)
    for other in (path, tmp_path / "runs.csv"):
        with pytest.raises(ValueError, match="path must be a store with the columns of this version"):
            store.read_runs(other)


def test_published_tables_name_their_source_and_keep_the_wanted_order(tmp_path, path):
    assert store.publish(path, tmp_path, ["r2", "r0"]) == 2
    lines = (tmp_path / "runs.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["run_id", "r2", "r0"]
    assert all(line.endswith("measured_here") for line in lines[1:])
    points = (tmp_path / "curves.csv").read_text().splitlines()[1:]
    assert [line.split(",")[0] for line in points] == ["r2"] * (len(points) // 2) + ["r0"] * (len(points) // 2)
    assert len(points) > 20


def test_shipped_rows_that_are_kept_and_published_are_the_shipped_lines(tmp_path, done):
    shipped, curves, names = Path(data.__file__).parent / "tables", load("curves"), []
    for row in list(load("runs"))[::40]:
        mine = curves.where(curves["run_id"] == row["run_id"])
        points = [(int(point["step"]), int(point["n_tokens_seen"]), point["loss"]) for point in mine]
        kinds = {name: type(done[0][name]) for name in store.COLUMNS}
        row = {name: kinds[name](row[name]) for name in store.COLUMNS}
        store.add_run(tmp_path / "some", row, points)
        names.append(row["run_id"])
    assert store.publish(tmp_path / "some", tmp_path, names) == len(names)
    for file in ("runs.csv", "curves.csv"):
        head, *lines = (shipped / file).read_text().splitlines()
        wanted = [line for line in lines if line.split(",")[0] in names]
        assert (tmp_path / file).read_text().splitlines() == [head, *wanted]
