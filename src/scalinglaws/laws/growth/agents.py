"""After pre-training: chances of long tasks, training by reward and its ceiling, choosing by a score that errs.

All functions are bare arithmetic: they take NumPy arrays and expressions of a plotting library, and return the same shape.

    minutes, half_life  time that a person needs for a task; the time at which half of the tasks are done
    hours               spent on training by reward, in any unit, as are `half_hours`, at which half of the gain is made
    start, ceiling      share right before that training, and what it approaches
    distance            square root of the divergence (KL, in nats) of the chosen or trained answers from the model's own
    gain, loss          of the true reward with distance; they depend on the score model and on the method

Sources: Ord 2025 (half-life), Khatri et al. 2026 (curve of reward), Gao et al. 2023 (a score that errs).
"""

import numpy as np


def task_success(minutes, half_life):
    """Return the chance to finish if failure strikes with the same chance each minute: ``2**(-minutes / half_life)``.

    >>> task_success(60, 20)
    0.125
    """
    return 2 ** (-minutes / half_life)


def reward_curve(hours, start, ceiling, half_hours, steepness):
    """Return the share right after training by reward, an S-curve in log hours (the form of Khatri et al. 2026).

    >>> reward_curve(3000, 0.25, 0.75, 3000, 1.9)
    0.5
    """
    return start + (ceiling - start) / (1 + (half_hours / hours) ** steepness)


def choice_divergence(n):
    """Return the divergence of the best of n answers from one answer, ``ln n - (n - 1) / n`` nats.

    >>> round(float(choice_divergence(16)), 2)
    1.84
    """
    return np.log(n) - (n - 1) / n


def chosen_reward(distance, gain, loss):
    """Return the true reward of the best of n by a score that errs, ``d (gain - loss d)`` (Gao et al. 2023)."""
    return distance * (gain - loss * distance)


def trained_reward(distance, gain, loss):
    """Return the true reward after training towards such a score, ``d (gain - loss ln d)`` (Gao et al. 2023)."""
    return distance * (gain - loss * np.log(distance))
