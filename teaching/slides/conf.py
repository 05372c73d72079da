"""The decks of slides: a small Sphinx project of its own. The directives that take figures from the book are in `_ext/decks.py`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "_ext"))

project = "Orders of Magnitude"
author = "The authors of Orders of Magnitude"
copyright = "2026"
language = "en"
extensions = ["myst_parser", "sphinx_revealjs", "decks"]
myst_enable_extensions = ["attrs_inline", "colon_fence", "dollarmath"]
templates_path = ["templates"]
exclude_patterns = ["README.md"]
html_copy_source = False
html_show_sourcelink = False
revealjs_static_path = ["static"]
revealjs_style_theme = "slides.css"
revealjs_script_conf = {
    "width": 1280,
    "height": 720,
    "margin": 0.03,
    "center": False,
    "hash": True,
    "slideNumber": "c/t",
    "transition": "none",
    "pdfSeparateFragments": False,
}
revealjs_script_plugins = [{"name": "RevealNotes", "src": "revealjs/plugin/notes/notes.js"}]
