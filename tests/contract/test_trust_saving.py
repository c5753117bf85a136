"""Ten parts of one's own, each trained, checked, predicted, evaluated, saved, loaded, resumed to
the bit, copied and pickled; what cannot be is refused before anything changed; forged files run
nothing.
"""

import copy
import math
import os
import pickle
import re
import signal
from concurrent.futures import ProcessPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

import nn_from_scratch as nn
from nn_from_scratch.files import read_archive, write_archive

SGD = nn.StochasticGradientDescent
F32 = np.float32


# Ten parts of one's own ---------------------------------------------------------------------------


class BatchNorm:
    parameter_names = ("gamma", "beta")

    def __init__(self, k):
        self.gamma, self.beta = np.ones((1, k), F32), np.zeros((1, k), F32)
        self.mean, self.variance = np.zeros((1, k), F32), np.ones((1, k), F32)

    def forward(self, inputs):
        mean, variance = inputs.mean(0, keepdims=True), inputs.var(0, keepdims=True)
        self.mean = 0.9 * self.mean + 0.1 * mean
        self.variance = 0.9 * self.variance + 0.1 * variance
        self.scale = 1 / np.sqrt(variance + 1e-5)
        self.z = (inputs - mean) * self.scale
        return self.z * self.gamma + self.beta

    def predict(self, inputs):
        return (inputs - self.mean) / np.sqrt(self.variance + 1e-5) * self.gamma + self.beta

    def backward(self, G):
        self.derivative_gamma = (G * self.z).sum(0, keepdims=True)
        self.derivative_beta = G.sum(0, keepdims=True)
        D = G * self.gamma
        return self.scale * (D - D.mean(0) - self.z * (D * self.z).mean(0))


class Dropout:
    def __init__(self, rate, rng=None):
        self.rate, self.rng = rate, np.random.default_rng(rng)

    def forward(self, inputs):
        kept = self.rng.random(inputs.shape) >= self.rate
        self.mask = kept.astype(inputs.dtype) / (1 - self.rate)
        return inputs * self.mask

    def predict(self, inputs):
        return inputs

    def backward(self, G):
        return G * self.mask.astype(G.dtype)


class Leaky(nn.ReLU):
    parameter_names = ("alpha",)

    def __init__(self):
        self.alpha = np.full((1, 1), 0.1, F32)

    def forward(self, inputs):
        self.inputs = inputs
        return np.where(inputs > 0, inputs, self.alpha * inputs)

    def backward(self, G):
        self.derivative_alpha = (G * np.where(self.inputs > 0, 0, self.inputs)).sum().reshape(1, 1)
        return G * np.where(self.inputs > 0, 1, self.alpha)


class Residual:
    def __init__(self, *layers):
        self.layers = layers  # a tuple: it must not come back as a list

    def forward(self, inputs):
        A = inputs
        for layer in self.layers:
            A = layer.forward(A)
        return inputs + A

    def backward(self, G):
        D = G
        for layer in reversed(self.layers):
            D = layer.backward(D)
        return G + D


class Divided(nn.Sequential):
    def __init__(self, by, *layers):
        super().__init__(*layers)
        self.by = by

    def forward(self, inputs):
        return super().forward(np.asarray(inputs) / self.by)

    def backward(self, G):
        return super().backward(G) / self.by


class NoBiases:
    parameter_names = ("weights",)

    def __init__(self, d, k, rng):
        self.weights = (0.3 * np.random.default_rng(rng).standard_normal((d, k))).astype(F32)

    def forward(self, inputs):
        self.inputs = np.asarray(inputs, self.weights.dtype)
        return self.inputs @ self.weights

    def backward(self, G):
        self.derivative_weights = self.inputs.T @ G
        return G @ self.weights.T


class Huber:
    "Squares near the target and straight lines far from it, on the logits of one-hot rows."

    def forward(self, predictions, targets):
        E = np.abs(np.asarray(predictions) - np.eye(2)[targets])
        return float(np.where(E < 1, 0.5 * E**2, E - 0.5).mean())

    def backward(self, predictions, targets):
        E = np.asarray(predictions) - np.eye(2)[targets]
        self.derivative_inputs = (np.clip(E, -1, 1) / E.size).astype(np.asarray(predictions).dtype)
        return self.derivative_inputs


