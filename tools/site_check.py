"""Visit every page of the built site with Chromium, move every control, and run every lab in the browser.

Usage: python tools/site_check.py [FOLDER] [--only TEXT] [--no-labs]     (default: _build/html)

Nothing may come from another host, no error may reach the console, nothing may scroll sideways on a phone, every control must
change its figure at both ends, every fold must open, and axe-core must find nothing serious. Each page is looked at on four
screens (wide and phone, light and dark); each control is moved on one of them, in turn. Pages, and labs, are checked two at a
time on two processors. With PYODIDE_DIR (a folder with a Pyodide runtime) each lab runs to its last cell in the browser;
without it the labs are checked as files. The last lines are the minutes of each part and "N passed, N failed".
"""

import argparse
import statistics
import sys
from contextlib import suppress
from pathlib import Path

from browser import Tally, Watch, chromium, for_each, serving
from lab_check import check_files, run_labs

ROOT = Path(__file__).resolve().parent.parent
SIZES = {"desk": (1280, 900), "phone": (390, 844)}
SCREENS = [f"{size}, {theme}" for theme in ("light", "dark") for size in SIZES]
SERIOUS = ("serious", "critical")

BASICS = """() => {
  const problems = [];
  for (const img of document.images)
    if (!img.hasAttribute("alt") || (!img.alt.trim() && !img.closest("a.logo"))) problems.push("no alt text: " + img.src);
  const titles = [...document.querySelectorAll("h1")].filter(h1 => h1.offsetParent !== null);
  if (titles.length !== 1) problems.push(titles.length + " visible h1");
  for (const box of document.querySelectorAll(".live-figure"))
    if (!box.dataset.ready) problems.push("figure did not start: " + box.id);
  return problems;
}"""

WIDTH = """() => {
  const wide = document.documentElement.scrollWidth;
  if (wide <= innerWidth) return [];
  const guilty = [...document.querySelectorAll("article *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1);
  return [wide + " px wide", ...guilty.slice(0, 3).map(e => e.outerHTML.slice(0, 120))];
}"""

FOLDS = """async () => {
  const problems = [];
  for (const fold of document.querySelectorAll("article details")) {
    const was = fold.open;
    fold.querySelector("summary").click();
    await new Promise(done => setTimeout(done, 0));
    if (fold.open === was) problems.push("does not open: " + fold.innerText.slice(0, 60));
    fold.open = true;
  }
  for (const button of document.querySelectorAll("article button.toggle-button")) {
    const box = button.closest(".toggle, .admonition"), was = box.className;
    button.click();
    if (box.className === was) problems.push("does not open: " + box.innerText.slice(0, 60));
  }
  return problems;
}"""

# The names of all controls.
NAMES = """() => [...document.querySelectorAll(".live-figure [data-param]")].map(
  input => input.closest(".live-figure").id + " " + input.dataset.param)"""

