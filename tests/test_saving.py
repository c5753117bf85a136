"""Saved models and checkpoints: exact, all or nothing, and no damaged or forged file gets in."""

import hashlib
import json
import os
import pickle
import random
from pathlib import Path

import numpy as np
import pytest
from helpers import PReLU, Residual, Twice, damaged, forge, npy, seal, take

import nn_from_scratch as nn
from nn_from_scratch.points import spiral_data

GENERATORS = ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"]


def every_layer(dtype=np.float32, order="C"):
    "A network with every kind of layer; the weights in C or Fortran order."
    rng = np.random.default_rng(3)
    layers = [nn.DenseLayer(2, 5, dtype=dtype, rng=rng), nn.ReLU()]
    layers += [nn.DenseLayer(5, 4, dtype=dtype, rng=rng), nn.Sigmoid()]
    layers += [nn.DenseLayer(4, 3, dtype=dtype, rng=rng), nn.Softmax()]
    for layer in layers[::2]:
        layer.weights = np.array(layer.weights, order=order)
        layer.biases += rng.standard_normal(layer.biases.shape).astype(dtype)
    return nn.Sequential(*layers)


def write_checkpoint(path, rng=0, dtype=np.float32, epochs=2):
    "Train a little and write a checkpoint; network, optimizer, history and generator."
    network, X, y = every_layer(dtype), *spiral_data(10, rng=1)
    optimizer, rng = nn.StochasticGradientDescent(0.1, 0.9, 0.01), np.random.default_rng(rng)
    more = {"callbacks": [nn.checkpoint(path)], "metric": nn.Accuracy(), "rng": rng}
    loss = nn.CategoricalCrossEntropy()
    history = nn.fit(
        network, loss, optimizer, X, y, epochs=epochs, batch_size=7, progress=False, **more
    )
    return network, optimizer, history, rng


def same_arrays(first, second):
    "To the last bit, in type, shape and order."
    return len(first) == len(second) and all(
        (a.dtype, a.shape, a.flags.f_contiguous, a.flags.c_contiguous, a.tobytes())
        == (b.dtype, b.shape, b.flags.f_contiguous, b.flags.c_contiguous, b.tobytes())
        for a, b in zip(first, second, strict=True)
    )


def state_of(network, optimizer=None):
    "A run that has not begun."
    optimizer = optimizer or nn.StochasticGradientDescent()
    return nn.TrainingState(network, optimizer, nn.History(), np.random.default_rng(0), 1)


def refused(load, path, *texts):
    "The one line that the error says."
    with pytest.raises(ValueError) as caught:
        load(path)
    text = str(caught.value)
    assert str(path) in text and "\n" not in text and len(text) < len(str(path)) + 400
    assert all(each in text for each in texts), text
    return text


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.npz"
    nn.save_model(path, every_layer())
    return path


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "run.npz"
    write_checkpoint(path)
    return path


# By hand ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", [str, Path])
def test_a_model_comes_back(tmp_path, dtype, order, kind, rng):
    network = every_layer(dtype, order)
    network.layers[0].weights[0, :4] = [np.nan, -0.0, np.inf, 5e-324]
    path = kind(tmp_path / "a model")  # the name stays as it is
    nn.save_model(path, network)
    found = nn.load_model(path)
    assert [type(layer) for layer in found.layers] == [type(layer) for layer in network.layers]
    assert same_arrays(found.parameters, network.parameters)
    found.layers[0].weights[0, :4] = network.layers[0].weights[0, :4] = 1
    X = rng.standard_normal((9, 2))
    assert same_arrays([found.predict(X)], [network.predict(X)])
    assert os.listdir(tmp_path) == ["a model"]
    for array in found.parameters:  # they can be trained on
        array += 1


def test_the_same_model_makes_the_same_bytes(tmp_path):
    for name in "ab":
        nn.save_model(tmp_path / name, every_layer())
        write_checkpoint(tmp_path / f"{name}.run")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a.run").read_bytes() == (tmp_path / "b.run").read_bytes()
    assert (tmp_path / "a").read_bytes() != (tmp_path / "a.run").read_bytes()


