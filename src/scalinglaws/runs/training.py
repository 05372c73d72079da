"""Train one small language model for a given number of symbols, and say what it reached."""

import math
import time
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from scalinglaws.check import one_of, positive
from scalinglaws.runs.network import Adam, Network, n_params

SCHEDULES = ("cosine", "constant")
BLOCK = 1 << 15  # symbols whose contexts are gathered at once
FINAL, MIDWAY = 1 << 17, 1 << 15  # held-out symbols in the last evaluation and in those on the way


def batch_size(n_tokens):
    """Symbols in a step that a run of this length can afford: a power of two from 32 to 256, about n_tokens / 3000.

    Parameters
    ----------
    n_tokens : float
        Length of the run.

    Returns
    -------
    int

    Examples
    --------
    >>> [batch_size(n) for n in (1e5, 4e5, 1e7)]
    [32, 128, 256]
    """
    return int(np.clip(2 ** round(math.log2(positive("n_tokens", n_tokens) / 3000)), 32, 256))


def train(
    corpus,
    hidden,
    n_tokens,
    *,
    context=8,
    d_embed=16,
    batch=None,
    lr=None,
    lr_out_mult=None,
    schedule="cosine",
    beta2=0.999,
    unique_tokens=None,
    seed=0,
    evaluate_at=(),
    n_held_out=FINAL,
    progress=None,
):
    """Train a network once from start to end.

    Parameters
    ----------
    corpus : Corpus
        What to read.
    hidden : int
        Width of the hidden layer.
    n_tokens : float
        Symbols to predict in training; rounded to whole batches.
    context, d_embed : int
        Symbols seen before the one to predict; width of the embedding.
    batch : int, optional
        Symbols per step; by default `batch_size(n_tokens)`.
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
    seed : int
        Seed of starting weights, of the positions and of their order. Runs of one seed read the same positions in the
        same order as far as they go.
    evaluate_at : sequence of int
        Symbols seen at which to evaluate on the way. This does not change the run.
    n_held_out : int
        Held-out symbols of the last evaluation, spread evenly; those on the way use a quarter.
    progress : callable, optional
        Called now and then with the share done, 0 to 1.

    Returns
    -------
    dict
        `loss` (nats per held-out symbol; NaN unless `status` is ``ok``), `status` (``ok`` or ``diverged``: not finite,
        or worse than guessing on its own training text), `train_loss` (mean over the last tenth), `n_params` (without embeddings and biases),
        `n_params_total`, `n_tokens`, `compute_flop` (6 N D), `unique_tokens`, `epochs`, all settings, `seconds` and
        `flop_per_s` of training alone, and `curve`, a list of (step, n_tokens_seen, loss).

    Raises
    ------
    ValueError
        If a number is not positive, the schedule unknown, or the corpus too short.

    Examples
    --------
    >>> from scalinglaws.runs import corpus
    >>> run = train(corpus.stdlib(max_bytes=300_000), hidden=8, n_tokens=5_000)
    >>> run["status"], run["n_params"], run["steps"]
    ('ok', 1800, 156)
    """
    for name, value in {"hidden": hidden, "context": context, "d_embed": d_embed, "n_held_out": n_held_out}.items():
        positive(name, value)
    one_of("schedule", schedule, SCHEDULES)
    batch = int(positive("batch", batch)) if batch else batch_size(n_tokens)
    lr = float(positive("lr", lr)) if lr else (0.018 if batch <= 32 else 0.025)
    lr_out_mult = float(positive("lr_out_mult", lr_out_mult)) if lr_out_mult else min(1.0, 64 / hidden)
    steps = max(1, round(positive("n_tokens", n_tokens) / batch))
    warmup = max(1, min(100, steps // 10))
    n_positions = len(corpus.train) - context
    unique = min(int(unique_tokens or n_positions), n_positions)
    if unique < batch or len(corpus.held_out) <= context:
        raise ValueError(f"corpus must have more than {batch} training positions, got {unique}")

    network = Network(hidden, batch, context, d_embed, corpus.n_symbols, seed)
    # Starting from the frequencies of single symbols spares every run its dull first nat.
    network.weights[4][:] = np.log(np.bincount(corpus.train, minlength=corpus.n_symbols) + 1.0)
    network.weights[4][:] -= np.log(np.exp(network.weights[4].astype(float)).sum())
    adam = Adam(network, beta2)
    final, midway = (_held_out(corpus, context, n) for n in (n_held_out, max(1, n_held_out // 4)))
    marks = {min(steps, max(1, round(n / batch))) for n in evaluate_at}

    curve, losses, seconds, step = [], np.zeros(steps), 0.0, 0
    started = time.perf_counter()
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for windows in _blocks(corpus, context, seed, unique, steps, batch):
            for example in zip(*_examples(windows, batch), strict=True):
                losses[step] = network.step(*example)
                step += 1
                rate = min(1.0, step / warmup)
                if schedule == "cosine" and step > warmup:
                    rate = 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))
                adam.step(lr * rate, lr_out_mult)
                if step in marks:
                    seconds += time.perf_counter() - started
                    curve.append((step, step * batch, network.loss(midway)))
                    started = time.perf_counter()
            if progress:
                progress(step / steps)
            if not np.isfinite(losses[step - 1]):
                break
        seconds += time.perf_counter() - started
        loss = network.loss(final)
    train_loss = float(losses[-max(1, steps // 10) :].mean())
    # An over-fitted run may end above this on held-out text, and that is a result; in training it is a failure.
    ok = math.isfinite(loss) and train_loss < math.log(corpus.n_symbols)
    size = n_params(hidden, context, d_embed, corpus.n_symbols)
    n_tokens = steps * batch
    return {
        "corpus": corpus.name,
        "corpus_sha256": corpus.sha256,
        "n_params": size,
        "n_params_total": network.flat.size,
        "n_tokens": n_tokens,
        "compute_flop": 6.0 * size * n_tokens,
        "unique_tokens": min(unique, n_tokens),
        "epochs": n_tokens / min(unique, n_tokens),
        "seed": seed,
        "loss": loss if ok else math.nan,
        "status": "ok" if ok else "diverged",
        "train_loss": train_loss if ok else math.nan,
        "context": context,
        "d_embed": d_embed,
        "hidden": hidden,
        "steps": steps,
        "batch": batch,
        "lr": lr,
        "lr_out_mult": lr_out_mult,
        "schedule": schedule,
        "warmup_steps": warmup,
        "beta2": beta2,
        "n_held_out": len(final),
        "seconds": seconds,
        "flop_per_s": 6.0 * size * step * batch / seconds,
        "curve": curve,
    }


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
