"""Checks that run inside a notebook, after its last cell: its live figures and panels, and what it has loaded.

`tools/check_notebooks.py` gives nbval a copy of each notebook with a cell before the first (`Watch`) and one after the last
(`finish`), so that one execution serves the comparison of outputs and these checks.
"""

import json
import sys
import warnings
from pathlib import Path
from time import perf_counter

import lab_walk
import numpy as np

MIME = "application/vnd.vegalite.v5+json"
NOT_IN_THE_BROWSER = {"altair", "vl_convert", "pandas", "joblib", "tqdm", "distributed", "frictionless", "sqlite3"}


class Watch:
    """Holds on to every figure and panel that a notebook makes, from now on.

    Parameters
    ----------
    path : str or Path
        The stored notebook. A lab, known by its folder, may load only what a browser has: SciPy if its first cell
        names it, and never what draws live figures.
    """

    def __init__(self, path):
        self.path, self.figures, self.panels, self.before = Path(path), [], [], loaded()
        self.is_lab = self.path.parent.name == "labs"
        if self.is_lab and "scipy" not in lab_walk.spelled(path):
            sys.modules["scipy"] = None  # as in a browser, which has not loaded it
        if self.is_lab:
            from scalinglaws.show.panel import Panel

            keep(Panel, self.panels)
        else:
            from scalinglaws.show.live import Live

            keep(Live, self.figures)

    def finish(self):
        """Compare every figure with NumPy, walk every panel, look at what was loaded; fail or return a report."""
        began = perf_counter()
        new = loaded() - self.before  # the shell itself has a few
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for panel in self.panels:
                lab_walk.walk(panel)
            if not self.is_lab:
                from live_check import compare

                for figure in self.figures:
                    compare(figure)
        stored = stored_figures(self.path)
        assert len(self.figures) == stored, f"made {len(self.figures)} live figures, {stored} are stored"
        shown = sys.modules.get("scalinglaws.show.panel")
        if self.is_lab:
            assert self.panels, "a lab has a panel"
            assert not new & NOT_IN_THE_BROWSER, f"loaded {new & NOT_IN_THE_BROWSER}, which no browser has"
            spelled = lab_walk.spelled(self.path)
            assert ("scipy" in spelled) == ("scipy" in new), f"the first cell names {spelled}; loaded: {new}"
        else:
            assert not shown or not shown.Panel.made, "a panel stands in a lab: on a page of the site it would be dead"
        return {"figures": len(self.figures), "panels": len(self.panels), "seconds": perf_counter() - began}


def loaded():
    """Return the packages that stand in memory."""
    return {name.partition(".")[0] for name, module in sys.modules.items() if module}


def keep(kind, kept):
    """Let a class append what it makes to a list: its own weak set loses what a notebook drops."""
    made = kind.__init__

    def remember(self, *args, **kwargs):
        made(self, *args, **kwargs)
        kept.append(self)

    kind.__init__ = remember


def stored_figures(path):
    """Return how many live figures a stored notebook shows."""
    cells = json.loads(Path(path).read_text("utf-8"))["cells"]
    return sum(MIME in output.get("data", {}) for cell in cells for output in cell.get("outputs", []))
