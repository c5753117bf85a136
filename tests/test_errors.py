"""Bad input: a ValueError that names the argument, what it got and what it needs; nothing lost."""

import re

import numpy as np
import pytest

import nn_from_scratch as nn
from nn_from_scratch.data import load_mnist
from nn_from_scratch.points import spiral_data
from nn_from_scratch.training import batches

dense, relu, softmax = nn.DenseLayer(4, 3, rng=0), nn.ReLU(), nn.Softmax()
mse, bce, cce = nn.MeanSquaredError(), nn.BinaryCrossEntropy(), nn.CategoricalCrossEntropy()
fused, fused_binary = nn.SoftmaxCategoricalCrossEntropy(), nn.SigmoidBinaryCrossEntropy()
accuracy, sgd = nn.Accuracy(), nn.StochasticGradientDescent
P = np.full((2, 3), 1 / 3)


def with_biases(biases):
    layer = nn.DenseLayer(4, 3, rng=0)
    layer.biases = biases
    return layer


def with_lists():
    layer = nn.DenseLayer(1, 1, rng=0)
    layer.weights, layer.derivative_weights, layer.derivative_biases = [[1.0]], [[1.0]], [[1.0]]
    return layer


CASES = {
    "inputs too narrow": (
        lambda: dense.forward(np.ones((32, 5))),
        "DenseLayer expects inputs (n, 4), got (32, 5)",
    ),
    "inputs of one axis": (
        lambda: dense.forward(np.ones(4)),
        "DenseLayer expects inputs (n, 4), got (4,)",
    ),
    "inputs of text": (lambda: relu.forward([["a"]]), "ReLU expects inputs to be an array of real"),
    "inputs complex": (lambda: relu.forward([1j]), "array of real numbers, got complex128"),
    "inputs ragged": (lambda: relu.forward([[1], [1, 2]]), "got rows of different lengths"),
    "inputs of objects": (lambda: relu.forward([None]), "array of real numbers, got object"),
    "softmax of one axis": (
        lambda: softmax.forward([1, 2]),
        "Softmax expects inputs (n, k), got (2,)",
    ),
    "backward first": (
        lambda: nn.DenseLayer(2, 2).backward(np.ones((1, 2))),
        "DenseLayer.backward needs a forward first",
    ),
    "backward first, sigmoid": (
        lambda: nn.Sigmoid().backward([[1.0]]),
        "Sigmoid.backward needs a forward first",
    ),
    "no inputs": (lambda: nn.DenseLayer(0, 2), "n_inputs to be a whole number >= 1, got 0"),
    "half a neuron": (lambda: nn.DenseLayer(2, 2.5), "n_neurons to be a whole number >= 1"),
    "true neurons": (lambda: nn.DenseLayer(2, True), "got True"),
    "dtype of nothing": (lambda: nn.DenseLayer(2, 2, dtype="banana"), "got dtype banana"),
    "rate infinite": (lambda: sgd(10**400), "learning_rate > 0, got 1000"),
    "integer weights": (lambda: nn.DenseLayer(2, 2, dtype=int), "float32 or float64"),
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
    "accuracy, labels against a column": (
        lambda: accuracy.calculate([0, 1, 1], [[0], [1], [1]]),
        "Accuracy expects targets (3,), got (3, 1)",
    ),
    "rows of nan": (lambda: fused.forward(P, P * np.nan), "add up to 1"),
    "no samples": (lambda: fused.forward(np.ones((0, 3)), []), "at least one sample"),
    "fused output": (lambda: fused.backward(P * 9, [0, 1]), "output from 0 to 1"),
    "binary logits": (
        lambda: fused_binary.forward(np.ones((2, 1)), [1, 0]),
        "SigmoidBinaryCrossEntropy expects targets (2, 1), got (2,)",
    ),
    "rate zero": (lambda: sgd(0), "learning_rate > 0, got 0"),
    "rate true": (lambda: sgd(True), "learning_rate > 0, got True"),
    "rate nan": (lambda: sgd(float("nan")), "learning_rate > 0, got nan"),
    "rate of text": (lambda: sgd("0.1"), "learning_rate > 0, got '0.1'"),
    "momentum one": (lambda: sgd(0.1, momentum=1), "momentum in [0, 1), got 1"),
    "momentum negative": (lambda: sgd(0.1, momentum=-0.1), "momentum in [0, 1)"),
    "decay negative": (lambda: sgd(0.1, decay=-1), "decay >= 0, got -1"),
    "update of relu": (lambda: sgd().update_params(relu), "ReLU has no derivative_weights"),
    "accuracy range": (lambda: accuracy.calculate(P, [0, 3]), "targets from 0 to 2"),
    "accuracy length": (lambda: accuracy.calculate(P, [0]), "targets (2,), got (1,)"),
    "accuracy classes": (lambda: accuracy.calculate(P, np.eye(4)[:2]), "targets (2, 3)"),
    "accuracy of scores": (lambda: accuracy.calculate([[3.0]], [1]), "probabilities from 0 to 1"),
    "accuracy of nan": (lambda: accuracy.calculate(P * np.nan, [0, 1]), "to be numbers"),
    "accuracy of nothing": (lambda: accuracy.calculate(np.ones((0, 2)), []), "at least one sample"),
    "accuracy, impossible prediction": (
        lambda: accuracy.calculate([7, 1], np.eye(3)[:2]),
        "Accuracy expects predictions from 0 to 2, got 1 to 7",
    ),
    "accuracy, labels as a column": (
        lambda: accuracy.calculate(P, [[0], [2]]),
        "probabilities from 0 to 1 (labels are (n,)), got 2",
    ),
    "ragged targets": (lambda: fused.forward(P, [[1], [1, 0]]), "targets to be an array of real"),
    "no classes": (lambda: cce.forward(np.ones((2, 0)), [0, 0]), "at least one sample"),
    "targets a little above one": (
        lambda: fused_binary.forward([[1e4]], [[1.0009]]),
        "targets from 0 to 1",
    ),
    "targets a little above one, backward": (
        lambda: fused_binary.backward([[0.5]], [[1.0009]]),
        "targets from 0 to 1",
    ),
    "biases in a column": (
        lambda: with_biases(np.ones((4, 1))).forward(np.ones((4, 4))),
        "DenseLayer expects biases (1, 3), got (4, 1)",
    ),
    "weights as a list": (lambda: sgd().update_params(with_lists()), "weights is no NumPy array"),
    "accuracy of no labels": (
        lambda: accuracy.calculate(np.ones((0, 2)), np.ones((0, 2))),
        "at least one sample",
    ),
    "one_hot": (lambda: nn.one_hot([3], 3), "labels from 0 to 2, got 3 to 3"),
    "batches": (lambda: batches(np.ones(3), np.ones(2), 1), "got (3,) and (2,)"),
    "batch size": (lambda: batches(np.ones(3), np.ones(3), 0), "batch_size to be a whole"),
    "no batch": (lambda: batches([], [], 1), "at least 1"),
    "spiral": (lambda: spiral_data(0), "n_per_class"),
    "noise": (lambda: spiral_data(noise=-1), "noise >= 0"),
    "source": (lambda: load_mnist("internet"), "source auto, full or sample, got 'internet'"),
    "directory": (lambda: load_mnist(directory="nowhere"), "existing folder, got 'nowhere'"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_error_says_what_is_needed(name):
    call, text = CASES[name]
    with pytest.raises(ValueError, match=re.escape(text)):
        call()


def snapshot(part):
    "All that an object remembers: which arrays they are, and what is in them."
    return {
        name: (id(value), value.copy() if isinstance(value, np.ndarray) else value)
        for name, value in vars(part).items()
    }


@pytest.mark.parametrize(
    ("part", "good", "bad"),
    [
        (nn.DenseLayer(4, 3, rng=1), np.ones((2, 4)), np.ones((2, 5))),
        (nn.ReLU(), np.ones((2, 4)), [["a"]]),
        (nn.Sigmoid(), np.ones((2, 4)), [["a"]]),
        (nn.Softmax(), np.ones((2, 4)), np.ones(3)),
    ],
)
def test_a_failed_call_leaves_the_layer_as_it_was(part, good, bad):
    part.backward(np.ones_like(part.forward(good)))
    before = snapshot(part)
    with pytest.raises(ValueError):
        part.forward(bad)
    with pytest.raises(ValueError):
        part.backward(np.ones((7, 7)))
    part.output = np.ones((2, 7))  # somebody meddled: nothing else must change for it
    before["output"] = (id(part.output), part.output.copy())
    with pytest.raises(ValueError):
        part.backward(np.ones((2, 4)))
    assert before.keys() == vars(part).keys()
    for name, (identity, value) in before.items():
        assert id(getattr(part, name)) == identity
        np.testing.assert_array_equal(getattr(part, name), value)


@pytest.mark.parametrize("loss", [mse, bce, fused_binary, cce, fused])
def test_a_failed_call_leaves_the_loss_as_it_was(loss):
    good = np.eye(3)[[0, 1]]
    loss.forward(P, good)
    loss.backward(P, good)
    before = snapshot(loss)
    for method in (loss.forward, loss.backward):
        with pytest.raises(ValueError):
            method(P, np.ones((2, 4)))
    assert {name: seen[0] for name, seen in before.items()} == {
        name: id(value) for name, value in vars(loss).items()
    }


def test_a_failed_update_changes_nothing(rng):
    layer, optimizer = nn.DenseLayer(3, 2, rng=rng), sgd(0.1, 0.9, 0.1)
    layer.backward(np.ones_like(layer.forward(np.ones((4, 3)))))
    optimizer.update_params(layer)
    before, rate = layer.weights.copy(), optimizer.current_learning_rate
    layer.derivative_biases = np.ones((1, 5))
    with pytest.raises(ValueError, match=r"derivative_biases \(1, 2\), got \(1, 5\)"):
        optimizer.update_params(layer)
    assert np.array_equal(layer.weights, before) and optimizer.current_learning_rate == rate
    layer.derivative_biases = np.zeros((1, 2))
    optimizer.update_params(layer)
    assert optimizer.current_learning_rate == 0.1 / 1.1
