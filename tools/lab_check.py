"""The labs inside the site: as files, and run to the last cell in Chromium with a Pyodide runtime and no network."""

import ast
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from browser import Watch, for_each, serving

PATIENCE = 2000  # milliseconds in which a picture has followed, also on a slow machine
ALLOWED = {"numpy", "scipy", "matplotlib", "PIL", "ipywidgets", "scalinglaws", "IPython"} | set(sys.stdlib_module_names)
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"

# To run cells before there is a kernel does nothing at all.
KERNEL_READY = """() => {
  const app = window.jupyterapp;
  return app?.commands.hasCommand("notebook:run-all-cells") && app.shell.currentWidget?.sessionContext?.session?.kernel;
}"""

# What a reader sees of a notebook: how many code cells, how many are done, and what went wrong.
STATE = """() => {
  const text = (selector, root = document) => [...root.querySelectorAll(selector)].map(e => e.innerText.trim().slice(0, 300));
  const cells = [...document.querySelectorAll(".jp-CodeCell")].filter(c => c.querySelector(".cm-content")?.innerText.trim());
  const prompts = cells.map(cell => cell.querySelector(".jp-InputPrompt")?.innerText.trim() || "");
  return {
    cells: cells.length,
    done: prompts.filter(prompt => /^\\[\\d+\\]:$/.test(prompt)).length,
    errors: [
      ...text('[data-mime-type="application/vnd.jupyter.error"]'),
      ...text('[data-mime-type="application/vnd.jupyter.stderr"]'),
      ...text(".jupyter-widgets-error-widget"),
    ],
    panels: document.querySelectorAll(".scalinglaws-panel").length,
  };
}"""

# Milliseconds from a move of the slider to the new picture, drawn: by its keys, then by clicks along its track. What
# is timed happens in the page alone, for this script's own traffic with the browser takes time too.
MOVES = """async ([panel, handle, count]) => {
  const image = panel.querySelector("img.widget-image"), base = handle.closest(".noUi-base"), times = {keys: [], mouse: []};
  const picture = move => new Promise(done => {
    const began = performance.now();
    const loaded = () => requestAnimationFrame(() => done(performance.now() - began));
    image.addEventListener("load", loaded, {once: true});
    setTimeout(() => { image.removeEventListener("load", loaded); done(-1); }, 1500);
    move();
  });
  const time = async (list, move, pause) => {
    const took = await picture(move);
    if (took >= 0) list.push(took);
    await new Promise(done => setTimeout(done, pause));
  };
  const press = key => {
    handle.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
    handle.dispatchEvent(new KeyboardEvent("keyup", {key, bubbles: true}));
  };
  const click = share => {
    const box = base.getBoundingClientRect();
    const at = {bubbles: true, cancelable: true, buttons: 1, clientX: box.left + share * box.width, clientY: box.top + box.height / 2};
    base.dispatchEvent(new MouseEvent("mousedown", at));
    document.dispatchEvent(new MouseEvent("mouseup", at));
  };
  for (let i = 0; i < count; i++) await time(times.keys, () => press("ArrowLeft"), 50);
  for (let i = 0; i < count; i++) await time(times.mouse, () => click(((i + 1) * 0.618) % 1), 350);  // it glides there, and takes no other click
  return times;
}"""

# Runs that a reader might upload.
TABLE = "N,D,loss\n" + "".join(
    f"{n},{d},{2 + 500 / n**0.35 + 2000 / d**0.37}\n" for n in (1e7, 1e8, 1e9) for d in (1e9, 1e10, 1e11)
)

LOOK = """async panel => {
  const bytes = await (await fetch(panel.querySelector("img.widget-image").src)).arrayBuffer();
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return [...new Uint8Array(digest)].slice(0, 8).join(".") + panel.querySelector(".scalinglaws-readout")?.innerText;
}"""

NAME = "choice => (choice.closest('.jupyter-widgets') ?? choice).innerText.slice(0, 40)"


def check_files(folder, tally):
    """Check each lab without a browser: button, target, listing, imports."""
    lite = folder / "lite"
    labs = sorted(folder.glob("labs/[0-9]*.html"))
    if not labs:
        print("no lab in this site")
        return
    if not lite.is_dir():
        print("skipped: this site was built without labs in the browser")
        return
    listing = {item["name"] for item in json.loads((lite / "api/contents/labs/all.json").read_text("utf-8"))["content"]}
    for page in labs:
        name, html = in_application(folder, page), page.read_text("utf-8")
        address = f"../lite/notebooks/index.html?path=labs/{name}"
        header = html.partition('class="article-header-buttons"')[2]
        first = re.search(r'<a href="([^"]*)"', header)
        tally.check(
            f"labs/{name}: first button runs it here",
            [] if first and first[1] == address else [f"{first and first[1]}"],
        )
        tally.check(
            f"labs/{name}: run button under the title",
            [] if f'class="run-button" href="{address}"' in html else ["none"],
        )
        tally.check(f"labs/{name}: is in the application", [] if (lite / "files/labs" / name).exists() else ["no file"])
        tally.check(f"labs/{name}: is listed", [] if name in listing else [str(sorted(listing))])
        if (lite / "files/labs" / name).exists():
            notebook = json.loads((lite / "files/labs" / name).read_text("utf-8"))
            tally.check(f"labs/{name}: imports", foreign_imports(notebook))