def test_a_model_without_weights(tmp_path):
    nn.save_model(tmp_path / "a", nn.Sequential(nn.Softmax()))
    assert [type(layer) for layer in nn.load_model(tmp_path / "a").layers] == [nn.Softmax]


def test_numpy_opens_the_file_too(model):
    with np.load(model, allow_pickle=False) as archive:
        assert same_arrays([archive["2.weights"]], [every_layer().layers[2].weights])


@pytest.mark.parametrize("name", GENERATORS)
def test_a_checkpoint_comes_back(tmp_path, name):
    path = tmp_path / "run"
    rng = np.random.Generator(getattr(np.random, name)(12))
    rng.integers(0, 9, 3, dtype=np.uint32)  # half a draw may be waiting
    network, optimizer, history, rng = write_checkpoint(path, rng, np.float64)
    state = nn.load_checkpoint(path)
    assert same_arrays(state.network.parameters, network.parameters)
    assert type(state.history) is nn.History and state.history == history
    assert (state.epochs, state.epoch, state.stop) == (2, 2, False)
    for setting in ("learning_rate", "momentum", "decay", "current_learning_rate"):
        assert getattr(state.optimizer, setting) == getattr(optimizer, setting)
    assert len(state.optimizer.states) == 3
    for layer, other in zip(network.layers[::2], state.network.layers[::2], strict=True):
        (t, velocities), (u, others) = optimizer.states[layer], state.optimizer.states[other]
        assert t == u == 2 * 5 and list(velocities) == list(others)
        assert same_arrays(list(velocities.values()), list(others.values()))
        assert any(array.any() for array in others.values())
    for draw in ("integers", "permutation", "random"):
        for _ in range(3):
            assert np.array_equal(getattr(state.rng, draw)(50), getattr(rng, draw)(50))
    assert type(state.rng.bit_generator).__name__ == name


def test_a_checkpoint_before_any_update(tmp_path):
    "A callback may be called by hand, on a state that no optimizer has touched."
    optimizer = nn.StochasticGradientDescent(0.25)
    state = nn.TrainingState(every_layer(), optimizer, nn.History(), np.random.default_rng(0), 7)
    nn.checkpoint(tmp_path / "a")(state)
    found = nn.load_checkpoint(tmp_path / "a")
    assert found.epochs == 7 and found.epoch == 0 and len(found.optimizer.states) == 0


def test_a_checkpoint_at_the_end_of_a_schedule_is_read(tmp_path):
    "A rate of 0 is where many of them end, and it was once written and never read again."
    optimizer = nn.StochasticGradientDescent(0.1)
    optimizer.learning_rate = optimizer.current_learning_rate = 0.0
    nn.checkpoint(tmp_path / "a")(state_of(every_layer(), optimizer))
    found = nn.load_checkpoint(tmp_path / "a").optimizer
    assert found.learning_rate == found.current_learning_rate == 0


def test_the_layers_of_a_plain_inner_network_come_back_in_a_row(tmp_path, rng):
    network = nn.Sequential(nn.Sequential(nn.DenseLayer(2, 3, rng=rng), nn.ReLU()), nn.Softmax())
    nn.save_model(tmp_path / "a", network)
    found = nn.load_model(tmp_path / "a")
    X = rng.standard_normal((4, 2))
    assert len(found.layers) == 3 and same_arrays([found.predict(X)], [network.predict(X)])


def test_a_forgery_that_changes_nothing_is_read(model, saved):
    "Or else the tests below would prove nothing."
    before = nn.load_model(model).parameters
    forge(model, *take(model))
    assert same_arrays(nn.load_model(model).parameters, before)
    state = nn.load_checkpoint(forge(saved, *take(saved)))
    assert state.epoch == 2 and len(state.optimizer.states) == 3


# Broken twin --------------------------------------------------------------------------------------


class Payload:
    "Runs code when it is unpickled."

    def __init__(self, flag):
        self.flag = str(flag)

    def __reduce__(self):
        return open, (self.flag, "w")


