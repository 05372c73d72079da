"""Panels of lab 9: the desk of a year, plans in a world that is changed, a run that waits."""

from functools import cache

import numpy as np

from scalinglaws.check import one_of
from scalinglaws.course.director import BUDGET, N_YEARS, SPENDING, Director, hindsight, play, world_of
from scalinglaws.show.controls import buttons, choice, log_slider, slider, whole_slider
from scalinglaws.show.figures import COLORS, set_axes
from scalinglaws.show.panel import Panel, paper

_COLORS = dict(zip(SPENDING, ("blue", "sky", "green", "gold", "purple"), strict=True))
_PROPERTIES = {
    "nothing": "",
    "text at hand": "text",
    "text for a unit of money": "text_price",
    "wrong answers that the checker passes": "passed",
    "growth of the best run": "compute",
    "gain by methods": "methods",
    "what thinking is worth": "thinking",
    "returns of research": "returns",
}
_THIRDS = {
    "a third by growth of the best run": "compute",
    "a third by gain by methods": "methods",
    "a third by operations for money": "price",
    "a third by how far open models are behind": "lag",
    "a third by what ten times the tries are worth": "thinking",
    "a third by returns of research": "returns",
}
_YEARS = np.arange(1, N_YEARS + 1)


def open_years(game, row):
    """Return the plan of a game with `row` in its next year and, in the years after, equal parts of what is left, split alike.

    A row that costs more than what is left is made smaller.
    """
    t, plan = len(game.seen), game.plan.copy()
    row = np.asarray(row, float)
    plan[t] = row * min(1, game.left / max(row.sum(), 1e-9))
    split = row / row.sum() if row.sum() else np.full(len(SPENDING), 1 / len(SPENDING))
    for later in range(t + 1, N_YEARS):
        plan[later] = split * max(BUDGET - plan[: t + 1].sum(), 0) / (N_YEARS - t - 1)
    return plan


def finished(game):
    """Return the game with its open years played: equal parts of what is left, split as in the year before."""
    rest, last = Director(game.seed, game.plan[: len(game.seen)]), game.plan[max(len(game.seen) - 1, 0)]
    for t in range(len(game.seen), N_YEARS):
        rest.year(*np.floor(open_years(rest, last * rest.left / (N_YEARS - t) / max(last.sum(), 1e-9))[t] * 100) / 100)
    return rest


