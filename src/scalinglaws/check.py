"""Checks of input, with messages that name the argument, what was given and what is allowed."""

import numpy as np


def finite(name, value):
    """Return `value` as float64 if all of it is finite.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : float or array_like
        Any shape but empty.

    Returns
    -------
    float or ndarray
        A NumPy scalar for a scalar, else an array of the same shape.

    Raises
    ------
    ValueError
        If `value` is empty, not numeric, NaN or infinite. The message has the first offending value and its position.

    Examples
    --------
    >>> finite("loss", [1.7, 2.3])
    array([1.7, 2.3])
    """
    return _checked(name, value, np.isfinite, "finite")


def positive(name, value):
    """Return `value` as float64 if all of it is finite and above zero.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : float or array_like
        Any shape but empty.

    Returns
    -------
    float or ndarray
        A NumPy scalar for a scalar, else an array of the same shape.

    Raises
    ------
    ValueError
        If `value` is empty, not numeric, zero, negative, NaN or infinite.

    Examples
    --------
    >>> positive("n_params", 0)
    Traceback (most recent call last):
    ValueError: n_params must be positive and finite, got 0.0
    """
    return _checked(name, value, lambda array: np.isfinite(array) & (array > 0), "positive and finite")


def not_negative(name, value):
    """Return `value` as float64 if all of it is finite and zero or above.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : float or array_like
        Any shape but empty.

    Returns
    -------
    float or ndarray
        A NumPy scalar for a scalar, else an array of the same shape.

    Raises
    ------
    ValueError
        If `value` is empty, not numeric, negative, NaN or infinite.

    Examples
    --------
    >>> not_negative("floor", 0)
    np.float64(0.0)
    """
    return _checked(name, value, lambda array: np.isfinite(array) & (array >= 0), "zero or positive, and finite")


def number(name, value, check=positive):
    """Return `value` as a plain float if it is one number that passes `check`.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : float
        A single number.
    check : callable
        `positive`, `not_negative` or `finite`.

    Returns
    -------
    float
        The number.

    Raises
    ------
    ValueError
        If `value` is not a single number, or fails `check`.

    Examples
    --------
    >>> number("alpha", [0.3, 0.4])
    Traceback (most recent call last):
    ValueError: alpha must be one number, got shape (2,)
    """
    checked = check(name, value)
    if checked.ndim:
        raise ValueError(f"{name} must be one number, got shape {checked.shape}")
    return float(checked)


def one_of(name, value, allowed):
    """Return `value` if it is among `allowed`.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : object
        What was given.
    allowed : iterable
        What is allowed; the message lists it.

    Returns
    -------
    object
        `value`.

    Raises
    ------
    ValueError
        If `value` is not allowed.

    Examples
    --------
    >>> one_of("objective", "huber", ["huber", "squares"])
    'huber'
    """
    allowed = list(allowed)
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(str, allowed))}, got {value!r}")
    return value


def whole(name, value, least=1):
    """Return `value` as an int if it is a whole number of at least `least`.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : int or float
        What was given; 1e5 counts as whole.
    least : int
        Smallest allowed.

    Returns
    -------
    int
        `value`.

    Raises
    ------
    ValueError
        If `value` is not one whole number of at least `least`.

    Examples
    --------
    >>> whole("n_draws", 1e5)
    100000
    """
    if np.ndim(value) or isinstance(value, bool) or value != np.floor(finite(name, value)) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")
    return int(value)


def share(name, value):
    """Return `value` as float64 if it is one number above 0 and below 1; else a ValueError says what was given.

    >>> share("level", 0.95)
    0.95
    """
    value = float(number(name, value, finite))
    if not 0 < value < 1:
        raise ValueError(f"{name} must be between 0 and 1, got {value}")
    return value


def columns(check=positive, **given):
    """Return columns of one length as 1-d float64 arrays in the order given; a ValueError names what differs.

    >>> columns(x=[1, 2], y=[3, 4])
    [array([1., 2.]), array([3., 4.])]
    """
    checked = {name: check(name, value) for name, value in given.items()}
    for name, value in checked.items():
        if np.ndim(value) != 1:
            raise ValueError(f"{name} must have one dimension, got shape {np.shape(value)}")
    if len({len(value) for value in checked.values()}) > 1:
        lengths = ", ".join(f"{len(value)} {name}" for name, value in checked.items())
        raise ValueError(f"{' and '.join(checked)} must have one length, got {lengths}")
    return list(checked.values())


def _checked(name, value, good, wanted):
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be {wanted}, got {value!r}") from None
    if not array.size:
        raise ValueError(f"{name} must be {wanted}, got nothing (shape {array.shape})")
    fine = good(array)
    if not fine.all():
        place = tuple(int(i) for i in np.argwhere(~fine)[0])
        at = f" at position {place[0] if len(place) == 1 else place}" if place else ""
        raise ValueError(f"{name} must be {wanted}, got {array[place]}{at}")
    return array[()]
