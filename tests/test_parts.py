"""What a part holds, by hand. Parts of a reader's own in whole runs and files: contract/."""

import copy
import json
import pickle
from typing import Protocol

import numpy as np
import pytest
from helpers import LAYERS, LOSSES, PReLU, Scale, dense, frozen, says

import nn_from_scratch as nn
from nn_from_scratch import parts

# By hand ------------------------------------------------------------------------------------------


class Weighted:
    "A layer of a reader's own, with weights of any shape and no biases."

    parameter_names = ("kernel",)

    def __init__(self, *shape):
        self.kernel = np.ones(shape)


def test_parameters_are_what_is_named():
    layer = Weighted(2, 1, 3, 3)
    layer.other = np.ones(2)
    assert list(parts.parameters_of(layer)) == ["kernel"]
    assert parts.parameters_of(layer)["kernel"] is layer.kernel
    assert parts.parameters_of(nn.ReLU()) == {} == parts.parameters_of(object())
    assert list(parts.parameters_of(nn.DenseLayer(2, 3))) == ["weights", "biases"]


def test_parts_by_their_path():
    inner = nn.Sequential(nn.DenseLayer(2, 2), nn.ReLU())
    outer = Weighted(2)
    outer.layers = [nn.Sigmoid(), inner]
    found = parts.parts_of(outer)
    paths = ["", "layers[0].", "layers[1].", "layers[1].layers[0].", "layers[1].layers[1]."]
    assert list(found) == paths and found["layers[1].layers[0]."] is inner.layers[0]


def test_gradients_by_name_and_in_the_type_of_the_parameter():
    layer = Weighted(2, 3)
    layer.kernel = layer.kernel.astype(np.float32)
    layer.derivative_kernel = [[1, 2, 3], [4, 5, 6]]
    (gradient,) = parts.as_gradients("a", layer).values()
    assert gradient.dtype == np.float32 and gradient.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_slopes_of_inputs_and_outputs_need_no_name():
    "Only what could be learned must be named: a derivative of what the layer holds as an array."
    layer = Weighted(2)
    layer.inputs = layer.output = np.ones(2)
    layer.derivative_inputs = layer.derivative_outputs = layer.derivative_output = np.ones(2)
    layer.derivative_nothing = 3
    parts.check_part(layer)
    layer.scale, layer.derivative_scale = np.ones(2), np.ones(2)
    says(
        lambda: parts.check_part(layer),
        "Weighted expects parameter_names to name scale, which has a derivative_scale",
    )
    layer.parameter_names = ("kernel", "scale")
    parts.check_part(layer)


@pytest.mark.parametrize("kind", [list, tuple, dict, None])
def test_layers_that_learn_are_held_in_layers(kind):
    "Alone or among others; what is in `.layers` may have another name beside it."

    def held(part):
        return part if kind is None else kind([(1, part)] if kind is dict else [1, part])

    layer, part = Weighted(2), nn.Sequential(nn.ReLU(), nn.DenseLayer(2, 2))
    layer.bend = held(nn.ReLU())  # which learns nothing
    layer.kinds = held(nn.DenseLayer)  # a class is no layer
    parts.check_part(layer)
    layer.inside = held(part)
    says(
        lambda: parts.check_part(layer),
        "Weighted expects layers with parameters to be in .layers, not in .inside",
    )
    layer.layers = [part]
    parts.check_part(layer)


def test_what_is_held_is_looked_at_too():
    "A layer that learns what it does not name is no less wrong inside of another one."
    inner, layer = Weighted(2), Weighted(2)
    inner.parameter_names, inner.derivative_kernel = (), np.ones(2)
    layer.bend = [inner, nn.ReLU()]
    inner.forward = None
    text = "Weighted expects parameter_names to name kernel, which has a derivative_kernel"
    says(lambda: parts.check_part(layer), text)


