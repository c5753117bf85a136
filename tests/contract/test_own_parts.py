"""Parts of a reader's own are trained, checked and counted like ours, or refused by name."""

import copy
import dataclasses
import itertools
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from calls import BITS, SURE, G, X, dense, network, short
from helpers import (
    BATCH,
    FUSED,
    LOSSES,
    SGD,
    STEPS,
    Convolution,
    Dropout,
    PReLU,
    Residual,
    Scale,
    Shaped,
    Twice,
    all_layers,
    frozen,
    means_by_hand,
    says,
    steps_by_hand,
    train,
    trained,
)

import nn_from_scratch as nn
from nn_from_scratch import data, features, points

# Parts of one's own, from one table ---------------------------------------------------------------


def own_dense(d, k, dtype):
    return nn.DenseLayer(d, k, dtype=dtype, rng=np.random.default_rng(d + k))


OWN = {  # the layers of a network, inputs of how many columns, and the parameters it then has
    "a factor for each column": (
        lambda t: (own_dense(4, 5, t), Scale(5, t), nn.ReLU(), own_dense(5, 3, t)),
        4,
        25 + 5 + 18,
    ),
    "a slope that is learned": (
        lambda t: (own_dense(4, 5, t), PReLU(dtype=t), own_dense(5, 3, t)),
        4,
        25 + 1 + 18,
    ),
    "weights of four axes": (
        lambda t: (Shaped(1, 4, 4), Convolution(2, 1, t), Shaped(18), own_dense(18, 3, t)),
        16,
        8 + 57,
    ),
    "in first place": (lambda t: (Scale(4, t), own_dense(4, 3, t)), 4, 4 + 15),
    "a block of layers": (
        lambda t: (own_dense(4, 5, t), Residual(own_dense(5, 5, t), nn.ReLU()), own_dense(5, 3, t)),
        4,
        25 + 30 + 18,
    ),
    "a block in a block": (
        lambda t: (Residual(own_dense(4, 4, t), Residual(Scale(4, t))), own_dense(4, 3, t)),
        4,
        20 + 4 + 15,
    ),
    "a network of one's own inside": (
        lambda t: (Twice(own_dense(4, 5, t), nn.ReLU()), own_dense(5, 3, t)),
        4,
        25 + 18,
    ),
}
each = pytest.mark.parametrize("name", OWN)


def own(name, dtype=np.float32, made=nn.Sequential):
    "A fresh network with parts of one's own, a loss, and data."
    make, d, _ = OWN[name]
    rng = np.random.default_rng(3)
    X, y = rng.standard_normal((23, d)).astype(dtype), rng.integers(0, 3, 23)
    return made(*make(dtype)), nn.SoftmaxCategoricalCrossEntropy(), X, y


@each
def test_they_are_checked(name):
    network, _, X, _ = own(name, np.float64)
    errors = nn.check_gradients(network, X + np.where(X > 0, 0.01, -0.01))
    assert len(errors) == 1 + len(network.parameters) and max(errors.values()) < 1e-6


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_they_are_trained_as_in_the_loop_by_hand(name, dtype):
    "To the last bit, every parameter, and each of them moves."
    network, loss, X, y = own(name, dtype)
    twin, twin_loss, _, _ = own(name, dtype)
    start = copy.deepcopy(network.parameters)
    optimizer, hand = SGD(0.02, 0.9, 0.01), SGD(0.02, 0.9, 0.01)
    history = train(network, loss, optimizer, X, y, 2, metric=nn.Accuracy())
    rng = np.random.default_rng(1)
    steps = steps_by_hand(twin, twin_loss, hand, X, y, BATCH, rng, nn.Accuracy())
    epochs = [means_by_hand(list(itertools.islice(steps, STEPS))) for _ in range(2)]
    assert trained(network, optimizer) == trained(twin, hand)
    for array, before in zip(network.parameters, start, strict=True):
        assert array.dtype == dtype and not np.array_equal(array, before)
    np.testing.assert_allclose(list(zip(*history.values(), strict=True)), epochs, rtol=1e-12)


