"""Print what a lesson needs on paper: one file for each item of `teaching/printables.toml`, for A4 and for letter paper.

Usage: python tools/printables.py [--only TEXT] [--paper A4|letter] [--out dist/printables] [--no-pdf]
       python tools/printables.py --lines keys.txt     (each line of a file of yours on a slip of its own: slips.html)

Pages come as HTML; where a Chromium is found, as PDF too. What is drawn comes from the notebooks' stored outputs, from the
tables of the package or from the questions, so it follows the book. A new item is an entry in the file; its `kind` is one of
the functions under `KINDS`, which say what else an entry may have.
"""

import argparse
import math
import random
import re
import sys
import tomllib
from html import escape
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import left_out
import paper

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "teaching/printables.toml"
PAPERS = {"A4": (210, 297), "letter": (215.9, 279.4)}
MARGIN, HEAD, FOOT = 11, 9, 7  # mm
FITS = (
    (1100, 12),
    (1500, 11),
    (1750, 10),
    (math.inf, 9),
)  # letters of all questions, and the size (pt) in which they fit
COMMON = {"chapter", "name", "words", "kind", "title", "task", "turn", "copies", "credit", "own"}
STYLE = """@page {{ size: {page}; margin: {margin}mm }}
* {{ box-sizing: border-box }} body {{ margin: 0; font: 11pt/1.4 Arial, Helvetica, sans-serif; color: #000 }}
.sheet {{ width: {width}mm; height: {height}mm; break-after: page; display: flex; flex-direction: column; overflow: hidden }}
.sheet:last-child {{ break-after: auto }} header, footer {{ display: flex; justify-content: space-between; font-size: 8.5pt; color: #444 }}
header {{ height: {head}mm }} footer {{ height: {foot}mm; align-items: end; font-size: 7pt; gap: 4mm }} h1 {{ font-size: 8.5pt; margin: 0 }}
.body {{ flex: 1; min-height: 0; display: flex; flex-direction: column; justify-content: space-around; align-items: center }}
.body.top {{ justify-content: flex-start; align-items: stretch }} .task {{ margin: 0 0 2mm; width: 100% }}
.copy {{ width: 100%; flex: 1; min-height: 0; display: flex; flex-direction: column; justify-content: center; align-items: center }}
.copy + .copy {{ border-top: 0.3mm dashed #888; padding-top: 2mm }} .copy > img, .body > img {{ width: 100%; flex: 1; min-height: 0; object-fit: contain }}
table {{ border-collapse: collapse; width: 100% }} td, th {{ border: 0.25mm solid #555; padding: 1.2mm 2mm; text-align: left }}
.large td, .large th {{ font-size: 15pt; padding: 3mm }} .tall td {{ height: 11mm }} .number td, .number th {{ text-align: right }}
.grid {{ display: grid; width: 100%; height: 100% }} .grid > div {{ border: 0.2mm dashed #777; display: flex; flex-direction: column; overflow: hidden }}
.cards > div {{ align-items: center; justify-content: center; text-align: center; padding: 1mm }}
.slips > div {{ padding: 4mm; justify-content: space-between }} .slips p {{ margin: 0 }} .slips b {{ font-size: 11pt }}
.line {{ display: flex; gap: 2mm; align-items: end }} .line i {{ flex: 1; border-bottom: 0.25mm solid #333 }} .line i + i {{ margin-left: 2mm }}
.boxes td {{ height: 7.5mm; min-width: 7mm }} .boxes td, .boxes th {{ padding: 0.6mm 2mm }} .aside {{ display: flex; flex: 1; min-height: 0; width: 100% }}
.aside > img {{ min-width: 0; width: 100%; object-fit: contain }} .city {{ display: grid; grid-template-columns: repeat(4, 1fr); gap: 3mm; font-size: 9pt; width: 100% }}
.city td, .city th {{ padding: 2mm 1mm }} .city > div {{ min-width: 0 }} ol {{ margin: 0; padding-left: 6mm }} ol ol {{ list-style: upper-alpha }} li {{ margin-bottom: 0.6mm }}
.half {{ padding: 0 5mm }} .half + .half {{ border-left: 0.3mm dashed #888 }} .halves {{ display: grid; grid-template-columns: 1fr 1fr; height: 100% }}
.questions > li {{ margin-bottom: 2.2mm; break-inside: avoid }} .digits {{ font: 11pt/1.75 monospace; white-space: pre; columns: 1 }}
.prose {{ font: 15pt/1.7 Georgia, serif }} .columns {{ columns: 4; column-gap: 5mm; font-size: 9.5pt }} .columns td {{ padding: 0.8mm 1.5mm }}"""
PAGE = '<!doctype html>\n<html lang="en-GB"><meta charset="utf-8"><title>{title}</title>\n<style>{style}</style>\n{sheets}\n</html>\n'


