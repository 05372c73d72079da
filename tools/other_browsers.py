"""Look at the built site in Firefox and in WebKit, where they may differ from Chromium.

Usage: python tools/other_browsers.py [FOLDER] [--only TEXT] [--browser firefox|webkit] [--no-lab]     (default: _build/html)

In each: the first figure of every page has a picture and no error reaches the console; in one chapter every control is moved
to both ends, in a wide window and at 390 pixels, and nothing scrolls sideways; with PYODIDE_DIR (a folder with a Pyodide
runtime) the first lab runs until a panel has its picture. Firefox is spoken to by WebDriver BiDi over its own port, WebKit
(webkit2gtk-driver and xvfb) by WebDriver. A browser that this machine lacks is skipped. The last line is "N passed, N failed".
"""

import argparse
import os
import re
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from browser import Tally, serving
from drivers import HEARD, LISTEN, Firefox, WebKit
from lab_check import KERNEL_READY, STATE, in_application, prepare
from site_check import BASICS, CONTROLS, ROOT, SIZES, WIDTH, book_pages, problems

BROWSERS = {"firefox": Firefox, "webkit": WebKit}
CHAPTER = "chapters/04"  # the one that is looked at whole
LAB_PATIENCE = 300  # seconds until a lab has its first picture

# Bring the first figure, or all, into sight until each has a picture. Return those that have none.
FIGURES = """async () => {
  const all = false;
  const found = [], boxes = document.querySelectorAll("article .live-figure, article figure img, article .cell_output img");
  const picture = box => box.tagName === "IMG" ? box.complete && box.naturalWidth > 0
    : box.dataset.ready && [...box.querySelectorAll(".live-view svg")].some(
        svg => svg.getBoundingClientRect().width > 100 && svg.querySelectorAll("path").length > 3);
  const seen = [...boxes].filter(box => box.checkVisibility() && !box.closest(".live-still"));
  for (const box of all ? seen : seen.slice(0, 1)) {
    const until = performance.now() + 10000;
    box.scrollIntoView();
    do await new Promise(done => setTimeout(done, 20)); while (!picture(box) && performance.now() < until);
    if (!picture(box)) found.push("no picture: " + (box.id || box.alt).slice(0, 80));
  }
  scrollTo(0, 0);
  return found;
}"""

ALL_FIGURES = FIGURES.replace("all = false", "all = true")

PANEL = """() => [...document.querySelectorAll(".scalinglaws-panel img")].some(img => img.complete && img.naturalWidth > 0)"""

# A page in a frame as wide as a phone: WebKit's window is never so narrow.
PHONE = """async ([address, width, height]) => {
  const frame = document.createElement("iframe");
  Object.assign(frame, {src: address, width, height});
  const loaded = new Promise(done => frame.addEventListener("load", done));
  document.body.replaceChildren(frame);
  await loaded;
  await frame.contentDocument.fonts.ready;
  return frame.contentWindow.innerWidth === width ? [] : ["no frame of this width"];
}"""


def in_frame(script):
    """Return a script that runs another in the first frame of the page."""
    return f"(...words) => frames[0].eval({script!r})(...words)"


def listening(folder, place):
    """Copy the site, so that every page tells what its console says; with a Python for the labs if there is one."""
    runtime = os.environ.get("PYODIDE_DIR")
    has_lab = bool(runtime) and (folder / "lite").is_dir()
    site = Path(place, "site")
    shutil.copytree(folder, site, ignore=None if has_lab else shutil.ignore_patterns("lite"))
    for name in book_pages(site):
        text = (site / name).read_text(encoding="utf-8")
        (site / name).write_text(re.sub("<head[^>]*>", lambda head: head[0] + LISTEN, text, count=1), encoding="utf-8")
    if has_lab:
        prepare(site / "lite", Path(runtime).resolve())
    return site


# Firefox lays out what has come so far: a formula cut in two by the network is "invalid" for that moment. So it is looked
# at when it is whole, and what Firefox said of it before is left out.
PARTIAL = "Incorrect number of children"
FORMULAS = """() => {
  const wants = {mfrac: 2, mroot: 2, msub: 2, msup: 2, munder: 2, mover: 2, msubsup: 3, munderover: 3};
  return [...document.querySelectorAll(Object.keys(wants).join())].filter(e => e.children.length !== wants[e.localName])
    .map(e => "parts of a formula are missing: " + e.outerHTML.slice(0, 90));
}"""


