"""The students' notebooks as downloads: beside a page's own notebook, the one without solutions, and all of them in a zip."""

import sys
from pathlib import Path

from website import launch
from website.theme import ROOT, relative_root

sys.path.append(str(ROOT / "tools"))
import copies
import solutions
import students

KIND = "students"


def button(app, pagename, templatename, context, doctree):
    """Offer the notebook without solutions under the page's own."""
    if doctree is None or not app.env.doc2path(pagename).endswith(".ipynb"):
        return
    item = {
        "type": "link",
        "url": f"{relative_root(pagename)}/{KIND}/{pagename}.ipynb",
        "text": ".ipynb, no solutions",
        "icon": "fas fa-user-graduate",
        "tooltip": "Download the notebook without solutions, with places to work in",
        "label": "download-students-button",
    }
    for group in context["header_buttons"]:
        if group.get("label") == "download-buttons":
            group["buttons"].insert(1, item)


def write(app, exception):
    """Write the notebooks beside the pages."""
    if exception or app.builder.name != "html":
        return
    copies.course.cache_clear()  # a served book is built more than once
    prepare = None if app.config.book_solutions else solutions.without_solutions
    words = {"install": launch.install_words(), "site": launch.site_address(), "prepare": prepare}
    students.write(app.outdir, (KIND,), Path(app.srcdir), **words)


def setup(app):
    """Connect to the build."""
    app.connect("html-page-context", button, priority=900)
    app.connect("build-finished", write, priority=300)
