"""The same seed, the same weights, bit for bit, whatever the process, the imports and the state.

What the BLAS does with several threads is its own affair: it may add in another order. So the
promise is for one number of threads, and for another one it is agreement to rounding.
"""

import os
import random
import subprocess
import sys

import numpy as np
import pytest

import nn_from_scratch as nn
from nn_from_scratch import points
from nn_from_scratch.training import batches

# Wide enough that the BLAS shares the work among its threads, if it has several.
CODE = """
import hashlib
import numpy as np
import nn_from_scratch as nn
from nn_from_scratch import points

def weights(dtype=np.float32, n=640):
    rng = np.random.default_rng(7)
    X = rng.standard_normal((n, 784)).astype(dtype)
    y = rng.integers(0, 10, n)
    network = nn.Sequential(
        nn.DenseLayer(784, 64, dtype=dtype, rng=rng), nn.ReLU(),
        nn.DenseLayer(64, 32, dtype=dtype, rng=rng), nn.Sigmoid(),
        nn.DenseLayer(32, 10, dtype=dtype, rng=rng),
    )
    nn.fit(
        network, nn.SoftmaxCategoricalCrossEntropy(),
        nn.StochasticGradientDescent(0.05, momentum=0.9, decay=1e-3), X, y, epochs=3,
        batch_size=128, rng=rng, progress=False, metric=nn.Accuracy(), validation_data=(X, y),
    )
    return network.parameters

def drawn():
    rng = np.random.default_rng(3)
    makers = (
        points.spiral_data, points.moons_data, points.sine_data, points.circles_data,
        points.xor_data,
    )
    return [array for make in makers for array in make(20, rng=rng)]

def fingerprint(arrays):
    found = hashlib.sha256()
    for array in arrays:
        found.update(f"{array.dtype} {array.shape}".encode())
        found.update(array.tobytes())
    return found.hexdigest()
"""
HERE: dict = {}
exec(CODE, HERE)
SAY = "print(fingerprint(weights()), fingerprint(weights(np.float64)), fingerprint(drawn()))"
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def elsewhere(before="", after=SAY, threads="1", **environment):
    "What a fresh process prints; its BLAS has so many threads."
    environment = os.environ | dict.fromkeys(THREADS, threads) | environment
    code = f"{before}\n{CODE}\n{after}"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture(scope="module")
def expected():
    "The fingerprints of a fresh process with one thread."
    return elsewhere()


def test_another_process(expected):
    assert len(set(expected)) == 3
    assert elsewhere() == expected


@pytest.mark.parametrize("seed", ["0", "1", "12345"])
def test_the_seed_of_hashes(expected, seed):
    "It changes the order of sets and nothing else."
    assert elsewhere(PYTHONHASHSEED=seed) == expected


@pytest.mark.parametrize(
    "imports",
    [
        "import nn_from_scratch.training, nn_from_scratch.layers, nn_from_scratch.points",
        "import nn_from_scratch.data, nn_from_scratch.settings, nn_from_scratch.optimizers",
        "import nn_from_scratch.losses; import random, secrets, numpy.random, numpy.linalg",
        "import numpy.ma, numpy.fft; import nn_from_scratch.checks; from nn_from_scratch import *",
        "import nn_from_scratch.widgets, nn_from_scratch.plots",
        "import matplotlib.pyplot, autograd.numpy; import nn_from_scratch.plots",
    ],
)
def test_any_order_of_imports(expected, imports):
    assert elsewhere(before=imports, MPLBACKEND="agg") == expected


@pytest.mark.parametrize(
    "state",
    [
        "np.random.seed(0)",
        "np.random.seed(1); np.random.rand(1000)",
        "np.random.set_state(np.random.RandomState(5).get_state()); np.random.normal(size=3)",
        "import random; random.seed(9); np.random.default_rng(0).random(5)",
        "np.seterr(all='raise'); np.set_printoptions(precision=1)",
        "import sys; sys.setswitchinterval(1e-6); import gc; gc.disable()",
    ],
)
def test_any_global_state(expected, state):
    assert elsewhere(before=f"import numpy as np; {state}") == expected


