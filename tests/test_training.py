"""Batches, a step, and `fit` against the loop written out by hand, to the last bit."""

import copy
import itertools
import math
import pickle
import signal
import subprocess
import sys
import threading
import traceback
import types
import typing
import warnings
from pathlib import Path

import numpy as np
import pytest
from helpers import (
    BATCH,
    SGD,
    STEPS,
    TASKS,
    N,
    Pressing,
    dense,
    frozen,
    means_by_hand,
    network_of,
    says,
    steps_by_hand,
    task,
    train,
    trained,
)

import nn_from_scratch as nn
from nn_from_scratch.training import batches

# By hand ------------------------------------------------------------------------------------------


def test_batches_are_all_rows_once_in_an_order_of_their_own():
    X, y = np.arange(46).reshape(23, 2), np.arange(23)
    found = list(batches(X, y, 5, 3))
    assert [len(rows) for rows, _ in found] == [5, 5, 5, 5, 3]
    order = np.concatenate([labels for _, labels in found])
    assert sorted(order.tolist()) == list(range(23)) and order.tolist() != list(range(23))
    np.testing.assert_array_equal(np.concatenate([rows for rows, _ in found]), X[order])
    np.testing.assert_array_equal(order, np.random.default_rng(3).permutation(23))
    rng = np.random.default_rng(3)
    first, second = (next(batches(X, y, 23, rng))[1].tolist() for _ in range(2))
    assert first == order.tolist() != second


def test_a_step_by_hand():
    "Loss and predictions of the batch before the update; and what is called before it."
    network, loss, X, y = task("fused softmax")
    twin, twin_loss, _, _ = task("fused softmax")
    optimizer, hand, called = SGD(0.1, 0.9), SGD(0.1, 0.9), []
    before = lambda: called.append(frozen(network.parameters))  # noqa: E731
    start = frozen(network.parameters)
    batch_loss, predictions = nn.train_step(network, loss, optimizer, X, y, before)
    value = twin_loss.forward(twin.forward(X), y)
    twin.backward(twin_loss.backward(twin_loss.output, y))
    for layer in twin.layers[::2]:
        hand.update_params(layer)
    assert batch_loss == value and called == [start]
    assert frozen(predictions) == frozen(twin_loss.output)
    assert trained(network, optimizer) == trained(twin, hand)


def test_the_predictions_of_a_step_are_the_output_where_a_loss_keeps_none():
    network, loss, X, y = task("squares")
    expected = network.forward(X).copy()
    _, predictions = nn.train_step(network, loss, SGD(0.1), X, y)
    assert frozen(predictions) == frozen(expected)


def test_a_step_of_nan_changes_nothing():
    network, loss, X, y = task("squares")
    X[0, 0], optimizer, called = np.nan, SGD(0.1), []
    before = frozen(network.parameters)
    found, P = nn.train_step(network, loss, optimizer, X, y, lambda: called.append(1))
    assert np.isnan(found) and np.isnan(P[0]).all() and called == [] == list(optimizer.states)
    assert frozen(network.parameters) == before


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("settings", [(0.1,), (0.05, 0.9), (0.1, 0.8, 0.05)], ids=str)
def test_fit_is_the_loop_by_hand(name, dtype, settings):
    network, loss, X, y = task(name, dtype)
    twin, twin_loss, _, _ = task(name, dtype)
    optimizer, twin_optimizer = SGD(*settings), SGD(*settings)
    rng, twin_rng = np.random.default_rng(4), np.random.default_rng(4)
    metric = None if name == "squares" else nn.Accuracy()
    data = frozen([X, y])
    history = train(network, loss, optimizer, X, y, 4, rng=rng, metric=metric)
    by_hand = steps_by_hand(twin, twin_loss, twin_optimizer, X, y, BATCH, twin_rng, metric)
    epochs = [means_by_hand(list(itertools.islice(by_hand, STEPS))) for _ in range(4)]
    assert trained(network, optimizer) == trained(twin, twin_optimizer)
    assert [array.dtype for array in network.parameters] == [dtype] * len(network.parameters)
    assert frozen(rng) == frozen(twin_rng) and frozen([X, y]) == data
    assert list(history) == (["loss"] if metric is None else ["loss", "accuracy"])
    np.testing.assert_allclose(list(zip(*history.values(), strict=True)), epochs, rtol=1e-12)
    assert all(type(value) is float for values in history.values() for value in values)


class OwnBackward(nn.DenseLayer):
    "A layer that adds weight decay to its gradient."

    def backward(self, derivative_outputs):
        super().backward(derivative_outputs)
        self.derivative_weights = self.derivative_weights + 0.1 * self.weights
        return self.derivative_inputs


