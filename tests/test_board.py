"""The board of the budget game: it buys every log again, names what does not follow, and shows bands."""

import base64
import json
import re
import shutil
import subprocess
import zlib

import numpy as np
import pytest

from scalinglaws.course.board import board_page, board_text, in_bands, make_board, read_folder, scored, write_board
from scalinglaws.course.budget import Answer, Score, Service, band, score
from scalinglaws.course.director import NAIVE, Director, director_band, director_score
from scalinglaws.course.worlds import world
from scalinglaws.fit.score import interval_score

MARK = "scalinglaws-lab4:"


def line(name, family="kink", seed=9, wide=0.02, off=1.0, runs=2):
    """What somebody hands in who knows the world but for a factor in size."""
    service, hidden = Service(family, seed), world(family, seed)
    for i in range(runs):
        service.run(2e6, 4e7, seed=i)
    n_params, loss = hidden.optimum(hidden.target_flop)
    size, recipe = off * n_params, service.recipe
    return service.hand_in(name, Answer(size, 1e20 / 6 / size, *recipe, loss, loss * (1 - wide), loss * (1 + wide)))


def tampered(text, change):
    """A line with its record changed."""
    record = json.loads(zlib.decompress(base64.urlsafe_b64decode(text.removeprefix(MARK))))
    change(record)
    return MARK + base64.urlsafe_b64encode(zlib.compress(json.dumps(record).encode())).decode()


def test_lines_are_found_in_any_text_of_a_folder(tmp_path):
    (tmp_path / "a.txt").write_text(f"Dear teacher,\n{line('Ada')}\n", "utf-8")
    (tmp_path / "b.csv").write_text(f'id,answer\n7,"{line("Bob")}"\n', "utf-8")
    (tmp_path / "c.md").write_text(f"`{line('Cleo')}`", "utf-8")
    (tmp_path / "d.png").write_bytes(b"\x89PNG")
    assert [place for place, _ in read_folder(tmp_path)] == ["a.txt:2", "b.csv:2", "c.md:1"]
    (game,) = make_board(tmp_path)["games"]
    assert {row["name"] for row in game["rows"]} == {"Ada", "Bob", "Cleo"}


def test_points_are_those_of_the_score_and_a_claimed_score_is_not_read(tmp_path):
    text = tampered(line("Ada", off=2.0), lambda record: record.update(points=0.0, score={"points": 0}))
    (tmp_path / "a.txt").write_text(text, "utf-8")
    (row,) = make_board(tmp_path)["games"][0]["rows"]
    hidden = world("kink", 9)
    n_params, loss = hidden.optimum(1e20)
    answer = Answer(2 * n_params, 1e20 / 12 / n_params, *hidden.recipe, loss, 0.98 * loss, 1.02 * loss)
    points = score(hidden, answer)
    assert row["points"] == round(points.points, 2) and row["wasted"] == round(points.wasted, 2) > 5
    assert (row["runs"], row["spent"]) == (2, 2 * 6 * 2 * 10**6 * 4 * 10**7)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda r: r["log"][0].__setitem__(5, 1.5), "run 1 of the log says loss 1.5"),
        (lambda r: r["log"].append([1e9, 1e9, 3e-3, 65536, 0, 2.0]), "run 3 of the log could not be bought"),
        (lambda r: r.update(seed=10), "run 1 of the log says loss"),
        (lambda r: r.update(seed="x"), "seed must be a whole number"),
        (lambda r: r.update(seed=10**300), "run 1 of the log says loss"),
        (lambda r: r.update(family=["kink"]), "family must be one of"),
        (lambda r: r.update(share=0.9), "budget_share must leave"),
        (lambda r: r["answer"].update(n_params=1e12), "the target is 1e.20"),
        (lambda r: r["answer"].update(n_params=10**400), "too large"),
        (lambda r: r["answer"].update(low=float("nan")), "low must be positive and finite"),
        (lambda r: r["answer"].pop("low"), "a line that cannot be read"),
        (lambda r: r.update(name="<script>"), "a line that cannot be read"),
        (lambda r: r.update(log=3), "a line that cannot be read"),
        (lambda r: r.pop("share"), "'share'"),
    ],
)
def test_a_tampered_line_is_named_has_no_score_and_stops_nobody_else(tmp_path, change, problem):
    (tmp_path / "a.txt").write_text(f"{tampered(line('Eve'), change)}\n{line('Ada')}\n", "utf-8")
    board = make_board(tmp_path)
    assert [row["name"] for game in board["games"] for row in game["rows"]] == ["Ada"]
    (found,) = board["problems"]
    assert found["place"] == "a.txt:1"
    assert re.search(problem, found["problem"])


