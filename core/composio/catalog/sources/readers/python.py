"""Shared code of the Python readers: literals, types and documents."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["Paths", "literal", "primitive", "schema_of"]

Node = dict[str, Any]
_TYPES: Final = {
    "str": "string",
    "string": "string",
    "int": "integer",
    "integer": "integer",
    "float": "number",
    "number": "number",
    "bool": "boolean",
    "boolean": "boolean",
    "list": "array",
    "array": "array",
    "dict": "object",
    "object": "object",
}
_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")


def literal(node: ast.AST | None) -> Any:
    """Return the value of a literal expression, None if it is not one."""
    try:
        return ast.literal_eval(node) if node is not None else None
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def primitive(name: str) -> str | None:
    """Return JSON Schema's name for a type in Python or a docstring, None if there is none."""
    return _TYPES.get(name.strip().lower())


def schema_of(kind: str | None, description: str = "") -> Node:
    """Return the schema of a possibly unknown type."""
    found: Node = {"type": kind} if kind else {}
    if kind == "array":
        found["items"] = {}
    return found | ({"description": description} if description else {})


class Paths:
    """The operations found, each with a unique path and method, and the omitted ones."""

    def __init__(self) -> None:
        self.paths: dict[str, Node] = {}
        self.left_out: list[str] = []

    def add(self, name: str, method: str, path: str, operation: Node) -> None:
        """Add an operation unless its place is taken. Undeclared placeholders become parameters."""
        place = path if path.startswith("/") else f"/{path}"
        item = self.paths.setdefault(place, {})
        if method in item:
            self.left_out.append(f"{name}: {item[method]['operationId']} is {method.upper()} {place} already; left out")
            return
        parameters = operation["parameters"]
        named = _PLACEHOLDER.findall(place)
        operation["parameters"] = [one for one in parameters if one["in"] != "path" or one["name"] in named]
        known = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        operation["parameters"] += [
            {"name": one, "in": "path", "required": True, "schema": {"type": "string"}}
            for one in dict.fromkeys(named)
            if one not in known
        ]
        item[method] = operation

    def document(self, title: str, servers: list[str], schemas: Mapping[str, Any] | None = None) -> Node:
        """Return an OpenAPI document."""
        return {
            "openapi": "3.1.0",
            "info": {"title": title, "version": ""},
            "servers": [{"url": url} for url in servers],
            "paths": {path: item for path, item in self.paths.items() if item},
            **({"components": {"schemas": dict(schemas)}} if schemas else {}),
        }
