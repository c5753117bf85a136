"""The protocols, Sequential and evaluate; layers of a reader's own: contract/test_own_parts.py."""

import copy
import typing
import warnings

import numpy as np
import pytest
from helpers import LAYERS, LOSSES, TASKS, N, dense, frozen, network_of, says, task

import nn_from_scratch as nn
from nn_from_scratch import network as rooms

# By hand ------------------------------------------------------------------------------------------


PARTS = {  # what a part of each kind must have, and ours of that kind
    nn.Layer: (["forward", "backward"], [make(None, 2) for make in LAYERS.values()]),
    nn.Loss: (["forward", "backward"], [kind() for kind in LOSSES]),
    nn.Optimizer: (["update_params"], [nn.StochasticGradientDescent()]),
    nn.Metric: (["calculate"], [nn.Accuracy()]),
}


@pytest.mark.parametrize("protocol", PARTS, ids=lambda protocol: protocol.__name__)
def test_the_protocols_say_what_a_part_must_have(protocol):
    "Each on one page, typed, and ours have it; a network is a layer itself."
    methods, ours = PARTS[protocol]
    assert issubclass(protocol, typing.Protocol)
    assert [name for name in vars(protocol) if not name.startswith("_")] == methods
    for name in methods:
        assert set(typing.get_type_hints(getattr(protocol, name))) >= {"return"}
    for part in [*ours, nn.Sequential(nn.ReLU())][: len(ours) + (protocol is nn.Layer)]:
        assert all(callable(getattr(part, name)) for name in methods)


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


def test_predict_copies_no_weights():
    "The twin that predicts has its own memory of inputs and outputs, and the same arrays."
    seen = []

    class Spy(nn.DenseLayer):
        def forward(self, inputs):
            seen.append((id(self), id(self.weights), id(self.biases)))
            return super().forward(inputs)

    layer = Spy(2, 3)
    nn.Sequential(nn.ReLU(), layer).predict(np.ones((3, 2)))
    ((twin, *arrays),) = seen
    assert twin != id(layer) and arrays == [id(layer.weights), id(layer.biases)]


class Buffered:
    "A layer of one's own that uses its arrays again: its output, a mean that runs, and a list."

    def __init__(self):
        self.buffer, self.mean, self.seen = np.zeros((4, 2)), np.zeros(2), []

    def forward(self, inputs):
        self.mean *= 0.5
        self.mean += inputs.mean(axis=0)
        self.seen.append(len(inputs))
        self.output = np.multiply(inputs, 2, out=self.buffer[: len(inputs)])
        return self.output

    def backward(self, derivative_outputs):
        return 2 * derivative_outputs


@pytest.mark.parametrize("after", [(), (nn.ReLU(),), (nn.DenseLayer(2, 1, rng=0),)])
def test_a_layer_may_use_its_arrays_again(after):
    "Every row comes from its own batch, and the layer itself notices nothing of it."
    layer, X = Buffered(), np.arange(20.0).reshape(10, 2)
    network = nn.Sequential(layer, *after)
    whole = nn.Sequential(*after).forward(2 * X) if after else 2 * X
    network.forward(X[:4])  # whoever comes after it keeps its buffer
    before = frozen(network)
    np.testing.assert_allclose(network.predict(X, batch_size=4), whole, rtol=1e-6)
    found = nn.evaluate(network, nn.MeanSquaredError(), X, 1 + whole, batch_size=4)
    np.testing.assert_allclose(found["loss"], 1, rtol=1e-6)
    assert frozen(network) == before and layer.seen == [4]


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


def test_what_is_learned_in_order():
    network = network_of(2, 4, nn.ReLU, 3)
    first, _, last = network.layers
    assert network.trained == [first, last] and nn.Sequential(nn.ReLU()).trained == []
    arrays = [first.weights, first.biases, last.weights, last.biases]
    assert all(a is b for a, b in zip(network.parameters, arrays, strict=True))


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


def test_a_metric_is_named_after_its_class():
    class TopFive(nn.Accuracy):
        pass

    network, loss, X, y = task("fused softmax")
    assert list(nn.evaluate(network, loss, X, y, TopFive())) == ["loss", "top_five"]


class LargestError:
    "A metric that no mean of batches gives; what it got is written down."

    def __init__(self):
        self.got = []

    def calculate(self, predictions, targets):
        self.got.append((predictions, targets))
        return np.float32(np.abs(predictions - targets).max())