def in_application(folder, page):
    """Return the name under which the application has the lab of a page: with its version in it."""
    found = sorted(path.name for path in (folder / "lite/files/labs").glob(f"{page.stem}.*.ipynb"))
    return found[0] if len(found) == 1 else f"{page.stem}.ipynb"


def foreign_imports(notebook):
    """Return what a lab imports that a browser would not find."""
    found = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            source = re.sub(r"^(\s*)%.*$", r"\1pass", "".join(cell["source"]), flags=re.M)
            for node in ast.walk(ast.parse(source)):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module] if isinstance(node, ast.ImportFrom) else []
                found += [name for name in names if name.partition(".")[0] not in ALLOWED]
    return found


def run_labs(folder, only, tally):
    """Run every lab in the browser, from a copy of the site with a runtime of its own."""
    pages = [page for page in sorted(folder.glob("labs/[0-9]*.html")) if only in f"labs/{page.name}"]
    labs = [f"labs/{in_application(folder, page)}" for page in pages]
    if not labs or not (folder / "lite").is_dir():
        return
    runtime = os.environ.get("PYODIDE_DIR")
    if not runtime:
        print(
            f"skipped: {len(labs)} labs were not run in the browser (set PYODIDE_DIR to a folder with a Pyodide runtime)"
        )
        return
    with tempfile.TemporaryDirectory() as place:
        site = Path(place, "site")
        shutil.copytree(folder, site)
        prepare(site / "lite", Path(runtime).resolve())
        print(f"{'lab':30} {'on screen':>10} {'all cells':>10} {'loaded':>9} {'picture by keys':>16} {'by mouse':>16}")
        with serving(site) as home:

            def run(browser, lab):
                context = browser.new_context(viewport={"width": 1280, "height": 900})
                try:
                    run_lab(context.new_page(), home, lab, tally)
                finally:
                    context.close()

            for_each(labs, run, tally)


