"""The numerical gradient, the comparison of two, and the checker itself."""

import numpy as np
import pytest

import nn_from_scratch as nn
from nn_from_scratch.gradients import check_gradients, numerical_gradient, relative_error

# By hand ------------------------------------------------------------------------------------------


def test_numerical_gradient_by_hand():
    "Of x^2 y + 3 y: 2 x y and x^2 + 3; the slope of a straight line is its factor, to rounding."
    found = numerical_gradient(lambda x: x[0] ** 2 * x[1] + 3 * x[1], [2.0, 5.0])
    np.testing.assert_allclose(found, [20, 7], rtol=1e-9)
    found = numerical_gradient(lambda x: np.sum(4 * x), np.zeros((2, 0, 3)))
    assert found.shape == (2, 0, 3) and found.dtype == np.float64


def test_numerical_gradient_leaves_its_argument_alone(rng):
    X = rng.standard_normal((3, 2))
    X.setflags(write=False)
    np.testing.assert_allclose(numerical_gradient(lambda x: np.sum(x**3), X), 3 * X**2, rtol=1e-6)


def doubled_in_place(x):
    x *= 2
    return x.sum()


def test_relative_error_is_the_largest_difference_over_the_largest_entry():
    assert relative_error([1.0, 2.0, 4.0], [1.0, 2.5, 4.0]) == 0.5 / 4
    assert relative_error([1.0, 2.0], [1.0, -8.0]) == 10 / 8


def test_nothing_differs_from_nothing():
    assert relative_error([], []) == relative_error([[0.0]], [[0]]) == 0


# Gradients ----------------------------------------------------------------------------------------


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


def test_the_checker_works_on_a_copy(rng):
    layer = nn.DenseLayer(4, 3, rng=rng)
    weights = layer.weights.copy()
    X = rng.standard_normal((5, 4))
    check_gradients(layer, X)
    assert set(vars(layer)) == {"weights", "biases"}
    assert layer.weights.dtype == np.float32 and np.array_equal(layer.weights, weights)


class Chain:
    "A part made of parts, in float32, in `.layers`."

    def __init__(self, rng, relu=None):
        first, last = nn.DenseLayer(4, 5, rng=rng), nn.DenseLayer(5, 3, rng=rng)
        self.layers = [first, relu or nn.ReLU(), last]

    def forward(self, inputs):
        for part in self.layers:
            inputs = part.forward(inputs)
        return inputs

    def backward(self, derivative_outputs):
        for part in self.layers[::-1]:
            derivative_outputs = part.backward(derivative_outputs)
        return derivative_outputs


def test_parts_inside_a_part_are_found_and_cast(rng):
    chain = Chain(rng)
    errors = check_gradients(chain, rng.standard_normal((6, 4)))
    expected = {"inputs"}
    expected |= {f"layers[{i}].{name}" for i in (0, 2) for name in ("weights", "biases")}
    assert set(errors) == expected and max(errors.values()) < 1e-7
    assert chain.layers[0].weights.dtype == np.float32


def test_parts_inside_parts_inside_a_part(rng):
    outer = nn.Sequential(nn.DenseLayer(4, 4, rng=rng), Chain(rng))
    errors = check_gradients(outer, rng.standard_normal((6, 4)))
    assert {"layers[0].weights", "layers[1].layers[2].biases"} < set(errors) and len(errors) == 7


class PReLU:
    "A layer of a reader's own: the slope of what is negative is learned."

    parameter_names = ("alpha",)

    def __init__(self, alpha=0.25):
        self.alpha = np.full((1, 1), alpha, np.float32)

    def forward(self, inputs):
        self.inputs = np.asarray(inputs)
        return np.where(self.inputs > 0, self.inputs, self.alpha * self.inputs)

    def backward(self, derivative_outputs):
        down = np.where(self.inputs > 0, 0, self.inputs)
        self.derivative_alpha = (derivative_outputs * down).sum(keepdims=True)
        return derivative_outputs * np.where(self.inputs > 0, 1, self.alpha)


def test_a_parameter_of_any_name_is_checked(rng):
    X = rng.standard_normal((5, 3))
    assert set(check_gradients(PReLU(), X)) == {"inputs", "alpha"}

    class Wrong(PReLU):
        def backward(self, derivative_outputs):
            slope = super().backward(derivative_outputs)
            self.derivative_alpha = -self.derivative_alpha
            return slope

    with pytest.raises(AssertionError, match="Wrong.backward is wrong: .*alpha"):
        check_gradients(Wrong(), X)


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


# Broken twin --------------------------------------------------------------------------------------


@pytest.mark.parametrize("slip", [1e-5, 1e-4, 1e-3])
def test_small_mistakes_are_caught_too(slip, rng):
    class Slightly(nn.DenseLayer):
        def backward(self, derivative_outputs):
            super().backward(derivative_outputs)
            self.derivative_weights[0, 0] += slip * np.abs(self.derivative_weights).max()
            return self.derivative_inputs

    with pytest.raises(AssertionError, match="weights"):
        check_gradients(Slightly(4, 3, rng=rng), rng.standard_normal((5, 4)))


def test_a_mistake_inside_is_found(rng):
    class AlwaysTrue(nn.ReLU):
        def backward(self, derivative_outputs):
            return derivative_outputs * (self.output >= 0)

    with pytest.raises(AssertionError, match=r"layers\[0\].weights"):
        check_gradients(Chain(rng, AlwaysTrue()), rng.standard_normal((6, 4)))


