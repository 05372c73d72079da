"""The register of forecasts: no row changes, its code still makes it, and what is due can be scored."""

import csv
import hashlib
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from scalinglaws import __main__ as command
from scalinglaws.course import forecasts
from scalinglaws.data import load
from scalinglaws.fit.drift import fit_drift
from scalinglaws.fit.score import crps, crps_normal

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "_ext")]

from website import register  # noqa: E402

TABLE = ROOT / "src/scalinglaws/data/tables/forecasts.csv"
PAGE = (ROOT / "reference/forecasts.md").read_text("utf-8")
FINGERPRINTS = json.loads((ROOT / "tests/registered_forecasts.json").read_text("utf-8"))
ROWS = list(load("forecasts"))
every_row = pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
every_quantity = pytest.mark.parametrize(
    "row", [r for r in ROWS if r["scored_in"] != "squared error"], ids=lambda row: row["id"]
)


def fingerprints(text):
    """Return the fingerprint of every row of a table, by its id: of all its cells with their columns."""
    rows = csv.DictReader(text.splitlines())
    return {r["id"]: hashlib.sha256(json.dumps(r, sort_keys=True).encode()).hexdigest()[:20] for r in rows}


def refused(text, kept=FINGERPRINTS):
    """Return the registered forecasts that a table has lost or changed, and those that nobody has registered."""
    now = fingerprints(text)
    return {name for name in now.keys() | kept.keys() if now.get(name) != kept.get(name)}


def values(row, start=""):
    return [row[start + name] for name in forecasts.LEVELS]


# ---- what is on record


def test_no_registered_forecast_has_changed():
    assert not refused(TABLE.read_text("utf-8"))


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("9.04e+26", "9.05e+26", "largest-run-2027"),
        ("above its estimate", "below its estimate", "new-record-2027"),
        ("index-2028", "index-2029", "index-2028"),
    ],
)
def test_a_changed_or_lost_row_is_refused_and_a_new_one_waits_for_its_fingerprint(old, new, name):
    text = TABLE.read_text("utf-8")
    assert name in refused(text.replace(old, new))
    lines = text.splitlines()
    more = "\n".join([*lines, lines[-1].replace("flop-per-dollar", "another")])
    assert refused(more) == {"another-2028"}
    assert not refused(more, FINGERPRINTS | {"another-2028": fingerprints(more)["another-2028"]})


@every_row
def test_the_code_beside_a_forecast_still_makes_it(row):
    both = eval(row["made_by"], vars(forecasts))
    for start, made in zip(("", "naive_"), both, strict=True):
        if row["scored_in"] == "squared error":
            assert made == pytest.approx(row[start + "probability"], abs=0.0051)
        else:
            quantiles = np.quantile(made, list(forecasts.LEVELS.values()))
            assert values(row, start) == pytest.approx(quantiles, rel=0.0051)


@every_row
def test_a_forecast_is_whole(row):
    yes_or_no = row["scored_in"] == "squared error"
    assert yes_or_no == (row["unit"] == "probability")
    for start in ("", "naive_"):
        assert np.isnan(row[start + "probability"]) != yes_or_no
        assert np.isnan(values(row, start)).all() == yes_or_no
        assert yes_or_no or (np.diff(values(row, start)) >= 0).all()
    assert row["recorded"] < row["until"] < row["due"] and row["question"].endswith("?")
    assert (ROOT / f"chapters/{row['chapter']}.ipynb").exists()
    assert "https://" in row["decides"] and all(row[name].endswith(".") for name in ("rule", "void"))


def test_there_are_enough_of_them_for_each_year():
    assert len(ROWS) >= 15
    assert {row["until"][:4] for row in ROWS} >= {"2027", "2028", "2030"}


# ---- how wide they are


def test_on_their_own_past_the_walks_held_what_the_page_says(monkeypatch):
    series, walk = {}, forecasts._walk
    monkeypatch.setattr(
        forecasts, "_walk", lambda *known: series.update({known[1].tobytes(): known[:2]}) or walk(*known)
    )
    calls = [
        *(f(2028) for f in (forecasts.largest_run, forecasts.best_index, forecasts.best_horizon)),
        *(f(2028) for f in (forecasts.largest_dataset, forecasts.largest_bill, forecasts.most_transistors)),
        *(forecasts.best_accelerator(name, 2028) for name in ("memory", "flop_per_s_per_usd")),
        *(forecasts.best_score(name, 2028) for name in ("GPQA Diamond", "FrontierMath T1-3", "OSWorld")),
    ]
    assert len(calls) == len(series) == 11
    held, of_horizon = {0.5: 0, 0.9: 0, "all": 0}, {}
    for years, best in series.values():
        before = dict(held)
        for n in range(5, years.size):
            later = years[n:] <= years[n - 1] + 4.5
            ahead, came = years[n:][later], best[n:][later]
            for level in (0.5, 0.9):
                band = fit_drift(years[:n], best[:n]).predict(ahead, level)
                held[level] += int(((band.low <= came) & (came <= band.high)).sum())
            held["all"] += came.size
        if years[0] == load("time_horizons")["year"][0] and best[0] < 1:
            of_horizon = {name: held[name] - before[name] for name in held}
    assert f"held {held[0.9]} of {held['all']} later values, its intervals of one half {held[0.5]}." in PAGE
    assert f"time horizons did worst ({of_horizon[0.9]} of {of_horizon['all']})" in PAGE


