"""The parts of the course as cards on the first page: each chapter and lab by its number, a link as soon as it exists."""

import re
from html import escape

from docutils import nodes
from sphinx.util.docutils import SphinxDirective


class CourseParts(SphinxDirective):
    """`{course-parts}`: for each part a line `# title`, a line that says what it is about, and one for each of its pages.

    That is `1 title of chapter 1` or `lab 1 title of lab 1`.
    """

    has_content = True

    def run(self):
        """Return the cards."""
        self.env.note_reread()  # chapters come and go
        pages = {}
        for page in self.env.found_docs:
            found = re.match(r"(chapter|lab)s/(\d+)-", page)
            if found:
                pages[found[1], int(found[2])] = page
        cards = []
        for line in filter(None, map(str.strip, self.content)):
            entry = re.match(r"(lab )?(\d+) (.*)", line)
            if line.startswith("# "):
                cards.append({"title": line[2:], "text": "", "pages": []})
            elif entry:
                page = pages.get(("lab" if entry[1] else "chapter", int(entry[2])))
                cards[-1]["pages"].append(self.entry(entry[2], entry[3], page))
            else:
                cards[-1]["text"] = line
        html = "".join(
            f'<section class="part"><h3>{escape(card["title"])}</h3><p>{escape(card["text"])}</p>'
            f"<ul>{''.join(card['pages'])}</ul></section>"
            for card in cards
        )
        return [nodes.raw("", f'<div class="parts">{html}</div>', format="html")]

    def entry(self, number, title, page):
        """Return the line of one chapter or lab."""
        text = escape(title)
        if page:
            address = self.env.app.builder.get_relative_uri(self.env.docname, page)
            text = f'<a href="{address}">{text}</a>'
        return f'<li><span class="number">{number}</span><span>{text}</span></li>'


def setup(app):
    """Add the directive."""
    app.add_directive("course-parts", CourseParts)
