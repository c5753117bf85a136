"""What several test files share."""

import gzip
import hashlib
import json
import socket
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

import nn_from_scratch as nn
from nn_from_scratch import data

ROOT = Path(__file__).resolve().parent.parent
NAMES = data._FILES
NOTEBOOKS = sorted((ROOT / "nbs").glob("*.ipynb"))
LAYERS = {
    "dense": lambda rng, d: nn.DenseLayer(d, 3, dtype=np.float64, rng=rng),
    "relu": lambda rng, d: nn.ReLU(),
    "sigmoid": lambda rng, d: nn.Sigmoid(),
    "softmax": lambda rng, d: nn.Softmax(),
}


SHARED = {"fresh", "kernel"}  # fixtures that take long to make: once, in one process


# The same examples in every run; --slow looks further, at new ones each time.
settings.register_profile(
    "same", max_examples=200, deadline=None, derandomize=True, print_blob=True
)
settings.register_profile("slow", max_examples=3000, deadline=None, print_blob=True)


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="hold the longer sweeps too")


def pytest_configure(config):
    settings.load_profile("slow" if config.getoption("--slow") else "same")


def pytest_collection_modifyitems(config, items):
    for item in items:
        for name in SHARED & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.heavy)
            item.add_marker(pytest.mark.xdist_group(name))
    if not config.getoption("--slow"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="a longer sweep: needs --slow"))


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


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


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
