"""Hostile input to everything public: it works as the clean call does, or says what is wrong.

One table of calls with the arrays they take, one of single numbers, one of other arguments. Each
kind of hostility goes through all of a table. Warnings are errors, as in the whole suite; what was
handed in is never changed, and after a failure the object is as it was.
"""

import copy
import datetime
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from conftest import frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nn_from_scratch as nn
from nn_from_scratch import data, features, points


def short(value):
    return repr(value)[:24]


# What can be called, and with which arrays -------------------------------------------------------

# Whole numbers, so that integers, halves and long doubles hold them exactly; all sizes differ.
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


def after_forward(part, inputs):
    part.forward(inputs)
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
    nn.backward_parameters(layer, derivative_outputs)
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
    CALLS[f"{name}, backward"] = Call(
        kind,
        lambda loss, predictions, targets: loss.backward(predictions, targets),
        {"predictions": SURE if predictions is SCORES else predictions, "targets": targets},
        says={"predictions": "output" if predictions is SCORES else "predictions"},
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
        lambda _, X, y: [part for pair in nn.batches(X, y, 3, 0) for part in pair],
        {"X": X, "y": LABELS},
        {"X": "rows", "y": "rows"},
    ),
    "backward_parameters": Call(
        lambda: after_forward(dense(), X), parameter_slopes, {"derivative_outputs": G}
    ),
    "deskew": Call(lambda: None, lambda _, X: features.deskew(X), {"X": INK}, {"X": "columns"}),
    "oriented_edges": Call(
        lambda: None, lambda _, X: features.oriented_edges(X), {"X": INK}, {"X": "columns"}
    ),
    "distort": Call(
        lambda: None, lambda _, X: features.distort(X, rng=3), {"X": INK}, {"X": "columns"}
    ),
    "centre_digit": Call(
        lambda: None, lambda _, ink: features.centre_digit(ink), {"ink": INK[0].reshape(28, 28)}
    ),
}  # fmt: skip
ARGUMENTS = [(name, argument) for name, call in CALLS.items() for argument in call.arrays]
each_argument = pytest.mark.parametrize(("name", "argument"), ARGUMENTS, ids="{}".format)


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


# Forms that are welcome --------------------------------------------------------------------------


class Mine(np.ndarray):
    "A class of its own, as some libraries have."


class Arraylike:
    "What only knows how to become an array."

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array.astype(dtype or self.array.dtype)


def spread(array):
    "The same entries, every second one of a larger array."
    wide = np.full([2 * size for size in array.shape], 9, array.dtype)
    wide[(slice(None, None, 2),) * array.ndim] = array
    return wide[(slice(None, None, 2),) * array.ndim]


def unaligned(array):
    raw = np.frombuffer(b"\0" + array.tobytes(), np.uint8)[1:]
    return raw.view(array.dtype).reshape(array.shape)


def locked(array):
    array = array.copy()
    array.setflags(write=False)
    return array


def cast(dtype):
    "To another type, or None where it cannot hold the numbers."

    def change(array):
        kind = np.dtype(dtype).kind
        if array.dtype.kind == "i" and kind not in "iu":
            return None  # labels are integers
        if kind in "ub" and (array < 0).any() or kind == "b" and (array > 1).any():
            return None
        return array.astype(dtype)

    return change


FORMS = {
    "list": lambda array: array.tolist(),
    "list of rows": lambda array: list(array),
    "tuple": lambda array: tuple(map(tuple, array)) if array.ndim > 1 else tuple(array),
    "Fortran order": np.asfortranarray,
    "every second": spread,
    "backwards": lambda array: array[::-1].copy()[::-1],
    "transposed": lambda array: array.T.copy().T,
    "read-only": locked,
    "unaligned": unaligned,
    "other byte order": lambda array: array.astype(array.dtype.newbyteorder()),
    "a class of its own": lambda array: array.view(Mine),
    "array-like": Arraylike,
    "memoryview": memoryview,
    "float16": cast(np.float16),
    "long double": cast(np.longdouble),
    "booleans": cast(bool),
    **{kind: cast(kind) for kind in ("int8", "int16", "int32", "int64")},
    **{kind: cast(kind) for kind in ("uint8", "uint16", "uint32", "uint64")},
}


@pytest.mark.parametrize(
    ("name", "argument", "form"),
    [
        (name, argument, form)
        for name, argument in ARGUMENTS
        for form in FORMS
        if FORMS[form](CALLS[name].arrays[argument]) is not None
    ],
    ids="{}".format,
)
def test_forms_that_work(name, argument, form):
    "As the clean call, to the last bit and in type; and what was handed in is as before."
    clean = CALLS[name].arrays[argument]
    value = FORMS[form](clean)
    before = copy.deepcopy(value) if not isinstance(value, memoryview) else clean.copy()
    found, expected = run(name, **{argument: value}), run(name)
    if name == "batches":  # it hands on what it gets
        found = [part.astype(other.dtype) for part, other in zip(found, expected, strict=True)]
    same(found, expected)
    np.testing.assert_array_equal(np.asarray(value), np.asarray(before))


