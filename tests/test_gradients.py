"""Every backward against arithmetic, in float64, over shapes and seeds; and the checker itself."""

import numpy as np
import pytest
from conftest import LAYERS
from hypothesis import given, settings
from hypothesis import strategies as st

import nn_from_scratch as nn
from nn_from_scratch.gradients import check_gradients, numerical_gradient, relative_error

SIZES = st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(0, 10_000))


def away_from_zero(rng, n, d):
    "Random inputs, none so near to zero that the step of the check crosses a kink."
    X = rng.standard_normal((n, d))
    return X + np.where(X >= 0, 0.01, -0.01)


def rows_of_probabilities(rng, n, k):
    rows = rng.uniform(0.1, 1, (n, k))
    return rows / rows.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("name", LAYERS)
@given(sizes=SIZES)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_layers(name, sizes):
    n, d, seed = sizes
    rng = np.random.default_rng(seed)
    layer = LAYERS[name](rng, d)
    errors = check_gradients(layer, away_from_zero(rng, n, d), rng=rng, tolerance=1e-6)
    assert set(errors) == ({"inputs", "weights", "biases"} if name == "dense" else {"inputs"})


@given(sizes=SIZES)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_mean_squared_error(sizes):
    n, k, seed = sizes
    rng = np.random.default_rng(seed)
    check_gradients(nn.MeanSquaredError(), rng.standard_normal((n, k)), rng.standard_normal((n, k)))


@pytest.mark.parametrize("form", ["integers", "one-hot", "soft"])
@given(sizes=SIZES)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_categorical_losses(form, sizes):
    n, k, seed = sizes
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, n)
    targets = {
        "integers": labels,
        "one-hot": nn.one_hot(labels, k),
        "soft": rows_of_probabilities(rng, n, k),
    }[form]
    check_gradients(nn.CategoricalCrossEntropy(), rows_of_probabilities(rng, n, k), targets, h=1e-6)
    # with a single class both gradients are zero, and nothing but rounding is compared
    if k > 1:
        logits = rng.standard_normal((n, k))
        check_gradients(nn.SoftmaxCategoricalCrossEntropy(), logits, targets)


@given(sizes=SIZES)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_binary_losses(sizes):
    n, k, seed = sizes
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, 2, (n, k))
    predictions = rng.uniform(0.05, 0.95, (n, k))
    check_gradients(nn.BinaryCrossEntropy(), predictions, targets, h=1e-6)
    logits = away_from_zero(rng, n, k)
    check_gradients(nn.SigmoidBinaryCrossEntropy(), logits, targets)
    check_gradients(nn.SigmoidBinaryCrossEntropy(), logits, rng.uniform(0, 1, (n, k)))


def test_a_whole_network(rng):
    "The slope of the loss in every weight of two layers, through the chain of all parts."
    X, y = away_from_zero(rng, 8, 6), rng.integers(0, 3, 8)
    dense1 = nn.DenseLayer(6, 5, dtype=np.float64, rng=rng)
    dense2 = nn.DenseLayer(5, 3, dtype=np.float64, rng=rng)
    relu, loss = nn.ReLU(), nn.SoftmaxCategoricalCrossEntropy()

    def forward():
        dense1.forward(X)
        relu.forward(dense1.output)
        return loss.forward(dense2.forward(relu.output), y)

    forward()
    loss.backward(loss.output, y)
    dense2.backward(loss.derivative_inputs)
    relu.backward(dense2.derivative_inputs)
    dense1.backward(relu.derivative_inputs)
    for layer in (dense1, dense2):
        for name in ("weights", "biases"):
            claimed = getattr(layer, f"derivative_{name}").copy()
            kept = getattr(layer, name)

            def loss_at(values, layer=layer, name=name):
                setattr(layer, name, values)
                return forward()

            assert relative_error(claimed, numerical_gradient(loss_at, kept)) < 1e-7
            setattr(layer, name, kept)


def test_numerical_gradient_leaves_its_argument_alone(rng):
    X = rng.standard_normal((3, 2))
    X.setflags(write=False)
    np.testing.assert_allclose(numerical_gradient(lambda x: np.sum(x**3), X), 3 * X**2, rtol=1e-6)


def test_numerical_gradient_wants_one_number():
    with pytest.raises(ValueError, match=r"must return one number, got shape \(2,\)"):
        numerical_gradient(lambda x: x, [1.0, 2.0])
    with pytest.raises(ValueError, match="must return one number, got None"):
        numerical_gradient(lambda x: None, [1.0])
    with pytest.raises(ValueError, match="expects h > 0"):
        numerical_gradient(np.sum, [1.0], h=0)


def test_relative_error_never_broadcasts():
    with pytest.raises(ValueError, match=r"second \(3, 1\), got \(3,\)"):
        relative_error(np.ones((3, 1)), np.ones(3))
    assert relative_error([0.0, 0.0], [0.0, 0.0]) == 0
    for pair in (([np.nan], [1.0]), ([1.0], [np.nan]), ([0.0], [np.nan]), ([np.nan], [0.0])):
        assert np.isnan(relative_error(*pair))