def test_the_page_quotes_the_widest_bill():
    row = next(row for row in ROWS if row["id"] == "bill-2027")
    assert f"between {row['q05'] / 1e9:.1f} and {row['q95'] / 1e9:.0f} billion" in PAGE


# ---- how they are scored


def test_a_normal_distribution_comes_back_from_five_quantiles():
    bell = forecasts.NormalDist(3, 2)
    draws = forecasts.as_draws([bell.inv_cdf(p) for p in forecasts.LEVELS.values()])
    assert draws == pytest.approx([bell.inv_cdf((i + 0.5) / 1000) for i in range(1000)])
    for truth in (-4, 3, 5.5):
        assert crps(draws, truth) == pytest.approx(crps_normal(3, 2, truth), abs=0.003)


@every_quantity
def test_draws_have_the_registered_quantiles_and_score_like_those_they_stand_for(row):
    scale = np.log10 if row["scored_in"] == "factors of ten" else np.asarray
    draws = forecasts.as_draws(scale(values(row)))
    width = np.ptp(scale(values(row)))
    assert np.quantile(draws, list(forecasts.LEVELS.values())) == pytest.approx(scale(values(row)), abs=0.02 * width)
    made = scale(eval(row["made_by"], vars(forecasts))[0][:20_000])
    for truth in values(row):
        assert crps(draws, scale(truth)) == pytest.approx(crps(made, scale(truth)), abs=0.07 * width)


@every_quantity
def test_the_median_scores_better_than_either_end(row):
    middle, low, high = (forecasts.forecast_scores(row, row[name])[0] for name in ("q50", "q05", "q95"))
    assert middle < min(low, high) or row["q05"] == row["q25"]


def test_a_probability_is_scored_by_its_square():
    row = next(row for row in ROWS if row["id"] == "new-record-2027")
    assert forecasts.forecast_scores(row, 1.0) == pytest.approx((0.16**2, 0.25))
    assert forecasts.forecast_scores(row, 0.0) == pytest.approx((0.84**2, 0.25))


# ---- the command


@pytest.fixture
def outcomes(tmp_path):
    def write(*lines, head="id,value,date,source"):
        path = tmp_path / "outcomes.csv"
        path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
        return ["forecasts", "--outcomes", str(path)]

    return write


def test_the_command_lists_every_forecast(capsys):
    assert command.run_command(["forecasts"]) == 0
    said = capsys.readouterr().out
    assert all(f"{row['id']}, due {row['due']}: " in said and row["question"] in said for row in ROWS)


def test_the_command_makes_them_again_and_names_what_changed(monkeypatch, capsys):
    assert command.run_command(["forecasts", "--remake"]) == 0
    assert capsys.readouterr().out == f"{len(ROWS)} made again from the tables; changed: none\n"
    monkeypatch.setattr(forecasts, "MODELS_READ", 2026.9)
    assert command.run_command(["forecasts", "--remake"]) == 1
    said = capsys.readouterr().out
    assert "largest-run-2027" in said and "dataset-2027" in said and "horizon-2027" not in said