@pytest.mark.parametrize("name", CALLS)
def test_all_at_once_in_float32(name):
    "In float32 the result is that of float64 to rounding, and nothing is computed in between."
    arrays = {key: a for key, a in CALLS[name].arrays.items() if a.dtype.kind == "f"}
    # probabilities of 0 count as the smallest number, which is another one in float32
    arrays = {key: 0.25 + a / 2 if a is SURE else a for key, a in arrays.items()}
    given = {key: locked(array.astype(np.float32)) for key, array in arrays.items()}
    found, expected = run(name, **given), run(name, **arrays)
    if isinstance(found, np.ndarray):
        parts = (nn.DenseLayer, nn.Sequential, nn.ReLU, nn.Sigmoid, nn.Softmax)
        fixed = name in ("one_hot", "numerical_gradient", "DenseLayer.forward", "fit")
        fixed |= isinstance(CALLS[name].make(), parts) and not name.endswith("forward")
        fixed |= isinstance(CALLS[name].make(), nn.Sequential)
        assert found.dtype == (expected.dtype if fixed else np.float32)
    if name != "batches":
        atol = 1e-4 if name.startswith("check_gradients") else 1e-6
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=atol)


# What is no array of numbers ---------------------------------------------------------------------


def with_objects(value):
    array = np.ones((4, 2), object)
    array[1, 1] = value
    return array


NO_NUMBERS = {
    "None": None,
    "text": "text",
    "bytes": b"bytes",
    "rows of text": [["a", "b"]] * 4,
    "digits as text": [["1", "2"]] * 4,
    "text in one place": [[1, 2], [3, "4"]],
    "complex": np.ones((4, 2), complex),
    "a complex number": [[1j, 1]] * 4,
    "objects of numbers": with_objects(1.5),
    "objects with None": with_objects(None),
    "ragged": [[1, 2], [3]],
    "ragged deep": [[[1], [2, 3]], [[4], [5]]],
    "numbers too long for integers": [[10**400, 1]] * 4,
    "a dictionary": {"a": [1, 2]},
    "a set": {1, 2},
    "a generator": (i for i in range(4)),
    "a function": len,
    "a class": nn.ReLU,
    "dates": np.array(["2026-01-01"] * 4, "datetime64[D]"),
    "time differences": np.ones((4, 2), "timedelta64[s]"),
    "a record array": np.zeros(4, [("a", float), ("b", int)]),
    "a date": datetime.date(2026, 1, 1),
    "decimals": [[Decimal("0.5"), Decimal("0.5")]] * 4,
    "Ellipsis": ...,
}


@pytest.mark.parametrize("kind", NO_NUMBERS)
@each_argument
def test_what_is_no_array_of_numbers(name, argument, kind):
    if kind == "None" and argument in ("targets", "derivative_weights", "derivative_biases"):
        if name.startswith(("check_gradients", "StochasticGradientDescent")):
            with pytest.raises((TypeError, ValueError), match=argument):
                run(name, **{argument: None})
            return
    refused(name, argument, NO_NUMBERS[kind], "array of real numbers, got|rows of different")


# Ranks and sizes ---------------------------------------------------------------------------------


SHAPES = {
    "a number": lambda array: array.ravel()[0],
    "one axis less": lambda array: array[0],
    "one axis more": lambda array: array[None],
    "one axis more at the end": lambda array: array[..., None],
    "flat": lambda array: array.ravel(),
    "one column more": lambda array: np.concatenate([array, array[:, :1]], axis=1),
    "one column less": lambda array: array[:, :-1],
    "no column": lambda array: array[:, :0],
    "one row more": lambda array: np.concatenate([array, array[:1]]),
    "one row less": lambda array: array[:-1],
    "one row": lambda array: array[:1],
    "no row": lambda array: array[:0],
    "turned": lambda array: array.T,
}
ALLOWED = {  # by how free the shape is: what does not fail, besides the arrays as they are
    "any": set(SHAPES),
    "rows": {"one column more", "one column less", "no column", "one axis more at the end", "flat"},
    "1d": {"one row more", "one row less", "one row", "no row"},
}
ALLOWED["2d"] = ALLOWED["1d"] | {"one column more", "one column less", "no column", "turned"}
ALLOWED["columns"] = ALLOWED["1d"]


def bad_shapes():
    for name, argument in ARGUMENTS:
        call = CALLS[name]
        clean = call.arrays[argument]
        free = call.needs.get(argument, "exact")
        for kind, change in SHAPES.items():
            if clean.ndim == 1 and ("column" in kind or kind in ("flat", "turned")):
                continue
            changed = change(clean)
            if changed.shape == clean.shape or kind in ALLOWED.get(free, ()):
                continue
            if kind == "one column more" and any(a is LABELS for a in call.arrays.values()):
                continue  # one class more
            if kind == "one column more" and name == "Accuracy of labels":
                continue
            if free == "rows" and changed.shape[:1] == clean.shape[:1]:
                continue
            if kind == "one axis more at the end" and name == "Accuracy of labels against labels":
                continue  # a column of yes and no
            yield pytest.param(name, argument, kind, id=f"{name}-{argument}-{kind}")


