"""Look at every page as it is printed from a dark screen, on A4 and on letter paper.

Usage: python tools/print_check.py [FOLDER] [--only TEXT] [--pdf FOLDER]     (default: _build/html)

No text below a contrast of 4.5, no line of code or table cut off, no figure clipped, solutions open, quiz answers after the
questions. With --pdf each page is also written as A4, to be looked at. The last line is "N passed, N failed".
"""

import argparse
import sys
import tempfile
from pathlib import Path

from browser import Tally, chromium, for_each, serving
from site_check import book_pages, open_page, problems

ROOT = Path(__file__).resolve().parent.parent
MARGIN = 10  # mm
SAMPLE = ("index.html", "chapters/04-chinchilla.html")  # always written as PDFs too
PAPERS = {"A4": 210, "letter": 216}  # mm wide

CUT = """() => {
  const problems = [], wide = document.documentElement.clientWidth;
  const told = e => `${e.tagName}.${e.className} ${(e.innerText || e.alt || "").trim().slice(0, 50)}`;
  const shown = e => e.checkVisibility({contentVisibilityAuto: false}) && e.getBoundingClientRect().width > 0;
  for (const e of document.querySelectorAll("article pre, article .output, article .formula, article .table-scroll, article table, article img, article figure, article svg")) {
    if (!shown(e) || e.closest("svg") !== (e.tagName === "svg" ? e : null)) continue;
    const box = e.getBoundingClientRect(), over = e.scrollWidth - e.clientWidth;
    if (over > 1 && !["svg", "IMG"].includes(e.tagName)) problems.push(`${over} px cut: ${told(e)}`);
    if (box.right > wide + 1) problems.push(`${Math.round(box.right - wide)} px over the edge: ${told(e)}`);
    if (e.tagName === "IMG" && e.naturalWidth === 0) problems.push(`no picture: ${told(e)}`);
  }
  for (const svg of document.querySelectorAll(".live-view svg")) {
    const inner = svg.getBoundingClientRect(), outer = svg.closest(".live-stage").getBoundingClientRect();
    if (inner.right > outer.right + 1 || inner.bottom > outer.bottom + 1) problems.push("clipped: " + svg.closest(".live-figure").id);
  }
  for (const fold of document.querySelectorAll("article details"))
    if (!fold.open && !fold.matches(".quiz details, :has(> .table-rows)")) problems.push("closed: " + told(fold));
  if (document.querySelectorAll(".quiz").length !== [...document.querySelectorAll(".quiz-answers")].filter(shown).length)
    problems.push("answers of a quiz are missing");
  return problems;
}"""


def contrast(page):
    """Return what axe-core says of the contrast of text."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    return [f"{node['target'][0]}: {node['any'][0]['message'][:110]}" for item in found for node in item["nodes"]]


def check_page(page, home, name, tally, pdf):
    """Print one page on both papers."""
    open_page(page, f"{home}/{name}")
    page.wait_for_timeout(100)
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("() => { dispatchEvent(new Event('beforeprint')); }")
    for paper, width in PAPERS.items():
        page.set_viewport_size({"width": round((width - 2 * MARGIN) * 96 / 25.4), "height": 1000})
        page.wait_for_timeout(400)
        tally.check(f"{name} ({paper}): nothing cut, clipped or closed on paper", problems(page, CUT))
    tally.check(f"{name}: contrast on paper", contrast(page))
    page.evaluate("() => { dispatchEvent(new Event('afterprint')); }")
    if pdf:
        pdf.mkdir(parents=True, exist_ok=True)
        edge = f"{MARGIN}mm"
        target = pdf / (name.replace("/", "-").removesuffix(".html") + ".pdf")
        page.pdf(path=target, format="A4", margin=dict.fromkeys(("top", "right", "bottom", "left"), edge))
        tally.check(f"{name}: PDF", [] if target.stat().st_size > 10_000 else ["empty"])


def main():
    """Check and count."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", default=ROOT / "_build/html", type=Path)
    parser.add_argument("--only", default="", help="pages whose address has this text")
    parser.add_argument("--pdf", type=Path, help="write each page as a PDF into this folder")
    options = parser.parse_args()
    if chromium() is None:
        print("skipped: no Chromium on this machine")
        return
    tally = Tally()
    with serving(options.folder) as home, tempfile.TemporaryDirectory() as place:

        def check(browser, name):
            context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark")
            pdf = options.pdf or (Path(place) if name in SAMPLE else None)
            check_page(context.new_page(), home, name, tally, pdf)
            context.close()

        for_each([name for name in book_pages(options.folder) if options.only in name], check, tally)
    sys.exit(tally.close())


if __name__ == "__main__":
    main()
