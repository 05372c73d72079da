"""Pictures: the figures of the book, the live ones of its pages, and the instruments of the labs."""

import os
import sys

if sys.platform == "emscripten":
    # ipywidgets repeats every change to all who watch a kernel. In a browser there is one reader, who made it.
    os.environ.setdefault("JUPYTER_WIDGETS_ECHO", "0")
