"""What a page says of itself elsewhere: a card where its link is pasted, a citation, addresses of its parts, a map, a 404.

Absolute addresses stand on the site only if its own is known when it is built (BOOK_URL).
"""

import hashlib
import json
import re
from html import escape, unescape
from pathlib import Path
from urllib.parse import unquote

import vl_convert

from website.launch import site_address
from website.theme import cache_path, commit

HERE = Path(__file__).parent
SIGN = '<a class="headerlink" href="#{id}" title="Link to this {kind}">#</a>'
PARTS = (  # an element with an id, and where in it the sign of its address goes
    ("claim", re.compile(r'(<div class="claim-check" id="([\w-]+)"><p class="claim-head">[^<]*)(</p>)')),
    (
        "exercise",
        re.compile(r'(<div class="exercise[^"]*" id="([\w-]+)">\s*<p class="admonition-title">.*?)(</p>)', re.S),
    ),
    ("forecast", re.compile(r'(<div class="forecast" id="([\w-]+)"><p class="forecast-head">[^<]*)(</p>)')),
)


def page(app, pagename, templatename, context, doctree):
    """Give a page its signs, its card and its citation."""
    site = site_address()
    context["site_name"], context["page_address"], context["card"] = app.config.html_title, "", ""
    if doctree is None:
        return
    body = context["body"]
    for kind, pattern in PARTS:
        body = pattern.sub(lambda found, kind=kind: found[1] + SIGN.format(id=found[2], kind=kind) + found[3], body)
    context["body"] = body
    if site:
        context["page_address"] = site + app.builder.get_target_uri(pagename)
        picture = card(app, body)
        context["card"] = f"{site}_images/{picture}" if picture else ""
    context["citation"] = citation(app, pagename, context["page_address"])


def card(app, body):
    """Write the first figure of a page as a PNG; return its name. Sites that show links show no SVG."""
    still = re.search(r'<img src="data:image/svg\+xml,([^"]+)"', body)
    plain = re.search(r'<img [^>]*src="(?:\.\./)*_images/([\w.%-]+\.png)"', body)
    if still and not (plain and plain.start() < still.start()):
        svg = unquote(unescape(still[1]))
        name = f"card-{hashlib.sha256(svg.encode()).hexdigest()[:12]}.png"
        kept = cache_path(app, "cards", name)
        if not kept.exists():
            kept.write_bytes(vl_convert.svg_to_png(svg, scale=2))
        target = Path(app.outdir, "_images", name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(kept.read_bytes())
        return name
    return plain[1] if plain else ""


def citation(app, pagename, address):
    """Return the BibTeX of a page."""
    title = re.sub(r"^\d+\. ", "", app.env.titles[pagename].astext())
    version = f"version {app.config.release}" + (f", commit {commit()}" if commit() else "")
    fields = {
        "title": f"{{{title}}}",
        "author": f"{{{app.config.author}}}",
        "howpublished": f"{app.config.html_title}, {version}",
        "year": re.search(r"\d{4}", app.config.copyright)[0],
    }
    if address:
        fields["url"] = address
    key = "orders-of-magnitude-" + pagename.rpartition("/")[2]
    return f"@misc{{{key},\n" + "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items()) + "}"


def finish(app, exception):
    """Write the page for addresses that lead nowhere and, if the site's address is known, the map of the site."""
    if exception or app.builder.name != "html":
        return
    titles = {app.builder.get_target_uri(page): app.env.titles[page].astext() for page in sorted(app.env.found_docs)}
    html = (HERE / "404.html").read_text("utf-8")
    words = {"PAGES": json.dumps(titles).replace("</", "<\\/"), "SITE": json.dumps(site_address())}
    for name, value in words.items():
        html = html.replace(f"/*{name}*/", value)
    Path(app.outdir, "404.html").write_text(html.replace("BOOK", escape(app.config.html_title)), encoding="utf-8")
    if site_address():
        places = "".join(f"<url><loc>{escape(site_address() + address)}</loc></url>\n" for address in titles)
        top = '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        Path(app.outdir, "sitemap.xml").write_text(f"{top}{places}</urlset>\n", encoding="utf-8")
        Path(app.outdir, "robots.txt").write_text(f"User-agent: *\nSitemap: {site_address()}sitemap.xml\n", "utf-8")


def setup(app):
    """Connect to the build."""
    app.connect("html-page-context", page, priority=950)
    app.connect("build-finished", finish)
