"""Tables of the appendix, made from the package's data while the book is built: nothing is typed twice."""

from collections import defaultdict
from html import escape
from importlib.util import find_spec
from pathlib import Path

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

from scalinglaws.check import one_of
from website.mathml import to_mathml

CELL_TABLE = '<table class="table data-table">'  # as scalinglaws.show.tables writes it


def number_html(value):
    """Return a number as people write it: 8.64 × 10²⁴, 0.076, 175,000."""
    if value != value:
        return ""
    text = f"{value:.7g}"
    if "e" not in text:
        whole, point, rest = text.partition(".")
        return (
            f"{int(whole):,}".replace("-", "\u2212") + point + rest
            if abs(value) >= 10_000
            else text.replace("-", "\u2212")
        )
    mantissa, power = text.split("e")
    power = str(int(power)).replace("-", "\u2212")
    start = "" if mantissa == "1" else f"{mantissa} × "
    return f"{start}10<sup>{power}</sup>"


def table_html(head, rows, numbers=()):
    """Return an HTML table. Cells are HTML; `numbers` are the columns of numbers."""
    top = "".join(f'<th scope="col"{_right(i, numbers)}>{cell}</th>' for i, cell in enumerate(head))
    body = "".join(
        "<tr{}>{}</tr>".format(
            f' id="{row[0]}"' if row[0] else "",
            "".join(f"<td{_right(i, numbers)}>{cell}</td>" for i, cell in enumerate(row[1:])),
        )
        for row in rows
    )
    return f'<table class="table data-table"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


def _right(column, numbers):
    return ' class="text-end"' if column in numbers else ""


def raw(html):
    """Return a docutils node of HTML."""
    return nodes.raw("", html, format="html")


def depends(env, *packages):
    """Have a page written again when a file of these packages changes."""
    for package in packages:
        for path in Path(find_spec(package).origin).parent.rglob("*.*"):
            if path.suffix in (".csv", ".json", ".toml"):
                env.note_dependency(str(path))


class NumbersTable(SphinxDirective):
    """`{numbers-table} constants`, `tables` or `sources`: what `scalinglaws.data` holds."""

    required_arguments = 1

    def run(self):
        """Return the tables."""
        depends(self.env, "scalinglaws.data")
        return getattr(self, one_of("numbers-table", self.arguments[0], ("constants", "tables", "sources")))()

    def constants(self):
        """One section for each publication, or other place that a set of numbers comes from."""
        from scalinglaws.data import constants

        table, groups = constants(), defaultdict(list)
        columns = [table[name].tolist() for name in ("name", "value", "unit", "meaning", "source", "locator", "status")]
        for name, value, unit, meaning, source, locator, status in zip(*columns, strict=True):
            place = source_links(source) + (f", {escape(locator)}" if locator else "")
            cells = [
                f"<code>{escape(name)}</code>",
                number_html(value),
                unit_html(unit),
                escape(meaning),
                place,
                status,
            ]
            groups[name.partition(".")[0]].append([nodes.make_id(f"constant-{name}"), *cells])
        head = ["Name", "Value", "Unit", "Meaning", "Source", "Status"]
        found = []
        for group, rows in groups.items():
            section = nodes.section(ids=[nodes.make_id(f"numbers-{group}")], names=[f"numbers-{group}"])
            section += nodes.title("", group)
            section += raw(table_html(head, rows, numbers={1}))
            found.append(section)
        return found

    def tables(self):
        """All tables of the package, the sources of each folded away."""
        from scalinglaws.data import load, names

        rows = []
        for name in names():
            table = load(name)
            keys = [] if name == "sources" else table.sources
            links = ", ".join(map(source_links, keys))
            if len(keys) > 3:
                links = f"<details><summary>{len(keys)} sources</summary>{links}</details>"
            status = sorted(set(table["status"].tolist())) if "status" in table.columns else []
            cells = [f"<code>{name}</code>", escape(table.title), str(len(table)), ", ".join(status), links]
            rows.append([nodes.make_id(f"table-{name}"), *cells])
        return [raw(table_html(["Name", "What it shows", "Rows", "Status", "Sources"], rows, numbers={2}))]

    def sources(self):
        """Every source, with its address and, where it is known, its licence."""
        from scalinglaws.data import load

        table, rows = load("sources"), []
        for key, title, url, licence in zip(
            *(table[c].tolist() for c in ("key", "title", "url", "licence")), strict=True
        ):
            link = f'<a href="{escape(url)}">{escape(title)}</a>' if url else escape(title)
            rows.append([nodes.make_id(f"source-{key}"), f"<code>{escape(key)}</code>", link, escape(licence)])
        return [raw(table_html(["Key", "What it is", "Licence"], rows))]


