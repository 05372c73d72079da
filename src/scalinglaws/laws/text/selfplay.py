"""When generated data does help: learning Nim from games against oneself, because the rules say who won.

Nim: heaps of stones, two players; take any number from one heap; who takes the last stone wins. Perfect play is known
(leave heaps whose binary digits cancel; Bouton 1901), so that the strength of a player is computed, not estimated.
"""

from itertools import product

import numpy as np

from scalinglaws.check import one_of, share, whole

_CONTRAST = 20  # a self-taught player plays each move in proportion to (its rate of wins)^20
_MEMORY = 0.9  # what a generation's games count one generation later


class Nim:
    """The game, small enough to hold as tables. Players are arrays of shape (n_positions, n_moves) of probabilities.

    Parameters
    ----------
    heaps : sequence of int
        Stones in each heap at the start; at most 2000 positions.

    Attributes
    ----------
    after : ndarray of int, shape (n_positions, n_moves)
        Position after a move, -1 where it is not allowed. Position 0 has no stones left.
    right : ndarray of bool, shape (n_positions, n_moves)
        Moves of perfect play; none in a lost position.
    won : ndarray of bool, shape (n_positions,)
        Positions in which the player to move wins with perfect play.

    Examples
    --------
    >>> game = Nim()
    >>> round(game.strength(game.random()), 3), round(game.strength(game.weak(1.0)), 3)
    (0.165, 1.0)
    """

    def __init__(self, heaps=(3, 4, 5)):
        heaps = [whole("heaps", heap) for heap in heaps]
        if not heaps or np.prod(np.add(heaps, 1)) > 2000:
            raise ValueError(f"heaps must be at least one and give at most 2000 positions, got {heaps}")
        positions = np.array(list(product(*(range(heap + 1) for heap in heaps))))
        moves = [(heap, take) for heap, size in enumerate(heaps) for take in range(1, size + 1)]
        place = np.cumprod([1, *(heap + 1 for heap in heaps[:0:-1])])[::-1]
        index = np.arange(len(positions))
        self.after = np.stack(
            [np.where(positions[:, h] >= take, index - take * place[h], -1) for h, take in moves], axis=1
        )
        self.allowed = self.after >= 0
        digits = np.bitwise_xor.reduce(positions, axis=1)
        self.won = digits != 0
        self.right = self.allowed & self.won[:, None] & (digits[self.after] == 0)
        self._order = np.argsort(positions.sum(axis=1), kind="stable")

    def random(self):
        """Return the player who picks any allowed move."""
        return _normalised(self.allowed)

    def weak(self, skill):
        """Return the player who plays perfectly with probability `skill`, else picks any allowed move."""
        skill = share("skill", skill, closed=True)
        perfect = np.where(self.right.any(axis=1, keepdims=True), _normalised(self.right), self.random())
        return skill * perfect + (1 - skill) * self.random()

    def strength(self, player):
        """Return how often a player wins from a won position against a perfect opponent, exactly.

        It is the average over all won positions. The opponent picks any move where it is lost.
        """
        wins, other = np.zeros(len(self.won)), self.random()
        wins[0] = 1.0  # no stones left: the player took the last
        for position in self._order[1:]:
            replies = wins[self.after[position]]
            if self.won[position]:
                keep = self.right[position]
                wins[position] = player[position, keep] @ replies[keep]
            else:  # the opponent to move: what the player makes of it
                wins[position] = other[position] @ np.where(self.allowed[position], replies, 0)
        return float(wins[self.won].mean())

    def play(self, player, n_games, seed=0):
        """Let a player play `n_games` games against itself from random positions, all at once.

        Returns positions, moves and winner, each of shape (n_plies,): all plies of all games, and whether who moved won
        the game.

        >>> game = Nim()
        >>> positions, moves, winner = game.play(game.random(), 1000)
        >>> bool(game.allowed[positions, moves].all()), bool(0.45 < winner.mean() < 0.6)
        (True, True)
        """
        rng = np.random.default_rng(seed)
        position = rng.integers(1, len(self.won), whole("n_games", n_games))
        running, cumulated = np.arange(len(position)), player.cumsum(axis=1)
        plies = []
        while running.size:
            draw = rng.random((running.size, 1)) * cumulated[position, -1:]
            move = (draw >= cumulated[position]).sum(axis=1)
            plies.append((position, move, running))
            position = self.after[position, move]
            running, position = running[position > 0], position[position > 0]
        positions, moves, games = (np.concatenate(column) for column in zip(*plies, strict=True))
        number = np.concatenate([np.full(len(ply[0]), i) for i, ply in enumerate(plies)])
        return positions, moves, (np.bincount(games)[games] - number) % 2 == 1

    def learn(self, data, n_games=500, n_generations=40, seed=0, skill=0.3, start=None):
        """Learn from games, generation after generation.

        `data` says from which: imitate, of weak players (see `weak`), whose moves are copied; copy, against itself,
        whose moves are copied; judged, against itself, of which it is told who won. `start` is the first player of copy
        and judged, by default the random one. Returns strengths, shape (n_generations + 1,), and the last player.

        Move by move, a copy is on average what it copies: its own samples teach a model nothing, only lose. A judged
        game holds one bit that the player did not have. Bits add up from the last moves of the game to the first.

        >>> game = Nim()
        >>> for data in ["imitate", "copy", "judged"]:
        ...     strengths, player = game.learn(data)
        ...     print(data, strengths[[0, 5, 40]].round(2))
        imitate [0.17 0.33 0.33]
        copy [0.17 0.14 0.15]
        judged [0.17 0.74 1.  ]
        """
        one_of("data", data, ["imitate", "copy", "judged"])
        rng = np.random.default_rng(seed)
        player = self.random() if start is None else np.asarray(start, dtype=float)
        strengths, wins, plays = [self.strength(player)], 0.0, 0.0
        for _ in range(whole("n_generations", n_generations)):
            positions, moves, winner = self.play(self.weak(skill) if data == "imitate" else player, n_games, rng)
            wins = _MEMORY * wins + self._count(positions, moves, winner)
            plays = _MEMORY * plays + self._count(positions, moves)
            rate = (wins + 1) / (plays + 2)
            player = _normalised(self.allowed * rate**_CONTRAST if data == "judged" else plays + self.random())
            strengths.append(self.strength(player))
        return np.array(strengths), player

    def _count(self, positions, moves, weights=None):
        cells = positions * self.after.shape[1] + moves
        return np.bincount(cells, weights, minlength=self.after.size).reshape(self.after.shape)


def _normalised(weights):
    weights = np.asarray(weights, dtype=float)
    return weights / np.maximum(weights.sum(axis=1, keepdims=True), np.finfo(float).tiny)
