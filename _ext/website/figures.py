"""Live figures on the page: compiled and drawn once while the book is built, moved by Vega in the reader's browser.

What the page carries for each figure: a picture (shown at once, in print, and where there is no script), its controls as
plain HTML of their final size, and the compiled specification. `figures.js` brings it to life when it comes into view.
"""

import hashlib
import json
import re
from html import escape
from pathlib import Path
from urllib.parse import quote

import vl_convert
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from website.theme import cache_path, relative_root

HERE = Path(__file__).parent
WIDTHS = {"wide": 680, "narrow": 330}  # of a text column on a desk and on a phone, in pixels
# All that a compiled figure needs, without Vega-Lite. The address is a name inside vl_convert: nothing is fetched.
RUNTIME = (
    f'import {{parse, View}} from "https://cdn.jsdelivr.net/npm/vega@{vl_convert.get_vega_version()}/+esm";'
    "window.bookVega = {parse, View};"
)


def copy_scripts(app):
    """Write the scripts. Not through _static/: Jupyter Book loads every script found there on every page."""
    if app.builder.name != "html":
        return
    folder = Path(app.outdir, "_static", "live")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("figures.js", "book.js", "search.js", "setup_check.js", "tables.js"):
        (folder / name).write_text((HERE / name).read_text("utf-8"), "utf-8")
    runtime = cached(app, f"vega-{vl_convert.__version__}-{RUNTIME}.js", _runtime)
    (folder / "vega.js").write_text(runtime, encoding="utf-8")


def _runtime():
    return "(() => {" + vl_convert.javascript_bundle(RUNTIME) + "})();"  # its names would clash with other scripts


def cached(app, key, make):
    """Return text kept between builds under the build folder, made by `make` if it is not there."""
    path = cache_path(app, "figures", key)
    if not path.exists():
        path.write_text(make(), encoding="utf-8")
    return path.read_text("utf-8")


def place(app, doctree, docname):
    """Give every live figure of a page its picture and its controls."""
    if app.builder.name != "html":
        return
    boxes = [node for node in doctree.findall(nodes.raw) if "live-figure" in node["classes"]]
    for number, node in enumerate(boxes):
        found = re.search(r'<script type="application/json">(.*?)</script>', node.astext(), re.S)
        spec = json.loads(found[1])
        html = figure_html(app, spec, f"live-{number + 1}", docname, first=number == 0)
        node.parent.replace(node, nodes.raw("", html, format="html"))  # its class would wrap it once more


def figure_html(app, spec, name, docname, first=False):
    """Return the HTML of one live figure."""
    controls = [p for p in spec.get("params", []) if isinstance(p.get("bind"), dict)]
    made = compiled(app, spec)
    sources = {size: address(app, svg, docname, inline=first) for size, svg in made["pictures"].items()}
    heights = {size: round(float(re.search(r'\bheight="([\d.]+)"', svg)[1])) for size, svg in made["pictures"].items()}
    text = json.dumps(made["vega"], separators=(",", ":")).replace("</", "<\\/")
    rows = "".join(_control_html(param, f"{name}-{param['name']}") for param in controls)
    loading = "" if first else ' loading="lazy"'
    style = f"--height: {heights['wide']}px; --height-narrow: {heights['narrow']}px"
    return (
        f'<div class="live-figure" id="{name}" style="{style}"><div class="live-stage"><picture class="live-still">'
        f'<source media="(max-width: 576px)" srcset="{sources["narrow"]}">'
        f'<img src="{sources["wide"]}" alt="{escape(spec.get("description", ""))}"{loading}></picture>'
        f'<div class="live-view"></div></div><div class="live-controls">{rows}</div>'
        f'<script type="application/json">{text}</script></div>'
    )


