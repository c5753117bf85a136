"""What several test files share."""

import gzip
import hashlib
import signal
import socket
import struct

import numpy as np
import pytest
from hypothesis import settings

from nn_from_scratch import data

NAMES = data._FILES

# The same examples in every run; --slow looks further, at new ones each time.
settings.register_profile(
    "same", max_examples=200, deadline=None, derandomize=True, print_blob=True
)
settings.register_profile("slow", max_examples=3000, deadline=None, print_blob=True)


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="hold the longer sweeps too")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: a longer sweep, run with --slow only")
    settings.load_profile("slow" if config.getoption("--slow") else "same")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--slow"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="a longer sweep: needs --slow"))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def ctrl_c():
    "A function that presses Ctrl-C; SIGINT as in a terminal, and afterwards as it was."
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda: signal.raise_signal(signal.SIGINT)
    signal.signal(signal.SIGINT, before)


# A tiny MNIST, for the tests of the loaders ------------------------------------------------------


def idx(array: np.ndarray) -> bytes:
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    "A data set of 5 + 3 images in place of MNIST, and an empty cache."
    rng = np.random.default_rng(0)
    arrays = [
        rng.integers(0, 256, (5, 28, 28)),
        np.array([0, 1, 2, 3, 4]),
        rng.integers(0, 256, (3, 28, 28)),
        np.array([7, 8, 9]),
    ]
    raw = [idx(array) for array in arrays]
    packed = [gzip.compress(each, mtime=0) for each in raw]
    good = tmp_path / "good"
    good.mkdir()
    for name, each in zip(NAMES, packed, strict=True):
        (good / name).write_bytes(each)
    sha = [hashlib.sha256(each).hexdigest() for each in raw]
    packed_sha = ["sha256:" + hashlib.sha256(each).hexdigest() for each in packed]
    monkeypatch.setattr(data, "_SIZES", tuple(len(each) for each in raw))
    monkeypatch.setitem(data._CONTENT, "mnist", tuple(sha))
    monkeypatch.setitem(data._PACKED, "mnist", tuple(packed_sha))
    monkeypatch.setattr(data, "_cache_folder", lambda dataset: tmp_path / "cache" / dataset)
    monkeypatch.delenv("NN_FROM_SCRATCH_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def dead_port() -> int:
    "A port of this machine where nobody listens."
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


def is_tiny(loaded) -> bool:
    (X_train, y_train), (X_test, y_test) = loaded
    assert X_train.dtype == X_test.dtype == np.float32 and y_train.dtype == np.int64
    return X_train.shape == (5, 784) and X_test.shape == (3, 784) and y_test.tolist() == [7, 8, 9]


def cached(tiny) -> list[str]:
    return sorted(p.name for p in (tiny / "cache").rglob("*") if p.is_file())