class Shrinking(SGD):
    "Weight decay, clipping, and a count of its own by layer."

    def __init__(self, learning_rate, l2):
        super().__init__(learning_rate, 0.9)
        self.l2, self.steps = l2, {}

    def update_params(self, layer):
        for name in layer.parameter_names:
            gradient = getattr(layer, f"derivative_{name}") + self.l2 * getattr(layer, name)
            setattr(layer, f"derivative_{name}", np.clip(gradient, -1, 1))
        self.steps[layer] = self.steps.get(layer, 0) + 1
        super().update_params(layer)


class F1:
    def calculate(self, predictions, targets):
        said, right = np.argmax(predictions, axis=1), np.asarray(targets)
        both = np.sum((said == 1) & (right == 1))
        return 2 * both / max(1, np.sum(said == 1) + np.sum(right == 1))


class HalveOnPlateau:
    "Keeps a column, and what it remembers in the history's memory."

    def __call__(self, state):
        known = state.history.memory.setdefault("halve_on_plateau", {"waited": 0, "times": []})
        best = state.history.best()["epoch"] == state.epoch
        known["waited"] = 0 if best else known["waited"] + 1
        if known["waited"] == 2:
            state.optimizer.learning_rate /= 2
            known["times"].append((state.epoch, state.optimizer.learning_rate))
            known["waited"] = 0
        state.history.setdefault("rate", []).append(state.optimizer.learning_rate)


def dense(rng, d, k):
    return nn.DenseLayer(d, k, rng=rng)


def plain(rng):
    return nn.Sequential(dense(rng, 4, 8), nn.ReLU(), dense(rng, 8, 2))


def with_part(make, before=8, after=8):
    "A network with the part in the middle."
    return lambda rng: nn.Sequential(
        dense(rng, 4, before), make(rng), nn.Sigmoid(), dense(rng, after, 2)
    )


def residual(rng):
    return Residual(nn.Sequential(dense(rng, 8, 8), Leaky()), nn.Sigmoid())


PARTS = {
    "batch norm": {"network": with_part(lambda rng: BatchNorm(8)), "layers": [BatchNorm]},
    "dropout": {"network": with_part(lambda rng: Dropout(0.3, rng)), "layers": [Dropout]},
    "leaky ReLU": {"network": with_part(lambda rng: Leaky()), "layers": [Leaky]},
    "residual block": {"network": with_part(residual), "layers": [Residual, Leaky]},
    "subclass of Sequential": {
        "network": lambda rng: Divided(2.0, dense(rng, 4, 8), nn.ReLU(), dense(rng, 8, 2)),
        "layers": [Divided],
    },
    "no biases": {
        "network": with_part(lambda rng: NoBiases(8, 5, rng), 8, 5),
        "layers": [NoBiases],
    },
    "loss": {"loss": Huber},
    "optimizer": {"optimizer": lambda: Shrinking(0.1, 1e-3), "of": Shrinking},
    "metric": {"metric": F1},
    "callback": {"callbacks": lambda: [HalveOnPlateau()]},
}
each = pytest.mark.parametrize("name", PARTS)
DATA = np.random.default_rng(3).standard_normal((90, 4))
X, X_new = DATA[:60], DATA[60:]
y, y_new = ((part[:, 0] * part[:, 1] > 0).astype(int) for part in (X, X_new))


def begin(name="", seed=0):
    "A run that has not begun, with the part of this name."
    part, rng = PARTS.get(name, {}), np.random.default_rng(seed)
    return SimpleNamespace(
        network=part.get("network", plain)(rng),
        loss=part.get("loss", nn.SoftmaxCategoricalCrossEntropy)(),
        optimizer=part.get("optimizer", lambda: SGD(0.1, 0.9))(),
        metric=part.get("metric", nn.Accuracy)(),
        callbacks=part.get("callbacks", list)(),
        history=nn.History(),
        rng=rng,  # a dropout draws from it too
    )


def go_on(run, epochs, callbacks=(), **more):
    arguments = {"batch_size": 16, "validation_data": (X_new, y_new), "progress": False} | more
    return nn.fit(
        run.network, run.loss, run.optimizer, X, y, epochs=epochs, metric=run.metric, rng=run.rng,
        history=run.history, callbacks=[*run.callbacks, *callbacks], **arguments,
    )  # fmt: skip


def load(path, name):
    "What `load_checkpoint` gives, with what a checkpoint does not hold."
    part, run = PARTS.get(name, {}), begin(name)
    state = nn.load_checkpoint(path, layers=part.get("layers", ()), optimizer=part.get("of"))
    run.network, run.optimizer = state.network, state.optimizer
    run.history, run.rng = state.history, state.rng
    return run


