"""What the site check counted, on the page about accessibility."""

import json
from html import escape
from pathlib import Path

from sphinx.util.docutils import SphinxDirective

from website.tables import raw, table_html

RECORD = "reference/site-check.json"  # written by tools/site_check.py --record


class SiteCheck(SphinxDirective):
    """`{site-check}`: how many checks of each kind the last recorded run made, and how many failed."""

    def run(self):
        """Return a table, or a sentence if nothing has been recorded."""
        path = Path(self.env.srcdir, RECORD)
        self.env.note_dependency(str(path))
        if not path.exists():
            return [raw("<p>No run of the check has been recorded yet.</p>")]
        record = json.loads(path.read_text("utf-8"))
        rows = [["", escape(kind), str(sum(counts)), str(counts[1])] for kind, counts in record["checks"].items()]
        table = table_html(["What was looked at", "Checks", "Failed"], rows, numbers={1, 2})
        return [raw(f"<p>The last recorded run, over {record['pages']} pages:</p>{table}")]


def setup(app):
    """Add the directive."""
    app.add_directive("site-check", SiteCheck)
