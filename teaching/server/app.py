"""The class server of the budget game: one hidden world, one budget for each key.

    python app.py new class.db roster.txt          make a class; prints a key for every line of the roster
    python app.py serve class.db --site https://course.example.org
    python app.py close class.db                   no more runs; the board shows points
    python app.py csv class.db > class.csv         a row per player
    python app.py delete class.db                  delete the class

The world's seed is drawn at random and never leaves the file of the class. A run is charged in one immediate transaction,
before it is answered. Kept are the names of the roster (use pseudonyms), hashes of the keys, runs and answers; nothing else.
"""

import argparse
import csv
import json
import math
import os
import secrets
import sqlite3
import sys
import time
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse, JSONResponse

from scalinglaws.course.board import board_page, in_bands, scored
from scalinglaws.course.budget import (
    MOST_RUNS,
    Answer,
    band,
    check_answer,
    cost,
    drawn,
    exploring,
    order,
    player_name,
    score,
    seed_of,
)
from scalinglaws.course.worlds import Refused, world

RATE, BURST = 20.0, 40.0  # requests a second of one key, and how many at once
BODY = 4096  # bytes of a request
RUN = ("n_params", "n_tokens", "learning_rate", "batch_size", "seed")
ANSWER = tuple(Answer.__dataclass_fields__)
TABLES = """
CREATE TABLE class (family TEXT, seed TEXT, share REAL, budget INTEGER, title TEXT, closed INTEGER DEFAULT 0);
CREATE TABLE players (id INTEGER PRIMARY KEY, name TEXT UNIQUE COLLATE NOCASE, key TEXT UNIQUE,
    spent INTEGER DEFAULT 0, runs INTEGER DEFAULT 0, answer TEXT, row TEXT);
CREATE TABLE runs (player INTEGER REFERENCES players, n_params INTEGER, n_tokens INTEGER, learning_rate REAL,
    batch_size INTEGER, seed INTEGER, cost INTEGER, loss REAL,
    UNIQUE (player, n_params, n_tokens, learning_rate, batch_size, seed));
"""


class Problem(Exception):
    """What is wrong with a request: a status and words for the student."""

    def __init__(self, status, words):
        super().__init__(words)
        self.status, self.words = status, words


