"""Controls of a lab panel: sliders, choices and switches."""

import ipywidgets as widgets
import numpy as np

from scalinglaws.check import finite, one_of, positive


def slider(label, value, low, high, step, digits=2):
    """Return a slider over evenly spaced numbers.

    Parameters
    ----------
    label : str
        What it sets, with the unit. Also its name for a screen reader.
    value, low, high, step : float
        Start, ends and spacing.
    digits : int
        Decimals shown.

    Returns
    -------
    ipywidgets.FloatSlider

    Examples
    --------
    >>> slider("exponent", 0.34, 0.1, 0.6, 0.01).value
    0.34
    """
    _inside(label, value, low, high)
    form = f".{digits}f"
    return widgets.FloatSlider(value, min=low, max=high, step=step, readout_format=form, description=label)


def log_slider(label, value, low, high, per_decade=20):
    """Return a slider over evenly spaced factors.

    Parameters
    ----------
    label : str
        What it sets, with the unit. Also its name for a screen reader.
    value, low, high : float
        Start (the nearest step counts) and ends, all above zero.
    per_decade : int
        Steps from one power of ten to the next.

    Returns
    -------
    ipywidgets.FloatLogSlider

    Examples
    --------
    >>> log_slider("parameters", 1e9, 1e7, 1e11).value
    1000000000.0
    """
    _inside(label, value, positive("low", low), high)
    ends = {"min": float(np.log10(low)), "max": float(np.log10(high)), "step": 1 / per_decade}
    value = 10 ** (ends["min"] + round(np.log10(value / low) * per_decade) / per_decade)
    return widgets.FloatLogSlider(min(float(value), float(high)), **ends, readout_format=".3g", description=label)


def whole(label, value, low, high, step=1):
    """Return a slider over whole numbers.

    Parameters
    ----------
    label : str
        What it sets, with the unit. Also its name for a screen reader.
    value, low, high, step : int
        Start, ends and spacing.

    Returns
    -------
    ipywidgets.IntSlider

    Examples
    --------
    >>> whole("samples", 8, 1, 100).max
    100
    """
    _inside(label, value, low, high)
    return widgets.IntSlider(value, min=low, max=high, step=step, description=label)


def choice(label, options, value=None):
    """Return a drop-down list.

    Parameters
    ----------
    label : str
        What it sets. Also its name for a screen reader.
    options : list of str, or dict of str to object
        What can be chosen, or name and value of it.
    value : object, optional
        Start; the first of `options` if absent.

    Returns
    -------
    ipywidgets.Dropdown

    Examples
    --------
    >>> choice("fit", ["Kaplan", "Chinchilla"]).value
    'Kaplan'
    """
    return widgets.Dropdown(**_options(label, options, value))


def buttons(label, options, value=None):
    """Return a row of buttons of which one is down.

    Parameters
    ----------
    label : str
        What they set. Also their name for a screen reader.
    options : list of str, or dict of str to object
        What can be chosen, or name and value of it.
    value : object, optional
        Start; the first of `options` if absent.

    Returns
    -------
    ipywidgets.ToggleButtons

    Examples
    --------
    >>> buttons("seen", {"one decade": 1, "two decades": 2}).value
    1
    """
    return widgets.ToggleButtons(**_options(label, options, value))


def switch(label, value=False):
    """Return a box to tick.

    Parameters
    ----------
    label : str
        What it shows or hides.
    value : bool
        Start.

    Returns
    -------
    ipywidgets.Checkbox

    Examples
    --------
    >>> switch("show the truth").value
    False
    """
    return widgets.Checkbox(value, indent=False, description=label)


def _inside(label, value, low, high):
    finite("value", value)
    if not low <= value <= high:
        raise ValueError(f"value of {label!r} must lie between {low} and {high}, got {value}")


def _options(label, options, value):
    if not options:
        raise ValueError(f"options of {label!r} must not be empty")
    pairs = list(options.items()) if isinstance(options, dict) else [(str(option), option) for option in options]
    value = pairs[0][1] if value is None else one_of("value", value, [option for _, option in pairs])
    return {"options": pairs, "value": value, "description": label}