def entries(path=LIST):
    """Return the entries of the list; a ValueError says which one lacks something or has too much."""
    found = tomllib.loads(Path(path).read_text("utf-8"))["printable"]
    seen = set()
    for entry in found:
        where = f"{entry.get('chapter')}: {entry.get('name')}"
        if missing := {"chapter", "name", "words", "kind", "title"} - set(entry):
            raise ValueError(f"{where} has no {', '.join(sorted(missing))}")
        if entry["kind"] not in KINDS:
            raise ValueError(f"{where}: kind is one of {', '.join(KINDS)}, got {entry['kind']}")
        if unknown := set(entry) - COMMON - KINDS[entry["kind"]][1]:
            raise ValueError(f"{where}: {entry['kind']} knows nothing of {', '.join(sorted(unknown))}")
        if file_of(entry) in seen:
            raise ValueError(f"{where} stands twice")
        seen.add(file_of(entry))
    return found


def file_of(entry):
    """Return the name of an entry's file, without its kind: 04-rows, lab-4-keys."""
    return f"{number_of(entry['chapter'])}-{entry['name']}"


def number_of(chapter):
    """Return what the files of a chapter or lab begin with.

    >>> number_of("04-chinchilla"), number_of("lab-4-spend-a-budget")
    ('04', 'lab-4')
    """
    return re.match(r"lab-\d+|\d\d", chapter)[0]


class Room:
    """The space of a sheet in millimetres, without margins, head and foot."""

    def __init__(self, size, turn):
        wide, high = PAPERS[size][:: -1 if turn else 1]
        self.width, self.height = wide - 2 * MARGIN, high - 2 * MARGIN - 1
        self.body = self.height - HEAD - FOOT


def page(entry, size):
    """Return the HTML page of an entry for a paper."""
    turn = entry.get("turn", False)
    room = Room(size, turn)
    sheets = KINDS[entry["kind"]][0](entry, room)
    number = entry["chapter"].split("-")
    where = f"Lab {number[1]}" if number[0] == "lab" else f"Chapter {int(number[0])}"
    own = "name" if entry.get("own") else ""
    head = f"<h1>{where}: {escape(entry['title'])}</h1>" + (f"<span>{own} ______________________</span>" if own else "")
    foot = f"<span>{escape(entry.get('credit', ''))}</span><span>Orders of Magnitude, CC BY 4.0</span>"
    task = f'<p class="task">{escape(entry["task"])}</p>' if "task" in entry else ""
    made = [
        f'<section class="sheet"><header>{head}</header>{task if k == 0 else ""}<div class="body{kind}">{body}</div>'
        f"<footer>{foot}</footer></section>"
        for k, (body, kind) in enumerate(sheets)
    ]
    style = STYLE.format(
        page=f"{size}{' landscape' if turn else ''}",
        margin=MARGIN,
        width=f"{room.width:.1f}",
        height=f"{room.height:.1f}",
        head=HEAD,
        foot=FOOT,
    )
    return PAGE.format(title=f"{where}: {escape(entry['title'])}", style=style, sheets="\n".join(made))


def repeated(html, entry):
    """Return a sheet's content as often as an entry says, one above the other, to be cut apart."""
    return f'<div class="copy">{html}</div>' * entry.get("copies", 1)


# The kinds. Each takes an entry and the room of a sheet, and returns sheets: HTML, and the class of its body.


def ruled(entry, room):
    """Paper: `x` and `y`, axes; `square`, as long a step on both; `points`, a name of POINTS; `also`, further papers (x, y)."""
    copies, points = entry.get("copies", 1), POINTS[entry["points"]]() if "points" in entry else ()
    high = room.body / copies - 3 - (8 if "task" in entry else 0)
    both = [entry, *entry.get("also", [])]
    return [
        (paper.sheet(room.width, high, one["x"], one["y"], points, entry.get("square", False)) * copies, "")
        for one in both
    ]