def prepare(lite, runtime):
    """Point a copy of the application at a runtime, draw all cells (not those in view only), forget stored outputs."""
    own = lite / "static" / "pyodide"
    if not own.exists():
        own.symlink_to(runtime, target_is_directory=True)
    path = lite / "jupyter-lite.json"
    settings = json.loads(path.read_text("utf-8"))
    data = settings["jupyter-config-data"]
    data["litePluginSettings"][KERNEL]["pyodideUrl"] = "./static/pyodide/pyodide.js"
    data["exposeAppInBrowser"] = True
    tracker = data.setdefault("settingsOverrides", {}).setdefault("@jupyterlab/notebook-extension:tracker", {})
    tracker.update(autoStartDefaultKernel=True, windowingMode="none")
    path.write_text(json.dumps(settings), encoding="utf-8")
    overrides = lite / "overrides.json"
    values = json.loads(overrides.read_text("utf-8"))
    values.setdefault("@jupyterlab/notebook-extension:tracker", {})["windowingMode"] = "none"
    overrides.write_text(json.dumps(values), encoding="utf-8")
    for lab in (lite / "files" / "labs").glob("*.ipynb"):
        notebook = json.loads(lab.read_text("utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell["outputs"], cell["execution_count"] = [], None
                cell["metadata"].pop("jupyter", None)  # what is folded is looked at too
        lab.write_text(json.dumps(notebook), encoding="utf-8")


def run_lab(page, home, lab, tally):
    """Run one lab to its last cell, then move each of its controls."""
    watch, began = Watch(page, home), time.perf_counter()
    page.goto(f"{home}/lite/notebooks/index.html?path={lab}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    on_screen = time.perf_counter() - began
    page.wait_for_function(KERNEL_READY, timeout=120_000)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    state, deadline = {}, time.perf_counter() + 600
    while time.perf_counter() < deadline:
        state = page.evaluate(STATE)
        if state["errors"] or (state["cells"] and state["done"] == state["cells"]):
            break
        page.wait_for_timeout(250)
    finished = time.perf_counter() - began
    with tally.lock:
        tally.seconds["  run a lab"] += finished
    tally.check(f"{lab}: no error output", state["errors"])
    left = [] if state["done"] == state["cells"] else [f"{state['done']} of {state['cells']} cells done"]
    tally.check(f"{lab}: all cells run", left)
    # The application takes cells that are out of sight off the page. Here all stay, so that each panel is found.
    page.add_style_tag(content=".jp-Cell { content-visibility: auto }")
    page.wait_for_timeout(500)
    times = {"keys": [], "mouse": []}
    for number, panel in enumerate(page.query_selector_all(".scalinglaws-panel")):
        with tally.timed("  move a lab's controls"):
            dead = move_controls(page, panel, times)
        tally.check(f"{lab}: controls of panel {number + 1}", dead)
    for panel in page.query_selector_all(".scalinglaws-panel:has(.widget-upload)"):
        tally.check(f"{lab}: a file is uploaded", upload(page, panel))
    tally.check(f"{lab}: no error after the moves", page.evaluate(STATE)["errors"])
    tally.check(f"{lab}: requests", watch.foreign)
    medians = {how: f"{statistics.median(each):.0f} ms of {len(each)}" for how, each in times.items() if each}
    row = f"{lab:30} {on_screen:8.1f} s {finished:8.1f} s {watch.n_bytes / 1e6:6.1f} MB"
    print(row, *(f"{medians.get(how, 'no slider'):>16}" for how in times))
    for how, each in times.items():
        if each:
            tally.quick(f"{lab}: slider to picture by {how}", statistics.median(each), 60)


def upload(page, panel):
    """Upload a table to a panel; return what is wrong, if its line of text does not say soon how many rows there are."""
    with page.expect_file_chooser() as chooser:
        panel.query_selector(".widget-upload").click()
    chooser.value.set_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": TABLE.encode()})
    for _ in range(PATIENCE // 100):
        page.wait_for_timeout(100)
        said = panel.query_selector(".scalinglaws-readout").inner_text()
        if said.startswith("9 rows"):
            return []
    return [f"says {said!r}"]


def move_controls(page, panel, times):
    """Move every control of a panel. Return what did not answer; add the milliseconds to each new picture to `times`.

    A control may count only under another choice (a budget in dollars or in hours): then it is tried under each.
    """
    dead = []
    choices = panel.query_selector_all("select, .widget-toggle-buttons, input[type=checkbox]")
    for slider in panel.query_selector_all("[role=slider]"):
        if not counts(page, panel, choices, partial(slider_moves, page, panel, slider, times)):
            dead.append(f"changes nothing: {slider.get_attribute('aria-label') or 'a slider without a name'}")
    for choice in choices:
        others = [other for other in choices if other != choice]
        if not counts(page, panel, others, partial(choice_moves, page, panel, choice)):
            dead.append(f"changes nothing: {choice.evaluate(NAME)!r}")
    return dead


def counts(page, panel, choices, moves):
    """Return whether a control moves the picture as things stand, or under a setting of one choice, or of two."""
    return (
        moves()
        or any(moves() for _ in settings_of(page, panel, choices))
        or any(moves() for _ in settings_of(page, panel, choices) for _ in settings_of(page, panel, choices))
    )


def choice_moves(page, panel, choice):
    """Put a choice at each of its options; return whether the picture followed."""
    return len({panel.evaluate(LOOK) for _ in settings_of(page, panel, [choice])}) > 1


def settings_of(page, panel, choices):
    """Put each drop-down, row of buttons and check box at each of its options in turn, then back; not while it is off."""
    for choice in choices:
        buttons = choice.query_selector_all("button")
        if not (buttons[0] if buttons else choice).is_enabled():
            continue
        if choice.get_attribute("type") == "checkbox":
            settings = [choice.click] * 2
        elif buttons:
            down = "buttons => buttons.findIndex(button => button.classList.contains('mod-active'))"
            start = buttons[choice.eval_on_selector_all("button", down)]
            settings = [button.click for button in (*buttons, start)]
        else:
            ends = choice.evaluate("select => [select.options.length, select.selectedIndex]")
            settings = [partial(choice.select_option, index=index) for index in (*range(ends[0]), ends[1])]
        for put in settings:
            before = panel.evaluate(LOOK)
            put()
            followed(page, panel, before)
            yield


def followed(page, panel, before):
    """Wait until a panel looks other than before; return whether it did."""
    for _ in range(PATIENCE // 100):
        page.wait_for_timeout(100)
        if panel.evaluate(LOOK) != before:
            return True
    return False


def slider_moves(page, panel, slider, times):
    """Move a slider to its ends and along its track; return whether the picture followed."""
    seen = set()
    if slider.get_attribute("aria-disabled") == "true":
        return False
    slider.scroll_into_view_if_needed()
    for key in ["Home", "End"]:
        before = panel.evaluate(LOOK)
        slider.focus()
        page.keyboard.press(key)
        followed(page, panel, before)
        seen |= {before, panel.evaluate(LOOK)}
    if len(seen) > 1:
        for how, took in page.evaluate(MOVES, [panel, slider, 4]).items():
            times[how] += took
    return len(seen) > 1
