"""What `fit` costs beside the loop of lesson 12, which calls the same parts by hand.

The loop does without kept weights and a history; `fit` does without the slope in the samples, which
the loop takes and nobody reads. Both train a network 784-64-10 with ReLU on the same batches of 128
random images, one epoch at a time, taking turns; each pair of epochs gives one ratio of times,
fit / by hand. Both sides compute the mean loss, and in the second row the accuracy too. At the end
their weights must be equal to the last bit. Prints the median of the ratios and their spread. Times
are those of the processor, with one thread for the matrix products, so that other programs disturb
them less.

    python benchmarks/fit.py [pairs]
"""

import gc
import os
import sys
import time

for name in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM"):
    os.environ.setdefault(f"{name}_NUM_THREADS", "1")  # before NumPy is there

import numpy as np  # noqa: E402

import nn_from_scratch as nn  # noqa: E402
from nn_from_scratch.training import batches  # noqa: E402

N, BATCH = 12_000, 128


def by_hand(layers, loss, optimizer, X, y, metric, rng):
    "One epoch as lesson 12 writes it."
    first, bend, last = layers
    total = right = 0.0
    for X_batch, y_batch in batches(X, y, BATCH, rng):
        logits = last.forward(bend.forward(first.forward(X_batch)))
        total += len(X_batch) * loss.forward(logits, y_batch)
        G = loss.backward(loss.output, y_batch)
        first.backward(bend.backward(last.backward(G)))
        optimizer.update_params(first)
        optimizer.update_params(last)
        if metric is not None:
            right += len(X_batch) * metric.calculate(loss.output, y_batch)
    return total / len(X), right / len(X)


class Side:
    "A network with all it needs, fresh from the same seed."

    def __init__(self):
        rng = np.random.default_rng(1)
        layers = nn.DenseLayer(784, 64, rng=rng), nn.ReLU(), nn.DenseLayer(64, 10, rng=rng)
        self.network, self.rng = nn.Sequential(*layers), np.random.default_rng(2)
        self.loss, self.history = nn.SoftmaxCategoricalCrossEntropy(), nn.History()
        self.optimizer = nn.StochasticGradientDescent(0.05, 0.9)

    def fit(self, X, y, metric):
        nn.fit(
            self.network, self.loss, self.optimizer, X, y, epochs=self.history.epochs + 1,
            batch_size=BATCH, metric=metric, rng=self.rng, history=self.history, progress=False,
        )  # fmt: skip

    def by_hand(self, X, y, metric):
        by_hand(self.network.layers, self.loss, self.optimizer, X, y, metric, self.rng)


def seconds(run, *arguments) -> float:
    gc.collect()
    start = time.process_time()
    run(*arguments)
    return time.process_time() - start


def compare(X, y, metric, pairs: int) -> np.ndarray:
    "The time of fit over that of the loop, for each pair; the order changes from pair to pair."
    one, other, ratios = Side(), Side(), []
    for pair in range(pairs + 1):
        runs = [("fit", one.fit), ("hand", other.by_hand)]
        times = {name: seconds(run, X, y, metric) for name, run in runs[:: 1 - 2 * (pair % 2)]}
        ratios.append(times["fit"] / times["hand"])
    for array, twin in zip(one.network.parameters, other.network.parameters, strict=True):
        assert np.array_equal(array, twin), "the two sides did not do the same arithmetic"
    return np.array(ratios[1:])  # the first pair warms up


def main(pairs: int) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.random((N, 784), np.float32), rng.integers(0, 10, N)
    print(f"time of fit / time of the loop by hand, {pairs} pairs of epochs of {N:,} images")
    for name, metric in (("no metric", None), ("with accuracy", nn.Accuracy())):
        low, quarter, median, three, high = np.percentile(
            compare(X, y, metric, pairs), [0, 25, 50, 75, 100]
        )
        spread = f"middle half {quarter:.3f} to {three:.3f}, all {low:.3f} to {high:.3f}"
        print(f"{name:<14} median {median:.3f}  ({spread})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
