"""Pack the built site, and what belongs to it, into one file that opens without a network.

Usage: python tools/release.py [FOLDER]     (default: _build/html; writes dist/orders-of-magnitude-VERSION.zip)

In it: the site with its slides and labs, with the labs' Python if the site was built with PYODIDE_DIR; the students'
notebooks; the book as a PDF and the sheets for the classroom, if they are in dist/ (make pdf, make printables).
"""

import argparse
import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKED = (".zip", ".whl", ".png", ".jpg", ".woff2", ".pdf", ".gz")  # no smaller if packed again
NOTE = """Orders of Magnitude, version {version}

Open site/index.html in a browser: text, formulas and the figures that move need nothing else.
{parts}
The labs need a server, because browsers run such programs only from one: with Python 3 on your machine, type

    python serve.py site

in this folder (python3 on a Mac or on Linux; py on Windows). It opens the site; then "Run in your browser" on a lab's page
starts that lab. {runtime}
The command serves this machine alone. For a class, put the folder "site" on a web server: {large}

What the site carries of other people's work, and under which licences: site/reference/notices.html.
"""
WITH = "The Python that the labs run is included: no network is needed."
WITHOUT = "The labs fetch the Python they run from its public home, so they need a network."
LARGE = "site/teaching/large-classes.html says how."
PLAIN = "any that sends files will do."


def extras(root, version):
    """Return what else the file holds: a path, its name there, and the line that says what it is."""
    book = root / "dist" / f"orders-of-magnitude-{version}.pdf"
    found = [(book, "orders-of-magnitude.pdf", "the chapters as one file to print")] if book.exists() else []
    sheets = root / "dist" / "printables"
    for path in sorted(sheets.rglob("*")) if sheets.is_dir() else []:
        if path.is_file():
            found.append((path, f"printables/{path.relative_to(sheets).as_posix()}", "sheets for the classroom"))
    return found


def pack(site, target, version, root=ROOT):
    """Write the file; return what is in it, as names without the folder around them."""
    for needed, what in (("index.html", "index.html"), ("reference/notices.html", "page of licences and credits")):
        if not (site / needed).exists():
            raise FileNotFoundError(f"{site} has no {what}: build the whole book first (make html)")
    others = extras(root, version)
    parts = (
        {"site/slides/index.html": "slides, a deck for each chapter"} if (site / "slides/index.html").exists() else {}
    )
    if (site / "students.zip").exists():
        parts["site/students.zip"] = "notebooks for students, without solutions"
    parts |= {name.partition("/")[0]: what for _, name, what in others}
    lines = "".join(f"{name}: {what}.\n" for name, what in parts.items())
    runtime = WITH if (site / "lite/static/pyodide").exists() else WITHOUT
    large = LARGE if (site / "teaching/large-classes.html").exists() else PLAIN
    note = NOTE.format(version=version, parts=lines and f"\nAlso here:\n\n{lines}", runtime=runtime, large=large)
    files = [(root / "tools/serve.py", "serve.py")]
    files += [(root / name, name) for name in ("LICENSE", "LICENSE-CONTENT")]
    files += [(path, name) for path, name, _ in others]
    files += [(path, f"site/{path.relative_to(site).as_posix()}") for path in sorted(site.rglob("*")) if path.is_file()]
    around = f"orders-of-magnitude-{version}"
    target.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{around}/READ-ME.txt", note)
        for path, name in files:
            how = zipfile.ZIP_STORED if path.suffix in PACKED else zipfile.ZIP_DEFLATED
            archive.write(path, f"{around}/{name}", how)
    return ["READ-ME.txt", *(name for _, name in files)]


def sizes(target):
    """Return the megabytes of each part in the file."""
    found = {}
    for entry in zipfile.ZipFile(target).infolist():
        names = entry.filename.split("/")[1:]
        part = "/".join(names[:2]) if names[0] == "site" and names[1] in ("lite", "slides", "students") else names[0]
        part = "the labs' Python" if "/lite/static/pyodide/" in entry.filename else part
        found[part] = found.get(part, 0) + entry.compress_size / 1e6
    return found


def main():
    """Write the file and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("site", nargs="?", default=ROOT / "_build/html", type=Path, metavar="FOLDER")
    site = parser.parse_args().site
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    target = ROOT / "dist" / f"orders-of-magnitude-{version}.zip"
    try:
        names = pack(site, target, version)
    except FileNotFoundError as error:
        sys.exit(str(error))
    book = ROOT / "dist" / f"orders-of-magnitude-{version}.pdf"
    if "orders-of-magnitude.pdf" not in names:
        print("without the PDF: make pdf writes it into dist/")
    elif book.stat().st_mtime < (site / "index.html").stat().st_mtime:
        print("the PDF is older than the site: make pdf writes it again")
    for part, megabytes in sizes(target).items():
        if megabytes >= 0.05:
            print(f"{megabytes:8.1f} MB  {part}")
    print(f"{target.stat().st_size / 1e6:8.1f} MB  {target.relative_to(ROOT)}, {len(names)} files")


if __name__ == "__main__":
    main()
