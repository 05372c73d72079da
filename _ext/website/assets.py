"""One style sheet with the rules that the book's pages use, and fonts with the glyphs they show.

It runs when all pages are written, because only then is known what they use. Nothing here is needed for a page to be
right: it is what makes the first page light.
"""

import hashlib
import posixpath
import re
import shutil
import unicodedata
from functools import partial
from html import unescape
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import tinycss2
from fontTools import subset
from PIL import Image, ImageChops, ImageStat
from sphinx.util import logging

from website.paper import light_on_paper
from website.theme import cache_path

logger = logging.getLogger(__name__)
THEME_FIRST = ("styles/theme.css", "styles/pydata-sphinx-theme.css")
BUNDLE = "styles/book.css"
ICONS = "vendor/fontawesome/webfonts/fa-solid-900.woff2"
# The letters that a browser shows for a single <mi>: x becomes 𝑥, which is a character of its own.
ITALICS = {unicodedata.normalize("NFKC", chr(code)): chr(code)
           for code in (*range(0x1D434, 0x1D468), *range(0x1D6E2, 0x1D71C), 0x210E)}  # fmt: skip
UNUSED = ("scripts/fontawesome*", "scripts/*.map", "styles/*.map", "**/webfonts/*.ttf", "sphinx-thebe*", "webpack-macros.html",
          "sbt-webpack-macros.html", "locales/**/*.?o", "images/logo_*")  # fmt: skip


