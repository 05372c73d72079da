import subprocess
import sys

from scalinglaws.runs import corpus, jobs


def test_every_run_of_the_plan_has_its_own_name():
    names = [job["run_id"] for part in jobs.parts().values() for job in part]
    assert len(set(names)) == len(names)


def test_no_budget_of_the_plan_needs_more_than_one_epoch_or_400_symbols_per_parameter():
    for job in [job for part in jobs.parts().values() for job in part if job["budget_flop"] == job["budget_flop"]]:
        n_tokens = job["train"]["n_tokens"]
        assert n_tokens < jobs.LENGTH[job["corpus"]]
        assert n_tokens / (jobs.cost(job) / 6 / n_tokens) <= 400


def test_fresh_data_of_the_repetition_is_fresh():
    for job in jobs.repetition():
        if job["variant"].startswith("fresh"):
            assert job["train"]["n_tokens"] < jobs.LENGTH["stdlib"]


def test_the_source_of_known_entropy_is_as_long_as_the_plan_takes_it_to_be():
    assert len(corpus.hash_source().train) > jobs.LENGTH["hash"]


def test_the_command_says_what_it_would_do():
    command = [sys.executable, "-m", "scalinglaws.runs", "nowhere", "--plan", "--parts", "1e12", "heldout"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["1e12", "heldout"]
    assert lines[0].split()[1:4:2] == ["14", "1.4e+13"]
