"""What a notebook stores, with something left out: a picture with parts erased or cut, a live figure without some layers, a
table with empty cells. Nothing is drawn a second time by other code.
"""

import base64
import io
import json
import re
import sys
from functools import lru_cache
from html import escape
from pathlib import Path

import numpy as np
import vl_convert
from PIL import Image

sys.path.append(str(Path(__file__).resolve().parent.parent / "_ext"))
from website.stored import LIVE, drawn, moved

ROOT = Path(__file__).resolve().parent.parent

WIDTH = 640  # of a live figure, as it is drawn; paper shows it larger
SURE, NEAR = 0.35, 0.3  # share of a colour in a pixel, and how far its hue may be off, to be erased
MOST = 1.15  # more than this of a colour is another, darker one
EDGE, WINDOW = 2, 8  # pixels around, in which the rest of a line goes too, and from which the gap is filled
CELL = re.compile(r"(<t[dh]\b[^>]*>)(.*?)(</t[dh]>)", re.S)
ROW = re.compile(r"<tr\b.*?</tr>", re.S)
NUMBER = re.compile(r"[−-]?\d+\.\d+")
LIST_TABLE = r"```\{list-table\}[^\n]*\n(?:(?!```)[^\n]*\n)*?:name: %s\n(.*?)\n```"


class Missing(ValueError):
    """There is no such figure, table, control or layer."""


def notebook_of(label, chapter):
    """Return the notebook that a label is in: that of a lab if it says so, else the chapter's."""
    lab = re.search(r"^(?:fig|tab)-lab-(\d+)-|^lab-(\d+)-", label) or re.search(r"^(lab)-(\d+)-", chapter)
    pattern = f"labs/{lab[1] if lab[1] and lab[1] != 'lab' else lab[2]}-*.ipynb" if lab else f"chapters/{chapter}.ipynb"
    paths = sorted(ROOT.glob(pattern))
    if not paths:
        raise Missing(f"no notebook {pattern} for {label}")
    return paths[0]


@lru_cache(maxsize=40)
def cells(path):
    """Return the cells of a notebook."""
    return json.loads(path.read_text("utf-8"))["cells"]


def cell_of(label, chapter):
    """Return the cell whose figure or table has this label."""
    path = notebook_of(label, chapter)
    for cell in cells(path):
        if cell["metadata"].get("mystnb", {}).get("figure", {}).get("name") == label:
            return cell
    raise Missing(f"{path.name} stores no {label}")


def picture(label, chapter, **options):
    """Return a stored figure as an `img`, with what `options` say left out.

    For a live figure: `set`, its controls as in "reveal=true power=21"; `drop`, layers by the kind of their mark, a blank and
    their colour if one kind is not enough. For a picture: `erase`, colours; `cover`, boxes in per cent from left, top, right,
    bottom; `keep`, the one box that is left.
    """
    cell = cell_of(label, chapter)
    data = drawn(cell)
    if data is None:
        raise Missing(f"{label} has no picture")
    hidden = options.get("says", "")  # what is said of the picture when its own words tell what is covered
    if LIVE in data:
        spec = without_layers(
            moved(data[LIVE], checked(label, data[LIVE], options.get("set", ""))), options.get("drop", [])
        )
        return image("image/svg+xml", still(spec).encode(), hidden or spec["description"])
    words = cell["metadata"]["mystnb"].get("image", {}).get("alt") or label
    return image("image/png", png(base64.b64decode(data["image/png"]), **options), hidden or words)


def image(kind, content, words):
    """Return an `img` with the picture inside."""
    return f'<img src="data:{kind};base64,{base64.b64encode(content).decode()}" alt="{escape(words)}">'


def checked(label, spec, settings):
    """Return the settings, if the figure has these controls."""
    names = [param["name"] for param in spec.get("params", [])]
    for setting in settings.split():
        if setting.partition("=")[0] not in names:
            raise Missing(f"{label} has no control of {setting}; it has {', '.join(names)}")
    return settings


def kind_of(layer):
    """Return the kind of a layer's mark and its colour."""
    mark = layer["mark"]
    return (mark, "") if isinstance(mark, str) else (mark["type"], mark.get("color", ""))


def without_layers(spec, drop):
    """Return a specification without the layers that `drop` names."""
    layers = spec.get("layer", [])
    for name in drop:
        kind, _, color = name.partition(" ")
        gone = [layer for layer in layers if kind_of(layer)[0] == kind and color in ("", kind_of(layer)[1])]
        if not gone:
            raise Missing(
                f"no layer {name}; there are {sorted({' '.join(kind_of(layer)).strip() for layer in layers})}"
            )
        layers = [layer for layer in layers if layer not in gone]
    return {**spec, "layer": layers} if drop else spec


def still(spec):
    """Return a live figure as SVG."""
    vega = vl_convert.vegalite_to_vega(spec)
    for signal in vega.get("signals", []):
        signal.pop("bind", None)
        if signal["name"] == "width":
            signal.clear()
            signal.update(name="width", value=WIDTH)
    svg, seen = vl_convert.vega_to_svg(vega), {}
    return re.sub(
        r"\b(clip|gradient_)\d+", lambda one: seen.setdefault(one[0], f"{one[1]}{len(seen)}"), svg
    )  # a counter