class OwnSequential(nn.Sequential):
    "A network that adds weight decay to the gradient of its first layer."

    def backward(self, derivative_outputs):
        result = super().backward(derivative_outputs)
        self.layers[0].derivative_weights += 0.1 * self.layers[0].weights
        return result


@pytest.mark.parametrize(
    "kind", ["ours", "layer", "network", "layer object", "network object", "layer closure"]
)
def test_fit_leaves_out_only_the_slope_in_the_data(kind):
    """The same weights as with the whole backward, also where somebody brought one of their own.

    That is: by a subclass of the layer or of the network, or put on an object by hand.
    """
    X, y = np.random.default_rng(3).standard_normal((40, 5)), np.arange(40) % 3
    networks, brought = [], []
    for _ in range(2):
        rng = np.random.default_rng(4)
        first = (OwnBackward if kind == "layer" else nn.DenseLayer)(5, 6, rng=rng)
        made = OwnSequential if kind == "network" else nn.Sequential
        network = made(first, nn.ReLU(), nn.DenseLayer(6, 3, rng=rng))
        if kind == "layer closure":  # which knows this layer, and none of its copies

            def alone(G, first=first):
                brought.append(len(G))
                return nn.DenseLayer.backward(first, 2 * G)

            first.backward = alone
        elif "object" in kind:
            thing = first if kind == "layer object" else network

            def backward(self, G):
                brought.append(len(G))
                return type(self).backward(self, 2 * G)

            thing.backward = types.MethodType(backward, thing)
        networks.append(network)
    one, other = networks
    train(one, nn.SoftmaxCategoricalCrossEntropy(), SGD(0.1, 0.9), X, y)
    assert len(brought) == ("object" in kind or "closure" in kind) * 3 * 8
    loss, optimizer = nn.SoftmaxCategoricalCrossEntropy(), SGD(0.1, 0.9)
    rng = np.random.default_rng(1)
    for X_batch, y_batch in (batch for _ in range(3) for batch in batches(X, y, BATCH, rng)):
        loss.forward(other.forward(X_batch), y_batch)
        other.backward(loss.backward(loss.output, y_batch))
        optimizer.update_params(other.layers[0])
        optimizer.update_params(other.layers[2])
    assert frozen(one.parameters) == frozen(other.parameters)
    assert (one.layers[0].derivative_inputs is None) == (kind == "ours")


class Witness(np.ndarray):
    "Weights that write down who multiplies by them."

    seen: typing.ClassVar = []

    def __rmatmul__(self, other):
        frames = traceback.extract_stack()[:-1]
        ours = [f for f in frames if Path(f.filename).parent.name == "nn_from_scratch"]
        names = [f.name for f in ours if Path(f.filename).stem != "numerics"]  # quiet
        self.seen.append(names)
        return other @ np.asarray(self)


def test_four_frames_from_fit_to_the_product():
    "fit > train_step > Sequential.forward > DenseLayer.forward, as a traceback shows them."
    network, loss, X, y = task("fused softmax")
    network.layers[0].weights = network.layers[0].weights.view(Witness)
    Witness.seen.clear()
    train(network, loss, SGD(0.1), X, y, 1)
    assert Witness.seen[-1] == ["fit", "train_step", "forward", "forward"]
    assert Witness.seen.count(Witness.seen[-1]) == STEPS


def test_validation_figures_are_those_of_evaluate():
    network, loss, X, y = task("fused softmax")
    _, _, X_val, y_val = task("fused softmax", n=9, seed=77)
    found = []

    def look(state):
        found.append(nn.evaluate(state.network, loss, X_val, y_val, nn.Accuracy()))

    more = {"metric": nn.Accuracy(), "callbacks": [look]}
    history = train(network, loss, SGD(0.1, 0.9), X, y, validation_data=(X_val, y_val), **more)
    assert set(history) == {"loss", "accuracy", "validation_loss", "validation_accuracy"}
    assert history["validation_loss"] == [row["loss"] for row in found]
    assert history["validation_accuracy"] == [row["accuracy"] for row in found]
    assert len(set(history["validation_loss"])) == 3 == history.epochs
    without = task("fused softmax")[0]
    alone = train(without, loss, SGD(0.1, 0.9), X, y, metric=nn.Accuracy())
    assert alone == {name: history[name] for name in alone}  # looking changes nothing
    assert frozen(without.parameters) == frozen(network.parameters)