def bits(run):
    "Weights, predictions, history, best weights, rate and the next draw, to the last bit."
    best = run.history.memory.get("early_stopping", {"weights": []})["weights"]
    arrays = [*run.network.parameters, run.network.predict(X), *best]
    rng = copy.deepcopy(run.rng).random(3).tolist()
    settings = {n: v for n, v in vars(run.optimizer).items() if n not in ("states", "steps")}
    memory = {k: v for k, v in run.history.memory.items() if k != "early_stopping"}
    said = [(a.dtype.str, a.shape, a.tobytes()) for a in arrays]
    states = [
        (t, {k: v.tobytes() for k, v in each.items()}) for t, each in run.optimizer.states.values()
    ]
    return said, dict(run.history), memory, settings, states, rng


@each
def test_trained(name):
    run = begin(name)
    before = [array.copy() for array in run.network.parameters]
    history = go_on(run, 8)
    assert history["loss"][-1] < history["loss"][0]
    moved = [not np.array_equal(*pair) for pair in zip(before, run.network.parameters, strict=True)]
    assert all(moved) and len(moved) >= 4


@each
def test_checked(name):
    run = begin(name)
    for layer in run.network.layers:
        if type(layer) in PARTS[name].get("layers", ()) and not isinstance(layer, Dropout):
            found = nn.check_gradients(layer, np.random.default_rng(8).standard_normal((5, 8)))
            assert len(found) > len(getattr(layer, "parameter_names", ()))
    if name == "subclass of Sequential":
        assert len(nn.check_gradients(run.network, X[:5])) == 5
    if name == "dropout":
        nn.check_gradients(Dropout(0.0), X[:5])
    if name == "loss":
        nn.check_gradients(run.loss, X[:5, :2], y[:5])


@each
def test_predicted_and_evaluated(name):
    run = begin(name)
    go_on(run, 3)
    A = X_new / run.network.by if name == "subclass of Sequential" else X_new
    for layer in run.network.layers:
        A = (layer.predict if hasattr(layer, "predict") else layer.forward)(A)
    before = bits(run)
    for size in (1, 7, 1024):
        np.testing.assert_allclose(run.network.predict(X_new, size), A, rtol=2e-5, atol=1e-6)
    scores = nn.evaluate(run.network, run.loss, X_new, y_new, run.metric)
    np.testing.assert_allclose(scores["loss"], run.loss.forward(A, y_new), rtol=1e-5)
    kept = getattr(run.loss, "output", A)
    right = run.metric.calculate(kept, y_new)
    assert list(scores.values())[1] == right == run.history[f"validation_{list(scores)[1]}"][-1]
    assert bits(run) == before


@each
def test_saved_and_loaded(name, tmp_path):
    run, path = begin(name), tmp_path / "model.npz"
    go_on(run, 3)
    nn.save_model(path, run.network)
    layers = PARTS[name].get("layers", [])
    found = nn.load_model(path, layers=layers)
    assert type(found) is type(run.network)
    assert np.array_equal(found.predict(X_new), run.network.predict(X_new))
    for size in (60, 7):  # in training too, draws and all
        assert np.array_equal(found.forward(X[:size]), run.network.forward(X[:size]))
    if layers:
        names = ", ".join(sorted(kind.__name__ for kind in layers))
        with pytest.raises(ValueError, match=re.escape(f"load_model(path, layers=[{names}])")):
            nn.load_model(path)


@each
def test_resumed_to_the_bit(name, tmp_path):
    whole, path = begin(name), tmp_path / "run.npz"
    go_on(whole, 9, [nn.early_stopping(30, restore=False)])
    go_on(begin(name), 4, [nn.early_stopping(30, restore=False), nn.checkpoint(path)])
    run = load(path, name)
    go_on(run, 9, [nn.early_stopping(30, restore=False)])
    assert bits(run) == bits(whole) and run.history.epochs == 9


@each
@pytest.mark.parametrize("how", [copy.deepcopy, lambda run: pickle.loads(pickle.dumps(run))])
def test_copied_and_pickled(name, how):
    run = begin(name)
    go_on(run, 3)
    twin = how(run)
    assert bits(twin) == bits(run)
    go_on(twin, 6)
    assert bits(twin) != bits(run)
    go_on(run, 6)
    assert bits(twin) == bits(run)


