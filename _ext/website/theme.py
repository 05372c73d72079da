"""What the book's pages take from the theme, and what they leave: no script that blocks, no font from elsewhere."""

import hashlib
import posixpath
import re
import subprocess
import tomllib
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from urllib.parse import unquote

from PIL import Image

from website.paper import with_answers

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
DROPPED = ("fontawesome", "thebe", "googleapis")  # scripts and styles that the book does without
BUNDLED = (  # what pages need, as one file: a request costs more than the few kilobytes a page could do without
    "documentation_options.js", "doctools.js", "sphinx_highlight.js", "clipboard.min.js", "copybutton.js",
    "scripts/sphinx-book-theme.js", "togglebutton.js", "scripts/bootstrap.js", "scripts/pydata-sphinx-theme.js",
    "live/book.js", "live/figures.js",
)  # fmt: skip


def version():
    """Return the version of the book, which has one place: pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def configure(app, config):
    """Set what _config.yml has no words for."""
    config.version = config.release = version()
    config.templates_path.append(str(HERE / "templates"))
    config.html_theme_options.update(
        navbar_persistent=[],  # a second, empty search bar
        pygments_light_style="a11y-high-contrast-light",
        pygments_dark_style="a11y-high-contrast-dark",
        show_toc_level=2,
        search_bar_text="Search this book",
        back_to_top_button=False,
        article_header_start=["toggle-primary-sidebar.html"],
    )
    config.html_context.update(book_commit=commit())


def commit():
    """Return the short name of the commit that is built, or nothing outside a repository."""
    try:
        command = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def page(app, pagename, templatename, context, doctree):
    """Defer every script, drop those not used, and mend two roles that docutils writes wrongly."""
    context["has_math"] = "<math" in context.get("body", "")
    context["description"] = description(doctree) if doctree is not None else ""
    body, searching = context.get("body", ""), pagename == "search"
    context["bundled"] = not searching
    scripts = []
    for script in context["script_files"]:
        name = f"{script.filename}{script.attributes.get('body', '')}"
        if any(word in name for word in DROPPED) or "DOCUMENTATION_OPTIONS" in name:
            continue
        if not searching and str(script.filename).partition("?")[0].removeprefix("_static/") in BUNDLED:
            continue
        if "design-tabs" in name and "sd-tab" not in body:
            continue
        if script.filename and not searching:
            later = script.attributes | {"defer": "defer"}
            script = type(script)(script.filename, priority=script.priority, **later)
        scripts.append(script)
    context["script_files"] = scripts
    # docutils writes a list without list items, and a role that ARIA has dropped
    body = body.replace('<div role="list" class="citation-list">', '<div class="citation-list">')
    body = body.replace(' role="doc-biblioentry"', "")
    body = re.sub(r"(<table\b.*?</table>)", r'<div class="table-scroll">\1</div>', body, flags=re.S)
    context["body"] = sized_images(app, with_answers(body))
    if "generate_toctree_html" in context:
        context["generate_toctree_html"] = named_folds(context["generate_toctree_html"])


def named_folds(contents):
    """Return the theme's function for the table of contents, with a name for what folds: the theme draws an arrow alone."""

    def named(*arguments, **options):
        return str(contents(*arguments, **options)).replace("<summary>", '<summary aria-label="Pages within">')

    return named


def sized_images(app, body):
    """Give pictures their size, so that nothing jumps when they come, and let those further down wait."""
    sources = {name: uri for uri, name in app.builder.images.items()}
    order = count()

    def mend(found):
        tag, number = found[0], next(order)
        if number and "loading=" not in tag:
            tag = tag.replace("<img", '<img loading="lazy"', 1)
        name = re.search(r'src="(?:\.\./)*_images/([^"]+)"', tag)
        path = Path(app.srcdir, sources.get(unquote(name[1]), "")) if name else None
        if path and path.suffix == ".png" and path.is_file() and " width=" not in tag:
            with Image.open(path) as picture:
                width, height = picture.size
            tag = tag.replace("<img", f'<img width="{width}" height="{height}"', 1)
        return tag

    return re.sub(r"<img\b[^>]*>", mend, body)


def bundle_scripts(app, exception):
    """Write the scripts that every page needs as one file."""
    if exception or app.builder.name != "html":
        return
    static = Path(app.outdir, "_static")
    text = "\n;\n".join((static / name).read_text("utf-8") for name in BUNDLED)
    (static / "live" / "all.js").write_text(text, encoding="utf-8")


def description(doctree):
    """Return the first sentences of a page, for search engines and previews."""
    from docutils import nodes

    for paragraph in doctree.findall(nodes.paragraph):
        text = re.sub(r"\s+", " ", paragraph.astext()).strip()
        if len(text) > 60:
            sentences = re.match(r".{40,240}[.!?](?= |$)", text)
            return sentences[0] if sentences else text[:200].rsplit(" ", 1)[0]
    return ""


def package_folder(name):
    """Return the folder of an installed package."""
    return Path(find_spec(name).origin).parent


def relative_root(pagename):
    """Return the way from a page to the top of the site."""
    return posixpath.relpath(".", posixpath.dirname(pagename)) if "/" in pagename else "."


def cache_path(app, kind, key):
    """Return where something made from `key` is kept between builds."""
    path = Path(app.outdir).parent / ".cache" / kind / hashlib.sha256(key.encode()).hexdigest()[:20]
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def setup(app):
    """Connect to the build."""
    app.connect("config-inited", configure)
    app.connect("html-page-context", page, priority=900)
    app.connect("build-finished", bundle_scripts)
