"""Which cells of a lesson a live widget needs: found by names alone, nothing is run."""

import ast
import json
import re
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "site"))
from cell_names import names_of, not_evaluated, statements  # noqa: E402

WIDGETS = ("widgets", "explorers", "playground", "digit_pad")  # modules of explorers


def code_cells(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def names(source: str) -> tuple[set[str], set[str]]:
    "The names that a cell binds or changes, and those that it needs from the cells before."
    bound, needed = set(), set()
    for statement in statements(source):
        binds, uses = names_of(statement)
        needed |= uses - bound
        bound |= binds
    return bound, needed


def explorers_of(sources: list[str]) -> set[str]:
    "The names of our widgets in a notebook: imported from their modules, or made in it."
    found = set()
    here = re.search(r"#\|\s*default_exp (\w+)", "\n".join(sources))
    for source in sources:
        if here and here[1] in WIDGETS and re.match(r"#\|\s*export", source):
            found |= names(source)[0]
        for statement in statements(source):
            if isinstance(statement, ast.ImportFrom):
                package, _, module = (statement.module or "").rpartition(".")
                if package == "nn_from_scratch" and module in WIDGETS:
                    found |= {alias.asname or alias.name for alias in statement.names}
    return found


def shows(source: str, explorers: set[str]) -> bool:
    "Whether a cell ends in the call of an explorer."
    match statements(source):
        case [*_, ast.Expr(ast.Call(ast.Name(name)))]:
            return name in explorers
    return False


def live_cells(notebook: Path) -> list[int]:
    "Which code cells hold a live widget: not evaluated in tests, and an explorer is their value."
    sources = code_cells(notebook)
    explorers = explorers_of(sources)
    return [i for i, s in enumerate(sources) if not_evaluated(s) and shows(s, explorers)]


def live_calls(notebook: Path) -> set[str]:
    "The calls that end the live cells, as code."
    sources = code_cells(notebook)
    return {ast.unparse(statements(sources[i])[-1]) for i in live_cells(notebook)}


def needed_cells(notebook: Path) -> list[int]:
    """The live cells, the cells that bind what they need, those that these need, and so on.

    Hidden cells that import are there for what they set; a call that changes an object without
    binding a name (`fit(network, ...)` alone) is not seen: what it would change stays as it was.
    """
    sources = code_cells(notebook)
    live = live_cells(notebook)
    bound, needed = zip(*map(names, sources), strict=True)
    runs = [i in live or not not_evaluated(source) for i, source in enumerate(sources)]
    found, last = set(), max(live, default=0)
    wanted = [i for i, source in enumerate(sources) if is_set_up(source)] + live
    while wanted:
        cell = wanted.pop()
        if cell in found:
            continue
        found.add(cell)
        for name in needed[cell]:
            before = [i for i in range(cell) if runs[i] and name in bound[i]]
            after = [i for i in range(cell, last) if runs[i] and name in bound[i]]
            wanted += before[-1:] or after[:1]  # a function may find its names later
    return sorted(found)


def is_set_up(source: str) -> bool:
    "A hidden cell of imports and calls."
    kinds = ast.Import | ast.ImportFrom | ast.Expr
    hidden = re.search(r"^#\|\s*hide\s*$", source, re.M)
    return bool(hidden) and all(isinstance(part, kinds) for part in statements(source))
