"""The teacher's guide: minutes that are read from the pages themselves, a plan of weeks, what each chapter's class believes."""

import json
import re
from html import escape
from pathlib import Path

from sphinx.util.docutils import SphinxDirective

from website.tables import depends, raw, table_html

CHAPTER = re.compile(r"Reading and running take about (\d+) minutes, the exercises another (\d+)")
LAB = re.compile(r"and about (\d+) minutes")
PLAN = re.compile(r"\{list-table\} (50|90) minutes\n.*?```", re.S)


def notebooks(folder):
    """Return the notebooks of a folder by number: 4 -> 04-chinchilla."""
    return {int(path.stem.partition("-")[0]): path for path in folder.glob("[0-9]*.ipynb")}


def words(path):
    """Return the words of a notebook, without code."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def title(text):
    """Return the first heading of a text."""
    return re.search(r"^# (.+)$", text, re.M)[1]


def minutes(text):
    """Return the minutes of reading and of exercises that a chapter says, or those of a lab; ValueError if it says none."""
    found = CHAPTER.search(text) or LAB.search(text)
    if not found:
        raise ValueError(f"{title(text)!r} does not say how many minutes it takes")
    return tuple(map(int, found.groups()))


def plans(folder):
    """Return the lesson plans by ("chapter" or "lab", number): the page, and the lengths in minutes that it has a plan for."""
    found = {}
    for path in sorted(folder.glob("*-*.md")):
        text = path.read_text("utf-8")
        lengths = {
            int(plan[1])
            for plan in PLAN.finditer(text)
            if re.findall(r"^\* - \d+-(\d+)$", plan[0], re.M)[-1] == plan[1]
        }
        if lengths:
            number = re.match(r"(lab-)?(\d+)-", path.name)
            found["lab" if number[1] else "chapter", int(number[2])] = path, lengths
    return found


def parse(line):
    """Return the parts of a week: plans as (kind, number, minutes), chapters to read, labs, and what is handed in.

    >>> parse("50 of 12, 50 of lab 9 | 12 13 | 9 | The plan.")
    ([('chapter', 12, 50), ('lab', 9, 50)], [12, 13], [9], 'The plan.')
    """
    lessons, read, labs, handed = map(str.strip, line.split("|"))
    found = [re.fullmatch(r"(\d+) of (lab )?(\d+)", lesson.strip()) for lesson in lessons.split(",")]
    return (
        [("lab" if one[2] else "chapter", int(one[3]), int(one[1])) for one in found],
        list(map(int, read.split())),
        list(map(int, labs.split())),
        handed,
    )


class Guide(SphinxDirective):
    """What the directives of this file have in common."""

    def prepare(self):
        """Read the notebooks and the plans, and have the page written again when one of them changes."""
        root = Path(self.env.srcdir)
        self.folders = {"chapter": notebooks(root / "chapters"), "lab": notebooks(root / "labs")}
        self.plans = plans(root / "teaching")
        for path in (
            *self.folders["chapter"].values(),
            *self.folders["lab"].values(),
            *(one for one, _ in self.plans.values()),
        ):
            self.env.note_dependency(str(path))
        self.decks = {path.stem for path in (root / "teaching/slides").glob("[0-9]*.md")}

    def link(self, path, text):
        """Return a link to a page of the book."""
        page = Path(path).relative_to(self.env.srcdir).with_suffix("").as_posix()
        address = self.env.app.builder.get_relative_uri(self.env.docname, page)
        return f'<a href="{address}">{escape(text)}</a>'


class CoursePages(Guide):
    """`{course-pages}`: chapters and labs with their minutes, and the plan and the slides of each."""

    def run(self):
        """Return the table."""
        self.prepare()
        rows = []
        for kind, paths in self.folders.items():
            for number, path in sorted(paths.items()):
                text = words(path)
                spent = minutes(text)
                page, lengths = self.plans.get((kind, number), (None, set()))
                plan = self.link(page, " and ".join(map(str, sorted(lengths)))) if page else self.taught(number)
                deck = f'<a href="../slides/{path.stem}.html">slides</a>' if path.stem in self.decks else ""
                name = title(text)
                reading, exercises = spent if kind == "chapter" else ("", spent[0])
                rows.append(["", self.link(path, name), str(reading), str(exercises), plan, deck])
        heads = ["Page", "Reading, minutes", "Exercises or lab, minutes", "Plans, minutes", "Slides"]
        return [raw(table_html(heads, rows, numbers={1, 2}))]

    def taught(self, lab):
        """Return a link to the chapter's plan that has a lab in it."""
        for (kind, number), (page, _) in self.plans.items():
            if kind == "chapter" and re.search(rf"\band lab {lab}$", title(page.read_text("utf-8"))):
                return self.link(page, f"chapter\u00a0{number}")
        return ""


class Syllabus(Guide):
    """`{syllabus}`: a line for each week, `90 of 1 | chapters to read | labs | what is handed in`; the minutes are counted.

    The plan of a lab that has a page of its own is `90 of lab 4`.
    """

    has_content = True

    def run(self):
        """Return the table."""
        self.prepare()
        rows, totals = [], [0, 0, 0, 0]
        for week, line in enumerate(filter(None, map(str.strip, self.content)), start=1):
            lessons, read, labs, handed = parse(line)
            for kind, number, length in lessons:
                if length not in self.plans[kind, number][1]:
                    raise self.error(f"{kind} {number} has no plan of {length} minutes")
            spent = [minutes(words(self.folders["chapter"][number])) for number in read]
            counts = [
                sum(length for *_, length in lessons),
                sum(reading for reading, _ in spent),
                sum(exercises for _, exercises in spent),
                sum(minutes(words(self.folders["lab"][number]))[0] for number in labs),
            ]
            totals = [total + count for total, count in zip(totals, counts, strict=True)]
            teach = " + ".join(self.link(self.plans[kind, number][0], str(length)) for kind, number, length in lessons)
            pages = [("chapter", number) for number in read] + [("lab", number) for number in labs]
            names = [
                self.link(self.folders[kind][number], ("lab " if kind == "lab" else "") + str(number))
                for kind, number in pages
            ]
            rows.append(["", str(week), ", ".join(names), handed, teach, *(str(count or "") for count in counts[1:])])
        rows.append(["", "", "", "all weeks", *map(str, totals)])
        heads = ["Week", "Chapters, labs", "Hand in", "Class", "Reading", "Exercises", "Lab"]
        return [raw(table_html(heads, rows, numbers={0, 3, 4, 5, 6}))]


class Beliefs(Guide):
    """`{beliefs}`: what the class of each chapter believes, in a line each, with a link to what helps."""

    def run(self):
        """Return a list of lists."""
        from scalinglaws.course import misconceptions

        self.prepare()
        depends(self.env, "scalinglaws.course")
        items = []
        for number, path in sorted(self.folders["chapter"].items()):
            held = [belief for belief in misconceptions().values() if belief.chapter == path.stem]
            page, _ = self.plans["chapter", number]
            lines = "".join(f"<li>{escape(belief.belief)}</li>" for belief in held)
            items.append(f"<dt>{self.link(page, title(words(path)))}</dt><dd><ul>{lines}</ul></dd>")
        return [raw(f'<dl class="misconceptions">{"".join(items)}</dl>')]


def setup(app):
    """Add the directives."""
    app.add_directive("course-pages", CoursePages)
    app.add_directive("syllabus", Syllabus)
    app.add_directive("beliefs", Beliefs)
