"""Closed forms of decay and momentum, and whose state it is."""

import copy
import pickle

import numpy as np
import pytest
from helpers import SGD, on_a_slope, says

import nn_from_scratch as nn

# By hand ------------------------------------------------------------------------------------------


def test_plain_step_is_in_place():
    layer = on_a_slope()
    weights = layer.weights
    nn.StochasticGradientDescent(0.25).update_params(layer)
    assert layer.weights is weights
    np.testing.assert_array_equal(layer.weights, -0.25)
    np.testing.assert_array_equal(layer.biases, -0.25)


@pytest.mark.parametrize("decay", [0.0, 1e-3, 0.5])
def test_decay(decay):
    optimizer, layer = nn.StochasticGradientDescent(0.1, decay=decay), on_a_slope()
    assert optimizer.current_learning_rate == 0.1
    rates = []
    for _ in range(20):
        optimizer.update_params(layer)
        rates.append(optimizer.current_learning_rate)
    np.testing.assert_allclose(rates, 0.1 / (1 + decay * np.arange(20)), rtol=1e-14)
    np.testing.assert_allclose(layer.weights, -np.sum(rates), rtol=1e-12)


@pytest.mark.parametrize("momentum", [0.5, 0.9, 0.99])
def test_momentum_on_a_constant_slope(momentum):
    optimizer, layer = nn.StochasticGradientDescent(0.1, momentum), on_a_slope()
    t = np.arange(1, 41)
    velocities = -0.1 * (1 - momentum**t) / (1 - momentum)
    for expected in np.cumsum(velocities):
        optimizer.update_params(layer)
        np.testing.assert_allclose(layer.weights, expected, rtol=1e-10)
        np.testing.assert_allclose(layer.biases, expected, rtol=1e-10)


def test_both_with_gradients_that_change(rng):
    "Against the two formulas, restated for single numbers."
    optimizer, layer = nn.StochasticGradientDescent(0.2, 0.8, 0.05), on_a_slope()
    w, v = 0.0, 0.0
    for t in range(30):
        g = float(rng.standard_normal())
        layer.derivative_weights = np.full((2, 3), g)
        optimizer.update_params(layer)
        v = 0.8 * v - 0.2 / (1 + 0.05 * t) * g
        w = w + v
        np.testing.assert_allclose(layer.weights, w, rtol=1e-12, atol=1e-15)


def test_each_layer_has_its_own_count_and_speed():
    optimizer = nn.StochasticGradientDescent(0.1, 0.9, decay=1.0)
    first, second = on_a_slope(), on_a_slope()
    for _ in range(3):
        optimizer.update_params(first)
    optimizer.update_params(second)
    assert optimizer.current_learning_rate == 0.1
    np.testing.assert_allclose(second.weights, -0.1)
    optimizer.update_params(first)
    assert optimizer.current_learning_rate == 0.1 / 4
    assert set(vars(first)) == set(vars(nn.DenseLayer(1, 1))) | {
        "derivative_weights",
        "derivative_biases",
    }


def test_two_optimizers_do_not_share(rng):
    one, two = nn.StochasticGradientDescent(0.1, 0.9), nn.StochasticGradientDescent(0.1, 0.9)
    layer = on_a_slope()
    one.update_params(layer)
    two.update_params(layer)
    np.testing.assert_allclose(layer.weights, -0.2)


def test_a_rate_changed_on_the_way_takes_effect():
    optimizer, layer = nn.StochasticGradientDescent(0.1), on_a_slope()
    optimizer.update_params(layer)
    optimizer.learning_rate = 1.0
    optimizer.update_params(layer)
    np.testing.assert_allclose(layer.weights, -1.1)