@pytest.mark.parametrize(("name", "argument", "kind"), list(bad_shapes()))
def test_wrong_ranks_and_sizes(name, argument, kind):
    "The message has both shapes, or says that a sample is missing; nothing broadcasts."
    message = failure(name, argument, SHAPES[kind](CALLS[name].arrays[argument]))
    assert re.search(r"got .*\(|at least one sample|from 0 to|got float64", message), message


# Values that are no numbers, and numbers that are too large --------------------------------------

VALUES = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf, "1e300": 1e300, "-1e300": -1e300}


def with_value(array, value):
    array = array.astype(float)
    array.flat[0] = value
    return array


def has_nan(found):
    return any(np.isnan(part).any() for part in (found if type(found) is list else [found]))


@pytest.mark.parametrize("value", VALUES)
@each_argument
def test_values_without_bounds(name, argument, value):
    """Either an error that says so, or nan and infinity go through to the result; never a warning.

    The error of `fit` is a FloatingPointError that names the data, that of `check_gradients` an
    AssertionError: no slope can be measured there.
    """
    hostile = with_value(CALLS[name].arrays[argument], VALUES[value])
    kept = hostile.copy()
    try:
        found = run(name, **{argument: hostile})
    except FloatingPointError as error:
        assert name == "fit" and ("in the data" in str(error) or "1e300" in value)
    except AssertionError as error:
        assert name.startswith("check_gradients") and "is wrong" in str(error)
    except ValueError:
        refused(name, argument, hostile)
    else:
        assert has_nan(found) or value != "nan"
    np.testing.assert_array_equal(hostile, kept)


@pytest.mark.parametrize("name", ["DenseLayer.forward", "DenseLayer.backward", "fit"])
@pytest.mark.parametrize("value", [1e300, -1e300, np.finfo(np.longdouble).max])
def test_numbers_too_large_for_float32(name, value):
    "They become infinity, as they do in NumPy, and without a warning."
    argument = "derivative_outputs" if name.endswith("backward") else next(iter(CALLS[name].arrays))
    hostile = CALLS[name].arrays[argument].astype(np.longdouble)
    hostile[0] = value
    part = nn.Sequential(dense(np.float32)) if name == "fit" else dense(np.float32)
    if name.endswith("backward"):
        part.forward(X)
    if name == "fit":
        with pytest.raises(FloatingPointError, match="inputs between about -1 and 1"):
            run(name, part, **{argument: hostile})
    else:
        found = run(name, part, **{argument: hostile})
        assert not np.isfinite(found[0]).any() and np.isfinite(found[1:]).all()


@pytest.mark.parametrize("kind", [nn.ReLU, nn.Sigmoid, nn.Softmax, nn.MeanSquaredError])
def test_numbers_too_large_for_other_parts(kind):
    "A slope or a target of float64 meets float32; a long double meets float64."
    large, part = [[1e300, -1.0]], kind()
    if kind is nn.MeanSquaredError:
        assert part.forward(np.float32([[1, 2]]), large) == np.inf
        assert part.backward(np.float32([[1, 2]]), large)[0, 0] == -np.inf
        return
    assert part.forward(np.float32([[1, 2]])).dtype == np.float32
    assert not np.isfinite(part.backward(large)[0, 0])
    beyond = np.array([[1, np.finfo(np.longdouble).max]], np.longdouble)
    found = part.forward(beyond)
    assert found.dtype == np.float64 and np.isfinite(found[0, 0]) or kind is nn.Softmax


@pytest.mark.parametrize("kind", [nn.ReLU, nn.Sigmoid, nn.Softmax])
@pytest.mark.parametrize("slope", [np.inf, -np.inf, np.nan])
def test_slopes_without_bounds_where_nothing_moves(kind, slope):
    "Saturated outputs: infinity times zero is nan, and a blocked ReLU blocks; no warning."
    part = kind()
    part.forward([[1000.0, -1000.0, 0.0]])
    found = part.backward([[1.0, slope, slope]])
    assert found[0, 1] == 0 if kind is nn.ReLU else np.isnan(found[0, 1])


# No samples, and one -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", CALLS)
def test_no_samples(name):
    "Outputs, labels and gradients of nothing are empty; a mean over nothing is refused."
    call = CALLS[name]
    empty = {key: array[:0] for key, array in call.arrays.items()}
    part = call.make()
    if name.endswith(".backward"):
        part.forward(X[:0])
    if name.startswith(("relative_error", "check_gradients")) and name in vars(nn):
        assert set(np.ravel(call.run(part, **empty))) == {0.0}
    elif name.split(".")[0] in (*LAYERS, "Sequential", "one_hot", "numerical_gradient", *PICTURES):
        found = call.run(part, **empty)
        assert found.shape == (0, *run(name).shape[1:]) and found.dtype == run(name).dtype
    else:
        with pytest.raises(ValueError, match="at least (one sample|1)|got \\(0"):
            call.run(part, **empty)


ROW_BY_ROW = [name for name in CALLS if name.split(".")[0] in (*LAYERS, "Sequential", "one_hot")]
MEANS = [name for name in CALLS if " of " in name and "check" not in name]