def test_relative_error_is_the_largest_difference_over_the_largest_entry():
    assert relative_error([1.0, 2.0, 4.0], [1.0, 2.5, 4.0]) == 0.5 / 4
    assert relative_error([1.0, 2.0], [1.0, -8.0]) == 10 / 8


@pytest.mark.parametrize("slip", [1e-5, 1e-4, 1e-3])
def test_small_mistakes_are_caught_too(slip, rng):
    class Slightly(nn.DenseLayer):
        def backward(self, derivative_outputs):
            super().backward(derivative_outputs)
            self.derivative_weights[0, 0] += slip * np.abs(self.derivative_weights).max()
            return self.derivative_inputs

    with pytest.raises(AssertionError, match="weights"):
        check_gradients(Slightly(4, 3, rng=rng), rng.standard_normal((5, 4)))


def test_the_checker_works_on_a_copy(rng):
    layer = nn.DenseLayer(4, 3, rng=rng)
    weights = layer.weights.copy()
    X = rng.standard_normal((5, 4))
    check_gradients(layer, X)
    assert set(vars(layer)) == {"weights", "biases"}
    assert layer.weights.dtype == np.float32 and np.array_equal(layer.weights, weights)


def test_the_checker_refuses_nan(rng):
    class Broken(nn.ReLU):
        def backward(self, derivative_outputs):
            return super().backward(derivative_outputs) * np.nan

    with pytest.raises(AssertionError, match="Broken.backward is wrong"):
        check_gradients(Broken(), rng.standard_normal((3, 2)))


class Network:
    "A part made of parts, in float32."

    def __init__(self, rng, relu=None):
        self.first = nn.DenseLayer(4, 5, rng=rng)
        self.rest = [relu or nn.ReLU(), nn.DenseLayer(5, 3, rng=rng)]

    def forward(self, inputs):
        for part in (self.first, *self.rest):
            inputs = part.forward(inputs)
        return inputs

    def backward(self, derivative_outputs):
        for part in (self.first, *self.rest)[::-1]:
            derivative_outputs = part.backward(derivative_outputs)
        return derivative_outputs


def test_parts_inside_a_part_are_found_and_cast(rng):
    network = Network(rng)
    errors = check_gradients(network, rng.standard_normal((6, 4)))
    expected = {"inputs", "first.weights", "first.biases", "rest[1].weights", "rest[1].biases"}
    assert set(errors) == expected and max(errors.values()) < 1e-7
    assert network.first.weights.dtype == np.float32


def test_a_mistake_inside_is_found(rng):
    class AlwaysTrue(nn.ReLU):
        def backward(self, derivative_outputs):
            return derivative_outputs * (self.output >= 0)

    with pytest.raises(AssertionError, match="first.weights"):
        check_gradients(Network(rng, AlwaysTrue()), rng.standard_normal((6, 4)))


def test_a_buffer_that_is_used_again_is_no_mistake(rng):
    class OneBuffer:
        def forward(self, inputs):
            self.inputs = np.array(inputs)
            self.buffer = self.inputs * 2
            return self.buffer

        def backward(self, derivative_outputs):
            self.buffer[...] = derivative_outputs * 2
            return self.buffer

    check_gradients(OneBuffer(), rng.standard_normal((3, 2)))
    np.testing.assert_allclose(numerical_gradient(doubled_in_place, [1.0, 2.0]), [2, 2])


def doubled_in_place(x):
    x *= 2
    return x.sum()


def test_parameters_that_are_no_arrays_are_named(rng):
    class Scaled:
        def __init__(self, factor):
            self.factor = factor

        def forward(self, inputs):
            self.inputs = np.asarray(inputs)
            return self.factor * self.inputs

        def backward(self, derivative_outputs):
            self.derivative_factor = np.sum(self.inputs * derivative_outputs)
            return self.factor * derivative_outputs

    X = rng.standard_normal((3, 2))
    assert set(check_gradients(Scaled(np.array(1.5)), X)) == {"inputs", "factor"}
    for bad in (1.5, [1.5], np.array(2)):
        with pytest.raises(ValueError, match="expects factor to be an array of floats"):
            check_gradients(Scaled(bad), X)


def test_the_step_is_that_of_the_caller(rng):
    "A step of one half is coarse, and shows in the error."
    X = rng.standard_normal((3, 4))
    coarse = check_gradients(nn.Sigmoid(), X, h=0.5, tolerance=1)
    assert coarse["inputs"] > 1e-3 > check_gradients(nn.Sigmoid(), X)["inputs"]


def test_the_direction_is_drawn_from_the_generator(rng):
    "Without one it is always the same, so that a check that passed passes again."
    X = rng.standard_normal((3, 4))
    first, again = (check_gradients(nn.Softmax(), X) for _ in range(2))
    assert first == again
    assert check_gradients(nn.Softmax(), X, rng=1) != first


def test_nothing_differs_from_nothing():
    assert relative_error([], []) == relative_error([[0.0]], [[0]]) == 0
