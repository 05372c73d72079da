"""The budget game of lab 4: buy training runs under a budget, then answer with one large run and a promise of its loss.

`Service` sells runs of a world: 6 N D FLOP a run, charged before the loss is known; the same run again is free and returns
the same loss; what is over budget is refused, and costs nothing. Every run that was sold goes into a log, which
`replay` buys again. An `Answer` is scored by `score`, as what is expected over the scatter of runs, not by one draw:

    wasted    share of the target's compute that the run answered wastes: the best use reaches its loss with the rest
    regret    its expected loss over the best one, in per cent
    interval  interval score of the promise (`fit.score.interval_score`, level 0.8), in per cent of the loss
    points    regret + interval; fewer are better

Two answers whose points differ by less than `band()` are not distinguishable: training both once would not tell them apart.
In the page nothing is secret: whoever reads Python can read the law. `ClassService` asks the server of a class instead.
"""

import base64
import json
import zlib
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from scalinglaws.check import number, share, whole
from scalinglaws.course.worlds import Order, Refused, seed_noise, world
from scalinglaws.fit.score import interval_score
from scalinglaws.laws.training.flops import training_flop

PROMISE = 0.8  # level of the interval of an answer
MOST_RUNS = 200  # that a player may buy
_MOST = 2**62  # of any whole number, so that every ledger can hold it
_LINE, _TEXT = 60_000, 400_000  # characters of a line that is handed in, and of what is in it
_MARK = "scalinglaws-lab4:"
_NORMAL = np.array([NormalDist().inv_cdf((i + 0.5) / 99) for i in range(99)])


class Bought(NamedTuple):
    """The loss of a run, NaN if it diverged, and the FLOP that are left."""

    loss: float
    left: int


@dataclass(frozen=True)
class Answer:
    """The run for the target, and the loss that is promised for it, with an interval of level 0.8."""

    n_params: int
    n_tokens: int
    learning_rate: float
    batch_size: int
    loss: float
    low: float
    high: float


class Score(NamedTuple):
    """How good an answer is, in per cent; see the module. wasted is 100 and the rest infinite if the run diverges."""

    wasted: float
    regret: float
    interval: float
    points: float


def band():
    """Return by how many points single runs of one and the same loss differ in 19 of 20 pairs."""
    return float(100 * 1.96 * np.sqrt(2) * seed_noise())


def order(hidden, n_params, n_tokens, learning_rate=None, batch_size=None):
    """Return the run that is asked of a world, checked; what is not given is as in its recipe.

    Whole numbers are rounded, the rate to six digits, so that one run has one name. A ValueError names what is wrong.
    """
    sizes = [number(name, value) for name, value in (("n_params", n_params), ("n_tokens", n_tokens))]
    for name, value in zip(("n_params", "n_tokens"), sizes, strict=True):
        if not 1 <= round(value) < _MOST:
            raise ValueError(f"{name} must be at least 1 and below {_MOST:.2g}, got {value:g}")
    wanted = Order(round(sizes[0]), round(sizes[1]), *hidden.recipe)
    if None in hidden.recipe:
        wanted = hidden.filled(wanted)
    if learning_rate is not None:
        wanted = wanted._replace(learning_rate=float(f"{number('learning_rate', learning_rate):.6g}"))
    if batch_size is not None:
        size = number("batch_size", batch_size)
        wanted = wanted._replace(batch_size=whole("batch_size", round(min(size, _MOST))))
    return wanted


def cost(wanted):
    """Return what a run costs, 6 N D, in whole FLOP."""
    return training_flop(wanted.n_params, wanted.n_tokens)


