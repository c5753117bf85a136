"""Every number worked out a second time: by autograd, by torch, and by values stored from torch.

The formulas are written down here once more, forward only and as plainly as they can be: no shift
of the logits, no clipping, no fused gradient. `autograd` (and torch, where it is installed) derives
them. What the library gives must agree in float64 to 1e-9.
"""

import json

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from helpers import ROOT
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nn_from_scratch as nn

TOLERANCE = 1e-9
EDGE = 50.0  # logits to here: exp(50) is large, and no trouble yet
SIZES = st.integers(1, 6)
SEEDS = st.integers(0, 2**32 - 1)


def relative_error(found, expected, scale=0.0):
    """Largest difference over the largest entry of either array, or over `scale` if that is larger.

    The scale is the size of the terms that a gradient is the sum of: where they cancel (the slope
    of a saturated sigmoid, P - Y of a sure answer) no method knows more digits of the rest.
    """
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape and found.dtype == expected.dtype == np.float64
    scale = max(np.abs(found).max(), np.abs(expected).max(), scale)
    return 0.0 if scale == 0 else np.abs(found - expected).max() / scale


def agree(found, expected, scale=0.0):
    error = relative_error(found, expected, scale)
    assert error <= TOLERANCE, f"relative error {error:.1e}"


# The formulas once more --------------------------------------------------------------------------


def dense(X, W, b):
    return anp.dot(X, W) + b


def relu(Z):
    return anp.where(Z > 0, Z, 0.0)


def sigmoid(Z):
    return 1 / (1 + anp.exp(-Z))


def softmax(Z):
    return anp.exp(Z) / anp.sum(anp.exp(Z), axis=1, keepdims=True)


def squared_error(P, Y):
    return anp.sum((P - Y) ** 2) / P.size


def cross_entropy(P, Y):
    if Y.ndim == 1:  # by looking up, where the library makes rows
        return -anp.sum(anp.log(P[np.arange(len(Y)), Y])) / len(Y)
    return -anp.sum(Y * anp.log(P)) / len(Y)


def binary_cross_entropy(P, Y):
    return -anp.sum(Y * anp.log(P) + (1 - Y) * anp.log1p(-P)) / P.size


def softmax_cross_entropy(Z, Y):
    log_sums = anp.log(anp.sum(anp.exp(Z), axis=1))
    if Y.ndim == 1:
        return anp.sum(log_sums - Z[np.arange(len(Y)), Y]) / len(Y)
    return (anp.sum(log_sums * Y.sum(axis=1)) - anp.sum(Y * Z)) / len(Y)


def sigmoid_cross_entropy(Z, Y):
    return anp.sum(anp.log1p(anp.exp(Z)) - Y * Z) / Z.size


ACTIVATIONS = {nn.ReLU: relu, nn.Sigmoid: sigmoid, nn.Softmax: softmax}
LOSSES = {
    nn.MeanSquaredError: squared_error,
    nn.CategoricalCrossEntropy: cross_entropy,
    nn.BinaryCrossEntropy: binary_cross_entropy,
    nn.SoftmaxCategoricalCrossEntropy: softmax_cross_entropy,
    nn.SigmoidBinaryCrossEntropy: sigmoid_cross_entropy,
}
CATEGORICAL = (nn.CategoricalCrossEntropy, nn.SoftmaxCategoricalCrossEntropy)
FUSED = (nn.SoftmaxCategoricalCrossEntropy, nn.SigmoidBinaryCrossEntropy)


# What is drawn -----------------------------------------------------------------------------------


def numbers(low, high, *extremes):
    "Floats between the limits, among them the extremes, and no smaller ones than 1e-100."
    plain = st.floats(low, high).map(lambda value: value if abs(value) > 1e-100 else 0.0)
    return plain | st.sampled_from([*extremes, low, high])


@st.composite
def arrays(draw, elements, shape=None):
    shape = shape or (draw(SIZES), draw(SIZES))
    return draw(hnp.arrays(np.float64, shape, elements=elements, fill=elements))


