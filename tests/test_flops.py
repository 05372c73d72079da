import numpy as np
import pytest
from check_values import computed, matching, shapes, tolerance, value

from scalinglaws.data import constant
from scalinglaws.laws.training.flops import (
    Transformer,
    inference_flop,
    kaplan_params,
    kaplan_training_flop,
    training_flop,
)


@pytest.mark.parametrize("name", matching(r"tableA9\..*recomputed", r"tableA4\..*"))
def test_published_figure_is_recomputed(name):
    assert computed(name) == pytest.approx(value(name), rel=0, abs=tolerance(name))


@pytest.mark.parametrize("name", matching(r"tableA9\..*printed"))
def test_printed_size_is_met_to_one_per_cent(name):
    assert computed(name) == pytest.approx(value(name), rel=0.0081)


def errors(attention_matrices):
    return np.array([shape.params(attention_matrices) / 1e6 / printed - 1 for printed, shape in shapes().items()])


def test_five_attention_matrices_reproduce_all_fifty_sizes():
    off = errors(5)
    assert len(off) == 50
    assert abs(off).mean() == pytest.approx(0.0011, abs=5e-5)
    assert abs(off).max() == pytest.approx(0.008, abs=5e-4)


def test_four_attention_matrices_fall_seven_per_cent_short():
    assert errors(4).mean() == pytest.approx(-0.071, abs=5e-4)


def test_six_sizes_have_attention_of_another_width_than_the_model():
    odd = [printed for printed, shape in shapes().items() if shape.kv_size * shape.n_heads != shape.d_model]
    assert odd == [3530, 4084, 11452, 12569, 13735, 14940]


def test_only_without_the_vocabulary_does_the_count_give_the_printed_ratios():
    printed = [value(name) for name in matching(r"tableA4\..*printed")]
    assert printed == [1.03, 1.10, 1.08, 1.04, 1.03, 0.99]
    left_out = [computed(name) for name in matching(r"tableA4\..*no_emb_no_logits")]
    full = [computed(name) for name in matching(r"tableA4\..*appF_full")]
    assert np.allclose(left_out, printed, rtol=0, atol=0.005)
    assert np.all(np.subtract(full, printed) > 0.03)


def test_forward_terms_add_up_and_the_large_ones_are_twice_the_weights():
    shape = shapes()[6796]
    terms = shape.forward_terms(2048)
    assert 3 * sum(terms.values()) / 2048 * 1e9 == pytest.approx(shape.training_flop(1e9), rel=1e-14)
    weights = shape.params(4) - shape.vocabulary * shape.d_model
    assert terms["qkv"] + terms["output"] + terms["feed_forward"] == pytest.approx(2 * weights * 2048, rel=1e-14)
    assert terms["embeddings"] == terms["logits"]


def test_gopher_as_6nd_is_less_than_the_budget_that_its_paper_uses():
    flop = training_flop(constant("hoffmann2022.gopher.n_params"), constant("hoffmann2022.gopher.n_tokens"))
    assert flop == pytest.approx(5.04e23, rel=1e-12)
    assert flop < constant("hoffmann2022.gopher.compute_flop") < constant("hoffmann2022.gopher.compute_flop_appendix")


def test_context_term_of_kaplan_is_small_when_the_model_is_wide():
    def excess(d_model):
        n_params = kaplan_params(24, d_model)
        return kaplan_training_flop(n_params, 1e9, 24, d_model, 1024) / training_flop(n_params, 1e9) - 1

    assert excess(1024 / 12) == pytest.approx(1, rel=1e-12)  # Eq. 2.2: equal to the rest at d_model = context / 12 ...
    assert excess(8192) < 0.011  # ... and a per cent at a hundred times that


def test_training_is_three_times_reading():
    assert training_flop(3.0, 5.0) == 3 * inference_flop(3.0, 5.0)


def test_tokens_of_any_shape_scale_the_count():
    flop = shapes()[44].training_flop(np.array([[1e9], [2e9]]))
    assert flop.shape == (2, 1)
    assert flop[1, 0] == 2 * flop[0, 0]


@pytest.mark.parametrize("field", list(Transformer.__dataclass_fields__))
@pytest.mark.parametrize("bad", [0, -8, np.nan, np.inf, [1, 2]])
def test_bad_shape_is_named(field, bad):
    good = {"n_layers": 8, "d_model": 512, "ffw_size": 2048, "kv_size": 64, "n_heads": 8}
    with pytest.raises(ValueError, match=f"^{field} must be"):
        Transformer(**(good | {field: bad}))


@pytest.mark.parametrize("bad", [0, -1, np.nan, np.inf])
def test_bad_tokens_are_named(bad):
    with pytest.raises(ValueError, match=r"^n_tokens must be"):
        shapes()[44].training_flop(bad)
    with pytest.raises(ValueError, match=r"^context_tokens must be"):
        shapes()[44].forward_terms(bad)
