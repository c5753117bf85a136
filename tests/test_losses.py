"""The five losses and one_hot."""

import warnings

import numpy as np
import pytest
from helpers import FUSED, LOSSES, away_from_zero, rows_of_probabilities, says
from hypothesis import given, settings
from hypothesis import strategies as st

import nn_from_scratch as nn

SIZES = st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(0, 10_000))
each = pytest.mark.parametrize("kind", LOSSES, ids=lambda kind: kind.__name__)


# By hand ------------------------------------------------------------------------------------------


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


def test_one_hot_by_hand():
    rows = nn.one_hot([2, 0], 3)
    assert rows.dtype == np.float32 and rows.tolist() == [[0, 0, 1], [1, 0, 0]]


def test_fused_equals_two_steps(rng):
    Z, y = 3 * rng.standard_normal((50, 7)), rng.integers(0, 7, 50)
    softmax, loss = nn.Softmax(), nn.CategoricalCrossEntropy()
    fused = nn.SoftmaxCategoricalCrossEntropy()
    np.testing.assert_allclose(fused.forward(Z, y), loss.forward(softmax.forward(Z), y))
    np.testing.assert_allclose(fused.output, softmax.output)
    np.testing.assert_allclose(
        fused.backward(fused.output, y), softmax.backward(loss.backward(softmax.output, y))
    )


# Gradients ----------------------------------------------------------------------------------------


@given(sizes=SIZES)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_mean_squared_error(sizes):
    n, k, seed = sizes
    rng = np.random.default_rng(seed)
    nn.check_gradients(
        nn.MeanSquaredError(), rng.standard_normal((n, k)), rng.standard_normal((n, k))
    )


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
    nn.check_gradients(
        nn.CategoricalCrossEntropy(), rows_of_probabilities(rng, n, k), targets, h=1e-6
    )
    # with a single class both gradients are zero, and nothing but rounding is compared
    if k > 1:
        logits = rng.standard_normal((n, k))
        nn.check_gradients(nn.SoftmaxCategoricalCrossEntropy(), logits, targets)


@given(sizes=SIZES)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_binary_losses(sizes):
    n, k, seed = sizes
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, 2, (n, k))
    predictions = rng.uniform(0.05, 0.95, (n, k))
    nn.check_gradients(nn.BinaryCrossEntropy(), predictions, targets, h=1e-6)
    logits = away_from_zero(rng, n, k)
    nn.check_gradients(nn.SigmoidBinaryCrossEntropy(), logits, targets)
    nn.check_gradients(nn.SigmoidBinaryCrossEntropy(), logits, rng.uniform(0, 1, (n, k)))


# Broken twin --------------------------------------------------------------------------------------


@each
@pytest.mark.parametrize("factor", ["n", "k", -1])
def test_losses_with_a_wrong_mean_or_sign_are_caught(kind, factor, rng):
    class Broken(kind):
        def backward(self, predictions, targets):
            n, k = np.shape(predictions)
            return super().backward(predictions, targets) * {"n": n, "k": k}.get(factor, factor)

    predictions = rng.dirichlet(np.ones(3), 5)
    targets = np.eye(3)[[0, 1, 2, 0, 1]]
    nn.check_gradients(kind(), predictions, targets, h=1e-6)
    with pytest.raises(AssertionError, match="is wrong"):
        nn.check_gradients(Broken(), predictions, targets, h=1e-6)


