"""Lab 6: the generator that learns from its own samples."""

import numpy as np
import pytest
from scipy.special import digamma

from scalinglaws.book.lab6 import chains, generator


def test_replacing_loses_what_the_law_of_one_generation_says():
    assert chains("replace", 50, 60).typical()[-1] == pytest.approx(
        np.exp(60 * (digamma(24.5) - np.log(24.5))), rel=0.15
    )


def test_real_data_repairs_and_is_ignored_where_everything_is_kept():
    assert chains("replace", 10, 50, 0.5).typical()[-1] > 0.7 > chains("replace", 10, 50).typical()[-1]
    kept = chains("accumulate", 10, 50)
    np.testing.assert_array_equal(kept.variances, chains("accumulate", 10, 50, 0.5).variances)


def test_every_control_of_the_generator_works_in_all_states(walk):
    walk(generator())
