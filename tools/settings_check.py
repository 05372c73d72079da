"""Look at the site as it is met elsewhere: without scripts, in high contrast, without code, from a disk, from the search.

Usage: python tools/settings_check.py [FOLDER] [--only TEXT]     (default: _build/html)

The last line is "N passed, N failed".
"""

import argparse
import json
import re
import sys
from pathlib import Path

from browser import Tally, Watch, chromium, for_each, launched, serving
from site_check import book_pages, problems

ROOT = Path(__file__).resolve().parent.parent

STILLS = """async () => {
  const bad = [];
  for (const img of document.querySelectorAll(".live-still img")) {
    img.loading = "eager";
    await img.decode().catch(() => bad.push(`no still picture: ${img.closest(".live-figure").id}`));
  }
  return bad;
}"""

# What shows where the keyboard is must not be a shadow or a background: high contrast takes both away.
FOCUS = """async () => {
  const bad = [];
  const stops = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
    .filter(e => e.checkVisibility({visibilityProperty: true}));
  for (const stop of stops) {
    stop.focus({focusVisible: true, preventScroll: true});
    if (document.activeElement !== stop) continue;
    const style = getComputedStyle(stop);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 1) bad.push("no outline: " + stop.outerHTML.slice(0, 90));
  }
  return bad.slice(0, 5);
}"""

DEAD = """() => [...document.querySelectorAll("button, .live-controls input")]
  .filter(e => e.checkVisibility()).map(e => "does nothing: " + e.outerHTML.slice(0, 80))"""

CODE = "() => [...document.querySelectorAll('div.cell_input, details.above-input')].filter(e => e.checkVisibility()).map(e => e.innerText.slice(0, 40))"
SHOWN = "() => [...document.querySelectorAll('.live-figure, .cell_output img, .cell_output table')].filter(e => e.checkVisibility()).length"


def check_page(browser, home, name, tally):
    """Look at one page in four ways."""
    for width in (1280, 390):
        context = browser.new_context(viewport={"width": width, "height": 900})
        page = context.new_page()
        page.route("**/vega.js", lambda route: route.abort())
        page.goto(f"{home}/{name}")
        tally.check(f"{name} ({width} px): still pictures without Vega", problems(page, STILLS))
        context.close()

    context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{home}/{name}")
    tally.check(f"{name}: no dead control without JavaScript", problems(page, DEAD))
    context.close()

    context = browser.new_context(viewport={"width": 1280, "height": 900}, forced_colors="active")
    page = context.new_page()
    page.goto(f"{home}/{name}")
    tally.check(f"{name}: focus in high contrast", problems(page, FOCUS))
    context.close()

    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    watch = Watch(page, home)
    page.goto(f"{home}/{name}")
    page.wait_for_timeout(500)  # until what is folded is folded
    before = page.evaluate(SHOWN)
    page.goto(f"{home}/{name}?code=off")
    page.wait_for_timeout(500)
    tally.check(f"{name}: no code with ?code=off", problems(page, CODE))
    hidden = [] if page.evaluate(SHOWN) == before else ["figures or tables are hidden too"]
    tally.check(f"{name}: figures stay without code", hidden)
    page.goto(f"{home}/{name}")
    tally.check(f"{name}: the choice is remembered", problems(page, CODE))
    tally.check(f"{name}: console without code", watch.errors)
    context.close()


def check_site(browser, home, folder, tally):
    """Look at what belongs to no single page: the search, the page for lost addresses, a lab from a disk, cards."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    watch = Watch(page, home)
    links = "() => [...document.querySelectorAll('ul.search > li > a')].map(a => a.getAttribute('href'))"
    page.goto(f"{home}/search.html?q=tokens+per+parameter")
    page.wait_for_selector("ul.search")
    first = page.evaluate(links)[:1]
    tally.check("search: chapter 4 first for tokens per parameter", [] if "04-chinchilla" in "".join(first) else first)
    excerpts = page.evaluate("() => [...document.querySelectorAll('ul.search p')].map(p => p.innerText)")
    tally.check(
        "search: excerpts have what was looked for",
        [] if any("tokens per parameter" in e for e in excerpts) else excerpts[:3],
    )
    page.goto(f"{home}/search.html?q=0.34")
    page.wait_for_selector("ul.search")
    tally.check("search: numbers are found", [] if page.evaluate(links) else ["0.34"])
    page.goto(f"{home}/search.html?q=series")
    page.wait_for_selector("ul.search")
    hits = page.evaluate("() => [...document.querySelectorAll('ul.search a')].map(a => a.getAttribute('href'))")
    for hit in hits:
        page.goto("about:blank")
        page.goto(f"{home}/{hit}")
        page.wait_for_timeout(300)
        seen = page.evaluate(
            "() => { const m = document.querySelector('article mark'), b = m?.getBoundingClientRect(); return !!m && m.checkVisibility() && b.top >= 0 && b.bottom <= innerHeight; }"
        )
        tally.check(f"search: {hit} shows what was found", [] if seen else ["nothing marked in sight"])
    tally.check("search: requests and console", watch.foreign + watch.failed + watch.errors)
    page.goto(f"{home}/old/04-chinchilla.html")
    moved = page.inner_text("#moved")
    tally.check("404: finds the moved page", [] if "Chinchilla" in moved else [moved])
    lab = next(iter(sorted(folder.glob("labs/[0-9]*.html"))), None)
    if lab:
        page.goto(lab.resolve().as_uri())
        told = page.inner_text(".lab-run") if page.query_selector(".lab-run") else "python serve.py"
        tally.check("from a disk: a lab says what to do", [] if "serve.py" in told else [told])
    context.close()


def check_copies(folder, tally):
    """Look at the labs as they are opened: no list where a string should be, no answer, no markup."""
    for path in sorted((folder / "lite/files/labs").glob("*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        words = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        raw = re.findall(r"\{[\w:]+\}`|^[`:]{3,}\{|^\([\w-]+\)=", words, re.M)
        answers = [
            c["source"][:50] for c in cells if c["metadata"].get("jupyter", {}).get("outputs_hidden") and c["outputs"]
        ]
        tally.check(f"lite/{path.name}: no markup and no answer as opened", raw + answers)


def main():
    """Check and count."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", default=ROOT / "_build/html", type=Path)
    parser.add_argument("--only", default="", help="pages whose address has this text")
    options = parser.parse_args()
    if chromium() is None:
        print("skipped: no Chromium on this machine")
        return
    tally = Tally()
    check_copies(options.folder, tally)
    with serving(options.folder) as home:
        pages = [name for name in book_pages(options.folder) if options.only in name]
        for_each(pages, lambda browser, name: check_page(browser, home, name, tally), tally)
        if not options.only:
            with launched() as browser:
                check_site(browser, home, options.folder, tally)
    sys.exit(tally.close())


if __name__ == "__main__":
    main()
