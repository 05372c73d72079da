"""Lab 9: the desk, plans in changed worlds, a run that waits, and the forecast that the notebook makes."""

import ast
import json
from pathlib import Path

import numpy as np
import pytest

from scalinglaws.book import lab9
from scalinglaws.course import director
from scalinglaws.course.director import BUDGET, N_YEARS, Director, draw, hindsight, play, world_of

YEARS = [(8, 1, 6, 2, 3), (4, 0, 7, 3, 2), (0, 0.5, 9, 3, 0), (10, 0, 9, 2, 0), (1, 0, 8, 2, 0)]
WORLDS = draw(60, 2)


@pytest.mark.parametrize("n_played", [0, 1, 4, 5])
def test_the_desk(walk, n_played):
    walk(lab9.desk(Director(3, YEARS[:n_played]), WORLDS))


def test_plans_in_a_changed_world(walk):
    walk(lab9.stress((6, 13)))


def test_a_run_that_waits(walk):
    walk(lab9.waiting(WORLDS))


@pytest.mark.parametrize("n_played", range(N_YEARS))
@pytest.mark.parametrize("row", [(8, 1, 6, 2, 3), (0, 0, 0, 0, 0), (70, 70, 70, 70, 70)])
def test_open_years_spend_what_is_left_and_keep_what_was_played(n_played, row):
    game = Director(3, YEARS[:n_played])
    plan = lab9.open_years(game, row)
    assert np.array_equal(plan[:n_played], game.plan[:n_played]) and plan.min() >= 0
    assert plan[n_played].sum() == pytest.approx(min(sum(row), game.left))
    if n_played < N_YEARS - 1:
        assert plan.sum() == pytest.approx(BUDGET)


@pytest.mark.parametrize("n_played", range(N_YEARS + 1))
def test_a_finished_game_is_the_game_with_its_open_years_played(n_played):
    game = Director(3, YEARS[:n_played])
    done = lab9.finished(game)
    assert len(done.seen) == N_YEARS and done.seen[:n_played] == game.seen
    assert np.array_equal(done.plan[:n_played], game.plan[:n_played])
    assert done.left >= 0
    if 0 < n_played < N_YEARS:
        assert done.left < 0.3
        split = done.plan[n_played] / done.plan[n_played].sum()
        assert split == pytest.approx(game.plan[n_played - 1] / game.plan[n_played - 1].sum(), abs=0.01)


def test_the_desk_says_what_the_worlds_make_of_the_year():
    game = Director(3, YEARS[:2])
    panel = lab9.desk(game, WORLDS)
    row = dict(zip(panel.state, (5, 0, 8, 2, 1), strict=True))
    worth = 100 * play(WORLDS, lab9.open_years(game, list(row.values()))).worth.mean(axis=-1)
    low, middle, high = np.quantile(worth, [0.1, 0.5, 0.9])
    said = panel.render(row).readout
    assert (
        "Year 3: 16.0 of 64.0 spent, 48.0 left" in said
        and f"worth of all five years is {middle:.0f} % ({low:.0f} to {high:.0f})" in said
    )
    assert "made smaller" in panel.render(row | {"size": 70}).readout
    low, middle, high = np.quantile(
        100 * play(WORLDS, lab9.open_years(game, list(row.values()))).served[:, 2], [0.1, 0.5, 0.9]
    )
    assert f"{middle:.0f} % of this year's questions are tried ({low:.0f} to {high:.0f}, 80 %)" in said


def test_the_desk_starts_with_what_can_be_paid():
    for years in (YEARS, [(30, 2, 10, 3, 5), (20, 0, 10, 0, 0)], [(100, 0, 0, 0, 0)]):
        panel = lab9.desk(Director(3, years), WORLDS)
        assert "made smaller" not in panel.render(panel.state).readout


