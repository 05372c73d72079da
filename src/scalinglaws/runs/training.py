"""Train one small language model for a given number of symbols, and say what it reached.

`corpus` is a Corpus, `hidden` the width of the hidden layer, `n_tokens` the number of symbols to predict in training,
rounded to whole batches, and `seed` that of the starting weights, of the positions that are read and of their order:
runs of one seed read the same positions in the same order as far as they go.
"""

import math
import time
from dataclasses import asdict, dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from scalinglaws.check import number, one_of, share, whole
from scalinglaws.laws.training.flops import training_flop
from scalinglaws.runs.network import Adam, Network, n_params

SCHEDULES = ("cosine", "constant")
BLOCK = 1 << 15  # symbols whose contexts are gathered at once
CHECKS = {"lr": number, "lr_out_mult": number, "beta2": share, "unique_tokens": whole, "n_held_out": whole}
CHECKS |= {"context": whole, "d_embed": whole, "batch": whole}


@dataclass(frozen=True)
class Recipe:
    """How a network is trained, apart from its size, its length and its seed. The defaults are those of the course.

    Attributes
    ----------
    context, d_embed : int
        Symbols seen before the one to predict; width of the embedding.
    batch : int, optional
        Symbols per step; by default a power of two from 32 to 256, about ``n_tokens / 3000``.
    lr : float, optional
        Peak learning rate; by default 0.025, or 0.018 for batches of 32 or fewer.
    lr_out_mult : float, optional
        Factor of the learning rate in the output layer; by default ``min(1, 64 / hidden)``.
    schedule : {"cosine", "constant"}
        After the warm-up, down to zero along a cosine that ends with the run, or on at the peak.
    beta2 : float
        Memory of Adam's second moment.
    unique_tokens : int, optional
        Train on this many positions only, picked at random from the whole corpus, over and over in a new order.
        By default every position once before any comes again.
    n_held_out : int
        Held-out symbols of the last evaluation, spread evenly; those on the way use a quarter.
    """

    context: int = 8
    d_embed: int = 16
    batch: int | None = None
    lr: float | None = None
    lr_out_mult: float | None = None
    schedule: str = "cosine"
    beta2: float = 0.999
    unique_tokens: int | None = None
    n_held_out: int = 1 << 17

    def __post_init__(self):
        one_of("schedule", self.schedule, SCHEDULES)
        for name, check in CHECKS.items():
            if getattr(self, name) is not None:
                object.__setattr__(self, name, check(name, getattr(self, name)))

    def filled(self, hidden, n_tokens):
        """Return the recipe with a batch and rates that suit a run of this size and length, where it leaves them open.

        >>> [Recipe().filled(64, n_tokens).batch for n_tokens in (1e5, 4e5, 1e7)]
        [32, 128, 256]
        """
        batch = self.batch or int(np.clip(2 ** round(math.log2(n_tokens / 3000)), 32, 256))
        lr = self.lr or (0.018 if batch <= 32 else 0.025)
        return replace(self, batch=batch, lr=lr, lr_out_mult=self.lr_out_mult or min(1.0, 64 / hidden))


COMMON = Recipe()