def test_a_file_needs_the_optimizer_too(tmp_path):
    path = tmp_path / "run.npz"
    run = begin("batch norm")
    run.optimizer = Shrinking(0.1, 1e-3)
    go_on(run, 1, [nn.checkpoint(path)])
    call = "load_checkpoint(path, layers=[BatchNorm], optimizer=Shrinking)"
    for more in ({}, {"layers": [BatchNorm]}, {"optimizer": Shrinking}):
        with pytest.raises(ValueError, match=re.escape(call)) as caught:
            nn.load_checkpoint(path, **more)
        assert "\n" not in str(caught.value)
    assert type(nn.load_checkpoint(path, [BatchNorm], Shrinking).optimizer) is Shrinking


# What was silently wrong --------------------------------------------------------------------------


def test_a_block_is_not_taken_apart():
    network = nn.Sequential(Residual(nn.ReLU()), nn.Sequential(nn.ReLU()))
    assert len(network.layers) == 2 and type(network.layers[0]) is Residual
    network = nn.Sequential(Residual(nn.ReLU()))
    for found in (network.forward([[1.0, -2.0]]), network.predict([[1.0, -2.0]])):
        assert np.array_equal(found, [[2, -2]])


def test_a_layer_inside_under_another_name_is_refused_by_name():
    class Hidden(Residual):
        def __init__(self, layer):
            self.inner = layer
            self.layers = ()

    network = nn.Sequential(dense(0, 4, 2), Hidden(dense(0, 2, 2)))
    before = [array.copy() for array in network.parameters]
    run = begin()
    run.network = network
    with pytest.raises(ValueError, match="Hidden expects layers with parameters .* not in .inner"):
        go_on(run, 1)
    assert all(map(np.array_equal, before, network.parameters)) and run.history.epochs == 0


def test_the_table_counts_what_is_learned():
    class Convolution(NoBiases):
        def __init__(self):
            self.weights = np.zeros((3, 1, 2, 2), F32)

    network = nn.Sequential(dense(0, 4, 8), BatchNorm(8), residual(0), NoBiases(8, 2, 1))
    lines = repr(network).splitlines()
    assert [int(line.split()[-1]) for line in lines[1:]] == [40, 16, 73, 16]
    assert "145 parameters" in lines[0] and "(n, 8) -> (n, 2)" in lines[4]
    line = repr(nn.Sequential(Convolution())).splitlines()[1]
    assert line.split()[-1] == "12" and "…" in line


def test_dropout_is_off_outside_training():
    network = nn.Sequential(Dropout(0.5, 1))
    ones = np.ones((4, 50))
    assert np.array_equal(network.predict(ones), ones)
    assert not np.array_equal(network.forward(ones), ones)
    loss = nn.MeanSquaredError()
    assert (
        nn.evaluate(network, loss, ones, ones)["loss"]
        == 0
        < loss.forward(network.forward(ones), ones)
    )


# What belongs together stays together -------------------------------------------------------------


def test_a_generator_that_two_layers_share_is_one(tmp_path):
    rng = np.random.default_rng(2)
    network = nn.Sequential(Dropout(0.5, rng), Residual(Dropout(0.5, rng)), Dropout(0.5, 3))
    nn.save_model(tmp_path / "a", network)
    first, second, third = nn.load_model(tmp_path / "a", [Dropout, Residual]).layers
    assert first.rng is second.layers[0].rng is not third.rng


class Skip:
    "Adds what another layer of the network gave."

    def __init__(self, other):
        self.other, self.factor = other, np.sqrt(2)  # a float64 number, whose type counts

    def forward(self, inputs):
        return self.factor * (inputs + self.other.output)

    def backward(self, G):
        return self.factor * G


def test_layers_that_know_each_other(tmp_path):
    layers = [nn.ReLU(), nn.ReLU()]
    for network, at in (
        (nn.Sequential(layers[0], Skip(layers[0])), (1, 0)),
        (nn.Sequential(Skip(layers[1]), layers[1]), (0, 1)),  # one that comes later
    ):
        nn.save_model(tmp_path / "a", network)
        found = nn.load_model(tmp_path / "a", layers=[Skip])
        skip, other = (found.layers[i] for i in at)
        assert skip.other is other and type(skip.factor) is np.float64


def test_arrays_that_are_shared(tmp_path):
    tied = nn.Sequential(nn.DenseLayer(3, 3, rng=0), nn.DenseLayer(3, 3, rng=0))
    tied.layers[1].weights = tied.layers[0].weights
    with pytest.raises(ValueError, match="save_model expects each array in one place, 1.weights"):
        nn.save_model(tmp_path / "a", tied)
    own = NoBiases(3, 3, 0)
    own.weights = tied.layers[0].weights
    nn.save_model(tmp_path / "a", nn.Sequential(tied.layers[0], own))
    first, second = nn.load_model(tmp_path / "a", [NoBiases]).layers
    assert first.weights is second.weights
    own.row = own.weights[0]
    with pytest.raises(ValueError, match="parameters that share no memory, 1.row shares some"):
        nn.save_model(tmp_path / "b", nn.Sequential(tied.layers[0], own))
    assert not (tmp_path / "b").exists()