def test_batches_of_a_fixed_gradient_are_weighed():
    "With a rate too small to matter, the means on the way are those of the whole data."
    network, loss, X, y = task("fused softmax", np.float64)
    X[:3] *= 30
    expected = nn.evaluate(network, loss, X, y, nn.Accuracy())
    more = {"metric": nn.Accuracy(), "batch_size": 20}
    history = train(network, loss, SGD(1e-30), X, y, 2, **more)
    np.testing.assert_allclose(history["loss"], [expected["loss"]] * 2, rtol=1e-12)
    np.testing.assert_allclose(history["accuracy"], [expected["accuracy"]] * 2, rtol=1e-12)


def test_epochs_count_those_of_the_history():
    network, loss, X, y = task("fused softmax")
    twin, optimizer, rng = copy.deepcopy(network), SGD(0.1, 0.9, 0.01), np.random.default_rng(2)
    history = train(network, loss, optimizer, X, y, 2, rng=rng)
    again = train(network, loss, optimizer, X, y, 5, rng=rng, history=history)
    assert again is history and history.epochs == 5
    at_once = SGD(0.1, 0.9, 0.01)
    whole = train(twin, loss, at_once, X, y, 5, rng=np.random.default_rng(2))
    assert whole == history and trained(twin, at_once) == trained(network, optimizer)
    before = frozen([network, history, rng])
    train(network, loss, optimizer, X, y, 5, rng=rng, history=history)
    train(network, loss, optimizer, X, y, 1, rng=rng, history=history)
    assert frozen([network, history, rng]) == before


def test_the_generator_decides():
    runs = []
    for seed in (1, 1, 2):
        network, loss, X, y = task("fused softmax")
        history = train(network, loss, SGD(0.1), X, y, rng=seed)
        runs.append((frozen(network.parameters), history))
    assert runs[0] == runs[1] and runs[0] != runs[2]


@pytest.mark.parametrize("form", ["list", "read-only", "Fortran", "integers", "view"])
def test_forms_of_the_data(form):
    network, loss, X, y = task("fused softmax")
    X = (X * 3).round()  # so that integers hold them too
    plain = network_of(2, 7, nn.ReLU, 3)
    train(plain, loss, SGD(0.01, 0.5), X, y)
    if form == "read-only":
        X.setflags(write=False)
        y.setflags(write=False)
    X, y = {
        "list": lambda: (X.tolist(), y.tolist()),
        "read-only": lambda: (X, y),
        "Fortran": lambda: (np.asfortranarray(X), y),
        "integers": lambda: (X.astype(np.int16), y.astype(np.uint8)),
        "view": lambda: (np.repeat(X, 2, axis=0)[::2], np.repeat(y, 3)[::3]),
    }[form]()
    history = train(network, loss, SGD(0.01, 0.5), X, y, validation_data=(X, y))
    assert history.epochs == 3
    for array, other in zip(network.parameters, plain.parameters, strict=True):
        assert array.dtype == np.float32
        np.testing.assert_allclose(array, other, rtol=1e-4, atol=1e-5)


def test_batches_of_other_sizes():
    for size in (1, 7, N, 1000):
        (network, loss, X, y), (twin, _, _, _) = task("squares"), task("squares")
        optimizer, hand = SGD(0.05, 0.9), SGD(0.05, 0.9)
        train(network, loss, optimizer, X, y, 2, batch_size=size, rng=np.random.default_rng(4))
        by_hand = steps_by_hand(twin, loss, hand, X, y, size, np.random.default_rng(4))
        assert len(list(itertools.islice(by_hand, 2 * math.ceil(N / size))))
        assert trained(network, optimizer) == trained(twin, hand)


class MeanError:
    "A metric as a reader may write it: its numbers are those of NumPy, in float32."

    def calculate(self, predictions, targets):
        return np.abs(predictions - targets).mean()


def test_numbers_of_a_metric_become_floats(tmp_path):
    "A history of np.float32 could be written neither as JSON nor into a checkpoint."
    network, loss, X, y = task("squares")
    more = {"metric": MeanError(), "validation_data": (X, y)}
    history = train(
        network, loss, SGD(0.1), X, y, callbacks=[nn.checkpoint(tmp_path / "a")], **more
    )
    assert all(type(value) is float for values in history.values() for value in values)
    assert nn.History.from_json(history.to_json()) == history
    assert nn.load_checkpoint(tmp_path / "a").history == history


class Telling:
    "A callback that says its name whenever it is called."

    def __init__(self, name, told):
        self.name, self.told = name, told

    def __call__(self, state):
        self.told.append(f"{self.name} {state.epoch}")

    def begin(self, state):
        self.told.append(f"{self.name} begins")

    def end(self, state):
        self.told.append(f"{self.name} ends")