def rows_of_probabilities(seed, n, k):
    rows = np.random.default_rng(seed).uniform(0, 1, (n, k)) ** 3 + 1e-6
    return rows / rows.sum(axis=1, keepdims=True)


@st.composite
def targets_of(draw, loss, n, k):
    "Targets of each form that the loss knows: labels, one-hot rows, soft rows; bits or numbers."
    seed = draw(SEEDS)
    rng = np.random.default_rng(seed)
    if loss in CATEGORICAL:
        labels = rng.integers(0, k, n)
        form = draw(st.sampled_from(["labels", "small labels", "one-hot", "soft"]))
        soft = rows_of_probabilities(seed, n, k)
        forms = {"labels": labels, "small labels": labels.astype(np.uint8), "soft": soft}
        return forms.get(form, np.eye(k)[labels])
    if loss is nn.MeanSquaredError:
        return 100 * rng.standard_normal((n, k))
    return draw(st.sampled_from([rng.integers(0, 2, (n, k)).astype(float), rng.random((n, k))]))


LOGITS = numbers(-EDGE, EDGE, 0.0, 1.0, -1.0, 1e-8)
SLOPES = numbers(-1e3, 1e3, 0.0, 1.0, -1e-6)
CHANCES = st.sampled_from([1e-300, 1e-100, 1e-12, 1e-3, 0.5, 1 - 1e-3, 1 - 1e-12, 1 - 2.0**-53])


# Components against autograd ---------------------------------------------------------------------


@given(data=st.data(), n=SIZES, d=SIZES, k=SIZES)
def test_dense_layer(data, n, d, k):
    X, G = data.draw(arrays(SLOPES, (n, d))), data.draw(arrays(SLOPES, (n, k)))
    layer = nn.DenseLayer(d, k, dtype=np.float64)
    layer.weights, layer.biases = (
        data.draw(arrays(SLOPES, (d, k))),
        data.draw(arrays(SLOPES, (1, k))),
    )
    W, b = layer.weights.copy(), layer.biases.copy()
    output_scale = (np.abs(X) @ np.abs(W) + np.abs(b)).max()
    agree(layer.forward(X), np.einsum("nd,dk->nk", X, W) + b, output_scale)
    back = layer.backward(G)
    assert back is layer.derivative_inputs

    def loss(*parts):
        return anp.sum(dense(*parts) * G)

    names = ("derivative_inputs", "derivative_weights", "derivative_biases")
    scales = np.abs(G) @ np.abs(W).T, np.abs(X).T @ np.abs(G), np.abs(G).sum(axis=0)
    for i, (name, scale) in enumerate(zip(names, scales, strict=True)):
        agree(getattr(layer, name), grad(loss, i)(X, W, b), scale.max())


@pytest.mark.parametrize("kind", ACTIVATIONS, ids=lambda kind: kind.__name__)
@given(data=st.data(), Z=arrays(LOGITS))
def test_activations(kind, data, Z):
    "With logits to +-50, many of them the same or zero; the scale is that of the incoming slope."
    G = data.draw(arrays(SLOPES, Z.shape))
    part, formula = kind(), ACTIVATIONS[kind]
    agree(part.forward(Z), formula(Z))
    agree(part.backward(G), grad(lambda Z: anp.sum(G * formula(Z)))(Z), np.abs(G).max())


@pytest.mark.parametrize("kind", ACTIVATIONS, ids=lambda kind: kind.__name__)
@given(n=SIZES, k=st.integers(2, 6), seed=SEEDS)
def test_activations_by_their_own_scale(kind, n, k, seed):
    "Where nothing is saturated, not even the scale of the slope is granted."
    rng = np.random.default_rng(seed)
    Z, G = rng.uniform(-3, 3, (n, k)), rng.standard_normal((n, k))
    part, formula = kind(), ACTIVATIONS[kind]
    part.forward(Z)
    agree(part.backward(G), grad(lambda Z: anp.sum(G * formula(Z)))(Z))


