"""Builders that several test files share: networks, tasks, loops by hand, and what objects hold."""

import hashlib
import io
import json
import math
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

import nn_from_scratch as nn
from nn_from_scratch.exercises import Exercise, Wrong, case, kept

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "nbs").glob("*.ipynb"))
N, BATCH = 23, 5  # five steps an epoch, the last one with three samples
STEPS = 5
SGD = nn.StochasticGradientDescent
LAYERS = {
    "dense": lambda rng, d: nn.DenseLayer(d, 3, dtype=np.float64, rng=rng),
    "relu": lambda rng, d: nn.ReLU(),
    "sigmoid": lambda rng, d: nn.Sigmoid(),
    "softmax": lambda rng, d: nn.Softmax(),
}
LOSSES = (
    nn.MeanSquaredError,
    nn.CategoricalCrossEntropy,
    nn.BinaryCrossEntropy,
    nn.SoftmaxCategoricalCrossEntropy,
    nn.SigmoidBinaryCrossEntropy,
)
FUSED = (nn.SoftmaxCategoricalCrossEntropy, nn.SigmoidBinaryCrossEntropy)


# Notebooks as files -------------------------------------------------------------------------------


def cells(notebook: Path, kind: str = "code") -> list[dict]:
    "The cells of one kind, with their source as one string."
    found = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [c | {"source": "".join(c["source"])} for c in found if c["cell_type"] == kind]


def stored_text(notebook: Path) -> str:
    "All text that a notebook stores as output."
    parts = []
    for cell in cells(notebook):
        for output in cell["outputs"]:
            parts += output.get("text", []) + output.get("data", {}).get("text/plain", [])
    return "".join(parts)


# What objects hold, and what they say -------------------------------------------------------------