class Service:
    """A training service for one player, in this process.

    budget, spent, left: FLOP for exploring. log: what was sold, in order, as (n_params, n_tokens, learning_rate,
    batch_size, seed, loss).

    >>> service = Service("chinchilla", seed=1)
    >>> first = service.run(1e7, 2e8)
    >>> service.run(1e7, 2e8) == first, f"{service.spent:.2g}"
    (True, '1.2e+16')
    """

    def __init__(self, family="any", seed=0, budget_share=None):
        self._hidden = world(family, seed)
        part = self._hidden.share if budget_share is None else share("budget_share", budget_share)
        self.family, self.seed, self.budget_share = family, seed, part
        self.target_flop, self.recipe = self._hidden.target_flop, self._hidden.recipe
        self.budget, self.spent, self.log = exploring(self._hidden, part), 0, []
        self._sold = {}

    @property
    def left(self):
        return self.budget - self.spent

    def run(self, n_params, n_tokens, learning_rate=None, batch_size=None, seed=0):
        """Buy a run; returns `Bought`. `Refused` says why a run is not made, a ValueError what is no run at all."""
        wanted, seed = order(self._hidden, n_params, n_tokens, learning_rate, batch_size), seed_of(seed)
        if (wanted, seed) not in self._sold:
            self._hidden.check(wanted, seed)
            if cost(wanted) > self.left:
                raise Refused(f"the run costs {cost(wanted):.4g} FLOP, {self.left:.4g} are left")
            if len(self._sold) >= MOST_RUNS:
                raise Refused(f"all {MOST_RUNS} runs of this budget are made")
            self.spent += cost(wanted)
            self._sold[wanted, seed] = drawn(self._hidden, wanted, seed)
            self.log.append((*wanted, seed, self._sold[wanted, seed]))
        return Bought(_or_nan(self._sold[wanted, seed]), self.left)

    def hand_in(self, name, answer):
        """Return the line of text that a player hands in: name or pseudonym, world, log and answer."""
        check_answer(self._hidden, answer)
        record = {"name": player_name(name), "family": self.family, "seed": self.seed, "share": self.budget_share}
        record |= {"log": self.log, "answer": asdict(answer)}
        packed = zlib.compress(_json(record).encode(), 9)
        return _MARK + base64.urlsafe_b64encode(packed).decode()


class ClassService:
    """The service of a class: the server that the teacher runs, asked with a key.

    `run` and the attributes are those of `Service`; what the server says of the game is kept until the next purchase.
    """

    budget, spent, left, target_flop, recipe, log = (
        property(lambda self, name=name: self._game()[name])
        for name in ("budget", "spent", "left", "target_flop", "recipe", "log")
    )

    def __init__(self, address, key):
        self._address, self._key, self._known = address.rstrip("/"), key.strip(), None

    def _game(self):
        if self._known is None:
            self._known = (game := self.state()) | {"log": [tuple(run.values()) for run in game["log"]]}
        return self._known

    def run(self, n_params, n_tokens, learning_rate=None, batch_size=None, seed=0):
        """Buy a run; returns `Bought`. `Refused` has what the server says against it."""
        asked = {"n_params": n_params, "n_tokens": n_tokens, "learning_rate": learning_rate, "batch_size": batch_size}
        reply = self._ask("POST", "/runs", asked | {"seed": seed})
        self._known = None
        return Bought(_or_nan(reply["loss"]), reply["left"])

    def hand_in(self, answer):
        """Send the one and final answer; returns what the server says of it."""
        return self._ask("PUT", "/final", asdict(answer))

    def state(self):
        """Return budget, spent, left, target and recipe of the player, and the log of runs so far."""
        return self._ask("GET", "/budget") | {"log": self._ask("GET", "/runs")["runs"]}

    def _ask(self, method, path, body=None):
        status, text = _request(method, self._address + path, self._key, _json(body) if body else None)
        try:
            reply = json.loads(text)
        except ValueError:
            reply = {}
        if status != 200 or not isinstance(reply, dict):
            problem = reply.get("error") if isinstance(reply, dict) else None
            raise Refused(problem or f"the server at {self._address} answered {status}")
        return reply


def _request(method, address, key, body):
    """Status and text; in the browser by the page's own request, which waits, elsewhere by urllib."""
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    try:
        from js import XMLHttpRequest
    except ImportError:
        from urllib.error import HTTPError
        from urllib.request import Request, urlopen

        try:
            with urlopen(Request(address, body and body.encode(), headers, method=method), timeout=30) as reply:
                return reply.status, reply.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()
        except (OSError, ValueError) as error:
            raise Refused(f"no answer from {address}: {error}") from None
    from pyodide.ffi import JsException

    request = XMLHttpRequest.new()
    try:
        request.open(method, address, False)
        for name, value in headers.items():
            request.setRequestHeader(name, value)
        request.send(body)
    except JsException as error:  # no such server, or it does not name this page with --site
        raise Refused(f"no answer from {address}: {error}") from None
    return request.status, request.responseText


def exploring(hidden, part):
    """Return the exploring budget, a share of the target, in whole FLOP."""
    if (flop := round(hidden.target_flop * part)) >= _MOST:
        raise ValueError(f"budget_share must leave a budget below {_MOST:.2g} FLOP, got {part}")
    return flop