def test_no_pickle_is_opened(tmp_path, model, saved):
    flag, good = tmp_path / "flag", model.read_bytes()
    payload = Payload(flag)
    objects = np.array([[payload]], object)
    pickle.loads(pickle.dumps(payload)).close()
    assert flag.exists()  # it would work
    flag.unlink()
    header, arrays = take(model)
    for name in ("0.weights", "2.biases", "more"):
        refused(nn.load_model, forge(model, header, arrays | {name: objects}))
    header_too, arrays_too = take(saved)
    for name in ("0.weights", "optimizer.states.0.1.biases", "more"):
        refused(nn.load_checkpoint, forge(saved, header_too, arrays_too | {name: objects}))
    members = {f"{name}.npy": npy(array) for name, array in arrays.items()}
    refused(nn.load_model, seal(model, members | {"header.npy": npy(objects)}))
    refused(nn.load_model, seal(model, members | {"header.npy": pickle.dumps(payload)}))
    refused(nn.load_model, seal(model, members | {"header": pickle.dumps(payload)}))
    model.write_bytes(pickle.dumps(payload))
    refused(nn.load_model, model)
    refused(nn.load_checkpoint, model)
    raw = pickle.dumps(payload)
    model.write_bytes(raw + hashlib.sha256(raw).hexdigest().encode())
    refused(nn.load_model, model)
    assert not flag.exists()
    model.write_bytes(good)
    nn.load_model(model)


# Extremes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["replace", "fsync"])
def test_a_failure_leaves_the_old_file(model, monkeypatch, name):
    before = model.read_bytes()

    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(os, name, fail)
    with pytest.raises(OSError, match="disk full"):
        nn.save_model(model, every_layer(np.float64))
    with pytest.raises(OSError, match="disk full"):
        write_checkpoint(model)
    assert model.read_bytes() == before and os.listdir(model.parent) == [model.name]


def test_a_link_is_followed(model, tmp_path):
    folder = tmp_path / "links"
    folder.mkdir()
    link = folder / "latest"
    try:
        link.symlink_to(model)
    except OSError:
        pytest.skip("no links here")
    nn.save_model(link, every_layer(np.float64))
    assert link.is_symlink() and os.listdir(folder) == ["latest"]
    assert nn.load_model(model).parameters[0].dtype == np.float64


@pytest.mark.parametrize("kind", ["model", "checkpoint"])
def test_a_hundred_damaged_files(tmp_path, kind):
    good, path = tmp_path / "good", tmp_path / "bad.npz"
    if kind == "model":
        nn.save_model(good, every_layer())
        load = nn.load_model
    else:
        write_checkpoint(good)
        load = nn.load_checkpoint
    raw, chance = good.read_bytes(), random.Random(f"{kind} 1")
    load(good)
    sizes = set()
    for _ in range(100):
        bad = damaged(raw, chance)
        path.write_bytes(bad)
        sizes.add(len(bad) - len(raw))
        with pytest.raises(ValueError) as caught:
            load(path)
        text = str(caught.value)
        assert str(path) in text and "\n" not in text and len(text) < len(str(path)) + 400
    assert min(sizes) < 0 < max(sizes) and 0 in sizes
    assert good.read_bytes() == raw


@pytest.mark.parametrize("load", [nn.load_model, nn.load_checkpoint])
def test_what_is_no_such_file(tmp_path, load):
    path = tmp_path / "x.npz"
    with pytest.raises(FileNotFoundError):
        load(path)
    with pytest.raises(OSError):
        load(tmp_path)
    for raw in (b"", b"P", b"PK\3\4", b"PK\3\4" + bytes(200), b"just some text\n" * 20):
        path.write_bytes(raw)
        with pytest.raises(ValueError) as caught:
            load(path)
        assert str(path) in str(caught.value) and "\n" not in str(caught.value)
        assert ("not an .npz file" in str(caught.value)) == (raw[:4] != b"PK\3\4")
    np.savez(path, header=np.ones(3))
    with pytest.raises(ValueError, match="not ours"):
        load(path)


F32 = np.float32


