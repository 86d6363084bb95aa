"""The small changes that a mutation run makes to a module: what a slip of the hand would have written instead."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div,
    ast.Mod: ast.Div, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.MatMult: ast.Mult,
}  # fmt: skip
METHODS = {
    "lower": "upper", "upper": "lower", "lstrip": "rstrip", "rstrip": "lstrip", "find": "rfind", "rfind": "find",
    "startswith": "endswith", "endswith": "startswith", "removeprefix": "removesuffix", "removesuffix": "removeprefix",
    "partition": "rpartition", "rpartition": "partition", "ljust": "rjust", "rjust": "ljust", "index": "rindex",
}  # fmt: skip
PLAIN = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.NamedExpr)  # conditions without an operator


@dataclass
class Mutant:
    """One change: ``field`` of ``parent`` (item ``index`` of it) becomes ``new``."""

    function: str  # the outermost function, by its qualified name
    line: int  # where that begins, decorators included
    lines: range  # what a test must run to see the change
    parent: ast.AST
    field: str
    index: int | None
    new: ast.AST
    label: str = ""  # "before -> after", unique in its function, free of line numbers

    def apply(self) -> None:
        """Change the tree for good: this process is thrown away afterwards."""
        if self.index is None:
            setattr(self.parent, self.field, self.new)
        else:
            getattr(self.parent, self.field)[self.index] = self.new


def mutants(tree: ast.Module) -> list[Mutant]:
    """Every mutant of a module's functions; what is computed on import, defaults and annotations stay."""
    found: list[Mutant] = []
    seen: Counter[str] = Counter()
    for name, function in _functions(tree.body, ""):
        line = min([function.lineno, *(d.lineno for d in function.decorator_list)])
        for parent, field, index, old in _places(function):
            for new in _changes(parent, field, old):
                label = _label(old, new)
                seen[f"{name} {label}"] += 1
                count = seen[f"{name} {label}"]
                lines = _lines(old, parent)
                label += f" #{count}" if count > 1 else ""
                found.append(Mutant(name, line, lines, parent, field, index, new, label))
    return found


def _functions(
    body: list[ast.stmt], prefix: str
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + statement.name, statement
        elif isinstance(statement, ast.ClassDef) and not _is_protocol(statement):
            yield from _functions(statement.body, f"{prefix}{statement.name}.")


def _is_protocol(statement: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in statement.bases)


def _places(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Every node under a function, with where it hangs."""
    for field, value in ast.iter_fields(node):
        if field in {"decorator_list", "annotation", "returns", "args"} and not isinstance(node, ast.Call):
            continue
        children = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if isinstance(child, ast.AST) and not _is_docstring(child):
                yield node, field, index, child
                yield from _places(child)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _changes(parent: ast.AST, field: str, old: ast.AST) -> Iterator[ast.AST]:  # noqa: PLR0912 - one list of the kinds
    match old:
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(value=str() as value) if not isinstance(parent, ast.JoinedStr):
            yield ast.Constant(f"XX{value}XX" if value else "XX")
        case ast.Compare():
            for index, operator in enumerate(old.ops):
                yield _with(old, ops=[*old.ops[:index], OPERATORS[type(operator)](), *old.ops[index + 1 :]])
        case ast.BoolOp() | ast.BinOp():
            yield _with(old, op=OPERATORS[type(old.op)]())
        case ast.UnaryOp():
            yield old.operand
        case ast.AugAssign():
            yield _with(old, op=OPERATORS[type(old.op)]())
            yield ast.Assign([old.target], old.value)
        case ast.Assign() | ast.AnnAssign() if old.value is not None:
            empty = isinstance(old.value, ast.Constant) and old.value.value is None
            yield _with(old, value=ast.Constant("" if empty else None))
        case ast.Expr(value=ast.Call() | ast.Await()):
            yield ast.Pass()
        case ast.Break():
            yield ast.Return(None)
        case ast.Continue():
            yield ast.Break()
        case ast.Lambda():
            yield _with(old, body=ast.Constant(None))
        case ast.Call(func=ast.Attribute(attr=name)) if name in METHODS:
            yield _with(old, func=_with(old.func, attr=METHODS[name]))
    if isinstance(old, ast.Call):
        yield from _arguments(old)
    if field == "test" and isinstance(old, PLAIN) and isinstance(parent, ast.If | ast.While | ast.IfExp):
        yield ast.UnaryOp(ast.Not(), old)
    if isinstance(parent, ast.comprehension) and field == "ifs":
        yield ast.Constant(True)


def _arguments(call: ast.Call) -> Iterator[ast.Call]:
    """Each argument as None; the last, and each that has a name, left out."""
    last = len(call.args) - 1
    for index, argument in enumerate(call.args):
        if not isinstance(argument, ast.Starred | ast.GeneratorExp):
            rest = call.args[:index], call.args[index + 1 :]
            if not (isinstance(argument, ast.Constant) and argument.value is None):
                yield _with(call, args=[*rest[0], ast.Constant(None), *rest[1]])
            if index == last and index + len(call.keywords):
                yield _with(call, args=[*rest[0], *rest[1]])
    for index, keyword in enumerate(call.keywords):
        rest_k = call.keywords[:index], call.keywords[index + 1 :]
        if keyword.arg is not None:
            if not (isinstance(keyword.value, ast.Constant) and keyword.value.value is None):
                yield _with(call, keywords=[*rest_k[0], _with(keyword, value=ast.Constant(None)), *rest_k[1]])
            yield _with(call, keywords=[*rest_k[0], *rest_k[1]])


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _lines(old: ast.AST, parent: ast.AST) -> range:
    at = old if hasattr(old, "lineno") else parent
    return range(getattr(at, "lineno", 0), getattr(at, "end_lineno", 0) + 1)


def _label(old: ast.AST, new: ast.AST) -> str:
    """Both sides with what they share cut down to a few characters."""
    before, after = _text(old), _text(new)
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    start, keep = max(0, head - 24), max(0, tail - 16)
    cut = [text[start : len(text) - keep or None] for text in (before, after)]
    marks = "…" if start else "", "…" if keep else ""
    return " -> ".join(f"{marks[0]}{text}{marks[1]}" for text in cut)


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split())
