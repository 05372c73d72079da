"""The board of the games of labs 4 and 9: what was handed in, played again and scored anew; no claimed score is trusted.

Usage: python -m scalinglaws.course.board FOLDER [--family any] [--seed 7] [--share 0.01]

Reads every line of a game in the files (*.txt, *.csv, *.md) of a folder, writes board.json and board.html into it and
prints the table. With --family, --seed or --share, lines of another game are named and left out; without, each game has
a table of its own. The mark at the start of a line says which game it is; the family of lab 9's is `director`, and it has
no share. A line whose log does not follow from its world is named and has no score. Of one name in one game
the last line counts, in order of file name and line. The page works from the folder, without a server.
"""

import argparse
import json
import re
from html import escape
from importlib.resources import files
from pathlib import Path

import numpy as np

from scalinglaws.course.budget import band, read_line, replay, score
from scalinglaws.course.director import director_band, director_score, read_director
from scalinglaws.course.worlds import world

_KINDS = (".txt", ".csv", ".md")
_DIRECTOR = {"points": "points", "elsewhere": "elsewhere, %", "worth": "worth, %", "best": "best, %"}


def in_bands(rows, width=None):
    """Return scored rows by rising points, with the number of their band.

    A band begins with the best row that is in none, and has all that are within `width` of it, `band()` points by default.
    """
    width = band() if width is None else width
    ranked, number, first = [], 0, -np.inf
    for row in sorted(rows, key=lambda row: (row["points"] is None, row["points"] or 0.0, row["name"].casefold())):
        points = np.inf if row["points"] is None else row["points"]
        if not ranked or points > first + width:
            number, first = number + 1, points
        ranked.append(row | {"band": number})
    return ranked


def scored(name, points, spent, n_runs):
    """Return the row of a player, rounded as it is shown; None stands for what a diverged run has not."""
    values = {key: round(value, 2) if np.isfinite(value) else None for key, value in points._asdict().items()}
    return {"name": name} | values | {"spent": spent, "runs": n_runs}


def read_folder(folder):
    """Yield place and text of every line of a game, and of what looks like one, in the files of a folder."""
    for path in sorted(Path(folder).iterdir()):
        if path.suffix.lower() in _KINDS and path.is_file():
            for place, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), start=1):
                for word in line.replace('"', " ").replace(",", " ").replace("`", " ").split():
                    if "scalinglaws-lab4:" in word or "scalinglaws-lab9:" in word:
                        yield f"{path.name}:{place}", word


def make_board(folder, **wanted):
    """Return the board of a folder: games with their ranked rows, and what has no score with the reason.

    wanted: family, seed, share of the one game that counts; None or left out for any.
    """
    games, problems = {}, []
    for place, line in read_folder(folder):
        name = ""
        try:
            if "scalinglaws-lab9:" in line:
                name, director = read_director(line)
                record = {"family": "director", "seed": director.seed, "share": None}
            else:
                record = read_line(line)
                name = record["name"]
            for key, value in wanted.items():
                if value is not None and record[key] != value:
                    raise ValueError(f"another game: its {key} is {record[key]!r}, not {value!r}")
            if record["family"] == "director":
                points, part = director_score(director.seed, director.plan), None
                row = {"name": name} | {key: round(value, 2) for key, value in points._asdict().items()}
            else:
                service = replay(record)
                points, part = score(world(record["family"], record["seed"]), record["answer"]), service.budget_share
                row = scored(name, points, service.spent, len(service.log))
        except (ValueError, TypeError, KeyError, OverflowError) as problem:
            problems.append({"place": place, "name": name, "problem": str(problem)})
            continue
        game = games.setdefault((record["family"], record["seed"], part), {})
        if (before := game.get(name.casefold())) is not None and before[0] != row:
            problems.append({"place": before[1], "name": name, "problem": f"replaced by the line at {place}"})
        game[name.casefold()] = row, place
    tables = []
    for (family, seed, part), game in sorted(games.items(), key=str):
        rows, table = [row for row, _ in game.values()], {"family": family, "seed": str(seed), "share": part}
        if family == "director":
            names = {"band": "band", "name": "name", **_DIRECTOR}
            table |= {"title": f"The lab director, world {seed}", "columns": list(names.items())}
        tables.append(table | {"rows": in_bands(rows, director_band() if family == "director" else None)})
    return {"state": "scored", "band": round(band(), 2), "games": tables, "problems": problems}


def board_page(board, poll=""):
    """Return the board as one HTML page. poll: address that it asks again every five seconds, relative to itself."""
    text = files("scalinglaws.course").joinpath("board.html").read_text("utf-8")
    data = json.dumps(board, allow_nan=False).replace("<", "\\u003c")
    values = {"board": data, "poll": escape(json.dumps(poll), quote=False)}
    # In one pass: what was handed in may look like a hole.
    return re.sub(r"\{\{(board|poll)\}\}", lambda hole: values[hole[1]], text)


def board_text(board):
    """Return the board as lines of text."""
    lines = []
    for game in board["games"]:
        if game["family"] == "director":
            heads = " ".join(f"{label:>12}" for label in _DIRECTOR.values())
            lines += [game["title"], f"{'band':>4} {'name':24} {heads}"]
            for row in game["rows"]:
                values = " ".join(f"{row[key]:12.2f}" for key in _DIRECTOR)
                lines.append(f"{row['band']:4} {row['name']:24} {values}")
            continue
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
    return "\n".join(lines) or "No line of a game was found."


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
