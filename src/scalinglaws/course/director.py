"""The game of lab 9: one budget over five years, in a world that is drawn from the forecast of chapter 16.

A plan is a table of money, a row for each year and a column for each of `SPENDING`; all of it is 100, what four of today's
largest runs cost, and what a year leaves is there in the next. In year t = 0 to 4 of a world:

    price     a unit of money buys 10^(t price) times today's operations (ch. 12)
    methods   s decades are saved by own research, in training and in answering; research r adds returns methods sqrt(r / 20)
    text      own unique tokens; a unit of `data` adds text_price (ch. 11)
    run       C = size 10^(t price) FLOP; its size is k times the best for its loss, k = size_for_share(s), s the share
              of training in the bill of the year (ch. 13); D = C / 6N tokens, of which repeats are worth less (ch. 11)
    decades   log10 of the least compute for its loss (ch. 4) over today's best, + t methods + s; the best run is kept
    open      the best of `lag` years ago for everybody, `open_models` (ch. 16), while the best grows by compute + methods
    index     158.2 + points decades (ch. 16)
    p         1 / (1 + exp((hard - index) / slope)) of a question; hard is normal, 165 +- 20; slope = thinking points / ln 10:
              ten times the tries are worth `thinking` decades (ch. 14)
    answers   1 + samples / inference tries, of which the first that passes a checker is given; it lets a share `passed` of
              the wrong ones pass (ch. 14). Inference pays for a share `served` of all questions, at 2N a token
    worth     served (right - wrong), with the better of the open model and the best own run

The forecast (`draw`) has compute, methods, price and points as measured in the chapters named, lag and thinking as ranges that
ch. 16 assumes. How much research returns, the text at hand and its price, the checker, the hard questions and the demand are assumed; so are all independences.
A score is free of the noise in what a player sees. In the page nothing is secret: whoever reads Python can read the world.
"""

import base64
import json
from collections import namedtuple
from functools import cache
from statistics import NormalDist

import numpy as np

from scalinglaws.check import finite, whole
from scalinglaws.course.budget import player_name
from scalinglaws.data import constant, load
from scalinglaws.fit.hindcast import walk_draws
from scalinglaws.laws.chance import LogNormal, LogUniform, Uniform
from scalinglaws.laws.growth.plans import open_models
from scalinglaws.laws.money.serving import size_for_share
from scalinglaws.laws.money.thinking import first_passed
from scalinglaws.laws.text.repetition import effective_amount
from scalinglaws.laws.training.chinchilla import Chinchilla, tokens_factor
from scalinglaws.laws.training.flops import TRAIN

SPENDING = ("size", "data", "inference", "samples", "research")
N_YEARS, BUDGET = 5, 100.0
NAIVE = {"even": np.full((5, 5), 4.0), "one run": np.array([[60.0, 0, 8, 0, 0], *[[0.0, 0, 8, 0, 0]] * 4])}
"""Two plans that need no thought: a fifth of a fifth for everything, and one large run that is served for five years."""
NOISE = {"open": 3.0, "own": 3.0, "right": 0.03, "wrong": 0.01, "price": 0.02}
"""Standard deviation of what is seen: two indices in points, shares of about 250 graded answers, decades of the price."""
_MARK, _LINE = "scalinglaws-lab9:", 4000
_TODAY, _RUNS = 5e26, 4  # FLOP of the largest run; how many of them the budget buys today
_INDEX, _HARD, _SPREAD = 158.2, 165.0, 20.0  # today's best; mean and standard deviation of the questions, in points
_DEMAND, _NONE = 5.0, -9.0  # what a try at every question of a year costs with today's open model; decades of no run
_NORMAL = np.array([NormalDist().inv_cdf((i + 0.5) / 15) for i in range(15)])

DirectorWorld = namedtuple("DirectorWorld", "compute methods price lag points thinking returns text text_price passed")
"""Hidden truth, numbers or arrays of many worlds; see the module. compute, methods, price are in decades a year."""
Outcome = namedtuple("Outcome", "worth right wrong served open own epochs price")
"""What comes of a plan, arrays that end with an axis of years; open, own: indices; epochs: passes of a new run over its text."""
DirectorScore = namedtuple("DirectorScore", "worth best points elsewhere")
"""In per cent of the questions: own worth, that of the best plan found in hindsight, points = best - own, and the mean worth
of the same plan in 400 other worlds of the forecast."""


