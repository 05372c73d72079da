"""Controls of a lab panel: sliders, choices and switches.

`label` says what the control sets, with the unit; it is also its name for a screen reader. `value` is where it starts,
`low`, `high` and `step` are its ends and spacing. `enabled_when`, a function of the panel's state (a dict with the value
of every control), says when the control acts: where it returns False the panel greys the control out and lets nobody move
it. A control without it always acts.
"""

import ipywidgets as widgets
import numpy as np

from scalinglaws.check import finite, one_of, positive


def slider(label, value, low, high, step, digits=2, *, enabled_when=None):
    """Return a slider over evenly spaced numbers, shown with so many decimals.

    >>> slider("exponent", 0.34, 0.1, 0.6, 0.01).value
    0.34
    """
    ends, form = _ends(label, value, low, high), f".{digits}f"
    return _control(enabled_when, widgets.FloatSlider(value, **ends, step=step, readout_format=form, description=label))


def log_slider(label, value, low, high, per_decade=20, *, enabled_when=None):
    """Return a slider over evenly spaced factors, so many to a power of ten; it starts at the step nearest to `value`.

    >>> log_slider("parameters", 1e9, 1e7, 1e11).value
    1000000000.0
    """
    _ends(label, value, positive("low", low), high)
    powers = {"min": float(np.log10(low)), "max": float(np.log10(high)), "step": 1 / per_decade}
    value = min(float(10 ** (powers["min"] + round(np.log10(value / low) * per_decade) / per_decade)), float(high))
    return _control(enabled_when, widgets.FloatLogSlider(value, **powers, readout_format=".3g", description=label))


def whole_slider(label, value, low, high, step=1, *, enabled_when=None):
    """Return a slider over whole numbers.

    >>> whole_slider("samples", 8, 1, 100).max
    100
    """
    ends = _ends(label, value, low, high)
    return _control(enabled_when, widgets.IntSlider(value, **ends, step=step, description=label))


def choice(label, options, value=None, *, enabled_when=None):
    """Return a drop-down list of names, or of the names and values of a dict; it starts at the first if not told else.

    >>> choice("fit", ["Kaplan", "Chinchilla"]).value
    'Kaplan'
    """
    return _control(enabled_when, widgets.Dropdown(**_options(label, options, value)))


def buttons(label, options, value=None, *, enabled_when=None):
    """Return a row of buttons of which one is down; options as for `choice`.

    >>> buttons("seen", {"one decade": 1, "two decades": 2}).value
    1
    """
    return _control(enabled_when, widgets.ToggleButtons(**_options(label, options, value)))


def switch(label, value=False, *, enabled_when=None):
    """Return a box to tick.

    >>> switch("show the truth").value
    False
    """
    return _control(enabled_when, widgets.Checkbox(value, indent=False, description=label))


def settings(control):
    """Return the values that a test moves a control through: ends and middle of a slider, or every option.

    >>> settings(slider("exponent", 0.34, 0.1, 0.5, 0.1)), settings(switch("truth"))
    ([0.1, 0.3, 0.5], [False, True])
    """
    if isinstance(control, widgets.Checkbox):
        return [False, True]
    if hasattr(control, "options"):
        return [value for _, value in control._options_full]
    if isinstance(control, widgets.FloatLogSlider):
        return [control.base**power for power in (control.min, (control.min + control.max) / 2, control.max)]
    if hasattr(control, "min"):
        total = control.min + control.max
        return [control.min, total // 2 if isinstance(control.value, int) else round(total / 2, 12), control.max]
    raise ValueError(f"a control must be a slider, a choice, buttons or a switch, got {type(control).__name__}")


def any_setting(control, rng):
    """Return one value that a hand could set, drawn evenly along the control by a NumPy generator."""
    if isinstance(control, widgets.Checkbox) or hasattr(control, "options"):
        values = settings(control)
        return values[rng.integers(len(values))]
    if isinstance(control.value, int):
        return int(rng.integers(control.min, control.max + 1))
    place = rng.uniform(control.min, control.max)
    return float(control.base**place if isinstance(control, widgets.FloatLogSlider) else place)


def _control(enabled_when, control):
    if enabled_when is not None and not callable(enabled_when):
        raise ValueError(
            f"enabled_when of {control.description!r} must be a function of the state, got {enabled_when!r}"
        )
    control.enabled_when = enabled_when
    return control


def _ends(label, value, low, high):
    finite("value", value)
    if not low <= value <= high:
        raise ValueError(f"value of {label!r} must lie between {low} and {high}, got {value}")
    return {"min": low, "max": high}


def _options(label, options, value):
    if not options:
        raise ValueError(f"options of {label!r} must not be empty")
    pairs = list(options.items()) if isinstance(options, dict) else [(str(option), option) for option in options]
    value = pairs[0][1] if value is None else one_of("value", value, [option for _, option in pairs])
    return {"options": pairs, "value": value, "description": label}