def test_callbacks_are_told_in_the_order_of_the_list():
    "At the beginning, after each epoch and at the end, which some of them may leave out."
    network, loss, X, y = task("squares")
    told = []
    callbacks = [Telling("a", told), lambda state: told.append("-"), Telling("b", told)]
    train(network, loss, SGD(0.1), X, y, 1, callbacks=callbacks)
    assert told == ["a begins", "b begins", "a 1", "-", "b 1", "a ends", "b ends"]


def test_the_state_of_a_run():
    network, rng = network_of(2, 3), np.random.default_rng(0)
    history = nn.History({"loss": [3.0, 2.0]})
    state = nn.TrainingState(network, SGD(0.1), history, rng, 7)
    assert (state.epoch, state.epochs, state.stop) == (2, 7, False)
    history.append({"loss": 1.0})
    assert state.epoch == 3
    with pytest.raises(TypeError, match="network"):
        nn.TrainingState()


def through_pickle(pair):
    return pickle.loads(pickle.dumps(pair))


@pytest.mark.parametrize("way", [copy.deepcopy, through_pickle])
@pytest.mark.parametrize("turned", [False, True])
def test_a_copied_pair_trains_on_alike(way, turned):
    network, loss, X, y = task("fused softmax")
    optimizer = SGD(0.1, 0.9, 0.05)
    train(network, loss, optimizer, X, y, 2)
    pair = way((optimizer, network) if turned else (network, optimizer))
    other, its_optimizer = pair[::-1] if turned else pair
    assert trained(other, its_optimizer) == trained(network, optimizer)
    assert len(its_optimizer.states) == 2
    train(network, loss, optimizer, X, y, 2, rng=np.random.default_rng(9))
    before = trained(network, optimizer)
    assert trained(other, its_optimizer) != before  # nothing is shared
    train(other, loss, its_optimizer, X, y, 2, rng=np.random.default_rng(9))
    assert trained(other, its_optimizer) == before
    assert len(optimizer.states) == len(its_optimizer.states) == 2  # not one layer of the other


# Broken twin --------------------------------------------------------------------------------------


def test_a_broken_layer_still_trains():
    "Which is why a run of `fit` proves nothing: the mask that is always true, and its check."

    class AlwaysTrue(nn.ReLU):
        def backward(self, derivative_outputs):
            return super().backward(derivative_outputs) * 0 + derivative_outputs

    _, loss, X, y = task("fused softmax")
    network = network_of(2, 7, AlwaysTrue, 3)
    history = train(network, loss, SGD(0.1, 0.9), X, y, 30)
    assert history["loss"][-1] < 0.9 * history["loss"][0]
    with pytest.raises(AssertionError, match="AlwaysTrue.backward is wrong"):
        nn.check_gradients(AlwaysTrue(), X)


# Extremes -----------------------------------------------------------------------------------------


def test_fit_where_numpy_is_made_to_raise():
    "A user who has switched all warnings into errors gets the same weights."
    runs = []
    for how in ("warn", "raise"):
        network, loss, X, y = task("softmax")
        X[:5] *= 60  # so that a softmax has probabilities too small for float32
        with np.errstate(all=how), warnings.catch_warnings():
            warnings.simplefilter("error")
            before = np.geterr()
            more = {"metric": nn.Accuracy(), "validation_data": (X, y)}
            history = train(network, loss, SGD(0.01, 0.9), X, y, **more)
            assert np.geterr() == before
        runs.append((frozen(network.parameters), dict(history)))
    assert runs[0] == runs[1]


def test_what_a_user_has_set_holds_in_callbacks():
    network, loss, X, y = task("fused softmax")
    seen = []
    with np.errstate(all="raise"):
        train(network, loss, SGD(0.1), X, y, 1, callbacks=[lambda _: seen.append(np.geterr())])
    assert set(seen[0].values()) == {"raise"}


