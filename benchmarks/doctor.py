"""Sick and healthy runs, made on purpose, and what `diagnose` of lesson 11 says of each.

Which illness a run has is defined by how it was made, in SETTINGS and OTHERS below: 20 settings of
spirals, moons and the sample of MNIST, and 20 of circles, exclusive or and a sine. Each run draws
its width, its rate and the size of its batches anew. Limits were chosen on seeds from 1000 up, of
SETTINGS alone; the seeds 0 to 9 of both were diagnosed once, when nothing was changed any more.
Results go to benchmarks/doctor.json, which the lesson reads.

    python -m benchmarks.doctor             both, ten seeds: about five minutes on one core
    python -m benchmarks.doctor --develop   SETTINGS with seeds 1000 to 1003; only prints
"""

import argparse
import contextlib
import datetime
import io
import json
import math
import platform
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import nn_from_scratch as nn
from nn_from_scratch import points
from nn_from_scratch.data import load_mnist
from nn_from_scratch.doctor import REMEDIES, diagnose, doctor

STORE = Path(__file__).with_suffix(".json")
SOFTMAX, SIGMOID = nn.SoftmaxCategoricalCrossEntropy, nn.SigmoidBinaryCrossEntropy
SQUARES = nn.MeanSquaredError


class Run(NamedTuple):
    "All that a doctor may look at."

    history: nn.History
    network: nn.Sequential
    X: np.ndarray
    y: np.ndarray
    loss: Any
    optimizer: nn.StochasticGradientDescent
    line: str  # what the callback said while it ran, if it was there


class Task(NamedTuple):
    "Data to train on and to look at, and what goes well with them."

    X: np.ndarray
    y: np.ndarray
    X_val: np.ndarray
    y_val: np.ndarray
    loss: Any
    rate: float
    epochs: int
    depth: int = 1  # hidden layers


@cache
def sample() -> tuple[np.ndarray, np.ndarray]:
    return load_mnist("sample")[0]


def digits(rng, n: int = 2500) -> Task:
    X, y = sample()
    order = rng.permutation(len(X))
    mine, others = order[:n], order[-800:]
    return Task(X[mine], y[mine], X[others], y[others], SOFTMAX(), 0.03, 8)


def ink(rng, unit: float = 0.0) -> Task:
    "How much ink is in a digit: about 100 pixels, or in standard deviations from the mean."
    task = digits(rng)
    amounts = [X.sum(axis=1, keepdims=True) for X in (task.X, task.X_val)]
    middle, size = (0, 1) if unit else (amounts[0].mean(), amounts[0].std())
    y, y_val = ((amount - middle) / size for amount in amounts)
    return task._replace(y=y, y_val=y_val, loss=SQUARES(), rate=0.01, epochs=10)


def drawn(draw: Callable, n: int, noise: float, rng, rate: float, epochs: int) -> Task:
    "Points of nn_from_scratch.points, and as many classes as they have."
    X, y = draw(n, noise=noise, rng=rng)
    X_val, y_val = draw(500, noise=noise, rng=rng)
    loss = SQUARES() if y.dtype.kind == "f" else SIGMOID() if y.ndim == 2 else SOFTMAX()
    return Task(X, y, X_val, y_val, loss, rate, epochs)


def spirals(rng, n: int = 300, noise: float = 0.1) -> Task:
    return drawn(points.spiral_data, n, noise, rng, 0.02, 100)._replace(depth=2)


def moons(rng, n: int = 200, noise: float = 0.15) -> Task:
    return drawn(points.moons_data, n, noise, rng, 0.1, 40)


def circles(rng, n: int = 200, noise: float = 0.1) -> Task:
    return drawn(points.circles_data, n, noise, rng, 0.1, 40)


def xor(rng, n: int = 200, noise: float = 0.05) -> Task:
    return drawn(points.xor_data, n, noise, rng, 0.1, 40)


def sine(rng, n: int = 400, noise: float = 0.2) -> Task:
    return drawn(points.sine_data, n, noise, rng, 0.03, 60)


