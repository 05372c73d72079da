"""Measured series: two whose law is hidden, and one that the course measured itself."""

from dataclasses import dataclass, field, replace

import numpy as np

from scalinglaws.check import number, positive
from scalinglaws.data import load
from scalinglaws.laws.training.power import PowerLaw

NAMES = ("North", "South")


@dataclass(frozen=True)
class Series:
    """Losses measured along one quantity, with a law behind them that is not shown before it is asked for.

    Parameters
    ----------
    name : str
        Who measured.
    x : ndarray, shape (n,)
        Training compute in FLOP, rising.
    y : ndarray, shape (n,)
        Loss in nats per token.
    noise : float
        Relative scatter of one measurement (standard deviation).
    quantity : str
        Label of y on an axis; a name of the notation page or a text.
    truth : PowerLaw, optional
        What the measurements scatter about, where somebody knows it.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    noise: float
    quantity: str = "loss"
    truth: PowerLaw | None = field(default=None, repr=False)

    def with_run(self, x, seed=0):
        """Return the series with one more measurement, at x.

        Parameters
        ----------
        x : float
            Training compute in FLOP.
        seed : int
            Of the scatter.

        Returns
        -------
        Series

        Examples
        --------
        >>> north, south = two_labs(seed=1)
        >>> len(north.with_run(1e21).x) - len(north.x)
        1
        """
        scatter = np.exp(self.noise * np.random.default_rng([seed, len(self.x), *self.name.encode()]).standard_normal())
        y = np.append(self.y, self.truth(number("x", x)) * scatter)
        return replace(self, x=np.append(self.x, x), y=y)


def two_labs(seed, noise=0.015, n_runs=13):
    """Return two series that one ruler fits alike over two decades: one has a floor, the other none.

    Parameters
    ----------
    seed : int
        Of the scatter, the floor, and which of the two has it.
    noise : float
        Relative scatter of a measurement.
    n_runs : int
        Runs per series, evenly spaced in the logarithm from 1e18 to 1e20 FLOP.

    Returns
    -------
    tuple of Series

    Examples
    --------
    >>> [series.name for series in two_labs(seed=1)]
    ['North', 'South']
    """
    rng = np.random.default_rng(seed)
    x = np.geomspace(1e18, 1e20, n_runs)
    straight = PowerLaw.through(x[0], 4.0, x[-1], 4.0 * 100 ** -rng.uniform(0.085, 0.095))
    bent = PowerLaw.through(x[0], 4.0, x[-1], straight(x[-1]), floor=rng.uniform(1.4, 1.6))
    laws = [straight, bent] if rng.random() < 0.5 else [bent, straight]
    scatter = np.exp(positive("noise", noise) * rng.standard_normal((2, n_runs)))
    return tuple(
        Series(name, x, law(x) * s, noise, truth=law) for name, law, s in zip(NAMES, laws, scatter, strict=True)
    )


def our_runs(least_flop, most_flop, name="ours"):
    """Return the lowest loss of the course's own training runs at each budget and seed.

    Parameters
    ----------
    least_flop, most_flop : float
        Budgets in FLOP, both included.
    name : str
        Name of the series.

    Returns
    -------
    Series
        Models of Python's standard library, loss in nats per character, three seeds at each budget.

    Raises
    ------
    ValueError
        If no run is between the two.

    Examples
    --------
    >>> our_runs(1e9, 1e10).x.size
    9
    """
    runs = load("runs")
    budget, wanted = runs["budget_flop"], (runs["kind"] == "isoflop") & (runs["corpus"] == "stdlib")
    wanted &= (runs["status"] == "ok") & (budget >= number("least_flop", least_flop)) & (budget <= most_flop)
    if not wanted.any():
        raise ValueError(f"most_flop must reach a measured budget, got {least_flop} to {most_flop}")
    cells = sorted({*zip(budget[wanted], runs["seed"][wanted], strict=True)})
    best = [runs["loss"][wanted & (budget == flop) & (runs["seed"] == seed)].min() for flop, seed in cells]
    return Series(name, np.array([flop for flop, _ in cells]), np.array(best), 0.005, "loss (nats per character)")