def test_scores_by_hand():
    "The loss is a mean over samples; the metric is asked once, with all of them, in order."
    metric = LargestError()
    scores, A = rooms.Scores(metric), np.array([[1.0], [2], [3]])
    scores.add(1.0, A, np.zeros((3, 1)))
    A[:] = 99  # a layer may use its array again
    scores.add(np.float32(5), np.array([[7.0]]), np.array([[9.0]]))
    found = scores.result()
    assert found == {"loss": 2.0, "largest_error": 3.0}
    assert all(type(value) is float for value in found.values())
    ((predictions, targets),) = metric.got
    np.testing.assert_array_equal(predictions, [[1], [2], [3], [7]])
    np.testing.assert_array_equal(targets, [[0], [0], [0], [9]])


def test_scores_without_a_metric_keep_no_predictions():
    scores = rooms.Scores()
    scores.add(0.5, np.ones((2, 1)), np.ones((2, 1)))
    assert scores.result() == {"loss": 0.5} and scores.said == scores.right == []


def test_a_metric_is_not_asked_about_nan():
    metric = LargestError()
    scores = rooms.Scores(metric)
    scores.add(float("nan"), np.full((2, 1), np.nan), np.ones((2, 1)))
    assert list(map(str, scores.result().values())) == ["nan", "nan"] and metric.got == []


@pytest.mark.parametrize("value", [None, "high", [1.0, 2.0], {}])
def test_a_metric_that_gives_no_number(value):
    class Odd:
        def calculate(self, predictions, targets):
            return value

    scores = rooms.Scores(Odd())
    scores.add(0.5, np.ones((2, 1)), np.ones((2, 1)))
    says(scores.result, f"Odd expects calculate to give a number, got {value!r}")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Accuracy", "accuracy"), ("TopFive", "top_five"), ("F1", "f1"), ("R2", "r2"), ("AUC", "auc")],
)
def test_the_name_of_a_metric(name, expected):
    assert rooms.metric_name(type(name, (), {})()) == expected


def test_evaluate_gives_the_metric_what_the_loss_makes_of_the_output():
    "Probabilities and not logits; all of them at once, whatever the size of a batch."
    metric, network = LargestError(), nn.Sequential(dense(2, 1))
    X, y = np.linspace(-1, 1, 14).reshape(7, 2), np.arange(7)[:, None] % 2
    loss = nn.SigmoidBinaryCrossEntropy()
    found = nn.evaluate(network, loss, X, y, metric, batch_size=3)
    value = loss.forward(network.predict(X), y)
    ((predictions, targets),) = metric.got
    np.testing.assert_allclose(predictions, loss.output, rtol=1e-6)
    np.testing.assert_array_equal(targets, y)
    np.testing.assert_allclose(found["loss"], value, rtol=1e-6)
    assert found["largest_error"] == float(np.float32(np.abs(predictions - targets).max()))


# Gradients ----------------------------------------------------------------------------------------


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
        self.layers, self.y = [network, loss], y

    def forward(self, inputs):
        network, loss = self.layers
        A = network.forward(inputs)
        self.value = np.array([[loss.forward(A, self.y)]])
        self.P = getattr(loss, "output", A)
        return self.value

    def backward(self, derivative_outputs):
        network, loss = self.layers
        slope = network.backward(loss.backward(self.P, self.y))
        for layer in network.trained:
            layer.derivative_weights = layer.derivative_weights * derivative_outputs
            layer.derivative_biases = layer.derivative_biases * derivative_outputs
        return slope * derivative_outputs


@pytest.mark.parametrize("name", TASKS)
def test_gradients_through_every_loss(name):
    network, loss, X, y = task(name, np.float64, n=6)
    errors = nn.check_gradients(WithLoss(network, loss, y), X)
    assert len(errors) == 1 + len(network.parameters)