# Every fourth control, at both ends. A control may act only when another is ticked. Returns what was moved, and problems.
CONTROLS = """async ([turn, turns]) => {
  const problems = [], moved = [];
  const all = [...document.querySelectorAll(".live-figure [data-param]")];
  const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
  const set = (input, value) => {
    if (input.type === "checkbox") input.checked = value;
    else if (input.tagName === "SELECT") input.selectedIndex = value;
    else input.value = value;
    input.dispatchEvent(new Event("input", {bubbles: true}));
  };
  const ends = input => input.type === "checkbox" ? [false, true]
    : input.tagName === "SELECT" ? Array.from(input.options, (option, i) => i) : [input.min, input.max];
  for (const box of document.querySelectorAll(".live-figure[data-ready]")) {
    const look = async () => {
      await box.view.runAsync();
      await frame();
      return box.querySelector(".live-view").innerHTML;
    };
    const inputs = [...box.querySelectorAll("[data-param]")];
    if (!inputs.length) problems.push("no control: " + box.id);
    const start = inputs.map(i => i.type === "checkbox" ? i.checked : i.tagName === "SELECT" ? i.selectedIndex : i.value);
    const moves = async input => {
      const seen = [];
      for (const end of ends(input)) {
        set(input, end);
        const picture = await look();
        if (/NaN|Infinity/.test(picture)) problems.push(`NaN in the picture: ${box.id}, ${input.dataset.param} at ${end}`);
        seen.push(picture);
      }
      return new Set(seen).size === seen.length;
    };
    for (const input of inputs.filter(input => all.indexOf(input) % turns === turn)) {
      moved.push(box.id + " " + input.dataset.param);
      let alive = await moves(input);
      if (!alive) {
        for (const other of inputs) if (other !== input && other.type === "checkbox") set(other, !other.checked);
        alive = await moves(input);
      }
      if (!alive) problems.push(`changes nothing: ${box.id}, ${input.dataset.param}`);
      inputs.forEach((other, i) => set(other, start[i]));
    }
    for (const end of [0, 1]) {
      for (const input of inputs) set(input, ends(input).at(end ? -1 : 0));
      if (/NaN|Infinity/.test(await look())) problems.push(`NaN in the picture: ${box.id}, all at one end`);
    }
    inputs.forEach((other, i) => set(other, start[i]));
    await look();
  }
  return [moved, problems];
}"""

LATENCY = """async () => {
  const times = [];
  for (const input of document.querySelectorAll(".live-figure input[type=range]")) {
    const view = input.closest(".live-figure").querySelector(".live-view");
    for (let i = 1; i <= 12; i++) {
      const share = (i * 0.618) % 1;
      const changed = new Promise(done => {
        const observer = new MutationObserver(() => { observer.disconnect(); done(); });
        observer.observe(view, {subtree: true, childList: true, attributes: true, characterData: true});
        setTimeout(() => { observer.disconnect(); done("nothing"); }, 300);
      });
      const began = performance.now();
      input.value = Number(input.min) + share * (input.max - input.min);
      input.dispatchEvent(new Event("input", {bubbles: true}));
      if (await changed === "nothing") continue;
      await new Promise(done => requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = done;
        channel.port2.postMessage(0);
      }));
      times.push(performance.now() - began);
      await new Promise(done => setTimeout(done, 20));
    }
  }
  return times;
}"""


def book_pages(folder):
    """Return the addresses of the book's own pages: not what is under lite/ or slides/, nor a page for lost addresses."""
    found = [path.relative_to(folder) for path in sorted(folder.rglob("*.html"))]
    return [
        path.as_posix() for path in found if path.parts[0] not in ("lite", "slides", "_static", "_sources", "404.html")
    ]


def open_page(page, address):
    """Go to a page and wait until it and its figures stand."""
    page.goto(address, wait_until="load")
    page.evaluate("""async () => {
      for (const box of document.querySelectorAll(".live-figure, article img")) {
        box.scrollIntoView();
        const patience = performance.now() + 5000;  // a figure starts when it is seen, for a picture once is enough
        do await new Promise(done => setTimeout(done, 20));
        while (box.matches(".live-figure") && !box.dataset.ready && performance.now() < patience);
      }
      scrollTo(0, 0);
      await document.fonts.ready;
    }""")
    ready = "() => [...document.querySelectorAll('.live-figure')].every(box => box.dataset.ready)"
    with suppress(Exception):  # which one did not start is said by BASICS
        page.wait_for_function(ready, timeout=15_000)


def problems(page, script):
    """Return what a script finds wrong; if it fails itself, that."""
    try:
        return page.evaluate(script)
    except Exception as error:
        return [str(error).partition("\n")[0]]


def axe_findings(page):
    """Return the serious and critical findings of axe-core, one line each."""
    from axe_playwright_python.sync_playwright import Axe

    result = Axe().run(page, options={"resultTypes": ["violations"]})
    return [
        f"{item['id']} ({item['impact']}): {node['target'][0]}"
        for item in result.response["violations"]
        if item["impact"] in SERIOUS
        for node in item["nodes"][:3]
    ]