def last_finite(network, loss, optimizer, X, y, rng):
    "Steps by hand up to the first loss that is none: which step, and the last weights copied."
    steps = steps_by_hand(network, loss, optimizer, X, y, BATCH, rng)
    copied = before = copy.deepcopy(network.parameters)
    with np.errstate(all="ignore"):
        for count, (_, value, _) in enumerate(steps):
            if not math.isfinite(value):
                return count + 1, copied
            if count % STEPS == 0 and all(np.isfinite(array).all() for array in before):
                copied = before
            before = copy.deepcopy(network.parameters)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("rate", [1e30, 1e12, 1e4])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_loss_of_nan(dtype, rate, momentum):
    _, loss, X, y = task("squares", dtype)
    network, twin = (network_of(2, 7, nn.ReLU, 5, nn.ReLU, 2, dtype=dtype) for _ in range(2))
    optimizer, history = SGD(rate, momentum, 0.01), nn.History()
    count, good = last_finite(twin, loss, SGD(rate, momentum, 0.01), X, y, np.random.default_rng(6))
    with pytest.raises(FloatingPointError) as caught:
        rng = np.random.default_rng(6)
        train(network, loss, optimizer, X, y, 400, rng=rng, history=history)
    text = str(caught.value)
    epoch, step = divmod(count - 1, STEPS)
    assert f"epoch {epoch + 1}, step {step + 1}," in text and "loss is" in text
    applied = rate / (1 + 0.01 * max(count - 2, 0))
    assert f"learning rate {applied:g}" in text and "data" not in text
    assert "\n" not in text
    assert frozen(network.parameters) == frozen(good)
    assert all(np.isfinite(array).all() for array in network.parameters)
    assert history.epochs == epoch
    velocities = [v for layer in network.layers for v in optimizer.states.get(layer, (0, {}))[1:]]
    assert not any(array.any() for each in velocities for array in each.values())
    for layer in network.layers:
        if count > 2 and layer in optimizer.states:
            assert optimizer.states[layer][0] == count - 1


def test_training_goes_on_with_a_smaller_rate():
    network, loss, X, y = task("fused softmax")
    optimizer, history = SGD(1e30, 0.9), nn.History()
    with pytest.raises(FloatingPointError, match="a learning rate ten times smaller"):
        train(network, loss, optimizer, X, y, 50, history=history)
    start = nn.evaluate(network, loss, X, y)["loss"]
    assert math.isfinite(start)
    with pytest.raises(FloatingPointError) as caught:
        train(*task("fused softmax")[:2], SGD(1e30, 0.9), X, y, 50)
    assert type(caught.value.history) is nn.History  # also where nobody passed one
    optimizer.learning_rate = 1e-3
    done = history.epochs
    train(network, loss, optimizer, X, y, done + 5, history=history)
    assert history.epochs == done + 5 and np.isfinite(history["loss"]).all()
    assert nn.evaluate(network, loss, X, y)["loss"] <= start


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 1, N - 1])
def test_nan_in_the_data(bad, row):
    network, loss, X, y = task("squares")
    X[row, 1] = bad
    before = frozen(network.parameters)
    order = np.random.default_rng(1).permutation(N).tolist()
    done = order.index(row) // BATCH  # steps before the one that meets it
    with pytest.raises(FloatingPointError, match=f"epoch 1, step {done + 1}, .* in the data"):
        train(network, loss, SGD(0.1), X, y)
    assert frozen(network.parameters) == before


def test_nan_in_the_targets():
    network, loss, X, y = task("squares")
    y[3, 0] = np.nan
    with pytest.raises(FloatingPointError, match="in the data"):
        train(network, loss, SGD(0.1), X, y)


def test_nan_in_data_and_validation_data():
    network, loss, X, y = task("fused softmax")
    for row in (2, 0):
        X[row] = np.nan
        with pytest.raises(FloatingPointError, match="in the data"):
            train(network, loss, SGD(0.1), X, y, metric=nn.Accuracy(), validation_data=(X, y))


@pytest.mark.parametrize("where", [0, 1], ids=["X", "y"])
def test_nan_in_the_validation_data_alone(where):
    network, loss, X, y = task("squares")
    _, _, X_val, y_val = task("squares")
    before = frozen(network.parameters)
    (X_val, y_val)[where][-1, 0] = np.nan
    optimizer, history = SGD(0.1, 0.9), nn.History()
    with pytest.raises(FloatingPointError, match="validation_loss is nan in epoch 1.*in the data"):
        train(network, loss, optimizer, X, y, validation_data=(X_val, y_val), history=history)
    assert history.epochs == 0
    assert frozen(network.parameters) == before
    assert train(network, loss, optimizer, X, y).epochs == 3


class Exploding(SGD):
    "Ruins an array at one of its updates."

    def __init__(self, at, name, value):
        super().__init__(0.1, 0.9)
        self.at, self.name, self.value, self.count = at, name, value, 0

    def update_params(self, layer):
        super().update_params(layer)
        self.count += 1
        if self.count == self.at:
            getattr(layer, self.name)[0, 0] = self.value


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["weights", "biases"])
@pytest.mark.parametrize("epoch", [1, 2])
def test_the_last_update_of_an_epoch_ruins_a_weight(value, name, epoch):
    (network, loss, X, y), (twin, _, _, _) = task("fused softmax"), task("fused softmax")
    optimizer, history = Exploding(2 * STEPS * epoch, name, value), nn.History()
    with pytest.raises(FloatingPointError, match=f"a weight is nan in epoch {epoch}"):
        train(network, loss, optimizer, X, y, history=history)
    steps = steps_by_hand(twin, loss, SGD(0.1, 0.9), X, y, BATCH, np.random.default_rng(1))
    list(itertools.islice(steps, STEPS * (epoch - 1)))
    assert frozen(network.parameters) == frozen(twin.parameters)
    assert history.epochs == epoch - 1
    for layer in (network.layers[0], network.layers[2]):
        assert not any(array.any() for array in optimizer.states[layer][1].values())


