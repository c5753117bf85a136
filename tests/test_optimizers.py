"""Closed forms of decay and momentum, and whose state it is."""

import gc

import numpy as np
import pytest

import nn_from_scratch as nn


def on_a_slope(dtype=np.float64):
    "A layer whose gradients are ones, whatever happens."
    layer = nn.DenseLayer(2, 3, dtype=dtype)
    layer.weights[:] = 0
    layer.derivative_weights = np.ones((2, 3), dtype)
    layer.derivative_biases = np.ones((1, 3), dtype)
    return layer


def test_plain_step_is_in_place():
    layer = on_a_slope()
    weights = layer.weights
    nn.StochasticGradientDescent(0.25).update_params(layer)
    assert layer.weights is weights
    np.testing.assert_array_equal(layer.weights, -0.25)
    np.testing.assert_array_equal(layer.biases, -0.25)


@pytest.mark.parametrize("decay", [0.0, 1e-3, 0.5])
def test_decay(decay):
    optimizer, layer = nn.StochasticGradientDescent(0.1, decay=decay), on_a_slope()
    assert optimizer.current_learning_rate == 0.1
    rates = []
    for _ in range(20):
        optimizer.update_params(layer)
        rates.append(optimizer.current_learning_rate)
    np.testing.assert_allclose(rates, 0.1 / (1 + decay * np.arange(20)), rtol=1e-14)
    np.testing.assert_allclose(layer.weights, -np.sum(rates), rtol=1e-12)


@pytest.mark.parametrize("momentum", [0.5, 0.9, 0.99])
def test_momentum_on_a_constant_slope(momentum):
    optimizer, layer = nn.StochasticGradientDescent(0.1, momentum), on_a_slope()
    t = np.arange(1, 41)
    velocities = -0.1 * (1 - momentum**t) / (1 - momentum)
    for expected in np.cumsum(velocities):
        optimizer.update_params(layer)
        np.testing.assert_allclose(layer.weights, expected, rtol=1e-10)
        np.testing.assert_allclose(layer.biases, expected, rtol=1e-10)


def test_both_with_gradients_that_change(rng):
    "Against the two formulas, restated for single numbers."
    optimizer, layer = nn.StochasticGradientDescent(0.2, 0.8, 0.05), on_a_slope()
    w, v = 0.0, 0.0
    for t in range(30):
        g = float(rng.standard_normal())
        layer.derivative_weights = np.full((2, 3), g)
        optimizer.update_params(layer)
        v = 0.8 * v - 0.2 / (1 + 0.05 * t) * g
        w = w + v
        np.testing.assert_allclose(layer.weights, w, rtol=1e-12, atol=1e-15)


def test_each_layer_has_its_own_count_and_speed():
    optimizer = nn.StochasticGradientDescent(0.1, 0.9, decay=1.0)
    first, second = on_a_slope(), on_a_slope()
    for _ in range(3):
        optimizer.update_params(first)
    optimizer.update_params(second)
    assert optimizer.current_learning_rate == 0.1
    np.testing.assert_allclose(second.weights, -0.1)
    optimizer.update_params(first)
    assert optimizer.current_learning_rate == 0.1 / 4
    assert set(vars(first)) == set(vars(nn.DenseLayer(1, 1))) | {
        "derivative_weights",
        "derivative_biases",
    }


def test_two_optimizers_do_not_share(rng):
    one, two = nn.StochasticGradientDescent(0.1, 0.9), nn.StochasticGradientDescent(0.1, 0.9)
    layer = on_a_slope()
    one.update_params(layer)
    two.update_params(layer)
    np.testing.assert_allclose(layer.weights, -0.2)


def test_state_goes_with_the_layer():
    optimizer, layer = nn.StochasticGradientDescent(0.1, 0.9), on_a_slope()
    optimizer.update_params(layer)
    assert len(optimizer.states) == 1
    del layer
    gc.collect()
    assert len(optimizer.states) == 0


def test_a_rate_changed_on_the_way_takes_effect():
    optimizer, layer = nn.StochasticGradientDescent(0.1), on_a_slope()
    optimizer.update_params(layer)
    optimizer.learning_rate = 1.0
    optimizer.update_params(layer)
    np.testing.assert_allclose(layer.weights, -1.1)


def test_read_only_weights_are_named():
    layer = on_a_slope()
    layer.biases.setflags(write=False)
    with pytest.raises(ValueError, match="DenseLayer.biases is read-only"):
        nn.StochasticGradientDescent(0.1).update_params(layer)
    assert not layer.weights.any()


def test_new_weights_of_another_shape_start_anew():
    optimizer, layer = nn.StochasticGradientDescent(0.1, 0.9, decay=1.0), on_a_slope()
    optimizer.update_params(layer)
    layer.weights, layer.derivative_weights = np.zeros((4, 3)), np.ones((4, 3))
    optimizer.update_params(layer)
    assert optimizer.current_learning_rate == 0.1
    np.testing.assert_allclose(layer.weights, -0.1)
    layer.weights = layer.weights.astype(np.float32)
    optimizer.update_params(layer)
    assert layer.weights.dtype == np.float32
    np.testing.assert_allclose(layer.weights, -0.2, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("momentum", [0.4, 0.5, 0.9, 0.99])
def test_a_velocity_without_gradients_never_becomes_denormal(dtype, momentum):
    "It fades as the formula says, and ends at zero, not at the smallest numbers there are."
    optimizer, layer = nn.StochasticGradientDescent(1.0, momentum), on_a_slope(dtype)
    limits = np.finfo(dtype)
    start = expected = 1e6 * float(limits.tiny) / float(limits.eps)
    layer.derivative_weights[:] = start
    optimizer.update_params(layer)
    layer.derivative_weights, layer.derivative_biases = np.zeros((2, 3)), np.zeros((1, 3))
    for _ in range(int(np.log(1e-7 * limits.eps) / np.log(momentum)) + 16):
        optimizer.update_params(layer)
        expected *= momentum
        velocity = -optimizer.states[layer][1]["weights"]
        assert not ((velocity != 0) & (velocity < limits.tiny)).any()
        if expected > 2 * limits.tiny / limits.eps:
            np.testing.assert_allclose(velocity, expected, rtol=1e-3)
    assert not velocity.any()
    np.testing.assert_allclose(layer.weights, -start / (1 - momentum), rtol=1e-4)


def test_a_tiny_gradient_counts_in_full():
    "Only what is left of earlier pushes is brought to rest, also in every 16th update."
    optimizer, layer = nn.StochasticGradientDescent(0.5, 0.9), on_a_slope(np.float32)
    layer.derivative_weights[:] = 1e-36
    for _ in range(40):
        layer.weights[:] = 0
        optimizer.update_params(layer)
        assert (layer.weights <= np.float32(-5e-37)).all()


def test_weights_end_the_same_as_without_the_rest():
    "What is brought to rest is too small to show in any weight, to the last bit."
    optimizer, layer = nn.StochasticGradientDescent(0.1, 0.9), on_a_slope(np.float32)
    rng = np.random.default_rng(0)
    layer.weights[:] = rng.standard_normal((2, 3))
    weights, velocity = layer.weights.copy(), np.zeros((2, 3), np.float32)
    for t in range(1000):
        gradient = rng.standard_normal((2, 3)).astype(np.float32) * (t < 100)
        layer.derivative_weights = gradient
        optimizer.update_params(layer)
        velocity = np.float32(0.9) * velocity - np.float32(0.1) * gradient
        weights = weights + velocity
        np.testing.assert_array_equal(layer.weights, weights)
    assert velocity.any() and not optimizer.states[layer][1]["weights"].any()
