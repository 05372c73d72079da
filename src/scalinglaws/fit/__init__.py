"""Estimators of scaling laws, with intervals, warnings and held-out scores; NumPy alone.

>>> import numpy as np
>>> from scalinglaws.fit import fit_power_law
>>> x = np.geomspace(1, 1e4, 9)
>>> print(f"{fit_power_law(x, 1.7 + 2 * x**-0.3).exponent:.3f}")
0.300
"""

from scalinglaws.fit.best import best_runs
from scalinglaws.fit.chinchilla import FORMS, fit_chinchilla, fit_form, fit_power_law
from scalinglaws.fit.design import next_run
from scalinglaws.fit.engine.warnings import FitWarning
from scalinglaws.fit.frontier import fit_frontier
from scalinglaws.fit.isoflop import fit_isoflop
from scalinglaws.fit.kaplan import fit_kaplan
from scalinglaws.fit.score import compare_forms, expanding_window, held_out

__all__ = [
    "FORMS",
    "FitWarning",
    "best_runs",
    "compare_forms",
    "expanding_window",
    "fit_chinchilla",
    "fit_form",
    "fit_frontier",
    "fit_isoflop",
    "fit_kaplan",
    "fit_power_law",
    "held_out",
    "next_run",
]
