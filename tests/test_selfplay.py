from functools import cache

import numpy as np
import pytest

from scalinglaws.laws.text.selfplay import Nim


@pytest.fixture(scope="module")
def game():
    return Nim()


def test_won_positions_are_those_that_a_search_finds(game):
    @cache
    def wins(position):
        return any(not wins(after) for after in game.after[position] if after >= 0)

    assert [wins(position) for position in range(len(game.won))] == game.won.tolist()


def test_right_moves_lead_to_lost_positions_and_exist_where_won(game):
    np.testing.assert_array_equal(game.right.any(axis=1), game.won)
    assert not game.won[game.after[game.right]].any()
    wrong = game.allowed & ~game.right
    assert game.won[game.after[wrong & game.won[:, None]]].all()


def test_a_move_takes_stones_from_one_heap():
    game = Nim((2, 1))  # positions 00 01 10 11 20 21
    assert game.after.tolist()[5] == [3, 1, 4] and game.after.tolist()[0] == [-1, -1, -1]


def test_strength_is_what_many_games_against_perfect_play_give(game):
    rng = np.random.default_rng(0)
    player, perfect, other = game.weak(0.5), game.weak(1.0), game.random()
    won = 0
    starts = rng.choice(np.flatnonzero(game.won), 4000)
    for position in starts:
        mine = True
        while position:
            if mine:
                odds = player[position]
            else:
                odds = perfect[position] if game.won[position] else other[position]
            position = game.after[position, rng.choice(len(odds), p=odds)]
            if not position:
                won += mine
            mine = not mine
    assert won / 4000 == pytest.approx(game.strength(player), abs=0.03)


def test_strength_rises_with_skill_from_random_to_perfect(game):
    strengths = [game.strength(game.weak(skill)) for skill in np.linspace(0, 1, 11)]
    assert np.all(np.diff(strengths) > 0) and strengths[-1] == pytest.approx(1)
    assert strengths[0] == game.strength(game.random())


def test_winner_is_who_took_the_last_stone(game):
    positions, moves, winner = game.play(game.random(), 500, seed=2)
    last = game.after[positions, moves] == 0
    assert last.sum() == 500 and winner[last].all()
    before_last = np.isin(game.after[positions, moves], positions[last]) & ~last
    assert before_last.any() and winner.mean() < 0.65


@pytest.mark.parametrize("seed", range(4))
def test_judged_games_lead_to_perfect_play_from_random(game, seed):
    strengths, _ = game.learn("judged", seed=seed)
    assert strengths[0] < 0.2 and strengths[-1] > 0.98


@pytest.mark.parametrize("seed", range(4))
def test_imitation_ends_at_the_strength_of_those_it_imitates(game, seed):
    strengths, _ = game.learn("imitate", seed=seed)
    assert strengths[-1] == pytest.approx(game.strength(game.weak(0.3)), abs=0.03)
    more, _ = game.learn("imitate", n_games=5000, seed=seed)
    assert more[-1] == pytest.approx(game.strength(game.weak(0.3)), abs=0.015)


@pytest.mark.parametrize("seed", range(4))
def test_copying_ones_own_games_teaches_nothing(game, seed):
    strengths, _ = game.learn("copy", n_generations=80, seed=seed)
    assert strengths.max() < 0.25
    weak, _ = game.learn("copy", seed=seed, start=game.weak(0.3))
    assert weak[-1] < 0.45


def test_players_are_probabilities_of_allowed_moves(game):
    for player in (
        game.random(),
        game.weak(0.3),
        *(game.learn(data, 100, 3)[1] for data in ("imitate", "copy", "judged")),
    ):
        np.testing.assert_allclose(player[1:].sum(axis=1), 1)
        assert np.all(player[~game.allowed] == 0)


def test_same_seed_same_lesson(game):
    first, again, other = (game.learn("judged", 50, 5, seed=seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda game: Nim(()), "heaps"),
        (lambda game: Nim((0, 3)), "heaps"),
        (lambda game: Nim((50, 50, 50)), "heaps"),
        (lambda game: game.weak(1.5), "skill"),
        (lambda game: game.learn("guess"), "judged"),
        (lambda game: game.learn("copy", n_games=0), "n_games"),
        (lambda game: game.learn("copy", n_generations=0), "n_generations"),
    ],
)
def test_bad_input_is_named(game, make, message):
    with pytest.raises(ValueError, match=message):
        make(game)


def test_a_game_may_have_exactly_2000_positions_and_not_one_more():
    assert Nim((19, 99)).won.shape == (2000,)
    with pytest.raises(ValueError, match="at most 2000"):
        Nim((28, 68))  # 2001
