"""Lab panels: pure in their state, cheap to move, and readable where no widget lives."""

import base64
import gc
import html
import re
import tomllib
from io import BytesIO
from pathlib import Path

import ipywidgets as widgets
import lab_walk
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from scalinglaws.show import controls
from scalinglaws.show.controls import buttons, choice, log_slider, slider, switch, whole_slider
from scalinglaws.show.figures import COLORS
from scalinglaws.show.panel import Panel, paper


def line_panel(**options):
    figure = paper(4, 3, 60)
    axes = figure.add_subplot(xlim=(0, 1), ylim=(-0.5, 1.5))
    (line,) = axes.plot([0.2, 0.8], [0, 0])  # clear of the frame, which a whole drawing puts above it

    def move(height, wide=False):
        axes.set_xlim(0, 2 if wide else 1)
        line.set_ydata([0, height])
        return f"height {height:.2f}"

    controls = {"height": slider("height", 0.5, 0, 1, 0.01)} | options.pop("controls", {})
    return Panel(figure, move, [line], "A line that rises & falls.", **options, **controls)


def pixels(png):
    return np.asarray(Image.open(BytesIO(png)).convert("RGB")).astype(int)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=4))
def test_a_picture_depends_on_the_state_alone_and_not_on_what_was_drawn_before(moves):
    panel = line_panel(controls={"wide": switch("wide")})
    fresh = line_panel(controls={"wide": switch("wide")})
    for height, wide in moves:
        frame = panel.render({"height": height, "wide": wide})
    assert frame == fresh.render({"height": height, "wide": wide})


def test_a_blitted_picture_equals_the_figure_drawn_whole():
    panel = line_panel()
    panel.render({"height": 0.1})
    panel.render({"height": 0.9})
    blitted = pixels(panel._png())
    whole_figure = BytesIO()
    panel.figure.savefig(whole_figure, format="png", dpi=panel.figure.dpi)
    assert np.abs(blitted - pixels(whole_figure.getvalue())).max() <= 1


def test_the_colours_of_a_moving_picture_are_close_to_those_of_the_drawing():
    figure = paper(4, 3, 60)
    axes = figure.add_subplot()
    for color in COLORS.values():
        axes.plot(np.random.default_rng(0).normal(size=9), color=color)
    panel = Panel(figure, lambda height: None, [], "Lines.", height=slider("height", 0.5, 0, 1, 0.01))
    moving, drawn = pixels(panel.render({"height": 0.5}).png), pixels(panel._png())
    off = np.abs(moving - drawn).max(axis=-1)
    assert off.max() < 64 and off[off > 0].mean() < 8 and (off > 16).mean() < 0.01


def test_the_background_is_drawn_once_and_again_only_when_an_axis_changes(monkeypatch):
    panel, drawn = line_panel(controls={"wide": switch("wide")}), []
    draw = panel.canvas.draw
    monkeypatch.setattr(panel.canvas, "draw", lambda: drawn.append(1) or draw())
    for height in np.linspace(0, 1, 10):
        panel.render({"height": height, "wide": False})
    assert not drawn
    panel.render({"height": 0.5, "wide": True})
    assert len(drawn) == 1


def test_two_panels_may_share_a_figure():
    first, second = line_panel(), None
    second = Panel(first.figure, first.move, first.moving, "the same", height=slider("height", 0.2, 0, 1, 0.01))
    assert first.render({"height": 0.9}).png == second.render({"height": 0.9}).png
    assert first.render({"height": 0.1}).png != first.render({"height": 0.9}).png


def test_moving_a_slider_changes_picture_and_readout():
    panel = line_panel()
    before = panel.picture.value
    panel.controls["height"].value = 0.75
    assert panel.picture.value != before
    assert "height 0.75" in panel.line.value
    assert panel.state == {"height": 0.75}


def test_sliders_follow_the_hand_unless_slow():
    assert line_panel().controls["height"].continuous_update
    assert not line_panel(slow=["height"]).controls["height"].continuous_update