def test_infinite_weights_are_never_kept():
    "A sigmoid hides infinite weights: the loss stays finite, and yet the step was none."
    network, X, y = network_of(1, 1, nn.Sigmoid), np.ones((8, 1), np.float32), np.ones((8, 1), int)
    optimizer, history, before = SGD(0.1), nn.History(), frozen(network.parameters)

    def explode(state):
        state.optimizer.learning_rate = 1e39

    more = {"batch_size": 2, "callbacks": [explode], "history": history}
    with pytest.raises(FloatingPointError, match="epoch 2"):
        train(network, nn.BinaryCrossEntropy(), optimizer, X, y, **more)
    assert all(np.isfinite(array).all() for array in network.parameters)
    assert history.epochs == 1 and frozen(network.parameters) != before


@pytest.mark.parametrize("at", [1, 3, 6, 9])
def test_ctrl_c_in_an_epoch(ctrl_c, capsys, at):
    (network, _, X, y), (twin, loss, _, _) = task("fused softmax"), task("fused softmax")
    optimizer, hand, rng = SGD(0.1, 0.9), SGD(0.1, 0.9), np.random.default_rng(1)
    history = train(network, Pressing(at, ctrl_c), optimizer, X, y, 50, rng=rng)
    list(
        itertools.islice(steps_by_hand(twin, loss, hand, X, y, BATCH, np.random.default_rng(1)), at)
    )
    assert trained(network, optimizer) == trained(twin, hand)
    assert history.epochs == at // STEPS
    assert "Stopped by Ctrl-C" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert train(network, loss, optimizer, X, y, 4, rng=rng, history=history).epochs == 4


def test_ctrl_c_in_the_last_step_of_an_epoch_keeps_the_epoch(ctrl_c):
    network, _, X, y = task("fused softmax")
    history = train(network, Pressing(2 * STEPS, ctrl_c), SGD(0.1), X, y, 50)
    assert history.epochs == 2


def test_ctrl_c_in_a_callback(ctrl_c):
    (network, loss, X, y), (twin, _, _, _) = task("fused softmax"), task("fused softmax")
    optimizer, hand, called = SGD(0.1, 0.9), SGD(0.1, 0.9), []

    def press(state):
        if state.epoch == 2:
            ctrl_c()

    callbacks = [press, lambda state: called.append(state.epoch)]
    rng, twin_rng = np.random.default_rng(1), np.random.default_rng(1)
    history = train(network, loss, optimizer, X, y, 50, callbacks=callbacks, rng=rng)
    assert history.epochs == 2 and called == [1, 2]
    train(twin, loss, hand, X, y, 2, rng=twin_rng)
    assert trained(network, optimizer) == trained(twin, hand)
    assert frozen(rng) == frozen(twin_rng)  # no order of rows was drawn in vain


def test_the_handler_is_given_back(ctrl_c):
    network, loss, X, y = task("squares")

    def mine(number, frame):
        raise AssertionError("the handler of somebody else was called")

    signal.signal(signal.SIGINT, mine)
    seen = []
    look = [lambda state: seen.append(signal.getsignal(signal.SIGINT))]
    train(network, loss, SGD(0.1), X, y, 1, callbacks=look)
    assert seen[0] is not mine and signal.getsignal(signal.SIGINT) is mine
    train(network, loss, SGD(0.1), X, y, 5, callbacks=[lambda state: ctrl_c()])
    assert signal.getsignal(signal.SIGINT) is mine
    with pytest.raises(ZeroDivisionError):
        train(network, loss, SGD(0.1), X, y, callbacks=[lambda state: 1 / 0])
    assert signal.getsignal(signal.SIGINT) is mine
    X[0, 0] = np.nan
    with pytest.raises(FloatingPointError):
        train(network, loss, SGD(0.1), X, y)
    assert signal.getsignal(signal.SIGINT) is mine


