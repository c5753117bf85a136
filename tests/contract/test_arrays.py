"""Arrays of every form, type, shape and value: as the clean call, or what is wrong is said."""

import copy
import datetime
import re
from decimal import Decimal

import numpy as np
import pytest
from calls import (
    ARGUMENTS,
    CALLS,
    FULL,
    LABELS,
    LAYERS,
    PICTURES,
    SCORES,
    SURE,
    X,
    cases,
    dense,
    failure,
    refused,
    run,
    same,
)
from helpers import LAYERS as MAKERS
from helpers import LOSSES, frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nn_from_scratch as nn

each_argument = pytest.mark.parametrize(("name", "argument"), ARGUMENTS, ids="{}".format)


# Forms that are welcome ---------------------------------------------------------------------------


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
        for name, argument, form in cases(FORMS, {"list", "read-only"})
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
    if name == "as_array":
        found = found.astype(expected.dtype).view(np.ndarray)
    same(found, expected)
    np.testing.assert_array_equal(np.asarray(value), np.asarray(before))


@pytest.mark.parametrize("name", CALLS)
def test_all_at_once_in_float32(name):
    "In float32 the result is that of float64 to rounding, and nothing is computed in between."
    arrays = {key: a for key, a in CALLS[name].arrays.items() if a.dtype.kind == "f"}
    # probabilities of 0 count as the smallest number, which is another one in float32
    arrays = {key: 0.25 + a / 2 if a is SURE else a for key, a in arrays.items()}
    given = {key: locked(array.astype(np.float32)) for key, array in arrays.items()}
    part = CALLS[name].make()
    if "output" in arrays:  # of a forward of its own
        part.forward(locked(SCORES.astype(np.float32)), CALLS[name].arrays["targets"])
        given["output"] = locked(part.output)
    found, expected = run(name, part, **given), run(name, **arrays)
    if isinstance(found, np.ndarray):
        parts = (nn.DenseLayer, nn.Sequential, nn.ReLU, nn.Sigmoid, nn.Softmax)
        fixed = name in ("one_hot", "numerical_gradient", "DenseLayer.forward", "fit")
        fixed |= isinstance(CALLS[name].make(), parts) and not name.endswith("forward")
        fixed |= isinstance(CALLS[name].make(), nn.Sequential)
        assert found.dtype == (expected.dtype if fixed else np.float32)
    if name != "batches":
        atol = 1e-4 if name.startswith("check_gradients") else 1e-6
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=atol)


@pytest.mark.parametrize("name", MAKERS)
def test_every_form_of_inputs_and_slopes_at_once(name, rng):
    X = np.round(rng.standard_normal((6, 4)) * 3)
    G = rng.standard_normal((6, 3 if name == "dense" else 4))
    layer = MAKERS[name](np.random.default_rng(5), 4)
    expected, expected_back = layer.forward(X), layer.backward(G)
    forms = [X.tolist(), X.astype(int), np.asfortranarray(X), locked(X), np.repeat(X, 2, 0)[::2]]
    for form in forms + [X.astype(np.float16)]:
        again = MAKERS[name](np.random.default_rng(5), 4)
        np.testing.assert_array_equal(again.forward(form), expected)
        np.testing.assert_array_equal(again.backward(locked(G)), expected_back)
        np.testing.assert_array_equal(np.asarray(form), X)
        again.forward(form)
        np.testing.assert_array_equal(again.backward(np.asfortranarray(G)), expected_back)


def test_losses_and_metrics_never_change_what_they_get(rng):
    P, Y = locked(rng.dirichlet(np.ones(4), 6)), locked(np.eye(4)[rng.integers(0, 4, 6)])
    for loss in (kind() for kind in LOSSES):
        loss.forward(P, Y)
        gradient = loss.backward(getattr(loss, "output", P), Y)
        assert not np.shares_memory(gradient, P) and not np.shares_memory(gradient, Y)
    nn.Accuracy().calculate(P, Y)
    nn.check_gradients(nn.Softmax(), P)


# What is no array of numbers ----------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("name", "argument", "kind"), cases(NO_NUMBERS, {"None", "ragged"}), ids="{}".format
)
def test_what_is_no_array_of_numbers(name, argument, kind):
    if kind == "None" and argument in ("targets", "derivative_weights", "derivative_biases"):
        if name.startswith(("check_gradients", "StochasticGradientDescent")):
            with pytest.raises((TypeError, ValueError), match=argument):
                run(name, **{argument: None})
            return
    refused(name, argument, NO_NUMBERS[kind], "array of real numbers, got|rows of different")


# Ranks and sizes ----------------------------------------------------------------------------------


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
REPRESENTATIVES = {"one row less", "one column more", "turned"}
ALLOWED = {  # by how free the shape is: what does not fail, besides the arrays as they are
    "any": set(SHAPES),
    "rows": {"one column more", "one column less", "no column", "one axis more at the end", "flat"},
    "1d": {"one row more", "one row less", "one row", "no row"},
}
ALLOWED["2d"] = ALLOWED["1d"] | {"one column more", "one column less", "no column", "turned"}
ALLOWED["columns"] = ALLOWED["1d"]