REMEMBERED = ("inputs", "output", "derivative_inputs", "derivative_weights", "derivative_biases")


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_what_is_copied_holds_nothing_of_a_batch(name, way, rng):
    layer = LAYERS[name](rng, 4)
    bare = sorted(vars(way(layer)))
    layer.backward(layer.forward(rng.standard_normal((5, 4))))
    found = way(layer)
    assert sorted(vars(found)) == bare and not set(bare) & set(REMEMBERED)
    assert set(vars(layer)) & set(REMEMBERED)  # the layer itself goes on
    for array, other in zip(
        parts.parameters_of(found).values(), parts.parameters_of(layer).values(), strict=True
    ):
        np.testing.assert_array_equal(array, other)


@pytest.mark.parametrize("kind", LOSSES, ids=lambda kind: kind.__name__)
def test_nor_does_a_loss(kind):
    loss = kind()
    loss.forward([[0.5, 0.5]], [[1, 0]])
    loss.backward(getattr(loss, "output", [[0.5, 0.5]]), [[1, 0]])
    assert vars(loss) != {} == vars(copy.deepcopy(loss)) == vars(pickle.loads(pickle.dumps(loss)))


def test_a_network_of_many_rows_is_small_on_its_way_elsewhere():
    "And its parts of a reader's own, that have no `__getstate__`, still hold what they hold."
    network, X = nn.Sequential(dense(20, 4), nn.ReLU(), dense(4, 2)), np.ones((10_000, 20))
    size = len(pickle.dumps(network))
    network.backward(network.forward(X))
    assert len(pickle.dumps(network)) == size < 3000


def test_to_forget_is_to_keep_settings():
    part = Weighted(2)
    part.inputs = part.output = part.derivative_kernel = part.derivative_anything = np.ones(3)
    part.outputs, part.rate = 3, 0.5
    assert sorted(parts.forget(part)) == ["kernel", "outputs", "rate"]
    assert parts.forget(part)["kernel"] is part.kernel  # nothing is copied here


@pytest.mark.parametrize("name", [*REMEMBERED, "targets", "derivative_clip"])
def test_a_setting_may_have_the_name_of_what_is_forgotten(name):
    part = Weighted(2)
    for setting in (255.0, 3, True, "mean", (28, 28)):
        setattr(part, name, setting)
        assert parts.forget(part)[name] == setting
    for batch in (np.ones(3), [[1.0, 2.0]], np.float64(3), None):
        setattr(part, name, batch)
        assert list(parts.forget(part)) == ["kernel"]


def packed(value, layers=()):
    "What a `Packer` says of it, through JSON, and its arrays."
    packer = parts.Packer("somebody", layers)
    said = packer.value(value, "at")
    return json.loads(json.dumps(said, default=np.ndarray.tolist)), packer.arrays


def unpacked(said, arrays, *classes):
    return parts.Unpacker("somebody", arrays, classes).value(said)


VALUES = [
    None, True, 0, -3, 0.1 + 0.2, float("inf"), "text", [], (), {}, [1, (2, [3.0])],
    {"a": 1, 2: "b", (3, "c"): [None]}, np.float32(0.1), np.int64(7), np.bool_(True),
    np.arange(6.0).reshape(2, 3), np.ones((0, 2), np.float32), np.array(3), {"": {"": 1}},
    {"w": np.ones(2), "0": np.zeros(2), 0: np.array([5])},
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:30])
def test_what_is_packed_comes_back(value):
    "To the last bit and in its type; arrays lie apart from what JSON says."
    said, arrays = packed(value)
    found = unpacked(said, arrays)
    assert type(found) is type(value) and frozen(found) == frozen(value)
    if isinstance(value, dict):
        assert list(map(type, found)) == list(map(type, value))
    if isinstance(value, (np.ndarray, np.generic)):
        assert list(arrays) == ["at"]


def test_arrays_lie_under_their_paths():
    value = {"velocity": [np.zeros(2), np.ones(3)], "two words": np.ones(1), 4: {"b": np.ones(2)}}
    _, arrays = packed(value)
    assert list(arrays) == ["at.velocity.0", "at.velocity.1", "at.1", "at.2.b"]
    assert arrays["at.velocity.1"] is value["velocity"][1]


