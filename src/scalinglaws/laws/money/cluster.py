"""A cluster: what one hour of a chip costs, how often many chips are stopped, and how large one job can become.

Bare arithmetic, for numbers, arrays and Vega expressions; `best_interval` alone needs NumPy.

    chip_dollars, multiple  price of a chip; price of the whole machine around it, network included, over that
    years, in_use           life of the machine, and the share of it that somebody computes
    watts, pue              power of a chip with its share of servers and network; power of the site over that of machines
    chip_hours              hours that one chip runs, on average, from one interruption of its job to the next
    between                 mean time from one interruption of the job to the next
    interval, checkpoint    time from one copy of the state to the next; time that the job stands still for a copy
    restart                 time from an interruption until the job computes again

The last four are in one unit of time, whichever. Interruptions come at random, at a constant rate (exponential times), also
during checkpoint and restart; what was computed since the last copy is lost. A stretch of work and its copy, undisturbed,
takes between (exp((interval + checkpoint) / between) - 1) on average, times exp(restart / between) for the restarts.
"""

import numpy as np

from scalinglaws.laws.money.bill import accelerator_hours

HOURS = 8766  # in a year of 365.25 days
_STEPS = 40  # of Newton: each halves the distance to a root that is nearly double, for very short checkpoints


def capital_per_hour(chip_dollars, multiple, years, in_use):
    """Return what a chip-hour costs in machines, in dollars.

    >>> round(capital_per_hour(30_000, 1.5, 4, 0.9), 3)
    1.426
    """
    return chip_dollars * multiple / (years * HOURS * in_use)


def electricity_per_hour(watts, pue, dollars_per_kwh):
    """Return what a chip-hour costs in electricity, in dollars.

    >>> round(electricity_per_hour(1_389, 1.10, 0.08), 3)
    0.122
    """
    return watts / 1000 * pue * dollars_per_kwh


def chips_for(compute_flop, flop_per_s, utilisation, days):
    """Return how many chips finish a compute in so many days, never interrupted.

    >>> round(chips_for(1e26, 989e12, 0.4, 90))
    32508
    """
    return accelerator_hours(compute_flop, flop_per_s, utilisation) / (24 * days)


def time_between_stops(n_chips, chip_hours):
    """Return the mean time between interruptions of one job on so many chips, in hours: every chip stops all.

    >>> round(time_between_stops(16_384, 50_677), 2)
    3.09
    """
    return chip_hours / n_chips


def young_interval(checkpoint, between):
    """Return Young's rule for the interval between copies, sqrt(2 checkpoint between).

    >>> round(float(young_interval(1, 185.6)), 1)
    19.3
    """
    return np.sqrt(2 * checkpoint * between)


def useful_share(interval, checkpoint, restart, between):
    """Return the share of the time that ends up in saved work, with interruptions at random.

    >>> round(float(useful_share(18.6, 1, 15, 185.6)), 2)
    0.83
    """
    return interval / between * np.exp(-restart / between) / (np.exp((interval + checkpoint) / between) - 1)


def best_interval(checkpoint, between):
    """Return the interval between copies with the largest `useful_share`, whatever the restart; arrays broadcast.

    It is between (1 - y), where y = exp(y - 1 - checkpoint / between): Lambert's function, here by Newton's steps.

    >>> round(float(best_interval(1, 185.6)), 1)
    18.6
    """
    wait = 1 + np.asarray(checkpoint, dtype=float) / between
    y = np.exp(-wait)
    for _ in range(_STEPS):
        y = y - (y - np.exp(y - wait)) / (1 - np.exp(y - wait))
    return between * (1 - y)


def restart_for(share, checkpoint, between):
    """Return the restart that leaves a job this useful share at its best interval; negative if even 0 is too much."""
    return between * np.log(useful_share(best_interval(checkpoint, between), checkpoint, 0, between) / share)


def latency_limit(days, latency_s, batch_scale, batch_exponent, layers, at_params, exchanges=4):
    """Return the compute in FLOP of the largest run that a chain of messages leaves time for: a toy.

    Compute-optimal (D = 20 N, C = 120 N^2); the batch is batch_scale D^batch_exponent tokens; there are `layers` layers at
    `at_params` parameters, growing as N^(1/3); each waits for `exchanges` messages forward and as many back. Steps follow
    each other, so the chain D / batch x layers x 2 exchanges x latency has to fit into the days.
    """
    per_layer = 2 * exchanges * latency_s * layers / at_params ** (1 / 3)
    chain = days * 86400 * batch_scale / per_layer / 20 ** (1 - batch_exponent)
    return 120 * chain ** (2 / (4 / 3 - batch_exponent))
