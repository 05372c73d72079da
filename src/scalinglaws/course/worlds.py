"""Hidden truths of the budget game: what a training run returns, and what the best use of a budget would have been.

A world has a law of the loss that only its score may know. The simulated ones are drawn from a seed:

    chinchilla  E + A / N^alpha + B / D^beta, constants around the published fits
    kaplan      [(N_c / N)^(alpha_N / alpha_D) + D_c / D]^alpha_D, which has no floor
    kink        the first, with a steeper size term below some size: small runs draw a line that does not go on
    tuning      the first, with a learning rate and a batch whose best values move with size and data

The best tokens per parameter at the target are drawn between 4 and 200, so no rule of thumb wins. In the first three the
given recipe is the best at every size; in the fourth at the smallest sizes alone, and a loss grows with the squares of
the logarithms of rate and batch over their best. A rate eight times over the best diverges. Runs scatter as the course's
own do (`seed_noise`), each by its own draw. `measured` is the course's own sweep.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from typing import NamedTuple

import numpy as np

from scalinglaws.check import one_of
from scalinglaws.data import load
from scalinglaws.laws.training.chinchilla import chinchilla_loss
from scalinglaws.laws.training.flops import training_flop
from scalinglaws.laws.training.kaplan import joint_loss

FAMILIES = ("chinchilla", "kaplan", "kink", "tuning")
_RATE, _BATCH = 3e-3, 2**16  # the given recipe: learning rate, tokens in a batch
_DIVERGES = 8.0  # a learning rate so many times over the best
_LEAST_PARAMS, _LEAST_TOKENS = 10**6, 10**6
_NEAR = 0.01  # how far 6ND may be from a measured budget, as a share of it


class Order(NamedTuple):
    """What a run is: parameters, training tokens, learning rate, tokens in a batch."""

    n_params: int
    n_tokens: int
    learning_rate: float
    batch_size: int


class Refused(ValueError):
    """A run that the service does not make; nothing is charged."""


@cache
def seed_noise():
    """Return the standard deviation of the log of the loss between seeds of a run, pooled over the course's sweep."""
    parts = [np.log(losses) for losses in _measured_losses().values() if len(losses) > 1]
    squares = sum(((part - part.mean()) ** 2).sum() for part in parts)
    return float(np.sqrt(squares / sum(len(part) - 1 for part in parts)))


def world(family, seed=0):
    """Return the world of a family, drawn from a seed; `any` draws the family, too; `measured` has no seed.

    >>> world("kink", 3).target_flop
    1e+20
    """
    one_of("family", family, [*FAMILIES, "any", "measured"])
    if family == "measured":
        return Measured()
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueError(f"seed must be a whole number of at least 0, got {seed!r}")
    if family == "any":
        family = FAMILIES[int.from_bytes(sha256(f"family {seed}".encode()).digest()[:8], "big") % len(FAMILIES)]
    return Simulated(family, seed)


