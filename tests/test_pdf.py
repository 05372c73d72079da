"""The book as one PDF: what is joined keeps its text, its tags, its places and its links."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from browser import chromium, launched, serving  # noqa: E402
from pdf import Joined, contents, print_page  # noqa: E402
from pypdf import PdfReader  # noqa: E402

PAGE = """<!doctype html><html lang="en"><title>{title}</title><h1 id="top">{title}</h1>
<p>Words of {title}. <a href="#end">down</a> <a href="{other}.html#end">over</a> <a href="third.html">out</a></p>
<h2>Before</h2><p style="break-after: page">a</p><h2 id="end">The end of {title}</h2><p>b</p></html>"""


@pytest.fixture(scope="module")
def joined(tmp_path_factory):
    """Return a function that joins two printed pages, for a site or for none, and reads the result."""
    if chromium() is None:
        pytest.skip("no Chromium on this machine")
    place = tmp_path_factory.mktemp("pdf")
    for name, other in (("one", "two"), ("two", "one")):
        (place / f"{name}.html").write_text(PAGE.format(title=name.title(), other=other), "utf-8")
    with serving(place) as home, launched() as browser:
        for name in ("one", "two"):
            print_page(browser, f"{home}/{name}.html", place / f"{name}.pdf")

    def join(site):
        book = Joined()
        for name in ("one", "two"):
            book.add(name, place / f"{name}.pdf")
        book.bookmark([("A part", ["one", "two"])])
        counts = book.lead(home, site)
        book.write(place / "book.pdf", "A book")
        return PdfReader(place / "book.pdf"), counts

    return join


def test_sheets_stand_in_order_with_their_text(joined):
    reader, _ = joined(None)
    assert [("One" in page.extract_text(), "Two" in page.extract_text()) for page in reader.pages] == [
        (True, False),
        (True, False),
        (False, True),
        (False, True),
    ]
    assert reader.metadata.title == "A book"


def test_bookmarks_lead_to_part_page_and_section(joined):
    reader, _ = joined(None)

    def flat(items):
        for item in items:
            yield from flat(item) if isinstance(item, list) else [item]

    places = [(item["/Title"], reader.get_destination_page_number(item)) for item in flat(reader.outline)]
    assert places == [
        ("A part", 0),
        ("One", 0),
        ("Before", 0),
        ("The end of One", 1),
        ("Two", 2),
        ("Before", 2),
        ("The end of Two", 3),
    ]


def test_links_lead_into_the_file_to_the_site_or_nowhere(joined):
    for site, counts in ((None, (2, 0, 2)), ("https://example.org/book", (2, 2, 0))):
        reader, found = joined(site)
        assert tuple(found.values()) == counts
        links = [link.get_object() for page in reader.pages for link in page.get("/Annots", [])]
        places = reader.trailer["/Root"]["/Dests"]
        numbers = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages)}
        targets = []
        for link in links:
            target = link.get("/Dest", None)
            if target is not None:
                target = places[target].get_object() if isinstance(target, str) else target
                targets.append(numbers[target[0].idnum])
            elif "/A" in link:
                targets.append(link["/A"]["/URI"])
        out = [f"{site}/third.html"] if site else []
        assert targets == [1, 3, *out, 3, 1, *out]


def test_every_sheet_and_link_has_its_own_tag(joined):
    reader, _ = joined(None)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value is True
    numbers = [int(number) for number in root["/StructTreeRoot"]["/ParentTree"]["/Nums"][::2]]
    assert numbers == sorted(set(numbers))
    used = [int(page["/StructParents"]) for page in reader.pages]
    used += [int(link.get_object()["/StructParent"]) for page in reader.pages for link in page.get("/Annots", [])]
    assert sorted(used) == numbers
    sheets = {page.indirect_reference.idnum for page in reader.pages}

    def walk(element):
        if "/Pg" in element:
            assert element.raw_get("/Pg").idnum in sheets
        for below in element.get("/K", []) if isinstance(element.get("/K"), list) else []:
            below = below.get_object()
            if isinstance(below, dict) and "/S" in below:
                walk(below)
        return element["/S"]

    assert len([walk(element.get_object()) for element in root["/StructTreeRoot"]["/K"]]) == 2


def test_the_pdf_holds_every_chapter_and_no_lab():
    names = [name for _, pages in contents() for name in pages]
    chapters = sorted(path.with_suffix("").name for path in (ROOT / "chapters").glob("*.ipynb"))
    assert [name.removeprefix("chapters/") for name in names if name.startswith("chapters/")] == chapters
    assert not any(name.startswith(("labs/", "teaching/")) for name in names)
