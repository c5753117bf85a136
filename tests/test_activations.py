"""ReLU, Sigmoid and Softmax."""

import warnings

import numpy as np
import pytest
from helpers import LAYERS, away_from_zero, says
from hypothesis import given, settings
from hypothesis import strategies as st

import nn_from_scratch as nn

SIZES = st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(0, 10_000))
KINDS = (nn.ReLU, nn.Sigmoid, nn.Softmax)
each = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


# By hand ------------------------------------------------------------------------------------------


def test_relu_at_the_corner():
    relu = nn.ReLU()
    np.testing.assert_array_equal(relu.forward([[-1.0, 0.0, 2.0]]), [[0, 0, 2]])
    np.testing.assert_array_equal(relu.backward([[5.0, 5.0, 5.0]]), [[0, 0, 5]])


def test_sigmoid_and_softmax_by_hand():
    sigmoid, softmax = nn.Sigmoid(), nn.Softmax()
    np.testing.assert_allclose(sigmoid.forward([[np.log(3), -np.log(3), 0]]), [[0.75, 0.25, 0.5]])
    np.testing.assert_allclose(sigmoid.backward([[16, 16, 8]]), [[3, 3, 2]])
    np.testing.assert_allclose(softmax.forward(np.log([[1.0, 2, 5]])), [[0.125, 0.25, 0.625]])
    np.testing.assert_allclose(softmax.backward([[8, 0, 0]]), [[0.875, -0.25, -0.625]])


@each
def test_nothing_to_learn(kind):
    assert not hasattr(kind, "parameter_names")


# Gradients ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in LAYERS if name != "dense"])
@given(sizes=SIZES)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_gradients(name, sizes):
    n, d, seed = sizes
    rng = np.random.default_rng(seed)
    layer = LAYERS[name](rng, d)
    errors = nn.check_gradients(layer, away_from_zero(rng, n, d), rng=rng, tolerance=1e-6)
    assert set(errors) == {"inputs"}


# Broken twin --------------------------------------------------------------------------------------


class MaskAlwaysTrue(nn.ReLU):
    def backward(self, derivative_outputs):
        return derivative_outputs * (self.output >= 0)


class SlopeOfTheInput(nn.Sigmoid):
    def forward(self, inputs):
        self.inputs = np.asarray(inputs)
        return super().forward(inputs)

    def backward(self, derivative_outputs):
        return derivative_outputs * self.inputs * (1 - self.inputs)


class DiagonalOnly(nn.Softmax):
    def backward(self, derivative_outputs):
        return derivative_outputs * self.output * (1 - self.output)


@pytest.mark.parametrize("twin", [MaskAlwaysTrue, SlopeOfTheInput, DiagonalOnly])
def test_broken_activations_are_caught(twin, rng):
    X = rng.standard_normal((5, 4))
    nn.check_gradients(twin.__base__(), X)
    with pytest.raises(AssertionError, match="is wrong"):
        nn.check_gradients(twin(), X)


# Extremes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_and_softmax_at_extremes(dtype):
    with np.errstate(all="raise"):
        out = nn.Sigmoid().forward(np.array([[-1e4, -1000, 0, 1000, np.inf]], dtype))
        np.testing.assert_array_equal(out, [[0, 0, 0.5, 1, 1]])
        softmax = nn.Softmax()
        out = softmax.forward(np.array([[1e4, -1e4, -np.inf], [1e4, 1e4, 1e4]], dtype))
        np.testing.assert_allclose(out, [[1, 0, 0], [1 / 3] * 3], rtol=1e-6)
        assert np.isfinite(softmax.backward(np.ones((2, 3), dtype))).all()


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_quiet_where_numpy_is_made_to_raise(kind, dtype):
    "Tiny numbers become 0, large ones infinity, and nan goes through: whatever a user has set."
    large = np.finfo(dtype).max
    Z = np.array([[-np.inf, np.nan, -1000, large], [-large, 0, 1e-30, 100]], dtype)
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        part = kind()
        output = part.forward(Z)
        part.backward(np.array([[large, np.nan, -np.inf, 1e-30]] * 2, dtype))
    assert np.isnan(output[0, 1]) and np.isfinite(output[1]).all()


def test_the_largest_floats_make_no_warning():
    for Z in (np.array([[3e38, -3e38]], np.float32), np.array([[1e308, -1e308]])):
        np.testing.assert_array_equal(nn.Softmax().forward(Z), [[1, 0]])


def test_nan_goes_through():
    Z = np.array([[np.nan, 1.0], [np.inf, 0.0]])
    for part in (nn.Softmax(), nn.Sigmoid(), nn.ReLU()):
        assert np.isnan(part.forward(Z)[0, 0])


def test_a_blocked_gradient_is_zero_even_if_it_was_infinite():
    relu = nn.ReLU()
    relu.forward([[-1.0, 1.0]])
    np.testing.assert_array_equal(relu.backward([[np.inf, 2.0]]), [[0, 2]])


@pytest.mark.parametrize("kind", [nn.ReLU, nn.Sigmoid, nn.Softmax])
@pytest.mark.parametrize("slope", [np.inf, -np.inf, np.nan])
def test_slopes_without_bounds_where_nothing_moves(kind, slope):
    "Saturated outputs: infinity times zero is nan, and a blocked ReLU blocks; no warning."
    part = kind()
    part.forward([[1000.0, -1000.0, 0.0]])
    found = part.backward([[1.0, slope, slope]])
    assert found[0, 1] == 0 if kind is nn.ReLU else np.isnan(found[0, 1])


def test_rows_of_very_different_size_do_not_meet():
    "Each row is shifted by its own maximum."
    Z = np.array([[1e4, 0.0], [-1e4, -1e4 + 1]])
    expected = [[1, 0], [1 / (1 + np.e), np.e / (1 + np.e)]]
    np.testing.assert_allclose(nn.Softmax().forward(Z), expected)


# Float types --------------------------------------------------------------------------------------


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_types_stay(kind, dtype, rng):
    X, part = rng.standard_normal((4, 5)).astype(dtype), kind()
    assert part.forward(X).dtype == part.backward(np.ones((4, 5))).dtype == dtype
    assert part.backward(np.ones((4, 5), np.float32)).dtype == dtype


# Errors -------------------------------------------------------------------------------------------


ERRORS = {
    "inputs of text": (
        lambda: nn.ReLU().forward([["a"]]),
        "ReLU expects inputs to be an array of real numbers, got text (<U1)",
    ),
    "inputs complex": (lambda: nn.ReLU().forward([1j]), "array of real numbers, got complex128"),
    "inputs ragged": (lambda: nn.ReLU().forward([[1], [1, 2]]), "got rows of different lengths"),
    "inputs of objects": (lambda: nn.ReLU().forward([None]), "array of real numbers, got object"),
    "softmax of one axis": (
        lambda: nn.Softmax().forward([1, 2]),
        "Softmax expects inputs (n, k), got (2,)",
    ),
    "backward first": (
        lambda: nn.Sigmoid().backward([[1.0]]),
        "Sigmoid.backward needs a forward first",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_the_error_says_what_is_needed(name):
    says(*ERRORS[name])
