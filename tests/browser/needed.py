"""Which cells of a lesson a live widget needs: found by names alone, nothing is run."""

import ast
import json
import re
import symtable
from pathlib import Path

WIDGETS = ("widgets", "explorers", "playground", "digit_pad")  # modules of explorers


def code_cells(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def not_evaluated(source: str) -> bool:
    "Whether nbdev-test leaves the cell out."
    lines = (line.replace(" ", "") for line in source.splitlines())
    return any(line == "#|eval:false" for line in lines)


def statements(source: str) -> list[ast.stmt]:
    "The statements of a cell, without what is IPython's alone."
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    return ast.parse("\n".join(lines)).body


def changed_by(node: ast.AST):
    "The names of objects that a statement changes: `x += 1`, `layer.weights[:] = 0`."
    stored = [node.target] if isinstance(node, ast.AugAssign) else []
    if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
        stored.append(node)
    for root in stored:
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        if isinstance(root, ast.Name):
            yield root.id
    for part in ast.iter_child_nodes(node):
        if not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from changed_by(part)


def names_of(statement: ast.stmt) -> tuple[set[str], set[str]]:
    "The names that a statement binds, and those that it must find, in functions too."
    table = symtable.symtable(ast.unparse(statement), "cell", "exec")
    symbols = table.get_symbols()
    bound = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
    used = {s.get_name() for s in symbols if s.is_referenced()}
    inner = table.get_children()
    while inner:
        table = inner.pop()
        inner += table.get_children()
        used |= {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
    changed = set(changed_by(ast.Module([statement])))
    if not isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete):
        used -= bound  # `for row in rows: print(row)` finds its own row
    return bound | changed, used | changed


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
