"""AI scaling laws, small enough to read in a day.

Importing the package loads NumPy alone; a name loads what it needs when it is first used.

>>> from scalinglaws import Chinchilla
>>> Chinchilla.published("besiroglu2024").optimum(1e21)  # doctest: +ELLIPSIS
Optimum(...)
"""

import logging
from importlib import import_module

_HOME = {
    "PowerLaw": "laws.training.power",
    "Chinchilla": "laws.training.chinchilla",
    "Kaplan": "laws.training.kaplan",
    "fit_power_law": "fit",
    "fit_chinchilla": "fit",
    "fit_isoflop": "fit",
    "fit_frontier": "fit",
    "best_runs": "fit",
    "next_run": "fit",
    "load": "data",
    "constant": "data",
}
__all__ = ["__version__", *_HOME]

# In the browser matplotlib announces on stderr that it builds its font cache.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)


def __getattr__(name):
    if name == "__version__":
        from importlib.metadata import version

        return version("scalinglaws")
    if name not in _HOME:
        raise AttributeError(f"scalinglaws has no {name}; it has {', '.join(_HOME)}")
    return getattr(import_module(f"scalinglaws.{_HOME[name]}"), name)


def __dir__():
    return sorted([*globals(), *__all__])
