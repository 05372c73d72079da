"""A picture that follows its controls: only what moves is drawn again.

The states of a panel that a test should see, and whether what was drawn is sound.

What a lab panel needs to serve keyboards, screen readers, thumbs and phones.
"""

import base64
import html
import math
import weakref
from functools import cache
from io import BytesIO
from itertools import combinations
from typing import ClassVar, NamedTuple

import ipywidgets as widgets
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image


def settings(control):
    """Return the values a test walks through: the ends and the middle, or every option.

    Parameters
    ----------
    control : ipywidgets.Widget
        A slider, a choice, buttons or a switch.

    Returns
    -------
    list

    Raises
    ------
    ValueError
        If `control` is of a kind that no panel has.

    Examples
    --------
    >>> from scalinglaws.show.controls import slider, switch
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
        whole_number = isinstance(control.value, int)
        middle = (control.min + control.max) // 2 if whole_number else round((control.min + control.max) / 2, 12)
        return [control.min, middle, control.max]
    raise ValueError(f"a control must be a slider, a choice, buttons or a switch, got {type(control).__name__}")


def any_setting(control, rng):
    """Return one value that a hand could set, drawn evenly along the control.

    Parameters
    ----------
    control : ipywidgets.Widget
        As for `settings`.
    rng : numpy.random.Generator
        Where the chance comes from.

    Returns
    -------
    object
    """
    values = settings(control)
    if isinstance(control, widgets.Checkbox) or hasattr(control, "options"):
        return values[rng.integers(len(values))]
    if isinstance(control.value, int):
        return int(rng.integers(control.min, control.max + 1))
    place = rng.uniform(control.min, control.max)
    return float(control.base**place if isinstance(control, widgets.FloatLogSlider) else place)


def unsound(artists):
    """Return the artists that were given something else than finite numbers, or a text that says so.

    Parameters
    ----------
    artists : iterable of matplotlib.artist.Artist
        Those not visible are passed over.

    Returns
    -------
    list of matplotlib.artist.Artist

    Examples
    --------
    >>> from matplotlib.lines import Line2D
    >>> len(unsound([Line2D([1, 2], [3, 4]), Line2D([1, 2], [3, float("nan")])]))
    1
    """
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


# ipywidgets gives a slider's handle no name, a value such as 0.33999999999999997, and lets the notebook's own arrow
# keys win over it (they fold the notebook); its Image has no text alternative. The page puts that right itself:
# a style element calls its `onload` wherever the panel is shown. Without it everything works but for these.
_SCRIPT = """
const panel = this.closest('.scalinglaws-panel');
if (!panel) return;
const put = (element, name, text) => element && element.getAttribute(name) !== text && element.setAttribute(name, text);
const name = () => {
  put(panel.querySelector('img'), 'alt', this.dataset.alt);
  for (const row of panel.querySelectorAll('.widget-slider')) {
    const handle = row.querySelector('.noUi-handle'), value = row.querySelector('.widget-readout');
    const label = row.querySelector('.widget-label').textContent;
    put(handle, 'aria-label', label);
    put(handle, 'data-lm-suppress-shortcuts', 'true');
    if (value) {
      put(handle, 'aria-valuetext', value.textContent);
      put(value, 'role', 'textbox');
      put(value, 'aria-label', label + ', typed');
    }
  }
};
name();
new MutationObserver(name).observe(panel, {childList: true, subtree: true, characterData: true,
  attributes: true, attributeFilter: ['aria-valuetext']});
"""
_STYLE = """
.scalinglaws-panel { max-width: 720px; overflow: hidden; contain: layout paint; }
.scalinglaws-panel > .widget-inline-hbox { flex-wrap: wrap;
  align-items: center; width: 100%; height: auto; margin: 2px 0; }
.scalinglaws-panel > .widget-inline-hbox > .widget-label {
  width: 13em !important; height: auto; line-height: 1.3; text-align: left; white-space: normal; }