@dataclass(frozen=True)
class Simulated:
    """A world of one of the `FAMILIES`, drawn from a seed of any length. Losses are in nats per token."""

    family: str
    seed: int
    target_flop = 1e20
    slack = 1e-6  # of the target, for rounding
    share = 0.01  # of the target that may be spent on exploring
    recipe = (_RATE, _BATCH)
    noise = property(lambda self: seed_noise())

    @cached_property
    def _law(self):
        rng = np.random.default_rng([FAMILIES.index(self.family), self.seed])
        ratio, nd = np.exp(rng.uniform(np.log(4), np.log(200))), self.target_flop / 6
        n_best, d_best = np.sqrt(nd / ratio), np.sqrt(nd * ratio)
        if self.family == "kaplan":
            alpha_N, alpha_D = rng.uniform(0.06, 0.09), rng.uniform(0.08, 0.11)
            power, total = alpha_N / alpha_D, rng.uniform(2.1, 2.7) ** (1 / alpha_D)
            # At the best size the term of the tokens is `power` times that of the size.
            n_c, d_c = n_best * (total / (1 + power)) ** (1 / power), d_best * total * power / (1 + power)
            return {"theta": (alpha_N, alpha_D, n_c, d_c)}
        floor, above = rng.uniform(1.5, 2.0), rng.uniform(0.5, 0.9)
        alpha, beta = rng.uniform(0.29, 0.40, 2)
        size, data = above * beta / (alpha + beta), above * alpha / (alpha + beta)
        law = {"theta": (floor, size * n_best**alpha, data * d_best**beta, alpha, beta)}
        law["kink"] = n_best / rng.uniform(250, 600), alpha * rng.uniform(0.5, 1.0)
        law["moves"] = rng.uniform(0.15, 0.28), rng.uniform(0.2, 0.4)
        return law

    def best_recipe(self, n_params, n_tokens):
        """Return the best learning rate and batch of a size and its tokens."""
        if self.family != "tuning":
            return self.recipe
        rate, batch = self._law["moves"]
        return _RATE * (n_params / _LEAST_PARAMS) ** -rate, _BATCH * (n_tokens / (20 * _LEAST_TOKENS)) ** batch

    def tuned_loss(self, n_params, n_tokens):
        """Return the expected loss with the best learning rate and batch."""
        if self.family == "kaplan":
            return joint_loss(n_params, n_tokens, *self._law["theta"])
        loss = chinchilla_loss(n_params, n_tokens, *self._law["theta"])
        if self.family == "kink":
            (_, size, _, alpha, _), (at, steeper) = self._law["theta"], self._law["kink"]
            loss = loss + size / n_params**alpha * (np.maximum(at / n_params, 1.0) ** steeper - 1)
        return loss

    def loss(self, run):
        """Return the expected loss of a run, infinite if it diverges."""
        rate, batch = self.best_recipe(run.n_params, run.n_tokens)
        if run.learning_rate > _DIVERGES * rate:
            return np.inf
        off = 0.05 * np.log(run.learning_rate / rate) ** 2 + 0.03 * np.log(run.batch_size / batch) ** 2
        loss = self.tuned_loss(run.n_params, run.n_tokens)
        return float(loss + (loss - (0 if self.family == "kaplan" else self._law["theta"][0])) * off)

    def drawn(self, run, seed):
        """Return the loss that a run gives with a seed: the expected one, and scatter that is its own."""
        text = f"{self.family} {self.seed} {tuple(run)} {seed}"
        rng = np.random.default_rng(int.from_bytes(sha256(text.encode()).digest(), "big"))
        return float(self.loss(run) * np.exp(rng.normal(0, self.noise)))

    def check(self, run, seed, target=False):
        """Raise `Refused`, with the reason, for a run that cannot be made."""
        if run.n_params < _LEAST_PARAMS or run.n_tokens < _LEAST_TOKENS:
            raise Refused(f"n_params and n_tokens must be at least {_LEAST_PARAMS:,} and {_LEAST_TOKENS:,}")
        if run.batch_size > run.n_tokens:
            raise Refused(f"batch_size must be at most n_tokens {run.n_tokens:,}, got {run.batch_size:,}")

    def optimum(self, compute_flop):
        """Return the best size at a budget, and its expected loss."""
        sizes = np.geomspace(_LEAST_PARAMS, compute_flop / 6 / _LEAST_TOKENS, 1501)
        losses = self.tuned_loss(sizes, compute_flop / 6 / sizes)
        return float(sizes[losses.argmin()]), float(losses.min())

    def compute_for(self, loss):
        """Return the compute in FLOP that the best use would have needed for a loss, at most the target."""
        low, high = np.log(6e13), np.log(self.target_flop)
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if self.optimum(np.exp(middle))[1] > loss else (low, middle)
        return float(np.exp(high))


@cache
def _measured_rows():
    runs = load("runs")
    return runs.where((runs["kind"] == "isoflop") & (runs["corpus"] == "stdlib") & (runs["status"] == "ok"))


@cache
def _measured_losses():
    """Losses of the seeds by budget and size, 66 of them."""
    places = {}
    for row in _measured_rows():
        places.setdefault((int(row["budget_flop"]), int(row["n_params"])), []).append(float(row["loss"]))
    return {place: np.array(losses) for place, losses in places.items()}


