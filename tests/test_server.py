"""The class server of the budget game: who may ask what, what is charged, and what it keeps to itself."""

import csv
import importlib.util
import io
import json
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the class server needs FastAPI: pip install -r teaching/server/requirements.txt")

from fastapi.testclient import TestClient

from scalinglaws.course.budget import Answer, ClassService, score
from scalinglaws.course.worlds import Refused, world

ROOT = Path(__file__).resolve().parent.parent
SITE = "https://course.example.org"
RUN = {"n_params": 10**7, "n_tokens": 2 * 10**8}


def program(path):
    """A file of the project as a module."""
    spec = importlib.util.spec_from_file_location(f"program_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


app = program(ROOT / "teaching" / "server" / "app.py")
bench = program(ROOT / "benchmarks" / "server.py")


class Room:
    """A class of two with a world that the test knows, and its server."""

    def __init__(self, folder):
        self.path = str(folder / "class.db")
        self.room, keys = app.Class.new(self.path, ["Ada", "Bob"], "kink", seed=7)
        self.ada, self.bob = keys.values()
        self.client = TestClient(app.make_app(self.path, SITE))

    def ask(self, method, path, key=None, body=None, **more):
        """Status and reply."""
        if isinstance(body, dict):
            body = json.dumps(body)
        headers = {"X-API-Key": key or self.ada} | more.pop("headers", {})
        reply = self.client.request(method, path, content=body, headers=headers, **more)
        return reply.status_code, reply.json()

    def spent(self):
        """What each player was charged."""
        return [row[0] for row in sqlite3.connect(self.path).execute("SELECT spent FROM players ORDER BY id")]


@pytest.fixture
def room(tmp_path):
    return Room(tmp_path)


def best(hidden=None, off=1.0):
    """An answer of somebody who knows the world."""
    hidden = hidden or world("kink", 7)
    n_params, loss = hidden.optimum(1e20)
    return vars(Answer(n_params * off, 1e20 / 6 / n_params / off, 3e-3, 2**16, loss, 0.98 * loss, 1.02 * loss))


# Runs and budget ------------------------------------------------------------------------------------------------------


def test_a_run_is_charged_once_and_the_same_run_again_is_free(room):
    first = room.ask("POST", "/runs", body=RUN)
    assert first == (200, {"loss": first[1]["loss"], "left": 10**18 - 12 * 10**15})
    assert room.ask("POST", "/runs", body=RUN) == first
    assert room.spent() == [12 * 10**15, 0]
    assert room.ask("POST", "/runs", key=room.bob, body=RUN)[1]["loss"] == first[1]["loss"]


def test_the_server_sells_what_the_service_in_the_page_would(room):
    from scalinglaws.course.budget import Service

    here = Service("kink", 7).run(**RUN)
    assert room.ask("POST", "/runs", body=RUN)[1] == {"loss": here.loss, "left": here.left}


def test_a_player_sees_the_own_runs_and_budget_and_nobody_elses(room):
    room.ask("POST", "/runs", body=RUN)
    (run,) = room.ask("GET", "/runs")[1]["runs"]
    assert run | RUN | {"learning_rate": 3e-3, "batch_size": 2**16, "seed": 0} == run
    assert room.ask("GET", "/runs", key=room.bob) == (200, {"runs": []})
    state = room.ask("GET", "/budget", key=room.bob)[1]
    assert (state["spent"], state["left"], state["target_flop"], state["runs"]) == (0, 10**18, 1e20, 0)
    for path in ("/runs?player=1", "/runs?name=Ada", "/budget?id=1"):
        assert room.ask("GET", path, key=room.bob)[0] == 422
    for path in ("/runs/1", "/players", "/docs", "/openapi.json", "/class.db"):
        assert room.ask("GET", path, key=room.bob)[0] == 404


def test_what_is_over_budget_is_refused_and_not_charged(room):
    big = {"n_params": 10**8, "n_tokens": 10**9}
    assert room.ask("POST", "/runs", body=big)[0] == 200
    status, reply = room.ask("POST", "/runs", body=big | {"seed": 1})
    assert (status, reply["error"]) == (402, "the run costs 6e+17 FLOP, 4e+17 are left")
    assert room.spent() == [6 * 10**17, 0]


BAD = [
    ('{"n_params": NaN, "n_tokens": 1e8}', 422, "n_params must be a finite number"),
    ('{"n_params": Infinity, "n_tokens": 1e8}', 422, "n_params must be a finite number"),
    ('{"n_params": 1e999, "n_tokens": 1e8}', 422, "n_params must be a finite number"),
    (RUN | {"n_params": 0}, 422, "n_params must be positive"),
    (RUN | {"n_params": -1e7}, 422, "n_params must be positive"),
    (RUN | {"n_params": 10**200}, 422, "n_params must be at least 1 and below"),
    (RUN | {"n_params": 10**400}, 422, "n_params must be a finite number"),
    ('{"n_params": ' + "9" * 4000 + "}", 422, "missing: n_tokens"),
    (RUN | {"n_params": "1e7"}, 422, "n_params must be a finite number"),
    (RUN | {"n_params": True}, 422, "n_params must be a finite number"),
    (RUN | {"n_params": [1e7]}, 422, "n_params must be a finite number"),
    (RUN | {"n_params": None}, 422, "missing: n_params"),
    (RUN | {"learning_rate": 0}, 422, "learning_rate must be positive"),
    (RUN | {"batch_size": 1e100}, 422, "batch_size must be at most n_tokens"),
    (RUN | {"seed": 0.5}, 422, "seed must be a whole number"),
    (RUN | {"seed": 10**20}, 422, "seed must be below 10,000"),
    (RUN | {"player": 2}, 422, "unknown: 'player'"),
    ({}, 422, "missing: n_params"),
    ("[]", 400, "the body must be a JSON object"),
    ("", 400, "the body must be JSON"),
    ("{", 400, "the body must be JSON"),
    ("[" * 4000, 400, "the body must be JSON"),
    ("\udcff".encode("utf-8", "surrogatepass"), 400, "the body must be JSON"),
    (" " * 5000, 413, "at most 4,096 bytes"),
]


@pytest.mark.parametrize(("body", "status", "words"), BAD)
def test_bad_input_is_named_and_charges_nothing(room, body, status, words):
    got, reply = room.ask("POST", "/runs", body=body)
    assert (got, words in reply["error"]) == (status, True), reply
    assert room.spent() == [0, 0]


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/runs"), ("GET", "/runs"), ("GET", "/budget"), ("PUT", "/final")]
)
@pytest.mark.parametrize("key", ["wrong", "' OR 1=1 --", "Ada", "x" * 5000])
def test_without_the_right_key_nothing_is_said(room, method, path, key):
    assert room.ask(method, path, key=key, body=RUN)[0] == 401
    assert room.client.request(method, path).status_code == 401
    assert room.spent() == [0, 0]