def frozen(thing):
    "What an object holds, to the last bit, in a form that compares with ==."
    if isinstance(thing, np.ndarray):
        return thing.dtype.str, thing.shape, thing.tobytes()
    if isinstance(thing, np.random.Generator):
        return frozen(thing.bit_generator.state)
    if isinstance(thing, dict):
        return {name: frozen(value) for name, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [frozen(value) for value in thing]
    return frozen(vars(thing)) if hasattr(thing, "__dict__") else thing


def trained(network, optimizer):
    "Weights, velocities, counts and rate."
    states = [optimizer.states.get(layer) for layer in all_layers(network.layers)]
    return frozen([network.parameters, states, optimizer.current_learning_rate])


def says(call, text):
    "The call raises a ValueError of one line with this text in it."
    with pytest.raises(ValueError, match=re.escape(text)) as caught:
        call()
    assert "\n" not in str(caught.value)


# Numbers to start from ----------------------------------------------------------------------------


def away_from_zero(rng, n, d):
    "Random inputs, none so near to zero that the step of the check crosses a kink."
    X = rng.standard_normal((n, d))
    return X + np.where(X >= 0, 0.01, -0.01)


def rows_of_probabilities(rng, n, k):
    rows = rng.uniform(0.1, 1, (n, k))
    return rows / rows.sum(axis=1, keepdims=True)


# Networks and tasks -------------------------------------------------------------------------------


def dense(d, k):
    return nn.DenseLayer(d, k, rng=0)


def on_a_slope(dtype=np.float64):
    "A layer whose gradients are ones, whatever happens."
    layer = nn.DenseLayer(2, 3, dtype=dtype)
    layer.weights[:] = 0
    layer.derivative_weights = np.ones((2, 3), dtype)
    layer.derivative_biases = np.ones((1, 3), dtype)
    return layer


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


# Parts of a reader's own --------------------------------------------------------------------------


class Scale:
    "A factor for each column, and no biases."

    parameter_names = ("gamma",)

    def __init__(self, d, dtype=np.float32):
        self.gamma = np.linspace(0.5, 1.5, d, dtype=dtype)

    def forward(self, inputs):
        self.inputs = np.asarray(inputs)
        return self.inputs * self.gamma

    def backward(self, derivative_outputs):
        self.derivative_gamma = (derivative_outputs * self.inputs).sum(axis=0)
        return derivative_outputs * self.gamma


class PReLU:
    "A ReLU that learns the slope of what is negative."

    parameter_names = ("alpha",)

    def __init__(self, alpha=0.25, dtype=np.float32):
        self.alpha = np.full((1, 1), alpha, dtype)

    def forward(self, inputs):
        self.inputs = np.asarray(inputs)
        return np.where(self.inputs > 0, self.inputs, self.alpha * self.inputs)

    def backward(self, derivative_outputs):
        down = np.where(self.inputs > 0, 0, self.inputs)
        self.derivative_alpha = (derivative_outputs * down).sum(keepdims=True)
        return derivative_outputs * np.where(self.inputs > 0, 1, self.alpha)


class Convolution:
    "Weights of four axes (m, c, 2, 2): m maps of all squares of two by two, without biases."

    parameter_names = ("weights",)

    def __init__(self, m, c, dtype=np.float32):
        self.weights = np.cos(np.arange(m * c * 4)).reshape(m, c, 2, 2).astype(dtype)

    def forward(self, inputs):
        self.inputs = np.asarray(inputs)
        self.squares = np.lib.stride_tricks.sliding_window_view(self.inputs, (2, 2), (2, 3))
        return np.einsum("nchwij,mcij->nmhw", self.squares, self.weights)

    def backward(self, derivative_outputs):
        self.derivative_weights = np.einsum("nmhw,nchwij->mcij", derivative_outputs, self.squares)
        slope, (_, _, h, w) = np.zeros_like(self.inputs), derivative_outputs.shape
        for i, j in np.ndindex(2, 2):
            slope[:, :, i : i + h, j : j + w] += np.einsum(
                "nmhw,mc->nchw", derivative_outputs, self.weights[:, :, i, j]
            )
        return slope


class Shaped:
    "Inputs in another shape (n, *shape), and nothing to learn."

    def __init__(self, *shape):
        self.shape = shape

    def forward(self, inputs):
        self.before = np.shape(inputs)
        return np.reshape(inputs, (len(inputs), *self.shape))

    def backward(self, derivative_outputs):
        return derivative_outputs.reshape(self.before)


class Residual:
    "What its layers make of the inputs is added to them."

    def __init__(self, *layers):
        self.layers = layers

    def forward(self, inputs):
        A = inputs
        for layer in self.layers:
            A = layer.forward(A)
        return inputs + A

    def backward(self, derivative_outputs):
        G = derivative_outputs
        for layer in reversed(self.layers):
            G = layer.backward(G)
        return derivative_outputs + G


class Dropout:
    "In training half of the inputs are left out; `predict` takes them all."

    def __init__(self, seed=0):
        self.rng = np.random.default_rng(seed)

    def forward(self, inputs):
        self.kept = 2 * self.rng.integers(0, 2, np.shape(inputs)).astype(np.float32)
        return inputs * self.kept

    def backward(self, derivative_outputs):
        return derivative_outputs * self.kept

    def predict(self, inputs):
        return np.asarray(inputs)


class Twice(nn.Sequential):
    "A network that adds the output of its layers to itself, by a `forward` of its own."

    def forward(self, inputs):
        return 2 * super().forward(inputs)

    def backward(self, derivative_outputs):
        return super().backward(2 * derivative_outputs)


def all_layers(layers):
    "The layers and those that they hold, in order."
    for layer in layers:
        yield layer
        yield from all_layers(getattr(layer, "layers", ()))


# Damaged and forged files -------------------------------------------------------------------------


def damaged(raw, chance):
    "The bytes with one to three pieces of damage, never the same as before."
    raw, before = bytearray(raw), bytes(raw)
    while True:
        for _ in range(chance.randint(1, 3)):
            at, size = chance.randrange(len(raw) or 1), chance.randint(1, 40)
            kind = chance.randrange(8)
            if kind == 0 and raw:
                raw[at] ^= 1 << chance.randrange(8)
            elif kind == 1 and raw:
                raw[at] = chance.randrange(256)
            elif kind == 2:
                del raw[at:]
            elif kind == 3:
                raw[at:at] = chance.randbytes(size)
            elif kind == 4:
                del raw[at : at + size]
            elif kind == 5:
                raw[at : at + size] = bytes(len(raw[at : at + size]))
            elif kind == 6:
                to = chance.randrange(len(raw) or 1)
                a, b = sorted((at, to))
                size = min(size, b - a, len(raw) - b)
                raw[a : a + size], raw[b : b + size] = raw[b : b + size], raw[a : a + size]
            else:
                raw += chance.choice([bytes(size), chance.randbytes(size), before[-64:]])
        if bytes(raw) != before:
            return bytes(raw)


def seal(path, members):
    "A zip file of members by name, with the checksum at its end that the format asks for."
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
        archive.comment = b"0" * 64
    raw = buffer.getvalue()[:-64]
    path.write_bytes(raw + hashlib.sha256(raw).hexdigest().encode())
    return path


def npy(array):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asanyarray(array), allow_pickle=True)
    return buffer.getvalue()


def take(path):
    "Header and arrays of a file, read with NumPy alone."
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    return json.loads(arrays.pop("header").tobytes()), arrays


def forge(path, header, arrays):
    if not isinstance(header, bytes):
        header = json.dumps(header).encode()
    members = {"header.npy": npy(np.frombuffer(header, np.uint8))}
    return seal(path, members | {f"{name}.npy": npy(array) for name, array in arrays.items()})


# Training -----------------------------------------------------------------------------------------


def train(network, loss, optimizer, X, y, epochs=3, **more):
    "A quiet `fit` with the usual batches."
    more = {"batch_size": BATCH, "rng": np.random.default_rng(1), "progress": False} | more
    return nn.fit(network, loss, optimizer, X, y, epochs=epochs, **more)