def test_what_is_due_is_scored_beside_the_naive_forecast(outcomes, capsys):
    row = next(row for row in ROWS if row["id"] == "largest-run-2027")
    lines = (
        "largest-run-2027,3e27,2028-07-01,Epoch AI",
        "new-record-2027,yes,2028-07-01,Epoch AI",
        "index-2027,void,2028-07-01,Epoch AI",
        "index-2028,190,2028-07-01,Epoch AI",
    )
    assert command.run_command(outcomes(*lines)) == 0
    said = capsys.readouterr().out
    own, naive = forecasts.forecast_scores(row, 3e27)
    assert own < naive and f"CRPS in factors of ten {own:.3f}, naive (the same without growth) {naive:.3f}" in said
    assert "new-record-2027: 1 came; Brier 0.026, naive (the same without growth) 0.250" in said
    assert "index-2027: void" in said and "index-2028: not due before 2029-06-30" in said
    assert said.endswith("2 scored, 2 of them better than the naive forecast\n")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("largest-run-2026,3e27,2028-07-01,x", "forecast 'largest-run-2026' is unknown; known: largest-run-20"),
        ("largest-run-2027,-1,2028-07-01,x", r"a number \(FLOP\) or void, and a date as 2028-06-30, got '-1'"),
        ("largest-run-2027,0,2028-07-01,x", "got '0'"),
        ("largest-run-2027,nan,2028-07-01,x", "got 'nan'"),
        ("largest-run-2027,yes,2028-07-01,x", "got 'yes'"),
        ("new-record-2027,0.5,2028-07-01,x", "yes, no or void, .* got '0.5'"),
        ("largest-run-2027,3e27,July 2028,x", "got '3e27' and 'July 2028'"),
        ("largest-run-2027,3e27,2028-07-01,", "with a source, got source ''"),
        ("bill-2027,3e9,2028-07-01,x\nbill-2027,4e9,2028-07-01,x", "line 3: bill-2027 must stand there once"),
    ],
)
def test_a_bad_outcome_is_named_and_nothing_is_scored(outcomes, capsys, line, message):
    assert command.run_command(outcomes("new-record-2027,no,2028-07-01,x" if "new" not in line else "", line)) == 2
    said = capsys.readouterr()
    assert re.search(message.replace("line 3", r"line \d"), said.err) and not said.out


def test_a_missing_column_or_file_is_named(outcomes, capsys):
    assert command.run_command(outcomes("bill-2027,3e9,2028-07-01", head="id,value,date")) == 2
    assert "column 'source' is unknown; known: " in capsys.readouterr().err
    assert command.run_command(["forecasts", "--outcomes", "nowhere.csv"]) == 2
    assert "nowhere.csv" in capsys.readouterr().err


# ---- the page


def test_the_page_has_a_card_and_a_line_for_each_forecast():
    cards = [register.card_html(row, "there") for row in ROWS]
    table = register.overview_html(ROWS)
    for row, card in zip(ROWS, cards, strict=True):
        assert f'id="forecast-{row["id"]}"' in card and f'href="#forecast-{row["id"]}"' in table
        assert register.words_html(row["rule"]) in card and register.escape(row["made_by"]) in card
        assert ("<svg" in card) == (row["scored_in"] != "squared error")
        assert 'href="https://' in card


def test_the_line_of_a_forecast_says_no_new_record_where_its_lower_end_is_the_record():
    lines = dict(re.findall(r'href="#forecast-([\w-]+)">.*?</a></td><td[^>]*>(.*?)</td>', register.overview_html(ROWS)))
    said = {name for name, line in lines.items() if "(no new record to " in line}
    assert said == {row["id"] for row in ROWS if row["q05"] == row["naive_q05"]} >= {"largest-run-2030", "memory-2028"}
    assert "horizon-2027" in lines.keys() - said


def test_pictures_of_one_quantity_share_a_scale_whose_ends_are_written():
    rows = [row for row in ROWS if row["id"].startswith("largest-run-")]
    drawn = [register.picture(row, register.alike(row, ROWS)) for row in rows]
    ends = [re.findall(r"<text [^>]*>(.*?)</text>", svg) for svg in drawn]
    assert ends == 3 * [["5\u00a0×\u00a010²⁶", "6.1\u00a0×\u00a010³¹"]]
    reach = [float(re.search(r'class="most" d="M[\d.]+ 9H([\d.]+)"', svg)[1]) for svg in drawn]
    assert reach == sorted(reach) and reach[0] < 150 and reach[-1] == 235


def test_the_page_says_why_the_chapter_has_another_largest_run_of_2030():
    median = next(row["q50"] for row in ROWS if row["id"] == "largest-run-2030")
    chapter = (ROOT / "chapters/16-is-there-a-wall.ipynb").read_text("utf-8")
    assert f"$10^{{{np.log10(median):.1f}}}$ FLOP here and of $10^{{29.5}}$" in PAGE
    assert "largest run by 2030 has a median of $10^{29.5}$" in chapter


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (3.2e27, "FLOP", "3.2\u00a0×\u00a010<sup>27</sup>"),
        (1.13e14, "tokens", "113\u00a0trillion"),
        (832000, "H100 equivalents", "832,000"),
        (8.87e8, "USD", "887\u00a0million"),
        (188.7, "points", "188.7"),
        (1750, "hours", "1,750"),
    ],
)
def test_numbers_are_written_as_people_say_them(value, unit, said):
    assert register.value_html(value, unit) == said
