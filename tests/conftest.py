"""What several test files share."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

import nn_from_scratch as nn

ROOT = Path(__file__).resolve().parent.parent
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
