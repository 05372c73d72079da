import inspect
import zipfile

import numpy as np
import pytest

from scalinglaws.data import constant, load
from scalinglaws.runs import corpus, jobs


@pytest.fixture
def folder(tmp_path):
    texts = {f"part{i}/m{i}.py": f"# module {i}\n" * (40 + i) for i in range(20)}
    texts |= {"test/t.py": "no\n" * 999, "encodings/cp1.py": "no\n" * 999, "a/site-packages/b.py": "no\n" * 999}
    texts |= {"_sysconfigdata_x.py": "no\n" * 999, "notes.txt": "no\n" * 999, "big.py": "y = 1\n" * 20_000}
    for name, text in texts.items():
        path = tmp_path / "lib" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "lib"


def test_every_byte_has_one_of_97_symbols_and_printable_ones_are_told_apart():
    every = corpus.symbols(bytes(range(256)))
    assert set(every.tolist()) == set(range(97))
    assert len(set(every[32:127].tolist())) == 95
    assert every[10] == 95
    assert set(every[127:].tolist()) == {96}


def test_a_folder_and_a_zip_of_it_are_the_same_corpus(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "lib.zip", "w") as archive:
        for path in folder.rglob("*.*"):
            archive.write(path, path.relative_to(folder).as_posix())
    a, b = corpus.stdlib(str(folder)), corpus.stdlib(str(tmp_path / "lib.zip"))
    assert a.sha256 == b.sha256
    np.testing.assert_array_equal(a.train, b.train)


def test_tests_packages_and_generated_files_are_left_out(folder):
    text = corpus.stdlib(str(folder))
    assert b"no\n" not in bytes(text.train) + bytes(text.held_out)
    kept = sum(len(p.read_bytes()) for p in folder.rglob("m*.py")) + 20_000 * 6
    assert len(text.train) + len(text.held_out) == kept


def test_whole_files_are_held_out_and_none_of_them_large(folder):
    held_out = corpus.stdlib(str(folder), held_out=0.02).held_out
    files = [corpus.symbols(p.read_bytes()) for p in folder.rglob("m*.py")]
    whole = [f for f in files if bytes(f) in bytes(held_out)]
    assert sum(map(len, whole)) == len(held_out)
    assert len(held_out) >= 0.02 * 120_000


def test_another_seed_is_another_split_and_the_same_seed_the_same(folder):
    assert corpus.stdlib(str(folder), seed=1).sha256 != corpus.stdlib(str(folder)).sha256
    again = corpus.stdlib.__wrapped__(str(folder))
    assert again.sha256 == corpus.stdlib(str(folder)).sha256


def test_too_few_files_are_refused(tmp_path):
    (tmp_path / "one.py").write_text("x = 1\n")
    with pytest.raises(ValueError, match="place must hold enough"):
        corpus.stdlib(str(tmp_path))


def test_the_running_library_is_long_enough_for_the_largest_run_of_a_budget_of_1e12():
    assert len(corpus.stdlib().train) > 4.2e6


def test_the_sources_are_as_the_plan_takes_them_to_be():
    assert len(corpus.hash_source(n_train=1000, n_held_out=20).train) == 1000
    assert inspect.signature(corpus.hash_source).parameters["n_train"].default > jobs.LENGTH["hash"]
    assert np.unique(corpus.hash_source(n_train=20_000, n_held_out=20).train).size == jobs.ALPHABET["hash"]
    assert corpus.stdlib(max_bytes=200_000).n_symbols == jobs.ALPHABET["stdlib"]


def test_unknown_corpus_is_named():
    with pytest.raises(ValueError, match="stdlib, hash, got 'book'"):
        corpus.named("book")


def true_distribution(context):
    zipf = np.arange(1, 65) ** -1.2
    chances = 0.30 * zipf / zipf.sum()
    edges = np.cumsum(zipf / zipf.sum())[:-1]
    for order, weight in enumerate(corpus.ORDERS, 1):
        packed = int.from_bytes(bytes(context[-order:]), "big")
        chances[np.searchsorted(edges, ((corpus._mixed(packed, order) & 0xFFFF) + 0.5) / 65536)] += weight
    return chances


def test_the_entropy_of_the_hash_source_is_the_mean_entropy_of_its_own_rule():
    source = corpus.hash_source(n_train=1000, n_held_out=3000)
    stream = np.concatenate([source.train, source.held_out])
    each = [true_distribution(stream[t - 4 : t]) for t in range(1000, 4000)]
    np.testing.assert_allclose(np.sum(each, axis=1), 1)
    exact = np.mean([-(p * np.log(p)).sum() for p in each])
    assert source.entropy == pytest.approx(exact, abs=1e-12)


@pytest.mark.weekly
def test_the_whole_hash_source_is_that_of_the_shipped_runs_and_of_the_constants():
    source, runs = corpus.hash_source(), load("runs")
    assert set(runs["corpus_sha256"][runs["corpus"] == "hash"]) == {source.sha256}
    assert source.entropy == pytest.approx(constant("hash_source.entropy"), abs=1e-12)


def test_the_rule_itself_reaches_the_entropy_on_what_the_source_emits():
    source = corpus.hash_source(n_train=1000, n_held_out=20_000, seed=3)
    stream = np.concatenate([source.train, source.held_out])
    losses = [-np.log(true_distribution(stream[t - 4 : t])[stream[t]]) for t in range(1000, 21_000)]
    assert abs(np.mean(losses) - source.entropy) < 4 * np.std(losses) / np.sqrt(len(losses))


def test_the_entropy_hardly_depends_on_the_seed():
    a, b = (corpus.hash_source(n_train=1000, n_held_out=200_000, seed=s).entropy for s in (0, 1))
    assert a == pytest.approx(b, abs=0.005)