@each
def test_they_are_counted(name):
    "In the table too: a line for each layer of the network, with what is inside of it."
    network, _, _, _ = own(name)
    n_parameters = OWN[name][2]
    assert sum(array.size for array in network.parameters) == n_parameters
    head, *lines = repr(network).splitlines()
    assert head == f"Sequential with {n_parameters} parameters"
    assert [line.split()[1] for line in lines] == [type(part).__name__ for part in network.layers]
    assert sum(int(line.split()[-1]) for line in lines) == n_parameters


def test_the_table_says_what_it_cannot_know():
    "Only the layer itself knows its width: it is left open, up to the next one that tells."
    lines = repr(own("a factor for each column")[0]).splitlines()
    assert [re.search(r"\(n, .*\)", line)[0] for line in lines[1:]] == [
        "(n, 4) -> (n, 5)",
        "(n, 5) -> (n, …)",
        "(n, …) -> (n, …)",
        "(n, 5) -> (n, 3)",
    ]
    assert "(n, d) -> (n, …)" in repr(nn.Sequential(Scale(3)))
    assert "(n, d) -> (n, d)" in repr(nn.Sequential(nn.ReLU()))


def test_what_follows_a_layer_of_ones_own_may_have_any_width():
    "And what does not fit is still named."
    nn.Sequential(dense(), Shaped(7), nn.DenseLayer(7, 2))
    says(
        lambda: nn.Sequential(Shaped(7), nn.DenseLayer(7, 2), nn.ReLU(), nn.DenseLayer(3, 2)),
        "Sequential expects layer 3 to have n_inputs 2, the outputs of the layer before, got 3",
    )


@each
def test_they_are_copied_pickled_and_go_on_alike(name):
    network, loss, X, y = own(name)
    optimizer = SGD(0.02, 0.9)
    train(network, loss, optimizer, X, y, 1)
    pairs = [copy.deepcopy((network, optimizer)), pickle.loads(pickle.dumps((network, optimizer)))]
    train(network, loss, optimizer, X, y, 1, rng=np.random.default_rng(5))
    for other, its_optimizer in pairs:
        assert frozen(other.parameters) != frozen(network.parameters)
        train(other, loss, its_optimizer, X, y, 1, rng=np.random.default_rng(5))
        assert trained(other, its_optimizer) == trained(network, optimizer)


@each
def test_predict_and_evaluate_go_through_their_forward(name):
    "And leave all that they remember as it was."
    network, loss, X, y = own(name)
    expected = network.forward(X)
    value = type(loss)().forward(expected, y)
    before = frozen([network, list(all_layers(network.layers))])
    np.testing.assert_allclose(network.predict(X, batch_size=7), expected, rtol=1e-5, atol=1e-6)
    found = nn.evaluate(network, loss, X, y, batch_size=7)
    np.testing.assert_allclose(found["loss"], value, rtol=1e-5)
    assert frozen([network, list(all_layers(network.layers))]) == before


def test_early_stopping_brings_their_best_weights_back():
    network, loss, X, y = own("a block in a block")
    weights = []

    def spoil(state):
        weights.append(frozen(state.network.parameters))
        state.optimizer.learning_rate = 0.5

    history = train(network, loss, SGD(0.01), X, y, 9, callbacks=[spoil, nn.early_stopping(2)])
    best = int(np.argmin(history["loss"]))
    assert history.epochs == best + 3 and frozen(network.parameters) == weights[best]


def test_after_nan_their_weights_are_those_of_the_last_finite_step():
    network, loss, X, y = own("a block in a block")
    optimizer = SGD(1e20, 0.9)
    with pytest.raises(FloatingPointError, match="ten times smaller"), np.errstate(all="raise"):
        train(network, loss, optimizer, X, y, 50)
    assert all(np.isfinite(array).all() for array in network.parameters)
    inner = [layer for layer in all_layers(network.layers) if layer in optimizer.states]
    assert len(inner) == 3
    assert not any(v.any() for each in inner for v in optimizer.states[each][1].values())


# A network of one's own ---------------------------------------------------------------------------