def loss_case(data, kind, n, k):
    "Predictions or logits, targets that suit the loss, and the scale of the gradient's terms."
    Y = data.draw(targets_of(kind, n, k))
    if kind is nn.MeanSquaredError:
        P = data.draw(arrays(numbers(-1e4, 1e4, 0.0, 1e-6), (n, k)))
        return P, Y, 2 * (np.abs(P) + np.abs(Y)).max() / P.size
    if kind in FUSED:
        return data.draw(arrays(LOGITS, (n, k))), Y, 1 / (n if kind in CATEGORICAL else n * k)
    chance = CHANCES | numbers(1e-6, 1 - 1e-6)
    P = data.draw(arrays(chance, (n, k)))
    if kind is nn.CategoricalCrossEntropy:
        return P, Y, 0.0
    return P, Y, np.maximum(Y / P, (1 - Y) / (1 - P)).max() / P.size


@pytest.mark.parametrize("kind", LOSSES, ids=lambda kind: kind.__name__)
@given(data=st.data(), n=SIZES, k=SIZES)
def test_losses(kind, data, n, k):
    "With every form of targets, logits to +-50 and probabilities of 1e-300 and one less than one."
    P, Y, scale = loss_case(data, kind, n, k)
    loss, formula = kind(), LOSSES[kind]
    value = loss.forward(P, Y)
    expected = float(formula(P, Y))
    # the logarithm of what is nearly one: known to the last digit of the one, or of the logits
    by_itself = kind in (nn.MeanSquaredError, nn.CategoricalCrossEntropy)
    terms = 0.0 if by_itself else max(1, np.abs(P).max())
    agree(np.float64(value), np.float64(expected), terms)
    found = loss.backward(loss.output if kind in FUSED else P, Y)
    agree(found, grad(formula)(P, Y), scale)
    assert found is loss.derivative_inputs


# Whole networks ----------------------------------------------------------------------------------


HEADS = [  # the last activation, and the loss
    (None, nn.SoftmaxCategoricalCrossEntropy),
    (nn.Softmax, nn.CategoricalCrossEntropy),
    (None, nn.SigmoidBinaryCrossEntropy),
    (nn.Sigmoid, nn.BinaryCrossEntropy),
    (None, nn.MeanSquaredError),
    (nn.Softmax, nn.MeanSquaredError),
    (nn.ReLU, nn.MeanSquaredError),
]


@st.composite
def networks(draw, n_layers):
    "A network of dense layers with every activation between them, in float64, and its loss."
    widths = [draw(st.integers(1, 7)) for _ in range(n_layers)]
    head, loss = draw(st.sampled_from(HEADS))
    between = [draw(st.sampled_from(list(ACTIVATIONS))) for _ in range(n_layers - 1)]
    n_outputs = draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(SEEDS))
    layers = []
    for d, k, bend in zip(widths, [*widths[1:], n_outputs], [*between, head], strict=True):
        layers.append(nn.DenseLayer(d, k, dtype=np.float64, rng=rng))
        layers[-1].biases[:] = 0.3 * rng.standard_normal((1, k))
        layers += [bend()] if bend else []
    n = draw(st.integers(1, 8))
    X, Y = rng.standard_normal((n, widths[0])), draw(targets_of(loss, n, n_outputs))
    return nn.Sequential(*layers), loss(), X, Y


def whole(network, loss):
    "The loss of the network as a formula of X, Y and the parameters."
    kinds = [type(layer) for layer in network.layers]

    def formula(parameters, X, Y):
        A, parameters = X, iter(parameters)
        for kind in kinds:
            if kind is nn.DenseLayer:
                A = dense(A, next(parameters), next(parameters))
            else:
                A = ACTIVATIONS[kind](A)
        return LOSSES[type(loss)](A, Y)

    return formula


def forward_backward(network, loss, X, Y):
    output = network.forward(X)
    value = loss.forward(output, Y)
    network.backward(loss.backward(getattr(loss, "output", output), Y))
    return value


def claimed(network):
    "The gradients of weights and biases, in the order of `parameters`."
    layers = [layer for layer in network.layers if isinstance(layer, nn.DenseLayer)]
    names = ("derivative_weights", "derivative_biases")
    return [getattr(layer, name) for layer in layers for name in names]