def png(content, erase=(), cover=(), keep=None, **_):
    """Return a picture with colours erased, boxes made white, and cut to what is kept."""
    opened = Image.open(io.BytesIO(content)).convert("RGBA")
    white = Image.new("RGBA", opened.size, "white")
    white.alpha_composite(opened)
    pixels = np.array(white.convert("RGB"), float)
    for color in erase:
        pixels = erased(pixels, color)
    for place in cover:
        pixels[box(pixels, place)] = 255
    if keep:
        pixels = pixels[box(pixels, keep)]
    out = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(out, "PNG", optimize=True)
    return out.getvalue()


def box(pixels, place):
    """Return the slices of a box given in per cent from the left and the top: left, top, right, bottom."""
    left, top, right, bottom = place
    if not (0 <= left < right <= 100 and 0 <= top < bottom <= 100):
        raise ValueError(f"a box is left, top, right, bottom in per cent, got {place}")
    high, wide = pixels.shape[:2]
    return (
        slice(round(top * high / 100), round(bottom * high / 100)),
        slice(round(left * wide / 100), round(right * wide / 100)),
    )


def erased(pixels, color):
    """Return pixels in which those of a colour, and its mixtures around them, look like what is beside them."""
    ink = 255.0 - np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)])
    dark = 255 - pixels
    part = dark @ ink / (ink @ ink)
    off = np.linalg.norm(dark - part[..., None] * ink, axis=-1) / np.maximum(np.linalg.norm(dark, axis=-1), 1)
    grown = sure = (part > SURE) & (part < MOST) & (off < NEAR)
    high, wide = sure.shape
    for _ in range(EDGE):
        padded = np.pad(grown, 1)
        grown = np.any([padded[i : i + high, j : j + wide] for i in range(3) for j in range(3)], axis=0)
    gone = grown & (part < MOST) & ((off < NEAR) | (part < 0.5))
    filled = np.pad(
        np.where(gone[..., None], np.nan, pixels), ((WINDOW, WINDOW), (WINDOW, WINDOW), (0, 0)), constant_values=np.nan
    )
    row, column = np.nonzero(gone)
    around = [filled[row + i, column + j] for i in range(0, 2 * WINDOW + 1, 2) for j in range(0, 2 * WINDOW + 1, 2)]
    kept = ~np.isnan(around).all(axis=(0, 2))
    result = pixels.copy()
    result[row, column] = 255
    result[row[kept], column[kept]] = np.nanmedian(np.array(around)[:, kept], axis=0)
    return result


def table(label, chapter, hide=(), numbers=False, add=(), **_):
    """Return a stored table with the columns `hide` (from 0, or from the end) empty, or all decimal
    numbers, and empty columns added.
    """
    try:
        html = "".join(
            next(o["data"]["text/html"] for o in cell_of(label, chapter)["outputs"] if "text/html" in o.get("data", {}))
        )
    except Missing:
        html = listed(label, chapter)
    head, body = html.split("<tbody>") if "<tbody>" in html else ("", html)

    def emptied(found):
        parts = CELL.findall(found[0])
        for k, (start, words, end) in enumerate(parts):
            if k in hide or k - len(parts) in hide:
                parts[k] = start, "", end
            elif numbers and k:
                parts[k] = start, NUMBER.sub("", words).strip(" ,/"), end
        return "<tr>" + "".join(map("".join, parts)) + "<td></td>" * len(add) + "</tr>"

    body = ROW.sub(emptied, body)
    if add:
        last = head.rindex("</tr>")
        head = head[:last] + "".join(f"<th>{escape(name)}</th>" for name in add) + head[last:]
    html = head + "<tbody>" + body if head else body
    return html.replace('<div style="overflow-x:auto">', "").replace("</div>", "")


def listed(label, chapter):
    """Return a `list-table` of a chapter's text as HTML."""
    for cell in cells(notebook_of(label, chapter)):
        found = re.search(LIST_TABLE % re.escape(label), "".join(cell["source"]), re.S)
        if found:
            rows = [re.split(r"\n  - ", row) for row in re.split(r"(?:^|\n)\* - ", found[1])[1:]]
            made = [[plain(words) for words in row] for row in rows]
            head, *body = made
            out = "<table><thead><tr>" + "".join(f"<th>{one}</th>" for one in head) + "</tr></thead><tbody>"
            return (
                out
                + "".join("<tr>" + "".join(f"<td>{one}</td>" for one in row) + "</tr>" for row in body)
                + "</tbody></table>"
            )
    raise Missing(f"no table {label} in {chapter}")


def plain(words):
    """Return a cell's text as HTML; powers stand high.

    >>> plain("as $n^{-(1 - 1/a)}$")
    'as n<sup>-(1 - 1/a)</sup>'
    """
    words = escape(re.sub(r"\{[a-z]+\}`([^`<]*?)(?: <[^`]*>)?`", r"\1", words.strip()))
    return re.sub(r"\^\{([^}]*)\}|\^(\w)", lambda found: f"<sup>{found[1] or found[2]}</sup>", words).replace("$", "")