def network_for(task: Task, rng, hidden: tuple[int, ...] | None = None) -> nn.Sequential:
    "24 to 64 neurons in each hidden layer, if nothing else is said."
    hidden = tuple(rng.integers(24, 65, task.depth).tolist()) if hidden is None else hidden
    k = int(task.y.max()) + 1 if task.y.ndim == 1 else task.y.shape[1]
    sizes, layers = (task.X.shape[1], *hidden, k), []
    for d, width in zip(sizes[:-1], sizes[1:], strict=True):
        layers += [nn.DenseLayer(d, width, rng=rng), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def trained(task: Task, rng, *, times: float = 1, hidden=None, network=None, **more) -> Run:
    "A run at so many times the rate that goes well, within a factor of the square root of two."
    network = network_for(task, rng, hidden) if network is None else network
    rate = times * task.rate * 2 ** rng.uniform(-0.5, 0.5)
    momentum, size = more.get("momentum", 0.9), int(rng.choice([32, 64]))
    optimizer = nn.StochasticGradientDescent(rate, momentum, more.get("decay", 0.0))
    history, line = nn.History(), io.StringIO()
    callbacks = [doctor(task.X, task.y, task.loss)] if more.get("watched") else []
    with contextlib.suppress(FloatingPointError), contextlib.redirect_stdout(line):
        nn.fit(
            network, task.loss, optimizer, task.X, task.y, epochs=more.get("epochs", task.epochs),
            batch_size=more.get("batch_size", size), validation_data=(task.X_val, task.y_val),
            rng=rng, history=history, progress=False, callbacks=callbacks,
        )  # fmt: skip
    return Run(history, network, task.X, task.y, task.loss, optimizer, line.getvalue())


def well(task, rng):
    "A healthy run, with the doctor beside it."
    return trained(task, rng, watched=True)


def between(rng, low: float, high: float) -> float:
    "A number drawn evenly on a logarithmic scale."
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def slow(task, rng):
    return trained(task, rng, times=1 / between(rng, 50, 300))


def hasty(task, rng):
    return trained(task, rng, times=between(rng, 15, 40))


def silenced(task, rng):
    "Six to nine of ten neurons begin with a bias so low that no sample reaches them."
    network = network_for(task, rng)
    dense = network.layers[0]
    reach = (task.X @ dense.weights).max(axis=0)  # (k,)
    asleep = rng.permutation(len(reach)) < rng.uniform(0.6, 0.9) * len(reach)
    dense.biases[0, asleep] = -1.5 * reach[asleep] - 0.5
    return trained(task, rng, network=network)


def exploding(task, rng):
    "Least squares by one layer, at 1.1 to 2 times the largest rate at which that is stable."
    rows, rows_val = task.y, task.y_val
    if rows.ndim == 1:
        rows, rows_val = (nn.one_hot(labels, rows.max() + 1) for labels in (rows, rows_val))
    with_ones = np.column_stack([task.X, np.ones(len(task.X))])
    curvature = 2 / rows.shape[1] * np.linalg.norm(with_ones, 2) ** 2 / len(rows)
    rate = 2 / curvature * rng.uniform(1.1, 2) * 2**0.5  # `trained` may take up to that off
    task = task._replace(y=rows, y_val=rows_val, loss=SQUARES(), rate=rate)
    return trained(task, rng, hidden=(), momentum=0.0, batch_size=len(rows), epochs=30)


def by_heart(task, rng):
    return trained(task, rng, hidden=(64,) * task.depth, epochs=12 * task.epochs)


def shuffled(task, rng):
    return trained(task._replace(y=rng.permutation(task.y)), rng, epochs=3 * task.epochs)


def disagreeing(task, rng):
    "Every sample twice, and 30 to 50 of 100 pairs have two labels."
    other = np.where(rng.random(task.y.shape) < rng.uniform(0.3, 0.5), 1 - task.y, task.y)
    X, y = np.concatenate([task.X, task.X]), np.concatenate([task.y, other])
    return trained(task._replace(X=X, y=y), rng)


def unscaled_inputs(task, rng, scale=None):
    scale = between(rng, 50, 300) if scale is None else scale
    return trained(task._replace(X=scale * task.X, X_val=scale * task.X_val), rng)


def how_far(task: Task, rng, scale: float) -> Task:
    "The distance from the centre, to be predicted."
    away = [scale * np.hypot(*X.T)[:, None] for X in (task.X, task.X_val)]
    return task._replace(y=away[0], y_val=away[1], loss=SQUARES(), rate=0.01)


def percent(task: Task) -> Task:
    return task._replace(y=100 * task.y, y_val=100 * task.y_val)


HEALTHY, LOW, HIGH = "healthy", "rate too low", "rate too high"
DEAD, EXPLODING, HEART = "dead neurons", "exploding", "learning by heart"
LABELS, INPUTS, TARGETS = "labels do not fit", "inputs not scaled", "targets not scaled"
ILLNESSES = (HEALTHY, LOW, HIGH, DEAD, EXPLODING, HEART, LABELS, INPUTS, TARGETS)
assert {*REMEDIES} - {*ILLNESSES} == {"no progress"}
SETTINGS: dict[str, tuple[str, Callable[[Any], Run]]] = {
    "spirals": (HEALTHY, lambda rng: well(spirals(rng), rng)),
    "moons": (HEALTHY, lambda rng: well(moons(rng), rng)),
    "digits": (HEALTHY, lambda rng: well(digits(rng), rng)),
    "ink of digits": (HEALTHY, lambda rng: well(ink(rng), rng)),
    "spirals, slow": (LOW, lambda rng: slow(spirals(rng), rng)),
    "digits, slow": (LOW, lambda rng: slow(digits(rng), rng)),
    "moons, hasty": (HIGH, lambda rng: hasty(moons(rng), rng)),
    "digits, hasty": (HIGH, lambda rng: hasty(digits(rng), rng)),
    "spirals, silenced": (DEAD, lambda rng: silenced(spirals(rng), rng)),
    "digits, silenced": (DEAD, lambda rng: silenced(digits(rng), rng)),
    "moons, exploding": (EXPLODING, lambda rng: exploding(moons(rng), rng)),
    "digits, exploding": (EXPLODING, lambda rng: exploding(digits(rng), rng)),
    "few spirals": (HEART, lambda rng: by_heart(spirals(rng, int(rng.integers(15, 31)), 0.2), rng)),
    "few digits": (HEART, lambda rng: by_heart(digits(rng, int(rng.integers(100, 301))), rng)),
    "digits, shuffled": (LABELS, lambda rng: shuffled(digits(rng), rng)),
    "moons, disagreeing": (LABELS, lambda rng: disagreeing(moons(rng), rng)),
    "moons, unscaled": (INPUTS, lambda rng: unscaled_inputs(moons(rng), rng)),
    "digits, unscaled": (INPUTS, lambda rng: unscaled_inputs(digits(rng), rng, 255)),
    "spirals, percent": (TARGETS, lambda rng: trained(how_far(spirals(rng), rng, 100), rng)),
    "ink, in pixels": (TARGETS, lambda rng: trained(ink(rng, 1), rng)),
}
OTHERS: dict[str, tuple[str, Callable[[Any], Run]]] = {
    "circles": (HEALTHY, lambda rng: well(circles(rng), rng)),
    "xor": (HEALTHY, lambda rng: well(xor(rng), rng)),
    "sine": (HEALTHY, lambda rng: well(sine(rng), rng)),
    "circles, distance": (HEALTHY, lambda rng: well(how_far(circles(rng), rng, 1), rng)),
    "xor, slow": (LOW, lambda rng: slow(xor(rng), rng)),
    "sine, slow": (LOW, lambda rng: slow(sine(rng), rng)),
    "circles, hasty": (HIGH, lambda rng: hasty(circles(rng), rng)),
    "sine, hasty": (HIGH, lambda rng: hasty(sine(rng), rng)),
    "circles, silenced": (DEAD, lambda rng: silenced(circles(rng), rng)),
    "xor, silenced": (DEAD, lambda rng: silenced(xor(rng), rng)),
    "circles, exploding": (EXPLODING, lambda rng: exploding(circles(rng), rng)),
    "sine, exploding": (EXPLODING, lambda rng: exploding(sine(rng), rng)),
    "few circles": (HEART, lambda rng: by_heart(circles(rng, int(rng.integers(10, 21)), 0.4), rng)),
    "few xor": (HEART, lambda rng: by_heart(xor(rng, int(rng.integers(10, 21)), 0.4), rng)),
    "xor, shuffled": (LABELS, lambda rng: shuffled(xor(rng), rng)),
    "circles, disagreeing": (LABELS, lambda rng: disagreeing(circles(rng), rng)),
    "xor, unscaled": (INPUTS, lambda rng: unscaled_inputs(xor(rng), rng)),
    "sine, in degrees": (INPUTS, lambda rng: unscaled_inputs(sine(rng), rng, 180)),
    "circles, percent": (TARGETS, lambda rng: trained(how_far(circles(rng), rng, 100), rng)),
    "sine, in percent": (TARGETS, lambda rng: trained(percent(sine(rng)), rng)),
}


def examined(settings: dict, seeds: range) -> dict[str, dict]:
    "What was said of each run: by all that there is to see, and by its curves alone."
    runs = {}
    for i, (name, (illness, make)) in enumerate(settings.items()):
        runs[name] = {"illness": illness, "said": [], "by_curves": [], "lines": 0}
        for seed in seeds:
            run = make(np.random.default_rng([seed, i]))
            found = diagnose(*run[:-1])
            runs[name]["said"].append(found.illness)
            runs[name]["by_curves"].append(diagnose(run.history, run.network).illness)
            runs[name]["lines"] += bool(run.line)
            if found.illness != illness:
                print(f"{name}, seed {seed}, {found}", flush=True)
    return runs


def table(runs: dict[str, dict], by: str = "said") -> dict[str, dict[str, int]]:
    "How many runs of each illness were called what."
    counts: dict[str, dict[str, int]] = {illness: {} for illness in ILLNESSES}
    for run in runs.values():
        for said in run[by]:
            row = counts[run["illness"]]
            row[said] = row.get(said, 0) + 1
    return counts


def summary(runs: dict[str, dict], seeds: range) -> dict[str, Any]:
    "The runs, the table, and the shares that count."
    counts, curves = table(runs), table(runs, "by_curves")
    n = sum(len(run["said"]) for run in runs.values())
    well = sum(counts[HEALTHY].values())
    return {
        "seeds": list(seeds),
        "n": n,
        "right": sum(row.get(illness, 0) for illness, row in counts.items()),
        "right_by_curves": sum(row.get(illness, 0) for illness, row in curves.items()),
        "healthy": well,
        "healthy_called_ill": well - counts[HEALTHY].get(HEALTHY, 0),
        "healthy_with_a_line": sum(run["lines"] for run in runs.values()),
        "table": counts,
        "runs": runs,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--develop", action="store_true")
    start, develop = time.monotonic(), parser.parse_args().develop
    parts, seeds = {"own": SETTINGS, "others": OTHERS}, range(10)
    if develop:
        parts, seeds = {"own": SETTINGS}, range(1000, 1004)
    content: dict[str, Any] = {"date": str(datetime.date.today()), "numpy": np.__version__}
    content |= {"python": platform.python_version(), "machine": platform.machine()}
    for name, settings in parts.items():
        content[name] = summary(examined(settings, seeds), seeds)
        print(name, {k: v for k, v in content[name].items() if k not in ("runs", "seeds")})
    print(f"{time.monotonic() - start:.0f} seconds")
    if not develop:
        STORE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
