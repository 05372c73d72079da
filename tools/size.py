"""Print how many lines of code and of text each folder has.

Usage: python tools/size.py     (make size)

Code is a line that is neither blank nor a comment nor part of a docstring; text is docstrings and comments.
"""

import ast
import io
import tokenize
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "src/scalinglaws"
KIT = ("check", "data", "laws", "fit", "runs", "show")
LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def docstrings(tree):
    """Yield each docstring of a syntax tree, with its place: it is the first statement of what has it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                yield node, first


def code_lines(source):
    """Return the numbers of the lines that hold code."""
    code = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in LAYOUT:
            code |= set(range(token.start[0], token.end[0] + 1))
    for _, text in docstrings(ast.parse(source)):
        code -= set(range(text.lineno, text.end_lineno + 1))
    return code


def count(path):
    """Return files, lines, code, text and blank lines of a file."""
    source = path.read_text("utf-8")
    lines, code = source.splitlines(), len(code_lines(source))
    blank = sum(not line.strip() for line in lines)
    blank -= sum(
        not line.strip()
        for _, text in docstrings(ast.parse(source))
        for line in lines[text.lineno - 1 : text.end_lineno]
    )
    return Counter(files=1, lines=len(lines), code=code, text=len(lines) - code - blank, blank=blank)


def folder_of(path, root):
    """Return the name under which a file is counted: its folder, two levels deep in the package."""
    parts = path.relative_to(root).parts
    if path.is_relative_to(root / PACKAGE):
        inside = path.relative_to(root / PACKAGE).parts
        return "/".join(inside[:-1][:2]) or ("check" if inside[0] == "check.py" else "root")
    return "/".join(parts[:-1][:2])


def sizes(root=ROOT, places=(PACKAGE, "_ext", "tools", "benchmarks", "tests")):
    """Return the counts by folder."""
    table = {}
    for place in places:
        for path in sorted((root / place).rglob("*.py")):
            table.setdefault((place, folder_of(path, root)), Counter()).update(count(path))
    return table


def code_of(table, *layers):
    """Return the lines of code of some of the package's layers together, from a table of sizes."""
    return sum(row["code"] for (place, name), row in table.items() if place == PACKAGE and name.split("/")[0] in layers)


def main():
    """Print the table."""
    table, columns = sizes(), ("files", "lines", "code", "text", "blank")
    print(f"{'':24}" + "".join(f"{name:>8}" for name in columns))
    for place in dict.fromkeys(place for place, _ in table):
        rows = {name: row for (where, name), row in table.items() if where == place}
        for name, row in rows.items():
            print(f"{name:24}" + "".join(f"{row[column]:8,}" for column in columns))
        if len(rows) > 1:
            total = sum(rows.values(), Counter())
            print(f"{place:24}" + "".join(f"{total[column]:8,}" for column in columns) + "\n")
    print(f"\nkit ({', '.join(KIT)}): {code_of(table, *KIT):,} lines of code; course: {code_of(table, 'course'):,}")


if __name__ == "__main__":
    main()