def test_an_optimizer_in_an_optimizer(tmp_path):
    run = begin()
    run.optimizer = Averaging(SGD(0.1, 0.9))
    run.optimizer.update_params(trained_elsewhere())
    go_on(run, 2, [nn.checkpoint(tmp_path / "a")])
    found = nn.load_checkpoint(tmp_path / "a", optimizer=Averaging).optimizer
    assert type(found.inner) is SGD and len(found.inner.states) == len(found.means) == 2
    ours = [run.optimizer.means[layer] for layer in run.network.trained]
    assert all(map(np.array_equal, found.means.values(), ours))


class Averaging:
    "A mean of the weights along the way of another optimizer."

    def __init__(self, inner):
        self.inner, self.means = inner, {}

    def update_params(self, layer):
        self.inner.update_params(layer)
        mean = self.means.get(layer, layer.weights)
        self.means[layer] = 0.9 * mean + 0.1 * layer.weights


def trained_elsewhere():
    "A layer of another network, after a backward."
    layer = nn.DenseLayer(2, 2, rng=0)
    layer.forward(np.ones((3, 2)))
    layer.backward(np.ones((3, 2)))
    return layer


# Lost work ----------------------------------------------------------------------------------------


def cosine(e):
    return 0.05 * (1 + math.cos(math.pi * e / 5))


@pytest.mark.parametrize("late", [False, True])
def test_a_schedule_that_ends_at_zero_is_saved(tmp_path, late):
    path, run = tmp_path / "run.npz", begin()
    go_on(run, 6, [nn.schedule(cosine), nn.checkpoint(path)][:: -1 if late else 1])
    state = nn.load_checkpoint(path)
    assert state.epoch == 6 and state.optimizer.learning_rate == 0
    assert state.optimizer.learning_rate == run.optimizer.learning_rate


@pytest.mark.parametrize("value", [-0.1, np.float32(-1), math.nan, math.inf, "0.1", None, True])
def test_a_rate_is_looked_at_when_it_is_set(value):
    optimizer = SGD(0.1)
    with pytest.raises(ValueError, match="learning_rate >= 0"):
        optimizer.learning_rate = value
    assert optimizer.learning_rate == 0.1


@pytest.mark.parametrize("late", [False, True])
def test_a_column_of_ones_own(tmp_path, late):
    path = tmp_path / "run.npz"

    def note(state):
        state.history.setdefault("norm", []).append(float(state.epoch))

    def order(callbacks):
        return callbacks[::-1] if late else callbacks

    whole = begin()
    go_on(whole, 6, order([note, nn.checkpoint(path)]))
    go_on(begin(), 3, order([note, nn.checkpoint(path)]))
    run = load(path, "")
    assert run.history["norm"] == [1, 2, 3][: 2 if late else 3]
    go_on(run, 6, [note])
    assert run.history["loss"] == whole.history["loss"] and run.history["norm"][-1] == 6


def test_a_rate_of_numpy(tmp_path):
    path, whole, run = tmp_path / "run.npz", begin(), begin()
    for each in (whole, run):
        each.optimizer.learning_rate = np.float32(0.05)
    go_on(whole, 6)
    go_on(run, 3, [nn.checkpoint(path)])
    run = load(path, "")
    go_on(run, 6)
    assert bits(run) == bits(whole) and type(run.optimizer.learning_rate) is float


def hang(part, name, value):
    setattr(part, name, value)


UNSAVED = {
    "a function": (
        lambda run: hang(run.network.layers[1], "curve", math.sin),
        "1.curve is a builtin",
    ),
    "bytes": (lambda run: hang(run.network.layers[1], "log", b"text"), "1.log is a bytes"),
    "a masked array": (
        lambda run: hang(run.network.layers[1], "m", np.ma.ones(3)),
        "1.m is a Mask",
    ),
    "a set": (lambda run: hang(run.optimizer, "seen", {1}), "optimizer.seen is a set"),
    "objects": (lambda run: hang(run.network.layers[1], "o", np.array([None])), "1.o is a ndarray"),
    "memory": (lambda run: run.history.memory.update(mine=print), "memory.mine is a builtin"),
    "a layer of ours with more": (
        lambda run: hang(run.network.layers[0], "forward", run.network.layers[0].forward),
        "layer 0 to be a mere DenseLayer, it has ['forward']",
    ),
}


