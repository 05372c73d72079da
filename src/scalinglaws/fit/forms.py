"""Functional forms of L(N, D) that can be fitted to the same runs and compared."""

from scalinglaws.check import one_of
from scalinglaws.fit.chinchilla import fit_chinchilla
from scalinglaws.fit.kaplan import fit_kaplan


def _with(**held):
    def fit(*columns, **settings):
        return fit_chinchilla(*columns, **held, **settings)

    return fit


FORMS = {
    "chinchilla": fit_chinchilla,  # E + A / N^alpha + B / D^beta
    "no_floor": _with(fixed={"E": 0.0}),
    "tied": _with(tied=("alpha", "beta")),
    "kaplan": fit_kaplan,  # [(N_c / N)^(alpha_N / alpha_D) + D_c / D]^alpha_D
}


def fit_form(name, n_params, n_tokens, loss, **settings):
    """Fit one of the `FORMS` by name.

    Parameters
    ----------
    name : str
        chinchilla: E + A / N^alpha + B / D^beta; no_floor: the same with E = 0; tied: with alpha = beta; kaplan: the
        joint form of Kaplan et al. 2020.
    n_params, n_tokens, loss, settings
        As in `fit_chinchilla`: objective, delta, weights.

    Returns
    -------
    ChinchillaFit or KaplanFit
        With `.loss(n_params, n_tokens)` and `.objective`.

    Raises
    ------
    ValueError
        If the form is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> n, d = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e6, 1e9, 5), np.geomspace(1e8, 1e10, 5)))
    >>> loss = 1.8 + 480 / n**0.35 + 2085 / d**0.37
    >>> fit_form("no_floor", n, d, loss).objective > fit_form("chinchilla", n, d, loss).objective
    True
    """
    one_of("form", name, FORMS)
    return FORMS[name](n_params, n_tokens, loss, **settings)