def test_a_key_that_asks_too_often_waits_and_the_others_do_not(room):
    replies = [room.ask("GET", "/budget")[0] for _ in range(80)]
    assert replies[:40] == [200] * 40 and 429 in replies
    assert room.ask("GET", "/budget", key=room.bob)[0] == 200


# Answer and board -----------------------------------------------------------------------------------------------------


def test_an_answer_counts_once_and_its_points_are_shown_when_the_game_is_closed(room):
    room.ask("POST", "/runs", body=RUN)
    assert room.ask("PUT", "/final", body=best(off=2.0)) == (
        200, {"answered": True, "points": "when the game is closed"},
    )  # fmt: skip
    assert room.ask("PUT", "/final", body=best())[0] == 409
    board = room.client.get("/board.json").json()
    assert board["state"] == "open" and board["games"][0]["rows"] == [{"name": "Ada"}]
    room.room.close()
    board = room.client.get("/board.json").json()
    (row,) = board["games"][0]["rows"]
    points = score(world("kink", 7), Answer(**best(off=2.0)))
    assert board["state"] == "scored" and row["points"] == round(points.points, 2) and row["band"] == 1
    assert room.ask("POST", "/runs", body=RUN | {"seed": 5}) == (409, {"error": "the game is closed"})
    assert room.ask("PUT", "/final", key=room.bob, body=best())[0] == 409
    assert room.ask("POST", "/runs", body=RUN)[0] == 200
    assert room.spent() == [12 * 10**15, 0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n_tokens": 1e14}, "the target is 1e"),
        ({"low": 5.0}, "loss must be between low and high"),
        ({"low": None}, "missing: low"),
        ({"loss": "low"}, "loss must be a finite number"),
        ({"high": float("nan")}, "high must be a finite number"),
        ({"name": 1}, "unknown: 'name'"),
    ],
)
def test_a_bad_answer_is_named_and_a_right_one_can_follow(room, change, words):
    status, reply = room.ask("PUT", "/final", body=json.dumps(best() | change))
    assert status == 422 and words in reply["error"]
    assert room.ask("PUT", "/final", body=best())[0] == 200


