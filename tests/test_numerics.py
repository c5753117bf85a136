"""How NumPy calculates: quietly, and small products on one thread (87_numerics)."""

import contextlib
import subprocess
import sys
import threading
import time
from unittest import mock

import numpy as np
import pytest
from helpers import SGD, network_of, train

import nn_from_scratch as nn
from nn_from_scratch import numerics
from nn_from_scratch.numerics import SMALL, one_thread, quiet

threadpoolctl = pytest.importorskip("threadpoolctl")


def threads() -> int:
    "How many threads the BLAS of NumPy has now."
    pools = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
    ours = [pool for pool in pools if "numpy" in pool["filepath"]] or pools
    return ours[0]["num_threads"]


@pytest.fixture(autouse=True)
def two_threads():
    "As if two were there, on any machine; and nobody holds the BLAS afterwards."
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        if threads() != 2:
            pytest.skip("this BLAS has one thread")
        yield
        assert threads() == 2


# By hand ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "n, shapes, expected",
    [
        (128, [(784, 64), (1, 64), (64, 10)], 1),
        (512, [(784, 64), (1, 64), (64, 10)], 2),
        (128, [(784, 512), (512, 256), (256, 10)], 2),
        (SMALL, [(1, 1)], 1),
        (SMALL + 1, [(1, 1)], 2),
        (10**9, [], 1),
    ],
)
def test_one_thread_while_products_are_small(n, shapes, expected):
    with one_thread(n, [np.empty(shape) for shape in shapes]):
        assert threads() == expected


def test_after_an_error():
    with contextlib.suppress(KeyError), one_thread(1, []):
        raise KeyError
    assert threads() == 2


def test_side_by_side_in_threads_of_python():
    "The first holds it; another that comes and goes meanwhile changes nothing."
    found = []

    def visit():
        with one_thread(1, []):
            found.append(threads())
        found.append(threads())

    with one_thread(1, []):
        visitor = threading.Thread(target=visit)
        visitor.start()
        visitor.join()
        assert threads() == 1
    assert found == [1, 1]


@pytest.mark.parametrize("first_out", [0, 1])
def test_the_last_that_leaves_puts_it_back(first_out):
    "Two threads of Python inside at once, whichever of them came first; both go on living."
    enter, leave = ([threading.Event() for _ in range(2)] for _ in range(2))
    seen, done = [], threading.Barrier(3)

    def visit(i):
        enter[i].wait(10)
        with one_thread(1, []):
            enter[1].set()
            done.wait(10)
            leave[i].wait(10)
            seen.append(threads())
        done.wait(10)
        done.wait(10)

    visitors = [threading.Thread(target=visit, args=(i,)) for i in range(2)]
    for visitor in visitors:
        visitor.start()
    enter[0].set()
    done.wait(10)  # both are inside
    assert threads() == 1
    leave[first_out].set()
    while not seen:
        time.sleep(0.001)
    assert threads() == 1
    leave[1 - first_out].set()
    done.wait(10)  # both are outside
    assert threads() == 2 and seen == [1, 1]
    with threadpoolctl.threadpool_limits(1, user_api="blas"):
        assert threads() == 1  # nobody holds it
    done.wait(10)
    for visitor in visitors:
        visitor.join()


def test_whoever_came_first_outside_cannot_keep_it():
    "A limit of the user's in one thread, a run in another."
    seen = []

    def visit():
        with one_thread(1, []):
            seen.append(threads())
        seen.append(threads())

    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        visitor = threading.Thread(target=visit)
        visitor.start()
        visitor.join()
    assert seen == [1, 2]


def test_a_blas_with_a_setting_for_each_thread_is_left_to_itself(monkeypatch):
    controller = numerics._blas()[0]
    info = [{"threading_layer": "openmp"}]
    fake = mock.Mock(info=lambda: info, limit=controller.limit)
    monkeypatch.setattr(numerics, "_blas", lambda: (fake, None))
    with one_thread(1, []):
        assert threads() == 1 and numerics._together.inside == 0
    assert threads() == 2


