"""Accuracy."""

import numpy as np
import pytest
from helpers import says

import nn_from_scratch as nn

# By hand ------------------------------------------------------------------------------------------


def test_accuracy_by_hand():
    scores = [[2, 1, 0], [0, 1, 5], [3, 4, 0], [1, 0, 0]]
    assert nn.Accuracy().calculate(scores, [0, 1, 1, 0]) == 0.75


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


def test_of_two_classes_the_larger_counts():
    "Two columns are compared with each other, not with one half."
    P = [[0.3, 0.7], [0.6, 0.4], [2.0, 3.0], [-1.0, -2.0]]
    assert nn.Accuracy().calculate(P, [1, 0, 1, 0]) == 1


def test_at_a_tie_the_first_class_wins():
    assert nn.Accuracy().calculate([[0.5, 0.5], [0.2, 0.2]], [0, 0]) == 1


# Extremes -----------------------------------------------------------------------------------------


def test_scores_without_bounds():
    "Infinity is larger than all others, and minus infinity smaller."
    scores = [[np.inf, 1e300], [-np.inf, -1e300]]
    assert nn.Accuracy().calculate(scores, [0, 1]) == 1


# Float types --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_a_python_float_of_every_type(dtype):
    found = nn.Accuracy().calculate(np.array([[0, 1], [1, 0]], dtype), np.array([1, 1]))
    assert type(found) is float and found == 0.5


# Errors -------------------------------------------------------------------------------------------


P = np.full((2, 3), 1 / 3)
accuracy = nn.Accuracy()
ERRORS = {
    "range": (lambda: accuracy.calculate(P, [0, 3]), "targets from 0 to 2"),
    "length": (lambda: accuracy.calculate(P, [0]), "targets (2,), got (1,)"),
    "classes": (lambda: accuracy.calculate(P, np.eye(4)[:2]), "targets (2, 3)"),
    "scores": (lambda: accuracy.calculate([[3.0]], [1]), "probabilities from 0 to 1"),
    "nan": (lambda: accuracy.calculate(P * np.nan, [0, 1]), "to be numbers"),
    "nothing": (lambda: accuracy.calculate(np.ones((0, 2)), []), "at least one sample"),
    "no labels": (
        lambda: accuracy.calculate(np.ones((0, 2)), np.ones((0, 2))),
        "at least one sample",
    ),
    "impossible prediction": (
        lambda: accuracy.calculate([7, 1], np.eye(3)[:2]),
        "Accuracy expects predictions from 0 to 2, got 1 to 7",
    ),
    "labels as a column": (
        lambda: accuracy.calculate(P, [[0], [2]]),
        "expects labels (n,), or targets (n, 1) to be probabilities from 0 to 1, got 0 to 2",
    ),
    "labels against a column": (
        lambda: accuracy.calculate([0, 1, 1], [[0], [1], [1]]),
        "Accuracy expects targets (3,), got (3, 1)",
    ),
    "probabilities without a column": (
        lambda: accuracy.calculate([0.2, 0.9], [0, 1]),
        "Accuracy expects predictions to be integers, got float64: "
        "use (predictions > 0.5).astype(int)",
    ),
    "a column against floats": (
        lambda: accuracy.calculate([[0.2], [0.9]], [0.0, 1.0]),
        "targets to be integers, got float64: use .astype(int)",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_the_error_says_what_is_needed(name):
    says(*ERRORS[name])
