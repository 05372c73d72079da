"""Checks of input, with messages that name the argument, what was given and what is allowed.

Each check takes the name of the argument, for the message, and what was given; it returns that, converted, or raises
ValueError. `finite`, `positive` and `not_negative` take numbers and arrays of any shape but empty ones, return float64
(a NumPy scalar for a scalar), and name the first offending value with its position.
"""

import numpy as np


def finite(name, value):
    """Return `value` as float64 if all of it is finite.

    >>> finite("loss", [1.7, 2.3])
    array([1.7, 2.3])
    """
    return _checked(name, value, np.isfinite, "finite")


def positive(name, value):
    """Return `value` as float64 if all of it is finite and above zero.

    >>> positive("n_params", [70e9, 0])
    Traceback (most recent call last):
    ValueError: n_params must be positive and finite, got 0.0 at position 1
    """
    return _checked(name, value, lambda array: np.isfinite(array) & (array > 0), "positive and finite")


def not_negative(name, value):
    """Return `value` as float64 if all of it is finite and zero or above.

    >>> not_negative("floor", 0)
    np.float64(0.0)
    """
    return _checked(name, value, lambda array: np.isfinite(array) & (array >= 0), "zero or positive, and finite")


def number(name, value, check=positive):
    """Return `value` as a plain float if it is one number that passes `check`, one of the three above.

    >>> number("alpha", [0.3, 0.4])
    Traceback (most recent call last):
    ValueError: alpha must be one number, got shape (2,)
    """
    checked = check(name, value)
    if checked.ndim:
        raise ValueError(f"{name} must be one number, got shape {checked.shape}")
    return float(checked)


def share(name, value, closed=False):
    """Return `value` as a plain float if it is one number above 0 and below 1; `closed`: 0 and 1 are allowed, too.

    >>> share("level", 1)
    Traceback (most recent call last):
    ValueError: level must be between 0 and 1, got 1.0
    """
    value = number(name, value, finite)
    if not (0 <= value <= 1 if closed else 0 < value < 1):
        raise ValueError(f"{name} must be between 0 and 1, got {value}")
    return value


def whole(name, value, least=1):
    """Return `value` as an int if it is one whole number of at least `least`; 1e5 counts as whole.

    >>> whole("n_draws", 1e5)
    100000
    """
    wrong = value is None or np.ndim(value) or isinstance(value, bool)
    if wrong or value != np.floor(finite(name, value)) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")
    return int(value)


def one_of(name, value, allowed):
    """Return `value` if it is among `allowed`; the message lists them.

    >>> one_of("objective", "huber", ["huber", "squares"])
    'huber'
    """
    allowed = list(allowed)
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(str, allowed))}, got {value!r}")
    return value


def columns(check=positive, **given):
    """Return columns of one length as 1-d float64 arrays, in the order given, each of them passed by `check`.

    >>> columns(x=[1, 2], y=[3])
    Traceback (most recent call last):
    ValueError: x and y must have one length, got 2 x, 1 y
    """
    for name, value in given.items():
        if getattr(getattr(value, "dtype", None), "kind", "") == "b":
            raise ValueError(f"{name} must be numbers, got values of type bool")
    checked = {name: check(name, value) for name, value in given.items()}
    for name, value in checked.items():
        if np.ndim(value) != 1:
            raise ValueError(f"{name} must have one dimension, got shape {np.shape(value)}")
    if len({len(value) for value in checked.values()}) > 1:
        lengths = ", ".join(f"{len(value)} {name}" for name, value in checked.items())
        raise ValueError(f"{' and '.join(checked)} must have one length, got {lengths}")
    return list(checked.values())


def _checked(name, value, good, wanted):
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind and kind in "cmM":  # NumPy would drop the imaginary part, or count nanoseconds
        raise ValueError(f"{name} must be {wanted}, got values of type {value.dtype}")
    if isinstance(value, np.ma.MaskedArray):
        value = value.astype(np.float64).filled(np.nan)
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be {wanted}, got {_no_number(value)}") from None
    if not array.size:
        raise ValueError(f"{name} must be {wanted}, got nothing (shape {array.shape})")
    fine = good(array)
    if not fine.all():
        place = tuple(int(i) for i in np.argwhere(~fine)[0])
        at = f" at position {place[0] if len(place) == 1 else place}" if place else ""
        count = np.count_nonzero(~fine)
        many = f", the first of {count}" if count > 1 else ""
        raise ValueError(f"{name} must be {wanted}, got {array[place]}{at}{many}")
    return array[()]


def _no_number(value):
    """What of a value is no number, in words: a column may be long, and a generator shows nothing."""
    if hasattr(value, "__next__"):
        return f"a {type(value).__name__}; make it a list"
    for place, part in enumerate(value if np.ndim(value) == 1 else ()):
        try:
            float(part)
        except (TypeError, ValueError):
            return f"{part!r} at position {place}"
    return repr(value)
