"""What a result says: as JSON, as text, and as a row of a paper's table."""

from dataclasses import fields, is_dataclass
from importlib.metadata import version

import numpy as np

_LEVEL = 0.95
_N_RESAMPLES = 4000
_SIGNS = {"alpha": r"\alpha", "beta": r"\beta", "alpha_N": r"\alpha_N", "alpha_D": r"\alpha_D"}


def plain(value):
    """Return a result, or a part of one, as what JSON has: numbers, texts, lists, dicts; None for what is not finite.

    >>> plain({"low": np.float64(0.5), "high": np.inf, "sizes": np.array([1, 2])})
    {'low': 0.5, 'high': None, 'sizes': [1, 2]}
    """
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if hasattr(value, "_asdict"):
        return plain(value._asdict() | {k: v for k, v in getattr(value, "__dict__", {}).items() if k != "warnings"})
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, Recorded):
        return plain(value.facts())
    if is_dataclass(value):
        return {part.name: plain(getattr(value, part.name)) for part in fields(value)}
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not np.isfinite(value) else value


class Recorded:
    """A fit that can be handed over. It has `facts()`, a dict of what it knows, and `interval(name)` for its `constants`."""

    def to_dict(self, level=_LEVEL, n_resamples=_N_RESAMPLES, **stated):
        """Return the fit as a dict ready for JSON: constants, intervals, bounds, warnings, version, and what is `stated`.

        State what only you know: ``unit="bits per byte"``, ``n_params="without embeddings"``.
        """
        constants = self.facts()["constants"]
        intervals = {name: self.interval(name, level, n_resamples) for name in constants}
        noted = {str(warning): warning for interval in intervals.values() for warning in interval.warnings}
        facts = self.facts() | {"intervals": intervals, "warnings": list(noted.values()) or self.warnings}
        return plain({"fit": type(self).__name__, **facts, "stated": stated, "scalinglaws": version("scalinglaws")})

    def report(self, level=_LEVEL, n_resamples=_N_RESAMPLES, **stated):
        """Return the fit as text: what its repr says, an interval for each constant, and what is `stated`."""
        said = self.to_dict(level, n_resamples, **stated)
        known = {str(warning) for warning in self.warnings}
        refits = [
            warning for warning in said["warnings"] if "{kind} ({about}): {reason}".format(**warning) not in known
        ]
        ends = said["intervals"]
        return "\n".join([
            repr(self),
            *(f"  {name:<11} {value:.6g}, {level:.0%}: {ends[name]['low']:.4g} to {ends[name]['high']:.4g}"
              for name, value in said["constants"].items()),
            *(f"  refits      {warning['reason']}" for warning in refits),
            *(f"  stated      {name}: {value}" for name, value in stated.items()),
            f"  made by     scalinglaws {said['scalinglaws']}",
        ])  # fmt: skip

    def latex(self, level=_LEVEL, n_resamples=_N_RESAMPLES, names=None):
        r"""Return two rows of a LaTeX table, with heads and ``0.348\,[0.31, 0.39]``: every constant, or those in `names`."""
        said = self.to_dict(level, n_resamples)
        names = list(said["constants"]) if names is None else list(names)
        cells = [
            f"${_tex(said['constants'][name])}\\,[{', '.join(map(_tex, list(said['intervals'][name].values())[:2]))}]$"
            for name in names
        ]
        return " & ".join(f"${_SIGNS.get(name, name)}$" for name in names) + " \\\\\n" + " & ".join(cells) + " \\\\"


def _tex(value):
    digits, _, power = f"{value:.3g}".partition("e")
    return digits + (f" \\times 10^{{{int(power)}}}" if power else "")
