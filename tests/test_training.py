"""Sequential, evaluate, fit and history against loops written out by hand, to the last bit."""

import copy
import gc
import itertools
import json
import math
import pickle
import signal
import subprocess
import sys
import threading
from functools import partial

import numpy as np
import pytest
from conftest import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

import nn_from_scratch as nn
from nn_from_scratch.training import batches

N, BATCH = 23, 5  # five steps an epoch, the last one with three samples
STEPS = 5
SGD = nn.StochasticGradientDescent


def network_of(*parts, dtype=np.float32, seed=3):
    "Numbers become a chain of dense layers, with the activations between them."
    rng, layers, width = np.random.default_rng(seed), [], None
    for part in parts:
        if isinstance(part, int):
            if width is not None:
                layers.append(nn.DenseLayer(width, part, dtype=dtype, rng=rng))
            width = part
        else:
            layers.append(part())
    return nn.Sequential(*layers)


TASKS = {  # the loss, the layers, and what the targets are
    "fused softmax": (nn.SoftmaxCategoricalCrossEntropy, (2, 7, nn.ReLU, 3), "labels"),
    "fused sigmoid": (nn.SigmoidBinaryCrossEntropy, (2, 7, nn.Sigmoid, 1), "bits"),
    "softmax": (nn.CategoricalCrossEntropy, (2, 7, nn.ReLU, 3, nn.Softmax), "labels"),
    "softmax, rows": (nn.CategoricalCrossEntropy, (2, 6, nn.Sigmoid, 3, nn.Softmax), "rows"),
    "sigmoid": (nn.BinaryCrossEntropy, (2, 7, nn.ReLU, 1, nn.Sigmoid), "bits"),
    "squares": (nn.MeanSquaredError, (2, 7, nn.ReLU, 5, nn.Sigmoid, 2), "numbers"),
}


def task(name, dtype=np.float32, n=N, seed=8):
    "A fresh network, its loss, and data."
    loss, parts, kind = TASKS[name]
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 2)).astype(dtype)
    labels = rng.integers(0, 3, n)
    y = {
        "labels": labels,
        "rows": np.eye(3, dtype=dtype)[labels],
        "bits": (labels > 0).astype(np.int64)[:, None],
        "numbers": np.sin(3 * X).astype(dtype),
    }[kind]
    return network_of(*parts, dtype=dtype), loss(), X, y


def steps_by_hand(network, loss, optimizer, X, y, batch_size, rng, metric=None):
    "The loop of the lessons without end; after each step samples, loss and metric of the batch."
    fused = isinstance(loss, (nn.SoftmaxCategoricalCrossEntropy, nn.SigmoidBinaryCrossEntropy))
    while True:
        order = rng.permutation(len(X))
        for start in range(0, len(X), batch_size):
            rows = order[start : start + batch_size]
            A = X[rows]
            for layer in network.layers:
                A = layer.forward(A)
            value = loss.forward(A, y[rows])
            P = loss.output if fused else A
            G = loss.backward(P, y[rows])
            for layer in network.layers[::-1]:
                G = layer.backward(G)
            for layer in network.layers:
                if isinstance(layer, nn.DenseLayer):
                    optimizer.update_params(layer)
            yield len(rows), value, metric and metric.calculate(P, y[rows])


def means_by_hand(steps):
    "Loss and metric of an epoch over its samples."
    sizes, losses, metrics = zip(*steps, strict=True)
    found = [math.fsum(n * v for n, v in zip(sizes, losses, strict=True)) / sum(sizes)]
    if metrics[0] is not None:
        found.append(math.fsum(n * v for n, v in zip(sizes, metrics, strict=True)) / sum(sizes))
    return found


def trained(network, optimizer):
    "Weights, velocities, counts and rate."
    states = [optimizer.states.get(layer) for layer in network.layers]
    return frozen([network.parameters, states, optimizer.current_learning_rate])


