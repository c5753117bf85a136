"""What a live cell needs to run by itself, in a page: taken from the cells before it.

The names in the call are looked up backwards, and the names in what binds them, and so on; of an
import only the names that are needed are left. What the library has is imported from it. A network
that the lesson has trained, and its data, are given by small files (`digits.py`).
"""

import ast
import builtins
import functools
import re

from cell_names import names_of, not_evaluated, statements
from vendor import ROOT

TEST = {"X_test": "np.load('digits.npz')['X_test']", "y_test": "np.load('digits.npz')['y_test']"}
GIVEN = {  # by lesson: what a name stands for, in place of what the lesson would compute
    "12_mnist": TEST | {"network": "load_model('pixels.npz')"},
    "13_features": {
        "X_train": "np.load('digits.npz')['X_train']",
        "y_train": "np.load('digits.npz')['y_train']",
    },
    "14_ninety_nine": TEST | {"final": "[load_model('features.npz')]"},
    "82_digit_pad": {"reader": "load_model('pixels.npz')", "X_new": TEST["X_test"]},
}


IMPORTS = ast.Import | ast.ImportFrom


class NotFound(LookupError):
    "A live cell needs a name that nothing before it binds."


@functools.cache
def library() -> dict[str, str]:
    "The module of each name that the notebooks export; nbdev has written it down."
    found = {}
    exec((ROOT / "nn_from_scratch" / "_modidx.py").read_text(encoding="utf-8"), found)
    return {
        name.removeprefix(f"{module}."): module
        for module, names in found["d"]["syms"].items()
        for name in names
    }


def statements_of(sources: list[str]) -> list[ast.stmt]:
    "The statements of the cells that are run; of those that are exported, only the imports."
    kept = []
    for source in sources:
        if not not_evaluated(source):
            exported = re.match(r"\s*#\|\s*export", source)
            kept += [s for s in statements(source) if not exported or isinstance(s, IMPORTS)]
    return kept


def only(statement: ast.stmt, names: set[str]) -> ast.stmt:
    "An import without the names that nobody needs; any other statement as it is."
    if not isinstance(statement, IMPORTS):
        return statement
    kept = [a for a in statement.names if (a.asname or a.name).partition(".")[0] in names]
    return type(statement)(**(vars(statement) | {"names": kept}))


def code_of(call: str, sources: list[str], lesson: str = "") -> str:
    """The code of a live cell, whole: what it needs of the cells before it, and then the call.

    NotFound for a name that is neither there nor in the library.
    """
    before = statements_of(sources)
    binds, needs = zip(*map(names_of, before), strict=True) if before else ((), ())
    given, library_has = GIVEN.get(lesson, {}), library()
    kept: dict[int, set[str]] = {}
    firsts, imports = set(), set()
    waiting = [(name, len(before)) for part in statements(call) for name in names_of(part)[1]]
    seen = set()
    while waiting:
        name, place = waiting.pop()
        if (name, place) in seen:
            continue
        seen.add((name, place))
        found = [i for i in range(place) if name in binds[i]][-1:]
        found = found or [i for i in range(place, len(before)) if name in binds[i]][:1]
        if name in given:
            firsts.add(f"{name} = {given[name]}")
        elif found:
            [i] = found
            kept.setdefault(i, set()).add(name)
            if not isinstance(before[i], IMPORTS):
                waiting += [(other, i) for other in needs[i]]
        elif name in library_has:
            imports.add(f"from {library_has[name]} import {name}")
        elif not hasattr(builtins, name):
            raise NotFound(f"{lesson}: {call} needs {name}, which is nowhere")
    if firsts:
        imports |= {"import numpy as np", "from nn_from_scratch import load_model"}
    lines = [ast.unparse(only(before[i], kept[i])) for i in sorted(kept)]
    return "\n".join([*sorted(imports), *sorted(firsts), *lines, call])


def files_of(code: str) -> list[str]:
    "The files that a live cell reads."
    return sorted(set(re.findall(r"'(\w+\.npz)'", code)))
