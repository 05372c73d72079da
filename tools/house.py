"""The rules that keep the package small, each a function of a tree that yields what breaks it, in words.

Usage: python tools/house.py [FOLDER]     (default: this project; prints what breaks a rule, and fails if anything does)

`tests/test_structure.py` holds the project to them and shows that each can fail.
"""

import ast
import json
import re
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from size import KIT, PACKAGE, ROOT, code_lines, code_of, docstrings, sizes

LAYERS = ["check", "data", "laws", "fit", "runs", "show", "course", "book"]
CODE = {"kit": 200, "book": 300}  # lines of code of a module
SHORT, TEXT = 3, 8  # a function of so many lines of code has a docstring of so many lines
# Lines of code of the kit and of `course`: those of a book of 16 chapters, and what each chapter to come may add.
WHOLE, COURSE = 6000, 1200

# What `course` looks up by name in each file of `book/`: the exercises with numbers of each reader's own.
LOOKED_UP = "EXERCISES"

# Public names that wait for a chapter, with what they use. None is left when the book is whole.
PLANNED = {}


# What a tree says -----------------------------------------------------------------------------------------------------


def modules(root):
    """Return the package's modules, by dotted name, as syntax trees."""
    found = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root / "src").with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = _parsed(path)
    return found


def notebooks(root):
    """Return the chapters and labs as syntax trees of their code cells, by path."""
    found = {}
    for path in sorted([*root.glob("chapters/*.ipynb"), *root.glob("labs/*.ipynb")]):
        cells = [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
        source = "\n".join("".join(cell["source"]) for cell in cells)
        found[path.relative_to(root).as_posix()] = ast.parse(re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.M))
    return found


def site(root):
    """Return the modules of the Sphinx extension, by path."""
    return {path.relative_to(root).as_posix(): _parsed(path) for path in sorted((root / "_ext").rglob("*.py"))}


def tools(root):
    """Return what make calls, by path."""
    return {path.relative_to(root).as_posix(): _parsed(path) for path in sorted((root / "tools").glob("*.py"))}


def imports(tree, name="", is_package=False):
    """Yield what a tree imports of the package, relative imports resolved: line, level, module, name or None, alias."""
    above = name.split(".") if is_package else name.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            start = above[: len(above) - node.level + 1] if node.level else []
            module = ".".join([*start, *filter(None, [node.module])])
            if module.split(".")[0] == "scalinglaws":
                for alias in node.names:
                    yield SimpleNamespace(
                        level=node.level, module=module, name=alias.name, alias=alias.asname or alias.name
                    )
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "scalinglaws":
                    yield SimpleNamespace(level=0, module=alias.name, name=None, alias=alias.asname or "scalinglaws")


def imported_modules(tree, known, name="", is_package=False):
    """Yield the dotted names of the package's modules that a tree imports."""
    for item in imports(tree, name, is_package):
        inner = f"{item.module}.{item.name}"
        yield inner if inner in known else item.module


def defined(tree):
    """Return the names that a module defines at its top level, with the statements that do it."""
    found = defaultdict(list)
    for node in _statements(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name].append(node)
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) else []:
            for part in ast.walk(target):
                if isinstance(part, ast.Name):
                    found[part.id].append(node)
    return found


def public(tree):
    """Return the public names that a module defines."""
    return [name for name in defined(tree) if not name.startswith("_")]


# The rules ------------------------------------------------------------------------------------------------------------


def layers(root):
    """A module imports only from its own layer and earlier ones; training knows nothing of fitting."""
    trees = modules(root)
    for name, tree in trees.items():
        layer = (name.split(".") + ["root"])[1]
        if layer in LAYERS:
            allowed = LAYERS[: LAYERS.index(layer) + 1]
            if layer == "runs":
                allowed.remove("fit")
            for other in imported_modules(tree, trees, name, _is_package(root, name)):
                if (other.split(".") + ["root"])[1] not in allowed:
                    yield f"{name} imports {other}"


def absolute_imports(root):
    """Imports are absolute."""
    for name, tree in modules(root).items():
        if any(item.level for item in imports(tree, name, _is_package(root, name))):
            yield f"{name} has a relative import"