@pytest.mark.parametrize("name", UNSAVED)
def test_what_cannot_be_saved_is_refused_before_the_first_epoch(tmp_path, name):
    run, path = begin("batch norm"), tmp_path / "run.npz"
    spoil, text = UNSAVED[name]
    spoil(run)
    before = [array.copy() for array in run.network.parameters]
    with pytest.raises(ValueError, match=re.escape(text)) as caught:
        go_on(run, 3, [nn.checkpoint(path)])
    assert str(caught.value).startswith("checkpoint expects ")
    assert run.history.epochs == 0 and not path.exists()
    assert all(map(np.array_equal, before, run.network.parameters))
    if name not in ("a set", "memory"):
        with pytest.raises(ValueError, match=re.escape(text)):
            nn.save_model(path, run.network)
        assert not path.exists()


class ById:
    "Momentum that finds its velocities by numbers that are others in the next run."

    def __init__(self):
        self.velocities = {}

    def key(self, layer):
        return id(layer)

    def update_params(self, layer):
        for name in layer.parameter_names:
            known, slope = self.velocities.setdefault(self.key(layer), {}), f"derivative_{name}"
            known[name] = 0.9 * known.get(name, 0) - 0.1 * getattr(layer, slope)
            parameter = getattr(layer, name)
            parameter += known[name]


class ByLayer(ById):
    "By the layer itself."

    def key(self, layer):
        return layer


def test_velocities_by_the_id_of_a_layer_are_refused(tmp_path):
    "Nobody would find them when they come back; by the layer itself, they go on."
    path, run, whole = tmp_path / "run.npz", begin(), begin()
    run.optimizer = ById()
    with pytest.raises(ValueError, match="layers themselves .* optimizer.velocities.0.key is only"):
        go_on(run, 2, [nn.checkpoint(path)])
    assert run.history.epochs == 1 and not path.exists()
    run = begin()
    run.optimizer, whole.optimizer = ByLayer(), ByLayer()
    go_on(run, 2, [nn.checkpoint(path)])
    state = nn.load_checkpoint(path, optimizer=ByLayer)
    run.network, run.optimizer, run.history, run.rng = (
        state.network, state.optimizer, state.history, state.rng
    )  # fmt: skip
    go_on(run, 4)
    go_on(whole, 4)
    assert all(map(np.array_equal, run.network.parameters, whole.network.parameters))


def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    run, save = begin(), nn.checkpoint(tmp_path / "run.npz")
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda path, mode: (path, mode) != (tmp_path, os.W_OK))
        with pytest.raises(ValueError, match="folder that can be written to, got .*run.npz"):
            go_on(run, 3, [save])
    folder = tmp_path / "away"
    folder.mkdir()
    save = nn.checkpoint(folder / "run.npz")
    folder.rmdir()
    with pytest.raises(ValueError, match="folder that can be written to"):
        go_on(run, 3, [save])
    assert run.history.epochs == 0 and list(tmp_path.iterdir()) == []


class Kill(BaseException):
    "Nobody catches it: as if the process had been killed."


def overfit(order, path, kill=None, patience=6):
    "A run that gets worse after some epochs: checkpoint, early stopping and a schedule."

    def stop(state):
        if state.epoch == kill:
            raise Kill

    callbacks = [nn.checkpoint(path), nn.early_stopping(patience), nn.schedule(slowly)]
    return [callbacks[i] for i in order] + [stop]


def slowly(e):
    return 0.5 / (1 + 0.1 * e)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_killed_at_any_epoch_and_resumed(tmp_path, order):
    "README's example, and a schedule: the same weights, history, best weights and rate."
    path, few = tmp_path / "run.npz", {"batch_size": 10}

    def run_of(run, kill=None):
        nn.fit(
            run.network, run.loss, run.optimizer, X[:20], y[:20], epochs=60, metric=run.metric,
            rng=run.rng, history=run.history, validation_data=(X_new, y_new), progress=False,
            callbacks=overfit(order, path, kill), **few,
        )  # fmt: skip
        return run

    whole = run_of(begin())
    n, best = whole.history.epochs, whole.history.best()["epoch"]
    assert best + 6 == n < 60
    found = nn.evaluate(whole.network, whole.loss, X_new, y_new)["loss"]
    assert found == whole.history.best()["validation_loss"]
    for kill in range(1, n + 1):  # at the best epoch, after it, and when patience is over
        with pytest.raises(Kill):
            run_of(begin(), kill)
        assert bits(run_of(load(path, ""))) == bits(whole), kill


