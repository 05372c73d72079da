"""Cost of the Monte Carlo of the exhaustion date: python benchmarks/exhaustion.py

Prints processor time, best of several, for 1e5 draws of the full model; of its sensitivities and of the dots of the
picture; and beside them, in the same run, the least that any such model must do: draw as many normal numbers.
"""

import time

import numpy as np

from scalinglaws.laws.chance import quantile_dots
from scalinglaws.laws.text.stocks import exhaustion

N_DRAWS, REPEATS, ALLOWED = 100_000, 15, 50e-3


def best(function):
    """Return the least processor time of several calls, in seconds."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times)


def main():
    """Measure and print; fail if the model is over its allowance."""
    dates = exhaustion(N_DRAWS)
    rng = np.random.default_rng(0)
    normals = sum(np.ptp(draws) > 0 for draws in dates.inputs.values())
    model = best(lambda: exhaustion(N_DRAWS))
    least = best(lambda: np.exp(rng.standard_normal((normals, N_DRAWS))))
    rows = [
        (f"{N_DRAWS:.0e} draws of the exhaustion date", model),
        (f"{normals} lognormals alone", least),
        ("sensitivities (rank correlations)", best(dates.shares)),
        ("20 dots", best(lambda: quantile_dots(dates.value))),
    ]
    for what, seconds in rows:
        print(f"{what:38s} {1e3 * seconds:7.2f} ms CPU {seconds / least:7.2f} x lognormals alone")
    print(f"allowed {1e3 * ALLOWED:.0f} ms for the draws: {'met' if model <= ALLOWED else 'MISSED'}")
    return model <= ALLOWED


if __name__ == "__main__":
    raise SystemExit(not main())