def check_page(browser, home, name, what, tally):
    """Look at the first figure of a page, and at what its console says."""
    browser.goto(f"{home}/{name}")
    tally.check(f"{what}: first figure", problems(browser, FIGURES))
    said = [line for line in browser.errors() if PARTIAL not in line]
    tally.check(f"{what}: console", said + problems(browser, FORMULAS))


def check_chapter(browser, home, name, what, tally):
    """Move every control of a page, in a wide window and in a narrow one."""
    browser.goto(f"{home}/{name}")
    tally.check(f"{what}: all figures", problems(browser, ALL_FIGURES))
    tally.check(f"{what}: alt texts, one title, figures start", problems(browser, BASICS))
    moved, found = browser.evaluate(CONTROLS, [0, 1])
    tally.check(f"{what}: controls", found if moved else ["none was moved"])
    tally.check(f"{what}: console after the moves", browser.errors())
    tally.check(f"{what} (phone): opens", browser.evaluate(PHONE, [f"{home}/{name}", *SIZES["phone"]]))
    tally.check(f"{what} (phone): all figures", problems(browser, in_frame(ALL_FIGURES)))
    moved, found = browser.evaluate(in_frame(CONTROLS), [0, 1])
    tally.check(f"{what} (phone): controls", found if moved else ["none was moved"])
    tally.check(f"{what} (phone): width", problems(browser, in_frame(WIDTH)))
    tally.check(f"{what} (phone): console", browser.evaluate(in_frame(HEARD)))


def check_lab(browser, home, lab, what, tally):
    """Run a lab until a panel has its picture."""
    browser.goto(f"{home}/lite/notebooks/index.html?path={lab}")
    until = time.monotonic() + LAB_PATIENCE

    def wait(script):
        while not (answer := browser.evaluate(script)) and time.monotonic() < until:
            time.sleep(0.5)
        return answer

    tally.check(f"{what}: kernel", [] if wait(f"() => !!({KERNEL_READY})()") else ["did not start"])
    browser.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    wait(f"() => ({PANEL})() || ({STATE})().errors.length > 0")
    state = browser.evaluate(STATE)
    tally.check(f"{what}: a panel with its picture", [] if browser.evaluate(PANEL) else [f"{state['done']} cells done"])
    tally.check(f"{what}: no error output", state["errors"])


def look(kind, home, pages, lab, tally):
    """Look at the site in one browser. What it raises is a failure, and the next page is looked at."""

    def attempt(check, name):
        what = f"{kind}, {name}"
        try:
            check(browser, home, name, what, tally)
        except Exception as error:
            tally.check(f"{what}: the check itself", str(error).partition("\n")[0] or repr(error))

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place, tally.timed(kind):
        try:
            browser = BROWSERS[kind](place)
        except Exception as error:
            tally.check(f"{kind}: starts", str(error) or repr(error))
            return
        try:
            for name in pages:
                attempt(check_page, name)
            chapters = [name for name in pages if name.startswith("chapters/")]
            for name in sorted(chapters, key=lambda name: not name.startswith(CHAPTER))[:1]:
                attempt(check_chapter, name)
            if lab:
                attempt(check_lab, lab)
        finally:
            browser.close()


def main():
    """Check and count."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", default=ROOT / "_build/html", type=Path)
    parser.add_argument("--only", default="", help="pages whose address has this text")
    parser.add_argument("--browser", choices=BROWSERS, help="this one alone")
    parser.add_argument("--no-lab", action="store_true")
    options = parser.parse_args()
    wanted = [options.browser] if options.browser else list(BROWSERS)
    there = [kind for kind in wanted if all(map(shutil.which, BROWSERS[kind].needs))]
    for kind in sorted(set(wanted) - set(there)):
        print(f"skipped: no {kind} on this machine (on Debian: apt-get install {BROWSERS[kind].packages})")
    tally = Tally()
    if there:
        with tempfile.TemporaryDirectory() as place:
            site = listening(options.folder, place)
            pages = [name for name in book_pages(site) if options.only in name]
            lab_pages = [path for path in sorted(site.glob("labs/[0-9]*.html")) if options.only in str(path)]
            labs = [f"labs/{in_application(site, path)}" for path in lab_pages]
            lab = labs[0] if labs and (site / "lite").is_dir() and not options.no_lab else None
            if not lab:
                print("skipped: no lab was run in them (set PYODIDE_DIR to a folder with a Pyodide runtime)")
            with serving(site) as home, ThreadPoolExecutor(len(there)) as pool:
                list(pool.map(lambda kind: look(kind, home, pages, lab, tally), there))
            print(f"{len(pages)} pages in {' and '.join(there)}")
    sys.exit(tally.close())


if __name__ == "__main__":
    main()