class Class:
    """The file of a class."""

    def __init__(self, path):
        if not Path(path).is_file():
            raise SystemExit(f"There is no class in {path}; make one with: python app.py new {path} roster.txt")
        self.file = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
        self.file.execute("PRAGMA journal_mode = WAL")
        self.file.execute("PRAGMA synchronous = FULL")  # what was answered is on the disk
        family, seed, share, self.budget, self.title, _ = self.file.execute("SELECT * FROM class").fetchone()
        self.world, self.share = world(family, int(seed)), share

    @classmethod
    def new(cls, path, names, family="any", share=None, title="A class", seed=None):
        """Make the file of a class and return it with the keys by name."""
        names = [player_name(name) for name in names if name.strip()]
        if twice := [name for i, name in enumerate(names) if name.casefold() in map(str.casefold, names[:i])]:
            raise ValueError(f"the roster must have different names, got {twice[0]!r} twice")
        seed = secrets.randbits(128) if seed is None else seed
        hidden = world(family, seed)
        share = hidden.share if share is None else share
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # nobody else reads it
        file, keys = sqlite3.connect(path), {name: secrets.token_urlsafe(16) for name in names}
        with file:
            file.executescript(TABLES)
            row = (family, str(seed), share, exploring(hidden, share), title)
            file.execute("INSERT INTO class (family, seed, share, budget, title) VALUES (?, ?, ?, ?, ?)", row)
            file.executemany("INSERT INTO players (name, key) VALUES (?, ?)", [(n, hashed(k)) for n, k in keys.items()])
        file.close()
        return cls(path), keys

    @property
    def closed(self):
        return bool(self.file.execute("SELECT closed FROM class").fetchone()[0])

    def close(self):
        """End the game: no more runs or answers, and the board shows points."""
        self.file.execute("UPDATE class SET closed = 1")

    @contextmanager
    def transaction(self):
        """All or nothing, and nobody else writes meanwhile."""
        self.file.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.file.execute("ROLLBACK")
            raise
        self.file.execute("COMMIT")

    def player(self, key):
        """Return the number of the player with a key."""
        row = self.file.execute("SELECT id FROM players WHERE key = ?", (hashed(key),)).fetchone() if key else None
        if row is None:
            raise Problem(401, "the header X-API-Key must have the key that your teacher gave you")
        return row[0]

    def state(self, player):
        """Return what a player may know of the game."""
        spent, runs, answer = self.file.execute(
            "SELECT spent, runs, answer FROM players WHERE id = ?", (player,)
        ).fetchone()
        return {
            "budget": self.budget,
            "spent": spent,
            "left": self.budget - spent,
            "target_flop": self.world.target_flop,
            "recipe": self.world.recipe,
            "runs": runs,
            "most_runs": MOST_RUNS,
            "answered": answer is not None,
            "closed": self.closed,
        }

    def runs(self, player):
        """Return the runs of a player, in the order in which they were bought."""
        query = f"SELECT {', '.join(RUN)}, loss FROM runs WHERE player = ? ORDER BY rowid"
        return [dict(zip((*RUN, "loss"), row, strict=True)) for row in self.file.execute(query, (player,))]

    def buy(self, player, asked):
        """Sell a run and charge it, both or neither; what was bought before is free."""
        seed = seed_of(asked.pop("seed", 0))
        wanted = order(self.world, **asked)
        place = (player, *wanted, seed)
        same = " AND ".join(f"{name} = ?" for name in ("player", *RUN))
        with self.transaction():
            row = self.file.execute(f"SELECT loss FROM runs WHERE {same}", place).fetchone()
            if row is None:
                self.world.check(wanted, seed)
                price = cost(wanted)
                self._charge(player, price)
                row = (drawn(self.world, wanted, seed),)
                self.file.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*place, price, *row))
            spent = self.file.execute("SELECT spent FROM players WHERE id = ?", (player,)).fetchone()[0]
        return {"loss": row[0], "left": self.budget - spent}

    def _charge(self, player, price):
        if self.closed:
            raise Problem(409, "the game is closed")
        left = self.state(player)["left"]
        if price > left:
            raise Problem(402, f"the run costs {price:.4g} FLOP, {left:.4g} are left")
        charged = self.file.execute(
            "UPDATE players SET spent = spent + ?, runs = runs + 1 WHERE id = ? AND spent + ? <= ? AND runs < ?",
            (price, player, price, self.budget, MOST_RUNS),
        )
        if not charged.rowcount:
            raise Problem(402, f"all {MOST_RUNS} runs of this budget are made")

    def answer(self, player, asked):
        """Keep the one answer of a player; its score stays here until the game is closed."""
        answer = Answer(**asked)
        check_answer(self.world, answer)
        points = score(self.world, answer)
        with self.transaction():
            if self.closed:
                raise Problem(409, "the game is closed")
            name, spent, runs, before = self.file.execute(
                "SELECT name, spent, runs, answer FROM players WHERE id = ?", (player,)
            ).fetchone()
            if before is not None:
                raise Problem(409, "your answer is in already, and there is one")
            row = json.dumps(scored(name, points, spent, runs), allow_nan=False)
            self.file.execute("UPDATE players SET answer = ?, row = ? WHERE id = ?", (json.dumps(asked), row, player))
        return {"answered": True, "points": "when the game is closed"}

    def board(self):
        """Return the board: who has answered, and points once the game is closed."""
        rows = [json.loads(row) for (row,) in self.file.execute("SELECT row FROM players WHERE row IS NOT NULL")]
        closed = self.closed
        rows = in_bands(rows) if closed else [{"name": row["name"]} for row in sorted(rows, key=lambda r: r["name"])]
        game = {"title": self.title, "rows": rows}
        return {"state": "scored" if closed else "open", "band": round(band(), 2), "games": [game], "problems": []}

    def table(self):
        """Yield the rows of the teacher's table: one for each player, answered or not."""
        yield ("name", "spent", "runs", *ANSWER, "wasted", "regret", "interval", "points")
        for name, spent, runs, answer, row in self.file.execute(
            "SELECT name, spent, runs, answer, row FROM players ORDER BY name"
        ):
            given, points = json.loads(answer or "{}"), json.loads(row or "{}")
            cells = [points.get(key, "") for key in ("wasted", "regret", "interval", "points")]
            yield (name, spent, runs, *(given.get(key, "") for key in ANSWER), *cells)


def hashed(key):
    """A key as it is kept."""
    return sha256(key.encode("utf-8", "replace")).hexdigest()


