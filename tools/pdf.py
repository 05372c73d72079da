"""Print the book into one PDF: argument, chapters, and the pages that they lean on.

Usage: python tools/pdf.py [FOLDER] [--only TEXT]     (default: _build/html; writes dist/orders-of-magnitude-VERSION.pdf)

Chromium prints each page as it is on the screen's site: tagged, fonts inside, worked solutions open. The sheets are joined
in the order of the contents, with a bookmark for each part, page and heading. A link to a page that is in the file leads
there; one to a page of the site that is not leads to the site if BOOK_URL says where it is, and else is none.
"""

import argparse
import os
import sys
import tempfile
import tomllib
from pathlib import Path

import yaml
from browser import Tally, chromium, for_each, serving
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, BooleanObject, DictionaryObject, NameObject, NumberObject, TextStringObject
from site_check import open_page

ROOT = Path(__file__).resolve().parent.parent
MARGINS = {"top": "12mm", "bottom": "16mm", "left": "12mm", "right": "12mm"}
FOOT = """<div style="font: 8px sans-serif; color: #555; width: 100%; margin: 0 12mm; display: flex; justify-content: space-between">
<span class="title"></span><span><span class="pageNumber"></span> of <span class="totalPages"></span></span></div>"""
PARTS_LEFT_OUT = ("Labs", "For teachers")
PAGES_LEFT_OUT = ("reference/numbers", "reference/accessibility")


def contents():
    """Return the parts of the book as pairs of a name and the pages in it."""
    table = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    parts = [("", [table["root"]])]
    for part in table["parts"]:
        if part.get("caption") not in PARTS_LEFT_OUT:
            pages = [entry["file"] for entry in part["chapters"] if entry["file"] not in PAGES_LEFT_OUT]
            parts.append((part.get("caption") or "", pages))
    return parts


def print_page(browser, address, target):
    """Print one page of the site."""
    context = browser.new_context(viewport={"width": 720, "height": 1000}, color_scheme="light")
    page = context.new_page()
    open_page(page, address)
    page.emulate_media(media="print")
    page.evaluate("() => { dispatchEvent(new Event('beforeprint')); }")
    page.evaluate("() => document.fonts.ready")
    page.wait_for_timeout(300)
    page.pdf(
        path=target,
        format="A4",
        margin=MARGINS,
        tagged=True,
        outline=True,
        display_header_footer=True,
        header_template="<span></span>",
        footer_template=FOOT,
    )
    context.close()


