"""A run that is killed again and again ends on the same bits as one that nobody disturbs."""

import random
import subprocess
import sys
import time

import numpy as np
import pytest

import nn_from_scratch as nn

SCRIPT = """
import sys
from pathlib import Path

import numpy as np

import nn_from_scratch as nn
from nn_from_scratch.points import spiral_data

path, epochs, dtype = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
X, y = spiral_data(30, rng=np.random.default_rng(5))
if path.exists():
    state = nn.load_checkpoint(path)
    network, optimizer, history, rng = state.network, state.optimizer, state.history, state.rng
else:
    rng = np.random.Generator(np.random.MT19937(7))
    first = nn.DenseLayer(2, 24, dtype=dtype, rng=rng)
    network = nn.Sequential(first, nn.ReLU(), nn.DenseLayer(24, 3, dtype=dtype, rng=rng))
    optimizer, history = nn.StochasticGradientDescent(0.3, 0.8, 1e-3), nn.History()
print("training", flush=True)
nn.fit(
    network, nn.SoftmaxCategoricalCrossEntropy(), optimizer, X, y, epochs=epochs, batch_size=32,
    validation_data=(X[::3], y[::3]), metric=nn.Accuracy(), rng=rng, history=history,
    callbacks=[nn.schedule(lambda e: 0.3 / (1 + e / 200)), nn.checkpoint(path)], progress=False,
)
print("done", flush=True)
"""


def start(path, epochs, dtype="float32"):
    words = [sys.executable, "-c", SCRIPT, str(path), str(epochs), dtype]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def finish(path, epochs, dtype="float32"):
    "Run the script to its end."
    with start(path, epochs, dtype) as process:
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0 and out.split() == ["training", "done"]


def contents(path):
    "All that a checkpoint holds, to the last bit."
    state = nn.load_checkpoint(path)
    optimizer, layers = state.optimizer, state.network.layers
    states = [optimizer.states.get(layer, (0, {})) for layer in layers]
    arrays = [(a.dtype, a.shape, a.tobytes()) for a in state.network.parameters]
    for count, velocities in states:
        arrays.append(count)
        arrays += [(name, v.dtype, v.shape, v.tobytes()) for name, v in velocities.items()]
    numbers = [optimizer.learning_rate, optimizer.momentum, optimizer.decay]
    numbers += [optimizer.current_learning_rate, state.epochs]
    return arrays, numbers, dict(state.history), state.rng.permutation(1000).tolist()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ten_epochs_are_four_and_six(tmp_path, dtype):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    finish(whole, 10, dtype)
    finish(parts, 4, dtype)
    assert nn.load_checkpoint(parts).epoch == 4
    finish(parts, 10, dtype)
    assert contents(parts) == contents(whole)
    assert nn.load_checkpoint(parts).network.parameters[0].dtype == dtype
    losses = nn.load_checkpoint(whole).history["loss"]
    assert len(losses) == 10 == len(set(losses))


@pytest.mark.heavy
def test_twenty_kills(tmp_path):
    "SIGKILL at random moments, many of them while the file is being written."
    epochs, chance = 400, random.Random(3)
    whole, path = tmp_path / "whole", tmp_path / "killed"
    begin = time.monotonic()
    finish(whole, epochs)
    longest = 15 * (time.monotonic() - begin) / epochs  # 20 such pauses are too few to get through
    reached = []
    for kill in range(20):
        with start(path, epochs) as process:
            assert process.stdout.readline() == "training\n"
            time.sleep(chance.uniform(0, longest))
            process.kill()
            out, _ = process.communicate(timeout=60)
        assert out == "" and process.returncode not in (0, None), f"kill {kill} came too late"
        reached.append(nn.load_checkpoint(path).epoch if path.exists() else 0)
    assert reached == sorted(reached) and reached[-1] < epochs
    moved = np.count_nonzero(np.diff([0, *reached]))
    assert moved >= 8, reached  # many a process was killed in mid-run, and had got further
    finish(path, epochs)
    assert contents(path) == contents(whole)
    assert path.read_bytes() == whole.read_bytes()
    assert len(nn.load_checkpoint(path).history["loss"]) == epochs
