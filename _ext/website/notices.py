"""Who made what the published site carries, and under which licence: a page, and the licences' texts beside it.

Everything comes from the packages that are installed when the book is built. A file of the site that belongs to nobody in
CARRIED is a warning, and the build takes warnings as errors: so the page is complete.
"""

import json
import re
import sys
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from html import escape
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from docutils import nodes
from fontTools.ttLib import TTFont
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from website.tables import raw, table_html
from website.theme import package_folder, relative_root

logger = logging.getLogger(__name__)
LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice|authors)", re.I)


@dataclass(frozen=True)
class Work:
    """A work of others in the site.

    Attributes
    ----------
    name, purpose, package : str
        What it is, what it does here, and the package that it comes with.
    files : tuple of str
        Patterns of the site's files that are this work.
    licence : str
        Its name, where the package does not give it.
    only : str
        A part of the name of the package's licence file, where it carries others' too.
    """

    name: str
    purpose: str
    package: str
    files: tuple = ()
    licence: str = ""
    only: str = ""


CARRIED = (
    Work("Sphinx", "pages, styles", "sphinx", ("basic.css", "doctools.js", "documentation_options.js", "language_data.js",
         "searchtools.js", "sphinx_highlight.js", "file.png", "minus.png", "plus.png"), "BSD-2-Clause"),
    Work("Sphinx Book Theme", "page layout", "sphinx-book-theme", ("scripts/sphinx-book-theme.js", "images/*", "locales/*",
         "styles/sphinx-book-theme.css"), "BSD-3-Clause"),
    Work("PyData Sphinx Theme", "page layout", "pydata-sphinx-theme", ("scripts/pydata-sphinx-theme.js", "styles/*.css"),
         "BSD-3-Clause", "dist-info"),
    Work("Bootstrap and Popper", "menus, styles", "pydata-sphinx-theme", ("scripts/bootstrap.js*",), "MIT", "bootstrap"),
    Work("Font Awesome Free", "icons", "pydata-sphinx-theme", ("vendor/fontawesome/*",), "CC BY 4.0, OFL 1.1, MIT", "fontawesome"),
    Work("sphinx-copybutton and clipboard.js", "copying code", "sphinx-copybutton", ("copybutton*", "copy-button.svg",
         "check-solid.svg", "clipboard.min.js"), "MIT"),
    Work("sphinx-togglebutton", "folds", "sphinx-togglebutton", ("togglebutton.*",), "MIT"),
    Work("sphinx-design", "cards", "sphinx-design", ("design-tabs.js", "sphinx-design.min.css"), "MIT", "dist-info"),
    Work("sphinx-exercise", "styles of exercises", "sphinx-exercise", ("exercise.css",), "MIT"),
    Work("MyST-NB", "styles of cells", "myst-nb", ("mystnb*.css",), "BSD-3-Clause"),
    Work("Pygments", "colours of code", "pygments", ("pygments.css",), "BSD-2-Clause"),
    Work("accessible-pygments", "colours of code", "accessible-pygments", (), "BSD-3-Clause"),
    Work("VlConvert", "compiles the figures, brings Vega", "vl-convert-python", ("live/vega.js",), "BSD-3-Clause"),
    Work("reveal.js", "slides", "sphinx-revealjs", (), "MIT", "revealjs/LICENSE"),
    Work("STIX Two Math", "the font of the formulas", "ziamath", ("styles/math.woff2",), "OFL 1.1"),
)  # fmt: skip
LABS = (
    Work("JupyterLite", "the labs in the browser", "jupyterlite-core", (), "BSD-3-Clause"),
    Work("JupyterLab", "the labs in the browser", "jupyterlab", (), "BSD-3-Clause", "dist-info"),
    Work("Pyodide kernel for JupyterLite", "starts the labs' Python", "jupyterlite-pyodide-kernel", (), "BSD-3-Clause", "dist-info"),
    Work("JupyterLab Pygments", "colours of code in the labs", "jupyterlab-pygments", (), "BSD-3-Clause"),
    Work("Jupyter widgets", "sliders of the labs", "ipywidgets", (), "BSD-3-Clause"),
    Work("Jupyter widgets for JupyterLab", "sliders of the labs", "jupyterlab_widgets", (), "BSD-3-Clause", "dist-info"),
    Work("comm", "sliders of the labs", "comm", (), "BSD-3-Clause"),
)  # fmt: skip
OURS = ("site.css", "favicon.svg", "logo.svg", "live-figure.png", "live/*", "styles/book.css", "licences/*", "data/*")


def licence_text(work):
    """Return the version and the words of the licence of a work."""
    try:
        package = distribution(work.package)
    except PackageNotFoundError:
        return "", ""
    paths = [
        file
        for file in package.files or ()
        if LICENCE_FILE.search(file.name) and file.suffix not in (".py", ".pyc", ".json")
    ]
    texts = [Path(file.locate()).read_text("utf-8", "replace") for file in paths if work.only in str(file)]
    if work.name.startswith("STIX"):
        texts = [font_notice()]
    if work.name.startswith("Bootstrap"):
        texts.append(mit("2011-2024 The Bootstrap Authors, 2019 Federico Zivolo (Popper)"))
    if work.name.startswith("sphinx-copybutton"):
        texts.append(mit("Zeno Rocha (clipboard.js)"))
    return package.version, "\n\n".join(texts).strip()


def mit(holder):
    """Return the MIT licence of somebody whose notice is all that the package has."""
    text = next(
        part
        for part in third_party().values()
        if part["licenseId"] == "MIT" and "Permission is" in part["extractedText"]
    )
    return f"Copyright (c) {holder}\n\n" + text["extractedText"][text["extractedText"].index("Permission is") :]