def test_the_best_weights_come_back_however_a_run_ends():
    def control_c(state):
        if state.epoch == 20:
            signal.raise_signal(signal.SIGINT)

    def stop(state):
        state.stop = state.epoch == 20

    def fail(state):
        if state.epoch == 20:
            raise KeyError("mine")

    def diverge(state):
        if state.epoch == 20:
            state.network.layers[0].weights[...] = 1e30
            state.optimizer.learning_rate = 1e30

    for end in (control_c, stop, fail, diverge):
        for first in (False, True):
            run = begin()
            callbacks = [nn.early_stopping(50), end][:: 1 if first else -1]
            more = {"validation_data": (X_new, y_new), "callbacks": callbacks}
            try:
                nn.fit(
                    run.network, run.loss, SGD(0.5, 0.9), X[:20], y[:20], epochs=60, batch_size=10,
                    rng=run.rng, history=run.history, progress=False, **more,
                )  # fmt: skip
            except (KeyError, FloatingPointError):
                assert end in (fail, diverge)
            found = nn.evaluate(run.network, run.loss, X_new, y_new)["loss"]
            best = run.history.best()
            assert found == best["validation_loss"] and best["epoch"] < 20 <= run.history.epochs


def test_a_best_epoch_that_nobody_watched_is_refused():
    run = begin()
    go_on(run, 3)
    before = bits(run)
    with pytest.raises(ValueError, match="restore=False: nobody kept the best weights, epoch"):
        go_on(run, 6, [nn.early_stopping(9)])
    assert bits(run) == before
    go_on(run, 6, [nn.early_stopping(9, restore=False)])
    assert run.history.epochs == 6


def train_with(callbacks):
    "What a worker of a pool does."
    run = begin()
    go_on(run, 4, callbacks)
    return run.history.best()


def test_callbacks_through_a_process_pool(tmp_path):
    callbacks = [nn.schedule(slowly), nn.early_stopping(2), nn.checkpoint(tmp_path / "run.npz")]
    twins = pickle.loads(pickle.dumps(callbacks))
    assert [vars(one) for one in twins] == [vars(one) for one in callbacks]
    here = train_with(callbacks)
    (tmp_path / "run.npz").unlink()
    with ProcessPoolExecutor(1) as pool:
        assert pool.submit(train_with, callbacks).result() == here
    assert nn.load_checkpoint(tmp_path / "run.npz").history.best() == here


# Forged files: the checksum fits, and the content is somebody else's ------------------------------


class Trap:
    "Tells when it is called."

    called: list = []

    def __init__(self, *arguments):
        self.called.append("__init__")

    def forward(self, inputs):
        self.called.append("forward")
        return inputs

    backward = forward


@pytest.fixture
def archive(tmp_path):
    "Header and arrays of a good file, and its path."
    path = tmp_path / "run.npz"
    network = nn.Sequential(dense(0, 4, 8), Residual(BatchNorm(8)), Dropout(0.2, 1), dense(0, 8, 2))
    run = begin()
    run.network = network
    go_on(run, 1, [nn.checkpoint(path)])
    return path, *read_archive(path, "checkpoint")


def held(name, value):
    "Set what the dropout holds."
    return lambda header: header["layers"][2]["holds"].update({name: value})


def entry(**more):
    return lambda header: header["layers"][2].update(more)


def rng_of(header, name):
    header["rng"] = {"generator": ["rng", {"bit_generator": name}]}