def long_scale(entry, room):
    """One long scale for the board or a wall: `x`, an axis; `copies` below each other."""
    return [(paper.scale(room.width, entry["x"]) * entry.get("copies", 1), "")]


def squares(entry, room):
    """Strips of squares: `across`, `up`, `size` (mm) and `copies`; a second sheet is squared paper of the same size."""
    strip = paper.squares(room.width, entry["across"], entry["up"], entry["size"])
    size = entry["size"]
    whole = paper.squares(room.width, int((room.width - 1) // size), int((room.body - 12) // size), size)
    return [(strip * entry["copies"], ""), (whole, "")]


def figure(entry, room):
    """A stored figure: `figure`, its label (or several), and what `left_out.picture` leaves out; `cut`, a part of it as a
    second sheet; `room`, millimetres left free on the right; `sign`, a line to sign on.
    """
    labels = [entry["figure"]] if isinstance(entry["figure"], str) else entry["figure"]
    pictures = "".join(left_out.picture(label, entry["chapter"], **options(entry)) for label in labels)
    if "room" in entry:
        pictures = f'<div class="aside" style="padding-right:{entry["room"]}mm">{pictures}</div>'
    if entry.get("sign"):
        pictures += signature()
    sheets = [(repeated(pictures, entry), "")]
    if "cut" in entry:
        rest = {"keep": entry["cut"], "says": "The names that were cut off."}
        sheets.append((left_out.picture(labels[0], entry["chapter"], **rest), ""))
    return sheets


def redrawn(entry, room):
    """A chapter's figure drawn by its own cells without some parts: `figure`, its label; `hide`, see `redraw.picture`; `says`,
    the words for who cannot see it; `room`, millimetres left free on the left.
    """
    import redraw

    made = redraw.picture(entry["figure"], entry["chapter"], tuple(entry["hide"]), entry["says"])
    if "room" in entry:
        made = f'<div class="aside" style="padding-left:{entry["room"]}mm">{made}</div>'
    return [(repeated(made, entry), "")]


def options(entry):
    """Return what an entry says beyond what every kind knows."""
    return {name: value for name, value in entry.items() if name not in COMMON}


def signature():
    """Return a line for a name and a date."""
    return '<p class="line" style="width:100%;margin:6mm 0 2mm"><span>signed</span><i></i><span>date</span><i></i></p>'


def panel(entry, room):
    """A panel of the book: `panel`, module and function; `states`, one picture for each; `hide`, moving parts left out."""
    import matplotlib as mpl

    from scalinglaws import book  # noqa: F401

    module, name = entry["panel"].split(".")
    made = getattr(__import__(f"scalinglaws.book.{module}", fromlist=[name]), name)()
    pictures = []
    for state in entry["states"]:
        made.render(state)
        for k, artist in enumerate(made.moving):
            artist.set_visible(k not in entry["hide"])
            artist.set_animated(False)
        out = BytesIO()
        with mpl.rc_context({"svg.hashsalt": "printables", "svg.fonttype": "none"}):
            made.figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
        pictures.append(left_out.image("image/svg+xml", out.getvalue(), entry["says"]))
    return [("".join(f'<div class="copy">{one}</div>' for one in pictures), "")]


def table(entry, room):
    """A stored table: `table`, its label; `hide`, columns to empty; `numbers`, to empty all; `add`, empty columns."""
    html = left_out.table(entry["table"], entry["chapter"], **options(entry))
    tall = " tall" if {"hide", "numbers", "add"} & set(entry) else ""
    return [(f'<div class="copy{tall}">{html}</div>' * entry.get("copies", 1), "")]


def question_sheets(entry, room):
    """The questions of a chapter with their options, twice on a sheet; the answers on a sheet of their own."""
    from scalinglaws.course.quiz import questions

    asked = questions()[entry["chapter"]]
    items = "".join(
        f"<li>{escape(one['text'])}<ol>"
        + "".join(f"<li>{escape(o['text'])}</li>" for o in one["options"])
        + "</ol></li>"
        for one in asked
    )
    letters = sum(len(one["text"]) + sum(len(o["text"]) + 12 for o in one["options"]) for one in asked)
    size = next(size for most, size in FITS if letters < most)
    half = f'<div class="half"><p class="line"><span>name</span><i></i></p><ol class="questions">{items}</ol></div>'
    keys = "".join(
        f"<li><b>{'ABCDE'[k]}.</b> {escape(option['text'])}<br>{escape(option['feedback'])}</li>"
        for one in asked
        for k, option in enumerate(one["options"])
        if option["right"]
    )
    sheet = f'<div class="halves" style="font-size:{size}pt;line-height:1.3">{half * 2}</div>'
    return [(sheet, " top"), (f'<p>Answers, not for the class</p><ol class="questions">{keys}</ol>', " top")]


def slips(entry, room):
    """Slips to cut apart: `head`, `lines` to fill in, `boxes` (rows and columns); `count` of them in `columns`."""
    lines = "".join(
        f'<p class="line"><span>{escape(words)}</span>' + "<i></i>" * (words.count("|") + 1) + "</p>"
        if "|" not in words
        else '<p class="line">'
        + "".join(f"<span>{escape(part.strip())}</span><i></i>" for part in words.split("|"))
        + "</p>"
        for words in entry.get("lines", [])
    )
    boxes = ""
    if "boxes" in entry:
        heads = "".join(f"<th>{escape(one)}</th>" for one in entry["boxes"]["columns"])
        rows = "".join(
            f"<tr><th>{escape(one)}</th>{'<td></td>' * len(entry['boxes']['columns'])}</tr>"
            for one in entry["boxes"]["rows"]
        )
        boxes = f'<table class="boxes"><tr><th></th>{heads}</tr>{rows}</table>'
    text = f"<p>{escape(entry['says'])}</p>" if "says" in entry else ""
    slip = f"<div><b>{escape(entry['head'])}</b>{text}{lines}{boxes}</div>"
    return [(grid(slip * entry["count"], entry["columns"], "slips"), "")]


def grid(html, columns, kind, style=""):
    """Return a grid that fills the sheet."""
    return f'<div class="grid {kind}" style="grid-template-columns:repeat({columns},1fr);grid-auto-rows:1fr;{style}">{html}</div>'


def cards(entry, room):
    """Cards to cut apart: `packs`, each with `texts`, a `color` of its border and words; `columns`, `rows` on a sheet, `size` (pt)."""
    made = []
    for pack in entry["packs"]:
        texts = pack["texts"] if isinstance(pack["texts"], list) else MADE[pack["texts"]]()
        color = pack.get("color", "#000")
        made += [
            f'<div style="color:{color}"><span>{escape(pack.get("before", ""))}</span>{escape(text)}</div>'
            for text in texts
        ]
    fit = entry["columns"] * entry["rows"]
    empty = "<div></div>"
    sheets = [made[k : k + fit] for k in range(0, len(made), fit)]
    return [
        (grid("".join(one) + empty * (fit - len(one)), entry["columns"], "cards", f"font-size:{entry['size']}pt"), "")
        for one in sheets
    ]


def listing(entry, room):
    """A list to fill in: `items`, each with `room` (mm) below it; `sign`, a line to sign on."""
    lines = "".join(
        f'<p style="margin:0">{escape(words)}</p><div style="flex:1;border-bottom:0.25mm solid #999"></div>'
        for words in entry["items"]
    )
    return [
        (f'<div style="display:flex;flex-direction:column;height:100%;gap:1.5mm">{lines}{signature()}</div>', " top")
    ]


def digits(entry, room):
    """Random digits in groups of `group`, always the same for a `seed`."""
    drawn, rows = random.Random(entry["seed"]), int(room.body // 7.1)
    group = entry["group"]
    across = 55 // (group + 2)

    def block():
        return "".join(str(int(10 * drawn.random())) for _ in range(group))

    lines = "\n".join("  ".join(block() for _ in range(across)) for _ in range(rows))
    return [(f'<div class="digits">{lines}</div>', "")]


def made(entry, room):
    """A sheet that a function under MADE writes: `make`, its name."""
    return MADE[entry["make"]](room)


FIGURE = {"figure", "room", "set", "drop", "erase", "cover", "keep", "inside", "says", "cut", "sign"}
KINDS = {
    "paper": (ruled, {"x", "y", "square", "points", "also"}),
    "scale": (long_scale, {"x"}),
    "squares": (squares, {"across", "up", "size"}),
    "figure": (figure, FIGURE),
    "redrawn": (redrawn, {"figure", "hide", "says", "room"}),
    "panel": (panel, {"panel", "states", "hide", "says"}),
    "table": (table, {"table", "hide", "numbers", "add"}),
    "questions": (question_sheets, set()),
    "slips": (slips, {"head", "lines", "boxes", "count", "columns", "says"}),
    "cards": (cards, {"packs", "columns", "rows", "size"}),
    "list": (listing, {"items"}),
    "digits": (digits, {"seed", "group"}),
    "made": (made, {"make"}),
}


# What is computed or read from the package's tables.


def horizons():
    """Return the points known at the end of November 2024: year, and minutes."""
    from scalinglaws import load

    table = load("time_horizons")
    known = table.where(table["date"] <= "2024-11-30")
    return [paper.Points("", list(known["year"]), list(known["p50_minutes"]))]


def valley():
    """Return the runs of the second smallest budget, by seed."""
    from scalinglaws import load

    runs = load("runs")
    runs = runs.where((runs["corpus"] == "stdlib") & (runs["variant"] == "") & (runs["kind"] == "isoflop"))
    budget = sorted(set(runs["budget_flop"]))[1]
    runs = runs.where(runs["budget_flop"] == budget)
    groups = [runs.where(runs["seed"] == seed) for seed in (0, 1, 2)]
    return [paper.Points(f"seed {k}", list(one["n_params"]), list(one["loss"])) for k, one in enumerate(groups)]


POINTS = {"horizons": horizons, "valley": valley}


def rows_table(heads, rows, kind="number"):
    """Return a plain table of words."""
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(one))}</td>" for one in row) + "</tr>" for row in rows)
    return f'<div class="{kind}" style="width:100%"><table><tr>{head}</tr>{body}</table></div>'


def short(value):
    """Return a large number as one reads it in the papers: 400M, 1.92e19.

    >>> short(4e8), short(1.92e19), short(1.2e13)
    ('400M', '1.92e19', '12T')
    """
    for unit, size in (("T", 1e12), ("B", 1e9), ("M", 1e6)):
        if size <= value < 1e16:
            return f"{value / size:.6g}{unit}"
    return f"{value:.4g}".replace("e+", "e")


def hoffmann(room):
    """Return the nine printed rows of the parametric analysis."""
    from scalinglaws import load

    table = load("chinchilla_optimum")
    rows = [
        (short(row["n_params"]), f"{row['training_flop']:.3g}".replace("e+", "e"), short(row["n_tokens"]))
        for row in table
        if row["approach"] == 3
    ]
    half = rows_table(["parameters", "training compute (FLOP)", "training tokens"], rows, "number")
    return [(f'<div class="copy" style="font-size:13pt">{half}</div>' * 2, "")]


def approaches(room):
    """Return the three printed exponents with their percentiles."""
    from scalinglaws import constant

    rows = []
    for k, name in enumerate(("envelope of training curves", "valleys at equal compute", "parametric law"), 1):
        ends = [constant(f"hoffmann2022.approach{k}.a{part}") for part in ("", "_p10", "_p90")]
        rows.append((k, name, f"{ends[0]:.2f}", f"{ends[1]:.3f}", f"{ends[2]:.3f}"))
    heads = ["", "analysis", "exponent a", "10th percentile", "90th percentile"]
    return [(f'<div style="zoom:1.3;width:100%">{rows_table(heads, rows, "large")}</div>', "")]


def gpt3_sums(room):
    """Return GPT-3's scores on sums of two and three digits, with the compute of its eight sizes, twice."""
    from scalinglaws import load

    table = load("gpt3_scores")
    names = ["2-digit addition", "3-digit addition", "2-digit subtraction", "3-digit subtraction"]
    by_task = [table.where(table["task"] == name) for name in names]
    first = by_task[0]
    rows = [
        (
            short(first["n_params"][k]),
            f"{first['training_flop'][k]:.3g}".replace("e+", "e"),
            *(f"{one['few_shot_pct'][k]:g}" for one in by_task),
        )
        for k in range(len(first["n_params"]))
    ]
    heads = ["parameters", "training compute (FLOP)", *(f"{name}, % right" for name in names)]
    return [(f'<div class="copy">{rows_table(heads, rows)}</div>' * 2, "")]


def logits(room):
    """Return the table of shares, their odds and log-odds."""
    shares = [5, *range(10, 100, 10), 95, 98]
    rows = [(f"{p} %", f"{p / (100 - p):.3g}", f"{math.log(p / (100 - p)):+.2f}".replace("-", "−")) for p in shares]
    rows = [(a, b, c.replace("+0.00", "0.00")) for a, b, c in rows]
    half = rows_table(["p", "p / (1 − p)", "ln(p / (1 − p))"], rows, "number")
    return [(f'<div class="halves"><div class="half">{half}</div><div class="half">{half}</div></div>', "")]


def places():
    """Return rank, first and last number of each of a hundred places, which are visited as one over the square of the rank.

    A place that owns none of the numbers 000 to 999 has None twice.
    """
    weights = [rank**-2 for rank in range(1, 101)]
    ends = [0]
    for rank in range(1, 101):
        ends.append(round(1000 * sum(weights[:rank]) / sum(weights)))
    return [(k, low, high - 1) if low < high else (k, None, None) for k, (low, high) in enumerate(pairwise(ends), 1)]


def city(room):
    """Return the list of places with their ranges, in four columns with room for a tally."""
    rows = [
        (k, "none" if low is None else f"{low:03d}" if low == high else f"{low:03d}-{high:03d}", "")
        for k, low, high in places()
    ]
    parts = [rows_table(["place", "numbers", "visits"], rows[k : k + 25], "tall25") for k in range(0, 100, 25)]
    blocks = "".join(f"<div>{one}</div>" for one in parts)
    return [(f'<div class="city">{blocks}</div>', "")]


def words_of(chapter, number=200):
    """Return the first words of a chapter's running text."""
    words = []
    for cell in left_out.cells(ROOT / f"chapters/{chapter}.ipynb"):
        if cell["cell_type"] != "markdown":
            continue
        text = re.sub(r"(`{3,}|:{3,}).*?\1", "", "".join(cell["source"]), flags=re.S)
        for part in text.split("\n\n"):
            if not re.match(r"[A-Z]", part.strip()) or "$" in part:
                continue
            part = re.sub(r"\{(?:cite|numref|eq|ref)\}`[^`]*`", "", part)
            part = (
                re.sub(r"\{[a-z]+\}`([^`<]*?)(?: ?<[^`]*>)?`", r"\1", part)
                .replace("*", "")
                .replace(" .", ".")
                .replace(" ,", ",")
            )
            words += part.split()
        if len(words) >= number:
            return words[:number]
    raise ValueError(f"{chapter} has only {len(words)} words")


def two_texts(room):
    """Return a text as written, and another whose words are shuffled, each in a box to cut out."""
    one, two = words_of("12-compute-power-money"), words_of("08-accelerating-returns")
    random.Random(1).shuffle(two)
    boxes = "".join(f"<div>{escape(word)}</div>" for word in two)
    return [(f'<div class="prose">{escape(" ".join(one))}</div>', ""), (grid(boxes, 8, "cards", "font-size:10pt"), "")]


def hat():
    """Return the names in the hat: one on 8 slips, two on 4 each, eight on 2 each, 32 on one each."""
    names = (
        "Ada Ben Cleo Dan Eva Finn Gus Hana Ivo Jana Kai Lea Max Nora Omar Pia Quin Rosa Sam Tara Udo Vera Will Xenia Yan Zoe "
        "Amir Bea Chen Dora Emil Fay Gita Hugo Ines Jon Kira Liam Mona Nils Olga Paul Ruth"
    ).split()
    times = [8] + [4] * 2 + [2] * 8 + [1] * 32
    return [name for name, many in zip(names, times, strict=True) for _ in range(many)]


def pack():
    """Return a hundred cards, one of them marked."""
    return ["marked"] + [""] * 99


def remedies():
    """Return the names of the remedies in the figure of chapter 11, in the order of the alphabet."""
    spec = left_out.drawn(left_out.cell_of("fig-running-out-of-data-remedies", "11-running-out-of-data"))[left_out.LIVE]
    found = {
        row["remedy"] for layer in spec["layer"] for row in layer.get("data", {}).get("values", []) if "remedy" in row
    }
    return sorted(found)


def customers(room):
    """Return the list of lab 8, read from its notebook, with lines for model and tries and a place for a signature; twice."""
    source = next(
        source
        for cell in left_out.cells(next(ROOT.glob("labs/8-*.ipynb")))
        if (source := "".join(cell["source"])).lstrip("# abcdefghijklmnopqrstuvwxyz,\n").startswith("customers = {")
        or "\ncustomers = {" in source
    )
    found = re.findall(r'"(\w+)": \(([^)]*)\)', source.partition("customers = {")[2].partition("}")[0])
    rows = []
    for name, numbers in found:
        asked, right, wrong, passes, check = (float(one) for one in numbers.split(","))
        rows.append(
            (
                name,
                f"{asked:,.0f}",
                f"${right:g}",
                f"{wrong:g} times that",
                f"{100 * passes:g} %",
                f"${check:.7f}".rstrip("0"),
                "",
                "",
            )
        )
    heads = ["customer", "questions", "a right answer earns", "a wrong one costs", "wrong ones that pass", "a check costs",
             "model", "tries at most"]  # fmt: skip
    slip = f'<div class="tall" style="font-size:10pt;width:100%">{rows_table(heads, rows, "")}</div>{signature()}'
    return [(f'<div class="copy">{slip}</div>' * 2, "")]


MADE = {
    "customers": customers,
    "hoffmann": hoffmann,
    "approaches": approaches,
    "gpt3": gpt3_sums,
    "logits": logits,
    "city": city,
    "texts": two_texts,
    "hat": hat,
    "pack": pack,
    "remedies": remedies,
}


def write(out, only="", sizes=tuple(PAPERS)):
    """Write the pages into a folder for each paper; return their paths."""
    paths = []
    for entry in entries():
        if file_of(entry).startswith(only):  # one entry for both papers, so that a figure is drawn once
            for size in sizes:
                path = Path(out, size, file_of(entry) + ".html")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(page(entry, size), "utf-8")
                paths.append(path)
    return paths


def to_pdf(paths):
    """Print pages with Chromium; a ValueError says which ones have more sheets than they should, or something cut off."""
    from browser import launched
    from pypdf import PdfReader

    wrong = []
    with launched() as browser:
        tab = browser.new_page()
        for path in paths:
            tab.goto(path.resolve().as_uri())
            target = path.with_suffix(".pdf")
            content = tab.pdf(prefer_css_page_size=True, print_background=True, tagged=True)
            target.write_bytes(re.sub(rb"\(D:\d{14}", b"(D:20000101000000", content))
            cut = tab.evaluate(
                "[...document.querySelectorAll('.sheet, .sheet *')].filter(e => !e.closest('svg') && "
                "(e.scrollHeight > e.clientHeight + 2 || e.scrollWidth > e.clientWidth + 2) && e.clientHeight).length"
            )
            n_sheets = len(re.findall('<section class="sheet"', path.read_text("utf-8")))
            if cut or len(PdfReader(target).pages) != n_sheets:
                wrong.append(f"{path.parent.name}/{path.stem}")
    if wrong:
        raise ValueError(f"more than its sheet holds: {', '.join(wrong)}")


def slips_of(path, size):
    """Return a page with each line of a file on a slip."""
    lines = [line.strip() for line in Path(path).read_text("utf-8").splitlines() if line.strip()]
    entry = {
        "chapter": "lab-4",
        "title": "slips",
        "kind": "cards",
        "columns": 2,
        "rows": 10,
        "size": 11,
        "packs": [{"texts": lines}],
    }
    return page(entry, size)


def main(arguments=None):
    """Write and print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="items whose file name begins with this")
    parser.add_argument("--paper", choices=list(PAPERS), action="append", help="one paper instead of both")
    parser.add_argument("--out", type=Path, default=ROOT / "dist/printables")
    parser.add_argument("--no-pdf", action="store_true")
    parser.add_argument("--lines", type=Path, help="a file of your own: each line on a slip")
    chosen = parser.parse_args(arguments)
    sizes = tuple(chosen.paper or PAPERS)
    try:
        if chosen.lines:
            target = chosen.out / "slips.html"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(slips_of(chosen.lines, sizes[0]), "utf-8")
            print(f"{target}: keep it to yourself")
            return
        paths = write(chosen.out, chosen.only, sizes)
        from browser import chromium

        if chosen.no_pdf or chromium() is None:
            print(
                f"{len(paths)} pages in {chosen.out}; "
                + ("no PDF" if chosen.no_pdf else "no Chromium here: print them from a browser")
            )
            return
        to_pdf(paths)
    except (ValueError, OSError) as problem:
        sys.exit(str(problem))
    print(f"{len(paths)} pages, each as HTML and PDF, in {chosen.out}")


if __name__ == "__main__":
    main()
