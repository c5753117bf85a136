"""Lessons and exercises in the Python of the website, all assertions on, without a browser.

NumPy is older there, and its integers have 32 bits; there are no threads, and of other packages
only those that the website lays out.
"""

import importlib
import json
import subprocess
from pathlib import Path

import engine
import lite
import pages
import pytest
import vendor
from browser.harness import no_browser, write_notebook
from helpers import ROOT

pytestmark = pytest.mark.heavy
LESSONS = ["00_gradients", "01_dense_layer", "02_activations"]
LESSONS += ["03_losses", "04_optimizers", "05_accuracy"]
WORKS = {
    "labels": """
import numpy as np
from nn_from_scratch.data import load_mnist
from nn_from_scratch.points import circles_data, moons_data, spiral_data, xor_data
assert np.dtype(int).itemsize == np.dtype(np.intp).itemsize == 4
for labels in (*(make()[1] for make in (spiral_data, moons_data, circles_data, xor_data)),
               *(y for X, y in load_mnist("sample"))):
    assert labels.dtype == np.int64
""",
    "any integers": """
import numpy as np
import nn_from_scratch as nn
from nn_from_scratch.plots import plot_confusion
X = np.random.default_rng(0).standard_normal((20, 3)).astype(np.float32)
for kind in (np.int64, np.int32, np.uint8, int):
    y = (np.arange(20) % 4).astype(kind)
    network = nn.Sequential(nn.DenseLayer(3, 4, rng=0))
    loss, descent = nn.SoftmaxCategoricalCrossEntropy(), nn.StochasticGradientDescent(0.1)
    history = nn.fit(network, loss, descent, X, y, epochs=2, batch_size=7, metric=nn.Accuracy())
    assert history.epochs == 2, "with a progress bar, which asks for no thread"
    assert [text.get_text() for text in plot_confusion(y, y, 4).texts] == ["5"] * 4
""",
    "files": """
import os
import numpy as np
import nn_from_scratch as nn
network = nn.Sequential(nn.DenseLayer(3, 4, rng=0))
nn.save_model("model.npz", network)
X = np.ones((2, 3))
assert (nn.load_model("model.npz").predict(X) == network.predict(X)).all()
os.remove("model.npz")
""",
}
FAILS = {  # what the run must find
    "an import that is not laid out": ("import dask", "No module named 'dask'"),
    "a part that is not in the wheel": ("import nn_from_scratch.nothing", "No module named"),
    "an assertion": ("assert 1 == 2", "AssertionError"),
    "a picture of bytes": ("display({'image/png': b'PNG'}, raw=True)", "published as bytes"),
    "a warning": ("import warnings; warnings.warn('look')", "UserWarning: look"),
}


@pytest.fixture(scope="module")
def pyodide(site) -> Path:
    "The website's folder with Pyodide and its wheels."
    folder = site / "_static" / "live" / "pyodide"
    if not folder.is_dir():
        no_browser("the website was built without live parts")
    return folder


@pytest.fixture(scope="module")
def ran(pyodide, tmp_path_factory) -> dict[str, dict]:
    "What became of each notebook: all in one process."
    folder = tmp_path_factory.mktemp("drive")
    lite.write_contents(folder)
    for notebook in folder.rglob("*.ipynb"):
        if notebook.stem not in LESSONS:
            notebook.unlink()
    build = importlib.import_module("nn_exercises.build")
    for name in LESSONS:
        solved = build.solutions(ROOT / "exercises" / f"e{name}.py")  # each is required to pass
        build.write(folder / "solutions" / f"{name}.ipynb", solved)
    (folder / "works").mkdir()
    write_notebook(folder / "works" / "all.ipynb", *WORKS.values())
    (folder / "fails").mkdir()
    write_notebook(folder / "fails" / "all.ipynb", *(source for source, _ in FAILS.values()))
    program = Path(__file__).with_name("lessons.mjs")
    try:
        words = [*vendor.node(), str(program), str(pyodide), str(folder)]
    except vendor.CannotFetch as error:
        no_browser(str(error))
    ended = subprocess.run(words, capture_output=True, text=True, timeout=900)
    assert ended.returncode == 0, ended.stderr[-2000:]
    found = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    for each in found:
        print(f"{each['notebook']}: {each['cells']} cells, {each['seconds']:.1f} s")
    return {each["notebook"].removesuffix(".ipynb"): each for each in found}


