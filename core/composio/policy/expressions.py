"""Conditions as text, for files and the command line: ``amount > 5000 and currency == "eur"``.

Python's own parser reads the text, and nothing runs it. Only comparisons of arguments with literals are accepted.
"""

from __future__ import annotations

import ast
from typing import Any, Final

from composio.errors import InvalidRequest
from composio.policy.conditions import CallArgument, Condition

__all__ = ["parse_condition"]

_LONGEST: Final = 2_000
_FORM: Final = 'such as `amount > 5000 and currency in ["eur", "usd"]`, `matches(to, "*@example.com")` or `not missing(amount)`'
_OPERATORS: Final[dict[type[ast.cmpop], str]] = {
    ast.Lt: "__lt__",
    ast.LtE: "__le__",
    ast.Gt: "__gt__",
    ast.GtE: "__ge__",
    ast.Eq: "__eq__",
    ast.NotEq: "__ne__",
}


def parse_condition(text: object) -> Condition:
    """Parse a condition. Raises ``InvalidRequest`` with the position of the mistake and an example.

    Names are arguments, and dots read nested fields. ``true`` and ``false`` are accepted as in JSON. Write
    ``arg("page[size]")`` for names that are not Python identifiers.
    """
    if not isinstance(text, str) or not text.strip():
        raise InvalidRequest(f"A condition is a string {_FORM}; got {text!r:.60}.")
    if len(text) > _LONGEST:
        raise InvalidRequest(f"A condition has at most {_LONGEST} characters; this one has {len(text)}.")
    try:
        tree = ast.parse(text.strip(), mode="eval")
        return _read(tree.body, text)
    except SyntaxError as error:
        raise InvalidRequest(
            f"The condition {text!r:.200} can't be read at character {error.offset}: write it {_FORM}."
        ) from None
    except (RecursionError, MemoryError, ValueError):
        raise InvalidRequest(f"The condition {text!r:.80} can't be read: write it {_FORM}.") from None


def _read(node: ast.expr, text: str) -> Condition:
    if isinstance(node, ast.BoolOp):
        first, *others = (_read(one, text) for one in node.values)
        for other in others:
            first = first & other if isinstance(node.op, ast.And) else first | other
        return first
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ~_read(node.operand, text)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _comparison(node, text)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        if node.func.id == "missing" and len(node.args) == 1:
            return CallArgument(_path(node.args[0], text)).is_missing()
        if node.func.id == "matches" and len(node.args) == 2:
            return CallArgument(_path(node.args[0], text)).matches(_literal(node.args[1], text))
    raise _refuse(node, text)


def _comparison(node: ast.Compare, text: str) -> Condition:
    left, operator, right = node.left, node.ops[0], node.comparators[0]
    argument = CallArgument(_path(left, text))
    if isinstance(operator, ast.In | ast.NotIn) and isinstance(right, ast.List | ast.Tuple | ast.Set):
        found = argument.one_of(*(_literal(one, text) for one in right.elts))
        return found if isinstance(operator, ast.In) else ~found
    method = _OPERATORS.get(type(operator))
    if method is None:
        raise _refuse(node, text)
    condition: Condition = getattr(argument, method)(_literal(right, text))
    return condition


def _path(node: ast.expr, text: str) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_path(node.value, text)}.{node.attr}"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "arg" and len(node.args) == 1:
        path = _literal(node.args[0], text)
        if isinstance(path, str):
            return path
    raise _refuse(node, text)


def _literal(node: ast.expr, text: str) -> Any:
    if isinstance(node, ast.Name) and node.id in {"true", "false"}:
        return node.id == "true"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value = node.operand.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return -value
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool):
        return node.value
    raise _refuse(node, text)


def _refuse(node: ast.expr, text: str) -> InvalidRequest:
    part = ast.get_source_segment(text.strip(), node) or text
    return InvalidRequest(f"The condition {text!r:.200} has {part!r:.80}, which is not allowed: write it {_FORM}.")
