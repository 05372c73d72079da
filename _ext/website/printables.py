"""What to print for a lesson, on its page: read from `teaching/printables.toml`, whose files `make printables` writes."""

import sys

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from website.theme import ROOT

sys.path.append(str(ROOT / "tools"))
import printables


class Printables(SphinxDirective):
    """`{printables} 04-chinchilla`: the items of a lesson, each with the name of its file."""

    required_arguments = 1

    def run(self):
        """Return a list and the command that makes the files."""
        self.env.note_dependency(str(printables.LIST))
        items = [entry for entry in printables.entries() if entry["chapter"] == self.arguments[0]]
        if not items:
            raise self.error(f"{printables.LIST.name} has no item of {self.arguments[0]}")
        lines = [f"- {entry['words']} File: `{printables.file_of(entry)}`." for entry in items]
        number = printables.number_of(self.arguments[0])
        command = f"`make printables ONLY={number}-` writes them, for A4 and letter paper, into `dist/printables`."
        lines += ["", command]
        made = nodes.Element()
        self.state.nested_parse(StringList(lines, str(printables.LIST)), 0, made)
        return made.children


def setup(app):
    """Make the directive known."""
    app.add_directive("printables", Printables)
