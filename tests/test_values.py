"""Known values, extremes and float types of every component."""

from functools import partial

import numpy as np
import pytest
from conftest import LAYERS

import nn_from_scratch as nn


def test_dense_layer_by_hand():
    layer = nn.DenseLayer(2, 3, dtype=np.float64)
    layer.weights, layer.biases = np.array([[1.0, 0, 2], [0, 1, -1]]), np.array([[1.0, 2, 3]])
    np.testing.assert_array_equal(layer.forward([[1, 2], [3, 4]]), [[2, 4, 3], [4, 6, 5]])
    back = layer.backward([[1, 0, 0], [0, 1, 1]])
    np.testing.assert_array_equal(back, [[1, 0], [2, 0]])
    np.testing.assert_array_equal(layer.derivative_weights, [[1, 3, 3], [2, 4, 4]])
    np.testing.assert_array_equal(layer.derivative_biases, [[1, 1, 1]])


def test_first_weights():
    layer = nn.DenseLayer(400, 300, rng=np.random.default_rng(1))
    assert layer.weights.shape == (400, 300) and layer.biases.shape == (1, 300)
    assert not layer.biases.any()
    np.testing.assert_allclose(layer.weights.std(), np.sqrt(2 / 400), rtol=0.01)
    np.testing.assert_allclose(layer.weights.mean(), 0, atol=1e-3)


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