def check_pages(folder, only, tally):
    """Visit every page on every screen. Return the milliseconds from slider to frame."""
    latencies = []
    with serving(folder) as home:

        def check(browser, name):
            moved = []
            for size, (width, height) in SIZES.items():
                context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="light")
                page = context.new_page()
                moved += check_page(page, home, name, size, tally)
                if size == "desk":
                    with tally.timed("  slider to frame"):
                        latencies.extend(page.evaluate(LATENCY))
                    controls = page.evaluate(NAMES)
                context.close()
            tally.check(f"{name}: every control was moved", sorted(set(controls) ^ set(moved)))

        pages = [name for name in book_pages(folder) if only in name]
        pages.sort(key=lambda name: -(folder / name).stat().st_size)  # the longest first
        for_each(pages, check, tally)
    return latencies


def check_page(page, home, name, size, tally):
    """Make every check of one page at one size, in light and dark. Return the controls that were moved."""
    watch, what = Watch(page, home), f"{name} ({size}"
    with tally.timed("  open"):
        open_page(page, f"{home}/{name}")
    tally.check(f"{what}): alt texts, one title, figures start", problems(page, BASICS))
    moved = look_at(page, what, f"{size}, light", tally)
    with tally.timed("  folds"):
        tally.check(f"{what}): folds", problems(page, FOLDS))
    page.emulate_media(color_scheme="dark")
    with suppress(Exception):
        page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'", timeout=10_000)
    page.wait_for_timeout(400)  # colours change over a moment
    theme = page.evaluate("() => document.documentElement.dataset.theme")
    tally.check(f"{what}): goes dark with the system", [] if theme == "dark" else [theme])
    moved += look_at(page, what, f"{size}, dark", tally)  # with all folds open
    tally.check(f"{what}): requests", watch.foreign + watch.failed)
    tally.check(f"{what}): console", watch.errors)
    return moved


def look_at(page, what, screen, tally):
    """Look at a page on one screen: width, axe-core, and the controls whose turn it is. Return these."""
    theme = screen.rpartition(" ")[2]
    tally.check(f"{what}, {theme}): width", problems(page, WIDTH))
    with tally.timed("  axe"):
        tally.check(f"{what}, {theme}): axe", axe_findings(page))
    with tally.timed("  controls"):
        try:
            moved, found = page.evaluate(CONTROLS, [SCREENS.index(screen), len(SCREENS)])
        except Exception as error:
            moved, found = [], [str(error).partition("\n")[0]]
    tally.check(f"{what}, {theme}): controls", found)
    return moved


def main():
    """Check and count."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", default=ROOT / "_build/html", type=Path)
    parser.add_argument("--only", default="", help="pages whose address has this text")
    parser.add_argument("--no-labs", action="store_true")
    parser.add_argument(
        "--record", type=Path, help="write the counts here (reference/site-check.json, shown on the site)"
    )
    options = parser.parse_args()
    tally = Tally()
    if not (options.folder / "index.html").exists():
        sys.exit(f"{options.folder} has no index.html: build the book first (make html)")
    check_files(options.folder, tally)
    if chromium() is None:
        print("skipped: no Chromium on this machine (on Debian: apt-get install chromium); only files were checked")
        sys.exit(tally.close())
    with tally.timed("pages, on the clock"):
        latencies = check_pages(options.folder, options.only, tally)
    if latencies:
        print(f"slider to painted frame: median {statistics.median(latencies):.1f} ms of {len(latencies)} moves")
        tally.quick("slider to painted frame", statistics.median(latencies), 33)
    if not options.no_labs:
        with tally.timed("labs, on the clock"):
            run_labs(options.folder, options.only, tally)
    print(f"{len(book_pages(options.folder))} pages")
    if options.record:
        tally.record(options.record, len(book_pages(options.folder)))
    sys.exit(tally.close())


if __name__ == "__main__":
    main()
