"""Compute a live figure's columns twice, with NumPy and with Vega, at several settings of its controls."""

import json
import re

import altair as alt
import numpy as np
import vl_convert

RTOL = 1e-12


def compare(figure, seed=0, n_random=3):
    """Fail where Vega and NumPy differ by more than the last digits, or a number is not finite."""
    for state in settings(figure.controls, seed, n_random):
        for rows in figure.rows:
            expected, found = rows.values(**state), vega_values(rows, figure.controls, state)
            for name in found:
                assert np.isfinite(found[name]).all(), f"{name} at {state} is not finite"
                np.testing.assert_allclose(
                    found[name], expected[name].astype(float), RTOL, 1e-300, err_msg=f"{name} at {state}"
                )


def settings(controls, seed, n_random):
    """The start, everything low, everything high, and a few random states."""
    rng = np.random.default_rng(seed)
    choices = {control.name: _choices(control) for control in controls}
    yield {control.name: control.param.value for control in controls}
    yield {name: values[0] for name, values in choices.items()}
    yield {name: values[-1] for name, values in choices.items()}
    for _ in range(n_random):
        yield {name: values[rng.integers(len(values))] for name, values in choices.items()}


def vega_values(rows, controls, state):
    """Let Vega compute the columns, and read them back from the descriptions of marks."""
    names = [name for name, column in rows.values(**state).items() if column.dtype.kind != "U"]
    chart = rows.chart().transform_calculate(all="'row'" + "".join(f" + '|' + datum.{name}" for name in names))
    chart = chart.mark_point().encode(description="all:N")
    chart = chart.add_params(*[alt.param(control.name, value=state[control.name]) for control in controls])
    spec = {key: value for key, value in chart.to_dict().items() if key != "$schema"}
    text = json.dumps(vl_convert.vegalite_to_scenegraph(spec))
    table = np.array([line.split("|") for line in re.findall(r'"description": "row\|([^"]*)"', text)], float)
    assert len(table) == len(next(iter(rows.values(**state).values())))
    return dict(zip(names, table.T, strict=True))


def _choices(control):
    bind = control.param.bind
    if isinstance(bind, alt.BindRange):
        count = round((bind.max - bind.min) / bind.step)
        return [round(bind.min + k * bind.step, 9) for k in range(count + 1)]
    return [False, True] if isinstance(bind, alt.BindCheckbox) else list(bind.options)