def finish(app, exception):
    """Write the style sheet and the fonts."""
    if exception or app.builder.name != "html":
        return
    static = Path(app.outdir, "_static")
    pages = [path.read_text("utf-8") for path in book_pages(Path(app.outdir))]
    names = [str(css.filename).removeprefix("_static/").partition("?")[0] for css in app.builder._orig_css_files]
    files = [name for name in dict.fromkeys([*THEME_FIRST, *names]) if (static / name).is_file() and name != BUNDLE]
    files.sort(key=lambda name: name == "site.css")  # ours has the last word
    for name in list(files):
        imported = re.findall(r"""@import\s+(?:url\()?["']([^"']+)""", (static / name).read_text("utf-8"))
        places = [posixpath.normpath(posixpath.join(posixpath.dirname(name), address)) for address in imported]
        files[:0] = [place for place in places if place not in files]
    sheets = {name: (static / name).read_text("utf-8") for name in files}
    scripts = " ".join(
        p.read_text("utf-8") for p in static.rglob("*.js") if p.name not in ("vega.js", "fontawesome.js")
    )
    words = used_words(pages) | set(re.findall(r"[A-Za-z_][\w-]*", scripts))
    icons = set(re.findall(r"\bfa-[a-z0-9-]+", " ".join(pages)))
    words = {word for word in words if not word.startswith("fa-")} | icons
    css = "\n".join(moved_urls(purged(sheet, words), name) for name, sheet in sheets.items())
    css = without_unused_variables(css, scripts + " ".join(pages))
    (static / BUNDLE).write_text(css, encoding="utf-8")
    trim_icon_font(app, static, css)
    for path in sorted(Path(app.outdir, "_images").glob("*.png")):
        squeeze(app, path)
    trim_math_font(app, static / "styles/math.woff2", pages)
    for pattern in UNUSED:
        for path in static.glob(pattern):
            path.unlink()
    logger.info("styles: %d kB of %d kB", len(css) // 1000, sum(map(len, sheets.values())) // 1000)


def book_pages(outdir):
    """Return the paths of the book's own pages (an application under lite/ is not one)."""
    return [
        path for path in sorted(outdir.rglob("*.html")) if path.relative_to(outdir).parts[0] not in ("lite", "_static")
    ]


def used_words(pages):
    """Return every class and id of the pages."""
    found = set()
    for text in pages:
        for value in re.findall(r"""\b(?:class|id)=(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", text):
            found.update(unescape("".join(value)).split())
    return found


def purged(sheet, words):
    """Return a style sheet without the rules that can match nothing, and without comments."""
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    return "".join(filter(None, (_kept(rule, words) for rule in rules)))


def _kept(rule, words):
    if rule.type == "qualified-rule":
        selectors = [part for part in _split(rule.prelude) if _names(part) <= words]
        if not selectors:
            return ""
        return light_on_paper([tinycss2.serialize(part).strip() for part in selectors], _squeezed(rule.content))
    if rule.type == "at-rule":
        prelude = tinycss2.serialize(rule.prelude).strip()
        if rule.lower_at_keyword == "charset" or rule.content is None:
            return ""
        if rule.lower_at_keyword in ("media", "supports"):
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            text = "".join(filter(None, (_kept(item, words) for item in inner)))
            return f"@{rule.at_keyword} {prelude}{{{text}}}" if text else ""
        return f"@{rule.at_keyword} {prelude}{{{_squeezed(rule.content)}}}"
    return ""


def _squeezed(tokens):
    text = tinycss2.serialize([token for token in tokens if token.type != "comment"])
    return re.sub(r"\s+", " ", text).strip().rstrip(";").replace("; ", ";").replace(": ", ":")


def _split(tokens):
    part, parts = [], []
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            parts.append(part)
            part = []
        else:
            part.append(token)
    return [*parts, part]


def _names(tokens):
    """Return the classes and ids that a selector needs. Inside :is(), :not() and the like nothing is needed for sure."""
    names = set()
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "hash" or (
            token.type == "ident" and before is not None and before.type == "literal" and before.value == "."
        ):
            names.add(token.value)
    return names


def moved_urls(css, name):
    """Return a style sheet whose relative addresses hold from where the bundle lies."""
    here, there = posixpath.dirname(name) or ".", posixpath.dirname(BUNDLE)

    def move(found):
        address = found[1].strip("'\"")
        if re.match(r"(data:|https?:|/|#)", address):
            return found[0]
        return f'url("{posixpath.relpath(posixpath.join(here, address), there)}")'

    return re.sub(r"url\(([^()]*)\)", move, css)


def without_unused_variables(css, elsewhere):
    """Drop definitions of --names that nothing reads, until there is nothing more to drop."""
    kept_elsewhere, before = set(re.findall(r"--[\w-]+", elsewhere)), None
    while css != before:
        before = css
        read = kept_elsewhere | set(re.findall(r"var\(\s*(--[\w-]+)", css))
        css = re.sub(r"(?<=[{;])(--[\w-]+):[^;{}]*(?:;|(?=\}))", partial(_if_read, read), css)
        css = re.sub(r"(?<=[{}])[^{}@]+\{\}", "", css)
    return css


def _if_read(read, found):
    return found[0] if found[1] in read else ""


def trim_icon_font(app, static, css):
    """Keep of the theme's 1,400 icons those that the style sheet still names."""
    if not (static / ICONS).exists():
        return
    codes = set(re.findall(r'"\\([0-9a-f]{4})"', css)) | {f"{ord(c):x}" for c in css if "\ue000" <= c <= "\uf8ff"}
    source = Path(find_spec("pydata_sphinx_theme").origin).parent / "theme/pydata_sphinx_theme/static" / ICONS
    write_font(app, source, static / ICONS, codes, [])


def trim_math_font(app, target, pages):
    """Write the math font with what the formulas show, every size of it, and the alphabets that italics come from."""
    formulas = "".join(part for text in pages for part in re.findall(r"<math\b.*?</math>", text, re.S))
    letters = set(unescape(re.sub(r"<[^<>]*>", "", formulas)))
    letters |= {ITALICS[letter] for letter in letters & ITALICS.keys()} | set("0123456789()[]{}|+−=/,. √")
    source = Path(find_spec("ziamath").origin).parent / "fonts/STIXTwoMath-Regular.ttf"
    write_font(app, source, target, {f"{ord(letter):x}" for letter in letters}, ["ssty", "dtls", "flac"])


def squeeze(app, path):
    """Write a picture with 256 colours where nobody sees a difference: plots have few, and more than half of the bytes go."""
    data = path.read_bytes()
    kept = cache_path(app, "pictures", hashlib.sha256(data).hexdigest())
    if not kept.exists():
        kept.write_bytes(min(data, few_colours(data) or data, key=len))
        done = cache_path(app, "pictures", hashlib.sha256(kept.read_bytes()).hexdigest())
        if not done.exists():
            done.write_bytes(kept.read_bytes())  # what has been squeezed is not squeezed again
    if kept.stat().st_size < len(data):
        path.write_bytes(kept.read_bytes())


def few_colours(data):
    """Return a PNG with at most 256 colours, or nothing if it differs from the one given by more than 0.15 of 255 on average."""
    with Image.open(BytesIO(data)) as picture:
        if picture.mode not in ("RGB", "RGBA") or (picture.mode == "RGBA" and picture.getextrema()[3][0] < 255):
            return None
        full = picture.convert("RGB")
    few = full.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    if max(ImageStat.Stat(ImageChops.difference(full, few.convert("RGB"))).mean) > 0.15:
        return None
    made = BytesIO()
    few.save(made, "PNG", optimize=True)
    return made.getvalue()


def write_font(app, source, target, codes, features):
    """Write a part of a font; the same part is not cut twice."""
    options = [
        f"--unicodes={','.join(sorted(codes))}",
        f"--layout-features={','.join(features)}",
        "--name-IDs=0,1,2,13,14",
    ]
    options += ["--flavor=woff2", "--no-hinting", "--notdef-outline"]
    kept = cache_path(app, "fonts", source.name + " ".join(options))
    if not kept.exists():
        subset.main([str(source), *options, f"--output-file={kept}"])
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(kept, target)


def setup(app):
    """Connect to the build: last of all, after the theme has written its own styles."""
    app.connect("build-finished", finish, priority=900)
