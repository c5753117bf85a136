"""The fixtures and options of all tests; builders are in helpers.py."""

import os
import signal

import numpy as np
import pytest
from hypothesis import Phase, settings

HEAVY = {"fresh", "kernel", "browser", "dask", "site"}  # fixtures that take long to make

# The same examples in every run; --slow looks further, at new ones each time.
settings.register_profile(
    "same", max_examples=200, deadline=None, derandomize=True, print_blob=True
)
settings.register_profile("slow", max_examples=3000, deadline=None, print_blob=True)
# For tests/mutants: that a test fails is enough, and the smallest example is not looked for.
found_is_enough = [phase for phase in Phase if phase not in (Phase.shrink, Phase.explain)]
settings.register_profile("mutant", settings.get_profile("same"), phases=found_is_enough)


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="hold the longer sweeps too")


def pytest_configure(config):
    usual = "mutant" if "NN_FROM_SCRATCH_MUTANT" in os.environ else "same"
    settings.load_profile("slow" if config.getoption("--slow") else usual)


def pytest_collection_modifyitems(config, items):
    for item in items:
        if HEAVY & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.heavy)
    # One process builds the website while the other is at work, not waiting for it.
    items.sort(key=lambda item: item.path.name != "test_pages.py")
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
