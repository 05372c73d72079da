import numpy as np
import pytest

from scalinglaws.runs import corpus, training
from scalinglaws.runs.training import Recipe

TIMING = ("seconds", "flop_per_s")
SETTINGS = Recipe.__dataclass_fields__


@pytest.fixture(scope="module")
def text():
    return corpus.stdlib(max_bytes=600_000)


def train(text, hidden, n_tokens, **changed):
    """Row and curve in one, of a recipe with some settings changed."""
    recipe = Recipe(**{name: changed.pop(name) for name in changed.keys() & SETTINGS.keys()})
    row, curve = training.train(text, hidden, n_tokens, recipe, **changed)
    return row | {"curve": curve}


def without_timing(run):
    return {key: value for key, value in run.items() if key not in TIMING}


def test_a_seed_fixes_the_run_and_another_changes_it(text):
    runs = [train(text, 8, 2e4, seed=s, n_held_out=2000) for s in (0, 0, 1)]
    assert without_timing(runs[0]) == without_timing(runs[1])
    assert runs[0]["loss"] != runs[2]["loss"]


def test_looking_on_the_way_does_not_change_the_run(text):
    plain = train(text, 8, 2e4, n_held_out=2000)
    watched = train(text, 8, 2e4, n_held_out=2000, evaluate_at=[1000, 5000, 20_000])
    assert watched["loss"] == plain["loss"]
    assert [point[1] for point in watched["curve"]] == [992, 4992, 20_000]
    assert watched["curve"][0][2] > watched["curve"][-1][2]


def test_longer_runs_of_one_size_end_lower(text):
    losses = [train(text, 16, n, n_held_out=20_000)["loss"] for n in (1e4, 4e4, 1.6e5, 5e5)]
    assert (np.diff(losses) < 0.02).all()
    assert losses[-1] < losses[0] - 0.2


def test_a_network_beats_the_frequencies_of_single_symbols(text):
    run = train(text, 16, 5e4, n_held_out=20_000)
    frequency = np.bincount(text.train, minlength=97) + 1.0
    unigram = -np.log(frequency / frequency.sum())[text.held_out].mean()
    assert run["loss"] < unigram - 0.5


def test_no_run_on_a_source_beats_its_entropy():
    source = corpus.hash_source(n_train=100_000, n_held_out=20_000)
    run = train(source, 32, 9e4)
    assert source.entropy < run["loss"] < np.log(64) - 0.5


def test_a_run_that_explodes_is_marked_and_has_no_loss(text):
    run = train(text, 8, 2e4, lr=1e4, n_held_out=2000)
    assert run["status"] == "diverged"
    assert np.isnan(run["loss"])


def test_a_run_that_is_not_finite_is_stopped_and_its_speed_is_of_what_was_done(text):
    run = train(text, 8, 4e5, lr=1e30, n_held_out=2000)
    assert run["status"] == "diverged"
    assert run["flop_per_s"] * run["seconds"] == pytest.approx(6 * run["n_params"] * training.BLOCK)


def test_a_run_may_have_a_single_step(text):
    run = train(text, 8, 20, n_held_out=2000)
    assert (run["steps"], run["n_tokens"], run["status"]) == (1, 32, "ok")


def test_the_bill_is_6nd_of_whole_batches(text):
    run = train(text, 8, 20_010, batch=64, n_held_out=2000)
    assert run["n_tokens"] == 313 * 64
    assert run["compute_flop"] == 6 * 1800 * 313 * 64
    assert run["unique_tokens"] == run["n_tokens"]
    assert run["epochs"] == 1


def positions(text, unique, steps, batch, seed=0):
    # Windows of a corpus whose symbols say where they are.
    marked = corpus.Corpus("count", np.arange(200, dtype=np.uint8), text.held_out, 256)
    return np.concatenate([w[:, 0] for w in training._blocks(marked, 8, seed, unique, steps, batch)])


def test_no_position_is_read_twice_within_an_epoch(text):
    seen = positions(text, 192, 12, 16)
    assert len(set(seen.tolist())) == 192


def test_repeated_data_is_the_same_positions_in_another_order(text):
    seen = positions(text, 48, 9, 16).reshape(3, 48)
    assert len({frozenset(epoch.tolist()) for epoch in seen}) == 1
    assert not (seen[0] == seen[1]).all()


def test_an_epoch_may_end_within_a_batch(text):
    seen = positions(text, 50, 25, 16)
    assert np.bincount(seen).max() == np.bincount(seen)[np.bincount(seen) > 0].min() == 8


def test_a_longer_run_reads_what_a_shorter_one_of_its_seed_read_first(text):
    np.testing.assert_array_equal(positions(text, 192, 4, 16), positions(text, 192, 12, 16)[:64])


def test_repetition_is_worth_less_than_fresh_data(text):
    again = train(text, 32, 1.2e5, unique_tokens=6000, n_held_out=20_000)
    fresh = train(text, 32, 1.2e5, n_held_out=20_000)
    assert (again["epochs"], again["unique_tokens"]) == (pytest.approx(20, rel=0.01), 6000)
    assert again["loss"] > fresh["loss"] + 0.1


def test_the_learning_rate_that_stays_up_ends_higher(text):
    down, up = (train(text, 32, 2e5, schedule=s, n_held_out=20_000)["loss"] for s in training.SCHEDULES)
    assert up > down + 0.02


def test_a_recipe_keeps_what_is_given_and_fills_in_the_rest_by_size_and_length():
    filled = Recipe(batch=np.int64(64), lr=0.1).filled(256, 3e6)
    assert (filled.batch, filled.lr, filled.lr_out_mult) == (64, 0.1, 0.25)
    assert type(filled.batch) is int
    short, long = Recipe().filled(16, 5e4), Recipe().filled(16, 1e7)
    assert (short.batch, short.lr, long.batch, long.lr) == (32, 0.018, 256, 0.025)
    assert short.lr_out_mult == long.lr_out_mult == 1


@pytest.mark.parametrize("schedule", training.SCHEDULES)
def test_the_rate_warms_up_to_the_peak_and_follows_the_schedule_to_the_end(schedule):
    rates = [training._rate(step, 2000, schedule) for step in range(1, 2001)]
    np.testing.assert_allclose(rates[:100], np.arange(1, 101) / 100)
    half, end = {"cosine": (0.5, 0.0), "constant": (1.0, 1.0)}[schedule]
    assert rates[1049] == pytest.approx(half)
    assert rates[-1] == pytest.approx(end, abs=1e-12)
    assert (np.diff(rates[99:]) <= 0).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden": 0}, "hidden must be a whole number of at least 1, got 0"),
        ({"n_tokens": float("nan")}, "n_tokens must be positive"),
        ({"lr": -1}, "lr must be positive"),
        ({"beta2": 1}, "beta2 must be between 0 and 1"),
        ({"n_held_out": 0.5}, "n_held_out must be a whole number"),
        ({"schedule": "linear"}, "schedule must be one of cosine, constant"),
        ({"unique_tokens": 3}, "training positions, got 3"),
    ],
)
def test_bad_input_is_refused_by_name(text, change, message):
    with pytest.raises(ValueError, match=message):
        train(text, **({"hidden": 4, "n_tokens": 1e4} | change))