def test_new_weights_of_another_shape_start_anew():
    optimizer, layer = nn.StochasticGradientDescent(0.1, 0.9, decay=1.0), on_a_slope()
    optimizer.update_params(layer)
    layer.weights, layer.derivative_weights = np.zeros((4, 3)), np.ones((4, 3))
    optimizer.update_params(layer)
    assert optimizer.current_learning_rate == 0.1
    np.testing.assert_allclose(layer.weights, -0.1)
    layer.weights = layer.weights.astype(np.float32)
    optimizer.update_params(layer)
    assert layer.weights.dtype == np.float32
    np.testing.assert_allclose(layer.weights, -0.2, rtol=1e-6)


def test_the_optimizer_never_changes_gradients(rng):
    layer = nn.DenseLayer(3, 2, rng=rng)
    layer.backward(np.ones_like(layer.forward(rng.standard_normal((4, 3)))))
    layer.derivative_weights.setflags(write=False)
    optimizer = nn.StochasticGradientDescent(0.1, 0.9)
    before = layer.derivative_weights.copy()
    for _ in range(3):
        optimizer.update_params(layer)
    np.testing.assert_array_equal(layer.derivative_weights, before)


def test_the_state_is_a_plain_dict():
    "It keeps its layers alive; (updates so far, velocities by name) for each."
    optimizer = nn.StochasticGradientDescent(0.1, 0.9)
    assert type(optimizer.states) is dict and optimizer.states == {}
    optimizer.update_params(on_a_slope())
    ((layer, (t, velocities)),) = optimizer.states.items()
    assert isinstance(layer, nn.DenseLayer) and t == 1
    assert {name: array.shape for name, array in velocities.items()} == {
        "weights": (2, 3),
        "biases": (1, 3),
    }


@pytest.mark.parametrize(
    "way", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))], ids=["copy", "pickle"]
)
def test_a_copied_pair_goes_on_alike(way):
    optimizer, layer = nn.StochasticGradientDescent(0.1, 0.9, 0.5), on_a_slope()
    optimizer.update_params(layer)
    other_layer, other = way((layer, optimizer))
    assert list(other.states) == [other_layer] and other_layer is not layer
    assert not hasattr(other_layer, "derivative_weights")  # a copy holds no memory of a batch
    for name in ("derivative_weights", "derivative_biases"):
        setattr(other_layer, name, getattr(layer, name))
    for _ in range(2):
        optimizer.update_params(layer)
    assert not np.array_equal(other_layer.weights, layer.weights)
    for _ in range(2):
        other.update_params(other_layer)
    np.testing.assert_array_equal(other_layer.weights, layer.weights)


class Scale:
    "A layer of a reader's own: one factor for each map (m, 1, 1), and no biases."

    parameter_names = ("factors",)

    def __init__(self, *shape):
        self.factors = np.ones(shape)
        self.offset = np.ones(2)  # no parameter, for it is not named


@pytest.mark.parametrize("shape", [(), (4,), (3, 1, 1), (2, 3, 4, 5)])
def test_what_a_layer_names_is_what_it_learns(shape):
    "Of any name and shape, and nothing else."
    layer, optimizer = Scale(*shape), nn.StochasticGradientDescent(0.25, 0.5)
    layer.derivative_factors = np.full(shape, 2.0)
    for _ in range(2):
        optimizer.update_params(layer)
    np.testing.assert_array_equal(layer.factors, np.full(shape, 1 - 0.5 - 0.75))
    assert (layer.offset == 1).all() and list(optimizer.states[layer][1]) == ["factors"]


def test_the_momentum_of_scikit_learn_is_nesterovs_by_default():
    "As the lesson says."
    neural_network = pytest.importorskip("sklearn.neural_network")
    assert neural_network.MLPClassifier().nesterovs_momentum is True


# Broken twin --------------------------------------------------------------------------------------


def displacement(optimizer, n_steps=30):
    "How far a weight rolls on a constant slope of one."
    layer = nn.DenseLayer(1, 1, dtype=np.float64)
    layer.weights[:] = 0
    layer.derivative_weights, layer.derivative_biases = np.ones((1, 1)), np.zeros((1, 1))
    for _ in range(n_steps):
        optimizer.update_params(layer)
    return layer.weights[0, 0]