def test_a_subclass_of_sequential_is_used_through_its_forward_everywhere():
    "In fit, predict and evaluate alike, also inside of a plain network."
    for wrap in (lambda network: network, nn.Sequential):
        made, loss, X, y = own("in first place", made=Twice)
        network, rng = wrap(made), np.random.default_rng(1)
        assert len(network.layers) == (2 if network is made else 1)
        plain = nn.Sequential(*made.layers)
        np.testing.assert_array_equal(network.forward(X), 2 * plain.forward(X))
        np.testing.assert_array_equal(network.predict(X), 2 * plain.predict(X))
        value = type(loss)().forward(2 * plain.forward(X), y)
        np.testing.assert_allclose(nn.evaluate(network, loss, X, y)["loss"], value, rtol=1e-6)
        twin, hand, optimizer = copy.deepcopy(made.layers), SGD(0.02), SGD(0.02)
        history = train(network, loss, optimizer, X, y, 1, batch_size=23, validation_data=(X, y))
        order = rng.permutation(23)
        A = 2 * twin[1].forward(twin[0].forward(X[order]))
        value = loss.forward(A, y[order])
        twin[0].backward(twin[1].backward(2 * loss.backward(loss.output, y[order])))
        for layer in twin:
            hand.update_params(layer)
        assert history["loss"] == [value]
        assert frozen(made.parameters) == frozen(
            [a for t in twin for a in nn.Sequential(t).parameters]
        )
        found = nn.evaluate(network, loss, X, y)["loss"]
        assert history["validation_loss"] == [found]


def test_it_comes_back_from_a_file_if_its_class_is_named(tmp_path, rng):
    network, X = Twice(nn.DenseLayer(2, 2)), rng.standard_normal((3, 2))
    assert repr(network).startswith("Twice with 6 parameters\n")
    nn.save_model(tmp_path / "a", network)
    state = nn.TrainingState(network, SGD(), nn.History(), np.random.default_rng(0), 1)
    nn.checkpoint(tmp_path / "b")(state)
    for load, name in ((nn.load_model, "a"), (nn.load_checkpoint, "b")):
        with pytest.raises(ValueError, match=r"name their classes: load_\w+\(path, layers=\[Twice"):
            load(tmp_path / name)
    found = nn.load_model(tmp_path / "a", layers=[Twice])
    resumed = nn.load_checkpoint(tmp_path / "b", layers=[Twice]).network
    for each in (found, resumed):
        assert type(each) is Twice and np.array_equal(each.predict(X), network.predict(X))


def test_only_a_plain_network_inside_is_dissolved():
    inner = Twice(dense())
    network = nn.Sequential(nn.Sequential(inner, nn.ReLU()), nn.Sigmoid())
    assert [type(layer) for layer in network.layers] == [Twice, nn.ReLU, nn.Sigmoid]
    assert network.layers[0] is inner


# A layer that predicts in another way -------------------------------------------------------------


@pytest.mark.parametrize("where", ["in a row", "in a block", "in a network of one's own"])
def test_predict_takes_the_place_of_forward_outside_training(where):
    "In predict and evaluate; fit, forward and backward use forward, and draw as if alone."
    rng = np.random.default_rng(0)
    wrap = {"in a block": Residual, "in a network of one's own": Twice}.get(where, nn.Sequential)
    first, last, dropout = nn.DenseLayer(4, 4, rng=rng), nn.DenseLayer(4, 3, rng=rng), Dropout(7)
    network = nn.Sequential(first, wrap(dropout), last)
    X, y = rng.standard_normal((23, 4)).astype(np.float32), rng.integers(0, 3, 23)
    A = first.forward(X)
    whole = last.forward({"in a row": A}.get(where, 2 * A))
    before = frozen(network)
    np.testing.assert_allclose(network.predict(X), whole, rtol=1e-6)
    loss = nn.SoftmaxCategoricalCrossEntropy()
    value = type(loss)().forward(whole, y)
    np.testing.assert_allclose(nn.evaluate(network, loss, X, y)["loss"], value, rtol=1e-6)
    assert frozen(network) == before and "forward" not in vars(dropout)
    assert not np.allclose(network.forward(X), whole)
    dropout.rng = np.random.default_rng(7)
    history = train(network, loss, SGD(1e-30), X, y, 1, validation_data=(X, y))
    np.testing.assert_allclose(history["validation_loss"], value, rtol=1e-6)
    assert abs(history["loss"][0] - value) > 1e-3
    fresh = np.random.default_rng(7)
    for n in (5, 5, 5, 5, 3):
        fresh.integers(0, 2, (n, 4))
    assert frozen(dropout.rng) == frozen(fresh)


