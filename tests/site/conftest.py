"""The website, built once for all processes of a run, a server for it, and a page in a browser.

NN_FROM_SCRATCH_SITE=_site takes the one that lies there instead.
"""

import functools
import os
import subprocess
import sys
import tarfile
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from browser.harness import Outside, no_browser, open_chromium, watched_page

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "site"))  # its modules, for the tests of one of them
import vendor  # noqa: E402


def build(out: Path) -> None:
    "What `make site` does; with live parts where a browser must be there."
    required = os.environ.get("NN_FROM_SCRATCH_BROWSER") == "required"
    command = [sys.executable, ROOT / "site/build.py", "--out", out]
    command += ["--demand-live"] * required
    environment = {k: v for k, v in os.environ.items() if k != "SITE_REPOSITORY"}
    result = subprocess.run(
        command, env=environment, capture_output=True, text=True, cwd=out.parent
    )
    if result.returncode:
        pytest.fail(f"the website cannot be built:\n{result.stdout}{result.stderr}", pytrace=False)


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    "The folder of the website."
    if there := os.environ.get("NN_FROM_SCRATCH_SITE"):
        return Path(there).resolve()
    filelock = pytest.importorskip("filelock")
    pytest.importorskip("sphinx_book_theme")
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # one for all workers
    out = folder / "site"
    with filelock.FileLock(folder / "site.lock"):
        if not (out / "index.html").exists():
            build(out)
    return out


class Files(SimpleHTTPRequestHandler):
    "Files as a host of static pages serves them, without a word."

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".whl": "application/octet-stream",
    }

    def log_message(self, *words) -> None:
        pass


@pytest.fixture(scope="session")
def served(site):
    "The address of the website on this machine, without a slash at its end."
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=site)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


# As in tests/browser: while playwright is there, other tests can have no event loop of their own.
# Folders without __init__.py are no packages to pytest, so browser and proxy end with the file.


@pytest.fixture(scope="module")
def outside():
    "The proxy that records what would leave the machine."
    proxy = Outside()
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def browser():
    "Chromium, or a skipped test (a failed one where NN_FROM_SCRATCH_BROWSER=required)."
    with open_chromium() as chromium:
        yield chromium


@pytest.fixture
def page(browser, outside):
    "An empty page. At the end: nothing left the machine, and the console has no error."
    with watched_page(browser, outside) as page:
        yield page


@pytest.fixture(scope="session")
def axe() -> str:
    "The program that finds what people without eyes or hands would miss."
    try:
        path = vendor.fetch("axe-core")["axe-core"]
    except vendor.CannotFetch as error:
        no_browser(str(error))
    with tarfile.open(path) as archive:
        return archive.extractfile("package/axe.min.js").read().decode()


@pytest.fixture
def violations(page, axe):
    "A function of a CSS selector: what axe finds in that part of the page."

    def found(part: str) -> list[str]:
        page.evaluate(axe)
        run = "part => axe.run(part, {resultTypes: ['violations']})"
        return [
            f"{rule['id']}: {node['html'][:150]} ({node['failureSummary'][:200]})"
            for rule in page.evaluate(run, part)["violations"]
            for node in rule["nodes"]
        ]

    return found
