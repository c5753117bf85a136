"""Sizes, measures, seeds and float types of every kind: taken, or refused by name."""

import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from calls import LABELS, G, X, network, short
from helpers import SGD

import nn_from_scratch as nn
from nn_from_scratch import checks, points
from nn_from_scratch.training import batches

POINTS = {  # the toy sets, and what their sizes are called
    "spiral_data": "n_per_class",
    "moons_data": "n_per_class",
    "sine_data": "n",
    "circles_data": "n_per_class",
    "xor_data": "n_per_class",
}


def train(**change):
    good = {"epochs": 1, "batch_size": 4, "progress": False}
    arguments = {"network": network(), "X": X, "y": LABELS, **good, **change}
    loss, optimizer = nn.SoftmaxCategoricalCrossEntropy(), nn.StochasticGradientDescent(0.1)
    return nn.fit(loss=loss, optimizer=optimizer, **arguments)


def cases(table, full, kinds, representatives):
    "All kinds where the list is full, and the representatives elsewhere."
    return [(name, kind) for name in table for kind in (kinds if name in full else representatives)]


# Whole numbers ------------------------------------------------------------------------------------


SIZES = {  # whole numbers of at least one: who says it, what it is called, and a call that takes it
    "somebody size": lambda n: checks.as_size("somebody", "size", n),
    "DenseLayer n_inputs": lambda n: nn.DenseLayer(n, 2).weights.shape[0],
    "DenseLayer n_neurons": lambda n: nn.DenseLayer(2, n).biases.shape[1],
    "one_hot n_classes": lambda n: nn.one_hot([0], n).shape[1],
    "predict batch_size": lambda n: network().predict(X, n),
    "evaluate batch_size": lambda n: nn.evaluate(network(), nn.MeanSquaredError(), X, G, None, n),
    "fit epochs": lambda n: train(epochs=n).epochs,
    "fit batch_size": lambda n: train(batch_size=n),
    "early_stopping patience": nn.early_stopping,
    "batches batch_size": lambda n: len(next(batches(X, LABELS, n))[0]),
    "spiral_data n_classes": lambda n: len(points.spiral_data(1, n)[0]),
    **{
        f"{name} {size}": lambda n, name=name: len(getattr(points, name)(n)[0]) * n // n
        for name, size in POINTS.items()
    },
}
ALL_SIZES = ("somebody size", "DenseLayer n_inputs")


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


@pytest.mark.parametrize(("name", "value"), cases(SIZES, ALL_SIZES, NO_SIZES, [0, True]), ids=short)
def test_what_is_no_size(name, value):
    owner, argument = name.split()
    text = f"{owner} expects {argument} to be a whole number >= 1, got {value!r}"
    with pytest.raises(ValueError, match=re.escape(text)):
        SIZES[name](value)


GOOD_SIZES = [2, np.int8(2), np.uint8(2), np.int64(2), np.uint64(2)]


@pytest.mark.parametrize(
    ("name", "value"), cases(SIZES, ALL_SIZES, GOOD_SIZES, [2, np.int8(2)]), ids=short
)
def test_sizes_of_every_type(name, value):
    found = SIZES[name](value)
    assert not isinstance(found, int) or found % 2 == 0


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
            "batches": lambda size: [len(x) for x, _ in batches(many, labels, size)],
        }[kind](each)
        for each in (size, 100)
    )
    np.testing.assert_array_equal(found, expected)


# Real numbers -------------------------------------------------------------------------------------


