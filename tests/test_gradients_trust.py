"""What `check_gradients` must see: any wrong entry, whatever X it is given, and no right part."""

import numpy as np
import pytest

import nn_from_scratch as nn
from nn_from_scratch.gradients import check_gradients, relative_error


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


class Scaled:
    "Columns of very different size; `signs` puts a mistake into some of them."

    def __init__(self, scales, signs=1):
        self.scales, self.signs = np.array(scales), np.array(signs)

    def forward(self, inputs):
        return np.asarray(inputs) * self.scales

    def backward(self, derivative_outputs):
        return derivative_outputs * self.scales * self.signs


class Cube:
    def forward(self, inputs):
        self.inputs = np.asarray(inputs)
        return self.inputs**3

    def backward(self, derivative_outputs):
        return 3 * derivative_outputs * self.inputs**2


def inputs_of(seed, shape=(6, 4)):
    "The first numbers of a seed, as a user draws them."
    return np.random.default_rng(seed).standard_normal(shape)


def children_of(seed, shape=(6, 4)):
    "The first numbers of each child of a seed."
    return [child.standard_normal(shape) for child in np.random.default_rng(seed).spawn(3)]


# The direction does not depend on the inputs --------------------------------------------------


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
    with pytest.raises(AssertionError, match="weights"):
        check_gradients(Transposed(4, 4, rng=1), inputs_of(0, (4, 4)), rng=np.random.RandomState(0))


@pytest.mark.parametrize("seed", range(20))
def test_a_right_layer_norm_passes_with_any_inputs(seed):
    assert check_gradients(LayerNorm(), inputs_of(seed))["inputs"] < 1e-7
    assert check_gradients(LayerNorm(), inputs_of(seed) + 1000)["inputs"] < 1e-7
    assert check_gradients(LayerNorm(), inputs_of(seed), rng=seed)["inputs"] < 1e-7


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


# Entry by entry, and no more noise than there is ----------------------------------------------


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
    for bad in (-1e-9, "a", [0.1]):
        with pytest.raises(ValueError, match="relative_error expects noise"):
            relative_error([1.0], [1.0], noise=bad)


@pytest.mark.parametrize("scales", [(1e4, 1e-4), (1.0, 1e-6), (1e-4, 1e4)])
@pytest.mark.parametrize("n", [1, 6, 20])
def test_a_wrong_sign_in_a_small_column_is_seen(scales, n):
    small = np.where(np.array(scales) == min(scales), -1, 1)
    with pytest.raises(AssertionError, match="is wrong"):
        check_gradients(Scaled(scales, small), inputs_of(0, (n, 2)))
    assert check_gradients(Scaled(scales), inputs_of(0, (n, 2))) == {"inputs": 0}


@pytest.mark.parametrize("scale", [1e-12, 1e-6, 1e6, 1e12])
def test_the_check_is_as_sharp_at_any_common_scale(scale):
    X = inputs_of(0, (5, 3))
    assert check_gradients(Scaled([scale]), X) == {"inputs": 0}
    errors = check_gradients(Scaled([scale], 1 + 1e-5), X, tolerance=np.inf)
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

    class Far(Scaled):
        def forward(self, inputs):
            return super().forward(inputs) + 1e6

    for seed in range(100):
        assert check_gradients(Far([1.0, 1.0]), inputs_of(seed, (1, 2)), rng=seed)["inputs"] < 1e-7


def test_right_parts_pass_with_a_margin_and_wrong_ones_do_not():
    for seed in range(40):
        rng = np.random.default_rng(seed)
        n, d = rng.integers(1, 9, 2)
        X = rng.standard_normal((n, d))
        X += np.where(X >= 0, 0.01, -0.01)  # away from the corner
        for part in (nn.DenseLayer(d, 3, rng=rng), nn.ReLU(), nn.Sigmoid(), nn.Softmax(), Cube()):
            assert max(check_gradients(part, X).values()) < 1e-7
        errors = check_gradients(Scaled([1.0], 1 + 1e-5), X, tolerance=np.inf)
        assert errors["inputs"] > 5e-6


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


def test_infinite_and_missing_slopes_are_wrong_and_not_an_accident():
    for wrong in (np.nan, np.inf, -np.inf, 1e308):
        with pytest.raises(AssertionError, match="Scaled.backward is wrong"):
            check_gradients(Scaled([1.0], wrong), inputs_of(0))


# A claim of lesson 04 about another library ---------------------------------------------------


def test_the_momentum_of_scikit_learn_is_nesterovs_by_default():
    neural_network = pytest.importorskip("sklearn.neural_network")
    assert neural_network.MLPClassifier().nesterovs_momentum is True
