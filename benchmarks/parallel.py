"""What many workers cost and bring, on two processes of this machine: the figures of lesson 16.

Three things are measured, and written to benchmarks/parallel.json, where the lesson reads them:
how long a message of so many bytes takes to a worker and back; a step of `fit` beside a step of
`fit_parallel` on two processes, for small and large batches and networks, taking turns; and the
five seeds of lesson 14, one after the other and on two workers. One thread for the matrix
products in each process, here too.

    python -m benchmarks.parallel [--rounds N]
"""

import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import tempfile
import time
from pathlib import Path

for name in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM"):
    os.environ.setdefault(f"{name}_NUM_THREADS", "1")  # before NumPy is there

import numpy as np  # noqa: E402

import nn_from_scratch as nn  # noqa: E402
from benchmarks import ninety_nine  # noqa: E402
from nn_from_scratch.data import load_mnist  # noqa: E402
from nn_from_scratch.parallel import fit_parallel, sweep  # noqa: E402
from nn_from_scratch.workers import Crew, connected  # noqa: E402

STORE = Path(__file__).with_suffix(".json")
BYTES = (1_000, 10_000, 100_000, 1_000_000, 4_000_000)
HIDDEN = ((64,), (512, 256), (2048, 1024))
BATCHES = (128, 512, 2048, 8192)
MOST = 8e9  # parameters times rows of a step: what is larger takes too long
SEEDS = 5


class Echo:
    "Sends back what it is sent."

    def load(self):
        return None

    def back(self, array):
        return array


def message_seconds(client, rounds: int) -> list[dict]:
    "Seconds there and back with one worker, for each number of bytes: the median of the rounds."
    crew = Crew(client, Echo, [()])
    crew.load()
    found = []
    for size in BYTES:
        array, times = np.zeros(size, np.uint8), []
        for _ in range(8 * rounds + 1):
            start = time.perf_counter()
            crew.ask("back", {0: (array,)})
            times.append(time.perf_counter() - start)
        found.append({"bytes": size, "seconds": float(np.median(times[1:]))})
    crew.end()
    return found


def step_seconds(train, steps: int) -> float:
    "Seconds of a step: the faster of two epochs, after one that warms up."
    ends = []
    train(epochs=3, progress=False, callbacks=[lambda state: ends.append(time.perf_counter())])
    return float(np.diff(ends).min() / steps)


def compare(client, folder: Path, hidden: tuple, batch: int, rounds: int) -> dict:
    "Seconds of a step of `fit` and of `fit_parallel`, and that both end on the same weights."
    steps, rng = max(2, 2048 // batch), np.random.default_rng(0)
    n = steps * batch
    X, y = rng.random((n, 784), np.float32), rng.integers(0, 10, n)
    shards = []
    for i, rows in enumerate(np.split(np.arange(n), 2)):
        paths = folder / f"X{i}.npy", folder / f"y{i}.npy"
        np.save(paths[0], X[rows])
        np.save(paths[1], y[rows])
        shards.append(paths)
    times, loss = {"one": [], "two": []}, nn.SoftmaxCategoricalCrossEntropy()
    for _ in range(rounds):
        networks = {}
        for name in times:
            networks[name] = network = ninety_nine.build(hidden, np.random.default_rng(1))
            parts = network, loss, nn.StochasticGradientDescent(0.01, 0.9)

            def train(name=name, parts=parts, **more):
                if name == "one":
                    return nn.fit(*parts, X, y, batch_size=batch, rng=2, **more)
                return fit_parallel(*parts, shards, client=client, batch_size=batch, rng=2, **more)

            times[name].append(step_seconds(train, steps))
        one, two = (np.concatenate([each.ravel() for each in network.parameters])
                    for network in networks.values())  # fmt: skip
        assert np.linalg.norm(one - two) < 1e-3 * np.linalg.norm(one), "not the same arithmetic"
    count = sum(array.size for array in network.parameters)
    medians = {name: float(np.median(found)) for name, found in times.items()}
    return {"hidden": list(hidden), "parameters": count, "batch_size": batch, **medians}


def seed(number: int) -> float:
    "The accuracy of lesson 14's network with this seed; the data is loaded where it runs."
    rung = ninety_nine.RUNGS["both"]
    return ninety_nine.run(*load_mnist("full"), number, **rung)["accuracy"]


def seeds_seconds(client) -> dict:
    "Seconds of all seeds one after the other, and on the workers; the results must be the same."
    start = time.perf_counter()
    expected = [seed(number) for number in range(SEEDS)]
    between = time.perf_counter()
    found = sweep(seed, range(SEEDS), client, progress=False)
    end = time.perf_counter()
    assert found == expected, (found, expected)
    return {"accuracy": expected, "one": between - start, "two": end - between}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    rounds = parser.parse_args().rounds
    found: dict = {"date": str(datetime.date.today()), "machine": platform.machine()}
    found["versions"] = {
        name: importlib.metadata.version(name) for name in ("numpy", "dask", "distributed")
    }
    with connected() as client, tempfile.TemporaryDirectory() as folder:
        found["messages"] = message_seconds(client, rounds)
        found["steps"] = []
        for hidden in HIDDEN:
            count = sum(
                array.size
                for array in ninety_nine.build(hidden, np.random.default_rng(0)).parameters
            )
            for batch in (batch for batch in BATCHES if batch * count < MOST):
                row = compare(client, Path(folder), hidden, batch, rounds)
                print(f"{hidden} {batch:>5}: two / one {row['two'] / row['one']:.2f}", flush=True)
                found["steps"].append(row)
        found["seeds"] = seeds_seconds(client)
        print("seeds, two / one", round(found["seeds"]["two"] / found["seeds"]["one"], 2))
    STORE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