MEASURES = {  # real numbers with a condition; a call that gives the number as it was kept
    "somebody measure > 0": lambda v: checks.as_number("somebody", "measure", v, above=0),
    "StochasticGradientDescent learning_rate > 0": lambda v: SGD(v).learning_rate,
    "StochasticGradientDescent momentum in [0, 1)": lambda v: SGD(0.1, v).momentum,
    "StochasticGradientDescent decay >= 0": lambda v: SGD(0.1, 0, v).decay,
    "numerical_gradient h > 0": lambda v: nn.numerical_gradient(np.sum, [1.0], v),
    "numerical_gradient h > 0 ": lambda v: nn.check_gradients(nn.ReLU(), [[1.0]], h=v),
    "check_gradients tolerance >= 0": lambda v: nn.check_gradients(nn.ReLU(), [[1.0]], tolerance=v),
    **{
        f"{name} noise >= 0": lambda v, name=name: getattr(points, name)(2, noise=v)
        for name in POINTS
    },
}
ALL_MEASURES = tuple(name for name in MEASURES if name.startswith(("somebody", "Stochastic")))


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
        for value in (
            NO_MEASURES + ZEROS * ("> 0" in name) + ONES * ("[0, 1)" in name)
            if name in ALL_MEASURES
            else [-5e-324, np.nan] + ZEROS[:1] * ("> 0" in name)
        )
    ],
    ids=short,
)
def test_what_is_no_such_number(name, value):
    owner, need = name.strip().split(" ", 1)
    with pytest.raises(ValueError, match=re.escape(f"{owner} expects {need}, got {value!r}")):
        MEASURES[name](value)


GOOD_MEASURES = [0.5, np.float16(0.5), np.float32(0.5), np.float64(0.5), np.longdouble(0.5)]
GOOD_MEASURES += [Fraction(1, 2)]


@pytest.mark.parametrize(
    ("name", "value"),
    cases(MEASURES, ALL_MEASURES, GOOD_MEASURES, [0.5, Fraction(1, 2)]),
    ids=short,
)
def test_numbers_of_every_type(name, value):
    "They become a Python float, which leaves float32 arrays what they are."
    found = MEASURES[name](value)
    if name in ALL_MEASURES:
        assert type(found) is float and found == 0.5


@pytest.mark.parametrize("name", [name for name in MEASURES if "> 0" not in name])
@pytest.mark.parametrize("value", ZEROS, ids=short)
def test_zeros(name, value):
    if "tolerance" in name:  # nothing measured is right to the last bit
        with pytest.raises(AssertionError, match="is wrong"):
            MEASURES[name](value)
    else:
        MEASURES[name](value)


# Seeds and float types ----------------------------------------------------------------------------


NO_GENERATORS = ["a", b"a", 1.5, -1, np.nan, {1: 2}, object, len, 1j, [1.5], [-1]]


SEEDED = {
    "DenseLayer": lambda rng: nn.DenseLayer(2, 2, rng=rng).weights,
    "check_gradients": lambda rng: nn.check_gradients(nn.ReLU(), [[1.0]], rng=rng),
    "fit": lambda rng: train(rng=rng),
    "batches": lambda rng: list(batches(X, LABELS, 2, rng)),
    **{name: lambda rng, name=name: getattr(points, name)(3, rng=rng)[0] for name in POINTS},
}


@pytest.mark.parametrize(
    ("name", "value"), cases(SEEDED, ("DenseLayer",), NO_GENERATORS, ["a", -1]), ids=short
)
def test_what_is_no_generator(name, value):
    with pytest.raises((TypeError, ValueError)):
        SEEDED[name](value)


DTYPES = [None, int, bool, complex, object, str, "banana", np.float16, np.complex64, 3, [], ">f4"]


@pytest.mark.parametrize("dtype", DTYPES, ids=short)
def test_float_types_that_are_none(dtype):
    with pytest.raises(ValueError, match="DenseLayer expects float32 or float64, got dtype"):
        nn.DenseLayer(2, 2, dtype=dtype)


@pytest.mark.parametrize("dtype", [float, "float32", "f8", np.dtype("f4"), np.float64], ids=short)
def test_float_types(dtype):
    layer = nn.DenseLayer(2, 2, dtype=dtype)
    assert layer.weights.dtype == layer.biases.dtype == np.dtype(dtype)