# Refused by name, before anything is changed ------------------------------------------------------


class Unnamed(Scale):
    "Learns an array that it does not name."

    parameter_names = ()


class Half(Scale):
    "Names one of its two."

    def __init__(self, d):
        super().__init__(d)
        self.delta = np.zeros(d, np.float32)

    def forward(self, inputs):
        return super().forward(inputs) + self.delta

    def backward(self, derivative_outputs):
        self.derivative_delta = derivative_outputs.sum(axis=0)
        return super().backward(derivative_outputs)


class Hidden:
    "Holds layers, and not in `.layers`."

    def __init__(self, *parts):
        self.first, *self.others = parts

    def forward(self, inputs):
        return self.first.forward(inputs)

    def backward(self, derivative_outputs):
        return self.first.backward(derivative_outputs)


class HiddenList(Hidden):
    "Has one of them in `.layers`."

    def __init__(self, *parts):
        super().__init__(*parts)
        self.layers = [self.first]


class Listed(Scale):
    "Its parameter is no array."

    def __init__(self, d):
        self.gamma = [1.0] * d


class Silent(Scale):
    "Leaves no slope."

    def backward(self, derivative_outputs):
        return derivative_outputs


class Shapeless(Scale):
    "Its slope has another shape."

    def backward(self, derivative_outputs):
        slope = super().backward(derivative_outputs)
        self.derivative_gamma = self.derivative_gamma[None]
        return slope


@dataclasses.dataclass
class Compared:
    "A dataclass compares by what it holds, and so has no hash."

    gamma: np.ndarray
    parameter_names = ("gamma",)

    def forward(self, inputs):
        self.inputs = inputs
        return inputs * self.gamma

    def backward(self, derivative_outputs):
        self.derivative_gamma = (derivative_outputs * self.inputs).sum(axis=0)
        return derivative_outputs * self.gamma


class Slotted:
    "Has no list of what it holds."

    __slots__ = ("layers", "predict")

    def forward(self, inputs):
        return inputs

    def backward(self, derivative_outputs):
        return derivative_outputs


REFUSED = {
    "unnamed": (
        lambda: Unnamed(4),
        "Unnamed expects parameter_names to name gamma, which has a derivative_gamma",
    ),
    "one of two": (
        lambda: Half(4),
        "Half expects parameter_names to name delta, which has a derivative_delta",
    ),
    "hidden": (
        lambda: Hidden(nn.DenseLayer(4, 4, rng=0)),
        "Hidden expects layers with parameters to be in .layers, not in .first",
    ),
    "hidden in a list": (
        lambda: HiddenList(nn.ReLU(), Residual(nn.DenseLayer(4, 4, rng=0))),
        "HiddenList expects layers with parameters to be in .layers, not in .others",
    ),
    "no array": (lambda: Listed(4), "Listed expects gamma to be a NumPy array, got list"),
    "no slope": (lambda: Silent(4), "Silent has no derivative_gamma"),
    "no hash": (
        lambda: Compared(np.ones(4, np.float32)),
        "Compared expects to be hashable, as with @dataclass(eq=False)",
    ),
    "slots": (Slotted, "Slotted expects attributes that can be listed: leave out __slots__"),
    "a slope of another shape": (lambda: Shapeless(4), "derivative_gamma (4,), got (1, 4)"),
}


@pytest.mark.parametrize("inside", [False, True], ids=["in a row", "in a block"])
@pytest.mark.parametrize("name", REFUSED)
def test_fit_refuses_it_before_anything_is_changed(name, inside):
    make, text = REFUSED[name]
    part = Residual(make()) if inside else make()
    loss, rng, history = nn.SoftmaxCategoricalCrossEntropy(), np.random.default_rng(2), nn.History()
    layers = (nn.DenseLayer(4, 4, rng=1), part, nn.DenseLayer(4, 3, rng=2))
    X, y = np.random.default_rng(3).standard_normal((23, 4)), np.arange(23) % 3
    optimizer = SGD(0.1)

    def everything():
        return frozen([list(all_layers(layers)), loss, rng, history, optimizer.states])

    before = everything()
    says(
        lambda: train(nn.Sequential(*layers), loss, optimizer, X, y, rng=rng, history=history),
        text,
    )
    assert everything() == before