def font_notice():
    """Return what the font says of itself, and its licence, whose words fontTools brings for its own test fonts."""
    names = TTFont(package_folder("ziamath") / "fonts/STIXTwoMath-Regular.ttf")["name"]
    own = "\n".join(names.getDebugName(number) or "" for number in (0, 5, 13, 14))
    files = (file for file in distribution("fonttools").files if file.name == "LICENSE.external")
    words = Path(next(files).locate()).read_text("utf-8")
    start = words.index("SIL OPEN FONT LICENSE Version 1.1")
    end = words.index("OTHER DEALINGS IN THE FONT SOFTWARE.", start)
    return f"{own}\n\n{words[start:end]}OTHER DEALINGS IN THE FONT SOFTWARE."


@cache
def third_party():
    """Return the JavaScript packages whose licences JupyterLab has collected, by name."""
    path = Path(sys.prefix, "share/jupyter/lab/static/third-party-licenses.json")
    return {part["name"]: part for part in json.loads(path.read_text("utf-8"))["packages"] if part["extractedText"]}


@cache
def vega_parts():
    """Return name and version of every package that Vega is made of, as VlConvert holds them."""
    library = next(package_folder("vl_convert").glob("*.so"), None) or next(package_folder("vl_convert").glob("*.pyd"))
    found = re.findall(
        rb"npm/((?:vega|d3|delaunator|robust|internmap|topojson)[a-z0-9-]*)@([\d.]+)/\+esm", library.read_bytes()
    )
    versions = {name.decode(): version.decode() for name, version in sorted(set(found))}
    return {
        name: version for name, version in versions.items() if name not in ("vega-lite", "vega-embed", "vega-themes")
    }


class Notices(SphinxDirective):
    """`{notices}`: the works, their makers' licences, and links to the full texts."""

    def run(self):
        """Return the tables."""
        self.env.note_reread()  # packages change, this page does not
        root = relative_root(self.env.docname)
        found = [self.table("On the pages", CARRIED, root), self.vega(root)]
        if self.config.book_browser_labs:
            found += [self.table("In the labs", LABS, root), self.lab_parts(root)]
        return found

    def table(self, title, works, root):
        """Return a section with one row for each work."""
        rows = []
        for work in works:
            version, text = licence_text(work)
            link = (
                f'<a href="{root}/_static/licences/{file_name(work)}">{escape(work.licence)}</a>'
                if text
                else work.licence
            )
            rows.append(["", escape(work.name), escape(work.purpose), escape(f"{work.package} {version}"), link])
        return section(title, table_html(["Work", "What it does here", "Comes with", "Licence"], rows))

    def vega(self, root):
        """Return a section with the parts of Vega."""
        link = f'<a href="{root}/_static/licences/vega.txt">licences</a>'
        parts = ", ".join(f"{name} {version}" for name, version in vega_parts().items())
        return section(
            "Vega, which moves the figures",
            f"<p>By the University of Washington Interactive Data Lab and contributors, with D3 by Mike Bostock and others ({link}): {escape(parts)}.</p>",
        )

    def lab_parts(self, root):
        """Return where the texts of the JavaScript inside the labs stand."""
        places = (
            "build",
            "extensions/@jupyter-widgets/jupyterlab-manager/static",
            "extensions/@jupyterlite/pyodide-kernel-extension/static",
        )
        links = ", ".join(f'<a href="{root}/lite/{place}/third-party-licenses.json">{place}</a>' for place in places)
        runtime = "Python, NumPy, SciPy, matplotlib and what they need come as Pyodide (MPL-2.0) from its public home when a lab starts, or with this site if it was built with them; each package there has its licence inside."
        return raw(f"<p>The JavaScript packages inside, each with its licence: {links}. {runtime}</p>")


def section(title, html):
    """Return a section."""
    made = nodes.section(ids=[nodes.make_id(f"notices-{title}")], names=[title])
    made += nodes.title("", title)
    made += raw(html)
    return made


def file_name(work):
    """Return the name of the file with the words of a licence."""
    return re.sub(r"\W+", "-", work.name.lower()) + ".txt"


def finish(app, exception):
    """Write the texts, and complain of a file of the site that nobody is named for."""
    if exception or app.builder.name != "html":
        return
    static = Path(app.outdir, "_static")
    folder = static / "licences"
    folder.mkdir(parents=True, exist_ok=True)
    for work in (*CARRIED, *LABS):
        version, text = licence_text(work)
        if text:
            (folder / file_name(work)).write_text(
                f"{work.name}, from {work.package} {version}\n\n{text}\n", encoding="utf-8"
            )
    parts = [(name, third_party().get(name)) for name in vega_parts()]
    known = [f"{name} {vega_parts()[name]}\n\n{part['extractedText']}" for name, part in parts if part]
    (folder / "vega.txt").write_text(("\n\n" + "-" * 80 + "\n\n").join(known), encoding="utf-8")
    for name in (*unowned(static), *(name for name, part in parts if not part)):
        logger.warning("notices: nobody is named for %s (_ext/website/notices.py)", name)


def unowned(static):
    """Return the files of the site that are neither ours nor of a work that is named."""
    patterns = [*OURS, *(pattern for work in CARRIED for pattern in work.files)]
    names = [path.relative_to(static).as_posix() for path in sorted(static.rglob("*")) if path.is_file()]
    return [name for name in names if not any(fnmatch(name, pattern) for pattern in patterns)]


def setup(app):
    """Add the directive."""
    app.add_directive("notices", Notices)
    app.connect("build-finished", finish, priority=950)
