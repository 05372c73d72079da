"""Make the copies of the notebooks that are opened in Jupyter: in the browser, on Binder, by `make lab`, by download.

Usage: python tools/copies.py FOLDER [--place browser|server|machine|download] [--only labs] [--install WORDS] [--site ADDRESS]

The stored notebooks are written for the site. Jupyter knows nothing of its markup and would show every answer, so a copy
has plain Markdown, no stored output that the site hides, folded solutions, and a set-up cell that says what to type where
the course's package is missing. A copy that has been changed since it was made is left alone.
"""

import argparse
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTE = ".made-from.json"  # in the folder of the copies: what each was when it was made
FENCE = re.compile(r"^(`{3,}|:{3,})\{([\w:-]+)\}[ \t]*(.*)$")
LABEL = re.compile(r"^\(([\w-]+)\)=\s*$")
ROLE = re.compile(r"\{([\w:]+)\}`([^`]*)`")
EQUATION = re.compile(r"^\$\$[ \t]*\(([\w-]+)\)[ \t]*$")
ACCENTS = {'"': "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303", "c": "\u0327", "v": "\u030c"}
HIDDEN_OUTPUT = {"hide-output", "remove-output", "hide-cell", "remove-cell"}
HIDDEN_SOURCE = {"hide-input", "remove-input", "hide-cell", "remove-cell"}
KEPT = {
    "browser": "Your changes stay in this browser; Help > Clear Browser Data starts afresh.",
    "server": "This server forgets your changes when it stops: File > Download keeps them.",
    "machine": "Your changes stay in this file; delete it and type `make lab` again to start afresh.",
    "download": "Your changes stay in this file; the course's site has it afresh.",
}
STARTS = {"browser": "The first cell, folded below, fetches the lab's Python: half a minute."}
SETUP = """import importlib.util

{missing}
import scalinglaws

print("scalinglaws", scalinglaws.__version__)
"""
MISSING = """if importlib.util.find_spec("scalinglaws") is None:
    raise ModuleNotFoundError({message!r})"""
GUARD = 'assert "scalinglaws" in globals(), "First run the first cell, the folded one."\n'
EXPLAIN = '''
def explain(shell, kind, error, traceback, tb_offset=None):
    """Show the error, and what to do about a name that no cell has made yet."""
    shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)
    print("A cell above has not run yet. Run > Run All Above Selected Cell, then this one again.")


get_ipython().set_custom_exc((NameError,), explain)
'''


