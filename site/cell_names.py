"""Which names the statements of a notebook bind, change and need: read, not run."""

import ast
import symtable


def statements(source: str) -> list[ast.stmt]:
    "The statements of a cell, without what is IPython's alone."
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    return ast.parse("\n".join(lines)).body


def not_evaluated(source: str) -> bool:
    "Whether nbdev-test leaves the cell out."
    lines = (line.replace(" ", "") for line in source.splitlines())
    return any(line == "#|eval:false" for line in lines)


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