def flat(network, loss):
    """How small, beside the largest, a gradient may be that is compared by its own size.

    A column of softmax is flat: what is left of its slope is the rounding of others. And from
    1 - P of a saturated sigmoid nobody gets the digits back that P has lost.
    """
    if isinstance(loss, nn.BinaryCrossEntropy):
        P = network.output
        assume(np.minimum(P, 1 - P).min() > 1e-6)
        return 1.0
    return 1e-3


@pytest.mark.parametrize("n_layers", [2, 3])
@given(data=st.data())
def test_whole_networks(n_layers, data):
    network, loss, X, Y = data.draw(networks(n_layers))
    value, formula = forward_backward(network, loss, X, Y), whole(network, loss)
    terms = 1.0 if isinstance(loss, nn.BinaryCrossEntropy) else 0.0
    agree(np.float64(value), np.float64(formula(network.parameters, X, Y)), terms)
    by_autograd = grad(formula)(network.parameters, X, Y)
    scale = flat(network, loss) * max(np.abs(array).max() for array in by_autograd)
    for found, expected in zip(claimed(network), by_autograd, strict=True):
        agree(found, expected, scale)
    agree(network.derivative_inputs, grad(formula, 1)(network.parameters, X, Y), scale)


# Twenty steps of the optimizer -------------------------------------------------------------------


def stepped(formula, parameters, batches, rate, momentum, decay):
    """Parameters and rate after each step, restated without a running velocity.

    The step of time t is the sum over all gradients so far, each with the rate of its own time and
    the momentum to the power of its age.
    """
    rates, gradients = [], []
    for t, (X, Y) in enumerate(batches):
        rates.append(rate / (1 + decay * t))
        gradients.append(grad(formula)(parameters, X, Y))
        after = []
        for i, parameter in enumerate(parameters):
            terms = [momentum ** (t - s) * rates[s] * gradients[s][i] for s in range(t + 1)]
            after.append(parameter - sum(terms))
        parameters = after
        yield parameters, rates[-1]


@given(
    data=st.data(),
    rate=st.floats(1e-4, 0.05),
    momentum=st.sampled_from([0.0, 0.5, 0.9, 0.99]),
    decay=st.sampled_from([0.0, 1e-3, 0.1, 1.0]),
)
@pytest.mark.heavy
def test_twenty_steps(data, rate, momentum, decay):
    "A network of two layers, a fresh batch at each step, and two layers with states of their own."
    network, loss, X, Y = data.draw(networks(2))
    if isinstance(loss, nn.MeanSquaredError):
        Y = Y / 100  # or the steps are too long for any comparison
    batches = [(X * (1 + 0.05 * t), Y) for t in range(20)]
    start = [array.copy() for array in network.parameters]
    restated = stepped(whole(network, loss), start, batches, rate, momentum, decay)
    optimizer = nn.StochasticGradientDescent(rate, momentum, decay)
    for (X_t, Y_t), (expected, rate_t) in zip(batches, restated, strict=True):
        forward_backward(network, loss, X_t, Y_t)
        for layer in network.layers[::2]:
            optimizer.update_params(layer)
        assert abs(optimizer.current_learning_rate / rate_t - 1) < 1e-14
        for found, other in zip(network.parameters, expected, strict=True):
            agree(found, other, scale=0.1)


# The same against torch, where it is installed ---------------------------------------------------


@pytest.fixture(scope="module")
def torch():
    reason = "torch is not installed; what it gave is kept in tests/contract/torch_values.json"
    return pytest.importorskip("torch", reason=reason)


def torch_activation(torch, kind, Z):
    functions = {nn.ReLU: torch.relu, nn.Sigmoid: torch.sigmoid}
    return functions.get(kind, lambda Z: torch.softmax(Z, dim=1))(Z)


def torch_loss(torch, kind, P, Y):
    "The loss by the functions of torch; targets as NumPy has them."
    F = torch.nn.functional
    Y = torch.as_tensor(Y.astype(np.int64) if Y.ndim == 1 else Y)
    if kind is nn.CategoricalCrossEntropy:
        return F.nll_loss(P.log(), Y) if Y.ndim == 1 else -(Y * P.log()).sum(dim=1).mean()
    return {
        nn.MeanSquaredError: F.mse_loss,
        nn.BinaryCrossEntropy: F.binary_cross_entropy,
        nn.SoftmaxCategoricalCrossEntropy: F.cross_entropy,
        nn.SigmoidBinaryCrossEntropy: F.binary_cross_entropy_with_logits,
    }[kind](P, Y)


