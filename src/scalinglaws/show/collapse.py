"""Lab 6's generator: normal distributions fitted to their own samples, generation after generation, to be broken."""

import numpy as np

from scalinglaws.laws.text.copies import generations
from scalinglaws.show.controls import buttons, log_slider, slider, whole
from scalinglaws.show.figures import COLORS, set_axes
from scalinglaws.show.panel import Panel, paper

N_CHAINS = 400
SHOWN = 25


def chains(keep, n_samples, n_generations, real_share=0.0, seed=0):
    """Run many chains of fits; the share of real data counts only where each generation replaces the last.

    Parameters
    ----------
    keep : str
        replace or accumulate.
    n_samples, n_generations, seed : int
        As in `scalinglaws.laws.text.copies.generations`.
    real_share : float
        Share of every training set that is real, 0 to 1.

    Returns
    -------
    Chains

    Examples
    --------
    >>> bool(chains("replace", 20, 50).typical()[-1] < 0.2 < chains("accumulate", 20, 50).typical()[-1])
    True
    """
    share = real_share if keep == "replace" else 0.0
    return generations(keep, n_samples, n_generations, N_CHAINS, seed, share)


def generator():
    """Return the panel that shows what is left of a distribution after so many generations.

    Returns
    -------
    Panel
    """
    from matplotlib.collections import LineCollection

    figure = paper(height=3.4)
    axes = set_axes(figure.add_subplot(), "value", "density", "", xlim=(-4, 4), ylim=(0, 1.6))
    x = np.linspace(-4, 4, 161)
    axes.plot(x, _density(x, 0, 1), color=COLORS["black"], lw=2.5)
    fits = LineCollection([], colors=COLORS["blue"], linewidths=1, alpha=0.6)
    axes.add_collection(fits)

    def move(keep, n_samples, n_generations, real_share):
        n_samples = round(n_samples)
        run = chains(keep, n_samples, n_generations, real_share)
        last = zip(run.means[:SHOWN, -1], np.sqrt(run.variances[:SHOWN, -1]), strict=True)
        fits.set_segments([np.column_stack([x, _density(x, mean, max(sd, 1e-3))]) for mean, sd in last])
        typical = run.typical()[-1]
        inside = np.mean(np.abs(run.variances[:, -1] - 1) < 0.2)
        return (
            f"{n_samples} samples, generation {n_generations}: a typical chain has {100 * typical:.3g} % of the variance left; "
            f"{100 * inside:.0f} % of the chains are within a fifth of the truth."
        )

    return Panel(
        figure,
        move,
        [fits],
        "A black bell curve, the truth, and twenty-five blue bell curves, what as many chains believe after the last "
        "generation; when each generation replaces the last they are narrow, tall and scattered.",
        keep=buttons("each generation learns from", {"the last one": "replace", "all so far": "accumulate"}),
        n_samples=log_slider("samples per generation", 100, 10, 10_000, per_decade=10),
        n_generations=whole("generations", 50, 1, 200),
        real_share=slider("share of real data in each", 0, 0, 0.5, 0.01),
    )


def _density(x, mean, deviation):
    return np.exp(-(((x - mean) / deviation) ** 2) / 2) / (deviation * np.sqrt(2 * np.pi))