def test_nothing_that_the_server_says_depends_on_the_hidden_law_but_what_is_paid_for(tmp_path):
    """Two classes with different laws say the same to everything but a run, until the game is closed."""
    said = []
    for seed in (7, 8):
        folder = tmp_path / str(seed)
        folder.mkdir()
        room = Room(folder)
        room.room.file.execute("UPDATE class SET seed = ?", (str(seed),))
        room.client = TestClient(app.make_app(room.path, SITE))
        replies = [room.ask("POST", "/runs", body=body) for body, *_ in BAD]
        replies += [room.ask(method, path) for method, path in [("GET", "/budget"), ("GET", "/runs")]]
        replies += [room.ask("PUT", "/final", body=best(world("kink", 7), off)) for off in (1.0, 2.0)]
        replies += [room.client.get("/board.json").json(), room.client.get("/").text]
        said.append(json.dumps(replies))
        bought = room.ask("POST", "/runs", key=room.bob, body=RUN)[1]
        assert sorted(bought) == ["left", "loss"]
    assert said[0] == said[1] and "kink" not in said[0]


def test_the_seed_of_a_class_cannot_be_guessed(tmp_path):
    seeds = [app.Class.new(str(tmp_path / f"{i}.db"), ["Ada"])[0].world.seed for i in range(3)]
    assert len(set(seeds)) == 3 and min(seeds) > 2**96


def test_keys_are_kept_as_hashes_and_the_file_is_the_teachers_alone(room):
    text = Path(room.path).read_bytes() + Path(room.path + "-wal").read_bytes()
    assert room.ada.encode() not in text and app.hashed(room.ada).encode() in text
    assert Path(room.path).stat().st_mode & 0o077 == 0


def test_only_the_page_of_the_course_may_ask_from_a_browser(room):
    for origin, allowed in [(SITE, SITE), ("https://elsewhere.example", None)]:
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-api-key",
        }
        reply = room.client.options("/runs", headers=headers)
        assert reply.headers.get("access-control-allow-origin") == allowed
    refused = room.client.post("/runs", content="{", headers={"Origin": SITE, "X-API-Key": room.ada})
    assert refused.status_code == 400 and refused.headers["access-control-allow-origin"] == SITE


def test_a_class_can_play_on_the_measured_sweep(tmp_path):
    path = str(tmp_path / "class.db")
    (key,) = app.Class.new(path, ["Ada"], "measured")[1].values()
    client, head = TestClient(app.make_app(path)), {"X-API-Key": key}
    run = {"n_params": 10125, "n_tokens": 1e10 / 6 / 10125}
    assert client.post("/runs", json=run, headers=head).json()["loss"] == 2.030702
    assert client.get("/budget", headers=head).json()["recipe"] == [None, None]
    refused = client.post("/runs", json=run | {"n_tokens": 1e6}, headers=head)
    assert refused.status_code == 422 and "within 1 % of a budget" in refused.json()["error"]
    answer = {"n_params": 137000, "n_tokens": 3e12 / 6 / 137000, "loss": 1.42, "low": 1.41, "high": 1.43}
    assert client.put("/final", json=answer, headers=head).status_code == 200


