"""The numerical gradient, the comparison of two, and the checker itself."""

import numpy as np
import pytest
from helpers import PReLU

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


def test_each_entry_counts_for_itself():
    assert relative_error([1000, 1e-5], [1000, -1e-5]) == 2
    assert relative_error([1.0, 2.0, 4.0], [1.0, 2.5, 4.0]) == 0.5 / 2.5
    assert relative_error([1.0, 2.0], [1.0, -8.0]) == 10 / 8
    assert relative_error([0.0, 3.0], [1e-300, 3.0]) == 1
    assert relative_error(np.float32([1, 1e-40]), np.float32([1, 0])) == 1  # in float64


def test_noise_is_taken_off_each_difference():
    assert relative_error([2.0, 1e-9], [2.0, 0], noise=1e-9) == 0
    assert relative_error([2.0, 1e-9], [2.0, 0], noise=0.5e-9) == 0.5
    assert relative_error([2.0, 1.0], [2.5, 1.0], noise=0.25) == 0.25 / 2.5
    assert np.isnan(relative_error([np.nan], [1.0], noise=1.0))
    assert np.isnan(relative_error([1.0], [1.0], noise=np.nan))


def test_nothing_differs_from_nothing():
    assert relative_error([], []) == relative_error([[0.0]], [[0]]) == 0


# Gradients ----------------------------------------------------------------------------------------


def test_the_step_is_that_of_the_caller(rng):
    "A step of one half is coarse, and shows in the error."
    X = rng.standard_normal((3, 4))
    coarse = check_gradients(nn.Sigmoid(), X, h=0.5, tolerance=1)
    assert coarse["inputs"] > 1e-3 > check_gradients(nn.Sigmoid(), X)["inputs"]


def inputs_of(seed, shape=(6, 4)):
    "The first numbers of a seed, as a user draws them."
    return np.random.default_rng(seed).standard_normal(shape)


def children_of(seed, shape=(6, 4)):
    "The first numbers of each child of a seed."
    return [child.standard_normal(shape) for child in np.random.default_rng(seed).spawn(3)]


class Spy:
    "Keeps every upstream gradient that it is given."

    seen: list[np.ndarray] = []

    def forward(self, inputs):
        return np.asarray(inputs)

    def backward(self, derivative_outputs):
        Spy.seen.append(derivative_outputs.copy())
        return derivative_outputs


def directions(rng=None):
    Spy.seen.clear()
    check_gradients(Spy(), np.ones((6, 4)), rng=rng)
    return np.array(Spy.seen)


@pytest.mark.parametrize("rng", [None, 0, 1, 7])
def test_no_direction_comes_from_the_stream_of_the_seed(rng):
    drawn = [*children_of(rng or 0, 1000), inputs_of(rng or 0, 1000)]
    assert not np.isin(directions(rng), np.concatenate(drawn)).any()


def test_directions_are_those_of_the_generator():
    "Without one they are always the same, so that a check that passed passes again."
    first = directions()
    assert first.shape == (2, 6, 4) and not np.isin(first[0], first[1]).any()
    np.testing.assert_array_equal(directions(), first)
    np.testing.assert_array_equal(directions(0), first)
    assert not np.isin(directions(1), first).any()
    np.testing.assert_array_equal(directions(1), directions(np.random.default_rng(1)))
    rng = np.random.default_rng(1)
    assert not np.isin(directions(rng), directions(rng)).any()


class LayerNorm:
    "Each row to mean 0 and deviation 1; where G equals the inputs its slope is zero."

    def forward(self, inputs):
        X = np.asarray(inputs)
        self.deviation = np.sqrt(X.var(axis=1, keepdims=True) + 1e-5)
        self.output = (X - X.mean(axis=1, keepdims=True)) / self.deviation
        return self.output

    def backward(self, G):
        along = (G * self.output).mean(axis=1, keepdims=True)
        return (G - G.mean(axis=1, keepdims=True) - self.output * along) / self.deviation