def seed_of(seed):
    """Return the seed of a run as an int, from 0 to 9,999."""
    if (seed := whole("seed", seed, least=0)) >= 10_000:
        raise ValueError(f"seed must be below 10,000, got {seed}")
    return seed


def drawn(hidden, wanted, seed):
    """Return the loss of a run as a ledger keeps it: six decimals, None if it diverged."""
    loss = hidden.drawn(wanted, seed)
    return round(loss, 6) if np.isfinite(loss) else None


def player_name(name):
    """Return a name or pseudonym: 1 to 40 letters, digits, spaces, and . _ - between them."""
    name = " ".join(str(name).split())
    if not 1 <= len(name) <= 40 or not all(sign.isalnum() or sign in " ._-" for sign in name) or name[0] in ".-":
        raise ValueError(f"name must be 1 to 40 letters, digits, spaces or . _ - after the first, got {name[:60]!r}")
    return name


def check_answer(hidden, answer):
    """Return the run of an answer; a ValueError names what is wrong with it."""
    wanted = order(hidden, answer.n_params, answer.n_tokens, answer.learning_rate, answer.batch_size)
    hidden.check(wanted, 0, target=True)
    if cost(wanted) > (1 + hidden.slack) * hidden.target_flop:
        raise Refused(f"the run costs {cost(wanted):.4g} FLOP, the target is {hidden.target_flop:.4g}")
    loss, low, high = (number(name, getattr(answer, name)) for name in ("loss", "low", "high"))
    if not low <= loss <= high:
        raise ValueError(f"loss must be between low and high, got {low:g}, {loss:g}, {high:g}")
    return wanted


def score(hidden, answer):
    """Return the `Score` of an answer in a world.

    >>> hidden = world("kaplan", 2)
    >>> n_params, loss = hidden.optimum(hidden.target_flop)
    >>> best = Answer(n_params, hidden.target_flop / 6 / n_params, *hidden.recipe, loss, 0.99 * loss, 1.01 * loss)
    >>> round(score(hidden, best).wasted)
    0
    """
    loss = hidden.loss(check_answer(hidden, answer))
    if not np.isfinite(loss):
        return Score(100.0, np.inf, np.inf, np.inf)
    wasted = 100 * (1 - hidden.compute_for(loss) / hidden.target_flop)
    regret = 100 * np.log(loss / hidden.optimum(hidden.target_flop)[1])
    # What the run gives scatters: the mean over 99 equally likely draws of it.
    low, high = np.log(answer.low), np.log(answer.high)
    draws = np.log(loss) + hidden.noise * _NORMAL
    interval = 100 * float(np.mean([interval_score(low, high, draw, PROMISE) for draw in draws]))
    return Score(max(0.0, wasted), max(0.0, float(regret)), interval, max(0.0, float(regret)) + interval)


def read_line(line):
    """Return the record in a line that was handed in; a ValueError says why it is none."""
    line = line.strip()
    if not line.startswith(_MARK) or len(line) > _LINE:
        raise ValueError(f"not a line of this game: it starts with {_MARK} and has at most {_LINE:,} characters")
    try:
        unpack = zlib.decompressobj()
        text = unpack.decompress(base64.urlsafe_b64decode(line.removeprefix(_MARK)), _TEXT)
        record = json.loads(text)
        record["answer"] = Answer(**record["answer"])
        record["name"], record["log"] = player_name(record["name"]), [tuple(row) for row in record["log"]]
        return record
    except (ValueError, TypeError, KeyError, zlib.error, RecursionError) as error:
        raise ValueError(
            f"a line that cannot be read ({type(error).__name__}); perhaps a part of it is missing"
        ) from None


def replay(record):
    """Buy the log of a record again and return its service; a ValueError names the first entry that does not follow."""
    service = Service(record["family"], record["seed"], record["share"])
    for place, row in enumerate(record["log"], start=1):
        try:
            *asked, loss = row
            again = service.run(*asked).loss
        except (ValueError, TypeError) as error:
            raise ValueError(f"run {place} of the log could not be bought: {error}") from None
        if len(service.log) != place or service.log[-1] != row:
            raise ValueError(f"run {place} of the log says loss {loss}, bought again it gives {again}")
    return service


def _json(body):
    return json.dumps(body, default=float)  # NumPy's whole numbers


def _or_nan(loss):
    return np.nan if loss is None else loss