def train(corpus, hidden, n_tokens, recipe=COMMON, *, seed=0, evaluate_at=()):
    """Train a network once from start to end; return the row of the table `runs` and the curve, as far as it says.

    The row has all settings and `loss`, nats per held-out symbol, NaN unless `status` is ``ok``. It is ``diverged``
    where the loss is not finite, or worse than guessing on the training text itself. `train_loss` is the mean over the
    last tenth, `n_params` is without embeddings and biases, `compute_flop` is 6 N D; `seconds` and `flop_per_s` are of
    training alone. The curve is a list of (step, symbols seen, loss), evaluated after the numbers of symbols in
    `evaluate_at`; this does not change the run.

    >>> from scalinglaws.runs.corpus import stdlib
    >>> row, curve = train(stdlib(max_bytes=300_000), hidden=8, n_tokens=5_000)
    >>> row["status"], row["n_params"], row["steps"]
    ('ok', 1800, 156)
    """
    hidden, n_tokens, seed = whole("hidden", hidden), number("n_tokens", n_tokens), whole("seed", seed, least=0)
    recipe = recipe.filled(hidden, n_tokens)
    context, batch = recipe.context, recipe.batch
    steps = max(1, round(n_tokens / batch))
    n_positions = len(corpus.train) - context
    unique = min(recipe.unique_tokens or n_positions, n_positions)
    if unique < batch or len(corpus.held_out) <= context:
        raise ValueError(f"corpus must have more than {batch} training positions, got {unique}")

    network = _started(corpus, hidden, recipe, seed)
    final, midway = (_held_out(corpus, context, n) for n in (recipe.n_held_out, max(1, recipe.n_held_out // 4)))
    marks = {min(steps, max(1, round(n / batch))) for n in evaluate_at}
    blocks = _blocks(corpus, context, seed, unique, steps, batch)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        losses, curve, seconds = _descend(network, blocks, recipe, steps, marks, midway)
        loss = network.loss(final)
    train_loss = float(losses[-max(1, steps // 10) :].mean())
    # An over-fitted run may end above this on held-out text, and that is a result; in training it is a failure.
    ok = math.isfinite(loss) and train_loss < math.log(corpus.n_symbols)
    size = n_params(hidden, context, recipe.d_embed, corpus.n_symbols)
    n_tokens = steps * batch
    return asdict(recipe) | {
        "corpus": corpus.name,
        "corpus_sha256": corpus.sha256,
        "n_params": size,
        "n_params_total": network.flat.size,
        "n_tokens": n_tokens,
        "compute_flop": float(training_flop(size, n_tokens)),
        "unique_tokens": min(unique, n_tokens),
        "epochs": n_tokens / min(unique, n_tokens),
        "seed": seed,
        "loss": loss if ok else math.nan,
        "status": "ok" if ok else "diverged",
        "train_loss": train_loss if ok else math.nan,
        "hidden": hidden,
        "steps": steps,
        "warmup_steps": _warmup(steps),
        "n_held_out": len(final),
        "seconds": seconds,
        "flop_per_s": training_flop(size, len(losses) * batch) / seconds,
    }, curve


def _started(corpus, hidden, recipe, seed):
    """A network that knows the frequencies of single symbols: this spares every run its dull first nat."""
    network = Network(hidden, recipe.batch, recipe.context, recipe.d_embed, corpus.n_symbols, seed)
    bias = network.weights[4]
    bias[:] = np.log(np.bincount(corpus.train, minlength=corpus.n_symbols) + 1.0)
    bias[:] -= np.log(np.exp(bias.astype(float)).sum())
    return network


def _descend(network, blocks, recipe, steps, marks, midway):
    """Train to the end, or until the loss is not finite; losses by step, the curve at `marks`, seconds without it."""
    adam, losses, curve, step = Adam(network, recipe.beta2), np.zeros(steps), [], 0
    began = time.perf_counter()
    for windows in blocks:
        for example in zip(*_examples(windows, recipe.batch), strict=True):
            losses[step] = network.step(*example)
            step += 1
            adam.step(recipe.lr * _rate(step, steps, recipe.schedule), recipe.lr_out_mult)
            if step in marks:
                paused = time.perf_counter()
                curve.append((step, step * recipe.batch, network.loss(midway)))
                began += time.perf_counter() - paused
        if not np.isfinite(losses[step - 1]):
            break
    return losses[:step], curve, time.perf_counter() - began


def _warmup(steps):
    return max(1, min(100, steps // 10))


def _rate(step, steps, schedule):
    """The learning rate of a step, 1 to `steps`, as a share of the peak."""
    warmup = _warmup(steps)
    if step <= warmup or schedule == "constant":
        return min(1.0, step / warmup)
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


@lru_cache(maxsize=3)
def _shuffled(corpus, n, seed):
    return np.random.default_rng([seed, 1]).permutation(np.arange(n, dtype=np.uint32))


def _blocks(corpus, context, seed, unique, steps, batch):
    """Yield windows of context and target, some hundreds of batches at a time, epoch after epoch."""
    windows = sliding_window_view(corpus.train, context + 1)
    positions, start, left = _shuffled(corpus, len(windows), seed)[:unique], 0, steps * batch
    rng = np.random.default_rng([seed, 2])
    size = max(1, BLOCK // batch) * batch
    while left:
        take = positions[start : start + min(size, left)]
        start += len(take)
        while len(take) < min(size, left):  # the epoch ends within the block
            positions = rng.permutation(positions)
            start = min(size, left) - len(take)
            take = np.concatenate([take, positions[:start]])
        left -= len(take)
        yield windows[take]


def _examples(windows, batch):
    """What `Network.step` needs, for all batches of a block: contexts and targets."""
    n = len(windows) // batch
    contexts = windows[:, :-1].astype(np.intp).reshape(n, -1)
    targets = windows[:, -1].astype(np.intp).reshape(n, batch) * batch + np.arange(batch)
    return contexts, targets


@lru_cache(maxsize=8)
def _held_out(corpus, context, n):
    windows = sliding_window_view(corpus.held_out, context + 1)
    return windows[np.linspace(0, len(windows) - 1, min(n, len(windows))).astype(int)]