class Joined:
    """One PDF made of several: pages, tags, places and bookmarks.

    pypdf's own ``append`` leaves the tags behind, without which a screen reader has only loose words.
    """

    def __init__(self):
        self.writer = PdfWriter()
        self.pages = self.writer.root_object["/Pages"].get_object()
        self.places, self.starts, self.links, self.readers = DictionaryObject(), {}, [], {}
        self.tags = DictionaryObject(
            {NameObject("/Type"): NameObject("/StructTreeRoot"), NameObject("/K"): ArrayObject()}
        )
        self.tags_of = ArrayObject()  # number in a page or link, what it is tagged as, and so on
        self.tags_at = self.writer._add_object(self.tags)
        self.n_tags, self.n_pages = 0, 0

    def add(self, name, path):
        """Append a printed page of the site."""
        reader = PdfReader(path)
        root = reader.trailer["/Root"]
        tree = root["/Pages"].clone(self.writer)
        tree[NameObject("/Parent")] = self.pages.indirect_reference
        self.pages["/Kids"].append(tree.indirect_reference)
        self.pages[NameObject("/Count")] = NumberObject(self.pages["/Count"] + len(reader.pages))
        for place, target in root.get("/Dests", {}).get_object().items():
            self.places[NameObject(f"/{name}#{place[1:]}")] = target.clone(self.writer)
        sheets = [page.clone(self.writer).get_object() for page in reader.pages]
        self.starts[name] = sheets[0].indirect_reference
        self._tag(root["/StructTreeRoot"], sheets)
        for sheet in sheets:
            self.links += [(name, link.get_object()) for link in sheet.get("/Annots", [])]
        self.n_pages += len(sheets)
        self.writer.flattened_pages.extend(sheets)
        self.readers[name] = reader

    def _tag(self, root, sheets):
        """Take over the tags; their numbers in pages and links are shifted behind those that are there."""
        top = root["/K"].clone(self.writer)
        for element in top if isinstance(top, ArrayObject) else [top]:
            element.get_object()[NameObject("/P")] = self.tags_at
            self.tags["/K"].append(element.get_object().indirect_reference)
        numbers = root["/ParentTree"]["/Nums"]
        for number, element in zip(numbers[::2], numbers[1::2], strict=True):
            self.tags_of += [NumberObject(number + self.n_tags), element.clone(self.writer)]
        for sheet in sheets:
            sheet[NameObject("/StructParents")] = NumberObject(sheet["/StructParents"] + self.n_tags)
            for link in sheet.get("/Annots", []):
                link = link.get_object()
                if "/StructParent" in link:
                    link[NameObject("/StructParent")] = NumberObject(link["/StructParent"] + self.n_tags)
        self.n_tags += root["/ParentTreeNextKey"]

    def bookmark(self, parts):
        """Add the bookmarks: parts, in them the pages that were added, in them their sections."""
        first = 0
        for part, names in parts:
            above = self.writer.add_outline_item(title=part, page_number=first) if part and names else None
            for name in names:
                reader = self.readers[name]
                heads = [item for item in reader.outline if not isinstance(item, list)]
                sections = next((item for item in reader.outline if isinstance(item, list)), [])
                title = heads[0]["/Title"] if heads else name
                page = self.writer.add_outline_item(title=title, page_number=first, parent=above)
                for head in [item for item in sections if not isinstance(item, list)]:
                    number = first + (reader.get_destination_page_number(head) or 0)
                    self.writer.add_outline_item(title=head["/Title"], page_number=number, parent=page)
                first += len(reader.pages)

    def lead(self, home, site):
        """Make the links lead into this file, to `site`, or nowhere; return how many of each."""
        counts = {"inside": 0, "site": 0, "none": 0}
        for name, link in self.links:
            target = str(link.get("/A", {}).get("/URI", ""))
            if "/Dest" in link:
                place = f"/{name}#{link['/Dest'][1:]}"
                link[NameObject("/Dest")] = NameObject(place)
            elif target.startswith(home):
                page, _, anchor = target[len(home) :].strip("/").partition("#")
                page = page.removesuffix(".html") or "index"
                if page in self.starts:
                    counts["inside"] += 1
                    place = NameObject(f"/{page}#{anchor}")
                    del link["/A"]
                    start = ArrayObject([self.starts[page], NameObject("/Fit")])
                    link[NameObject("/Dest")] = place if place in self.places else start
                elif site:
                    counts["site"] += 1
                    link["/A"][NameObject("/URI")] = TextStringObject(
                        f"{site.rstrip('/')}/{target[len(home) :].strip('/')}"
                    )
                else:
                    counts["none"] += 1
                    del link["/A"]
        return counts

    def write(self, target, title):
        """Finish the catalogue and write the file."""
        root = self.writer.root_object
        self.tags[NameObject("/ParentTree")] = self.writer._add_object(
            DictionaryObject({NameObject("/Nums"): self.tags_of})
        )
        self.tags[NameObject("/ParentTreeNextKey")] = NumberObject(self.n_tags)
        root[NameObject("/StructTreeRoot")] = self.tags_at
        root[NameObject("/MarkInfo")] = DictionaryObject({NameObject("/Marked"): BooleanObject(True)})
        root[NameObject("/Lang")] = TextStringObject("en-GB")
        root[NameObject("/Dests")] = self.writer._add_object(self.places)
        root[NameObject("/PageMode")] = NameObject("/UseOutlines")
        self.writer.create_viewer_preferences().display_doctitle = True
        self.writer.add_metadata({"/Title": title, "/Author": "Orders of Magnitude"})
        self.writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
        self.writer.write(target)


def main():
    """Print, join, and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", default=ROOT / "_build/html", type=Path)
    parser.add_argument("--only", default="", help="pages whose name has this text")
    options = parser.parse_args()
    if chromium() is None:
        sys.exit("there is no Chromium on this machine: install one, or name it in CHROMIUM")
    if not (options.folder / "index.html").exists():
        sys.exit("there is no site: build the book first (make html)")
    parts = [(part, [name for name in pages if options.only in name]) for part, pages in contents()]
    tally, joined = Tally(), Joined()
    with serving(options.folder) as home, tempfile.TemporaryDirectory() as place:

        def sheet(name):
            return Path(place) / (name.replace("/", "-") + ".pdf")

        names = [name for _, pages in parts for name in pages]
        for_each(names, lambda browser, name: print_page(browser, f"{home}/{name}.html", sheet(name)), tally)
        if tally.failures:
            sys.exit(tally.close())
        for name in names:
            joined.add(name, sheet(name))
        joined.bookmark(parts)
        links = joined.lead(home, os.environ.get("BOOK_URL"))
        version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
        target = ROOT / "dist" / f"orders-of-magnitude-{version}.pdf"
        target.parent.mkdir(exist_ok=True)
        joined.write(target, "Orders of Magnitude: a hands-on course on AI scaling laws")
    told = ", ".join(f"{count} {where}" for where, count in links.items())
    print(f"{target.relative_to(ROOT)}: {joined.n_pages} sheets, {target.stat().st_size / 1e6:.1f} MB; links: {told}")


if __name__ == "__main__":
    main()