WRONG_ARRAYS = {
    "weights of one axis": {"2.weights": np.ones(20, F32)},
    "weights of three axes": {"2.weights": np.ones((5, 4, 1), F32)},
    "weights without axes": {"2.weights": np.ones((), F32)},
    "empty weights": {"2.weights": np.ones((5, 0), F32), "2.biases": np.ones((1, 0), F32)},
    "narrow biases": {"2.biases": np.ones((1, 3), F32)},
    "biases of one axis": {"2.biases": np.ones(4, F32)},
    "biases in rows": {"2.biases": np.ones((2, 4), F32)},
    "no chain": {"2.weights": np.ones((6, 4), F32)},
    "no chain behind": {"2.weights": np.ones((5, 9), F32), "2.biases": np.ones((1, 9), F32)},
    "missing weights": {"2.weights": None},
    "missing biases": {"4.biases": None},
    "one too many": {"7.weights": np.ones((2, 2), F32)},
    "a name with a line break": {"a\nb": np.ones(2, F32)},
    "a long name": {"a" * 5000: np.ones(2, F32)},
    "many": {f"array {i}": np.ones(1, F32) for i in range(300)},
    "of a ReLU": {"1.weights": np.ones((5, 5), F32)},
    "integers": {"2.weights": np.ones((5, 4), np.int32)},
    "half": {"2.weights": np.ones((5, 4), np.float16)},
    "big-endian": {"2.weights": np.ones((5, 4), ">f4")},
    "complex": {"2.weights": np.ones((5, 4), np.complex64)},
    "text": {"2.weights": np.full((5, 4), "a")},
    "a record": {"2.weights": np.zeros((5, 4), "f4,f4")},
    "integer biases": {"2.biases": np.ones((1, 4), np.int32)},
    "double biases": {"2.biases": np.ones((1, 4), np.float64)},
    "big-endian biases": {"2.biases": np.ones((1, 4), ">f4")},
    "boolean biases": {"2.biases": np.ones((1, 4), bool)},
}


SECOND = "optimizer.states.1.1"  # what the optimizer knows of the layer in place 2
WRONG_VELOCITIES = {
    "velocity of one axis": {f"{SECOND}.weights": np.ones(20, F32)},
    "wide velocity": {f"{SECOND}.biases": np.ones((1, 5), F32)},
    "missing velocity": {f"{SECOND}.biases": None},
    "one too many": {f"{SECOND}.gamma": np.ones((5, 5), F32)},
    "integer velocity": {f"{SECOND}.weights": np.ones((5, 4), np.int32)},
    "double velocity": {f"{SECOND}.weights": np.ones((5, 4), np.float64)},
    "text velocity": {f"{SECOND}.weights": np.full((5, 4), "a")},
}


def changed(arrays, change):
    return {name: array for name, array in (arrays | change).items() if array is not None}


@pytest.mark.parametrize("name", WRONG_ARRAYS)
def test_arrays_that_do_not_fit(model, saved, name):
    header, arrays = take(model)
    refused(nn.load_model, forge(model, header, changed(arrays, WRONG_ARRAYS[name])))
    header, arrays = take(saved)
    refused(nn.load_checkpoint, forge(saved, header, changed(arrays, WRONG_ARRAYS[name])))


@pytest.mark.parametrize("name", WRONG_VELOCITIES)
def test_velocities_that_do_not_fit(saved, name):
    header, arrays = take(saved)
    refused(nn.load_checkpoint, forge(saved, header, changed(arrays, WRONG_VELOCITIES[name])))


@pytest.mark.parametrize(
    "layers",
    [None, 7, "DenseLayer", [], [["DenseLayer"]], [None], [{}], ["Conv"], ["os.system"]]
    + [["Sequential"], ["DenseLayer"] * 2, ["relu"], ["__class__"], {"DenseLayer": 1}],
    ids=str,
)
def test_layers_that_are_none(model, saved, layers):
    header, arrays = take(model)
    refused(nn.load_model, forge(model, header | {"layers": layers}, arrays))
    header, arrays = take(saved)
    refused(nn.load_checkpoint, forge(saved, header | {"layers": layers}, arrays))


@pytest.mark.parametrize("version", [2, 999, 0, "1", None, [1], 1.5, "2\n3", "9" * 5000])
def test_other_versions(model, saved, version):
    header, arrays = take(model)
    refused(nn.load_model, forge(model, header | {"version": version}, arrays), "version")
    header, arrays = take(saved)
    refused(nn.load_checkpoint, forge(saved, header | {"version": version}, arrays), "version")


