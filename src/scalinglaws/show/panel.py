"""A lab panel: controls above a picture that follows them, above a line of text.

Everything but what moves is drawn once. What keyboards, screen readers, thumbs and phones need beyond ipywidgets is done
in the page, by `panel.js` and `panel.css`; without them a panel still works.
"""

import base64
import html
import weakref
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import combinations
from typing import ClassVar, NamedTuple

import ipywidgets as widgets
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from scalinglaws.show.controls import any_setting, settings
from scalinglaws.show.figures import COLORS, use_style


class Frame(NamedTuple):
    """What a panel shows in one state: the picture as PNG, and the line of text below it."""

    png: bytes
    readout: str


class Panel(widgets.VBox):
    """Controls above a picture above a line of text; where no widget can live (a web page, a stored notebook), the picture.

    A move restores the background, draws the `moving` artists on top and sends a PNG, in a few milliseconds. The
    background is drawn again only when an axis changes its limits, scale or labels.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn up to what stands still. `paper` makes one that pyplot does not show a second time.
    move : callable
        Called as ``move(**state)``, with one value per control. It sets the `moving` artists, hides those that do not
        apply (``set_visible``), and returns the line of text, or None.
    moving : sequence of matplotlib.artist.Artist
        All that `move` ever changes, from back to front. They lie above whatever stands still.
    alt : str
        What is seen, in words: the text alternative of the picture.
    slow : sequence of str
        Names of controls whose model takes longer than a frame: the panel waits until the hand lets go.
    **controls : ipywidgets.Widget
        From `scalinglaws.show.controls`, or sliders, drop-downs, check boxes and toggle buttons of ipywidgets.

    Raises
    ------
    ValueError
        If `alt` or a control's description is empty, if there is no control, or if `slow` names none.

    Examples
    --------
    >>> from scalinglaws.show.controls import slider
    >>> picture = paper()
    >>> (line,) = picture.add_subplot(ylim=(0, 9)).plot([1, 9], [8, 8])
    >>> def move(height):
    ...     line.set_ydata([8, height])
    ...     return f"ends at {height:.1f}"
    >>> panel = Panel(picture, move, [line], "A line.", height=slider("height", 4, 1, 9, 0.1))
    >>> panel.render({"height": 2}).readout
    'ends at 2.0'
    """

    made: ClassVar = weakref.WeakSet()
    """Every panel that is alive, for tests."""

    def __init__(self, figure, move, moving, alt, /, *, slow=(), **controls):
        if not controls or not alt or set(slow) - set(controls):
            raise ValueError(f"a panel must have controls, an alt text, and slow among {list(controls)}, got {slow}")
        self.figure, self.move, self.moving, self.alt, self.controls = figure, move, list(moving), alt, controls
        self.canvas = FigureCanvasAgg(figure)
        self._background = self._drawn_for = None
        for name, control in controls.items():
            _dress(control, name)
            if hasattr(control, "continuous_update"):
                control.continuous_update = name not in slow
            control.observe(self._redraw, "value")
        width = f"{96 * figure.get_figwidth() * 1.1:.0f}px"
        self.picture = widgets.Image(format="png", layout={"width": width, "max_width": "100%", "flex": "0 0 auto"})
        self.line = widgets.HTML()
        self._redraw()
        super().__init__([page_support(alt), *controls.values(), self.picture, self.line])
        self.layout.align_items = "flex-start"
        self.add_class("scalinglaws-panel")
        Panel.made.add(self)

    @property
    def state(self):
        """The value of every control, by name."""
        return {name: control.value for name, control in self.controls.items()}

    def acts(self, name, state):
        """Return whether a control does anything in a state: what its `enabled_when` says, if it has one."""
        condition = getattr(self.controls[name], "enabled_when", None)
        return condition is None or bool(condition(state))

    def render(self, state):
        """Draw one state, a dict with one value per control, and return its `Frame`; nothing else remembers it."""
        readout = self.move(**state) or ""
        looks = [_looks(axes) for axes in self.figure.axes]
        if looks != self._drawn_for:
            for artist in self.moving:
                artist.set_animated(True)  # left out of the background
            self.canvas.draw()
            self._background, self._drawn_for = self.canvas.copy_from_bbox(self.figure.bbox), looks
        self.canvas.restore_region(self._background)
        for artist in self.moving:
            artist.draw(self.canvas.get_renderer())  # not figure.draw_artist, which draws on the latest canvas
        # A picture of 256 colours is compressed in a third of the time, and a third of it is sent.
        return Frame(self._png(palette(), compress_level=1), readout)

    def states(self, seed, n_random=20):
        """Yield the states a test should see: ends and middle of each control, all ends together, and random ones.

        Each comes with the name of the control that left its place, or None where all did.
        """
        places = {name: settings(control) for name, control in self.controls.items()}
        for name, values in places.items():
            for value in values:
                yield name, self.state | {name: value}
        for end in (0, -1):
            yield None, {name: values[end] for name, values in places.items()}
        rng = np.random.default_rng(seed)
        for _ in range(n_random):
            yield None, {name: any_setting(control, rng) for name, control in self.controls.items()}

    def _redraw(self, change=None):
        try:
            self.picture.value, readout = self.render(self.state)
            self._enable()
        except Exception as error:  # a notebook hides what a callback raises: the reader would see a frozen picture
            self.line.value = _line(f"{type(error).__name__}: {error}")
            raise
        self.line.value = _line(readout)

    def _enable(self):
        for name, control in self.controls.items():
            acts = self.acts(name, self.state)
            control.disabled = not acts
            (control.remove_class if acts else control.add_class)("scalinglaws-off")

    def _png(self, palette=None, **options):
        size = self.canvas.get_width_height()
        picture = Image.frombuffer("RGBA", size, self.canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
        file, picture = BytesIO(), picture.convert("RGB")
        if palette:
            picture = picture.quantize(palette=palette, dither=Image.Dither.NONE)
        picture.save(file, "png", **options)
        return file.getvalue()

    def _repr_mimebundle_(self, **kwargs):
        readout = self.render(self.state).readout
        png = base64.b64encode(self._png(optimize=True)).decode()
        text = f"{self.alt}\n{readout}".strip()
        return {**super()._repr_mimebundle_(**kwargs), "image/png": png, "text/plain": text}


def paper(width=6.4, height=3.7, dpi=120):
    """Return an empty figure in the course's style, in inches, sharp on a fine screen, that pyplot does not know.

    >>> paper(width=5).get_dpi()
    120
    """
    use_style()
    return Figure(figsize=(width, height), dpi=dpi, layout="constrained")


def page_support(alt):
    """Return the unseen element that names handles and picture (`alt`) and makes a panel fit a phone."""
    script, style = ((files("scalinglaws.show") / f"panel.{kind}").read_text("utf-8") for kind in ("js", "css"))
    onload = html.escape(f"{script}supportPanel(this);")
    return widgets.HTML(
        f'<style data-alt="{html.escape(alt)}" onload="{onload}">{style}</style>', layout={"display": "contents"}
    )


@cache
def palette():
    """Return the 256 colours of a moving picture, as an image of mode P: the course's own, paler, darker, mixed, greys."""
    hues = [np.array(to_rgb(color)) for color in COLORS.values() if len(set(to_rgb(color))) > 1]
    mixed = [(hue + other) / 2 for hue, other in combinations(hues, 2)]  # where two bands overlap
    # None is nearly white: Pillow looks colours up in boxes, and white must find itself.
    shades = [1 + (hue - 1) * share for hue in hues for share in np.linspace(0.08, 1, 24)]
    shades += [1 + (hue - 1) * share for hue in mixed for share in (0.25, 0.45, 0.7)]
    shades += [hue * share for hue in hues for share in np.linspace(1, 0, 7)[1:-1]]
    shades += [np.full(3, share) for share in np.linspace(0, 1, 256 - len(shades))]
    image = Image.new("P", (1, 1))
    image.putpalette(np.round(255 * np.array(shades)).astype(np.uint8).tobytes())
    return image


def _dress(control, name):
    """Give a control the width and label that a panel wants; refuse one without a label, or of an unknown kind."""
    if not control.description:
        raise ValueError(f"{name} must have a description: it is the label, and the name for a screen reader")
    settings(control)
    control.style.description_width = "initial"
    control.layout.width, control.layout.max_width = "100%", "720px"


def _looks(axes):
    """What the background shows of axes: it is drawn again when this changes."""
    return axes.viewLim.frozen().bounds, axes.get_xscale(), axes.get_yscale(), axes.get_xlabel(), axes.get_ylabel()


def _line(text):
    return f'<p class="scalinglaws-readout" role="status">{html.escape(text)}</p>'