def test_a_line_that_would_unpack_to_gigabytes_is_not_unpacked(tmp_path):
    record = zlib.decompress(base64.urlsafe_b64decode(line("Ada").removeprefix(MARK)))
    for blanks, is_read in [(1000, True), (10_000_000, False)]:
        packed = base64.urlsafe_b64encode(zlib.compress(b" " * blanks + record, 9)).decode()
        (tmp_path / "a.txt").write_text(MARK + packed, "utf-8")
        board = make_board(tmp_path)
        assert bool(board["games"]) == is_read
    assert "cannot be read" in board["problems"][0]["problem"]


def test_the_last_line_of_a_name_counts_and_the_first_is_named(tmp_path):
    (tmp_path / "a.txt").write_text(f"{line('Ada', off=3.0)}\n{line('ada')}\n", "utf-8")
    board = make_board(tmp_path)
    (row,) = board["games"][0]["rows"]
    assert row["name"] == "ada" and row["wasted"] < 1
    assert board["problems"] == [{"place": "a.txt:1", "name": "ada", "problem": "replaced by the line at a.txt:2"}]


def test_games_have_tables_of_their_own_unless_one_is_asked_for(tmp_path):
    (tmp_path / "a.txt").write_text(f"{line('Ada')}\n{line('Bob', seed=10)}\n", "utf-8")
    assert len(make_board(tmp_path)["games"]) == 2
    board = make_board(tmp_path, family="kink", seed=10, share=0.01)
    assert [row["name"] for row in board["games"][0]["rows"]] == ["Bob"]
    assert board["problems"][0]["problem"] == "another game: its seed is 9, not 10"


def test_a_band_holds_what_is_within_it_of_its_first():
    rows = [
        {"name": name, "points": points} for name, points in zip("abcdef", [5, 4.1, 3.9, 3, None, None], strict=True)
    ]
    assert band() == pytest.approx(0.977, abs=1e-3)
    assert [(row["name"], row["band"]) for row in in_bands(rows)] == [
        ("d", 1), ("c", 1), ("b", 2), ("a", 2), ("e", 3), ("f", 3),
    ]  # fmt: skip


def test_a_diverged_run_has_no_points_and_comes_last():
    row = scored("Ada", Score(100.0, np.inf, np.inf, np.inf), 5, 1)
    assert row["wasted"] == 100 and row["points"] is None
    json.dumps(row, allow_nan=False)


def test_the_program_writes_a_file_a_page_and_a_table(tmp_path, capsys):
    (tmp_path / "a.txt").write_text(line("Ada") + "\n" + MARK + "broken\n", "utf-8")
    write_board([str(tmp_path), "--family", "kink"])
    printed = capsys.readouterr().out
    assert "World kink, seed 9, 1 % for exploring" in printed and "No score: a.txt:2" in printed
    board = json.loads((tmp_path / "board.json").read_text("utf-8"))
    assert board == json.loads(json.dumps(make_board(tmp_path, family="kink"))) and board_text(board) in printed
    html = (tmp_path / "board.html").read_text("utf-8")
    assert "http" not in html.replace('startsWith("http")', "") and "{{" not in html


def test_the_page_cannot_be_broken_out_of():
    html = board_page(
        {"state": "scored", "games": [], "problems": [{"place": "</script><b>", "name": "", "problem": "x"}]}
    )
    assert "</script><b>" not in html and html.count("</script>") == 1


def test_what_is_handed_in_fills_no_hole_of_the_page(tmp_path):
    """A family that is no world is quoted; looking like a hole of the page, it would be filled and break the script."""
    (tmp_path / "a.txt").write_text(tampered(line("Ada"), lambda record: record.update(family="{{poll}}")), "utf-8")
    board = make_board(tmp_path)
    data = board_page(board, "board.json").partition("const first = ")[2].partition(";\n")[0]
    assert json.loads(data) == json.loads(json.dumps(board)) and "{{poll}}" in board["problems"][0]["problem"]