def circles(root):
    """No module imports, through others, itself."""
    trees = modules(root)
    edges = {
        name: set(imported_modules(tree, trees, name, _is_package(root, name))) & set(trees) - {name}
        for name, tree in trees.items()
    }
    seen, path = set(), []

    def visit(name):
        if name in path:
            yield " imports ".join([*path[path.index(name) :], name])
        elif name not in seen:
            path.append(name)
            for other in sorted(edges[name]):
                yield from visit(other)
            seen.add(path.pop())

    for name in edges:
        yield from visit(name)


def one_meaning(root):
    """A public name is defined in one module."""
    places = defaultdict(list)
    for module, tree in modules(root).items():
        for name in set(public(tree)) - {LOOKED_UP}:
            places[name].append(module.removeprefix("scalinglaws."))
    for name, where in sorted(places.items()):
        if len(where) > 1:
            yield f"{name} is defined in {' and '.join(where)}"


def book_of_its_notebook(root):
    """`book.ch01` is imported by chapter 1 alone, `book.lab1` by lab 1, `book.front` by the site; never by the package."""
    trees = modules(root)
    for where, tree in [*trees.items(), *notebooks(root).items(), *site(root).items()]:
        for other in set(imported_modules(tree, trees, where, _is_package(root, where))):
            if other.startswith("scalinglaws.book.") and other.rpartition(".")[2] != _own_book(where):
                yield f"{where} imports {other}"


def reached(root):
    """A public name is used, through whatever else, by a notebook, root, site, tool, program, or by what is planned."""
    for full in _not_reached(root, PLANNED):
        if not full.startswith("scalinglaws.book."):
            yield f"{full} is used by no notebook and not planned"
    waiting = {full.rpartition(".")[2] for full in _not_reached(root)}
    for name in PLANNED:
        if name not in waiting:
            yield f"{name} is planned for {PLANNED[name]} but used already, or not there"


def book_reached(root):
    """A public name of `book/` is used by its notebook or the site."""
    for full in _not_reached(root):
        if full.startswith("scalinglaws.book."):
            yield f"{full} is used by no notebook"


def short_functions(root):
    """A function of three lines of code or fewer has a docstring of eight lines or fewer, but for what is called by name.

    Names at the root and in `fit.__all__` have full sections.
    """
    called = set(_homes(root)) | _all_of(root, "fit/__init__.py")
    for path in sorted((root / PACKAGE).rglob("*.py")):
        code = code_lines(path.read_text("utf-8"))
        for node, text in docstrings(_parsed(path)):
            if isinstance(node, ast.FunctionDef) and node.name not in called:
                n_code = len(code & set(range(node.body[0].lineno, node.end_lineno + 1)))
                n_text = text.end_lineno - text.lineno + 1
                if n_code <= SHORT and n_text > TEXT:
                    where = path.relative_to(root / PACKAGE).as_posix()
                    yield f"{where}:{node.lineno} {node.name}: {n_text} lines of docstring for {n_code} of code"


def module_size(root):
    """A module has at most 200 lines of code, a file of `book/` 300."""
    for path in sorted((root / PACKAGE).rglob("*.py")):
        where = path.relative_to(root / PACKAGE)
        limit = CODE["book" if where.parts[0] == "book" else "kit"]
        if (n_code := len(code_lines(path.read_text("utf-8")))) > limit:
            yield f"{where.as_posix()}: {n_code} lines of code, at most {limit}"


def package_size(root):
    """The kit and `course` keep within what the whole book may have."""
    table = sizes(root, [PACKAGE])
    if (n_code := code_of(table, *KIT)) > WHOLE:
        yield f"{', '.join(KIT)}: {n_code:,} lines of code, at most {WHOLE:,}"
    if (n_code := code_of(table, "course")) > COURSE:
        yield f"course: {n_code:,} lines of code, at most {COURSE:,}"


RULES = (
    layers,
    absolute_imports,
    circles,
    one_meaning,
    book_of_its_notebook,
    reached,
    book_reached,
    short_functions,
    module_size,
    package_size,
)


# How it is found out --------------------------------------------------------------------------------------------------


@cache
def _read(path, stamp):
    return ast.parse(path.read_text("utf-8"))


def _parsed(path):
    return _read(path, path.stat().st_mtime_ns)


def _is_package(root, name):
    return (root / "src" / name.replace(".", "/") / "__init__.py").exists()


