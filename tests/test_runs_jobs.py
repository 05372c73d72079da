import subprocess
import sys

import numpy as np
import pytest

from scalinglaws.runs import corpus, jobs
from scalinglaws.runs.jobs import isoflop_jobs, sizes_to_try

PARTS = jobs.shipped_sweep()
PLANNED = [job for part in PARTS.values() for job in part]


def test_every_run_of_the_plan_has_its_own_name():
    names = [job.run_id for job in PLANNED]
    assert len(set(names)) == len(names)


def test_no_budget_of_the_plan_needs_more_than_one_epoch_or_400_symbols_per_parameter():
    for job in [job for job in PLANNED if job.budget_flop == job.budget_flop]:
        assert job.n_tokens < jobs.LENGTH[job.corpus]
        assert job.n_tokens / (job.flop / 6 / job.n_tokens) <= 400


def test_fresh_data_of_the_repetition_is_fresh_and_repeated_data_is_limited():
    for job in PARTS["repeat"]:
        if job.variant.startswith("fresh"):
            assert job.n_tokens < jobs.LENGTH["stdlib"] and job.recipe.unique_tokens is None
        else:
            assert job.variant == f"again-u{job.recipe.unique_tokens}"


def test_of_the_held_out_budget_the_middle_of_the_valley_comes_first():
    assert [job.hidden for job in PARTS["heldout"]] == [1448, 1024, 2048, 2896]


def test_the_command_says_what_it_would_do():
    command = [sys.executable, "-m", "scalinglaws.runs", "nowhere", "--plan", "--parts", "1e12", "heldout"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["1e12", "heldout"]
    assert lines[0].split()[1:4:2] == ["14", "1.4e+13"]


def test_sizes_come_from_one_ladder_and_most_occur_at_three_budgets():
    budgets = [1e9, 3e9, 1e10, 3e10, 1e11, 3e11, 1e12, 3e12]
    sizes = [hidden for c in budgets for hidden, _ in sizes_to_try(c)]
    assert set(sizes) <= set(jobs.LADDER)
    assert np.median([sizes.count(h) for h in set(sizes)]) >= 3
    ratios = np.array(jobs.LADDER[3:][1:]) / jobs.LADDER[3:-1]
    np.testing.assert_allclose(ratios, 2**0.5, rtol=0.04)


def test_a_valley_keeps_to_the_corpus_and_to_400_symbols_per_parameter():
    for c in (1e8, 1e9, 3e12, 1e13):
        for hidden, n_tokens in sizes_to_try(c, 15, n_max=9e6):
            assert n_tokens <= 9e6
            assert n_tokens <= 400 * 225 * hidden
            assert 6 * 225 * hidden * n_tokens == pytest.approx(c)
    assert sizes_to_try(1e13, 9)[0][0] < 825 <= sizes_to_try(1e13, 9, n_max=9e6)[0][0]


def test_the_cost_of_a_job_is_its_budget_whatever_the_shape():
    text = corpus.stdlib(max_bytes=300_000)
    for job in isoflop_jobs([3e7, 1e8], n_sizes=5, corpus=text, context=4) + isoflop_jobs(
        [1e9], corpus="hash", context=16
    ):
        assert job.flop == pytest.approx(job.budget_flop)


def test_unknown_corpus_is_refused():
    with pytest.raises(ValueError, match="corpus must be one of stdlib, hash"):
        isoflop_jobs([1e9], corpus="bible")


def test_a_recipe_is_checked_before_anything_runs():
    with pytest.raises(ValueError, match="lr must be positive"):
        isoflop_jobs([1e9], lr=-1)
    with pytest.raises(TypeError, match="learning_rate"):
        isoflop_jobs([1e9], learning_rate=0.1)