@cache
def _records():
    """Decades of the largest training run at the end of 2010 to 2025."""
    runs = load("compute_records")
    return np.array([np.log10(runs["training_flop"][runs["year"] < year + 1].max()) for year in range(2010, 2026)])


def draw(n, seed=0):
    """Return n worlds of the forecast."""
    rng, z = np.random.default_rng(seed), _records()
    shapes = {
        "methods": LogNormal(2, 22, 0.9, 8),
        "price": LogNormal(1.25, 1.57, 0.95, 1.40),
        "lag": Uniform(0.5, 1.5),
        "points": Uniform(10, 13.6),
        "thinking": Uniform(0.1, 1),
        "returns": LogUniform(0.1, 1),
        "text": LogUniform(5e11, 5e13),
        "text_price": LogUniform(5e11, 5e13),
        "passed": LogUniform(1e-4, 0.2),
    }
    drawn = {name: shape.draw(rng, n) for name, shape in shapes.items()}
    drawn |= {"methods": 12 / drawn["methods"] * np.log10(2), "price": np.log10(drawn["price"])}
    return DirectorWorld(compute=np.maximum(walk_draws(z, 5, n_draws=n, seed=[seed, 1]) - z[-1], 0) / 5, **drawn)


def world_of(seed):
    """Return the world of a seed, a whole number from 0 on."""
    return DirectorWorld(*(float(values[0]) for values in draw(1, whole("seed", seed, least=0))))


def play(world, plan):
    """Return the `Outcome` of plans, shape (..., 5, 5), in a world, or in many whose arrays broadcast with (...,).

    >>> play(world_of(1), NAIVE["even"]).served.round(1)
    array([0.6, 1. , 1. , 1. , 1. ])
    """
    law, before = Chinchilla.published("besiroglu2024"), np.diff(_records()).mean()
    half = size_for_share(0.5, law.alpha, law.beta)  # open models are as large as if half of their bill were serving
    today = half * law.optimum(_TODAY / 10**before).n_params
    world, t = DirectorWorld(*(np.asarray(values)[..., None] for values in world)), np.arange(N_YEARS)
    size, data, inference, samples, research = np.moveaxis(plan, -1, 0)
    text = world.text + np.cumsum(data * world.text_price, axis=-1)
    research = np.cumsum(world.returns * world.methods * np.sqrt(research / 20), axis=-1)
    saved = np.concatenate([0 * research[..., :1], research[..., :-1]], axis=-1)

    flop = np.maximum(size, 1e-9) * 10 ** (t * world.price) * _RUNS * _TODAY / BUDGET
    part = np.clip(size / np.maximum(size + inference + samples, 1e-9), 0.02, 1)
    ratio = size_for_share(part, law.alpha, law.beta)
    n_params = ratio * law.optimum(flop / ratio / tokens_factor(ratio, law.alpha, law.beta)).n_params
    n_tokens = flop / TRAIN / n_params
    epochs = np.maximum(n_tokens / text, 1)
    fresh = effective_amount(n_tokens / epochs, epochs - 1, constant("muennighoff2023.R_D_star"))
    new = np.log10(law.compute_for(law.loss(n_params, fresh)) / _TODAY) + t * world.methods + saved
    new = np.where(size > 0, np.maximum(new, _NONE), _NONE)
    own = np.maximum.accumulate(new, axis=-1)
    last = np.maximum.accumulate(
        np.where(np.diff(own, axis=-1, prepend=_NONE) > 0, t, 0), axis=-1
    )  # year of the best run

    growth = 10**world.compute, 10**world.methods
    best_open = open_models(t, *growth, world.lag, 10 ** (before + world.methods))
    open_flop = _TODAY * 10 ** open_models(t, growth[0], 1, world.lag, 10**before)
    models = (best_open, half * law.optimum(open_flop).n_params), (own, np.take_along_axis(n_params, last, -1))
    slope, tries = world.thinking * world.points / np.log(10), 1 + samples / np.maximum(inference, 1e-9)
    index, outcomes = [], []
    for decades, params in models:
        index.append(_INDEX + world.points * decades)
        logit = np.clip((index[-1][..., None] - _HARD + _SPREAD * _NORMAL) / slope[..., None], -30, 30)
        answers = first_passed(1 / (1 + np.exp(-logit)), world.passed[..., None], tries[..., None])
        right, wrong = (share.mean(axis=-1) for share in answers)
        served = np.minimum(inference * 10 ** (t * world.price + saved) / _DEMAND * today / params, 1)
        worth = np.where(decades > _NONE, served * (right - wrong), -1)
        outcomes.append((worth, served * right, served * wrong, served))
    better = outcomes[1][0] > outcomes[0][0]
    used = (np.where(better, mine, theirs) for theirs, mine in zip(*outcomes, strict=True))
    return Outcome(*np.broadcast_arrays(*used, *index, epochs * (size > 0), t * world.price))


