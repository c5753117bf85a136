"""The ladder of lesson 14, on the test images of the full MNIST, several seeds a rung.

Each rung trains on all 60,000 images and looks at the 10,000 test images once, with its last
weights, or with their mean where it keeps one. Results go to benchmarks/ninety_nine.json after
each run; the lesson reads them there. What the file holds already is not run again, unless --again
says so. With --validation a rung trains on 50,000 of the training images, scores the others, and
only prints: settings are chosen by these, never by the test images.

    python -m benchmarks.ninety_nine [--rung NAME] [--seeds N] [--again] [--validation]
"""

import argparse
import copy
import datetime
import json
import platform
from pathlib import Path

import numpy as np

import nn_from_scratch as nn
from nn_from_scratch.data import load_mnist
from nn_from_scratch.features import deskew, distort, oriented_edges

STORE = Path(__file__).with_suffix(".json")
BATCH = 128


class Tuned(nn.StochasticGradientDescent):
    "Momentum 0.9, a rate that falls in a straight line to zero, and weight decay."

    def __init__(self, learning_rate: float, n_steps: int, weight_decay: float):
        super().__init__(learning_rate, 0.9)
        self.rates = np.linspace(learning_rate, 0, n_steps, endpoint=False)
        self.weight_decay, self.steps = weight_decay, {}

    def update_params(self, layer):
        t = self.steps.get(layer, 0)
        self.learning_rate, self.steps[layer] = self.rates[t], t + 1
        layer.derivative_weights = layer.derivative_weights + self.weight_decay * layer.weights
        super().update_params(layer)


class Averaged:
    "Another optimizer, and a running mean of the weights that it makes."

    def __init__(self, optimizer, memory: int):
        self.optimizer, self.memory, self.means = optimizer, memory, {}

    def update_params(self, layer):
        self.optimizer.update_params(layer)
        t, *means = self.means.get(layer, (0, 0, 0))
        share = 1 / min(t + 1, self.memory)
        pairs = zip(means, (layer.weights, layer.biases), strict=True)
        self.means[layer] = (t + 1, *(mean + share * (now - mean) for mean, now in pairs))

    def averaged(self, network: nn.Sequential) -> nn.Sequential:
        "The same network with the means in place of the weights."
        layers = [copy.copy(layer) for layer in network.layers]
        for layer, original in zip(layers, network.layers, strict=True):
            if original in self.means:
                _, layer.weights, layer.biases = self.means[original]
        return nn.Sequential(*layers)


def pixels(X):
    return X


def both(X):
    return oriented_edges(deskew(X))


FIRST = {"learning_rate": 0.1, "decay": 2e-4}  # the first settings, those of lesson 12
LIGHT = {"weight_decay": 1e-5, "average": True}  # distortions are the better remedy
RUNGS = {
    "plain": {"learning_rate": 0.1},
    "decay": FIRST,
    "averaged": {**FIRST, "average": True},
    "tuned": {"learning_rate": 0.2, "weight_decay": 3e-4, "average": True},
    "deskew": {**FIRST, "prepare": deskew},
    "edges": {**FIRST, "prepare": oriented_edges},
    "both": {**FIRST, "prepare": both},
    "distorted": {
        "learning_rate": 0.2,
        **LIGHT,
        "first": deskew,
        "strength": 1.0,
        "prepare": oriented_edges,
    },
    "wide": {
        "learning_rate": 0.1,
        **LIGHT,
        "strength": 2.0,
        "hidden": (512, 256),
        "epochs": 30,
    },
}


def build(hidden: tuple[int, ...], rng: np.random.Generator) -> nn.Sequential:
    sizes, layers = (784, *hidden, 10), []
    for d, k in zip(sizes[:-1], sizes[1:], strict=True):
        layers += [nn.DenseLayer(d, k, rng=rng), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def run(
    train, test, seed: int, *, learning_rate, decay=0.0, weight_decay=None, average=False,
    first=pixels, strength=0.0, prepare=pixels, hidden=(64,), epochs=10,
) -> dict[str, float]:  # fmt: skip
    """Train one network of a rung and score it: {'loss': ..., 'accuracy': ...}.

    The images go through `first` once; through `prepare` once, or, with a strength, in each epoch
    after they were distorted.
    """
    (X, y), (X_test, y_test) = train, test
    rng, loss, history = np.random.default_rng(seed), nn.SoftmaxCategoricalCrossEntropy(), None
    network, steps = build(hidden, rng), -(-len(X) // BATCH)
    optimizer = nn.StochasticGradientDescent(learning_rate, 0.9, decay)
    if weight_decay is not None:
        optimizer = Tuned(learning_rate, epochs * steps, weight_decay)
    if average:
        optimizer = Averaged(optimizer, memory=steps)
    X, X_test = first(X), prepare(first(X_test))
    ready = None if strength else prepare(X)
    for epoch in range(1, epochs + 1):
        if strength:
            ready = prepare(distort(X, strength=strength, rng=rng))
        history = nn.fit(
            network, loss, optimizer, ready, y, epochs=epoch, batch_size=BATCH, rng=rng,
            history=history, progress=False,
        )  # fmt: skip
    if average:
        network = optimizer.averaged(network)
    return nn.evaluate(network, loss, X_test, y_test, nn.Accuracy())


def split(X, y) -> tuple:
    "50,000 images to train on and 10,000 to choose by, drawn by lot."
    order = np.random.default_rng(0).permutation(len(X))
    return tuple((X[rows], y[rows]) for rows in (order[10_000:], order[:10_000]))


def stored() -> dict[str, dict[str, dict]]:
    "The results so far: rung, seed, entry."
    return json.loads(STORE.read_text(encoding="utf-8")) if STORE.exists() else {}


def store(name: str, seed: int, result: dict[str, float]) -> None:
    "Put one result into the file, in place of an older one of the same rung and seed."
    content = stored()
    entry = {key: round(value, 5) for key, value in result.items()}
    entry |= {"date": str(datetime.date.today()), "numpy": np.__version__}
    entry |= {"python": platform.python_version(), "machine": platform.machine()}
    content.setdefault(name, {})[str(seed)] = entry
    names = [name for name in RUNGS if name in content]
    ordered = {name: dict(sorted(content[name].items())) for name in names}
    STORE.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rung", choices=RUNGS, help="one rung only")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--validation", action="store_true")
    parser.add_argument("--again", action="store_true")
    options = parser.parse_args()
    train, test = load_mnist("full")
    if options.validation:
        train, test = split(*train)
    for name in [options.rung] if options.rung else RUNGS:
        for seed in range(options.seeds):
            known = str(seed) in stored().get(name, {})
            if known and not (options.again or options.validation):
                continue
            result = run(train, test, seed, **RUNGS[name])
            accuracy = f"{100 * result['accuracy']:.2f} %, loss {result['loss']:.4f}"
            print(f"{name:<12} seed {seed}: {accuracy}", flush=True)
            if not options.validation:
                store(name, seed, result)


if __name__ == "__main__":
    main()