def test_a_second_ctrl_c_interrupts_at_once(ctrl_c):
    network, loss, X, y = task("fused softmax")
    after = []

    def twice():
        ctrl_c()
        after.append("first")
        ctrl_c()
        after.append("second")

    with pytest.raises(KeyboardInterrupt):
        train(network, Pressing(3, twice), SGD(0.1), X, y)
    assert after == ["first"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert train(network, loss, SGD(0.1), X, y).epochs == 3


def test_switched_off_signals_stay_off(ctrl_c):
    network, _, X, y = task("fused softmax")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    seen = []
    look = [lambda state: seen.append(signal.getsignal(signal.SIGINT))]
    assert train(network, Pressing(2, ctrl_c), SGD(0.1), X, y, callbacks=look).epochs == 3
    assert seen == [signal.SIG_IGN] * 3 and signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_in_a_thread(ctrl_c):
    network, loss, X, y = task("fused softmax")
    found = []

    def look(state):
        found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(
        target=lambda: found.append(train(network, loss, SGD(0.1), X, y, callbacks=[look]))
    )
    thread.start()
    thread.join()
    assert found[:-1] == [signal.default_int_handler] * 3 and found[-1].epochs == 3


def test_quiet(capfd):
    network, loss, X, y = task("fused softmax")
    train(network, loss, SGD(0.1), X, y)
    assert capfd.readouterr() == ("", "")


def test_quiet_imports_nothing():
    code = """
import sys, numpy as np, nn_from_scratch as nn
network = nn.Sequential(nn.DenseLayer(2, 3, rng=0))
nn.fit(network, nn.SoftmaxCategoricalCrossEntropy(), nn.StochasticGradientDescent(),
       np.ones((4, 2)), [0, 1, 2, 0], epochs=2, batch_size=3, progress=False)
print(sorted({"tqdm", "matplotlib", "IPython"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]"] and done.stderr == ""


def test_a_bar(capfd):
    pytest.importorskip("tqdm")
    network, loss, X, y = task("fused softmax")
    history = train(network, loss, SGD(0.1), X, y, 2, progress=True)
    out, err = capfd.readouterr()
    assert (
        out == "" and f"{2 * STEPS}/{2 * STEPS}" in err and f"loss={history['loss'][-1]:.4g}" in err
    )
    train(network, loss, SGD(0.1), X, y, 4, progress=True, history=history)
    out, err = capfd.readouterr()
    assert f"{2 * STEPS}/{4 * STEPS}" in err and f"{4 * STEPS}/{4 * STEPS}" in err


def test_without_tqdm(monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    network, loss, X, y = task("fused softmax")
    assert train(network, loss, SGD(0.1), X, y, progress=True).epochs == 3
    assert capfd.readouterr() == ("", "")


# Float types --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_types_stay(dtype):
    "Of weights and velocities, whatever the type of the data."
    network, loss, X, y = task("squares", dtype)
    for given in (np.float32, np.float64):
        optimizer = SGD(0.1, 0.9)
        train(network, loss, optimizer, X.astype(given), y.astype(given))
        arrays = [
            *network.parameters,
            *(v for _, each in optimizer.states.values() for v in each.values()),
        ]
        assert {array.dtype for array in arrays} == {np.dtype(dtype)}


# Errors -------------------------------------------------------------------------------------------


X_BAD = np.ones((N, 3), np.float32)


X_GOOD = np.ones((4, 2), np.float32)


def of_a_run(lists):
    "A history of a run of `fit`, which knows the columns that are its own."
    history = nn.History(lists)
    history.memory["columns"] = list(lists)
    return history


BAD = {
    "no epochs": ({"epochs": 0}, "epochs to be a whole number >= 1, got 0"),
    "half an epoch": ({"epochs": 1.5}, "epochs"),
    "true epochs": ({"epochs": True}, "epochs"),
    "no batch": ({"batch_size": 0}, "batch_size"),
    "half a batch": ({"batch_size": 2.5}, "batch_size"),
    "rows": ({"y": np.zeros(N - 1, np.int64)}, "X and y with the same number of rows"),
    "no rows": ({"X": X_GOOD[:0], "y": []}, "X and y with the same number of rows"),
    "width": ({"X": X_BAD}, r"inputs \(n, 2\), got \(23, 3\)"),
    "one axis": ({"X": np.ones(N)}, r"inputs \(n, 2\)"),
    "labels of floats": ({"y": np.zeros(N)}, "targets to be integers"),
    "labels too large": ({"y": np.full(N, 3)}, "targets from 0 to 2"),
    "a label too large at the end": ({"y": np.r_[np.zeros(N - 1, int), 3]}, "targets from 0 to 2"),
    "a negative label at the end": ({"y": np.r_[np.zeros(N - 1, int), -1]}, "targets from 0 to 2"),
    "text": ({"X": [["a", "b"]] * N}, "X to be an array of real numbers"),
    "validation width": ({"validation_data": (np.ones((4, 3)), np.zeros(4, int))}, r"\(n, 2\)"),
    "validation rows": ({"validation_data": (X_GOOD, np.zeros(3, int))}, "validation_data of fit"),
    "validation label": ({"validation_data": (X_GOOD, np.array([0, 0, 0, 5]))}, "from 0 to 2"),
    "no pair": ({"validation_data": X_GOOD}, "validation_data to be a pair"),
    "a triple": ({"validation_data": (1, 2, 3)}, "validation_data to be a pair"),
    "metric class": ({"metric": nn.Accuracy}, "metric"),
    "metric function": ({"metric": len}, "metric with calculate"),
    "loss class": ({"loss": nn.MeanSquaredError}, "loss with forward"),
    "no loss": ({"loss": None}, "loss with forward"),
    "optimizer class": ({"optimizer": SGD}, "optimizer with update_params"),
    "network of layers": ({"network": [dense(2, 3)]}, "network to be a Sequential, got \\["),
    "a layer": ({"network": dense(2, 3)}, "network to be a Sequential, got <"),
    "callback": ({"callbacks": [print, 3]}, "callbacks"),
    "a callback alone": ({"callbacks": print}, "callbacks"),
    "history": ({"history": {"loss": []}}, "history to be a History, got dict"),
    "other names": ({"history": of_a_run({"loss": [1.0], "accuracy": [0.1]})}, "a history with"),
    "fewer names": ({"history": nn.History({"loss": [1.0]}), "metric": nn.Accuracy()}, "loss, acc"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_arguments_change_nothing(name):
    change, text = BAD[name]
    network, loss, X, y = task("fused softmax")
    optimizer, history, rng = SGD(0.1, 0.9), nn.History(), np.random.default_rng(3)
    train(network, loss, optimizer, X, y, 1, history=history, rng=rng)
    if "metric" in change and "history" not in change:
        history = nn.History()
    good = {"network": network, "loss": loss, "optimizer": optimizer, "X": X, "y": y, "epochs": 9}
    good |= {"batch_size": BATCH, "history": history, "rng": rng, "progress": False}
    if "validation_data" in change:
        good["history"] = history = nn.History()
    given = good | change

    def everything():
        states = [optimizer.states[layer] for layer in network.layers[::2]]
        return frozen([network, loss, states, given["history"], rng, X, y])

    before = everything()
    with pytest.raises(ValueError, match=text) as caught:
        nn.fit(**given)
    assert "\n" not in str(caught.value)
    assert everything() == before


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((np.ones(3), np.ones(2), 1), "batches expects X and y with the same number of rows"),
        (([], [], 1), "at least 1, got (0,) and (0,)"),
        ((np.ones(3), np.ones(3), 0), "batches expects batch_size to be a whole number >= 1"),
    ],
)
def test_batches_refuse_at_once(arguments, text):
    "When they are asked for, and not with the first batch."
    says(lambda: batches(*arguments), text)


class FailsAt(nn.ReLU):
    "A layer that raises at a call of one of its methods."

    def __init__(self, method):
        self.method = method

    def forward(self, inputs):
        if self.method == "forward":
            raise ValueError("forward fails")
        return super().forward(inputs)

    def backward(self, derivative_outputs):
        if self.method == "backward":
            raise ValueError("backward fails")
        return super().backward(derivative_outputs)


@pytest.mark.parametrize("method", ["forward", "backward"])
def test_a_row_is_tried_there_and_back_before_anything_changes(method):
    _, loss, X, y = task("fused softmax")
    network, optimizer = nn.Sequential(dense(2, 4), FailsAt(method), dense(4, 3)), SGD(0.1)
    rng, history = np.random.default_rng(3), nn.History()
    before = frozen([network, loss, rng, history])
    with pytest.raises(ValueError, match=f"{method} fails"):
        train(network, loss, optimizer, X, y, rng=rng, history=history)
    assert frozen([network, loss, rng, history]) == before and optimizer.states == {}


def test_the_row_that_is_tried_leaves_no_trace():
    "Neither an output nor a number drawn: copies are tried."

    class Noisy(nn.ReLU):
        def __init__(self, seed):
            self.rng, self.calls = np.random.default_rng(seed), 0

        def forward(self, inputs):
            self.calls += 1
            return super().forward(inputs) + self.rng.normal()

    _, loss, X, y = task("fused softmax")
    network = nn.Sequential(dense(2, 3), Noisy(5))
    train(network, loss, SGD(0.1), X, y, 1)
    fresh = np.random.default_rng(5)
    fresh.normal(size=STEPS)
    assert network.layers[1].calls == STEPS
    assert frozen(network.layers[1].rng) == frozen(fresh)
