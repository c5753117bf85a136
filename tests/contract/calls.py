"""One table of what can be called and with which arrays, and how a call must fail.

Each kind of hostility goes through the table. Warnings are errors, as in the whole suite; what was
handed in is never changed, and after a failure the object is as it was.
"""

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from helpers import frozen

import nn_from_scratch as nn
from nn_from_scratch import checks, features
from nn_from_scratch.training import batches


def short(value):
    return repr(value)[:24]


# The arrays, and the objects on which they are tried ----------------------------------------------

X = np.array([[1.0, -2, 0], [3, 1, -1], [0, 2, 4], [-3, 0, 1]])  # (n, d) = (4, 3)
G = np.array([[1.0, -1], [2, 0], [-3, 1], [0, 2]])  # (n, k) = (4, 2)
SCORES = np.array([[2.0, -1], [0, 3], [1, 1], [-2, 0]])  # (n, k)
BITS = np.array([[1.0, 0], [0, 1], [0, 1], [1, 0]])  # (n, k), also rows that add up to one
SURE = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])  # (n, k), as probabilities
LABELS = np.array([0, 1, 1, 0])  # (n,)
INK = (np.arange(4 * 784).reshape(4, 784) % 13 == 5) * 1.0  # (n, 784), dots on paper


def dense(dtype=np.float64):
    layer = nn.DenseLayer(3, 2, dtype=dtype)
    layer.weights[:] = [[1, -1], [2, 0.5], [0.25, -3]]
    layer.biases[:] = [[0.5, -0.5]]
    return layer


def network():
    return nn.Sequential(dense())


def after_forward(part, *inputs):
    part.forward(*inputs)
    return part


def updated_layer(layer, derivative_weights, derivative_biases):
    layer.derivative_weights, layer.derivative_biases = derivative_weights, derivative_biases
    optimizer = nn.StochasticGradientDescent(0.25, 0.5)
    for _ in range(2):
        optimizer.update_params(layer)
    return np.vstack([layer.weights, layer.biases])


def fitted(model, X, y):
    nn.fit(
        model, nn.SoftmaxCategoricalCrossEntropy(), nn.StochasticGradientDescent(0.01), X, y,
        epochs=2, batch_size=3, rng=1, progress=False, validation_data=(X, y),
    )  # fmt: skip
    return np.vstack(model.parameters)


def parameter_slopes(layer, derivative_outputs):
    layer.backward_parameters(derivative_outputs)
    return np.vstack([layer.derivative_weights, layer.derivative_biases])


def checked(part, **arguments):
    return list(nn.check_gradients(part, **arguments).values())


@dataclass
class Call:
    "Something that takes arrays: a fresh object, what is called on it, and clean arguments."

    make: Callable
    run: Callable
    arrays: dict[str, np.ndarray]
    needs: dict[str, str] = field(default_factory=dict)  # how free the shape of each array is
    says: dict[str, str] = field(default_factory=dict)  # what messages call it, if not its name


# The table ----------------------------------------------------------------------------------------

LAYERS = ("DenseLayer", "ReLU", "Sigmoid", "Softmax")
PICTURES = ("deskew", "oriented_edges", "distort")
CALLS = {}
for made, inputs, outputs in (
    (dense, "columns", G), (nn.ReLU, "any", X), (nn.Sigmoid, "any", X), (nn.Softmax, "2d", X),
):  # fmt: skip
    name = type(made()).__name__
    CALLS[f"{name}.forward"] = Call(
        made, lambda part, inputs: part.forward(inputs), {"inputs": X}, {"inputs": inputs}
    )
    CALLS[f"{name}.backward"] = Call(
        lambda made=made: after_forward(made(), X),
        lambda part, derivative_outputs: part.backward(derivative_outputs),
        {"derivative_outputs": outputs},
    )