def test_the_examples_of_the_page_are_right():
    log = 100 * np.log(np.array([2.00, 2.04, 2.02]))
    assert interval_score(log[0], log[1], log[2], 0.8) == pytest.approx(2.0, abs=0.03)
    low, high, truth = 100 * np.log([1.97, 2.01, 2.06])
    interval, regret = interval_score(low, high, truth, 0.8), 100 * np.log(2.06 / 2.02)
    assert (round(regret, 1), round(high - low, 1), round(truth - high, 1)) == (2.0, 2.0, 2.5)
    assert (round(interval), round(regret + interval)) == (27, 29)


@pytest.mark.skipif(not shutil.which("node"), reason="the script of the page is parsed by node, which is not here")
def test_the_script_of_the_page_is_sound(tmp_path):
    html = board_page({"state": "open", "games": [], "problems": []}, "board.json")
    (tmp_path / "page.js").write_text(html.partition("<script>")[2].partition("</script>")[0], "utf-8")
    assert subprocess.run(["node", "--check", str(tmp_path / "page.js")], check=False).returncode == 0


def directed(name, plan, seed=6):
    """What a lab director hands in."""
    return Director(seed, plan).hand_in(name)


def test_a_line_says_which_game_it_is_and_each_game_has_its_table(tmp_path):
    lines = [
        line("Ada"),
        directed("Ada", NAIVE["even"]),
        directed("Bob", NAIVE["one run"]),
        directed("Cleo", NAIVE["even"], 7),
    ]
    (tmp_path / "a.txt").write_text("\n".join(lines), "utf-8")
    board = make_board(tmp_path)
    games = {(game["family"], game["seed"]): game for game in board["games"]}
    assert set(games) == {("kink", "9"), ("director", "6"), ("director", "7")} and not board["problems"]
    rows = {row["name"]: row for row in games["director", "6"]["rows"]}
    for name, plan in (("Ada", "even"), ("Bob", "one run")):
        points = director_score(6, NAIVE[plan])
        assert {key: rows[name][key] for key in points._fields} == {k: round(v, 2) for k, v in points._asdict().items()}
    text = board_text(board)
    assert "The lab director, world 6" in text and "elsewhere, %" in text and "World kink, seed 9" in text


def test_one_world_of_the_lab_director_can_be_asked_for(tmp_path, capsys):
    lines = [line("Ada"), directed("Ada", NAIVE["even"]), directed("Cleo", NAIVE["even"], 7)]
    (tmp_path / "a.txt").write_text("\n".join(lines), "utf-8")
    write_board([str(tmp_path), "--family", "director", "--seed", "7"])
    (game,) = json.loads((tmp_path / "board.json").read_text("utf-8"))["games"]
    assert [row["name"] for row in game["rows"]] == ["Cleo"]
    assert capsys.readouterr().out.count("another game") == 2


def test_a_director_whose_money_does_not_follow_has_no_score(tmp_path):
    line_ = directed("Eve", NAIVE["even"])
    record = json.loads(base64.urlsafe_b64decode(line_.removeprefix("scalinglaws-lab9:")))
    record[2][0][0] = 90
    text = "scalinglaws-lab9:" + base64.urlsafe_b64encode(json.dumps(record).encode()).decode()
    (tmp_path / "a.txt").write_text(f"{text}\n{directed('Ada', NAIVE['even'])}\nscalinglaws-lab9:broken\n", "utf-8")
    board = make_board(tmp_path)
    assert [row["name"] for row in board["games"][0]["rows"]] == ["Ada"]
    assert [item["place"] for item in board["problems"]] == ["a.txt:1", "a.txt:3"]


def test_bands_of_the_lab_director_are_those_of_its_grading(tmp_path):
    plans = {"a": NAIVE["even"], "b": NAIVE["even"] * 0.99, "c": NAIVE["one run"]}
    (tmp_path / "a.txt").write_text("\n".join(directed(name, plan) for name, plan in plans.items()), "utf-8")
    rows = make_board(tmp_path)["games"][0]["rows"]
    bands = {row["name"]: row["band"] for row in rows}
    points = {row["name"]: row["points"] for row in rows}
    assert abs(points["a"] - points["b"]) < director_band() and bands["a"] == bands["b"]
    assert (bands["c"] == bands["a"]) == (abs(points["c"] - min(points.values())) <= director_band())
