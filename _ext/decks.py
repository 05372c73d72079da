"""Slides from the book: a figure, table, claim or question on a slide is the one that the chapter shows, taken by its name.

The decks are a small Sphinx project of their own (`teaching/slides`), built by sphinx-revealjs: into the site whenever the book
is built (`website/slides.py`), or alone by `make slides`.
"""

import base64
import json
import re
from html import escape
from pathlib import Path

import vl_convert
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective
from website import mathml
from website.figures import cached
from website.stored import LIVE, drawn, moved, stored
from website.tables import raw

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 640  # of a live figure as it is drawn; it is shown almost twice as large, to be read from the last row
FLATTER = 0.8  # height of a live figure over that in the chapter: a flat picture fills the slide, with larger letters
LONG = 700  # letters of a claim, above which it is set smaller
LAST = re.compile(r"(<t[dh]\b[^>]*>)([^<]*)(</t[dh]>\s*</tr>)")  # cell of each row of a table
SMALL = (7, 4)  # rows and columns of a table, up to which it is set larger
KEPT = ("dist/reveal.css", "dist/reset.css", "dist/reveal.js", "plugin/notes/notes.js", "plugin/notes/speaker-view.html",
        "LICENSE")  # fmt: skip


def covered(place):
    """Return the class, place and words of what hides a part of a picture."""
    if "," not in place:
        return f'cover-{directives.choice(place, ("bottom", "left", "right", "top"))}" data-fragment-index="1">covered'
    left, top, width, height = (float(number) for number in place.split(","))
    box = f"left:{left:g}%;top:{top:g}%;width:{width:g}%;height:{height:g}%"
    return f'" style="{box}" data-fragment-index="1"><span aria-hidden="true">?</span>'


class SlideFigure(SphinxDirective):
    """`{slide-figure} fig-label`: the stored output of the chapter's figure, with its alt text.

    `:set: name=value` moves its controls. `:then: name=value` shows the figure a second time in another state, after the next
    key. `:cover: bottom` (or left, right, top) hides an edge of the picture, its numbers, until then; so does a box, `10,80,5,20`:
    per cent of the picture from the left and from the top, width and height. Several may stand there.
    """

    required_arguments = 1
    option_spec = {  # noqa: RUF012
        "set": directives.unchanged,
        "then": directives.unchanged,
        "cover": lambda value: [covered(place) for place in value.split()],
    }

    def run(self):
        """Return the figure."""
        path, cell = stored(ROOT, self.arguments[0])
        if path is None:
            raise self.error(f"slide-figure: no chapter has a figure with the label {self.arguments[0]}")
        self.env.note_dependency(str(path))
        first = self.image(cell, self.options.get("set", ""))
        if "then" in self.options:
            later = self.image(cell, self.options["then"]).replace("<img", '<img data-fragment-index="1"', 1)
            later = later.replace('class="', 'class="fragment ', 1)
            return [raw(f'<div class="slide-figure r-stack">{first}{later}</div>')]
        for place in self.options.get("cover", []):
            first += f'<span class="fragment fade-out cover {place}</span>'
        return [raw(f'<div class="slide-figure">{first}</div>')]

    def image(self, cell, settings):
        """Return the picture of a cell as HTML."""
        data = drawn(cell)
        if LIVE not in data:
            alt = cell["metadata"]["mystnb"]["image"]["alt"]
            return f'<img class="picture" src="data:image/png;base64,{data["image/png"].strip()}" alt="{escape(alt)}">'
        names = [param["name"] for param in data[LIVE].get("params", [])]
        for setting in settings.split():
            if setting.partition("=")[0] not in names:
                raise self.error(
                    f"slide-figure: {self.arguments[0]} has no control of {setting}; it has {', '.join(names)}"
                )
        spec = moved(data[LIVE], settings)
        svg = cached(
            self.env.app,
            f"slide-4-{vl_convert.__version__}-{WIDTH}-{FLATTER}-{json.dumps(spec, sort_keys=True)}",
            lambda: still(spec),
        )
        address = "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
        return f'<img class="picture live" src="{address}" alt="{escape(spec["description"])}">'


def still(spec):
    """Return a live figure as SVG, as wide and as flat as a slide wants it."""
    vega = vl_convert.vegalite_to_vega(spec)
    if "height" in vega:
        vega["height"] *= FLATTER
    if "legend" in vega.get("config", {}):
        vega["config"]["legend"]["columns"] = 4  # and not two, on a slide
    for signal in vega.get("signals", []):
        signal.pop("bind", None)
        if signal["name"] == "width":
            signal.clear()
            signal.update(name="width", value=WIDTH)
    return vl_convert.vega_to_svg(vega)


