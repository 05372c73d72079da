"""A chapter's own figure, drawn by the chapter's own cells, with parts left out: as lines, sharp at any size.

Only those cells run that the figure's cell needs. It takes seconds, and for a figure behind a long computation a minute.
"""

import ast
import contextlib
import io
from functools import lru_cache

from left_out import Missing, cell_of, cells, image, notebook_of


def names(source):
    """Return the names that a cell sets or changes, and those that it uses."""
    sets, uses = set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            (uses if isinstance(node.ctx, ast.Load) else sets).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            sets.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            sets |= {(one.asname or one.name).partition(".")[0] for one in node.names}
        elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            base = node
            while isinstance(base, ast.Subscript | ast.Attribute):
                base = base.value
            if isinstance(base, ast.Name):
                sets.add(base.id)
    return sets, uses


def needed(sources):
    """Return those of a notebook's cells, in order, that the last one needs, and the last.

    >>> needed(["a = 1", "b = 2", "c = a", "print(c)"])
    ['a = 1', 'c = a', 'print(c)']
    """
    *before, last = sources
    kept, wanted = [last], names(last)[1]
    for source in reversed(before):
        sets, uses = names(source)
        if sets & wanted:
            kept.append(source)
            wanted |= uses
    return kept[::-1]


@lru_cache(maxsize=4)
def picture(label, chapter, hide, words):
    """Return a figure as an `img` without what `hide` names.

    That is "legend", "texts", "x numbers", "y numbers", or "line" or "patch" with a colour if not all of them should go.
    """
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    cell, sources = cell_of(label, chapter), []
    for one in cells(notebook_of(label, chapter)):
        if one["cell_type"] == "code":
            sources.append("".join(one["source"]))
        if one is cell:
            break
    plt.close("all")
    scope = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        for source in needed(sources):
            exec(compile(source, label, "exec"), scope)
    drawn = plt.gcf()
    for part in hide:
        if not sum(left_out(axes, part) for axes in drawn.axes):
            raise Missing(f"{label} has no {part}")
    out = io.BytesIO()
    with plt.rc_context({"svg.hashsalt": "printables"}):
        drawn.savefig(out, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
    plt.close("all")
    return image("image/svg+xml", out.getvalue(), words)


def left_out(axes, part):
    """Take a part away from axes; return how many things that were."""
    from matplotlib.colors import to_hex

    kind, _, color = part.partition(" ")
    if part == "legend":
        gone = [axes.get_legend()] if axes.get_legend() else []
    elif part == "texts":
        gone = list(axes.texts)
    elif color == "numbers":
        axes.tick_params(axis=kind, which="both", labelbottom=kind != "x", labelleft=kind != "y")
        return 1
    elif kind in ("line", "patch"):
        found = axes.lines if kind == "line" else axes.patches
        shade = (lambda one: one.get_color()) if kind == "line" else (lambda one: one.get_facecolor())
        gone = [one for one in found if color.lower() in ("", to_hex(shade(one)))]
    else:
        raise Missing(f"hide is legend, texts, x numbers, y numbers, line or patch with a colour, got {part}")
    for one in gone:
        one.remove()
    return len(gone)