def test_an_error_is_shown_to_the_reader_and_not_swallowed():
    panel = line_panel()
    panel.move = lambda height: 1 / 0
    with pytest.raises(ZeroDivisionError):
        panel.controls["height"].value = 0.1
    assert "ZeroDivisionError" in panel.line.value


def test_where_no_widget_lives_a_panel_is_its_picture_its_description_and_its_readout():
    panel = line_panel()
    bundle = panel._repr_mimebundle_()
    shown = pixels(base64.b64decode(bundle["image/png"]))
    panel.render(panel.state)
    assert (shown == pixels(panel._png())).all()
    assert bundle["text/plain"] == "A line that rises & falls.\nheight 0.50"
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert panel._repr_mimebundle_()["image/png"] == bundle["image/png"]


def test_text_of_a_panel_cannot_break_out_of_its_element():
    panel = line_panel()
    panel.move = lambda height: "<b>5 < 6</b>"
    panel.controls["height"].value = 0.1
    assert "<b>" not in panel.line.value
    alt = re.search(r'data-alt="([^"]*)"', panel.children[0].value)[1]
    assert html.unescape(alt) == panel.alt


def test_pictures_shrink_on_a_phone_and_controls_stand_one_below_the_other():
    panel = line_panel()
    assert panel.picture.layout.max_width == "100%"
    assert isinstance(panel, widgets.VBox)
    assert all(control.layout.width == "100%" for control in panel.controls.values())


def test_the_readout_is_announced():
    assert 'role="status"' in line_panel().line.value


def test_panels_are_registered_and_let_go():
    panel = line_panel()
    assert panel in Panel.made
    panel.close_all()
    del panel
    gc.collect()
    assert not [panel for panel in Panel.made if panel.alt == "A line that rises & falls."]


@pytest.mark.parametrize(
    "broken",
    [
        {"slow": ["heigth"]},
        {"controls": {"nameless": widgets.FloatSlider()}},
        {"controls": {"other": widgets.Text(description="text")}},
    ],
)
def test_a_panel_that_a_reader_could_not_use_is_refused(broken):
    with pytest.raises(ValueError):
        line_panel(**broken)


def test_a_panel_without_alt_text_or_controls_is_refused():
    with pytest.raises(ValueError):
        Panel(paper(), lambda: None, [], "a picture")
    with pytest.raises(ValueError):
        Panel(paper(), lambda x: None, [], "", x=switch("x"))


@pytest.mark.parametrize(
    ("control", "values"),
    [
        (slider("a", 0.3, 0.1, 0.5, 0.1), [0.1, 0.3, 0.5]),
        (whole_slider("a", 2, 1, 6), [1, 3, 6]),
        (switch("a"), [False, True]),
        (choice("a", {"one": 1, "two": 2}), [1, 2]),
        (buttons("a", ["x", "y", "z"]), ["x", "y", "z"]),
    ],
)
def test_settings_are_the_ends_and_the_middle_or_all_options(control, values):
    assert controls.settings(control) == values


def test_the_middle_of_a_logarithmic_slider_is_the_geometric_mean():
    assert np.allclose(controls.settings(log_slider("a", 10, 1, 1e4)), [1, 1e2, 1e4])


@settings(deadline=None)
@given(st.integers(0, 1000))
def test_random_settings_are_values_that_the_control_accepts_unchanged(seed):
    rng = np.random.default_rng(seed)
    for control in (
        slider("a", 0, -1, 1, 0.1),
        whole_slider("a", 2, 1, 6),
        log_slider("a", 10, 1, 1e4),
        choice("a", "xyz"),
    ):
        value = controls.any_setting(control, rng)
        control.value = value
        assert control.value == value


def test_states_hold_ends_and_middle_of_each_control_and_the_random_ones():
    panel = line_panel(controls={"wide": switch("wide")})
    states = list(panel.states(seed=1, n_random=7))
    assert len(states) == 3 + 2 + 2 + 7
    assert states == list(panel.states(seed=1, n_random=7))
    assert ("height", {"height": 1, "wide": False}) in states
    assert panel.state == {"height": 0.5, "wide": False}