def test_two_runs_in_one_process():
    "Here, with as many threads as the BLAS likes."
    first = HERE["fingerprint"](HERE["weights"]())
    nn.DenseLayer(5, 5), points.spiral_data(3), np.random.default_rng().random()
    assert HERE["fingerprint"](HERE["weights"]()) == first


AT_ONCE = """
import threading
found = []
def run():
    found.append(fingerprint(weights()))
threads = [threading.Thread(target=run) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(*found)
"""


def test_three_runs_at_once(expected):
    "Each in its own thread of Python, with a single thread of the BLAS."
    assert elsewhere(after=AT_ONCE) == expected[:1] * 3


def everything(rng):
    "All that is public and random, once."
    arrays = [nn.DenseLayer(3, 2, rng=rng).weights]
    for make in (points.spiral_data, points.moons_data, points.sine_data, points.circles_data):
        arrays += make(4, rng=rng)
    X, y = points.xor_data(6, rng=rng)
    network, loss = nn.Sequential(nn.DenseLayer(2, 1, rng=0)), nn.SigmoidBinaryCrossEntropy()
    optimizer = nn.StochasticGradientDescent(0.1)
    nn.fit(network, loss, optimizer, X, y, epochs=2, batch_size=3, rng=rng, progress=False)
    nn.check_gradients(nn.Softmax(), X, rng=rng)
    batch = next(batches(np.arange(50), np.arange(50), 50, rng))[0]
    return [*arrays, X, batch, *network.parameters]


@pytest.mark.parametrize("seeded", [True, False], ids=["with a generator", "without"])
def test_global_states_are_never_touched(seeded):
    "Neither NumPy's nor Python's, whether there is a generator or fresh entropy is used."
    np.random.seed(123)
    random.seed(123)
    before, python_before = np.random.get_state(), random.getstate()
    everything(np.random.default_rng(0) if seeded else None)
    after = np.random.get_state()
    assert before[0] == after[0] and before[2:] == after[2:]
    np.testing.assert_array_equal(before[1], after[1])
    assert random.getstate() == python_before


def test_without_a_generator_each_run_is_another():
    "Not even the global seed makes two of them alike: entropy is fresh."
    runs = []
    for _ in range(2):
        np.random.seed(0)
        runs.append(everything(None))
    for one, other in zip(*runs, strict=True):
        # biases of zero and labels in order are not drawn
        assert one.dtype.kind == "i" and len(one) != 50 or not np.array_equal(one, other)


def test_a_generator_is_used_up_and_a_seed_is_not():
    "The same generator gives new numbers at the second call, the same seed the same ones."
    rng = np.random.default_rng(0)
    first, second = nn.DenseLayer(4, 4, rng=rng), nn.DenseLayer(4, 4, rng=rng)
    assert not np.array_equal(first.weights, second.weights)
    for seed in (0, np.random.default_rng(0), np.int64(0)):
        np.testing.assert_array_equal(nn.DenseLayer(4, 4, rng=seed).weights, first.weights)


# Threads of the BLAS -----------------------------------------------------------------------------


def test_two_threads_are_like_two_threads(expected):
    "With one number of threads every run is the same; the data never depend on it."
    runs = [elsewhere(threads="2") for _ in range(2)]
    assert runs[0] == runs[1]
    assert runs[0][2] == expected[2]


def test_one_thread_and_two_agree_to_rounding(tmp_path):
    "They may add in another order; after fifteen updates the weights differ in the last digits."
    found = []
    for threads in ("1", "2"):
        path = tmp_path / f"{threads}.npz"
        save = f"np.savez({str(path)!r}, *weights(), *weights(np.float64))"
        elsewhere(after=save, threads=threads)
        with np.load(path) as arrays:
            found.append([arrays[name] for name in arrays.files])
    assert len(found[0]) == 12
    for one, two in zip(*found, strict=True):
        scale = {np.float32: 1e-5, np.float64: 1e-13}[one.dtype.type]
        np.testing.assert_allclose(one, two, rtol=0, atol=scale * np.abs(one).max())
