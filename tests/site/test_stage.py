"""The stand-in for ipywidgets and ipycanvas shows what these show, picture for picture and word
for word, for every control of every live cell; no browser is needed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nn_from_scratch import DenseLayer, ReLU, Sequential, save_model

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "site"))
from live_code import NotFound, code_of  # noqa: E402
from pages import WIDGET, directives  # noqa: E402

pytestmark = pytest.mark.heavy
pytest.importorskip("ipycanvas")
STATES = Path(__file__).with_name("widget_states.py")


def live_cells() -> dict[str, str]:
    "The code of every live cell of the lessons, each once, by the lesson and the call."
    found = {}
    for notebook in sorted((ROOT / "nbs").glob("*.ipynb")):
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        for i, source in enumerate(sources):
            told, call = directives(source)
            if "eval: false" in told and WIDGET.fullmatch(call):
                code = code_of(call, sources[:i], notebook.stem)
                if code not in found.values():
                    found[f"{notebook.stem} {call.partition('(')[0]}"] = code
    return found


CELLS = live_cells()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    "The files that live cells read, small ones."
    folder, rng = tmp_path_factory.mktemp("live"), np.random.default_rng(0)
    network = Sequential(DenseLayer(784, 8, rng=rng), ReLU(), DenseLayer(8, 10, rng=rng))
    for name in ("pixels.npz", "features.npz"):
        save_model(folder / name, network)
    images, digits = rng.random((12, 784), np.float32), np.arange(12) % 10
    names = ("X_train", "y_train", "X_test", "y_test")
    np.savez(folder / "digits.npz", **dict(zip(names, [images, digits] * 2, strict=True)))
    return folder


def start(kind: str, cells: dict[str, str], folder: Path) -> subprocess.Popen:
    "Move all controls of these cells, in a Python of its own."
    asked = folder / f"{kind}.json"
    asked.write_text(json.dumps(cells), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, STATES, kind, asked],
        cwd=folder, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip


def states(*runs: subprocess.Popen) -> list[dict]:
    outputs = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0] * len(runs)
    return [json.loads(output) for output in outputs]


@pytest.fixture(scope="module")
def both(folder):
    "What is seen with the real widgets, and what is on the page."
    return states(start("real", CELLS, folder), start("page", CELLS, folder))


@pytest.mark.parametrize("cell", CELLS)
def test_a_page_shows_what_jupyter_shows(cell, both):
    real, page = (seen[cell] for seen in both)
    assert len(real) == len(page)
    differ = [i for i, pair in enumerate(zip(real, page, strict=True)) if pair[0] != pair[1]]
    assert not differ, f"states {differ} differ, the first: {real[differ[0]]} {page[differ[0]]}"
    assert len({str(state) for state in real}) > len(real) / 2  # moves do something


def test_there_are_enough_states(both):
    n_states = {name: len(seen) for name, seen in both[0].items()}
    print(n_states, sum(n_states.values()))
    assert sum(n_states.values()) >= 80
    lessons = {name[:2] for name in n_states}
    wanted = "00 01 02 03 04 05 07 12 13 14 15 16 92".split()
    assert lessons >= set(wanted), set(wanted) - lessons


def test_a_slider_that_sends_nothing_is_noticed(folder, both):
    name = "03_losses explore_losses"
    [deaf] = states(start("deaf", {name: CELLS[name]}, folder))
    assert deaf[name][0] == both[0][name][0]
    assert deaf[name] != both[0][name]


def test_a_cell_takes_what_it_needs_and_no_more():
    code = code_of("explorer(draw)", [
        "#| export\nimport numpy as np\nfrom nn_from_scratch.losses import MeanSquaredError",
        "from math import pi, tau, e",
        "def draw(x=1):\n    return later(x) * np.exp(tau)",
        "#| eval: false\ndraw = None",
        "def later(x):\n    return x",
        "#| export\ndef slider():\n    return 'the library has it'",
    ])  # fmt: skip
    assert "from math import tau\n" in code and "pi" not in code and "MeanSquared" not in code
    assert "def later" in code and "None" not in code and "the library" not in code
    assert code.startswith("from nn_from_scratch.widgets import explorer\n")
    assert code.endswith("explorer(draw)")
    with pytest.raises(NotFound, match="12_mnist: nothing_known"):
        code_of("nothing_known()", [], "12_mnist")
