"""Walk every deck of slides in Chromium: slide by slide, then as it is printed.

Usage: python tools/slides_check.py [FOLDER] [--only TEXT]     (default: _build/html)

Each slide fits its frame, has a heading and notes; nothing comes from another host, nothing fails, every picture is there and
has alt text; axe-core finds nothing serious. Printed (`?print-pdf`), each slide is one sheet. The last line is "N passed, N failed".
"""

import argparse
import sys
from pathlib import Path

from browser import Tally, Watch, chromium, for_each, serving

ROOT = Path(__file__).resolve().parent.parent
SERIOUS = ("serious", "critical")

SLIDE = """() => {
  const slide = Reveal.getCurrentSlide(), problems = [], scale = Reveal.getScale();
  const frame = document.querySelector(".slides").getBoundingClientRect();
  for (const e of slide.querySelectorAll("*")) {
    if (e.closest("math, aside, svg") && e.tagName !== "math") continue;
    const box = e.getBoundingClientRect();
    if (!box.width || !e.checkVisibility()) continue;
    const name = `${e.tagName}.${e.className} ${(e.innerText || e.alt || "").trim().slice(0, 40)}`;
    if (box.bottom > frame.bottom + 1) problems.push(`${Math.round((box.bottom - frame.bottom) / scale)} px too low: ${name}`);
    if (box.right > frame.right + 1) problems.push(`${Math.round((box.right - frame.right) / scale)} px too wide: ${name}`);
    if (e.tagName === "IMG" && !e.naturalWidth) problems.push("no picture: " + name);
    if (e.tagName === "IMG" && !e.alt.trim()) problems.push("no alt text: " + name);
  }
  for (const e of slide.querySelectorAll(".slide-table")) if (e.scrollHeight > e.clientHeight + 1) problems.push("a table is cut");
  if (!slide.querySelector("h1, h2")) problems.push("no heading");
  if (!slide.querySelector("aside.notes") && Reveal.getTotalSlides() > 1) problems.push("no notes");
  return problems;
}"""
SHEETS = "() => [document.querySelectorAll('.pdf-page').length, Reveal.getTotalSlides()]"


def axe(page, place):
    """Return what axe-core finds serious in a part of the page."""
    from axe_playwright_python.sync_playwright import Axe

    violations = Axe().run(page, context=place).response["violations"]
    return [f"{v['id']}: {n['target'][0]}" for v in violations if v["impact"] in SERIOUS for n in v["nodes"]]


def check_deck(browser, home, name, tally):
    """Walk one deck, then look at it as it is printed."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    watch = Watch(page, home)
    page.goto(f"{home}/slides/{name}.html", wait_until="load")
    page.wait_for_function("() => window.Reveal && Reveal.isReady()")
    while True:
        while page.evaluate("() => Reveal.availableFragments().next"):
            page.evaluate("() => Reveal.nextFragment()")
        number = page.evaluate("() => Reveal.getSlidePastCount() + 1")
        tally.check(f"slides/{name} {number}: fits, has notes and pictures", page.evaluate(SLIDE))
        tally.check(f"slides/{name} {number}: axe", axe(page, ".slides section.present:not(.stack)"))
        if page.evaluate("() => Reveal.isLastSlide()"):
            break
        page.evaluate("() => Reveal.next()")
    page.goto(f"{home}/slides/{name}.html?print-pdf", wait_until="load")
    page.wait_for_function("() => document.querySelector('.pdf-page')")
    sheets, slides = page.evaluate(SHEETS)
    tally.check(f"slides/{name}, printed: one sheet a slide", [] if sheets == slides else f"{sheets} of {slides}")
    page.emulate_media(media="print")
    tally.check(f"slides/{name}, printed: axe", axe(page, ".slides"))
    tally.check(f"slides/{name}: requests", [*watch.foreign, *watch.failed, *watch.errors])
    context.close()


def main():
    """Check and count."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", default=ROOT / "_build/html", type=Path)
    parser.add_argument("--only", default="", help="decks whose address has this text")
    options = parser.parse_args()
    if chromium() is None:
        print("skipped: no Chromium on this machine")
        return
    decks = sorted(path.stem for path in (options.folder / "slides").glob("*.html"))
    tally = Tally()
    with serving(options.folder) as home:
        chosen = [name for name in decks if options.only in f"slides/{name}.html"]
        for_each(chosen, lambda browser, name: check_deck(browser, home, name, tally), tally)
    sys.exit(tally.close())


if __name__ == "__main__":
    main()