def test_one_is_not_the_other(model, saved):
    refused(nn.load_model, saved, "checkpoint", "model")
    refused(nn.load_checkpoint, model, "model", "checkpoint")


def test_kinds_that_are_none(model, saved):
    for kind in (None, 3, "Model", "x" * 5000):
        header, arrays = take(model)
        refused(nn.load_model, forge(model, header | {"kind": kind}, arrays))
    for name in ("version", "kind"):
        header, arrays = take(saved)
        del header[name]
        refused(nn.load_checkpoint, forge(saved, header, arrays))


def inside(header, path, value):
    "The header with another value at a path of keys; without it, if the value is `...`."
    header = json.loads(json.dumps(header))
    *way, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    place = header
    for key in way:
        place = place[key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return header


BITS, HOLDS = "rng.generator.1", "optimizer.holds"
UPDATES = f"{HOLDS}.states.dict.0.1.tuple.0"
WRONG_VALUES = [
    *[
        (f"{BITS}.bit_generator", v)
        for v in ("default_rng", "seed", "Generator", "RandomState", 3, ...)
    ],
    *[
        (f"{BITS}.bit_generator", v)
        for v in ("MT19937", "__doc__", "mtrand", ["PCG64"], "BitGenerator")
    ],
    *[(f"{BITS}.state", v) for v in ({}, 7, None, "x", {"state": -1, "inc": "1"}, ...)],
    *[("rng", v) for v in (None, 3, [], "PCG64", {}, ...)],
    *[("epochs", v) for v in (0, -3, 1.5, "4", None, True, ...)],
    *[("history", v) for v in (3, {"loss": 1}, {"loss": ["a"]}, {"loss": None}, ...)],
    *[("history", {"loss": [10**400]}), ("history", {"loss": "12"})],
    *[(UPDATES, v) for v in (-1, 0, 1.5, "3", None, True, [1], {}, ...)],
    *[(f"{HOLDS}.states", v) for v in (None, 3, [], {}, {"list": []}, ...)],
    *[(f"{HOLDS}.states.dict.0.0", v) for v in ({"layer": 9}, {"layer": 1}, 3, "x", None)],
    *[(f"{HOLDS}.states.dict.0.0", v) for v in ({"layer": -1}, {"layer": 2.5}, [0])],
    *[(f"{HOLDS}.states.dict.0.1", v) for v in (None, {"tuple": []}, {"tuple": [4]}, [4, {}])],
    *[(f"{HOLDS}.learning_rate", v) for v in (-1, "0.1", None, True, 10**400, ...)],
    *[(f"{HOLDS}.momentum", v) for v in (1, -0.1, "0.1", None, ...)],
    *[(f"{HOLDS}.decay", v) for v in (-0.1, "0.1", None, ...)],
    *[
        (f"{HOLDS}.current_learning_rate", v)
        for v in ("x", None, [], "nan", "0.1", -1.0, 10**400, ...)
    ],
    *[("optimizer", v) for v in (None, 3, [], {}, ...)],
    *[("optimizer.class", v) for v in ("Adam", "Sequential", None, 3, ...)],
    *[("memory", v) for v in (None, 3, [], {"list": []}, ...)],
]


@pytest.mark.parametrize(("path", "value"), WRONG_VALUES, ids=lambda v: str(v)[:20])
def test_values_that_do_not_fit(saved, path, value):
    header, arrays = take(saved)
    refused(nn.load_checkpoint, forge(saved, inside(header, path, value), arrays))


@pytest.mark.parametrize("name", ["seed", "get_state", "bytes"])
def test_nothing_but_a_generator_is_called(saved, monkeypatch, name):
    called = []
    monkeypatch.setattr(np.random, name, lambda *arguments: called.append(arguments))
    header, arrays = take(saved)
    header["rng"]["generator"][1]["bit_generator"] = name
    refused(nn.load_checkpoint, forge(saved, header, arrays), name)
    assert called == []


def test_a_number_that_is_none(saved):
    header, arrays = take(saved)
    text = json.dumps(inside(header, f"{HOLDS}.learning_rate", float("nan")))
    refused(nn.load_checkpoint, forge(saved, text.encode(), arrays))


@pytest.mark.parametrize(
    "shape",
    [(10**9, 10**9), (2**62, 4), (10**6, 10**6), (-1, 4), (2**63, 2), (5, 4, 10**15), (6, 4)],
)
def test_shapes_that_are_only_claimed(model, shape):
    header, arrays = take(model)
    members = {f"{name}.npy": npy(array) for name, array in arrays.items()}
    members["header.npy"] = npy(np.frombuffer(json.dumps(header).encode(), np.uint8))
    numbers = arrays["2.weights"].tobytes()

    def claim(shape):
        text = repr({"descr": "<f4", "fortran_order": False, "shape": shape}).encode() + b"\n"
        return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + numbers

    refused(nn.load_model, seal(model, members | {"2.weights.npy": claim(shape)}))
    found = nn.load_model(seal(model, members | {"2.weights.npy": claim((5, 4))}))
    assert same_arrays(found.parameters, every_layer().parameters)


@pytest.mark.parametrize("raw", [b"", b"\x93NUMPY", b"\x93NUMPY\x09\x00" + bytes(60), b"junk" * 9])
def test_members_that_are_no_arrays(model, raw):
    header, arrays = take(model)
    members = {f"{name}.npy": npy(array) for name, array in arrays.items()}
    good = npy(np.frombuffer(json.dumps(header).encode(), np.uint8))
    refused(nn.load_model, seal(model, members | {"header.npy": good, "2.weights.npy": raw}))
    refused(nn.load_model, seal(model, members | {"header.npy": raw}))
    refused(nn.load_model, seal(model, {"header.npy": good}))
    refused(nn.load_model, seal(model, members))
    refused(nn.load_model, seal(model, {}))


def test_damage_below_the_checksum(model, tmp_path):
    "Zip damage that somebody sealed again: still a ValueError with one line, or the same arrays."
    raw, chance, path = model.read_bytes()[:-64], random.Random(5), tmp_path / "sealed"
    network, same = every_layer(), 0
    for _ in range(200):
        bad = bytearray(raw)
        for _ in range(chance.randint(1, 4)):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        path.write_bytes(bad + hashlib.sha256(bad).hexdigest().encode())
        try:
            found = nn.load_model(path)
        except ValueError as error:
            assert str(path) in str(error) and "\n" not in str(error)
        else:
            same += 1
            assert same_arrays(found.parameters, network.parameters)
    assert same < 200


# Float types --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_types_stay(tmp_path, dtype):
    nn.save_model(tmp_path / "a", every_layer(dtype))
    write_checkpoint(tmp_path / "b", dtype=dtype)
    state = nn.load_checkpoint(tmp_path / "b")
    arrays = nn.load_model(tmp_path / "a").parameters + state.network.parameters
    arrays += [v for _, each in state.optimizer.states.values() for v in each.values()]
    assert len(arrays) == 18 and {array.dtype for array in arrays} == {np.dtype(dtype)}


# Errors -------------------------------------------------------------------------------------------


def test_a_missing_folder(tmp_path):
    with pytest.raises(ValueError, match="checkpoint expects a path in an existing folder"):
        nn.checkpoint(tmp_path / "nowhere" / "run")
    with pytest.raises(ValueError, match="there is no folder .*nowhere"):
        nn.save_model(tmp_path / "nowhere" / "model", every_layer())
    assert os.listdir(tmp_path) == []


class Doubling(nn.ReLU):
    "A layer of a reader's own: it holds nothing, and is read back if it is named."


OWN = {  # a network with a part of one's own, and the classes that its reader needs
    "a layer of a subclass": (lambda: nn.Sequential(nn.DenseLayer(2, 2), Doubling()), [Doubling]),
    "a layer with parameters": (lambda: nn.Sequential(PReLU(), nn.DenseLayer(2, 2)), [PReLU]),
    "a layer of layers": (
        lambda: nn.Sequential(nn.DenseLayer(2, 2), Residual(nn.DenseLayer(2, 2))),
        [Residual],
    ),
    "a network of a subclass": (lambda: Twice(nn.DenseLayer(2, 2)), [Twice]),
    "a network of a subclass inside": (lambda: nn.Sequential(Twice(nn.DenseLayer(2, 2))), [Twice]),
}


@pytest.mark.parametrize("name", OWN)
def test_parts_of_your_own_come_back_if_they_are_named(model, name):
    make, classes = OWN[name]
    network, names = make(), ", ".join(each.__name__ for each in classes)
    X = np.random.default_rng(5).standard_normal((4, 2))
    for load, save in (
        (nn.load_model, lambda: nn.save_model(model, network)),
        (nn.load_checkpoint, lambda: nn.checkpoint(model)(state_of(network))),
    ):
        save()
        refused(load, model, f"name their classes: {load.__name__}(path, layers=[{names}])")
        found = load(model, layers=classes)
        found = found if load is nn.load_model else found.network
        assert type(found) is type(network) and repr(found) == repr(network)
        assert same_arrays(found.parameters, network.parameters)
        assert same_arrays([found.predict(X)], [network.predict(X)])


@pytest.mark.parametrize("what", ["a function", "no network"])
def test_what_cannot_be_saved_leaves_the_old_file(model, what):
    "By name, and before anything is written."
    before, network = model.read_bytes(), nn.Sequential(nn.DenseLayer(2, 2), Doubling())
    network.layers[1].curve = np.tanh
    part = network if what == "a function" else network.layers[0]
    text = "1.curve is a ufunc" if what == "a function" else "a Sequential, got a DenseLayer"
    for owner, save in (
        ("save_model", lambda: nn.save_model(model, part)),
        ("checkpoint", lambda: nn.checkpoint(model)(state_of(part))),
    ):
        with pytest.raises(ValueError) as caught:
            save()
        assert str(caught.value).startswith(f"{owner} expects ") and text in str(caught.value)
        assert model.read_bytes() == before and os.listdir(model.parent) == [model.name]


@pytest.mark.parametrize("name", ["weights", "biases"])
@pytest.mark.parametrize(
    "change",
    [
        lambda array: array.astype(np.int64),
        lambda array: array.astype(object),
        lambda array: array.ravel(),
        lambda array: array[:, :2],
        lambda array: array.tolist(),
    ],
    ids=["integers", "objects", "one axis", "narrow", "lists"],
)
def test_nothing_is_written_that_could_not_be_read(tmp_path, model, name, change):
    "The reader would meet the error only after the training, when it is too late."
    before, network = model.read_bytes(), every_layer()
    setattr(network.layers[2], name, change(getattr(network.layers[2], name)))
    state = state_of(network)
    for save in (lambda: nn.save_model(model, network), lambda: nn.checkpoint(model)(state)):
        with pytest.raises(ValueError):
            save()
        assert model.read_bytes() == before


@pytest.mark.parametrize("name", ["current_learning_rate", "states"])
def test_no_run_is_written_that_could_not_be_read(saved, name):
    "Something that somebody set by hand: the file of before stays."
    before, state = saved.read_bytes(), state_of(every_layer())
    states = {state.network.layers[0]: (0, {})}
    setattr(state.optimizer, name, states if name == "states" else -1.0)
    with pytest.raises(ValueError, match="checkpoint expects parts that fit together"):
        nn.checkpoint(saved)(state)
    assert saved.read_bytes() == before and os.listdir(saved.parent) == [saved.name]


class Mine(nn.StochasticGradientDescent):
    "An optimizer of one's own, with a setting more."

    def __init__(self, share=0.5):
        super().__init__(0.1, 0.9)
        self.share = share


def test_other_optimizers_come_back_if_they_are_named(tmp_path):
    path = tmp_path / "a"
    nn.checkpoint(path)(state_of(every_layer(), Mine(0.25)))
    refused(nn.load_checkpoint, path, "load_checkpoint(path, layers=[], optimizer=Mine)")
    found = nn.load_checkpoint(path, optimizer=Mine).optimizer
    assert type(found) is Mine and vars(found) == vars(Mine(0.25))