def single(name, row):
    "The result of a call with one sample of each array."
    part = CALLS[name].make()
    if name.endswith(".backward"):
        part.forward(X[row : row + 1])
    arrays = CALLS[name].arrays.items()
    return CALLS[name].run(part, **{key: array[row : row + 1] for key, array in arrays})


@pytest.mark.parametrize("name", ROW_BY_ROW)
def test_one_sample(name):
    "A row alone gives what it gives among others."
    found = np.concatenate([single(name, row) for row in range(4)])
    np.testing.assert_allclose(found, run(name), rtol=1e-12)


@pytest.mark.parametrize("name", [*MEANS, "evaluate"])
def test_the_mean_of_one_sample(name):
    "The mean over all is the mean of the means over one, and its slope their slopes over four."
    found = [single(name, row) for row in range(4)]
    if name.endswith("backward"):
        np.testing.assert_allclose(np.concatenate(found) / 4, run(name), rtol=1e-12)
    else:
        np.testing.assert_allclose(np.mean(found, axis=0), run(name), rtol=1e-12)


# Labels ------------------------------------------------------------------------------------------

BAD_LABELS = {
    "too large": ([0, 1, 2, 0], "from 0 to 1, got 0 to 2"),
    "much too large": ([0, 1, 10**18, 0], "from 0 to 1, got 0 to 1000000000000000000"),
    "unsigned": (np.array([0, 1, 2**64 - 1, 0], np.uint64), "from 0 to 1, got 0 to 184"),
    "counted from one": ([1, 2, 2, 1], "from 0 to 1, got 1 to 2"),
    "negative": ([0, 1, -1, 0], "from 0 (to 1|up), got -1 to 1"),
    "the smallest": (np.array([-128, 0, 1, 0], np.int8), "from 0 (to 1|up), got -128 to"),
    "floats": ([0.0, 1.0, 1.0, 0.0], "integers, got float64"),
    "nearly whole": ([0, 1, 1, 1e-9], "integers, got float64"),
    "nan": ([0, 1, np.nan, 0], "integers, got float64"),
    "booleans": ([True, False, True, False], "integers, got bool"),
    "text": (["cat", "dog", "cat", "dog"], "real numbers, got <U3"),
    "digits as text": (["0", "1", "1", "0"], "real numbers, got <U1"),
    "one too few": ([0, 1, 1], r"\(4,\).*got \(3,\)|got \(4, .*\) and \(3,\)"),
    "one too many": ([0, 1, 1, 0, 0], r"\(4,\).*got \(5,\)|got \(4, .*\) and \(5,\)"),
    "one for all": ([1], r"\(4,\).*got \(1,\)|got \(4, .*\) and \(1,\)"),
    "none": ([], r"got \(0,\)|got \(4, .*\) and \(0,\)"),
    "a number": (1, r"got \(\)|got \(4, .*\) and \(\)"),
    "a column": ([[0], [1], [1], [0]], r"\(., 2\), got \(., 1\)"),
    "a row": ([[0, 1, 1, 0]], r"\(4, 2\), got \(1, 4\)|got \(4, .*\) and \(1, 4\)"),
    "rows that add up to two": ([[1, 1]] * 4, "add up to 1"),
    "rows that add up to none": ([[0, 0]] * 4, "add up to 1"),
    "rows below zero": ([[2, -1]] * 4, ">= 0 and add up to 1"),
    "rows of three": ([[1, 0, 0]] * 4, r"\(., 2\), got \(., 3\)"),
}
LABEL_CALLS = [
    "CategoricalCrossEntropy of labels, forward",
    "CategoricalCrossEntropy of labels, backward",
    "SoftmaxCategoricalCrossEntropy of labels, forward",
    "SoftmaxCategoricalCrossEntropy of labels, backward",
    "Accuracy of scores",
    "evaluate",
    "fit",
]


@pytest.mark.parametrize("kind", BAD_LABELS)
@pytest.mark.parametrize("name", LABEL_CALLS)
def test_labels(name, kind):
    labels, text = BAD_LABELS[kind]
    if name == "Accuracy of scores":  # takes the largest of any row; a column means yes or no
        text = {"a column": r"targets \(4, 2\), got \(4, 1\)"}.get(kind, text)
        if kind.startswith("rows") and kind != "rows of three":
            assert 0 <= run(name, targets=labels) <= 1
            return
    refused(name, "y" if name in ("evaluate", "fit") else "targets", labels, text)


@pytest.mark.parametrize("kind", [kind for kind in BAD_LABELS if "row" not in kind])
def test_labels_of_one_hot(kind):
    labels, text = BAD_LABELS[kind]
    if "too few" in kind or "too many" in kind or kind in ("one for all", "none"):
        assert nn.one_hot(labels, 2).shape == (len(labels), 2)
    else:
        with pytest.raises(ValueError, match=f"one_hot expects labels .*({text}|got)"):
            nn.one_hot(labels, 2)


# Single numbers ----------------------------------------------------------------------------------


def train(**change):
    good = {"epochs": 1, "batch_size": 4, "progress": False}
    arguments = {"network": network(), "X": X, "y": LABELS, **good, **change}
    loss, optimizer = nn.SoftmaxCategoricalCrossEntropy(), nn.StochasticGradientDescent(0.1)
    return nn.fit(loss=loss, optimizer=optimizer, **arguments)


