"""The site for a class: BOOK_SOLUTIONS=0 leaves out solutions, the answers to questions, slides and the teachers' pages.

They are taken out of the source before Sphinx reads it, so that no page, search index, download or picture can have them.
"""

import json
import sys
from pathlib import Path

import yaml

from website.theme import ROOT

sys.path.append(str(ROOT / "tools"))
import solutions

TEACHERS = "For teachers"


def configure(app, config):
    """Take the teachers' pages out of the table of contents."""
    config.book_solutions = solutions.shown()
    if config.book_solutions:
        return
    table = yaml.safe_load(Path(app.srcdir, "_toc.yml").read_text("utf-8"))
    table["parts"] = [part for part in table["parts"] if part["caption"] != TEACHERS]
    path = Path(app.outdir).parent / ".cache" / "class-toc.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(table, sort_keys=False), encoding="utf-8")
    config.external_toc_path = path.as_posix()


def read(app, docname, source):
    """Take the solutions out of a page that is read, and a door to the teachers' pages."""
    if app.config.book_solutions:
        return
    if app.env.doc2path(docname).endswith(".ipynb"):
        source[0] = json.dumps(solutions.without_solutions(json.loads(source[0])))
    else:
        source[0] = without_doors(source[0])


def without_doors(text):
    """Return a page without its cards that lead to teachers' pages."""
    cards = text.split("\n:::{grid-item-card}")
    if len(cards) == 1:
        return text
    last, end, rest = cards[-1].partition("\n::::")
    cards[-1] = last
    return "\n:::{grid-item-card}".join(card for card in cards if ":link: teaching/" not in card) + end + rest


def setup(app):
    """Connect to the build: before the table of contents is read."""
    app.add_config_value("book_solutions", True, "env", (bool,))
    app.connect("config-inited", configure, priority=50)
    app.connect("source-read", read)
