"""Tables of the appendix, made from the package's data while the book is built: nothing is typed twice."""

import json
import re
import shutil
from collections import defaultdict
from html import escape
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

from scalinglaws.check import one_of
from website.mathml import to_mathml
from website.theme import relative_root

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
        return [raw(getattr(self, one_of("numbers-table", self.arguments[0], ("constants", "tables", "sources")))())]

    def constants(self):
        """One fold for each publication, or other place that a set of numbers comes from."""
        from scalinglaws.data import constants

        groups, html = defaultdict(list), ""
        for row in constants():
            place = source_links(row["source"]) + (f", {escape(row['locator'])}" if row["locator"] else "")
            name = escape(row["name"]).replace(".", ".<wbr>").replace("_", "_<wbr>")
            value, unit = number_html(row["value"]), unit_html(row["unit"])
            cells = [f"<code>{name}</code>", value, unit, escape(row["meaning"]), place, row["status"]]
            groups[row["name"].partition(".")[0]].append([nodes.make_id(f"constant-{row['name']}"), *cells])
        head = ["Name", "Value", "Unit", "Meaning", "Source", "Status"]
        for group, rows in groups.items():
            html += fold(f"numbers-{group}", group, counted(len(rows), "constant"), table_html(head, rows, numbers={1}))
        return html

    def tables(self):
        """One fold for each table: where it comes from, the file, and its rows, which are loaded when it is opened."""
        from scalinglaws.data import load, names

        root, html = relative_root(self.env.docname), ""
        for name in names():
            table, place = load(name), f"{root}/_static/data/{name}"
            keys = [] if name == "sources" else table.sources
            status = sorted(set(table["status"].tolist())) if "status" in table.columns else []
            facts = {
                "Sources": ", ".join(map(source_links, keys)),
                "Known as": ", ".join(status),
                "Licence": escape(table.licence + (f"; credit to {table.credit}" if table.credit else "")),
                "File": f'<a href="{place}.csv" download>{name}.csv</a>',
            }
            lines = "".join(f"<dt>{term}</dt><dd>{words}</dd>" for term, words in facts.items() if words)
            box = f'<div class="table-rows" data-rows="{name}" data-address="{place}.js" tabindex="0" role="region" '
            box += f'aria-label="Rows of {name}">The CSV file has the rows.</div>'
            what = f"{escape(table.title)}, {counted(len(table), 'row')}"
            html += fold(f"table-{name}", name, what, f'<dl class="table-facts">{lines}</dl>{box}')
        return html

    def sources(self):
        """Every source, with its address and, where it is known, its licence."""
        from scalinglaws.data import load

        rows = []
        for row in load("sources"):
            cells = [f"<code>{escape(row['key'])}</code>", link(row["title"], row["url"]), escape(row["licence"])]
            rows.append([nodes.make_id(f"source-{row['key']}"), *cells])
        table = table_html(["Key", "What it is", "Licence"], rows)
        return f'<div class="table-rows sources" tabindex="0" role="region" aria-label="Sources">{table}</div>'


def fold(anchor, name, what, inside):
    """Return a part of a page that is folded away under a name in code and what it is."""
    summary = f"<summary><code>{escape(name)}</code> {what}</summary>"
    return f'<details class="numbers-fold" id="{nodes.make_id(anchor)}">{summary}{inside}</details>'


def counted(number, noun):
    """Return a number with its noun: 1 row, 24 rows."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def link(words, address):
    """Return words, as a link where there is an address."""
    return f'<a href="{escape(address)}">{escape(words)}</a>' if address else escape(words)


def rows_html(table, addresses):
    """Return all rows of a table; a source is a link to its page, or to the list of sources where that is not known."""
    shown = [column for column in table.columns if any(map(cell_html, table[column].tolist()))]
    numbers = {i for i, column in enumerate(shown) if column in table.units}
    units = ["" if (unit := table.units.get(column, "1")) == column else unit_html(unit) for column in shown]
    head = [
        f'<span title="{escape(table.descriptions[column])}">{escape(column)}</span>' + (unit and f"<br>{unit}")
        for column, unit in zip(shown, units, strict=True)
    ]
    rows = []
    for row in table:
        cells = {column: cell_html(row[column]) for column in shown}
        if "source" in cells:
            keys = row["source"].split(";")
            places = [addresses[key] or "#" + nodes.make_id(f"source-{key}") for key in keys]
            cells["source"] = "; ".join(map(link, keys, places))
        rows.append(["", *cells.values()])
    return table_html(head, rows, numbers)


def cell_html(value):
    """Return a value of a table as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number_html(value)
    return link(value, value) if value.startswith(("https://", "http://")) else escape(value)


def write_data(app, exception):
    """Write every table as a CSV file to take away, with what describes them, and its rows as a script for the page."""
    from scalinglaws.data import load, names

    if exception or app.builder.name != "html":
        return
    folder, package = Path(app.outdir, "_static", "data"), Path(find_spec("scalinglaws.data").origin).parent
    folder.mkdir(parents=True, exist_ok=True)
    addresses = {row["key"]: row["url"] if urlsplit(row["url"]).path.strip("/") else "" for row in load("sources")}
    for name in names():
        shutil.copy(package / "tables" / f"{name}.csv", folder)
        rows = json.dumps([name, rows_html(load(name), addresses)], ensure_ascii=False)
        (folder / f"{name}.js").write_text(f"bookRows(...{rows});\n", encoding="utf-8")
    described = (package / "datapackage.json").read_text("utf-8").replace('"tables/', '"')
    (folder / "datapackage.json").write_text(described, encoding="utf-8")


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


def script(app, pagename, templatename, context, doctree):
    """Give `tables.js` to the pages that have something for it."""
    if re.search(r'class="[^"]*\b(?:ledger|table-rows|scored)\b', context.get("body", "")):
        app.add_js_file("live/tables.js")


def setup(app):
    """Add the directives, the transform and the script."""
    app.connect("html-page-context", script)
    app.connect("build-finished", write_data)
    app.add_transform(CellTables)
    app.add_directive("numbers-table", NumbersTable)
    app.add_directive("notation-table", NotationTable)