def steps_by_hand(network, loss, optimizer, X, y, batch_size, rng, metric=None):
    "The loop of the lessons without end; after each step samples, loss and metric of the batch."
    while True:
        order = rng.permutation(len(X))
        for start in range(0, len(X), batch_size):
            rows = order[start : start + batch_size]
            A = X[rows]
            for layer in network.layers:
                A = layer.forward(A)
            value = loss.forward(A, y[rows])
            P = loss.output if isinstance(loss, FUSED) else A
            G = loss.backward(P, y[rows])
            for layer in network.layers[::-1]:
                G = layer.backward(G)
            for layer in all_layers(network.layers):
                if hasattr(layer, "parameter_names"):
                    optimizer.update_params(layer)
            yield len(rows), value, metric and metric.calculate(P, y[rows])


def means_by_hand(steps):
    "Loss and metric of an epoch over its samples."
    sizes, losses, metrics = zip(*steps, strict=True)
    found = [math.fsum(n * v for n, v in zip(sizes, losses, strict=True)) / sum(sizes)]
    if metrics[0] is not None:
        found.append(math.fsum(n * v for n, v in zip(sizes, metrics, strict=True)) / sum(sizes))
    return found


class Pressing(nn.SoftmaxCategoricalCrossEntropy):
    "A loss that calls a function in the backward of step number `at`."

    def __init__(self, at, press):
        self.at, self.press, self.seen = at, press, 0

    def backward(self, output, targets):
        self.seen += len(targets) > 1  # the checks at the beginning look at one row
        if self.seen == self.at and len(targets) > 1:
            self.press()
        return super().backward(output, targets)


# Exercises made up --------------------------------------------------------------------------------


def dense_cases(rng):
    for n, d, k in ((7, 5, 3), (4, 4, 4)):
        X, G = rng.standard_normal((2, n, d)), rng.standard_normal((2, n, k))
        W, b = rng.standard_normal((d, k)), rng.standard_normal((1, k))
        yield case(n=n, d=d, k=k, X=X, G=G, W=W, b=b)


def two_batches(given, trial):
    "What was kept of the first must not show in the second."
    layer = given(trial.W, trial.b)
    for X, G in zip(trial.X, trial.G, strict=True):
        layer.forward(X)
        results = {"derivative_inputs": layer.backward(G)}
        results["derivative_weights"] = kept(layer, "derivative_weights")
        results["derivative_biases"] = kept(layer, "derivative_biases")
        yield results, {"X": X, "G": G, "W": trial.W}


DENSE = """
class Dense:
    def __init__(self, weights, biases):
        self.weights, self.biases = weights, biases
        self.start()

    def start(self):
        pass

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.weights + self.biases

    def backward(self, derivative_outputs):
        ### BEGIN SOLUTION
        self.derivative_weights = self.inputs.T @ derivative_outputs
        self.derivative_biases = derivative_outputs.sum(axis=0, keepdims=True)
        return derivative_outputs @ self.weights.T
        ### END SOLUTION
""".strip()
DW, DB = "self.inputs.T @ derivative_outputs", "derivative_outputs.sum(axis=0, keepdims=True)"
DENSE_WRONG = (
    Wrong(DW, f"{DW} / len(self.inputs)", "over_n"),
    Wrong(DB, "derivative_outputs.sum(axis=1, keepdims=True)", "wrong_axis"),
    Wrong(DB, "derivative_outputs.sum(axis=0)", "no_keepdims"),
    Wrong(DB, "derivative_outputs", "not_summed"),
    Wrong(DW, "derivative_outputs.T @ self.inputs", "transposed"),
    Wrong(DW, f"-({DW})", "sign"),
    Wrong("outputs @ self.weights.T", "outputs @ self.weights", "raises"),
    Wrong("return derivative_outputs @", "derivative_outputs @", "none"),
    Wrong("self.inputs = inputs", 'self.inputs = getattr(self, "inputs", inputs)', says="Inputs of "
          "the first batch."),
    Wrong(f"= {DW}", f'= getattr(self, "derivative_weights", 0) + {DW}', "accumulated"),
    Wrong("self.derivative_weights =", "derivative_weights =", "missing"),
    Wrong(DW, f"({DW}).astype(np.float32)", "float32"),
    Wrong("        self.derivative_weights", "        derivative_outputs /= 7\n"
          "        self.derivative_weights", "in_place"),
)  # fmt: skip


def dense_exercise(**changes):
    "An exercise as the course has them: the three gradients of a dense layer."
    facts = {"methods": ("forward", "backward"), "wrong": DENSE_WRONG, "cell": DENSE}
    facts |= {"hints": ("Write the shapes down.", "Sum over axis 0."), "why": "Sums over rows."}
    facts |= {"name": "01.backward", "text": "## Three gradients", "scope": {"np": np}} | changes
    return Exercise("The three gradients", 2, "Dense", two_batches, dense_cases, **facts)


def as_learner(exercise, code):
    "Run a cell as a notebook does, and hand in what the exercise asks for."
    scope = {"__name__": "__main__", "np": np}
    exec(compile(code, "<ipython-input-1>", "exec"), scope)
    return tuple(scope[name] for name in exercise.names)
