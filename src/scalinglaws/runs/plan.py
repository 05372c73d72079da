"""The sweep behind the tables `runs` and `curves`, most telling rows first."""

import math

from scalinglaws.runs.jobs import grid, spec

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