def bad_shapes():
    for name, argument, kind in cases(SHAPES, REPRESENTATIVES):
        call = CALLS[name]
        clean = call.arrays[argument]
        free = call.needs.get(argument, "exact")
        if clean.ndim == 1 and ("column" in kind or kind in ("flat", "turned")):
            continue
        changed = SHAPES[kind](clean)
        if changed.shape == clean.shape or kind in ALLOWED.get(free, ()):
            continue
        if kind == "one column more" and any(a is LABELS for a in call.arrays.values()):
            continue  # one class more
        if kind == "one column more" and name == "Accuracy of labels":
            continue
        if free == "rows" and changed.shape[:1] == clean.shape[:1]:
            continue
        yield pytest.param(name, argument, kind, id=f"{name}-{argument}-{kind}")


@pytest.mark.parametrize(("name", "argument", "kind"), list(bad_shapes()))
def test_wrong_ranks_and_sizes(name, argument, kind):
    "The message has both shapes, or says that a sample is missing; nothing broadcasts."
    message = failure(name, argument, SHAPES[kind](CALLS[name].arrays[argument]))
    assert re.search(r"got .*\(|at least one sample|from 0 to|got float64", message), message


# Values that are no numbers, and numbers that are too large ---------------------------------------


VALUES = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf, "1e300": 1e300, "-1e300": -1e300}


def with_value(array, value):
    array = array.astype(float)
    array.flat[0] = value
    return array


def has_nan(found):
    return any(np.isnan(part).any() for part in (found if type(found) is list else [found]))


@pytest.mark.parametrize(
    ("name", "argument", "value"), cases(VALUES, {"nan", "-1e300"}), ids="{}".format
)
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


# No samples, and one ------------------------------------------------------------------------------


EMPTY = ("one_hot", "numerical_gradient", "as_array")


@pytest.mark.parametrize("name", CALLS)
def test_no_samples(name):
    "Outputs, labels and gradients of nothing are empty; a mean over nothing is refused."
    call = CALLS[name]
    empty = {key: array[:0] for key, array in call.arrays.items()}
    part = call.make()
    if ".backward" in name:
        part.forward(X[:0])
    if name.startswith(("relative_error", "check_gradients")) and name in vars(nn):
        assert set(np.ravel(call.run(part, **empty))) == {0.0}
    elif name == "DenseLayer.backward_parameters":
        assert not call.run(part, **empty).any()  # sums over nothing
    elif name.split(".")[0] in (*LAYERS, "Sequential", *EMPTY, *PICTURES):
        found = call.run(part, **empty)
        assert found.shape == (0, *run(name).shape[1:]) and found.dtype == run(name).dtype
    else:
        with pytest.raises(ValueError, match="at least (one sample|1)|got \\(0"):
            call.run(part, **empty)


ROW_BY_ROW = [
    name
    for name in CALLS
    if name.split(".")[0] in (*LAYERS, "Sequential", "one_hot") and "parameters" not in name
]


MEANS = [name for name in CALLS if " of " in name and "check" not in name]


def single(name, row):
    "The result of a call with one sample of each array."
    part = CALLS[name].make()
    arrays = {key: array[row : row + 1] for key, array in CALLS[name].arrays.items()}
    if name.endswith(".backward"):
        part.forward(X[row : row + 1])
    if "output" in arrays:
        part.forward(SCORES[row : row + 1], arrays["targets"])
        arrays["output"] = part.output
    return CALLS[name].run(part, **arrays)


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


# Labels -------------------------------------------------------------------------------------------


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
    "text": (["cat", "dog", "cat", "dog"], r"real numbers, got text \(<U3\): np.unique"),
    "digits as text": (["0", "1", "1", "0"], r"real numbers, got text \(<U1\): np.unique"),
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


LABEL_CALLS = [  # all of them where the rule stands and where it is read in another way
    "SoftmaxCategoricalCrossEntropy of labels, forward",
    "Accuracy of scores",
]
FEW_LABELS = {  # and elsewhere these
    "CategoricalCrossEntropy of labels, forward",
    "CategoricalCrossEntropy of labels, backward",
    "SoftmaxCategoricalCrossEntropy of labels, backward",
    "evaluate",
    "fit",
}


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name in LABEL_CALLS for kind in BAD_LABELS]
    + [
        (name, kind)
        for name in sorted(FEW_LABELS)
        for kind in ("too large", "negative", "floats", "one too few")
    ],
    ids="{}".format,
)
def test_labels(name, kind):
    labels, text = BAD_LABELS[kind]
    if name == "Accuracy of scores" and kind == "a column":  # which means yes or no
        text = r"targets \(4, 2\), got \(4, 1\)"
    refused(name, "y" if name in ("evaluate", "fit") else "targets", labels, text)


@pytest.mark.parametrize("kind", [kind for kind in BAD_LABELS if "row" not in kind])
def test_labels_of_one_hot(kind):
    labels, text = BAD_LABELS[kind]
    if "too few" in kind or "too many" in kind or kind in ("one for all", "none"):
        assert nn.one_hot(labels, 2).shape == (len(labels), 2)
    else:
        with pytest.raises(ValueError, match=f"one_hot expects labels .*({text}|got)"):
            nn.one_hot(labels, 2)


# Anything at all ----------------------------------------------------------------------------------


ANY_ARRAY = hnp.arrays(
    hnp.scalar_dtypes() | st.sampled_from([np.dtype(float), np.dtype(int)]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4) | st.sampled_from([X.shape]),
)


EXPECTED = (ValueError, TypeError, FloatingPointError, AssertionError)


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        *FULL,
        ("fit", "X"),
        ("evaluate", "y"),
        ("one_hot", "labels"),
        ("check_gradients", "inputs"),
        ("batches", "X"),
        ("deskew", "X"),
    ],
    ids="{}".format,
)
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