def test_a_changed_world_changes_one_thing():
    panel = lab9.stress((6, 13))
    state = {"seed": 13, "changed": "passed", "factor": 3.0}
    world = world_of(13)
    worth = 100 * play(world._replace(passed=min(3 * world.passed, 0.6)), hindsight(13)).worth.mean()
    assert f"best of world 13 {worth:.0f}" in panel.render(state).readout
    same = 100 * play(world, hindsight(13)).worth.mean()
    assert f"best of world 13 {same:.0f}" in panel.render(state | {"changed": ""}).readout


def test_one_run_spends_the_budget_as_it_says():
    plan = lab9.one_run(4, 30, tries=2, research=3, until=2)
    assert plan.sum() == pytest.approx(BUDGET) and plan[3, :2] == pytest.approx([27, 3])
    assert plan[:, 4].tolist() == [3, 3, 0, 0, 0] and plan[:, 2] == pytest.approx(plan[:, 3])
    assert lab9.one_run(0, 30, tries=1)[:, 2] == pytest.approx(20)


def test_the_wait_is_compared_with_the_same_money_for_answers():
    panel = lab9.waiting(WORLDS)
    state = {"year": 4, "money": 30, "tries": 1.0, "research": 3.0, "until": 0}
    gain = 100 * np.subtract(*(play(WORLDS, lab9.one_run(y, 30, 1)).worth.mean(axis=-1) for y in (4, 0)))
    state |= {"field": "", "end": -1}
    assert f"Mean gain of 60 worlds {gain.mean():+.1f} +- " in panel.render(state).readout
    low, high = (gain[lab9.third(WORLDS, "compute", end)] for end in (-1, 1))
    assert low.size == high.size == 20
    assert f"20 worlds {low.mean():+.1f}" in panel.render(state | {"field": "compute"}).readout
    assert f"20 worlds {high.mean():+.1f}" in panel.render(state | {"field": "compute", "end": 1}).readout


@pytest.mark.parametrize("field", ["lag", "methods"])
def test_thirds_are_those_where_an_input_is_lowest_and_highest(field):
    low, high = (getattr(WORLDS, field)[lab9.third(WORLDS, field, end)] for end in (-1, 1))
    between = getattr(WORLDS, field)[~(lab9.third(WORLDS, field, -1) | lab9.third(WORLDS, field, 1))]
    assert low.max() < between.min() and between.max() < high.min()
    assert lab9.third(WORLDS, "", -1).all()


def believed():
    """The forecast as the notebook's cell makes it."""
    path = Path(__file__).parent.parent / "labs" / "9-lab-director.ipynb"
    cells = ["".join(c["source"]) for c in json.loads(path.read_text("utf-8"))["cells"] if c["cell_type"] == "code"]
    (cell,) = (cell for cell in cells if "def believed(" in cell)
    tree = ast.parse(cell)
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    names = {"np": np, "rng": np.random.default_rng(0), "director": director, "forecast": draw(20_000)}
    exec(compile(tree, "cell", "exec"), names)
    return names["believed"]


def test_the_forecast_of_the_notebook_holds_what_it_promises_and_narrows():
    """Over 60 worlds, intervals of 80 % after 0, 2 and 5 years hold the truth at least nearly four times in five."""
    forecast, rows = believed(), np.array([(6, 1, 6, 4, 3)] * N_YEARS, float)
    held, wide = [], []
    for seed in range(100, 160):
        truth = play(world_of(seed), rows).worth.mean()
        for t in (0, 2, 5):
            worlds, count = forecast(Director(seed, rows[:t]))
            assert count >= 50
            low, high = np.quantile(play(worlds, rows).worth.mean(axis=-1), [0.1, 0.9])
            held.append(low <= truth <= high)
            wide.append(high - low)
    assert all(0.7 < part < 0.99 for part in np.reshape(held, (-1, 3)).mean(axis=0))
    first, second, last = np.reshape(wide, (-1, 3)).mean(axis=0)
    assert last < second / 1.5 < first / 3
