"""The fixtures and options of all tests; builders are in helpers.py."""

import signal

import numpy as np
import pytest
from hypothesis import settings

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


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def ctrl_c():
    "A function that presses Ctrl-C; SIGINT as in a terminal, and afterwards as it was."
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda: signal.raise_signal(signal.SIGINT)
    signal.signal(signal.SIGINT, before)