def train(network, loss, optimizer, X, y, epochs=3, **more):
    "A quiet `fit` with the usual batches."
    more = {"batch_size": BATCH, "rng": np.random.default_rng(1), "progress": False} | more
    return nn.fit(network, loss, optimizer, X, y, epochs=epochs, **more)


@pytest.fixture
def ctrl_c():
    "A function that presses Ctrl-C; SIGINT as in a terminal, and afterwards as it was."
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda: signal.raise_signal(signal.SIGINT)
    signal.signal(signal.SIGINT, before)


class Pressing(nn.Accuracy):
    "A metric that calls a function when so many batches of a full size have been seen."

    def __init__(self, at, press):
        self.at, self.press, self.seen = at, press, 0

    def calculate(self, predictions, targets):
        self.seen += len(targets) > 1  # the checks at the beginning look at one row
        if self.seen == self.at and len(targets) > 1:
            self.press()
        return super().calculate(predictions, targets)


# Sequential --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_forward_and_backward_are_those_of_the_layers(name, dtype):
    network, loss, X, y = task(name, dtype)
    twins, A = copy.deepcopy(network.layers), X
    for layer in twins:
        A = layer.forward(A)
    output = network.forward(X)
    assert frozen(output) == frozen(A) and network.output is output
    loss.forward(output, y)
    slope = loss.backward(getattr(loss, "output", output), y)
    G = slope
    for layer in reversed(twins):
        G = layer.backward(G)
    assert frozen(network.backward(slope)) == frozen(G) == frozen(network.derivative_inputs)
    for layer, twin in zip(network.layers, twins, strict=True):
        assert frozen(layer) == frozen(twin)


ARCHITECTURES = [
    (3, 2),
    (2, 4, nn.Sigmoid, 3),
    (2, 4, nn.ReLU, 3, nn.Softmax),
    (2, 5, nn.ReLU, 4, nn.Sigmoid, 2),
    (2, 5, nn.Sigmoid, 4, nn.Softmax, 3, nn.Sigmoid),
    (nn.Sigmoid, 3, 1),
]


@pytest.mark.parametrize("parts", ARCHITECTURES, ids=str)
def test_gradients(parts):
    network = network_of(*parts)
    for array in network.parameters:
        array += 0.1
    rng = np.random.default_rng(5)
    X = rng.standard_normal((4, next(p for p in parts if isinstance(p, int))))
    errors = nn.check_gradients(network, X, rng=rng)
    assert len(errors) == 1 + len(network.parameters) and max(errors.values()) < 1e-6


class WithLoss:
    "A network with a loss at its end, as one layer with one output."

    def __init__(self, network, loss, y):
        self.network, self.loss, self.y = network, loss, y

    def forward(self, inputs):
        A = self.network.forward(inputs)
        self.value = np.array([[self.loss.forward(A, self.y)]])
        self.P = getattr(self.loss, "output", A)
        return self.value

    def backward(self, derivative_outputs):
        slope = self.network.backward(self.loss.backward(self.P, self.y))
        for layer in self.network.layers:
            if hasattr(layer, "weights"):
                layer.derivative_weights = layer.derivative_weights * derivative_outputs
                layer.derivative_biases = layer.derivative_biases * derivative_outputs
        return slope * derivative_outputs


@pytest.mark.parametrize("name", TASKS)
def test_gradients_through_every_loss(name):
    network, loss, X, y = task(name, np.float64, n=6)
    errors = nn.check_gradients(WithLoss(network, loss, y), X)
    assert len(errors) == 1 + len(network.parameters)


def test_predict_is_forward_in_batches():
    network, _, X, _ = task("fused softmax")
    whole = network.forward(X)
    assert frozen(network.predict(X)) == frozen(whole)
    for size in (1, 2, 7, N, N + 1):
        found = network.predict(X, batch_size=size)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, whole, rtol=1e-5, atol=1e-6)
        rows = [network.forward(X[s : s + size]) for s in range(0, N, size)]
        assert frozen(found) == frozen(np.concatenate(rows))
    assert network.predict(X[:0]).shape == (0, 3)
    assert network.predict(X.tolist()).shape == (N, 3)