def desk(game, worlds):
    """Return the panel on which the next year is split, with what `worlds` make of it; the fifth again if all are played."""
    row = game.plan[len(game.seen) - 1] if game.seen else np.array([8.0, 1, 6, 2, 3])
    if len(game.seen) == N_YEARS:
        game = Director(game.seed, game.plan[:-1])
    row = np.floor(2 * row * min(1, game.left / max(row.sum(), 1e-9))) / 2  # the desk starts with what can be paid
    t, colors = len(game.seen), [COLORS[color] for color in _COLORS.values()]
    figure = paper(height=3.9)
    money, gain = figure.subplots(1, 2)
    set_axes(money, "year", "money", "", xlim=(0.4, 5.6), ylim=(0, 105), xticks=_YEARS)
    set_axes(gain, "year", "right minus wrong (%)", "", xlim=(0.4, 5.6), ylim=(-20, 101), xticks=_YEARS)
    bars = [
        money.bar(_YEARS, 0 * _YEARS, 0.7, color=color, label=item)
        for item, color in zip(SPENDING, colors, strict=True)
    ]
    money.legend(loc="upper right", fontsize=8)
    patches = [bar for item in bars for bar in item[t:]]  # those of years that were played stay as they are
    for i, seen in enumerate(game.seen):
        worth, off = 100 * (seen["right"] - seen["wrong"]), 6.3
        gain.errorbar(i + 1, worth, off, fmt="o", color=COLORS["black"], capsize=3)
    spans = gain.vlines(_YEARS, 0, 0, color=COLORS["sky"], lw=9)
    (middles,) = gain.plot([], [], "_", color=COLORS["blue"], ms=14, mew=2)

    def move(**row):
        asked = sum(row.values())
        plan = open_years(game, list(row.values()))
        base = np.zeros(N_YEARS)
        for item, values in zip(bars, plan.T, strict=True):
            for i, bar in enumerate(item):
                bar.set(y=base[i], height=values[i], alpha=1 if i < t else 0.75 if i == t else 0.35)
            base = base + values
        out = play(worlds, plan)
        future, tried = 100 * out.worth, np.quantile(100 * out.served[..., t], [0.1, 0.5, 0.9])
        money.set_ylim(0, 40 if base.max() <= 40 else 105)
        low, middle, high = np.quantile(future, [0.1, 0.5, 0.9], axis=0)
        spans.set_segments([[(year, a), (year, b)] for year, a, b in zip(_YEARS[t:], low[t:], high[t:], strict=True)])
        middles.set_data(_YEARS[t:], middle[t:])
        low, middle, high = np.quantile(future.mean(axis=-1), [0.1, 0.5, 0.9])
        over = f" You asked for {asked:g}; it was made smaller." if asked > game.left else ""
        return (
            f"Year {t + 1}: {plan[t].sum():.1f} of {game.left:.1f} spent, {game.left - plan[t].sum():.1f} left for later.{over} "
            f"Forecast: {tried[1]:.0f} % of this year's questions are tried ({tried[0]:.0f} to {tried[2]:.0f}, 80 %); the worth "
            f"of all five years is {middle:.0f} % ({low:.0f} to {high:.0f})."
        )

    start = dict(zip(SPENDING, row, strict=True))
    labels = {
        "size": "size (operations for a run)",
        "data": "data (text that is bought)",
        "inference": "inference (one answer each)",
        "samples": "samples (more tries)",
        "research": "research (methods)",
    }
    return Panel(
        figure,
        move,
        [*patches, spans, middles],
        "Left, the money of five years as stacked bars: years that were played in full colour, the year on the desk lighter, later "
        "years faint. Right, questions answered right minus wrong: black dots with bars as they were graded, and for years to "
        "come blue spans that hold four of five worlds, with their middle.",
        **{item: slider(labels[item], min(float(start[item]), 70), 0, 70, 0.5, digits=1) for item in SPENDING},
    )


def stress(seeds, plans=None):
    """Return the panel in which plans, by default the best of each world in hindsight, are tried where one thing changes."""
    plans = {f"best of world {seed}": hindsight(seed) for seed in seeds} if plans is None else plans
    figure = paper(height=3.7)
    axes = set_axes(
        figure.add_subplot(), "year", "right minus wrong (%)", "", xlim=(0.8, 5.2), ylim=(-25, 100), xticks=_YEARS
    )
    axes.axhline(0, color="0.8", lw=1)
    styles = zip(plans, ("blue", "orange", "green", "purple"), ("o-", "s--", "^-.", "D:"), strict=False)
    lines = {name: axes.plot([], [], style, color=COLORS[color], label=name)[0] for name, color, style in styles}
    axes.legend(loc="upper left", ncols=2)

    def move(seed, changed, factor):
        world = world_of(seed)
        if changed:
            most = {"passed": 0.6}.get(changed, np.inf)
            world = world._replace(**{changed: min(getattr(world, changed) * factor, most)})
        means = {}
        for name, line in lines.items():
            worth = 100 * play(world, plans[name]).worth
            line.set_data(_YEARS, np.clip(worth, -25, 100))
            means[name] = worth.mean()
        ranked = sorted(means, key=means.get, reverse=True)
        told = "; ".join(f"{name} {means[name]:.0f}" for name in ranked)
        what = f", {next(k for k, v in _PROPERTIES.items() if v == changed)} times {factor:.3g}" if changed else ""
        return f"World {seed}{what}. Worth over five years, % of the questions: {told}."

    return Panel(
        figure,
        move,
        list(lines.values()),
        "Questions answered right minus wrong, in per cent, in each of five years: a line for each plan, all played in the same world.",
        seed=buttons("world", {str(seed): seed for seed in seeds}),
        changed=choice("what is changed", _PROPERTIES),
        factor=log_slider("to how many times its value", 1, 0.01, 100, 10, enabled_when=lambda s: s["changed"] != ""),
    )


