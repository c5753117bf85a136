"""The browser and the servers of the tests in this folder: one of each for all of them.

They end with the folder (scope package), not with the session: while playwright is there, its
event loop counts as running, and tests elsewhere could not start one of their own.
"""

import os
import shutil
from pathlib import Path

import pytest

from .harness import Lab, Outside, Voila, new_context, open_chromium, watched_page


@pytest.fixture(scope="package")
def outside():
    "The proxy of servers and kernels; it records what would leave the machine."
    proxy = Outside()
    yield proxy
    proxy.close()


@pytest.fixture(scope="package")
def browser():
    "Chromium, or a skipped test (a failed one where NN_FROM_SCRATCH_BROWSER=required)."
    with open_chromium() as chromium:
        yield chromium


@pytest.fixture
def context(browser):
    "An empty browser profile, and its watch; nothing is checked at its end."
    with new_context(browser) as context:
        yield context


@pytest.fixture
def page(browser, outside):
    "An empty page. At the end: nothing left the machine, and the console has no error."
    with watched_page(browser, outside) as page:
        yield page


@pytest.fixture(scope="package")
def _lab(browser, outside, tmp_path_factory):
    root = tmp_path_factory.mktemp("lessons")
    settings = "# Course settings\n[data]\nsource = sample\n"  # no download
    (root / "settings.ini").write_text(settings, encoding="utf-8")
    (root / "benchmarks").mkdir()  # what lesson 16 draws with
    stored = Path(__file__).parents[2] / "benchmarks/parallel.json"
    shutil.copy(stored, root / "benchmarks")
    lab = Lab(tmp_path_factory.mktemp("lab"), outside, root)
    try:
        yield lab.start()
    finally:
        lab.stop()


@pytest.fixture
def lab(_lab):
    "JupyterLab on an empty folder `lab.root`; the kernels end with the test."
    yield _lab
    _lab.end_kernels()


@pytest.fixture(scope="package")
def voila(browser, outside, tmp_path_factory):
    "Start Voila on a notebook: `voila(path)` gives the server."
    servers = []

    def start(notebook: Path) -> Voila:
        servers.append(Voila(tmp_path_factory.mktemp("voila"), outside, notebook.parent))
        return servers[-1].start(notebook)

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="package")
def screenshots(tmp_path_factory) -> Path:
    "Where pictures of the widgets go; never into the repository."
    named = os.environ.get("NN_FROM_SCRATCH_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