for kind, predictions, targets in (
    (nn.MeanSquaredError, X, X[::-1].copy()),
    (nn.CategoricalCrossEntropy, SURE, LABELS),
    (nn.CategoricalCrossEntropy, SURE, BITS),
    (nn.BinaryCrossEntropy, SURE, BITS),
    (nn.SoftmaxCategoricalCrossEntropy, SCORES, LABELS),
    (nn.SoftmaxCategoricalCrossEntropy, SCORES, BITS),
    (nn.SigmoidBinaryCrossEntropy, SCORES, BITS),
):
    name = f"{kind.__name__} of {'labels' if targets is LABELS else 'rows'}"
    first = "logits" if predictions is SCORES else "predictions"
    CALLS[f"{name}, forward"] = Call(
        kind,
        lambda loss, predictions, targets: loss.forward(predictions, targets),
        {"predictions": predictions, "targets": targets},
        says={"predictions": first},
    )
    if predictions is SCORES:  # backward takes what forward kept, and nothing else
        CALLS[f"{name}, backward"] = Call(
            lambda kind=kind, targets=targets: after_forward(kind(), SCORES, targets),
            lambda loss, output, targets: loss.backward(output, targets),
            {"output": after_forward(kind(), SCORES, targets).output, "targets": targets},
        )
    else:
        CALLS[f"{name}, backward"] = Call(
            kind,
            lambda loss, predictions, targets: loss.backward(predictions, targets),
            {"predictions": predictions, "targets": targets},
        )
CALLS |= {
    "Accuracy of scores": Call(
        nn.Accuracy,
        lambda metric, predictions, targets: metric.calculate(predictions, targets),
        {"predictions": SCORES, "targets": LABELS},
    ),
    "Accuracy of labels": Call(
        nn.Accuracy,
        lambda metric, predictions, targets: metric.calculate(predictions, targets),
        {"predictions": LABELS[::-1].copy(), "targets": BITS},
    ),
    "Accuracy of labels against labels": Call(
        nn.Accuracy,
        lambda metric, predictions, targets: metric.calculate(predictions, targets),
        {"predictions": LABELS[::-1].copy(), "targets": LABELS},
    ),
    "one_hot": Call(
        lambda: None, lambda _, labels: nn.one_hot(labels, 3), {"labels": LABELS}, {"labels": "1d"}
    ),
    "relative_error": Call(
        lambda: None,
        lambda _, first, second: nn.relative_error(first, second),
        {"first": X, "second": X + 1},
    ),
    "numerical_gradient": Call(
        lambda: None,
        lambda _, at: nn.numerical_gradient(lambda x: np.sum(3 * x), at),
        {"at": X},
        {"at": "any"},
    ),
    "check_gradients": Call(dense, checked, {"inputs": X}, {"inputs": "columns"}),
    "check_gradients of a loss": Call(
        nn.MeanSquaredError,
        checked,
        {"inputs": X, "targets": X[::-1].copy()},
        says={"inputs": "inputs|predictions"},
    ),
    "StochasticGradientDescent.update_params": Call(
        dense,
        updated_layer,
        {"derivative_weights": np.array([[1.0, 2], [-1, 0], [3, 1]]),
         "derivative_biases": np.array([[1.0, -2]])},
    ),
    "Sequential.forward": Call(
        network, lambda model, inputs: model.forward(inputs), {"inputs": X}, {"inputs": "columns"}
    ),
    "Sequential.backward": Call(
        lambda: after_forward(network(), X),
        lambda model, derivative_outputs: model.backward(derivative_outputs),
        {"derivative_outputs": G},
    ),
    "Sequential.predict": Call(
        network, lambda model, X: model.predict(X, 3), {"X": X}, {"X": "columns"}, {"X": "X|inputs"}
    ),
    "evaluate": Call(
        network,
        lambda model, X, y: list(
            nn.evaluate(model, nn.SoftmaxCategoricalCrossEntropy(), X, y, nn.Accuracy()).values()
        ),
        {"X": X, "y": LABELS},
        says={"X": "X|inputs", "y": "y|targets"},
    ),
    "fit": Call(
        network, fitted, {"X": X, "y": LABELS}, says={"X": "X|inputs", "y": "y|targets"}
    ),
    "batches": Call(
        lambda: None,
        lambda _, X, y: [part for pair in batches(X, y, 3, 0) for part in pair],
        {"X": X, "y": LABELS},
        {"X": "rows", "y": "rows"},
    ),
    "DenseLayer.backward_parameters": Call(
        lambda: after_forward(dense(), X), parameter_slopes, {"derivative_outputs": G}
    ),
    "deskew": Call(lambda: None, lambda _, X: features.deskew(X), {"X": INK}, {"X": "columns"}),
    "oriented_edges": Call(
        lambda: None, lambda _, X: features.oriented_edges(X), {"X": INK}, {"X": "columns"}
    ),
    "centre_digit": Call(
        lambda: None,
        lambda _, ink: features.centre_digit(ink),
        {"ink": INK[0].reshape(28, 28)},
    ),
    "distort": Call(
        lambda: None, lambda _, X: features.distort(X, rng=3), {"X": INK}, {"X": "columns"}
    ),
}  # fmt: skip
CALLS |= {  # the checks themselves, to which all of them lead
    "as_array": Call(
        lambda: "somebody",
        lambda owner, values: checks.as_array(owner, "values", values),
        {"values": X},
        {"values": "any"},
    ),
    "as_floats": Call(
        lambda: "somebody",
        lambda owner, values: checks.as_floats(owner, "values", values, (4, 3)),
        {"values": X},
    ),
}
ARGUMENTS = [(name, argument) for name, call in CALLS.items() for argument in call.arrays]
FULL = [  # the checks, and one call of each class: here every kind is tried
    ("as_array", "values"),
    ("as_floats", "values"),
    ("DenseLayer.forward", "inputs"),
    ("Softmax.backward", "derivative_outputs"),
    ("SoftmaxCategoricalCrossEntropy of labels, forward", "targets"),
    ("Accuracy of scores", "predictions"),
    ("StochasticGradientDescent.update_params", "derivative_weights"),
    ("Sequential.predict", "X"),
]