def numbers(text, names, needed):
    """Return the numbers of a JSON object with these names alone."""
    try:
        body = json.loads(text, parse_constant=lambda word: math.nan)
    except (ValueError, RecursionError):
        raise Problem(400, "the body must be JSON") from None
    if not isinstance(body, dict):
        raise Problem(400, "the body must be a JSON object")
    body = {name: value for name, value in body.items() if value is not None}
    if (unknown := sorted(set(body) - set(names))) or (missing := sorted(set(needed) - set(body))):
        words = f"unknown: {unknown[0][:40]!r}" if unknown else f"missing: {missing[0]}"
        raise Problem(422, f"the body must have {', '.join(needed)} and may have {', '.join(names)}; {words}")
    for name, value in body.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
            raise Problem(422, f"{name} must be a finite number")
    return body


def make_app(path, site=""):
    """Return the server of a class. site: the address of the page that may ask it, such as https://course.example.org."""
    room = Class(path)
    app = FastAPI(openapi_url=None)  # no page of its own, and none from elsewhere
    if site:
        headers, methods = ["X-API-Key", "Content-Type"], ["GET", "POST", "PUT"]
        app.add_middleware(CORSMiddleware, allow_origins=[site], allow_methods=methods, allow_headers=headers)
    buckets = {}

    async def asked_by(request):
        """The player of a request, at most so many a second, and its body."""
        player = room.player(request.headers.get("x-api-key", ""))
        now = time.monotonic()
        left, at = buckets.get(player, (BURST, now))
        left = min(BURST, left + RATE * (now - at))
        if left < 1:
            raise Problem(429, f"at most {RATE:g} requests a second; wait a moment")
        buckets[player] = left - 1, now
        if request.query_params:
            raise Problem(422, "this address takes nothing after a ?")
        text = b""
        async for part in request.stream():
            text += part
            if len(text) > BODY:
                raise Problem(413, f"a request must have at most {BODY:,} bytes")
        return player, text

    @app.exception_handler(Problem)
    async def say(request, problem):
        return JSONResponse({"error": problem.words}, problem.status)

    @app.exception_handler(ValueError)
    async def say_what(request, problem):
        return JSONResponse({"error": str(problem)}, 422)

    @app.exception_handler(Refused)
    async def refuse(request, problem):
        return JSONResponse({"error": str(problem)}, 422)

    @app.post("/runs")
    async def buy(request: Request):
        player, text = await asked_by(request)
        return room.buy(player, numbers(text, RUN, ("n_params", "n_tokens")))

    @app.get("/runs")
    async def bought(request: Request):
        return {"runs": room.runs((await asked_by(request))[0])}

    @app.get("/budget")
    async def budget(request: Request):
        return room.state((await asked_by(request))[0])

    @app.put("/final")
    async def final(request: Request):
        player, text = await asked_by(request)
        needed = [name for name in ANSWER if None not in room.world.recipe or name not in RUN[2:4]]
        asked = dict.fromkeys(ANSWER) | numbers(text, ANSWER, needed)
        return room.answer(player, asked)

    @app.get("/board.json")
    async def board():
        return room.board()

    @app.get("/")
    async def leaderboard():
        return HTMLResponse(board_page(room.board(), "board.json"))

    return app


def main():
    """Make, serve, close, export or delete a class."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("new", "serve", "close", "csv", "delete"):
        command = commands.add_parser(name)
        command.add_argument("path", metavar="class.db")
        if name == "new":
            command.add_argument("roster", type=Path, help="a text file with one pseudonym a line")
            command.add_argument("--family", default="any", help="chinchilla, kaplan, kink, tuning, measured or any")
            command.add_argument("--share", type=float, help="of the target's compute that may be spent on exploring")
            command.add_argument("--title", default="A class")
        if name == "serve":
            command.add_argument("--site", default="", help="address of the page with the lab, for the browser")
            command.add_argument("--host", default="127.0.0.1")
            command.add_argument("--port", type=int, default=8000)
    chosen = parser.parse_args()
    if chosen.command == "new":
        names = chosen.roster.read_text("utf-8").splitlines()
        _, keys = Class.new(chosen.path, names, chosen.family, chosen.share, chosen.title)
        for name, key in keys.items():
            print(f"{name}\t{key}")
    elif chosen.command == "serve":
        import uvicorn

        app = make_app(chosen.path, chosen.site.rstrip("/"))
        uvicorn.run(app, host=chosen.host, port=chosen.port, log_level="warning", server_header=False)
    elif chosen.command == "close":
        Class(chosen.path).close()
    elif chosen.command == "csv":
        csv.writer(sys.stdout).writerows(Class(chosen.path).table())
    else:
        for part in ("", "-wal", "-shm"):
            Path(chosen.path + part).unlink(missing_ok=part != "")


if __name__ == "__main__":
    main()