def test_what_is_held_twice_is_said_once():
    array, rng = np.arange(3.0), np.random.default_rng(2)
    rng.normal()
    twin = np.random.Generator(rng.bit_generator)  # another object, but of the same numbers
    said, arrays = packed([array, rng, array, rng, twin])
    one, first, other, second, third = unpacked(said, arrays)
    assert one is other and list(arrays) == ["at.0"] and first is second is third
    assert frozen(first) == frozen(rng)


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_every_generator_of_numpy_goes_on_where_it_was(kind):
    rng = np.random.Generator(getattr(np.random, kind)(3))
    rng.normal(size=3)
    found = unpacked(*packed(rng))
    assert found is not rng
    np.testing.assert_array_equal(found.normal(size=5), rng.normal(size=5))


def test_layers_are_known_by_their_places():
    first, second = dense(2, 3), nn.ReLU()
    said, arrays = packed({first: 1, "before": [second]}, (first, second))
    assert arrays == {} and said["dict"][0] == [{"layer": 0}, 1]
    unpacker = parts.Unpacker("somebody", {}, ())
    unpacker.layers = {0: "the first", 1: "the second"}
    assert unpacker.value(said) == {"the first": 1, "before": ["the second"]}


def test_a_part_and_what_it_holds():
    "Its class is named, and made without its `__init__`; memory of a batch is left out."
    part = PReLU(0.5)
    part.backward(part.forward(np.ones((2, 3))))
    packer = parts.Packer("somebody")
    said = packer.part(part, "0")
    assert said == {"class": "PReLU", "holds": {"alpha": {"array": "0.alpha"}}}
    unpacker = parts.Unpacker("somebody", packer.arrays, [PReLU, Scale])
    found = unpacker.part(said)
    assert type(found) is PReLU and vars(found) == {"alpha": part.alpha}
    assert unpacker.used == {"0.alpha"} and parts.classes_in(said) == {"PReLU"}


def test_an_optimizer_is_asked_about_these_layers_only():
    optimizer = nn.StochasticGradientDescent(0.1, 0.9)
    ours, theirs = dense(2, 3), dense(2, 3)
    for layer in (ours, theirs):
        layer.derivative_weights, layer.derivative_biases = np.ones((2, 3)), np.ones((1, 3))
        optimizer.update_params(layer)
    packer = parts.Packer("somebody", [ours])
    said = packer.part(optimizer, "optimizer")
    assert len(said["holds"]["states"]["dict"]) == 1 and len(packer.arrays) == 2
    assert list(optimizer.states) == [ours, theirs]


def test_classes_are_found_at_any_depth():
    inner = {"class": "Inner", "holds": {"a": 1}}
    said = {"layers": ["ReLU", {"class": "Outer", "holds": {"b": {"list": [{"part": inner}]}}}]}
    assert parts.classes_in(said) == {"Outer", "Inner"}
    assert parts.classes_in("text") == parts.classes_in({"class": "no part"}) == set()


def test_arrays_that_share_no_memory_pass():
    weights = np.ones((2, 2))
    parts.check_apart("a", {"0.weights": weights, "1.weights": np.ones(3)}, [weights])


def test_states_that_fit():
    layer = dense(2, 3)
    fine = {"weights": np.zeros((2, 3), np.float32), "biases": np.zeros((1, 3), np.float32)}
    parts.check_states({layer: (3, fine)})
    parts.check_states({})
    parts.check_like("x", layer.weights, fine["weights"])


# Errors -------------------------------------------------------------------------------------------


class TwoMethods(Protocol):
    "What has both."

    def first(self): ...

    def second(self): ...


class Able:
    def first(self): ...

    def second(self): ...


class Half:
    def first(self): ...


def test_parts_have_the_methods_of_the_protocol():
    parts.as_part("a", "tool", Able(), TwoMethods)
    for part in (Half(), Able, None, 3, nn.ReLU(), "text", len):
        says(
            lambda part=part: parts.as_part("a", "tool", part, TwoMethods),
            f"a expects tool with first and second, got {part!r}",
        )


class Held:
    "What nobody can say in JSON."


shared, weights = np.arange(4.0), np.ones((2, 2))
layer = dense(2, 3)
BAD_STATES = {
    "half an update": {layer: (0.5, {})},
    "no updates": {layer: (0, {})},
    "no velocities": {layer: (1, {})},
    "of a layer that learns nothing": {nn.ReLU(): (1, {})},
    "another shape": {layer: (1, {"weights": layer.biases, "biases": layer.biases})},
    "another type": {layer: (1, {"weights": layer.weights * np.float64(1), "biases": [[0, 0, 0]]})},
}


