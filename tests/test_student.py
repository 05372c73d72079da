"""Student's t without SciPy."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from scalinglaws.fit.engine.intervals import t_quantile


@given(level=st.floats(0.01, 0.999), freedom=st.integers(1, 400))
@settings(deadline=None)
def test_quantiles_agree_with_scipy(level, freedom):
    assert t_quantile(level, freedom) == pytest.approx(stats.t.ppf((1 + level) / 2, freedom), rel=1e-10)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, 2.0, float("nan")])
def test_levels_outside_0_to_1_are_refused(level):
    with pytest.raises(ValueError, match="level must be"):
        t_quantile(level, 5)


@pytest.mark.parametrize("freedom", [0, -1, 2.5])
def test_freedom_must_be_a_whole_number_from_1(freedom):
    with pytest.raises(ValueError, match="freedom must be a whole number"):
        t_quantile(0.9, freedom)