# Extremes -----------------------------------------------------------------------------------------


def test_the_checker_refuses_nan(rng):
    class Broken(nn.ReLU):
        def backward(self, derivative_outputs):
            return super().backward(derivative_outputs) * np.nan

    with pytest.raises(AssertionError, match="Broken.backward is wrong"):
        check_gradients(Broken(), rng.standard_normal((3, 2)))


def test_infinite_tolerance():
    assert nn.check_gradients(nn.ReLU(), [[1.0]], tolerance=np.inf)


@pytest.mark.parametrize("answer", [np.inf, -np.inf, np.nan, np.float32("inf"), 1e308], ids=str)
def test_functions_that_give_no_finite_number(answer):
    "The slope is nan (or zero), without a warning."
    found = nn.numerical_gradient(lambda x: answer, [1.0])
    assert np.isnan(found).all() or (np.isfinite(answer) and found == 0)


# Float types --------------------------------------------------------------------------------------


def test_slopes_are_measured_in_float64(rng):
    "Also of a float32 layer and of integers; what is given stays what it is."
    X = rng.integers(-3, 4, (3, 4))
    assert max(check_gradients(nn.DenseLayer(4, 2, rng=rng), X).values()) < 1e-7
    assert numerical_gradient(np.sum, np.ones(2, np.float32)).dtype == np.float64
    np.testing.assert_allclose(numerical_gradient(np.sum, [1, 2]), 1, rtol=1e-9)


# Errors -------------------------------------------------------------------------------------------


def test_numerical_gradient_wants_one_number():
    with pytest.raises(ValueError, match=r"must return one number, got shape \(2,\)"):
        numerical_gradient(lambda x: x, [1.0, 2.0])
    with pytest.raises(ValueError, match="must return one number, got None"):
        numerical_gradient(lambda x: None, [1.0])
    with pytest.raises(ValueError, match="expects h > 0"):
        numerical_gradient(np.sum, [1.0], h=0)


ANSWERS = ["a", None, 1j, [1.0], np.ones(2), np.ones((1, 1)), {}, len]


@pytest.mark.parametrize("answer", ANSWERS, ids=str)
def test_functions_that_give_no_number(answer):
    with pytest.raises(ValueError, match="function must return one number, got"):
        nn.numerical_gradient(lambda x: answer, [1.0, 2.0])


def test_relative_error_never_broadcasts():
    with pytest.raises(ValueError, match=r"second \(3, 1\), got \(3,\)"):
        relative_error(np.ones((3, 1)), np.ones(3))
    assert relative_error([0.0, 0.0], [0.0, 0.0]) == 0
    for pair in (([np.nan], [1.0]), ([1.0], [np.nan]), ([0.0], [np.nan]), ([np.nan], [0.0])):
        assert np.isnan(relative_error(*pair))


class Scaled:
    "A factor that its maker may give as he likes."

    parameter_names = ("factor",)

    def __init__(self, factor):
        self.factor = factor

    def forward(self, inputs):
        self.inputs = np.asarray(inputs)
        return self.factor * self.inputs

    def backward(self, derivative_outputs):
        self.derivative_factor = np.sum(self.inputs * derivative_outputs)
        return self.factor * derivative_outputs


def test_parameters_that_are_no_arrays_are_named(rng):
    X = rng.standard_normal((3, 2))
    assert set(check_gradients(Scaled(np.array(1.5)), X)) == {"inputs", "factor"}
    for bad in (1.5, [1.5]):
        with pytest.raises(ValueError, match="Scaled expects factor to be a NumPy array, got"):
            check_gradients(Scaled(bad), X)
    with pytest.raises(ValueError, match="expects factor to be an array of floats"):
        check_gradients(Scaled(np.array(2)), X)


def test_a_parameter_without_a_name_is_refused(rng):
    "It was approved once, and then never trained."

    class Unnamed(Scaled):
        parameter_names = ()

    text = "Unnamed expects parameter_names to name factor, which has a derivative_factor"
    with pytest.raises(ValueError, match=text):
        check_gradients(Unnamed(np.array(1.5)), rng.standard_normal((3, 2)))


def test_a_layer_outside_layers_is_refused(rng):
    class Hidden(Chain):
        def __init__(self, rng):
            super().__init__(rng)
            self.first, self.layers = self.layers[0], self.layers[1:]

        def forward(self, inputs):
            return super().forward(self.first.forward(inputs))

        def backward(self, derivative_outputs):
            return self.first.backward(super().backward(derivative_outputs))

    text = r"Hidden expects layers with parameters to be in .layers, not in .first"
    with pytest.raises(ValueError, match=text):
        check_gradients(Hidden(rng), rng.standard_normal((6, 4)))


def test_a_gradient_that_is_missing_or_of_another_shape(rng):
    class Missing(PReLU):
        def backward(self, derivative_outputs):
            slope = super().backward(derivative_outputs)
            del self.derivative_alpha
            return slope

    class Flat(PReLU):
        def backward(self, derivative_outputs):
            slope = super().backward(derivative_outputs)
            self.derivative_alpha = self.derivative_alpha[0]
            return slope

    for kind, got in ((Missing, r"\(\)"), (Flat, r"\(1,\)")):
        with pytest.raises(ValueError, match=rf"the derivative of alpha \(1, 1\), got {got}"):
            check_gradients(kind(), rng.standard_normal((5, 3)))
