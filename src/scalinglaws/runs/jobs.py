"""Which runs to do: a ladder of sizes, the valley around a budget's best size, and lists of jobs."""

import math

import numpy as np

from scalinglaws.check import one_of, positive
from scalinglaws.runs import model

LADDER = tuple(round(4 * 2 ** (k / 2)) for k in range(20))  # hidden sizes 4 to 2896, factor sqrt 2
ALPHABET = {"stdlib": 97, "hash": 64}
LENGTH = {"stdlib": 8.99e6, "hash": 10.9e6}  # symbols to learn from, rounded down


def valley(budget_flop, n_sizes=7, context=8, d_embed=16, n_symbols=97, n_max=math.inf, shift=0):
    """Sizes of the ladder to try at one budget.

    Parameters
    ----------
    budget_flop : float
        Compute of each run, FLOP.
    n_sizes : int
        How many neighbours on the ladder, centred on ``N = 3.4e4 * (C / 1e11)**0.51``.
    context, d_embed, n_symbols : int
        Shape of the network.
    n_max : float
        Symbols that the corpus has: longer runs are left out, as are those of over 400 symbols per parameter.
    shift : int
        Steps of the ladder by which to move the centre.

    Returns
    -------
    list of (int, float)
        Hidden size and number of symbols, small to large.

    Examples
    --------
    >>> [hidden for hidden, n_tokens in valley(1e10)]
    [16, 23, 32, 45, 64, 91, 128]
    """
    per_unit = context * d_embed + n_symbols
    wanted = 3.4e4 * (positive("budget_flop", budget_flop) / 1e11) ** 0.51 / per_unit
    centre = int(np.argmin([abs(math.log(hidden / wanted)) for hidden in LADDER]))
    first = max(0, centre + shift - n_sizes // 2)
    runs = [(hidden, budget_flop / (6 * per_unit * hidden)) for hidden in LADDER[first : first + n_sizes]]
    return [(h, n) for h, n in runs if n <= n_max and n <= 400 * per_unit * h]


def spec(kind, hidden, n_tokens, *, corpus="stdlib", budget_flop=math.nan, seed=0, tag="", curve=False, **settings):
    """One run to do: what `model.train` needs, and a name.

    Parameters
    ----------
    kind : str
        `isoflop`, `heldout`, `repeat` or `variant`.
    hidden, n_tokens, seed
        As for `model.train`.
    corpus : {"stdlib", "hash"} or Corpus
        By name, every process builds its own; a Corpus travels with the job.
    budget_flop : float
        The nominal budget, where there is one.
    tag : str
        Goes into the name: which variant.
    curve : bool
        Evaluate 25 times on the way.
    **settings
        Further arguments of `model.train`.

    Returns
    -------
    dict

    Examples
    --------
    >>> spec("isoflop", 16, 46296.3, budget_flop=1e9)["run_id"]
    'isoflop-stdlib-1e+09-h0016-s0'
    """
    budget = f"{budget_flop:.0e}" if budget_flop == budget_flop else f"d{round(n_tokens)}"
    name = "-".join(filter(None, [kind, tag, getattr(corpus, "name", corpus), budget, f"h{hidden:04d}", f"s{seed}"]))
    marks = [round(n) for n in np.geomspace(n_tokens / 100, n_tokens, 25)] if curve else []
    train = {"hidden": hidden, "n_tokens": n_tokens, "seed": seed, "evaluate_at": marks, **settings}
    return {"run_id": name, "kind": kind, "variant": tag, "corpus": corpus, "budget_flop": budget_flop, "train": train}


def grid(budgets, seeds=(0,), n_sizes=7, kind="isoflop", corpus="stdlib", curves=(), tag="", shift=0, **settings):
    """All runs of a set of budgets, budget by budget.

    Parameters
    ----------
    budgets : sequence of float
        Compute of a run, FLOP.
    seeds : sequence of int
        One run each.
    n_sizes, shift : int
        Sizes at each budget, see `valley`.
    kind, corpus, tag
        As for `spec`.
    curves : sequence of int
        Seeds whose runs are evaluated on the way.
    **settings
        Further arguments of `model.train`, such as `context` or `lr`.

    Returns
    -------
    list of dict
        As `spec` makes them; any list of such can be run.

    Examples
    --------
    >>> len(grid([1e9, 3e9, 1e10, 3e10]))
    28
    """
    if isinstance(corpus, str):
        n_max, n_symbols = LENGTH[one_of("corpus", corpus, LENGTH)], ALPHABET[corpus]
    else:
        n_max, n_symbols = len(corpus.train) - settings.get("context", 8), corpus.n_symbols
    shape = {"n_symbols": n_symbols, **{k: settings[k] for k in ("context", "d_embed") if k in settings}}
    return [
        spec(kind, h, n, corpus=corpus, budget_flop=c, seed=seed, tag=tag, curve=seed in curves, **settings)
        for c in budgets
        for seed in seeds
        for h, n in valley(c, n_sizes, n_max=n_max, shift=shift, **shape)
    ]


def cost(job):
    """Compute of a run.

    Parameters
    ----------
    job : dict
        From `spec`.

    Returns
    -------
    float
        6 N D in FLOP.

    Examples
    --------
    >>> round(cost(spec("isoflop", 16, 1e9 / (6 * 225 * 16))) / 1e9, 6)
    1.0
    """
    train = job["train"]
    shape = {key: train[key] for key in ("context", "d_embed") if key in train}
    n_symbols = ALPHABET[job["corpus"]] if isinstance(job["corpus"], str) else job["corpus"].n_symbols
    return 6 * model.n_params(train["hidden"], n_symbols=n_symbols, **shape) * train["n_tokens"]