ASKED = [name for name in REFUSED if name not in ("a slope of another shape", "no hash")]


@pytest.mark.parametrize("name", ASKED)
def test_so_does_the_checker(name):
    make, text = REFUSED[name]
    text = {"no slope": "the derivative of gamma (4,), got ()"}.get(name, text)
    says(lambda: nn.check_gradients(make(), np.ones((3, 4))), text)


def test_an_optimizer_alone_refuses_what_has_no_hash():
    layer = Compared(np.ones(2))
    layer.backward(layer.forward(np.ones((1, 2))))
    says(lambda: SGD(0.1).update_params(layer), "Compared expects to be hashable")
    assert frozen(layer.gamma) == frozen(np.ones(2))


def test_a_file_refuses_slots(tmp_path):
    network = nn.Sequential(Slotted(), nn.DenseLayer(2, 1, rng=0))
    says(lambda: nn.save_model(tmp_path / "model.npz", network), "Slotted expects attributes")


# What is no part ----------------------------------------------------------------------------------


NO_PARTS = {"None": None, "number": 3, "text": "a", "list": [], "class": nn.ReLU, "function": len}


def fitted(**change):
    good = {"network": network(), "loss": nn.SoftmaxCategoricalCrossEntropy(), "optimizer": SGD()}
    good |= {"X": X, "y": [0, 1, 1, 0], "epochs": 1, "batch_size": 4, "progress": False}
    return nn.fit(**good | change)


PARTS = {
    "evaluate network": lambda part: nn.evaluate(part, nn.MeanSquaredError(), X, G),
    "evaluate loss": lambda part: nn.evaluate(network(), part, X, G),
    "evaluate metric": lambda part: nn.evaluate(network(), nn.MeanSquaredError(), X, G, part),
    "save_model network": lambda part: nn.save_model("never.npz", part),
    "Sequential": lambda part: nn.Sequential(part),
    "Sequential, second": lambda part: nn.Sequential(dense(), part),
    "check_gradients": lambda part: nn.check_gradients(part, [[1.0]]),
    "update_params": lambda part: SGD(0.1).update_params(part),
    "fit network": lambda part: fitted(network=part),
    "fit loss": lambda part: fitted(loss=part),
    "fit optimizer": lambda part: fitted(optimizer=part),
    "fit metric": lambda part: fitted(metric=part),
    "fit callbacks": lambda part: fitted(callbacks=[part] if part is not len else 3),
    "fit history": lambda part: fitted(history=part if part is not None else {}),
    "numerical_gradient": lambda part: nn.numerical_gradient(part if part is not len else 3, [1.0]),
}


@pytest.mark.parametrize("kind", NO_PARTS)
@pytest.mark.parametrize("name", PARTS)
def test_what_is_no_part(name, kind):
    part = NO_PARTS[kind]
    if kind == "class" and name in ("fit callbacks", "numerical_gradient"):
        part = 3  # a class can be called
    if kind == "None" and name.endswith(" metric"):
        part = nn.Accuracy  # none is right, and a class is not
    with pytest.raises(ValueError, match=r"expects .*(got|is|has no)|got "):
        PARTS[name](part)


# In the wrong order, and after a failure ----------------------------------------------------------


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
    text = "expects a layer after backward, .* has no derivative_|with parameter_names, .* has none"
    with pytest.raises(ValueError, match=text):
        optimizer.update_params(layer)
    assert frozen(layer) == before and len(optimizer.states) == 0


@pytest.mark.parametrize("kind", LOSSES, ids=lambda kind: kind.__name__)
def test_the_backward_of_a_loss_without_a_forward(kind):
    "A fused one knows no probabilities then; the others are given all that they need."
    loss = kind()
    if kind in FUSED:
        with pytest.raises(ValueError, match=f"{kind.__name__}.backward needs a forward first"):
            loss.backward(SURE, BITS)
        assert vars(loss) == {}
    else:
        assert np.isfinite(loss.backward(SURE, BITS)).all()


