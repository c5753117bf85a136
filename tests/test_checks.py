"""What every component does with what it is given. The full lists of hostile values: contract/."""

import numpy as np
import pytest
from helpers import says

import nn_from_scratch as nn
from nn_from_scratch import checks

# By hand ------------------------------------------------------------------------------------------


def test_shapes_as_on_paper():
    texts = {(): "()", (3,): "(3,)", ("n",): "(n,)", ("n", 784): "(n, 784)", (2, 0, 1): "(2, 0, 1)"}
    for shape, text in texts.items():
        assert checks.shape_text(shape) == text


def test_a_refusal_names_its_owner():
    "A name, or an object of a class with one; it is made, not raised."
    assert str(checks.refusal("fit", "more")) == "fit expects more"
    assert str(checks.refusal(nn.ReLU(), "more")) == "ReLU expects more"
    assert type(checks.refusal("fit", "more")) is ValueError


def test_arrays_keep_their_type_and_are_not_copied():
    for values in (np.arange(3), np.ones(2, np.float16), np.array([True]), np.array(1.5)):
        assert checks.as_array("a", "x", values) is values
    assert checks.as_array("a", "x", [1, 2]).tolist() == [1, 2]


def test_shapes_fit_by_letters_and_numbers():
    array = np.ones((4, 3))
    for shape in ((4, 3), ("n", 3), ("n", "k"), (4, "k")):
        checks.check_shape("a", "x", array, shape)
        assert checks.as_floats("a", "x", array, shape) is array
    for shape in ((4, 2), ("n", 4), ("n",), ("n", 3, "k"), (), (3, 4), ("n", 2)):
        says(
            lambda shape=shape: checks.check_shape("a", "x", array, shape),
            f"a expects x {checks.shape_text(shape)}, got (4, 3)",
        )


def test_rows_of_ones():
    rows = checks.one_hot_rows(np.array([1, 0, 1]), 3, np.float32)
    assert rows.tolist() == [[0, 1, 0], [1, 0, 0], [0, 1, 0]] and rows.dtype == np.float32


def test_targets_as_rows():
    P = np.full((2, 3), 1 / 3, np.float32)
    soft = [[0.5, 0.5, 0], [0, 0, 1]]
    assert checks.as_targets("a", [2, 0], P).tolist() == [2, 0]
    assert checks.as_target_rows("a", [2, 0], P).tolist() == [[0, 0, 1], [1, 0, 0]]
    found = checks.as_target_rows("a", soft, P)
    assert found.dtype == np.float32 and found.tolist() == soft


def test_the_class_of_a_sample():
    for values, classes in (
        ([2, 0], [2, 0]),
        ([[0.2, 0.8], [3, 1]], [1, 0]),
        ([[0.2], [0.5], [0.6]], [0, 0, 1]),
        ([[True], [False]], [1, 0]),
    ):
        assert checks.as_classes("a", "x", values).tolist() == classes


BOUNDS = {  # the bounds, what is just inside and just outside, and how they are written
    "> 0": ({"above": 0}, [5e-324, 1e300], [0, -0.0, -1]),
    ">= 0": ({"least": 0}, [0, 5e-324], [-5e-324, -1]),
    "in [0, 1)": ({"least": 0, "below": 1}, [0, 1 - 2**-53], [1, -5e-324]),
    "in (0, 1)": ({"above": 0, "below": 1}, [5e-324, 1 - 2**-53], [0, 1]),
    "from 0 to 4": ({"least": 0, "most": 4}, [0, 4], [-5e-324, 4.000001]),
}


@pytest.mark.parametrize("text", BOUNDS)
def test_bounds_are_data(text):
    bounds, inside, outside = BOUNDS[text]
    for value in inside:
        found = checks.as_number("a", "x", value, **bounds)
        assert type(found) is float and found == value
    for value in [*outside, np.nan, np.inf, -np.inf, 10**400]:
        says(
            lambda value=value: checks.as_number("a", "x", value, **bounds),
            f"a expects x {text}, got {value!r}",
        )


# Gradients ----------------------------------------------------------------------------------------


# Extremes -----------------------------------------------------------------------------------------


def test_a_number_too_large_for_the_float_type_is_infinite():
    with np.errstate(all="raise"):
        found = checks.as_floats("a", "x", [1e300, -1e300, 1e-300], dtype=np.float32)
    assert found.tolist() == [np.inf, -np.inf, 0]


def test_nan_passes_as_a_probability_and_not_as_a_class():
    assert np.isnan(checks.as_probabilities("a", "x", [np.nan, 0.5])[0])
    says(lambda: checks.as_classes("a", "x", [[np.nan, 1.0]]), "a expects x to be numbers, got nan")


# Float types --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given", [np.float32, np.float64, np.float16, np.int8, bool, np.longdouble]
)
def test_floats_keep_their_type_and_others_become_float64(given):
    array = np.ones(3, given)
    own = given if given in (np.float32, np.float64) else np.float64
    assert checks.as_floats("a", "x", array).dtype == own
    assert (checks.as_floats("a", "x", array) is array) == (own is given)
    for dtype in (np.float32, np.float64):
        assert checks.as_floats("a", "x", array, dtype=dtype).dtype == dtype


def test_float_types_by_any_name():
    for name in (np.float32, "float32", "f4", np.dtype("f4")):
        assert checks.as_float_type("a", name) is np.dtype(np.float32)
    says(lambda: checks.as_float_type("a", "f2"), "a expects float32 or float64, got dtype f2")


def test_a_pair_has_the_type_of_the_predictions():
    P, Y = checks.as_pair("a", "p", np.ones((2, 1), np.float32), [[1], [2]])
    assert P.dtype == Y.dtype == np.float32


# Errors -------------------------------------------------------------------------------------------


ERRORS = {
    "ragged": (lambda: checks.as_array("a", "x", [[1], [1, 2]]), "got rows of different lengths"),
    "text": (lambda: checks.as_array("a", "x", "b"), "a expects x to be an array of real numbers"),
    "a size of text": (lambda: checks.as_size("a", "n", "2"), "a expects n to be a whole number"),
    "rows": (
        lambda: checks.as_rows("a", np.ones((3, 2)), [1, 2]),
        "a expects X and y with the same number of rows, at least 1, got (3, 2) and (2,)",
    ),
    "no rows": (lambda: checks.as_rows("a", [], []), "got (0,) and (0,)"),
    "no axes": (lambda: checks.as_rows("a", 1, 1), "got () and ()"),
    "labels below zero": (lambda: checks.as_labels("a", "y", [-1, 2]), "y from 0 up, got -1 to 2"),
    "labels above": (
        lambda: checks.as_labels("a", "y", [0, 3], n_classes=3),
        "a expects y from 0 to 2, got 0 to 3",
    ),
    "a count of labels": (lambda: checks.as_labels("a", "y", [0, 1], 3), "y (3,), got (2,)"),
    "no pair": (lambda: checks.as_pair("a", "p", [], []), "a expects at least one sample"),
    "rows that add up to two": (
        lambda: checks.as_targets("a", [[1, 1]], np.ones((1, 2))),
        "rows of targets to be >= 0 and add up to 1, got 1 at least and sums of 2 to 2",
    ),
    "above one": (
        lambda: checks.as_probabilities("a", "p", [0, 1.5]),
        "a expects p from 0 to 1, got 0 to 1.5",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_the_error_says_what_is_needed(name):
    says(*ERRORS[name])