def count(n, *ignored):
    return len(n[0])


SGD = nn.StochasticGradientDescent
SIZES = {  # whole numbers of at least one: who says it, what it is called, and a call that takes it
    "DenseLayer n_inputs": lambda n: nn.DenseLayer(n, 2).weights.shape[0],
    "DenseLayer n_neurons": lambda n: nn.DenseLayer(2, n).biases.shape[1],
    "one_hot n_classes": lambda n: nn.one_hot([0], n).shape[1],
    "predict batch_size": lambda n: network().predict(X, n),
    "evaluate batch_size": lambda n: nn.evaluate(network(), nn.MeanSquaredError(), X, G, None, n),
    "fit epochs": lambda n: train(epochs=n).epochs,
    "fit batch_size": lambda n: train(batch_size=n),
    "early_stopping patience": nn.early_stopping,
    "batches batch_size": lambda n: len(next(nn.batches(X, LABELS, n))[0]),
    "spiral_data n_per_class": lambda n: len(points.spiral_data(n, 1)[0]),
    "spiral_data n_classes": lambda n: len(points.spiral_data(1, n)[0]),
    "moons_data n_per_class": lambda n: len(points.moons_data(n)[0]) // 2,
    "sine_data n": lambda n: len(points.sine_data(n)[0]),
    "circles_data n_per_class": lambda n: len(points.circles_data(n)[0]) // 2,
    "xor_data n_per_class": lambda n: len(points.xor_data(n)[0]) // 2,
}
NO_SIZES = [0, -1, -(10**30), 1.0, 2.5, np.float64(2), True, False, np.True_, "2", b"2", None]
NO_SIZES += [
    np.nan,
    np.inf,
    2j,
    [2],
    (2,),
    {2},
    np.array(2),
    np.array([2]),
    Fraction(2),
    Decimal(2),
]
NO_SIZES += [range(2), object, len, ...]


@pytest.mark.parametrize("value", NO_SIZES, ids=short)
@pytest.mark.parametrize("name", SIZES)
def test_what_is_no_size(name, value):
    owner, argument = name.split()
    text = f"{owner} expects {argument} to be a whole number >= 1, got {value!r}"
    with pytest.raises(ValueError, match=re.escape(text)):
        SIZES[name](value)


@pytest.mark.parametrize(
    "value", [2, np.int8(2), np.uint8(2), np.int64(2), np.uint64(2)], ids=short
)
@pytest.mark.parametrize("name", SIZES)
def test_sizes_of_every_type(name, value):
    found = SIZES[name](value)
    assert not isinstance(found, int) or found == 2


MEASURES = {  # real numbers with a condition; a call that gives the number as it was kept
    "StochasticGradientDescent learning_rate > 0": lambda v: SGD(v).learning_rate,
    "StochasticGradientDescent momentum in [0, 1)": lambda v: SGD(0.1, v).momentum,
    "StochasticGradientDescent decay >= 0": lambda v: SGD(0.1, 0, v).decay,
    "spiral_data noise >= 0": lambda v: points.spiral_data(2, noise=v),
    "moons_data noise >= 0": lambda v: points.moons_data(2, noise=v),
    "sine_data noise >= 0": lambda v: points.sine_data(2, noise=v),
    "circles_data noise >= 0": lambda v: points.circles_data(2, noise=v),
    "xor_data noise >= 0": lambda v: points.xor_data(2, noise=v),
    "numerical_gradient h > 0": lambda v: nn.numerical_gradient(np.sum, [1.0], v),
    "numerical_gradient h > 0 ": lambda v: nn.check_gradients(nn.ReLU(), [[1.0]], h=v),
    "check_gradients tolerance >= 0": lambda v: nn.check_gradients(nn.ReLU(), [[1.0]], tolerance=v),
}
NO_MEASURES = [-1, -0.1, -5e-324, np.float32(-1), np.nan, np.float32("nan"), -np.inf, 10**400]
NO_MEASURES += [-(10**400), -np.longdouble("inf"), True, False, np.True_, "0.1", b"1", None, 1j]
NO_MEASURES += [[0.1], (0.1,), np.array(0.1), np.array([0.1]), Decimal("0.1"), object, len, ...]
ZEROS = [0, 0.0, -0.0, np.float32(0), Fraction(1, 10**400)]
ONES = [1, 1.0, 1.5, np.float32(1), 1 - Fraction(1, 10**30), 1 - Fraction(1, 10**17)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, value)
        for name in MEASURES
        for value in NO_MEASURES + ZEROS * ("> 0" in name) + ONES * ("[0, 1)" in name)
    ],
    ids=short,
)
def test_what_is_no_such_number(name, value):
    owner, need = name.strip().split(" ", 1)
    with pytest.raises(ValueError, match=re.escape(f"{owner} expects {need}, got {value!r}")):
        MEASURES[name](value)


GOOD_MEASURES = [0.5, np.float16(0.5), np.float32(0.5), np.float64(0.5), np.longdouble(0.5)]
GOOD_MEASURES += [Fraction(1, 2)]


