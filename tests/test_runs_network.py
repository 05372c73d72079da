import sys

import numpy as np
import pytest

from scalinglaws.runs import network
from scalinglaws.runs.training import _examples


def batch(rng, net, context=5, highest=97):
    windows = rng.integers(0, highest, (net.batch, context + 1)).astype(np.uint8)
    return windows, [part[0] for part in _examples(windows, net.batch)]


# With few symbols in use, some are absent: below, between and above those that occur.
@pytest.mark.parametrize("highest", [3, 97])
@pytest.mark.parametrize("hidden", [1, 7])
def test_the_gradient_is_that_of_finite_differences(hidden, highest):
    rng = np.random.default_rng(0)
    net = network.Network(hidden, 16, context=5, d_embed=3, dtype="float64")
    net.flat += rng.normal(scale=0.1, size=net.flat.size)
    _, example = batch(rng, net, highest=highest)
    net.step(*example)
    gradient, numeric = net.grad.copy(), np.empty(net.flat.size)
    for i, value in enumerate(net.flat.copy()):
        net.flat[i] = value + 1e-6
        above = net.step(*example)
        net.flat[i] = value - 1e-6
        numeric[i] = (above - net.step(*example)) / 2e-6
        net.flat[i] = value
    assert np.abs(gradient).max() > 0.01
    np.testing.assert_allclose(gradient, numeric, atol=1e-8)


def test_training_and_evaluation_agree_on_the_loss():
    rng = np.random.default_rng(1)
    net = network.Network(9, 64, context=5, dtype="float64")
    net.flat += rng.normal(scale=0.1, size=net.flat.size)
    windows, example = batch(rng, net)
    assert net.step(*example) == pytest.approx(net.loss(windows), abs=1e-12)


def test_adam_is_the_textbook_one_in_every_piece():
    rng = np.random.default_rng(2)
    net = network.Network(11, 8, dtype="float64")
    weights, first, second = net.flat.copy(), np.zeros(net.flat.size), np.zeros(net.flat.size)
    factor = np.where(np.arange(net.flat.size) < net.n_inner, 1, 0.3)
    adam = network.Adam(net, beta2=0.99, piece=100)
    for t in range(1, 6):
        gradient = rng.normal(size=net.flat.size)
        net.grad[:] = gradient
        adam.step(0.01, 0.3)
        first = 0.9 * first + 0.1 * gradient
        second = 0.99 * second + 0.01 * gradient**2
        weights -= 0.01 * factor * (first / (1 - 0.9**t)) / (np.sqrt(second / (1 - 0.99**t)) + 1e-8)
        np.testing.assert_allclose(net.flat, weights, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("with_scipy", [True, False])
def test_rows_of_one_symbol_are_added_up(with_scipy, monkeypatch):
    if not with_scipy:
        monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    rng, out = np.random.default_rng(3), np.full((7, 3), 9.0)
    add = network.adder(20, 7, 3, "float64")
    for highest in (7, 4):
        symbols, rows = rng.integers(0, highest, 20), rng.normal(size=(20, 3))
        add(symbols, rows, out)
        np.testing.assert_allclose(out, [rows[symbols == s].sum(axis=0) for s in range(7)], atol=1e-12)


def test_parameters_are_counted_as_stored():
    net = network.Network(32, 8)
    matrices = net.weights[1].size + net.weights[3].size
    assert network.n_params(32) == matrices == 225 * 32
    assert net.flat.size == matrices + 97 * 16 + 32 + 97


def test_the_logits_of_a_fresh_network_are_its_output_bias():
    net = network.Network(8, 4)
    assert net.loss(np.zeros((10, 9), np.uint8)) == pytest.approx(np.log(97), abs=1e-6)
