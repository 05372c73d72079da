"""Four players of lab 9 in many worlds of the forecast: points behind the best plan in hindsight. Does it pay to look?

even, one run
    The two naive plans.
fixed
    Of 40 plans, each the best of another world in hindsight, the one with the best mean worth in 400 worlds; never changed.
replan
    The same 40 plans. Each year it draws 200 worlds by how well they explain what was seen, as the lab's cell does, and takes
    the year of the plan that is best in them on average, with what is left.

With 40 worlds (a minute of one core), means with 95 % intervals; in the last row the difference, world by world:

                   mean           median   largest
even               16.9 +- 1.7    16.7     27.8
one run            26.3 +- 3.8    25.7     52.2
fixed               9.4 +- 1.6     7.8     22.5
replan              6.3 +- 1.1     6.4     21.1
fixed less replan   3.1 +- 1.4     2.4     12.7

Looking pays, by less than a band of the lab (3.9 points) on average, and the largest loss is hardly smaller.
"""

import argparse

import numpy as np

from scalinglaws.course.director import NAIVE, NOISE, Director, DirectorWorld, director_score, draw, hindsight, play

FORECAST = draw(20_000)


def believed(game, rng, n=200):
    """Return n worlds of the forecast, drawn by how well each explains what was seen; at least 50 count."""
    out, misfit, count = play(FORECAST, game.plan), np.zeros(20_000), 0
    for t, row in enumerate(game.seen):
        for name, value in row.items():
            misfit += np.nan_to_num((getattr(out, name)[:, t] - value) / NOISE[name]) ** 2
    misfit = (misfit - misfit.min()) / 2
    while count < 50:
        weight = np.exp(-misfit) / np.exp(-misfit).sum()
        count, misfit = 1 / np.sum(weight**2), 0.9 * misfit
    kept = rng.choice(20_000, n, p=weight)
    return DirectorWorld(*(values[kept] for values in FORECAST))


def mean_worth(worlds, plans):
    """Return the mean worth of each plan over worlds."""
    return play(DirectorWorld(*(values[None] for values in worlds)), plans[:, None]).worth.mean(axis=(1, 2))


def replanned(seed, library):
    """Return the plan of the player that looks."""
    game, rng = Director(seed), np.random.default_rng(seed)
    for t in range(5):
        plans = library.copy()
        plans[:, :t] = game.plan[:t]
        plans[:, t:] *= (game.left / np.maximum(plans[:, t:].sum(axis=(1, 2)), 1e-9))[:, None, None]
        best = mean_worth(believed(game, rng), plans).argmax()
        game.year(*np.floor(100 * plans[best, t]) / 100)
    return game.plan


def main():
    """Print a row for each player, and one for the difference of fixed and replan world by world."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--worlds", type=int, default=40)
    n = parser.parse_args().worlds
    library = np.stack([hindsight(seed) for seed in range(300, 340)])
    fixed = library[mean_worth(draw(400), library).argmax()]
    points = {"even": [], "one run": [], "fixed": [], "replan": []}
    for seed in range(400, 400 + n):
        plans = {**NAIVE, "fixed": fixed, "replan": replanned(seed, library)}
        for name, plan in plans.items():
            points[name].append(director_score(seed, plan).points)
    points["fixed less replan"] = np.subtract(points["fixed"], points["replan"])
    for name, values in points.items():
        off = 1.96 * np.std(values) / n**0.5
        middle, worst = np.median(values), np.max(values)
        print(f"{name:18} {np.mean(values):5.1f} +- {off:.1f}   median {middle:5.1f}   largest {worst:5.1f}")


if __name__ == "__main__":
    main()