def test_relu_at_the_corner():
    relu = nn.ReLU()
    np.testing.assert_array_equal(relu.forward([[-1.0, 0.0, 2.0]]), [[0, 0, 2]])
    np.testing.assert_array_equal(relu.backward([[5.0, 5.0, 5.0]]), [[0, 0, 5]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_and_softmax_at_extremes(dtype):
    with np.errstate(all="raise", under="ignore"):
        out = nn.Sigmoid().forward(np.array([[-1e4, -1000, 0, 1000, np.inf]], dtype))
        np.testing.assert_array_equal(out, [[0, 0, 0.5, 1, 1]])
        softmax = nn.Softmax()
        out = softmax.forward(np.array([[1e4, -1e4, -np.inf], [1e4, 1e4, 1e4]], dtype))
        np.testing.assert_allclose(out, [[1, 0, 0], [1 / 3] * 3], rtol=1e-6)
        assert np.isfinite(softmax.backward(np.ones((2, 3), dtype))).all()


def test_losses_by_hand():
    assert nn.MeanSquaredError().forward([[1, 2], [3, 4]], [[1, 0], [3, 0]]) == 5
    P = [[0.5, 0.25, 0.25], [0.125, 0.125, 0.75]]
    expected = -(np.log(0.25) + np.log(0.75)) / 2
    loss = nn.CategoricalCrossEntropy()
    np.testing.assert_allclose(loss.forward(P, [1, 2]), expected)
    np.testing.assert_allclose(loss.forward(P, [[0, 1, 0], [0, 0, 1]]), expected)
    np.testing.assert_allclose(
        nn.BinaryCrossEntropy().forward([[0.25, 0.5]], [[1, 0]]), (np.log(4) + np.log(2)) / 2
    )
    for right in (
        nn.BinaryCrossEntropy().forward([[1.0], [0.0]], [[1], [0]]),
        loss.forward([[1.0, 0.0]], [0]),
    ):
        assert right == 0 and not np.signbit(right)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fused_losses_are_exact_at_extremes(dtype):
    Z = np.array([[1e4, -1e4], [1e4, -1e4], [-np.inf, 0.0]], dtype)
    softmax_loss, sigmoid_loss = (
        nn.SoftmaxCategoricalCrossEntropy(),
        nn.SigmoidBinaryCrossEntropy(),
    )
    with np.errstate(all="raise", under="ignore"):
        assert softmax_loss.forward(Z[:2], [0, 1]) == 10_000
        gradient = softmax_loss.backward(softmax_loss.output, [0, 1])
        np.testing.assert_array_equal(gradient, [[0, 0], [0.5, -0.5]])
        assert softmax_loss.forward(Z[2:], [1]) == softmax_loss.forward(Z[2:], [[0, 1]]) == 0
        assert softmax_loss.forward(Z[2:], [0]) == np.inf
        assert sigmoid_loss.forward(Z[:1], [[0, 0]]) == 5000
        assert sigmoid_loss.forward(Z[2:], [[0, 1]]) == pytest.approx(np.log(2) / 2)
        gradient = sigmoid_loss.backward(sigmoid_loss.output, [[0, 1]])
        np.testing.assert_allclose(gradient, [[0, -0.25]])


def test_a_small_loss_is_not_rounded_to_zero():
    "log(1 + 4e-18) is 4e-18; who adds first and takes the logarithm then gets 0."
    loss = nn.SigmoidBinaryCrossEntropy()
    np.testing.assert_allclose(loss.forward([[40.0]], [[1]]), np.exp(-40), rtol=1e-12)
    np.testing.assert_allclose(loss.forward([[-40.0]], [[0]]), np.exp(-40), rtol=1e-12)


def test_the_largest_floats_make_no_warning():
    for Z in (np.array([[3e38, -3e38]], np.float32), np.array([[1e308, -1e308]])):
        for labels in ([0], [1]):
            loss = nn.SoftmaxCategoricalCrossEntropy()
            assert loss.forward(Z, labels) >= 0
            np.testing.assert_array_equal(loss.output, [[1, 0]])
        np.testing.assert_array_equal(nn.Softmax().forward(Z), [[1, 0]])


def test_nan_goes_through_and_shows_in_the_loss():
    Z = np.array([[np.nan, 1.0], [np.inf, 0.0]])
    for part in (nn.Softmax(), nn.Sigmoid(), nn.ReLU()):
        assert np.isnan(part.forward(Z)[0, 0])
    assert np.isnan(nn.SoftmaxCategoricalCrossEntropy().forward(Z, [0, 0]))


def test_a_blocked_gradient_is_zero_even_if_it_was_infinite():
    relu = nn.ReLU()
    relu.forward([[-1.0, 1.0]])
    np.testing.assert_array_equal(relu.backward([[np.inf, 2.0]]), [[0, 2]])


def test_fused_equals_two_steps(rng):
    Z, y = 3 * rng.standard_normal((50, 7)), rng.integers(0, 7, 50)
    softmax, loss = nn.Softmax(), nn.CategoricalCrossEntropy()
    fused = nn.SoftmaxCategoricalCrossEntropy()
    np.testing.assert_allclose(fused.forward(Z, y), loss.forward(softmax.forward(Z), y))
    np.testing.assert_allclose(fused.output, softmax.output)
    np.testing.assert_allclose(
        fused.backward(fused.output, y), softmax.backward(loss.backward(softmax.output, y))
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_types_stay(dtype, rng):
    X, G = rng.standard_normal((4, 5)).astype(dtype), np.ones((4, 3))
    layer = nn.DenseLayer(5, 3, dtype=dtype, rng=rng)
    assert layer.forward(X.astype(np.float64)).dtype == dtype
    assert layer.backward(G).dtype == dtype
    assert layer.derivative_weights.dtype == layer.derivative_biases.dtype == dtype
    for part in (nn.ReLU(), nn.Sigmoid(), nn.Softmax()):
        assert part.forward(X).dtype == part.backward(np.ones((4, 5))).dtype == dtype
    P, y = nn.Softmax().forward(X), [0, 1, 2, 3]
    for loss in (nn.SoftmaxCategoricalCrossEntropy(), nn.SigmoidBinaryCrossEntropy()):
        loss.forward(P, np.eye(5)[y])
        assert loss.output.dtype == dtype
    layer.biases = np.zeros((1, 3))
    assert layer.forward(X).dtype == dtype
    layer.biases = layer.biases.astype(dtype)
    for loss in (nn.CategoricalCrossEntropy(), nn.SoftmaxCategoricalCrossEntropy()):
        assert type(loss.forward(P, y)) is float and loss.backward(P, y).dtype == dtype
    for loss in (nn.MeanSquaredError(), nn.BinaryCrossEntropy(), nn.SigmoidBinaryCrossEntropy()):
        Y = np.eye(5)[y]
        assert type(loss.forward(P, Y)) is float and loss.backward(P, Y).dtype == dtype
    assert type(nn.Accuracy().calculate(P, y)) is float
    nn.StochasticGradientDescent(np.float64(0.1), 0.9, 0.1).update_params(layer)
    assert layer.weights.dtype == layer.biases.dtype == dtype


@pytest.mark.parametrize("name", LAYERS)
def test_any_array_like_and_inputs_are_never_changed(name, rng):
    X = np.round(rng.standard_normal((6, 4)) * 3)
    G = rng.standard_normal((6, 3 if name == "dense" else 4))
    layer = LAYERS[name](np.random.default_rng(5), 4)
    expected, expected_back = layer.forward(X), layer.backward(G)
    frozen, frozen_G = X.copy(), G.copy()
    frozen.setflags(write=False)
    frozen_G.setflags(write=False)
    forms = [X.tolist(), X.astype(int), np.asfortranarray(X), frozen, np.repeat(X, 2, 0)[::2]]
    for form in forms + [X.astype(np.float16)]:
        again = LAYERS[name](np.random.default_rng(5), 4)
        np.testing.assert_array_equal(again.forward(form), expected)
        np.testing.assert_array_equal(again.backward(frozen_G), expected_back)
        np.testing.assert_array_equal(np.asarray(form), X)
        again.forward(form)
        np.testing.assert_array_equal(again.backward(np.asfortranarray(G)), expected_back)


def test_losses_and_metrics_never_change_what_they_get(rng):
    P, Y = rng.dirichlet(np.ones(4), 6), np.eye(4)[rng.integers(0, 4, 6)]
    for array in (P, Y):
        array.setflags(write=False)
    losses = [nn.MeanSquaredError, nn.BinaryCrossEntropy, nn.SigmoidBinaryCrossEntropy]
    losses += [nn.CategoricalCrossEntropy, nn.SoftmaxCategoricalCrossEntropy]
    for loss in (kind() for kind in losses):
        loss.forward(P, Y)
        loss.backward(getattr(loss, "output", P), Y)
        gradient = loss.backward(P, Y)
        assert not np.shares_memory(gradient, P) and not np.shares_memory(gradient, Y)
    nn.Accuracy().calculate(P, Y)
    nn.check_gradients(nn.Softmax(), P)


def test_the_optimizer_never_changes_gradients(rng):
    layer = nn.DenseLayer(3, 2, rng=rng)
    layer.backward(np.ones_like(layer.forward(rng.standard_normal((4, 3)))))
    layer.derivative_weights.setflags(write=False)
    optimizer = nn.StochasticGradientDescent(0.1, 0.9)
    before = layer.derivative_weights.copy()
    for _ in range(3):
        optimizer.update_params(layer)
    np.testing.assert_array_equal(layer.derivative_weights, before)


def test_rows_of_very_different_size_do_not_meet():
    "Each row is shifted by its own maximum."
    Z = np.array([[1e4, 0.0], [-1e4, -1e4 + 1]])
    expected = [[1, 0], [1 / (1 + np.e), np.e / (1 + np.e)]]
    np.testing.assert_allclose(nn.Softmax().forward(Z), expected)
    fused = nn.SoftmaxCategoricalCrossEntropy()
    np.testing.assert_allclose(fused.forward(Z, [0, 0]), np.log(1 + np.e) / 2)
    np.testing.assert_allclose(fused.output, expected)


def test_small_probabilities_count_as_they_are():
    P = np.array([[1e-12, 1 - 1e-12]])
    loss = nn.CategoricalCrossEntropy()
    np.testing.assert_allclose(loss.forward(P, [0]), 12 * np.log(10))
    np.testing.assert_allclose(loss.backward(P, [0]), [[-1e12, 0]])
    binary = nn.BinaryCrossEntropy()
    np.testing.assert_allclose(binary.forward(P[:, :1], [[1]]), 12 * np.log(10))
    np.testing.assert_allclose(binary.backward(P[:, :1], [[1]]), [[-1e12]])
    np.testing.assert_allclose(binary.backward(1 - P[:, :1], [[0]]), [[1e12]], rtol=1e-3)


def test_of_two_classes_the_larger_counts():
    "Two columns are compared with each other, not with one half."
    P = [[0.3, 0.7], [0.6, 0.4], [2.0, 3.0], [-1.0, -2.0]]
    assert nn.Accuracy().calculate(P, [1, 0, 1, 0]) == 1


def test_at_a_tie_the_first_class_wins():
    assert nn.Accuracy().calculate([[0.5, 0.5], [0.2, 0.2]], [0, 0]) == 1


def test_each_layer_begins_with_weights_of_its_own():
    for rngs in ((None, None), (1, 2)):
        first, second = (nn.DenseLayer(5, 4, rng=rng).weights for rng in rngs)
        assert not np.array_equal(first, second)
    rng = np.random.default_rng(1)
    assert not np.array_equal(*(nn.DenseLayer(5, 4, rng=rng).weights for _ in range(2)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_and_biases_have_the_float_type_asked_for(dtype):
    layer = nn.DenseLayer(5, 4, dtype=dtype)
    assert layer.weights.dtype == layer.biases.dtype == dtype


def test_gradients_are_those_of_the_last_call(rng):
    layer = nn.DenseLayer(3, 2, rng=rng)
    layer.forward(rng.standard_normal((4, 3)))
    for backward in (layer.backward, partial(nn.backward_parameters, layer)):
        seen = []
        for _ in range(2):
            backward(np.ones((4, 2)))
            seen.append((layer.derivative_weights.copy(), layer.derivative_biases.copy()))
        np.testing.assert_array_equal(*(weights for weights, _ in seen))
        np.testing.assert_array_equal(*(biases for _, biases in seen))


def test_first_weights_are_normal():
    weights = nn.DenseLayer(500, 400, dtype=np.float64, rng=0).weights * np.sqrt(500 / 2)
    np.testing.assert_allclose([np.mean(weights**4), np.abs(weights).max()], [3, 4.6], rtol=0.1)


def test_accuracy_reads_every_form(rng):
    P, y = rng.dirichlet(np.ones(4), 100), rng.integers(0, 4, 100)
    accuracy = nn.Accuracy()
    expected = float((P.argmax(1) == y).mean())
    for predictions in (P, np.log(P), P.argmax(1)):
        for targets in (y, y.tolist(), np.eye(4)[y], np.eye(4, dtype=bool)[y]):
            assert accuracy.calculate(predictions, targets) == expected
    p = np.array([[0.2], [0.5], [0.51], [1.0]])
    for targets in ([0, 0, 1, 1], [[0], [0], [1], [1]], np.array([[0.0], [0], [1], [1]])):
        assert accuracy.calculate(p, targets) == 1
