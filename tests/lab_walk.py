"""Move every control of a panel as a reader might, and look at what it draws and says; read what a lab spells."""

import json
import math
import re
from pathlib import Path

import numpy as np

from scalinglaws.show.controls import settings

SPELLED = re.compile(r"^    import ([\w, ]+?)  # noqa.*$", re.MULTILINE)
NOT_A_NUMBER = re.compile(r"\b(nan|inf)\b", re.IGNORECASE)


def walk(panel, seed=0, n_random=20):
    """Take a panel through its states; fail on an exception, on what is not finite, and on a dead control."""
    moved = set()
    start = _frame(panel, panel.state)
    for name, state in panel.states(seed, n_random):
        if _frame(panel, state).png != start.png:
            moved.add(name)
    dead = [name for name in panel.controls if name not in moved and not _moves(panel, name, seed)]
    idle = [name for name, control in panel.controls.items() if getattr(control, "enabled_when", None)]
    false = [f"{name} {what}" for name in idle for what in _false_conditions(panel, name, seed)]
    _frame(panel, panel.state)
    assert not dead, f"{dead} of {panel.alt!r} never change the picture"
    assert not false, f"{false}: the condition of a control of {panel.alt!r} is not true to what it does"


def code_cells(path):
    """Return the sources of a notebook's code cells."""
    notebook = json.loads(Path(path).read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _frame(panel, state):
    try:
        frame = panel.render(state)
    except Exception as error:
        raise AssertionError(f"{panel.alt!r} at {state}: {type(error).__name__}: {error}") from error
    bad = unsound(panel.moving)
    assert not bad, f"{panel.alt!r} at {state} draws {bad[0]} with something that is not finite"
    assert not NOT_A_NUMBER.search(frame.readout), f"{panel.alt!r} at {state} says {frame.readout!r}"
    return frame


def _moves(panel, name, seed):
    """Whether the control changes the picture somewhere else than at the start, such as when another is switched on."""
    for _, state in panel.states(seed + 1):
        pictures = {_frame(panel, state | {name: value}).png for value in settings(panel.controls[name])}
        if len(pictures) > 1:
            return True
    return False


def _false_conditions(panel, name, seed, n_looked_at=3):
    """Yield what is wrong with the condition under which a control is enabled."""
    states = [state for _, state in panel.states(seed)]
    off = [state for state in states if not panel.acts(name, state)]
    if not off or len(off) == len(states):
        yield "is never disabled" if not off else "is always disabled"
    for state in off[:: max(1, len(off) // n_looked_at)]:
        if len({_frame(panel, state | {name: value}) for value in settings(panel.controls[name])}) > 1:
            yield f"acts though it is disabled at {state}"


def unsound(artists):
    """Return the visible artists that were given something else than finite numbers, or a text that says so."""
    return [artist for artist in artists if artist.get_visible() and not _sound(artist)]


def _sound(artist):
    if hasattr(artist, "get_text"):
        words = artist.get_text().lower().replace("$", " ").split()
        return not {"nan", "inf", "-inf"} & set(words) and all(map(math.isfinite, map(float, artist.get_position())))
    arrays = [artist.get_xydata()] if hasattr(artist, "get_xydata") else []
    arrays += [path.vertices for path in artist.get_paths()] if hasattr(artist, "get_paths") else []
    arrays += [artist.get_path().vertices] if hasattr(artist, "get_path") and not arrays else []
    for name in ("get_offsets", "get_array", "get_bbox"):
        value = getattr(artist, name)() if hasattr(artist, name) else None
        arrays += [] if value is None else [value]
    return all(np.isfinite(np.ma.getdata(np.asarray(array, dtype=float))).all() for array in arrays)


def spelled(path):
    """Return the packages that the first cell names, so that a browser loads them."""
    return set(SPELLED.search(code_cells(path)[0])[1].split(", "))