def torch_network(torch, network):
    "The formula of a network in torch: from X and its own copies of the parameters."
    leaves = [torch.tensor(array, requires_grad=True) for array in network.parameters]
    kinds = [type(layer) for layer in network.layers]

    def forward(X):
        A, parameters = X, iter(leaves)
        for kind in kinds:
            if kind is nn.DenseLayer:  # torch keeps a row for each neuron
                W, b = next(parameters), next(parameters)
                A = torch.nn.functional.linear(A, W.T, b[0])
            else:
                A = torch_activation(torch, kind, A)
        return A

    return leaves, forward


@pytest.mark.parametrize("kind", ACTIVATIONS, ids=lambda kind: kind.__name__)
@given(data=st.data(), Z=arrays(LOGITS))
def test_activations_against_torch(torch, kind, data, Z):
    G, part = data.draw(arrays(SLOPES, Z.shape)), kind()
    leaf = torch.tensor(Z, requires_grad=True)
    output = torch_activation(torch, kind, leaf)
    output.backward(torch.tensor(G))
    agree(part.forward(Z), output.detach().numpy())
    agree(part.backward(G), leaf.grad.numpy(), np.abs(G).max())


@pytest.mark.parametrize("kind", LOSSES, ids=lambda kind: kind.__name__)
@given(data=st.data(), n=SIZES, k=SIZES)
def test_losses_against_torch(torch, kind, data, n, k):
    P, Y, scale = loss_case(data, kind, n, k)
    if kind is nn.BinaryCrossEntropy:  # torch bounds its logarithms at -100
        P = np.clip(P, 1e-6, 1 - 1e-6)
    leaf = torch.tensor(P, requires_grad=True)
    expected = torch_loss(torch, kind, leaf, Y)
    expected.backward()
    loss = kind()
    agree(np.float64(loss.forward(P, Y)), np.float64(expected.item()), max(1, np.abs(P).max()))
    agree(loss.backward(getattr(loss, "output", P), Y), leaf.grad.numpy(), scale)


@pytest.mark.parametrize("n_layers", [2, 3])
@given(data=st.data())
def test_whole_networks_against_torch(torch, n_layers, data):
    network, loss, X, Y = data.draw(networks(n_layers))
    value = forward_backward(network, loss, X, Y)
    leaves, forward = torch_network(torch, network)
    leaf = torch.tensor(X, requires_grad=True)
    expected = torch_loss(torch, type(loss), forward(leaf), Y)
    expected.backward()
    agree(np.float64(value), np.float64(expected.item()))
    scale = flat(network, loss) * max(parameter.grad.abs().max().item() for parameter in leaves)
    for found, parameter in zip(claimed(network), leaves, strict=True):
        agree(found, parameter.grad.numpy(), scale)
    agree(network.derivative_inputs, leaf.grad.numpy(), scale)


@given(
    data=st.data(),
    rate=st.floats(1e-4, 0.05),
    settings=st.sampled_from([(0.0, 0.0), (0.9, 0.0), (0.0, 0.1), (0.5, 0.0)]),
)
def test_twenty_steps_against_torch(torch, data, rate, settings):
    "Momentum or decay: with both, torch moves the velocity, and not its steps, to the new rate."
    momentum, decay = settings
    network, loss, X, Y = data.draw(networks(2))
    if isinstance(loss, nn.MeanSquaredError):
        Y = Y / 100
    leaves, forward = torch_network(torch, network)
    theirs = torch.optim.SGD(leaves, lr=rate, momentum=momentum)
    ours = nn.StochasticGradientDescent(rate, momentum, decay)
    for t in range(20):
        theirs.param_groups[0]["lr"] = rate / (1 + decay * t)
        theirs.zero_grad()
        torch_loss(torch, type(loss), forward(torch.tensor(X)), Y).backward()
        theirs.step()
        forward_backward(network, loss, X, Y)
        for layer in network.layers[::2]:
            ours.update_params(layer)
        for found, parameter in zip(network.parameters, leaves, strict=True):
            agree(found, parameter.detach().numpy(), scale=0.1)