@pytest.mark.parametrize("value", GOOD_MEASURES, ids=short)
@pytest.mark.parametrize("name", MEASURES)
def test_numbers_of_every_type(name, value):
    "They become a Python float, which leaves float32 arrays what they are."
    found = MEASURES[name](value)
    if name.startswith("Stochastic"):
        assert type(found) is float and found == 0.5


@pytest.mark.parametrize("name", [name for name in MEASURES if "> 0" not in name])
@pytest.mark.parametrize("value", ZEROS, ids=short)
def test_zeros(name, value):
    if "tolerance" in name:  # nothing measured is right to the last bit
        with pytest.raises(AssertionError, match="is wrong"):
            MEASURES[name](value)
    else:
        MEASURES[name](value)


@pytest.mark.parametrize("kind", ["predict", "evaluate", "fit", "batches"])
def test_a_small_integer_type_for_the_size_of_a_batch(kind):
    "Its sums must not run over: 100 + 100 is -56 in int8."
    rng, size = np.random.default_rng(0), np.int8(100)
    many, labels = rng.standard_normal((250, 3)), rng.integers(0, 2, 250)
    loss = nn.SoftmaxCategoricalCrossEntropy()
    found, expected = (
        {
            "predict": lambda size: network().predict(many, size),
            "evaluate": lambda size: nn.evaluate(network(), loss, many, labels, None, size)["loss"],
            "fit": lambda size: train(X=many, y=labels, batch_size=size, rng=0)["loss"],
            "batches": lambda size: [len(x) for x, _ in nn.batches(many, labels, size)],
        }[kind](each)
        for each in (size, 100)
    )
    np.testing.assert_array_equal(found, expected)


def test_infinite_tolerance():
    assert nn.check_gradients(nn.ReLU(), [[1.0]], tolerance=np.inf)


# Other arguments ---------------------------------------------------------------------------------

NO_GENERATORS = ["a", b"a", 1.5, -1, np.nan, {1: 2}, object, len, 1j, [1.5], [-1]]
SEEDED = {
    "DenseLayer": lambda rng: nn.DenseLayer(2, 2, rng=rng).weights,
    "check_gradients": lambda rng: nn.check_gradients(nn.ReLU(), [[1.0]], rng=rng),
    "fit": lambda rng: train(rng=rng),
    "batches": lambda rng: list(nn.batches(X, LABELS, 2, rng)),
    **{
        name: lambda rng, name=name: getattr(points, name)(3, rng=rng)[0]
        for name in ("spiral_data", "moons_data", "sine_data", "circles_data", "xor_data")
    },
}


@pytest.mark.parametrize("value", NO_GENERATORS, ids=short)
@pytest.mark.parametrize("name", SEEDED)
def test_what_is_no_generator(name, value):
    with pytest.raises((TypeError, ValueError)):
        SEEDED[name](value)


DTYPES = [None, int, bool, complex, object, str, "banana", np.float16, np.complex64, 3, [], ">f4"]


@pytest.mark.parametrize("dtype", DTYPES, ids=short)
def test_float_types_that_are_none(dtype):
    with pytest.raises(ValueError, match="DenseLayer works in float32 or float64, got dtype"):
        nn.DenseLayer(2, 2, dtype=dtype)


@pytest.mark.parametrize("dtype", [float, "float32", "f8", np.dtype("f4"), np.float64], ids=short)
def test_float_types(dtype):
    layer = nn.DenseLayer(2, 2, dtype=dtype)
    assert layer.weights.dtype == layer.biases.dtype == np.dtype(dtype)


NO_PARTS = {"None": None, "number": 3, "text": "a", "list": [], "class": nn.ReLU, "function": len}
PARTS = {
    "evaluate network": lambda part: nn.evaluate(part, nn.MeanSquaredError(), X, G),
    "evaluate loss": lambda part: nn.evaluate(network(), part, X, G),
    "evaluate metric": lambda part: nn.evaluate(network(), nn.MeanSquaredError(), X, G, part),
    "save_model network": lambda part: nn.save_model("never.npz", part),
    "Sequential": lambda part: nn.Sequential(part),
    "Sequential, second": lambda part: nn.Sequential(dense(), part),
    "check_gradients": lambda part: nn.check_gradients(part, [[1.0]]),
    "update_params": lambda part: SGD(0.1).update_params(part),
    "fit network": lambda part: train(network=part),
    "fit callbacks": lambda part: train(callbacks=[part] if part is not len else 3),
    "fit history": lambda part: train(history=part if part is not None else {}),
    "numerical_gradient": lambda part: nn.numerical_gradient(part if part is not len else 3, [1.0]),
}


@pytest.mark.parametrize("kind", NO_PARTS)
@pytest.mark.parametrize("name", PARTS)
def test_what_is_no_part(name, kind):
    part = NO_PARTS[kind]
    if kind == "class" and name in ("fit callbacks", "numerical_gradient"):
        part = 3  # a class can be called
    if kind == "None" and name == "evaluate metric":
        part = nn.Accuracy  # none is right, and a class is not
    with pytest.raises(ValueError, match=r"expects .*(got|is|has no)|got "):
        PARTS[name](part)