def address(app, svg, docname, inline):
    """Return where a page finds a picture; the first one of a page is in the page itself, so that nothing waits for it."""
    if inline:
        short = svg.replace("'", "&#39;").replace('"', "'")  # a double quote costs three bytes here
        return "data:image/svg+xml," + quote(short, safe="'()-./:;=@_")  # srcset ends at a blank or a comma
    file = f"live-{hashlib.sha256(svg.encode()).hexdigest()[:12]}.svg"
    target = Path(app.outdir, "_images", file)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(svg, encoding="utf-8")
    return f"{relative_root(docname)}/_images/{file}"


def compiled(app, spec, widths=WIDTHS):
    """Return the Vega specification of a figure and its pictures, one for each width."""
    key = json.dumps([vl_convert.__version__, widths, spec], sort_keys=True)
    return json.loads(cached(app, key, lambda: _made(spec, widths)))


def _made(spec, widths):
    """Compile a Vega-Lite specification, and draw it."""
    vega = vl_convert.vegalite_to_vega(spec)
    for signal in vega.get("signals", []):
        signal.pop("bind", None)  # the page has controls of its own
    vega.pop("$schema", None)
    pictures = {}
    for size, width in widths.items():
        fixed = json.loads(json.dumps(vega))
        for signal in fixed.get("signals", []):
            if signal["name"] == "width":
                signal.clear()
                signal.update(name="width", value=width)
        pictures[size] = vl_convert.vega_to_svg(fixed)
    return json.dumps({"vega": vega, "pictures": pictures})


def _control_html(param, id):
    bind, value = param["bind"], param.get("value")
    label = escape(bind.get("name", param["name"]).strip())
    common = f'id="{id}" data-param="{escape(param["name"])}" autocomplete="off"'
    kind = bind["input"]
    if kind == "checkbox":
        ticked = " checked" if value else ""
        return f'<div class="live-control live-check"><input type="checkbox" {common}{ticked}><label for="{id}">{label}</label></div>'
    if kind in ("select", "radio"):
        labels = bind.get("labels") or bind["options"]
        options = "".join(
            f"<option value='{escape(json.dumps(option))}'{' selected' if option == value else ''}>{escape(str(text))}</option>"
            for option, text in zip(bind["options"], labels, strict=True)
        )
        return f'<div class="live-control"><label for="{id}">{label}</label><select class="form-select" {common}>{options}</select></div>'
    if kind != "range":
        raise ValueError(f"a live figure has sliders, checkboxes and drop-downs, not {kind}")
    low, high, step = (bind[key] for key in ("min", "max", "step"))
    shown = f"{value:.{decimals(step)}f}"
    return (
        f'<div class="live-control"><label for="{id}">{label}</label><span class="live-value" aria-hidden="true">{shown}</span>'
        f'<input type="range" {common} min="{low:g}" max="{high:g}" step="{step:g}" value="{value:g}" aria-valuetext="{shown}"></div>'
    )


def decimals(step):
    """Return how many decimals a slider's value needs."""
    return len(f"{step:.6f}".rstrip("0").partition(".")[2])


class LiveFigure(SphinxDirective):
    """`{live-figure} name`: a figure of `scalinglaws.book.front`, on a page that is no notebook. Content: its caption."""

    required_arguments = 1
    has_content = True
    option_spec = {"name": directives.unchanged}  # noqa: RUF012

    def run(self):
        """Return the figure."""
        from scalinglaws.book import front
        from scalinglaws.show.mime import box

        self.env.note_dependency(front.__file__)
        figure = nodes.figure("", box(getattr(front, self.arguments[0])().spec))
        if self.content:
            paragraph = nodes.paragraph()
            self.state.nested_parse(self.content, self.content_offset, paragraph)
            figure += nodes.caption("", "", *paragraph[0].children)
        if "name" in self.options:
            self.add_name(figure)
        return [figure]


def setup(app):
    """Connect to the build."""
    app.add_directive("live-figure", LiveFigure)
    app.connect("builder-inited", copy_scripts)
    app.connect("doctree-resolved", place)