FORGED = {
    "a class that was not given": entry(**{"class": "Popen"}),
    "a class of ours in its place": entry(**{"class": "DenseLayer"}),
    "a class that is a path": entry(**{"class": "os.system"}),
    "a class that is no text": entry(**{"class": ["Dropout"]}),
    "no class": lambda header: header["layers"][2].pop("class"),
    "a method": held("forward", 1),
    "a class method": held("predict", {"list": []}),
    "another class": held("__class__", "Trap"),
    "another dict": held("__dict__", {"dict": []}),
    "what a class inherits": held("__init__", 1),
    "a place out of range": held("rate", {"layer": 99}),
    "a place from the end": held("rate", {"layer": -1}),
    "a place that is no number": held("rate", {"layer": "0"}),
    "an array that is not there": held("rate", {"array": "9.weights"}),
    "a generator that is not there": held("rng", {"again": "nowhere"}),
    "an unknown kind": held("rate", {"pickle": "gASVIAAA"}),
    "another unknown kind": held("rate", {"eval": "1 + 1"}),
    "two kinds": held("rate", {"list": [], "tuple": []}),
    "no kind": held("rate", {}),
    "a bare list": held("rate", [1, 2]),
    "a key that is a list": held("rate", {"dict": [[{"list": []}, 1]]}),
    "a part that is not given": held("rate", {"part": {"class": "Popen", "holds": {}}}),
    "a generator of another kind": held("rng", {"generator": ["x", {"bit_generator": "seed"}]}),
    "itself in itself": lambda header: header["layers"][1]["holds"].update(
        layers={"tuple": [{"layer": 1}]}
    ),
    "another layer in it": lambda header: header["layers"][1]["holds"].update(
        layers={"tuple": [{"layer": 3}]}
    ),
    "no parameter": lambda header: header["layers"][1]["layers"][0]["holds"].pop("gamma"),
    "a parameter that is text": lambda header: header["layers"][1]["layers"][0]["holds"].update(
        gamma="1"
    ),
    "no layers inside": lambda header: header["layers"][1].pop("layers"),
    "a class of another generator": lambda header: rng_of(header, "RandomState"),
    "an optimizer without settings": lambda header: header["optimizer"]["holds"].clear(),
    "an optimizer of another class": lambda header: header["optimizer"].update({"class": "Popen"}),
    "a network that is none": lambda header: header.update(network={"class": "Trap", "holds": {}}),
    "memory that is none": lambda header: header.update(memory=3),
    "memory in JSON": lambda header: header.update(memory={"a": 1, "b": 2}),
    "very deep": lambda header: header.update(memory=deep(400)),
}  # fmt: skip


def deep(n):
    found = {"list": []}
    for _ in range(n):
        found = {"list": [found]}
    return found


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_file_is_refused_and_runs_nothing(archive, name):
    path, header, arrays = archive
    FORGED[name](header)
    write_archive(path, "checkpoint", header, arrays)
    Trap.called.clear()
    with pytest.raises(ValueError) as caught:
        nn.load_checkpoint(path, layers=[Residual, BatchNorm, Dropout, Trap])
    text = str(caught.value)
    assert str(path) in text and "\n" not in text and len(text) < len(str(path)) + 400
    assert Trap.called == []


def test_a_forgery_that_changes_nothing_is_read(archive):
    "Or else the tests above would prove nothing."
    path, header, arrays = archive
    write_archive(path, "checkpoint", header, arrays)
    found = nn.load_checkpoint(path, layers=[Residual, BatchNorm, Dropout, Trap])
    assert found.epoch == 1 and len(found.network.parameters) == 6


def test_a_part_is_made_without_its_init(tmp_path):
    nn.save_model(tmp_path / "a", nn.Sequential(dense(0, 4, 2), Trap()))
    Trap.called.clear()
    nn.load_model(tmp_path / "a", layers=[Trap])
    assert Trap.called == []


def test_two_classes_of_one_name(tmp_path):
    other = type("Dropout", (Dropout,), {})
    with pytest.raises(ValueError, match="save_model expects .* one of each name"):
        nn.save_model(tmp_path / "a", nn.Sequential(Dropout(0.1, 0), other(0.1, 0)))
    nn.save_model(tmp_path / "a", nn.Sequential(Dropout(0.1, 0)))
    for layers in ([Dropout, other], [Dropout(0.1, 0)], ["Dropout"]):
        with pytest.raises(ValueError, match="load_model expects classes, and one of each name"):
            nn.load_model(tmp_path / "a", layers=layers)


@pytest.mark.parametrize("name", ["ReLU", "DenseLayer"])
def test_a_class_of_ones_own_with_a_name_of_ours(tmp_path, name):
    mine = type(name, (Dropout,), {})
    network = nn.Sequential(nn.ReLU(), dense(0, 2, 2), mine(0.1, 0))
    nn.save_model(tmp_path / "a", network)
    found = nn.load_model(tmp_path / "a", layers=[mine])
    assert [type(layer) for layer in found.layers] == [nn.ReLU, nn.DenseLayer, mine]


def test_a_class_of_ones_own_that_is_called_sequential(tmp_path):
    mine = type("Sequential", (nn.Sequential,), {})
    with pytest.raises(ValueError, match="one of each name"):
        nn.save_model(tmp_path / "a", mine(dense(0, 2, 2)))
    assert not (tmp_path / "a").exists()