def _statements(body):
    """Yield the statements of a body and of the conditions and trials in it, but not of functions and classes."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With | ast.For):
            for part in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(node, part, []))


def _own_book(where):
    """Return the module of `book/` that a notebook or a part of the site may import."""
    if match := re.match(r"chapters/(\d\d)-", where):
        return f"ch{match[1]}"
    if match := re.match(r"labs/(\d+)-", where):
        return f"lab{match[1]}"
    return "front" if where.startswith("_ext/") else None


def _not_reached(root, planned=()):
    """Return the public names, in full, that nothing leads to."""
    trees = modules(root)
    names = {module: defined(tree) for module, tree in trees.items()}
    scopes = {module: _scope(tree, trees, module, _is_package(root, module)) for module, tree in trees.items()}
    queue = [f"scalinglaws.{home}.{name}" for name, home in _homes(root).items()]
    queue += [*_entry_points(root), *_shown_on_pages(root)]
    queue += [f"{module}.{LOOKED_UP}" for module in trees if module.startswith("scalinglaws.book.")]
    for where, tree in [*notebooks(root).items(), *site(root).items(), *tools(root).items()]:
        queue += _used(tree, _scope(tree, trees, where, False))
    queue += [f"{module}.{name}" for module in trees if module.endswith("__main__") for name in names[module]]
    queue += [f"{module}.{name}" for module, tree in trees.items() for name in public(tree) if name in planned]
    for module, tree in trees.items():  # programs: python -m scalinglaws...
        scope = scopes[module] | {other: f"{module}.{other}" for other in names[module]}
        for node in tree.body:
            if isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'":
                queue += _used(node, scope)
    seen, run = set(), set()
    while queue:
        full = queue.pop()
        module, _, name = full.rpartition(".")
        if full in seen or module not in trees:
            continue
        seen.add(full)
        if name not in names[module]:  # brought in from elsewhere
            queue += [scopes[module][name]] if name in scopes[module] else []
            continue
        scope = scopes[module] | {other: f"{module}.{other}" for other in names[module]}
        for node in names[module][name]:
            queue += _used(node, scope)
        if module not in run:  # what runs when the module is imported
            run.add(module)
            loose = [node for node in _statements(trees[module].body) if isinstance(node, ast.Expr | ast.If | ast.For)]
            for node in loose:
                queue += _used(node, scope)
    return [
        f"{module}.{name}" for module, tree in trees.items() for name in public(tree) if f"{module}.{name}" not in seen
    ]


def _scope(tree, known, name, is_package):
    """Return what each imported name means, in full."""
    return {
        item.alias: f"{item.module}.{item.name}" if item.name else item.alias
        for item in imports(tree, name, is_package)
    }


def _used(tree, scope):
    """Yield, in full, what a tree uses of what its scope knows: `name`, or `module.name`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in scope:
            yield scope[node.id]
        elif isinstance(node, ast.Attribute):
            parts = [node.attr]
            while isinstance(node := node.value, ast.Attribute):
                parts.append(node.attr)
            if isinstance(node, ast.Name) and node.id in scope:
                yield ".".join([scope[node.id], *reversed(parts)])


def _homes(root):
    """Return where the root finds each of its names: the dictionary `_HOME`."""
    for node in ast.walk(_parsed(root / PACKAGE / "__init__.py")):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_HOME":
            return ast.literal_eval(node.value)
    return {}


def _all_of(root, file):
    path = root / PACKAGE / file
    for node in _parsed(path).body if path.exists() else []:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def _entry_points(root):
    """Return the names that pyproject.toml gives to other programs."""
    text = (root / "pyproject.toml").read_text("utf-8") if (root / "pyproject.toml").exists() else ""
    return [f"{module}.{name}" for module, name in re.findall(r'"(scalinglaws[\w.]*):(\w+)"', text)]


def _shown_on_pages(root):
    """Return the live figures that pages which are no notebooks show by name."""
    pages = [path.read_text("utf-8") for folder in (".", "reference") for path in (root / folder).glob("*.md")]
    return [f"scalinglaws.book.front.{name}" for text in pages for name in re.findall(r"\{live-figure\} (\w+)", text)]


def main():
    """Print what breaks each rule."""
    root = Path(sys.argv[1]).resolve() if sys.argv[1:] else ROOT
    n_broken = 0
    for rule in RULES:
        problems = list(rule(root))
        n_broken += len(problems)
        print(f"{rule.__name__}: {len(problems) or 'kept'}")
        for problem in problems:
            print(f"    {problem}")
    sys.exit(bool(n_broken))


if __name__ == "__main__":
    main()