@pytest.mark.parametrize("folder", ["nbs", "exercises", "solutions"])
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_and_its_exercises_run_from_top_to_bottom(ran, folder, lesson):
    told = ran[f"{folder}/{lesson}"]
    assert told["failed"] == [] and told["cells"] > 8


def test_what_the_library_does_with_32_bits_and_an_old_numpy(ran):
    assert ran["works/all"] | {"seconds": 0} == {
        "notebook": "works/all.ipynb", "cells": len(WORKS), "failed": [], "seconds": 0
    }  # fmt: skip


@pytest.mark.parametrize("what", FAILS)
def test_what_goes_wrong_is_found(ran, what):
    failed = dict(ran["fails/all"]["failed"])
    assert FAILS[what][1] in failed[f"cell-{list(FAILS).index(what)}"]


def test_the_browser_has_what_the_library_needs(pyodide):
    "NumPy is new enough, as pyproject.toml has it."
    packages = json.loads((pyodide / engine.LOCK).read_text())["packages"]
    lowest = (ROOT / "constraints-lowest.txt").read_text()
    for name in ("numpy", "tqdm", "mlxtend", "ipywidgets", "ipycanvas"):
        version = packages[name]["version"]
        floor = next(line.split("==")[1] for line in lowest.split() if line.startswith(name))
        assert [int(n) for n in version.split(".")] >= [int(n) for n in floor.split(".")], name


# The copies of notebooks --------------------------------------------------------------------------


def test_every_notebook_opens_with_the_kernel_of_the_browser():
    "Another name opens a dialog that asks which kernel."
    for notebook in pages.NOTEBOOKS:
        assert lite.copy_of(notebook)["metadata"]["kernelspec"] == lite.KERNEL


def test_cells_that_a_browser_cannot_end_are_to_read():
    for name, keys in lite.LEFT_OUT.items():
        path = ROOT / "nbs" / f"{name}.ipynb"
        before = {cell["id"]: cell for cell in json.loads(path.read_text())["cells"]}
        after = {cell["id"]: cell for cell in lite.copy_of(path)["cells"]}
        for key, reason in keys.items():
            assert before[key]["cell_type"] == "code" and after[key]["cell_type"] == "markdown"
            last = "".join(before[key]["source"]).splitlines()[-1]
            assert last in after[key]["source"] and reason in after[key]["source"]


def test_cells_that_are_not_tested_are_live_or_to_read():
    "`#| eval: false` without a widget: somebody has to say what becomes of it in a browser."
    short = {"08_callbacks": 1, "83_exercises": 1, "92_widgets": 1}  # they end by themselves
    for notebook in (ROOT / "nbs").glob("*.ipynb"):
        left = [
            source
            for cell in lite.copy_of(notebook)["cells"]
            if cell["cell_type"] == "code"
            and "#| eval: false" in (s := "".join(cell["source"]))
            and not pages.WIDGET.fullmatch(source := s.partition("\n")[2])
        ]
        assert len(left) == short.get(notebook.stem, 0), notebook.name


def test_what_is_slow_or_impossible_says_so_on_top():
    assert set(lite.NOTES) <= {path.stem for path in pages.NOTEBOOKS}
    for notebook in pages.NOTEBOOKS:
        first = "".join(lite.copy_of(notebook)["cells"][0]["source"])
        told = notebook.parent.name == "nbs" and notebook.stem in lite.NOTES
        assert first.startswith("*In a browser.*") == told