def one_run(year, money, tries, research=0.0, until=0):
    """Return the plan with one run in a year (1 to 5), or none, and the rest of the money on answers, the same each year.

    A tenth of the run's money buys text. `tries` is what every question gets; research is spent in years 1 to `until`.
    """
    one_of("year", year, [0, *range(1, N_YEARS + 1)])
    plan = np.zeros((N_YEARS, len(SPENDING)))
    plan[:until, 4] = research
    if year:
        plan[year - 1, :2] = 0.9 * money, 0.1 * money
    answers = (BUDGET - plan.sum()) / N_YEARS
    plan[:, 2], plan[:, 3] = answers / tries, answers * (1 - 1 / tries)
    return plan


def third(worlds, field, end):
    """Return which worlds are in the third where an input is lowest (end -1) or highest (end 1); all where `field` is empty."""
    values = end * getattr(worlds, field or "compute")
    return (values > np.quantile(values, 2 / 3)) | (not field)


def waiting(worlds):
    """Return the panel in which one run waits for cheaper operations, set beside the same money spent on answers."""
    figure = paper(height=3.6)
    axes = set_axes(
        figure.add_subplot(),
        "the run's gain over no run (points, all five years)",
        "worlds with a smaller gain (%)",
        "",
        xlim=(-25, 25),
        ylim=(0, 100),
    )
    axes.axvline(0, color="0.6", lw=1)
    (line,) = axes.plot([], [], color=COLORS["blue"])
    (dot,) = axes.plot([], [], "o", color=COLORS["orange"])

    @cache
    def no_run(*answers):
        return play(worlds, one_run(0, 0, *answers)).worth.mean(axis=-1)

    def move(year, money, tries, research, until, field, end):
        answers = tries, research if until else 0.0, until
        with_run, none = play(worlds, one_run(year, money, *answers)).worth.mean(axis=-1), no_run(*answers)
        kept = third(worlds, field, end)
        with_run, none = with_run[kept], none[kept]
        gain, off = np.sort(100 * (with_run - none)), 196 * np.std(with_run - none) / np.sqrt(kept.sum())
        line.set_data(np.clip(gain, -25, 25), 100 * (np.arange(gain.size) + 0.5) / gain.size)
        dot.set_data([np.clip(gain.mean(), -25, 25)], [50])
        low, high = np.quantile(gain, [0.1, 0.9])
        return (
            f"A run of {money:g} in year {year}: worth {100 * with_run.mean():.1f} % of the questions on average, no run "
            f"{100 * none.mean():.1f}. Mean gain of {gain.size} worlds {gain.mean():+.1f} +- {off:.1f} points; in four of five of "
            f"them {low:+.0f} to {high:+.0f}; above zero in {100 * np.mean(gain > 0):.0f} %."
        )

    return Panel(
        figure,
        move,
        [line, dot],
        "A rising curve: the share of the worlds of the forecast in which a run gains less than so many points over the same "
        "money spent on answers. An orange dot at half height is the mean gain.",
        year=whole_slider("year of the run", 1, 1, N_YEARS),
        money=slider("money for the run (a tenth buys text)", 30, 5, 60, 5, digits=0),
        tries=slider("tries at each question", 1, 1, 5, 0.25),
        until=whole_slider("years with research, from the first", 0, 0, N_YEARS),
        research=slider("research in each of them", 3, 0.5, 7.5, 0.5, digits=1, enabled_when=lambda s: s["until"] > 0),
        field=choice("worlds that count", {"all of the forecast": "", **_THIRDS}),
        end=buttons("of that input", {"lowest third": -1, "highest third": 1}, enabled_when=lambda s: s["field"] != ""),
    )