.scalinglaws-panel .slider-container { flex: 1 1 8em; margin: 0 12px; }
.scalinglaws-panel .noUi-handle { width: 24px; height: 24px; top: -11px; right: -12px; }
.scalinglaws-panel .noUi-handle:focus-visible { outline: 3px solid #0072B2; outline-offset: 2px; }
.scalinglaws-panel .widget-readout { min-width: 4.5em; }
.scalinglaws-panel .widget-toggle-buttons > div { display: flex; flex-wrap: wrap; flex: 1 1 0; min-width: 12em; width: auto; }
.scalinglaws-panel .widget-toggle-button { width: auto; min-height: 28px; }
.scalinglaws-panel select { flex: 0 1 24em; min-height: 28px; }
.scalinglaws-panel .widget-checkbox { min-height: 28px; }
.scalinglaws-panel img { height: auto; }
.scalinglaws-readout { line-height: 1.4; margin: 2px 0; white-space: normal; }
@media (max-width: 600px) {
  .scalinglaws-panel > .widget-inline-hbox > .widget-label { width: 100% !important; }
  .scalinglaws-panel .noUi-handle { width: 28px; height: 28px; top: -13px; right: -14px; }
}
"""


def dress(control, name):
    """Give a control the width and label that a panel wants.

    Parameters
    ----------
    control : ipywidgets.Widget
        Changed in place.
    name : str
        For the message.

    Raises
    ------
    ValueError
        If it has no description: it would have no label and no name.
    """
    if not control.description:
        raise ValueError(f"{name} must have a description: it is the label, and the name for a screen reader")
    settings(control)
    control.style.description_width = "initial"
    control.layout.width, control.layout.max_width = "100%", "720px"


def page_support(alt):
    """Return the unseen element that names handles and picture and makes a panel fit a phone.

    Parameters
    ----------
    alt : str
        What is seen in the picture.

    Returns
    -------
    ipywidgets.HTML
    """
    script = html.escape(f"(function() {{{_SCRIPT}}}).call(this)")
    element = f'<style data-alt="{html.escape(alt)}" onload="{script}">{_STYLE}</style>'
    return widgets.HTML(element, layout={"display": "contents"})


class Frame(NamedTuple):
    """What a panel shows in one state: the picture as PNG, and the line of text below it."""

    png: bytes
    readout: str


class Panel(widgets.VBox):
    """Controls above a picture above a line of text.

    All but the `moving` artists is drawn once and kept as the background; a move restores it, draws these artists
    on top and sends a PNG, in a few milliseconds. The background is drawn again only when an axis changes its limits,
    scale or labels. Where no widget can live (a web page, a stored notebook) the panel is a picture.

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
            dress(control, name)
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

    def render(self, state):
        """Draw one state; nothing else remembers it.

        Parameters
        ----------
        state : dict
            One value per control.

        Returns
        -------
        Frame
        """
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

        Parameters
        ----------
        seed : int
            Of the random states.
        n_random : int
            How many.

        Yields
        ------
        str or None, dict
            The control that left its place (None: all of them), and the state.
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
        except Exception as error:  # a notebook hides what a callback raises: the reader would see a frozen picture
            self.line.value = _line(f"{type(error).__name__}: {error}")
            raise
        self.line.value = _line(readout)

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
    """Return an empty figure in the course's style, sharp on a fine screen, that pyplot does not know.

    Parameters
    ----------
    width, height : float
        Inches.
    dpi : int
        Dots per inch.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> paper(width=5).get_dpi()
    120
    """
    from matplotlib.figure import Figure

    from scalinglaws.show.figures import use_style

    use_style()
    return Figure(figsize=(width, height), dpi=dpi, layout="constrained")


@cache
def palette():
    """Return the 256 colours of a moving picture: the course's own, paler, darker and mixed, and greys.

    Returns
    -------
    PIL.Image.Image
        Of mode P: what `PIL.Image.Image.quantize` takes.

    Examples
    --------
    >>> palette().mode
    'P'
    """
    from matplotlib.colors import to_rgb

    from scalinglaws.show.figures import COLORS

    hues = [np.array(to_rgb(color)) for color in COLORS.values() if len(set(to_rgb(color))) > 1]
    mixed = [(one + other) / 2 for one, other in combinations(hues, 2)]  # where two bands overlap
    # None is nearly white: Pillow looks colours up in boxes, and white must find itself.
    shades = [1 + (hue - 1) * share for hue in hues for share in np.linspace(0.08, 1, 24)]
    shades += [1 + (hue - 1) * share for hue in mixed for share in (0.25, 0.45, 0.7)]
    shades += [hue * share for hue in hues for share in np.linspace(1, 0, 7)[1:-1]]
    shades += [np.full(3, share) for share in np.linspace(0, 1, 256 - len(shades))]
    image = Image.new("P", (1, 1))
    image.putpalette(np.round(255 * np.array(shades)).astype(np.uint8).tobytes())
    return image


def _looks(axes):
    """What the background shows of axes: it is drawn again when this changes."""
    return axes.viewLim.frozen().bounds, axes.get_xscale(), axes.get_yscale(), axes.get_xlabel(), axes.get_ylabel()


def _line(text):
    return f'<p class="scalinglaws-readout" role="status">{html.escape(text)}</p>'
