"""Figures of the chapters on another page: the output that the notebook stores, found by its label and never drawn twice."""

import hashlib
import json
from base64 import b64decode
from functools import lru_cache
from html import escape
from os.path import relpath
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from website.figures import address, compiled
from website.tables import raw

LIVE = "application/vnd.vegalite.v5+json"
PAPER = 520  # pixels of a picture that is printed half as wide as the page


class StoredFigure(SphinxDirective):
    """`{stored-figure} fig-label`: the figure of a chapter that has this label. Content: a caption for this page.

    `:set: name=value` moves a control of a live figure; `:still:` shows its picture alone, without controls. The figure has
    no number here, because it has one in its chapter.
    """

    required_arguments = 1
    has_content = True
    option_spec = {"still": directives.flag, "set": directives.unchanged}  # noqa: RUF012

    def run(self):
        """Return the figure."""
        path, cell = stored(self.env.srcdir, self.arguments[0])
        if path is None:
            raise self.error(f"stored-figure: no chapter has a figure with the label {self.arguments[0]}")
        self.env.note_dependency(str(path))
        caption = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, caption)
        return [
            raw('<figure class="stored">'),
            *self.picture(cell),
            raw("<figcaption>"),
            *caption.children,
            raw("</figcaption></figure>"),
        ]

    def picture(self, cell):
        """Return the nodes of what the cell drew: for the screen and, if it is drawn here, for paper."""
        from scalinglaws.show.mime import box

        data = drawn(cell)
        if LIVE not in data:
            alt = cell["metadata"]["mystnb"]["image"]["alt"]
            return [nodes.image(uri=self.file(b64decode(data["image/png"])), alt=alt)]
        spec = moved(data[LIVE], self.options.get("set", ""))
        return [to_draw(spec, "still-figure") if "still" in self.options else box(spec), to_draw(spec, "paper-figure")]

    def file(self, content):
        """Return where a picture lies. MyST-NB writes it under the same name, so the site has it once."""
        path = Path(self.env.app.outdir).parent / "jupyter_execute" / f"{hashlib.sha256(content).hexdigest()}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return "/" + Path(relpath(path, self.env.srcdir)).as_posix()


def stored(root, label):
    """Return the notebook of a label and its cell, or None twice."""
    for path in sorted(Path(root, "chapters").glob("*.ipynb")):
        cell = figures_of(path, path.stat().st_mtime_ns).get(label)
        if cell:
            return path, cell
    return None, None


@lru_cache(maxsize=32)
def figures_of(path, changed):
    """Return the cells of a notebook that draw a figure, by its label."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    named = {cell["metadata"].get("mystnb", {}).get("figure", {}).get("name"): cell for cell in cells}
    return {label: cell for label, cell in named.items() if label and drawn(cell)}


def drawn(cell):
    """Return the first output of a cell that is a picture, in all its forms."""
    outputs = (output.get("data", {}) for output in cell.get("outputs", []))
    return next((data for data in outputs if {LIVE, "image/png"} & set(data)), None)


def moved(spec, settings):
    """Return a specification with controls in other places: `settings` is a list of name=value, values in JSON."""
    spec = json.loads(json.dumps(spec))
    controls = {param["name"]: param for param in spec.get("params", [])}
    for setting in settings.split():
        name, _, value = setting.partition("=")
        controls[name]["value"] = json.loads(value)
    return spec


def to_draw(spec, kind):
    """Return the node of a picture that `place` draws."""
    return nodes.raw("", json.dumps(spec, sort_keys=True), format="html", classes=[kind])


def place(app, doctree, docname):
    """Draw the pictures of a page that do not move: stills for the screen, and one of every live figure for paper."""
    if app.builder.name != "html":
        return
    kinds = {"still-figure": still_html, "paper-figure": paper_html}
    for node in list(doctree.findall(nodes.raw)):
        for kind in kinds.keys() & set(node["classes"]):
            spec = json.loads(node.astext())
            node.parent.replace(node, raw(kinds[kind](app, spec, docname, escape(spec["description"]))))


def still_html(app, spec, docname, alt):
    """Return the HTML of a picture at the width of the screen."""
    pictures = compiled(app, spec)["pictures"]
    narrow, wide = (address(app, pictures[size], docname, inline=False) for size in ("narrow", "wide"))
    return (
        f'<picture class="still-figure"><source media="(max-width: 576px)" srcset="{narrow}">'
        f'<img src="{wide}" alt="{alt}" loading="lazy"></picture>'
    )


def paper_html(app, spec, docname, alt):
    """Return the HTML of a picture that is printed half as wide as the page. A picture yet to be loaded is not printed."""
    picture = compiled(app, spec, {"paper": PAPER})["pictures"]["paper"]
    return f'<img class="on-paper" src="{address(app, picture, docname, inline=False)}" alt="{alt}" loading="eager">'


def setup(app):
    """Connect to the build."""
    app.add_directive("stored-figure", StoredFigure)
    app.connect("doctree-resolved", place)
