"""Say whether a laptop is ready for the labs: which Python, which packages, one figure and one slider.

Usage: python tools/set_up_check.py     (in a notebook: %run ../../tools/set_up_check.py)

In a notebook the slider moves the figure; elsewhere the figure is written to set-up-check.png. Exit status 1: not ready.
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

OLDEST = (3, 11)


def numbers(text):
    """Return the numbers of a version, so that 1.10 comes after 1.9."""
    return tuple(map(int, re.findall(r"\d+", text)[:3]))


def packages():
    """Return name, version that is there or nothing, and the oldest that will do, of each package that the labs need."""
    rows = []
    for needed in requires("scalinglaws"):
        if found := re.fullmatch(r"([\w-]+)>=([\d.]+)", needed):
            rows.append((found[1], present(found[1]), found[2]))
    return [*rows, ("jupyterlab", present("jupyterlab"), "4.0")]


def present(name):
    """Return the version of an installed package, or nothing."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def report():
    """Print what is there; return what is missing, in words."""
    print(f"Python {sys.version.split()[0]}")
    missing = [] if sys.version_info >= OLDEST else [f"Python {OLDEST[0]}.{OLDEST[1]} or later"]
    if not present("scalinglaws"):
        return [*missing, "the course's package (type: pip install -e . in the course's folder)"]
    for name, here, oldest in packages():
        good = bool(here) and numbers(here) >= numbers(oldest)
        print(f"{name} {here or 'is missing'}{'' if good else f': needs {oldest} or later'}")
        missing += [] if good else [f"{name} {oldest} or later"]
    return missing


def panel():
    """Return a figure with a slider: what ten times the compute buys, by exponent."""
    import numpy as np

    from scalinglaws.show.controls import slider
    from scalinglaws.show.panel import Panel, paper

    picture, compute = paper(), np.geomspace(1, 1e6, 100)
    axes = picture.add_subplot(xscale="log", yscale="log", xlabel="compute", ylabel="loss", ylim=(0.1, 1.2))
    (line,) = axes.plot(compute, compute**-0.05)

    def move(exponent):
        line.set_ydata(compute**-exponent)
        return f"Ten times the compute removes {1 - 10**-exponent:.0%} of the loss."

    alt = "A straight line on log-log paper that falls to the right."
    return Panel(picture, move, [line], alt, exponent=slider("exponent", 0.05, 0.01, 0.15, 0.01))


def in_notebook():
    """Return whether this runs in IPython, which shows widgets. (Importing ipywidgets alone loads IPython too.)"""
    return "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None


def main():
    """Look, draw, and say whether all is well."""
    missing = report()
    if missing:
        print("Not ready. Missing: " + "; ".join(missing))
        return 1
    made = panel()
    if in_notebook():
        from IPython.display import display

        display(made)
        print("Ready, if a curve stands above and the slider moves it.")
    else:
        Path("set-up-check.png").write_bytes(made.render(made.state).png)
        print("Ready: the figure is in set-up-check.png. The slider is for notebooks.")
    return 0


if __name__ == "__main__":
    status = main()
    if not in_notebook():
        sys.exit(status)
