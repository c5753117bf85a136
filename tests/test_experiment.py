"""An experiment, and the line of text that holds all its settings."""

import re
import string
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn_from_scratch as nn
from nn_from_scratch import experiment as w

TASKS = list(w._TASKS)

# By hand ----------------------------------------------------------------------------------------


def test_the_points_are_cut_in_two():
    "No point is in both parts, and together they are all; the share is that of the test."
    for share, n_test in ((0.3, 60), (0.9, 180), (0.001, 1), (0.999, 199)):
        e = w.Experiment("regression", test_share=share)
        X, y = (np.vstack(both) for both in zip(e.train, e.test, strict=True))
        assert (len(e.test[0]), len(e.train[0])) == (n_test, 200 - n_test)
        assert len(np.unique(X)) == 200
        assert np.abs(y - np.sin(np.pi * X)).mean() < 0.2  # the pairs stay together


def test_the_network_is_as_wide_and_deep_as_asked():
    e = w.Experiment("regression", hidden=(5, 5, 5), activation="Sigmoid")
    shapes = [layer.weights.shape for layer in e.network.trained]
    assert shapes == [(1, 5), (5, 5), (5, 5), (5, 1)]
    kinds = [type(layer).__name__ for layer in e.network.layers]
    assert kinds == ["DenseLayer", "Sigmoid"] * 3 + ["DenseLayer"]
    assert w.Experiment("moons").network.trained[-1].weights.shape == (16, 1)
    assert w.Experiment("spirals").network.trained[-1].weights.shape == (16, 3)


def test_to_advance_is_to_fit():
    "The same weights and the same history as from the library's own loop, by hand."
    e, twin = w.Experiment("moons", seed=4), w.Experiment("moons", seed=4)
    e.advance(3)
    again = nn.fit(
        twin.network,
        nn.SigmoidBinaryCrossEntropy(),
        nn.StochasticGradientDescent(0.03, 0.9, 1e-4),
        *twin.train,
        epochs=3,
        batch_size=32,
        validation_data=twin.test,
        metric=nn.Accuracy(),
        rng=twin.rng,
        progress=False,
    )
    assert e.history == again
    for array, other in zip(e.network.parameters, twin.network.parameters, strict=True):
        np.testing.assert_array_equal(array, other)


def test_time_is_up_after_the_epoch():
    e = w.Experiment()
    e.advance(10**9, seconds=0.0)
    assert e.history.epochs == 1
    start = time.monotonic()
    e.advance(10**9, seconds=0.2)
    assert time.monotonic() - start < 5 and e.history.epochs > 1
    epochs = e.history.epochs
    e.advance(3, seconds=1e9)
    assert e.history.epochs == epochs + 3


@pytest.mark.heavy
@pytest.mark.parametrize("data", TASKS)
def test_each_data_set_is_learnt(data):
    e = w.Experiment(data)
    e.advance(300)
    if data == "regression":
        assert e.history["validation_loss"][-1] < 0.03 and "accuracy" not in e.history
    else:
        assert e.history.best("validation_accuracy")["validation_accuracy"] > 0.9
    assert e.history.epochs == 300 and "validation_loss" in e.history


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(4))
def test_spirals_pass_ninety_percent_for_any_seed(seed):
    e = w.Experiment(seed=seed)
    e.advance(400)
    assert e.history.best("validation_accuracy")["validation_accuracy"] > 0.9


def test_same_seed_same_run():
    runs = []
    for _ in range(2):
        e = w.Experiment(seed=3)
        e.advance(3)
        runs.append(dict(e.history))
    assert runs[0] == runs[1]
    e.restart(3)
    assert e.history.epochs == 0
    e.advance(3)
    assert dict(e.history) == runs[0]


def test_a_rate_changes_in_mid_run_and_keeps_all_else():
    e = w.Experiment()
    e.advance(2)
    network, states, history = e.network, e.optimizer.states, e.history
    e.change(learning_rate=0.001, momentum=0.5, decay=0.0)
    assert (e.network, e.optimizer.states, e.history) == (network, states, history)
    e.advance()
    assert e.optimizer.current_learning_rate == 0.001 and e.history.epochs == 3
    before = e.network.parameters[0].copy()
    e.change(learning_rate=1e-12, momentum=0.0)
    e.advance()
    np.testing.assert_allclose(e.network.parameters[0], before, atol=1e-6)


@pytest.mark.parametrize(
    "settings",
    [
        {"hidden": (4,)},
        {"hidden": (16, 16, 16)},
        {"noise": 0.0},
        {"data": "XOR"},
        {"test_share": 0.5},
        {"activation": "Sigmoid"},
    ],
)
def test_other_settings_begin_anew(settings):
    e = w.Experiment()
    e.advance()
    e.change(**settings)
    assert e.history.epochs == 0
    e.advance()


