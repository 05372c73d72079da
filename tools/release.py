"""Pack the built site into one file that opens without a network.

Usage: python tools/release.py     (writes dist/orders-of-magnitude-VERSION.zip from _build/html)
"""

import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTE = """Orders of Magnitude, version {version}

Open site/index.html in a browser: text, formulas and the figures that move need nothing else.
The labs need a server, because browsers run such programs only from one: with Python 3 on your machine, type

    python serve.py site

in this folder. {runtime}

What the site carries of other people's work, and under which licences: site/reference/notices.html.
"""
WITH = "The Python that the labs run is included: no network is needed."
WITHOUT = "The labs fetch the Python they run from its public home, so they need a network."


def main():
    """Write the file."""
    site = ROOT / "_build/html"
    if not (site / "index.html").exists():
        sys.exit("there is no site: build the book first (make html)")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    name = f"orders-of-magnitude-{version}"
    target = ROOT / "dist" / f"{name}.zip"
    target.parent.mkdir(exist_ok=True)
    if not (site / "reference/notices.html").exists():
        sys.exit("the site has no page of licences and credits: build the whole book first")
    runtime = WITH if (site / "lite/static/pyodide").exists() else WITHOUT
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}/READ-ME.txt", NOTE.format(version=version, runtime=runtime))
        archive.write(ROOT / "tools/serve.py", f"{name}/serve.py")
        for licence in ("LICENSE", "LICENSE-CONTENT"):
            archive.write(ROOT / licence, f"{name}/{licence}")
        for path in sorted(site.rglob("*")):
            if path.is_file():
                archive.write(path, f"{name}/site/{path.relative_to(site)}")
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