# Extremes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fused_losses_are_exact_at_extremes(dtype):
    Z = np.array([[1e4, -1e4], [1e4, -1e4], [-np.inf, 0.0]], dtype)
    softmax_loss, sigmoid_loss = (
        nn.SoftmaxCategoricalCrossEntropy(),
        nn.SigmoidBinaryCrossEntropy(),
    )
    with np.errstate(all="raise"):
        assert softmax_loss.forward(Z[:2], [0, 1]) == 10_000
        gradient = softmax_loss.backward(softmax_loss.output, [0, 1])
        np.testing.assert_array_equal(gradient, [[0, 0], [0.5, -0.5]])
        assert softmax_loss.forward(Z[2:], [1]) == softmax_loss.forward(Z[2:], [[0, 1]]) == 0
        assert softmax_loss.forward(Z[2:], [0]) == np.inf
        assert sigmoid_loss.forward(Z[:1], [[0, 0]]) == 5000
        assert sigmoid_loss.forward(Z[2:], [[0, 1]]) == pytest.approx(np.log(2) / 2)
        gradient = sigmoid_loss.backward(sigmoid_loss.output, [[0, 1]])
        np.testing.assert_allclose(gradient, [[0, -0.25]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sure_and_wrong_is_bad_and_finite(dtype):
    "The logarithm of nothing is taken of the smallest number with all digits, forward and back."
    tiny = float(np.finfo(dtype).tiny)
    binary, categorical = nn.BinaryCrossEntropy(), nn.CategoricalCrossEntropy()
    for P, Y, sign in (([[1.0]], [[0]], 1), ([[0.0]], [[1]], -1)):
        P = np.array(P, dtype)
        np.testing.assert_allclose(binary.forward(P, Y), -np.log(tiny), rtol=1e-6)
        np.testing.assert_allclose(binary.backward(P, Y), [[sign / tiny]], rtol=1e-6)
    P = np.array([[1, 0]], dtype)
    np.testing.assert_allclose(categorical.forward(P, [1]), -np.log(tiny), rtol=1e-6)
    np.testing.assert_allclose(categorical.backward(P, [1]), [[0, -1 / tiny]], rtol=1e-6)


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


def test_nan_shows_in_the_loss():
    Z = np.array([[np.nan, 1.0], [np.inf, 0.0]])
    assert np.isnan(nn.SoftmaxCategoricalCrossEntropy().forward(Z, [0, 0]))
    assert np.isnan(nn.MeanSquaredError().forward(Z, np.ones((2, 2))))


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_quiet_where_numpy_is_made_to_raise(kind, dtype):
    "Tiny numbers become 0, large ones infinity, and nan goes through: whatever a user has set."
    large, Y = np.finfo(dtype).max, np.eye(3, dtype=dtype)[[0, 1]]
    P = np.array([[large, -large, np.nan], [-1000, 0, 1000]], dtype)
    if kind not in (nn.MeanSquaredError, *FUSED):
        P = np.array([[1, 0, np.nan], [1e-40, 0.5, 0.5]]).astype(dtype)
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        loss = kind()
        assert np.isnan(loss.forward(P, Y))
        slope = loss.backward(getattr(loss, "output", P), Y)
    assert slope.dtype == dtype and slope.shape == (2, 3)


def test_rows_of_very_different_size_do_not_meet():
    "Each row is shifted by its own maximum."
    Z = np.array([[1e4, 0.0], [-1e4, -1e4 + 1]])
    fused = nn.SoftmaxCategoricalCrossEntropy()
    np.testing.assert_allclose(fused.forward(Z, [0, 0]), np.log(1 + np.e) / 2)
    expected = [[1, 0], [1 / (1 + np.e), np.e / (1 + np.e)]]
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


# Float types --------------------------------------------------------------------------------------


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_types_stay(kind, dtype, rng):
    "Of the predictions; the loss is a Python float."
    P, Y, loss = rng.dirichlet(np.ones(5), 4).astype(dtype), np.eye(5)[[0, 1, 2, 3]], kind()
    for targets in (Y, [0, 1, 2, 3]) if "Categorical" in kind.__name__ else (Y,):
        assert type(loss.forward(P, targets)) is float
        output = getattr(loss, "output", P)
        assert output.dtype == loss.backward(output, targets).dtype == dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_one_hot_rows_have_the_type_asked_for(dtype):
    assert nn.one_hot([0, 2], 3, dtype).dtype == dtype


# Errors -------------------------------------------------------------------------------------------


P = np.full((2, 3), 1 / 3)
mse, bce, cce = nn.MeanSquaredError(), nn.BinaryCrossEntropy(), nn.CategoricalCrossEntropy()
fused, fused_binary = nn.SoftmaxCategoricalCrossEntropy(), nn.SigmoidBinaryCrossEntropy()


def after(loss, *logits_and_targets):
    "The loss after a forward."
    loss.forward(*logits_and_targets)
    return loss


ERRORS = {
    "mse shapes": (
        lambda: mse.forward(np.ones((3, 1)), np.ones(3)),
        "MeanSquaredError expects targets (3, 1), got (3,)",
    ),
    "mse empty": (lambda: mse.forward([], []), "at least one sample"),
    "bce scores": (lambda: bce.forward([[3.0]], [[1]]), "predictions from 0 to 1, got 3 to 3"),
    "bce targets": (lambda: bce.backward([[0.3]], [[2]]), "targets from 0 to 1, got 2 to 2"),
    "cce logits": (lambda: cce.forward([[-1.0, 2.0]], [0]), "predictions from 0 to 1, got -1 to 2"),
    "labels too large": (
        lambda: cce.forward(P, [0, 3]),
        "CategoricalCrossEntropy expects targets from 0 to 2, got 0 to 3",
    ),
    "labels negative": (lambda: fused.forward(P, [-1, 0]), "from 0 to 2, got -1 to 0"),
    "labels of floats": (lambda: fused.forward(P, [0.0, 1.0]), "integers, got float64"),
    "labels of booleans": (lambda: fused.forward(P, [True, False]), "integers, got bool"),
    "labels too few": (lambda: fused.forward(P, [0]), "expects targets (2,), got (1,)"),
    "labels as a column": (lambda: fused.forward(P, [[0], [1]]), "targets (2, 3), got (2, 1)"),
    "rows that do not add up": (lambda: fused.forward(P, P * 2), "add up to 1"),
    "rows with a negative": (lambda: fused.forward(P, [[-1, 2, 0], [0, 0, 1]]), "to be >= 0"),
    "rows of nan": (lambda: fused.forward(P, P * np.nan), "add up to 1"),
    "ragged targets": (lambda: fused.forward(P, [[1], [1, 0]]), "targets to be an array of real"),
    "no samples": (lambda: fused.forward(np.ones((0, 3)), []), "at least one sample"),
    "no classes": (lambda: cce.forward(np.ones((2, 0)), [0, 0]), "at least one sample"),
    "fused, logits again": (
        lambda: after(fused, P * 9, [0, 1]).backward(P * 9, [0, 1]),
        "SoftmaxCategoricalCrossEntropy expects the .output of its last forward, got other numbers",
    ),
    "fused, another shape": (
        lambda: after(fused, P, [0, 1]).backward(P[:1], [0]),
        "SoftmaxCategoricalCrossEntropy expects output (2, 3), got (1, 3)",
    ),
    "fused, no forward": (
        lambda: nn.SigmoidBinaryCrossEntropy().backward(P, P),
        "SigmoidBinaryCrossEntropy.backward needs a forward first: there is no output",
    ),
    "binary logits": (
        lambda: fused_binary.forward(np.ones((2, 1)), [1, 0]),
        "SigmoidBinaryCrossEntropy expects targets (2, 1), got (2,)",
    ),
    "targets a little above one": (
        lambda: fused_binary.forward([[1e4]], [[1.0009]]),
        "targets from 0 to 1",
    ),
    "targets a little above one, backward": (
        lambda: after(fused_binary, [[0.0]], [[1]]).backward([[0.5]], [[1.0009]]),
        "targets from 0 to 1",
    ),
    "targets of the plain loss a little above one": (
        lambda: nn.BinaryCrossEntropy().backward([[0.5]], [[1.0009]]),
        "targets from 0 to 1",
    ),
    "one_hot": (lambda: nn.one_hot([3], 3), "one_hot expects labels from 0 to 2, got 3 to 3"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_the_error_says_what_is_needed(name):
    says(*ERRORS[name])


@pytest.mark.parametrize("kind", [nn.MeanSquaredError, nn.BinaryCrossEntropy, FUSED[1]])
def test_targets_never_broadcast(kind, rng):
    "(n, 1) against (n,) makes (n, n) in NumPy; here it is an error."
    column, flat = rng.uniform(0.1, 0.9, (4, 1)), np.array([0.0, 1.0, 1.0, 0.0])
    assert (column - flat).shape == (4, 4)
    loss = after(kind(), column, flat[:, None])
    output = getattr(loss, "output", column)
    for method, first in ((loss.forward, column), (loss.backward, output)):
        with pytest.raises(ValueError, match=r"targets \(4, 1\), got \(4,\)"):
            method(first, flat)
