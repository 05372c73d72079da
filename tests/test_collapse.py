import numpy as np
import pytest

from scalinglaws.book.lab6 import chains, generator
from scalinglaws.laws.text.copies import typical_variance


def test_replacing_loses_what_the_law_of_one_generation_says():
    assert chains("replace", 50, 60).typical()[-1] == pytest.approx(typical_variance(60, 50), rel=0.15)


def test_real_data_repairs_and_is_ignored_where_everything_is_kept():
    assert chains("replace", 10, 50, 0.5).typical()[-1] > 0.7 > chains("replace", 10, 50).typical()[-1]
    kept = chains("accumulate", 10, 50)
    np.testing.assert_array_equal(kept.variances, chains("accumulate", 10, 50, 0.5).variances)


def test_every_control_of_the_generator_works_in_all_states(walk):
    walk(generator())
