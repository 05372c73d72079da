"""From loss to a score and back: what a test makes of a model that improves smoothly.

All functions but `exponents_between` are bare arithmetic: they take NumPy arrays and expressions of a plotting library, and
return the same shape. Shares and probabilities lie between 0 and 1.

    loss            loss on the tokens of a right answer, or on a text, in nats per token
    per_token       probability that one token of the answer is right
    length          tokens of the answer, all of which must be right
    chance          share of the items that guessing gets right
    ceiling         error of a model that has learnt nothing, in `task_error`
    scale, rate     how far, and how fast per nat, that error falls
    drop, place     factor by which a loss falls at a jump, and log10 of the compute in whose middle it has half done so
    width           decades from 10 to 90 % of the jump
"""

import numpy as np

from scalinglaws.laws.growth.curves import logistic
from scalinglaws.laws.training.power import power_law


def right_token(loss):
    """Return the probability of the right token, geometric mean over tokens: ``exp(-loss)`` (Schaeffer 2023, sec. 2).

    >>> round(float(right_token(2.3)), 2)
    0.1
    """
    return np.exp(-loss)


def answer_loss(compute_flop, one_nat, exponent, drop=1.0, place=0.0, width=1.0):
    """Return a loss on the tokens of an answer: a power law, one nat at `one_nat` FLOP, that falls by `drop` at a jump.

    >>> [round(float(answer_loss(c, 1e20, 0.5, drop=4, place=22, width=0.5)), 2) for c in (1e20, 1e22, 1e24)]
    [1.0, 0.05, 0.0]
    """
    return power_law(compute_flop / one_nat, 1, exponent) * drop ** -logistic(np.log10(compute_flop), 1, place, width)


def exponents_between(compute_flop, loss):
    """Return the exponent with which a loss, or a log score, falls from each model to the next; one number if a power law.

    >>> exponents_between([1e20, 1e22, 1e24], [4, 0.4, 0.004]).round(2)
    array([0.5, 1. ])
    """
    return -np.diff(np.log(loss)) / np.diff(np.log(compute_flop))


def exact_match(per_token, length):
    """Return the share of answers that are right in every token, if tokens err independently: ``per_token**length``.

    >>> round(exact_match(0.9, 10), 3)
    0.349
    """
    return per_token**length


def per_token_of(exact, length):
    """Return the probability per token that would explain a share of exact answers, the inverse of `exact_match`.

    >>> round(per_token_of(0.555, 2.489), 3)  # GPT-3 13B, sums of two digits
    0.789
    """
    return exact ** (1 / length)


def with_guessing(known, chance):
    """Return the score on a multiple-choice test of a model that knows a share and guesses the rest.

    >>> with_guessing(0.2, 0.25)
    0.4
    """
    return chance + (1 - chance) * known


def above_guessing(score, chance):
    """Return the share that is known behind a score, the inverse of `with_guessing`; negative below chance.

    >>> round(above_guessing(0.4, 0.25), 3)
    0.2
    """
    return (score - chance) / (1 - chance)


def none_right(right, n_items):
    """Return the probability that a test of so many items shows exactly zero: ``(1 - right)**n_items``.

    >>> round(none_right(0.009, 50), 2)
    0.64
    """
    return (1 - right) ** n_items


def brier_score(right, n_options):
    """Return the Brier score of a forecast with `right` on the true option and the rest spread evenly; 0 is best.

    Sum over the options of (probability - outcome)**2 (Brier 1950): smooth where the choice of one option jumps.

    >>> brier_score(0.25, 4)
    0.75
    """
    return (1 - right) ** 2 * n_options / (n_options - 1)


def task_error(loss, ceiling, scale, rate):
    """Return the mean error on a set of tests, ``ceiling - scale * exp(-rate * loss)`` (Gadre 2024).

    >>> round(float(task_error(3.0, 0.85, 2.08, 0.756)), 3)  # C4
    0.635
    """
    return ceiling - scale * np.exp(-rate * loss)


def overtrained_loss(compute_flop, tokens_per_param, floor, a, b, exponent):
    """Return the loss of a run off the optimum, ``floor + (a M**e + b M**-e) C**-e`` (Gadre 2024).

    M is tokens per parameter. The law of Hoffmann with equal exponents for parameters and tokens, each 2e.
    """
    ratio = tokens_per_param**exponent
    return floor + (a * ratio + b / ratio) * compute_flop**-exponent
