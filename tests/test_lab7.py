"""Lab 7: rulers on skills of known law, seals that do not give themselves away, bets, and its panels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws.book import lab7
from scalinglaws.book.lab7 import COMPUTE, ITEMS, RULERS, SEALED, SHOWN, TASKS, Skill, measured, scores, steepest
from scalinglaws.data import load
from scalinglaws.laws.growth.capability import answer_loss, exponents_between


@given(st.floats(0.05, 1.5), st.floats(17, 23), st.integers(1, 40))
def test_a_skill_of_one_power_law_has_one_exponent_whatever_the_length(exponent, power, length):
    skill = Skill(10**power, exponent, answers=((1.0, length),))
    law = np.array([length * skill.loss(compute) for compute in COMPUTE])
    np.testing.assert_allclose(exponents_between(COMPUTE, law), exponent, rtol=1e-6)


@given(st.floats(1, 20), st.floats(19, 23), st.floats(0.2, 2))
def test_a_jump_takes_its_factor_off_and_half_of_its_logarithm_at_its_middle(drop, place, width):
    far, middle = 10.0 ** (place + 8 * width), 10.0**place
    assert answer_loss(far, 1e20, 0.3) / answer_loss(far, 1e20, 0.3, drop, place, width) == pytest.approx(drop)
    ratio = answer_loss(middle, 1e20, 0.3) / answer_loss(middle, 1e20, 0.3, drop, place, width)
    assert ratio == pytest.approx(np.sqrt(drop))


def test_a_mixture_of_easy_and_hard_items_bends_the_log_score_and_not_the_loss_per_token():
    skill = SEALED["C"]
    bent = exponents_between(COMPUTE, -np.log(skill.share(COMPUTE)))
    assert bent.min() < 0.1 and bent.max() < skill.exponent + 1e-9
    assert np.ptp(exponents_between(COMPUTE, skill.loss(COMPUTE))) < 1e-9


def test_loss_per_token_alone_parts_the_six_seals():
    for skill in SEALED.values():
        steps = exponents_between(COMPUTE, skill.loss(COMPUTE))
        assert (steps.max() > 2 * steps.min()) == (skill.drop > 1)


def test_two_seals_look_alike_in_the_first_report_and_differ_in_their_cause():
    alike = [SEALED[letter] for letter in "AE"]
    shown = COMPUTE[SHOWN["one a decade"]]
    first = [measured(SEALED[letter], "exact match", shown, 50, ord(letter)) / 100 for letter in "AE"]
    assert all(np.all(share[:4] == 0) and 0.2 < share[-1] < 0.6 for share in first)
    assert alike[0].drop == 1 < alike[1].drop


def test_a_log_score_on_many_items_parts_the_two_that_look_alike_and_on_fifty_does_not():
    panel = lab7.sealed()

    def steepest_exponent(letter, items):
        state = panel.state | {"skill": letter, "items": items, "ruler": "log score", "shown": "all thirteen"}
        return float(panel.render(state).readout.split(" to ")[1].split(" from")[0])

    assert steepest_exponent("A", 10_000) < 0.55 < 1 < steepest_exponent("E", 10_000)
    assert steepest_exponent("A", 50) > steepest_exponent("E", 50)


def test_half_of_the_seals_have_a_jump_so_that_one_letter_alone_wins_nothing():
    assert lab7.verdicts_right("MMMMMM") == lab7.verdicts_right("rrrrrr") == len(SEALED) / 2
    truth = "".join("M" if skill.drop > 1 else "R" for skill in SEALED.values())
    assert lab7.verdicts_right(truth) == 6


@pytest.mark.parametrize("wrong", ["MMM", "MRMRMX", ""])
def test_verdicts_of_another_form_are_named(wrong):
    with pytest.raises(ValueError, match="verdicts"):
        lab7.verdicts_right(wrong)


def test_an_unknown_ruler_and_an_unknown_task_are_named():
    with pytest.raises(ValueError, match="ruler"):
        measured(SEALED["A"], "F1", COMPUTE, 50)
    with pytest.raises(ValueError, match="task"):
        scores("knitting")


@pytest.mark.parametrize("ruler", RULERS)
@pytest.mark.parametrize("chance", [0.0, 0.25, 0.5])
def test_every_ruler_runs_one_way_as_compute_grows(ruler, chance):
    values = measured(Skill(1e20, 0.3, 8, 22, 0.5, ((1.0, 12),), chance), ruler, COMPUTE, None)
    sign = 1 if ruler in ("exact match", "likeliest answer", "per token") else -1
    assert np.all(sign * np.diff(values) >= 0)


def test_brier_score_goes_from_that_of_guessing_to_nothing():
    values = measured(Skill(1e20, 1.5, answers=((1.0, 40),), chance=0.25), "Brier score", np.array([1e16, 1e24]), None)
    assert values == pytest.approx([0.75, 0], abs=0.02)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=9))
def test_steepest_step_is_at_least_an_even_share_of_the_range_and_at_most_all(values):
    share, place, rise = steepest(values)
    if rise > 1e-9:
        assert 1 / (len(values) - 1) - 1e-9 <= share <= 1 + 1e-9
        assert abs(values[place + 1] - values[place]) == pytest.approx(share * rise)


@given(st.integers(1, 40), st.floats(0.1, 1.5))
def test_likeliest_answers_turn_from_wrong_to_right_between_two_probabilities(length, exponent):
    skill = Skill(1e20, exponent, answers=((1.0, length),))
    right = skill.likeliest(COMPUTE)
    drawn = skill.known(COMPUTE)
    assert np.all(right[drawn < 0.4 / 1.4 - 1e-9] == 0) and np.all(right[drawn > 0.6 / 1.6 + 1e-9] == 1)


def test_likeliest_answer_makes_a_mirage_of_a_smooth_skill_with_all_models_shown():
    share, _, rise = steepest(measured(Skill(1e20, 0.3, answers=((1.0, 5),)), "likeliest answer", COMPUTE, None))
    assert share > 0.8 and rise > 30


def test_a_large_test_counts_what_is_expected():
    skill = SEALED["F"]
    counted = measured(skill, "exact match", COMPUTE, 1_000_000) / 100
    assert counted == pytest.approx(skill.share(COMPUTE), abs=0.003)


def test_five_tasks_have_eight_sizes_and_no_zero_so_that_each_has_a_log_score():
    for task in TASKS:
        flop, share = scores(task)
        assert len(share) == 8 and np.all((share > 0) & (share < 1)) and np.all(np.diff(flop) > 0)


def test_printed_scores_of_analogies_but_one_are_counts_of_374_questions_and_of_no_smaller_number():
    table = load("gpt3_scores").where(load("gpt3_scores")["task"] == "SAT analogies")
    printed = np.concatenate([table[f"{name}_shot_pct"] for name in ("zero", "one", "few")])

    def off(n):
        return np.count_nonzero(np.abs(100 * np.round(printed * n / 100) / n - printed) > 0.0501)

    assert off(374) == 1 and min(off(n) for n in range(50, 374)) > 1


@pytest.mark.parametrize("task", [task for task in TASKS if task != "SAT analogies"])
def test_printed_scores_are_counts_of_the_items_of_their_test(task):
    table = load("gpt3_scores").where(load("gpt3_scores")["task"] == task)
    counts = np.concatenate([table[f"{name}_shot_pct"] for name in ("zero", "one", "few")]) * ITEMS[task] / 100
    np.testing.assert_allclose(counts, np.round(counts), atol=1e-6)
    if ITEMS[task] == 10_000:
        assert np.any(np.abs(counts / 5 - np.round(counts / 5)) > 0.1)  # no counts of 2,000


@pytest.mark.parametrize(("items", "bends"), [(ITEMS["symbol insertion"], True), (2000, False)])
def test_whether_symbol_insertion_bends_hangs_on_the_size_of_its_test(items, bends):
    flop, share = scores("symbol insertion")
    drawn = np.random.default_rng(1).binomial(items, share, (4000, 8)).clip(0.5, items - 0.5) / items
    low, high = np.quantile([exponents_between(flop, s) for s in -np.log(drawn)], [0.025, 0.975], axis=0)
    top = 3 + np.argmax(exponents_between(flop, -np.log(share))[3:])
    assert (low[top] > high[:top].max()) == bends


def test_likeliest_answers_leap_less_where_the_wrong_ones_differ():
    skill = Skill(1e20, 0.3, answers=((1.0, 5),))
    alike, unlike = (steepest(s.likeliest(COMPUTE))[0] for s in (skill, skill._replace(rivals=(0.2, 0.8))))
    assert alike == pytest.approx(1) and unlike == pytest.approx(0.5, abs=0.02)


def test_the_bet_shows_the_four_smallest_sizes_alone():
    panel = lab7.bet()
    dots = panel.moving[1]
    for task in range(1, 6):
        for paper in ("exact match", "log score"):
            readout = panel.render(panel.state | {"task": task, "paper": paper}).readout
            assert len(dots.get_xdata()) == 4 and TASKS[task - 1] not in readout


def test_sealed_readout_names_neither_law_nor_length():
    panel = lab7.sealed()
    for letter in SEALED:
        readout = panel.render(panel.state | {"skill": letter}).readout
        assert not any(word in readout for word in ("jump", "token", "exponent", "model"))


def test_a_log_score_leaves_out_models_that_have_nothing_right():
    panel = lab7.known_law()
    state = panel.state | {"ruler": "log score", "length": 40, "items": 20, "exponent": 0.05}
    assert "Fewer than two" in panel.render(state).readout


def test_with_a_test_of_very_many_items_the_exponents_are_those_of_the_law():
    panel = lab7.known_law()
    state = panel.state | {"ruler": "log score", "shown": "the five largest", "length": 1, "items": 10_000}
    low, high = (float(word) for word in panel.render(state).readout.split(" of ")[1].split(" from")[0].split(" to "))
    assert 0.25 < low <= 0.3 <= high < 0.35


def test_families_without_the_test_and_guessing_taken_off():
    panel = lab7.families()
    mmlu = panel.state | {"test": "MMLU (guessing: 25 %)"}
    scored, known = (panel.render(mmlu | {"known": known}).readout for known in (False, True))
    assert "24.3 to 26.8" in scored and "-1.0 to 2.4" in known


@pytest.mark.parametrize("make", [lab7.known_law, lab7.sealed, lab7.bet, lab7.published, lab7.families])
def test_every_control_works_in_all_states(make, walk):
    walk(make())