# Values that torch gave once ---------------------------------------------------------------------


STORED = json.loads((ROOT / "tests/contract/torch_values.json").read_text(encoding="utf-8"))
CLOSE = {np.float64: {"rtol": 1e-12, "atol": 1e-15}, np.float32: {"rtol": 1e-5, "atol": 1e-6}}
dtypes = pytest.mark.parametrize("dtype", CLOSE, ids=lambda dtype: dtype.__name__)


def close(found, expected, dtype):
    np.testing.assert_allclose(found, expected, **CLOSE[dtype])
    assert np.shape(found) == np.shape(expected)


@dtypes
@pytest.mark.parametrize("name", STORED["parts"])
def test_stored_parts(name, dtype):
    case = {key: np.array(value, dtype) for key, value in STORED["parts"][name].items()}
    layer = nn.DenseLayer(1, 1, dtype=dtype) if name == "DenseLayer" else getattr(nn, name)()
    if name == "DenseLayer":
        layer.weights, layer.biases = case["weights"], case["biases"]
    close(layer.forward(case["inputs"]), case["output"], dtype)
    layer.backward(case["derivative_outputs"])
    for key in [key for key in case if key.startswith("derivative") and "outputs" not in key]:
        close(getattr(layer, key), case[key], dtype)


@dtypes
@pytest.mark.parametrize("name", STORED["losses"])
def test_stored_losses(name, dtype):
    case, loss = STORED["losses"][name], getattr(nn, name.split()[0])()
    predictions, targets = np.array(case["predictions"], dtype), np.array(case["targets"])
    close(loss.forward(predictions, targets), case["loss"], dtype)
    if "output" in case:
        close(loss.output, case["output"], dtype)
    found = loss.backward(getattr(loss, "output", predictions), targets)
    close(found, case["derivative_inputs"], dtype)


@dtypes
@pytest.mark.parametrize("name", STORED["runs"])
def test_stored_steps(name, dtype):
    "From stored weights, on stored data: first gradients, every loss, and the last weights."
    case = STORED["runs"][name]
    X, y = np.array(case["inputs"], dtype), np.array(case["targets"])
    start = [np.array(array, dtype) for array in case["start"]]
    network = nn.Sequential(
        nn.DenseLayer(*start[0].shape, dtype=dtype),
        getattr(nn, case["activation"])(),
        nn.DenseLayer(*start[2].shape, dtype=dtype),
    )
    for array, values in zip(network.parameters, start, strict=True):
        array[:] = values
    loss = getattr(nn, case["loss"])()
    optimizer = nn.StochasticGradientDescent(case["learning_rate"], case["momentum"])
    losses = []
    for step in range(len(case["losses"])):
        losses.append(forward_backward(network, loss, X, y))
        if step == 0:
            for found, expected in zip(claimed(network), case["first_gradients"], strict=True):
                close(found, expected, dtype)
        for layer in network.layers[::2]:
            optimizer.update_params(layer)
    assert len(losses) == 20 and losses[-1] < losses[0]
    close(losses, case["losses"], dtype)
    for found, expected in zip(network.parameters, case["end"], strict=True):
        close(found, expected, dtype)


def compare(found, stored):
    "Raise unless both are the same, numbers to rounding."
    if isinstance(stored, dict):
        assert list(found) == list(stored)
        for name in stored:
            compare(found[name], stored[name])
    elif isinstance(stored, list):
        for one, other in zip(found, stored, strict=True):
            compare(one, other)
    elif isinstance(stored, float):
        close(found, stored, np.float64)
    else:
        assert found == stored


def test_this_torch_gives_the_stored_values(torch):
    "The script still makes the file."
    from make_torch_values import make

    compare(make(torch) | {"made_with": STORED["made_with"]}, STORED)