def test_averaged_momentum_is_caught():
    class Averaged(nn.StochasticGradientDescent):
        def update_params(self, layer):
            kept = layer.derivative_weights
            layer.derivative_weights = (1 - self.momentum) * kept
            super().update_params(layer)
            layer.derivative_weights = kept

    t = np.arange(1, 31)
    expected = -np.sum(0.1 * (1 - 0.9**t) / (1 - 0.9))
    np.testing.assert_allclose(
        displacement(nn.StochasticGradientDescent(0.1, momentum=0.9)), expected
    )
    np.testing.assert_allclose(displacement(Averaged(0.1, momentum=0.9)) * 10, expected)


# Extremes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("momentum", [0.4, 0.5, 0.9, 0.99])
def test_a_velocity_without_gradients_never_becomes_denormal(dtype, momentum):
    "It fades as the formula says, and ends at zero, not at the smallest numbers there are."
    optimizer, layer = nn.StochasticGradientDescent(1.0, momentum), on_a_slope(dtype)
    limits = np.finfo(dtype)
    start = expected = 1e6 * float(limits.tiny) / float(limits.eps)
    layer.derivative_weights[:] = start
    optimizer.update_params(layer)
    layer.derivative_weights, layer.derivative_biases = np.zeros((2, 3)), np.zeros((1, 3))
    for _ in range(int(np.log(1e-7 * limits.eps) / np.log(momentum)) + 16):
        optimizer.update_params(layer)
        expected *= momentum
        velocity = -optimizer.states[layer][1]["weights"]
        assert not ((velocity != 0) & (velocity < limits.tiny)).any()
        if expected > 2 * limits.tiny / limits.eps:
            np.testing.assert_allclose(velocity, expected, rtol=1e-3)
    assert not velocity.any()
    np.testing.assert_allclose(layer.weights, -start / (1 - momentum), rtol=1e-4)


def test_a_tiny_gradient_counts_in_full():
    "Only what is left of earlier pushes is brought to rest, also in every 16th update."
    optimizer, layer = nn.StochasticGradientDescent(0.5, 0.9), on_a_slope(np.float32)
    layer.derivative_weights[:] = 1e-36
    for _ in range(40):
        layer.weights[:] = 0
        optimizer.update_params(layer)
        assert (layer.weights <= np.float32(-5e-37)).all()


def test_weights_end_the_same_as_without_the_rest():
    "What is brought to rest is too small to show in any weight, to the last bit."
    optimizer, layer = nn.StochasticGradientDescent(0.1, 0.9), on_a_slope(np.float32)
    rng = np.random.default_rng(0)
    layer.weights[:] = rng.standard_normal((2, 3))
    weights, velocity = layer.weights.copy(), np.zeros((2, 3), np.float32)
    for t in range(1000):
        gradient = rng.standard_normal((2, 3)).astype(np.float32) * (t < 100)
        layer.derivative_weights = gradient
        optimizer.update_params(layer)
        velocity = np.float32(0.9) * velocity - np.float32(0.1) * gradient
        weights = weights + velocity
        np.testing.assert_array_equal(layer.weights, weights)
    assert velocity.any() and not optimizer.states[layer][1]["weights"].any()


def test_quiet_where_numpy_is_made_to_raise():
    "Steps that run over or under: whatever a user has set."
    layer = on_a_slope(np.float32)
    layer.derivative_weights[0] = [3e38, -3e38, 1e-40]
    layer.derivative_biases[0] = np.nan
    with np.errstate(all="raise"):
        optimizer = nn.StochasticGradientDescent(10, 0.9)
        for _ in range(3):
            optimizer.update_params(layer)
    assert layer.weights[0, :2].tolist() == [-np.inf, np.inf] and np.isnan(layer.biases).all()