def test_predict_never_sees_more_than_a_batch():
    seen = []

    class Spy(nn.ReLU):
        def forward(self, inputs):
            seen.append(len(inputs))
            return super().forward(inputs)

    nn.Sequential(Spy()).predict(np.ones((10, 2)), batch_size=4)
    assert seen == [4, 4, 2]


def test_predict_between_forward_and_backward():
    network, loss, X, y = task("softmax")
    twin = copy.deepcopy(network)
    slope = loss.backward(network.forward(X), y)
    before = frozen(network)
    network.predict(X[::-1] * 2, batch_size=4)
    assert frozen(network) == before
    twin.forward(X)
    assert frozen(network.backward(slope)) == frozen(twin.backward(slope))
    assert frozen(network.layers) == frozen(twin.layers)


@pytest.mark.parametrize("X", [np.ones((4, 3)), np.ones(2), 1.0, [["a", "b"]]], ids=str)
def test_predict_refuses(X):
    network = network_of(2, 3)
    with pytest.raises(ValueError):
        network.predict(X)
    with pytest.raises(ValueError, match="batch_size"):
        network.predict(np.ones((1, 2)), batch_size=0)


def dense(d, k):
    return nn.DenseLayer(d, k, rng=0)


SAME = nn.ReLU()
REFUSED = {
    "sizes": ((dense(2, 4), nn.ReLU(), dense(3, 1)), "layer 2 to have n_inputs 4.*got 3"),
    "a class": ((dense(2, 4), nn.ReLU), "layer 1 is"),
    "a number": ((dense(2, 4), 7), "layer 1 is 7"),
    "a list": (([dense(2, 4)],), "layer 0 is"),
    "the same": ((SAME, dense(2, 2), SAME), "layer 2 was there before"),
    "none": ((), "at least one layer"),
    "sizes inside": ((nn.Sequential(dense(2, 4)), dense(2, 4)), "layer 1 to have n_inputs 4"),
    "the same inside": ((SAME, nn.Sequential(SAME)), "layer 1 was there before"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_sequential_refuses(name):
    layers, text = REFUSED[name]
    with pytest.raises(ValueError, match=f"Sequential expects .*{text}"):
        nn.Sequential(*layers)


def test_an_inner_sequential_is_flattened():
    first, bend, last = dense(2, 4), nn.ReLU(), dense(4, 3)
    network = nn.Sequential(nn.Sequential(first, nn.Sequential(bend)), last)
    assert [id(layer) for layer in network.layers] == [id(first), id(bend), id(last)]
    arrays = [first.weights, first.biases, last.weights, last.biases]
    assert [id(array) for array in network.parameters] == [id(array) for array in arrays]


def test_the_table_counts():
    rows = repr(network_of(5, 8, nn.ReLU, 1300, nn.Softmax)).splitlines()
    assert len(rows) == 5
    assert str(5 * 8 + 8 + 0) in rows[1] and "DenseLayer" in rows[1] and "(n, 8)" in rows[1]
    assert "ReLU" in rows[2] and rows[2].split()[-1] == "0" and "(n, 8) -> (n, 8)" in rows[2]
    assert f"{8 * 1300 + 1300:,}" in rows[3] and "(n, 8) -> (n, 1300)" in rows[3]
    assert "Softmax" in rows[4] and f"{8 * 1300 + 1300 + 48:,} parameters" in rows[0]
    assert "(n, d) -> (n, d)" in repr(nn.Sequential(nn.ReLU()))


# evaluate ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TASKS)
def test_evaluate_is_the_mean_over_samples(name):
    network, loss, X, y = task(name, np.float64)
    X[-3:] *= 20  # the last batch is small and very different
    output = network.predict(X)
    whole = type(loss)()
    expected = whole.forward(output, y)
    for size in (1, 4, 5, 22, 23, 1000):
        found = nn.evaluate(network, loss, X, y, batch_size=size)
        assert list(found) == ["loss"]
        np.testing.assert_allclose(found["loss"], expected, rtol=1e-12)


def test_evaluate_with_a_metric():
    network, loss, X, y = task("fused softmax")
    y[-3:] = network.predict(X)[-3:].argmin(axis=1)
    right = network.predict(X).argmax(axis=1) == y
    found = nn.evaluate(network, loss, X, y, nn.Accuracy(), batch_size=5)
    assert list(found) == ["loss", "accuracy"]
    np.testing.assert_allclose(found["accuracy"], right.sum() / N, rtol=1e-14)
    network, loss, X, y = task("fused sigmoid")
    found = nn.evaluate(network, loss, X, y, nn.Accuracy())  # of probabilities, not of logits
    np.testing.assert_allclose(found["accuracy"], np.mean((network.predict(X) > 0) == y))


def test_evaluate_leaves_everything_as_it_was():
    network, loss, X, y = task("fused softmax")
    loss.forward(network.forward(X), y)
    before, data = frozen([network, loss]), frozen([X, y])
    nn.evaluate(network, loss, X[:7] * 3, y[:7], nn.Accuracy(), batch_size=2)
    assert frozen([network, loss]) == before and frozen([X, y]) == data
    fresh = type(loss)()
    nn.evaluate(network, fresh, X, y)
    assert vars(fresh) == {}


def test_evaluate_refuses():
    network, loss, X, y = task("fused softmax")
    with pytest.raises(ValueError, match="evaluate expects X and y with the same number of rows"):
        nn.evaluate(network, loss, X, y[:-1])
    with pytest.raises(ValueError, match="evaluate expects X and y"):
        nn.evaluate(network, loss, X[:0], y[:0])
    with pytest.raises(ValueError, match="batch_size"):
        nn.evaluate(network, loss, X, y, batch_size=0)
    with pytest.raises(ValueError, match="inputs"):
        nn.evaluate(network, loss, X[:, :1], y)


def test_evaluate_of_nan():
    "A metric need not understand predictions of nan: it is not asked."
    network, loss, X, y = task("fused softmax")
    X[2] = np.nan
    found = nn.evaluate(network, loss, X, y, nn.Accuracy(), batch_size=4)
    assert list(map(str, found.values())) == ["nan", "nan"]
    assert list(found) == ["loss", "accuracy"]
    for row in (2, 0):
        X[row] = np.nan
        with pytest.raises(FloatingPointError, match="in the data"):
            train(network, loss, SGD(0.1), X, y, metric=nn.Accuracy(), validation_data=(X, y))


def test_a_metric_is_named_after_its_class():
    class TopFive(nn.Accuracy):
        pass

    network, loss, X, y = task("fused softmax")
    assert list(nn.evaluate(network, loss, X, y, TopFive())) == ["loss", "top_five"]


# fit against the loop by hand --------------------------------------------------------------------


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


@pytest.mark.parametrize("kind", ["ours", "layer", "network", "object"])
def test_fit_leaves_out_only_the_slope_in_the_data(kind):
    "The same weights as with the whole backward, also where somebody brought one of their own."
    X, y = np.random.default_rng(3).standard_normal((40, 5)), np.arange(40) % 3
    networks = []
    for _ in range(2):
        rng = np.random.default_rng(4)
        first = (OwnBackward if kind == "layer" else nn.DenseLayer)(5, 6, rng=rng)
        if kind == "object":
            first.backward = partial(nn.DenseLayer.backward, first)
        made = OwnSequential if kind == "network" else nn.Sequential
        networks.append(made(first, nn.ReLU(), nn.DenseLayer(6, 3, rng=rng)))
    one, other = networks
    train(one, nn.SoftmaxCategoricalCrossEntropy(), SGD(0.1, 0.9), X, y)
    loss, optimizer = nn.SoftmaxCategoricalCrossEntropy(), SGD(0.1, 0.9)
    rng = np.random.default_rng(1)
    for X_batch, y_batch in (batch for _ in range(3) for batch in batches(X, y, BATCH, rng)):
        loss.forward(other.forward(X_batch), y_batch)
        other.backward(loss.backward(loss.output, y_batch))
        optimizer.update_params(other.layers[0])
        optimizer.update_params(other.layers[2])
    assert frozen(one.parameters) == frozen(other.parameters)
    assert (one.layers[0].derivative_inputs is None) == (kind == "ours")


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


# refusals ----------------------------------------------------------------------------------------

X_BAD = np.ones((N, 3), np.float32)
X_GOOD = np.ones((4, 2), np.float32)
BAD = {
    "no epochs": ({"epochs": 0}, "epochs to be a whole number >= 1, got 0"),
    "half an epoch": ({"epochs": 1.5}, "epochs"),
    "true epochs": ({"epochs": True}, "epochs"),
    "no batch": ({"batch_size": 0}, "batch_size"),
    "half a batch": ({"batch_size": 2.5}, "batch_size"),
    "rows": ({"y": np.zeros(N - 1, np.int64)}, "X and y with the same number of rows"),
    "no rows": ({"X": X_GOOD[:0], "y": []}, "X and y with the same number of rows"),
    "width": ({"X": X_BAD}, r"inputs \(n, 2\), got \(1, 3\)"),
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
    "network of layers": ({"network": [dense(2, 3)]}, "network with layers"),
    "a layer": ({"network": dense(2, 3)}, "network with layers"),
    "callback": ({"callbacks": [print, 3]}, "callbacks"),
    "a callback alone": ({"callbacks": print}, "callbacks"),
    "history": ({"history": {"loss": []}}, "history to be a History, got dict"),
    "other names": ({"history": nn.History({"loss": [1.0], "accuracy": [0.1]})}, "a history with"),
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


# numbers that are none ---------------------------------------------------------------------------


def last_finite(network, loss, optimizer, X, y, rng):
    "Steps by hand up to the first loss that is none: which step, and the weights before it."
    steps = steps_by_hand(network, loss, optimizer, X, y, BATCH, rng)
    good, now = None, copy.deepcopy(network.parameters)
    with np.errstate(all="ignore"):
        for count, (_, value, _) in enumerate(steps, start=1):
            if not math.isfinite(value):
                return count, good
            good, now = now, copy.deepcopy(network.parameters)


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
    twin = task("squares")[0]
    steps = steps_by_hand(twin, loss, SGD(0.1), X, y, BATCH, np.random.default_rng(1))
    order = np.random.default_rng(1).permutation(N).tolist()
    done = order.index(row) // BATCH  # steps before the one that meets it
    list(itertools.islice(steps, max(done - 1, 0)))
    with pytest.raises(FloatingPointError, match=f"epoch 1, step {done + 1}, .* in the data"):
        train(network, loss, SGD(0.1), X, y)
    assert frozen(network.parameters) == frozen(twin.parameters)


def test_nan_in_the_targets():
    network, loss, X, y = task("squares")
    y[3, 0] = np.nan
    with pytest.raises(FloatingPointError, match="in the data"):
        train(network, loss, SGD(0.1), X, y)


@pytest.mark.parametrize("where", [0, 1], ids=["X", "y"])
def test_nan_in_the_validation_data_alone(where):
    network, loss, X, y = task("squares")
    twin, _, X_val, y_val = task("squares")
    (X_val, y_val)[where][-1, 0] = np.nan
    optimizer, history = SGD(0.1, 0.9), nn.History()
    with pytest.raises(FloatingPointError, match="validation_loss is nan in epoch 1.*in the data"):
        train(network, loss, optimizer, X, y, validation_data=(X_val, y_val), history=history)
    assert history.epochs == 0
    steps = steps_by_hand(twin, loss, SGD(0.1, 0.9), X, y, BATCH, np.random.default_rng(1))
    list(itertools.islice(steps, STEPS - 1))
    assert frozen(network.parameters) == frozen(twin.parameters)
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
    list(itertools.islice(steps, STEPS * epoch - 1))
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


# Ctrl-C ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [1, 3, 6, 9])
def test_ctrl_c_in_an_epoch(ctrl_c, capsys, at):
    (network, loss, X, y), (twin, _, _, _) = task("fused softmax"), task("fused softmax")
    optimizer, hand, rng = SGD(0.1, 0.9), SGD(0.1, 0.9), np.random.default_rng(1)
    history = train(network, loss, optimizer, X, y, 50, metric=Pressing(at, ctrl_c), rng=rng)
    list(
        itertools.islice(steps_by_hand(twin, loss, hand, X, y, BATCH, np.random.default_rng(1)), at)
    )
    assert trained(network, optimizer) == trained(twin, hand)
    assert history.epochs == at // STEPS
    assert "Stopped by Ctrl-C" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    more = {"metric": Pressing(None, ctrl_c), "rng": rng, "history": history}
    assert train(network, loss, optimizer, X, y, 4, **more).epochs == 4


def test_ctrl_c_in_the_last_step_of_an_epoch_keeps_the_epoch(ctrl_c):
    network, loss, X, y = task("fused softmax")
    history = train(network, loss, SGD(0.1), X, y, 50, metric=Pressing(2 * STEPS, ctrl_c))
    assert history.epochs == 2


def test_ctrl_c_in_a_callback(ctrl_c):
    (network, loss, X, y), (twin, _, _, _) = task("fused softmax"), task("fused softmax")
    optimizer, hand, called = SGD(0.1, 0.9), SGD(0.1, 0.9), []

    def press(state):
        if state.epoch == 2:
            ctrl_c()

    callbacks = [press, lambda state: called.append(state.epoch)]
    history = train(network, loss, optimizer, X, y, 50, callbacks=callbacks)
    assert history.epochs == 2 and called == [1, 2]
    train(twin, loss, hand, X, y, 2)
    assert trained(network, optimizer) == trained(twin, hand)


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
        train(network, loss, SGD(0.1), X, y, metric=Pressing(3, twice))
    assert after == ["first"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert train(network, loss, SGD(0.1), X, y).epochs == 3


def test_switched_off_signals_stay_off(ctrl_c):
    network, loss, X, y = task("fused softmax")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    seen = []
    look = [lambda state: seen.append(signal.getsignal(signal.SIGINT))]
    assert (
        train(network, loss, SGD(0.1), X, y, metric=Pressing(2, ctrl_c), callbacks=look).epochs == 3
    )
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


# callbacks ---------------------------------------------------------------------------------------


def test_callbacks_are_called_in_order_with_one_state():
    network, loss, X, y = task("fused softmax")
    optimizer, rng, history = SGD(0.1), np.random.default_rng(0), nn.History()
    seen = []
    pair = [lambda s: seen.append(("a", s, s.epoch)), lambda s: seen.append(("b", s, s.epoch))]
    train(network, loss, optimizer, X, y, 2, rng=rng, history=history, callbacks=iter(pair))
    assert [(name, epoch) for name, _, epoch in seen] == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]
    (state,) = {id(s): s for _, s, _ in seen}.values()
    assert isinstance(state, nn.TrainingState) and state.network is network and state.rng is rng
    assert state.optimizer is optimizer and state.history is history and state.epochs == 2


def test_a_callback_stops_the_run():
    network, loss, X, y = task("fused softmax")
    seen = []

    def stop(state):
        state.stop = state.epoch == 2

    history = train(network, loss, SGD(0.1), X, y, 9, callbacks=[stop, seen.append])
    assert history.epochs == 2 == len(seen)


@given(
    losses=st.lists(st.integers(0, 5), min_size=1, max_size=12),
    patience=st.integers(1, 4),
    name=st.sampled_from(["loss", "validation_loss"]),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_early_stopping(losses, patience, name):
    "Against a count of epochs in a row without a new record."
    record, waited, best, expected = math.inf, 0, 0, None
    for epoch, value in enumerate(losses, start=1):
        record, waited, best = (value, 0, epoch) if value < record else (record, waited + 1, best)
        if waited == patience:
            expected = epoch
            break
    network, history = network_of(2, 3), nn.History()
    state = nn.TrainingState(network, SGD(), history, np.random.default_rng(0), len(losses))
    watch = nn.early_stopping(patience)
    for epoch, value in enumerate(losses, start=1):
        history.setdefault("loss", []).append(float(-epoch if name != "loss" else value))
        if name != "loss":
            history.setdefault(name, []).append(float(value))
        for array in network.parameters:
            array[...] = epoch
        watch(state)
        assert state.stop == (epoch == expected)
        if state.stop or epoch == len(losses):
            break
        assert all((array == epoch).all() for array in network.parameters)
    assert all((array == best).all() for array in network.parameters)


def test_early_stopping_in_a_run():
    "A rate that grows makes the loss worse from the third epoch on."
    network, loss, X, y = task("squares")
    optimizer, weights = SGD(0.05), []

    def spoil(state):
        weights.append(frozen(state.network.parameters))
        if state.epoch == 3:
            optimizer.learning_rate = 0.9

    more = {"validation_data": (X, y), "callbacks": [spoil, nn.early_stopping(3)]}
    history = train(network, loss, optimizer, X, y, 40, **more)
    best = int(np.argmin(history["validation_loss"])) + 1
    assert history.epochs == best + 3 < 40
    assert frozen(network.parameters) == weights[best - 1] != weights[-1]
    found = nn.evaluate(network, loss, X, y)["loss"]
    assert found == min(history["validation_loss"])


def test_early_stopping_when_another_callback_stops():
    network, loss, X, y = task("squares")
    weights = []

    def stop(state):
        weights.append(frozen(state.network.parameters))
        state.optimizer.learning_rate = 1.5
        state.stop = state.epoch == 4

    more = {"validation_data": (X, y), "callbacks": [stop, nn.early_stopping(30)]}
    history = train(network, loss, SGD(0.05), X, y, 40, **more)
    best = int(np.argmin(history["validation_loss"]))
    assert history.epochs == 4 and best < 3 and frozen(network.parameters) == weights[best]


def test_early_stopping_refuses():
    for patience in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match="patience"):
            nn.early_stopping(patience)


# History -----------------------------------------------------------------------------------------

NUMBERS = st.floats(allow_nan=False) | st.sampled_from([5e-324, -2.5e-310, 0.1 + 0.2, -0.0])


@given(data=st.data(), names=st.lists(st.text(max_size=5), unique=True, max_size=4))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_history_round_trip(data, names):
    length = data.draw(st.integers(0, 6))
    column = st.lists(NUMBERS, min_size=length, max_size=length)
    history = nn.History({name: data.draw(column) for name in names})
    ways = [copy.copy, copy.deepcopy, lambda h: pickle.loads(pickle.dumps(h))]
    for way in [*ways, lambda h: nn.History.from_json(h.to_json())]:
        found = way(history)
        assert type(found) is nn.History and list(found) == list(names)
        assert {k: np.array(v).tobytes() for k, v in found.items()} == {
            k: np.array(v, float).tobytes() for k, v in history.items()
        }
    assert history.epochs == (length if names else 0)


def test_a_history_of_nan_comes_back():
    text = nn.History({"loss": [math.nan, math.inf]}).to_json()
    assert list(map(str, nn.History.from_json(text)["loss"])) == ["nan", "inf"]


def test_a_copy_is_another():
    history = nn.History({"loss": [1.0]})
    deep = copy.deepcopy(history)
    deep["loss"].append(2.0)
    taken = nn.History(history)
    taken["loss"].append(3.0)
    assert history == {"loss": [1.0]}


@pytest.mark.parametrize(
    "lists",
    [{"a": [1], "b": [1, 2]}, {"a": 1}, {"a": ["x"]}, {"a": [None]}, [1], "text", 3, {"a": [[1]]}],
    ids=str,
)
def test_history_refuses(lists):
    with pytest.raises(ValueError, match="History expects lists of numbers"):
        nn.History(lists)


@pytest.mark.parametrize(
    "text",
    ["", "junk", "[1]", "{", '{"a": 1}', '{"a": [1], "b": []}', '{"a": ["x"]}', "null x", "7"]
    + ['{"a": "12"}', '{"a": {"1": 2}}', '{"a": [1' + "0" * 400 + "]}", "[" * 100_000],
    ids=lambda text: text[:12],
)
def test_junk_is_no_history(text):
    with pytest.raises(ValueError):
        nn.History.from_json(text)


def test_best():
    history = nn.History({"loss": [3, 1, 1], "accuracy": [0.5, 0.9, 0.9], "gain": [1, 2, 3]})
    assert history.best() == {"epoch": 2, "loss": 1.0, "accuracy": 0.9, "gain": 2.0}
    assert history.best("accuracy")["epoch"] == 2 and history.best("gain")["epoch"] == 3
    history = nn.History({"loss": [3, 2, 1], "validation_loss": [2, 1, 3], "mean_error": [2, 3, 1]})
    assert history.best()["epoch"] == 2
    assert history.best("loss")["epoch"] == 3 and history.best("mean_error")["epoch"] == 3
    with pytest.raises(ValueError, match="no epoch with accuracy; it has loss, validation_loss"):
        history.best("accuracy")
    with pytest.raises(ValueError, match="it has none"):
        nn.History().best()


def test_the_table_of_a_history():
    values = [abs(i - 17) + 0.5 for i in range(1, 41)]
    lines = nn.History({"loss": values})._repr_markdown_().splitlines()
    assert lines[0] == "| epoch | loss |" and lines[1] == "|---|---|"
    assert [line for line in lines if "**" in line] == ["| **17** | **0.5** |"]
    epochs = [int(line.split("|")[1].strip(" *")) for line in lines[2:]]
    assert epochs == sorted(set(epochs)) and len(epochs) <= 8
    assert epochs[0] == 1 and epochs[-1] == 40
    short = nn.History({"loss": [2, 1, 3]})._repr_markdown_().splitlines()
    assert short[2:] == ["| 1 | 2 |", "| **2** | **1** |", "| 3 | 3 |"]
    assert nn.History()._repr_markdown_().splitlines()[0] == "| epoch |"


def test_the_line_of_a_history():
    assert "without epochs" in repr(nn.History())
    line = repr(nn.History({"loss": [2, 1, 3]}))
    assert "3 epochs" in line and "epoch 2" in line and "loss 1" in line and "\n" not in line


# copies of network and optimizer -----------------------------------------------------------------


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
    del pair
    gc.collect()
    assert trained(other, its_optimizer) == trained(network, optimizer)
    assert len(its_optimizer.states) == 2
    train(network, loss, optimizer, X, y, 2, rng=np.random.default_rng(9))
    before = trained(network, optimizer)
    assert trained(other, its_optimizer) != before  # nothing is shared
    train(other, loss, its_optimizer, X, y, 2, rng=np.random.default_rng(9))
    assert trained(other, its_optimizer) == before
    del other
    gc.collect()
    assert len(its_optimizer.states) == 0 and len(optimizer.states) == 2


# progress ----------------------------------------------------------------------------------------


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


# batches -----------------------------------------------------------------------------------------


def test_batches_keep_pairs_and_cover_everything(rng):
    X, y = np.arange(50).reshape(25, 2), np.arange(25)
    seen = []
    for batch_X, batch_y in batches(X, y, 4, rng):
        assert len(batch_X) == len(batch_y) <= 4
        np.testing.assert_array_equal(batch_X, X[batch_y])
        seen += batch_y.tolist()
    assert sorted(seen) == list(range(25)) and seen != list(range(25))
    orders = [np.concatenate([b for _, b in batches(X, y, 25, g)]) for g in (rng, rng)]
    assert not np.array_equal(*orders)


def test_json_of_a_run_is_plain():
    network, loss, X, y = task("fused softmax")
    history = train(network, loss, SGD(0.1), X, y)
    assert json.loads(history.to_json()) == dict(history)