@cache
def _measured_recipes():
    """Learning rate and batch by budget and size."""
    rows = _measured_rows()
    return {(int(row["budget_flop"]), int(row["n_params"])): (float(row["lr"]), int(row["batch"])) for row in rows}


@dataclass(frozen=True)
class Measured:
    """The course's own sweep as a world: budgets, seeds and recipes as they were run, sizes interpolated between them.

    Losses are in nats per character; a token is a character, a batch is counted in examples.
    """

    family = "measured"
    seed = 0
    target_flop = 3e12
    slack = _NEAR
    share = 0.1
    recipe = (None, None)  # as it was run
    noise = property(lambda self: seed_noise())

    def _valley(self, run):
        """The log sizes, losses by seed and recipes of the budget of a run."""
        flop = training_flop(run.n_params, run.n_tokens)
        budgets = sorted({budget for budget, _ in _measured_losses()})
        near = [budget for budget in budgets if abs(flop / budget - 1) <= _NEAR]
        if not near:
            names = ", ".join(f"{budget:.0e}" for budget in budgets)
            raise Refused(f"6 N D must be within 1 % of a budget that was run ({names}), got {flop:.4g}")
        return near[0], sorted(size for budget, size in _measured_losses() if budget == near[0])

    def filled(self, run):
        """Return the run with the learning rate and batch of the measured run next to it."""
        budget, sizes = self._valley(run)
        nearest = min(sizes, key=lambda size: abs(np.log(size / run.n_params)))
        return Order(run.n_params, run.n_tokens, *_measured_recipes()[budget, nearest])

    def check(self, run, seed, target=False):
        """Raise `Refused`, with the reason, for a run that was not made or is not between two that were."""
        budget, sizes = self._valley(run)
        if not sizes[0] <= run.n_params <= sizes[-1]:
            raise Refused(f"n_params must be within the sizes run at {budget:.0e}, {sizes[0]:,.0f} to {sizes[-1]:,.0f}")
        if (run.learning_rate, run.batch_size) != (filled := self.filled(run))[2:]:
            raise Refused(
                f"at this size and budget, learning_rate and batch_size were {filled[2]} and {filled[3]} only"
            )
        if not target and seed >= min(len(_measured_losses()[budget, size]) for size in sizes):
            raise Refused(f"seed must be one that was run at {budget:.0e}, from 0 on, got {seed}")

    def _between(self, run, pick):
        budget, sizes = self._valley(run)
        return _through_three(sizes, [pick(_measured_losses()[budget, size]) for size in sizes], run.n_params)

    def loss(self, run):
        """Return the mean over seeds, between sizes by the parabola through the nearest three."""
        return self._between(run, np.mean)

    def drawn(self, run, seed):
        """Return the loss of a seed, between sizes by the parabola through the nearest three."""
        return self._between(run, lambda losses: losses[seed])

    def optimum(self, compute_flop):
        """Return the best size at a measured budget, and its loss."""
        sizes = sorted(size for budget, size in _measured_losses() if budget == compute_flop)
        grid = np.geomspace(sizes[0], sizes[-1], 801)
        means = [_measured_losses()[compute_flop, size].mean() for size in sizes]
        losses = [_through_three(sizes, means, size) for size in grid]
        return float(grid[np.argmin(losses)]), float(min(losses))

    def compute_for(self, loss):
        """Return the compute for a loss on the line through the bottoms of the budgets, at most the target."""
        budgets = sorted({budget for budget, _ in _measured_losses()})
        bottoms = [self.optimum(budget)[1] for budget in budgets]
        return float(np.exp(np.interp(-np.log(loss), -np.log(bottoms), np.log(budgets))))


def _through_three(sizes, losses, size):
    x = np.log(np.array(sizes) / size)
    near = np.sort(np.argsort(np.abs(x), kind="stable")[:3])
    return float(sum(losses[i] * np.prod([x[j] / (x[j] - x[i]) for j in near if j != i]) for i in near))