@dataclass
class Course:
    """What the pages of the course call each other.

    Attributes
    ----------
    titles : dict
        Of labels and of pages.
    numbers : dict
        Of labels of figures, tables, equations and exercises, as the site counts them: ("Fig.", 9).
    """

    titles: dict = field(default_factory=dict)
    numbers: dict = field(default_factory=dict)
    counts: dict = field(default_factory=dict)

    def count(self, kind, label):
        """Give the next number of its kind to a label."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if label:
            self.numbers[label] = (kind, self.counts[kind])


@cache
def course(root=ROOT):
    """Read the pages in the order of the table of contents."""
    known = Course()
    names = re.findall(r"(?:root|file): *(\S+)", (root / "_toc.yml").read_text("utf-8"))
    for name in names:
        path = next((p for p in (root / f"{name}.ipynb", root / f"{name}.md") if p.exists()), None)
        if path is None:
            continue
        if path.suffix == ".ipynb":
            for cell in json.loads(path.read_text("utf-8"))["cells"]:
                if cell["cell_type"] == "markdown":
                    read_text(known, name, joined(cell["source"]))
                    continue
                figure = cell["metadata"].get("mystnb", {}).get("figure")
                if figure and figure.get("caption"):
                    label = figure.get("name", "")
                    known.count("Table" if label.startswith("tab-") else "Fig.", label)
        else:
            read_text(known, name, path.read_text("utf-8"))
    return known


def read_text(known, page, text):
    """Note the labels, titles and numbered things of a text."""
    labels = []
    for line in text.splitlines():
        label, heading = LABEL.match(line), re.match(r"#+ +(.*)", line)
        if label:
            labels.append(label[1])
        elif heading:
            known.titles.setdefault(page, heading[1])
            known.titles.update(dict.fromkeys(labels, heading[1]))
            labels = []
        equation = EQUATION.match(line)
        if equation:
            known.count("equation", equation[1])
    for fence in re.finditer(r"^[`:]{3,}\{([\w-]+)\}[ \t]*(.*)\n((?::[\w-]+:.*\n)*)", text, re.M):
        options = dict(re.findall(r"^:([\w-]+): *(.*)$", fence[3], re.M))
        if fence[1] in ("figure", "live-figure"):
            known.count("Fig.", options.get("name"))
        elif fence[1] in ("list-table", "table") and fence[2]:
            known.count("Table", options.get("name"))
        elif fence[1] in ("exercise-start", "exercise"):
            known.count("Exercise", options.get("label"))
            known.titles[options.get("label")] = fence[2].strip()


@cache
def sources(root=ROOT):
    """Return what is cited, by key: a short name and an address, where there is one."""
    found = {}
    for entry in re.split(r"^@", (root / "references.bib").read_text("utf-8"), flags=re.M)[1:]:
        key = re.match(r"\w+\{([^,]+),", entry)[1]
        fields = dict(re.findall(r"^\s*(\w+) = \{(.*)\},?\s*$", entry, re.M))
        names = [plain_name(name) for name in re.split(r"\s+and\s+", fields.get("author", fields.get("editor", key)))]
        short = names[0] + {1: "", 2: f" and {names[-1]}"}.get(len(names), " et al.")
        short = short.replace(" and others", " et al.")
        address = fields.get("url") or ("https://doi.org/" + fields["doi"] if "doi" in fields else None)
        if not address and "eprint" in fields:
            address = "https://arxiv.org/abs/" + fields["eprint"]
        found[key] = (f"{short}, {fields['year']}" if "year" in fields else short, address)
    return found


def plain_name(author):
    """Return a family name, or that of an institution, without TeX."""
    if author.startswith("{"):
        return author.strip("{}")
    name = author.partition(",")[0] if "," in author else author.rpartition(" ")[2]
    name = re.sub(r"""\{?\\(["'`^~cv])\s?\{?(\w)\}?\}?""", lambda found: found[2] + ACCENTS[found[1]], name)
    return unicodedata.normalize("NFC", re.sub(r"[{}]", "", name))


@dataclass
class Writer:
    """Turns the cells of one notebook into those of its copy.

    Attributes
    ----------
    page : str
        labs/1-log-paper.
    place : str
        Where the copy is opened.
    install : str
        What to type where the package is missing.
    site : str
        The address of the course's site, or nothing.
    neighbours : set of str
        The pages whose copies lie beside this one.
    root : pathlib.Path
        The course's folder.
    prepare : callable
        What is done to the stored notebook first, if anything.
    solving : str
        The exercise whose solution is being copied, if one is.
    guarding : bool
        Whether the next cell that needs the package is to look for the set-up cell.
    """

    page: str
    place: str = "machine"
    install: str = "pip install -e . (in the course's folder)"
    site: str = ""
    neighbours: frozenset = frozenset()
    root: Path = ROOT
    prepare: Callable | None = None
    solving: str = ""
    guarding: bool = False

    def notebook(self, stored):
        """Return the copy of a notebook."""
        stored = self.prepare(stored) if self.prepare else stored
        cells, ready = [], False
        for number, cell in enumerate(stored["cells"]):
            made = self.text_cells(joined(cell["source"])) if cell["cell_type"] == "markdown" else self.code_cells(cell)
            if cell["cell_type"] == "code" and not ready:
                ready = True
                made = self.setup_cells(cell, made)
            self.guard(made)
            for part, new in enumerate(made):
                new["id"] = f"cell-{number:02d}" + (f"-{part}" if part else "")
                if self.place == "browser" and new["cell_type"] == "code":
                    new["metadata"]["trusted"] = True  # elsewhere the server decides
            cells += made
        self.first_words(cells)
        return {"cells": cells, "metadata": stored["metadata"], "nbformat": 4, "nbformat_minor": 5}

    def first_words(self, cells):
        """Say under the title how the notebook is run."""
        title, _, rest = cells[0]["source"].partition("\n")
        words = [
            "**To run this notebook:** Shift+Enter runs a cell, Run > Run All Cells runs them all, the answers too.",
            STARTS.get(self.place),
            KEPT[self.place],
        ]
        cells[0]["source"] = f"{title}\n\n> {' '.join(filter(None, words))}\n{rest}"

    def setup_cells(self, cell, made):
        """Return the first code cell of a copy: it makes the package ready, or says what to type."""
        message = f"The course's package is missing. Type: {self.install}"
        missing = MISSING.format(message=message)
        source = joined(cell["source"])
        if "emscripten" in source:  # a lab's own, which also runs in the browser alone
            source = source.replace("import sys\n", "import importlib.util\nimport sys\n", 1)
            source = source.replace("\nimport scalinglaws\n", "\nel" + missing + "\nimport scalinglaws\n", 1)
            made = made[1:]
        else:
            source = SETUP.format(missing=missing)
        self.guarding = True
        return [
            code(
                source.rstrip("\n") + "\n" + EXPLAIN.rstrip("\n"),
                {"jupyter": {"source_hidden": True}, "tags": ["setup"]},
            ),
            *made,
        ]

    def guard(self, made):
        """Have the first cell that needs the package say what to do if the set-up cell has been skipped."""
        for cell in made:
            if (
                self.guarding
                and "setup" not in cell["metadata"].get("tags", [])
                and re.search(r"^(from|import) scalinglaws", cell["source"], re.M)
            ):
                cell["source"], self.guarding = GUARD + cell["source"], False

    def code_cells(self, cell):
        """Return a code cell, folded and without outputs where the site hides them, and the caption of its figure."""
        tags, figure = set(cell["metadata"].get("tags", [])), cell["metadata"].get("mystnb", {}).get("figure", {})
        folds = {}
        if self.solving or tags & HIDDEN_SOURCE:
            folds["source_hidden"] = True
        if self.solving or tags & HIDDEN_OUTPUT:
            folds["outputs_hidden"] = True
        kept = [] if "outputs_hidden" in folds or self.page.startswith("labs/") else cell["outputs"]
        outputs = [single_strings(output) for output in kept]  # a lab's are for its reader to make
        made = code(joined(cell["source"]), {"jupyter": folds} if folds else {}, outputs)
        if not figure.get("caption") or "outputs_hidden" in folds:
            return [made]
        kind, number = self.known.numbers.get(figure.get("name"), ("Fig.", None))
        start = f"{kind} {number}. " if number else ""
        return [made, text(f"*{start}{self.inline(figure['caption']).replace('*', '')}*")]

    @property
    def known(self):
        """What the pages call each other."""
        return course(self.root)

    def text_cells(self, source):
        """Return a Markdown cell without the site's markup; a solution in it is a cell of its own, folded."""
        parts, lines = [], []

        def close():
            words = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
            lines.clear()
            if words and self.solving:
                words = f"<details>\n<summary>Solution of “{self.solving}”</summary>\n\n{words}\n\n</details>"
            if words:
                parts.append(text(words))

        waiting = source.split("\n")
        while waiting:
            line = waiting.pop(0)
            fence, equation = FENCE.match(line), EQUATION.match(line)
            if fence:
                body = []
                while waiting and not (waiting[0].startswith(fence[1]) and not waiting[0].strip(fence[1][0] + " ")):
                    body.append(waiting.pop(0))
                waiting[:1] = []
                if fence[2] == "solution-start":
                    self.solving = ""
                    title = self.known.titles.get(fence[3].strip()) or "the exercise"
                    lines.append(f"*Solution of “{title}”, folded: a click on the bar or the dots opens a cell.*")
                    close()
                    self.solving = title
                elif fence[2] == "solution-end":
                    close()
                    self.solving = ""
                else:
                    lines += self.directive(fence[2], fence[3].strip(), body)
            elif equation:
                lines += [rf"\tag{{{self.known.numbers[equation[1]][1]}}}", "$$"]
            elif not LABEL.match(line):
                lines.append(self.inline(line))
        close()
        return parts

    def directive(self, name, title, body):
        """Return the lines of a box of the site in plain Markdown."""
        options = dict(re.findall(r"^:([\w-]+): *(.*)$", "\n".join(body), re.M))
        body = [line for line in body if not re.match(r":[\w-]+:", line)]
        if name == "exercise-start":
            _, number = self.known.numbers.get(options.get("label"), ("", ""))
            return [f"**Exercise {number}: {self.inline(title)}**".replace(" :", ":"), ""]
        if name == "exercise-end":
            return []
        if name == "list-table":
            return self.pipe_table(title, body, int(options.get("header-rows", 0)))
        if name in ("admonition", "note", "tip", "warning", "important"):
            inner = [self.inline(line) for line in body]
            if options.get("class") == "dropdown":
                return ["<details>", f"<summary>{self.inline(title)}</summary>", *inner, "", "</details>", ""]
            return ["> " + line for line in [f"**{self.inline(title) or name.capitalize()}**", "", *inner]] + [""]
        raise ValueError(f"{self.page}: there is no plain form for {{{name}}}; add one in tools/copies.py")

    def pipe_table(self, title, body, headers):
        """Return a list of lists as a table of Markdown."""
        rows = []
        for line in body:
            cell = re.match(r"\s*(\* )?\s*- ?(.*)", line)
            if cell and cell[1]:
                rows.append([])
            if cell:
                rows[-1].append(self.inline(cell[2]).replace("|", r"\|"))
            elif line.strip():
                rows[-1][-1] += " " + self.inline(line.strip())
        width = max(map(len, rows))
        rows = [row + [""] * (width - len(row)) for row in rows]
        head, rows = (rows[0], rows[1:]) if headers else ([""] * width, rows)
        table = ["| " + " | ".join(row) + " |" for row in [head, ["---"] * width, *rows]]
        return [*([f"**{self.inline(title)}**", ""] if title else []), *table, ""]

    def inline(self, line):
        """Return a line without roles: titles, numbers and names in their place, with links where they lead somewhere."""
        parts = re.split(r"(`+[^`]*`+)", line) if not ROLE.search(line) else [line]
        return "".join(part if part.startswith("`") else ROLE.sub(self.role, part) for part in parts)

    def role(self, found):
        """Return a role in plain words; what nothing is called by is an error that says where."""
        try:
            return self.plain_role(found)
        except KeyError as error:
            raise ValueError(f"{self.page}: nothing is called {error} in {found[0]}") from None

    def plain_role(self, found):
        """Return a role in plain words, with a link where it leads somewhere."""
        name, content = found[1], found[2]
        words, target = content, content
        explicit = re.match(r"(.*?)\s*<([^<>]+)>$", content, re.S)
        if explicit:
            words, target = explicit[1], explicit[2]
        if name.startswith("cite"):
            return "[" + "; ".join(link(*sources(self.root)[key.strip()]) for key in content.split(",")) + "]"
        if name == "doc":
            page = Path("/", self.page).parent.joinpath(target).resolve().relative_to("/").as_posix()
            return link(words if explicit else self.known.titles[page], self.address(page))
        if name in ("numref", "eq"):
            kind, number = self.known.numbers[target]
            return f"({number})" if name == "eq" else f"{kind} {number}"
        if name == "ref":
            return words if explicit else self.known.titles[target] or "{} {}".format(*self.known.numbers[target])
        if name in ("term", "abbr"):
            return words
        raise ValueError(f"{self.page}: there is no plain form for {{{name}}}; add one in tools/copies.py")

    def address(self, page):
        """Return where another page can be opened from here, or nothing."""
        if page in self.neighbours:
            return f"../{page}.ipynb"
        return f"{self.site.rstrip('/')}/{page}.html" if self.site else None


def link(words, address):
    """Return a link, or the words alone."""
    return f"[{words}]({address})" if address else words


def joined(text):
    """Return a text that a notebook may hold as one string or as a list of lines."""
    return text if isinstance(text, str) else "".join(text)


def text(source):
    """Return a Markdown cell."""
    return {"cell_type": "markdown", "id": "", "metadata": {}, "source": source}


def code(source, metadata, outputs=()):
    """Return a code cell that has not run."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": "",
        "metadata": metadata,
        "outputs": list(outputs),
        "source": source,
    }


def single_strings(output):
    """Return an output whose texts are strings: JupyterLite shows commas between the lines of a list."""
    new = {**output}
    if "text" in new:
        new["text"] = joined(new["text"])
    if "data" in new:
        lists = {kind: joined(value) for kind, value in new["data"].items() if isinstance(value, list)}
        new["data"] = {**new["data"], **lists}
    if "execution_count" in new:
        new["execution_count"] = None
    return new


def copies(place="machine", only="", root=ROOT, **words):
    """Yield the name and the text of the copy of each notebook."""
    paths = [path for folder in ("labs", "chapters") for path in sorted((root / folder).glob("*.ipynb"))]
    pages = {path: path.relative_to(root).with_suffix("").as_posix() for path in paths}
    wanted = {path: page for path, page in pages.items() if page.startswith(only)}
    neighbours = frozenset() if place == "download" else frozenset(wanted.values())
    for path, page in wanted.items():
        writer = Writer(page, place, neighbours=neighbours, root=root, **words)
        made = writer.notebook(json.loads(path.read_text("utf-8")))
        yield f"{page}.ipynb", json.dumps(made, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def write(folder, place="machine", only="", **words):
    """Write the copies; return the names of those that were left alone because somebody has changed them."""
    folder = Path(folder)
    note, kept = folder / NOTE, []
    before = json.loads(note.read_text("utf-8")) if note.exists() else {}
    for name, new in copies(place, only, **words):
        target = folder / name
        if target.exists() and digest(target.read_text("utf-8")) != before.get(name):
            kept.append(name)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(new, encoding="utf-8")
        before[name] = digest(new)
    note.write_text(json.dumps(before, indent=1), encoding="utf-8")
    return kept


def digest(text):
    """Return a short text that changes when a text does."""
    return hashlib.sha256(text.encode()).hexdigest()


def main():
    """Write the copies and say where a learner's changes are kept."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--place", choices=KEPT, default="machine")
    parser.add_argument("--only", default="", help="the start of the pages' names")
    parser.add_argument("--install", default=Writer.install)
    parser.add_argument("--site", default="")
    options = parser.parse_args()
    kept = write(options.folder, options.place, options.only, install=options.install, site=options.site)
    print(f"Notebooks to work in are in {options.folder}/. {KEPT[options.place]}")
    for name in kept:
        print(f"left as you changed it: {options.folder / name} (delete it to have it afresh)")


if __name__ == "__main__":
    main()
