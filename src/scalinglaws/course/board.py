"""The board of the budget game: what was handed in, bought again and scored anew; no claimed score is trusted.

Usage: python -m scalinglaws.course.board FOLDER [--family any] [--seed 7] [--share 0.01]

Reads every line of the game in the files (*.txt, *.csv, *.md) of a folder, writes board.json and board.html into it and
prints the table. With --family, --seed or --share, lines of another game are named and left out; without, each game has
a table of its own. A line whose log does not follow from its world is named and has no score. Of one name in one game
the last line counts, in order of file name and line. The page works from the folder, without a server.
"""

import argparse
import json
from html import escape
from importlib.resources import files
from pathlib import Path

import numpy as np

from scalinglaws.course.budget import band, read_line, replay, score
from scalinglaws.course.worlds import world

_KINDS = (".txt", ".csv", ".md")


def in_bands(rows):
    """Return scored rows by rising points, with the number of their band.

    A band begins with the best row that is in none, and has all that are within `band()` points of it.
    """
    ranked, number, first = [], 0, -np.inf
    for row in sorted(rows, key=lambda row: (row["points"] is None, row["points"] or 0.0, row["name"].casefold())):
        points = np.inf if row["points"] is None else row["points"]
        if not ranked or points > first + band():
            number, first = number + 1, points
        ranked.append(row | {"band": number})
    return ranked


def scored(name, points, spent, n_runs):
    """Return the row of a player, rounded as it is shown; None stands for what a diverged run has not."""
    values = {key: round(value, 2) if np.isfinite(value) else None for key, value in points._asdict().items()}
    return {"name": name} | values | {"spent": spent, "runs": n_runs}


def read_folder(folder):
    """Yield place and text of every line of the game, and of what looks like one, in the files of a folder."""
    for path in sorted(Path(folder).iterdir()):
        if path.suffix.lower() in _KINDS and path.is_file():
            for place, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), start=1):
                for word in line.replace('"', " ").replace(",", " ").replace("`", " ").split():
                    if "scalinglaws-lab4:" in word:
                        yield f"{path.name}:{place}", word


def make_board(folder, **wanted):
    """Return the board of a folder: games with their ranked rows, and what has no score with the reason.

    wanted: family, seed, share of the one game that counts; None or left out for any.
    """
    games, problems = {}, []
    for place, line in read_folder(folder):
        name = ""
        try:
            record = read_line(line)
            name = record["name"]
            for key, value in wanted.items():
                if value is not None and record[key] != value:
                    raise ValueError(f"another game: its {key} is {record[key]!r}, not {value!r}")
            service = replay(record)
            points = score(world(record["family"], record["seed"]), record["answer"])
        except (ValueError, TypeError, KeyError, OverflowError) as problem:
            problems.append({"place": place, "name": name, "problem": str(problem)})
            continue
        game = games.setdefault((record["family"], record["seed"], service.budget_share), {})
        row = scored(name, points, service.spent, len(service.log))
        if (before := game.get(name.casefold())) is not None and before[0] != row:
            problems.append({"place": before[1], "name": name, "problem": f"replaced by the line at {place}"})
        game[name.casefold()] = row, place
    tables = [
        {"family": family, "seed": str(seed), "share": part, "rows": in_bands([row for row, _ in game.values()])}
        for (family, seed, part), game in sorted(games.items(), key=str)
    ]
    return {"state": "scored", "band": round(band(), 2), "games": tables, "problems": problems}


def board_page(board, poll=""):
    """Return the board as one HTML page. poll: address that it asks again every five seconds, relative to itself."""
    text = files("scalinglaws.course").joinpath("board.html").read_text("utf-8")
    data = json.dumps(board, allow_nan=False).replace("<", "\\u003c")
    return text.replace("{{board}}", data).replace("{{poll}}", escape(json.dumps(poll), quote=False))


def board_text(board):
    """Return the board as lines of text."""
    lines = []
    for game in board["games"]:
        lines.append(f"World {game['family']}, seed {game['seed']}, {100 * game['share']:g} % for exploring")
        lines.append(f"{'band':>4} {'name':24} {'wasted':>8} {'regret':>7} {'interval':>8} {'points':>7} {'runs':>4}")
        for row in game["rows"]:
            shown = [
                "-" if row[key] is None else f"{row[key]:.2f}" for key in ("wasted", "regret", "interval", "points")
            ]
            wasted, regret, interval, points = shown
            lines.append(
                f"{row['band']:4} {row['name']:24} {wasted:>6} % {regret:>7} {interval:>8} {points:>7} {row['runs']:4}"
            )
    lines += [f"No score: {item['place']} {item['name']}: {item['problem']}" for item in board["problems"]]
    return "\n".join(lines) or "No line of the game was found."


def write_board(arguments=None):
    """Write board.json and board.html into a folder and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--family")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--share", type=float)
    chosen = parser.parse_args(arguments)
    if not chosen.folder.is_dir():
        parser.error(f"FOLDER must be a folder, got {chosen.folder}")
    board = make_board(chosen.folder, family=chosen.family, seed=chosen.seed, share=chosen.share)
    (chosen.folder / "board.json").write_text(json.dumps(board, indent=1, allow_nan=False) + "\n", "utf-8")
    (chosen.folder / "board.html").write_text(board_page(board, "board.json"), "utf-8")
    print(board_text(board))


if __name__ == "__main__":
    write_board()
