"""Every number in the prose of a chapter or lab is printed, drawn or set by one of its cells, or stands in a formula.

A number in the text agrees with one of a cell if that, rounded to as many digits, gives it. Thousands between the two are a
unit, a hundred is a per cent, and what is left of a share (of 1, of 100) counts as the share does. A lab may quote its chapter. Whole numbers up to a dozen, years, and numbers in names, links, code and labels are not looked at.
"""

import json
import re
from bisect import bisect_left
from pathlib import Path

import pytest

from scalinglaws.data import constant, load

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted(ROOT.glob("chapters/*.ipynb")) + sorted(ROOT.glob("labs/*.ipynb"))

CHAPTER_OF_LAB = {"1": "01", "2": "04", "3": "05", "5": "08", "6": "11", "10": "05"}

# What no cell gives, by notebook: the number as the text has it, and the computation that gives it, or why it may stand.
EXCEPTIONS = {
    "04-chinchilla": {
        "57": "what MMLU is: an exam of 57 subjects",
        "137": lambda: constant("hoffmann2022.lamda.n_params"),
        "143": lambda: load("chinchilla_optimum")["n_tokens"][-1] / 1e13,  # Table A3, the largest size
        "20.1": lambda: load("chinchilla_optimum")["n_tokens"][-4] / 1e12,  # Table A3, 280 billion parameters
        "1.41": lambda: constant("hoffmann2022.gopher.compute_flop") / (6 * 67.9e9),
    },
    "05-measuring": {
        "0.567": lambda: 1 / (1 + constant("besiroglu2024_all.alpha") / constant("besiroglu2024_all.beta")),
    },
    "9-lab-director": {
        "7.8": "a player of benchmarks/director.py, 9.4 - 1.6",
        "5.2": "another, 6.3 - 1.1",
    },
    "11-running-out-of-data": {
        "173": lambda: cell("youtube", "name", "words_per_minute", "high"),
        "1,350": lambda: cell("text_stocks", "name", "video", "tokens"),
    },
}


def cell(table, column, name, value):
    """Return one value of a table: that of the row whose `column` has a name."""
    rows = load(table)
    return float(rows.where(rows[column] == name)[value][0])


NUMBER = re.compile(r"(?<![\w.^])\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?(?![\w])")
NOT_PROSE = (
    r"^(`{3,}|:{3,})\{[^\n]*",  # the head of a directive
    r"^:[\w-]+:.*$",  # and its options
    r"^\([\w-]+\)=",
    r"\{[\w:]+\}`[^`]*`",
    r"`[^`]*`",
    r"\]\([^)]*\)",
    r"https?://\S+",
    r"\$[^$]*\$",
    r"\babout \d+ minutes(?:; \d+ without)?",  # how long a lab takes
    r"\b(?:[A-Z][A-Za-z]*-?|o)\d+(?:\.\d+)*[A-Za-z]*\b",  # GPT-4, H100, Qwen3, o3
    r"\b(?:Llama|Claude|Gemini|Grok|Phi|Python|Boeing|Core|Pentium|RedPajama)\s\d+(?:\.\d+)*[A-Za-z]*\b",
    r"\b(?:[Cc]hapters?|[Ll]abs?|[Pp]art|[Cc]laims?|[Ff]ig(?:ure|\.)|[Tt]able|[Ee]q\.|[Ss]ections?|[Rr]ows?|[Aa]pproach)\s+\d+",
)
UNITS = [10.0**power for power in (*range(-15, 16, 3), -2, 2)]


def numbers(text):
    """Yield each number of a text as it is written and as a value."""
    for found in NUMBER.finditer(re.sub(r"(?<=\d)_(?=\d)", "", text)):
        yield found[0].rstrip(","), float(found[0].replace(",", ""))


def half_step(written):
    """Return half of the last digit that a number has as it is written; trailing noughts of a whole number are no digits."""
    mantissa, _, power = written.replace(",", "").partition("e")
    whole, _, decimals = mantissa.partition(".")
    noughts = 0 if decimals else len(whole) - len(whole.rstrip("0"))
    return 0.51 * 10.0 ** (noughts - len(decimals) + int(power or 0))