ANSWERS = ["a", None, 1j, [1.0], np.ones(2), np.ones((1, 1)), {}, len, Decimal(1)]


@pytest.mark.parametrize("answer", ANSWERS, ids=short)
def test_functions_that_give_no_number(answer):
    with pytest.raises(ValueError, match="function must return one number, got"):
        nn.numerical_gradient(lambda x: answer, [1.0, 2.0])


@pytest.mark.parametrize("answer", [np.inf, -np.inf, np.nan, np.float32("inf"), 1e308], ids=short)
def test_functions_that_give_no_finite_number(answer):
    "The slope is nan (or zero), without a warning."
    found = nn.numerical_gradient(lambda x: answer, [1.0])
    assert np.isnan(found).all() or (np.isfinite(answer) and found == 0)


# In the wrong order ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "part",
    [dense(), nn.ReLU(), nn.Sigmoid(), nn.Softmax(), network()],
    ids=lambda p: type(p).__name__,
)
def test_backward_before_forward(part):
    before = frozen(part)
    with pytest.raises(ValueError, match="backward needs a forward first"):
        part.backward(G)
    assert frozen(part) == before


@pytest.mark.parametrize("made", ["forward only", "nothing", "a network", "an activation"])
def test_update_before_backward(made):
    layer = {"a network": network(), "an activation": nn.ReLU()}.get(made, dense())
    if made == "forward only":
        layer.forward(X)
    before, optimizer = frozen(layer), SGD(0.1, 0.9)
    with pytest.raises(ValueError, match="expects a layer after backward, .* has no derivative_"):
        optimizer.update_params(layer)
    assert frozen(layer) == before and len(optimizer.states) == 0


@pytest.mark.parametrize("kind", [nn.MeanSquaredError, nn.SoftmaxCategoricalCrossEntropy])
def test_the_backward_of_a_loss_needs_no_forward(kind):
    assert np.isfinite(kind().backward(SURE, BITS)).all()


def test_backward_of_an_older_batch():
    "A gradient of another size than the last output is refused, even if an earlier one had it."
    for part in (dense(), nn.ReLU(), nn.Sigmoid(), nn.Softmax()):
        slope = np.ones_like(part.forward(X))
        part.forward(X[:2])
        before = frozen(part)
        with pytest.raises(ValueError, match=r"derivative_outputs \(2, .\), got \(4, .\)"):
            part.backward(slope)
        assert frozen(part) == before


# Files, histories, data --------------------------------------------------------------------------


@pytest.mark.parametrize("path", [None, 3, 1.5, [], {}, b"bytes", object, ...], ids=short)
@pytest.mark.parametrize("name", ["save_model", "load_model", "checkpoint", "load_checkpoint"])
def test_what_is_no_path(name, path):
    arguments = (path, network()) if name == "save_model" else (path,)
    with pytest.raises(TypeError, match="str"):
        getattr(nn, name)(*arguments)


def test_paths_that_lead_nowhere(tmp_path, monkeypatch):
    "A folder, a missing folder, nothing, and a name with a zero: nothing is left behind."
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    for path in ("folder", tmp_path / "folder", "", "."):
        with pytest.raises(ValueError, match="it is a folder"):
            nn.save_model(path, network())
        for load in (nn.load_model, nn.load_checkpoint):
            with pytest.raises(OSError):
                load(path)
    with pytest.raises(ValueError, match="there is no folder"):
        nn.save_model("missing/model.npz", network())
    with pytest.raises(ValueError, match="existing folder.*got 'missing"):
        nn.checkpoint("missing/model.npz")
    with pytest.raises(ValueError):
        nn.save_model("a\0b", network())
    for load in (nn.load_model, nn.load_checkpoint):
        with pytest.raises(FileNotFoundError):
            load("missing.npz")
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


def test_a_checkpoint_needs_the_name_of_a_file(tmp_path):
    "Said at once, and not after the first epoch."
    with pytest.raises(ValueError, match="checkpoint expects"):
        nn.checkpoint(tmp_path)


NO_COLUMNS = [1, None, "12", b"12", ["1"], [b"1"], [True], [None], [[1]], [1j], [[]], [{}]]
NO_COLUMNS += [{"a": 1}, np.ones((2, 2)), [10**400], np.array(1.0), ["one"], len]
NO_HISTORIES = [3, "text", [1], {1: 2}, {"a": [1], "b": []}, len, nn.History, np.ones(2)]
NO_HISTORIES += [{"loss": column} for column in NO_COLUMNS]


@pytest.mark.parametrize("lists", NO_HISTORIES, ids=lambda lists: str(lists)[:30])
def test_what_is_no_history(lists):
    with pytest.raises(ValueError, match="History expects lists of numbers by name"):
        nn.History(lists)


@pytest.mark.parametrize(
    "lists",
    [{"loss": (1, 2)}, {"loss": np.array([1.0, 2])}, {"loss": np.array([1, 2], np.float32)}]
    + [{"loss": range(1, 3)}, {"loss": [np.int8(1), np.float16(2)]}, {"loss": iter([1, 2])}],
    ids=lambda lists: str(lists)[:30],
)
def test_histories_of_every_type(lists):
    history = nn.History(lists)
    assert history == {"loss": [1.0, 2.0]} and all(type(v) is float for v in history["loss"])