@pytest.mark.parametrize("seed", range(20))
def test_a_right_layer_norm_passes_with_any_inputs(seed):
    assert check_gradients(LayerNorm(), inputs_of(seed))["inputs"] < 1e-7
    assert check_gradients(LayerNorm(), inputs_of(seed) + 1000)["inputs"] < 1e-7
    assert check_gradients(LayerNorm(), inputs_of(seed), rng=seed)["inputs"] < 1e-7


class Columns:
    "Columns of very different size; `signs` puts a mistake into some of them."

    def __init__(self, scales, signs=1):
        self.scales, self.signs = np.array(scales), np.array(signs)

    def forward(self, inputs):
        return np.asarray(inputs) * self.scales

    def backward(self, derivative_outputs):
        return derivative_outputs * self.scales * self.signs


@pytest.mark.parametrize("scale", [1e-12, 1e-6, 1e6, 1e12])
def test_the_check_is_as_sharp_at_any_common_scale(scale):
    X = inputs_of(0, (5, 3))
    assert check_gradients(Columns([scale]), X) == {"inputs": 0}
    errors = check_gradients(Columns([scale], 1 + 1e-5), X, tolerance=np.inf)
    np.testing.assert_allclose(errors["inputs"], 1e-5, rtol=0.05)


@pytest.mark.parametrize("scale", [0.01, 0.1, 1, 10, 30])
def test_a_right_loss_of_sure_scores_passes(scale):
    "Slopes far below the noise, and losses near zero."
    for seed in range(10):
        Z = scale * inputs_of(seed, (6, 5))
        for y in (Z.argmax(axis=1), Z.argmin(axis=1)):
            assert check_gradients(nn.SoftmaxCategoricalCrossEntropy(), Z, y)["inputs"] < 1e-7
        for Y in (Z > 0, Z < 0):
            assert check_gradients(nn.SigmoidBinaryCrossEntropy(), Z, Y)["inputs"] < 1e-7


def test_terms_that_cancel_make_noise_all_the_same():
    "Two large outputs, whose weighted sum is sometimes nearly zero."

    class Far(Columns):
        def forward(self, inputs):
            return super().forward(inputs) + 1e6

    for seed in range(100):
        assert check_gradients(Far([1.0, 1.0]), inputs_of(seed, (1, 2)), rng=seed)["inputs"] < 1e-7


class Cube:
    def forward(self, inputs):
        self.inputs = np.asarray(inputs)
        return self.inputs**3

    def backward(self, derivative_outputs):
        return 3 * derivative_outputs * self.inputs**2


def test_right_parts_pass_with_a_margin_and_wrong_ones_do_not():
    for seed in range(40):
        rng = np.random.default_rng(seed)
        n, d = rng.integers(1, 9, 2)
        X = rng.standard_normal((n, d))
        X += np.where(X >= 0, 0.01, -0.01)  # away from the corner
        for part in (nn.DenseLayer(d, 3, rng=rng), nn.ReLU(), nn.Sigmoid(), nn.Softmax(), Cube()):
            assert max(check_gradients(part, X).values()) < 1e-7
        errors = check_gradients(Columns([1.0], 1 + 1e-5), X, tolerance=np.inf)
        assert errors["inputs"] > 5e-6


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


class Transposed(nn.DenseLayer):
    "The slope of square weights, the wrong way round: right if G equals the inputs."

    def backward(self, derivative_outputs):
        super().backward(derivative_outputs)
        self.derivative_weights = derivative_outputs.T @ self.inputs
        return self.derivative_inputs


class SquareOfG:
    "2 G G where 2 G X belongs."

    def forward(self, inputs):
        return np.asarray(inputs) ** 2

    def backward(self, derivative_outputs):
        return 2 * derivative_outputs**2