def cases(kinds, representatives):
    "All kinds where the list is full, and the representatives elsewhere: name, argument, kind."
    return [
        (name, argument, kind)
        for name, argument in ARGUMENTS
        for kind in kinds
        if (name, argument) in FULL or kind in representatives
    ]


# What must be true of them ------------------------------------------------------------------------


def run(name, make=None, **changed):
    "The result of a call with some of its clean arguments changed, and the object it was made on."
    call = CALLS[name]
    part = call.make() if make is None else make
    return call.run(part, **(copy.deepcopy(call.arrays) | changed))


def same(found, expected):
    "Equal to the last bit, in the same types."
    if isinstance(expected, (list, tuple)):
        assert type(found) is type(expected)
        for one, other in zip(found, expected, strict=True):
            same(one, other)
    else:
        assert type(found) is type(expected)
        assert np.asarray(found).dtype == np.asarray(expected).dtype
        np.testing.assert_array_equal(found, expected)


def kept(name, part):
    "All that a failure must leave as it was: of an updated layer, whose gradients we set, less."
    if name == "StochasticGradientDescent.update_params":
        return frozen([part.weights, part.biases])
    return frozen(part)


def failure(name, argument, value):
    "What the call says when it fails, as it must; the object, used before, and the value stay."
    part = CALLS[name].make()
    run(name, part)
    before, handed_in = kept(name, part), frozen(value) if isinstance(value, np.ndarray) else None
    with pytest.raises((ValueError, TypeError)) as caught:
        run(name, part, **{argument: value})
    assert kept(name, part) == before
    assert handed_in is None or frozen(value) == handed_in
    assert "\n" not in str(caught.value)
    return str(caught.value)


def refused(name, argument, value, text=".*"):
    "The call fails and changes nothing, and names the argument and what it got."
    message = failure(name, argument, value)
    called = CALLS[name].says.get(argument, argument) + "|derivative_outputs"
    assert re.search(called, message) and re.search(text, message), message
    assert "got" in message, message
