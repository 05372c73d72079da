"""The text of the book for its search page, section by section, in a script that can be read from a disk too."""

import json
import re
from html import unescape
from pathlib import Path

from docutils import nodes

BLOCKS = (nodes.paragraph, nodes.literal_block, nodes.caption, nodes.term, nodes.raw, nodes.math_block)


def sections(doctree):
    """Yield anchor, title and text of every section of a page, without its subsections and without code."""
    for section in doctree.findall(nodes.section):
        around = section  # an exercise is a section too, without a title
        while (title := next((child for child in around.children if isinstance(child, nodes.title)), None)) is None:
            around = around.parent
            if not isinstance(around, nodes.Element) or isinstance(around, nodes.document):
                break
        yield section["ids"][0], clean(title.astext()) if title else "", clean(" ".join(blocks(section)))


def blocks(node):
    """Yield the texts under a node that belong to its own section."""
    for child in node.children:
        if isinstance(child, (nodes.section, nodes.title, nodes.comment)):
            continue
        if isinstance(child, nodes.raw):
            html = re.sub(r"<(script|style)\b.*?</\1>", " ", child.astext(), flags=re.S)
            if "live-" not in html[:200]:
                yield unescape(re.sub(r"<[^<>]*>", " ", html))
        elif "cell_input" in child.get("classes", ()) if isinstance(child, nodes.Element) else False:
            continue
        elif isinstance(child, BLOCKS):
            yield child.astext()
        elif isinstance(child, nodes.Element):
            yield from blocks(child)


def clean(text):
    """Return a text on one line."""
    return re.sub(r"\s+", " ", text).strip()


def write(app, exception):
    """Write the sections of all pages; those that have not changed come from Sphinx's own store."""
    if exception or app.builder.name != "html":
        return
    found = []
    for page in sorted(app.env.found_docs):
        title = clean(app.env.titles[page].astext())
        uri = app.builder.get_target_uri(page)
        found += [[uri, title, *section] for section in sections(app.env.get_doctree(page))]
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    Path(app.outdir, "_static", "live", "search-text.js").write_text(f"window.bookText = {text};\n", encoding="utf-8")


def setup(app):
    """Connect to the build."""
    app.connect("build-finished", write)
