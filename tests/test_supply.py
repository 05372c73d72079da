import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.laws.text.stocks import youtube
from scalinglaws.laws.text.supply import Source, delivered, supply_curve, text_sources, train_price

sources = st.lists(
    st.builds(
        Source,
        name=st.text(min_size=1, max_size=3),
        tokens=st.floats(1, 1e15),
        acquire=st.floats(0, 1e-2),
        value=st.floats(0.01, 1),
        basis=st.just("assumed"),
    ),
    min_size=1,
    max_size=6,
)


@settings(deadline=None)
@given(sources, st.floats(1e-9, 1e-4))
def test_price_never_falls_as_more_is_bought(given_sources, train):
    curve = supply_curve(given_sources, train)
    assert np.all(np.diff(curve.price) >= 0)
    wanted = np.linspace(0, 1.1 * curve.total[-1], 50)
    assert np.all(np.diff(np.nan_to_num(curve.price_at(wanted), posinf=1e300)) >= 0)
    assert curve.price_at(1.1 * curve.total[-1]) == np.inf


@settings(deadline=None)
@given(sources, st.floats(1e-9, 1e-4), st.floats(0.01, 0.99))
def test_bill_is_the_area_under_the_curve(given_sources, train, share):
    curve = supply_curve(given_sources, train)
    wanted = share * curve.total[-1]
    grid = np.linspace(0, wanted, 200_001)
    middle = (grid[1:] + grid[:-1]) / 2
    assert curve.bill(wanted) == pytest.approx(np.sum(curve.price_at(middle) * np.diff(grid)), rel=1e-3)
    assert curve.bill(curve.total[-1]) == pytest.approx(float(curve.tokens @ curve.price))
    assert curve.bill(1.01 * curve.total[-1]) == np.inf


@settings(deadline=None)
@given(sources, st.floats(1e-9, 1e-4))
def test_all_that_costs_no_more_is_available(given_sources, train):
    curve = supply_curve(given_sources, train)
    for price, total in zip(curve.price, curve.total, strict=True):
        assert curve.available(float(price)) >= total
    assert curve.available(float(curve.price[0]) * 0.99) == 0


def test_half_the_worth_costs_twice_as_much():
    assert delivered(1e-6, 3e-6, 0.5) == 2 * delivered(1e-6, 3e-6, 1.0)


def test_text_web_first_then_passes_in_turn_then_dearer_sources():
    curve = supply_curve(text_sources(), train_price(405e9))
    assert curve.names[:4] == ["unique web text", "web text, pass 2", "web text, pass 3", "web text, pass 4"]
    assert curve.names[-1] == "hired authors"
    assert curve.total[15] == pytest.approx(1.058e15, rel=0.001)  # 10.58 times the unique 1e14
    assert all(("assumed" in basis) or ("sourced" in basis) for basis in curve.basis)


def test_there_is_always_more_at_a_price():
    curve = supply_curve(text_sources(), train_price(405e9))
    assert np.isfinite(curve.bill(1e18)) and curve.total[-1] == np.inf
    assert curve.price_at(1e18) == curve.price[curve.names.index("synthetic text")]


def test_speech_is_the_median_of_the_estimate_of_youtube():
    speech = {source.name: source for source in text_sources()}["speech on YouTube"]
    assert speech.tokens == youtube(n_draws=10_000).quantile(0.5)


def test_price_of_synthetic_text_is_inference_over_what_is_kept():
    one = {s.name: s for s in text_sources(writer_params=1e9, kept=0.5, dollars_per_flop=1e-18)}["synthetic text"]
    assert one.acquire == pytest.approx(2 * 1e9 * 1e-18 / 0.5)
    few = {s.name: s for s in text_sources(writer_params=1e9, kept=0.05, dollars_per_flop=1e-18)}["synthetic text"]
    assert few.acquire == pytest.approx(10 * one.acquire)


def test_price_of_speech_is_that_of_the_hours_over_the_tokens_in_them():
    speech = {s.name: s for s in text_sources(hour_price=0.06)}["speech on YouTube"]
    assert speech.acquire * speech.tokens == pytest.approx(0.06 * 1.5e11 / 60)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: supply_curve([], 1e-6), "sources"),
        (lambda: supply_curve([Source("web", 0, 0, 1, "")], 1e-6), "tokens of web"),
        (lambda: supply_curve([Source("web", np.nan, 0, 1, "")], 1e-6), "tokens of web"),
        (lambda: supply_curve([Source("web", 1, -1, 1, "")], 1e-6), "acquire of web"),
        (lambda: supply_curve([Source("web", 1, 0, 0, "")], 1e-6), "value of web"),
        (lambda: supply_curve([Source("web", 1, 0, 1, "")], -1), "train"),
        (lambda: text_sources(passes=0), "passes"),
        (lambda: text_sources(kept=0), "kept"),
        (lambda: supply_curve([Source("web", 1, 0, 1, "")], 1).bill(-1), "tokens"),
        (lambda: supply_curve([Source("web", 1, 0, 1, "")], 1).available(0), "price"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
