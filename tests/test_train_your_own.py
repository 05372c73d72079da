"""Lab 3's instruments, on runs that take a moment."""

import numpy as np
import pytest

from scalinglaws.book import lab3
from scalinglaws.data import load
from scalinglaws.runs import corpus
from scalinglaws.runs.jobs import isoflop_jobs


@pytest.fixture(scope="module")
def rows():
    """Three budgets of shipped runs, one seed, as a live sweep gives them."""
    runs = load("runs")
    mine = (runs["kind"] == "isoflop") & (runs["corpus"] == "stdlib") & (runs["variant"] == "") & (runs["seed"] == 0)
    return list(runs.where(mine & (runs["budget_flop"] <= 1e10)))


def test_a_sweep_is_watched_to_its_end_and_nothing_is_printed(capfd):
    text = corpus.stdlib(max_bytes=300_000)
    jobs = isoflop_jobs([2e7], n_sizes=3, corpus=text, n_held_out=2048)
    rows = lab3.watch(jobs, show=False)
    assert len(rows) == len(jobs) == 3 and {row["status"] for row in rows} == {"ok"}
    captured = capfd.readouterr()
    assert not captured.out and not captured.err


def test_the_screen_shows_a_new_picture_and_counts_after_each_run(rows):
    screen = lab3.SweepScreen(2, 1e9)
    screen.draw(rows[:1])
    first = screen.picture.value
    screen.draw(rows[:2])
    assert first[:4] == b"\x89PNG" and screen.picture.value != first
    assert screen.bar.value == 2 and "2 of 2" in screen.line.value


def test_the_conclusions_hold_for_the_shipped_runs_and_fail_for_a_sweep_without_a_valley(rows):
    assert all(lab3.conclusions(rows).values())
    spoiled = [row | {"loss": 1 + np.log(row["n_params"])} for row in rows]
    assert not lab3.conclusions(spoiled)["every budget has its minimum inside"]


def test_the_panels_are_alive_in_every_state(rows, walk):
    walk(lab3.beside(rows))
    walk(lab3.bet_on_run(rows, 3e10))


def test_the_ruler_foretells_the_next_shipped_budget(rows):
    size, loss = lab3.foretell(rows, 3e10)
    later = lab3.shipped_runs([3e10])
    assert abs(loss / later["loss"].min() - 1) < 0.03 and 1e4 < size < 4e4


def test_a_bigger_run_has_its_budget_and_nearly_the_size_foretold(rows):
    small = corpus.stdlib(max_bytes=300_000)
    few = [row for row in rows if row["budget_flop"] <= 3e9]
    run = lab3.bigger(few, 1e8, corpus=small, n_held_out=2048)
    assert run["compute_flop"] == pytest.approx(1e8, rel=0.05)
    assert abs(np.log(run["n_params"] / lab3.foretell(few, 1e8)[0])) < 0.5
