"""Which runs to do: a ladder of sizes, the valley around a budget's best size, and lists of jobs.

The sweep behind the tables `runs` and `curves`, most telling rows first.
"""

import math

import numpy as np

from scalinglaws.check import one_of, positive
from scalinglaws.runs import training

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
    """One run to do: what `training.train` needs, and a name.

    Parameters
    ----------
    kind : str
        `isoflop`, `heldout`, `repeat` or `variant`.
    hidden, n_tokens, seed
        As for `training.train`.
    corpus : {"stdlib", "hash"} or Corpus
        By name, every process builds its own; a Corpus travels with the job.
    budget_flop : float
        The nominal budget, where there is one.
    tag : str
        Goes into the name: which variant.
    curve : bool
        Evaluate 25 times on the way.
    **settings
        Further arguments of `training.train`.

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
        Further arguments of `training.train`, such as `context` or `lr`.

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
    return 6 * training.n_params(train["hidden"], n_symbols=n_symbols, **shape) * train["n_tokens"]


BUDGETS = (1e9, 3e9, 1e10, 3e10, 1e11, 3e11, 1e12, 3e12)
VARIANTS = {
    "context4": {"context": 4},
    "context16": {"context": 16},
    "low-lr": {"lr": 0.006},
    "high-lr": {"lr": 0.1, "lr_out_mult": 1.0},
    "no-decay": {"schedule": "constant"},
    "short-memory": {"beta2": 0.99},
}
PAIRS = ((16, 220_000), (64, 220_000), (64, 60_000), (256, 60_000))  # hidden size, unique symbols
EPOCHS = (1, 2, 4, 8, 16, 40)


def isoflop():
    """Valleys at 1e9 to 3e11 FLOP, three seeds, the first with curves.

    Returns
    -------
    list of dict

    Examples
    --------
    >>> len(isoflop())
    156
    """
    seeds = (0, 1, 2)
    return grid(BUDGETS[:5], seeds, 9, curves=(0,)) + grid(BUDGETS[5:6], seeds, 7, curves=(0,))


def known_entropy():
    """Valleys on the source whose entropy is known, 3e9 to 3e11 FLOP, two seeds.

    Returns
    -------
    list of dict

    Examples
    --------
    >>> {job["corpus"] for job in known_entropy()}
    {'hash'}
    """
    # Its best sizes are smaller than those of the library: two more on the left.
    return [job for seed in (0, 1) for job in grid(BUDGETS[1:6], (seed,), 9, corpus="hash", shift=-1)]


def repetition():
    """Four pairs of size and unique data, up to 40 epochs, and as many fresh symbols; three seeds.

    Returns
    -------
    list of dict

    Examples
    --------
    >>> len(repetition())
    132
    """
    return [
        spec("repeat", h, unique * epochs, tag=f"{tag}-u{unique}", seed=seed, unique_tokens=limit)
        for seed in (0, 1, 2)
        for h, unique in PAIRS
        for epochs in EPOCHS
        # One epoch of the unique symbols is fresh data already.
        for tag, limit in ((("again", unique), ("fresh", None)) if epochs > 1 else (("again", unique),))
    ]


def variants():
    """The recipe changed in one place at a time, four budgets, two seeds.

    Returns
    -------
    list of dict

    Examples
    --------
    >>> len(variants())
    336
    """
    return [
        job
        for seed in (0, 1)
        for tag, change in VARIANTS.items()
        for job in grid(BUDGETS[:4], (seed,), kind="variant", tag=tag, **change)
    ]


def large(budget_flop, seeds=(0, 1), curves=()):
    """A valley at 1e12 or 3e12 FLOP.

    Parameters
    ----------
    budget_flop : float
        Compute of each run.
    seeds, curves : sequence of int
        Seeds, and those of them with curves.

    Returns
    -------
    list of dict

    Examples
    --------
    >>> len(large(1e12))
    14
    """
    return grid([budget_flop], seeds, 7, curves=curves)


def drift():
    """Does the exponent drift for want of context, or of a lower learning rate? Valleys at 1e11 to 1e12 FLOP, one seed.

    Returns
    -------
    list of dict

    Examples
    --------
    >>> len(drift())
    42
    """
    changes = {"context16": {"context": 16}, "half-lr": {"lr": 0.0125}}
    return [job for tag, change in changes.items() for job in grid(BUDGETS[4:7], kind="variant", tag=tag, **change)]


def held_out():
    """The budget that no fit sees: 1e13 FLOP, one seed, the middle of the valley first.

    Returns
    -------
    list of dict

    Examples
    --------
    >>> [job["train"]["hidden"] for job in held_out()]
    [1448, 1024, 2048, 2896]
    """
    jobs = grid([1e13], kind="heldout")
    return sorted(jobs, key=lambda job: abs(math.log(job["train"]["hidden"] / 1300)))


def parts():
    """The whole sweep in the order in which it is run.

    Returns
    -------
    dict of str to list of dict

    Examples
    --------
    >>> list(parts())
    ['isoflop', 'hash', 'repeat', '1e12', 'variant', '3e12', 'heldout', 'drift']
    """
    return {
        "isoflop": isoflop(),
        "hash": known_entropy(),
        "repeat": repetition(),
        "1e12": large(1e12, curves=(0,)),
        "variant": variants(),
        "3e12": large(3e12),
        "heldout": held_out(),
        "drift": drift(),
    }