def test_batches_change_at_once():
    e = w.Experiment()
    e.advance()
    e.change(batch_size=512)
    e.advance()
    assert e.history.epochs == 2


def test_inputs_are_what_their_names_say():
    "In the order that was asked for; sines have one period from -1 to 1."
    X = np.array([[0.5, -1.0], [-1.0, 0.25]], np.float32)
    rows = {"x1": [0.5, -1], "x2": [-1, 0.25], "x1x1": [0.25, 1], "x2x2": [1, 0.0625]}
    rows |= {"x1x2": [-0.5, -0.25], "sinx1": [1, 0], "sinx2": [0, np.sqrt(0.5)]}
    assert list(rows) == list(w.INPUTS)
    made = w.make_inputs(X, rows)
    assert made.dtype == np.float32
    np.testing.assert_allclose(made.T, list(rows.values()), atol=1e-6)
    np.testing.assert_array_equal(w.make_inputs(X, ["x2", "x1"]), X[:, ::-1])
    np.testing.assert_array_equal(w.make_inputs(X[:, :1], ["x1x1"]), X[:, :1] ** 2)


def test_the_network_learns_from_the_inputs_that_were_chosen():
    "Squares separate two circles without a hidden layer; coordinates do not."
    found = {}
    for inputs in [("x1", "x2"), ("x1x1", "x2x2")]:
        e = w.Experiment("circles", inputs=inputs, hidden=())
        assert [layer.weights.shape for layer in e.network.trained] == [(2, 1)]
        e.advance(100)
        found[inputs] = e.history["validation_accuracy"][-1]
    assert found["x1", "x2"] < 0.7 and found["x1x1", "x2x2"] == 1


@pytest.mark.parametrize(
    "inputs, shown",
    [(("x1", "x2"), ("x1",)), (("x2",), ("x1",)), (("x1x2", "sinx1", "x1x1"), ("sinx1", "x1x1"))],
)
def test_a_regression_is_shown_what_it_has(inputs, shown):
    e = w.Experiment("regression", inputs=inputs)
    assert e.shown == shown and e.inputs == inputs
    assert e.network.layers[0].weights.shape[0] == len(shown)
    e.advance()
    e.change(data="XOR")
    assert e.shown == inputs


def test_weight_decay_adds_its_share_to_the_slope():
    "As if the loss had `weight_decay / 2 * sum(weights ** 2)` added to it; biases go free."
    rng = np.random.default_rng(0)
    layer = nn.DenseLayer(3, 2, dtype=np.float64, rng=rng)
    layer.biases += 1
    layer.derivative_weights, layer.derivative_biases = rng.normal(size=(3, 2)), np.ones((1, 2))
    weights, slope = layer.weights.copy(), layer.derivative_weights.copy()
    optimizer = w.ShrinkingDescent(0.5, 0.1, 0.9)
    optimizer.update_params(layer)
    np.testing.assert_allclose(layer.weights, weights - 0.1 * (slope + 0.5 * weights))
    np.testing.assert_allclose(layer.biases, 0.9)
    assert np.array_equal(layer.derivative_weights, slope), "or a second step has the price twice"
    layer.derivative_biases = np.ones((1, 3))
    with pytest.raises(ValueError, match="biases"):
        optimizer.update_params(layer)
    assert np.array_equal(layer.derivative_weights, slope)


def test_weight_decay_keeps_weights_small_and_losses_without_its_price():
    sizes = []
    for weight_decay in (0.0, 0.03):
        e = w.Experiment("moons", weight_decay=weight_decay)
        e.advance(60)
        sizes.append(sum(np.sum(layer.weights**2) for layer in e.network.trained))
        found = nn.evaluate(e.network, e.loss, *e.test)["loss"]
        assert found == pytest.approx(e.history["validation_loss"][-1], rel=1e-5)
    assert sizes[1] < 0.3 * sizes[0]
    e = w.Experiment()
    e.advance()
    e.change(weight_decay=0.1)
    assert e.history.epochs == 1 and e.optimizer.weight_decay == 0.1


# The line of text -------------------------------------------------------------------------------


def numbers(low, high):
    return st.floats(low, high).map(lambda x: x + 0.0)  # and never -0


def some_of(names, least=0):
    return st.lists(st.sampled_from(list(names)), min_size=least, unique=True).map(tuple)


settings = st.fixed_dictionaries(
    {name: st.sampled_from(options) for name, options in w.CHOICES.items()}
    | {name: numbers(*w.RANGES[name][:2]) for name in ("noise", "test_share", "momentum")}
    | {"seed": st.integers(0, 99), "inputs": some_of(w.INPUTS, 1)}
    | {"hidden": st.lists(st.integers(1, 32), max_size=3).map(tuple)}
)


