"""DenseLayer: forward, backward, first weights."""

import warnings

import numpy as np
import pytest
from helpers import LAYERS, away_from_zero, frozen, says
from hypothesis import given, settings
from hypothesis import strategies as st

import nn_from_scratch as nn

SIZES = st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(0, 10_000))


# By hand ------------------------------------------------------------------------------------------


def test_dense_layer_by_hand():
    layer = nn.DenseLayer(2, 3, dtype=np.float64)
    layer.weights, layer.biases = np.array([[1.0, 0, 2], [0, 1, -1]]), np.array([[1.0, 2, 3]])
    np.testing.assert_array_equal(layer.forward([[1, 2], [3, 4]]), [[2, 4, 3], [4, 6, 5]])
    back = layer.backward([[1, 0, 0], [0, 1, 1]])
    np.testing.assert_array_equal(back, [[1, 0], [2, 0]])
    np.testing.assert_array_equal(layer.derivative_weights, [[1, 3, 3], [2, 4, 4]])
    np.testing.assert_array_equal(layer.derivative_biases, [[1, 1, 1]])


def test_the_slopes_of_the_parameters_alone_are_those_of_backward(rng):
    "For a first layer: the same numbers, and no slope of an earlier batch is left."
    layer, X, G = nn.DenseLayer(4, 3, rng=rng), np.ones((5, 4)), rng.standard_normal((5, 3))
    layer.forward(X)
    layer.backward(G)
    expected = frozen([layer.derivative_weights, layer.derivative_biases])
    layer.derivative_weights = layer.derivative_biases = None
    assert layer.backward_parameters(G) is None
    assert frozen([layer.derivative_weights, layer.derivative_biases]) == expected
    assert layer.derivative_inputs is None


def test_gradients_are_those_of_the_last_call(rng):
    layer = nn.DenseLayer(3, 2, rng=rng)
    layer.forward(rng.standard_normal((4, 3)))
    for backward in (layer.backward, layer.backward_parameters):
        seen = []
        for _ in range(2):
            backward(np.ones((4, 2)))
            seen.append((layer.derivative_weights.copy(), layer.derivative_biases.copy()))
        np.testing.assert_array_equal(*(weights for weights, _ in seen))
        np.testing.assert_array_equal(*(biases for _, biases in seen))


def test_its_parameters_are_named():
    assert nn.DenseLayer.parameter_names == ("weights", "biases")
    assert "parameter_names" not in vars(nn.DenseLayer(2, 2))


def test_first_weights():
    layer = nn.DenseLayer(400, 300, rng=np.random.default_rng(1))
    assert layer.weights.shape == (400, 300) and layer.biases.shape == (1, 300)
    assert not layer.biases.any()
    np.testing.assert_allclose(layer.weights.std(), np.sqrt(2 / 400), rtol=0.01)
    np.testing.assert_allclose(layer.weights.mean(), 0, atol=1e-3)


def test_first_weights_are_normal():
    weights = nn.DenseLayer(500, 400, dtype=np.float64, rng=0).weights * np.sqrt(500 / 2)
    np.testing.assert_allclose([np.mean(weights**4), np.abs(weights).max()], [3, 4.6], rtol=0.1)


def test_each_layer_begins_with_weights_of_its_own():
    for rngs in ((None, None), (1, 2)):
        first, second = (nn.DenseLayer(5, 4, rng=rng).weights for rng in rngs)
        assert not np.array_equal(first, second)
    rng = np.random.default_rng(1)
    assert not np.array_equal(*(nn.DenseLayer(5, 4, rng=rng).weights for _ in range(2)))


def test_the_seed_decides_and_global_state_does_not():
    def weights(dtype=np.float32):
        return nn.DenseLayer(5, 4, dtype=dtype, rng=np.random.default_rng(3)).weights

    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    first = weights()
    np.random.seed(1)
    assert np.array_equal(first, weights())
    np.random.seed(0)
    weights()
    assert np.array_equal(before, np.random.get_state()[1])
    assert np.array_equal(first, weights(np.float64).astype(np.float32))


# Gradients ----------------------------------------------------------------------------------------


@given(sizes=SIZES)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_gradients(sizes):
    n, d, seed = sizes
    rng = np.random.default_rng(seed)
    layer = LAYERS["dense"](rng, d)
    errors = nn.check_gradients(layer, away_from_zero(rng, n, d), rng=rng, tolerance=1e-6)
    assert set(errors) == {"inputs", "weights", "biases"}


# Broken twin --------------------------------------------------------------------------------------


class NoKeepdims(nn.DenseLayer):
    def backward(self, derivative_outputs):
        super().backward(derivative_outputs)
        self.derivative_biases = derivative_outputs.sum(axis=0)
        return self.derivative_inputs


