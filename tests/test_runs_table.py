import pytest

from scalinglaws.runs import corpus, store, sweep


@pytest.fixture(scope="module")
def done():
    job = sweep.spec("isoflop", 4, 5000, corpus=corpus.stdlib(max_bytes=300_000), curve=True, n_held_out=1000)
    return sweep.run_one(job)


@pytest.fixture
def kept(tmp_path, done):
    kept = store.Store(tmp_path)
    for i in range(3):
        kept.add(done[0] | {"run_id": f"r{i}"}, done[1])
    return kept


def test_what_is_written_is_read_back(tmp_path, kept, done):
    rows, points = store.read(tmp_path)
    assert [row["run_id"] for row in rows] == ["r0", "r1", "r2"]
    assert rows[0]["loss"] == pytest.approx(done[0]["loss"], abs=1e-6)
    assert rows[0]["n_tokens"] == done[0]["n_tokens"]
    assert rows[0]["budget_flop"] != rows[0]["budget_flop"]
    assert len(points) == 3 * len(done[1])


def test_a_table_cut_anywhere_gives_only_whole_rows(tmp_path, kept):
    whole = (tmp_path / "runs.csv").read_bytes()
    first = whole.splitlines(keepends=True)[0]
    for cut in range(len(first), len(whole) + 1):
        (tmp_path / "runs.csv").write_bytes(whole[:cut])
        rows = store.read(tmp_path)[0]
        assert [row["run_id"] for row in rows] == ["r0", "r1", "r2"][: whole[len(first) : cut].count(b"\n")]
    for cut in range(len(first)):
        (tmp_path / "runs.csv").write_bytes(whole[:cut])
        assert store.read(tmp_path) == ([], [])


def test_opening_cuts_off_what_was_left_half_written(tmp_path, kept, done):
    whole = (tmp_path / "runs.csv").read_text()
    (tmp_path / "runs.csv").write_text(whole[:-7])
    again = store.Store(tmp_path)
    assert set(again.done) == {"r0", "r1"}
    again.add(done[0] | {"run_id": "r2"}, done[1])
    assert (tmp_path / "runs.csv").read_text() == whole


def test_a_curve_without_its_run_is_not_read_and_not_kept_twice(tmp_path, kept, done):
    curves = (tmp_path / "curves.csv").read_text()
    (tmp_path / "runs.csv").write_text("".join((tmp_path / "runs.csv").read_text().splitlines(keepends=True)[:-1]))
    assert {point["run_id"] for point in store.read(tmp_path)[1]} == {"r0", "r1"}
    store.Store(tmp_path).add(done[0] | {"run_id": "r2"}, done[1])
    assert (tmp_path / "curves.csv").read_text() == curves


def test_a_table_of_other_columns_is_refused(tmp_path):
    (tmp_path / "runs.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="columns of this version"):
        store.read(tmp_path)


def test_published_tables_name_their_source_and_keep_the_wanted_order(tmp_path, kept):
    out = tmp_path / "out"
    out.mkdir()
    assert store.publish(tmp_path, out, ["r2", "r0"]) == 2
    lines = (out / "runs.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["run_id", "r2", "r0"]
    assert all(line.endswith("measured_here") for line in lines[1:])
    assert (out / "curves.csv").read_text().count("\nr0,") > 10