@pytest.mark.parametrize("kind", FUSED, ids=lambda kind: kind.__name__)
def test_a_fused_loss_takes_back_only_what_it_gave(kind):
    "Logits, or the output of an earlier batch, would give a slope that looks like one."
    loss = kind()
    loss.forward(SURE, BITS)
    older = loss.output
    slope = loss.backward(older.copy(), BITS)  # the same numbers in another array are welcome
    np.testing.assert_array_equal(slope, loss.backward(older, BITS))
    for other in (SURE, older + 1e-9, np.where(older == older.max(), np.nan, older)):
        before = frozen(loss)
        with pytest.raises(ValueError, match="the .output of its last forward, got other numbers"):
            loss.backward(other, BITS)
        assert frozen(loss) == before
    loss.forward(2 * SURE, BITS)
    with pytest.raises(ValueError, match="the .output of its last forward, got other numbers"):
        loss.backward(older, BITS)


def test_backward_of_an_older_batch():
    "A gradient of another size than the last output is refused, even if an earlier one had it."
    for part in (dense(), nn.ReLU(), nn.Sigmoid(), nn.Softmax()):
        slope = np.ones_like(part.forward(X))
        part.forward(X[:2])
        before = frozen(part)
        with pytest.raises(ValueError, match=r"derivative_outputs \(2, .\), got \(4, .\)"):
            part.backward(slope)
        assert frozen(part) == before


def snapshot(part):
    "All that an object remembers: which arrays they are, and what is in them."
    return {
        name: (id(value), value.copy() if isinstance(value, np.ndarray) else value)
        for name, value in vars(part).items()
    }


@pytest.mark.parametrize(
    ("part", "good", "bad"),
    [
        (nn.DenseLayer(4, 3, rng=1), np.ones((2, 4)), np.ones((2, 5))),
        (nn.ReLU(), np.ones((2, 4)), [["a"]]),
        (nn.Sigmoid(), np.ones((2, 4)), [["a"]]),
        (nn.Softmax(), np.ones((2, 4)), np.ones(3)),
    ],
)
def test_a_failed_call_leaves_the_layer_as_it_was(part, good, bad):
    part.backward(np.ones_like(part.forward(good)))
    before = snapshot(part)
    with pytest.raises(ValueError):
        part.forward(bad)
    with pytest.raises(ValueError):
        part.backward(np.ones((7, 7)))
    part.output = np.ones((2, 7))  # somebody meddled: nothing else must change for it
    before["output"] = (id(part.output), part.output.copy())
    with pytest.raises(ValueError):
        part.backward(np.ones((2, 4)))
    assert before.keys() == vars(part).keys()
    for name, (identity, value) in before.items():
        assert id(getattr(part, name)) == identity
        np.testing.assert_array_equal(getattr(part, name), value)


@pytest.mark.parametrize("kind", LOSSES, ids=lambda kind: kind.__name__)
def test_a_failed_call_leaves_the_loss_as_it_was(kind):
    loss, P, good = kind(), np.full((2, 3), 1 / 3), np.eye(3)[[0, 1]]
    loss.forward(P, good)
    output = getattr(loss, "output", P)
    loss.backward(output, good)
    before = snapshot(loss)
    for method, given in ((loss.forward, P), (loss.backward, output)):
        with pytest.raises(ValueError, match="targets"):
            method(given, np.ones((2, 4)))
    assert {name: seen[0] for name, seen in before.items()} == {
        name: id(value) for name, value in vars(loss).items()
    }


# Files and data -----------------------------------------------------------------------------------


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


# The whole of the public interface ----------------------------------------------------------------


def test_nothing_public_is_left_out():
    "Each public name of the core and of the data stands in a test."
    files = Path(__file__).parents[1].glob("**/test_*.py")
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    rooms = {name for room in (data, points, features) for name in room.__all__}
    names = [name for name in {*nn.__all__} | rooms if not re.search(rf"\b{name}\b", text)]
    assert not names