@pytest.mark.parametrize("name", BAD_STATES)
def test_states_that_do_not_fit(name):
    with pytest.raises(ValueError, match="velocit|updates"):
        parts.check_states(BAD_STATES[name])


def twice_at_one_path():
    packer = parts.Packer("somebody")
    packer.array(np.ones(1), "at")
    packer.array(np.ones(1), "at")


def read_only():
    part = sloped((2,))
    part.kernel.setflags(write=False)
    return part


def sloped(shape):
    part = Weighted(2)
    part.derivative_kernel = np.ones(shape)
    return part


ERRORS = {
    "no gradient": (
        lambda: parts.as_gradients("a", Weighted(2)),
        "a expects a layer after backward, Weighted has no derivative_kernel",
    ),
    "no parameters": (
        lambda: parts.as_gradients("a", nn.Softmax()),
        "a expects a layer with parameter_names, Softmax has none",
    ),
    "a name without an array": (
        lambda: parts.parameters_of(type("Empty", (), {"parameter_names": ("gamma",)})()),
        "Empty expects gamma to be a NumPy array, got NoneType",
    ),
    "read-only weights": (
        lambda: parts.as_gradients("a", read_only()),
        "Weighted expects kernel to be an array that can be written to",
    ),
    "a gradient of another shape": (
        lambda: parts.as_gradients("a", sloped((3,))),
        "a expects derivative_kernel (2,), got (3,)",
    ),
    "what JSON cannot say": (
        lambda: packed({"a": [Held()]}),
        "somebody expects parts that hold numbers, text, arrays, generators, and lists and dicts "
        "of these, at.a.0 is a Held",
    ),
    "a function": (lambda: packed([len]), "at.0 is a builtin_function_or_method"),
    "a set": (lambda: packed({"a": {1}}), "at.a is a set"),
    "the id of a layer": (
        lambda: packed({"v": {id(layer): 0.5}}, [layer]),
        "somebody expects layers themselves for keys, at.v.0.key is only an id",
    ),
    "the id of an array, deeper": (lambda: packed([weights, (id(weights), 1)]), "at.1.0 is only"),
    "complex numbers": (lambda: packed(np.ones(2, complex)), "at is a ndarray"),
    "two arrays on one path": (
        twice_at_one_path,
        "somebody expects each array in one place, at is in two",
    ),
    "a layer in two places": (
        lambda: parts.Packer("somebody", [layer, layer]),
        "somebody expects each layer once, got one that is held in two places",
    ),
    "a view of a parameter": (
        lambda: parts.check_apart("a", {"0.part": weights[0]}, [weights]),
        "a expects parameters that share no memory, 0.part shares some",
    ),
    "two classes of one name": (
        lambda: parts.Unpacker("a", {}, [Held, type("Held", (), {})]),
        "a expects classes, and one of each name, got <class",
    ),
    "an object for a class": (
        lambda: parts.Unpacker("a", {}, [layer]),
        "a expects classes, and one of each name, got <nn_from_scratch",
    ),
    "a method of a file": (
        lambda: parts.Unpacker("a", {}, []).fill(nn.ReLU(), {"forward": 3}),
        "ReLU.forward is not what a part holds",
    ),
    "a private door": (
        lambda: parts.Unpacker("a", {}, []).fill(nn.ReLU(), {"__class__": 3}),
        "ReLU.__class__ is not what a part holds",
    ),
    "a parameter that is missing": (
        lambda: parts.Unpacker("a", {}, []).fill(Weighted.__new__(Weighted), {}),
        "Weighted expects kernel to be a NumPy array, got NoneType",
    ),
    "a generator of nobody": (
        lambda: unpacked({"generator": ["at", {"bit_generator": "system"}]}, {}),
        "random generator 'system'",
    ),
    "no array": (lambda: parts.check_like("x", [1.0], np.ones(1)), "x is no array (1,) of float64"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_the_error_says_what_is_needed(name):
    says(*ERRORS[name])
