import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalinglaws.show.figures import axes
from scalinglaws.show.marks import draw_dots, place


@settings(deadline=None)
@given(st.lists(st.floats(1900, 2200) | st.just(np.inf), min_size=1, max_size=50), st.integers(1, 40))
def test_every_dot_is_drawn_once_and_none_hides_another(draws, n_dots):
    x, height = place(draws, 0.5, low=2024, high=2045, n_dots=n_dots)
    assert len(x) == n_dots and np.isfinite(x).all() and (height >= 1).all()
    assert len(set(zip(x, height, strict=True))) == n_dots
    assert (x >= 2024).all()


@settings(deadline=None)
@given(st.lists(st.floats(2024, 2060), min_size=1, max_size=50))
def test_late_dots_stand_beyond_the_edge_and_no_others(draws):
    x, _ = place(draws, 0.5, high=2045)
    late = round(20 * np.mean(np.asarray(draws) >= 2045))
    assert np.sum(x > 2045) == pytest.approx(late, abs=1)


def test_late_dots_begin_a_second_pile_before_they_leave_the_picture():
    x, height = place([np.inf], 0.5, high=2045)
    assert height.max() == 10 and set(x) == {2045.25, 2045.75}


def test_share_of_dots_below_a_value_is_the_share_of_draws():
    rng = np.random.default_rng(0)
    x, _ = place(rng.normal(0, 1, 100_000), 0.01)
    assert np.mean(x < 0) == 0.5 and np.mean(x < 1.0) == 0.85


def test_dots_on_a_logarithmic_axis_need_positive_draws():
    one = axes("tokens", "", "x")
    assert len(draw_dots(one, [1.0, 10.0], 0.1).get_xdata()) == 20
    with pytest.raises(ValueError, match="draws"):
        draw_dots(one, [0.0, 1.0], 0.1)