def test_fit_holds_it_for_its_steps_and_no_longer():
    "Small: one inside of a step, two in a callback. Large: two everywhere."
    seen = []

    class Noting(nn.DenseLayer):
        def forward(self, inputs):
            seen.append((len(inputs), threads()))
            return super().forward(inputs)

    X, y = np.ones((8, 3)), np.zeros(8, int)
    for k, expected in ((4, 1), (SMALL // 4, 2)):
        seen.clear()
        noted = []
        network = nn.Sequential(Noting(3, 4, rng=0), nn.DenseLayer(4, k, dtype=np.float32))
        train(
            network, nn.SoftmaxCategoricalCrossEntropy(), SGD(0.1), X, y, epochs=2, batch_size=4,
            callbacks=[lambda state, noted=noted: noted.append(threads())],
        )  # fmt: skip
        assert {n for rows, n in seen if rows == 4} == {expected}
        assert noted == [2, 2]


def test_without_threadpoolctl_all_stay(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with one_thread(1, []):
        monkeypatch.undo()
        assert threads() == 2


def test_the_same_bits_whatever_the_machine_has():
    "One thread or two outside: a run of a small network gives the same weights."
    rng = np.random.default_rng(0)
    X, y = rng.random((256, 784), np.float32), rng.integers(0, 10, 256)
    weights = []
    for n in (1, 2):
        with threadpoolctl.threadpool_limits(n, user_api="blas"):
            network = network_of(784, 64, nn.ReLU, 10)
            train(network, nn.SoftmaxCategoricalCrossEntropy(), SGD(0.1), X, y, 1, batch_size=128)
            weights.append([array.tobytes() for array in network.parameters])
    assert weights[0] == weights[1]


def test_import_does_not_ask_for_it():
    code = "import sys, nn_from_scratch; print('threadpoolctl' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


# Extremes -----------------------------------------------------------------------------------------


def test_quiet_within_each_other_and_after_an_error():
    @quiet
    def inner(x):
        return np.float32(x) * np.float32(x)

    @quiet
    def outer(x, fail=False):
        found = inner(x), np.exp(np.float64(-x)), np.float64(np.inf) - np.inf
        if fail:
            raise KeyError
        return (*found, np.float64(x) / np.float64(0))

    with np.errstate(all="raise"):
        before = np.geterr()
        assert outer(1e30)[0] == np.inf
        with pytest.raises(KeyError):
            outer(1e30, fail=True)
        assert np.geterr() == before
        with pytest.raises(FloatingPointError):
            np.float64(1) / np.float64(0)


def test_quiet_keeps_name_and_text_and_passes_everything_on():
    @quiet
    def f(a, /, b=2, *more, c, **named):
        "What it does."
        return a, b, more, c, named

    assert (f.__name__, f.__doc__) == ("f", "What it does.")
    assert f(1, 3, 4, c=5, d=6) == (1, 3, (4,), 5, {"d": 6})


def test_quiet_ends_with_the_function_that_asked():
    "A second call in the open is quiet as the first was, and nothing stays behind."

    @quiet
    def double(x):
        return np.float32(x) * np.float32(2)

    with np.errstate(all="raise"):
        for _ in range(2):
            assert double(3e38) == np.inf
        with pytest.raises(FloatingPointError):
            np.float32(3e38) * np.float32(2)


def test_quiet_is_of_one_thread():
    "While one calculates quietly, another is warned as it wishes."
    inside, leave, found = threading.Event(), threading.Event(), []

    @quiet
    def wait():
        inside.set()
        leave.wait(10)

    def other():
        with np.errstate(all="raise"):
            found.append(numerics._is_quiet.get())
            with contextlib.suppress(FloatingPointError):
                np.float32(3e38) * np.float32(2)
                found.append("no error")

    one = threading.Thread(target=wait)
    one.start()
    inside.wait(10)
    two = threading.Thread(target=other)
    two.start()
    two.join()
    leave.set()
    one.join()
    assert found == [False]