# The teacher's side ---------------------------------------------------------------------------------------------------


def test_the_table_of_the_teacher_has_everybody_and_deleting_leaves_nothing(room, tmp_path):
    room.ask("PUT", "/final", body=best())

    def teacher(*words):
        return subprocess.run([sys.executable, app.__file__, *words], capture_output=True, text=True, check=True).stdout

    rows = list(csv.DictReader(io.StringIO(teacher("csv", room.path))))
    assert [row["name"] for row in rows] == ["Ada", "Bob"]
    assert float(rows[0]["wasted"]) < 1 and rows[1]["wasted"] == ""
    teacher("close", room.path)
    assert room.client.get("/board.json").json()["state"] == "scored"
    room.room.file.close()
    teacher("delete", room.path)
    assert not list(tmp_path.glob("class.db*"))


def test_a_roster_with_a_name_twice_or_one_that_a_table_could_mistake_makes_no_class(tmp_path):
    for names, words in [(["Ada", "ada"], "'ada' twice"), (["=1+1"], "name must be")]:
        with pytest.raises(ValueError, match=words):
            app.Class.new(str(tmp_path / "class.db"), names)
    assert not list(tmp_path.iterdir())
    app.Class.new(str(tmp_path / "class.db"), ["Ada"])
    with pytest.raises(FileExistsError):
        app.Class.new(str(tmp_path / "class.db"), ["Ada"])


# Many at once ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = bench.Server(tmp_path_factory.mktemp("class"), 16, "--site", SITE)
    yield made
    made.kill()


def test_killed_in_the_middle_of_many_runs_it_charges_none_twice_and_loses_none(server):
    rng = random.Random(1)
    sent = bench.requests(server.keys, 384, rng)
    answers = bench.load(server, sent, 12, n_kills=2, rng=rng)
    assert len(answers) == 384 and not list(bench.faults(server.path, answers))
    assert {status for _, _, status, _, _ in answers} == {200, 402}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ("UPDATE players SET spent = spent + 1 WHERE id = 1", "player 1 was charged"),
        ("DELETE FROM runs WHERE rowid = (SELECT min(rowid) FROM runs)", "is not there"),
        ("UPDATE runs SET loss = 1 WHERE rowid = (SELECT min(rowid) FROM runs)", "with another loss"),
        ("UPDATE class SET budget = 1", "spent"),
    ],
)
def test_a_ledger_that_is_wrong_would_be_noticed(spoil, words, tmp_path):
    room = Room(tmp_path)
    answers = []
    for seed in range(3):
        run = RUN | {"seed": seed}
        answers.append((room.ada, run, *room.ask("POST", "/runs", body=run), 0.0))
    assert not list(bench.faults(room.path, answers))
    room.room.file.execute(spoil)
    assert any(words in fault for fault in bench.faults(room.path, answers))


def test_the_service_of_the_lab_plays_a_game_against_the_server(server):
    service = ClassService(f"http://127.0.0.1:{server.port}/", server.keys[-1])
    before = service.state()
    if before["left"] > 6 * 10**14:
        bought = service.run(1e7, 1e7, seed=9999)
        assert service.run(1e7, 1e7, seed=9999) == bought and bought.left == before["left"] - 6 * 10**14
    with pytest.raises(Refused, match="FLOP, .* are left"):
        service.run(1e9, 1e9)
    with pytest.raises(Refused, match="n_params must be a finite number"):
        service.run("many", 1e9)
    assert (service.left, service.budget - service.spent) == (service.state()["left"],) * 2
    assert (
        service.log[-1] == tuple(service.state()["log"][-1].values()) and service.target_flop == before["target_flop"]
    )
    assert service.hand_in(Answer(1e9, 1e10, 3e-3, 2**16, 2.2, 2.1, 2.3))["answered"]
    assert service.state()["answered"] and len(service.state()["log"]) == service.state()["runs"]
    with pytest.raises(Refused, match="the header X-API-Key must have the key"):
        ClassService(f"http://127.0.0.1:{server.port}", "wrong").state()
