"Small changes of a cell's solution, made by rule on its syntax tree."

import ast
import copy

from nn_from_scratch.exercises import solved

SWAPS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div, ast.Add],
    ast.Div: [ast.Mult],
    ast.MatMult: [ast.Mult],
    ast.Pow: [ast.Mult],
}
COMPARE = {ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Eq: ast.NotEq}
NAMES = {
    "sum": "mean",
    "mean": "sum",
    "max": "min",
    "maximum": "minimum",
    "exp": "expm1",
    "argmax": "argmin",
}


def _lines(cell: str) -> set[int]:
    "The lines of the solved cell that are the solution."
    marked, inside, number = set(), False, 0
    for line in cell.splitlines():
        if "### BEGIN SOLUTION" in line or "### END SOLUTION" in line:
            inside = "BEGIN" in line
            continue
        number += 1
        if inside:
            marked.add(number)
    return marked


def _changes(node):
    "(what, new node) for one node; None for a node that is taken out."
    if isinstance(node, ast.BinOp):
        for swap in SWAPS.get(type(node.op), ()):
            new = copy.copy(node)
            new.op = swap()
            yield f"{type(node.op).__name__}->{swap.__name__}", new
        if isinstance(node.op, (ast.MatMult, ast.Sub, ast.Div)):
            yield "exchange", ast.BinOp(node.right, node.op, node.left)
        if not isinstance(node.op, ast.MatMult):
            yield "left only", node.left
            yield "right only", node.right
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "no minus", node.operand
    elif isinstance(node, ast.Compare):
        new = copy.copy(node)
        if type(node.ops[0]) in COMPARE:
            new.ops = [COMPARE[type(node.ops[0])]()]
            yield "compare", new
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield f"{node.value}->{not node.value}", ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        for value in {0, 1, node.value + 1, -node.value} - {node.value, -1}:  # axis -1 is axis 1
            yield f"{node.value}->{value}", ast.Constant(value)
    elif isinstance(node, ast.Attribute):
        if node.attr == "T":
            yield "no .T", node.value
        elif node.attr in NAMES:
            new = copy.copy(node)
            new.attr = NAMES[node.attr]
            yield f"{node.attr}->{new.attr}", new
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield "no index", node.value
    elif isinstance(node, ast.Call) and node.keywords:
        for i in range(len(node.keywords)):
            new = copy.copy(node)
            new.keywords = node.keywords[:i] + node.keywords[i + 1 :]
            yield f"no {node.keywords[i].arg}", new


class _Put(ast.NodeTransformer):
    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        return self.new if node is self.old else self.generic_visit(node)


def mutants(cell: str):
    "(name, code) of every small change inside the solution."
    code, lines = solved(cell), _lines(cell)
    tree = ast.parse(code)
    for node in list(ast.walk(tree)):
        if getattr(node, "lineno", None) not in lines:
            continue
        if isinstance(node, ast.stmt) and not isinstance(node, ast.Return):
            changes = [("left out", ast.Pass())]
        else:
            changes = list(_changes(node))
        text = ast.unparse(node)
        for what, new in changes:
            fresh = ast.parse(code)
            old = next(m for m, n in zip(ast.walk(fresh), ast.walk(tree), strict=True) if n is node)
            changed = ast.unparse(ast.fix_missing_locations(_Put(old, new).visit(fresh)))
            if changed != ast.unparse(tree):
                yield f"line {node.lineno}, {text}: {what}", changed