# Float types --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_types_stay(dtype):
    "Of the weights, whatever the numbers of the optimizer and the gradients are."
    layer = on_a_slope(dtype)
    layer.derivative_weights = layer.derivative_weights.astype(np.float64)
    optimizer = nn.StochasticGradientDescent(np.float64(0.1), 0.9, 0.1)
    optimizer.update_params(layer)
    assert layer.weights.dtype == layer.biases.dtype == dtype
    assert all(velocity.dtype == dtype for velocity in optimizer.states[layer][1].values())
    assert type(optimizer.current_learning_rate) is float


# Errors -------------------------------------------------------------------------------------------


def with_lists():
    layer = nn.DenseLayer(1, 1, rng=0)
    layer.weights, layer.derivative_weights, layer.derivative_biases = [[1.0]], [[1.0]], [[1.0]]
    return layer


class Forgetful(Scale):
    "Names one of its two parameters."

    def __init__(self):
        super().__init__(2)
        self.gamma = np.ones(2)
        self.derivative_factors = self.derivative_gamma = np.ones(2)


ERRORS = {
    "rate zero": (lambda: SGD(0), "learning_rate > 0, got 0"),
    "rate true": (lambda: SGD(True), "learning_rate > 0, got True"),
    "rate nan": (lambda: SGD(float("nan")), "learning_rate > 0, got nan"),
    "rate infinite": (lambda: SGD(10**400), "learning_rate > 0, got 1000"),
    "rate of text": (lambda: SGD("0.1"), "learning_rate > 0, got '0.1'"),
    "momentum one": (lambda: SGD(0.1, momentum=1), "momentum in [0, 1), got 1"),
    "momentum negative": (lambda: SGD(0.1, momentum=-0.1), "momentum in [0, 1)"),
    "decay negative": (lambda: SGD(0.1, decay=-1), "decay >= 0, got -1"),
    "update of relu": (
        lambda: SGD().update_params(nn.ReLU()),
        "StochasticGradientDescent expects a layer with parameter_names, ReLU has none",
    ),
    "update before backward": (
        lambda: SGD().update_params(nn.DenseLayer(2, 2)),
        "expects a layer after backward, DenseLayer has no derivative_weights",
    ),
    "weights as a list": (
        lambda: SGD().update_params(with_lists()),
        "DenseLayer expects weights to be a NumPy array, got list",
    ),
    "a parameter without a name": (
        lambda: SGD().update_params(Forgetful()),
        "Forgetful expects parameter_names to name gamma, which has a derivative_gamma",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_the_error_says_what_is_needed(name):
    says(*ERRORS[name])


def test_nothing_moves_before_all_is_looked_at():
    "Neither the named parameter nor the state, if another one has no name."
    layer, optimizer = Forgetful(), SGD(0.1)
    with pytest.raises(ValueError):
        optimizer.update_params(layer)
    assert (layer.factors == 1).all() and optimizer.states == {}


def test_read_only_weights_are_named():
    layer = on_a_slope()
    layer.biases.setflags(write=False)
    text = "DenseLayer expects biases to be an array that can be written to"
    with pytest.raises(ValueError, match=text):
        nn.StochasticGradientDescent(0.1).update_params(layer)
    assert not layer.weights.any()


def test_a_failed_update_changes_nothing(rng):
    layer, optimizer = nn.DenseLayer(3, 2, rng=rng), SGD(0.1, 0.9, 0.1)
    layer.backward(np.ones_like(layer.forward(np.ones((4, 3)))))
    optimizer.update_params(layer)
    before, rate = layer.weights.copy(), optimizer.current_learning_rate
    layer.derivative_biases = np.ones((1, 5))
    with pytest.raises(ValueError, match=r"derivative_biases \(1, 2\), got \(1, 5\)"):
        optimizer.update_params(layer)
    assert np.array_equal(layer.weights, before) and optimizer.current_learning_rate == rate
    layer.derivative_biases = np.zeros((1, 2))
    optimizer.update_params(layer)
    assert optimizer.current_learning_rate == 0.1 / 1.1