def test_a_whole_network(rng):
    "The slope of the loss in every weight of two layers, through the chain of all parts."
    X, y = rng.standard_normal((8, 6)), rng.integers(0, 3, 8)
    dense1 = nn.DenseLayer(6, 5, dtype=np.float64, rng=rng)
    dense2 = nn.DenseLayer(5, 3, dtype=np.float64, rng=rng)
    relu, loss = nn.ReLU(), nn.SoftmaxCategoricalCrossEntropy()

    def forward():
        dense1.forward(X)
        relu.forward(dense1.output)
        return loss.forward(dense2.forward(relu.output), y)

    forward()
    loss.backward(loss.output, y)
    dense2.backward(loss.derivative_inputs)
    relu.backward(dense2.derivative_inputs)
    dense1.backward(relu.derivative_inputs)
    for layer in (dense1, dense2):
        for name in ("weights", "biases"):
            claimed = getattr(layer, f"derivative_{name}").copy()
            kept = getattr(layer, name)

            def loss_at(values, layer=layer, name=name):
                setattr(layer, name, values)
                return forward()

            assert nn.relative_error(claimed, nn.numerical_gradient(loss_at, kept)) < 1e-7
            setattr(layer, name, kept)


# Broken twin --------------------------------------------------------------------------------------


def test_a_backward_in_the_wrong_order_is_caught(rng):
    class Forwards(nn.Sequential):
        def backward(self, derivative_outputs):
            for layer in self.layers:
                derivative_outputs = layer.backward(derivative_outputs)
            return derivative_outputs

    parts = (nn.DenseLayer(4, 4, rng=rng), nn.Sigmoid(), nn.DenseLayer(4, 4, rng=rng))
    X = rng.standard_normal((5, 4))
    nn.check_gradients(nn.Sequential(*parts), X)
    with pytest.raises(AssertionError, match="Forwards.backward is wrong"):
        nn.check_gradients(Forwards(*parts), X)


# Extremes -----------------------------------------------------------------------------------------


def test_evaluate_of_nan():
    "A metric need not understand predictions of nan: it is not asked."
    network, loss, X, y = task("fused softmax")
    X[2] = np.nan
    found = nn.evaluate(network, loss, X, y, nn.Accuracy(), batch_size=4)
    assert list(map(str, found.values())) == ["nan", "nan"]
    assert list(found) == ["loss", "accuracy"]


def test_quiet_where_numpy_is_made_to_raise():
    "Also the metric of a reader may meet infinity in here."

    class Spread:
        def calculate(self, predictions, targets):
            return np.float32(3e38) * predictions.max() * 10

    network, loss, X, y = task("squares")
    X[0] = 1e20  # its squares and sums run over
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        found = nn.evaluate(network, loss, X, y, Spread())
        network.predict(X)
    assert found["spread"] == np.inf


# Float types --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_types_stay(dtype):
    network, loss, X, y = task("softmax", dtype)
    for given in (np.float32, np.float64):
        output = network.forward(X.astype(given))
        assert output.dtype == network.predict(X.astype(given)).dtype == dtype
        assert network.backward(loss.backward(output, y)).dtype == dtype
    assert type(nn.evaluate(network, loss, X, y)["loss"]) is float


# Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("X", [np.ones((4, 3)), np.ones(2), 1.0, [["a", "b"]]], ids=str)
def test_predict_refuses(X):
    network = network_of(2, 3)
    with pytest.raises(ValueError):
        network.predict(X)
    with pytest.raises(ValueError, match="batch_size"):
        network.predict(np.ones((1, 2)), batch_size=0)


SAME = nn.ReLU()


REFUSED = {
    "sizes": ((dense(2, 4), nn.ReLU(), dense(3, 1)), "layer 2 to have n_inputs 4.*got 3"),
    "a class": ((dense(2, 4), nn.ReLU), "layer 1 with forward and backward, got <class"),
    "a number": ((dense(2, 4), 7), "layer 1 with forward and backward, got 7"),
    "a list": (([dense(2, 4)],), r"layer 0 with forward and backward, got \[<"),
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


def test_evaluate_needs_parts_that_are_able():
    network, loss, X, y = task("squares")
    for change, text in (
        ({"network": network.layers}, "evaluate expects network with predict, got ("),
        ({"network": nn.Sequential}, "evaluate expects network with predict, got <class"),
        ({"loss": nn.ReLU}, "evaluate expects loss with forward and backward, got <class"),
        ({"loss": None}, "evaluate expects loss with forward and backward, got None"),
        ({"metric": len}, "evaluate expects metric with calculate, got <built-in"),
    ):
        arguments = {"network": network, "loss": loss, "X": X, "y": y} | change
        says(lambda arguments=arguments: nn.evaluate(**arguments), text)