class SlideTable(SphinxDirective):
    """`{slide-table} tab-label`: a table of a chapter as it is stored. `:cover: last` hides its last column until the next key."""

    required_arguments = 1
    option_spec = {"cover": lambda value: directives.choice(value, ("last",))}  # noqa: RUF012

    def run(self):
        """Return the table."""
        for path in sorted((ROOT / "chapters").glob("*.ipynb")):
            for cell in json.loads(path.read_text("utf-8"))["cells"]:
                if cell["metadata"].get("mystnb", {}).get("figure", {}).get("name") == self.arguments[0]:
                    self.env.note_dependency(str(path))
                    html = next(o["data"]["text/html"] for o in cell["outputs"] if "text/html" in o.get("data", {}))
                    html = html if isinstance(html, str) else "".join(html)
                    if "cover" in self.options:
                        html = LAST.sub(r'\1<span class="fragment" data-fragment-index="1">\2</span>\3', html)
                    size = html.count("<tr"), html.partition("</tr>")[0].count("</th>")
                    small = all(number <= most for number, most in zip(size, SMALL, strict=True))
                    return [raw(f'<div class="slide-table{" small" if small else ""}">{html}</div>')]
        raise self.error(f"slide-table: no chapter has a table with the label {self.arguments[0]}")


class SlideClaim(SphinxDirective):
    """`{slide-claim} 1`: a claim of the ledger; the verdict comes with the next key."""

    required_arguments = 1

    def run(self):
        """Return the words, the reading, and the verdict."""
        from scalinglaws.course.claims import claims

        claim = claims()[int(self.arguments[0])]
        kind = " long" if len(claim.says + claim.verdict + claim.confidence) > LONG else ""
        return [
            raw(
                f'<div class="slide-claim{kind}">{claim.quote_html()}<p class="origin">{escape(claim.origin)}</p>'
                f"<p><b>Tested here.</b> {escape(claim.says)}</p>"
                f'<p class="fragment"><b>Verdict.</b> {escape(claim.verdict)}</p>'
                f'<p class="fragment"><b>How sure.</b> {escape(claim.confidence)}</p></div>'
            )
        ]


class SlideQuestion(SphinxDirective):
    """`{slide-question} 04-chinchilla 2`: the second question of a chapter; the right option comes with the next key."""

    required_arguments = 2

    def run(self):
        """Return the question and its options."""
        from scalinglaws.course.quiz import questions

        question = questions()[self.arguments[0]][int(self.arguments[1]) - 1]
        options = "".join(
            f"<li{' class=right' if option['right'] else ''}>{escape(option['text'])}</li>"
            for option in question["options"]
        )
        right = next(option for option in question["options"] if option["right"])
        number = [option["right"] for option in question["options"]].index(True)
        return [
            raw(
                f'<p class="question">{escape(question["text"])}</p><ol type="A" class="options">{options}</ol>'
                f'<p class="fragment answer"><b>{"ABCDE"[number]}.</b> {escape(right["feedback"])}</p>'
            )
        ]


def page_link(name, rawtext, text, lineno, inliner, options=None, content=()):
    """``{page}`chapters/04-chinchilla```: a link from a deck to a page of the site: "Chapter 4", or its title."""
    source = next((ROOT / f"{text}{kind}" for kind in (".ipynb", ".md") if (ROOT / f"{text}{kind}").exists()), None)
    if source is None:
        return [], [inliner.reporter.error(f"no page {text}", line=lineno)]
    words = source.read_text("utf-8")
    if source.suffix == ".ipynb":
        words = "\n".join("".join(cell["source"]) for cell in json.loads(words)["cells"])
    title = next(line for line in words.splitlines() if line.startswith("# "))[2:].strip()
    number, dot, _ = title.partition(". ")
    title = f"Chapter {number}" if dot and number.isdigit() else title
    return [raw(f'<a href="../{text}.html">{escape(title)}</a>')], []


def prune(app, exception):
    """Drop what reveal.js brings along and no deck uses."""
    if exception or app.builder.name != "revealjs":
        return
    static = Path(app.outdir, "_static")
    for path in sorted((static / "revealjs").rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(static / "revealjs").as_posix() not in KEPT:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    for name in ("documentation_options.js", "doctools.js", "sphinx_highlight.js", "searchtools.js", "language_data.js",
                 "file.png", "minus.png", "plus.png", "basic.css"):  # fmt: skip
        (static / name).unlink(missing_ok=True)
    for name in ("search.html", "genindex.html", "searchindex.js", "objects.inv", ".buildinfo"):
        Path(app.outdir, name).unlink(missing_ok=True)


def setup(app):
    """Make the directives known to the decks."""
    mathml.setup(app)
    app.add_directive("slide-figure", SlideFigure)
    app.add_directive("slide-table", SlideTable)
    app.add_directive("slide-claim", SlideClaim)
    app.add_directive("slide-question", SlideQuestion)
    app.add_role("page", page_link)
    app.connect("build-finished", prune)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