@given(settings, some_of(w.LONG))
def test_what_is_written_is_read(values, hide):
    "Settings to text, to settings, and to the same text."
    e = w.Experiment(**values)
    text = w.write_address(e, hide)
    read, hidden = w.read_address(text)
    assert read == values and hidden == hide
    again = w.Experiment(**read)
    assert again == e and w.write_address(again, hidden) == text
    assert w.read_address(f"#{text}") == (read, hidden)
    assert set(text) <= {*string.ascii_letters, *string.digits, *"=&,.-"}  # as it is in a page


def test_the_line_by_hand():
    text = "data=spirals&noise=0.1&test=0.3&inputs=x1,x2&hidden=16,16&activation=ReLU&batch=32&"
    text += "rate=0.03&momentum=0.9&decay=0.0001&weightdecay=0.0&seed=0"
    assert w.write_address(w.Experiment()) == text
    assert w.write_address(w.Experiment(), ["data"]) == f"{text}&hide=data"
    assert w.read_address("") == w.read_address("#") == ({}, ())
    read = w.read_address("hidden=&rate=0.1&hide=rate,weightdecay")
    assert read == ({"hidden": (), "learning_rate": 0.1}, ("rate", "weightdecay"))
    assert w.read_address("data=moons&hidden=8%2C4")[0] == {"data": "moons", "hidden": (8, 4)}


pieces = st.sampled_from(
    [*w.LONG, "hide", "=", "&", ",", "#", "0", "1", "e", ".", "-", "nan", "x1"]
)
texts = st.text() | st.lists(pieces | st.text(max_size=2)).map("".join)


@given(texts)
def test_no_text_does_more_than_be_refused(text):
    "It is read, and then written and read to the same; or it is a ValueError of one line."
    try:
        values, hide = w.read_address(text)
    except ValueError as error:
        assert "The address expects " in str(error) and "\n" not in str(error)
        assert len(str(error)) < 400
    else:
        e = w.Experiment(**values)
        assert w.read_address(w.write_address(e, hide))[0].items() >= values.items()


@pytest.mark.parametrize(
    "text, wrong",
    [
        ("data=cats", "data to be one of spirals, moons"),
        ("data=Spirals", "data to be one of"),
        ("noise=nan", "noise to be a number from 0 to 0.5"),
        ("noise=0.51", "noise to be a number from 0 to 0.5, got '0.51'"),
        ("noise=-0.1", "noise to be a number"),
        ("noise=0_1", "noise to be a number"),
        ("noise=\u0663", "noise to be a number"),
        ("noise=\u0660.1", "noise to be a number"),
        ("seed=\u0663", "seed to be a whole number"),
        ("noise= 0.1", "noise to be a number"),
        ("momentum=1", "momentum to be a number from 0 to 0.99"),
        ("seed=1.0", "seed to be a whole number from 0 to 99"),
        ("seed=100", "seed to be a whole number"),
        ("rate=0.031", "rate to be one of 0.001"),
        ("hidden=0", "hidden to be a whole number from 1 to 32"),
        ("hidden=33", "hidden to be a whole number from 1 to 32"),
        ("hidden=1,1,1,1", "0 to 3 of hidden, got"),
        ("hidden=8,", "hidden to be a whole number"),
        ("inputs=", "1 to 7 of inputs, all different"),
        ("inputs=x1,x1", "1 to 7 of inputs, all different"),
        ("inputs=x3", "inputs to be one of x1"),
        ("hide=hide", "hide to be one of data"),
        ("hide=seed,seed", "of hide, all different"),
        ("learning_rate=0.1", "each at most once, got 'learning_rate'"),
        ("colour=red", "each at most once, got 'colour'"),
        ("seed=1&seed=1", "each at most once, got 'seed'"),
        ("seed", "name=value&name=value, got '"),
        ("seed=1&", "name=value&name=value"),
        ("seed=" + "0" * 1000, "name=value&name=value"),
    ],
)
def test_a_damaged_line_is_named(text, wrong):
    with pytest.raises(ValueError, match=re.escape(wrong)):
        w.read_address(text)
    with pytest.raises(ValueError, match=re.escape(wrong)):
        w.read_address(f"data=moons&{text}" if "data=" not in text else f"seed=1&{text}")


# Errors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {"hidden": (0,)},
        {"inputs": ()},
        {"inputs": ("x3",)},
        {"weight_decay": -1},
        {"noise": -1},
        {"test_share": 1.0},
        {"batch_size": 0},
        {"learning_rate": 0},
        {"momentum": 1},
        {"decay": -1},
        {"data": "cats"},
        {"activation": "Tanh"},
        {"colour": "red"},
    ],
)
def test_what_cannot_be_changes_nothing(settings):
    e = w.Experiment()
    e.advance()
    before = dict(vars(e))
    with pytest.raises((ValueError, TypeError, KeyError)):
        e.change(**settings)
    assert vars(e) == before