@pytest.mark.parametrize("rng", [None, 0, 1, 7])
@pytest.mark.parametrize("part", [Transposed, SquareOfG])
def test_inputs_from_any_seed_find_what_holds_for_g_equal_to_x(part, rng):
    "Of the check's own seed above all."
    make = (lambda: part(4, 4, rng=0)) if part is Transposed else part
    for X in (*(inputs_of(seed) for seed in (0, 1, 7, rng)), *children_of(0), *children_of(rng)):
        X = X[:4] if part is Transposed else X
        with pytest.raises(AssertionError, match="is wrong"):
            check_gradients(make(), X, rng=rng)


def test_a_generator_that_drew_the_inputs_may_be_handed_on():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((4, 4))
    with pytest.raises(AssertionError, match="weights"):
        check_gradients(Transposed(4, 4, rng=1), X, rng=rng)
    if np.lib.NumpyVersion(np.__version__) < "2.2.0":
        return  # an older default_rng takes no RandomState
    with pytest.raises(AssertionError, match="weights"):
        check_gradients(Transposed(4, 4, rng=1), inputs_of(0, (4, 4)), rng=np.random.RandomState(0))


def test_two_directions_are_looked_into_and_the_worse_is_told():
    "A part that is right for the first G only."

    class RightOnce(nn.ReLU):
        calls = 0

        def backward(self, derivative_outputs):
            RightOnce.calls += 1
            return super().backward(derivative_outputs) * (1 if RightOnce.calls == 1 else 2)

    errors = check_gradients(RightOnce(), inputs_of(0), tolerance=np.inf)
    assert RightOnce.calls == 2
    np.testing.assert_allclose(errors["inputs"], 0.5, rtol=1e-6)
    RightOnce.calls = -1  # wrong in the first, right in the second
    errors = check_gradients(RightOnce(), inputs_of(0), tolerance=np.inf)
    np.testing.assert_allclose(errors["inputs"], 0.5, rtol=1e-6)


def test_a_part_that_changes_its_upstream_gradient_is_still_checked():
    class InPlace(SquareOfG):
        def backward(self, G):
            G *= 0
            return G

    with pytest.raises(AssertionError, match="InPlace.backward is wrong"):
        check_gradients(InPlace(), inputs_of(0))


@pytest.mark.parametrize("scales", [(1e4, 1e-4), (1.0, 1e-6), (1e-4, 1e4)])
@pytest.mark.parametrize("n", [1, 6, 20])
def test_a_wrong_sign_in_a_small_column_is_seen(scales, n):
    small = np.where(np.array(scales) == min(scales), -1, 1)
    with pytest.raises(AssertionError, match="is wrong"):
        check_gradients(Columns(scales, small), inputs_of(0, (n, 2)))
    assert check_gradients(Columns(scales), inputs_of(0, (n, 2))) == {"inputs": 0}


def test_one_wrong_entry_of_many_is_seen():
    "The smallest slope of all, with the wrong sign."

    class OneSign(nn.DenseLayer):
        def backward(self, derivative_outputs):
            super().backward(derivative_outputs)
            smallest = np.unravel_index(np.abs(self.derivative_weights).argmin(), (20, 10))
            self.derivative_weights[smallest] *= -1
            return self.derivative_inputs

    for seed in range(10):
        with pytest.raises(AssertionError, match="'weights'"):
            check_gradients(OneSign(20, 10, rng=seed), inputs_of(seed, (8, 20)))


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


def test_infinite_and_missing_slopes_are_wrong_and_not_an_accident():
    for wrong in (np.nan, np.inf, -np.inf, 1e308):
        with pytest.raises(AssertionError, match="Columns.backward is wrong"):
            check_gradients(Columns([1.0], wrong), inputs_of(0))


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


@pytest.mark.parametrize("noise", [-1e-9, -np.inf, "a", None, [0.1]], ids=str)
def test_noise_that_is_none(noise):
    with pytest.raises(ValueError, match="relative_error expects noise"):
        relative_error([1.0], [1.0], noise=noise)


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