def given(cells):
    """Return what the cells print, draw and set, and what stands in formulas, sorted."""
    values = set()
    for cell in cells:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            text = " ".join(re.findall(r"\$[^$]*\$", text))
        for output in cell.get("outputs", []):
            for kind, content in {"text/plain": output.get("text", ""), **output.get("data", {})}.items():
                if not kind.startswith("image/"):
                    content = content if isinstance(content, (str, list)) else json.dumps(content)
                    text += " " + re.sub(r"<[^<>]*>", " ", "".join(content))
        text = re.sub(r"\*\*|[{}^$\\]|(?<=\d)[kMBT]\b|\b[x~](?=\d)", " ", text.replace("\u2212", "-"))
        values |= {value for _, value in numbers(text) if value}
    for value in list(values):
        values |= {whole - value for whole in (1, 100) if 0 < value < whole}
    return sorted(values)


def agrees(written, value, known):
    """Return whether a known number, in one unit or another, rounds to the one that is written."""
    step = half_step(written)
    for unit in UNITS:
        place = bisect_left(known, (value - step) * unit)
        if place < len(known) and known[place] <= (value + step) * unit:
            return True
    return False


def strays(cells, quoted=()):
    """Return the numbers in prose that no cell gives, nor one that is `quoted`, each with the words around it."""
    known, found = given([*cells, *quoted]), []
    for cell in cells:
        if cell["cell_type"] != "markdown":
            continue
        text = "".join(cell["source"])
        for pattern in NOT_PROSE:
            text = re.sub(pattern, " ", text, flags=re.M)
        for match in NUMBER.finditer(text):
            written, value = match[0].rstrip(","), float(match[0].replace(",", ""))
            plain = value == int(value) and (value <= 12 or 1500 <= value <= 2100)
            if not plain and not agrees(written, value, known):
                around = " ".join(text[max(0, match.start() - 50) : match.end() + 40].split())
                found.append((written, around))
    return found


def cells_of(path):
    return json.loads(path.read_text("utf-8"))["cells"]


def chapter_of(path):
    """Return the cells of the chapter that a lab belongs to."""
    number = CHAPTER_OF_LAB.get(path.stem.partition("-")[0]) if path.parent.name == "labs" else None
    return [cell for chapter in ROOT.glob(f"chapters/{number}-*.ipynb") for cell in cells_of(chapter)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_number_in_prose_is_given_by_a_cell_or_a_formula(path):
    allowed = EXCEPTIONS.get(path.stem, {})
    found = strays(cells_of(path), chapter_of(path))
    assert [(written, around) for written, around in found if written not in allowed] == []
    assert set(allowed) <= {written for written, _ in found}, "an exception that is needed no more"
    for written, reason in allowed.items():
        if callable(reason):
            assert agrees(written, float(written.replace(",", "")), [reason()]), written


def notebook(prose, source="", printed=""):
    code = {"cell_type": "code", "source": source, "outputs": [{"text": printed}] if printed else []}
    return [{"cell_type": "markdown", "source": prose}, code]


@pytest.mark.parametrize(
    ("prose", "source", "printed"),
    [
        ("It falls by 20.6 %.", "", "share 0.2063"),
        ("It falls by 20.6 %.", "", "left: 0.794"),
        ("About 1,350 trillion tokens.", "stock = 1.35e15", ""),
        ("Some 70 billion parameters.", "n = 68_800_000_000", ""),
        ("A floor of 1.69 nats, $E = 1.69$.", "", ""),
        ("In 1957 six of 12 ran GPT-3.5 (chapter 14, [a page](https://a.org/99)).", "", ""),
    ],
)
def test_a_number_passes_that_a_cell_gives_in_any_unit_and_a_name_or_a_year_does(prose, source, printed):
    assert strays(notebook(prose, source, printed)) == []


@pytest.mark.parametrize(
    ("prose", "printed"),
    [
        ("It falls by 20.7 %.", "share 0.2063"),
        ("An exam in 57 subjects.", "54 and 60"),
        ("It took 1,024 machines.", "1030"),
        ("From 71.5 to 90 %.", "90"),
        ("Twenty-fold, or 20.6 times.", "2.063"),
    ],
)
def test_a_number_that_nothing_gives_is_found(prose, printed):
    assert len(strays(notebook(prose, "", printed))) == 1