@pytest.mark.parametrize("text", [None, 3, [], {}, object, ..., "", "nul", b"\xff", "[]", "[[1]]"])
def test_what_is_no_text_of_a_history(text):
    with pytest.raises((TypeError, ValueError)):
        nn.History.from_json(text)


NAN = math.nan
BEST = [  # a loss, and its best epoch
    ([NAN, 2.0, 1.0], 3), ([NAN, 1.0, 2.0], 2), ([2.0, NAN, 1.0], 3), ([1.0, 2.0, NAN], 1),
    ([NAN, NAN], 1), ([NAN, math.inf], 2), ([math.inf, 1.0, -math.inf], 3),
]  # fmt: skip


@pytest.mark.parametrize(("values", "epoch"), BEST, ids=str)
def test_the_best_epoch_is_none_of_nan(values, epoch):
    assert nn.History({"loss": values}).best()["epoch"] == epoch
    turned = {"loss": [1.0] * len(values), "accuracy": [-value for value in values]}
    assert nn.History(turned).best("accuracy")["epoch"] == epoch
    assert f"epoch {epoch}" in repr(nn.History({"loss": values}))


@pytest.mark.parametrize("name", ["accuracy", "", 3, None, True])
def test_the_best_of_nothing(name):
    for history in (nn.History(), nn.History({"other": [1.0]}), nn.History({"other": []})):
        with pytest.raises(ValueError, match="History has no epoch with"):
            history.best(name)


def test_a_state_needs_its_parts():
    with pytest.raises(TypeError, match="network"):
        nn.TrainingState()


@pytest.mark.parametrize("arguments", [(3,), (None, None), ("a",)])
def test_live_plot_takes_nothing(arguments):
    with pytest.raises(TypeError, match="live_plot"):
        nn.live_plot(*arguments)


IDX = b"\0\0\x08\x02\0\0\0\x02\0\0\0\x03" + bytes(range(6))
NO_IDX = [None, 3, 1.5, len, "text", [], {}, b"", b"\0\0", b"\0\0\x08", b"\0\0\x08\x02", IDX[:-1]]
NO_IDX += [IDX + b"\0", b"\0\0\x0d" + IDX[3:], b"\0\0\x08\x04" + IDX[4:], b"\1" + IDX[1:]]
NO_IDX += [IDX[:4] + b"\xff" * 8 + IDX[12:], IDX.decode("latin1"), list(IDX)]


@pytest.mark.parametrize("raw", NO_IDX, ids=lambda raw: str(raw)[:20])
def test_what_is_no_idx_file(raw):
    with pytest.raises((TypeError, ValueError)):
        data.parse_idx(raw)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_idx_in_every_kind_of_bytes(kind):
    np.testing.assert_array_equal(data.parse_idx(kind(IDX)), [[0, 1, 2], [3, 4, 5]])


@pytest.mark.parametrize("source", [None, 3, "", "Full", "full ", b"full", [], True], ids=short)
def test_what_is_no_source(source):
    text = f"load_mnist expects source auto, full or sample, got {source!r}"
    with pytest.raises(ValueError, match=re.escape(text)):
        data.load_mnist(source)


@pytest.mark.parametrize("directory", [3, 1.5, [], b"bytes", "missing", __file__], ids=str)
def test_what_is_no_directory(directory, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for load in (
        lambda: data.load_mnist("full", directory),
        lambda: data.load_fashion_mnist(directory),
    ):
        with pytest.raises((TypeError, ValueError), match="directory expects|str"):
            load()


# Anything at all ---------------------------------------------------------------------------------

ANY_ARRAY = hnp.arrays(
    hnp.scalar_dtypes() | st.sampled_from([np.dtype(float), np.dtype(int)]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4) | st.sampled_from([X.shape]),
)
EXPECTED = (ValueError, TypeError, FloatingPointError, AssertionError)


@each_argument
def test_any_array_at_all(name, argument):
    "Whatever type, shape and values: a result or an error of the expected kind, and no change."

    @given(value=ANY_ARRAY | ANY_ARRAY.map(lambda array: array.tolist()))
    @settings(max_examples=max(50, settings.default.max_examples // 4))
    def attempt(value):
        kept, part = copy.deepcopy(value), CALLS[name].make()
        before = frozen(part)
        try:
            run(name, part, **{argument: value})
        except EXPECTED as error:
            assert "\n" not in str(error)
            # fit trains until nan turns up, and the optimizer's layer holds the argument
            assert (
                name in ("fit", "StochasticGradientDescent.update_params") or frozen(part) == before
            )
        assert frozen([value]) == frozen([kept]) or isinstance(value, list)

    attempt()


# The whole of the public API ---------------------------------------------------------------------


def test_nothing_public_is_left_out():
    "Each public name of the core and of the data stands in this file."
    text = Path(__file__).read_text(encoding="utf-8")
    names = [
        name
        for name in {*nn.__all__, *data.__all__, *features.__all__, *points.__all__}
        if not re.search(rf"\b{name}\b", text)
    ]
    assert not names