@pytest.mark.parametrize("value", [0, 11, float("nan"), float("inf")])
def test_a_slider_that_starts_outside_its_ends_is_refused(value):
    with pytest.raises(ValueError):
        slider("a", value, 1, 10, 1)
    with pytest.raises(ValueError):
        log_slider("a", value, 1, 10)


def test_a_logarithmic_slider_needs_ends_above_zero():
    with pytest.raises(ValueError, match="low"):
        log_slider("a", 1, 0, 10)


def test_a_choice_needs_options_and_starts_at_one_of_them():
    with pytest.raises(ValueError, match="empty"):
        choice("a", [])
    with pytest.raises(ValueError, match="one of"):
        buttons("a", ["x", "y"], "z")


def waiting_panel():
    """A panel whose height counts only where the line is tilted."""
    figure = paper(3, 2, 50)
    (line,) = figure.add_subplot(xlim=(0, 1), ylim=(-1, 2)).plot([0, 1], [0, 0])

    def move(tilted, height):
        line.set_ydata([0, height if tilted else 0])

    height = slider("height", 0.5, 0.1, 1, 0.1, enabled_when=lambda state: state["tilted"])
    return Panel(figure, move, [line], "A line.", tilted=switch("tilted"), height=height)


def test_a_control_that_does_nothing_in_a_state_is_disabled_there_and_looks_it():
    panel = waiting_panel()
    height, tilted = panel.controls["height"], panel.controls["tilted"]
    assert height.disabled and "scalinglaws-off" in height._dom_classes
    tilted.value = True
    assert not height.disabled and "scalinglaws-off" not in height._dom_classes
    tilted.value = False
    assert height.disabled and not tilted.disabled and panel.state == {"tilted": False, "height": 0.5}


def test_a_disabled_slider_is_named_as_such_in_the_page_and_faint():
    support = waiting_panel().children[0].value
    assert "aria-disabled" in html.unescape(support) and ".scalinglaws-off" in support


def test_the_walk_of_a_waiting_control_passes_and_catches_a_false_condition(walk):
    walk(waiting_panel())
    for condition, words in ((lambda state: True, "never disabled"), (lambda state: False, "always disabled")):
        panel = waiting_panel()
        panel.controls["height"].enabled_when = condition
        with pytest.raises(AssertionError, match=words):
            walk(panel)
    panel.controls["height"].enabled_when = lambda state: not state["tilted"]
    with pytest.raises(AssertionError, match="acts though"):
        walk(panel)


def test_a_condition_must_be_a_function():
    with pytest.raises(ValueError, match="enabled_when of 'height' must be a function"):
        slider("height", 1, 0, 2, 1, enabled_when="tilted")


def test_the_wheel_takes_every_file_that_the_package_reads():
    root = Path(__file__).parents[1]
    patterns = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["scalinglaws"]
    package = root / "src" / "scalinglaws"
    beside = {path for path in package.rglob("*.*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert {path.suffix for path in beside} >= {".js", ".css"}
    assert not beside - {path for pattern in patterns for path in package.glob(pattern)}


def test_unsound_artists_are_found_by_their_data():
    figure = paper()
    axes = figure.add_subplot()
    nan = float("nan")
    good = [
        axes.plot([1], [2])[0],
        axes.scatter([1], [2]),
        axes.text(0, 0, "info 1.2"),
        axes.fill_between([0, 1], 1, 2),
    ]
    bad = [axes.plot([1], [nan])[0], axes.scatter([1], [np.inf]), axes.text(0, 0, "loss nan"), axes.text(nan, 0, "x")]
    bad += [axes.imshow([[1, nan]]), axes.bar([1], [nan])[0]]
    assert lab_walk.unsound(good) == []
    assert lab_walk.unsound(bad) == bad
    for artist in bad:
        artist.set_visible(False)
    assert lab_walk.unsound(bad) == []


def test_white_paper_stays_white():
    moving = pixels(line_panel().picture.value)
    assert (moving == 255).all(axis=-1).mean() > 0.5