def source_links(keys):
    """Return links to the rows of the table of sources, for keys joined by semicolons."""
    return "; ".join(f'<a href="#{nodes.make_id(f"source-{key}")}">{escape(key)}</a>' for key in keys.split(";"))


def unit_html(unit):
    """Return a unit, with nothing for a pure number."""
    return "" if unit == "1" else escape(unit)


class NotationTable(SphinxDirective):
    """`{notation-table}`: symbol, meaning, unit and name in code of every quantity."""

    def run(self):
        """Return the table."""
        depends(self.env, "scalinglaws.data")
        from scalinglaws.data import load

        table = load("notation")
        rows = [
            [
                f"notation-{name.replace('_', '-')}",
                f'<span class="math">{to_mathml(symbol)}</span>',
                escape(meaning),
                unit_html(unit),
                f"<code>{escape(name)}</code>",
            ]
            for name, symbol, meaning, unit in zip(
                *(table[name].tolist() for name in ("name", "symbol", "meaning", "unit")), strict=True
            )
        ]
        return [raw(table_html(["Symbol", "Meaning", "Unit", "Name in code"], rows))]


class ClaimsLedger(SphinxDirective):
    """`{claims-ledger}`: every claim, its verdict, and the chapter that tests it."""

    def run(self):
        """Return the table, with links to the chapters that exist."""
        from scalinglaws.course.claims import claims

        depends(self.env, "scalinglaws.course", "scalinglaws.data")
        rows = []
        for claim in claims().values():
            page = f"chapters/{claim.chapter}"
            where = ""
            if page in self.env.found_docs:
                address = self.env.app.builder.get_relative_uri(self.env.docname, page)
                where = f'<a href="{address}#claim-{claim.id}">{escape(claim.chapter)}</a>'
            origin = f'{claim.quote_html()}{escape(claim.says)}<br><small class="origin">{claim.origin_html()}</small>'
            cells = [
                f'<a href="#ledger-{claim.id}">{claim.id}</a>',
                origin,
                escape(claim.verdict),
                escape(claim.confidence),
                where,
            ]
            rows.append([f"ledger-{claim.id}", *cells])
        return [raw(table_html(["", "Claim", "Verdict", "How sure", "Chapter"], rows))]


class CellTables(SphinxTransform):
    """Tables that cells print, with the caption and name of the cell's metadata: tables of the book like all others."""

    default_priority = 500  # before Sphinx collects what can be referred to

    def apply(self):
        """Turn each figure that holds such a table into a table."""
        for figure in list(self.document.findall(nodes.figure)):
            outputs = [node for node in figure.findall(nodes.raw) if CELL_TABLE in node.astext()]
            if outputs:
                self.replace(figure, outputs[0].astext())

    def replace(self, figure, html):
        """Put a table in the place of a figure; its label goes with it."""
        table = nodes.table(classes=["data-table"], ids=figure["ids"], names=figure["names"])
        table += [nodes.title("", "", *caption.children) for caption in figure.findall(nodes.caption)]
        inner = html[html.index("<thead>") : html.index("</table>")]
        table += raw(
            inner.replace(' style="text-align:right"', ' class="text-end"').replace(' style="text-align:left"', "")
        )
        figure.replace_self(table)
        self.document.ids.update(dict.fromkeys(table["ids"], table))


def setup(app):
    """Add the directives and the transform."""
    app.add_transform(CellTables)
    app.add_directive("numbers-table", NumbersTable)
    app.add_directive("notation-table", NotationTable)
    app.add_directive("claims-ledger", ClaimsLedger)