class WrongAxis(nn.DenseLayer):
    def backward(self, derivative_outputs):
        super().backward(derivative_outputs)
        self.derivative_biases = derivative_outputs.sum(axis=1).reshape(1, -1)
        return self.derivative_inputs


class NotTransposed(nn.DenseLayer):
    def backward(self, derivative_outputs):
        super().backward(derivative_outputs)
        self.derivative_inputs = derivative_outputs @ self.weights
        return self.derivative_inputs


class WrongSign(nn.DenseLayer):
    def backward(self, derivative_outputs):
        super().backward(derivative_outputs)
        self.derivative_weights = -self.derivative_weights
        return self.derivative_inputs


class MeanInTheLayer(nn.DenseLayer):
    def backward(self, derivative_outputs):
        super().backward(derivative_outputs)
        self.derivative_weights /= len(derivative_outputs)
        return self.derivative_inputs


@pytest.mark.parametrize("twin", [NoKeepdims, WrongAxis, NotTransposed, WrongSign, MeanInTheLayer])
def test_broken_dense_layers_are_caught(twin, rng):
    "With as many samples as inputs as neurons, so that no shape gives the mistake away."
    X = rng.standard_normal((4, 4))
    nn.check_gradients(nn.DenseLayer(4, 4, rng=rng), X)
    with pytest.raises((AssertionError, ValueError), match="derivative of biases|is wrong"):
        nn.check_gradients(twin(4, 4, rng=rng), X)


# Extremes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [3e38, 1e20, 1e-30])
def test_numbers_that_run_over_or_under_make_no_warning(size):
    "Also where somebody has made NumPy raise; infinity and zero are what float32 has for them."
    X, G = np.full((2, 3), size, np.float32), np.full((2, 2), size, np.float32)
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        layer = nn.DenseLayer(3, 2, rng=0)
        layer.weights[...] = size
        output, slope = layer.forward(X), layer.backward(G)
        layer.backward_parameters(G)
    expected = np.inf if size > 1 else 0
    assert (output == expected).all() and (slope == expected).all()
    assert (layer.derivative_weights == expected).all()


# Float types --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_and_biases_have_the_float_type_asked_for(dtype):
    layer = nn.DenseLayer(5, 4, dtype=dtype)
    assert layer.weights.dtype == layer.biases.dtype == dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_types_stay(dtype, rng):
    "All is done in the type of the weights, whatever comes in."
    X, G = rng.standard_normal((4, 5)), np.ones((4, 3))
    layer = nn.DenseLayer(5, 3, dtype=dtype, rng=rng)
    for kind in (np.float32, np.float64):
        assert layer.forward(X.astype(kind)).dtype == dtype
        assert layer.backward(G.astype(kind)).dtype == dtype
        assert layer.derivative_weights.dtype == layer.derivative_biases.dtype == dtype
        layer.backward_parameters(G.astype(kind))
        assert layer.derivative_weights.dtype == layer.derivative_biases.dtype == dtype
    layer.biases = np.zeros((1, 3))
    assert layer.forward(X).dtype == dtype


# Errors -------------------------------------------------------------------------------------------


def with_biases(biases):
    layer = nn.DenseLayer(4, 3, rng=0)
    layer.biases = biases
    return layer


dense = nn.DenseLayer(4, 3, rng=0)
ERRORS = {
    "inputs too narrow": (
        lambda: dense.forward(np.ones((32, 5))),
        "DenseLayer expects inputs (n, 4), got (32, 5)",
    ),
    "inputs of one axis": (
        lambda: dense.forward(np.ones(4)),
        "DenseLayer expects inputs (n, 4), got (4,)",
    ),
    "backward first": (
        lambda: nn.DenseLayer(2, 2).backward(np.ones((1, 2))),
        "DenseLayer.backward needs a forward first",
    ),
    "backward of the parameters first": (
        lambda: nn.DenseLayer(2, 2).backward_parameters(np.ones((1, 2))),
        "DenseLayer.backward needs a forward first",
    ),
    "no inputs": (lambda: nn.DenseLayer(0, 2), "n_inputs to be a whole number >= 1, got 0"),
    "half a neuron": (lambda: nn.DenseLayer(2, 2.5), "n_neurons to be a whole number >= 1"),
    "true neurons": (lambda: nn.DenseLayer(2, True), "got True"),
    "dtype of nothing": (lambda: nn.DenseLayer(2, 2, dtype="banana"), "got dtype banana"),
    "integer weights": (lambda: nn.DenseLayer(2, 2, dtype=int), "float32 or float64"),
    "biases in a column": (
        lambda: with_biases(np.ones((4, 1))).forward(np.ones((4, 4))),
        "DenseLayer expects biases (1, 3), got (4, 1)",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_the_error_says_what_is_needed(name):
    says(*ERRORS[name])