def best_plan(goal, seed=0, rounds=40):
    """Return the best plan that is found for a goal (plans (n, 5, 5) to n values), by keeping and changing the best 100."""
    rng = np.random.default_rng(seed)
    plans = BUDGET * rng.dirichlet(np.full(6, 0.7), 2000)[:, :5, None] * rng.dirichlet(np.full(5, 0.5), (2000, 5))
    for i in range(rounds):
        plans = plans[np.argsort(-goal(plans), kind="stable")[:100]]
        one, other = plans[rng.integers(0, 100, (2, 900))]
        wide = np.where(np.arange(900) % 2, 0.6, 0.2)[:, None, None] * 0.92**i
        young = np.where(rng.random((900, 5, 1)) < 0.3, other, one) * np.exp(wide * rng.normal(size=one.shape))
        young = np.where(rng.random(one.shape) < 0.05, 0, young)
        young *= (BUDGET / np.maximum(young.sum(axis=(1, 2)), BUDGET))[:, None, None]
        plans = np.concatenate([plans, young])
    return plans[np.argmax(goal(plans))]


@cache
def hindsight(seed):
    """Return the best plan that a search finds with the world of a seed before its eyes."""
    return best_plan(lambda plans: play(world_of(seed), plans).worth.mean(axis=-1))


def director_score(seed, plan):
    """Return the `DirectorScore` of a plan in the world of a seed.

    >>> director_score(1, hindsight(1)).points
    0.0
    """
    own, best = (100 * float(play(world_of(seed), rows).worth.mean()) for rows in (plan, hindsight(seed)))
    return DirectorScore(own, max(own, best), max(0.0, best - own), 100 * float(play(draw(400), plan).worth.mean()))


def director_band():
    """Return by how many points the worth of one and the same plan, as graded, differs in 19 of 20 pairs."""
    return float(100 * 1.96 * np.sqrt(2 * (NOISE["right"] ** 2 + NOISE["wrong"] ** 2) / N_YEARS))


class Director:
    """The game of one player: years are decided one after the other.

    plan: the money of all years, zero for those to come. seen: for each year played the values of `NOISE`, with noise;
    own is NaN before the first run.

    >>> game = Director(1, [(10, 2, 6, 2, 2)])
    >>> game.left, len(game.seen)
    (78.0, 1)
    """

    def __init__(self, seed, years=()):
        self.seed, self.plan, self.seen = whole("seed", seed, least=0), np.zeros((N_YEARS, len(SPENDING))), []
        for row in years:
            self.year(*row)

    @property
    def left(self):
        return round(BUDGET - float(self.plan.sum()), 2)

    def year(self, size, data, inference, samples, research):
        """Spend the money of one year; a ValueError says what cannot be."""
        t, row = len(self.seen), finite("money", (size, data, inference, samples, research)).round(2)
        if t == N_YEARS or row.min() < 0 or row.sum() > self.left + 1e-6:
            raise ValueError(f"a year is 0 or more for each item and {self.left:g} in all; {t} are played; got {row}")
        self.plan[t] = row
        truth, noise = play(world_of(self.seed), self.plan), np.random.default_rng([self.seed, t]).normal(size=5)
        seen = {name: float(getattr(truth, name)[t] + NOISE[name] * e) for name, e in zip(NOISE, noise, strict=True)}
        self.seen.append(seen | ({} if self.plan[:, 0].any() else {"own": np.nan}))

    def hand_in(self, name):
        """Return the line of text that a player hands in: name or pseudonym, world and decisions."""
        record = [player_name(name), self.seed, self.plan[: len(self.seen)].tolist()]
        return _MARK + base64.urlsafe_b64encode(json.dumps(record).encode()).decode()


def read_director(line):
    """Return name and game of a line that was handed in, played again; a ValueError says why there is none."""
    try:
        name, seed, years = json.loads(base64.urlsafe_b64decode(line[:_LINE].removeprefix(_MARK)))
        game = Director(seed, years)
        if len(game.seen) < N_YEARS:
            raise ValueError(f"{N_YEARS} years must be played, {len(game.seen)} are")
        return player_name(name), game
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"a line that cannot be played: {error}") from None
